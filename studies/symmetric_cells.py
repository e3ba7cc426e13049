"""Verdicts of simulated symmetric cells and efficiencies of simulated full cells, on records as instruments write them.

The records are made here and share no code with what judges them: noise of current and voltage, offsets in rests,
ranges with gains and offsets of their own, bits, missing rows, restarts, drift. ``python -m studies.symmetric_cells
--first 0 --count 200`` prints the measures; results stand in ``studies/symmetric_cells.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

import electrochemistry as ec

Vector = npt.NDArray[np.float64]
RANGES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)  # A
CRITERION = ec.Criterion("either")
COARSE = 0.2  # of the overpotential: a larger bit step leaves a half cycle undetermined
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class Instrument:
    """What a channel adds: relative and absolute noise, offsets, gains of its ranges, bits, and volts of its range."""

    relative: float
    amperes: float
    volts: float
    offset: float
    gains: tuple[float, ...]
    bits: int
    range_volt: float

    @property
    def step_volt(self) -> float:
        """V of one bit."""
        return float(2 * self.range_volt / 2**self.bits)

    def measure(self, current: Vector, voltage: Vector, rng: np.random.Generator) -> tuple[Vector, Vector]:
        """Current and voltage as the channel records them; the range follows the size of the current."""
        place = np.minimum(np.searchsorted(RANGES, np.abs(current) * 1.0001), len(RANGES) - 1)
        full = np.asarray(RANGES)[place]
        noise = np.hypot(self.relative * current, self.amperes)
        seen = current * (1 + np.asarray(self.gains)[place]) + self.offset + noise * rng.standard_normal(current.size)
        bit = 2 * full / 2**self.bits
        volts = voltage + np.hypot(self.relative * voltage, self.volts) * rng.standard_normal(voltage.size)
        return np.rint(seen / bit) * bit, np.rint(volts / self.step_volt) * self.step_volt


def instrument(rng: np.random.Generator, relative: float | None = None) -> Instrument:
    """A drawn channel: relative noise 1e-6 to 1e-3, 8 to 24 bits."""
    return Instrument(
        relative=10 ** rng.uniform(-6, -3) if relative is None else relative,
        amperes=10 ** rng.uniform(-8, -6.5),
        volts=10 ** rng.uniform(-6, -3.5),
        offset=rng.uniform(-3e-7, 3e-7),
        gains=tuple(rng.normal(0, 5e-4, len(RANGES))),
        bits=int(rng.choice([8, 10, 12, 14, 16, 18, 20, 24])),
        range_volt=float(rng.choice([1.0, 5.0, 10.0])),
    )


@dataclass(frozen=True)
class Cell:
    """A simulated record with its truth: event, ratio, half cycle (from 1), densities, resistance, bit step."""

    record: xr.Dataset
    kind: str
    event: str
    half_cycle: int
    densities: Vector
    resistance: float
    area: float
    step_volt: float

    def coarse(self) -> npt.NDArray[np.bool_]:
        """Half cycles whose overpotential is below five bit steps."""
        return self.step_volt > COARSE * self.resistance * self.densities * 1e-3


def symmetric_cell(rng: np.random.Generator, relative: float | None = None) -> Cell:
    """A drawn symmetric cell."""
    kind = str(rng.choice(["hold", "ramp"]))
    area, resistance = rng.uniform(0.5, 2.0), rng.uniform(50, 800)
    if kind == "hold":
        densities = np.full(2 * int(rng.integers(15, 60)), rng.uniform(0.1, 1.0))
    else:
        densities = np.repeat(rng.choice([0.05, 0.1]) * np.arange(1, int(rng.integers(20, 50))), 2)
    event = str(rng.choice(["none", "none", "rise", "soft", "hard"]))
    factor = {"none": 1.0, "rise": rng.uniform(1.4, 3), "soft": rng.uniform(0.55, 0.7), "hard": rng.uniform(0.05, 0.4)}
    at = int(rng.integers(14, densities.size))
    drift = rng.uniform(-0.3, 0.6) if kind == "hold" else rng.uniform(-0.06, 0.1)
    part = rng.uniform(0.2, 0.8)
    channel = instrument(rng, relative)
    every, rest = float(rng.choice([10, 30, 60])), float(rng.choice([0, 0, 300, 900]))
    times, currents, voltages, clock = [], [], [], 0.0
    span = densities.size
    stopped = int(rng.integers(1, span)) if rng.random() < 0.3 else -1
    for number, density in enumerate(densities):
        if number == stopped:  # the program was started again: hours without rows
            clock += 3600 * rng.uniform(0.5, 5.0)
        inside = np.arange(0, 1800 + 1e-6, every)
        sign = 1.0 if number % 2 == 0 else -1.0
        ratio = np.full(inside.size, 1 + drift * (number + inside / 1800) / span)
        if event != "none" and number >= at:
            ratio = ratio * np.where((inside / 1800 >= part) | (number > at), factor[event], 1.0)
        times.append(clock + inside)
        currents.append(np.full(inside.size, sign * density * 1e-3 * area))
        voltages.append(currents[-1] / area * resistance * ratio)
        clock += 1800
        if rest:
            pause = np.arange(0, rest + 1e-6, every)[1:]
            times.append(clock + pause)
            currents.append(np.zeros(pause.size))
            voltages.append(np.zeros(pause.size))
            clock += rest
    time = np.concatenate(times)
    current, voltage = channel.measure(np.concatenate(currents), np.concatenate(voltages), rng)
    kept = rng.random(time.size) > rng.choice([0.0, 0.02])
    record = ec.cycling_table(time[kept], voltage[kept], current[kept], history=["simulated symmetric cell"])
    number_of = at + 1 if event != "none" else 0
    return Cell(record, kind, event, number_of, densities, resistance, area, channel.step_volt)


def judge(cell: Cell) -> dict[str, bool]:
    """What was asked of this cell, and whether the verdict was right."""
    half = ec.half_cycles(cell.record, area=cell.area)
    found = ec.critical_current(half, criterion=CRITERION, stack_resistance=None)
    said: dict[str, bool] = {"half cycles": half.table.sizes["half_cycle"] == cell.densities.size}
    coarse = cell.coarse()
    shown = np.unique(np.abs(cell.record.voltage_volt.values)).size
    before = ~coarse[: cell.half_cycle - 1] if cell.half_cycle else ~coarse
    if int(before.sum()) < 2 * CRITERION.steps:  # a hold that shows one value and zero shows no bit step
        return said | ({"undetermined": not np.isfinite(found.lower)} if shown > 2 else {})
    if cell.event == "none":
        return said | {"no false event": not found.events}
    rise = cell.event == "rise"
    right = found.event == ("rise" if rise else "drop") and found.half_cycle == cell.half_cycle
    said["event in its half cycle"] = right
    said["no event before it"] = not any(event.half_cycle < cell.half_cycle for event in found.events)
    if cell.kind == "ramp":
        at = cell.densities[cell.half_cycle - 1]
        below = cell.densities[cell.densities < at - 1e-9].max(initial=0.0)
        apart = np.abs(np.array([found.lower - below, found.upper - at]))
        said["bracket"] = bool(np.all(apart < 0.4 * cell.densities[0]))  # a recorded level has gain, offset and bits
    return said


@dataclass(frozen=True)
class FullCell:
    """A simulated full cell: record, its specification, true efficiencies, discharge charges (Ah) and energies (Wh)."""

    record: xr.Dataset
    instrument: ec.Instrument
    efficiency: Vector
    charge: Vector
    energy: Vector
    energy_efficiency: Vector


HIGH, LOW, FALL = 2.2, 1.4, 0.2  # V of the charge, mean and fall of the discharge


def full_cell(rng: np.random.Generator) -> FullCell:
    """A drawn full cell, charged at constant current and voltage, on an instrument with drawn gains and offsets."""
    current, every = 10 ** rng.uniform(-4, -2), float(rng.choice([1, 5, 10, 30, 60]))
    offset_sd = 2e-4 * current * rng.choice([0.1, 1.0])
    offset, relative = rng.normal(0, offset_sd), 10 ** rng.uniform(-6, -3.3)
    rest, tail = float(rng.choice([600, 1800])), float(rng.choice([0.0, 900.0]))
    pieces, clock, truth, charged_in = [(0.0, rest, "rest")], rest, [], []
    for _ in range(5):
        charged = 3600 * rng.uniform(0.8, 1.2)
        held = tail * rng.uniform(1, 3)
        through = charged + tail * (1 - np.exp(-held / tail)) if tail else charged
        efficiency = rng.uniform(0.97, 1.0)
        for kind, seconds in (
            ("cc", charged),
            ("cv", held),
            ("rest", rest),
            ("out", efficiency * through),
            ("rest", rest),
        ):
            pieces.append((clock, clock + seconds, kind))
            clock += seconds
        truth.append(efficiency)
        charged_in.append(through)
    time = np.arange(rng.uniform(0, every), clock, every)
    starts, ends = (np.array([piece[at] for piece in pieces], dtype=float) for at in (0, 1))
    place = np.searchsorted(starts, time, side="right") - 1
    doing, since = np.array([piece[2] for piece in pieces])[place], time - starts[place]
    flow = (
        np.select([doing == "cc", doing == "cv", doing == "out"], [1.0, np.exp(-since / (tail or 1.0)), -1.0], 0.0)
        * current
    )
    noise = np.hypot(relative * flow, 1e-5 * current) * rng.standard_normal(time.size)
    known = ec.Instrument(gain_sd=1e-3, offset_sd=offset_sd, voltage_gain_sd=5e-4, voltage_offset_sd=1e-3)
    gain, high, zero = rng.normal(0, 1e-3), rng.normal(0, 5e-4), rng.normal(0, 1e-3)
    through_out = (since / (ends - starts)[place])[flow < 0]
    volts = np.full(time.size, HIGH)
    volts[flow < 0] = LOW + FALL * (0.5 - through_out)
    seen = volts * (1 + high) + zero + 10 ** rng.uniform(-5, -3) * rng.standard_normal(time.size)
    record = ec.cycling_table(time, seen, flow * (1 + gain) + offset + noise, history=["simulated full cell"])
    efficiencies = np.array(truth)
    charge = efficiencies * np.array(charged_in) * current / SECONDS_PER_HOUR
    return FullCell(record, known, efficiencies, charge, charge * LOW, efficiencies * LOW / HIGH)


def judge_full(rng: np.random.Generator) -> dict[str, bool]:
    """Whether efficiency, capacity, energy and energy efficiency of one drawn cycle lie in their 95 % intervals."""
    cell = full_cell(rng)
    mass = 1e-3
    found = ec.cycles(cell.record, mass=mass, basis="S", order="charge-first", instrument=cell.instrument).table
    if found.sizes["cycle"] != cell.efficiency.size:
        return {"cycles": False}
    one = int(rng.integers(cell.efficiency.size))
    truths = {
        "coulombic_efficiency": cell.efficiency,
        "discharge_capacity": cell.charge * 1e3 / mass,
        "discharge_energy": cell.energy * 1e3 / mass,
        "discharge_voltage": cell.energy / cell.charge,
        "energy_efficiency": cell.energy_efficiency,
    }
    said = {"cycles": True}
    for name, truth in truths.items():
        miss = float(found[name].values[one] - truth[one])
        said[name.replace("_", " ")] = abs(miss) <= 1.96 * float(found[f"{name}_sd"].values[one])
    return said


def main() -> None:
    """Print each measure with its count, and the seeds that fail."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--relative", type=float, default=None)
    parser.add_argument("--full", action="store_true", help="full cells")
    asked = parser.parse_args()
    right, total, wrong = Counter[str](), Counter[str](), dict[str, list[int]]()
    for seed in range(asked.first, asked.first + asked.count):
        rng = np.random.default_rng(seed)
        verdict = judge_full(rng) if asked.full else judge(symmetric_cell(rng, asked.relative))
        for name, good in verdict.items():
            total[name] += 1
            right[name] += good
            if not good:
                wrong.setdefault(name, []).append(seed)
    for name, count in total.items():
        share = right[name] / count
        sys.stdout.write(
            f"{name:24s} {right[name]:5d} of {count:5d} = {share:.4f}  wrong: {wrong.get(name, [])[:12]}\n"
        )


if __name__ == "__main__":
    main()
