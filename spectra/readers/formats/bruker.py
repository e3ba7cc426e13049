"""Bruker TopSpin folders: processed spectra (1r, 1i), recovery stacks (2rr) and free induction decays (fid)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.files import decode, read_bytes
from shortrange_core.notes import Note, Severity
from spectra import spectrum
from spectra.noise import PROCESSING, Decay
from spectra.readers.formats.group_delays import group_delay
from spectra.readers.raw import AGAIN, Array, Raw, Reader, Source, StackAxis, look_at_size, unreadable
from spectra.spectrum import Coordinate

PPM = 1e6
_PARAMETER = re.compile(r"^##\$(\w+)=\s*(.*?)\s*(?=^##|^\$\$|\Z)", re.MULTILINE | re.DOTALL)
_DELAY_UNITS = {"": 1.0, "s": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_INSIDE = ("1r", "1i", "2rr", "fid", "ser", "acqus", "procs", "acqu", "proc")
NAMES_SHOWN = 20
LAST_EXPERIMENT = 10**9
FIRMWARE_WITH_DELAY = 20  # DSPFVS from which acqus states GRPDLY itself
WIDTH_TOLERANCE = 0.01
COMPLEX_FORWARD = 6  # FT_mod fqc
SMALL_PHASE = 30.0
"""First-order phase in degrees up to which the first point of the decay stays where it is by far less than a point."""
PLAIN_ROWS = (0, 1)  # FnMODE undefined and QF: every row is a decay of its own
BLOCK_BYTES = 1024  # rows of a ser file fill whole blocks
COMPLEX_MODES = (1, 3)  # AQ_mod qsim and DQD: pairs of real and imaginary points


def _experiment(path: Path) -> Path | None:
    """The experiment's folder of a path in it or of the folder itself; None where it is none."""
    folder = path if path.is_dir() else path.parent if path.name in _INSIDE else None
    for candidate in () if folder is None else (folder, folder.parent, folder.parent.parent):
        if (candidate / "acqus").is_file() and any((candidate / name).exists() for name in ("pdata", "fid", "ser")):
            return candidate
    return None


def sniff(source: Source) -> float:
    """A folder with acqus and pdata or fid, or a file inside one."""
    if _experiment(source.path) is not None:
        return 0.98
    return 0.5 if _experiments_inside(source.path) else 0.0


def _experiments_inside(path: Path) -> list[Path]:
    """Experiments of a data set's folder, or of data sets in a folder, in the order of their numbers."""
    if not path.is_dir():
        return []
    found = {acqus.parent for pattern in ("*/acqus", "*/*/acqus") for acqus in path.glob(pattern)}
    return sorted(found, key=lambda p: (str(p.parent), int(p.name) if p.name.isdecimal() else LAST_EXPERIMENT, p.name))


def parse(source: Source) -> tuple[Raw, ...]:
    """Processed data of every number under pdata, and the FID.

    Raises
    ------
    BadInput
        If a parameter is missing or the size of a data file contradicts it.
    """
    folder = _experiment(source.path)
    inside = [] if folder is not None else _experiments_inside(source.path)
    if inside:
        names = [p.relative_to(source.path).as_posix() for p in inside]
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        raise BadInput(
            f"{source.name}: holds the experiments {', '.join(names[:NAMES_SHOWN])}{more}; give "
            f"one of the folders, such as {source.name}/{names[0]}"
        )
    if folder is None:
        raise BadInput(f"{source.name}: is no TopSpin experiment (acqus and pdata are missing); give its folder")
    acquisition = parameters(folder / "acqus")
    found: list[Raw] = []
    numbers = sorted((p for p in (folder / "pdata").glob("*") if (p / "procs").is_file()), key=lambda p: p.name)
    chosen = source.path if source.path.is_dir() else source.path.parent
    numbers = [p for p in numbers if p == chosen] or numbers
    for number in numbers:
        found += _processed(source, folder, number, acquisition)
    if (folder / "fid").is_file() and chosen not in numbers:
        found.append(_fid(source, folder, acquisition, numbers))
    elif (folder / "ser").is_file() and not found:
        found.append(_recovery(source, folder, acquisition, numbers))
    return tuple(found)


def parameters(path: Path) -> dict[str, str]:
    """Parameters of acqus or procs: texts without their angle brackets, lists without their range."""
    text = decode(read_bytes(path))
    if "##END=" not in text:
        raise BadInput(f"{path.parent.name}/{path.name}: has no ##END=; it is cut: copy the folder again")
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(text):
        value = re.sub(r"^\(\d+\.\.\d+\)\s*", "", match[2])
        found[match[1]] = value.strip().strip("<>")
    return found


def _number(values: Mapping[str, str], name: str, source: Source) -> float:
    text = values.get(name, "")
    try:
        return float(text)
    except ValueError as error:
        raise BadInput(
            f"{source.name}: the parameter {name} is {text[:30]!r}, no number; copy the folder again"
        ) from error


def _optional(values: Mapping[str, str], name: str) -> float | None:
    try:
        return float(values[name])
    except (KeyError, ValueError):
        return None


def _stored(source: Source, path: Path, points: int, *, kind: float, order: float) -> Array:
    """Numbers of a data file: int32 or float64, little or big endian; its size must hold ``points``."""
    dtype = np.dtype({0: "i4", 2: "f8"}.get(int(kind), "i4")).newbyteorder("<" if order == 0 else ">")
    if kind not in (0, 2) or order not in (0, 1):
        raise BadInput(f"{source.name}: has data of type {kind:g} in order {order:g}, unknown; copy the folder again")
    content = read_bytes(path)
    if points <= 0 or len(content) < points * dtype.itemsize:
        raise BadInput(
            f"{source.name}: {path.name} has {len(content)} bytes, its parameters say {points} points of "
            f"{dtype.itemsize} bytes; it is cut or damaged: copy the folder again"
        )
    return np.frombuffer(content, dtype, points).astype(np.float64)


def _processed(source: Source, folder: Path, number: Path, acquisition: Mapping[str, str]) -> list[Raw]:
    values = parameters(number / "procs")
    name = f"pdata/{number.name}"
    if (number / "2rr").is_file():
        return [_plane(source, folder, number, acquisition, name)]
    if not (number / "1r").is_file():
        return []
    size = int(_number(values, "SI", source))
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
            technique=_technique(acquisition),
            imaginary=_scaled(source, number / "1i", size, values) if (number / "1i").is_file() else None,
            coords={**_coordinates(acquisition, values, folder, number), **_processing(acquisition, values, size)},
            preferred=True,
        )
    ]


def _scaled(source: Source, path: Path, size: int, values: Mapping[str, str]) -> Array:
    kind, order = _number(values, "DTYPP", source), _number(values, "BYTORDP", source)
    stored = _stored(source, path, size, kind=kind, order=order)
    width = 4 if kind == 0 else 8
    if path.stat().st_size != size * width:
        raise BadInput(
            f"{source.name}: {path.name} has {path.stat().st_size} bytes, but SI = {size}; it is cut or damaged"
        )
    return np.asarray(stored * 2.0 ** _number(values, "NC_proc", source))


def _look_at_extremes(source: Source, path: Path, real: Array, values: Mapping[str, str]) -> None:
    """Note points far outside YMAX_p and YMIN_p, the extremes of the stored integers.

    TopSpin keeps both, nmrglue and others write a 1r anew and leave them: no reason to refuse.
    """
    high, low, exponent = (_optional(values, name) for name in ("YMAX_p", "YMIN_p", "NC_proc"))
    if high is None or low is None or exponent is None or not high > low:
        return
    stored, span = real * 2.0**-exponent, high - low
    wrong = np.flatnonzero((stored > high + span) | (stored < low - span) | ~np.isfinite(stored))
    if wrong.size:
        text = (
            f"{source.name}: {path.name} holds {stored[wrong[0]]:g} at point {wrong[0] + 1}, far outside YMIN_p = "
            f"{low:g} to YMAX_p = {high:g}"
        )
        remedy = f"{AGAIN}; nothing is wrong where another program than TopSpin wrote it"
        source.odd(Note("limits-contradicted", Severity.WARNING, text, remedy))


def _check_axis(source: Source, values: Mapping[str, str], acquisition: Mapping[str, str]) -> None:
    """A whole spectrum is as wide as its FID and has the carrier in its middle; a strip of one may not."""
    strip, first, size = (_optional(values, key) for key in ("STSI", "STSR", "SI"))
    width, offset, reference = (_optional(values, key) for key in ("SW_p", "OFFSET", "SF"))
    measured, carrier = _optional(acquisition, "SW_h"), _optional(acquisition, "SFO1")
    if strip != size or first != 0 or not (width and offset is not None and reference and measured and carrier):
        return
    middle = (carrier / reference - 1) * PPM + width / reference / 2
    if abs(width / measured - 1) > WIDTH_TOLERANCE or abs(offset - middle) > WIDTH_TOLERANCE * width / reference:
        raise BadInput(
            f"{source.name}: procs says SW_p = {width:g} Hz from OFFSET = {offset:g} ppm, acqus SW_h = {measured:g} Hz "
            f"about SFO1 = {carrier:g} MHz, which begins at {middle:g} ppm; it is damaged: copy the folder again"
        )


def _shift(source: Source, values: Mapping[str, str], size: int) -> Array:
    """Chemical shift of every point: the first lies at OFFSET, SI points span SW_p / SF."""
    frequency = _number(values, "SF", source)
    width = _number(values, "SW_p", source)
    if not (frequency > 0 and width > 0):
        raise BadInput(f"{source.name}: has SF = {frequency:g} MHz and SW_p = {width:g} Hz; both must be above 0")
    return np.asarray(_number(values, "OFFSET", source) - np.arange(size) * (width / frequency / size))


def _technique(acquisition: Mapping[str, str]) -> str:
    nucleus = acquisition.get("NUC1", "") or acquisition.get("NUCLEUS", "")
    return f"{spectrum.nucleus(nucleus)} NMR" if nucleus and nucleus != "off" else "NMR"


def _processing(acquisition: Mapping[str, str], values: Mapping[str, str], size: int) -> dict[str, Coordinate]:
    """What was done to the decay, where it is one that is understood: exponential broadening and zero filling.

    A digital filter ends within a few points, so that point 0 has half of its height; without it FCOR is its factor.
    """
    said = {
        name: _optional(values, name) for name in ("WDW", "LB", "ME_mod", "FT_mod", "PHC1", "FCOR", "STSI", "TDeff")
    }
    width, points = _optional(acquisition, "SW_h"), _optional(acquisition, "TD")
    plain = said["WDW"] in (0, 1) and said["ME_mod"] == 0 and said["FT_mod"] == COMPLEX_FORWARD
    whole = said["STSI"] in (None, 0, size) and abs(said["PHC1"] or 0.0) < SMALL_PHASE
    if not (plain and whole and width and points):
        return {}
    used = min(points, said["TDeff"] or points)
    delay = _group_delay(acquisition) or 0.0
    broadening = (said["LB"] or 0.0) / width if said["WDW"] == 1 else 0.0
    weight = 0.5 if delay > 0 else said["FCOR"] or 1.0
    kept = min(int(used / 2 - np.ceil(max(delay, 0.0))), size)
    if kept < 2 or broadening < 0:
        return {}
    return {PROCESSING: Decay(kept, size, broadening, weight=weight).text()}


def _coordinates(
    acquisition: Mapping[str, str], processing: Mapping[str, str], folder: Path, number: Path | None
) -> dict[str, Coordinate]:
    found: dict[str, Coordinate] = {}
    frequency = _optional(processing, "SF") or _optional(acquisition, "BF1")
    if frequency:
        found["larmor_frequency"] = frequency
    for name, key in (("spinning_rate", "MASR"), ("temperature", "TE"), ("scans", "NS")):
        value = _optional(acquisition, key)
        if value is not None and value > 0:
            found[name] = value
    delays = acquisition.get("D", "").split()
    if len(delays) > 1 and (delay := _optional({"D1": delays[1]}, "D1")):
        found["recycle_delay"] = delay
    title = (number / "title") if number is not None else folder / "title"
    if title.is_file():
        lines = decode(title.read_bytes() or b" ").strip().split("\n")
        if lines[0].strip():
            found["sample"] = lines[0].strip()
    return found


def decay(source: Source) -> tuple[Array, float]:
    """Complex points of a FID as they are stored, and the points of delay that the digital filter put before them.

    Raises
    ------
    BadInput
        If there is no FID, a parameter is missing, or the size of the file contradicts it.
    """
    folder = _experiment(source.path)
    if folder is None:
        raise BadInput(f"{source.name}: is no TopSpin experiment (acqus and pdata are missing); give its folder")
    return _decay(source, folder, parameters(folder / "acqus"))


def _decay(source: Source, folder: Path, acquisition: Mapping[str, str]) -> tuple[Array, float]:
    points = int(_number(acquisition, "TD", source))
    kind, order = _number(acquisition, "DTYPA", source), _number(acquisition, "BYTORDA", source)
    stored = _stored(source, folder / "fid", points - points % 2, kind=kind, order=order)
    stored = stored * 2.0 ** _number(acquisition, "NC", source)
    look_at_size(source, "fid", stored)
    return stored[0::2] + 1j * stored[1::2], _delay_taken(source, acquisition)


def _group_delay(acquisition: Mapping[str, str]) -> float | None:
    return group_delay({name: _optional(acquisition, name) for name in ("GRPDLY", "DSPFVS", "DECIM", "DIGMOD")})


def _delay_taken(source: Source, acquisition: Mapping[str, str]) -> float:
    """Points of group delay to take out; a note where nothing says how many they are.

    Raises
    ------
    BadInput
        If the firmware is one that states it, and it is not there.
    """
    firmware, decimation = _optional(acquisition, "DSPFVS"), _optional(acquisition, "DECIM")
    if (firmware or 0) >= FIRMWARE_WITH_DELAY and _optional(acquisition, "GRPDLY") is None:
        raise BadInput(
            f"{source.name}: acqus says DSPFVS = {acquisition['DSPFVS']}, but no GRPDLY; copy the folder again"
        )
    delay = _group_delay(acquisition)
    if delay is None:
        text = f"{source.name}: the group delay is not known (DSPFVS = {firmware:g}, DECIM = {decimation}); it stays in"
        remedy = "transform the decay in TopSpin, or take it out by a first-order phase"
        source.odd(Note("group-delay-unknown", Severity.WARNING, text, remedy))
    return delay or 0.0


def _check_width(source: Source, acquisition: Mapping[str, str]) -> None:
    """The width stands in Hz and in ppm, the carrier as a sum: they must agree."""
    width, ppm, carrier, base, offset = (_optional(acquisition, key) for key in ("SW_h", "SW", "SFO1", "BF1", "O1"))
    if ppm and carrier and width and abs(ppm * carrier / width - 1) > WIDTH_TOLERANCE:
        raise BadInput(
            f"{source.name}: has SW_h = {width:g} Hz, but SW = {ppm:g} ppm at SFO1 = {carrier:g} MHz; acqus is "
            "damaged: copy the folder again"
        )
    if base and carrier and offset is not None and abs(base + offset / PPM - carrier) > WIDTH_TOLERANCE * base:
        raise BadInput(
            f"{source.name}: has SFO1 = {carrier:g} MHz, but BF1 = {base:g} MHz and O1 = {offset:g} Hz; acqus is "
            "damaged: copy the folder again"
        )


def _recovery(source: Source, folder: Path, acquisition: Mapping[str, str], numbers: list[Path]) -> Raw:
    """Decays of a raw recovery stack, a row a delay of vdlist; each row of the file fills whole blocks."""
    second = parameters(folder / "acqu2s") if (folder / "acqu2s").is_file() else {}
    plain = (_optional(second, "FnMODE") or 0) in PLAIN_ROWS and _optional(acquisition, "AQ_mod") in COMPLEX_MODES
    if not ((folder / "vdlist").is_file() and plain):
        return unreadable("ser", "it is a raw 2D data set without a list of delays; process it (xf2) before reading")
    delays = np.array([_delay(source, text) for text in decode(read_bytes(folder / "vdlist")).split()])
    kind, order = _number(acquisition, "DTYPA", source), _number(acquisition, "BYTORDA", source)
    points, rows = int(_number(acquisition, "TD", source)), int(_number(second, "TD", source))
    width = BLOCK_BYTES // (4 if kind == 0 else 8)
    row = -(-points // width) * width
    measured = min(rows, delays.size)
    table = _stored(source, folder / "ser", row * measured, kind=kind, order=order).reshape(measured, row)[:, :points]
    scaled = table * 2.0 ** _number(acquisition, "NC", source)
    delay = _delay_taken(source, acquisition)
    taken = [without_group_delay(line[0::2] + 1j * line[1::2], delay) for line in scaled]
    frame = _time_axis(source, folder, acquisition, numbers)
    signals = np.stack([signal for signal, _ in taken])
    return replace(
        frame,
        name="ser",
        x=np.arange(signals.shape[1]) / _number(acquisition, "SW_h", source),
        y=signals,
        stack=(StackAxis("delay", delays[:measured], "s"),),
        history=taken[0][1],
    )


def _fid(source: Source, folder: Path, acquisition: Mapping[str, str], numbers: list[Path]) -> Raw:
    mode = _optional(acquisition, "AQ_mod")
    if mode not in COMPLEX_MODES:
        return unreadable("fid", f"it was acquired with AQ_mod = {mode}, not as complex points; process it in TopSpin")
    stored, delay = _decay(source, folder, acquisition)
    frame = _time_axis(source, folder, acquisition, numbers)
    signal, history = without_group_delay(stored, delay)
    x = np.arange(signal.size) / _number(acquisition, "SW_h", source)
    return replace(frame, name="fid", x=x, y=signal, history=history)


def _time_axis(source: Source, folder: Path, acquisition: Mapping[str, str], numbers: list[Path]) -> Raw:
    """What decays of an experiment share: technique, carrier and settings; without points."""
    width = _number(acquisition, "SW_h", source)
    if not width > 0:
        raise BadInput(f"{source.name}: has SW_h = {width:g} Hz; it must be above 0")
    _check_width(source, acquisition)
    processing = parameters(numbers[0] / "procs") if numbers else {}
    coords = _coordinates(acquisition, processing, folder, numbers[0] if numbers else None)
    carrier = _optional(acquisition, "SFO1")
    reference = coords.get("larmor_frequency")
    if carrier is not None and isinstance(reference, float):
        coords["carrier"] = (carrier - reference) / reference * PPM
    empty = np.zeros(0)
    return Raw("", empty, empty, unit="s", axis="time", technique=_technique(acquisition), coords=coords)


def without_group_delay(signal: Array, delay: float) -> tuple[Array, tuple[str, ...]]:
    """Decay without the ``delay`` points that a digital filter puts before it, and what was done.

    A shift by a fraction of a point is a phase ramp in the frequency domain; what wraps around to the end is cut off.
    """
    if not 0 < delay < signal.size - 1:
        return signal, ()
    ramp = np.exp(2j * np.pi * np.fft.fftfreq(signal.size) * delay)
    shifted = np.fft.ifft(np.fft.fft(signal) * ramp)
    kept = signal.size - int(np.ceil(delay))
    return shifted[:kept], (f"group delay of {delay:g} points taken out",)


def _plane(source: Source, folder: Path, number: Path, acquisition: Mapping[str, str], name: str) -> Raw:
    """A recovery stack, processed along F2 only: rows by the delays of vdlist."""
    lists = [path for path in (folder / "vdlist", number / "vdlist") if path.is_file()]
    if not lists:
        return unreadable(name, "it is a 2D spectrum without a list of delays (vdlist); read a 1D spectrum")
    delays = np.array([_delay(source, text) for text in decode(read_bytes(lists[0])).split()])
    values, second = parameters(number / "procs"), parameters(number / "proc2s")
    rows, size = int(_number(second, "SI", source)), int(_number(values, "SI", source))
    data = _scaled(source, number / "2rr", rows * size, values)
    tile_rows, tile = int(_optional(second, "XDIM") or rows), int(_optional(values, "XDIM") or size)
    if tile_rows <= 0 or tile <= 0 or rows % tile_rows or size % tile:
        raise BadInput(f"{source.name}: has tiles of {tile_rows} x {tile} in {rows} x {size} points; it is damaged")
    grid = data.reshape(rows // tile_rows, size // tile, tile_rows, tile).swapaxes(1, 2).reshape(rows, size)
    if delays.size > rows:
        raise BadInput(f"{source.name}: has {delays.size} delays for {rows} rows; process it again with more rows")
    return Raw(
        name,
        _shift(source, values, size),
        grid[: delays.size],
        unit="ppm",
        axis="chemical_shift",
        technique=_technique(acquisition),
        stack=(StackAxis("delay", delays, "s"),),
        coords=_coordinates(acquisition, values, folder, number),
        preferred=True,
    )


def _delay(source: Source, text: str) -> float:
    match = re.fullmatch(r"([0-9.eE+-]+?)([smun]?)", text)
    try:
        return float(match[1]) * _DELAY_UNITS[match[2]] if match else float(text)
    except ValueError as error:
        raise BadInput(f"{source.name}: the delay {text[:20]!r} in vdlist is no number; write seconds") from error


READERS = (
    Reader(
        "bruker",
        "Bruker TopSpin folder",
        (),
        sniff,
        parse,
        gives=(
            "processed 1D (with what was done to its decay), recovery stack with vdlist, processed (2rr) or raw "
            "(ser, decays to `transform_stack`); FID without its group delay, by the public table where acqus "
            "does not state it"
        ),
        held_to="four measured folders, nmrglue",
    ),
)
