"""Cycling files as laboratories have them: currents without a sign, counters, three electrodes, texts of EC-Lab."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import electrochemistry as ec
from electrochemistry.readers.formats.biologic_cycling import cycling_from_biologic
from shortrange.cli import make_app
from shortrange_core import BadInput
from studies.cell_records import CASES

TABLE = {"test_time_second": "t [s]", "voltage_volt": "E [V]", "current_ampere": "I [A]"}
PLUS = "+ = charging"


@pytest.fixture
def field(real_data) -> Path:
    return real_data / "field" / "cycling"


def asked(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(make_app(), [str(argument) for argument in arguments])
    return result.exit_code, result.output


def declared(names: dict[str, str]) -> list[str]:
    return [part for quantity, name in names.items() for part in ("--column", f"{quantity}={name}")]


def written(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


UNSIGNED = ["0,2.0,1,C,0.1", "360,2.1,1,C,0.2", "720,2.1,0,R,0.2", "1080,1.9,1,D,0.1", "1440,1.8,1,D,0.2"]


def test_a_column_of_words_gives_the_current_its_sign(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "t,E,I,State,Q", UNSIGNED)
    cycling = ec.read_cycling(path, columns=TABLE | {"direction": "State"})
    assert cycling.current_ampere.values.tolist() == [1.0, 1.0, 0.0, -1.0, -1.0]
    counted = ec.read_cycling(path, columns=TABLE | {"direction": "State", "step_capacity_ah": "Q [Ah]"})
    assert counted.net_capacity_ah.values.tolist() == pytest.approx([0.1, 0.2, 0.2, 0.1, 0.0])


def test_words_that_nobody_knows_are_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "t,E,I,Mode", [row.replace("C", "up").replace("D", "down") for row in UNSIGNED])
    path.write_text("\n".join(line.rsplit(",", 1)[0] if n else line for n, line in enumerate(path.read_text().split())))
    with pytest.raises(BadInput, match=r"'up' \(2 rows\), 'down' \(2 rows\), whose direction is not known"):
        ec.read_cycling(path, columns=TABLE | {"direction": "Mode"})
    said = ec.read_cycling(path, columns=TABLE | {"direction": "Mode [up=discharge, down=charge]"})
    assert said.current_ampere.values.tolist() == [-1.0, -1.0, 0.0, 1.0, 1.0]
    with pytest.raises(BadInput, match=r"write 'column name \[word=charge, word=discharge\]'"):
        ec.read_cycling(path, columns=TABLE | {"direction": "Mode [up=north]"})
    with pytest.raises(BadInput, match="no column 'State' for direction"):
        ec.read_cycling(path, columns=TABLE | {"direction": "State"})


def test_currents_without_a_sign_are_refused_where_words_tell(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "t,E,I,State,Q", UNSIGNED)
    with pytest.raises(BadInput, match=r"column 'State' calls rows 'C' and 'D'.*give columns=\{'direction': 'State'\}"):
        ec.read_cycling(path, columns=TABLE, current_sign=PLUS)
    one_way = written(tmp_path / "b.csv", "t,E,I,State,Q", UNSIGNED[:3])
    assert ec.read_cycling(one_way, columns=TABLE, current_sign=PLUS).sizes["row"] == 3
    signed = [row.replace(",1,D", ",-1,D") for row in UNSIGNED]
    both = ec.read_cycling(
        written(tmp_path / "c.csv", "t,E,I,State,Q", signed), columns=TABLE, current_sign="- = charging"
    )
    assert both.current_ampere.values.tolist() == [-1.0, -1.0, 0.0, 1.0, 1.0]


def test_counters_of_charge_and_discharge_that_begin_again(tmp_path: Path) -> None:
    rows = ["0,2,1,0,0", "1,2,1,5,0", "2,2,-1,5,3", "3,2,1,2,0", "4,2,-1,2,4"]
    path = written(tmp_path / "a.csv", "t,E,I,Qc,Qd", rows)
    names = TABLE | {"charging_capacity_ah": "Qc [mAh]", "discharging_capacity_ah": "Qd [mAh]"}
    cycling = ec.read_cycling(path, columns=names, current_sign=PLUS)
    assert (cycling.net_capacity_ah.values * 1e3).tolist() == pytest.approx([0, 5, 2, 4, 0])
    bdf = written(
        tmp_path / "b.csv",
        "Test Time / s,Voltage / V,Current / A,Charging Capacity / Ah,Discharging Capacity / Ah",
        rows,
    )
    assert ec.read_cycling(bdf).net_capacity_ah.values.tolist() == pytest.approx([0, 5, 2, 4, 0])
    with pytest.raises(BadInput, match="declare both charging_capacity_ah and discharging_capacity_ah"):
        ec.read_cycling(path, columns=TABLE | {"charging_capacity_ah": "Qc [mAh]"}, current_sign=PLUS)
    with pytest.raises(BadInput, match="declare one counter"):
        ec.read_cycling(path, columns=names | {"net_capacity_ah": "Qc [mAh]"}, current_sign=PLUS)
    with pytest.raises(BadInput, match="'temperature' is not a quantity"):
        ec.read_cycling(path, columns=names | {"temperature": "Qc [C]"}, current_sign=PLUS)


def test_a_counter_of_steps_goes_on_after_a_pause(tmp_path: Path) -> None:
    """A charge that a rest interrupts counts on: 0.3 Ah in all, not 0.2 and 0.3."""
    rows = ["0,2,1,0.0", "1,2,1,0.2", "2,2,0,0.2", "3,2,1,0.3", "4,2,-1,0.35", "5,2,-1,0.5"]
    names = TABLE | {"step_capacity_ah": "Q [Ah]"}
    cycling = ec.read_cycling(written(tmp_path / "a.csv", "t,E,I,Q", rows), columns=names, current_sign=PLUS)
    assert cycling.net_capacity_ah.values.tolist() == pytest.approx([0, 0.2, 0.2, 0.3, -0.05, -0.2])


def test_three_electrodes_are_said_and_chosen() -> None:
    columns = {"time/s": np.arange(3.0), "Ewe/V": np.full(3, 0.1), "Ece/mV": np.full(3, -800.0), "I/mA": np.ones(3)}
    cell = cycling_from_biologic(columns, "a")
    assert cell.voltage_volt.values == pytest.approx(0.9)
    assert "voltage from Ewe/V - Ece/mV (the cell has Ewe, Ece too)" in cell.attrs["history"]
    for name, volts in (("Ewe", 0.1), ("Ece", -0.8), ("Ewe-Ece", 0.9)):
        chosen = cycling_from_biologic(columns, "a", voltage=name)
        assert chosen.voltage_volt.values == pytest.approx(volts)
        told = [note for note in ec.half_cycles(chosen, area=1.0).notes if note.code == "three-electrodes"]
        assert f"the voltage is {name}," in told[0].text
    two = cycling_from_biologic(columns | {"Ece/mV": np.full(3, 0.5)}, "a")
    assert two.voltage_volt.values == pytest.approx(0.1)
    assert "electrodes" not in two.voltage_volt.attrs


def test_a_maccor_table_has_the_half_cycles_that_its_states_say(field) -> None:
    names = {"test_time_second": "TestTime [s]", "voltage_volt": "Volts [V]", "current_ampere": "Amps [A]"}
    common = ["cell", field / "maccor_unsigned.csv", "--mass", "50000mg", "--basis", "electrode"]
    asks = [*common, "--order", "charge-first", *declared(names)]
    code, said = asked(*asks, "--current-sign", PLUS)
    assert code == 2
    assert "give --column direction=State" in said
    code, said = asked(*asks, *declared({"direction": "State", "step_capacity_ah": "Amp-hr [Ah]"}))
    assert code == 0
    cycling = ec.read_cycling(field / "maccor_unsigned.csv", columns=names | {"direction": "State"})
    table = ec.cycles(cycling, mass=50.0, basis="electrode", order="charge-first").table
    assert table.cycle.values.tolist() == [0, 1, 2, 3, 4]
    assert table.discharge_current.values / 1e3 == pytest.approx([0.5, 0.5, 2.5, 5.0, 10.0], rel=0.01)


def test_a_cell_with_three_electrodes_of_the_field(field) -> None:
    pytest.importorskip("galvani")
    cycling = ec.read_cycling(field / "gcpl.issue_226.I.mpr")
    assert float(cycling.voltage_volt[0]) == pytest.approx(0.893, abs=5e-4)
    assert float(cycling.voltage_volt[-1]) == pytest.approx(0.700, abs=5e-4)
    code, said = asked(
        "cell", field / "gcpl.issue_226.I.mpr", "--mass", "1mg", "--basis", "S", "--order", "charge-first"
    )
    assert code == 0
    assert "the voltage is Ewe-Ece, that of the cell" in said
    assert "--voltage" in said


def test_zeros_after_a_pause_are_no_damage(field) -> None:
    pytest.importorskip("galvani")
    binary, text = (ec.read_cycling(field / f"gcpl.issue_149.{kind}") for kind in ("mpr", "mpt"))
    assert binary.sizes["row"] == text.sizes["row"] == 132
    assert binary.voltage_volt.values == pytest.approx(text.voltage_volt.values, abs=1e-6)
    assert ec.read_cycling(field / "mb.issue_223.mpr").sizes["row"] == 108


def test_texts_of_bt_lab_and_texts_without_a_header(field) -> None:
    rest = ec.read_cycling(field / "eclab_text_trailing_tab.txt")
    assert rest.sizes["row"] == 119
    assert float(rest.voltage_volt[0]) == pytest.approx(0.024352197)
    assert not rest.current_ampere.values.any()
    module = ec.read_cycling(field / "BT-Lab.mpt")
    assert float(module.voltage_volt[0]) == pytest.approx(3.5180547)
    assert module.sizes["row"] == 97


def test_a_short_in_noise_and_a_healthy_hold_of_the_field(field) -> None:
    names = {"test_time_second": "t [h]", "voltage_volt": "E [mV]", "current_ampere": "I [mA]"}
    ramp = ec.read_cycling(field / "ccd_short_noise.csv", columns=names, current_sign=PLUS)
    half = ec.half_cycles(ramp, area=1.3273)
    found = ec.critical_current(half, criterion=ec.Criterion("either"), stack_resistance=None)
    assert half.table.sizes["half_cycle"] == 104
    assert found.event == "drop"
    assert (found.lower, found.upper) == pytest.approx((1.45, 1.5), rel=1e-3)
    assert found.baseline_resistance == pytest.approx(233, rel=2e-3)
    names = {"test_time_second": "t [s]", "voltage_volt": "E [V]", "current_ampere": "I [mA]"}
    hold = ec.half_cycles(ec.read_cycling(field / "healthy_hold_b.csv", columns=names, current_sign=PLUS), area=1.0)
    found = ec.critical_current(hold, criterion=ec.Criterion("either"), stack_resistance=None)
    assert not found.events
    assert hold.table.areal_resistance.values == pytest.approx(233, rel=0.01)


SLOW = ("cycling/cheminfo_biologic/jdb11-4.mpr",)  # a test of its own


@pytest.mark.parametrize("case", [case for case in CASES if case.file not in SLOW], ids=lambda case: case.file)
def test_public_records_are_what_their_sources_say(real_data, case) -> None:
    for package in ("galvani", "fastnda", "access_parser", "pyarrow"):
        pytest.importorskip(package)
    found, right = case.judge(real_data / case.file)
    assert right, found
