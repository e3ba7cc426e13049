"""Rows of a delimited text: runs of them, over lines that interrupt a table, and what is odd in single ones."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from shortrange_core.notes import Note, Severity
from shortrange_core.shown_numbers import counted
from spectra.readers.raw import AGAIN, STARTS_AS_NUMBER, Dialect, Source, look_at_decimals

COMMENTS = ("#", "%", "//", "!", "*", "$", '"#', "'")
FEWEST_ROWS = 3
NEIGHBOURS = 12
SHOWN_LETTERS = 40
MOST_DAMAGED_LINES, FEWEST_TO_JUDGE = 3, 8
WIDEST_GAP_STEPS = 4.5
SIDE_ROWS = 5  # beside the first rows programs write numbers of their own
NUMBER_LETTERS = 0.6
CUT_RATIO = 0.3  # a lost digit leaves a tenth
RARE_PERCENT = 3.0
GLUED_STEPS = 0.1
"""Of a step, by which a row that stands behind a title is off its place."""
_GLUED = re.compile(r"[^\d.,+\-]([+-]?\d+[.,]?\d*)$")
_HAS_DIGIT = re.compile(r"\d")
_LIKE_NUMBER = re.compile(r"[0-9eE+\-.,]+")
Run: TypeAlias = tuple[int, int, list[list[float]]]
"""First line, line after the last, and rows of a table."""


def runs_of(source: Source, lines: list[str], dialect: Dialect) -> list[Run]:
    """Runs of rows, over lines that stand between two rows of one table."""
    runs = _joined(source, lines, _pieces(lines, dialect))
    kept = [run for run in runs if len(run[2]) >= FEWEST_ROWS]
    _look_between(source, lines, kept, dialect)
    for first, after, rows_of in kept:
        _look_at_widths(source, lines[first:after], rows_of, dialect)
        _look_above(source, lines[first - 1] if first else "", dialect, rows_of)
        _look_at_cells(source, lines[first:after], dialect, first + 1)
        _look_behind(source, lines, after)
    if kept and kept[-1][1] == len(lines):
        _look_at_last_line(source, lines[kept[-1][0] :], dialect)
    return kept


def _pieces(lines: list[str], dialect: Dialect) -> list[Run]:
    """Runs of rows that no other line but comments and empty ones interrupts."""
    pieces: list[Run] = []
    rows: list[list[float]] = []
    start = stop = 0
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        values = dialect.numbers(line)
        if values is None:
            if rows and not line.strip().startswith(COMMENTS):
                pieces.append((start, stop, rows))
                rows = []
            continue
        if not rows:
            start = number
        rows.append(values)
        stop = number + 1
    return [*pieces, (start, stop, rows)] if rows else pieces


def _joined(source: Source, lines: list[str], pieces: list[Run]) -> list[Run]:
    """Pieces of which one goes on with the axis of the one before, over a line that was a row: one run, and a note."""
    runs: list[Run] = []
    for piece in pieces:
        between = [k for k in range(runs[-1][1], piece[0]) if lines[k].strip()] if runs else []
        if not between or not _goes_on(lines, between, runs[-1][2], piece[2]):
            runs.append(piece)
            continue
        text = (
            f"line {between[0] + 1} ({shown(lines[between[0]])}) interrupts a table that continues after "
            "it; it was left out"
        )
        source.odd(Note("line-left-out", Severity.WARNING, text, "repair the line, or remove it if it is a remark"))
        lines[between[0] : between[-1] + 1] = [""] * (between[-1] + 1 - between[0])
        runs[-1] = (runs[-1][0], piece[1], [*runs[-1][2], *piece[2]])
    return runs


def _goes_on(lines: list[str], between: list[int], before: list[list[float]], after: list[list[float]]) -> bool:
    """True where rows after a line of a row's letters continue the axis of those before."""
    if len(between) > MOST_DAMAGED_LINES or len(before[-1]) != len(after[0]) or len(before) < FEWEST_ROWS:
        return False
    if not any(_was_row(lines[number]) for number in between):
        return False
    steps = np.diff([row[0] for row in before[-NEIGHBOURS:] + after[:NEIGHBOURS]])
    usual = float(np.median(np.delete(steps, min(len(before), NEIGHBOURS) - 1)))
    gap = after[0][0] - before[-1][0]
    return bool(usual) and 0 < gap / usual <= WIDEST_GAP_STEPS


def shown(line: str) -> str:
    """A line as it stands in a message: its beginning, in quotes."""
    return repr(line.strip()[:SHOWN_LETTERS])


def _look_behind(source: Source, lines: list[str], after: int) -> None:
    """The line behind a table that begins like a row and is none: a footer, or a row that was truncated or damaged."""
    behind = next((number for number in range(after, len(lines)) if lines[number].strip()), None)
    if behind is not None and behind == after and STARTS_AS_NUMBER.match(lines[behind]):
        text = f"line {behind + 1} ({shown(lines[behind])}) is not a row of numbers; it was left out"
        source.odd(Note("line-left-out", Severity.WARNING, text, "repair the line, or remove it if it is a remark"))


def _look_between(source: Source, lines: list[str], kept: list[Run], dialect: Dialect) -> None:
    """Lines of the letters of numbers between two tables: rows that were damaged, cut or put together of two."""
    for (_, after, ahead), (first, _, behind) in pairwise(kept):
        rows = [k for k in range(after, first) if dialect.numbers(lines[k]) is None and _was_row(lines[k])]
        digits = [k for k in rows if _HAS_DIGIT.search(lines[k])]
        turned = _turns(ahead) or _turns(behind)
        mixed = [k for k in digits if turned or len(dialect.cells(lines[k])) == len(ahead[0])]
        if mixed:
            text = (
                f"{source.name}: {counted(len(mixed), 'line')} between two tables, apparently damaged "
                f"(line {mixed[0] + 1}: {shown(lines[mixed[0]])}); they were left out"
            )
            source.odd(Note("line-left-out", Severity.WARNING, text, AGAIN))


def _turns(rows: list[list[float]]) -> bool:
    """True where the axis of a table runs one way and the other."""
    steps = np.diff([row[0] for row in rows])
    return bool(np.any(steps > 0) and np.any(steps < 0))


def _look_at_widths(source: Source, lines: list[str], rows: list[list[float]], dialect: Dialect) -> None:
    """Leave out a last row that ends early, and numbers of single rows that the table has no column for."""
    fewest = min(len(row) for row in rows[:-1])
    written = len(dialect.splitter.split(lines[-1].strip("\n "))) if dialect.separator != "blank" else 0
    if len(rows[-1]) < fewest and written < fewest:
        text = f"the last row has {counted(len(rows[-1]), 'column')}, the others {fewest}; it was left out"
        source.odd(Note("line-left-out", Severity.WARNING, text, AGAIN))
        rows.pop()
    widths = np.array([len(row) for row in rows])
    usual = int(np.median(widths))
    wide = np.flatnonzero(widths[SIDE_ROWS:] > usual) + SIDE_ROWS
    if 0 < wide.size <= MOST_DAMAGED_LINES and widths.size >= FEWEST_TO_JUDGE:
        text = (
            f"row {wide[0] + 1} of {widths.size} has {widths[wide[0]]} numbers, the others {usual}; "
            f"the first {usual} were taken"
        )
        source.odd(Note("row-too-wide", Severity.WARNING, text, AGAIN))
        for index in wide:
            del rows[index][usual:]


def _look_above(source: Source, line: str, dialect: Dialect, rows: list[list[float]]) -> None:
    """A line above a table that was its first row: of the letters of numbers, or behind a title without a line end."""
    cells, width = dialect.cells(line), len(rows[0])
    numbers = len(cells) == width and all(_LIKE_NUMBER.fullmatch(cell) for cell in cells)
    if _HAS_DIGIT.search(line) and (numbers or _ends_in_row(cells, dialect, rows)):
        text = f"the line {shown(line)} above the table looks like a damaged row; it was left out"
        source.odd(Note("line-left-out", Severity.WARNING, text, "repair the line, or remove it if it is a remark"))


def _ends_in_row(cells: list[str], dialect: Dialect, rows: list[list[float]]) -> bool:
    """True where the last cells of a line are a row one step before the first, glued to a title."""
    at = len(cells) - len(rows[0])
    if at < 0 or any(dialect.number(cell) is None for cell in cells[at + 1 :]):
        return False
    glued = _GLUED.search(cells[at])
    value = dialect.number(glued[1]) if glued else None
    step = rows[1][0] - rows[0][0]
    return value is not None and abs(rows[0][0] - value - step) < GLUED_STEPS * abs(step)


def _look_at_cells(source: Source, lines: list[str], dialect: Dialect, first: int) -> None:
    """Cells that have not the decimals of their column."""
    rows = [dialect.cells(line) for line in lines]
    width = max(len(row) for row in rows)
    columns = [[row[index] if index < len(row) else "" for row in rows] for index in range(width)]
    look_at_decimals(source, columns, mark=dialect.decimal, first=first)


def _was_row(line: str) -> bool:
    """True where most letters of a line are those of numbers, as in a row with a few damaged ones."""
    letters = "".join(line.split())
    return sum(letter in "0123456789.,+-" for letter in letters) >= NUMBER_LETTERS * len(letters)


def _look_at_last_line(source: Source, lines: list[str], dialect: Dialect) -> None:
    """A file that ends without a line end and with fewer digits than its other rows may be cut inside a number."""
    rows = [line for line in lines if dialect.numbers(line)]
    decimals = [len(dialect.cells(line)[-1].partition(dialect.decimal)[2]) for line in rows]
    sizes = [abs((dialect.numbers(line) or [0.0])[-1]) for line in rows[-NEIGHBOURS:]]
    shrunk = len(sizes) == NEIGHBOURS and sizes[-1] < CUT_RATIO * min(sizes[:-1])
    if len(decimals) > FEWEST_ROWS and (decimals[-1] < np.percentile(decimals[:-1], RARE_PERCENT) or shrunk):
        text = f"the last line ({shown(lines[-1])}) has no line end and fewer digits than the others"
        source.odd(Note("last-line-short", Severity.WARNING, text, AGAIN))
