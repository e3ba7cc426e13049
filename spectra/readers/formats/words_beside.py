"""Tables of text whose rows hold words beside their numbers: spectra below one another, told by the words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted
from spectra import spectrum
from spectra.readers.formats.rows_of_spectra import DIALECTS
from spectra.readers.raw import NUMBERS, Array, Dialect, Raw, Reader, Source, Table, blocks, counts_rows, need

FEWEST_ROWS, MOST_LINES = 16, 50
"""Rows of one spectrum that show what a column holds, and lines above the titles."""
FEWEST_POINTS = 3
AXES_UNITS = ("cm-1", "ppm", "eV", "nm")
_MARKS = {"tab": "\t", "semicolon": ";", "comma": ","}


@dataclass(frozen=True, slots=True)
class WordsLayout:
    """Where the titles are, how rows are written, and which columns hold numbers; the first of them is the axis."""

    line: int
    dialect: Dialect
    titles: tuple[str, ...]
    numbers: tuple[int, ...]

    @property
    def words(self) -> tuple[int, ...]:
        """Other columns: words, the numbers of rows, and what stays the same."""
        return tuple(at for at in range(len(self.titles)) if at not in self.numbers)


def sniff(source: Source) -> float:
    """Titles, of which one names an axis of spectra, above rows of numbers and words."""
    return 0.15 if _layout(source.head_text.split("\n")[:-1]) is not None else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Blocks of every run of rows with the same words, named by those words that tell them apart.

    Raises
    ------
    BadInput
        If a row has not the cells of its table.
    """
    lines = source.text.split("\n")
    layout = _layout(lines)
    if layout is None:
        raise BadInput(f"{source.name}: its rows do not keep numbers and words apart; export axis and intensities")
    runs = list(_runs(source, layout, lines))
    _check_runs(source, runs)
    shared = set.intersection(*(set(words) for words, _ in runs))
    raws: list[Raw] = []
    for words, rows in runs:
        name = " ".join(word for word in words if word not in shared)
        columns = list(np.array(rows).T)
        titles = [layout.titles[at] for at in layout.numbers]
        raws += blocks(Table(columns, titles, [""] * len(titles), name=name), source_name=source.name)
    return tuple(raws)


def _check_runs(source: Source, runs: Sequence[tuple[list[str], list[list[float]]]]) -> None:
    """Refuse words that part a spectrum: they stand again further below, or beside fewer rows than a spectrum has."""
    told: list[list[str]] = []
    for words, rows in runs:
        parted = words in told or len(rows) < FEWEST_POINTS
        need(not parted, source, f"{counted(len(rows), 'row')} of {', '.join(words)!r} stand apart; it is damaged")
        told.append(words)


def _layout(lines: Sequence[str]) -> WordsLayout | None:
    for number, line in enumerate(lines[:MOST_LINES]):
        for dialect in DIALECTS:
            titles = dialect.cells(line)
            if len(titles) > 2 and not any(_is_number(dialect, cell) for cell in titles):
                layout = _of_rows(number, dialect, titles, lines[number + 1 :])
                if layout is not None:
                    return layout
    return None


def _of_rows(number: int, dialect: Dialect, titles: list[str], below: Sequence[str]) -> WordsLayout | None:
    """The layout of rows below titles; None where they are no spectra with words beside them."""
    rows = [_filled(dialect, line, len(titles)) for line in below[: 2 * FEWEST_ROWS] if line.strip()]
    if len(rows) < FEWEST_ROWS or any(len(row) != len(titles) for row in rows):
        return None
    numbers = [at for at in range(len(titles)) if all(_is_number(dialect, row[at]) for row in rows)]
    numbers = [at for at in numbers if not counts_rows(_column(rows, at))]
    named = [at for at in numbers if _of_spectra(titles[at]) and _runs_one_way(_column(rows, at)[:FEWEST_ROWS])]
    words = {tuple(cell for cell in row if not _is_number(dialect, cell)) for row in rows[:FEWEST_ROWS]}
    if not named or len(numbers) < 2 or len(numbers) == len(titles) or len(words) > 1:
        return None
    varied = [at for at in numbers if np.ptp(_column(rows, at)) > 0]
    ordered = (named[0], *(at for at in varied if at != named[0]))
    return WordsLayout(number, dialect, tuple(titles), ordered) if len(ordered) > 1 else None


def _of_spectra(title: str) -> bool:
    """Whether a title names an axis of spectra: a time or a place along a sample is none."""
    axis, unit = spectrum.axis(title), spectrum.unit(title)
    return unit in AXES_UNITS if unit else axis not in ("", "time")


def _runs_one_way(x: Array) -> bool:
    steps = np.diff(x)
    return bool(np.all(steps > 0) or np.all(steps < 0))


def _is_number(dialect: Dialect, cell: str) -> bool:
    return bool(NUMBERS[dialect.decimal].fullmatch(cell))


def _column(rows: Sequence[Sequence[str]], at: int) -> Array:
    return np.array([float(row[at].replace(",", ".")) for row in rows])


def _filled(dialect: Dialect, line: str, width: int) -> list[str]:
    """Cells of a line, with those that are empty at its end; a row that lost a cell stays short."""
    cells = dialect.cells(line)
    missing = width - len(cells)
    empty = missing > 0 and line.rstrip("\r\n ").endswith(_MARKS[dialect.separator] * missing)
    return [*cells, *[""] * missing] if empty else cells


def _runs(source: Source, layout: WordsLayout, lines: Sequence[str]) -> Iterator[tuple[list[str], list[list[float]]]]:
    """Words, and the numbers of the rows below one another that have them."""
    words: list[str] | None = None
    rows: list[list[float]] = []
    for number, line in enumerate(lines[layout.line + 1 :], start=layout.line + 2):
        if not line.strip():
            continue
        cells = _filled(layout.dialect, line, len(layout.titles))
        whole = len(cells) == len(layout.titles) and all(_is_number(layout.dialect, cells[at]) for at in layout.numbers)
        if not whole:
            size = counted(len(layout.titles), "cell")
            raise BadInput(f"{source.name}: line {number} has not {size} with numbers as above; it is cut or damaged")
        beside = [cells[at] for at in layout.words if not _is_number(layout.dialect, cells[at])]
        if words is not None and beside != words:
            yield words, rows
            rows = []
        words = beside
        rows.append([float(cells[at].replace(",", ".")) for at in layout.numbers])
    if words is not None:
        yield words, rows


READERS = (
    Reader(
        "words_beside",
        "table with words beside its numbers",
        (".csv", ".txt", ".tsv"),
        sniff,
        parse,
        gives="spectra below one another, named by the words that tell them apart; an axis by its title",
        held_to="public tables of brettadin/spectra-app-v2; by hand",
    ),
)
