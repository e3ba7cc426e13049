"""Full cells: capacities, efficiencies, voltages and energies of every cycle, with the mass basis and order stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._bit_steps import gap_notes
from electrochemistry.cells._charge_errors import Instrument
from electrochemistry.cells._contract import CURRENT, VOLTAGE, check_cycling, record_notes
from electrochemistry.cells._currents import flow, run_medians, sign_runs
from electrochemistry.cells._cycle_errors import RunTotals, measured, quotient, statistical_note
from electrochemistry.cells._cycle_numbers import cycle_numbers, pulse_notes, whole_runs
from electrochemistry.cells._half_cycles import MILLI, rest_notes, run_charges
from shortrange_core import BadInput, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import option

CYCLE, FORMATION = "cycle", "formation"
ROWS = "row"  # unit of what counts rows
SURPLUS = 0.05
"""Part of the energy by which a cycle may give more than it took."""
HALVES = ("discharge", "charge")
Order = Literal["discharge-first", "charge-first"]
Vector = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Values: TypeAlias = tuple[Vector, Vector, str]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Cycles(Shown):
    """Cycles of a full cell.

    Parameters
    ----------
    table
        Over ``cycle``: ``discharge_capacity``, ``charge_capacity`` (mAh/g), ``coulombic_efficiency`` (second half cycle
        over first), ``discharge_voltage``, ``charge_voltage`` (mean over charge, V), ``discharge_energy``,
        ``charge_energy`` (mWh/g), ``energy_efficiency`` (discharge over charge energy), ``discharge_current``,
        ``charge_current`` (median, mA), each with its ``_sd``; ``discharge_over_last_charge`` (of the charge that came
        before it, whatever the order), ``formation`` (1: a formation cycle), and the rows ``discharge_start``,
        ``discharge_stop``, ``charge_start``, ``charge_stop`` (-1: none).
    cycling
        The record that was cut.
    mass, basis
        g, and what the mass is the mass of.
    order
        Which half cycle comes first in a cycle.
    notes
        What a user must know.
    mass_sd
        g.
    """

    table: xr.Dataset
    cycling: xr.Dataset
    mass: float
    basis: str
    order: Order
    notes: tuple[Note, ...]
    mass_sd: float = 0.0


def cycles(
    cycling: xr.Dataset,
    *,
    mass: float,
    basis: str,
    order: Order,
    mass_sd: float = 0.0,
    formation: Sequence[int] = (),
    rest_current: float | None = None,
    instrument: Instrument | None = None,
) -> Cycles:
    r"""Summarise every cycle of a full cell.

    Parameters
    ----------
    cycling
        Record of :func:`electrochemistry.read_cycling`; + = charging.
    mass, basis
        Mass in g that capacities are divided by, and what it is the mass of: ``"S"``, ``"composite"``.
    order
        ``"discharge-first"`` or ``"charge-first"``: which half cycle opens a cycle. It decides what the Coulombic
        efficiency is, and is never guessed. A half cycle before the first opening one is cycle 0.
    rest_current
        Currents up to this size, in A, are rests; found from the noise of the record where absent.
    mass_sd
        Standard deviation of the mass, g.
    formation
        Numbers of the cycles that formed the cell: they keep their rows, and count in no mean, no rate and no figure
        of rates.
    instrument
        What the specification of the instrument says. Where the offset of the current is absent, the median current
        in rests stands for it; a note says which errors the intervals do not hold ("statistical only").

    Raises
    ------
    BadInput
        If the mass is not positive, the basis is not named, the order is not one of the two, or a formation cycle is
        not there.

    Notes
    -----
    Capacity :math:`q = \int |I|\,\mathrm dt / m` (the instrument's counter where there is one), mean voltage
    :math:`\int V\,\mathrm dq / q`. Coulombic efficiency: discharge over charge of the same cycle for charge-first,
    charge over discharge of the same cycle for discharge-first. Standard deviations hold the edges of half cycles
    between rows (half an interval on either side is added, its uniform spread counts), the noise of current and
    voltage, the sampling of curved records (from leaving out every second row), and what the instrument specifies. In
    an efficiency a gain that both directions share cancels, and an offset of the current counts twice.

    Examples
    --------
    >>> from electrochemistry.cells import simulate_full_cell
    >>> cell = simulate_full_cell(
    ...     [1.0], charge_capacities=[0.92], current=0.1, order="discharge-first", plateaus=[(1.9, 0.5), (1.25, 0.5)]
    ... )
    >>> first = cycles(cell, mass=0.001, basis="S", order="discharge-first").table.isel(cycle=0)
    >>> round(float(first.discharge_capacity)), round(float(first.coulombic_efficiency), 3)
    (1000, 0.92)
    """
    check_cycling(cycling)
    _check(mass, mass_sd, basis, order)
    meter = Instrument() if instrument is None else instrument
    sign = flow(cycling[CURRENT].values, rest_current)
    runs, notes = whole_runs(cycling, sign_runs(sign, over_rests=True))
    charge_notes = run_charges(cycling, runs, sign)[1]
    number, pairing = cycle_numbers(runs.sign, -1.0 if order == "discharge-first" else 1.0)
    totals, own = measured(cycling, runs, sign, meter)
    table = _with_formation(_table(totals, _values(cycling, totals, own, mass, mass_sd), number, order), formation)
    notes = (
        *record_notes(cycling),
        *rest_notes(cycling[CURRENT].values, sign, rest_current),
        *notes,
        *charge_notes,
        *gap_notes(cycling, runs),
        *pairing,
        *pulse_notes(cycling, runs, number),
        *_surplus(table, order),
        *(statistical_note(meter) if runs.start.size else ()),
    )
    return Cycles(table, cycling, mass, basis, order, notes, mass_sd)


def _check(mass: float, mass_sd: float, basis: str, order: str) -> None:
    problems = []
    if not (np.isfinite(mass) and mass > 0 and 0 <= mass_sd < np.inf):
        problems.append(
            f"mass = {mass} g with sd {mass_sd} g; give the positive mass that capacities refer to, and an sd of "
            "0 or more"
        )
    if not basis.strip():
        problems.append("basis is empty; state what the mass refers to, such as 'S' or 'composite'")
    if order not in ("discharge-first", "charge-first"):
        problems.append(f"order = {order!r}; give 'discharge-first' or 'charge-first'")
    if problems:
        raise BadInput(*problems)


def _surplus(table: xr.Dataset, order: Order) -> tuple[Note, ...]:
    """Cycles that gave more energy than they took: no whole ones, but for the first of a cell built charged."""
    efficiency, sd = table.energy_efficiency.values, np.nan_to_num(table.energy_efficiency_sd.values)
    above = (efficiency > 1 + np.maximum(SURPLUS, 3 * sd)) & (table[FORMATION].values == 0)
    if order == "discharge-first":
        above &= table[CYCLE].values > 1
    if not above.any():
        return ()
    worst = int(np.argmax(np.where(above, efficiency, 0.0)))
    text = (
        f"{counted(int(above.sum()), 'cycle')} gave more energy than {'they' if above.sum() > 1 else 'it'} took, most "
        f"cycle {table[CYCLE].values[worst]} ({100 * efficiency[worst]:.0f} %): charge from before, or no whole cycle"
    )
    remedy = f"check {option('order')}; leave such cycles out of means with {option('formation')}"
    return (Note("more-out-than-in", Severity.WARNING, text, remedy),)


def _table(totals: RunTotals, values_of: Mapping[str, Values], number: Numbers, order: Order) -> xr.Dataset:
    """The table of cycles from one value and sd a half cycle of every quantity."""
    runs, labels = totals.runs, np.unique(number)
    columns: dict[str, tuple[Vector, str]] = {}
    for name, sign in (("discharge", -1.0), ("charge", 1.0)):
        mine = runs.sign == sign
        at = np.searchsorted(labels, number[mine])
        for quantity, (values, sds, unit) in values_of.items():
            for suffix, part in (("", values), ("_sd", sds)):
                column = np.full(labels.size, np.nan)
                column[at] = part[mine]
                columns[f"{name}_{quantity}{suffix}"] = (column, unit)
        for edge, rows in (("start", runs.start), ("stop", runs.stop)):
            columns[f"{name}_{edge}"] = (np.full(labels.size, -1.0), ROWS)
            columns[f"{name}_{edge}"][0][at] = rows[mine]
    columns |= _efficiencies(columns, order)
    for name, sd in zip(("coulombic_efficiency", "energy_efficiency"), totals.efficiency_sd(number), strict=True):
        columns[f"{name}_sd"] = (sd * columns[name][0], "1")
    variables = {
        name: (CYCLE, values.astype(np.int64) if unit == ROWS else values, {"units": unit})
        for name, (values, unit) in columns.items()
    }
    return xr.Dataset(variables, coords={CYCLE: labels})


def _values(cycling: xr.Dataset, totals: RunTotals, own: Vector, mass: float, mass_sd: float) -> dict[str, Values]:
    """Value, sd and unit of every quantity of the half cycles; the error of the mass is common to all of them."""
    runs, volts = totals.runs, cycling[VOLTAGE].values
    current = np.abs(run_medians(cycling[CURRENT].values, runs))
    offset = quotient(totals.charge_errors.offset, np.abs(totals.charge)) * current
    per_gram = {
        "capacity": (np.abs(totals.charge), totals.capacity_sd(), "mAh/g"),
        "energy": (np.abs(totals.energy), totals.energy_sd(), "mWh/g"),
    }
    scaled = {
        name: (values / MILLI / mass, np.hypot(sds, values * mass_sd / mass) / MILLI / mass, unit)
        for name, (values, sds, unit) in per_gram.items()
    }
    edge_volts = (volts[runs.start], volts[runs.stop - 1])
    return scaled | {
        "voltage": (totals.voltage, totals.voltage_sd(edge_volts, own), "V"),
        "current": (current / MILLI, np.hypot(offset, (totals.instrument.gain_sd or 0.0) * current) / MILLI, "mA"),
    }


def _with_formation(table: xr.Dataset, formation: Sequence[int]) -> xr.Dataset:
    """The table with what says which cycles are formation.

    Raises
    ------
    BadInput
        If one of them is not there.
    """
    labels = table[CYCLE].values
    unknown = [str(cycle) for cycle in formation if cycle not in labels]
    if unknown:
        there = f"{labels.min()} to {labels.max()}" if labels.size else "none"
        raise BadInput(f"{option('formation')} {', '.join(unknown)}: no such cycle; there are {there}")
    return table.assign({FORMATION: (CYCLE, np.isin(labels, list(formation)).astype(np.int64), {"units": "1"})})


def _efficiencies(columns: dict[str, tuple[Vector, str]], order: Order) -> dict[str, tuple[Vector, str]]:
    discharge, charge = columns["discharge_capacity"][0], columns["charge_capacity"][0]
    before = charge if order == "charge-first" else np.concatenate([[np.nan], charge])[: charge.size]
    second, first = (discharge, charge) if order == "charge-first" else (charge, discharge)
    return {
        "coulombic_efficiency": (quotient(second, first), "1"),
        "discharge_over_last_charge": (quotient(discharge, before), "1"),
        "energy_efficiency": (quotient(columns["discharge_energy"][0], columns["charge_energy"][0]), "1"),
    }
