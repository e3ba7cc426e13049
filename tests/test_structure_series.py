"""Glasses solved together: shared responses, amounts that are 0, trends and smoothness."""

from dataclasses import replace

import numpy as np
import pytest

import structure
from shortrange_core import BadInput, Estimates
from structure.balances import Kind, build_problem


def series(rng, sd=0.01):
    glasses = []
    for x in (0.15, 0.3, 0.6):
        truth = {"P:S4": 1 - x - 0.04, "P:S3/O": x / 2, "P:S3O": x / 2, "P:S3~P": 0.04}
        truth |= {"Na2S": truth["P:S3/O"] / 2 + 0.02, "S": 0.02}
        raman = structure.simulate(
            truth, {"420": "P:S4", "380": "P:S3~P"}, sd=sd / 4, rng=rng, scale=7 + x, response={"P:S3~P": 1.8}
        )
        oxygen = structure.statement("BO/(BO + NBO)", value=1 / 3 + rng.normal() * 0.01, sd=0.01, name="O 1s")
        evidence = [structure.from_areas(raman, response={"P:S3~P": (1.0, 0.7)}, name="Raman"), oxygen]
        if x == 0.15:  # one glass has NMR: it calibrates the response for all
            lines = {"82": "P:S4 + P:S3O", "73": "P:S3/O", "108": "P:S3~P"}
            evidence.append(structure.from_areas(structure.simulate(truth, lines, sd=sd / 4, rng=rng), name="NMR"))
        glasses.append((truth, structure.Glass(f"x{x}", x, structure.glass_of(truth), tuple(evidence))))
    return glasses


def test_responses_shared_in_a_series_help_every_glass():
    glasses = series(np.random.default_rng(0))
    species = tuple(glasses[0][0])
    alone = structure.solve_series([g for _, g in glasses], species)
    shared = structure.solve_series([g for _, g in glasses], species, share=("Raman",))
    pair = {"species": "P:S3~P", "sample": ["x0.3", "x0.6"]}
    assert np.all(shared.fractions.where(**pair).sd.values < 0.7 * alone.fractions.where(**pair).sd.values)
    names = [n for n in shared.parameters.entries if n.startswith("ln response")]
    values = shared.parameters.select(names).value.values
    assert values == pytest.approx(np.full(3, values[0]))
    assert abs(values[0] - np.log(1.8)) < 4 * shared.parameters.select(names).sd.values[0]
    assert shared.x.tolist() == [0.15, 0.3, 0.6]
    truth = np.concatenate([list(t.values()) for t, _ in glasses])
    pulls = (shared.fractions.value.values - truth) / np.maximum(shared.fractions.sd.values, 1e-12)
    assert np.abs(pulls[shared.fractions.sd.values > 1e-9]).max() < 4


def test_the_crystalline_part_of_one_compound_makes_none_of_another():
    """Free S is not crystalline because a statement names Na2S(cr), whose text ends alike."""
    glass = structure.composition("Na3PS4")
    xrd = structure.statement("Na2S(cr)", value=0.02, sd=0.005, name="XRD")
    problem = build_problem(glass, ("P:S4", "P:S3/S", "P:S3~P", "Na2S", "S"), [xrd])
    assert problem.crystalline == ("Na2S",)
    assert [v.of for v in problem.variables if v.kind is Kind.CRYSTALLINE] == ["Na2S"]
    both = structure.statement("Na2S(cr) + S(cr)", value=0.02, sd=0.005, name="XRD")
    assert build_problem(glass, ("P:S4", "P:S3/S", "Na2S", "S"), [both]).crystalline == ("Na2S", "S")


def test_the_crystalline_part_of_a_compound_is_no_more_than_the_compound():
    glass = structure.composition("Na3PS3.4O0.6")
    crystalline = structure.statement("Na2S(cr)", at_least=0.05, name="XRD")
    found = structure.ranges(glass, ("P:S4", "P:S3O", "P:S3/S", "Na2S"), [crystalline], quantities=("Na2S", "Na2S(cr)"))
    assert found.of("Na2S")[0] == pytest.approx(0.05)
    assert found.of("Na2S(cr)")[1] == pytest.approx(found.of("Na2S")[1])


def test_responses_are_shared_under_any_name_of_the_areas():
    glasses = [
        structure.Glass(g.name, g.x, g.composition, tuple(renamed(e, "Raman in air") for e in g.evidence))
        for _, g in series(np.random.default_rng(0))
    ]
    species = ("P:S4", "P:S3/O", "P:S3O", "P:S3~P", "Na2S", "S")
    shared = structure.solve_series(glasses, species, share=("Raman in air",))
    names = [n for n in shared.parameters.entries if n.startswith("ln response")]
    values = shared.parameters.select(names).value.values
    assert values == pytest.approx(np.full(3, values[0]))


def renamed(piece, name):
    return replace(piece, name=name) if piece.name == "Raman" else piece


@pytest.mark.parametrize("shape", [{}, {"trends": {"P:S3O": "rising"}}, {"smooth": 10.0}])
def test_units_of_elements_that_a_glass_lacks_are_0_there(shape):
    """A series begins with the sulfide: its formula names no oxygen."""
    units = ("P:S4", "P:S3O", "Na2S", "Na2O")
    oxygen = [
        structure.Glass(f"x{x}", x, structure.composition(text), (structure.statement("Na2O", value=0.0, sd=0.01),))
        for x, text in ((0.3, "Na3PS3.7O0.3"), (0.6, "Na3PS3.4O0.6"))
    ]
    first = structure.Glass("x0", 0.0, structure.composition("Na3PS4"), ())
    found = structure.solve_series([first, *oxygen], units, **shape)
    values = np.array([solution.values for solution in found.solutions])
    assert values[:, 1] == pytest.approx([0.0, 0.3, 0.6], abs=1e-6)
    assert values[0] == pytest.approx([1.0, 0.0, 0.0, 0.0], abs=1e-9)
    assert found.solutions[0].upper[1] == 0.0


def test_an_amount_that_is_0_without_a_wall_keeps_its_interval_in_a_series():
    units = ("P:S4", "P:S3/S", "P:S3~P", "Na2S", "S")
    areas = Estimates.build(["a", "b", "c"], [0.8, 0.2, 0.0], np.full(3, 0.01**2), assignment=list(units[:3]))
    evidence = (structure.from_areas(areas, scale=1.0, name="areas"),)
    pair = [structure.Glass(f"x{x}", x, structure.composition("Na3PS4"), evidence) for x in (0.0, 1.0)]
    alone = structure.solve_series(pair, units).solutions[0]
    together = structure.solve_series(pair, units, smooth=1.0, trends={"P:S3/S": "rising"}).solutions[0]
    at = units.index("P:S3~P")
    assert abs(alone.values[at]) < 1e-8
    assert alone.upper[at] > 0.01
    assert together.upper[at] == pytest.approx(alone.upper[at], rel=0.5)


def test_trend_and_smoothness():
    glass = structure.composition("50Na2O-50P2O5")
    units = ("P:O/O3", "P:O2/O2", "P:O3/O")
    measured = (0.9, 0.8, 0.85)
    glasses = [
        structure.Glass(f"g{i}", float(i), glass, (structure.statement("P:O2/O2", value=v, sd=0.02),))
        for i, v in enumerate(measured)
    ]
    falling = structure.solve_series(glasses, units, trends={"P:O2/O2": "falling"})
    assert falling.fractions.where(species="P:O2/O2").value.values == pytest.approx([0.9, 0.825, 0.825])
    smooth = structure.solve_series(glasses, units, smooth=1e-6)
    line = smooth.fractions.where(species="P:O2/O2").value.values
    assert np.diff(line, 2) == pytest.approx([0], abs=1e-5)
    assert line == pytest.approx(np.polyval(np.polyfit([0, 1, 2], measured, 1), [0, 1, 2]), abs=1e-4)
    with pytest.raises(BadInput, match="does not ascend"):
        structure.solve_series(glasses[::-1], units)
    with pytest.raises(BadInput, match="no areas have this name"):
        structure.solve_series(glasses, units, share=("Raman",))
    with pytest.raises(BadInput, match="name a species"):
        structure.solve_series(glasses, units, trends={"P:S4": "falling"})


def test_smoothness_and_trends_are_judged_by_what_they_add_to_chi2():
    """Evidence that fits well has room for a coupling that contradicts it: the whole may agree."""
    curved = {0.1: 0.10, 0.2: 0.24, 0.3: 0.30}

    def solved(sd, **couplings):
        glasses = [
            structure.Glass(
                f"x{x}",
                x,
                structure.composition("Na3PS4-xOx", x=x),
                (structure.statement("P:S3/O", value=value, sd=sd),),
            )
            for x, value in curved.items()
        ]
        return structure.solve_series(glasses, ("P:S4", "P:S3O", "P:S3/O", "Na2S"), **couplings, check=False)

    loose, bent = solved(0.01, smooth=20.0), solved(0.01, smooth=0.05)
    assert loose.agreement.verdict == "agrees"
    (added,) = bent.couplings
    assert (added.cause, added.verdict) == ("added by smoothness", "disagrees")
    assert bent.agreement == added
    assert {s.widening for s in bent.solutions} == {added.widening}
    assert "added by smoothness" in bent.text
    assert solved(0.001, smooth=0.05).solutions[0].status == "rejected"
    falling = solved(0.01, trends={"P:S3/O": "falling"})
    assert [c.cause for c in falling.couplings] == ["added by trends"]
    assert falling.agreement.verdict == "rejected"
    assert solved(0.01, trends={"P:S3/O": "rising"}).couplings[0].chi2 == pytest.approx(0.0, abs=1e-9)
