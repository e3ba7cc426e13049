"""Infrared spectra whose bands point upwards, for lines at maxima or at positions."""

from __future__ import annotations

import xarray as xr

from spectra.ftir._absorbance import to_absorbance

_UPRIGHT = ("kubelka-munk",)
"""Units that are neither absorbance nor transmittance, over which bands are maxima too."""


def upright(spectrum: xr.Dataset, *, quantity: str | None = None) -> xr.Dataset:
    """An infrared spectrum whose bands are maxima: absorbance by :func:`to_absorbance`, or a similar quantity.

    Examples
    --------
    >>> from spectra import from_arrays
    >>> dips = from_arrays([1, 2, 3], [90.0, 10.0, 90.0], axis="wavenumber", noise=0.1, intensity_unit="%T")
    >>> upright(dips).intensity.values.round(2).tolist()
    [0.05, 1.0, 0.05]
    """
    unit = str(spectrum["intensity"].attrs.get("units", ""))
    return spectrum if quantity is None and unit.lower() in _UPRIGHT else to_absorbance(spectrum, quantity=quantity)
