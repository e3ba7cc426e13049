"""The labelled spectrum and the check that every step begins with."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import spectra
from shortrange_core import BadInput
from spectra.readers import from_stack
from spectra.readers.raw import Raw, StackAxis
from spectra.spectrum import check_together, estimate_noise

X = np.linspace(10.0, 20.0, 50)
Y = np.exp(-((X - 15.0) ** 2))


def good(**more):
    return spectra.from_arrays(X, Y, axis="raman_shift", noise=0.1, **more)


def test_a_falling_axis_is_sorted_with_everything_on_it():
    noise = np.arange(1.0, 51.0)
    spectrum = spectra.from_arrays(X[::-1], Y[::-1], axis="binding_energy", noise=noise[::-1], counts=noise[::-1])
    np.testing.assert_array_equal(spectrum.binding_energy, X)
    np.testing.assert_array_equal(spectrum.intensity, Y)
    np.testing.assert_array_equal(spectrum.noise, noise)
    np.testing.assert_array_equal(spectrum.counts, noise)
    assert spectrum.binding_energy.attrs["units"] == "eV"


def test_noise_says_where_it_comes_from():
    rng = np.random.default_rng(1)
    counts = rng.poisson(400.0, 50).astype(float)
    assert good().noise_source.item() == "given"
    from_counts = spectra.from_arrays(X, counts / 0.5, axis="binding_energy", counts=counts)
    assert from_counts.noise_source.item() == "counts"
    np.testing.assert_allclose(from_counts.noise, np.sqrt(counts) / 0.5)
    assert spectra.from_arrays(X, counts, axis="binding_energy").noise_source.item() == "estimated"


@pytest.mark.parametrize("sigma", [0.3, 1.0, 7.0])
def test_estimated_noise_is_the_simulated_noise_under_broad_lines(sigma):
    x = np.linspace(0, 1000, 20000)
    clean = 500 * np.exp(-(((x - 500) / 20) ** 2)) + 0.1 * x
    noisy = clean + np.random.default_rng(2).normal(0, sigma, x.size)
    assert estimate_noise(noisy) == pytest.approx(sigma, rel=0.03)


def test_rounded_data_have_at_least_the_noise_of_rounding():
    y = np.repeat([0.0, 1.0, 2.0], 30)
    assert estimate_noise(y) >= 1 / np.sqrt(12)


@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_estimated_noise_scales_and_ignores_an_offset(scale, offset):
    y = np.random.default_rng(3).normal(size=200)
    assert estimate_noise(scale * (y + offset)) == pytest.approx(scale * estimate_noise(y), rel=1e-6)


def test_scalar_coordinates_survive_arithmetic():
    spectrum = good(technique="Raman", sample="x = 0.3", temperature=300.0, reference=None)
    halved = spectrum / 2
    assert halved.sample.item() == "x = 0.3"
    assert halved.technique.item() == "Raman"
    assert "reference" not in spectrum.coords


def test_all_offenders_of_arrays_come_together():
    with pytest.raises(BadInput, match="not finite") as caught:
        spectra.from_arrays(X, [np.nan] * 49, axis="raman_shift", noise=-np.ones(3))
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda s: s.intensity, "no noise"),
        (lambda s: s.drop_vars("noise"), "noise: is missing"),
        (lambda s: s.drop_vars("raman_shift"), "axis has no values"),
        (lambda s: s.assign(intensity=s.intensity * np.nan), "not finite"),
        (lambda s: s.assign(intensity=s.intensity * 0), "zero everywhere"),
        (lambda s: s.assign(noise=s.noise * 0), "not positive"),
        (lambda s: s.isel(raman_shift=slice(None, None, -1)), "does not ascend"),
        (lambda s: s.rename(raman_shift="shift"), "exactly one must be of"),
        (lambda s: s.assign_coords(raman_shift=s.raman_shift.values), "unit is missing"),
        (lambda s: s.expand_dims(pixel=2), "select one spectrum"),
        (lambda s: s.assign(intensity=s.intensity.astype(str)), "not real numbers"),
        (lambda s: [1.0, 2.0], "a list is not a spectrum"),
    ],
)
def test_the_door_refuses(change, rule):
    with pytest.raises(BadInput, match=rule):
        spectra.check(change(good()))


def test_the_door_names_every_offender_at_once():
    broken = good().drop_vars("noise").assign_coords(raman_shift=X[::-1])
    with pytest.raises(BadInput, match="noise: is missing") as caught:
        spectra.check(broken)
    assert len(caught.value.problems) == 3  # order, unit, noise


def test_the_door_refuses_the_wrong_technique():
    with pytest.raises(BadInput, match="'Raman', not 'FTIR'"):
        spectra.check(good(technique="Raman"), technique="FTIR")


def test_a_stack_passes_only_where_a_stack_is_meant():
    stack = good().expand_dims(pixel=2)
    assert spectra.check(stack, stack=True) is stack


def test_mixed_reference_scales_and_unequal_axes_are_refused_together():
    one = spectra.from_arrays(X, Y, axis="chemical_shift", noise=0.1, technique="31P NMR", reference="85% H3PO4")
    two = spectra.from_arrays(X + 1, Y, axis="chemical_shift", noise=0.1, technique="31P NMR", reference="NaH2PO4")
    with pytest.raises(BadInput, match=r"85% H3PO4, NaH2PO4 are mixed[\s\S]*not equal"):
        check_together([one, two], same_axis=True)
    assert check_together([one, one], same_axis=True)[0] is one


def test_repeated_axis_values_and_constants_are_refused():
    with pytest.raises(BadInput, match="repeat"):
        spectra.from_arrays([1, 1, 2], [1, 2, 3], axis="raman_shift", noise=1)
    with pytest.raises(BadInput, match="all 3 values are equal"):
        spectra.from_arrays([1, 2, 3], [0, 0, 0], axis="raman_shift")


def test_complex_intensities_only_over_time():
    fid = spectra.from_arrays(X, Y * (1 + 1j), axis="time", noise=0.1)
    assert np.iscomplexobj(fid.intensity)
    assert isinstance(fid, xr.Dataset)


@pytest.mark.parametrize("factor", [1e300, 1e160, 1e-160, 1e-300])
def test_numbers_whose_squares_are_none_are_refused(factor):
    with pytest.raises(BadInput, match=r"intensity: the largest value is .*1e-150 and 1e\+150.*rescale"):
        spectra.from_arrays(X, Y * factor, axis="raman_shift")
    with pytest.raises(BadInput, match=r"noise: the largest value is .*rescale"):
        spectra.from_arrays(X, Y, axis="raman_shift", noise=factor)
    moved = good()
    moved["intensity"] = moved["intensity"] * factor
    with pytest.raises(BadInput, match="intensity: the largest value is"):
        spectra.check(moved)


def test_a_stack_of_such_numbers_is_refused():
    for factor in (1e300, 1e-300):
        raw = Raw(
            "map", X, np.stack([Y, 2 * Y]) * factor, axis="raman_shift", stack=(StackAxis("pixel", np.arange(2)),)
        )
        with pytest.raises(BadInput, match=r"intensity: the largest value is .*rescale"):
            from_stack(raw, technique="Raman", history="")


def test_numbers_inside_the_limits_pass():
    for factor in (1e-140, 1e140):
        assert float(spectra.from_arrays(X, Y * factor, axis="raman_shift").noise[0]) > 0


def test_a_decay_over_time_has_no_maxima():
    time = np.arange(512) * 1e-5
    decay = np.exp(-time / 1e-3) * np.cos(2 * np.pi * 4000 * time)
    assert spectra.find_maxima(spectra.from_arrays(time, decay, axis="time", noise=1e-3)) == ()
    assert spectra.find_maxima(spectra.from_arrays(time * 1e5, decay, axis="raman_shift", noise=1e-3))
