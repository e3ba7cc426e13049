"""Models of the four techniques: what they fit, what they say, what they refuse."""

import numpy as np
import pytest
import xarray as xr
from technique_spectra import codes

import reference_peaks
import spectra
from shortrange_core import BadInput, Estimates, Severity, load, save
from shortrange_core.spelling import spoken_in
from spectra import ftir, nmr, raman, xps
from spectra.fits import merged
from spectra.models import Default
from spectra.nmr import rescaled, saturation_note
from spectra.noise import quiet_noise
from spectra.shapes import manifold

RATE, LARMOR = 20e3, 202.4
PRIORS = {
    "P:S4": Default(82.0, 0.5, "a"),
    "P:S3O": Default(82.0, 0.5, "a"),
    "P:SO3": Default(32.0, 0.5, "b"),
    "P:O4": Default(3.0, 0.5, "c"),
}


def nmr_spectrum(rng: np.random.Generator | None = None, *, offset: float = 0.0, **coords: object) -> xr.Dataset:
    """PS4 0.7, PSO3 0.3 with sidebands; Gaussian lines; written apart from the kernel under test."""
    x = np.linspace(-250, 350, 3001)
    y = np.zeros_like(x)
    for area, center, zeta, eta in ((700.0, 82.0, 10.0, 0.3), (300.0, 32.0, 160.0, 0.4)):
        bands = manifold(zeta * LARMOR / RATE, eta)
        for order, share in zip(bands.order, bands.intensity, strict=True):
            at = center + offset + order * RATE / LARMOR
            y += area * share * np.exp(-4 * np.log(2) * ((x - at) / 6.0) ** 2) * 2 * np.sqrt(np.log(2) / np.pi) / 6.0
    noise = 0.3
    y = y + 2.0 + (0 if rng is None else rng.normal(0, noise, x.size))
    return spectra.from_arrays(x, y, axis="chemical_shift", noise=noise, technique="31P NMR", **coords)


def ready(**more: object) -> xr.Dataset:
    return nmr_spectrum(
        np.random.default_rng(0), reference="85% H3PO4", spinning_rate=RATE, larmor_frequency=LARMOR, **more
    )


# NMR


def test_sidebands_count_into_the_area_of_their_site():
    spectrum = nmr.prepare(ready(recycle_delay=2000.0, flip_angle=30.0))
    fit = spectra.fit(spectrum, nmr.model(spectrum, ["P:S4", "P:SO3"], priors=PRIORS))
    share = fit.areas.propagate(lambda a: a / a.sum(), ["P:S4", "P:SO3"])
    np.testing.assert_array_less(np.abs(share.value.values - [0.7, 0.3]), 4 * share.sd.values + 1e-12)
    assert share.sd.values.max() < 0.01
    alone = spectrum.assign_coords(spinning_rate=np.inf)
    without = spectra.fit(alone, nmr.model(alone, ["P:S4", "P:SO3"], priors=PRIORS), check=False)
    lost = without.areas.value.values[1] / without.areas.value.values.sum()
    assert lost < 0.24, "the centreband alone holds about 64 % of PSO3"


def test_tensors_come_in_the_convention():
    spectrum = nmr.prepare(ready())
    fit = spectra.fit(spectrum, nmr.model(spectrum, ["P:S4", "P:SO3"], priors=PRIORS))
    found = nmr.tensors(fit)["p_so3"]
    zeta = found.value.sel(entry="zeta").item()
    assert abs(zeta - 160) < 4 * found.sd.sel(entry="zeta").item()
    assert found.value.sel(entry="delta_11").item() >= found.value.sel(entry="delta_22").item()


def test_priors_act_relative_to_one_offset():
    spectrum = nmr.prepare(
        nmr_spectrum(np.random.default_rng(1), offset=1.3, spinning_rate=RATE, larmor_frequency=LARMOR, reference="x")
    )
    fit = spectra.fit(spectrum, nmr.model(spectrum, ["P:S4", "P:SO3"], priors=PRIORS, offset_sd=2.0))
    offset = fit.parameters.value.sel(entry="offset").item()
    assert offset == pytest.approx(1.3, abs=0.5)
    assert fit.parameters.value.sel(entry="p_s4_center").item() == pytest.approx(83.3, abs=0.05)


def test_species_that_share_a_shift_are_one_line():
    model = nmr.model(ready(), ["P:S4 + P:S3O", "P:SO3"], priors=PRIORS)
    assert [line.assignment for line in model.peaks] == ["P:S4 + P:S3O", "P:SO3"]
    assert "ps3o-under-ps4" in codes(model)


def test_three_ppm_keeps_both_readings():
    assert "three-ppm-line" in codes(nmr.model(ready(), ["P:O4"], priors=PRIORS))
    assert "three-ppm-line" not in codes(nmr.model(ready(), ["P:S4"], priors=PRIORS))


def test_a_species_without_prior_takes_a_stated_window():
    model = nmr.model(ready(), ["P:S4", "P:S3/S"], priors=PRIORS)
    note = next(note for note in model.notes if note.code == "no-published-position")
    assert "P:S3/S: no published position in the library" in note.text
    assert "87 and 98" in note.text.replace("between ", "")
    given = nmr.model(ready(), ["P:S3/S"], windows={"P:S3/S": (90.0, 96.0)})
    center = given.peaks[0].parameters[1]
    assert (center.lower, center.upper, center.prior) == (90.0, 96.0, None)


def test_saturation_says_by_how_much():
    model = nmr.model(ready(recycle_delay=200.0, flip_angle=60.0), ["P:S4"], priors=PRIORS)
    note = next(note for note in model.notes if note.code == "saturation")
    assert "8.25" in note.text  # (1 - e^-10) / (1 - e^-10 / 2) over (1 - e^-1/15) / (1 - e^-1/15 / 2)
    assert "saturation" in codes(nmr.model(ready(recycle_delay=3000.0, flip_angle=60.0), ["P:S4"], priors=PRIORS))
    assert "saturation" not in codes(nmr.model(ready(recycle_delay=2e4, flip_angle=60.0), ["P:S4"], priors=PRIORS))
    measured = saturation_note(200.0, 60.0, Estimates.build(["a", "b"], [100.0, 300.0], [1.0, 1.0]))
    assert measured is not None
    assert "1.42" in measured.text
    unknown = next(n for n in nmr.model(ready(), ["P:S4"], priors=PRIORS).notes if n.code == "recycle-delay-unknown")
    # (1 - e^-d/20) / (1 - e^-d/3000)
    assert unknown.text.endswith("bias a ratio of areas by a factor of 118 at 10 s, 48 at 60 s, 10.5 at 300 s")
    equal = Estimates.build(["a", "b"], [200.0, 201.0], [1.0, 1.0])
    assert saturation_note(200.0, 60.0, equal) is None


def test_sidebands_outside_the_window_are_told():
    narrow = nmr.prepare(ready(), window=(-20.0, 120.0))
    note = next(n for n in nmr.model(narrow, ["P:SO3"], priors=PRIORS).notes if n.code == "sidebands-outside-window")
    assert "36 %" in note.text


def test_the_area_outside_the_window_is_counted_and_said():
    narrow = nmr.prepare(ready(), window=(-20.0, 150.0))
    fit = spectra.fit(narrow, nmr.model(narrow, ["P:S4", "P:SO3"], priors=PRIORS), check=False)
    outside = nmr.areas_outside(fit)
    bands = manifold(160.0 * LARMOR / RATE, 0.4)
    position = 32.0 + bands.order * RATE / LARMOR
    truth = bands.intensity[(position < -20) | (position > 150)].sum()
    value, sd = outside.value.sel(entry="p_so3").item(), outside.sd.sel(entry="p_so3").item()
    assert abs(value - truth) < 4 * sd
    share = fit.areas.value.values[1] / fit.areas.value.values.sum()
    assert share == pytest.approx(0.3, abs=0.03)


def test_lines_that_could_change_places_are_told():
    assert "interchangeable-lines" in codes(nmr.model(ready(), ["P:S4", "P:S3O"]))
    assert "interchangeable-lines" not in codes(nmr.model(ready(), ["P:S4", "P:SO3"]))
    told = nmr.model(ready(), ["P:S4", "P:S3O", "P:SO3"], priors=PRIORS)
    notes = [note for note in told.notes if note.code == "interchangeable-lines"]
    assert len(notes) == 1
    assert "'P:S4 + P:S3O'" in notes[0].remedy


def test_unknown_spinning_and_scale_are_told():
    model = nmr.model(nmr_spectrum(), ["P:S4"], priors=PRIORS)
    assert {"no-sidebands", "reference-unknown"} <= set(codes(model))


def test_an_open_sign_is_told():
    assert "zeta-sign-open" in codes(nmr.model(ready(), ["P:S4"], priors=PRIORS))
    assert "zeta-sign-open" not in codes(nmr.model(ready(), ["P:SO3"], priors=PRIORS))


def test_a_solution_that_turns_has_no_sidebands():
    turned = ready().assign_coords(spinning_rate=15.0)
    model = nmr.model(turned, ["P:S4"], priors=PRIORS)
    assert model.peaks[0].shape == "phased_voigt"
    assert "15 Hz is not a magic-angle spinning rate" in next(n.text for n in model.notes if n.code == "no-sidebands")


def test_a_sharp_line_beside_a_broad_one_of_the_same_species():
    x = np.linspace(40.0, 130.0, 1801)
    broad = 600 * np.exp(-4 * np.log(2) * ((x - 82) / 7.0) ** 2) * 2 * np.sqrt(np.log(2) / np.pi) / 7.0
    sharp = 150 * 2 / np.pi / 0.6 / (1 + 4 * ((x - 83.5) / 0.6) ** 2)
    y = broad + sharp + 1.0 + np.random.default_rng(21).normal(0, 0.3, x.size)
    raw = spectra.from_arrays(x, y, axis="chemical_shift", noise=0.3, technique="31P NMR", reference="x")
    model = nmr.model(raw, ["P:S4"], priors=PRIORS, crystalline=["P:S4"])
    fit = spectra.fit(raw, model, check=False)
    np.testing.assert_array_less(np.abs(fit.areas.value.values - [600.0, 150.0]), 4 * fit.areas.sd.values)
    together = merged(fit.areas)
    assert together.entries == ("p_s4",)
    assert together.sd.item() < np.sqrt((fit.areas.sd.values**2).sum()), "the two trade against one another"


def test_a_fit_of_manifolds_survives_saving(tmp_path):
    spectrum = nmr.prepare(ready())
    fit = spectra.fit(spectrum, nmr.model(spectrum, ["P:S4", "P:SO3"], priors=PRIORS))
    save(fit, tmp_path / "fit.nc")
    again = load(tmp_path / "fit.nc")
    xr.testing.assert_identical(again.areas.value, fit.areas.value)
    found = spectra.fit(spectrum, again.model)
    np.testing.assert_allclose(found.areas.value, fit.areas.value, rtol=1e-8)


def test_coupled_pairs_are_told():
    assert "coupled-pair-sidebands" in codes(nmr.model(ready(), ["P:S3~P"], windows={"P:S3~P": (103.0, 113.0)}))


def test_a_line_outside_the_spectrum_is_unknown_not_zero():
    model = nmr.model(nmr.prepare(ready(), window=(20.0, 120.0)), ["P:S4", "P:O4"], priors=PRIORS)
    assert [line.assignment for line in model.peaks] == ["P:S4"]
    assert "unknown, not zero" in next(n.text for n in model.notes if n.code == "line-outside-window")


def test_scales_are_never_mixed():
    spectrum = ready()
    with pytest.raises(BadInput, match="on the scale '85% H3PO4', not 'NaH2PO4'"):
        nmr.prepare(spectrum, reference="NaH2PO4")
    with pytest.raises(BadInput, match="shift of NaH2PO4"):
        rescaled(spectrum, "NaH2PO4")
    assert rescaled(spectrum, "NaH2PO4", shift=-1.0).chemical_shift[0].item() == -251.0


def test_the_user_overrides_the_spinning_rate():
    wrong = ready().assign_coords(spinning_rate=7000.0)
    right = nmr.prepare(wrong, spinning_rate=RATE)
    assert right.spinning_rate.item() == RATE
    assert "7000 of the file overridden by 20000" in right.attrs["history"]


def test_sharp_and_broad_lines_of_one_species_and_an_unassigned_one():
    model = nmr.model(
        ready(), ["P:S4", "P:SO3"], priors=PRIORS, crystalline=["P:S4"], unassigned={"hump": (45.0, 55.0)}
    )
    assert [line.assignment for line in model.peaks] == ["P:S4", "P:SO3", "P:S4", ""]
    with pytest.raises(BadInput, match="P:O4 is not a line"):
        nmr.model(ready(), ["P:S4"], priors=PRIORS, crystalline=["P:O4"])


@pytest.mark.parametrize("engine", [raman, ftir, xps])
def test_the_wrong_technique_is_refused_at_both_doors(engine):
    for step in (lambda: engine.prepare(ready()), lambda: engine.model(ready(), ["P:S4"])):
        with pytest.raises(BadInput, match="the axis is chemical_shift, not"):
            step()


def test_all_mistakes_of_a_call_together():
    with pytest.raises(BadInput) as caught:
        nmr.model(ready(), ["P:Se4", "P:S4", "P:S4"], windows={"P:O4": (0.0, 5.0), "P:S4": (5.0, 1.0)})
    assert len(caught.value.problems) == 5


def test_another_nucleus_has_no_phosphorus_windows():
    spectrum = ready().assign_coords(technique="29Si NMR")
    with pytest.raises(BadInput, match="P:S4: has no position and no window in the peak library"):
        nmr.model(spectrum, ["P:S4"])
    model = nmr.model(spectrum, ["Si:O4"], windows={"Si:O4": (-80.0, -60.0)})
    assert model.technique == "29Si NMR"


@pytest.mark.parametrize(("filled", "expected"), [(1, 1.0), (2, 1.0), (4, 2.0), (8, 4.0)])
def test_zero_filled_noise_is_correlated(filled: int, expected: float):
    """A FID of N points zero-filled to M: the real part holds min(M, 2 N) independent points."""
    rng = np.random.default_rng(5)
    size = 4096 // filled
    fid = rng.normal(size=size) + 1j * rng.normal(size=size)
    sd, correlation = quiet_noise(np.fft.fft(fid, 4096).real)
    assert correlation == pytest.approx(expected, rel=0.15)
    assert sd == pytest.approx(np.sqrt(size), rel=0.08)


def test_prepare_measures_noise_and_correlation():
    rng = np.random.default_rng(2)
    fid = 60.0 * np.exp(-np.arange(512) / 60) + rng.normal(size=512) + 1j * rng.normal(size=512)
    y = np.fft.fftshift(np.fft.fft(fid, 2048)).real
    spectrum = spectra.from_arrays(np.linspace(100, -100, 2048), y, axis="chemical_shift", technique="31P NMR")
    prepared = nmr.prepare(spectrum, noise_correlation=None)
    assert prepared.noise_correlation.item() == pytest.approx(2.0, rel=0.25)
    assert prepared.noise[0].item() == pytest.approx(np.sqrt(512), rel=0.15)
    assert nmr.prepare(spectrum, noise_correlation=1.0).noise_correlation.item() == 1.0


# Raman


def raman_spectrum(rng: np.random.Generator, high: float = 700.0) -> xr.Dataset:
    x = np.arange(250.0, high + 0.5)
    y = 6000 * np.exp(-(x - 250) / 300) + 2000
    for height, center, width in ((900.0, 380.0, 14.0), (20000.0, 420.0, 14.0), (2500.0, 402.0, 14.0)):
        y = y + height * np.exp(-4 * np.log(2) * ((x - center) / width) ** 2)
    counts = rng.poisson(y).astype(float)
    return spectra.from_arrays(x, counts, axis="raman_shift", counts=counts, technique="Raman")


def test_raman_bands_and_what_they_are_not():
    spectrum = raman.prepare(raman_spectrum(np.random.default_rng(3)))
    priors = {"P:S4": Default(420.0, 1.0, "a"), "P:S3~P": Default(380.0, 1.5, "a")}
    model = raman.model(spectrum, ["P:S4", "P:S3~P", "P:S3/S"], priors=priors)
    assert {"unknown-response", "oxide-range-missing", "p2s6-overlap", "no-published-position"} <= set(codes(model))
    fit = spectra.fit(spectrum, model)
    expected = np.array([20000.0, 900.0, 2500.0]) * 14.0 * np.sqrt(np.pi / np.log(2)) / 2
    np.testing.assert_array_less(np.abs(fit.areas.value.values - expected), 5 * fit.areas.sd.values)


def test_raman_band_outside_the_window_is_told():
    spectrum = raman_spectrum(np.random.default_rng(4))
    model = raman.model(spectrum, ["P:S4", "P:O4"])
    assert "line-outside-window" in codes(model)
    wide = raman_spectrum(np.random.default_rng(4), high=1300.0)
    assert {"line-outside-window", "oxide-range-missing"}.isdisjoint(codes(raman.model(wide, ["P:S4", "P:O4"])))


# FTIR


def test_a_technique_without_lines_says_what_names_a_line():
    x = np.arange(400.0, 1300.0, 2.0)
    spectrum = spectra.from_arrays(x, np.sin(x), axis="wavenumber", noise=0.1, technique="FTIR")
    with pytest.raises(
        BadInput, match=r"species: none is given, so FTIR has no line to fit; give the species of each line"
    ):
        ftir.model(spectrum, [])
    with spoken_in("recipe"), pytest.raises(BadInput, match="lines: none is given"):
        ftir.model(spectrum, [])


def test_ftir_from_transmittance():
    x = np.arange(400.0, 1301.0, 2.0)
    a = (
        0.05
        + 0.5 * np.exp(-4 * np.log(2) * ((x - 545) / 70) ** 2)
        + 0.2 * np.exp(-4 * np.log(2) * ((x - 880) / 80) ** 2)
    )
    rng = np.random.default_rng(6)
    t = 10**-a + rng.normal(0, 5e-4, x.size)
    raw = spectra.from_arrays(x, t, axis="wavenumber", noise=5e-4, technique="FTIR", intensity_unit="transmittance")
    spectrum = ftir.prepare(raw)
    np.testing.assert_allclose(spectrum.noise, 5e-4 / (t * np.log(10)))
    model = ftir.model(spectrum, ["P:S4", "P:S3/O"])
    assert {"unknown-response", "window-overlap"} <= set(codes(model))
    fit = spectra.fit(spectrum, model)
    expected = np.array([0.5 * 70, 0.2 * 80]) * np.sqrt(np.pi / np.log(2)) / 2
    np.testing.assert_array_less(np.abs(fit.areas.value.values - expected), 5 * fit.areas.sd.values)


# XPS


def test_a_scale_that_nobody_published_on_is_told() -> None:
    """Blanks and capitals do not matter; a slip in the name took all published positions away without a word."""
    for reference, severity, said in (
        ("85%h3po4", None, ""),
        ("NaH2PO5", Severity.WARNING, "did you mean 'NaH2PO4'?"),
        ("solid MDP", Severity.INFO, "'solid MDP'"),
    ):
        spectrum = nmr.prepare(nmr_spectrum(), reference=reference)
        asked = {"cation": "Na", "phase": "glass", "scale": reference}
        priors = reference_peaks.load().priors("31P NMR", ["P:S4"], **asked)
        model = nmr.model(spectrum, ["P:S4"], priors=priors)
        notes = [note for note in model.notes if note.code in ("scale-unlisted", "prior-on-another-scale")]
        assert [note.severity for note in notes] == ([] if severity is None else [severity])
        assert bool(priors) == (severity is None)
        assert all(said in note.text and "published are 85% H3PO4, NaH2PO4" in note.remedy for note in notes)


def test_priors_on_another_scale_are_told() -> None:
    priors = reference_peaks.load().priors("31P NMR", ["P:S4", "P:O4"], cation="Na", phase="glass", scale="NaH2PO4")
    for reference, expected in (("85% H3PO4", True), ("NaH2PO4", False)):
        spectrum = nmr.prepare(nmr_spectrum(), reference=reference)
        model = nmr.model(spectrum, ["P:S4", "P:O4"], priors=priors)
        assert ("prior-on-another-scale" in codes(model)) == expected
