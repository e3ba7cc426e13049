"""What names say: technique, place in a series and glass, in the words of files, folders and titles."""

from __future__ import annotations

import re
from collections.abc import Sequence

import spectra
import structure
from shortrange_core.errors import BadInput

_ENDS = r"(?<![A-Za-z0-9]){}(?![A-Za-z0-9])"
_NUCLEUS = re.compile(_ENDS.format(r"(\d{1,3})(P|Si|B|Na|Li|F|H|C|Al|Se|Te)(?:[ _-]?(?:MAS|NMR))*"))
_TURNED = re.compile(_ENDS.format(r"(P|Si|B|Na|Li|F|H|C|Al|Se|Te)[-_]?(31|29|11|10|23|7|6|19|1|13|27|77|125)"))
_LEVEL = re.compile(_ENDS.format(r"(O|P|S|C|F|N|Na|Li|B|Si|Ge|Se|Te|Al|Cl|Zn)[ _-]?([1-4][spdf])(?:[1-7][/_-]?[2])?"))
_WORDS = {
    "Raman": re.compile(_ENDS.format(r"raman"), re.IGNORECASE),
    "FTIR": re.compile(_ENDS.format(r"(?:ft[-_ ]?ir|atr|ir|infrared)"), re.IGNORECASE),
    "NMR": re.compile(_ENDS.format(r"(?:nmr|mas)"), re.IGNORECASE),
    "XPS": re.compile(_ENDS.format(r"(?:xps|esca)"), re.IGNORECASE),
}
_PLACE = re.compile(r"(?<![A-Za-z0-9])x *[=_-]? *(\d+(?:[.,p]\d+)?)(?![A-Za-z0-9])", re.IGNORECASE)
_GLASS = re.compile(r"[A-Z0-9(][A-Za-z0-9().\-]*")
LEAST_ELEMENTS = 3  # a glass has a former, a modifier and a ligand; fewer are a file's name by accident


def technique_in(text: str) -> str:
    """Technique that a name speaks of, as it is written everywhere; empty where it speaks of none.

    Underscores separate words. A nucleus or a core level says more than the word NMR or XPS, which alone is no
    technique of a recipe.

    Examples
    --------
    >>> technique_in("x015_31P.jdx"), technique_in("NPS7 O1s"), technique_in("b2_ATR-IR"), technique_in("glass 7")
    ('31P NMR', 'O 1s XPS', 'FTIR', '')
    """
    words = text.replace("_", " ")
    nucleus, turned, level = _NUCLEUS.search(words), _TURNED.search(words), _LEVEL.search(words)
    if nucleus or turned:
        number, element = nucleus.groups() if nucleus else reversed(turned.groups() if turned else ())
        return _known(f"{number}{element} NMR")
    if level:
        return _known(f"{level[1]} {level[2]} XPS")
    return next((name for name in ("Raman", "FTIR") if _WORDS[name].search(words)), "")


def _known(name: str) -> str:
    try:
        return str(spectra.technique_name(name))
    except BadInput:
        return ""


def without_technique(text: str) -> str:
    """A name without the words that speak of techniques, and without separators at its ends.

    Examples
    --------
    >>> without_technique("x015_31P"), without_technique("FTIR glass-B"), without_technique("31P_MAS_NMR")
    ('x015', 'glass-B', '')
    """
    words = text.replace("_", " ")
    for pattern in (_NUCLEUS, _TURNED, _LEVEL, *_WORDS.values()):
        words = pattern.sub(" ", words)
    return " ".join(words.split()).strip(" -.,")


def place_in(text: str) -> float | None:
    """Place in a series that a name states as ``x``; digits that begin with 0 are decimals.

    Examples
    --------
    >>> place_in("x015"), place_in("glass x=0.3 (2)"), place_in("x_1"), place_in("x0p25"), place_in("max 3")
    (0.15, 0.3, 1.0, 0.25, None)
    """
    hit = _PLACE.search(text.replace("_", " "))
    if not hit:
        return None
    digits = hit[1].replace(",", ".").lower().replace("p", ".")
    if digits.isdigit() and len(digits) > 1 and digits.startswith("0"):
        return float(f"0.{digits[1:]}")
    return float(digits)


def glass_in(texts: Sequence[str]) -> str:
    """Formula of a glass in the first name that holds one; empty where none does.

    Examples
    --------
    >>> glass_in(["sample 3", "Na3PS3.85O0.15_31P"]), glass_in(["60Na2S-40P2S5"]), glass_in(["31P NMR of CO2"])
    ('Na3PS3.85O0.15', '60Na2S-40P2S5', '')
    """
    for text in texts:
        for word in _GLASS.findall(text.replace("_", " ")):
            if is_glass(word.strip(".-")):
                return str(word.strip(".-"))
    return ""


def is_glass(text: str) -> bool:
    """Whether a text is a formula with a network former, a modifier and a ligand."""
    try:
        glass = structure.composition(text)
    except BadInput:
        return False
    return bool(glass.modifiers and glass.anions) and len(glass.elements) >= LEAST_ELEMENTS
