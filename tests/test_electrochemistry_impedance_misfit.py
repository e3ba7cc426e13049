"""A circuit that misses its spectrum gives no numbers, and one whose misses noise explains does."""

import contextlib
import json

import numpy as np
import pytest
from circuit_sweeps import F, simulated
from impedance_commands import table_in
from typed_commands import run

import electrochemistry as ec
from shortrange_core import BadInput, FitFailed, Severity, Status, load, save
from studies.impedance_misses import MEASURED, VIOLATING

CELL = "R0-p(R1,CPE1)-CPE2"
VALUES = {"R0": 20.0, "R1": 3e3, "CPE1_Q": 3e-8, "CPE1_n": 0.95, "CPE2_Q": 2e-5, "CPE2_n": 0.9}
DISC = ec.geometry(thickness=0.1, diameter=1.3)


def miss(fit):
    return next((note for note in fit.notes if note.code == "impedance-misfit"), None)


@pytest.mark.parametrize("circuit", ["R0", "R0-p(R1,CPE1)", "p(R1,C1)-C2"])
def test_a_circuit_without_an_element_of_the_cell_is_no_result(circuit):
    spectrum = simulated(CELL, VALUES, noise=0.003)
    with pytest.raises(FitFailed, match=r"misfit.*the circuit misses the spectrum by \d+ % of the impedance") as failed:
        ec.fit_circuit(spectrum, circuit)
    fit = failed.value.record
    assert fit.status is Status.MISFIT
    assert miss(fit).severity is Severity.ERROR
    assert "noise explains 0." in miss(fit).text
    assert set(fit.facets["status"]) == {"misfit"}
    sigma = ec.conductivity(fit, DISC, resistances={"total": "+".join(n for n in ("R0", "R1") if n in fit.entries)})
    assert sigma.sigma.facets["status"] == ("misfit",)
    assert sigma.notes[0].remedy == "use a circuit that describes the spectrum; if there is none, measure it again"


def test_the_right_circuit_stays_one_beside_leads_and_noise():
    for seed, noise in enumerate((1e-4, 1e-3, 0.01, 0.05)):
        rng = np.random.default_rng(seed)
        z = ec.circuit(CELL).impedance(F, VALUES)
        z = z + 0.05j * np.abs(z[-1]) * F / F[-1]  # leads
        z = z + noise * np.abs(z) * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
        fit = ec.fit_circuit(ec.spectrum_from_arrays(F, z), CELL)
        assert miss(fit) is None, noise


@pytest.mark.parametrize("weighting", ["modulus", "unit"])
def test_misses_that_noise_explains_are_none(weighting):
    rng = np.random.default_rng(1)
    z = ec.circuit(CELL).impedance(F, VALUES)
    z = z + 0.1 * np.abs(z) * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
    fit = ec.fit_circuit(ec.spectrum_from_arrays(F, z), CELL, weighting=weighting, check=False)
    assert miss(fit) is None


@pytest.mark.parametrize("weighting", ["modulus", "unit"])
@pytest.mark.parametrize("circuit", [CELL, "R0", "R0-p(R1,CPE1)"])
def test_a_spectrum_that_violates_kramers_kronig_by_more_than_a_fifth_is_no_result(circuit, weighting):
    """Whatever the circuit: errors of 30 % bias a total by a tenth (simulated, studies/impedance_misses.md)."""
    rng = np.random.default_rng(1)
    z = ec.circuit(CELL).impedance(F, VALUES)
    error = 0.3 * np.abs(z) * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
    with pytest.raises(FitFailed, match=r"the spectrum violates Kramers-Kronig by \d+ %") as failed:
        ec.fit_circuit(ec.spectrum_from_arrays(F, z + error), circuit, weighting=weighting)
    fit = failed.value.record
    assert set(fit.facets["status"]) == {"misfit"}
    assert miss(fit).remedy == "look at the Kramers-Kronig residuals; leave those frequencies out, or measure again"
    stated = ec.spectrum_from_arrays(F, z + error, noise=0.42 * np.abs(z))
    assert miss(ec.fit_circuit(stated, CELL, weighting="noise", check=False)) is None


@pytest.mark.parametrize("file", VIOLATING)
@pytest.mark.parametrize("circuit", ["R0-p(R1,CPE1)", "R0-p(R1,CPE1)-p(R2,CPE2)"])
def test_measured_files_that_violate_kramers_kronig_have_no_conductivity(real_data, capsys, file, circuit):
    geometry = ("--thickness", 0.1, "--diameter", 1.3, "--resistance", "total = R0 + R1", "--starts", 8)
    code, out, err = run(capsys, "impedance", real_data / file, "--circuit", circuit, *geometry)
    assert code == 1
    assert "which no circuit can describe" in out + err
    code, out, _ = run(capsys, "impedance", real_data / file, "--circuit", circuit, *geometry, "--json")
    answer = json.loads(out)
    assert (code, answer["status"], answer["intervals"]) == (1, "misfit", {})
    assert {row["status"] for row in answer["conductivity"]["entries"]} == {"misfit"}


@pytest.mark.parametrize(("error", "code", "violated"), [(0.3, 1, True), (0.1, 0, False), (0.001, 0, False)])
def test_a_spectrum_that_is_only_tested_ends_as_a_fit_of_it_would(capsys, tmp_path, error, code, violated):
    rng = np.random.default_rng(1)
    z = ec.circuit(CELL).impedance(F, VALUES)
    z = z + error * np.abs(z) * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
    rows = np.stack([F, z.real, z.imag], axis=1)
    np.savetxt(tmp_path / "z.csv", rows, delimiter=",", header="f / Hz,Re(Z) / Ohm,Im(Z) / Ohm", comments="")
    ended, out, _ = run(capsys, "impedance", tmp_path / "z.csv", "--json")
    answer = json.loads(out)
    assert (ended, answer["kramers_kronig"][0]["violated"]) == (code, violated)
    assert ("kk-violated" in {note["code"] for note in answer.get("notes", ())}) == violated
    ended, out, _ = run(capsys, "impedance", tmp_path / "z.csv")
    assert (ended, "error: the spectrum violates Kramers-Kronig by" in out) == (code, violated)


def test_a_test_that_passes_with_large_residuals_says_that_they_are_noise(capsys, tmp_path):
    rng = np.random.default_rng(1)
    z = ec.circuit(CELL).impedance(F, VALUES)
    z = z + 0.01 * np.abs(z) * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
    rows = np.stack([F, z.real, z.imag], axis=1)
    np.savetxt(tmp_path / "z.csv", rows, delimiter=",", header="f / Hz,Re(Z) / Ohm,Im(Z) / Ohm", comments="")
    ended, out, _ = run(capsys, "impedance", tmp_path / "z.csv")
    assert ended == 0
    assert "passed" in out
    assert "residuals are white noise" in out


def test_of_measured_files_only_those_that_violate_kramers_kronig_end_with_one(real_data):
    """What is noisy, drifts or has few points is told, and no violation."""
    tested = {}
    for path in sorted(path for path in (real_data / "eis").rglob("*") if path.is_file()):
        with contextlib.suppress(BadInput):
            sweeps = ec.read_impedance_series(path)
            tests = [ec.validate(sweep, part="complex") for sweep in sweeps if sweep.sizes["frequency"] > 2]
            tested[str(path.relative_to(real_data))] = any(test.violated for test in tests)
    assert len(tested) > 15
    assert {name for name, violated in tested.items() if violated} == set(VIOLATING)


def test_noise_that_is_stated_bears_what_is_missed():
    z = ec.circuit(CELL).impedance(F, VALUES)
    wrong = {
        noise: ec.fit_circuit(
            ec.spectrum_from_arrays(F, z, noise=noise * np.abs(z)), "R0-p(R1,CPE1)", weighting="noise", check=False
        )
        for noise in (0.001, 1.0)
    }
    assert wrong[0.001].status is Status.MISFIT
    assert miss(wrong[1.0]) is None


def test_between_fine_and_wrong_a_warning_says_where_and_how_much():
    two = {"R1": 1e3, "CPE1_Q": 1e-8, "CPE1_n": 0.95, "R2": 600.0, "CPE2_Q": 1e-6, "CPE2_n": 0.85}
    cell = "p(R1,CPE1)-p(R2,CPE2)-CPE3"
    spectrum = simulated(cell, {**two, "CPE3_Q": 1e-4, "CPE3_n": 0.9}, noise=0.002)
    fit = ec.fit_circuit(spectrum, "p(R1,CPE1)-CPE3")
    assert miss(fit).severity is Severity.WARNING
    assert " Hz; noise explains 0." in miss(fit).text
    assert set(fit.facets["status"]) == {"determined"}


def test_too_few_points_to_tell_noise_warn_and_refuse_nothing():
    f = np.logspace(0, 5, 5)
    z = ec.circuit(CELL).impedance(f, VALUES)
    fit = ec.fit_circuit(ec.spectrum_from_arrays(f, z), "R0", check=False)
    assert fit.status.trusted
    assert "too few points to determine the noise" in miss(fit).text


def test_of_a_series_only_the_spectra_that_are_missed_have_no_numbers(tmp_path):
    flat = simulated("R0-p(R1,CPE1)", {name: VALUES[name] for name in ("R0", "R1", "CPE1_Q", "CPE1_n")}, noise=0.001)
    blocked = simulated(CELL, VALUES, noise=0.001)
    fit = ec.fit_circuit([flat, blocked], "R0-p(R1,CPE1)", labels=("flat", "blocked"), check=False)
    assert fit.status is Status.MISFIT
    assert fit.where_missed == ("blocked",)
    save(fit, tmp_path / "fit.nc")
    assert load(tmp_path / "fit.nc").where_missed == ("blocked",)
    sigma = ec.conductivity(fit, DISC, resistances={"total": "R0 + R1"}).sigma
    assert sigma.facets["status"] == ("determined", "misfit")
    assert set(ec.arcs(fit, DISC).capacitances.facets["label"]) == {"flat"}
    with pytest.raises(BadInput, match="does not describe the spectra"):
        ec.arcs(ec.fit_circuit(blocked, "R0-p(R1,CPE1)", check=False), DISC)
    shared = ec.fit_circuit([flat, blocked], "R0-p(R1,CPE1)", labels=("flat", "blocked"), shared=["R0"], check=False)
    assert shared.facets["status"][0] == "misfit", "what both have in common"


def test_the_commands_end_with_one_and_print_no_number_of_a_misfit(capsys, tmp_path):
    table = table_in(tmp_path)
    geometry = ("--thickness", 0.1, "--diameter", 1.3, "--resistance", "total = R0")
    code, out, err = run(capsys, "impedance", tmp_path / "25.csv", "--circuit", "R0", *geometry)
    assert code == 1
    assert "R0: misfit" in out + err
    assert out.count("no result") == 2
    assert "error: the circuit misses the spectrum by" in out + err
    code, out, _ = run(capsys, "impedance", tmp_path / "25.csv", "--circuit", "R0", *geometry, "--json")
    answer = json.loads(out)
    assert (code, answer["status"], answer["intervals"]) == (1, "misfit", {})
    code, out, err = run(
        capsys, "arrhenius", table, "--circuit", "R0", "--resistance", "total = R0", "--form", "ln sigma"
    )
    assert code == 1
    assert "no line: total: has 0 temperatures" in out + err


@pytest.mark.parametrize(("file", "block", "circuits"), [own for own in MEASURED if "PyEIS" not in own[0]])
def test_no_measured_file_loses_the_numbers_of_the_circuit_of_its_source(real_data, file, block, circuits):
    columns = ec.Columns(0, 1, 2, negative_imaginary=False) if "exampleData.csv" in file else None
    spectrum = ec.read_impedance(real_data / file, block=block, columns=columns)
    right, *_, short = (ec.fit_circuit(spectrum, circuit, check=False, starts=8) for circuit in circuits)
    assert right.status is not Status.MISFIT
    assert short.status is Status.MISFIT, "a resistance alone"
