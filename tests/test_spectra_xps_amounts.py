"""Areas of whole regions: what parameters with two ends leave open of them."""

import numpy as np
import pytest

import spectra
from spectra import xps
from spectra.shapes import shape_named
from spectra.xps import Sensitivity
from spectra.xps._whole_areas import whole_area
from studies import xps_amounts


def line(noise: float) -> spectra.Fit:
    """One line of 100 x eV, a fifth of it Lorentzian, on a straight line, with Gaussian noise."""
    x = np.arange(526.0, 536.0, 0.1)
    y = 50 + shape_named("pseudo_voigt")(x, 100.0, 531.0, 1.5, 0.2)
    y = y + np.random.default_rng(0).normal(0, noise, x.size)
    model = spectra.Model(
        "O 1s XPS",
        "binding_energy",
        (spectra.peak("one", {"center": (531.0, 530.0, 532.0), "fwhm": 1.5, "fraction": (0.2, 0.0, 0.6)}),),
        background=(spectra.models.backgrounds.polynomial(1),),
    )
    measured = spectra.from_arrays(
        x, y, axis="binding_energy", noise=noise, technique="O 1s XPS", intensity_unit="counts/s"
    )
    return spectra.fit(measured, model, check=False)


def test_a_mixing_that_noise_leaves_open_counts_as_far_as_it_can_go():
    """By hand: one more observation of each parameter with two ends, as far off as these are in the mean square."""
    found = line(12.0)
    assert found.parameters.select(["one_fraction"]).sd.item() > 0.3
    both = found.parameters.select(["one_area", "one_fraction", "one_center"])
    value, covariance = both.value.values, both.covariance.values
    information = np.linalg.inv(covariance)
    for place, (low, high) in ((1, (0.0, 0.6)), (2, (530.0, 532.0))):
        at = value[place]
        information[place, place] += 3 * (high - low) / ((at - low) ** 3 + (high - at) ** 3)
    area = whole_area(found)
    assert area.sd.item() == pytest.approx(np.sqrt(np.linalg.inv(information)[0, 0]), rel=1e-6)
    assert area.sd.item() < 0.9 * np.sqrt(covariance[0, 0])
    assert area.value.item() == value[0]


def test_a_mixing_that_is_known_changes_nothing():
    found = line(0.1)
    assert whole_area(found).sd.item() == pytest.approx(found.areas.sd.item(), rel=0.01)


def test_oxygen_over_a_free_auger_line_is_no_wider_than_it_is_wrong():
    """Errors of O 1s over their sds, 40 samples of Gaussian lines: the sd of curvature is twice the error."""
    pulls = []
    for seed in range(40):
        region = xps_amounts.drawn(seed, drawn_too=False)["O 1s"]
        rng = np.random.default_rng(seed)
        rng.integers(5, 81)
        true = xps_amounts.UNIT * 0.6 * rng.normal(1.0, xps_amounts.SD)
        exact = {"O 1s": Sensitivity(xps_amounts.FACTORS["O 1s"], 0.0, "exact")}
        lines = {"O 1s": xps_amounts.LINES["O 1s"]}
        one = xps.sample({"O 1s": region}, lines, reference=0.0, priors=xps_amounts.OXYGEN, sensitivity=exact)
        pulls.append((one.amounts.value.item() - true) / one.amounts.sd.item())
    assert 0.67 < np.sqrt(np.mean(np.square(pulls))) < 1.2
