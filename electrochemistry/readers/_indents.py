"""Load-depth curves of indenters, as their programs write them in text: one table or several, each an indent."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from electrochemistry.readers.raw import (
    DEPTH,
    LOAD,
    decimal_mark,
    is_unit,
    number,
    numeric_rows,
    of_file,
    split,
    unit_factor,
    unit_of,
)
from electrochemistry.separators import Indent
from shortrange_core import BadInput
from shortrange_core.files import decode, read_bytes
from shortrange_core.readings import refuse_warnings
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import spelled

_NAMES: Mapping[str, tuple[str, ...]] = {
    DEPTH: (
        r"displacement into surface",
        r"(?:penetration |indentation )?depth",
        r"displacement",
        r"pd",
        r"h",
    ),
    LOAD: (r"load on sample", r"force on surface", r"(?:normal |indentation )?(?:load|force)", r"fn", r"p"),
}
"""Titles of the columns that are taken, the first that fits; case does not matter."""
_SEPARATORS = ("\t", ";", ",", None)
FEWEST_ROWS = 10


@dataclass(frozen=True, slots=True)
class _Header:
    """Where a table starts: its names, separator, units of depth and load with their columns, and first row."""

    names: list[str]
    separator: str | None
    columns: dict[str, tuple[int, str]]
    first: int


def read_indents(
    path: str | os.PathLike[str], *, columns: Mapping[str, str] | None = None, strict: bool = False
) -> tuple[Indent, ...]:
    r"""Read the load-depth curves of a text file.

    Parameters
    ----------
    path
        Text with a line of column titles that name a depth and a load with their units, in brackets or in the line
        below: Hysitron (``Depth (nm)``, ``Load (µN)``), NanoSuite as text (``Displacement Into Surface``, ``Load On
        Sample``), Anton Paar (``Pd [nm]``, ``Fn [mN]``), and tables of one's own. Every such line starts an indent.
    columns
        ``"depth"`` and ``"load"`` -> ``"title [unit]"``, where the titles are others.
    strict
        Refuse a file that is odd: every note of severity warning is an error.

    Returns
    -------
    tuple of Indent
        Depth in nm and load in mN, named by the file, with a number where it holds several.

    Raises
    ------
    BadInput
        If no line names both with units, a unit is not known, or a table has fewer than 10 rows.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.txt"
    ...     rows = "".join(f"{n}\t{1000 * n}\n" for n in range(12))
    ...     _ = path.write_text("Depth (nm)\tLoad (uN)\n" + rows)
    ...     (curve,) = read_indents(path)
    >>> curve.name, curve.load[:3].tolist()
    ('a', [0.0, 1.0, 2.0])
    """
    file = Path(path)
    lines = decode(read_bytes(file)).replace("\r", "").split("\n")
    declared = None if columns is None else {quantity: _declared(quantity, text) for quantity, text in columns.items()}
    if declared is not None and set(declared) != {DEPTH, LOAD}:
        raise BadInput(f"columns declare {', '.join(declared) or 'nothing'}; declare {DEPTH} and {LOAD}")
    headers = [header for n in range(len(lines)) if (header := _header(lines, n, declared)) is not None]
    if not headers:
        way = spelled(
            "columns={'depth': 'title [unit]', 'load': 'title [unit]'}",
            command_line="--column 'depth=title [unit]' --column 'load=title [unit]'",
            recipe="its columns",
        )
        raise BadInput(f"{file.name}: no line names a depth and a load with units; name them with {way}")
    several = len(headers) > 1
    curves = tuple(
        _curve(lines, header, file.name, f"{file.stem} {n}" if several else file.stem)
        for n, header in enumerate(headers, start=1)
    )
    if strict:
        refuse_warnings(note for curve in curves for note in curve.notes)
    return curves


def _declared(quantity: str, text: str) -> tuple[str, str]:
    match = re.fullmatch(r"(?P<name>.+?)\s*\[(?P<unit>[^\[\]]+)\]", text.strip())
    if match is None:
        raise BadInput(f"columns: {quantity} is declared as {text!r}; write 'title [unit]'")
    return match["name"], match["unit"]


def _header(lines: Sequence[str], at: int, declared: Mapping[str, tuple[str, str]] | None) -> _Header | None:
    """The header that the line is, or None."""
    for separator in _SEPARATORS:
        names = split(lines[at].strip(), separator)
        if len(names) < 2 or any(number(name) is not None for name in names):
            continue
        below = split(lines[at + 1].strip(), separator) if at + 1 < len(lines) else []
        under = below if len(below) == len(names) and all(number(cell) is None for cell in below) else []
        columns_of = _found(names, under, declared)
        if columns_of is not None:
            return _Header(names, separator, columns_of, at + (2 if under else 1))
    return None


def _found(
    names: Sequence[str], under: Sequence[str], declared: Mapping[str, tuple[str, str]] | None
) -> dict[str, tuple[int, str]] | None:
    """Column and unit of depth and load, or None where the line does not name both."""
    if declared is not None:
        stated = {quantity: (name, unit) for quantity, (name, unit) in declared.items()}
        if not all(name in names for name, _ in stated.values()):
            return None
        return {quantity: (list(names).index(name), unit) for quantity, (name, unit) in stated.items()}
    fitted = {}
    for quantity, titles in _NAMES.items():
        for title in titles:
            places = [
                (index, unit or (under[index].strip("[]()") if under else ""))
                for index, (name, unit) in enumerate(map(unit_of, names))
                if re.fullmatch(title, name.strip(), re.IGNORECASE)
            ]
            fitting = [place for place in places if is_unit(quantity, place[1])]
            if fitting:
                fitted[quantity] = fitting[0]
                break
    return fitted if len(fitted) == len(_NAMES) else None


def _is_row(line: str, separator: str | None) -> bool:
    """True of a line of numbers, one of which may be damaged; false of words between two tables."""
    cells = split(line.strip(), separator)
    decimal = decimal_mark([line], separator or " ")
    return 2 * sum(number(cell, decimal=decimal) is not None for cell in cells) >= max(len(cells), 2)


def _curve(lines: Sequence[str], header: _Header, file: str, name: str) -> Indent:
    body: list[str] = []
    for line in lines[header.first :]:
        if not _is_row(line, header.separator):
            if body:
                break
            continue
        body.append(line.strip() if header.separator is None else line)
    decimal = decimal_mark(body, header.separator or " ")
    titles = [f"{index}: {title}" for index, title in enumerate(header.names)]
    columns, remarks = numeric_rows(
        body, titles, separator=header.separator, decimal=decimal, file=file, first=header.first + 1
    )
    depth, load = (
        columns[titles[index]] * unit_factor(quantity, unit)
        for quantity, (index, unit) in ((quantity, header.columns[quantity]) for quantity in (DEPTH, LOAD))
    )
    whole = np.isfinite(depth) & np.isfinite(load)
    if int(whole.sum()) < FEWEST_ROWS:
        raise BadInput(
            f"{file}: the indent {name!r} has {counted(int(whole.sum()), 'row')}; a curve needs {FEWEST_ROWS} or more"
        )
    return Indent(name, depth[whole], load[whole], of_file(name, remarks))
