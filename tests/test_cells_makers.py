"""Cycling files of makers that need readers of their own: Neware, Arbin, archives, databases; and real ones."""

import logging
import sys
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from cycling_files import write_mpt

import electrochemistry as ec
from electrochemistry.readers.formats.neware import zipped
from electrochemistry.readers.raw import foreign
from shortrange_core import AmbiguousFile, BadInput, Note
from shortrange_core.readings import reading_of

BIOLOGIC = "cycling/cheminfo_biologic"
NEWARE = "cycling/neware_fastnda"


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
    with pytest.raises(AmbiguousFile, match=r"contains 2 Neware files: a\.nda, b\.NDA"):
        ec.read_cycling(path)
    assert ec.read_cycling(path, block="a.nda").sizes["row"] > 0
    with pytest.raises(BadInput, match=r"contains no file 'c\.nda'"):
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
    with pytest.raises(BadInput, match=r"'Total Time \[s\]' contains no number; times such as 01:30:00"):
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
    with pytest.raises(AmbiguousFile, match=r"a\.res: contains tests 1, 2; choose one with block=") as caught:
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
    assert "8000 bytes, not a whole number of pages of 4096" in reading_of(cut).notes[0].text
    with pytest.raises(BadInput, match="do not count up by one from 1, at 1 of 2"):
        ec.read_cycling(res(**gap), strict=True)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "a.res: the table Channel_Normal_Table of the database lacks Test_ID, Data_Point, Test_Time"),
        ({name: [] for name in NORMAL}, "of the database is empty; export the channel as .xlsx"),
        (NORMAL | {"Voltage": [1.0, None, 1.0, 1.0]}, "lack numbers; copy the file again"),
        (NORMAL | {"Voltage": [1.0, "x", 1.0, 1.0]}, "contains a value that is not a number"),
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
