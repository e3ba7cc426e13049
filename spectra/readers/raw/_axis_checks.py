"""An axis as a spectrum needs it: sorted, no value twice, and what was odd in it said.

Rows that a program rounded to equal energies, points that were appended later, a hand that sorted by another column:
all leave whole files. They are put in order, and the order is a note.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.notes import Note, Severity
from shortrange_core.shown_numbers import counted
from spectra.readers.raw._looks import AGAIN, look_at_size
from spectra.readers.raw._records import Array, Raw, Source

FEWEST_POINTS = 16
COPIES_OF_USUAL = 20.0
SMALLEST_STEP_SHARE = 1e-3
"""A point this share of a step off its place is no rounding of a smooth axis."""
LARGEST_USUAL_SHARE = 0.05
LIKENESS = 0.2
MOST_TURNS = 0.42
"""Share of steps against the usual direction from which a column is no axis: that of noise is 0.5."""
LONG_RUN = 8
EVEN_SHARE = 0.05
LAST_DIGITS = 1.5
"""Programs that add up steps round a point to the next digit, which is no displacement where it is far below a step."""
MOST_DECIMALS, WHOLE = 12, 1e-3


def with_axis(source: Source, raw: Raw) -> Raw:
    """The block with an axis that runs one way, and notes on what was done to it or looks displaced.

    A displaced point shows as a bend at it and bends half as large the other way at both neighbours; a seam or a gap
    of windows shows otherwise and is left alone.

    Raises
    ------
    BadInput
        If the axis holds two measurements over the same range, or the columns look swapped.
    """
    if raw.x.size < 2 or not np.all(np.isfinite(raw.x)):
        return raw
    steps = np.diff(raw.x)
    if not (np.all(steps > 0) or np.all(steps < 0)):
        return _in_order(source, raw, steps)
    notes = _displaced(raw, steps)
    if raw.y.ndim == 1:
        look_at_size(source, raw.name, raw.y)
    told = tuple(note for note in source.notes if note not in raw.notes)
    return replace(raw, notes=(*raw.notes, *told, *notes))


def _in_order(source: Source, raw: Raw, steps: Array) -> Raw:
    """Rows sorted by the axis, those of equal axis values averaged; refused where they are two measurements."""
    usual = np.sign(np.median(np.sign(steps))) or 1.0
    index = int(np.argmax(steps * usual <= 0))
    back = steps * usual < 0
    one = raw.y.ndim == 1 and raw.rows is None and len(scans(raw.x)) == 1
    if not one or np.mean(back) > MOST_TURNS or _swapped(raw):
        raise BadInput(_turn(source, raw, index))
    order = np.argsort(raw.x, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(raw.x[order]) > 0]))
    repeats = raw.x.size - starts.size
    notes = []
    if repeats:
        text = f"{repeats} axis values of {raw.name!r} repeat (first {raw.x[index]:g}); rows were averaged"
        notes.append(Note("axis-repeats", Severity.WARNING, text, "export the axis with more digits"))
    if np.any(back):
        text = f"the rows of {raw.name!r} change direction at {counted(int(back.sum()), 'place')}; they were sorted"
        notes.append(Note("axis-unsorted", Severity.WARNING, text, AGAIN))
    columns = {
        name: None if values is None else _averaged(values[order], starts, repeats=bool(repeats))
        for name, values in (("y", raw.y), ("counts", raw.counts), ("imaginary", raw.imaginary), ("noise", raw.noise))
    }
    if repeats:
        columns["counts"] = None  # a mean of two counts is no count
    told = tuple(note for note in source.notes if note not in raw.notes)
    return replace(raw, x=raw.x[order][starts], notes=(*raw.notes, *told, *notes), **columns)  # type: ignore[arg-type]


def _averaged(values: Array, starts: Array, *, repeats: bool) -> Array:
    if not repeats:
        return values
    sizes = np.diff(np.append(starts, values.size))
    return np.asarray(np.add.reduceat(values, starts) / sizes)


def scans(x: Array) -> list[slice]:
    """Parts of a column that are axes of their own: even steps that start anew; one part where it is one axis.

    Examples
    --------
    >>> scans(np.tile(np.arange(20.0), 2))
    [slice(0, 20, None), slice(20, 40, None)]
    """
    whole = [slice(0, x.size)]
    if x.size < 2 * LONG_RUN or not np.all(np.isfinite(x)):
        return whole
    steps = np.diff(x)
    usual = np.sign(np.median(np.sign(steps))) or 1.0
    edges = [0, *(np.flatnonzero(steps * usual < 0) + 1).tolist(), x.size]
    parts = [slice(a, b) for a, b in itertools.pairwise(edges)]
    return parts if len(parts) > 1 and all(_even(x[part]) for part in parts) else whole


def _even(x: Array) -> bool:
    steps = np.diff(x)
    return x.size >= LONG_RUN and bool(np.ptp(steps) <= EVEN_SHARE * abs(float(np.median(steps))))


def _swapped(raw: Raw) -> bool:
    """True where the intensities run one way, as an axis does."""
    steps = np.diff(raw.y)
    return raw.y.ndim == 1 and raw.y.size > 2 and bool(np.all(steps > 0) or np.all(steps < 0))


def _turn(source: Source, raw: Raw, index: int) -> str:
    hint = "it contains several measurements or another quantity; put each spectrum into columns or a file of its own"
    if _swapped(raw):
        hint = "the intensities are: the two columns look swapped, put the axis first"
    return (
        f"{source.name}: the axis of {raw.name!r} is not monotonic: {raw.x[index]:g} then {raw.x[index + 1]:g} at "
        f"point {index + 1}; {hint}"
    )


def _displaced(raw: Raw, steps: Array) -> tuple[Note, ...]:
    if raw.x.size < FEWEST_POINTS:
        return ()
    step = float(np.median(np.abs(steps)))
    bend = -np.diff(steps) / 2.0
    usual = float(np.percentile(np.abs(bend), 75))
    if usual > LARGEST_USUAL_SHARE * step:
        return ()
    limit = COPIES_OF_USUAL * usual + SMALLEST_STEP_SHARE * step
    half = -bend[1:-1] / 2.0
    slack = LIKENESS * np.abs(half) + 2.0 * usual
    alike = (np.abs(bend[:-2] - half) <= slack) & (np.abs(bend[2:] - half) <= slack)
    displaced = np.flatnonzero((np.abs(bend[1:-1]) > limit) & alike) + 2
    index = next((int(k) for k in displaced if abs(bend[k - 1]) > _rounding(raw.x[k - 2 : k + 3], step)), None)
    if index is None:
        return ()
    text = (
        f"the axis of {raw.name!r} is {raw.x[index]:g} at point {index + 1}, but its neighbours "
        f"{raw.x[index - 1]:g} and {raw.x[index + 1]:g} continue a smooth axis without it"
    )
    return (Note("axis-displaced", Severity.WARNING, text, AGAIN),)


def _rounding(x: Array, step: float) -> float:
    """By how much the last digit of a point and its neighbours lets it be off; 0 where it is as coarse as steps."""
    for decimals in range(MOST_DECIMALS):
        unit = 10.0**-decimals
        if unit <= LARGEST_USUAL_SHARE * step and np.all(np.abs(x / unit - np.round(x / unit)) <= WHOLE):
            return LAST_DIGITS * unit
    return 0.0
