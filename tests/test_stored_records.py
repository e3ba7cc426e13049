"""Stored files survive: names that no module is part of, and files of November 2026 that load with the same numbers."""

import dataclasses
import enum
import importlib
import importlib.util
import json
import pkgutil
import sys
import typing
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from file_modules import module_at

import reference_peaks
import shortrange_core
from shortrange_core import BadInput, load, save
from shortrange_core.records import _SCHEMAS
from shortrange_core.stored_names import HOMES, OLD_NAMES

NOVEMBER = Path(__file__).parent / "data" / "november"
PACKAGES = ("shortrange_core", "reference_peaks", "spectra", "structure", "electrochemistry", "shortrange")


def _every_module() -> None:
    for package in PACKAGES:
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)


def _ours(found: object) -> bool:
    return (
        isinstance(found, type)
        and found.__module__.partition(".")[0] in PACKAGES
        and (dataclasses.is_dataclass(found) or issubclass(found, enum.Enum))
    )


def _reached(cls: type, seen: set[type]) -> None:
    """Classes of ours that a record holds, by its annotations."""
    if cls in seen or not _ours(cls):
        return
    seen.add(cls)
    hints = typing.get_type_hints(cls, vars(sys.modules[cls.__module__])) if dataclasses.is_dataclass(cls) else {}
    waiting = list(hints.values())
    while waiting:
        hint = waiting.pop()
        waiting.extend(hint if isinstance(hint, (list, tuple)) else typing.get_args(hint))
        if isinstance(hint, type):
            _reached(hint, seen)


def test_every_record_and_what_it_holds_has_a_fixed_name() -> None:
    _every_module()
    seen: set[type] = set()
    for cls in _SCHEMAS:
        _reached(cls, seen)
    assert len(seen) > 50
    assert sorted({f"{cls.__module__}:{cls.__qualname__}" for cls in seen} - set(HOMES.values())) == []


def test_every_fixed_name_leads_to_a_class() -> None:
    for name, home in HOMES.items():
        module, _, qualname = home.partition(":")
        cls = getattr(importlib.import_module(module), qualname)
        assert _ours(cls), name
        assert (cls.__module__, cls.__qualname__) == (module, qualname), name
    assert len(set(HOMES.values())) == len(HOMES)
    assert set(OLD_NAMES.values()) <= set(HOMES)


def _leaves():
    return module_at(NOVEMBER / "leaves.py")


NUMBERS = json.loads((NOVEMBER / "numbers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", sorted(set(NUMBERS) - {"map"}))
def test_files_of_november_load_with_their_numbers(file: str) -> None:
    leaves = _leaves()
    stored = load(NOVEMBER / file)
    for name, paths in NUMBERS[file].items():
        for path, wanted in paths.items():
            found = leaves.plain(leaves.at(stored[name] if name else stored, path))
            assert json.loads(json.dumps(found)) == wanted, (name, path)


def test_fields_that_were_called_otherwise_are_read_by_their_names_of_now(tmp_path: Path) -> None:
    old = load(NOVEMBER / "electrochemistry.nc")["fit"]
    assert old.covariance_kind in ("scaled", "absolute")
    assert old.covariance.shape == (len(old.entries),) * 2
    np.testing.assert_array_equal(old.parameters.covariance.values, old.covariance)
    save(old, tmp_path / "now.nc")
    now = load(tmp_path / "now.nc")
    assert now.covariance_kind == old.covariance_kind
    np.testing.assert_array_equal(now.covariance, old.covariance)


def test_the_map_of_november_is_plain_netcdf() -> None:
    leaves = _leaves()
    with xr.open_mfdataset(
        sorted((NOVEMBER / "map").glob("*.nc")), engine="h5netcdf", combine="nested", concat_dim="pixel"
    ) as chunks:
        for name, wanted in NUMBERS["map"][""].items():
            assert leaves.plain(chunks[name].values) == wanted, name


@pytest.mark.parametrize("file", sorted(set(NUMBERS) - {"map"}))
def test_a_file_written_now_names_no_module_and_is_the_same_record(file: str, tmp_path: Path) -> None:
    stored = load(NOVEMBER / file)
    save(stored, tmp_path / "again.nc")
    with xr.open_dataset(tmp_path / "again.nc", engine="h5netcdf") as root:
        body = root.attrs["record"]
    assert '"class": "' in body
    assert not [name for name in _names(json.loads(body)) if name not in HOMES]
    again, leaves = load(tmp_path / "again.nc"), _leaves()
    for name, paths in NUMBERS[file].items():
        for path, wanted in paths.items():
            found = leaves.plain(leaves.at(again[name] if name else again, path))
            assert json.loads(json.dumps(found)) == wanted, (name, path)


def _names(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["class"]] if "class" in node else []
        return own + [name for value in node.values() for name in _names(value)]
    return [name for value in node for name in _names(value)] if isinstance(node, list) else []


def _rewritten(path: Path, old: str, new: str) -> Path:
    with xr.open_dataset(NOVEMBER / "fit.nc", engine="h5netcdf", decode_times=False, decode_coords=False) as root:
        stored = root.load()
    assert old in stored.attrs["record"]
    stored.attrs["record"] = stored.attrs["record"].replace(old, new)
    stored.to_netcdf(path, engine="h5netcdf")
    return path


def test_a_newer_schema_is_refused_with_words(tmp_path: Path) -> None:
    path = _rewritten(
        tmp_path / "newer.nc", '"class": "spectra.result:Fit", "schema": 1', '"class": "spectra.Fit", "schema": 9'
    )
    with pytest.raises(BadInput, match=r"spectra\.Fit is stored with schema 9, this version reads up to 1"):
        load(path)


@pytest.mark.parametrize("name", ["os:path", "spectra.result:Nothing", "subprocess:Popen"])
def test_a_file_can_name_nothing_that_is_not_listed(tmp_path: Path, name: str) -> None:
    path = _rewritten(tmp_path / "foreign.nc", '"class": "spectra.result:Fit"', f'"class": "{name}"')
    with pytest.raises(BadInput, match=f"names '{name}', which this version does not know"):
        load(path)


def test_a_class_without_a_stored_name_is_not_saved(tmp_path: Path) -> None:
    @dataclasses.dataclass
    class Mine:
        value: float = 1.0

    with pytest.raises(BadInput, match=r"a .*Mine cannot be saved in a record"):
        shortrange_core.save(Mine(), tmp_path / "mine.nc")


def test_a_whole_library_is_stored_and_read(tmp_path: Path) -> None:
    library = reference_peaks.load()
    save(library, tmp_path / "library.nc")
    assert load(tmp_path / "library.nc").digest() == library.digest()
    assert OLD_NAMES["reference_peaks.library:Library"] == "reference_peaks.Library"


def test_places_that_were_stored_as_pairs_are_windows(tmp_path: Path) -> None:
    stored = load(NOVEMBER / "results.nc")
    pairs = dataclasses.replace(stored, places={})
    object.__setattr__(pairs, "places", {"31P NMR": {"P:SO3": (26.0, 38.0)}})  # as files before Windows hold them
    save(pairs, tmp_path / "pairs.nc")
    place = load(tmp_path / "pairs.nc").places["31P NMR"]["P:SO3"]
    assert (place.lower, place.upper) == (26.0, 38.0)
    assert isinstance(place, reference_peaks.Window)
