"""Formulas, weights, reactions and constants: one meaning in every package."""

import pytest

import electrochemistry as ec
import structure
from shortrange_core import BadInput
from shortrange_core.chemistry import (
    ATOMIC_WEIGHTS,
    FARADAY,
    GAS_CONSTANT,
    KJ_PER_MOL_PER_EV,
    SECOND_RADIATION_CONSTANT,
    SYMBOLS,
    formula_atoms,
    molar_mass,
    read_terms,
)
from structure.units._elements import ANION_VALENCE, MODIFIER_CHARGE, OTHER_OXIDATION, OXIDATION

LIKE = "A -> B"


def test_constants_are_made_of_the_exact_ones_of_the_si() -> None:
    avogadro, charge, boltzmann, planck, light = 6.02214076e23, 1.602176634e-19, 1.380649e-23, 6.62607015e-34, 299792458
    assert pytest.approx(avogadro * charge, rel=1e-10) == FARADAY
    assert pytest.approx(avogadro * boltzmann / 1000, rel=1e-10) == GAS_CONSTANT
    assert pytest.approx(avogadro * charge / 1000, rel=1e-10) == KJ_PER_MOL_PER_EV
    assert pytest.approx(100 * planck * light / boltzmann, rel=1e-9) == SECOND_RADIATION_CONSTANT


def test_every_element_with_a_place_in_the_balances_has_a_weight() -> None:
    placed = {"H", *ANION_VALENCE, *OXIDATION, *OTHER_OXIDATION, *MODIFIER_CHARGE}
    assert placed <= set(ATOMIC_WEIGHTS) <= SYMBOLS
    order = ["H", "Li", "B", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca", "Sc", "Zn", "Cd", "Sm"]
    weights = [ATOMIC_WEIGHTS[element] for element in order]
    assert weights == sorted(weights)  # those rise with the atomic number here: a weight in a wrong place shows


def test_a_free_compound_of_a_rare_modifier_has_its_share_by_weight() -> None:
    """CdS in CdP2S6-like glass by hand: 0.1 CdS of 0.6 Cd, 1 P, 3.1 S (112.41, 30.974, 32.06 g/mol)."""
    glass = structure.composition("Cd0.6P1S3.1")
    units = ("P:S2/S2", "P:S3/S", "CdS")
    solved = structure.solve(glass, units, [structure.statement("CdS", value=0.1, sd=0.01)])
    share = structure.network(solved).quantities.value.sel(entry="CdS by weight").item()
    whole = 0.6 * 112.41 + 30.974 + 3.1 * 32.06
    assert share == pytest.approx(100 * 0.1 * (112.41 + 32.06) / whole, rel=1e-6)


def test_formulas_have_brackets_and_decimals_and_nothing_else() -> None:
    assert formula_atoms("Na3PS3.4O0.6") == {"Na": 3, "P": 1, "S": 3.4, "O": 0.6}
    assert molar_mass("Ca(OH)2") == pytest.approx(40.078 + 2 * (15.999 + 1.008))
    assert ec.molar_mass is molar_mass
    for text, said in (
        ("Xx2", "Xx is not an element"),
        ("2Na2S", "no formula"),
        ("", "no formula"),
        ("Na2S-P2S5", "cannot be read at '-P2S5'"),
        ("Ca(OH", "a bracket is not closed"),
        ("Nax", "only elements, numbers and brackets"),
    ):
        with pytest.raises(BadInput, match=said) as caught:
            formula_atoms(text)
        assert "x)" not in str(caught.value)  # a mixture is no way out here
    with pytest.raises(BadInput, match="no atomic weight for U"):
        molar_mass("UO2")


def test_both_kinds_of_reaction_read_one_text() -> None:
    assert read_terms("3 A + 0.5B -> A", like=LIKE) == {"A": -2, "B": -0.5}
    for text, said in (("A + B", "give one ->"), ("A -> B -> C", "give one ->"), ("A + 2 -> B", "'2' is not a term")):
        with pytest.raises(BadInput, match=f"{said}.*'A -> B'"):
            read_terms(text, like=LIKE)
    with pytest.raises(BadInput, match=r"the coefficient 0.5 of P:S4 is not a whole number"):
        structure.reaction("0.5 P:S4 -> P:S3/S + Na2S")
    assert structure.reaction("2 P:S4 -> 2 P:S3/S + Na2S").text == "2 P:S4 -> 2 P:S3/S + Na2S"
    assert ec.theoretical_capacity("2 Na + S -> Na2S", carrier="Na", per="S") == pytest.approx(
        2 * FARADAY / 3.6 / 32.06
    )
