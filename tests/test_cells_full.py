"""Full cells: capacities, efficiencies and plateaus by hand, both orders, what is missing; capacities by reaction."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import electrochemistry as ec
from electrochemistry.cells._capacities import reaction
from shortrange_core import BadInput, load, save

PLATEAUS = [(1.9, 0.25), (1.25, 0.75)]


def cell(discharge, charge, order="discharge-first", **options):
    options = {"current": 0.1, "plateaus": PLATEAUS} | options
    return ec.simulate_full_cell(discharge, charge_capacities=charge, order=order, **options)


def summary(cycling, order="discharge-first", mass=2e-4):
    return ec.cycles(cycling, mass=mass, basis="S", order=order)


def codes(found):
    return {note.code for note in found.notes}


def test_discharge_first_by_hand() -> None:
    found = summary(cell([0.256, 0.22, 0.2], [0.23552, 0.22, 0.2]))
    table = found.table
    assert table.cycle.values.tolist() == [1, 2, 3]
    assert table.discharge_capacity.values == pytest.approx([1280, 1100, 1000])
    assert table.coulombic_efficiency.values == pytest.approx([0.92, 1.0, 1.0])
    assert np.isnan(table.discharge_over_last_charge.values[0])
    assert table.discharge_over_last_charge.values[1:] == pytest.approx([0.22 / 0.23552, 0.2 / 0.22])
    assert table.discharge_current.values == pytest.approx([0.1] * 3)
    assert codes(found) == {"efficiency-statistical-only"}


def test_charge_first_by_hand() -> None:
    table = summary(cell([0.2, 0.19], [0.25, 0.2], "charge-first"), "charge-first").table
    assert table.coulombic_efficiency.values == pytest.approx([0.8, 0.95])
    assert table.discharge_over_last_charge.values == pytest.approx([0.8, 0.95])


def test_the_order_decides_and_is_never_guessed() -> None:
    """A record that starts with discharge, read as charge-first: its first half cycle is cycle 0."""
    cycling = cell([0.2, 0.19], [0.25, 0.2])
    found = summary(cycling, "charge-first")
    assert found.table.cycle.values.tolist() == [0, 1, 2]
    assert found.table.coulombic_efficiency.values == pytest.approx([np.nan, 0.19 / 0.25, np.nan], nan_ok=True)
    assert "unpaired-half-cycle" in codes(found)
    with pytest.raises(BadInput, match="give 'discharge-first' or 'charge-first'"):
        summary(cycling, "auto")


def test_mean_voltage_energy_and_efficiency_by_hand() -> None:
    table = summary(cell([0.2], [0.2], hysteresis=0.2, interval_second=10)).table.isel(cycle=0)
    assert float(table.discharge_voltage) == pytest.approx(0.25 * 1.9 + 0.75 * 1.25 - 0.1, abs=2e-3)
    assert float(table.charge_voltage - table.discharge_voltage) == pytest.approx(0.2, abs=1e-6)
    assert float(table.discharge_energy) == pytest.approx(1000 * float(table.discharge_voltage))
    assert float(table.energy_efficiency) == pytest.approx(float(table.discharge_voltage / table.charge_voltage))


def test_plateaus_are_found_with_their_shares() -> None:
    rng = np.random.default_rng(1)
    found = summary(cell([0.2], [0.2], noise_volt=2e-3, rng=rng, interval_second=20))
    curve = ec.differential_capacity(found, cycle=1, half_cycle="discharge", resolution=0.01)
    assert curve.plateaus.voltage.values == pytest.approx([1.9, 1.25], abs=0.03)
    assert curve.plateaus.share.values == pytest.approx([0.25, 0.75], abs=0.01)
    total = float(curve.curve.differential_capacity.integrate("voltage"))
    assert total == pytest.approx(1000, rel=1e-3)
    with pytest.raises(BadInput, match="cycle 7 has no discharge; there are 1"):
        ec.differential_capacity(found, cycle=7, half_cycle="discharge")
    with pytest.raises(BadInput, match="resolution = 2"):
        ec.differential_capacity(found, cycle=1, half_cycle="discharge", resolution=2.0)


def test_the_counter_is_preferred_and_gives_the_same_numbers() -> None:
    cycling = cell([0.2, 0.19], [0.25, 0.2])
    step = cycling.current_ampere.values[1:] * np.diff(cycling.test_time_second)
    counter = np.concatenate([[0.0], np.cumsum(step)]) / 3600
    by_rows, by_counter = summary(cycling), summary(cycling.assign(net_capacity_ah=("row", counter)))
    for name in ("discharge_capacity", "charge_capacity", "discharge_voltage", "discharge_energy"):
        assert by_counter.table[name].values == pytest.approx(by_rows.table[name].values, rel=5e-3)
    wrong = summary(cycling.assign(net_capacity_ah=("row", counter * 3600)))
    assert "charge-counter-disagrees" in codes(wrong)


def test_a_missing_half_cycle_leaves_a_hole_and_moves_no_other() -> None:
    cycling = cell([0.2, 0.2, 0.2], [0.19, 0.18, 0.17])
    current = cycling.current_ampere.values
    starts = np.flatnonzero(np.diff(np.sign(current), prepend=0) != 0)
    discharge_2 = (np.arange(current.size) >= starts[4]) & (np.arange(current.size) < starts[6])
    assert (current[discharge_2] <= 0).all()
    found = summary(cycling.isel(row=np.flatnonzero(~discharge_2)))
    assert "half-cycle-missing" in codes(found)
    assert found.table.charge_capacity.values == pytest.approx([950, 900, 850])
    assert found.table.discharge_capacity.values == pytest.approx([1000, np.nan, 1000], nan_ok=True)
    assert found.table.coulombic_efficiency.values == pytest.approx([0.95, np.nan, 0.85], nan_ok=True)


def test_fragments_gaps_and_rests_are_told() -> None:
    cycling = cell([0.2, 0.2], [0.2, 0.2])
    current = cycling.current_ampere.values.copy()
    current[30] = -current[30]
    found = summary(cycling.assign(current_ampere=("row", current)))
    assert "fragment-left-out" in codes(found)
    assert found.table.sizes["cycle"] == 2
    assert "recording-gap" in codes(summary(cycling.isel(row=[*range(20), *range(45, cycling.sizes["row"])])))
    rest = summary(ec.cycling_table([0, 1], [1, 1], [0, 0]))
    assert "no-half-cycle" in codes(rest)
    assert rest.table.sizes["cycle"] == 0


def test_half_cycles_of_a_few_seconds_at_full_current_are_no_noisy_rests() -> None:
    """A cell at the end of its life reaches its limits in three rows; a tail at held voltage falls by half."""
    whole = [(1e-3, 200), (-1e-3, 200)]
    short = [(1e-3, 3), (-1e-3, 3)] * 5
    current = np.concatenate([np.full(rows, amperes) for amperes, rows in whole + short])
    tail = np.linspace(6e-4, 3e-4, 5)
    current = np.concatenate([current, tail, np.full(3, -1e-3), tail, np.full(3, -1e-3)])
    volts = np.where(current > 0, 2.0, 1.5)
    found = summary(ec.cycling_table(np.arange(current.size), volts, current), order="charge-first")
    assert found.table.sizes["cycle"] == 8
    assert "fragment-left-out" not in codes(found)
    assert found.table.discharge_voltage.values == pytest.approx(1.5)
    assert found.table.charge_voltage.values == pytest.approx(2.0)


def test_empty_and_aborted_runs_are_read_as_what_they_hold() -> None:
    assert summary(ec.cycling_table([], [], [])).table.sizes["cycle"] == 0
    cycling = cell([0.2], [0.2])
    aborted = summary(cycling.isel(row=slice(0, 60)))
    assert np.isnan(aborted.table.coulombic_efficiency.values).all()
    assert float(aborted.table.discharge_capacity[0]) == pytest.approx(59 / 60 * 0.1 / 0.2e-3, rel=1e-6)


def test_half_cycles_of_one_row_and_without_charge_have_no_voltage_and_no_peaks() -> None:
    found = ec.cycles(
        ec.cycling_table([0, 10, 20, 30, 40], [1.9, 1.8, 2.0, 2.1, 1.8], [-1e-3, -1e-3, 1e-3, 1e-3, -1e-3],
                         net_capacity_ah=[0, -1e-6, -1e-6, -1e-6, -2e-6]),
        mass=1e-3, basis="S", order="discharge-first",
    )  # fmt: skip
    row = found.table.sel(cycle=1)
    assert row.discharge_voltage.item() == pytest.approx(1.85)
    assert row.charge_capacity.item() == 0
    assert np.isnan(row.charge_voltage.item())
    assert row.coulombic_efficiency.item() == 0
    assert np.isnan(row.energy_efficiency.item())
    with pytest.raises(BadInput, match="that cycle has no charge"):
        ec.retention(found, reference=1, half_cycle="charge")
    hole = ec.cycling_table(
        [0, 10, 20, 100_000, 100_010, 100_020, 100_030], [1.9, 1.8, 1.7, 1.6, 2.0, 2.1, 2.2], [-1e-3] * 4 + [1e-3] * 3
    )
    cut = ec.cycles(hole, mass=1e-3, basis="S", order="discharge-first")
    with pytest.raises(BadInput, match="the discharge of cycle 2 has 1 row;"):
        ec.differential_capacity(cut, cycle=2, half_cycle="discharge")


def test_retention_names_its_reference() -> None:
    """1000 of 1280 mAh/g is 78 % of the first discharge, and 91 % of a second of 1100."""
    found = summary(cell([0.256, 0.22, 0.2], [0.2355, 0.22, 0.2]))
    assert float(ec.retention(found, reference=1).sel(cycle=3)) == pytest.approx(0.78, abs=0.005)
    assert float(ec.retention(found, reference=2).sel(cycle=3)) == pytest.approx(0.909, abs=0.001)
    assert ec.retention(found, reference=2, half_cycle="charge").attrs["reference_cycle"] == 2
    with pytest.raises(BadInput, match="reference = 9: that cycle has no discharge; there are 1, 2, 3"):
        ec.retention(found, reference=9)


def test_rate_blocks_in_order_of_time() -> None:
    runs = [cell([c] * 2, [c] * 2, current=i) for c, i in ((0.2, 0.1), (0.16, 0.2), (0.19, 0.1))]
    blocks = ec.rate_capability(summary(ec.join_runs(runs)), area=2.0)
    assert blocks.current.values == pytest.approx([0.1, 0.2, 0.1])
    assert blocks.current_density.values == pytest.approx([0.05, 0.1, 0.05])
    assert blocks.discharge_capacity.values == pytest.approx([1000, 800, 950])
    assert blocks["count"].values.tolist() == [2, 2, 2]
    with pytest.raises(BadInput, match="area = -1"):
        ec.rate_capability(summary(runs[0]), area=-1)
    with pytest.raises(BadInput, match="no cycle has a discharge"):
        ec.rate_capability(summary(ec.cycling_table([0, 1], [1, 1], [1e-3, 1e-3]), "charge-first"))


@given(mass=st.floats(1e-5, 10), factor=st.floats(0.01, 100))
def test_capacity_scales_with_current_and_mass_and_efficiency_does_not(mass: float, factor: float) -> None:
    cycling = cell([0.2], [0.19], interval_second=600)
    scaled = summary(cycling.assign(current_ampere=cycling.current_ampere * factor), mass=mass).table
    plain = summary(cycling, mass=1.0).table
    assert scaled.discharge_capacity.values == pytest.approx(plain.discharge_capacity.values * factor / mass)
    assert scaled.coulombic_efficiency.values == pytest.approx(plain.coulombic_efficiency.values)


def test_cycles_are_saved_whole(tmp_path: Path) -> None:
    found = summary(cell([0.2, 0.19], [0.25, 0.2]))
    save(found, tmp_path / "cycles.nc")
    again = load(tmp_path / "cycles.nc")
    assert (again.order, again.basis, again.mass) == ("discharge-first", "S", 2e-4)
    assert again.table.equals(found.table)


def test_bad_input_is_named_all_at_once() -> None:
    with pytest.raises(BadInput, match=r"mass = -1 g[^\n]*\nbasis is empty[^\n]*\norder = 'x'"):
        ec.cycles(cell([0.2], [0.2]), mass=-1, basis=" ", order="x")
    with pytest.raises(BadInput, match="add up to 1"):
        cell([0.2], [0.2], plateaus=[(1.9, 0.5)])
    with pytest.raises(BadInput, match="needs rng"):
        cell([0.2], [0.2], noise_volt=1.0)
    with pytest.raises(BadInput, match="order = 'x'"):
        cell([0.2], [0.2], order="x")
    for lists in (([], []), ([-1.0], [1.0])):
        with pytest.raises(BadInput, match="one or more capacities"):
            cell(*lists)
    found = summary(cell([0.2], [0.2]))
    for call in (
        lambda: ec.retention(found, reference=1, half_cycle="both"),
        lambda: ec.differential_capacity(found, cycle=1, half_cycle="both"),
    ):
        with pytest.raises(BadInput, match="half_cycle = 'both'; give 'discharge' or 'charge'"):
            call()
    with pytest.raises(BadInput, match="at most 100000 steps in it"):
        ec.differential_capacity(found, cycle=1, half_cycle="discharge", resolution=1e-9)
    with pytest.raises(BadInput, match="area = inf"):
        ec.rate_capability(found, area=np.inf)


# Capacities by reaction: the arithmetic of the published cell.


def test_theoretical_capacities() -> None:
    capacity = ec.theoretical_capacity
    assert round(capacity("S + 2 Na -> Na2S", carrier="Na", per="S")) == 1672
    assert round(capacity("3 S + 2 Na -> Na2S3", carrier="Na", per="S")) == 557  # 1675/3 = 558 in the paper
    assert round(capacity("4 S + 2 Na -> Na2S4", carrier="Na", per="S")) == 418  # 419 in the paper
    whole = capacity("S + 2 Na -> Na2S", carrier="Na", per="S + Na")
    assert whole == pytest.approx(capacity("S + 2 Na -> Na2S", carrier="Na", per="Na2S"))


def test_558_belongs_to_na2s3_and_not_to_the_na2s4_named_beside_it() -> None:
    per_sulfur = {n: ec.theoretical_capacity(f"{n} S + 2 Na -> Na2S{n}", carrier="Na", per="S") for n in (3, 4)}
    assert abs(per_sulfur[3] - 558) < 2 < abs(per_sulfur[4] - 558)


def test_1280_is_76_percent_of_the_theoretical_capacity() -> None:
    assert pytest.approx(0.76, abs=0.006) == 1280 / 1675
    assert 1280 / ec.theoretical_capacity("S + 2 Na -> Na2S", carrier="Na", per="S") == pytest.approx(0.766, abs=1e-3)


def test_sodium_consumed() -> None:
    assert ec.consumed_metal(1280, metal="Na") == pytest.approx(1.098, abs=5e-4)
    assert 2 * ec.molar_mass("Na") / ec.molar_mass("S") == pytest.approx(1.434, abs=5e-4)
    assert ec.metal_thickness(1.0, metal="Na", density=0.968) == pytest.approx(8.86, abs=0.005)
    with pytest.raises(BadInput, match="density = 0"):
        ec.metal_thickness(1.0, metal="Na", density=0)


def test_the_published_rate_test_and_the_1280_that_does_not_fit_it() -> None:
    """1116, 908, 574 mAh/g at 0.10, 0.20, 0.35 mA/cm2; another cell gave 1280 at the 0.10 of the first block."""
    area, mass = np.pi * 1.3**2 / 4, 2e-4
    runs = [
        ec.simulate_full_cell(
            [capacity * mass] * 5,
            charge_capacities=[capacity * mass] * 5,
            current=density * area,
            order="discharge-first",
            plateaus=PLATEAUS,
        )
        for density, capacity in ((0.10, 1116), (0.20, 908), (0.35, 574))
    ]
    rate = ec.rate_capability(summary(ec.join_runs(runs, pause=600), mass=mass), area=area)
    assert rate.current_density.values == pytest.approx([0.10, 0.20, 0.35], rel=1e-3)
    assert rate.discharge_capacity.values == pytest.approx([1116, 908, 574], rel=1e-3)
    assert rate["count"].values.tolist() == [5, 5, 5]
    assert 1280 / float(rate.discharge_capacity[0]) == pytest.approx(1.147, abs=2e-3)


def test_specific_energy_needs_its_basis() -> None:
    energies = ec.specific_energies(1280, 1.42, active="S", active_fraction=0.2, metal="Na")
    assert energies.values.round().tolist() == [1818, 866, 364, 298]
    assert energies.basis.values.tolist() == ["S", "S + consumed Na", "composite", "composite + consumed Na"]


def test_specific_energy_with_the_separator_tells_the_two_readings_of_25_mg_apart() -> None:
    """The printed 2.1 Wh/kg needs 25 mg on both sides together (175 mg); 25 mg a side (200 mg) gives 1.8."""
    values = [
        float(
            ec.specific_energies(
                1280, 1.42, active="S", active_fraction=0.2, metal="Na", composite_mass=1e-3, separator_mass=mass
            )[-1]
        )
        for mass in (0.175, 0.200)
    ]
    assert [round(value, 1) for value in values] == [2.1, 1.8]


def test_the_charge_of_the_ion_counts_in_what_is_consumed() -> None:
    """1000 mAh take 1000 * 3.6 / 96485 mol of electrons, and half as many of Mg as of Na."""
    electrons = 1000 * 3.6 / 96485.33212
    energies = ec.specific_energies(1000, 1.0, active="S", active_fraction=0.5, metal="Mg", metal_charge=2)
    assert energies.sel(basis="S + consumed Mg").item() == pytest.approx(1000 / (1 + electrons / 2 * 24.305), rel=1e-9)
    for charge in (0, -1, 1.5):
        with pytest.raises(BadInput, match="the charge of the ion, 1 or more"):
            ec.consumed_metal(1.0, metal="Na", charge=charge)
        with pytest.raises(BadInput, match="the charge of the ion, 1 or more"):
            ec.theoretical_capacity("S + 2 Na -> Na2S", carrier="Na", per="S", carrier_charge=charge)
    with pytest.raises(BadInput, match="is not an element"):
        ec.consumed_metal(1.0, metal="Na2S")
    for capacity in (-1.0, np.nan, np.inf):
        with pytest.raises(BadInput, match="capacity = "):
            ec.consumed_metal(capacity, metal="Na")
    with pytest.raises(BadInput, match="weighs 0 g/mol"):
        ec.molar_mass("Na0")
    with pytest.raises(BadInput, match="neither consumes nor produces"):
        ec.theoretical_capacity("S -> S", carrier="S", per="S")
    with pytest.raises(BadInput, match="give both"):
        ec.specific_energies(1, 1, active="S", active_fraction=1, metal="Na", composite_mass=np.nan, separator_mass=1)


def test_reactions_are_parsed_and_balanced() -> None:
    assert dict(reaction("Na3PS3.4O0.6 -> Na3PS3.4O0.6").coefficients) == {"Na3PS3.4O0.6": 0.0}
    with pytest.raises(BadInput, match="not balanced in Na by -1"):
        reaction("S + 3 Na -> Na2S")
    with pytest.raises(BadInput, match="give one ->"):
        reaction("S + 2 Na")
    with pytest.raises(BadInput, match="is not a term"):
        reaction("S + 2 -> Na2S")
    with pytest.raises(BadInput, match="has no Li"):
        ec.theoretical_capacity("S + 2 Na -> Na2S", carrier="Li", per="S")
    with pytest.raises(BadInput, match="give both composite_mass and separator_mass"):
        ec.specific_energies(1, 1, active="S", active_fraction=0.2, metal="Na", composite_mass=1.0)
    with pytest.raises(BadInput, match="a fraction up to 1"):
        ec.specific_energies(1, 1, active="S", active_fraction=2, metal="Na")
