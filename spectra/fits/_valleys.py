"""Areas that two lines exchange: where a small line lies beside a larger one, chi2 may hardly rise along the exchange.

The covariance of a minimum is its curvature. A line that is nearly empty has a shape that nothing but its prior tells,
and with that shape its area looks well determined; with the shape of its neighbour it may take a large share of that
one at the same chi2, far outside its standard deviation. So the area of such a line is held at two standard deviations
from its best, with the shape of the larger line as a start. Where chi2 rises by less than four fifths of what curvature
says, the exchange is followed until chi2 has risen for good or one of the two is empty. The covariance then holds the
second moments of the profile along it, around the minimum, in place of the curvature's:

    C' = C - c c' / C_aa + sum(w (x - best)(x - best)') / sum(w),  w = exp(-rise of chi2 / 2),

c the column of the area in C, x the parameters at each area. For a parabola C' is C.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import Minimum
from shortrange_core.notes import Note, Severity
from spectra.fits._ground import Ground
from spectra.fits._search import ended

Array = npt.NDArray[np.float64]
TRIED = 2.0
"""Standard deviations from the best area at which curvature is put to the test."""
FLAT = 0.8
"""Part of the rise of chi2 that curvature says, below which the exchange is followed."""
RISEN = 10.0
MOST = 12
WIDEST = 1 / 8
"""Of the sum of both areas, the longest step."""
DENSE = 400
WIDER = 1.1
"""Factor on the variance of an area below which curvature is believed."""
LOWER = 1e-6
"""Fall of chi2, over 1 + chi2, that is no rounding."""
Held = Callable[[Array, int, float], Minimum | None]
NAMED = 4.0
"""Rise of chi2 over which a note gives the range of an area."""


@dataclass(frozen=True, eq=False, slots=True)
class Valley:
    """Minima along the exchange of two areas.

    Parameters
    ----------
    small, large
        Places of the two areas among the free parameters.
    places, rises
        k x n free parameters along the way, in the order of the small area, and k rises of chi2 above the best, over
        the scale of an estimated noise.
    """

    small: int
    large: int
    places: Array
    rises: Array

    def range_of(self, place: int, rise: float = NAMED) -> tuple[float, float]:
        """Least and greatest value of a parameter where chi2 has risen by less than ``rise``."""
        values = self.places[self.rises <= rise, place]
        return float(values.min()), float(values.max())

    def moments(self, best: Array) -> Array:
        """Second moments, n x n, of the profile around the minimum."""
        along = self.places[:, self.small]
        dense = np.linspace(along[0], along[-1], DENSE)
        weight = np.exp(-np.interp(dense, along, self.rises) / 2)
        path = np.array([np.interp(dense, along, column) for column in self.places.T]).T - best
        return np.asarray((path * weight[:, None]).T @ path / weight.sum())

    def note(self, free: Sequence[str]) -> Note:
        """What a user must know of it."""
        small, large = free[self.small], free[self.large]
        low, high = self.range_of(self.small)
        text = (
            f"two overlapping lines of like shape can trade intensity: {small} may be {low:.3g} to {high:.3g} "
            f"at the cost of {large} with a rise of chi2 below {NAMED:g}"
        )
        remedy = "quote the sum of both, or part them by known widths, another field or technique; the sds hold this"
        return Note("areas-exchanged", Severity.INFO, text, remedy)

    def widened(self, best: Array, covariance: Array) -> Array:
        """The covariance with the moments of the profile in place of the curvature along it."""
        variance, moments = covariance[self.small, self.small], self.moments(best)
        if not moments[self.small, self.small] > WIDER * variance:
            return covariance
        known = np.isfinite(np.diagonal(covariance))
        place = np.ix_(known, known)
        column = covariance[known, self.small]
        result = covariance.copy()
        result[place] += moments[place] - np.outer(column, column) / variance
        return result


def followed(
    ground: Ground, best: Minimum, held: Held, descend: Callable[[Array], Minimum]
) -> tuple[Minimum, tuple[Valley, ...]]:
    """The lowest minimum that the exchanges of areas lead to, and those along which curvature is wrong.

    Parameters
    ----------
    ground
        That of the search.
    best
        Its end.
    held
        A descent from a start with one free parameter held at a value; None where the constraints allow no such place.
    descend
        A free descent.
    """
    scale = best.chi2 / max(ground.dof, 1.0) if ground.estimated else 1.0
    ways = []
    for small, large in ground.exchanges(best):
        way = _way(ground, best, (small, large), held, scale)
        if way:
            ways.append((small, large, way))
    lowest = min((end for *_, way in ways for end in way), key=lambda end: end.chi2, default=best)
    if lowest.chi2 < best.chi2 - LOWER * (1 + best.chi2):
        lower = descend(lowest.x)
        if ended(lower) and lower.chi2 < best.chi2:
            ways = [(small, large, [*way, best]) for small, large, way in ways]
            best = lower
    return best, tuple(_valley(best, small, large, way, scale) for small, large, way in ways)


def _valley(best: Minimum, small: int, large: int, way: Sequence[Minimum], scale: float) -> Valley:
    ends = sorted((best, *way), key=lambda end: float(end.x[small]))
    rises = np.array([max(end.chi2 - best.chi2, 0.0) / scale for end in ends])
    return Valley(small, large, np.array([end.x for end in ends]), rises)


def _way(ground: Ground, best: Minimum, pair: tuple[int, int], held: Held, scale: float) -> list[Minimum]:
    """Ends with the smaller area held, away from its best on both sides; empty where curvature tells it well."""
    small, large = pair
    sd = float(np.sqrt(best.covariance[small, small]))
    here, total = float(best.x[small]), float(best.x[small] + best.x[large])
    if not (np.isfinite(sd) and sd > 0):
        return []
    found: list[Minimum] = []
    for side in (1.0, -1.0):
        at = min(ground.within(small, here + side * TRIED * sd), total)
        if abs(at - here) < sd / 2:
            continue
        end = held(_moved(ground.alike(best.x, pair), pair, at), small, at)
        if end is None or (end.chi2 - best.chi2) / scale > FLAT * ((at - here) / sd) ** 2:
            continue
        found.append(end)
        step = at - here
        for _ in range(MOST):
            step = side * min(abs(2 * step), WIDEST * total)
            onward = min(ground.within(small, at + step), total)
            if onward == at or (end.chi2 - best.chi2) / scale > RISEN:
                break
            further = held(_moved(end.x, pair, onward), small, onward)
            if further is None:
                break
            at, end = onward, further
            found.append(end)
    return found


def _moved(x: Array, pair: tuple[int, int], at: float) -> Array:
    """The same place with the smaller area at a value, and the larger one with the rest of both."""
    small, large = pair
    moved = x.copy()
    moved[small], moved[large] = at, max(x[small] + x[large] - at, 0.0)
    return moved
