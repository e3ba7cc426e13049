"""EMSA/MAS text (.msa, ISO 22029), as hyperspy and programs of electron spectrometers write it: one spectrum."""

from __future__ import annotations

import re

import numpy as np

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.raw import Raw, Reader, Source, intact, need

_KEY = re.compile(r"^#[ \t]*([A-Z][A-Z0-9]*)[ \t]*(?:-\w+)?[ \t]*:[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def sniff(source: Source) -> float:
    """The format's name in its first line."""
    return 0.95 if re.match(r"\s*#FORMAT\s*:\s*EMSA/MAS", source.head_text, re.IGNORECASE) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The spectrum: ordinates over even steps (Y), or pairs (XY).

    Raises
    ------
    BadInput
        If there are not as many points as the header says, or it lacks offset and step.
    """
    head, mark, body = source.text.partition("#SPECTRUM")
    need(bool(mark), source, "has no #SPECTRUM, so no data; export it again")
    stated: dict[str, str] = dict(_KEY.findall(head))
    rows = [line for line in body.split("\n")[1:] if line.strip() and not line.startswith("#")]
    numbers = np.array([float(text) for line in rows for text in _NUMBER.findall(line)])
    points = int(_value(source, stated, "NPOINTS"))
    pairs = stated.get("DATATYPE", "Y").upper() == "XY"
    intact(numbers.size == points * (1 + pairs), source, f"says {points} points, but has {numbers.size} numbers")
    if pairs:
        x, y = numbers[::2], numbers[1::2]
    else:
        x, y = _value(source, stated, "OFFSET") + _value(source, stated, "XPERCHAN") * np.arange(points), numbers
    unit = spectrum.unit(stated.get("XUNITS", ""))
    axis = spectrum.axis(stated.get("XLABEL", ""))
    raw = Raw(stated.get("TITLE") or "spectrum", x, y, unit=unit, axis=axis)
    return (raw,)


def _value(source: Source, stated: dict[str, str], key: str) -> float:
    try:
        return float(stated[key])
    except (KeyError, ValueError) as error:
        raise BadInput(f"{source.name}: its header has no number {key}; export it again") from error


READERS = (
    Reader(
        "emsa",
        "EMSA/MAS text",
        (".msa", ".emsa"),
        sniff,
        parse,
        gives="one spectrum, even steps (Y) or pairs (XY)",
        held_to="files of RosettaSciIO, the writer of hyperspy",
    ),
)
