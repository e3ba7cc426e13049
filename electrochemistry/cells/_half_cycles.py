"""Half cycles: runs of rows with one sign (symmetric cells: one level) of current, with their charge and energy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._bit_steps import common_step, gap_notes, voltage_step
from electrochemistry.cells._charge_errors import edge_charges
from electrochemistry.cells._contract import CURRENT, NET_CAPACITY, TIME, VOLTAGE, check_cycling, record_notes
from electrochemistry.cells._currents import REST_FRACTION, Runs, flow, middle, run_medians, sign_runs, split_at_levels
from shortrange_core import BadInput, Note, Severity
from shortrange_core.readings import reading_of
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import option

HALF_CYCLE = "half_cycle"
FRAGMENT = 1e-4  # of the largest charge of a half cycle; a ramp from 0.001 to 10 mA/cm2 is above it
FLICKER_SHARE = 1e-2  # of the largest charge: below it, a run whose current is not steady is a noisy rest
FLICKER_SPREAD = 0.3  # range of the current over its median, above which it is not steady
FLOWS, FLOWS_ROWS = 0.05, 2  # of the largest current, in as many rows: no rest, however short (a cell at its limits)
SETTLED_FROM = 0.1  # fraction of a half cycle after which its voltage counts
COUNTER_TOLERANCE = 0.05
CURRENT_DERIVED = "current-derived"
MILLI = 1e-3
SECONDS_PER_HOUR = 3600.0
Vector = npt.NDArray[np.float64]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class HalfCycles(Shown):
    """Half cycles of a symmetric cell.

    Parameters
    ----------
    table
        Over ``half_cycle``: ``start_second``, ``duration_second``, ``current_density`` (mA cm-2, signed),
        ``voltage_volt`` (median after settling, signed), ``noise_volt`` (median absolute deviation),
        ``voltage_step`` (bit or digit that the record's voltages are multiples of, V; 0: finer than their noise),
        ``areal_resistance`` (V/j, ohm cm2), ``areal_capacity`` (mAh cm-2), ``cumulative_areal_capacity`` (both
        directions), ``one_way_areal_capacity`` (its own direction), ``step`` (number of the current step),
        ``first_row``, ``stop_row``.
    cycling
        The record that was cut.
    area
        Electrode area, cm2.
    notes
        What a user must know.
    """

    table: xr.Dataset
    cycling: xr.Dataset
    area: float
    notes: tuple[Note, ...]


def cumulative_charge(cycling: xr.Dataset) -> Vector:
    """Charge passed since the first row by the trapezoidal rule over rows, in Ah."""
    time, current = cycling[TIME].values, cycling[CURRENT].values
    if time.size == 0:
        return np.zeros(0)
    return np.concatenate([[0.0], np.cumsum(0.5 * (current[1:] + current[:-1]) * np.diff(time))]) / SECONDS_PER_HOUR


def flowed(charge: Vector, sign: Vector) -> Vector:
    """Charge without what is counted between rows that both rest: there an offset is counted, and no charge flows."""
    if charge.size == 0:
        return charge
    resting = (sign[1:] == 0) & (sign[:-1] == 0)
    return np.concatenate([[0.0], np.cumsum(np.where(resting, 0.0, np.diff(charge)))])


def run_charges(cycling: xr.Dataset, runs: Runs, sign: Vector) -> tuple[Vector, tuple[Note, ...]]:
    """Signed charge of each run in Ah: by the instrument's counter where there is one, else by the trapezoidal rule.

    ``sign`` says which rows rest (0): they add no charge. Where counter and current both exist and differ by more
    than 5 %, a note says so: a unit or a sign is wrong. A current that was derived from the counter tells nothing.
    """
    integral = flowed(cumulative_charge(cycling), sign)
    by_rows = integral[runs.stop - 1] - integral[runs.start]
    by_rows = by_rows + sum(edge_charges(cycling[TIME].values, cycling[CURRENT].values, runs))
    if NET_CAPACITY not in cycling.variables:
        return by_rows, ()
    counter = flowed(cycling[NET_CAPACITY].values, sign)
    counted = counter[runs.stop - 1] - counter[np.maximum(runs.start - 1, 0)]
    scale = float(np.max(np.abs(counted), initial=0.0))
    worst = float(np.max(np.abs(counted - by_rows), initial=0.0))
    derived = any(
        note.code == CURRENT_DERIVED for note in reading_of(cycling).notes
    )  # nothing of its own to hold it to
    if scale == 0 or derived or worst <= COUNTER_TOLERANCE * scale:
        return counted, ()
    text = f"the charge counter and the integrated current differ by {worst / scale:.0%} of the largest half cycle"
    remedy = "check unit and sign of both columns; without the counter column, the current is integrated over the rows"
    step = common_step(cycling[CURRENT].values, within=COUNTER_TOLERANCE, most_apart=1)
    time = cycling[TIME].values
    rounding = 0.5 * step * (time[runs.stop - 1] - time[runs.start]) / SECONDS_PER_HOUR
    if np.all(np.abs(counted - by_rows) <= COUNTER_TOLERANCE * scale + rounding):
        text += f"; all currents are multiples of {step:.2g} A, and their rounding may be the cause"
    return counted, (Note("charge-counter-disagrees", Severity.WARNING, text, remedy),)


def without_fragments(cycling: xr.Dataset, runs: Runs, share: float) -> tuple[Runs, tuple[Note, ...]]:
    """Runs of more than ``share`` of the largest charge, and small ones only where their current is steady or large.

    What is left out is a noisy rest, not a half cycle: a cell that reaches its limits within seconds has half cycles of
    little charge at its full current.
    """
    charge, current = cumulative_charge(cycling), cycling[CURRENT].values
    size = np.abs(charge[runs.stop - 1] - charge[runs.start])
    largest = float(np.max(size, initial=0.0))
    kept = size > share * largest
    least = FLOWS * float(np.max(np.abs(current), initial=0.0))
    for index in np.flatnonzero(size < FLICKER_SHARE * largest):
        inside = current[runs.start[index] : runs.stop[index]]
        level = abs(middle(inside))
        steady = kept[index] and np.ptp(inside) < FLICKER_SPREAD * level
        kept[index] = steady or (level >= least and inside.size >= FLOWS_ROWS)
    if kept.all():
        return runs, ()
    text = f"{int((~kept).sum())} runs of little charge (noisy rests) are left out"
    note = Note("fragment-left-out", Severity.INFO, text, f"give {option('rest_current')} (A) if rests are noisy")
    return Runs(runs.start[kept], runs.stop[kept], runs.sign[kept]), (note,)


def rest_notes(current: Vector, sign: Vector, rest_current: float | None) -> tuple[Note, ...]:
    """A note where currents count as rests, because noise or an offset of the instrument explains them."""
    size = np.abs(current)
    resting = float(np.max(size[sign == 0], initial=0.0))
    if rest_current is not None or resting <= REST_FRACTION * float(np.max(size, initial=0.0)):
        return ()
    text = f"currents up to {resting:.2g} A count as rests: noise, resolution or offset of the instrument explains them"
    return (Note("rests-with-current", Severity.INFO, text, f"give {option('rest_current')} (A) if they are real"),)


def half_cycles(cycling: xr.Dataset, *, area: float, rest_current: float | None = None) -> HalfCycles:
    r"""Divide the record of a symmetric cell into half cycles of one direction and one current.

    Parameters
    ----------
    cycling
        Record of :func:`electrochemistry.read_cycling` or :func:`electrochemistry.cells`.
    area
        Electrode area, cm2; never taken from a file.
    rest_current
        Currents up to this size, in A, are rests; found from the noise of the record where absent.

    Returns
    -------
    HalfCycles
        One row a half cycle. Half cycles of a single row (a current on its way) are left out. A step is one
        plating with the stripping after it at the same current density; in a one-way ramp each half cycle is a step.

    Raises
    ------
    BadInput
        If the area is not positive, or no current flows.

    Notes
    -----
    :math:`j = I/A`; :math:`q = \int |j|\,\mathrm dt`; voltages count after the first tenth of a half cycle.

    Examples
    --------
    >>> from electrochemistry.cells import cycling_table
    >>> time, sign = [0, 900, 1800, 1800, 2700, 3600], [1, 1, 1, -1, -1, -1]
    >>> cycling = cycling_table(time, [0.02 * s for s in sign], [2e-4 * s for s in sign])
    >>> half_cycles(cycling, area=2.0).table.areal_capacity.values.round(6).tolist()
    [0.05, 0.05]
    """
    check_cycling(cycling)
    if not (np.isfinite(area) and area > 0):
        raise BadInput(f"area = {area} cm2; give the positive area of the electrode")
    current = cycling[CURRENT].values
    sign = flow(current, rest_current)
    runs_found = split_at_levels(current, sign_runs(sign, over_rests=False))
    long = runs_found.stop - runs_found.start > 1
    runs = Runs(runs_found.start[long], runs_found.stop[long], runs_found.sign[long])
    runs, fragments = without_fragments(cycling, runs, FRAGMENT)
    if runs.start.size == 0:
        raise BadInput(
            "no half cycle of two or more rows: no current flows in this record; check it, or "
            f"give {option('rest_current')} (A)"
        )
    charge, notes = run_charges(cycling, runs, sign)
    table = _table(cycling, runs, np.abs(charge) / MILLI / area, area)
    return HalfCycles(
        table,
        cycling,
        float(area),
        (
            *record_notes(cycling),
            *rest_notes(current, sign, rest_current),
            *fragments,
            *notes,
            *gap_notes(cycling, runs),
            *_constancy(cycling, runs),
        ),
    )


def _constancy(cycling: xr.Dataset, runs: Runs) -> tuple[Note, ...]:
    current = np.abs(cycling[CURRENT].values)
    rows = np.stack([runs.start, runs.stop], axis=1).reshape(-1)
    edges = rows[:-1] if rows[-1] == current.size else rows
    largest, smallest = np.maximum.reduceat(current, edges)[::2], np.minimum.reduceat(current, edges)[::2]
    spread = (largest - smallest) / run_medians(current, runs)
    varying = int(np.sum(spread > 0.1))
    if not varying:
        return ()
    text = f"the current varies by more than 10 % within {varying} of {counted(spread.size, 'half cycle')}"
    return (
        Note("current-not-constant", Severity.WARNING, text, "critical currents need constant-current half cycles"),
    )


def _table(cycling: xr.Dataset, runs: Runs, capacity: Vector, area: float) -> xr.Dataset:
    time = cycling[TIME].values
    density = run_medians(cycling[CURRENT].values, runs) / (MILLI * area)
    voltage, noise = _levels(cycling[VOLTAGE].values, time, runs)
    one_way = np.zeros_like(capacity)
    for sign in (1.0, -1.0):
        one_way[runs.sign == sign] = np.cumsum(capacity[runs.sign == sign])
    columns = {
        "start_second": (time[runs.start], "s"),
        "duration_second": (time[runs.stop - 1] - time[runs.start], "s"),
        "current_density": (density, "mA cm-2"),
        "voltage_volt": (voltage, "V"),
        "noise_volt": (noise, "V"),
        "voltage_step": (np.full(noise.size, voltage_step(cycling[VOLTAGE].values, voltage / density, runs)), "V"),
        "areal_resistance": (voltage / density / MILLI, "ohm cm2"),
        "areal_capacity": (capacity, "mAh cm-2"),
        "cumulative_areal_capacity": (np.cumsum(capacity), "mAh cm-2"),
        "one_way_areal_capacity": (one_way, "mAh cm-2"),
        "step": (_steps(density), "1"),
        "first_row": (runs.start.astype(np.int64), "1"),
        "stop_row": (runs.stop.astype(np.int64), "1"),
    }
    return xr.Dataset(
        {name: (HALF_CYCLE, values, {"units": unit}) for name, (values, unit) in columns.items()},
        coords={HALF_CYCLE: np.arange(1, runs.start.size + 1)},
    )


def settled(time: Vector, start: int, stop: int) -> int:
    """First row of a half cycle whose voltage counts."""
    from_time = time[start] + SETTLED_FROM * (time[stop - 1] - time[start])
    return min(int(start + np.searchsorted(time[start:stop], from_time)), stop - 1)


def _levels(voltage: Vector, time: Vector, runs: Runs) -> tuple[Vector, Vector]:
    medians, noises = [], []
    for start, stop in zip(runs.start, runs.stop, strict=True):
        values = voltage[settled(time, int(start), int(stop)) : stop]
        median = middle(values)
        medians.append(median)
        noises.append(middle(np.abs(values - median)))
    return np.array(medians), np.array(noises)


def _steps(density: Sequence[float] | Vector) -> npt.NDArray[np.int64]:
    """Number of the step of each half cycle: a plating and the stripping after it share one."""
    numbers: list[int] = []
    opened = 0
    for index, value in enumerate(density):
        reverse = index > 0 and density[index - 1] * value < 0
        same = index > 0 and abs(abs(value) - abs(density[index - 1])) <= 0.02 * abs(value)
        if index and reverse and same and opened == 1:
            numbers.append(numbers[-1])
            opened = 2
        else:
            numbers.append(numbers[-1] + 1 if numbers else 1)
            opened = 1
    return np.array(numbers, dtype=np.int64)
