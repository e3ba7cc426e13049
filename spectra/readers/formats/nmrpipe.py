"""NMRPipe files: one-dimensional decays and spectra behind a header of 512 numbers.

The places of the header's numbers are those of NMRPipe's fdatap.h (https://www.ibbr.umd.edu/nmrpipe).
"""

from __future__ import annotations

import re

import numpy as np

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.formats.group_delays import without_group_delay
from spectra.readers.raw import Array, Raw, Reader, Source, intact, unreadable
from spectra.spectrum import Coordinate

HEADER = 512
"""Numbers of four bytes before the data."""
ORDER, MARK = 2, 2.345
"""Place and value of the number that tells the order of bytes."""
DIMENSIONS, POINTS, IS_REAL, DELAY = 9, 99, 106, 40
IS_SPECTRUM, LARMOR, WIDTH, LAST = 220, 119, 100, 101
"""Of the direct dimension: transformed or not, MHz, width and frequency of the last point in Hz."""
LABEL, LABEL_BYTES = 16, 8
_NUCLEUS = re.compile(r"\d{1,3}[A-Z][a-z]?")


def sniff(source: Source) -> float:
    """The mark of the order of bytes behind two numbers of which the first is 0."""
    return 0.9 if _order(source.head) else 0.0


def _order(head: bytes) -> str:
    if len(head) < 4 * HEADER or head[:4] != bytes(4):
        return ""
    mark = head[4 * ORDER : 4 * ORDER + 4]
    return next((order for order in "<>" if abs(np.frombuffer(mark, f"{order}f4")[0] - MARK) < 1e-6), "")


def parse(source: Source) -> tuple[Raw, ...]:
    """The one decay or spectrum of a file.

    Raises
    ------
    BadInput
        If the file has not the points that its header states, or states no width or frequency.
    """
    numbers = np.frombuffer(source.content[: len(source.content) // 4 * 4], f"{_order(source.head)}f4").astype(float)
    header, data = numbers[:HEADER], numbers[HEADER:]
    if header[DIMENSIONS] > 1:
        return (unreadable("spectrum", f"it has {header[DIMENSIONS]:g} dimensions; give a one-dimensional spectrum"),)
    points = header[POINTS]
    wanted = points if header[IS_REAL] else 2 * points
    intact(points >= 1 and data.size == wanted, source, f"says {wanted:g} numbers and has {data.size}")
    larmor, width = header[LARMOR], header[WIDTH]
    if not (larmor > 0 and width > 0):
        raise BadInput(f"{source.name}: states {larmor:g} MHz and a width of {width:g} Hz; convert it again with both")
    return (_raw(source, header, data if header[IS_REAL] else _complex(data)),)


def _complex(data: Array) -> Array:
    real, imaginary = data.reshape(2, -1)
    return np.asarray(real + 1j * imaginary)


def _raw(source: Source, header: Array, y: Array) -> Raw:
    larmor, width = float(header[LARMOR]), float(header[WIDTH])
    written = source.head[4 * LABEL : 4 * LABEL + LABEL_BYTES].split(b"\0")[0].decode("latin-1")
    nucleus = spectrum.nucleus(written)
    technique = f"{nucleus} NMR" if _NUCLEUS.fullmatch(nucleus) else "NMR"
    shift = (header[LAST] + np.arange(y.size)[::-1] * (width / y.size)) / larmor
    coords: dict[str, Coordinate] = {"larmor_frequency": larmor}
    if header[IS_SPECTRUM]:
        imaginary = y.imag if np.iscomplexobj(y) and np.any(y.imag) else None
        return Raw(
            "spectrum",
            shift,
            y.real,
            unit="ppm",
            axis="chemical_shift",
            technique=technique,
            imaginary=imaginary,
            coords=coords,
        )
    coords["carrier"] = float(shift[y.size // 2])
    signal, history = without_group_delay(y, float(header[DELAY]))
    time = np.arange(signal.size) / width
    return Raw("fid", time, signal, unit="s", axis="time", technique=technique, coords=coords, history=history)


READERS = (
    Reader(
        "nmrpipe",
        "NMRPipe",
        (".fid", ".ft", ".ft1", ".dat"),
        sniff,
        parse,
        gives="1D decay with its group delay removed, or spectrum; carrier and frequency of the header",
        held_to="four public files of nmrglue, read by nmrglue",
    ),
)
