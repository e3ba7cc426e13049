"""Labels as people write them, made from their text alone: no valence and no table of elements is needed to set type.

Every figure, the report, the editor and the site of the peak library call :func:`short_name`; ``structure.pretty`` adds
the charge, which asks for chemistry.
"""

from __future__ import annotations

import re
from fractions import Fraction
from html import escape
from types import MappingProxyType
from typing import Literal

Style = Literal["text", "latex", "figure", "html"]
_SCRIPTS = MappingProxyType(
    {"latex": ("_{%s}", "^{%s}"), "figure": ("$_{%s}$", "$^{%s}$"), "html": ("<sub>%s</sub>", "<sup>%s</sup>")}
)
"""What sets a number lower, and higher. Math mode in figures is for scripts alone: matplotlib parses it slowly, and the
rest stands in the font of the text."""
TAGS = MappingProxyType({"e": "edge-sharing", "c": "in a cage", "r": "in a ring"})
"""What the tags of a label say; they change no atom."""
_UNIT = re.compile(
    r"(?P<centre>[A-Z][a-z]?)(?:\((?P<oxidation>[0-7])\))?:(?P<shells>[A-Za-z0-9\[\]/]+)?"
    r"(?:~(?P<partners>[A-Za-z0-9]+))?(?:@(?P<tag>[a-z]))?"
)
_LIGAND = re.compile(r"(\[[A-Za-z0-9]+\]|[A-Z][a-z]?)([0-9]*)")
_COMPOUND = re.compile(r"(?:[A-Z][a-z]?(?:[0-9]+(?:\.[0-9]+)?)?)+")
_CONTACTS = re.compile(r"(P|Q|Si|Ge|B)\^?([0-4])")
_ROMAN = ("0", "I", "II", "III", "IV", "V", "VI", "VII")
_SUB = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPER = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_SHARES = {Fraction(1, 2): "½", Fraction(1, 3): "⅓", Fraction(2, 3): "⅔"}


def short_name(text: str, style: Literal["text", "figure", "html"] = "text") -> str:
    """What a line or a quantity counts, as the field writes it; what is no label stays as it is.

    Parameters
    ----------
    text
        A label, a compound, P^n, or sums of them.
    style
        ``text`` (Unicode), ``figure`` (scripts between dollar signs, as matplotlib sets them) or ``html``.

    Examples
    --------
    >>> short_name("P:S3/O"), short_name("P:S4 + P:S3O"), short_name("Na2S"), short_name("BO/(BO + NBO)")
    ('PS₃O½ (P¹)', 'PS₄ + PS₃O (P⁰)', 'Na₂S', 'BO/(BO + NBO)')
    >>> short_name("Na3PS3.4O0.6", "html")
    'Na<sub>3</sub>PS<sub>3.4</sub>O<sub>0.6</sub>'
    >>> short_name("P:S3/O", "figure"), short_name("P1", "html"), short_name("S-S", "figure")
    ('PS$_3$O$_{1/2}$ (P$^1$)', 'P<sup>1</sup>', 'S-S')
    """
    if "(BO" in text:
        return text
    members = text.split(" + ")
    kinds = [_kind_of(member, style) for member in members]
    if len(members) > 1 and len(set(kinds)) == 1 and kinds[0]:  # P0 once, behind the sum
        return " + ".join(formula_of(member, style) or member for member in members) + f" ({kinds[0]})"
    return " + ".join(typeset(member, style) for member in members)


def titled(text: str) -> str:
    """HTML of a label: its written name; what can be typed shows when it is pointed at.

    Examples
    --------
    >>> titled("P:S4"), titled("<BO>")
    ('<span title="P:S4">PS<sub>4</sub> (P<sup>0</sup>)</span>', '&lt;BO&gt;')
    """
    safe = escape(text)
    name = short_name(safe, "html")
    return safe if name == safe else f'<span title="{safe}">{name}</span>'


def _kind_of(label: str, style: Style) -> str:
    match = _UNIT.fullmatch(label)
    return _kind(match, style) if match else ""


def typeset(label: str, style: Style = "text", charge: Fraction = Fraction(0)) -> str:
    """One label in the notation of the field, with its charge where one is given; see :func:`short_name`."""
    contacts = _CONTACTS.fullmatch(label)
    if contacts:
        return _raised(contacts[1], contacts[2], style)
    body, match = _body(label, style), _UNIT.fullmatch(label)
    if match is None:
        return formula_of(label, style) or label
    kind, body = _kind(match, style), body + _charge(charge, style)
    return rf"\mathrm{{{body}}}\;({kind})" if style == "latex" else f"{body} ({kind})"


def formula_of(label: str, style: Style = "text") -> str:
    """Atoms of a unit, shared ligands by their share, or of a compound; empty where the text is neither."""
    body = _body(label, style)
    return rf"\mathrm{{{body}}}" if body and style == "latex" else body


def _body(label: str, style: Style) -> str:
    match = _UNIT.fullmatch(label)
    if match is None and (not _COMPOUND.fullmatch(label) or not re.search("[0-9]", label)):
        return ""
    if match is not None:
        return "".join(_atom(name, amount, style) for name, amount in _parts(match))
    return "".join(name + _lowered(count, style) for name, count in re.findall(r"([A-Z][a-z]?)([0-9.]*)", label))


def _lowered(number: str, style: Style) -> str:
    if not number or style == "text":
        return number.translate(_SUB)
    return _script(0, number, style)


def _script(side: int, text: str, style: Style) -> str:
    """Text set lower (0) or higher (1); of a group of one character matplotlib would read twice as long."""
    lone = style == "figure" and len(text) == 1
    return ("$_%s$", "$^%s$")[side] % text if lone else _SCRIPTS[style][side] % text


def _parts(match: re.Match[str]) -> list[tuple[str, Fraction]]:
    stated = match["oxidation"]
    centre = f"{match['centre']}({_ROMAN[int(stated)]})" if stated else match["centre"]
    parts = [(centre, Fraction(1))]
    for sharing, shell in enumerate((match["shells"] or "").split("/"), start=1):
        for ligand, count in _LIGAND.findall(shell):
            parts.append((ligand.replace("[", "(").replace("]", ")"), Fraction(int(count or 1), sharing)))
    return parts


def _atom(name: str, amount: Fraction, style: Style) -> str:
    inner = "".join(_lowered(c, style) if c.isdigit() and name.startswith("(") else c for c in name)
    if amount == 1 or style != "text":
        return inner + _lowered("" if amount == 1 else str(amount), style)
    whole = str(amount.numerator // amount.denominator) if amount >= 1 else ""
    return inner + whole.translate(_SUB) + _SHARES.get(amount % 1, "")


def _charge(charge: Fraction, style: Style) -> str:
    if charge == 0:
        return ""
    size = "" if abs(charge) == 1 else str(abs(charge))
    sign = "-" if charge > 0 else "+"
    if style == "text":
        return (size + sign).translate(_SUPER) if abs(charge).denominator == 1 else f"({size}{sign})"
    return _script(1, f"{size}{sign if style == 'latex' else sign.replace('-', '−')}", style)


def _raised(base: str, number: str, style: Style) -> str:
    if style == "text":
        return base + number.translate(_SUPER)
    raised = base + _script(1, number, style)
    return rf"\mathrm{{{raised}}}" if style == "latex" else raised


def _kind(match: re.Match[str], style: Style) -> str:
    """P^n, or the bond between two formers; the tag in words."""
    centre = match["centre"]
    shared = (match["shells"] or "").split("/")[1:]
    n = sum(int(count or 1) for shell in shared for _, count in _LIGAND.findall(shell))
    if match["partners"]:
        base = rf"\mathrm{{{centre}{{-}}{centre}}}" if style == "latex" else f"{centre}–{centre}"
        name = base if n == 0 else f"{base}, n = {n}"
    else:
        name = _raised(centre, str(n), style)
    if not match["tag"]:
        return name
    words = TAGS.get(match["tag"], match["tag"])
    if style == "latex":  # words are upright, and a hyphen is no minus
        return rf"{name},\ \mathrm{{{words.replace(' ', chr(92) + ' ').replace('-', '{-}')}}}"
    return f"{name}, {words}"
