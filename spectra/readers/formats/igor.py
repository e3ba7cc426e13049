"""Igor binary waves (.ibw), versions 2 and 5, either byte order: a wave of one dimension over its own scale.

A packed experiment (.pxt, .pxp) is a row of records, each behind its type, version and length; one of type 3 is a wave,
those of types 9 and 10 open and close a folder.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.formats.scienta import coordinates_of, settings_of
from spectra.readers.raw import Array, Raw, Reader, Source, StackAxis, intact, need, stated_unit, unreadable

_TYPES = {0x02: "f4", 0x04: "f8", 0x08: "i1", 0x10: "i2", 0x20: "i4", 0x80: "i8"}
_UNSIGNED = 0x40
NEWEST = 7
_SUMMED = {2: 142, 5: 384}
"""Bytes of both headers, which the checksum in the first makes zero; that of version 2 counts 16 bytes of the data."""


_RECORD = 8
"""Bytes before every record of a packed experiment."""
_TYPE = 0x7FFF
_WAVE, _FOLDER, _FOLDER_END = 3, 9, 10
LAST_TYPE = 26
FEWEST_RECORDS = 3
UNSCALED = (1.0, 0.0)
"""Step and offset of a wave that nobody scaled."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a version keeps the type of its numbers, its name (from, length), and the data."""

    kind: int
    name: tuple[int, int]
    data: int


_LAYOUTS = {2: Layout(16, (22, 20), 126), 5: Layout(80, (92, 32), 384)}


def sniff(source: Source) -> float:
    """A version of two bytes in either order, and headers whose words sum to zero."""
    order, version = _version(source.head)
    if version in _LAYOUTS and len(source.head) >= _SUMMED[version] and _sum(source.head, order, version) == 0:
        return 0.95
    return 0.6 if source.suffix == ".ibw" and 0 < version <= NEWEST else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The wave; a second dimension is a stack over ``pixel``. Text and waves without a scale unit are said.

    Raises
    ------
    BadInput
        If the checksum of the headers or the numbers of points deny the data, or the wave is no spectrum.
    """
    return (_wave(source, source.content),)


def sniff_packed(source: Source) -> float:
    """The maker's suffix and records of known types."""
    order = _packed_order(source.head)
    if source.suffix not in (".pxt", ".pxp"):
        return 0.0
    return 0.95 if order and _fits(source.head, order) else 0.3


def parse_packed(source: Source) -> tuple[Raw, ...]:
    """Every wave of a packed experiment, named by its folders; those that are no spectrum are listed.

    Raises
    ------
    BadInput
        If a record ends behind the file, or there is no wave.
    """
    waves = []
    for folders, content in _packed_waves(source):
        try:
            raw = _wave(source, content)
        except BadInput as error:
            raw = unreadable(_name_of(content), str(error).removeprefix(f"{source.name}: "))
        waves.append(replace(raw, name="/".join((*folders, raw.name))))
    need(bool(waves), source, "contains no wave; save the waves as Igor binary (.ibw)")
    return tuple(waves)


def _packed_order(content: bytes) -> str:
    """Byte order in which the first record has a known type; empty where neither fits."""
    if len(content) < _RECORD:
        return ""
    return next((order for order in "<>" if struct.unpack_from(f"{order}H", content)[0] & _TYPE <= LAST_TYPE), "")


def _fits(head: bytes, order: str) -> bool:
    """True where the types of the first records are known ones."""
    at, seen = 0, 0
    while at + _RECORD <= len(head) and seen < FEWEST_RECORDS:
        kind, _, size = struct.unpack_from(f"{order}Hhi", head, at)
        if kind & _TYPE > LAST_TYPE or size < 0:
            return False
        at, seen = at + _RECORD + size, seen + 1
    return True


def _packed_waves(source: Source) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Folders and content of every wave; the type of one that a later record supersedes has its highest bit set."""
    content, order, at = source.content, _packed_order(source.content), 0
    need(
        bool(order),
        source,
        "does not begin with an Igor record; save the waves as Igor binary (.ibw) or delimited text",
    )
    folders: list[str] = []
    while at + _RECORD <= len(content):
        kind, _, size = struct.unpack_from(f"{order}Hhi", content, at)
        at += _RECORD
        intact(0 <= size <= len(content) - at, source, f"a record of {size} bytes extends beyond the end of the file")
        held = content[at : at + size]
        at += size
        if kind == _FOLDER:
            folders.append(held.split(b"\0")[0].decode("latin-1"))
        elif kind == _FOLDER_END and folders:
            folders.pop()
        elif kind == _WAVE:
            yield tuple(folders), held
    intact(at == len(content), source, f"{len(content) - at} bytes after its last record do not form a record")


def _name_of(content: bytes) -> str:
    layout = _LAYOUTS.get(_version(content)[1])
    start, length = layout.name if layout else (0, 0)
    return content[start : start + length].split(b"\0")[0].decode("latin-1") or "wave"


def _wave(source: Source, content: bytes) -> Raw:
    """A wave of its own file, or of a record."""
    order, version = _version(content)
    need(
        version in _LAYOUTS,
        source,
        f"is a wave of version {version}; save it as delimited text, or as Igor binary in version 4 or newer",
    )
    intact(len(content) >= _SUMMED[version], source, "ends inside its headers")
    intact(_sum(content, order, version) == 0, source, "its headers do not match their checksum")
    layout = _LAYOUTS[version]
    (kind,) = struct.unpack_from(f"{order}h", content, layout.kind)
    need(
        kind & ~_UNSIGNED in _TYPES,
        source,
        "contains text or complex numbers, not a spectrum; save axis and intensities",
    )
    shape, scales, units, quantity = _scales_of_5(content, order) if version == 5 else _scales_of_2(content, order)
    size = int(np.prod(shape))
    code = f"{order}{'u' if kind & _UNSIGNED else ''}{_TYPES[kind & ~_UNSIGNED]}".replace("uf", "f").replace("ui", "u")
    room = (len(content) - layout.data) // np.dtype(code).itemsize
    need(0 < size <= room, source, f"says {size} points, but has {room}; it is truncated or empty")
    need(len(shape) <= 2, source, f"has {len(shape)} dimensions; save its spectra as one-dimensional waves")
    values = np.frombuffer(content, code, size, layout.data).astype(float).reshape(shape, order="F")
    rest = _rest_of_5(content, order, layout.data + size * np.dtype(code).itemsize) if version == 5 else Rest()
    quantity_of = (rest.unit or units, rest.quantity or quantity)
    return wave_of(_name_of(content), values, scales[0], quantity_of, rest.settings)


def wave_of(
    name: str, values: Array, scale: tuple[float, float], units: tuple[str, str], settings: Mapping[str, str]
) -> Raw:
    """The wave over its scale, which one that nobody scaled lacks; its note may hold the settings of an analyser.

    Parameters
    ----------
    name
        As Igor calls it.
    values
        Points along the scale, columns along a second dimension.
    scale
        Step and offset.
    units
        Of the scale and of the values.
    settings
        Of the analyser, with keys in small letters.
    """
    step, offset = scale
    if scale == UNSCALED and not units[0]:
        return unreadable(
            name, "its scale is only the point number; set the scale in Igor, or save axis and intensities"
        )
    stack = (StackAxis("pixel", np.arange(values.shape[1])),) if values.ndim == 2 else ()
    energy = settings.get("energy scale", "").lower()
    axis = f"{energy}_energy" if energy in ("kinetic", "binding") else spectrum.axis(units[0])
    region = settings.get("region name", "")
    return Raw(
        name,
        offset + step * np.arange(values.shape[0]),
        values.T if stack else values,
        unit=spectrum.unit(units[0]),
        axis=axis,
        technique=spectrum.level_technique(region) if spectrum.named_levels(region) else "",
        intensity_unit=stated_unit(units[1], values),
        stack=stack,
        coords=coordinates_of(settings),
        from_fermi_level=bool(energy),
    )


@dataclass(frozen=True, slots=True)
class Rest:
    """What stands behind the data of version 5: the note's settings, and units longer than three letters."""

    unit: str = ""
    quantity: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


def _rest_of_5(content: bytes, order: str, start: int) -> Rest:
    formula, note, quantity, unit = struct.unpack_from(f"{order}4i", content, 8)
    ends = np.cumsum([start, max(formula, 0), max(note, 0), max(quantity, 0), max(unit, 0)])
    if ends[-1] > len(content):
        return Rest()
    parts = [content[a:b].decode("utf-8", "replace").strip("\0") for a, b in pairwise(ends)]
    return Rest(parts[3], parts[2], settings_of(parts[1].replace("\r", "\n").split("\n")))


def _version(content: bytes) -> tuple[str, int]:
    """Byte order and version: the order in which the version is a small number."""
    if len(content) < 2:
        return "<", 0
    (little,) = struct.unpack_from("<h", content)
    return (">", little >> 8) if little & 0xFF == 0 else ("<", little)


def _sum(content: bytes, order: str, version: int) -> int:
    words = np.frombuffer(content[: _SUMMED[version]], f"{order}i2")
    return int(words.sum(dtype=np.int64)) & 0xFFFF


Scales = tuple[tuple[int, ...], list[tuple[float, float]], str, str]


def _scales_of_5(content: bytes, order: str) -> Scales:
    """Points, steps and offsets of up to four dimensions; units of the first and of the data."""
    points = struct.unpack_from(f"{order}4i", content, 132)
    steps, offsets = (struct.unpack_from(f"{order}4d", content, at) for at in (148, 180))
    used = [index for index, n in enumerate(points) if n > 0] or [0]
    quantity, unit = (content[at : at + 4].split(b"\0")[0].decode("latin-1") for at in (212, 216))
    return tuple(points[i] for i in used), [(steps[i], offsets[i]) for i in used], unit, quantity


def _scales_of_2(content: bytes, order: str) -> Scales:
    """One dimension: units, points, step and offset."""
    quantity, unit = (content[at : at + 4].split(b"\0")[0].decode("latin-1") for at in (50, 54))
    (points,) = struct.unpack_from(f"{order}i", content, 58)
    step, offset = struct.unpack_from(f"{order}2d", content, 64)
    return (points,), [(step, offset)], unit, quantity


READERS = (
    Reader(
        "igor",
        "Igor binary wave",
        (".ibw",),
        sniff,
        parse,
        gives="a wave over its scale, or a stack of them; versions 2 and 5",
        held_to="public files of igor2, read by igor2",
    ),
    Reader(
        "igor_packed",
        "Igor packed experiment",
        (".pxt", ".pxp"),
        sniff_packed,
        parse_packed,
        gives="every wave as in .ibw, named by its folders; other records are ignored",
        held_to="two public files of igor2, read by igor2",
    ),
)
