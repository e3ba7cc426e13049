"""Conductivity, activation energy, arcs, fixtures, polarisation, interfaces: by hand, from noise, published."""

from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import electrochemistry as ec
from electrochemistry.conduction import Conductivity
from electrochemistry.conduction._arc_names import probabilities
from shortrange_core import BadInput, Estimates, load, save

GAS = 8.31446261815324e-3
F = np.logspace(0, 7, 50)
PELLET = ec.geometry(thickness=0.1, diameter=1.3)


def simulated(text, values, noise=0.0, seed=0, f=F, **scalars):
    z = ec.circuit(text).impedance(f, values)
    rng = np.random.default_rng(seed)
    z = z + noise * np.abs(z) * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size))
    return ec.spectrum_from_arrays(f, z, **scalars)


def series(temperatures, sigma, relative_sd, shape=PELLET, common=0.0):
    value = np.asarray(sigma)
    covariance = np.diag((relative_sd * value) ** 2) + (common + shape.log_variance) * np.outer(value, value)
    names = [f"total[{t:g}]" for t in temperatures]
    estimates = Estimates.build(
        names, value, covariance, quantity=["total"] * len(names), temperature=list(temperatures), label=names
    )
    return Conductivity(estimates, estimates, shape, ())


def codes(result):
    return {note.code for note in result.notes}


def test_the_area_of_a_13_mm_die_and_the_geometry_rule():
    shape = ec.geometry(thickness=0.1, diameter=1.3, thickness_sd=0.002, diameter_sd=0.013)
    assert shape.area == pytest.approx(1.327, abs=5e-4)
    assert shape.log_variance == pytest.approx(0.02**2 + 4 * 0.01**2)
    with pytest.raises(BadInput, match=r"thickness = 0\S* cm: must be finite and above 0\ndiameter_sd = -1\S* cm"):
        ec.geometry(thickness=0, diameter=1, diameter_sd=-1)


def test_a_conductivity_by_hand_with_the_covariance_between_resistances():
    text, values = "p(R1,CPE1)-p(R2,CPE2)-CPE3", {"R1": 1e3, "CPE1_Q": 1e-10, "CPE1_n": 0.9, "R2": 3e3, "CPE2_Q": 3e-9, "CPE2_n": 0.9, "CPE3_Q": 1e-6, "CPE3_n": 0.8}  # noqa: E501  # fmt: skip
    fit = ec.fit_circuit(simulated(text, values, noise=0.003), text)
    found = ec.conductivity(fit, PELLET, resistances={"total": "R1 + R2", "bulk": "R1"}, temperatures=[298.15])
    total = found.sigma.where(quantity="total")
    assert total.value.item() == pytest.approx(0.1 / (1.32732 * 4000), rel=0.01)
    block = fit.parameters.select(["R1", "R2"]).covariance.values
    expected = np.sqrt(block.sum()) / found.resistance.where(quantity="total").value.item()
    assert total.sd.item() / total.value.item() == pytest.approx(expected, rel=1e-6)
    assert expected < 0.7 * np.sqrt(np.trace(block)) / 4000  # without the covariance it would be too large
    with pytest.raises(BadInput, match="CPE1_Q is no resistance of the fit"):
        ec.conductivity(fit, PELLET, resistances={"x": "R1 + CPE1_Q"})
    with pytest.raises(BadInput, match="resistances = 'R1': give names and sums"):
        ec.conductivity(fit, PELLET, resistances="R1")
    with pytest.raises(BadInput, match=r"resistances: is empty"):
        ec.conductivity(fit, PELLET, resistances={})
    with pytest.raises(BadInput, match=r"add 273.15 to Celsius"):
        ec.conductivity(fit, PELLET, resistances={"t": "R1"}, temperatures=[-5.0])
    with pytest.raises(BadInput, match="give one each, in kelvin"):
        ec.conductivity(fit, PELLET, resistances={"t": "R1"}, temperatures=[300.0, 310.0])


def test_a_resistance_that_is_not_determined_is_noted():
    fit = ec.fit_circuit(simulated("R0-p(R1,C1)", {"R0": 20.0, "R1": 300.0, "C1": 1e-8}, noise=0.002), "R0-R9-p(R1,C1)", check=False)  # noqa: E501  # fmt: skip
    found = ec.conductivity(fit, PELLET, resistances={"a": "R9", "total": "R0 + R9 + R1"}, temperatures=[300.0])
    assert "conductivity-undetermined" in codes(found)


@given(energy=st.floats(20, 100), log_a=st.floats(-2, 15))
def test_exact_lines_give_their_energy_in_both_forms(energy, log_a):
    t = np.array([298.15, 313.15, 333.15, 363.15])
    plain = series(t, np.exp(log_a - energy / (GAS * t)), 0.01)
    line = ec.arrhenius(plain, form="ln sigma")
    assert line.parameters.value.values[0] == pytest.approx(energy, rel=1e-9)
    assert line.parameters.value.values[2] == pytest.approx(log_a, abs=1e-8)
    other = ec.arrhenius(series(t, np.exp(log_a - energy / (GAS * t)) / t, 0.01), form="ln sigma T")
    assert other.parameters.value.values[0] == pytest.approx(energy, rel=1e-9)


def test_the_papers_energy_in_the_two_forms():
    """41.5 kJ/mol from ln sigma equals 44.2 from ln(sigma T) over 25-90 C."""
    t = 273.15 + np.arange(25.0, 91.0, 5.0)
    line = ec.arrhenius(series(t, np.exp(5 - 41.5 / (GAS * t)), 0.01), form="ln sigma")
    assert line.parameters.value.values[0] == pytest.approx(41.5)
    assert line.other_form[0] == "ln sigma T"
    assert line.other_form[1] == pytest.approx(44.2, abs=0.05)
    assert line.parameters.value.values[1] == pytest.approx(41.5 / 96.485, rel=1e-5)


def test_the_geometry_moves_the_prefactor_and_never_the_energy():
    t = 273.15 + np.arange(25.0, 91.0, 10.0)
    sigma = np.exp(5 - 41.5 / (GAS * t)) * np.exp(0.01 * np.random.default_rng(0).normal(size=t.size))
    sharp = ec.arrhenius(series(t, sigma, 0.01), form="ln sigma")
    vague = ec.geometry(thickness=0.1, diameter=1.3, thickness_sd=0.02)
    blurred = ec.arrhenius(series(t, sigma, 0.01, vague), form="ln sigma")
    np.testing.assert_allclose(blurred.parameters.value.values, sharp.parameters.value.values, rtol=1e-9)
    assert blurred.parameters.sd.values[0] == pytest.approx(sharp.parameters.sd.values[0], rel=1e-6)
    grown = blurred.parameters.covariance.values[2, 2] - sharp.parameters.covariance.values[2, 2]
    assert grown == pytest.approx(0.2**2, rel=1e-6)
    assert blurred.table()["sd"].iloc[0] / blurred.table()["sigma"].iloc[0] > 0.2


def test_intervals_of_energies_and_conductivities_are_calibrated():
    t = 273.15 + np.arange(25.0, 91.0, 10.0)
    true = 5 - 41.5 / (GAS * t)
    pulls: Any = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        line = ec.arrhenius(
            series(t, np.exp(true + 0.02 * rng.normal(size=t.size)), 0.02), form="ln sigma", at=[298.15]
        )
        scale = np.sqrt(line.scale)
        low = (
            np.log(line.conductivities.value.item()) - (5 - 41.5 / (GAS * 298.15))
        ) * line.conductivities.value.item()
        pulls.append(
            [
                (line.parameters.value.values[0] - 41.5) / line.parameters.sd.values[0] * scale,
                low / line.conductivities.sd.item() * scale,
            ]
        )
    stacked = np.array(pulls)
    assert np.all(np.abs(stacked.mean(axis=0)) < 4 / np.sqrt(400))
    assert np.all(np.abs(stacked.std(axis=0) - 1) < 4 / np.sqrt(800))


def test_curved_data_favour_vft_two_slopes_two_segments_and_scatter_is_noted():
    t = np.linspace(280.0, 400.0, 13)
    curved = ec.arrhenius(series(t, np.exp(2 - 600 / (t - 180.0)), 0.005), form="ln sigma")
    best = min(curved.comparison, key=lambda row: row[2])
    assert best[0] == "VFT"
    assert "arrhenius-misfit" in codes(curved)
    assert curved.status == "misfit"
    slope = np.where(t < 340, 60.0, 30.0)
    broken = np.exp(3 - slope / GAS * (1 / t - 1 / 340.0)) * np.exp(
        0.002 * np.random.default_rng(1).normal(size=t.size)
    )
    line = ec.arrhenius(series(t, broken, 0.002), form="ln sigma", breaks=[339.0])
    assert [row[3] for row in line.segments] == pytest.approx([60.0, 30.0], rel=0.02)
    assert min(line.comparison, key=lambda row: row[2])[0] == "two segments"
    straight = np.exp(5 - 41.5 / (GAS * t)) * np.exp(0.005 * np.random.default_rng(2).normal(size=t.size))
    assert (
        min(ec.arrhenius(series(t, straight, 0.005), form="ln sigma").comparison, key=lambda row: row[2])[0]
        == "Arrhenius"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "x"}, "form = 'x'"),
        ({"form": "ln sigma", "quantity": "x"}, "quantity = 'x': is unknown"),
        ({"form": "ln sigma", "at": [-3.0]}, "add 273.15 to Celsius"),
        ({"form": "ln sigma", "breaks": [299.0]}, "segment 1 has 1 point;"),
    ],
)
def test_options_of_an_arrhenius_line_are_checked(options, message):
    found = series([298.0, 310.0, 320.0, 330.0], [1e-4, 2e-4, 3e-4, 4e-4], 0.01)
    with pytest.raises(BadInput, match=message):
        ec.arrhenius(found, **options)
    with pytest.raises(BadInput, match="has 2 temperatures"):
        ec.arrhenius(series([298.0, 310.0], [1e-4, 2e-4], 0.01), form="ln sigma")
    with pytest.raises(BadInput, match="weighted=False"):
        ec.arrhenius(series([298.0, 310.0, 320.0], [1e-4, 2e-4, 3e-4], 0.0), form="ln sigma")


def test_bulk_frequencies_of_the_paper_and_the_verdicts():
    """sigma/(2 pi eps_r eps_0): 7 to 49 MHz at the two printed conductivities."""
    found = series([298.15, 333.15], [2.7e-4, 8.2e-5], 0.01)
    window = ec.bulk_window(found, highest_frequency=1e6, quantity="total")
    values = window.bulk_frequency.value.values
    assert values.max() == pytest.approx(49e6, rel=0.02)
    assert values.min() == pytest.approx(7.4e6, rel=0.01)
    assert [verdict for _, verdict in window.verdicts] == ["outside", "outside"]
    assert "bulk-outside-window" in codes(window)
    inside = ec.bulk_window(found, highest_frequency=1e9, quantity="total")
    assert [verdict for _, verdict in inside.verdicts] == ["inside", "inside"]
    assert not inside.notes
    assert ec.bulk_window(found, highest_frequency=3e7, quantity="total").verdicts[0][1] == "edge"
    with pytest.raises(BadInput, match="must be above 0"):
        ec.bulk_window(found, highest_frequency=0, quantity="total")


def test_bulk_frequencies_at_25_celsius_lie_above_the_window_of_1_mhz():
    """Carried down with 41.5 kJ/mol: x = 0.6 (8.2e-5 at 60 C), x = 0 (a sixth of 2.7e-4): about 1 to 2.5 MHz."""
    down = np.exp(-41.5 / 8.314462618e-3 * (1 / 298.15 - 1 / 333.15))
    for at_60, expected in ((8.2e-5, (1.27e6, 2.54e6)), (2.7e-4 / 6, (0.70e6, 1.39e6))):
        found = series([298.15, 333.15], [at_60 * down, at_60], 0.01)
        window = ec.bulk_window(found, highest_frequency=1e6, quantity="total")
        cold = window.bulk_frequency.where(temperature=298.15)
        assert sorted(cold.value.values) == pytest.approx(expected, rel=0.01)
        assert window.verdicts[0][1] == ("outside" if min(expected) > 1e6 else "edge")


def test_capacitances_by_hand_and_what_they_may_be():
    text, values = "R0-p(R1,CPE1)", {"R0": 50.0, "R1": 1000.0, "CPE1_Q": 1e-6, "CPE1_n": 0.8}
    fit = ec.fit_circuit(simulated(text, values), text)
    found = ec.arcs(fit, PELLET, series_resistance="R0").capacitances
    thick, brug = found.value.values
    assert thick == pytest.approx((1e-6 * 1000**0.2) ** 1.25, rel=1e-4)
    assert brug == pytest.approx(1e-6**1.25 * (1 / 50 + 1 / 1000) ** -0.25, rel=1e-4)
    assert found.facets["formula"] == ("through thickness", "Brug")
    assert probabilities(-6.0, 0.0, PELLET)["interface"] > 0.9
    assert probabilities(np.log10(5e-7), 0.0, ec.geometry(thickness=1e-6, diameter=1.0))["bulk"] < 1e-3
    unit = ec.geometry(thickness=1.0, diameter=1.128379)
    assert list(probabilities(np.log10(1.5e-8), 0.0, unit))[:2] == ["surface layer", "grain boundary"]
    assert next(iter(probabilities(0.0, 0.0, unit))) == "none of the known ranges"


def test_names_of_arcs_change_smoothly_and_are_those_of_the_whole_series():
    unit = ec.geometry(thickness=1.0, diameter=1.128379)
    at = np.arange(-13.0, -2.0, 0.02)
    found = [probabilities(x, 0.0, unit) for x in at]
    for name in found[0]:
        p = np.array([own[name] for own in found])
        assert np.abs(np.diff(p)).max() < 0.05
        assert p.max() > 0.5 or name == "none of the known ranges"
    spectra = []
    for n, capacitance in enumerate((0.6e-8, 1.6e-8, 3e-8, 2e-8, 0.9e-8)):  # on both sides of the edge at 1e-8
        values = {"R0": 10.0, "R1": 1e3, "C1": capacitance}
        spectra.append(simulated("R0-p(R1,C1)", values, noise=0.003, seed=n, temperature=300.0 + n))
    arcs = ec.arcs(ec.fit_circuit(spectra, "R0-p(R1,C1)", starts=4), unit)
    assert len(set(arcs.capacitances.facets["candidates"])) == 1
    assert sum(p for *_, p in arcs.names) == pytest.approx(1.0)


def test_what_spectra_do_not_determine_stays_undetermined():
    """Two resistances in series are one: each is undetermined, their sum is not; so in tables, ASR and growth laws."""
    hours = np.arange(8.0)
    spectra = []
    for n, t in enumerate(hours):
        values = {"R0": 20.0, "R1": 200.0, "C1": 1e-9, "R2": 50.0 + 4 * t, "C2": 2e-6}
        own = simulated("R0-p(R1,C1)-p(R2,C2)", values, noise=0.003, seed=n, time=t, temperature=300.0 + n)
        spectra.append(own if n not in (2, 3) else own.sel(frequency=slice(1e6, None)))  # the slow arc is outside
    fit = ec.fit_circuit(spectra, "R0-p(R1,C1)-p(R2,C2)", starts=6, check=False)
    sums = {"interface": "R2", "fast": "R1"}
    found = ec.conductivity(fit, PELLET, resistances=sums)
    status = found.sigma.where(quantity="interface").facets["status"]
    assert [s == "determined" for s in status] == [n not in (2, 3) for n in range(8)]
    assert "no conductivity: interface[" in found.notes[0].text
    asr = ec.area_specific_resistance(fit, PELLET, resistances=sums, basis="per interface")
    assert asr.where(quantity="interface").facets["status"] == status
    law = ec.growth_law(asr, quantity="interface")
    assert law.verdict == "linear"
    assert "growth-left-out" in codes(law)
    with pytest.raises(BadInput, match=r"are not determined: .*give 5 times or more"):
        ec.growth_law(asr.select(asr.entries[:5]), quantity="interface")
    line = ec.arrhenius(found, form="ln sigma", quantity="interface")
    assert len(line.left_out) == 2
    assert line.dof == 4
    twice = ec.fit_circuit(spectra[0], "R0-R9-p(R1,C1)-p(R2,C2)", starts=6, check=False)
    both = ec.conductivity(twice, PELLET, resistances={"a": "R9", "whole": "R1 + R2"})
    assert both.sigma.facets["status"] == ("undetermined", "determined")


def test_an_arc_at_its_bound_hides_no_more_than_its_profile_says():
    values = {"R0": 20.0, "R1": 200.0, "C1": 1e-8}
    spectrum = simulated("R0-p(R1,C1)", values, noise=0.003, seed=1)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,C1)-p(R2,C2)", starts=6, fixed={"C2": 1e-5}, check=False)
    if dict(zip(fit.entries, fit.facets["status"], strict=True))["R2"] != "at_bound":
        fit = ec.fit_circuit(spectrum, "R0-p(R1,C1)-p(R2,C2)", fixed={"C2": 1e-5}, bounds={"R2": (20.0, 1e6)}, check=False)  # noqa: E501  # fmt: skip
    limits = fit.interval().sel(entry="R2").values
    assert 0 < limits[1] < 100
    found = ec.conductivity(fit, PELLET, resistances={"total": "R0 + R1 + R2", "slow": "R2"})
    assert found.sigma.facets["status"] == ("determined", "at_bound")


@pytest.mark.parametrize("offset", [0.0, 0.7])
def test_errors_of_temperatures_are_in_energies_and_conductivities(offset):
    """300 simulated lines whose temperatures are 0.8 K off, each on its own, and all together by an offset."""
    read, sd = 273.15 + np.arange(25.0, 91.0, 10.0), 0.8
    pulls, misfits = [], 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        true = read + sd * rng.normal(size=read.size) + offset * rng.normal()
        log = 5 - 41.5 / (GAS * true) + 0.003 * rng.normal(size=read.size)
        found = series(read, np.exp(log), 0.003)
        with_sd = Estimates.build(
            found.sigma.entries, found.sigma.value.values, found.sigma.covariance.values,
            temperature_sd=[sd] * read.size, **found.sigma.facets,
        )  # fmt: skip
        line = ec.arrhenius(
            Conductivity(with_sd, with_sd, PELLET, ()), form="ln sigma", at=[298.15], temperature_offset_sd=offset
        )
        misfits += line.status == "misfit"
        room = line.conductivities
        pulls.append(
            [
                (line.parameters.value.values[0] - 41.5) / line.parameters.sd.values[0],
                (np.log(room.value.item()) - 5 + 41.5 / (GAS * 298.15)) * room.value.item() / room.sd.item(),
            ]
        )
        blind = ec.arrhenius(found, form="ln sigma")
        assert blind.status == "misfit" or seed % 10
    drawn = np.array(pulls)
    assert misfits <= 1
    assert np.all(np.abs(drawn.mean(axis=0)) < 4 / np.sqrt(300))
    assert np.all(drawn.std(axis=0) < 1.08)
    assert np.all(drawn.std(axis=0) > 0.75)  # scatter above the stated one widens, as much below does not narrow


def test_statements_of_the_paper_come_back_from_spectra_whose_temperatures_are_off():
    """41.5 kJ/mol by ln sigma, 2.7e-4 S/cm at 60 C (10.21203/rs.3.rs-934971/v1), 13 mm die: simulated spectra."""
    shape = ec.geometry(thickness=0.1, diameter=1.3, thickness_sd=0.001)
    read, f, inside, misfits = (
        273.15 + np.arange(20.0, 91.0, 10.0) + 5 * (np.arange(8) == 0),
        np.logspace(1, 6, 21),
        [],
        0,
    )
    for seed in range(30):
        rng = np.random.default_rng(seed)
        true, spectra = read + 0.5 * rng.normal(size=read.size), []
        factor = shape.factor * (1 + 0.01 * rng.normal())
        for n, (at, shown) in enumerate(zip(true, read, strict=True)):
            sigma = 2.7e-4 * np.exp(-41.5 / GAS * (1 / at - 1 / 333.15))
            values = {"R1": factor / sigma, "CPE1_Q": 1e-6, "CPE1_n": 0.9}
            spectra.append(simulated("R1-CPE1", values, noise=0.003, seed=1000 * seed + n, f=f, temperature=shown))
        fit = ec.fit_circuit(spectra, "R1-CPE1", starts=1)
        found = ec.conductivity(fit, shape, resistances={"total": "R1"}, temperature_sd=0.5)
        line = ec.arrhenius(found, form="ln sigma", at=[333.15])
        low, high = line.table().iloc[0][["lower", "upper"]]
        energy, sd = line.parameters.value.values[0], line.parameters.sd.values[0]
        inside += [low < 2.7e-4 < high, abs(energy - 41.5) < 1.96 * sd]
        blind = ec.conductivity(fit, shape, resistances={"total": "R1"})
        misfits += ec.arrhenius(blind, form="ln sigma").status == "misfit"
    assert np.sum(inside[0::2]) >= 27
    assert np.sum(inside[1::2]) >= 27
    assert misfits == 30


def test_an_arrhenius_line_with_a_chi2_of_a_thousand_is_no_success():
    t = np.array([298.15, 313.15, 333.15, 348.15, 363.15])
    sigma = np.exp(5 - 41.5 / (GAS * t)) * np.array([1.0, 1.04, 0.95, 1.05, 0.97])
    line = ec.arrhenius(series(t, sigma, 0.001), form="ln sigma")
    assert line.chi2 / line.dof > 1000
    assert line.status == "misfit"
    note = next(note for note in line.notes if note.code == "arrhenius-misfit")
    assert "temperatures that are off by" in note.remedy
    honest = ec.arrhenius(series(t, sigma, 0.04), form="ln sigma")
    assert honest.status == "ok"


def test_a_little_more_scatter_than_stated_widens_and_is_noted():
    t = np.array([298.15, 313.15, 333.15, 348.15, 363.15])
    sigma = np.exp(5 - 41.5 / (GAS * t)) * np.array([1.01, 0.985, 1.015, 0.99, 1.0])
    line = ec.arrhenius(series(t, sigma, 0.008), form="ln sigma")
    assert codes(line) == {"arrhenius-scatter"}
    assert line.status == "ok"
    assert line.scale > 1


def test_the_sd_of_a_temperature_is_in_a_conductivity_where_an_energy_is_given():
    values = {"R0": 10.0, "R1": 1e3, "CPE1_Q": 1e-9, "CPE1_n": 0.9}
    spectrum = simulated("R0-p(R1,CPE1)", values, noise=1e-3, temperature=333.15, temperature_sd=1.0)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)", starts=4)
    plain = ec.conductivity(fit, PELLET, resistances={"total": "R1"})
    assert "temperature-sd-not-in-sigma" in codes(plain)
    full = ec.conductivity(fit, PELLET, resistances={"total": "R1"}, activation_energy=41.5)
    grown = full.sigma.sd.item() ** 2 - plain.sigma.sd.item() ** 2
    assert np.sqrt(grown) / plain.sigma.value.item() == pytest.approx(41.5 / (GAS * 333.15**2), rel=1e-4)
    with pytest.raises(BadInput, match="temperature_sd= -1: give kelvin, 0 or more"):
        ec.conductivity(fit, PELLET, resistances={"total": "R1"}, temperature_sd=-1)
    with pytest.raises(BadInput, match="temperature_offset_sd= -1: give kelvin"):
        ec.arrhenius(series([298.0, 310.0, 320.0], [1e-4, 2e-4, 3e-4], 0.1), form="ln sigma", temperature_offset_sd=-1)


@pytest.mark.parametrize(
    ("column", "cells", "kelvin"),
    [
        ("temperature_celsius", ("298.15", "333.15"), "would be 571.3 K; name the column temperature_kelvin"),
        ("temperature_kelvin", ("140", "200"), "would be -133.15 °C; name the column temperature_celsius"),
        ("temperature_celsius", ("413.15", "453.15"), "would be 686.3 K; name the column temperature_kelvin"),
        ("T (°C)", ("413.15", "453.15"), "would be 686.3 K; name the column temperature_kelvin"),
        ("T / K", ("140", "200"), "would be -133.15 °C; name the column temperature_celsius"),
        ("T [F]", ("140", "200"), "unknown columns T \\[F\\]"),
        ("temperature_celsius", ("413.15", "453.3"), [686.3, 726.45]),
        ("temperature_celsius", ("413.15 °C", "453.15 °C"), [686.3, 726.3]),
        ("T (°C)", ("25", "60"), [298.15, 333.15]),
        ("Temperature / K", ("298", "333"), [298.0, 333.0]),
        ("temperature_C", ("60 celsius", "333.15 kelvin"), [333.15, 333.15]),
        ("temperature", ("60 deg C", "25 ℃"), [333.15, 298.15]),
        ("temperature", ("60", "25 °C"), "write its unit, 60 °C or 60 K"),
        ("temperature_kelvin", ("140 K", "200 K"), [140.0, 200.0]),
        ("temperature_celsius", ("300", "500"), [573.15, 773.15]),
        ("temperature", ("60 °C", "333,15 K"), [333.15, 333.15]),
        ("temperature_celsius", ("-10", "25 C"), [263.15, 298.15]),
    ],
)
def test_cells_in_kelvin_and_celsius_are_told_apart(tmp_path, column, cells, kelvin):
    (tmp_path / "a.csv").write_text("x")
    table = tmp_path / "t.csv"
    rows = "".join(f"a.csv;{cell}\n" for cell in cells)
    table.write_text(f"file;{column}\n{rows}")
    if isinstance(kelvin, str):
        with pytest.raises(BadInput, match=kelvin):
            ec.read_samples(table)
    else:
        assert [row.temperature for row in ec.read_samples(table)] == pytest.approx(kelvin)


def test_an_ambiguous_arc_is_noted_and_a_circuit_without_arcs_refused():
    text, values = "p(R1,C1)", {"R1": 1e4, "C1": 1.5e-8}
    fit = ec.fit_circuit(simulated(text, values), text)
    found = ec.arcs(fit, ec.geometry(thickness=1.0, diameter=1.128379))
    assert "arc-ambiguous" in codes(found)
    assert found.time_constants.value.item() == pytest.approx(1.5e-4, rel=1e-6)
    zarc = ec.fit_circuit(simulated("ZARC1", {"ZARC1_R": 100.0, "ZARC1_tau": 1e-4, "ZARC1_n": 0.9}), "ZARC1")
    assert ec.arcs(zarc, PELLET).capacitances.value.item() == pytest.approx(1e-6, rel=1e-4)
    plain = ec.fit_circuit(simulated("R0-C1", {"R0": 10.0, "C1": 1e-6}), "R0-C1")
    with pytest.raises(BadInput, match="holds no arc"):
        ec.arcs(plain, PELLET)
    with pytest.raises(BadInput, match="series_resistance = 'R9'"):
        ec.arcs(fit, PELLET, series_resistance="R9")


def test_arcs_and_windows_name_what_they_do_not_know():
    spectrum = simulated("R0-p(R1,CPE1)", {"R0": 10.0, "R1": 1e4, "CPE1_Q": 1e-9, "CPE1_n": 0.9}, temperature=300.0)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)", starts=4)
    for name in ("R9", "CPE1_Q"):
        with pytest.raises(BadInput, match="is no resistance of"):
            ec.arcs(fit, PELLET, series_resistance=name)
    sigma = ec.conductivity(fit, PELLET, resistances={"total": "R1"})
    with pytest.raises(BadInput, match="quantity = 'bulk': is unknown; there are total"):
        ec.bulk_window(sigma, highest_frequency=1e6, quantity="bulk")
    flat = ec.fit_circuit(spectrum, "p(R1,CPE1)", starts=4, fixed={"CPE1_n": 0.0}, check=False)
    none = ec.arcs(flat, PELLET).capacitances
    assert np.isnan(none.value.item())
    assert none.facets["candidates"] == ("none of the known ranges 1.00",)


def test_an_undetermined_part_of_a_circuit_leaves_the_rest_its_standard_deviations():
    """Two resistances in series are one: the arc beside them is determined all the same."""
    values = {"R0": 10.0, "R1": 1e3, "CPE1_Q": 1e-9, "CPE1_n": 0.9}
    spectrum = simulated("R0-p(R1,CPE1)", values, noise=1e-3, temperature=300.0)
    whole, twice = (ec.fit_circuit(spectrum, f"R0-p(R1,CPE1){more}", check=False) for more in ("", "-R5"))
    assert twice.facets["status"][0] == "undetermined"
    for fit in (whole, twice):
        sigma = ec.conductivity(fit, PELLET, resistances={"arc": "R1", "rest": "R0"}).sigma
        assert np.isfinite(sigma.sd.values).tolist() == [True, fit is whole]
        assert np.isfinite(ec.arcs(fit, PELLET).capacitances.sd.item())


def test_the_capacitance_of_a_fixed_element_has_the_standard_deviation_of_the_rest():
    values = {"R0": 10.0, "R1": 1e3, "CPE1_Q": 1e-9, "CPE1_n": 0.9}
    spectrum = simulated("R0-p(R1,CPE1)", values, noise=1e-3)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)", fixed={"CPE1_Q": 1e-9, "CPE1_n": 0.9})
    found = ec.arcs(fit, PELLET).capacitances
    resistance = fit.parameters.select(["R1"])
    relative = (0.1 / 0.9) * resistance.sd.item() / resistance.value.item()
    assert found.sd.item() / found.value.item() == pytest.approx(relative, rel=1e-4)


def test_sums_need_no_blanks_because_names_of_parameters_hold_no_signs():
    values = {"R0": 10.0, "R1": 1e3, "CPE1_Q": 1e-9, "CPE1_n": 0.9}
    spectrum = simulated("R0-p(R1,CPE1)", values, noise=1e-3)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)", starts=4)
    sums = {"a": "R0 + R1", "b": "R0+R1", "c": "2*R1-R0", "d": "2*R1 - R0"}
    value = ec.conductivity(fit, PELLET, resistances=sums).resistance.value.values
    assert value[0] == value[1] == pytest.approx(1010.0, rel=1e-2)
    assert value[2] == value[3] == pytest.approx(1990.0, rel=1e-2)
    tied = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)", starts=4, ties=["R0+R1=1010"])
    assert tied.value("R0") + tied.value("R1") == pytest.approx(1010.0)


def test_temperatures_in_celsius_are_refused(tmp_path):
    found = series([298.15, 310.0, 333.15], [1e-4, 2e-4, 3e-4], 0.01)
    with pytest.raises(BadInput, match="at = 25, 60: must be kelvin"):
        ec.arrhenius(found, form="ln sigma", at=[25, 60])
    with pytest.raises(BadInput, match="level = 2"):
        ec.arrhenius(found, form="ln sigma").table(2)
    (tmp_path / "a.csv").write_text("x")
    table = tmp_path / "t.csv"
    table.write_text("file,temperature_kelvin\na.csv,60\n")
    with pytest.raises(BadInput, match="row 2, temperature_kelvin = 60: is 60 K; give 100 to 3000"):
        ec.read_samples(table)
    table.write_text("file;temperature_celsius;thickness_mm;diameter_mm\na.csv;60,5;1,25;13\n")
    row = ec.read_samples(table)[0]
    assert (row.temperature, row.shape.thickness) == (333.65, 0.125)


def test_the_pressure_of_a_table_stays_with_the_fit():
    spectrum = simulated("R0-p(R1,C1)", {"R0": 10.0, "R1": 1e3, "C1": 1e-9}, pressure=200.0)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,C1)", starts=4)
    assert fit.curves[0]["pressure"].item() == 200.0


def test_a_fixture_of_leads_and_stray_capacitance_is_taken_out_exactly():
    sample = simulated("R0-p(R1,C1)", {"R0": 10.0, "R1": 500.0, "C1": 1e-9})
    omega = 2 * np.pi * F
    lead, stray = 0.5 + 1j * omega * 1e-6, 1j * omega * 3e-12
    measured = lead + 1 / (1 / sample.impedance.values + stray)
    short = ec.spectrum_from_arrays(F, lead)
    opened = ec.spectrum_from_arrays(F, lead + 1 / stray)
    fixed = ec.correct_fixture(ec.spectrum_from_arrays(F, measured), short=short, open_circuit=opened)
    np.testing.assert_allclose(fixed.impedance.values, sample.impedance.values, rtol=1e-9)
    assert "short circuit subtracted" in fixed.attrs["history"]
    spectrum = ec.spectrum_from_arrays(F, measured)
    for options, message in (
        ({}, "nothing to correct for"),
        ({"short": short, "inductance": 1e-6}, "already holds the inductance"),
        ({"inductance": -1.0}, "must be finite and not negative"),
        ({"short": short.isel(frequency=slice(5, None))}, "not measured at the frequencies"),
        ({"short": short, "open_circuit": short}, "give that of the empty fixture"),
        ({"open_circuit": spectrum}, "give that of the empty fixture"),
    ):
        with pytest.raises(BadInput, match=message):
            ec.correct_fixture(spectrum, **options)


def step(voltage, current, *, tail=0.0, noise=0.0, seed=0, points=200):
    t = np.geomspace(1.0, 1e5, points)
    rng = np.random.default_rng(seed)
    return ec.steady_state(t, current * (1 + 100 * np.exp(-t / 50)) + tail / np.sqrt(t) + noise * rng.normal(size=t.size), voltage=voltage)  # noqa: E501  # fmt: skip


def test_two_blocking_electrodes_give_the_slope_through_zero():
    ends = [step(v, v * 2e-9, noise=1e-11, seed=n) for n, v in enumerate((0.1, 0.2, 0.3))]
    ionic = Estimates.build(["sigma"], [1e-4], [1e-12])
    found = ec.polarisation(ends, PELLET, electrodes="two blocking", ionic_conductivity=ionic, current_floor=1e-12)
    expected = PELLET.factor * 2e-9
    assert abs(found.sigma.value.item() - expected) < 3 * found.sigma.sd.item()
    assert found.sigma.sd.item() < 0.02 * expected
    assert found.sigma.facets["bound"] == ("value",)
    assert found.transference.value.item() == pytest.approx(expected / (expected + 1e-4), rel=0.02)
    assert codes(found) == {"polarisation-contacts"}


def test_a_reversible_electrode_gives_a_slope_at_each_voltage():
    volts = np.linspace(0.5, 1.5, 6)
    ends = [step(v, 1e-9 * v**2) for v in volts]
    found = ec.polarisation(ends, PELLET, electrodes="one reversible", current_floor=1e-13)
    inner = found.sigma.value.values[1:-1]
    np.testing.assert_allclose(inner, PELLET.factor * 2e-9 * volts[1:-1], rtol=0.01)
    assert found.sigma.facets["voltage"] == tuple(volts.tolist())
    assert codes(found) == {"polarisation-contacts"}
    with pytest.raises(BadInput, match="three or more different ones"):
        ec.polarisation(ends[:2], PELLET, electrodes="one reversible")


def test_a_current_that_still_falls_or_drowns_in_noise_gives_an_upper_bound():
    falling = ec.polarisation([step(0.5, 1e-10, tail=1e-6)], PELLET, electrodes="two blocking")
    assert falling.sigma.facets["bound"] == ("at most",)
    assert falling.sigma.value.item() > PELLET.factor * 1e-10 / 0.5
    assert np.isnan(falling.sigma.sd.item())
    assert {"polarisation-not-steady", "polarisation-floor-unknown"} <= codes(falling)
    for seed in range(20):
        noisy = ec.polarisation([step(0.5, 1e-12, noise=1e-10, seed=seed)], PELLET, electrodes="two blocking")
        assert noisy.sigma.facets["bound"] == ("at most",)
        assert noisy.sigma.value.item() > PELLET.factor * 1e-12 / 0.5
    floored = ec.polarisation(
        [ec.steady_state(np.geomspace(1, 1e5, 100), np.full(100, 1e-12), voltage=0.5, current_floor=1e-11)],
        PELLET, electrodes="two blocking", current_floor=1e-11,
    )  # fmt: skip
    assert floored.sigma.value.item() == pytest.approx(PELLET.factor * 1e-11 / 0.5)
    assert "polarisation-not-significant" in codes(floored)


def test_slopes_beside_untrusted_steps_are_bounds_that_hold():
    """The true slope is 1e-9 S everywhere; the first step still falls, and must not make a slope negative."""
    volts = np.array([0.1, 0.2, 0.3, 0.4])
    ends = [step(v, v * 1e-9, tail=3e-6 if n == 0 else 0.0) for n, v in enumerate(volts)]
    assert not ends[0].steady
    assert ends[0].current > ends[1].current
    ionic = Estimates.build(["sigma"], [1e-4], [1e-12])
    found = ec.polarisation(ends, PELLET, electrodes="one reversible", current_floor=1e-13, ionic_conductivity=ionic)
    assert found.sigma.facets["bound"] == ("at most", "at most", "value", "value")
    true = PELLET.factor * 1e-9
    assert np.all(found.sigma.value.values[:2] >= true)
    np.testing.assert_allclose(found.sigma.value.values[2:], true, rtol=0.01)
    assert np.isfinite(found.sigma.sd.values).tolist() == [False, False, True, True]
    assert np.isfinite(found.transference.sd.values).tolist() == [False, False, True, True]
    mirrored = [step(-v, -v * 1e-9, tail=-3e-6 if n == 0 else 0.0) for n, v in enumerate(volts)]
    other = ec.polarisation(mirrored, PELLET, electrodes="one reversible", current_floor=1e-13)
    np.testing.assert_allclose(other.sigma.value.values[::-1], found.sigma.value.values)


def test_a_current_that_falls_with_the_voltage_is_told():
    ends = [step(v, i) for v, i in ((0.1, 3e-9), (0.2, 2e-9), (0.3, 1e-9))]
    found = ec.polarisation(ends, PELLET, electrodes="one reversible", current_floor=1e-13)
    assert "polarisation-negative" in codes(found)


def test_the_floor_counts_for_steps_that_were_made_before():
    end = step(0.5, 1e-9)
    assert end.significant
    found = ec.polarisation([end], PELLET, electrodes="two blocking", current_floor=1e-6)
    assert found.sigma.facets["bound"] == ("at most",)
    assert found.sigma.value.item() == pytest.approx(PELLET.factor * 1e-6 / 0.5)


def test_a_held_current_or_a_drifting_voltage_is_no_polarisation():
    """At constant current the current is steady, and means nothing."""
    t = np.geomspace(1, 1e5, 300)

    def record(voltage, current):
        return xr.Dataset({name: ("row", np.broadcast_to(values, t.shape)) for name, values in (("test_time_second", t), ("voltage_volt", voltage), ("current_ampere", current))})  # noqa: E501  # fmt: skip

    noise = np.random.default_rng(0).normal(size=(2, t.size))
    good = record(0.5 + 1e-3 * noise[0], 1e-9 + 1e-6 * np.exp(-t / 20) + 1e-12 * noise[1])
    assert ec.polarisation([good], PELLET, electrodes="two blocking").sigma.facets["bound"] == ("value",)
    held = record(0.5 * (1 + 1e-3 * np.log(t)), 1e-3)
    drifting = record(0.5 * (1 + 5e-3 * np.log(t)), 1e-9 + 1e-6 * np.exp(-t / 20))
    for wrong in (held, drifting):
        with pytest.raises(BadInput, match="the voltage was not held"):
            ec.polarisation([wrong], PELLET, electrodes="two blocking")


def test_a_current_of_exactly_0_bounds_nothing():
    t = np.geomspace(1, 1e5, 100)
    dead = ec.steady_state(t, np.zeros(100), voltage=0.5)
    with pytest.raises(BadInput, match="exactly 0"):
        ec.polarisation([dead], PELLET, electrodes="two blocking")
    floored = ec.polarisation([dead], PELLET, electrodes="two blocking", current_floor=1e-12)
    assert floored.sigma.value.item() == pytest.approx(PELLET.factor * 1e-12 / 0.5)


def test_the_electrodes_are_asked_for_and_bad_steps_refused():
    good = step(0.5, 1e-9)
    for steps, message in ((good, "in a list"), ([np.ones(3)], "is a ndarray"), ([None], "is a NoneType")):
        with pytest.raises(BadInput, match=message):
            ec.polarisation(steps, PELLET, electrodes="two blocking")
    with pytest.raises(BadInput, match=r"made for 0.5 V, not 5 V"):
        ec.polarisation([good], PELLET, electrodes="two blocking", voltages=[5])
    with pytest.raises(BadInput, match="current_floor = nan"):
        ec.polarisation([good], PELLET, electrodes="two blocking", current_floor=np.nan)
    with pytest.raises(BadInput, match="0 times and 0 currents"):
        ec.steady_state([], [], voltage=1.0)
    with pytest.raises(BadInput, match="say 'two blocking' or 'one reversible'"):
        ec.polarisation([good], PELLET, electrodes="unknown")
    with pytest.raises(TypeError):
        ec.polarisation([good], PELLET)
    with pytest.raises(BadInput, match="no voltage step"):
        ec.polarisation([], PELLET, electrodes="two blocking")
    with pytest.raises(BadInput, match="last decade of time"):
        ec.steady_state([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], voltage=1.0)
    with pytest.raises(BadInput, match=r"ascend.*\nvoltage = 0.*\ncurrent_floor = -1"):
        ec.steady_state([2.0, 1.0], [1.0, 1.0], voltage=0.0, current_floor=-1.0)
    with pytest.raises(BadInput, match="one current a time"):
        ec.steady_state([2.0, 1.0], [1.0], voltage=1.0)
    with pytest.raises(BadInput, match="give Estimates of one entry above 0"):
        ec.polarisation([good], PELLET, electrodes="two blocking", ionic_conductivity=1e-4)
    with pytest.raises(BadInput, match="of one entry above 0"):
        ec.polarisation([good], PELLET, electrodes="two blocking", ionic_conductivity=Estimates.build(["s"], [-1.0], [0.0]))  # noqa: E501  # fmt: skip


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
    with pytest.raises(BadInput, match="say 'per interface' or 'per cell'"):
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


def test_records_are_saved_and_loaded(tmp_path):
    found = series([298.15, 310.0, 333.15], [1e-4, 2e-4, 3e-4], 0.01)
    line = ec.arrhenius(found, form="ln sigma")
    for name, result in (("line", line), ("sigma", found), ("dc", ec.polarisation([step(0.5, 1e-9)], PELLET, electrodes="two blocking"))):  # noqa: E501  # fmt: skip
        save(result, tmp_path / f"{name}.nc")
        assert type(load(tmp_path / f"{name}.nc")) is type(result)


def test_a_sample_table_names_every_offender(tmp_path):
    (tmp_path / "a.csv").write_text(
        "frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm\n1,2,-1\n10,1,-1\n100,1,0\n"
    )
    table = tmp_path / "t.csv"
    table.write_text("file,temperature_celsius,thickness_mm,diameter_mm,sample\na.csv,25,1,13,x\na.csv,60,1,13,x\n")
    spectra = ec.read_sample_spectra(ec.read_samples(table))
    assert [s.temperature.item() for s in spectra] == [298.15, 333.15]
    assert ec.read_samples(table)[0].shape.diameter == pytest.approx(1.3)
    table.write_text("file,temperature_celsius,thickness_mm\nb.csv,warm,1\na.csv,25,1\n")
    with pytest.raises(
        BadInput, match=r"'warm': is no finite number\n.*no file 'b.csv'.*\n.*give thickness and diameter"
    ):
        ec.read_samples(table)
    table.write_text("file,temperature_celsius\n" + "x" * 200_000 + ",25\n")
    with pytest.raises(BadInput, match="is no table of samples"):
        ec.read_samples(table)
    table.write_text("file,temperature_celsius,temperature_kelvin,colour\n")
    with pytest.raises(BadInput, match="no row below"):
        ec.read_samples(table)
    table.write_text("temperature_celsius,temperature_kelvin,colour\n1,2,3\n")
    with pytest.raises(BadInput, match=r"unknown columns colour.*\n.*temperature in two columns.*\n.*no column file"):
        ec.read_samples(table)
