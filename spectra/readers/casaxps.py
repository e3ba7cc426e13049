"""CasaXPS text exports: one section a region, with K.E., Counts, B.E., CPS and the fit beside them."""

from __future__ import annotations

import re

import numpy as np

from spectra import techniques
from spectra.contract import Coordinate
from spectra.readers.delimited import NUMBERS
from spectra.readers.records import Array, Raw, Reader, Source, need

_TITLE = re.compile(r'^"?Cycle\s+\d+:(.*?):([^:"\n]*?)"?\s*$', re.IGNORECASE)


def sniff(source: Source) -> float:
    """A line of columns with K.E. and B.E., under a cycle or the settings of one."""
    text = source.head_text
    if "K.E." in text and "B.E." in text and ("Characteristic Energy" in text or "Cycle" in text):
        return 0.95
    return 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Regions with their measured intensities; fits are read by :mod:`spectra.peak_tables`.

    Raises
    ------
    BadInput
        If a region has no rows, or a row ends early.
    """
    return tuple(_region(source, lines, index) for index, lines in enumerate(sections(source.text)))


def sections(text: str) -> list[list[list[str]]]:
    """Cells of every line, region by region."""
    found: list[list[list[str]]] = []
    separator = "\t" if text.count("\t") > text.count(",") else ","
    for line in text.split("\n"):
        cells = [cell.strip().strip('"') for cell in line.split(separator)]
        if _TITLE.match(cells[0]) or (not found and line.strip()):
            found.append([])
        if line.strip():
            found[-1].append(cells)
    return found


def region_title(cells: list[str]) -> tuple[str, str]:
    """Sample and region of a section's first line."""
    match = _TITLE.match(cells[0])
    return (match[1].strip(), match[2].strip()) if match else ("", cells[0])


def _region(source: Source, lines: list[list[str]], index: int) -> Raw:
    sample, title = region_title(lines[0])
    head = next((number for number, cells in enumerate(lines) if "K.E." in cells or "B.E." in cells), None)
    need(head is not None, source, f"the region {title!r} has no columns K.E. and B.E.; it is cut")
    names = lines[head or 0]
    rows = lines[(head or 0) + 1 :]
    width = max(position for position, name in enumerate(names) if name) + 1
    numeric = all(len(row) >= width and NUMBERS["."].fullmatch(row[names.index("B.E.")]) for row in rows)
    need(len(rows) > 2 and numeric, source, f"the region {title!r} has {len(rows)} rows, some cut; export it again")
    settings = {cells[i]: cells[i + 1] for cells in lines[: head or 0] for i in range(len(cells) - 1)}
    x, rate = _column(source, rows, names.index("B.E.")), _column(source, rows, names.index("CPS"))
    counts = _column(source, rows, names.index("Counts")) if "Counts" in names else None
    whole = counts is not None and bool(np.all(counts >= 0) and np.all(np.abs(counts - np.round(counts)) < 1e-3))
    coords: dict[str, Coordinate] = {"sample": sample or None}
    for name, key in (("photon_energy", "Characteristic Energy eV"), ("dwell_time", "Acquisition Time s")):
        if NUMBERS["."].fullmatch(settings.get(key, "")):
            coords[name] = float(settings[key])
    level = techniques.level(title)
    known = re.fullmatch(r"[A-Z][a-z]? [1-7][spdf]", level)
    return Raw(
        level if known else title or f"region {index + 1}",
        x,
        rate,
        unit="eV",
        axis="binding_energy",
        technique=f"{level} XPS" if known else "XPS",
        intensity_unit="counts/s",
        counts=np.round(counts) if whole and counts is not None else None,
        coords=coords,
    )


def _column(source: Source, rows: list[list[str]], position: int) -> Array:
    cells = [row[position] for row in rows]
    good = all(NUMBERS["."].fullmatch(cell) for cell in cells)
    need(good, source, f"column {position + 1} holds what is no number; it is damaged")
    return np.array([float(cell) for cell in cells])


READERS = (Reader("casaxps", "CasaXPS export", (".csv", ".txt"), sniff, parse),)
