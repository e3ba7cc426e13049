"""Arrays of impedance and cycling files as their readers give them, for the trials of :mod:`studies.damage`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from electrochemistry.readers import Sweep, dataset, read_cycling, sweeps_of
from electrochemistry.readers.formats.declared_impedance import Columns
from shortrange_core import Note, Severity
from shortrange_core.errors import BadInput
from shortrange_core.readings import reading_of
from studies.damage import Reading

NEIGHBOURS = 2  # a current may be the increment of a charge, and an increment takes two rows
ROUNDING = {"net_capacity_ah": 12}  # decimals of the sum, which moves with what was added before; 6 of others
SUMMED_TIMES = (".nda", ".zip")
SUMMED_CHARGES = (".csv", ".res")  # net charges of counters that may begin again
BTSDA = {
    "test_time_second": "Total Time [h:m:s]",
    "voltage_volt": "Voltage(mV) [mV]",
    "current_ampere": "Current(µA) [uA]",
}
PLAIN = Columns(0, 1, 2, negative_imaginary=False)


def impedance(path: Path) -> tuple[Reading, ...]:
    """Every spectrum of a file in the order of time."""
    kind, parts = sweeps_of(path)
    return tuple(_reading(part, path.name, kind) for part in parts)


def declared_impedance(path: Path) -> tuple[Reading, ...]:
    """The spectra of a table without names, whose columns are frequency, real and imaginary part."""
    kind, parts = sweeps_of(path, columns=PLAIN)
    return tuple(_reading(part, path.name, kind) for part in parts)


def _reading(part: Sweep, file: str, kind: str) -> Reading:
    arrays = {"axis": part.frequency, "impedance": part.impedance, **part.beside}
    try:
        dataset(part, file, kind)
    except BadInput as error:
        return Reading(arrays, str(error), kind, name=part.label)
    return Reading(arrays, "", kind, name=part.label, warnings=_odd(part.notes))


def cycling(path: Path) -> tuple[Reading, ...]:
    """The table of a cycling file.

    Numbers that a reader sums over rows stand as their increments: the count of steps, the time of Neware's .nda, which
    is stored step by step, and the net charge of counters.
    """
    return (_table(read_cycling(path), path.suffix.lower()),)


def declared_cycling(path: Path) -> tuple[Reading, ...]:
    """The table of a text that Neware's BTSDA exported, whose columns are declared."""
    return (_table(read_cycling(path, columns=BTSDA, current_sign="+ = charging"), "declared csv"),)


def _table(table: xr.Dataset, kind: str) -> Reading:
    arrays = {str(name): np.asarray(values.values) for name, values in table.data_vars.items()}
    summed = ("test_time_second",) if kind in SUMMED_TIMES else ("net_capacity_ah",) if kind in SUMMED_CHARGES else ()
    for name in ("step_count", *summed):
        if name in arrays and arrays[name].size:
            with np.errstate(over="ignore"):  # a damaged sum may be 1e300
                arrays[name] = np.round(np.diff(arrays[name], prepend=arrays[name][:1]), ROUNDING.get(name, 6))
    said = _odd(reading_of(table).notes)
    return Reading({"axis": arrays.pop("test_time_second"), **arrays}, "", kind, NEIGHBOURS, warnings=said)


def _odd(notes: Iterable[Note]) -> frozenset[str]:
    """What a reader says may be damage."""
    return frozenset(note.text for note in notes if note.severity is Severity.WARNING)
