"""A region whose energy scale is referenced wrongly is told so, with how far; others are not."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import spectra
from shortrange_core import Severity
from spectra import xps
from spectra.fits import Fit
from spectra.models import Default

PLACES = {"BO": Default(532.5, 0.35, "a"), "NBO": Default(531.0, 0.4, "a")}
GLASS = [(2500.0, 532.6, 1.6), (9000.0, 531.0, 1.6), (6000.0, 535.7, 2.7)]
"""Areas, eV and widths of BO, NBO and sodium's Auger line."""
CARBONATE = (6000.0, 529.6, 0.9)
SEPARATION = ("bo_center - nbo_center >= 1.5", "bo_center - nbo_center <= 1.9")


def oxygen(shift: float, seed: int, *more: tuple[float, float, float]) -> xr.Dataset:
    x = np.arange(524.0, 545.0, 0.1)
    lines = (
        area * 2 * np.sqrt(np.log(2) / np.pi) / fwhm * np.exp(-4 * np.log(2) * ((x - place - shift) / fwhm) ** 2)
        for area, place, fwhm in (*GLASS, *more)
    )
    counts = np.random.default_rng(seed).poisson(300 + sum(lines)).astype(float)
    region = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique="O 1s XPS")
    return xps.prepare(region, photon_energy=1486.6, charge_shift=0.0)


def fitted(shift: float, seed: int, *more: tuple[float, float, float]) -> Fit:
    region = oxygen(shift, seed, *more)
    model = xps.model(region, ["BO", "NBO"], priors=PLACES)
    return spectra.fit(region, replace(model, constraints=(*model.constraints, *SEPARATION)), check=False)


def asked(found: Fit) -> list[str]:
    notes = [note for note in xps.XPS.remarks(found) if note.code == "charge-shift-asked"]
    severity = Severity.WARNING if found.status.trusted else Severity.ERROR  # it stands before what it makes of a fit
    assert all(note.severity is severity and "charge_shift" in note.remedy for note in notes)
    return [note.text for note in notes]


@pytest.mark.parametrize("shift", [-3.3, -1.7, 1.7, 2.5, 3.3])
def test_a_wrong_reference_is_named_with_its_distance(shift: float) -> None:
    """In a fit that describes its data, where positions are pulled, and in one that misses them at ends of windows."""
    (text,) = asked(fitted(shift, 0))
    way = "above" if shift > 0 else "below"
    assert f"eV {way} their published places" in text
    assert float(text.split("together ")[1].split("(")[0]) == pytest.approx(abs(shift), abs=0.3)


@pytest.mark.parametrize("seed", range(6))
def test_a_scale_within_its_doubt_is_not(seed: int) -> None:
    assert asked(fitted(np.random.default_rng(seed).normal(0.0, 0.2), seed)) == []


def test_a_line_that_is_missing_is_no_shift() -> None:
    found = fitted(0.0, 1, CARBONATE)
    assert found.missed
    assert asked(found) == []
