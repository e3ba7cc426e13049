"""Curating: claims from flags and from fits, comparison, difference, exports, checks of a branch."""

import csv
import dataclasses
import io
import json
import math
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from curated_lines import Run, lab, lab_with_claim, run_with

import reference_peaks
import spectra
import structure
from reference_peaks import curation, publishing
from reference_peaks.curation import FittedLine, changed_files, check_files, check_sense, compare, difference
from shortrange import exports
from shortrange_core import save
from shortrange_core.errors import BadInput


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return run_with(capsys)


@pytest.fixture(scope="module")
def library() -> reference_peaks.Library:
    return reference_peaks.load()


def line(**changes: Any) -> FittedLine:
    base = FittedLine("ps4", "P:S4", "31P NMR", 82.5, 0.1, likelihood_position=82.6, likelihood_sd=0.12, fit="ok")
    return dataclasses.replace(base, **changes)


def fitted(prior_sd: float) -> spectra.Fit:
    """Fit of a simulated pair: PS4 at 83.0 ppm, where a prior says 82; lines move by six of its sds at most."""
    x = np.linspace(60, 120, 1201)
    prior = reference_peaks.Prior(82.0, prior_sd, "a narrow prior for the test")

    def shape(centre: float) -> np.ndarray:
        return np.exp(-4 * np.log(2) * ((x - centre) / 6) ** 2)

    y = 100 * shape(83.0) + 40 * shape(108.0) + np.random.default_rng(0).normal(0, 1, x.size)
    axis = {"technique": "31P NMR", "reference": "85% H3PO4", "sample": "simulated glass"}
    spectrum = spectra.from_arrays(x, y, axis="chemical_shift", noise=np.ones_like(x), **axis)
    peaks = (
        spectra.peak("ps4", {"center": prior, "fwhm": (5.0, 1.0, 20.0)}, assignment="P:S4", shape="gaussian"),
        spectra.peak(
            "p2s6", {"center": (107.0, 100.0, 115.0), "fwhm": (5.0, 1.0, 20.0)}, assignment="P:S3~P", shape="gaussian"
        ),
    )
    model = spectra.Model("31P NMR", "chemical_shift", peaks, (spectra.backgrounds.constant(),))
    return spectra.fit(spectrum, model, check=False)


@pytest.fixture(scope="module")
def fit() -> spectra.Fit:
    """A fit that its narrow prior keeps from the data."""
    return fitted(0.02)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A fit that may be trusted: its prior leaves room for the line."""
    path = tmp_path / "fit.nc"
    save(fitted(0.25), path)
    return path


def test_pull_by_hand() -> None:
    prior = reference_peaks.Prior(82.0, 0.3, "x")
    assert curation.pull(line(position=82.5, sd=0.4), prior) == pytest.approx(1.0)
    assert curation.pull(line(position=82.5, sd=math.nan, referencing_sd=0.4), prior) == pytest.approx(1.0)


def test_an_unassigned_line_gets_candidates_and_nearest_claims(library: reference_peaks.Library) -> None:
    (standing,) = compare([line(assignment="", position=107.0)], library, cation="Na", phase="glass")
    assert standing.candidates[0][0] == "P:S3~P"
    assert standing.pulls == {}
    assert standing.nearest[0][0].species == "P:S3~P"
    assert standing.nearest[0][1] == pytest.approx(107.0 - standing.nearest[0][0].quantity.centre)
    (assigned,) = compare([line()], library, cation="Na", phase="glass")
    assert list(assigned.pulls) == ["P:S4"]
    assert assigned.candidates == ()
    (elsewhere,) = compare([line(technique="29Si NMR")], library, cation="Na", phase="glass")
    assert elsewhere.nearest == ()
    with pytest.raises(BadInput, match="no line to compare"):
        compare([], library, cation="Na", phase="glass")


def test_lines_of_a_fit_carry_the_position_of_the_data_alone(fit: spectra.Fit) -> None:
    first, second = exports.fit_lines(fit)
    assert first.prior_used
    assert not second.prior_used
    assert first.position < 82.7  # the narrow prior at 82 pulls
    assert first.likelihood_position == pytest.approx(83.0, abs=0.15)
    assert second.likelihood_position == pytest.approx(108.0, abs=0.3)
    assert first.scale == "85% H3PO4"


def test_proposals_use_the_likelihood_and_number_on(library: reference_peaks.Library, tmp_path: Path) -> None:
    layered = reference_peaks.load(lab_with_claim(tmp_path), over=library)
    given = [line(referencing_sd=0.16), line(peak="pair", assignment="P:S4 + P:S3O"), line(peak="bad", fit="rejected")]
    given.append(line(peak="lost", assignment="P:SO3", likelihood_sd=math.nan))
    given.append(line(peak="vague", assignment="P:O4", likelihood_sd=2.5))
    found = curation.propose(given, layered, source="ours2026", cation="Na", phase="glass")
    refused = {name.split()[-1]: reason for name, reason in found.refused.items()}
    (claim,) = found.claims
    assert claim.quantity.value == 82.6
    assert claim.quantity.sd == pytest.approx(0.2)
    assert claim.status == "proposed"
    assert claim.provenance["fitted_position"] == 82.5
    assert set(refused) == {"pair", "bad", "lost", "vague"}
    assert "one species" in refused["pair"]
    assert "data alone do not" in refused["lost"]
    assert "2.5 ppm only" in refused["vague"]
    with pytest.raises(BadInput, match="is not in the bibliography"):
        curation.propose(given, library, source="nobody", cation="Na", phase="glass")


def test_propose_writes_claims_that_pass_the_check(run: Run, stored: Path, tmp_path: Path) -> None:
    folder = lab(tmp_path)
    options = ("--source", "ours2026", "--cation", "Na", "--phase", "glass")
    code, out, _ = run("propose", stored, "--into", folder, *options, "--json")
    assert code == 0
    answer = json.loads(out)
    assert len(answer["claims"]) == 2
    assert run("check", folder)[0] == 0
    claims = {claim.species: claim for claim in reference_peaks.load(folder).claims}
    assert claims["P:S4"].quantity.value == pytest.approx(83.0, abs=0.15)
    assert claims["P:S4"].provenance["prior_used_in_fit"] == "yes"
    assert claims["P:S3~P"].provenance["prior_used_in_fit"] == "no"
    code, out, _ = run("propose", stored, "--into", folder, *options)
    assert code == 0
    assert {claim.number for claim in reference_peaks.load(folder).claims} == {1, 2}


def test_a_fit_that_misses_its_data_proposes_nothing(run: Run, fit: spectra.Fit, tmp_path: Path) -> None:
    save(fit, tmp_path / "missed.nc")
    options = ("--source", "ours2026", "--cation", "Na", "--phase", "glass")
    code, out, _ = run("propose", tmp_path / "missed.nc", "--into", lab(tmp_path), *options, "--json")
    assert code == 0
    assert json.loads(out)["claims"] == []


def test_compare_shows_pulls_and_nearest(run: Run, stored: Path) -> None:
    code, out, _ = run("compare", stored, "--cation", "Na", "--phase", "glass", "--json")
    assert code == 0
    lines = json.loads(out)["lines"]
    assert [one["peak"] for one in lines] == ["ps4", "p2s6"]
    assert abs(lines[0]["pulls"]["P:S4"]) < 1
    code, out, _ = run("compare", stored, "--cation", "Na", "--phase", "glass")
    assert "pull" in out
    assert "nearest" in out


def test_add_writes_a_checked_claim(run: Run, tmp_path: Path) -> None:
    folder = lab(tmp_path)
    flags = ("-t", "31P NMR", "-s", "P:S3/O", "--value", 71.5, "--sd", 0.4, "--unit", "ppm", "--cation", "Na")
    more = ("--phase", "glass", "--source", "ours2026", "--evidence", "measured", "--scale", "85% H3PO4")
    code, out, _ = run("add", folder, *flags, *more, "--condition", "spinning_rate_hz=20000", "--json")
    assert code == 0
    key = json.loads(out)["key"]
    claim = reference_peaks.load(folder).get(key)
    assert (claim.quantity.value, claim.conditions["spinning_rate_hz"]) == (71.5, 20000)
    code, _, err = run("add", folder, *flags, *more, "--condition", "spinning_rate_hz=20000")
    assert code == 2
    assert f"repeats {key} in every field" in err
    assert run("add", folder, *flags, *more, "--where", "second batch")[0] == 0
    assert len(reference_peaks.load(folder).claims) == 2
    code, out, _ = run("pool", "31P NMR", "P:S3/O", "--cation", "Na", "--phase", "glass", "-l", folder, "--json")
    assert json.loads(out)["pooled"][0]["mean"] == pytest.approx(71.5)


def test_pool_takes_aliases_and_says_where_it_has_nothing(run: Run) -> None:
    asked = ("--cation", "Na", "--phase", "glass")
    assert run("pool", "31P NMR", "PS4", *asked)[1] == run("pool", "31P NMR", "P:S4", *asked)[1]
    _, out, _ = run("pool", "31P NMR", "P:S4", "P:S9", "--cation", "Li", "--phase", "glass")
    assert re.search(r"P:S4 +no published position for this selection; there are claims on .*Na glass", out)
    assert out.rstrip().endswith("no published position for this selection")
    _, out, _ = run("pool", "31P NMR", "P:S4", "--cation", "Li", "--phase", "glass/amorphous")
    assert "84.000 ppm" in out


def test_add_reports_every_fault_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    folder = lab(tmp_path)
    code, _, err = run("add", folder, "-t", "31P NRM", "-s", "P:S3/O", "--value", 71.5, "--unit", "eV", "--no-ask")
    assert code == 2
    for text in ("technique = '31P NRM' is not known", "source is missing", "evidence is missing"):
        assert text in err
    flags = ("-t", "31P NMR", "-s", "Q:S3/O", "--value", 71.5, "--unit", "ppm", "--evidence", "measured")
    code, _, err = run("add", folder, *flags, "--source", "nobody")
    assert code == 2
    assert "'nobody': is not in the bibliography" in err
    assert "Q:S3/O" in err
    code, _, err = run("add", folder, *flags, "--source", "nobody", "--condition", "fast")
    assert code == 2
    assert "is not name=value" in err
    assert not (folder / "claims").exists() or not list((folder / "claims").rglob("*.yaml"))


def test_check_of_a_branch_sees_only_what_changed(run: Run, tmp_path: Path) -> None:
    folder = lab_with_claim(tmp_path)

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
        subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    git("checkout", "-q", "-b", "work")
    assert changed_files(folder, "main") == ()
    claim = reference_peaks.load(folder).claims[0]
    reference_peaks.write(dataclasses.replace(claim, number=2, where="Table 2"), folder)
    third = reference_peaks.write(dataclasses.replace(claim, number=3, where="Table 3"), folder)
    git("add", str(third))
    git("commit", "-q", "-m", "third")
    assert [path.name.split(".")[-2] for path in changed_files(folder, "main")] == ["2", "3"]
    assert run("check", folder, "--branch", "main")[0] == 0
    third.write_text(third.read_text().replace("unit: ppm", "unit: eV").replace("status: proposed", "status: checked"))
    code, _, err = run("check", folder, "--branch", "main")
    assert code == 2
    assert "unit = 'eV'" in err
    assert "status = 'checked'" in err
    code, _, err = run("check", folder, "--branch", "nowhere")
    assert code == 2
    assert "check the folder and branch" in err
    with pytest.raises(BadInput, match="is not a branch name"):
        changed_files(folder, "--output=x")


def test_check_files_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text("technique: [31P NMR]\n")
    with pytest.raises(BadInput, match=r"one.yaml: .*technique"):
        check_files((path,))


def test_difference_says_what_it_does_to_the_priors(library: reference_peaks.Library, tmp_path: Path, run: Run) -> None:
    folder = lab_with_claim(tmp_path)
    changed = dataclasses.replace(library.get("31P-NMR/P-S4-22475a.Na.glass.chi2021.1"), status="retired")
    reference_peaks.write(changed, folder)
    after = reference_peaks.load(folder, over=library)
    found = difference(library, after)
    assert list(found.added) == [key for key in (claim.key for claim in after.claims) if "ours2026" in key]
    assert len(found.added) == 1
    assert found.removed == ()
    assert found.changed[0].fields == {"status": ("proposed", "retired")}
    moves = {(move.species, move.cation): move for move in found.priors}
    assert moves["P:S4", "Na"].after is None
    assert moves["P:S3/S", "Na"].before is None
    assert difference(library, library).priors == ()
    code, out, _ = run("diff", "public", folder, "--over", "--json")
    assert code == 0
    assert len(json.loads(out)["priors"]) == len(found.priors)
    code, out, _ = run("diff", "public", folder, "--over")
    assert "status: proposed -> retired" in out


def test_a_key_that_ends_with_a_year_has_it_in_its_record(library: reference_peaks.Library) -> None:
    named = {
        key: int(found[1]) for key in library.sources if (found := re.fullmatch(r"[^0-9]+((?:19|20)\d\d)[a-z]?", key))
    }
    assert len(named) > 20
    assert {key: library.sources[key].year for key in named} == named


def test_one_of_something_is_one(library: reference_peaks.Library) -> None:
    (one, *_) = library.claims
    small = dataclasses.replace(library, claims=(one,), sources={one.source: library.sources[one.source]})
    assert repr(small).endswith(", 1 claim, 1 source)")


def test_exports_hold_every_claim_and_source(library: reference_peaks.Library, run: Run, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(publishing.as_csv(library, library.claims))))
    assert [row["key"] for row in rows] == [claim.key for claim in library.claims]
    assert [float(r["value"]) for r in rows if r["value"]] == [
        c.quantity.value for c in library.claims if c.quantity.value is not None
    ]
    body = json.loads(publishing.as_json(library, library.claims))
    assert set(body["claims"]) == {claim.key for claim in library.claims}
    bibtex = publishing.as_bibtex(library, library.claims)
    used = {key for claim in library.claims for key in (claim.source, claim.via) if key}
    assert {entry.split("{")[1].split(",")[0] for entry in bibtex.split("\n\n")} == used
    assert bibtex.count("{") == bibtex.count("}")
    (ours,) = (entry for entry in bibtex.split("\n\n") if entry.startswith("@misc{chi2021,"))
    assert "  year = {2021},\n" in ours
    table = publishing.as_table(library, library.select(technique="Raman"))
    assert table.count(r"\cite{") == len(library.select(technique="Raman"))
    assert r"P:S3\textasciitilde{}P" in table
    for form in publishing.FORMATS:
        path = tmp_path / form
        assert run("export", form, "--out", path, "-t", "Raman")[0] == 0
        assert path.read_text(encoding="utf-8") == publishing.FORMATS[form](library, library.select(technique="Raman"))
    code, _, err = run("export", "xlsx")
    assert code == 2
    assert "give one of csv, json, bibtex, latex" in err


def test_a_spreadsheet_runs_no_text_as_a_formula(library: reference_peaks.Library) -> None:
    claim = dataclasses.replace(library.claims[0], notes='=HYPERLINK("http://x")')
    (row,) = csv.DictReader(io.StringIO(publishing.as_csv(library, [claim])))
    assert row["notes"].startswith("'=")


def test_a_list_of_claims_prints_no_nan_for_a_tensor(run: Run) -> None:
    assert "nan" not in run("list", "--status", "retired")[1]


def test_list_show_check_site_answer_as_text_and_json(
    run: Run, library: reference_peaks.Library, tmp_path: Path
) -> None:
    code, out, _ = run("list", "-t", "31P NMR", "--json")
    assert code == 0
    assert len(json.loads(out)["claims"]) == len(library.select(technique="31P NMR"))
    code, out, _ = run("show", "BO.Na.glass.chi2021", "--json")
    assert json.loads(out)["claim"]["position"] == {"value": 532.5, "unit": "eV"}
    code, _, err = run("show", "Raman")
    assert code == 2
    assert "give one whole key" in err
    code, out, _ = run("check", "--json")
    assert json.loads(out)["claims"] == len(library.claims)
    code, _, err = run("check", tmp_path)
    assert code == 2
    assert "is not a library" in err
    code, out, _ = run("site", tmp_path / "site", "--json")
    assert code == 0
    assert Path(json.loads(out)["index"]).is_file()
    assert run("site", tmp_path / "site")[0] == 2


def test_no_claim_of_the_library_is_refused_or_doubted(library: reference_peaks.Library) -> None:
    asked_about = check_sense(library.claims, library, label_rule=structure.check_label)
    assert asked_about == {}
