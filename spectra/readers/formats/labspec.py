"""Horiba LabSpec files: XML (.xml) spectra, lines and maps; a plain text is a delimited text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.raw import (
    NUMBERS,
    Array,
    Raw,
    Reader,
    Source,
    StackAxis,
    intact,
    need,
)
from spectra.spectrum import Coordinate

AXES, TYPE, UNIT, VALUES = "0x7B697861", "0x6D707974", "0x7C696E75", "0x7D6CD4DB"
NAME, FIRST_VALUE, SECOND_VALUE = "0x6D6D616E", "0x7D6C61DB", "0x8736F70"
_INTENSITIES = {"cnt": "counts", "cnt/sec": "counts/s", "counts": "counts", "counts/s": "counts/s"}


def sniff_xml(source: Source) -> float:
    """The root element of LabSpec's XML."""
    return 0.95 if re.search(r"<LSX(_Data|_Tree)\b", source.head_text[:4000]) else 0.0


def parse_xml(source: Source) -> tuple[Raw, ...]:
    """The spectrum or the map of a file.

    Raises
    ------
    BadInput
        If it is not complete XML, defines XML entities, or the sizes of axes and rows disagree.
    """
    text = source.text
    need(
        "<!DOCTYPE" not in text and "<!ENTITY" not in text,
        source,
        "defines XML entities, which LabSpec never writes; export it again from LabSpec",
    )
    try:
        root = ElementTree.fromstring(source.content)  # noqa: S314 - a DTD or an entity was refused above
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise BadInput(
            f"{source.name}: is not complete XML ({error}); it is truncated or damaged: copy or export it again"
        ) from error
    axes = _axes(source, root)
    spectral = next((axis for axis in axes if axis[0].lower().startswith("spectr")), None)
    if spectral is None:
        raise BadInput(f"{source.name}: names no spectral axis; export the spectrum again")
    rows = [_numbers(source, row.text) for row in root.iter("LSX_Row")]
    x = spectral[2]
    intact(bool(rows) and all(row.size == x.size for row in rows), source, f"its rows do not have {x.size} values")
    coords: dict[str, Coordinate] = {}
    laser, sample = _setting(root, "Laser (nm)", SECOND_VALUE), _setting(root, "Sample", FIRST_VALUE)
    if NUMBERS["."].fullmatch(laser):
        coords["laser"] = float(laser)
    coords["sample"] = sample or None
    unit = spectrum.unit(spectral[1])
    stated = next((axis[1].lower() for axis in axes if axis[0].lower().startswith("intens")), "")
    intensity = _INTENSITIES.get(stated, "arbitrary")
    if len(rows) == 1:
        return (raw_of("spectrum", x, rows[0], unit, coords, intensity=intensity),)
    places = [
        (axis[0].lower(), axis[2]) for axis in axes if axis[0].lower() in ("x", "y", "z", "time") and axis[2].size > 1
    ]
    labels = _labels(places, len(rows))
    units = {axis[0].lower(): spectrum.unit(axis[1]) for axis in axes if axis[0].lower() in labels}
    raw = raw_of("map", x, np.stack(rows), unit, coords, labels=labels, intensity=intensity)
    return (replace(raw, label_units=units),)


def _axes(source: Source, root: Any) -> list[tuple[str, str, Array]]:
    head = next((node for node in root.iter() if node.get("ID", "").upper() == AXES.upper()), None)
    if head is None:
        raise BadInput(f"{source.name}: has no axes; it is truncated or damaged: copy or export it again")
    columns = []
    for node in head:
        parts = {child.get("ID", "").upper(): (child.text or "") for child in node}
        values = _numbers(source, parts.get(VALUES.upper(), ""))
        columns.append((parts.get(TYPE.upper(), "").strip(), parts.get(UNIT.upper(), "").strip(), values))
    return columns


def _numbers(source: Source, text: str | None) -> Array:
    try:
        return np.array([float(cell) for cell in (text or "").split()])
    except ValueError as error:
        raise BadInput(
            f"{source.name}: contains a value that is not a number ({error}); it is damaged: copy or export it again"
        ) from error


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


def raw_of(
    name: str,
    x: Array,
    y: Array,
    unit: str,
    coords: dict[str, Coordinate],
    *,
    labels: dict[str, Array] | None = None,
    intensity: str = "counts",
) -> Raw:
    """A spectrum or a map of LabSpec: a Raman spectrum where its axis is in cm-1."""
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


READERS = (
    Reader(
        "labspec_xml",
        "LabSpec XML",
        (".xml",),
        sniff_xml,
        parse_xml,
        gives="spectrum or map",
        held_to="hand-made files in the layout of a measured one",
    ),
)
