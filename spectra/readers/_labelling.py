"""What a reader found, as a labelled spectrum with notes and provenance."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.notes import Note
from shortrange_core.readings import Reading, carried
from spectra.readers._choosing import check_technique, more_precise
from spectra.readers._conversion import NOTHING_SAID, Overrides, converted
from spectra.readers._stacks import from_stack
from spectra.readers.raw import Raw, Reader, Rows, Source, with_axis
from spectra.spectrum import from_arrays


def spectrum_of(
    source: Source, reader: Reader, raw: Raw, wanted: str, settings: Overrides = NOTHING_SAID
) -> xr.Dataset:
    """The labelled spectrum of one block, once it is chosen.

    Raises
    ------
    BadInput
        As :func:`read`.
    """
    if raw.problem:
        raise BadInput(f"{source.name}: the block {raw.name!r} is not a spectrum: {raw.problem}")
    check_technique(source, raw, wanted)
    raw = with_axis(source, raw)
    raw = converted(source, raw, wanted, settings)
    try:
        return labelled(source, reader, raw, more_precise(wanted, raw.technique))
    except BadInput as error:
        raise BadInput(*(f"{source.name}: {problem}" for problem in error.problems)) from error


def chunked(spectrum: xr.Dataset, chunks: Any) -> xr.Dataset:
    """Stack in chunks of dask."""
    if chunks is None:
        return spectrum
    try:
        return spectrum.chunk(chunks)
    except ImportError as error:
        raise BadInput("chunks=: needs dask; install shortrange with its dask extra, or leave chunks out") from error
    except (ValueError, TypeError) as error:
        dims = ", ".join(f"{name} ({size})" for name, size in spectrum.sizes.items())
        raise BadInput(f"chunks= {chunks!r}: does not divide {dims} ({error}); give numbers by dimension") from error


def labelled(source: Source, reader: Reader, raw: Raw, technique: str) -> xr.Dataset:
    """The block as a labelled spectrum, before anything is converted."""
    history = "; ".join([f"read from {source.name} as {reader.title}", *raw.history])
    notes = tuple(dict.fromkeys(_of_file(source, note) for note in raw.notes))
    record = carried(Reading(((source.name, source.sha256),), notes))
    if raw.stack:
        stack = from_stack(raw, technique=technique, history=history, lazy=_lazy(raw.rows, source.chunks))
        return stack.assign_coords(record)
    coords = {name: value for name, value in raw.coords.items() if name not in ("technique", "noise_source")}
    return from_arrays(
        raw.x,
        raw.y,
        axis=raw.axis,
        noise=raw.noise,
        counts=raw.counts,
        imaginary=raw.imaginary,
        technique=technique or None,
        intensity_unit=raw.intensity_unit,
        history=history,
        **coords,
        **record,
    )


def _of_file(source: Source, note: Note) -> Note:
    """The note with the name of its file, which a report on several needs."""
    return replace(note, text=f"{source.name}: {note.text}")


def _lazy(rows: Rows | None, chunks: Any) -> Callable[[npt.NDArray[Any]], tuple[Any, Any]] | None:
    """How the arrays of a map that stays in its file are made; None where it is in memory."""
    if rows is None:
        return None
    stacks = importlib.import_module(
        "spectra.readers._lazy_stacks"
    )  # dask takes longer to import than a spectrum to read
    return lambda order: stacks.lazy_arrays(rows, order, chunks)
