"""Before the fit: FIDs, phases, recovery stacks, saturation, cosmic rays, calibration, corrections, windows."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import spectra
from shortrange_core import BadInput, Estimates
from spectra import nmr, raman
from spectra.ftir import atmosphere_notes, to_absorbance, window_areas, window_index
from spectra.models import Default
from spectra.nmr import (
    automatic_phase,
    corrected,
    noise_correlation,
    phased,
    recovery,
    relaxation,
    remaining,
    transform,
)
from spectra.noise import apodisation
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

# FID and phase


def fid(
    lines: list[tuple[float, float, float]], *, points: int = 2048, noise: float = 0.0, seed: int = 0
) -> xr.Dataset:
    """Area, frequency (Hz), fwhm (Hz) of every line; dwell 0.1 ms."""
    t = np.arange(points) * 1e-4
    decay = sum(area * np.exp(2j * np.pi * at * t - np.pi * width * t) for area, at, width in lines)
    rng = np.random.default_rng(seed)
    decay = decay + noise * (rng.normal(size=points) + 1j * rng.normal(size=points))
    return spectra.from_arrays(
        t, decay, axis="time", noise=max(noise, 1e-9), larmor_frequency=200.0, technique="31P NMR", sample="x"
    )


def test_transform_puts_lines_areas_and_widths_where_they_belong():
    spectrum = transform(fid([(2.0, 1000.0, 80.0), (1.0, -3000.0, 80.0)], noise=1e-3), lorentzian=20.0, phase0=0.0)
    assert spectrum.sample.item() == "x"
    model = spectra.Model(
        "31P NMR",
        "chemical_shift",
        tuple(
            spectra.peak(name, {"center": (at, at - 1, at + 1), "fwhm": 0.4}, shape="lorentzian")
            for name, at in (("a", 5.0), ("b", -15.0))
        ),
    )
    fit = spectra.fit(spectrum, model, check=False)
    value = fit.parameters.value
    assert value.sel(entry="a_center").item() == pytest.approx(5.0, abs=1e-3)
    assert value.sel(entry="b_center").item() == pytest.approx(-15.0, abs=1e-3)
    assert value.sel(entry="a_fwhm").item() == pytest.approx(100.0 / 200.0, rel=5e-3)
    ratio = value.sel(entry="a_area").item() / value.sel(entry="b_area").item()
    assert ratio == pytest.approx(2.0, rel=5e-3)


def test_a_mirrored_spectrometer():
    straight = transform(fid([(1.0, 1000.0, 80.0)]), phase0=0.0)
    turned = transform(fid([(1.0, -1000.0, 80.0)]), phase0=0.0, mirrored=True)
    np.testing.assert_allclose(straight.intensity, turned.intensity, atol=1e-9)


def test_a_whole_echo_is_in_phase_at_its_top():
    t = (np.arange(2048) - 1024) * 1e-4
    echo = np.exp(2j * np.pi * 1000.0 * t - 80.0 * np.pi * np.abs(t))
    whole = transform(
        spectra.from_arrays(t, echo, axis="time", noise=1e-6, larmor_frequency=200.0), phase0=0.0, zero_fill=2
    )
    assert whole.chemical_shift.values[whole.intensity.values.argmax()] == pytest.approx(5.0, abs=0.02)
    assert float(np.abs(whole.imaginary).max()) < 1e-3 * float(whole.intensity.max())
    assert whole.noise_correlation.item() == pytest.approx(2.0)


def test_the_carrier_shifts_the_axis():
    spectrum = transform(fid([(1.0, 0.0, 80.0)]), phase0=0.0, carrier=-20.0)
    assert spectrum.chemical_shift.values[spectrum.intensity.values.argmax()] == pytest.approx(-20.0, abs=0.02)


@pytest.mark.parametrize("broadening", [0.0, 50.0])
@pytest.mark.parametrize("filled", [1, 2, 4])
def test_noise_correlation_is_what_repeated_noise_shows(broadening: float, filled: int):
    """Variance of a slow projection of pure noise over that of white noise of the same sd, from 300 FIDs."""
    rng = np.random.default_rng(11)
    window = apodisation(np.arange(256) * 1e-4, broadening, 0.0)
    size = 256 * filled
    slow = np.exp(-0.5 * ((np.arange(size) - size / 2) / (6.0 * filled)) ** 2)
    slow /= np.linalg.norm(slow)
    noise = (rng.normal(size=(300, 256)) + 1j * rng.normal(size=(300, 256))) * window
    real = np.fft.fftshift(np.fft.fft(noise, size, axis=1), axes=1).real
    seen = np.var(real @ slow) / np.mean(real**2)
    whole = np.concatenate([window, np.zeros(size - 256)]) ** 2
    power = (whole + np.roll(whole[::-1], 1)) / 2  # of the real part: both directions of time
    expected = float(np.abs(np.fft.fft(slow)) ** 2 @ power) / size / float(power.mean())
    assert seen == pytest.approx(expected, rel=0.3)
    if broadening == 0.0:
        assert noise_correlation(window, size) == pytest.approx(max(filled / 2, 1.0))


def test_phase_by_hand_is_undone_by_its_opposite():
    spectrum = transform(fid([(1.0, 500.0, 60.0)], noise=0.01), phase0=0.0)
    back = phased(phased(spectrum, 35.0, -120.0), -35.0, 120.0)
    np.testing.assert_allclose(back.intensity, spectrum.intensity, atol=1e-9)
    with pytest.raises(BadInput, match="imaginary"):
        phased(spectrum.drop_vars("imaginary"), 10.0)


@given(zero=st.floats(-179, 179), first=st.floats(-90, 90))
def test_automatic_phase_finds_what_was_put_in(zero: float, first: float):
    lines = [(1.0, 700.0, 80.0), (2.0, -1500.0, 80.0), (0.7, 3000.0, 80.0), (1.3, -3600.0, 80.0)]
    spectrum = phased(transform(fid(lines, noise=5e-3), phase0=0.0), -zero, -first)
    found = automatic_phase(spectrum)
    upright = phased(spectrum, *found)
    truth = phased(spectrum, zero, first)
    overlap = float(upright.intensity @ truth.intensity) / float(truth.intensity @ truth.intensity)
    assert overlap > 0.985


def test_what_is_no_fid_is_refused():
    uneven = spectra.from_arrays([0.0, 1.0, 3.0, 4.0], np.ones(4) + 1j, axis="time", noise=1.0, larmor_frequency=100.0)
    with pytest.raises(BadInput, match="even sampling"):
        transform(uneven)
    with pytest.raises(BadInput, match="give it in MHz"):
        transform(fid([(1.0, 0.0, 80.0)]).drop_vars("larmor_frequency"))
    with pytest.raises(BadInput, match="zero_fill = 0"):
        transform(fid([(1.0, 0.0, 80.0)]), zero_fill=0)
    with pytest.raises(BadInput, match="transform it"):
        nmr.prepare(fid([(1.0, 0.0, 80.0)]))


# Recovery and saturation

DELAYS = np.array([2.0, 10.0, 30.0, 80.0, 200.0, 500.0, 1200.0])


def stack(times: tuple[float, float], seed: int) -> xr.Dataset:
    x = np.linspace(-20.0, 110.0, 651)
    rng = np.random.default_rng(seed)
    shapes = [np.exp(-4 * np.log(2) * ((x - at) / 6.0) ** 2) for at in (82.0, 76.0)]
    rows = [
        sum(h * (1 - np.exp(-t / t1)) * s for h, t1, s in zip((100.0, 40.0), times, shapes, strict=True))
        for t in DELAYS
    ]
    noisy = np.array(rows) + rng.normal(0, 0.5, (DELAYS.size, x.size))
    result = xr.Dataset(
        {
            "intensity": (("delay", "chemical_shift"), noisy),
            "noise": (("delay", "chemical_shift"), np.full(noisy.shape, 0.5)),
        },
        coords={"delay": DELAYS, "chemical_shift": x, "technique": "31P NMR"},
    )
    result.chemical_shift.attrs["units"] = "ppm"
    return result


def test_overlapping_sites_keep_their_relaxation_times():
    data = stack((100.0, 300.0), 0)
    last = data.isel(delay=-1, drop=True)
    model = spectra.Model(
        "31P NMR",
        "chemical_shift",
        tuple(
            spectra.peak(name, {"center": (at, at - 1, at + 1), "fwhm": 6.0}, shape="gaussian")
            for name, at in (("a", 82.0), ("b", 76.0))
        ),
    )
    found = relaxation(data, spectra.fit(last, model))
    for name, truth in (("a", 100.0), ("b", 300.0)):
        t1, sd = (getattr(found[name].estimates, q).sel(entry="t1").item() for q in ("value", "sd"))
        assert abs(t1 - truth) < 4 * sd
        assert sd < 0.1 * truth


def test_ranges_and_missing_delays():
    data = stack((100.0, 100.0), 1)
    found = relaxation(data, {"all": (60.0, 100.0)})
    assert found["all"].estimates.value.sel(entry="t1").item() == pytest.approx(100.0, rel=0.05)
    with pytest.raises(BadInput, match="holds no point"):
        relaxation(data, {"all": (500.0, 600.0)})
    with pytest.raises(BadInput, match="no dimension 'tau'"):
        relaxation(data, {"all": (60.0, 100.0)}, delay="tau")


def test_recovery_intervals_cover_the_truth():
    """300 data sets: coverage of T1's 95 % interval within four standard errors."""
    truth, hits = 150.0, 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        area = 10 * (1 - np.exp(-DELAYS / truth)) + rng.normal(0, 0.1, DELAYS.size)
        found = recovery(DELAYS, area, np.full(DELAYS.size, 0.1))
        low, high = found.estimates.interval().sel(entry="t1").values
        hits += low <= truth <= high
    assert 0.90 <= hits / 300 <= 0.995


def test_inversion_and_stretching():
    area = 10 * (1 - 1.9 * np.exp(-((DELAYS / 90.0) ** 0.7)))
    found = recovery(DELAYS, area, np.full(DELAYS.size, 0.01), kind="inversion", stretched=True)
    value = found.estimates.value
    assert value.sel(entry="t1").item() == pytest.approx(90.0, rel=1e-3)
    assert value.sel(entry="stretch").item() == pytest.approx(0.7, rel=1e-3)
    assert value.sel(entry="efficiency").item() == pytest.approx(1.9, rel=1e-3)


def test_a_recovery_that_is_too_short_says_so():
    short = recovery(DELAYS[:5], 10 * (1 - np.exp(-DELAYS[:5] / 400)), np.full(5, 0.01))
    assert short.notes[0].code == "recovery-too-short"
    with pytest.raises(BadInput, match="as many of each"):
        recovery([1.0, 2.0], [1.0, 2.0], [1.0, 1.0])


def test_saturation_correction_by_hand():
    """T1 of 100 and 300 s at 200 s and 60 degrees: 0.93 and 0.65, a ratio wrong by 1.42."""
    shares = remaining(200.0, 60.0, [100.0, 300.0])
    assert shares[0] / shares[1] == pytest.approx(1.42, abs=0.005)
    areas = Estimates.build(["a", "b"], [0.8 * shares[0], 0.2 * shares[1]], [1e-6, 1e-6], assignment=["P:S4", "P:O4"])
    full = corrected(areas, {"P:S4": (100.0, 0.0), "P:O4": (300.0, 0.0)}, recycle_delay=200.0, flip_angle=60.0)
    np.testing.assert_allclose(full.value, [0.8, 0.2])
    with_sd = corrected(areas, {"P:S4": (100.0, 0.0), "P:O4": (300.0, 30.0)}, recycle_delay=200.0, flip_angle=60.0)
    step = 1e-3
    slope = (1 / remaining(200.0, 60.0, 300 + step) - 1 / remaining(200.0, 60.0, 300 - step)) / (2 * step)
    by_hand = np.sqrt((1e-3 / shares[1]) ** 2 + (30.0 * areas.value.values[1] * slope) ** 2)
    assert with_sd.sd.values[1] == pytest.approx(by_hand, rel=1e-3)
    with pytest.raises(BadInput, match="needs one T1"):
        corrected(areas, {"P:S4": (100.0, 0.0)}, recycle_delay=200.0, flip_angle=60.0)


# Raman


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
    with pytest.raises(BadInput, match="before"):
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
    with pytest.raises(BadInput, match="calibrated before"):
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


# FTIR


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
