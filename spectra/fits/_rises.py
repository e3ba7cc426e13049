"""How chi2 rises along each area: where it rises by less than curvature says, the covariance holds the profile.

An area that is known to a twentieth of itself or better is a number with a Gaussian around it. One that is known less
well goes with the shapes of its own line and of its neighbours far enough for these to change on the way: a neighbour
that gives area away becomes narrower, or is another tensor, and chi2 rises by 5 where curvature says 20. So each such
area is held at two standard deviations on either side of its best; where chi2 rises by less than four fifths of what
curvature says, the profile is followed until chi2 has risen for good (:mod:`spectra.fits._profiles`), or the line holds
as much as all lines together: what lies beyond is background under another name. A side that rises as curvature says
is left out, so that the standard deviation is that of the flat side. The other lines follow freely, whichever they are:
exchanges with one neighbour alone are those of :mod:`spectra.fits._valleys`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import Minimum
from shortrange_core.notes import Note, Severity
from spectra.fits._ground import Ground
from spectra.fits._profiles import (
    FLAT,
    LOWER,
    NAMED,
    RISEN,
    TRIED,
    Held,
    ParameterScan,
    Way,
    moved_to,
    profile,
    widened,
)
from spectra.fits._search import ended

Array = npt.NDArray[np.float64]
LOOSE = 0.05
"""Standard deviation over an area above which it may be no Gaussian."""
GROWTH = 1.5
"""Of the distance from the best to the next place of a profile."""
MOST = 12


@dataclass(frozen=True, eq=False, slots=True)
class Rise:
    """The profile along an area that rises by less than curvature says, and whether it ends before chi2 has risen."""

    profile: ParameterScan
    open: bool

    def widened(self, best: Array, covariance: Array) -> Array:
        """The covariance with the moments of the profile in place of the curvature along it."""
        return self.profile.widened(best, covariance, [self.profile.along])

    def notes(self, free: Sequence[str]) -> tuple[Note, ...]:
        """Where chi2 does not limit the area; else nothing: the standard deviation holds it."""
        if not self.open:
            return ()
        low, high = self.profile.range()
        name = free[self.profile.along]
        text = f"the spectrum does not limit {name}: it may be {low:.3g} to {high:.3g}, as much as all lines together"
        remedy = "give its position or width a prior or a narrower window, or remove the line"
        return (Note("area-open", Severity.INFO, text, remedy),)


def below(best: Minimum, beside: Minimum, descend: Callable[[Array], Minimum]) -> Minimum:
    """The end of a descent from a place beside a minimum, where that lies lower; else the minimum."""
    if beside.chi2 >= best.chi2 - LOWER * (1 + best.chi2):
        return best
    end = descend(beside.x)
    return end if ended(end) and end.chi2 < best.chi2 else best


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
    scale, areas = ground.scale(best), list(ground.places.shapes)
    sds, most = np.sqrt(np.diagonal(widened(ways, best, best.covariance))), float(np.abs(best.x[areas]).sum())
    loose = [area for area in areas if np.isfinite(sds[area]) and sds[area] > LOOSE * abs(best.x[area])]
    ends = {area: list(_way(ground, best, (area, float(sds[area]), most), held, scale)) for area in loose}
    lowest = min((end for way in ends.values() for end in way), key=lambda end: end.chi2, default=best)
    lower = below(best, lowest, descend)
    if lower is not best:
        ends = {area: [*way, best] for area, way in ends.items() if way}
        best = lower
    return best, tuple(_rise(best, area, way, most, scale) for area, way in ends.items() if way)


def _rise(best: Minimum, area: int, way: Sequence[Minimum], most: float, scale: float) -> Rise:
    """The profile of some ends, open where chi2 has not risen at an end that holds all there is."""
    made = profile(best, area, way, scale)
    farthest = float(np.abs(made.places[[0, -1], area]).max())
    return Rise(made, farthest >= most and float(made.rises[[0, -1]].max()) < NAMED)


def _way(
    ground: Ground, best: Minimum, rising: tuple[int, float, float], held: Held, scale: float
) -> Iterator[Minimum]:
    """Ends with an area held, away from its best on both sides, up to the most that it can be."""
    area, sd, most = rising
    here = float(best.x[area])
    curvature = np.nan_to_num(best.covariance[:, area] / best.covariance[area, area])
    for side in (1.0, -1.0):
        start, at, ahead, reach = best.x, here, curvature, TRIED * sd
        for number in range(MOST):
            onward = ground.within(area, float(np.clip(here + side * reach, -most, most)))
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
