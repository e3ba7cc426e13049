"""How well a charge is known: edges between rows, noise of the current, and the offset and gain of the instrument."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from electrochemistry.cells._currents import MAD_TO_SD, Runs, middle
from shortrange_core import BadInput

UNIFORM_SD = 12**-0.5  # of a width of 1
LONGEST_EDGE = 2.0  # usual intervals: one, and one missing row
SECONDS_PER_HOUR = 3600.0
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChargeErrors:
    """Standard deviations of the charge of every run, Ah: of its edges, of noise, and of an offset common to all."""

    start: Vector
    end: Vector
    noise: Vector
    offset: Vector


def edges(time: Vector, runs: Runs) -> tuple[Vector, Vector]:
    """Seconds between the first row of a run and the row before, and between its last row and the row after.

    Somewhere in them the current started and ended. They count as one usual interval of the run at most, and as nothing
    where they are longer than two: an instrument that writes rests at long intervals writes a row where a step begins.
    """
    padded = np.concatenate([time[:1], time, time[-1:]])
    before = time[runs.start] - padded[runs.start]
    after = padded[runs.stop + 1] - time[runs.stop - 1]
    usual = np.array(
        [middle(np.diff(time[a:b])) if b - a > 1 else 0.0 for a, b in zip(runs.start, runs.stop, strict=True)]
    )
    before[before > LONGEST_EDGE * usual], after[after > LONGEST_EDGE * usual] = 0.0, 0.0
    return np.minimum(before, usual), np.minimum(after, usual)


def edge_charge(time: Vector, current: Vector, runs: Runs) -> Vector:
    """Charge in Ah that flows on average before the first and after the last row of each run: half an interval each."""
    before, after = edges(time, runs)
    return np.asarray(0.5 * (before * current[runs.start] + after * current[runs.stop - 1]) / SECONDS_PER_HOUR)


def charge_errors(time: Vector, current: Vector, runs: Runs, *, offset: float, counted: bool) -> ChargeErrors:
    """Errors of the charge of every run; a counter of the instrument (``counted``) has no edges between rows.

    Parameters
    ----------
    time, current
        s and A, over the rows.
    runs
        The half cycles.
    offset
        Standard deviation of the offset of the instrument, A.
    counted
        Whether the charge is that of the instrument's counter.
    """
    before, after = edges(time, runs)
    unit = 0.0 if counted else UNIFORM_SD / SECONDS_PER_HOUR
    start, end = unit * before * np.abs(current[runs.start]), unit * after * np.abs(current[runs.stop - 1])
    noise = np.array([_noise(time[a:b], current[a:b]) for a, b in zip(runs.start, runs.stop, strict=True)])
    duration = time[runs.stop - 1] - time[runs.start] + 0.5 * (before + after)
    return ChargeErrors(start, end, noise / SECONDS_PER_HOUR, offset * duration / SECONDS_PER_HOUR)


def _noise(time: Vector, current: Vector) -> float:
    """Sd of an integral over rows of white noise, A s."""
    if time.size < 2:
        return 0.0
    sd = MAD_TO_SD * middle(np.abs(np.diff(current))) / np.sqrt(2)
    steps = np.diff(time)
    weights = 0.5 * (np.concatenate([[0.0], steps]) + np.concatenate([steps, [0.0]]))
    return float(sd * np.sqrt(np.sum(weights**2)))


def offset_sd(current: Vector, sign: Vector, stated: float | None) -> float:
    """Standard deviation of the offset, A: as stated, else the size of the median current in rests; 0 without rests.

    Raises
    ------
    BadInput
        If the stated one is negative or no number.
    """
    if stated is not None:
        if not 0 <= stated < np.inf:
            raise BadInput(f"offset_sd = {stated} A; give 0 or more")
        return float(stated)
    rests = current[sign == 0]
    return abs(middle(rests)) if rests.size else 0.0
