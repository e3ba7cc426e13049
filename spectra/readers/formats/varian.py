"""Varian and Agilent VnmrJ: the folder of ``fid`` and ``procpar``, one decay or one a value of an array.

VNMR stores the mirror image of a decay; the complex conjugate has positive frequencies at high shifts, as everywhere
else here. The middle of the spectrum lies ``sw / 2 - rfl + rfp`` Hz from 0 ppm: the reference line is at ``rfl`` from
its right end and has ``rfp`` Hz.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.files import decode, read_bytes
from spectra import spectrum
from spectra.readers.raw import Array, Raw, Reader, Source, StackAxis, intact, look_at_rest, need, unreadable
from spectra.spectrum import Coordinate

HEADER_BYTES, BLOCK_HEADER_BYTES = 32, 28
SPECTRUM, INT32, FLOAT32 = 0x2, 0x4, 0x8
KELVIN = 273.15
DELAYS = ("d2", "tau", "d1", "bigtau")
"""Arrays of delays in s: those of an inversion or saturation recovery (d2) and of others."""
_LINE = re.compile(r"^([A-Za-z_]\w*) \d+ (\d+) ")
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class FidHeader:
    """Fixed fields at the beginning of ``fid``."""

    blocks: int
    traces: int
    points: int
    point_bytes: int
    status: int
    block_headers: int

    @property
    def block_bytes(self) -> int:
        """Bytes of a block with its headers."""
        return self.block_headers * BLOCK_HEADER_BYTES + self.traces * self.points * self.point_bytes


def _folder(path: Path) -> Path | None:
    folder = path if path.is_dir() else path.parent
    inside = path.is_dir() or path.name in ("fid", "procpar")
    return folder if inside and (folder / "fid").is_file() and (folder / "procpar").is_file() else None


def sniff(source: Source) -> float:
    """Both files in one folder."""
    return 0.9 if _folder(source.path) is not None else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The decay, or the stack of decays of an array.

    Raises
    ------
    BadInput
        If sizes in the header do not fit the file, or procpar lacks what the axis needs.
    """
    folder = _folder(source.path)
    assert folder is not None
    stated = parameters(decode(read_bytes(folder / "procpar")))
    decays = _decays(source, read_bytes(folder / "fid"))
    width = _number(source, stated, "sw")
    need(width > 0, source, f"has sw = {width:g} Hz in procpar; it must be above 0")
    x = np.arange(decays.shape[1]) / width
    isotope = spectrum.nucleus(stated.get("tn", [""])[0])
    technique = f"{isotope} NMR" if isotope else "NMR"
    if increments := _second_dimension(stated, len(decays)):
        return (unreadable("fid", f"it is a raw 2D data set (ni = {increments}); process it before reading"),)
    coords = _coordinates(source, stated, width)
    alone = len(decays) == 1
    stack = () if alone else (_array(stated, len(decays)),)
    values = decays[0] if alone else decays
    return (Raw("fid", x, values, coords=coords, stack=stack, unit="s", axis="time", technique=technique),)


def _decays(source: Source, content: bytes) -> Array:
    """Complex points, a row a trace."""
    intact(len(content) >= HEADER_BYTES, source, f"fid has {len(content)} bytes, but its header alone has 32")
    blocks, traces, points, size, _, block, _, status, headers = struct.unpack_from(">6i2hi", content, 0)
    header = FidHeader(blocks, traces, points, size, status, headers)
    need(not status & SPECTRUM, source, "fid contains a spectrum, not a decay; give the folder of the decay")
    fits = min(blocks, traces, headers) > 0 and points > 1 and size in (2, 4) and block == header.block_bytes
    need(fits, source, f"says {blocks} blocks of {traces} x {points} points of {size} bytes; the header is damaged")
    whole = HEADER_BYTES + blocks * block
    intact(len(content) >= whole, source, f"fid has {len(content)} bytes, its header says {whole}")
    look_at_rest(source, len(content) - whole, "after the last decay")
    kind = ">f4" if status & FLOAT32 else ">i4" if status & INT32 else ">i2"
    rows = [
        np.frombuffer(content, kind, traces * points, HEADER_BYTES + (index + 1) * block - traces * points * size)
        for index in range(blocks)
    ]
    stored = np.concatenate(rows).astype(np.float64).reshape(blocks * traces, points)
    return np.asarray(stored[:, 0 : points - points % 2 : 2] - 1j * stored[:, 1::2])


def parameters(text: str) -> dict[str, list[str]]:
    r"""Values of every parameter of a procpar, as text.

    Examples
    --------
    >>> parameters('sw 1 1 5e5 100 -1 2 1 11 1 64\n1 20000 \n0 \ntn 2 2 8 0 0 2 1 9 1 64\n1 "P31"\n0 \n')
    {'sw': ['20000'], 'tn': ['P31']}
    """
    values: dict[str, list[str]] = {}
    lines = text.split("\n")
    for number, line in enumerate(lines[:-1]):
        if match := _LINE.match(line):
            count, _, rest = lines[number + 1].strip().partition(" ")
            strings = match[2] == "2" and count.isdigit()
            following = "\n".join([rest, *lines[number + 2 : number + 1 + int(count)]]) if strings else rest
            values.setdefault(match[1], _QUOTED.findall(following) if strings else rest.split())
    return values


def _optional(stated: Mapping[str, list[str]], name: str) -> float | None:
    try:
        return float(stated[name][0])
    except (KeyError, IndexError, ValueError):
        return None


def _number(source: Source, stated: Mapping[str, list[str]], name: str) -> float:
    value = _optional(stated, name)
    if value is None:
        raise BadInput(f"{source.name}: procpar has no number {name}; copy the folder again")
    return value


def _coordinates(source: Source, stated: Mapping[str, list[str]], width: float) -> dict[str, Coordinate]:
    reference = _optional(stated, "reffrq") or _number(source, stated, "sfrq")
    coords: dict[str, Coordinate] = {"larmor_frequency": reference}
    right, place = _optional(stated, "rfl"), _optional(stated, "rfp")
    if right is not None and place is not None:
        coords["carrier"] = (width / 2 - right + place) / reference
    for name, key in (("spinning_rate", "srate"), ("scans", "nt"), ("recycle_delay", "d1")):
        if len(stated.get(key, ())) == 1 and (value := _optional(stated, key)) is not None and value > 0:
            coords[name] = value
    celsius = _optional(stated, "temp")
    if celsius is not None and stated.get("tin", [""])[0] == "y":
        coords["temperature"] = celsius + KELVIN
    return coords


def _second_dimension(stated: Mapping[str, list[str]], rows: int) -> int:
    """Increments of the second dimension where they make the decays, and not an array; 0 where there is none."""
    increments = int(_optional(stated, "ni") or 0)
    arrayed = math.prod(len(stated.get(name, [""])) for name in _arrays(stated))
    return increments if increments > 1 and rows % increments == 0 and arrayed <= rows // increments else 0


def _arrays(stated: Mapping[str, list[str]]) -> list[str]:
    """Names of the parameters that are arrayed."""
    return (stated.get("array") or [""])[0].strip("()").split(",")


def _array(stated: Mapping[str, list[str]], rows: int) -> StackAxis:
    """The further axis: the delays of an array of one, else the numbers of the decays."""
    names = _arrays(stated)
    values = stated.get(names[0], []) if len(names) == 1 else []
    if names[0] in DELAYS and len(values) == rows:
        return StackAxis("delay", np.array([float(value) for value in values]), "s")
    return StackAxis("pixel", np.arange(rows))


READERS = (
    Reader(
        "varian",
        "Varian / Agilent VnmrJ folder",
        (),
        sniff,
        parse,
        gives=(
            "1D decay, or a stack over the delays (d2, tau, d1) or numbers of an array; middle of the spectrum by "
            "rfl and rfp"
        ),
        held_to="hand-made files in the layout of VnmrJ; nmrglue reads the same points",
    ),
)
