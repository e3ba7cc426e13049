"""Horiba LabSpec's text maps: a row of axis values, then rows with the place and the intensities."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.files import decode
from spectra import spectrum
from spectra.readers.formats.labspec import raw_of
from spectra.readers.raw import (
    NUMBERS,
    Array,
    Dialect,
    Raw,
    Reader,
    Source,
    Stamp,
    TextRows,
    coordinates,
    dialect_of,
    intact,
    settings,
)
from spectra.spectrum import Coordinate

_AXIS_UNIT = re.compile(r"^#?AxisUnit\[(\d)\]=(.*)$", re.MULTILINE)


def sniff_map(source: Source) -> float:
    """A row of axis values that starts with an empty cell, or LabSpec's settings above such a row."""
    return 0.9 if _axis_line(source.head_text.split("\n")) is not None else 0.0


def _axis_line(lines: list[str]) -> int | None:
    """Index of the first row that is no setting, if it begins with an empty cell and holds numbers."""
    for index, line in enumerate(lines[:200]):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.rstrip().split("\t")
        values = [cell for cell in cells if cell]
        counted = [[str(start + at) for at in range(len(values))] for start in (0, 1)]
        if cells[0] != "" or len(cells) < 4 or values in counted:  # titles that only number the columns are no axis
            return None
        return index if all(re.fullmatch(r"[+-]?\d+([.,]\d*)?", value) for value in values) else None
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
            raise BadInput(
                f"{source.name}: line {number} does not have {map_.cells} numbers; it is truncated or damaged: "
                "copy or export it again"
            )
        rows.append(values)
    intact(bool(rows), source, "has an axis and no spectra")
    table = np.array(rows)
    labels = _places(map_, table)
    return (raw_of("map", map_.x, table[:, map_.blanks :], map_.unit, map_.coords, labels=labels),)


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


def _seconds(stated: Mapping[str, str]) -> float:
    """Time of one spectrum in s; 0 where the settings do not say it."""
    times = [stated.get(names[0]) or stated.get(names[1], "") for names in _TIMES]
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
    intact(bool(starts), source, "has an axis and no spectra")
    table = np.array(places).reshape(len(starts), map_.blanks)
    labels = _places(map_, table)
    shape = (len(starts), int(map_.x.size))
    starts.append(position)
    rows = TextRows(Stamp.of(source.path), np.array(starts), map_.blanks, map_.dialect, shape)
    return replace(raw_of("map", map_.x, np.zeros((shape[0], 0)), map_.unit, map_.coords, labels=labels), rows=rows)


def _place(source: Source, line: bytes, number: int, map_: _Layout) -> list[float]:
    """Numbers before the intensities of a line."""
    text = line.decode("latin-1").rstrip()
    cells = text.split("\t", map_.blanks)[: map_.blanks]
    numbers = [cell.strip().replace(map_.dialect.decimal, ".") for cell in cells]
    whole = text.count("\t") + 1 == map_.cells and all(NUMBERS["."].fullmatch(cell) for cell in numbers)
    intact(whole, source, f"line {number} does not have {map_.cells} numbers")
    return [float(cell) for cell in numbers]


READERS = (
    Reader(
        "labspec_map",
        "LabSpec text map",
        (".txt",),
        sniff_map,
        parse_map,
        gives="map, or series with its time, axis in cm-1, nm, eV or absolute cm-1",
        held_to="a measured series; hand-made maps",
    ),
)
