"""The joint route: an answer by hand, derivatives by differences, priors that count once, lines that are refused."""

import math
from dataclasses import replace

import numpy as np
import pytest
from differences import differences
from joint_series import GLASS, SPECIES, TRUE, X, glasses, series
from scipy.linalg import block_diag, null_space
from scipy.stats import truncnorm
from two_lines import two_lines

import spectra
import structure
from shortrange.joint import (
    COUPLINGS,
    Likelihood,
    Spectrum,
    averaged,
    fit_series,
    sets_of,
)
from shortrange.joint._sets import Sets
from shortrange.joint.likelihood import Data, JointGlass, LocalResiduals, places
from shortrange_core import BadInput
from shortrange_core.least_squares import minimise
from spectra.models import Default, Model, Parameter, peak


def whole(likelihood):
    """Residuals of a series and their derivatives as whole arrays, put together another way than glass by glass."""

    def model(x):
        residuals, rows = [likelihood.matrix @ x + likelihood.levels], [likelihood.matrix.toarray()]
        for key, block in likelihood.blocks.items():
            residual, jacobian = block(x[likelihood.local[key]])
            rows.append(np.zeros((residual.size, x.size)))
            rows[-1][:, likelihood.local[key]] = jacobian
            residuals.append(residual)
        return np.concatenate(residuals), np.vstack(rows)

    return model


def balances(likelihood):
    rows = block_diag(*(rows for rows, _ in likelihood.balances.values()))
    found = np.zeros((len(rows), len(likelihood.names)))
    found[:, np.concatenate(list(likelihood.amounts.values()))] = rows
    return found, np.concatenate([right for _, right in likelihood.balances.values()])


def precision_by_whole_matrices(likelihood, found, jacobian, glass):
    """All but the amounts of one glass eliminated; others move in their balances, held ones do not."""
    mine, free = likelihood.amounts[glass], found.active == 0
    other = np.setdiff1d(np.flatnonzero(free), mine)
    equal = balances(likelihood)[0]
    equal = equal[~np.any(equal[:, mine] != 0, axis=1)][:, other]
    inside = null_space(equal) if len(equal) else np.eye(other.size)
    unit = np.sqrt(np.sum((jacobian[:, other] @ inside) ** 2, axis=0))
    rest, _ = np.linalg.qr(jacobian[:, other] @ inside / np.where(unit > 0, unit, 1.0))
    left = jacobian[:, mine] - rest @ (rest.T @ jacobian[:, mine])
    return left.T @ left


RESPONSES = (("P:S3/S", 0.8, 0.3), ("*", 1.0, 0.0))


@pytest.mark.parametrize(("responses", "count"), [((), 4), (RESPONSES, 4), (RESPONSES, 9)])
def test_glass_by_glass_is_the_answer_of_whole_matrices(responses, count):
    names = [f"g{number}" for number in range(count)]
    made = [replace(series()[number % 2], sample=name, responses=responses) for number, name in enumerate(names)]
    found = fit_series([(name, structure.composition(GLASS), SPECIES, None) for name in names], made, {})
    likelihood = found.likelihood
    dense = minimise(
        whole(likelihood), likelihood.first, lower=likelihood.lower, upper=likelihood.upper,
        equalities=balances(likelihood), tolerance=1e-9, max_evaluations=200,
    )  # fmt: skip
    sd = np.sqrt(np.diagonal(dense.covariance))
    assert found.minimum.evaluations == dense.evaluations
    assert np.max(np.abs(found.minimum.x - dense.x) / np.maximum(sd, 1e-6)) < 1e-9
    unit = np.maximum(sd, 1e-4)  # free sulfur is held by the balances: of its sd only rounding is left
    assert np.max(np.abs(found.minimum.sd - sd) / unit) < 1e-9
    assert np.max(np.abs(found.minimum.covariance - dense.covariance) / np.outer(unit, unit)) < 1e-9
    for name in names[:3]:
        precision, _ = found.marginals.amounts(name)
        expected = precision_by_whole_matrices(likelihood, found.minimum, dense.jacobian, name)
        np.testing.assert_allclose(precision, expected, rtol=1e-7, atol=1e-7 * np.max(expected))


def test_two_lines_and_the_balances_give_the_fractions_by_hand():
    """Scales differ by 30: only ratios of areas count, and charge fixes the free sulfide."""
    found = fit_series(glasses(), series(), {})
    for name, true in TRUE.items():
        solution = structure.solve(structure.composition(GLASS), SPECIES, list(found.statements[name]))
        sd = float(np.sqrt(solution.covariance[1, 1]))
        assert 2e-4 < sd < 2e-2
        np.testing.assert_allclose(solution.values, true, atol=4 * sd)
        at = found.likelihood.amounts[name]
        np.testing.assert_allclose(found.minimum.x[at], solution.values, atol=sd)


@pytest.mark.parametrize("responses", [(), (("P:S3/S", 0.8, 0.3), ("*", 1.5, 0.0)), (("*", 1.0, 1.0),)])
def test_derivatives_of_a_block_are_differences(responses):
    intensity = np.asarray(series()[0].fit.spectrum["intensity"].values)
    data = Data("a", "a", "31P NMR", "NMR", two_lines(), X, intensity, np.full(X.size, 2.0), 0.7, responses, {})
    block = LocalResiduals(data, SPECIES)
    rng = np.random.default_rng(1)
    unknown = rng.normal(0, 0.1, block.sight.unknown.size)
    local = np.concatenate([[0.7, 0.3, 0.1, 0.01], [6.0], unknown, [29.0, 7.0, 71.0, 9.0]])
    numeric = np.transpose(differences(block.phi, local))
    np.testing.assert_allclose(block.derivative(local), numeric, rtol=1e-6, atol=1e-4)
    residual, _ = block(local)
    full, _ = block.residuals(block.phi(local))
    assert residual @ residual == pytest.approx(0.7 * float(full @ full), rel=1e-10)


def test_odds_of_a_unit_are_the_density_at_none_over_that_of_the_prior():
    """One free direction: P:S3/S from 0 to 1, flat before; with it charge takes half a Na2S along."""
    none = {"a": (1.0, 0.0), "b": (0.6, 0.4)}
    found = fit_series(glasses(), series(true=none), {})
    made = [sets_of(found.marginals, name, np.random.default_rng(0)) for name in none]
    precision, centre = found.marginals.amounts("a")
    way, base = np.array([-1.0, 1.0, 0.5, 0.0]), np.array([1.0, 0.0, 0.0, 0.0])
    sd = float(way @ precision @ way) ** -0.5
    mean = sd**2 * float(way @ precision @ (centre - base))
    by_hand = truncnorm.pdf(0.0, -mean / sd, (1 - mean) / sd, mean, sd)
    assert 30 < by_hand < 1000
    assert made[0].odds["P:S3/S",] == pytest.approx(by_hand, rel=0.02)
    assert list(made[1].odds) == [()]  # 0.4 is there
    rare = sets_of(found.marginals, "a", np.random.default_rng(0), absent=0.1)  # one glass in ten lacks it
    assert rare.odds["P:S3/S",] == pytest.approx(made[0].odds["P:S3/S",] / 9)
    sets, rows = averaged("a", SPECIES, [made[0]] * 3)
    assert [item.without for item in sets] == [(), ("P:S3/S",)]
    assert sets[1].probability == pytest.approx(by_hand / (1 + by_hand), rel=1e-3)
    row = rows[1]
    assert (row.species, row.lower, row.upper, row.united) == ("P:S3/S", 0.0, 0.0, False)
    assert row.zero == pytest.approx(sets[1].probability, abs=1e-3)
    assert max(item.r_hat for item in rows) < 1.02
    odd = Sets({(): 1.0, ("P:S3/S",): 5 * by_hand}, made[0].draws)
    assert all(item.united for item in averaged("a", SPECIES, [made[0], made[0], odd])[1])


def test_every_prior_is_named_once_and_a_drift_costs_what_it_says():
    data = [Data(n, n, "31P NMR", "NMR", two_lines(), X, np.ones(X.size), np.ones(X.size), 1.0, (), {}) for n in TRUE]
    made = [
        JointGlass(n, structure.composition(GLASS), SPECIES, np.full(4, 0.1), p) for n, p in (("a", -0.5), ("b", 0.5))
    ]
    likelihood = Likelihood(made, data)
    names = [prior.name for prior in likelihood.priors]
    assert len(set(names)) == len(names) == len(likelihood.rows)
    level, change = likelihood.common["31P NMR", "p_s4_center"]
    drift = np.array(likelihood.first)
    drift[change] = 2.0
    for name, place in (("a", -0.5), ("b", 0.5)):
        drift[likelihood._own(name, "p_s4_center")] = drift[level] + 2.0 * place
    residual = likelihood.matrix @ drift + likelihood.levels
    assert float(residual @ residual) == pytest.approx((2.0 / COUPLINGS["NMR"]["center"].change) ** 2)


def beside(place, stated):
    """PS4 at 30 and PS3O at ``place``, by a published position each or by a window of 6 each."""
    lines = []
    for name, text, c in (("p_s4", "P:S4", 30.0), ("p_s3o", "P:S3O", place)):
        center = Parameter(f"{name}_center", c, c - 3, c + 3, prior=Default(c, 0.5, "test") if stated else None)
        line = peak(name, {"area": 1.0, "center": c, "fwhm": (8.0, 3.0, 20.0)}, assignment=text, shape="gaussian")
        shaped = tuple(center if p.name == center.name else p for p in line.parameters)
        lines.append(replace(line, parameters=shaped))
    return Model("31P NMR", "chemical_shift", tuple(lines))


@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize(("place", "tied"), [(30.0, True), (38.0, False)])
def test_ps3o_is_near_ps4_unless_its_place_is_stated_elsewhere(place, tied, stated):
    """A library or a window that parts the two is not overruled by their nearness in general."""
    species = ("P:S4", "P:S3O", "Na2S")
    composition = structure.composition("Na3PS3.5O0.5")
    model = beside(place, stated)
    lines = 0.5 * spectra.shapes.gaussian(X, 1.0, 30.0, 8.0) + 0.5 * spectra.shapes.gaussian(X, 1.0, place, 8.0)
    rng = np.random.default_rng(0)
    data = [
        Data(n, n, "31P NMR", "NMR", model, X, lines + rng.normal(0, 0.02, X.size), np.full(X.size, 0.02), 1.0, (), {})
        for n in TRUE
    ]
    made = [JointGlass(n, composition, species, np.array([0.5, 0.5, 0.0]), p) for n, p in (("a", -0.5), ("b", 0.5))]
    likelihood = Likelihood(made, data)
    assert any("less that of p_s3o" in prior.name for prior in likelihood.priors) is tied
    level = [likelihood.common["31P NMR", f"{name}_center"][0] for name in ("p_s4", "p_s3o")]
    apart = np.diff(likelihood.minimum().x[level])[0]
    assert apart == pytest.approx(place - 30.0, abs=0.9)


def test_a_line_of_a_bond_keeps_an_area_of_its_own():
    """S-S counts no unit: as a difference of S and S it would be held at nothing."""
    bond = peak("bond", {"area": 1.0, "center": 50.0, "fwhm": 5.0}, assignment="S-S", shape="gaussian")
    model = Model("31P NMR", "chemical_shift", (*two_lines().peaks, bond))
    block = LocalResiduals(
        Data("a", "a", "31P NMR", "NMR", model, X, np.ones(X.size), np.ones(X.size), 1.0, (), {}), SPECIES
    )
    assert "bond_area" in block.own
    assert block.areas == ["p_s4_area", "p_s3_s_area"]


def test_places_of_a_series():
    assert places({"a": None, "b": 3.0, "c": 1.0}, ("a", "b", "c")) == {"a": -0.5, "b": 0.0, "c": 0.5}
    assert places({"a": 0.0, "b": 1.0, "c": 4.0}, ("a", "b", "c")) == {"a": -0.5, "b": -0.25, "c": 0.5}


def with_crystals(count):
    more = [peak(f"c{n}", {"area": 1.0, "center": 25.0 + 5 * n, "fwhm": 2.0}, assignment="P:S4") for n in range(count)]
    return Model("31P NMR", "chemical_shift", (*two_lines().peaks, *more))


@pytest.mark.parametrize("count", [1, 2])
def test_lines_of_one_unit_share_its_amount(count):
    made = with_crystals(count)
    data = Data("a", "a", "31P NMR", "NMR", made, X, np.ones(X.size), np.ones(X.size), 1.0, (), {})
    block = LocalResiduals(data, SPECIES)
    shares = np.array([0.2, 0.1])[:count]
    local = np.concatenate([[0.7, 0.3, 0.1, 0.01], [1.0], np.full(len(block.shaped), 5.0), shares])
    areas = dict(zip(block.compiled.free, block.phi(local), strict=True))
    assert areas["c0_area"] == pytest.approx(0.2 * 0.7 * math.e)
    assert areas["p_s4_area"] == pytest.approx((1 - shares.sum()) * 0.7 * math.e)
    numeric = np.transpose(differences(block.phi, local))
    np.testing.assert_allclose(block.derivative(local), numeric, rtol=1e-6, atol=1e-7)
    rows, limits = block.sharing()
    assert len(rows) == count - 1  # bounds of 0 and 1 are enough for one share
    assert (rows @ local).tolist() == pytest.approx([0.3] * (count - 1))
    assert limits.tolist() == [1.0] * (count - 1)


def test_a_line_whose_area_is_tied_is_refused():
    again = peak("again", {"area": 1.0, "center": 50.0, "fwhm": 5.0}, assignment="P:S4")
    twice = Model("31P NMR", "chemical_shift", (*two_lines().peaks, again), links=("again_area = 0.5*p_s4_area",))
    item = series()[0]
    wrong = Spectrum("a", "31P NMR", item.lines, item.fit, lambda _lines: twice)
    with pytest.raises(
        BadInput, match="needs lines with independent areas; again_area is tied to another; remove the tie"
    ):
        fit_series(glasses()[:1], [wrong], {})
