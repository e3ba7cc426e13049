"""One broad line of unknown origin with a bounded share of the areas: a last resort where nothing explains a miss."""

from __future__ import annotations

from dataclasses import replace

from shortrange_core.errors import BadInput
from shortrange_core.notes import Note, Severity
from spectra.models._model import Model
from spectra.models._peaks import peak

UNKNOWN = "unknown"
BROADER = (2.0, 2.5, 5.0)
"""Least, first and greatest width over that of a usual line: narrower it would take the place of a line, wider that of
the background; a judgement."""


def with_unknown(model: Model, share: float, usual: float) -> Model:
    """The model with one broad line of unknown origin; as it is where its share is 0.

    The line lies anywhere between the outer ends of the windows of the lines, or two widths beyond, is Gaussian, counts
    for nothing in the balances, and holds at most ``share`` of all areas, an affine constraint inside the fit:
    unknown <= share/(1 - share) sum of the others.

    Parameters
    ----------
    model
        Lines with their windows.
    share
        0 <= share < 1.
    usual
        FWHM of a usual line, unit of the axis.

    Raises
    ------
    BadInput
        If a line of the model has that name.

    Examples
    --------
    >>> one = Model("", "chemical_shift", (peak("a", {"center": (82, 76, 88), "fwhm": 8.0}, assignment="P:S4"),))
    >>> found = with_unknown(one, 0.2, 8.0)
    >>> [line.name for line in found.peaks], found.constraints
    (['a', 'unknown'], ('unknown_area <= 0.25*a_area',))
    """
    if share == 0:
        return model
    if any(line.name == UNKNOWN for line in model.peaks):
        raise BadInput(f"unknown = {share:g}: a line is already called {UNKNOWN!r}; give it another name")
    ends = [(line.quantities["center"].lower, line.quantities["center"].upper) for line in model.peaks]
    low, high = min(lower for lower, _ in ends), max(upper for _, upper in ends)
    least, first, most = (factor * usual for factor in BROADER)
    low, high = low - least, high + least
    line = peak(UNKNOWN, {"center": ((low + high) / 2, low, high), "fwhm": (first, least, most)}, shape="gaussian")
    factor = share / (1 - share)
    areas = " + ".join(f"{factor:.10g}*{other.name}_area" for other in model.peaks)
    text = (
        f"one broad line of unknown origin may hold up to {100 * share:.3g} % of the areas; it is assigned to no unit"
    )
    note = Note("unknown-allowed", Severity.INFO, text, "leave unknown out if every line has a name")
    return replace(
        model,
        peaks=(*model.peaks, line),
        constraints=(*model.constraints, f"{UNKNOWN}_area <= {areas}"),
        notes=(*model.notes, note),
    )
