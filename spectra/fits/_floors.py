r"""The noise of a region that is too short to have quiet parts: what its residuals show at fast frequencies.

A miss is as smooth as the lines are, so that it leaves little in the cosine transform of the residuals above a tenth of
the sampling frequency, a large one above a fifth. There white noise has the power that it has everywhere, and four
bands of that range are alike. Smoothed noise has a floor too, the side lobes of its filter. A filter is no longer than
the lines, or it would have taken them away: a mean of m points leaves 1/m of the variance in all, of the order of
:math:`1/m^2` in its lobes, m times less, and as much less again as the bands differ where its lobes fall. Residuals
whose variance lies beyond that, m being the breadth of the lines, are a miss whatever was done to the noise. A Gaussian
has no lobes: what is then left is the rounding of the file, far below any noise.
studies/short_regions.md has what comes of it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.fft import dct
from scipy.special import fdtri

Array = npt.NDArray[np.float64]
LEVELS = ((0.1, 1.0, 1.5), (0.15, 3.0, 6.0), (0.2, 6.0, np.inf))
"""From which share of the sampling frequency on, and by which factor residuals must exceed what smoothing explains
where the bands above are alike, and where they are not. The larger the miss, the farther it reaches; the less is looked
at, the likelier lobes seem flat."""
LARGE = 0.5
"""By which these factors count, but not below 1, where what is missed is large beside the lines: the margin is for
filters that nobody counted, and it is the dearer the more a miss does to the areas."""
TAPERED = 0.2
"""Share of the points, at both ends together, over which residuals go to 0: a step at an end has all frequencies."""
ROUNDED = 1e-4
"""Of the range of the data: noise of a region is no smaller, what files round off is."""
MOST_POINTS = 256
"""Above them parts tell the noise, or else means of neighbouring points, no more of them than these, do."""
BANDS = 4
UNLIKE = 0.05
"""Probability of bands that differ so much, of white noise, below which the noise is not white."""


def _floor(residual: Array, slowest: float) -> tuple[float, float, int]:
    """Variance of white noise with the power above a frequency, how unlike the bands are, and numbers in it.

    1 where the bands are as alike as those of white noise.
    """
    window = _taper(residual.size)
    tapered = residual * window / np.sqrt(np.mean(window**2))
    power = dct(tapered, norm="ortho")[int(2 * slowest * residual.size) :] ** 2
    means = [float(band.mean()) for band in np.array_split(power, BANDS)]
    size = power.size // BANDS
    chance = float(fdtri(size, size, 1 - UNLIKE / (BANDS * (BANDS - 1))))
    unlike = max(means) / max(min(means), np.finfo(float).tiny)
    return float(power.mean()), max(unlike / chance, 1.0), power.size


def is_white(residual: Array) -> bool:
    """Whether the fast frequencies of residuals are those of white noise.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=101)
    >>> is_white(noise), is_white(np.convolve(noise, np.ones(5) / 5, mode="same"))
    (True, False)
    """
    return _floor(residual, LEVELS[0][0])[1] == 1.0


def noise_below(residual: Array, breadth: float, extent: float, *, large: bool = False) -> tuple[float, int] | None:
    """Standard deviation of the noise where residuals are too large for any, and of how many numbers it is known.

    Parameters
    ----------
    residual
        m residuals.
    breadth
        Of the lines, in points: no filter is longer.
    extent
        Of the data, from the lowest to the highest.
    large
        Whether the residuals are large beside the lines.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=101)
    >>> miss = 20 * np.exp(-(((np.arange(101) - 50) / 10) ** 2))
    >>> sd, points = noise_below(noise + miss, 15.0, 100.0)
    >>> round(sd, 1), points
    (0.9, 81)
    >>> noise_below(np.convolve(noise, np.ones(5) / 5, mode="same"), 15.0, 100.0) is None
    True
    """
    if residual.size > MOST_POINTS:
        return None
    square = float(residual @ residual) / residual.size
    for slowest, lifted, lifted_unlike in LEVELS:
        floor, unlike, points = _floor(residual, slowest)
        smoothed = floor * breadth * unlike
        factor = lifted if unlike == 1.0 else lifted_unlike
        factor = max(LARGE * factor, 1.0) if large else factor
        if square > factor * smoothed and floor > (ROUNDED * extent) ** 2:
            return float(np.sqrt(floor if unlike == 1.0 else smoothed)), points
    return None


def _taper(size: int) -> Array:
    """Cosines at both ends that would be 0 one point farther out: a Tukey window without its ends."""
    from_end = np.minimum(np.arange(1, size + 1), np.arange(size, 0, -1))
    return 0.5 - 0.5 * np.cos(np.pi * np.minimum(2 * from_end / (TAPERED * (size + 1)), 1.0))
