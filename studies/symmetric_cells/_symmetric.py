"""Symmetric cells: holds and ramps with rises and shorts, and whether half cycles, events and brackets are right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

import electrochemistry as ec
from studies.symmetric_cells._channel import Vector, channel

CRITERION = ec.Criterion("either")
BITS = 5.0  # of an overpotential, below which a half cycle is undetermined
HALF_BIT = 0.5  # what rounding may add: a record of five bits may be that of four and a half
ONE_VALUE = 2  # sizes of voltage in a hold that shows no bit step: its own and that of rests
FEWEST = 2 * CRITERION.steps  # half cycles that a baseline needs
SECONDS = 1800.0  # of a half cycle at constant current


@dataclass(frozen=True)
class Cell:
    """A simulated record with its truth.

    Event and half cycle (from 1) of it; densities and their bits, mA cm-2; overpotentials without the event, V.
    """

    record: xr.Dataset
    kind: str
    event: str
    half_cycle: int
    densities: Vector
    bits: Vector
    healthy: Vector
    area: float
    step_volt: float

    @property
    def shown_volt(self) -> float:
        """The bit step that the recorded values show: a hold of 4 bits that falls to 2 looks like one of 2 and 1."""
        counts = np.unique(np.rint(np.abs(self.record.voltage_volt.values) / self.step_volt).astype(np.int64))
        return float(np.gcd.reduce(counts)) * self.step_volt if counts.size > ONE_VALUE else self.step_volt

    def above(self, volts: float) -> int:
        """Half cycles before the event whose overpotential is ``volts`` or more."""
        before = self.healthy[: self.half_cycle - 1] if self.half_cycle else self.healthy
        return int(np.sum(before >= volts))


@dataclass(frozen=True)
class Plan:
    """What a drawn cell does: densities of its half cycles, resistance with its drift, and the event."""

    kind: str
    densities: Vector
    resistance: float
    drift: float
    event: str
    at: int
    factor: float
    part: float

    def ratio(self, number: int, inside: Vector) -> Vector:
        """Resistance of a half cycle over that at the start, at fractions ``inside`` of it."""
        drifted = 1 + self.drift * (number + inside) / self.densities.size
        happened = self.event != "none" and number >= self.at
        return drifted * np.where(happened & ((inside >= self.part) | (number > self.at)), self.factor, 1.0)

    @property
    def healthy(self) -> Vector:
        """Overpotential in the middle of each half cycle as it is without the event, V."""
        drifted = 1 + self.drift * (np.arange(self.densities.size) + 0.5) / self.densities.size
        return self.resistance * self.densities * 1e-3 * drifted


def drawn_plan(rng: np.random.Generator) -> Plan:
    """Hold or ramp; no event, a rise, a soft or a hard short."""
    kind = str(rng.choice(["hold", "ramp"]))
    resistance = rng.uniform(50, 800)
    if kind == "hold":
        densities = np.full(2 * int(rng.integers(15, 60)), rng.uniform(0.1, 1.0))
    else:
        densities = np.repeat(rng.choice([0.05, 0.1]) * np.arange(1, int(rng.integers(20, 50))), 2)
    event = str(rng.choice(["none", "none", "rise", "soft", "hard"]))
    factor = {"none": 1.0, "rise": rng.uniform(1.4, 3), "soft": rng.uniform(0.55, 0.7), "hard": rng.uniform(0.05, 0.4)}
    at = int(rng.integers(14, densities.size))
    drift = rng.uniform(-0.3, 0.6) if kind == "hold" else rng.uniform(-0.06, 0.1)
    return Plan(kind, densities, resistance, drift, event, at, factor[event], rng.uniform(0.2, 0.8))


def symmetric_cell(rng: np.random.Generator, relative: float | None = None) -> Cell:
    """A drawn symmetric cell; ``relative`` fixes the relative noise of its instrument."""
    plan, area, instrument = drawn_plan(rng), rng.uniform(0.5, 2.0), channel(rng, relative)
    every, rest = float(rng.choice([10, 30, 60])), float(rng.choice([0, 0, 300, 900]))
    tail = float(rng.choice([0, 0, 0, 0, 600]))  # s at constant voltage behind each half cycle
    stopped = int(rng.integers(1, plan.densities.size)) if rng.random() < 0.3 else -1
    times, currents, voltages, clock = [], [], [], 0.0
    for number, density in enumerate(plan.densities):
        if number == stopped:  # the program was started again: hours without rows
            clock += 3600 * rng.uniform(0.5, 5.0)
        sign = 1.0 if number % 2 == 0 else -1.0
        inside = np.arange(0, SECONDS + 1e-6, every)
        full = sign * density * 1e-3 * area
        times.append(clock + inside)
        currents.append(np.full(inside.size, full))
        voltages.append(full / area * plan.resistance * plan.ratio(number, inside / SECONDS))
        clock += SECONDS
        if tail:
            held = np.arange(every, tail + 1e-6, every)
            times.append(clock + held)
            currents.append(full * np.exp(-held / 200.0))
            voltages.append(np.full(held.size, voltages[-1][-1]))
            clock += tail
        if rest:
            pause = np.arange(every, rest + 1e-6, every)
            times.append(clock + pause)
            currents.append(np.zeros(pause.size))
            voltages.append(np.zeros(pause.size))
            clock += rest
    time = np.concatenate(times)
    current, voltage = instrument.measure(np.concatenate(currents), np.concatenate(voltages), rng)
    kept = rng.random(time.size) > rng.choice([0.0, 0.02])
    record = ec.cycling_table(time[kept], voltage[kept], current[kept], history=["simulated symmetric cell"])
    number_of = plan.at + 1 if plan.event != "none" else 0
    bits = instrument.bit(plan.densities * 1e-3 * area) / area * 1e3
    return Cell(
        record, plan.kind, plan.event, number_of, plan.densities, bits, plan.healthy, area, instrument.step_volt
    )


def judge(cell: Cell) -> dict[str, bool]:
    """What was asked of this cell, and whether the verdict was right."""
    half = ec.half_cycles(cell.record, area=cell.area)
    found = ec.critical_current(half, criterion=CRITERION, stack_resistance=None)
    said: dict[str, bool] = {"half cycles": half.table.sizes["half_cycle"] == cell.densities.size}
    shown = np.unique(np.abs(cell.record.voltage_volt.values)).size > ONE_VALUE
    open_ = not np.isfinite(found.lower)
    if cell.above(BITS * cell.step_volt) < FEWEST:
        return said | ({"undetermined": open_} if shown else {})
    verdicts = _verdicts(cell, found)
    if cell.above((BITS + HALF_BIT) * cell.shown_volt) < FEWEST:
        return said | {"at the limit: undetermined or right": open_ or all(verdicts.values())}
    return said | verdicts


def _verdicts(cell: Cell, found: ec.CriticalCurrent) -> dict[str, bool]:
    if cell.event == "none":
        return {"no false event": not found.events}
    rise = cell.event == "rise"
    right = found.event == ("rise" if rise else "drop") and found.half_cycle == cell.half_cycle
    said = {"event in its half cycle": right}
    said["no event before it"] = not any(event.half_cycle < cell.half_cycle for event in found.events)
    if cell.kind == "ramp":
        at = cell.densities[cell.half_cycle - 1]
        below = cell.densities[cell.densities < at - 1e-9].max(initial=0.0)
        off = np.abs(np.array([found.lower - below, found.upper - at]))
        # a recorded level has a gain and an offset, and stands up to half a bit off
        said["bracket"] = bool(np.all(off < 0.4 * cell.densities[0] + HALF_BIT * cell.bits[cell.half_cycle - 1]))
    return said
