"""The sub-commands impedance, arrhenius and polarisation: answers, JSON, figures, exit codes."""

import json
import re

import numpy as np
import pytest
from cycling_files import write_mpt
from impedance_commands import TEXT, F, cells, sweeps_in, table_in
from typed_commands import run

import electrochemistry as ec
from shortrange_core import load


@pytest.fixture
def sweeps(tmp_path):
    """One file of three sweeps with a clock and a voltage, whose slow arc grows."""
    return sweeps_in(tmp_path)


@pytest.fixture
def table(tmp_path):
    return table_in(tmp_path)


def test_impedance_says_fit_test_and_conductivity_and_writes_figures(capsys, table, tmp_path):
    code, out, _ = run(
        capsys, "impedance", tmp_path / "25.csv", "--circuit", TEXT, "--thickness", 0.1, "--diameter", 1.3,
        "--resistance", "total = R0 + R1", "--figures", tmp_path, "--out", tmp_path / "fit.nc",
    )  # fmt: skip
    assert code == 0
    assert "lin-KK: largest residual" in out
    assert "smallest shown / %" in out
    assert "R0-p(R1,CPE1): ok" in out
    assert re.search(r"total\s+6\.85\(\d\d\)e-05|total\s+6\.8\d+\(\d\d\)e-05", out)
    assert "capacitance / F" in out
    for name in ("nyquist", "bode", "residuals", "kramers-kronig-1"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    assert load(tmp_path / "fit.nc").circuit == TEXT


def test_json_is_one_object_with_a_schema_and_everything_else_on_stderr(capsys, table):
    code, out, err = run(capsys, "impedance", "--table", table, "--circuit", TEXT, "--shared", "CPE1_n", "--json")
    assert code == 0
    answer = json.loads(out)
    assert (answer["schema"], answer["schema_number"]) == ("shortrange.impedance", 2)
    entries = {row["entry"]: row for row in answer["parameters"]["entries"]}
    assert entries["CPE1_n"]["value"] == pytest.approx(0.9, abs=0.002)
    assert entries["R1[25 °C]"]["value"] == pytest.approx(1e3, rel=0.005)
    assert len(answer["kramers_kronig"]) == 4
    assert "lin-KK" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["impedance", "25.csv", "--circuit", TEXT, "--figures", "none"], "none: is not a folder; create it first"),
        (
            ["impedance", "25.csv", "--circuit", TEXT, "--out", "none/fit.nc"],
            "there is no folder 'none'; create it first",
        ),
        (
            [
                "arrhenius",
                "table.csv",
                "--circuit",
                TEXT,
                "--form",
                "ln sigma",
                "--resistance",
                "t = R1",
                "--figures",
                "none",
            ],
            "none: is not a folder",
        ),
        (["impedance", "25.csv", "--circuit", TEXT, "--tie", "R0 = 2*R1", "--tie", "R0 = 3*R1"], "no values satisfy"),
        (["impedance", "25.csv", "--circuit", "p(" * 10_000], "nested deeper"),
        (["impedance", "--circuit", TEXT], "give either impedance files or --table"),
        (["impedance", "none.z", "--circuit", TEXT], "there is no such file"),
        (["impedance", "25.csv", "--circuit", "Q1"], "'Q' is not an element"),
        (
            ["impedance", "25.csv", "--circuit", TEXT, "--thickness", "1"],
            "--thickness and --diameter, or neither",
        ),
        (["impedance", "25.csv", "--circuit", TEXT, "--resistance", "t = R1"], "needs geometry"),
        (["impedance", "25.csv", "--circuit", TEXT, "--columns", "a"], "--columns 'a'"),
        (["impedance", "25.csv", "--circuit", TEXT, "--fix", "R1"], "--fix 'R1'"),
        (
            ["impedance", "25.csv", "--circuit", TEXT, "--weighting", "x"],
            "--weighting 'x': give modulus, unit or noise",
        ),
        (
            ["impedance", "25.csv", "--circuit", TEXT, "--weighting", ""],
            "--weighting '': give modulus, unit or noise",
        ),
        (
            ["impedance", "25.csv", "--circuit", TEXT, "--weighting", "noise"],
            "--weighting noise: --noise, such as 0.5%",
        ),
        (
            ["impedance", "25.csv", "--noise", "1%", "--fix", "R1=3 ohm"],
            "--fix, --noise: for the fit of a circuit; give --circuit, or leave out",
        ),
        (["impedance", "25.csv", "--weighting", "unit", "--noise", "1%"], "--weighting unit: --noise, such as 0.5%"),
        (["impedance", "25.csv", "--circuit", TEXT, "--noise", "2"], "--noise '2': give a percentage of |Z| above 0"),
        (
            ["impedance", "25.csv", "--circuit", TEXT, "--noise", "-1%"],
            "--noise '-1%': give a percentage of |Z| above 0",
        ),
        (["arrhenius", "table.csv", "--circuit", TEXT, "--form", "ln sigma"], "give --resistance"),
        (["arrhenius", "table.csv", "--circuit", TEXT, "--resistance", "t = R1"], "--form ''"),
        (["arrhenius", "table.csv", "--circuit", TEXT, "--resistance", "R1"], "--resistance 'R1'"),
    ],
)
def test_bad_usage_leaves_with_2_and_says_the_way_out(capsys, table, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert message in err
    assert out == ""


def test_all_sweeps_of_a_file_are_a_series_named_by_time(capsys, sweeps):
    code, out, _ = run(capsys, "impedance", sweeps, "--circuit", TEXT)
    assert code == 0
    assert "R1 / ohm" in out
    fits = out.split("degrees of freedom")[1]
    for label, expected in (("0 h", 100.0), ("2 h", 150.0), ("4 h", 200.0)):
        value = cells(fits, label)[3]
        assert float(value.split("(")[0]) == pytest.approx(expected, rel=0.01)
    assert "no conductivity: give --thickness, --diameter and --resistance, such as 'total = R0 + R1'" in out


@pytest.mark.parametrize(("by", "labels"), [("voltage", ["0.1 V", "0.3 V", "0.5 V"]), ("sweep", ["sweep 1", "sweep 2", "sweep 3"])])  # noqa: E501  # fmt: skip
def test_spectra_are_named_by_what_the_user_asks_for(capsys, sweeps, by, labels):
    code, out, _ = run(capsys, "impedance", sweeps, "--circuit", TEXT, "--label", by, "--json")
    assert code == 0
    assert [row["label"] for row in json.loads(out)["kramers_kronig"]] == labels


def test_spectra_are_named_by_states_of_a_table(capsys, table, tmp_path):
    states = tmp_path / "states.csv"
    states.write_text("file,state,temperature\n25.csv,pristine,25 C\n40.csv,after 100 h,25 C\n")
    code, out, _ = run(capsys, "impedance", "--table", states, "--circuit", TEXT, "--json")
    assert code == 0
    assert [row["label"] for row in json.loads(out)["kramers_kronig"]] == ["pristine", "after 100 h"]


def test_a_window_starts_bounds_links_and_one_sweep_are_stated(capsys, sweeps):
    options = (
        "--block",
        "sweep 2",
        "--window",
        "10,1e5",
        "--start",
        "R1 = 140",
        "--starts",
        1,
        "--fix",
        "CPE1_n = 0.9",
    )
    code, out, _ = run(capsys, "impedance", sweeps, "--circuit", TEXT, *options, "--bound", "R0 = 1, 9", "--json")
    assert code == 0
    answer = json.loads(out)
    entries = {row["entry"]: row for row in answer["parameters"]["entries"]}
    assert entries["CPE1_n"]["status"] == "fixed"
    assert (entries["R0"]["value"], entries["R0"]["status"]) == (pytest.approx(9.0), "at_bound")
    assert answer["kramers_kronig"][0]["dof"] + answer["kramers_kronig"][0]["elements"] + 2 == 2 * 26
    lower, upper = answer["intervals"]["R0"]
    assert upper is None
    assert 0 < lower < 9
    code, out, _ = run(capsys, "impedance", sweeps, "--circuit", TEXT, *options, "--bound", "R0 = 1, 9")
    assert cells(out, "R0 ")[1:3] == ["above", f"{lower:.3g}"]
    code, out, _ = run(capsys, "impedance", sweeps, "--circuit", TEXT, "--block", "sweep 1", "--tie", "R1 = 10*R0")
    assert float(cells(out, "R1 ")[1].split("(")[0]) == pytest.approx(10 * float(cells(out, "R0 ")[1].split("(")[0]), rel=1e-3)  # noqa: E501  # fmt: skip


def test_profile_intervals_of_a_series_are_printed(capsys, sweeps):
    code, out, _ = run(capsys, "impedance", sweeps, "--circuit", TEXT, "--profile", "R1", "--profile", "R0")
    assert code == 0
    said = out.split("profile intervals (95%)")[1]
    for label, truth in (("0 h", 100.0), ("2 h", 150.0), ("4 h", 200.0)):
        (row,) = (line.split() for line in said.split("\n") if line.strip().startswith(label) and " R1 " in line)
        low, high = float(row[3]), float(row[5])
        assert 0.99 * truth < low < high < 1.01 * truth
        assert row[6] == "ohm"


def test_an_absent_arc_is_below_a_limit(capsys, sweeps):
    circuit = "R0-p(R1,CPE1)-p(R2,C2)"
    code, out, _ = run(capsys, "impedance", sweeps, "--block", "sweep 1", "--circuit", circuit, "--fix", "C2 = 1e-3", "--profile", "R1")  # noqa: E501  # fmt: skip
    assert code == 0
    row = cells(out, "R2 ")
    assert row[1] in ("below", "undetermined")
    assert float(cells(out, "R1 ")[1].split("(")[0]) == pytest.approx(100.0, rel=0.02)


def test_files_are_tested_without_a_circuit_and_their_relaxation_times_shown(capsys, sweeps, tmp_path):
    code, out, _ = run(capsys, "impedance", sweeps, "--drt", "--figures", tmp_path)
    assert code == 0
    assert "relaxation times (exploratory)" in out
    assert "drt-exploratory" in out
    assert (tmp_path / "nyquist.png").is_file()
    assert (tmp_path / "kramers-kronig-3.png").is_file()
    assert (tmp_path / "relaxation-times-3.png").is_file()


def test_the_45_sweeps_of_a_measured_file_are_one_series(capsys, real_data, tmp_path):
    pytest.importorskip("galvani")
    path = real_data / "field/eis/GEIS_45_sweeps_9_points.mpr"
    code, out, _ = run(capsys, "impedance", path, "--figures", tmp_path, "--json")
    assert code == 0
    tests = json.loads(out)["kramers_kronig"]
    assert len(tests) == 45
    assert all(test["dof"] >= 10 for test in tests)


def test_remedies_are_options_of_the_command(capsys, tmp_path):
    path = tmp_path / "blocking.csv"
    z = ec.circuit("R0-C1").impedance(F, {"R0": 100.0, "C1": 1e-6})
    rows = "".join(f"{f:.9g},{v.real:.9g},{v.imag:.9g}\n" for f, v in zip(F, z, strict=True))
    path.write_text("frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm\n" + rows)
    _, out, _ = run(capsys, "impedance", path, "--drt", "--no-series-capacitance")
    assert "for blocking electrodes give --series-capacitance" in out
    _, out, _ = run(capsys, "impedance", path, "--drt", "--series-capacitance")
    assert "give --series-capacitance" not in out
    _, out, _ = run(capsys, "impedance", path, "--circuit", "R0-p(R1,C1)-p(R2,C2)")
    assert "=True" not in out
    assert "fit.alternatives" not in out


def test_a_file_of_impedance_without_a_row_of_it_is_told_as_one(capsys, tmp_path):
    """An open circuit that was exported with the titles of a spectrum: all its frequencies are 0."""
    rows = [["0.0000E+000", "0.0000E+000", "0.0000E+000", f"{k}.0000E+000", "1.2500E+000"] for k in range(9)]
    path = write_mpt(tmp_path / "a.mpt", ["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", "time/s", "Ewe/V"], rows)
    code, _, err = run(capsys, "impedance", path)
    assert code == 2
    assert "a.mpt: has impedance columns but no row with a value" in err
    assert "contains no spectrum" not in err


@pytest.mark.parametrize("weighting", [(), ("--weighting", "noise")])
def test_noise_that_is_stated_weighs_a_fit_as_in_python(capsys, tmp_path, table, weighting):
    path = tmp_path / "25.csv"
    spectrum = ec.read_impedance(path)
    size = np.abs(spectrum["impedance"].values)
    for text, noise in (("0.1%", 0.001 * size), ("0.5 ohm", 0 * size + 0.5), ("5e-4kohm", 0 * size + 0.5)):
        code, out, _ = run(capsys, "impedance", path, "--circuit", TEXT, *weighting, "--noise", text, "--json")
        answer = json.loads(out)
        assert (code, answer["weighting"], answer["covariance_kind"]) == (0, "noise", "absolute")
        fit = ec.fit_circuit(spectrum.assign(noise=("frequency", noise)), TEXT, weighting="noise")
        assert answer["chi2"] == pytest.approx(fit.chi2, rel=1e-6)
        told = {entry["parameter"]: entry["sd"] for entry in answer["parameters"]["entries"]}
        sds = dict(zip(fit.facets["parameter"], fit.parameters.sd.values, strict=True))
        assert told == pytest.approx(sds, rel=1e-4)
