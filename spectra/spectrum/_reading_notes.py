"""Notes of reading: what was odd in a file, as one scalar coordinate that travels with the spectrum.

A coordinate survives what attributes do not: selections, arithmetic, netCDF, the steps of a technique. Its text is
JSON, so that a stored spectrum says what it was read with to any program.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import xarray as xr

from shortrange_core.notes import Note, Severity

NAME = "reading_notes"
"""Name of the coordinate; absent where nothing was odd."""


def carried(notes: Iterable[Note]) -> dict[str, str]:
    """The coordinate that carries ``notes``; nothing where there are none.

    Examples
    --------
    >>> carried([Note("limits-contradicted", Severity.INFO, "seen")])
    {'reading_notes': '[["limits-contradicted", "info", "seen", ""]]'}
    """
    rows = [[note.code, str(note.severity), note.text, note.remedy] for note in dict.fromkeys(notes)]
    return {NAME: json.dumps(rows, ensure_ascii=False)} if rows else {}


def notes_of_reading(spectrum: xr.Dataset) -> tuple[Note, ...]:
    """What was odd in the file, or files, that a spectrum was read from.

    Parameters
    ----------
    spectrum
        As :func:`spectra.read` gives it, after any steps; of several that were joined the notes are united.

    Returns
    -------
    tuple of Note
        Empty where nothing was odd, or the spectrum was not read from a file.

    Examples
    --------
    >>> notes_of_reading(xr.Dataset(coords=carried([Note("limits-contradicted", Severity.INFO, "seen")])))[0].text
    'seen'
    """
    if NAME not in spectrum.coords:
        return ()
    texts = {str(text): None for text in spectrum.coords[NAME].values.reshape(-1)}
    rows = [row for text in texts if text.startswith("[") for row in json.loads(text)]
    return tuple(dict.fromkeys(Note(code, Severity(severity), text, remedy) for code, severity, text, remedy in rows))
