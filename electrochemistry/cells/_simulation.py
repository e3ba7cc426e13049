"""Simulated symmetric and full cells whose verdicts and numbers are known; for tests, studies, teaching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._contract import cycling_table
from electrochemistry.cells._half_cycles import MILLI, SECONDS_PER_HOUR
from shortrange_core import BadInput
from shortrange_core.errors import Offenders
from shortrange_core.showing import Shown

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CellEvent(Shown):
    """What happens to the resistance of a simulated symmetric cell.

    Parameters
    ----------
    step
        Number of the current step, from 1.
    factor
        Ratio of the resistance after to that before: above 1 a rise, below 1 a short.
    at
        Fraction of the half cycle after which it happens.
    negative
        Whether it happens in the negative half cycle.
    until_step
        Step from whose start on the resistance is back; None: it stays.

    Raises
    ------
    BadInput
        If ``step`` is below 1, the factor not above 0, ``at`` not in 0 to 1, or ``until_step`` not after ``step``.
    """

    step: int
    factor: float
    at: float = 0.5
    negative: bool = False
    until_step: int | None = None

    def __post_init__(self) -> None:
        offenders = Offenders()
        if self.step < 1:
            offenders.add(f"step = {self.step}: is counted from 1")
        offenders.positive("", factor=self.factor)
        if not 0 <= self.at <= 1:
            offenders.add(f"at = {self.at}: is a fraction of the half cycle; give 0 to 1")
        if self.until_step is not None and self.until_step <= self.step:
            offenders.add(
                f"until_step = {self.until_step}: must come after step {self.step}; give a later one, or None"
            )
        offenders.raise_if_any()


def simulate_symmetric_cell(
    current_densities: Sequence[float],
    *,
    area: float,
    resistance: float,
    half_cycle_hours: float = 0.5,
    interval_second: float = 30.0,
    rest_second: float = 0.0,
    one_way: bool = False,
    noise_volt: float = 0.0,
    event: CellEvent | None = None,
    conditioning: Sequence[float] = (),
    missing: Sequence[int] = (),
    rng: np.random.Generator | None = None,
) -> xr.Dataset:
    """Simulate the record of a stepped symmetric cell that is ohmic but for its event.

    Parameters
    ----------
    current_densities
        mA cm-2 of each step: a positive half cycle, then a negative one.
    area, resistance
        cm2; ohm cm2 of the whole cell.
    half_cycle_hours, interval_second, rest_second
        Length of a half cycle (h), time between rows (s), rest after each half cycle (s).
    one_way
        Positive half cycles only.
    noise_volt
        Standard deviation of the voltage, V; needs ``rng``.
    event
        What happens to the resistance.
    conditioning
        Ratios of the resistance to its later value in the first steps.
    missing
        Half cycles, from 1, whose rows are left out of the record.
    rng
        Source of randomness.

    Returns
    -------
    xarray.Dataset
        A simulated cycling record; its history says so.

    Raises
    ------
    BadInput
        If a size is not positive, no half cycle is left, or noise is asked for without ``rng``.

    Examples
    --------
    >>> cell = simulate_symmetric_cell([0.1, 0.2], area=1.0, resistance=100.0, interval_second=600)
    >>> float(cell.voltage_volt.max().round(4))
    0.02
    """
    if not (area > 0 and resistance > 0 and half_cycle_hours > 0 and interval_second > 0 and rest_second >= 0):
        raise BadInput("area, resistance, half_cycle_hours and interval_second must be positive, rest_second 0 or more")
    if noise_volt and rng is None:
        raise BadInput(f"noise_volt = {noise_volt} V needs rng=numpy.random.default_rng(seed)")
    inside = np.linspace(0.0, 1.0, max(round(half_cycle_hours * SECONDS_PER_HOUR / interval_second), 1) + 1)
    time: list[Vector] = []
    voltage: list[Vector] = []
    current: list[Vector] = []
    clock, number = 0.0, 0
    for step, density in enumerate(current_densities, start=1):
        for sign in (1.0,) if one_way else (1.0, -1.0):
            number += 1
            factor = _factor(event, step, sign, inside) * (conditioning[step - 1] if step <= len(conditioning) else 1.0)
            if number not in missing:
                time.append(clock + inside * half_cycle_hours * SECONDS_PER_HOUR)
                voltage.append(sign * density * MILLI * resistance * factor)
                current.append(np.full(inside.size, sign * density * MILLI * area))
            clock += half_cycle_hours * SECONDS_PER_HOUR
            if rest_second:
                time.append(np.array([clock, clock + rest_second]))
                voltage.append(np.zeros(2))
                current.append(np.zeros(2))
                clock += rest_second
    if not time:
        raise BadInput("no half cycle remains; give current densities, and fewer missing ones")
    volts = np.concatenate(voltage)
    if rng is not None:
        volts = volts + noise_volt * rng.standard_normal(volts.size)
    return cycling_table(np.concatenate(time), volts, np.concatenate(current), history=["simulated symmetric cell"])


def _factor(event: CellEvent | None, step: int, sign: float, inside: Vector) -> Vector:
    """Ratio of the resistance to its normal value over a half cycle."""
    if event is None or step < event.step or (event.until_step is not None and step >= event.until_step):
        return np.ones(inside.size)
    if step > event.step:
        return np.full(inside.size, event.factor)
    first = event.negative is (sign < 0)
    if first:
        return np.where(inside >= event.at, event.factor, 1.0)
    return np.full(inside.size, event.factor if sign < 0 else 1.0)


def simulate_full_cell(
    discharge_capacities: Sequence[float],
    *,
    charge_capacities: Sequence[float],
    current: float,
    order: Literal["discharge-first", "charge-first"],
    plateaus: Sequence[tuple[float, float]],
    hysteresis: float = 0.0,
    interval_second: float = 60.0,
    rest_second: float = 600.0,
    noise_volt: float = 0.0,
    rng: np.random.Generator | None = None,
) -> xr.Dataset:
    """Simulate constant-current cycles of a full cell whose voltage is a staircase of smooth plateaus.

    Parameters
    ----------
    discharge_capacities, charge_capacities
        mAh of each cycle; one list may be shorter by its last half cycle.
    current
        mA, the same in both directions.
    order
        Which half cycle comes first.
    plateaus
        Pairs of plateau voltage (V) and fraction of the capacity at it, in the order of discharge.
    hysteresis
        V between charge and discharge.
    interval_second, rest_second
        s between rows; s of rest after each half cycle.
    noise_volt, rng
        Standard deviation of the voltage (V), and its source of randomness.

    Raises
    ------
    BadInput
        If a size is not positive, fractions do not add up to 1, or noise is asked for without ``rng``.

    Examples
    --------
    >>> cell = simulate_full_cell(
    ...     [1.0], charge_capacities=[0.9], current=0.1, order="discharge-first", plateaus=[(1.9, 0.5), (1.25, 0.5)]
    ... )
    >>> bool(cell.current_ampere.values[0] < 0)
    True
    """
    fractions = np.array([fraction for _, fraction in plateaus])
    if not (current > 0 and interval_second > 0 and fractions.size and abs(fractions.sum() - 1) < 1e-9):
        raise BadInput("current and interval_second must be positive, and the fractions of the plateaus add up to 1")
    if noise_volt and rng is None:
        raise BadInput(f"noise_volt = {noise_volt} V needs rng=numpy.random.default_rng(seed)")
    if order not in ("discharge-first", "charge-first"):
        raise BadInput(f"order = {order!r}; give 'discharge-first' or 'charge-first'")
    capacities = [*discharge_capacities, *charge_capacities]
    if not capacities or not all(capacity > 0 for capacity in capacities):
        raise BadInput("give one or more capacities in mAh, all above 0")
    queues = {-1.0: list(discharge_capacities), 1.0: list(charge_capacities)}
    first = -1.0 if order == "discharge-first" else 1.0
    time, voltage, flow, clock = [], [], [], 0.0
    for number in range(2 * max(len(queues[-1.0]), len(queues[1.0]))):
        sign = first if number % 2 == 0 else -first
        if number // 2 >= len(queues[sign]):
            continue
        seconds = queues[sign][number // 2] / current * SECONDS_PER_HOUR
        inside = np.linspace(0.0, 1.0, max(int(np.ceil(seconds / interval_second)), 2) + 1)
        depth = inside if sign < 0 else 1.0 - inside
        time += [clock + inside * seconds, np.array([clock + seconds, clock + seconds + rest_second])]
        voltage += [
            _staircase(depth, plateaus) + sign * hysteresis / 2,
            np.full(2, _staircase(depth[-1:], plateaus)[0]),
        ]
        flow += [np.full(inside.size, sign * current * MILLI), np.zeros(2)]
        clock += seconds + rest_second
    volts = np.concatenate(voltage)
    if rng is not None:
        volts = volts + noise_volt * rng.standard_normal(volts.size)
    return cycling_table(np.concatenate(time), volts, np.concatenate(flow), history=["simulated full cell"])


def _staircase(depth: Vector, plateaus: Sequence[tuple[float, float]]) -> Vector:
    """Voltage at a depth of discharge: plateaus with a small slope, joined by smooth steps."""
    volts = np.array([voltage for voltage, _ in plateaus])
    edges = np.cumsum([fraction for _, fraction in plateaus])[:-1]
    level = np.full(depth.shape, volts[0])
    for edge, step in zip(edges, np.diff(volts), strict=True):
        level = level + step / (1.0 + np.exp(-(depth - edge) / 0.01))
    return level - 0.04 * (depth - 0.5)
