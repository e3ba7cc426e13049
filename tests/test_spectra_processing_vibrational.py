"""Processing of Raman and infrared spectra: cosmic rays, Bose factor, calibration, normalisation, absorbance."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import spectra
from shortrange_core import BadInput
from spectra import raman
from spectra.ftir import atmosphere_notes, to_absorbance, window_areas, window_index
from spectra.models import Default
from spectra.raman import (
    SILICON,
    calibrate,
    calibrated,
    despiked,
    neon_shifts,
    normalised,
    reduce_raman,
    without_fluorescence,
)


def test_cosmic_rays_go_and_sharp_lines_stay():
    rng = np.random.default_rng(3)
    x = np.arange(200.0, 800.0)
    y = 500 + 4000 * np.exp(-4 * np.log(2) * ((x - 420) / 4.0) ** 2)  # silicon-like: 4 points wide
    for place, height in ((100, 900.0), (300, 500.0), (301, 420.0)):
        y[place] += height
    counts = rng.poisson(y).astype(float)
    raw = spectra.from_arrays(x, counts, axis="raman_shift", counts=counts, technique="Raman")
    clean, removed = despiked(raw)
    assert removed.raman_shift.values.tolist() == [300.0, 500.0, 501.0]
    assert clean.sizes["raman_shift"] == 597
    assert "300.0" in clean.attrs["history"]
    assert raman.prepare(raw, cosmic_rays=False).sizes["raman_shift"] == 600


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_cosmic_ray(seed: int):
    rng = np.random.default_rng(seed)
    x = np.arange(2000.0)
    y = 100 + 3000 * np.exp(-(((x - 900) / 5) ** 2)) + rng.normal(0, 5.0, x.size)
    _, removed = despiked(spectra.from_arrays(x, y, axis="raman_shift", noise=5.0))
    assert removed.sizes["raman_shift"] == 0


def test_long_correction_by_hand():
    x = np.array([4.0, 200.0, 500.0, 1000.0])
    raw = spectra.from_arrays(x, np.full(4, 2.0), axis="raman_shift", noise=0.5, technique="Raman")
    found = reduce_raman(raw, temperature=300.0, laser=500.0)
    line = 2e4

    def factor(v: float) -> float:
        return line**3 * v / (line - v) ** 4 * (1 - np.exp(-1.438776877 * v / 300.0))

    np.testing.assert_allclose(found.intensity, [2 * factor(v) / factor(500.0) for v in (200.0, 500.0, 1000.0)])
    np.testing.assert_allclose(found.noise / found.intensity, 0.25)
    with pytest.raises(BadInput, match="already removed"):
        reduce_raman(found, temperature=300.0, laser=500.0)
    with pytest.raises(BadInput, match="laser line"):
        raman.prepare(raw, temperature=300.0)


def lamp(offset: float, slope: float, seed: int) -> xr.Dataset:
    """Neon lamp through a spectrometer whose axis is wrong by offset + slope x (shift - 1000) / 1000."""
    x = np.arange(100.0, 2600.0, 0.8)
    y = np.zeros_like(x) + 20
    for line in neon_shifts(632.8):
        if 100 < line < 2600:
            at = line - offset - slope * (line - 1000) / 1000
            y = y + 2000 * np.exp(-(((x - at) / 2.5) ** 2))
    return spectra.from_arrays(x, np.random.default_rng(seed).normal(y, 5.0), axis="raman_shift", noise=5.0)


def test_neon_finds_offset_and_slope():
    found = calibrate(lamp(1.8, -1.2, 0), "neon", laser=632.8, degree=1)
    added, sd = found.correction([300.0, 1000.0, 2300.0])
    expected = 1.8 - 1.2 * (np.array([300.0, 1000.0, 2300.0]) - 1000) / 1000
    np.testing.assert_allclose(added, expected, atol=0.1)
    assert sd.max() < 0.1
    fixed = calibrated(lamp(1.8, -1.2, 1), found)
    again = calibrate(fixed, "neon", laser=632.8, degree=1)
    np.testing.assert_allclose(again.correction([300.0, 2300.0])[0], 0.0, atol=0.1)
    with pytest.raises(BadInput, match="already calibrated"):
        calibrated(fixed, found)


def test_a_calibration_goes_with_the_spectrum_into_its_model():
    correction = calibrate(lamp(1.8, 0.0, 2), "neon", laser=632.8, degree=0)
    x = np.arange(300.0, 560.0)
    y = 50 + 900 * np.exp(-4 * np.log(2) * ((x - 418.2) / 15) ** 2)
    raw = spectra.from_arrays(x, y, axis="raman_shift", noise=1.0, technique="Raman")
    spectrum = raman.prepare(raw, calibration=correction)
    model = raman.model(spectrum, ["P:S4"], priors={"P:S4": Default(420.0, 1.0, "a")})
    assert model.offset_sd == pytest.approx(spectrum.calibration_sd.item())
    fit = spectra.fit(spectrum, model, check=False)
    assert fit.parameters.value.sel(entry="p_s4_center").item() == pytest.approx(420.0, abs=0.05)


def test_one_silicon_line_is_an_offset():
    x = np.arange(450.0, 600.0, 0.5)
    y = 100 + 5000 * np.exp(-4 * np.log(2) * ((x - 518.7) / 5) ** 2)
    found = calibrate(spectra.from_arrays(x, y, axis="raman_shift", noise=1.0), "silicon")
    assert found.correction([420.0])[0][0] == pytest.approx(SILICON[0] - 518.7, abs=0.01)
    assert found.notes[0].code == "calibration-one-line"
    with pytest.raises(BadInput, match="needed"):
        calibrate(lamp(0, 0, 0), "neon")
    with pytest.raises(BadInput, match="none of its"):
        calibrate(spectra.from_arrays(x, 100 + x, axis="raman_shift", noise=1.0), "silicon")


def test_a_foreign_line_is_left_out():
    lines = [620.9, 795.8, 1001.4, 1031.8, 1155.3, 1450.5, 1602.3]
    x = np.arange(500.0, 1700.0, 0.7)
    y = 50 + sum(900 * np.exp(-(((x - (at - (8.0 if at == 1155.3 else 1.5))) / 3) ** 2)) for at in lines)
    found = calibrate(spectra.from_arrays(x, y, axis="raman_shift", noise=1.0), "polystyrene", degree=1)
    assert found.notes[0].code == "calibration-outlier"
    assert 1155.3 not in found.expected
    np.testing.assert_allclose(found.correction([1000.0])[0], 1.5, atol=0.2)


@given(scale=st.floats(1e-3, 1e3))
def test_normalising_keeps_relative_noise(scale: float):
    x = np.arange(20.0)
    raw = spectra.from_arrays(x, scale * (1 + x), axis="raman_shift", noise=scale * 0.1)
    for by in ("area", "maximum"):
        found = normalised(raw, by=by)
        np.testing.assert_allclose(found.noise / found.intensity, raw.noise / raw.intensity)
    with pytest.raises(BadInput, match="by = 'sum'"):
        normalised(raw, by="sum")


def test_poisson_weights_survive_normalisation():
    rng = np.random.default_rng(8)
    x = np.arange(350.0, 500.0)
    counts = rng.poisson(200 + 3000 * np.exp(-4 * np.log(2) * ((x - 420) / 15) ** 2)).astype(float)
    raw = spectra.from_arrays(x, counts, axis="raman_shift", counts=counts, technique="Raman")
    priors = {"P:S4": Default(420.0, 1.0, "a")}
    plain = spectra.fit(raw, raman.model(raw, ["P:S4"], priors=priors), check=False)
    scaled = normalised(raw, by="maximum")
    half = spectra.fit(scaled, raman.model(scaled, ["P:S4"], priors=priors), check=False)
    assert half.areas.sd.item() / half.areas.value.item() == pytest.approx(
        plain.areas.sd.item() / plain.areas.value.item(), rel=1e-3
    )


def test_fluorescence_goes_and_bands_stay():
    x = np.arange(200.0, 1200.0)
    band = 1000 * np.exp(-4 * np.log(2) * ((x - 700) / 50) ** 2)
    noise = np.random.default_rng(4).normal(0, 3.0, x.size)
    raw = spectra.from_arrays(x, 5000 * np.exp(-x / 600) + band + noise, axis="raman_shift", noise=3.0)
    flat = without_fluorescence(raw)
    assert np.trapezoid(flat.intensity, x) == pytest.approx(np.trapezoid(band, x), rel=0.01)
    with pytest.raises(BadInput, match="less than three bands"):
        without_fluorescence(raw.sel(raman_shift=slice(600, 760)))


def test_absorbance_noise_is_sd_of_t_over_t_ln_10():
    rng = np.random.default_rng(0)
    t = np.full(20000, 0.2) + rng.normal(0, 2e-3, 20000)
    raw = spectra.from_arrays(np.arange(20000.0), t, axis="wavenumber", noise=2e-3)
    found = to_absorbance(raw, quantity="transmittance")
    assert float(found.intensity.std()) == pytest.approx(float(found.noise.mean()), rel=0.03)
    percent = to_absorbance(
        raw.assign(intensity=100 * raw.intensity, noise=100 * raw.noise), quantity="percent transmittance"
    )
    np.testing.assert_allclose(percent.intensity, found.intensity)
    np.testing.assert_allclose(percent.noise, found.noise)
    with pytest.raises(BadInput, match="quantity 'reflectance'"):
        to_absorbance(raw, quantity="reflectance")


def test_opaque_points_are_left_out():
    raw = spectra.from_arrays([1, 2, 3, 4], [0.5, -0.01, 0.001, 0.4], axis="wavenumber", noise=0.01)
    found = to_absorbance(raw, quantity="transmittance")
    assert found.wavenumber.values.tolist() == [1.0, 4.0]
    assert "2 opaque points" in found.attrs["history"]


def test_window_areas_have_the_covariance_of_repeated_spectra():
    x = np.arange(400.0, 1201.0, 2.0)
    clean = 0.05 + np.exp(-(((x - 540) / 40) ** 2)) + 0.5 * np.exp(-(((x - 1050) / 50) ** 2))
    rng = np.random.default_rng(1)
    drawn = []
    for _ in range(400):
        spectrum = spectra.from_arrays(x, clean + rng.normal(0, 0.01, x.size), axis="wavenumber", noise=0.01)
        drawn.append(window_areas(spectrum).value.values)
    stated = window_areas(spectrum).covariance.values
    seen = np.cov(np.array(drawn).T)
    scale = np.sqrt(np.outer(np.diagonal(stated), np.diagonal(stated)))
    np.testing.assert_allclose(seen / scale, stated / scale, atol=0.2)
    with pytest.raises(BadInput, match="windows need 400 to 1200"):
        window_areas(spectrum.sel(wavenumber=slice(500, 1200)))


def test_the_edge_at_950_is_told_when_it_cuts_a_band():
    x = np.arange(400.0, 1201.0, 1.0)
    cut = np.exp(-(((x - 950) / 40) ** 2)) + np.exp(-(((x - 700) / 40) ** 2))
    index, notes = window_index(spectra.from_arrays(x, cut, axis="wavenumber", noise=1e-3))
    assert {note.code for note in notes} == {"window-index-is-no-fraction", "window-edge-sensitive"}
    assert index.value.values[1] < index.value.values[0] < index.value.values[2]
    apart = np.exp(-(((x - 1080) / 30) ** 2)) + np.exp(-(((x - 750) / 30) ** 2))
    _, notes = window_index(spectra.from_arrays(x, apart, axis="wavenumber", noise=1e-2))
    assert [note.code for note in notes] == ["window-index-is-no-fraction"]


def test_air_is_seen():
    x = np.arange(1200.0, 4000.0, 2.0)
    rng = np.random.default_rng(2)
    quiet = rng.normal(0, 1e-4, x.size)
    assert atmosphere_notes(spectra.from_arrays(x, quiet, axis="wavenumber", noise=1e-4)) == ()
    vapour = np.where((x > 1300) & (x < 1900), 3e-3 * rng.standard_normal(x.size), 0.0)
    notes = atmosphere_notes(spectra.from_arrays(x, quiet + vapour, axis="wavenumber", noise=1e-4))
    assert [note.code for note in notes] == ["atmosphere"]
    assert "H2O" in notes[0].text
