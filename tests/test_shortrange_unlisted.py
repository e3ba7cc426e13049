"""Units that a recipe leaves out: which may lie under a line, what they would change; a planted one is named."""

from pathlib import Path

import numpy as np
import pytest

import reference_peaks
import shortrange
import spectra
from shortrange import exports, stepwise
from shortrange.recipe import check_recipe
from shortrange.results import Analysis, Fitted

pytest.importorskip("mrsimulator", reason="mrsimulator has no wheels for this Python")
from studies.second_simulator import numbers, settings, simulate, write
from studies.series_calibration import recipe_of


def nothing(_step: str) -> None:
    """Progress that nobody sees."""


def solved(folder: Path):
    """Recipe, last glass, its fits that count, places of the library, structure as the recipe reads it."""
    recipe, library = shortrange.read_recipe(folder / "recipe.toml"), reference_peaks.load()
    sample = recipe.tables.samples[-1]
    counted = [
        item
        for item in stepwise.read_measured(recipe, nothing)
        if item.sample == sample.name and recipe.tables.techniques[item.technique].evidence != "none"
    ]
    fits = stepwise.fit_spectra(recipe, counted, stepwise.priors_of(recipe, library), nothing)
    base = stepwise.solved_structure(recipe, sample, fits)
    return recipe, sample, fits, stepwise.places_of(recipe, library), base


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example") / "series"
    shortrange.write_example(folder)
    case = solved(folder)
    return case, *stepwise.with_unlisted(*case)


def test_units_under_a_line_are_those_that_library_or_ligands_put_there(example):
    (recipe, sample, fits, places, _), _, _ = example
    found = {(item.line, item.unit): item for item in stepwise.candidates(recipe.tables, sample, fits, places)}
    assert found["P:S2O2", "P:S2O/O"].reason == "unpublished; same ligands as P:S2O2"
    assert found["P:O4", "P:O3/O"].reason.startswith("the library gives -")  # Q1 of other glasses ends near 3 ppm
    assert not {unit for _, unit in found} & set(recipe.tables.units)
    assert not [unit for _, unit in found if unit in ("P:O2/O2", "P:O/O3")]  # published 20 ppm away
    assert ("P:S2O2", "P:S2/O2") not in found  # two bridges more
    assert ("P:S3~P", "P:S2/S") not in found
    assert {item.technique for item in found.values()} == {"31P NMR"}  # responses of Raman are not known


def test_a_unit_more_never_agrees_worse_and_stays_inside_its_interval(example):
    _, _, found = example
    assert len(found) > 8
    for item in found:
        assert item.chi2 > -1e-6, item.unit
        value, lower, upper = item.amount
        assert lower - 1e-9 <= value <= upper + 1e-9


def test_ranges_with_units_left_out_hold_those_without(example):
    (_, _, _, _, base), tried, found = example
    assert max(item.chi2 for item in found) < 4  # nothing was left out of this series
    wider = tried.with_unlisted
    assert wider.quantities == base.supported.quantities
    for quantity in ("P:S2O2", "P:SO3", "P:S3/O", "BO", "BO/(BO + NBO)"):
        one, other = base.supported.of(quantity), wider.of(quantity)
        assert other[0] < one[0] + 1e-3, quantity
        assert other[1] > one[1] - 1e-3, quantity
        assert (other[1] - other[0]) > (one[1] - one[0]), quantity
    assert wider.of("P:S2O2")[0] == pytest.approx(0, abs=1e-6)  # all of its line may be another unit's
    (note,) = stepwise.notes_of_unlisted(tried, found)
    assert note.code == "units-left-out"
    assert "P:S2O/O" in note.text


def drawn(folder: Path, monkeypatch: pytest.MonkeyPatch, amount: float):
    """One good glass of the second simulator with so much P:S2O/O per P, which its recipe does not list."""
    monkeypatch.setitem(numbers()["series"], "x", [0.6])
    monkeypatch.setitem(numbers()["nmr"], "signal_to_noise", ["loguniform", 300.0, 301.0])
    folder.mkdir()
    series = simulate(settings("clean", unit=amount), 7)
    write(series, folder)
    (folder / "recipe.toml").write_text(recipe_of(series), encoding="utf-8")
    case = solved(folder)
    return series.glasses[0].amounts, case, *stepwise.with_unlisted(*case)


def test_a_unit_that_the_truth_holds_and_the_recipe_leaves_out_is_named(tmp_path, monkeypatch):
    truth, _, tried, found = drawn(tmp_path / "planted", monkeypatch, 0.15)
    assert truth["P:S2O/O"] == pytest.approx(0.1)
    (note,) = stepwise.notes_of_unlisted(tried, found)
    assert note.code == "unit-wanted"
    assert note.text.index("P:S2O/O under P:S2O2") < note.text.index(";", note.text.index("best with"))
    planted = next(item for item in found if (item.line, item.unit) == ("P:S2O2", "P:S2O/O"))
    assert planted.chi2 == max(item.chi2 for item in found)
    assert planted.amount[1] <= truth["P:S2O/O"] <= planted.amount[2]


def test_nothing_is_asked_for_where_nothing_is_missing(tmp_path, monkeypatch):
    truth, _, tried, found = drawn(tmp_path / "whole", monkeypatch, 0.0)
    assert truth.get("P:S2O/O", 0.0) == 0
    assert "unit-wanted" not in {note.code for note in stepwise.notes_of_unlisted(tried, found)}


def test_a_glass_without_other_units_is_left_as_it_is(example):
    (recipe, sample, _, places, base), _, _ = example
    assert stepwise.with_unlisted(recipe, sample, (), places, base) == (base, ())
    assert stepwise.notes_of_unlisted(base, ()) == ()


def test_every_unit_stands_in_the_table(example):
    (recipe, _, fits, places, base), tried, found = example
    analysis = Analysis(recipe, (), {}, "", fits, (tried,), (), (), (), None, places=places, unlisted=found)
    table = exports.unlisted_table(analysis).set_index(["line", "unit"])
    row = table.loc["P:S2O2", "P:S2O/O"]
    assert {"chi2 less", "amount", "BO", "BO/(BO + NBO)", "P:S3O", "Na2S"} <= set(table.columns)
    assert np.isfinite([row["BO"], row["P:S2O2"], row["amount upper"]]).all()
    fractions = exports.fractions_table([tried]).set_index("quantity")
    assert fractions.loc["BO", "upper, units left out"] == tried.with_unlisted.of("BO")[1]
    assert "lower, units left out" not in exports.fractions_table([base]).columns


def test_an_unlimited_delay_is_a_known_one():
    x = np.linspace(0.0, 150.0, 301)
    y = 100 * np.exp(-4 * np.log(2) * ((x - 82) / 8) ** 2) + np.random.default_rng(1).normal(size=x.size)
    spectrum = spectra.from_arrays(x, y, axis="chemical_shift", noise=1.0, technique="31P NMR")
    for delay, told in ((None, True), (np.inf, False)):
        ready = spectra.nmr.prepare(spectrum, reference="85% H3PO4", recycle_delay=delay)
        codes = {note.code for note in spectra.nmr.model(ready, ["P:S4"]).notes}
        assert ("recycle-delay-unknown" in codes) == told


@pytest.mark.parametrize(
    ("glass", "former", "technique"),
    [("Li4SiS4", "Si", "29Si NMR"), ("Na4GeS4", "Ge", "73Ge NMR"), ("Li3PS4", "P", "31P NMR")],
)
def test_units_are_tried_by_ligands_where_nothing_is_published(tmp_path, glass, former, technique) -> None:
    """Of silicon and germanium sulfides the library has no line: one bridge more or less may lie under a line."""
    (tmp_path / "a.txt").write_text("0 1\n", encoding="utf-8")
    line = f"{former}:S4"
    recipe = check_recipe(
        f'schema = 1\ntitle = "t"\nunits = ["{line}"]\nfree = ["S", "{glass[:2]}2S"]\n'
        f'[techniques."{technique}"]\nlines = ["{line}"]\n'
        f'evidence = "fractions"\n[[samples]]\nname = "a"\ncomposition = "{glass}"\n'
        f'[[samples.spectra]]\nfile = "a.txt"\ntechnique = "{technique}"\n',
        folder=tmp_path,
        name="r.toml",
    )
    x = np.linspace(-50.0, 50.0, 401)
    y = 100 * np.exp(-4 * np.log(2) * (x / 8) ** 2) + np.random.default_rng(1).normal(size=x.size)
    spectrum = spectra.from_arrays(x, y, axis="chemical_shift", noise=1.0, technique=technique)
    model = spectra.nmr.model(spectrum, [line], windows={line: (-10.0, 10.0)})
    item = Fitted("a", technique, "a.txt", (line,), (line,), spectra.fit(spectrum, model, check=False))
    tried = stepwise.candidates(recipe.tables, recipe.tables.samples[0], [item], {})
    assert {one.unit: one.reason for one in tried} == {f"{former}:S3/S": f"unpublished; same ligands as {line}"}
