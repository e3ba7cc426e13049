"""A small part of studies/fit_calibration.py, with bands to match its size; the whole study is run by hand."""

import math
from typing import Any

import numpy as np
import pytest

import spectra
from spectra import backgrounds, shapes
from spectra.models import Model, peak

SETS = 60
X = np.linspace(-20.0, 40.0, 160)
TRUTH = {"a_area": 40.0, "a_center": 0.0, "a_fwhm": 6.0, "b_area": 25.0, "b_center": 9.0, "b_fwhm": 6.0,
         "background_c0": 30.0}  # fmt: skip


def model(axis):
    lines = tuple(
        peak(name, {"center": (at, at - 3, at + 3), "fwhm": (7.0, 2.0, 15.0)}, shape="gaussian")
        for name, at in (("a", 0.0), ("b", 9.0))
    )
    return Model("", axis, lines, (backgrounds.constant(),))


@pytest.mark.parametrize("noise", ["white", "poisson", "zero-filled"])
def test_coverage_and_pulls(noise):
    pulls: Any = []
    for seed in range(SETS):
        rng = np.random.default_rng(seed)
        lines = model("binding_energy" if noise == "poisson" else "chemical_shift")
        if noise == "zero-filled":
            decay = rng.normal(size=40) + 1j * rng.normal(size=40)
            drawn = 0.2 / math.sqrt(40) * np.fft.fft(decay, X.size).real
            clean = 30 + shapes.gaussian(X, 40, 0, 6) + shapes.gaussian(X, 25, 9, 6)
            spectrum = spectra.from_arrays(
                X, clean + drawn, axis="chemical_shift", noise=0.2, noise_correlation=2.0,
                noise_processing="points 40, filled 160, weight 1",
            )  # fmt: skip
        else:
            how = {"counts": True} if noise == "poisson" else {"noise": 0.2}
            truth = TRUTH | ({"a_area": 400.0, "b_area": 250.0} if noise == "poisson" else {})
            spectrum = spectra.simulate(lines, X, truth, rng=rng, **how)
        found = spectra.fit(spectrum, lines)
        true = [400.0, 250.0, 30.0] if noise == "poisson" else [40.0, 25.0, 30.0]
        judged = found.parameters.select(["a_area", "b_area", "background_c0"])
        pulls.append((judged.value.values - true) / judged.sd.values)
    pulls = np.array(pulls)
    assert np.all(np.abs(pulls.mean(axis=0)) < 4 / math.sqrt(SETS))
    assert np.all(np.abs(pulls.std(axis=0) - 1) < 4 / math.sqrt(2 * SETS))
    assert np.mean(np.abs(pulls) < 1.96) > 0.95 - 4 * math.sqrt(0.95 * 0.05 / pulls.size)
