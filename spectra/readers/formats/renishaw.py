"""Renishaw WiRE files (.wdf): single spectra, lines, depth profiles, maps, series, whole or interrupted."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import numpy as np

from shortrange_core.errors import BadInput
from spectra.readers.raw import Array, BinaryRows, Buffer, Raw, Reader, Source, StackAxis, Stamp, intact, need
from spectra.spectrum import Coordinate

BLOCK_HEADER_BYTES = 16
HEADER_BYTES = 512
ORIGIN_ENTRY_BYTES = 24
NM_PER_CM = 1e7
MOST_BLOCKS = 4096
_AXES = {0: ("", ""), 1: ("raman_shift", "cm-1"), 3: ("wavelength", "nm"), 4: ("", "eV"), 12: ("time", "s")}
_UNITS = {5: "um", 8: "mm", 9: "m", 12: "s", 13: "ms", 21: "degree Celsius", 10: "K", 6: "counts", 7: "electrons"}
_ORIGINS = {3: "x", 4: "y", 5: "z", 9: "temperature", 11: "time", 14: "focus"}
TICKS_PER_SECOND = 1e7
SERIES, MAPPING = 2, 3
GRID = struct.Struct("<II3f3f3I")
LINE = 0x80


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
    kind: int


@dataclass(frozen=True, slots=True)
class WdfGrid:
    """Layout of a map: kind, first place, steps and numbers of x, y and z."""

    flag: int
    offset: tuple[float, float, float]
    scale: tuple[float, float, float]
    size: tuple[int, int, int]

    @property
    def is_line(self) -> bool:
        """True where the spectra lie along one line, of any direction."""
        return bool(self.flag & LINE) or sum(size > 1 for size in self.size) == 1


def sniff(source: Source) -> float:
    """The name of the first block."""
    return 1.0 if source.head.startswith(b"WDF1") else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The one block of a file: a spectrum, or a stack over ``pixel`` with the places of the stage.

    A stack has the coordinates that the file states along ``pixel`` (x, y, z, focus, time, temperature), ``row`` and
    ``column`` of a regular map, the ``distance`` along a line, and says in ``measurement`` which of them it is.

    Raises
    ------
    BadInput
        If sizes in the header do not fit the file, or a block is missing.
    """
    with source.mapped() as content:
        header = _header(source, content)
        places = _blocks(source, content)
        for name in ("DATA", "XLST"):
            intact(name in places, source, f"has no block {name}")
        x, axis, unit = _axis(source, content, places["XLST"], header.points)
        start, size = places["DATA"]
        wanted = header.count * header.points
        intact(4 * wanted <= size - BLOCK_HEADER_BYTES, source, f"says {wanted} values, but its data block has fewer")
        start += BLOCK_HEADER_BYTES
        raw = Raw(
            "spectrum",
            x,
            np.zeros(0),
            unit=unit,
            axis=axis,
            technique="Raman" if axis == "raman_shift" else "",
            intensity_unit=_UNITS.get(header.unit, "arbitrary"),
            coords=_coordinates(header),
            history=_history(header),
        )
        if header.count == 1:
            return (replace(raw, y=np.frombuffer(content, "<f4", wanted, start).astype(np.float64)),)
        labels, units = _labels(source, content, places, header)
        raw = replace(
            raw,
            name="map",
            stack=(StackAxis("pixel", np.arange(header.count)),),
            labels=labels,
            label_units=units,
            coords={**raw.coords, "measurement": _measurement(content, places, header, labels) or None},
        )
        if source.lazy:
            shape = (header.count, header.points)
            return (replace(raw, rows=BinaryRows(Stamp.of(source.path), start, 4 * header.points, "<f4", shape)),)
        return (replace(raw, y=np.frombuffer(content, "<f4", wanted, start).reshape(header.count, header.points)),)


def _header(source: Source, content: Buffer) -> WdfHeader:
    intact(len(content) >= HEADER_BYTES, source, f"has {len(content)} bytes, but its header alone has 512")
    points, capacity, count, accumulations, _, x_points, origins = struct.unpack_from("<IQQIIII", content, 0x3C)
    unit, laser = struct.unpack_from("<If", content, 0x98)
    title = content[0xF0:0x190].split(b"\0")[0].decode("utf-8", errors="replace")
    most = len(content) // 4
    good = 0 < points <= most and points == x_points and 0 < count <= min(capacity, most) and points * count <= most
    intact(
        good,
        source,
        f"says {count} of {capacity} spectra with {points} points over {x_points} axis values, which does not fit "
        f"its {len(content)} bytes",
    )
    (kind,) = struct.unpack_from("<I", content, 0x84)
    return WdfHeader(points, capacity, count, accumulations, origins, unit, laser, title, kind)


def _blocks(source: Source, content: Buffer) -> dict[str, tuple[int, int]]:
    """Start and size of every block, by name; the first of a name counts."""
    places: dict[str, tuple[int, int]] = {}
    position = 0
    while position + BLOCK_HEADER_BYTES <= len(content) and len(places) < MOST_BLOCKS:
        name = content[position : position + 4].decode("ascii", errors="replace")
        (size,) = struct.unpack_from("<Q", content, position + 8)
        if size < BLOCK_HEADER_BYTES or position + size > len(content):
            raise BadInput(
                f"{source.name}: the block {name!r} at byte {position} says {size} bytes, which do not fit the file; "
                "it is truncated or damaged: export it again"
            )
        places.setdefault(name, (position, size))
        position += size
    intact(position == len(content), source, "ends inside a block")
    return places


def _axis(source: Source, content: Buffer, place: tuple[int, int], points: int) -> tuple[Array, str, str]:
    start, size = place
    intact(size >= BLOCK_HEADER_BYTES + 8 + 4 * points, source, f"has fewer than {points} axis values")
    _, unit = struct.unpack_from("<II", content, start + BLOCK_HEADER_BYTES)
    need(unit in _AXES, source, f"has its axis in the unit number {unit}; export it as Raman shift or wavelength")
    x = np.frombuffer(content, "<f4", points, start + BLOCK_HEADER_BYTES + 8).astype(np.float64)
    return x, *_AXES[unit]


def _coordinates(header: WdfHeader) -> dict[str, Coordinate]:
    coords: dict[str, Coordinate] = {"accumulations": header.accumulations}
    if header.title:
        coords["sample"] = header.title
    if np.isfinite(header.laser) and header.laser > 0:
        coords["laser"] = NM_PER_CM / header.laser
    return coords


def _history(header: WdfHeader) -> tuple[str, ...]:
    if header.count == header.capacity:
        return ()
    return (f"the measurement was interrupted: {header.count} of {header.capacity} spectra",)


def _labels(
    source: Source, content: Buffer, places: dict[str, tuple[int, int]], header: WdfHeader
) -> tuple[dict[str, Array], dict[str, str]]:
    """Coordinates along the pixels with their units: places, times and temperatures, and where they lie in the map."""
    labels, units = _origins(source, content, places.get("ORGN"), header)
    grid = _grid(content, places)
    if grid is None or not {"x", "y"} <= set(labels):
        return labels, units
    if grid.is_line:
        labels["distance"] = np.hypot(labels["x"] - labels["x"][0], labels["y"] - labels["y"][0])
        units["distance"] = units.get("x", "")
        return labels, units
    for name, place, index in (("column", "x", 0), ("row", "y", 1)):
        scale, size = grid.scale[index], grid.size[index]
        steps = np.rint((labels[place] - grid.offset[index]) / scale) if scale else np.zeros(header.count)
        if size == 0 or np.any((steps < 0) | (steps >= size)):
            return {key: values for key, values in labels.items() if key not in ("column", "row")}, units
        labels[name] = steps.astype(np.int64)
    return labels, units


def _grid(content: Buffer, places: dict[str, tuple[int, int]]) -> WdfGrid | None:
    start, size = places.get("WMAP", (0, 0))
    if size < BLOCK_HEADER_BYTES + GRID.size:
        return None
    values = GRID.unpack_from(content, start + BLOCK_HEADER_BYTES)
    return WdfGrid(values[0], values[2:5], values[5:8], values[8:11])


def _measurement(
    content: Buffer, places: dict[str, tuple[int, int]], header: WdfHeader, labels: dict[str, Array]
) -> str:
    """What the spectra are: map, line, depth or series; empty where neither header nor places say it."""
    moved = {name for name in ("x", "y", "z") if name in labels and np.ptp(labels[name]) > 0}
    if moved == {"z"}:
        return "depth"
    grid = _grid(content, places)
    if header.kind == MAPPING or grid is not None:
        return "line" if grid is not None and grid.is_line else "map"
    return "series" if header.kind == SERIES else ""


def _origins(
    source: Source, content: Buffer, place: tuple[int, int] | None, header: WdfHeader
) -> tuple[dict[str, Array], dict[str, str]]:
    """Places of the stage, times and temperatures of all spectra, and their units.

    A list has as many entries as spectra were planned, or, where the measurement was interrupted, as were taken.
    """
    if place is None or header.origins == 0:
        return {}, {}
    start, size = place
    step, rest = divmod(size - BLOCK_HEADER_BYTES - 4, header.origins)
    entries, odd = divmod(step - ORIGIN_ENTRY_BYTES, 8)
    fits = rest == 0 and odd == 0 and header.count <= entries <= header.capacity
    intact(fits, source, f"says {header.origins} lists of positions, but its block has fewer")
    origins: dict[str, Array] = {}
    units: dict[str, str] = {}
    for index in range(header.origins):
        at = start + BLOCK_HEADER_BYTES + 4 + index * step
        kind, unit = struct.unpack_from("<II", content, at)
        name = _ORIGINS.get(kind & 0x7FFFFFFF)
        if name is None:
            continue
        if name == "time":
            ticks = np.frombuffer(content, "<i8", header.count, at + ORIGIN_ENTRY_BYTES)
            origins[name], units[name] = (ticks - ticks[0]) / TICKS_PER_SECOND, "s"
        else:
            origins[name] = np.frombuffer(content, "<f8", header.count, at + ORIGIN_ENTRY_BYTES).astype(np.float64)
            units[name] = _UNITS.get(unit, "")
    return origins, units


READERS = (
    Reader(
        "renishaw",
        "Renishaw WiRE",
        (".wdf",),
        sniff,
        parse,
        gives="spectrum, or a stack over `pixel`: map, line, depth, series, interrupted",
        held_to="three measured files, one of them a map; hand-made files; renishawWiRE",
    ),
)
