"""The page: the answer first, in words that can be checked; what is pasted; print and small screens; two runs."""

import base64
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from one_glass import analysed_glass, command
from page_audit import audit

import shortrange
import structure
from shortrange import exports
from shortrange.commands.analyse import summarise
from shortrange.commands.common import Answer
from shortrange.remaking import stored_analysis
from shortrange.reports import answer_frame, compare_runs, comparison_page
from shortrange.reports._advice import next_measurement, prior_driven, to_do
from shortrange.reports._answer import answer_text
from shortrange.reports._html import linked, species
from shortrange.reports._methods import lines_table
from shortrange.results import BASE, JointFit
from shortrange.results._joint import Averaged, JointPosterior, Seen
from shortrange_core import BadInput, Note, Severity, Status, save
from shortrange_core.shown_numbers import with_sd


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[Path, shortrange.Analysis]:
    """One glass of the simulated example, analysed and reported."""
    folder, _ = analysed_glass(tmp_path_factory)
    return folder / "out", stored_analysis(folder / "out" / "results.nc")


def words(page: Path) -> str:
    text = re.sub(r"data:image/png;base64,[^\"]*", "", page.read_text(encoding="utf-8"))
    return unescape(re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)))


def test_the_page_begins_with_a_sentence_a_glass(run):
    folder, analysis = run
    text = words(folder / "report.html")
    item = next(s for s in analysis.structures if s.reading == BASE)
    start = text.index(item.sample)
    sentence = text[start : text.index("To do:") if "To do:" in text else text.index("Amounts")]
    rows = exports.fractions_table([item]).set_index("quantity")
    share = rows.loc["BO/(BO + NBO)"]
    said = re.search(r"([0-9.]+)\(([0-9.]+)\) % of the bound oxygen is bridging", sentence)
    assert float(said[1]) == pytest.approx(100 * share["value"], abs=100 * share["sd"])
    assert "of PS 4" in sentence  # the largest unit comes first
    assert "the evidence agrees (p = " in sentence
    assert len(to_do(analysis)) <= 3
    assert text.index("What contradicts") < text.index("Every glass, with what")


def test_the_answer_is_one_table_with_verdicts(run):
    frame = answer_frame(run[1])
    rows = exports.fractions_table([s for s in run[1].structures if s.reading == BASE]).set_index("quantity")
    assert list(frame.columns) == [s.sample for s in run[1].structures if s.reading == BASE]
    for quantity, text in frame.iloc[:, 0].items():
        assert text == answer_text(rows.loc[quantity].to_dict())
    limits = {"lower": 0.1, "upper": 0.345, "value": 0.2, "sd": 0.05, "least": 0.25, "greatest": 0.25}
    told = {v: answer_text({**limits, "verdict": v}) for v in ("at least", "undetermined", "fixed by the balances")}
    assert list(told.values()) == ["≥ 0.1", "0.1 to 0.34 (undetermined)", "0.25 (fixed)"]
    assert answer_text({**limits, "verdict": "rejected"}) == "rejected"


def test_the_terminal_has_what_can_be_typed_and_the_written_name(run, capsys):
    summarise(Answer("analyse", 1, as_json=False), run[1])
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("  P:S3/O "))
    assert "P:S3/O         PS₃O½ (P¹)" in row
    assert "(95 %)" in row


def test_both_ends_of_an_interval_have_the_same_decimals(run):
    text = words(run[0] / "report.html")
    table = text[text.index("Per network former") : text.index("What contradicts")]
    spans = re.findall(r"([0-9]+)\.?([0-9]*) to ([0-9]+)\.?([0-9]*)", table)
    assert len(spans) > 8
    assert all(len(low) == len(high) for _, low, _, high in spans)


def test_a_line_that_counts_nothing_is_called_alike_in_table_and_figure(run):
    lines = set(lines_table(run[1])["line"])
    assert "Na KL1L23" in lines
    assert "na_kl1l23" not in lines


def test_positions_have_the_doubt_of_their_reference_in_every_table(run):
    stated = exports.peaks_table(run[1].fits)
    told = lines_table(run[1])
    assert len(told) == len(stated)
    pairs = zip(told["position"], stated["center"], stated["center sd"], strict=True)
    assert all(text == with_sd(center, sd) for text, center, sd in pairs if text)
    referenced = [item for item in run[1].fits if item.fit.model.offset_sd]
    assert referenced
    assert float(min(referenced[0].fit.positions.sd.values)) >= referenced[0].fit.model.offset_sd


def test_where_nothing_is_a_result_nothing_is_said_to_stand_firm(run, tmp_path):
    _, analysis = run
    none = [replace(item, solution=None, supported=None, problem="Nothing agrees.") for item in analysis.structures]
    page = words(shortrange.report(replace(analysis, structures=tuple(none), influences=()), tmp_path / "out"))
    assert "No glass has usable fractions." in page
    assert "No fraction moves by more than" not in page


def test_a_stated_number_that_is_asked_to_be_another_is_told_before_what_it_explains(run, capsys):
    _, analysis = run
    notes = [("a", Note(code, Severity.WARNING, f"{code} is so", "look")) for code in ("unit-wanted", "misfit")]
    asked = ("b", Note("spinning-rate-asked", Severity.WARNING, "the rate is another", "check spinning_rate"))
    with_notes = replace(analysis, notes=(*notes, asked))
    assert to_do(with_notes)[0].startswith("b: the rate is another")
    summarise(Answer("analyse", 1, as_json=False), with_notes)
    told = capsys.readouterr().out
    assert told.index("spinning-rate-asked") < told.index("unit-wanted")


def test_the_name_of_a_glass_stands_on_one_line(run):
    text = (run[0] / "report.html").read_text(encoding="utf-8")
    assert "td.name { text-align: left; white-space: nowrap; }" in text
    assert f'<td class="name">{run[1].structures[0].sample}</td>' in text


def test_the_head_of_the_notes_counts_them(run):
    found = re.search(r"Notes \(([0-9]+) (warnings? or errors?)\)", words(run[0] / "report.html"))
    assert (found[2] == "warning or error") == (found[1] == "1")


def test_what_to_measure_names_the_worst_known_unit_and_a_gain(run):
    analysis = run[1]
    item = next(s for s in analysis.structures if s.reading == BASE)
    table = item.solution.fractions
    kinds = np.array(table.facets["kind"])
    worst = table.entries[int(np.argmax(np.where(kinds == "unit", table.sd.values, -1)))]
    text = str(next_measurement(analysis))
    assert f'title="{worst}"' in text
    before, *after = (float(number) for number in re.findall(r"(?:sd of|to) ([0-9.]+[0-9])(?: would| with)", text))
    assert after
    assert all(before / 2**0.5 - 1e-3 <= value < before / 1.05 for value in after)  # a twin at best halves the variance


def test_the_page_says_what_the_fractions_make_of_the_network(run):
    folder, analysis = run
    item = next(s for s in analysis.structures if s.reading == BASE)
    network = structure.network(item.solution)
    stated = pd.read_csv(folder / "tables" / "network.csv").set_index("quantity")
    for name in ("contacts", "P-O-P", "Na2S by weight"):
        assert stated.loc[name, "value"] == pytest.approx(network.quantities.value.sel(entry=name).item())
    text = words(folder / "report.html")
    table = text[text.index("Network: contacts") : text.index("Alternative assignments")]
    row = stated.loc["contacts"]
    assert f"contacts per former {with_sd(row['value'], row['sd'])}" in table
    assert "chain length" in table


def test_fractions_that_hang_on_priors_are_named_and_others_not(run):
    analysis = run[1]
    base = [s for s in analysis.structures if s.reading == BASE]
    same = replace(analysis, wider=tuple(base), narrower=tuple(base))
    assert prior_driven(same) == []
    solution = base[0].solution
    moved = solution.values.copy()
    moved[0] += 3 * solution.fractions.sd.values[0]
    wider = replace(base[0], solution=replace(solution, values=moved))
    told = prior_driven(replace(same, wider=(wider,)))
    assert len(told) == 1
    assert f'title="{solution.species[0]}"' in told[0]
    assert "moves by 3.0 times its sd" in told[0]


def test_things_to_do_are_errors_first_then_what_is_in_most_places(run):
    def note(code, severity):
        return Note(code, severity, f"text of {code}", f"correct {code}.")

    notes = [("a", note("one", Severity.WARNING)), ("b", note("two", Severity.WARNING))]
    notes += [("c", note("two", Severity.WARNING)), ("d", note("three", Severity.ERROR))]
    notes += [("e", note("four", Severity.WARNING)), ("f", note("five", Severity.INFO))]
    tasks = to_do(replace(run[1], notes=tuple(notes)))
    assert [task.split(". ")[-1] for task in tasks] == ["Correct three.", "Correct two.", "Correct one."]
    assert tasks[1].startswith("b; c: text of two")


def test_a_sentence_ends_once(run):
    """A note whose text ends with a stop has no second one before what is to be done."""
    note = Note("one", Severity.WARNING, "the response is not known.", "measure it.")
    assert to_do(replace(run[1], notes=(("a", note),))) == ["a: the response is not known. Measure it."]


def test_what_names_the_cause_of_an_error_is_to_be_done_before_it(run):
    def note(code, severity):
        return Note(code, severity, f"text of {code}", f"correct {code}.")

    notes = [("a", note("other", Severity.WARNING)), ("b", note("other", Severity.WARNING))]
    notes += [("c", note("cause", Severity.WARNING)), ("c", note("misfit", Severity.ERROR))]
    notes += [("c", note("behind", Severity.WARNING))]
    tasks = to_do(replace(run[1], notes=tuple(notes)))
    assert [task.split(". ")[-1] for task in tasks] == ["Correct cause.", "Correct misfit.", "Correct other."]


def test_what_is_pasted_is_there(run):
    folder, analysis = run
    page = (folder / "report.html").read_text(encoding="utf-8")
    links = re.findall(r'<a href="https://doi.org/([^"]+)"', page)
    assert links
    assert "@" in page.split("BibTeX")[1]
    text = words(folder / "report.html")
    methods = text[text.index("Simulated spectra of") : text.index("Table of all lines")]
    assert f"{len(analysis.fits)} spectra" in methods
    assert f"peak library {analysis.library}" in methods
    doi = next(doi for doi in links if doi in page.split("BibTeX")[1].split("</pre>")[0])
    assert doi.startswith("10.")


def test_markup_escapes_what_a_recipe_says():
    assert str(species("<b>")) == "&lt;b&gt;"
    assert str(linked("<i> doi:10.1000/a&b")).startswith("&lt;i&gt; <a href=")
    assert "<i>" not in str(linked("<i>"))


def test_labels_in_notes_are_written_names_and_what_only_looks_like_one_is_not():
    for label in ("P:S3~P", "P:S3/O", "Si:O4", "P:S4@r"):
        assert str(linked(f"with {label}: the sum")) == f"with {species(label)}: the sum"
    for text in ("the P:S ratio", "C:Users/x2", "d:P:S4", "at 12:30", "P:O99"):
        assert str(linked(text)) == text


def test_notes_of_the_page_have_no_label_that_is_typed(run):
    notes = words(run[0] / "report.html")
    notes = notes[notes.index("Remark: ") : notes.index("Provenance")]
    assert "PS 3 O 1/2" in notes
    assert not re.findall(r"P:[SO][0-9]", notes)


def test_what_is_folded_is_no_open_warning(run):
    page = (run[0] / "report.html").read_text(encoding="utf-8")
    assert "No published position in the library" in page
    warned = re.findall(r'class="warning">(.{30})', page)
    assert len(warned) == sum(note.severity is Severity.WARNING for _, note in run[1].notes)


def test_no_heading_is_printed_without_what_stands_under_it(run, browser):
    browser.open((run[0] / "report.html").as_uri())
    browser.send("Emulation.setEmulatedMedia", media="print")
    kept = "[...document.querySelectorAll('h2, h3')].every((h) => getComputedStyle(h).breakAfter === 'avoid')"
    printed = "document.querySelector('#more').checkVisibility()"
    assert browser.run(kept)
    assert not browser.run(printed)  # nothing below it is open
    browser.run("document.querySelector('#notes').open = true")
    assert browser.run(printed)
    browser.send("Emulation.setEmulatedMedia", media="")


@pytest.mark.parametrize("width", [1400, 390])
def test_the_page_fits_a_screen_and_prints_on_few_pages(run, browser, width):
    browser.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
    browser.open((run[0] / "report.html").as_uri())
    assert browser.run("document.documentElement.scrollWidth") <= width
    first = browser.run("document.querySelector('.answer').getBoundingClientRect().bottom")
    assert first < 900  # the first screen holds the answer
    hint = "getComputedStyle(document.querySelector('figcaption'), '::after').content"
    assert ("swipe" in browser.run(hint)) is (width < 480)  # figures keep their letters, and are wider than a phone
    if width == 1400:
        pdf = base64.b64decode(browser.send("Page.printToPDF", preferCSSPageSize=True)["data"])
        assert 1 < len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 8


def test_everybody_can_use_the_page(run, browser):
    browser.open((run[0] / "report.html").as_uri())
    assert audit(browser) == []


def test_two_runs_are_compared_number_by_number(run, browser, tmp_path):
    folder, analysis = run
    same = compare_runs(analysis, analysis)
    assert len(same.table) > 50
    assert same.moved == 0
    assert "0 differ" in same.text
    assert not same.changes
    assert not same.missing
    item = analysis.fits[0]
    at, peak = 0, item.fit.areas.entries[0]
    values = item.fit.values.copy()
    values[at] += 3 * float(item.fit.areas.sd.values[0])
    other = replace(analysis, fits=(replace(item, fit=replace(item.fit, values=values)), *analysis.fits[1:]))
    other = replace(other, library="another", recipe=replace(analysis.recipe, text=f"{analysis.recipe.text}# more\n"))
    found = compare_runs(analysis, other)
    top = found.table.iloc[0]
    assert (top["glass"], top["entry"]) == (item.sample, peak)
    assert top["what"] == f"{item.technique} area"
    assert top["in sds"] == pytest.approx(3.0)
    assert found.moved == 1
    assert found.changes[-1] == "+# more"
    assert f"peak library {analysis.library} -> another" in found.changes
    long = replace(other, recipe=replace(analysis.recipe, text=f"{analysis.recipe.text}{'# more' + chr(10)}" * 2))
    save(long, tmp_path / "long.nc")
    code, output = command("compare", str(folder), str(tmp_path / "long.nc"))
    lines = len(compare_runs(analysis, long).changes)
    assert f"{lines - 12} more lines of the changes (all with --out PAGE or --json)" in output
    assert output.count("\n  +") <= 12
    fewer = compare_runs(analysis, replace(analysis, fits=analysis.fits[1:]))
    assert fewer.missing
    assert all("in the first run only" in line for line in fewer.missing)
    save(other, tmp_path / "b.nc")
    code, output = command("compare", str(folder), str(tmp_path / "b.nc"), "--out", str(tmp_path / "c.html"))
    assert code == 0, output
    assert "1 by more than their sd" in output
    assert "+3 sds" in output
    assert "Numbers that changed" in words(tmp_path / "c.html")
    browser.open((tmp_path / "c.html").as_uri())
    assert audit(browser) == []
    with pytest.raises(BadInput, match="already exists"):
        comparison_page(found, tmp_path / "c.html", names=("a", "b"), title="t")


def test_two_runs_are_compared_by_every_route(run):
    """A number that only the joint route or the solution of all glasses has moves as one of a glass alone does."""
    _, analysis = run
    item = next(s for s in analysis.structures if s.reading == BASE)
    fractions = item.solution.fractions
    label, sd = fractions.entries[0], float(fractions.sd.values[0])
    values = item.solution.values.copy()
    values[0] += 2 * sd
    moved = replace(item, solution=replace(item.solution, values=values))
    one = np.ones(1)
    averaged = Averaged(item.sample, label, 0.1, 0.2, 0.3, 0.0, 1.0, 500.0, united=False)
    posterior = JointPosterior(("a: b",), np.array([[[0.1], [0.3]]]), one, one, np.full((1, 2), np.log(0.5)), 0.1)
    joint = JointFit(
        (item,), (), (), {}, fractions, 1.0, Status.OK,
        seen=(Seen("Raman", label, 2.0, 0.1),), averaged=(averaged,), posterior=posterior,
    )  # fmt: skip
    other = replace(
        joint,
        structures=(moved,),
        seen=(replace(joint.seen[0], factor=2.4),),
        averaged=(replace(averaged, median=0.25),),
        posterior=replace(posterior, samples=posterior.samples + 0.1),
    )
    first, second = replace(analysis, joint=joint, series=(item,)), replace(analysis, joint=other, series=(moved,))
    same = compare_runs(first, first)
    assert (same.moved, len(same.missing)) == (0, 0)
    assert "0 differ" in same.text
    rows = compare_runs(first, second).table.query("difference != 0").set_index("what")
    assert rows["in sds"].to_dict() == pytest.approx(
        {
            "joint fraction": 2.0,
            "fraction, all glasses together": 2.0,
            "joint response": 0.4 / 0.24,
            "mean of the joint samples": 1.0,
            "joint fraction, over the sets": 0.05 / (0.1 / 1.959964),
        }
    )
    lost = compare_runs(first, replace(first, joint=replace(joint, status=Status.NOT_CONVERGED)))
    assert f"{item.sample}, joint fraction, {label}: in the first run only" in lost.missing
    rejected_item = replace(item, solution=replace(item.solution, status=Status.REJECTED))
    rejected = replace(joint, structures=(rejected_item,))
    changed = compare_runs(first, replace(first, joint=rejected)).verdicts
    assert set(changed["what"]) == {"joint fraction"}
