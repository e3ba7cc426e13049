"""Models of photoelectron regions: Auger line, charge, doublets, satellites, backgrounds, scales."""

import numpy as np
import pytest
import xarray as xr
from technique_spectra import codes

import spectra
from shortrange_core import BadInput
from spectra import xps
from spectra.models import Default


def oxygen_region(rng: np.random.Generator, auger: float = 6000.0) -> xr.Dataset:
    x = np.arange(524.0, 545.0, 0.1)
    y = 400 + 2 * (x - 524)
    for area, center, fwhm in ((3000.0, 532.5, 1.6), (9000.0, 531.0, 1.6), (auger, 535.6, 2.6)):
        y = y + area * 2 * np.sqrt(np.log(2) / np.pi) / fwhm * np.exp(-4 * np.log(2) * ((x - center) / fwhm) ** 2)
    counts = rng.poisson(y).astype(float)
    return spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique="O 1s XPS")


OXYGEN = {"BO": Default(532.5, 0.2, "a"), "NBO": Default(531.0, 0.2, "a")}


def test_the_source_is_asked_for():
    with pytest.raises(BadInput, match=r"give photon_energy=1486\.6"):
        xps.prepare(oxygen_region(np.random.default_rng(0)))
    with pytest.raises(BadInput, match=r"xps\.prepare"):
        xps.model(oxygen_region(np.random.default_rng(0)), ["BO", "NBO"], priors=OXYGEN)


@pytest.mark.parametrize("sd", [0.0, 0.2, 1.0])
def test_the_window_of_the_auger_line_moves_with_the_axis(sd):
    spectrum = xps.prepare(oxygen_region(np.random.default_rng(7)), photon_energy=1486.6, charge_shift=0.0)
    center = xps.model(spectrum, ["BO", "NBO"], priors=OXYGEN, offset_sd=sd).peaks[-1].quantities["center"]
    assert (center.lower, center.upper) == pytest.approx((535.6 - 1.5 - 2 * sd, 535.6 + 1.5 + 2 * sd))


def test_auger_line_under_oxygen_is_in_the_model_and_told():
    spectrum = xps.prepare(oxygen_region(np.random.default_rng(7)), photon_energy=1486.6, charge_shift=0.0)
    model = xps.model(spectrum, ["BO", "NBO"], priors=OXYGEN, background="linear")
    assert [line.name for line in model.peaks] == ["bo", "nbo", "na_kl1l23"]
    assert {"auger-under-o1s", "surface-oxygen"} <= set(codes(model))
    fit = spectra.fit(spectrum, model)
    expected = np.array([3000.0, 9000.0, 6000.0])
    np.testing.assert_array_less(np.abs(fit.areas.value.values - expected), 4 * fit.areas.sd.values)
    with_magnesium = xps.prepare(oxygen_region(np.random.default_rng(7)), photon_energy=1253.6, charge_shift=0.0)
    model = xps.model(with_magnesium, ["BO", "NBO"], priors=OXYGEN, background="linear")
    assert "auger-under-o1s" not in codes(model)


def test_mg_source_and_carbon():
    x = np.arange(278.0, 292.0, 0.1)
    spectrum = spectra.from_arrays(
        x, 100 + 50 * np.exp(-((x - 285) ** 2)), axis="binding_energy", noise=1.0, technique="C 1s XPS"
    )
    ready = xps.prepare(spectrum, photon_energy=1253.6, monochromatic=False)
    found = codes(xps.model(ready, ["carbon"]))
    assert {"auger-near-c1s", "source-satellites", "charge-unreferenced"} <= set(found)


def test_a_charge_shift_carries_its_uncertainty():
    region = oxygen_region(np.random.default_rng(8))
    moved = xps.prepare(region, photon_energy=1486.6, charge_shift=-0.4, charge_sd=0.15)
    assert moved.binding_energy[0].item() == pytest.approx(523.6)
    assert xps.model(moved, ["NBO"], priors=OXYGEN).offset_sd == 0.15
    with pytest.raises(BadInput, match="already shifted"):
        xps.prepare(moved, charge_shift=0.1)


def test_a_stated_scale_needs_no_charge_shift():
    region = oxygen_region(np.random.default_rng(8))
    unknown = xps.model(xps.prepare(region, photon_energy=1486.6), ["NBO"], priors=OXYGEN)
    assert "charge-unreferenced" in codes(unknown)
    assert unknown.offset_sd == 1.0
    ready = xps.prepare(region, photon_energy=1486.6, reference="C 1s 284.8")
    np.testing.assert_array_equal(ready.binding_energy, region.binding_energy)
    assert ready.reference.item() == "C 1s 284.8"
    for referenced in (ready, xps.prepare(region.assign_coords(reference="C 1s 284.8"), photon_energy=1486.6)):
        model = xps.model(referenced, ["NBO"], priors=OXYGEN)
        assert "charge-unreferenced" not in codes(model)
        assert model.offset_sd == 0.2
    stated = xps.prepare(region, photon_energy=1486.6, reference="Au 4f 84.0", charge_sd=0.05)
    assert xps.model(stated, ["NBO"], priors=OXYGEN).offset_sd == 0.05
    with pytest.raises(BadInput, match=r"is on the scale 'Au 4f 84.0'"):
        xps.prepare(stated, reference="C 1s 284.8")
    for bad in ({"reference": " "}, {"reference": "C 1s 284.8", "charge_sd": -1.0}):
        with pytest.raises(BadInput, match=r"reference|charge_sd"):
            xps.prepare(region, photon_energy=1486.6, **bad)


def test_kinetic_energies_become_binding_energies():
    kinetic = spectra.from_arrays(
        np.linspace(950.0, 960.0, 101), np.arange(101.0) + 1, axis="kinetic_energy", noise=1.0, technique="O 1s XPS"
    )
    binding = xps.prepare(kinetic, photon_energy=1486.6)
    assert binding.binding_energy.values[[0, -1]] == pytest.approx([526.6, 536.6])
    assert binding.intensity.values[0] == 101.0


def test_doublets_follow_spin_and_orbit():
    x = np.arange(126.0, 140.0, 0.05)
    y = 50.0 + 0 * x
    for area, center in ((1000.0, 132.0), (500.0, 132.85)):
        y = y + area * 2 * np.sqrt(np.log(2) / np.pi) / 1.2 * np.exp(-4 * np.log(2) * ((x - center) / 1.2) ** 2)
    counts = np.random.default_rng(9).poisson(y).astype(float)
    spectrum = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique="P 2p XPS")
    ready = xps.prepare(spectrum, photon_energy=1486.6, charge_shift=0.0)
    fit = spectra.fit(ready, xps.model(ready, ["P:S4"], background="linear"))
    first, partner = fit.areas.value.values
    assert partner == pytest.approx(0.5 * first)
    assert abs(first - 1000) < 4 * fit.areas.sd.values[0]
    assert fit.areas.facets["assignment"] == ("P:S4", "")


def test_satellites_are_images_of_their_lines():
    x = np.arange(515.0, 540.0, 0.1)
    satellite = xps.Satellite(8.4, 0.08, "typed in for this test")
    y = 200.0 + 0 * x
    for area, center in ((8000.0, 531.0), (640.0, 522.6)):
        y = y + area * 2 * np.sqrt(np.log(2) / np.pi) / 1.6 * np.exp(-4 * np.log(2) * ((x - center) / 1.6) ** 2)
    counts = np.random.default_rng(12).poisson(y).astype(float)
    raw = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique="O 1s XPS")
    region = xps.prepare(raw, photon_energy=1253.6, charge_shift=0.0, monochromatic=False)
    options = {"priors": OXYGEN, "background": "linear", "sodium": False}
    plain = spectra.fit(region, xps.model(region, ["NBO"], **options), check=False)
    told = spectra.fit(region, xps.model(region, ["NBO"], satellites=[satellite], **options), check=False)
    assert told.chi2 < plain.chi2 - 100
    assert abs(told.areas.value.values[0] - 8000) < 4 * told.areas.sd.values[0]
    assert told.areas.facets["assignment"] == ("NBO", "")


def test_a_tougaard_background_can_be_asked_for():
    spectrum = xps.prepare(oxygen_region(np.random.default_rng(7)), photon_energy=1486.6, charge_shift=0.0)
    model = xps.model(spectrum, ["BO", "NBO"], priors=OXYGEN, background="tougaard")
    assert [part.kind for part in model.background] == ["polynomial", "tougaard"]
    with pytest.raises(BadInput, match="background 'spline'"):
        xps.model(spectrum, ["BO"], priors=OXYGEN, background="spline")


def test_surface_candidates_count_for_nothing():
    spectrum = xps.prepare(oxygen_region(np.random.default_rng(7)), photon_energy=1486.6, charge_shift=0.0)
    model = xps.model(spectrum, ["BO", "NBO"], priors=OXYGEN, surface=["hydroxide"])
    assert [line.assignment for line in model.peaks] == ["BO", "NBO", "", ""]
