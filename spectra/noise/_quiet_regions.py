"""Noise from a region without lines: its size and its correlation, measured apart from the fit."""

from __future__ import annotations

import numpy as np
import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted
from spectra.noise._correlation import CHANCE, autocorrelation_of, correlated_product, points_per_independent
from spectra.spectrum import axis_of, check, recorded

FEWEST_POINTS = 24
MOST_DEGREE = 5


def noise_from_region(spectrum: xr.Dataset, lower: float, upper: float, *, degree: int = 1) -> xr.Dataset:
    r"""The spectrum with the noise of a region without lines, the same at all points.

    Holds where the noise does not depend on the signal and the region holds a smooth baseline alone. With the residuals
    r of a polynomial of k coefficients in n points, c of which count as one,

    .. math:: \sigma^2 = \sum r^2 / (n - c k)

    The noise then counts as given: the covariance of a fit is absolute, and a misfit can be seen.

    Parameters
    ----------
    spectrum
        A labelled spectrum.
    lower, upper
        Ends of the region, unit of the axis; at least 24 points.
    degree
        Of the polynomial, 0 to 5.

    Returns
    -------
    xr.Dataset
        New spectrum; ``noise_correlation`` is measured too unless the spectrum states it (NaN, which leaves it to the
        fit, where the region is too short to tell).

    Raises
    ------
    BadInput
        If the noise comes from counts, the region holds too few points, or it holds no noise.

    Examples
    --------
    >>> from spectra.spectrum import from_arrays
    >>> x, rng = np.linspace(0.0, 100.0, 1001), np.random.default_rng(1)
    >>> y = 2 + 0.1 * x + 50 * np.exp(-(((x - 70) / 4) ** 2)) + rng.normal(0, 0.5, x.size)
    >>> found = noise_from_region(from_arrays(x, y, axis="raman_shift"), 0.0, 50.0)
    >>> round(float(found.noise[0]), 2), str(found.noise_source.item())
    (0.46, 'given')
    """
    spectrum = check(spectrum)
    axis = axis_of(spectrum)
    if "noise_source" in spectrum.coords and str(spectrum.coords["noise_source"].item()) == "counts":
        raise BadInput(
            "noise_source: the noise of counts depends on the signal and follows from the model; leave it as it is"
        )
    if not isinstance(degree, int) or not 0 <= degree <= MOST_DEGREE:
        raise BadInput(f"degree = {degree!r}: give 0 to {MOST_DEGREE}")
    values = np.asarray(spectrum["intensity"].sel({axis: slice(lower, upper)}).values, dtype=float)
    if values.size < FEWEST_POINTS:
        raise BadInput(
            f"region {lower:g} to {upper:g}: contains {counted(values.size, 'point')}, but {FEWEST_POINTS} are needed; "
            f"the axis runs "
            f"from {float(spectrum[axis][0]):g} to {float(spectrum[axis][-1]):g}"
        )
    trend = np.linalg.qr(np.polynomial.legendre.legvander(np.linspace(-1.0, 1.0, values.size), degree))[0]
    residual = values - trend @ (trend.T @ values)
    together, told = points_per_independent(residual, trend)
    if together < 1 + CHANCE * np.sqrt(1 / values.size):
        together = 1.0
    stated = autocorrelation_of(spectrum)
    taken = together * trend.shape[1] if stated is None else float(np.sum(trend * correlated_product(trend, stated)))
    sd = float(np.sqrt(residual @ residual / max(values.size - taken, 1.0)))
    if not sd > 1e-12 * float(np.abs(values).max()):
        raise BadInput(f"region {lower:g} to {upper:g}: contains no noise; choose another, or give noise=")
    attrs = dict(spectrum["noise"].attrs)
    result = spectrum.assign(noise=(axis, np.full(spectrum.sizes[axis], sd), attrs))
    result = result.assign_coords(noise_source="given")
    if "noise_correlation" not in spectrum.coords:
        result = result.assign_coords(noise_correlation=together if told else np.nan)
    return recorded(result, f"noise {sd:.3g} measured between {lower:g} and {upper:g}")
