"""Glasses other than sodium oxythiophosphates: what is said is about their own elements, and what is odd is told.

All data are made up.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from one_glass import analysed_glass
from small_series import write_series
from test_report_page import words
from typed_commands import run

import shortrange
from shortrange.recipe import check_recipe
from shortrange.remaking import stored_analysis
from shortrange.reports import plot_amounts, report
from shortrange.results import BASE
from shortrange.stepwise import preview

PHOSPHATE = """schema = 1
title = "a metaphosphate"
simulated = true
units = ["P:O/O3", "P:O2/O2", "P:O3/O"]
[techniques."O 1s XPS"]
lines = ["BO", "NBO"]
photon_energy = 1486.6
monochromatic = true
reference = "C 1s 284.8"
constraints = ["bo_center - nbo_center >= 1.5", "bo_center - nbo_center <= 1.9"]
windows = {BO = [532, 534.5], NBO = [530, 532.3]}
[[samples]]
name = "KPO3"
composition = "KPO3"
[[samples.spectra]]
file = "o1s.txt"
technique = "O 1s XPS"
"""
LITHIUM = {"Li3PS4": (0.8, 0.2, 0.0), "Li2.4PS3.7": (0.4, 0.6, 0.0)}


def changed(path: Path, *changes: tuple[str, str]) -> shortrange.Recipe:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return check_recipe(text, folder=path.parent, name=path.name)


def codes(recipe: shortrange.Recipe) -> set[str]:
    return {note.code for one in preview(recipe) for note in one.notes}


@pytest.fixture(scope="module")
def sulfides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, shortrange.Analysis]:
    """Two lithium thiophosphates: no oxygen anywhere."""
    folder = tmp_path_factory.mktemp("sulfides")
    analysis = shortrange.analyse(shortrange.read_recipe(write_series(folder / "in", glasses=LITHIUM, modifier="Li")))
    report(analysis, folder / "out")
    return folder / "out", analysis


def test_a_report_of_glasses_without_oxygen_has_no_figure_of_it(sulfides: tuple[Path, shortrange.Analysis]) -> None:
    folder, _ = sulfides
    assert not list((folder / "figures").glob("oxygen.*"))
    assert (folder / "figures" / "amounts.png").is_file()
    said = words(folder / "report.html")
    assert "NBO" not in said
    assert "Bridging oxygen" not in said


def test_a_share_is_not_given_per_former(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = analysed_glass(tmp_path_factory)
    base = [s for s in stored_analysis(folder / "out" / "results.nc").structures if s.reading == BASE]
    monkeypatch.setattr("shortrange.reports._plots.COLUMNS", 1)
    figure = plot_amounts(base)
    labels = {axes.get_title(): axes.get_ylabel() for axes in figure.axes}
    plt.close(figure)
    assert labels.pop("BO/(BO + NBO)") == "share"
    assert set(labels.values()) == {"per former"}


def test_metals_that_no_glass_holds_are_told_by_check_and_analyse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_series(tmp_path, glasses=LITHIUM, modifier="Li")
    assert "element-in-no-glass" not in {
        note.code for one in preview(shortrange.read_recipe(path)) for note in one.notes
    }
    recipe = changed(path, ('free = ["Li2S"', 'cation = "Na"\nfree = ["K2S"'))
    code, told, _ = run(capsys, "check", str(path))
    assert code == 0
    assert "cation = 'Na' (Na), K2S (K); its modifiers are Li" in told
    notes = [note for where, note in shortrange.analyse(recipe).notes if where == "all glasses"]
    assert [note.code for note in notes] == ["element-in-no-glass"]


def test_a_unit_of_oxygen_in_a_series_without_is_no_mistake(tmp_path: Path) -> None:
    path = write_series(tmp_path, glasses=LITHIUM, modifier="Li")
    recipe = changed(path, ('units = ["P:S4"', 'units = ["P:S3O", "P:S4"'))
    assert "element-in-no-glass" not in codes(recipe)


@pytest.mark.parametrize("copied", [True, False], ids=["a copy", "the file itself"])
def test_one_spectrum_of_two_glasses_is_told_by_check_and_analyse(tmp_path: Path, *, copied: bool) -> None:
    path = write_series(tmp_path, glasses=LITHIUM, modifier="Li")
    if copied:
        (tmp_path / "g1_NMR.txt").write_bytes((tmp_path / "g0_NMR.txt").read_bytes())
        recipe = shortrange.read_recipe(path)
    else:
        recipe = changed(path, ("g1_NMR.txt", "g0_NMR.txt"))
    told = {
        (one.sample, one.technique) for one in preview(recipe) for n in one.notes if n.code == "spectrum-given-twice"
    }
    assert told == {("glass 1", "31P NMR")}
    (note,) = [note for _, note in shortrange.analyse(recipe).notes if note.code == "spectrum-given-twice"]
    assert "for this glass and for glass 0" in note.text


def test_a_share_that_balances_fix_while_fractions_are_open_is_written(tmp_path: Path) -> None:
    """O 1s alone says nothing of Q units, and their oxygen follows from the composition."""
    x = np.linspace(526.0, 540.0, 141)
    lines = 40 * np.exp(-1.083 * (x - 533.0) ** 2) + 100 * np.exp(-1.083 * (x - 531.3) ** 2)
    rows = np.stack([x, np.random.default_rng(1).poisson(100 * lines + 2000)], axis=1)
    np.savetxt(tmp_path / "o1s.txt", rows, header="Binding energy (eV)\tcounts", comments="")
    path = tmp_path / "recipe.toml"
    path.write_text(PHOSPHATE, encoding="utf-8")
    analysis = shortrange.analyse(shortrange.read_recipe(path))
    (item,) = analysis.structures
    said = words(report(analysis, tmp_path / "out"))
    assert item.possible is not None
    assert item.possible.of("BO/(BO + NBO)") == pytest.approx((1 / 3, 1 / 3))
    assert " KPO3 : no unit is determined; 33.33 % of the bound oxygen is bridging" in said
