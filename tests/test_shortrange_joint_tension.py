"""Tension, what data determine, and plans: answers by hand, faults that are planted, clean series that stay clean."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from two_lines import AXES, two_lines

import spectra
import structure
from shortrange import routes
from shortrange.exports import carried_table, tension_table
from shortrange.joint import Likelihood, Pieces, Spectrum, carriers, fit_series, plan, plans_of, tensions
from shortrange.joint._planning import at_rate
from shortrange.joint._tension import chance, most_draws
from shortrange.results import JointFit
from shortrange_core import BadInput, Estimates, load, save
from shortrange_core.notes import Status
from shortrange_core.spelling import spoken_in
from spectra.models import Model, peak

X = np.linspace(0.0, 100.0, 201)
SPECIES = ("P:S4", "P:S3/S", "Na2S", "S")
TRUE = {"a": (0.80, 0.20), "b": (0.60, 0.40), "c": (0.45, 0.55)}
GLASSES = [(name, structure.composition("Na3PS4"), SPECIES, None) for name in TRUE]
SD = 0.002


def series(seed, *, wrong=None, techniques=tuple(AXES), true=TRUE):
    """Three glasses, or others; ``wrong`` gives what another structure a spectrum is of."""
    rng = np.random.default_rng(seed)
    found = []
    for name, right in true.items():
        for technique in techniques:
            one, other = (wrong or {}).get((name, technique), right)
            y = one * spectra.shapes.gaussian(X, 1.0, 30.0, 8.0) + other * spectra.shapes.gaussian(X, 1.0, 70.0, 8.0)
            y = y + rng.normal(0, SD, X.size)
            data = spectra.from_arrays(X, y, axis=AXES[technique], noise=SD, technique=technique)
            fit = spectra.fit(data, two_lines(technique))
            made = lambda _lines, technique=technique: two_lines(technique)  # noqa: E731
            found.append(Spectrum(name, technique, ("P:S4", "P:S3/S"), fit, made))
    return found


def judged(seed, **more):
    found = fit_series(GLASSES, series(seed, **more), {})
    return tensions(Pieces(found.likelihood, found.minimum.x), rng=np.random.default_rng(seed), draws=199)


def test_clean_series_stay_clean():
    """5 % for all comparisons together: 5 or more of 20 would come three times in a thousand."""
    found = [judged(seed) for seed in range(20)]
    assert sum(any(row.rejected for row in one.groups) for one in found) < 5
    assert all(one.suspects == () for one in found if not any(row.rejected for row in one.groups))
    p = np.array([[row.p for row in one.groups if row.kind == "technique"] for one in found])
    assert 0.35 < p.mean() < 0.65  # of a law that is right; shapes without scatter leave glasses more alike than priors
    assert [row.dof for row in found[0].groups if row.kind == "technique"] == [3, 3, 3]


@pytest.mark.parametrize(("sample", "technique"), [("b", "Raman"), ("c", "P 2p XPS"), ("a", "31P NMR")])
def test_the_spectrum_of_another_glass_is_named(sample, technique):
    other = {"a": "b", "b": "a", "c": "a"}[sample]
    found = judged(1, wrong={(sample, technique): TRUE[other]})
    assert found.suspects == (f"{sample}, {technique}",)
    assert found.sentence.startswith(f"{sample}, {technique} contradicts the rest of the series: chi2 falls by")


def test_a_technique_that_is_wrong_everywhere_is_named_as_a_whole():
    wrong = {(name, "P 2p XPS"): (one, 0.9 * other) for name, (one, other) in TRUE.items()}
    assert judged(2, wrong=wrong).suspects == ("P 2p XPS",)


def test_of_two_techniques_the_data_cannot_tell_which_is_wrong():
    found = judged(3, wrong={("b", "Raman"): TRUE["a"]}, techniques=("31P NMR", "Raman"))
    assert set(found.suspects) == {"b, Raman", "b, 31P NMR"}
    assert "they cannot tell which is wrong" in found.sentence


def test_one_technique_on_one_glass_has_nothing_to_contradict_it():
    found = fit_series(GLASSES[:1], series(0, techniques=("31P NMR",))[:1], {})
    one = tensions(Pieces(found.likelihood, found.minimum.x), rng=np.random.default_rng(0))
    assert one.groups == ()
    assert one.sentence == "One technique on one glass: there is nothing that could contradict it."


def test_q_is_that_of_fits_apart_by_definition():
    """chi2 of three real fits: of all spectra, of one technique, of the rest; no prior is shared between techniques."""
    found = fit_series(GLASSES, series(4, wrong={("b", "Raman"): (0.61, 0.39)}), {})
    data = [block.data for block in found.likelihood.blocks.values()]
    glasses = list(found.likelihood.glasses.values())
    apart = [
        Likelihood(glasses, [d for d in data if (d.technique == "Raman") is mine]).minimum().chi2
        for mine in (True, False)
    ]
    pieces = Pieces(found.likelihood, found.minimum.x)
    row = next(row for row in tensions(pieces, rng=np.random.default_rng(0), draws=1).groups if row.group == "Raman")
    assert row.q == pytest.approx(found.minimum.chi2 - sum(apart), rel=0.03)


def test_what_only_one_technique_sees_hangs_on_it():
    found = fit_series(GLASSES, series(5, techniques=("31P NMR", "Raman"))[:3], {})
    rows = {(row.sample, row.quantity): row for row in carriers(Pieces(found.likelihood, found.minimum.x))}
    assert rows["a", "P:S4"].by == ()  # two techniques: either alone has 1.4 times the sd
    ratio = rows["a", "P:S4"].without["Raman"] / rows["a", "P:S4"].sd
    assert 1.2 < ratio < 1.6
    assert rows["b", "P:S4"].by[0] == "31P NMR"
    assert np.isinf(rows["b", "P:S4"].without["31P NMR"])
    assert rows["b", "P:S4"].without["Raman"] < 1.5 * rows["b", "P:S4"].sd


def test_samples_are_a_gaussian_inside_and_half_of_one_at_zero():
    found = fit_series(GLASSES[:1], series(6, techniques=("31P NMR",))[:1], {})
    pieces = Pieces(found.likelihood, found.minimum.x)
    whole = pieces.together(pieces.without(()))
    rng = np.random.default_rng(0)
    drawn = whole.samples(pieces.start, 8192, rng)
    assert drawn.min() >= 0
    np.testing.assert_allclose(drawn.sum(axis=1) - drawn[:, 2:].sum(axis=1), 1.0, atol=1e-9)  # P per P
    sd = np.sqrt(np.diagonal(whole.covariance))
    assert np.std(drawn[:, 0]) == pytest.approx(sd[0], rel=0.05)
    assert drawn[:, 0].mean() == pytest.approx(pieces.start[0], abs=0.05 * sd[0])
    corner = pieces.start.copy()
    corner[:] = (1.0, 0.0, 0.0, 0.0)
    pieces.start[:] = corner
    half = pieces.together(pieces.without(())).samples(corner, 8192, rng)
    assert half[:, 1].mean() == pytest.approx(sd[1] * np.sqrt(2 / np.pi), rel=0.05)


def test_four_times_the_scans_of_everything_halve_the_sd_and_a_missing_technique_helps():
    found = fit_series(GLASSES, series(7, techniques=("31P NMR", "Raman"))[:5], {})
    plans = plans_of(found.likelihood)
    assert list(plans) == ["as it is", "31P NMR: 4 x the scans", "Raman: 4 x the scans", "Raman of c"]
    plans["both"] = lambda data: plans["Raman: 4 x the scans"](plans["31P NMR: 4 x the scans"](data))
    rng = np.random.default_rng(0)
    rows = plan(found.likelihood, found.minimum.x, plans, rng=rng, quantities=("P:S3/S",), draws=3)
    sd = {(row.plan, row.sample): row.sd for row in rows}
    assert sd["both", "a"] / sd["as it is", "a"] == pytest.approx(0.5, rel=0.05)
    assert sd["Raman of c", "c"] / sd["as it is", "c"] == pytest.approx(np.sqrt(0.5), rel=0.1)
    assert sd["Raman of c", "a"] / sd["as it is", "a"] == pytest.approx(1.0, abs=0.05)
    with pytest.raises(BadInput, match="quantities = P:O4: no glass of the series can contain any of them"):
        plan(found.likelihood, found.minimum.x, plans, rng=rng, quantities=("P:O4",))


def test_plans_where_the_first_glass_lacks_a_line():
    """As glasses without oxygen lack those of oxygen: a new spectrum takes such a line from one that shows it."""
    first, *others = series(7, techniques=("31P NMR", "Raman"), true={**TRUE, "a": (1.0, 0.0)})[:5]
    one = lambda _lines: Model("31P NMR", AXES["31P NMR"], two_lines().peaks[:1])  # noqa: E731
    alone = Spectrum("a", "31P NMR", ("P:S4",), spectra.fit(first.fit.spectrum, one(())), one)
    glasses = [("a", structure.composition("Na3PS4"), ("P:S4", "Na2S", "S"), None), *GLASSES[1:]]
    found = fit_series(glasses, [alone, *others[1:]], {})
    plans = plans_of(found.likelihood)
    assert {"Raman of a", "Raman of c"} <= set(plans)
    rows = plan(found.likelihood, found.minimum.x, plans, rng=np.random.default_rng(0), quantities=("P:S3/S",), draws=2)
    sd = {(row.plan, row.sample): row.sd for row in rows}
    assert {sample for _, sample in sd} == {"b", "c"}
    assert sd["Raman of c", "c"] < 0.9 * sd["as it is", "c"]


def test_a_spectrum_at_another_rate_has_that_rate_in_every_line():
    line = peak(
        "p_s4",
        {"area": 1.0, "center": 80.0, "gauss_fwhm": 6.0, "zeta": 30.0, "spinning_rate": 2e4, "larmor_frequency": 202.4},
        assignment="P:S4",
        shape="mas",
    )
    found = fit_series(GLASSES[:1], series(8, techniques=("31P NMR",))[:1], {})
    data = next(iter(found.likelihood.blocks.values())).data
    moved = at_rate(replace(data, model=Model("31P NMR", "chemical_shift", (line,))), 1e4)
    assert {p.name: p.value for p in moved.model.all_parameters}["p_s4_spinning_rate"] == 1e4


def joint_result(rows, verdict):
    nothing = Estimates.build(["u"], [1.0], [[1.0]])
    return JointFit((), (), (), {}, nothing, 1.0, Status.OK, rows, verdict)


def test_a_contradiction_is_a_warning_with_the_sentence():
    found = judged(1, wrong={("b", "Raman"): TRUE["a"]})
    ((where, note),) = routes.notes_of_joint(joint_result(found.groups, found.sentence))
    assert (where, note.code, note.text) == ("all spectra together", "tension", found.sentence)
    clean = judged(1)
    assert routes.notes_of_joint(joint_result(clean.groups, clean.sentence)) == ()


def test_tension_and_what_determines_survive_a_file(tmp_path):
    found = fit_series(GLASSES[:2], series(9, techniques=("31P NMR", "Raman"))[:3], {})
    pieces = Pieces(found.likelihood, found.minimum.x)
    groups = tensions(pieces, rng=np.random.default_rng(0), draws=19).groups
    carried = carriers(pieces)
    kept = replace(joint_result(groups, "as said"), carried=carried)
    save(kept, tmp_path / "joint.nc")
    again = load(tmp_path / "joint.nc")
    assert again.verdict == "as said"
    assert [(row.group, row.q, row.p, row.rejected) for row in again.tensions] == [
        (row.group, row.q, row.p, row.rejected) for row in groups
    ]
    assert [(row.quantity, dict(row.without), row.by) for row in again.carried] == [
        (row.quantity, dict(row.without), row.by) for row in carried
    ]
    assert list(carried_table(again)["depends on"]) == [", ".join(row.by) for row in carried]
    assert set(tension_table(again)["verdict"]) == {"agrees"}


def test_a_shape_that_cannot_move_the_data_takes_nothing_from_them():
    """Slopes of a tensor whose anisotropy is next to none are 1e-9 of others: as good as none, however they point."""
    found = fit_series(GLASSES[:2], series(11, techniques=("31P NMR",))[:2], {})
    pieces = Pieces(found.likelihood, found.minimum.x)
    names, size, rng = tuple(pieces.pieces), pieces.amounts.size, np.random.default_rng(0)
    place = size + int(np.flatnonzero(np.isfinite(pieces.windows))[0])
    spread = []
    for slope in (0.0, 1e-9):
        for name in names:
            rows = pieces.pieces[name].rows.copy()
            rows[:, place] = slope * rng.normal(size=len(rows))
            pieces.pieces[name] = replace(pieces.pieces[name], rows=rows)
        spread.append(pieces.together(names).covariance)
    np.testing.assert_allclose(spread[1], spread[0], rtol=1e-9, atol=1e-15)


def test_a_plan_needs_the_joint_route():
    stepwise = SimpleNamespace(joint=None)
    with pytest.raises(BadInput, match=r"plan: the analysis used only the stepwise route; analyse with both routes"):
        routes.plan(stepwise)
    with spoken_in("command line"), pytest.raises(BadInput, match=r"with both routes \(--routes stepwise,joint\)"):
        routes.plan(stepwise)


def test_a_unit_that_no_spectrum_sees_is_known_as_a_range_only():
    glasses = [(name, made, (*SPECIES, "P:S3~P"), x) for name, made, _, x in GLASSES[:1]]
    found = fit_series(glasses, series(10, techniques=("31P NMR",))[:1], {})
    row = {row.quantity: row for row in carriers(Pieces(found.likelihood, found.minimum.x))}["P:S3~P"]
    assert np.isinf(row.sd)
    _, made, species, _ = glasses[0]
    least, greatest = structure.ranges(made, species, list(found.statements["a"]), level=0.95).of("P:S3~P")
    assert (least, greatest) == (pytest.approx(0.0, abs=0.01), pytest.approx(1.0, abs=0.05))


def test_spectra_of_one_technique_may_have_other_axes():
    shorter = series(11, techniques=("31P NMR",))
    cut = spectra.fit(shorter[1].fit.spectrum.isel(chemical_shift=slice(10, -30, 1)), two_lines("31P NMR"))
    found = fit_series(GLASSES, [shorter[0], replace(shorter[1], fit=cut), shorter[2]], {})
    for name, true in TRUE.items():
        at = found.likelihood.amounts[name][:2]
        np.testing.assert_allclose(found.minimum.x[at], true, atol=0.03)


def test_draws_go_on_until_a_comparison_is_decided():
    """p of draws in their order: 10 over those that it took to be beaten 10 times, else what is left at the end."""
    assert most_draws(25) == 4999
    assert chance(np.repeat([0.0, 2.0], [30, 10]), 1.0) == pytest.approx(10 / 40)
    assert chance(np.repeat([0.0, 2.0], [90, 9]), 1.0) == pytest.approx(10 / 100)
    rng = np.random.default_rng(0)
    p = np.array([chance(rng.uniform(size=999), q) for q in rng.uniform(size=4000)])
    for level in (0.01, 0.05, 0.3):
        assert np.mean(p <= level) == pytest.approx(level, abs=4 * np.sqrt(level / 4000))


def test_twenty_five_comparisons_can_reject():
    """22 glasses and three techniques, one wrong Raman spectrum: 399 draws have no p as small as 0.05/25."""
    true = {f"g{n:02d}": (0.9 - 0.02 * n, 0.1 + 0.02 * n) for n in range(22)}
    glasses = [(name, structure.composition("Na3PS4"), SPECIES, None) for name in true]
    found = fit_series(glasses, series(1, true=true, wrong={("g05", "Raman"): (0.70, 0.30)}), {})
    pieces = Pieces(found.likelihood, found.minimum.x)
    few = tensions(pieces, rng=np.random.default_rng(1), draws=399)
    assert len(few.groups) == 25
    assert few.suspects == ()
    one = tensions(pieces, rng=np.random.default_rng(1))
    assert one.suspects == ("g05, Raman",)
    drawn = {row.group: row.draws for row in one.groups}
    assert drawn["Raman"] == 4999
    assert np.median(list(drawn.values())) < 399
