"""The polytope of amounts that balances and walls leave: its faces, and draws of a Gaussian or of a flat law on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import null_space
from scipy.optimize import linprog
from scipy.special import ndtr, ndtri

Array = npt.NDArray[np.float64]
LIFT, LEAST_LIFT = 1e-3, 1e-6
"""Amounts per former: how far all are lifted from zero together, and below what one cannot be lifted."""
CHAINS, WARM_UP, THIN = 64, 400, 30
INSIDE = 1.0
"""Standard deviations from the mode, towards the middle of the polytope, at which chains start: no line leads from a
corner, and a start far out takes long to come back."""


@dataclass(frozen=True, eq=False, slots=True)
class Face:
    """Amounts on balances: a point (amounts,), and the directions that keep them (amounts, free)."""

    start: Array
    basis: Array

    @classmethod
    def of(cls, equal: Array, right: Array, without: tuple[int, ...]) -> Face | None:
        """The face where some species are absent; None where the balances need one of them."""
        start = point_without(equal, right, without)
        if start is None:
            return None
        size = equal.shape[1]
        rows = np.vstack([equal, np.eye(size)[list(without)]])
        ways = null_space(rows)
        if not ways.shape[1]:
            return cls(start, ways)
        still = forced(start, ways)
        start[still] = 0.0
        basis = np.asarray(null_space(np.vstack([rows, np.eye(size)[still]])))
        basis[still] = 0.0
        return cls(start, basis)

    def walk(self, precision: Array, centre: Array, count: int, rng: np.random.Generator, *, thin: int = THIN) -> Array:
        """Amounts drawn from a Gaussian, none below zero: (chains, draws, amounts), together at least ``count``.

        Hit-and-run in coordinates where the Gaussian is round, many chains side by side; a line is cut by the walls and
        drawn exactly.

        Parameters
        ----------
        precision, centre
            In the free directions, and the amounts of its mode.
        count, rng, thin
            Draws, source of randomness, steps between draws.
        """
        inner = _interior(self.start, self.basis)
        factor = np.linalg.inv(np.linalg.cholesky(precision)).T
        walls = self.basis @ factor
        middle: Array = np.asarray(np.linalg.solve(factor, self.basis.T @ (centre - self.start)), dtype=float)
        way = np.linalg.solve(factor, inner) - middle
        size = float(np.linalg.norm(way))
        away = np.tile((way * (min(1.0, INSIDE / size) if size > 0 else 1.0))[:, None], CHAINS)
        mode = (self.start + walls @ middle)[:, None]
        room, kept = mode + walls @ away, []
        with np.errstate(divide="ignore", invalid="ignore"):
            for step in range(WARM_UP + -(-count // CHAINS) * thin):
                away, room = _moved_along(away, room, walls, rng)
                if step >= WARM_UP and (step - WARM_UP) % thin == 0:
                    room = mode + walls @ away  # what steps have added up to has their rounding
                    kept.append(room.T)
        return np.stack(kept, axis=1)


def point_without(equal: Array, right: Array, without: tuple[int, ...]) -> Array | None:
    """Amounts on balances where some species are absent; None where the balances need one of them."""
    size = equal.shape[1]
    bounds = [(0, 0 if at in without else None) for at in range(size)]
    answer = linprog(np.zeros(size), A_eq=equal, b_eq=right, bounds=bounds)
    return np.maximum(np.asarray(answer.x), 0.0) if answer.status == 0 else None


def _moved_along(away: Array, room: Array, walls: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """One step of every chain along a random line: places from the mode, and amounts, a chain a column.

    Chains lie side by side, since steps are so short that numpy's calls take most of the time: it reduces over rows in
    one, and over columns chain by chain.
    """
    way = rng.standard_normal(away.shape[::-1]).T.copy()
    way /= np.sqrt(np.add.reduce(way * way))
    pace = walls @ way
    reach = np.maximum(room, 0.0) / -pace
    low = np.maximum.reduce(np.where(pace > 0, reach, -np.inf))
    high = np.minimum.reduce(np.where(pace < 0, reach, np.inf))
    best = -np.add.reduce(away * way)
    below, above = ndtr(low - best), ndtr(high - best)
    step = best + ndtri(below + rng.random(best.size) * (above - below))
    step = np.where(np.isfinite(step), np.minimum(np.maximum(step, low), high), 0.0)
    return away + step * way, room + step * pace


def forced(start: Array, basis: Array) -> npt.NDArray[np.bool_]:
    """Amounts that are zero wherever the balances and all walls hold."""
    amounts, size = basis.shape
    bounds = [(None, None)] * size + [(0, LIFT)] * amounts
    goal = np.append(np.zeros(size), -np.ones(amounts))
    lifted = linprog(goal, A_ub=np.hstack([-basis, np.eye(amounts)]), b_ub=start, bounds=bounds)
    still = np.asarray(lifted.x)[size:] < LEAST_LIFT
    for number in np.flatnonzero(still):  # the sum of all may have held one down that can rise alone
        alone = linprog(-basis[number], A_ub=-basis, b_ub=start, bounds=[(None, None)] * size)
        still[number] = alone.status == 0 and start[number] - alone.fun < LEAST_LIFT
    return np.asarray(still)


def _interior(start: Array, basis: Array) -> Array:
    """Directions to the point that is farthest from every wall."""
    size, free = basis.shape[1], np.any(basis != 0, axis=1)
    goal = np.append(np.zeros(size), -1.0)
    answer = linprog(
        goal,
        A_ub=np.column_stack([-basis[free], np.ones(int(free.sum()))]),
        b_ub=start[free],
        bounds=[(None, None)] * size + [(0, 1)],
    )
    return np.asarray(answer.x)[:-1]
