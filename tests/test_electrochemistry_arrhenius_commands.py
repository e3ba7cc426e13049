"""The sub-commands arrhenius and polarisation: answers, geometry, columns, exit codes."""

import json
import re

import numpy as np
import pytest
from cycling_files import write_mpt
from impedance_commands import TEXT, cells, sweeps_in, table_in, write_csv
from typed_commands import run


@pytest.fixture
def sweeps(tmp_path):
    """One file of three sweeps with a clock and a voltage, whose slow arc grows."""
    return sweeps_in(tmp_path)


@pytest.fixture
def table(tmp_path):
    return table_in(tmp_path)


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


def test_a_current_that_still_falls_is_printed_as_an_upper_bound(capsys, tmp_path):
    """Rounded outward, without the voltage, sd and interval that a bound has none of."""
    t = np.arange(1, 2001, 10.0)
    rows = "".join(f"{x:g},0.5,{1e-6 / np.sqrt(x):.9g}\n" for x in t)
    path = tmp_path / "step.csv"
    path.write_text("test_time_second,voltage_volt,current_ampere\n" + rows)
    shape = ("--thickness", 0.1, "--diameter", 1.3)
    asked = ("polarisation", path, "--electrodes", "two blocking", *shape, "--ionic", 1e-4)
    code, out, _ = run(capsys, *asked)
    assert code == 0
    answer = json.loads(run(capsys, *asked, "--json")[1])
    for name, start in (("sigma", "sigma_electronic"), ("transference", "transference_electronic")):
        words = cells(out, start)
        assert words[1:3] == ["at", "most"]
        assert len(words) == 4
        value = answer[name]["entries"][0]["value"]
        assert value <= float(words[3]) <= 1.1 * value
    assert "nan" not in out.lower()


@pytest.mark.parametrize("rows", ["", "0,0.5,1e-9\n"])
def test_a_polarisation_without_rows_is_named(capsys, tmp_path, rows):
    path = tmp_path / "aborted.csv"
    path.write_text("test_time_second,voltage_volt,current_ampere\n" + rows)
    shape = ("--thickness", 0.1, "--diameter", 1.3)
    code, out, err = run(capsys, "polarisation", path, "--electrodes", "two blocking", *shape, "--json")
    assert code == 2
    assert "aborted.csv: has" in err
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
    assert "lists the samples 'a', 'b'; select one with --sample" in err
    code, _, err = run(capsys, "arrhenius", path, *options, "--sample", "c")
    assert code == 2
    assert "lists a, b" in err
    for sample, energy in (("a", 30.0), ("b", 60.0)):
        code, out, _ = run(capsys, "arrhenius", path, *options, "--sample", sample, "--json")
        assert code == 0
        assert json.loads(out)["lines"][0]["parameters"]["entries"][0]["value"] == pytest.approx(energy, abs=0.2)


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


def test_an_arrhenius_line_that_misses_its_points_leaves_with_1_and_says_what_would_do_it(capsys, table):
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


@pytest.mark.parametrize(("electrode", "volts"), [("", 0.5), ("Ewe-Ece", 0.5), ("Ewe", 0.2), ("Ece", -0.3)])
def test_a_polarisation_takes_the_voltage_that_is_asked_for(capsys, tmp_path, electrode, volts):
    """Two electrodes against a reference: the cell has the difference, and the commands of cells choose alike."""
    t = np.geomspace(1, 1e4, 200)
    rows = [[f"{x:.5e}", "0.2", "-0.3", f"{1e-3 * (1 + 5 * np.exp(-x / 300)):.6e}"] for x in t]
    path = write_mpt(tmp_path / "step.mpt", ["time/s", "Ewe/V", "Ece/V", "I/mA"], rows)
    asked = ("--voltage", electrode) if electrode else ()
    disc = ("--electrodes", "two blocking", "--thickness", "1mm", "--diameter", 1.0, "--current-floor", 1e-12)
    code, out, err = run(capsys, "polarisation", path, *disc, *asked, "--json")
    assert code == 0, err
    assert json.loads(out)["steps"][0]["voltage"] == pytest.approx(volts)
    code, _, err = run(capsys, "polarisation", path, *disc, "--voltage", "E3")
    assert (code, "'E3'; there" in err) == (2, True), err
    code, _, err = run(capsys, "polarisation", path, *disc, "--voltage", "0.1x")
    assert (code, "--voltage: '0.1x': 'x' is not a unit of it" in err) == (2, True)
