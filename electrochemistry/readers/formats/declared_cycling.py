"""Tables whose columns the user declares (csv, tsv), and tables in the battery data format (csv, parquet)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells import CURRENT, NET_CAPACITY, OPTIONAL, REQUIRED, TIME, cycling_table
from electrochemistry.readers.raw import (
    COUNTERS,
    DIRECTION,
    EC_LAB_TIME,
    check_counters,
    check_rises,
    check_unsigned,
    check_written,
    clock_column,
    columns_option,
    decimal_mark,
    direction_column,
    ec_lab_dates,
    net_charge,
    numeric_rows,
    raw_cells,
    rows_without,
    signs_of,
    split,
    time_from_dates,
    unit_factor,
)
from shortrange_core import BadInput, Note
from shortrange_core.labels import named_twice
from shortrange_core.spelling import option

Sign = Literal["+ = charging", "- = charging"]
CLOCK = "h:m:s"
_QUOTED = re.compile(r'"[^"]*"')
_TWO = re.compile(r"(?P<first>.+?\[[^\[\]]*\])\s+(?P<sign>[-+])\s+(?P<second>.+\[[^\[\]]*\])")
_UNITLESS = ("cycle_count", "step_count")


def separator_of(line: str) -> str:
    """Separator that cuts the line into most cells, of tab, semicolon and comma outside quotes."""
    return max("\t;,", key=_QUOTED.sub("", line).count)


def _rows(text: str, file: str) -> tuple[list[str], list[str], str]:
    """Names, rows of text and separator of a table whose first line names its columns."""
    lines = text.split("\n")
    separator = separator_of(lines[0])
    names = split(lines[0], separator)
    repeated = named_twice(names)
    if not names or repeated:
        raise BadInput(f"{file}: line 1 must name every column once; found {', '.join(repeated) or 'nothing'} repeated")
    width = len(names)
    return names, [_trimmed(line, separator, width) for line in lines[1:] if line.strip()], separator


def text_columns(text: str, file: str) -> tuple[dict[str, npt.NDArray[np.float64]], tuple[Note, ...]]:
    """Columns of a table whose first line names them.

    Raises
    ------
    BadInput
        If there is no table, a name is repeated, or a row has another number of cells.
    """
    names, rows, separator = _rows(text, file)
    decimal = decimal_mark(rows, separator)
    if decimal == "." and (data := _plain_numbers(rows, separator, len(names))) is not None:
        cells = dict(zip(names, zip(*(row.split(separator) for row in rows), strict=True), strict=True))
        values = {name: data[:, index].copy() for index, name in enumerate(names)}
        return values, check_written(cells, values, range(2, len(rows) + 2))[1]
    return numeric_rows(rows, names, separator=separator, decimal=decimal, file=file, first=2)


def _plain_numbers(rows: Sequence[str], separator: str, width: int) -> npt.NDArray[np.float64] | None:
    """Rows that hold ``width`` numbers each and nothing else, or None: the quick way of the slow general reader."""
    if not rows or any(row.count(separator) != width - 1 for row in rows):
        return None
    try:
        return np.loadtxt(rows, delimiter=separator, comments=None, ndmin=2, dtype=float)
    except ValueError:
        return None


def _trimmed(line: str, separator: str, width: int) -> str:
    """The line with a dash in empty cells at its end, which would else look like a cut row."""
    cells = [cell.strip() for cell in raw_cells(line, separator)]
    empty_tail = len(cells) >= width and not any(cells[width:])
    return separator.join(cell or "-" for cell in cells[:width]) if empty_tail else line


def with_net(columns: dict[str, npt.NDArray[np.float64]]) -> dict[str, npt.NDArray[np.float64]]:
    """The columns with the net charge that counters of one direction give, where none is there."""
    net = columns.get(NET_CAPACITY)
    if net is None:
        net = net_charge(columns, np.sign(columns[CURRENT]))
    kept = {name: values for name, values in columns.items() if name not in COUNTERS}
    return kept if net is None else kept | {NET_CAPACITY: net}


def read_declared(text: str, file: str, columns: Mapping[str, str], sign: Sign | None) -> xr.Dataset:
    """Cycling record of a table whose columns are declared.

    Parameters
    ----------
    text, file
        Decoded contents, and the name for messages.
    columns
        Quantity -> ``"column name [unit]"``, such as ``{"test_time_second": "Time [h]"}``; times that are written as
        01:30:00 have the unit ``[h:m:s]``. The voltage of a cell with three electrodes may be ``"Ewe [V] - Ece [V]"``.
        Counters: ``net_capacity_ah``, or ``charging_capacity_ah`` with
        ``discharging_capacity_ah``, or ``step_capacity_ah``, which may begin again at any step. ``direction`` names a
        column of words for currents without a sign: ``"State"`` or ``"State [C=charge, D=discharge]"``.
    sign
        What a positive current does; it is never guessed. Not needed beside a direction.

    Raises
    ------
    BadInput
        If a required quantity is not declared, a column is not in the file, a unit is not known, no sign is given, or
        currents without a sign stand beside words of direction that are not declared.
    """
    read, remarks = text_columns(text, file)
    problems = _declaration_problems(columns, sign, read)
    chosen: dict[str, npt.NDArray[np.float64]] = {}
    for quantity, declared in columns.items():
        if quantity == DIRECTION:
            continue
        try:
            chosen[quantity] = _column(quantity, declared, read, text, file)
        except BadInput as error:
            problems += error.problems
            continue
        if chosen[quantity].size and not np.isfinite(chosen[quantity]).any():
            problems.append(f"column {declared!r} contains no number; times such as 01:30:00 have the unit [{CLOCK}]")
    if problems := problems or list(check_rises(chosen)):
        raise BadInput(*(f"{file}: {problem}" for problem in problems))
    declarations = ", ".join(f"{quantity} from {declared}" for quantity, declared in columns.items())
    name, unit = _declared(TIME, columns[TIME])
    if (name, unit) == (EC_LAB_TIME, CLOCK) and ec_lab_dates(_clock_cells(read, name, text, file), name):
        remarks = (*remarks, time_from_dates())
    words = _direction_words(read, columns, text, file)
    chosen, how = _signed(chosen, columns, sign, words)
    return labelled_table(with_net(chosen), [*remarks, f"declared columns: {declarations}; {how}"])


def _column(
    quantity: str, declared: str, read: Mapping[str, npt.NDArray[np.float64]], text: str, file: str
) -> npt.NDArray[np.float64]:
    """The column declared in the unit of its quantity, or the sum or difference of two."""
    name, unit = _declared(quantity, declared)
    if name in read and quantity == TIME and unit == CLOCK:
        return clock_column(_clock_cells(read, name, text, file), name)
    if name in read:
        return read[name] * unit_factor(NET_CAPACITY if quantity in COUNTERS else quantity, unit)
    two = _TWO.fullmatch(declared.strip())
    if two is None:
        raise BadInput(f"no column {name!r} for {quantity}; there are {', '.join(read)}")
    first, second = (_column(quantity, two[part], read, text, file) for part in ("first", "second"))
    return first - second if two["sign"] == "-" else first + second


def _clock_cells(read: Mapping[str, npt.NDArray[np.float64]], name: str, text: str, file: str) -> list[str]:
    """Times as they are written."""
    return _words(text, file, [name], read[name].size)[name]


def _declaration_problems(columns: Mapping[str, str], sign: Sign | None, read: Mapping[str, object]) -> list[str]:
    quantities = (*REQUIRED, *OPTIONAL, *COUNTERS, DIRECTION)
    problems = [f"{columns_option()} does not declare {name}" for name in REQUIRED if name not in columns]
    problems += [
        f"{name!r} is not a quantity; there are {', '.join(quantities)}" for name in columns if name not in quantities
    ]
    problems += check_counters(columns)
    needed = DIRECTION not in columns or NET_CAPACITY in columns
    if needed and sign not in ("+ = charging", "- = charging"):
        given = option("current_sign", sign) if sign else f"{option('current_sign')} is not given"
        problems.append(f"{given}; state '+ = charging' or '- = charging'")
    if DIRECTION in columns and (name := direction_column(columns[DIRECTION])) not in read:
        problems.append(f"no column {name!r} for {DIRECTION}; there are {', '.join(read)}")
    return problems


def _direction_words(
    read: Mapping[str, npt.NDArray[np.float64]], columns: Mapping[str, str], text: str, file: str
) -> dict[str, list[str]]:
    """Cells of the column that the direction is declared to stand in; else of the columns that hold no numbers."""
    wanted = [name for name, values in read.items() if not np.isfinite(values).any()]
    if DIRECTION in columns:
        wanted = [direction_column(columns[DIRECTION])]
    return _words(text, file, wanted, len(next(iter(read.values()))))


def _signed(
    chosen: dict[str, npt.NDArray[np.float64]],
    columns: Mapping[str, str],
    sign: Sign | None,
    words: Mapping[str, list[str]],
) -> tuple[dict[str, npt.NDArray[np.float64]], str]:
    """The columns with + = charging, by the sign that is stated or the words of a column, and how."""
    current = np.nan_to_num(chosen[CURRENT])
    turned = {name: -chosen[name] for name in (CURRENT, NET_CAPACITY) if name in chosen and sign == "- = charging"}
    if DIRECTION not in columns:
        check_unsigned(current, words)
        return chosen | turned, f"current sign of the file: {sign}"
    way = signs_of(next(iter(words.values())), columns[DIRECTION], np.abs(current) > 0)
    signed = np.where(way == 0, 1.0, way) * np.abs(chosen[CURRENT])
    return chosen | turned | {CURRENT: signed}, f"size of the current with the direction of {columns[DIRECTION]}"


def _words(text: str, file: str, wanted: Sequence[str], count: int) -> dict[str, list[str]]:
    """Cells of the columns named, of the ``count`` rows that :func:`text_columns` reads: without a cut last one."""
    if not wanted:
        return {}
    names, rows, separator = _rows(text, file)
    cells = [parts for parts in (split(row, separator) for row in rows) if len(parts) == len(names)]
    return {name: [parts[names.index(name)] for parts in cells[:count]] for name in wanted}


def _declared(quantity: str, declared: str) -> tuple[str, str]:
    match = re.fullmatch(r"(?P<name>.+?)\s*\[(?P<unit>[^\[\]]*)\]", declared.strip())
    if match:
        return match["name"], match["unit"]
    if quantity in _UNITLESS:
        return declared.strip(), "1"
    raise BadInput(f"{columns_option()} declares {quantity} as {declared!r}; write 'column name [unit]'")


def labelled_table(columns: Mapping[str, npt.NDArray[np.float64]], history: Sequence[str | Note]) -> xr.Dataset:
    """The cycling table of columns by machine name, its rows without time, voltage or current left out and said so."""
    keep = np.logical_and.reduce([np.isfinite(columns[name]) for name in REQUIRED])
    lines = list(history)
    if not keep.all():
        lines.append(rows_without("time, voltage or current", ~keep))
    return cycling_table(
        *(columns[name][keep] for name in REQUIRED),
        net_capacity_ah=columns[NET_CAPACITY][keep] if NET_CAPACITY in columns else None,
        cycle_count=columns["cycle_count"][keep] if "cycle_count" in columns else None,
        step_count=columns["step_count"][keep] if "step_count" in columns else None,
        history=lines,
    )
