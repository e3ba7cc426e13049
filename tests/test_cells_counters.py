"""What a file says beside its currents: steps of a counter, pulses, few digits, rows that wait. Simulated."""

import numpy as np
import pytest

import electrochemistry as ec
from electrochemistry.cells import cycling_table

SECONDS = 60.0
AMPERE = 1e-4


def cell(halves: list[float], *, step: float = 0.0, digits: float = 0.0, cycle: list[int] | None = None):
    """Half cycles of these charges (Ah, + = charging) at 0.1 mA, a rest behind each; counters round to ``step``."""
    time, current, charge, counted = [0.0], [0.0], [0.0], [0]
    for number, half in enumerate(halves):
        ends = abs(half) / AMPERE * 3600
        rows = [*np.arange(SECONDS, ends, SECONDS), ends]
        time += [time[-1] + at for at in [*rows, *(ends + SECONDS * np.arange(1, 4))]]
        current += [np.sign(half) * AMPERE] * len(rows) + [0.0] * 3
        charge += [charge[-1] + np.sign(half) * AMPERE * at / 3600 for at in [*rows, ends, ends, ends]]
        counted += [number // 2 if cycle is None else cycle[number]] * (len(rows) + 3)
    amperes = np.array(current)
    if digits:
        amperes = digits * np.rint(amperes / digits)
    net = np.array(charge)
    if step:
        net = step * np.rint(net / step)
    count = None if cycle is None else np.array(counted)
    volts = 3.0 + 0.1 * np.sign(amperes)
    return cycling_table(np.array(time), volts, amperes, net_capacity_ah=net, cycle_count=count)


def codes(cycles: ec.Cycles) -> list[str]:
    return [note.code for note in cycles.notes]


def test_efficiencies_hold_the_steps_of_a_counter():
    """Battery cyclers write 0.01 mAh, or 0.1 mAh, whatever the cell holds."""
    inside, sds = 0, []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        charged = 1e-3 * rng.uniform(0.5, 1.0)
        efficiency = rng.uniform(0.9, 1.0)
        record = cell([charged, -efficiency * charged, charged, -charged], step=1e-5)
        row = ec.cycles(record, mass=1e-3, basis="S", order="charge-first").table.isel(cycle=0)
        sd = float(row.coulombic_efficiency_sd)
        inside += abs(float(row.coulombic_efficiency) - efficiency) < 1.96 * sd
        sds.append(sd)
    assert 185 <= inside <= 200
    assert np.median(sds) < 0.01
    fine = ec.cycles(cell([1e-3, -0.99e-3]), mass=1e-3, basis="S", order="charge-first").table.isel(cycle=0)
    assert float(fine.coulombic_efficiency_sd) < 1e-6


def test_pulses_that_the_counter_of_the_file_takes_for_one_cycle_are_told():
    """A resistance measured by pulses between cycles: each pair of pulses would be a cycle of 300 % efficiency."""
    whole, pulses = [1e-3, -0.99e-3], [1e-5, -3e-5] * 6
    halves = [*whole, *whole, 5e-4, *pulses, *whole, *whole]
    cycle = [1, 1, 2, 2, 3, *[3] * 12, 4, 4, 5, 5]
    told = ec.cycles(cell(halves, cycle=cycle), mass=1e-3, basis="S", order="charge-first")
    (note,) = [note for note in told.notes if note.code == "pulses-are-cycles"]
    assert "cycle 3 of the file has" in note.text
    assert "formation" in note.remedy
    plain = cell([*whole, *whole, *whole], cycle=[1, 1, 2, 2, 3, 3])
    assert "pulses-are-cycles" not in codes(ec.cycles(plain, mass=1e-3, basis="S", order="charge-first"))
    uncounted = cell(halves, cycle=[1] * len(halves))  # a counter that counts no cycles says nothing
    assert "pulses-are-cycles" not in codes(ec.cycles(uncounted, mass=1e-3, basis="S", order="charge-first"))


@pytest.mark.parametrize(("digits", "told"), [(0.3e-4, True), (0.0, False)])
def test_currents_of_few_digits_are_told_where_they_differ_from_the_counter(digits: float, told: bool):
    record = cell([1e-3, -0.99e-3], digits=digits)
    if not told:
        record = record.assign(
            current_ampere=1.3 * record.current_ampere + 1e-6 * np.sin(np.arange(record.sizes["row"]))
        )
    notes = ec.cycles(record, mass=1e-3, basis="S", order="charge-first").notes
    (note,) = [note for note in notes if note.code == "charge-counter-disagrees"]
    assert ("rounding may be the cause" in note.text) is told


def waiting(rng: np.random.Generator, lost: slice = slice(0, 0)):
    """A charge over a plateau, written whenever the voltage has moved by 10 mV or after 600 s, with rows lost."""
    time = np.arange(0, 37200.0)
    volts = np.interp(time, [0, 600, 36600, 37200], [2.0, 3.0, 3.1, 4.1])
    volts = volts + 2e-5 * rng.normal(size=time.size)
    rows, last = [0], 0
    for at in range(1, time.size):
        if abs(volts[at] - volts[last]) >= 0.01 or at - last >= 600:
            rows.append(at)
            last = at
    kept = np.delete(np.array(rows), lost)
    current = np.where(kept > 0, AMPERE, 0.0)
    return cycling_table(time[kept], volts[kept], current)


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_wait_for_the_voltage_are_not_missing(seed: int):
    """Cyclers write few rows on a plateau; rows that are lost leave a step of the voltage."""
    rng = np.random.default_rng(seed)
    assert "recording-gap" not in codes(ec.cycles(waiting(rng), mass=1e-3, basis="S", order="charge-first"))
    record = waiting(rng, lost=slice(20, 45))
    assert "recording-gap" in codes(ec.cycles(record, mass=1e-3, basis="S", order="charge-first"))


def whole_seconds(rng: np.random.Generator):
    """Charge to a held voltage, whose current decays, then discharge; a row at every switch, times in whole seconds."""
    amperes, decay = AMPERE * rng.uniform(3, 6), rng.uniform(300, 900)
    held, rise, down = decay * np.log(rng.uniform(8, 20)), rng.uniform(4000, 8000), rng.uniform(5000, 9000)
    up = np.append(np.cumsum(rng.uniform(4, 60, size=400)), rise)
    up = np.sort(up[up <= rise])
    tail = np.append(np.arange(rng.uniform(0, 120), held, 120.0), held)
    fall = np.append(np.cumsum(rng.uniform(4, 60, size=400)), down)
    fall = np.sort(fall[fall <= down])
    end = rise + held
    time = np.concatenate([[0.0], up, rise + tail, [end], end + fall])
    current = np.concatenate(
        [[amperes], np.full(up.size, amperes), amperes * np.exp(-tail / decay), np.full(fall.size + 1, -amperes)]
    )
    charged = amperes * (rise + decay * (1 - np.exp(-held / decay))) / 3600
    volts = np.where(current > 0, 4.0, 3.0)
    return cycling_table(np.rint(time), volts, current), charged, amperes * down / 3600


def test_clocks_of_whole_seconds_and_bends_of_the_current_are_in_the_intervals():
    """Of times in whole seconds a switch is known to half a second; a row lost at a bend tells what the rule lacks."""
    inside = {"charge": 0, "discharge": 0}
    for seed in range(200):
        record, *truths = whole_seconds(np.random.default_rng(seed))
        row = ec.cycles(record, mass=1.0, basis="S", order="charge-first").table.isel(cycle=0)
        for name, truth in zip(inside, truths, strict=True):
            value, sd = float(row[f"{name}_capacity"]), float(row[f"{name}_capacity_sd"])
            inside[name] += abs(value - 1e3 * truth) < 1.96 * sd
    assert inside["charge"] >= 182
    assert inside["discharge"] >= 182


def ramps(*ends: float, rest: int = 0):
    """Half cycles between 3 and 4 V at 0.1 mA, each up to its share of the way; rows of rest behind the last."""
    volts, current = [3.0], [0.0]
    for number, end in enumerate(ends):
        way = np.linspace(0, end, 101)[1:]
        volts += (3 + way if number % 2 == 0 else 4 - way).tolist()
        current += [AMPERE if number % 2 == 0 else -AMPERE] * 100
    volts += [volts[-1]] * rest
    current += [0.0] * rest
    return cycling_table(SECONDS * np.arange(len(volts)), np.array(volts), np.array(current))


@pytest.mark.parametrize(("ends", "rest", "left"), [((1, 0.99, 1, 0.4), 0, True), ((1, 0.99, 0.3), 0, True),
                                                    ((1, 0.99, 1, 0.99), 0, False), ((1, 0.99, 1, 0.4), 3, False),
                                                    ((1, 0.4), 0, False)])  # fmt: skip
def test_a_half_cycle_that_the_record_ends_in_has_no_capacity(ends: tuple[float, ...], rest: int, left: bool):
    """A cell that still cycles when its file is copied: its last efficiency would be anything."""
    cycles = ec.cycles(ramps(*ends, rest=rest), mass=1e-3, basis="S", order="charge-first")
    assert ("half-cycle-unfinished" in codes(cycles)) is left
    halves = np.isfinite([cycles.table.charge_capacity.values, cycles.table.discharge_capacity.values]).sum()
    assert halves == len(ends) - left
    efficiencies = cycles.table.coulombic_efficiency.values
    assert np.isfinite(efficiencies).sum() == (len(ends) - left) // 2


def test_rows_of_a_slow_half_cycle_are_no_holes_among_fast_pulses():
    """Made up: a discharge and a charge of ten hours, a row every four minutes; then pulses of ten seconds."""
    time, current = [0.0], [0.0]
    for flow, duration, step in [
        (-0.1, 36000.0, 240.0), (0.1, 36000.0, 240.0), *[(sign * 1.0, 10.0, 0.2) for sign in (-1, 1) * 20]
    ]:  # fmt: skip
        for length, value in ((duration, flow), (600.0, 0.0)):
            rows = np.arange(step, length + step / 2, step if value else 30.0)
            time += list(time[-1] + rows)
            current += [value] * rows.size
    record = cycling_table(time, np.full(len(time), 2.0), current)
    found = ec.cycles(record, mass=1.0, basis="active", order="discharge-first")
    assert found.table.sizes["cycle"] == 21
    assert found.table.discharge_capacity.values[0] == pytest.approx(1000, rel=0.01)
    assert found.table.charge_capacity.values[0] == pytest.approx(1000, rel=0.01)
    assert "half-cycle-missing" not in codes(found)


@pytest.mark.parametrize(
    ("discharge", "charge", "order", "told"),
    [
        ([0.2, 0.2], [0.05, 0.2], "charge-first", True),  # the record starts within the first charge
        ([0.2, 0.2], [0.21, 0.2], "charge-first", False),
        ([0.2, 0.2], [0.1, 0.2], "discharge-first", False),  # built charged
        ([0.2, 0.2], [0.2, 0.1], "discharge-first", True),
    ],
)
def test_a_cycle_that_gives_more_than_it_took_is_told(discharge, charge, order, told):
    record = ec.simulate_full_cell(discharge, charge_capacities=charge, order=order, current=0.1, plateaus=[(2.0, 1.0)])
    found = ec.cycles(record, mass=1.0, basis="active", order=order)
    assert ("more-out-than-in" in codes(found)) is told
    if told:
        formation = [1 if order == "charge-first" else 2]
        without = ec.cycles(record, mass=1.0, basis="active", order=order, formation=formation)
        assert "more-out-than-in" not in codes(without)


def test_counters_that_stand_above_0_at_the_start_say_the_sign_too(tmp_path):
    """Made up: a record that begins within a charge, with a trace of current in the first row."""
    rows = ["0,-0.0001,3.2,0.88,0"]
    rows += [f"{60 * k},1.0,{3.2 + k / 100:.2f},{0.88 + k / 60:.4f},0" for k in range(1, 11)]
    rows += [f"{600 + 60 * k},-1.0,{3.3 - k / 100:.2f},{0.88 + 10 / 60:.4f},{k / 60:.4f}" for k in range(1, 31)]
    path = tmp_path / "cell.csv"
    path.write_text("Time (s),Current (A),Voltage (V),Charge Capacity (Ah),Discharge Capacity (Ah)\n" + "\n".join(rows))
    assert "+ = charging" in ec.read_cycling(path).attrs["history"]
