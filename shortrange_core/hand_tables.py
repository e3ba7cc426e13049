"""Tables that people write by hand: one row a thing under titles, saved by any spreadsheet."""

from __future__ import annotations

import csv
import os

from shortrange_core.files import read_text

SEPARATORS = (";", "\t", ",")


def hand_table(path: str | os.PathLike[str]) -> list[tuple[int, dict[str, str]]]:
    r"""Rows of a table as (line of the file, cell by title), cells without blanks around them.

    The separator is the one of ``;``, tab and ``,`` that the titles hold. Where it is no comma, commas are decimal in a
    column that has them and no point. Empty lines and those that begin with ``#`` are left out; a cell that is not
    there is empty.

    Raises
    ------
    BadInput
        If the file is missing, a folder, empty or too large.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "pellets.csv"
    >>> _ = file.write_text("# of June\nname;mass_g\na;0,151\nb;1\n")
    >>> hand_table(file)
    [(3, {'name': 'a', 'mass_g': '0.151'}), (4, {'name': 'b', 'mass_g': '1'})]
    """
    lines = [
        (number, line)
        for number, line in enumerate(read_text(path).splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        return []
    separator = next((mark for mark in SEPARATORS if mark in lines[0][1]), ",")
    cells = [[cell.strip() for cell in next(csv.reader([line], delimiter=separator))] for _, line in lines]
    titles = cells[0]
    columns = [[row[place] if place < len(row) else "" for row in cells[1:]] for place in range(len(titles))]
    if separator != ",":
        columns = [_with_points(column) for column in columns]
    return [
        (number, dict(zip(titles, row, strict=True)))
        for (number, _), row in zip(lines[1:], zip(*columns, strict=True), strict=True)
    ]


def _with_points(column: list[str]) -> list[str]:
    """Cells with decimal points, where every number among them has a decimal comma or is whole."""
    changed = [cell.replace(",", ".") for cell in column]
    decimal = all(_is_number(cell) for cell in changed if cell) and not any("." in cell for cell in column)
    return changed if decimal else column


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
