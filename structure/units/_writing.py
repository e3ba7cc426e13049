"""Labels as people write them: plain text, LaTeX and HTML."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from shortrange_core import BadInput
from structure.units._aliases import unit_of
from structure.units._elements import OXIDATION
from structure.units._labels import TAGS, Unit

Style = Literal["text", "latex", "html"]
_ROMAN = ("0", "I", "II", "III", "IV", "V", "VI", "VII")
_SUB = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPER = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


def pretty(label: str, style: Style = "text") -> str:
    r"""A label in the notation of the field: shared ligands carry their share, the charge stands behind.

    Parameters
    ----------
    label
        Label, anion or compound.
    style
        ``text`` (Unicode), ``latex`` (for math mode) or ``html``.

    Raises
    ------
    BadInput
        If the label is bad or the style unknown.

    Examples
    --------
    >>> pretty("P:S3/O"), pretty("P:S3~P"), pretty("Na2S")
    ('PS₃O½²⁻ (P¹)', 'PS₃²⁻ (P–P)', 'Na₂S')
    >>> pretty("P:S3/O", "latex")
    '\\mathrm{PS_{3}O_{1/2}^{2-}}\\;(P^{1})'
    >>> pretty("P:S3/O", "html")
    'PS<sub>3</sub>O<sub>1/2</sub><sup>2−</sup> (P<sup>1</sup>)'
    """
    if style not in ("text", "latex", "html"):
        raise BadInput(f"style = {style!r}: there are text, latex and html")
    unit = unit_of(label)
    body = "".join(_atom(name, amount, style) for name, amount in _parts(unit))
    if unit.free:
        return rf"\mathrm{{{body}}}" if style == "latex" else body
    body += _charge(unit.charge, style)
    return rf"\mathrm{{{body}}}\;({_kind(unit, style)})" if style == "latex" else f"{body} ({_kind(unit, style)})"


def _parts(unit: Unit) -> list[tuple[str, Fraction]]:
    if unit.free:
        return list(unit.formula)
    centre = unit.centre if unit.oxidation == OXIDATION.get(unit.centre) else f"{unit.centre}({_ROMAN[unit.oxidation]})"
    parts = [(centre, Fraction(1))]
    for sharing, shell in enumerate(unit.shells, start=1):
        parts += [(ligand.replace("[", "(").replace("]", ")"), Fraction(count, sharing)) for ligand, count in shell]
    return parts


def _atom(name: str, amount: Fraction, style: Style) -> str:
    if style != "text":
        inner = _digits(name, style)
        number = "" if amount == 1 else str(amount)
        return inner + (f"_{{{number}}}" if style == "latex" else f"<sub>{number}</sub>") if number else inner
    inner = "".join(c.translate(_SUB) if c.isdigit() and name.startswith("(") else c for c in name)
    if amount == 1:
        return inner
    whole = str(amount.numerator // amount.denominator) if amount >= 1 else ""
    rest = {Fraction(1, 2): "½", Fraction(1, 3): "⅓", Fraction(2, 3): "⅔"}.get(amount % 1, "")
    return inner + whole.translate(_SUB) + rest


def _digits(name: str, style: Style) -> str:
    if not name.startswith("("):
        return name
    sub = "_{{{}}}" if style == "latex" else "<sub>{}</sub>"
    return "".join(sub.format(c) if c.isdigit() else c for c in name)


def _charge(charge: Fraction, style: Style) -> str:
    if charge == 0:
        return ""
    size = "" if abs(charge) == 1 else str(abs(charge))
    sign = "-" if charge > 0 else "+"
    if style == "latex":
        return f"^{{{size}{sign}}}"
    if style == "html":
        return f"<sup>{size}{'−' if charge > 0 else '+'}</sup>"
    return (size + sign).translate(_SUPER) if abs(charge).denominator == 1 else f"({size}{sign})"


def _kind(unit: Unit, style: Style) -> str:
    if unit.homopolar:
        bond = "{-}" if style == "latex" else "–"
        base = f"{unit.centre}{bond}{unit.centre}"
        base = rf"\mathrm{{{base}}}" if style == "latex" else base
        name = base if unit.n == 0 else f"{base}, n = {unit.n}"
    elif style == "latex":
        name = f"{unit.centre}^{{{unit.n}}}"
    elif style == "html":
        name = f"{unit.centre}<sup>{unit.n}</sup>"
    else:
        name = unit.centre + str(unit.n).translate(_SUPER)
    return name + (f", {TAGS[unit.tag]}" if unit.tag else "")
