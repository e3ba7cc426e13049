"""The regions of one sample, by level, from one file that holds several or from several files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import xarray as xr

from shortrange_core import BadInput
from shortrange_core.errors import Offenders
from shortrange_core.hand_tables import hand_table
from shortrange_core.readings import refuse_warnings
from shortrange_core.spelling import option, spelled
from spectra.readers import contents, read
from spectra.spectrum import named_levels, notes_of_reading, text_of
from spectra.xps._levels import levels
from spectra.xps._prepared import level_of
from spectra.xps._quantification import Sensitivity

COLUMNS = ("level", "value", "relative_sd", "source")
AUGER_LEVEL = "Na KLL"
SHOWN = 12
"""Blocks that a message names."""


def regions(
    *items: str | os.PathLike[str] | xr.Dataset, containing: str = "", energy: str | None = None, strict: bool = False
) -> dict[str, xr.Dataset]:
    """Regions of one sample by level, such as ``"O 1s"``; surveys and blocks without a level are left out.

    Parameters
    ----------
    items
        Files, each with one region or several, and regions that were read before.
    containing
        What the name of a block must contain, where a file holds several samples, angles or depths.
    energy
        ``"kinetic"`` or ``"binding"``, where an axis in eV is one and the file does not say which.
    strict
        Refuse files that are odd: every note of severity warning on a region is an error.

    Raises
    ------
    BadInput
        If nothing has a level, or a level is there twice: the blocks are named.

    Examples
    --------
    >>> from spectra import from_arrays
    >>> region = from_arrays([530.0, 531, 532], [9, 16, 9], axis="binding_energy", counts=[9, 16, 9],
    ...     technique="O 1s XPS")
    >>> list(regions(region))
    ['O 1s']
    """
    regions: dict[str, tuple[str, xr.Dataset]] = {}
    offenders = Offenders()
    for name, region in _all(items, containing, energy):
        level = level_of(region)
        if level in regions:
            offenders.add(
                f"{level}: is there twice, as {regions[level][0]!r} and {name!r}; give {option('containing')} "
                "to select the blocks of this sample, or read only one of them"
            )
        regions.setdefault(level, (name, region))
    for level, blocks in _of_several_levels(items, containing).items():
        if level not in regions and len(blocks) == 1:
            item, block = blocks[0]
            region = read(item, block=block, technique=f"{level} XPS", energy=energy)
            regions[level] = (f"{Path(item).name}, {block}", region)
    if not regions:
        offenders.add(_nothing(items, containing))
    offenders.raise_if_any()
    if strict:
        refuse_warnings(dict.fromkeys(note for _, region in regions.values() for note in notes_of_reading(region)))
    return {level: region for level, (_, region) in regions.items()}


def _nothing(items: tuple[str | os.PathLike[str] | xr.Dataset, ...], containing: str) -> str:
    """That no block is one of a core level, or none of those that are holds a text: which there are."""
    files = [item for item in items if not isinstance(item, xr.Dataset)]
    names = ", ".join(Path(file).name for file in files) or "regions"
    blocks = [block.name for file in files for block in contents(file) if _is_level(_stated_level(block.technique))]
    if containing and blocks:
        shown = ", ".join(repr(name) for name in blocks[:SHOWN]) + (" ..." if len(blocks) > SHOWN else "")
        told = f"{names}: have no region of a core level whose block contains {containing!r}"
        return f"{told}; correct {option('containing')}: the blocks are {shown}"
    states = "give files whose blocks state their level, such as VAMAS, or state technique under [[samples.spectra]]"
    way = spelled("read(path, technique='O 1s XPS')", command_line=states, recipe=states)
    return f"{names}: have no region of a core level; {way}"


def _stated_level(technique: str | None) -> str:
    return (technique or "").removesuffix("XPS").strip()


def _all(
    items: tuple[str | os.PathLike[str] | xr.Dataset, ...], containing: str, energy: str | None
) -> Iterator[tuple[str, xr.Dataset]]:
    for item in items:
        if isinstance(item, xr.Dataset):
            if _is_level(level_of(item)):
                yield text_of(item, "technique"), item
            continue
        for block in contents(item):
            if containing in block.name and _is_level(_stated_level(block.technique)):
                region = read(item, block=block.name, technique=block.technique, energy=energy)
                yield f"{Path(item).name}, {block.name}", region


def _of_several_levels(
    items: tuple[str | os.PathLike[str] | xr.Dataset, ...], containing: str
) -> dict[str, list[tuple[str | os.PathLike[str], str]]]:
    """Files and blocks whose name tells several core levels, by each of these: "V2pO1s Scan" is the region of both."""
    blocks: dict[str, list[tuple[str | os.PathLike[str], str]]] = {}
    for item in items:
        for block in () if isinstance(item, xr.Dataset) else contents(item):
            named = named_levels(block.name) if block.technique == "XPS" and containing in block.name else ()
            for level in named if len(named) > 1 else ():
                if _is_level(level):
                    blocks.setdefault(level, []).append((item, block.name))
    return blocks


def _is_level(level: str) -> bool:
    return level in levels() or level == AUGER_LEVEL


def read_sensitivities(path: str | os.PathLike[str]) -> dict[str, Sensitivity]:
    """Sensitivity factors of a table with the columns level, value, relative_sd and source.

    None is built in: factors belong to an instrument and to the path lengths that its makers put into them.

    Parameters
    ----------
    path
        Text with those titles, as any spreadsheet saves it; lines that begin with ``#`` are left out.

    Raises
    ------
    BadInput
        If a title is missing, a level repeats, or a number is none; all together.
    """
    name = Path(path).name
    rows = [row for _, row in hand_table(path)]
    missing = [title for title in COLUMNS if not rows or title not in rows[0]]
    if missing:
        raise BadInput(f"{name}: has no column {', '.join(missing)}; its titles must be {', '.join(COLUMNS)}")
    sensitivities: dict[str, Sensitivity] = {}
    offenders = Offenders()
    for row in rows:
        level, value, sd, source = (row[title] for title in COLUMNS)
        try:
            factor = Sensitivity(float(value), float(sd), source)
        except ValueError:
            offenders.add(f"{name}: {level}: value {value!r} and relative_sd {sd!r} must be numbers")
            continue
        if level in sensitivities:
            offenders.add(f"{name}: {level}: is there twice; keep one")
        sensitivities[level] = factor
    offenders.raise_if_any()
    return sensitivities
