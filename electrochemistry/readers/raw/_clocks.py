"""Times that are written as a clock: hours, minutes and seconds, with days before them, or a stamp."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from electrochemistry.readers.raw._remarks import in_bulk
from electrochemistry.readers.raw._tables import MISSING
from shortrange_core import BadInput
from shortrange_core.shown_numbers import counted

_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_CLOCK = re.compile(
    r"(?:(?P<days>\d+)(?:\s*d\s+|\s+days?,?\s+|[-.](?=\d\d:)))?"  # 1d 02:03:04; pandas, Python; LAND, .NET
    r"(?P<hours>\d+):(?P<minutes>[0-5]?\d):(?P<seconds>[0-5]?\d(?:[.,]\d+|:\d{3})?)"
)
_DATE = re.compile(r"(\d\d?)[/.-](\d\d?)[/.-](\d{4}) (\d\d?):(\d\d):(\d\d(?:[.,]\d+)?)")
EC_LAB_TIME = "time/s"
"""Title of the times of EC-Lab, below which it writes dates where it is told to."""
_DAY, _HOUR, _MINUTE = 86400.0, 3600.0, 60.0


def clock_seconds(text: str) -> float:
    """Seconds of a time written as hours:minutes:seconds, also with days before them, or as a stamp of ISO 8601.

    Stamps count from 1970; anything else is NaN. Three digits behind a third colon are milliseconds; two may be
    hundredths, or the first number days, so that such a time is none.

    Examples
    --------
    >>> clock_seconds("25:01:00.5"), clock_seconds("1d 02:03:04"), clock_seconds("noon")
    (90060.5, 93784.0, nan)
    >>> {clock_seconds(text) for text in ("1-02:03:04", "1.02:03:04", "1 day, 2:03:04", "1 days 02:03:04")}
    {93784.0}
    >>> clock_seconds("00:10:00:250"), clock_seconds("0:00:10:00")
    (600.25, nan)
    >>> clock_seconds("2024-05-01T10:00:04Z") - clock_seconds("2024-05-01 10:00:00.5")
    3.5
    """
    if _STAMP.fullmatch(text.strip()):
        try:
            stamp = datetime.fromisoformat(text.strip())
        except ValueError:
            return float("nan")
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return float("nan")
    seconds = float(re.sub("[,:]", ".", match["seconds"]))
    return _DAY * int(match["days"] or 0) + _HOUR * int(match["hours"]) + _MINUTE * int(match["minutes"]) + seconds


def date_of_ec_lab(cell: str) -> datetime | None:
    """A date of EC-Lab, whose month stands first; None for anything else."""
    match = _DATE.fullmatch(cell.strip())
    if match is None:
        return None
    month, day, year, hours, minutes = (int(text) for text in match.groups()[:5])
    try:
        midnight = datetime(year, month, day)
    except ValueError:
        return None
    return midnight + timedelta(hours=hours, minutes=minutes, seconds=float(match[6].replace(",", ".")))


def ec_lab_dates(cells: Sequence[str], name: str) -> bool:
    """Whether the times of a column are dates of EC-Lab."""
    return name == EC_LAB_TIME and any(date_of_ec_lab(cell) for cell in cells[:1])


def _date_seconds(cell: str) -> float:
    date = date_of_ec_lab(cell)
    return float("nan") if date is None else date.replace(tzinfo=UTC).timestamp()


def clock_column(cells: Sequence[str], name: str) -> npt.NDArray[np.float64]:
    """Seconds of a column of clock times, NaN for single cells that are none; stamps count from the first.

    Raises
    ------
    BadInput
        If more cells than single ones hold another kind of time, or stamps stand among times.
    """
    dated = ec_lab_dates(cells, name)
    seconds = np.array([_date_seconds(cell) if dated else clock_seconds(cell) for cell in cells], dtype=float)
    unread = [cell for cell, value in zip(cells, seconds, strict=True) if np.isnan(value) and cell not in MISSING]
    if in_bulk(len(unread), len(cells)):
        raise BadInput(
            f"column {name!r} has times such as {unread[0]!r} in {len(unread)} of {counted(len(cells), 'row')}, which "
            "are not hours, minutes and seconds; write them as 01:30:00 and 1d 01:30:00, or in seconds"
        )
    stamps = np.array([dated or bool(_STAMP.fullmatch(cell.strip())) for cell in cells])
    if not stamps.any():
        return seconds
    if (np.isfinite(seconds) & ~stamps).any():
        raise BadInput(f"column {name!r} has dates in some rows and times in others; write one of the two")
    return np.asarray(seconds - np.nanmin(seconds), dtype=float)
