"""Bruker TopSpin folders: processed spectra (1r, 1i), recovery stacks (2rr) and free induction decays (fid)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.files import decode, read_bytes
from shortrange_core.notes import Note, Severity
from spectra.noise import PROCESSING, Decay
from spectra.readers.formats.bruker_decays import fid, recovery
from spectra.readers.formats.bruker_files import (
    PPM,
    WIDTH_TOLERANCE,
    coordinates_of,
    delay_of,
    experiment,
    experiments_inside,
    number_of,
    optional,
    parameters,
    stored_numbers,
    technique_of,
    waiting_time,
)
from spectra.readers.raw import AGAIN, Array, Raw, Reader, Source, StackAxis, unreadable
from spectra.spectrum import Coordinate

NAMES_SHOWN = 20
POWER_TOLERANCE = 1e-3
COMPLEX_FORWARD = 6  # FT_mod fqc
SMALL_PHASE = 30.0
"""First-order phase in degrees up to which the first point of the decay stays where it is by far less than a point."""


def sniff(source: Source) -> float:
    """A folder with acqus and pdata or fid, or a file inside one."""
    if experiment(source.path) is not None:
        return 0.98
    return 0.5 if experiments_inside(source.path) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Processed data of every number under pdata, and the FID.

    Raises
    ------
    BadInput
        If a parameter is missing or the size of a data file contradicts it.
    """
    folder = experiment(source.path)
    inside = [] if folder is not None else experiments_inside(source.path)
    if inside:
        names = [p.relative_to(source.path).as_posix() for p in inside]
        rest = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        raise BadInput(
            f"{source.name}: contains the experiments {', '.join(names[:NAMES_SHOWN])}{rest}; give "
            f"one of the folders, such as {source.name}/{names[0]}"
        )
    if folder is None:
        raise BadInput(f"{source.name}: is not a TopSpin experiment (acqus and pdata are missing); give its folder")
    acquisition = parameters(folder / "acqus")
    raws: list[Raw] = []
    numbers = sorted((p for p in (folder / "pdata").glob("*") if (p / "procs").is_file()), key=lambda p: p.name)
    chosen = source.path if source.path.is_dir() else source.path.parent
    numbers = [p for p in numbers if p == chosen] or numbers
    for number in numbers:
        raws += _processed(source, folder, number, acquisition)
    if (folder / "fid").is_file() and chosen not in numbers:
        raws.append(fid(source, folder, acquisition, numbers))
    elif (folder / "ser").is_file() and not raws:
        raws.append(recovery(source, folder, acquisition, numbers))
    return tuple(raws)


def _processed(source: Source, folder: Path, number: Path, acquisition: Mapping[str, str]) -> list[Raw]:
    values = parameters(number / "procs")
    name = f"pdata/{number.name}"
    if (number / "2rr").is_file():
        return [_plane(source, folder, number, acquisition, name)]
    if not (number / "1r").is_file():
        return []
    size = int(number_of(values, "SI", source))
    real = _scaled(source, number / "1r", size, values)
    _look_at_extremes(source, number / "1r", real, values)
    _check_axis(source, values, acquisition)
    return [
        Raw(
            name,
            _shift(source, values, size),
            real,
            unit="ppm",
            axis="chemical_shift",
            technique=technique_of(acquisition),
            imaginary=_scaled(source, number / "1i", size, values) if (number / "1i").is_file() else None,
            coords={**coordinates_of(acquisition, values, folder, number), **_processing(acquisition, values, size)},
            preferred=True,
        )
    ]


def _scaled(source: Source, path: Path, size: int, values: Mapping[str, str]) -> Array:
    kind, order = number_of(values, "DTYPP", source), number_of(values, "BYTORDP", source)
    stored = stored_numbers(source, path, size, kind=kind, order=order)
    width = 4 if kind == 0 else 8
    if path.stat().st_size != size * width:
        raise BadInput(
            f"{source.name}: {path.name} has {path.stat().st_size} bytes, but SI = {size}; "
            "it is truncated or damaged: copy or export it again"
        )
    return np.asarray(stored * 2.0 ** number_of(values, "NC_proc", source))


def _look_at_extremes(source: Source, path: Path, real: Array, values: Mapping[str, str]) -> None:
    """Note points far outside YMAX_p and YMIN_p, the extremes of the stored integers.

    TopSpin keeps both, nmrglue and others write a 1r anew and leave them: no reason to refuse.
    """
    high, low, exponent = (optional(values, name) for name in ("YMAX_p", "YMIN_p", "NC_proc"))
    if high is None or low is None or exponent is None or not high > low:
        return
    stored, span = real * 2.0**-exponent, high - low
    wrong = np.flatnonzero((stored > high + span) | (stored < low - span) | ~np.isfinite(stored))
    if wrong.size:
        text = (
            f"{path.name} holds {stored[wrong[0]]:g} at point {wrong[0] + 1}, far outside YMIN_p = "
            f"{low:g} to YMAX_p = {high:g}"
        )
        remedy = f"{AGAIN}; ignore this if a program other than TopSpin wrote the file"
        source.odd(Note("limits-contradicted", Severity.WARNING, text, remedy))


def _check_axis(source: Source, values: Mapping[str, str], acquisition: Mapping[str, str]) -> None:
    """A spectrum from point 0 begins half the width of its FID above the carrier; it is as wide, or a strip of it."""
    strip, first, size = (optional(values, key) for key in ("STSI", "STSR", "SI"))
    width, offset, reference = (optional(values, key) for key in ("SW_p", "OFFSET", "SF"))
    measured, carrier = optional(acquisition, "SW_h"), optional(acquisition, "SFO1")
    if (
        strip != size
        or first != 0
        or not (size and width and offset is not None and reference and measured and carrier)
    ):
        return
    whole = _is_whole(width, measured)
    transformed = np.log2(size * measured / width)  # points of the spectrum that a strip is of: a power of two
    strip_of_it = width < measured and abs(transformed - round(transformed)) < POWER_TOLERANCE
    begin = (carrier / reference - 1) * PPM + (width if whole else measured) / reference / 2
    if not (whole or strip_of_it) or abs(offset - begin) > WIDTH_TOLERANCE * width / reference:
        raise BadInput(
            f"{source.name}: procs says SW_p = {width:g} Hz from OFFSET = {offset:g} ppm, acqus SW_h = {measured:g} Hz "
            f"about SFO1 = {carrier:g} MHz, which begins at {begin:g} ppm; it is damaged: copy the folder again"
        )


def _is_whole(width: float, measured: float) -> bool:
    """True for a spectrum as wide as its FID: TopSpin may round the width."""
    return abs(width / measured - 1) <= WIDTH_TOLERANCE


def _shift(source: Source, values: Mapping[str, str], size: int) -> Array:
    """Chemical shift of every point: the first lies at OFFSET, SI points span SW_p / SF."""
    frequency = number_of(values, "SF", source)
    width = number_of(values, "SW_p", source)
    if not (frequency > 0 and width > 0):
        raise BadInput(f"{source.name}: has SF = {frequency:g} MHz and SW_p = {width:g} Hz; both must be above 0")
    return np.asarray(number_of(values, "OFFSET", source) - np.arange(size) * (width / frequency / size))


def _processing(acquisition: Mapping[str, str], values: Mapping[str, str], size: int) -> dict[str, Coordinate]:
    """What was done to the decay, where it is one that is understood: exponential broadening and zero filling.

    A digital filter ends within a few points, so that point 0 has half of its height; without it FCOR is its factor.
    """
    stated = {
        name: optional(values, name) for name in ("WDW", "LB", "ME_mod", "FT_mod", "PHC1", "FCOR", "STSI", "TDeff")
    }
    width, points = optional(acquisition, "SW_h"), optional(acquisition, "TD")
    plain = stated["WDW"] in (0, 1) and stated["ME_mod"] == 0 and stated["FT_mod"] == COMPLEX_FORWARD
    whole = stated["STSI"] in (None, 0, size) and abs(stated["PHC1"] or 0.0) < SMALL_PHASE
    if not (plain and whole and width and points) or not _is_whole(optional(values, "SW_p") or width, width):
        return {}
    used = min(points, stated["TDeff"] or points)
    delay = delay_of(acquisition) or 0.0
    broadening = (stated["LB"] or 0.0) / width if stated["WDW"] == 1 else 0.0
    weight = 0.5 if delay > 0 else stated["FCOR"] or 1.0
    kept = min(int(used / 2 - np.ceil(max(delay, 0.0))), size)
    if kept < 2 or broadening < 0:
        return {}
    return {PROCESSING: Decay(kept, size, broadening, weight=weight).text()}


def _plane(source: Source, folder: Path, number: Path, acquisition: Mapping[str, str], name: str) -> Raw:
    """A recovery stack, processed along F2 only: rows by the delays of vdlist."""
    lists = [path for path in (folder / "vdlist", number / "vdlist") if path.is_file()]
    if not lists:
        return unreadable(name, "it is a 2D spectrum without a list of delays (vdlist); read a 1D spectrum")
    delays = np.array([waiting_time(source, text) for text in decode(read_bytes(lists[0])).split()])
    values, second = parameters(number / "procs"), parameters(number / "proc2s")
    rows, size = int(number_of(second, "SI", source)), int(number_of(values, "SI", source))
    data = _scaled(source, number / "2rr", rows * size, values)
    tile_rows, tile = int(optional(second, "XDIM") or rows), int(optional(values, "XDIM") or size)
    if tile_rows <= 0 or tile <= 0 or rows % tile_rows or size % tile:
        raise BadInput(
            f"{source.name}: has tiles of {tile_rows} x {tile} in {rows} x {size} points; it is damaged: "
            "copy or export it again"
        )
    grid = data.reshape(rows // tile_rows, size // tile, tile_rows, tile).swapaxes(1, 2).reshape(rows, size)
    if delays.size > rows:
        raise BadInput(f"{source.name}: has {delays.size} delays for {rows} rows; process it again with more rows")
    return Raw(
        name,
        _shift(source, values, size),
        grid[: delays.size],
        unit="ppm",
        axis="chemical_shift",
        technique=technique_of(acquisition),
        stack=(StackAxis("delay", delays, "s"),),
        coords=coordinates_of(acquisition, values, folder, number),
        preferred=True,
    )


READERS = (
    Reader(
        "bruker",
        "Bruker TopSpin folder",
        (),
        sniff,
        parse,
        gives=(
            "processed 1D (with the processing of its decay), recovery stack with vdlist, processed (2rr) or raw "
            "(ser, decays to `transform_stack`); FID with its group delay removed, from the published table if acqus "
            "does not state it"
        ),
        held_to="four measured folders, nmrglue",
    ),
)
