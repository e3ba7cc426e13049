"""Steps and covariances of groups that share parameters, against those of whole matrices and by hand."""

import numpy as np
import pytest

from shortrange_core import Status
from shortrange_core.least_squares import ArrowProblem, Part, covariance_of, minimise_arrow
from shortrange_core.least_squares._arrow import Arrow, _Group, gradient_of
from shortrange_core.least_squares._arrow_minimum import covariance_in_blocks
from shortrange_core.least_squares._feasible import FeasibleSet

OWN, SHARED, WALLS = 3, 2, 3
FREE = np.full(OWN, np.inf)


def drawn(rng, count, *, strength=1.0):
    """Parts of linear groups beside walls, a point inside, and bounds of the shared parameters near it."""
    size = OWN * count + SHARED
    places = [np.arange(OWN * g, OWN * (g + 1)) for g in range(count)]
    edge = np.arange(OWN * count, size)
    units = 10.0 ** rng.uniform(-3, 3, size)
    parts = []
    for at in places:
        own, shared = rng.normal(size=(7, OWN)) / units[at], rng.normal(size=(7, SHARED)) / units[edge]
        parts.append(Part(strength * rng.normal(0, 3, 7), own, shared))
    parts.append(Part(np.zeros(SHARED), np.zeros((SHARED, 0)), 0.3 * np.eye(SHARED) / units[edge]))
    x = rng.normal(size=size) * units
    walls = []
    for at in places:
        rows = rng.normal(size=(WALLS, OWN)) / units[at]
        walls.append((rows, rows @ x[at] + strength * rng.uniform(0, 0.3, WALLS)))
    lower, upper = np.full(size, -np.inf), np.full(size, np.inf)
    lower[edge], upper[edge] = x[edge] - 0.2 * strength * units[edge], x[edge] + 0.2 * strength * units[edge]
    none = [(np.zeros((0, OWN)), np.zeros(0))] * count
    return parts, x, ArrowProblem((lower, upper), places, edge, equalities=none, inequalities=walls)


def whole(parts, problem):
    """Derivatives of all parts as one array."""
    rows = []
    for at, part in zip([*problem.places, np.zeros(0, dtype=int)], parts, strict=True):
        wide = np.zeros((part.residual.size, problem.lower.size))
        wide[:, at], wide[:, problem.edge] = part.own, part.shared
        rows.append(wide)
    return np.vstack(rows)


@pytest.mark.parametrize("strength", [1.0, 1e-3])
def test_a_step_of_groups_beside_walls_is_that_of_whole_matrices(strength: float) -> None:
    """Shared parameters at bounds that are not 0, walls that hold weakly, guesses of what held the step before."""
    at_bound = 0
    for seed in range(60):
        parts, x, problem = drawn(np.random.default_rng(seed), 1 + seed % 4, strength=strength)
        jacobian = whole(parts, problem)
        hessian, gradient = jacobian.T @ jacobian, gradient_of(parts, problem.places, problem.edge)
        rows = np.zeros((WALLS * len(problem.places), x.size))
        for number, (at, group) in enumerate(zip(problem.places, problem.groups, strict=True)):
            rows[WALLS * number : WALLS * (number + 1), at] = group.inequalities[0]
        limits = np.concatenate([group.inequalities[1] for group in problem.groups])
        damping = 1e-3 * np.diagonal(hessian)
        dense = FeasibleSet(problem.lower, problem.upper, None, (rows, limits)).step(x, hessian, gradient, damping)
        unit = np.sqrt(np.diagonal(hessian))
        arrow = Arrow.of(parts, problem.places, problem.edge)
        for _ in range(2):  # the second has what held the first as its guess
            step = problem.step(x, arrow, gradient, damping)
            np.testing.assert_allclose(step * unit, dense * unit, rtol=0, atol=1e-8 * strength)
        moved = (x + step)[problem.edge]
        at_bound += int(np.any(np.abs(moved - problem.lower[problem.edge]) < 1e-9 * np.abs(moved)))
    assert at_bound > 5


def test_a_guess_of_what_holds_changes_no_answer() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        parts, x, problem = drawn(rng, 1)
        own = parts[0].own
        group = _Group(
            problem.groups[0].shape, x[:OWN], own.T @ own, own.T @ parts[0].residual, own.T @ parts[0].shared
        )
        shared = rng.normal(size=SHARED) / np.linalg.norm(parts[0].shared, axis=0)
        expected = group.answer(shared, np.zeros(WALLS, dtype=bool))
        for number in range(2**WALLS):
            guess = np.array([bool(number >> k & 1) for k in range(WALLS)])
            answer = group.answer(shared, guess)
            np.testing.assert_allclose(answer.step / group.unit, expected.step / group.unit, rtol=0, atol=1e-8)


def test_a_step_that_walls_cut_short_is_halved_until_it_lowers_the_sum() -> None:
    """By hand: the group takes 0.98 of the curvature of the shared parameter until its wall, 0.1 away, holds it."""
    place, edge = np.arange(1), np.arange(1, 2)
    free = np.full(2, np.inf)
    wall = (np.array([[-1.0]]), np.array([0.1]))
    problem = ArrowProblem(
        (-free, free), [place], edge, equalities=[(np.zeros((0, 1)), np.zeros(0))], inequalities=[wall]
    )
    arrow = Arrow([place], edge, [np.eye(1)], [np.array([[0.99]])], np.eye(1))
    step = problem.step(np.zeros(2), arrow, np.array([0.0, -1.0]), np.zeros(2))
    np.testing.assert_allclose(step, [-0.1, 1.099])  # s = 1 + 0.99 * 0.1


def test_one_inequality_of_several_that_holds_is_at_bound() -> None:
    places, edge = [np.arange(1), np.arange(1, 2)], np.arange(2, 3)
    free = np.full(3, np.inf)
    none = [(np.zeros((0, 1)), np.zeros(0))] * 2

    def model(x):
        ties = [Part(np.array([x[k] - 1.0, x[k] - x[2]]), np.ones((2, 1)), np.array([[0.0], [-1.0]])) for k in (0, 1)]
        return [*ties, Part(np.zeros(1), np.zeros((1, 0)), np.zeros((1, 1)))]

    for limit, status, value in ((0.5, Status.AT_BOUND, 0.5), (5.0, Status.OK, 1.0)):
        walls = [(np.ones((1, 1)), np.array([limit])), (np.ones((1, 1)), np.array([5.0]))]
        problem = ArrowProblem((-free, free), places, edge, equalities=none, inequalities=walls)
        end = minimise_arrow(model, np.zeros(3), problem)
        assert end.status is status
        assert end.x[0] == pytest.approx(value)


@pytest.mark.parametrize("pair", ["own and shared", "own and all shared", "shared alone", "own alone"])
def test_what_blocks_do_not_see_in_units_that_differ_by_orders(pair: str) -> None:
    """Two columns that are one, within rounding: which parameters that leaves without an sd is known by hand."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        parts, _, problem = drawn(rng, 3)
        large, small = 10.0 ** rng.uniform(3, 5), 10.0 ** rng.uniform(-5, -3)
        first, second = (large, small) if seed % 2 else (small, large)
        factor = rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 2.0)
        for part in parts[:-1]:
            part.own[:] = part.own / np.linalg.norm(part.own, axis=0) * [1.0, first, second]
            part.shared[:] = part.shared / np.linalg.norm(part.shared, axis=0) * [second, first]
            if pair in ("own and shared", "own and all shared"):
                part.shared[:, 0] = part.own[:, 1] * factor * second / first
            if pair == "own and all shared":
                part.shared[:, 1] = part.own[:, 2] * factor * first / second
            if pair == "shared alone":
                part.shared[:, 1] = part.shared[:, 0] * factor * first / second
        if pair == "own alone":
            parts[1].own[:, 2] = parts[1].own[:, 0] * factor * second
        parts[-1] = Part(np.zeros(1), np.zeros((1, 0)), np.zeros((1, SHARED)))
        blind = {
            "own and shared": [1, 4, 7, 9], "own and all shared": [1, 2, 4, 5, 7, 8, 9, 10],
            "shared alone": [9, 10], "own alone": [3, 5],
        }[pair]  # fmt: skip
        factors = covariance_in_blocks(parts, problem)
        assert np.flatnonzero(factors.blind).tolist() == blind
        dense = covariance_of(whole(parts, problem))
        seen = np.isfinite(np.diagonal(dense))
        assert np.flatnonzero(~seen).tolist() == blind
        np.testing.assert_allclose(factors.sd[seen], np.sqrt(np.diagonal(dense)[seen]), rtol=1e-6)


@pytest.mark.parametrize("seed", range(200, 240))
def test_where_equalities_leave_only_what_nothing_sees_there_is_no_sd(seed: int) -> None:
    """Two parameters of one line in two units, and an equality along it; across it both are known as one alone is."""
    rng = np.random.default_rng(seed)
    column, factor = rng.normal(size=30), rng.uniform(0.1, 9)
    jacobian = np.stack([column, column * factor], axis=1)
    for equal, seen in (np.array([[1.0, factor]]), False), (np.array([[factor, -1.0]]), True):
        problem = ArrowProblem(
            (-FREE[:2], FREE[:2]), [np.arange(2)], np.zeros(0, dtype=int), equalities=[(equal, np.zeros(1))],
            inequalities=[(np.zeros((0, 2)), np.zeros(0))],
        )  # fmt: skip
        blocks = covariance_in_blocks([Part(np.zeros(30), jacobian, np.zeros((30, 0)))], problem).dense()
        for covariance in (covariance_of(jacobian, equal), blocks):
            way = np.array([1.0, factor])
            known = np.outer(way, way) / np.sum((jacobian @ way) ** 2)
            np.testing.assert_allclose(covariance, known if seen else np.full((2, 2), np.nan), rtol=1e-9)
