"""Small strictly convex quadratic programs: the steps of a bounded, constrained least-squares fit.

This solver and that of bounds alone (:mod:`shortrange_core.least_squares._box`) give the exact minimiser of
``p.M.p / 2 + g.p`` and the constraints that hold it: clipping the unconstrained minimiser would not, because every
other parameter then has to move as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares._box import Singular, solve_definite
from shortrange_core.least_squares._equalities import Equalities
from shortrange_core.least_squares._polyhedron import CROSSED, QuadraticModel, least, shortest

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
_ACTIVE = 1e-9
_ROUNDING = 1e-13
_HELD = 1e-12
BLIND = 1e6
"""sd of a parameter, in units of its room between bounds, above which nothing is seen of it."""


@dataclass(frozen=True, eq=False, slots=True)
class Polyhedron:
    """Affine equalities ``equal x = equal_to`` and inequalities ``rows x <= limits``, bounds among them.

    ``basis`` spans the directions that keep the equalities; ``across`` are the inequalities in these directions, where
    a row that the equalities hold is exactly 0: its rounding would be a direction, and its wall would stop every step.
    """

    equal: Matrix
    equal_to: Vector
    rows: Matrix
    limits: Vector
    basis: Matrix
    across: Matrix

    @classmethod
    def build(
        cls,
        lower: Vector,
        upper: Vector,
        equalities: tuple[Matrix, Vector] | None,
        inequalities: tuple[Matrix, Vector] | None,
    ) -> Polyhedron:
        """Constraints and bounds as one set of rows; a component with equal bounds is an equality."""
        size = lower.size
        unit = np.eye(size)
        fixed = lower == upper
        equal, equal_to = equalities if equalities is not None else (np.zeros((0, size)), np.zeros(0))
        equal, equal_to = np.vstack([equal, unit[fixed]]), np.concatenate([equal_to, lower[fixed]])
        rows, limits = inequalities if inequalities is not None else (np.zeros((0, size)), np.zeros(0))
        low, high = np.isfinite(lower) & ~fixed, np.isfinite(upper) & ~fixed
        rows = np.vstack([rows, -unit[low], unit[high]])
        basis = null_space(equal, size)
        across = rows @ basis
        across[np.linalg.norm(across, axis=1) <= _HELD * np.linalg.norm(rows, axis=1)] = 0.0
        return cls(equal, equal_to, rows, np.concatenate([limits, -lower[low], upper[high]]), basis, across)


def null_space(rows: Matrix, size: int) -> Matrix:
    """Orthonormal basis, as columns, of the directions that ``rows`` do not see."""
    if rows.shape[0] == 0:
        return np.eye(size)
    _, singular, right = np.linalg.svd(rows)
    rank = int(np.sum(singular > max(rows.shape) * np.finfo(float).eps * singular.max(initial=0.0)))
    return np.asarray(right[rank:].T, dtype=float)


def polyhedron_minimum(matrix: Matrix, gradient: Vector, rows: Matrix, room: Vector) -> tuple[Vector, Vector]:
    """Minimise ``p.M.p / 2 + g.p`` with ``rows p <= room``, where ``p = 0`` is allowed.

    The solver is that of :mod:`shortrange_core.least_squares._polyhedron`; here its answer is checked against the
    conditions of a minimum (rows obeyed, no multiplier negative), so that a wrong one never becomes a step.

    Returns
    -------
    tuple
        The minimiser and the multiplier of every row (0 where the row does not hold it).

    Raises
    ------
    Singular
        If the matrix is not positive definite, or the answer breaks a condition of a minimum.
    """
    if room.size == 0:
        return solve_definite(matrix, -gradient), np.zeros(0)
    wanting = _seen(np.diagonal(matrix), rows, room)
    matrix, gradient = matrix + np.diag(wanting), np.where(wanting > 0, 0.0, gradient)  # a slope there is rounding
    unit = 1 / np.sqrt(np.maximum(np.diagonal(matrix), np.finfo(float).tiny))  # parameters differ by orders
    rows = rows * unit
    model = QuadraticModel.of_curvature(matrix * np.outer(unit, unit), gradient * unit)
    if model is None:
        raise Singular("the matrix of the step is not positive definite")
    # in rows of one length: that of a parameter without influence is 1e17 times the others, which rounding then hides
    size = np.sqrt(np.sum((rows @ model.reach) ** 2, axis=1))
    usable = np.flatnonzero(size > 0)
    size = size[usable]
    minimum = least(model, -rows[usable] / size[:, None], -room[usable] / size)
    worst = float(np.abs(minimum.multiplier).max(initial=0.0))
    if not minimum.feasible or minimum.multiplier.min(initial=0.0) < -_ACTIVE * worst:
        raise Singular("the active constraints of the step were not found")
    held = usable[minimum.active]
    multiplier = np.zeros(room.size)
    multiplier[held] = minimum.multiplier / size[minimum.active]
    free = np.delete(usable, minimum.active)
    sds = np.delete(size, minimum.active)
    return _shrunk(minimum.x, rows[free], room[free], sds, float(np.linalg.norm(model.away))) * unit, multiplier


def _seen(curvature: Vector, rows: Matrix, room: Vector) -> Vector:
    """What a parameter that nothing sees needs of curvature, so that its row does not drown those beside it.

    With an sd of a million times its own room a parameter is as free as with any larger one.
    """
    own = np.count_nonzero(rows, axis=1) == 1
    at = np.argmax(np.abs(rows[own]), axis=1)
    span = np.zeros(curvature.size)
    np.add.at(span, at, room[own] / np.abs(rows[own, at]))
    least = np.where(span > 0, 1 / (BLIND * np.where(span > 0, span, 1.0)) ** 2, 0.0)
    return np.where(curvature < least, least - curvature, 0.0)


def _shrunk(step: Vector, rows: Matrix, room: Vector, sds: Vector, away: float) -> Vector:
    """Step shortened until it obeys every row that does not hold it, which rounding may have let it cross.

    A component that should be 0 is rounding of the others: at a wall without room it would shorten the step to nothing.
    So would a row that those which hold the step keep at its wall too. It is crossed by the rounding of the way from
    the minimum without walls, which may be 1e6 times as long as the step (``away``, in units in which a row is ``sds``
    long), or by as much as the solver lets a row be crossed that it does not hold.
    """
    reach, size = rows @ step, np.abs(rows)
    rounding = _ROUNDING * (float(np.abs(step).max(initial=0.0)) * size.sum(axis=1) + (1 + away) * sds)
    at_wall = np.where(2 * room < reach, CROSSED * sds, 0.0)
    over = reach - room > 1e-10 * (size @ np.abs(step) + room) + rounding + at_wall
    return step * float(np.min(room[over] / reach[over], initial=1.0))


def nearest(point: Vector, scale: Vector, shape: Polyhedron) -> Vector | None:
    """Point of the polyhedron that is nearest to ``point`` in units of ``scale``; None where it is empty.

    Where a unit is so large that rounding in it hides a row, the units are taken as the sizes of the components.
    """
    inside = _nearest(point, scale, shape)
    if inside is None:
        sizes = np.abs(point)
        inside = _nearest(point, np.where(sizes > 0, np.minimum(scale, sizes), scale), shape)
    return inside


def _nearest(point: Vector, scale: Vector, shape: Polyhedron) -> Vector | None:
    rows, room = _of_one_length(shape.rows * scale, shape.limits - shape.rows @ point)
    equal = Equalities.build(*_of_one_length(shape.equal * scale, shape.equal_to - shape.equal @ point))
    still = np.zeros(point.size)
    step = shortest(np.eye(point.size), still, equal, (-rows, -room), still)
    moved = point + scale * step.x
    beyond = np.concatenate([shape.rows @ moved - shape.limits, np.abs(shape.equal @ moved - shape.equal_to)])
    allowed = 1e-8 * (1 + np.abs(np.concatenate([shape.limits, shape.equal_to])))
    return moved if step.feasible and np.all(beyond <= allowed) else None


def _of_one_length(rows: Matrix, right: Vector) -> tuple[Matrix, Vector]:
    size = np.maximum(np.sqrt(np.sum(rows**2, axis=1)), np.finfo(float).tiny)
    return rows / size[:, None], right / size
