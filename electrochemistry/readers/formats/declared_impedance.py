"""Tables without names, or with names of their own: the user declares which column is which, and the sign."""

from __future__ import annotations

from dataclasses import dataclass

from electrochemistry.readers.raw import (
    FREQUENCY,
    IMPEDANCE,
    Table,
    decimal_mark,
    is_unit,
    number,
    numeric_rows,
    split,
    unit_of,
)
from shortrange_core import BadInput


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a text table holds what.

    Parameters
    ----------
    frequency, real, imaginary
        Number of the column from 0, or its name in the header; Hz and ohm where the name states no other unit of them.
    negative_imaginary
        True where the file holds -Im(Z). There is no default that could be right for every file.
    separator
        Between cells; found among tab, semicolon, comma and blanks where None.

    Examples
    --------
    >>> Columns(frequency=0, real=1, imaginary=2, negative_imaginary=False).real
    1
    """

    frequency: int | str
    real: int | str
    imaginary: int | str
    negative_imaginary: bool
    separator: str | None = None


def _separator(line: str, declared: str | None) -> str | None:
    return declared or next((mark for mark in "\t;," if mark in line), None)


def table(text: str, file: str, columns: Columns) -> Table:
    """Read the declared columns; lines before the first row of numbers are header.

    Raises
    ------
    BadInput
        If there is no row of numbers, or a declared column is not there.
    """
    lines = text.split("\n")
    wanted = {"frequency": columns.frequency, "real": columns.real, "imaginary": columns.imaginary}
    start = next((n for n, line in enumerate(lines) if _numeric(line, columns.separator)), None)
    if start is None:
        raise BadInput(f"{file}: has no row of three numbers or more; give separator= or another file")
    separator = _separator(lines[start], columns.separator)
    width = len([cell for cell in split(lines[start], separator) if cell])
    header = next((line for line in reversed(lines[:start]) if line.strip()), "")
    names = [cell.lstrip("# ") for cell in split(header, separator) if cell]
    mark = decimal_mark([header], separator)
    if len(names) == width and 2 * sum(number(name, decimal=mark) is not None for name in names) > width:
        raise BadInput(
            f"{file}: line {header.strip()[:40]!r} above the table is a row with damage; repair or remove it"
        )
    position = {key: _position(value, names, width, file) for key, value in wanted.items()}
    if len(set(position.values())) < len(position):
        raise BadInput(f"{file}: columns= declares one column twice ({wanted}); give three different ones")
    body = [line for line in lines[start:] if line.strip() and not line.lstrip().startswith("#")]
    marks = [str(n) for n in range(width)]
    values, remarks = numeric_rows(
        body, marks, separator=separator, decimal=decimal_mark(body, separator), file=file, first=start + 1
    )
    imaginary = "-Im(Z)" if columns.negative_imaginary else "Im(Z)"
    renamed = {"frequency": "frequency", "real": "Re(Z)", "imaginary": imaginary}
    if len(names) == width:
        renamed = {key: name + _unit(names[position[key]], key) for key, name in renamed.items()}
    return Table({renamed[key]: values[marks[n]] for key, n in position.items()}, "declared columns", (), remarks)


def _unit(name: str, key: str) -> str:
    """Unit in the name of a declared column, as it stands behind the new name; nothing for Hz, ohm and other words."""
    unit = unit_of(name)[1]
    return f"/{unit}" if is_unit(FREQUENCY if key == "frequency" else IMPEDANCE, unit) else ""


def _numeric(line: str, declared: str | None) -> bool:
    separator = _separator(line, declared)
    cells = [cell for cell in split(line, separator) if cell]
    mark = decimal_mark([line], separator)
    return len(cells) >= 3 and all(number(cell, decimal=mark) is not None for cell in cells)


def _position(declared: int | str, names: list[str], width: int, file: str) -> int:
    if isinstance(declared, str):
        if declared not in names[:width]:
            raise BadInput(
                f"{file}: has no column {declared!r}; its header names {', '.join(map(repr, names)) or 'none'}"
            )
        return names.index(declared)
    if not 0 <= declared < width:
        raise BadInput(f"{file}: column {declared} is not there; the rows have columns 0 to {width - 1}")
    return declared
