"""Two lines that exchange their areas: intervals hold what chi2 does not tell; what it tells stays as it is."""

from dataclasses import replace

import numpy as np
import pytest

import spectra
from spectra import backgrounds
from spectra.fits._profiles import ParameterScan
from spectra.fits._valleys import Valley
from spectra.models import Default, Model, peak

X = np.linspace(0.0, 150.0, 300)
NOISE = 0.15


def gaussian(area: float, center: float, fwhm: float) -> np.ndarray:
    return area * np.sqrt(4 * np.log(2) / np.pi) / fwhm * np.exp(-4 * np.log(2) * ((X - center) / fwhm) ** 2)


def fitted(rng: np.random.Generator, between: tuple[float, float] = (70.0, 78.0)) -> tuple[np.ndarray, spectra.Fit]:
    """Three lines drawn from what the model declares, the second between two ends beside the first, and their areas."""
    centers = (rng.normal(82.0, 2.0), rng.uniform(*between), rng.normal(115.0, 2.0))
    widths = np.maximum(rng.normal(10.0, 3.0, 3), 3.0)
    areas = np.array([rng.uniform(50.0, 100.0), rng.uniform(0.0, 40.0), rng.uniform(10.0, 50.0)])
    data = sum(gaussian(*one) for one in zip(areas, centers, widths, strict=True)) + rng.normal(0.0, NOISE, X.size)
    places = (Default(82.0, 2.0, "test"), (sum(between) / 2, *between), Default(115.0, 2.0, "test"))
    lines = tuple(
        peak(name, {"center": place, "fwhm": Default(10.0, 3.0, "test")}, assignment=name, shape="gaussian")
        for name, place in zip("abc", places, strict=True)
    )
    spectrum = spectra.from_arrays(X, data, axis="chemical_shift", noise=NOISE, technique="31P NMR")
    return areas, spectra.fit(spectrum, Model("31P NMR", "chemical_shift", lines, (backgrounds.linear(),)), check=False)


@pytest.fixture(scope="module")
def drawn() -> list[tuple[np.ndarray, spectra.Fit]]:
    return [fitted(np.random.default_rng(seed)) for seed in range(120)]


def test_intervals_of_lines_that_lie_together_cover_their_areas(drawn):
    inside, curved = [], []
    for truth, found in drawn:
        inside.append(np.abs(found.areas.value.values - truth) < 1.96 * found.areas.sd.values)
        curved.append(any(note.code == "areas-exchanged" for note in found.notes))
    assert np.mean(inside) > 0.90  # 95 % less 3 standard errors of 120 spectra; 0.87 by curvature alone
    assert np.mean(np.array(inside)[:, :2]) > 0.89
    assert 0.2 < np.mean(curved) < 0.8


def test_lines_that_stand_apart_are_left_to_their_curvature():
    for seed in range(20):
        _, found = fitted(np.random.default_rng(seed), between=(45.0, 50.0))
        assert [note for note in found.notes if note.code == "areas-exchanged"] == []


def test_the_note_says_how_far_the_areas_may_go(drawn):
    notes = [note for _, found in drawn for note in found.notes]
    told = [note for note in notes if note.code == "areas-exchanged"]
    assert told
    assert {str(note.severity) for note in told} == {"info"}
    assert all("two overlapping lines of similar shape can exchange area" in note.text for note in told)
    assert any("b_area may be" in note.text and "at the cost of a_area" in note.text for note in told)


def valley(along: np.ndarray, rises: np.ndarray) -> Valley:
    """A straight exchange of the first of two areas for the second."""
    return Valley(ParameterScan(0, np.array([along, -along]).T, rises), 1)


def test_a_parabola_is_its_own_covariance_and_a_flat_exchange_is_its_length():
    along = np.linspace(-6.0, 6.0, 200)
    covariance = np.array([[1.0, -1.0], [-1.0, 3.0]])
    parabola = valley(along, along**2)
    assert np.array_equal(parabola.widened(np.zeros(2), covariance), covariance)
    assert parabola.profile.moments(np.zeros(2)) == pytest.approx(np.array([[1.0, -1.0], [-1.0, 1.0]]), rel=1e-3)
    flat = valley(np.linspace(0.0, 9.0, 10), np.zeros(10)).widened(np.zeros(2), covariance)
    assert flat[0, 0] == pytest.approx(27.0, rel=0.01)  # the mean square of 0 to 9
    assert flat[0, 1] == pytest.approx(-27.0, rel=0.01)
    assert flat[1, 1] == pytest.approx(27.0 + 2.0, rel=0.01)  # what is left of it where the first is known
    assert flat[0, 0] * flat[1, 1] >= flat[0, 1] ** 2


def test_lines_that_another_measurement_tells_apart_are_left_to_their_curvature(drawn):
    found = next(found for _, found in drawn if "areas-exchanged" in {note.code for note in found.notes})
    curved = spectra.fit(found.spectrum, found.model, check=False, exchanges=False)
    assert "areas-exchanged" not in {note.code for note in curved.notes}
    assert np.all(curved.areas.sd.values[:2] < found.areas.sd.values[:2])


def test_an_exchange_ends_at_bounds_and_constraints(drawn):
    together = ("a_area >= 40", "a_area - 8*b_area >= 0", "a_area <= 70")
    most = []
    for _, one in drawn[:8]:
        spectra.fit(one.spectrum, replace(one.model, constraints=together), check=False)  # no way on is no error
        found = spectra.fit(one.spectrum, replace(one.model, constraints=("b_area <= 5",)), check=False)
        told = [n.text for n in found.notes if n.code == "areas-exchanged" and "b_area may be" in n.text]
        most += [float(text.split(" to ")[1].split()[0]) for text in told]
    assert most
    assert max(most) <= 5.0
