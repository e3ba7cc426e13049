"""Profiles of chi2 along one parameter, and what they say that the curvature at the minimum does not.

The covariance then holds the second moments of the profile, around the minimum, in place of the curvature along it:

    C' = C - c c' / C_aa + sum(w (x - best)(x - best)') / sum(w),  w = exp(-rise of chi2 / 2),

c the column of the parameter in C, x the minimum at each of its values. For a parabola C' is C.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from shortrange_core.least_squares import Minimum
from shortrange_core.notes import Note

Array = npt.NDArray[np.float64]
Held = Callable[[Array, int, float], Minimum | None]
"""A descent from a start with one free parameter held at a value; None where the constraints allow no such place."""
TRIED = 2.0
"""Standard deviations from the best at which curvature is put to the test."""
FLAT = 0.8
"""Part of the rise of chi2 that curvature says, below which a profile is followed."""
DENSE = 400
RISEN = 10.0
"""Rise of chi2 beyond which nothing is left."""
LOWER = 1e-6
"""Fall of chi2, over 1 + chi2, that is no rounding."""
WIDER = 1.1
"""Factor on a variance below which curvature is believed."""
NAMED = 4.0
"""Rise of chi2 over which a note gives the range of a parameter."""


class Way(Protocol):
    """Where else the parameters may lie with hardly a rise of chi2."""

    def widened(self, best: Array, covariance: Array) -> Array:
        """The covariance of the n free parameters at ``best`` that holds it."""

    def notes(self, free: Sequence[str]) -> tuple[Note, ...]:
        """What a user must know of it, by the names of the free parameters."""


def widened(ways: Sequence[Way], minimum: Minimum, covariance: Array) -> Array:
    """The covariance of the free parameters with what its curvature does not tell."""
    for way in ways:
        covariance = way.widened(minimum.x, covariance)
    return covariance


def moved_to(x: Array, place: int, value: float) -> Array:
    """The same place with one parameter at a value."""
    moved = x.copy()
    moved[place] = value
    return moved


@dataclass(frozen=True, eq=False, slots=True)
class ParameterScan:
    """Minima along one parameter.

    Parameters
    ----------
    along
        Its place among the n free parameters.
    places, rises
        k x n free parameters in the order of that one, no two the same in it, and k rises of chi2 above the best, over
        the scale of an estimated noise.
    """

    along: int
    places: Array
    rises: Array

    def range(self) -> tuple[float, float]:
        """Least and greatest value of the parameter where chi2 has risen by less than ``NAMED``."""
        dense, rises = self._dense()
        inside = np.append(dense[rises <= NAMED], self.places[np.argmin(self.rises), self.along])
        return float(inside.min()), float(inside.max())

    def moments(self, best: Array) -> Array:
        """Second moments, n x n, of the profile around the minimum."""
        dense, rises = self._dense()
        weight = np.exp(-rises / 2)
        path = _between(self.places[:, self.along], self.places, dense) - best
        return np.asarray((path * weight[:, None]).T @ path / weight.sum())

    def _dense(self) -> tuple[Array, Array]:
        """The parameter in small steps, and the rise of chi2 there."""
        along = self.places[:, self.along]
        dense = np.linspace(along[0], along[-1], DENSE)
        return dense, _between(along, self.rises, dense)

    def widened(self, best: Array, covariance: Array, judged: Sequence[int]) -> Array:
        """The covariance with the moments in place of the curvature, where a judged variance grows by a tenth."""
        variance = covariance[self.along, self.along]
        if len(self.places) < 2 or not variance > 0:
            return covariance
        determined = np.isfinite(np.diagonal(covariance))
        place, column = np.ix_(determined, determined), covariance[determined, self.along]
        result = covariance.copy()
        result[place] += self.moments(best)[place] - np.outer(column, column) / variance
        # Nothing is known better for what curvature does not tell: a profile that ends at a wall is one-sided.
        np.fill_diagonal(result, np.maximum(np.diagonal(covariance), np.diagonal(result)))
        before, after = (np.diagonal(c)[list(judged)] for c in (covariance, result))
        return result if bool((after > WIDER * before).any()) else covariance


def _between(along: Array, values: Array, at: Array) -> Array:
    """Values without overshoot between those of a profile; a slope of 1e-310 is none."""
    with np.errstate(over="ignore"):
        return np.asarray(PchipInterpolator(along, values)(at))


def profile(best: Minimum, along: int, way: Sequence[Minimum], scale: float) -> ParameterScan:
    """Minima with one parameter held, the best one among them, in the order of that parameter."""
    ends = sorted((best, *way), key=lambda end: (float(end.x[along]), end.chi2))
    kept = [end for n, end in enumerate(ends) if n == 0 or end.x[along] > ends[n - 1].x[along]]
    rises = np.array([max(end.chi2 - best.chi2, 0.0) / scale for end in kept])
    return ParameterScan(along, np.array([end.x for end in kept]), rises)
