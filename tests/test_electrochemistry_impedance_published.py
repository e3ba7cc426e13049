"""Fifty-six published parameters and their standard errors, by the same circuit from the published spectra."""

import re

import numpy as np
import pytest

import electrochemistry as ec

PUBLISHED_NAMES = ("R1", "CPE1_Q", "CPE1_n", "R2", "CPE2_Q", "CPE2_n", "CPE3_Q", "CPE3_n")
CELSIUS = range(140, 201, 10)


@pytest.fixture(scope="module")
def series(real_data):
    folder = real_data / "eis/EISFitpython_temperature_series"
    spectra = [ec.read_impedance(folder / f"Example-3-4__s04147-{t}deg.txt", temperature=t + 273.0) for t in CELSIUS]
    return folder, spectra, ec.fit_circuit(spectra, "p(R1,CPE1)-p(R2,CPE2)-CPE3")


def test_all_56_published_parameters_and_standard_errors_are_reproduced(series):
    folder, _, fit = series
    text = (folder / "published_fit/Example3__Batch_EISfit_Report.txt").read_text(encoding="utf-8")
    parts = re.split(r"Data_(\d+)K", text)[1:]
    seen = 0
    for kelvin, body in zip(parts[::2], parts[1::2], strict=True):
        rows = re.findall(r"^[RQn]\d = +(\S+) +(\S+)", body, re.MULTILINE)
        for name, (value, error) in zip(PUBLISHED_NAMES, rows, strict=True):
            own = fit.parameters.select([f"{name}[{kelvin}]"])
            assert own.value.item() == pytest.approx(float(value), rel=1e-3)
            assert own.sd.item() == pytest.approx(float(error), rel=1e-2)
            seen += 1
    assert seen == 56


def test_the_published_fit_with_shared_parameters_is_reproduced(series):
    _, spectra, _ = series
    fit = ec.fit_circuit(spectra, "p(R1,CPE1)-p(R2,CPE2)-CPE3", shared=("CPE1_Q", "CPE1_n"))
    assert fit.chi2 == pytest.approx(2.332765e-02, rel=1e-6)
    assert fit.dof == 534
    assert fit.value("CPE1_Q") == pytest.approx(7.162e-11, rel=1e-3)
    assert fit.parameters.select(["CPE1_n"]).sd.item() == pytest.approx(4.458e-03, rel=1e-2)
    assert fit.value("R1", "413") == pytest.approx(1.338e5, rel=1e-3)


def test_published_activation_energies_are_reproduced_and_ours_beside_them(series):
    _, _, fit = series
    sums = {"total": "R1 + R2", "bulk": "R1", "grain boundary": "R2"}
    pellet = ec.geometry(thickness=0.21, diameter=0.8)
    theirs = ec.conductivity(fit, pellet, resistances=sums, temperatures=[t + 273.0 for t in CELSIUS])
    for name, energy, sd in (("total", 0.8555, 6e-4), ("bulk", 0.5869, 0.0163), ("grain boundary", 0.8919, 0.0025)):
        line = ec.arrhenius(theirs, form="ln sigma T", quantity=name, weighted=False)
        own = line.parameters.select(["activation_energy_ev"])
        assert own.value.item() == pytest.approx(energy, abs=1.1e-4)
        assert own.sd.item() == pytest.approx(sd, rel=0.1)
    ours = ec.conductivity(fit, pellet, resistances=sums, temperatures=[t + 273.15 for t in CELSIUS])
    for name, energy in (("total", 0.857), ("bulk", 0.598), ("grain boundary", 0.890)):
        line = ec.arrhenius(ours, form="ln sigma T", quantity=name)
        assert line.parameters.select(["activation_energy_ev"]).value.item() == pytest.approx(energy, abs=1.5e-3)
    sigma = ours.sigma.where(quantity="total")
    assert sigma.value.values[0] == pytest.approx(1.936e-7, rel=1e-3)
    published_sd_over_value = 0.0226  # without cov(R1, R2)
    assert float(sigma.sd.values[0] / sigma.value.values[0]) < published_sd_over_value / 3


def test_published_effective_capacitances_are_reproduced(series):
    _, _, fit = series
    found = ec.arcs(fit, ec.geometry(thickness=0.21, diameter=0.8)).capacitances
    for element, published in (
        ("R1", [6.996e-12, 6.847e-12, 6.640e-12, 6.397e-12, 6.062e-12, 5.787e-12, 5.756e-12]),
        ("R2", [1.741e-11, 1.778e-11, 1.777e-11, 1.775e-11, 1.788e-11, 1.780e-11, 1.877e-11]),
    ):
        own = found.where(element=element)
        np.testing.assert_allclose(own.value.values, published, rtol=5e-4)
    (bulk,) = set(found.where(element="R1").facets["candidates"])  # one name for the whole series
    assert bulk.startswith("bulk 0.8")
    (boundary,) = set(found.where(element="R2").facets["candidates"])
    assert boundary.startswith("grain boundary 0.")


def test_the_best_of_many_starts_is_far_below_a_single_sensible_one_on_published_data(real_data):
    a = np.loadtxt(real_data / "eis/impedancepy/exampleData.csv", delimiter=",")
    a = a[a[:, 2] < 0]
    spectrum = ec.spectrum_from_arrays(a[:, 0], a[:, 1] + 1j * a[:, 2])
    guess = dict(
        zip(["R0", "R1", "CPE1_Q", "CPE1_n", "R2", "CPE2_Q", "CPE2_n"], [1, 1, 1, 0.5, 1, 1, 0.5], strict=True)
    )
    many = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)-p(R2,CPE2)")
    assert many.chi2 == pytest.approx(0.0205516, rel=1e-4)
    single = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)-p(R2,CPE2)", start=guess, starts=0, check=False)
    assert many.chi2 <= single.chi2 * (1 + 1e-9)
