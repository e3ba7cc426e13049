"""What a user gets wrong: every slip is a named error that says the way out."""

import numpy as np
import pytest

import structure
from shortrange_core import BadInput, Estimates
from structure import composition, from_areas, solve, statement

GLASS = composition("Na3PS3.4O0.6")
SPECIES = ("P:S4", "P:S3O", "P:S2O2", "P:S3/O", "Na2S")
NMR = statement("P:S2O2", value=0.05, sd=0.02, name="NMR")


TWO_FORMERS = composition("Na3PSiS4")
SERIES = [structure.Glass("a", 0.0, GLASS, (NMR,)), structure.Glass("b", 1.0, GLASS, (NMR,))]


def areas(*assignments, response=None):
    count = len(assignments)
    found = Estimates.build(
        [f"line {i}" for i in range(count)], [1.0] * count, [0.01] * count, assignment=list(assignments)
    )
    return from_areas(found, response=response)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: solve("Na3PS4", SPECIES), "is not a composition"),
        (lambda: solve(GLASS, "P:S4"), "tuple of labels"),
        (lambda: solve(GLASS, SPECIES, NMR), "list of statements"),
        (lambda: solve(GLASS, SPECIES, (e for e in [NMR])), "list of statements"),
        (lambda: solve(GLASS, SPECIES, [Estimates.build(["a"], [1.0], [1.0])]), r"from_areas\(areas\)"),
        (lambda: areas("P:S4 + 1"), "contains a number"),
        (lambda: areas("P:S4", "0.5"), "contains a number"),
        (lambda: areas("P:S4", response={"P:S4": "1.2"}), "is not a factor"),
        (lambda: areas("P:S4", response={"P:S4": -1.0}), "factor above 0"),
        (lambda: composition("Na3PS4-xOx", x="0.3"), "give a number"),
        (lambda: composition("Na3PS4-xOx", x=(0.3, 0.1, 2)), "give a number"),
        (lambda: structure.species(GLASS, max_bridges=-1), "0 or more"),
        (lambda: structure.species(GLASS, max_ligands=0), "1 or more"),
        (lambda: structure.check_label("P:S40"), "at most 8"),
        (lambda: structure.sample(GLASS, SPECIES, [NMR], thin=0, rng=np.random.default_rng(0)), "1 or more"),
        (
            lambda: structure.what_to_measure(GLASS, SPECIES, [NMR], [statement("BO", value=0.1)]),
            "the sd expected for it",
        ),
        (lambda: structure.solve_series([structure.Glass("a", 0.0, GLASS, (NMR,))], SPECIES, smooth=0.0), "above 0"),
        (lambda: structure.solve_series(SERIES[:1] * 2, SPECIES), "give each its own name\nx = 0, 0 does not ascend"),
        (lambda: structure.solve_series(SERIES, SPECIES, share=("FTIR",)), "share 'FTIR': no areas have this name"),
        (lambda: structure.solve_series(SERIES, SPECIES, trends={"P:S4": "up"}), "'rising' or 'falling'"),
        (lambda: GLASS.opened("P"), r"P: has no balance in .*; elements that can be left open: "),
        (
            lambda: GLASS.uncertain(P=0.1, Li=0.1, S=-1.0),
            "P: no amount .*\nLi: no amount .*\nS: sd = -1.0 must",
        ),
        (lambda: composition("Na3PS4", formers=("P", "Si")), "the former Si is absent; remove it from"),
        (lambda: composition("Na3PSiS4", formers=("P",)), "Si forms networks but is not in"),
        (lambda: structure.species(GLASS, former="Si"), "Si: not a former of"),
        (
            lambda: structure.species(TWO_FORMERS, former=("P", "Si"), max_bridges={"P": 1}),
            "Si: has no entry in max_bridges",
        ),
        (lambda: structure.species(GLASS, free=("Li2S",)), "Li2S: Li is not in"),
        (lambda: structure.species(composition("NaP")), "has no ligand"),
        (lambda: statement("BO/(BO + NBO)", of="P", value=0.1), "is already a ratio"),
        (
            lambda: structure.ranges(GLASS, SPECIES, quantities=("BO",)).of("NBO"),
            "has no range here",
        ),
        (
            lambda: structure.compare_hypotheses(
                GLASS, [structure.Hypothesis("one", SPECIES, (NMR,)), structure.Hypothesis("none", SPECIES, ())]
            ),
            r"use different numbers of data \(one: 1, none: 0\)",
        ),
    ],
)
def test_a_slip_is_named(call, said):
    with pytest.raises(BadInput, match=said):
        call()


def test_all_slips_of_one_call_come_together():
    with pytest.raises(BadInput) as caught:
        solve("Na3PS4", "P:S4", NMR)
    assert len(caught.value.problems) == 3


def test_mistakes_in_species_name_the_glass_each_time():
    """What is remembered for one glass must not speak of another."""
    for text in ("Na3PS3.4O0.6", "Na3PS3.7O0.3"):
        with pytest.raises(BadInput, match=text):
            solve(composition(text), ("P:S4", "Si:S4"))


def test_a_network_former_of_te_is_neutral():
    """As a former Te gives its charge and takes none."""
    assert composition("0.2Na2O-0.8TeO2", formers=("Te",)).imbalance == pytest.approx(0, abs=1e-12)
