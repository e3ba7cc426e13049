"""Full cells: capacities, efficiencies, voltages and energies of every cycle, with the mass basis and order stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._charge_errors import charge_errors
from electrochemistry.cells._charge_errors import offset_sd as offset_of
from electrochemistry.cells._contract import CURRENT, NET_CAPACITY, TIME, VOLTAGE, check_cycling
from electrochemistry.cells._currents import Runs, flow, run_medians, sign_runs
from electrochemistry.cells._half_cycles import (
    MILLI,
    cumulative_charge,
    flowed,
    gap_notes,
    rest_notes,
    run_charges,
    without_fragments,
)
from shortrange_core import BadInput, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.spelling import option

CYCLE = "cycle"
FRAGMENT = 1e-3  # of the largest charge of a half cycle: less is a row of noise, not a half cycle
HOLE = 0.25  # of the half cycle before: a longer stretch without rows hides a half cycle
SAME_CURRENT = 0.02
ROWS = "row"  # unit of what counts rows
HALVES = ("discharge", "charge")
Order = Literal["discharge-first", "charge-first"]
Vector = npt.NDArray[np.float64]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Cycles(Shown):
    """Cycles of a full cell.

    Parameters
    ----------
    table
        Over ``cycle``: ``discharge_capacity``, ``charge_capacity`` (mAh/g), ``coulombic_efficiency`` (second half cycle
        over first) and ``coulombic_efficiency_sd``, ``discharge_voltage``, ``charge_voltage`` (mean over charge, V),
        ``discharge_energy``, ``charge_energy`` (mWh/g), ``energy_efficiency`` (discharge over charge energy),
        ``discharge_current``, ``charge_current`` (median, mA), ``discharge_over_last_charge`` (of the charge that came
        before it, whatever the order), and the rows ``discharge_start``,
        ``discharge_stop``, ``charge_start``, ``charge_stop`` (-1: none).
    cycling
        The record that was cut.
    mass, basis
        g, and what the mass is the mass of.
    order
        Which half cycle comes first in a cycle.
    notes
        What a user must know.
    """

    table: xr.Dataset
    cycling: xr.Dataset
    mass: float
    basis: str
    order: Order
    notes: tuple[Note, ...]


def cycles(
    cycling: xr.Dataset,
    *,
    mass: float,
    basis: str,
    order: Order,
    rest_current: float | None = None,
    offset_sd: float | None = None,
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
    offset_sd
        Standard deviation of the offset of the current, A, by the specification of the instrument. Where absent, the
        median current in rests stands for it, and a note says that efficiencies carry no specification.

    Raises
    ------
    BadInput
        If the mass is not positive, the basis is not named, or the order is not one of the two.

    Notes
    -----
    Capacity :math:`q = \int |I|\,\mathrm dt / m` (the instrument's counter where there is one), mean voltage
    :math:`\int V\,\mathrm dq / q`. Coulombic efficiency: discharge over charge of the same cycle for charge-first,
    charge over discharge of the same cycle for discharge-first. Its standard deviation holds the edges of half cycles
    between rows (half an interval on either side is added, its uniform spread counts), the noise of the current, and
    the offset, whose charge adds in one direction and subtracts in the other. A gain that both directions share
    cancels.

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
    _check(mass, basis, order)
    sign = flow(cycling[CURRENT].values, rest_current)
    runs, notes = _whole(cycling, sign_runs(sign, over_rests=True))
    charge, said = run_charges(cycling, runs, sign)
    number, pairing = _numbers(runs.sign, -1.0 if order == "discharge-first" else 1.0)
    table = _table(cycling, runs, (charge, number, _energies(cycling, runs, sign)), mass=mass, order=order)
    sd, told = _efficiency_sd(cycling, runs, sign, (charge, number), offset_sd)
    table = table.assign(coulombic_efficiency_sd=(CYCLE, sd * table.coulombic_efficiency.values, {"units": "1"}))
    rests = rest_notes(cycling[CURRENT].values, sign, rest_current)
    notes = (*rests, *notes, *said, *gap_notes(cycling, runs), *pairing, *told)
    return Cycles(table, cycling, mass, basis, order, notes)


def _efficiency_sd(
    cycling: xr.Dataset,
    runs: Runs,
    sign: Vector,
    numbered: tuple[Vector, npt.NDArray[np.int64]],
    stated: float | None,
) -> tuple[Vector, tuple[Note, ...]]:
    """Relative sd of the Coulombic efficiency of every cycle."""
    charge, number = numbered
    time, current = cycling[TIME].values, cycling[CURRENT].values
    errors = charge_errors(
        time, current, runs, offset=offset_of(current, sign, stated), counted=NET_CAPACITY in cycling.variables
    )
    labels, at = np.unique(number, return_inverse=True)
    start, end, noise, common = (
        _quotient(sd, np.abs(charge)) for sd in (errors.start, errors.end, errors.noise, errors.offset)
    )
    own = start**2 + end**2 + noise**2
    # rows at a fixed interval and a rest of whole intervals: what one half cycle lacks at its end the next has too much
    own[1:] += np.where(np.diff(number) == 0, 2 * end[:-1] * start[1:], 0.0)
    sd = np.hypot(np.sqrt(np.bincount(at, own, labels.size)), np.bincount(at, common, labels.size))
    if stated is not None or not labels.size:
        return sd, ()
    text = "efficiencies have a standard deviation of sampling, noise and the current in rests only"
    remedy = f"give {option('offset_sd')} (A), by the specification of the instrument"
    return sd, (Note("efficiency-statistical-only", Severity.INFO, text, remedy),)


def _check(mass: float, basis: str, order: str) -> None:
    problems = []
    if not (np.isfinite(mass) and mass > 0):
        problems.append(f"mass = {mass} g; give the positive mass that capacities are divided by")
    if not basis.strip():
        problems.append("basis is empty; say what the mass is the mass of, such as 'S' or 'composite'")
    if order not in ("discharge-first", "charge-first"):
        problems.append(f"order = {order!r}; give 'discharge-first' or 'charge-first'")
    if problems:
        raise BadInput(*problems)


def _whole(cycling: xr.Dataset, runs: Runs) -> tuple[Runs, tuple[Note, ...]]:
    """Runs without fragments, cut where a stretch without rows hides a half cycle."""
    if runs.start.size == 0:
        return runs, (
            Note("no-half-cycle", Severity.WARNING, "no current flows in this record", "check the current column"),
        )
    kept, notes = without_fragments(cycling, runs, FRAGMENT)
    return _cut_at_holes(cycling[TIME].values, _joined(kept)), notes


def _joined(runs: Runs) -> Runs:
    """The runs, neighbours of one sign joined."""
    start, stop, sign = runs.start, runs.stop, runs.sign
    new = np.concatenate([[True], np.diff(sign) != 0]) if sign.size else np.zeros(0, dtype=bool)
    last = np.concatenate([np.flatnonzero(new)[1:], [sign.size]]) - 1 if sign.size else np.zeros(0, dtype=np.intp)
    return Runs(start[new], stop[last], sign[new])


def _cut_at_holes(time: Vector, runs: Runs) -> Runs:
    """Cut a run where rows are missing for longer than a quarter of a usual half cycle."""
    if runs.start.size == 0:
        return runs
    usual = HOLE * float(np.median(time[runs.stop - 1] - time[runs.start]))
    steps = np.diff(time)
    holes = np.flatnonzero(steps > max(usual, 20 * float(np.median(steps[steps > 0])) if (steps > 0).any() else np.inf))
    start, stop, sign = list(runs.start), list(runs.stop), list(runs.sign)
    for hole in holes:
        inside = np.searchsorted(start, hole, side="right") - 1
        if inside >= 0 and start[inside] <= hole < stop[inside] - 1:
            start.insert(inside + 1, hole + 1)
            stop.insert(inside, hole + 1)
            sign.insert(inside, sign[inside])
    return Runs(np.array(start, dtype=np.intp), np.array(stop, dtype=np.intp), np.array(sign))


def _numbers(sign: Vector, first_sign: float) -> tuple[npt.NDArray[np.int64], tuple[Note, ...]]:
    """Cycle number of every half cycle, from 1; 0 for one before the first that opens a cycle."""
    opens = sign == first_sign
    after_same = np.concatenate([[False], (np.diff(sign) == 0) & ~opens[1:]]) if sign.size else opens
    number = np.cumsum(opens | after_same).astype(np.int64)
    notes: list[Note] = []
    if sign.size and not opens[0]:
        text = "the record starts with the half cycle that closes a cycle: it is cycle 0 and has no efficiency"
        notes.append(
            Note("unpaired-half-cycle", Severity.WARNING, text, f"check {option('order')}, or leave cycle 0 out")
        )
    lone = int(np.sum(np.diff(sign) == 0))
    if lone:
        text = f"{lone} half cycles are missing from the record: their cycles have no efficiency"
        notes.append(
            Note("half-cycle-missing", Severity.WARNING, text, "join the runs of a cell before (join_runs in Python)")
        )
    return number, tuple(notes)


def _table(
    cycling: xr.Dataset,
    runs: Runs,
    numbered: tuple[Vector, npt.NDArray[np.int64], Vector],
    *,
    mass: float,
    order: Order,
) -> xr.Dataset:
    charge, number, energy = numbered
    labels = np.unique(number)
    current = run_medians(cycling[CURRENT].values, runs)
    columns: dict[str, tuple[Vector, str]] = {}
    for name, sign in (("discharge", -1.0), ("charge", 1.0)):
        mine = runs.sign == sign
        at = np.searchsorted(labels, number[mine])
        spread = {
            f"{name}_capacity": (np.abs(charge[mine]) / MILLI / mass, "mAh/g"),
            f"{name}_energy": (np.abs(energy[mine]) / MILLI / mass, "mWh/g"),
            f"{name}_voltage": (_quotient(energy[mine], charge[mine]), "V"),
            f"{name}_current": (np.abs(current[mine]) / MILLI, "mA"),
        }
        for quantity, (values, unit) in spread.items():
            columns[quantity] = (np.full(labels.size, np.nan), unit)
            columns[quantity][0][at] = values
        for edge, rows in (("start", runs.start), ("stop", runs.stop)):
            columns[f"{name}_{edge}"] = (np.full(labels.size, -1.0), ROWS)
            columns[f"{name}_{edge}"][0][at] = rows[mine]
    columns |= _efficiencies(columns, order)
    variables = {
        name: (CYCLE, values.astype(np.int64) if unit == ROWS else values, {"units": unit})
        for name, (values, unit) in columns.items()
    }
    return xr.Dataset(variables, coords={CYCLE: labels})


def _quotient(over: Vector, under: Vector) -> Vector:
    """NaN where nothing is divided by: a half cycle in no time has no charge and no voltage."""
    quotient = np.full(over.shape, np.nan)
    np.divide(over, under, out=quotient, where=under != 0)
    return quotient


def _efficiencies(columns: dict[str, tuple[Vector, str]], order: Order) -> dict[str, tuple[Vector, str]]:
    discharge, charge = columns["discharge_capacity"][0], columns["charge_capacity"][0]
    before = charge if order == "charge-first" else np.concatenate([[np.nan], charge])[: charge.size]
    second, first = (discharge, charge) if order == "charge-first" else (charge, discharge)
    return {
        "coulombic_efficiency": (_quotient(second, first), "1"),
        "discharge_over_last_charge": (_quotient(discharge, before), "1"),
        "energy_efficiency": (_quotient(columns["discharge_energy"][0], columns["charge_energy"][0]), "1"),
    }


def _energies(cycling: xr.Dataset, runs: Runs, sign: Vector) -> Vector:
    """Signed energy of each run in Wh: voltage times the increments of charge."""
    counter = NET_CAPACITY in cycling.variables
    charge = flowed(cycling[NET_CAPACITY].values if counter else cumulative_charge(cycling), sign)
    voltage = cycling[VOLTAGE].values
    steps = 0.5 * (voltage[1:] + voltage[:-1]) * np.diff(charge)
    energy = np.concatenate([[0.0], np.cumsum(steps)])[: charge.size]
    first = np.maximum(runs.start - 1, 0) if counter else runs.start
    return np.asarray(energy[runs.stop - 1] - energy[first], dtype=float)


def retention(
    summary: Cycles, *, reference: int, half_cycle: Literal["discharge", "charge"] = "discharge"
) -> xr.DataArray:
    """Capacity of every cycle over that of the reference cycle.

    Parameters
    ----------
    summary
        From :func:`cycles`.
    reference
        Number of the cycle that counts as 1; papers differ between the first and the second, so it is stated.
    half_cycle
        Which capacity.

    Raises
    ------
    BadInput
        If the reference cycle is not there or has no such half cycle.
    """
    if half_cycle not in HALVES:
        raise BadInput(f"half_cycle = {half_cycle!r}; give 'discharge' or 'charge'")
    capacity = summary.table[f"{half_cycle}_capacity"]
    if reference not in capacity[CYCLE].values or not capacity.sel({CYCLE: reference}).item() > 0:
        known = ", ".join(str(label) for label in capacity[CYCLE].values[capacity.values > 0][:20])
        raise BadInput(f"reference = {reference}: no {half_cycle} of that cycle; there are {known or 'none'}")
    values = capacity.values / capacity.sel({CYCLE: reference}).item()
    attrs = {"units": "1", "reference_cycle": reference, "half_cycle": half_cycle}
    return xr.DataArray(values, dims=(CYCLE,), coords={CYCLE: capacity[CYCLE].values}, attrs=attrs)


def rate_capability(summary: Cycles, *, area: float | None = None) -> xr.Dataset:
    """Median discharge capacity of every block of cycles at one discharge current, cycle 0 left out.

    Parameters
    ----------
    summary
        From :func:`cycles`.
    area
        cm2; with it the current density in mA cm-2 is given too.

    Returns
    -------
    xarray.Dataset
        Over ``block``, in order of time: ``current`` (mA), ``discharge_capacity`` (median, mAh/g), ``first_discharge``,
        ``last_discharge`` (mAh/g), ``first_cycle``, ``last_cycle``, ``count``; ``current_density`` with an area.

    Raises
    ------
    BadInput
        If the area is not positive, or no cycle has a discharge.
    """
    if area is not None and not 0 < area < np.inf:
        raise BadInput(f"area = {area} cm2; give the positive area of the electrode, or leave it out")
    whole = np.isfinite(summary.table.discharge_capacity.values) & (summary.table[CYCLE].values > 0)
    table = summary.table.isel({CYCLE: np.flatnonzero(whole)})
    if table.sizes[CYCLE] == 0:
        raise BadInput("no cycle has a discharge: there is no rate capability in this record")
    current, capacity = table.discharge_current.values, table.discharge_capacity.values
    new = np.concatenate([[True], np.abs(np.diff(current)) > SAME_CURRENT * current[:-1]])
    first = np.flatnonzero(new)
    last = np.concatenate([first[1:], [current.size]]) - 1
    blocks = [slice(a, b + 1) for a, b in zip(first, last, strict=True)]
    columns = {
        "current": (np.array([np.median(current[block]) for block in blocks]), "mA"),
        "discharge_capacity": (np.array([np.median(capacity[block]) for block in blocks]), "mAh/g"),
        "first_discharge": (capacity[first], "mAh/g"),
        "last_discharge": (capacity[last], "mAh/g"),
        "first_cycle": (table[CYCLE].values[first], "1"),
        "last_cycle": (table[CYCLE].values[last], "1"),
        "count": (last - first + 1, "1"),
    }
    if area is not None:
        columns["current_density"] = (columns["current"][0] / area, "mA cm-2")
    return xr.Dataset(
        {name: ("block", values, {"units": unit}) for name, (values, unit) in columns.items()},
        coords={"block": np.arange(1, first.size + 1)},
    )
