"""What a model leaves out, to first order: against fits that have it."""

import numpy as np
import pytest

import spectra
from spectra.fits import LeftOut, Tangent, minimum_with
from spectra.models import Model, backgrounds, peak

X = np.linspace(0.0, 100.0, 501)
NOISE = 0.05
PLACES = {"a": (40.0, 8.0), "b": (50.0, 9.0), "c": (57.0, 8.0)}


def measured(**areas):
    """Lines on a level, with noise."""
    y = np.full(X.size, 0.2)
    for name, area in areas.items():
        center, width = PLACES[name]
        y += area * np.exp(-4 * np.log(2) * ((X - center) / width) ** 2) / (width * np.sqrt(np.pi / np.log(2)) / 2)
    y += NOISE * np.random.default_rng(4).normal(size=X.size)
    return spectra.from_arrays(X, y, axis="chemical_shift", noise=NOISE)


def model(names, **given):
    """Lines of known place and width over a slope: all that is free is linear."""
    held = {name: {q: (v, v, v) for q, v in zip(("center", "fwhm"), PLACES[name], strict=True)} for name in names}
    peaks = tuple(peak(name, held[name], shape="gaussian") for name in names)
    return Model("", "chemical_shift", peaks, (backgrounds.polynomial(1),), **given)


def test_a_line_more_is_what_a_fit_with_it_finds():
    data = measured(a=30.0, b=20.0, c=0.3)
    without, with_it = (spectra.fit(data, model(names), check=False) for names in ("ab", "abc"))
    tangent = Tangent(without)
    found = tangent.along(tangent.curve_of(0, 57.0))  # the shape of a, where c is
    c = with_it.areas.select(["c"])
    assert found.amount == pytest.approx(c.value.item(), rel=1e-6)
    assert found.sd == pytest.approx(c.sd.item(), rel=1e-6)
    assert found.gain == pytest.approx(without.chi2 - with_it.chi2, rel=1e-6)
    moved = with_it.areas.value.values[:2] - without.areas.value.values
    areas = [without.compiled().position[f"{name}_area"] for name in "ab"]
    assert found.moves[areas] * found.amount == pytest.approx(moved, rel=1e-5)
    made = tangent.with_line(0, 57.0, name="c", assignment="P:O4").areas
    assert made.value.values == pytest.approx(with_it.areas.value.values, rel=1e-6)
    assert made.covariance.values == pytest.approx(with_it.areas.covariance.values, rel=1e-5)
    assert made.facets["assignment"] == ("", "", "P:O4")


def test_several_curves_fall_together_and_none_below_zero():
    data = measured(a=30.0, b=20.0)
    without, with_it = (spectra.fit(data, model(names), check=False) for names in ("a", "ab"))
    tangent = Tangent(without)
    there, nowhere = tangent.curve_of(0, 50.0) * 1.0, -tangent.curve_of(0, 70.0)
    alone = tangent.together(np.array([there]))
    assert alone == pytest.approx(tangent.along(there).gain, rel=1e-4)
    assert tangent.together(np.array([there, nowhere])) >= alone * (1 - 1e-6)
    assert tangent.together(np.array([-there])) == pytest.approx(0.0, abs=1e-3)
    assert alone < without.chi2 - with_it.chi2  # a is narrower than b


def test_a_curve_that_the_model_makes_already_is_not_left_out():
    without = spectra.fit(measured(a=30.0, b=20.0), model("ab"), check=False)
    tangent = Tangent(without)
    found = tangent.along(tangent.curve_of(0, 40.0))
    assert (found.gain, found.amount, found.sd) == (0.0, 0.0, np.inf)
    areas = [without.compiled().position[f"{name}_area"] for name in "ab"]
    assert found.moves[areas] == pytest.approx([-1.0, 0.0], abs=1e-6)
    assert isinstance(found, LeftOut)


def test_chance_alone_has_a_fall_of_one():
    gains = []
    for seed in range(60):
        y = measured(a=30.0)["intensity"].values * 0 + 0.2
        y = y + NOISE * np.random.default_rng(seed).normal(size=X.size)
        fit = spectra.fit(spectra.from_arrays(X, y, axis="chemical_shift", noise=NOISE), model("a"), check=False)
        tangent = Tangent(fit)
        gains.append(tangent.along(tangent.curve_of(0, 60.0)).gain)
    assert np.mean(gains) == pytest.approx(1.0, abs=4 * np.sqrt(2 / 60))


def test_a_model_at_its_own_starts_ends_where_a_fit_does():
    data = measured(a=30.0, b=20.0)
    found = spectra.fit(data, model("a"), check=False)
    chi2, values = minimum_with(found, model("ab"))
    assert chi2 == pytest.approx(spectra.fit(data, model("ab"), check=False).chi2, rel=1e-9)
    assert values.size == len(model("ab").all_parameters)
