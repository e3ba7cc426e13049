"""Columns of numbers as text: CSV, tab, semicolon or blanks; point or comma decimals; with headers or without."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.notes import Note, Severity
from shortrange_core.shown_numbers import counted
from spectra.readers.raw import (
    AGAIN,
    SPLITTERS,
    STARTS_AS_NUMBER,
    Array,
    Dialect,
    Raw,
    Reader,
    Source,
    Table,
    blocks,
    counts_rows,
    dialect_of,
    look_at_decimals,
    settings,
    ungrouped,
)
from spectra.spectrum import axis, unit

COMMENTS = ("#", "%", "//", "!", "*", "$", '"#', "'")
FEWEST_ROWS = 3
NEIGHBOURS = 12
SHOWN_LETTERS = 40
MOST_DAMAGED_LINES, FEWEST_TO_JUDGE = 3, 8
WIDEST_GAP_STEPS = 4.5
SAME_SHIFT = 1e-4  # of the width: digits of ppm against those of Hz
SIDE_ROWS = 5  # beside the first rows programs write numbers of their own
NUMBER_LETTERS = 0.6
FEWEST_WITH_ROWS, SHORTEST_WORD = 3, 3  # columns beside row numbers; t and n are titles
CUT_RATIO = 0.3  # a lost digit leaves a tenth
RARE_PERCENT = 3.0
AXIS_WORDS = ("x", "energy", "shift", "position", "index", "channel", "pixel", "point", "no.", "#", "frequency")
_MINUS = re.compile(r"[\u2212\ufe63\uff0d](?=[\d.,])|(?<![\w.,])\u2013(?=[\d.,])")
"""Minus signs of typesetting before a number."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_INTENSITY_UNIT = re.compile(
    r"a\.?\s*u\.?|arb\.?.*|rel\.?.*|-|1|%.*|counts?.*|cts.*|cps|abs.*|[tr]|[munk]?v|au", re.IGNORECASE
)
LONGEST_UNIT = 12
_APART = re.compile(r"\s{2,}|\t")
_ENDS_IN_BRACKET = re.compile(r"[^()\[\]]*[(\[][^()\[\]]*[)\]]|[^()\[\]]+$")
_HAS_DIGIT = re.compile(r"\d")
_LIKE_NUMBER = re.compile(r"[0-9eE+\-.,]+")


def sniff(source: Source) -> float:
    """A table where the head has at least three rows of two numbers."""
    text = _MINUS.sub("-", source.head_text)
    if not text:
        return 0.0
    lines, _ = ungrouped(text.split("\n"))
    _, rows = dialect_of(lines[:-1] if len(lines) > FEWEST_ROWS else lines)
    return 0.2 if rows >= FEWEST_ROWS else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Blocks of a delimited text: one for every intensity column of every table in it."""
    tables = read_tables(source)
    found: list[Raw] = []
    for table in tables:
        found += blocks(table, source_name=source.name)
    return tuple(found)


def read_tables(source: Source) -> list[Table]:
    """Tables of a text: runs of rows of numbers, each with the text before it."""
    lines, grouped = ungrouped(_MINUS.sub("-", source.text).split("\n"))
    if strange := _CONTROL.search(source.text.rstrip("\x00\x1a\n ")):  # some programs end a file with one
        line = source.text.count("\n", 0, strange.start()) + 1
        text = f"line {line} holds the control character {strange[0]!r}, which no program writes"
        source.odd(Note("control-character", Severity.WARNING, text, AGAIN))
    if grouped:
        text = "thousands separators were taken out of its numbers"
        source.odd(Note("digits-grouped", Severity.INFO, text, "look at the largest value"))
    dialect, count = dialect_of(lines[:20000])
    if count < FEWEST_ROWS:
        raise BadInput(
            f"{source.name}: has fewer than {FEWEST_ROWS} rows of two numbers; give axis and intensity columns"
        )
    runs = _runs(source, lines, dialect)
    tables: list[Table] = []
    before = 0
    for start, stop, rows in runs:
        name = _section(lines[before:start]) if len(runs) > 1 else ""
        tables.append(_table(source, dialect, lines[before:start], rows, name))
        before = stop
    return tables


Run: TypeAlias = tuple[int, int, list[list[float]]]
"""First line, line after the last, and rows of a table."""


def _runs(source: Source, lines: list[str], dialect: Dialect) -> list[Run]:
    """Runs of rows, over lines that stand between two rows of one table."""
    runs = _joined(source, lines, _pieces(lines, dialect))
    kept = [run for run in runs if len(run[2]) >= FEWEST_ROWS]
    _look_between(source, lines, kept, dialect)
    for first, after, found in kept:
        _look_at_widths(source, lines[first:after], found, dialect)
        _look_above(source, lines[first - 1] if first else "", dialect, len(found[0]))
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
            f"line {between[0] + 1} ({_shown(lines[between[0]])}) interrupts a table that goes on after "
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


def _shown(line: str) -> str:
    return repr(line.strip()[:SHOWN_LETTERS])


def _look_behind(source: Source, lines: list[str], after: int) -> None:
    """The line behind a table that begins like a row and is none: a footer, or a row that was cut or damaged."""
    behind = next((number for number in range(after, len(lines)) if lines[number].strip()), None)
    if behind is not None and behind == after and STARTS_AS_NUMBER.match(lines[behind]):
        text = f"line {behind + 1} ({_shown(lines[behind])}) is no row of numbers; it was left out"
        source.odd(Note("line-left-out", Severity.WARNING, text, "repair the line, or remove it if it is a remark"))


def _look_between(source: Source, lines: list[str], kept: list[Run], dialect: Dialect) -> None:
    """Lines of the letters of numbers between two tables: rows that were damaged, cut or put together of two."""
    for (_, after, found), (first, _, behind) in pairwise(kept):
        rows = [k for k in range(after, first) if dialect.numbers(lines[k]) is None and _was_row(lines[k])]
        digits = [k for k in rows if _HAS_DIGIT.search(lines[k])]
        turned = _turns(found) or _turns(behind)
        mixed = [k for k in digits if turned or len(dialect.cells(lines[k])) == len(found[0])]
        if mixed:
            text = (
                f"{source.name}: {counted(len(mixed), 'line')} between two tables, damaged to all appearance "
                f"(line {mixed[0] + 1}: {_shown(lines[mixed[0]])}); they were left out"
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


def _look_above(source: Source, line: str, dialect: Dialect, width: int) -> None:
    """A line above a table with as many cells, all of the letters of numbers, was its first row."""
    cells = dialect.cells(line)
    if len(cells) == width and _HAS_DIGIT.search(line) and all(_LIKE_NUMBER.fullmatch(cell) for cell in cells):
        text = f"the line {_shown(line)} above the table looks like a damaged row; it was left out"
        source.odd(Note("line-left-out", Severity.WARNING, text, "repair the line, or remove it if it is a remark"))


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
        text = f"the last line ({_shown(lines[-1])}) has no line end and fewer digits than the others"
        source.odd(Note("last-line-short", Severity.WARNING, text, AGAIN))


def _columns(rows: list[list[float]]) -> list[Array]:
    width = max(len(row) for row in rows)
    table = np.full((len(rows), width), np.nan)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return [table[:, column] for column in range(width)]


def _table(source: Source, dialect: Dialect, header: list[str], rows: list[list[float]], name: str) -> Table:
    columns = _columns(rows)
    width = len(columns)
    while (remark := _remark(header, dialect, columns)) is not None:
        text = (
            f"the line {_shown(header[remark])} could be titles of the table, whose first column counts the rows: it "
            "was taken for a remark, and that column left out"
        )
        source.odd(Note("line-left-out", Severity.WARNING, text, "write titles without # if it names the columns"))
        header = [*header[:remark], ""]
    titles, units = _titles(header, dialect, width, counted=counts_rows(columns[0]))
    about = "\n".join(header)
    meta = settings(header)
    if not any(titles) and _of_topspin(columns):
        return Table([columns[3], columns[1]], ["ppm", "intensity"], ["", ""], about, name, meta)
    if _unit_setting(meta) and titles[0].lower() in meta:
        titles = [""] * width  # the last of its settings
    if not any(titles):
        units = [meta.get("xunits", ""), meta.get("yunits", ""), *[""] * width][:width]
    if source.text and not unit(titles[0]) and not units[0]:
        units[0] = _unit_setting(meta)
    return Table(columns, titles, units, about, name, meta)


def _remark(header: list[str], dialect: Dialect, columns: list[Array]) -> int | None:
    """The last line above a table of row numbers, an axis and more, where it is a sentence that could be titles."""
    last = next((k for k in range(len(header) - 1, -1, -1) if header[k].strip()), None)
    if last is None or not header[last].lstrip().startswith("#") or len(columns) < FEWEST_WITH_ROWS:
        return None
    split = _title_cells(header[last].strip(), dialect, len(columns))
    if split is None:
        return None
    words, separator = split
    wide = len(words) > len(columns) - 2 and separator != "blank"  # titles of all, or all but those of R's row names
    if wide or len(words[0]) < SHORTEST_WORD:
        return None
    if axis(words[0]) or unit(words[0]) or words[0].lower() in AXIS_WORDS or any('"' in word for word in words):
        return None
    steps = np.diff(columns[1])
    return last if counts_rows(columns[0]) and bool(np.all(steps > 0) or np.all(steps < 0)) else None


def _of_topspin(columns: list[Array]) -> bool:
    """True for index, intensity, Hz, ppm, as TopSpin writes a spectrum as text, without titles."""
    if len(columns) != 4 or not all(np.all(np.isfinite(column)) for column in columns):
        return False
    index, _, hertz, ppm = columns
    larmor = np.ptp(hertz) / np.ptp(ppm) if np.ptp(ppm) else 0.0
    same = np.abs(hertz - larmor * ppm) <= SAME_SHIFT * np.ptp(hertz)
    return bool(np.array_equal(index, index[0] + np.arange(index.size)) and np.ptp(hertz) > 0 and np.all(same))


def _titles(header: list[str], dialect: Dialect, width: int, *, counted: bool) -> tuple[list[str], list[str]]:
    """Titles and units from the lines right above the table that split into as many cells; a remark is no title."""
    signed = False
    above: list[list[str]] = []
    for line in reversed(header):
        if not line.strip():
            if above:
                break
            continue
        cells = _header_cells(line, dialect, width, counted=counted)
        if cells is None or (above and line.lstrip().startswith(COMMENTS) != signed):
            break
        signed = line.lstrip().startswith(COMMENTS)
        above.insert(0, cells)
        if len(above) == 3:
            break
    above = [cells for cells in above if any(cells)]
    if not above:
        return [""] * width, [""] * width
    unit_line = next((k for k in range(len(above) - 1, 0, -1) if _all_units(above[k], above[k - 1])), None)
    if unit_line is not None:
        return above[unit_line - 1], above[unit_line]
    return above[-1], [""] * width


def _all_units(cells: list[str], titles: list[str]) -> bool:
    """A line of units below one of titles: the first of an axis, the others of intensities, or all the same."""
    others = [cell for cell in cells[1:] if cell]
    alike = len(others) > 1 and len(set(others)) == 1
    known = all(_INTENSITY_UNIT.fullmatch(cell.strip("()[] ")) for cell in others)
    named = bool(axis(titles[0])) and not unit(titles[0])
    short = all(len(cell) <= LONGEST_UNIT for cell in cells)
    return bool(unit(cells[0])) and short and (alike or known or named)


def _header_cells(line: str, dialect: Dialect, width: int, *, counted: bool) -> list[str] | None:
    split = _title_cells(line, dialect, width)
    if split is None:
        return None
    cells = split[0]
    return cells if len(cells) == width else _widened(cells, width, counted=counted)


def _title_cells(line: str, dialect: Dialect, width: int) -> tuple[list[str], str] | None:
    """Cells of a line that can be titles of the table, no more than its columns, and what separates them."""
    bare = line.strip("\n ").lstrip("#%/!*")  # a tab or comma in front is an empty title: pandas writes its index so
    if dialect.separator == "blank" and (phrases := _phrases(bare, width)) is not None:
        return phrases, "blank"
    options = [dialect, *(Dialect(name, splitter, ".") for name, splitter in SPLITTERS[:3])]
    for option in options:
        cells = [cell.lstrip("#").strip() for cell in option.cells(bare)]
        cells = [cell for cell in cells if cell] if option.separator == "tab" and len(cells) > width else cells
        if len(cells) == width or (len(cells) > width and option.separator == "comma" and line.startswith("#")):
            return cells[:width], option.separator
        apart = option.separator != "blank" or '"' in bare
        if apart and width > 2 and 1 < len(cells) < width:
            return cells, option.separator
    return None


def _phrases(line: str, width: int) -> list[str] | None:
    """Titles of several words above columns apart by blanks: two blanks end one, or the bracket of its unit does."""
    if len(line.split()) == width or '"' in line:
        return None
    apart = _APART.split(line.strip())
    if len(apart) == width:
        return apart
    ended = [phrase.strip() for phrase in _ENDS_IN_BRACKET.findall(line) if phrase.strip()]
    return ended if len(ended) == width and (axis(ended[0]) or unit(ended[0])) else None


def _widened(cells: list[str], width: int, *, counted: bool) -> list[str]:
    """Titles of a line with fewer cells than the table: R leaves out that of the rows' names, others the last ones."""
    missing = [""] * (width - len(cells))
    first = cells[0].strip().lower()
    named = bool(axis(cells[0]) or unit(cells[0])) or first in AXIS_WORDS
    return [*missing, *cells] if len(missing) == 1 and (counted or not named) else [*cells, *missing]


def _unit_setting(meta: dict[str, str]) -> str:
    for key in ("xunits", "x units", "xaxisunit", "x-axis unit", "xunit", "x unit", "axisunit[1]", "xdatakind"):
        if unit(meta.get(key, "")):
            return meta[key]
    return ""


def _section(header: list[str]) -> str:
    lines = [line.strip().strip("#%;,\t ") for line in header if line.strip()]
    return lines[0][:60] if lines else ""


READERS = (
    Reader(
        "delimited",
        "delimited text",
        (".txt", ".csv", ".tsv", ".dat", ".asc", ".xy"),
        sniff,
        parse,
        gives=(
            "every intensity column of every table, side by side or below one another; WITec and WiRE text; "
            "columns titled as a series are a stack; KEY,VALUE headers; typographic minus signs; decimal commas, "
            "also in quotes; a column that counts rows is left out"
        ),
        held_to="measured files; the study of innocent files",
    ),
)
