"""Novonix files: a protocol of any length before the table, and channels that were started again."""

from pathlib import Path

import pytest

import electrochemistry as ec
from shortrange_core import BadInput, Unstated
from shortrange_core.readings import reading_of

NOVONIX = "Date and Time,Cycle Number,Step Number,Run Time (h), Step Time (h),Current (A),Potential (V)"


def _session(rows: list[str], protocol: int = 3) -> str:
    steps = "\n".join(f"   [{number} Save data if time is greater than 30 seconds]" for number in range(protocol))
    head = f"[Summary]\nNovonix HPC data file\n[End Summary]\n[Protocol]\n{steps}\n[End Protocol]\n[Data]\n"
    return head + "\n".join([NOVONIX, *rows]) + "\n"


def _row(date: str, cycle: int, hours: float, current: float = 1.0) -> str:
    return f"{date},{cycle},1,{hours:.7f},{hours:.7f},{current:.4f},3.5"


def test_a_protocol_of_any_length_stands_before_the_rows_of_novonix(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(_session([_row("1/3/2019 9:00:00 AM", 1, 0), _row("1/3/2019 10:00:00 AM", 1, 1)], protocol=900))
    cycling = ec.read_cycling(path, current_sign="+ = charging")
    assert cycling.test_time_second.values.tolist() == [0.0, 3600.0]


def test_sessions_of_novonix_go_on_by_their_dates_and_rows_that_go_back_alone_are_left_out(tmp_path: Path) -> None:
    first = [_row("1/3/2019 9:00:00 AM", 1, 0), _row("1/3/2019 10:00:00 AM", 2, 1), _row("1/3/2019 11:00:00 AM", 2, 2)]
    odd = _row("1/3/2019 1:00:00 PM", 1, -5)
    second = [_row("1/3/2019 12:30:00 PM", 1, 0), _row("1/3/2019 1:00:00 PM", 1, 0.5), odd]
    second += [_row("1/3/2019 1:30:00 PM", 2, 1)]
    path = tmp_path / "a.csv"
    path.write_text(_session(first) + _session(second))
    cycling = ec.read_cycling(path, current_sign="+ = charging")
    assert (cycling.test_time_second.values / 3600).round(6).tolist() == [0.0, 1.0, 2.0, 3.5, 4.0, 4.5]
    assert cycling.cycle_count.values.tolist() == [1, 2, 2, 3, 3, 4]
    assert [note.code for note in reading_of(cycling).notes] == ["rows-left-out"]
    assert "2 sessions" in cycling.attrs["history"]


def test_whether_day_or_month_stands_first_is_told_by_the_spans_of_times_or_asked_for(tmp_path: Path) -> None:
    """3 and 4 of January and of February: 24 hours or 31 days lie between the dates of the first session."""
    path = tmp_path / "a.csv"
    second = [_row("2/4/2019 9:00:00 AM", 1, 0), _row("2/4/2019 10:00:00 AM", 1, 1)]
    path.write_text(
        _session([_row("1/3/2019 9:00:00 AM", 1, 0), _row("1/4/2019 9:00:00 AM", 1, 24)]) + _session(second)
    )
    cycling = ec.read_cycling(path, current_sign="+ = charging")
    assert cycling.test_time_second.values[2] / 3600 == pytest.approx(24 + 31 * 24)
    path.write_text(
        _session([_row("1/4/2019 9:00:00 AM", 1, 0), _row("1/4/2019 10:00:00 AM", 1, 1)]) + _session(second)
    )
    with pytest.raises(Unstated, match="do not tell how long the channel rested between them"):
        ec.read_cycling(path, current_sign="+ = charging")


def test_sessions_of_novonix_with_other_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    one = _session([_row("1/3/2019 9:00:00 AM", 1, 0), _row("1/3/2019 10:00:00 AM", 1, 1)])
    path.write_text(one + one.replace("Cycle Number", "Cycle"))
    with pytest.raises(BadInput, match="2 sessions with different columns"):
        ec.read_cycling(path, current_sign="+ = charging")


EMPTY = "[Summary]\nNovonix\n[End Summary]\n[Data]\n"


@pytest.mark.parametrize("text", [EMPTY, EMPTY + NOVONIX + "\n", EMPTY + EMPTY])
def test_a_file_of_novonix_without_rows_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"a.csv: has no row after \[Data\]"):
        ec.read_cycling(path)


def test_a_session_without_rows_adds_none_and_one_whose_end_is_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [_row("1/3/2019 9:00:00 AM", 1, 0), _row("1/3/2019 10:00:00 AM", 1, 1)]
    path.write_text(_session(rows) + _session([]))
    assert ec.read_cycling(path, current_sign="+ = charging").sizes["row"] == 2
    path.write_text(_session([*rows, "1/3/2019 11:00:00 AM,1,1,x"]) + _session(rows))
    with pytest.raises(BadInput, match="the last row of a session has no time or cycle"):
        ec.read_cycling(path, current_sign="+ = charging")
