"""Bounded, constrained least squares: by hand first, then against brute force, then recovery and failure."""

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import lsq_linear, minimize

from shortrange_core import BadInput, Infeasible, Status
from shortrange_core.least_squares import (
    Equalities,
    Singular,
    box_minimum,
    covariance_of,
    distinct,
    flattened,
    latin_hypercube,
    minimise,
    polyhedron_minimum,
)


def linear(matrix, data):
    return lambda x: (matrix @ x - data, matrix)


def test_straight_line_by_hand():
    # y = a + b t through (0, 1), (1, 3), (2, 5): a = 1, b = 2, covariance inv([[3, 3], [3, 5]])
    t = np.arange(3.0)
    found = minimise(linear(np.stack([np.ones(3), t], axis=1), 1 + 2 * t), [0.0, 0.0])
    np.testing.assert_allclose(found.x, [1, 2], atol=1e-10)
    np.testing.assert_allclose(found.covariance, np.array([[5, -3], [-3, 3]]) / 6, atol=1e-12)
    assert found.status is Status.OK
    assert found.message == "converged"


def test_a_bound_moves_the_other_parameter_too():
    # x + y = 2 and x - y = 4 with y >= 0: clipping x = 3, y = -1 would leave x at 3; minimising over x alone gives 3;
    # with x + 2y = 2, x = 4: y = -1 unbounded; at y = 0, x = (2 + 4) / 2 = 3, not the clipped 4
    matrix, data = np.array([[1.0, 2.0], [1.0, 0.0]]), np.array([2.0, 4.0])
    found = minimise(linear(matrix, data), [1.0, 1.0], lower=[-np.inf, 0.0])
    np.testing.assert_allclose(found.x, [3, 0], atol=1e-9)
    assert found.status is Status.AT_BOUND
    assert found.active.tolist() == [0, -1]
    np.testing.assert_allclose(found.covariance, np.linalg.inv(matrix.T @ matrix), rtol=1e-10)


def test_equality_inside_by_hand():
    # nearest point to (3, 1) on x + y = 1 is (1.5, -0.5); along the line the variance of each is 1/2, correlation -1
    found = minimise(linear(np.eye(2), np.array([3.0, 1.0])), [0.2, 0.8], equalities=([[1, 1]], [1]))
    np.testing.assert_allclose(found.x, [1.5, -0.5], atol=1e-9)
    np.testing.assert_allclose(found.covariance, [[0.5, -0.5], [-0.5, 0.5]], atol=1e-12)


def test_inequality_holds_and_is_named():
    found = minimise(linear(np.eye(2), np.array([3.0, 1.0])), [0.0, 0.0], inequalities=([[1, 1], [1, -1]], [2, 50]))
    np.testing.assert_allclose(found.x, [2, 0], atol=1e-9)
    assert found.active_inequalities.tolist() == [True, False]
    assert found.status is Status.AT_BOUND


def test_fixed_parameters_do_not_move_and_have_no_variance():
    matrix = np.array([[1.0, 1.0], [0.0, 1.0]])
    found = minimise(linear(matrix, np.array([3.0, 1.0])), [0.0, 0.5], lower=[-9, 0.5], upper=[9, 0.5])
    np.testing.assert_allclose(found.x, [2.5, 0.5])
    assert found.covariance[1].tolist() == [0, 0]
    assert found.covariance[0, 0] == pytest.approx(1.0)
    assert found.status is Status.OK
    still = minimise(linear(matrix, np.array([3.0, 1.0])), [1.0, 0.5], lower=[1.0, 0.5], upper=[1.0, 0.5])
    assert still.chi2 == pytest.approx(1.5**2 + 0.5**2)


@st.composite
def programs(draw):
    seed = draw(st.integers(0, 2**31))
    rng = np.random.default_rng(seed)
    n = draw(st.integers(1, 12))
    matrix = rng.normal(size=(n + 3, n)) * 10.0 ** rng.uniform(-2, 2, n)
    return matrix, rng.normal(size=n + 3) * 5, rng


@given(programs())
def test_box_program_agrees_with_scipy(program):
    matrix, data, rng = program
    n = matrix.shape[1]
    lower = -rng.uniform(0, 1, n) * 10.0 ** rng.uniform(-2, 1)
    upper = rng.uniform(0, 1, n) * 10.0 ** rng.uniform(-2, 1)
    found, side = box_minimum(matrix.T @ matrix, -matrix.T @ data, lower, upper)
    theirs = lsq_linear(matrix, data, (lower, upper), method="bvls", tol=1e-14)
    ours = np.sum((matrix @ found - data) ** 2)
    assert np.all(found >= lower)
    assert np.all(found <= upper)
    assert ours <= 2 * theirs.cost * (1 + 1e-8) + 1e-12
    np.testing.assert_array_equal(found[side < 0], lower[side < 0])


@given(programs())
def test_polyhedron_program_meets_the_optimality_conditions(program):
    matrix, data, rng = program
    n = matrix.shape[1]
    rows, room = rng.normal(size=(2 * n, n)), rng.uniform(0, 1, 2 * n)
    hessian, gradient = matrix.T @ matrix, -matrix.T @ data
    step, multiplier = polyhedron_minimum(hessian, gradient, rows, room)
    scale = np.sqrt(np.diag(hessian))
    assert np.all(rows @ step <= room + 1e-7 * (1 + np.abs(rows) @ np.abs(step)))
    np.testing.assert_allclose(
        (hessian @ step + gradient + rows.T @ multiplier) / scale, 0, atol=1e-6 * np.linalg.norm(data)
    )
    assert np.all(multiplier >= -1e-6 * np.abs(multiplier).max(initial=0))


def two_peaks(t, data, noise):
    def model(x):
        columns, value = [], np.zeros_like(t)
        for area, center, width in x.reshape(2, 3):
            u = (t - center) / width
            g = np.exp(-0.5 * u**2)
            value = value + area * g
            columns += [g, area * g * u / width, area * g * u**2 / width]
        return (value - data) / noise, np.stack(columns, axis=1) / noise

    return model


def test_recovers_two_overlapping_peaks_within_their_errors():
    t = np.linspace(-5, 5, 400)
    truth = np.array([3.0, -0.8, 1.0, 2.0, 0.9, 0.8])
    clean, _ = two_peaks(t, 0.0, 1.0)(truth)
    pulls: Any = []
    for seed in range(30):
        data = clean + np.random.default_rng(seed).normal(0, 0.05, t.size)
        found = minimise(two_peaks(t, data, 0.05), [1, -1.5, 1.5, 1, 1.5, 1.5], lower=[0, -3, 0.1, 0, -3, 0.1])
        assert found.status is Status.OK
        pulls.append((found.x - truth) / np.sqrt(np.diag(found.covariance)))
    pulls = np.array(pulls)
    assert abs(pulls.mean()) < 4 / np.sqrt(pulls.size)
    assert abs(pulls.std() - 1) < 0.25


def test_constraints_agree_with_a_general_optimiser():
    t = np.linspace(-5, 5, 200)
    clean, _ = two_peaks(t, 0.0, 1.0)(np.array([3.0, -0.8, 1.0, 2.0, 0.9, 0.8]))
    data = clean + np.random.default_rng(0).normal(0, 0.05, t.size)
    model = two_peaks(t, data, 0.05)
    start = np.array([1, -1.5, 1.5, 1, 1.5, 1.5])
    equal, less = ([[0, 0, 1, 0, 0, -1]], [0]), ([[-1, 0, 0, 2, 0, 0]], [0.5])
    found = minimise(model, start, lower=[0, -3, 0.1, 0, -3, 0.1], equalities=equal, inequalities=less)
    theirs = minimize(
        lambda x: float(np.sum(model(x)[0] ** 2)), found.x + 0.01, method="SLSQP",
        jac=lambda x: 2 * model(x)[1].T @ model(x)[0], options={"maxiter": 500, "ftol": 1e-14},
        constraints=[{"type": "eq", "fun": lambda x: x[2] - x[5]},
                     {"type": "ineq", "fun": lambda x: 0.5 + x[0] - 2 * x[3]}],
    )  # fmt: skip
    assert found.x[2] == pytest.approx(found.x[5], abs=1e-12)
    assert 2 * found.x[3] - found.x[0] <= 0.5 + 1e-9
    assert found.chi2 <= theirs.fun * (1 + 1e-6)
    assert found.chi2 == pytest.approx(theirs.fun, rel=1e-4)


def test_what_the_data_do_not_determine_has_no_variance():
    matrix = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 2.0, 2.0]])
    found = minimise(linear(matrix, np.array([1.0, 2.0, 4.0])), [0.0, 0.0, 0.0])
    assert found.status is Status.UNDETERMINED
    assert np.isfinite(np.diag(found.covariance)).tolist() == [True, False, False]
    blind = minimise(lambda x: (np.ones(3), np.zeros((3, 1))), [0.0])
    assert blind.status is Status.NO_COVARIANCE


def test_statuses_that_are_failures():
    wrong = minimise(lambda x: (np.array([x[0] ** 2 + 1]), np.array([[-2 * x[0] - 1]])), [1.0])
    assert wrong.status is Status.NOT_CONVERGED
    assert "derivatives" in wrong.message
    nan = minimise(lambda x: (np.array([np.nan]), np.array([[1.0]])), [1.0])
    assert nan.status is Status.REJECTED
    t = np.linspace(-5, 5, 50)
    short = minimise(two_peaks(t, np.exp(-0.5 * t**2), 1.0), [1, -3, 3, 1, 3, 3], max_evaluations=2)
    assert short.status is Status.NOT_CONVERGED
    assert "2 evaluations" in short.message


def test_a_step_into_nan_is_taken_back():
    # sqrt(x) - 2 is not defined below 0: the first Gauss-Newton step from 20 would land at -4.1
    def model(x):
        with np.errstate(invalid="ignore", divide="ignore"):
            root = np.sqrt(x)
            return root - 1.0, np.array([[0.5 / root[0]]])

    assert minimise(model, [60.0]).x[0] == pytest.approx(1.0, rel=1e-6)


def test_offenders_come_together():
    with pytest.raises(BadInput, match="lower is above upper") as caught:
        minimise(linear(np.eye(2), np.zeros(2)), [np.nan, 0], lower=[1, 0], upper=[0, 1], equalities=([[1]], [1]))
    assert len(caught.value.problems) == 3
    with pytest.raises(Infeasible, match="relax"):
        minimise(linear(np.eye(2), np.zeros(2)), [0, 0], lower=[0, 0], inequalities=([[1, 1]], [-1]))
    with pytest.raises(Infeasible, match="relax"):
        minimise(linear(np.eye(2), np.zeros(2)), [0, 0], equalities=([[1, 1], [1, 1]], [0, 1]))


def test_restarts_count_distinct_minima():
    # (x^2 - 1)^2 + (0.1 (x - 1))^2 has its best minimum at 1 and a second one at -1 + 0.04 / 8
    def model(x):
        return np.array([x[0] ** 2 - 1, 0.1 * (x[0] - 1)]), np.array([[2 * x[0]], [0.1]])

    starts = latin_hypercube([-2], [2], 12, np.random.default_rng(0))
    found = distinct([minimise(model, start) for start in starts], same=1e-3)
    assert len(found.minima) == 2
    assert sum(found.starts) == 12
    assert found.best.x[0] == pytest.approx(1.0, abs=1e-6)
    assert found.minima[1].x[0] == pytest.approx(-0.995, abs=1e-4)
    assert found.distance[0] == 0
    assert found.distance[1] == pytest.approx(2 / 0.5, rel=0.01)


def test_latin_hypercube_visits_every_slice_once():
    starts = latin_hypercube([0, -1], [1, 1], 20, np.random.default_rng(1))
    for column, low, high in zip(starts.T, [0, -1], [1, 1], strict=True):
        assert sorted(((column - low) / (high - low) * 20).astype(int).tolist()) == list(range(20))
    with pytest.raises(BadInput, match="finite bounds"):
        latin_hypercube([0], [np.inf], 3, np.random.default_rng(0))


def test_covariance_of_matches_the_inverse():
    jacobian = np.random.default_rng(3).normal(size=(30, 4)) * [1, 1e6, 1e-6, 1]
    np.testing.assert_allclose(covariance_of(jacobian), np.linalg.inv(jacobian.T @ jacobian), rtol=1e-6)


@pytest.mark.parametrize("seed", range(40))
def test_step_at_a_corner_of_badly_scaled_parameters_is_the_minimiser(seed: int) -> None:
    """A program made from its answer: rows that pass through the start hold the minimiser, by KKT."""
    rng = np.random.default_rng(seed)
    size, held, others = 12, 4, 20
    scale = 10 ** rng.uniform(-5, 5, size)
    root = rng.normal(size=(size, size))
    matrix = (root @ root.T + 0.01 * np.eye(size)) * np.outer(scale, scale)
    rows = rng.normal(size=(held + others, size)) * scale
    inside = np.linalg.svd(rows[:held] / scale)[2][held:].T
    answer = (inside @ rng.normal(size=size - held)) / scale
    multipliers = 10 ** rng.uniform(-3, 3, held)
    gradient = -matrix @ answer - rows[:held].T @ multipliers
    room = np.concatenate([np.zeros(held), np.maximum(rows[held:] @ answer, 0) + rng.uniform(0.1, 1, others)])
    step, strength = polyhedron_minimum(matrix, gradient, rows, room)
    np.testing.assert_allclose(step * scale, answer * scale, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(strength[:held], multipliers, rtol=1e-4)
    assert not strength[held:].any()


def test_a_parameter_without_influence_does_not_hide_the_bounds_of_the_others():
    # the position of a line without area: its derivative is rounding, its row 1e17 times as long as the others;
    # by hand: p1 is held at 0 by its bound, so p2 = 1
    matrix = np.array([[1e-34, 0.0, 0.0], [0.0, 1.0, 0.5], [0.0, 0.5, 1.0]])
    rows = np.array([[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 1.0, -0.1]])
    step, strength = polyhedron_minimum(matrix, np.array([1e-17, 3.0, -1.0]), rows, np.array([6.0, 0.0, 0.0, 0.0]))
    np.testing.assert_allclose(step, [0.0, 0.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(strength[2:], [3.5, 0.0], atol=1e-12)


def test_rounding_at_a_wall_does_not_shorten_a_step():
    # three amounts that the balances hold at zero together: one row holds the others, whose steps are rounding
    matrix = np.diag([1.0, 1.0, 1.0])
    rows = np.array([[0.0, -1.0, 0.0], [0.0, -1.0, 3e-16]])
    step, _ = polyhedron_minimum(matrix, np.array([-5.0, 1.0, -1.0]), rows, np.zeros(2))
    np.testing.assert_allclose(step, [5.0, 0.0, 1.0], atol=1e-12)


def test_an_amount_that_the_balances_hold_at_zero_stops_no_step():
    # P, charge and S of Na3PS4 with half a Na2S for every P2S7 half: free sulfur is held at 0, to rounding
    balances = np.array([[1.0, 1.0, 0.0, 0.0], [3.0, 2.0, 2.0, 0.0], [4.0, 3.5, 1.0, 1.0]]), np.array([1.0, 3.0, 4.0])
    rng = np.random.default_rng(0)
    for _ in range(20):
        share = rng.uniform(0.05, 0.95)
        start = np.array([1 - share, share, share / 2, 0.0])

        def model(x):
            scale = np.exp(x[4])
            lines = scale * np.array([x[0], x[1]]) - np.array([80.0, 20.0])
            return lines, np.array([[scale, 0, 0, 0, scale * x[0]], [0, scale, 0, 0, scale * x[1]]])

        found = minimise(
            model,
            [*start, 0.0],
            lower=[0, 0, 0, 0, -np.inf],
            equalities=(np.pad(balances[0], ((0, 0), (0, 1))), balances[1]),
        )
        np.testing.assert_allclose(found.x[:3], [0.8, 0.2, 0.1], atol=1e-6)


def curved_valley(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rosenbrock's valley in many dimensions, on a floor of 1e8 that nothing lowers."""
    size = x.size
    jacobian = np.zeros((2 * size - 1, size))
    rows = np.arange(size - 1)
    jacobian[rows, rows], jacobian[rows, rows + 1], jacobian[size - 1 + rows, rows] = -2e3 * x[:-1], 1e3, -1.0
    return np.concatenate([1e3 * (x[1:] - x[:-1] ** 2), 1 - x[:-1], [1e4]]), jacobian


def test_a_descent_that_crawls_is_ended_far_above_the_noise_and_only_there():
    start = -1.0 + 0.1 * np.arange(8)
    whole, above = minimise(curved_valley, start), minimise(curved_valley, start, far=1e9)
    ended = minimise(curved_valley, start, far=1e7)
    assert above.evaluations == whole.evaluations > 100
    assert ended.evaluations < 40
    assert "25 evaluations" in ended.message
    assert ended.chi2 == pytest.approx(whole.chi2, rel=1e-4)


def test_a_step_that_cannot_be_computed_ends_the_descent():
    # derivatives so large that J'J overflows off the diagonal only after the first step
    def model(x):
        steep = 1e200 if x[0] > 1.5 else 1.0
        return np.array([x[0] - 2.0, 0.1]), np.array([[1.0], [0.0]]) * steep

    found = minimise(model, [1.0])
    assert np.isfinite(found.x).all()
    assert found.evaluations < 400

    nan = minimise(lambda x: (np.array([x[0] + x[1], 1.0]), np.array([[1.0, np.nan], [0.0, 0.0]])), [1.0, 1.0])
    assert nan.status is Status.REJECTED


@pytest.mark.parametrize(("slope", "status"), [(4.5e-7, Status.OK), (1e-2, Status.NOT_CONVERGED)])
def test_a_step_that_gains_nothing_but_rounding_is_no_wrong_derivative(slope, status):
    """Residuals that do not move: the fall that derivatives promise is 2e-13 or 1e-4 of chi2."""

    def still(_x):
        return np.array([np.sqrt(500.0), 0.0]), 0.1 * np.array([[slope], [1.0]])

    found = minimise(still, [1.0], tolerance=1e-14)
    assert found.status is status
    assert (status is Status.OK) or "no step lowers chi2" in found.message


def test_a_matrix_that_is_never_definite_is_a_status(monkeypatch):
    def never(*_, **__):
        raise Singular("never")

    monkeypatch.setattr("shortrange_core.least_squares._feasible.box_minimum", never)
    found = minimise(linear(np.eye(2), np.ones(2)), [0.0, 0.0])
    assert found.status is Status.NOT_CONVERGED
    assert "no step can be computed" in found.message


@pytest.mark.parametrize(("rest", "status"), [(100.0, Status.OK), (1e-4, Status.NOT_CONVERGED)])
def test_a_descent_that_creeps_far_below_the_noise_ends_and_says_so(rest, status):
    """A bent valley, a hundred thousand times steeper across than along: 0.0025 is left to gain beside rest^2."""

    def valley(x):
        across, along = 1e3 * (x[1] - x[0] ** 2), 0.01 * (1 - x[0])
        return np.array([rest, across, along]), np.array([[0.0, 0.0], [-2e3 * x[0], 1e3], [-0.01, 0.0]])

    found = minimise(valley, [-4.0, 16.0], max_evaluations=130, tolerance=1e-18)
    assert found.evaluations >= 130
    assert found.status is status
    assert ("fell by less than" in found.message) == (status is Status.OK)


def test_inequalities_that_leave_no_volume_become_equalities():
    """x + y between 1 and 1 in the quarter plane is a line, from 0.5 to 1 an area; above 1 and below 0.5 is nothing."""
    free = Equalities.build(np.zeros((0, 2)), np.zeros(0))
    walls = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]])
    line = flattened(free, walls, np.array([1.0, -1.0, 0.0, 0.0]))
    assert line is not None
    np.testing.assert_allclose(np.abs(line.basis.T @ [1.0, -1.0]), [np.sqrt(2.0)])
    np.testing.assert_allclose(line.point.sum(), 1.0)
    whole = flattened(free, walls, np.array([0.5, -1.0, 0.0, 0.0]))
    assert whole is not None
    assert whole.basis.shape == (2, 2)
    assert flattened(free, walls, np.array([1.0, -0.5, 0.0, 0.0])) is None
