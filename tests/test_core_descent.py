"""What ends a descent, what it counts and what it refuses, on models whose end is known."""

import numpy as np
import pytest

from shortrange_core.least_squares import FeasibleSet, Point, Search, minimise
from shortrange_core.least_squares._descent import _ratio

FREE = np.full(1, np.inf)
T = np.linspace(0.0, 3.0, 12)


def rise(x):
    """Residuals of exp(k t) against a parabola that it does not meet, so that chi2 is not 0 at the minimum."""
    curve = np.exp(x[0] * T)
    return curve - (1 + T + T**2), (T * curve)[:, None]


def search(tolerance=1e-10):
    return Search(rise, FeasibleSet(-FREE, FREE, None, None), tolerance, 400)


def test_evaluations_are_those_of_the_model() -> None:
    calls = []

    def counted(x):
        calls.append(x.copy())
        return rise(x)

    end = minimise(counted, [0.1])
    assert end.evaluations == len(calls) > 2


def test_a_tolerance_below_the_digits_of_chi2_is_polished_until_the_slope_is_rounding() -> None:
    def slope(tolerance):
        end = minimise(rise, [0.1], tolerance=tolerance)
        return abs(float(end.jacobian[:, 0] @ end.residual)) / float(np.sum(end.jacobian**2))

    assert slope(1e-6) > 1e-9
    assert slope(1e-14) < 1e-15


def test_a_short_step_says_that_the_end_is_near_only_where_it_is_free() -> None:
    """The scale is 1e4 times the curvature, as where it fell on the way: a tenth of it makes every step short."""
    descent = search(tolerance=1e-2)
    point, scale = Point(np.ones(1), 100.0, np.eye(1), np.ones(1) * 8.0), np.full(1, 1e4)
    for damping, small in ((0.1, False), (1e-6, False)):
        descent.damping = damping
        step = descent._step(point, scale)
        assert descent._small(point, step, point.gain(step), scale) is small
    ended = Point(np.ones(1), 1e6, np.eye(1), np.ones(1) * 8.0)
    descent.damping = 0.1
    step = descent._step(ended, scale)
    assert descent._small(ended, step, ended.gain(step), scale)


def test_a_step_that_expects_nothing_is_refused() -> None:
    descent = search()
    point = Point(np.ones(1), 2.0, np.eye(1), np.zeros(1))
    damping = descent.damping
    assert not descent._accept(point, Point(np.ones(1), 1.0, np.eye(1), np.zeros(1)), 0.0)
    assert descent.damping > damping


def test_the_length_of_a_step_by_hand() -> None:
    scale = np.array([4.0, 1.0])
    assert _ratio(np.array([-3.0, 8.0]), np.array([-6.0, 16.0]), scale) == pytest.approx(0.5)
    assert _ratio(np.array([-3e-7, 0.0]), np.array([3.0, 0.0]), scale) == pytest.approx(1e-7)


def test_a_parameter_that_is_carried_to_and_fro_does_not_hold_up_the_others() -> None:
    """Of z the residuals have a hundredth of the curvature of chi2, as of an anisotropy near 0; b waits for it."""

    def model(x):
        z, b = x
        return np.array([100 + 5 * z**2, z - 3, (b - 10) / 2]), np.array([[10 * z, 0.0], [1.0, 0.0], [0.0, 0.5]])

    end = minimise(model, [0.5, 0.0])
    assert end.evaluations < 100  # 139, and b 9e-4 short of its place, where z is not told apart
    root = np.roots([50.0, 0.0, 1001.0, -3.0])
    assert end.x == pytest.approx([float(root[np.isreal(root)][0].real), 10.0], abs=1e-6)
