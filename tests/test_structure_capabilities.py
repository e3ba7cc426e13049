"""Posterior, hypotheses, determination, network, reactions, series, writing: hand cases, then recovery."""

import importlib.util
from typing import Any

import numpy as np
import pytest

import structure
from shortrange_core import BadInput, Estimates, Infeasible, load, save

TRUTH = {
    "P:S4": 0.46, "P:S3O": 0.11, "P:S2O2": 0.09, "P:SO3": 0.04, "P:O4": 0.02,
    "P:S3/O": 0.22, "P:S3~P": 0.03, "P:S3/S": 0.03, "Na2S": 0.14, "S": 0.015,
}  # fmt: skip
LINES = {
    "82": "P:S4 + P:S3O", "63": "P:S2O2", "32": "P:SO3", "3": "P:O4", "73": "P:S3/O", "108": "P:S3~P", "93": "P:S3/S",
}  # fmt: skip


def nmr(sd=0.01, rng=None, scale=1.0, truth=None):
    return structure.from_areas(structure.simulate(truth or TRUTH, LINES, sd=sd, rng=rng, scale=scale), name="NMR")


def test_flat_posterior_on_a_line_is_uniform():
    """Ultraphosphate at R = 1 with three units: one free direction, the middle one uniform between 0 and 1."""
    glass = structure.composition("50Na2O-50P2O5")
    found = structure.sample(glass, ("P:O/O3", "P:O2/O2", "P:O3/O"), draws=6400, rng=np.random.default_rng(1))
    middle = found.values("P:O2/O2")
    assert middle.min() >= 0
    assert middle.mean() == pytest.approx(0.5, abs=0.02)
    assert middle.var() == pytest.approx(1 / 12, rel=0.06)
    low, high = found.interval("P:O2/O2")
    assert (low, high) == pytest.approx((0.025, 0.975), abs=0.02)
    assert found.values("BO/(BO + NBO)") == pytest.approx(1 / 3)


def test_truncated_gaussian_posterior_has_its_mean():
    """P2 = 1.01 +- 0.02, at most 1: the mean of the half that is left is known."""
    glass = structure.composition("50Na2O-50P2O5")
    evidence = [structure.statement("P:O2/O2", value=1.01, sd=0.02)]
    found = structure.sample(glass, ("P:O/O3", "P:O2/O2", "P:O3/O"), evidence, draws=6400, rng=np.random.default_rng(2))
    edge = -0.5  # (1 - 1.01) / 0.02
    share = 0.3085375387
    mean = 1.01 - 0.02 * np.exp(-(edge**2) / 2) / np.sqrt(2 * np.pi) / share
    assert found.values("P:O2/O2").mean() == pytest.approx(mean, abs=6e-4)


def test_posterior_meets_the_solution_inside_the_polytope():
    glass = structure.glass_of(TRUTH)
    evidence = [structure.from_areas(structure.simulate(TRUTH, LINES, sd=0.002), name="NMR", scale=1.0)]
    solved = structure.solve(glass, tuple(TRUTH), evidence)
    found = structure.sample(glass, tuple(TRUTH), evidence, draws=12_800, rng=np.random.default_rng(3))
    assert not found.notes
    assert found.r_hat.values.max() < 1.02
    flat = found.samples.values.reshape(-1, len(TRUTH))
    assert flat.mean(axis=0) == pytest.approx(solved.fractions.value.values, abs=4e-4)
    assert flat.std(axis=0) == pytest.approx(solved.fractions.sd.values, rel=0.05)
    assert flat[:, :8].sum(axis=1) == pytest.approx(1.0)
    assert found.interval("BO")[0] == pytest.approx(0.11 - 1.96 * solved.sites.sd.values[0], abs=2e-4)


def test_posterior_with_an_unknown_scale_and_a_one_sided_statement():
    glass = structure.glass_of(TRUTH)
    evidence = [nmr(0.01, scale=1e4), structure.statement("P1", at_most=0.2, sd=0.02, name="P1 small")]
    found = structure.sample(glass, tuple(TRUTH), evidence, draws=640, thin=12, rng=np.random.default_rng(4))
    assert 0.2 < found.acceptance < 1
    assert np.mean(found.values("P1")) < 0.25
    assert "posterior-not-converged" in {note.code for note in found.notes}


def test_posterior_by_hopsy_agrees():
    glass = structure.glass_of(TRUTH)
    evidence = [structure.from_areas(structure.simulate(TRUTH, LINES, sd=0.01), name="NMR", scale=1.0)]
    rng = np.random.default_rng(5)
    if importlib.util.find_spec("hopsy") is None:
        with pytest.raises(BadInput, match="package is missing"):
            structure.sample(glass, tuple(TRUTH), evidence, rng=rng, engine="hopsy")
        return
    plain = structure.sample(glass, tuple(TRUTH), evidence, draws=3200, rng=rng)
    other = structure.sample(glass, tuple(TRUTH), evidence, draws=3200, rng=rng, engine="hopsy")
    for label in TRUTH:
        values = plain.values(label)
        assert values.mean() == pytest.approx(other.values(label).mean(), abs=0.25 * values.std())
    hinge = [structure.statement("P1", at_most=0.2, sd=0.02)]
    with pytest.raises(BadInput, match="not linear"):
        structure.sample(glass, tuple(TRUTH), hinge, rng=rng, engine="hopsy")


def test_posterior_refuses():
    glass = structure.composition("50Na2O-50P2O5")
    rng = np.random.default_rng(0)
    with pytest.raises(BadInput, match="engine = 'fast'"):
        structure.sample(glass, ("P:O2/O2", "P:O3/O", "P:O/O3"), rng=rng, engine="fast")
    with pytest.raises(BadInput, match="draws = 3"):
        structure.sample(glass, ("P:O2/O2",), rng=rng, draws=3)
    with pytest.raises(Infeasible, match="cannot be made"):
        structure.sample(glass, ("P:O3/O",), rng=rng)


def test_hypotheses_of_the_3_ppm_line():
    glass = structure.composition("Na3PS3.4O0.6")
    common = {"82": "P:S4 + P:S3O", "63": "P:S2O2", "73": "P:S3/O"}
    truth = {"P:S4": 0.57, "P:S3O": 0.12, "P:S2O2": 0.05, "P:S3/O": 0.2, "P:O4": 0.07}
    areas = structure.simulate(truth, {**common, "3": "P:O4"}, sd=0.01)
    other = structure.simulate({**truth, "P:O3/O": 0.07}, {**common, "3": "P:O3/O"}, sd=0.01)
    species = ("P:S4", "P:S3O", "P:S2O2", "P:S3/O", "Na2S")
    found = structure.compare_hypotheses(
        glass,
        [
            structure.Hypothesis("PO4", (*species, "P:O4"), (structure.from_areas(areas, name="NMR"),)),
            structure.Hypothesis("P2O7", (*species, "P:O3/O"), (structure.from_areas(other, name="NMR"),)),
        ],
    )
    bridging = found.table["BO"].values
    assert bridging[1] - bridging[0] == pytest.approx(0.035, abs=0.002)
    assert found.table["sulfide"].values[1] > found.table["sulfide"].values[0]
    assert {note.code for note in found.notes} == {"hypotheses-not-told-apart"}
    with pytest.raises(BadInput, match="at least two"):
        structure.compare_hypotheses(glass, [])


def test_hypotheses_that_cannot_hold():
    glass = structure.composition("Na3PS4")
    wrong = [structure.Hypothesis(name, ("P:S3/S",), ()) for name in ("a", "b")]
    found = structure.compare_hypotheses(glass, wrong)
    assert {note.code for note in found.notes} == {"hypotheses-all-infeasible"}
    assert np.isnan(found.table["BO"].values).all()


def test_what_determines_ps3o():
    """The oxygen balance alone tells PS3O from PS4: without the PS2O2 line it is not known."""
    glass = structure.composition("Na3PS3.7O0.3")
    lines = [structure.statement(u, value=0.02, sd=0.02, name=u) for u in ("P:S2O2", "P:SO3")]
    found = structure.what_determines(glass, ("P:S4", "P:S3O", "P:S2O2", "P:SO3"), lines)
    assert found.sd.sel(case="all evidence", quantity="P:S3O").item() == pytest.approx(0.02 * np.sqrt(4 + 9))
    assert np.isinf(found.sd.sel(case="without P:S2O2", quantity="P:S3O").item())
    assert found.free == 2
    assert found.rank.values.tolist() == [2, 0, 1, 1, 1, 1]


def test_what_to_measure_next():
    glass = structure.glass_of(TRUTH)
    oxygen = structure.statement("BO/(BO + NBO)", value=0.18, sd=0.02, name="O 1s to 2 %")
    better = structure.statement("P:S3~P", value=0.03, sd=0.002, name="P2S6 by Raman")
    found = structure.what_to_measure(
        glass, tuple(TRUTH), [nmr(0.02)], [oxygen, better], quantities=("BO", "P:S3~P", "S")
    )
    assert found.best == ("O 1s to 2 %", "P2S6 by Raman", "P2S6 by Raman")
    assert np.all(found.gain.values >= 1 - 1e-9)
    # two independent measures of BO: 1/sd^2 adds up
    first, both = found.sd.sel(quantity="BO").values[:2]
    assert both == pytest.approx(1 / np.sqrt(1 / first**2 + 1 / (0.02 * 0.6) ** 2), rel=1e-6)
    with pytest.raises(BadInput, match="no candidate"):
        structure.what_to_measure(glass, tuple(TRUTH), [nmr()], [])


def test_network_of_a_metaphosphate():
    found = structure.network(structure.solve(structure.composition("50Na2O-50P2O5"), ("P:O2/O2",)))
    values = found.quantities.value
    assert values.sel(entry="P-O-P").item() == pytest.approx(2)
    assert np.isinf(found.chain_length.value.item())
    assert {"chain-length-diverges", "rings-look-like-chains"} <= {note.code for note in found.notes}


def test_chain_length_of_a_polyphosphate():
    """Na5P3O10: two ends and a middle, chains of three; n = 2/(R - 1) with R = 5/3."""
    solution = structure.solve(structure.composition("Na5P3O10"), ("P:O2/O2", "P:O3/O"))
    assert structure.network(solution).chain_length.value.item() == pytest.approx(3)


def test_what_the_balances_fix_has_no_sd_made_of_rounding():
    """Contacts of a silicate follow from Na/Si alone, whatever its fractions are."""
    units, areas = ("Si:/O4", "Si:O/O3", "Si:O2/O2", "Si:O3/O"), (0.55, 0.18, 0.13, 0.14)
    glass = structure.glass_of(dict(zip(units, areas, strict=True)))
    evidence = [structure.statement(label, value=v, sd=0.01) for label, v in zip(units, areas, strict=True)]
    found = structure.network(structure.solve(glass, units, evidence))
    sds = dict(zip(found.quantities.entries, found.quantities.sd.values, strict=True))
    assert {name: sds[name] for name in ("contacts", "Si-O-Si", "BO", "NBO", "contacts of Si")} == dict.fromkeys(
        ("contacts", "Si-O-Si", "BO", "NBO", "contacts of Si"), 0.0
    )
    assert found.chain_length.sd.item() > 0.01


def test_weight_percent_of_free_sulfide():
    """0.54 Na2S per P in Na3PS3.4O0.6 is 19 wt%, 0.14 is 5 wt% (facts)."""
    glass = structure.composition("Na3PS3.4O0.6")
    units = ("P:S3/O", "P:S2/O2", "P:S4", "P:S3O", "Na2S")
    for amount, percent in ((0.54, 19.3), (0.14, 5.0)):
        solution = structure.solve(glass, units, [structure.statement("Na2S", value=amount)])
        found = structure.network(solution).quantities.value
        assert found.sel(entry="Na2S by weight").item() == pytest.approx(percent, abs=0.06)
        assert found.sel(entry="Na2S by moles").item() == pytest.approx(100 * amount / (1 + amount))


def test_oxygen_preference_is_zero_for_random_mixing():
    """Half of the ligands of either kind on both sites."""
    truth = {"P:SO2/S": 0.25, "P:S2O/S": 0.25, "P:SO2/O": 0.25, "P:S2O/O": 0.25}
    glass = structure.glass_of(truth)
    evidence = [structure.statement(label, value=value, sd=0.01) for label, value in truth.items()]
    found = structure.network(structure.solve(glass, tuple(truth), evidence))
    assert found.preference.value.item() == pytest.approx(0, abs=1e-9)
    more = {"P:S3/O": 0.5, "P:S2O/O": 0.3, "P:S2O/S": 0.2}
    solution = structure.solve(
        structure.glass_of(more), tuple(more), [structure.statement("P:S3/O", value=0.5, sd=0.01)]
    )
    expected = np.log((0.4 / 0.1) / (0.5 / 2.5))
    assert structure.network(solution).preference.value.item() == pytest.approx(expected)


def test_network_of_mixed_formers_and_branches_is_noted():
    glass = structure.composition("50Li2O-25P2O5-25SiO2")
    solution = structure.solve(glass, ("P:O2/O2", "P:O3/O", "Si:O/O3"), check=False)
    if solution.status == "rejected":
        solution = structure.solve(glass, structure.species(glass, former=("P", "Si")), check=False)
    codes = {note.code for note in structure.network(solution).notes}
    assert {"bridges-between-formers", "chains-branch"} <= codes


def test_reactions_of_the_paper():
    found = {r.text for r in structure.possible_reactions(("P:S4", "P:S3/S", "P:S3~P", "Na2S", "Na2S2", "S"))}
    assert "2 P:S4 -> 2 P:S3/S + Na2S" in found
    assert "2 P:S4 -> 2 P:S3~P + Na2S2" in found  # per unit: 2 PS4(3-) -> P2S6(4-) + S2(2-)
    assert "Na2S + S -> Na2S2" in found or "Na2S2 -> Na2S + S" in found
    for text in found:
        structure.reaction(text)


def test_extents_lead_from_start_to_truth():
    glass = structure.glass_of(TRUTH)
    solution = structure.solve(glass, tuple(TRUTH), [nmr()])
    oxygen = 0.6
    steps = [
        structure.reaction("2 P:S4 -> 2 P:S3/S + Na2S"),
        structure.reaction("2 P:S4 -> 2 P:S3~P + Na2S + S"),
        structure.reaction("2 P:S3O -> P:S2O2 + P:S4"),
        structure.reaction("2 P:S2O2 -> P:SO3 + P:S3O"),
        structure.reaction("2 P:SO3 -> P:O4 + P:S2O2"),
        structure.reaction("P:S4 + P:S3O -> 2 P:S3/O + Na2S"),
    ]
    start = {"P:S4": 1 - oxygen, "P:S3O": oxygen}
    gone = structure.extents(solution, steps, start=start)
    assert gone.value.values[0] == pytest.approx(0.015)
    assert gone.value.values[5] == pytest.approx(0.11)
    with pytest.raises(BadInput, match="depend on one another"):
        structure.extents(solution, [*steps, steps[0]], start=start)
    with pytest.raises(BadInput, match="cannot reach"):
        structure.extents(solution, steps[:2], start=start)


def test_quotients_propagate():
    solution = structure.solve(
        structure.composition("Na3PS4"),
        ("P:S4", "P:S3/S", "Na2S"),
        [structure.statement("P:S3/S", value=0.2, sd=0.002)],
    )
    found = structure.quotients(solution, [structure.reaction("2 P:S4 -> 2 P:S3/S + Na2S")])
    assert found.value.item() == pytest.approx(2 * np.log(0.2) + np.log(0.1) - 2 * np.log(0.8))
    assert found.sd.item() == pytest.approx(0.002 * (3 / 0.2 + 2 / 0.8))
    with pytest.raises(BadInput, match="absent"):
        structure.quotients(solution, [structure.reaction("Na2S + S -> Na2S2")])


@pytest.mark.parametrize(
    ("text", "match"),
    [("P:S4", "give one ->"), ("x P:S4 -> P:S4", "is not a term"), ("P:S4 -> P:S3/S", "is not balanced")],
)
def test_bad_reactions(text, match):
    with pytest.raises(BadInput, match=match):
        structure.reaction(text)


@pytest.mark.parametrize(
    ("label", "text", "latex"),
    [
        ("P:S4", "PS₄³⁻ (P⁰)", r"\mathrm{PS_{4}^{3-}}\;(\mathrm{P^{0}})"),
        ("P:O2/O2", "PO₂O⁻ (P²)", r"\mathrm{PO_{2}O^{-}}\;(\mathrm{P^{2}})"),
        ("P:/O4", "PO₂⁺ (P⁴)", r"\mathrm{PO_{2}^{+}}\;(\mathrm{P^{4}})"),
        ("P:S3/[S2]", "PS₃(S₂)½²⁻ (P¹)", r"\mathrm{PS_{3}(S_{2})_{1/2}^{2-}}\;(\mathrm{P^{1}})"),
        ("P(3):/S3", "P(III)S₁½ (P³)", None),
        (
            "Ge:S2/S2@e",
            "GeS₂S²⁻ (Ge², edge-sharing)",
            r"\mathrm{GeS_{2}S^{2-}}\;(\mathrm{Ge^{2}},\ \mathrm{edge{-}sharing})",
        ),
        ("Na2S", "Na₂S", r"\mathrm{Na_{2}S}"),
    ],
)
def test_pretty(label, text, latex):
    assert structure.pretty(label) == text
    if latex:
        assert structure.pretty(label, "latex") == latex
    assert structure.pretty(label, "html")
    with pytest.raises(BadInput, match="style = 'rtf'"):
        structure.pretty(label, "rtf")


def test_simulated_areas_and_their_glass():
    assert structure.glass_of(TRUTH).amount("O") == pytest.approx(0.6)
    with pytest.raises(BadInput, match="negative"):
        structure.glass_of({"P:S4": -1})
    with pytest.raises(BadInput, match="modifier = 'X'"):
        structure.glass_of({"P:S4": 1}, modifier="X")


def test_records_survive_their_files(tmp_path):
    glass, units = structure.composition("50Na2O-50P2O5"), ("P:O/O3", "P:O2/O2", "P:O3/O")
    evidence = (structure.statement("P2", value=0.9, sd=0.02),)
    pair = [structure.Glass(name, x, glass, evidence) for name, x in (("a", 0.0), ("b", 1.0))]
    records: dict[str, Any] = {
        "ranges": structure.ranges(glass, units),
        "conflicts": structure.conflicts(glass, units, [structure.statement("P2", value=2.0, name="too much")]),
        "series": structure.solve_series(pair, units, trends={"P:O2/O2": "rising"}),
        "posterior": structure.sample(glass, units, evidence, draws=256, rng=np.random.default_rng(0)),
        "network": structure.network(structure.solve(glass, units, evidence)),
        "determination": structure.what_determines(glass, units, evidence),
    }
    for name, record in records.items():
        save(record, tmp_path / f"{name}.nc")
    again = {name: load(tmp_path / f"{name}.nc") for name in records}
    assert again["ranges"].of("P:O2/O2") == records["ranges"].of("P:O2/O2")
    assert again["conflicts"].sets == records["conflicts"].sets
    assert np.array_equal(again["series"].fractions.value.values, records["series"].fractions.value.values)
    assert again["series"].couplings == records["series"].couplings
    assert again["posterior"].interval("P2") == records["posterior"].interval("P2")
    assert again["network"].notes == records["network"].notes
    assert np.array_equal(again["determination"].sd.values, records["determination"].sd.values)


def test_sulfur_sites_are_evidence_too():
    """S 2p: bridging, terminal and free sulfur of a thiophosphate, scale unknown."""
    truth = {"P:S4": 0.6, "P:S3/S": 0.4, "Na2S": 0.2}
    lines = {"bridging": "bridging(S)", "terminal": "terminal(S)", "sulfide": "sulfide"}
    areas = structure.simulate(truth, lines, sd=0.02, scale=50.0, technique="S 2p XPS")
    found = structure.solve(structure.glass_of(truth), tuple(truth), [structure.from_areas(areas)])
    assert found.fractions.value.values == pytest.approx([0.6, 0.4, 0.2])
    assert found.dof == 1


def test_a_start_in_a_corner_that_no_step_leaves_is_no_contradiction() -> None:
    """Areas of a simulated glass, one line read as two units of which only the sum is seen: all of it can hold.

    Whether the first point is such a corner hangs on the last digits, so that they are drawn.
    """
    nmr = [
        [621e3, -1.46e3, 2.4e3, 787, 3.68e3, -42.1e3, -542e3],
        [-1.46e3, 1.12e3, -48.1, -12.8, 41.5, 985, -1.64e3],
        [2.4e3, -48.1, 152, 19.1, 66.1, -274, -1.33e3],
        [787, -12.8, 19.1, 72.6, -17.5, -113, -456],
        [3.68e3, 41.5, 66.1, -17.5, 413, -376, -2.68e3],
        [-42.1e3, 985, -274, -113, -376, 5.02e3, 31.9e3],
        [-542e3, -1.64e3, -1.33e3, -456, -2.68e3, 31.9e3, 492e3],
    ]
    raman = [[42.9e6, -3.21e6, -8.15e6], [-3.21e6, 8.33e6, -2.21e6], [-8.15e6, -2.21e6, 6.51e6]]
    lines = ("P:S4 + P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3~P", "P:S3/S", "P:S3/O + P:S2/SO")
    bands = ("P:S4", "P:S3~P", "P:S3/S")
    spectra = [
        ("NMR", lines, [11.4e3, 389, 151, 0, 702, 802, 1.35e3], nmr, None),
        ("Raman", bands, [653e3, 23.5e3, 64.9e3], raman, {"P:S4": 1.0, "*": (1.0, 1.0)}),
        ("O 1s", ("BO", "NBO"), [1.76e3, 7.65e3], [[1.37e6, -449e3], [-449e3, 299e3]], None),
    ]
    units = ("P:S4", "P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3/O", "P:S3~P", "P:S3/S", "Na2S", "S", "P:S2/SO")
    glass, rng = structure.composition("Na3PS3.85O0.15"), np.random.default_rng(1)
    for _ in range(20):
        evidence = [
            structure.from_areas(
                Estimates.build(
                    list(texts), np.array(values) * rng.normal(1, 1e-3, len(values)), covariance, assignment=texts
                ),
                response=response,
                name=name,
            )
            for name, texts, values, covariance, response in spectra
        ]
        found = structure.solve(glass, units, evidence, check=False)
        assert found.feasible
        assert found.chi2 < 2
