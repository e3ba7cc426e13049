"""Records on disk: one frozen dataclass, with everything inside it, is one netCDF file.

Datasets, estimates and arrays become variables ``g0.name``, equal ones once; all the rest, arrays of few numbers and
the names of dimensions too, is one JSON attribute. A class is stored under a fixed name (``spectra.Fit``) with a schema
number, wherever its module lives, and is rebuilt only where :mod:`shortrange_core.stored_names` lists it: a file can
name no other code.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.files import existing, written_atomically
from shortrange_core.stored_names import HOMES, OLD_FIELDS, OLD_NAMES

FORMAT = "shortrange-record"
FORMAT_NUMBER, READABLE = 2, (1, 2)
"""Since 2 arrays of few numbers stand in the attribute."""
FEW = 64
"""Numbers in an array: a variable costs h5netcdf about a millisecond, however short it is."""
_VERSIONED = ("shortrange", "numpy", "scipy", "xarray", "lmfit", "pybaselines")
_SCHEMAS: dict[type[Any], int] = {}
_NAMES = {home: name for name, home in HOMES.items()}
T = TypeVar("T")
_ENGINE: Any = "h5netcdf"
_REAL, _IMAGINARY = ".real", ".imaginary"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a result comes from: what is needed to repeat it.

    Parameters
    ----------
    command
        The call that made it, as a user would type it.
    inputs
        SHA-256 of every input file by its name.
    versions
        Versions of Python and of the libraries that computed it.
    seed
        Seed of the random numbers used, if any.
    """

    command: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Versions of Python and of the libraries, looked up once."""
    versions = {"python": platform.python_version()}
    for name in _VERSIONED:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return tuple(versions.items())


def provenance(command: str, *, inputs: Mapping[str, str] | None = None, seed: int | None = None) -> Provenance:
    """Provenance of a result made now, on this machine."""
    return Provenance(command, dict(inputs or {}), dict(_versions()), seed)


def record(number: int) -> Any:
    """Class decorator: this frozen dataclass can be saved, with this schema number."""

    def register(cls: type[T]) -> type[T]:
        _SCHEMAS[cls] = number
        return cls

    return register


for _core_class in (Provenance,):
    record(1)(_core_class)


def _sizes_as_dims(shape: tuple[int, ...]) -> list[str]:
    """Dimensions named by size, so that a file has few: h5netcdf looks through all of them for every variable."""
    return [f"n{size}" if shape[:axis].count(size) == 0 else f"n{size}_{axis}" for axis, size in enumerate(shape)]


class _Encoder:
    """Turns a record into JSON and one flat dataset: writing one costs a hundredth of writing many groups."""

    def __init__(self) -> None:
        self.variables: dict[str, xr.Variable] = {}
        self.keys: dict[Any, str] = {}

    def _key(self, dataset: xr.Dataset) -> str:
        """Group of the variables of a dataset: a new one, or that of another dataset with the same."""
        content = tuple(
            (name, v.shape, v.dtype.str, v.values.tobytes(), repr(v.attrs)) for name, v in dataset.variables.items()
        )
        if content in self.keys:
            return self.keys[content]
        key = self.keys[content] = f"g{len(self.keys)}"
        for name, variable in dataset.variables.items():
            plain = xr.Variable(_sizes_as_dims(variable.shape), variable.values, variable.attrs)
            if np.iscomplexobj(plain.values):
                self.variables[f"{key}.{name}{_REAL}"] = plain.copy(data=plain.values.real)
                self.variables[f"{key}.{name}{_IMAGINARY}"] = plain.copy(data=plain.values.imag)
            else:
                self.variables[f"{key}.{name}"] = plain
        return key

    def _dataset(self, kind: str, dataset: xr.Dataset, **extra: Any) -> dict[str, Any]:
        key = self._key(dataset)
        node: dict[str, Any] = {"$": kind, "group": key, "coords": [str(name) for name in dataset.coords]}
        node["dims"] = {str(name): list(variable.dims) for name, variable in dataset.variables.items()}
        attrs = {str(name): self.encode(value) for name, value in dataset.attrs.items()}
        return {**node, **({"attrs": attrs} if attrs else {}), **extra}

    def encode(self, value: Any) -> Any:
        if value is None or (isinstance(value, (bool, int, float, str)) and not isinstance(value, enum.Enum)):
            return value
        if isinstance(value, xr.Dataset):
            return self._dataset("dataset", value)
        if isinstance(value, xr.DataArray):
            return self._dataset("dataarray", value.to_dataset(name="values"), name=value.name)
        if isinstance(value, np.ndarray):
            if value.size <= FEW and (value.dtype.kind in "biuU" or value.dtype == np.float64):
                body = {"shape": list(value.shape), "items": value.ravel().tolist()}
                return {"$": "array", "dtype": value.dtype.str, **body}
            dims = [f"d{i}" for i in range(value.ndim)]
            return self._dataset("array", xr.Dataset({"values": (dims, value)}), dtype=value.dtype.str)
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, (tuple, list, frozenset, set)):
            return {"$": type(value).__name__, "items": [self.encode(item) for item in value]}
        if isinstance(value, Mapping):
            return {"$": "dict", "items": [[self.encode(k), self.encode(v)] for k, v in value.items()]}
        return self._object(value)

    def _object(self, value: Any) -> Any:
        cls = type(value)
        name = _NAMES.get(f"{cls.__module__}:{cls.__qualname__}")
        if name is None:
            raise BadInput(f"a {cls.__qualname__} cannot be saved in a record; save its numbers")
        if isinstance(value, enum.Enum):
            return {"$": "enum", "class": name, "value": value.value}
        number = _SCHEMAS.get(cls, 1)
        fields = {f.name: self.encode(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
        return {"$": "object", "class": name, "schema": number, "fields": fields}


def save(item: Any, path: str | os.PathLike[str]) -> None:
    """Write a record to one netCDF file, beside it first and then renamed: a file is whole or absent.

    Raises
    ------
    BadInput
        If the folder does not exist, or the record holds something that has no stored form.
    """
    encoder = _Encoder()
    body = json.dumps(encoder.encode(item), ensure_ascii=False)
    attrs = {"format": FORMAT, "format_number": FORMAT_NUMBER, "record": body}
    # every number is one: a value that stands for none would be an attribute more of every variable
    encoding = {name: {"_FillValue": None} for name in encoder.variables}
    with written_atomically(path) as partial:
        xr.Dataset(encoder.variables, attrs=attrs).to_netcdf(partial, mode="w", engine=_ENGINE, encoding=encoding)


class _Decoder:
    def __init__(self, stored: xr.Dataset) -> None:
        self.groups: dict[str, dict[str, xr.Variable]] = {}
        for name, variable in stored.variables.items():
            key, _, rest = str(name).partition(".")
            self.groups.setdefault(key, {})[rest] = variable

    def _group(self, node: Mapping[str, Any]) -> xr.Dataset:
        stored = dict(self.groups.get(node["group"], {}))
        for name in [n.removesuffix(_REAL) for n in stored if n.endswith(_REAL)]:
            real, imaginary = stored.pop(name + _REAL), stored.pop(name + _IMAGINARY)
            stored[name] = real.copy(data=real.values + 1j * imaginary.values)
        variables = {
            name: xr.Variable(dims, stored[name].values, stored[name].attrs) for name, dims in node["dims"].items()
        }
        coords = {name: variables.pop(name) for name in node["coords"]}
        attrs = {name: self.decode(value) for name, value in node.get("attrs", {}).items()}
        return xr.Dataset(variables, coords, attrs)

    def decode(self, node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        kind = node["$"]
        if kind == "dataset":
            return self._group(node)
        if kind == "dataarray":
            return self._group(node)["values"].rename(node["name"])
        if kind == "array":
            within = "items" in node
            numbers = np.array(node["items"]).reshape(node["shape"]) if within else self._group(node)["values"].values
            array = numbers.astype(np.dtype(node["dtype"]))
            array.setflags(write=False)
            return array
        if kind == "dict":
            return {self.decode(k): self.decode(v) for k, v in node["items"]}
        if kind == "enum":
            return _stored_class(node["class"])(node["value"])
        if kind == "object":
            return self._object(node)
        return {"tuple": tuple, "list": list, "set": set, "frozenset": frozenset}[kind](
            self.decode(item) for item in node["items"]
        )

    def _object(self, node: Mapping[str, Any]) -> Any:
        cls = _stored_class(node["class"])
        number = _SCHEMAS.get(cls, 1)
        if node["schema"] > number:
            raise BadInput(
                f"{node['class']} is stored with schema {node['schema']}, this version reads up to {number}; "
                "open it with the version that wrote it, or a newer one"
            )
        since, old = OLD_FIELDS.get(OLD_NAMES.get(node["class"], node["class"]), (0, {}))
        now = old if node["schema"] < since else {}
        # a field that a class has gained since takes its default
        return cls(**{now.get(name, name): self.decode(value) for name, value in node["fields"].items()})


def _stored_class(stored: str) -> type[Any]:
    """Class of a stored name; a file that was written when names still held modules is understood too."""
    name = OLD_NAMES.get(stored, stored)
    if name not in HOMES:
        raise BadInput(
            f"the record names {stored!r}, which this version does not know; open the file with the version that wrote "
            "it; otherwise it is not a record of shortrange"
        )
    module, _, qualname = HOMES[name].partition(":")
    stored_class: type[Any] = getattr(importlib.import_module(module), qualname)
    return stored_class


def load(path: str | os.PathLike[str]) -> Any:
    """Read a record that :func:`save` wrote.

    Raises
    ------
    BadInput
        If the file is missing, no record, damaged, or of another schema number.
    """
    file = existing(path)
    if file.is_dir():
        raise BadInput(f"{file.name}: is a folder; give the record in it, a file that ends in .nc")
    try:
        with xr.open_dataset(file, engine=_ENGINE, decode_times=False, decode_coords=False) as root:
            stored, attrs = root.load(), dict(root.attrs)
        if attrs.get("format") != FORMAT or attrs.get("format_number") not in READABLE:
            raise BadInput(f"{file.name}: is netCDF, but not a record of shortrange; give a file that it saved")
        return _Decoder(stored).decode(json.loads(attrs["record"]))
    except BadInput:
        raise
    except OSError as error:  # its text is that of the library underneath, with descriptors and addresses
        reason = os.strerror(error.errno) if error.errno else "it is damaged, or of another format"
        raise BadInput(f"{file.name}: is not a complete record of shortrange ({reason}); make it again") from error
    except (KeyError, ValueError, TypeError, AttributeError, ImportError, RuntimeError) as error:
        raise BadInput(f"{file.name}: is not a complete record of shortrange ({error}); make it again") from error
