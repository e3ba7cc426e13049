"""Areas that are known to no better than a twentieth of themselves: their sd is what chi2 says, not its curvature."""

from dataclasses import replace

import numpy as np
import xarray as xr

import spectra
from spectra import backgrounds
from spectra.models import Default, Model, peak

X = np.linspace(0.0, 150.0, 300)
PLACES = (68.0, 80.0, 92.0)


def gaussian(area: float, center: float, fwhm: float) -> np.ndarray:
    return area * np.sqrt(4 * np.log(2) / np.pi) / fwhm * np.exp(-4 * np.log(2) * ((X - center) / fwhm) ** 2)


def drawn(seed: int, noise: float = 1.0) -> tuple[np.ndarray, Model, xr.Dataset]:
    """Areas of three lines in a row, drawn from what the model declares, the model, and a noisy simulated spectrum."""
    rng = np.random.default_rng(seed)
    centers, widths = rng.normal(PLACES, 1.5), np.maximum(rng.normal(10.0, 3.0, 3), 3.0)
    areas = rng.uniform([2.0, 40.0, 2.0], [30.0, 80.0, 30.0])
    data = sum(gaussian(*one) for one in zip(areas, centers, widths, strict=True)) + rng.normal(0.0, noise, X.size)
    lines = tuple(
        peak(
            name,
            {"center": Default(place, 1.5, "test"), "fwhm": Default(10.0, 3.0, "test")},
            assignment=name,
            shape="gaussian",
        )
        for name, place in zip("abc", PLACES, strict=True)
    )
    spectrum = spectra.from_arrays(X, data, axis="chemical_shift", noise=noise, technique="31P NMR")
    return areas, Model("31P NMR", "chemical_shift", lines, (backgrounds.linear(),)), spectrum


def rise(spectrum: xr.Dataset, model: Model, best: spectra.Fit, number: int, sds: float) -> float:
    """How far chi2 rises where all but one area may follow."""
    area = best.areas.value.values[number] + sds * best.areas.sd.values[number]
    if area < 0:
        return np.inf
    line = model.peaks[number]
    held = replace(line, parameters=(replace(line.parameters[0], value=area, vary=False), *line.parameters[1:]))
    lines = (*model.peaks[:number], held, *model.peaks[number + 1 :])
    return spectra.fit(spectrum, replace(model, peaks=lines), check=False, restarts=2).chi2 - best.chi2


def rises(seed: int, *, exchanges: bool) -> list[float]:
    _, model, spectrum = drawn(seed)
    best = spectra.fit(spectrum, model, check=False, exchanges=exchanges)
    return [rise(spectrum, model, best, number, sds) for number in range(3) for sds in (-2.0, 2.0)]


def test_two_standard_deviations_are_what_chi2_says():
    followed = np.array([rises(seed, exchanges=True) for seed in range(12)])
    assert followed.min() > 2.8
    assert 3.8 < np.median(followed[np.isfinite(followed)]) < 5.0  # and not much wider: 4 is a parabola's
    curved = np.array([rises(seed, exchanges=False) for seed in range(12)])
    assert curved.min() < 1.2  # a shoulder goes to two sds of its curvature as if it were one


def test_intervals_cover_what_was_drawn_and_are_not_much_wider():
    inside, wider = [], []
    for seed in range(100, 220):
        truth, model, spectrum = drawn(seed)
        found = spectra.fit(spectrum, model, check=False)
        inside.append(np.abs(found.areas.value.values - truth) < 1.96 * found.areas.sd.values)
        wider.append(found.areas.sd.values / spectra.fit(spectrum, model, check=False, exchanges=False).areas.sd.values)
    assert 0.92 < np.mean(inside) < 0.98
    assert 1.0 < np.median(wider) < 1.15


def test_an_area_that_is_known_well_is_left_to_its_curvature():
    _, model, spectrum = drawn(0, noise=0.005)
    found, curved = (spectra.fit(spectrum, model, check=False, exchanges=exchanges) for exchanges in (True, False))
    assert np.array_equal(found.covariance, curved.covariance)


def test_an_area_that_the_spectrum_does_not_limit_is_no_more_than_all_lines_and_says_so():
    """A second line where there is one, its width free and without a prior: chi2 never rises."""
    places = {"a": 41.0, "b": 49.0}
    lines = tuple(
        peak(name, {"center": (place, place - 8, place + 8), "fwhm": 8.0}, shape="gaussian")
        for name, place in places.items()
    )
    model = Model("", "chemical_shift", lines, (backgrounds.constant(),))
    x = np.linspace(0.0, 100.0, 400)
    told = []
    for seed in (2, 5):
        data = 1 + 5 * np.exp(-4 * np.log(2) * ((x - 40) / 10) ** 2) + np.random.default_rng(seed).normal(0, 0.3, 400)
        found = spectra.fit(spectra.from_arrays(x, data, axis="chemical_shift", noise=0.3), model, check=False)
        assert found.areas.sd.values[1] < found.areas.value.values.sum()
        told += [note for note in found.notes if note.code == "area-open"]
    assert len(told) == 2
    assert all("does not limit b_area" in note.text and str(note.severity) == "info" for note in told)


def test_areas_that_the_spectrum_limits_are_not_called_open():
    for seed in range(40):
        _, model, spectrum = drawn(seed, noise=0.3)
        assert "area-open" not in {note.code for note in spectra.fit(spectrum, model, check=False).notes}
