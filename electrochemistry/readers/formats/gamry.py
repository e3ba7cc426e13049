"""Gamry data files (.DTA): the ZCURVE table of impedance and the CURVE tables of currents, also of an aborted run."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import xarray as xr

from electrochemistry.cells import CURRENT, TIME, VOLTAGE, cycling_table
from electrochemistry.readers.formats.declared_cycling import Sign
from electrochemistry.readers.raw import (
    Column,
    Format,
    Table,
    columns_passed_over,
    decimal_mark,
    head,
    makes_spectra,
    numeric_rows,
    rows_announced,
    unit_factor,
    unit_of,
)
from shortrange_core import AmbiguousFile, BadInput, Unstated
from shortrange_core.spelling import option

NO_UNIT = ("", "#")
_CURVE = re.compile(r"(CURVE\d*)\tTABLE\b")
_RECORDED = {"T": TIME, "Vf": VOLTAGE, "Im": CURRENT}
CORRECTED = ("ZrealDrCor", "ZimagDrCor")


def _sniff(text: str) -> bool:
    lines = head(text, 2)
    return lines[0].strip() == "EXPLAIN" and len(lines) > 1 and lines[1].startswith("TAG\t")


def _settings(lines: list[str]) -> tuple[tuple[str, str], ...]:
    rows = [line.split("\t") for line in lines if line and not line.startswith("\t")]
    return tuple((row[0], row[2]) for row in rows if len(row) > 2 and row[1] != "TABLE")


def _table(lines: list[str], start: int, file: str, needed: Callable[[str], bool] = makes_spectra) -> Table:
    kind = lines[start].partition("\t")[0]
    if start + 2 >= len(lines):
        raise BadInput(f"{file}: the file ends inside the header of {kind}; export it again")
    names = [name.strip() for name in lines[start + 1].strip("\t").split("\t")]
    units = [unit.strip() for unit in lines[start + 2].strip("\t").split("\t")]
    if len(units) != len(names):
        raise BadInput(f"{file}: {kind} has {len(names)} names and {len(units)} units; export it again")
    headers = [name if unit in NO_UNIT else f"{name}/{unit}" for name, unit in zip(names, units, strict=True)]
    body = []
    for line in lines[start + 3 :]:
        if not line.startswith("\t"):
            break
        body.append(line[1:])
    mark = decimal_mark(body, "\t")
    columns, remarks = numeric_rows(
        body, headers, separator="\t", decimal=mark, file=file, first=start + 4, needed=needed
    )
    aborted = any(line.startswith("EXPERIMENTABORTED\tTOGGLE\tT") for line in lines)
    if {name.partition("/")[0] for name in headers} >= set(CORRECTED):
        text = f"{' and '.join(CORRECTED)} (corrected for drift) are also present: Zreal and Zimag are used"
        remarks = (*remarks, columns_passed_over(text))
    if aborted:
        text = "the run was aborted: only what was measured until then is read"
        remarks = (*remarks, rows_announced(text))
    return Table(columns, kind, _settings(lines), remarks)


def _tables(text: str, file: str) -> list[Table]:
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if line.startswith("ZCURVE") and line.split("\t")[1:2] == ["TABLE"]]
    if not starts:
        raise BadInput(f"{file}: is a Gamry file without a ZCURVE table; give one of an impedance experiment")
    return [_table(lines, start, file) for start in starts]


FORMAT = Format("gamry", (".dta",), _sniff, _tables)


def sniff_record(text: str) -> bool:
    """Whether it is a file of currents over time: chronopotentiometry, chronoamperometry, charge and discharge."""
    return _sniff(text) and any(_CURVE.match(line) for line in text.split("\n"))


def read_record(text: str, file: str, block: str | None, sign: Sign | None) -> xr.Dataset:
    """Cycling record of the CURVE tables of a file: of one whose clock goes on, or of the one that is named.

    The convention of the sign is a setting of Gamry's programs that the file does not hold, so it is asked for.

    Raises
    ------
    BadInput
        If a table lacks time, voltage or current.
    AmbiguousFile
        If the clock starts anew in a table, and none is named.
    Unstated
        If ``sign`` is None.
    """
    lines = text.split("\n")
    places = {match[1]: n for n, line in enumerate(lines) if (match := _CURVE.match(line))}
    if block is not None and block not in places:
        raise BadInput(f"{file}: has no table {block!r}; there are {', '.join(places)}")
    names = [block] if block is not None else list(places)
    tables = [_table(lines, places[name], file, lambda name: unit_of(name)[0] in _RECORDED) for name in names]
    columns = [_recorded(table, file) for table in tables]
    clocks = [segment[TIME] for segment in columns if segment[TIME].size]
    if any(after[0] < before[-1] for before, after in pairwise(clocks)):
        told = f"{file}: its clock restarts in the tables {', '.join(names)}; choose one with {option('block')}"
        raise AmbiguousFile(told, tuple(names))
    if sign is None:
        ways = f"{option('current_sign', '+ = charging')} or {option('current_sign', '- = charging')}"
        raise Unstated(
            f"{file}: does not state whether a positive current charges the cell, a setting of the program; give {ways}"
        )
    whole = {name: np.concatenate([segment[name] for segment in columns]) for name in _RECORDED.values()}
    kind = dict(_settings(lines)).get("TITLE", "")
    return cycling_table(
        whole[TIME],
        whole[VOLTAGE],
        whole[CURRENT] if sign == "+ = charging" else -whole[CURRENT],
        history=[f"{kind or 'Gamry'}: {', '.join(names)}; current sign of the file: {sign}", *tables[0].remarks],
    )


def _recorded(table: Table, file: str) -> dict[str, Column]:
    named = {unit_of(name)[0]: name for name in table.columns}
    missing = [name for name in _RECORDED if name not in named]
    if missing:
        raise BadInput(f"{file}: {table.kind} lacks {', '.join(missing)}; give an experiment of current over time")
    return {
        quantity: table.columns[named[name]] * unit_factor(quantity, unit_of(named[name])[1])
        for name, quantity in _RECORDED.items()
    }
