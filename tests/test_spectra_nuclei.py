"""What nobody says and must not be assumed: widths of other nuclei, one exponential, a monochromated source."""

import numpy as np
import pytest

import spectra
import structure
from shortrange_core import BadInput, Status
from spectra import nmr, raman, xps
from spectra.nmr import recovery

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
    assert fit.status.trusted
    assert nmr.LORENTZ_FWHM.source not in fit.pulls.facets["source"]  # that is known of 31P
    assert any("assumed to be that of 31P" in source for source in fit.pulls.facets["source"])
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
    # its maximum is 1100 times the noise, where a shimmed line of a solution is no Voigt line to its last per cent
    assert fit.status is Status.MISFIT
    assert any("chi2/dof" in note.text and "ppm" in note.text for note in fit.notes if note.code == "misfit")


@pytest.mark.parametrize(
    ("energy", "stated", "severity"),
    [
        (1253.6, None, "warning"),
        (1486.6, None, "info"),
        (1486.6, False, "warning"),
        (1486.6, True, ""),
        (600.0, None, ""),
    ],
)
def test_a_source_that_nobody_calls_monochromated_has_satellites(energy, stated, severity):
    x = np.arange(515.0, 550.0, 0.1)
    counts = np.random.default_rng(5).poisson(200 + 900 * np.exp(-(((x - 531) / 0.9) ** 2))).astype(float)
    region = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique="O 1s XPS")
    ready = xps.prepare(region, photon_energy=energy, monochromatic=stated, charge_shift=0.0)
    found = [note for note in xps.model(ready, ["NBO"], sodium=False).notes if note.code == "source-satellites"]
    assert [str(note.severity) for note in found] == ([severity] if severity else [])


def test_the_satellite_of_a_real_magnesium_source_is_told_and_seen(real_data):
    """A titanate with Mg Ka: the file does not say that the source is monochromated, and below O 1s stands a hump."""
    path = real_data / "xps/phi_spe_txt_pairs_BNT/BN-BS-1_multiplex.spe"
    ready = xps.prepare(spectra.read(path, technique="O 1s XPS"), charge_shift=-4.03, charge_sd=0.2)
    model = xps.model(ready, ["NBO"], windows={"NBO": (528.0, 531.0)}, sodium=False, background="linear")
    assert "source-satellites" in codes(model.notes)
    fit = spectra.fit(ready, model, check=False)
    energy, rest = fit.curves["binding_energy"].values, fit.curves["data"].values - fit.curves["model"].values
    center = fit.parameters.select(["nbo_center"]).value.item()
    width = 20  # points of 0.05 eV
    smooth = np.convolve(rest, np.full(width, 1 / width), "same")
    below = (energy > center - 13.0) & (energy < center - 4.0)
    top = energy[below][int(np.argmax(smooth[below]))]
    assert 7.0 < center - top < 10.0
    assert np.ptp(smooth[below]) > 8 * float(ready.noise.median()) / np.sqrt(width)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"spinning_rate": 20.0}, "spinning_rate = 20: is in Hz; 20 kHz is 20e3"),
        ({"flip_angle": 1.05}, "flip_angle = 1.05: is in degrees"),
        ({"recycle_delay": -1.0}, "recycle_delay = -1: must be above 0"),
        ({"recycle_delay": float("nan"), "flip_angle": 400.0}, r"(?s)recycle_delay: is not a number.*flip_angle = 400"),
    ],
)
def test_a_value_in_another_unit_is_refused(given, rule):
    with pytest.raises(BadInput, match=rule):
        nmr.prepare(phosphorus(), **given)
    assert nmr.prepare(phosphorus(), spinning_rate=np.inf).spinning_rate.item() == np.inf


@pytest.mark.parametrize("laser", [0.488, 20491.0])
def test_a_laser_line_in_another_unit_is_refused(tmp_path, laser):
    shift = np.linspace(200.0, 700.0, 60)
    glass = spectra.from_arrays(shift, 100 + shift, axis="raman_shift", noise=1.0, technique="Raman")
    with pytest.raises(BadInput, match=rf"laser = {laser:g}: must be in nm, between 200 and 2000"):
        raman.prepare(glass, temperature=295.0, laser=laser)
    path = tmp_path / "nm.txt"
    path.write_text("Wavelength (nm)\tcounts\n" + "".join(f"{540 + k}\t{10 + k % 7}\n" for k in range(60)))
    with pytest.raises(BadInput, match=rf"laser = {laser:g}: must be in nm"):
        spectra.read(path, technique="Raman", laser=laser)


def test_energies_in_another_unit_or_of_another_kind_are_refused():
    x = np.arange(280.0, 295.0, 0.1)
    counts = np.random.default_rng(6).poisson(200 + 900 * np.exp(-(((x - 285) / 0.9) ** 2))).astype(float)
    region = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique="C 1s XPS")
    with pytest.raises(BadInput, match=r"photon_energy = 1\.4866: must be in eV and above every energy"):
        xps.prepare(region, photon_energy=1.4866)
    with pytest.raises(BadInput, match=r"charge_shift = 284\.8: is added to the binding energies"):
        xps.prepare(region, photon_energy=1486.6, charge_shift=284.8)
    assert xps.prepare(region, photon_energy=1486.6, charge_shift=-40.0).charge_shift.item() == -40.0


def test_bands_of_a_real_silicate_are_wider_than_those_of_a_sulfide(real_data):
    glass = raman.prepare(spectra.read(real_data / "raman/glass_LS4_silicate_MITcopy.txt", technique="Raman"))
    windows = {"Si:O2/O2": (930.0, 970.0), "Si:O/O3": (1060.0, 1110.0)}
    more = {"bend": (760.0, 820.0), "shoulder": (1000.0, 1060.0), "broad": (1120.0, 1180.0), "low": (540.0, 600.0)}
    options = {"windows": windows, "unassigned": more, "background_degree": 1}
    narrow = spectra.fit(glass, raman.model(glass, list(windows), **options), check=False)
    wide = spectra.fit(glass, raman.model(glass, list(windows), widest=200.0, **options), check=False)
    assert "parameter-at-bound" in codes(narrow.notes)
    misfit = [np.sqrt(np.mean((f.curves["data"].values - f.curves["model"].values) ** 2)) for f in (narrow, wide)]
    assert misfit[1] < 0.35 * misfit[0]
    center, fwhm = (wide.parameters.select([f"si_o_o3_{q}"]).value.item() for q in ("center", "fwhm"))
    assert center == pytest.approx(1081.5, abs=8.0)
    assert 50.0 < fwhm < 110.0
    with pytest.raises(BadInput, match="widest = 2: is a FWHM in cm-1 above 4"):
        raman.model(glass, list(windows), windows=windows, widest=2.0)


def test_pairs_are_coupled_where_both_nuclei_are_there():
    """All phosphorus is 31P; of silicon one in twenty is 29Si, so that two are hardly ever neighbours."""
    ends = {"P:S3/S": (86.0, 96.0), "Si:S/S3": (-10.0, 0.0)}
    for label, nucleus in (("P:S3/S", "31P"), ("Si:S/S3", "29Si")):
        window = ends[label]
        axis = np.linspace(window[0] - 60, window[1] + 60, 300)
        spectrum = spectra.from_arrays(
            axis, 1e-3 * axis, axis="chemical_shift", noise=0.1, technique=f"{nucleus} NMR", nucleus=nucleus,
            reference="TMS" if nucleus == "29Si" else "85% H3PO4", recycle_delay=np.inf,
            spinning_rate=12e3, larmor_frequency=80.0,
        )  # fmt: skip
        told = {note.code for note in spectra.nmr.model(spectrum, [label], windows={label: window}).notes}
        assert ("coupled-pair-sidebands" in told) == (nucleus == "31P")


@pytest.mark.parametrize("glass", ["40Li2S-60SiS2", "25Na2O-75B2O3", "40Li2S-60GeS2", "Na3PS3O"])
def test_units_of_a_glass_have_lines_of_different_names(glass):
    """Q0 and the unit whose ligands all bridge among them: names tell which shapes of a series belong together."""
    units = structure.species(structure.composition(glass))
    assert len({spectra.models.identifier(unit) for unit in units}) == len(units)
