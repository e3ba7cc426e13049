"""JASCO Spectra Manager files (.jws): channels over one even axis, in streams of an OLE compound file."""

from __future__ import annotations

import io
import struct

import numpy as np
import olefile

from shortrange_core.errors import BadInput
from spectra.readers.raw import Raw, Reader, Source, intact, need

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""OLE compound files: old Excel, JASCO, Avantage."""
_INFO = struct.Struct("<6I3d2I")
_AXES = {0x10000103: ("nm", "wavelength"), 0x20000203: ("s", "time")}
"""What is known of the codes of axes; of another the unit is asked for."""
_CHANNELS = {3: "absorbance", 14: "fluorescence", 0x1001: "circular dichroism", 0x2001: "voltage"}
MOST_CHANNELS = 1024


def sniff(source: Source) -> float:
    """A compound file with the stream that describes the data, or the maker's suffix."""
    if not source.head.startswith(MAGIC):
        return 0.0
    return 0.95 if "Y-Data".encode("utf-16-le") in source.content or source.suffix == ".jws" else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """One block a channel.

    Raises
    ------
    BadInput
        If the compound file is damaged, or its numbers of channels and points deny its data.
    """
    info, data, name = _streams(source)
    intact(len(info) >= _INFO.size, source, "ends inside its description (DataInfo)")
    _, spectra, _, channels, _, points, first, last, step, *codes = _INFO.unpack_from(info)
    numbers = len(data) // 4
    rows = next((n for n in (channels, spectra) if 0 < n <= MOST_CHANNELS and n * points == numbers), 0)
    need(
        rows > 0 and points > 1,
        source,
        f"says {channels} channels of {points} points, but has {numbers} numbers; it is damaged or has another layout",
    )
    off = abs(first + step * (points - 1) - last)
    intact(off <= abs(step), source, f"{points} steps of {step:g} from {first:g} do not end at {last:g}")
    x, y = np.linspace(first, last, points), np.frombuffer(data, "<f4").reshape(rows, points).astype(float)
    unit, axis = _AXES.get(codes[0], ("", ""))
    kinds = (
        codes[1],
        *struct.unpack_from(f"<{max(rows - 1, 0)}I", info.ljust(_INFO.size + 4 * rows, b"\0"), _INFO.size),
    )
    names = [_CHANNELS.get(kind, "") if rows == channels else "" for kind in kinds]
    titles = [title or f"channel {index + 1}" for index, title in enumerate(names)]
    return tuple(
        Raw(
            name if rows == 1 and name else titles[index],
            x,
            y[index],
            unit=unit,
            axis=axis,
            intensity_unit="absorbance" if names[index] == "absorbance" else "arbitrary",
            preferred=names[index] == "absorbance" and names.count("absorbance") == 1,
        )
        for index in range(rows)
    )


def _streams(source: Source) -> tuple[bytes, bytes, str]:
    """Description and data of the compound file, and the name of the sample."""
    try:
        with olefile.OleFileIO(io.BytesIO(source.content)) as book:
            need(book.exists("DataInfo") and book.exists("Y-Data"), source, "contains no spectrum (DataInfo, Y-Data)")
            need(
                not book.exists("X-Data"), source, "has an axis with uneven steps, which is not read; export it as text"
            )
            info, data = (book.openstream(name).read() for name in ("DataInfo", "Y-Data"))
            sample = book.openstream("SampleInfo").read() if book.exists("SampleInfo") else b""
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise BadInput(f"{source.name}: is not a complete OLE compound file ({error}); export it again") from error
    return info, data, _sample(sample)


def _sample(held: bytes) -> str:
    """Name of the sample: eight bytes, of which the last four are the length, and the letters."""
    if len(held) < 8:
        return ""
    (size,) = struct.unpack_from("<I", held, 4)
    return held[8 : 8 + size].decode("utf-16-le", "ignore").split("\0")[0].strip()


READERS = (
    Reader(
        "jasco",
        "JASCO Spectra Manager",
        (".jws", ".jwb"),
        sniff,
        parse,
        gives="every channel; the unit of an axis in nm or s (you give any other)",
        held_to="seven public files, jws2txt",
    ),
)
