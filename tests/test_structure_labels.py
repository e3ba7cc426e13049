"""Labels, aliases and compositions: what follows from a formula by hand."""

from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given

import structure
from shortrange_core import BadInput
from structure.balances import quantity_row


@pytest.mark.parametrize(
    ("label", "charge", "n", "bo", "nbo"),
    [
        ("P:S4", 3, 0, 0, 0),
        ("P:S3O", 3, 0, 0, 1),
        ("P:O4", 3, 0, 0, 4),
        ("P:S3/S", 2, 1, 0, 0),
        ("P:S3/O", 2, 1, 0.5, 0),
        ("P:O3/O", 2, 1, 0.5, 3),
        ("P:S3~P", 2, 0, 0, 0),
        ("P:O2/O2", 1, 2, 1, 2),
        ("P:O/O3", 0, 3, 1.5, 1),
        ("P:/O4", -1, 4, 2, 0),
        ("Si:O/O3", 1, 3, 1.5, 1),
        ("Si:/O4", 0, 4, 2, 0),
        ("B:/O3", 0, 3, 1.5, 0),
        ("B:/O4", 1, 4, 2, 0),
        ("P(3):/S3", 0, 3, 0, 0),
        ("P:S3/[S2]", 2, 1, 0, 0),
        ("P:O3[OH]", 2, 0, 0, 4),
        ("P:S3F", 2, 0, 0, 0),
        ("P:O2/N2", 2, 2, 0, 2),
        ("P:S2//O", Fraction(-1, 3), 1, Fraction(1, 3), 0),  # two terminal S (4), a third of O (2/3), less 5
        ("As:S/S2", 1, 2, 0, 0),
        ("Sb:/S3", 0, 3, 0, 0),
        ("Ge:S2/S2@e", 2, 2, 0, 0),
    ],
)
def test_what_follows_from_a_label(label, charge, n, bo, nbo):
    unit = structure.parse_label(label)
    assert (unit.charge, unit.n) == (charge, n)
    assert (unit.bridging("O"), unit.terminal("O")) == (bo, nbo)


def test_half_of_the_hexathiohypodiphosphate():
    unit = structure.parse_label("P:S3~P")
    assert dict(unit.atoms) == {"P": 1, "S": 3}
    assert unit.homopolar == 1
    assert unit.contacts == 4


def test_disulfide_bridge_holds_two_sulfur_and_one_bond():
    unit = structure.parse_label("P:S3/[S2]")
    assert unit.atoms["S"] == 4
    assert unit.chalcogen_bonds == Fraction(1, 2)


@pytest.mark.parametrize(
    ("text", "label"), [("P:OS3", "P:S3O"), ("P:O2S2", "P:S2O2"), ("P:SeSO2", "P:SO2Se"), ("P(5):S4", "P:S4")]
)
def test_order_of_ligands_does_not_matter(text, label):
    assert structure.check_label(text) == label


@pytest.mark.parametrize(
    ("alias", "label"),
    [
        ("PS4", "P:S4"),
        ("PS4(3-)", "P:S4"),
        ("PS4^3-", "P:S4"),
        ("PS3O", "P:S3O"),
        ("P2S7(4-)", "P:S3/S"),
        ("P2S7", "P:S3/S"),
        ("P2O7(4-)", "P:O3/O"),
        ("P2S6(4-)", "P:S3~P"),
        ("P2S6(2-)", "P:S2/S2"),
        ("PO3(-)", "P:O2/O2"),
        ("SiO4(4-)", "Si:O4"),
        ("Na2S", "Na2S"),
        ("S", "S"),
    ],
)
def test_aliases(alias, label):
    assert structure.check_label(alias) == label


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("P2S6", r"ambiguous: .*P2S6\(4-\) is P:S3~P"),
        ("PS4(2-)", "not made of one kind of P unit"),
        ("P2S6O(4-)", "ambiguous|not made of one kind"),
        ("Xx:S4", "Xx is not an element"),
        ("S:O4", "S is a ligand here"),
        ("P:S3H", r"\[OH\]"),
        ("P:S4@q", "tag @q"),
        ("P:", "groups of ligands"),
        ("P:S3~O", "is not a network former"),
        ("P:S3~", "homopolar"),
        ("P:S4/S/S/S", "groups of ligands"),
        ("P:s4", "cannot be read"),
        ("Fe:S4", "no usual oxidation state"),
        ("hello", "cannot be read|is not a species label|is not an element"),
        ("", "is not a species label"),
        ("He2S", "no charge in the balances"),
        ("P:[PS2]", "no valence"),
    ],
)
def test_bad_labels_say_why(text, match):
    with pytest.raises(BadInput, match=match):
        structure.check_label(text)


@given(st.integers(0, 4), st.integers(0, 3), st.booleans())
def test_charge_is_valence_less_oxidation(oxygens, bridges, homopolar):
    terminal = 4 - bridges - homopolar
    oxygens = min(oxygens, terminal)
    ligands = f"S{terminal - oxygens}" * (terminal > oxygens) + f"O{oxygens}" * (oxygens > 0)
    label = f"P:{ligands}" + (f"/S{bridges}" if bridges else "") + ("~P" if homopolar else "")
    unit = structure.parse_label(label)
    assert unit.charge == 3 - bridges - homopolar
    assert structure.parse_label(unit.label) == unit


@pytest.mark.parametrize(
    ("text", "amounts", "expected"),
    [
        ("Na3PS3.4O0.6", {}, {"Na": 3, "S": 3.4, "O": 0.6}),
        ("Na3PS4-xOx", {"x": 0.6}, {"Na": 3, "S": 3.4, "O": 0.6}),
        ("Na₃PS₄", {}, {"Na": 3, "S": 4}),
        ("0.75Na2S-0.25P2S5", {}, {"Na": 3, "S": 4}),
        ("75Na2S·25P2S5", {}, {"Na": 3, "S": 4}),
        ("70Li2S.(30-x)P2S5.xP2O5", {"x": 5}, {"Li": 7 / 3, "S": 3.25, "O": 5 / 12}),
        ("(Li2O)40(P2O5)60", {}, {"Li": 2 / 3, "O": 17 / 6}),
        ("x Na2O - (1-x)/2 P2O5", {"x": 0.5}, {"Na": 2, "O": 3.5}),
        ("Na3(PS4)1", {}, {"Na": 3, "S": 4}),
    ],
)
def test_compositions(text, amounts, expected):
    glass = structure.composition(text, **amounts)
    assert {e: pytest.approx(glass.amount(e)) for e in expected} == expected
    assert sum(glass.amount(f) for f in glass.formers) == pytest.approx(1)
    assert glass.imbalance == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "amounts", "match"),
    [
        ("Na3PXx4", {}, "Xx is not an element"),
        ("Na3PS4-xOx", {"x": 5}, "S has the amount -1"),
        ("Na3PS4-xOx", {}, "the amount x is not given"),
        ("Na3PS4", {"x": 1}, "no letter x"),
        ("Na3S4", {}, "no network former"),
        ("", {}, "empty"),
        ("Na3P(S4", {}, "not closed"),
        ("Na3PS4-", {}, "no formula"),
        ("60Li2S.30P2S5.10LiI", {}, "full stop between two digits"),
        ("Na3VS4", {}, "no network former"),
        ("Na3PHeS4", {}, "He has no role"),
        ("(100-m)P2O5-mNa2O", {"m": (50.0, -1.0)}, "sd = -1"),
    ],
)
def test_bad_compositions(text, amounts, match):
    with pytest.raises(BadInput, match=match):
        structure.composition(text, **amounts)


def test_offenders_come_together():
    with pytest.raises(BadInput) as caught:
        structure.composition("Na3PHeS4", x=1)
    assert len(caught.value.problems) == 2


def test_amount_with_error_makes_the_composition_uncertain():
    glass = structure.composition("mNa2O-(100-m)P2O5", m=(50.0, 0.5))
    slope = 2 * 100 / (2 * 50**2) * 1  # d(2m/(2(100-m)))/dm at 50
    sodium = glass.elements.index("Na")
    assert glass.covariance[sodium, sodium] == pytest.approx((slope * 0.5) ** 2, rel=1e-6)


def test_enumeration_by_hand():
    glass = structure.composition("Na3PS3.4O0.6")
    found = structure.species(glass, max_bridges=1)
    assert len(found) == 5 + 2 * 4  # PS4-xOx; then bridging S or O with four mixtures of three terminal ligands
    assert structure.species(structure.composition("Na3PS4"), max_bridges=2, homopolar=True) == (
        "P:S4", "P:S3/S", "P:S2/S2", "P:S3~P", "P:S2/S~P", "P:S/S2~P",
    )  # fmt: skip
    assert structure.species(structure.composition("25Na2O-75B2O3"))[-1] == "B:/O4"


def test_mixed_formers_ask_for_a_rule():
    glass = structure.composition("60Li2S-20P2S5-20SiS2")
    with pytest.raises(BadInput, match="mixes the formers P, Si, and which of them"):
        structure.species(glass)
    found = structure.species(glass, former=("P", "Si"), max_bridges={"P": 1, "Si": 2})
    assert found == ("P:S4", "P:S3/S", "Si:S4", "Si:S3/S", "Si:S2/S2")


def test_species_must_fit_the_composition():
    glass = structure.composition("Na3PS4")
    with pytest.raises(BadInput) as caught:
        structure.solve(glass, ("P:S3O", "P:S4", "PS4", "Xx:S4"))
    assert len(caught.value.problems) == 3


def test_a_group_is_named_with_or_without_its_caret_and_q_is_any_former():
    units = [structure.unit_of(label) for label in ("P:S4", "P:S3/S", "P:S3~P", "Si:O3/O", "Na2S")]
    rows = {text: quantity_row(text, units)[0].tolist() for text in ("P1", "P^1", "Si^1", "Q^1", "Q1")}
    assert rows["P1"] == rows["P^1"] == [0, 1, 0, 0, 0]
    assert rows["Si^1"] == [0, 0, 0, 1, 0]
    assert rows["Q^1"] == rows["Q1"] == [0, 1, 0, 1, 0]
