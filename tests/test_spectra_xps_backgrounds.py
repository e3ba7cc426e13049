"""Backgrounds of photoelectron regions: what none can do is said, what is right is not, each by its name."""

import numpy as np
import pytest

import spectra
from spectra import backgrounds, shapes, xps

CODES = ("background-above-data", "background-below-data", "background-below-zero")


def region(seed, *, level=200.0, width=1.4, step=0.0, far=0.0):
    """O 1s of 4000 counts eV on a level; ``far`` counts eV of a second line at 524 eV, where a region is cut."""
    x = np.arange(522.0, 542.0, 0.1)
    line = shapes.gaussian(x, 4000.0, 532.0, width)
    rise = step * np.concatenate([[0.0], np.cumsum((line[1:] + line[:-1]) / 2 * np.diff(x))])
    y = level + line + rise + shapes.gaussian(x, far, 524.0, 1.4)
    counts = np.random.default_rng(seed).poisson(y).astype(float)
    made = spectra.from_arrays(
        x, counts, axis="binding_energy", counts=counts, technique="O 1s XPS", intensity_unit="counts"
    )
    return xps.prepare(made, photon_energy=1486.6, charge_shift=0.0, monochromatic=True)


def said(spectrum, **options):
    model = xps.model(spectrum, ["BO"], windows={"BO": (531.0, 533.0)}, sodium=False, **options)
    found = spectra.fit(spectrum, model, check=False)
    return {note.code: note.text for note in found.notes if note.code in CODES}


def test_a_background_pinned_to_another_line_is_above_the_data():
    """Its low end lies on the flank of a line at 524 eV: from there down to O 1s the step is above what was counted."""
    flat = xps.subtract_shirley(region(0, far=600.0), ends=(525.0, 541.0))
    told = said(flat, background="none")
    assert "above the data by" in told["background-above-data"]
    good = xps.subtract_shirley(region(0, far=600.0), ends=(527.0, 541.0), averaged=5)
    assert not said(good, background="none")


def test_a_line_without_background_leaves_it_below_the_data():
    """Nothing was taken away and nothing is fitted: at both ends the level of the data lies above it."""
    told = said(region(1), background="none", shape="GL(1)")
    assert "where no line is, the background lies below the data" in told["background-below-data"]
    assert "background-below-data" not in said(region(1), background="linear", shape="GL(1)")


def test_wings_that_are_too_wide_push_the_background_below_zero():
    told = said(region(2, level=2.0), background="linear", shape="LA(0.55, 0.55, 0)")
    assert "the background lies below zero" in told["background-below-zero"]
    assert not said(region(2, level=2.0), background="linear")


@pytest.mark.parametrize("kind", ["shirley", "linear", "static"])
def test_a_right_background_is_not_talked_about(kind):
    for seed in range(30):
        spectrum = region(seed, step=0.05 if kind != "linear" else 0.0)
        if kind == "static":
            spectrum = xps.subtract_shirley(spectrum, averaged=10)
        assert not said(spectrum, background="none" if kind == "static" else kind)


def test_other_units_may_have_their_zero_anywhere():
    x = np.arange(522.0, 542.0, 0.1)
    y = shapes.gaussian(x, 40.0, 532.0, 1.4) - 20 + np.random.default_rng(3).normal(0, 0.3, x.size)
    made = spectra.from_arrays(x, y, axis="binding_energy", noise=0.3, technique="O 1s XPS")
    peak = spectra.peak("a", {"center": 532.0, "fwhm": 1.4}, shape="gaussian")
    model = spectra.Model("", "binding_energy", (peak,), background=(backgrounds.linear(),))
    assert not {note.code for note in spectra.fit(made, model).notes} & set(CODES)
