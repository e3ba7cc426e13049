"""Thermo OMNIC spectra (.spa) and groups of them (.spg): axis, intensities and title of each."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np

from shortrange_core.files import decode
from spectra.readers.raw import Raw, Reader, Source, intact, unreadable
from spectra.spectrum import Coordinate

MAGIC = b"Spectral Data File"
TITLE, TITLE_BYTES = 30, 255
SECTIONS, SECTION_BYTES = 304, 16
AXIS_SECTION, INTENSITY_SECTION, TITLE_SECTION = 2, 3, 107
GROUP_AT = 10  # bytes inside an entry of the list: which spectrum of a group it is of
DATA_POINTS, VOLTS = 2, 22
MOST_SECTIONS = 1000
_UNITS = {1: "cm-1", 2: "", 3: "nm", 4: "um", 32: "cm-1"}
RAMAN_SHIFT = 32
_INTENSITIES = {
    11: "percent reflectance",
    12: "log(1/R)",
    15: "single beam",
    16: "percent transmittance",
    17: "absorbance",
    20: "kubelka-munk",
    21: "reflectance",
    22: "V",
    26: "photoacoustic",
}


def sniff(source: Source) -> float:
    """The first words; a series begins with them too, and is built otherwise."""
    return 1.0 if source.head.startswith(MAGIC) and source.suffix != ".srs" else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The spectrum of a file, or all spectra of a group.

    Raises
    ------
    BadInput
        If a section lies outside the file, or points and bytes disagree.
    """
    groups = _sections(source, source.content)
    for sections in groups.values():
        for key in (AXIS_SECTION, INTENSITY_SECTION):
            intact(key in sections, source, "has no axis or no intensities")
    intact(bool(groups), source, "has no axis or no intensities")
    several = len(groups) > 1
    return tuple(_spectrum(source, sections, named=several) for sections in groups.values())


def _spectrum(source: Source, sections: Mapping[int, tuple[int, int]], *, named: bool) -> Raw:
    content = source.content
    at, _ = sections[AXIS_SECTION]
    intact(at + 24 <= len(content), source, "ends inside its axis")
    (points,) = struct.unpack_from("<I", content, at + 4)
    x_unit, y_unit = content[at + 8], content[at + 12]
    first, last = struct.unpack_from("<ff", content, at + 16)
    start, size = sections[INTENSITY_SECTION]
    intact(size == 4 * points and points > 2, source, f"says {points} points, but has {size} bytes of them")
    title = _title(content, *sections[TITLE_SECTION]) if named and TITLE_SECTION in sections else _title(content)
    name = (title.split(",")[0] if named else "") or "spectrum"
    if x_unit == DATA_POINTS and y_unit == VOLTS:
        return unreadable(name, "it is an interferogram (V over data points); transform it in OMNIC")
    intact(bool(np.isfinite(first) and np.isfinite(last) and first != last), source, "has no range of its axis")
    y = np.frombuffer(content, "<f4", points, start).astype(np.float64)
    unit = _UNITS.get(x_unit, "")
    raman = x_unit == RAMAN_SHIFT
    coords: dict[str, Coordinate] = {"sample": title} if title else {}
    return Raw(
        name,
        np.linspace(first, last, points),
        y,
        unit=unit,
        axis=("raman_shift" if raman else "wavenumber") if unit == "cm-1" else "",
        technique="Raman" if raman else "FTIR" if unit == "cm-1" else "",
        intensity_unit=_INTENSITIES.get(y_unit, "arbitrary"),
        coords=coords,
    )


def _title(content: bytes, at: int = TITLE, size: int = TITLE_BYTES) -> str:
    return decode(content[at : at + size].split(b"\0")[0]).strip()


def _sections(source: Source, content: bytes) -> dict[int, dict[int, tuple[int, int]]]:
    """Place and size of the sections by spectrum and key, the first of a key; a place of 0 ends the list."""
    by_spectrum: dict[int, dict[int, tuple[int, int]]] = {}
    for index in range(MOST_SECTIONS):
        at = SECTIONS + SECTION_BYTES * index
        if at + SECTION_BYTES > len(content) or content[at] in (0, 1):
            break
        place, size = struct.unpack_from("<II", content, at + 2)
        (spectrum,) = struct.unpack_from("<H", content, at + GROUP_AT)
        if content[at] in (AXIS_SECTION, INTENSITY_SECTION):
            intact(place + size <= len(content), source, f"a section of {size} bytes at {place} does not fit")
            by_spectrum.setdefault(spectrum, {})
        if spectrum in by_spectrum:
            by_spectrum[spectrum].setdefault(content[at], (place, size))
    return by_spectrum


READERS = (
    Reader(
        "omnic",
        "Thermo OMNIC",
        (".spa", ".spg"),
        sniff,
        parse,
        gives="spectrum, or every spectrum of a group; interferograms are listed",
        held_to="a measured group; hand-made files; spectrochempy-omnic 0.2.1 reads the same numbers",
    ),
)
