"""A region whose energy scale is referenced wrongly is told so, with how far; others are not."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import spectra
from shortrange import stepwise
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


def made(shift: float, seed: int, *more: tuple[float, float, float]) -> tuple[xr.Dataset, spectra.Model]:
    region = oxygen(shift, seed, *more)
    model = xps.model(region, ["BO", "NBO"], priors=PLACES)
    return region, replace(model, constraints=(*model.constraints, *SEPARATION))


def fitted(shift: float, seed: int, *more: tuple[float, float, float]) -> Fit:
    return spectra.fit(*made(shift, seed, *more), check=False)


def remarked(shift: float, seed: int, *more: tuple[float, float, float]) -> Fit:
    """As an analysis and the command line fit a region."""
    return stepwise.fitted_with_remarks(*made(shift, seed, *more), "O 1s XPS", restarts=0)


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
    assert f"eV {way} their published positions" in text
    assert float(text.split("lie ")[1].split("(")[0]) == pytest.approx(abs(shift), abs=0.3)


@pytest.mark.parametrize("seed", range(6))
def test_a_scale_within_its_doubt_is_not(seed: int) -> None:
    assert asked(fitted(np.random.default_rng(seed).normal(0.0, 0.2), seed)) == []


def test_a_line_that_is_missing_is_no_shift() -> None:
    found = fitted(0.0, 1, CARBONATE)
    assert found.missed
    assert asked(found) == []


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("shift", [-3.3, -1.7, 1.7, 2.5, 3.3])
def test_areas_under_a_wrong_reference_are_those_with_the_scale_free(shift: float, seed: int) -> None:
    fit = remarked(shift, seed)
    assert fit.status.trusted
    (note,) = [note for note in fit.notes if note.code == xps.SCALE_ASKED]
    assert note.severity is Severity.WARNING
    assert note.text.endswith("areas are those with a free scale")
    for (area, _, _), value, sd in zip(GLASS, fit.areas.value.values, fit.areas.sd.values, strict=False):
        assert abs(value - area) < 3 * sd
        assert sd < 0.2 * area


@pytest.mark.parametrize("more", [(), (CARBONATE,)])
def test_a_region_that_asks_for_no_other_scale_is_fitted_as_before(
    more: tuple[tuple[float, float, float], ...],
) -> None:
    fit = remarked(0.0, 1, *more)
    np.testing.assert_array_equal(fit.values, fitted(0.0, 1, *more).values)
    assert xps.SCALE_ASKED not in [note.code for note in fit.notes]


def test_another_minimum_of_a_region_keeps_what_is_said_of_its_scale() -> None:
    """The minimum with which the balances agree best is one of the fit with the scale free."""
    lowest = remarked(2.5, 0)
    told = stepwise._minima._told(lowest, replace(lowest, notes=(), chi2=lowest.chi2 + 1))
    assert [note.code for note in told.notes] == [xps.SCALE_ASKED, "minimum-by-balances"]


def test_another_model_of_a_region_has_the_scale_of_its_fit() -> None:
    _, model = made(2.5, 0)
    freed = remarked(2.5, 0).model
    moved = xps.XPS.freed_as(model, freed)
    assert moved.offset_sd == freed.offset_sd > model.offset_sd
    lowest = [[p.lower for line in m.peaks for p in line.parameters if p.quantity == "center"] for m in (moved, freed)]
    assert lowest[0] == lowest[1]
    assert xps.XPS.freed_as(model, model) is model
