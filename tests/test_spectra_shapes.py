"""Line shapes: areas, derivatives, widths, limits, and the window of those whose integral diverges."""

import itertools

import numpy as np
import pytest
from differences import differences
from scipy.integrate import quad
from scipy.signal import fftconvolve
from scipy.stats import exponnorm

import spectra
from shortrange_core import BadInput
from spectra import shapes
from spectra.models import Model, peak

VALUES = {
    "center": 1.3, "fwhm": 2.1, "fraction": 0.35, "gauss_fwhm": 1.4, "lorentz_fwhm": 0.9, "mix": 0.3, "exponent": 1.7,
    "fwhm_left": 1.5, "fwhm_right": 2.6, "tail": 0.8, "coupling": 0.25, "asymmetry": 0.11, "alpha": 0.85, "beta": 2.0,
    "damping": 6.0, "cutoff": 1.9,
}  # fmt: skip
X = np.linspace(-6.0, 9.0, 61)


def at(name, **changes):
    return [{**VALUES, **changes}[quantity] for quantity in shapes.shape_named(name).quantities]


def names():
    return sorted(set(shapes.SHAPES) - {"mas", "phased_mas", "phased_voigt", "phased_pseudo_voigt"})


SUMMED = ("asymmetric_voigt", "doniach_sunjic_damped")
"""Lines summed over frequencies, which no grid holds out to infinity."""


@pytest.mark.parametrize("name", sorted(set(names()) - set(SUMMED)))
def test_area_is_area(name):
    shape = shapes.shape_named(name)
    values = at(name)
    if shape.over_window:
        window = np.array([-6.0, 9.0])
        inside = sum(quad(lambda x: float(shape.kernel(np.array([-6.0, x, 9.0]), *values)[0][1]), a, b, limit=300)[0]
                     for a, b in ((-6, 1.3), (1.3, 9)))  # fmt: skip
        assert inside == pytest.approx(1.0, abs=1e-7)
        assert shape.kernel(window, *values)[0].shape == (2,)
        return
    pieces = ((-np.inf, -20), (-20, 1.3), (1.3, 20), (20, np.inf))
    whole = sum(quad(lambda x: float(shape(x, 1.0, *values)), a, b, limit=300)[0] for a, b in pieces)
    assert whole == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize("name", SUMMED)
def test_area_of_a_summed_line_is_area(name):
    """In a window of 120 eV, and what the wings of a Lorentzian of 0.9 eV hold outside of it."""
    x = np.linspace(-60.0, 60.0, 4801)
    inside = np.trapezoid(shapes.shape_named(name)(x, 1.0, *at(name)), x)
    outside = 1 - (np.arctan((60 - 1.3) / 0.45) + np.arctan((60 + 1.3) / 0.45)) / np.pi
    assert inside + outside == pytest.approx(1.0, abs=2e-4)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize(
    "change", [{}, {"asymmetry": 0.0, "mix": 0.9, "exponent": 8.0, "tail": 0.05, "coupling": -0.4}]
)
def test_derivatives_are_derivatives(name, change):
    shape = shapes.shape_named(name)
    values = at(name, **change)
    profile, slopes = shape.kernel(X, *values)
    assert len(slopes) == len(values)
    by_differences = differences(lambda values: shape.kernel(X, *values)[0], values)
    for index, (slope, numeric) in enumerate(zip(slopes, by_differences, strict=True)):
        np.testing.assert_allclose(slope, numeric, atol=2e-8 * max(1.0, np.abs(numeric).max()), err_msg=str(index))
    assert np.all(np.isfinite(profile))


@pytest.mark.parametrize("name", names())
def test_peaks_are_evaluated_together_as_one_by_one(name):
    shape = shapes.shape_named(name)
    values = np.array([at(name), [v * 1.1 for v in at(name)]]).T[:, :, None]
    together, slopes = shape.kernel(X, *values)
    for row in range(2):
        alone, own = shape.kernel(X, *(float(v) for v in values[:, row, 0]))
        np.testing.assert_allclose(together[row], alone, rtol=1e-12)
        for ours, theirs in zip(slopes, own, strict=True):
            np.testing.assert_allclose(ours[row], theirs, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", ["gaussian", "lorentzian", "pseudo_voigt", "gl_sum", "gl_product", "pearson_vii"])
def test_fwhm_is_the_full_width_at_half_maximum(name):
    shape, values = shapes.shape_named(name), at(name)
    top = float(shape(1.3, 1.0, *values))
    assert float(shape(1.3 + 2.1 / 2, 1.0, *values)) == pytest.approx(top / 2, rel=1e-9)


def test_limits():
    gauss, lorentz = shapes.gaussian(X, 1, 1.3, 2.1), shapes.lorentzian(X, 1, 1.3, 2.1)
    for name, quantity, low, high in (("gl_sum", "mix", 0.0, 1.0), ("gl_product", "mix", 1e-6, 1 - 1e-6)):
        np.testing.assert_allclose(shapes.shape_named(name)(X, 1, *at(name, **{quantity: low})), gauss, atol=1e-5)
        np.testing.assert_allclose(shapes.shape_named(name)(X, 1, *at(name, **{quantity: high})), lorentz, atol=5e-4)
    pearson = shapes.shape_named("pearson_vii")
    np.testing.assert_allclose(pearson(X, 1, *at("pearson_vii", exponent=1.0)), lorentz, rtol=1e-12)
    np.testing.assert_allclose(pearson(X, 1, *at("pearson_vii", exponent=1e4)), gauss, atol=1e-4)
    split = shapes.shape_named("split_pseudo_voigt")
    same = split(X, 1, *at("split_pseudo_voigt", fwhm_left=2.1, fwhm_right=2.1))
    np.testing.assert_allclose(same, shapes.pseudo_voigt(X, 1, 1.3, 2.1, 0.35), rtol=1e-12)


@pytest.mark.parametrize("exponent", [0.05, 0.3, 0.5, 0.505, 2.0, 40.0])
@pytest.mark.parametrize("center", [1.3, -11.0])
def test_pearson_vii_over_the_window(exponent, center):
    """Its area is that inside the window for every exponent, also where the integral over all x diverges."""
    shape, window = shapes.shape_named("pearson_vii_window"), (-6.0, 9.0)

    def line(x):
        return float((1 + 4 * (2 ** (1 / exponent) - 1) * ((x - center) / 2.1) ** 2) ** -exponent)

    cuts = [-6.0, *(c for c in (center - 2, center, center + 2) if -6 < c < 9), 9.0]
    whole = sum(quad(line, a, b, epsabs=0, epsrel=1e-11, limit=400)[0] for a, b in itertools.pairwise(cuts))
    profile, slopes = shape.kernel(X, center, 2.1, exponent)
    np.testing.assert_allclose(profile, [line(x) / whole for x in X], rtol=1e-9)
    assert (X[0], X[-1]) == window
    for index, step in enumerate((1e-5, 1e-5, 1e-5 * exponent)):
        up, down = [center, 2.1, exponent], [center, 2.1, exponent]
        up[index] += step
        down[index] -= step
        numeric = (shape.kernel(X, *up)[0] - shape.kernel(X, *down)[0]) / (2 * step)
        np.testing.assert_allclose(
            slopes[index], numeric, atol=1e-6 * max(np.abs(numeric).max(), 1e-4), err_msg=str(index)
        )


def test_pearson_vii_by_hand():
    """Exponent 1/2: the antiderivative of (1 + t^2)^-1/2 is asinh; 1: arctan. A wide window holds the whole line."""
    shape, whole = shapes.shape_named("pearson_vii_window"), shapes.shape_named("pearson_vii")
    x = np.array([-6.0, 1.0, 9.0])
    for exponent, inverse in ((0.5, np.arcsinh), (1.0, np.arctan)):
        scale = 2 * np.sqrt(2 ** (1 / exponent) - 1) / 2.1
        area = (inverse(8.0 * scale) - inverse(-7.0 * scale)) / scale
        assert float(shape(x, area, 1.0, 2.1, exponent)[1]) == pytest.approx(1.0, rel=1e-12)
    far = np.linspace(-2000.0, 2000.0, 5)
    np.testing.assert_allclose(shape(far, 1, 1.0, 2.1, 3.0), whole(far, 1, 1.0, 2.1, 3.0), rtol=1e-9)
    gone = shape.kernel(np.array([500.0, 501.0, 502.0]), 0.0, 0.5, 300.0)
    assert not np.any(gone[0])
    assert all(np.all(np.isfinite(slope)) for slope in gone[1])
    with pytest.raises(BadInput, match="else pearson_vii_window"):
        peak("a", {"center": 1.0, "fwhm": 2.0, "exponent": 0.4}, shape="pearson_vii")


def test_heavy_tails_are_recovered():
    """An exponent of 0.4 and the area in the window from noise, without bias: 40 data sets."""
    shape = shapes.shape_named("pearson_vii_window")
    start = {"center": (0.0, -2.0, 2.0), "fwhm": (3.0, 0.5, 9.0), "exponent": (1.0, 0.05, 20.0)}
    lines = Model("", "raman_shift", (peak("a", start, shape="pearson_vii_window"),))
    x, truth, pulls = np.linspace(-30.0, 30.0, 301), np.array([50.0, 0.2, 2.0, 0.4]), []
    for seed in range(40):
        noise = np.random.default_rng(seed).normal(0, 0.05, x.size)
        found = spectra.fit(spectra.from_arrays(x, shape(x, *truth) + noise, axis="raman_shift", noise=0.05), lines)
        pulls.append((found.values - truth) / np.sqrt(np.diagonal(found.covariance)))
    assert np.all(np.abs(np.mean(pulls, axis=0)) < 4 / np.sqrt(40))
    assert np.all(np.abs(np.std(pulls, axis=0) - 1) < 4 / np.sqrt(80))


def test_exponential_gaussian_is_the_one_of_scipy():
    sigma, tau = 1.4 / shapes.FWHM_PER_SIGMA, 0.8
    theirs = exponnorm.pdf(X, tau / sigma, 1.3, sigma)
    np.testing.assert_allclose(shapes.shape_named("exponential_gaussian")(X, 1, *at("exponential_gaussian")), theirs,
                               rtol=1e-10)  # fmt: skip
    far = shapes.shape_named("exponential_gaussian")(np.array([100.0, 200.0]), 1, 0.0, 0.01, 30.0)
    assert np.all(np.isfinite(far))


def test_doniach_sunjic_by_its_cosine_form_and_its_limit():
    e, gamma, a = 1.3 - X, 0.45, 0.11
    cosine = np.cos(np.pi * a / 2 + (1 - a) * np.arctan(e / gamma)) / (e**2 + gamma**2) ** ((1 - a) / 2)
    ours = shapes.shape_named("doniach_sunjic")(X, 1, *at("doniach_sunjic"))
    np.testing.assert_allclose(ours / ours[30], cosine / cosine[30], rtol=1e-10)
    assert ours[-1] > 3 * ours[0]  # the tail lies at higher binding energy
    plain = shapes.shape_named("doniach_sunjic")(X, 1, *at("doniach_sunjic", asymmetry=0.0))
    lorentz = shapes.lorentzian(X, 1, 1.3, 0.9)
    np.testing.assert_allclose(plain / plain[30], lorentz / lorentz[30], rtol=1e-10)


def test_convolved_doniach_sunjic_is_the_convolution():
    fine = np.linspace(-60, 70, 52001)
    line = shapes.shape_named("doniach_sunjic")(fine, 1, *at("doniach_sunjic"))
    bell = shapes.gaussian(fine - fine.mean(), 1, 0.0, 1.4) * (fine[1] - fine[0])
    smooth = fftconvolve(line, bell, mode="same")
    expected = np.interp(X, fine, smooth)
    ours = shapes.shape_named("doniach_sunjic_gauss")(X, 1, *at("doniach_sunjic_gauss"))
    np.testing.assert_allclose(ours / ours.max(), expected / expected.max(), atol=2e-5)
    voigt = shapes.voigt(X, 1, 1.3, 1.4, 0.9)
    plain = shapes.shape_named("doniach_sunjic_gauss")(X, 1, *at("doniach_sunjic_gauss", asymmetry=0.0))
    np.testing.assert_allclose(plain / plain[30], voigt / voigt[30], rtol=1e-9)


@pytest.mark.parametrize("name", names())
def test_every_shape_is_fitted(name):
    shape = shapes.shape_named(name)
    x = np.linspace(-8, 10, 181)
    data = shape(x, 20.0, *at(name)) + np.random.default_rng(0).normal(0, 0.02, x.size)
    start = {}
    for quantity in shape.quantities:
        low, high = shape.bounds[quantity]
        value = VALUES[quantity] * 1.1
        start[quantity] = (value, max(low, value - 2), min(high, value + 2))
    model = Model("", "binding_energy", (peak("a", start, shape=name),))
    found = spectra.fit(spectra.from_arrays(x, data, axis="binding_energy", noise=0.02), model)
    pulls = (found.parameters.value.values - [20.0, *at(name)]) / found.parameters.sd.values
    assert np.nanmax(np.abs(pulls)) < 4


def test_shapes_of_other_packages_come_by_entry_point(monkeypatch):
    class Point:
        def load(self):
            return shapes.Shape("mine", ("center", "fwhm"), shapes.GAUSSIAN.kernel, shapes.GAUSSIAN.bounds, "", "")

    monkeypatch.setattr(
        "spectra.shapes._registry.metadata.entry_points", lambda group, name: [Point()] if name == "mine" else []
    )
    monkeypatch.delitem(shapes.SHAPES, "mine", raising=False)
    assert shapes.shape_named("mine").name == "mine"
    shapes.SHAPES.pop("mine")
    with pytest.raises(BadInput, match="is not known"):
        shapes.shape_named("theirs")


def test_finite_lorentzian_is_la_where_it_ends_far_away_and_has_an_area_where_la_has_none():
    la, lf = shapes.shape_named("la"), shapes.shape_named("lf")
    np.testing.assert_allclose(lf(X, 1, 1.3, 2.1, 1.4, 2.0, 1e4), la(X, 1, 1.3, 2.1, 1.4, 2.0), rtol=1e-6)
    x = np.linspace(-30.0, 30.0, 60001)
    for alpha in (0.1, 0.5, 3.0):
        line = lf(x, 1, 1.3, 2.1, alpha, 2.0, 6.0)
        assert np.trapezoid(line, x) == pytest.approx(1.0, rel=1e-6)
        assert line[x > 1.3 + 2.5 * 6].max() < 1e-15 * line.max()
    near = np.abs(x - 1.3) < 2.0
    finite, whole = lf(x, 1, 1.3, 2.1, 0.8, 2.0, 6.0), la(x, 1, 1.3, 2.1, 0.8, 2.0)
    np.testing.assert_allclose(finite[near] / finite.max(), whole[near] / whole.max(), rtol=0.013)


def test_a_damped_doniach_sunjic_line_is_that_line_and_a_voigt_one_at_its_ends():
    damped, bare = shapes.shape_named("doniach_sunjic_damped"), shapes.shape_named("doniach_sunjic_gauss")
    np.testing.assert_allclose(damped(X, 1, 1.3, 0.9, 1.4, 0.0, 1.9), shapes.voigt(X, 1, 1.3, 1.4, 0.9), atol=1e-9)
    endless, line = damped(X, 1, 1.3, 0.9, 1.4, 0.11, 1e7), bare(X, 1, 1.3, 0.9, 1.4, 0.11)
    np.testing.assert_allclose(endless / endless.max(), line / line.max(), rtol=1e-4)
    ended = damped(X, 1, 1.3, 0.9, 1.4, 0.11, 0.5)
    assert ended[-1] / ended.max() < 0.6 * line[-1] / line.max()


def test_an_asymmetric_voigt_line_is_a_voigt_line_convolved_with_an_exponential():
    x = np.linspace(-60.0, 60.0, 24001)
    step = x[1] - x[0]
    tail = np.where(x >= 0, np.exp(-x / 0.8) / 0.8, 0.0)
    tail[x.size // 2] /= 2  # the jump at 0 is the mean of both sides
    numeric = fftconvolve(shapes.voigt(x, 1, 1.3, 1.4, 0.9), tail, mode="same") * step
    inside = np.abs(x) < 10
    ours = shapes.shape_named("asymmetric_voigt")(x[inside], 1, 1.3, 0.9, 1.4, 0.8)
    np.testing.assert_allclose(ours, numeric[inside], atol=1e-5)


@pytest.mark.parametrize("name", names())
def test_a_line_is_the_same_wherever_its_axis_begins(name):
    """Energies are counted from 0 or around 1000 eV: quadratures reach as far as the window does from the line."""
    shape = shapes.shape_named(name)
    here, slopes = shape.kernel(X, *at(name))
    there, moved = shape.kernel(X + 1000.0, *at(name, center=VALUES["center"] + 1000.0))
    np.testing.assert_allclose(there, here, rtol=1e-7, atol=1e-10)
    for one, other in zip(moved, slopes, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-8)


def test_where_lines_start_and_end():
    """A line starts symmetric; beyond a coupling of 1 the area of a Breit-Wigner-Fano line is below 0."""
    for name in ("la", "lf", "la_gauss", "lf_gauss"):
        starts = shapes.shape_named(name).defaults
        assert starts["alpha"] == starts["beta"] == 1.0
    low, high = shapes.shape_named("breit_wigner_fano").bounds["coupling"]
    assert -1 < low < 0 < high < 1


def test_a_site_that_spins_infinitely_fast_has_no_anisotropy_to_lean_on():
    values = [VALUES["center"], 1.4, 0.9, 80.0, 0.3, np.inf, 162.0]
    profile, slopes = shapes.shape_named("mas").kernel(X, *values)
    voigt, alone = shapes.shape_named("voigt").kernel(X, *values[:3])
    np.testing.assert_allclose(profile, voigt, atol=1e-12)
    for one, other in zip(slopes, [*alone, 0.0, 0.0, 0.0, 0.0], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-10)


@pytest.mark.parametrize("width", [0.02, 2.0])
def test_a_fine_axis_gives_what_single_points_give(width):
    """Sums of lines are interpolated in blocks of a fine axis, of points one by one they are not."""
    x = np.linspace(-1.0, 1.0, 4001) * width
    values = [0.1 * width, 0.3 * width, 0.2 * width, 80.0, 0.3, 5000.0, 162.0]
    kernel = shapes.shape_named("mas").kernel
    profile, slopes = kernel(x, *values)
    for place in (0, 7, 1234, 2000, 3999, 4000):
        alone, by = kernel(x[place : place + 1], *values)
        assert profile[place] == pytest.approx(alone[0], rel=1e-9)
        assert [one[place] for one in slopes] == pytest.approx([one[0] for one in by], rel=1e-6, abs=1e-9)
