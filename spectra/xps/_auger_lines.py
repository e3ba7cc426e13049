"""The sodium Auger line among photoelectron lines: where it lies, whether a region holds or cuts it."""

from __future__ import annotations

from typing import Any

from spectra.models import (
    Peak,
    peak,
    tied,
    widened,
)
from spectra.xps import _defaults as xps_defaults
from spectra.xps._prepared import OXYGEN


def auger_binding_energy(photon_energy: float, line: str = "KL1L23") -> float:
    """Apparent binding energy (eV) at which a sodium Auger line shows.

    Examples
    --------
    >>> round(auger_binding_energy(1486.6), 1), round(auger_binding_energy(1486.6, "KL23L23"), 1)
    (535.6, 497.6)
    """
    return photon_energy - xps_defaults.AUGER_KINETIC[line]


def auger_inside(photon_energy: float, level: str, ends: tuple[float, float]) -> bool:
    """Whether the line, or a flank of it, lies in the range: what it covers of a cut range would count as BO."""
    reach = xps_defaults.AUGER_REACH * xps_defaults.AUGER_FWHM.mean
    center = auger_binding_energy(photon_energy)
    return level == OXYGEN and ends[0] < center + reach and center - reach < ends[1]


def auger_cut(photon_energy: float, ends: tuple[float, float]) -> bool:
    """Whether the range ends on the line, so that its flank alone says how much of it lies under BO."""
    center, half = auger_binding_energy(photon_energy), xps_defaults.AUGER_FWHM.mean
    return not ends[0] <= center - half < center + half <= ends[1]


def auger_line(photon_energy: float, widen: float, offset_sd: float) -> Peak:
    """The sodium Auger line of a region, as a broad peak that counts nothing; it moves with the axis."""
    center = auger_binding_energy(photon_energy)
    half = xps_defaults.AUGER_HALF_WINDOW + xps_defaults.AUGER_OFFSETS * offset_sd
    width = widened(xps_defaults.AUGER_FWHM, widen)
    quantities: dict[str, Any] = {"center": (center, center - half, center + half), "fwhm": width.mean}
    return tied(peak(xps_defaults.AUGER_PEAK, quantities), "fwhm", width, xps_defaults.AUGER_FWHM_BOUNDS)
