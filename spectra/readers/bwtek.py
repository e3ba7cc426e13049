"""BWTek BWSpec text files: settings, then a table of pixels with Raman shift, dark, raw and corrected counts."""

from __future__ import annotations

import numpy as np

from shortrange_core.errors import BadInput
from spectra.contract import Coordinate
from spectra.readers.delimited import NUMBERS, settings
from spectra.readers.records import Array, Raw, Reader, Source, need

AXES = ("raman shift", "wavelength", "wavenumber")
PREFERRED = "dark subtracted"


def sniff(source: Source) -> float:
    """The first line names the version of BWSpec."""
    first = source.head_text[:200].lower()
    return 0.95 if first.startswith("file version") and "bwspec" in first else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """One block for every column of counts, over the Raman shift; the dark-subtracted one is meant when none is named.

    Raises
    ------
    BadInput
        If the table is missing, or has fewer pixels than the settings say.
    """
    lines = source.text.split("\n")
    start = next((index for index, line in enumerate(lines) if line.lower().startswith("pixel;")), None)
    if start is None:
        raise BadInput(f"{source.name}: has no table of pixels; it is cut")
    told = settings(lines[:start])
    titles = [title.strip() for title in lines[start].strip().rstrip(";").split(";")]
    rows = [line.split(";") for line in lines[start + 1 :] if line.strip()]
    pixels = told.get("pixel_num", "")
    whole = not pixels.isdigit() or int(pixels) == len(rows)
    need(whole, source, f"has {len(rows)} pixels, its settings say {pixels}; it is cut")
    table = np.array([[_number(source, row, column) for column in range(len(titles))] for row in rows])
    lowered = [title.lower() for title in titles]
    axis = lowered.index("raman shift") if "raman shift" in lowered else None
    need(axis is not None, source, "has no column of Raman shifts; export it with them")
    coords: dict[str, Coordinate] = {}
    laser = told.get("laser_wavelength", "").replace(",", ".")
    if NUMBERS["."].fullmatch(laser):
        coords["laser"] = float(laser)
    inside = np.isfinite(table[:, axis or 0])
    x = table[inside, axis or 0]
    return tuple(
        _raw(title, x, table[inside, column], coords)
        for column, title in enumerate(titles)
        if lowered[column] not in (*AXES, "pixel") and np.ptp(table[inside, column]) > 0
    )


def _number(source: Source, row: list[str], column: int) -> float:
    if column >= len(row):
        raise BadInput(f"{source.name}: the row {';'.join(row)[:40]!r} has too few columns; it is cut or damaged")
    text = row[column].strip().replace(",", ".")
    if not text:
        return float("nan")
    try:
        return float(text)
    except ValueError as error:
        raise BadInput(f"{source.name}: {text[:20]!r} is no number in the row {row[0]}; it is damaged") from error


def _raw(title: str, x: Array, y: Array, coords: dict[str, Coordinate]) -> Raw:
    meant = title.lower().startswith(PREFERRED)
    unit = "counts" if meant or title.lower().startswith(("raw", "dark", "reference")) else "arbitrary"
    return Raw(
        title,
        x,
        y,
        unit="cm-1",
        axis="raman_shift",
        technique="Raman",
        intensity_unit=unit,
        coords=coords,
        preferred=meant,
    )


READERS = (Reader("bwtek", "BWTek BWSpec text", (".txt",), sniff, parse),)
