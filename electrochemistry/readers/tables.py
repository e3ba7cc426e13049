"""Columns of numbers as instruments write them: separators, decimal commas, cut last rows, units in a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput

Column = npt.NDArray[np.float64]
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?|[+-]?(?:nan|inf)(?:inity)?", re.IGNORECASE)
MISSING = ("", "-", "--", "n/a", "xxx")


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """Named columns of equal length, and what was said beside them.

    Parameters
    ----------
    columns
        Name as written in the file -> values.
    kind
        Technique or table name as written in the file.
    settings
        Pairs of name and text from the header.
    remarks
        What was left out while reading.
    """

    columns: dict[str, Column]
    kind: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0


def number(text: str, *, decimal: str = ".") -> float | None:
    """Number in ``text``, or None if it is none.

    Examples
    --------
    >>> number("1,5E+003", decimal=","), number("Hz")
    (1500.0, None)
    """
    plain = text.strip()
    if decimal == ",":
        plain = plain.replace(".", "").replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        return None
    return float(plain.replace("d", "e").replace("D", "e"))


def split(line: str, separator: str | None) -> list[str]:
    """Cells of a line: at ``separator``, or at blanks where it is None."""
    if separator is None:
        return line.split()
    return [cell.strip().strip('"').strip() for cell in line.rstrip("\n").split(separator)]


def numeric_rows(
    lines: Sequence[str], names: Sequence[str], *, separator: str | None, decimal: str = ".", file: str, first: int = 1
) -> tuple[dict[str, Column], tuple[str, ...]]:
    """Columns of numbers under ``names``; cells that hold words become NaN.

    A last row with too few cells is what an aborted run leaves: it is left out, with a remark. Rows end at the
    first blank line.

    Parameters
    ----------
    lines
        Lines below the header.
    names
        Column names; a row may have more cells than that only if they are empty.
    separator, decimal
        Of cells (None: blanks) and of numbers.
    file, first
        File name and number of the first line, for messages.

    Raises
    ------
    BadInput
        If a row before the last has another number of cells.
    """
    kept: list[list[float]] = []
    remarks: list[str] = []
    body = [line for line in lines if line.strip()]
    for offset, line in enumerate(body):
        cells = split(line, separator)
        while len(cells) > len(names) and not cells[-1]:
            cells.pop()
        if len(cells) == len(names):
            kept.append([_cell(cell, decimal) for cell in cells])
        elif offset == len(body) - 1 and len(cells) < len(names):
            remarks.append(f"the last row has {len(cells)} of {len(names)} columns (a cut file) and is left out")
        else:
            raise BadInput(
                f"{file}: line {first + offset} has {len(cells)} columns where {len(names)} are named; "
                "export the file again, undamaged"
            )
    data = np.array(kept, dtype=float).reshape(len(kept), len(names))
    return {name: data[:, index].copy() for index, name in enumerate(names)}, tuple(remarks)


def _cell(cell: str, decimal: str) -> float:
    value = number(cell, decimal=decimal)
    return float("nan") if value is None else value


def decimal_mark(lines: Sequence[str], separator: str | None) -> str:
    """``","`` where cells are written with decimal commas, else ``"."``.

    Examples
    --------
    >>> decimal_mark(["1,0E3;2,5"], ";"), decimal_mark(["1.0;2"], ";")
    (',', '.')
    """
    if separator == ",":
        return "."
    cells = [cell for line in lines[:20] for cell in split(line, separator)]
    commas = sum(bool(re.fullmatch(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?", cell)) for cell in cells)
    points = sum(bool(re.fullmatch(r"[+-]?\d+\.\d+(?:[eE][+-]?\d+)?", cell)) for cell in cells)
    return "," if commas > points else "."
