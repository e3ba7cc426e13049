"""Arrays of every block of a file as its reader gives them, for the trials of :mod:`studies.damage`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.notes import Severity
from spectra.readers import blocks_of, spectrum_of
from spectra.readers.formats import bruker_decays, jeol
from spectra.readers.raw import Raw, Reader, Source
from spectra.spectrum import notes_of_reading
from studies.damage import Reading

TECHNIQUES = ("", "Raman", "FTIR", "31P NMR", "XPS")
DECAYS = {"bruker": bruker_decays.decay, "jeol": jeol.decay}
"""A delay is taken out by a shift of a fraction of a point, which moves every point: these are judged as stored."""
SPREAD = {"csdm": 2}  # a letter of base64 can reach into two numbers


def readings(path: Path) -> tuple[Reading, ...]:
    """Every block in the file's own unit and order, and why it is no spectrum, where it is none.

    Raises
    ------
    BadInput
        If the file as a whole is not readable.
    """
    source, reader, blocks = blocks_of(path)
    return tuple(_reading(source, reader, raw) for raw in blocks)


def _reading(source: Source, reader: Reader, raw: Raw) -> Reading:
    arrays, header = _arrays(raw), {}
    if raw.name == "fid" and reader.name in DECAYS and not raw.problem:
        stored, delay = DECAYS[reader.name](source)
        step = float(raw.x[1] - raw.x[0])
        arrays, header = {"axis": step * np.arange(stored.size), "stored": stored}, {"delay": delay}
    problem, warnings = _answer(source, reader, raw)
    return Reading(arrays, problem, reader.name, SPREAD.get(reader.name, 1), header, raw.name, warnings)


def _arrays(raw: Raw) -> dict[str, Any]:
    if raw.problem:
        return {}
    columns = {"axis": raw.x, "intensity": raw.y, "noise": raw.noise, "counts": raw.counts, "imaginary": raw.imaginary}
    found = {name: np.asarray(values) for name, values in columns.items() if values is not None}
    found.setdefault("imaginary", np.zeros(raw.y.shape))  # zeros are left out by a few readers
    found |= {f"stack {axis.name}": np.asarray(axis.values) for axis in raw.stack}
    return found | {f"label {name}": np.asarray(values) for name, values in raw.labels.items()}


def _answer(source: Source, reader: Reader, raw: Raw) -> tuple[str, frozenset[str]]:
    """Why a user gets no spectrum, empty where he gets one under any technique; and the warnings that it carries."""
    problem = ""
    for technique in TECHNIQUES:
        try:
            spectrum = spectrum_of(source, reader, raw, technique)
        except BadInput as error:
            if isinstance(error.__cause__, MemoryError):
                raise
            problem = problem or str(error)
        else:
            notes = notes_of_reading(spectrum)
            return "", frozenset(note.code for note in notes if note.severity is not Severity.INFO)
    return problem, frozenset()
