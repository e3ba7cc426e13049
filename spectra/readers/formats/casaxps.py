"""CasaXPS text exports, with the fit beside the data.

"Columns of tables": one section a region, with K.E., Counts, B.E. and CPS. "Rows of tables": B.E. and CPS of all
regions side by side.
"""

from __future__ import annotations

import csv
import re

import numpy as np

from shortrange_core.shown_numbers import counted
from spectra import spectrum
from spectra.readers.raw import NUMBERS, Array, Raw, Reader, Source, intact, look_at_decimals, need
from spectra.spectrum import Coordinate

_TITLE = re.compile(r'^"?Cycle\s+\d+:(.*?):([^:"\n]*?)"?\s*$', re.IGNORECASE)
_BESIDE = re.compile(r'^"?B\.E\.?"?[\t,]"?Cycle\s+\d+:', re.MULTILINE)
_PHOTON = "Characteristic Energy eV"


def sniff(source: Source) -> float:
    """A line of columns with K.E. and B.E. under a cycle or its settings, or with B.E. and a cycle's CPS beside it."""
    text = source.head_text
    if "K.E." in text and "B.E." in text and ("Characteristic Energy" in text or "Cycle" in text):
        return 0.95
    return 0.95 if _BESIDE.search(text) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Regions with their measured intensities; fits are read by :mod:`spectra.readers`.

    Raises
    ------
    BadInput
        If a region has no rows, or a row ends early.
    """
    if "K.E." not in source.head_text:
        return _beside(source, [cells for section in sections(source.text) for cells in section])
    return tuple(_region(source, lines, index) for index, lines in enumerate(sections(source.text)))


def sections(text: str) -> list[list[list[str]]]:
    """Cells of every line, region by region."""
    blocks: list[list[list[str]]] = []
    tabs = text.count("\t") > text.count(",")
    lines = (line for line in text.split("\n") if line.strip())
    rows = (line.split("\t") for line in lines) if tabs else csv.reader(lines)
    for row in rows:
        cells = [cell.strip().strip('"') for cell in row]
        if _TITLE.match(cells[0]) or not blocks:
            blocks.append([])
        blocks[-1].append(cells)
    return blocks


def _beside(source: Source, lines: list[list[str]]) -> tuple[Raw, ...]:
    """Regions side by side, each a column B.E. and one of CPS; a shorter one has empty cells below."""
    head = next(number for number, cells in enumerate(lines) if "B.E." in cells)
    starts = [position for position, name in enumerate(lines[head]) if name == "B.E."]
    energies = [cells[i + 1] for cells in lines[:head] for i, name in enumerate(cells[:-1]) if name == _PHOTON]
    raws = []
    for index, start in enumerate(starts):
        title = lines[head][start + 1] if start + 1 < len(lines[head]) else ""
        rows = [cells[start : start + 2] for cells in lines[head + 1 :] if len(cells) > start and cells[start]]
        good = len(rows) > 2 and all(len(row) == 2 for row in rows)
        need(good, source, f"the region {title!r} has {counted(len(rows), 'row')}, some cut; export it again")
        energy = energies[index] if len(energies) == len(starts) else energies[0] if len(set(energies)) == 1 else ""
        name = region_title([re.sub(r":(CPS|Counts)$", "", title)])
        x, y = _column(source, rows, 0), _column(source, rows, 1)
        unit = "counts" if title.endswith(":Counts") else "counts/s"
        settings = {_PHOTON: energy}
        raws.append(_raw(name, index, x, y, settings, intensity_unit=unit))
    return tuple(raws)


def region_title(cells: list[str]) -> tuple[str, str]:
    """Sample and region of a section's first line."""
    match = _TITLE.match(cells[0])
    return (match[1].strip(), match[2].strip()) if match else ("", cells[0])


def _region(source: Source, lines: list[list[str]], index: int) -> Raw:
    sample, title = region_title(lines[0])
    head = next((number for number, cells in enumerate(lines) if "K.E." in cells or "B.E." in cells), None)
    intact(head is not None, source, f"the region {title!r} has no columns K.E. and B.E.")
    names = lines[head or 0]
    rows = lines[(head or 0) + 1 :]
    width = max(position for position, name in enumerate(names) if name) + 1
    numeric = all(len(row) >= width and NUMBERS["."].fullmatch(row[names.index("B.E.")]) for row in rows)
    need(
        len(rows) > 2 and numeric,
        source,
        f"the region {title!r} has {counted(len(rows), 'row')}, some cut; export it again",
    )
    settings = {cells[i]: cells[i + 1] for cells in lines[: head or 0] for i in range(len(cells) - 1)}
    x, rate = _column(source, rows, names.index("B.E.")), _column(source, rows, names.index("CPS"))
    counts = _column(source, rows, names.index("Counts")) if "Counts" in names else None
    whole = counts is not None and bool(np.all(counts >= 0) and np.all(np.abs(counts - np.round(counts)) < 1e-3))
    kept = np.round(counts) if whole and counts is not None else None
    return _raw((sample, title), index, x, rate, settings, counts=kept)


def _raw(
    name: tuple[str, str],
    index: int,
    x: Array,
    y: Array,
    settings: dict[str, str],
    *,
    counts: Array | None = None,
    intensity_unit: str = "counts/s",
) -> Raw:
    """One region of a sample and a title, named by its core level where the title is one."""
    sample, title = name
    coords: dict[str, Coordinate] = {"sample": sample or None}
    for quantity, key in (("photon_energy", _PHOTON), ("dwell_time", "Acquisition Time s")):
        if NUMBERS["."].fullmatch(settings.get(key, "")):
            coords[quantity] = float(settings[key])
    level = spectrum.level(title)
    is_level = re.fullmatch(r"[A-Z][a-z]? [1-7][spdf]", level)
    return Raw(
        level if is_level else title or f"region {index + 1}",
        x,
        y,
        unit="eV",
        axis="binding_energy",
        technique=spectrum.level_technique(title),
        intensity_unit=intensity_unit,
        counts=counts,
        coords=coords,
    )


def _column(source: Source, rows: list[list[str]], position: int) -> Array:
    cells = [row[position] for row in rows]
    good = all(NUMBERS["."].fullmatch(cell) for cell in cells)
    look_at_decimals(source, [cells])
    intact(good, source, f"column {position + 1} contains a value that is not a number")
    return np.array([float(cell) for cell in cells])


READERS = (
    Reader(
        "casaxps",
        "CasaXPS export",
        (".csv", ".txt"),
        sniff,
        parse,
        gives=(
            "columns or rows of tables, and XPSPEAK text: the measured columns; fits and quantification reports "
            "are read by `spectra.read_peak_table`"
        ),
        held_to="hand-made files in the layout of measured ones",
    ),
)
