"""Layered separators and their mechanics: the published arithmetic line by line, and curves made from known moduli."""

from pathlib import Path

import numpy as np
import pytest

import electrochemistry as ec
from electrochemistry.separators._layers import temperature_factor
from shortrange_core import BadInput, Estimates, load, save
from shortrange_core.shown_numbers import with_sd

AREA = np.pi * 1.3**2 / 4  # 13 mm die
GLASS = ec.Material("x=0.6", density=2.28, conductivity=8.2e-5, stated_temperature=333.15)


def core(stated, **options):
    return ec.Material("x=0.15", 2.28, 2.7e-4, stated, activation_energy=41.5, form="ln sigma", **options)


def trilayer(stated=333.15):
    side = ec.Layer(GLASS, mass=0.025, relative_density=1.0)
    return [side, ec.Layer(core(stated), mass=0.150, relative_density=1.0), side]


def test_the_die_has_the_printed_area() -> None:
    assert pytest.approx(1.327, abs=5e-4) == AREA


def test_published_thicknesses() -> None:
    thickness = ec.separator(trilayer(), area=AREA, temperature=333.15).thickness
    assert thickness.value.values * 1e4 == pytest.approx([83, 496, 83, 661], abs=0.8)


@pytest.mark.parametrize(("stated", "resistance", "voltage"), [(333.15, 385, 0.89), (298.15, 233, 0.54)])
def test_published_resistance_by_the_temperature_of_the_conductivity(stated, resistance, voltage) -> None:
    stack = ec.separator(trilayer(stated), area=AREA, temperature=333.15)
    assert float(stack.area_resistance.value.item()) == pytest.approx(resistance, abs=0.5)
    assert float(ec.ohmic_voltage(stack, 2.3).value.item()) == pytest.approx(voltage, abs=0.005)
    effective = float(stack.conductivity.value.item())
    assert effective == pytest.approx(float(stack.thickness.value[-1]) / float(stack.area_resistance.value.item()))


def test_a_conductivity_without_a_temperature_is_refused_or_gives_every_case() -> None:
    with pytest.raises(BadInput, match=r"x=0\.15: no temperature is stated"):
        ec.separator(trilayer(None), area=AREA, temperature=333.15)
    cases = ec.separator_cases(trilayer(None), area=AREA, temperature=333.15)
    assert [round(float(case.area_resistance.value.item())) for case in cases] == [233, 385]
    assert all(case.notes[0].code == "temperature-assumed" for case in cases)
    (whole,) = ec.separator_cases(trilayer(333.15), area=AREA, temperature=333.15)
    assert whole.notes == (), "nothing is open: there is one case, not the same one twice"


def test_the_form_of_the_activation_energy_matters() -> None:
    plain = temperature_factor(333.15, 298.15, 41.5, "ln sigma")
    assert temperature_factor(333.15, 298.15, 44.2, "ln sigma T") == pytest.approx(plain, rel=0.02)
    assert temperature_factor(333.15, 298.15, 41.5, "ln sigma T") == pytest.approx(plain * 298.15 / 333.15)


def test_errors_of_one_material_are_shared_by_its_layers() -> None:
    material = ec.Material("A", 2.0, 1e-4, 300.0, density_sd=0.1)
    two = ec.separator([ec.Layer(material, 0.1, 1.0)] * 2, area=1.0, temperature=300.0)
    assert float(two.thickness.correlation[0, 1]) == pytest.approx(1.0)
    assert float(two.area_resistance.sd.item() / two.area_resistance.value.item()) == pytest.approx(0.05, rel=1e-4)
    apart = [ec.Layer(ec.Material(name, 2.0, 1e-4, 300.0, density_sd=0.1), 0.1, 1.0) for name in "AB"]
    other = ec.separator(apart, area=1.0, temperature=300.0)
    assert float(other.area_resistance.sd.item() / other.area_resistance.value.item()) == pytest.approx(
        0.05 / np.sqrt(2), rel=1e-4
    )


def test_error_of_area_cancels_in_the_effective_conductivity() -> None:
    stack = ec.separator(trilayer(), area=AREA, area_sd=0.05, temperature=333.15)
    assert float(stack.area_resistance.sd.item()) > 5
    assert float(stack.conductivity.sd.item()) == pytest.approx(0.0, abs=1e-9)


def test_a_measured_resistance_against_the_stack() -> None:
    stack = ec.separator(trilayer(), area=AREA, area_sd=0.02, temperature=333.15)
    measured = {value: Estimates.build(["R"], [value], [10.0**2]) for value in (390.0, 450.0, 233.0)}
    assert ec.check_resistance(stack, measured[390.0]).verdict == "agrees"
    higher = ec.check_resistance(stack, measured[450.0])
    assert (higher.verdict, higher.notes[0].code) == ("higher", "resistance-above-stack")
    low = ec.check_resistance(stack, measured[233.0])
    assert (low.verdict, low.notes[0].code) == ("too low", "resistance-too-low")
    with pytest.raises(BadInput, match="give one positive entry"):
        ec.check_resistance(stack, Estimates.build(["R"], [-1.0], [1.0]))


def test_the_stack_decides_on_a_short() -> None:
    """A flat trace at 300 ohm cm2 is a short if the stack has 385, and none if it has 233."""
    cycling = ec.simulate_symmetric_cell(np.arange(1, 20) * 0.05, area=AREA, resistance=300.0)
    half = ec.half_cycles(cycling, area=AREA)
    verdicts = [
        ec.critical_current(half, criterion=ec.Criterion("drop"), stack_resistance=case.area_resistance).short
        for case in ec.separator_cases(trilayer(None), area=AREA, area_sd=0.02, temperature=333.15)
    ]
    assert verdicts == ["none", "soft"]


def test_stacks_and_curves_are_saved_whole(tmp_path: Path) -> None:
    stack = ec.separator_cases(trilayer(None), area=AREA, temperature=333.15)[0]
    save(stack, tmp_path / "stack.nc")
    again = load(tmp_path / "stack.nc")
    assert again.layers == stack.layers
    assert again.notes == stack.notes
    assert again.area_resistance.value.item() == stack.area_resistance.value.item()
    found = ec.indentation(*curve(), area_function=berkovich, **DIAMOND)
    save(found, tmp_path / "curve.nc")
    assert load(tmp_path / "curve.nc").indentation_modulus == found.indentation_modulus


def test_offending_layers_are_named_together() -> None:
    other = ec.Material("B", 2.0, 1e-4, 290.0)
    with pytest.raises(
        BadInput,
        match=r"area = -1[^\n]*\nB: its conductivity is stated for 290[^\n]*\nx=0.6: its conductivity is stated",
    ):
        ec.separator([ec.Layer(other, 1.0, 1.0), ec.Layer(GLASS, 1.0, 1.0)], area=-1.0, temperature=300.0)
    with pytest.raises(BadInput, match="has no layer"):
        ec.separator([], area=1.0, temperature=300.0)
    with pytest.raises(BadInput, match="two materials share a name"):
        ec.separator(
            [ec.Layer(ec.Material("A", 2.0, 1e-4, 300.0), 1, 1), ec.Layer(ec.Material("A", 3.0, 1e-4, 300.0), 1, 1)],
            area=1.0,
            temperature=300.0,
        )
    with pytest.raises(BadInput, match="kelvin from 100 to 3000"):
        ec.separator(trilayer(), area=1.0, temperature=60)
    with pytest.raises(BadInput, match="candidates is empty"):
        ec.separator_cases(trilayer(None), area=1.0, temperature=333.15, candidates=[])
    with pytest.raises(BadInput, match="current_density = nan"):
        ec.ohmic_voltage(ec.separator(trilayer(), area=1.0, temperature=333.15), float("nan"))


def test_a_resistance_without_a_variance_is_no_verdict() -> None:
    stack = ec.separator(trilayer(), area=AREA, temperature=333.15)
    with pytest.raises(BadInput, match=r"measured = 100\.0: give it with its variance"):
        ec.check_resistance(stack, 100.0)
    with pytest.raises(BadInput, match="with its variance"):
        ec.check_resistance(stack, Estimates.build(["R"], [100.0], [np.nan]))
    same = stack.area_resistance.value.item() * (1 + 1e-12)
    assert ec.check_resistance(stack, Estimates.build(["R"], [same], [0.0])).verdict == "agrees"


# Mechanics.


def test_shear_modulus_and_the_cost_of_the_assumed_poisson_ratio() -> None:
    found = ec.shear_modulus(20.9, poisson_ratio=0.3, sd=0.7)
    assert found.value.values == pytest.approx([8.04, 8.61, 7.46], abs=0.005)
    assert float(found.sd[0]) == pytest.approx(0.27, abs=0.005)
    assert float(found.value[1] - found.value[2]) > 4 * float(found.sd[0])
    with pytest.raises(BadInput, match=r"poisson_ratio = 0\.5"):
        ec.shear_modulus(20.9, poisson_ratio=0.5)
    with pytest.raises(BadInput, match="youngs_modulus = -1"):
        ec.shear_modulus(-1, poisson_ratio=0.3)


@pytest.mark.parametrize(("modulus", "ratio"), [(4.6, 4.7), (10.0, 2.1)])
def test_elastic_criterion_prints_the_choice_of_the_metal(modulus, ratio) -> None:
    found = ec.elastic_criterion(
        8.04, metal="Na", metal_youngs_modulus=modulus, metal_poisson_ratio=1 / 3, source="handbook", sd=0.27
    )
    assert found.ratio == pytest.approx(ratio, abs=0.05)
    assert found.ratio_sd / found.ratio == pytest.approx(0.27 / 8.04)
    assert f"Na) = {with_sd(found.ratio, found.ratio_sd)} with G(Na)" in found.text
    assert "handbook" in found.text
    assert "no verdict" in found.text
    assert [note.code for note in found.notes] == ["elastic-rule-no-verdict"]
    with pytest.raises(BadInput, match=r"metal_poisson_ratio = 0\.6[^\n]*\nsource is empty"):
        ec.elastic_criterion(8.0, metal="Na", metal_youngs_modulus=1.0, metal_poisson_ratio=0.6, source="")
    with pytest.raises(BadInput, match="metal is empty"):
        ec.elastic_criterion(8.0, metal=" ", metal_youngs_modulus=1.0, metal_poisson_ratio=0.3, source="A")


def test_relative_density_against_pressure_of_pellets_whose_bulk_density_is_known() -> None:
    pellets = [ec.Pellet.of_density(*row, sd=0.02) for row in ((150, 2.22), (50, 1.95), (300, 2.26))]
    table = ec.densities(pellets, true_density=2.28).table
    assert table.pressure.values.tolist() == [50, 150, 300]
    assert table.bulk_density.values == pytest.approx([1.95, 2.22, 2.26])
    assert table.relative_density.values == pytest.approx([0.855, 0.974, 0.991], abs=1e-3)
    assert table.relative_density_sd.values == pytest.approx(0.02 / 2.28)
    with pytest.raises(BadInput, match=r"bulk densities 2\.5\(1 MPa\) exceed"):
        ec.densities([ec.Pellet.of_density(1, 2.5)], true_density=2.28)
    for pressure in (-1.0, np.nan):
        with pytest.raises(BadInput, match=r"pressure = -?[0-9.nan]+ MPa: must be finite and 0 or more"):
            ec.densities([ec.Pellet.of_density(pressure, 2.0)], true_density=2.28)


DIAMOND = {"indenter_modulus": 1141.0, "indenter_poisson": 0.07, "shape_factor": 1.0}


def berkovich(depth: float) -> float:
    return 24.5 * depth**2


def curve(modulus=22.97, hardness=1.0, contact_depth=400.0, exponent=1.4, rows=200, noise=0.0, seed=0, pop_in=None):
    """Load-depth curve of a body of known indentation modulus and hardness (GPa), depths in nm and loads in mN."""
    area = berkovich(contact_depth)
    top = hardness * area * 1e-6
    reduced = 1 / (1 / modulus + (1 - DIAMOND["indenter_poisson"] ** 2) / DIAMOND["indenter_modulus"])
    stiffness = 2 * reduced * np.sqrt(area / np.pi) * 1e-6
    deepest = contact_depth + 0.75 * top / stiffness
    final = deepest - exponent * top / stiffness
    down = np.linspace(deepest, final + 1e-3 * (deepest - final), rows)
    loading = np.linspace(0.0, 1.0, rows)
    x = np.concatenate([deepest * np.sqrt(loading), down[1:]])
    y = np.concatenate([top * loading, top * ((down[1:] - final) / (deepest - final)) ** exponent])
    if pop_in is not None:
        at, jump = pop_in
        x[at:rows] += np.linspace(jump, 0.0, rows - at)
    rng = np.random.default_rng(seed)
    return x + noise * rng.standard_normal(x.size), y


@pytest.mark.parametrize("exponent", [1.25, 1.4, 1.6])
def test_known_modulus_and_hardness_come_back(exponent) -> None:
    found = ec.indentation(*curve(exponent=exponent), area_function=berkovich, **DIAMOND)
    assert found.indentation_modulus == pytest.approx(22.97, rel=1e-4)
    assert found.hardness == pytest.approx(1.0, rel=1e-5)
    assert found.exponent == pytest.approx(exponent, abs=1e-4)
    assert found.contact_depth == pytest.approx(400.0, rel=1e-5)
    assert found.youngs_modulus(0.3) == pytest.approx(20.9, abs=0.01)
    assert found.notes == ()


def test_modulus_survives_noise() -> None:
    values = [
        ec.indentation(*curve(noise=0.2, seed=seed), area_function=berkovich, **DIAMOND).indentation_modulus
        for seed in range(30)
    ]
    assert np.mean(values) == pytest.approx(22.97, rel=0.01)
    assert np.std(values) < 0.03 * 22.97


def test_unusual_unloading_is_told() -> None:
    codes = {n.code for n in ec.indentation(*curve(exponent=2.2), area_function=berkovich, **DIAMOND).notes}
    assert "unloading-unusual" in codes
    depth, load = curve()
    codes = {
        n.code
        for n in ec.indentation(depth, load * (1 + 0.05 * np.sin(depth)), area_function=berkovich, **DIAMOND).notes
    }
    assert "unloading-misfit" in codes


@pytest.mark.parametrize("noise", [0.0, 1e-3])
def test_creep_at_the_greatest_load_belongs_to_the_depth(noise) -> None:
    """By hand: h_max = 1020 nm after 20 nm of creep, h_c = h_max - 0.75 P/S, H = P/(24.5 h_c^2)."""
    exponent, final, deepest = 1.5, 670.0, 1020.0
    contact = deepest - 0.75 * (deepest - final) / exponent
    top = 10.0
    loading = np.linspace(0.0, deepest - 20.0, 200)
    unloading = np.linspace(deepest, final, 200)
    depth = np.concatenate([loading, np.linspace(deepest - 20.0, deepest, 50), unloading])
    force = np.concatenate(
        [
            top * (loading / loading[-1]) ** 2,
            np.full(50, top),
            top * ((unloading - final) / (deepest - final)) ** exponent,
        ]
    )
    force = force + noise * top * np.random.default_rng(0).standard_normal(force.size)
    found = ec.indentation(depth, force, area_function=berkovich, **DIAMOND)
    assert found.contact_depth == pytest.approx(contact, rel=2e-3 if noise else 1e-6)
    assert found.hardness == pytest.approx(top / (24.5 * contact**2) * 1e6, rel=5e-3 if noise else 1e-5)
    assert ec.pop_ins(depth, force).sizes["pop_in"] == 0


def test_pop_ins_are_found_where_they_are() -> None:
    assert ec.pop_ins(*curve(noise=0.05)).sizes["pop_in"] == 0
    found = ec.pop_ins(*curve(noise=0.05, pop_in=(120, 15.0)))
    assert found.sizes["pop_in"] == 1
    assert float(found.jump[0]) == pytest.approx(15.0, abs=0.5)
    assert float(found.load_before[0]) == pytest.approx(119 / 199 * curve()[1].max())
    with pytest.raises(BadInput, match="false_alarm = 0; give a probability"):
        ec.pop_ins(*curve(), false_alarm=0)


def test_bad_curves_are_named() -> None:
    depth, load = curve()
    with pytest.raises(BadInput, match="give 10 or more finite ones"):
        ec.indentation(depth[:3], load, area_function=berkovich, **DIAMOND)
    with pytest.raises(BadInput, match="the unloading has 0 rows"):
        ec.indentation(depth[:200], load[:200], area_function=berkovich, **DIAMOND)
    with pytest.raises(BadInput, match="positive into the sample"):
        ec.indentation(-depth, load, area_function=berkovich, **DIAMOND)
    with pytest.raises(BadInput, match="greatest load is"):
        ec.indentation(depth, -np.abs(load), area_function=berkovich, **DIAMOND)
    with pytest.raises(BadInput, match="Poisson ratio in"):
        ec.indentation(depth, load, area_function=berkovich, **(DIAMOND | {"indenter_poisson": 0.7}))
    with pytest.raises(BadInput, match="above that of the indenter"):
        ec.indentation(depth, load * 1e3, area_function=berkovich, **DIAMOND)
    with pytest.raises(BadInput, match="check the area function"):
        ec.indentation(depth, load, area_function=lambda _: -1.0, **DIAMOND)
    with pytest.raises(BadInput, match=r"must be between -1 and 0\.5"):
        ec.indentation(depth, load, area_function=berkovich, **DIAMOND).youngs_modulus(0.9)
