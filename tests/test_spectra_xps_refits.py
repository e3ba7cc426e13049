"""Refits of published fits: a number that no least chi2 of its own model gives, and how the studies show it."""

from dataclasses import replace

import numpy as np
import pytest

import spectra
from spectra import shapes
from studies import xps_outside
from studies.xps_refits import Published, as_fitted, between_ends, inside_the_fit, on_background, region_inside
from studies.xps_refits import model as lines_of

X = np.arange(524.0, 541.0, 0.1)


def stored(shape: str, quantities: dict[str, float], *, offset: float = 0.0, seed: int | None = 5) -> Published:
    """A fit in equal weights of one Voigt line over a Shirley step, as a file would store it; ``offset`` at one end."""
    line = shapes.voigt(X, 40000.0, 531.0, 0.9, 0.3)
    step = 2000 + 0.04 * np.concatenate([[0.0], np.cumsum((line[1:] + line[:-1]) / 2 * np.diff(X))])
    rate = line + step if seed is None else np.random.default_rng(seed).poisson(line + step).astype(float)
    under = step + np.linspace(0.0, offset, X.size)
    blank = np.zeros_like(X)
    one = Published("simulated", "Shirley", X, rate, under, [blank], [(shape, 40000.0, quantities)], 1.0, ("mix",))
    flat = spectra.from_arrays(
        X, rate - under, axis="binding_energy", noise=np.full(X.size, 50.0), noise_source="estimated"
    )
    found = spectra.fit(flat, lines_of(one, tied=True), check=False)
    value = {p.quantity: float(v) for p, v in zip(found.model.all_parameters, found.values, strict=True)}
    area = value.pop("area")
    return replace(one, components=[found.curves["component"].values[0]], peaks=[(shape, area, value)])


GL_90 = {"center": 531.0, "fwhm": 1.0, "mix": 0.9}


def test_a_shape_that_misses_its_data_has_another_area_in_every_weight():
    """GL(90) of a Voigt line: at the minimum of equal weights, not at that of counting, and far from the truth both."""
    one = stored("gl_product", GL_90)
    equal, counts = as_fitted(one, "equal"), as_fitted(one, "counts")
    assert equal.apart < 0.01
    assert equal.ours == pytest.approx(equal.theirs, rel=1e-6)
    assert counts.ours < 0.95 * counts.theirs, "in weights of counting its numbers are no minimum"
    assert counts.apart > 2
    assert counts.status == "misfit"
    steps = xps_outside.way(one)
    assert steps[0].chi2 > steps[1].chi2
    assert steps[2].chi2 > steps[3].chi2
    assert steps[2].area == steps[0].area == one.peaks[0][1]


def test_a_background_set_off_by_hand_moves_the_area_by_what_it_takes():
    """A background 250 counts too high at one end: its area is the least chi2 on it, and the data place another."""
    one = stored("voigt", {"center": 531.0, "lorentz_fwhm": 0.3, "gauss_fwhm": 0.9}, offset=250.0)
    assert as_fitted(one, "equal").apart < 0.01
    steps = xps_outside.way(one)
    ours = inside_the_fit(one, tied=True)
    assert steps[3].chi2 == pytest.approx(ours.ours)
    assert steps[1].chi2 > steps[2].chi2 > steps[3].chi2
    assert abs(ours.areas[0][0] - 40000) < 2 * ours.areas[0][1]
    true, equal, _, free = xps_outside.answers(one)
    assert true == pytest.approx(ours.areas[0][0])
    assert free == pytest.approx(true, rel=1e-3)
    assert equal == pytest.approx(one.peaks[0][1], abs=300), "the same procedure gives its number of our curve"
    assert true - equal > 500


def test_an_area_between_ends_leaves_out_the_tails_and_their_doubt():
    """A Lorentzian line has 6 % of its area beyond the ends; the spread of many draws is the sd that is stated."""
    areas, sds, wholes = [], [], []
    for seed in range(60):
        one = stored("voigt", {"center": 531.0, "lorentz_fwhm": 0.3, "gauss_fwhm": 0.9}, seed=seed)
        lines = on_background(one, lines_of(one, tied=True))
        found = spectra.fit(region_inside(one), lines, check=False)
        (area,), (sd,) = between_ends(one, found)
        areas.append(area)
        sds.append(sd)
        wholes.append(float(found.areas.sd.values[0]))
    line = shapes.voigt(X, 40000.0, 531.0, 0.9, 0.3)
    pulls = (np.array(areas) - np.trapezoid(line, X)) / np.array(sds)
    assert abs(pulls.mean()) < 0.5
    assert 0.75 < pulls.std() < 1.3
    assert np.mean(sds) < np.mean(wholes)
