"""Neware's nested reports: cycles, their steps and the records of these in one text, each below titles of its own.

The first three lines are the titles of cycles, of steps (behind one empty cell) and of records (behind two); a first
step may stand in the line of its cycle. The records become one table with the cycle, step and kind of step of each.
"""

from __future__ import annotations

import csv
import math

from electrochemistry.readers.formats.declared_cycling import separator_of
from electrochemistry.readers.raw import clock_seconds

_CYCLE, _STEP, _KIND = "Cycle Index", "Step Index", "Step Type"
_TIMES, _TOTALS = ("time", "时间"), ("total time", "总时间")
_KINDS = ("step type", "step name", "工步类型", "工步名称")


def flattened(text: str) -> str | None:
    """The records as a table with one line of titles; None where the text is no nested report.

    Times of records that begin again with every step, where no total time stands beside them, run on.
    """
    lines = text.split("\n", 3)
    if len(lines) < 4 or not lines[2].startswith((",,", ";;", "\t\t")):
        return None
    separator = separator_of(lines[2])
    cycle, step, record = (next(csv.reader([line.strip("\r")], delimiter=separator)) for line in lines[:3])
    if not cycle[0] or step[0] or not step[1] or any(record[:2]) or not record[2]:
        return None
    kinds = [place for place, title in enumerate(step) if title.strip().lower() in _KINDS]
    clocks = [place for place, title in enumerate(record) if title.partition("(")[0].strip().lower() in _TIMES]
    total = any(title.partition("(")[0].strip().lower() in _TOTALS for title in record)
    running = _Running() if clocks and not total else None
    rows = [[_CYCLE, _STEP, _KIND, *record[2:]]]
    number = place = kind = ""
    for cells in csv.reader(lines[3].splitlines(), delimiter=separator):
        if not any(cells):
            continue
        if cells[0]:
            number, cells = cells[0], ["", *cells[len(cycle) :]]  # noqa: PLW2901 - a first step stands in this line
        if len(cells) > 1 and cells[1]:
            place, kind = cells[1], cells[kinds[0]] if kinds and len(cells) > kinds[0] else ""
        elif len(cells) > 2 and cells[2]:
            if running is not None:
                cells[clocks[0]] = running.total(cells[clocks[0]])
            rows.append([number, place, kind, *cells[2:]])
    return "\n".join("\t".join(cell.strip() for cell in row) for row in rows)


class _Running:
    """Times that begin again with every step, as times that run on."""

    def __init__(self) -> None:
        self.before = self.last = 0.0

    def total(self, cell: str) -> str:
        """The time of a record since the first, written as a clock; the cell itself where it is none."""
        seconds = clock_seconds(cell)
        if math.isnan(seconds):
            return cell
        if seconds < self.last:
            self.before += self.last
        self.last = seconds
        hours, rest = divmod(self.before + seconds, 3600.0)
        minutes, left = divmod(rest, 60.0)
        return f"{int(hours)}:{int(minutes):02d}:{left:09.6f}"
