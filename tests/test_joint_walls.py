"""What walls leave: a shape at the end of its window is not known there, and amounts are not better known for it."""

from functools import partial

import numpy as np
import pytest
from scipy.linalg import null_space

import spectra
import structure
from shortrange.joint import Pieces, Spectrum, carriers, fit_series
from shortrange.joint._walls import _statements
from shortrange_core.least_squares import gradient_of
from spectra.models import Model, peak

X = np.linspace(0.0, 100.0, 201)
SPECIES = ("P:S4", "P:S3/S", "Na2S", "S")
SD = 4e-4
PLACE = 58.0


def overlapping(_lines=None, end=PLACE):
    """Two lines under one another; the window of the second begins where it is."""
    shapes = (("p_s4", "P:S4", (46.0, 40.0, 52.0)), ("p_s3_s", "P:S3/S", (60.0, end, 70.0)))
    lines = [
        peak(
            name,
            {"area": 1.0, "center": center, "fwhm": (16.0, 8.0, 24.0)},
            assignment=text,
            shape="gaussian",
        )
        for name, text, center in shapes
    ]
    return Model("31P NMR", "chemical_shift", tuple(lines))


def fitted(true, seed, end=PLACE, factor=1.0):
    """Simulated glasses of Na3PS4 with so much P:S3/S, both lines 16 wide; ``factor`` on the coupling of shapes."""
    rng, found, model = np.random.default_rng(seed), [], partial(overlapping, end=end)
    for name, dimer in true.items():
        one, other = (spectra.shapes.gaussian(X, 1.0, at, 16.0) for at in (46.0, PLACE))
        y = (1 - dimer) * one + dimer * other + rng.normal(0, SD, X.size)
        data = spectra.from_arrays(X, y, axis="chemical_shift", noise=SD, technique="31P NMR")
        found.append(Spectrum(name, "31P NMR", ("P:S4", "P:S3/S"), spectra.fit(data, model()), model))
    glasses = [(name, structure.composition("Na3PS4"), SPECIES, None) for name in true]
    return fit_series(glasses, found, {}, factor=factor)


def by_marginals(found, name):
    """Mean and sd of P:S3/S inside the balances of its glass."""
    precision, centre = found.marginals.amounts(name)
    ways = null_space(found.likelihood.balances[name][0])
    first = np.array(found.minimum.x[found.likelihood.amounts[name]])
    inner = ways.T @ precision @ ways
    mean = first + ways @ np.linalg.solve(inner, ways.T @ precision @ (centre - first))
    return float(mean[1]), float((ways @ np.linalg.inv(inner) @ ways.T)[1, 1] ** 0.5)


def by_draws(found):
    """All parameters drawn from the quadratic form about the minimum, those beyond a wall thrown away."""
    likelihood, minimum = found.likelihood, found.minimum
    slope = gradient_of(minimum.parts, likelihood.groups.places, likelihood.groups.edge)
    root = minimum.factors.root().toarray()
    mean = minimum.x - root @ (root.T @ slope)
    drawn = mean + np.random.default_rng(0).normal(size=(100_000, root.shape[1])) @ root.T
    inside = np.all((drawn >= np.array(likelihood.lower) - 1e-9) & (drawn <= likelihood.upper), axis=1)
    return drawn[inside]


def test_amounts_beside_a_line_at_the_end_of_its_window():
    found = fitted({"a": 0.30, "b": 0.50}, 3)
    held = [found.likelihood.names[at] for at in np.flatnonzero(found.minimum.active)]
    assert held == ["a, 31P NMR: p_s3_s_center", "b, 31P NMR: p_s3_s_center"]
    drawn = by_draws(found)
    for name, at in found.likelihood.amounts.items():
        dimer = drawn[:, at[1]]
        mean, sd = by_marginals(found, name)
        assert sd == pytest.approx(dimer.std(), rel=0.1)
        assert mean == pytest.approx(dimer.mean(), abs=0.1 * dimer.std())
        assert found.minimum.x[at[1]] - mean > sd  # the minimum is the corner of what is possible


def test_amounts_beside_a_glass_that_lacks_a_unit():
    """Whose shapes, by which those of the other are known, hang on how much of it there may be."""
    found = fitted({"a": 0.30, "b": 0.0}, 0, end=PLACE - 10, factor=0.02)
    assert found.minimum.x[found.likelihood.amounts["b"][1]] == 0
    dimer = by_draws(found)[:, found.likelihood.amounts["a"][1]]
    mean, sd = by_marginals(found, "a")
    assert sd == pytest.approx(dimer.std(), rel=0.05)
    assert mean == pytest.approx(dimer.mean(), abs=0.05 * dimer.std())


def beside(_lines=None):
    """Two lines apart, whose Lorentzian parts may be all that there is between none and the whole."""
    shape = {"fwhm": (8.0, 4.0, 12.0), "fraction": (0.3, 0.0, 1.0)}
    places = (("p_s4", "P:S4", (46.0, 40.0, 52.0)), ("p_s3_s", "P:S3/S", (70.0, 64.0, 76.0)))
    lines = [peak(n, {"area": 1.0, "center": c, **shape}, assignment=t, shape="pseudo_voigt") for n, t, c in places]
    return Model("31P NMR", "chemical_shift", tuple(lines))


def test_a_line_that_hardly_shows_is_no_more_for_the_walls_of_its_shape():
    """No glass has P:S3/S: noise alone is what its line follows, 0.8 sds above nothing in the second one."""
    rng, found = np.random.default_rng(2), []
    for name in ("a", "b"):
        y = spectra.shapes.pseudo_voigt(X, 1.0, 46.0, 8.0, 0.3) + rng.normal(0, SD, X.size)
        data = spectra.from_arrays(X, y, axis="chemical_shift", noise=SD, technique="31P NMR")
        found.append(Spectrum(name, "31P NMR", ("P:S4", "P:S3/S"), spectra.fit(data, beside()), beside))
    series = fit_series([(n, structure.composition("Na3PS4"), SPECIES, None) for n in ("a", "b")], found, {})
    mean, sd = by_marginals(series, "b")
    assert mean == pytest.approx(series.minimum.x[series.likelihood.amounts["b"][1]], abs=0.1 * sd)
    assert 0 < mean < 1.96 * sd


def test_a_window_that_is_wide_says_nothing():
    found = fitted({"a": 0.30, "b": 0.50}, 3, end=PLACE - 20)
    assert not found.minimum.active.any()
    assert all(part.residual.size == 0 for parts in found.marginals.walls for part in parts)


def test_statements_have_the_moments_of_what_is_inside_all_walls():
    covariance = np.array([[1.0, 0.6, -0.6, 0.1], [0.6, 2.0, -0.5, 0.3], [-0.6, -0.5, 1.0, 0.0], [0.1, 0.3, 0.0, 0.5]])
    mean, room = np.array([-0.5, 0.3, 0.4, 0.0]), np.array([0.0, 0.5, 0.0, 3.0])
    drawn = np.random.default_rng(0).multivariate_normal(mean, covariance, size=400_000)
    inside = drawn[np.all(drawn >= -room, axis=1)]
    precision, pull = _statements(covariance, mean, room)
    together = np.linalg.inv(np.linalg.inv(covariance) + np.diag(precision))
    sd = inside.std(axis=0)
    at = together @ (np.linalg.solve(covariance, mean) + pull)
    np.testing.assert_allclose(at, inside.mean(axis=0), atol=0.02 * sd.min())
    np.testing.assert_allclose(np.sqrt(together.diagonal()), sd, rtol=0.02)


def test_an_amount_between_walls_that_touch_does_not_move():
    """Two walls of one form, nothing between them: all but its place is gone, and its neighbour keeps the rest."""
    root = np.array([[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8]])
    precision, _ = _statements(root @ root.T, np.zeros(3), np.array([0.0, 0.0, 9.0]))
    assert np.isfinite(precision).all()
    together = np.linalg.inv(np.eye(2) + root.T @ np.diag(precision) @ root)
    assert together[0, 0] < 1e-4
    assert (root @ together @ root.T)[2, 2] == pytest.approx(0.64, rel=1e-3)


def test_what_carries_an_amount_says_the_same_of_its_sd():
    found = fitted({"a": 0.30, "b": 0.50}, 3)
    pieces = Pieces(found.likelihood, found.minimum.x, found.marginals.walls[1])
    sds = {row.sample: row.sd for row in carriers(pieces) if row.quantity == "P:S3/S"}
    assert sds == pytest.approx({name: by_marginals(found, name)[1] for name in sds}, rel=1e-3)
