"""Raman Open Database files (.rod, .cif): the loop of Raman shift and intensity of a CIF text."""

from __future__ import annotations

import re

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted
from spectra.readers.raw import Raw, Reader, Source, intact
from spectra.spectrum import Coordinate

SHIFT, INTENSITY = "_raman_spectrum.raman_shift", "_raman_spectrum.intensity"
_LASER = re.compile(r"^_raman_measurement_device\.excitation_laser_wavelength\s+([0-9.]+)", re.MULTILINE)
_NAME = re.compile(r"^_chemical_(?:name_mineral|name_common|formula_sum)\s+'?([^'\n]+?)'?\s*$", re.MULTILINE)


_BEGINS = re.compile(r"(?:data_|loop_|_)\S*")
_ITEM = re.compile(r"^\s*_raman_\S", re.MULTILINE)


def sniff(source: Source) -> float:
    """A text that begins as a CIF does, comments left out, with a line that begins with an item of the database."""
    text = source.head_text
    lines = (line.strip() for line in text.lstrip("\ufeff").split("\n"))
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return 0.95 if _BEGINS.match(first) and _ITEM.search(text) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The spectrum of a file.

    Raises
    ------
    BadInput
        If there is no loop with shift and intensity, or a row has not as many cells as the loop.
    """
    lines = source.text.split("\n")
    names, rows = _loop(source, lines)
    try:
        table = np.array([[float(cell.split("(")[0]) for cell in row] for row in rows])
    except ValueError as error:
        raise BadInput(
            f"{source.name}: the loop of the spectrum contains a value that is not a number ({error}); "
            "it is damaged: copy or export it again"
        ) from error
    coords: dict[str, Coordinate] = {}
    laser, name = _LASER.search(source.text), _NAME.search(source.text)
    if laser:
        coords["laser"] = float(laser[1])
    if name:
        coords["sample"] = name[1].strip()
    x, y = table[:, names.index(SHIFT)], table[:, names.index(INTENSITY)]
    return (Raw("spectrum", x, y, unit="cm-1", axis="raman_shift", technique="Raman", coords=coords),)


def _loop(source: Source, lines: list[str]) -> tuple[list[str], list[list[str]]]:
    """Names and rows of the loop that holds shift and intensity."""
    for start, line in enumerate(lines):
        if line.strip() != "loop_":
            continue
        names: list[str] = []
        for position in range(start + 1, len(lines)):
            if not lines[position].strip().startswith("_"):
                break
            names.append(lines[position].split()[0])
        if SHIFT in names and INTENSITY in names:
            return names, _rows(source, lines[start + 1 + len(names) :], len(names))
    raise BadInput(f"{source.name}: has no loop with {SHIFT} and {INTENSITY}; it is truncated or not a spectrum")


def _rows(source: Source, lines: list[str], width: int) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in lines:
        bare = line.strip()
        if bare.startswith("#") and rows:
            continue
        if not bare or bare.startswith(("_", "loop_", "data_", "#")):
            break
        cells = bare.split()
        intact(len(cells) == width, source, f"the row {bare[:40]!r} has {len(cells)} cells, the loop {width}")
        rows.append(cells)
    intact(len(rows) > 2, source, f"has {counted(len(rows), 'point')}")
    return rows


READERS = (
    Reader(
        "rod",
        "Raman Open Database",
        (".rod", ".cif"),
        sniff,
        parse,
        gives="the loop of shift and intensity",
        held_to="hand-made files in the layout of its entries",
    ),
)
