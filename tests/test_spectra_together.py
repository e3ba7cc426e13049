"""Global fits: one spectrum twice is one of half the variance; shared positions, offsets, priors, weights."""

import numpy as np
import pytest

import spectra
from reference_peaks import Prior
from shortrange_core import BadInput, FitFailed, Status, load, save
from shortrange_core.least_squares import minimise
from spectra import backgrounds, shapes
from spectra.fits import _together as together
from spectra.models import Model, peak

X = np.linspace(-20.0, 20.0, 201)


def line(name="a", at=0.0, **more):
    start = {"center": (at, at - 3, at + 3), "fwhm": (4.0, 1.0, 9.0), **more}
    return peak(name, start, shape="gaussian", assignment=name)


def model(*lines, **changes):
    return Model("", "raman_shift", lines or (line(),), (backgrounds.constant(),), **changes)


def data(area, center=0.3, fwhm=4.0, seed=0, sd=0.1):
    noise = np.random.default_rng(seed).normal(0, sd, X.size)
    return spectra.from_arrays(X, 1 + shapes.gaussian(X, area, center, fwhm) + noise, axis="raman_shift", noise=sd)


def test_one_spectrum_twice_halves_the_variance():
    alone = spectra.fit(data(5), model())
    both = spectra.fit_together({"one": data(5), "two": data(5)}, model(), shared=["*"])
    assert both.parameters.entries == alone.parameters.entries
    np.testing.assert_allclose(both.parameters.value, alone.parameters.value, rtol=1e-5)
    np.testing.assert_allclose(both.parameters.sd, alone.parameters.sd / np.sqrt(2), rtol=1e-4)
    assert both.chi2 == pytest.approx(2 * alone.chi2, rel=1e-9)
    assert both.dof == 2 * X.size - 4


def test_nothing_shared_is_two_fits():
    both = spectra.fit_together({"a": data(5), "b": data(9, seed=1)}, model(), shared=["a_center"])
    assert both.parameters.entries[0] == "a_center"
    apart = spectra.fit_together({"a": data(5), "b": data(9, seed=1)}, {"a": model(), "b": model(line("q"))},
                                 shared=["*_center"])  # fmt: skip
    one = spectra.fit(data(5), model())
    np.testing.assert_allclose(apart.fits["a"].areas.value, one.areas.value, rtol=1e-6)
    np.testing.assert_allclose(apart.areas.covariance.values[0, 1], 0, atol=1e-12)


def test_sharing_helps_the_weak_line():
    strong, weak = data(30, seed=1), data(0.8, seed=2)
    alone = spectra.fit(weak, model(), check=False)
    both = spectra.fit_together({"strong": strong, "weak": weak}, model(), shared=["a_center", "a_fwhm"])
    assert both.areas.sd.values[1] < 0.9 * alone.areas.sd.values[0]
    assert both.fits["weak"].parameters.value.sel(entry="a_center") == both.fits["strong"].parameters.value.sel(
        entry="a_center"
    )
    assert both.areas.entries == ("strong:a", "weak:a")
    assert both.status is Status.OK


def test_shared_position_lies_relative_to_the_offsets_and_its_prior_counts_once():
    prior = Prior(0.0, 0.5, "test")
    shifted = {"low": data(20, center=-0.8, seed=1), "high": data(20, center=1.2, seed=2)}
    both = spectra.fit_together(shifted, model(line(center=prior), offset_sd=2.0), shared=["a_center"])
    picked = both.parameters.select(["a_center", "low:offset", "high:offset"])
    shared, low, high = picked.value.values
    assert high - low == pytest.approx(2.0, abs=0.1)
    # by hand: minimise (s/0.5)^2 + ((-0.8 - s)/2)^2 + ((1.2 - s)/2)^2 over s
    assert shared == pytest.approx((0.4 / 4) / (4 + 2 / 4), abs=0.03)
    # one statement of sd 0.5 and two measurements of sd 2: 1 / (4 + 2/4)
    assert picked.sd.values[0] == pytest.approx(np.sqrt(1 / 4.5), rel=0.01)
    assert both.dof == 2 * X.size + 3 - len(both.parameters)


def test_a_weight_acts_on_chi2():
    one, two = data(5, seed=1), data(6, seed=2)
    same = {"shared": ["*"], "check": False}  # areas of 5 and 6 are no same line: a misfit, which is not the question
    heavy = spectra.fit_together({"one": one, "two": two}, model(), weights={"two": 4.0}, **same)
    halved = two.assign(noise=two["noise"] / 2)
    expected = spectra.fit_together({"one": one, "two": halved}, model(), **same)
    np.testing.assert_allclose(heavy.parameters.value, expected.parameters.value, rtol=1e-5)
    assert heavy.chi2 == pytest.approx(expected.chi2, rel=1e-8)


def test_record_and_constraints(tmp_path):
    limited = model(line(), line("b", 9.0), constraints=("b_area <= 0.1*a_area",))
    both = spectra.fit_together({"one": data(5), "two": data(7, seed=3)}, limited, shared=["a_center", "*_fwhm"])
    areas = both.areas.value.values
    assert areas[1] <= 0.1 * areas[0] * (1 + 1e-9)
    save(both, tmp_path / "t.nc")
    assert load(tmp_path / "t.nc").areas.entries == both.areas.entries


def test_bad_input():
    with pytest.raises(BadInput, match="matches no parameter") as caught:
        spectra.fit_together({"a": data(5)}, model(), shared=["q"], weights={"b": 1.0, "a": -1.0})
    assert len(caught.value.problems) == 3
    with pytest.raises(BadInput, match="spectra is empty"):
        spectra.fit_together({}, model(), shared=["a_fwhm"])
    with pytest.raises(BadInput, match="do not meet"):
        spectra.fit_together({"a": data(5), "b": data(5)}, {"a": model(), "b": model(line(at=8.0))}, shared=["*"])
    twins = model(line(center=(0.0, 0.0, 0.0)), line("b", center=(0.0, 0.0, 0.0)), links=("b_fwhm = a_fwhm",))
    with pytest.raises(FitFailed, match="together-failed"):
        spectra.fit_together({"a": data(5), "b": data(5)}, twins, shared=["*_fwhm"])


def test_every_status_is_reached(monkeypatch):
    two = {"a": data(5), "b": data(6, seed=1)}
    assert spectra.fit_together(two, model(), shared=["a_center"]).status is Status.OK
    narrow = model(line(fwhm=(2.0, 1.0, 3.0)))
    assert spectra.fit_together(two, narrow, shared=["a_fwhm"]).status is Status.AT_BOUND
    fixed = {"center": (9.0, 9.0, 9.0), "fwhm": (4.0, 4.0, 4.0)}
    covered = model(line(), line("b", **fixed), line("c", **fixed))
    found = spectra.fit_together(two, covered, shared=["a_fwhm"])
    assert found.status is Status.UNDETERMINED
    assert np.isfinite(found.areas.sd.values).tolist() == [True, False, False] * 2
    alone = model(line("b", **fixed), line("c", **fixed))
    assert spectra.fit_together(two, alone, shared=["background_c0"], check=False).status is Status.NO_COVARIANCE
    huge = model(line(area=1e200))
    assert spectra.fit_together(two, huge, shared=["a_fwhm"], check=False).status is Status.REJECTED
    monkeypatch.setattr(together, "minimise", lambda *a, **k: minimise(*a, **k, max_evaluations=1))
    with pytest.raises(FitFailed, match="together-failed"):
        spectra.fit_together(two, model(), shared=["a_center"])
    assert spectra.fit_together(two, model(), shared=["a_center"], check=False).status is Status.NOT_CONVERGED
