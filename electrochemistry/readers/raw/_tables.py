"""Columns of numbers as instruments write them: cut last rows, rows of another width, damaged cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from electrochemistry.readers.raw._cells import number, split
from electrochemistry.readers.raw._quantities import BESIDE, quantities_of
from electrochemistry.readers.raw._remarks import (
    cells_odd,
    columns_passed_over,
    rows_announced,
    rows_left_out,
    rows_odd,
)
from shortrange_core import BadInput, Note
from shortrange_core.shown_numbers import counted
from shortrange_core.written_numbers import odd_cells

Column = npt.NDArray[np.float64]
MISSING = ("", "-", "--", "n/a", "xxx")
SHOWN = 5
_COUNT = re.compile(r"\b(?:data points|number of points)\s*:\s*(\d+)\s*$", re.IGNORECASE)


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """Named columns of equal length, and what was said beside them.

    Parameters
    ----------
    columns
        Name as written in the file -> values.
    kind
        Technique or table name as written in the file.
    settings
        Pairs of name and text from the header.
    remarks
        What was left out while reading.
    """

    columns: dict[str, Column]
    kind: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    remarks: tuple[Note, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0


def _every(name: str) -> bool:  # noqa: ARG001  a reader that needs every column
    return True


def numeric_rows(
    lines: Sequence[str],
    names: Sequence[str],
    *,
    separator: str | None,
    decimal: str = ".",
    file: str,
    first: int = 1,
    needed: Callable[[str], bool] = _every,
) -> tuple[dict[str, Column], tuple[Note, ...]]:
    """Columns of numbers under ``names``; cells that hold words become NaN.

    A last row with too few cells, or whose last number is shorter than its column, is what an aborted run leaves: it
    is left out, with a remark. Blank lines are passed over. Single rows of another number of cells, or with a damaged
    cell that is needed, are left out with a warning.

    Parameters
    ----------
    lines
        Lines below the header.
    names
        Column names; a row may have more cells than that only if they are empty, and lack those of the last columns
        if these have no names.
    separator, decimal
        Of cells (None: blanks) and of numbers.
    file, first
        File name and number of the first line, for messages.
    needed
        Columns without whose cells a row is none; what is odd in the others is a remark.

    Raises
    ------
    BadInput
        If most rows have another number of cells than there are names.
    """
    kept: list[list[str]] = []
    at: list[int] = []
    ragged: list[tuple[int, int]] = []
    remarks: list[Note] = []
    body = [(first + offset, line) for offset, line in enumerate(lines) if line.strip()]
    titled = max((place for place, name in enumerate(names, start=1) if name), default=0)
    for order, (place, line) in enumerate(body):
        cells = split(line, separator)
        while len(cells) > len(names) and not cells[-1]:
            cells.pop()
        if titled <= len(cells):
            cells += [""] * (len(names) - len(cells))
        if len(cells) == len(names):
            kept.append(cells)
            at.append(place)
        elif order == len(body) - 1 and len(cells) < len(names):
            text = f"the last row has {len(cells)} of {len(names)} columns (a truncated file) and is left out"
            remarks.append(rows_left_out(text))
        else:
            ragged.append((place, len(cells)))
    if ragged:
        remarks.append(_ragged(ragged, len(body), len(names), file))
    if _cut_inside_last_number(kept, decimal):
        text = f"the last row ends inside the number {kept.pop()[-1]!r} (a truncated file) and is left out"
        remarks.append(rows_left_out(text))
    columns = {name: [row[index] for row in kept] for index, name in enumerate(names)}
    values = {name: _numbers(cells, decimal) for name, cells in columns.items()}
    broken, odd = check_written(columns, values, at, decimal=decimal, needed=needed)
    return {name: np.delete(column, broken) for name, column in values.items()}, (*remarks, *odd)


def _ragged(rows: Sequence[tuple[int, int]], number: int, width: int, file: str) -> Note:
    """What to say of rows (line, cells) of another number of cells; where most rows have one, the names are wrong."""
    line, cells = rows[0]
    if 2 * len(rows) > number:
        raise BadInput(
            f"{file}: line {line} has {cells} columns where {width} are named, like {len(rows)} of "
            f"{counted(number, 'row')}; name every column in the line of names, or export the file again"
        )
    shown = ", ".join(f"line {line} has {cells}" for line, cells in rows[:SHOWN])
    return rows_odd(f"{counted(len(rows), 'row')} left out for not having {width} cells ({shown})")


def _cut_inside_last_number(rows: Sequence[Sequence[str]], decimal: str) -> bool:
    """True where the very last cell is shorter than its column, which pads its decimals."""
    if not rows or not rows[-1]:
        return False
    cells = [row[-1] for row in rows]
    odd = odd_cells([cells], mark=decimal)
    return bool(odd) and odd == [(len(rows) - 1, 0)] and len(cells[-1]) < max(map(len, cells))


def check_count(header: Sequence[str], rows: int, file: str) -> tuple[Note, ...]:
    """What to say where a header names more rows (``Data Points: 48``, ``Number of Points: 48``) than there are.

    A run that was stopped, or a file whose rows were taken out, holds fewer; none holds more.

    Raises
    ------
    BadInput
        If the header names fewer rows than there are.

    Examples
    --------
    >>> check_count(["Data Points: 48"], 21, "a.z")[0].text
    'the header names 48 rows, but the file has 21 (a stopped run or a truncated file)'
    """
    match = next((hit for line in header if (hit := _COUNT.search(line))), None)
    if match is None or int(match[1]) == rows:
        return ()
    if int(match[1]) < rows:
        raise BadInput(
            f"{file}: has {counted(rows, 'row')}, but its header says {match[0].strip()!r}; the file is damaged: "
            "export it again"
        )
    text = (
        f"the header names {counted(int(match[1]), 'row')}, but the file has {rows} (a stopped run or a truncated file)"
    )
    return (rows_announced(text),)


def check_written(
    columns: Mapping[str, Sequence[str]],
    values: Mapping[str, Column],
    lines: Sequence[int],
    *,
    decimal: str = ".",
    needed: Callable[[str], bool] = _every,
) -> tuple[list[int], tuple[Note, ...]]:
    """Rows whose needed cells were no number when their column was written, and what to say of odd cells.

    Parameters
    ----------
    columns
        Name -> cells as text.
    values
        Name -> their numbers, NaN where a cell is none, infinite above 1.8e308.
    lines
        Line in the file of every row.
    decimal
        Decimal mark.
    needed
        Columns without whose cells a row is none.

    Returns
    -------
    list of int
        Rows of which a needed cell with a digit is not a number while most cells of its column are.
    tuple of Note
        These rows; needed cells whose decimals are not those that their column was written with, as hands leave them;
        and cells of other columns that are odd.
    """
    broken_cells: list[tuple[str, int]] = []
    for name, cells in columns.items():
        broken = [int(row) for row in np.flatnonzero(~np.isfinite(values[name])) if _has_digit(cells[int(row)])]
        if 0 < len(broken) < np.isfinite(values[name]).sum() or (
            broken and not needed(name) and _beside_in_numbers(name)
        ):
            broken_cells += [(name, row) for row in broken]
    names = list(columns)
    odd = [(names[index], row) for row, index in odd_cells(list(columns.values()), mark=decimal)]
    lost = [(name, row) for name, row in broken_cells if needed(name)]
    rows = sorted({row for _, row in lost})
    own = [pair for pair in odd if needed(pair[0]) and pair[1] not in rows]
    beside = [name for name, _ in (*broken_cells, *odd) if not needed(name)]

    def shown(cells: Sequence[tuple[str, int]]) -> str:
        return ", ".join(f"{columns[name][row]!r} of {name} in line {lines[row]}" for name, row in cells[:SHOWN])

    notes = []
    if lost:
        notes.append(
            rows_odd(f"{counted(len(rows), 'row')} left out because of cells that are not numbers ({shown(lost)})")
        )
    if own:
        notes.append(cells_odd(f"{counted(len(own), 'cell')} with other decimals than their column ({shown(own)})"))
    if beside:
        told = cells_odd if quantities_of(beside) else columns_passed_over  # those of other columns nobody reads
        beside_names = ", ".join(dict.fromkeys(beside))
        text = f"{counted(len(beside), 'cell')} of {beside_names} not written like the rest of their columns"
        notes.append(told(text))
    return rows, tuple(notes)


def _beside_in_numbers(name: str) -> bool:
    """True of a column beside a spectrum whose unit says that it holds numbers: no clock, no words."""
    quantities = quantities_of([name])
    return bool(quantities) and all(quantity in BESIDE and unit for quantity, (_, unit) in quantities.items())


def _has_digit(cell: str) -> bool:
    return any(letter.isdigit() for letter in cell)


def _numbers(cells: Sequence[str], decimal: str) -> Column:
    return np.array([_cell(cell, decimal) for cell in cells], dtype=float)


def _cell(cell: str, decimal: str) -> float:
    value = number(cell, decimal=decimal)
    return float("nan") if value is None else value
