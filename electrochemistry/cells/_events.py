"""Events in the overpotential of a symmetric cell: the baseline resistance, rises and drops against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from electrochemistry.cells._columns import CycleColumns, resolved
from electrochemistry.cells._half_cycles import HALF_CYCLE, MILLI, HalfCycles
from shortrange_core import BadInput
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted

LONGEST_BASELINE = 100  # accepted half cycles: a baseline that followed every step would follow a slow rise too
RECENT = 10  # half cycles at one current that one in a hold is judged against: what they share drifts, and jumps not
HELD = 0.05  # relative difference of current within which it is held; offsets of instruments stay below
STEP_DEVIATION = 0.25  # median absolute deviation of a value rounded to a step, in steps
DIP_FACTOR = 1.5  # a single row stands out by more deviations than a run of rows, because thousands are looked at
Vector = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@record(1)
@dataclass(frozen=True, slots=True)
class Criterion(Shown):
    """What counts as an event in the overpotential; it is stored with every critical current density.

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
        rows, steps = counted(self.rows, "row"), counted(self.steps, "step")
        return f"{what} and by > {self.deviations:g} MAD in {rows}, baseline of {steps}"


@record(1)
@dataclass(frozen=True, slots=True)
class Event(Shown):
    """A rise or a drop: where it began, its size (|V| over R|j|), and whether the voltage recovered."""

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


def baseline_of(half_cycles: HalfCycles, criterion: Criterion) -> Baseline:
    """First run of ``criterion.steps`` steps that agree with their own Theil-Sen slope and hold no event."""
    cell, seen = CycleColumns.of(half_cycles), resolved(half_cycles.table)
    starts = np.flatnonzero(np.diff(cell.step, prepend=cell.step[0] - 1))
    bounds = np.concatenate([starts, [cell.step.size]])
    for first in range(starts.size - criterion.steps + 1):
        a, b = int(bounds[first]), int(bounds[first + criterion.steps])
        if not seen[a:b].all():
            continue
        resistance = cell.resistance(np.arange(a, b))
        base = Baseline(resistance, a, b, float(np.median(cell.noise[a:b])))
        if resistance > 0 and not any(_found(cell, i, base, criterion).event for i in range(a, b)):
            return base
    return Baseline(float("nan"), 0, 0, float(np.median(cell.noise)))


@dataclass(frozen=True, slots=True)
class HalfCycleEvents:
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


def _found(cell: CycleColumns, index: int, base: Baseline, criterion: Criterion) -> HalfCycleEvents:
    voltage = cell.along(index)
    predicted = base.resistance * float(cell.size[index]) * MILLI
    noise = max(min(float(cell.noise[index]), base.noise), STEP_DEVIATION * float(cell.bit[index]))
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
        return HalfCycleEvents((kind, row, ratio))
    clear = np.abs(predicted - voltage) > DIP_FACTOR * criterion.deviations * noise
    return HalfCycleEvents(None, bool((low & clear).any()), bool((high & clear).any()))


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
    cell, before = CycleColumns.of(half_cycles), base
    accepted, seen = list(range(base.first, base.stop)), resolved(half_cycles.table)
    for index, number in enumerate(half_cycles.table[HALF_CYCLE].values.tolist()):
        if index < base.stop:
            continue
        usual = _usual(cell, accepted, index, base)
        looked = _found(cell, index, usual, criterion)
        if looked.event is not None:
            events.append(_event(cell, index, number=number, seen=looked.event, base=usual, criterion=criterion))
            continue
        if not seen[index]:
            continue
        dips += [number] if looked.dips else []
        spikes += [number] if looked.spikes else []
        accepted.append(index)
        if len(accepted) <= LONGEST_BASELINE:
            base = _extended(cell, accepted, base)
            before = before if events else base
    return Scan(_with_recovery(events, accepted), tuple(dips), tuple(spikes), before)


def _usual(cell: CycleColumns, accepted: list[int], index: int, base: Baseline) -> Baseline:
    """What a half cycle is judged against: in a hold, the accepted ones just before it at its own current."""
    recent, size = accepted[-RECENT:], cell.size
    held = len(recent) == RECENT and np.all(np.abs(size[recent] - size[index]) <= HELD * size[index])
    return _extended(cell, recent, base) if held else base


def _extended(cell: CycleColumns, accepted: list[int], base: Baseline) -> Baseline:
    resistance = cell.resistance(np.array(accepted))
    return Baseline(resistance if resistance > 0 else base.resistance, base.first, base.stop, base.noise)


def _event(
    cell: CycleColumns,
    index: int,
    *,
    number: int,
    seen: tuple[Literal["rise", "drop"], int, float],
    base: Baseline,
    criterion: Criterion,
) -> Event:
    kind, row, ratio = seen
    density, voltage = float(cell.size[index]), cell.along(index)
    predicted = base.resistance * density * MILLI
    last = voltage[-min(criterion.rows, voltage.size) :]
    back = bool(np.all((last > criterion.soft_drop * predicted) & (last < criterion.rise * predicted)))
    at = float(cell.time[cell.settled(index) + row])
    return Event(kind, number, float(cell.sign[index]) * density, at, ratio, back)


def _with_recovery(events: list[Event], accepted: list[int]) -> tuple[Event, ...]:
    """An event has recovered where its own half cycle ends well, or a later half cycle is accepted."""
    last = max(accepted) + 1 if accepted else 0
    return tuple(
        Event(e.kind, e.half_cycle, e.current_density, e.time, e.ratio, e.recovered or last > e.half_cycle)
        for e in events
    )
