"""Tables of text that hold a spectrum in every row: axis values in the line of titles, names or places beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted
from spectra.readers.formats.delimited_rows import COMMENTS, FEWEST_ROWS
from spectra.readers.raw import (
    SPLITTERS,
    STARTS_AS_NUMBER,
    Array,
    Dialect,
    Raw,
    Reader,
    Source,
    StackAxis,
    Table,
    blocks,
    counts_rows,
    ordinate_unit,
    settings,
)
from spectra.spectrum import AXES, unit
from spectra.spectrum import axis as spectral_axis

FEWEST_POINTS, MOST_NAMES, MOST_LINES = 16, 12, 200
"""Axis values that make a line of titles, cells before them, and lines above."""
FEWEST_OF_STACK = 3
UNNAMED = "column"
TAKEN = ("pixel", "intensity", "noise", "counts", "technique", *(set(AXES) - {"time"}))
"""Names of columns that a labelled spectrum has for its own."""
FIRST_NUMBER = 3
"""Titles that count from no further than this number columns: 2, where two named ones stand before."""
ORANGE_LINES, ORANGE_KINDS = 2, {"c", "d", "s", "t", "continuous", "discrete", "string", "time"}
UNEVEN = 3.0
"""Steps of an axis differ from the usual one by less than this factor: pixels of a grating by a third."""
DIALECTS = [
    Dialect(name, splitter, decimal)
    for name, splitter in SPLITTERS
    for decimal in (".", ",")
    if name != "blank" and (name, decimal) != ("comma", ",")
]


def sniff(source: Source) -> float:
    """A line of axis values above rows of as many intensities, whose first column is no axis."""
    return 0.3 if _of_head(source) is not None else 0.0


@dataclass(frozen=True, eq=False, slots=True)
class RowTitles:
    """The line of titles: where it is, how it is written, what stands before and behind the axis, and the axis."""

    line: int
    dialect: Dialect
    names: tuple[str, ...]
    x: Array
    before: int


def _of_head(source: Source) -> RowTitles | None:
    lines = source.head_text.split("\n")
    if len(lines) > 2 and len(source.head) < source.path.stat().st_size:
        lines.pop()  # cut by the end of the head
    return row_titles(lines, DIALECTS)


def row_titles(lines: Sequence[str], dialects: Sequence[Dialect]) -> RowTitles | None:
    """The line of titles of a table that holds a spectrum in every row; None where a text is no such table."""
    for number, line in enumerate(lines[:MOST_LINES]):
        if max(map(line.count, "\t;,")) >= FEWEST_POINTS - 1 and not line.startswith(COMMENTS):
            for dialect in dialects:
                layout = _of_titles(number, line, dialect)
                if layout is not None and _holds_spectra(layout, lines[number + 1 :]):
                    return layout
    return None


def _of_titles(number: int, line: str, dialect: Dialect) -> RowTitles | None:
    """A layout where a line holds the values of an axis behind a few names."""
    cells = dialect.cells(line)
    written = [at for at, cell in enumerate(cells) if dialect.number(cell) is not None]
    before, behind = (written[0], written[-1] + 1) if written else (0, 0)
    others = len(cells) - len(written)
    if len(written) < FEWEST_POINTS or others > MOST_NAMES or behind - before > len(written):
        return None
    if any(STARTS_AS_NUMBER.match(cell) for cell in cells[behind:]):  # a damaged one
        return None
    x = np.array([dialect.number(cell) for cell in cells[before:behind]], dtype=float)
    named = [name or f"{UNNAMED} {at}" for at, name in enumerate(cells, start=1)]
    names = (*named[:before], *named[behind:])
    return RowTitles(number, dialect, names, x, before) if _is_axis(x) and not _counts(x) else None


def _counts(x: Array) -> bool:
    """Titles that number the columns are no axis."""
    return bool(abs(x[0]) <= FIRST_NUMBER and np.all(np.diff(x) == 1))


def _is_axis(x: Array) -> bool:
    """Values that run one way in steps that hardly change."""
    steps = np.diff(x)
    usual = np.median(steps) if steps.size else 0.0
    return bool(usual and np.all(steps / usual > 1 / UNEVEN) and np.all(steps / usual < UNEVEN))


def _holds_spectra(layout: RowTitles, below: Sequence[str]) -> bool:
    """Whether rows hold as many intensities as there are axis values, below one another and along no axis."""
    rows = [_row(layout, line) for line in below[_of_orange(layout, below) :] if line.strip()]
    whole = [row for row in rows if row is not None]
    if not rows or rows[0] is None or len(whole) < len(rows) / 2:  # one that is cut is named when it is read
        return False
    names, values = zip(*whole, strict=True)
    column = _numbers(layout, [cells[0] for cells in names]) if layout.names else np.array([one[0] for one in values])
    if column is None or len(layout.names) > 1 or len(whole) < FEWEST_ROWS:
        return True
    if not layout.names:
        column = np.append(layout.x[0], column)
    return counts_rows(column) or not _is_axis(column)


def _of_orange(layout: RowTitles, below: Sequence[str]) -> int:
    """How many lines below the titles are no rows: Orange writes there what columns are (c, d, s) and mean (class)."""
    cells = layout.dialect.cells(below[0]) if len(below) > ORANGE_LINES else []
    kinds = len(cells) == len(layout.names) + layout.x.size and set(cells) <= ORANGE_KINDS
    return ORANGE_LINES if kinds else 0


def _row(layout: RowTitles, line: str) -> tuple[list[str], list[float]] | None:
    """Names and intensities of a row; None where it has not as many as the axis."""
    before, behind = layout.before, layout.before + layout.x.size
    width = len(layout.names) + layout.x.size
    cells = layout.dialect.filled(line, width)
    values = [number for cell in cells[before:behind] if (number := layout.dialect.number(cell)) is not None]
    if len(cells) != width or len(values) < layout.x.size:
        return None
    return [*cells[:before], *cells[behind:]], values


def parse(source: Source) -> tuple[Raw, ...]:
    """A block for every row that has a name of its own; one stack where rows have places, numbers or nothing.

    Raises
    ------
    BadInput
        If a row has not as many intensities as there are axis values.
    """
    layout = _of_head(source)
    assert layout is not None
    return spectra_of_rows(layout, source.text.split("\n"), source_name=source.name)


def spectra_of_rows(
    layout: RowTitles, lines: Sequence[str], *, source_name: str, table_name: str = ""
) -> tuple[Raw, ...]:
    """Blocks as of :func:`parse`, of lines with these titles."""
    names, spectra = [], []
    first = layout.line + 1 + _of_orange(layout, lines[layout.line + 1 :])
    for number, line in enumerate(lines[first:], start=first + 1):
        if line.strip():
            row = _row(layout, line)
            if row is None:
                size = counted(int(layout.x.size), "intensity", "intensities")
                raise BadInput(
                    f"{source_name}: line {number} does not have {size}; it is truncated or damaged: "
                    "copy or export it again"
                )
            names.append(row[0])
            spectra.append(np.array(row[1]))
    above = lines[: layout.line]
    told = [name for name in layout.names if unit(name) or spectral_axis(name)]
    axis = next((name for name in told if spectral_axis(name) != "time" and unit(name) != "s"), "")
    columns = {name: _numbers(layout, [cells[at] for cells in names]) for at, name in enumerate(layout.names)}
    words = [at for at, name in enumerate(layout.names) if columns[name] is None]
    titles = [" ".join(cells[at] for at in words if cells[at]) for cells in names]
    about = "\n".join(above)
    table = Table([layout.x, spectra[0]], [axis, ""], ["", ""], about, table_name, settings(above))
    (alone,) = blocks(table, source_name=source_name)
    if words or len(spectra) < FEWEST_OF_STACK:
        return tuple(
            replace(
                alone,
                name=" / ".join(part for part in (table_name, title or f"spectrum ({k})") if part),
                y=y,
                intensity_unit=ordinate_unit(title, y),
            )
            for k, (title, y) in enumerate(zip(titles, spectra, strict=True), start=1)
        )
    places = {
        name.lower(): values
        for name, values in columns.items()
        if values is not None and name.lower() not in (axis.lower(), *TAKEN)
        if not (name.startswith(UNNAMED) and counts_rows(values))
    }
    stack = (StackAxis("pixel", np.arange(1, len(spectra) + 1)),)
    return (replace(alone, name=table_name or "spectra", y=np.stack(spectra), stack=stack, labels=places),)


def _numbers(layout: RowTitles, cells: list[str]) -> Array | None:
    """A column before the axis as numbers; None where it holds words, or nothing."""
    numbers = [layout.dialect.number(cell) for cell in cells]
    return None if None in numbers else np.array(numbers, dtype=float)


READERS = (
    Reader(
        "rows_of_spectra",
        "table with one spectrum per row",
        (".csv", ".txt", ".tsv", ".dat"),
        sniff,
        parse,
        gives=(
            "axis values in the line of titles, one spectrum per row: a block for each name, or a stack with positions "
            "if rows have numbers; names before or after the intensities; header lines of Orange"
        ),
        held_to="two public tables, compared with pandas (nevernervous78/nirpyresearch); hand-made files",
    ),
)
