"""The minimum of many groups that share a few parameters, with its covariance in blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shortrange_core.least_squares._arrow import Arrow, ArrowProblem, Part, gradient_of
from shortrange_core.least_squares._descent import FIRST_DAMPING, Descent, Point
from shortrange_core.least_squares._minimise import RANK_TOLERANCE
from shortrange_core.least_squares._quadratic import null_space
from shortrange_core.notes import Status
from shortrange_core.showing import Shown

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
PartsModel = Callable[[Vector], Sequence[Part]]
TRUSTED_EVALUATIONS = 3
"""From which a trial trusts its quadratic model, about a minimum: of 488 trials of eleven simulated series none of the
13 that led lower is given up, and a fifth of the evaluations is saved. A start from afar may be given up too early."""
BLIND = 1e-6
"""Length, in units of its column, of what of a parameter lies in directions that nothing sees."""


@dataclass(frozen=True, eq=False, slots=True)
class ArrowCovariance:
    """Covariance of all parameters in factors whose size is linear in the groups.

    Parameters
    ----------
    places, edge
        Places in the whole vector: of the n parameters of every group, and of the s shared ones.
    alone
        Of every group (n, k): its covariance is alone @ alone.T where the shared parameters are known.
    follows
        Of every group (n, s): by how much it moves against the shared parameters.
    shared
        (s, k): the covariance of the shared parameters is shared @ shared.T.
    blind
        Parameters that the data do not determine, in the whole vector.
    """

    places: Sequence[npt.NDArray[np.intp]]
    edge: npt.NDArray[np.intp]
    alone: Sequence[Matrix]
    follows: Sequence[Matrix]
    shared: Matrix
    blind: npt.NDArray[np.bool_]

    @property
    def sd(self) -> Vector:
        """Standard deviation of every parameter; NaN where the data do not determine it."""
        variance = np.zeros(self.blind.size)
        for at, alone, follows in zip(self.places, self.alone, self.follows, strict=True):
            variance[at] = np.sum(alone**2, axis=1) + np.sum((follows @ self.shared) ** 2, axis=1)
        variance[self.edge] = np.sum(self.shared**2, axis=1)
        return np.where(self.blind, np.nan, np.sqrt(variance))

    def root(self) -> sparse.csr_array:
        """(n, k): the covariance is root @ root.T, but for what is not determined."""
        columns = [sparse.csr_array(self._common())]
        for at, alone in zip(self.places, self.alone, strict=True):
            place = sparse.csr_array((np.ones(at.size), (at, np.arange(at.size))), shape=(self.blind.size, at.size))
            columns.append(place @ sparse.csr_array(alone))
        return sparse.csr_array(sparse.hstack(columns))

    def _common(self) -> Matrix:
        """Of the root, what moves with the shared parameters."""
        common = np.zeros((self.blind.size, self.shared.shape[1]))
        common[self.edge] = self.shared
        for at, follows in zip(self.places, self.follows, strict=True):
            common[at] = -follows @ self.shared
        return common

    def dense(self) -> Matrix:
        """The whole matrix, whose size is quadratic in the groups."""
        common = self._common()
        covariance = common @ common.T
        for at, alone in zip(self.places, self.alone, strict=True):
            covariance[np.ix_(at, at)] += alone @ alone.T
        covariance[self.blind] = np.nan
        covariance[:, self.blind] = np.nan
        return covariance


@dataclass(frozen=True, eq=False, slots=True)
class ArrowMinimum(Shown):
    """Where a fit of many groups ended; fields as of :class:`Minimum`, the derivatives as parts of groups.

    Parameters
    ----------
    parts
        Residuals and derivatives of every group at the minimum, those of the shared parameters alone behind them.
    factors
        Covariance in blocks.
    """

    x: Vector
    chi2: float
    parts: Sequence[Part]
    factors: ArrowCovariance
    active: npt.NDArray[np.int8]
    active_inequalities: npt.NDArray[np.bool_]
    status: Status
    evaluations: int
    message: str

    @property
    def sd(self) -> Vector:
        """Standard deviation of every parameter; NaN where the data do not determine it."""
        return self.factors.sd

    @property
    def covariance(self) -> Matrix:
        """The whole covariance; quadratic in the groups, and made when asked for."""
        return self.factors.dense()


class _Blocks(Descent):
    """The descent of a model in parts."""

    def __init__(self, model: PartsModel, problem: ArrowProblem, tolerance: float, most: int, far: float) -> None:
        super().__init__(problem, tolerance, most, far)
        self.model, self.problem = model, problem

    def quadratic(self, x: Vector) -> Point:
        """Quadratic model of chi2 at ``x``."""
        self.parts = self.model(x)
        places, edge = self.problem.places, self.problem.edge
        chi2 = sum(float(part.residual @ part.residual) for part in self.parts)
        return Point(x, chi2, Arrow.of(self.parts, places, edge), gradient_of(self.parts, places, edge))

    def down(self, start: Vector) -> Point:
        """Descend from the nearest point that obeys bounds and constraints."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # such a step is taken back
            return self.run(self.problem.start(np.array(start, dtype=float)))


class _Trial(_Blocks):
    """A descent of which only the place and chi2 are asked, and only where chi2 comes below an aim."""

    def __init__(self, model: PartsModel, problem: ArrowProblem, tolerance: float, most: int, aim: float) -> None:
        super().__init__(model, problem, tolerance, most, math.inf)
        self.aim = aim

    def _small(self, point: Point, step: Vector, gain: float, scale: Vector) -> bool:
        """True as well where the quadratic model has held, is hardly damped, and promises nothing below the aim."""
        held = self.evaluations >= TRUSTED_EVALUATIONS and self.growth == 2.0 and self.damping <= FIRST_DAMPING
        return (held and point.chi2 - gain > self.aim) or super()._small(point, step, gain, scale)

    def _last_step(self, point: Point, *_: object) -> Point:
        return point

    def _refreshed(self, point: Point, *_: object) -> Point:
        return point


def trial_arrow(
    model: PartsModel,
    start: Vector,
    problem: ArrowProblem,
    aim: float,
    *,
    tolerance: float = 1e-10,
    max_evaluations: int = 400,
) -> tuple[Vector, float]:
    """Where a descent of :func:`minimise_arrow` is after so many evaluations, and chi2 there, without a covariance.

    It ends early where its quadratic model says that nothing there is below ``aim``.

    Raises
    ------
    Infeasible
        If no parameters obey bounds and constraints together.
    """
    point = _Trial(model, problem, tolerance, max_evaluations, aim).down(start)
    return point.x, point.chi2


def minimise_arrow(
    model: PartsModel,
    start: Vector,
    problem: ArrowProblem,
    *,
    tolerance: float = 1e-10,
    max_evaluations: int = 400,
    far: float = math.inf,
) -> ArrowMinimum:
    """Least sum of squares of many groups that share a few parameters, at a cost linear in the groups.

    Parameters
    ----------
    model
        Takes all parameters, gives the parts of the groups and, behind them, that of the shared parameters alone.
    start
        First parameters; moved to the nearest point that obeys bounds and constraints.
    problem
        Bounds and constraints.
    tolerance, max_evaluations, far
        As of :func:`minimise`.

    Raises
    ------
    Infeasible
        If no parameters obey bounds and constraints together.
    """
    search = _Blocks(model, problem, tolerance, max_evaluations, far)
    point = search.down(start)
    active, rows = problem.active(point.x)
    status = search.status
    factors = covariance_in_blocks(search.parts, problem)
    blind, varied = factors.blind, problem.lower < problem.upper
    if status is Status.OK and blind.any():
        status = Status.UNDETERMINED if np.any(~blind & varied) else Status.NO_COVARIANCE
    if status is Status.OK and (active.any() or rows.any()):
        status = Status.AT_BOUND
    return ArrowMinimum(
        point.x, point.chi2, search.parts, factors, active, rows, status, search.evaluations, search.message
    )


def covariance_in_blocks(parts: Sequence[Part], problem: ArrowProblem) -> ArrowCovariance:
    """Inverse of J'J inside the equalities from the factors of J, as :func:`covariance_of` but group by group."""
    size = problem.lower.size
    blind = np.zeros(size, dtype=bool)
    if not all(np.isfinite(part.own).all() and np.isfinite(part.shared).all() for part in parts):
        nothing = [np.zeros((at.size, 0)) for at in problem.places]
        ties = [np.zeros((at.size, problem.edge.size)) for at in problem.places]
        shared = np.zeros((problem.edge.size, 0))
        return ArrowCovariance(problem.places, problem.edge, nothing, ties, shared, ~blind)
    edge_unit = _unit(np.vstack([part.shared for part in parts]))
    alone, follows, rests = [], [], [part.shared / edge_unit for part in parts[len(problem.places) :]]
    for at, group, part in zip(problem.places, problem.groups, parts[: len(problem.places)], strict=True):
        unit = _unit(part.own)
        basis = _inside(group.shape.equal if group.shape is not None else np.zeros((0, at.size)), unit)
        left, singular, right = np.linalg.svd((part.own / unit) @ basis, full_matrices=True)
        seen = np.zeros(right.shape[0], dtype=bool)
        seen[: singular.size] = singular > RANK_TOLERANCE * singular.max(initial=1.0)  # as in covariance_of
        count = int(seen.sum())
        ways, span = basis @ right[:count].T / singular[:count], left[:, :count]
        over = span.T @ (part.shared / edge_unit)
        rests.append(part.shared / edge_unit - span @ over)
        alone.append(ways / unit[:, None])
        follows.append((ways @ over) / unit[:, None] * edge_unit)
        blind[at] = np.sqrt(np.sum((basis @ right[count:].T) ** 2, axis=1)) > BLIND
    triangle = np.linalg.qr(np.vstack(rests), mode="r")
    _, singular, right = np.linalg.svd(triangle, full_matrices=True)
    padded = np.zeros(right.shape[0])
    padded[: singular.size] = singular
    seen = padded > RANK_TOLERANCE * padded.max(initial=1.0)
    unseen = right[~seen].T / edge_unit[:, None]
    blind[problem.edge] = np.sqrt(np.sum((unseen * edge_unit[:, None]) ** 2, axis=1)) > BLIND
    for at, ways, part in zip(problem.places, follows, parts[: len(problem.places)], strict=True):
        blind[at] |= np.sqrt(np.sum((_unit(part.own)[:, None] * (ways @ unseen)) ** 2, axis=1)) > BLIND
    shared = right[seen].T / padded[seen] / edge_unit[:, None]
    return ArrowCovariance(problem.places, problem.edge, alone, follows, shared, blind)


def _unit(columns: Matrix) -> Vector:
    norm = np.sqrt(np.sum(columns**2, axis=0))
    return np.where(norm > 0, norm, 1.0)


def _inside(equal: Matrix, unit: Vector) -> Matrix:
    return null_space(equal / unit, unit.size)
