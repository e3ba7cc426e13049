"""Files of the peak library: faults of all come together, settings and keys; what no library needs."""

import dataclasses
import os
import shutil
from pathlib import Path

import pytest
from library_claims import example

import reference_peaks
import structure
from reference_peaks.entries import (
    claim_from_tree,
    normal_label,
    tree_from_claim,
)
from reference_peaks.library import _loading
from shortrange_core.errors import BadInput


def test_faults_of_all_files_come_together(tmp_path: Path) -> None:
    reference_peaks.write(example(), tmp_path)
    good = (tmp_path / "claims" / f"{example().key}.yaml").read_text()
    folder_of_claims = tmp_path / "claims" / "31P-NMR"
    (folder_of_claims / "misnamed.yaml").write_text(good)
    (folder_of_claims / "typo.yaml").write_text(good.replace("species_kind", "speces_kind"))
    (folder_of_claims / "twice.yaml").write_text(good + "status: proposed\n")
    (folder_of_claims / "unit.yaml").write_text(good.replace("unit: ppm", "unit: eV"))
    with pytest.raises(BadInput) as caught:
        reference_peaks.load(tmp_path)
    text = str(caught.value)
    assert "misnamed.yaml: the file name does not match the content" in text
    assert "typo.yaml: the key 'speces_kind' is not known" in text
    assert "typo.yaml: species_kind is missing" in text
    assert "twice.yaml, line" in text
    assert "unit.yaml, position: unit = 'eV', but a position of 31P NMR is given in ppm" in text


def test_a_checkout_is_read_once_and_again_where_a_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(Path(reference_peaks.__file__).parent / "library.yaml", tmp_path)
    path = reference_peaks.write(example(), tmp_path)
    monkeypatch.setattr(_loading, "PACKAGE", tmp_path)
    first = reference_peaks.load()
    assert reference_peaks.load() is first
    reference_peaks.write(dataclasses.replace(example(), status="retired"), tmp_path, replace=True)
    os.utime(path, ns=(1, 1))  # clocks of files may be coarse
    assert [claim.status for claim in reference_peaks.load().claims] == ["retired"]
    path.unlink()
    assert not reference_peaks.load().claims


@pytest.mark.parametrize(
    ("written", "wrong", "problem"),
    [
        ("schema: 1", "schema: 2", "schema = 2; this version reads schema 1"),
        ("cation: Na", "cation: null", "cation is null; leave an unknown value out"),
        ("status: proposed", "status: reviewed", "status is reviewed, but reviewer is missing"),
        ("value: 91.0", "value: 91000.0", "91000.0 ppm lies outside"),
        ("sd: 0.5", "sd: -0.5", "sd = -0.5 is not above 0; give a positive number or leave it out"),
        ("  sd: 0.5", "  lower: 90.0", "lower and upper come together"),
        ("  sd: 0.5", "  lower: 95.0\n  upper: 90.0", "lower = 95.0 is not below upper = 90.0; swap them"),
        ("  value: 91.0\n", "", "a position needs a value; add it"),
        ("value: 91.0", "value: 91 ppm", "value = '91 ppm' is not a number; give a finite number without unit"),
        ("unit: ppm", "unit: Hz", "unit = 'Hz' is not one of ppm, cm-1, eV, nm or dimensionless"),
        ("unit: ppm", "units: ppm", "position: unit is missing; add it"),
        ("schema: 1", "schema: 0.5", "schema = 0.5 is not a whole number from 1 on"),
        ("phase: glass", "phase: solid", "phase = 'solid' is not one of glass, crystal, amorphous, solution or film"),
        (
            "phase: glass",
            "phase: glass\nconditions: hot",
            "conditions is not a mapping; write one 'name: value' a line",
        ),
        ("phase: glass", "phase: glass\nfwhm: 0", "fwhm = 0 is not above 0; give a positive number or leave it out"),
        ("source: chi2021", 'source: " "', "source = ' ' is not a printable text of 1 to 2000 characters; quote it"),
        ("position:\n  value: 91.0\n  sd: 0.5", "window:\n  value: 91.0", "a window needs lower and upper; add them"),
    ],
)
def test_a_claim_that_makes_no_sense_is_refused_by_file(tmp_path: Path, written: str, wrong: str, problem: str) -> None:
    reference_peaks.write(example(), tmp_path)
    path = tmp_path / "claims" / f"{example().key}.yaml"
    text = path.read_text()
    assert written in text
    path.write_text(text.replace(written, wrong))
    with pytest.raises(BadInput) as caught:
        reference_peaks.load(tmp_path)
    assert all(line.startswith(f"{example().key}.yaml") for line in caught.value.problems), caught.value.problems
    assert problem in str(caught.value)


def test_a_faulty_value_hides_no_other_fault_and_makes_none() -> None:
    tree = tree_from_claim(example()) | {
        "status": "reviewed",
        "phase": "solid",
        "conditions": {"laser": [], "b0": None},
    }
    tree["position"] = {"value": "91 ppm", "upper": 95.0, "unit": "eV", "error": 1}
    with pytest.raises(BadInput) as caught:
        claim_from_tree(tree, "x")
    assert [problem.split(";")[0].split(" is not one of")[0] for problem in caught.value.problems] == [
        "x: phase = 'solid'",
        "x, position: value = '91 ppm' is not a number",
        "x, position: the key 'error' is not known",
        "x, conditions: laser = '[]' is not a number",
        "x, conditions: b0 is null",
        "x: status is reviewed, but reviewer is missing",
        "x, position: unit = 'eV', but a position of 31P NMR is given in ppm",
        "x, position: lower and upper come together",
    ]


@pytest.mark.parametrize(
    ("written", "wrong", "problem"),
    [
        ("spread: 0.4", "spread: 0.0", "needs a positive spread, a unit and a reason"),
        ("default_spreads:", "default_spreads: [1]\nformer_spreads:", "default_spreads is not a mapping of mappings"),
    ],
)
def test_settings_without_sense_are_refused(tmp_path: Path, written: str, wrong: str, problem: str) -> None:
    reference_peaks.write(example(), tmp_path)
    text = (Path(reference_peaks.__file__).parent / "library.yaml").read_text(encoding="utf-8")
    assert written in text
    (tmp_path / "library.yaml").write_text(text.replace(written, wrong, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=problem):
        reference_peaks.load(tmp_path)


def test_a_source_that_two_files_name_is_told(tmp_path: Path) -> None:
    reference_peaks.write(example(), tmp_path)
    (tmp_path / "bibliography").mkdir(exist_ok=True)
    for name in ("once.yaml", "again.yaml"):
        text = 'chi2021:\n  kind: article\n  title: "A title"\n'
        (tmp_path / "bibliography" / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="chi2021: is in the bibliography twice; keep one"):
        reference_peaks.load(tmp_path)


def test_missing_source_and_bad_label_are_found_by_check(tmp_path: Path) -> None:
    reference_peaks.write(example(source="nobody1900"), tmp_path)
    reference_peaks.write(example(species="P:S5q"), tmp_path)
    with pytest.raises(BadInput) as caught:
        reference_peaks.load(tmp_path).check(label_rule=structure.check_label)
    assert any("'nobody1900' is not in the bibliography" in problem for problem in caught.value.problems)
    assert any("'P:S5q' is not a structural unit" in problem for problem in caught.value.problems)


def test_key_follows_from_content_and_stays_inside_the_folder() -> None:
    assert example().key == "31P-NMR/P-S3-S-" + example().key.split("P-S3-S-")[1]
    escape = example(species="../../etc/passwd", source="..", cation="/", line="\\..\\x")
    assert ".." not in escape.key
    assert escape.key.count("/") == 1


def test_labels_in_any_order_have_one_normal_form() -> None:
    assert normal_label("P:S2O2") == normal_label("P:O2S2")
    assert normal_label("P:S3/O") != normal_label("P:S3O")
    assert normal_label("P:S[S2]/O@r") == normal_label("P:[S2]S/O@r")


def test_the_digest_sees_every_field_of_a_claim() -> None:
    library = reference_peaks.load()
    first, *rest = library.claims
    for change in ({"notes": "another note"}, {"curator": "somebody else"}):
        changed = dataclasses.replace(library, claims=(dataclasses.replace(first, **change), *rest))
        assert changed.digest() != library.digest()
