r"""Does a model miss the data by more than their noise: how much, where, and what follows from it.

One rule for every route. The residuals r over noise of the size s, c points of which count as one, have

.. math:: q = \frac{\sum r^2 / (c s^2)}{m/c - k}

for m points and k free parameters. Where the noise is given or follows from counts, q times its degrees of freedom is
compared with chi2. Where it was estimated, the noise is that of the quiet parts of the spectrum, where no model is:
q is a ratio of two variances and is compared with F. In spectra of counters the noise that neighbouring points show
where the model is high is taken too, if it is larger. A region too short to have quiet parts tells its noise by the
fast frequencies of its residuals, if that noise is white (:mod:`spectra.fits._floors`); so do means of neighbouring
points where lines fill a longer one. A probability below 1e-6 is a misfit, and so is a run of residuals that stands
out from all others with one below 1e-4 (:mod:`spectra.fits`), which sees what is local, and also where quiet parts
cannot tell the size of noise that is alike over many points. Standard deviations are multiplied by the root of q.
Above q = 4 residuals are twice what noise makes: the result is no success, unless the signal is so strong that what is
missed is below half a percent of the height of the lines. Nor is it where the run that is missed is above a twentieth
of that height and itself twice the noise, however wide the range in which q dilutes it.
docs/decisions/0014 has the reasons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, fdtrc

from shortrange_core.notes import Note, Severity, Status
from spectra.fits._floors import MOST_POINTS, is_white, noise_below
from spectra.fits._runs import MEDIAN_OF_SIZE, Run, by_counter, standing_out, worst_run
from spectra.noise import CHANCE, points_per_independent, quiet_parts
from spectra.spectrum import AXES

Array = npt.NDArray[np.float64]
MISFIT_PROBABILITY = 1e-6
RUN_PROBABILITY = 1e-4
"""That of a run, which counts overlapping runs as independent: perfect spectra have it ten times less often."""
FEWEST_COUNTS = 100
"""Counts of a run, at least, that are compared with a normal distribution."""
HIDDEN_MISFIT = 2.0
"""Residuals this many times the noise are no noise."""
DOUBT = 1.3
"""chi2 per degree of freedom above which a fit may sit in a false minimum, and below which measured noise may err."""
LEAST_SHARE = 0.005
"""Of the height of the lines: no shape of a glass's line, and no baseline, is known better than to half a percent."""
LARGE_SHARE = 0.05
"""Of the height of the lines: a line of a tenth, which its neighbours cannot take, is missed by more."""
FEWEST_POINTS = 64
SEGMENTS = (32, 16, 8)
LENGTHS = 16.0
"""Parts must be this much longer than the points that count as one, or their trend takes the slow noise
with it: a part then counts as one point."""
COUNTERLESS = ("chemical_shift", "time")
"""Axes of spectra that count nothing: their noise does not grow with the signal."""


@dataclass(frozen=True, eq=False, slots=True)
class Miss:
    """How far residuals exceed the noise, if noise makes such; the run that stands out most.

    Of the run its first and last position, by how many sds it stands out, and its mean residual over the height of the
    lines (``share``) and over the noise of one point (``local``).
    """

    ratio: float
    misfit: bool = False
    lower: float = np.nan
    upper: float = np.nan
    sds: float = 0.0
    share: float = 0.0
    local: float = 0.0

    @property
    def failed(self) -> bool:
        """True where residuals are twice what noise makes, in all or in their worst run, and are seen beside lines."""
        whole = self.ratio > HIDDEN_MISFIT**2 and self.share > LEAST_SHARE
        return self.misfit and (whole or (self.local > HIDDEN_MISFIT and self.share > LARGE_SHARE))

    @property
    def widening(self) -> float:
        """Factor on standard deviations that come from the noise alone."""
        return float(np.sqrt(max(self.ratio, 1.0))) if self.misfit else 1.0


NOTHING = Miss(1.0)


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
    breadth: Callable[[], float],
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
    height, breadth
        Those of the sum of all lines; the breadth in points, asked for where quiet parts tell nothing.
    counts
        Whether a detector may count, so that its noise grows with the signal.
    """
    length = together if np.isfinite(together) else 1.0
    if values.size < FEWEST_POINTS:
        return NOTHING
    small = float(np.sum((residual / stated) ** 2)) < DOUBT * (x.size - free * length)
    if small and standing_out(residual, length).probability > RUN_PROBABILITY:
        return NOTHING
    factor = by_counter(residual, curve) if counts else np.ones(x.size)
    noise = _measured(values, residual, factor, stated=stated, together=together, height=height, breadth=breadth)
    if not noise.told and x.size > MOST_POINTS:
        size = -(-x.size // MOST_POINTS)
        means = [row[: x.size // size * size].reshape(-1, size).mean(axis=1) for row in (x, residual, factor, stated)]
        floor = _of_fast(means[1], breadth() / size, float(np.ptp(values)), height)
        if floor is not None:
            x, residual, factor, stated = means
            noise = _Measured(np.maximum(stated / np.sqrt(size), floor[0]), 1.0, floor[1], True)
    weighted = residual / (noise.sd * np.sqrt(noise.together))
    return miss_of(
        x,
        weighted,
        residual / height,
        chi2=float(weighted @ weighted),
        dof=x.size / noise.together - (free if noise.told else 0.0),
        together=noise.together,
        run=standing_out(residual / factor, noise.together),
        noise_points=noise.points,
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Measured:
    """Noise of every point, the points that count as one, how many independent ones it was measured in, and where."""

    sd: Array
    together: float
    points: float
    told: bool


def _measured(
    values: Array,
    residual: Array,
    factor: Array,
    *,
    stated: Array,
    together: float,
    height: float,
    breadth: Callable[[], float],
) -> _Measured:
    """Noise of the quiet parts; where they cannot tell it, of fast frequencies if it is white, or of most residuals."""
    for segments in SEGMENTS:
        quiet = quiet_parts(values, segments=segments)
        if quiet.told and quiet.length > LENGTHS * quiet.together and quiet.points >= FEWEST_POINTS:
            if not np.isfinite(together):
                together = quiet.together if quiet.together > 1 + CHANCE / np.sqrt(quiet.points) else 1.0
            return _Measured(np.maximum(stated, quiet.sd) * factor, together, quiet.points / together, True)
    floor = _of_fast(residual, breadth(), float(np.ptp(values)), height)
    if floor is not None:  # all points in the mean: what grows with the signal is in it
        return _Measured(np.maximum(stated, floor[0]), 1.0, floor[1], True)
    even = residual / factor
    if not np.isfinite(together):
        together = 1.0 if is_white(even) else points_per_independent(even)[0]
        if quiet.points >= FEWEST_POINTS:  # a miss is alike over a line, of which quiet parts hold none
            together = min(together, quiet.together)
    sd = float(np.median(np.abs(even))) / MEDIAN_OF_SIZE
    return _Measured(np.maximum(stated, sd) * factor, together, quiet.points / quiet.length, False)


def _of_fast(residual: Array, breadth: float, extent: float, height: float) -> tuple[float, int] | None:
    """Noise that fast frequencies tell, and numbers that tell it; None where residuals may be noise."""
    first, last, _ = worst_run(residual)
    large = abs(float(residual[first : last + 1].mean())) > LARGE_SHARE * height
    return noise_below(residual, breadth, extent, large=large)


def miss_of(
    x: Array,
    weighted: Array,
    relative: Array,
    *,
    chi2: float,
    dof: float,
    together: float,
    run: Run,
    noise_points: float = np.inf,
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
    together
        Points that count as one.
    run
        The run of residuals that stands out most from the others.
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
    first, last, sds = run.first, run.last, run.sds
    if probability < MISFIT_PROBABILITY:
        first, last, sds = worst_run(weighted)
    elif run.probability > RUN_PROBABILITY:
        return Miss(float(ratio))
    share, local = (abs(float(np.mean(row[first : last + 1]))) for row in (relative, weighted))
    return Miss(float(ratio), True, float(x[first]), float(x[last]), sds, share, local * float(np.sqrt(together)))


def run_in_noise(weighted: Array, together: float, counts: Array | None = None) -> Run:
    """The run of residuals that stands out most where the noise is known; of counts, runs that hold enough of them."""
    few = 1 if counts is None else int(np.ceil(FEWEST_COUNTS / max(float(np.median(counts)), 1.0)))
    return standing_out(weighted * np.sqrt(together), together, least=np.sqrt(together), shortest=few)


def note_of(miss: Miss, axis: str, *, scaled: bool) -> Note:
    """What a user must know of a misfit: how large, where, what it does to the intervals."""
    # the fit has its own chi2/dof, in the noise that was estimated before it: two numbers need two names
    where = text_of(miss, axis, " for the noise of the spectrum" if scaled else "")
    text = f"{where}: the model does not describe the data within the noise"
    remedy = "look there; add a peak, change the shape or the background, exclude a spike, or check the noise"
    if not miss.failed:
        spreads = "allow for it" if scaled else f"are {miss.widening:.2g} times those from the noise alone"
        return Note("misfit", Severity.WARNING, f"{text}; the standard deviations {spreads}", remedy)
    size = max(float(np.sqrt(miss.ratio)), miss.local)
    text += f"; residuals {size:.2g} times as large as the noise cannot be noise"
    remedy += "; if the misfit does not matter, state a noise that allows for it"
    return Note("misfit", Severity.ERROR, text, remedy)


def text_of(miss: Miss, axis: str, noise: str = "") -> str:
    """How large a misfit is, in which noise, and where it is largest."""
    unit = AXES[axis]
    place = f"{miss.lower:.5g} to {miss.upper:.5g} {unit}" if miss.lower < miss.upper else f"{miss.lower:.5g} {unit}"
    return f"chi2/dof = {miss.ratio:.3g}{noise}, most at {place} ({miss.sds:.0f} sd)"


def status_with(status: Status, miss: Miss) -> Status:
    """The status, or ``misfit`` in its place where a result that seemed right misses the data."""
    return Status.MISFIT if status.trusted and miss.failed else status
