"""Tables without names, or with names of their own: the user declares which column is which, and the sign."""

from __future__ import annotations

from dataclasses import dataclass, field

from electrochemistry.readers.raw import (
    FREQUENCY,
    IMPEDANCE,
    Table,
    decimal_mark,
    is_unit,
    number,
    numeric_rows,
    split,
    titled_with,
    unit_of,
)
from shortrange_core import BadInput
from shortrange_core.spelling import option, spelled


@dataclass(frozen=True, slots=True)
class Columns:
    """Meaning of the columns of a text table.

    Parameters
    ----------
    frequency, real, imaginary
        Number of the column from 0, or its name in the header; Hz and ohm where the name, or a line below it, states
        no other unit of them, and no unit is declared: ``"0 [rad/s]"``, ``"Z1 [kOhm]"``.
    negative_imaginary
        True where the file holds -Im(Z), or the negative of the phase. There is no default that could be right for
        every file.
    separator
        Between cells; found among tab, semicolon, comma and blanks where None.
    modulus, phase
        Instead of the two parts: abs(Z), and the angle of Z in degrees where the name states no other unit.

    Raises
    ------
    BadInput
        If neither both parts nor modulus and phase are declared.

    Examples
    --------
    >>> Columns(frequency=0, real=1, imaginary=2, negative_imaginary=False).real
    1
    """

    frequency: int | str
    real: int | str | None = None
    imaginary: int | str | None = None
    negative_imaginary: bool = field(kw_only=True)
    separator: str | None = None
    modulus: int | str | None = None
    phase: int | str | None = None

    def __post_init__(self) -> None:
        declared = tuple(value is not None for value in (self.real, self.imaginary, self.modulus, self.phase))
        if declared not in ((True, True, False, False), (False, False, True, True)):
            raise BadInput("columns: declare the real and the imaginary part, or the modulus and the phase")

    @property
    def named(self) -> dict[str, tuple[int | str, str]]:
        """Quantity -> what was declared, and the name that the column then has."""
        minus = "-" if self.negative_imaginary else ""
        every = {
            "frequency": (self.frequency, "frequency"),
            "real": (self.real, "Re(Z)"),
            "imaginary": (self.imaginary, f"{minus}Im(Z)"),
            "modulus": (self.modulus, "|Z|"),
            "phase": (self.phase, f"{minus}phase"),
        }
        return {key: (value, name) for key, (value, name) in every.items() if value is not None}


def _separator(line: str, declared: str | None) -> str | None:
    return declared or next((mark for mark in "\t;," if mark in line), None)


def table(text: str, file: str, columns: Columns) -> Table:
    """Read the declared columns; lines before the first row of numbers are header.

    Raises
    ------
    BadInput
        If there is not a row of numbers, or a declared column is not there.
    """
    lines = text.split("\n")
    wanted = {key: value for key, (value, _) in columns.named.items()}
    start = _first_row(lines, columns)
    if start is None:
        way = spelled("give separator= or another file", command_line="give another file", recipe="give another file")
        raise BadInput(f"{file}: has no row of three numbers or more; {way}")
    separator = _separator(lines[start], columns.separator)
    width = len(_cells(lines[start], separator))
    above = [line for line in lines[:start] if line.strip()]
    header = above[-1] if above else ""
    names = [cell.lstrip("# ") for cell in _cells(header, separator)]
    titled = titled_with(_cells(above[-2], separator), names) if len(above) > 1 else None
    units = titled or names
    names = [cell.lstrip("# ") for cell in _cells(above[-2], separator)] if titled else names
    mark = decimal_mark([header], separator)
    if len(names) == width and 2 * sum(number(name, decimal=mark) is not None for name in names) > width:
        raise BadInput(f"{file}: line {header.strip()[:40]!r} above the table is a damaged row; correct or remove it")
    stated = {key: _stated(value, names) for key, value in wanted.items()}
    position = {key: _position(value, names, width, file) for key, (value, _) in stated.items()}
    if len(set(position.values())) < len(position):
        raise BadInput(f"{file}: {option('columns')} declares one column twice ({wanted}); give three different ones")
    body = [line for line in lines[start:] if line.strip() and not line.lstrip().startswith("#")]
    marks = [str(n) for n in range(width)]
    values, remarks = numeric_rows(
        body,
        marks,
        separator=separator,
        decimal=decimal_mark(body, separator),
        file=file,
        first=start + 1,
        needed=lambda mark: int(mark) in position.values(),
    )
    renamed = {key: name for key, (_, name) in columns.named.items()}
    if len(names) == width:
        renamed = {key: name + _unit(units[position[key]], key) for key, name in renamed.items()}
    renamed |= {key: f"{columns.named[key][1]} [{unit}]" for key, (_, unit) in stated.items() if unit}
    return Table({renamed[key]: values[marks[n]] for key, n in position.items()}, "declared columns", (), remarks)


def _stated(declared: int | str, names: list[str]) -> tuple[int | str, str]:
    """A declared column and the unit that stands behind it, where the header has no title of the whole text."""
    if isinstance(declared, int) or declared in names:
        return declared, ""
    name, unit = unit_of(declared)
    if not unit or not (name.isdigit() or name in names):
        return declared, ""
    return (name if name in names else int(name)), unit


def _unit(name: str, key: str) -> str:
    """Unit in the name of a declared column, as it stands behind the new name; nothing for other words."""
    unit = unit_of(name)[1]
    understood = bool(unit) if key == "phase" else is_unit(FREQUENCY if key == "frequency" else IMPEDANCE, unit)
    return f" [{unit}]" if understood else ""


def _cells(line: str, separator: str | None) -> list[str]:
    """Cells of a line without empty ones at its end; one in front is that of a column without a title."""
    cells = split(line, separator)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _first_row(lines: list[str], columns: Columns) -> int | None:
    """The first line of numbers alone; where no line is, the first that has them in three places and all declared."""
    whole = (n for n, line in enumerate(lines) if len(cells := _numbers(line, columns)) >= 3 and all(cells.values()))
    start = next(whole, None)
    if start is not None:
        return start
    asked = {value for declared, _ in columns.named.values() if isinstance(value := _stated(declared, [])[0], int)}
    for n, line in enumerate(lines):
        places = {place for place, told in _numbers(line, columns).items() if told}
        if len(places) >= 3 and asked <= places:
            return n
    return None


def _numbers(line: str, columns: Columns) -> dict[int, bool]:
    """Place of every cell that is not empty, and whether it holds a number."""
    separator = _separator(line, columns.separator)
    mark = decimal_mark([line], separator)
    return {place: number(cell, decimal=mark) is not None for place, cell in enumerate(_cells(line, separator)) if cell}


def _position(declared: int | str, names: list[str], width: int, file: str) -> int:
    if isinstance(declared, str):
        if declared not in names[:width]:
            raise BadInput(
                f"{file}: has no column {declared!r}; its header names {', '.join(map(repr, names)) or 'none'}"
            )
        return names.index(declared)
    if not 0 <= declared < width:
        raise BadInput(f"{file}: column {declared} does not exist; the rows have columns 0 to {width - 1}")
    return declared
