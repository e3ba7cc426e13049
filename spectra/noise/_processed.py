"""Noise of processed NMR spectra: its size and its correlation, from the quiet parts.

Zero filling and apodisation make neighbouring points alike.

What a line feels is the power of the noise at slow frequencies over its mean, the number of points that count as one: 1
for a FID that was zero-filled once, 2 for twice. It is taken from the autocorrelation of the quiet parts
(:func:`spectra.noise.points_per_independent`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from spectra.noise._correlation import Array, correlated_product, decay_of, points_per_independent
from spectra.spectrum import MEASURED_BY, axis_of, recorded, text_of

SEGMENTS = 32
"""Parts of a spectrum; those without lines tell the noise, as spectrometer software has it."""
QUIET_SHARE = 0.25
"""Share of the parts that is taken to hold no line, to begin with."""
CLIP = 3.0
"""Parts whose variance is above that of the quiet ones by three of its standard deviations hold a line."""
FEWEST_POINTS = 512
SHORTEST = 16
"""Points of a part, at least."""
QUIET_CHANCE = 7.5
"""White noise seems correlated by up to this over the root of the points of its quietest parts: three of its sds."""
QUIET_PARTS = "quiet parts"
"""Value of ``noise_correlation_source``: what follows is measured once more in the residuals of a fit."""
TREND = 2
"""Degree of the polynomial that is taken out of every part: the roll of a baseline."""


def with_noise(spectrum: xr.Dataset) -> xr.Dataset:
    """The spectrum with noise and ``noise_correlation`` from its quiet parts, unless the noise was given.

    Parameters
    ----------
    spectrum
        Spectrum of n points; below 512 it is returned with a correlation of 1 and its noise as it is. Where it states
        ``noise_correlation`` or ``noise_processing`` they stay.

    Returns
    -------
    xr.Dataset
        New spectrum with the coordinate ``noise_correlation``; NaN where the noise is alike over too many points for
        its parts to tell. ``noise_correlation_source`` says that it was measured here: in quiet parts lie tails and
        weak sidebands, so that a fit measures it once more in its residuals.
    """
    values = np.asarray(spectrum["intensity"].values, dtype=float)
    present = "noise_correlation" in spectrum.coords
    stated = decay_of(spectrum)
    if values.size < FEWEST_POINTS or text_of(spectrum, "noise_source") != "estimated":
        unsaid = 1.0 if stated is None else stated.together()
        return spectrum if present else spectrum.assign_coords(noise_correlation=unsaid)
    sd, correlation = quiet_noise(values, None if stated is None else stated.autocorrelation())
    if stated is not None:
        correlation = stated.together()
    axis = axis_of(spectrum)
    attrs = dict(spectrum["noise"].attrs)
    result = spectrum.assign(noise=(axis, np.full(values.size, sd), attrs))
    if not present:
        result = result.assign_coords(noise_correlation=correlation)
        if stated is None:
            result = result.assign_coords({MEASURED_BY: QUIET_PARTS})
    told = f"{correlation:.2f}" if np.isfinite(correlation) else "left to the fit"
    source = "" if stated is None else " follows from the processing of the decay"
    return recorded(result, f"noise {sd:.3g} taken from the quietest parts, its correlation {told}{source}")


def quiet_noise(values: npt.ArrayLike, autocorrelation: Array | None = None) -> tuple[float, float]:
    """Standard deviation of the noise and number of points that count as one, from the quietest parts.

    Parameters
    ----------
    values
        n intensities, at least 512, in the order of the axis.
    autocorrelation
        Of the noise, over lags in points, where it is known.

    Returns
    -------
    tuple
        The number of points is NaN where the parts are too short to tell.

    Examples
    --------
    >>> white = np.random.default_rng(3).normal(0.0, 2.0, 8192)
    >>> sd, correlation = quiet_noise(white)
    >>> round(sd, 1), round(correlation, 1)
    (2.0, 1.0)
    """
    quiet = quiet_parts(values, autocorrelation)
    if quiet.told and quiet.together < 1 + QUIET_CHANCE / np.sqrt(quiet.points):
        return quiet.sd, 1.0
    return quiet.sd, quiet.together if quiet.told else float("nan")


@dataclass(frozen=True, slots=True)
class Quiet:
    """Noise of the quiet parts: its sd, the points that count as one, if they tell; points of all and of one."""

    sd: float
    together: float
    told: bool
    points: int
    length: int


def quiet_parts(values: npt.ArrayLike, autocorrelation: Array | None = None, *, segments: int = SEGMENTS) -> Quiet:
    """What the parts without lines show of the noise; at least 64 values in at most so many segments."""
    y = np.asarray(values, dtype=float)
    length = max(y.size // segments, SHORTEST)
    count = min(y.size // length, segments)
    trend = np.linalg.qr(np.polynomial.legendre.legvander(np.linspace(-1.0, 1.0, length), TREND))[0]
    parts = y[: length * count].reshape(count, length)
    parts = parts - (parts @ trend) @ trend.T
    power = np.sum(parts**2, axis=1)
    quiet = np.argsort(power)[: max(int(QUIET_SHARE * count), 2)]
    correlation, told = 1.0, False
    for _ in range(count):
        correlation, told = points_per_independent(parts[quiet], trend)
        reach = 1 + CLIP * np.sqrt(2 * correlation / length)
        again = np.flatnonzero(power <= power[quiet].mean() * reach)
        if again.size <= quiet.size:
            break
        quiet = again
    slow = correlation if autocorrelation is None else _share(trend, autocorrelation)
    left = max(length - slow * trend.shape[1], 1.0)
    return Quiet(float(np.sqrt(power[quiet].mean() / left)), float(correlation), told, int(quiet.size * length), length)


def _share(trend: Array, autocorrelation: Array) -> float:
    """Power of the noise that a trend takes, over that of white noise."""
    return float(np.sum(trend * correlated_product(trend, autocorrelation)) / trend.shape[1])
