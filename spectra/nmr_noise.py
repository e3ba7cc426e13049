r"""Noise of processed NMR spectra: its size and its correlation, from the quiet parts.

Zero filling and apodisation make neighbouring points alike.

A line's parameters feel the power of the noise at the frequencies that lines are made of, slow ones. Against white
noise of the same variance their covariance is larger by

.. math:: c = \frac{\overline{S(f)}_{f_1 < f < f_2}}{\overline{S(f)}},

S being the power spectrum of the noise along the axis, f_2 one in eight points and f_1 above the rolls of a baseline. c
is the number of points that count as one: 1 for a FID that was zero-filled once, 2 for twice.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from spectra.contract import axis_of
from spectra.lines import text_of
from spectra.thermal import said

SEGMENTS = 32
"""Parts of a spectrum; those without lines tell the noise, as spectrometer software has it."""
QUIET_SHARE = 0.25
"""Share of the parts that is taken to hold no line, to begin with."""
CLIP = 3.0
"""Parts whose variance is above that of the quiet ones by three of its standard deviations hold a line."""
LOWEST_BIN, HIGHEST_SHARE = 2, 0.125
"""Frequencies that lines are made of: from two periods in a part to one in eight points."""
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
    basis = np.polynomial.legendre.legvander(np.linspace(-1.0, 1.0, length), 2)
    parts = parts - parts @ np.linalg.pinv(basis).T @ basis.T
    spread = parts.var(axis=1) * length / (length - basis.shape[1])
    quiet = np.argsort(spread)[: max(int(QUIET_SHARE * SEGMENTS), 2)]
    correlation = 1.0
    for _ in range(SEGMENTS):
        correlation = _slow_power(parts[quiet])
        reach = 1 + CLIP * np.sqrt(2 * correlation / length)
        again = np.flatnonzero(spread <= spread[quiet].mean() * reach)
        if again.size <= quiet.size:
            break
        quiet = again
    return float(np.sqrt(spread[quiet].mean())), correlation


def _slow_power(parts: Array) -> float:
    """Power of the noise at the frequencies of lines over its mean power, 1 or more."""
    length = parts.shape[1]
    power = (np.abs(np.fft.rfft(parts * np.hanning(length), axis=1)) ** 2).mean(axis=0)
    low = power[LOWEST_BIN : max(int(HIGHEST_SHARE * length), LOWEST_BIN + 1) + 1]
    return max(float(low.mean() / power[LOWEST_BIN:].mean()), 1.0)
