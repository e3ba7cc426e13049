"""Least squares of groups that share a few parameters: the same minimum, step and covariance as of whole matrices."""

import numpy as np
import pytest

from shortrange_core import Status
from shortrange_core.least_squares import ArrowProblem, Part, minimise, minimise_arrow, trial_arrow

T = np.linspace(0.0, 4.0, 25)
OWN, SHARED = 4, 3


class Decays:
    """Groups of two amplitudes that add up to 1, an offset and a width of its own, and decays that all groups share."""

    def __init__(self, count, *, rng, blind=False, floor=0.0):
        self.count, self.blind = count, blind
        size = OWN * count + SHARED
        self.places = [np.arange(OWN * g, OWN * g + OWN) for g in range(count)]
        self.edge = np.arange(OWN * count, size)
        self.truth = np.concatenate([*(self.drawn(rng) for _ in range(count)), [0.5, 2.0, 0.1]])
        self.data = [
            self.curve(self.truth[at], self.truth[self.edge]) + rng.normal(0, 0.01, T.size) for at in self.places
        ]
        self.lower, self.upper = np.full(size, -np.inf), np.full(size, np.inf)
        amplitudes = [at[k] for at in self.places for k in (0, 1)]
        self.lower[amplitudes], self.upper[amplitudes] = floor, 1.0
        self.lower[self.edge[-1]], self.upper[self.edge[-1]] = (
            -1.0,
            0.08,
        )  # the upper one below its truth: held at the end
        self.equal = [(np.array([[1.0, 1.0, 0.0, 0.0]]), np.ones(1))] * count
        self.less = [(np.array([[1.0, 0.0, 1.0, 0.0]]), np.array([0.9]))] * count

    @staticmethod
    def drawn(rng):
        first = rng.choice([0.0, rng.uniform(0.1, 0.9)])
        return np.array([first, 1 - first, rng.normal(0, 0.1), rng.uniform(0.8, 1.2)])

    def curve(self, own, shared):
        one, two = np.exp(-shared[0] * T * own[3]), np.exp(-shared[1] * T * own[3])
        return own[0] * one + own[1] * two + own[2] + shared[2] * T

    def __call__(self, x):
        parts = []
        for at, y in zip(self.places, self.data, strict=True):
            own, (a, b, slope) = x[at], x[self.edge]
            one, two = np.exp(-a * T * own[3]), np.exp(-b * T * own[3])
            width = -T * (own[0] * a * one + own[1] * b * two)
            by_own = np.stack([one, two, np.ones(T.size), width * (not self.blind)], axis=1)
            by_shared = np.stack([-own[0] * T * own[3] * one, -own[1] * T * own[3] * two, T], axis=1)
            curve = own[0] * one + own[1] * two + own[2] + slope * T
            prior = np.eye(OWN)[[3]] * (0 if self.blind else 1 / 0.1)
            parts.append(
                Part(
                    np.append(curve - y, prior[0, 3] * 0.1) / 0.01,
                    np.vstack([by_own, prior * 0.01]) / 0.01,
                    np.vstack([by_shared, np.zeros((1, SHARED))]) / 0.01,
                )
            )
            parts[-1].residual[-1] = prior[0, 3] * (own[3] - 1.0)
        return [*parts, Part(np.array([(x[self.edge[0]] - 0.5) / 0.2]), np.zeros((1, 0)), np.array([[5.0, 0.0, 0.0]]))]

    def whole(self, x):
        """Residuals and derivatives as whole arrays."""
        residuals, rows = [], []
        parts = self(x)
        for at, part in zip(self.places, parts[:-1], strict=True):
            wide = np.zeros((part.residual.size, x.size))
            wide[:, at], wide[:, self.edge] = part.own, part.shared
            residuals.append(part.residual)
            rows.append(wide)
        last = np.zeros((1, x.size))
        last[:, self.edge] = parts[-1].shared
        return np.concatenate([*residuals, parts[-1].residual]), np.vstack([*rows, last])

    def constraints(self, given):
        rows = np.zeros((self.count, self.lower.size))
        for row, at, (line, _) in zip(rows, self.places, given, strict=True):
            row[at] = line[0]
        return rows, np.array([right[0] for _, right in given])

    def problem(self):
        return ArrowProblem(
            (self.lower, self.upper), self.places, self.edge, equalities=self.equal, inequalities=self.less
        )

    def start(self):
        return np.concatenate([*(np.array([0.5, 0.5, 0.0, 1.0]) for _ in range(self.count)), [0.4, 1.5, 0.0]])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("count", [1, 5])
def test_groups_end_where_whole_matrices_end(seed, count):
    model = Decays(count, rng=np.random.default_rng(seed))
    found = minimise_arrow(model, model.start(), model.problem(), tolerance=1e-9)
    dense = minimise(
        model.whole, model.start(), lower=model.lower, upper=model.upper, equalities=model.constraints(model.equal),
        inequalities=model.constraints(model.less), tolerance=1e-9,
    )  # fmt: skip
    np.testing.assert_allclose(found.x, dense.x, rtol=1e-11, atol=1e-11)
    assert found.chi2 == pytest.approx(dense.chi2, rel=1e-11)
    np.testing.assert_allclose(found.covariance, dense.covariance, rtol=1e-7, atol=1e-9 * np.max(dense.covariance))
    np.testing.assert_allclose(found.sd, np.sqrt(np.diagonal(dense.covariance)), rtol=1e-9)
    held = bool(found.active.any() or found.active_inequalities.any())
    assert found.status is (Status.AT_BOUND if held else Status.OK)
    # where whole matrices end; whether they call it held hangs on rounding there
    np.testing.assert_array_equal(found.active < 0, dense.x < model.lower + 1e-9)
    np.testing.assert_array_equal(found.active > 0, dense.x > model.upper - 1e-9)
    rows, right = model.constraints(model.less)
    np.testing.assert_array_equal(found.active_inequalities, rows @ dense.x > right - 1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_a_trial_comes_below_what_can_be_reached_and_ends_early_above_what_cannot(seed):
    model = Decays(3, rng=np.random.default_rng(seed))
    lowest = minimise_arrow(model, model.start(), model.problem(), tolerance=1e-9)
    taken = []

    def counted(x):
        taken.append(x)
        return model(x)

    near = np.array(lowest.x) + 0.02
    x, chi2 = trial_arrow(counted, near, model.problem(), lowest.chi2 * 1.001, tolerance=1e-9)
    assert chi2 < lowest.chi2 * 1.001
    assert chi2 == pytest.approx(sum(float(part.residual @ part.residual) for part in model(x)), rel=1e-12)
    taken.clear()
    _, chi2 = trial_arrow(counted, model.start(), model.problem(), lowest.chi2 / 2, tolerance=1e-9)
    assert chi2 >= lowest.chi2 * (1 - 1e-9)
    assert 3 <= len(taken) < lowest.evaluations


def test_walls_hold_some_groups_and_not_others():
    """The sample above is worth something only where constraints come and go during the descent."""
    found = [Decays(5, rng=np.random.default_rng(seed)) for seed in range(12)]
    ends = [minimise_arrow(model, model.start(), model.problem()) for model in found]
    held = np.array([end.active[:-3].reshape(5, 4)[:, 0] for end in ends])
    assert 5 < np.count_nonzero(held) < 55
    assert 0 < np.count_nonzero([end.active_inequalities for end in ends]) < 55


def test_what_no_group_sees_is_told_apart():
    model = Decays(3, rng=np.random.default_rng(0), blind=True)
    found = minimise_arrow(model, model.start(), model.problem())
    dense = minimise(
        model.whole, model.start(), lower=model.lower, upper=model.upper, equalities=model.constraints(model.equal),
        inequalities=model.constraints(model.less),
    )  # fmt: skip
    assert np.flatnonzero(np.isnan(found.sd)).tolist() == [3, 7, 11]
    assert found.status is dense.status is Status.UNDETERMINED
    np.testing.assert_array_equal(np.isnan(found.covariance), np.isnan(dense.covariance))


def test_a_model_that_is_not_finite_at_the_start_is_rejected():
    model = Decays(2, rng=np.random.default_rng(0))
    broken = lambda x: [Part(np.full(1, np.nan), np.full((1, 4), np.nan), np.zeros((1, 3))) for _ in range(2)]  # noqa: E731
    found = minimise_arrow(broken, model.start(), model.problem())
    assert found.status is Status.REJECTED
    assert np.isnan(found.sd).all()
