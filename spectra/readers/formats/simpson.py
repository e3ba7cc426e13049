"""SIMPSON files (SIMP ... DATA ... END), as SIMPSON, ssNake and DMFIT write them: numbers as text or as its "binary".

SIMPSON's binary is printable: four characters from "!" on hold three bytes (six bits each; the upper two of the second
and four of the third fill up the first two bytes), four bytes a number of 23 bits of mantissa (a fraction, without a
hidden bit), 8 of exponent (from 2**-127) and one of sign.
"""

from __future__ import annotations

import re

import numpy as np

from shortrange_core.errors import BadInput
from spectra.readers.raw import Array, Raw, Reader, Source
from spectra.spectrum import Coordinate

_SETTING = re.compile(r"^\s*([A-Za-z][\w ]*?)\s*=\s*(.*?)\s*$")
MOST_DIMENSIONS = 1
FIRST_LETTER, LAST_LETTER = 33, 33 + 64


def sniff(source: Source) -> float:
    """The first line."""
    return 0.95 if source.head_text.lstrip().startswith("SIMP\n") else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The one spectrum or decay of a file."""
    return (simp(source.text, source.name, technique="NMR"),)


def simp(text: str, name: str, *, technique: str = "NMR", frequency: float | None = None) -> Raw:
    """Spectrum (TYPE=SPE) or decay (TYPE=FID) of one SIMP text.

    Parameters
    ----------
    text
        From ``SIMP`` to ``END``.
    name
        File name for errors.
    technique
        Such as ``"31P NMR"``.
    frequency
        Larmor frequency in MHz where the text does not say it (``Sf=``).

    Raises
    ------
    BadInput
        If a number is missing, points and NP differ, the form is not known, or it is two-dimensional.
    """
    head, marker, rest = text.partition("\nDATA\n")
    body, end, _ = rest.rpartition("\nEND")
    if not marker or not end:
        raise BadInput(f"{name}: has no DATA and END; it is truncated: save it again")
    settings = {m[1].upper(): m[2] for line in head.split("\n") if (m := _SETTING.match(line))}
    form = settings.get("FORMAT", "TEXT").upper()
    if form not in ("TEXT", "BINARY") or _number(settings, "NI", name, 1) > MOST_DIMENSIONS:
        raise BadInput(f"{name}: has FORMAT={form} or is two-dimensional; save it as text, one dimension")
    points, width = int(_number(settings, "NP", name)), _number(settings, "SW", name)
    signal = _points(body, points, name) if form == "TEXT" else _unpacked(body, points, name)
    if not width > 0:
        raise BadInput(f"{name}: has SW = {width:g} Hz; it must be above 0")
    larmor = _number(settings, "SF", name, frequency if frequency is not None else np.nan)
    coords: dict[str, Coordinate] = {} if np.isnan(larmor) else {"larmor_frequency": larmor}
    if settings.get("TYPE", "SPE").upper() == "FID":
        time = np.arange(points) / width
        return Raw("fid", time, signal, unit="s", axis="time", technique=technique, coords=coords)
    first = settings.get("X0")
    if first is not None:
        hertz = _number(settings, "X0", name) - np.arange(points) * (width / points)
    else:
        hertz = (np.arange(points) / points - 0.5) * width + _number(settings, "REF", name, 0.0)
    imaginary = signal.imag if np.any(signal.imag) else None
    return Raw("spectrum", hertz, signal.real, unit="Hz", technique=technique, imaginary=imaginary, coords=coords)


def _number(settings: dict[str, str], key: str, name: str, default: float | None = None) -> float:
    text = settings.get(key)
    if text is None and default is not None:
        return default
    try:
        return float(text or "")
    except ValueError as error:
        raise BadInput(f"{name}: has {key} = {text!r}, which is not a number; save it again") from error


def _points(body: str, points: int, name: str) -> Array:
    cells = body.split()
    if points < 1 or len(cells) != 2 * points:
        raise BadInput(
            f"{name}: says NP = {points} complex points, but has {len(cells) / 2:g}; it is truncated or damaged: "
            "copy or export it again"
        )
    try:
        numbers = np.array([float(cell) for cell in cells])
    except ValueError as error:
        raise BadInput(
            f"{name}: contains a value that is not a number among its points ({error}); it is damaged: "
            "copy or export it again"
        ) from error
    return np.asarray(numbers[0::2] + 1j * numbers[1::2])


def _unpacked(body: str, points: int, name: str) -> Array:
    """Complex points of SIMPSON's binary."""
    letters = np.frombuffer("".join(body.split()).encode("latin-1", errors="replace"), np.uint8)
    wanted = 4 * -(-8 * points // 3)
    good = points > 0 and letters.size == wanted and letters.min() >= FIRST_LETTER and letters.max() < LAST_LETTER
    if not good:
        raise BadInput(
            f"{name}: says NP = {points} complex points, {wanted} characters, but has {letters.size}, or some that "
            "do not encode a number; it is truncated or damaged: copy or export it again"
        )
    a, b, c, d = (letters - FIRST_LETTER).reshape(-1, 4).T
    packed = np.stack([a | (b & 0x30) << 2, b & 0x0F | (c & 0x3C) << 2, c & 0x03 | d << 2], axis=1).ravel()
    words = packed[: 8 * points].view("<u4").astype(np.int64)
    size = np.ldexp((words & 0x7FFFFF) / float(1 << 23), (words >> 23 & 0xFF) - 127)
    values = np.where(words >> 31, -size, size)
    return np.asarray(values[0::2] + 1j * values[1::2])


READERS = (
    Reader(
        "simpson",
        "SIMPSON",
        (".spe", ".fid", ".in"),
        sniff,
        parse,
        gives="1D decay or spectrum, numbers as text or in its binary",
        held_to="hand-made files, nmrglue",
    ),
)
