"""Axes as the field draws them: shift, wavenumber and binding energy fall from left to right."""

from __future__ import annotations

from matplotlib.axes import Axes

REVERSED = ("chemical_shift", "binding_energy", "wavenumber")
"""Axes that fall from left to right in the figures of their field."""
AXIS_TITLES = {
    "chemical_shift": "chemical shift (ppm)",
    "raman_shift": "Raman shift (cm$^{-1}$)",
    "wavenumber": "wavenumber (cm$^{-1}$)",
    "binding_energy": "binding energy (eV)",
    "kinetic_energy": "kinetic energy (eV)",
    "wavelength": "wavelength (nm)",
    "time": "time (s)",
}


def set_axis(ax: Axes, axis: str, low: float, high: float) -> None:
    """Title and direction of the axis of a spectrum."""
    ax.set_xlabel(AXIS_TITLES[axis])
    ax.set_xlim((high, low) if axis in REVERSED else (low, high))
