"""Cycling tables whose titles name time, voltage and current, behind any preamble: Maccor, Arbin csv, Neware csv, PEC,
Novonix, BaSyTec, Battery Archive.

What a positive current does is taken from the file alone: from the words of a column, or from the counters of charge
and discharge that rise with it. Where neither says it, it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from electrochemistry.cells import CURRENT, ELECTRODES, TIME, VOLTAGE
from electrochemistry.readers.formats.cycling_titles import POTENTIALS, TitleRow, named_quantity
from electrochemistry.readers.formats.declared_cycling import CLOCK, Sign, read_declared
from electrochemistry.readers.raw import (
    CHARGING,
    DIFFERENCE,
    DIRECTION,
    DISCHARGING,
    ECE,
    EWE,
    Potentials,
    Voltage,
    columns_option,
    completed,
    decimal_mark,
    declaration,
    known_direction,
    number,
    split,
    taken_of,
    unit_factor,
)
from shortrange_core import Unstated
from shortrange_core.spelling import option, spelled

_TIMES = {"sec": "s", "seconds": "s", "second": "s", "hours": "h", "hour": "h", "hr": "h", "minutes": "min"}
_SPANS = {"s": 1.0, "min": 60.0, "h": 3600.0}
SAME_SPAN = 0.02
"""Relative difference of two spans of time that are the same: dates have whole seconds or minutes."""
_ARBIN = {"Data_Point", "Test_Time", "Step_Index", "Cycle_Index", "Current", "Voltage", "Charge_Capacity"}
"""Titles of Arbin's csv, which names no units: they are those of its workbooks."""
_ARBIN_UNITS = {TIME: "s", DIFFERENCE: "V", CURRENT: "A"}
_UNSAID = ("voltage", "volts", "mvolts", "potential", "u", "e", "v")
"""Names of a voltage that do not say between what it is."""
CLEAR = 0.9
"""Share of the charge that must follow one sign of the current."""


def read_titled(text: str, file: str, header: TitleRow, sign: Sign | None, *, voltage: str | None = None) -> xr.Dataset:
    """Cycling record of the table below its line of titles.

    ``voltage`` is Ewe, Ece or Ewe-Ece; where absent, that of the cell.

    Raises
    ------
    BadInput
        If the unit of a column, or what a positive current does, is neither said nor seen, the voltage that is asked
        for is not there, or a row is damaged.
    """
    body = "\n".join(text.split("\n")[header.line + 1 :])
    cells = _cells(body, header, {quantity: title for quantity, (title, _) in header.columns.items()})
    units = _with_units(cells, header, file)
    taken = _voltage(cells, units, voltage, file)
    declared = {name: f"{title} [{unit}]" for name, (title, unit) in units.items() if name not in POTENTIALS}
    declared[VOLTAGE] = taken.source
    for quantity in ("cycle_count", "step_count"):
        if quantity in header.columns and np.count_nonzero(np.nan_to_num(_numbers(cells[quantity]))) > 1:
            declared[quantity] = header.columns[quantity][0]
    current = np.nan_to_num(_numbers(cells[CURRENT]))
    title, way = _direction(body, header)
    if way is not None and _unsigned(current, way, stated=sign is not None):
        declared[DIRECTION] = title
    else:
        sign = sign or _sign(current, way, cells, file)
    titles = (f'"{title}"' if any(mark in title for mark in "\t;,") else title for title in header.titles)
    table = header.separator.join(titles) + "\n" + body
    record = read_declared(table, file, declared, None if DIRECTION in declared else sign)
    if taken.electrodes:
        record[VOLTAGE].attrs[ELECTRODES] = taken.electrodes
        record.attrs["history"] += f"\n{taken.sentence}"
    return record


def _voltage(
    cells: Mapping[str, list[str]], units: Mapping[str, tuple[str, str]], wanted: str | None, file: str
) -> Voltage:
    """The voltage that is asked for, or that of the cell; its source is written as a column is declared."""
    recorded: Potentials = {
        name: (f"{units[name][0]} [{units[name][1]}]", _numbers(cells[name]) * unit_factor(VOLTAGE, units[name][1]))
        for name in POTENTIALS
        if name in units
    }
    if {ECE, DIFFERENCE} == set(recorded) and named_quantity(units[DIFFERENCE][0])[0] in _UNSAID:
        recorded = _of_an_electrode(recorded, wanted, file)
    return taken_of(completed(recorded), wanted, file)


def _of_an_electrode(recorded: Potentials, wanted: str | None, file: str) -> Potentials:
    """What a voltage without a name is, beside that of a counter electrode: as the user says.

    Raises
    ------
    BadInput
        If nothing says it.
    """
    source, volts = recorded[DIFFERENCE]
    if wanted == EWE:
        return {EWE: (source, volts), ECE: recorded[ECE]}
    if wanted is None:
        raise Unstated(
            f"{file}: besides {recorded[ECE][0]} it has {source}, which may be the voltage of the cell or of its "
            f"working electrode; give {option('voltage', DIFFERENCE)} if it is that of the cell, "
            f"{option('voltage', EWE)} if it is that of the working electrode; or declare the columns with "
            f"{columns_option()}"
        )
    return recorded


def _direction(body: str, header: TitleRow) -> tuple[str, npt.NDArray[np.float64] | None]:
    """The first column whose words say a direction, and what they say; None without one."""
    cells = _cells(body, header, {title: title for title in header.directions})
    ways = ((title, _words(cells[title])) for title in header.directions)
    return next(((title, way) for title, way in ways if way is not None), ("", None))


def _cells(body: str, header: TitleRow, wanted: Mapping[str, str]) -> dict[str, list[str]]:
    """Cells of the columns wanted (key -> title), of the same whole rows whichever are asked for; "" behind a cut."""
    rows = [split(line.strip("\r"), header.separator) for line in body.split("\n") if line.strip()]
    places = {key: header.titles.index(title) for key, title in wanted.items()}
    last = max((header.titles.index(title) for title, _ in header.columns.values()), default=0)
    whole = [row for row in rows if len(row) > max(last, len(header.titles) - 2)]
    return {key: [row[place].strip() if place < len(row) else "" for row in whole] for key, place in places.items()}


def _numbers(cells: Sequence[str]) -> npt.NDArray[np.float64]:
    mark = decimal_mark([cell for cell in cells if "," in cell or "." in cell], None)
    values = (number(cell, decimal=mark) for cell in cells)
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _with_units(cells: Mapping[str, list[str]], header: TitleRow, file: str) -> dict[str, tuple[str, str]]:
    """Time, voltage, current, and both counters where they have units, each with its unit."""
    united = {}
    for quantity in (TIME, CURRENT, *(name for name in POTENTIALS if name in header.columns)):
        title, unit = header.columns[quantity]
        if quantity == TIME:
            unit = CLOCK if any(":" in cell for cell in cells[TIME][:10]) else _TIMES.get(unit.lower(), unit.lower())
            unit = unit or _span_unit(cells)
        if not unit and set(header.titles) >= _ARBIN:
            unit = _ARBIN_UNITS[quantity]
        if not unit:
            raise Unstated(f"{file}: column {title!r} has no unit; " + declaration(header.columns, header.directions))
        united[quantity] = (title, unit)
    counters = {
        quantity: (title, unit or ("Ah" if set(header.titles) >= _ARBIN else ""))
        for quantity, (title, unit) in header.columns.items()
        if quantity in (CHARGING, DISCHARGING)
    }
    if len(counters) == 2 and all(unit for _, unit in counters.values()):
        united |= counters
    return united


def _span_unit(cells: Mapping[str, list[str]]) -> str:
    """Unit in which the times span what the dates beside them span; empty where there are none."""
    if "date" not in cells:
        return ""
    times, dates = _numbers(cells[TIME]), _numbers(cells["date"])
    if not np.isfinite(dates).all():
        parsed = pd.to_datetime(pd.Series(cells["date"]), errors="coerce", format="mixed")
        dates = np.asarray((parsed - parsed.iloc[0]).dt.total_seconds(), dtype=np.float64)
    steps = [
        (t1 - t0, d1 - d0) for (t0, d0), (t1, d1) in pairwise(zip(times, dates, strict=True)) if t1 > t0 and d1 >= d0
    ]
    if not steps:
        return ""
    span, dated = np.sum(steps, axis=0)
    return next((unit for unit, size in _SPANS.items() if abs(dated - size * span) <= SAME_SPAN * size * span), "")


def _words(cells: Sequence[str]) -> npt.NDArray[np.float64] | None:
    """Direction of every row by its word, NaN for other words; None without words."""
    meanings = {word: known_direction(word) for word in set(cells)}
    if not any(meaning for meaning in meanings.values()):
        return None
    return np.array([np.nan if (sign := meanings[word]) is None else sign for word in cells], dtype=float)


def _unsigned(current: npt.NDArray[np.float64], way: npt.NDArray[np.float64], *, stated: bool) -> bool:
    """Whether currents have no sign of their own: one for both directions, or for one and words that say none.

    What a positive current does may then be stated instead, if only one direction is among the words.
    """
    if (current > 0).any() and (current < 0).any():
        return False
    flowing = way[current != 0]
    return {1.0, -1.0} <= set(flowing) or (not stated and bool(np.isnan(flowing).sum() > (1 - CLEAR) * flowing.size))


def _sign(
    current: npt.NDArray[np.float64],
    way: npt.NDArray[np.float64] | None,
    cells: Mapping[str, list[str]],
    file: str,
) -> Sign:
    """What a positive current does, by the words of its rows or the counters that rise."""
    flow = np.sign(current)
    if not flow.any():
        return "+ = charging"  # nothing flows: either is right
    if way is not None and np.nansum(np.abs(way * flow)) > 0:
        agreed = np.nansum(way * flow) / np.nansum(np.abs(way * flow))
    elif CHARGING in cells and DISCHARGING in cells:
        counted = [_numbers(cells[quantity]) for quantity in (CHARGING, DISCHARGING)]
        rises = [np.maximum(np.diff(own, prepend=own[:1]), 0.0) for own in counted]  # they may not start at 0
        moved = np.nansum(np.abs(flow) * (rises[0] + rises[1]))
        agreed = np.nansum(flow * (rises[0] - rises[1])) / moved if moved > 0 else 0.0
    else:
        agreed = 0.0
    if abs(agreed) < CLEAR:
        raise Unstated(
            f"{file}: does not state whether a positive current charges the cell; give "
            + spelled(
                "current_sign='+ = charging' or '- = charging'",
                command_line="--current-sign '+ = charging' or '- = charging'",
                recipe="current_sign",
            )
        )
    return "+ = charging" if agreed > 0 else "- = charging"
