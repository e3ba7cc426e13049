"""The sub-commands impedance, arrhenius and polarisation: answers, JSON, figures, exit codes."""

import json
import re

import numpy as np
import pytest

import electrochemistry as ec
from shortrange import cli
from shortrange_core import load

TEXT = "R0-p(R1,CPE1)"
F = np.logspace(0, 6, 40)


def write_csv(path, resistance, seed=0):
    rng = np.random.default_rng(seed)
    values = {"R0": 0.1 * resistance, "R1": resistance, "CPE1_Q": 1e-7, "CPE1_n": 0.9}
    z = ec.circuit(TEXT).impedance(F, values)
    z = z + 0.001 * np.abs(z) * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
    rows = "".join(f"{f:.9g},{v.real:.9g},{v.imag:.9g}\n" for f, v in zip(F, z, strict=True))
    path.write_text("frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm\n" + rows)


@pytest.fixture
def table(tmp_path):
    lines = ["file,temperature_celsius,thickness_mm,thickness_sd_mm,diameter_mm"]
    for n, celsius in enumerate((25, 40, 60, 90)):
        resistance = 1e3 * np.exp(41.5 / 8.314462618e-3 * (1 / (celsius + 273.15) - 1 / 298.15))
        write_csv(tmp_path / f"{celsius}.csv", resistance, seed=n)
        lines.append(f"{celsius}.csv,{celsius},1.0,0.02,13")
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return ended.value.code, captured.out, captured.err


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


def test_json_is_one_object_with_a_schema_and_everything_else_on_stderr(capsys, table, tmp_path):
    code, out, err = run(capsys, "impedance", "--table", table, "--circuit", TEXT, "--shared", "CPE1_n", "--json")
    assert code == 0
    answer = json.loads(out)
    assert (answer["schema"], answer["schema_number"]) == ("shortrange.impedance", 2)
    entries = {row["entry"]: row for row in answer["parameters"]["entries"]}
    assert entries["CPE1_n"]["value"] == pytest.approx(0.9, abs=0.002)
    assert entries["R1[25 °C]"]["value"] == pytest.approx(1e3, rel=0.005)
    assert len(answer["kramers_kronig"]) == 4
    assert "lin-KK" in err


def test_arrhenius_finds_the_energy_of_the_table(capsys, table, tmp_path):
    code, out, _ = run(
        capsys, "arrhenius", table, "--circuit", TEXT, "--resistance", "total = R0 + R1", "--form", "ln sigma",
        "--at", "25C", "--figures", tmp_path, "--json",
    )  # fmt: skip
    assert code == 0
    line = json.loads(out)["lines"][0]
    values = {row["entry"]: row["value"] for row in line["parameters"]["entries"]}
    assert values["activation_energy"] == pytest.approx(41.5, abs=0.1)
    assert line["other_form"][0] == "ln sigma T"
    assert line["conductivities"]["entries"][0]["value"] == pytest.approx(0.1 / (np.pi * 1.69 / 4) / 1100, rel=0.01)
    assert (tmp_path / "arrhenius-total.png").stat().st_size > 10_000


def test_polarisation_reads_steps_and_asks_for_the_electrodes(capsys, tmp_path):
    t = np.arange(1, 20001, 10.0)
    rows = "".join(f"{x:g},0.5,{1e-9 + 1e-6 * np.exp(-x / 100):.9g}\n" for x in t)
    path = tmp_path / "step.csv"
    path.write_text("test_time_second,voltage_volt,current_ampere\n" + rows)
    shape = ("--thickness", 0.1, "--diameter", 1.3)
    code, out, _ = run(
        capsys,
        "polarisation",
        path,
        "--electrodes",
        "two blocking",
        *shape,
        "--ionic",
        1e-4,
        "--current-floor",
        1e-12,
        "--figures",
        tmp_path,
        "--json",
    )
    assert code == 0
    assert (tmp_path / "polarisation.png").stat().st_size > 10_000
    answer = json.loads(out)
    assert answer["sigma"]["entries"][0]["value"] == pytest.approx(0.1 / (np.pi * 1.69 / 4) * 2e-9, rel=0.01)
    assert answer["transference"]["entries"][0]["value"] < 1e-5
    assert answer["steps"][0]["steady"] is True
    assert answer["steps"][0]["voltage"] == 0.5
    code, _, err = run(capsys, "polarisation", path, "--electrodes", "one", *shape)
    assert code == 2
    assert "give 'two blocking' or 'one reversible'" in err
    assert run(capsys, "polarisation", path, *shape)[0] == 2
    missing = ("--figures", tmp_path / "none")
    code, _, err = run(capsys, "polarisation", path, "--electrodes", "two blocking", *shape, *missing)
    assert code == 2
    assert "none" in err


@pytest.mark.parametrize("rows", ["", "0,0.5,1e-9\n"])
def test_a_polarisation_without_rows_is_named(capsys, tmp_path, rows):
    path = tmp_path / "aborted.csv"
    path.write_text("test_time_second,voltage_volt,current_ampere\n" + rows)
    shape = ("--thickness", 0.1, "--diameter", 1.3)
    code, out, err = run(capsys, "polarisation", path, "--electrodes", "two blocking", *shape, "--json")
    assert code == 2
    assert "aborted.csv: holds" in err
    assert json.loads(out)["error"]["kind"] == "bad_input"


@pytest.mark.parametrize(
    ("name", "message"), [("ocv.mpt", "is a record at open circuit"), ("cp.mpt", "the voltage was not held")]
)
def test_measured_records_that_are_no_polarisation_are_named(real_data, capsys, name, message):
    path = real_data / "cycling/cheminfo_biologic" / name
    shape = ("--thickness", 0.1, "--diameter", 1.3)
    code, _, err = run(capsys, "polarisation", path, "--electrodes", "two blocking", *shape, "--current-floor", 1e-12)
    assert code == 2
    assert message in err


def test_a_polarisation_reads_declared_columns(capsys, tmp_path):
    t = np.geomspace(1.0, 1e4, 200)
    path = tmp_path / "plain.csv"
    rows = "".join(f"{a:.6g},500,{1e3 * (2e-9 + 1e-6 * np.exp(-a / 20)):.9g}\n" for a in (0.0, *t))
    path.write_text("seconds,millivolt,milliampere\n" + rows)
    columns = [
        part
        for name, column in (
            ("test_time_second", "seconds [s]"),
            ("voltage_volt", "millivolt [mV]"),
            ("current_ampere", "milliampere [mA]"),
        )
        for part in ("--column", f"{name}={column}")
    ]
    code, out, _ = run(
        capsys, "polarisation", path, "--electrodes", "two blocking", "--thickness", 0.1, "--thickness-sd", 0.002,
        "--diameter", 1.3, "--current-floor", 1e-12, *columns, "--current-sign", "+ = charging", "--json",
    )  # fmt: skip
    assert code == 0
    entry = json.loads(out)["sigma"]["entries"][0]
    assert entry["value"] == pytest.approx(0.1 / (np.pi * 1.69 / 4) * 2e-9 / 0.5, rel=0.01)
    assert entry["sd"] == pytest.approx(0.02 * entry["value"], rel=0.05)


def test_rows_of_a_table_keep_their_own_geometry(capsys, tmp_path):
    """Two samples of one resistance, one twice as thick: twice the conductivity."""
    for name in ("thin", "thick"):
        write_csv(tmp_path / f"{name}.csv", 1e3, seed=1)
    path = tmp_path / "samples.csv"
    path.write_text(
        "file,sample,temperature_celsius,thickness_mm,diameter_mm\nthin.csv,thin,25,0.5,13\nthick.csv,thick,25,1.0,13\n"
    )
    code, out, _ = run(
        capsys, "impedance", "--table", path, "--circuit", TEXT, "--resistance", "total = R0 + R1", "--json"
    )
    assert code == 0
    sigma = {e["entry"]: e["value"] for e in json.loads(out)["conductivity"]["entries"]}
    assert sigma["total[thick]"] == pytest.approx(2 * sigma["total[thin]"], rel=1e-6)
    assert len(json.loads(out)["capacitances"]["entries"]) == 2


def test_an_arrhenius_line_is_that_of_one_sample(capsys, tmp_path):
    lines = ["file,sample,temperature_celsius,thickness_mm,diameter_mm"]
    for sample, energy in (("a", 30.0), ("b", 60.0)):
        for n, celsius in enumerate((25, 45, 65, 85)):
            factor = np.exp(energy / 8.314462618e-3 * (1 / (celsius + 273.15) - 1 / 298.15))
            write_csv(tmp_path / f"{sample}{celsius}.csv", 1e3 * factor, seed=n)
            lines.append(f"{sample}{celsius}.csv,{sample},{celsius},1.0,13")
    path = tmp_path / "both.csv"
    path.write_text("\n".join(lines) + "\n")
    options = ("--circuit", TEXT, "--form", "ln sigma", "--resistance", "total = R0 + R1", "--fix", "CPE1_n = 0.9")
    code, _, err = run(capsys, "arrhenius", path, *options)
    assert code == 2
    assert "lists the samples 'a', 'b'; name one with --sample" in err
    code, _, err = run(capsys, "arrhenius", path, *options, "--sample", "c")
    assert code == 2
    assert "lists a, b" in err
    for sample, energy in (("a", 30.0), ("b", 60.0)):
        code, out, _ = run(capsys, "arrhenius", path, *options, "--sample", sample, "--json")
        assert code == 0
        assert json.loads(out)["lines"][0]["parameters"]["entries"][0]["value"] == pytest.approx(energy, abs=0.2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["impedance", "25.csv", "--circuit", TEXT, "--figures", "none"], "none: is no folder; make it first"),
        (
            ["impedance", "25.csv", "--circuit", TEXT, "--out", "none/fit.nc"],
            "there is no folder 'none'; make it first",
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
            "none: is no folder",
        ),
        (["impedance", "25.csv", "--circuit", TEXT, "--tie", "R0 = 2*R1", "--tie", "R0 = 3*R1"], "no values obey"),
        (["impedance", "25.csv", "--circuit", "p(" * 10_000], "nested deeper"),
        (["impedance", "--circuit", TEXT], "give impedance files, or --table"),
        (["impedance", "none.z", "--circuit", TEXT], "there is no such file"),
        (["impedance", "25.csv", "--circuit", "Q1"], "'Q' is no element"),
        (
            ["impedance", "25.csv", "--circuit", TEXT, "--thickness", "1"],
            "--thickness and --diameter, or neither",
        ),
        (["impedance", "25.csv", "--circuit", TEXT, "--resistance", "t = R1"], "needs the geometry"),
        (["impedance", "25.csv", "--circuit", TEXT, "--columns", "a"], "--columns 'a'"),
        (["impedance", "25.csv", "--circuit", TEXT, "--fix", "R1"], "--fix 'R1'"),
        (["impedance", "25.csv", "--circuit", TEXT, "--weighting", "x"], "--weighting 'x'"),
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


# ---- what a user types first


@pytest.fixture
def sweeps(tmp_path):
    """One file of three sweeps with a clock and a voltage, whose slow arc grows."""
    rows = "frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm,test_time_second,voltage_volt\n"
    for n in range(3):
        z = ec.circuit(TEXT).impedance(F, {"R0": 10.0, "R1": 100.0 + 50 * n, "CPE1_Q": 1e-6, "CPE1_n": 0.9})
        rng = np.random.default_rng(n)
        z = z + 0.002 * np.abs(z) * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
        for k, (f, v) in enumerate(zip(F[::-1], z[::-1], strict=True)):
            rows += f"{f:.9g},{v.real:.9g},{v.imag:.9g},{7200 * n + 3 * k},{0.1 + 0.2 * n}\n"
    path = tmp_path / "sweeps.csv"
    path.write_text(rows)
    return path


def cells(text, start):
    """Words of the printed row that starts so."""
    return next(line.split() for line in text.split("\n") if line.strip().startswith(start))


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
    assert (tmp_path / "relaxation-times-3.png").is_file()


def test_a_temperature_with_its_sd_reaches_the_conductivity(capsys, sweeps):
    disc = ("--thickness", 0.1, "--diameter", 1.3, "--thickness-sd", 0.001)
    options = (
        "--block",
        "sweep 1",
        "--circuit",
        TEXT,
        *disc,
        "--resistance",
        "total = R0 + R1",
        "--temperature",
        "60 C",
    )
    code, out, _ = run(capsys, "impedance", sweeps, *options, "--temperature-sd", 1)
    assert code == 0
    assert "60 °C ± 1" in out
    assert "temperature-sd-not-in-sigma" in out
    code, out, _ = run(
        capsys, "impedance", sweeps, *options, "--temperature-sd", 1, "--activation-energy", 41.5, "--json"
    )
    entry = json.loads(out)["conductivity"]["entries"][0]
    relative = np.hypot(0.01, 41.5 / (8.314462618e-3 * 333.15**2))
    assert entry["sd"] / entry["value"] == pytest.approx(relative, rel=0.02)


def test_a_conductivity_that_is_not_determined_says_why(capsys, sweeps):
    disc = ("--thickness", 0.1, "--diameter", 1.3)
    circuit = "R0-R9-p(R1,CPE1)"
    code, out, _ = run(capsys, "impedance", sweeps, "--block", "sweep 1", "--circuit", circuit, *disc, "--resistance", "a = R9", "--resistance", "b = R1")  # noqa: E501  # fmt: skip
    assert code == 0
    assert cells(out, "a ")[1] == "undetermined"
    assert "no conductivity: a:" in out
    assert re.fullmatch(r"7\.\d+\(\d\d\)e-04|0\.000\d+\(\d\d\)", cells(out, "b ")[1])


def test_an_arrhenius_line_that_misses_its_points_leaves_with_1_and_says_what_would_do_it(capsys, table, tmp_path):
    text = table.read_text().replace("40.csv,40", "40.csv,43").replace("60.csv,60", "60.csv,58")
    table.write_text(text)
    options = ("--circuit", TEXT, "--resistance", "total = R0 + R1", "--form", "ln sigma")
    code, out, _ = run(capsys, "arrhenius", table, *options)
    assert code == 1
    assert "total: misfit" in out
    assert "state their sd (--temperature-sd)" in out
    code, out, _ = run(capsys, "arrhenius", table, *options, "--temperature-sd", 2)
    assert code == 0
    wide = ("--temperature-sd", 2, "--temperature-offset-sd", 3)
    code, out, _ = run(capsys, "arrhenius", table, *options, *wide, "--json")
    assert json.loads(out)["lines"][0]["status"] == "ok"


def test_moduli_and_phases_are_declared_on_the_command_line(capsys, real_data):
    path = real_data / "field/eis/modulus_phase.csv"
    for columns in ("frequency=1,modulus=2,phase=3", "frequency=freq/Hz,modulus=|Z|/Ohm,phase=Phase(Z)/deg"):
        code, out, _ = run(capsys, "impedance", path, "--columns", columns, "--json")
        assert code == 0
        assert json.loads(out)["kramers_kronig"][0]["verdict"] in ("passed", "failed")
    code, out, _ = run(capsys, "impedance", path, "--json")  # its titles say what every column is
    assert code == 0
    assert json.loads(out)["kramers_kronig"][0]["verdict"] in ("passed", "failed")


def test_a_table_without_titles_asks_for_its_columns(capsys, tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("".join(f"{10.0**k},{100 + k},{-5 - k}\n" for k in range(12)))
    code, _, err = run(capsys, "impedance", path)
    assert code == 2
    assert "--columns, such as 0,1,-2 or frequency=0,modulus=1,phase=2" in err


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
