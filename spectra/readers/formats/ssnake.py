"""ssNake files (.json): one-dimensional decays and spectra."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.raw import Array, Raw, Reader, Source, need
from spectra.spectrum import Coordinate

HZ_PER_MHZ = 1e6
_NAMES = re.compile(r'"(dataReal|dataImag|xaxArray|wholeEcho)"\s*:')
_NUCLEUS = re.compile(r"\b(\d{1,3}[A-Z][a-z]?)\b")


def sniff(source: Source) -> float:
    """A JSON object with one of ssNake's names; long arrays may stand before the others."""
    text = source.head_text
    return 0.9 if text.lstrip().startswith("{") and _NAMES.search(text) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The decay (spec = 0) or spectrum (spec = 1) of a file.

    Raises
    ------
    BadInput
        If it is not complete JSON, has more than one dimension, or lengths differ.
    """
    try:
        stored: dict[str, Any] = json.loads(source.text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInput(
            f"{source.name}: is not complete JSON ({error}); it is truncated or damaged: copy or export it again"
        ) from error
    real, imaginary = _column(source, stored, "dataReal"), _column(source, stored, "dataImag")
    need(
        real.size == imaginary.size and real.size > 1,
        source,
        f"has {real.size} real and {imaginary.size} imaginary points",
    )
    frequency, width = _first(source, stored, "freq"), _first(source, stored, "sw")
    need(frequency > 0 and width > 0, source, f"has freq = {frequency:g} and sw = {width:g} Hz; both must be above 0")
    zero = _reference(stored) or frequency
    signal = real + 1j * imaginary
    technique = _technique(stored)
    coords: dict[str, Coordinate] = {"larmor_frequency": float(zero) / HZ_PER_MHZ}
    if not _first(source, stored, "spec"):
        coords["carrier"] = (frequency - float(zero)) / float(zero) * 1e6
        time = np.arange(signal.size) / width
        return (Raw("fid", time, signal, unit="s", axis="time", technique=technique, coords=coords),)
    hertz = np.fft.fftshift(np.fft.fftfreq(signal.size, 1 / width))
    x = (hertz + frequency - float(zero)) / float(zero) * 1e6
    parts = signal.imag if np.any(signal.imag) else None
    return (
        Raw(
            "spectrum",
            x,
            signal.real,
            unit="ppm",
            axis="chemical_shift",
            technique=technique,
            imaginary=parts,
            coords=coords,
        ),
    )


def _reference(stored: dict[str, Any]) -> float:
    """Frequency of 0 ppm in Hz; 0 where none is set, which ssNake writes as null or NaN."""
    reference = stored.get("ref")
    value = reference[0] if isinstance(reference, list) and reference else reference
    return float(value) if isinstance(value, (int, float)) and value > 0 else 0.0


def _column(source: Source, stored: dict[str, Any], key: str) -> Array:
    try:
        values = np.array(stored[key], dtype=float)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{source.name}: has no numbers {key}; save it again in ssNake") from error
    values = values.reshape([size for size in values.shape if size != 1] or [1])
    need(values.ndim == 1, source, f"has {key} of the shape {values.shape}; one dimension is read: extract a slice")
    return values


def _first(source: Source, stored: dict[str, Any], key: str) -> float:
    value = stored.get(key)
    value = value[0] if isinstance(value, list) and value else value
    need(
        isinstance(value, (int, float)),
        source,
        f"has {key} = {str(value)[:20]!r}, not a number; save it again in ssNake",
    )
    return float(value)  # type: ignore[arg-type]


def _technique(stored: dict[str, Any]) -> str:
    meta = stored.get("metaData")
    text = " ".join(f"{v}" for v in meta.values()) if isinstance(meta, dict) else ""
    match = _NUCLEUS.search(text)
    return f"{spectrum.nucleus(match[1])} NMR" if match else "NMR"


READERS = (
    Reader(
        "ssnake",
        "ssNake",
        (".json",),
        sniff,
        parse,
        gives="1D decay or spectrum",
        held_to="hand-made files in the layout of those of its tutorial",
    ),
)
