"""The search of one fit with its noise: weights from data or model, and another start where residuals are too large."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import Infeasible
from shortrange_core.least_squares import Minima, Minimum, covariance_of, distinct
from shortrange_core.notes import Status
from spectra.fits._compiled import Compiled
from spectra.fits._descents import TOLERANCE, beyond_curvature, minimised
from spectra.fits._judgement import breadth_of, height_of, missed
from spectra.fits._misses import NOTHING, Miss
from spectra.fits._noise import noise_of, refined
from spectra.fits._others import other_minima
from spectra.fits._profiles import Way, widened
from spectra.fits._residuals import Residuals
from spectra.fits._search import Ground, Places, SearchResult, ended, searched
from spectra.fits._verdict import (
    Noise,
)
from spectra.fits._windows import contradiction

Array = npt.NDArray[np.float64]


UNSEEN = 1e3
"""A standard deviation of so many windows says that nothing is known."""
POLISHED = 1e-14
"""Relative fall of chi2 at which the repetition of a fit with the noise scaled ends: to rounding."""
CALM = 10.0
"""Factor of the noise of the first descent where others ended in a misfit."""
TRIALS = 4
"""Descents from starts drawn from the priors, where lines crowd: on simulated 31P spectra whose first end was a wrong
minimum, one of two to four found the right one."""


@dataclass(frozen=True, eq=False, slots=True)
class WeightedSearch:
    minimum: Minimum
    minima: Minima | None
    noise: Noise
    evaluations: int
    miss: Miss
    others: tuple[tuple[float, WeightedSearch], ...] = ()
    ways: tuple[Way, ...] = ()


def weighted_search(
    spectrum: xr.Dataset,
    part: xr.Dataset,
    compiled: Compiled,
    restarts: int,
    rng: np.random.Generator,
    *,
    exchanges: bool = True,
) -> WeightedSearch:
    """Lowest minimum of a spectrum with its noise, the others beside it, and how far it misses the data."""
    data = np.asarray(part.variables["intensity"].values, dtype=float)
    noise = noise_of(part)
    residuals = Residuals(compiled, data, noise.sd)
    terms = len(compiled.priors[1])
    dof = compiled.x.size / noise.points_per_independent + terms - len(compiled.free)

    def weighted(end: Minimum) -> Array:
        return end.residual[: compiled.x.size]

    def beyond(end: Minimum) -> bool:
        return _miss(spectrum, part, compiled, end, noise).misfit

    ground = Ground(Places(compiled), residuals, weighted, dof, noise.kind == "estimated", TRIALS, beyond)
    searched_ends = _found(ground, residuals, restarts, rng)
    minimum, evaluations = searched_ends.best, searched_ends.evaluations
    ways: tuple[Way, ...] = ()
    if exchanges and ended(minimum):
        minimum, ways = beyond_curvature(ground, residuals, minimum)
    ends = searched_ends.ends if minimum is searched_ends.best else (minimum, *searched_ends.ends)
    minima = distinct(ends) if len(ends) > 1 else None

    hopeless = minimum.chi2 > ground.far and not ended(minimum)  # it crawled: no digit of its end is used

    def again(sd: Array, x: Array) -> Minimum:
        polished = noise.kind == "estimated" and not hopeless
        used = POLISHED if polished else TOLERANCE
        return minimised(Residuals(compiled, data, sd), x, used, far=0.0 if hopeless else np.inf)

    end, used = refined(part, compiled, minimum, noise, again)
    if exchanges and ended(end) and used.points_per_independent != noise.points_per_independent:
        # The rises of chi2 were those of noise that was taken for white.
        correlated = Residuals(compiled, data, used.sd)
        lower, ways = beyond_curvature(replace(ground, residuals=correlated, estimated=False), correlated, end)
        if lower is not end:
            end, used = refined(part, compiled, minimised(residuals, lower.x), noise, again)
    others = []
    wide = replace(minimum, covariance=widened(ways, minimum, minimum.covariance))
    for other in other_minima(compiled, wide, ends) if ended(minimum) else ():
        at, its = refined(part, compiled, other, noise, again)
        others.append((other.chi2 - minimum.chi2, WeightedSearch(at, None, its, other.evaluations, NOTHING)))
    miss = _miss(spectrum, part, compiled, end, used)
    return WeightedSearch(end, minima, used, evaluations, miss, tuple(others), ways)


def _found(ground: Ground, residuals: Residuals, restarts: int, rng: np.random.Generator) -> SearchResult[Minimum]:
    """Ends of the descents from the first values, from turned ones, and from those that are drawn."""
    try:
        start = residuals.start()
        return searched(
            ground,
            [start, *ground.turned(start)],
            lambda x: minimised(residuals, x, far=ground.far),
            restarts=restarts,
            rng=rng,
            calmed=partial(_calmed, residuals, ground.far) if residuals.compiled.priors[1].size else None,
        )
    except Infeasible as error:
        raise contradiction(residuals.compiled.model) from error


def _calmed(residuals: Residuals, far: float, start: Array) -> Minimum:
    """Where a descent ends that begins in larger noise: there a tall line pulls no other one away from its place."""
    noise = CALM / residuals.weight
    calm = minimised(Residuals(residuals.compiled, residuals.data, noise, residuals.prior_draw), start)
    end = minimised(residuals, calm.x, far=far)
    return replace(end, evaluations=calm.evaluations + end.evaluations)


def _miss(spectrum: xr.Dataset, part: xr.Dataset, compiled: Compiled, minimum: Minimum, noise: Noise) -> Miss:
    """How far a minimum misses the data."""
    together = noise.points_per_independent
    dof = compiled.x.size / together + len(compiled.priors[1]) - minimum.x.size
    if minimum.status is Status.REJECTED or dof <= 0:
        return NOTHING
    curve = np.asarray(part.variables["intensity"].values, dtype=float) + minimum.residual[: compiled.x.size] * noise.sd
    used = noise.sd / noise.factor if noise.kind == "estimated" else noise.sd
    lines = compiled.components(compiled.theta(minimum.x))[0].sum(axis=0)
    height, breadth = height_of(lines), partial(breadth_of, lines)
    return missed(spectrum, part, curve, used=used, together=together, dof=dof, height=height, breadth=breadth)


def seen(minimum: Minimum, compiled: Compiled) -> Minimum:
    """The minimum without sds of what the data do not see: the place of a line without area is not known to 1e15 eV."""
    with np.errstate(invalid="ignore"):
        windows = compiled.upper - compiled.lower
        blind = np.sqrt(np.abs(np.diagonal(minimum.covariance))) > UNSEEN * windows
    if minimum.status is Status.REJECTED or not blind.any():
        return minimum
    # Held, not left out: what is correlated with them would keep a share of theirs, and in correlated noise variances
    # below 0.
    equal = compiled.equalities[0] if compiled.equalities else None
    covariance = covariance_of(minimum.jacobian, equal, fixed=blind | (compiled.lower == compiled.upper))
    unknown = blind | np.isnan(np.diagonal(minimum.covariance))
    covariance[unknown, :] = covariance[:, unknown] = np.nan
    return replace(minimum, covariance=covariance)
