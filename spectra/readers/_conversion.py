"""From the unit in which a file has its axis to the one unit of that axis."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import constants

from shortrange_core.errors import BadInput
from shortrange_core.notes import Note, Severity
from shortrange_core.spelling import option
from spectra.readers._choosing import check_technique
from spectra.readers._energies import binding_energies, outside_level, with_energy
from spectra.readers.raw import Raw, Source, counts_rows
from spectra.spectrum import AXES, AXES_OF_KIND, LASER_RANGE_NM, kind

_IN_SECONDS = Note(
    "time-assumed-seconds",
    Severity.WARNING,
    "the time axis has no known unit: seconds are assumed",
    "add the unit to its title, such as time (ms)",
)
_IN_NANOMETRES = Note(
    "wavelength-assumed-nanometres",
    Severity.WARNING,
    "the axis is a wavelength without a unit that is known: nanometres are assumed",
    "write the unit into its title: wavelength (um), or wavenumber (cm-1) if that is what its numbers are",
)
NM_PER_CM = 1e7
NM_EV = constants.h * constants.c / constants.e * 1e9  # wavelength times energy of light
_TO_NM = {"um": 1e3, "angstrom": 0.1}
_TO_SECONDS = {"": 1.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0}
_AXIS_OF_UNIT = {
    "ppm": "chemical_shift",
    "nm": "wavelength",
    "um": "wavelength",
    "s": "time",
    "ms": "time",
    "us": "time",
}


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the user says of a measurement; it overrides the file.

    Parameters
    ----------
    laser
        Wavelength of the laser in nm.
    photon_energy
        Photon energy in eV.
    larmor_frequency
        Frequency of 0 ppm in MHz.
    energy
        ``"kinetic"`` or ``"binding"``, where an axis in eV is one and the file does not say which.
    """

    laser: float | None = None
    photon_energy: float | None = None
    larmor_frequency: float | None = None
    energy: str | None = None

    def coords(self) -> dict[str, float]:
        """The numbers that are given, as coordinates of the spectrum."""
        given = {
            "laser": self.laser,
            "photon_energy": self.photon_energy,
            "larmor_frequency": self.larmor_frequency,
        }
        return {name: value for name, value in given.items() if value is not None}


NOTHING_SAID = Overrides()
MOST_COUNTED = {"NMR": 1e3, "Raman": 1e4, "FTIR": 2e4, "XPS": 1e4}
"""ppm, cm-1 and eV that no axis of its kind reaches in steps of exactly 1 from 0 or 1."""


def converted(
    source: Source,
    raw: Raw,
    technique: str,
    settings: Overrides,
) -> Raw:
    """``raw`` with its axis named and in the unit of that axis.

    Parameters
    ----------
    source
        For the name in errors.
    raw
        A block as a reader gives it.
    technique
        What the user says, or empty.
    settings
        What the user says of the measurement.

    Raises
    ------
    BadInput
        If neither file nor technique names the axis, if unit and technique exclude one another, or if the laser line
        that a conversion needs is not known.
    """
    technique = technique or raw.technique
    laser = settings.laser
    if laser is not None and not LASER_RANGE_NM[0] < laser < LASER_RANGE_NM[1]:
        raise BadInput(f"laser = {laser:g}: must be in nm, between {LASER_RANGE_NM[0]:g} and {LASER_RANGE_NM[1]:g}")
    raw = replace(raw, coords={**raw.coords, **settings.coords()})
    raw = with_energy(source, raw, technique, settings.energy)
    if raw.unit == "Hz":
        raw = _from_hertz(source, raw)
    if raw.unit == "absolute cm-1" or (raw.unit == "eV" and technique and kind(technique) == "Raman"):
        raw = _from_photons(source, raw)
    axis = raw.axis if raw.axis in AXES else _AXIS_OF_UNIT.get(raw.unit, "")
    if not axis:
        axis = _axis_from_technique(source, raw, technique)
    raw = replace(raw, axis=axis)
    check_technique(source, raw, technique)  # of a unit that names the axis, as seconds do
    if axis == "time" and raw.unit in _TO_SECONDS:
        notes = (*raw.notes, *(() if raw.unit else (_IN_SECONDS,)))
        return replace(raw, x=raw.x * _TO_SECONDS[raw.unit], unit="s", notes=notes)
    if axis == "wavelength":
        return _from_wavelength(source, raw, technique)
    if axis == "kinetic_energy" and not (technique and kind(technique) != "XPS"):
        raw = binding_energies(source, raw, settings.photon_energy)
        return replace(raw, notes=(*raw.notes, *outside_level(raw, technique)))
    if raw.unit not in ("", AXES[axis]):
        raise BadInput(
            f"{source.name}: the axis {axis} is in {raw.unit}; {AXES[axis]} is needed: export it in that unit"
        )
    return replace(raw, notes=(*raw.notes, *outside_level(raw, technique)))


def _axis_from_technique(source: Source, raw: Raw, technique: str) -> str:
    if not technique:
        seen = f"only the unit {raw.unit}" if raw.unit else "no unit"
        raise BadInput(
            f"{source.name}: states {seen} of its axis ({np.min(raw.x):g} to {np.max(raw.x):g}); "
            f"give {option('technique')}, such as 'Raman', 'FTIR', '31P NMR' or 'O 1s XPS'"
        )
    axis = AXES_OF_KIND[kind(technique)][0]
    if counts_rows(raw.x) and raw.x[-1] > MOST_COUNTED[kind(technique)]:
        raise BadInput(
            f"{source.name}: has an axis of point numbers, from {raw.x[0]:g} to {raw.x[-1]:g}, as "
            "interferograms and decays do; export it with its axis"
        )
    if raw.unit and raw.unit != AXES[axis]:
        raise BadInput(
            f"{source.name}: has its axis in {raw.unit}, but {technique} needs {AXES[axis]}; "
            f"give the right file or {option('technique')}"
        )
    return axis


def _from_wavelength(source: Source, raw: Raw, technique: str) -> Raw:
    wavelength = raw.x * _TO_NM.get(raw.unit, 1.0)
    family = kind(technique) if technique else ""
    if np.any(wavelength <= 0):
        raise BadInput(f"{source.name}: has wavelengths of 0 nm or less; check the axis column")
    if family == "Raman":
        laser = raw.coords.get("laser")
        if not isinstance(laser, (int, float)) or not laser > 0:
            raise BadInput(
                f"{source.name}: has its axis in nm and does not state the laser line; give {option('laser')} in nm, "
                "such as 532.0"
            )
        shift = NM_PER_CM / float(laser) - NM_PER_CM / wavelength
        step = f"axis converted from nm to Raman shift with the laser line {laser:g} nm"
        return replace(raw, x=shift, axis="raman_shift", unit="cm-1", history=(*raw.history, step))
    if family == "FTIR":
        step = "axis converted from wavelength to wavenumber"
        raw = replace(raw, history=(*raw.history, step), notes=(*raw.notes, *(() if raw.unit else (_IN_NANOMETRES,))))
        return replace(raw, x=NM_PER_CM / wavelength, axis="wavenumber", unit="cm-1")
    if family:
        raise BadInput(
            f"{source.name}: has its axis in {raw.unit or 'nm'}, which {technique} does not have; "
            f"check {option('technique')}"
        )
    return replace(raw, x=wavelength, unit="nm")


def _from_photons(source: Source, raw: Raw) -> Raw:
    """Wavelength of the scattered light, from its energy in eV or as a wavenumber."""
    if np.any(raw.x <= 0):
        raise BadInput(f"{source.name}: has light of {raw.unit} at or below 0; check the axis column")
    nanometres = (NM_EV if raw.unit == "eV" else NM_PER_CM) / raw.x
    step = f"axis converted from {raw.unit} of the light to nm"
    return replace(raw, x=nanometres, axis="wavelength", unit="nm", history=(*raw.history, step))


def _from_hertz(source: Source, raw: Raw) -> Raw:
    larmor = raw.coords.get("larmor_frequency")
    if not isinstance(larmor, (int, float)) or not larmor > 0:
        raise BadInput(f"{source.name}: has its axis in Hz; give {option('larmor_frequency', 202.36)} in MHz")
    step = f"axis converted from Hz to ppm with the Larmor frequency {larmor:g} MHz"
    return replace(raw, x=raw.x / larmor, axis="chemical_shift", unit="ppm", history=(*raw.history, step))
