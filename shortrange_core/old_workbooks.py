"""Workbooks of Excel 97 to 2003 (.xls) before their reader reserves memory for what their records announce."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from shortrange_core.compound_files import streams
from shortrange_core.errors import BadInput
from shortrange_core.sheet_spans import check_span

MOST_ROWS, MOST_COLUMNS = 65536, 256
CELLS = (0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E)
"""Records that begin with the row and column of a cell."""
BEGINNING, EXTENT, STRINGS, ROW_OF_NUMBERS = 0x0809, 0x0200, 0x00FC, 0x00BD
STREAM_NAMES = ("Workbook", "Book")


def check_old_workbook(content: bytes, name: str) -> None:
    """Refuse an .xls whose chains of sectors do not end, or whose cells lie where a sheet of its kind has none.

    Parameters
    ----------
    content, name
        The whole file, and its name for the message.

    Raises
    ------
    BadInput
        If the file contradicts its format so.
    """
    try:
        parts = streams(content)
        for stream in (parts[title] for title in STREAM_NAMES if title in parts):
            _check_records(stream)
    except ValueError as error:
        raise BadInput(f"{name}: is not a complete workbook ({error}); save it again as .xlsx") from error


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _check_records(stream: bytes) -> None:
    sheet: list[tuple[int, int, int]] = []
    for kind, body in _records(stream):
        if kind == BEGINNING:
            _check_cells(sheet)
            sheet = []
        _check_announced(kind, body, len(stream))
        if kind in CELLS and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
            end = struct.unpack_from("<H", body, len(body) - 2)[0] if kind == ROW_OF_NUMBERS else column
            _check_place(row + 1, max(column, end) + 1)
            sheet.append((row, column, max(column, end)))
    _check_cells(sheet)


def _check_cells(cells: list[tuple[int, int, int]]) -> None:
    """Row, first and last column of what the records of a sheet hold."""
    if cells:
        rows, first, last = zip(*cells, strict=True)
        filled = sum(last) - sum(first) + len(cells)
        check_span(max(rows) - min(rows) + 1, max(last) - min(first) + 1, filled)


def _check_announced(kind: int, body: bytes, size: int) -> None:
    """The extent that a sheet announces, and the number of texts of the workbook."""
    if kind == EXTENT and len(body) >= 12:
        _, rows, _, columns = struct.unpack_from("<IIHH", body)
        _check_place(rows, columns)
    elif kind == STRINGS and len(body) >= 8 and (count := struct.unpack_from("<I", body, 4)[0]) > size:
        raise ValueError(f"{count} texts are announced in {size} bytes")


def _check_place(rows: int, columns: int) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise ValueError(f"a record reaches row {rows} and column {columns} of {MOST_ROWS} and {MOST_COLUMNS}")
