"""Identifiability, residual tests, information criteria, error budget."""

import dataclasses

import numpy as np
import pytest

import spectra
from reference_peaks import Prior
from shortrange_core import BadInput, load, save
from spectra import backgrounds, shapes
from spectra.fits import criteria, spread_covariance, with_shape
from spectra.models import Model, peak

X = np.linspace(-30.0, 30.0, 301)


def line(name, at, half=2.0, **more):
    start = {"center": (at, at - half, at + half), "fwhm": (4.0, 1.0, 9.0), **more}
    return peak(name, start, shape="gaussian", assignment=name.upper())


def model(*lines, **changes):
    return Model("", "raman_shift", lines, (backgrounds.constant(),), **changes)


def data(*peaks, seed=0, sd=0.05):
    clean = 1 + sum(shapes.gaussian(X, a, c, 4.0) for a, c in peaks)
    noise = np.random.default_rng(seed).normal(0, sd, X.size)
    return spectra.from_arrays(X, clean + noise, axis="raman_shift", noise=sd)


def test_detection_limit_by_hand():
    held = line("a", 0.0, center=(0.0, 0.0, 0.0), fwhm=(4.0, 4.0, 4.0))
    found = spectra.fit(data((5, 0)), Model("", "raman_shift", (held,)), check=False)
    by_hand = 3 * 0.05 / np.sqrt(np.sum(shapes.gaussian(X, 1, 0, 4) ** 2))
    report = spectra.identifiability(found)
    assert report.areas["detection_limit"].item() == pytest.approx(by_hand, rel=1e-6)
    assert report.areas["detected"].item()
    assert report.condition == pytest.approx(1.0)


def test_smallest_area_is_found_at_its_limit():
    # at the detection limit the estimate lies 3 sd from 0 on average
    lines = model(line("a", 0.0, center=(0.0, 0.0, 0.0), fwhm=(4.0, 4.0, 4.0), area=(1.0, -99.0, 99.0)))
    first = spectra.fit(data((5, 0)), lines)
    limit = spectra.identifiability(first).areas["detection_limit"].item()
    z = []
    for seed in range(60):
        areas = spectra.fit(data((limit, 0), seed=seed), lines).areas
        z.append(areas.value.item() / areas.sd.item())
    assert np.mean(z) == pytest.approx(3, abs=4 / np.sqrt(60))


def test_near_lines_are_said_to_be_inseparable_and_far_ones_not():
    near = spectra.fit(data((5, 0), (5, 1.0)), model(line("a", 0.0), line("b", 1.0)), check=False)
    report = spectra.identifiability(near)
    assert report.groups == (("a", "b"),)
    assert "peaks-inseparable" in {note.code for note in report.notes}
    far = spectra.identifiability(spectra.fit(data((5, -8), (5, 8)), model(line("a", -8.0), line("b", 8.0))))
    assert far.groups == ()
    assert far.condition < 20


def test_bounds_and_absent_lines_are_listed(tmp_path):
    for seed in range(10):
        found = spectra.fit(data((5, -8), seed=seed), model(line("a", -8.0), line("b", 8.0)))
        if found.areas.value.values[1] == 0:
            break
    report = spectra.identifiability(found)
    assert "b_area" in report.at_bound
    assert "b_center" in report.undetermined
    assert "below-detection" in {note.code for note in report.notes}
    assert report.areas["detection_limit"].values[1] > 0
    save(report, tmp_path / "r.nc")
    assert load(tmp_path / "r.nc").at_bound == report.at_bound


def test_twins_are_ill_conditioned():
    twin = line("a", 0.0, center=(0.0, 0.0, 0.0), fwhm=(4.0, 4.0, 4.0))
    other = line("b", 0.0, center=(1e-4, 1e-4, 1e-4), fwhm=(4.0, 4.0, 4.0))
    report = spectra.identifiability(spectra.fit(data((5, 0)), model(twin, other), check=False))
    assert report.condition > 1e4
    same = line("b", 0.0, center=(1e-8, 1e-8, 1e-8), fwhm=(4.0, 4.0, 4.0))
    report = spectra.identifiability(spectra.fit(data((5, 0)), model(twin, same), check=False))
    assert "ill-conditioned" in {note.code for note in report.notes}


def test_residual_tests():
    good = spectra.residual_tests(spectra.fit(data((5, 0)), model(line("a", 0.0))))
    assert abs(good.runs_z) < 3
    assert good.runs_probability > 0.001
    assert good.probability > 0.001
    bad = spectra.residual_tests(spectra.fit(data((5, 0), (3, 10)), model(line("a", 0.0)), check=False))
    assert bad.runs_z < -3
    assert bad.lag_one > 0.2
    assert bad.probability < 1e-6
    assert bad.points_per_independent > good.points_per_independent


def test_criteria_by_hand_and_choice():
    one, two = model(line("a", -8.0)), model(line("a", -8.0), line("b", 8.0))
    spectrum = data((5, -8), (2, 8))
    found = spectra.fit(spectrum, two)
    k, n = 7, X.size
    assert criteria(found)["aicc"] == pytest.approx(found.chi2 + 2 * k + 2 * k * (k + 1) / (n - k - 1))
    assert criteria(found)["bic"] == pytest.approx(found.chi2 + k * np.log(n))
    choice = spectra.compare(spectrum, {"one": one, "two": two})
    assert choice.table["weight"].sel(model="two").item() > 0.99
    np.testing.assert_allclose(choice.areas.value, found.areas.value, rtol=1e-3)


def test_average_counts_an_absent_peak_as_zero_and_carries_the_spread():
    one, two = model(line("a", -8.0)), model(line("a", -8.0), line("b", 8.0))
    choice = spectra.compare(data((5, -8), (0.12, 8), seed=1), {"one": one, "two": two})
    weight = choice.table["weight"].values
    assert 0.001 < weight[1] < 0.999
    alone = choice.fits[1].areas
    assert choice.areas.value.values[1] == pytest.approx(weight[1] * alone.value.values[1])
    within, apart = alone.sd.values[1] ** 2, alone.value.values[1] ** 2
    assert choice.areas.sd.values[1] ** 2 == pytest.approx(weight[1] * within + weight[0] * weight[1] * apart, rel=1e-6)
    estimated = data((5, -8), (2, 8)).assign_coords(noise_source="estimated")
    assert spectra.compare(estimated, {"one": one, "two": two}, criterion="bic").table["weight"].values[1] > 0.99


def test_a_failed_model_has_no_weight():
    twins = model(
        line("a", 0.0, center=(0.0, 0.0, 0.0)), line("b", 0.0, center=(0.0, 0.0, 0.0)), links=("b_fwhm = a_fwhm",)
    )
    choice = spectra.compare(data((5, 0)), {"twins": twins, "one": model(line("a", 0.0))})
    assert choice.table["weight"].values.tolist() == [0, 1]
    assert "model-without-weight" in {note.code for note in choice.notes}
    with pytest.raises(BadInput, match="at least one model"):
        spectra.compare(data((5, 0)), {})
    with pytest.raises(BadInput, match="different windows"):
        spectra.compare(data((5, 0)), {"a": model(line("a", 0.0)), "b": model(line("a", 0.0), window=(-9, 9))})


def test_error_budget_adds_up():
    lines = model(line("a", -8.0, center=Prior(-8.0, 0.1, "test")), line("b", 8.0, center=Prior(8.0, 0.1, "test")),
                  offset_sd=0.5)  # fmt: skip
    budget = spectra.error_budget(data((5, -8), (3, 8)), lines)
    parts = [budget[name].values for name in ("noise", "background", "shape", "referencing")]
    np.testing.assert_allclose(np.sqrt(np.sum(np.square(parts), axis=0)), budget["total"])
    assert np.all(budget["shape"] > budget["background"])  # the truth is Gaussian: a Lorentzian changes the area most
    assert np.all(budget["noise"] > 0)


def test_another_shape_keeps_what_it_can():
    base = dataclasses.replace(
        model(peak("a", {"center": (0.0, -2.0, 2.0), "fwhm": 4.0}), peak("b", {"center": 5.0, "fwhm": 4.0})),
        links=("b_fraction = a_fraction", "b_fwhm = a_fwhm"),
    )
    plain = with_shape(base, "gaussian")
    assert plain.links == ("b_fwhm = a_fwhm",)
    assert plain.peaks[0].parameters[1].upper == 2.0


@pytest.mark.parametrize("name", ["voigt", "split_pseudo_voigt", "exponential_gaussian", "doniach_sunjic_gauss"])
def test_a_shape_with_other_widths_takes_the_place_of_another(name):
    """A Gaussian line of fwhm 4 as another shape starts as wide, and back; the budget takes such models too."""
    kind = shapes.shape_named(name)
    plain = Model("", "raman_shift", (peak("a", {"center": (0.0, -2.0, 2.0), "fwhm": 4.0}, shape="gaussian"),))
    other = with_shape(plain, name)
    start = [parameter.value for parameter in other.peaks[0].parameters[1:]]
    x = np.linspace(-20.0, 20.0, 4001)
    profile = kind(x, 1.0, *start)
    width = np.ptp(x[profile > profile.max() / 2])
    assert width == pytest.approx(4.0, rel=0.25)
    back = with_shape(other, "gaussian").peaks[0].parameters
    assert back[2].value == pytest.approx(width, rel=0.02)
    spectrum = spectra.from_arrays(
        x[::20], shapes.gaussian(x[::20], 30, 0.1, 4.0) + np.random.default_rng(0).normal(0, 0.1, 201),
        axis="raman_shift", noise=0.1,
    )  # fmt: skip
    budget = spectra.error_budget(spectrum, Model("", "raman_shift", other.peaks, (backgrounds.constant(),)))
    assert np.isfinite(budget["total"].values).all()


def test_a_correlation_beyond_one_is_rounding_and_is_taken_back():
    """Two variances 1 and 4 with covariance -2.0002: the nearest possible one has correlation -1, variances kept."""
    found = spread_covariance(np.eye(3), np.array([[1.0, -2.0002, 0.0], [-2.0002, 4.0, 0.0], [0.0, 0.0, np.nan]]))
    assert np.diagonal(found)[:2] == pytest.approx([1.0, 4.0])
    assert found[0, 1] == pytest.approx(-2.0, abs=1e-9)
    assert np.isnan(found[2]).all()
