"""Limits of lines that are not there: the standard deviation of an area at 0 is that of a line of the shape it has.

The shape of an empty line is what its priors say, and for its anisotropy that is none: all of its area would stand in
the centreband. A line of 130 ppm has half of it in sidebands, and twice the area would be no more seen. So its variance
is the mean of those for shapes drawn from the priors; the model at the minimum is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from shortrange_core.least_squares import Minimum, latin_hypercube
from shortrange_core.notes import Note
from spectra.fits._ground import Ground
from spectra.fits._profiles import WIDER

Array = npt.NDArray[np.float64]
DRAWN = 8


@dataclass(frozen=True, eq=False, slots=True)
class Unshaped:
    """An empty line whose shape is open: the place of its area, and the factor on its standard deviation."""

    area: int
    factor: float

    def widened(self, _best: Array, covariance: Array) -> Array:
        """The covariance with the standard deviation of the area for all its shapes."""
        scale = np.ones(len(covariance))
        scale[self.area] = self.factor
        return np.asarray(covariance * np.outer(scale, scale))

    def notes(self, _free: Sequence[str]) -> tuple[Note, ...]:
        """Nothing: a limit that holds what is not known is what a limit is."""
        return ()


def unshaped(ground: Ground, best: Minimum) -> tuple[Unshaped, ...]:
    """The lines at 0 whose area would be known less well with another of the shapes that their priors allow."""
    without_shape = []
    for area, shape in ground.places.shapes.items():
        if not ground.places.empty(best.x, area):
            continue
        # A quantity that other lines are linked to is known from them.
        alone = [place for place in shape.values() if ground.places.own(place)]
        kept = np.setdiff1d(np.arange(best.x.size), alone)
        own = _variance(ground, best.x, area, kept)
        others = [_variance(ground, x, area, kept) for x in _drawn(ground, best.x, alone)]
        ratio = float(np.mean(others)) / own if others and own > 0 else 1.0
        if np.isfinite(ratio) and ratio > WIDER:
            without_shape.append(Unshaped(area, float(np.sqrt(ratio))))
    return tuple(without_shape)


def _drawn(ground: Ground, best: Array, alone: Sequence[int]) -> Iterator[Array]:
    """Places with what is the shape of one line alone drawn from its priors; none where it has none."""
    compiled = ground.places.compiled
    priors = {i: compiled.parameters[compiled.free_rows[i]].prior for i in alone}
    laws = {i: prior for i, prior in priors.items() if prior is not None}
    if not laws:
        return
    shares = latin_hypercube(np.zeros(len(laws)), np.ones(len(laws)), DRAWN, np.random.default_rng(0))
    for row in shares:
        x = best.copy()
        for (i, law), share in zip(laws.items(), row, strict=True):
            x[i] = ground.within(i, law.mean + law.sd * float(ndtri(share)))
        yield x


def _variance(ground: Ground, x: Array, area: int, kept: npt.NDArray[np.intp]) -> float:
    """Variance of an area by curvature, what makes the shape of its own empty line left out."""
    hessian = ground.residuals.normal_equations(x)[1][np.ix_(kept, kept)]
    column = (kept == area).astype(float)
    try:
        return float(np.linalg.solve(hessian, column) @ column)
    except np.linalg.LinAlgError:
        return np.nan
