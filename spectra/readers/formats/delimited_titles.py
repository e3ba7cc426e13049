"""Titles above a table of delimited text: which lines are, which are remarks, and which hold units."""

from __future__ import annotations

import re

import numpy as np

from spectra.readers.formats.delimited_rows import COMMENTS
from spectra.readers.raw import SPLITTERS, Array, Dialect, counts_rows
from spectra.spectrum import axis, unit

FEWEST_WITH_ROWS, SHORTEST_WORD = 3, 3  # columns beside row numbers; t and n are titles
AXIS_WORDS = ("x", "energy", "shift", "position", "index", "channel", "pixel", "point", "no.", "#", "frequency")
_INTENSITY_UNIT = re.compile(
    r"a\.?\s*u\.?|arb\.?.*|rel\.?.*|-|1|%.*|counts?.*|cts.*|cps|abs.*|[tr]|[munk]?v|au", re.IGNORECASE
)
LONGEST_UNIT = 12
_BARE_UNIT = re.compile(r"\[[^\[\]]+\]|\([^()]+\)")
_TITLE_WITH_UNIT = re.compile(r"(?!cm\b)\w+\s*[(\[]")
_APART = re.compile(r"\s{2,}|\t")
_ENDS_IN_BRACKET = re.compile(r"[^()\[\]]*[(\[][^()\[\]]*[)\]]|[^()\[\]]+$")


def titles_of(header: list[str], dialect: Dialect, width: int, *, counted: bool) -> tuple[list[str], list[str]]:
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
    if len(above) == 1 and all(_BARE_UNIT.fullmatch(cell) for cell in above[0]):
        above = [*_of_more_columns(header, dialect, width), *above]
    unit_line = next((k for k in range(len(above) - 1, 0, -1) if _all_units(above[k], above[k - 1])), None)
    if unit_line is not None:
        return above[unit_line - 1], above[unit_line]
    return above[-1], [""] * width


def _of_more_columns(header: list[str], dialect: Dialect, width: int) -> list[list[str]]:
    """Titles right above a line of units, of columns too that the table leaves out: Avantes names one it computes."""
    units = max(at for at, line in enumerate(header) if line.strip())
    cells = [cell.strip() for cell in dialect.cells(header[units - 1])] if units else []
    return [cells[:width]] if len(cells) > width else []


def _all_units(cells: list[str], titles: list[str]) -> bool:
    """A line of units below one of titles: the first of an axis, the others of intensities, or all the same."""
    others = [cell for cell in cells[1:] if cell]
    alike = len(others) > 1 and len(set(others)) == 1
    units_only = all(_INTENSITY_UNIT.fullmatch(cell.strip("()[] ")) for cell in others)
    named = bool(axis(titles[0])) and not unit(titles[0])
    short = all(len(cell) <= LONGEST_UNIT for cell in cells) and not _TITLE_WITH_UNIT.match(cells[0])
    return bool(unit(cells[0])) and short and (alike or units_only or named)


def _header_cells(line: str, dialect: Dialect, width: int, *, counted: bool) -> list[str] | None:
    split = _title_cells(line, dialect, width)
    if split is None:
        return None
    cells = split[0]
    return cells if len(cells) == width else _widened(cells, width, counted=counted)


def _title_cells(line: str, dialect: Dialect, width: int) -> tuple[list[str], str] | None:
    """Cells of a line that can be titles of the table, no more than its columns, and what separates them."""
    bare = line.strip("\n ").lstrip("#%/!*")  # a tab or comma in front is an empty title: pandas writes its index so
    if dialect.separator == "blank":
        phrases = _phrases(bare, width) or _behind_an_index(line, width)
        if phrases is not None:
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


def _behind_an_index(line: str, width: int) -> list[str] | None:
    """Titles of one word each below one blank, which is the empty title that pandas gives its index."""
    words = line.split()
    return words if re.match(r" \S", line) and len(words) == width - 1 and '"' not in line else None


def _widened(cells: list[str], width: int, *, counted: bool) -> list[str]:
    """Titles of a line with fewer cells than the table: R leaves out that of the rows' names, others the last ones."""
    missing = [""] * (width - len(cells))
    first = cells[0].strip().lower()
    named = bool(axis(cells[0]) or unit(cells[0])) or first in AXIS_WORDS
    return [*missing, *cells] if len(missing) == 1 and (counted or not named) else [*cells, *missing]


def remark_of(header: list[str], dialect: Dialect, columns: list[Array]) -> int | None:
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
