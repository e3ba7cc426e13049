"""From errors of charges and energies of half cycles to standard deviations of the numbers of a cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._bit_steps import counter_step
from electrochemistry.cells._charge_errors import (
    Instrument,
    RunErrors,
    charge_errors,
    edge_charges,
    energy_errors,
    noise_of,
    offset_sd,
    sampling_error,
)
from electrochemistry.cells._contract import CURRENT, NET_CAPACITY, TIME, VOLTAGE
from electrochemistry.cells._currents import Runs
from electrochemistry.cells._half_cycles import cumulative_charge, flowed, run_charges
from shortrange_core import Note, Severity
from shortrange_core.spelling import option, spelled

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RunTotals:
    """Charge (Ah) and energy (Wh) of every run, signed, with their errors and the specification that holds."""

    runs: Runs
    charge: Vector
    energy: Vector
    charge_errors: RunErrors
    energy_errors: RunErrors
    instrument: Instrument

    @property
    def voltage(self) -> Vector:
        """Mean voltage over charge of every run, V."""
        return quotient(self.energy, self.charge)

    def capacity_sd(self) -> Vector:
        """Sd of the charge of every run, Ah."""
        gain = (self.instrument.gain_sd or 0.0) * np.abs(self.charge)
        return _root(self.charge_errors.independent, self.charge_errors.offset, gain)

    def energy_sd(self) -> Vector:
        """Sd of the energy of every run, Wh."""
        gain = np.hypot(self.instrument.gain_sd or 0.0, self.instrument.voltage_gain_sd or 0.0) * np.abs(self.energy)
        offset = (self.instrument.voltage_offset_sd or 0.0) * np.abs(self.charge)
        return _root(self.energy_errors.independent, self.energy_errors.offset, gain, offset)

    def voltage_sd(self, edge_volts: tuple[Vector, Vector], own: Vector) -> Vector:
        """Sd of the mean voltage of every run, V: what charge and energy share cancels."""
        mean = self.voltage
        size = np.abs(self.charge)
        start = quotient(self.charge_errors.start * np.abs(edge_volts[0] - mean), size)
        end = quotient(self.charge_errors.end * np.abs(edge_volts[1] - mean), size)
        gain = (self.instrument.voltage_gain_sd or 0.0) * np.abs(mean)
        return _root(
            start, end, quotient(own, size), gain, np.full(size.shape, self.instrument.voltage_offset_sd or 0.0)
        )

    def efficiency_sd(self, number: npt.NDArray[np.int64]) -> tuple[Vector, Vector]:
        """Relative sd of the Coulombic and of the energy efficiency of every cycle.

        A gain that both directions share cancels; an offset adds to one direction what it takes from the other.
        """
        coulombic = _relative(self.charge_errors, np.abs(self.charge), number)
        energetic = _relative(self.energy_errors, np.abs(self.energy), number)
        at = np.unique(number, return_inverse=True)[1]
        level = quotient(np.ones(number.size), self.voltage) * self.runs.sign
        lever = (self.instrument.voltage_offset_sd or 0.0) * np.abs(np.bincount(at, level, np.unique(number).size))
        return coulombic, np.hypot(energetic, lever)


def measured(cycling: xr.Dataset, runs: Runs, sign: Vector, instrument: Instrument) -> tuple[RunTotals, Vector]:
    """Charges and energies of the runs, and the part of the errors of energy (Wh) that the voltage alone has."""
    time, current, voltage = (cycling[name].values for name in (TIME, CURRENT, VOLTAGE))
    counted = NET_CAPACITY in cycling.variables
    charge, _ = run_charges(cycling, runs, sign)
    passed = flowed(cycling[NET_CAPACITY].values if counted else cumulative_charge(cycling), sign)
    energy = _energies(cycling, runs, passed)
    offset = offset_sd(current, sign, instrument.offset_sd)
    step = counter_step(cycling[NET_CAPACITY].values, runs) if counted else 0.0
    of_charge = charge_errors(time, current, runs, offset=offset, counted=counted, step=step)
    own = np.hypot(_voltage_noise(voltage, passed, runs), sampling_error(passed, voltage, runs))
    first, last = voltage[runs.start], voltage[runs.stop - 1]
    of_energy = energy_errors(of_charge, (first, last, np.abs(quotient(energy, charge))), own)
    return RunTotals(runs, charge, energy, of_charge, of_energy, instrument), own


def statistical_note(instrument: Instrument) -> tuple[Note, ...]:
    """A note where the specification of the instrument is not whole: which errors the intervals do not hold."""
    if not instrument.unknown:
        return ()
    text = (
        "intervals are statistical only (noise, sampling, the current in rests): not specified: the "
        + ", the ".join(instrument.unknown)
    )
    names = ("gain_sd", "offset_sd", "voltage_gain_sd", "voltage_offset_sd")
    open_ = [name for name in names if getattr(instrument, name) is None]
    flags = ", ".join(f"--{name.replace('_', '-')}" for name in open_)
    remedy = spelled(
        f"give instrument=Instrument({', '.join(f'{name}=' for name in open_)})",
        command_line=f"give {flags}, from the specification of the instrument",
        recipe=f"give {', '.join(option(name) for name in open_)}",
    )
    return (Note("efficiency-statistical-only", Severity.INFO, text, remedy),)


def quotient(over: Vector, under: Vector) -> Vector:
    """NaN where nothing is divided by: a half cycle in no time has no charge and no voltage."""
    result = np.full(over.shape, np.nan)
    np.divide(over, under, out=result, where=under != 0)
    return result


def _root(*parts: Vector) -> Vector:
    return np.asarray(np.sqrt(np.sum(np.square(parts), axis=0)), dtype=float)


def _relative(errors: RunErrors, size: Vector, number: npt.NDArray[np.int64]) -> Vector:
    """Relative sd of the ratio of the two runs of every cycle; of one run where a cycle has one."""
    labels, at = np.unique(number, return_inverse=True)
    start, end, own, offset = (quotient(part, size) for part in (errors.start, errors.end, errors.own, errors.offset))
    total = start**2 + end**2 + own**2
    # rows at a fixed interval and a rest of whole intervals: what one half cycle lacks at its end the next has too much
    total[1:] += np.where(np.diff(number) == 0, 2 * end[:-1] * start[1:], 0.0)
    independent, common = (np.bincount(at, part, labels.size) for part in (total, offset))
    return np.asarray(np.hypot(np.sqrt(independent), common), dtype=float)


def _energies(cycling: xr.Dataset, runs: Runs, passed: Vector) -> Vector:
    """Signed energy of each run in Wh: voltage times the increments of charge, edges between rows included."""
    counted = NET_CAPACITY in cycling.variables
    voltage = cycling[VOLTAGE].values
    steps = 0.5 * (voltage[1:] + voltage[:-1]) * np.diff(passed)
    energy = np.concatenate([[0.0], np.cumsum(steps)])[: passed.size]
    first = np.maximum(runs.start - 1, 0) if counted else runs.start
    inside = np.asarray(energy[runs.stop - 1] - energy[first], dtype=float)
    if counted:
        return inside
    before, after = edge_charges(cycling[TIME].values, cycling[CURRENT].values, runs)
    return np.asarray(inside + before * voltage[runs.start] + after * voltage[runs.stop - 1], dtype=float)


def _voltage_noise(voltage: Vector, passed: Vector, runs: Runs) -> Vector:
    """Sd of the energy of each run by the noise of the voltage, Wh."""
    rows = zip(runs.start, runs.stop, strict=True)
    return np.array([noise_of(voltage[a:b]) * float(np.sqrt(np.sum(np.diff(passed[a:b]) ** 2))) for a, b in rows])
