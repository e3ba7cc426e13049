"""Thermo OMNIC spectra (.spa): the axis and the intensities of the one spectrum of a file."""

from __future__ import annotations

import struct

import numpy as np

from spectra.contract import Coordinate
from spectra.readers.records import Raw, Reader, Source, need

MAGIC = b"Spectral Data File"
TITLE, TITLE_BYTES = 30, 255
SECTIONS, SECTION_BYTES = 304, 16
AXIS_SECTION, INTENSITY_SECTION = 2, 3
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
    """The first words."""
    return 1.0 if source.head.startswith(MAGIC) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The spectrum of a file.

    Raises
    ------
    BadInput
        If a section lies outside the file, or points and bytes disagree.
    """
    content = source.content
    sections = _sections(source, content)
    for key in (AXIS_SECTION, INTENSITY_SECTION):
        need(key in sections, source, "has no axis or no intensities; it is cut or damaged")
    at, _ = sections[AXIS_SECTION]
    need(at + 24 <= len(content), source, "ends inside its axis; it is cut or damaged")
    (points,) = struct.unpack_from("<I", content, at + 4)
    x_unit, y_unit = content[at + 8], content[at + 12]
    first, last = struct.unpack_from("<ff", content, at + 16)
    start, size = sections[INTENSITY_SECTION]
    need(
        size == 4 * points and points > 2, source, f"says {points} points, but has {size} bytes of them; it is damaged"
    )
    need(
        bool(np.isfinite(first) and np.isfinite(last) and first != last),
        source,
        "has no range of its axis; it is damaged",
    )
    y = np.frombuffer(content, "<f4", points, start).astype(np.float64)
    unit = _UNITS.get(x_unit, "")
    raman = x_unit == RAMAN_SHIFT
    title = content[TITLE : TITLE + TITLE_BYTES].split(b"\0")[0].decode("utf-8", errors="replace").strip()
    coords: dict[str, Coordinate] = {"sample": title} if title else {}
    return (
        Raw(
            "spectrum",
            np.linspace(first, last, points),
            y,
            unit=unit,
            axis=("raman_shift" if raman else "wavenumber") if unit == "cm-1" else "",
            technique="Raman" if raman else "FTIR" if unit == "cm-1" else "",
            intensity_unit=_INTENSITIES.get(y_unit, "arbitrary"),
            coords=coords,
        ),
    )


def _sections(source: Source, content: bytes) -> dict[int, tuple[int, int]]:
    """Place and size of the sections by key, the first of a key; keys 0 and 1 end the list."""
    found: dict[int, tuple[int, int]] = {}
    for index in range(MOST_SECTIONS):
        at = SECTIONS + SECTION_BYTES * index
        if at + SECTION_BYTES > len(content) or content[at] in (0, 1):
            break
        place, size = struct.unpack_from("<II", content, at + 2)
        if content[at] in (AXIS_SECTION, INTENSITY_SECTION):
            need(
                place + size <= len(content),
                source,
                f"a section of {size} bytes at {place} does not fit; it is damaged",
            )
        found.setdefault(content[at], (place, size))
    return found


READERS = (Reader("omnic", "Thermo OMNIC", (".spa",), sniff, parse),)
