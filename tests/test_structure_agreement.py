"""One rule for evidence that disagrees: what is marked, what is rejected, what would resolve it; how often it errs."""

import numpy as np
import pytest

import structure
from shortrange_core import Estimates, Infeasible, Status
from structure.solving import HOPELESS, SURPRISING

GLASS = "Na3PS3.4O0.6"
UNITS = ("P:S4", "P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3/O", "Na2S")


def areas(values, sd, name="31P NMR", **options):
    found = Estimates.build(list(values), list(values.values()), [sd**2] * len(values), assignment=list(values))
    return structure.from_areas(found, name=name, **options)


def metaphosphate(oxygen, sd=0.01):
    """Charge balance fixes BO/(BO + NBO) at 1/3, so chi2 is known by hand and has one degree of freedom."""
    evidence = [
        structure.statement("P2", value=0.9, sd=0.02, name="NMR"),
        structure.statement("BO/(BO + NBO)", value=oxygen, sd=sd, name="O 1s"),
    ]
    glass, units = structure.composition("50Na2O-50P2O5"), ("P:O/O3", "P:O2/O2", "P:O3/O")
    return structure.solve(glass, units, evidence, check=False), structure.ranges(
        glass, units, evidence, quantities=("P:O2/O2",), level=0.95
    )


@pytest.mark.parametrize(
    ("pull", "verdict"), [(2.9, "agrees"), (3.1, "disagrees"), (4.8, "disagrees"), (5.0, "rejected")]
)
def test_the_thresholds_are_three_and_nearly_five_sds(pull: float, verdict: str) -> None:
    found, _ = metaphosphate(1 / 3 + 0.01 * pull)
    assert found.chi2 == pytest.approx(pull**2, rel=1e-6)
    assert str(found.agreement.verdict) == verdict
    assert found.status.trusted == (verdict != "rejected")
    assert (SURPRISING, HOPELESS) == (0.0027, 1e-6)


def test_sds_intervals_and_ranges_widen_by_the_same_factor() -> None:
    """chi2 = 16 with one degree of freedom: the Birge ratio is 4 (doi:10.1103/PhysRev.40.207)."""
    agreeing, narrow = metaphosphate(1 / 3)
    marked, wide = metaphosphate(1 / 3 + 0.04)
    assert (agreeing.widening, narrow.widening) == (1.0, 1.0)
    assert marked.widening == pytest.approx(4.0, rel=1e-6)
    assert wide.widening == pytest.approx(4.0, rel=1e-6)
    place = marked.species.index("P:O2/O2")
    before, after = (np.sqrt(s.covariance[place, place]) for s in (agreeing, marked))
    assert after == pytest.approx(4 * before, rel=1e-5)
    low, high = wide.of("P:O2/O2")
    assert high - low > 1.9 * np.subtract(*narrow.of("P:O2/O2")[::-1])  # cut by 0 and 1 on the way
    assert any(n.code == "evidence-disagrees" and "4 times wider" in n.text for n in marked.notes)


def test_a_truth_that_disagreeing_spectra_miss_is_inside_the_wider_interval() -> None:
    """Two spectra of one unit, 0.160 and 0.478 with sd 0.02 each for a truth of 0.319: chi2 = 126 rejects; at sd
    0.055 chi2 = 16.7 for 1 marks, and the interval reaches the truth and both values."""
    glass, units = structure.composition(GLASS), ("P:S4", "P:S3O", "P:S2O2", "Na2S")

    def solved(sd):
        evidence = [structure.statement("P:S3O", value=v, sd=sd, name=n) for v, n in ((0.160, "one"), (0.478, "two"))]
        return structure.solve(glass, units, evidence, check=False)

    assert solved(0.02).status is Status.REJECTED
    marked = solved(0.055)
    place = marked.species.index("P:S3O")
    assert marked.status.trusted
    assert marked.widening == pytest.approx(0.318 / (0.055 * np.sqrt(2)), rel=1e-3)
    assert marked.lower[place] < 0.319 < marked.upper[place]
    assert marked.upper[place] - marked.lower[place] > 0.3


def test_consistent_evidence_is_marked_no_more_often_than_the_rule_says() -> None:
    """False marks: 0.27 % of 1500 are 4; 13 is four standard errors above. None is rejected."""
    glass = structure.composition(GLASS)
    truth = structure.solve(
        glass, UNITS, [areas({"P:S4": 0.5, "P:S2O2": 0.1, "P:SO3": 0.05, "P:S3/O": 0.15}, 0.02)], check=False
    )
    rng = np.random.default_rng(0)
    exact = dict(zip(truth.species, truth.values.tolist(), strict=True))
    marked = rejected = 0
    for _ in range(1500):
        evidence = [
            structure.statement(label, value=exact[label] + sd * rng.standard_normal(), sd=sd, name=f"{label} {n}")
            for label in ("P:S4", "P:S2O2", "P:SO3", "P:S3/O")
            for n, sd in enumerate((0.02, 0.03))
        ]
        found = structure.solve(glass, UNITS, evidence, check=False)
        marked += found.widening > 1.0
        rejected += found.status is Status.REJECTED
    assert marked <= 13
    assert rejected == 0


def test_what_would_mend_is_named_and_is_true() -> None:
    glass, units = structure.composition("Na3PS4"), ("P:S4", "P:S3~P", "P:S3/S", "Na2S")
    evidence = [areas({"P:S4": 0.60, "P:S3~P": 0.20, "P:S3/S": 0.20}, 0.01)]
    with pytest.raises(Infeasible, match=r"do not agree: chi2 = .* \(p below 1e-12"):
        structure.solve(glass, units, evidence)
    found = structure.remedies(glass, units, evidence)
    named = [remedy.name for remedy in found]
    assert "S" in named
    for remedy in found:
        again = structure.solve(glass, (*units, remedy.name), evidence, check=False)
        assert remedy.kind == "allow"
        assert again.chi2 == pytest.approx(remedy.agreement.chi2, abs=1e-6)
    rejected = structure.solve(glass, units, evidence, check=False)
    said = structure.why_rejected(rejected, found)
    assert "p_s3_p" not in said
    assert "P:S3~P (" in said  # the worst pull by name
    assert "This would resolve it: allow " in said


def test_dropping_the_odd_spectrum_is_a_remedy() -> None:
    glass = structure.composition("50Na2O-50P2O5")
    units = ("P:O/O3", "P:O2/O2", "P:O3/O")
    evidence = [
        structure.statement("P2", value=0.9, sd=0.02, name="NMR"),
        structure.statement("BO/(BO + NBO)", value=0.5, sd=0.01, name="O 1s"),
    ]
    found = structure.remedies(glass, units, evidence, candidates=("P:O4",))
    assert [(remedy.kind, remedy.name) for remedy in found] == [("drop", "O 1s")]


def test_where_the_balances_leave_one_point_solve_and_ranges_say_so() -> None:
    """Na4P2S7 of P:S3/S and P:S4 alone: charge leaves only P:S3/S = 1, whatever a spectrum says."""
    for text, units in (("Na4P2S7", ("P:S4", "P:S3/S", "Na2S")), ("Na4P2S6", ("P:S3~P", "P:S4", "Na2S"))):
        glass = structure.composition(text)
        exact = structure.ranges(glass, units)
        evidence = [structure.statement("P:S4", value=0.1, sd=0.2)]
        found = structure.solve(glass, units, evidence, check=False)
        seen = structure.ranges(glass, units, evidence, level=0.95)
        for label in units:
            low, high = exact.of(label)
            if high - low > 1e-9:
                continue
            place = found.species.index(label)
            assert (found.lower[place], found.upper[place]) == pytest.approx((low, high), abs=1e-9)
            assert seen.of(label) == pytest.approx((low, high), abs=1e-9)
            assert not np.isnan(found.covariance[place, place])
        assert any(note.code == "fixed-by-balances" for note in found.notes), text


@pytest.mark.parametrize("seed", range(6))
def test_a_spectrum_of_unknown_response_never_widens_a_range(seed: int) -> None:
    """A Raman table beside NMR fractions: with free responses it can only narrow, or leave as it is, what agrees."""
    rng = np.random.default_rng(seed)
    glass = structure.composition("Na3PS4")
    units = ("P:S4", "P:S3~P", "P:S3/S", "Na2S", "S")
    amounts = {"P:S4": 0.85, "P:S3~P": 0.03, "P:S3/S": 0.12}
    nmr = areas({k: v + 0.001 * rng.standard_normal() for k, v in amounts.items()}, 0.001)
    factors = {"P:S4": 1.0, "P:S3~P": np.exp(rng.normal()), "P:S3/S": np.exp(rng.normal())}
    raman = areas(
        {k: 1000 * v * factors[k] for k, v in amounts.items()}, 5.0, "Raman", response={"P:S4": 1.0, "*": (1.0, 1.0)}
    )
    alone = structure.ranges(glass, units, [nmr], level=0.95)
    both = structure.ranges(glass, units, [nmr, raman], level=0.95)
    for label in units:
        (low, high), (least, greatest) = alone.of(label), both.of(label)
        assert least >= low - 0.05 * (high - low) - 1e-6
        assert greatest <= high + 0.05 * (high - low) + 1e-6


def test_rounding_is_not_shown_as_a_number() -> None:
    untested = "no more evidence than unknowns, so nothing tests it"
    assert structure.Agreement(1.6e-26, 0).text() == untested
    assert structure.Agreement(4.0, 0).text() == f"chi2 = 4, {untested}"
    assert structure.Agreement(2760.0, 3).text() == "chi2 = 2.76e+03 for 3 degrees of freedom (p below 1e-12)"
    assert structure.Agreement(1.0, 1).text() == "chi2 = 1 for 1 degree of freedom (p = 0.32)"


def test_a_joint_series_that_disagrees_is_widened_and_marked_as_a_whole() -> None:
    """Two equal glasses held to a rising trend whose evidence falls by 4 sds of the difference: chi2 = 16 for 1."""
    glass, units = structure.composition("50Na2O-50P2O5"), ("P:O/O3", "P:O2/O2", "P:O3/O")

    def series(gap):
        values = (0.85 + gap / 2, 0.85 - gap / 2)
        glasses = [
            structure.Glass(
                f"glass {n}", n, glass, (structure.statement("P:O2/O2", value=v, sd=0.02, name=f"NMR {n}"),)
            )
            for n, v in enumerate(values)
        ]
        return structure.solve_series(glasses, units, trends={"P:O2/O2": "rising"}, check=False)

    agreeing, disagreeing = series(0.0), series(4 * 0.02 * np.sqrt(2))
    assert disagreeing.chi2 == pytest.approx(16.0, rel=1e-3)
    factor = np.sqrt(disagreeing.chi2 / disagreeing.dof)
    assert [solution.widening for solution in agreeing.solutions] == [1.0, 1.0]
    assert [solution.widening for solution in disagreeing.solutions] == pytest.approx([factor] * 2)
    assert all("evidence-disagrees" in {note.code for note in one.notes} for one in disagreeing.solutions)
    np.testing.assert_allclose(
        disagreeing.fractions.sd.values, [sd for one in disagreeing.solutions for sd in one.fractions.sd.values]
    )


def disagreeing(*values: float) -> str:
    """Text of the note on evidence of one unit by pieces with an sd of 0.01 each."""
    evidence = [
        structure.statement("P:O2/O2", value=v, sd=0.01, name=f"piece {n}") for n, v in enumerate(values, start=1)
    ]
    solution = structure.solve(
        structure.composition("50Na2O-50P2O5"), ("P:O/O3", "P:O2/O2", "P:O3/O"), evidence, check=False
    )
    (note,) = [note for note in solution.notes if note.code == "evidence-disagrees"]
    return note.text


def test_evidence_that_disagrees_names_the_piece_without_which_the_rest_agrees() -> None:
    text = disagreeing(0.95, 0.955, 0.90)
    assert "without piece 3 the rest agrees, chi2 = 0.125 for 1 degree of freedom" in text
    assert "without piece 1" not in text


def test_two_pieces_that_contradict_are_both_named_and_a_bad_crowd_names_none() -> None:
    assert "without piece 1 or piece 2 the rest is compatible, but nothing tests it" in disagreeing(0.95, 0.90)
    assert "without" not in disagreeing(0.95, 0.91, 0.955, 0.905)


def test_a_wrong_spectrum_is_named_beside_species_that_would_explain_it_too() -> None:
    ways = [structure.Remedy("allow", name, structure.solving.Agreement(3.0, 3)) for name in ("S", "P:S3/O", "P:S3/S")]
    wrong = structure.Remedy("drop", "the areas of Raman", structure.solving.Agreement(4.0, 3))
    untested = structure.Remedy("drop", "the areas of 31P NMR", structure.solving.Agreement(0.0, 0))
    rejected = structure.solve(
        structure.composition("50Na2O-50P2O5"),
        ("P:O/O3", "P:O2/O2", "P:O3/O"),
        [structure.statement("P:O2/O2", value=v, sd=0.01, name=f"piece {v}") for v in (0.99, 0.8)],
        check=False,
    )
    told = structure.why_rejected(rejected, (*ways, wrong, untested))
    assert "allow S (" in told
    assert "drop the areas of Raman (" in told
    assert "31P NMR" not in told
    assert "and 2 more" in told
