"""Events in the overpotential of a symmetric cell: the baseline resistance, rises and drops against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._contract import TIME, VOLTAGE
from electrochemistry.cells._half_cycles import HALF_CYCLE, MILLI, HalfCycles, settled
from shortrange_core import BadInput
from shortrange_core.records import record
from shortrange_core.showing import Shown

LONGEST_BASELINE = 100  # accepted half cycles: a baseline that followed every step would follow a slow rise too
APART = 0.01  # of the largest current: two nearer ones are one current with its noise, and their slope is noise
RECENT = 10  # half cycles at one current that one in a hold is judged against: what they share drifts, and jumps not
HELD = 0.05  # relative difference of current within which it is held; offsets of instruments stay below
COARSE = 0.2  # of an overpotential: a larger bit step hides what a rise or a drop is
STEP_DEVIATION = 0.25  # median absolute deviation of a value rounded to a step, in steps
DIP_FACTOR = 1.5  # a single row stands out by more deviations than a run of rows, because thousands are looked at
Vector = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@record(1)
@dataclass(frozen=True, slots=True)
class Criterion(Shown):
    """What counts as an event in the overpotential; it travels with every critical current density.

    Parameters
    ----------
    event
        ``"rise"`` (contact loss, spikes), ``"drop"`` (a short) or ``"either"``; papers differ, so it is stated.
    rise, soft_drop, hard_drop
        Ratios of |V| to R|j|.
    deviations
        Median absolute deviations of |V| - R|j| by which an event must stand out.
    steps
        Steps that must agree before there is a baseline.
    rows
        Consecutive rows that make an event; fewer are a dip or a spike.

    Raises
    ------
    BadInput
        If the ratios are not in the order hard_drop < soft_drop < 1 < rise, or a number is not positive.

    Examples
    --------
    >>> Criterion("rise").text
    'rise: |V| > 1.2 R|j| and by > 6 MAD in 3 rows, baseline of 5 steps'
    """

    event: Literal["rise", "drop", "either"]
    rise: float = 1.2
    soft_drop: float = 0.8
    hard_drop: float = 0.5
    deviations: float = 6.0
    steps: int = 5
    rows: int = 3

    def __post_init__(self) -> None:
        if self.event not in ("rise", "drop", "either"):
            raise BadInput(f"event = {self.event!r}; give 'rise', 'drop' or 'either'")
        if not 0 < self.hard_drop < self.soft_drop < 1 < self.rise:
            raise BadInput(
                f"ratios {self.hard_drop}, {self.soft_drop}, {self.rise}: give 0 < hard_drop < soft_drop < 1 < rise"
            )
        whole = int(self.steps) == self.steps and int(self.rows) == self.rows
        if not (whole and self.deviations > 0 and self.steps >= 2 and self.rows >= 1):
            raise BadInput("give deviations above 0, whole steps of 2 or more, whole rows of 1 or more")

    @property
    def text(self) -> str:
        """The criterion as it is printed beside a number."""
        rise = f"|V| > {self.rise:g} R|j|"
        drop = f"|V| < {self.soft_drop:g} (soft) or {self.hard_drop:g} (hard) R|j|"
        what = {"rise": f"rise: {rise}", "drop": f"drop: {drop}", "either": f"{rise} or {drop}"}[self.event]
        return f"{what} and by > {self.deviations:g} MAD in {self.rows} rows, baseline of {self.steps} steps"


@record(1)
@dataclass(frozen=True, slots=True)
class Event(Shown):
    """A rise or a drop: where it began, how far it went (|V| over R|j|), and whether the voltage came back."""

    kind: Literal["rise", "drop"]
    half_cycle: int
    current_density: float
    time: float
    ratio: float
    recovered: bool


@dataclass(frozen=True, eq=False, slots=True)
class Baseline:
    """Theil-Sen slope of |V| on |j| in ohm cm2, the rows of the table that made it, and the median noise in V.

    ``first`` and ``stop`` bound the half cycles of the first accepted steps; without any, ``resistance`` is NaN.
    """

    resistance: float
    first: int
    stop: int
    noise: float


def theil_sen(size: Vector, voltage: Vector) -> float:
    """Median slope over all pairs of points and the origin, in V per unit of ``size``.

    Examples
    --------
    >>> theil_sen(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.1, 0.2, 0.9, 0.4]))
    0.1
    """
    x, y = np.concatenate([[0.0], size]), np.concatenate([[0.0], voltage])
    first, second = np.triu_indices(x.size, 1)
    run = x[second] - x[first]
    apart = np.abs(run) > APART * float(np.max(x))
    return float(np.median((y[second] - y[first])[apart] / run[apart]))


def along(half_cycles: HalfCycles, index: int) -> Vector:
    """Voltage of the settled rows of a half cycle in the direction of its current, V."""
    table, cycling = half_cycles.table, half_cycles.cycling
    start, stop = int(table.first_row[index]), int(table.stop_row[index])
    first = settled(cycling[TIME].values, start, stop)
    sign = float(np.sign(table.current_density.values[index]))
    return np.asarray(cycling[VOLTAGE].values[first:stop] * sign, dtype=float)


def _by_step(table: xr.Dataset, first: int, stop: int) -> tuple[Vector, Vector]:
    """Mean |j| and mean V along j of every step among half cycles ``first`` to before ``stop``."""
    density = table.current_density.values[first:stop]
    voltage = table.voltage_volt.values[first:stop] * np.sign(density)
    _, inverse, counts = np.unique(table.step.values[first:stop], return_inverse=True, return_counts=True)
    return np.bincount(inverse, np.abs(density)) / counts, np.bincount(inverse, voltage) / counts


def resolved(table: xr.Dataset) -> Mask:
    """Half cycles whose overpotential is five bit steps or more."""
    return np.asarray(np.abs(table.voltage_volt.values) * COARSE >= voltage_steps(table))


def voltage_steps(table: xr.Dataset) -> Vector:
    """Bit step of the voltages, V; 0 for half cycles that were stored before it was measured."""
    return np.asarray(table["voltage_step"].values if "voltage_step" in table else np.zeros(table.sizes[HALF_CYCLE]))


def baseline_of(half_cycles: HalfCycles, criterion: Criterion) -> Baseline:
    """First run of ``criterion.steps`` steps that agree with their own Theil-Sen slope and hold no event."""
    table = half_cycles.table
    steps = table.step.values
    starts = np.flatnonzero(np.diff(steps, prepend=steps[0] - 1))
    seen = resolved(table)
    bounds = np.concatenate([starts, [steps.size]])
    for first in range(starts.size - criterion.steps + 1):
        a, b = int(bounds[first]), int(bounds[first + criterion.steps])
        if not seen[a:b].all():
            continue
        resistance = theil_sen(*_by_step(table, a, b)) / MILLI
        base = Baseline(resistance, a, b, float(np.median(table.noise_volt.values[a:b])))
        if resistance > 0 and not any(_found(half_cycles, i, base, criterion).event for i in range(a, b)):
            return base
    return Baseline(float("nan"), 0, 0, float(np.median(table.noise_volt.values)))


@dataclass(frozen=True, slots=True)
class Found:
    """What one half cycle holds: first event (kind, row after settling, extreme ratio), shorter dips and spikes."""

    event: tuple[Literal["rise", "drop"], int, float] | None
    dips: bool = False
    spikes: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Scan:
    """Events after the baseline, one a half cycle at most; numbers of the half cycles with shorter dips and spikes.

    ``baseline`` is what it had become at the first event, or at the end.
    """

    events: tuple[Event, ...]
    dips: tuple[int, ...]
    spikes: tuple[int, ...]
    baseline: Baseline


def _found(half_cycles: HalfCycles, index: int, base: Baseline, criterion: Criterion) -> Found:
    density = abs(float(half_cycles.table.current_density.values[index]))
    voltage = along(half_cycles, index)
    predicted = base.resistance * density * MILLI
    noise = min(float(half_cycles.table.noise_volt.values[index]), base.noise)
    noise = max(noise, STEP_DEVIATION * float(voltage_steps(half_cycles.table)[index]))
    far = np.abs(voltage - predicted) > criterion.deviations * noise
    needed = min(criterion.rows, voltage.size)
    candidates: list[tuple[int, Literal["rise", "drop"], float]] = []
    low = far & (voltage < criterion.soft_drop * predicted)
    high = far & (voltage > criterion.rise * predicted)
    row = _first_run(high, needed)
    if row is not None:
        candidates.append((row, "rise", float(np.max(voltage[row:]) / predicted)))
    row = _first_run(low, needed)
    if row is not None:
        candidates.append((row, "drop", _depth(voltage[row:], needed) / predicted))
    if candidates:
        row, kind, ratio = min(candidates)
        return Found((kind, row, ratio))
    clear = np.abs(predicted - voltage) > DIP_FACTOR * criterion.deviations * noise
    return Found(None, bool((low & clear).any()), bool((high & clear).any()))


def _first_run(mask: Mask, length: int) -> int | None:
    """First row of the first run of ``length`` True."""
    if mask.size < length or length == 0:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(mask, length).all(axis=1)
    return int(np.argmax(windows)) if windows.any() else None


def _depth(voltage: Vector, length: int) -> float:
    """Lowest level that ``length`` consecutive rows stay at or below: one row of noise makes no hard short."""
    if voltage.size < length:
        return float(np.max(voltage))
    return float(np.lib.stride_tricks.sliding_window_view(voltage, length).max(axis=1).min())


def scan(half_cycles: HalfCycles, base: Baseline, criterion: Criterion) -> Scan:
    """Look at every half cycle after the baseline, which is extended by accepted steps only."""
    events: list[Event] = []
    dips: list[int] = []
    spikes: list[int] = []
    if not np.isfinite(base.resistance):
        return Scan((), (), (), base)
    table, before = half_cycles.table, base
    accepted, seen = list(range(base.first, base.stop)), resolved(table)
    for index in range(base.stop, table.sizes[HALF_CYCLE]):
        usual, number = _usual(table, accepted, index, base), int(table[HALF_CYCLE].values[index])
        found = _found(half_cycles, index, usual, criterion)
        if found.event is not None:
            events.append(_event(half_cycles, index, found.event, usual, criterion))
            continue
        if not seen[index]:
            continue
        dips += [number] if found.dips else []
        spikes += [number] if found.spikes else []
        accepted.append(index)
        if len(accepted) <= LONGEST_BASELINE:
            base = _extended(table, accepted, base)
            before = before if events else base
    return Scan(_with_recovery(events, accepted), tuple(dips), tuple(spikes), before)


def _usual(table: xr.Dataset, accepted: list[int], index: int, base: Baseline) -> Baseline:
    """What a half cycle is judged against: in a hold, the accepted ones just before it at its own current."""
    recent, size = accepted[-RECENT:], np.abs(table.current_density.values)
    held = len(recent) == RECENT and np.all(np.abs(size[recent] - size[index]) <= HELD * size[index])
    return _extended(table, recent, base) if held else base


def _extended(table: xr.Dataset, accepted: list[int], base: Baseline) -> Baseline:
    rows = table.isel({HALF_CYCLE: accepted})
    size, voltage = _by_step(rows, 0, len(accepted))
    resistance = theil_sen(size, voltage) / MILLI
    return Baseline(resistance if resistance > 0 else base.resistance, base.first, base.stop, base.noise)


def _event(
    half_cycles: HalfCycles,
    index: int,
    found: tuple[Literal["rise", "drop"], int, float],
    base: Baseline,
    criterion: Criterion,
) -> Event:
    table = half_cycles.table
    kind, row, ratio = found
    start, stop = int(table.first_row[index]), int(table.stop_row[index])
    time = half_cycles.cycling[TIME].values
    density = float(table.current_density.values[index])
    voltage = along(half_cycles, index)
    predicted = base.resistance * abs(density) * MILLI
    last = voltage[-min(criterion.rows, voltage.size) :]
    back = bool(np.all((last > criterion.soft_drop * predicted) & (last < criterion.rise * predicted)))
    at = float(time[settled(time, start, stop) + row])
    return Event(kind, int(table[HALF_CYCLE].values[index]), density, at, ratio, back)


def _with_recovery(events: list[Event], accepted: list[int]) -> tuple[Event, ...]:
    """An event has recovered where its own half cycle ends well, or a later half cycle is accepted."""
    last = max(accepted) + 1 if accepted else 0
    return tuple(
        Event(e.kind, e.half_cycle, e.current_density, e.time, e.ratio, e.recovered or last > e.half_cycle)
        for e in events
    )
