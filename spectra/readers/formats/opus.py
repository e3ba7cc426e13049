"""Bruker OPUS files: absorbance, transmittance, reflectance, single channels and interferograms as blocks."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from brukeropus.file import OPUSFile

from shortrange_core.shown_numbers import counted
from shortrange_core.written_numbers import contradictions
from spectra.readers.raw import Array, Raw, Reader, Source, intact, unreadable
from spectra.spectrum import Coordinate

MAGIC = b"\x0a\x0a\xfe\xfe"
DIRECTORY_ENTRY_BYTES = 12
MOST_BLOCKS = 4096
SMALLEST_RATIO = 1e-5
LEAST_LIGHT = 0.01
LIMIT_SLACK = 1e-6
RATIO_WITHIN = 1e-5
_RESULTS = {
    "a": ("absorbance", "absorbance"),
    "t": ("transmittance", "transmittance"),
    "r": ("reflectance", "reflectance"),
    "km": ("Kubelka-Munk", "kubelka-munk"),
    "logr": ("log reflectance", "log(1/R)"),
    "atr": ("ATR", "absorbance"),
    "ra": ("Raman", "arbitrary"),
    "e": ("emission", "emission"),
}
_CHANNELS = {"sm": "sample", "rf": "reference"}
_UNITS = {"WN": "cm-1", "MI": "um", "PNT": "", "NM": "nm"}


def sniff(source: Source) -> float:
    """The first four bytes."""
    return 1.0 if source.head.startswith(MAGIC) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Every data block: results are meant when none is named, single channels and interferograms are listed.

    Raises
    ------
    BadInput
        If the directory points outside the file, or the first and last axis values contradict the points.
    """
    _check_directory(source)
    file = OPUSFile(str(source.path))
    raws = [_block(source, file, str(key)) for key in file.all_data_keys]
    _check_ratio({raw.name: raw for raw in raws if not raw.problem}, source)
    intact(bool(raws), source, "contains no data block")
    return tuple(raws)


def _check_directory(source: Source) -> None:
    """Every block lies inside the file, so that no size from the file is believed unseen."""
    content = source.content
    intact(len(content) >= 24, source, f"has {len(content)} bytes, fewer than its header")
    start, most, blocks = struct.unpack_from("<iii", content, 12)
    fits = start > 0 and 0 < blocks <= most <= MOST_BLOCKS and start + DIRECTORY_ENTRY_BYTES * blocks <= len(content)
    intact(fits, source, f"says {blocks} blocks listed at byte {start}, which do not fit the file")
    for index in range(blocks):
        _, words, at = struct.unpack_from("<Iii", content, start + DIRECTORY_ENTRY_BYTES * index)
        inside = words >= 0 and at >= 0 and at + 4 * words <= len(content)
        intact(inside, source, f"its block {index} of {4 * words} bytes at {at} does not fit the file")


def _block(source: Source, file: Any, key: str) -> Raw:
    data = getattr(file, key)
    if key in file.series_keys:
        return unreadable(key, "it is a series over time; export its spectra one by one")
    base, _, repeat = key.partition("_")
    title, intensity = _RESULTS.get(base, (_CHANNELS.get(base, ""), "single beam"))
    suffix = f" {repeat}" if repeat else ""
    if not title:
        return unreadable(key, "it is an interferogram or a phase, not a spectrum; choose a result block")
    name = f"{title}{suffix}" if base in _RESULTS else f"{title} channel{suffix}"
    params = data.params
    y = np.asarray(data.y, dtype=float)
    unit = _UNITS.get(str(_param(params, "dxu") or ""), "")
    points, first, last = _param(params, "npt"), _param(params, "fxv"), _param(params, "lxv")
    whole = isinstance(points, int) and 2 <= points <= y.size and None not in (first, last)
    intact(whole, source, f"block {name!r} says {points} points and has {y.size}")
    y = y[:points]
    _check_limits(source, name, y, params)
    x = np.linspace(float(first), float(last), points)
    raman = base == "ra"
    axis = ("raman_shift" if raman else "wavenumber") if unit == "cm-1" else ""
    return Raw(
        name,
        x,
        y,
        unit=unit,
        axis=axis,
        technique="Raman" if raman else "FTIR" if unit == "cm-1" else "",
        intensity_unit=intensity,
        coords=_coordinates(file),
        preferred=base in _RESULTS,
    )


def _param(params: Any, name: str) -> Any:
    return getattr(params, name) if name in params.keys() else None  # noqa: SIM118 - params is no mapping


def _check_limits(source: Source, name: str, y: Array, params: Any) -> None:
    """Least and greatest ordinate of the status block, which OPUS writes scaled as the data."""
    low, high, scale = _param(params, "mny"), _param(params, "mxy"), _param(params, "csf") or 1.0
    if not isinstance(low, float) or not isinstance(high, float) or low >= high:
        return
    slack = LIMIT_SLACK * (high - low)
    inside = np.all(np.isfinite(y)) and y.max() * scale <= high + slack and y.min() * scale >= low - slack
    intact(bool(inside), source, f"block {name!r} has ordinates outside its own limits {low:g} to {high:g}")


def _check_ratio(blocks: dict[str, Raw], source: Source) -> None:
    """A result is the ratio of its channels, where OPUS did nothing else to it."""
    sample, reference = blocks.get("sample channel"), blocks.get("reference channel")
    if sample is None or reference is None or sample.x.size < 2:
        return
    first = int(np.argmin(np.abs(reference.x - sample.x[0])))  # the reference keeps a few points more at both ends
    below, size = reference.y[first : first + sample.x.size], sample.x.size
    step = abs(float(sample.x[1] - sample.x[0]))
    if below.size != size or not np.allclose(reference.x[first : first + size], sample.x, rtol=0, atol=0.1 * step):
        return
    with np.errstate(all="ignore"):
        ratio = sample.y / below
        light = (below > LEAST_LIGHT * np.nanmax(below)) & (ratio > SMALLEST_RATIO)
        ratio = np.where(light, ratio, np.nan)  # OPUS sets a result without light to a limit
        results = {"absorbance": -np.log10(ratio), "transmittance": ratio, "reflectance": ratio}
    for name, follows in results.items():
        if name in blocks and blocks[name].y.size == size:
            scale = np.maximum(np.abs(follows), np.nanmedian(np.abs(follows)))
            wrong = contradictions(blocks[name].y, follows, scale=scale, within=RATIO_WITHIN)
            intact(
                not wrong.size,
                source,
                f"the {name} is not the ratio of its channels at {counted(wrong.size, 'point')}, unlike at the others",
            )


def _coordinates(file: Any) -> dict[str, Coordinate]:
    coords: dict[str, Coordinate] = {}
    for name, key in (("sample", "snm"), ("resolution", "res"), ("scans", "nss"), ("beamsplitter", "bms")):
        value = _param(file.params, key)
        if isinstance(value, (int, float)) or (isinstance(value, str) and value.strip()):
            coords[name] = value.strip() if isinstance(value, str) else value
    return coords


READERS = (
    Reader(
        "opus",
        "Bruker OPUS",
        (".0", ".1", ".2", ".3", ".001", ".002"),
        sniff,
        parse,
        gives="results, single channels; interferograms are listed",
        held_to="six measured files",
    ),
)
