"""Symmetric cells: the critical current density with its bracket and its criterion, and whether the cell is shorted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from electrochemistry.cells._events import Baseline, Criterion, Event, baseline_of, scan
from electrochemistry.cells._half_cycles import HALF_CYCLE, HalfCycles
from electrochemistry.cells._shorts import LEAK, Short, short_of
from electrochemistry.cells._verdict_notes import (
    SAME_CURRENT,
    baseline_notes,
    bracket_notes,
    drift_notes,
    events_before_baseline,
    spike_notes,
)
from electrochemistry.temperatures import check_kelvin
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.spelling import option

Vector = npt.NDArray[np.float64]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class CriticalCurrent(Shown):
    """Critical current density of a symmetric cell, with everything the number depends on.

    Parameters
    ----------
    value
        Last current density before the event, mA cm-2; NaN where there is none.
    lower, upper
        Bracket: the critical current density lies in [lower, upper); upper is infinite without an event.
    event
        ``"rise"``, ``"drop"`` or ``"none"``; with ``direction`` (sign of the current of that half cycle) and
        ``half_cycle`` (its number).
    areal_capacity, cumulative_areal_capacity
        mAh cm-2 of the last half cycle before the event, and passed in both directions until then.
    short
        ``"none"``, ``"suspected"``, ``"soft"``, ``"hard"`` or ``"not testable"``.
    recovered
        Whether the voltage came back after a drop.
    baseline_resistance
        Slope of |V| on |j| before the first event, ohm cm2: of every step accepted until then.
    criterion
        What counted as an event.
    temperature, pressure
        K and MPa, as given.
    events
        Every event found, in order of time.
    notes
        What a user must know.
    """

    value: float
    lower: float
    upper: float
    event: Literal["rise", "drop", "none"]
    direction: int
    half_cycle: int
    areal_capacity: float
    cumulative_areal_capacity: float
    short: Short
    recovered: bool
    baseline_resistance: float
    criterion: Criterion
    temperature: float | None
    pressure: float | None
    events: tuple[Event, ...]
    notes: tuple[Note, ...]

    @property
    def valid(self) -> bool:
        """False where the geometry shows leakage before the event: the number is no critical current density then."""
        return not any(note.code == LEAK and note.severity is Severity.ERROR for note in self.notes)

    @property
    def text(self) -> str:
        """The number as a sentence, with its criterion."""
        if not np.isfinite(self.lower):
            return f"CCD not determined (criterion: {self.criterion.text})"
        if not self.valid:
            return f"CCD not valid: the cell leaks before any event (criterion: {self.criterion.text})"
        if self.event == "none":
            return f"CCD > {self.lower:.4g} mA/cm2 (no event; criterion: {self.criterion.text})"
        at = f"{self.value:.4g} mA/cm2" if np.isfinite(self.value) else "not determined"
        sense = "positive" if self.direction > 0 else "negative"
        return (
            f"CCD {at}, bracket [{self.lower:.4g}, {self.upper:.4g}) mA/cm2: {self.event} in the "
            f"{sense} half cycle {self.half_cycle} (criterion: {self.criterion.text})"
        )


def critical_current(
    half_cycles: HalfCycles,
    *,
    criterion: Criterion,
    stack_resistance: Estimates | None,
    temperature: float | None = None,
    pressure: float | None = None,
) -> CriticalCurrent:
    r"""Critical current density: the last current density before the first event.

    Parameters
    ----------
    half_cycles
        From :func:`electrochemistry.half_cycles`.
    criterion
        What an event is: ``Criterion(event="rise")``, ``"drop"`` or ``"either"``, with its thresholds.
    stack_resistance
        One entry: thickness over conductivity of the whole stack, ohm cm2, with its variance, such as
        ``separator(...).area_resistance``; None states that it is not known, and leaves out the geometric test.
    temperature, pressure
        K and MPa, carried with the number.

    Returns
    -------
    CriticalCurrent
        Without an event: ``value`` is NaN and ``lower`` the last current density: "CCD > last j".

    Raises
    ------
    BadInput
        If ``stack_resistance`` has not one positive entry, or temperature or pressure are no such numbers.

    Notes
    -----
    Baseline R: Theil-Sen slope of |V| on |j| (with the origin) over the first steps that agree with each other,
    extended by accepted steps only. Rise: :math:`|V| > 1.2 R|j|`; drop: :math:`|V| < 0.8 R|j|` (soft) or 0.5 (hard);
    both by more than 6 median absolute deviations. A resistance below that of the stack is impossible without
    leakage, so that the geometric test is the strongest; flat rectangular traces can be soft shorts and prove
    nothing.
    """
    stack = _stack(stack_resistance)
    _check_conditions(temperature, pressure)
    base = baseline_of(half_cycles, criterion)
    scanned = scan(half_cycles, base, criterion)
    events = scanned.events
    wanted = [event for event in events if criterion.event in (event.kind, "either")]
    unseen = events_before_baseline(half_cycles.table, base, criterion)
    notes = [*half_cycles.notes, *baseline_notes(half_cycles.table, base, criterion), *spike_notes(scanned, criterion)]
    notes += [*unseen, *drift_notes(half_cycles, scanned)]
    until = wanted[0].half_cycle if wanted else np.inf
    short, recovered, short_notes = short_of(half_cycles, base, scanned, stack, criterion, until=until)
    notes += short_notes
    number = _bracket(half_cycles, base, wanted[0] if wanted else None, notes, intact=not unseen)
    if events and events[0] not in wanted[:1]:
        text = f"a {events[0].kind} at {events[0].current_density:.4g} mA/cm2 came before any {criterion.event}"
        notes.append(
            Note("other-event-first", Severity.WARNING, text, f"report both, or give {option('event', 'either')}")
        )
    return CriticalCurrent(
        **number,
        short=short,
        recovered=recovered,
        baseline_resistance=scanned.baseline.resistance,
        criterion=criterion,
        temperature=temperature,
        pressure=pressure,
        events=events,
        notes=tuple(notes),
    )


def _check_conditions(temperature: float | None, pressure: float | None) -> None:
    if temperature is not None:
        check_kelvin("temperature", [temperature])
    if pressure is not None and not 0 <= pressure < np.inf:
        raise BadInput(f"pressure = {pressure} MPa; give a finite one of 0 or more, or leave it out")


def _stack(stack_resistance: Estimates | None) -> tuple[float, float] | None:
    if stack_resistance is None:
        return None
    if not isinstance(stack_resistance, Estimates):
        raise BadInput(
            f"stack_resistance = {stack_resistance!r}: give it with its variance, as separator(...).area_resistance"
        )
    value = stack_resistance.value.values
    sd = stack_resistance.sd.values
    if value.size != 1 or not (np.isfinite(value[0]) and value[0] > 0 and np.isfinite(sd[0])):
        raise BadInput(
            f"stack_resistance has the values {value.tolist()} and sd {sd.tolist()} ohm cm2; give one positive "
            "entry with its variance, such as separator(...).area_resistance, or None"
        )
    return float(value[0]), float(sd[0])


def _bracket(
    half_cycles: HalfCycles, base: Baseline, event: Event | None, notes: list[Note], *, intact: bool
) -> dict[str, Any]:
    """The fields of the number; what limits it goes to ``notes``."""
    table = half_cycles.table
    density = np.abs(table.current_density.values)
    nothing = {"value": float("nan"), "lower": float("nan"), "upper": float("inf"), "event": "none", "direction": 0}
    number: dict[str, Any] = {
        **nothing,
        "half_cycle": 0,
        "areal_capacity": float("nan"),
        "cumulative_areal_capacity": 0.0,
    }
    if not (intact and np.isfinite(base.resistance)):
        return number
    last = int(table.sizes[HALF_CYCLE]) if event is None else event.half_cycle - 1
    if last > 0:
        number["areal_capacity"] = float(table.areal_capacity.values[last - 1])
        number["cumulative_areal_capacity"] = float(table.cumulative_areal_capacity.values[last - 1])
    if event is None:
        return {**number, "lower": float(np.max(density)), "half_cycle": last}
    at = abs(event.current_density)
    below = density[:last][density[:last] < at * (1 - SAME_CURRENT)]
    lower = float(np.max(below)) if below.size else 0.0
    bracket_notes(density[:last], at, lower, notes)
    number |= {
        "value": lower if lower else float("nan"),
        "lower": lower,
        "upper": at,
        "event": event.kind,
        "half_cycle": event.half_cycle,
    }
    return {**number, "direction": int(np.sign(event.current_density))}
