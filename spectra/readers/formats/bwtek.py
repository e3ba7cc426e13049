"""BWTek text files (BWSpec, BWRam): settings, then a table of pixels with shift, dark, raw and corrected counts."""

from __future__ import annotations

import re

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.written_numbers import contradictions
from spectra.readers.raw import NUMBERS, Array, Raw, Reader, Source, intact, need, settings
from spectra.spectrum import Coordinate

AXES = ("raman shift", "wavelength", "wavenumber")
PREFERRED = "dark subtracted"
FEW_CELLS, FEWEST_PIXELS = 8, 50


def sniff(source: Source) -> float:
    """The first line names the version of the program."""
    return 0.95 if re.match(r"file version;\s*bw(spec|ram)", source.head_text[:200].lower()) else 0.0


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
        raise BadInput(f"{source.name}: has no table of pixels; it is truncated: copy or export it again")
    told = settings(lines[:start])
    titles = [title.strip() for title in lines[start].strip().rstrip(";").split(";")]
    rows = [line.split(";") for line in lines[start + 1 :] if line.strip()]
    pixels = told.get("pixel_num", "")
    whole = not pixels.isdigit() or int(pixels) == len(rows)
    intact(whole, source, f"has {len(rows)} pixels, but its settings say {pixels}")
    table = np.array([[_number(source, row, column) for column in range(len(titles))] for row in rows])
    lowered = [title.lower() for title in titles]
    _check_columns(source, lowered, table)
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


def _check_columns(source: Source, titles: list[str], table: Array) -> None:
    """Pixels count up; a column that is the same but for a few cells, or a difference that is none, is damaged."""
    column = {title: table[:, index] for index, title in enumerate(titles)}
    for title, values in column.items():
        odd = np.flatnonzero(values != np.median(values)) if np.all(np.isfinite(values)) else np.empty(0)
        intact(
            not 0 < odd.size <= FEW_CELLS or values.size < FEWEST_PIXELS,
            source,
            f"the column {title!r} is {np.median(values):g} in all pixels but {odd.size}",
        )
    dark, raw = (next((title for title in titles if title.startswith(word)), "") for word in ("dark #", "raw data #"))
    difference = next((title for title in titles if title.startswith(PREFERRED)), "")
    if dark and raw and difference:
        wrong = contradictions(column[difference], column[raw] - column[dark], scale=np.nanmax(np.abs(column[raw])))
        intact(
            not wrong.size,
            source,
            f"{difference!r} is not {raw!r} minus {dark!r} in {wrong.size} pixels, unlike in the others",
        )
    steps = np.diff(column["pixel"]) if "pixel" in column else np.ones(0)
    need(bool(np.all(steps == 1)), source, "the pixel numbers do not increase by one; rows are missing or damaged")


def _number(source: Source, row: list[str], column: int) -> float:
    if column >= len(row):
        raise BadInput(
            f"{source.name}: the row {';'.join(row)[:40]!r} has too few columns; it is truncated or damaged: "
            "copy or export it again"
        )
    text = row[column].strip().replace(",", ".")
    if not text:
        return float("nan")
    try:
        return float(text)
    except ValueError as error:
        raise BadInput(
            f"{source.name}: {text[:20]!r} is not a number in the row {row[0]}; it is damaged: copy or export it again"
        ) from error


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


READERS = (
    Reader(
        "bwtek",
        "BWTek text",
        (".txt",),
        sniff,
        parse,
        gives="all columns of counts; nm with the laser line",
        held_to="measured files",
    ),
)
