"""The step of which all values of a column are multiples (a bit of the instrument, a digit of its text), and gaps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._contract import TIME, VOLTAGE
from electrochemistry.cells._currents import Runs, middle
from shortrange_core import Note, Severity

PROPORTIONAL = 1e-3  # relative range of voltage over current, within which both are proportional
ROUNDING = 1e-9  # of the largest voltage: values nearer than this are one value
EXACT = 1e-9  # of the largest change of a counter from row to row
MULTIPLE = 0.01  # of a step, by which a voltage may miss a multiple of it
FEWEST_INTERVALS = 5
EVEN_STEPS = 0.2
"""Lower quarter of the steps of the voltage from row to row below their median, where they are what rows wait for."""
GAP_FACTOR = 10.0  # times the usual interval between rows
MOST_APART = 6  # steps: a hold of 4 bits that rises to 7 shows no two values one bit apart
Vector = npt.NDArray[np.float64]


def voltage_step(voltage: Vector, ratio: Vector, runs: Runs) -> float:
    """Step of which all voltages of a record are multiples, V; 0 where there is none, or where it does no harm.

    Parameters
    ----------
    voltage
        V, of every row.
    ratio
        Median voltage over current density of every half cycle.
    runs
        The half cycles. Voltages that never go up and down inside one, and are proportional to the current, are
        simulated, or show one value only: their step cannot be seen.
    """
    changes = (np.diff(voltage[a:b]) for a, b in zip(runs.start, runs.stop, strict=True))
    scatter = any((change > 0).any() and (change < 0).any() for change in changes)
    if not scatter and np.ptp(ratio) <= PROPORTIONAL * abs(middle(ratio)):
        return 0.0
    return common_step(voltage, within=ROUNDING, most_apart=MOST_APART)


def counter_step(charge: Vector, runs: Runs) -> float:
    """Step of which all charges that a counter adds from row to row are multiples; 0 where none is seen.

    Examples
    --------
    >>> true = np.arange(100) * 0.0137
    >>> one = Runs(np.array([0]), np.array([100]), np.array([1.0]))
    >>> round(counter_step(np.round(true, 2), one), 9), counter_step(true, one)
    (0.01, 0.0)
    """
    added = [np.abs(np.diff(charge[a:b])) for a, b in zip(runs.start, runs.stop, strict=True)]
    largest = max((float(part.max()) for part in added if part.size), default=0.0)
    if not any(part.size > 2 and np.ptp(part[:-1]) > EXACT * largest for part in added):
        return 0.0  # equal charges in equal times: exact, or of steps that cannot be seen
    return common_step(np.concatenate(added), within=EXACT, most_apart=1)


def common_step(values: Vector, *, within: float, most_apart: int) -> float:
    """Largest step of which all values are multiples; 0 where there is none, or only one value and 0.

    Parameters
    ----------
    values
        Of a column, of either sign.
    within
        Of the largest value: values nearer than this are one value.
    most_apart
        Steps that may lie between the two nearest values.
    """
    levels = np.unique(np.concatenate([[0.0], np.abs(values)]))
    apart = np.diff(levels)
    apart = apart[apart > within * levels[-1]]
    if not apart.size:
        return 0.0
    steps = float(apart.min()) / np.arange(1, most_apart + 1)
    multiple = levels / steps[:, np.newaxis]
    common = np.all(np.abs(multiple - np.rint(multiple)) < MULTIPLE, axis=1)
    return float(steps[common][0]) if common.any() else 0.0


def gap_notes(cycling: xr.Dataset, runs: Runs) -> tuple[Note, ...]:
    """A note where rows are missing inside half cycles; rows that wait for the voltage to move by a step are not."""
    gaps = sum(
        _gaps(*(cycling[name].values[a:b] for name in (TIME, VOLTAGE)))
        for a, b in zip(runs.start, runs.stop, strict=True)
    )
    if not gaps:
        return ()
    text = f"{gaps} gaps of more than {GAP_FACTOR:g} usual intervals between rows within half cycles"
    remedy = "the charge across a gap is interpolated linearly: check these half cycles"
    return (Note("recording-gap", Severity.WARNING, text, remedy),)


def _gaps(time: Vector, voltage: Vector) -> int:
    """Gaps of one half cycle.

    A cycler that writes a row whenever the voltage has moved by 10 mV writes few of them on a plateau.
    """
    interval, moved = np.diff(time), np.abs(np.diff(voltage))
    if interval.size < FEWEST_INTERVALS:
        return 0
    wide = interval > GAP_FACTOR * max(middle(interval), 1e-9)
    low, usual = np.percentile(moved, [25, 50])
    by_steps = usual > 0 and usual - low <= EVEN_STEPS * usual
    return int(np.sum(wide & ~(by_steps & (moved <= (1 + EVEN_STEPS) * usual))))
