r"""Runs of neighbouring residuals that stand out from the others: what a model leaves out is local, noise is not.

A run of L points is compared with its flanks, :math:`b = \sum_{run} r - \frac{1}{2} \sum_{flanks} r`, at every place
and at lengths that grow by half; slow noise and the level drop out. What b is without a miss is told by b: the median
of its size over all places, which a local miss does not move. Runs longer than three times the points that count as
one add up like a walk, so that their scale follows from that of shorter ones, of which there are many; where all points
count as fewer than 64, the correlation is too poorly known for that, and every length tells its own. The largest b over
its scale is compared with Student's t with the degrees of freedom of that scale, times the number of runs that are
looked at (n/L a length).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

Array = npt.NDArray[np.float64]
GROUPS = 12
FEWEST_IN_GROUP = 16
MEDIAN_OF_SQUARE = 0.4549
"""Median of the square of a standard normal number."""
DIFFERENCE = np.array([1.0, -3.0, 3.0, -1.0])
"""Third difference: blind to lines that are wide in points, 20 times the variance of white noise."""
STEEP = 1.0
"""Standard deviations of its slope above which noise is taken to grow with the signal."""
MEDIAN_OF_SIZE = 0.6745
"""Median of the size of a standard normal number."""
KNOWN_BY_MEDIAN = 0.37
"""Degrees of freedom that the median of the size of one normal number is worth."""
GROWTH = 1.5
FLANKS = 1.5
"""Variance of b a point of the run: that of the run, and a quarter of that of flanks twice as long."""
WALK = 3.0
FEWEST_FOR_WALK = 64


@dataclass(frozen=True, slots=True)
class Run:
    """First and last point of a run, by how many sds it stands out, and how probably any does so by chance."""

    first: int
    last: int
    sds: float
    probability: float


def standing_out(residual: Array, together: float, *, least: float = 0.0, shortest: int = 1) -> Run:
    """The run that stands out most from its flanks, in the noise that all runs show.

    Parameters
    ----------
    residual
        n residuals over what is known of the course of their noise.
    together
        Points that count as one.
    least
        Standard deviation of the noise where it is known, times the root of the points that count as one: the scale
        is at least that.
    shortest
        Points of a run, at least.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=400)
    >>> bool(standing_out(noise, 1.0).probability > 0.01)
    True
    >>> noise[100:120] += 3.0
    >>> run = standing_out(noise, 1.0)
    >>> run.first in range(96, 104), run.last in range(114, 124), bool(run.probability < 1e-9)
    (True, True, True)
    """
    size = residual.size
    sums = np.concatenate([[0.0], np.cumsum(residual)])
    sums *= 0.5  # b is 3/2 of the sum over a run less half of that over all three stretches
    lengths = _lengths(size, shortest)
    looks = sum(size / max(length, together) for length in lengths)
    best, power, freedom = Run(0, 0, 0.0, 1.0), 0.0, 0.0
    for length in lengths:
        # in place: this is asked of every fit, at a dozen lengths, and new arrays would take most of its time
        against = sums[2 * length : size - length + 1] - sums[length : size - 2 * length + 1]
        against *= 3.0
        against -= sums[3 * length :]
        against += sums[: size - 3 * length + 1]
        np.abs(against, out=against)
        if freedom and length > WALK * together and size >= FEWEST_FOR_WALK * together:
            variance, degrees = power * length, freedom
        else:
            variance, degrees = _variance(against[:: max(length // 2, 1)]), _freedom(size, length, together)
            if length >= together:
                power, freedom = max(power, variance / length), freedom or degrees
        variance = max(variance, FLANKS * length * least**2)
        at = int(against.argmax())
        if variance > 0:
            sds = float(against[at]) / float(np.sqrt(variance))
            probability = 2 * looks * float(stdtr(degrees, -sds))
            if probability < best.probability:
                best = Run(at + length, at + 2 * length - 1, sds, probability)
    return best


def _lengths(size: int, shortest: int) -> list[int]:
    """Lengths of runs of which nine fit in, so that their scale is known."""
    lengths, length = [], shortest
    while 9 * length <= size:
        lengths.append(length)
        length = max(length + 1, int(GROWTH * length))
    return lengths


def _variance(sizes: Array) -> float:
    middle = sizes.size // 2
    return float(np.partition(sizes, middle)[middle] / MEDIAN_OF_SIZE) ** 2


def _freedom(size: int, length: int, together: float) -> float:
    """Degrees of freedom of the median over all runs: those that do not overlap are independent."""
    return max(KNOWN_BY_MEDIAN * size / max(2 * length, together), 1.0)


def worst_run(weighted: Array) -> tuple[int, int, float]:
    """First and last point of the run of residuals whose sum stands out most from noise, and by how many sds.

    Examples
    --------
    >>> first, last, sds = worst_run(np.r_[np.zeros(8), np.full(4, 3.0), np.zeros(20)])
    >>> first, last, sds
    (8, 11, 6.0)
    """
    sums = np.concatenate([[0.0], np.cumsum(weighted)])
    best, length = (0, 0, 0.0), 1
    while length <= max(weighted.size // 2, 1):
        score = (sums[length:] - sums[:-length]) / np.sqrt(length)
        at = int(np.argmax(np.abs(score)))
        if abs(score[at]) > best[2]:
            best = (at, at + length - 1, abs(float(score[at])))
        length = max(length + 1, int(1.3 * length))
    return best


def by_counter(residual: Array, model: Array) -> Array:
    """Factor on the noise of every point, at least 1, where neighbouring residuals differ more under a high model.

    The variance of third differences, in groups of points of like intensity, is fitted by a line in the intensity; it
    is used where its slope is positive by a standard deviation.
    """
    groups = min(GROUPS, residual.size // FEWEST_IN_GROUP)
    if groups < 3:
        return np.ones(residual.size)
    squares = np.convolve(residual, DIFFERENCE, mode="valid") ** 2 / float(DIFFERENCE @ DIFFERENCE)
    level = model[1:-2]
    order = np.argsort(level)
    parts = np.array_split(order, groups)
    variance = np.array([np.median(squares[part]) for part in parts]) / MEDIAN_OF_SQUARE
    mean = np.array([level[part].mean() for part in parts])
    variance = np.maximum(variance, 1e-12 * variance.max(initial=1e-300))
    size = np.array([part.size for part in parts])
    columns = np.stack([np.ones(groups), mean - mean[0]], axis=1)
    root = (
        np.sqrt(size / 6.0) / variance
    )  # median of correlated squares: six times the variance of one of n mean values
    line, _, rank, _ = np.linalg.lstsq(columns * root[:, None], variance * root, rcond=None)
    if rank < 2 or line[0] <= 0:
        return np.ones(residual.size)
    sd = float(np.sqrt(np.linalg.inv((columns * root[:, None]).T @ (columns * root[:, None]))[1, 1]))
    if line[1] < STEEP * sd:
        return np.ones(residual.size)
    return np.asarray(np.sqrt(np.maximum(1 + line[1] / line[0] * (model - mean[0]), 1.0)))
