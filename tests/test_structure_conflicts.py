"""Contradictions: the statements of the Na3PS4-xOx paper, and sets that are known by hand."""

import pytest

import structure
from shortrange_core import BadInput, Infeasible

GLASS = structure.composition("Na3PS4-xOx", x=0.6)
BRIDGING = structure.statement("BO", of="O", at_least=0.9, name="XPS")
CRYSTALLINE = structure.statement("Na2S(cr)", at_most=0.05, name="XRD")
PREMISE = structure.statement("Na2S - Na2S(cr)", value=0, name="XRD sees all")


def species(*free, max_bridges=2, homopolar=True):
    return structure.species(GLASS, max_bridges=max_bridges, homopolar=homopolar, free=free)


def test_the_paper_statements_conflict_and_name_their_members():
    found = structure.conflicts(GLASS, species("Na2S", "S"), [BRIDGING, CRYSTALLINE, PREMISE])
    assert [c.members for c in found.sets] == [("XPS", "XRD", "XRD sees all", "composition")]
    assert found.droppable == ("XPS", "XRD", "XRD sees all", "composition")
    moves = {move.name: move.reach for move in found.sets[0].moves}
    assert moves["XPS"] == pytest.approx(0.05 / 0.6)  # 0.05 Na2S per P frees 0.1 contacts, 0.05 BO of 0.6 O
    assert moves["XRD"] == pytest.approx(0.54)


def test_least_sulfide_of_the_paper():
    """90 % of 0.6 O is 0.54 BO, 1.08 contacts, half of that freed as Na2S or Na2O."""
    assert structure.ranges(GLASS, species("Na2S", "S"), [BRIDGING]).of("Na2S")[0] == pytest.approx(0.54)
    allowed = structure.ranges(GLASS, species("Na2S", "Na2O", "S"), [BRIDGING])
    assert allowed.of("Na2S")[0] == pytest.approx(0.48)
    exact = structure.statement("Na2S", value=0.48)
    held = structure.ranges(GLASS, species("Na2S", "Na2O", "S"), [BRIDGING, exact])
    assert held.of("oxide") == pytest.approx((0.06, 0.06))


def test_without_the_premise_the_paper_holds():
    assert not structure.conflicts(GLASS, species("Na2S", "S"), [BRIDGING, CRYSTALLINE])


def test_p0_and_p1_alone_cannot_carry_the_bridges():
    units = species("Na2S", "S", max_bridges=1, homopolar=False)
    found = structure.conflicts(GLASS, units, [BRIDGING])
    assert found.sets[0].alone == "XPS"
    assert "XPS cannot be satisfied even alone" in found.text()
    assert found.sets[0].moves[0].reach == pytest.approx(0.5 / 0.6)
    with pytest.raises(Infeasible, match="XPS cannot be satisfied even alone"):
        structure.solve(GLASS, units, [BRIDGING])
    with pytest.raises(Infeasible, match="XPS cannot be satisfied even alone"):
        structure.ranges(GLASS, units, [BRIDGING])
    rejected = structure.solve(GLASS, units, [BRIDGING], check=False)
    assert rejected.status == "rejected"
    assert "statements-contradict" in {note.code for note in rejected.notes}


def test_caps_of_xrd():
    """5 wt% is 0.14 Na2S per P and caps BO at 23 % of O; 0.05 per P caps it at 8 %."""
    for sulfide, cap in ((0.14, 0.233), (0.05, 0.083)):
        limit = structure.statement("Na2S", at_most=sulfide)
        assert structure.ranges(GLASS, species("Na2S", "S"), [limit], quantities=("BO/O",)).of("BO/O")[
            1
        ] == pytest.approx(cap, abs=1e-3)


def test_every_minimal_set_is_found():
    """Two independent contradictions: a = 0.1 against a = 0.2, and b = 0.3 against b = 0.4."""
    glass = structure.composition("50Na2O-50P2O5")
    units = ("P:O/O3", "P:O2/O2", "P:O3/O")
    pieces = [
        structure.statement("P:O2/O2", value=0.1, name="a1"),
        structure.statement("P:O2/O2", value=0.2, name="a2"),
        structure.statement("P:O/O3 - P:O3/O", at_least=0.05, name="b1"),
        structure.statement("P:O2/O2 + P:O3/O", at_most=0.5, name="c"),
    ]
    found = structure.conflicts(glass, units, pieces)
    members = {c.members for c in found.sets}
    # by charge there are as many branching as ending units, and at least 40 % middle ones where c holds
    assert members == {
        ("a1", "a2"),
        ("b1", "composition", "species"),
        ("a1", "c", "composition", "species"),
        ("a2", "c", "composition", "species"),
    }
    assert all(not (set(a) < set(b)) for a in members for b in members)
    for correction in found.corrections:
        rest = [piece for piece in pieces if piece.name not in correction]
        if not {"composition", "species"} & set(correction):
            assert not structure.conflicts(glass, units, rest)


def test_noisy_evidence_contradicts_by_its_chi2():
    glass = structure.composition("50Na2O-50P2O5")
    units = ("P:O/O3", "P:O2/O2", "P:O3/O")
    pieces = [
        structure.statement("P:O2/O2", value=0.9, sd=0.01, name="NMR"),
        structure.statement("P2", value=0.99, sd=0.01, name="Raman"),
        structure.statement("P:O2/O2", value=0.905, sd=0.01, name="other NMR"),
    ]
    found = structure.conflicts(glass, units, pieces)
    assert {c.members for c in found.sets} == {("NMR", "Raman"), ("Raman", "other NMR")}
    assert "Raman" in found.droppable
    excess = {c.members: c.excess for c in found.sets}
    assert excess["NMR", "Raman"] == pytest.approx(0.09**2 / (2 * 0.01**2), rel=1e-6)
    assert not structure.conflicts(glass, units, [pieces[0], pieces[2]])


def test_species_that_would_settle_it_are_named():
    found = structure.conflicts(GLASS, species("Na2S", "S", max_bridges=1, homopolar=False), [BRIDGING])
    move = next(m for m in found.sets[0].moves if m.name == "species")
    assert "also allowed" in move.text


def test_reserved_names_and_levels():
    with pytest.raises(BadInput, match="is a reserved name"):
        structure.conflicts(GLASS, species("Na2S"), [structure.statement("BO", value=0.1, name="species")])
    with pytest.raises(BadInput, match="level = 2"):
        structure.conflicts(GLASS, species("Na2S"), [BRIDGING], level=2)
    with pytest.raises(BadInput, match="level = 0"):
        structure.ranges(GLASS, species("Na2S"), level=0)
