"""The folder of a TopSpin experiment: parameters, numbers of data files, and what they say of the measurement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.files import decode, read_bytes
from spectra import spectrum
from spectra.readers.formats.group_delays import group_delay
from spectra.readers.raw import Array, Source
from spectra.spectrum import Coordinate

PPM = 1e6
WIDTH_TOLERANCE = 0.01
_PARAMETER = re.compile(r"^##\$(\w+)=\s*(.*?)\s*(?=^##|^\$\$|\Z)", re.MULTILINE | re.DOTALL)
_DELAY_UNITS = {"": 1.0, "s": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_INSIDE = ("1r", "1i", "2rr", "fid", "ser", "acqus", "procs", "acqu", "proc")
LAST_EXPERIMENT = 10**9


def experiment(path: Path) -> Path | None:
    """The experiment's folder of a path in it or of the folder itself; None where it is none."""
    folder = path if path.is_dir() else path.parent if path.name in _INSIDE else None
    for candidate in () if folder is None else (folder, folder.parent, folder.parent.parent):
        if (candidate / "acqus").is_file() and any((candidate / name).exists() for name in ("pdata", "fid", "ser")):
            return candidate
    return None


def experiments_inside(path: Path) -> list[Path]:
    """Experiments of a data set's folder, or of data sets in a folder, in the order of their numbers."""
    if not path.is_dir():
        return []
    folders = {acqus.parent for pattern in ("*/acqus", "*/*/acqus") for acqus in path.glob(pattern)}
    return sorted(
        folders, key=lambda p: (str(p.parent), int(p.name) if p.name.isdecimal() else LAST_EXPERIMENT, p.name)
    )


def parameters(path: Path) -> dict[str, str]:
    """Parameters of acqus or procs: texts without their angle brackets, lists without their range."""
    text = decode(read_bytes(path))
    if "##END=" not in text:
        raise BadInput(f"{path.parent.name}/{path.name}: has no ##END=; it is truncated: copy the folder again")
    values: dict[str, str] = {}
    for match in _PARAMETER.finditer(text):
        value = re.sub(r"^\(\d+\.\.\d+\)\s*", "", match[2])
        values[match[1]] = value.strip().strip("<>")
    return values


def number_of(values: Mapping[str, str], name: str, source: Source) -> float:
    """A parameter that the reading cannot do without."""
    text = values.get(name, "")
    try:
        return float(text)
    except ValueError as error:
        raise BadInput(
            f"{source.name}: the parameter {name} is {text[:30]!r}, not a number; copy the folder again"
        ) from error


def optional(values: Mapping[str, str], name: str) -> float | None:
    """A parameter where it is there and a number."""
    try:
        return float(values[name])
    except (KeyError, ValueError):
        return None


def stored_numbers(source: Source, path: Path, points: int, *, kind: float, order: float) -> Array:
    """Numbers of a data file: int32 or float64, little or big endian; its size must hold ``points``."""
    dtype = np.dtype({0: "i4", 2: "f8"}.get(int(kind), "i4")).newbyteorder("<" if order == 0 else ">")
    if kind not in (0, 2) or order not in (0, 1):
        raise BadInput(
            f"{source.name}: has data of type {kind:g} in byte order {order:g}, which is not known; "
            "copy the folder again"
        )
    content = read_bytes(path)
    if points <= 0 or len(content) < points * dtype.itemsize:
        raise BadInput(
            f"{source.name}: {path.name} has {len(content)} bytes, its parameters say {points} points of "
            f"{dtype.itemsize} bytes; it is truncated or damaged: copy the folder again"
        )
    return np.frombuffer(content, dtype, points).astype(np.float64)


def technique_of(acquisition: Mapping[str, str]) -> str:
    """The technique: of the nucleus that was observed."""
    nucleus = acquisition.get("NUC1", "") or acquisition.get("NUCLEUS", "")
    return f"{spectrum.nucleus(nucleus)} NMR" if nucleus and nucleus != "off" else "NMR"


def coordinates_of(
    acquisition: Mapping[str, str], processing: Mapping[str, str], folder: Path, number: Path | None
) -> dict[str, Coordinate]:
    """What the parameters and the title say of the measurement."""
    coords: dict[str, Coordinate] = {}
    frequency = optional(processing, "SF") or optional(acquisition, "BF1")
    if frequency:
        coords["larmor_frequency"] = frequency
    for name, key in (("spinning_rate", "MASR"), ("temperature", "TE"), ("scans", "NS")):
        value = optional(acquisition, key)
        if value is not None and value > 0:
            coords[name] = value
    delays = acquisition.get("D", "").split()
    if len(delays) > 1 and (delay := optional({"D1": delays[1]}, "D1")):
        coords["recycle_delay"] = delay
    title = (number / "title") if number is not None else folder / "title"
    if title.is_file():
        lines = decode(title.read_bytes() or b" ").strip().split("\n")
        if lines[0].strip():
            coords["sample"] = lines[0].strip()
    return coords


def delay_of(acquisition: Mapping[str, str]) -> float | None:
    """Points of group delay, as stated or by the public table; None where nothing says them."""
    return group_delay({name: optional(acquisition, name) for name in ("GRPDLY", "DSPFVS", "DECIM", "DIGMOD")})


def waiting_time(source: Source, text: str) -> float:
    """Seconds of an entry of vdlist, such as 10m."""
    match = re.fullmatch(r"([0-9.eE+-]+?)([smun]?)", text)
    try:
        return float(match[1]) * _DELAY_UNITS[match[2]] if match else float(text)
    except ValueError as error:
        raise BadInput(f"{source.name}: the delay {text[:20]!r} in vdlist is not a number; write seconds") from error
