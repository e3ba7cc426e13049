"""Sheets of workbooks as tables of text, which the readers of text take."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from shortrange_core.sheets import sheets

_DAY, _HOUR, _MINUTE = 86400, 3600, 60
_FIRST_DAY, _LEAP, _DATED = datetime(1899, 12, 31), datetime(1900, 3, 1), datetime(1904, 1, 1)
"""Day 0 of Excel; the day from which it counts one too many, a 29 February that was none; dates that are dates."""


def sheet_texts(content: bytes, file: str) -> dict[str, str]:
    """Every sheet with cells as lines of cells with tabs between them, by its name.

    Raises
    ------
    BadInput
        If the workbook is damaged.
    """
    texts = {
        name: "\n".join("\t".join(cell_text(cell) for cell in row) for row in rows)
        for name, rows in sheets(content, file).items()
    }
    return {name: text for name, text in texts.items() if text.strip()}


def cell_text(cell: object) -> str:
    """A cell as text: numbers to the last digit, times as ``1d 02:03:04``, nothing of an empty one.

    A time of h:mm:ss is a date of 1900 from 24 hours on.
    """
    if isinstance(cell, date):
        cell = _elapsed(datetime.combine(cell, cell.time() if isinstance(cell, datetime) else time()))
    if isinstance(cell, timedelta):  # Excel's [h]:mm:ss
        seconds = cell.total_seconds()
        days, rest = divmod(seconds, _DAY)
        return f"{days:.0f}d {rest // _HOUR:02.0f}:{rest % _HOUR // _MINUTE:02.0f}:{rest % _MINUTE:09.6f}"
    return "" if cell is None else repr(cell) if isinstance(cell, float) else str(cell)


def _elapsed(stamp: datetime) -> datetime | timedelta:
    """Time since Excel's day 0 of a stamp of its first four years, in which no cell was cycled; else the stamp."""
    if stamp >= _DATED:
        return stamp
    return stamp - _FIRST_DAY + timedelta(days=int(stamp >= _LEAP))
