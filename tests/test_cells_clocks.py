"""Clocks of cycling records as cyclers, programs and workbooks write them, past the first day."""

import datetime as dt
from pathlib import Path

import numpy as np
import openpyxl
import pytest

import electrochemistry as ec
from shortrange_core import BadInput, Severity
from shortrange_core.readings import reading_of

SECONDS = 600 * np.arange(400)
"""Nearly three days."""


def hms(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def of_days(between: str) -> list[str]:
    return [(f"{t // 86400}{between}" if t >= 86400 else "") + hms(t % 86400) for t in SECONDS.tolist()]


WRITTEN = {
    "hours": [hms(t) for t in SECONDS.tolist()],
    "maccor": [f"{t // 86400}d {hms(t % 86400)}" for t in SECONDS.tolist()],
    "land": of_days("-"),
    "timespan": of_days("."),
    "python": [str(dt.timedelta(seconds=t)) for t in SECONDS.tolist()],
    "pandas": [f"{t // 86400} days {hms(t % 86400)}" for t in SECONDS.tolist()],
    "milliseconds": [f"{hms(t)}:000" for t in SECONDS.tolist()],
    "fractions": [f"{text}.5000000" for text in of_days(".")],
}


def table(times: list[str]) -> str:
    rows = [f"{time};{3 + k * 1e-4:.4f};{0.5 if k < 200 else -0.5}" for k, time in enumerate(times)]
    return "\n".join(["TestTime;Voltage/V;Current/mA", *rows]) + "\n"


@pytest.mark.parametrize("times", WRITTEN.values(), ids=WRITTEN)
def test_a_clock_goes_on_after_a_day_however_its_days_are_written(tmp_path: Path, times: list[str]) -> None:
    path = tmp_path / "cell.csv"
    path.write_text(table(times))
    record = ec.read_cycling(path, current_sign="+ = charging")
    first = 0.5 if times[0].endswith(".5000000") else 0.0
    assert (record.test_time_second.values - first).tolist() == SECONDS.tolist()
    assert not reading_of(record).notes


@pytest.mark.parametrize(
    "times",
    [[f"{t // 86400}:{hms(t % 86400)}" for t in SECONDS.tolist()], of_days("/"), [f"{hms(t)}:5" for t in SECONDS]],
    ids=["days or hundredths", "no known days", "one digit"],
)
def test_a_clock_that_may_be_read_two_ways_or_none_is_refused_in_words(tmp_path: Path, times: list[str]) -> None:
    path = tmp_path / "cell.csv"
    path.write_text(table(times))
    with pytest.raises(BadInput, match=r"column 'TestTime' has times such as .* write them as 01:30:00"):
        ec.read_cycling(path, current_sign="+ = charging")


def test_dates_among_times_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "cell.csv"
    path.write_text(table([*WRITTEN["hours"][:-1], "2024-05-01 10:00:00"]))
    with pytest.raises(BadInput, match="dates in some rows and times in others"):
        ec.read_cycling(path, current_sign="+ = charging")


@pytest.mark.parametrize("shape", ["h:mm:ss", "hh:mm:ss", "[h]:mm:ss"])
def test_cells_of_a_workbook_that_count_hours_go_on_after_a_day(tmp_path: Path, shape: str) -> None:
    """Behind 24 hours h:mm:ss is a date of January 1900 to whoever reads the sheet."""
    days = [*(SECONDS / 86400).tolist(), 62.25]
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["TestTime", "Voltage/V", "Current/mA"])
    for row, value in enumerate(days, start=2):
        sheet.append([value, 3 + row * 1e-4, 0.5])
        sheet.cell(row, 1).number_format = shape
    book.save(tmp_path / "cell.xlsx")
    record = ec.read_cycling(tmp_path / "cell.xlsx", current_sign="+ = charging")
    assert record.test_time_second.values == pytest.approx([*SECONDS, 62.25 * 86400], abs=1e-3)


def test_a_workbook_of_land_is_read_whole_by_its_own_words(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Record-Tab"
    sheet.append(["Record", "TestTime", "Current/mA", "Voltage/V", None, "Cycle-Index", "Step-Index", "Step-State"])
    for k, (seconds, text) in enumerate(zip(SECONDS.tolist(), WRITTEN["land"], strict=True)):
        time = dt.time(seconds // 3600, seconds % 3600 // 60) if seconds < 86400 else text
        step, current = divmod(k, 100)[0], [0.0, 0.5, -0.5, 0.5][k // 100]
        word = ["R", "RateC", "RateD", "RateC"][step]
        sheet.append([k + 1, time, current, 3 + k * 1e-4, None, 1 + k // 300, 1 + step, word])
    book.save(tmp_path / "cell.xlsx")
    record = ec.read_cycling(tmp_path / "cell.xlsx")
    assert record.test_time_second.values.tolist() == SECONDS.tolist()
    assert record.current_ampere.values[[0, 150, 250, 350]].tolist() == [0.0, 0.5e-3, -0.5e-3, 0.5e-3]
    assert record.cycle_count.values[[0, 299, 300]].tolist() == [1, 1, 2]
    assert record.step_count.values[[0, 100, 399]].tolist() == [1, 2, 4]


def test_rows_left_out_in_bulk_are_a_warning_and_a_single_one_is_none(tmp_path: Path) -> None:
    times = [str(t) for t in SECONDS.tolist()]
    lines = table(times).replace("TestTime", "Time [s]").split("\n")
    path = tmp_path / "cell.csv"
    told = {}
    for left in (1, 40):
        rows = [line.replace(";3.", ";-;#3.").partition("#")[0] + "0.5" for line in lines[1 : 1 + left]]
        path.write_text("\n".join([lines[0], *rows, *lines[1 + left :]]))
        record = ec.read_cycling(path, current_sign="+ = charging")
        assert record.sizes["row"] == SECONDS.size - left
        (note,) = reading_of(record).notes
        told[left] = (note.code, note.severity)
    assert told == {1: ("rows-left-out", Severity.INFO), 40: ("rows-odd", Severity.WARNING)}
    with pytest.raises(BadInput, match="40 rows without time, voltage or current, of 400"):
        ec.read_cycling(path, current_sign="+ = charging", strict=True)


@pytest.mark.parametrize(("mark", "separator"), [(".", ","), (",", ";"), (".", "\t")])
def test_dates_of_ec_lab_in_any_table_count_from_the_first(tmp_path, mark, separator):
    """EC-Lab writes dates below time/s where it is told to; in an export as csv they were refused."""
    rows = [["05/31/2024 23:59:30.5000", "3.1", "0.5"], ["06/01/2024 00:00:30.5000", "3.2", "0.5"]]
    text = separator.join(["time/s", "Ecell/V", "I/mA"]) + "\n"
    text += "".join(separator.join(row).replace(".", mark) + "\n" for row in rows)
    path = tmp_path / "cell.csv"
    path.write_text(text)
    record = ec.read_cycling(path, current_sign="+ = charging")
    assert record.test_time_second.values.tolist() == [0.0, 60.0]
    assert "read as month/day/year" in record.attrs["history"]


def test_other_dates_are_of_no_known_order(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text("Time (s),Voltage (V),Current (A)\n05/12/2024 10:00:10,3.1,0.1\n05/12/2024 10:00:20,3.1,0.1\n")
    with pytest.raises(BadInput, match="are not hours, minutes and seconds; write them as"):
        ec.read_cycling(path, current_sign="+ = charging")
