"""Tables in workbooks (.xlsx, .xls, .ods): every sheet is read as a table of columns, or of a spectrum a row."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

import numpy as np

from shortrange_core.sheets import ARCHIVE, COMPOUND, is_workbook, sheets
from spectra.readers.formats.rows_of_spectra import row_titles, spectra_of_rows
from spectra.readers.raw import Array, Dialect, Raw, Reader, Source, Table, blocks, need
from spectra.spectrum import unit

FEWEST_ROWS = 3
PARAMETERS = (r"\bfwhm\b", r"\barea\b", r"\bheight\b", r"\batomic\b")
FEWEST_PARAMETERS = 2
"""Of these titles: two make a table of peaks, whose positions are no axis."""
CELLS = Dialect("tab", re.compile("\t"), ".")
"""How a row of cells is written where it is read as a line of text."""
LONG_ENOUGH = 0.5
"""Share of the rows of an axis that a column behind a gap fills, where it belongs to that axis."""


def sniff(source: Source) -> float:
    """A workbook by its first entries, or a file that may be one by its suffix."""
    if is_workbook(source.content if source.head.startswith((ARCHIVE, COMPOUND)) else b""):
        return 0.9
    old = source.head.startswith(COMPOUND) and source.suffix == ".xls"
    return 0.9 if source.head.startswith(ARCHIVE) and source.suffix == ".xlsx" else 0.5 if old else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Blocks of all sheets that hold a table of numbers.

    Raises
    ------
    BadInput
        If the archive is damaged, unpacks to more than 512 MiB, or no sheet contains a table.
    """
    raws: list[Raw] = []
    for title, cells in sheets(source.content, source.name).items():
        lines = ["\t".join(_text(cell).replace("\t", " ").replace("\n", " ") for cell in row) for row in cells]
        in_rows = row_titles(lines, [CELLS])
        if in_rows is not None:
            raws += spectra_of_rows(in_rows, lines, source_name=source.name, table_name=title)
            continue
        tables = [table for part in _side_by_side(cells) if (table := _table(title, part)) is not None]
        raws += [raw for table in tables for raw in blocks(table, source_name=source.name)]
    need(bool(raws), source, "no sheet contains a table of numbers; put axis and intensity side by side in columns")
    return tuple(raws)


def _number(cell: Any) -> float:
    if isinstance(cell, bool):
        return np.nan
    if isinstance(cell, (int, float)):
        return float(cell)
    if isinstance(cell, str):
        try:
            return float(cell.strip().replace(",", "."))
        except ValueError:
            return np.nan
    return np.nan


def _side_by_side(cells: list[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """Parts of a sheet between empty columns: a part has an axis of its own, or goes on with columns as long.

    What stands beside the columns in fewer rows is another table, such as the parameters of a fit, and is left out.
    """
    width = max((len(row) for row in cells), default=0)
    used = [any(j < len(row) and row[j] is not None for row in cells) for j in range(width)]
    starts = [j for j in range(width) if used[j] and (j == 0 or not used[j - 1])]
    parts: list[list[int]] = []
    for j in starts:
        columns = list(takewhile(lambda k: used[k], range(j, width)))
        if not parts or _begins(cells, j):
            parts.append(columns)
        elif _filled(cells, j) >= LONG_ENOUGH * _filled(cells, parts[-1][0]):
            parts[-1] += columns
    return [[tuple(row[k] if k < len(row) else None for k in columns) for row in cells] for columns in parts]


def _filled(cells: list[tuple[Any, ...]], j: int) -> int:
    """Numbers in a column."""
    return sum(bool(np.isfinite(_number(row[j]))) for row in cells if j < len(row))


def _begins(cells: list[tuple[Any, ...]], j: int) -> bool:
    """True where a column runs one way and has numbers beside it."""
    column = np.array([_number(row[j]) if j < len(row) else np.nan for row in cells])
    beside = sum(np.isfinite(_number(row[j + 1])) for row in cells if j + 1 < len(row))
    steps = np.diff(column[np.isfinite(column)])
    return steps.size + 1 >= FEWEST_ROWS and beside >= FEWEST_ROWS and bool(np.all(steps > 0) or np.all(steps < 0))


def _table(title: str, cells: list[tuple[Any, ...]]) -> Table | None:
    """The longest run of rows with two numbers or more, with the rows above it as header."""
    numeric = [sum(np.isfinite(_number(cell)) for cell in row) >= 2 for row in cells]
    start, stop = _longest_run(numeric)
    if stop - start < FEWEST_ROWS:
        return None
    width = max(len(row) for row in cells[start:stop])
    grid = np.full((stop - start, width), np.nan)
    for index, row in enumerate(cells[start:stop]):
        grid[index, : len(row)] = [_number(cell) for cell in row]
    used = [j for j in range(width) if np.any(np.isfinite(grid[:, j]))]
    columns: list[Array] = [grid[:, j] for j in used]
    header = cells[max(0, start - 3) : start]
    titles, units = _titles(header, used)
    if sum(any(re.search(word, title.lower()) for title in titles) for word in PARAMETERS) >= FEWEST_PARAMETERS:
        return None  # a table of fitted peaks: spectra.read_peak_table takes it as text
    about = "\n".join(" ".join(str(cell) for cell in row if cell is not None) for row in cells[:start])
    return Table(columns, titles, units, about, title)


def _longest_run(flags: list[bool]) -> tuple[int, int]:
    best = (0, 0)
    start = 0
    for index, flag in enumerate([*flags, False]):
        if flag:
            continue
        if index - start > best[1] - best[0]:
            best = (start, index)
        start = index + 1
    return best


def _titles(header: list[tuple[Any, ...]], used: list[int]) -> tuple[list[str], list[str]]:
    rows = [[_text(row[j]) if j < len(row) else "" for j in used] for row in header]
    rows = [row for row in rows if any(row)]
    rows = [row for row in rows[:-1] if sum(map(bool, row)) > 1] + rows[-1:]  # a line of one cell names the sheet
    if not rows:
        return [""] * len(used), [""] * len(used)
    titles = rows[0]
    units = [next((row[j] for row in rows[1:] if unit(row[j])), "") for j in range(len(used))]
    if len(rows) > 1 and not any(units):
        titles = [" ".join(part for part in (rows[0][j], rows[-1][j]) if part) for j in range(len(used))]
    return titles, units


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


READERS = (
    Reader(
        "excel",
        "Excel workbook, OpenDocument sheet",
        (".xlsx", ".xlsm", ".xls", ".ods"),
        sniff,
        parse,
        gives="every intensity column of every table of every sheet, side by side; one spectrum per row",
        held_to="measured files; pandas, openpyxl, xlsxwriter, xlwt, odfpy",
    ),
)
