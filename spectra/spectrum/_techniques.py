"""Names of techniques, and which axis each has; units as instruments write them."""

from __future__ import annotations

import re

from shortrange_core.chemistry import SYMBOLS
from shortrange_core.errors import BadInput
from shortrange_core.options import nearest

AXES_OF_KIND: dict[str, tuple[str, ...]] = {
    "NMR": ("chemical_shift", "time"),
    "Raman": ("raman_shift",),
    "FTIR": ("wavenumber",),
    "XPS": ("binding_energy", "kinetic_energy"),
}
"""Axes of every kind of technique, the usual one first."""

_UNITS: dict[str, tuple[str, ...]] = {
    "ppm": ("ppm",),
    "cm-1": (
        "cm-1",
        "cm^-1",
        "1/cm",
        "cm⁻¹",
        "cm**-1",
        "cm-¹",
        "rel. 1/cm",
        "wavenumber",
        "wavenumbers",
        "cm¹",
        "cm_1",
    ),
    "absolute cm-1": ("1/cm abs", "1/cm abs.", "abs 1/cm", "abs. 1/cm", "cm-1 abs", "abs. cm-1"),
    "eV": ("ev", "electronvolt", "electron volts"),
    "nm": ("nm", "nanometers", "nanometres"),
    "angstrom": ("å", "angstrom", "angstroms", "ångström", "ångströms"),
    "um": ("um", "µm", "μm", "micrometers", "micrometres", "microns"),
    "s": ("s", "sec", "seconds", "second"),
    "ms": ("ms",),
    "us": ("us", "µs", "μs"),
    "Hz": ("hz", "hertz"),
}
UNIT_OF = {alias: unit for unit, aliases in _UNITS.items() for alias in aliases}
"""Our unit for what instruments write, in small letters."""

_LONG_TIME = re.compile(r"\btime(?![a-z]).*?[\s(\[/{_]\s*(ns|nanosec\w*|min|minutes?|h|hrs?|hours?)\s*(?:[)\]}]|$)")
"""Units that are words of other titles too: meant only behind the word time, at the end."""
_WAVELENGTH_IN_A = re.compile(r"wave\s*length[^a-z]*[(\[/_,\s]\s*a\s*(?:[)\]]|$)")
"""An A is an ampere elsewhere."""
_FERMI = r"\be\s*[-–\u2212]\s*e\s*_?\s*f(ermi)?\b"
_SHIFTED = r"(?:ppm|\d{1,3}\s?[a-z])"
_DELTA = rf"\bdelta\b[^a-z0-9]*{_SHIFTED}|(?<!tan )(?<!tan)δ(?!\s*[/(\[]\s*(?!{_SHIFTED}))"
"""The word is of many things without ppm or a nucleus; the letter is a chemical shift but as an angle."""
_NAMES: tuple[tuple[str, str], ...] = (
    (r"raman", "raman_shift"),
    (r"chemical\s*shift|" + _DELTA, "chemical_shift"),
    (r"binding|\bb\.?e\.?(?![a-z0-9])|\be\s?b(ind)?\b|" + _FERMI, "binding_energy"),
    (r"kinetic|\bk\.?e\.?(?![a-z0-9])|\be\s?k(in)?\b", "kinetic_energy"),
    (r"wave\s*length|lambda|λ", "wavelength"),
    (r"wave\s*numbers?", "wavenumber"),
    (r"\btime\b", "time"),
)
_NUCLEUS = re.compile(r"(\d{1,3})\s*([A-Z][a-z]?)|([A-Z][a-z]?)\s*-?\s*(\d{1,3})")
_LEVEL = re.compile(r"([A-Z][a-z]?)[\s_-]*([1-7][spdf])(?:[\s_-]*([1357]/2))?")
_LEVEL_IN_TITLE = re.compile(r"(?<![A-Za-z])[A-Z][a-z]?[\s_-]*[1-7][spdf](?:[\s_-]*[1357]/2)?(?![A-Za-z])")
_VALENCE = re.compile(r"[BCNOF] 2p")
_ELEMENTS_AS_UNITS = ("S",)  # sulfur; seconds are written small


def kind(technique: str) -> str:
    """NMR, Raman, FTIR or XPS of a technique such as ``"31P NMR"``.

    Raises
    ------
    BadInput
        If the name is none of them.

    Examples
    --------
    >>> kind("O 1s XPS")
    'XPS'
    """
    words = technique.split()
    family = next((name for name in AXES_OF_KIND if words and words[-1].lower() == name.lower()), None)
    if family is None:
        raise BadInput(
            f"technique {technique!r}: is not known{nearest(words[-1] if words else '', AXES_OF_KIND)}; "
            "write '31P NMR', 'Raman', 'FTIR' or 'O 1s XPS' "
            "(nucleus before NMR, core level before XPS)"
        )
    return family


def normal(technique: str) -> str:
    """The technique as it is written everywhere: ``"31P nmr"`` -> ``"31P NMR"``, ``"O1s XPS"`` -> ``"O 1s XPS"``."""
    family = kind(technique)
    rest = " ".join(technique.split()[:-1])
    if not rest or family in ("Raman", "FTIR"):
        return family
    return f"{nucleus(rest) if family == 'NMR' else level(rest)} {family}"


def nucleus(text: str) -> str:
    """Nucleus as mass and element: ``"P31"``, ``"<31P>"``, ``"^31P"`` give ``"31P"``; else the text itself.

    Examples
    --------
    >>> nucleus("Phosphorus31"), nucleus("P-31"), nucleus("31p")
    ('31P', '31P', '31P')
    """
    bare = text.strip(" <>^\t")
    for name, symbol in _ELEMENTS.items():
        bare = re.sub(name, symbol, bare, flags=re.IGNORECASE)
    match = _NUCLEUS.fullmatch(bare) or _NUCLEUS.fullmatch(re.sub("[a-z]+", lambda m: m[0].capitalize(), bare))
    return bare if match is None else f"{match[1] or match[4]}{match[2] or match[3]}"


_ELEMENTS = {
    "phosphorus": "P",
    "proton": "1H",
    "hydrogen": "H",
    "carbon": "C",
    "silicon": "Si",
    "lithium": "Li",
    "sodium": "Na",
    "boron": "B",
    "fluorine": "F",
    "nitrogen": "N",
    "oxygen": "O",
    "selenium": "Se",
    "aluminium": "Al",
    "aluminum": "Al",
}


def level(text: str) -> str:
    """Core level as element and shell: ``"O1s"``, ``"O_1s Scan"`` give ``"O 1s"``; else the text itself.

    Examples
    --------
    >>> level("S2p"), level("Mo3d"), level("Survey")
    ('S 2p', 'Mo 3d', 'Survey')
    """
    match = _LEVEL.search(text)
    return text.strip() if match is None else f"{match[1]} {match[2]}"


def named_levels(title: str) -> tuple[str, ...]:
    """Core levels of elements that the name of a block tells, each once, also where they stand in one word.

    The 2p of light atoms is the valence band: beside their symbol it is that of the atom before, as in "CrO 2p".

    Examples
    --------
    >>> named_levels("V2pO1sScan"), named_levels("C 1s/K 2p"), named_levels("CrO 2p"), named_levels("Su 1s")
    (('V 2p', 'O 1s'), ('C 1s', 'K 2p'), (), ())
    """
    of_elements = (f"{match[1]} {match[2]}" for match in _LEVEL.finditer(title) if match[1] in SYMBOLS)
    return tuple(dict.fromkeys(name for name in of_elements if not _VALENCE.fullmatch(name)))


def level_technique(title: str) -> str:
    """Photoelectrons of the level that a title names; photoelectrons where it names none or several.

    Examples
    --------
    >>> level_technique("C1s Scan"), level_technique("Survey"), level_technique("V2pO1s Scan")
    ('C 1s XPS', 'XPS', 'XPS')
    """
    named = named_levels(title)
    return f"{named[0]} XPS" if len(named) == 1 else "XPS"


def without_levels(text: str) -> str:
    """A title without the core levels it names: the S of "S 2p" is no second, the Be of "Be 1s" no binding energy.

    Examples
    --------
    >>> without_levels("BE_S 2p 4"), without_levels("time (s)")
    ('BE_ 4', 'time (s)')
    """
    return _LEVEL_IN_TITLE.sub("", text)


def levels(text: str) -> tuple[str, ...]:
    """Core levels that a title names, each once.

    Examples
    --------
    >>> levels("CPS_S 2p 4"), levels("intensity")
    (('S 2p',), ())
    """
    return tuple(dict.fromkeys(level(match[0]) for match in _LEVEL_IN_TITLE.finditer(text)))


def from_fermi_level(text: str) -> bool:
    """True where a title counts energies from the Fermi level upwards, so that binding energies are negative.

    Examples
    --------
    >>> from_fermi_level("E-EF (eV)"), from_fermi_level("E_B (eV)")
    (True, False)
    """
    return bool(re.search(_FERMI, text.replace("_", " ").lower()))


def unit(text: str) -> str:
    """Our unit for what an instrument writes; empty where it is not known.

    Examples
    --------
    >>> unit("1/CM"), unit("BE/eV"), unit("Raman shift (cm-1)"), unit("S 2p"), unit("time / s"), unit("Time (minutes)")
    ('cm-1', 'eV', 'cm-1', '', 's', 'min')
    >>> unit("Wavelength (Å)"), unit("Wavelength [A]"), unit("I / A")
    ('angstrom', 'angstrom', '')
    """
    written = without_levels(text.strip().strip("#\"'").strip())
    bare = written.lower()
    if bare in UNIT_OF:
        return UNIT_OF[bare] if written not in _ELEMENTS_AS_UNITS else ""
    inside = re.findall(r"[(\[/{]\s*([^()\[\]{}]+?)\s*(?:[)\]}]|$)", written)
    for piece in [*inside, *re.split(r"[\s_,;]+", written)]:
        if piece.lower() in UNIT_OF and piece not in _ELEMENTS_AS_UNITS:
            return UNIT_OF[piece.lower()]
    if re.search(r"cm\s*[\^]?\s*[{(]?[-–⁻\ufffd]", bare):
        return "cm-1"
    if long := _LONG_TIME.search(bare):
        return {"n": "ns", "m": "min", "h": "h"}[long[1][0]]
    return "angstrom" if _WAVELENGTH_IN_A.search(bare) else ""


def axis(text: str) -> str:
    """Name of the axis that a column title means; empty where it does not say.

    Examples
    --------
    >>> axis("Raman shift / cm-1"), axis("BE_S 2p"), axis("E - EF (eV)"), axis("Be 1s"), axis("x")
    ('raman_shift', 'binding_energy', 'binding_energy', '', '')
    """
    bare = without_levels(text.strip().strip("#").strip()).replace("_", " ").lower()
    for pattern, name in _NAMES:
        if re.search(pattern, bare):
            if name == "wavenumber" and unit(text) not in ("", "cm-1"):
                continue
            return "" if name == "wavenumber" else name
    return "chemical_shift" if unit(text) == "ppm" else ""


LASER_RANGE_NM = (200.0, 2000.0)
