"""Impedance lists that say how many points follow: Ivium (.idf, .ids), Autolab FRA (.dfr), Eco Chemie (.P00), .i2b."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from electrochemistry.readers.raw import Format, Table, decimal_mark, makes_spectra, numeric_rows, rows_announced, split
from shortrange_core import BadInput
from shortrange_core.shown_numbers import counted

_COUNT = re.compile(r"^\s*(\d+)\s*$")
_FRA_ROW = 9
"""Lines of a point: frequency, real part, negative imaginary part, and six of the measurement."""
_IVIUM_DATA = "primary_data"
_ECO_TITLES = re.compile(r"^\s*f/Hz\s+Z'/Ohm\s+-Z''/Ohm\b")


def _counted(lines: Sequence[str], at: int, file: str) -> int:
    count = _COUNT.match(lines[at]) if at < len(lines) else None
    if count is None:
        raise BadInput(f"{file}: line {at + 1} is not the number of points; export it again")
    return int(count[1])


def _rows(lines: Sequence[str], start: int, count: int, names: Sequence[str], file: str) -> Table:
    """Rows of a list behind its number of points; fewer are what a stopped run leaves."""
    body = list(lines[start : start + count])
    mark = decimal_mark(body, None)
    columns, remarks = numeric_rows(
        body, names, separator=None, decimal=mark, file=file, first=start + 1, needed=makes_spectra
    )
    here = next(iter(columns.values())).size
    text = f"the file announces {counted(count, 'point')} and contains {here} (a stopped run or a truncated file)"
    return Table(columns, "", (), (*remarks, rows_announced(text)) if here < count else remarks)


def _ivium_sniff(text: str) -> bool:
    return re.search(rf"^{_IVIUM_DATA}\s*$", text, re.MULTILINE) is not None


def _ivium(text: str, file: str) -> list[Table]:
    """Every list of three columns: real part, imaginary part, frequency."""
    lines = text.split("\n")
    tables = []
    for at, line in enumerate(lines):
        if line.strip() == _IVIUM_DATA and _counted(lines, at + 1, file) == len(_IVIUM_COLUMNS):
            count = _counted(lines, at + 2, file)
            tables.append(_rows(lines, at + 3, count, _IVIUM_COLUMNS, file))
    if not tables:
        raise BadInput(f"{file}: contains no list of three columns, so no impedance; export the impedance data")
    return tables


_IVIUM_COLUMNS = ("Zre/Ohm", "Zim/Ohm", "freq/Hz")


def _fra_sniff(text: str) -> bool:
    lines = text.split("\n", 3)
    return len(lines) > 2 and lines[0].strip().startswith("VERSION") and _COUNT.match(lines[1]) is not None


def _fra(text: str, file: str) -> list[Table]:
    """Points of nine lines behind the number of points and of sweeps."""
    lines = [line.strip() for line in text.rstrip().split("\n")]
    count, sweeps = _counted(lines, 1, file), _counted(lines, 2, file)
    if sweeps != 1:
        raise BadInput(f"{file}: says {sweeps} sweeps; export each by itself")
    body = lines[3 : 3 + _FRA_ROW * count]
    try:
        table = np.array(body, dtype=float).reshape(-1, _FRA_ROW)
    except ValueError as error:
        raise BadInput(
            f"{file}: its points are not {count} times {_FRA_ROW} numbers ({error}); it is truncated: "
            "copy or export it again"
        ) from error
    if len(table) != count:
        raise BadInput(f"{file}: says {counted(count, 'point')} and has {len(table)}; it is truncated: export it again")
    return [Table({"freq/Hz": table[:, 0], "Zre/Ohm": table[:, 1], "-Zim/Ohm": table[:, 2]}, "FRA")]


def _eco_line(text: str) -> int | None:
    lines = text.split("\n")
    return next((at for at, line in enumerate(lines[:40]) if _ECO_TITLES.match(line)), None)


def _eco(text: str, file: str) -> list[Table]:
    """Columns with titles, the number of points between them."""
    at = _eco_line(text)
    if at is None:
        raise BadInput(f"{file}: has no line of titles (f/Hz, Z'/Ohm, -Z''/Ohm); export it again")
    lines = text.split("\n")
    names = [name.replace("f/Hz", "freq/Hz") for name in split(lines[at].strip(), None)]
    return [_rows(lines, at + 2, _counted(lines, at + 1, file), names, file)]


def _list_start(text: str) -> tuple[int, int] | None:
    """Line and number of points of a list of three numbers a row that fills the rest of the file.

    No frequency of its first rows is 0: TopSpin counts the lines of its peaks of a relaxation (t1ints.txt) in that way.
    """
    lines = text.rstrip().split("\n")
    for at, line in enumerate(lines[:60]):
        count = _COUNT.match(line)
        if count and int(count[1]) == len(lines) - at - 1 > 2:
            rows = [re.split(r"\s+", row.strip()) for row in lines[at + 1 : at + 4]]
            if all(len(row) == len(_LIST_COLUMNS) and row[0] != "0" for row in rows):
                return at, int(count[1])
    return None


_LIST_COLUMNS = ("freq/Hz", "Zre/Ohm", "Zim/Ohm")


def _list(text: str, file: str) -> list[Table]:
    """Frequency, real part, imaginary part behind lines of words and the number of points."""
    start = _list_start(text)
    if start is None:
        raise BadInput(f"{file}: has no number of points before rows of three numbers; export it again")
    at, count = start
    return [_rows(text.rstrip().split("\n"), at + 1, count, _LIST_COLUMNS, file)]


FORMATS = (
    Format("ivium", (".idf", ".ids"), _ivium_sniff, _ivium),
    Format("autolab fra", (".dfr",), _fra_sniff, _fra),
    Format("eco chemie", (".p00",), lambda text: _eco_line(text) is not None, _eco),
    Format("i2b", (".i2b",), lambda text: _list_start(text) is not None, _list),
)
