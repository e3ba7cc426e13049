"""Text exports of Scienta Omicron's SES (.txt): sections of a file, its regions, their settings and their data."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted
from spectra import spectrum
from spectra.readers.raw import Array, Raw, Reader, Source, StackAxis, intact, stated_numbers
from spectra.spectrum import Coordinate

_SECTION = re.compile(r"^\[([A-Za-z ]+?)\s*(\d*)\]\s*$")
_NUMBERS = {"photon_energy": "excitation energy", "pass_energy": "pass energy", "scans": "number of sweeps"}
MILLISECONDS = 1e3


def sniff(source: Source) -> float:
    """Sections of regions with their dimensions."""
    text = source.head_text
    return 0.97 if "[Region 1]" in text and "Dimension 1 scale=" in text else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Every region, a stack where it has a second dimension.

    Raises
    ------
    BadInput
        If a region has no data, or not the points that its dimensions state.
    """
    sections = _sections(source)
    numbers = [number for name, number in sections if name == "data"]
    intact(bool(numbers), source, "has no section [Data 1]")
    stated = settings_of(sections.get(("info", ""), [])).get("number of regions", "")
    intact(not stated.isdigit() or int(stated) == len(numbers), source, f"says {stated} regions and has {len(numbers)}")
    return tuple(_region(source, number, sections) for number in numbers)


def _sections(source: Source) -> dict[tuple[str, str], list[str]]:
    sections: dict[tuple[str, str], list[str]] = {}
    current: list[str] = []
    for line in source.text.split("\n"):
        if section := _SECTION.match(line.strip()):
            current = sections.setdefault((section[1].lower(), section[2]), [])
        elif line.strip():
            current.append(line)
    return sections


def settings_of(lines: list[str]) -> dict[str, str]:
    """What stands before and after the first sign of equality of every line, the former in small letters."""
    return {key.strip().lower(): value.strip() for key, _, value in (line.partition("=") for line in lines)}


def _region(source: Source, number: str, sections: Mapping[tuple[str, str], list[str]]) -> Raw:
    settings = {**settings_of(sections.get(("region", number), [])), **settings_of(sections.get(("info", number), []))}
    name = settings.get("region name") or f"region {number}"
    table = _table(source, name, sections[("data", number)])
    x, y = table[:, 0], table[:, 1:].T
    points = settings.get("dimension 1 size", "")
    intact(points == str(x.size), source, f"the region {name!r} has {counted(x.size, 'row')}, its header says {points}")
    kinetic = "kinetic" in (settings.get("dimension 1 name", "") + settings.get("energy scale", "")).lower()
    several = y.shape[0] > 1
    return Raw(
        name,
        x,
        y if several else y[0],
        unit="eV",
        axis="kinetic_energy" if kinetic else "binding_energy",
        technique=spectrum.level_technique(name),
        intensity_unit="counts",
        stack=(_second(source, name, settings, y.shape[0]),) if several else (),
        coords=coordinates_of(settings),
        from_fermi_level=True,
    )


def _table(source: Source, name: str, lines: list[str]) -> Array:
    try:
        rows = [[float(cell) for cell in line.split()] for line in lines]
    except ValueError as error:
        raise BadInput(
            f"{source.name}: a row of {name!r} is not a row of numbers ({error}); export it again"
        ) from error
    even = len({len(row) for row in rows}) == 1 and len(rows[0]) > 1 if rows else False
    intact(even, source, f"rows of {name!r} differ in their numbers of columns")
    return np.array(rows)


def _second(source: Source, name: str, settings: Mapping[str, str], size: int) -> StackAxis:
    """The second dimension: an angle or a place on the detector."""
    values = [float(cell) for cell in settings.get("dimension 2 scale", "").split()]
    intact(len(values) == size, source, f"{name!r} has {size} columns, its second dimension {len(values)}")
    title = settings.get("dimension 2 name", "")
    return StackAxis("pixel", np.array(values), "degree" if "deg" in title.lower() else "")


def coordinates_of(settings: Mapping[str, str]) -> dict[str, Coordinate]:
    """What the settings of a region say of the measurement."""
    coords: dict[str, Coordinate] = dict(stated_numbers(settings, _NUMBERS))
    step = settings.get("step time", "")
    if step.isdigit():
        coords["dwell_time"] = float(step) / MILLISECONDS
    if settings.get("sample"):
        coords["sample"] = settings["sample"]
    return coords


READERS = (
    Reader(
        "scienta",
        "Scienta text",
        (".txt",),
        sniff,
        parse,
        gives="every region; a second dimension is a stack over `pixel`",
        held_to="hand-made files in the layout of an export",
    ),
)
