"""Cycling tables side by side under one line of titles: the same titles stand again for every half cycle or cell."""

from __future__ import annotations

import re

from electrochemistry.cells import CURRENT, TIME
from electrochemistry.readers.formats.cycling_titles import POTENTIALS, TitleRow, header_of
from electrochemistry.readers.raw import raw_cells

_AGAIN = re.compile(r" #\d+$")


def parted(text: str) -> dict[str, str]:
    """Every table as a text of its own, by its name: ``table 1`` is leftmost; nothing where there are not several."""
    header = header_of(text)
    starts = [] if header is None else _starts(header)
    if header is None or len(starts) < 2:
        return {}
    titles = [_AGAIN.sub("", title) for title in header.titles]
    rows = [raw_cells(line, header.separator) for line in text.split("\n")[header.line + 1 :]]
    ends = [*starts[1:], len(titles)]
    parts = [[row[start:end] for row in (titles, *rows)] for start, end in zip(starts, ends, strict=True)]
    return {
        f"table {order}": "\n".join(header.separator.join(row) for row in part if "".join(row).strip())
        for order, part in enumerate(parts, start=1)
    }


def _starts(header: TitleRow) -> list[int]:
    """Places of the first titles of the tables: one where time, voltage and current do not all stand again alike."""
    titles = [_AGAIN.sub("", title) for title in header.titles]
    needed = [title for name, (title, _) in header.columns.items() if name in (TIME, CURRENT, *POTENTIALS)]
    places = {title: [place for place, other in enumerate(titles) if other == title] for title in needed}
    counts = {len(where) for where in places.values()}
    if counts == {1} or len(counts) > 1:
        return [0]
    times = places[header.columns[TIME][0]]
    lead = times[0]
    while lead and any(titles[time - lead : time] != titles[:lead] for time in times):
        lead -= 1
    return [0, *(time - lead for time in times[1:])]
