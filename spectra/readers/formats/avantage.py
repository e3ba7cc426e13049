"""Thermo Avantage: data spaces as text (.avg) and as OLE compound files (.vgd), over kinetic energy.

Both hold axes (the first is the energy; levels, angles or places may follow) and values of which the first axis runs
fastest. The photon energy of a .vgd stands in properties without a public layout, and is asked for.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import olefile

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.formats.jasco import MAGIC
from spectra.readers.raw import Array, Raw, Reader, Source, intact, need
from spectra.spectrum import Coordinate

_PROPERTY = re.compile(r"^\s*(DS_\w+)(?:\[\d+\])?\s*:(?:[^:=]*:)?\s*VT_\w+\s*=\s*(.*?)\s*$")
_AXIS = re.compile(r"^\s*(\d+)\s*=\s*(.+)$")
_PLACE = re.compile(r"\bSPACEAXIS=\s*(\d+).*\bPOINT=\s*(\d+)\s+VALUE=\s*([^;]+)")
_VALUES = re.compile(r"^\s*LIST@\s*(\d+)\s*=\s*(.*)$")
_COORDS = {
    "photon_energy": "DS_SOPROPID_ENERGY",
    "pass_energy": "DS_ANPROPID_PASS",
    "dwell_time": "DS_ACPROPID_ACQ_TIME",
}
_ENERGY = 1
"""Type of an axis of energies in .vgd."""
_SPACE_AXES = 0x20000
"""What VGSpaceAxes begins with."""
MOST_SPECTRA = 4096


@dataclass(frozen=True, eq=False, slots=True)
class Axis:
    """An axis: where it starts, its step, number of points, type, label, and values that are not even."""

    start: float
    step: float
    points: int
    kind: str
    label: str = ""
    values: dict[int, str] = field(default_factory=dict)

    def at(self, point: int) -> str:
        """Value of a point, as it names a block."""
        return self.values.get(point, f"{self.start + self.step * point:g}")


def sniff(source: Source) -> float:
    """The axes of a data space, as text or as a stream of a compound file."""
    if source.head.startswith(MAGIC):
        return 0.97 if source.suffix == ".vgd" or "VGSpaceAxes".encode("utf-16-le") in source.content else 0.0
    if "$SPACEAXES=" in source.head_text and "$DATA" in source.text:
        return 0.97
    return 0.3 if source.suffix in (".avg", ".vgd") else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The spectrum; one block a point of the axes beside the energy.

    Raises
    ------
    BadInput
        If the number of values is not that of the axes, a list does not begin where the last one ended, or the first
        axis is none of energies.
    """
    compound = source.head.startswith(MAGIC)
    axes, values, settings = _streams(source) if compound else _text(source)
    need(bool(axes), source, "states no axis; export it as VAMAS")
    energy, beside = axes[0], axes[1:]
    need(
        energy.kind == "ENERGY",
        source,
        f"its first axis is {energy.kind or 'of no type'}, not an energy: not a spectrum",
    )
    several = float(np.prod([float(axis.points) for axis in beside]))
    expected = several * energy.points
    need(several <= MOST_SPECTRA, source, f"is a map of {several:g} spectra; export it as VAMAS")
    need(
        energy.points > 1 and expected == values.size,
        source,
        f"has {values.size} values, but its axes state {expected:g}",
    )
    title = next((value for key, value in settings.items() if key.endswith("TITLE") and value), source.path.stem)
    places = product(*(range(axis.points) for axis in reversed(beside)))
    table = values.reshape(-1, energy.points)
    x = energy.start + energy.step * np.arange(energy.points)
    return tuple(
        _raw(_name(title, beside, tuple(reversed(place))), x, y, energy, settings)
        for place, y in zip(places, table, strict=True)
    )


def _name(title: str, beside: Sequence[Axis], place: Sequence[int]) -> str:
    stated = [f"{axis.label or axis.kind.title()} {axis.at(k)}" for axis, k in zip(beside, place, strict=True)]
    return " / ".join([title, *stated])


def _raw(name: str, x: Array, y: Array, energy: Axis, settings: dict[str, str]) -> Raw:
    coords: dict[str, Coordinate] = {}
    for quantity, key in _COORDS.items():
        try:
            coords[quantity] = float(settings[key])
        except (KeyError, ValueError):
            continue
    label = next((value.lower() for key, value in settings.items() if key.endswith("VALUE_LABEL")), "")
    rate = re.search(r"counts?\s*/\s*s", label) is not None
    return Raw(
        name,
        x,
        y,
        unit="eV",
        axis="binding_energy" if "binding" in energy.label.lower() else "kinetic_energy",
        technique=spectrum.level_technique(name.partition(" / ")[0]),
        intensity_unit="counts/s" if rate else "counts" if label == "counts" else "arbitrary",
        coords=coords,
        from_fermi_level=True,
    )


Space = tuple[list[Axis], Array, dict[str, str]]


def _text(source: Source) -> Space:
    """Axes, values and properties of an .avg."""
    settings: dict[str, str] = {}
    axes: list[Axis] = []
    values: list[float] = []
    section, begins = "", 0
    for line in source.text.splitlines():
        if line.lstrip().startswith("$"):
            section = line.strip()[1:].partition("=")[0].upper()
            begins = len(values)
            _place(line, axes)
        elif hit := _PROPERTY.match(line):
            settings[hit[1]] = hit[2].strip().strip("'").strip()
        elif section == "SPACEAXES" and (held := _AXIS.match(line)):
            axes.append(_axis(source, held[2]))
        elif section == "DATA" and line.strip():
            held = _VALUES.match(line)
            good = held is None or int(held[1]) in (len(values) - begins, len(values))
            intact(good, source, f"a list begins at {held and held[1]}, not {len(values) - begins}")
            values += _numbers(source, held[2] if held else line)
    return axes, np.array(values), settings


def _place(line: str, axes: Sequence[Axis]) -> None:
    """Keep a value of an axis that is not even."""
    hit = _PLACE.search(line)
    if hit and int(hit[1]) < len(axes):
        value = hit[3].strip().strip("'")
        axes[int(hit[1])].values[int(hit[2])] = _short(value)


def _short(value: str) -> str:
    try:
        return f"{float(value):g}"
    except ValueError:
        return value


def _axis(source: Source, held: str) -> Axis:
    """Start, step, points, type, how it runs, symbol, unit and label."""
    cells = [cell.strip().strip("'").strip() for cell in held.split(",")]
    try:
        start, step, points = float(cells[0]), float(cells[1]), int(cells[2])
    except (ValueError, IndexError) as error:
        raise BadInput(
            f"{source.name}: an axis is {held.strip()!r}, not start, step, points; it is damaged: "
            "copy or export it again"
        ) from error
    return Axis(start, step, points, cells[3].upper() if len(cells) > 3 else "", cells[-1] if len(cells) > 5 else "")


def _numbers(source: Source, cells: str) -> list[float]:
    try:
        return [float(cell) for cell in cells.split(",") if cell.strip() and cell.strip() != "#empty#"]
    except ValueError as error:
        raise BadInput(f"{source.name}: a value is not a number ({error}); it is damaged: export it again") from error


def _streams(source: Source) -> Space:
    """Axes and values of a .vgd, whose properties are not read."""
    try:
        with olefile.OleFileIO(io.BytesIO(source.content)) as book:
            need(book.exists("VGData") and book.exists("VGSpaceAxes"), source, "contains no data (VGData, VGSpaceAxes)")
            data, held = (book.openstream(name).read() for name in ("VGData", "VGSpaceAxes"))
        axes = list(_packed_axes(io.BytesIO(held)))
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise BadInput(f"{source.name}: is not a complete OLE compound file ({error}); export it again") from error
    return axes, np.frombuffer(data[: len(data) // 8 * 8], "<f8"), {}


def _packed_axes(held: io.BytesIO) -> Iterator[Axis]:
    kind, number = struct.unpack("<2I", held.read(8))
    if kind != _SPACE_AXES:
        raise ValueError(f"its axes begin with {kind}")
    for _ in range(number):
        label, *_ = [_words(held) for _ in range(3)]
        points, start, step, even = struct.unpack("<I2db", held.read(21))
        if even:
            (code,) = struct.unpack("<I", held.read(4))
            yield Axis(start, step, points, "ENERGY" if code == _ENERGY else f"of type {code}", label)
        else:
            places = struct.unpack(f"<{points}d4x", held.read(8 * points + 4))
            yield Axis(start, step, points, "uneven", label, {k: f"{place:g}" for k, place in enumerate(places)})


def _words(held: io.BytesIO) -> str:
    (size,) = struct.unpack("<I", held.read(4))
    return held.read(size).decode("utf-16-le").rstrip("\0")


READERS = (
    Reader(
        "avantage",
        "Thermo Avantage",
        (".avg", ".vgd"),
        sniff,
        parse,
        gives=(
            "a data space as text (.avg) or compound file (.vgd; you give its photon energy): a spectrum, or one "
            "per level, angle or position; kinetic energy becomes binding energy with the photon energy of the .avg"
        ),
        held_to="hand-made files in the layout that two public parsers read",
    ),
)
