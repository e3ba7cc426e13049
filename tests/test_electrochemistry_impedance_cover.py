"""Intervals of circuit fits: absolute covariances, coverage, profiles, limits at bounds."""

import numpy as np
import pytest
from circuit_sweeps import TWO, simulated

import electrochemistry as ec
from electrochemistry.impedance._arc_order import _nearest
from electrochemistry.impedance._descent import BestMinimum
from electrochemistry.impedance._models import ResidualModel, space
from shortrange_core import Status


def test_noise_gives_an_absolute_covariance():
    spectrum = simulated("R0-p(R1,C1)", {"R0": 20.0, "R1": 300.0, "C1": 1e-8}, noise=0.01)
    absolute = ec.fit_circuit(spectrum, "R0-p(R1,C1)", weighting="noise")
    assert absolute.covariance_kind == "absolute"
    assert absolute.chi2 == pytest.approx(absolute.dof, rel=0.4)
    assert ec.fit_circuit(spectrum, "R0-p(R1,C1)").covariance_kind == "scaled"


def calibration(text, values, noise, number, starts):
    """Hits of 95 % intervals and pulls, in fitted coordinates; every data set counts."""
    hits, pulls = [], []
    for seed in range(number):
        spectrum, rng = simulated(text, values, noise=noise, seed=seed), np.random.default_rng(seed)
        fitted = ec.fit_circuit(spectrum, text, starts=starts, rng=rng, check=False).fitted
        names, kinds = fitted.facets["parameter"], fitted.facets["coordinate"]
        truth = np.array(
            [np.log(values[n]) if kind == "log" else values[n] for n, kind in zip(names, kinds, strict=True)]
        )
        bounds = fitted.interval(0.95).values
        hits.append((bounds[:, 0] <= truth) & (truth <= bounds[:, 1]))
        pulls.append((fitted.value.values - truth) / fitted.sd.values)
    return np.array(hits), np.array(pulls)


def check_calibration(hits, pulls):
    number = hits.shape[0]
    assert np.all(np.abs(hits.mean(axis=0) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / number))
    assert np.all(np.abs(pulls.mean(axis=0)) < 4 / np.sqrt(number))
    assert np.all(np.abs(pulls.std(axis=0, ddof=1) - 1) < 4 / np.sqrt(2 * number))


def test_intervals_cover_the_truth_as_often_as_they_say():
    values = {"R0": 20.0, "R1": 300.0, "CPE1_Q": 1e-6, "CPE1_n": 0.85}
    check_calibration(*calibration("R0-p(R1,CPE1)", values, 0.002, 100, 4))


@pytest.mark.slow
def test_intervals_of_two_arcs_cover_the_truth_as_often_as_they_say():
    check_calibration(*calibration("R0-p(R1,CPE1)-p(R2,CPE2)", TWO, 0.002, 500, 12))


def test_profiles_are_normal_where_data_are_and_one_sided_at_a_bound():
    spectrum = simulated("R0-p(R1,C1)", {"R0": 20.0, "R1": 300.0, "C1": 1e-8}, noise=0.003)
    normal = ec.fit_circuit(spectrum, "R0-p(R1,C1)", starts=4)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,C1)", starts=4, profiles=["R0", "R1", "C1"])
    np.testing.assert_allclose(fit.interval().values, normal.interval().values, rtol=2e-3)
    assert normal.profiles == ()
    bounded = ec.fit_circuit(spectrum, "R0-p(R1,C1)", starts=4, bounds={"R0": (20.2, 30.0)}, check=False)
    if bounded.facets["status"][0] == "at_bound":
        lower, upper = bounded.interval().sel(entry="R0").values
        assert np.isnan(lower)
        assert 20.2 < upper < 21.0
    held = ec.fit_circuit(spectrum, "R0-p(R1,C1)", starts=4, bounds={"R1": (1.0, 290.0)}, check=False)
    lower, upper = held.interval().sel(entry="R1").values
    assert held.facets["status"][1] == "at_bound"
    assert np.isnan(upper)
    assert 280 < lower < 290


def test_limits_at_a_bound_cover_the_truth():
    """An arc that is absent ends at its bound in half of the fits; its upper limit holds what little there is."""
    found = []
    for seed in range(60):
        spectrum = simulated("R0-p(R1,C1)-R2", {"R0": 20.0, "R1": 300.0, "C1": 1e-8, "R2": 0.3}, noise=0.003, seed=seed)
        fit = ec.fit_circuit(spectrum, "p(R1,C1)-R2", starts=2, bounds={"R2": (20.3, 100.0)}, check=False)
        if fit.facets["status"][fit.entries.index("R2")] == "at_bound":
            found.append(fit.interval().sel(entry="R2").values[1] > 20.3)
    assert len(found) > 15
    assert np.mean(found) > 0.9


@pytest.mark.parametrize("absent", [{"R": 4e11, "Q": 0.4}, {"R": 30.0, "Q": 1e-13}])
def test_an_arc_outside_the_window_does_not_change_places_with_one_inside(absent):
    """The bulk has left the window: what is fitted in its place is slower than the window with any resistance, or
    faster, and the other arc stays what it was, though its time constant fell.
    """
    text = "R0-p(R1,CPE1)-p(R2,CPE2)"
    model = ec.circuit(text)
    f = np.logspace(0, 6, 49)
    warm = {"R0": 20.0, "R1": 400.0, "CPE1_Q": 3e-10, "CPE1_n": 1.0, "R2": 1500.0, "CPE2_Q": 2e-7, "CPE2_n": 1.0}
    hot = {"R1": 150.0, "CPE1_Q": 2e-8, "R2": absent["R"], "CPE2_Q": absent["Q"]}
    residuals = ResidualModel(model, space(model), simulated(text, warm, f=f), "modulus")

    def solved(values):
        natural = np.array([values[name] for name in model.names])
        log = np.array([place.quantity.log for place in model.parameters])
        x = np.where(log, np.log(natural), natural)
        return BestMinimum(x, np.eye(x.size), 0.0, f.size, Status.OK, "")

    before, own = solved(warm), solved(warm | hot)
    again = _nearest(residuals, own, before.x)
    place = list(model.names).index("R2")
    assert np.exp(again.x[place]) == pytest.approx(150.0), "the grain boundary keeps its name"


@pytest.mark.parametrize("element", ["W1", "L1"])
def test_an_element_that_a_cell_lacks_has_an_upper_limit_alone(element):
    """Simulated: the estimate lies anywhere near 0, and its logarithm has no normal interval."""
    f = np.logspace(-1, 6, 71)
    z = ec.circuit("R0-p(R1,CPE1)").impedance(f, {"R0": 10.0, "R1": 90.0, "CPE1_Q": 1e-6, "CPE1_n": 0.85})
    for seed in range(3):
        rng = np.random.default_rng(seed)
        noise = 1e-3 * np.abs(z) * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size))
        fit = ec.fit_circuit(ec.spectrum_from_arrays(f, z + noise), f"R0-p(R1,CPE1)-{element}", check=False)
        at = fit.facets["parameter"].index(element)
        lower, upper = fit.interval().values[at]
        assert fit.facets["status"][at] in ("undetermined", "at_bound")
        assert np.isnan(lower)
        assert upper < fit.values[at] + 2.2 * fit.parameters.sd.values[at]
