"""Agilent text files (.asp): six numbers of a header, then one ordinate a line."""

from __future__ import annotations

import numpy as np

from shortrange_core.errors import BadInput
from spectra.readers.raw import Raw, Reader, Source, intact, look_at_decimals

HEADER_LINES = 6
PERCENT_TRANSMITTANCE, ABSORBANCE = 1, 2


def sniff(source: Source) -> float:
    """Six single numbers, the first a count."""
    lines = source.head_text.split("\n")[: HEADER_LINES + 1]
    if len(lines) <= HEADER_LINES or source.suffix != ".asp":
        return 0.0
    return 0.9 if all(_is_number(line) for line in lines) and lines[0].strip().isdigit() else 0.0


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def parse(source: Source) -> tuple[Raw, ...]:
    """The spectrum of a file.

    Raises
    ------
    BadInput
        If points and count differ or a line is not a number.
    """
    lines = source.text.split()
    try:
        numbers = np.array([float(text) for text in lines])
    except ValueError as error:
        raise BadInput(
            f"{source.name}: contains a value that is not a number ({error}); it is damaged: copy or export it again"
        ) from error
    look_at_decimals(source, [lines[HEADER_LINES:]], first=HEADER_LINES + 1)
    count, first, last = numbers[:3]
    y = numbers[HEADER_LINES:]
    intact(count == y.size and y.size > 2, source, f"says {count:g} points, but has {y.size}")
    intact(first != last, source, f"begins and ends at {first:g} cm-1")
    x = np.linspace(first, last, y.size)
    unit = {PERCENT_TRANSMITTANCE: "percent transmittance", ABSORBANCE: "absorbance"}.get(int(numbers[4]), "arbitrary")
    raw = Raw("spectrum", x, y, unit="cm-1", axis="wavenumber", technique="FTIR", intensity_unit=unit)
    return (raw,)


READERS = (Reader("agilent", "Agilent .asp", (".asp",), sniff, parse, gives="spectrum", held_to="two measured files"),)
