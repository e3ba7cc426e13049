"""What a reader left out or made otherwise, as notes that travel with the data; text alone is no wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from shortrange_core import Note, Severity
from shortrange_core.shown_numbers import counted

FEW = 5
BULK = 0.01
"""Rows, and share of the rows, up to which what is left out are single rows."""


def rows_left_out(text: str) -> Note:
    """Rows that are in the file and not in the data."""
    return Note("rows-left-out", Severity.INFO, text, "export the file again if these rows hold data")


def in_bulk(rows: int, every: int) -> bool:
    """True where so many rows are no single ones any more.

    Examples
    --------
    >>> in_bulk(1, 20), in_bulk(2, 20), in_bulk(5, 1000), in_bulk(6, 1000)
    (False, True, False, True)
    """
    return rows > 1 and (rows > FEW or rows > BULK * every)


def rows_without(what: str, rows: npt.NDArray[np.bool_]) -> Note:
    """Rows (n values, True where one is left out) without what every row needs; a warning where they are many."""
    left = int(rows.sum())
    text = f"left out {counted(left, 'row')} without {what}"
    return rows_odd(f"{text}, of {rows.size}") if in_bulk(left, rows.size) else rows_left_out(text)


def rows_announced(text: str) -> Note:
    """Fewer rows than the file says it has."""
    return Note("rows-announced", Severity.INFO, text, "if the run was not stopped, copy or export the file again")


def columns_passed_over(text: str) -> Note:
    """Columns that are in the file, and were not taken or are not as they were written."""
    return Note("columns-passed-over", Severity.INFO, text, "declare the columns yourself if you need others")


def cells_odd(text: str) -> Note:
    """Numbers that were taken and do not look as their columns do: edited by hand, counted otherwise, or damaged."""
    return Note("cells-odd", Severity.WARNING, text, "compare them with the instrument's software")


def rows_odd(text: str) -> Note:
    """Rows that are damaged, or do not go on as the rows beside them do."""
    remedy = "compare them with the instrument's software, or export the file again"
    return Note("rows-odd", Severity.WARNING, text, remedy)


def not_averaged(text: str) -> Note:
    """Voltages of 0 that the instrument writes where it averaged none."""
    return Note("voltage-not-averaged", Severity.INFO, text)


def package_warns(text: str) -> Note:
    """What another package said while it read the file."""
    return Note("package-warns", Severity.INFO, text, "compare the data with those of the instrument's software")


def current_derived() -> Note:
    """A file without a current, but with a charge."""
    text = "no current was recorded: it is the increment of charge over the increment of time"
    return Note("current-derived", Severity.INFO, text)


def time_from_dates() -> Note:
    """Dates in place of times."""
    text = "its times are dates, read as month/day/year; here they count from the first row"
    return Note("time-from-dates", Severity.INFO, text)


def open_circuit() -> Note:
    """A file without a current and without a charge."""
    text = "no current and no charge were recorded (open circuit): the current is 0"
    return Note("open-circuit-record", Severity.INFO, text)


def of_file(file: str, notes: Iterable[Note]) -> tuple[Note, ...]:
    """The notes with the name of their file, which a report on several needs."""
    return tuple(replace(note, text=f"{file}: {note.text}") for note in notes)
