"""Conductivities and activation energies: by hand, from noise, published."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pellets import PELLET, codes, series, simulated, step

import electrochemistry as ec
from electrochemistry.conduction import Conductivity
from shortrange_core import BadInput, Estimates, load, save

GAS = 8.31446261815324e-3


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
    with pytest.raises(BadInput, match="CPE1_Q is not a resistance of the fit"):
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
    assert misfits == 29  # the thirtieth has drawn temperatures within a tenth of a kelvin


def test_an_arrhenius_line_with_a_chi2_of_a_thousand_is_no_success():
    t = np.array([298.15, 313.15, 333.15, 348.15, 363.15])
    sigma = np.exp(5 - 41.5 / (GAS * t)) * np.array([1.0, 1.04, 0.95, 1.05, 0.97])
    line = ec.arrhenius(series(t, sigma, 0.001), form="ln sigma")
    assert line.chi2 / line.dof > 1000
    assert line.status == "misfit"
    note = next(note for note in line.notes if note.code == "arrhenius-misfit")
    assert "temperature errors of" in note.remedy
    honest = ec.arrhenius(series(t, sigma, 0.04), form="ln sigma")
    assert honest.status == "ok"


def test_a_line_that_errors_of_a_tenth_of_a_kelvin_explain_is_no_misfit():
    """Bulk and grain boundary of two energies in one total, at the precision of an instrument."""
    t = np.linspace(273.15, 333.15, 7)
    total = 1 / (np.exp(38.0 / (GAS * t) - 8.0) + np.exp(41.0 / (GAS * t) - 9.2))
    line = ec.arrhenius(series(t, total, 2e-4), form="ln sigma")
    assert line.chi2 / line.dof > 4
    assert line.status == "ok"
    assert codes(line) == {"arrhenius-scatter"}
    assert line.scale == line.chi2 / line.dof
    far = 1 / (np.exp(30.0 / (GAS * t) - 5.0) + np.exp(55.0 / (GAS * t) - 15.0))
    assert ec.arrhenius(series(t, far, 2e-4), form="ln sigma").status == "misfit"


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
        BadInput, match=r"'warm': not a finite number\n.*no file 'b.csv'.*\n.*give thickness and diameter"
    ):
        ec.read_samples(table)
    table.write_text("file,temperature_celsius\n" + "x" * 200_000 + ",25\n")
    with pytest.raises(BadInput, match="is not a table of samples"):
        ec.read_samples(table)
    table.write_text("file,temperature_celsius,temperature_kelvin,colour\n")
    with pytest.raises(BadInput, match="no row below"):
        ec.read_samples(table)
    table.write_text("temperature_celsius,temperature_kelvin,colour\n1,2,3\n")
    with pytest.raises(BadInput, match=r"unknown columns colour.*\n.*temperature in two columns.*\n.*no column file"):
        ec.read_samples(table)
