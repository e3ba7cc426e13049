"""Steps at corners where walls depend on one another: exact, never refused and never shortened to nothing."""

import numpy as np
import pytest

from shortrange_core.least_squares import polyhedron_minimum
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
    """Seeds 0-199: before rows that depend on those held were told from others, a third of these steps were 0."""
    for seed in range(200):
        program = corner_program(np.random.default_rng(seed), condition)
        step, multiplier = polyhedron_minimum(*program[:4])
        assert kkt(program, step, multiplier) < 1e-8
        assert error("corners", program, step) < 1e-12 * condition**2.5 + 1e-9


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
