"""Cycling tables that say by their titles what they hold: one cell, written as the programs of five makers write it."""

import numpy as np
import pytest

import electrochemistry as ec
from electrochemistry.readers.formats import cycling_titles
from shortrange_core import BadInput
from shortrange_core.readings import reading_of

STEP = 60.0
CURRENT = np.repeat([0.0, 0.5e-3, 0.0, -0.5e-3], 30)
SECONDS = STEP * np.arange(CURRENT.size)
VOLTAGE = 2.0 + np.cumsum(CURRENT) * 20
CHARGED = np.cumsum(np.maximum(CURRENT, 0)) * STEP / 3600
DISCHARGED = np.cumsum(np.maximum(-CURRENT, 0)) * STEP / 3600
WORDS = {0.0: "R", 1.0: "C", -1.0: "D"}
STEPS = {0.0: "Rest", 1.0: "CC Chg", -1.0: "CC DChg"}


charged, discharged = CHARGED.tolist(), DISCHARGED.tolist()


def clock(seconds, *, days=True):
    day, rest = divmod(int(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    return f"{f'  {day}d ' if days else ''}{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"


def maccor():
    head = "Today's Date:\t14 December 2020\nProcedure:\tglass.000\tDescription:\n"
    head += "Rec#\tCyc#\tStep\tTestTime\tAmp-hr\tAmps\tVolts\tState\tDPt Time\tAux #1\t Units\tAux #2\t Units\n"
    rows = [
        f"{k}\t0\t1\t{clock(t)}\t0.0\t{abs(i)!r}\t{v!r}\t{WORDS[np.sign(i)]}\t12/11/2020 12:22:12\t25.1\t C\t25.2\t C"
        for k, (t, i, v) in enumerate(table())
    ]
    return head + "\n".join(rows) + "\n"


def maccor_minutes():
    head = "Name:\tglass\n\nRec\tCycle C\tStep\tTestTime\tCurrent [A]\tVoltage [V]\tMd\tDPT Time\n"
    rows = [
        f"{k}\t1\t1\t{t / 60!r}\t{abs(i)!r}\t{v!r}\t{WORDS[np.sign(i)]}\t5/11/2021 {3 + k // 60}:{k % 60:02d}:24 PM"
        for k, (t, i, v) in enumerate(table())
    ]
    return head + "\n".join(rows) + "\n"


def neware():
    head = (
        "DataPoint,Cycle Index,Step Type,Time,Cumulative Time,Current(A),Voltage(V),Chg. Cap.(Ah),DChg. Cap.(Ah),Date\n"
    )
    rows = [
        f"{k},1,{STEPS[np.sign(i)]},00:00:00,{clock(t, days=False)},{i!r},{v!r},{charged[k]!r},{discharged[k]!r},x"
        for k, (t, i, v) in enumerate(table())
    ]
    return head + "\n".join(rows) + "\n"


def pec(scale=1.0):
    head = "Test:,187\n#RESULTS CHECK\nReqYear,Test\n2019,187\n#END RESULTS CHECK\n"
    head += "Test,Cycle,Total Time (Seconds),Step Time (Seconds),Voltage (mV),Current (mA),Charge Capacity (mAh),"
    head += "Discharge Capacity (mAh),Charge Capacity (mWh)\n"
    rows = [
        f"187,1,{t!r},0,{1e3 * v!r},{1e3 * scale * i!r},{1e3 * charged[k]!r},{1e3 * discharged[k]!r},0"
        for k, (t, i, v) in enumerate(table())
    ]
    return head + "\n".join(rows) + "\n"


def basytec():
    head = "~Resultfile from Basytec Battery Test System\n~\n~Time[h]\tDataSet\tCommand\tU[V]\tI[A]\tState\n"
    words = {0.0: "Pause", 1.0: "Charge", -1.0: "Discharge"}
    rows = [f"{t / 3600!r}\t{k}\t{words[np.sign(i)]}\t{v!r}\t{i!r}\t1" for k, (t, i, v) in enumerate(table())]
    return head + "\n".join(rows) + "\n"


def table():
    return zip(SECONDS.tolist(), CURRENT.tolist(), VOLTAGE.tolist(), strict=True)


MAKERS = [maccor, maccor_minutes, neware, pec, basytec]


@pytest.mark.parametrize("make", MAKERS)
def test_a_table_of_a_maker_is_read_by_its_titles(tmp_path, make):
    path = tmp_path / "cell.txt"
    path.write_text(make(), encoding="utf-8")
    found = ec.read_cycling(path)
    np.testing.assert_allclose(found.test_time_second, SECONDS, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(found.voltage_volt, VOLTAGE, rtol=1e-12)
    np.testing.assert_allclose(found.current_ampere, CURRENT, rtol=1e-12)


@pytest.mark.parametrize("make", [neware, pec])
def test_counters_of_both_directions_become_the_net_charge(tmp_path, make):
    path = tmp_path / "cell.csv"
    path.write_text(make(), encoding="utf-8")
    np.testing.assert_allclose(ec.read_cycling(path).net_capacity_ah, CHARGED - DISCHARGED, atol=1e-12)


def test_the_counters_say_what_a_positive_current_does(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text(pec(scale=-1.0), encoding="utf-8")  # a maker that counts the discharge as positive
    found = ec.read_cycling(path)
    np.testing.assert_allclose(found.current_ampere, CURRENT, rtol=1e-12)
    assert "- = charging" in found.attrs["history"]


BARE = "Test Time (s),Voltage (V),Current (A)\n0,2.0,0.001\n10,2.1,0.001\n20,2.2,-0.001\n"


def test_a_sign_that_nothing_says_is_asked_for_and_taken(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text(BARE)
    with pytest.raises(
        BadInput, match="does not state whether a positive current charges the cell; give current_sign="
    ):
        ec.read_cycling(path)
    assert ec.read_cycling(path, current_sign="- = charging").current_ampere.values.tolist() == [-0.001, -0.001, 0.001]


def test_a_unit_that_nothing_says_is_asked_for(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text(BARE.replace("Voltage (V)", "Voltage"))
    with pytest.raises(BadInput, match="column 'Voltage' has no unit; declare columns="):
        ec.read_cycling(path)


def nested(*, total=True, inline=True):
    """A report of Neware: a cycle, its steps and their records, each in lines of their own."""
    clocks = "Time,Total Time" if total else "Time(h:min:s.ms)"
    head = "Cycle Index,Chg. Cap.(Ah)\n,Step Index,Step Number,Step Type\n,,DataPoint," + clocks
    lines = [head + ",Current(A),Voltage(V),Capacity(Ah)"]
    for number in range(4):
        part = slice(30 * number, 30 * number + 30)
        step = f"{number + 1},{number + 1},{STEPS[np.sign(CURRENT[part][0])]}"
        first = [f"1,0.00025,{step}"] if inline else ["1,0.00025", f",{step}"]
        lines += first if number == 0 else [f",{step}"]
        for k, (t, i, v) in list(enumerate(table()))[part]:
            own = clock(t - SECONDS[part][0] + (STEP if number else 0), days=False)
            times = f"{own},{clock(t, days=False)}" if total else f"{own}.000"
            lines.append(f",,{k + 1},{times},{i!r},{v!r},0.0")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("inline", [True, False])
def test_the_records_of_a_nested_report_are_one_table(tmp_path, total, inline):
    path = tmp_path / "report.csv"
    path.write_text(nested(total=total, inline=inline))
    found = ec.read_cycling(path)
    assert np.array_equal(found.test_time_second.values, SECONDS)
    assert np.array_equal(found.current_ampere.values, CURRENT)
    assert np.array_equal(found.voltage_volt.values, VOLTAGE)
    assert found.step_count.values.tolist() == np.repeat([1, 2, 3, 4], 30).tolist()


def test_a_nested_report_whose_current_has_no_direction_is_asked_for(tmp_path):
    path = tmp_path / "report.csv"
    path.write_text(nested().replace("CC Chg", "Sim").replace("CC DChg", "Sim"))
    with pytest.raises(BadInput, match="does not state whether a positive current charges the cell"):
        ec.read_cycling(path)


def test_a_nested_report_without_currents_is_not_recognised(tmp_path):
    path = tmp_path / "report.csv"
    path.write_text(nested().replace("Current(A)", "Power(W)"))
    with pytest.raises(BadInput, match="no cycling reader recognises it"):
        ec.read_cycling(path)


def test_decimal_commas_of_a_table_by_titles_are_seen_in_every_column(tmp_path):
    path = tmp_path / "cell.txt"
    lines = maccor_minutes().split("\n")
    path.write_text("\n".join([*lines[:3], *(line.replace(".", ",") for line in lines[3:])]))
    found = ec.read_cycling(path)
    assert np.allclose(found.test_time_second.values, SECONDS, rtol=1e-12)
    assert np.array_equal(found.current_ampere.values, CURRENT)


def test_units_that_are_the_title_may_have_a_prefix(tmp_path):
    path = tmp_path / "cell.txt"
    milli = maccor().replace("\tAmps\tVolts\t", "\tmAmps\tmVolts\t")
    path.write_text(milli)
    found = ec.read_cycling(path)
    assert np.allclose(found.current_ampere.values, 1e-3 * CURRENT, rtol=1e-14)
    assert np.allclose(found.voltage_volt.values, 1e-3 * VOLTAGE, rtol=1e-14)


def test_a_table_of_arbin_without_units_has_those_of_its_workbooks(tmp_path):
    head = "Data_Point,Test_Time,DateTime,Step_Time,Step_Index,Cycle_Index,Current,Voltage,Charge_Capacity,"
    rows = [
        f"{k},{t!r},1499006353,{t!r},1,1,{i!r},{v!r},{charged[k]!r},{discharged[k]!r}"
        for k, (t, i, v) in enumerate(table())
    ]
    path = tmp_path / "cell.csv"
    path.write_text("\n".join([head + "Discharge_Capacity", *rows]))
    found = ec.read_cycling(path)
    assert np.array_equal(found.current_ampere.values, CURRENT)
    assert np.allclose(found.net_capacity_ah.values, CHARGED - DISCHARGED, atol=1e-15)


def test_a_cell_that_was_edited_by_hand_is_read_and_said(tmp_path):
    rows = [f"{t:.3f},{v:.5f},{i:.6f}" for t, i, v in table()]
    rows[40] = rows[40].rpartition(",")[0] + ",0.0005"
    path = tmp_path / "cell.csv"
    path.write_text("\n".join(["Test Time (s),Voltage (V),Current (A)", *rows]))
    found = ec.read_cycling(path, current_sign="+ = charging")
    assert found.current_ampere.values[40] == 0.0005
    (note,) = reading_of(found).notes
    text = "cell.csv: 1 cell with other decimals than their column ('0.0005' of Current (A) in line 42)"
    assert (note.code, note.text) == ("cells-odd", text)


def test_a_row_that_is_cut_before_its_word_of_direction_counts_in_no_column(tmp_path):
    path = tmp_path / "cell.csv"
    lines = basytec().rstrip("\n").split("\n")
    path.write_text("\n".join([*lines[:-1], lines[-1].rpartition("\t")[0]]), encoding="utf-8")
    found = ec.read_cycling(path)
    assert found.sizes["row"] >= CURRENT.size - 1
    np.testing.assert_allclose(found.current_ampere, CURRENT[: found.sizes["row"]], rtol=1e-12)


def test_a_counter_that_jumps_where_no_other_row_moves_is_refused(tmp_path):
    path = tmp_path / "cell.csv"
    lines = pec().rstrip("\n").split("\n")
    cells = lines[-20].split(",")
    cells[-2] = "999999999999"
    path.write_text("\n".join([*lines[:-20], ",".join(cells), *lines[-19:]]) + "\n", encoding="utf-8")
    with pytest.raises(
        BadInput, match=r"cell\.csv: row 101: discharging_capacity_ah rises by 1e\+09 Ah, which no other"
    ):
        ec.read_cycling(path)


def test_a_voltage_that_no_battery_has_is_said(tmp_path):
    """A Maccor text with millivolts below a title of Volts was read as 3.8 kV in silence."""
    path = tmp_path / "cell.txt"
    path.write_text("TestTime (s)\tmAmps\tVolts\n" + "".join(f"{60 * k}\t0.5\t{1853.8 + k}\n" for k in range(40)))
    record = ec.read_cycling(path, columns=MILLIVOLTS | {"voltage_volt": "Volts [V]"}, current_sign="+ = charging")
    (note,) = reading_of(record).notes
    assert note.code == "cells-odd"
    assert "reaches 1892.8 V, more than any battery; declare its column in mV" in note.text
    record = ec.read_cycling(path, columns=MILLIVOLTS | {"voltage_volt": "Volts [mV]"}, current_sign="+ = charging")
    assert reading_of(record).notes == ()
    assert float(record.voltage_volt[0]) == pytest.approx(1.8538)


MILLIVOLTS = {"test_time_second": "TestTime (s) [s]", "current_ampere": "mAmps [mA]"}


def test_a_record_of_eb_tester(tmp_path):
    """Cur(A) and Vol(V) of ZKE's battery testers were spectra over a time."""
    path = tmp_path / "cell.csv"
    head = "-----------EB Tester Software-----------\nDevice:EBC-A20\nMode:C-CV  2.00A  4.25V\nTitle:glass\n"
    path.write_text(
        f"{head}Time(S),Cur(A),Vol(V)\n" + "".join(f"{2 * k},2.00,{3.7 + 0.01 * k:.3f}\n" for k in range(30))
    )
    record = ec.read_cycling(path, current_sign="+ = charging")
    assert record.test_time_second.values[[1, -1]].tolist() == [2.0, 58.0]
    assert record.current_ampere.values[0] == 2.0
    assert record.voltage_volt.values[-1] == pytest.approx(3.99)


def chinese():
    head = "记录序号,循环号,状态,测试时间,电压/V,电流/mA\n"
    words = {1.0: "恒流充电", 0.0: "静置", -1.0: "恒流放电"}
    return head + "".join(
        f"{k + 1},1,{words[float(np.sign(i))]},{clock(t, days=False)},{v!r},{abs(i) * 1e3!r}\n"
        for k, (t, i, v) in enumerate(table())
    )


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_titles_and_states_in_chinese(tmp_path, encoding):
    """What Neware and LAND write where Windows speaks Chinese was no cycling, and in GBK no table at all."""
    path = tmp_path / "cell.csv"
    path.write_bytes(chinese().encode(encoding))
    record = ec.read_cycling(path)
    np.testing.assert_allclose(record.current_ampere.values, CURRENT, atol=1e-12)
    np.testing.assert_allclose(record.test_time_second.values, SECONDS)
    assert record.cycle_count.values.tolist() == [1] * CURRENT.size


def test_a_nested_report_in_chinese(tmp_path):
    path = tmp_path / "cell.txt"
    head = "循环序号\t充电容量\uff08mAh\uff09\n\t工步序号\t工步类型\t工步时间(H:M:S:ms)\n"
    head += "\t\t记录序号\t时间(H:M:S:ms)\t电压(mV)\t电流(mA)\n"
    rows = ["1\t0.5\n"]
    for step, (kind, current) in enumerate((("恒流充电", 0.5), ("搁置", 0.0), ("恒流放电", -0.5)), start=1):
        rows.append(f"\t{step}\t{kind}\t0:10:00:000\n")
        rows += [f"\t\t{k}\t0:{k:02d}:00:000\t{3000 + k}\t{current}\n" for k in range(10)]
    path.write_text(head + "".join(rows), encoding="utf-8")
    record = ec.read_cycling(path)
    assert record.current_ampere.values[[0, 10, 20]].tolist() == [0.0005, 0.0, -0.0005]
    assert record.voltage_volt.values[9] == pytest.approx(3.009)
    assert record.test_time_second.values[[0, 9, 10, 29]].tolist() == [0.0, 540.0, 540.0, 1620.0]
    assert record.step_count.values[[0, 10, 20]].tolist() == [1, 2, 3]


def test_numbers_are_not_asked_what_they_name(monkeypatch):
    """Lines of hundreds of numbers stand above no record; every one of them cost a look at each title."""
    asked: list[str] = []
    own = cycling_titles.named_quantity

    def counting(title):
        asked.append(title)
        return own(title)

    monkeypatch.setattr(cycling_titles, "named_quantity", counting)
    rows = ["\t".join(str(float(n)) for n in range(700)), "\t".join(str(-n) for n in range(700))]
    assert cycling_titles.header_of("\n".join(rows)) is None
    assert not asked
    assert set(cycling_titles.header_of("Time(s)\tVoltage(V)\tCurrent(A)\t5\n0\t1\t2\t3").columns.values()) == {
        *(("Time(s)", "s"), ("Voltage(V)", "V"), ("Current(A)", "A")),
    }
