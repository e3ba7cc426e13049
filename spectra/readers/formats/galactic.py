"""Galactic SPC files (.spc), either byte order, and of the format before 1996: spectra over even or listed axes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from shortrange_core.notes import Note, Severity
from shortrange_core.shown_numbers import counted
from spectra.readers.raw import (
    AGAIN,
    Array,
    BinaryRows,
    Buffer,
    Raw,
    Reader,
    Source,
    StackAxis,
    Stamp,
    intact,
    look_at_rest,
    ordinate_unit,
    unreadable,
)
from spectra.spectrum import Coordinate

VERSIONS = {0x4B: "<", 0x4C: ">"}
HEADER_BYTES, SUBHEADER_BYTES = 512, 32
OLD_VERSION, OLD_HEADER_BYTES = 0x4D, 256
SHORT, MULTI, OWN_AXES, LISTED_AXIS = 0x01, 0x04, 0x40, 0x80
FLOATS = -128
LOG_AT, LOG_HEADER_BYTES, LOG_SLACK_BYTES = 248, 64, 64  # a program may pad its log
MOST_SPECTRA = 1_000_000
_UNITS = {1: "cm-1", 2: "um", 3: "nm", 4: "s", 6: "Hz", 10: "ppm", 13: "cm-1", 14: "eV", 23: "ms", 24: "us"}
_OTHER_UNITS = {5: "min", 7: "kHz", 8: "MHz", 9: "m/z", 16: "diodes", 17: "channels", 18: "degrees", 22: "points"}
"""Of axes that no technique has: kept, so that a technique that is given does not name them."""
RAMAN_SHIFT = 13
INTERFEROGRAM = 1
_TECHNIQUES = {4: "FTIR", 11: "Raman"}
_INTENSITIES = {2: "absorbance", 3: "kubelka-munk", 4: "counts", 128: "transmittance", 129: "reflectance"}


@dataclass(frozen=True, slots=True)
class SpcHeader:
    """Fixed fields of the main header."""

    order: str
    flags: int
    exponent: int
    points: int
    first: float
    last: float
    spectra: int
    x_type: int
    y_type: int
    experiment: int


def sniff(source: Source) -> float:
    """Version byte and a first and last axis value that are numbers."""
    head = source.head
    if len(head) > OLD_HEADER_BYTES and head[1] == OLD_VERSION and source.suffix == ".spc":
        return 0.5
    if len(head) < HEADER_BYTES or head[1] not in VERSIONS or source.suffix not in (".spc", ".spx", ""):
        return 0.0
    order = VERSIONS[head[1]]
    first, last = struct.unpack_from(f"{order}dd", head, 8)
    return 0.9 if np.isfinite(first) and np.isfinite(last) and abs(first) < 1e9 and abs(last) < 1e9 else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """One spectrum, one stack over ``pixel``, or (with an axis each) one block per spectrum.

    Raises
    ------
    BadInput
        If sizes in a header do not fit the file.
    """
    with source.mapped() as content:
        return _blocks(source, content)


def _blocks(source: Source, content: Buffer) -> tuple[Raw, ...]:
    if content[1] == OLD_VERSION:
        return _old(source, content)
    header = _header(source, content)
    position = HEADER_BYTES
    if header.flags & OWN_AXES:
        return _own_axes(source, content, header)
    if header.flags & LISTED_AXIS:
        intact(position + 4 * header.points <= len(content), source, "ends inside its axis")
        x = np.frombuffer(content, f"{header.order}f4", header.points, position).astype(np.float64)
        position += 4 * header.points
    else:
        x = np.linspace(header.first, header.last, header.points)
    size = SUBHEADER_BYTES + _width(header.exponent, header) * header.points
    intact(
        position + size * header.spectra <= len(content),
        source,
        f"says {counted(header.spectra, 'spectrum', 'spectra')} that do not fit",
    )
    _check_end(source, content, position + size * header.spectra, header)
    times = [struct.unpack_from(f"{header.order}f", content, position + i * size + 4)[0] for i in range(header.spectra)]
    places = [position + index * size for index in range(header.spectra)]
    exponents = _exponents(content, places, header)
    if header.spectra == 1:
        y = _values(content, position + SUBHEADER_BYTES, exponents[0], header, header.points)
        return (_raw("spectrum", x, y, header),)
    rows = None
    if source.lazy and all(exponent == FLOATS for exponent in exponents):
        shape = (header.spectra, header.points)
        rows = BinaryRows(Stamp.of(source.path), position + SUBHEADER_BYTES, size, f"{header.order}f4", shape)
    numbers = [
        _values(content, at + SUBHEADER_BYTES, exponent, header, header.points)
        for at, exponent in zip(places, exponents if rows is None else (), strict=False)
    ]
    y = np.zeros(0) if rows else np.stack(numbers)
    pixels = (StackAxis("pixel", np.arange(header.spectra)),)
    raw = _raw("map", x, y, header, stack=pixels, labels={"z": np.array(times, dtype=float)})
    return (raw if raw.problem else replace(raw, rows=rows),)


def _check_end(source: Source, content: Buffer, end: int, header: SpcHeader) -> None:
    """After the spectra comes the log that the header points to, as long as it says, or nothing."""
    (log,) = struct.unpack_from(f"{header.order}I", content, LOG_AT)
    if log == 0:
        rest = bytes(content[end:])
        look_at_rest(source, len(rest) if rest.strip(b"\0") else 0, "after its spectra")
        return
    fits = end <= log and log + LOG_HEADER_BYTES <= len(content)
    length, memory = struct.unpack_from(f"{header.order}II", content, log) if fits else (0, 0)
    if not fits or not LOG_HEADER_BYTES <= length <= len(content) - log + LOG_SLACK_BYTES:
        text = f"states a log at byte {log}, where no log of that length begins"
        source.odd(Note("log-contradicted", Severity.WARNING, text, AGAIN))
        return
    rest = len(content) - log - max(length + LOG_SLACK_BYTES, memory)  # a program may keep room for more
    look_at_rest(source, rest, "after its log")


def _old(source: Source, content: Buffer) -> tuple[Raw, ...]:
    """Spectra of the format before 1996: even axes, integers of two 16-bit halves, the higher first.

    It states no number of spectra: they fill the file.
    """
    intact(len(content) >= OLD_HEADER_BYTES, source, f"has {len(content)} bytes, but its header alone has 256")
    flags, exponent, stated, first, last, x_type, y_type = struct.unpack_from("<BxhfffBB", content, 0)
    points = int(stated) if np.isfinite(stated) and 1 < stated <= len(content) else 0
    width = 2 if flags & SHORT else 4
    size = SUBHEADER_BYTES + width * points
    start = OLD_HEADER_BYTES - SUBHEADER_BYTES
    count, rest = divmod(len(content) - start, size) if points else (0, 0)
    intact(count > 0, source, f"says {stated:g} points, which do not fit {len(content)} bytes")
    single = not flags & MULTI
    look_at_rest(source, len(content) - start - size if single else rest, "after its spectra")
    header = SpcHeader("<", flags, exponent, points, first, last, 1 if single else count, x_type, y_type, 0)
    places = [start + index * size for index in range(header.spectra)]
    y = np.stack([_old_ordinates(content, at, header) for at in places])
    x = np.linspace(first, last, points)
    if single:
        return (_raw("spectrum", x, y[0], header),)
    times = np.array([struct.unpack_from("<f", content, at + 4)[0] for at in places], dtype=float)
    return (_raw("map", x, y, header, stack=(StackAxis("pixel", np.arange(count)),), labels={"z": times}),)


def _old_ordinates(content: Buffer, at: int, header: SpcHeader) -> Array:
    """Integers with the power of two of their own subheader, or of the file where there is one spectrum."""
    own = int(struct.unpack_from("b", content, at + 1)[0])
    exponent = own if header.flags & MULTI else header.exponent
    start = at + SUBHEADER_BYTES
    if header.flags & SHORT:
        return np.frombuffer(content, "<i2", header.points, start) * 2.0 ** (exponent - 16)
    halves = np.frombuffer(content, "<u2", 2 * header.points, start).astype(np.uint32).reshape(-1, 2)
    return (halves[:, 0] << 16 | halves[:, 1]).astype(np.uint32).view(np.int32) * 2.0 ** (exponent - 32)


def _header(source: Source, content: Buffer) -> SpcHeader:
    intact(len(content) >= HEADER_BYTES, source, f"has {len(content)} bytes, but its header alone has 512")
    order = VERSIONS[content[1]]
    flags, _, experiment, exponent, points, first, last, spectra, x_type, y_type = struct.unpack_from(
        f"{order}BBBbIddIBB", content, 0
    )
    spectra = max(int(spectra), 1) if flags & MULTI else 1
    even = not flags & OWN_AXES
    fits = spectra <= MOST_SPECTRA and (not even or 1 < points <= len(content) // 2)
    intact(fits, source, f"says {spectra} spectra of {points} points, which do not fit {len(content)} bytes")
    return SpcHeader(order, flags, exponent, points, first, last, spectra, x_type, y_type, experiment)


def _exponents(content: Buffer, places: Sequence[int], header: SpcHeader) -> list[int]:
    """Power of two of every spectrum, or the mark of floats: its own, or that of the file where none has its own.

    An own power of 0 is one: beside others it is no blank.
    """
    own = [int(struct.unpack_from("b", content, at + 1)[0]) for at in places]
    return own if header.flags & MULTI and any(own) else [header.exponent] * len(own)


def _width(exponent: int, header: SpcHeader) -> int:
    """Bytes of one ordinate."""
    return 2 if header.flags & SHORT and exponent != FLOATS else 4


def _values(content: Buffer, start: int, exponent: int, header: SpcHeader, points: int) -> Array:
    if exponent == FLOATS:
        return np.frombuffer(content, f"{header.order}f4", points, start).astype(np.float64)
    if header.flags & SHORT:
        return np.frombuffer(content, f"{header.order}i2", points, start).astype(np.float64) * 2.0 ** (exponent - 16)
    return np.frombuffer(content, f"{header.order}i4", points, start).astype(np.float64) * 2.0 ** (exponent - 32)


def _own_axes(source: Source, content: Buffer, header: SpcHeader) -> tuple[Raw, ...]:
    places: list[int] = []
    numbers: list[tuple[int, int]] = []
    position = HEADER_BYTES
    for _ in range(header.spectra):
        intact(position + SUBHEADER_BYTES <= len(content), source, "ends before its last spectrum")
        (points,) = struct.unpack_from(f"{header.order}I", content, position + 16)
        points = points or header.points
        start = position + SUBHEADER_BYTES
        own = int(struct.unpack_from("b", content, position + 1)[0])
        end = start + (4 + _width(own or header.exponent, header)) * points
        intact(points > 1 and end <= len(content), source, f"says {points} points that do not fit")
        places.append(position)
        numbers.append((start, points))
        position = end
    raws: list[Raw] = []
    for (start, points), exponent in zip(numbers, _exponents(content, places, header), strict=True):
        x = np.frombuffer(content, f"{header.order}f4", points, start).astype(np.float64)
        y = _values(content, start + 4 * points, exponent, header, points)
        raws.append(_raw(f"spectrum {len(raws) + 1}", x, y, header))
    return tuple(raws)


def _intensity(kind: int, y: Array) -> str:
    """Transmittance and reflectance in per cent or absolute by their size: the format has one number for both."""
    named = _INTENSITIES.get(kind, "arbitrary")
    return ordinate_unit(named, y) if named in ("transmittance", "reflectance") else named


def _raw(
    name: str,
    x: Array,
    y: Array,
    header: SpcHeader,
    *,
    stack: tuple[StackAxis, ...] = (),
    labels: dict[str, Array] | None = None,
) -> Raw:
    if header.y_type == INTERFEROGRAM:
        return unreadable(name, "it is an interferogram; transform it in the program that measured it")
    technique = "Raman" if header.x_type == RAMAN_SHIFT else _TECHNIQUES.get(header.experiment, "")
    unit = (_UNITS | _OTHER_UNITS).get(header.x_type, "")
    axis = {"Raman": "raman_shift", "FTIR": "wavenumber"}.get(technique, "") if unit == "cm-1" else ""
    coords: dict[str, Coordinate] = {}
    return Raw(
        name,
        x,
        y,
        unit=unit,
        axis=axis,
        technique=technique if axis else "",
        intensity_unit=_intensity(header.y_type, y),
        stack=stack,
        labels=labels or {},
        coords=coords,
    )


READERS = (
    Reader(
        "galactic",
        "Galactic SPC",
        (".spc",),
        sniff,
        parse,
        gives=(
            "new and old format: spectrum, stack, or blocks with their own axes, of 16 or 32 bits or floats; per cent "
            "told from absolute by size; interferograms are listed"
        ),
        held_to="four measured files; old format: the text exports of five public files",
    ),
)
