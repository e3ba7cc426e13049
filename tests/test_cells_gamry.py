"""Gamry files of currents over time, and clocks that are stamps."""

import numpy as np
import pytest
from typer.testing import CliRunner

import electrochemistry as ec
from shortrange.cli import make_app
from shortrange_core import AmbiguousFile, BadInput, Unstated
from shortrange_core.readings import reading_of

SECONDS = np.arange(0.0, 200.0, 4.0)
VOLTAGE = 3 + SECONDS / 1000
CURRENT = np.where(SECONDS < 100, 1e-3, -1e-3)


def curve(name="CURVE", *, start=0.0, decimal=".", names=("T", "Vf", "Im")):
    """A table as Gamry's programs write it, a number behind its title, units below its names."""
    titles, units = "\tPt\t{}\t{}\t{}\tVu\tOver".format(*names), "\t#\ts\tV vs. Ref.\tA\tV\tbits"
    rows = [
        f"\t{k}\t{start + t:.4f}\t{v:.6f}\t{i:.7E}\t0\t...........".replace(".", decimal).replace(
            decimal * 11, "." * 11
        )
        for k, (t, v, i) in enumerate(zip(SECONDS, VOLTAGE, CURRENT, strict=True))
    ]
    return "\n".join([f"{name}\tTABLE\t{len(rows)}", titles, units, *rows])


def gamry(path, *tables, tag="CHRONOP"):
    head = f"EXPLAIN\nTAG\t{tag}\nTITLE\tLABEL\tChronopotentiometry Scan\tTest &Identifier\nAREA\tQUANT\t1.0\tArea"
    path.write_text("\n".join([head, *tables, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("tag", ["CHRONOP", "CHRONOA", "PWR800_CHARGE"])
def test_currents_over_time_are_read(tmp_path, tag, decimal):
    path = gamry(tmp_path / "a.DTA", curve("OCVCURVE"), curve(decimal=decimal), tag=tag)
    found = ec.read_cycling(path, current_sign="+ = charging")
    assert found.test_time_second.values == pytest.approx(SECONDS)
    assert found.voltage_volt.values == pytest.approx(VOLTAGE)
    assert found.current_ampere.values == pytest.approx(CURRENT)
    assert reading_of(found).notes == ()
    turned = ec.read_cycling(path, current_sign="- = charging")
    assert turned.current_ampere.values == pytest.approx(-CURRENT)


def test_the_convention_of_the_sign_is_asked_for_and_info_tells_the_rest(tmp_path):
    path = gamry(tmp_path / "a.DTA", curve())
    with pytest.raises(Unstated, match=r"a setting of the program; give current_sign='\+ = charging'"):
        ec.read_cycling(path)
    told = CliRunner().invoke(make_app(), ["info", str(path)])
    assert told.exit_code == 0
    assert "cycling, 50 rows" in told.output
    disc = ["--electrodes", "two blocking", "--thickness", "1mm", "--diameter", "10mm"]
    asked = CliRunner().invoke(make_app(), ["polarisation", str(path), *disc])
    assert "--current-sign '+ = charging'" in asked.output


def test_tables_whose_clock_goes_on_are_one_record_and_others_are_named(tmp_path):
    path = gamry(tmp_path / "a.DTA", curve("CURVE1"), curve("CURVE2", start=200.0))
    assert ec.read_cycling(path, current_sign="+ = charging").test_time_second.values[-1] == pytest.approx(396.0)
    gamry(path, curve("CURVE1"), curve("CURVE2"))
    with pytest.raises(AmbiguousFile, match="restarts in the tables CURVE1, CURVE2; choose one with block="):
        ec.read_cycling(path, current_sign="+ = charging")
    second = ec.read_cycling(path, current_sign="+ = charging", block="CURVE2")
    assert second.test_time_second.values == pytest.approx(SECONDS)
    with pytest.raises(BadInput, match="has no table 'CURVE3'; there are CURVE1, CURVE2"):
        ec.read_cycling(path, current_sign="+ = charging", block="CURVE3")


def test_a_table_without_a_current_is_named(tmp_path):
    path = gamry(tmp_path / "a.DTA", curve(names=("T", "Vf", "Ach")))
    with pytest.raises(BadInput, match="CURVE lacks Im"):
        ec.read_cycling(path, current_sign="+ = charging")


@pytest.mark.parametrize("form", ["{day}T{clock}Z", "{day} {clock}", "{day}T{clock}.000+02:00"])
def test_stamps_are_the_clock_where_there_is_no_other(tmp_path, form):
    stamps = [form.format(day="2024-05-01", clock=f"23:59:{s:02d}") for s in range(60)]
    stamps += [form.format(day="2024-05-02", clock=f"00:00:{s:02d}") for s in range(20)]
    rows = [
        f"{at},{3 + k / 1000:.4f},{1 if k < 40 else -1},{'CC_Chg' if k < 40 else 'CC_DChg'}"
        for k, at in enumerate(stamps)
    ]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["timestamp,voltage (V),current (mA),state", *rows, ""]))
    found = ec.read_cycling(path)
    assert found.test_time_second.values.tolist() == list(range(80))
    assert found.current_ampere.values[[0, -1]] == pytest.approx([1e-3, -1e-3])


def test_a_table_in_german_is_read_by_its_titles(tmp_path):
    rows = [
        f"{t:.1f};{v:.5f};{1e3 * abs(i):.4f};{'Laden' if i > 0 else 'Entladen'}"
        for t, v, i in zip(SECONDS, VOLTAGE, CURRENT, strict=True)
    ]
    path = tmp_path / "a.csv"
    path.write_text(
        "\n".join(["Zeit [s];Spannung [V];Strom [mA];Zustand", *rows, ""]).replace(".", ","), encoding="cp1252"
    )
    found = ec.read_cycling(path)
    assert found.voltage_volt.values == pytest.approx(VOLTAGE)
    assert found.current_ampere.values == pytest.approx(CURRENT)
