"""How much of a sheet its cells span: a reader reserves memory for all that lies between the first and the last."""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST_CELLS = 8 * 1024**2
"""A sheet that spans more, a quarter of a gigabyte, has to be filled with cells."""
LEAST_FILLED = 1 / 16
MOST_COLUMNS = 16384
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"')
_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)')


def check_span(rows: int, columns: int, filled: int) -> None:
    """Refuse a sheet of many cells of which nearly all are empty: one cell far from the others does that.

    Raises
    ------
    ValueError
        If the sheet is so.

    Examples
    --------
    >>> check_span(1_000_000, 12, 12_000_000)
    >>> check_span(1_048_576, 16_384, 21)
    Traceback (most recent call last):
    ValueError: a sheet spans 1048576 rows and 16384 columns for 21 cells: one is far from the others
    """
    if rows * columns > MOST_CELLS and filled < LEAST_FILLED * rows * columns:
        raise ValueError(
            f"a sheet spans {rows} rows and {columns} columns for {filled} cells: one is far from the others"
        )


def check_sheet(xml: bytes) -> None:
    """Hold a sheet of an .xlsx to :func:`check_span`.

    Raises
    ------
    ValueError
        As :func:`check_span`.
    """
    first = _ROW.search(xml)
    last = _ROW.match(xml, max(xml.rfind(b"<row "), 0))
    if first is None or last is None:
        return
    rows = int(last[1]) - int(first[1]) + 1
    if rows * MOST_COLUMNS <= MOST_CELLS:
        return
    letters: dict[bytes, int] = {}
    for name in _letters(xml):
        letters[name] = letters.get(name, 0) + 1
    numbers = [_column(name) for name in letters]
    if numbers:
        check_span(rows, max(numbers) - min(numbers) + 1, sum(letters.values()))


def _letters(xml: bytes) -> Iterator[bytes]:
    return (cell[1] for cell in _CELL.finditer(xml))


def _column(letters: bytes) -> int:
    """Number of a column.

    Examples
    --------
    >>> _column(b"A"), _column(b"XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number
