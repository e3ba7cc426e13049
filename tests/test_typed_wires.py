"""What decides between two ways is a record: no branch reads the text of a note, a history, or the end of a name."""

import ast
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from one_glass import recipe_of_one_glass

import electrochemistry as ec
import shortrange
import spectra
from electrochemistry.readers.raw import foreign
from shortrange.recipe import Tables
from shortrange_core import Note, affine
from shortrange_core.readings import reading_of

ROOT = Path(__file__).parents[1]
PACKAGES = ("shortrange_core", "spectra", "structure", "electrochemistry", "reference_peaks", "shortrange")
CUTS = {"startswith", "endswith", "partition", "rpartition", "removeprefix", "removesuffix", "find", "index", "match",
        "search", "fullmatch", "count"}  # fmt: skip
NOTES = {"note", "first", "odd", "remark"}
"""Names that the code gives a note; other records with a text, such as lines and compositions, were parsed on entry."""


def is_wire(node: ast.AST) -> bool:
    """Whether an expression is the text or remedy of a note, or a history."""
    if isinstance(node, ast.Attribute) and node.attr in ("text", "remedy"):
        return isinstance(node.value, ast.Name) and node.value.id in NOTES
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value == "history"
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get"
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value == "history"
    )


def holds_wire(node: ast.AST) -> bool:
    return any(is_wire(inner) for inner in ast.walk(node))


def decisions(tree: ast.AST) -> Iterator[ast.expr]:
    """Expressions that decide something, and texts that are cut for it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield node
        elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
            yield node.test
        elif isinstance(node, ast.comprehension):
            yield from node.ifs
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CUTS:
            yield node


def offenders(source: str) -> list[int]:
    """Lines where a decision hangs on a text for people."""
    return sorted({node.lineno for node in decisions(ast.parse(source)) if holds_wire(node)})


@pytest.mark.parametrize("package", PACKAGES)
def test_no_branch_reads_the_text_of_a_note_or_a_history(package):
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for line in offenders(path.read_text(encoding="utf-8"))
    ]
    assert not found, f"read a code or a record instead: {found}"


@pytest.mark.parametrize(
    "source",
    [
        'if "(open circuit)" in str(cycling.attrs.get("history", "")): pass',
        'kept = [line for line in said if not spectrum.attrs["history"].endswith(" here")]',
        'name = note.text.partition(":")[0]',
        "x = 1 if note.remedy else 2",
    ],
)
def test_such_a_branch_is_seen(source):
    assert offenders(source) == [1]


def test_what_only_shows_or_keeps_a_history_is_none():
    assert (
        offenders('lines = str(cycling.attrs.get("history", "")).split("\\n")\nfor note in notes: print(note.text)')
        == []
    )


def impedance_file(folder: Path, *rows: str) -> Path:
    path = folder / "a.z.csv"
    path.write_text("\n".join(["frequency / Hz,Z' / ohm,Z'' / ohm,Voltage / quux", *rows]) + "\n")
    return path


def test_an_impedance_spectrum_carries_what_was_left_out_as_notes(tmp_path):
    rows = [f"{f:g},{10 + f / 1e4:g},{-f / 1e3:g},1" for f in np.geomspace(1, 1e4, 9)]
    path = impedance_file(tmp_path, *rows, "2e4,n/a,n/a,1")
    spectrum = ec.read_impedance(path)
    reading = reading_of(spectrum)
    assert {note.code for note in reading.notes} == {"rows-left-out", "columns-passed-over"}
    assert all(note.text.count(path.name) == 1 for note in reading.notes)
    assert list(reading.files) == [path.name]
    assert "Im(Z) in the file and here" in spectrum.attrs["history"], "signs are told, and are no remark"
    assert not [note for note in reading.notes if "Im(Z)" in note.text]
    fit = ec.fit_circuit([spectrum], "R0-C1", check=False, starts=1)
    assert {"rows-left-out", "columns-passed-over"} <= {note.code for note in fit.notes}


def test_a_record_of_cycling_carries_its_file_and_what_was_left_out(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text("test_time_second,voltage_volt,current_ampere\n0,1,1e-3\n1,n/a,1e-3\n2,1,1e-3\n")
    record = ec.read_cycling(path)
    (note,) = reading_of(record).notes
    assert (note.code, note.text) == ("rows-left-out", "cell.csv: left out 1 row without time, voltage or current")
    other = tmp_path / "later.csv"
    other.write_text("test_time_second,voltage_volt,current_ampere\n0,1,1e-3\n2,1,1e-3\n")
    joined = ec.join_runs([record, ec.read_cycling(other)])
    assert list(reading_of(joined).files) == ["cell.csv", "later.csv"]
    assert reading_of(joined).notes == (note,)


def test_what_another_package_says_while_it_reads_is_a_note():
    notes: list[Note] = []
    with foreign("a.mpr", "galvani", notes):
        warnings.warn("column 77 is not known", UserWarning, stacklevel=1)
    assert [(note.code, note.text) for note in notes] == [("package-warns", "galvani warns: column 77 is not known")]


def test_a_note_names_its_file_once(tmp_path):
    path = tmp_path / "odd.txt"
    path.write_text("".join(f"{x}.5 {x * 2}.5\n" for x in range(500, 540)) + "540.5")
    notes = spectra.notes_of_reading(spectra.read(path, technique="Raman"))
    assert notes
    assert all(note.text.count("odd.txt") == 1 for note in notes)


def test_an_analysis_parses_no_text_twice_and_validates_its_recipe_once(tmp_path, monkeypatch):
    texts: Counter[str] = Counter()
    validated = []
    parsed, tables = affine._parsed, Tables.model_validate

    def counted(text: str) -> affine.Affine:
        texts[text] += 1
        return parsed(text)

    def checked(words: object) -> Tables:
        validated.append(words)
        return tables(words)

    affine._read.cache_clear()
    monkeypatch.setattr(affine, "_parsed", counted)
    monkeypatch.setattr(Tables, "model_validate", checked)
    shortrange.analyse(shortrange.read_recipe(recipe_of_one_glass(tmp_path)), routes=("stepwise",))
    assert texts
    assert not {text: count for text, count in texts.items() if count > 1}
    assert len(validated) == 1
