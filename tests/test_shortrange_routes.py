"""Both routes of one recipe: from files to a result that repeats, what a recipe may leave out or say by hand."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.signal import hilbert
from small_series import NMR, RAMAN, SHIFTS, SIMULATED, gaussian, nmr_of, write, write_series

import shortrange
from shortrange import exports, joint, reports
from shortrange.exports import all_tables
from shortrange.joint import _route
from shortrange.joint.search import lowest
from shortrange.routes import notes_of_joint
from shortrange_core import BadInput, load, save

UNITS = ("P:S4", "P:S3/S", "P:S3~P")
BOTH = ("stepwise", "joint")
WINDOWS = {
    "nmr": '[techniques."31P NMR".windows]\n"P:S3/S" = [90.0, 96.0]',
    "raman": '[techniques.Raman.windows]\n"P:S3/S" = [397.0, 409.0]',
}


def analysed(folder: Path, **more) -> shortrange.Analysis:
    path = write_series(folder, **{**WINDOWS, **more})
    return shortrange.analyse(shortrange.read_recipe(path), routes=BOTH)


def held(analysis, glasses=SIMULATED, units=UNITS):
    """By how many sds, but at least 0.003, the joint fractions miss the truth; and their sds."""
    misses, sds = [], []
    for item, true in zip(analysis.joint.structures, glasses.values(), strict=True):
        assert item.believed, item.problem
        known = item.solution.fractions
        for unit, amount in zip(units, true, strict=True):
            if unit in known.entries:
                at = known.entries.index(unit)
                sd = float(known.sd.values[at])
                misses.append(abs(float(known.value.values[at]) - amount) / max(sd, 0.003))
                sds.append(sd)
    return max(misses), sds


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = write_series(tmp_path_factory.mktemp("routes"), **WINDOWS)
    path.write_text(f"joint_samples = 256\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    folder = path.parent
    analysis = shortrange.analyse(shortrange.read_recipe(path), routes=BOTH)
    return analysis, shortrange.report(analysis, folder / "out")


def test_both_routes_find_the_truth_of_one_recipe(run):
    analysis, page = run
    assert analysis.trusted
    assert analysis.joint.status.trusted
    miss, sds = held(analysis)
    assert miss < 4
    assert 2e-4 < max(sds) < 0.01
    tables = all_tables(analysis)
    assert {"routes", "joint_fractions", "joint_spectra", "joint_tension", "joint_carried"} <= set(tables)
    text = page.read_text(encoding="utf-8")
    assert analysis.joint.verdict in text
    assert (page.parent / "tables" / "routes.csv").exists()


def test_a_quantity_that_neither_route_has_in_words_is_no_row(run, monkeypatch):
    """BO/O and oxide of a glass with oxygen stand in the tables for machines alone; before, as rows of blanks."""
    analysis, _ = run
    table = exports.routes_table(analysis.joint, analysis.structures)
    more = pd.concat([table, table.iloc[:1].assign(quantity="BO/O")])
    monkeypatch.setattr(exports, "routes_table", lambda *_: more)
    shown = reports.side_by_side(analysis, analysis.joint)
    assert shown["quantity"].tolist() == table["quantity"].tolist()
    assert (shown["all together"] != "").all()


def test_the_joint_result_says_what_network_its_amounts_make(run):
    """Of 0.8 P:S4 and 0.2 P:S3/S one former in five has one contact; chains are of two, there is no middle unit."""
    analysis, page = run
    table = all_tables(analysis)["joint_network"].set_index(["sample", "quantity"])
    contacts, chain = table.loc["glass 0", "contacts"], table.loc["glass 0", "chain length"]
    assert contacts["value"] == pytest.approx(SIMULATED["Na3PS4"][1], abs=4 * contacts["sd"])
    assert contacts["sd"] < 0.01
    assert chain["value"] == pytest.approx(2.0)
    assert "mean number of formers in a chain" in page.read_text(encoding="utf-8")


def test_a_phase_error_is_found_in_the_joint_route(tmp_path):
    """The imaginary part of a line is the Hilbert transform of its real one: 3 degrees of it in the first glass."""
    path = write_series(tmp_path, **WINDOWS)
    wide = np.linspace(-400.0, 600.0, 2001)
    lines = sum(a * gaussian(wide, SHIFTS[u], 6.0) for u, a in zip(UNITS, SIMULATED["Na3PS4"], strict=True))
    whole = hilbert(lines) * np.exp(1j * np.deg2rad(3.0))
    y = 1000 * np.interp(NMR, wide, whole.real) + np.random.default_rng(3).normal(0, 0.6, NMR.size)
    write(tmp_path / "g0_NMR.txt", NMR, y, "ppm intensity")
    analysis = shortrange.analyse(shortrange.read_recipe(path), routes=BOTH)
    assert held(analysis)[0] < 4
    found = analysis.joint.parameters
    at = found.entries.index("glass 0, 31P NMR: p_s4_phase")
    assert abs(abs(float(found.value.values[at])) - 3.0) < 4 * float(found.sd.values[at])
    assert float(found.sd.values[at]) < 0.5


def test_a_recipe_may_ask_for_samples_of_the_posterior(run):
    analysis, page = run
    tables = {name: pd.read_csv(page.parent / "tables" / f"joint_{name}.csv") for name in ("posterior", "samples")}
    told, drawn = tables["posterior"].set_index("of"), tables["samples"]
    assert drawn["chain"].value_counts().tolist() == [64] * 4
    assert drawn["weight"].sum() == pytest.approx(1.0)
    solved = analysis.joint.structures[0].solution.fractions.select(["P:S4"])
    row = told.loc["glass 0: P:S4"]
    assert row["mean"] == pytest.approx(drawn["glass 0: P:S4"].mean())
    assert row["mean"] == pytest.approx(float(solved.value.values[0]), abs=float(solved.sd.values[0]))
    assert row["sd"] == pytest.approx(float(solved.sd.values[0]), rel=0.4)
    assert row["lower"] < row["median"] < row["upper"]
    agree = analysis.joint.posterior.settled
    assert set(told["samples"]) == {"chains agree" if agree else "chains do not agree yet"}
    assert agree == ("samples-unsettled" not in {note.code for _, note in analysis.notes})


def test_chains_that_do_not_agree_are_told(run):
    drawn = run[0].joint.posterior
    apart = replace(drawn, r_hat=np.where(np.array(drawn.entries) == "glass 0: P:S4", 1.4, 1.0))
    (note,) = [n for _, n in notes_of_joint(replace(run[0].joint, posterior=apart)) if n.code == "samples-unsettled"]
    assert note.text.endswith("R-hat 1.40 of glass 0: P:S4")
    together = replace(drawn, r_hat=np.ones(len(drawn.entries)))
    assert not notes_of_joint(replace(run[0].joint, posterior=together))


def test_a_result_of_both_routes_is_made_again_from_its_own_file(run):
    _, page = run
    again = shortrange.remake(page.parent / "results.nc")
    assert again.identical
    assert again.numbers > 100


KILLED = """
import os, signal, sys
import shortrange
from shortrange import exports, joint, reports
from shortrange.joint import _route
from shortrange.joint.search import lowest
from shortrange.routes import notes_of_joint
from shortrange.reports import _report
when, recipe, out = sys.argv[1:]
def killed(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)
if when == "fitting":
    joint.tensions = killed
else:
    _report.save = killed
analysis = shortrange.analyse(shortrange.read_recipe(recipe), routes=("stepwise", "joint"))
shortrange.report(analysis, out)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("when", ["fitting", "writing"])
def test_a_run_that_is_killed_leaves_no_result(tmp_path, when):
    recipe, out = write_series(tmp_path, **WINDOWS), tmp_path / "out"
    command = [sys.executable, "-c", KILLED, when, str(recipe), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not out.exists()
    assert bool(list(tmp_path.glob(".out.*"))) == (when == "writing")  # unfinished, beside the name of the result


def test_a_technique_that_some_glasses_lack_helps_the_others(tmp_path):
    analysis = analysed(tmp_path, missing=[(1, "31P NMR")])
    miss, _ = held(analysis)
    assert miss < 4
    assert list(analysis.joint.spectra) == ["glass 0, 31P NMR", "glass 0, Raman", "glass 1, Raman"]
    sd = float(analysis.joint.structures[1].solution.fractions.sd.values[1])
    assert sd < 0.03  # responses are known from the other glass; alone, a factor of e


def test_one_glass_alone_has_a_joint_result(tmp_path):
    glass = {"Na3PS4": SIMULATED["Na3PS4"]}
    miss, _ = held(analysed(tmp_path, glasses=glass), glass)
    assert miss < 4


def test_fewer_spectra_than_unknowns_give_ranges(tmp_path):
    """Raman alone, of one glass: responses are unknown, so that amounts are known as far as the balances tell."""
    glass = {"Na3PS4": SIMULATED["Na3PS4"]}
    item = analysed(tmp_path, glasses=glass, missing=[(0, "31P NMR")]).joint.structures[0]
    for unit, true in zip(UNITS, glass["Na3PS4"], strict=True):
        lower, upper = item.supported.of(unit)
        assert lower - 1e-9 <= true <= upper + 1e-9
    lower, upper = item.supported.of("P:S3/S")
    assert upper - lower > 0.2


def test_a_peak_table_counts_as_the_spectrum_that_it_was_fitted_to(tmp_path):
    """NMR of the first glass as areas: its Raman spectrum, and responses of the series, are judged by them."""
    (tmp_path / "areas.csv").write_text("name,position,area,area_sd\na,82.0,800,8\nb,93.0,200,6\n", encoding="utf-8")
    table = (
        '[[samples.peak_tables]]\nfile = "areas.csv"\ntechnique = "31P NMR"\nassignments = {a = "P:S4", b = "P:S3/S"}\n'
    )
    analysis = analysed(tmp_path, missing=[(0, "31P NMR"), (1, "31P NMR")], more={0: table})
    assert "glass 0, 31P NMR" in analysis.joint.spectra
    miss, sds = held(analysis)
    assert miss < 4
    assert max(sds) < 0.05
    plans = {row.plan: row.sd for row in shortrange.plan(analysis, quantities=("P:S3/S",), draws=2)}
    assert plans["31P NMR: 4 x the scans"] < 0.95 * plans["as it is"]  # 0.92; the other glass's Raman decides more


def test_stated_responses_count_in_both_routes(tmp_path):
    """NMR that sees P:S3/S by half: a recipe which says so finds the truth, one which does not is rejected."""
    seen = {"P:S3/S": 0.5}
    stated = 'response = {"P:S3/S" = 0.5}\n' + WINDOWS["nmr"]
    found = analysed(tmp_path / "a", nmr=stated, seen=seen)
    assert held(found)[0] < 4
    silent = analysed(tmp_path / "b", seen=seen)
    assert not any(item.believed for item in silent.joint.structures[1:])  # charge alone fixes the second glass
    problem = silent.joint.structures[1].problem
    assert "drop the spectrum glass 1, 31P NMR" in problem
    assert "all spectra on " in problem
    assert "Raman" not in problem  # without it NMR alone contradicts charge as much


def test_units_that_relax_slowly_are_known_less_in_the_joint_route_too(tmp_path):
    slow = analysed(tmp_path, delay="60.0", missing=[(0, "Raman"), (1, "Raman")])
    _, sds = held(slow)
    assert max(sds) > 0.03  # 0.002 after full relaxation


def test_a_crystal_beside_the_glass_counts_with_it(tmp_path):
    path = write_series(tmp_path, **{**WINDOWS, "nmr": 'crystalline = ["P:S4"]\n' + WINDOWS["nmr"]})
    rng = np.random.default_rng(5)
    y = nmr_of((0.5, 0.2, 0.0), rng) + 300 * 0.6 / np.pi / ((NMR - 83.0) ** 2 + 0.6**2)  # Lorentzian, as crystals are
    write(tmp_path / "g0_NMR.txt", NMR, y, "ppm intensity")
    analysis = shortrange.analyse(shortrange.read_recipe(path), routes=BOTH)
    assert held(analysis)[0] < 4
    known = dict(zip(analysis.joint.parameters.entries, analysis.joint.parameters.value.values.tolist(), strict=True))
    assert known["glass 0, 31P NMR: p_s4_crystal_area as a share"] == pytest.approx(300 / 800, abs=0.02)


def test_what_is_changed_by_hand_holds_in_the_joint_route(tmp_path):
    """A line of something else, drawn by hand and counting nothing: without it the fit of that spectrum is no fit."""
    edit = (
        "[samples.spectra.edit]\nexclude = [[120.0, 125.0]]\n"
        '[[samples.spectra.edit.peaks]]\nname = "stranger"\ncenter = 65.0\nfwhm = 4.0\n'
    )
    path = write_series(tmp_path, **WINDOWS)
    text = path.read_text(encoding="utf-8")
    entry = 'file = "g0_NMR.txt"\ntechnique = "31P NMR"\n'
    path.write_text(text.replace(entry, entry + edit), encoding="utf-8")
    rng = np.random.default_rng(5)
    write(tmp_path / "g0_NMR.txt", NMR, nmr_of(SIMULATED["Na3PS4"], rng) + 300 * gaussian(NMR, 65.0, 4.0), "ppm y")
    analysis = shortrange.analyse(shortrange.read_recipe(path), routes=BOTH)
    assert analysis.joint.status.trusted
    assert held(analysis)[0] < 4
    _, both, points = analysis.joint.spectra["glass 0, 31P NMR"]
    assert both < 1.5 * points
    assert "glass 0, 31P NMR: stranger_center" in analysis.joint.parameters.entries


def test_what_the_joint_route_cannot_take_leaves_the_other_route(tmp_path, monkeypatch):
    def refused(*_given, **_more):
        raise BadInput("glass 0, 31P NMR: p_s4_area is tied to another; remove the tie")

    monkeypatch.setattr(joint, "fit_series", refused)
    analysis = analysed(tmp_path)
    assert analysis.joint is None
    assert not analysis.trusted
    assert analysis.routes == BOTH
    assert all(item.believed for item in analysis.structures)
    ((where, note),) = [(where, note) for where, note in analysis.notes if note.code == "no-joint-result"]
    assert where == "all spectra together"
    assert "p_s4_area is tied to another" in note.text


def test_an_end_below_the_minimum_of_the_search_is_the_result(tmp_path, run, monkeypatch):
    """A search that ends early, and random starts that do not."""

    def early(likelihood, near):
        return likelihood.minimum(most=3) if near is None else lowest(likelihood, near)

    monkeypatch.setattr(_route, "lowest", early)
    path = write_series(tmp_path, **WINDOWS)
    path.write_text(f"joint_starts = 2\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    analysis = shortrange.analyse(shortrange.read_recipe(path), routes=BOTH)
    assert analysis.joint.status.trusted
    assert analysis.joint.chi2 == pytest.approx(run[0].joint.chi2, abs=1.0)  # random starts end 0.8 above the search
    assert analysis.joint.optima[0].result
    (note,) = [note for _, note in analysis.notes if note.code == "lower-start"]
    assert f"{analysis.joint.fallen:.3g} below" in note.text
    assert analysis.joint.fallen > 1.0
    save(analysis.joint, tmp_path / "kept.nc")
    assert load(tmp_path / "kept.nc").fallen == analysis.joint.fallen


def test_a_unit_that_the_recipe_leaves_out_is_a_misfit_of_the_joint_route(tmp_path, monkeypatch):
    """The chi2 of Raman is stated here, not fitted: of one glass in doubt, of the other beyond what is a result."""
    fitted = joint.fit_series

    def strained(*given, **named):
        found = fitted(*given, **named)
        (_, points), far = found.chi2["glass 0, Raman"][1:], found.chi2["glass 1, Raman"][2]
        missed = {"glass 0, Raman": (points, points + 60, points), "glass 1, Raman": (far, 4.5 * far, far)}
        return replace(found, chi2={**found.chi2, **missed})

    monkeypatch.setattr(joint, "fit_series", strained)
    analysis = analysed(tmp_path)
    doubted, rejected = analysis.joint.structures
    assert doubted.believed
    assert doubted.misfits == ("Raman",)
    assert not rejected.believed
    assert rejected.problem.startswith("glass 1, Raman is not described: chi2 of its")
    notes = {
        note.text.partition(":")[0]: str(note.severity) for _, note in analysis.notes if note.code == "joint-misfit"
    }
    assert notes == {"glass 0, Raman": "warning", "glass 1, Raman": "error"}
    assert not analysis.trusted
    rows = reports.side_by_side(analysis, analysis.joint).to_dict("records")
    (told,) = [row["all together"] for row in rows if row["sample"] == "glass 1"]
    assert told.startswith("rejected: glass 1, Raman is not described")
    tables = all_tables(analysis)
    assert all(set(tables[f"joint_{name}"]["sample"]) == {"glass 0"} for name in ("averaged", "carried", "sets"))


def test_before_a_spectrum_is_blamed_random_starts_ask_whether_the_minimum_is_the_lowest(tmp_path, run, monkeypatch):
    """An alarm at a wrong minimum leads to the right one, without a start being asked for."""
    judged, places = joint.tensions, []

    def doubtful(pieces, *, rng):
        found = judged(pieces, rng=rng)
        places.append(np.array(pieces.x))
        return replace(found, groups=(replace(found.groups[0], rejected=True), *found.groups[1:]))

    monkeypatch.setattr(joint, "tensions", doubtful)
    monkeypatch.setattr(_route, "lowest", lambda one, near: one.minimum(most=3) if near is None else lowest(one, near))
    told: list[str] = []
    path = write_series(tmp_path, **WINDOWS)
    analysis = shortrange.analyse(shortrange.read_recipe(path), routes=BOTH, progress=told.append)
    assert [text for text in told if "random start" in text] == [f"random start {n} of 4" for n in range(1, 5)]
    wrong, right = places  # what was compared at the wrong minimum is compared anew
    assert not np.allclose(wrong, right)
    assert analysis.joint.chi2 == pytest.approx(run[0].joint.chi2, abs=1.0)
    counts = [row.starts for row in analysis.joint.optima]
    assert sum(counts) == 1 + 4
    assert {"lower-start", "tension"} <= {note.code for _, note in analysis.notes}


def test_glasses_without_a_usable_spectrum_have_no_joint_result(tmp_path):
    everything = [(number, technique) for number in (0, 1) for technique in ("31P NMR", "Raman")]
    stated = '[[samples.statements]]\nquantity = "P:S3~P"\nvalue = 0.0\n'
    analysis = analysed(tmp_path, missing=everything, more={0: stated, 1: stated})
    (note,) = [note for _, note in analysis.notes if note.code == "no-joint-result"]
    assert "no spectrum used as evidence has a trusted fit" in note.text


def test_an_empty_spectrum_spoils_nothing(tmp_path):
    """Noise alone, where the first glass should be: what it says is that no unit is there in a known amount."""
    path = write_series(tmp_path, **WINDOWS)
    rng = np.random.default_rng(7)
    write(tmp_path / "g0_man.txt", RAMAN, 200 + rng.normal(0, 8, RAMAN.size), "cm-1 counts")
    analysis = shortrange.analyse(shortrange.read_recipe(path), routes=BOTH)
    assert held(analysis)[0] < 4


@pytest.mark.parametrize("modifier", ["Li", "K"])
def test_series_of_another_alkali_go_through_both_routes(tmp_path, modifier):
    glasses = {name.replace("Na", modifier): true for name, true in SIMULATED.items()}
    everywhere = '"P:S4" = [79.0, 85.0]\n"P:S3~P" = [105.0, 111.0]'
    bands = '"P:S4" = [414.0, 426.0]\n"P:S3~P" = [374.0, 386.0]'
    windows = {"nmr": f"{WINDOWS['nmr']}\n{everywhere}", "raman": f"{WINDOWS['raman']}\n{bands}"}
    analysis = analysed(tmp_path, glasses=glasses, modifier=modifier, **windows)
    assert analysis.joint.status.trusted
    assert held(analysis, glasses)[0] < 4


@pytest.mark.parametrize("centre", ["Ge", "Si"])
def test_a_series_without_phosphorus_goes_through_both_routes(tmp_path, centre):
    """No 31P NMR: Raman with stated responses; a charge of 4 for every Ge:S4 or Si:S4."""
    path = write_series(tmp_path, missing=[(0, "31P NMR"), (1, "31P NMR")])
    text = path.read_text(encoding="utf-8").replace("Na3PS4", "Na4PS4").replace("Na2.4PS3.7", "Na3.4PS3.7")
    stated = 'evidence = "fractions"\nresponse = {"P:S3/S" = 0.7, "P:S3~P" = 1.3}\n'
    windows = (
        '[techniques.Raman.windows]\n"P:S4" = [414.0, 426.0]\n"P:S3/S" = [397.0, 409.0]\n"P:S3~P" = [374.0, 386.0]\n'
    )
    text = text.replace('evidence = "responses"\n', stated + windows)
    head, raman = text.split('[techniques."31P NMR"]')[0], text[text.index("[techniques.Raman]") :]
    text = (head + raman).replace("P:", f"{centre}:").replace("~P", f"~{centre}").replace("PS", f"{centre}S")
    path.write_text(text, encoding="utf-8")
    analysis = shortrange.analyse(shortrange.read_recipe(path), routes=BOTH)
    assert analysis.joint.status.trusted
    true = {f"Na4{centre}S4": SIMULATED["Na3PS4"], f"Na3.4{centre}S3.7": SIMULATED["Na2.4PS3.7"]}
    assert held(analysis, true, (f"{centre}:S4", f"{centre}:S3/S", f"{centre}:S3~{centre}"))[0] < 4
