"""Tecmag TNMR files (.tnt): one-dimensional decays and spectra.

TNMR stores decays that turn against the shift: their conjugate is given. Its names of nuclei are free text and its
channels are numbered, so the observed frequency is that of the observe channel and the technique stays with the user.
"""

from __future__ import annotations

import re
import struct

import numpy as np

from spectra.readers.raw import Raw, Reader, Source, intact, need
from spectra.spectrum import LARGEST_LARMOR_MHZ, Coordinate

_MAGIC = re.compile(rb"TNT1\.\d\d\d")
SECTION_BYTES = 12
ACTUAL_POINTS, FREQUENCIES, CHANNEL, DWELL = 16, 84, 196, 272  # bytes inside TMAG
TRANSFORMED = 828  # byte of the flag of a Fourier transform inside TMG2
TMAG_BYTES = 1024
CHANNELS = 4


def sniff(source: Source) -> float:
    """The first eight bytes."""
    return 1.0 if _MAGIC.match(source.head) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The decay of a file.

    Raises
    ------
    BadInput
        If it has more than one dimension, or sizes do not fit the file.
    """
    content = source.content
    sections = _sections(source, content)
    for name in (b"TMAG", b"DATA"):
        intact(name in sections, source, f"has no section {name.decode()}")
    head, length = sections[b"TMAG"]
    intact(length >= TMAG_BYTES, source, f"its settings have {length} bytes")
    sizes = struct.unpack_from("<4i", content, head + ACTUAL_POINTS)
    points = sizes[0]
    need(all(size == 1 for size in sizes[1:]), source, f"has {sizes} points; one dimension is read: export a slice")
    data, stored = sections[b"DATA"]
    intact(points > 1 and 8 * points == stored, source, f"says {points} points, its data have {stored} bytes")
    signal = np.frombuffer(content, "<c8", points, data).astype(np.complex128)
    (dwell,) = struct.unpack_from("<d", content, head + DWELL)
    intact(bool(np.isfinite(dwell)) and dwell > 0, source, f"has a dwell time of {dwell:g} s")
    coords = _coordinates(content, head)
    settings, room = sections.get(b"TMG2", (0, 0))
    if room > TRANSFORMED + 2 and struct.unpack_from("<h", content, settings + TRANSFORMED)[0]:
        hertz = -np.fft.fftshift(np.fft.fftfreq(points, dwell))
        spectrum = Raw("spectrum", hertz, signal.real, unit="Hz", technique="NMR", imaginary=signal.imag, coords=coords)
        return (spectrum,)
    time = np.arange(points) * dwell
    return (Raw("fid", time, np.conj(signal), unit="s", axis="time", technique="NMR", coords=coords),)


def _coordinates(content: bytes, head: int) -> dict[str, Coordinate]:
    (channel,) = struct.unpack_from("<h", content, head + CHANNEL)
    if not 1 <= channel <= CHANNELS:
        return {}
    frequency = struct.unpack_from("<4d", content, head + FREQUENCIES)[channel - 1]
    return {"larmor_frequency": frequency} if np.isfinite(frequency) and 0 < frequency < LARGEST_LARMOR_MHZ else {}


def _sections(source: Source, content: bytes) -> dict[bytes, tuple[int, int]]:
    """Start and length of the sections up to the pulse sequence, which has no length of its own kind."""
    sections: dict[bytes, tuple[int, int]] = {}
    position = 8
    while position + SECTION_BYTES <= len(content):
        name, _, length = struct.unpack_from("<4sII", content, position)
        if name == b"PSEQ":
            break
        start = position + SECTION_BYTES
        intact(start + length <= len(content), source, f"its section {name!r} does not fit the file")
        sections[name] = (start, length)
        position = start + length
    return sections


READERS = (
    Reader(
        "tecmag",
        "Tecmag TNMR",
        (".tnt",),
        sniff,
        parse,
        gives="1D decay or spectrum",
        held_to="four measured files, nmrglue",
    ),
)
