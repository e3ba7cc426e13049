"""Before the fit: FIDs, phases, recovery stacks, saturation, cosmic rays, calibration, corrections, windows."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import spectra
from shortrange_core import BadInput, Estimates
from spectra import nmr
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
    with pytest.raises(BadInput, match="equal steps"):
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
    with pytest.raises(BadInput, match="contains no point"):
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


# FTIR
