"""Adding claims by hand: what is asked for, what is refused or doubted, and sources that come with them."""

import dataclasses
import json
from pathlib import Path

import pytest
from curated_lines import Run, asked, lab, lab_with_claim, run_with

import reference_peaks
from shortrange_core.errors import BadInput


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return run_with(capsys)


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> list[str]:
    """Answers that a person types, in order; what is left was not asked for."""
    left = list(lines)
    monkeypatch.setattr("shortrange.commands.peaks_questions.typer.prompt", lambda _text, **_: left.pop(0))
    return left


def test_add_asks_for_what_is_missing_and_again_where_the_answer_is_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = lab(tmp_path)
    left = typed(
        monkeypatch,
        *("31P NRM", "31P NMR", "", "PS4", "pyrophosphate", "P:S3/O", "nobody", "ours2026"),
        *("sodium", "Na", "solid", "", "seen", "measured", "71,5", "71.5"),
    )
    key = asked(folder)
    claim = reference_peaks.load(folder).get(key)
    assert left == []
    assert (claim.quantity.value, claim.quantity.unit, claim.phase, claim.curator) == (71.5, "ppm", "", "the test")
    err = capsys.readouterr().err
    for said in ("'31P NRM' is not known", "is needed", "the unit P:S4", "--species-kind", "peaks add-source"):
        assert said in err
    for said in (
        "'sodium' is not an element symbol",
        "phase = 'solid' is not one of",
        "'seen'",
        "'71,5' is not a number",
    ):
        assert said in err


def test_answers_survive_a_refusal_as_a_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = lab(tmp_path)
    typed(monkeypatch, "31P NMR", "P:S4", "ours2026", "Na", "glass", "measured", "834")
    with pytest.raises(BadInput, match="834 ppm is far from other claims on P:S4") as caught:
        asked(folder)
    command = caught.value.problems[-1]
    assert command.endswith(
        "--technique '31P NMR' --species P:S4 --value 834.0 --source ours2026 --cation Na --phase glass "
        "--evidence measured --kind position --curator 'the test'"
    )


@pytest.mark.parametrize(
    ("species", "value", "cation", "said"),
    [
        ("P:S4", 834, "Na", "834 ppm is far from other claims on P:S4"),
        ("P:SeS3", 834, "Na", "834 ppm is far from every claim of 31P NMR"),
        ("P:S4", 83, "lithium", "cation 'lithium' is not an element symbol"),
        ("P:S4", 83, "Li/sodium", "cation 'sodium' is not an element symbol"),
        ("PS4", 83, "Na", "species 'PS4' is not a compound but the unit P:S4"),
        ("P2O7(4-)", -5, "Na", "is not a compound but the unit P:O3/O"),
        ("pyrophosphate", -5, "Na", "state its kind with --species-kind"),
    ],
)
def test_claims_without_sense_are_refused(
    run: Run, tmp_path: Path, species: str, value: float, cation: str, said: str
) -> None:
    folder = lab(tmp_path)
    flags = ("-t", "31P NMR", "-s", species, "--value", value, "--cation", cation, "--source", "ours2026")
    code, _, err = run("add", folder, *flags, "--evidence", "measured")
    assert code == 2
    assert said in err
    assert not (folder / "claims").exists() or not list((folder / "claims").rglob("*.yaml"))


def test_the_honest_exception_is_kept_with_its_reason_and_asked_about_until_reviewed(run: Run, tmp_path: Path) -> None:
    folder = lab(tmp_path)
    flags = ("-t", "31P NMR", "-s", "white phosphorus", "--species-kind", "class", "--value", -460, "--cation", "NH4")
    more = ("--source", "ours2026", "--evidence", "measured", "--unusual", "no bond to oxygen or sulfur", "--json")
    code, out, _ = run("add", folder, *flags, *more)
    assert code == 0
    key = json.loads(out)["key"]
    claim = reference_peaks.load(folder).get(key)
    assert claim.notes == "unusual: no bond to oxygen or sulfur"
    code, out, _ = run("check", folder)
    assert code == 0
    assert f"check again: {key}: -460 ppm is far from every claim of 31P NMR" in out
    reviewed = dataclasses.replace(claim, status="reviewed", reviewer="a second person")
    reference_peaks.write(reviewed, folder, replace=True)
    assert "check again" not in run("check", folder)[1]


def test_check_refuses_what_add_refuses(run: Run, tmp_path: Path) -> None:
    folder = lab_with_claim(tmp_path)
    claim = reference_peaks.load(folder).claims[0]
    reference_peaks.write(dataclasses.replace(claim, number=2), folder)
    reference_peaks.write(dataclasses.replace(claim, cation="sodium"), folder)
    reference_peaks.write(dataclasses.replace(claim, species="PS4", species_kind="compound"), folder)
    code, _, err = run("check", folder)
    assert code == 2
    for said in ("repeats 31P-NMR/", "cation 'sodium'", "but the unit P:S4"):
        assert said in err


def test_a_source_is_added_once_and_its_claims_follow(run: Run, tmp_path: Path) -> None:
    folder = lab(tmp_path)
    path = folder / "bibliography" / "sources.yaml"
    path.write_text("# kept\nnotebook1:\n  kind: data\n  title: Simulated\n")
    entry = ("new2026", "--doi", "https://doi.org/10.1000/Test.1", "--authors", "A. Author", "--year", 2026)
    code, out, _ = run("add-source", folder, *entry, "--journal", "Simulated J.", "--json")
    assert code == 0
    assert json.loads(out)["citation"] == "A. Author, Simulated J. (2026), doi:10.1000/Test.1"
    assert path.read_text().startswith("# kept\nnotebook1:")
    flags = ("-t", "31P NMR", "-s", "P:S4", "--value", 83, "--source", "new2026", "--evidence", "measured")
    assert run("add", folder, *flags)[0] == 0
    sources = reference_peaks.load(folder).sources
    assert (sources["new2026"].doi, sources["new2026"].year) == ("10.1000/Test.1", 2026)
    assert set(sources) == {"ours2026", "notebook1", "new2026"}
    code, _, err = run("add-source", folder, *entry)
    assert (code, "new2026: is already in the bibliography" in err) == (2, True)
    code, _, err = run("add-source", folder, "again2026", "--doi", "doi:10.1000/test.1")
    assert (code, "is already in the bibliography as new2026" in err) == (2, True)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (("Two Words", "--title", "x"), "is not small letters, digits"),
        (("a2026", "--doi", "10.1/x"), "is not 10.NUMBER/NAME"),
        (("a2026",), "cannot be found: give a doi, a url"),
        (("a2026", "--kind", "blog", "--title", "x"), "is not one of article, preprint"),
        (("chi2021", "--title", "x"), "chi2021: is already in the bibliography"),
    ],
)
def test_a_source_that_nobody_could_look_up_is_refused(
    run: Run, tmp_path: Path, entry: tuple[str, ...], said: str
) -> None:
    folder = lab(tmp_path)
    code, _, err = run("add-source", folder, *entry)
    assert code == 2
    assert said in err
    assert not (folder / "bibliography" / "sources.yaml").exists()
