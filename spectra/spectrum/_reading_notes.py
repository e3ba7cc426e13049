"""What was odd in the files of a spectrum, and how a spectrum that was made otherwise says what it comes from."""

from __future__ import annotations

import os
from collections.abc import Iterable

import xarray as xr

from shortrange_core.notes import Note
from shortrange_core.readings import Reading, carried, joined, read_from, reading_of


def notes_of_reading(spectrum: xr.Dataset) -> tuple[Note, ...]:
    """Remarks on the file, or files, that a spectrum was read from.

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
    >>> from shortrange_core import Severity
    >>> odd = Note("limits-contradicted", Severity.INFO, "seen")
    >>> notes_of_reading(xr.Dataset(coords=carried(Reading((), (odd,)))))[0].text
    'seen'
    """
    return reading_of(spectrum).notes


def with_notes(spectrum: xr.Dataset, notes: Iterable[Note]) -> xr.Dataset:
    """The spectrum with more notes on its file."""
    return spectrum.assign_coords(carried(joined([reading_of(spectrum), Reading((), tuple(notes))])))


def with_source(spectrum: xr.Dataset, *paths: str | os.PathLike[str]) -> xr.Dataset:
    """The spectrum with the files that it was made from, if no reader of this project read them.

    Parameters
    ----------
    spectrum
        Made by :func:`spectra.from_arrays`, or by arithmetic that lost its files.
    *paths
        Files or folders; their SHA-256 is taken now.

    Raises
    ------
    BadInput
        If a file does not exist.
    """
    return spectrum.assign_coords(carried(joined([reading_of(spectrum), *(read_from(path) for path in paths)])))
