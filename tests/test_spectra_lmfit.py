"""To lmfit and back: the same numbers, its intervals and emcee on our models, expressions that are not affine."""

import lmfit
import numpy as np
import pytest

import spectra
from reference_peaks import Prior
from shortrange_core import BadInput, Status
from spectra import backgrounds, shapes
from spectra.models import Model, peak

X = np.linspace(-20.0, 20.0, 161)


def line(name, at, **more):
    return peak(name, {"center": (at, at - 3, at + 3), "fwhm": (4.0, 1.0, 9.0), **more}, shape="gaussian")


def model(**changes):
    lines = (line("a", -5.0, center=Prior(-5.0, 0.5, "test")), line("b", 5.0))
    return Model("", "raman_shift", lines, (backgrounds.constant(),), **{"links": ("b_fwhm = a_fwhm",), **changes})


def data(seed=0):
    clean = 1 + shapes.gaussian(X, 5, -5.1, 4.0) + shapes.gaussian(X, 3, 5.2, 4.0)
    noise = np.random.default_rng(seed).normal(0, 0.05, X.size)
    return spectra.from_arrays(X, clean + noise, axis="raman_shift", noise=0.05)


def test_lmfit_finds_the_same_and_its_intervals_work():
    found = spectra.fit(data(), model())
    minimiser, result = spectra.to_lmfit(found)
    assert result.chisqr == pytest.approx(found.chi2)
    theirs = minimiser.minimize()
    back = spectra.from_lmfit(found, theirs)
    assert back.chi2 == pytest.approx(found.chi2, rel=1e-6)
    np.testing.assert_allclose(back.values, found.values, rtol=2e-4, atol=1e-4)
    np.testing.assert_allclose(back.parameters.sd, found.parameters.sd, rtol=5e-3)
    intervals = lmfit.conf_interval(minimiser, result, p_names=["a_area"], sigmas=[0.95])
    ours = spectra.profile(found, ["a_area"], level=0.95).intervals
    assert intervals["a_area"][0][1] == pytest.approx(ours["lower"].item(), rel=2e-3)
    assert intervals["a_area"][2][1] == pytest.approx(ours["upper"].item(), rel=2e-3)
    assert "a_area" in lmfit.fit_report(result)


def test_the_model_after_a_round_trip_fits_the_same():
    base = model()
    found, again = spectra.fit(data(), base), spectra.fit(data(), base, parameters=base.parameters())
    np.testing.assert_array_equal(found.values, again.values)


def test_emcee_samples_our_model():
    pytest.importorskip("emcee")
    found = spectra.fit(data(), model())
    minimiser, _ = spectra.to_lmfit(found)
    chain = minimiser.emcee(steps=300, burn=100, nwalkers=24, seed=1, is_weighted=True, progress=False)
    spread = chain.flatchain["a_area"].std()
    sd = found.areas.select(["a"]).sd.item()
    assert spread == pytest.approx(sd, rel=0.35)
    assert chain.flatchain["a_area"].mean() == pytest.approx(found.areas.value.values[0], abs=sd)


def test_an_expression_that_is_not_affine_is_followed_by_its_tangents():
    base = model(links=())
    edited = base.parameters()
    edited["b_fwhm"].set(expr="sqrt(16 + 0*a_fwhm**2)")
    found = spectra.fit(data(), base, parameters=edited)
    assert found.status is Status.OK
    assert "expression-not-affine" in {note.code for note in found.notes}
    value = found.parameters.value.sel(entry="b_fwhm").item()
    assert value == 4.0
    held = spectra.fit(data(), model(links=("b_fwhm = 0*a_fwhm + 4",)))
    assert found.chi2 == pytest.approx(held.chi2, rel=1e-6)
    np.testing.assert_allclose(found.areas.sd, held.areas.sd, rtol=1e-2)


def test_lmfit_finds_nothing_lower_along_an_expression():
    base = model(links=())
    edited = base.parameters()
    edited["b_fwhm"].set(expr="1 + a_fwhm**2 / 5")
    found = spectra.fit(data(), base, parameters=edited)
    values = found.parameters.value
    assert values.sel(entry="b_fwhm").item() == pytest.approx(1 + values.sel(entry="a_fwhm").item() ** 2 / 5, rel=1e-8)
    minimiser, _ = spectra.to_lmfit(found, parameters=edited)
    theirs = minimiser.minimize()
    assert theirs.chisqr == pytest.approx(found.chi2, rel=1e-6)
    assert theirs.params["a_area"].stderr == pytest.approx(float(found.areas.sd[0]), rel=0.02)


@pytest.mark.parametrize("text", ["sqrt(-1 - a_fwhm**2)", "1 / (a_fwhm - a_fwhm)"])
def test_an_expression_without_a_value_is_named(text):
    base = model(links=())
    edited = base.parameters()
    edited["b_fwhm"].set(expr=text)
    with pytest.raises(BadInput, match=r"b_fwhm = .*give other starts or bounds"):
        spectra.fit(data(), base, parameters=edited)


def test_an_expression_stays_in_what_is_handed_to_lmfit():
    base = model(links=())
    edited = base.parameters()
    edited["b_fwhm"].set(expr="sqrt(a_fwhm**2 + 1)")
    found = spectra.fit(data(), base, parameters=edited)
    with pytest.raises(BadInput, match=r"used b_fwhm = sqrt\(a_fwhm\*\*2 \+ 1\)"):
        spectra.to_lmfit(found)
    _, result = spectra.to_lmfit(found, parameters=edited)
    assert "b_fwhm" not in result.var_names
    assert result.params["b_fwhm"].value == pytest.approx(found.parameters.value.sel(entry="b_fwhm").item())
    for run in (lambda: spectra.profile(found), lambda: spectra.bootstrap(found, rng=np.random.default_rng(0))):
        with pytest.raises(BadInput, match="only lmfit supports"):
            run()


def test_counts_are_weighed_by_the_model_beside_an_expression_too():
    """Weights from the counts themselves would pull the level down by about 1."""
    levels = []
    base = model(links=())
    edited = base.parameters()
    edited["b_fwhm"].set(expr="sqrt(a_fwhm**2 + 0*a_fwhm)")
    for seed in range(8):
        counts = np.random.default_rng(seed).poisson(
            10 + shapes.gaussian(X, 500, -5.1, 4.0) + shapes.gaussian(X, 300, 5.2, 4.0)
        )
        spectrum = spectra.from_arrays(X, counts, axis="raman_shift", counts=counts)
        found = spectra.fit(spectrum, base, parameters=edited)
        held = spectra.fit(spectrum, model(links=("b_fwhm = a_fwhm",)))
        np.testing.assert_allclose(found.areas.value, held.areas.value, rtol=1e-3)
        assert {"noise-from-model", "expression-not-affine"} <= {note.code for note in found.notes}
        levels.append(found.parameters.value.sel(entry="background_c0").item())
    assert np.mean(levels) == pytest.approx(10.0, abs=4 * np.std(levels) / np.sqrt(8))


@pytest.mark.parametrize("name", sorted(name for name in shapes.SHAPES if name != "mas" and "phased" not in name))
def test_every_shape_goes_to_lmfit_and_back(name):
    kind = shapes.shape_named(name)
    truth = {
        "center": 1.3,
        "exponent": 1.7,
        "fraction": 0.35,
        "mix": 0.3,
        "coupling": 0.25,
        "asymmetry": 0.11,
        "tail": 0.8,
    }
    at = {quantity: truth.get(quantity, 2.0) for quantity in kind.quantities}
    start = {q: (v * 1.05, max(kind.bounds[q][0], v - 1.5), min(kind.bounds[q][1], v + 1.5)) for q, v in at.items()}
    noise = np.random.default_rng(0).normal(0, 0.02, X.size)
    spectrum = spectra.from_arrays(X, 1 + kind(X, 20.0, *at.values()) + noise, axis="raman_shift", noise=0.02)
    lines = Model("", "raman_shift", (peak("a", start, shape=name),), (backgrounds.constant(),))
    found = spectra.fit(spectrum, lines)
    minimiser, _ = spectra.to_lmfit(found)
    moved = found.model.parameters()
    for parameter, value in zip(moved, found.values, strict=True):
        moved[parameter].set(value=float(value) * (1.02 if parameter.endswith(("area", "center")) else 1.0))
    back = spectra.from_lmfit(found, minimiser.minimize(params=moved))
    sd = found.parameters.sd.values
    assert np.all(np.abs(back.values - found.values) < 0.05 * sd)
    np.testing.assert_allclose(back.parameters.sd, sd, rtol=0.05)
    assert back.chi2 == pytest.approx(found.chi2, rel=1e-5)


def test_constraints_are_refused_by_name():
    limited = spectra.fit(data(), model(constraints=("b_area <= a_area",)))
    with pytest.raises(BadInput, match="b_area <= a_area"):
        spectra.to_lmfit(limited)
    extra = model().parameters()
    extra.add("q", 1.0)
    with pytest.raises(BadInput, match="is not in the model"):
        spectra.fit(data(), model(), parameters=extra)
    other = lmfit.minimize(lambda p: [p["z"].value - 1, 0], lmfit.create_params(z=2.0))
    with pytest.raises(BadInput, match="the result has no"):
        spectra.from_lmfit(spectra.fit(data(), model()), other)
