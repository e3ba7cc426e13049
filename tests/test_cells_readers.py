"""Cycling files: what each format holds comes out under BDF names, with its unit and sign; damaged files are named."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from cycling_files import write_mpt
from typer.testing import CliRunner
from workbooks import write_workbook

import electrochemistry as ec
from electrochemistry.readers.formats.biologic_cycling import cycling_from_biologic
from electrochemistry.readers.raw import unit_factor
from shortrange.cli import make_app
from shortrange_core import AmbiguousFile, BadInput
from shortrange_core.readings import reading_of

ARBIN = [
    "Test_Time(s)",
    "Step_Index",
    "Cycle_Index",
    "Voltage(V)",
    "Current(A)",
    "Charge_Capacity(Ah)",
    "Discharge_Capacity(Ah)",
]


def test_mpt_with_decimal_commas_and_coulombs(tmp_path: Path) -> None:
    names = ["mode", "Ns", "time/s", "Ewe/V", "I/mA", "(Q-Qo)/C", "cycle number"]
    rows = [["1", "0", "0,0", "1,5", "-2,0", "0,0", "0"], ["1", "1", "3600,0", "1,4", "-2,0", "-7,2", "0"]]
    cycling = ec.read_cycling(write_mpt(tmp_path / "a.mpt", names, rows))
    assert cycling.current_ampere.values.tolist() == pytest.approx([-2e-3, -2e-3])
    assert cycling.net_capacity_ah.values.tolist() == pytest.approx([0.0, -2e-3])
    assert cycling.step_count.values.tolist() == [1, 2]
    assert "(Q-Qo)/C" in cycling.attrs["history"]
    assert "area" not in cycling.attrs["history"]


def test_an_aborted_run_is_read_as_what_it_holds(tmp_path: Path) -> None:
    names = ["time/s", "Ewe/V", "I/mA", "(Q-Qo)/mA.h"]
    path = write_mpt(tmp_path / "a.mpt", names, [["0.0", "1.5", "1.0", "0.0"], ["1.0", "1.4", "1.0", "0.1"]])
    path.write_bytes(path.read_bytes().rstrip()[:-8])  # the instrument stopped inside the last row
    cycling = ec.read_cycling(path)
    assert cycling.voltage_volt.values.tolist() == [1.5]
    assert "truncated file" in cycling.attrs["history"]
    none = ec.read_cycling(write_mpt(tmp_path / "b.mpt", names, []))
    assert none.sizes["row"] == 0
    assert ec.cycles(none, mass=1.0, basis="S", order="charge-first").table.sizes["cycle"] == 0


def test_dates_in_place_of_times_count_from_the_first(tmp_path: Path) -> None:
    """EC-Lab exports dates where it is told to: every row was left out, with a remark and an empty table."""
    names = ["time/s", "Ecell/V", "I/mA"]
    dates = ["11/30/2024 23:59:58,500", "11/30/2024 23:59:59,500", "12/01/2024 00:00:04,000"]
    path = write_mpt(tmp_path / "a.mpt", names, [[date, "3,5", "1,0"] for date in dates])
    cycling = ec.read_cycling(path)
    assert cycling.test_time_second.values.tolist() == [0.0, 1.0, 5.5]
    assert [note.code for note in reading_of(cycling).notes] == ["time-from-dates"]
    other = write_mpt(tmp_path / "b.mpt", names, [["30.11.2024 23:59:58", "3,5", "1,0"]] * 3)
    with pytest.raises(BadInput, match="none of its 3 rows has a time, a voltage and a current that are numbers"):
        ec.read_cycling(other)


def test_averaged_voltage_zeros_are_restored_or_left_out() -> None:
    time = np.arange(3.0)
    columns = {"time/s": time, "<Ewe>/V": np.array([1.0, 0.0, 1.2]), "I/mA": np.ones(3)}
    assert cycling_from_biologic(columns, "a").voltage_volt.values.tolist() == [1.0, 1.2]
    columns |= {"<Ece>/V": np.full(3, 0.5), "Ewe-Ece/V": np.array([0.5, 0.6, 0.7])}
    working = cycling_from_biologic(columns, "a", voltage="Ewe")
    assert working.voltage_volt.values.tolist() == pytest.approx([1.0, 1.1, 1.2])
    chosen = cycling_from_biologic(columns, "a", voltage="Ewe-Ece/V")
    assert chosen.voltage_volt.values.tolist() == pytest.approx([0.5, 0.6, 0.7])
    with pytest.raises(BadInput, match="no column 'x'"):
        cycling_from_biologic(columns, "a", voltage="x")


def test_current_follows_from_charge_where_it_was_not_recorded() -> None:
    time = np.array([0.0, 10.0, 10.0, 20.0])
    columns = {"time/s": time, "Ewe/V": np.ones(4), "(Q-Qo)/mA.h": np.array([0.0, 1.0, 1.0, 3.0]) / 3600}
    cycling = cycling_from_biologic(columns, "a")
    assert cycling.current_ampere.values.tolist() == pytest.approx([0.0, 1e-4, 1e-4, 2e-4])
    assert "no current was recorded" in cycling.attrs["history"]
    assert [note.code for note in reading_of(cycling).notes] == ["current-derived"]
    at_rest = cycling_from_biologic({"time/s": time, "Ewe/V": np.ones(4)}, "a")
    assert [note.code for note in reading_of(at_rest).notes] == ["open-circuit-record"]


def test_missing_columns_are_named() -> None:
    with pytest.raises(BadInput, match="no column time/s"):
        cycling_from_biologic({"Ewe/V": np.ones(2)}, "a.mpt")
    with pytest.raises(BadInput, match="no column of voltage"):
        cycling_from_biologic({"time/s": np.ones(2)}, "a.mpt")


def test_declared_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("t;E;I\n0,0;1500;0,5\n0,5;1400;-0,5\n")
    names = {"test_time_second": "t [min]", "voltage_volt": "E [mV]", "current_ampere": "I [µA]"}
    cycling = ec.read_cycling(path, columns=names, current_sign="- = charging")
    assert cycling.test_time_second.values.tolist() == [0.0, 30.0]
    assert cycling.voltage_volt.values.tolist() == pytest.approx([1.5, 1.4])
    assert cycling.current_ampere.values.tolist() == pytest.approx([-5e-7, 5e-7])
    with pytest.raises(BadInput, match="state '\\+ = charging'"):
        ec.read_cycling(path, columns=names)
    with pytest.raises(BadInput, match="no column 'U'"):
        ec.read_cycling(path, columns=names | {"voltage_volt": "U [V]"}, current_sign="+ = charging")
    with pytest.raises(BadInput, match="not a unit of current_ampere"):
        ec.read_cycling(path, columns=names | {"current_ampere": "I [V]"}, current_sign="+ = charging")
    with pytest.raises(BadInput, match="column name \\[unit\\]"):
        ec.read_cycling(path, columns=names | {"voltage_volt": "E"}, current_sign="+ = charging")
    with pytest.raises(BadInput, match="column 't' has no unit; declare columns="):
        ec.read_cycling(path)


def test_case_tells_the_prefix_of_a_unit(tmp_path: Path) -> None:
    """mV and MV, mA and MA are nine orders apart; a case that leaves both open is refused, one that cannot is read."""
    path = tmp_path / "a.csv"
    path.write_text("t,E,I\n0,2,3\n1,2,3\n")
    names = {"test_time_second": "t [S]", "voltage_volt": "E [V]", "current_ampere": "I [A]"}
    for written, volts in (("mV", 2e-3), ("MV", 2e6), ("V vs. Ref.", 2.0), ("uV", 2e-6)):
        cycling = ec.read_cycling(path, columns=names | {"voltage_volt": f"E [{written}]"}, current_sign="+ = charging")
        assert cycling.voltage_volt.values[0] == pytest.approx(volts)
    for written, amperes in (("mA", 3e-3), ("MA", 3e6), ("ua", 3e-6), ("kA", 3e3)):
        cycling = ec.read_cycling(
            path, columns=names | {"current_ampere": f"I [{written}]"}, current_sign="+ = charging"
        )
        assert cycling.current_ampere.values[0] == pytest.approx(amperes)
    with pytest.raises(BadInput, match="'mv' may be mV or MV"):
        ec.read_cycling(path, columns=names | {"voltage_volt": "E [mv]"}, current_sign="+ = charging")
    with pytest.raises(BadInput, match="'mah' may be mAh or MAh"):
        unit_factor("net_capacity_ah", "mah")


def test_the_voltage_that_is_named_is_read_in_its_unit() -> None:
    columns = {"time/s": np.arange(2.0), "Ewe/V": np.ones(2), "Ece/mV": np.full(2, 250.0), "I/mA": np.ones(2)}
    assert cycling_from_biologic(columns, "a.mpt", voltage="Ece/mV").voltage_volt.values.tolist() == [0.25, 0.25]
    with pytest.raises(BadInput, match="'mA' is not a unit of voltage_volt"):
        cycling_from_biologic(columns, "a.mpt", voltage="I/mA")


def test_the_quick_way_of_plain_tables_gives_the_same_numbers(tmp_path: Path) -> None:
    """A word in one cell sends the whole table through the general reader: all other numbers stay, bit for bit."""
    rng = np.random.default_rng(0)
    volts = (rng.standard_normal(200) * 10.0 ** rng.integers(-9, 9, 200)).tolist()
    rows = [f"{second},{value!r},0.001" for second, value in enumerate(volts)]
    header = "test_time_second,voltage_volt,current_ampere"
    (tmp_path / "quick.csv").write_text("\n".join([header, *rows]))
    (tmp_path / "general.csv").write_text("\n".join([header, *rows, "200,word,0.001"]))
    quick, general = (ec.read_cycling(tmp_path / name) for name in ("quick.csv", "general.csv"))
    assert quick.voltage_volt.values.tolist() == general.voltage_volt.values.tolist() == volts
    assert "left out 1 row without" in general.attrs["history"]


def test_battery_data_format_in_text_and_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Test Time / s": [0.0, 1.0], "Voltage / V": [3.0, 3.1], "Current / A": [1e-3, 1e-3]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    from_text = ec.read_cycling(tmp_path / "a.csv")
    machine = frame.set_axis(["test_time_second", "voltage_volt", "current_ampere"], axis=1)
    pytest.importorskip("pyarrow")
    machine.assign(cycle_count=[1, 1]).to_parquet(tmp_path / "a.parquet")
    from_parquet = ec.read_cycling(tmp_path / "a.parquet")
    assert from_text.voltage_volt.values.tolist() == from_parquet.voltage_volt.values.tolist() == [3.0, 3.1]
    assert from_parquet.cycle_count.dtype.kind == "i"
    machine.drop(columns="voltage_volt").to_parquet(tmp_path / "b.parquet")
    with pytest.raises(BadInput, match="lacks voltage_volt"):
        ec.read_cycling(tmp_path / "b.parquet")


def of_neware(rows=400):
    """A table of the columns that Neware's programs name, charge and rest and discharge, to the last digit."""
    rng = np.random.default_rng(4)
    current = np.repeat([1.5, 0.0, -1.5, 0.0], rows // 4)
    status = np.repeat(["CC_Chg", "Rest", "CC_DChg", "Rest"], rows // 4)
    return pd.DataFrame(
        {
            "Time": np.arange(rows) * 10.0,
            "Voltage": rng.uniform(2.5, 4.2, rows),
            "Current(mA)": current + rng.normal(0, 1e-4, rows) * (current != 0),
            "Status": status,
            "Timestamp": pd.Timestamp("2024-05-01") + pd.to_timedelta(np.arange(rows) * 10, unit="s"),
        }
    )


def test_a_parquet_table_of_other_titles_is_read_as_its_text_is(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    frame, path = of_neware(), tmp_path / "a.parquet"
    frame.to_parquet(path)
    with pytest.raises(BadInput, match=r"declare columns=.*'voltage_volt': 'Voltage \[\?\]'"):
        ec.read_cycling(path)
    columns = {"test_time_second": "Time [s]", "voltage_volt": "Voltage [V]", "current_ampere": "Current(mA) [mA]"}
    record = ec.read_cycling(path, columns=columns, current_sign="+ = charging")
    assert np.array_equal(record.voltage_volt.values, frame["Voltage"])
    assert np.array_equal(record.current_ampere.values, frame["Current(mA)"] * 1e-3)
    assert reading_of(record).notes == ()
    titled = frame.rename(columns={"Time": "Time(s)", "Voltage": "Voltage(V)"})
    titled.to_parquet(path)
    assert np.array_equal(ec.read_cycling(path).voltage_volt.values, frame["Voltage"])
    columns |= {"voltage_volt": "Voltage(V) [V]", "test_time_second": "Time(s) [s]", "direction": "Status"}
    words = ec.read_cycling(path, columns=columns)
    assert np.array_equal(words.current_ampere.values, frame["Current(mA)"] * 1e-3)


DECLARED = ("test_time_second=Time [s]", "voltage_volt=Voltage [V]", "current_ampere=Current(mA) [mA]")


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ((), "--column 'voltage_volt=Voltage [?]'"),
        (DECLARED, "--current-sign is not given"),
        (("test_time_second=Time",), "--column declares test_time_second as 'Time'"),
    ],
)
def test_the_command_line_says_how_a_parquet_table_is_declared(tmp_path: Path, declared, text) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    of_neware().to_parquet(path)
    asks = ["cell", str(path), "--mass", "10mg", "--basis", "S", "--order", "charge-first"]
    asks += [part for one in declared for part in ("--column", one)]
    told = CliRunner().invoke(make_app(), asks)
    assert told.exit_code == 2
    assert text in " ".join(told.output.split())
    assert "columns=" not in told.output


def test_arbin_parts_of_a_channel_are_joined_and_channels_told_apart(tmp_path: Path) -> None:
    first = [ARBIN, [0.0, 1, 1, 2.0, 1e-3, 0.0, 0.0], [3600.0, 1, 1, 2.1, 1e-3, 1e-3, 0.0]]
    second = [ARBIN, [3600.0, 2, 2, 2.1, -1e-3, 0.0, 0.0], [7200.0, 2, 2, 2.0, -1e-3, 0.0, 1e-3]]
    path = write_workbook(tmp_path / "a.xlsx", {"Info": [["x"]], "Channel_1_1": first, "Channel_1_2": second})
    cycling = ec.read_cycling(path)
    assert cycling.test_time_second.values.tolist() == [0.0, 3600.0, 3600.0, 7200.0]
    assert cycling.net_capacity_ah.values.tolist() == pytest.approx([0.0, 1e-3, 1e-3, 0.0])
    both = write_workbook(tmp_path / "b.xlsx", {"Channel_1_1": first, "Channel_2_1": second})
    with pytest.raises(AmbiguousFile, match="contains channels 1, 2") as caught:
        ec.read_cycling(both)
    assert caught.value.choices == ("1", "2")
    assert ec.read_cycling(both, block="2").sizes["row"] == 2
    with pytest.raises(BadInput, match="no channel '3'"):
        ec.read_cycling(both, block="3")
    other = ec.read_cycling(write_workbook(tmp_path / "c.xlsx", {"Data": first}))
    assert other.current_ampere.values.tolist() == [1e-3, 1e-3], "its counters say what the sign of the current is"


@pytest.mark.parametrize(
    ("content", "package"),
    [(b"BIO-LOGIC MODULAR FILE", "biologic"), (b"NEWARE123", "neware")],
)
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, package: str
) -> None:
    real = importlib.import_module

    def refusing(name: str, package: str | None = None) -> object:
        if name.split(".", maxsplit=1)[0] in ("galvani", "fastnda"):
            raise ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", refusing)
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=f"shortrange\\[{package}\\]"):
        ec.read_cycling(path)


def test_gpl_reader_is_not_imported_by_the_package() -> None:
    code = (
        "import sys, electrochemistry as e; e.read_cycling; print('galvani' in sys.modules, 'fastnda' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "False"]


def test_the_contract_refuses_what_is_no_record() -> None:
    with pytest.raises(BadInput, match="is not a cycling record"):
        ec.check_cycling([1, 2])
    with pytest.raises(BadInput, match="equal length"):
        ec.cycling_table([0, 1], [1.0], [0.0])
    with pytest.raises(BadInput, match=r"not finite in 1 row [^\n]*\n.*current_ampere is not finite"):
        ec.cycling_table([0, 1], [1.0, np.nan], [np.inf, 0.0])
    with pytest.raises(BadInput, match="goes back after row 1"):
        ec.cycling_table([0, 2, 1], [1.0] * 3, [0.0] * 3)
    good = ec.cycling_table([0, 1], [1.0] * 2, [0.0] * 2)
    with pytest.raises(BadInput, match="missing voltage_volt"):
        ec.check_cycling(good.drop_vars("voltage_volt"))
    with pytest.raises(BadInput, match="has the dimensions"):
        ec.check_cycling(good.assign(voltage_volt=("other", [1.0, 2.0, 3.0])))
    with pytest.raises(BadInput, match="must contain numbers"):
        ec.cycling_table(["start", 1], [1.0] * 2, [0.0] * 2)
    with pytest.raises(BadInput, match="at least one run"):
        ec.join_runs([])
    with pytest.raises(BadInput, match="pause of nan s"):
        ec.join_runs([good], pause=np.nan)
    with pytest.raises(BadInput, match="not a quantity"):
        unit_factor("power", "W")


def test_a_count_that_no_test_has_is_refused() -> None:
    with pytest.raises(BadInput, match=r"cycle_count is 1e\+30, above 9\.0072e\+15: correct it in the file"):
        ec.cycling_table([0, 1], [1, 1], [0, 0], cycle_count=[1, 1e30])


def test_joined_runs_go_on_in_time_and_charge() -> None:
    run = ec.cycling_table([5, 15], [1.0, 1.1], [1e-3, 1e-3], net_capacity_ah=[0.0, 2e-6], cycle_count=[1, 1])
    both = ec.join_runs([run, run], pause=2)
    assert both.test_time_second.values.tolist() == [5.0, 15.0, 17.0, 27.0]
    assert both.net_capacity_ah.values.tolist() == pytest.approx([0.0, 2e-6, 2e-6, 4e-6])


def test_joined_runs_have_the_voltage_of_one_electrode() -> None:
    def run(electrodes: str, rows: int = 2) -> xr.Dataset:
        found = ec.cycling_table([5, 15][:rows], [1.0, 1.1][:rows], [1e-3, 1e-3][:rows])
        found["voltage_volt"].attrs["electrodes"] = electrodes
        return found

    both = ec.join_runs([run("Ewe"), run("Ewe"), run("", rows=0)])
    assert both.voltage_volt.attrs["electrodes"] == "Ewe", "a run without rows says nothing"
    with pytest.raises(BadInput, match=r"voltages of the runs are Ewe, Ewe-Ece; read all runs with voltage="):
        ec.join_runs([run("Ewe"), run("Ewe-Ece")])


# Real files.
