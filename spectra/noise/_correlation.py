r"""Noise whose autocorrelation is known: what it does to a covariance, and draws of it.

A fit weighs points as if the noise were white with c points counting as one. Where the autocorrelation r of the noise
along the axis is known (the coordinate ``noise_processing``, see :class:`spectra.noise.Decay`), the covariance is that
of the same estimate under the true noise,

.. math:: V = C + C\,A^T (R/c - 1) A\,C, \qquad R_{ij} = r_{|i-j|},

A being the weighted derivatives of the data and C the inverse of the normal matrix: a line feels the noise at the
frequencies that it is made of, a level the one at frequency 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.fft import irfft, next_fast_len, rfft

from shortrange_core.errors import BadInput
from spectra.noise._decays import PROCESSING, Decay

Array = npt.NDArray[np.float64]
# Least power of white noise that is divided by: below it the window has nothing to compare with.
ROUNDING = 1e-9
# Derivatives that depend on one another span fewer directions; those below this share of the largest are rounding.
RANK = 1e-8
# A circle of the wrong length gives negative power, which no noise has: this share of the largest is cut to 0, more
# is not, and the matrix is used.
NEGATIVE = 0.01
MOST_DENSE = 4096
CHANCE = 5.0
"""White noise of n points seems correlated by up to this over the root of n: two of its standard deviations."""
REACH = 5.0
"""Lags that are used, in units of the points that count as one: more would add noise, fewer would miss a slow decay."""


def autocorrelation_of(part: xr.Dataset) -> Array | None:
    """Autocorrelation of the noise over lags 0, 1, 2 ... points, where the spectrum says how its decay was processed.

    Raises
    ------
    BadInput
        If the coordinate ``noise_processing`` is not understood.
    """
    decay = decay_of(part)
    return None if decay is None else decay.autocorrelation()


def decay_of(part: xr.Dataset) -> Decay | None:
    """How the decay was processed, where the spectrum says it."""
    if PROCESSING not in part.coords:
        return None
    stated = part.coords[PROCESSING]
    if stated.ndim:
        raise BadInput(f"{PROCESSING}: differs inside one spectrum or map; it must be one scalar coordinate")
    return Decay.parse(str(stated.item()))


def integrated(sums: npt.ArrayLike, expected: npt.ArrayLike | None = None, lost: float = 0.0) -> tuple[float, bool]:
    r"""Points that count as one, and whether the lags reach far enough to tell.

    The power of the noise at slow frequencies over its mean, smoothed by a Hann window over lags up to five times the
    result. Residuals are poor in slow noise because the fit follows it: what they would be for white noise is taken as
    the measure, and the power that the fit took is given back to the mean,

    .. math:: S = \sum_d h_d \gamma_d \Big/ \sum_d h_d g_d, \qquad c = m S / (\gamma_0 + k S).

    Parameters
    ----------
    sums
        Autocorrelation of the noise, or its sums of products gamma over lags of 0, 1, 2 ... points.
    expected
        g: what white noise of variance 1 would have left in them; its number of points at lag 0 where absent.
    lost
        k: degrees of freedom that the fit took.

    Examples
    --------
    >>> round(integrated(0.5 ** np.arange(90))[0], 2), integrated(0.99 ** np.arange(90))[1]
    (2.88, False)
    """
    gamma = np.asarray(sums, dtype=float)
    white = np.eye(1, gamma.size)[0] if expected is None else np.asarray(expected, dtype=float)
    length, points, most = 1.0, float(white[0]) + lost, 2.0 * gamma.size  # all lags of a correlation of 1
    # The window must reach several times farther than the noise is correlated, which is only known at the end: it grows
    # until what it gives is short beside it. The first that does is taken: far lags hold noise and no memory.
    for reach in range(2, gamma.size):
        window = 1 + np.cos(np.pi * np.arange(reach + 1) / reach)
        # Each lag but 0 stands for two, d and -d: the Hann window (1 + cos)/2 is doubled there.
        window[0] = 1.0
        slow = float(window @ gamma[: reach + 1]) / max(float(window @ white[: reach + 1]), ROUNDING)
        # The variance that the fit left is too small by what it took away, which was slow noise: it is given back.
        below = max(float(gamma[0]) + lost * slow, 1e-300)  # none where the fit took all that is slow
        length = min(points * slow / below, most)
        if reach >= REACH * length:
            return max(float(length), 1.0), True
    return max(float(length), 1.0), False


def points_per_independent(residuals: npt.ArrayLike, derivatives: npt.ArrayLike | None = None) -> tuple[float, bool]:
    """Points that count as one, from residuals, and whether they reach far enough to tell.

    Parameters
    ----------
    residuals
        m residuals, or p x m of p stretches, in units of their noise.
    derivatives
        m x k derivatives of what was fitted to them, in the same units; a constant where absent.

    Examples
    --------
    >>> white = np.random.default_rng(0).normal(size=4000)
    >>> round(points_per_independent(np.repeat(white, 2))[0])
    2
    """
    rows = np.atleast_2d(np.asarray(residuals, dtype=float))
    points = rows.shape[1]
    columns = np.ones((points, 1)) if derivatives is None else np.column_stack([derivatives, np.ones(points)])
    basis = basis_of(columns)
    rows = rows - (rows @ basis) @ basis.T
    # White noise less its projection on k directions is I - BB'; the sums over its diagonals are these, and at lag 0
    # its trace, which is the number of points less k.
    expected = -_products(basis.T)
    expected[0] = points - basis.shape[1]
    # Beyond half of the points there are fewer products than lags left, and their mean is mostly chance.
    half = max(points // 2, 2)
    return integrated(_products(rows)[:half] / len(rows), expected[:half], float(basis.shape[1]))


def basis_of(columns: Array) -> Array:
    """Orthonormal directions (m x k) that derivatives (m x n) span."""
    # Columns of one length: an area and a position differ by many orders, and the rank would see only the greatest.
    norm = np.linalg.norm(columns, axis=0)
    basis, size, _ = np.linalg.svd(columns[:, norm > 0] / norm[norm > 0], full_matrices=False)
    return np.asarray(basis[:, size > RANK * size[0]])


def _products(rows: Array) -> Array:
    """Sums of products of points at every lag, over all rows."""
    points = rows.shape[1]
    size = next_fast_len(2 * points, real=True)
    power = np.sum(np.abs(rfft(rows, size, axis=1)) ** 2, axis=0)
    return np.asarray(irfft(power, size)[:points])


def correlated_product(columns: Array, autocorrelation: Array) -> Array:
    """R @ columns for m x n columns, R being the m x m matrix of the autocorrelation at the distance of two points.

    Examples
    --------
    >>> (correlated_product(np.eye(3), np.array([1.0, 0.5])).round(9) + 0.0).tolist()
    [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]]
    """
    points = columns.shape[0]
    power, size = _power(points, autocorrelation)
    return np.asarray(irfft(rfft(columns, size, axis=0) * power[:, None], size, axis=0)[:points])


def _power(points: int, autocorrelation: Array) -> tuple[Array, int]:
    """Spectrum of the noise on a circle that is long enough for ``points`` not to meet themselves."""
    size = next_fast_len(2 * points, real=True)
    circle = np.zeros(size)
    lags = min(points, autocorrelation.size)
    circle[:lags] = autocorrelation[:lags]
    circle[size - lags + 1 :] = autocorrelation[1:lags][::-1]
    return np.asarray(rfft(circle).real), size


def excess(derivatives: Array, autocorrelation: Array, together: float) -> Array:
    """A'(R/c - 1)A of m x n derivatives, weighted by the noise times the root of c points that count as one."""
    return np.asarray(derivatives.T @ (correlated_product(derivatives, autocorrelation) / together - derivatives))


def with_excess(covariance: Array, excess: Array) -> Array:
    """C + C more C, rows that are not determined (NaN) kept out and kept."""
    determined = np.isfinite(np.diagonal(covariance))
    # NaN times 0 is NaN: one parameter that is not determined would take all others with it.
    clean = np.where(determined[:, None] & determined[None, :], covariance, 0.0)
    result = covariance + clean @ excess @ clean
    return np.asarray((result + result.T) / 2)


class Draws:
    """Draws of noise of variance 1 with an autocorrelation, m points each.

    On a circle on which the autocorrelation has no negative power: of its own length, which it has where it comes from
    a discrete Fourier transform, or of twice the points. Else from the matrix of m x m.

    Parameters
    ----------
    points
        m.
    autocorrelation
        Over lags of 0, 1, 2 ... points; 0 beyond its end.

    Examples
    --------
    >>> noise = Draws(4000, np.array([1.0, 0.5]))(np.random.default_rng(0))
    >>> round(float(noise[1:] @ noise[:-1] / (noise @ noise)), 1)
    0.5
    """

    def __init__(self, points: int, autocorrelation: Array) -> None:
        self.points = points
        self.power, self.size = _power(points, autocorrelation)
        own = autocorrelation.size
        # What a discrete Fourier transform of zero-filled data gives is periodic: on its own circle all powers are >=
        # 0, and the draws have this autocorrelation exactly.
        if own >= points and np.allclose(autocorrelation[1:], autocorrelation[:0:-1], atol=1e-6):
            self.power, self.size = np.asarray(rfft(autocorrelation).real), own
        self.root: Array | None = None
        if self.power.min() < -NEGATIVE * self.power.max() and points <= MOST_DENSE:
            values, vectors = np.linalg.eigh(correlated_product(np.eye(points), autocorrelation))
            self.root = vectors * np.sqrt(np.maximum(values, 0.0))
        self.power = np.maximum(self.power, 0.0)

    def __call__(self, rng: np.random.Generator) -> Array:
        """One draw."""
        if self.root is not None:
            return np.asarray(self.root @ rng.normal(size=self.points))
        whole = irfft(rfft(rng.normal(size=self.size)) * np.sqrt(self.power), self.size)[: self.points]
        # Powers that were cut to 0 change the variance: it is made 1 again.
        return np.asarray(whole / np.sqrt(irfft(self.power, self.size)[0]))
