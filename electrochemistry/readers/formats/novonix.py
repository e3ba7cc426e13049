"""Novonix: behind ``[Summary]`` and a ``[Protocol]`` of any length stands ``[Data]``, titles and rows.

A channel that is started again writes all of that once more behind the rows before, and counts times and cycles anew.
The sessions become one table: times run on as the dates of the rows do, cycles as they were counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from electrochemistry.readers.formats import cycling_titles, titled_cycling
from electrochemistry.readers.formats.declared_cycling import Sign
from electrochemistry.readers.raw import number, rows_left_out
from shortrange_core import BadInput, Unstated
from shortrange_core.readings import Reading, carried, reading_of
from shortrange_core.shown_numbers import counted

_SUMMARY, _DATA = "[Summary]", "[Data]"
_DATE, _TIME, _CYCLE = "Date and Time", "Run Time (h)", "Cycle Number"
_SECONDS = 3600.0
_ROUNDED = 2.0
"""Seconds by which dates of whole seconds differ from a span of time."""
SLOWER = 0.01
"""Of a span: clocks of a channel and of a computer."""


@dataclass(frozen=True, slots=True)
class _Session:
    titles: list[str]
    rows: list[list[str]]

    def column(self, title: str) -> list[str]:
        place = self.titles.index(title)
        return [row[place] if place < len(row) else "" for row in self.rows]

    def numbers(self, title: str) -> list[float]:
        values = (number(cell) for cell in self.column(title))
        return [np.nan if value is None else value for value in values]


def sniff(text: str) -> bool:
    r"""Whether a text begins as files of Novonix do and has a table.

    Examples
    --------
    >>> sniff("[Summary]\nNovonix HPC data file\n[End Summary]\n[Data]\n"), sniff("[Summary]\n")
    (True, False)
    """
    return text.startswith(_SUMMARY) and f"\n{_DATA}" in text


def read_record(text: str, file: str, sign: Sign | None, *, voltage: str | None = None) -> xr.Dataset:
    """Cycling record of all sessions.

    Rows whose time goes back by themselves, as the tester writes now and then at the end of a step, are left out.

    Raises
    ------
    BadInput
        If sessions do not go on from one another, or as for :func:`titled_cycling.read_titled`.
    """
    sessions = [session for session in _sessions(text) if session.rows]
    if not sessions:
        raise BadInput(f"{file}: has no row after {_DATA}; it was not started, or is truncated: export it again")
    rows, before = list(sessions[0].rows), sessions[0]
    for following in sessions[1:]:
        if following.titles != before.titles or not {_DATE, _TIME, _CYCLE} <= set(following.titles):
            raise BadInput(
                f"{file}: contains {len(sessions)} sessions with different columns, or without the dates, times and "
                f"cycles that join them; split it before each {_SUMMARY} and read the parts"
            )
        before = _going_on(before, following, file)
        rows += before.rows
    table, left_out = _forward(_Session(sessions[0].titles, rows))
    body = "\n".join(",".join(row) for row in (table.titles, *table.rows))
    header = cycling_titles.header_of(body)
    if header is None:
        raise BadInput(f"{file}: the line after {_DATA} does not name time, potential and current; export it again")
    record = titled_cycling.read_titled(body, file, header, sign, voltage=voltage)
    if len(sessions) > 1:
        record.attrs["history"] += f"\n{len(sessions)} sessions: times continue by their dates, cycles by their count"
    notes = () if not left_out else (rows_left_out(f"{counted(left_out, 'row')} whose time goes back"),)
    return record.assign_coords(carried(Reading((), (*reading_of(record).notes, *notes))))


def _forward(session: _Session) -> tuple[_Session, int]:
    """The rows but those between two that go forward whose own time lies before both, and how many were left out."""
    if _TIME not in session.titles:
        return session, 0
    times = np.asarray(session.numbers(_TIME))
    back = np.zeros(times.size, dtype=bool)
    back[1:-1] = (times[1:-1] < times[:-2]) & (times[2:] >= times[:-2])
    kept = [row for row, odd in zip(session.rows, back, strict=True) if not odd]
    return _Session(session.titles, kept), int(np.count_nonzero(back))


def _sessions(text: str) -> list[_Session]:
    sessions = []
    for part in f"\n{text}".split(f"\n{_DATA}")[1:]:
        lines = part.split(f"\n{_SUMMARY}", 1)[0].split("\n")[1:]
        titles, *rows = [line.strip("\r").split(",") for line in lines if line.strip()] or [[]]
        sessions.append(_Session([title.strip() for title in titles], rows))
    return sessions


def _going_on(before: _Session, session: _Session, file: str) -> _Session:
    """A session whose times and cycles go on from the last row of the one before."""
    hours, cycles = before.numbers(_TIME)[-1], before.numbers(_CYCLE)[-1]
    if not np.isfinite(hours + cycles):
        raise BadInput(
            f"{file}: the last row of a session has no time or cycle from which the next could continue; split it "
            f"before each {_SUMMARY} and read the parts"
        )
    start = hours + _hours_between(before, session, file)
    times, counted = session.numbers(_TIME), session.numbers(_CYCLE)
    at, cycle = session.titles.index(_TIME), session.titles.index(_CYCLE)
    rows = []
    for row, time, count in zip(session.rows, times, counted, strict=True):
        moved = list(row)
        if np.isfinite(time) and np.isfinite(count):
            moved[at], moved[cycle] = f"{start + time:.7f}", f"{cycles + count:.0f}"
        rows.append(moved)
    return _Session(session.titles, rows)


def _hours_between(before: _Session, session: _Session, file: str) -> float:
    """Time from the last row of one session to the first of the next, by their dates.

    Whether the day or the month stands first matters where another day begins between them; then that counts of which
    dates span what times do.
    """
    gaps: dict[float, bool] = {}
    for day_first in (False, True):
        ends = [_dates(part.column(_DATE), day_first=day_first) for part in (before, session)]
        gap = (ends[1].iloc[0] - ends[0].iloc[-1]).total_seconds()
        if gap >= -_ROUNDED:
            like = all(_spans_alike(part, dates) for part, dates in zip((before, session), ends, strict=True))
            gaps[gap] = gaps.get(gap, False) or like
    possible = list(gaps) if len(gaps) == 1 else [gap for gap, like in gaps.items() if like]
    if len(possible) != 1:
        raise Unstated(
            f"{file}: has several sessions, and dates such as {session.column(_DATE)[0]!r} do not tell how long the "
            f"channel rested between them; split it before each {_SUMMARY} and read the parts"
        )
    return max(possible[0], 0.0) / _SECONDS


def _dates(cells: Sequence[str], *, day_first: bool) -> pd.Series:
    return pd.to_datetime(pd.Series(list(cells)), errors="coerce", format="mixed", dayfirst=day_first)


def _spans_alike(session: _Session, dates: pd.Series) -> bool:
    """Whether dates are whole and span what the times of a session span: a channel that was held spans longer."""
    times = np.asarray(session.numbers(_TIME)) * _SECONDS
    spans = (dates - dates.iloc[0]).dt.total_seconds().to_numpy()
    return bool(np.all(np.abs(spans - (times - times[0])) <= _ROUNDED + SLOWER * np.abs(spans)))
