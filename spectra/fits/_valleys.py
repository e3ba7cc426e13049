"""Areas that two lines exchange: where a small line lies beside a larger one, chi2 may hardly rise along the exchange.

The covariance of a minimum is its curvature. A line that is nearly empty has a shape that nothing but its prior tells,
and with that shape its area looks well determined; with the shape of its neighbour it may take a large share of that
one at the same chi2, far outside its standard deviation. So the area of such a line is held at two standard deviations
from its best, with the shape of the larger line as a start. Where chi2 rises by less than four fifths of what curvature
says, the exchange is followed until chi2 has risen for good or one of the two is empty, and the covariance holds this
profile (:mod:`spectra.fits._profiles`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import Minimum
from shortrange_core.notes import Note, Severity
from spectra.fits._ground import Ground
from spectra.fits._profiles import FLAT, LOWER, NAMED, RISEN, TRIED, Held, ParameterScan, profile
from spectra.fits._search import ended

Array = npt.NDArray[np.float64]
MOST = 12
WIDEST = 1 / 8
"""Of the sum of both areas, the longest step."""


@dataclass(frozen=True, eq=False, slots=True)
class Valley:
    """Minima along the exchange of two areas.

    Parameters
    ----------
    profile
        Along the smaller area.
    large
        Place of the larger area among the free parameters.
    """

    profile: ParameterScan
    large: int

    def notes(self, free: Sequence[str]) -> tuple[Note, ...]:
        """What a user must know of it."""
        small, large = free[self.profile.along], free[self.large]
        low, high = self.profile.range()
        text = (
            f"two overlapping lines of similar shape can exchange area: {small} may be {low:.3g} to {high:.3g} "
            f"at the cost of {large} with a rise of chi2 below {NAMED:g}"
        )
        remedy = "quote their sum, or separate them by known widths, another field or technique; the sds include this"
        return (Note("areas-exchanged", Severity.INFO, text, remedy),)

    def widened(self, best: Array, covariance: Array) -> Array:
        """The covariance with the moments of the profile in place of the curvature along it."""
        return self.profile.widened(best, covariance, [self.profile.along])


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
    scale = ground.scale(best)
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
    return best, tuple(Valley(profile(best, small, way, scale), large) for small, large, way in ways)


def _way(ground: Ground, best: Minimum, pair: tuple[int, int], held: Held, scale: float) -> list[Minimum]:
    """Ends with the smaller area held, away from its best on both sides; empty where curvature tells it well."""
    small, large = pair
    sd = float(np.sqrt(best.covariance[small, small]))
    here, total = float(best.x[small]), float(best.x[small] + best.x[large])
    if not (np.isfinite(sd) and sd > 0):
        return []
    ends: list[Minimum] = []
    for side in (1.0, -1.0):
        at = min(ground.within(small, here + side * TRIED * sd), total)
        if abs(at - here) < sd / 2:
            continue
        end = held(_moved(ground.alike(best.x, pair), pair, at), small, at)
        if end is None or (end.chi2 - best.chi2) / scale > FLAT * ((at - here) / sd) ** 2:
            continue
        ends.append(end)
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
            ends.append(end)
    return ends


def _moved(x: Array, pair: tuple[int, int], at: float) -> Array:
    """The same place with the smaller area at a value, and the larger one with the rest of both."""
    small, large = pair
    moved = x.copy()
    moved[small], moved[large] = at, max(x[small] + x[large] - at, 0.0)
    return moved
