"""Columns of a table that measure nothing: numbers of rows, columns and pixels, empty ones, axes of other things."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from spectra import spectrum
from spectra.readers.raw._records import Array
from spectra.readers.raw._table_titles import Table

FEWEST_WITH_NUMBERS, FEWEST_BESIDE = 3, 2
EVEN_STEP_TOLERANCE = 1e-6
FEWEST_BELOW, FAR_OFF = 8, 10.0
"""Rows below one that numbers the columns, and times the largest step of their axis from which it is no part of it."""
_ROW_NUMBERS = ("", "unnamed: 0", "index", "#", "no.", "row", "point")
_PIXELS = re.compile(
    r"(?:ccd |detector )?pix(?:els?)?[ _.]*[(\[]?(?:#|no\.?|nr\.?|numbers?|index|px)?[)\]]?", re.IGNORECASE
)

_OF_CELLS = re.compile(
    r"(?i:(?:WE\(\d\)\.)?(?:potential|voltage|current|e_?we|e_?cell)\b.*)"
    r"|\w+\s*[/(\[]\s*[mun\u00b5\u03bc]?[VA](?![.\w]).*|[mun\u00b5\u03bc]?V"
)
"""Titles of potentials and currents, and of whatever is in V or A: an axis of a voltammogram, and of no spectrum."""
_OVER_TIME = re.compile(
    r"(?i:(?:WE\(\d\)\.)?(?:current|potential|e_?we|e_?cell)\b.*)"
    r"|(?:<?I>?|E)\s*[/(\[]\s*[mun\u00b5\u03bc]?[VA](?![.\w]).*|[mun\u00b5\u03bc]A"
)
"""Titles of what a cell does over time; a plain voltage may be that of a receiver, so that it is a decay."""
_LENGTHS = re.compile(
    r"(?!.*wave)(?:.*\b)?(?:position|distance|displacement|thickness|height|depth|diameter|radius|length|size|width)\b.*",
    re.IGNORECASE,
)
"""Titles of lengths that are no wavelengths."""
_OF_LENGTH = ("nm", "um", "angstrom")


def axis_problem(table: Table, index: int, values: int) -> str:
    """Why a column is no axis of a spectrum by its title, or that of its values; empty where it may be one."""
    title = table.titles[index].strip()
    if _OF_CELLS.fullmatch(title) and not spectrum.axis(title):
        return f"its axis {title!r} belongs to a cell: voltammograms are not read; a cycling record also needs times"
    measured = [
        text.strip() for text in (table.titles[values], table.units[values]) if _OVER_TIME.fullmatch(text.strip())
    ]
    if measured and spectrum.axis(title) == "time":
        return (
            f"its values {measured[0]!r} over time belong to a cell; "
            "a cycling record needs time, voltage and current in one table"
        )
    unit = spectrum.unit(title) or spectrum.unit(table.units[index])
    if unit in _OF_LENGTH and not spectrum.axis(title) and _LENGTHS.fullmatch(title):
        return f"its axis {title!r} is a length, not a wavelength; if it is a wavelength, title it wavelength ({unit})"
    if counts_pixels(table, index):
        return (
            "its axis is only the pixel number; export it with the calibrated axis, or name its quantity in the title"
        )
    return ""


def counts_rows(column: Array) -> bool:
    """True where a column only counts its rows, from 0 or 1.

    Examples
    --------
    >>> counts_rows(np.array([1.0, 2.0, 3.0])), counts_rows(np.array([0.5, 1.5]))
    (True, False)
    """
    return column.size > 1 and _count_up(column)


def _count_up(numbers: Array) -> bool:
    return numbers[0] in (0, 1) and np.array_equal(numbers, numbers[0] + np.arange(numbers.size))


def times_within(table: Table, index: int) -> bool:
    """True for the times of a record that is measured before them and goes on behind: they are an axis of neither."""
    inside = 0 < index < len(table.columns) - 1
    if not inside or not spectrum.axis(table.titles[index]) == "time" != spectrum.axis(table.titles[0]):
        return False
    return not all(counts_rows(column) or np.all(column == column[0]) for column in table.columns[:index])


def even_steps(column: Array) -> bool:
    """True for a column in even steps, as a counted or calculated axis has them."""
    values = column[np.isfinite(column)]
    steps = np.diff(values)
    if steps.size < 2 or steps[0] == 0:
        return False
    return bool(np.all(np.abs(steps - steps[0]) <= EVEN_STEP_TOLERANCE * max(np.max(np.abs(values)), abs(steps[0]))))


def column_numbers(table: Table) -> list[str]:
    """Titles by a first row that only counts the columns, off the axis of the rows below: pandas names them so."""
    first = np.array([column[0] for column in table.columns])
    numbers = first[np.isfinite(first)]  # nothing above an index, whose empty cell a tab in front does not tell
    steps = np.diff(table.columns[0])
    if any(table.titles) or steps.size < FEWEST_BELOW or not 0 < first.size - 1 <= numbers.size:
        return []
    if not _count_up(numbers):
        return []
    onward, below = steps[0], steps[1:]
    runs = bool(np.all(below > 0) or np.all(below < 0))
    whole = numbers.size == first.size
    if not runs or (whole and 0 < onward / np.sign(below[0]) <= FAR_OFF * np.abs(below).max()):
        return []
    return ["", *(f"{number:g}" for number in numbers[1 if whole else 0 :])]


def measured_columns(table: Table) -> Table:
    """The table without empty columns before its axis, numbers of rows, and pixels beside a calibrated axis."""
    return _without_pixels(_without_row_numbers(_without_empty_columns(table)))


def _without_row_numbers(table: Table) -> Table:
    """The table without a first column that only counts its rows: an index of pandas, row names of R."""
    first, title = table.columns[0], table.titles[0].strip().lower()
    if len(table.columns) < FEWEST_WITH_NUMBERS or title not in _ROW_NUMBERS or first.size < 2:
        return table
    steps = np.diff(table.columns[1])
    runs = bool(np.all(steps > 0) or np.all(steps < 0))
    others = table.titles[1:] if title else table.titles[1:2]  # a title says that it counts, wherever the axis is
    named = any(spectrum.axis(other) or spectrum.unit(other) for other in others)
    if not counts_rows(first) or not (named or runs):
        return table
    return replace(table, columns=table.columns[1:], titles=table.titles[1:], units=table.units[1:])


def _without_empty_columns(table: Table) -> Table:
    """The table without the empty columns before its axis: every row of some programs begins with a separator."""
    filled = [bool(np.any(np.isfinite(column))) for column in table.columns]
    start = filled.index(True) if True in filled else 0
    return replace(table, columns=table.columns[start:], titles=table.titles[start:], units=table.units[start:])


def counts_pixels(table: Table, index: int) -> bool:
    """True for a column that is titled as pixels and counts: some write a calibrated axis under that title."""
    column = table.columns[index][np.isfinite(table.columns[index])]
    if not _PIXELS.fullmatch(table.titles[index].strip()) or column.size < 2:
        return False
    steps = np.diff(column)
    return bool(np.all(column == np.round(column)) and (np.all(steps > 0) or np.all(steps < 0)))


def _without_pixels(table: Table) -> Table:
    """The table without columns that count pixels, where the title of another one names its axis."""
    width = range(len(table.columns))
    kept = [index for index in width if not counts_pixels(table, index)]
    if len(kept) < FEWEST_BESIDE or not any(_names_axis(table, index) for index in kept):
        return table
    return replace(
        table,
        columns=[table.columns[index] for index in kept],
        titles=[table.titles[index] for index in kept],
        units=[table.units[index] for index in kept],
    )


def _names_axis(table: Table, index: int) -> bool:
    return any(
        (spectrum.axis(table.titles[index]), spectrum.unit(table.titles[index]), spectrum.unit(table.units[index]))
    )
