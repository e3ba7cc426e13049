"""Thousands separators: 1,234.5 and 1.234,5 and 1'234.5, told from decimals by whole columns, never by one cell.

In quotes a comma may be either: between commas "1,234" parts thousands unless some quoted number of the file shows that
it does not; between tabs or semicolons it parts decimals unless one shows that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from shortrange_core.notes import Note, Severity

GROUPED = Note(
    "digits-grouped", Severity.INFO, "thousands separators were removed from its numbers", "check the largest value"
)
SAMPLE_LINES = 400
FEWEST_CELLS = 3
SMOOTHER = 0.5
"""A column whose marks part thousands runs on where the same column with decimals leaps: its variation is halved."""
_QUOTED = re.compile(r'"([+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?)"')
_QUOTED_COMMA = re.compile(r'"([+-]?\d+),(\d+(?:[eE][+-]?\d+)?)"')
_NEUTRAL = re.compile(r"(?<=\d)['\u2019\u00a0\u202f](?=\d{3}(?!\d))")
_CERTAIN = {
    ",": re.compile(r"(?<![\d.,])\d{1,3}(?:(?:,\d{3})+\.\d|(?:,\d{3}){2,}(?![\d.,]))"),
    ".": re.compile(r"(?<![\d.,])\d{1,3}(?:(?:\.\d{3})+,\d|(?:\.\d{3}){2,}(?![\d.,]))"),
}
_DECIMALS = {
    ",": re.compile(r"(?<![\d.,:-])\d+,(?:\d{1,2}|\d{4,})(?![\d.,:-])"),
    ".": re.compile(r"(?<![\d.,:-])\d+\.(?:\d{1,2}|\d{4,})(?![\d.,:-])"),
}
"""Numbers whose mark parts decimals; no dates, no clocks."""
_GROUPED = {
    ",": re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?=$|[^\d,])"),
    ".": re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?=$|[^\d.])"),
}
_OTHER = {",": ".", ".": ","}
_LISTED = re.compile(r"(?:,(?!\d{3}(?!\d))[^,\t;]*){2}")
"""Two commas between tabs or semicolons that part neither thousands nor, both, decimals: they part cells."""


def ungrouped(lines: Sequence[str]) -> tuple[list[str], bool]:
    r"""Lines without thousands separators, and whether any were taken out.

    Parameters
    ----------
    lines
        Of a text; cells apart by tabs or semicolons, or quoted, where a comma or point may part thousands.

    Examples
    --------
    >>> ungrouped(["600.5\t998.5", "601.0\t1,002.5", "601.5\t12,345.0"])[0]
    ['600.5\t998.5', '601.0\t1002.5', '601.5\t12345.0']
    >>> ungrouped(["600,5\t998,5", "601,0\t1,002", "601,5\t12,345"])[1]
    False
    """
    if _quoted_decimals(lines):
        return [_QUOTED_COMMA.sub(r'"\1.\2"', line) for line in lines], False
    plain = [_NEUTRAL.sub("", line) for line in lines]
    rows = [line for line in plain if re.match(r'["+-]{0,2}\d', line)]
    rows = rows[:: max(1, len(rows) // SAMPLE_LINES)]
    separator = next((mark for mark in "\t;" if sum(mark in row for row in rows) > len(rows) / 2), "")
    if sum(_LISTED.search(row) is not None for row in rows) > len(rows) / 2:
        separator = ""  # Arbin writes a tab before every date of a table of commas
    if not separator:
        plain = [_QUOTED.sub(lambda match: match[1].replace(",", ""), line) for line in plain]
    elif len(rows) >= FEWEST_CELLS:
        for mark in (",", "."):
            if any(_DECIMALS[mark].search(row) for row in rows):
                continue
            if any(_CERTAIN[mark].search(row) for row in rows):
                plain = [_without(line, mark) for line in plain]
                break
            if columns := _columns(rows, separator, mark):
                plain = [_in_columns(line, separator, mark, columns) for line in plain]
                break
    return plain, any(a != b for a, b in zip(lines, plain, strict=True))


def _quoted_decimals(lines: Sequence[str]) -> bool:
    """True where the commas of quoted numbers are decimal signs: three digits do not always follow them."""
    quoted = [match for line in lines[:SAMPLE_LINES] for match in _QUOTED_COMMA.finditer(line)]
    return any(
        len(match[2]) != 3 or len(match[1].lstrip("+-")) > 3 or match[1].lstrip("+-")[0] == "0" for match in quoted
    )


def _without(line: str, mark: str) -> str:
    return _GROUPED[mark].sub(lambda match: match[0].replace(mark, ""), line)


def _in_columns(line: str, separator: str, mark: str, columns: frozenset[int]) -> str:
    cells = line.split(separator)
    return separator.join(_without(cell, mark) if k in columns else cell for k, cell in enumerate(cells))


def _columns(rows: Sequence[str], separator: str, mark: str) -> frozenset[int]:
    """Columns of which every cell is a whole number, the larger ones with a mark before their last three digits."""
    cells = [row.split(separator) for row in rows]
    width = min(len(row) for row in cells)
    decimal = re.compile(rf"[+-]?\d+\{_OTHER[mark]}\d+")
    other = any(decimal.fullmatch(cell.strip()) for row in cells for cell in row)
    return frozenset(k for k in range(width) if _grouped([row[k].strip() for row in cells], mark, other=other))


def _grouped(cells: Sequence[str], mark: str, *, other: bool) -> bool:
    """True where marks part thousands: the file writes decimals otherwise, or the column runs on only so."""
    whole = re.compile(rf"[+-]?(?:\d{{1,3}}|[1-9]\d{{0,2}}\{mark}\d{{3}})")
    marked = sum(mark in cell for cell in cells)
    if marked < FEWEST_CELLS or not all(whole.fullmatch(cell) for cell in cells):
        return False
    if other or marked == len(cells):
        return other
    as_decimals = np.array([float(cell.replace(mark, ".")) for cell in cells])
    as_thousands = np.array([float(cell.replace(mark, "")) for cell in cells])
    return _variation(as_thousands) < SMOOTHER * _variation(as_decimals)


def _variation(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    span = float(np.ptp(values))
    return float(np.sum(np.abs(np.diff(values)))) / span if span else 0.0
