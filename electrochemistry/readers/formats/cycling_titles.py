"""The last line of titles and units of a cycling table, behind any preamble, and which quantity each title names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from electrochemistry.cells import CURRENT, TIME, VOLTAGE
from electrochemistry.readers.formats.declared_cycling import separator_of
from electrochemistry.readers.raw import (
    CHARGING,
    DIFFERENCE,
    DISCHARGING,
    ECE,
    EWE,
    is_unit,
    split,
    titled_with,
)

_FIRST_LINES = 400
_TITLES: Mapping[str, tuple[str, ...]] = {
    TIME: (
        "total time",
        "test time",
        "cumulative time",
        "run time",
        "testtime",
        "elapsed time",
        "test",
        "time",
        "t",
        "zeit",
        "seconds",
        "总时间",
        "测试时间",
        "累计时间",
        "时间",
    ),
    DIFFERENCE: (
        "ewe-ece",
        "ecell",
        "cell voltage",
        "voltage",
        "volts",
        "mvolts",
        "potential",
        "u",
        "e",
        "v",
        "spannung",
        "vol",
        "volt",
        "电压",
    ),
    EWE: ("ewe", "e we", "working electrode potential", "we potential", "working electrode"),
    ECE: ("ece", "e ce", "counter electrode potential", "ce potential", "counter electrode"),
    CURRENT: ("current", "amps", "mamps", "i", "strom", "cur", "curr", "电流"),
    "cycle_count": (
        "cycle index",
        "cycle-index",
        "cycle number",
        "cycle c",
        "cyc#",
        "cycle",
        "cyc-count",
        "循环序号",
        "循环号",
        "循环次数",
        "循环",
    ),
    "step_count": ("step index", "step-index", "step number", "step", "line", "工步序号", "工步号", "工步"),
    CHARGING: ("charge capacity", "chg. cap.", "charging capacity", "充电容量"),
    DISCHARGING: ("discharge capacity", "dchg. cap.", "discharging capacity", "放电容量"),
    "date": (
        "dpt time",
        "date and time",
        "date time",
        "datetime",
        "timestamp",
        "date",
        "real time",
        "绝对时间",
        "系统时间",
        "日期",
    ),
}
"""Titles in the order in which they are preferred: a column of step times may be called plain Time."""
_UNITS = {"seconds": "s", "volts": "V", "mvolts": "mV", "amps": "A", "mamps": "mA"}
_CHARGES = ("Ah", "mAh", "A.h", "mA.h")
_TITLE = re.compile(r"^~?(?P<name>.*?)[\s_]*(?:[(\[/]\s*(?P<unit>[^()\[\]/]+?)\s*[)\]]?|_(?P<tail>s|A|V|Ah))?$")
_FULL_WIDTH = str.maketrans("\uff08\uff09", "()")  # brackets of Chinese text
_DIRECTIONS = ("state", "step-state", "md", "step type", "status", "command", "zustand", "状态", "工步类型", "工步状态")
POTENTIALS = (EWE, ECE, DIFFERENCE)


@dataclass(frozen=True, slots=True)
class TitleRow:
    """The last line of titles and units: its number, its separator, titles made different, columns and their units.

    ``columns`` holds title and unit of each quantity; ``directions`` are the columns that may hold words of direction.
    """

    line: int
    separator: str
    titles: tuple[str, ...]
    columns: Mapping[str, tuple[str, str]]
    directions: tuple[str, ...] = ()


def header_of(text: str) -> TitleRow | None:
    """The first line that names time, voltage and current, each with what it says of its unit; None without one."""
    lines = text.split("\n", _FIRST_LINES + 1)[: _FIRST_LINES + 1]
    for at, line in enumerate(lines[:_FIRST_LINES]):
        separator = separator_of(line)
        cells = split(line, separator)
        if len(cells) < len((TIME, VOLTAGE, CURRENT)):
            continue
        if not cells[0] and not (at + 1 < len(lines) and lines[at + 1].partition(separator)[0].strip()):
            continue  # a table nested in another begins with nothing; a column without a title has cells
        below = split(lines[at + 1], separator) if at + 1 < len(lines) else []
        while not cells[-1] and len(below) < len(cells):
            cells.pop()  # separators behind the last title, to which no row has a cell
        named = [cell.lstrip("~").strip() for cell in cells]
        united = titled_with(named, below)
        titles = _different(united or named)
        columns = _columns(titles)
        if {TIME, CURRENT} <= set(columns) and set(POTENTIALS) & set(columns):
            directions = tuple(title for name in _DIRECTIONS for title in titles if named_quantity(title)[0] == name)
            return TitleRow(at if united is None else at + 1, separator, titles, columns, directions)
    return None


def _different(titles: Sequence[str]) -> tuple[str, ...]:
    """Titles with a number behind those that repeat or are empty; they stand beside the record."""
    seen: dict[str, int] = {}
    different = []
    for title in titles:
        name = title or "column"
        seen[name] = seen.get(name, 0) + 1
        different.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return tuple(different)


def _columns(titles: Sequence[str]) -> dict[str, tuple[str, str]]:
    by_name: dict[str, list[tuple[str, str]]] = {}
    for title in dict.fromkeys(titles):
        if not title.lstrip("-")[:1].isdigit():  # numbers name nothing: lines of hundreds of them are asked too
            name, unit = named_quantity(title)
            by_name.setdefault(name, []).append((title, unit))
    by_quantity = {}
    for quantity, names in _TITLES.items():
        fitting = [pair for name in names for pair in by_name.get(name, ())]
        if quantity in (CHARGING, DISCHARGING):
            fitting = [(title, unit) for title, unit in fitting if unit in (*_CHARGES, "")]
        if quantity in POTENTIALS:  # Vol(L) is a volume where Volt(V) stands beside it
            fitting = [(title, unit) for title, unit in fitting if not unit or is_unit(VOLTAGE, unit)] or fitting
        if fitting:
            by_quantity[quantity] = fitting[0]
    if "date" in by_quantity:
        by_quantity.setdefault(TIME, by_quantity["date"])  # stamps are the clock where there is no other
    return by_quantity


def named_quantity(title: str) -> tuple[str, str]:
    """Name in small letters, and unit, of a title."""
    title = title.translate(_FULL_WIDTH)
    match = _TITLE.match(title)
    name = re.sub(
        r"\s+vs\b.*|[<>]|\s+(?=-)|(?<=-)\s+", "", (match["name"] if match else title).replace("_", " ").lower()
    )
    unit = ((match["unit"] or match["tail"] or "") if match else "").strip()
    name = name.strip()
    return name, _UNITS.get(name, unit)
