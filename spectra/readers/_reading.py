"""Reading instrument files: dispatch by content, one block at a time, as a labelled spectrum."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import metadata
from typing import Any

import xarray as xr

from shortrange_core.errors import BadInput, UnknownFormat
from shortrange_core.readings import refuse_warnings
from spectra.readers._choosing import chosen
from spectra.readers._conversion import Overrides
from spectra.readers._labelling import chunked, spectrum_of
from spectra.readers.raw import Raw, Reader, Source
from spectra.spectrum import normal, notes_of_reading

ENTRY_POINTS = "shortrange.readers"
_FORMATS = (
    "bruker",
    "topspin_text",
    "varian",
    "jeol",
    "tecmag",
    "csdm",
    "dmfit",
    "simpson",
    "ssnake",
    "nmrpipe",
    "renishaw",
    "opus",
    "vamas",
    "jcamp",
    "galactic",
    "omnic",
    "agilent",
    "emsa",
    "nexus",
    "perkin_elmer",
    "jasco",
    "igor",
    "igor_text",
    "phi",
    "specs",
    "specslab",
    "scienta",
    "avantage",
    "kratos",
    "casaxps",
    "kherve",
    "labspec",
    "labspec_maps",
    "bwtek",
    "rod",
    "excel",
    "delimited",
    "rows_of_spectra",
    "words_beside",
    "elsewhere",
)


@lru_cache(maxsize=1)
def known_readers() -> Mapping[str, Reader]:
    """All readers by name: those of the package, and those that entry points ``shortrange.readers`` add."""
    readers: dict[str, Reader] = {}
    for module in _FORMATS:
        loaded = importlib.import_module(f"spectra.readers.formats.{module}")
        for reader in loaded.READERS:
            readers[reader.name] = reader
    for entry in metadata.entry_points(group=ENTRY_POINTS):
        reader = entry.load()
        if not isinstance(reader, Reader):
            raise BadInput(f"the entry point {entry.name} = {entry.value} is not a spectra.Reader; remove that package")
        readers[reader.name] = reader
    return readers


def _reader_for(source: Source) -> Reader:
    readers = known_readers()
    seen = {name: reader.sniff(source) for name, reader in readers.items()}
    scores = {
        name: score + (0.05 if source.suffix in readers[name].suffixes else 0.0)
        for name, score in seen.items()
        if score > 0
    }
    if not scores:
        formats = ", ".join(reader.title for reader in readers.values() if not reader.instead)
        raise UnknownFormat(f"{source.name}: no reader recognises it; formats: {formats}; export it as one of these")
    return readers[max(scores, key=lambda name: scores[name])]


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
            f"{source.name}: is damaged, or not a complete {reader.title} file ({type(error).__name__}: {error}); "
            "export or copy it again"
        ) from error
    if not blocks:
        raise BadInput(f"{source.name}: is {reader.title}, but contains no spectrum; give another file")
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
    raw = chosen(source, blocks, block, wanted)
    settings = Overrides(laser, photon_energy, larmor_frequency, energy)
    spectrum = spectrum_of(source, reader, raw, wanted, settings)
    if strict:
        refuse_warnings(notes_of_reading(spectrum))
    return chunked(spectrum, chunks)


def read_all(
    path: str | os.PathLike[str],
    *,
    technique: str,
    laser: float | None = None,
    photon_energy: float | None = None,
    larmor_frequency: float | None = None,
    energy: str | None = None,
) -> tuple[xr.Dataset | BadInput, ...]:
    """Every block of a file as a spectrum, or why it is none, with the file read once.

    Parameters
    ----------
    path
        As for :func:`read`.
    technique
        As for :func:`read`; empty where the file says it.
    laser, photon_energy, larmor_frequency, energy
        As for :func:`read`.

    Raises
    ------
    BadInput
        If the file as a whole is not readable.
    """
    source, reader, blocks = blocks_of(path)
    wanted = normal(technique) if technique else ""
    settings = Overrides(laser, photon_energy, larmor_frequency, energy)
    outcomes: list[xr.Dataset | BadInput] = []
    for raw in blocks:
        try:
            outcomes.append(spectrum_of(source, reader, raw, wanted, settings))
        except BadInput as error:
            outcomes.append(error)
    return tuple(outcomes)
