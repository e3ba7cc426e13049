"""Clipped tops, saturated absorbance and spikes are named; intact spectra are not."""

import numpy as np
import pytest

import spectra
from shortrange.stepwise import model_at

X = np.linspace(600.0, 1200.0, 601)


def line(height, seed=0, noise=1.0):
    y = height * np.exp(-4 * np.log(2) * ((X - 900.0) / 40.0) ** 2)
    return np.round(y + noise * np.random.default_rng(seed).normal(size=X.size), 2)


def codes(y, *, technique="Raman", axis="raman_shift"):
    spectrum = spectra.from_arrays(X, y, axis=axis, technique=technique)
    fit = spectra.fit(spectrum, model_at(spectrum, [900.0]), check=False)
    return {note.code: note for note in fit.notes}


def test_a_clipped_top_is_named() -> None:
    notes = codes(np.minimum(line(1000.0), 700.0))
    assert notes["detector-clipped"].severity == "warning"
    assert "700" in notes["detector-clipped"].text
    for seed in range(10):
        assert "detector-clipped" not in codes(line(1000.0, seed))
    assert "detector-clipped" not in codes(np.round(line(30.0, noise=0.1)))  # steps wider than the noise repeat values


def test_saturated_absorbance_is_named() -> None:
    found = [codes(h * line(1.0, noise=1e-3), technique="FTIR", axis="wavenumber") for h in (4.0, 2.0)]
    assert ["absorbance-saturated" in notes for notes in found] == [True, False]
    assert "absorbance-saturated" not in codes(line(1000.0))


def test_a_spike_is_named_with_its_place() -> None:
    y = line(1000.0)
    y[100] += 60.0
    notes = codes(y)
    assert "at 700 (" in notes["spikes"].text
    for seed in range(10):
        assert "spikes" not in codes(line(1000.0, seed))
    hidden = line(1000.0) + 60.0 * np.exp(-4 * np.log(2) * ((X - 700.0) / 12.0) ** 2)
    assert "spikes" not in codes(hidden)  # a line that is missing is wider than a spike


@pytest.mark.parametrize("seed", range(3))
def test_spikes_of_a_small_line_are_none(seed) -> None:
    assert "spikes" not in codes(line(10.0, seed))
