"""Samples of a series: a Gaussian where the likelihood is one, cut at walls, exact where it is none."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from test_shortrange_joint_tension import GLASSES, series

from shortrange.joint import fit_series, pareto_k, posterior
from shortrange.joint._trajectories import Round, Trajectories
from shortrange.joint.likelihood._groups import Groups
from shortrange_core.least_squares import Arrow, Part


def drawn_of(found, **named):
    return posterior(found.likelihood, found.minimum, np.random.default_rng(0), **named)


def test_samples_have_the_sds_of_the_minimum_and_name_what_is_shared():
    found = fit_series(GLASSES, series(0, techniques=("31P NMR",)), {})
    drawn = drawn_of(found, draws=2048)
    assert drawn.entries[:4] == ("a: P:S4", "a: P:S3/S", "a: Na2S", "a: S")
    assert "31P NMR: p_s4_center" in drawn.entries
    assert not any("log scale" in name for name in drawn.entries)  # of a spectrum: marginalised
    at = [found.likelihood.names.index(name) for name in drawn.entries]
    mean, sd = drawn.moments()
    expected = found.minimum.sd[at]
    known = expected > 1e-6
    np.testing.assert_allclose(sd[known], expected[known], rtol=0.1)
    assert np.max(np.abs(mean - found.minimum.x[at])[known] / expected[known]) < 0.15
    assert drawn.settled
    assert np.nanmax(drawn.r_hat[known]) < 1.05
    assert np.nanmin(drawn.effective[known]) > 400
    assert drawn.pareto_k < 0.5  # nearly the quadratic form


def test_amounts_at_a_wall_are_those_of_a_random_walk():
    """A dimer that hardly shows: no Gaussian, not even one that is cut. The walk asks for values of chi2 alone."""
    found = fit_series(GLASSES[:1], series(3, techniques=("31P NMR",), true={"a": (0.998, 0.002)}), {})
    drawn = drawn_of(found, draws=4096)
    at = drawn.entries.index("a: P:S3/S")
    walked = walk_of(found.likelihood, found.minimum, np.random.default_rng(1))
    mean, sd = (values[at] for values in drawn.moments())
    assert mean == pytest.approx(walked.mean(), abs=0.2 * walked.std())
    assert sd == pytest.approx(walked.std(), rel=0.15)
    low, high = drawn.quantiles(0.025, 0.975)[:, at]
    assert (low, high) == pytest.approx(np.quantile(walked, [0.025, 0.975]), abs=0.3 * walked.std())
    assert drawn.samples[..., at].min() >= 0


def walk_of(likelihood, minimum, rng, count=20000):
    """P:S3/S in a random walk of Metropolis through everything that is not fixed."""
    moving = np.flatnonzero(np.array(likelihood.lower) < np.array(likelihood.upper))
    moving = np.setdiff1d(moving, likelihood.amounts["a"])
    dimer = np.zeros(len(likelihood.names))
    dimer[likelihood.amounts["a"]] = [-1.0, 1.0, 0.5, 0.0]  # P:S4, P:S3/S, Na2S, S
    ways = np.vstack([dimer, np.eye(dimer.size)[moving]])
    table = np.vstack([part.own for part in likelihood.parts(minimum.x)[:1]])
    whole = np.zeros((len(table), dimer.size))
    whole[:, likelihood.groups.places[0]] = table
    size = np.linalg.cholesky(np.linalg.inv(ways @ whole.T @ whole @ ways.T + 1e-6 * np.eye(len(ways))))
    steps = rng.normal(size=(count, len(ways))) @ (2.0 / len(ways) ** 0.5 * size).T @ ways
    x, least, kept = np.array(minimum.x), None, np.empty(count)
    for number, step in enumerate(steps):
        there = x + step
        if np.all(there >= likelihood.lower) and np.all(there <= likelihood.upper):
            chi2 = sum(float(part.residual @ part.residual) for part in likelihood.parts(there))
            if least is None or 2 * np.log(rng.random()) < least - chi2:
                x, least = there, chi2
        kept[number] = x[likelihood.amounts["a"][1]]
    return kept[count // 10 :]


def residuals(*rows, lower=(-np.inf, -np.inf), walls=()):
    """What trajectories ask of a series: two parameters x and y of one glass, its one amount, one shared parameter s.

    A row is a residual with its derivatives in x and y, as functions of both; that of s is s - 1, over 2.
    """

    def parts(x):
        made = [row(x[0], x[1]) for row in rows]
        own = np.array([[one, other, 0.0] for _, one, other in made])
        mine = Part(np.array([value for value, _, _ in made]), own, np.zeros((len(made), 1)))
        return [mine, Part(np.array([(x[3] - 1) / 2]), np.zeros((1, 0)), np.array([[0.5]]))]

    return SimpleNamespace(
        parts=parts,
        groups=Groups(np.array([0, 0, 0, -1]), 1),
        lower=[*lower, 0.0, -np.inf],
        upper=[np.inf] * 4,
        limits={"a": (np.array([row for row, _ in walls]), np.array([level for _, level in walls]))} if walls else {},
        local={"a": np.arange(2)},
        amounts={"a": np.array([2])},
        balances={"a": (np.array([[1.0]]), np.array([0.3]))},
    )


def chains(likelihood, start, *, mirrors=(), count=1500):
    kept = np.array([0, 1, 3])
    found = [Trajectories(likelihood, start, mirrors, np.random.default_rng(seed)) for seed in range(4)]
    return np.concatenate([one.draws(count, kept) for one in found])


BANANA = (lambda x, _y: (x, 1.0, 0.0), lambda x, y: (y - x**2, -2 * x, 1.0))


@pytest.mark.parametrize("least", [-np.inf, 0.5])
@pytest.mark.parametrize("most", [np.inf, 2.0])
def test_a_bent_density_inside_walls(least, most):
    """y about x^2, x above a wall, y + x below another: moments by a grid."""
    walls = [(np.array([1.0, 1.0]), most)] if np.isfinite(most) else []
    drawn = chains(residuals(*BANANA, lower=(least, -np.inf), walls=walls), np.array([0.6, 0.4, 0.3, 1.0]))
    x, y = np.meshgrid(np.linspace(-5, 5, 801), np.linspace(-3, 25, 1601), indexing="ij")
    weight = np.exp(-(x**2 + (y - x**2) ** 2) / 2) * (x >= least) * (x + y <= most)
    weight /= weight.sum()
    for values, grid in ((drawn[:, 0], x), (drawn[:, 1], y)):
        mean = float(np.sum(weight * grid))
        sd = float(np.sqrt(np.sum(weight * (grid - mean) ** 2)))
        assert values.mean() == pytest.approx(mean, abs=0.12 * sd)
        assert values.std() == pytest.approx(sd, rel=0.12)
    assert drawn[:, 0].min() >= least
    assert (drawn[:, 0] + drawn[:, 1]).max() <= most + 1e-9
    assert (drawn[:, 2].mean(), drawn[:, 2].std()) == pytest.approx((1.0, 2.0), abs=0.2)


def test_only_mirrors_lead_to_the_other_sign():
    wells = residuals(lambda x, _y: (x**2 - 9, 2 * x, 0.0), lambda _x, y: (y, 0.0, 1.0))
    start = np.array([3.0, 0.0, 0.3, 1.0])
    assert chains(wells, start, count=200)[:, 0].min() > 0
    both = chains(wells, start, mirrors=[np.array([0])], count=200)[:, 0]
    assert 0.3 < np.mean(both > 0) < 0.7


def test_coordinates_make_an_arrow_round():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(40, 9))
    table[:20, 3:6], table[20:, :3] = 0, 0  # two groups of three, three shared
    whole = table.T @ table
    groups, edge = [np.arange(3), np.arange(3, 6)], np.arange(6, 9)
    arrow = Arrow(groups, edge, [whole[np.ix_(g, g)] for g in groups], [whole[np.ix_(g, edge)] for g in groups],
                  whole[np.ix_(edge, edge)])  # fmt: skip
    ways = [np.eye(3), np.linalg.qr(rng.normal(size=(3, 2)))[0]]  # one balance in the second
    frame = Round.of(arrow, ways)
    assert frame.size == 8
    steps = np.array([frame.out(z, 9) for z in np.eye(8)])
    np.testing.assert_allclose(steps @ whole @ steps.T, np.eye(8), atol=1e-7)
    slope = rng.normal(size=9)
    np.testing.assert_allclose(frame.back(slope), steps @ slope)


def test_what_has_not_settled_says_so():
    drawn = drawn_of(fit_series(GLASSES[:1], series(0, techniques=("31P NMR",))[:1], {}), draws=400)
    assert drawn.settled
    assert not dataclasses.replace(drawn, r_hat=np.append(drawn.r_hat[1:], 1.4)).settled
    uneven = drawn.log_weight + np.linspace(0, 1, drawn.log_weight.size).reshape(drawn.log_weight.shape)
    of_weights = dataclasses.replace(drawn, log_weight=uneven - np.log(np.exp(uneven).sum()))
    assert of_weights.settled  # files of before hold weighted draws of the quadratic form
    assert not dataclasses.replace(of_weights, pareto_k=0.9).settled
    mean, _ = of_weights.moments()
    flat, weight = drawn.samples.reshape(-1, len(drawn.entries)), np.exp(of_weights.log_weight.ravel())
    np.testing.assert_allclose(mean, weight @ flat)


@pytest.mark.parametrize("shape", [0.3, 0.7, 1.2])
def test_the_tail_of_a_pareto_law_has_its_shape(shape):
    k = [pareto_k(np.log1p(np.random.default_rng(seed).pareto(1 / shape, 4000))) for seed in range(40)]
    assert np.mean(k) == pytest.approx(shape, abs=0.1)


def test_even_weights_and_one_that_counts_alone():
    assert pareto_k(np.zeros(100)) == -np.inf
    assert pareto_k(np.append(np.full(999, -np.inf), 0.0)) == np.inf
