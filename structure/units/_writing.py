"""Labels as people write them, with their charge: plain text, LaTeX and HTML."""

from __future__ import annotations

from shortrange_core import BadInput
from shortrange_core.written_labels import Style, typeset
from structure.units._aliases import unit_of


def pretty(label: str, style: Style = "text") -> str:
    r"""A label in the usual notation: shared ligands with their share, and the charge at the end.

    Figures and reports write the same without the charge (:func:`shortrange_core.written_labels.short_name`).

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
    '\\mathrm{PS_{3}O_{1/2}^{2-}}\\;(\\mathrm{P^{1}})'
    >>> pretty("P:S3/O", "html")
    'PS<sub>3</sub>O<sub>1/2</sub><sup>2−</sup> (P<sup>1</sup>)'
    """
    if style not in ("text", "latex", "html"):
        raise BadInput(f"style = {style!r}: there are text, latex and html")
    unit = unit_of(label)
    return typeset(unit.label, style) if unit.free else typeset(unit.label, style, unit.charge)
