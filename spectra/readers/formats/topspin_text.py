"""Text of TopSpin (totxt): the ends of a spectral region and the intensities between them, a number a line."""

from __future__ import annotations

import re

import numpy as np

from shortrange_core.errors import BadInput
from spectra.readers.raw import Raw, Reader, Source, intact, need, unreadable

_NUMBER = r"([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"
_REGION = re.compile(rf"^# LEFT = {_NUMBER} (ppm|[Hh]z)\. RIGHT = {_NUMBER} (?:ppm|[Hh]z)\.", re.MULTILINE)
_SIZE = re.compile(r"^# SIZE = (\d+)", re.MULTILINE)
_ROWS = re.compile(r"^# F1LEFT = ", re.MULTILINE)


def sniff(source: Source) -> float:
    """The lines of the region."""
    head = source.head_text
    return 0.97 if "# Spectral Region:" in head and (_REGION.search(head) or _ROWS.search(head)) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The one spectrum of a file.

    Raises
    ------
    BadInput
        If the region is empty, or the intensities are not numbers or not as many as the file states.
    """
    text = source.text
    if _ROWS.search(text):
        return (unreadable("spectrum", "it has two dimensions; export its rows one by one"),)
    region, size = _REGION.search(text), _SIZE.search(text)
    need(region is not None and size is not None, source, "states no size of its region; export it again")
    assert region is not None
    assert size is not None
    left, right, points = float(region[1]), float(region[3]), int(size[1])
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    intact(len(lines) == points, source, f"says {points} points and has {len(lines)}")
    need(points > 1 and left > right, source, f"has a region from {left:g} to {right:g}; export it again")
    try:
        y = np.array([float(line) for line in lines])
    except ValueError as error:
        raise BadInput(
            f"{source.name}: contains a value that is not an intensity ({error}); it is damaged: "
            "copy or export it again"
        ) from error
    x = left - (left - right) / points * np.arange(points)  # points span the region, as SI points span SW_p
    hertz = region[2].lower() == "hz"
    return (
        Raw("spectrum", x, y, unit="Hz" if hertz else "ppm", axis="" if hertz else "chemical_shift", technique="NMR"),
    )


READERS = (
    Reader(
        "topspin_text",
        "TopSpin text (totxt)",
        (".txt",),
        sniff,
        parse,
        gives="the spectrum between the ends of its region, in ppm or Hz",
        held_to="a public export, whose region equals SW_h / SF to 1e-14",
    ),
)
