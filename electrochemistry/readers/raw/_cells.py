"""Cells of a line of text: separators, quotes, numbers with decimal points or commas."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?|[+-]?(?:nan|inf)(?:inity)?", re.IGNORECASE)


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
    """Cells of a line: at ``separator`` outside quotes, or at blanks where it is None.

    Examples
    --------
    >>> split('1,"CC, step 2",3', ","), split('Freq,Z",-Z"', ",")
    (['1', 'CC, step 2', '3'], ['Freq', 'Z', '-Z'])
    """
    if separator is None:
        return line.split()
    return [cell.strip().strip('"').strip() for cell in raw_cells(line, separator)]


def raw_cells(line: str, separator: str) -> list[str]:
    """Cells of a line as they are written, quotes and all; a quote that does not end parts as any other letter."""
    pieces = line.rstrip("\n").split(separator)
    if '"' not in line:
        return pieces
    cells: list[str] = []
    inside = False
    for piece in pieces:
        if inside:
            cells[-1] += separator + piece
        else:
            cells.append(piece)
        inside = cells[-1].lstrip().startswith('"') and cells[-1].count('"') % 2 == 1
    return pieces if inside else cells


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
