"""How a table of text is written: separator, decimal sign, which lines are rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_POINT = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?"
_MISSING = re.compile(
    r"NA|(?i:[+-]?(?:nan|inf|infinity)|[+-]?nan\((?:s?nan|q?nan|ind)\)|[+-]?1[.,]#(?:qnan|snan|nan|ind|inf)\d*|n/a|n\.a\."
    r"|<na>|none|null|missing|#n/?a|#nv|#num!|#zahl!|#value!|#wert!|#div/0!|#ref!|#bezug!|#name\?|#null!|--)"
)
"""How R, pandas, SQL, C and sheets write that there is not a number; ``Na`` is sodium."""
NUMBERS = {".": re.compile(_POINT), ",": re.compile(_POINT.replace(r"\.", ","))}
SPLITTERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("tab", re.compile(r"[ ]*\t[ ]*")),
    ("semicolon", re.compile(r"\s*;\s*")),
    ("comma", re.compile(r"\s*,\s*")),
    ("blank", re.compile(r"\s+")),
)
_IN_QUOTES = re.compile(r'"[^"]*"|[^\s"]+')
_ODD = re.compile(r"[^0-9eE+\-.,;\t ]")
_SIGNS: dict[str, str | None] = {"tab": "\t", "semicolon": ";", "comma": ",", "blank": None}
SAMPLE_ROWS = 200
STARTS_AS_NUMBER = re.compile(r"[\s\"']*[+-]?[.,]?\d")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text writes rows: the separator of columns and the decimal sign."""

    separator: str
    splitter: re.Pattern[str]
    decimal: str

    def cells(self, line: str) -> list[str]:
        """Cells of a line; empty cells at the end are left out. What stands in quotes is one cell."""
        if line.count('"') > 1:
            cells = self._quoted(line)
        else:
            bare = line.strip("\n").strip() if self.separator == "blank" else line.strip("\n ").rstrip()
            cells = self.splitter.split(bare)
        while cells and not cells[-1].strip():
            cells.pop()
        return [cell.strip().strip("\"'") for cell in cells]

    def filled(self, line: str, width: int) -> list[str]:
        """Cells of a line, with those of ``width`` that are empty at its end; a line that lost a cell stays short."""
        cells = self.cells(line)
        missing, mark = width - len(cells), _SIGNS[self.separator]
        empty = mark is not None and missing > 0 and line.rstrip("\r\n ").endswith(mark * missing)
        return [*cells, *[""] * missing] if empty else cells

    def number(self, cell: str) -> float | None:
        """A cell as a number, in Fortran's notation too; None where it is none."""
        if not NUMBERS[self.decimal].fullmatch(cell):
            return None
        return float(cell.replace(",", ".").replace("d", "e").replace("D", "e"))

    def _quoted(self, line: str) -> list[str]:
        mark = _SIGNS[self.separator]
        if mark is None:
            return _IN_QUOTES.findall(line)
        return next(csv.reader([line.strip("\n ")], delimiter=mark, skipinitialspace=True), [])

    def numbers(self, line: str) -> list[float] | None:
        """Numbers of a line with at least two columns (an empty inner cell is NaN); None where it is no row."""
        return self._fast(line) or self._careful(line)

    def _fast(self, line: str) -> list[float] | None:
        """Numbers of a plain row; None where it needs a closer look."""
        if _ODD.search(line):
            return None
        text = line if self.decimal == "." else line.replace(",", ".") if "." not in line else "."
        cells = text.strip().split(_SIGNS[self.separator])
        if len(cells) < 2:
            return None
        try:
            return [float(cell) for cell in cells]
        except ValueError:
            return None

    def _careful(self, line: str) -> list[float] | None:
        cells = self.cells(line)
        if len(cells) < 2:
            return None
        values: list[float] = []
        for cell in cells:
            value = self.number(cell)
            if value is not None:
                values.append(value)
            elif cell == "" or _MISSING.fullmatch(cell):
                values.append(np.nan)
            else:
                return None
        return values if np.any(np.isfinite(values)) else None


def dialect_of(lines: Sequence[str]) -> tuple[Dialect, int]:
    """The dialect under which most of a sample of ``lines`` are rows of numbers, and how many of it are."""
    sample = [line for line in lines if STARTS_AS_NUMBER.match(line)]
    step = max(1, len(sample) // SAMPLE_ROWS)
    best: tuple[int, Dialect] | None = None
    for decimal in (".", ","):
        for name, splitter in SPLITTERS:
            if decimal == "," and name == "comma":
                continue
            dialect = Dialect(name, splitter, decimal)
            rows = sum(dialect.numbers(line) is not None for line in sample[::step])
            if best is None or rows > best[0]:
                best = (rows, dialect)
    assert best is not None
    return best[1], best[0]
