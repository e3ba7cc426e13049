"""What a newcomer meets first: the draft of a recipe, its check, names of species, and one way to write values."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from typed_commands import run
from typer.main import get_command

import reference_peaks
import shortrange
from shortrange.cli import make_app
from shortrange.commands.written import assignments, quantity, window
from shortrange.drafts import glass_in, init, place_in, technique_in
from shortrange.example import SHIPPED
from shortrange.lookups import species
from shortrange.recipe import blanks, check_recipe, read_recipe
from shortrange.stepwise import preview, unseen
from shortrange.stepwise._places import check_labels
from shortrange_core import BadInput
from shortrange_core.shown_numbers import with_sd

NOT_FILES_OF_THE_SERIES = ("recipe.toml", "truth.json")


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """The files of the example without their recipe."""
    folder = tmp_path / "series"
    folder.mkdir()
    for path in SHIPPED.iterdir():
        if path.name not in NOT_FILES_OF_THE_SERIES:
            shutil.copyfile(path, folder / path.name)
    return folder


def plain_table(path: Path, seed: int = 0) -> None:
    """Two columns without a word: an axis and a line."""
    x = np.arange(350.0, 500.0)
    y = 100 + 1000 * np.exp(-(((x - 420) / 8) ** 2)) + np.random.default_rng(seed).normal(0, 3, x.size)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, np.stack([x, y], axis=1))


def test_a_draft_of_the_example_is_a_recipe_that_checks_and_finds_what_the_shipped_one_says(series: Path) -> None:
    draft = init(series)
    assert draft.blanks == ()
    stated = {
        sample["name"]: (sample["composition"], {(s["file"], s["technique"]) for s in sample["spectra"]})
        for sample in tomllib.loads((SHIPPED / "recipe.toml").read_text())["samples"]
    }
    found = {
        f"x = {glass.x:.2f}": (glass.composition, {(one.file, one.technique) for one in glass.findings})
        for glass in draft.glasses
    }
    assert found == stated
    seen = preview(read_recipe(draft.recipe))
    assert len(seen) == 15
    assert all(one.lines for one in seen if one.technique != "FTIR")
    tables = read_recipe(draft.recipe).tables
    assert "P:S3/O" in tables.units, "without it no oxygen could bridge"
    assert "P:O3/S" in unseen(tables)
    assert not {"P:S4", "P:S3O", "P:S3/S"} & set(unseen(tables))
    schema = json.loads(draft.schema.read_text())
    jsonschema.validate(tomllib.loads(draft.recipe.read_text()), schema)
    assert draft.recipe.read_text().startswith(f"#:schema ./{draft.schema.name}\n")


def test_nothing_is_overwritten(series: Path) -> None:
    draft = init(series)
    before = draft.recipe.read_bytes()
    with pytest.raises(BadInput, match=r"recipe\.toml, recipe\.schema\.json already exists; nothing is overwritten"):
        init(series)
    assert draft.recipe.read_bytes() == before


def test_what_nothing_says_is_blank_and_a_check_names_every_blank(tmp_path: Path) -> None:
    plain_table(tmp_path / "batch" / "glass-7.txt")
    plain_table(tmp_path / "batch" / "glass-8_raman.txt", 1)
    draft = init(tmp_path)
    assert [glass.name for glass in draft.glasses] == ["glass-7", "glass-8"]
    with pytest.raises(BadInput, match="still blank") as caught:
        read_recipe(draft.recipe)
    said = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == len(draft.blanks) == 5
    for place in ("units is", "techniques.Raman: lines", "sample 'glass-7': composition", "glass-7.txt: technique"):
        assert place in said


def test_a_draft_is_usable_once_its_blanks_are_filled(tmp_path: Path) -> None:
    plain_table(tmp_path / "one_raman.txt")
    text = init(tmp_path).recipe.read_text()
    filled = text.replace('units = ["?"]', 'units = ["P:S4"]').replace('lines = ["?"]', 'lines = ["P:S4"]')
    filled = filled.replace('composition = "?"', 'composition = "Na3PS4"')
    (seen,) = preview(check_recipe(filled, folder=tmp_path, name="r.toml"))
    assert (seen.technique, seen.lines) == ("Raman", ("P:S4",))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind")
def test_on_a_terminal_init_asks_for_what_nothing_says_and_again_where_an_answer_is_wrong(tmp_path: Path) -> None:
    plain_table(tmp_path / "glass-7.txt")
    plain_table(tmp_path / "glass-8_raman.txt", 1)
    terminal, theirs = os.openpty()
    command = [sys.executable, "-m", "shortrange", "init", str(tmp_path)]
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.close(theirs)
    answers = ("Ramen", "Raman", "Qq3PS4", "Na3PS4", "0", "Na3PS3.7O0.3", "")  # the last x is left blank
    os.write(terminal, "".join(f"{answer}\n" for answer in answers).encode())
    said, asked = process.communicate(timeout=120)
    os.close(terminal)
    assert process.returncode == 0, asked
    assert re.findall(r"(glass-\d): (\w\S+)", said) == [("glass-7", "Na3PS4"), ("glass-8", "Na3PS3.7O0.3")]
    for text in ("Technique of glass-7.txt", "'Ramen'", "Qq", "Composition of sample glass-8", "x of sample glass-8"):
        assert text in asked
    recipe = tomllib.loads((tmp_path / "recipe.toml").read_text())
    assert [sample.get("x") for sample in recipe["samples"]] == [0.0, None]
    assert recipe["samples"][0]["spectra"][0]["technique"] == "Raman"
    assert "guessed from you" not in (tmp_path / "recipe.toml").read_text()


def test_one_formula_with_x_serves_a_series_that_is_asked_about(tmp_path: Path) -> None:
    for number, name in enumerate(("b_x010_raman.txt", "b_x025_raman.txt")):
        plain_table(tmp_path / name, number)
    questions = []

    def answer(question, fault):
        questions.append(question)
        assert "Qq" in fault("Qq3PS4-xOx")
        return "Na3PS4-xOx"

    assert [glass.composition for glass in init(tmp_path, ask=answer).glasses] == ["Na3PS3.9O0.1", "Na3PS3.75O0.25"]
    assert len(questions) == 1


def test_a_stated_composition_gives_every_glass_its_formula(tmp_path: Path) -> None:
    for number, name in enumerate(("b_x010_raman.txt", "b_x025_raman.txt")):
        plain_table(tmp_path / name, number)
    draft = init(tmp_path, composition="Na3PS4-xOx")
    assert [glass.composition for glass in draft.glasses] == ["Na3PS3.9O0.1", "Na3PS3.75O0.25"]
    (tmp_path / "recipe.toml").unlink()
    (tmp_path / "recipe.schema.json").unlink()
    with pytest.raises(BadInput, match="Qq"):
        init(tmp_path, composition="Qq3PS4-xOx")


def test_exports_of_one_measurement_and_useless_regions_are_left_out_with_the_reason(tmp_path: Path) -> None:
    plain_table(tmp_path / "a_raman.txt")
    plain_table(tmp_path / "a_raman.csv")
    (tmp_path / "noise.txt").write_text("nothing that is a spectrum\n")
    shutil.copyfile(SHIPPED / "x015_31P.jdx", tmp_path / "a_31P.jdx")
    draft = init(tmp_path)
    reasons = dict(draft.left_out)
    assert "would count twice" in reasons["a_raman.txt"]
    assert reasons["noise.txt"] == "no reader recognises it"
    assert {one.file for glass in draft.glasses for one in glass.findings} == {"a_raman.csv", "a_31P.jdx"}
    assert "# noise.txt: no reader recognises it" in draft.recipe.read_text()


def test_a_folder_without_spectra_or_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="contains no readable spectrum"):
        init(tmp_path)
    with pytest.raises(BadInput, match="is not a folder"):
        init(tmp_path / "nowhere")


def test_a_list_of_files_names_each_once(series: Path, tmp_path: Path) -> None:
    """``cut.jdx: cut.jdx: has 12 points, ...`` is what it said of a truncated file."""
    whole = next(path for path in sorted(series.iterdir()) if path.suffix == ".jdx")
    folder = tmp_path / "cut"
    folder.mkdir()
    (folder / "cut.jdx").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(BadInput, match="contains no readable spectrum") as caught:
        init(folder)
    assert [problem.count("cut.jdx") for problem in caught.value.problems] == [0, 1]


@pytest.mark.parametrize("name", ["nmr", "xps", "raman", "ftir"])
def test_real_folders_give_drafts_whose_only_mistakes_are_blanks(real_data: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    shutil.copytree(real_data / name, folder)
    draft = init(folder)
    files = {one.file for glass in draft.glasses for one in glass.findings}
    assert files
    assert all((folder / file).exists() for file in files)
    with pytest.raises(BadInput, match="blank") as caught:
        read_recipe(draft.recipe)
    assert all("still blank" in problem for problem in caught.value.problems)


def test_topspin_folders_are_one_spectrum_and_take_the_name_above_them(real_data: Path, tmp_path: Path) -> None:
    shutil.copytree(real_data / "nmr" / "bruker_31P_H3PO4_reference", tmp_path / "acid_31P")
    (glass,) = init(tmp_path).glasses
    assert glass.name == "acid"
    assert [(one.file, one.technique, one.block) for one in glass.findings] == [("acid_31P/1", "31P NMR", "pdata/1")]


@pytest.mark.parametrize(
    ("text", "technique"),
    [
        ("NPS_31P_MAS", "31P NMR"), ("P31", "31P NMR"), ("29Si-NMR", "29Si NMR"), ("glass O1s", "O 1s XPS"),
        ("S 2p3/2", "S 2p XPS"), ("a_FT-IR", "FTIR"), ("RAMAN_7", "Raman"), ("sample_C12", ""), ("mirage", ""),
    ],
)  # fmt: skip
def test_names_speak_of_techniques(text: str, technique: str) -> None:
    assert technique_in(text) == technique


def test_names_speak_of_places_and_glasses() -> None:
    assert [place_in(text) for text in ("x0.5", "x=1", "x100", "box3", "x05")] == [0.5, 1.0, 100.0, None, 0.5]
    assert [glass_in([text]) for text in ("70Li2S-30P2S5_Raman", "CO2", "H3PO4")] == ["70Li2S-30P2S5", "", ""]


def test_check_says_what_would_be_fitted_and_every_file_that_is_wrong(
    series: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = init(series).recipe
    code, out, _ = run(capsys, "check", str(recipe), "--json")
    assert code == 0
    assert len(json.loads(out)["spectra"]) == 15
    assert "P:O3/S" in json.loads(out)["unseen"]
    for name in ("x015_31P.jdx", "x030_Raman.txt"):
        (series / name).write_text("broken\n")
    text = recipe.read_text().replace("[techniques.Raman]\n", "[techniques.Raman]\nwindow = [5000.0, 6000.0]\n")
    recipe.write_text(text)
    code, out, _ = run(capsys, "check", str(recipe), "--json")
    assert code == 2
    problems = json.loads(out)["error"]["problems"]
    said = "\n".join(problems)
    assert "x015_31P.jdx: no reader" in said
    assert "x030_Raman.txt: no reader" in said
    assert "x060_Raman.txt" in said


def test_blanks_are_found_wherever_they_stand() -> None:
    raw = {"a": "?", "b": ["?", "x"], "c": {"d": "?"}, "samples": [{"name": "n", "composition": "Na3PS4", "x": "?"}]}
    assert len(blanks(raw)) == 4
    assert blanks({"title": "what?"}) == ()


def test_species_are_found_by_label_anion_family_and_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert [one.label for one in species("PS4")] == ["P:S4"]
    assert {"P:O3/O", "P:S3/S"} <= {one.label for one in species("P^1")} <= {one.label for one in species("Q^1")}
    assert all("~P" in one.label for one in species("~P"))
    (unit,) = species("P:O3/O", technique="31P NMR", cation="Na", phase="glass")
    assert (unit.family, unit.bridges, unit.charge) == ("P^1", 1, 2.0)
    (place,) = unit.positions
    assert (place.unit, place.mean) == ("ppm", pytest.approx(-9.0))
    assert place.text == f"{with_sd(place.mean, place.sd)} ppm, 1 source"  # no digits beyond its sd
    with pytest.raises(BadInput, match="matches no unit"):
        species("unobtainium")
    code, out, _ = run(capsys, "species", "P2O7(4-)", "--json")
    assert code == 0
    assert json.loads(out)["species"][0]["label"] == "P:O3/O"


def test_every_command_reads_units_windows_and_lists_alike() -> None:
    assert quantity("4.2mg", "g", bare=False) == pytest.approx(4.2e-3)
    assert quantity("-3e-2 mV", "V") == pytest.approx(-3e-5)
    assert quantity("inf", "Hz") == np.inf
    for text, unit, match in (
        ("4.2", "g", "has no unit"),
        ("5 pm", "cm", "is not a unit of it"),
        ("much", "cm", "is not a number"),
    ):
        with pytest.raises(ValueError, match=match):
            quantity(text, unit, bare=unit != "g")
    assert window("2.2..2.4") == window("2.2,2.4") == [2.2, 2.4]
    with pytest.raises(ValueError, match="lower and upper"):
        window("2.4..2.2")
    assert assignments(["R1 = 2, R2=3", "t=E, V"]) == ("R1 = 2", "R2=3", "t=E, V")


def test_no_option_has_its_unit_in_its_name() -> None:
    def options(command):
        yield from (name for parameter in command.params for name in parameter.opts)
        for inner in getattr(command, "commands", {}).values():
            yield from options(inner)

    units = ("-cm", "-mg", "-nm", "-ev", "-hz", "-mhz", "-celsius", "-kelvin", "-mm", "-ppm")
    assert not [name for name in options(get_command(make_app())) if name.endswith(units)]


def test_version_and_usage_errors_point_to_the_command_that_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--version")
    assert code == 0
    assert out.startswith("shortrange ")
    for arguments, place in ((["peaks", "pool"], "peaks pool"), (["info"], "info"), (["peaks", "foo"], "peaks")):
        code, _, err = run(capsys, *arguments)
        assert code == 2
        assert f"see 'shortrange {place} --help'" in err
    code, _, err = run(capsys, "cell", "f.mpt", "--mass", "4.2", "--basis", "S", "--order", "charge-first")
    assert code == 2
    assert "has no unit; write 4.2g, 4.2mg" in err


def test_completion_knows_commands_and_the_options_that_come_late(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_SHORTRANGE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "shortrange fit --spinning")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert "--spinning-rate" in run(capsys)[1].split()
    monkeypatch.setenv("COMP_WORDS", "shortrange sp")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert run(capsys)[1].split() == ["species"]


def test_init_is_a_public_function_too() -> None:
    assert shortrange.init is init


@pytest.mark.parametrize("text", ["Q1", "P^1", "P:S4 + P^1"])
def test_a_family_of_units_is_told_with_its_members(text):
    library = reference_peaks.load()
    with pytest.raises(BadInput, match=r"is a family \(P:O3/O, P:S3/O, P:S3/S\); name the units"):
        check_labels("31P NMR", [text], library)
    check_labels("31P NMR", ["P:S4 + P:S3/S"], library)
