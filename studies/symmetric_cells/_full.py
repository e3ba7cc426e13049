"""Full cells whose efficiencies, charges and energies are known, and whether they lie in their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

import electrochemistry as ec
from studies.symmetric_cells._channel import RANGES, Channel, Vector

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class FullCell:
    """A simulated full cell: record, its specification, true efficiencies, discharge charges (Ah) and energies (Wh).

    ``drawn`` says what was drawn for the whole record (sampling, rests, noise ...), so that cells can be counted by it.
    """

    record: xr.Dataset
    instrument: ec.Instrument
    efficiency: Vector
    charge: Vector
    energy: Vector
    energy_efficiency: Vector
    drawn: Mapping[str, str]


HIGH, LOW, FALL = 2.2, 1.4, 0.2  # V of the charge, mean and fall of the discharge


def _pieces(
    rng: np.random.Generator, rest: float, tail: float
) -> tuple[list[tuple[float, float, str]], Vector, Vector]:
    """Start, end (s) and kind of every piece of five cycles; true efficiencies; seconds of full current charged in."""
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
    return pieces, np.array(truth), np.array(charged_in)


def full_cell(rng: np.random.Generator) -> FullCell:
    """A drawn full cell, charged at constant current and voltage, on an instrument with drawn gains and offsets.

    Every range of the current has its own gain; bits, lost rows and a restart in a rest are drawn too.
    """
    current, every = 10 ** rng.uniform(-4, -2), float(rng.choice([1, 5, 10, 30, 60]))
    offset_sd = 2e-4 * current * rng.choice([0.1, 1.0])
    rest, tail = float(rng.choice([600, 1800])), float(rng.choice([0.0, 900.0]))
    pieces, efficiencies, charged_in = _pieces(rng, rest, tail)
    time = np.arange(rng.uniform(0, every), pieces[-1][1], every)
    starts, ends = (np.array([piece[at] for piece in pieces], dtype=float) for at in (0, 1))
    place = np.searchsorted(starts, time, side="right") - 1
    doing, since = np.array([piece[2] for piece in pieces])[place], time - starts[place]
    flow = (
        np.select([doing == "cc", doing == "cv", doing == "out"], [1.0, np.exp(-since / (tail or 1.0)), -1.0], 0.0)
        * current
    )
    known = ec.Instrument(gain_sd=1e-3, offset_sd=offset_sd, voltage_gain_sd=5e-4, voltage_offset_sd=1e-3)
    through_out = (since / (ends - starts)[place])[flow < 0]
    volts = np.full(time.size, HIGH)
    volts[flow < 0] = LOW + FALL * (0.5 - through_out)
    instrument = Channel(
        relative=10 ** rng.uniform(-6, -3.3),
        amperes=1e-5 * current,
        volts=10 ** rng.uniform(-5, -3),
        offset=rng.normal(0, offset_sd),
        gains=tuple(rng.normal(0, 1e-3, len(RANGES))),
        bits=int(rng.choice([14, 16, 18, 20, 24])),
        range_volt=5.0,
    )
    seen, amperes = instrument.measure(flow, volts * (1 + rng.normal(0, 5e-4)) + rng.normal(0, 1e-3), rng)[::-1]
    drawn = {
        "rows every": f"{every:.0f} s",
        "rests": f"{rest:.0f} s",
        "tail": "held voltage" if tail else "none",
        "relative noise": _decade(instrument.relative),
        "bits": f"{instrument.bits}",
        "offset": f"{offset_sd / current:.0e} of the current",
    }
    kept = rng.random(time.size) > rng.choice([0.0, 0.02])
    again = rng.random() < 0.3
    drawn |= {"lost rows": "some" if not kept.all() else "none", "restart": "in a rest" if again else "none"}
    if again:  # the program was started again in a rest: hours without rows
        time = time + np.where(place > 5 * int(rng.integers(1, 5)), 3600 * rng.uniform(0.5, 5.0), 0.0)
    record = ec.cycling_table(time[kept], seen[kept], amperes[kept], history=["simulated full cell"])
    charge = efficiencies * charged_in * current / SECONDS_PER_HOUR
    return FullCell(record, known, efficiencies, charge, charge * LOW, efficiencies * LOW / HIGH, drawn)


def _decade(value: float) -> str:
    """The decade that a value lies in.

    Examples
    --------
    >>> _decade(3e-5)
    '1e-5 to 1e-4'
    """
    low = int(np.floor(np.log10(value)))
    return f"1e{low} to 1e{low + 1}"


def judge_full(cell: FullCell, rng: np.random.Generator) -> dict[str, bool]:
    """Whether efficiency, capacity, energy and energy efficiency of one drawn cycle lie in their 95 % intervals."""
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
