"""Photoelectron lines that may be one or two, and those that end at the end of their region."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from xps_regions_by_hand import ready, region

import spectra
from spectra import xps
from spectra.xps import _asymmetry
from studies import xps_doublets
from studies.fit_doublets import CENTER, X


def carbon_of_polymer(separation: float, ratio: float, counts: float, seed: int) -> xr.Dataset:
    """C 1s of a polymer, or of two: each has a shoulder of vibrations 0.68 eV above, of 0.11 of its height."""
    shape, x = xps_doublets._reference(), X - CENTER
    curve = shape(x) + (ratio * shape(x - separation) if ratio else 0.0)
    drawn = np.random.default_rng(seed).poisson(counts * (np.maximum(curve, 0) / shape(0.0) + 0.1)).astype(float)
    made = spectra.from_arrays(
        X, drawn, axis="binding_energy", counts=drawn, technique="C 1s XPS", photon_energy=1486.6
    )
    return xps.prepare(made, charge_shift=0.0, monochromatic=True)


@pytest.mark.parametrize(
    ("separation", "ratio", "counts", "told"),
    [
        (0.0, 0.0, 1e3, True),
        (0.0, 0.0, 1e4, True),
        (0.8, 0.5, 1e3, False),
        (0.8, 0.5, 1e4, False),
        (1.5, 0.2, 1e3, False),
    ],
)
def test_an_asymmetric_singlet_is_not_called_two_in_silence(separation, ratio, counts, told):
    """One polymer fitted with two symmetric lines: one line with a tail is as good, and said; two polymers are two."""
    windows = {"carbon": (284.0, 286.0), "more": (284.8, 288.0)}
    for seed in range(2):
        region = carbon_of_polymer(separation, ratio, counts, seed)
        fit = spectra.fit(region, xps.model(region, list(windows), windows=windows, background="linear"), check=False)
        assert ("tail-or-line" in [note.code for note in xps.XPS.remarks(fit)]) == told
    one = xps.model(region, ["carbon"], windows={"carbon": (284.0, 286.0)}, shape="asymmetric_voigt")
    assert "tail-or-line" not in [note.code for note in xps.XPS.remarks(spectra.fit(region, one, check=False))]


def test_two_lines_whose_distance_is_stated_are_two():
    """A recipe of a lithium glass states how far BO lies above NBO, of which nothing is published: that is no doubt."""
    windows = {"carbon": (284.0, 286.0), "more": (284.8, 288.0)}
    region = carbon_of_polymer(0.0, 0.0, 1e3, 0)
    for stated, told in (
        ((), True),
        (("more_center - carbon_center >= 0.1",), True),  # their order, which says nothing of how far
        (("more_fwhm <= 3",), True),
        (("more_center - carbon_center <= 1.9",), False),
        (("carbon_center >= more_center - 1.9",), False),
    ):
        model = xps.model(region, list(windows), windows=windows, background="linear")
        model = replace(model, constraints=(*model.constraints, *stated))
        fit = spectra.fit(region, model, check=False)
        assert ("tail-or-line" in [note.code for note in xps.XPS.remarks(fit)]) == told


def test_two_clear_lines_cost_no_search_for_one(monkeypatch):
    """A whole fit of what misses the data searches on, some hundred times as long as the fit of two lines."""
    windows = {"carbon": (284.0, 286.0), "more": (285.8, 288.0)}
    clear = ready(region([(4e4, 284.8, 1.2), (2e4, 286.4, 1.2)], 280.0, 292.0, "C 1s XPS", 1))
    fit = spectra.fit(clear, xps.model(clear, list(windows), windows=windows, background="linear"), check=False)
    monkeypatch.setattr("spectra.xps._asymmetry.REACH", 10.0)  # whatever lies how far apart
    monkeypatch.setattr("spectra.xps._asymmetry.fit", None)
    assert "tail-or-line" not in [note.code for note in xps.XPS.remarks(fit)]


def test_one_line_in_place_of_two_has_no_satellites_of_theirs():
    windows = {"carbon": (284.0, 286.0), "more": (284.8, 288.0)}
    ghost = xps.Satellite(8.4, 0.08, "stated for this test")
    clear = ready(region([(4e4, 284.8, 1.2)], 270.0, 292.0, "C 1s XPS", 1))
    fit = spectra.fit(clear, xps.model(clear, list(windows), windows=windows, satellites=[ghost]), check=False)
    low, high = (line for line in fit.model.peaks if line.name in windows)
    names = [line.name for line in _asymmetry._as_one(fit, low, high).peaks]
    assert names == ["carbon"]


def oxygen_counts(seed: int, *, bridging: float, top: float = 545.0) -> xr.Dataset:
    """O 1s with a sodium Auger line of its own width above it; counts."""
    rng = np.random.default_rng(seed)
    x = np.arange(525.0, top + 0.01, 0.1)
    y = np.full_like(x, 400.0)
    for area, center, width in ((bridging, 533.2, 1.7), (3000.0, 531.5, 1.7), (3000.0, 535.6, 2.6)):
        y += area * np.exp(-4 * np.log(2) * ((x - center) / width) ** 2) / (1.0645 * width)
    counts = rng.poisson(y).astype(float)
    made = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique="O 1s XPS")
    return xps.prepare(made, photon_energy=1486.6, reference="C 1s 284.8")


def test_an_absent_line_ends_at_its_bound_with_a_limit() -> None:
    """BO that is not there: every fit ends, at the bound or with an area of noise, and 3 sd is a limit that holds."""
    windows = {"BO": (531.5, 534.0), "NBO": (530.0, 532.2)}  # the limit of an absent line hangs on where it may lie
    for seed in range(6):
        data = oxygen_counts(seed, bridging=0.0)
        fit = spectra.fit(data, xps.model(data, ["BO", "NBO"], windows=windows), check=False)
        assert fit.status in ("ok", "at_bound")
        area, sd = fit.areas.value.sel(entry="bo").item(), fit.areas.sd.sel(entry="bo").item()
        assert 0 <= area < 4 * sd + 1e-9
        assert sd < 600  # at 1 eV from NBO, at widths of 1.7 eV, some hundred may pass from one to the other
        assert np.nanmax(fit.parameters.sd.values) < 1e6


@pytest.mark.parametrize("top", [535.0, 536.0, 545.0])
def test_a_range_that_ends_on_the_auger_line_keeps_it(top: float) -> None:
    pulls = []
    for seed in range(4):
        data = oxygen_counts(seed, bridging=500.0, top=top)
        model = xps.model(data, ["BO", "NBO"])
        assert "na_kl1l23" in [peak.name for peak in model.peaks]
        assert ("auger-cut-off" in [note.code for note in model.notes]) == (top < 538)
        fit = spectra.fit(data, model, check=False)
        assert fit.status in ("ok", "at_bound", "undetermined")
        area, sd = fit.areas.value.sel(entry="bo").item(), fit.areas.sd.sel(entry="bo").item()
        pulls.append((area - 500.0) / sd)
    assert max(map(abs, pulls)) < 4
    low = xps.model(oxygen_counts(0, bridging=500.0, top=531.6), ["NBO"])
    assert "na_kl1l23" not in [peak.name for peak in low.peaks]
