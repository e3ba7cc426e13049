"""How well charge and energy are known: edges between rows, noise, sampling, and what the instrument specifies."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from electrochemistry.cells._bit_steps import common_step
from electrochemistry.cells._currents import MAD_TO_SD, Runs, middle
from shortrange_core import BadInput
from shortrange_core.spelling import option

UNIFORM_SD = 12**-0.5  # of a width of 1
LONGEST_EDGE = 2.0  # usual intervals: one, and one missing row
LOST_ROWS = 4.0  # usual intervals: more rows in a row are not lost one by one
SAME_INTERVAL = 0.1  # relative: rests and runs are written alike
SECONDS_PER_HOUR = 3600.0
TRAPEZOID = 1 / 3  # of the change from twice the interval: the error of the trapezoidal rule goes with its square
CLOCK = 1e-9  # of the longest interval: shorter ones are one
FINE_CLOCK = 0.2  # of the usual interval, up to which a common step is that of the clock
FEWEST_SAMPLED = 5  # rows of a half cycle, below which half of them tell nothing
Index = npt.NDArray[np.intp]
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Instrument:
    """Standard deviations that an instrument's specification gives; None where it is not known.

    A specified limit of error of +-a that says nothing of its distribution has the sd a/sqrt(3).

    Parameters
    ----------
    gain_sd
        Of the current, relative (0.001 is 0.1 %). Both directions share it.
    offset_sd
        Of the current, A.
    voltage_gain_sd
        Of the voltage, relative.
    voltage_offset_sd
        Of the voltage, V.

    Raises
    ------
    BadInput
        If one is negative or not finite; all offenders together.
    """

    gain_sd: float | None = None
    offset_sd: float | None = None
    voltage_gain_sd: float | None = None
    voltage_offset_sd: float | None = None

    def __post_init__(self) -> None:
        wrong = [(field.name, getattr(self, field.name)) for field in fields(self)]
        wrong = [(name, value) for name, value in wrong if value is not None and not 0 <= value < np.inf]
        if wrong:
            raise BadInput(
                *(f"{option(name, value)} is not a standard deviation; give 0 or more" for name, value in wrong)
            )

    @property
    def unknown(self) -> tuple[str, ...]:
        """What the specification does not say, in words."""
        words = ("gain of the current", "offset of the current", "gain of the voltage", "offset of the voltage")
        return tuple(word for word, field in zip(words, fields(self), strict=True) if getattr(self, field.name) is None)


@dataclass(frozen=True, slots=True)
class RunErrors:
    """Standard deviations of charge (Ah) or energy (Wh) of every run.

    ``start`` and ``end``: of the edges between rows. ``own``: noise and sampling. ``offset``: what an offset of the
    current of one sd adds, the same way in both directions.
    """

    start: Vector
    end: Vector
    own: Vector
    offset: Vector

    @property
    def independent(self) -> Vector:
        """Of what is not common to the runs of a record."""
        return np.asarray(np.sqrt(self.start**2 + self.end**2 + self.own**2), dtype=float)


def edges(time: Vector, runs: Runs) -> tuple[Vector, Vector]:
    """Seconds between the first row of a run and the row before, and between its last row and the row after.

    Somewhere in them the current started and ended. An instrument that writes rests at intervals of their own writes a
    row where a step begins: there they count as one usual interval of the run at most, and as nothing where they are
    longer than two. One that writes rests and runs alike writes none: rows that are missing beside an edge belong to
    it, and a longer stretch without rows (a program that was started again) hides one usual interval of current.
    """
    padded = np.concatenate([time[:1], time, time[-1:]])
    before = time[runs.start] - padded[runs.start]
    after = padded[runs.stop + 1] - time[runs.stop - 1]
    usual = _intervals(time, runs.start, runs.stop)
    resting = _intervals(time, np.concatenate([[0], runs.stop]), np.concatenate([runs.start, [time.size]]))
    return _edge(before, usual, resting[:-1]), _edge(after, usual, resting[1:])


def _intervals(time: Vector, starts: Index, stops: Index) -> Vector:
    """Usual seconds between rows of each stretch; 0 where it has fewer than two."""
    return np.array(
        [middle(np.diff(time[a:b])) if b - a > 1 else 0.0 for a, b in zip(starts, stops, strict=True)], dtype=float
    )


def _edge(gap: Vector, usual: Vector, resting: Vector) -> Vector:
    """The part of a gap in which the current may have flowed."""
    alike = (resting > 0) & (np.abs(resting - usual) <= SAME_INTERVAL * usual)
    whole = np.where(gap > LOST_ROWS * usual, usual, gap)
    begun = np.where(gap > LONGEST_EDGE * usual, 0.0, np.minimum(gap, usual))
    return np.where(alike, whole, begun)


def edge_charges(time: Vector, current: Vector, runs: Runs) -> tuple[Vector, Vector]:
    """Charge in Ah that flows on average before the first and after the last row of each run: half an interval each."""
    before, after = edges(time, runs)
    half = 0.5 / SECONDS_PER_HOUR
    return half * before * current[runs.start], half * after * current[runs.stop - 1]


def charge_errors(
    time: Vector, current: Vector, runs: Runs, *, offset: float, counted: bool, step: float = 0.0
) -> RunErrors:
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
    step
        Of which the readings of that counter are multiples, Ah: a run lies between two of them.
    """
    before, after = edges(time, runs)
    unit = 0.0 if counted else UNIFORM_SD / SECONDS_PER_HOUR
    written = [np.maximum(edge, clock_step(time)) for edge in (before, after)]
    start, end = unit * written[0] * np.abs(current[runs.start]), unit * written[1] * np.abs(current[runs.stop - 1])
    noise = np.array([_noise(time[a:b], current[a:b]) for a, b in zip(runs.start, runs.stop, strict=True)])
    sampling = 0.0 if counted else sampling_error(time, current, runs)
    duration = time[runs.stop - 1] - time[runs.start] + 0.5 * (before + after)
    own = np.hypot(np.hypot(noise, sampling) / SECONDS_PER_HOUR, np.sqrt(2) * UNIFORM_SD * step)
    return RunErrors(start, end, own, offset * duration / SECONDS_PER_HOUR)


def energy_errors(charge: RunErrors, voltages: tuple[Vector, Vector, Vector], own: Vector) -> RunErrors:
    """Errors of the energy of every run from those of its charge.

    Parameters
    ----------
    charge
        Errors of the charge.
    voltages
        V at the first row, at the last row, and on average, of every run.
    own
        Errors of the noise and the sampling of the voltage, Wh.
    """
    first, last, mean = voltages
    return RunErrors(
        charge.start * np.abs(first), charge.end * np.abs(last), np.hypot(charge.own * mean, own), charge.offset * mean
    )


def sampling_error(along: Vector, values: Vector, runs: Runs) -> Vector:
    """Error of the trapezoidal integral of ``values`` along each run, from leaving every second row out.

    The larger of leaving out the odd and the even ones: where a current bends at one row, only one of them sees it.
    """
    errors = np.zeros(runs.start.size)
    for number, (a, b) in enumerate(zip(runs.start, runs.stop, strict=True)):
        if b - a >= FEWEST_SAMPLED:
            every = float(np.trapezoid(values[a:b], along[a:b]))
            for first in (a, a + 1):
                rows = np.unique([a, *range(first, b - 1, 2), b - 1])
                less = float(np.trapezoid(values[rows], along[rows]))
                errors[number] = max(errors[number], TRAPEZOID * abs(every - less))
    return errors


def clock_step(time: Vector) -> float:
    """Step of which all intervals between rows are multiples, s; 0 where none is seen, or rows come in equal intervals.

    Examples
    --------
    >>> clock_step(np.array([0.0, 4, 9, 26, 57, 99])), clock_step(np.arange(9) * 60.0), clock_step(np.arange(9) ** 1.5)
    (1.0, 0.0, 0.0)
    """
    intervals = np.diff(time)
    step = common_step(intervals, within=CLOCK, most_apart=1)
    return step if intervals.size and step <= FINE_CLOCK * middle(intervals) else 0.0


def noise_of(values: Vector) -> float:
    """Sd of white noise, from how each row leaves the line through its neighbours: a slope is no noise; 0 below 3 rows.

    Examples
    --------
    >>> noise_of(np.linspace(2.0, 1.0, 50)) < 1e-15
    True
    """
    return float(MAD_TO_SD * middle(np.abs(np.diff(values, n=2))) / np.sqrt(6)) if values.size > 2 else 0.0


def _noise(time: Vector, current: Vector) -> float:
    """Sd of an integral over rows of white noise, A s."""
    if time.size < 2:
        return 0.0
    steps = np.diff(time)
    weights = 0.5 * (np.concatenate([[0.0], steps]) + np.concatenate([steps, [0.0]]))
    return float(noise_of(current) * np.sqrt(np.sum(weights**2)))


def offset_sd(current: Vector, sign: Vector, stated: float | None) -> float:
    """Standard deviation of the offset, A: as specified, else the size of the median current in rests; 0 without."""
    if stated is not None:
        return float(stated)
    rests = current[sign == 0]
    return abs(middle(rests)) if rests.size else 0.0
