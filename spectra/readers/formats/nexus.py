"""NeXus files (HDF5): every NXdata of every NXentry, as NOMAD's converters and beamlines write them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import h5py
import numpy as np

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.raw import Array, Raw, Reader, Source, unreadable
from spectra.spectrum import Coordinate

MAGIC = b"\x89HDF\r\n\x1a\n"
_SAVE = "save axis and intensities as columns of text"
_ENERGIES = {"binding": "binding_energy", "kinetic": "kinetic_energy"}
_RAMAN = "NXraman"
_ABSORPTION = "NXxas"
"""Of X-ray absorption (also NXxasproc, NXxas_new): energies are those of photons."""
_OF_BEAMS = (
    ("incident_energy", "eV", "photon_energy"),
    ("incident_wavelength", "nm", "laser"),
    ("wavelength", "nm", "laser"),
)
"""What a beam states: its name and unit there, and our coordinate."""


def sniff(source: Source) -> float:
    """The first bytes of HDF5."""
    return 0.9 if source.head.startswith(MAGIC) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The data of every entry, the default of the file preferred.

    Raises
    ------
    BadInput
        If the file is truncated or damaged, or no NeXus file.
    """
    try:
        with h5py.File(io.BytesIO(source.content), "r") as file:
            raws = tuple(_blocks(file))
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise BadInput(
            f"{source.name}: is not a complete HDF5 file ({error}); it is truncated or damaged: copy it again"
        ) from error
    if not raws:
        raise BadInput(f"{source.name}: is an HDF5 file without NeXus entries, which is not read; {_SAVE}")
    return raws


def _blocks(file: h5py.File) -> Iterator[Raw]:
    entries = dict(_groups(file, "NXentry"))
    default = _text(file.attrs.get("default"))
    for entry_name, entry in entries.items():
        groups = dict(_groups(entry, "NXdata"))
        chosen = _text(entry.attrs.get("default"))
        for name, data in groups.items():
            alone = len(groups) == 1
            title = entry_name if alone else f"{entry_name} / {name}"
            meant = (entry_name == default or len(entries) == 1) and (alone or chosen in ("", name))
            yield _raw(title, entry, data, preferred=meant)


def _groups(parent: h5py.Group, kind: str) -> Iterator[tuple[str, h5py.Group]]:
    """Groups of a class right below another one; links to other files are not followed."""
    for name in parent:
        if isinstance(parent.get(name, getlink=True), h5py.ExternalLink):
            continue
        child = parent.get(name)
        if isinstance(child, h5py.Group) and _text(child.attrs.get("NX_class")) == kind:
            yield name, child


def _raw(name: str, entry: h5py.Group, data: h5py.Group, *, preferred: bool) -> Raw:
    signal_name = _text(data.attrs.get("signal")) or next(_marked(data, "signal"), "")
    signal = data.get(signal_name) if signal_name else None
    if not isinstance(signal, h5py.Dataset):
        return unreadable(name, "its NXdata names no signal that is in the file")
    stored = _axis(data, signal_name, signal.shape)
    if stored is None:
        return unreadable(name, f"its signal has the shape {signal.shape} over more or fewer than one axis; {_SAVE}")
    if not (_real(signal) and _real(stored)):
        kinds = f"{signal.dtype} over {stored.dtype}"
        return unreadable(name, f"its signal and axis are not real numbers ({kinds}); {_SAVE}")
    title, unit = _text(stored.attrs.get("long_name")) or _last(stored.name), _text(stored.attrs.get("units"))
    axis = _ENERGIES.get(_text(stored.attrs.get("type")).lower(), "") or spectrum.axis(title)
    definition = _text(_value(entry, "definition"))
    absorption = definition.startswith(_ABSORPTION)
    if absorption and not axis and spectrum.unit(unit) == "eV":
        axis = "photon_energy"
    level = "" if absorption else spectrum.level_technique(name.replace("_", " "))
    return Raw(
        name,
        np.asarray(stored[()], dtype=float),
        np.asarray(signal[()], dtype=float),
        unit=spectrum.unit(unit) or unit or spectrum.unit(title),
        axis=axis,
        technique="Raman" if definition == _RAMAN else level,
        intensity_unit="counts/s" if _text(signal.attrs.get("units")) == "counts_per_second" else "arbitrary",
        noise=_errors(data, signal_name, signal.shape),
        coords=_coordinates(entry),
        preferred=preferred,
        from_fermi_level=axis in _ENERGIES.values(),
    )


def _axis(data: h5py.Group, signal_name: str, shape: tuple[int, ...]) -> h5py.Dataset | None:
    """The axis that a group names, or the only other set of as many numbers whose place it states.

    In files of before 2014 the signal names its axes, or each axis its number.
    """
    named = [_text(name) for name in np.atleast_1d(data.attrs.get("axes", []))]
    named = named or re.findall(r"\w+", _text(data[signal_name].attrs.get("axes"))) or list(_marked(data, "axis"))
    stated = [name.removesuffix("_indices") for name in data.attrs if name.endswith("_indices")]
    sets = [data.get(name) for name in (named or stated) if name and name != signal_name]
    fit = [one for one in sets if isinstance(one, h5py.Dataset) and one.shape == shape and len(shape) == 1]
    return fit[0] if len(fit) == 1 else None


def _marked(data: h5py.Group, mark: str) -> Iterator[str]:
    """Names of sets that carry the attribute ``mark`` = 1, as files of before 2014 tell signal and axis."""
    for name in data:
        if isinstance(data.get(name, getlink=True), h5py.ExternalLink):
            continue
        stored = data.get(name)
        if isinstance(stored, h5py.Dataset) and _single(stored.attrs.get(mark)) in (1, "1", b"1"):
            yield name


def _real(stored: h5py.Dataset) -> bool:
    return stored.dtype.kind in "biuf"


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _errors(data: h5py.Group, signal_name: str, shape: tuple[int, ...]) -> Array | None:
    """Standard deviations beside the signal; converters write 0 where there are none."""
    stored = data.get(f"{signal_name}_errors")
    if not isinstance(stored, h5py.Dataset) or stored.shape != shape or not _real(stored):
        return None
    errors = np.asarray(stored[()], dtype=float)
    return errors if np.all(np.isfinite(errors) & (errors > 0)) else None


def _coordinates(entry: h5py.Group) -> dict[str, Coordinate]:
    coords: dict[str, Coordinate] = {}
    for _, instrument in _groups(entry, "NXinstrument"):
        for _, beam in _groups(instrument, "NXbeam"):
            for name, unit, ours in _OF_BEAMS:
                number = _value(beam, name)
                if isinstance(number, (int, float)) and _text(beam[name].attrs.get("units")) == unit:
                    coords.setdefault(ours, float(number))
    for _, sample in _groups(entry, "NXsample"):
        if name := _text(_value(sample, "name")):
            coords["sample"] = name
    return coords


def _value(group: h5py.Group, name: str) -> object:
    """The one value of a set of a group; nothing where it has none of that name, or several."""
    stored = group.get(name)
    return _single(stored[()]) if isinstance(stored, h5py.Dataset) and stored.size == 1 else None


def _single(value: object) -> object:
    """The value of an array of one, which some programs write for a scalar; else as it is."""
    return value.item() if isinstance(value, (np.ndarray, np.generic)) and value.size == 1 else value


def _text(value: object) -> str:
    """Text of an attribute or a scalar, however HDF5 stores it; empty where there is none."""
    value = _single(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return value if isinstance(value, str) else ""


READERS = (
    Reader(
        "nexus",
        "NeXus",
        (".nxs", ".h5", ".hdf5", ".cellpy"),
        sniff,
        parse,
        gives="the signal of every NXdata of an entry over its axis; photon energy and laser of its beam",
        held_to="public files of pynxtools-xps and pynxtools-raman, and the exports they were made from",
    ),
)
