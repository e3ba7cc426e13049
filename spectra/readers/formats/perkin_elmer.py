"""Perkin-Elmer files: binary .sp, in members that each say their number and length, and the head of ASCII PEDS."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence

import numpy as np

from shortrange_core.notes import Note, Severity
from spectra import spectrum
from spectra.readers.raw import AGAIN, Array, Raw, Reader, Source, intact, look_at_rest, need, ordinate_unit

MAGIC, DESCRIPTION_BYTES, DATASET = b"PEPE", 44, 120
ABSCISSA, ORDINATE, INTERVAL, POINTS, X_LABEL, Y_LABEL, DATA, ALIAS = (
    *(35698, 35699, 35700, 35701),
    *(35703, 35704, 35708, 35713),
)
PROPERTIES = 35714
"""The list of accessories and settings behind the data: programs of a Spectrum Two state it too short."""
NUMBERS_OF_MEMBERS = range(0x8B00, 0x8C00)
_HEAD = struct.Struct("<Hi")
_ROUNDING = 1e-6
_OF_TEXT = re.compile(r"PE\s.*\bPEDS\b")


def sniff(source: Source) -> float:
    """The first four bytes."""
    return 0.95 if source.head.startswith(MAGIC) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The spectrum, with the unit and the quantity of its labels.

    Raises
    ------
    BadInput
        If the file holds another kind of data set (a map), or lengths and numbers of points deny one another.
    """
    members = _members(source)
    points = int(_numbers(source, members, POINTS, "<I", "number of points")[0])
    first, last = _numbers(source, members, ABSCISSA, "<dd", "range of its axis")
    (step,) = _numbers(source, members, INTERVAL, "<d", "step of its axis")
    size = int(_numbers(source, members, DATA, "<I", "data")[0])
    y = np.frombuffer(members[DATA][6 : 6 + size], "<f8") if size % 8 == 0 else np.zeros(0)
    intact(y.size == points and points > 1, source, f"says {points} points, but has {size / 8:g} numbers")
    off = abs(first + step * (points - 1) - last)
    intact(off <= abs(step), source, f"{points} steps of {step:g} from {first:g} do not end at {last:g}")
    _look_at_limits(source, members, y)
    label = _text(members.get(X_LABEL, b""))
    raw = Raw(
        _text(members.get(ALIAS, b"")) or "spectrum",
        np.linspace(first, last, points),
        y,
        unit=spectrum.unit(label),
        axis=spectrum.axis(label),
        intensity_unit=ordinate_unit(_spelled(_text(members.get(Y_LABEL, b""))), y),
    )
    return (raw,)


def _members(source: Source) -> dict[int, bytes]:
    """Members of the data set up to its properties, by number; those that hold others, as the history, stay whole."""
    content = source.content
    intact(len(content) > DESCRIPTION_BYTES + _HEAD.size, source, "ends inside its header")
    kind, size = _HEAD.unpack_from(content, DESCRIPTION_BYTES)
    described = content[4:DESCRIPTION_BYTES].decode("latin-1").strip("\0 ")
    need(kind == DATASET, source, f"is a {described or 'data set'}, not a spectrum; save its spectra as JCAMP-DX")
    start = DESCRIPTION_BYTES + _HEAD.size
    end = start + size
    intact(start < end <= len(content), source, f"says {size} bytes, but has {len(content) - start}")
    look_at_rest(source, 0 if _more_members(content, end) else len(content) - end, "after its data set")
    members = {}
    while start < end:
        intact(start + _HEAD.size <= end, source, "has members that do not fill its data set")
        number, length = _HEAD.unpack_from(content, start)
        if number == PROPERTIES:
            break
        start += _HEAD.size
        intact(0 <= length <= end - start, source, f"member {number} says {length} bytes")
        members[number] = content[start : start + length]
        start += length
    return members


def _more_members(content: bytes, start: int) -> bool:
    """True where members of their numbers fill the file behind its data set: later programs write some."""
    while start + _HEAD.size <= len(content):
        number, length = _HEAD.unpack_from(content, start)
        if number not in NUMBERS_OF_MEMBERS or length < 0:
            return False
        start += _HEAD.size + length
    return start == len(content)


def _numbers(source: Source, members: dict[int, bytes], number: int, layout: str, what: str) -> tuple[float, ...]:
    """Numbers of a member, behind the two bytes that tell their type."""
    held = members.get(number, b"")[2:]
    need(len(held) >= struct.calcsize(layout), source, f"has no {what}; save it again")
    return struct.unpack_from(layout, held)


def _text(member: bytes) -> str:
    """Text of a member: two bytes of type, two of length, the letters."""
    (size,) = struct.unpack_from("<H", member, 2) if len(member) >= 4 else (0,)
    return member[4 : 4 + size].decode("latin-1").strip("\0 ")


def _spelled(label: str) -> str:
    """Label of an ordinate, which is one letter for absorbance."""
    return "absorbance" if label.strip() == "A" else label.strip()


def units_of_text(header: Sequence[str]) -> tuple[str, str] | None:
    """Units of axis and ordinate of a text of theirs (ASCII, PEDS), below the line ``#GR``; None of other texts.

    Examples
    --------
    >>> units_of_text(["PE UV       SUBTECH     SPECTRUM    ASCII       PEDS        4.00", "#GR", "nm", "A", "1.0"])
    ('nm', 'absorbance')
    """
    lines = [line.strip() for line in header]
    if not any(_OF_TEXT.match(line) for line in lines) or "#GR" not in lines[:-2]:
        return None
    at = lines.index("#GR")
    return lines[at + 1], _spelled(lines[at + 2])


def _look_at_limits(source: Source, members: dict[int, bytes], y: Array) -> None:
    """Note a range of the ordinate that the data do not have."""
    held = members.get(ORDINATE, b"")[2:]
    if len(held) < 16:
        return
    low, high = struct.unpack_from("<dd", held)
    room = _ROUNDING * max(abs(low), abs(high))
    if y.min() < low - room or y.max() > high + room:
        text = f"says an ordinate from {low:g} to {high:g}, but has {y.min():g} to {y.max():g}"
        source.odd(Note("limits-contradicted", Severity.WARNING, text, AGAIN))


READERS = (
    Reader(
        "perkin_elmer",
        "Perkin-Elmer Spectrum",
        (".sp",),
        sniff,
        parse,
        gives="one spectrum in absorbance, transmittance or reflectance, according to its labels",
        held_to="a public file of specio, and the numbers in its documentation",
    ),
)
