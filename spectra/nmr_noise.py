r"""Noise of processed NMR spectra: its size and its correlation from the quiet parts, because zero filling and
apodisation make neighbouring points alike.

The covariance of a line's parameters grows by the power of the noise at the slow end of its own spectrum over its mean,

.. math:: c = \sum_k \rho_k \quad\text{(lags within a line width)},

because a line is a slow function of the axis. c is the number of points that count as one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from spectra.contract import axis_of
from spectra.lines import text_of
from spectra.thermal import said

SEGMENTS = 32
"""Parts of a spectrum of which the quietest quarter is taken as free of lines, as spectrometer software does."""
QUIET_SHARE = 0.25
LAGS = 12
"""Points within which correlations are summed: longer ones are baseline."""
FEWEST_POINTS = 512
Array = npt.NDArray[np.float64]


def with_noise(spectrum: xr.Dataset) -> xr.Dataset:
    """The spectrum with noise and ``noise_correlation`` from its quiet parts, unless the noise was given.

    Parameters
    ----------
    spectrum
        Spectrum of n points; below 512 it is returned with a correlation of 1 and its noise as it is.

    Returns
    -------
    xr.Dataset
        New spectrum with the coordinate ``noise_correlation``.
    """
    values = np.asarray(spectrum["intensity"].values, dtype=float)
    known = "noise_correlation" in spectrum.coords
    if values.size < FEWEST_POINTS or text_of(spectrum, "noise_source") != "estimated":
        return spectrum if known else spectrum.assign_coords(noise_correlation=1.0)
    sd, correlation = quiet_noise(values)
    axis = axis_of(spectrum)
    attrs = dict(spectrum["noise"].attrs)
    result = spectrum.assign(noise=(axis, np.full(values.size, sd), attrs))
    if not known:
        result = result.assign_coords(noise_correlation=correlation)
    return said(result, f"noise {sd:.3g} and its correlation {correlation:.2f} taken from the quietest parts")


def quiet_noise(values: npt.ArrayLike) -> tuple[float, float]:
    """Standard deviation of the noise and number of points that count as one, from the quietest parts.

    Parameters
    ----------
    values
        n intensities, at least 512, in the order of the axis.

    Examples
    --------
    >>> white = np.random.default_rng(3).normal(0.0, 2.0, 8192)
    >>> sd, correlation = quiet_noise(white)
    >>> round(sd, 1), round(correlation, 1)
    (2.0, 1.0)
    """
    y = np.asarray(values, dtype=float)
    length = y.size // SEGMENTS
    parts = y[: length * SEGMENTS].reshape(SEGMENTS, length)
    at = np.linspace(-1.0, 1.0, length)
    basis = np.polynomial.legendre.legvander(at, 2)
    parts = parts - parts @ np.linalg.pinv(basis).T @ basis.T
    spread = parts.var(axis=1)
    quiet = parts[np.argsort(spread)[: max(int(QUIET_SHARE * SEGMENTS), 2)]]
    freedom = (length - basis.shape[1]) / length
    variance = float(np.median(np.sort(spread)[: max(int(2 * QUIET_SHARE * SEGMENTS), 2)])) / freedom
    lags = min(LAGS, length // 4)
    covariance = np.array([np.mean(quiet[:, k:] * quiet[:, : length - k]) for k in range(lags + 1)])
    rho = covariance / covariance[0]
    correlation = 1.0 + 2.0 * float(np.sum((1 - np.arange(1, lags + 1) / (lags + 1)) * rho[1:]))
    return float(np.sqrt(variance)), max(correlation, 1.0)
