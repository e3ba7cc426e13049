"""Bounds and constraints of a descent, and the step that obeys them."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import Infeasible
from shortrange_core.least_squares._box import box_minimum
from shortrange_core.least_squares._quadratic import Polyhedron, nearest, polyhedron_minimum

Matrix = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]


class Steps(Protocol):
    """Bounds and constraints of a descent, and its steps inside them, for the curvature that it was made for."""

    side: npt.NDArray[np.int8] | None

    def inside(self, x: Vector) -> Vector:
        """``x`` moved into the bounds that it left by rounding."""

    def step(self, x: Vector, hessian: Any, gradient: Vector, damping: Vector) -> Vector:
        """Minimiser of the damped quadratic model inside bounds and constraints."""


class FeasibleSet:
    """Bounds and constraints, and the step that obeys them."""

    def __init__(
        self,
        lower: Vector,
        upper: Vector,
        equalities: tuple[Matrix, Vector] | None,
        inequalities: tuple[Matrix, Vector] | None,
    ) -> None:
        self.lower, self.upper = lower, upper
        self.inequalities = inequalities
        self.affine = equalities is not None or inequalities is not None
        self.shape = Polyhedron.build(lower, upper, equalities, inequalities) if self.affine else None
        self.free = np.flatnonzero(upper > lower)
        self.all_free = self.free.size == lower.size
        self.side: npt.NDArray[np.int8] | None = None

    def start(self, x: Vector) -> Vector:
        """Nearest point that obeys bounds and constraints."""
        inside = np.clip(x, self.lower, self.upper)
        # Clipping is the nearest point of a box, and of a box only: with constraints it may leave the others.
        if self.shape is None:
            return inside
        width = np.where(np.isfinite(self.upper - self.lower), self.upper - self.lower, np.abs(x))
        moved = nearest(inside, np.where(width > 0, width, 1.0), self.shape)
        if moved is None:
            raise Infeasible("no parameters satisfy all bounds and constraints; relax one of them")
        return np.clip(moved, self.lower, self.upper)

    def inside(self, x: Vector) -> Vector:
        """``x`` moved into the bounds that it left by rounding."""
        return np.minimum(np.maximum(x, self.lower), self.upper)

    def step(self, x: Vector, hessian: Matrix, gradient: Vector, damping: Vector) -> Vector:
        """Exact minimiser of the damped quadratic model inside bounds and constraints."""
        matrix = hessian + np.diag(damping)
        if self.shape is not None:
            basis = self.shape.basis
            # Equalities hold at x already, so that a step lies in their null space; only inequalities are left to obey.
            # A point may lie outside by rounding: negative room would make a step of zero impossible.
            room = np.maximum(self.shape.limits - self.shape.rows @ x, 0.0)
            short, _ = polyhedron_minimum(basis.T @ matrix @ basis, basis.T @ gradient, self.shape.across, room)
            return basis @ short
        if not self.all_free:
            step = np.zeros_like(x)
            matrix, gradient = matrix[np.ix_(self.free, self.free)], gradient[self.free]
            step[self.free] = self._box(x[self.free], matrix, gradient, self.free)
            return step
        return self._box(x, matrix, gradient, slice(None))

    def _box(self, x: Vector, matrix: Matrix, gradient: Vector, which: npt.NDArray[np.intp] | slice) -> Vector:
        # The bounds that held the last step nearly always hold this one: starting from them saves most of the
        # exchanges.
        step, self.side = box_minimum(matrix, gradient, self.lower[which] - x, self.upper[which] - x, self.side)
        return step

    def active(self, x: Vector) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.bool_]]:
        """Bounds (-1, 0, +1) and inequalities that hold at ``x``."""
        span = np.where(np.isfinite(self.upper - self.lower), self.upper - self.lower, np.abs(x) + 1e-300)
        near = 1e-10 * span
        side = ((x >= self.upper - near).astype(np.int8) - (x <= self.lower + near)).astype(np.int8)
        # A parameter that is fixed is not pushed against anything.
        side[self.lower == self.upper] = 0
        if self.inequalities is None:
            return side, np.zeros(0, dtype=bool)
        rows, limits = self.inequalities
        return side, np.asarray(rows @ x >= limits - 1e-9 * (np.abs(rows) @ np.abs(x) + np.abs(limits)), dtype=bool)
