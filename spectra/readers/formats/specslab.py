"""SpecsLab 2 projects (.xml): counts of every channel of the detector, which are summed where they saw one energy.

A channel sees the energy of the sweep plus its ``shift`` times the pass energy, so that the same energy stands in its
row ``mcd_head - shift x pass energy / step``; ``mcd_head`` and ``mcd_tail`` rows more are measured for that.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.raw import Array, Raw, Reader, Source, intact, need, unreadable

_SWEPT = "FixedAnalyzerTransmission"
_NUMBERS = ("values_per_curve", "scan_delta", "excitation_energy", "kinetic_energy", "pass_energy")


@dataclass(frozen=True, slots=True)
class Channels:
    """Channels of a detector: shifts in units of the pass energy, gains, rows measured before and behind the region."""

    shifts: Array
    gains: Array
    head: int
    tail: int


def sniff(source: Source) -> float:
    """XML with a sequence of groups of regions."""
    return 0.95 if b"RegionGroupSeq" in source.head and source.head.lstrip().startswith(b"<?xml") else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Every region, a block each cycle of it, with the counts of its scans and channels summed.

    Raises
    ------
    BadInput
        If the XML is cut, or a region has not the counts that its settings state.
    """
    need(b"<!ENTITY" not in source.content, source, "declares entities, which SpecsLab never writes; export it as .xy")
    try:
        root = ET.fromstring(source.content)  # noqa: S314 - entities were refused above
    except ET.ParseError as error:
        raise BadInput(f"{source.name}: is not complete XML ({error}); export it again") from error
    for sequence in [element for element in root.iter("sequence") if element.get("length") == "0"]:
        sequence[:] = []  # an empty one holds a pattern of what it would hold, without values
    groups = [element for element in root.iter("struct") if element.get("type_name") == "RegionGroup"]
    raws = [raw for group in groups for raw in _group(source, group)]
    need(bool(raws), source, "contains no region; export it again")
    return tuple(raws)


def _group(source: Source, group: ET.Element) -> Iterator[Raw]:
    name = _text(group, "name")
    for region in group.iter("struct"):
        if region.get("type_name") == "RegionData":
            yield from _region(source, region, name)


def _region(source: Source, region: ET.Element, group: str) -> Iterator[Raw]:
    name = _text(region, "name") or "region"
    settings = _child(region, "region")
    if settings is None:
        yield unreadable(name, "it has no settings; export it as .xy")
        return
    mode = _child(settings, "scan_mode")
    if mode is not None and _text(mode, "name") not in ("", _SWEPT):
        yield unreadable(
            name, f"it was measured in the mode {_text(mode, 'name')}, which is not read; export it as .xy"
        )
        return
    numbers = {key: _number(source, settings, key) for key in _NUMBERS}
    channels = _channels(source, region)
    cycles = [cycle for cycle in region.iter("struct") if cycle.get("type_name") == "Cycle"] or [region]
    for index, cycle in enumerate(cycles, start=1):
        block = name if len(cycles) == 1 else f"{name} / cycle {index}"
        scans = [element.text or "" for element in cycle.iter() if element.get("type_name") == "Counts"]
        if not scans:
            yield unreadable(block, "it was not measured")
            continue
        counts = sum(_summed(source, block, text, channels, numbers) for text in scans)
        yield _raw(block, np.asarray(counts), numbers, settings, {"scans": float(len(scans)), "sample": group})


def _summed(source: Source, name: str, text: str, channels: Channels, numbers: dict[str, float]) -> Array:
    """Counts of one scan over the energies of the region."""
    width, points = channels.shifts.size, int(numbers["values_per_curve"])
    rows = points + channels.head + channels.tail
    try:
        counts = np.array(text.split(), dtype=float)
    except ValueError as error:
        raise BadInput(f"{source.name}: counts of {name!r} are not numbers ({error}); export it again") from error
    intact(counts.size == rows * width, source, f"{name!r} has {counts.size} counts, its settings say {rows} x {width}")
    starts = channels.head - np.rint(channels.shifts * numbers["pass_energy"] / numbers["scan_delta"]).astype(int)
    need(
        bool(np.all(starts >= 0) and np.all(starts + points <= rows)),
        source,
        f"the channels of {name!r} are shifted beyond the rows measured for them; export it as .xy",
    )
    table = counts.reshape(rows, width)
    seen = [table[at : at + points, k] / channels.gains[k] for k, at in enumerate(starts)]
    return np.asarray(np.sum(seen, axis=0))


def _raw(name: str, y: Array, numbers: dict[str, float], settings: ET.Element, coords: dict[str, float | str]) -> Raw:
    energies = {"photon_energy": numbers["excitation_energy"], "pass_energy": numbers["pass_energy"]}
    dwell = _text(settings, "dwell_time")
    return Raw(
        name,
        numbers["kinetic_energy"] + numbers["scan_delta"] * np.arange(y.size),
        y,
        unit="eV",
        axis="kinetic_energy",
        technique=spectrum.level_technique(name),
        intensity_unit="counts",
        counts=y if np.all(y == np.rint(y)) else None,
        coords={**coords, **energies, **({"dwell_time": float(dwell)} if dwell else {})},
        from_fermi_level=True,
    )


def _channels(source: Source, region: ET.Element) -> Channels:
    detectors = [element for element in region.iter("struct") if element.get("type_name") == "Detector"]
    shifts = [_number(source, detector, "shift") for detector in detectors] or [0.0]
    gains = [_number(source, detector, "gain") for detector in detectors] or [1.0]
    need(all(gain > 0 for gain in gains), source, "a channel of its detector has no gain; export it as .xy")
    head, tail = (int(_text(region, key) or 0) for key in ("mcd_head", "mcd_tail"))
    return Channels(np.array(shifts), np.array(gains), head, tail)


def _child(element: ET.Element, name: str) -> ET.Element | None:
    return next((child for child in element if child.get("name") == name), None)


def _text(element: ET.Element, name: str) -> str:
    child = _child(element, name)
    return (child.text or "").strip() if child is not None else ""


def _number(source: Source, element: ET.Element, name: str) -> float:
    try:
        return float(_text(element, name))
    except ValueError as error:
        raise BadInput(f"{source.name}: has no number {name!r}; export it again") from error


READERS = (
    Reader(
        "specslab",
        "SpecsLab 2 project",
        (".xml",),
        sniff,
        parse,
        gives="every region and cycle at fixed pass energy: counts of the channels at one energy, and of the scans",
        held_to="a public file, whose C 1s spectra of five channels coincide",
    ),
)
