"""Half cycles as plain columns, the slope of their voltage on their current, and whether a bit step hides them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._contract import TIME, VOLTAGE
from electrochemistry.cells._half_cycles import HALF_CYCLE, MILLI, HalfCycles, settled

APART = 0.01  # of the largest current: two nearer ones are one current with its noise, and their slope is noise
COARSE = 0.2  # of an overpotential: a larger bit step hides what a rise or a drop is
ROUNDED = 0.5  # of a bit step, by which a recorded voltage may be larger than the true one
Vector = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


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


@dataclass(frozen=True, eq=False, slots=True)
class CycleColumns:
    """The columns that are looked at half cycle by half cycle, taken out of the labelled tables once: each takes
    a thousand times as long there, and a life time has thousands of half cycles.

    ``size`` and ``sign`` of the current density (mA cm-2), ``level`` and ``noise`` of the voltage along it (V),
    ``bit`` (V), ``step``, ``start`` and ``stop`` rows; ``time`` (s) and ``volts`` of every row of the record.
    """

    size: Vector
    sign: Vector
    level: Vector
    noise: Vector
    bit: Vector
    step: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    stop: npt.NDArray[np.int64]
    time: Vector
    volts: Vector

    @classmethod
    def of(cls, half_cycles: HalfCycles) -> CycleColumns:
        """The columns of half cycles and of the record that they were cut from."""
        table, cycling = half_cycles.table, half_cycles.cycling
        sign = np.sign(table.current_density.values)
        return cls(
            size=np.abs(table.current_density.values),
            sign=sign,
            level=table.voltage_volt.values * sign,
            noise=table.noise_volt.values,
            bit=voltage_steps(table),
            step=table.step.values,
            start=table.first_row.values,
            stop=table.stop_row.values,
            time=cycling[TIME].values,
            volts=cycling[VOLTAGE].values,
        )

    def settled(self, index: int) -> int:
        """First row of a half cycle whose voltage counts."""
        return settled(self.time, int(self.start[index]), int(self.stop[index]))

    def along(self, index: int) -> Vector:
        """Voltage of the settled rows of a half cycle in the direction of its current, V."""
        return np.asarray(self.volts[self.settled(index) : int(self.stop[index])] * self.sign[index], dtype=float)

    def resistance(self, rows: npt.NDArray[np.intp]) -> float:
        """Theil-Sen slope in ohm cm2 of mean V along j on the mean current density of every step among half cycles."""
        _, inverse, counts = np.unique(self.step[rows], return_inverse=True, return_counts=True)
        size, level = (np.bincount(inverse, column[rows]) / counts for column in (self.size, self.level))
        return theil_sen(size, level) / MILLI


def resolved(table: xr.Dataset) -> Mask:
    """Half cycles whose overpotential is surely five bit steps or more: rounding may have added half of one."""
    return np.asarray(np.abs(table.voltage_volt.values) >= (1 / COARSE + ROUNDED) * voltage_steps(table))


def voltage_steps(table: xr.Dataset) -> Vector:
    """Bit step of the voltages, V; 0 for half cycles that were stored before it was measured."""
    return np.asarray(table["voltage_step"].values if "voltage_step" in table else np.zeros(table.sizes[HALF_CYCLE]))
