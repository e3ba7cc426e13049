"""Cells on noisy instruments: what noise, offsets, bits and rests must not turn into events, levels or charge."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import electrochemistry as ec
from electrochemistry.cells._currents import flow, level_steps, rest_noise, sign_runs
from shortrange.cli import make_app
from shortrange_core import BadInput
from studies.symmetric_cells import full_cell, judge, judge_full, symmetric_cell

EITHER = ec.Criterion("either")


def hold(rng, *, relative=1e-4, drift=0.0, halves=40, rest=0, offset=0.0):
    """Time, voltage, current of a held 0.2 mA through 233 ohm."""
    rows = 31 + rest
    sign = np.where(np.arange(halves) % 2 == 0, 1.0, -1.0)
    on = (np.arange(rows) < 31).astype(float)
    current = (2e-4 * sign[:, None] * on).ravel()
    time = 60.0 * np.arange(current.size)
    voltage = current * 233.0 * (1 + drift * time / time[-1])
    noisy = current * (1 + relative * rng.standard_normal(time.size)) + offset + 1e-8 * rng.standard_normal(time.size)
    return ec.cycling_table(time, voltage + 5e-5 * rng.standard_normal(time.size), noisy)


def judged(cycling, area=1.0, criterion=EITHER):
    half = ec.half_cycles(cycling, area=area)
    return half, ec.critical_current(half, criterion=criterion, stack_resistance=None)


def codes(found):
    return {note.code for note in found.notes}


@pytest.mark.parametrize("relative", [1e-6, 1e-5, 1e-4, 1e-3])
@pytest.mark.parametrize("rest", [0, 15])
def test_a_healthy_hold_has_one_resistance_and_a_drift_with_its_interval(relative, rest) -> None:
    half, found = judged(hold(np.random.default_rng(1), relative=relative, rest=rest, offset=2e-7 if rest else 0.0))
    assert half.table.sizes["half_cycle"] == 40
    assert not found.events
    assert found.baseline_resistance == pytest.approx(233.0, rel=2e-3)
    assert "resistance-drift" in codes(found)
    drift = ec.resistance_drift(half)
    assert drift.value.values[0] == pytest.approx(233.0, rel=1e-3)
    assert abs(drift.value.values[1]) < 4 * drift.sd.values[1]


def test_a_drift_is_measured_and_is_no_event() -> None:
    """A resistance that grows by 60 % in 40 half cycles jumps nowhere."""
    half, found = judged(hold(np.random.default_rng(2), drift=0.6))
    hours = 31 * 40 / 60
    assert not found.events
    drift = ec.resistance_drift(half)
    assert drift.value.values[1] == pytest.approx(0.6 * 233 / hours, abs=4 * drift.sd.values[1] + 0.05)
    assert drift.sd.values[1] > 0


def test_the_interval_of_a_drift_holds_its_truth() -> None:
    pulls = []
    for seed in range(40):
        drift = ec.resistance_drift(judged(hold(np.random.default_rng(seed), halves=20))[0])
        pulls.append(drift.value.values[1] / drift.sd.values[1])
    assert 0.8 <= np.mean(np.abs(pulls) < 2) <= 1
    assert 0.6 < np.std(pulls) < 1.4


def test_a_ramp_has_no_drift_of_its_own() -> None:
    half = ec.half_cycles(ec.simulate_symmetric_cell([0.1, 0.2, 0.3], area=1.0, resistance=100.0), area=1.0)
    with pytest.raises(BadInput, match=r"from 0.1 to 0.3 mA/cm2: a drift needs 6 at one current"):
        ec.resistance_drift(half)


def test_a_rise_before_any_baseline_leaves_the_number_open() -> None:
    """The resistance triples in the third step: the later baseline is that of the failed cell, and is no bound."""
    cell = ec.simulate_symmetric_cell(
        np.arange(1, 21) * 0.1, area=1.0, resistance=100.0, noise_volt=1e-5, event=ec.CellEvent(3, 3.0),
        rng=np.random.default_rng(0),
    )  # fmt: skip
    found = judged(cell)[1]
    assert "rise-before-baseline" in codes(found)
    assert np.isnan(found.lower)
    assert found.text.startswith("CCD not determined")


def test_a_rise_among_voltages_of_a_few_bits_leaves_the_number_open() -> None:
    """Bits of 30 mV: steps of 15 to 120 mV show too little for a baseline, the resistance doubles, later ones agree."""
    cell = ec.simulate_symmetric_cell(
        np.arange(1, 31) * 0.05, area=1.0, resistance=300.0, event=ec.CellEvent(9, 2.0), rng=np.random.default_rng(0)
    )
    bits = cell.assign(voltage_volt=np.rint(cell.voltage_volt / 0.03) * 0.03 + 0.0)
    found = judged(bits)[1]
    assert "rise-before-baseline" in codes(found)
    assert np.isnan(found.lower)
    healthy = ec.simulate_symmetric_cell(np.arange(1, 31) * 0.05, area=1.0, resistance=300.0)
    bits = healthy.assign(voltage_volt=np.rint(healthy.voltage_volt / 0.03) * 0.03 + 0.0)
    assert "rise-before-baseline" not in codes(judged(bits)[1])
    assert judged(bits)[1].lower == pytest.approx(1.5)


def test_a_bit_step_above_a_fifth_of_the_overpotential_is_not_judged() -> None:
    """10 mV a bit: a ramp of 5 to 25 mV is all coarse, one of 60 mV to 1.2 V is judged."""
    fine = ec.simulate_symmetric_cell(np.arange(1, 21) * 0.06, area=1.0, resistance=1000.0)
    faint = ec.simulate_symmetric_cell(np.arange(1, 21) * 0.05, area=1.0, resistance=25.0)
    for cell, open_ in ((fine, False), (faint, True)):
        bits = cell.assign(voltage_volt=np.rint(cell.voltage_volt / 0.01) * 0.01 + 0.0)
        shifted = bits.assign(voltage_volt=bits.voltage_volt + np.where(np.arange(bits.sizes["row"]) % 7 == 0, 0.01, 0))
        half, found = judged(shifted)
        assert half.table.voltage_step.values == pytest.approx(0.01)
        assert ("voltage-step-coarse" in codes(found)) is open_
        assert bool(np.isnan(found.lower)) is open_
        assert not found.events


def test_a_drop_among_voltages_of_a_few_bits_leaves_the_number_open() -> None:
    """Bits of 30 mV: the resistance falls to a half at 4 bits, and the later baseline is that of the shorted cell."""
    cell = ec.simulate_symmetric_cell(
        np.arange(1, 41) * 0.05, area=1.0, resistance=300.0, event=ec.CellEvent(9, 0.5), rng=np.random.default_rng(0)
    )
    bits = cell.assign(voltage_volt=np.rint(cell.voltage_volt / 0.03) * 0.03 + 0.0)
    half, found = judged(bits)
    assert "drop-before-baseline" in codes(found)
    assert np.isnan(found.lower)
    rises = ec.critical_current(half, criterion=ec.Criterion("rise"), stack_resistance=None)
    assert "drop-before-baseline" not in codes(rises)
    conditioned = ec.simulate_symmetric_cell(
        np.arange(1, 21) * 0.05, area=1.0, resistance=300.0, conditioning=[2.0, 1.6], noise_volt=1e-6,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert "drop-before-baseline" not in codes(judged(conditioned)[1]), "seen, it is conditioning"


@pytest.mark.parametrize(("bits", "open_"), [(4.6, True), (5.2, True), (5.6, False)])
def test_a_hold_that_is_recorded_as_five_bits_may_have_fewer(bits: float, open_: bool) -> None:
    """4.6 and 5.2 bits are both recorded as 5, and only one of them is more than five: neither is judged."""
    cell, step = hold(np.random.default_rng(3)), 233.0 * 2e-4 / bits
    volts = cell.voltage_volt.values + 0.3 * step * np.random.default_rng(4).standard_normal(cell.sizes["row"])
    half, found = judged(cell.assign(voltage_volt=("row", np.rint(volts / step) * step)))
    assert half.table.voltage_step.values == pytest.approx(step)
    assert bool(np.isnan(found.lower)) is open_
    assert "voltage-step-coarse" in codes(found)


def test_the_bit_step_of_a_hold_that_rises_is_found_where_no_two_values_are_one_bit_apart() -> None:
    """4 bits, then 7: the values 0, 4 and 7 are multiples of one bit, though 3 bits apart."""
    cell = ec.simulate_symmetric_cell([0.5] * 20, area=1.0, resistance=100.0, event=ec.CellEvent(12, 1.75))
    half, found = judged(cell)
    assert half.table.voltage_step.values == pytest.approx(0.05 / 4)
    assert "voltage-step-coarse" in codes(found)
    assert np.isnan(found.lower)


def test_levels_are_steps_and_tails_are_none() -> None:
    rng = np.random.default_rng(0)
    stairs = np.repeat(np.arange(1, 53) * 0.05, 30) * (1 + 1e-3 * rng.standard_normal(52 * 30))
    assert level_steps(stairs).tolist() == list(range(30, 52 * 30, 30))
    tail = np.concatenate([np.ones(50), np.exp(-np.arange(200) / 40)]) * (1 + 1e-4 * rng.standard_normal(250))
    assert level_steps(tail).size == 0
    bits = np.where(rng.random(3000) < 0.2, 1.03, 1.0)
    assert level_steps(bits).size == 0


@pytest.mark.parametrize("every", [10.0, 30.0, 60.0])
@pytest.mark.parametrize("lost", [0.0, 0.05])
def test_tails_at_held_voltage_belong_to_their_half_cycle_and_leave_small_steps_alone(
    every: float, lost: float
) -> None:
    """Behind every half cycle of a ramp the voltage is held: the corner and lost rows make no levels, and what the
    tails fall by is no noise that would make a rest of the first step, a thirtieth of the last.
    """
    rng = np.random.default_rng(5)
    inside, held = np.arange(0, 1800.5, every), np.arange(every, 600.5, every)
    shape = np.concatenate([np.ones(inside.size), np.exp(-held / 200.0)])
    sign = np.where(np.arange(60) % 2 == 0, 1.0, -1.0)
    current = np.concatenate([s * 5e-5 * (k // 2 + 1) * shape for k, s in enumerate(sign)])
    time = np.concatenate([2400.0 * k + np.concatenate([inside, 1800 + held]) for k in range(60)])
    level = np.concatenate([s * 5e-5 * (k // 2 + 1) * np.ones(shape.size) for k, s in enumerate(sign)])
    noisy = current * (1 + 1e-4 * rng.standard_normal(current.size)) + 1e-8 * rng.standard_normal(current.size)
    kept = rng.random(time.size) >= lost
    half, found = judged(ec.cycling_table(time[kept], 200.0 * level[kept], noisy[kept]))
    assert half.table.sizes["half_cycle"] == 60
    assert np.abs(half.table.current_density.values[::2]) == pytest.approx(0.05 * np.arange(1, 31), rel=1e-3)
    assert not found.events


def test_an_offset_of_a_few_bits_in_rests_is_steady() -> None:
    """0.23 to 0.31 uA in the rests of a milliampere, in bits of 78 nA: a rest, not a part of the half cycle before."""
    rng = np.random.default_rng(6)
    cell = ec.simulate_symmetric_cell([1.0] * 20, area=1.0, resistance=100.0, rest_second=300)
    rests = np.where(cell.current_ampere.values == 0)[0]
    current = cell.current_ampere.values.copy()
    current[rests] = 7.8125e-8 * rng.integers(3, 5, rests.size)
    half = ec.half_cycles(cell.assign(current_ampere=("row", current)), area=1.0)
    assert half.table.duration_second.values == pytest.approx(1800.0)


def test_rests_are_found_in_noise_offsets_and_bits() -> None:
    rng = np.random.default_rng(0)
    shape = np.tile(np.concatenate([np.ones(60), np.zeros(40), -np.ones(60), np.zeros(40)]), 5)
    assert rest_noise(shape * 1e-3 + 1e-7 * rng.standard_normal(shape.size)) == pytest.approx(1e-7, rel=0.2)
    for added in (3e-6 * rng.standard_normal(shape.size), 5e-7, -5e-7, 4e-6):
        assert np.array_equal(flow(shape * 1e-3 + added, None) == 0, shape == 0)
    flips = flow(shape * 1e-3 + 1e-5 * (rng.random(shape.size) < 0.3), None)
    assert sign_runs(flips, over_rests=False).start.size == 10
    low = np.repeat([1e-6, -1e-6, 2e-6, -2e-6, 1e-3, -1e-3], 60)
    assert np.array_equal(flow(low, None), np.sign(low))  # a ramp over three decades has no rests
    with pytest.raises(BadInput, match=r"rest_current = -1.0 A; give 0 or more"):
        flow(low, -1.0)


@pytest.mark.parametrize("offset", [2e-7, -2e-7])
def test_rests_add_no_charge(offset) -> None:
    """0.2 uA in long rests of a 1 mA test moved the efficiency from 99.0 to 99.8 or 98.2 %."""
    shape = np.tile(np.concatenate([np.ones(101), np.zeros(900), -np.ones(100), np.zeros(900)]), 4)
    cell = ec.cycling_table(60.0 * np.arange(shape.size), 2 + 0.1 * shape, 1e-3 * shape + offset * (shape == 0))
    found = ec.cycles(cell, mass=1e-3, basis="S", order="charge-first")
    assert found.table.coulombic_efficiency.values[1:] == pytest.approx(100 / 101, abs=1e-6)
    assert "rests-with-current" in codes(found)
    stated = ec.cycles(cell, mass=1e-3, basis="S", order="charge-first", rest_current=1e-6)
    assert stated.table.coulombic_efficiency.values == pytest.approx(found.table.coulombic_efficiency.values)
    counted = cell.assign(net_capacity_ah=("row", np.cumsum(cell.current_ampere.values) / 60))
    by_counter = ec.cycles(counted, mass=1e-3, basis="S", order="charge-first")
    assert by_counter.table.coulombic_efficiency.values[1:] == pytest.approx(100 / 101, abs=1e-3)


def test_drawn_cells_are_judged_right() -> None:
    """A small part of ``studies/symmetric_cells``: 40 drawn cells, each with all that an instrument adds."""
    right, total = Counter[str](), Counter[str]()
    for seed in range(40):
        for name, good in judge(symmetric_cell(np.random.default_rng(seed))).items():
            total[name] += 1
            right[name] += good
    assert total["half cycles"] == right["half cycles"] == 40
    assert right["no false event"] == total["no false event"] > 8
    assert right["event in its half cycle"] >= total["event in its half cycle"] - 1 > 8
    assert right["bracket"] >= total["bracket"] - 1


def test_efficiencies_have_intervals_that_hold_the_truth() -> None:
    drawn = [np.random.default_rng(seed) for seed in range(80)]
    verdicts = [judge_full(full_cell(rng), rng) for rng in drawn]
    assert all(verdict["cycles"] for verdict in verdicts)
    for name in ("coulombic efficiency", "discharge capacity", "discharge energy", "energy efficiency"):
        held = np.mean([verdict[name] for verdict in verdicts])
        assert 0.87 <= held <= 1.0, name
    record = hold(np.random.default_rng(0), rest=10)
    told = ec.cycles(record, mass=1e-3, basis="S", order="charge-first")
    assert "efficiency-statistical-only" in codes(told)
    given = ec.cycles(record, mass=1e-3, basis="S", order="charge-first", instrument=ec.Instrument(offset_sd=1e-6))
    (left,) = [note for note in given.notes if note.code == "efficiency-statistical-only"]
    assert "not specified: the gain of the current, the gain of the voltage" in left.text
    assert "(gain_sd=, voltage_gain_sd=, voltage_offset_sd=)" in left.remedy
    whole = ec.cycles(record, mass=1e-3, basis="S", order="charge-first", instrument=ec.Instrument(1e-3, 1e-6, 0, 0))
    assert "efficiency-statistical-only" not in codes(whole)
    assert np.all(given.table.coulombic_efficiency_sd > told.table.coulombic_efficiency_sd)
    with pytest.raises(BadInput, match=r"offset_sd=-1.0 is not a standard deviation; give 0 or more"):
        ec.Instrument(offset_sd=-1.0)


def test_every_remedy_is_an_option_where_it_is_read(tmp_path: Path) -> None:
    cell = ec.simulate_symmetric_cell(
        [0.1, 0.2, 0.3, 0.4], area=1.0, resistance=100.0, rest_second=600, noise_volt=1e-4, rng=np.random.default_rng(0)
    )
    current = cell.current_ampere.values + 2e-7 * (cell.current_ampere.values == 0)
    table = tmp_path / "cell.csv"
    rows = zip(cell.test_time_second.values, cell.voltage_volt.values, current, strict=True)
    table.write_text("t,E,I\n" + "".join(f"{t:g},{e:.9g},{i:.9g}\n" for t, e, i in rows))
    columns = ["test_time_second=t [s]", "voltage_volt=E [V]", "current_ampere=I [A]"]
    stated = [part for item in columns for part in ("--column", item)] + ["--current-sign", "+ = charging"]
    asked = ["symmetric", str(table), "--area", "1", "--event", "rise", *stated]
    said = CliRunner().invoke(make_app(), asked).output
    for option in ("--steps", "--rest-current"):
        assert option in said
    again = CliRunner().invoke(make_app(), [*asked, "--rest-current", "1e-6", "--steps", "2", "--rows", "2"])
    assert again.exit_code == 0
    assert "CCD > 0.4" in again.output
    assert "--stack-resistance" in again.output
    assert "--rest-current" not in again.output
