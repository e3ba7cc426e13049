"""Gamry data files (.DTA): the ZCURVE table, also of an aborted run."""

from __future__ import annotations

from electrochemistry.readers.raw import (
    Format,
    Table,
    columns_passed_over,
    decimal_mark,
    head,
    makes_spectra,
    numeric_rows,
    rows_announced,
)
from shortrange_core import BadInput

NO_UNIT = ("", "#")
CORRECTED = ("ZrealDrCor", "ZimagDrCor")


def _sniff(text: str) -> bool:
    lines = head(text, 2)
    return lines[0].strip() == "EXPLAIN" and len(lines) > 1 and lines[1].startswith("TAG\t")


def _settings(lines: list[str]) -> tuple[tuple[str, str], ...]:
    rows = [line.split("\t") for line in lines if line and not line.startswith("\t")]
    return tuple((row[0], row[2]) for row in rows if len(row) > 2 and row[1] != "TABLE")


def _table(lines: list[str], start: int, file: str) -> Table:
    if start + 2 >= len(lines):
        raise BadInput(f"{file}: the file ends inside the header of ZCURVE; export it again")
    names = [name.strip() for name in lines[start + 1].strip("\t").split("\t")]
    units = [unit.strip() for unit in lines[start + 2].strip("\t").split("\t")]
    if len(units) != len(names):
        raise BadInput(f"{file}: ZCURVE has {len(names)} names and {len(units)} units; export it again")
    headers = [name if unit in NO_UNIT else f"{name}/{unit}" for name, unit in zip(names, units, strict=True)]
    body = []
    for line in lines[start + 3 :]:
        if not line.startswith("\t"):
            break
        body.append(line[1:])
    mark = decimal_mark(body, "\t")
    columns, remarks = numeric_rows(
        body, headers, separator="\t", decimal=mark, file=file, first=start + 4, needed=makes_spectra
    )
    aborted = any(line.startswith("EXPERIMENTABORTED\tTOGGLE\tT") for line in lines)
    if {name.partition("/")[0] for name in headers} >= set(CORRECTED):
        text = f"{' and '.join(CORRECTED)} (corrected for drift) are there too: Zreal and Zimag are taken"
        remarks = (*remarks, columns_passed_over(text))
    if aborted:
        text = "the run was aborted: the spectrum holds what was measured until then"
        remarks = (*remarks, rows_announced(text))
    return Table(columns, "ZCURVE", _settings(lines), remarks)


def _tables(text: str, file: str) -> list[Table]:
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if line.startswith("ZCURVE") and line.split("\t")[1:2] == ["TABLE"]]
    if not starts:
        raise BadInput(f"{file}: is a Gamry file without a ZCURVE table; give one of an impedance experiment")
    return [_table(lines, start, file) for start in starts]


FORMAT = Format("gamry", (".dta",), _sniff, _tables)
