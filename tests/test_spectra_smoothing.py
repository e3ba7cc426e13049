"""Smoothed noise is taken as correlated without being asked; white noise and missing lines are not."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

import spectra
from spectra import nmr

X = np.linspace(300.0, 600.0, 800)
LINES = ((100.0, 420.0), (30.0, 380.0), (40.0, 480.0))
AREA = 18.0 * np.sqrt(np.pi / np.log(2)) / 2


def fitted(seed, smooth, count=3):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=X.size)
    if smooth:
        noise = gaussian_filter1d(noise, smooth, mode="wrap")
        noise /= noise.std()
    y = sum(h * np.exp(-4 * np.log(2) * ((X - c) / 18) ** 2) for h, c in LINES) + noise
    spectrum = spectra.from_arrays(X, y, axis="raman_shift", technique="Raman")
    peaks = tuple(
        spectra.peak(f"p{i}", {"center": (c, c - 8, c + 8), "fwhm": (18.0, 5.0, 40.0)}, shape="gaussian")
        for i, (_, c) in enumerate(LINES[:count])
    )
    model = spectra.Model("Raman", "raman_shift", peaks, background=(spectra.backgrounds.linear(),))
    return spectra.fit(spectrum, model, check=False)


def test_areas_of_smoothed_spectra_cover_the_truth() -> None:
    """Gaussian smoothing over 1.5 points makes 5.3 points one: sds without it are 2.3 times too small."""
    pulls = []
    for seed in range(24):
        fit = fitted(seed, 1.5)
        assert "noise-correlated" in [note.code for note in fit.notes]
        pulls += list((fit.areas.value.values - [h * AREA for h, _ in LINES]) / fit.areas.sd.values)
    assert 0.7 < np.std(pulls) < 1.35
    assert np.mean(np.abs(pulls) < 1.96) > 0.85


def test_white_noise_is_white() -> None:
    assert all(fitted(seed, 0).points_per_independent == 1 for seed in range(24))
    correlated = 0
    for seed in range(48):
        rng, x = np.random.default_rng(seed), np.linspace(-250, 350, 2048)
        y = 100 * np.exp(-4 * np.log(2) * ((x - 82) / 8) ** 2) + rng.normal(size=x.size)
        found = nmr.prepare(
            spectra.from_arrays(x, y, axis="chemical_shift", technique="31P NMR"), reference="a", spinning_rate=np.inf
        )
        correlated += float(found.coords["noise_correlation"]) > 1
    assert correlated <= 4


def test_a_line_that_is_missing_is_no_correlated_noise() -> None:
    fit = fitted(0, 0, count=2)
    assert fit.points_per_independent == pytest.approx(1)
    assert {"misfit"} <= {note.code for note in fit.notes}
