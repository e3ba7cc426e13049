"""An axis that runs one way and evenly but for one point: what a damaged column looks like."""

from __future__ import annotations

import numpy as np

from shortrange_core.errors import BadInput
from spectra.readers.records import Array, Raw, Source, need_one_size

FEWEST_POINTS = 16
COPIES_OF_USUAL = 20.0
SMALLEST_STEP_SHARE = 1e-3
"""A point this share of a step off its place is no rounding of a smooth axis."""
LARGEST_USUAL_SHARE = 0.05
LIKENESS = 0.2


def check_axis(source: Source, raw: Raw) -> None:
    """Refuse an axis that turns, or one of whose points lies off the smooth line of the others.

    A displaced point shows as a bend at it and bends half as large the other way at both neighbours; a seam or a gap
    of windows shows otherwise and is left alone.

    Raises
    ------
    BadInput
        If the axis does not run one way, a point of a smooth axis is displaced, or an intensity is beyond any detector.
    """
    if raw.x.size < 2 or not np.all(np.isfinite(raw.x)):
        return
    steps = np.diff(raw.x)
    if not (np.all(steps > 0) or np.all(steps < 0)):
        _refuse_turn(source, raw, steps)
    _check_smooth(source, raw, steps)
    if raw.y.ndim == 1:
        need_one_size(source, raw.name, raw.y)


def _refuse_turn(source: Source, raw: Raw, steps: Array) -> None:
    usual = np.sign(np.median(np.sign(steps))) or 1.0
    index = int(np.argmax(steps * usual <= 0))
    hint = "average repeated scans, or sort the rows, before reading"
    if raw.y.ndim == 1 and raw.y.size > 2 and (np.all(np.diff(raw.y) > 0) or np.all(np.diff(raw.y) < 0)):
        hint = "the intensities do: the two columns look swapped, put the axis first"
    raise BadInput(
        f"{source.name}: the axis of {raw.name!r} does not run one way: {raw.x[index]:g} then {raw.x[index + 1]:g} at "
        f"point {index + 1}; {hint}"
    )


def _check_smooth(source: Source, raw: Raw, steps: Array) -> None:
    if raw.x.size < FEWEST_POINTS:
        return
    step = float(np.median(np.abs(steps)))
    bend = -np.diff(steps) / 2.0
    usual = float(np.percentile(np.abs(bend), 75))
    if usual > LARGEST_USUAL_SHARE * step:
        return
    limit = COPIES_OF_USUAL * usual + SMALLEST_STEP_SHARE * step
    half = -bend[1:-1] / 2.0
    slack = LIKENESS * np.abs(half) + 2.0 * usual
    alike = (np.abs(bend[:-2] - half) <= slack) & (np.abs(bend[2:] - half) <= slack)
    displaced = np.flatnonzero((np.abs(bend[1:-1]) > limit) & alike) + 2
    if displaced.size:
        index = int(displaced[0])
        raise BadInput(
            f"{source.name}: the axis of {raw.name!r} is {raw.x[index]:g} at point {index + 1}, but its neighbours "
            f"{raw.x[index - 1]:g} and {raw.x[index + 1]:g} continue a smooth axis without it; the file is damaged: "
            "export it again, or remove the point"
        )
