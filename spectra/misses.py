r"""Does a model miss the data by more than their noise: how much, where, and what follows from it.

One rule for every route. The residuals r over noise of the size s, c points of which count as one, have

.. math:: q = \frac{\sum r^2 / (c s^2)}{m/c - k}

for m points and k free parameters. Where the noise is given or follows from counts, q times its degrees of freedom is
held against chi2. Where it was estimated, the noise is that of the quiet parts of the spectrum, which no model touches:
q is a ratio of two variances and is held against F. In spectra of counters the noise that neighbouring points show
where the model is high is taken too, if it is larger. A probability below 1e-6 is a misfit: standard deviations are
multiplied by the root of q. Above q = 4 residuals are twice what noise makes: the result is no success, unless the
signal is so strong that what is missed is below half a percent of the height of the lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, fdtrc

from shortrange_core.notes import Note, Severity, Status
from spectra.contract import AXES
from spectra.correlation import CHANCE
from spectra.nmr_noise import quiet_parts

Array = npt.NDArray[np.float64]
MISFIT_PROBABILITY = 1e-6
HIDDEN_MISFIT = 2.0
"""Residuals this many times the noise are no noise."""
DOUBT = 1.3
"""chi2 per degree of freedom above which a fit may sit in a false minimum, and below which measured noise may err."""
LEAST_SHARE = 0.005
"""Of the height of the lines: no shape of a glass's line, and no baseline, is known better than to half a percent."""
FEWEST_POINTS = 64
SEGMENTS = (32, 16, 8)
LENGTHS = 16.0
"""Parts must be this much longer than the points that count as one, or their trend takes the slow noise
with it: a part then counts as one point."""
GROUPS = 12
FEWEST_IN_GROUP = 16
MEDIAN_OF_SQUARE = 0.4549
"""Median of the square of a standard normal number."""
DIFFERENCE = np.array([1.0, -3.0, 3.0, -1.0])
"""Third difference: blind to lines that are wide in points, 20 times the variance of white noise."""
COUNTERLESS = ("chemical_shift", "time")
"""Axes of spectra that count nothing: their noise does not grow with the signal."""


@dataclass(frozen=True, eq=False, slots=True)
class Miss:
    """How far residuals exceed the noise, how probably; the run that stands out most, its share of the lines."""

    ratio: float
    probability: float
    lower: float
    upper: float
    sds: float
    share: float

    @property
    def misfit(self) -> bool:
        """True where noise makes such residuals once in a million fits."""
        return self.probability < MISFIT_PROBABILITY

    @property
    def failed(self) -> bool:
        """True where residuals are twice what noise makes and are seen beside the lines."""
        return self.misfit and self.ratio > HIDDEN_MISFIT**2 and self.share > LEAST_SHARE

    @property
    def widening(self) -> float:
        """Factor on standard deviations that come from the noise alone."""
        return float(np.sqrt(self.ratio)) if self.misfit else 1.0


NOTHING = Miss(1.0, 1.0, np.nan, np.nan, 0.0, 0.0)


def against_quiet(
    x: Array,
    residual: Array,
    curve: Array,
    *,
    values: Array,
    stated: Array,
    together: float,
    free: float,
    counts: bool,
    height: float,
) -> Miss:
    """Judge m residuals of a fit whose noise was estimated by the noise that the quiet parts of the spectrum show.

    Parameters
    ----------
    x, residual, curve
        m positions, data - model, model.
    values
        Intensities of the whole spectrum; below 64 of them nothing can be said.
    stated
        m standard deviations as the spectrum states them: the noise is at least that.
    together
        Points that count as one; measured too where NaN.
    free
        Free parameters.
    height
        That of the lines.
    counts
        Whether a detector may count, so that its noise grows with the signal.
    """
    loss = free * (together if np.isfinite(together) else 1.0)
    if values.size < FEWEST_POINTS or float(np.sum((residual / stated) ** 2)) < DOUBT * (x.size - loss):
        return NOTHING
    sd, points, known = _measured(values, stated, together)
    factor = by_counter(residual, curve) if counts else np.ones(x.size)
    weighted = residual / (sd * factor * np.sqrt(points))
    chi2 = float(weighted @ weighted)
    return miss_of(x, weighted, residual / height, chi2=chi2, dof=x.size / points - free, noise_points=known)


def _measured(values: Array, stated: Array, together: float) -> tuple[Array, float, float]:
    """Noise of every point, the points that count as one, and how many independent ones it was measured in."""
    for segments in SEGMENTS:
        quiet = quiet_parts(values, segments=segments)
        told = quiet.told and quiet.length > LENGTHS * quiet.together
        if told:
            break
    if not np.isfinite(together):
        together = quiet.together if quiet.together > 1 + CHANCE / np.sqrt(quiet.points) else 1.0
    return np.maximum(stated, quiet.sd), together, (quiet.points / together if told else quiet.points / quiet.length)


def by_counter(residual: Array, model: Array) -> Array:
    """Factor on the noise of every point, at least 1, where neighbouring residuals differ more under a high model.

    The variance of third differences, in groups of points of like intensity, is fitted by a line in the intensity; it
    is used where its slope is positive by three standard deviations.
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
    found, _, rank, _ = np.linalg.lstsq(columns * root[:, None], variance * root, rcond=None)
    if rank < 2 or found[0] <= 0:
        return np.ones(residual.size)
    sd = float(np.sqrt(np.linalg.inv((columns * root[:, None]).T @ (columns * root[:, None]))[1, 1]))
    if found[1] < 3 * sd:
        return np.ones(residual.size)
    return np.asarray(np.sqrt(np.maximum(1 + found[1] / found[0] * (model - mean[0]), 1.0)))


def miss_of(
    x: Array, weighted: Array, relative: Array, *, chi2: float, dof: float, noise_points: float = np.inf
) -> Miss:
    """Judge residuals in units of their noise.

    Parameters
    ----------
    x, weighted
        m positions and residuals over the noise (times the root of the points that count as one).
    relative
        m residuals over the height of the lines.
    chi2, dof
        Sum of squares and degrees of freedom that go with them.
    noise_points
        Independent points that the noise was measured in; infinite where it is known.
    """
    if not dof > 0 or not np.isfinite(chi2):
        return NOTHING
    ratio = chi2 / dof
    if np.isfinite(noise_points):
        probability = float(fdtrc(dof, max(noise_points, 1.0), ratio)) if ratio > DOUBT else 1.0
    else:
        probability = float(chdtrc(dof, chi2))
    if not probability < MISFIT_PROBABILITY:
        return Miss(float(ratio), probability, np.nan, np.nan, 0.0, 0.0)
    first, last, sds = worst_run(weighted)
    share = abs(float(np.mean(relative[first : last + 1])))
    return Miss(float(ratio), probability, float(x[first]), float(x[last]), sds, share)


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


def note_of(miss: Miss, axis: str, *, scaled: bool) -> Note:
    """What a user must know of a misfit: how large, where, what it does to the intervals."""
    text = f"{text_of(miss, axis)}, so the model misses what the noise shows"
    remedy = "look there; add a peak, change the shape or the background, leave a spike out, or check the noise"
    if not miss.failed:
        said = "bear it" if scaled else f"are {miss.widening:.2g} times those of the noise alone"
        return Note("misfit", Severity.WARNING, f"{text}; the standard deviations {said}", remedy)
    text += f"; no noise explains residuals {np.sqrt(miss.ratio):.2g} times as large as it"
    remedy += "; where what is missed does not matter, state a noise that bears it"
    return Note("misfit", Severity.ERROR, text, remedy)


def text_of(miss: Miss, axis: str) -> str:
    """How large a misfit is and where it is largest."""
    unit = AXES[axis]
    place = f"{miss.lower:.5g} to {miss.upper:.5g} {unit}" if miss.lower < miss.upper else f"{miss.lower:.5g} {unit}"
    return f"chi2/dof = {miss.ratio:.3g}, most at {place} ({miss.sds:.0f} sd)"


def status_with(status: Status, miss: Miss) -> Status:
    """The status, or ``misfit`` in its place where a result that seemed right misses the data."""
    return Status.MISFIT if status.trusted and miss.failed else status
