"""Cycling files: what each format holds comes out under BDF names, with its unit and sign; damaged files are named."""

import importlib
import logging
import subprocess
import sys
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

import electrochemistry as ec
from electrochemistry.readers.formats.biologic_cycling import cycling_from_biologic
from electrochemistry.readers.formats.neware import zipped
from electrochemistry.readers.raw import foreign, unit_factor
from shortrange.cli import make_app
from shortrange_core import AmbiguousFile, BadInput, Note
from shortrange_core.readings import reading_of

BIOLOGIC = "cycling/cheminfo_biologic"
NEWARE = "cycling/neware_fastnda"


def write_mpt(path: Path, names: list[str], rows: list[list[str]], encoding: str = "cp1252") -> Path:
    header = [
        "EC-Lab ASCII FILE",
        "Nb header lines : 6",
        "",
        "Galvanostatic Cycling",
        "Electrode surface area : 0.001 cm²",
    ]
    lines = [*header, "\t".join(names), *("\t".join(row) for row in rows)]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


def write_workbook(path: Path, channels: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in channels.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


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
    assert "cut file" in cycling.attrs["history"]
    none = ec.read_cycling(write_mpt(tmp_path / "b.mpt", names, []))
    assert none.sizes["row"] == 0
    assert ec.cycles(none, mass=1.0, basis="S", order="charge-first").table.sizes["cycle"] == 0


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
    with pytest.raises(BadInput, match="no unit of current_ampere"):
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
    with pytest.raises(BadInput, match="'mA' is no unit of voltage_volt"):
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
    with pytest.raises(AmbiguousFile, match="holds channels 1, 2") as caught:
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
    with pytest.raises(BadInput, match="is no cycling record"):
        ec.check_cycling([1, 2])
    with pytest.raises(BadInput, match="equal length"):
        ec.cycling_table([0, 1], [1.0], [0.0])
    with pytest.raises(BadInput, match=r"not finite in 1 row [^\n]*\n.*current_ampere is not finite"):
        ec.cycling_table([0, 1], [1.0, np.nan], [np.inf, 0.0])
    with pytest.raises(BadInput, match="goes back after row 1"):
        ec.cycling_table([0, 2, 1], [1.0] * 3, [0.0] * 3)
    good = ec.cycling_table([0, 1], [1.0] * 2, [0.0] * 2)
    with pytest.raises(BadInput, match="lacks voltage_volt"):
        ec.check_cycling(good.drop_vars("voltage_volt"))
    with pytest.raises(BadInput, match="has the dimensions"):
        ec.check_cycling(good.assign(voltage_volt=("other", [1.0, 2.0, 3.0])))
    with pytest.raises(BadInput, match="must hold numbers"):
        ec.cycling_table(["start", 1], [1.0] * 2, [0.0] * 2)
    with pytest.raises(BadInput, match="at least one run"):
        ec.join_runs([])
    with pytest.raises(BadInput, match="pause of nan s"):
        ec.join_runs([good], pause=np.nan)
    with pytest.raises(BadInput, match="no quantity"):
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


def test_real_biologic_text(real_data: Path) -> None:
    chrono = ec.read_cycling(real_data / BIOLOGIC / "cp.mpt", voltage="Ewe")
    assert chrono.sizes["row"] == 121
    assert float(chrono.current_ampere[0]) == pytest.approx(-99.888e-3)
    assert float(chrono.voltage_volt[4]) == pytest.approx(-8.6530075 + 5.2075920, abs=1e-4)
    assert float(chrono.net_capacity_ah[1]) * 3600 == pytest.approx(-9.9904254e-2)
    assert ec.read_cycling(real_data / BIOLOGIC / "ca.mpt").sizes["row"] == 721
    rest = ec.read_cycling(real_data / BIOLOGIC / "ocv.mpt")
    assert rest.sizes["row"] == 602
    assert not rest.current_ampere.values.any()


def test_real_biologic_binary(real_data: Path) -> None:
    pytest.importorskip("galvani")
    empty = ec.read_cycling(real_data / BIOLOGIC / "wait_empty.mpr")
    assert empty.sizes["row"] == 0
    trap = ec.read_cycling(real_data / BIOLOGIC / "test_CA_coulomb_units.mpr")
    assert trap.sizes["row"] == 4501
    # the file holds (Q-Qo)/C and, apart from it, Q charge/discharge/mA.h: -3.5976e-5 mA h in its second row
    assert float(trap.net_capacity_ah[1]) * 1e3 == pytest.approx(-3.59760128e-5, rel=1e-6)
    assert float(trap.net_capacity_ah[-1]) * 3600 == pytest.approx(0.00914281, rel=1e-6)
    assert ec.read_cycling(real_data / "cycling/navani/00_test_04_MB_C01.mpr").sizes["row"] == 1501


def test_real_rate_test_has_its_published_numbers(real_data: Path) -> None:
    pytest.importorskip("galvani")
    cycling = ec.read_cycling(real_data / BIOLOGIC / "jdb11-4.mpr")
    assert cycling.sizes["row"] == 38189
    summary = ec.cycles(cycling, mass=1e-3, basis="cell", order="charge-first")  # mAh/g of 1 mg, so that 1 is 1 uAh
    table = summary.table
    assert int(np.isfinite(table.discharge_capacity).sum() + np.isfinite(table.charge_capacity).sum()) == 61
    assert float(table.discharge_capacity[0]) / 1e3 == pytest.approx(0.46, abs=0.005)
    blocks = ec.rate_capability(summary)
    assert blocks.current.values == pytest.approx([0.1150, 0.1534, 0.2301, 0.4603, 0.1150], abs=1e-4)
    assert blocks.discharge_capacity.values[:4] / 1e3 == pytest.approx([1.257, 1.259, 1.224, 1.164], abs=0.005)
    assert float(blocks.first_discharge[4]) / 1e3 == pytest.approx(1.228, abs=0.005)
    assert float(blocks.last_discharge[4]) / 1e3 == pytest.approx(1.134, abs=0.005)
    codes = ["current-derived", "unpaired-half-cycle", "efficiency-statistical-only"]
    assert [note.code for note in summary.notes] == codes


@pytest.mark.parametrize("name", ["21_10_7_85", "interp-test", "nw4-120-1-6-53", "nda_v23", "new_nda_file"])
def test_real_neware_files_equal_their_tables(real_data: Path, name: str) -> None:
    pytest.importorskip("fastnda")
    folder = real_data / NEWARE
    path = folder / f"{name}.ndax"
    if not path.exists():
        path = folder / f"{name}.nda.zip"
    cycling = ec.read_cycling(path)
    truth = pd.read_parquet(folder / f"{name}.parquet")
    assert cycling.sizes["row"] == len(truth)
    assert cycling.voltage_volt.values == pytest.approx(truth["Voltage(mV)"].to_numpy(float) * 1e-3, abs=2e-4)
    assert cycling.current_ampere.values == pytest.approx(truth["Current(uA)"].to_numpy(float) * 1e-6, abs=6e-7)
    assert cycling.cycle_count.values.tolist() == truth["Cycle Index"].tolist()
    assert cycling.step_count.values.tolist() == truth["Step Count"].tolist()
    assert cycling.test_time_second.values == pytest.approx(truth["Total Time"].to_numpy(float), abs=1.0)


@pytest.mark.parametrize("name", ["nda_v23", "new_nda_file"])
def test_a_zipped_neware_file_reads_as_the_file_in_it(real_data: Path, tmp_path: Path, name: str) -> None:
    pytest.importorskip("fastnda")
    path = real_data / NEWARE / f"{name}.nda.zip"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    zipped_cycling, plain = ec.read_cycling(path), ec.read_cycling(tmp_path / f"{name}.nda")
    assert zipped_cycling.drop_vars("reading").drop_attrs().identical(plain.drop_vars("reading").drop_attrs())
    assert [*reading_of(zipped_cycling).files, *reading_of(plain).files] == [f"{name}.nda.zip", f"{name}.nda"]


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_an_archive_with_several_neware_files_is_ambiguous(real_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("fastnda")
    with zipfile.ZipFile(real_data / NEWARE / "new_nda_file.nda.zip") as archive:
        content = archive.read("new_nda_file.nda")
    path = write_zip(tmp_path / "two.zip", {"a.nda": content, "b.NDA": b"NEWARE", "read me.txt": b"x"})
    with pytest.raises(AmbiguousFile, match=r"holds 2 Neware files: a\.nda, b\.NDA"):
        ec.read_cycling(path)
    assert ec.read_cycling(path, block="a.nda").sizes["row"] > 0
    with pytest.raises(BadInput, match=r"holds no file 'c\.nda'"):
        ec.read_cycling(path, block="c.nda")


def test_archives_are_measured_before_they_are_unpacked(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "large.zip", {"a.nda": b"NEWARE" + bytes(100_000)})
    assert path.stat().st_size < 1000
    with pytest.raises(BadInput, match="unpacks to 100006 bytes, above the limit of 50000"):
        zipped(path.read_bytes(), path.name, limit=50_000)
    with pytest.raises(BadInput, match="no cycling reader recognises it"):
        ec.read_cycling(write_zip(tmp_path / "other.zip", {"a.txt": b"x"}))
    damaged = bytearray(path.read_bytes())
    damaged[60] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(damaged)
    with pytest.raises(BadInput, match=r"a\.nda cannot be unpacked"):
        ec.read_cycling(tmp_path / "damaged.zip")


def test_real_neware_csv_with_clock_times_equals_the_binary_file(real_data: Path) -> None:
    pytest.importorskip("fastnda")
    path = real_data / NEWARE / "interp-test.csv"
    names = {
        "test_time_second": "Total Time [h:m:s]",
        "voltage_volt": "Voltage(mV) [mV]",
        "current_ampere": "Current(µA) [µA]",  # the file is Windows-1252
    }
    from_text = ec.read_cycling(path, columns=names, current_sign="+ = charging")
    binary = ec.read_cycling(real_data / NEWARE / "interp-test.ndax")
    assert from_text.sizes["row"] == binary.sizes["row"] == 333
    assert from_text.test_time_second.values == pytest.approx(binary.test_time_second.values, abs=1.0)
    assert from_text.voltage_volt.values == pytest.approx(binary.voltage_volt.values, abs=6e-5)
    with pytest.raises(BadInput, match=r"'Total Time \[s\]' holds no number; times such as 01:30:00"):
        ec.read_cycling(path, columns=names | {"test_time_second": "Total Time [s]"}, current_sign="+ = charging")


def test_real_arbin_workbook(real_data: Path) -> None:
    cycling = ec.read_cycling(real_data / "cycling/navani/bs542_004_gr_li_50ua_50mv_1v_191020_Channel_11.xlsx")
    assert cycling.sizes["row"] == 4526
    assert float(cycling.voltage_volt[0]) == pytest.approx(2.637298583984375)
    by_rows = np.trapezoid(cycling.current_ampere, cycling.test_time_second) / 3600
    assert float(cycling.net_capacity_ah[-1]) == pytest.approx(by_rows, abs=0.02 * 0.0058)


class AccessFile:
    """What access-parser gives of a database with the tables of ``content``."""

    content: ClassVar[dict[str, dict[str, list[float]]]] = {}

    def __init__(self, path: str) -> None:
        assert Path(path).read_bytes().startswith(RES)

    def parse_table(self, name: str) -> dict[str, list[float]] | None:
        return self.content.get(name)


RES = b"\x00\x01\x00\x00Standard Jet DB\x00"


@pytest.fixture
def res(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes an Arbin database whose table of data points is the one given."""

    def write(size: int = 8192, **columns: list[float]) -> Path:
        package = types.ModuleType("access_parser")
        tables = {"Channel_Normal_Table": columns} if columns else {}
        setattr(package, "AccessParser", type("Parser", (AccessFile,), {"content": tables}))  # noqa: B010
        monkeypatch.setitem(sys.modules, "access_parser", package)
        (tmp_path / "a.res").write_bytes((RES + b"\1").ljust(size, b"\0"))
        return tmp_path / "a.res"

    return write


NORMAL = {
    "Test_ID": [1, 1, 1, 2],
    "Data_Point": [1, 3, 2, 1],
    "Test_Time": [0.0, 20.0, 10.0, 0.0],
    "Voltage": [1.5, 1.7, 1.6, 3.0],
    "Current": [0.1, -0.1, 0.1, 0.2],
    "Charge_Capacity": [0.0, 0.3, 0.3, 0.0],
    "Discharge_Capacity": [0.0, 0.1, 0.0, 0.0],
    "Cycle_Index": [1, 1, 1, 1],
    "Step_Index": [2, 4, 2, 1],
}


def test_rows_of_an_arbin_database_are_in_the_order_of_its_data_points(res: Callable[..., Path]) -> None:
    path = res(**NORMAL)
    with pytest.raises(AmbiguousFile, match=r"a\.res: holds tests 1, 2; name one with block=") as caught:
        ec.read_cycling(path)
    assert caught.value.choices == ("1", "2")
    cycling = ec.read_cycling(path, block="1")
    assert cycling.test_time_second.values.tolist() == [0.0, 10.0, 20.0]
    assert cycling.voltage_volt.values.tolist() == [1.5, 1.6, 1.7]
    assert cycling.current_ampere.values.tolist() == [0.1, 0.1, -0.1]
    assert cycling.net_capacity_ah.values.tolist() == pytest.approx([0.0, 0.3, 0.2])
    assert cycling.step_count.values.tolist() == [1, 1, 2]
    assert reading_of(cycling).notes == ()
    with pytest.raises(BadInput, match="has no test '3'; there are 1, 2"):
        ec.read_cycling(path, block="3")


def test_rows_that_an_arbin_database_lost_are_said(res: Callable[..., Path]) -> None:
    for kept in ((0, 1), (1, 2)):
        gap = {name: [values[k] for k in kept] for name, values in NORMAL.items()}
        cycling = ec.read_cycling(res(**gap))
        assert [note.code for note in reading_of(cycling).notes] == ["rows-odd"]
    cut = ec.read_cycling(res(8000, **{name: values[:1] for name, values in NORMAL.items()}))
    assert "8000 bytes, no whole number of pages of 4096" in reading_of(cut).notes[0].text
    with pytest.raises(BadInput, match="1 data point of 2 not one after the one before it"):
        ec.read_cycling(res(**gap), strict=True)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "a.res: the table Channel_Normal_Table of the database lacks Test_ID, Data_Point, Test_Time"),
        ({name: [] for name in NORMAL}, "of the database is empty; export the channel as .xlsx"),
        (NORMAL | {"Voltage": [1.0, None, 1.0, 1.0]}, "lack numbers; copy the file again"),
        (NORMAL | {"Voltage": [1.0, "x", 1.0, 1.0]}, "holds what is no number"),
        (NORMAL | {"Voltage": [1.0]}, "lack numbers; copy the file again"),
        (
            {name: values[:3] for name, values in NORMAL.items()} | {"Discharge_Capacity": [0, 1e300, 0]},
            "net_capacity_ah is 1e.300",
        ),
    ],
)
def test_databases_that_are_none_of_arbin_or_lost_cells_are_refused(
    res: Callable[..., Path], columns: dict[str, list[float]], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        ec.read_cycling(res(**columns))


def test_a_real_arbin_database_is_what_mdbtools_reads(real_data: Path) -> None:
    """Rows 1, 2 and the last of ``mdb-export arbin_example.res Channel_Normal_Table`` in the order of Data_Point."""
    pytest.importorskip("access_parser")
    cycling = ec.read_cycling(real_data / "cycling/navani/arbin_example.res")
    assert cycling.sizes["row"] == 2150
    assert cycling.test_time_second.values[[0, 1]] == pytest.approx([0.07259541979508601, 300.0801607718582], rel=1e-13)
    assert cycling.voltage_volt.values[[0, 1]] == pytest.approx([3.8591957, 3.8588884], rel=1e-8)
    assert reading_of(cycling).notes == ()


def test_what_another_package_logs_is_noted_and_not_printed(capfd):
    notes: list[Note] = []
    with foreign("a.ndax", "package", notes):
        logging.getLogger("package").warning("jumps in %s", "time")
    assert [note.text for note in notes] == ["package warns: jumps in time"]
    assert capfd.readouterr() == ("", "")


def test_indicators_of_quality_that_were_not_computed_spoil_no_record(tmp_path):
    rows = [[f"{k:.6f}", f"{1 + 0.1 * k:.6f}", "1.500000", f"{k + 0.25:.6f}"] for k in range(12)]
    rows[5][3] = "-1"
    names = ["time/s", "Ewe/V", "I/mA", "THD Ewe/%"]
    found = ec.read_cycling(write_mpt(tmp_path / "a.mpt", names, rows))
    assert found.voltage_volt.values.tolist() == [round(1 + 0.1 * k, 6) for k in range(12)]
    assert "cells-odd" not in [note.code for note in reading_of(found).notes]
