"""Cosmic rays in Raman spectra: points that no line of the spectrometer's resolution can have made."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.ndimage import median_filter

from shortrange_core import BadInput
from shortrange_core.shown_numbers import counted
from spectra.spectrum import axis_of, check, recorded

WIDEST = 3
"""Points: a ray hits a few pixels; a real line of the resolution of a spectrometer covers more."""
THRESHOLD = 8.0
"""Noise standard deviations above the surroundings: one in 1e15 points by chance."""
SURROUNDINGS = 11
"""Points of the running median that is taken as the surroundings of a spike."""
NEIGHBOUR_SHARE = 0.25
"""A line whose fwhm is 3.5 points or more keeps a quarter of its height two points from its maximum; a ray does not."""


def despiked(
    spectrum: xr.Dataset, *, threshold: float = THRESHOLD, widest: int = WIDEST
) -> tuple[xr.Dataset, xr.Dataset]:
    """Remove points that only a cosmic ray can explain.

    A run of at most ``widest`` points is a ray where it rises above the running median by ``threshold`` noise standard
    deviations and where the points just outside it have fallen below a quarter of that rise: a line that the
    spectrometer resolves cannot. The points are left out of the axis, not replaced by invented ones.

    Parameters
    ----------
    spectrum
        One Raman spectrum of n points.
    threshold
        Noise standard deviations.
    widest
        Points that a ray covers at most.

    Returns
    -------
    tuple
        The spectrum without these points, and what was removed (the same variables, and ``excess`` over the median).

    Raises
    ------
    BadInput
        If an option is not positive.

    Examples
    --------
    >>> from spectra import from_arrays
    >>> x = np.arange(200.0, 300.0)
    >>> y = 100 + 50 * np.exp(-((x - 250) / 6) ** 2)
    >>> y[20] += 90
    >>> clean, removed = despiked(from_arrays(x, y, axis="raman_shift", noise=1.0))
    >>> removed.raman_shift.values.tolist(), clean.sizes["raman_shift"]
    ([220.0], 99)
    """
    spectrum = check(spectrum)
    if not (threshold > 0 and widest >= 1):
        raise BadInput(f"threshold = {threshold}, widest = {widest}: must be positive; 8 and 3 suit most detectors")
    axis = axis_of(spectrum)
    values = np.asarray(spectrum["intensity"].values, dtype=float)
    excess = values - median_filter(values, size=SURROUNDINGS, mode="nearest")
    high = excess > threshold * np.asarray(spectrum["noise"].values)
    hit = _rays(excess, high, widest)
    removed = spectrum.isel({axis: np.flatnonzero(hit)}).assign(excess=(axis, excess[hit]))
    if not hit.any():
        return spectrum, removed
    places = ", ".join(f"{value:.1f}" for value in spectrum[axis].values[hit])
    clean = spectrum.isel({axis: np.flatnonzero(~hit)})
    return recorded(clean, f"{counted(int(hit.sum()), 'point')} of cosmic rays left out at {places}"), removed


def _rays(excess: npt.NDArray[np.float64], high: npt.NDArray[np.bool_], widest: int) -> npt.NDArray[np.bool_]:
    hit = np.zeros_like(high)
    padded = np.concatenate([[False], high, [False]])
    starts = np.flatnonzero(padded[1:] & ~padded[:-1])
    stops = np.flatnonzero(~padded[1:] & padded[:-1])
    for start, stop in zip(starts, stops, strict=True):
        top = float(excess[start:stop].max())
        core = np.flatnonzero(excess[start:stop] > NEIGHBOUR_SHARE * top) + start
        first, last = int(core[0]), int(core[-1])
        if last - first + 1 > widest:
            continue
        outside = [excess[i] for i in (first - 1, last + 1) if 0 <= i < excess.size]
        if outside and max(outside) < NEIGHBOUR_SHARE * top:
            hit[start:stop] = True
    return hit
