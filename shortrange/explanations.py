"""What the codes of notes mean, as the conventions state it."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from shortrange_core.errors import BadInput

PLACES = (Path(__file__).with_name("data") / "CONVENTIONS.md", Path(__file__).parents[1] / "CONVENTIONS.md")
"""In a wheel, and in a checkout of the repository."""
_HEADING = re.compile(r"^## Note codes: (\w+)$")
_ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (.*) \| [^|]* \|$")
_PITFALL = re.compile(r"^\| (\d+ [^|]+) \| ([^|]*) \| [^|]* \|$")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code, the package that gives it, when it does, and the pitfalls of the field that it belongs to."""

    code: str
    package: str
    when: str
    pitfalls: tuple[str, ...]


def explanations() -> dict[str, Explanation]:
    """Every code that is explained, in the order of the conventions."""
    lines = next(path for path in PLACES if path.exists()).read_text(encoding="utf-8").splitlines()
    pitfalls = [row.groups() for row in map(_PITFALL.match, lines) if row]
    entries: dict[str, Explanation] = {}
    package = ""
    for line in lines:
        heading, row = _HEADING.match(line), _ROW.match(line)
        if heading:
            package = heading[1]
        elif row:
            of = tuple(f"{name}: {handled}".replace("`", "") for name, handled in pitfalls if f"`{row[1]}`" in handled)
            entries[row[1]] = Explanation(row[1], package, row[2].replace("`", ""), of)
    return entries


def explain(code: str) -> Explanation:
    """What a code means.

    Parameters
    ----------
    code
        As it stands in brackets behind a note.

    Raises
    ------
    BadInput
        If no note has that code; the nearest ones are named.

    Examples
    --------
    >>> explain("saturation").package
    'spectra'
    """
    entries = explanations()
    if code not in entries:
        near = difflib.get_close_matches(code, entries, n=3, cutoff=0.5)
        way = f"did you mean {' or '.join(near)}?" if near else "'shortrange explain' lists them all"
        raise BadInput(f"{code!r}: not the code of a note; {way}")
    return entries[code]
