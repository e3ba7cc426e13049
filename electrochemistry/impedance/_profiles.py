"""Profile intervals: how far one parameter may move while all others of its spectrum follow.

A parameter at its bound has an interval to one side; one that the data do not determine may have none on a side. Both
are seen where the normal interval, which is as wide to both sides, is not true.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtri

from electrochemistry.impedance._descent import fit_from
from electrochemistry.impedance._elements import Real
from electrochemistry.impedance._models import ResidualModel
from electrochemistry.impedance._results import Profile

FIRST_STEP = 0.05  # in fitted coordinates, where the standard deviation gives none
MOST_STEPS, HALVINGS = 14, 18
LEVEL = 0.95


def profiles(
    models: Sequence[ResidualModel],
    own: Sequence[Real],
    *,
    labels: Sequence[str],
    scales: Sequence[float],
    sds: Mapping[tuple[str, str], float],
) -> tuple[Profile, ...]:
    """Profile intervals in units.

    Parameters
    ----------
    models, own, labels, scales
        Residuals, best fitted coordinates, name and residual variance of every spectrum.
    sds
        (label, parameter) of every profile that is wanted -> standard deviation in fitted coordinates.
    """
    profiles = []
    for (label, name), sd in sds.items():
        at = labels.index(label)
        model = models[at]
        number = model.circuit.names.index(name)
        limits = profile(model, own[at], number, sd=sd, scale=scales[at])
        lower, upper = (float(np.exp(limit)) if model.place.log[number] else limit for limit in limits)
        profiles.append(Profile(label, name, LEVEL, lower, upper))
    return tuple(profiles)


def profile(
    model: ResidualModel, x: Real, number: int, *, sd: float, scale: float, level: float = LEVEL
) -> tuple[float, float]:
    """Limits of a parameter in fitted coordinates, NaN where there is none.

    Parameters
    ----------
    model
        Residuals of the spectrum.
    x
        Best fitted coordinates.
    number
        Which parameter.
    sd
        Its standard deviation, for the first step.
    scale
        Variance of a weighted residual.
    level
        Of a two-sided interval; where the parameter ends at a bound, of the one side that is left.
    """
    lower, upper = float(model.place.lower[number]), float(model.place.upper[number])
    near = 1e-6 * (upper - lower)
    one_sided = not lower + near < x[number] < upper - near
    rise = float(ndtri(level if one_sided else 0.5 + level / 2)) ** 2 * scale
    best = float(np.sum(model(x)[0] ** 2))
    first = sd if np.isfinite(sd) and sd > 0 else FIRST_STEP
    return tuple(  # type: ignore[return-value]
        _limit(model, x, number, first=first * way, most=best + rise, bound=bound)
        for way, bound in ((-1.0, lower), (1.0, upper))
    )


def _limit(model: ResidualModel, x: Real, number: int, *, first: float, most: float, bound: float) -> float:
    """Where chi2 passes ``most`` on the way from x to the bound; NaN where it does not."""
    inside, outside, step, here = float(x[number]), float("nan"), first, x
    for _ in range(MOST_STEPS):
        trial = inside + step
        reached = (bound - trial) * np.sign(first) <= 0
        chi2, end = _held(model, here, number, bound if reached else trial)
        if chi2 > most:
            outside = bound if reached else trial
            break
        if reached:
            return float("nan")
        inside, here, step = trial, end, 2 * step
    if not np.isfinite(outside):
        return float("nan")
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        chi2, end = _held(model, here, number, middle)
        if chi2 > most:
            outside = middle
        else:
            inside, here = middle, end
        if abs(outside - inside) < 1e-3 * abs(outside - float(x[number])):
            break
    return inside


def _held(model: ResidualModel, x: Real, number: int, value: float) -> tuple[float, Real]:
    """Least chi2, and where it lies, while one parameter is held."""
    lower, upper = model.place.lower.copy(), model.place.upper.copy()
    lower[number] = upper[number] = value
    start = np.array(x, dtype=float)
    start[number] = value
    end = fit_from(model.within(dataclasses.replace(model.place, lower=lower, upper=upper)), start, fine=False)
    return end.chi2, end.x
