"""What a spectrum was read from: its files with their hashes, and what was odd in them, as one record under its hash.

The record travels as one scalar coordinate. A coordinate survives what attributes do not: selections, netCDF, the steps
of a technique. xarray's own arithmetic drops it where two spectra differ, and says nothing; joins of this project unite
the records instead. Its text is JSON, so that a stored spectrum says what it was read from to any program.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.files import sha256
from shortrange_core.notes import Note, Severity
from shortrange_core.spelling import spelled

NAME = "reading"
"""Name of the coordinate; absent of what was not read from a file."""
NAME_OF_NOTES = "reading_notes"
"""Coordinate of files that were stored when it held the notes alone."""
KEY_DIGITS = 16
_KNOWN: dict[str, Reading] = {}


@dataclass(frozen=True, slots=True)
class Reading:
    """Files that data were read from, and what was odd in them.

    Parameters
    ----------
    inputs
        Name and SHA-256 of every file.
    notes
        What the readers say of them.

    Examples
    --------
    >>> one, other = Reading((("a.csv", "1f" * 32),)), Reading((("a.csv", "2e" * 32),))
    >>> list(joined([one, other, one]).files)
    ['a.csv', 'a.csv (2)']
    """

    inputs: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def key(self) -> str:
        """Hash of the record: its name wherever only a name has room, such as a facet of areas."""
        return hashlib.sha256(self._body().encode()).hexdigest()[:KEY_DIGITS]

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 by file name; further files of one name get a number."""
        digests: dict[str, str] = {}
        for name, digest in self.inputs:
            count = 1
            label = name
            while digests.get(label, digest) != digest:
                count += 1
                label = f"{name} ({count})"
            digests[label] = digest
        return digests

    def _body(self) -> str:
        notes = [[note.code, str(note.severity), note.text, note.remedy] for note in self.notes]
        return json.dumps({"inputs": [list(pair) for pair in self.inputs], "notes": notes}, ensure_ascii=False)

    def text(self) -> str:
        """JSON of the record with its hash."""
        return json.dumps({"key": self.key, **json.loads(self._body())}, ensure_ascii=False)


NOTHING = Reading()


def read_from(path: str | os.PathLike[str], notes: Iterable[Note] = ()) -> Reading:
    """Record of a file or folder that was read now."""
    return Reading(((Path(path).name, sha256(path)),), tuple(dict.fromkeys(notes)))


def carried(reading: Reading) -> dict[str, str]:
    """The coordinate that carries a record; nothing of an empty one.

    Examples
    --------
    >>> list(carried(Reading((("a.csv", "1f" * 32),)))), carried(Reading())
    (['reading'], {})
    """
    return {NAME: remembered(reading).text()} if reading != NOTHING else {}


def remembered(reading: Reading) -> Reading:
    """The record, which :func:`recalled` finds by its hash from now on."""
    _KNOWN[reading.key] = reading
    return reading


def reading_of(data: xr.Dataset) -> Reading:
    """Record that a dataset carries; of several that stand side by side, their union.

    A record whose hash denies its content was changed by hand: its files are not believed, its notes are kept.

    Examples
    --------
    >>> reading_of(xr.Dataset(coords=carried(Reading((("a.csv", "1f" * 32),))))).inputs[0][0]
    'a.csv'
    >>> reading_of(xr.Dataset())
    Reading(inputs=(), notes=())
    """
    texts: dict[str, None] = {}
    for name in (NAME, NAME_OF_NOTES):
        if name in data.coords:
            texts |= {str(text): None for text in data.coords[name].values.reshape(-1)}
    return joined(_from_text(text) for text in texts if text.startswith(("{", "[")))


def refuse_warnings(notes: Iterable[Note]) -> None:
    """Make errors of warnings, as ``strict=True`` asks for.

    Raises
    ------
    BadInput
        With every note that is more than a remark.
    """
    warnings = [note for note in notes if note.severity is not Severity.INFO]
    if warnings:
        strict = spelled("strict", command_line="--strict", recipe="strict")
        raise BadInput(*(f"{note.text}; {note.remedy}, or read it without {strict}" for note in warnings))


def _from_text(text: str) -> Reading:
    body: Any = json.loads(text)
    rows = body if isinstance(body, list) else body["notes"]
    notes = tuple(Note(code, Severity(severity), words, remedy) for code, severity, words, remedy in rows)
    if isinstance(body, list):
        return Reading((), notes)
    reading = Reading(tuple((str(name), str(digest)) for name, digest in body["inputs"]), notes)
    if reading.key != body["key"]:
        return Reading((), notes)
    return remembered(reading)


def joined(readings: Iterable[Reading]) -> Reading:
    """One record of several: every file once, every note once."""
    several = list(readings)
    inputs = dict.fromkeys(pair for reading in several for pair in reading.inputs)
    return Reading(tuple(inputs), tuple(dict.fromkeys(note for reading in several for note in reading.notes)))


def recalled(keys: Iterable[str]) -> Reading:
    """Union of the records of hashes, as far as this process has seen them; of others only the hash is known."""
    wanted = dict.fromkeys(key for key in keys if key)
    return joined(_KNOWN.get(key) or Reading(((f"reading {key}", "not at hand"),)) for key in wanted)


def source_note(reading: Reading, what: str, remedy: str) -> tuple[Note, ...]:
    """That nothing says which file a result goes back to."""
    if reading.inputs:
        return ()
    text = f"the file that {what} was read from is not known: the result cannot be traced to a measurement"
    return (Note("source-unknown", Severity.INFO, text, remedy),)
