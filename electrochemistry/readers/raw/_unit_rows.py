"""A line of units below the titles of a table: each belongs to the title above it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from electrochemistry.readers.raw._units import known_unit, unit_of

LONGEST = 14
_ANGLES = ("deg", "degree", "degrees", "°", "rad", "mrad")
_NUMBER = re.compile(r"[+-]?[.,]?\d")


def titled_with(titles: Sequence[str], below: Sequence[str]) -> list[str] | None:
    """Titles with the units of the line below them; None where that line is none of units.

    Units that nobody knows are kept too, so that a column with one is refused and never taken for another.

    Parameters
    ----------
    titles
        One a column.
    below
        Cells of the next line.

    Examples
    --------
    >>> titled_with(["Frequency", "Z'", "note"], ["(kHz)", "ohm", ""])
    ['Frequency [kHz]', "Z' [ohm]", 'note']
    >>> titled_with(["Frequency", "Z'"], ["1000", "5.3"]) is None
    True
    """
    units = [cell.strip().strip("()[]").strip() for cell in below]
    stated = [unit for unit in units if unit not in ("", "-", "#")]
    if not stated or len(units) > len(titles) or any(_NUMBER.match(unit) or len(unit) > LONGEST for unit in stated):
        return None
    if not any(known_unit(unit) or unit.lower() in _ANGLES for unit in stated):
        return None
    whole = [*units, *[""] * (len(titles) - len(units))]
    return [
        f"{title} [{unit}]" if unit in stated and not unit_of(title)[1] else title
        for title, unit in zip(titles, whole, strict=True)
    ]
