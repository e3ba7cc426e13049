"""The least and the greatest value of a quantity: by linear programming, and along the profile of chi2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, linprog

from structure.balances import Problem, padded, split_ratio
from structure.solving._curvature import curvature
from structure.solving._minimum import Minimum, minimise_problem

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Rows = tuple[Vector, float]
_PROFILE_STEPS = 25
_PROFILE_TOLERANCE = 2e-4
_SETTLED = 1e-8
"""Change of chi2, over 1 + chi2, that moves no end of a profile by the part of its width that is asked for."""
_FIRST_SD = 0.3
_WALL = 1e3
_MINIMA = 8
FIXED = 1e-9
"""Width of a range, per network former, below which the balances fix a quantity."""
_MOST_REMEMBERED = 1024
_LEAST: dict[tuple[object, ...], tuple[float, Vector] | None] = {}
LOWER = 1e-6
"""Fall of chi2, over 1 + chi2, that is no rounding."""


class LowerMinimum(Exception):
    """A profile met a lower chi2 than the minimum that it started from; ``where`` is the point."""

    def __init__(self, where: Vector) -> None:
        super().__init__("a profile found a lower minimum")
        self.where = where


@dataclass(frozen=True, eq=False, slots=True)
class Extremes:
    """Exact linear description of what is allowed, for least and greatest values.

    ``G`` and ``h`` hold the rows that are no sign conditions, as G x <= h; every variable but ``free`` ones is >= 0.
    """

    equal: tuple[Matrix | None, Vector | None]
    unequal: tuple[Matrix | None, Vector | None]
    lower: Vector

    @classmethod
    def of(cls, problem: Problem) -> Extremes:
        """Polyhedron of the exact rows of a problem."""
        lower = np.full(problem.size, -np.inf)
        G, h = problem.walls
        single = (np.count_nonzero(G, axis=1) == 1) & (h == 0) & (G.sum(axis=1) == 1.0)
        for row in G[single]:
            lower[int(np.flatnonzero(row)[0])] = 0.0
        E, e = problem.equal
        equal = (E, e) if E.shape[0] else (None, None)
        unequal = (-G[~single], -h[~single]) if np.any(~single) else (None, None)
        return cls(equal, unequal, lower)

    def least(self, objective: Vector) -> tuple[float, Vector] | None:
        """Least value of ``objective @ x`` and where; -inf where it is unbounded, None where nothing is allowed.

        Remembered by rows and objective: ranges with and without evidence, and both routes, ask for the same ones, and
        a series is solved for new numbers over the same rows again and again.
        """
        parts = (*self.equal, *self.unequal, self.lower, objective)
        key = tuple(None if part is None else (part.shape, part.tobytes()) for part in parts)
        if key not in _LEAST:
            if len(_LEAST) >= _MOST_REMEMBERED:
                _LEAST.clear()
            _LEAST[key] = self._least(objective)
        return _LEAST[key]

    def _least(self, objective: Vector) -> tuple[float, Vector] | None:
        bounds = [(float(low), None) for low in self.lower]
        program = linprog(
            objective,
            A_ub=self.unequal[0],
            b_ub=self.unequal[1],
            A_eq=self.equal[0],
            b_eq=self.equal[1],
            bounds=bounds,
        )
        if program.status == 3:
            return -np.inf, np.full(objective.size, np.nan)
        if program.status != 0:
            return None
        where = np.asarray(program.x, dtype=float)
        where.setflags(write=False)
        return float(objective @ where), where


def always_zero(extremes: Extremes, places: tuple[int, ...]) -> tuple[int, ...]:
    """Those of the amounts at ``places`` that are 0 wherever the exact rows allow anything.

    One linear program for all: the sum is as large as it can be, and what is then above 0 is not always 0.
    """
    left = list(places)
    while left:
        row = np.zeros(extremes.lower.size)
        row[left] = -1.0
        extreme = extremes.least(row)
        if extreme is None or not np.isfinite(extreme[0]):
            return ()
        moved = [place for place in left if extreme[1][place] > FIXED]
        if not moved:
            break
        left = [place for place in left if place not in moved]
    return tuple(left)


def ratio_rows(problem: Problem, text: str) -> tuple[Rows, Rows | None]:
    """Rows of a quantity: numerator, and denominator where it is a ratio."""
    top, bottom = split_ratio(text)
    return problem.row(top), problem.row(bottom) if bottom else None


def linear_range(extremes: Extremes, top: Rows, bottom: Rows | None) -> tuple[float, float] | None:
    """Least and greatest value of a linear quantity or a ratio; None where nothing is allowed."""
    if bottom is not None:
        return _ratio_range(extremes, top, bottom)
    low, high = extremes.least(top[0]), extremes.least(-top[0])
    if low is None or high is None:
        return None
    return low[0] + top[1], -high[0] + top[1]


def _ratio_range(extremes: Extremes, top: Rows, bottom: Rows) -> tuple[float, float] | None:
    """Range of a ratio by the Charnes-Cooper substitution: y = t x, bottom(y) = 1, is linear again.

    Reference: doi:10.1002/nav.3800090303. NaN where the denominator can only be 0.
    """
    highest = extremes.least(-bottom[0])
    if highest is None:
        return None
    if -highest[0] + bottom[1] < 1e-9:
        return np.nan, np.nan
    size = bottom[0].size
    E, e = extremes.equal
    rows = [] if E is None or e is None else [np.hstack([E, -e[:, None]])]
    rows.append(np.concatenate([bottom[0], [bottom[1]]])[None, :])
    right = np.zeros(sum(r.shape[0] for r in rows))
    right[-1] = 1.0
    G, h = extremes.unequal
    unequal = (None, None) if G is None or h is None else (np.hstack([G, -h[:, None]]), np.zeros(h.size))
    lifted = Extremes((np.vstack(rows), right), unequal, np.concatenate([extremes.lower, [0.0]]))
    row = padded(top, size + 1)[0]
    row[-1] = top[1]
    low, high = lifted.least(row), lifted.least(-row)
    return (np.nan, np.nan) if low is None or high is None else (low[0], -high[0])


def profile_range(
    problem: Problem,
    minimum: Minimum,
    pair: tuple[Rows, Rows | None],
    outer: tuple[float, float],
    rise: float,
) -> tuple[float, float]:
    """Values of a quantity, inside ``outer``, for which chi2 rises by no more than ``rise``.

    Raises
    ------
    LowerMinimum
        If chi2 is lower on the way than at ``minimum``.
    """
    if not np.all(np.isfinite(outer)) and np.isnan(outer[0]):
        return np.nan, np.nan
    value, spread = _value_and_sd(problem, minimum, pair)
    low = _edge(problem, minimum, pair, (value, outer[0], -spread), rise)
    high = _edge(problem, minimum, pair, (value, outer[1], spread), rise)
    return min(low, value), max(high, value)


def settled_range(
    problem: Problem, minimum: Minimum, pair: tuple[Rows, Rows | None], outer: tuple[float, float], rise: float
) -> tuple[float, float]:
    """Same as :func:`profile_range`, started again from every lower minimum that it meets."""
    for _ in range(_MINIMA):
        try:
            return profile_range(problem, minimum, pair, outer, rise)
        except LowerMinimum as met:
            minimum = minimise_problem(problem, start=met.where)
    return outer


def _value_and_sd(problem: Problem, minimum: Minimum, pair: tuple[Rows, Rows | None]) -> tuple[float, float]:
    (top, constant), bottom = pair
    value, slope = float(top @ minimum.x) + constant, top
    if bottom is not None:
        below = float(bottom[0] @ minimum.x) + bottom[1]
        value /= below
        slope = (top - value * bottom[0]) / below
    covariance = curvature(problem, minimum).covariance
    involved = slope != 0
    variance = float(slope[involved] @ covariance[np.ix_(involved, involved)] @ slope[involved])
    sd = np.sqrt(variance) if np.isfinite(variance) and variance > 0 else _FIRST_SD
    return value, float(sd)


def _profiled(problem: Problem, start: Vector, pair: tuple[Rows, Rows | None], target: float) -> Minimum:
    """Least chi2 with the quantity held at ``target``."""
    (top, constant), bottom = pair
    row, right = top, target - constant
    if bottom is not None:
        row, right = top - target * bottom[0], target * bottom[1] - constant
    return minimise_problem(problem, extra=(row[None, :], np.array([right])), start=start, settled=_SETTLED)


def _edge(
    problem: Problem,
    minimum: Minimum,
    pair: tuple[Rows, Rows | None],
    line: tuple[float, float, float],
    rise: float,
) -> float:
    """Where the profile crosses: regula falsi on the square root of the rise, which is nearly straight."""
    value, limit, spread = line
    reach = np.sqrt(rise)
    if abs(limit - value) < 1e-10:
        return float(limit)

    places = {value: minimum.x}

    def height(at: float) -> float:
        nearest = min(places, key=lambda place: abs(place - at))  # one value's best is nearly that of the next
        profiled = _profiled(problem, places[nearest], pair, at)
        if not profiled.feasible:
            return np.inf
        if profiled.chi2 < minimum.chi2 - LOWER * (1 + minimum.chi2):
            raise LowerMinimum(profiled.x)
        places[at] = profiled.x
        return float(np.sqrt(max(profiled.chi2 - minimum.chi2, 0.0)))

    inner, low = value, 0.0
    trial = value + reach * spread
    if (limit - trial) * spread <= 0:
        trial = limit
    for _ in range(_PROFILE_STEPS):
        high = height(trial)
        if high >= reach or trial == limit:
            break
        inner, low = trial, high
        step = (trial - value) * max(min(reach / max(high, 1e-3), 10.0), 1.2)
        trial = value + step if (limit - value - step) * spread > 0 else limit
    if not np.isfinite(high):
        high = _WALL
    if high <= reach:
        return float(trial)
    return _crossing(height, (inner, low), (trial, high), reach)


def _crossing(
    height: Callable[[float], float], inner: tuple[float, float], outer: tuple[float, float], reach: float
) -> float:
    """Crossing between a point below and a point above (Brent's method; a wall counts as very high)."""
    heights = {inner[0]: inner[1] - reach, outer[0]: outer[1] - reach}

    def over(at: float) -> float:
        if at not in heights:
            here = height(at)
            heights[at] = (here if np.isfinite(here) else _WALL) - reach
        return heights[at]

    tolerance = _PROFILE_TOLERANCE * abs(outer[0] - inner[0])
    return float(brentq(over, inner[0], outer[0], xtol=max(tolerance, 1e-12), maxiter=_PROFILE_STEPS, disp=False))
