"""Scaling and fluorescence of Raman spectra: what may be done before a fit without losing what the noise is."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from shortrange_core import BadInput
from spectra.models.backgrounds import subtract
from spectra.raman._defaults import FWHM_BOUNDS
from spectra.spectrum import axis_of, check, measured_range, recorded

STIFFER = 3.0
"""Times the widest band: a baseline that bends at three band widths takes less than 1 % of a band away."""
ORDER = 3
"""Of the penalised difference: a smoother of second differences cannot follow an exponential to the ends of a
spectrum (measured: it leaves 600 counts of 5000, one of third differences 1)."""


def normalised(spectrum: xr.Dataset, *, by: str = "area", window: tuple[float, float] | None = None) -> xr.Dataset:
    """Intensity and noise divided by one number, so that relative noise and Poisson weights from counts stay valid.

    Parameters
    ----------
    spectrum
        Any spectrum.
    by
        ``"area"`` or ``"maximum"`` of the window.
    window
        Part of the axis that is taken; all of it where absent.

    Raises
    ------
    BadInput
        If ``by`` is not known or the number is not positive.

    Examples
    --------
    >>> from spectra import from_arrays
    >>> raw = from_arrays([1, 2, 3], [4.0, 9.0, 4.0], axis="raman_shift", counts=[4, 9, 4])
    >>> half = normalised(raw, by="maximum")
    >>> half.noise.values.round(3).tolist(), half.counts.values.tolist()
    ([0.222, 0.333, 0.222], [4.0, 9.0, 4.0])
    """
    spectrum = check(spectrum)
    axis = axis_of(spectrum)
    low, high = measured_range(spectrum, window)
    part = spectrum["intensity"].sel({axis: slice(low, high)})
    if by not in ("area", "maximum"):
        raise BadInput(f"by = {by!r}: is not known; give 'area' or 'maximum'")
    size = float(part.max() if by == "maximum" else np.trapezoid(part.values, part[axis].values))
    if not size > 0:
        raise BadInput(f"the {by} from {low:g} to {high:g} is {size:g}, not positive; choose another window")
    result = spectrum.assign(intensity=spectrum["intensity"] / size, noise=spectrum["noise"] / size)
    for name in ("intensity", "noise"):
        result[name].attrs["units"] = f"of the {by}"
    return recorded(result, f"divided by the {by} of {low:g} to {high:g}, {size:.6g}")


def without_fluorescence(spectrum: xr.Dataset, *, widest: float = FWHM_BOUNDS[1]) -> xr.Dataset:
    r"""The spectrum minus an arPLS fluorescence baseline whose stiffness follows from the widths of the bands.

    A Whittaker smoother of third differences and stiffness lambda passes what is longer than
    :math:`2 \pi \lambda^{1/6}` points; lambda is set so that this is three times the widest band.
    A polynomial inside the fit is better where it suffices: what is taken away here has no error.

    Parameters
    ----------
    spectrum
        Raman spectrum.
    widest
        cm-1; fwhm of the widest band that is to stay.

    Raises
    ------
    BadInput
        If the spectrum is shorter than three such bands.
    """
    spectrum = check(spectrum)
    x = np.asarray(spectrum[axis_of(spectrum)].values, dtype=float)
    step = float(np.median(np.diff(x)))
    length = STIFFER * widest / step
    if length > x.size:
        raise BadInput(
            f"the spectrum spans {x[-1] - x[0]:g} cm-1, less than three bands of {widest:g} cm-1: baseline and bands "
            "cannot be separated; fit a polynomial of low degree with the bands"
        )
    return subtract(spectrum, "arpls", settings={"lam": (length / (2 * math.pi)) ** (2 * ORDER), "diff_order": ORDER})
