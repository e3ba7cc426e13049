"""The command line as a user meets it: answers, errors, exit codes, one JSON object."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typed_commands import run

from shortrange.commands.common import Answer, plain, say_notes
from shortrange_core.notes import Note, Severity


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys)
    assert code == 0
    for command in ("analyse", "balance", "example", "fit", "info", "peaks", "remake"):
        assert command in out


def test_neither_help_nor_an_analysis_pays_for_what_it_does_not_use() -> None:
    code = (
        "import sys; from shortrange.cli import make_app; make_app(); print('numpy' in sys.modules)\n"
        "import shortrange.routes, shortrange.reports\n"
        "print([name for name in ('scipy.stats', 'scipy.signal', 'lmfit') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["False", "[]"]


@pytest.mark.parametrize("arguments", [["nothing"], ["info"], ["info", "--nothing"]])
def test_wrong_usage_is_two_and_json_says_it_too(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 2
    assert json.loads(out)["error"]["kind"] == "usage"
    assert "error:" in err
    assert "Traceback" not in err


def test_missing_file_is_one_clear_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "info", "nowhere.txt", "--json")
    assert code == 2
    problems = json.loads(out)["error"]["problems"]
    assert len(problems) == 1
    assert "nowhere.txt" in problems[0]
    assert err.startswith("error: ")


@pytest.mark.parametrize("encoding", ["cp1252", "cp932", "utf-8"])
def test_letters_that_a_file_does_not_know_are_spelled_out(encoding: str) -> None:
    def out(*arguments: str) -> str:
        command = [sys.executable, "-m", "shortrange", "species", "PS4", *arguments]
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        found = subprocess.run(command, capture_output=True, env=environment, check=False)
        assert found.returncode == 0
        assert b"Traceback" not in found.stderr
        return found.stdout.decode(encoding)

    assert {"cp1252": "PS4³-", "cp932": "PS43-", "utf-8": "PS₄³⁻"}[encoding] in out()
    assert json.loads(out("--json"))["species"][0]["name"].startswith("PS₄³⁻")


def test_plain_knows_nan_and_arrays() -> None:
    assert plain({"a": float("nan"), 1: np.array([1.0, np.inf])}) == {"a": None, "1": [1.0, None]}


@pytest.fixture
def raman(tmp_path: Path) -> Path:
    x = np.arange(350.0, 500.0)
    y = 100 + 1000 * np.exp(-(((x - 420) / 8) ** 2))
    path = tmp_path / "raman.txt"
    np.savetxt(path, np.stack([x, y + np.random.default_rng(0).normal(0, 3, x.size)], axis=1))
    return path


@pytest.mark.parametrize(
    ("species", "match"), [("Foo", "Foo"), ("P2S6", "P2S6"), ("P:S4, Foo, P2S6", "Foo"), ("P:S4 * P:O4", "not affine")]
)
def test_fit_refuses_labels_that_are_none(
    capsys: pytest.CaptureFixture[str], raman: Path, species: str, match: str
) -> None:
    code, out, err = run(capsys, "fit", str(raman), "--technique", "Raman", "--species", species, "--json")
    assert code == 2
    assert match in "\n".join(json.loads(out)["error"]["problems"])
    assert "Traceback" not in err


def test_fit_says_lines_and_never_overwrites(capsys: pytest.CaptureFixture[str], raman: Path) -> None:
    out_file = raman.with_name("fit.nc")
    arguments = ["fit", str(raman), "--technique", "Raman", "--species", "P:S4", "--out", str(out_file), "--json"]
    code, out, _ = run(capsys, *arguments)
    assert code == 0
    answer = json.loads(out)
    (area,) = answer["areas"]["entries"]
    assert abs(area["value"] - 1000 * 8 * np.sqrt(np.pi)) < 0.05 * area["value"]
    before = out_file.read_bytes()
    code, out, _ = run(capsys, *arguments)
    assert code == 2
    assert "already exists" in json.loads(out)["error"]["problems"][0]
    assert out_file.read_bytes() == before
    for name in ("fit.nc", "fit.png", "fit.svg"):
        out_file.with_name(name).unlink()
    code, out, _ = run(capsys, *arguments)  # the PDF of the figure is somebody's too
    assert code == 2
    assert "fit.pdf" in json.loads(out)["error"]["problems"][0]


def test_fit_takes_aliases_as_a_recipe_does_and_names_the_flag_of_a_window(
    capsys: pytest.CaptureFixture[str], raman: Path
) -> None:
    given = ("fit", str(raman), "--technique", "Raman", "--json")
    written = [json.loads(run(capsys, *given, "--species", text)[1])["areas"] for text in ("PS4", "P:S4")]
    assert written[0] == written[1]
    code, out, _ = run(capsys, *given, "--species", "P:S2/S2")
    assert code == 2
    assert "give --windows 'P:S2/S2 = LOWER..UPPER', or add a claim" in json.loads(out)["error"]["problems"][0]


def test_fit_asks_for_one_way_to_say_where_lines_are(capsys: pytest.CaptureFixture[str], raman: Path) -> None:
    one_of = "give exactly one of --species, --peaks, --find"
    assert f"the positions of lines are not given; {one_of}" in run(capsys, "fit", str(raman))[2]
    code, _, said = run(capsys, "fit", str(raman), "--peaks", "421", "--find")
    assert code == 2
    assert f"--peaks and --find are given; {one_of}" in said


def test_balance_of_its_example_says_in_words_why_nothing_fits(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "claims.toml"
    path.write_text(run(capsys, "balance", "--example")[1], encoding="utf-8")
    code, said, _ = run(capsys, "balance", str(path))
    assert code == 0
    assert "No mixture of the allowed species satisfies the composition and all exact statements" in said
    assert "drop XRD: crystalline Na2S at most 0.05 per P (the rest is then compatible" in said
    for jargon in ("none.", "chi2 = 0", "degree of freedom"):
        assert jargon not in said


def test_fit_at_positions_and_where_maxima_are(capsys: pytest.CaptureFixture[str], raman: Path) -> None:
    for choice in (["--peaks", "421"], ["--find"]):
        code, out, _ = run(capsys, "fit", str(raman), "--technique", "Raman", *choice, "--json")
        assert code == 0
        centers = [e for e in json.loads(out)["parameters"]["entries"] if e["entry"] == "line1_center"]
        assert abs(centers[0]["value"] - 420) < 0.2
    assert run(capsys, "fit", str(raman), "--peaks", "4200")[0] == 2
    assert run(capsys, "fit", str(raman), "--peaks", "x,y")[0] == 2
    assert run(capsys, "fit", str(raman))[0] == 2


def test_info_names_blocks_and_maxima(capsys: pytest.CaptureFixture[str], raman: Path) -> None:
    code, out, _ = run(capsys, "info", str(raman), "--technique", "Raman", "--json")
    assert code == 0
    (block,) = json.loads(out)["blocks"]
    assert abs(block["maximum"] - 420) < 2
    assert block["unit"] == "cm-1"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("f,Z',Z''", "impedance"),
        ("Test Time (s),Voltage (V),Current (A),Charge Capacity (Ah),Discharge Capacity (Ah)", "cycling"),
        ("Raman shift / cm-1,x = 0,x = 0.3", ""),
    ],
)
def test_info_knows_impedance_and_cycling_and_leaves_spectra_alone(tmp_path, capsys, header, kind):
    path = tmp_path / "table.csv"
    columns = header.count(",")
    rows = [",".join(f"{value:g}" for value in (10.0 * (k + 1), *[3 + 0.1 * k] * columns)) for k in range(40)]
    path.write_text("\n".join([header, *rows]) + "\n")
    code, out, _ = run(capsys, "info", path, "--json")
    assert code == 0
    assert json.loads(out).get("kind", "") == kind


def test_a_technique_that_is_missing_is_the_one_of_the_file_and_that_is_printed(
    capsys: pytest.CaptureFixture[str], real_data: Path, tmp_path: Path
) -> None:
    asked = ("fit", str(real_data / "nmr/bruker_31P_H3PO4_reference/1"), "--species", "P:O4", "--window=-3..3")
    _, out, _ = run(capsys, *asked)
    assert "the technique stated in the file is used: 31P NMR" in out
    _, out, _ = run(capsys, *asked, "--technique", "31P NMR")
    assert "stated in the file" not in out
    table = tmp_path / "table.csv"
    table.write_text("chemical shift (ppm),intensity\n" + "".join(f"{i / 5:.1f},{i % 7}\n" for i in range(99)))
    code, _, said = run(capsys, "fit", str(table), "--species", "P:O4")
    assert code == 2
    assert "and the file states none; give it, such as --technique '31P NMR'" in said


def test_a_person_reads_errors_and_three_warnings_and_what_shows_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = (Severity.INFO, *[Severity.WARNING] * 5, Severity.ERROR)
    notes = [Note(f"code-{number}", kind, f"note {number}") for number, kind in enumerate(kinds)]
    say_notes(Answer("fit", 1, False), notes, verbose=False)
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said[:-1]] == ["error", "warning", "warning", "warning"]
    assert said[-1].startswith("2 more warnings and 1 remark: shown with --verbose; 'shortrange explain CODE'")
    say_notes(Answer("fit", 1, False), notes, verbose=True)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(notes)
    assert said[0].startswith("error: note 6")
    say_notes(Answer("fit", 1, False), notes[1:3], verbose=False)
    assert "--verbose" not in capsys.readouterr().out


def test_fit_writes_numbers_with_their_sd_and_folds_remarks(capsys: pytest.CaptureFixture[str], raman: Path) -> None:
    options = ("-t", "Raman", "-s", "P:S4, P:S3~P", "--cation", "Na", "--phase", "glass")
    _, folded, _ = run(capsys, "fit", str(raman), *options)
    _, whole, _ = run(capsys, "fit", str(raman), *options, "--verbose")
    assert re.search(r"p_s4 +P:S4 +PS₄ \(P⁰\) +\d+\(\d+\) +\d+\.\d+\(\d+\)", folded)
    assert "info:" not in folded
    assert "shown with --verbose" in folded
    assert "info:" in whole
    assert "--verbose" not in whole
