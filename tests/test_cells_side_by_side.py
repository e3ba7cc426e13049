"""Cycling tables side by side: each is a record by its name, and none is read in the place of all."""

from pathlib import Path

import numpy as np
import openpyxl
import pytest

import electrochemistry as ec
from shortrange_core import AmbiguousFile, BadInput
from shortrange_core.readings import reading_of

TITLES = ["Time / s", "Current / A", "Potential / V", "Energy / Wh"]
LENGTHS = (30, 12, 30)


def rows(titles: list[str] = TITLES, *, gap: bool = True, number: bool = False) -> list[list[object]]:
    """Titles and rows of three half cycles that end at different rows."""
    head = ["No.", *titles] if number else titles
    made: list[list[object]] = [[], *([] for _ in range(max(LENGTHS)))]
    for order, length in enumerate(LENGTHS):
        between = [None] if gap and order else []
        made[0] += [*between, *head]
        for k, row in enumerate(made[1:]):
            cells = [10.0 * k, [1e-3, -1e-3][order % 2], 3 + order + 1e-3 * k, 1e-6 * k]
            whole = [k, *cells] if number else cells
            row += [*between, *(whole if k < length else [None] * len(whole))]
    return made


def write(folder: Path, made: list[list[object]], between: str = ",") -> Path:
    path = folder / "cell.csv"
    path.write_text("\n".join(between.join("" if c is None else str(c) for c in row) for row in made) + "\n")
    return path


@pytest.mark.parametrize("between", [",", "\t", ";"])
@pytest.mark.parametrize("number", [False, True])
@pytest.mark.parametrize("gap", [False, True])
def test_every_table_of_a_text_is_a_record(tmp_path: Path, between: str, number: bool, gap: bool) -> None:
    path = write(tmp_path, rows(gap=gap, number=number), between)
    with pytest.raises(AmbiguousFile, match="in tables table 1, table 2, table 3; choose one with block=") as caught:
        ec.read_cycling(path, current_sign="+ = charging")
    assert caught.value.choices == ("table 1", "table 2", "table 3")
    for order, (name, length) in enumerate(zip(caught.value.choices, LENGTHS, strict=True)):
        record = ec.read_cycling(path, current_sign="+ = charging", block=name)
        assert record.test_time_second.values.tolist() == [10.0 * k for k in range(length)]
        assert record.voltage_volt.values[0] == 3 + order
        assert record.current_ampere.values[0] == [1e-3, -1e-3][order % 2]
        assert not reading_of(record).notes
    with pytest.raises(BadInput, match="has no table 'table 4'; there are table 1, table 2, table 3"):
        ec.read_cycling(path, current_sign="+ = charging", block="table 4")


def test_tables_of_a_sheet_have_its_name_and_runs_are_joined(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Details"
    book.active.append(["Level ID", 1, None, None, None, "Level ID", 2, None, None, None, "Level ID", 3])
    for row in rows():
        book.active.append(row)
    book.create_sheet("Summary").append(["ID", "Cycle"])
    book.save(tmp_path / "cell.xlsx")
    with pytest.raises(AmbiguousFile, match="contains records in sheets Details: table 1, ") as caught:
        ec.read_cycling(tmp_path / "cell.xlsx", current_sign="+ = charging")
    runs = [
        ec.read_cycling(tmp_path / "cell.xlsx", current_sign="+ = charging", block=name)
        for name in caught.value.choices
    ]
    assert ec.join_runs(runs).sizes["row"] == sum(LENGTHS)


def test_a_wide_sheet_is_read_to_its_last_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    wide = [[*first, *[None] * 700, *second] for first, second in zip(rows(), rows(), strict=True)]
    for row in wide:
        book.active.append(row)
    book.save(tmp_path / "cell.xlsx")
    with pytest.raises(AmbiguousFile, match=r"Sheet: table 4 to Sheet: table 6 \(6 of them\)"):
        ec.read_cycling(tmp_path / "cell.xlsx", current_sign="+ = charging")


@pytest.mark.parametrize(
    "titles",
    [
        ["Time / s", "Current / A", "Potential / V", "Time / s"],
        ["Time / s", "Current / A", "Potential / V", "Current / A"],
    ],
)
def test_a_title_that_stands_again_alone_makes_no_second_table(tmp_path: Path, titles: list[str]) -> None:
    made = [list(titles), *([10.0 * k, 1e-3, 3 + 1e-3 * k, 0.5] for k in range(20))]
    record = ec.read_cycling(write(tmp_path, made), current_sign="+ = charging")
    assert np.array_equal(record.test_time_second, 10.0 * np.arange(20))
    assert record.current_ampere.values[0] == 1e-3
