"""JEOL Delta files (.jdf): one-dimensional decays and spectra, with the delay of the digital filter taken out."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.formats.group_delays import without_group_delay
from spectra.readers.raw import Array, Raw, Reader, Source, intact, look_at_size, need
from spectra.spectrum import Coordinate

MAGIC = (b"JEOL.NMR", b"RMN.LOEJ")
HEADER_BYTES = 1360
PARAMETER_BYTES = 64
MOST_PARAMETERS = 20_000
REAL, COMPLEX = 1, 3
PPM_UNIT, SECOND_UNIT, HERTZ_UNIT = 26, 28, 13
HZ_PER_MHZ = 1e6
SWEEP_TOLERANCE = 0.01


@dataclass(frozen=True, eq=False, slots=True)
class JeolHeader:
    """What the fixed header says of the first dimension and of the places of parameters and data."""

    order: Literal["<", ">"]
    dimensions: int
    width: int
    kind: int
    unit: int
    points: int
    first: int
    last: int
    start: float
    stop: float
    parameters: int
    data: int
    title: str


def sniff(source: Source) -> float:
    """The first eight bytes."""
    return 1.0 if source.head.startswith(MAGIC) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The decay or spectrum of a file.

    Raises
    ------
    BadInput
        If it is not one-dimensional, or sizes in its header do not fit the file.
    """
    header = _header(source)
    need(header.dimensions == 1, source, f"has {header.dimensions} dimensions; one is read: export a slice")
    need(header.kind in (REAL, COMPLEX), source, f"has data of the axis type {header.kind}; real and complex are read")
    values = _parameters(source, header)
    signal = _signal(source, header)
    look_at_size(source, "fid", signal)
    domain = str(values.get("x_domain", ""))
    technique = f"{spectrum.nucleus(domain)} NMR" if domain else "NMR"
    coords = _coordinates(values, header)
    if header.unit == SECOND_UNIT:
        _check_sweep(source, header, values)
        return (_decay(source, values, signal, (technique, coords)),)
    need(header.unit in (PPM_UNIT, HERTZ_UNIT), source, f"has an axis in the unit {header.unit}; ppm, Hz or s are read")
    x = np.linspace(header.start, header.stop, header.points)[header.first : header.last + 1]
    imaginary = signal.imag if header.kind == COMPLEX else None
    unit = "ppm" if header.unit == PPM_UNIT else "Hz"
    return (Raw("spectrum", x, signal.real, unit=unit, technique=technique, imaginary=imaginary, coords=coords),)


def decay(source: Source) -> tuple[Array, float]:
    """Complex points as they are stored, and the points of delay that the digital filter put before them."""
    header = _header(source)
    return _signal(source, header), filter_delay(_parameters(source, header))


def _check_sweep(source: Source, header: JeolHeader, values: dict[str, Any]) -> None:
    """The time axis stands in the header, and as the sweep among the parameters: they must agree."""
    width, span = values.get("x_sweep"), header.stop - header.start
    if isinstance(width, float) and width > 0 and span > 0:
        intact(
            abs(span * width / (header.points - 1) - 1) <= SWEEP_TOLERANCE,
            source,
            f"has {header.points} points in {span:g} s, but a sweep of {width:g} Hz",
        )


def _header(source: Source) -> JeolHeader:
    content = source.content
    intact(len(content) >= HEADER_BYTES, source, f"has {len(content)} bytes, fewer than its header")
    points, *_ = struct.unpack_from(">8I", content, 176)
    (first,), (last,) = struct.unpack_from(">I", content, 208), struct.unpack_from(">I", content, 240)
    (start,), (stop,) = struct.unpack_from(">d", content, 272), struct.unpack_from(">d", content, 336)
    parameters, _ = struct.unpack_from(">II", content, 1212)
    (data,) = struct.unpack_from(">I", content, 1284)
    width = {0: 8, 1: 4}.get(content[14] >> 6, 0)
    header = JeolHeader(
        "<" if content[8] == 1 else ">",
        content[12],
        width,
        content[24],
        content[33],
        points,
        first,
        last,
        start,
        stop,
        parameters,
        data,
        content[48:172].split(b"\0")[0].decode("utf-8", errors="replace").strip(),
    )
    sections = 2 if header.kind == COMPLEX else 1
    fits = width > 0 and points > 1 and first <= last < points and data + points * width * sections <= len(content)
    intact(fits, source, f"says {points} points at byte {data}, which do not fit its {len(content)} bytes")
    return header


def _parameters(source: Source, header: JeolHeader) -> dict[str, Any]:
    content = source.content
    intact(header.parameters + 16 <= len(content), source, "its parameters lie outside the file")
    _, _, number, _ = struct.unpack_from(f"{header.order}4I", content, header.parameters)
    end = header.parameters + 16 + (number + 1) * PARAMETER_BYTES
    intact(number <= MOST_PARAMETERS and end <= len(content), source, f"says {number} parameters, which do not fit")
    values: dict[str, Any] = {}
    for index in range(number + 1):
        at = header.parameters + 16 + index * PARAMETER_BYTES
        (scaler,) = struct.unpack_from(f"{header.order}h", content, at + 4)
        (kind,) = struct.unpack_from(f"{header.order}i", content, at + 32)
        name = content[at + 36 : at + 64].decode("latin-1").strip(" \0").lower()
        if kind == 0:
            values[name] = content[at + 16 : at + 32].decode("latin-1").strip(" \0")
        elif kind in (1, 2):
            code, scale = ("i", 1.0) if kind == 1 else ("d", 1.0)
            (value,) = struct.unpack_from(f"{header.order}{code}", content, at + 16)
            values[name] = value * scale * 10.0**scaler if abs(scaler) < 30 else value
    return values


def _signal(source: Source, header: JeolHeader) -> Array:
    dtype = np.dtype(f"f{header.width}").newbyteorder(header.order)
    sections = 2 if header.kind == COMPLEX else 1
    values = np.frombuffer(source.content, dtype, header.points * sections, header.data).astype(np.float64)
    keep = slice(header.first, header.last + 1)
    if sections == 1:
        return np.asarray(values[keep] + 0j)
    real, imaginary = values.reshape(2, header.points)
    return np.asarray(real[keep] - 1j * imaginary[keep])


def _coordinates(values: dict[str, Any], header: JeolHeader) -> dict[str, Coordinate]:
    frequency = values.get("x_freq")
    larmor = frequency / HZ_PER_MHZ if isinstance(frequency, float) and frequency > 0 else None
    spinning = [values.get(key) for key in ("mas_spin_get", "spin_get")]
    rate = next((v for v in spinning if isinstance(v, (int, float)) and v > 0), None)
    told: dict[str, Coordinate] = {
        "larmor_frequency": larmor,
        "spinning_rate": rate,
        "recycle_delay": values.get("relaxation_delay"),
        "scans": values.get("scans"),
        "sample": header.title or values.get("sample_id"),
    }
    return {name: value for name, value in told.items() if value not in (None, "", 0)}


def _decay(source: Source, values: dict[str, Any], signal: Array, told: tuple[str, dict[str, Coordinate]]) -> Raw:
    technique, coords = told
    width = values.get("x_sweep")
    if not isinstance(width, float) or not width > 0:
        raise BadInput(
            f"{source.name}: has a sweep of {width!r}; it must be above 0 Hz; the file is damaged: "
            "copy or export it again"
        )
    offset = values.get("x_offset")
    coords["carrier"] = float(offset) if isinstance(offset, (int, float)) else 0.0
    signal, history = without_group_delay(signal, filter_delay(values))
    time = np.arange(signal.size) / width
    return Raw("fid", time, signal, unit="s", axis="time", technique=technique, coords=coords, history=history)


def filter_delay(values: dict[str, Any]) -> float:
    """Points that the decimating filters put before a decay: the sum of (order - 1) / (2 x decimation).

    Examples
    --------
    >>> filter_delay({"digital_filter": "TRUE", "orders": "2 54 73", "factors": " 8  2"})
    19.65625
    """
    if str(values.get("digital_filter", "")).upper() != "TRUE":
        return 0.0
    orders, factors = str(values.get("orders", "")).split(), str(values.get("factors", "")).split()
    if not orders or not all(text.isdigit() for text in [*orders, *factors]):
        return 0.0
    number = int(orders[0])
    if len(orders) != number + 1 or len(factors) < number or number == 0:
        return 0.0
    steps = [int(text) for text in factors[-number:]]
    if 0 in steps:
        return 0.0
    return sum((int(order) - 1) / (2 * float(np.prod(steps[i:]))) for i, order in enumerate(orders[1:]))


READERS = (
    Reader(
        "jeol",
        "JEOL Delta",
        (".jdf",),
        sniff,
        parse,
        gives="1D decay with the delay of the filter removed, or 1D spectrum",
        held_to="a measured ECA-500 decay, nmrglue",
    ),
)
