r"""Temperature and frequency dependence of Raman intensities: from counts to a susceptibility that areas compare."""

from __future__ import annotations

import numpy as np
import xarray as xr

from shortrange_core import BadInput
from shortrange_core.chemistry import SECOND_RADIATION_CONSTANT
from spectra.spectrum import LASER_RANGE_NM, check, recorded

NM_PER_CM = 1e7
LOWEST_SHIFT = 5.0
"""cm-1: below it the occupation diverges and the laser line dominates."""


def reduce_raman(spectrum: xr.Dataset, *, temperature: float, laser: float) -> xr.Dataset:
    r"""Correct a Stokes Raman spectrum for the Bose occupation and the frequency factors (Long's formula).

    .. math:: R(\nu) = I(\nu)\, \nu_0^3 \, \frac{\nu}{(\nu_0 - \nu)^4} \left[1 - e^{-h c \nu / k T}\right]

    Intensity and noise take the same factor, which is 1 at 500 cm-1, so that units stay counts-like. Holds for photon
    counts per cm-1 of a spectrometer whose response is flat or was corrected.

    Parameters
    ----------
    spectrum
        Raman spectrum over ``raman_shift`` (cm-1); points at or below 5 cm-1 are left out.
    temperature
        K.
    laser
        Laser wavelength in nm.

    Returns
    -------
    xr.Dataset
        Reduced spectrum without ``counts``, which no longer are counts.

    Raises
    ------
    BadInput
        If temperature or laser is not positive, the laser is not in nm, the correction was made before, or nothing lies
        above 5 cm-1.

    Examples
    --------
    >>> from spectra import from_arrays
    >>> raw = from_arrays([100.0, 300.0, 500.0], [1.0, 1.0, 1.0], axis="raman_shift", noise=0.1)
    >>> reduce_raman(raw, temperature=295.0, laser=488.0).intensity.values.round(3).tolist()
    [0.078, 0.485, 1.0]
    """
    spectrum = check(spectrum)
    if not (temperature > 0 and laser > 0):
        raise BadInput(f"temperature = {temperature} K, laser = {laser} nm: both must be positive; give K and nm")
    if not LASER_RANGE_NM[0] < laser < LASER_RANGE_NM[1]:
        raise BadInput(f"laser = {laser:g}: must be in nm, between {LASER_RANGE_NM[0]:g} and {LASER_RANGE_NM[1]:g}")
    if "susceptibility" in spectrum.coords:
        raise BadInput("the Bose and frequency factors were already removed; start from the measured spectrum")
    kept = spectrum.sel(raman_shift=spectrum.raman_shift[spectrum.raman_shift > LOWEST_SHIFT])
    if kept.raman_shift.size == 0:
        raise BadInput(
            f"raman_shift: there is no point above {LOWEST_SHIFT:g} cm-1; the formula is for Stokes lines only"
        )
    factor = _factor(kept.raman_shift, temperature, laser) / _factor(xr.DataArray(500.0), temperature, laser)
    reduced = kept.drop_vars("counts", errors="ignore").assign(
        intensity=kept.intensity * factor, noise=kept.noise * factor
    )
    for name in ("intensity", "noise"):
        reduced[name].attrs["units"] = "reduced"
    step = f"Bose and frequency factors taken out at {temperature:g} K, laser {laser:g} nm"
    return recorded(
        reduced.assign_coords(susceptibility=True, noise_source="given", temperature=temperature, laser=laser), step
    )


def _factor(shift: xr.DataArray, temperature: float, laser: float) -> xr.DataArray:
    line = NM_PER_CM / laser
    occupation = -np.expm1(-SECOND_RADIATION_CONSTANT * shift / temperature)
    return line**3 * shift / (line - shift) ** 4 * occupation
