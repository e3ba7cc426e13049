"""NeXus files (HDF5): every NXdata of every NXentry, as NOMAD's converters and beamlines write them."""

from __future__ import annotations

import io
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
        If the file is cut or damaged, or no NeXus file.
    """
    try:
        with h5py.File(io.BytesIO(source.content), "r") as file:
            raws = tuple(_blocks(file))
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise BadInput(
            f"{source.name}: is no whole HDF5 file ({error}); it is cut or damaged: copy it again"
        ) from error
    if not raws:
        raise BadInput(f"{source.name}: is a file of HDF5 without NeXus entries, which is not read; {_SAVE}")
    return raws


def _blocks(file: h5py.File) -> Iterator[Raw]:
    default = _text(file.attrs.get("default"))
    for entry_name, entry in _groups(file, "NXentry"):
        groups = dict(_groups(entry, "NXdata"))
        for name, data in groups.items():
            title = entry_name if len(groups) == 1 else f"{entry_name} / {name}"
            yield _raw(title, entry, data, preferred=entry_name == default)


def _groups(parent: h5py.Group, kind: str) -> Iterator[tuple[str, h5py.Group]]:
    """Groups of a class right below another one; links to other files are not followed."""
    for name in parent:
        if isinstance(parent.get(name, getlink=True), h5py.ExternalLink):
            continue
        child = parent.get(name)
        if isinstance(child, h5py.Group) and _text(child.attrs.get("NX_class")) == kind:
            yield name, child


def _raw(name: str, entry: h5py.Group, data: h5py.Group, *, preferred: bool) -> Raw:
    signal_name = _text(data.attrs.get("signal"))
    signal = data.get(signal_name) if signal_name else None
    if not isinstance(signal, h5py.Dataset):
        return unreadable(name, "its NXdata names no signal that is in the file")
    y = np.asarray(signal[()])
    axis_name = _axis(data, signal_name, y.size)
    if y.ndim != 1 or not axis_name:
        return unreadable(name, f"its signal has the shape {y.shape} over no single axis; {_SAVE}")
    stored = data[axis_name]
    title, unit = _text(stored.attrs.get("long_name")) or axis_name, _text(stored.attrs.get("units"))
    axis = _ENERGIES.get(_text(stored.attrs.get("type")), "") or spectrum.axis(title)
    definition = _text(_value(entry, "definition"))
    return Raw(
        name,
        np.asarray(stored[()], dtype=float),
        y.astype(float),
        unit=spectrum.unit(unit) or spectrum.unit(title),
        axis=axis,
        technique="Raman" if definition == _RAMAN else spectrum.level_technique(name.replace("_", " ")),
        intensity_unit="counts/s" if _text(signal.attrs.get("units")) == "counts_per_second" else "arbitrary",
        noise=_errors(data, signal_name, y),
        coords=_coordinates(entry),
        preferred=preferred,
        from_fermi_level=axis in _ENERGIES.values(),
    )


def _axis(data: h5py.Group, signal_name: str, points: int) -> str:
    """The axis that a group names, or the only other set of as many numbers whose place it states."""
    named = [_text(name) for name in np.atleast_1d(data.attrs.get("axes", []))]
    stated = [name.removesuffix("_indices") for name in data.attrs if name.endswith("_indices")]
    fit = [name for name in (named or stated) if name in data and name != signal_name and data[name].shape == (points,)]
    return fit[0] if len(fit) == 1 else ""


def _errors(data: h5py.Group, signal_name: str, y: Array) -> Array | None:
    """Standard deviations beside the signal; converters write 0 where there are none."""
    stored = data.get(f"{signal_name}_errors")
    if not isinstance(stored, h5py.Dataset) or stored.shape != y.shape:
        return None
    errors = np.asarray(stored[()], dtype=float)
    return errors if np.all(np.isfinite(errors) & (errors > 0)) else None


def _coordinates(entry: h5py.Group) -> dict[str, Coordinate]:
    coords: dict[str, Coordinate] = {}
    for _, instrument in _groups(entry, "NXinstrument"):
        for _, beam in _groups(instrument, "NXbeam"):
            for name, unit, ours in _OF_BEAMS:
                stored = beam.get(name)
                if isinstance(stored, h5py.Dataset) and stored.shape == () and _text(stored.attrs.get("units")) == unit:
                    coords.setdefault(ours, float(stored[()]))
    for _, sample in _groups(entry, "NXsample"):
        if name := _text(_value(sample, "name")):
            coords["sample"] = name
    return coords


def _value(group: h5py.Group, name: str) -> object:
    """A scalar of a group; nothing where it has none of that name."""
    stored = group.get(name)
    return stored[()] if isinstance(stored, h5py.Dataset) and stored.shape == () else None


def _text(value: object) -> str:
    """Text of an attribute or a scalar, however HDF5 stores it; empty where there is none."""
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
        held_to="public files of pynxtools-xps and pynxtools-raman, the exports that they were made of",
    ),
)
