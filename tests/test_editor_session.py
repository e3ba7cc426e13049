"""The editor without a browser: messages and history, and recipes written back."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from edited_recipe import asked, refused
from edited_spectrum import fitted, value
from typed_commands import run

import shortrange
from shortrange.editor import FitDocument, RecipeDocument, Session, refitted
from shortrange.edits import NO_EDIT, Edit
from shortrange_core.colours import colour_of
from shortrange_core.errors import BadInput
from shortrange_core.written_labels import short_name

RECIPE = """\
# kept: the first line
schema = 1
title = "one glass"
simulated = true
cation = "Na"
units = ["P:S4", "P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3/O", "P:S3~P", "P:S3/S"]
free = ["Na2S", "S"]

[techniques.Raman]
lines = ["P:S4", "P:S3~P", "P:S3/S", "S-S"]
evidence = "responses"  # kept: why
[techniques.Raman.windows]
"P:S3/S" = [396.0, 408.0]
[techniques.FTIR]
lines = ["P:S4", "P:S3/O", "P:S2O2", "P:SO3"]
evidence = "none"

[[samples]]
name = "glass"
composition = "Na3PS3.4O0.6"
[[samples.spectra]]
file = "x060_Raman.txt"  # kept: the file
technique = "Raman"
[[samples.spectra]]
file = "x060_FTIR.csv"
technique = "FTIR"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    recipe = shortrange.write_example(tmp_path / "series")
    recipe.write_text(RECIPE, encoding="utf-8")
    return recipe


# ---- what a recipe may say


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("off = ['p_s5']", r"edit\.off: there is no peak 'p_s5' \(did you mean 'p_s4'\?\); peaks are "),
        ("counts = {p_s4 = 'Si:O4'}", "'Si:O4' is not among the units"),
        ("window = [500.0, 300.0]", "edit.window: 500 to 300 is empty; give the lower end first"),
        ("exclude = [[5.0, 3.0]]", "edit.exclude: 5 to 3 is empty"),
        ("phase = [1.0, 2.0]", "edit.phase: Raman has no phase; remove it"),
        ("start = {p_s9_center = 3.0}", "edit.start: 'p_s9_center' belongs to no peak"),
        ("fixed = {p_s4_fwhm = 9.0}\nstart = {p_s4_fwhm = 8.0}", "p_s4_fwhm also has a start or a tie"),
        ("ties = ['p_s4_fwhm = p_s3_p_fwhm', 'p_s4_fwhm = s_s_fwhm']", "p_s4_fwhm is tied twice; keep one"),
        ("ties = ['p_s4_fwhm < 3']", "inequalities go to constraints"),
        ("peaks = [{name = 'p_s4', center = 1.0, fwhm = 2.0}]", "'p_s4' is already the name of a line"),
        ("peaks = [{name = 'P S', center = 1.0, fwhm = 2.0}]", "string should match pattern"),
        ("widths = 3", "there is no such key; remove it or correct its name"),
    ],
)
def test_mistakes_of_an_edit_are_found_with_the_recipe(path, table, problem):
    at = 'technique = "Raman"\n'
    path.write_text(RECIPE.replace(at, f"{at}[samples.spectra.edit]\n{table}\n", 1), encoding="utf-8")
    with pytest.raises(BadInput, match=problem):
        shortrange.read_recipe(path)


# ---- the session


def test_what_is_on_screen_is_what_the_recipe_gives_without_the_editor(path):
    session = Session(RecipeDocument(path))
    first = asked(session, type="open")
    assert [one["name"] for one in first["spectra"]] == ["glass · Raman", "glass · FTIR"]
    asked(session, type="add", center=520.0, fwhm=12.0)
    asked(session, type="name", peak="by_hand_1", counts="P:S3O")
    asked(session, type="lock", parameter="p_s4_fwhm", on=True)
    asked(session, type="tie", left="p_s3_s_fwhm", right="p_s3_p_fwhm", how="ratio")
    asked(session, type="set", values={"p_s3_p_center": 383.5, "by_hand_1_center": 519.0})
    asked(session, type="background", degree=4)
    asked(session, type="exclude", regions=[[700.0, 690.0]])
    asked(session, type="range", window=[250.0, 800.0])
    assert next(session.handle({"type": "save"})) == {"type": "saved", "file": "recipe.toml"}
    shown = session.fit
    recipe = shortrange.read_recipe(path)
    assert recipe.tables.samples[0].spectra[0].edit == session.edit
    analysis = shortrange.analyse(recipe)
    np.testing.assert_array_equal(analysis.fits[0].fit.values, shown.values)
    assert analysis.fits[0].fit.chi2 == shown.chi2
    found = session.document.structure(0, session.edits).solution.fractions
    np.testing.assert_array_equal(analysis.structures[0].solution.fractions.value.values, found.value.values)
    assert Session(RecipeDocument(path)).fit.chi2 == shown.chi2  # opened again


def test_comments_and_layout_are_kept(path):
    session = Session(RecipeDocument(path))
    asked(session, type="off", peak="s_s", on=True)
    list(session.handle({"type": "save"}))
    text = path.read_text(encoding="utf-8")
    added = [row for row in text.splitlines() if row not in RECIPE.splitlines()]
    assert added == ["[samples.spectra.edit]", 'off = ["s_s"]']
    assert [row for row in RECIPE.splitlines() if row not in text.splitlines()] == []
    path.write_text(text.replace('off = ["s_s"]', 'off = ["s_s"]  # mine'), encoding="utf-8")
    session = Session(RecipeDocument(path))
    asked(session, type="background", degree=2)
    list(session.handle({"type": "save"}))
    assert 'off = ["s_s"]  # mine' in path.read_text(encoding="utf-8")
    asked(session, type="reset")
    assert tomllib.loads(session.text) == tomllib.loads(RECIPE)


def test_windows_line_ends_and_inline_tables_are_kept(path):
    entry = '[[samples.spectra]]\nfile = "x060_Raman.txt"  # kept: the file\ntechnique = "Raman"\n'
    other = '[[samples.spectra]]\nfile = "x060_FTIR.csv"\ntechnique = "FTIR"\n'
    rows = 'spectra = [{file = "x060_Raman.txt", technique = "Raman"}, {file = "x060_FTIR.csv", technique = "FTIR"}]\n'
    text = RECIPE.replace(entry, "").replace(other, rows).replace("\n", "\r\n")
    path.write_bytes(text.encode())
    session = Session(RecipeDocument(path))
    asked(session, type="add", center=520.0, fwhm=12.0)
    asked(session, type="lock", parameter="p_s4_center", on=True)
    list(session.handle({"type": "save"}))
    written = path.read_bytes()
    assert written.count(b"\n") == written.count(b"\r\n") == text.count("\r\n")
    assert shortrange.read_recipe(path).tables.samples[0].spectra[0].edit == session.edit


def test_undo_and_redo_walk_the_history(path):
    session = Session(RecipeDocument(path))
    first = asked(session, type="open")
    assert first["can"] == {"undo": False, "redo": False}
    assert not first["unsaved"]
    asked(session, type="off", peak="s_s", on=True)
    second = session.edits
    asked(session, type="select", spectrum=1)
    asked(session, type="background", degree=2)
    assert asked(session, type="undo")["selected"] == 1
    assert session.edits == second
    assert asked(session, type="undo")["unsaved"] is False
    assert session.edits == (NO_EDIT, NO_EDIT)
    asked(session, type="undo")  # there is nothing before
    asked(session, type="redo")
    assert session.edits == second
    asked(session, type="lock", parameter="p_s4_center", on=True)
    assert asked(session, type="redo")["can"] == {"undo": True, "redo": False}  # what was undone is forgotten


def test_a_locked_line_stays_where_it_is_put_and_starts_from_there_when_let_go(path):
    session = Session(RecipeDocument(path))
    asked(session, type="set", values={"p_s4_center": 421.0, "p_s4_area": 100.0}, hold=True)
    assert session.edit.fixed == {"p_s4_center": 421.0, "p_s4_area": 100.0}
    asked(session, type="set", values={"p_s4_center": 420.5})
    assert value(session.fit, "p_s4_center") == 420.5
    asked(session, type="lock", parameter="p_s4_center", on=False)
    assert session.edit.start == {"p_s4_center": 420.5}
    view = asked(session, type="open")
    quantities = next(peak for peak in view["peaks"] if peak["name"] == "p_s4")["quantities"]
    assert (quantities["center"]["fixed"], quantities["area"]["fixed"]) == (False, True)


def test_ties_locks_and_removal_do_not_leave_one_another_behind(path):
    session = Session(RecipeDocument(path))
    asked(session, type="add", center=520.0, fwhm=12.0, counts="P:S3O")
    asked(session, type="lock", parameter="by_hand_1_fwhm", on=True)
    asked(session, type="tie", left="by_hand_1_fwhm", right="p_s4_fwhm")
    assert (session.edit.fixed, session.edit.ties) == ({}, ("by_hand_1_fwhm = p_s4_fwhm",))
    asked(session, type="tie", left="by_hand_1_center", right="p_s4_center", how="distance")
    asked(session, type="off", peak="by_hand_1", on=True)
    assert "by_hand_1" not in session.fit.areas.entries
    asked(session, type="off", peak="by_hand_1", on=False)
    assert len(session.fit.model.linked()) == 2
    asked(session, type="untie", left="by_hand_1_center")
    asked(session, type="remove", peak="by_hand_1")
    assert session.edit == NO_EDIT


def test_the_page_is_told_pulls_and_what_may_be_named(path):
    view = asked(Session(RecipeDocument(path)), type="open")
    choices = {choice["counts"]: choice for choice in view["choices"]}
    assert choices["P:S4"]["mean"] == pytest.approx(418, abs=8)
    main = next(peak for peak in view["peaks"] if peak["name"] == "p_s4")
    fit = Session(RecipeDocument(path)).fit
    assert main["pull"] == pytest.approx(float(fit.pulls.select(["p_s4_center"]).value.item()))
    assert main["label"] == short_name("P:S4") == "PS₄ (P⁰)"  # as figures and reports write it
    assert main["colour"] == colour_of("P:S4")
    assert view["axis"] == {"title": "Raman shift (cm⁻¹)", "unit": "cm-1", "reversed": False}


def test_balances_follow_an_edit(path):
    session = Session(RecipeDocument(path))
    before = list(session.handle({"type": "open"}))[1]
    after = list(session.handle({"type": "name", "peak": "p_s3_s", "counts": "P:S3O"}))[1]
    rows = {row["label"]: row for row in after["rows"]}
    opened = {row["label"]: row["value"] for row in before["rows"]}
    assert {"BO", "NBO", "BO/(BO + NBO)", "P:S4"} <= set(rows)
    assert rows["P:S4"]["before"] == opened["P:S4"]
    assert max(abs(rows[label]["value"] - opened[label]) for label in opened) > 1e-3


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (None, "reload the page"),
        ({"type": "dance"}, "does not match any of the expected tags"),
        ({"type": "set", "values": {"p_s4_center": "x"}}, "should be a valid number"),
        ({"type": "set", "values": {"p_s4_centre": 3.0}}, "is not a parameter of the model"),
        ({"type": "lock", "parameter": "nobody", "on": True}, "'nobody': is not a parameter of the model on screen"),
        ({"type": "tie", "left": "p_s4_fwhm", "right": "p_s4_fwhm"}, "cannot be tied to itself"),
        ({"type": "untie", "left": "p_s4_fwhm"}, "has no tie"),
        ({"type": "remove", "peak": "p_s4"}, "is a line of the recipe; switch it off"),
        ({"type": "add", "center": 5000.0}, "lies outside the fitted"),
        ({"type": "name", "peak": "p_s4", "counts": "Si:O4"}, "not among the units"),
        ({"type": "select", "spectrum": 7}, "there are 2, counted from 0"),
        ({"type": "range", "window": [5000.0, 6000.0]}, "."),
        ({"type": "exclude", "regions": [[5000.0, 6000.0]]}, "no point lies in 5000 to 6000"),
        ({"type": "phase", "degrees": [10.0, 0.0]}, "has no phase"),
    ],
)
def test_what_cannot_be_done_changes_nothing_and_says_why(path, message, problem):
    session = Session(RecipeDocument(path))
    before = session.edits
    (answer,) = session.handle(message)
    assert answer["type"] == "error"
    assert problem in "\n".join(answer["problems"])
    assert session.edits == before


def test_a_file_that_another_program_changed_is_not_written_over(path):
    session = Session(RecipeDocument(path))
    asked(session, type="off", peak="s_s", on=True)
    path.write_text(RECIPE + "# theirs\n", encoding="utf-8")
    assert "was changed by another program" in refused(session, type="save")
    assert path.read_text(encoding="utf-8").endswith("# theirs\n")


def test_a_held_area_is_no_evidence_and_says_so(path):
    session = Session(RecipeDocument(path))
    asked(session, type="lock", parameter="p_s3_p_area", on=True)
    assert [note.code for note in session.fit.notes].count("area-held") == 1
    free, held = (session.document.structure(0, edits).solution for edits in (session.document.edits, session.edits))
    assert len(held.entries) == len(free.entries) - 1
    asked(session, type="lock", parameter="p_s3_p_area", on=False)
    assert "area-held" not in [note.code for note in session.fit.notes]


def test_areas_at_a_ratio_are_one_measurement(path):
    session = Session(RecipeDocument(path))
    before = list(session.handle({"type": "open"}))[1]
    after = list(session.handle({"type": "tie", "left": "s_s_area", "right": "p_s4_area", "how": "ratio"}))
    assert [answer["type"] for answer in after] == ["state", "structure"]
    assert after[1]["status"] == before["status"]


# ---- one fit


def test_a_fit_is_edited_and_repeated_by_its_edit(tmp_path):
    fit = fitted()
    session = Session(FitDocument(fit, tmp_path / "edit.toml"))
    asked(session, type="add", center=69.0)
    asked(session, type="lock", parameter="a_fwhm", on=True)
    assert session.fit.chi2 < fit.chi2
    assert list(session.handle({"type": "open"}))[1]["status"] == ""  # no composition, no balances
    assert next(session.handle({"type": "save"}))["type"] == "saved"
    stored = Edit.model_validate(tomllib.loads((tmp_path / "edit.toml").read_text(encoding="utf-8")))
    assert stored == session.edit
    np.testing.assert_array_equal(refitted(fit, stored).values, session.fit.values)
    assert "no file was given" in refused(Session(FitDocument(fit)), type="save")
    assert "a fit has no imaginary part" in refused(session, type="phase", degrees=[1.0, 0.0])


def test_a_fit_by_the_command_line_takes_the_table(path, tmp_path, capsys):
    table = tmp_path / "edit.toml"
    table.write_text("[fixed]\nline1_center = 421.5\n", encoding="utf-8")
    command = ["fit", str(path.with_name("x060_Raman.txt")), "--technique", "Raman", "--peaks", "420", "--json"]
    rows = json.loads(run(capsys, *command, "--edit", table)[1])["parameters"]["entries"]
    assert next(row["value"] for row in rows if row["entry"] == "line1_center") == 421.5
    table.write_text("[fixed]\nline1_center = 'x'\n[helds]\n", encoding="utf-8")
    code, told, _ = run(capsys, *command, "--edit", table)
    assert code == 2
    problems = json.loads(told)["error"]["problems"]
    assert [text.split(":")[:2] for text in problems] == [
        ["edit.toml", " fixed.line1_center = 'x'"],
        ["edit.toml", " helds"],
    ]
