"""Spinning sidebands: by hand, against an independent average in time, against mrsimulator, as properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import jv, wofz

from shortrange_core import BadInput
from spectra.shapes import (
    MAS,
    VOIGT,
    centreband_share,
    haeberlen,
    manifold,
    principal_values,
    tensor,
    zeta_from_delta_sigma,
)
from spectra.shapes._bands import _interpolation, band_sums
from spectra.shapes._faddeeva import Bands
from spectra.shapes._shares import shares
from spectra.shapes._sidebands import averaged


def in_time(depth: float, eta: float, orders: np.ndarray, grid: int = 40) -> np.ndarray:
    """Shares from whole echoes in time: rotation matrices, a sphere of Euler angles, no analytic third angle."""
    times = np.arange(64) / 64
    angle = np.arccos(1 / np.sqrt(3))
    node, weight = np.polynomial.legendre.leggauss(grid)
    alphas = 2 * np.pi * np.arange(grid) / grid
    gammas = 2 * np.pi * np.arange(24) / 24
    principal = depth * np.diag([-(1 + eta) / 2, -(1 - eta) / 2, 1.0])
    fine = np.arange(64 * 16) / (64 * 16)
    total = np.zeros(64, dtype=complex)
    for cosine, share in zip(node, weight / 2, strict=True):
        sine = np.sqrt(1 - cosine**2)
        for alpha in alphas:
            rz = np.array([[np.cos(alpha), np.sin(alpha), 0], [-np.sin(alpha), np.cos(alpha), 0], [0, 0, 1]])
            ry = np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])
            in_rotor = ry @ rz @ principal @ rz.T @ ry.T
            for gamma in gammas:
                turn = 2 * np.pi * fine + gamma
                field = np.stack(
                    [np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), np.full_like(turn, np.cos(angle))]
                )
                shift = np.einsum("it,ij,jt->t", field, in_rotor, field)
                phase = 2 * np.pi * np.concatenate([[0.0], np.cumsum((shift[1:] + shift[:-1]) / 2)]) / fine.size
                total += share / (alphas.size * gammas.size) * np.exp(1j * phase[::16])
    spectrum = np.fft.fft(total) / times.size
    return spectrum[orders.astype(int) % 64].real


def test_no_anisotropy_is_all_centreband():
    bands = manifold(0.0, 0.3)
    np.testing.assert_allclose(bands.intensity, bands.order == 0, atol=1e-15)


def test_published_centreband_and_the_factor_that_is_mistaken():
    zeta = zeta_from_delta_sigma(-248.5)
    assert zeta == pytest.approx(165.7, abs=0.05)
    assert centreband_share(zeta, 0.43, spinning_rate=20e3, larmor_frequency=202.4) == pytest.approx(0.64, abs=0.005)
    assert centreband_share(248.5, 0.43, spinning_rate=20e3, larmor_frequency=202.4) == pytest.approx(0.38, abs=0.005)
    assert centreband_share(zeta, 0.43, spinning_rate=np.inf, larmor_frequency=202.4) == pytest.approx(1.0)


def test_first_moments_by_hand():
    """Second moment of the manifold is that of the powder: u**2 / 5 x (1 + eta**2 / 3)."""
    for depth, eta in [(0.8, 0.0), (3.0, 0.5), (-6.0, 1.0)]:
        bands = manifold(depth, eta)
        assert bands.intensity @ bands.order == pytest.approx(0.0, abs=1e-9)
        assert bands.intensity @ bands.order**2 == pytest.approx(depth**2 / 5 * (1 + eta**2 / 3), rel=1e-9)


def test_one_rotor_axis_is_a_bessel_product():
    """A small depth leaves the first sidebands at the square of the phase's first harmonics (Bessel J1)."""
    depth = 1e-5
    bands = manifold(depth, 0.0)
    beta, weight = np.polynomial.legendre.leggauss(40)
    sine2 = 1 - beta**2
    first = np.sqrt(2) * depth * beta * np.sqrt(sine2)
    expected = 0.5 * weight @ jv(1, first) ** 2
    assert bands.intensity[bands.order == 1].item() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("depth", "eta"), [(1.68, 0.43), (-2.5, 0.8)])
def test_against_an_independent_average_in_time(depth: float, eta: float):
    bands = manifold(depth, eta)
    keep = np.abs(bands.order) <= 6
    theirs = in_time(depth, eta, bands.order[keep], grid=12)
    np.testing.assert_allclose(bands.intensity[keep], theirs, atol=2e-4)


@pytest.mark.parametrize(("zeta", "eta", "rate"), [(88.547, 0.4227, 3004.38), (165.7, 0.43, 20e3), (-60.0, 0.9, 5e3)])
def test_against_mrsimulator(zeta: float, eta: float, rate: float):
    """mrsimulator's zeta is shielding: opposite in sign to ours."""
    simulator = pytest.importorskip("mrsimulator")
    method_library = pytest.importorskip("mrsimulator.method.lib")
    site = simulator.Site(isotope="31P", isotropic_chemical_shift=0.0, shielding_symmetric={"zeta": -zeta, "eta": eta})
    points = 4096
    method = method_library.BlochDecaySpectrum(
        channels=["31P"],
        magnetic_flux_density=11.7434,
        rotor_frequency=rate,
        spectral_dimensions=[{"count": points, "spectral_width": points * rate / 16, "reference_offset": 0.0}],
    )
    simulation = simulator.Simulator(spin_systems=[simulator.SpinSystem(sites=[site])], methods=[method])
    simulation.config.number_of_sidebands = 128
    simulation.config.integration_density = 120
    simulation.run()
    dataset = simulation.methods[0].simulation
    larmor = method.channels[0].gyromagnetic_ratio * 11.7434
    frequency = (
        dataset.x[0].coordinates.to("Hz").value
        if dataset.x[0].coordinates.unit == "Hz"
        else (dataset.x[0].coordinates.to("ppm").value * abs(larmor))
    )
    amplitude = dataset.y[0].components[0].real
    order = np.round(frequency / rate).astype(int)
    bands = manifold(zeta * abs(larmor) / rate, eta)
    theirs = np.array([amplitude[order == int(n)].sum() for n in bands.order]) / amplitude.sum()
    np.testing.assert_allclose(bands.intensity, theirs, atol=3e-4)


@given(depth=st.floats(-15, 15), eta=st.floats(0, 3))
def test_shares_close_and_derivatives_keep_the_sum(depth: float, eta: float):
    bands = manifold(depth, eta)
    assert bands.intensity.sum() == pytest.approx(1.0, abs=1e-9)
    assert bands.by_depth.sum() == pytest.approx(0.0, abs=1e-8)
    assert bands.by_eta.sum() == pytest.approx(0.0, abs=1e-8)
    assert np.all(bands.intensity >= -1e-15)


@given(depth=st.floats(0.05, 10), eta=st.floats(0.05, 1))
def test_a_relabelled_tensor_has_the_same_sidebands(depth: float, eta: float):
    xx = -depth * (1 + eta) / 2
    relabelled = manifold(xx, (-depth * (1 - eta) / 2 - depth) / xx)
    bands = manifold(depth, eta)
    for order in range(-8, 9):
        ours = bands.intensity[bands.order == order].item()
        assert relabelled.intensity[relabelled.order == order].item() == pytest.approx(ours, abs=1e-8)


@pytest.mark.parametrize(("depth", "eta"), [(0.5, 0.2), (4.77, 0.42), (-4.0, 1.8), (11.9, 0.9)])
def test_derivatives_against_differences(depth: float, eta: float):
    step = 1e-6
    centre = manifold(depth, eta)
    reach = int(centre.order[-1]) - 1

    def share(one: float, other: float) -> np.ndarray:
        bands = manifold(one, other)
        return bands.intensity[np.abs(bands.order) <= reach]

    inside = np.abs(centre.order) <= reach
    by_depth = (share(depth + step, eta) - share(depth - step, eta)) / (2 * step)
    by_eta = (share(depth, eta + step) - share(depth, eta - step)) / (2 * step)
    np.testing.assert_allclose(centre.by_depth[inside], by_depth, atol=1e-8)
    np.testing.assert_allclose(centre.by_eta[inside], by_eta, atol=1e-8)


@given(zeta=st.floats(-200, 200), eta=st.floats(0, 3))
def test_convention_holds_for_every_tensor(zeta: float, eta: float):
    z, e = haeberlen(zeta, eta)
    assert 0 <= e <= 1 + 1e-9
    np.testing.assert_allclose(principal_values(3.0, z, e), principal_values(3.0, zeta, eta), atol=1e-9)


def test_tensor_carries_the_covariance_through_relabelling():
    """delta_22 = iso - zeta (1 - eta) / 2 in the convention: sd by hand."""
    found = tensor(7.5, 88.0, 0.4, [1e-4, 0.04, 2.5e-5])
    by_hand = np.sqrt(1e-4 + 0.09 * 0.04 + 44.0**2 * 2.5e-5)
    assert found.sd.sel(entry="delta_33").item() == pytest.approx(
        np.sqrt(1e-4 + 0.49 * 0.04 + 44.0**2 * 2.5e-5), rel=1e-6
    )
    assert found.sd.sel(entry="delta_22").item() == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize(("gauss", "lorentz"), [(5.0, 1.0), (0.5, 5.0), (6.0, 0.0), (2.0, 0.01)])
def test_a_line_without_anisotropy_is_a_voigt_out_to_its_wings(gauss: float, lorentz: float):
    x = np.linspace(-250.0, 350.0, 3001)
    ours, slopes = MAS.kernel(x, 30.3, gauss, lorentz, 0.0, 0.5, 20e3, 202.4)
    theirs, by = VOIGT.kernel(x, 30.3, gauss, lorentz)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-14)
    for one, other in zip(slopes, by, strict=False):
        np.testing.assert_allclose(one, other, atol=1e-6 * np.abs(other).max())


def test_a_site_has_its_sidebands_where_rate_over_larmor_puts_them():
    x = np.linspace(-250.0, 350.0, 6001)
    profile, _ = MAS.kernel(x, 30.0, 4.0, 0.0, 150.0, 0.4, 20e3, 200.0)
    bands = manifold(150.0 * 200.0 / 20e3, 0.4)
    for order in (-2, -1, 0, 1, 2):
        near = np.abs(x - (30.0 + 100.0 * order)) < 20
        share = bands.intensity[bands.order == order].item()
        assert np.trapezoid(profile[near], x[near]) == pytest.approx(share, abs=1e-6)


def test_sites_are_stacked_as_the_fit_asks_for_them():
    x = np.linspace(-50.0, 150.0, 400)
    values = [(30.0, 82.0), (4.0, 5.0), (0.5, 0.5), (150.0, -60.0), (0.4, 0.9), (20e3, 20e3), (202.4, 202.4)]
    stacked, slopes = MAS.kernel(x, *(np.array(column)[:, None] for column in values))
    for row in range(2):
        single, by = MAS.kernel(x, *(column[row] for column in values))
        np.testing.assert_allclose(stacked[row], single, rtol=0, atol=1e-14)
        np.testing.assert_allclose(slopes[3][row], by[3], rtol=0, atol=1e-14)


@pytest.mark.parametrize("quantity", range(7))
def test_derivatives_of_a_whole_line(quantity: int):
    x = np.linspace(-250.0, 350.0, 1501)
    values = [30.0, 5.0, 1.0, 150.0, 0.4, 20e3, 202.4]
    step = 1e-6 * max(1.0, abs(values[quantity]))
    up, down = list(values), list(values)
    up[quantity] += step
    down[quantity] -= step
    slope = (MAS.kernel(x, *up)[0] - MAS.kernel(x, *down)[0]) / (2 * step)
    exact = MAS.kernel(x, *values)[1][quantity]
    np.testing.assert_allclose(exact, slope, atol=1e-6 * np.abs(exact).max())


def test_a_static_sample_is_refused():
    with pytest.raises(BadInput, match="practically static"):
        manifold(1e4, 0.2)


@pytest.mark.parametrize("points", [1, 40, 1037])
@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize(("gauss", "lorentz"), [(9.0, 0.4), (2.0, 0.0), (0.2, 0.5), (60.0, 5.0)])
def test_all_bands_in_one_pass_are_the_faddeeva_function_at_every_point(points, even, gauss, lorentz):
    """Transforms, nodes far from a band, and neither on a few points: the same to 1e-12 of the highest."""
    x = np.linspace(-200.0, 300.0, points)
    x = x if even else np.round(x, 2)
    assert_faddeeva_sums(x, 30.0, 20e3 / 202.4, (165.7 * 202.4 / 20e3, 0.43), (gauss, lorentz))


@pytest.mark.parametrize("seed", range(6))
def test_bands_beyond_the_axis_and_at_the_limits_of_transforms(seed):
    """Lines drawn at and beyond the ends of short and long axes, of few bands and of many, sharp, broad and tall."""
    rng = np.random.default_rng(seed)
    for size in (48, 301, 2000):
        length = rng.uniform(20.0, 900.0)
        x = np.linspace(-length / 3, 2 * length / 3, size)
        widths = [(length / size * step * 2 * np.sqrt(np.log(2)), 0.0) for step in (1.99, 2.01, 8.0, 120.0)]
        for gauss, lorentz in [*widths, (length / 50, 0.06 * length), (length / 50, 0.3 * length)]:
            center = rng.uniform(-length, 1.5 * length)
            spacing = length * 10 ** rng.uniform(-1.5, 0.5)
            assert_faddeeva_sums(x, center, spacing, (rng.uniform(0.1, 8), rng.uniform(0, 1)), (gauss, lorentz))


def assert_faddeeva_sums(x, center, spacing, tensor_of, widths):
    """All sums of one line with those over bands at every point, to 1e-12 of the height of a line."""
    bands = manifold(*tensor_of)
    weights = np.stack([bands.intensity, bands.by_depth, bands.by_eta, bands.order * bands.intensity])
    gauss, lorentz = widths
    root = gauss / (2 * np.sqrt(np.log(2)))
    line = Bands(center, spacing, bands.order, weights, lorentz, root)
    ((_, (real, imaginary)),) = band_sums(x, [line])
    sums = real + 1j * imaginary
    z = (x - line.centers[:, None] + 0.5j * lorentz) / root
    exact = wofz(z)
    np.testing.assert_allclose(sums[:3], weights[:3] @ exact, rtol=0, atol=1e-12)
    by = -2 * z * exact + 2j / np.sqrt(np.pi)
    np.testing.assert_allclose(sums[3:], weights[[0, 3]] @ by, rtol=0, atol=1e-12)


@pytest.mark.parametrize("width", [1e-3, 0.5, 40.0])
def test_nodes_carry_a_smooth_curve_to_every_point_however_narrow_a_block_is(width: float) -> None:
    """Two blocks, the second of them of one point and so of no width."""
    x = np.linspace(0.0, width, 65)
    nodes, matrix = _interpolation(x.tobytes(), 64)

    def curve(at):
        return np.cos(3 * at / width)

    carried = np.einsum("bn,bnp->bp", curve(nodes), matrix)
    np.testing.assert_allclose(carried.ravel()[:65], curve(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_shares_from_tables_are_the_powder_average(sign: float) -> None:
    """Places drawn over all tables, their edges, and beyond them; the average has eight points more in every angle."""
    rng = np.random.default_rng(11)
    places = [(0.0, 0.0), (0.5, 1.0), (1.0, 0.5), (2.0, 1.0), (2.5, 0.3), (0.7, 1.4), *rng.uniform(0, [2, 1], (40, 2))]
    for depth, eta in places:
        tabled, exact = shares(sign * depth, eta), averaged(sign * depth, eta, extra=8)
        own = np.isin(tabled.order, exact.order)
        beyond = 1e-12 if depth <= 2 and eta <= 1 else 1e-9  # the average of fewer points itself
        for name in ("intensity", "by_depth", "by_eta"):
            given, wanted = getattr(tabled, name), getattr(exact, name)
            np.testing.assert_allclose(given[own], wanted[np.isin(exact.order, tabled.order)], rtol=0, atol=beyond)
            np.testing.assert_allclose(given[~own], 0, atol=beyond)


def test_nothing_moves_at_a_depth_of_none() -> None:
    """A slope that is rounding instead of 0 leads a descent to infinity."""
    tabled = shares(0.0, 0.5)
    assert tabled.intensity.tolist() == (tabled.order == 0).astype(float).tolist()
    assert not tabled.by_depth.any()
    assert not tabled.by_eta.any()


def test_a_kernel_that_remembers_gives_the_same_again_and_lends_it_for_reading() -> None:
    x = np.linspace(-100.0, 200.0, 700)
    values = (30.0, 5.0, 1.0, 150.0, 0.4, 20e3, 202.4)
    first, slopes = MAS.kernel(x, *values)
    other, _ = MAS.kernel(x, 31.0, *values[1:])
    again, by = MAS.kernel(x, *values)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(slopes[3], by[3])
    assert np.abs(other - first).max() > 1e-3
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0
