"""Descents of one spectrum to its minimum, and what lies beyond the curvature of where they end."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import Infeasible
from shortrange_core.least_squares import Minimum, minimise
from spectra.fits._ground import Ground
from spectra.fits._profiles import Way
from spectra.fits._residuals import Residuals
from spectra.fits._rises import Rise, below, risen
from spectra.fits._tensors import through, turned
from spectra.fits._unshaped import unshaped
from spectra.fits._valleys import followed

Array = npt.NDArray[np.float64]
TOLERANCE = 1e-10
"""Relative fall of chi2 at which a fit ends."""
PROFILED, HELD = 1e-6, 40
"""The same for a profile, whose rises of chi2 are compared with 1, and the most evaluations of a place of it: where
nothing is left, no digit is waited for."""
ROUNDS = 3
"""Most minima, each lower than the last, whose surroundings are looked at."""
BRIEF = 60
"""Most evaluations of a descent from an anisotropy of the other sign: two in three end far above within them."""


def minimised(
    residuals: Residuals,
    start: Array,
    tolerance: float = TOLERANCE,
    *,
    far: float = np.inf,
    most: int = 400,
) -> Minimum:
    """A free descent: ``far`` and ``most`` evaluations are where it gives up."""
    compiled = residuals.compiled
    return minimise(
        residuals,
        start,
        lower=compiled.lower,
        upper=compiled.upper,
        equalities=compiled.equalities,
        inequalities=compiled.inequalities,
        tolerance=tolerance,
        max_evaluations=most,
        far=far,
    )


def held(residuals: Residuals, start: Array, place: int, value: float) -> Minimum | None:
    """A descent with one free parameter held, to the digits that a profile needs; None where there is no such place."""
    compiled = residuals.compiled
    lower, upper = compiled.lower.copy(), compiled.upper.copy()
    lower[place] = upper[place] = value
    try:
        end = minimise(
            residuals,
            start,
            lower=lower,
            upper=upper,
            equalities=compiled.equalities,
            inequalities=compiled.inequalities,
            tolerance=PROFILED,
            max_evaluations=HELD,
            covariance=False,
        )
    except Infeasible:
        return None
    return end if np.isfinite(end.chi2) else None


def beyond_curvature(ground: Ground, residuals: Residuals, minimum: Minimum) -> tuple[Minimum, tuple[Way, ...]]:
    """The lowest minimum that other signs of anisotropies and exchanges of areas lead to, and where chi2 hardly rises.

    Parameters
    ----------
    ground
        That of the search.
    residuals
        Of its spectrum.
    minimum
        Its end.
    """

    def descend(start: Array) -> Minimum:
        return minimised(residuals, start, far=ground.far)

    def brief(start: Array) -> Minimum:
        return minimised(residuals, start, far=ground.far, most=BRIEF)

    profiled = partial(held, residuals)
    for _ in range(ROUNDS):
        minimum, signs = turned(ground, minimum, brief, descend)
        if minimum.chi2 > ground.far:
            return minimum, ()  # nothing is to be read from the surroundings of a misfit
        minimum, valleys = followed(ground, minimum, profiled, descend)
        beside, tensors = through(ground, minimum, profiled)
        ways: tuple[Way, ...] = (*signs, *valleys, *tensors, *unshaped(ground, minimum))
        lower = below(minimum, beside, descend)
        rises: tuple[Rise, ...] = ()
        if lower is minimum:
            lower, rises = risen(ground, minimum, ways, profiled, descend)
        if lower is minimum:
            return minimum, (*ways, *rises)
        minimum = lower
    return minimum, rises  # what was looked at before is about another minimum
