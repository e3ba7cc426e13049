"""Balances, evidence, solve and ranges: hand cases first, then recovery, then properties."""

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from solved_glasses import LINES, TRUTH, areas_of, glass_of

import structure
from shortrange_core import Estimates, Infeasible, Status, load, save


def test_binary_phosphate_connectivity_follows_from_composition():
    """n = 3 - R and BO/(BO+NBO) = (3-R)/(5+R) for R = M/P (facts: binary M2O-P2O5)."""
    glass = structure.composition("60Na2O-40P2O5")
    found = structure.ranges(glass, structure.species(glass), quantities=("contacts", "BO/(BO + NBO)"))
    ratio = 1.5
    assert found.of("contacts") == pytest.approx((3 - ratio, 3 - ratio), abs=1e-9)
    assert found.of("BO/(BO + NBO)") == pytest.approx(((3 - ratio) / (5 + ratio),) * 2, abs=1e-9)


def test_every_freed_modifier_has_a_bridge_or_a_p_p_bond():
    """In Na3PS4-xOx: Na2S + Na2O = (bridging bonds + P in P-P)/2 per P."""
    glass = structure.composition("Na3PS4-xOx", x=0.3)
    species = structure.species(glass, max_bridges=2, homopolar=True, free=("Na2S", "Na2O", "S"))
    found = structure.ranges(glass, species, quantities=("Na2S + Na2O - 0.5*contacts - 0.5*P-P",))
    assert found.of("Na2S + Na2O - 0.5*contacts - 0.5*P-P") == pytest.approx((0.0, 0.0), abs=1e-9)


def test_redox_follows_from_the_other_balances():
    glass = structure.composition("Na3PS4-xOx", x=0.3)
    species = structure.species(glass, max_bridges=2, homopolar=True, free=("Na2S", "Na2S2", "S"))
    found = structure.ranges(glass, species, quantities=("0.5*P-P - S - Na2S2",))
    assert found.of("0.5*P-P - S - Na2S2") == pytest.approx((0.0, 0.0), abs=1e-9)


def test_oxygen_balance_alone_finds_ps3o_and_amplifies():
    """PS3O = x - 2 PS2O2 - 3 PSO3 - 4 PO4: 0.02 on each gives 0.02 sqrt(4 + 9 + 16) = 0.108 per P."""
    glass = structure.composition("Na3PS3.4O0.6")
    values = {"P:S2O2": 0.05, "P:SO3": 0.03, "P:O4": 0.02}
    evidence = [structure.statement(name, value=v, sd=0.02) for name, v in values.items()]
    found = structure.solve(glass, ("P:S4", "P:S3O", *values), evidence)
    assert structure.value_of(found, "P:S3O").value.item() == pytest.approx(0.6 - 0.1 - 0.09 - 0.08)
    assert structure.value_of(found, "P:S3O").sd.item() == pytest.approx(0.02 * np.sqrt(29))
    assert "fractions-anticorrelated" in {note.code for note in found.notes}


def test_exact_data_give_the_truth_and_meet_every_balance():
    glass = glass_of(TRUTH)
    found = structure.solve(glass, tuple(TRUTH), [structure.from_areas(areas_of(LINES, TRUTH, 0.01, scale=1e5))])
    assert found.fractions.value.values == pytest.approx(list(TRUTH.values()), abs=1e-8)
    assert np.abs(found.residuals.values).max() < 1e-9
    assert found.status is Status.OK
    assert found.sites.value.values[:2] == pytest.approx([0.11, 0.49], abs=1e-8)


def test_covariance_sums_to_zero_by_closure():
    glass = glass_of(TRUTH)
    found = structure.solve(glass, tuple(TRUTH), [structure.from_areas(areas_of(LINES, TRUTH, 0.01))])
    units = [i for i, kind in enumerate(found.fractions.facets["kind"]) if kind == "unit"]
    assert np.abs(found.fractions.covariance.values[:, units].sum(axis=1)).max() < 1e-12


def test_pulls_of_recovered_fractions_are_standard_normal():
    glass = glass_of(TRUTH)
    pulls: Any = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        nmr = structure.from_areas(areas_of(LINES, TRUTH, 0.004, scale=3e4, rng=rng), name="NMR")
        oxygen = structure.statement("BO/(BO + NBO)", value=0.11 / 0.6 + 0.01 * rng.normal(), sd=0.01)
        found = structure.solve(glass, tuple(TRUTH), [nmr, oxygen])
        inside = ("P:S3/O", "P:S2O2", "Na2S", "P:S3~P")
        part = found.fractions.select(inside)
        pulls.append((part.value.values - [TRUTH[name] for name in inside]) / part.sd.values)
    pulls = np.array(pulls)
    assert np.abs(pulls.mean(axis=0)).max() < 4 / np.sqrt(150)
    assert np.abs(pulls.std(axis=0) - 1).max() < 4 / np.sqrt(300)


def test_known_detection_factors_and_unknown_responses():
    glass = glass_of(TRUTH)
    seen = {"P:S4": 0.93, "P:S3O": 0.9, "P:S3~P": 0.65, "P:S3/O": 0.77}
    nmr = areas_of(LINES, TRUTH, 0.004, seen=seen)
    found = structure.solve(glass, tuple(TRUTH), [structure.from_areas(nmr, response=seen)])
    assert found.fractions.value.values == pytest.approx(list(TRUTH.values()), abs=1e-7)
    raman = areas_of(
        ("P:S4", "P:S3~P", "P:S3/S"), TRUTH, 0.003, seen={"P:S3~P": 1.7, "P:S3/S": 0.6}, scale=8.0, technique="Raman"
    )
    responses = {"P:S3~P": (1.0, 0.7), "P:S3/S": (1.0, 0.7)}
    both = [structure.from_areas(nmr, response=seen), structure.from_areas(raman, response=responses)]
    found = structure.solve(glass, tuple(TRUTH), both)
    part = found.parameters.select(["ln response of P:S3~P in Raman"])
    assert abs(part.value.item() - np.log(1.7)) < 2 * part.sd.item()
    alone = structure.solve(glass, tuple(TRUTH), both[1:])
    assert alone.status is Status.UNDETERMINED
    assert "fraction-undetermined" in {note.code for note in alone.notes}
    low, high = (alone.fractions.facets[f"interval_{side}"] for side in ("lower", "upper"))
    assert all(a <= t <= b for a, t, b in zip(low, TRUTH.values(), high, strict=True))


def test_oxygen_1s_areas_count_bridging_and_terminal():
    glass = structure.composition("50Na2O-50P2O5")
    areas = Estimates.build(
        ["bridging", "terminal", "Auger"], [330.0, 670.0, 5000.0], [25.0, 25.0, 1e4], assignment=["BO", "NBO", ""]
    )
    found = structure.solve(glass, structure.species(glass), [structure.from_areas(areas, name="O 1s")])
    assert found.sites.value.values[3] == pytest.approx(1 / 3)
    assert found.dof == 1  # the ratio is fixed by charge balance, so the measured one tests it
    assert found.chi2 == pytest.approx(_chi2_of_ratio(), rel=1e-3)


def _chi2_of_ratio():
    # two areas, one free scale: distance of (330, 670) from the line (1, 2), sd 5 each
    return (330 * 2 - 670 * 1) ** 2 / (5**2 * 5)


def test_one_sided_statement_acts_only_when_broken():
    glass = structure.composition("50Na2O-50P2O5")
    units = ("P:O/O3", "P:O2/O2", "P:O3/O")
    kept = structure.solve(glass, units, [
        structure.statement("P2", value=0.9, sd=0.02, name="NMR"),
        structure.statement("P:O3/O", at_most=0.2, sd=0.02, name="small"),
    ])  # fmt: skip
    assert kept.fractions.value.values == pytest.approx([0.05, 0.9, 0.05])
    assert kept.dof == 0
    broken = structure.solve(glass, units, [
        structure.statement("P2", value=0.9, sd=0.02, name="NMR"),
        structure.statement("P:O3/O", at_most=0.01, sd=0.02, name="small"),
    ])  # fmt: skip
    # minimise ((1 - 2a - 0.9)/0.02)^2 + ((a - 0.01)/0.02)^2 over a: a = (0.2 + 0.01)/5
    assert broken.fractions.value.values[2] == pytest.approx(0.042)
    assert broken.dof == 1


def test_fraction_at_zero_has_a_one_sided_interval():
    glass = structure.composition("50Na2O-50P2O5")
    units = ("P:O/O3", "P:O2/O2", "P:O3/O")
    found = structure.solve(glass, units, [structure.statement("P2", value=1.02, sd=0.02)])
    assert found.status is Status.AT_BOUND
    at = found.fractions.facets["status"].index("at_bound")
    # chi2((1 - 2a - 1.02)/0.02) = chi2(0) + 3.84: 2a = 0.02 (sqrt(1 + 3.84) - 1)
    assert found.fractions.facets["interval_upper"][at] == pytest.approx(0.01 * (np.sqrt(1 + 3.8415) - 1), rel=1e-3)
    assert "fraction-at-bound" in {note.code for note in found.notes}
    exact = structure.ranges(glass, units, [structure.statement("P2", value=1.02, sd=0.02)], level=0.95)
    assert exact.of("P:O3/O")[1] == pytest.approx(0.01 * (np.sqrt(1 + 3.8415) - 1), rel=1e-3)


def test_what_is_held_at_zero_is_exactly_zero():
    """PS4 and PS3O fix the rest: P-P dimers ask for Na2S, PS2O2 is pushed below 0 and stops there."""
    truth = {"P:S4": 0.5, "P:S3O": 0.4, "P:S2O2": 0.0, "P:S3~P": 0.1, "Na2S": 0.05, "S": 0.05}
    lines = {"a": "P:S4", "b": "P:S3O", "c": "P:S2O2", "d": "P:S3~P"}
    bounded = 0
    for seed in range(20):
        areas = structure.simulate(truth, lines, sd=0.01, rng=np.random.default_rng(seed))
        found = structure.solve(glass_of(truth), tuple(truth), [structure.from_areas(areas)])
        table = found.fractions.table()
        lower, upper = table["interval_lower"], table["interval_upper"]
        assert (lower >= 0).all()
        for label in table.index[table["status"] == "at_bound"]:
            bounded += 1
            assert (table.loc[label, ["value", "sd", "lower", "upper", "interval_lower"]] == 0.0).all()
            assert np.all(found.fractions.covariance.sel(entry=label).values == 0.0)
            assert 0 < upper[label] < 0.1
        assert all(sd == 0 or sd > 1e-6 for sd in table["sd"])
    assert bounded > 3


def test_evidence_that_no_species_explains_is_rejected():
    """Charge balance fixes BO/(BO + NBO) of a metaphosphate at 1/3: 1/2 +- 0.01 gives chi2 = (1/6/0.01)^2 = 278."""
    glass = structure.composition("50Na2O-50P2O5")
    units = ("P:O/O3", "P:O2/O2", "P:O3/O")
    evidence = [
        structure.statement("P2", value=0.9, sd=0.02, name="NMR"),
        structure.statement("BO/(BO + NBO)", value=0.5, sd=0.01, name="O 1s"),
    ]
    with pytest.raises(
        Infeasible, match=r"do not agree: chi2 = 278 for 1 degree of freedom \(p below 1e-12\); .*: O 1s \(\+16.7 sd\)"
    ) as e:
        structure.solve(glass, units, evidence)
    for found in (e.value.record, structure.solve(glass, units, evidence, check=False)):
        assert found.status is Status.REJECTED
        assert found.feasible
        assert found.chi2 == pytest.approx((1 / 6 / 0.01) ** 2)
        note = next(note for note in found.notes if note.code == "evidence-disagrees")
        assert note.severity == "error"
        assert note.remedy == "allow other species, or see conflicts() for the contradicting pieces"
        assert found.fractions.value.values == pytest.approx([0.05, 0.9, 0.05])
    near = structure.solve(glass, units, [evidence[0], structure.statement("BO/(BO + NBO)", value=0.3733, sd=0.01)])
    assert near.status is Status.OK  # 4 sd: a warning, not a refusal
    assert [note.severity for note in near.notes if note.code == "evidence-disagrees"] == ["warning"]


def test_a_species_that_is_missing_is_told():
    """The line of P:S3/O read as PO4 counts four oxygen atoms a P where there is half of one."""
    truth = {"P:S4": 0.5, "P:S3O": 0.1, "P:S2O2": 0.1, "P:S3/O": 0.2, "P:O4": 0.1, "Na2S": 0.1}
    lines = {"a": "P:S4", "b": "P:S3O", "c": "P:S2O2", "d": "P:O4 + P:S3/O"}
    areas = structure.simulate(truth, lines, sd=0.01)
    read = Estimates.build(areas.entries, areas.value, areas.covariance, assignment=["P:S4", "P:S3O", "P:S2O2", "P:O4"])
    without = ("P:S4", "P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3~P", "Na2S", "S")
    with pytest.raises(Infeasible, match="the evidence and the allowed species do not agree") as error:
        structure.solve(glass_of(truth), without, [structure.from_areas(read, name="NMR", scale=1.0)])
    lower, upper = (np.array(error.value.record.fractions.facets[f"interval_{side}"]) for side in ("lower", "upper"))
    assert np.all((lower >= 0) & (lower <= upper))
    found = structure.solve(glass_of(truth), tuple(truth), [structure.from_areas(areas, name="NMR", scale=1.0)])
    assert found.chi2 == pytest.approx(0.0, abs=1e-6)


def test_a_series_does_not_hide_a_glass_that_disagrees():
    glass, units = structure.composition("50Na2O-50P2O5"), ("P:O/O3", "P:O2/O2", "P:O3/O")
    pieces = [(structure.statement("BO/(BO + NBO)", value=value, sd=0.01),) for value in (0.333, 0.5)]
    glasses = [structure.Glass(f"g{i}", float(i), glass, piece) for i, piece in enumerate(pieces)]
    for shape in ({}, {"trends": {"P:O2/O2": "rising"}}):
        with pytest.raises(Infeasible, match="agree"):
            structure.solve_series(glasses, units, **shape)
        series = structure.solve_series(glasses, units, check=False, **shape)
        assert series.chi2 == pytest.approx(278, rel=0.01)


def test_uncertain_composition_softens_the_balances():
    glass = structure.composition("mNa2O-(100-m)P2O5", m=(57.0, 0.5))
    units = ("P:O/O3", "P:O2/O2", "P:O3/O")
    evidence = [
        structure.statement("P:O2/O2", value=0.78, sd=0.02, name="Q2"),
        structure.statement("P:O3/O", value=0.22, sd=0.02, name="Q1"),
    ]
    found = structure.solve(glass, units, evidence, check=False)
    exact = structure.solve(structure.composition("57Na2O-43P2O5"), units, evidence, check=False)
    assert found.chi2 < exact.chi2
    assert abs(found.residuals.values[0]) < 1e-9
    assert np.abs(found.residuals.values[1:]).max() > 1e-4
    assert "evidence-disagrees" in {note.code for note in exact.notes}


def test_open_element_drops_its_line():
    glass = structure.composition("Na3PS3.9")  # some sulfur left as H2S
    units = ("P:S4", "P:S3/S", "Na2S")
    with pytest.raises(Infeasible, match="cannot be made from these species"):
        structure.solve(glass, units)
    found = structure.solve(glass.opened("S"), units, [structure.statement("P:S4", value=0.9, sd=0.01)])
    assert found.fractions.value.values == pytest.approx([0.9, 0.1, 0.05])


def test_composition_that_is_not_neutral_is_noted():
    glass = structure.composition("Na3PS3.95")
    found = structure.solve(glass, ("P:S4", "P:S3~P", "Na2S"))
    assert found.fractions.value.values == pytest.approx([0.9, 0.1, 0.05])
    assert "composition-not-neutral" in {note.code for note in found.notes}


def test_first_glass_of_a_series_takes_the_species_of_the_others():
    glass = structure.composition("Na3PS4-xOx", x=0.0)
    found = structure.solve(
        glass, ("P:S4", "P:S3O", "P:S3/O", "P:S3/S", "Na2S"), [structure.statement("P:S3/S", value=0.1, sd=0.01)]
    )
    assert found.fractions.value.values == pytest.approx([0.9, 0, 0, 0.1, 0.05])
    assert found.sites is None


def test_mixed_modifiers_limit_each_free_compound():
    glass = structure.composition("LiNa5P2S8")
    found = structure.ranges(glass, ("P:S4", "P:S3/S", "P:S2/S2", "Li2S", "Na2S"), quantities=("Li2S", "Na2S"))
    assert found.of("Li2S")[1] == pytest.approx(0.25)  # half a lithium per P
    assert found.of("Na2S")[1] == pytest.approx(1.0)  # all bridging: 2 of 3 charges free


def test_amount_of_an_anion_is_half_that_of_its_units():
    glass = structure.composition("Na3PS4")
    species = ("P:S4", "P:S3~P", "Na2S", "S")
    found = structure.solve(glass, species, [structure.statement("P2S6(4-) per anion", value=0.1, sd=0.01)])
    assert found.fractions.value.values[1] == pytest.approx(0.2)


def test_a_solution_survives_its_file(tmp_path):
    glass = glass_of(TRUTH)
    found = structure.solve(glass, tuple(TRUTH), [structure.from_areas(areas_of(LINES, TRUTH, 0.01))])
    save(found, tmp_path / "solution.nc")
    again = load(tmp_path / "solution.nc")
    assert np.array_equal(again.fractions.value.values, found.fractions.value.values)
    assert np.array_equal(again.fractions.covariance.values, found.fractions.covariance.values)
    assert (again.status, again.notes, again.composition.text) == (found.status, found.notes, found.composition.text)


fractions = st.lists(st.floats(0.02, 1.0), min_size=8, max_size=8)


@given(fractions, st.integers(0, 10_000))
def test_any_solution_closes_and_balances(weights, seed):
    amounts = np.array(weights) / sum(weights)
    truth = dict(zip([label for label in TRUTH if ":" in label], amounts, strict=True))
    truth |= {"Na2S": 0.2, "S": truth["P:S3~P"] / 2}
    glass = glass_of(truth)
    rng = np.random.default_rng(seed)
    evidence = [structure.from_areas(areas_of(LINES, truth, 0.02, rng=rng, scale=50.0))]
    found = structure.solve(glass, tuple(truth), evidence)
    values = found.fractions.value.values
    assert values.min() >= 0
    assert values[:8].sum() == pytest.approx(1, abs=1e-9)
    assert np.abs(found.residuals.values).max() < 1e-8
    order = rng.permutation(len(truth))
    again = structure.solve(glass, tuple(np.array(list(truth))[order]), evidence)
    assert again.fractions.value.values == pytest.approx(values[order], abs=2e-6)


@given(st.floats(1e-3, 1e6), st.integers(0, 1000))
def test_scaling_all_areas_changes_no_fraction(factor, seed):
    rng = np.random.default_rng(seed)
    glass = glass_of(TRUTH)
    areas = areas_of(LINES, TRUTH, 0.01, rng=rng)
    scaled = areas.linear(np.eye(len(areas)) * factor, areas.entries, assignment=list(LINES))
    one = structure.solve(glass, tuple(TRUTH), [structure.from_areas(areas, name="NMR")])
    other = structure.solve(glass, tuple(TRUTH), [structure.from_areas(scaled, name="NMR")])
    assert other.fractions.value.values == pytest.approx(one.fractions.value.values, abs=1e-6)
    assert other.fractions.sd.values == pytest.approx(one.fractions.sd.values, rel=1e-3, abs=1e-9)


@settings(max_examples=12)
@given(st.floats(0.05, 0.5), st.floats(0.0, 1.0))
def test_an_exact_statement_never_widens_a_range(x, share):
    glass = structure.composition("Na3PS4-xOx", x=x)
    species = structure.species(glass, max_bridges=1, homopolar=True, free=("Na2S", "S"))
    before = structure.ranges(glass, species)
    low, high = before.of("Na2S")
    after = structure.ranges(glass, species, [structure.statement("Na2S", at_most=low + share * (high - low))])
    assert np.all(after.lower >= before.lower - 1e-9)
    assert np.all(after.upper <= before.upper + 1e-9)


def test_raman_areas_without_responses_are_noted():
    glass = glass_of(TRUTH)
    raman = areas_of(("P:S4", "P:S3~P", "P:S3/S"), TRUTH, 0.003, technique="Raman")
    found = structure.solve(glass, tuple(TRUTH), [structure.from_areas(raman)], check=False)
    assert "areas-taken-as-fractions" in {note.code for note in found.notes}
    known = structure.from_areas(raman, response={"*": (1.0, 1.0), "P:S4": 1.0})
    again = structure.solve(glass, tuple(TRUTH), [known], check=False)
    assert "areas-taken-as-fractions" not in {note.code for note in again.notes}


def test_a_descent_that_is_cut_short_is_not_trusted(monkeypatch):
    monkeypatch.setattr("structure.solving._minimum.MAX_ITERATIONS", 1)
    evidence = [structure.from_areas(areas_of(LINES, TRUTH, 0.01, scale=1e5, rng=np.random.default_rng(0)))]
    with pytest.raises(Infeasible, match="not_converged"):
        structure.solve(glass_of(TRUTH), tuple(TRUTH), evidence)
    found = structure.solve(glass_of(TRUTH), tuple(TRUTH), evidence, check=False)
    assert "solve-not-converged" in {note.code for note in found.notes}


def test_steps_that_go_to_and_fro_come_to_an_end():
    """A Raman band below zero beside a response that nobody knows: whole steps passed the minimum by as much again."""
    rng = np.random.default_rng(3)
    nmr = areas_of(LINES, TRUTH, 0.03, scale=1e5, rng=rng)
    raman = areas_of(("P:S4", "P:S3~P", "P:S3/S"), TRUTH, 0.1, scale=50.0, rng=rng, technique="Raman")
    assert raman.value.values[1] < 0
    seen = structure.from_areas(raman, response={"*": (1.0, 1.0), "P:S4": 1.0})
    found = structure.solve(glass_of(TRUTH), tuple(TRUTH), [structure.from_areas(nmr), seen])
    assert found.chi2 == pytest.approx(9.0419, abs=1e-3)


def test_a_scale_with_a_standard_deviation_weighs_as_its_logarithm_does():
    """One unit, whose amount the composition fixes: the area is the scale, known from both."""
    area = Estimates.build(["a"], [1.5], [0.2**2], assignment=["P:S4"])
    evidence = structure.from_areas(area, scale=(1.0, 0.1))
    found = structure.solve(structure.composition("Na3PS4"), ["P:S4"], [evidence], check=False)
    logs = np.linspace(-0.5, 0.5, 100_001)
    assert found.chi2 == pytest.approx(np.min(((np.exp(logs) - 1.5) / 0.2) ** 2 + (logs / 0.1) ** 2), rel=1e-6)
