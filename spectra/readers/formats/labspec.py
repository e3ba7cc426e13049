"""Horiba LabSpec files: XML (.xml) spectra, lines and maps, and text maps; a plain text is a delimited text."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.files import decode
from spectra import spectrum
from spectra.readers.raw import (
    NUMBERS,
    Array,
    Dialect,
    Raw,
    Reader,
    Source,
    StackAxis,
    Stamp,
    TextRows,
    coordinates,
    dialect_of,
    need,
    settings,
)
from spectra.spectrum import Coordinate

AXES, TYPE, UNIT, VALUES = "0x7B697861", "0x6D707974", "0x7C696E75", "0x7D6CD4DB"
NAME, FIRST_VALUE, SECOND_VALUE = "0x6D6D616E", "0x7D6C61DB", "0x8736F70"
_INTENSITIES = {"cnt": "counts", "cnt/sec": "counts/s", "counts": "counts", "counts/s": "counts/s"}
_AXIS_UNIT = re.compile(r"^#?AxisUnit\[(\d)\]=(.*)$", re.MULTILINE)


def sniff_xml(source: Source) -> float:
    """The root element of LabSpec's XML."""
    return 0.95 if re.search(r"<LSX(_Data|_Tree)\b", source.head_text[:4000]) else 0.0


def parse_xml(source: Source) -> tuple[Raw, ...]:
    """The spectrum or the map of a file.

    Raises
    ------
    BadInput
        If it is no whole XML, defines entities, or the sizes of axes and rows disagree.
    """
    text = source.text
    need(
        "<!DOCTYPE" not in text and "<!ENTITY" not in text,
        source,
        "defines entities, which LabSpec never does; refused",
    )
    try:
        root = ElementTree.fromstring(source.content)  # noqa: S314 - a DTD or an entity was refused above
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise BadInput(f"{source.name}: is no whole XML ({error}); it is cut or damaged") from error
    axes = _axes(source, root)
    spectral = next((axis for axis in axes if axis[0].lower().startswith("spectr")), None)
    if spectral is None:
        raise BadInput(f"{source.name}: names no spectral axis; export the spectrum again")
    rows = [_numbers(source, row.text) for row in root.iter("LSX_Row")]
    x = spectral[2]
    need(bool(rows) and all(row.size == x.size for row in rows), source, f"its rows have not {x.size} values; damaged")
    coords: dict[str, Coordinate] = {}
    laser, sample = _setting(root, "Laser (nm)", SECOND_VALUE), _setting(root, "Sample", FIRST_VALUE)
    if NUMBERS["."].fullmatch(laser):
        coords["laser"] = float(laser)
    coords["sample"] = sample or None
    unit = spectrum.unit(spectral[1])
    said = next((axis[1].lower() for axis in axes if axis[0].lower().startswith("intens")), "")
    intensity = _INTENSITIES.get(said, "arbitrary")
    if len(rows) == 1:
        return (_raw("spectrum", x, rows[0], unit, coords, intensity=intensity),)
    places = [
        (axis[0].lower(), axis[2]) for axis in axes if axis[0].lower() in ("x", "y", "z", "time") and axis[2].size > 1
    ]
    labels = _labels(places, len(rows))
    units = {axis[0].lower(): spectrum.unit(axis[1]) for axis in axes if axis[0].lower() in labels}
    raw = _raw("map", x, np.stack(rows), unit, coords, labels=labels, intensity=intensity)
    return (replace(raw, label_units=units),)


def _axes(source: Source, root: Any) -> list[tuple[str, str, Array]]:
    head = next((node for node in root.iter() if node.get("ID", "").upper() == AXES.upper()), None)
    if head is None:
        raise BadInput(f"{source.name}: has no axes; it is cut or damaged")
    found = []
    for node in head:
        parts = {child.get("ID", "").upper(): (child.text or "") for child in node}
        values = _numbers(source, parts.get(VALUES.upper(), ""))
        found.append((parts.get(TYPE.upper(), "").strip(), parts.get(UNIT.upper(), "").strip(), values))
    return found


def _numbers(source: Source, text: str | None) -> Array:
    try:
        return np.array([float(cell) for cell in (text or "").split()])
    except ValueError as error:
        raise BadInput(f"{source.name}: holds what is no number ({error}); it is damaged") from error


def _setting(root: Any, name: str, value: str) -> str:
    """One value of a setting; empty where there is none."""
    for node in root.iter("LSX"):
        parts = {child.get("ID", "").upper(): (child.text or "") for child in node}
        if parts.get(NAME.upper(), "").strip() == name:
            return parts.get(value.upper(), "").strip()
    return ""


def _labels(places: list[tuple[str, Array]], rows: int) -> dict[str, Array]:
    """Places of all rows, the first axis running fastest."""
    if not places or int(np.prod([values.size for _, values in places])) != rows:
        return {}
    grids = np.meshgrid(*[values for _, values in reversed(places)], indexing="ij")
    return {name: grid.ravel() for (name, _), grid in zip(reversed(places), grids, strict=True)}


def _raw(
    name: str,
    x: Array,
    y: Array,
    unit: str,
    coords: dict[str, Coordinate],
    *,
    labels: dict[str, Array] | None = None,
    intensity: str = "counts",
) -> Raw:
    return Raw(
        name,
        x,
        y,
        unit=unit,
        axis="raman_shift" if unit == "cm-1" else "",
        technique="Raman" if unit == "cm-1" else "",
        intensity_unit=intensity,
        stack=(StackAxis("pixel", np.arange(y.shape[0])),) if y.ndim > 1 else (),
        labels=labels or {},
        label_units={"time": "s"} if labels and "time" in labels else {},
        coords=coords,
    )


def sniff_map(source: Source) -> float:
    """A row of axis values that starts with an empty cell, or LabSpec's settings above such a row."""
    return 0.9 if _axis_line(source.head_text.split("\n")) is not None else 0.0


def _axis_line(lines: list[str]) -> int | None:
    """Index of the first row that is no setting, if it begins with an empty cell and holds numbers."""
    for index, line in enumerate(lines[:200]):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.rstrip().split("\t")
        if cells[0] != "" or len(cells) < 4:
            return None
        return index if all(re.fullmatch(r"[+-]?\d+([.,]\d*)?", cell) for cell in cells if cell) else None
    return None


def parse_map(source: Source) -> tuple[Raw, ...]:
    """The map of a text: a row of axis values, then rows with the place and the intensities.

    Raises
    ------
    BadInput
        If a row has not as many intensities as there are axis values.
    """
    if source.lazy and b"\n" in source.head and not source.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return (_kept(source),)
    lines = source.text.split("\n")
    map_ = _layout(lines)
    rows: list[list[float]] = []
    for number, line in enumerate(lines[map_.start + 1 :], start=map_.start + 2):
        if not line.strip():
            continue
        values = map_.dialect.numbers(line)
        if values is None or len(values) != map_.cells:
            raise BadInput(f"{source.name}: line {number} has not {map_.cells} numbers; it is cut or damaged")
        rows.append(values)
    need(bool(rows), source, "has an axis and no spectra; it is cut")
    table = np.array(rows)
    labels = _places(map_, table)
    return (_raw("map", map_.x, table[:, map_.blanks :], map_.unit, map_.coords, labels=labels),)


def _places(map_: _Layout, table: Array) -> dict[str, Array]:
    """Places of the spectra; one column that counts from 0 in steps of a whole acquisition is a time in s."""
    if map_.blanks == 1 and map_.seconds and table[0, 0] == 0 and table.shape[0] > 1:
        steps = np.diff(table[:, 0]) / map_.seconds
        if np.all((steps >= 1) & (steps <= SLOWEST)):
            return {"time": table[:, 0]}
    return {name: table[:, index] for index, name in enumerate(map_.names)}


_TIMES = (("exposition", "acq. time (s)"), ("accumulation", "accumulations"))
SLOWEST = 3.0
"""Acquisitions that a series may wait between two spectra and still be told from a line of places."""


@dataclass(frozen=True, eq=False, slots=True)
class _Layout:
    """Where the rows of a text map start, and how they are written."""

    start: int
    blanks: int
    x: Array
    dialect: Dialect
    unit: str
    coords: dict[str, Coordinate]
    seconds: float = 0.0  # of one spectrum: exposure times accumulations

    @property
    def cells(self) -> int:
        return self.blanks + int(self.x.size)

    @property
    def names(self) -> tuple[str, ...]:
        return (("y", "x") if self.blanks == 2 else ("x",))[: self.blanks]


def _layout(lines: list[str]) -> _Layout:
    start = _axis_line(lines)
    assert start is not None
    head = lines[start].rstrip().split("\t")
    blanks = next(index for index, cell in enumerate(head) if cell)
    dialect: Dialect = dialect_of(lines[start + 1 : start + 3])[0]
    x = np.array([float(cell.replace(",", ".")) for cell in head[blanks:]])
    about = "\n".join(lines[:start])
    units = dict(_AXIS_UNIT.findall(about))
    unit = spectrum.unit(units.get("1", "")) or spectrum.unit(settings(lines[:start]).get("axisunit[1]", ""))
    return _Layout(start, blanks, x, dialect, unit, coordinates(about), _seconds(settings(lines[:start])))


def _seconds(said: Mapping[str, str]) -> float:
    """Time of one spectrum in s; 0 where the settings do not say it."""
    times = [said.get(names[0]) or said.get(names[1], "") for names in _TIMES]
    numbers = [float(text) if re.fullmatch(r"\d+\.?\d*", text) else 0.0 for text in times]
    return numbers[0] * numbers[1]


def _kept(source: Source) -> Raw:
    """The map with its spectra left in the file: one pass finds the lines and reads their places."""
    with source.path.open("rb") as stream:
        head: list[bytes] = []
        while _axis_line(decode(b"".join(head)).split("\n") if head else []) is None:
            head.append(stream.readline())
        position = stream.tell()
        map_ = _layout(decode(b"".join([*head, stream.readline(), stream.readline()])).split("\n"))
        stream.seek(position)
        starts, places = array("q"), array("d")
        for number, line in enumerate(stream, start=len(head) + 1):
            if line.strip():
                starts.append(position)
                places.extend(_place(source, line, number, map_))
            position += len(line)
    need(bool(starts), source, "has an axis and no spectra; it is cut")
    table = np.array(places).reshape(len(starts), map_.blanks)
    labels = _places(map_, table)
    shape = (len(starts), int(map_.x.size))
    starts.append(position)
    rows = TextRows(Stamp.of(source.path), np.array(starts), map_.blanks, map_.dialect, shape)
    return replace(_raw("map", map_.x, np.zeros((shape[0], 0)), map_.unit, map_.coords, labels=labels), rows=rows)


def _place(source: Source, line: bytes, number: int, map_: _Layout) -> list[float]:
    """Numbers before the intensities of a line."""
    text = line.decode("latin-1").rstrip()
    cells = text.split("\t", map_.blanks)[: map_.blanks]
    numbers = [cell.strip().replace(map_.dialect.decimal, ".") for cell in cells]
    whole = text.count("\t") + 1 == map_.cells and all(NUMBERS["."].fullmatch(cell) for cell in numbers)
    need(whole, source, f"line {number} has not {map_.cells} numbers; it is cut or damaged")
    return [float(cell) for cell in numbers]


READERS = (
    Reader(
        "labspec_xml",
        "LabSpec XML",
        (".xml",),
        sniff_xml,
        parse_xml,
        gives="spectrum or map",
        held_to="by hand in the layout of a measured one",
    ),
    Reader(
        "labspec_map",
        "LabSpec text map",
        (".txt",),
        sniff_map,
        parse_map,
        gives="map, or series with its time, axis in cm-1, nm, eV or absolute cm-1",
        held_to="a measured series; maps by hand",
    ),
)
