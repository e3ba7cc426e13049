"""A recipe that says what its glasses have in common: all are solved together, beside each alone."""

from pathlib import Path

import numpy as np
import pytest
from small_series import SIMULATED, write_series

import shortrange
import structure
from shortrange import stepwise
from shortrange.exports import all_tables
from shortrange.recipe import check_recipe
from shortrange_core import BadInput, load, save

UNITS = ("P:S4", "P:S3/S", "P:S3~P")
WINDOWS = {
    "nmr": '[techniques."31P NMR".windows]\n"P:S3/S" = [90.0, 96.0]',
    "raman": '[techniques.Raman.windows]\n"P:S3/S" = [397.0, 409.0]',
}
THREE = {"Na3PS4": (0.8, 0.2, 0.0), "Na2.7PS3.85": (0.6, 0.4, 0.0), "Na2.4PS3.7": (0.4, 0.6, 0.0)}


def recipe_of(folder: Path, stated: str, **more) -> shortrange.Recipe:
    path = write_series(folder, **{**WINDOWS, **more})
    path.write_text(f"{path.read_text(encoding='utf-8')}\n[series]\n{stated}\n", encoding="utf-8")
    return shortrange.read_recipe(path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    return shortrange.analyse(recipe_of(folder, 'share = ["raman"]', missing=[(0, "31P NMR")])), folder


def test_a_glass_without_nmr_has_the_responses_of_the_other(shared):
    """Raman alone, with unknown responses, says little of the first glass; with those of the second, all."""
    analysis, _ = shared
    assert analysis.trusted
    table = all_tables(analysis)["series"].set_index(["sample", "quantity"])
    for unit, amount in zip(UNITS, SIMULATED["Na3PS4"], strict=True):
        row = table.loc["glass 0", unit]
        assert abs(row["value"] - amount) < max(3 * row["sd"], 0.003)
        assert row["lower"] <= amount + 0.003
        assert row["upper"] >= amount - 0.003
    shares = table.loc["glass 0"].loc[["P:S4", "P:S3/S"]]
    assert (shares["sd"] < 0.1 * shares["sd alone"]).all(), shares


def test_it_is_what_solve_series_gives_for_the_same_evidence(shared):
    analysis, _ = shared
    recipe = analysis.recipe
    labels = stepwise.labels_of(recipe.tables, ())
    glasses = [
        structure.Glass(s.name, s.x, s.glass, tuple(stepwise.evidence_of(recipe, s, analysis.fits, labels)))
        for s in recipe.tables.samples
    ]
    expected = structure.solve_series(glasses, labels, share=("Raman",))
    for ours, theirs in zip(analysis.series, expected.solutions, strict=True):
        np.testing.assert_array_equal(ours.solution.values, theirs.values)


def test_report_and_record_have_it(shared):
    analysis, folder = shared
    page = shortrange.report(analysis, folder / "out").read_text(encoding="utf-8")
    assert "one common response of each unit in Raman" in page
    assert "<summary>All glasses together</summary>" in page
    save(analysis, folder / "kept.nc")
    kept = load(folder / "kept.nc")
    np.testing.assert_array_equal(kept.series[1].solution.values, analysis.series[1].solution.values)
    assert (folder / "out" / "tables" / "series.csv").is_file()


def test_smooth_amounts_and_trends_hold(tmp_path):
    stated = 'smooth = 0.001\ntrends = {"PS4" = "falling"}'
    analysis = shortrange.analyse(recipe_of(tmp_path, stated, glasses=THREE))
    values = np.array([item.solution.values[0] for item in analysis.series])
    alone = np.array([item.solution.values[0] for item in analysis.structures])
    assert (np.diff(values) <= 1e-9).all()
    assert abs(np.diff(values, 2)[0]) < 0.003
    assert abs(np.diff(values, 2)[0]) < abs(np.diff(alone, 2)[0])


def test_a_series_may_begin_without_oxygen(tmp_path):
    """The table leaves out what a glass cannot hold; nothing was fitted, statements are the evidence."""
    text = """schema = 1
title = "statements alone"
units = ["P:S4", "P:S3O"]
free = ["Na2S", "Na2O"]
[series]
trends = {PS3O = "rising"}
"""
    for x, formula in ((0.0, "Na3PS4"), (0.3, "Na3PS3.7O0.3")):
        stated = '[[samples.statements]]\nquantity = "Na2S"\nvalue = 0.0\nsd = 0.01\n'
        text += f'[[samples]]\nname = "{formula}"\ncomposition = "{formula}"\nx = {x}\n{stated}'
    analysis = shortrange.analyse(check_recipe(text, folder=tmp_path, name="r.toml"))
    assert not [note for _, note in analysis.notes if note.code == "no-series-result"]
    table = all_tables(analysis)["series"]
    assert [(row["sample"], row["quantity"]) for row in table.to_dict("records")] == [
        ("Na3PS4", "P:S4"), ("Na3PS4", "Na2S"),
        *(("Na3PS3.7O0.3", label) for label in ("P:S4", "P:S3O", "Na2S", "Na2O")),
    ]  # fmt: skip
    assert table.set_index(["sample", "quantity"]).loc[("Na3PS3.7O0.3", "P:S3O"), "value"] == pytest.approx(
        0.3, abs=1e-6
    )


def test_a_trend_that_spectra_contradict_is_not_believed(tmp_path):
    analysis = shortrange.analyse(recipe_of(tmp_path, 'trends = {"P:S4" = "rising"}'))
    assert all(item.believed for item in analysis.structures)
    assert not any(item.believed for item in analysis.series)
    assert not analysis.trusted
    assert all(item.problem for item in analysis.series)
    table = all_tables(analysis)["series"]
    assert "value" not in table or table["value"].isna().all()


def test_what_cannot_be_shared_leaves_the_glasses_alone(tmp_path):
    gone = [(0, "Raman"), (1, "Raman")]
    analysis = shortrange.analyse(recipe_of(tmp_path, 'share = ["Raman"]', missing=gone))
    ((where, note),) = [(where, note) for where, note in analysis.notes if note.code == "no-series-result"]
    assert (where, analysis.series, analysis.trusted) == ("all glasses", (), False)
    assert "share 'Raman': no areas have this name; there are 31P NMR" in note.text
    assert all(item.believed for item in analysis.structures)


@pytest.mark.parametrize(
    ("stated", "change", "match"),
    [
        ("", ("", ""), "series: states nothing; give share, smooth or trends"),
        ('share = ["31P NMR"]', ("", ""), r"series.share: '31P NMR' has no unknown responses; name one of Raman"),
        ('share = ["Ramen"]', ("", ""), "series.share: .*did you mean 'Raman'"),
        ("smooth = 0", ("", ""), "series.smooth = 0: must be greater than 0"),
        ('trends = {"P:S4" = "up"}', ("", ""), "series.trends.P:S4 = 'up': must be 'rising' or 'falling'"),
        ('trends = {"P:O4" = "rising"}', ("", ""), "series.trends: 'P:O4' is not among units and free"),
        ("smooth = 0.1", ("x = 1.0", "x = 0.0"), "x = 0, 0: give two or more glasses, each with its own x"),
        ("smooth = 0.1", ("x = 1.0\n", ""), "sample 'glass 1': has no x; give its position in the series"),
    ],
)
def test_mistakes_are_named_when_the_recipe_is_read(tmp_path, stated, change, match):
    path = write_series(tmp_path)
    text = path.read_text(encoding="utf-8").replace(*change)
    path.write_text(f"{text}\n[series]\n{stated}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=match):
        shortrange.read_recipe(path)


def test_smoothness_that_the_spectra_contradict_is_said(tmp_path):
    """Each glass alone fits its spectra exactly: only what the smoothness adds to chi2 can tell that it is wrong."""
    bent = {"Na3PS4": (0.8, 0.2, 0.0), "Na2.7PS3.85": (0.55, 0.4, 0.05), "Na2.4PS3.7": (0.4, 0.6, 0.0)}
    wide = shortrange.analyse(recipe_of(tmp_path, "smooth = 100.0", glasses=bent))
    assert not [note for where, note in wide.notes if where == "all glasses"]
    assert "degrees of freedom (p = " in all_tables(wide)["series"]["agreement"].iloc[0]
    folder = tmp_path / "narrow"
    folder.mkdir()
    narrow = shortrange.analyse(recipe_of(folder, "smooth = 0.001", glasses=bent))
    ((_, note),) = [(where, note) for where, note in narrow.notes if where == "all glasses"]
    assert note.code == "evidence-disagrees"
    assert "added by smoothness" in note.text
    assert "relax or remove what the glasses are said to share" in note.remedy
    assert set(all_tables(narrow)["series"]["agreement"].str.count("added by smoothness")) == {1}
    assert all(item.problem.startswith(note.text[:30]) for item in narrow.series if not item.believed)
