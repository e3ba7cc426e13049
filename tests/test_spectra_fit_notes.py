"""What a fit says of itself: statuses, misfits, minima, limits; what it refuses."""

import re

import numpy as np
import pytest
from scipy.signal import lfilter
from three_lines import CENTERS, TRUTH, X, clean, model, noisy

import spectra
from shortrange_core import BadInput, FitFailed, Status
from shortrange_core.least_squares import minimise
from spectra import backgrounds, shapes
from spectra.fits import _descents as descents
from spectra.models import Parameter, peak


def test_statuses():
    twins = (
        peak("a", {"center": (82.0, 82.0, 82.0), "fwhm": (11.0, 11.0, 11.0)}, shape="gaussian"),
        peak("b", {"center": (82.0, 82.0, 82.0), "fwhm": (11.0, 11.0, 11.0)}, shape="gaussian"),
    )
    with pytest.raises(FitFailed, match="no-covariance") as caught:
        spectra.fit(noisy(), model(peaks=twins))
    assert caught.value.record.status is Status.NO_COVARIANCE
    part = spectra.fit(noisy(), model(peaks=(*twins, *model().peaks)))
    assert part.status is Status.UNDETERMINED
    assert "area-undetermined" in {note.code for note in part.notes}
    # an area whose square overflows: chi2 is not finite at the start
    huge = peak("a", {"center": 82.0, "fwhm": 10.0, "area": 1e200}, shape="gaussian")
    with pytest.raises(FitFailed, match="fit-rejected") as caught:
        spectra.fit(noisy(), model(peaks=(huge,)))
    assert caught.value.record.status is Status.REJECTED


def test_a_fit_that_does_not_end_is_a_status(monkeypatch):
    monkeypatch.setattr(descents, "minimise", lambda *a, **k: minimise(*a, **(k | {"max_evaluations": 2})))
    with pytest.raises(FitFailed, match="fit-not-converged") as caught:
        spectra.fit(noisy(), model())
    assert caught.value.record.status is Status.NOT_CONVERGED
    assert spectra.fit(noisy(), model(), check=False).status is Status.NOT_CONVERGED


def test_misfit_and_structure_are_said():
    few = model(peaks=model().peaks[1:])
    codes = {note.code for note in spectra.fit(noisy(), few, check=False).notes}
    assert {"misfit", "residuals-correlated"} <= codes


def test_background_taken_away_twice_is_said():
    flat = backgrounds.subtract(noisy(), "arpls", settings={"lam": 1e6})
    codes = {note.code for note in spectra.fit(flat, model(), check=False).notes}
    assert {"background-subtracted-before", "background-twice"} <= codes
    once = {note.code for note in spectra.fit(flat, model(background=()), check=False).notes}
    assert "background-twice" not in once
    assert "background-subtracted-before" in once
    assert backgrounds.was_subtracted(backgrounds.subtract(flat.assign_attrs(history=""), "arpls")) == 2
    assert backgrounds.was_subtracted(noisy().assign_attrs(history=flat.attrs["history"])) == 0  # text is for people


def test_parameter_at_the_end_of_its_window_is_said():
    lines = list(model().peaks)
    lines[2] = peak("p2", {"center": (81.8, 81.0, 81.9), "fwhm": (10.0, 2.0, 30.0)})
    found = spectra.fit(noisy(), model(peaks=tuple(lines)))
    assert found.status is Status.AT_BOUND
    assert "parameter-at-bound" in {note.code for note in found.notes}
    assert np.isfinite(found.parameters.sd.values).all()


def test_restarts_report_the_minima():
    found = spectra.fit(noisy(), model(), restarts=6, rng=np.random.default_rng(0))
    assert "one-minimum" in {note.code for note in found.notes}
    assert found.minima[0] == pytest.approx(spectra.fit(noisy(), model()).chi2, rel=1e-8)


def test_bad_input():
    zero = noisy().copy()
    zero["intensity"] = zero["intensity"] * 0
    with pytest.raises(BadInput, match="zero everywhere"):
        spectra.fit(zero, model())
    with pytest.raises(BadInput, match="'Raman'"):
        spectra.fit(noisy().assign_coords(technique="Raman"), model())
    with pytest.raises(BadInput, match="the axis of the spectrum is"):
        spectra.fit(spectra.from_arrays(X, clean(), axis="raman_shift", noise=1.0), model(technique=""))
    with pytest.raises(BadInput, match="free parameters"):
        spectra.fit(noisy(), model(window=(0.0, 1.0)))
    with pytest.raises(BadInput, match="is not a spectrum"):
        spectra.fit(noisy()["intensity"], model())
    with pytest.raises(BadInput, match="1 or more"):
        spectra.fit(noisy().assign_coords(noise_correlation=0.5), model())


def test_bad_models():
    with pytest.raises(BadInput, match="no 'width'") as caught:
        peak("a", {"width": 3.0}, shape="gaussian")
    assert len(caught.value.problems) == 3
    with pytest.raises(BadInput, match="are circular"):
        model(links=("p0_fwhm = p1_fwhm", "p1_fwhm = p0_fwhm"))
    with pytest.raises(BadInput, match="is not a parameter"):
        model(links=("p0_fwhm = q_fwhm",))
    with pytest.raises(BadInput, match="more than once"):
        model(peaks=(model().peaks[0], model().peaks[0]))
    with pytest.raises(BadInput, match="not known; give one of"):
        peak("a", {}, shape="triangle")
    with pytest.raises(BadInput, match="lies outside"):
        Parameter("a_center", 3.0, 4.0, 5.0)
    with pytest.raises(BadInput, match="is not an identifier"):
        Parameter("P:S4", 3.0)


@pytest.mark.parametrize("noise", [0.05, None])
def test_a_dip_instead_of_lines_is_rejected(noise):
    # areas are bounded at 0, so a negative spectrum leaves them there: nothing of it is described
    data = -clean() + np.random.default_rng(3).normal(0, 0.05, X.size)
    spectrum = spectra.from_arrays(X, data, axis="chemical_shift", noise=noise, technique="31P NMR")
    with pytest.raises(FitFailed, match=r"no line is found.*check the sign") as caught:
        spectra.fit(spectrum, model())
    record = caught.value.record
    assert record.status is Status.REJECTED
    assert record.notes[0].code == "no-line-found"
    assert spectra.fit(spectrum, model(), check=False).status is Status.REJECTED
    turned = spectrum.assign(intensity=-spectrum["intensity"])
    assert "no-line-found" not in {note.code for note in spectra.fit(turned, model()).notes}


def test_noise_alone_gives_upper_limits_not_lines():
    data = 0.5 + np.random.default_rng(1).normal(0, 0.05, X.size)
    spectrum = spectra.from_arrays(X, data, axis="chemical_shift", noise=0.05, technique="31P NMR")
    lines = tuple(
        peak(f"p{n}", {"center": (c, c, c), "fwhm": (9.0, 9.0, 9.0), "fraction": (0.5, 0.5, 0.5)})
        for n, c in enumerate(CENTERS)
    )
    found = spectra.fit(spectrum, model(peaks=lines))
    assert found.status.trusted
    assert "upper limits" in {note.code: note.remedy for note in found.notes}["no-line-found"]
    assert np.all(found.areas.value.values < 3 * found.areas.sd.values)


def test_lines_that_trade_are_found_by_their_sum():
    # two lines at one place: each area is uncertain by more than itself, their sum is not
    same = tuple(
        peak(name, {"center": (c, c, c), "fwhm": (9.0, 9.0, 9.0), "fraction": (0.5, 0.5, 0.5)})
        for name, c in (("a", 82.0), ("b", 82.2))
    )
    data = shapes.pseudo_voigt(X, 4.0, 82.1, 9.0, 0.5) + np.random.default_rng(0).normal(0, 0.05, X.size)
    spectrum = spectra.from_arrays(X, data, axis="chemical_shift", noise=0.05, technique="31P NMR")
    found = spectra.fit(spectrum, model(peaks=same))
    assert np.all(found.areas.value.values < 3 * found.areas.sd.values)
    assert "no-line-found" not in {note.code for note in found.notes}


@pytest.mark.parametrize("stated", [{"noise_correlation": 1.0}, {}])
def test_correlated_noise_says_by_how_much_the_errors_are_too_small(stated):
    # noise with a neighbour correlation of 0.8: sd of a wide line's area is sqrt(1.8 / 0.2) = 3 times larger
    lines = tuple(
        peak(f"p{n}", {"center": (c, c, c), "fwhm": (w, w, w), "fraction": (f, f, f)})
        for n, (c, w, f) in enumerate(zip(CENTERS, TRUTH["fwhm"], TRUTH["fraction"], strict=True))
    )
    pulls = []
    for seed in range(60):
        white = np.random.default_rng(seed).normal(0, 0.05 * 0.6, X.size + 200)
        red = lfilter([1.0], [1.0, -0.8], white)[200:]
        found = spectra.fit(
            spectra.from_arrays(X, clean() + red, axis="chemical_shift", **stated), model(peaks=lines, technique="")
        )
        pulls.append((found.areas.value.values - TRUTH["area"]) / found.areas.sd.values)
    if not stated:  # it is taken as correlated without being asked
        assert "noise-correlated" in {note.code for note in found.notes}
        assert 0.7 < np.std(pulls) < 1.8  # 3 where it is said to be white; lines wide as the range hide slow noise
        return
    text = {note.code: note.text for note in found.notes}["residuals-correlated"]
    factor = float(re.search(r"too small by a factor of ([0-9.]+)", text)[1])
    assert factor == pytest.approx(3.0, abs=0.4)
    assert np.std(pulls) == pytest.approx(factor, rel=0.25)


def test_noise_of_a_filled_spectrum_is_said_to_be_as_correlated_as_it_is():
    """Zero-filled twenty times: twenty points count as one, whatever the correlation of neighbours alone says."""
    white = np.random.default_rng(0).normal(size=4000)
    filled = np.fft.irfft(np.concatenate([np.fft.rfft(white)[:100], np.zeros(1901)]))
    x = np.linspace(0.0, 100.0, 4000)
    lines = (peak("p", {"center": (50.0, 48.0, 52.0), "fwhm": (0.5, 0.2, 1.0), "fraction": (0.5, 0.5, 0.5)}),)
    y = 3 * np.exp(-(((x - 50.0) / 0.3) ** 2)) + filled
    found = spectra.fit(spectra.from_arrays(x, y, axis="chemical_shift"), model(peaks=lines, technique=""), check=False)
    (note,) = (note for note in found.notes if note.code == "residuals-correlated")
    assert float(re.search(r"here ([0-9.]+)", note.remedy)[1]) == pytest.approx(20, rel=0.2)
    assert float(re.search(r"too small by a factor of ([0-9.]+)", note.text)[1]) == pytest.approx(20**0.5, rel=0.1)
