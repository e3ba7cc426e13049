"""Least squares on a polyhedron: the exact minimiser, the rows that hold it, and whether there is one at all.

The problem min |A x - b| with E x = e, G x >= h is reduced to the null space of E, turned into the shortest vector that
obeys the inequalities, and that into non-negative least squares (least distance programming, chapter 23 of Lawson and
Hanson, doi:10.1137/1.9781611971217). The active rows found are then solved for exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack
from scipy.optimize import linprog, nnls

from shortrange_core.least_squares._equalities import INDEPENDENT, Equalities
from shortrange_core.least_squares._walls import leaving_for, on_walls

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
TIE = 1e-7
"""Weight, relative to the data, that picks the point nearest the centre where the data do not choose."""
FEASIBLE = 1e-9
CROSSED = 1e-10
"""Slack below 0, in sds, with which a row is not called in."""
_STRICT = 1e-8
"""Slack, and multiplier relative to the greatest, that leave no doubt on which side of its wall a row is."""
_BLIND = 1e-11
_PULLING = 1e-13
_CLEAR = 1e-6
"""Sum of all variances, in units of that of the tie, below which the data choose in every direction."""
_ROUNDING = 1e-13
_REPAIRS = 40
_EXCHANGES = 6


@lru_cache(maxsize=32)
def _unbound(size: int) -> Equalities:
    """No equalities among ``size`` variables."""
    return Equalities(np.zeros((0, size)), np.zeros(size), np.eye(size), True)


@dataclass(frozen=True, eq=False, slots=True)
class QuadraticModel:
    """Least squares on E x = e without walls: ``at(y)`` has |y|^2 more chi2 than ``point``.

    Parameters
    ----------
    equal
        The equalities.
    tie
        Weight towards the centre.
    point, away, reach
        n variables; the k sds by which they are away from the point of the equalities; n x k moves by one sd in
        k independent directions. Moves are added to ``away`` before they become variables: where the data hardly see a
        direction, the point can be 1e10 away in it, and adding there would cost as many digits.
    triangle
        k x k factor: the moves are those of the basis of the equalities over it.
    clear
        Whether the data choose in every direction, so that the tie does nothing that could be seen.
    """

    equal: Equalities
    tie: float
    point: Vector
    away: Vector
    reach: Matrix
    triangle: Matrix
    clear: bool

    @classmethod
    def of(cls, A: Matrix, b: Vector, equal: Equalities, centre: Vector) -> QuadraticModel:
        """Model from one QR factorisation of the data, the tie and their right-hand sides."""
        count, free = A.shape[0], equal.basis.shape[1]
        if free == 0:
            return cls(equal, TIE, equal.point, np.zeros(0), equal.basis, np.zeros((0, 0)), True)
        reduced = A @ equal.basis
        # One factorisation of data and tie instead of normal equations, whose condition is the square.
        tie = TIE * float(np.abs(reduced).max(initial=1.0))
        stacked = np.zeros((count + free, free + 1), order="F")
        stacked[:count, :free] = reduced
        stacked[:count, free] = b - A @ equal.point
        # The diagonal of the tie, written in place: the array is in columns, one below the other.
        stacked.T.reshape(-1)[count :: count + free + 1] = tie
        stacked[count:, free] = tie * (centre @ equal.basis)
        # LAPACK itself: matrices are small, and feel the checks that scipy makes around it.
        factor = lapack.dgeqrf(stacked, overwrite_a=True)[0]
        triangle = factor[:free, :free]
        away = factor[:free, free]
        point = equal.point + equal.basis @ lapack.dtrtrs(triangle, away)[0]
        reach = lapack.dtrtrs(triangle, equal.basis.T, trans=1)[0].T
        return cls(equal, tie, point, away, reach, triangle, bool(tie**2 * np.vdot(reach, reach) < _CLEAR))

    @classmethod
    def of_curvature(cls, matrix: Matrix, gradient: Vector) -> QuadraticModel | None:
        """Model of ``p.M.p / 2 + g.p`` without equalities; None where M is not positive definite to rounding."""
        triangle, failed = lapack.dpotrf(matrix)
        if failed:
            return None
        away = lapack.dtrtrs(triangle, -gradient, trans=1)[0]
        point = lapack.dtrtrs(triangle, away)[0]
        return cls(_unbound(gradient.size), 0.0, point, away, lapack.dtrtri(triangle)[0], triangle, True)

    def at(self, move: Vector) -> Vector:
        """Variables that are ``move`` away from the point, on the equalities to rounding."""
        return np.asarray(self.equal.point + self.equal.basis @ lapack.dtrtrs(self.triangle, self.away + move)[0])

    def face(self, rows: Matrix, most: float) -> Matrix | None:
        """Covariance of x where ``rows @ x`` is held.

        None where the rows depend on one another, or the variances add up to more than ``most``.
        """
        moved = self.reach.T
        if rows.shape[0]:
            # The rows that hold take their directions away: the last columns of Q span what is left, and the covariance
            # is that of moves in them.
            factor, scale, _, _ = lapack.dgeqrf((rows @ self.reach).T)
            size = np.abs(factor.diagonal()).tolist()
            if rows.shape[0] > len(size) or min(size) <= INDEPENDENT * max(size):
                return None
            moved = lapack.dormqr("L", "T", factor, scale, moved, 64 * moved.shape[1])[0][rows.shape[0] :]
        covariance = moved.T @ moved
        total = covariance.trace()
        if total > most:
            return None
        if self.tie**2 * total > _ROUNDING:
            covariance += self.tie**2 * (covariance @ covariance)  # what the tie took away, to first order
        return np.asarray(covariance)


@dataclass(frozen=True, eq=False, slots=True)
class Shortest:
    """Minimiser ``x`` with the rows of G that hold it (positive multipliers); ``feasible`` False where none exists."""

    x: Vector
    active: npt.NDArray[np.intp]
    multiplier: Vector
    feasible: bool
    model: QuadraticModel


def shortest(A: Matrix, b: Vector, equal: Equalities, walls: tuple[Matrix, Vector], centre: Vector) -> Shortest:
    """Least |A x - b| on E x = e, G x >= h; nearest to ``centre`` where the data leave a choice.

    Parameters
    ----------
    A, b
        m x n and m, whitened.
    equal
        The equalities.
    walls
        G of k x n and h of k.
    centre
        n values.
    """
    model = QuadraticModel.of(A, b, equal, centre)
    if not equal.consistent:
        return _held(model, equal.point, feasible=False)
    minimum = least(model, *walls)
    if minimum.feasible:
        return minimum
    # Least distances found none: either nothing obeys all rows, or the polyhedron has no volume, which only linear
    # programs can tell. They are slow, and rare.
    narrower = flattened(equal, *walls)
    return minimum if narrower is None else least(QuadraticModel.of(A, b, narrower, centre), *walls)


def flattened(equal: Equalities, G: Matrix, h: Vector) -> Equalities | None:
    """Equalities with the rows of G that can only hold as equalities added; None where nothing obeys all rows.

    A polyhedron without volume (a single composition of units) is out of reach of least distance programming.
    """
    size = equal.rows.shape[1]
    right = equal.rows @ equal.point
    fixed = (equal.rows, right) if equal.rows.shape[0] else (None, None)
    bounds = [(None, None)] * size
    flat: list[int] = []
    for index, row in enumerate(G):
        # A row that cannot rise above its wall anywhere is an equality.
        highest = linprog(-row, A_ub=-G, b_ub=-h, A_eq=fixed[0], b_eq=fixed[1], bounds=bounds)
        if highest.status not in (0, 3):
            return None
        if highest.status == 0 and float(row @ highest.x) - h[index] < FEASIBLE:
            flat.append(index)
    return Equalities.build(np.vstack([equal.rows, G[flat]]), np.concatenate([right, h[flat]]))


def _held(model: QuadraticModel, x: Vector, *, feasible: bool) -> Shortest:
    """Point that no wall holds."""
    return Shortest(x, np.zeros(0, dtype=np.intp), np.zeros(0), feasible, model)


def least(model: QuadraticModel, G: Matrix, h: Vector) -> Shortest:
    """Least |y| with G (point + reach y) >= h: by exchanging rows where that is clear, else by least distances."""
    slack = G @ model.point - h
    # Most problems end here: no amount is at its bound.
    if slack.min(initial=0.0) >= -CROSSED:
        return _held(model, model.point, feasible=True)
    if model.reach.shape[1] == 0:
        return _held(model, model.point, feasible=bool(np.all(slack >= -FEASIBLE * (1 + np.abs(h)))))
    lean = G @ model.reach
    slack = (G @ model.equal.point - h) + lean @ model.away
    # Exchanging rows is exact and quick where it ends, and may go round in circles where the data do not choose: then
    # the slower way, which always ends.
    exchanged = _exchanged(model, lean, slack) if model.clear else None
    if exchanged is not None:
        return exchanged
    held = _guessed(lean, slack, G @ model.equal.basis)
    if held is None:
        return _held(model, model.point, feasible=False)
    return _settled(model, (G, h), (lean, -slack), held)


def _exchanged(model: QuadraticModel, lean: Matrix, slack: Vector) -> Shortest | None:
    """Minimiser by block pivoting: all crossed rows enter, all that pull leave; None where that leaves any doubt."""
    crossed = slack < 0
    for _ in range(_EXCHANGES):
        held = crossed.nonzero()[0]
        move, multiplier, independent = on_walls(lean[held], -slack[held])
        if not independent:
            return None
        state = slack + lean @ move
        state[held] = -multiplier
        # One vector for both: a free row must have slack, a held one must push.
        before, crossed = crossed, state < 0
        # Ended; but rows within rounding of their wall could be on either side, and what is doubtful is left to the
        # other way.
        if (before == crossed).all():
            sure = state[~crossed].min(initial=1.0) > _STRICT and multiplier.min() > _STRICT * multiplier.max()
            return Shortest(model.at(move), held, multiplier, True, model) if sure else None
    return None


def _guessed(lean: Matrix, slack: Vector, walls: Matrix) -> list[np.intp] | None:
    """Rows that hold the minimiser by least distance programming; None where nothing obeys all rows."""
    # A row that no move changes is obeyed by every point or by none; among the others its direction would be rounding.
    seen = np.einsum("ij,ij->i", walls, walls) > _BLIND**2
    if np.any(slack[~seen] < -FEASIBLE):
        return None
    usable = np.flatnonzero(seen)
    size = np.sqrt(np.einsum("ij,ij->i", lean, lean))[usable]
    need = -slack[usable] / size
    # Every row is made of length one and the needs at most one: nnls stops by a tolerance that is absolute.
    dual = np.vstack([(lean[usable] / size[:, None]).T, need / np.abs(need).max()])
    goal = np.zeros(dual.shape[0])
    goal[-1] = 1.0
    strength, _ = nnls(dual, goal, maxiter=max(300, 30 * dual.shape[1]))
    # A residual of 0 in the last equation says that no point obeys all rows (Lawson and Hanson, problem LDP).
    return list(usable[strength > 0]) if (goal - dual @ strength)[-1] > 0 else None


def _settled(
    model: QuadraticModel, walls: tuple[Matrix, Vector], reduced: tuple[Matrix, Vector], held: list[np.intp]
) -> Shortest:
    """Exact minimiser from a guess of the active rows: violated rows enter, rows that pull leave.

    The guess misses rows that only the tie towards the centre makes active; its multipliers are below the rounding of
    those of the data.
    """
    G, h = walls
    (lean, need), scale = reduced, 1 + np.abs(h - G @ model.equal.point)
    # A row that those held keep at its wall too is crossed by the rounding of the way from the point without walls. To
    # call it in would make the held rows depend on one another.
    digits = _ROUNDING * float(np.linalg.norm(model.away)) * np.sqrt(np.einsum("ij,ij->i", lean, lean))
    x, multiplier, rows = model.point, np.zeros(0), np.zeros(0, dtype=np.intp)
    for _ in range(_REPAIRS):
        rows = np.array(held, dtype=np.intp)
        move, multiplier, _ = on_walls(lean[rows], need[rows])
        x = model.at(move)
        left = (G @ x - h + digits) / scale
        # Held rows are on their wall by construction; their rounding must not call them in again.
        left[rows] = 0.0
        # One row a round, the worst: taking several out can leave the polyhedron.
        if multiplier.size and multiplier.min() < -_PULLING * np.abs(multiplier).max():
            del held[int(np.argmin(multiplier))]
        elif left.min() < -CROSSED:
            entering = np.intp(np.argmin(left))
            if (leaving := leaving_for(lean[rows], lean[entering], multiplier)) is not None:
                del held[leaving]
            held.append(entering)
        else:
            return Shortest(x, rows, multiplier, True, model)
    return Shortest(x, rows, multiplier, bool(np.all(G @ x >= h - FEASIBLE * scale)), model)
