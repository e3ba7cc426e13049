"""Anisotropies that sidebands hardly tell: the other sign, and an anisotropy that may be none.

The area of a line is that of its centreband and of the sidebands that its anisotropy makes, of which some lie in the
noise. Two things are no Gaussian around one minimum. **The sign**: sidebands of slow orders are nearly the same for
both, so that there is a minimum for either; a descent keeps the sign that it started with, and the other may be the
lower one, with areas several standard deviations away where lines overlap. So each line is turned, from the best that
was met, and the lower end is kept; others count with exp(-rise of chi2 / 2). **Near none**: the share of sidebands goes
with the square, whose slope at 0 is 0, so that curvature says that the area does not depend on an anisotropy of 0 +- 40
ppm. So chi2 is followed along the anisotropy in steps of its standard deviation, and the covariance holds that profile
(:mod:`spectra.fits._profiles`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import Minimum
from shortrange_core.notes import Note, Severity
from spectra.fits._ground import Ground, GroundEnd
from spectra.fits._profiles import LOWER, NAMED, RISEN, WIDER, Held, ParameterScan, moved_to, profile
from spectra.fits._search import ended
from spectra.shapes import haeberlen

Array = npt.NDArray[np.float64]
E = TypeVar("E", bound=GroundEnd)
NEAR_NONE = 2.0
"""Standard deviations from 0 within which an anisotropy is followed through it instead of turned."""
GONE = 6.0
"""Rise of chi2 at which a profile ends: e-3 is left."""
BEYOND = 9.0
"""Rise of chi2, by a parabola, beyond which no step leads."""
MOST, FINEST = 8, 1 / 8
"""Steps on either side, and the first of them over a standard deviation; none is longer than that."""
ALIKE = 0.3
"""Standard deviations within which all areas are the same minimum, however its tensors are called."""


@dataclass(frozen=True, eq=False, slots=True)
class Signs:
    """Minima of other signs.

    Parameters
    ----------
    turned
        Place of the anisotropy of each of the k minima among the n free parameters.
    shifts, rises
        k x n differences from the minimum beside which it was met, anisotropies in size alone; k rises of chi2.
    """

    turned: tuple[int, ...]
    shifts: Array
    rises: Array

    def widened(self, _best: Array, covariance: Array) -> Array:
        """The covariance with the scatter between the minima, each by its chi2."""
        weights = np.exp(-self.rises / 2)
        return np.asarray(covariance + (self.shifts * weights[:, None]).T @ self.shifts / (1 + weights.sum()))

    def notes(self, free: Sequence[str]) -> tuple[Note, ...]:
        """What a user must know of them."""
        told = ", ".join(
            f"{free[place]} (chi2 + {rise:.2g})" for place, rise in zip(self.turned, self.rises, strict=True)
        )
        text = f"the opposite sign describes the spectrum nearly as well, but with other areas: {told}"
        return (_note(text),)


@dataclass(frozen=True, eq=False, slots=True)
class Through:
    """The profile along an anisotropy that may be none, with the places of all areas."""

    areas: tuple[int, ...]
    profile: ParameterScan

    def widened(self, best: Array, covariance: Array) -> Array:
        """The covariance with the moments of the profile in place of the curvature along it."""
        return self.profile.widened(best, covariance, self.areas)

    def notes(self, free: Sequence[str]) -> tuple[Note, ...]:
        """What a user must know of it."""
        low, high = self.profile.range()
        name = free[self.profile.along]
        text = f"{name} may be {low:.3g} to {high:.3g} ppm with a rise of chi2 below {NAMED:g}, and areas depend on it"
        return (_note(text),)


def _note(text: str) -> Note:
    remedy = "measure at a lower spinning rate or another field, or state the anisotropy; the sds include this"
    return Note("anisotropy-open", Severity.INFO, text, remedy)


def turned(
    ground: Ground, best: Minimum, brief: Callable[[Array], Minimum], descend: Callable[[Array], Minimum]
) -> tuple[Minimum, tuple[Signs, ...]]:
    """The lowest minimum of either sign of each anisotropy in turn, and those that describe the data nearly as well.

    Parameters
    ----------
    ground
        That of the search.
    best
        Its end.
    brief
        A descent that gives up early: most of them end far above.
    descend
        A whole one.
    """
    best = _renamed(ground, best, descend)
    scale = ground.scale(best)
    turns: list[tuple[int, Array, float]] = []
    for place, size, sd in list(_anisotropies(ground, best)):
        other = -float(best.x[place])
        if size <= NEAR_NONE * sd or ground.within(place, other) != other:  # a window that forbids the sign answers it
            continue
        end = brief(moved_to(best.x, place, other))
        if end.chi2 < best.chi2 - LOWER * (1 + best.chi2):
            end = end if ended(end) else descend(end.x)
            if ended(end):
                best, end = end, best
        # It need not have ended: it lies there, whatever is left to fall. Lower than the best it counts as much.
        rise = max((end.chi2 - best.chi2) / scale, 0.0)
        if rise < RISEN:
            turns.append((place, _shift(ground, end.x, best.x), rise))
    kept = _distinct(ground, best, turns)
    if kept is None:
        return best, ()
    signs, areas = Signs(*kept), list(ground.places.shapes)
    before, after = (np.diagonal(c)[areas] for c in (best.covariance, signs.widened(best.x, best.covariance)))
    return best, (signs,) if bool((after > WIDER * before).any()) else ()


def _renamed(ground: Ground, best: Minimum, descend: Callable[[Array], Minimum]) -> Minimum:
    """The lowest end with each tensor by its usual name whose asymmetry is above 1: there it stands for another sign.

    The lines are the same by either name; priors and the window of the asymmetry, where a descent stays, are not.
    """
    for shape in ground.places.shapes.values():
        zeta, eta = shape.get("zeta"), shape.get("eta")
        if zeta is None or eta is None or best.x[eta] <= 1:
            continue
        size, ratio = haeberlen(float(best.x[zeta]), float(best.x[eta]))
        start = moved_to(moved_to(best.x, zeta, size), eta, ratio)
        if bool(np.all(ground.inside(start) == start)):
            end = descend(start)
            best = end if ended(end) and end.chi2 < best.chi2 - LOWER * (1 + best.chi2) else best
    return best


def lowest_of_signs(ground: Ground, best: E, descend: Callable[[Array], E]) -> tuple[E, int]:
    """The lowest end with the sign of each anisotropy turned, and the evaluations of all descents.

    For a search whose covariance holds no other sign: a pixel of a map.
    """
    spent = 0
    for place in ground.places.anisotropies:
        other = -float(best.x[place])
        if other == 0 or ground.within(place, other) != other or not ended(best):
            continue
        end = descend(moved_to(best.x, place, other))
        spent += end.evaluations
        if ended(end) and end.chi2 < best.chi2 - LOWER * (1 + best.chi2):
            best = end
    return best, spent


def through(ground: Ground, best: Minimum, held: Held) -> tuple[Minimum, tuple[Through, ...]]:
    """The lowest end that was met, and profiles along the anisotropies that may be none.

    A descent that comes to none stays there, whatever lies beside it: slopes are 0. So the way may lead lower.

    Parameters
    ----------
    ground, best
        That of the search, and its end.
    held
        A descent from a start with one free parameter held at a value; None where the constraints allow no such place.
    """
    scale, areas = ground.scale(best), tuple(ground.places.shapes)
    lowest, places = best, []
    for place, size, sd in _anisotropies(ground, best):
        if size <= NEAR_NONE * sd:
            way = list(_way(ground, best, place, sd, held))
            lowest = min([lowest, *way], key=lambda end: end.chi2)
            made = Through(areas, profile(best, place, way, scale))
            if made.widened(best.x, best.covariance) is not best.covariance:
                places.append(made)
    return lowest, tuple(places)


def _way(ground: Ground, best: Minimum, place: int, sd: float, held: Held) -> Iterator[Minimum]:
    scale, here = ground.scale(best), float(best.x[place])
    curvature = np.nan_to_num(best.covariance[:, place] / sd**2)
    for side in (1.0, -1.0):
        # sidebands rise with the fourth power, of which curvature at 0 knows nothing: from short steps to long ones
        start, at, ahead, step = best.x, here, curvature, sd * FINEST
        for _ in range(MOST):
            onward = ground.within(place, at + side * step)
            if onward == at:
                break
            # all else goes on as it went
            end = held(moved_to(ground.inside(start + (onward - at) * ahead), place, onward), place, onward)
            if end is None:
                break
            yield end
            rise = (end.chi2 - best.chi2) / scale
            if rise > GONE:
                break
            start, at, ahead = end.x, onward, (end.x - start) / (onward - at)
            far = float(np.sqrt(BEYOND / rise)) - 1.0 if rise > 0 else np.inf
            step = min(2 * step, sd, abs(at - here) * far)


def _anisotropies(ground: Ground, best: Minimum) -> Iterator[tuple[int, float, float]]:
    """Place, size and standard deviation of each free anisotropy of a line that is not empty."""
    for area, shape in ground.places.shapes.items():
        place = shape.get("zeta")
        if place is None or ground.places.empty(best.x, area):
            continue
        variance = best.covariance[place, place]
        if np.isfinite(variance) and variance > 0:
            yield place, abs(float(best.x[place])), float(np.sqrt(variance))


def _shift(ground: Ground, end: Array, best: Array) -> Array:
    """Difference of two minima; anisotropies in size, because a sign is no spread of a size."""
    shift = end - best
    for place in ground.places.anisotropies:
        shift[place] = abs(end[place]) - abs(best[place])
    return np.asarray(shift)


def _distinct(
    ground: Ground, best: Minimum, turns: Sequence[tuple[int, Array, float]]
) -> tuple[tuple[int, ...], Array, Array] | None:
    """Those whose areas differ from the best's and from one another's: two names of one minimum count once."""
    areas = list(ground.places.shapes)
    with np.errstate(invalid="ignore"):
        sd = np.sqrt(np.diagonal(best.covariance)[areas])
    kept: list[tuple[int, Array, float]] = []
    for place, shift, rise in sorted(turns, key=lambda one: one[2]):
        others = [np.zeros_like(shift), *(other for _, other, _ in kept)]
        if all(np.nanmax(np.abs(shift - other)[areas] / sd) > ALIKE for other in others):
            kept.append((place, shift, rise))
    if not kept:
        return None
    return tuple(place for place, *_ in kept), np.array([s for _, s, _ in kept]), np.array([r for *_, r in kept])
