"""Kratos Vision as text (.kal): objects of numbered settings, with the counts of a spectrum in braces.

The axis is kinetic energy; the anode is named and its energy is not, so the photon energy is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.raw import Raw, Reader, Source, intact, need, unreadable
from spectra.spectrum import Coordinate

_OBJECT = re.compile(r"^\s*Object name\s*=\s*(.*)$")
_SETTING = re.compile(r"^\s*(?:\d+\s+)?(?P<name>\S.*?)\s*=\s*(?P<value>.*?)\s*$")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
_START, _STEP, _COUNTS = "spectrum scan start", "spectrum scan step size", "ordinate values"
_COORDS = {"pass_energy": "pass energy", "dwell_time": "dwell time", "scans": "# sweeps completed"}


def sniff(source: Source) -> float:
    """Objects of Vision with their settings."""
    head = source.head_text
    complete = "Object name" in head and "Dataset filename" in head and "Ordinate values" in source.text
    return 0.97 if complete else 0.3 if source.suffix == ".kal" else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Every object with a spectrum; positions and counters are passed over, what else has counts is listed.

    Raises
    ------
    BadInput
        If a list has not the number of values that its object states, or is not closed.
    """
    raws = [raw for name, settings in _objects(source) if (raw := _raw(source, name, settings)) is not None]
    need(bool(raws), source, "contains no object with a spectrum; export it as VAMAS")
    return tuple(raws)


def _objects(source: Source) -> Iterator[tuple[str, dict[str, str]]]:
    """Name and settings of every object; a list in braces may run over several lines."""
    settings: dict[str, str] = {}
    name = opened = ""
    for line in source.text.splitlines():
        if opened:
            settings[opened] += line.strip()
        elif held := _OBJECT.match(line):
            if settings:
                yield name, settings
            name, settings = held[1].strip(), {}
        elif (held := _SETTING.match(line)) and name:
            opened = held["name"].lower()
            settings.setdefault(opened, held["value"])
        if opened and settings[opened].count("{") <= settings[opened].count("}"):
            opened = ""
    intact(not opened, source, f"its list of {opened!r} is not closed")
    if settings:
        yield name, settings


def _raw(source: Source, name: str, settings: Mapping[str, str]) -> Raw | None:
    if _COUNTS not in settings or not {_START, _STEP} & set(settings):
        return None
    kind = settings.get("scan type", "F_SPECTRUM")
    if "SPECTRUM" not in kind.upper():
        return unreadable(name, f"is a {kind.removeprefix('F_').lower()}, not a spectrum; export it as VAMAS")
    try:
        y = np.array([float(cell) for cell in settings[_COUNTS].strip("{} ").split(",") if cell.strip()])
    except ValueError as error:
        raise BadInput(f"{source.name}: a value of {name!r} is not a number ({error}); export it again") from error
    stated = settings.get("# ordinate values", "")
    intact(not stated.isdigit() or int(stated) == y.size, source, f"{name!r} has {y.size} values, but says {stated}")
    start, step = (_number(settings.get(key, "")) for key in (_START, _STEP))
    intact(start is not None and bool(step), source, f"{name!r} states no start and step of its energies")
    level = f"{settings.get('chemical symbol or formula', '')} {settings.get('transition or charge state', '')}"
    unit = settings.get("ordinate units", "").lower()
    whole = bool(np.all(y == np.rint(y))) and bool(np.all(y >= 0))
    return Raw(
        name,
        (start or 0.0) + (step or 0.0) * np.arange(y.size),
        y,
        unit="eV",
        axis="binding_energy" if "binding" in settings.get("abscissa label", "").lower() else "kinetic_energy",
        technique=spectrum.level_technique(level.strip() or name),
        intensity_unit="counts/s" if "/" in unit else "counts",
        counts=y if whole and "/" not in unit else None,
        coords=_coordinates(settings),
        from_fermi_level=True,
    )


def _number(text: str) -> float | None:
    held = _NUMBER.match(text)
    return float(held[0]) if held else None


def _coordinates(settings: Mapping[str, str]) -> dict[str, Coordinate]:
    coords: dict[str, Coordinate] = {}
    for quantity, key in _COORDS.items():
        value = _number(settings.get(key, ""))
        if value is not None:
            coords[quantity] = value
    sample = settings.get("sample name") or settings.get("stage position name")
    return {**coords, **({"sample": sample} if sample else {})}


READERS = (
    Reader(
        "kratos",
        "Kratos Vision text",
        (".kal",),
        sniff,
        parse,
        gives="every spectrum over kinetic energy; you give the photon energy, because the file names only the anode",
        held_to="hand-made files in the layout that public parsers read",
    ),
)
