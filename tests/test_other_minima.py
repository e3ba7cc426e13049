"""Minima that describe a spectrum alike: the search meets them, a fit tells them, the balances choose among them."""

from types import SimpleNamespace

import numpy as np
import pytest

import spectra
import structure
from shortrange.results import Fitted
from shortrange.stepwise._minima import choices, profiled, settled
from shortrange_core import Status, load, save
from spectra import backgrounds, shapes
from spectra.fits import Compiled, Residuals
from spectra.fits._search import Ground, Places, searched
from spectra.models import Default, Model, peak

X = np.linspace(0.0, 120.0, 400)
NOISE = 0.2


def crowded(trials: int, neighbour: float = 72.0) -> Ground:
    """Ground of three lines, the positions of two known beforehand."""
    places = {"a": 63.0, "b": neighbour, "c": 110.0}
    lines = tuple(
        peak(name, {"center": Default(c, 2.0, "test"), "fwhm": (12.0, 2.0, 25.0)}, shape="gaussian")
        for name, c in places.items()
    )
    compiled = Compiled(Model("", "chemical_shift", lines, (backgrounds.linear(),)), X)
    data = sum(shapes.gaussian(X, 50.0, c, 12.0) for c in places.values())
    residuals = Residuals(compiled, data, np.full(X.size, NOISE))
    return Ground(Places(compiled), residuals, lambda end: end.residual, X.size, estimated=False, trials=trials)


def ends_of(*chi2: float):
    """A descent that ends at the start that it was given with the next chi2, and the starts that were asked for."""
    left, starts = list(chi2), []

    def descend(start):
        starts.append(start)
        return SimpleNamespace(x=start, chi2=left.pop(0), status=Status.OK, evaluations=1, residual=np.zeros(X.size))

    return descend, starts


def test_crowded_lines_are_tried_from_their_priors_though_the_first_end_fits():
    ground = crowded(trials=4)
    first = ground.residuals.start()
    descend, starts = ends_of(300.0, 300.0, 300.0, 300.0, 250.0, 255.0)
    ground.places.displaced = lambda *_: np.array([], dtype=int)  # type: ignore[method-assign]
    found = searched(ground, [first], descend, rng=np.random.default_rng(0))
    assert found.best.chi2 == 250.0
    assert len(starts) == 6  # a minimum that is met twice may be a wrong one all the same
    one, other = (np.array(starts)[:2, ground.places.lines[at, 1]] for at in (0, 1))
    assert one.tolist() == other.tolist()[::-1]  # the second start: the two that may each be the other, exchanged
    drawn = np.array(starts[2:])[:, ground.places.lines[:, 1]]
    assert np.all(np.abs(drawn - [63.0, 72.0, 110.0]) < 8.0)  # from the priors, far inside windows of 12 either side
    assert np.ptp(drawn[:, 0]) > 0.5


@pytest.mark.parametrize(("trials", "neighbour"), [(0, 72.0), (4, 90.0)])
def test_pixels_and_lines_that_stand_apart_are_not_tried(trials, neighbour):
    ground = crowded(trials, neighbour)
    ground.places.displaced = lambda *_: np.array([], dtype=int)  # type: ignore[method-assign]
    descend, starts = ends_of(*[300.0] * 5)
    searched(ground, [ground.residuals.start()], descend)
    assert len(starts) == 1


@pytest.fixture(scope="module")
def humps() -> spectra.Fit:
    """One line for two humps, a narrow and a broad one, of which either may be taken."""
    line = peak("p", {"center": (50.0, 5.0, 115.0), "fwhm": (7.0, 3.0, 14.0)}, assignment="P:S4", shape="gaussian")
    model = Model("31P NMR", "chemical_shift", (line,), (backgrounds.linear(),))
    data = shapes.gaussian(X, 8.0, 35.0, 5.0) + shapes.gaussian(X, 11.5, 85.0, 10.0)
    data = data + np.random.default_rng(3).normal(0, 0.3, X.size)
    spectrum = spectra.from_arrays(X, data, axis="chemical_shift", noise=0.3, technique="31P NMR")
    return spectra.fit(spectrum, model, restarts=12, rng=np.random.default_rng(0), check=False)


def test_a_fit_tells_the_other_minimum_with_its_own_errors(humps, tmp_path):
    (other,) = humps.others
    assert 0 < other.rise < 10
    assert other.chi2 - humps.chi2 == pytest.approx(other.rise, abs=1e-3)
    centers = sorted(float(f.parameters.value.sel(entry="p_center")) for f in (humps, other))
    assert centers == pytest.approx([35.0, 85.0], abs=3.0)
    assert (humps.widening, other.widening) > (1.2, 1.2)  # each bears the hump that it leaves out
    (note,) = [note for note in humps.notes if note.code == "several-minima"]
    assert note.severity == "warning"
    assert "other areas" in note.text
    back = humps.at_other(0).at_other(0)
    assert (back.chi2, back.rise, back.others[0].rise) == (humps.chi2, 0.0, pytest.approx(other.rise))
    save(humps, tmp_path / "fit.nc")
    assert load(tmp_path / "fit.nc").others[0].chi2 == other.chi2


def options(evidence: str):
    return SimpleNamespace(entry_of=lambda *_: None, options_of=lambda _: SimpleNamespace(evidence=evidence))


def test_the_balances_choose_among_the_minima(humps):
    fits = (Fitted("x = 0", "31P NMR", "a.txt", (), (), humps),)
    assert [choice.rise for choice in choices(options("fractions"), fits, "x = 0")] == [0.0, humps.others[0].rise]
    assert len(choices(options("none"), fits, "x = 0")) == 1  # areas that count nothing are no choice

    def solve(chi2_of_the_best: float):
        return lambda _sample: (
            lambda chosen: SimpleNamespace(chi2=chi2_of_the_best if chosen[0].fit.chi2 == humps.chi2 else 0.0)
        )

    assert settled(options("fractions"), fits, solve(0.0)) == fits
    (moved,) = settled(options("fractions"), fits, solve(20.0))
    assert moved.fit.chi2 == humps.others[0].chi2
    assert moved.fit.others[0].rise == pytest.approx(-humps.others[0].rise)
    assert moved.fit.notes[0].code == "minimum-by-balances"


def test_ranges_hold_every_choice_that_chi2_does_not_exclude():
    glass, species = structure.composition("50Na2O-50P2O5"), ("P:O/O3", "P:O2/O2", "P:O3/O")

    def statement(value: float):
        return [structure.statement("P:O2/O2", value=value, sd=0.01)]

    def upper_and_lower(rise: float):
        offered = [(0.0, statement(0.9)), (rise, statement(0.8))]
        solution = structure.solve(glass, species, statement(0.9))
        return profiled((glass, species, ("P:O2/O2",)), offered, solution, 0.95).of("P:O2/O2")

    assert upper_and_lower(0.0) == pytest.approx((0.8 - 0.0196, 0.9 + 0.0196), abs=1e-4)
    assert upper_and_lower(4.0) == pytest.approx((0.8 - 0.01374, 0.9196), abs=1e-4)  # 2 ln 19 - 4 = 1.374^2
    assert upper_and_lower(6.0) == pytest.approx((0.8804, 0.9196), abs=1e-4)
