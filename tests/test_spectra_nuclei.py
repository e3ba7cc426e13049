"""Nothing is special to 31P: other nuclei, their widths, and recoveries that are no single exponential."""

import numpy as np
import pytest

import spectra
from shortrange_core import Status
from spectra import nmr
from spectra.saturation import recovery

GAUSS = 2 * np.sqrt(np.log(2) / np.pi)


def lines(technique, truth, low, high, points, sd, seed):
    x = np.linspace(low, high, points)
    y = np.random.default_rng(seed).normal(0.0, sd, points)
    for area, center, fwhm in truth:
        y += area * GAUSS / fwhm * np.exp(-4 * np.log(2) * ((x - center) / fwhm) ** 2)
    return spectra.from_arrays(x, y, axis="chemical_shift", noise=sd, technique=technique)


def codes(notes):
    return {note.code for note in notes}


def test_selenium_works_as_phosphorus_does():
    """Lines of 77Se are ten times as wide as those of 31P, and so is their background."""
    truth = [(500.0, 600.0, 60.0), (420.0, 330.0, 90.0)]
    prepared = nmr.prepare(lines("77Se NMR", truth, -200.0, 1000.0, 1500, 0.05, 1), reference="Me2Se")
    windows = {"Ge:Se4": (550.0, 650.0), "Ge:/Se4": (280.0, 380.0)}
    model = nmr.model(prepared, list(windows), windows=windows)
    assert "no-width-assumed" in codes(model.notes)
    assert "no-width-assumed" not in codes(nmr.model(phosphorus(), ["P:S4"]).notes)
    fit = spectra.fit(prepared, model)
    assert fit.status is Status.OK
    for peak, (area, center, _) in zip(fit.areas.entries, truth, strict=True):
        one = fit.areas.where(peak=peak)
        assert abs(one.value.item() - area) < 4 * one.sd.item()
        found = fit.parameters.select([f"{peak}_center"])
        assert abs(found.value.item() - center) < 4 * found.sd.item()
    assert fit.areas.where(peak=fit.areas.entries[0]).sd.item() < 0.05 * truth[0][0]


def phosphorus():
    return nmr.prepare(lines("31P NMR", [(100.0, 82.0, 8.0)], -100, 200, 600, 0.05, 3), reference="85% H3PO4")


def test_silicon_of_a_glass_and_of_a_crystal():
    truth = [(300.0, -105.0, 14.0), (60.0, -85.0, 1.2)]
    prepared = nmr.prepare(lines("29Si NMR", truth, -180.0, 0.0, 1200, 0.05, 2), reference="TMS")
    windows = {"Si:/O4": (-112.0, -98.0), "Si:O/O3": (-90.0, -80.0)}
    fit = spectra.fit(prepared, nmr.model(prepared, list(windows), windows=windows))
    assert fit.status is Status.OK
    for peak, (area, _, fwhm) in zip(fit.areas.entries, truth, strict=True):
        one = fit.areas.where(peak=peak)
        assert abs(one.value.item() - area) < 4 * one.sd.item()
        gauss, lorentz = (fit.parameters.select([f"{peak}_{q}_fwhm"]).value.item() for q in ("gauss", "lorentz"))
        assert np.hypot(gauss, 0.5 * lorentz) + 0.5 * lorentz == pytest.approx(fwhm, rel=0.15)


def test_a_recovery_of_two_times_in_one_line_is_told():
    """Two crystals in one range: one exponential misses by far more than the noise, and the sd has to say so."""
    t = np.array([1.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0])
    areas = 50 * (1 - np.exp(-t / 8)) + 50 * (1 - np.exp(-t / 60))
    sd = np.full(t.size, 0.05)
    one = recovery(t, areas, sd)
    assert codes(one.notes) == {"recovery-misfit"}
    plain = recovery(t, 100 * (1 - np.exp(-t / 22)) + np.random.default_rng(1).normal(0, 0.05, t.size), sd)
    assert plain.notes == ()
    widened = one.estimates.sd.sel(entry="t1").item() / plain.estimates.sd.sel(entry="t1").item()
    assert widened > 10
    stretched = recovery(t, areas, sd, stretched=True)
    assert stretched.chi2 < 0.2 * one.chi2
    assert "stretched exponential" in stretched.notes[0].text


def test_real_silicon_line_of_a_solution(real_data):
    spectrum = spectra.read(real_data / "nmr/bruker_29Si_solution_79MHz.jdx", block="File034_nmr_29Si")
    prepared = nmr.prepare(spectrum, reference="TMS", window=(-5.0, 10.0))
    fit = spectra.fit(prepared, nmr.model(prepared, ["Si:O4"], windows={"Si:O4": (1.0, 5.0)}), check=False)
    assert fit.parameters.select(["si_o4_center"]).value.item() == pytest.approx(2.68, abs=0.05)
    assert fit.status.trusted
