"""Profile likelihood and bootstrap: equal to the covariance where that is exact, one-sided where it must be."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

import spectra
from reference_peaks import Prior
from shortrange_core import BadInput, Status, load, save
from shortrange_core.least_squares import minimise
from spectra import backgrounds, shapes
from spectra.fits import _search as search
from spectra.fits._weighted_search import seen
from spectra.models import Model, peak
from spectra.noise import excess, with_excess

X = np.linspace(-20.0, 20.0, 201)


def line(name="a", **quantities):
    return peak(name, {"center": (0.0, -2.0, 2.0), "fwhm": (4.0, 1.0, 9.0), **quantities}, shape="gaussian")


def data(seed, area=5.0, sd=0.1):
    noise = np.random.default_rng(seed).normal(0, sd, X.size)
    return spectra.from_arrays(X, 1 + shapes.gaussian(X, area, 0.3, 4.0) + noise, axis="raman_shift", noise=sd)


def test_profile_of_a_linear_parameter_is_its_normal_interval():
    held = line(center=(0.3, 0.3, 0.3), fwhm=(4.0, 4.0, 4.0), area=(1.0, -np.inf, np.inf))
    found = spectra.fit(data(0), Model("", "raman_shift", (held,), (backgrounds.constant(),)))
    profile = spectra.profile(found, level=0.9)
    half = norm.ppf(0.95) * found.areas.sd.item()
    assert profile.intervals["lower"].item() == pytest.approx(found.areas.value.item() - half, rel=2e-3)
    assert profile.intervals["upper"].item() == pytest.approx(found.areas.value.item() + half, rel=2e-3)
    assert not profile.intervals["lower_is_bound"].item()


def test_profile_of_an_area_at_zero_is_an_upper_limit():
    held = line(center=(0.3, 0.3, 0.3), fwhm=(4.0, 4.0, 4.0))
    lines = Model("", "raman_shift", (held,))
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(0, 0.1, X.size)
        spectrum = spectra.from_arrays(X, noise, axis="raman_shift", noise=0.1)
        found = spectra.fit(spectrum, lines)
        if found.areas.value.item() > 0:
            continue
        # unbounded estimate a < 0 with sd s by hand: chi2(b) - chi2(0) = (b^2 - 2 a b) / s^2
        g = shapes.gaussian(X, 1, 0.3, 4)
        a, s = noise @ g / (g @ g), 0.1 / np.sqrt(g @ g)
        expected = a + np.sqrt(a**2 + 3.8414588 * s**2)
        interval = spectra.profile(found).intervals
        assert interval["lower"].item() == 0
        assert interval["lower_is_bound"].item()
        assert interval["upper"].item() == pytest.approx(expected, rel=5e-3)
        return
    pytest.fail("no seed gave an area at 0")


def test_profile_of_a_linked_parameter_and_of_a_sum():
    lines = Model("", "raman_shift", (line(), line("b", center=(9.0, 8.0, 10.0))), (backgrounds.constant(),),
                  links=("b_area = 0.5*a_area", "b_fwhm = a_fwhm + 0*a_center"))  # fmt: skip
    found = spectra.fit(data(1), lines, check=False)  # a misfit: there is no second line, which is not the question
    both = spectra.profile(found, ["a_area", "b_area"]).intervals
    np.testing.assert_allclose(both["upper"][1], 0.5 * both["upper"][0], rtol=5e-3)


@pytest.mark.parametrize("kind", ["parametric", "residual"])
def test_bootstrap_has_the_errors_of_the_covariance(kind):
    found = spectra.fit(data(2), Model("", "raman_shift", (line(),), (backgrounds.constant(),)))
    drawn = spectra.bootstrap(found, count=300, kind=kind, rng=np.random.default_rng(0))
    ratio = drawn.parameters.sd.values / found.parameters.sd.values
    np.testing.assert_allclose(ratio, 1, atol=0.2)
    assert drawn.failed == 0
    interval = drawn.interval().sel(entry="a_area")
    assert interval[0] < found.areas.value.item() < interval[1]


def test_bootstrap_draws_counts_where_the_noise_is_poisson():
    truth = 20 + shapes.gaussian(X, 400.0, 0.3, 4.0)
    counts = np.random.default_rng(0).poisson(truth)
    spectrum = spectra.from_arrays(X, counts, axis="binding_energy", counts=counts)
    found = spectra.fit(spectrum, Model("", "binding_energy", (line(),), (backgrounds.constant(),)))
    drawn = spectra.bootstrap(found, count=200, rng=np.random.default_rng(0))
    np.testing.assert_allclose(drawn.parameters.sd / found.parameters.sd, 1, atol=0.2)


def test_bootstrap_draws_the_priors_too(tmp_path):
    tight = line(center=Prior(0.3, 0.01, "test"))
    found = spectra.fit(data(3), Model("", "raman_shift", (tight,), (backgrounds.constant(),)))
    drawn = spectra.bootstrap(found, count=300, rng=np.random.default_rng(0))
    at = found.parameters.entries.index("a_center")
    assert drawn.parameters.sd.values[at] == pytest.approx(found.parameters.sd.values[at], rel=0.15)
    save(drawn, tmp_path / "b.nc")
    np.testing.assert_array_equal(load(tmp_path / "b.nc").samples, drawn.samples)


def test_a_better_minimum_on_the_way_is_said(monkeypatch):
    # a start on the wrong line of two, without the restarts that a missed line calls for: the profile of the position
    # walks over to the strong one
    monkeypatch.setattr(search, "RESTARTS_ON_MISFIT", 0)
    two = 1 + shapes.gaussian(X, 1.0, -8.0, 2.0) + shapes.gaussian(X, 8.0, 4.0, 2.0)
    spectrum = spectra.from_arrays(X, two, axis="raman_shift", noise=0.3)
    wrong = peak("a", {"center": (-8.0, -15.0, 15.0), "fwhm": (2.0, 2.0, 2.0), "area": (1.0, 0.0, 50.0)},
                 shape="gaussian")  # fmt: skip
    found = spectra.fit(spectrum, Model("", "raman_shift", (wrong,), (backgrounds.constant(),)), check=False)
    assert found.parameters.value.sel(entry="a_center").item() == pytest.approx(-8, abs=0.5)
    assert "better-minimum" in {note.code for note in spectra.profile(found, ["a_center"]).notes}


def test_bad_input():
    found = spectra.fit(data(0), Model("", "raman_shift", (line(),), (backgrounds.constant(),)))
    with pytest.raises(BadInput, match="not in the model"):
        spectra.profile(found, ["b_area"])
    with pytest.raises(BadInput, match="between 0 and 1"):
        spectra.profile(found, level=95)
    with pytest.raises(BadInput, match="count >= 2"):
        spectra.bootstrap(found, count=1, rng=np.random.default_rng(0))


def test_only_a_fit_that_converged_is_looked_around():
    found = spectra.fit(data(5), Model("", "raman_shift", (line(),), (backgrounds.constant(),)))
    failed = replace(found, status=Status.NOT_CONVERGED)
    for run in (lambda: spectra.profile(failed), lambda: spectra.bootstrap(failed, rng=np.random.default_rng(0))):
        with pytest.raises(BadInput, match="the fit is not_converged"):
            run()
    for rng in (None, 3):
        with pytest.raises(BadInput, match="is not a random generator"):
            spectra.bootstrap(found, count=3, rng=rng)
    one, same = (spectra.profile(found, names).intervals for names in ("a_area", ["a_area"]))
    assert one.identical(same)


def test_what_is_correlated_with_an_unseen_parameter_is_known_as_if_that_were_held():
    """Else correlated noise gives a variance below 0: its excess and the covariance would belong to two problems."""
    rng = np.random.default_rng(3)
    jacobian = rng.normal(size=(200, 3))
    jacobian[:, 2] = 1e-9 * (jacobian[:, 1] + 0.01 * jacobian[:, 2])
    data, bounds = rng.normal(size=200), np.ones(3)
    found = minimise(lambda x: (jacobian @ x - data, jacobian), np.zeros(3), lower=-bounds, upper=bounds)
    model = SimpleNamespace(lower=-bounds, upper=bounds, equalities=None)
    covariance = seen(found, model).covariance
    assert np.isnan(covariance[2]).all()
    held = np.linalg.inv(jacobian[:, :2].T @ jacobian[:, :2])
    assert covariance[:2, :2] == pytest.approx(held)
    assert found.covariance[1, 1] > 1e3 * held[1, 1]
    noisy = with_excess(covariance, excess(jacobian, np.array([1.0, 0.5, 0.1]), 2.2))
    assert np.linalg.eigvalsh(noisy[:2, :2]).min() > 0
