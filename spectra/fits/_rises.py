"""How chi2 rises along each area: where it rises by less than curvature says, the covariance holds the profile.

An area that is known to a twentieth of itself or better is a number with a Gaussian around it. One that is known less
well goes with the shapes of its own line and of its neighbours far enough for these to change on the way: a neighbour
that gives area away becomes narrower, or is another tensor, and chi2 rises by 5 where curvature says 20. So each such
area is held at two standard deviations on either side of its best; where chi2 rises by less than four fifths of what
curvature says, the profile is followed until nothing is left of it (:mod:`spectra.fits._profiles`). The other lines
follow freely, whichever they are: exchanges with one neighbour alone are those of :mod:`spectra.fits._valleys`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import Minimum
from shortrange_core.notes import Note
from spectra.fits._ground import Ground
from spectra.fits._profiles import FLAT, LOWER, RISEN, TRIED, Held, Profile, Way, moved_to, profile, widened
from spectra.fits._search import ended

Array = npt.NDArray[np.float64]
LOOSE = 0.05
"""Standard deviation over an area above which it may be no Gaussian."""
GROWTH = 1.5
"""Of the distance from the best to the next place of a profile."""
MOST = 6


@dataclass(frozen=True, eq=False, slots=True)
class Rise:
    """The profile along an area that rises by less than curvature says."""

    profile: Profile

    def widened(self, best: Array, covariance: Array) -> Array:
        """The covariance with the moments of the profile in place of the curvature along it."""
        return self.profile.widened(best, covariance, [self.profile.along])

    def notes(self, _free: Sequence[str]) -> tuple[Note, ...]:
        """Nothing: the standard deviation holds it."""
        return ()


def risen(
    ground: Ground, best: Minimum, ways: tuple[Way, ...], held: Held, descend: Callable[[Array], Minimum]
) -> tuple[Minimum, tuple[Rise, ...]]:
    """The lowest minimum that is met along the areas, and the profiles along which curvature is wrong.

    Parameters
    ----------
    ground
        That of the search.
    best
        Its end.
    ways
        What is known beyond its curvature.
    held
        A descent from a start with one free parameter held at a value; None where the constraints allow no such place.
    descend
        A free descent.
    """
    scale = best.chi2 / max(ground.dof, 1.0) if ground.estimated else 1.0
    sds = np.sqrt(np.diagonal(widened(ways, best, best.covariance)))
    loose = [a for a in ground.places.shapes if np.isfinite(sds[a]) and sds[a] > LOOSE * abs(best.x[a])]
    ends = {area: list(_way(ground, best, (area, float(sds[area])), held, scale)) for area in loose}
    lowest = min((end for way in ends.values() for end in way), key=lambda end: end.chi2, default=best)
    if lowest.chi2 < best.chi2 - LOWER * (1 + best.chi2):
        lower = descend(lowest.x)
        if ended(lower) and lower.chi2 < best.chi2:
            ends = {area: [*way, best] for area, way in ends.items() if way}
            best = lower
    return best, tuple(Rise(profile(best, area, way, scale)) for area, way in ends.items() if way)


def _way(ground: Ground, best: Minimum, known: tuple[int, float], held: Held, scale: float) -> Iterator[Minimum]:
    """Ends with an area held, away from its best on both sides; none on a side where its sd tells it well."""
    area, sd = known
    here = float(best.x[area])
    curvature = np.nan_to_num(best.covariance[:, area] / best.covariance[area, area])
    for side in (1.0, -1.0):
        start, at, ahead, reach = best.x, here, curvature, TRIED * sd
        for number in range(MOST):
            onward = ground.within(area, here + side * reach)
            if abs(onward - at) < sd / 4:
                break
            end = held(moved_to(ground.inside(start + (onward - at) * ahead), area, onward), area, onward)
            if end is None:
                break
            rise = (end.chi2 - best.chi2) / scale
            if number == 0 and rise > FLAT * ((onward - here) / sd) ** 2:
                break
            yield end
            if rise > RISEN:
                break
            start, at, ahead, reach = end.x, onward, (end.x - start) / (onward - at), GROWTH * reach
