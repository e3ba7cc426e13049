"""Correlated noise: what a decay's processing does to it, by hand and against dense matrices, in fits of every kind."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import toeplitz

import spectra
from shortrange_core import BadInput, load, save
from spectra import backgrounds, nmr, shapes
from spectra.models import Model, peak
from spectra.nmr import phased, transform
from spectra.noise import (
    Decay,
    Draws,
    autocorrelation_of,
    correlated_product,
    integrated,
    points_per_independent,
    points_under_window,
    quiet_noise,
)

POINTS, FILLED = 64, 256
X = np.linspace(-50.0, 50.0, FILLED)
DWELL = 1e-4


def model(**changes):
    line = peak("a", {"center": (0.0, -3.0, 3.0), "fwhm": (12.0, 4.0, 30.0)}, shape="gaussian")
    return Model("", "chemical_shift", (line,), (backgrounds.constant(),), **changes)


def spectrum(rng=None, *, first=1.0, **coords):
    """A line on a level, with the noise of a decay whose first point was multiplied by ``first``; none without rng."""
    window = np.ones(POINTS)
    window[0] = first
    decay = np.zeros(POINTS) if rng is None else rng.normal(size=POINTS) + 1j * rng.normal(size=POINTS)
    noise = 0.1 / math.sqrt(POINTS) * np.fft.fft(decay * window, FILLED).real
    made = spectra.from_arrays(X, 1 + shapes.gaussian(X, 40, 0, 12) + noise, axis="chemical_shift", noise=0.1)
    known = {"noise_processing": f"points {POINTS}, filled {FILLED}, weight {first}", "noise_correlation": 2.0}
    return made.assign_coords(known | coords)


@pytest.mark.parametrize("first", [1.0, 0.5])
def test_a_level_has_the_noise_of_the_first_point(first):
    """The mean of the real part over the whole spectrum is the first point of the decay, over nothing else."""
    decay = Decay(POINTS, FILLED, weight=first)
    r = decay.autocorrelation()
    level = np.full((FILLED, 1), 1 / FILLED)
    variance = float((level * correlated_product(level, r)).sum())
    assert variance == pytest.approx(first**2 / np.sum(decay.window() ** 2), rel=1e-9)


@given(
    size=st.integers(3, 40),
    decay=st.floats(0.0, 0.95),
    seed=st.integers(0, 99),
)
def test_the_product_is_that_of_the_dense_matrix(size: int, decay: float, seed: int):
    r = decay ** np.arange(2 * size)
    columns = np.random.default_rng(seed).normal(size=(size, 2))
    np.testing.assert_allclose(correlated_product(columns, r), toeplitz(r[:size]) @ columns, atol=1e-12)


@pytest.mark.parametrize(("gaussian", "phase1", "before"), [(0.0, 0.0, 0), (40.0, 90.0, 0), (40.0, 0.0, 32)])
def test_the_autocorrelation_is_what_repeated_noise_shows(gaussian, phase1, before):
    rng = np.random.default_rng(5)
    t = (np.arange(POINTS) - before) * DWELL
    rows = []
    for _ in range(200):
        noise = rng.normal(size=POINTS) + 1j * rng.normal(size=POINTS)
        fid = spectra.from_arrays(t, noise, axis="time", noise=1.0, larmor_frequency=200.0)
        made = transform(fid, gaussian=gaussian, zero_fill=4, phase0=20.0, phase1=phase1)
        rows.append(made["intensity"].values)
    seen = np.array(rows)
    lags = [np.mean(seen[:, k:] * seen[:, : FILLED - k]) for k in range(12)]
    np.testing.assert_allclose(autocorrelation_of(made)[:12], np.array(lags) / lags[0], atol=0.07)


def test_the_covariance_is_that_of_the_estimate_under_the_true_noise():
    """One data set's covariance against the dense sandwich, and against the spread over 300 data sets."""
    found = spectra.fit(spectrum(), model())
    compiled = found.compiled()
    compiled.evaluate(found.values)
    rows = compiled.theta_jacobian[:, : X.size]
    inverse = np.linalg.inv(rows @ rows.T)
    r = autocorrelation_of(spectrum())
    np.testing.assert_allclose(
        found.covariance, 0.01 * inverse @ rows @ toeplitz(r) @ rows.T @ inverse, rtol=1e-6, atol=1e-14
    )
    drawn = [spectra.fit(spectrum(np.random.default_rng(s)), model()).values for s in range(300)]
    np.testing.assert_allclose(np.std(drawn, axis=0), np.sqrt(np.diagonal(found.covariance)), rtol=0.16)
    flat = spectra.fit(spectrum().drop_vars("noise_processing"), model())
    level, flat_level = (np.sqrt(f.covariance[-1, -1]) for f in (found, flat))
    assert level > 1.25 * flat_level  # the first point has no partner
    np.testing.assert_allclose(found.areas.sd, flat.areas.sd, rtol=0.02)
    assert "level" in next(note.text for note in flat.notes if note.code == "noise-correlated")
    assert "level" not in next(note.text for note in found.notes if note.code == "noise-correlated")


def test_the_power_of_an_apodised_decay_falls_within_a_line():
    """With a matched window a line feels less than the noise at frequency 0; only the autocorrelation knows that."""
    t = np.arange(512) * DWELL
    line = peak("a", {"center": (0.0, -1.0, 1.0), "fwhm": (2.0, 0.5, 8.0)}, shape="gaussian")
    lines = Model("", "chemical_shift", (line,), (backgrounds.constant(),))
    pulls: list[float] = []
    flat: list[float] = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        decay = 60 * np.exp(-((np.pi * 200.0 * t) ** 2) / (4 * math.log(2)))
        fid = spectra.from_arrays(
            t, decay + 4 * (rng.normal(size=512) + 1j * rng.normal(size=512)), axis="time", noise=4.0,
            larmor_frequency=200.0,
        )  # fmt: skip
        made = transform(fid, gaussian=200.0, phase0=0.0)
        truth = [60 / (2 * DWELL * 200.0), 0.0, math.sqrt(2.0), 0.0]
        for kept, one in ((pulls, made), (flat, made.drop_vars("noise_processing"))):
            found = spectra.fit(one, lines)
            kept.append((found.values - truth) / np.sqrt(np.diagonal(found.covariance)))
    spread = np.std(pulls, axis=0)
    assert np.all(np.abs(spread - 1) < 4 / math.sqrt(2 * 60))
    assert np.std(flat, axis=0)[2] < 0.75


def test_residuals_tell_the_correlation_although_the_fit_took_its_slow_part():
    """Mean over 40 data sets: 2 points count as one; the plain sum of autocorrelations gives 1.6."""
    seen = []
    for seed in range(40):
        data = spectrum(np.random.default_rng(seed), noise_correlation=np.nan).drop_vars("noise_processing")
        seen.append(spectra.fit(data, model()).points_per_independent)
    assert np.mean(seen) == pytest.approx(2.0, abs=4 * np.std(seen) / math.sqrt(40))
    assert np.std(seen) < 0.7
    white = np.random.default_rng(0).normal(size=4000)
    assert points_per_independent(white)[0] == pytest.approx(1.0, abs=0.15)
    together, told = points_per_independent(np.cumsum(white))
    assert not told
    assert together > 100


def test_quiet_parts_tell_the_noise_of_a_filled_decay():
    rng = np.random.default_rng(2)
    noise = np.fft.fft(rng.normal(size=1024) + 1j * rng.normal(size=1024), 8192).real / math.sqrt(1024)
    sd, together = quiet_noise(noise)
    assert sd == pytest.approx(1.0, rel=0.05)
    assert together == pytest.approx(4.0, rel=0.2)
    decay = Decay(1024, 8192, gaussian=120.0 * DWELL)
    smooth = np.fft.fft((rng.normal(size=1024) + 1j * rng.normal(size=1024)) * decay.window(), 8192).real
    sd, together = quiet_noise(smooth, decay.autocorrelation())
    assert np.isnan(together)  # longer than the parts: left to the fit
    assert sd == pytest.approx(math.sqrt(np.sum(decay.window() ** 2)), rel=0.3)


@pytest.mark.parametrize("filled", [1, 4])
def test_noise_from_a_region_without_lines(filled):
    """sd and correlation without bias over 60 spectra; the covariance of a fit with them is absolute."""
    x, seen = np.linspace(0.0, 100.0, 1000), []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        decay = rng.normal(size=1000 // filled) + 1j * rng.normal(size=1000 // filled)
        noise = 0.3 * np.fft.fft(decay, 1000).real / math.sqrt(1000 // filled)
        data = 2 + 0.1 * x + shapes.gaussian(x, 40, 70, 8) + noise
        found = spectra.noise_from_region(spectra.from_arrays(x, data, axis="chemical_shift"), 0.0, 50.0)
        seen.append((found["noise"].values[0], found["noise_correlation"].item()))
    sd, together = np.array(seen).T
    assert np.mean(sd) == pytest.approx(0.3, abs=4 * np.std(sd) / math.sqrt(60))
    assert np.mean(together) == pytest.approx(max(filled / 2, 1.0), abs=0.17)
    line = peak("a", {"center": (70.0, 60.0, 80.0), "fwhm": (6.0, 2.0, 20.0)}, shape="gaussian")
    fit = spectra.fit(found, Model("", "chemical_shift", (line,), (backgrounds.linear(),)))
    assert fit.covariance_kind == "absolute"
    assert "measured between 0 and 50" in found.attrs["history"]


def test_a_region_that_tells_no_noise_is_refused():
    made = spectra.from_arrays(X, 1 + shapes.gaussian(X, 40, 0, 12), axis="chemical_shift", noise=0.1)
    with pytest.raises(BadInput, match="contains 0 points, but 24 are needed"):
        spectra.noise_from_region(made, 200.0, 300.0)
    with pytest.raises(BadInput, match="degree = 9"):
        spectra.noise_from_region(made, -50.0, -20.0, degree=9)
    with pytest.raises(BadInput, match="contains no noise"):
        spectra.noise_from_region(made.assign(intensity=made["intensity"] * 0 + 1), -50.0, -20.0)
    with pytest.raises(BadInput, match="counts depends on the signal"):
        spectra.noise_from_region(made.assign_coords(noise_source="counts"), -50.0, -20.0)


def test_maps_global_fits_bootstraps_and_profiles_agree_with_the_fit(tmp_path):
    data = spectrum(np.random.default_rng(3))
    one = spectra.fit(data, model())
    sd = np.sqrt(np.diagonal(one.covariance))
    stack = data.expand_dims(pixel=2)
    for fast in (True, False):
        found = spectra.fit_map(stack, model(), store=tmp_path / str(fast), use_fast=fast).compute()
        np.testing.assert_allclose(found["sd"].isel(pixel=1), sd, rtol=1e-4)
    twice = spectra.fit_together({"a": data, "b": data}, model(), shared=["*"])
    np.testing.assert_allclose(twice.parameters.sd, sd / math.sqrt(2), rtol=1e-4)
    assert twice.dof == pytest.approx(2 * X.size / 2 - 4, abs=1.0)
    repeated = spectra.bootstrap(one, count=300, rng=np.random.default_rng(0))
    np.testing.assert_allclose(repeated.parameters.sd, sd, rtol=0.17)
    interval = spectra.profile(one, ["background_c0"]).intervals
    assert float((interval.upper - interval.lower).item()) == pytest.approx(2 * 1.96 * sd[-1], rel=0.02)
    save(one, tmp_path / "fit.nc")
    again = load(tmp_path / "fit.nc")
    assert again.spectrum["noise_processing"].item() == "points 64, filled 256, weight 1.0"


def test_an_estimated_noise_is_scaled_by_what_the_lines_took(tmp_path):
    wide = spectrum(np.random.default_rng(1), noise_source="estimated")
    found = spectra.fit(wide.assign(noise=wide["noise"] * 5), model())
    again = spectra.fit(wide, model())
    np.testing.assert_allclose(found.covariance, again.covariance, rtol=1e-3, atol=1e-12)
    assert found.noise_scale == pytest.approx(again.noise_scale / 5, rel=1e-3)
    stack = spectra.fit_map(wide.expand_dims(pixel=2), model(), store=tmp_path).compute()
    np.testing.assert_allclose(stack["sd"].isel(pixel=0), np.sqrt(np.diagonal(again.covariance)), rtol=1e-2)


def test_without_a_number_it_follows_from_the_autocorrelation():
    plain = spectrum().drop_vars("noise_correlation")
    assert spectra.fit(plain, model()).points_per_independent == 2.0
    assert integrated([1.0]) == (1.0, False)
    # a variance of 0 beside lags that are not: as much as the lags can hold, and not settled
    assert integrated([0.0, *[1e9] * 50]) == (102.0, False)


def test_a_given_noise_keeps_the_correlation_of_the_processing():
    made = spectrum().drop_vars("noise_correlation")
    assert nmr.prepare(made)["noise_correlation"].item() == pytest.approx(2.0)
    assert nmr.prepare(made.drop_vars("noise_processing"))["noise_correlation"].item() == 1.0


def test_a_phase_correction_is_kept_with_the_processing():
    decay = np.exp(-np.arange(POINTS) / 20) + 0j
    fid = spectra.from_arrays(np.arange(POINTS) * DWELL, decay, axis="time", noise=0.1, larmor_frequency=200.0)
    made = transform(fid, phase0=0.0, zero_fill=2)
    assert made["noise_processing"].item() == "points 64, filled 128"
    assert phased(made, 10.0)["noise_processing"].item() == "points 64, filled 128"
    twice = phased(phased(made, 10.0, 5.0), 0.0, 2.0)
    assert twice["noise_processing"].item() == "points 64, filled 128, phase1 7.0"
    once = transform(fid, phase0=0.0, phase1=7.0, zero_fill=2)
    assert once["noise_processing"].item() == twice["noise_processing"].item()


@given(
    points=st.integers(2, 500), more=st.integers(0, 500), lorentzian=st.floats(0, 0.1), first=st.floats(-250, 0),
    weight=st.sampled_from([0.5, 1.0]), phase1=st.floats(-720, 720),
)  # fmt: skip
def test_processing_is_kept_as_text(points, more, lorentzian, first, weight, phase1):
    decay = Decay(points, points + more, lorentzian, 0.0, first, weight, phase1)
    assert Decay.parse(decay.text()) == decay
    r = decay.autocorrelation()
    assert r[0] == pytest.approx(1.0)
    assert np.all(np.abs(r) <= 1 + 1e-9)


@pytest.mark.parametrize("phase1", [None, 0.0, 200.0])
def test_noise_is_drawn_as_it_is_correlated(phase1):
    """A decaying autocorrelation, that of a transform (which closes on itself), and one that does neither."""
    r = 0.7 ** np.arange(200) if phase1 is None else Decay(30, 100, weight=1.0, phase1=phase1).autocorrelation()
    draws, rng = Draws(100, r), np.random.default_rng(0)
    rows = np.array([draws(rng) for _ in range(3000)])
    seen = rows.T @ rows / len(rows)
    np.testing.assert_allclose(seen, toeplitz(r[:100]), atol=0.13)
    assert np.mean(np.diagonal(seen)) == pytest.approx(1.0, abs=0.03)


def test_bad_input(tmp_path):
    for text in ("points 64", "points 64, filled many", "points 64, filled 256, colour 3", ""):
        with pytest.raises(BadInput, match="is not understood"):
            spectra.fit(spectrum(noise_processing=text), model())
    for text in ("points 64, filled 32", "points 1.5, filled 32", "points 6, filled 32, lorentzian -1"):
        with pytest.raises(BadInput, match="filled at least points"):
            spectra.fit(spectrum(noise_processing=text), model())
    stack = spectrum().expand_dims(pixel=3)
    for value in (np.nan, ("pixel", [1.0, 2.0, 3.0])):
        with pytest.raises(BadInput, match="one number for all"):
            spectra.fit_map(stack.assign_coords(noise_correlation=value), model(), store=tmp_path / "s")
    with pytest.raises(BadInput, match="one scalar coordinate"):
        spectra.fit_map(stack.assign_coords(noise_processing=("pixel", ["a"] * 3)), model(), store=tmp_path / "s")


def noise_under(window, filled, points, rng):
    """Noise of the real part of a decay under a window, on so many points, and how many of them count as one."""
    decay = window * (rng.normal(size=window.size) + 1j * rng.normal(size=window.size))
    return np.fft.fft(decay, filled * window.size).real[:points], filled * window.size / 2 / np.sum(window**2)


@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize("filled", [2, 4])
def test_windows_are_told_from_residuals_and_lines_that_are_missing_are_no_window(kind, filled):
    """Against the window by hand; a line of ten sds would count as slow noise, and is left to those who look for it."""
    rng, window = np.random.default_rng(4), np.exp(-2 * (np.arange(1024) / 1024) ** kind)
    fitted = np.polynomial.legendre.legvander(np.linspace(-1, 1, 1000), 6)
    told = []
    for _ in range(10):
        noise, true = noise_under(window, filled, 1000, rng)
        told.append(points_under_window(noise, fitted) / true)
        line = 10 * noise.std() * np.exp(-(((np.arange(1000) - 400) / 20) ** 2))
        assert points_under_window(noise + line, fitted) is None
    assert np.median(told) == pytest.approx(1.0, abs=0.12)
    assert points_under_window(noise[:100], fitted[:100]) is None


def test_tails_in_quiet_parts_do_not_count_as_noise():
    """Weak lines everywhere, which the model has: quiet parts take them for slow noise, the residuals do not."""
    rng = np.random.default_rng(11)
    noise, _ = noise_under(np.exp(-np.arange(1024) / 1024), 2, 1600, rng)
    alone = points_under_window(noise, np.ones((1600, 1)))
    x = np.linspace(-160.0, 160.0, 1600)
    places = np.arange(-150.0, 151.0, 12.0).tolist()
    weak = [peak(f"weak{i}", {"center": c, "fwhm": 6.0}, shape="gaussian") for i, c in enumerate(places)]
    lines = Model("", "chemical_shift", tuple(weak), (backgrounds.constant(),))
    curve = sum(shapes.gaussian(x, 19.2, c, 6.0) for c in places)
    spectrum = nmr.prepare(spectra.from_arrays(x, curve + noise / noise.std(), axis="chemical_shift"))
    assert str(spectrum.noise_correlation_source.item()) == "quiet parts"
    fit = spectra.fit(spectrum, lines)
    assert float(spectrum.noise_correlation) > 1.5 * alone
    assert fit.points_per_independent == pytest.approx(alone, rel=0.1)
    stated = spectra.fit(nmr.prepare(spectrum.drop_vars("noise_correlation"), noise_correlation=2.0), lines)
    assert stated.points_per_independent == 2.0
