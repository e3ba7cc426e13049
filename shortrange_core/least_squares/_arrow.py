"""Least squares of many groups that share a few parameters: J'J in blocks, and steps whose cost is linear in groups.

The parameters of a group (one glass of a series: its amounts, what its spectra have for themselves) meet those of
another in no residual and no constraint; all groups meet the shared ones. J'J then is an arrow: blocks on the diagonal
and a border. A step inside bounds and constraints is the minimum over the shared parameters of a sum in which every
group answers with its own constrained minimum: convex and piecewise quadratic, so that Newton's steps with the Schur
complement of the constraints that hold end in it, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares._box import Singular, box_minimum, factor_definite, solve_factored, solve_lower
from shortrange_core.least_squares._feasible import FeasibleSet
from shortrange_core.least_squares._quadratic import Polyhedron, null_space, polyhedron_minimum

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Rows = tuple[Matrix, Vector]
Held = npt.NDArray[np.bool_]
MOST_STEPS, LEAST_STEP = 60, 1e-9
ARMIJO = 1e-4
ROUNDING = 1e-15


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Residuals (m,) of one group and their derivatives in its own (m, n) and in the shared parameters (m, s)."""

    residual: Vector
    own: Matrix
    shared: Matrix


@dataclass(frozen=True, eq=False, slots=True)
class Arrow:
    """A symmetric matrix of blocks (n, n), what ties them to the border (n, s), and the border (s, s).

    ``places`` and ``edge`` are where groups and shared parameters stand in the whole vector.
    """

    places: Sequence[Places]
    edge: Places
    blocks: Sequence[Matrix]
    across: Sequence[Matrix]
    border: Matrix

    @classmethod
    def of(cls, parts: Sequence[Part], places: Sequence[Places], edge: Places) -> Arrow:
        """J'J of the parts of all groups; parts beyond those of the groups have shared parameters alone."""
        grouped = parts[: len(places)]
        border = np.sum([part.shared.T @ part.shared for part in parts], axis=0)
        blocks = [part.own.T @ part.own for part in grouped]
        return cls(places, edge, blocks, [part.own.T @ part.shared for part in grouped], border)

    def diagonal(self) -> Vector:
        """Of the whole matrix."""
        values = np.zeros(sum(at.size for at in self.places) + self.edge.size)
        for at, block in zip(self.places, self.blocks, strict=True):
            values[at] = block.diagonal()
        values[self.edge] = self.border.diagonal()
        return values

    def trace(self) -> float:
        """Sum of the diagonal."""
        return float(self.diagonal().sum())

    def __matmul__(self, x: Vector) -> Vector:
        product = np.zeros(x.size)
        shared = x[self.edge]
        edge = self.border @ shared
        for at, block, across in zip(self.places, self.blocks, self.across, strict=True):
            product[at] = block @ x[at] + across @ shared
            edge += across.T @ x[at]
        product[self.edge] = edge
        return product

    def damped(self, damping: Vector) -> Arrow:
        """The matrix with something added to its diagonal."""
        blocks = [block + np.diag(damping[at]) for at, block in zip(self.places, self.blocks, strict=True)]
        return replace(self, blocks=blocks, border=self.border + np.diag(damping[self.edge]))


def gradient_of(parts: Sequence[Part], places: Sequence[Places], edge: Places) -> Vector:
    """J'r of the parts of all groups, those of shared parameters alone behind them."""
    gradient = np.zeros(sum(at.size for at in places) + edge.size)
    for at, part in zip(places, parts[: len(places)], strict=True):
        gradient[at] = part.own.T @ part.residual
    gradient[edge] = np.sum([part.shared.T @ part.residual for part in parts], axis=0)
    return gradient


@dataclass(frozen=True, eq=False, slots=True)
class _Answer:
    """Minimum of one group for given shared parameters: its step, value, and which of its constraints hold."""

    step: Vector
    value: float
    held: Held


@dataclass(frozen=True, eq=False, slots=True)
class _Face:
    """Where some constraints of a group hold: their walls, the ways they leave, Cholesky's triangle along these."""

    walls: Matrix
    free: Matrix
    factor: Matrix


class _Group:
    """Quadratic form of one group inside its constraints, in the directions that its equalities leave."""

    def __init__(self, shape: Polyhedron, x: Vector, matrix: Matrix, gradient: Vector, across: Matrix) -> None:
        basis = shape.basis
        self.basis, self.walls, self.across = basis, shape.across, basis.T @ across
        self.room = np.maximum(shape.limits - shape.rows @ x, 0.0)
        self.matrix, self.gradient = basis.T @ matrix @ basis, basis.T @ gradient
        self.unit = 1 / np.sqrt(np.maximum(self.matrix.diagonal(), np.finfo(float).tiny))
        self.slack = ROUNDING * (1 + self.room)
        self._faces: dict[bytes, _Face] = {}

    def answer(self, shared: Vector, guess: Held) -> _Answer:
        """The constrained minimum; of a group that its equalities leave no way, no step.

        ``guess`` are constraints that may hold: where they do, all at once, the minimum is that of an equation.
        """
        if not self.gradient.size:
            return _Answer(np.zeros(0), 0.0, np.zeros(self.room.size, dtype=bool))
        slope = self.gradient + self.across @ shared
        step, held = self._guessed(slope, guess), guess
        if step is None:
            step, multiplier = polyhedron_minimum(self.matrix, slope, self.walls, self.room)
            held = multiplier > 0
        return _Answer(step, float(step @ (self.matrix @ step / 2 + slope)), held)

    def _guessed(self, slope: Vector, guess: Held) -> Vector | None:
        """The minimum where just these constraints hold; None where the conditions of a minimum deny that."""
        face = self._face(guess)
        walls, free = face.walls, face.free
        still = walls.T @ np.linalg.lstsq(walls @ walls.T, self.room[guess], rcond=None)[0] if len(walls) else 0.0
        pulled = slope + self.matrix @ still if len(walls) else slope
        step = still - free @ solve_factored(face.factor, free.T @ pulled)
        if len(walls):
            left = -(slope + self.matrix @ step) * self.unit
            if np.any(np.linalg.lstsq((walls * self.unit).T, left, rcond=None)[0] < 0):
                return None
        return step if np.all(self.walls @ step <= self.room + self.slack * guess) else None

    def softening(self, held: Held) -> Matrix:
        """By how much the group lowers the curvature of the shared parameters, while these constraints hold."""
        face = self._face(held)
        half = solve_lower(face.factor, face.free.T @ self.across)
        return np.asarray(half.T @ half)

    def _face(self, held: Held) -> _Face:
        """Directions that constraints leave, in units of the curvature: parameters that differ by orders mix."""
        key = held.tobytes()
        if key not in self._faces:
            walls = self.walls[held]
            free = np.asarray(self.unit[:, None] * null_space(walls * self.unit, self.unit.size))
            self._faces[key] = _Face(walls, free, factor_definite(free.T @ self.matrix @ free))
        return self._faces[key]


@dataclass(frozen=True, eq=False, slots=True)
class _Answers:
    """All groups for given shared parameters, with the value of the whole and its slope in these."""

    groups: Sequence[_Answer]
    value: float
    slope: Vector

    @property
    def held(self) -> list[Held]:
        """What holds every group."""
        return [one.held for one in self.groups]

    def same(self, other: _Answers) -> bool:
        """Whether the same constraints hold."""
        return all(np.array_equal(mine, theirs) for mine, theirs in zip(self.held, other.held, strict=True))


class ArrowProblem:
    """Bounds of all parameters, constraints of every group, and the step that obeys them.

    Parameters
    ----------
    bounds
        Lower and upper ones of the whole vector; shared parameters are not fixed.
    places, edge
        Where groups and shared parameters stand in it.
    equalities, inequalities
        Of every group in its own parameters; rows may be none.
    """

    def __init__(
        self,
        bounds: tuple[Vector, Vector],
        places: Sequence[Places],
        edge: Places,
        *,
        equalities: Sequence[Rows],
        inequalities: Sequence[Rows],
    ) -> None:
        lower, upper = bounds
        self.lower, self.upper, self.places, self.edge = lower, upper, places, edge
        self.groups = [
            FeasibleSet(lower[at], upper[at], equal, less)
            for at, equal, less in zip(places, equalities, inequalities, strict=True)
        ]
        self.shared = FeasibleSet(lower[edge], upper[edge], None, None)
        self.side: npt.NDArray[np.int8] | None = None
        # What held the last step nearly always holds this one.
        self._guess = [np.zeros(_shape(group).limits.size, dtype=bool) for group in self.groups]

    def start(self, x: Vector) -> Vector:
        """Nearest point that obeys bounds and constraints, group by group."""
        inside = np.array(x)
        for at, problem in self._all():
            inside[at] = problem.start(x[at])
        return inside

    def _all(self) -> list[tuple[Places, FeasibleSet]]:
        return [*zip(self.places, self.groups, strict=True), (self.edge, self.shared)]

    def inside(self, x: Vector) -> Vector:
        """``x`` moved into the bounds that it left by rounding."""
        return np.minimum(np.maximum(x, self.lower), self.upper)

    def active(self, x: Vector) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.bool_]]:
        """Bounds (-1, 0, +1) and inequalities that hold at ``x``, the latter group after group."""
        side, rows = np.zeros(x.size, dtype=np.int8), []
        for at, problem in self._all():
            side[at], held = problem.active(x[at])
            rows.append(held)
        return side, np.concatenate(rows)

    def step(self, x: Vector, hessian: Arrow, gradient: Vector, damping: Vector) -> Vector:
        """Exact minimiser of the damped quadratic model inside bounds and constraints."""
        damped = hessian.damped(damping)
        groups = [
            _Group(_shape(problem), x[at], block, gradient[at], across)
            for at, problem, block, across in zip(self.places, self.groups, damped.blocks, damped.across, strict=True)
        ]
        low, high = self.lower[self.edge] - x[self.edge], self.upper[self.edge] - x[self.edge]
        shared, quadratic = _minimum(groups, damped.border, gradient[self.edge], (low, high), self._guess)
        self._guess = quadratic.held
        step = np.zeros(x.size)
        step[self.edge] = shared
        for at, group, answer in zip(self.places, groups, quadratic.groups, strict=True):
            step[at] = group.basis @ answer.step
        return step


def _shape(problem: FeasibleSet) -> Polyhedron:
    if problem.shape is None:
        raise TypeError("a group without constraints: give it rows of none")
    return problem.shape


def _minimum(
    groups: Sequence[_Group], border: Matrix, gradient: Vector, room: tuple[Vector, Vector], guess: Sequence[Held]
) -> tuple[Vector, _Answers]:
    """Minimum over the shared parameters, every group at its own."""

    def answers(shared: Vector, guess: Sequence[Held]) -> _Answers:
        each = [group.answer(shared, held) for group, held in zip(groups, guess, strict=True)]
        pulled = border @ shared
        value = float(shared @ (pulled / 2 + gradient)) + sum(one.value for one in each)
        for group, one in zip(groups, each, strict=True):
            pulled = pulled + group.across.T @ one.step
        return _Answers(each, value, gradient + pulled)

    at = np.zeros(gradient.size)
    here = answers(at, guess)
    if not at.size:
        return at, here
    for _ in range(MOST_STEPS):
        curvature = border - sum(group.softening(one.held) for group, one in zip(groups, here.groups, strict=True))
        way, _ = box_minimum(curvature, here.slope, room[0] - at, room[1] - at)
        fall, size = float(here.slope @ way), 1.0
        if -fall <= ROUNDING * abs(here.value):
            return at, here
        there = answers(at + way, here.held)
        if there.same(here):  # then the model of this step was the truth
            return at + way, there
        while there.value > here.value + ARMIJO * size * fall:
            size /= 2
            if size < LEAST_STEP:
                raise Singular("the shared parameters did not converge; the matrix of the step is too ill-conditioned")
            there = answers(at + size * way, there.held)
        at, here = at + size * way, there
    raise Singular("the shared parameters did not converge; the matrix of the step is too ill-conditioned")
