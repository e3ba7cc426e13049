"""The least chi2 of a problem: Gauss-Newton over exact steps on the polyhedron."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import Equalities, QuadraticModel, Shortest, shortest
from structure.balances import Problem, in_glass

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
MAX_ITERATIONS, PATIENT = 200, 20
"""Steps of a descent, and those after which a step that goes to and fro is shortened."""
CONVERGED = 1e-11
_HALVINGS = 14
_LOG_STEP = 2.0
ROUNDING = 1e-10
IDLE_SLACK = 1e-9
"""Slack of a one-sided statement below which it is kept."""


@dataclass(frozen=True, eq=False, slots=True)
class Minimum:
    """Where chi2 is least.

    Parameters
    ----------
    x, chi2
        Variables and chi2 there.
    residual, jacobian
        Whitened residuals of all terms and their derivatives.
    walls, active
        Walls ``(G, h)`` (with those of one-sided statements), and the rows that hold the minimum.
    multiplier
        Slope of chi2/2 against every active row.
    model
        The quadratic model of chi2 there, without walls.
    feasible, converged
        Whether anything obeys all exact rows; whether the descent ended.
    """

    x: Vector
    chi2: float
    residual: Vector
    jacobian: Matrix
    walls: tuple[Matrix, Vector]
    active: npt.NDArray[np.intp]
    multiplier: Vector
    model: QuadraticModel
    feasible: bool
    converged: bool


def evaluate_terms(problem: Problem, x: Vector) -> tuple[Vector, Matrix]:
    """Whitened residuals of all terms and their derivatives."""
    if not problem.terms:
        return np.zeros(0), np.zeros((0, problem.size))
    if len(problem.terms) == 1:
        return problem.terms[0].evaluate(x)
    parts = [term.evaluate(x) for term in problem.terms]
    return np.concatenate([r for r, _ in parts]), np.vstack([j for _, j in parts])


def hinge_walls(problem: Problem, x: Vector) -> tuple[Matrix, Vector]:
    """Walls of the problem with those of one-sided statements, linear around ``x``."""
    if not problem.hinges:
        return problem.walls
    rows, right = [], []
    for hinge in problem.hinges:
        value, slope = hinge.value(x)
        row = hinge.sign * slope
        row[hinge.slack] += 1.0
        rows.append(row)
        right.append(hinge.sign * (hinge.statement.bound - value + float(slope @ x)))
    return np.vstack([problem.walls[0], np.array(rows)]), np.concatenate([problem.walls[1], np.array(right)])


def _with_slacks(problem: Problem, x: Vector) -> Vector:
    """Same point with every slack at the least value that its statement needs."""
    for hinge in problem.hinges:
        x[hinge.slack] = max(0.0, -hinge.sign * (hinge.value(x)[0] - hinge.statement.bound))
    return x


def minimise_problem(
    problem: Problem,
    *,
    extra: tuple[Matrix, Vector] | None = None,
    start: Vector | None = None,
    settled: float = CONVERGED,
) -> Minimum:
    """Least chi2 of a problem.

    Parameters
    ----------
    problem
        What to solve.
    extra
        Further equalities ``(rows, right)``, such as a profiled quantity.
    start
        First variables.
    settled
        Change of chi2, over 1 + chi2, below which a step is the last but one.
    """
    rows, right = problem.equal
    if extra is not None:
        rows, right = np.vstack([rows, extra[0]]), np.concatenate([right, extra[1]])
    equal = Equalities.build(rows, right)
    if all(t.linear for t in problem.terms) and all(h.linear for h in problem.hinges):
        step, walls = _step(problem, equal, problem.start, problem.start)
        return _minimum_at(problem, step.x, (step, walls), converged=True)
    if start is not None:
        return _descend(problem, equal, np.array(start), settled)
    minimum = _descend(problem, equal, _first(problem, equal), settled)
    if minimum.feasible and minimum.converged:
        return minimum
    # a first point in a corner, as linear terms that leave most amounts open give, may let no step leave it
    other = _descend(problem, equal, _scaled(problem, np.array(problem.start)), settled)
    return min((minimum, other), key=lambda one: (not one.feasible, not one.converged, one.chi2))


def _step(problem: Problem, equal: Equalities, x: Vector, centre: Vector) -> tuple[Shortest, tuple[Matrix, Vector]]:
    """Exact minimiser of the linear model at ``x``, and the walls that it obeys."""
    residual, jacobian = evaluate_terms(problem, x)
    walls = hinge_walls(problem, x)
    return shortest(jacobian, jacobian @ x - residual, equal, walls, centre), walls


def _minimum_at(
    problem: Problem, x: Vector, step: tuple[Shortest, tuple[Matrix, Vector]], *, converged: bool
) -> Minimum:
    model, walls = step
    residual, jacobian = evaluate_terms(problem, x)
    chi2 = float(residual @ residual)
    return Minimum(
        x, chi2, residual, jacobian, walls, model.active, model.multiplier, model.model, model.feasible, converged
    )


def _first(problem: Problem, equal: Equalities) -> Vector:
    """Start from the linear terms alone, with every unknown scale at its best value there."""
    linear = [term for term in problem.terms if term.linear]
    parts = [term.evaluate(problem.start) for term in linear]
    A = np.vstack([np.zeros((0, problem.size)), *(j for _, j in parts)])
    b = np.concatenate([np.zeros(0), *(j @ problem.start - r for r, j in parts)])
    start = shortest(A, b, equal, problem.walls, problem.start)
    x = np.array(start.x)
    return _scaled(problem, _with_slacks(problem, x))


def _scaled(problem: Problem, x: Vector) -> Vector:
    for index in problem.scales:
        scale = problem.variables[index]
        term = next(t for t in problem.terms if t.name == in_glass(scale.evidence, scale.glass))
        if term.predict is not None:
            weight = 1.0 / term.sd**2
            seen = np.maximum(term.predict(x), 0.0) / np.exp(x[index])
            best = float(np.sum(weight * seen * term.observed)) / max(float(np.sum(weight * seen**2)), 1e-300)
            total = float(np.sum(np.abs(term.observed))) / max(float(np.sum(seen)), 1e-12)
            x[index] = np.log(best if best > 0.05 * total else max(total, 1e-300))
    return x


def _chi2(problem: Problem, x: Vector) -> float:
    residual, _ = evaluate_terms(problem, x)
    return float(residual @ residual)


def _descend(problem: Problem, equal: Equalities, x: Vector, settled: float) -> Minimum:
    logs = np.isin(np.arange(problem.size), problem.logs)
    if _outside(problem, equal, x):
        x = _entered(problem, equal, x, logs)
    chi2, converged, still = _chi2(problem, x), False, 0
    last, length = np.zeros(problem.size), 1.0
    for count in range(MAX_ITERATIONS):
        centre = np.where(logs, x, problem.start)
        model = _step(problem, equal, x, centre)
        if not model[0].feasible:
            return _minimum_at(problem, x, model, converged=False)
        way = model[0].x - x
        length = min(_reach(way, logs), _relaxed(way, last, length) if count > PATIENT else 1.0)
        last = way
        for _ in range(_HALVINGS):
            trial = _with_slacks(problem, x + length * way)
            after = _chi2(problem, trial)
            if after <= chi2 * (1 + 1e-12) + 1e-12:
                break
            length /= 2
        moved = float(np.max(np.abs(trial - x)[~logs], initial=0.0))
        gain, x, chi2 = abs(chi2 - after), trial, after
        still = still + 1 if gain <= settled * (1 + chi2) else 0
        if still > 1 or (still and moved < 1e-7):  # twice: what still moves is not determined
            converged = True
            break
    final = _step(problem, equal, x, np.where(logs, x, problem.start))
    return _minimum_at(problem, x, final, converged=converged)


def _reach(way: Vector, logs: npt.NDArray[np.bool_]) -> float:
    """Length of a step whose logarithms move by no more than the linear model bears."""
    return min(1.0, _LOG_STEP / max(float(np.max(np.abs(way[logs]), initial=0.0)), 1e-300))


def _relaxed(way: Vector, last: Vector, length: float) -> float:
    """Length, at most 1, of a step that turns back on the last one, of which so much was gone: where both cancel."""
    back = float(way @ last) / max(float(last @ last), 1e-300)
    return min(1.0, length / (1 - back)) if back < 0 else 1.0


def _entered(problem: Problem, equal: Equalities, x: Vector, logs: npt.NDArray[np.bool_]) -> Vector:
    """Start moved onto the exact rows before chi2 is compared.

    Amounts take the whole step, logarithms the part that the model bears: one shortened step for all would leave the
    start outside, where chi2 is low because the rows are broken, and a profile would find every value allowed.
    """
    quadratic, _ = _step(problem, equal, x, np.where(logs, x, problem.start))
    way = quadratic.x - x
    return _with_slacks(problem, np.where(logs, x + _reach(way, logs) * way, quadratic.x))


def _outside(problem: Problem, equal: Equalities, x: Vector) -> bool:
    """Whether a start breaks the exact rows."""
    off = equal.rows @ (x - equal.point)
    return bool(np.any(np.abs(off) > 1e-8) or np.any(problem.walls[0] @ x < problem.walls[1] - 1e-8))
