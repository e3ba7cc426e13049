"""A phase that is left in a spectrum: its line shape by hand, one phase for all lines, and areas that bear it."""

import numpy as np
import pytest

import spectra
from shortrange import stepwise
from shortrange.stepwise import kinds_of
from shortrange_core import Severity
from spectra.shapes import shape_named

X = np.linspace(-100.0, 220.0, 801)
LINES = {"P:S4": (82.0, 8.0, 100.0), "P:SO3": (32.0, 9.0, 40.0), "P:S3/O": (72.0, 8.0, 30.0)}
TRUTH = {name: area for name, (_, _, area) in LINES.items()}


def test_a_phase_mixes_absorption_and_dispersion_of_a_lorentzian() -> None:
    """cos(phase) g / (d^2 + g^2) + sin(phase) d / (d^2 + g^2), over pi; a Gaussian part of 1e-9 is none."""
    shape, half, phase = shape_named("phased_voigt"), 1.5, np.deg2rad(30.0)
    profile, _ = shape.kernel(X, 60.0, 1e-9, 2 * half, 30.0, 0.0, 0.0)
    d = X - 60.0
    wanted = (np.cos(phase) * half + np.sin(phase) * d) / (np.pi * (d**2 + half**2))
    np.testing.assert_allclose(profile, wanted, rtol=1e-5, atol=1e-9)


def test_without_a_phase_the_shape_is_that_of_absorption_bit_by_bit() -> None:
    values = (82.0, 8.0, 0.8, 60.0, 0.4, 20e3, 202.4)
    one, _ = shape_named("mas").kernel(X, *values)
    other, _ = shape_named("phased_mas").kernel(X, *values, 0.0, 0.0, 50.0)
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["phased_mas", "phased_voigt", "phased_pseudo_voigt"])
def test_derivatives_of_a_line_in_a_phase(name: str) -> None:
    shape = shape_named(name)
    known = {"center": 82.0, "gauss_fwhm": 8.0, "lorentz_fwhm": 0.8, "zeta": 60.0, "eta": 0.4, "spinning_rate": 20e3}
    known |= {"fwhm": 8.0, "fraction": 0.3, "larmor_frequency": 202.4, "phase": 3.0, "phase_slope": 0.05, "pivot": 60.0}
    values = np.array([known[quantity] for quantity in shape.quantities])
    _, slopes = shape.kernel(X, *values)
    for at, quantity in enumerate(shape.quantities):
        step = 1e-5 * max(1.0, abs(values[at]))
        ends = []
        for sign in (1, -1):
            moved = values.copy()
            moved[at] += sign * step
            ends.append(shape.kernel(X, *moved)[0])
        np.testing.assert_allclose(slopes[at], (ends[0] - ends[1]) / (2 * step), atol=1e-8, err_msg=quantity)


def measured(phase: float, seed: int, noise: float = 0.03):
    """Three Gaussian lines in a phase (degrees) by a Fourier transform of their decay, not by the shape."""
    t = np.arange(4096) / 1600.0  # 1/ppm
    decay = sum(
        area * np.exp(2j * np.pi * (center - 60.0) * t) * np.exp(-((np.pi * width * t) ** 2) / (4 * np.log(2)))
        for center, width, area in LINES.values()
    )
    decay[0] /= 2
    whole = np.fft.fftshift(np.fft.fft(decay)) * np.exp(1j * np.deg2rad(phase)) * 2 / 1600.0
    axis = 60.0 + np.fft.fftshift(np.fft.fftfreq(t.size, 1 / 1600.0))
    inside = (axis > X[0]) & (axis < X[-1])
    y = whole.real[inside] + np.random.default_rng(seed).normal(0.0, noise, int(inside.sum()))
    spectrum = spectra.from_arrays(axis[inside], y, axis="chemical_shift", noise=noise, technique="31P NMR")
    return spectra.nmr.prepare(spectrum, reference="85% H3PO4", spinning_rate=np.inf, recycle_delay=np.inf)


def fitted(phase: float, phase_sd: float | None, seed: int = 1):
    ready = measured(phase, seed)
    windows = {name: (center - 4, center + 4) for name, (center, _, _) in LINES.items()}
    model = spectra.nmr.model(ready, list(LINES), windows=windows, phase_sd=phase_sd)
    return spectra.fit(ready, model, check=False)


def test_areas_hold_the_truth_where_a_phase_is_off_and_the_phase_is_found() -> None:
    blind, seeing = fitted(3.0, 0.0), fitted(3.0, 2.0)
    wanted = np.array([TRUTH[text] for text in seeing.areas.facets["assignment"]])
    missed, found = (np.abs(fit.areas.value.values - wanted) / fit.areas.sd.values for fit in (blind, seeing))
    assert missed.max() > 5
    assert found.max() < 3.5
    first = seeing.model.peaks[0].name
    assert abs(seeing.parameters.value.sel(entry=f"{first}_phase").item()) == pytest.approx(3.0, abs=0.7)


def test_no_phase_is_invented_and_intervals_are_wider() -> None:
    seeing, blind = fitted(0.0, 2.0), fitted(0.0, 0.0)
    first = seeing.model.peaks[0].name
    phase = seeing.parameters.select([f"{first}_phase"])
    assert abs(phase.value.item()) < 3 * phase.sd.item()
    assert (seeing.areas.sd.values >= 0.99 * blind.areas.sd.values).all()
    assert {line.shape for line in blind.model.peaks} == {"voigt"}


def test_a_phase_is_fitted_unless_it_is_known_and_what_it_costs_is_told() -> None:
    ready = measured(3.0, 1)
    windows = {name: (center - 4, center + 4) for name, (center, _, _) in LINES.items()}

    def sd_of(spectrum) -> float | None:
        model = spectra.nmr.model(spectrum, list(LINES), windows=windows)
        return next(p.prior.sd for p in model.peaks[0].parameters if p.quantity == "phase")

    assert sd_of(ready) == 2.0
    assert sd_of(ready.assign(imaginary=ready["intensity"])) == 10.0  # which the data overrule
    stated, blind, absent = fitted(3.0, 2.0), fitted(3.0, 0.0), fitted(3.0, None)
    np.testing.assert_array_equal(absent.values, stated.values)
    (note,) = (note for note in absent.notes if note.code == "phase-left")
    assert not [note for note in blind.notes if note.code == "phase-left"]
    # the sds with the phases held at what was found, by hand
    rows = [absent.parameters.entries.index(f"{absent.model.peaks[0].name}_{q}") for q in ("phase", "phase_slope")]
    areas = [absent.parameters.entries.index(f"{line.name}_area") for line in absent.model.peaks]
    inverse = np.linalg.inv(absent.covariance[np.ix_(rows, rows)])
    across = absent.covariance[np.ix_(areas, rows)]
    whole = absent.covariance[np.ix_(areas, areas)]
    value = absent.values[areas]
    slope = (np.eye(len(areas)) - np.outer(value, np.ones(len(areas))) / value.sum()) / value.sum()
    held = slope @ (whole - across @ inverse @ across.T) @ slope.T
    wider = np.sqrt(np.diagonal(slope @ whole @ slope.T) / np.diagonal(held)) - 1
    for line, by in zip(absent.model.peaks, wider, strict=True):
        assert (f"{line.assignment or line.name} by {100 * by:.0f} %" in note.text) == (by >= 0.01)
    assert wider.max() > 0.01


def test_a_pseudo_voigt_line_without_a_phase_is_that_of_absorption_and_turned_that_of_its_parts() -> None:
    values = (82.0, 8.0, 0.3)
    one, _ = shape_named("pseudo_voigt").kernel(X, *values)
    other, _ = shape_named("phased_pseudo_voigt").kernel(X, *values, 0.0, 0.0, 50.0)
    np.testing.assert_allclose(one, other, atol=1e-14)
    for fraction, parts in ((1.0, (0.0, 8.0)), (0.0, (8.0, 0.0))):  # a Lorentzian, a Gaussian, as Voigt lines
        turned, _ = shape_named("phased_pseudo_voigt").kernel(X, 82.0, 8.0, fraction, 20.0, 0.1, 50.0)
        voigt, _ = shape_named("phased_voigt").kernel(X, 82.0, *parts, 20.0, 0.1, 50.0)
        np.testing.assert_allclose(turned, voigt, atol=2e-6)


def test_a_line_that_counts_for_nothing_is_in_the_phase_too() -> None:
    ready = measured(3.0, 1)
    first, *others = LINES
    windows = {name: (LINES[name][0] - 4, LINES[name][0] + 4) for name in others}
    away = (LINES[first][0] - 6, LINES[first][0] + 6)
    model = spectra.nmr.model(ready, others, windows=windows, unassigned={"odd": away}, background_degree=1)
    fit = spectra.fit(ready, model, check=False)
    phase = fit.parameters.select([f"{fit.model.peaks[0].name}_phase"])
    assert abs(phase.value.item()) == pytest.approx(3.0, abs=max(0.5, 4 * phase.sd.item()))
    areas = dict(zip(fit.areas.entries, zip(fit.areas.value.values, fit.areas.sd.values, strict=True), strict=True))
    for line in fit.model.peaks:
        value, sd = areas[line.name]
        assert abs(value - TRUTH[line.assignment or first]) < 4 * sd, line.name


def test_one_phase_is_one_parameter_with_priors_that_are_shown() -> None:
    fit = fitted(0.0, 2.0)
    assert list(kinds_of(fit)).count("phase") == 2  # zero and first order, however many lines
    phases = [entry for entry in fit.parameters.entries if entry.endswith("_phase")]
    values = fit.parameters.select(phases).value.values
    assert values == pytest.approx(values[0])
    assert spectra.nmr.tensors(fit) == {}  # no sidebands, no tensor


def test_sidebands_take_part_in_the_phase() -> None:
    ready = measured(0.0, 1)
    ready = spectra.nmr.prepare(ready.drop_vars("spinning_rate"), spinning_rate=20e3, larmor_frequency=202.4)
    windows = {name: (center - 4, center + 4) for name, (center, _, _) in LINES.items()}
    model = spectra.nmr.model(ready, list(LINES), windows=windows, phase_sd=2.0)
    assert {line.shape for line in model.peaks} == {"phased_mas"}
    free = {p.name for line in model.peaks for p in line.parameters if p.vary}
    assert {f"{model.peaks[0].name}_{q}" for q in ("zeta", "phase", "phase_slope")} <= free
    assert not any(name.endswith(("pivot", "spinning_rate")) for name in free)


def remarked(phase: float, phase_sd: float | None, seed: int = 1, noise: float = 0.03) -> spectra.Fit:
    """As an analysis and the command line fit a spectrum."""
    ready = measured(phase, seed, noise)
    windows = {name: (center - 4, center + 4) for name, (center, _, _) in LINES.items()}
    model = spectra.nmr.model(ready, list(LINES), windows=windows, phase_sd=phase_sd)
    return stepwise.fitted_with_remarks(ready, model, "31P NMR", restarts=0)


@pytest.mark.parametrize("phase", [-14.0, 14.0])
def test_a_phase_far_from_what_a_correction_leaves_is_free_and_told(phase: float) -> None:
    free = remarked(phase, 2.0)
    wanted = np.array([TRUTH[text] for text in free.areas.facets["assignment"]])
    assert (np.abs(free.areas.value.values - wanted) / free.areas.sd.values).max() < 2.5
    (note,) = [note for note in free.notes if note.code == spectra.nmr.PHASE_ASKED]
    assert note.severity is Severity.WARNING
    assert abs(float(note.text.split("near ")[1].split(" degrees")[0])) == pytest.approx(abs(phase), abs=1.5)
    zero = free.parameters.select([f"{free.model.peaks[0].name}_phase"])
    assert abs(abs(zero.value.item()) - abs(phase)) < 3 * zero.sd.item()
    sds = {p.prior.sd for line in free.model.peaks for p in line.parameters if p.quantity == "phase" and p.prior}
    assert sds == {10.0}


@pytest.mark.parametrize("seed", range(4))
def test_a_phase_that_a_correction_leaves_is_not_freed(seed: int) -> None:
    fit = remarked(2.0 * np.random.default_rng(seed).choice([-1, 1]), 2.0, seed)
    assert spectra.nmr.PHASE_ASKED not in [note.code for note in fit.notes]


def test_other_models_of_a_spectrum_are_as_free_as_its_fit() -> None:
    """As the joint route makes its own lines: phases of every line, and scale and windows of a region."""
    ready = measured(14.0, 1)
    windows = {name: (center - 4, center + 4) for name, (center, _, _) in LINES.items()}
    model = spectra.nmr.model(ready, list(LINES), windows=windows)
    contradicted = spectra.nmr.NMR.freed(spectra.fit(ready, model, check=False))
    assert contradicted is not None
    freed = contradicted[1]
    fewer = spectra.nmr.model(ready, list(LINES)[:2], windows={name: windows[name] for name in list(LINES)[:2]})
    made = spectra.nmr.NMR.freed_as(fewer, freed)
    phases = [p for line in made.peaks for p in line.parameters if p.quantity == "phase"]
    assert {p.prior.sd for p in phases} == {10.0}
    assert [abs(p.value) for p in phases] == pytest.approx([14.0, 14.0], abs=1.0)
    assert spectra.nmr.NMR.freed_as(fewer, model) is fewer
