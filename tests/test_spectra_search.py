"""One search: the routes end in the same minimum, and a line that another covers is put back."""

from types import SimpleNamespace

import numpy as np
import pytest

from shortrange_core import Status, affine
from shortrange_core.least_squares import latin_hypercube, minimise
from spectra import backgrounds, shapes
from spectra.fits import Compiled
from spectra.fits._pixel_fitter import PixelFitter
from spectra.fits._pixels import _shared_start
from spectra.fits._residuals import Residuals
from spectra.fits._search import ENOUGH, Ground, Places, beside, searched
from spectra.models import Model, peak
from studies.search_agreement import X as AXIS
from studies.search_agreement import ends, simulated
from studies.search_agreement import model as six_lines

X = np.linspace(0.0, 120.0, 400)
PLACES = {"a": 63.0, "b": 72.0, "c": 95.0}
NOISE = 0.05


def model():
    lines = tuple(
        peak(name, {"center": (c, c - 10, c + 10), "fwhm": (8.0, 2.0, 25.0)}, shape="gaussian")
        for name, c in PLACES.items()
    )
    return Model("", "chemical_shift", lines, (backgrounds.linear(),))


def ground():
    rng = np.random.default_rng(0)
    data = rng.normal(0, NOISE, X.size)
    for (area, width), center in zip(((40, 8.7), (100, 12.5), (900, 8.4)), PLACES.values(), strict=True):
        data += shapes.gaussian(X, area, center, width)
    compiled = Compiled(model(), X)
    residuals = Residuals(compiled, data, np.full(X.size, NOISE))
    return Ground(Places(compiled), residuals, lambda end: end.residual, X.size - len(compiled.free), estimated=False)


def test_a_covered_line_is_put_back_with_the_line_that_covers_it():
    over = ground()
    compiled = over.places.compiled
    first = over.residuals.start()
    wrong = dict(zip(compiled.free, first, strict=True))
    wrong |= {"a_area": 140.0, "a_center": 68.8, "a_fwhm": 15.8, "b_area": 0.0, "b_center": 70.2}
    end = SimpleNamespace(x=np.array([wrong[name] for name in compiled.free]), chi2=1e9)
    assert over.places.displaced(end.x, first).tolist() == [0, 1]  # not c, whose window holds neither
    start = over.repaired(end, first)
    back = dict(zip(compiled.free, start, strict=True))
    assert (back["a_center"], back["b_center"]) == (63.0, 72.0)
    assert back["b_area"] > 10
    found = minimise(over.residuals, start, lower=compiled.lower, upper=compiled.upper)
    assert not over.misses(found.chi2)
    assert dict(zip(compiled.free, found.x, strict=True))["b_area"] == pytest.approx(100, abs=10)


def test_lines_that_changed_places_are_put_back():
    over = ground()
    compiled = over.places.compiled
    first = over.residuals.start()
    swapped = dict(zip(compiled.free, first, strict=True)) | {"a_center": 71.0, "b_center": 64.0}
    at = np.array([swapped[name] for name in compiled.free])
    assert over.places.displaced(at, first).tolist() == [0, 1]
    start = over.repaired(SimpleNamespace(x=at, chi2=1e9), first)
    assert [dict(zip(compiled.free, start, strict=True))[n] for n in ("a_center", "b_center")] == [63.0, 72.0]


def test_starts_that_are_drawn_are_the_best_of_more():
    over = ground()
    first = over.residuals.start()

    def chi2(starts):
        return [over.residuals.normal_equations(start)[0] for start in starts]

    few, many = (chi2(over.drawn(first, count, np.random.default_rng(3))) for count in (5, 20))
    assert len(few) == 5
    assert len(many) == 20
    assert few == sorted(few)
    alone = chi2(
        over.linear(first, dict(zip(over.places.drawn.tolist(), row, strict=True)))
        for row in latin_hypercube(
            over.places.compiled.lower[over.places.drawn],
            over.places.compiled.upper[over.places.drawn],
            5,
            np.random.default_rng(3),
        ).tolist()
    )
    assert np.median(few) < np.median(alone)


@pytest.mark.parametrize(("restarts", "most"), [(0, 5), (15, 40)])
def test_a_hopeless_fit_ends_in_bounded_time_unless_starts_are_asked_for(restarts, most):
    over = ground()
    starts = []

    def descend(start):
        starts.append(start)
        return SimpleNamespace(x=start, chi2=1e9, status=Status.OK, evaluations=200, residual=np.full(X.size, 1e3))

    found = searched(over, [over.residuals.start()], descend, restarts=restarts)
    assert restarts <= len(starts) <= most
    assert found.evaluations == 200 * len(starts)
    assert restarts or found.evaluations < ENOUGH + 400


@pytest.mark.parametrize(("above", "best", "evaluations"), [(5.0, -5.0, 14), (-1.0, -1.0, 7)])
def test_the_own_start_is_tried_too_where_a_lower_one_ends_above_the_mean_of_the_noise(above, best, evaluations):
    """A neighbour's fit may be nearer to the data, and lead past a line that chi2 alone does not miss."""
    over = ground()
    compiled = over.places.compiled
    own = over.residuals.start()
    lower = minimise(over.residuals, own, lower=compiled.lower, upper=compiled.upper).x

    def descend(start):
        chi2 = over.dof + (above if start is lower else -5.0)
        return SimpleNamespace(x=own, chi2=chi2, status=Status.OK, evaluations=7, residual=np.zeros(X.size))

    found = searched(over, [own, lower], descend)
    assert found.best.chi2 == over.dof + best
    assert found.evaluations == evaluations


@pytest.mark.parametrize(
    ("own", "other", "best", "descents"), [(5.0, -5.0, -5.0, 1), (5.0, 6.0, 5.0, 1), (-1.0, -5.0, -1.0, 0)]
)
def test_fits_of_neighbours_are_tried_where_an_end_lies_above_the_mean_of_the_noise(own, other, best, descents):
    over = ground()
    compiled = over.places.compiled
    start = over.residuals.start()
    near = minimise(over.residuals, start, lower=compiled.lower, upper=compiled.upper).x
    taken = []

    def end(above):
        return SimpleNamespace(x=start, chi2=over.dof + above, status=Status.OK, evaluations=7)

    def descend(at):
        taken.append(at)
        return end(other)

    kept, evaluations = beside(over, end(own), start, [start + 1, near], descend)
    assert kept.chi2 == over.dof + best
    assert [at is near for at in taken] == [True] * descents
    assert evaluations == 7 * descents


@pytest.mark.parametrize(("first", "seed"), [(3200, 3202), (4750, 4765)])
def test_a_fit_of_the_mean_leads_to_no_higher_minimum(first, seed):
    """Both spectra ended higher where the fit of the mean was a start: its lines had changed their order."""
    data = np.array([simulated(one) for one in range(first, first + 50)])
    noise = np.full((1, data.shape[1]), NOISE)
    fitter = PixelFitter(six_lines(), AXIS, exchanges=True)
    (mean,) = _shared_start(fitter, data, noise)
    warm, cold = (fitter.fit(data[seed - first], noise[0], near)[0].chi2 for near in ([mean], []))
    assert warm <= cold * (1 + 1e-6)


def test_lines_in_their_places_are_left_there():
    over = ground()
    assert over.repaired(SimpleNamespace(x=over.residuals.start(), chi2=0.0), over.residuals.start()) is None


def test_all_routes_end_in_the_same_minimum():
    found = ends(range(4))
    warm, cold = found.pop("map, warm")
    assert np.all(warm <= cold * (1 + 1e-6))
    assert set(found) == {"fit", "fit_together", "expression", "lmfit"}
    for chi2, reference in found.values():
        np.testing.assert_allclose(chi2, reference, rtol=1e-6)


def test_parameters_know_their_owner_and_their_quantity():
    tougaard = backgrounds.tougaard()
    assert [(p.peak, p.quantity) for p in tougaard.parameters][2] == ("tougaard", "c_prime")
    line = peak("p_s4_x", {"center": 3.0, "gauss_fwhm": 8.0, "lorentz_fwhm": 1.0}, shape="voigt")
    assert line.quantities["gauss_fwhm"].name == "p_s4_x_gauss_fwhm"


def test_a_text_is_read_once():
    assert affine.parse("P:S4 + P:S3O") is affine.parse("P:S4 + P:S3O")
    with pytest.raises(TypeError, match="item assignment"):
        affine.parse("P:S4 + P:S3O").coefficients["P:S4"] = 2.0
