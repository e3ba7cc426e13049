"""Core Scientific Dataset Model files (.csdf, .csdfe): base64, none and raw encodings, time or frequency domain.

The model is that of Srivastava, Vosegaard, Massiot and Grandinetti, PLOS ONE 15 (2020) e0225953,
10.1371/journal.pone.0225953.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.files import read_bytes
from spectra import spectrum
from spectra.readers.raw import Array, Raw, Reader, Source, StackAxis, intact, need, unreadable
from spectra.spectrum import Coordinate

_QUANTITY = re.compile(r"\s*([+-]?[0-9.]+(?:[eE][+-]?\d+)?)\s*(.*?)\s*$")
_PREFIX = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "m": 1e-3, "µ": 1e-6, "μ": 1e-6, "u": 1e-6, "n": 1e-9}
_TYPES = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float32", "float64")
_COMPLEX: dict[str, np.dtype[Any]] = {"complex64": np.dtype("<c8"), "complex128": np.dtype("<c16")}
_NUCLEUS = re.compile(r"\b(\d{1,3}[A-Z][a-z]?)\b")
HZ_PER_MHZ = 1e6
MOST_POINTS = 2**28


def sniff(source: Source) -> float:
    """A JSON object with the key csdm near its start."""
    return 0.95 if re.match(r'\s*\{\s*"csdm"\s*:', source.head_text[:200]) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Every component of every dependent variable.

    Raises
    ------
    BadInput
        If it is not complete JSON, sizes disagree, or data lie outside the folder of the file.
    """
    try:
        model = json.loads(source.text)["csdm"]
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInput(
            f"{source.name}: is not complete JSON ({error}); it is truncated or damaged: copy or export it again"
        ) from error
    dimensions = [item for item in model.get("dimensions", []) if isinstance(item, dict)]
    need(len(dimensions) in (1, 2), source, f"has {len(dimensions)} dimensions; one or two are read")
    sizes = [_size(source, item) for item in dimensions]
    raws: list[Raw] = []
    for index, variable in enumerate(model.get("dependent_variables", [])):
        for component, values in enumerate(_components(source, variable, int(np.prod(sizes)))):
            name = str(variable.get("name") or f"variable {index}") + (f" {component}" if component else "")
            raws.append(_raw(source, name, model, variable, (dimensions, sizes, values)))
    return tuple(raws)


def quantity(text: Any, source_name: str) -> tuple[float, str]:
    """Number and unit of a quantity such as ``"0.1 ms"``, SI prefixes of s and Hz resolved.

    Examples
    --------
    >>> quantity("0.1 ms", "a"), quantity("75.4 MHz", "a")
    ((0.0001, 's'), (75400000.0, 'Hz'))
    """
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        raise BadInput(
            f"{source_name}: {str(text)[:40]!r} is not a quantity (number and unit); the file is damaged: "
            "copy or export it again"
        )
    number, unit = float(match[1]), match[2].replace(" ", "")
    for base in ("Hz", "s"):
        if unit.endswith(base) and unit[: -len(base)] in _PREFIX:
            return number * _PREFIX[unit[: -len(base)]], base
    return number, spectrum.unit(unit) or unit


def _size(source: Source, dimension: dict[str, Any]) -> int:
    kind = dimension.get("type")
    if kind == "linear":
        count = dimension.get("count")
        if not isinstance(count, int) or not 0 < count <= MOST_POINTS:
            raise BadInput(f"{source.name}: states {count!r} points; it is damaged: copy or export it again")
        return count
    need(kind == "monotonic", source, f"has a dimension of the type {kind!r}; linear and monotonic are read")
    return len(dimension.get("coordinates", []))


def _coordinates(source: Source, dimension: dict[str, Any], size: int) -> tuple[Array, str]:
    if dimension["type"] == "monotonic":
        pairs = [quantity(text, source.name) for text in dimension["coordinates"]]
        return np.array([number for number, _ in pairs]), pairs[0][1]
    step, unit = quantity(dimension["increment"], source.name)
    start, _ = quantity(dimension.get("coordinates_offset", "0"), source.name)
    index = np.arange(size) - (size // 2 if dimension.get("complex_fft", dimension.get("complex+fft")) else 0)
    return start + step * index, unit


def _components(source: Source, variable: dict[str, Any], points: int) -> list[Array]:
    name = str(variable.get("numeric_type"))
    intact(name in _TYPES or name in _COMPLEX, source, f"has numbers of the type {name[:20]!r}")
    dtype: np.dtype[Any] = _COMPLEX[name] if name in _COMPLEX else np.dtype(name).newbyteorder("<")
    if variable.get("type") == "external":
        whole = np.frombuffer(_external(source, str(variable.get("components_url", ""))), dtype)
        intact(whole.size % points == 0 and whole.size > 0, source, f"has {whole.size} values for {points} points")
        return list(whole.reshape(-1, points))
    encoding = str(variable.get("encoding", "base64" if isinstance(variable["components"][0], str) else "none"))
    arrays = [_decoded(source, item, encoding, dtype) for item in variable["components"]]
    for values in arrays:
        intact(values.size == points, source, f"has {values.size} values, but its dimensions need {points}")
    return arrays


def _decoded(source: Source, item: Any, encoding: str, dtype: np.dtype[Any]) -> Array:
    if encoding == "base64":
        try:
            return np.frombuffer(base64.b64decode(item, validate=True), dtype)
        except (binascii.Error, ValueError) as error:
            raise BadInput(f"{source.name}: its base64 data are damaged ({error}); copy it again") from error
    need(encoding == "none", source, f"has data in the encoding {encoding!r}; base64, none and raw are read")
    numbers = np.array(item, dtype=float)
    return numbers[0::2] + 1j * numbers[1::2] if dtype.kind == "c" else numbers


def _external(source: Source, url: str) -> bytes:
    """Bytes of a data file in the folder of the file: no other place is ever opened."""
    name = url.removeprefix("file:").removeprefix("//").removeprefix("./")
    inside = bool(name) and "/" not in name and "\\" not in name and name not in (".", "..") and "\0" not in name
    need(inside, source, f"keeps its data at {url[:60]!r}; put them beside the file, as file:./name")
    need((source.path.parent / name).is_file(), source, f"keeps its data in {name!r}, which is not beside it")
    return read_bytes(source.path.parent / name)


def _raw(
    source: Source,
    name: str,
    model: dict[str, Any],
    variable: dict[str, Any],
    parts: tuple[list[dict[str, Any]], list[int], Array],
) -> Raw:
    dimensions, sizes, values = parts
    x, unit = _coordinates(source, dimensions[0], sizes[0])
    intensity = values.astype(complex if values.dtype.kind == "c" else float)
    stack: tuple[StackAxis, ...] = ()
    if len(sizes) == 2:
        if dimensions[1]["type"] != "monotonic":
            return unreadable(name, "it is two-dimensional; stacks over a list of delays are read")
        delays, delay_unit = _coordinates(source, dimensions[1], sizes[1])
        stack = (StackAxis("delay", delays, delay_unit),)
        intensity = intensity.reshape(sizes[1], sizes[0])
    labels = " ".join(str(variable.get("component_labels", ""))).lower()
    text = f"{dimensions[0].get('label', '')} {dimensions[0].get('reciprocal', {}).get('label', '')}"
    text += f" {' '.join(map(str, model.get('tags', [])))} {model.get('description', '')}"
    coords: dict[str, Coordinate] = {}
    nmr = unit in ("s", "Hz")
    if unit == "Hz":
        x = _ppm(source, dimensions[0], x, coords)
        unit = "ppm"
    elif unit == "s":
        _carrier(source, dimensions[0], coords)
    nucleus = _NUCLEUS.search(text)
    imaginary = intensity.imag if unit != "s" and np.iscomplexobj(intensity) else None
    return Raw(
        name,
        x,
        intensity if unit == "s" else intensity.real,
        unit=unit,
        axis={"ppm": "chemical_shift", "s": "time"}.get(unit, ""),
        technique=(f"{nucleus[1]} NMR" if nucleus else "NMR") if nmr else "",
        intensity_unit="percent transmittance" if "transmittance" in labels.replace(" ", "") else "arbitrary",
        imaginary=None if stack else imaginary,
        stack=stack,
        coords=coords,
    )


def _ppm(source: Source, dimension: dict[str, Any], hertz: Array, coords: dict[str, Coordinate]) -> Array:
    """Shift against the reference, which lies ``coordinates_offset`` below the carrier ``origin_offset``."""
    origin, _ = quantity(dimension.get("origin_offset", "0"), source.name)
    offset, _ = quantity(dimension.get("coordinates_offset", "0"), source.name)
    need(
        origin > 0 and origin > abs(offset), source, "has a frequency axis without its origin_offset; export it in ppm"
    )
    coords["larmor_frequency"] = (origin - offset) / HZ_PER_MHZ
    return np.asarray(hertz / (origin - offset) * 1e6)


def _carrier(source: Source, dimension: dict[str, Any], coords: dict[str, Coordinate]) -> None:
    # the carrier is where the file puts it; a decay that turns the other way is for nmr.transform(mirrored=True)
    reciprocal = dimension.get("reciprocal", {})
    origin, _ = quantity(reciprocal.get("origin_offset", "0"), source.name)
    offset, _ = quantity(reciprocal.get("coordinates_offset", "0"), source.name)
    if origin > abs(offset):
        coords["larmor_frequency"] = (origin - offset) / HZ_PER_MHZ
        coords["carrier"] = offset / (origin - offset) * 1e6


READERS = (
    Reader(
        "csdm",
        "CSDM",
        (".csdf", ".csdfe"),
        sniff,
        parse,
        gives="one dimension, or a stack over delays; base64, none, raw",
        held_to="six files of its test set, files of csdmpy",
    ),
)
