"""Reading instrument files: dispatch by content, one block at a time, as a labelled spectrum."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import metadata
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import AmbiguousFile, BadInput
from shortrange_core.notes import Note, Severity
from shortrange_core.readings import Reading, carried
from shortrange_core.showing import Shown
from shortrange_core.spelling import option
from spectra.readers._conversion import NOTHING_SAID, Settings, converted
from spectra.readers._stacks import from_stack
from spectra.readers.raw import Raw, Reader, Rows, Source, with_axis
from spectra.spectrum import AXES, AXES_OF_KIND, from_arrays, kind, normal, notes_of_reading

ENTRY_POINTS = "shortrange.readers"
_FORMATS = (
    "bruker",
    "varian",
    "jeol",
    "tecmag",
    "csdm",
    "dmfit",
    "simpson",
    "ssnake",
    "renishaw",
    "opus",
    "vamas",
    "jcamp",
    "galactic",
    "omnic",
    "agilent",
    "emsa",
    "perkin_elmer",
    "jasco",
    "igor",
    "phi",
    "specs",
    "specslab",
    "scienta",
    "casaxps",
    "kherve",
    "labspec",
    "bwtek",
    "rod",
    "excel",
    "delimited",
    "elsewhere",
)


@dataclass(frozen=True, slots=True)
class Block(Shown):
    """What a file holds under one name.

    Parameters
    ----------
    name
        What ``block=`` takes.
    format
        Name of the reader.
    technique, axis, unit
        What the file says; empty where it does not.
    shape
        Number of points, after the sizes of further dimensions.
    lowest, highest
        Range of the axis in ``unit``.
    maximum_at
        Axis value of the largest intensity.
    problem
        Why it is no spectrum; empty where it is one.
    """

    name: str
    format: str
    technique: str
    axis: str
    unit: str
    shape: tuple[int, ...]
    lowest: float
    highest: float
    maximum_at: float
    problem: str = ""


@lru_cache(maxsize=1)
def known_readers() -> Mapping[str, Reader]:
    """All readers by name: those of the package, and those that entry points ``shortrange.readers`` add."""
    found: dict[str, Reader] = {}
    for module in _FORMATS:
        loaded = importlib.import_module(f"spectra.readers.formats.{module}")
        for reader in loaded.READERS:
            found[reader.name] = reader
    for entry in metadata.entry_points(group=ENTRY_POINTS):
        reader = entry.load()
        if not isinstance(reader, Reader):
            raise BadInput(f"the entry point {entry.name} = {entry.value} is no spectra.Reader; remove that package")
        found[reader.name] = reader
    return found


def _reader_for(source: Source) -> Reader:
    known = known_readers()
    seen = {name: reader.sniff(source) for name, reader in known.items()}
    scores = {
        name: score + (0.05 if source.suffix in known[name].suffixes else 0.0)
        for name, score in seen.items()
        if score > 0
    }
    if not scores:
        formats = ", ".join(reader.title for reader in known.values() if not reader.instead)
        raise BadInput(f"{source.name}: no reader recognises it; formats: {formats}; export it as one of these")
    return known[max(scores, key=lambda name: scores[name])]


def blocks_of(path: str | os.PathLike[str], *, chunks: Any = None) -> tuple[Source, Reader, tuple[Raw, ...]]:
    """A file, its reader, and its blocks as that gives them, before units are converted.

    Raises
    ------
    BadInput
        As :func:`contents`.
    """
    source = Source.of(path, chunks=chunks)
    reader = _reader_for(source)
    try:
        blocks = reader.parse(source)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(
            f"{source.name}: is damaged or no whole {reader.title} file ({type(error).__name__}: {error}); "
            "export or copy it again"
        ) from error
    if not blocks:
        raise BadInput(f"{source.name}: is {reader.title}, but holds no spectrum; give another file")
    return source, reader, _unique(tuple(replace(raw, notes=(*source.notes, *raw.notes)) for raw in blocks))


def _unique(blocks: tuple[Raw, ...]) -> tuple[Raw, ...]:
    """Blocks with different names: repeats get #2, #3 ..."""
    seen: dict[str, int] = {}
    named = []
    for raw in blocks:
        seen[raw.name] = seen.get(raw.name, 0) + 1
        number = seen[raw.name]
        named.append(raw if number == 1 else replace(raw, name=f"{raw.name} #{number}"))
    return tuple(named)


def raw_blocks(path: str | os.PathLike[str]) -> tuple[Raw, ...]:
    """Blocks as their reader gives them, before units are converted; for tests of readers.

    Raises
    ------
    BadInput
        As :func:`contents`.
    """
    return blocks_of(path)[2]


def contents(path: str | os.PathLike[str]) -> tuple[Block, ...]:
    """List the blocks of a file or folder.

    Parameters
    ----------
    path
        An instrument file, or a TopSpin experiment folder.

    Returns
    -------
    tuple of Block
        In the order of the file.

    Raises
    ------
    BadInput
        If there is no such file, or no reader recognises it, or it is damaged.
    """
    _, reader, blocks = blocks_of(path)
    return tuple(_summary(raw, reader) for raw in blocks)


def _summary(raw: Raw, reader: Reader) -> Block:
    empty = raw.x.size == 0
    low, high = (np.nan, np.nan) if empty else (float(np.min(raw.x)), float(np.max(raw.x)))
    at = np.nan
    if not empty and raw.y.size:
        curve = np.abs(raw.y) if np.iscomplexobj(raw.y) else raw.y
        at = float(raw.x[int(np.argmax(curve)) % raw.x.size])
    axis = raw.axis or {"ppm": "chemical_shift", "nm": "wavelength", "um": "wavelength", "s": "time"}.get(raw.unit, "")
    return Block(
        raw.name, reader.name, raw.technique, axis, raw.unit, tuple(np.shape(raw.y)), low, high, at, raw.problem
    )


def read(
    path: str | os.PathLike[str],
    *,
    technique: str | None = None,
    block: str | None = None,
    chunks: Any = None,
    laser: float | None = None,
    photon_energy: float | None = None,
    larmor_frequency: float | None = None,
    energy: str | None = None,
    strict: bool = False,
) -> xr.Dataset:
    """Read one spectrum, sorted and in standard units, with its noise.

    Parameters
    ----------
    path
        An instrument file or a TopSpin folder; the format is recognised by its content.
    technique
        ``"31P NMR"``, ``"Raman"``, ``"FTIR"``, ``"O 1s XPS"`` ...; names the axis where the file does not, picks the
        region of a file with several, and is refused where the file says otherwise.
    block
        Name of one block, as :func:`contents` lists them.
    chunks
        Chunks of dask, as in :meth:`xarray.Dataset.chunk`, such as ``{"pixel": 256}``; whole in memory where absent.
        Maps of WiRE (.wdf), Galactic SPC with numbers as floats (.spc) and LabSpec text stay in the file: their
        spectra are read, and their noise estimated, when a chunk is computed, so that memory is that of the chunks
        in work; a value that is not finite then shows in the chunk, not here. All other formats are read whole, and
        ``chunks`` only divides what is in memory.
    laser
        Wavelength of the laser in nm, where a Raman axis is in nm and the file does not say it.
    photon_energy
        Photon energy in eV, where an XPS axis is kinetic energy and the file does not say it.
    larmor_frequency
        Frequency of 0 ppm in MHz, where an NMR axis is in Hz and the file does not say it.
    energy
        ``"kinetic"`` or ``"binding"``, where an axis in eV is one and the file does not say which. Kinetic energies
        become binding energies with ``photon_energy`` or that of the file; without either they stay kinetic.
    strict
        Refuse a file that is odd: every note of severity warning is an error.

    Returns
    -------
    xr.Dataset
        The labelled spectrum of :mod:`spectra.spectrum`; a map or stack has further dimensions. What was odd in the
        file is carried along and enters every fit: :func:`spectra.notes_of_reading`.

    Raises
    ------
    AmbiguousFile
        If several blocks would do; it names them.
    BadInput
        If there is no such file, format or block, if the file is damaged, or says another technique or unit.
    """
    wanted = normal(technique) if technique is not None else ""
    source, reader, blocks = blocks_of(path, chunks=chunks)
    raw = _chosen(source, blocks, block, wanted)
    settings = Settings(laser, photon_energy, larmor_frequency, energy)
    spectrum = spectrum_of(source, reader, raw, wanted, settings)
    odd = [note for note in notes_of_reading(spectrum) if strict and note.severity is not Severity.INFO]
    if odd:
        raise BadInput(*(f"{note.text}; {note.remedy}, or read it without strict" for note in odd))
    return _chunked(spectrum, chunks)


def spectrum_of(source: Source, reader: Reader, raw: Raw, wanted: str, settings: Settings = NOTHING_SAID) -> xr.Dataset:
    """The labelled spectrum of one block, once it is chosen.

    Raises
    ------
    BadInput
        As :func:`read`.
    """
    if raw.problem:
        raise BadInput(f"{source.name}: the block {raw.name!r} is no spectrum: {raw.problem}")
    _check_technique(source, raw, wanted)
    raw = with_axis(source, raw)
    raw = converted(source, raw, wanted, settings)
    try:
        return _labelled(source, reader, raw, wanted or raw.technique)
    except BadInput as error:
        raise BadInput(*(f"{source.name}: {problem}" for problem in error.problems)) from error


def read_all(path: str | os.PathLike[str], *, technique: str) -> tuple[xr.Dataset | BadInput, ...]:
    """Every block of a file as a spectrum, or why it is none, with the file read once.

    Parameters
    ----------
    path
        As for :func:`read`.
    technique
        As for :func:`read`; empty where the file says it.

    Raises
    ------
    BadInput
        If the file as a whole is not readable.
    """
    source, reader, blocks = blocks_of(path)
    wanted = normal(technique) if technique else ""
    found: list[xr.Dataset | BadInput] = []
    for raw in blocks:
        try:
            found.append(spectrum_of(source, reader, raw, wanted))
        except BadInput as error:
            found.append(error)
    return tuple(found)


def _chunked(spectrum: xr.Dataset, chunks: Any) -> xr.Dataset:
    if chunks is None:
        return spectrum
    try:
        return spectrum.chunk(chunks)
    except ImportError as error:
        raise BadInput("chunks=: needs dask; install shortrange with its dask extra, or leave chunks out") from error
    except (ValueError, TypeError) as error:
        dims = ", ".join(f"{name} ({size})" for name, size in spectrum.sizes.items())
        raise BadInput(f"chunks= {chunks!r}: does not divide {dims} ({error}); give numbers by dimension") from error


def _labelled(source: Source, reader: Reader, raw: Raw, technique: str) -> xr.Dataset:
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
    return note if note.text.startswith(source.name) else replace(note, text=f"{source.name}: {note.text}")


def _lazy(rows: Rows | None, chunks: Any) -> Callable[[npt.NDArray[Any]], tuple[Any, Any]] | None:
    """How the arrays of a map that stays in its file are made; None where it is in memory."""
    if rows is None:
        return None
    stacks = importlib.import_module(
        "spectra.readers._lazy_stacks"
    )  # dask takes longer to import than a spectrum to read
    return lambda order: stacks.lazy_arrays(rows, order, chunks)


def _chosen(source: Source, blocks: tuple[Raw, ...], block: str | None, technique: str) -> Raw:
    if block is not None:
        found = next((raw for raw in blocks if raw.name == block), None)
        if found is None:
            raise BadInput(f"{source.name}: has no block {block!r}; there are {_names(blocks)}")
        return found
    if len(blocks) == 1:
        return blocks[0]
    usable = [raw for raw in blocks if not raw.problem]
    exact = [raw for raw in usable if technique and raw.technique == technique]
    fitting = exact or [raw for raw in usable if not technique or _compatible(raw, technique)]
    if not exact and len(technique.split()) > 1 and any(len(raw.technique.split()) > 1 for raw in usable):
        fitting = []  # the file names its regions, and this is none of them
    preferred = [raw for raw in fitting if raw.preferred]
    for candidates in (fitting, preferred):
        if len(candidates) == 1:
            return candidates[0]
    if not usable:
        return blocks[0]
    if not fitting:
        raise BadInput(f"{source.name}: no block is {technique}; there are {_names(blocks)}")
    choices = tuple(raw.name for raw in (preferred or fitting))
    raise AmbiguousFile(
        f"{source.name}: holds {len(choices)} blocks; name one with {option('block')}: {', '.join(map(repr, choices))}",
        choices,
    )


def _names(blocks: tuple[Raw, ...]) -> str:
    return ", ".join(f"{raw.name!r}" + (f" ({raw.technique})" if raw.technique else "") for raw in blocks)


def _compatible(raw: Raw, technique: str) -> bool:
    if raw.technique:
        said, wanted = raw.technique.split(), technique.split()
        if said[-1] != wanted[-1]:
            return False
        return said[:-1] == wanted[:-1] or not said[:-1] or not wanted[:-1]
    return not raw.axis or raw.axis in AXES_OF_KIND[kind(technique)] or raw.axis == "wavelength"


def _check_technique(source: Source, raw: Raw, technique: str) -> None:
    if technique and raw.technique and not _compatible(raw, technique):
        raise BadInput(
            f"{source.name}: is {raw.technique}, not {technique}; give the right file or {option('technique')}"
        )
    if technique and raw.axis and not _compatible(raw, technique):
        unit = AXES.get(raw.axis, raw.unit)
        raise BadInput(
            f"{source.name}: has the axis {raw.axis} ({unit}), which {technique} has not; "
            f"give the right file or {option('technique')}"
        )
