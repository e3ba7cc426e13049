"""Full cells: one direction only, formation cycles, intervals of energies and rates, mass bases, published cells."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import electrochemistry as ec
from electrochemistry.cells import PUBLISHED
from shortrange.cli import make_app
from shortrange_core import BadInput

PLATEAUS = [(1.9, 0.5), (1.25, 0.5)]
SPECIFIED = ec.Instrument(gain_sd=1e-3, offset_sd=1e-6, voltage_gain_sd=5e-4, voltage_offset_sd=1e-3)


def constant_current():
    """1 mA to and fro, an hour each of four times, with rests: rows every minute, 2 V charging and 1 V discharging."""
    halves = [np.repeat([0.0, direction], [10, 60]) for direction in (1.0, -1.0, 1.0, -1.0)]
    sign = np.concatenate([*halves, np.zeros(10)])
    return ec.cycling_table(60.0 * np.arange(sign.size), 1.5 + 0.5 * sign, 1e-3 * sign)


def codes(found: ec.Cycles) -> set[str]:
    return {note.code for note in found.notes}


def summary(record, **more) -> ec.Cycles:
    return ec.cycles(record, **{"mass": 1e-3, "basis": "S", "order": "charge-first"} | more)


def test_energy_counts_the_edges_that_charge_counts() -> None:
    """60 rows of 1 mA at 60 s are one hour: 1 mAh at 2 V. Without its edges the mean voltage was 59/60 of that."""
    table = summary(constant_current()).table
    assert table.charge_capacity.values == pytest.approx(1000.0)
    assert table.charge_voltage.values == pytest.approx(2.0)
    assert table.charge_energy.values == pytest.approx(2000.0)
    assert table.energy_efficiency.values == pytest.approx(0.5)


@pytest.mark.parametrize("lost", [[9], [10], [9, 10], [69], [70], [69, 70, 71]])
def test_rows_that_are_lost_beside_an_edge_belong_to_it(lost: list[int]) -> None:
    """The current started or ended somewhere between the rows that are left; before, one interval was counted."""
    record = constant_current()
    table = summary(record.isel(row=np.setdiff1d(np.arange(record.sizes["row"]), lost))).table
    miss = abs(float(table.charge_capacity[0]) - 1000.0)
    assert miss <= np.sqrt(3) * float(table.charge_capacity_sd[0]) * (1 + 1e-9), "no wider than the gap"
    assert float(table.charge_capacity_sd[0]) > 1e3 * 60 / np.sqrt(12) / 3600


def test_a_program_that_was_started_again_hides_one_interval_of_current() -> None:
    """Hours without rows before the second charge: rows at a fixed interval start it half an interval late."""
    record = constant_current()
    time = record.test_time_second.values + np.where(np.arange(record.sizes["row"]) >= 150, 7200.0, 0.0)
    table = summary(record.assign(test_time_second=("row", time))).table
    assert table.charge_capacity.values == pytest.approx(1000.0)
    bare = record.isel(row=np.flatnonzero(record.current_ampere.values))  # rests are not written: rows begin steps
    assert summary(bare.assign(test_time_second=("row", time[record.current_ampere.values != 0]))).table.charge_capacity.values == pytest.approx(1000 * 59 / 60)  # noqa: E501  # fmt: skip


def test_intervals_by_hand() -> None:
    """One hour at 1 mA: edges of 60 s, an offset of 1 uA over the hour, gains and the mass as they are stated."""
    table = summary(constant_current(), mass_sd=2e-6, instrument=SPECIFIED).table.isel(cycle=0)
    edge = 1e-3 * 60 / np.sqrt(12) / 3600 * np.sqrt(2)  # Ah, both ends
    charge = np.hypot(np.hypot(edge, 1e-6), 1e-3 * 1e-3)
    assert float(table.charge_capacity_sd) == pytest.approx(1e6 * np.hypot(charge, 2e-3 * 1e-3), rel=0.01)
    energy = np.sqrt((2 * edge) ** 2 + (2 * 1e-6) ** 2 + (2e-3 * np.hypot(1e-3, 5e-4)) ** 2 + (1e-3 * 1e-3) ** 2)
    assert float(table.charge_energy_sd) == pytest.approx(1e6 * np.hypot(energy, 2e-3 * 2e-3), rel=0.01)
    assert float(table.charge_voltage_sd) == pytest.approx(np.hypot(5e-4 * 2, 1e-3), rel=0.01)
    # start and end of neighbours on one grid go together, so that they add: (e + s)^2 + e^2 + s^2, and twice the offset
    one = edge / np.sqrt(2) / 1e-3
    assert float(table.coulombic_efficiency_sd) == pytest.approx(np.hypot(np.sqrt(6) * one, 2e-3), rel=0.01)
    lever = 1e-3 * (1 / 1.0 - 1 / 2.0)
    expected = 0.5 * np.sqrt(6 * one**2 + 4e-6 + lever**2)
    assert float(table.energy_efficiency_sd) == pytest.approx(expected, rel=0.01)


def test_a_slope_is_no_noise() -> None:
    record = constant_current()
    sloped = record.assign(voltage_volt=record.voltage_volt + 1e-4 * record.test_time_second / 60)
    assert summary(sloped).table.charge_energy_sd.values == pytest.approx(
        summary(record).table.charge_energy_sd, rel=0.02
    )


@pytest.mark.parametrize(("sign", "name", "other"), [(-1.0, "discharge", "charge"), (1.0, "charge", "discharge")])
@pytest.mark.parametrize("order", ["charge-first", "discharge-first"])
def test_a_record_of_one_direction_has_its_capacity_whatever_the_order(sign, name, other, order) -> None:
    time = 60.0 * np.arange(31)
    found = summary(ec.cycling_table(time, np.linspace(2, 1.7, 31), np.full(31, sign * 1e-3)), order=order)
    assert found.table.cycle.values.tolist() == [1]
    assert float(found.table[f"{name}_capacity"][0]) == pytest.approx(500.0)
    assert np.isnan(found.table[f"{other}_capacity"][0])
    assert np.isnan(found.table.coulombic_efficiency[0])
    assert codes(found) == {"one-direction", "efficiency-statistical-only"}
    if sign < 0:
        assert float(ec.rate_capability(found).discharge_capacity[0]) == pytest.approx(500.0)
    with pytest.raises(BadInput, match="has an efficiency; there is no mean"):
        ec.mean_efficiency(found)


def test_formation_cycles_count_in_no_mean_and_no_rate() -> None:
    record = ec.simulate_full_cell(
        [2.0, 1.0, 1.0, 1.0], charge_capacities=[1.0, 1.0, 1.0, 1.0], current=0.1, order="discharge-first",
        plateaus=PLATEAUS,
    )  # fmt: skip
    asked = {"mass": 1e-3, "basis": "S", "order": "discharge-first"}
    every, formed = ec.cycles(record, **asked), ec.cycles(record, **asked, formation=(1,))
    assert ec.mean_efficiency(every).value.values[0] == pytest.approx(0.875)
    assert ec.mean_efficiency(formed).value.values[0] == pytest.approx(1.0)
    assert formed.table.formation.values.tolist() == [1, 0, 0, 0]
    assert int(ec.rate_capability(formed)["count"][0]) == 3
    assert ec.plot_rate(formed).lines[0].get_xdata().tolist() == [2, 3, 4]
    with pytest.raises(BadInput, match="formation= 9: no such cycle; there are 1 to 4"):
        ec.cycles(record, **asked, formation=(2, 9))


def test_rates_have_intervals_and_current_densities() -> None:
    found = summary(constant_current(), instrument=SPECIFIED)
    rate = ec.rate_capability(found, area=2.0, area_sd=0.02)
    assert float(rate.current_density[0]) == pytest.approx(0.5)
    assert float(rate.current_density_sd[0]) == pytest.approx(0.5 * np.sqrt(1e-6 + 1e-6 + 1e-4), rel=0.01)
    assert float(rate.areal_capacity[0]) == pytest.approx(0.5)
    assert float(rate.discharge_capacity_sd[0]) == pytest.approx(float(found.table.discharge_capacity_sd[0]))
    with pytest.raises(BadInput, match=r"area = 2.0 cm2 with sd -1 cm2"):
        ec.rate_capability(found, area=2.0, area_sd=-1)
    assert "mA cm" in ec.plot_rate(found, area=2.0).get_title()


def test_five_bases_of_the_published_cell_with_their_errors() -> None:
    """1280 mAh/g at 1.42 V: 1818, 866, 364, 298 and 2.1 Wh/kg; a mass that is 1 % off moves them by 1 % or less."""
    record = ec.simulate_full_cell(
        [1280 * 2e-4], charge_capacities=[1280 * 2e-4], current=0.1, order="discharge-first", plateaus=[(1.42, 1.0)],
    )  # fmt: skip
    found = ec.cycles(record, mass=2e-4, mass_sd=2e-6, basis="S", order="discharge-first")
    bases = ec.mass_bases(found, cycle=1, active_fraction=0.2, metal="Na", separator_mass=0.175)
    energies = bases.where(quantity="specific_energy")
    assert [round(value, 1) for value in energies.value.values[-1:]] == [2.1]
    assert energies.value.values[:4].round().tolist() == [1818, 866, 364, 298]
    assert energies.facets["basis"] == (
        "S", "S + consumed Na", "composite", "composite + consumed Na", "composite + consumed Na + separator",
    )  # fmt: skip
    relative = energies.sd.values / energies.value.values
    consumed = 1.098
    expected = [0.01, 0.01 / (1 + consumed), 0.01, 0.05 / (5 + consumed)]  # Q fixed: only masses that scale with m move
    assert relative[:4] == pytest.approx(expected, rel=0.01)
    assert relative[4] < 2e-4
    assert len(ec.plot_specific_energies(bases).patches) == 5
    with pytest.raises(BadInput, match="reference= 7: that cycle has no discharge; there are 1"):
        ec.mass_bases(found, cycle=7, active_fraction=0.2, metal="Na")
    with pytest.raises(BadInput, match=r"active_fraction = 2\.0; give a fraction"):
        ec.mass_bases(found, cycle=1, active_fraction=2, metal="Na")


def test_published_cells_stand_beside_own_ones_with_their_source(tmp_path: Path) -> None:
    found = summary(constant_current())
    table = ec.comparison({"mine": found}, cycle=1, area=2.0, temperature=333.15)
    assert table.source.values.tolist() == ["this work", *[cell.source for cell in PUBLISHED]]
    assert table.discharge_capacity.values.tolist() == pytest.approx([1000, 1280, 1116, 908, 574])
    assert all(cell.source.startswith("10.") for cell in PUBLISHED)
    path = tmp_path / "more.csv"
    names = "name,active,source,temperature,current_density,discharge_capacity,discharge_voltage"
    path.write_text(f"{names}\nother,S,10.1/a,298.15,0.1,900,\n")
    (more,) = ec.read_published(path)
    assert np.isnan(more.discharge_voltage)
    assert ec.comparison({"a": found}, cycle=1, area=2.0, temperature=300, published=(more,)).sizes["cell"] == 2
    path.write_text(f"{names}\nother,S,,298.15,0.1,900,\n")
    with pytest.raises(BadInput, match=r"more.csv, line 2: .*every number needs its source"):
        ec.read_published(path)
    path.write_text("name,active\nother,S\n")
    with pytest.raises(BadInput, match="missing columns source, temperature"):
        ec.read_published(path)
    with pytest.raises(BadInput, match="no published cell has the active material 'Se'; there are S"):
        ec.comparison({"a": summary(constant_current(), basis="Se")}, cycle=1, area=2.0, temperature=300)
    with pytest.raises(BadInput, match="0 cells with the bases none"):
        ec.comparison({}, cycle=1, area=2.0, temperature=300)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    record = ec.simulate_full_cell(
        [2.0, 1.0, 1.0, 0.5, 0.5], charge_capacities=[1.0, 1.0, 1.0, 0.5, 0.5], current=0.1, order="discharge-first",
        plateaus=PLATEAUS,
    )  # fmt: skip
    path = tmp_path / "cell.csv"
    frame = record.to_dataframe()[["test_time_second", "voltage_volt", "current_ampere"]]
    frame.to_csv(path, index=False)
    return path


def run(file: Path, *more: str) -> tuple[int, str]:
    asked = ["cell", str(file), "--mass", "1mg", "--basis", "S", "--order", "discharge-first", *more]
    result = CliRunner().invoke(make_app(), asked)
    return result.exit_code, result.output


def test_the_command_says_intervals_formation_bases_and_published_cells(file: Path, tmp_path: Path) -> None:
    code, said = run(
        file, "--formation", "1", "--area", "1.3", "--mass-sd", "0.01mg", "--active-fraction", "0.2", "--metal", "Na",
        "--separator-mass", "175mg", "--compare", "--temperature", "333.15", "--figures", str(tmp_path),
        "--tables", str(tmp_path),
    )  # fmt: skip
    assert code == 0
    for text in (
        "1 formation",
        "statistical only",
        "1000(10)",
        "mean without formation cycles: CE 100",
        "cycle 2 by mass",
        "composite + consumed Na + separator",
        "10.21203/rs.3.rs-934971/v1",
        "--gain-sd, --offset-sd",
    ):
        assert text in said, text
    made = {path.name for path in tmp_path.iterdir()}
    assert {"cycles.csv", "rate.csv", "comparison.csv", "comparison.png", "by_mass.png"} <= made
    nothing = ("--offset-sd", "0", "--voltage-gain-sd", "0", "--voltage-offset-sd", "0")
    code, said = run(file, "--gain-sd", "1e-3", *nothing)
    assert "from the specification and statistics" in said
    assert "1000.0(10)" in said


def test_the_command_answers_in_json(file: Path) -> None:
    asked = ["cell", str(file), "--mass", "1mg", "--basis", "S", "--order", "discharge-first", "--json"]
    result = CliRunner().invoke(make_app(), [*asked, "--active-fraction", "0.2", "--metal", "Na"])
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert answer["cycles"]["formation"] == [0] * 5
    assert len(answer["by_mass"]["entries"]) == 8
    assert answer["comparison"] is None


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["--formation", "one"], "--formation 'one': write cycles as 1-2 or 1,2,5"),
        (["--formation", "7"], "--formation 7: no such cycle"),
        (["--offset-sd", "-1"], "--offset-sd -1.0 is not a standard deviation"),
        (["--active-fraction", "0.2"], "give both --active-fraction and --metal"),
        (["--compare"], "a comparison needs --area"),
        (["--mass-sd", "-1mg"], "an sd of 0 or more"),
    ],
)
def test_the_command_names_what_is_wrong(file: Path, more: list[str], text: str) -> None:
    code, said = run(file, *more)
    assert code == 2
    assert text in said


def test_the_command_reads_a_discharge_alone(real_data: Path) -> None:
    path = real_data / "field/cycling/discharge_only.csv"
    columns = ["test_time_second=t [s]", "voltage_volt=E [V]", "current_ampere=I [mA]"]
    asked = ["cell", str(path), "--mass", "1mg", "--basis", "S", "--order", "charge-first"]
    asked += ["--current-sign", "+ = charging"] + [part for item in columns for part in ("--column", item)]
    result = CliRunner().invoke(make_app(), asked)
    assert result.exit_code == 0
    assert "the record only discharges" in result.output
    assert "500" in result.output.splitlines()[3]
