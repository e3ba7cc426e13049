"""Steps at corners where walls depend on one another: exact, never refused and never shortened to nothing."""

import numpy as np
import pytest

from shortrange_core import BadInput
from shortrange_core.least_squares import (
    Equalities,
    QuadraticModel,
    Shortest,
    Singular,
    box_minimum,
    minimise,
    polyhedron_minimum,
)
from shortrange_core.least_squares import _quadratic as quadratic
from shortrange_core.least_squares._quadratic import BLIND, Polyhedron, _seen, _shrunk, nearest
from shortrange_core.least_squares._walls import leaving_for, on_walls
from studies.polyhedra import corner_program, error, kkt


def test_a_wall_that_two_others_imply_stops_no_step() -> None:
    """By hand: the third wall is the sum of the first two, crossed by the rounding of a way 1e7 times the step."""
    matrix = np.array([[1.0, 0.3, 0.0], [0.3, 1.0, 0.1], [0.0, 0.1, 1.0]])
    rows = np.array([[0.7, 0.1, 0.3], [0.1, 1.0, -0.2]])
    rows = np.vstack([rows, rows.sum(axis=0)])
    inside = np.cross(rows[0], rows[1])  # the only direction in which the first two stay at their walls
    push = np.array([3e6, 1e7])
    gradient = -matrix @ inside - rows[:2].T @ push
    step, multiplier = polyhedron_minimum(matrix, gradient, rows, np.zeros(3))
    np.testing.assert_allclose(step, inside, rtol=1e-7)
    assert np.all(multiplier >= 0)
    np.testing.assert_allclose(matrix @ step + gradient + rows.T @ multiplier, 0, atol=1e-8 * push.max())


@pytest.mark.parametrize("condition", [1.0, 1e2, 1e4])
def test_steps_at_simulated_corners_obey_the_conditions_of_a_minimum(condition: float) -> None:
    """Seeds 0-199: before rows that depend on those held were told from others, a third of these steps were 0.

    Processors round otherwise: the worst step of 200 is off by 1 to 10 times as much on one as on another.
    """
    far = []
    for seed in range(200):
        program = corner_program(np.random.default_rng(seed), condition)
        step, multiplier = polyhedron_minimum(*program[:4])
        assert kkt(program, step, multiplier) < 1e-8
        far.append(error("corners", program, step))
    usual = 1e-12 * condition**2.5 + 1e-9
    assert np.quantile(far, 0.98) < usual
    assert max(far) < 10 * usual


def test_the_row_that_leaves_for_a_sum_is_the_first_whose_multiplier_falls_to_0() -> None:
    held = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert leaving_for(held, np.array([1.0, 2.0, 0.0]), np.array([3.0, 4.0])) == 1  # 3 / 1 against 4 / 2
    assert leaving_for(held, np.array([1.0, -2.0, 0.0]), np.array([3.0, 4.0])) == 0  # only the first falls
    assert leaving_for(held, np.array([1.0, 2.0, 0.1]), np.array([3.0, 4.0])) is None  # no sum of those held
    assert leaving_for(held, np.array([-1.0, -2.0, 0.0]), np.array([3.0, 4.0])) is None  # nothing obeys all three
    assert leaving_for(held[:0], np.array([1.0, 0.0, 0.0]), np.zeros(0)) is None


def test_a_minimiser_on_walls_by_hand() -> None:
    move, multiplier, independent = on_walls(np.array([[3.0, 4.0], [0.0, 2.0]]), np.array([5.0, 2.0]))
    np.testing.assert_allclose(move, [1 / 3, 1.0])
    np.testing.assert_allclose(np.array([[3.0, 0.0], [4.0, 2.0]]) @ multiplier, move)
    assert independent
    move, _, independent = on_walls(np.array([[1.0, 0.0], [2.0, 0.0]]), np.array([1.0, 2.0]))
    np.testing.assert_allclose(move, [1.0, 0.0])
    assert not independent


def test_a_step_is_shortened_to_the_nearest_row_that_it_crosses_and_by_rounding_not_at_all() -> None:
    step, rows, sds = np.array([1.0, 0.0]), np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]), np.array([1.0, 2.0, 1.0])
    np.testing.assert_allclose(_shrunk(step, rows, np.array([0.5, 0.5, 0.0]), sds, 1.0), [0.25, 0.0])
    np.testing.assert_allclose(_shrunk(step, rows, np.array([0.0, 9.0, 0.0]), sds, 1.0), [0.0, 0.0])
    crossed = np.array([1e-11, 1.0])  # within what the solver lets a wall be crossed that it does not hold
    np.testing.assert_array_equal(_shrunk(crossed, rows, np.array([0.0, 9.0, 9.0]), sds, 1.0), crossed)
    far = np.array([1e-8, 1.0])  # the rounding of a way 1e6 sds long, and of one of 1 sd
    np.testing.assert_array_equal(_shrunk(far, rows, np.array([0.0, 9.0, 9.0]), sds, 1e6), far)
    assert not _shrunk(far, rows, np.array([0.0, 9.0, 9.0]), sds, 1.0).any()


def test_a_parameter_that_nothing_sees_gets_the_curvature_of_a_million_rooms() -> None:
    # room 3 below and 2 above; a row that several share is none, so that the third parameter has no room
    rows = np.array([[-2.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    added = _seen(np.array([0.0, 5.0, 0.0]), rows, np.array([6.0, 8.0, 1.0, 1.0]))
    np.testing.assert_allclose(added, [1 / (BLIND * 5) ** 2, 0.0, 0.0])


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_linear_fit_ends_at_its_bound_in_one_step(side: float) -> None:
    """Both parameters lean on one another: the other one moves with the bound, at once and not by and by."""
    x = np.linspace(1.0, 2.0, 9)
    design = np.stack([np.ones_like(x), side * x], axis=1)
    data = design @ [3.0, side * 4.0]
    end = minimise(
        lambda p: (design @ p - data, design),
        [1.0, side],
        lower=[-9.0, min(0, 2 * side)],
        upper=[9.0, max(0, 2 * side)],
    )
    assert end.x[1] == pytest.approx(2.0 * side)
    assert end.x[0] == pytest.approx(float(np.mean(data - design[:, 1] * 2.0 * side)))
    assert end.evaluations <= 6


def test_one_bound_that_is_no_number_is_refused_among_others_that_are() -> None:
    with pytest.raises(BadInput, match=r"lower: is NaN at \[1\]"):
        minimise(lambda p: (p, np.eye(2)), [1.0, 1.0], lower=[0.0, np.nan], upper=[2.0, 2.0])


@pytest.mark.parametrize(("feasible", "multiplier"), [(False, 1.0), (True, -1.0)])
def test_an_answer_that_breaks_a_condition_of_a_minimum_never_becomes_a_step(
    monkeypatch: pytest.MonkeyPatch, feasible: bool, multiplier: float
) -> None:
    def wrong(model: QuadraticModel, *_walls: np.ndarray) -> Shortest:
        return Shortest(np.zeros(1), np.zeros(1, dtype=np.intp), np.array([multiplier]), feasible, model)

    monkeypatch.setattr(quadratic, "least", wrong)
    with pytest.raises(Singular, match="active constraints"):
        polyhedron_minimum(np.eye(1), -np.ones(1), np.ones((1, 1)), np.zeros(1))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_bound_that_holds_later_is_told_as_one_that_holds_at_once(sign: int) -> None:
    """By hand: with the first at its bound of 1 the second comes to 3, beyond its bound of 2."""
    ends = np.array([[-1.0, -9.0], [9.0, 2.0]])
    lower, upper = np.sort(sign * ends, axis=0)
    guess = np.array([-sign, 0], dtype=np.int8)
    step, side = box_minimum(np.eye(2), sign * np.array([5.0, -3.0]), lower, upper, guess)
    assert (step.tolist(), side.tolist()) == ([-sign, 2 * sign], [-sign, sign])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("high", [np.inf, 1e4])
def test_many_lines_of_one_width_that_overlap_come_to_the_minimum(seed: int, high: float) -> None:
    """Optimality: no slope where a component is free, and none that would lead inside where a bound holds it."""
    rng = np.random.default_rng(seed)
    axis, centers = np.linspace(0, 1, 400), rng.uniform(0, 1, 40)
    lines = np.exp(-(((axis[:, None] - centers) / 0.15) ** 2))
    lines /= np.linalg.norm(lines, axis=0)
    data = 1e4 * (lines @ rng.uniform(0, 1, 40)) * rng.uniform(size=400)
    matrix, gradient = lines.T @ lines + 1e-10 * np.eye(40), -lines.T @ data
    step, side = box_minimum(matrix, gradient, np.zeros(40), np.full(40, high))
    slope = (matrix @ step + gradient) / np.linalg.norm(data)
    assert step.min() >= 0
    assert step.max() <= high
    assert np.abs(slope[side == 0]).max(initial=0.0) < 1e-12
    assert (side * slope).max() <= 0
    assert (side > 0).any() == np.isfinite(high)


@pytest.mark.parametrize("seed", range(2000, 2040))
def test_a_unit_that_hides_rows_in_rounding_leaves_the_nearest_point_inside(seed: int) -> None:
    rng = np.random.default_rng(seed)
    equal = rng.uniform(0.5, 2, (1, 3))
    shape = Polyhedron.build(np.zeros(3), rng.uniform(1, 2, 3), (equal, np.ones(1)), None)
    scale = np.ones(3)
    scale[rng.integers(3)] = 10.0 ** rng.uniform(15, 22)
    inside = nearest(rng.uniform(-1, 3, 3), scale, shape)
    assert inside is not None
    assert np.all(shape.rows @ inside <= shape.limits + 1e-12)
    np.testing.assert_allclose(equal @ inside, 1.0, rtol=1e-12)


def test_equalities_that_say_nothing_or_too_much() -> None:
    nothing = Equalities.build(np.zeros((1, 2)), np.zeros(1))
    assert (nothing.point.tolist(), nothing.basis.shape, nothing.consistent) == ([0.0, 0.0], (2, 2), True)
    three = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    assert Equalities.build(three, np.array([1.0, 2.0, 3.0])).consistent
    assert not Equalities.build(three, np.array([1.0, 2.0, 4.0])).consistent


@pytest.mark.parametrize("unit", [1e-8, 1.0, 1e8])
def test_equalities_that_depend_on_one_another_do_so_in_every_unit(unit: float) -> None:
    for seed in range(20):
        rows = np.random.default_rng(seed).normal(size=(2, 4))
        rows = np.vstack([rows, rows.sum(axis=0)]) * unit
        solved = Equalities.build(rows, rows @ np.arange(4.0))
        assert solved.basis.shape == (4, 2)
        assert solved.consistent
        np.testing.assert_allclose(rows @ solved.point, rows @ np.arange(4.0), rtol=0, atol=1e-12 * unit)


def test_rows_that_depend_on_one_another_are_no_face() -> None:
    model = QuadraticModel.of_curvature(np.diag([1.0, 4.0]), np.zeros(2))
    assert model is not None
    covariance = model.face(np.array([[1.0, 0.0]]), np.inf)
    np.testing.assert_allclose(covariance, [[0.0, 0.0], [0.0, 0.25]], atol=1e-15)
    assert model.face(np.array([[1.0, 1.0], [2.0, 2.0]]), np.inf) is None
    assert model.face(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]), np.inf) is None
    assert model.face(np.array([[1.0, 0.0]]), 0.2) is None
