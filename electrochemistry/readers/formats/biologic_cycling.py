"""From EC-Lab's columns, text (.mpt) or binary (.mpr), to a cycling record.

Traps that are handled here: charge in coulomb or in mA h; a current that is not recorded and follows from the charge;
``<Ewe>/V`` that is 0 where it was not averaged; open-circuit and WAIT files without a current or without rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells import CURRENT, ELECTRODES, NET_CAPACITY, TIME, VOLTAGE, cycling_table
from electrochemistry.readers.raw import (
    DIFFERENCE,
    ECE,
    EWE,
    cells_odd,
    completed,
    current_derived,
    not_averaged,
    open_circuit,
    rows_without,
    taken_of,
    unit_factor,
)
from shortrange_core import BadInput, Note
from shortrange_core.shown_numbers import counted
from shortrange_core.written_numbers import contradictions

Column: TypeAlias = npt.NDArray[np.float64]
History: TypeAlias = list[str | Note]
_WORKING, _COUNTER = ("Ewe", "<Ewe>", "<Ewe/V>"), ("Ece", "<Ece>", "<Ecv>")
"""galvani calls ``<Ecv>`` what EC-Lab's own export of the same run calls ``<Ece>``."""
_CELL = ("Ewe-Ece", "Ecell", "<Ecell>")
_CURRENT = ("I", "<I>")
_CHARGE = ("(Q-Qo)", "Q-Qo")
_NAME = re.compile(r"(?P<quantity>.+?)/(?P<unit>[^/]+)")
_SECONDS_PER_HOUR = 3600.0
SAME_WITHIN = 1e-4


def makes_records(column: str) -> bool:
    """True for columns that a cycling record is made of; what stands beside them, such as indicators, may be odd.

    Examples
    --------
    >>> makes_records("<Ewe>/V"), makes_records("time/s"), makes_records("THD Ewe/%")
    (True, True, False)
    """
    match = _NAME.fullmatch(column)
    quantity = match["quantity"] if match else column
    return quantity in (*_WORKING, *_COUNTER, *_CELL, *_CURRENT, *_CHARGE, "time", "Ns", "cycle number")


def cycling_from_biologic(
    columns: Mapping[str, Column], file: str, *, voltage: str | None = None, notes: Sequence[Note] = ()
) -> xr.Dataset:
    """Cycling record from EC-Lab's columns.

    Parameters
    ----------
    columns
        EC-Lab's names (``time/s``, ``Ewe/V``, ``I/mA``, ``dQ/C``, ``(Q-Qo)/mA.h``, ``Ns``) -> values.
    file
        Name for messages.
    voltage
        ``"Ewe"``, ``"Ece"``, ``"Ewe-Ece"``, or the name of a column. Where absent: Ewe-Ece of a cell with three
        electrodes, which then stands in the attribute ``electrodes`` of the voltage; else the voltage there is.
    notes
        What was left out while the columns were read.

    Raises
    ------
    BadInput
        If there is no time or no voltage column, the column named does not exist.
    """
    history: History = list(notes)
    time = _first(columns, ("time",), TIME)
    if time is None:
        raise BadInput(f"{file}: has no column time/s; there are {', '.join(columns) or 'none'}")
    history += odd_cells(columns)
    volts, electrodes = _voltage(columns, file, voltage, history)
    charge = _charge(columns, history)
    current = _current(columns, time[1], charge, history)
    keep = np.isfinite(time[1]) & np.isfinite(volts) & np.isfinite(current)
    if charge is not None:
        keep &= np.isfinite(charge)
    if keep.size and not keep.any():
        raise BadInput(
            f"{file}: none of its {counted(keep.size, 'row')} has a time, a voltage and a current that are numbers; "
            "export it again with times in seconds"
        )
    if not keep.all():
        history.append(rows_without("time, voltage, current or charge", ~keep))
    step = columns.get("Ns")
    table = cycling_table(
        time[1][keep],
        volts[keep],
        current[keep],
        net_capacity_ah=None if charge is None else charge[keep],
        cycle_count=_whole(columns.get("cycle number"), keep),
        step_count=None if step is None else _counted(step[keep]),
        history=[
            *history,
            "current sign as EC-Lab writes it: + = oxidation at the working electrode, which charges a cell",
        ],
    )
    if electrodes:
        table[VOLTAGE].attrs[ELECTRODES] = electrodes
    return table


def odd_cells(columns: Mapping[str, Column]) -> tuple[Note, ...]:
    """Rows whose charge, power, voltage difference or sequence number is not what the other columns give.

    Two columns are held to one another only where nearly all rows of the file agree, which depends on the version of
    EC-Lab. Nothing in the file says which of the two is right, so that it is read as it stands.

    Returns
    -------
    tuple of Note
        The first such row of each kind.
    """
    notes = []
    with np.errstate(invalid="ignore", over="ignore"):  # damaged numbers
        pairs = list(_redundant(columns))
    for name, written, follows in pairs:
        scale = float(np.nanmax(np.abs(written[np.isfinite(written)]), initial=0.0))
        wrong = contradictions(written, follows, scale=scale or 1.0, within=SAME_WITHIN)
        if wrong.size:
            text = f"row {wrong[0] + 1}: {name} is {written[wrong[0]]:g}, the other columns give {follows[wrong[0]]:g}"
            notes.append(cells_odd(f"{text}, in {wrong.size} of {counted(written.size, 'row')}"))
    sequence = columns.get("Ns", np.zeros(0))
    middle = sequence[1:-1]
    alone = (sequence[:-2] == sequence[2:]) & (middle != sequence[:-2])
    if alone.any():
        others = np.delete(sequence, 1 + np.flatnonzero(alone))
        strange = np.flatnonzero(alone & ((middle > others.max() + 1) | (middle < 0) | (middle != np.round(middle))))
        notes += [
            cells_odd(f"row {row + 2}: Ns is {middle[row]:g} between rows of {sequence[row]:g}") for row in strange[:1]
        ]
    return tuple(notes)


def _redundant(columns: Mapping[str, Column]) -> Iterator[tuple[str, Column, Column]]:
    """Name and values of a column, and the same from other columns; rows that EC-Lab left 0 are NaN.

    It writes a charge of 0 into the first row after a pause, whatever flowed.
    """
    for unit in ("C", "mA.h"):
        charge, total, step = columns.get(f"(Q-Qo)/{unit}"), columns.get(f"dQ/{unit}"), columns.get(f"dq/{unit}")
        if charge is not None and total is not None:
            yield f"dQ/{unit}", total, charge
        if charge is not None and step is not None and charge.size:
            anew = np.abs(charge - step) <= SAME_WITHIN * np.abs(np.diff(charge, prepend=np.nan))  # at every new cycle
            passed = np.where(anew, step, np.diff(charge, prepend=np.nan))
            yield f"dq/{unit}", np.where(step == 0, np.nan, step), passed
    for name in ("Ewe/V", "<Ewe>/V"):
        if name not in columns:
            continue
        volts = np.where(columns[name] == 0, np.nan, columns[name])
        for current in ("I/mA", "<I>/mA"):
            if "P/W" in columns and current in columns:
                yield "P/W", columns["P/W"], volts * columns[current] * 1e-3
        counter = next((columns[own] for quantity in _COUNTER if (own := f"{quantity}/V") in columns), None)
        if "Ewe-Ece/V" in columns and counter is not None:
            yield "Ewe-Ece/V", columns["Ewe-Ece/V"], volts - counter


def _first(columns: Mapping[str, Column], quantities: tuple[str, ...], target: str) -> tuple[str, Column] | None:
    """First column of the quantities, in the unit of ``target``."""
    for quantity in quantities:
        for name, values in columns.items():
            match = _NAME.fullmatch(name)
            if name == quantity and target == VOLTAGE:
                return name, values
            if match and match["quantity"] == quantity:
                with np.errstate(invalid="ignore", over="ignore"):  # a damaged binary file may hold anything
                    return name, values * unit_factor(target, match["unit"])
    return None


def _in_volts(columns: Mapping[str, Column], name: str) -> Column:
    """The named column in V, by the unit in its name; EC-Lab numbers repeated names, and writes <Ewe/V> too."""
    match = _NAME.fullmatch(re.sub(r" \(\d+\)$", "", name))
    return columns[name] * (unit_factor(VOLTAGE, match["unit"].rstrip(">")) if match else 1.0)


def _voltage(columns: Mapping[str, Column], file: str, wanted: str | None, history: History) -> tuple[Column, str]:
    """The voltage, and what it is where the cell has three electrodes (else nothing)."""
    potentials = _potentials(columns, history)
    if not potentials and wanted is None:
        names = ", ".join((*_WORKING, *_CELL))
        raise BadInput(f"{file}: has no column of voltage ({names}); there are {', '.join(columns)}")
    if wanted is not None and wanted in columns:
        potentials.setdefault(wanted, (wanted, _in_volts(columns, wanted)))
    if wanted is not None and wanted not in potentials:
        raise BadInput(f"{file}: has no column {wanted!r}; there are {', '.join((*potentials, *columns))}")
    taken = taken_of(potentials, wanted, file)
    history.append(taken.sentence)
    empty = int(np.isnan(taken.volts).sum())
    if empty:
        left_out = f"left out {counted(empty, 'value')} of {taken.source} that are 0 in the file (not averaged)"
        history.append(not_averaged(left_out))
    return taken.volts, taken.electrodes


def _potentials(columns: Mapping[str, Column], history: History) -> dict[str, tuple[str, Column]]:
    """Ewe, Ece and Ewe-Ece with where they come from: as recorded, else as the other two give them."""
    potentials = {
        name: (column[0], _in_volts(columns, column[0]))
        for name, quantities in ((EWE, _WORKING), (ECE, _COUNTER), (DIFFERENCE, _CELL))
        if (column := _first(columns, quantities, VOLTAGE)) is not None
    }
    if EWE in potentials and potentials[EWE][0].startswith("<"):
        source, volts = potentials[EWE]
        empty = volts == 0.0
        restored = np.full(volts.size, np.nan)
        if ECE in potentials and DIFFERENCE in potentials and empty.any():
            restored = potentials[DIFFERENCE][1] + potentials[ECE][1]
            zeros = counted(int(empty.sum()), "value")
            history.append(not_averaged(f"{zeros} of {source} 0 (not averaged): taken as Ewe-Ece plus Ece"))
        potentials[EWE] = (source, np.where(empty, restored, volts))
    return completed(potentials)


def _charge(columns: Mapping[str, Column], history: History) -> Column | None:
    first = _first(columns, _CHARGE, NET_CAPACITY)
    if first is None:
        return None
    history.append(f"net charge from {first[0]}")
    return first[1]


def _current(columns: Mapping[str, Column], time: Column, charge: Column | None, history: History) -> Column:
    first = _first(columns, _CURRENT, CURRENT)
    if first is not None:
        history.append(f"current from {first[0]}")
        return first[1]
    if charge is not None:
        history.append(current_derived())
        with np.errstate(over="ignore", invalid="ignore"):  # a row that is not finite is left out, with a note
            return _increment_rate(charge * _SECONDS_PER_HOUR, time)
    history.append(open_circuit())
    return np.zeros_like(time)


def _increment_rate(charge: Column, time: Column) -> Column:
    """Mean current of the interval that ends at each row, in A; rows of equal time share the one before."""
    if time.size == 0:
        return np.zeros(0)
    step, passed = np.diff(time), np.diff(charge)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(step > 0, passed / step, np.nan)
    rate = np.concatenate([[0.0], rate])
    last = np.maximum.accumulate(np.where(np.isfinite(rate), np.arange(rate.size), 0))
    return np.asarray(rate[last], dtype=float)


def _counted(step: Column) -> Column:
    """BDF's step count, which rises by one at every change of the sequence number."""
    return np.concatenate([[1.0], 1.0 + np.cumsum(np.diff(step) != 0)]) if step.size else step


def _whole(column: Column | None, keep: npt.NDArray[np.bool_]) -> Column | None:
    if column is None or not np.isfinite(column[keep]).all():
        return None
    return column[keep]
