"""An interface that grows: laws that spectra tell apart, and those that they do not."""

import numpy as np
import pytest
from pellets import PELLET, codes, simulated

import electrochemistry as ec
from shortrange_core import BadInput, Estimates


def growing(law, noise=0.01, seed=0):
    spectra = []
    for n, hours in enumerate(np.arange(0.0, 20.0, 2.0)):
        rate = {"none": 0.0, "linear": 8.0 * hours, "parabolic": 40.0 * np.sqrt(hours)}[law]
        values = {"R0": 20.0, "R1": 200.0, "C1": 1e-9, "R2": 50.0 + rate, "C2": 2e-6}
        spectra.append(simulated("R0-p(R1,C1)-p(R2,C2)", values, noise=noise, seed=100 * seed + n, f=np.logspace(0, 7, 40), time=hours))  # noqa: E501  # fmt: skip
    fit = ec.fit_circuit(spectra, "R0-p(R1,C1)-p(R2,C2)", starts=6)
    return fit, ec.area_specific_resistance(fit, PELLET, resistances={"interface": "R2"}, basis="per interface")


@pytest.mark.parametrize("law", ["none", "linear", "parabolic"])
def test_growth_laws_are_told_apart_from_spectra(law):
    fit, resistance = growing(law)
    found = ec.growth_law(resistance)
    assert found.verdict == law or (law == "none" and found.candidates[0] == "none")
    assert found.basis == "per interface"
    assert resistance.value.values[0] == pytest.approx(50.0 * PELLET.area / 2, rel=0.1)
    cell = ec.area_specific_resistance(fit, PELLET, resistances={"interface": "R2"}, basis="per cell")
    np.testing.assert_allclose(cell.value.values, 2 * resistance.value.values)
    if law != "none":
        row = next(row for row in found.comparison if row[0] == law)
        assert row[4] == pytest.approx({"linear": 8.0, "parabolic": 40.0}[law] * PELLET.area / 2, rel=0.1)


def test_laws_that_the_data_do_not_tell_apart_are_not_told_apart():
    hours = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    value = 5 + 0.35 * hours + 0.5 * np.random.default_rng(3).normal(size=hours.size)
    asr = Estimates.build(
        [str(h) for h in hours], value, [0.25] * 8, quantity=["i"] * 8, time=hours.tolist(), basis=["per cell"] * 8
    )
    found = ec.growth_law(asr)
    assert found.verdict == "indistinguishable"
    assert len(found.candidates) > 1
    assert "growth-indistinguishable" in codes(found)
    falling = Estimates.build(
        [str(h) for h in hours], 5 - 0.3 * hours, [1e-4] * 8, quantity=["i"] * 8, time=hours.tolist(), basis=["x"] * 8
    )
    assert ec.growth_law(falling).verdict == "none"
    assert "growth-negative" in codes(ec.growth_law(falling))
    for count in (3, 4):
        with pytest.raises(BadInput, match="give 5 times or more"):
            ec.growth_law(asr.select([str(h) for h in hours[:count]]))
    gap = Estimates.build("abcde", [1, np.nan, 3, 4, 5], [1.0] * 5, quantity=["i"] * 5, time=[0, 1, 2, 3, 4])
    with pytest.raises(BadInput, match="must be finite"):
        ec.growth_law(gap)
    fit, _ = growing("none")
    with pytest.raises(BadInput, match="give 'per interface' or 'per cell'"):
        ec.area_specific_resistance(fit, PELLET, resistances={"i": "R2"}, basis="both")


@pytest.mark.parametrize("law", ["linear", "parabolic"])
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize("count", [5, 12])
def test_a_law_without_standard_deviations_does_not_depend_on_the_unit(law, size, count):
    """The scatter of the points is all that is known; it scales with them."""
    hours = np.arange(float(count)) * 4
    grown = hours if law == "linear" else np.sqrt(hours)
    value = size * (5 + grown * (1 + 1e-3 * np.random.default_rng(1).normal(size=count)))
    for variance in (0.0, np.nan):
        matrix = np.diag(np.full(count, variance))
        asr = Estimates.build([f"{h}" for h in hours], value, matrix, quantity=["i"] * count, time=hours.tolist())
        assert ec.growth_law(asr).verdict == law


@pytest.mark.parametrize("count", [5, 6, 8])
def test_few_times_do_not_hide_a_growth_that_is_clear(count):
    """A slope 8 sd from 0 is hardly ever called none, whatever its law; without growth none is said again and again."""
    hours = np.linspace(0.0, 20.0, count)
    slope = 8 * 0.5 / np.sqrt(np.sum((hours - hours.mean()) ** 2))
    rng = np.random.default_rng(0)
    said: dict[float, list[str]] = {0.0: [], slope: []}
    for rate, verdicts in said.items():
        for _ in range(50):
            value = 50 + rate * hours + 0.5 * rng.normal(size=count)
            asr = Estimates.build([str(h) for h in hours], value, [0.25] * count, quantity=["i"] * count, time=hours.tolist())  # noqa: E501  # fmt: skip
            verdicts.append(ec.growth_law(asr).verdict)
    assert said[slope].count("none") <= 2
    assert said[0.0].count("none") > 35


def test_five_times_are_enough_for_a_law():
    hours = [0.0, 4.0, 8.0, 12.0, 16.0]
    value = 5 + 2 * np.array(hours) + 0.01 * np.random.default_rng(0).normal(size=5)
    asr = Estimates.build("abcde", value, [1e-4] * 5, quantity=["i"] * 5, time=hours)
    assert ec.growth_law(asr).verdict == "linear"
