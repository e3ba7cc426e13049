"""Random-effects meta-analysis of numbers from several sources, and prediction intervals that cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import BadInput, check_level
from shortrange_core.showing import Shown

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
DRAWS = 20000
GRID = 240
GRID_DECADES = (-4.0, 4.0)


@dataclass(frozen=True, eq=False, slots=True)
class Heterogeneity(Shown):
    """Pooled mean, its standard error and the between-source sd of ``values`` with known ``variances``.

    Parameters
    ----------
    mean, standard_error
        Inverse-variance mean with weights ``1 / (variance + spread**2)``, and its standard error.
    spread
        Between-source sd (Paule-Mandel).
    q, i_squared
        Cochran's Q, and the share of the scatter that is not within sources.
    """

    mean: float
    standard_error: float
    spread: float
    q: float
    i_squared: float


def check_numbers(values: npt.ArrayLike, variances: npt.ArrayLike, least: int) -> tuple[Vector, Vector]:
    """Values and their variances as arrays, at least so many, finite, the variances above 0."""
    y, v = np.asarray(values, dtype=float).ravel(), np.asarray(variances, dtype=float).ravel()
    if y.size != v.size or y.size < least or not (np.all(np.isfinite(y)) and np.all(v > 0) and np.all(np.isfinite(v))):
        raise BadInput(
            f"{y.size} values with {v.size} variances cannot be pooled; give at least {least} finite values, "
            "each with a positive variance"
        )
    return y, v


def weighted_mean(y: Vector, weights: Vector) -> tuple[float, float]:
    """Weighted mean and Cochran's Q at these weights."""
    mean = float(weights @ y / weights.sum())
    return mean, float(weights @ (y - mean) ** 2)


def paule_mandel(values: npt.ArrayLike, variances: npt.ArrayLike) -> float:
    """Between-source variance at which Cochran's Q equals its expectation n - 1 (Paule and Mandel); 0 if below.

    Parameters
    ----------
    values, variances
        n estimates and their within-source variances.

    Examples
    --------
    >>> round(paule_mandel([0.0, 2.0], [1.0, 1.0]), 6)
    1.0
    """
    y, v = check_numbers(values, variances, 2)
    if weighted_mean(y, 1 / v)[1] <= y.size - 1:
        return 0.0
    low, high = 0.0, float(np.ptp(y) ** 2 + v.max())
    for _ in range(200):
        middle = (low + high) / 2
        excess = weighted_mean(y, 1 / (v + middle))[1] > y.size - 1
        low, high = (middle, high) if excess else (low, middle)
    return (low + high) / 2


def random_effects(values: npt.ArrayLike, variances: npt.ArrayLike) -> Heterogeneity:
    """Random-effects mean of two or more estimates: y_i ~ N(mean, variance_i + spread**2).

    Parameters
    ----------
    values, variances
        n estimates and their within-source variances.

    Raises
    ------
    BadInput
        If there are fewer than two, or a variance is not positive.

    Examples
    --------
    >>> pooled = random_effects([531.0, 532.0], [0.01, 0.01])
    >>> pooled.mean, round(pooled.spread, 2)
    (531.5, 0.7)
    """
    y, v = check_numbers(values, variances, 2)
    tau2 = paule_mandel(y, v)
    _, q = weighted_mean(y, 1 / v)
    w = 1 / (v + tau2)
    mean, _ = weighted_mean(y, w)
    share = max(0.0, (q - (y.size - 1)) / q) if q > 0 else 0.0
    return Heterogeneity(mean, float(1 / np.sqrt(w.sum())), float(np.sqrt(tau2)), q, share)


def spread_draws(y: Vector, v: Vector, rng: np.random.Generator, draws: int = DRAWS) -> Vector:
    """Draws of the between-source variance from its exact confidence distribution.

    With fixed weights 1/v, Cochran's Q is a sum of n - 1 squared normals times eigenvalues that grow with the
    between-source variance; each draw of the normals is solved for the variance that gives the observed Q.
    """
    w = 1 / v
    _, q = weighted_mean(y, w)
    kernel = np.diag(w) - np.outer(w, w) / w.sum()
    grid = np.concatenate([[0.0], np.median(v) * np.logspace(*GRID_DECADES, GRID)])
    grid = np.append(grid, max(grid[-1] * 10, 1e3 * float(np.ptp(y)) ** 2))
    roots = np.sqrt(v + grid[:, None])
    eigenvalues = np.linalg.eigvalsh(roots[:, :, None] * kernel * roots[:, None, :])[:, 1:]
    at = rng.chisquare(1, size=(draws, y.size - 1)) @ eigenvalues.T
    above = np.argmax(at >= q, axis=1)
    above = np.where(at[:, -1] < q, grid.size - 1, above)
    left = np.maximum(above - 1, 0)
    rows = np.arange(draws)
    low, high = at[rows, left], at[rows, above]
    share = np.clip((q - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    return np.where(above == 0, 0.0, grid[left] + share * (grid[above] - grid[left]))


def prediction_interval(
    values: npt.ArrayLike,
    variances: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = DRAWS,
) -> tuple[float, float]:
    """Interval for the true value of a new source, by the bootstrap of Nagashima, Noma and Furukawa.

    Each draw takes the between-source variance from its confidence distribution, then
    ``mean + z * spread - t * standard_error`` with z normal, t with n - 1 degrees of freedom and the
    Hartung-Knapp standard error.

    Parameters
    ----------
    values, variances
        Three or more estimates and their within-source variances.
    rng
        Source of randomness.
    level
        Coverage, between 0 and 1.
    draws
        Number of draws.

    Raises
    ------
    BadInput
        If there are fewer than three values, a variance is not positive, or the level is no share.

    References
    ----------
    Nagashima, Noma, Furukawa, Stat. Methods Med. Res. 28, 1689 (2019), doi:10.1177/0962280218773520.

    Examples
    --------
    >>> low, high = prediction_interval([82.0, 83.0, 81.0], [1.0, 1.0, 1.0], rng=np.random.default_rng(0))
    >>> low < 81 < 83 < high
    True
    """
    y, v = check_numbers(values, variances, 3)
    check_level(level)
    tau2 = spread_draws(y, v, rng, draws)
    w = 1 / (v[None, :] + tau2[:, None])
    total = w.sum(axis=1)
    mean = (w @ y) / total
    hartung = np.sqrt((w * (y[None, :] - mean[:, None]) ** 2).sum(axis=1) / total / (y.size - 1))
    new = mean + rng.standard_normal(draws) * np.sqrt(tau2) - rng.standard_t(y.size - 1, draws) * hartung
    low, high = np.quantile(new, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
