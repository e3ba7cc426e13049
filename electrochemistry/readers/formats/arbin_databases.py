"""Arbin databases (.res of MITS), read by the optional package access-parser, imported only for such a file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells import cycling_table
from electrochemistry.readers.raw import (
    CHARGING,
    DISCHARGING,
    check_rises,
    foreign,
    foreign_module,
    net_charge,
    rows_odd,
)
from shortrange_core import AmbiguousFile, BadInput, Note
from shortrange_core.spelling import option

MAGIC = b"\x00\x01\x00\x00Standard Jet DB"
PACKAGE, EXTRA = "access_parser", "arbin"
_PAGE_BYTES, _OLD_PAGE_BYTES, _VERSION_AT = 4096, 2048, 20
_TABLE = "Channel_Normal_Table"
_TEST, _POINT = "Test_ID", "Data_Point"
_COLUMNS = ("Test_Time", "Voltage", "Current")
_COUNTERS = {CHARGING: "Charge_Capacity", DISCHARGING: "Discharge_Capacity"}
_CYCLE, _STEP = "Cycle_Index", "Step_Index"


def sniff(content: bytes) -> bool:
    """True where the bytes are a database of Access."""
    return content.startswith(MAGIC)


def read(content: bytes, file: str, *, block: str | None) -> xr.Dataset:
    """Cycling record of one test, in the order of its data points; units are those of Arbin's workbooks.

    Parameters
    ----------
    content, file
        Bytes of the database, and its name for messages.
    block
        Number of the test, where the database holds several.

    Raises
    ------
    BadInput
        If the optional package is missing or cannot read the file, or it is no database of Arbin.
    AmbiguousFile
        If it holds several tests and none is named.
    """
    module = foreign_module(PACKAGE, file, "access-parser", EXTRA)
    notes: list[Note] = []
    with tempfile.TemporaryDirectory() as folder, foreign(file, "access-parser", notes):
        copy = Path(folder) / "cycling.res"
        copy.write_bytes(content)
        table = module.AccessParser(str(copy)).parse_table(_TABLE)
    columns = _columns(table or {}, file)
    test = _chosen(columns[_TEST], file, block)
    rows = np.flatnonzero(columns[_TEST] == int(test))
    rows = rows[np.argsort(columns[_POINT][rows], kind="stable")]
    columns = {name: values[rows] for name, values in columns.items()}
    notes += _whole(content)
    notes += _counted(columns[_POINT])
    counters = {name: columns[title] for name, title in _COUNTERS.items() if title in columns}
    if problems := check_rises(counters):
        raise BadInput(*(f"{file}: {problem}" for problem in problems))
    return cycling_table(
        *(columns[name] for name in _COLUMNS),
        net_capacity_ah=net_charge(counters, np.zeros(0)) if counters else None,
        cycle_count=columns.get(_CYCLE),
        step_count=1 + np.concatenate([[0], np.cumsum(np.diff(columns[_STEP]) != 0)]) if _STEP in columns else None,
        history=[*notes, f"Arbin database, test {test}: current as written, + = charging"],
    )


def _columns(table: Mapping[str, Sequence[Any]], file: str) -> dict[str, npt.NDArray[np.float64]]:
    """Columns of the table of one row a data point, as numbers."""
    needed = (_TEST, _POINT, *_COLUMNS)
    names = [name for name in (*needed, *_COUNTERS.values(), _CYCLE, _STEP) if name in table]
    missing = [name for name in needed if name not in table]
    if missing or not len(table[_TEST]):
        told = f"lacks {', '.join(missing)}" if missing else "is empty"
        raise BadInput(f"{file}: the table {_TABLE} of the database {told}; export the channel as .xlsx")
    try:
        columns = {name: np.array(table[name], dtype=float) for name in names}
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"{file}: the table {_TABLE} contains a value that is not a number ({error}); copy the file again"
        ) from error
    if len({values.size for values in columns.values()}) > 1 or not all(map(_finite, columns.values())):
        raise BadInput(f"{file}: rows of the table {_TABLE} lack numbers; copy the file again")
    return columns


def _finite(values: npt.NDArray[np.float64]) -> bool:
    return bool(np.isfinite(values).all())


def _chosen(tests: npt.NDArray[np.float64], file: str, block: str | None) -> str:
    names = tuple(str(int(test)) for test in np.unique(tests))
    if block is not None and block not in names:
        raise BadInput(f"{file}: has no test {block!r}; there are {', '.join(names)}")
    if block is None and len(names) > 1:
        raise AmbiguousFile(f"{file}: contains tests {', '.join(names)}; choose one with {option('block')}", names)
    return block if block is not None else names[0]


def _whole(content: bytes) -> tuple[Note, ...]:
    """A note where the file has no whole number of pages, as one that was cut."""
    page = _OLD_PAGE_BYTES if content[_VERSION_AT : _VERSION_AT + 1] == b"\0" else _PAGE_BYTES
    told = f"the database has {len(content)} bytes, not a whole number of pages of {page}: rows may be missing"
    return (rows_odd(told),) if len(content) % page else ()


def _counted(points: npt.NDArray[np.float64]) -> tuple[Note, ...]:
    """A note where the data points, which Arbin counts from 1, do not follow one another."""
    gaps = int(np.count_nonzero(np.diff(points, prepend=0) != 1))
    told = f"the data points do not count up by one from 1, at {gaps} of {points.size}"
    return (rows_odd(told),) if gaps else ()
