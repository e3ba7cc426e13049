"""Cycling tables whose cells stand in quotes, hold the separator or part their thousands."""

from pathlib import Path

import numpy as np
import pytest

import electrochemistry as ec
from shortrange_core.readings import reading_of

SECONDS = 550.5 * np.arange(200)
VOLTS = 3.5 + 1e-3 * np.arange(200)
MILLIAMPERES = np.where(np.arange(200) < 100, 1499.875, -1499.875)
TITLES = ("Time [s]", "Voltage [V]", "Current [mA]")


def read(folder: Path, titles: tuple[str, ...], rows: list[list[str]], between: str = ",") -> tuple[list[str], bool]:
    """Codes of the notes, and whether all values are those that were written."""
    path = folder / "cell.csv"
    path.write_text("\n".join(between.join(row) for row in [titles, *rows]) + "\n")
    record = ec.read_cycling(path, current_sign="+ = charging")
    same = (
        record.test_time_second.values.tolist() == SECONDS.tolist()
        and np.allclose(record.voltage_volt.values, VOLTS, atol=1e-9, rtol=0)
        and np.allclose(record.current_ampere.values, 1e-3 * MILLIAMPERES, atol=1e-9, rtol=0)
    )
    return [note.code for note in reading_of(record).notes], same


def grouped(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return f'"{text}"' if "," in text else text


def test_thousands_in_quotes_are_taken_together_where_the_others_stand_plain(tmp_path: Path) -> None:
    rows = [[grouped(t, 1), f"{v:.3f}", grouped(i, 3)] for t, v, i in zip(SECONDS, VOLTS, MILLIAMPERES, strict=True)]
    assert read(tmp_path, TITLES, rows) == (["digits-grouped"], True)


def test_thousands_between_semicolons_are_taken_together(tmp_path: Path) -> None:
    rows = [[f"{t:,.1f}", f"{v:.4f}", f"{i:,.3f}"] for t, v, i in zip(SECONDS, VOLTS, MILLIAMPERES, strict=True)]
    assert read(tmp_path, TITLES, rows, ";") == (["digits-grouped"], True)


@pytest.mark.parametrize("between", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [",", "."])
def test_decimals_in_quotes_are_decimals(tmp_path: Path, mark: str, between: str) -> None:
    numbers = zip(SECONDS, VOLTS, MILLIAMPERES, strict=True)
    rows = [[f'"{value:.3f}"'.replace(".", mark) for value in row] for row in numbers]
    assert read(tmp_path, tuple(f'"{title}"' for title in TITLES), rows, between) == ([], True)


@pytest.mark.parametrize("between", [";", "\t"])
def test_three_decimals_behind_a_comma_are_no_thousands_between_semicolons(tmp_path: Path, between: str) -> None:
    """Nothing but the separator says that "3,500" is 3.5 V."""
    rows = [[f'"{1 + k}"', f'"3,{500 + k}"', '"1,200"'] for k in range(60)]
    path = tmp_path / "cell.csv"
    path.write_text("\n".join(between.join(row) for row in [TITLES, *rows]) + "\n")
    record = ec.read_cycling(path, current_sign="+ = charging")
    assert record.voltage_volt.values[[0, -1]].tolist() == [3.5, 3.559]
    assert record.current_ampere.values[0] == pytest.approx(1.2e-3)


def test_points_are_decimals_although_one_cell_looks_like_grouped_digits(tmp_path: Path) -> None:
    rows = [
        [f"{t:.1f}", f"{v:.3f}", f"{i:.3f}", "10.000.000"] for t, v, i in zip(SECONDS, VOLTS, MILLIAMPERES, strict=True)
    ]
    assert read(tmp_path, (*TITLES, "Version"), rows, "\t") == ([], True)


def test_a_word_that_holds_the_separator_and_a_digit_costs_no_row(tmp_path: Path) -> None:
    rows = [
        [f"{t:.1f}", '"CC, step 2"' if k % 10 == 0 else "CC", f"{v:.3f}", f"{i:.3f}"]
        for k, (t, v, i) in enumerate(zip(SECONDS, VOLTS, MILLIAMPERES, strict=True))
    ]
    assert read(tmp_path, (TITLES[0], "Mode", *TITLES[1:]), rows) == ([], True)


def test_titles_in_quotes_may_hold_the_separator(tmp_path: Path) -> None:
    rows = [[f"{t:.1f}", f"{v:.3f}", f"{i:.3f}", "a"] for t, v, i in zip(SECONDS, VOLTS, MILLIAMPERES, strict=True)]
    assert read(tmp_path, (*TITLES, '"Note, or words, of others, and more, of them"'), rows, ";") == ([], True)


@pytest.mark.parametrize("mark", ["\t", ""])
def test_tabs_inside_the_cells_of_a_table_of_commas_make_no_thousands_of_its_decimals(
    tmp_path: Path, mark: str
) -> None:
    """Arbin writes a tab before every date."""
    rows = [
        f"{30.005 * k:.3f},{mark}09/20/2024 08:{32 + k // 2}:{30 * (k % 2)}.558,3.{500 + k},0.250,1" for k in range(20)
    ]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["Time (s),Date Time,Voltage (V),Current (A),Step", *rows]) + "\n", encoding="utf-8")
    record = ec.read_cycling(path, current_sign="+ = charging")
    assert record.test_time_second.values == pytest.approx(30.005 * np.arange(20))
    assert record.voltage_volt.values == pytest.approx(3.5 + np.arange(20) / 1000)
    assert not reading_of(record).notes
