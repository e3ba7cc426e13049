"""Symmetric cells: half cycles by hand, simulated cells whose verdicts are known, and what each note says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import electrochemistry as ec
from electrochemistry.cells._columns import theil_sen
from shortrange_core import BadInput, Estimates, load, save

AREA, RESISTANCE = 1.327, 385.0
RAMP = np.arange(1, 53) * 0.05  # 46 steps of 0.05 reach 2.3 mA/cm2
STACK = Estimates.build(["stack"], [RESISTANCE], [15.0**2])


def cell(event=None, *, seed=0, noise=2e-3, steps=RAMP, **options):
    rng = np.random.default_rng(seed)
    return ec.simulate_symmetric_cell(
        steps, area=AREA, resistance=RESISTANCE, noise_volt=noise, event=event, rng=rng, **options
    )


def judged(cycling, event="rise", stack=None, **criterion):
    half = ec.half_cycles(cycling, area=AREA)
    return ec.critical_current(half, criterion=ec.Criterion(event, **criterion), stack_resistance=stack)


def codes(found):
    return {note.code for note in found.notes}


def test_half_cycles_by_hand() -> None:
    half = ec.half_cycles(cell(noise=0.0, steps=[0.1, 0.2], rest_second=60), area=AREA)
    table = half.table
    assert table.current_density.values == pytest.approx([0.1, -0.1, 0.2, -0.2])
    assert table.duration_second.values == pytest.approx([1800.0] * 4)
    assert table.areal_capacity.values == pytest.approx([0.05, 0.05, 0.1, 0.1])
    assert table.cumulative_areal_capacity.values == pytest.approx([0.05, 0.1, 0.2, 0.3])
    assert table.one_way_areal_capacity.values == pytest.approx([0.05, 0.05, 0.15, 0.15])
    assert table.areal_resistance.values == pytest.approx([RESISTANCE] * 4)
    assert table.voltage_volt.values == pytest.approx([0.0385, -0.0385, 0.077, -0.077])
    assert table.step.values.tolist() == [1, 1, 2, 2]


def test_arithmetic_of_the_published_ramp() -> None:
    """46 steps of 0.05 to 2.3 mA/cm2 of half an hour: 1.15 mAh/cm2 at the end, 27.0 mAh/cm2 one way."""
    table = ec.half_cycles(cell(noise=0.0, steps=RAMP[:46]), area=AREA).table
    assert float(table.current_density.max()) == pytest.approx(2.3)
    assert table.sizes["half_cycle"] == 92
    assert float(table.areal_capacity[-1]) == pytest.approx(1.15)
    assert float(table.one_way_areal_capacity[-1]) == pytest.approx(27.0, abs=0.05)


def test_a_one_way_ramp_is_cut_at_every_level() -> None:
    half = ec.half_cycles(cell(steps=RAMP[:20], one_way=True), area=AREA)
    assert half.table.current_density.values == pytest.approx(RAMP[:20])
    assert half.table.step.values.tolist() == list(range(1, 21))


def test_theil_sen_ignores_an_outlier_and_takes_equal_currents() -> None:
    assert theil_sen(np.full(5, 0.2), np.array([0.1, 0.1, 0.5, 0.1, 0.1])) == pytest.approx(0.5)


# Known verdicts: (event, options, criterion, value, upper, short, recovered).
CASES = {
    "rise": (ec.CellEvent(47, 1.5), {}, "rise", 2.3, 2.35, "none", False),
    "rise, one way": (ec.CellEvent(47, 1.5), {"one_way": True}, "rise", 2.3, 2.35, "none", False),
    "rise, with rests": (ec.CellEvent(47, 1.5), {"rest_second": 900}, "rise", 2.3, 2.35, "none", False),
    "rise, negative": (ec.CellEvent(47, 1.5, negative=True), {}, "rise", 2.3, 2.35, "none", False),
    "spike at the end": (ec.CellEvent(47, 3.0, at=0.9, until_step=48), {}, "rise", 2.3, 2.35, "none", False),
    "none": (None, {}, "either", np.nan, np.inf, "none", False),
    "none, noise": (None, {"noise": 0.02}, "either", np.nan, np.inf, "none", False),
    "soft drop": (ec.CellEvent(30, 0.7), {}, "drop", 1.45, 1.5, "soft", False),
    "hard drop": (ec.CellEvent(30, 0.2), {}, "drop", 1.45, 1.5, "hard", False),
    "hard drop, noise": (ec.CellEvent(30, 0.2), {"noise": 0.02}, "drop", 1.45, 1.5, "hard", False),
    "recovering": (ec.CellEvent(30, 0.7, until_step=31), {}, "drop", 1.45, 1.5, "soft", True),
    "hard, seen by rise": (ec.CellEvent(30, 0.2), {}, "rise", np.nan, np.inf, "hard", False),
    "missing cycles": (ec.CellEvent(47, 1.5), {"missing": (91, 92)}, "rise", 2.25, 2.35, "none", False),
    "missing early": (ec.CellEvent(47, 1.5), {"missing": (11, 12, 40)}, "rise", 2.3, 2.35, "none", False),
    "conditioning": (ec.CellEvent(47, 1.5), {"conditioning": (1.6, 1.4)}, "rise", 2.3, 2.35, "none", False),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", CASES)
def test_known_verdicts(name: str, seed: int) -> None:
    event, options, criterion, value, upper, short, recovered = CASES[name]
    found = judged(cell(event, seed=seed, **options), criterion)
    assert found.short == short
    assert found.recovered is recovered
    assert found.upper == pytest.approx(upper)
    if np.isnan(value):
        assert np.isnan(found.value)
        assert found.event == "none"
        assert found.lower == pytest.approx(2.6)
        assert found.text.startswith("CCD > 2.6 mA/cm2")
    else:
        assert found.value == found.lower == pytest.approx(value)
        assert found.direction == (-1 if name == "rise, negative" else 1)
        assert found.text.startswith(f"CCD {value:.4g} mA/cm2, bracket [{value:.4g}, {upper:.4g})")
        assert found.criterion.text in found.text


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_known_verdicts_hundred_seeds(name: str) -> None:
    for seed in range(100):
        test_known_verdicts(name, seed)


def test_capacity_before_the_event_is_the_published_one() -> None:
    found = judged(cell(ec.CellEvent(47, 1.5)))
    assert found.areal_capacity == pytest.approx(1.15)
    assert found.cumulative_areal_capacity == pytest.approx(2 * 27.025, abs=1e-6)


def test_geometry_finds_a_short_that_the_trace_hides() -> None:
    flat = cell(None)
    assert judged(flat, stack=STACK).short == "none"
    assert judged(flat, "drop").short == "none"
    assert "short-not-excluded" in codes(judged(flat, "drop"))
    leaking = judged(flat, stack=Estimates.build(["stack"], [600.0], [20.0**2]))
    assert leaking.short == "soft"
    assert "short-by-geometry" in codes(leaking)
    assert judged(flat, stack=Estimates.build(["stack"], [1000.0], [20.0**2])).short == "hard"


def test_the_margin_of_the_geometric_test_is_three_sd() -> None:
    flat = cell(None)
    assert judged(flat, stack=Estimates.build(["stack"], [500.0], [60.0**2])).short == "none"
    assert judged(flat, stack=Estimates.build(["stack"], [500.0], [30.0**2])).short == "soft"


def test_a_fall_while_conditioning_is_suspected_without_geometry() -> None:
    cycling = cell(None, conditioning=(4.0, 3.0, 2.5))
    alone = judged(cycling)
    assert alone.short == "suspected"
    assert {"conditioning", "short-suspected"} <= codes(alone)
    assert judged(cycling, stack=STACK).short == "none"


def test_dips_too_short_for_an_event_are_suspected() -> None:
    cycling = cell(None)
    voltage = cycling.voltage_volt.values.copy()
    voltage[3000] *= 0.3
    assert judged(cycling.assign(voltage_volt=("row", voltage))).short == "suspected"


def test_spikes_too_short_for_a_rise_are_told() -> None:
    cycling = cell(None)
    voltage = cycling.voltage_volt.values.copy()
    voltage[[3000, 3001]] *= 3.0
    found = judged(cycling.assign(voltage_volt=("row", voltage)))
    assert found.event == "none"
    assert "spikes-too-short" in codes(found)
    assert "spikes-too-short" not in codes(judged(cycling))
    short = replace(found.criterion, rows=2)
    half = ec.half_cycles(cycling.assign(voltage_volt=("row", voltage)), area=AREA)
    assert ec.critical_current(half, criterion=short, stack_resistance=None).event == "rise"


def test_a_leak_after_the_event_does_not_take_its_number_away() -> None:
    """A cell that shorts at 1.5 mA/cm2 has a critical current density; one that leaks before has none."""
    shorted = judged(cell(ec.CellEvent(30, 0.2)), "drop", stack=STACK)
    assert "short-by-geometry" in codes(shorted)
    assert shorted.valid
    assert shorted.text.startswith("CCD 1.45 mA/cm2")
    leaking = judged(cell(ec.CellEvent(30, 0.2)), "drop", stack=Estimates.build(["stack"], [600.0], [20.0**2]))
    assert not leaking.valid
    assert leaking.text.startswith("CCD not valid: the cell leaks")
    calm = judged(cell(None), stack=Estimates.build(["stack"], [600.0], [20.0**2]))
    assert not calm.valid
    rising = judged(cell(ec.CellEvent(30, 0.2)), "rise", stack=STACK)
    assert not rising.valid


def test_the_baseline_is_that_of_every_step_accepted_before_the_event() -> None:
    """Charge transfer bends |V| against |j|: the slope lies between the resistances of the first and last step."""
    cycling = cell(ec.CellEvent(47, 1.8))
    density = np.abs(cycling.current_ampere.values) / AREA * 1e3
    bent = cycling.voltage_volt.values + np.sign(cycling.current_ampere.values) * 0.05 * np.arcsinh(density / 0.3)
    found = judged(cycling.assign(voltage_volt=("row", bent)))
    table = ec.half_cycles(cycling.assign(voltage_volt=("row", bent)), area=AREA).table
    assert found.value == pytest.approx(2.3)
    density, resistance = np.abs(table.current_density.values), table.areal_resistance.values
    first_five = theil_sen(density[:10:2], density[:10:2] * resistance[:10:2])
    assert found.baseline_resistance < 0.95 * first_five
    assert found.baseline_resistance == pytest.approx(resistance[found.half_cycle - 2], rel=0.05)


def test_few_steps_are_not_testable() -> None:
    found = judged(cell(ec.CellEvent(3, 1.5), steps=[0.1, 0.2, 0.3, 0.4]))
    assert found.short == "not testable"
    assert np.isnan(found.lower)
    assert "no-baseline" in codes(found)
    assert found.text.startswith("CCD not determined")


def test_a_held_current_gives_a_life_time_and_no_critical_current() -> None:
    found = judged(cell(ec.CellEvent(30, 0.4), steps=[0.2] * 40), "drop")
    assert found.event == "drop"
    assert np.isnan(found.value)
    assert found.upper == pytest.approx(0.2)
    assert "current-held-before" in codes(found)
    assert found.cumulative_areal_capacity == pytest.approx(58 * 0.1, abs=1e-6)


def test_an_event_of_the_other_kind_is_told() -> None:
    found = judged(cell(ec.CellEvent(30, 0.2)), "rise")
    assert "other-event-first" in codes(found)


def test_a_bracket_wider_than_the_steps_is_told() -> None:
    assert "steps-missing" in codes(judged(cell(ec.CellEvent(47, 1.5), missing=(91, 92))))
    assert "steps-missing" not in codes(judged(cell(ec.CellEvent(47, 1.5))))


def test_gaps_counters_and_varying_currents_are_told() -> None:
    cycling = cell(None, steps=RAMP[:10])
    half = ec.half_cycles(cycling.isel(row=[*range(20), *range(45, cycling.sizes["row"])]), area=AREA)
    assert "recording-gap" in {note.code for note in half.notes}
    charge = np.concatenate([[0.0], np.cumsum(cycling.current_ampere.values[1:] * np.diff(cycling.test_time_second))])
    right = cycling.assign(net_capacity_ah=("row", charge / 3600))
    wrong = cycling.assign(net_capacity_ah=("row", charge))
    assert "charge-counter-disagrees" not in {note.code for note in ec.half_cycles(right, area=AREA).notes}
    assert "charge-counter-disagrees" in {note.code for note in ec.half_cycles(wrong, area=AREA).notes}
    ramp = ec.cycling_table(np.arange(100.0), np.ones(100), np.linspace(1e-3, 1.3e-3, 100))
    assert "current-not-constant" in {note.code for note in ec.half_cycles(ramp, area=AREA).notes}


def test_noisy_rests_are_no_half_cycles() -> None:
    """A current of 1e-3 of the largest flickers in the rests; the verdict stays, and it is said."""
    rng = np.random.default_rng(3)
    quiet = cell(ec.CellEvent(20, 1.5), steps=RAMP[:24], rest_second=0)
    time, flow, volts = quiet.test_time_second.values, quiet.current_ampere.values, quiet.voltage_volt.values
    parts = np.split(np.arange(time.size), np.flatnonzero(np.diff(np.sign(flow))) + 1)
    pause = np.arange(1, 31) * 20.0
    joined = [(time[p] + 620.0 * n, volts[p], flow[p]) for n, p in enumerate(parts)]
    rests = [
        (t[-1] + pause, 1e-3 * rng.standard_normal(30), 1e-3 * flow.max() * rng.standard_normal(30))
        for t, _, _ in joined
    ]
    record = [item for pair in zip(joined, rests, strict=True) for item in pair]
    cycling = ec.cycling_table(*(np.concatenate(columns) for columns in zip(*record, strict=True)))
    found = judged(cycling)
    assert found.value == pytest.approx(0.95)
    assert "rests-with-current" in codes(found)
    assert ec.half_cycles(cycling, area=AREA).table.sizes["half_cycle"] == 48


def test_charge_transfer_that_bends_the_line_is_no_event() -> None:
    """V = R j + (2RT/F) asinh(j/2j0): the resistance falls by 40 % along the ramp, and no drop is found."""
    cycling = cell(None, noise=1e-3)
    density = cycling.current_ampere.values / AREA * 1e3
    bent = 0.25e-3 * 385 * density + 0.0574 * np.arcsinh(density / 0.4)
    found = judged(cycling.assign(voltage_volt=("row", bent + cycling.voltage_volt.values - 0.385 * density)), "either")
    assert found.event == "none"
    assert found.short == "none"


def test_temperature_and_pressure_travel_with_the_number(tmp_path: Path) -> None:
    half = ec.half_cycles(cell(ec.CellEvent(47, 1.5)), area=AREA)
    found = ec.critical_current(
        half, criterion=ec.Criterion("rise"), stack_resistance=STACK, temperature=333.15, pressure=10.0
    )
    save(found, tmp_path / "ccd.nc")
    again = load(tmp_path / "ccd.nc")
    assert (again.temperature, again.pressure, again.lower) == (333.15, 10.0, found.lower)
    assert again.criterion == found.criterion
    assert again.events == found.events
    save(half, tmp_path / "half.nc")
    assert load(tmp_path / "half.nc").table.equals(half.table)


@settings(max_examples=15)
@given(factor=st.floats(0.1, 10), area=st.floats(0.01, 10))
def test_scaling_voltage_scales_only_the_resistance(factor: float, area: float) -> None:
    cycling = cell(ec.CellEvent(12, 1.5), steps=RAMP[:15], interval_second=120, noise=5e-4)
    scaled = cycling.assign(voltage_volt=cycling.voltage_volt * factor)
    first, second = judged(cycling), judged(scaled)
    assert second.value == first.value
    assert second.baseline_resistance == pytest.approx(factor * first.baseline_resistance)
    other = ec.critical_current(
        ec.half_cycles(cycling, area=area), criterion=ec.Criterion("rise"), stack_resistance=None
    )
    assert other.value == pytest.approx(first.value * AREA / area)


def test_swapped_leads_swap_only_the_direction() -> None:
    cycling = cell(ec.CellEvent(47, 1.5))
    swapped = cycling.assign(voltage_volt=-cycling.voltage_volt, current_ampere=-cycling.current_ampere)
    assert judged(swapped).direction == -judged(cycling).direction
    assert judged(swapped).value == judged(cycling).value


def test_bad_input_is_named() -> None:
    cycling = cell(None, steps=RAMP[:8])
    with pytest.raises(BadInput, match="area = 0 cm2"):
        ec.half_cycles(cycling, area=0)
    with pytest.raises(BadInput, match="rest_current = -1"):
        ec.half_cycles(cycling, area=1, rest_current=-1)
    with pytest.raises(BadInput, match="no current flows"):
        ec.half_cycles(ec.cycling_table([0, 1], [1, 1], [0, 0]), area=1)
    with pytest.raises(BadInput, match="give one positive entry"):
        judged(cycling, stack=Estimates.build(["a", "b"], [1, 2], [1, 1]))
    with pytest.raises(BadInput, match="give 'rise', 'drop' or 'either'"):
        ec.Criterion("short")
    with pytest.raises(BadInput, match="hard_drop < soft_drop"):
        ec.Criterion("rise", rise=0.9)
    for wrong in ({"steps": 1}, {"steps": 2.5}, {"rows": 1.5}):
        with pytest.raises(BadInput, match="steps of 2 or more"):
            replace(ec.Criterion("rise"), **wrong)
    for wrong, message in (({"temperature": 60.0}, "must be kelvin"), ({"pressure": np.nan}, "pressure = nan")):
        with pytest.raises(BadInput, match=message):
            ec.critical_current(
                ec.half_cycles(cycling, area=1), criterion=ec.Criterion("rise"), stack_resistance=None, **wrong
            )
    with pytest.raises(BadInput, match=r"stack_resistance = 200\.0: give it with its variance"):
        judged(cycling, stack=200.0)
    for densities, missing in (([], ()), ([0.1], (1, 2))):
        with pytest.raises(BadInput, match="no half cycle remains"):
            ec.simulate_symmetric_cell(densities, area=1, resistance=1, missing=missing)
    with pytest.raises(BadInput, match="needs rng"):
        ec.simulate_symmetric_cell([0.1], area=1, resistance=1, noise_volt=1e-3)
    with pytest.raises(BadInput, match="must be positive"):
        ec.simulate_symmetric_cell([0.1], area=1, resistance=-1)
