"""Fits: areas by hand, recovery, priors and offset, links, constraints, noise, statuses, records, bad input."""

import math

import lmfit
import numpy as np
import pytest
from differences import differences
from scipy.integrate import quad
from three_lines import CENTERS, TRUTH, X, clean, model, noisy

import spectra
from reference_peaks import Prior
from shortrange_core import BadInput, Status, load, save
from spectra import backgrounds, shapes
from spectra.fits._verdict import notes_of_pulls
from spectra.models import Model, peak


@pytest.mark.parametrize("name", ["gaussian", "lorentzian", "pseudo_voigt", "voigt"])
def test_area_is_area_and_derivatives_are_derivatives(name):
    shape = shapes.shape_named(name)
    values = {"center": 1.3, "fwhm": 2.1, "fraction": 0.35, "gauss_fwhm": 1.4, "lorentz_fwhm": 0.9}
    at = [values[q] for q in shape.quantities]
    wide = [quad(lambda x: float(shape(x, 1.0, *at)), a, b, limit=200)[0]
            for a, b in ((-np.inf, -5), (-5, 1.3), (1.3, 8), (8, np.inf))]  # fmt: skip
    assert sum(wide) == pytest.approx(1.0, abs=1e-7)
    x = np.linspace(-6, 9, 61)
    _, slopes = shape.kernel(x, *at)
    for slope, numeric in zip(slopes, differences(lambda values: shape.kernel(x, *values)[0], at), strict=True):
        np.testing.assert_allclose(slope, numeric, atol=2e-9)


@pytest.mark.parametrize("name", ["gaussian", "lorentzian", "pseudo_voigt"])
def test_fwhm_is_the_full_width_at_half_maximum(name):
    shape = shapes.shape_named(name)
    more = (0.4,) if name == "pseudo_voigt" else ()
    assert shape(2.5, 3.0, 1.0, 3.0, *more) == pytest.approx(shape(1.0, 3.0, 1.0, 3.0, *more) / 2)


def test_exact_data_give_the_truth_back():
    spectrum = spectra.from_arrays(X, clean(), axis="chemical_shift", noise=0.05, technique="31P NMR")
    found = spectra.fit(spectrum, model())
    np.testing.assert_allclose(found.areas.value.values, TRUTH["area"], rtol=1e-7)
    assert found.status is Status.OK
    assert found.dof == X.size - len(found.parameters)
    assert found.areas.facets["assignment"] == ("P:0", "P:1", "P:2")


def test_error_of_one_gaussian_by_hand():
    # a Gaussian of known position and width in white noise: sd(area) = noise / sqrt(sum of profile squared)
    x = np.linspace(-20, 20, 801)
    spectrum = spectra.from_arrays(x, shapes.gaussian(x, 5, 0, 4), axis="raman_shift", noise=0.1)
    line = peak("a", {"center": (0.0, 0.0, 0.0), "fwhm": (4.0, 4.0, 4.0)}, shape="gaussian")
    found = spectra.fit(spectrum, Model("", "raman_shift", (line,)))
    by_hand = 0.1 / math.sqrt(np.sum(shapes.gaussian(x, 1, 0, 4) ** 2))
    assert float(found.areas.sd.item()) == pytest.approx(by_hand, rel=1e-9)
    integral = 0.1 * math.sqrt(4 * 0.05 / math.sqrt(2 * math.log(2) / math.pi))  # int g^2 = sqrt(2 ln 2 / pi) / fwhm
    assert float(found.areas.sd.item()) == pytest.approx(integral, rel=1e-6)


def test_recovers_within_its_errors_and_keeps_curves():
    pulls = []
    for seed in range(40):
        found = spectra.fit(noisy(seed), model())
        assert found.status is Status.OK
        pulls.append((found.areas.value.values - TRUTH["area"]) / found.areas.sd.values)
    assert abs(np.mean(pulls)) < 4 / np.sqrt(np.size(pulls))
    assert abs(np.std(pulls) - 1) < 0.25
    curves = found.curves
    np.testing.assert_allclose(curves["component"].sum("peak") + curves["background"], curves["model"])
    np.testing.assert_allclose(curves["data"] - curves["model"], curves["residual"])


def test_covariance_is_the_one_of_lmfit():
    found = spectra.fit(noisy(), model())

    def residual(parameters):
        p = parameters.valuesdict()
        total = p["background_c0"] + p["background_c1"] * np.linspace(-1, 1, X.size)
        for n in range(3):
            total = total + shapes.pseudo_voigt(X, *(p[f"p{n}_{q}"] for q in ("area", "center", "fwhm", "fraction")))
        return (total - noisy()["intensity"].values) / 0.05

    start = model().parameters()
    for name, value in zip(found.parameters.entries, found.parameters.value.values, strict=True):
        start[name].value = value
    theirs = lmfit.minimize(residual, start, scale_covar=False)
    assert found.chi2 == pytest.approx(theirs.chisqr, rel=1e-8)
    np.testing.assert_allclose(found.parameters.sd.values, [theirs.params[n].stderr for n in found.parameters.entries],
                               rtol=2e-3)  # fmt: skip


def test_prior_and_offset_share_a_common_shift():
    # all lines lie 1.5 ppm from the library: the offset takes it up, the pulls of the lines stay small
    lines = tuple(
        peak(f"p{n}", {"center": Prior(c, 0.5, "test"), "fwhm": (10.0, 2.0, 30.0)}) for n, c in enumerate(CENTERS)
    )
    shifted = noisy(shift=1.5)
    with_offset = spectra.fit(shifted, model(peaks=lines, offset_sd=2.0))
    offset = with_offset.parameters.select(["offset"])
    # precision-weighted by hand: three lines of 0.5 against an offset of 2: 1.5 * (3/0.25) / (3/0.25 + 1/4)
    assert float(offset.value.item()) == pytest.approx(1.5 * 12 / 12.25, abs=0.05)
    assert with_offset.pulls.entries == ("p0_center", "p1_center", "p2_center", "offset")
    assert np.all(np.abs(with_offset.pulls.value.values) < 1)
    without = spectra.fit(shifted, model(peaks=lines))
    assert without.pulls.value.values[2] > 2.5
    assert without.chi2 > with_offset.chi2 + 10


@pytest.mark.parametrize(("priors", "pull", "severity"), [(1, 3.1, "warning"), (40, 3.1, "info"), (40, 4.0, "warning")])
def test_a_pull_that_one_of_many_priors_has_by_chance_is_a_remark(priors, pull, severity):
    pulls = np.append(np.zeros(priors - 1), -pull)
    (note,) = notes_of_pulls(tuple(f"p{n}" for n in range(priors)), pulls)
    assert (note.code, str(note.severity)) == ("pull-large", severity)
    assert ("by chance in 7.7 of 100 fits" in note.text) is (severity == "info")
    assert notes_of_pulls(("p",), np.array([2.9])) == []


def test_prior_far_from_the_data_is_said():
    lines = list(model().peaks)
    lines[2] = peak("p2", {"center": Prior(80.0, 0.3, "test"), "fwhm": (10.0, 2.0, 30.0)})
    found = spectra.fit(noisy(), model(peaks=tuple(lines)), check=False)
    assert "pull-large" in {note.code for note in found.notes} or "parameter-at-bound" in {n.code for n in found.notes}
    lines[2] = peak("p2", {"center": Prior(81.0, 0.2, "test"), "fwhm": (10.0, 2.0, 30.0)})
    found = spectra.fit(noisy(), model(peaks=tuple(lines)))
    assert "pull-large" in {note.code for note in found.notes}


def test_links_and_constraints():
    linked = model(links=("p1_fwhm = p0_fwhm", "p1_center = p0_center + 29", "p1_area = 0.5*p0_area"))
    found = spectra.fit(noisy(), linked)
    value = dict(zip(found.parameters.entries, found.parameters.value.values, strict=True))
    assert value["p1_fwhm"] == value["p0_fwhm"]
    assert value["p1_center"] == pytest.approx(value["p0_center"] + 29, abs=1e-12)
    assert value["p1_area"] == pytest.approx(0.5 * value["p0_area"], rel=1e-12)
    sd = dict(zip(found.parameters.entries, found.parameters.sd.values, strict=True))
    assert sd["p1_area"] == pytest.approx(0.5 * sd["p0_area"], rel=1e-9)
    bounded = spectra.fit(noisy(), model(constraints=("p0_area + p1_area + p2_area = 160", "p1_area <= 0.1*p2_area")))
    areas = bounded.areas.value.values
    assert areas.sum() == pytest.approx(160, rel=1e-9)
    assert areas[1] <= 0.1 * areas[2] * (1 + 1e-9)
    assert bounded.status is Status.AT_BOUND
    assert "constraint-holds" in {note.code for note in bounded.notes}
    total = bounded.areas.linear([[1, 1, 1]], ["total"])
    assert float(total.sd.item()) == pytest.approx(0, abs=1e-6)


def test_absent_unit_ends_at_the_bound_with_a_covariance():
    statuses = [spectra.fit(noisy(seed, areas=(30.0, 0.0, 120.0)), model(links=("p1_fwhm = p0_fwhm", "p1_fraction = p0_fraction", "p1_center = p0_center + 29"))) for seed in range(8)]  # fmt: skip # noqa: E501
    ended = [found for found in statuses if found.status is Status.AT_BOUND]
    assert 1 <= len(ended) < 8
    for found in ended:
        assert found.areas.value.values[1] == 0
        assert np.isfinite(found.areas.sd.values).all()
        assert "area-at-bound" in {note.code for note in found.notes}


def test_edited_lmfit_parameters():
    base = model()
    edited = base.parameters()
    edited["p0_center"].set(value=3.0, vary=False)
    edited["p1_fwhm"].set(expr="p0_fwhm + 1")
    found = spectra.fit(noisy(), base, parameters=edited)
    value = dict(zip(found.parameters.entries, found.parameters.value.values, strict=True))
    assert value["p0_center"] == 3.0
    assert value["p1_fwhm"] == pytest.approx(value["p0_fwhm"] + 1)
    assert found.dof == X.size - (14 - 2)


def test_estimated_noise_scales_and_keeps_the_priors():
    data = clean() + np.random.default_rng(1).normal(0, 0.2, X.size)
    wrong = spectra.from_arrays(X, data, axis="chemical_shift", noise=0.05, technique="31P NMR")
    wrong = wrong.assign_coords(noise_source="estimated")
    right = spectra.from_arrays(X, data, axis="chemical_shift", noise=0.2, technique="31P NMR")
    scaled, given = spectra.fit(wrong, model()), spectra.fit(right, model())
    factor = math.sqrt(given.chi2 / given.dof)
    assert scaled.noise_scale == pytest.approx(4 * factor, rel=1e-3)
    np.testing.assert_allclose(scaled.areas.sd, given.areas.sd * factor, rtol=1e-3)
    assert scaled.covariance_kind == "scaled"
    assert scaled.chi2 == pytest.approx(given.chi2 * 16, rel=1e-3)
    assert "noise-estimated" in {note.code for note in scaled.notes}


def test_poisson_areas_are_not_pulled_down():
    # weights from the counts pull the fitted area down by about one count a channel; weights from the model do not
    x = np.linspace(280.0, 295.0, 151)
    truth = 20.0 + shapes.gaussian(x, 300.0, 287.0, 1.5)
    line = peak("c", {"center": (287.0, 286.0, 288.0), "fwhm": (1.5, 0.5, 4.0)}, shape="gaussian")
    lines = Model("", "binding_energy", (line,), (backgrounds.constant(),))
    level = []
    for seed in range(60):
        counts = np.random.default_rng(seed).poisson(truth)
        found = spectra.fit(spectra.from_arrays(x, counts, axis="binding_energy", counts=counts), lines)
        level.append(found.parameters.select(["background_c0"]).value.item())
        # the maximum of the Poisson likelihood conserves the counts
        assert found.curves["model"].sum().item() == pytest.approx(counts.sum(), rel=1e-4)
    assert np.mean(level) == pytest.approx(20.0, abs=4 * 20**0.5 / 150**0.5 / 60**0.5)
    assert "noise-from-model" in {note.code for note in found.notes}


def test_correlated_noise_widens_the_errors():
    found = spectra.fit(noisy(), model())
    half = spectra.fit(noisy().assign_coords(noise_correlation=2.0), model())
    np.testing.assert_allclose(half.areas.sd, found.areas.sd * math.sqrt(2), rtol=1e-6)
    assert half.dof == X.size / 2 - 14
    assert "noise-correlated" in {note.code for note in half.notes}
    assert "noise-correlated" not in {note.code for note in found.notes}
    unknown = spectra.fit(noisy().assign_coords(noise_correlation=np.nan), model())
    assert 1 <= float(unknown.areas.sd[0] / found.areas.sd[0]) < 1.25


def test_two_minima_are_told():
    """One line for two of nearly equal height: either can be taken, and the starts take both."""
    data = noisy(areas=(60.0, 0.0, 55.0))
    line = peak("p", {"center": (50.0, -20.0, 120.0), "fwhm": (10.0, 4.0, 14.0)}, shape="gaussian")
    one = Model("31P NMR", "chemical_shift", (line,), (backgrounds.linear(),))
    found = spectra.fit(data, one, restarts=12, rng=np.random.default_rng(0), check=False)
    assert "several-minima" in {note.code for note in found.notes}
    assert len(found.minima) > 1
    assert found.minima[1] > found.minima[0] + 1


def test_window_cuts_the_fit():
    found = spectra.fit(noisy(), model(window=(60.0, 110.0), peaks=model().peaks[2:]))
    assert found.curves["chemical_shift"].min() >= 60
    assert found.areas.value.item() == pytest.approx(120, rel=0.1)


def test_record_comes_back_from_disk(tmp_path):
    lines = (peak("p2", {"center": Prior(82.0, 0.5, "test"), "fwhm": (10.0, 2.0, 30.0)}, assignment="P:S4"),)
    found = spectra.fit(noisy(), model(peaks=lines, offset_sd=1.0, window=(60.0, 110.0)))
    save(found, tmp_path / "fit.nc")
    again = load(tmp_path / "fit.nc")
    np.testing.assert_array_equal(again.areas.value, found.areas.value)
    np.testing.assert_array_equal(again.curves["component"], found.curves["component"])
    assert again.model.peaks[0].parameters[1].prior.mean == 82.0
    assert again.notes == found.notes
    repeated = spectra.fit(noisy(), again.model)
    np.testing.assert_array_equal(repeated.parameters.value, found.parameters.value)


def test_position_of_an_absent_line_is_not_determined():
    # the area of a line that is not there ends at 0, and its position and width then have no influence
    lines = (*model().peaks, peak("ghost", {"center": (-20.0, -22.0, -18.0), "fwhm": (3.0, 2.0, 5.0)}))
    for seed in range(12):
        found = spectra.fit(noisy(seed), model(peaks=lines))
        if found.areas.value.values[3] == 0:
            assert "parameter-undetermined" in {note.code for note in found.notes}
            assert np.isfinite(found.areas.sd.values).all()
            assert np.isnan(found.parameters.select(["ghost_center"]).sd.item())
            return
    pytest.fail("no seed left the absent line at 0")


def test_simulated_spectra_follow_the_model():
    base = model()
    values = {f"p{n}_area": a for n, a in enumerate(TRUTH["area"])} | {"background_c0": 0.6, "background_c1": 0.18}
    values |= {f"p{n}_{q}": v[n] for q, v in TRUTH.items() if q != "area" for n in range(3)}
    values |= {f"p{n}_center": c for n, c in enumerate(CENTERS)}
    spectrum = spectra.simulate(base, X, values, noise=0.05, rng=np.random.default_rng(0), sample="x = 0")
    np.testing.assert_allclose(spectrum["intensity"], noisy()["intensity"], atol=1e-9)
    with pytest.raises(BadInput, match="exactly one of"):
        spectra.simulate(base, X, values, rng=np.random.default_rng(0))
    with pytest.raises(BadInput, match="p0_area has no value"):
        spectra.simulate(base, X, noise=1.0, rng=np.random.default_rng(0))
    linked = model(links=("p1_fwhm = p0_fwhm",))
    with pytest.raises(BadInput, match="is linked to"):
        spectra.simulate(linked, X, values, noise=1.0, rng=np.random.default_rng(0))


def test_figures_run_as_the_field_draws_them():
    found = spectra.fit(noisy(), model(offset_sd=1.0))
    figure = spectra.plot_fit(found)
    panels = {ax.get_label(): ax for ax in figure.axes}
    low, high = panels["residual"].get_xlim()
    assert low > high
    assert len(panels["main"].collections) == 3
    ax = spectra.plot_spectrum(spectra.from_arrays([1, 2, 3], [1, 2, 1], axis="raman_shift", noise=0.1))
    assert ax.get_xlim()[0] < ax.get_xlim()[1]
    assert spectra.plot_pulls(found).axes[0].get_yticklabels()[0].get_text() == "offset"


def test_what_is_no_window_model_start_or_generator_is_told(tmp_path):
    good, stack = model(), noisy().expand_dims(pixel=2)
    empty = model(window=(400.0, 500.0))
    for run in (lambda: spectra.fit(noisy(), empty), lambda: spectra.fit_map(stack, empty, store=tmp_path / "a")):
        with pytest.raises(BadInput, match="contains 0 points of a spectrum from"):
            run()
    gap = noisy().copy(deep=True)
    gap["intensity"][5] = np.nan
    with pytest.raises(BadInput, match="1 value is not finite"):
        spectra.fit(gap.chunk(), good)
    with pytest.raises(BadInput, match="noise = -1"):
        spectra.simulate(good, X, noise=-1, rng=np.random.default_rng(0))
    with pytest.raises(BadInput, match=r"degree = 1\.5"):
        backgrounds.polynomial(1.5)
    with pytest.raises(BadInput, match="give a list"):
        backgrounds.spline(5)
    with pytest.raises(BadInput, match="a NoneType is not a model"):
        spectra.fit(noisy(), None)
    for restarts in (-1, 2.5):
        with pytest.raises(BadInput, match="number of additional starts"):
            spectra.fit(noisy(), good, restarts=restarts)
    with pytest.raises(BadInput, match=r"default_rng\(3\)"):
        spectra.fit(noisy(), good, restarts=2, rng=3)
    with pytest.raises(BadInput, match=r"parameters is a dict"):
        spectra.fit(noisy(), good, parameters={"ps4_area": 3.0})
    for start, told in (
        ("82", "is not a start"),
        ((1.0, 2.0), "three numbers"),
        (np.inf, "finite one"),
        ((1, "a", 2), "three"),
    ):
        with pytest.raises(BadInput, match=told):
            peak("a", {"center": start, "fwhm": 8.0})
    exact = peak("a", {"center": np.int64(82), "fwhm": [8.0, np.float32(2.0), 20.0]})
    assert [p.value for p in exact.parameters[1:3]] == [82.0, 8.0]
    for field in ("links", "constraints"):
        with pytest.raises(BadInput, match=f"{field} is a single text"):
            model(**{field: "p1_fwhm = p0_fwhm"})


def test_contradictory_constraints_are_named(tmp_path):
    names = [line.name for line in model().peaks[:2]]
    wrong = model(constraints=(f"{names[0]}_area >= 10 + {names[1]}_area", f"{names[0]}_area <= {names[1]}_area"))
    stack = noisy().expand_dims(pixel=2)
    for run in (
        lambda: spectra.fit(noisy(), wrong),
        lambda: spectra.fit_map(stack, wrong, store=tmp_path / "a"),
        lambda: spectra.fit_together({"a": noisy(), "b": noisy()}, wrong, shared=["*_fwhm"]),
    ):
        with pytest.raises(BadInput, match=r"no areas and parameters satisfy .* relax one"):
            run()
