"""Anisotropies that sidebands hardly tell: either sign is tried, and areas hold an anisotropy that may be none."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

import spectra
from shortrange_core import Status
from spectra import nmr
from spectra.fits._compiled import Compiled
from spectra.fits._descents import minimised
from spectra.fits._profiles import ParameterScan
from spectra.fits._residuals import Residuals
from spectra.fits._tensors import Signs, turned
from spectra.models import Default

X = np.linspace(-200.0, 300.0, 350)
PRIORS = {"P:S4": Default(82.0, 0.5, "test"), "P:S2O2": Default(60.0, 0.5, "test")}
AREAS = {"p_s4_area": 500.0, "p_s2o2_area": 200.0}


def made(zeta: float, noise: float, rate: float, seed: int = 0) -> tuple[spectra.Model, xr.Dataset]:
    """Two lines of simulated 31P spectra with one Lorentzian width, the second with an anisotropy in ppm."""
    empty = spectra.from_arrays(
        X, np.ones(X.size) + 1e-3 * X, axis="chemical_shift", noise=noise, technique="31P NMR", spinning_rate=rate,
        larmor_frequency=202.4, reference="test", recycle_delay=5e3, flip_angle=30.0,
    )  # fmt: skip
    model = nmr.model(empty, list(PRIORS), priors=PRIORS, background_degree=1, lorentz_common=1)
    model = replace(model, notes=())
    values = {
        parameter.name: parameter.prior.mean
        for parameter in model.all_parameters
        if parameter.prior is not None and parameter.name not in model.linked()
    }
    values |= {"offset": 0.0, "background_c0": 2.0, "background_c1": 0.5, "p_s2o2_zeta": zeta, "p_s4_zeta": 40.0}
    return model, spectra.simulate(model, X, values | AREAS, noise=noise, rng=np.random.default_rng(seed))


def zeta_of(found: spectra.Fit) -> float:
    return float(found.parameters.select(["p_s2o2_zeta"]).value.values[0])


def codes(found: spectra.Fit) -> list[str]:
    return [note.code for note in found.notes if note.code == "anisotropy-open"]


@pytest.mark.parametrize("zeta", [-110.0, 110.0])
def test_the_sign_of_an_anisotropy_does_not_depend_on_where_a_fit_starts(zeta):
    model, spectrum = made(zeta, noise=0.4, rate=7000.0)
    ends = []
    for start in (90.0, -90.0):
        parameters = model.parameters()
        parameters["p_s2o2_zeta"].value = start
        found = spectra.fit(spectrum, model, parameters=parameters, check=False)
        ends.append(found.chi2)
        assert zeta_of(found) == pytest.approx(zeta, abs=15.0), start
    assert ends[0] == pytest.approx(ends[1], abs=1e-4)


def test_a_start_of_the_wrong_sign_ends_in_a_minimum_that_misses_nothing():
    """Why either sign is tried: chi2 of the wrong one is no misfit, which nothing would search on from."""
    model, spectrum = made(-110.0, noise=0.4, rate=7000.0)
    compiled = Compiled(model, X)
    residuals = Residuals(compiled, spectrum["intensity"].values, spectrum["noise"].values)
    wrong, found = minimised(residuals, residuals.start()), spectra.fit(spectrum, model, check=False)
    assert wrong.x[compiled.free.index("p_s2o2_zeta")] > 0
    assert wrong.chi2 > found.chi2 + 1
    assert abs(wrong.chi2 / found.dof - 1) < 0.3


def test_a_map_of_sidebands_ends_where_single_fits_do(tmp_path):
    found = {zeta: made(zeta, noise=0.4, rate=7000.0) for zeta in (-110.0, 110.0, 50.0)}
    model = found[110.0][0]
    data = np.array([spectrum["intensity"].values for _, spectrum in found.values()])
    stack = found[110.0][1].assign(intensity=(("glass", "chemical_shift"), data))
    pixels = spectra.fit_map(stack, model, store=tmp_path / "map", warm_start=False).compute()
    for number, (_, spectrum) in enumerate(found.values()):
        alone = spectra.fit(spectrum, model, check=False)
        assert pixels["chi2"][number].item() == pytest.approx(alone.chi2, rel=1e-6)


def test_an_area_holds_an_anisotropy_that_may_be_none():
    for seed, open_one in ((2, True), (1, False)):  # where the minimum lies at none, and where it lies beside it
        model, spectrum = made(20.0, noise=1.0, rate=20000.0, seed=seed)
        found = spectra.fit(spectrum, model, check=False)
        alone = spectra.fit(spectrum, model, check=False, exchanges=False)
        wider = float(found.areas.sd.values[1] / alone.areas.sd.values[1])
        notes = [note for note in found.notes if note.code == "anisotropy-open" and "p_s2o2" in note.text]
        assert bool(notes) is open_one
        assert (wider > 1.1) is open_one
        assert all("p_s2o2_zeta may be -" in note.text and "the sds include this" in note.remedy for note in notes)


def test_an_anisotropy_that_is_known_leaves_the_area_to_its_curvature():
    model, spectrum = made(110.0, noise=0.2, rate=7000.0)
    found = spectra.fit(spectrum, model, check=False)
    alone = spectra.fit(spectrum, model, check=False, exchanges=False)
    assert codes(found) == []
    assert np.array_equal(found.areas.sd.values, alone.areas.sd.values)


def test_minima_of_other_signs_count_by_their_chi2():
    covariance = np.diag([4.0, 9.0])
    same = Signs((1,), np.array([[2.0, 0.0]]), np.array([0.0]))
    assert same.widened(np.zeros(2), covariance) == pytest.approx(np.diag([4.0 + 2.0, 9.0]))  # half of 2 squared
    far = Signs((1,), np.array([[2.0, 0.0]]), np.array([40.0]))
    assert far.widened(np.zeros(2), covariance) == pytest.approx(covariance)


def test_a_share_that_goes_with_the_square_is_in_the_moments_and_not_in_the_curvature():
    zeta = np.linspace(-4.0, 4.0, 9)
    places = np.array([zeta, zeta**2]).T  # the area at each anisotropy of sd 1, whose slope at 0 is 0
    path = ParameterScan(0, places, zeta**2)
    widened = path.widened(np.zeros(2), np.diag([1.0, 1.0]), [1])
    assert widened[0, 0] == pytest.approx(1.0, rel=0.05)
    assert widened[1, 1] == pytest.approx(1.0 + 3.0, rel=0.1)  # the fourth moment of a normal law
    assert path.widened(np.zeros(2), np.diag([1.0, 100.0]), [1])[1, 1] == 100.0


def test_the_limit_of_an_absent_line_holds_the_shapes_that_it_may_have():
    model, _ = made(0.0, noise=0.4, rate=9000.0)
    values = {
        p.name: p.prior.mean for p in model.all_parameters if p.prior is not None and p.name not in model.linked()
    }
    values |= {"p_s4_area": 500.0, "p_s2o2_area": 0.0, "background_c0": 2.0, "background_c1": 0.5, "offset": 0.0}
    sds = {}
    for seed in (4, 7):
        spectrum = spectra.simulate(model, X, values, noise=0.4, rng=np.random.default_rng(seed))
        for known in (False, True):
            parameters = model.parameters()
            if known:
                parameters["p_s2o2_zeta"].set(value=0.0, vary=False)
            for exchanges in (False, True):
                found = spectra.fit(spectrum, model, parameters=parameters, check=False, exchanges=exchanges)
                sds[seed, known, exchanges] = float(found.areas.sd.values[1]), float(found.areas.value.values[1])
    absent = [seed for seed in (4, 7) if sds[seed, False, True][1] == 0.0]
    assert absent
    for seed in absent:
        assert sds[seed, False, True][0] > 1.3 * sds[seed, False, False][0]
        assert sds[seed, True, True][0] < 1.1 * sds[seed, True, False][0]


def absent(zeta: float, seed: int) -> tuple[spectra.Model, xr.Dataset]:
    """A spectrum whose second line is not there."""
    model, _ = made(0.0, noise=0.4, rate=9000.0)
    values = {
        p.name: p.prior.mean for p in model.all_parameters if p.prior is not None and p.name not in model.linked()
    }
    values |= {"p_s4_area": 500.0, "p_s2o2_area": 0.0, "background_c0": 2.0, "background_c1": 0.5, "offset": 0.0}
    values["p_s4_zeta"] = zeta
    return model, spectra.simulate(model, X, values, noise=0.4, rng=np.random.default_rng(seed))


def test_the_limit_of_an_absent_line_does_not_depend_on_a_constraint_that_holds_nothing():
    model, spectrum = absent(60.0, seed=2)
    free = spectra.fit(spectrum, model, check=False)
    bound = spectra.fit(spectrum, replace(model, constraints=("p_s2o2_area <= 3*p_s4_area",)), check=False)
    assert abs(free.areas.value.values[1]) < 1e-9
    assert bound.areas.sd.values[1] == pytest.approx(free.areas.sd.values[1], rel=0.02)


def test_an_anisotropy_that_another_line_knows_is_not_drawn_for_an_absent_one():
    model, spectrum = absent(60.0, seed=2)
    sds = []
    for link in ("p_s2o2_zeta = p_s4_zeta", "p_s4_zeta = p_s2o2_zeta"):
        tied = replace(model, links=(*model.links, link))
        sds.append(float(spectra.fit(spectrum, tied, check=False).areas.sd.values[1]))
    assert sds[0] == pytest.approx(sds[1], rel=0.02)


def test_a_sign_that_the_window_forbids_is_not_offered():
    model, spectrum = made(60.0, noise=1.0, rate=13000.0, seed=1)
    parameters = model.parameters()
    parameters["p_s2o2_zeta"].min = 0.0
    found = spectra.fit(spectrum, model, parameters=parameters, check=False)
    assert not [note for note in found.notes if note.code == "anisotropy-open" and "opposite sign" in note.text]


def test_a_profile_is_of_the_noise_that_the_fit_found_correlated():
    model, clean = made(20.0, noise=1e-9, rate=20000.0, seed=2)
    smooth = np.convolve(np.random.default_rng(2).normal(0.0, 1.2, X.size + 8), np.ones(4) / 4, "same")[4:-4]
    spectrum = clean.assign(
        intensity=clean["intensity"] + smooth, noise=(clean["noise"].dims, np.full(X.size, 0.6))
    ).assign_coords(noise_correlation=np.nan)
    found = spectra.fit(spectrum, model, check=False)
    alone = spectra.fit(spectrum, model, check=False, exchanges=False)
    together = found.points_per_independent
    assert together > 2
    stated = spectra.fit(spectrum.assign_coords(noise_correlation=together), model, check=False)
    assert found.areas.sd.values == pytest.approx(stated.areas.sd.values, rel=0.02)
    assert found.areas.sd.values[1] > 1.2 * alone.areas.sd.values[1]


def test_no_standard_deviation_falls_below_its_curvature():
    along = np.linspace(0.0, 9.0, 10)  # a profile that ends at a wall
    places = np.array([along, np.zeros(10)]).T
    covariance = np.array([[1.0, -1.0], [-1.0, 3.0]])
    widened = ParameterScan(0, places, 0.01 * along).widened(np.zeros(2), covariance, [0])
    assert widened[0, 0] > 20
    assert widened[1, 1] == 3.0


def test_a_lower_end_that_was_not_reached_counts_as_much_as_the_best():
    places = SimpleNamespace(shapes={0: {"zeta": 1}}, anisotropies=[1], empty=lambda _x, _area: False)
    ground = SimpleNamespace(places=places, within=lambda _place, value: value, scale=lambda _end: 1.0)
    best, lower = (
        SimpleNamespace(x=np.array([area, zeta]), covariance=np.diag([1.0, 4.0]), chi2=chi2, status=status)
        for area, zeta, chi2, status in ((10.0, 50.0, 2000.0, Status.OK), (20.0, -50.0, 400.0, Status.NOT_CONVERGED))
    )
    search: Any = turned
    kept, (signs,) = search(ground, best, lambda _start: lower, lambda _start: lower)
    assert kept is best
    assert signs.widened(best.x, best.covariance)[0, 0] == pytest.approx(1.0 + 10.0**2 / 2)


def test_a_fit_that_starts_at_no_anisotropy_does_not_stay_there() -> None:
    """Slopes are 0 at none, for sidebands go with the square: only what lies beside it tells that chi2 falls."""
    priors = {"P:S4": Default(82.0, 0.5, "test"), "P:S3/S": Default(95.0, 0.5, "test")}
    empty = spectra.from_arrays(
        X, np.ones(X.size) + 1e-3 * X, axis="chemical_shift", noise=0.4, technique="31P NMR", spinning_rate=10000.0,
        larmor_frequency=202.4, reference="test", recycle_delay=5e3, flip_angle=30.0,
    )  # fmt: skip
    model = replace(nmr.model(empty, list(priors), priors=priors, background_degree=1), notes=())
    stated = {p.name: p.prior.mean for p in model.all_parameters if p.prior is not None}
    assert stated["p_s3_s_zeta"] == 0.0
    values = {name: value for name, value in stated.items() if name not in model.linked()}
    values |= {"offset": 0.0, "background_c0": 2.0, "background_c1": 0.5, "p_s4_zeta": 40.0, "p_s3_s_zeta": 80.0}
    spectrum = spectra.simulate(
        model, X, values | {"p_s4_area": 500.0, "p_s3_s_area": 40.0}, noise=0.4, rng=np.random.default_rng(3)
    )
    ends = {}
    for start in (0.0, 60.0):
        parameters = model.parameters()
        parameters["p_s3_s_zeta"].value = start
        ends[start] = spectra.fit(spectrum, model, parameters=parameters, check=False).chi2
    assert ends[0.0] == pytest.approx(ends[60.0], abs=1e-3)
