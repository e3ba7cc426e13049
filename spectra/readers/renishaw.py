"""Renishaw WiRE files (.wdf): single spectra, lines, depth profiles, maps, series, whole or interrupted."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from shortrange_core.errors import BadInput
from spectra.contract import Coordinate
from spectra.readers.records import Array, Raw, Reader, Source, StackAxis, need

BLOCK_HEADER_BYTES = 16
HEADER_BYTES = 512
ORIGIN_ENTRY_BYTES = 24
NM_PER_CM = 1e7
MOST_BLOCKS = 4096
_AXES = {1: ("raman_shift", "cm-1"), 3: ("wavelength", "nm"), 4: ("", "eV"), 12: ("time", "s")}
_UNITS = {5: "um", 8: "mm", 9: "m", 12: "s", 13: "ms", 21: "degree Celsius", 10: "K", 6: "counts", 7: "electrons"}
_ORIGINS = {3: "x", 4: "y", 5: "z", 9: "temperature", 11: "time"}
TICKS_PER_SECOND = 1e7


@dataclass(frozen=True, slots=True)
class WdfHeader:
    """Sizes and settings of the first block."""

    points: int
    capacity: int
    count: int
    accumulations: int
    origins: int
    unit: int
    laser: float
    title: str


def sniff(source: Source) -> float:
    """The name of the first block."""
    return 1.0 if source.head.startswith(b"WDF1") else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The one block of a file: a spectrum, or a stack over ``pixel`` with the places of the stage.

    Raises
    ------
    BadInput
        If sizes in the header do not fit the file, or a block is missing.
    """
    content = source.content
    header = _header(source, content)
    places = _blocks(source, content)
    for name in ("DATA", "XLST"):
        need(name in places, source, f"has no block {name}; it is cut: export it again")
    x, axis, unit = _axis(source, content, places["XLST"], header.points)
    start, size = places["DATA"]
    wanted = header.count * header.points
    need(4 * wanted <= size - BLOCK_HEADER_BYTES, source, f"says {wanted} values, its data block has fewer; it is cut")
    y = np.frombuffer(content, "<f4", wanted, start + BLOCK_HEADER_BYTES).astype(np.float64)
    coords = _coordinates(header)
    history = _history(header)
    intensity = _UNITS.get(header.unit, "arbitrary")
    technique = "Raman" if axis == "raman_shift" else ""
    if header.count == 1:
        return (
            Raw(
                "spectrum",
                x,
                y,
                unit=unit,
                axis=axis,
                technique=technique,
                intensity_unit=intensity,
                coords=coords,
                history=history,
            ),
        )
    origins = _origins(source, content, places.get("ORGN"), header)
    pixels = StackAxis("pixel", np.arange(header.count))
    return (
        Raw(
            "map",
            x,
            y.reshape(header.count, header.points),
            unit=unit,
            axis=axis,
            technique=technique,
            intensity_unit=intensity,
            stack=(pixels,),
            labels=origins,
            coords=coords,
            history=history,
        ),
    )


def _header(source: Source, content: bytes) -> WdfHeader:
    need(len(content) >= HEADER_BYTES, source, f"has {len(content)} bytes, its header alone has 512; it is cut")
    points, capacity, count, accumulations, _, x_points, origins = struct.unpack_from("<IQQIIII", content, 0x3C)
    unit, laser = struct.unpack_from("<If", content, 0x98)
    title = content[0xF0:0x190].split(b"\0")[0].decode("utf-8", errors="replace")
    most = len(content) // 4
    good = 0 < points <= most and points == x_points and 0 < count <= min(capacity, most) and points * count <= most
    need(
        good,
        source,
        f"says {count} of {capacity} spectra with {points} points over {x_points} axis values, which does not fit "
        f"its {len(content)} bytes; it is cut or damaged",
    )
    return WdfHeader(points, capacity, count, accumulations, origins, unit, laser, title)


def _blocks(source: Source, content: bytes) -> dict[str, tuple[int, int]]:
    """Start and size of every block, by name; the first of a name counts."""
    found: dict[str, tuple[int, int]] = {}
    position = 0
    while position + BLOCK_HEADER_BYTES <= len(content) and len(found) < MOST_BLOCKS:
        name = content[position : position + 4].decode("ascii", errors="replace")
        (size,) = struct.unpack_from("<Q", content, position + 8)
        if size < BLOCK_HEADER_BYTES or position + size > len(content):
            raise BadInput(
                f"{source.name}: the block {name!r} at byte {position} says {size} bytes, which do not fit the file; "
                "it is cut or damaged: export it again"
            )
        found.setdefault(name, (position, size))
        position += size
    need(position == len(content), source, "ends inside a block; it is cut: export it again")
    return found


def _axis(source: Source, content: bytes, place: tuple[int, int], points: int) -> tuple[Array, str, str]:
    start, size = place
    need(size >= BLOCK_HEADER_BYTES + 8 + 4 * points, source, f"has fewer than {points} axis values; it is damaged")
    _, unit = struct.unpack_from("<II", content, start + BLOCK_HEADER_BYTES)
    need(unit in _AXES, source, f"has its axis in the unit number {unit}; export it as Raman shift or wavelength")
    x = np.frombuffer(content, "<f4", points, start + BLOCK_HEADER_BYTES + 8).astype(np.float64)
    return x, *_AXES[unit]


def _coordinates(header: WdfHeader) -> dict[str, Coordinate]:
    found: dict[str, Coordinate] = {"accumulations": header.accumulations}
    if header.title:
        found["sample"] = header.title
    if np.isfinite(header.laser) and header.laser > 0:
        found["laser"] = NM_PER_CM / header.laser
    return found


def _history(header: WdfHeader) -> tuple[str, ...]:
    if header.count == header.capacity:
        return ()
    return (f"the measurement was interrupted: {header.count} of {header.capacity} spectra",)


def _origins(source: Source, content: bytes, place: tuple[int, int] | None, header: WdfHeader) -> dict[str, Array]:
    """Places of the stage, times and temperatures of all spectra."""
    if place is None:
        return {}
    start, size = place
    step = ORIGIN_ENTRY_BYTES + 8 * header.capacity
    fits = BLOCK_HEADER_BYTES + 4 + header.origins * step <= size
    need(fits, source, f"says {header.origins} lists of places, its block has fewer; it is damaged")
    found: dict[str, Array] = {}
    for index in range(header.origins):
        at = start + BLOCK_HEADER_BYTES + 4 + index * step
        kind, _ = struct.unpack_from("<II", content, at)
        name = _ORIGINS.get(kind & 0x7FFFFFFF)
        if name is None:
            continue
        if name == "time":
            ticks = np.frombuffer(content, "<i8", header.count, at + ORIGIN_ENTRY_BYTES)
            found[name] = (ticks - ticks[0]) / TICKS_PER_SECOND
        else:
            found[name] = np.frombuffer(content, "<f8", header.count, at + ORIGIN_ENTRY_BYTES).astype(np.float64)
    return found


READERS = (Reader("renishaw", "Renishaw WiRE", (".wdf",), sniff, parse),)
