"""Columns of a text with their titles and comments, and what these say: technique, unit, counts, coordinates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from spectra import spectrum
from spectra.readers.raw._ordinates import ordinate_unit
from spectra.readers.raw._records import Array
from spectra.spectrum import LASER_RANGE_NM, Coordinate

COUNTS = re.compile(r"(?<![a-z])(?:counts?|cts|cnt)(?![a-z])", re.IGNORECASE)
PER_SECOND = re.compile(r"/\s*s\b|per\s+sec|(?<![a-z])cps(?![a-z])|s-1|s\^-1", re.IGNORECASE)
_ACQUISITION = re.compile(r"acquisition time(?: s\b|\s*\(s\))\s*[=:;,\t]\s*([0-9]+(?:\.[0-9]+)?)", re.IGNORECASE)
_PHOTON = re.compile(r"(?:h[vν]|photon energy|excitation|x-?ray)\s*[=:]?\s*([0-9.]+)\s*eV", re.IGNORECASE)
_PHOTONS = re.compile(
    r"[\s#]*(?:(?:incident[ _]?)?(?:photon|excitation)[ _]?energy|h[vν](?!\s*[a-z−–-]))", re.IGNORECASE
)
_EXCITATION = re.compile(
    r"(?:excitation|characteristic|photon|x-?ray)[ _]*energy(?:\s*[(\[]?\s*eV\s*[)\]]?)?"
    r"\s*[=:;,\t]\s*([0-9]+(?:\.[0-9]+)?)",
    re.IGNORECASE,
)
_LASER = re.compile(
    r"(?:laser|excitation)(?![^\n=:;\t]*energy)[^\n=:;\t]*[=:;\t]\s*([0-9]+(?:[.,][0-9]+)?)(?![.,]?\d)(?!\s*eV)",
    re.IGNORECASE,
)
_X_MODE = re.compile(r"x-?\s*axis mode\s*[=:;,\t]\s*(wavelength|raman|wavenumber)", re.IGNORECASE)
_X_MODES = {"wavelength": ("wavelength", "nm"), "raman": ("raman_shift", "cm-1"), "wavenumber": ("wavenumber", "cm-1")}
KINETIC = re.compile(r"(?:energy\s+(?:scale|axis)\s*[=:;,\t]\s*|values in\s+)kinetic", re.IGNORECASE)
_NMR_PAIR = re.compile(r"(\d{1,3}[A-Z][a-z]?)\s+(?:MAS\s+)?NMR")
WRITTEN_DIGITS = 6
WHOLE_COUNT = 0.1
"""A rate is written with so many digits: times its time it is this near to a whole count, or says nothing of one."""
LEAST_PHOTON_EV = 10.0
"""Photoelectrons need more than the light of any laser line: the least in use is He I at 21.2 eV."""


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """Columns of numbers with their titles and units, as text and as they stand in the file.

    Parameters
    ----------
    columns
        Columns of numbers; an empty cell is NaN.
    titles, units
        One text a column, empty where there is none.
    about
        All text around the table, for what it says of the measurement.
    name
        Name of the table: a sheet, a section; empty where there is one only.
    meta
        Settings as the file writes them, with keys in small letters.
    """

    columns: Sequence[Array]
    titles: Sequence[str]
    units: Sequence[str]
    about: str = ""
    name: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)


def of_photons(title: str) -> bool:
    """True for a title of photon energies, over which absorption and luminescence are recorded.

    Examples
    --------
    >>> of_photons("Photon energy (eV)"), of_photons("hv / eV"), of_photons("Kinetic energy (eV)")
    (True, True, False)
    """
    return bool(_PHOTONS.match(title))


def stated_axis(about: str) -> tuple[str, str]:
    """Axis and unit of columns without titles, as Ocean Optics' programs write them above; empty where nothing does.

    Examples
    --------
    >>> stated_axis("XAxis mode: Wavelengths"), stated_axis("Boxcar width: 10")
    (('wavelength', 'nm'), ('', ''))
    """
    mode = _X_MODE.search(about)
    return _X_MODES[mode[1].lower()] if mode else ("", "")


def binding_upwards(x: Array, axis: str, title: str) -> tuple[Array, tuple[str, ...]]:
    """Binding energies that grow with binding, and what was done: many count from the Fermi level upwards instead.

    Parameters
    ----------
    x
        n energies in eV.
    axis
        Name of the axis; others than ``"binding_energy"`` are left as they are.
    title
        How the file names them: ``E-EF`` counts upwards, and so does a column of which all are negative.
    """
    if axis != "binding_energy" or not np.any(np.isfinite(x)):
        return x, ()
    upwards = spectrum.from_fermi_level(title)
    middle = float(np.nanmedian(x))
    if middle < 0 and (upwards or float(np.nanmax(x)) < 0):
        return -x, (f"energies {title!r} below the Fermi level taken as binding energies: signs changed",)
    return x, ()


def stated_counts(values: Array, label: str, coords: Mapping[str, Coordinate], *, per_second: bool) -> Array | None:
    """Counts behind a column: its own, where it is titled so, or its rate times the time that the file states."""
    time = coords.get("dwell_time")
    if not np.all(np.isfinite(values)) or np.any(values < 0):
        return None
    if not per_second:
        return values if COUNTS.search(label) and np.all(values == np.round(values)) else None
    if not isinstance(time, float):
        return None
    counts = values * time
    rounding = time * 10.0 ** (np.floor(np.log10(np.maximum(values, 1.0))) + 1 - WRITTEN_DIGITS)
    whole = np.abs(counts - np.round(counts)) <= np.minimum(rounding, WHOLE_COUNT)
    return np.round(counts) if np.all(whole) else None


def stated_unit(label: str, values: Array) -> str:
    """Unit of intensities by their title; by their size where the title says none."""
    if PER_SECOND.search(label):
        return "counts/s"
    return "counts" if COUNTS.search(label) else ordinate_unit(label, values)


def stated_technique(table: Table, a: int, j: int) -> str:
    """Technique of the columns ``a`` (axis) and ``j``, as titles and comments say it; empty where they do not."""
    text = f"{table.name}\n{table.about}"
    nuclear = _NMR_PAIR.search(text)
    if nuclear:
        return f"{nuclear[1]} NMR"
    if spectrum.named_levels(table.name):
        return spectrum.level_technique(table.name)
    if spectrum.axis(table.titles[a]) in ("binding_energy", "kinetic_energy"):
        levels = {level for title in (table.titles[a], table.titles[j]) for level in spectrum.levels(title)}
        return f"{levels.pop()} XPS" if len(levels) == 1 else ""
    if "axistype[1]" in table.meta and "laser" in table.meta:
        return "Raman"  # the settings that LabSpec writes above a spectrum
    data_type = table.meta.get("data type", table.meta.get("datatype", "")).lower()
    if "infrared" in data_type:
        return "FTIR"
    return "Raman" if "raman" in data_type else ""


def coordinates(about: str) -> dict[str, Coordinate]:
    """What the text around a table says of photon energy (eV), time a point (s) and laser line (nm).

    Examples
    --------
    >>> coordinates("laser_wavelength;532,07"), coordinates("Excitation Energy: 1253.6")
    ({'laser': 532.07}, {'photon_energy': 1253.6})
    """
    coords: dict[str, Coordinate] = {}
    photon = _PHOTON.search(about) or _EXCITATION.search(about)
    if photon and (energy := float(photon[1].rstrip("."))) >= LEAST_PHOTON_EV:
        coords["photon_energy"] = energy
    if time := _ACQUISITION.search(about):
        coords["dwell_time"] = float(time[1])
    for laser in _LASER.finditer(about):
        value = float(laser[1].replace(",", "."))
        if LASER_RANGE_NM[0] < value < LASER_RANGE_NM[1]:
            coords["laser"] = value
            break
    return coords
