"""Tables of text whose rows hold words beside their numbers: spectra below one another, told by the words.

Numbers that stay the same over every spectrum, such as a temperature, tell spectra apart as words do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted
from spectra import spectrum
from spectra.readers.formats.delimited_rows import COMMENTS
from spectra.readers.formats.rows_of_spectra import DIALECTS
from spectra.readers.raw import Array, Dialect, Raw, Reader, Source, Table, blocks, counts_rows, intact, need

FEWEST_ROWS, MOST_LINES = 16, 50
"""Rows of one spectrum that show what a column holds, and lines above the titles."""
FEWEST_POINTS = 3
GOES_ON = 1.5
"""Steps between two spectra below which the second is the first one's end."""
AXES_UNITS = ("cm-1", "ppm", "eV", "nm")


@dataclass(frozen=True, slots=True)
class WordsLayout:
    """Where the titles are, how rows are written, and which columns hold numbers; the first of them is the axis."""

    line: int
    dialect: Dialect
    titles: tuple[str, ...]
    numbers: tuple[int, ...]

    def row(self, line: str) -> list[str] | None:
        """Cells of a row; None where they are not as many as the titles, with numbers where they belong."""
        cells = self.dialect.filled(line, len(self.titles))
        whole = len(cells) == len(self.titles)
        return cells if whole and all(self.dialect.number(cells[at]) is not None for at in self.numbers) else None

    def words(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Words of a row: not its numbers, nor those that count rows."""
        others = (cell for at, cell in enumerate(cells) if at not in self.numbers)
        return tuple(cell for cell in others if self.dialect.number(cell) is None)


def sniff(source: Source) -> float:
    """Titles, of which one names an axis of spectra, above rows of numbers and words."""
    return 0.15 if _layout(source.head_text.split("\n")[:-1]) is not None else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Blocks of every run of rows with the same words, named by those words that tell them apart.

    Raises
    ------
    BadInput
        If a row has not the cells of its table, or words part a spectrum.
    """
    lines = source.text.split("\n")
    layout = _layout(lines)
    if layout is None:
        raise BadInput(
            f"{source.name}: its rows do not keep numbers and words in separate columns; export axis and intensities"
        )
    rows = _rows(source, layout, lines)
    numbers = np.stack([_column(layout.dialect, rows, at) for at in layout.numbers], axis=1)
    words = [layout.words(cells) for cells in rows]
    telling = _telling(numbers, words)
    told = [
        (*beside, *(cells[layout.numbers[at]] for at in telling)) for beside, cells in zip(words, rows, strict=True)
    ]
    starts = [0, *(at for at in range(1, len(told)) if told[at] != told[at - 1])]
    _check_runs(source, numbers[:, 0], told, starts)
    shared = set.intersection(*(set(told[at]) for at in starts))
    kept = [at for at in range(len(layout.numbers)) if at not in telling]
    titles = [layout.titles[layout.numbers[at]] for at in kept]
    raws: list[Raw] = []
    for start, stop in zip(starts, [*starts[1:], len(told)], strict=True):
        name = " ".join(word for word in told[start] if word not in shared)
        table = Table(list(numbers[start:stop, kept].T), titles, [""] * len(titles), name=name)
        raws += blocks(table, source_name=source.name)
    return tuple(raws)


def _telling(numbers: Array, words: Sequence[tuple[str, ...]]) -> list[int]:
    """Columns that change only where words do or the axis begins anew: they tell spectra apart and are no intensity."""
    steps = np.diff(numbers[:, 0])
    anew = steps * np.sign(steps[0]) <= 0
    anew |= np.array([one != other for one, other in zip(words[1:], words[:-1], strict=True)])
    changes = np.diff(numbers, axis=0) != 0
    return [at for at in range(1, numbers.shape[1]) if not np.any(changes[~anew, at])]


def _check_runs(source: Source, x: Array, told: Sequence[tuple[str, ...]], starts: Sequence[int]) -> None:
    """Refuse words that part a spectrum: beside few rows, again further below, or while the axis goes on."""
    usual = float(np.median(np.diff(x[:FEWEST_ROWS])))
    seen: set[tuple[str, ...]] = set()
    for start, stop in zip(starts, [*starts[1:], len(told)], strict=True):
        words = ", ".join(told[start])
        apart = told[start] in seen or stop - start < FEWEST_POINTS
        size = counted(stop - start, "row")
        intact(not apart, source, f"has {size} of {words!r} away from their spectrum")
        goes_on = start > 0 and 0 < (x[start] - x[start - 1]) / usual < GOES_ON
        need(
            not goes_on,
            source,
            f"the axis continues at {x[start]:g} where the words beside it change to {words!r}; remove that column, or "
            "put the parts into separate files",
        )
        seen.add(told[start])


def _layout(lines: Sequence[str]) -> WordsLayout | None:
    for number, line in enumerate(lines[:MOST_LINES]):
        for dialect in DIALECTS:
            titles = dialect.cells(line)
            if len(titles) > 2 and all(dialect.number(cell) is None for cell in titles):
                layout = _of_rows(number, dialect, titles, lines[number + 1 :])
                if layout is not None:
                    return layout
    return None


def _of_rows(number: int, dialect: Dialect, titles: list[str], below: Sequence[str]) -> WordsLayout | None:
    """The layout of rows below titles; None where they are no spectra with words beside them."""
    rows = [dialect.filled(line, len(titles)) for line in below[: 2 * FEWEST_ROWS] if line.strip()]
    if len(rows) < FEWEST_ROWS or any(len(row) != len(titles) for row in rows):
        return None
    written = [at for at in range(len(titles)) if all(dialect.number(row[at]) is not None for row in rows)]
    numbers = [at for at in written if not counts_rows(_column(dialect, rows, at))]
    named = [
        at for at in numbers if _of_spectra(titles[at]) and _runs_one_way(_column(dialect, rows[:FEWEST_ROWS], at))
    ]
    if not named or len(numbers) < 2 or len(written) == len(titles):
        return None
    layout = WordsLayout(number, dialect, tuple(titles), (named[0], *(at for at in numbers if at != named[0])))
    return layout if len({layout.words(row) for row in rows[:FEWEST_ROWS]}) == 1 else None


def _of_spectra(title: str) -> bool:
    """Whether a title names an axis of spectra: a time or a place along a sample is none."""
    axis, unit = spectrum.axis(title), spectrum.unit(title)
    return unit in AXES_UNITS if unit else axis not in ("", "time")


def _runs_one_way(x: Array) -> bool:
    steps = np.diff(x)
    return bool(np.all(steps > 0) or np.all(steps < 0))


def _column(dialect: Dialect, rows: Sequence[Sequence[str]], at: int) -> Array:
    return np.array([dialect.number(row[at]) for row in rows], dtype=float)


def _rows(source: Source, layout: WordsLayout, lines: Sequence[str]) -> list[list[str]]:
    """Cells of every row below the titles, without remarks."""
    rows = []
    for number, line in enumerate(lines[layout.line + 1 :], start=layout.line + 2):
        cells = layout.row(line)
        if cells is None and line.strip() and not _is_remark(layout, line):
            size = counted(len(layout.titles), "cell")
            raise BadInput(
                f"{source.name}: line {number} does not have {size} with numbers as above; "
                "it is truncated or damaged: copy or export it again"
            )
        if cells is not None:
            rows.append(cells)
    return rows


def _is_remark(layout: WordsLayout, line: str) -> bool:
    """Whether a line is signed as a remark and holds no number: names of samples begin with such signs too."""
    return line.startswith(COMMENTS) and all(layout.dialect.number(cell) is None for cell in layout.dialect.cells(line))


READERS = (
    Reader(
        "words_beside",
        "table with words and numbers",
        (".csv", ".txt", ".tsv"),
        sniff,
        parse,
        gives="spectra below one another, named by the words that distinguish them; an axis by its title",
        held_to="public tables of brettadin/spectra-app-v2; hand-made files",
    ),
)
