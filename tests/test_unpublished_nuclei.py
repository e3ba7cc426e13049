"""A nucleus that the library has no claim of: its lines lie in the windows that are stated, in every command."""

from pathlib import Path

import numpy as np
import pytest
from typed_commands import run

import shortrange
import spectra
from shortrange.drafts import init
from shortrange.editor import RecipeDocument
from shortrange.recipe import read_recipe
from shortrange.stepwise import preview
from shortrange_core import BadInput

RECIPE = """schema = 1
title = "silicates"
units = ["Si:O4", "Si:O3/O"]
free = ["Na2O"]
[techniques."29Si NMR"]
lines = ["Si:O4", "Si:O3/O"]
spinning_rate = inf
larmor_frequency = 79.5
windows = {"Si:O4" = [-75, -60], "Si:O3/O" = [-88, -76]}
[[samples]]
name = "a"
composition = "Na3.5SiO3.75"
[[samples.spectra]]
file = "silicon.txt"
technique = "29Si NMR"
"""
OPTIONS = ("--technique", "29Si NMR", "--spinning-rate", "inf", "--larmor-frequency", "79.5")
LINES = ("--species", "Si:O4, Si:O3/O")


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A glass with twice as much Q0 as Q1, 66 and 82 ppm below TMS."""
    x = np.linspace(-130.0, -30.0, 500)
    lines = sum(height * np.exp(-4 * np.log(2) * ((x + at) / 7) ** 2) for at, height in ((66, 100), (82, 50)))
    rows = np.stack([x, lines + np.random.default_rng(1).normal(0, 0.5, x.size)], axis=1)
    np.savetxt(tmp_path / "silicon.txt", rows, header="ppm intensity", comments="")
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def test_windows_are_enough_for_check_analyse_and_fit(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told, _ = run(capsys, "check", str(recipe))
    assert code == 0
    assert "recipe.toml can be analysed: 1 spectrum" in told
    assert "reference = 'TMS'" in told
    (item,) = shortrange.analyse(read_recipe(recipe), progress=False).fits
    areas = item.fit.areas.value.values
    assert areas[0] / areas[1] == pytest.approx(2, rel=0.05)
    windows = "Si:O4 = -75..-60, Si:O3/O = -88..-76"
    code, told, _ = run(capsys, "fit", str(recipe.with_name("silicon.txt")), *OPTIONS, *LINES, "--windows", windows)
    assert code == 0
    assert "--reference TMS" in told


def test_without_a_window_each_place_says_how_one_is_given(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, told = run(capsys, "fit", str(recipe.with_name("silicon.txt")), *OPTIONS, *LINES)
    assert code == 2
    assert "Si:O3/O: has no position and no window in the peak library; give --windows" in told
    recipe.write_text(RECIPE.replace(', "Si:O3/O" = [-88, -76]', ""), encoding="utf-8")
    with pytest.raises(BadInput, match=r"Si:O3/O: has no position and no window .*; give windows: 'Si:O3/O'"):
        preview(read_recipe(recipe))


def test_the_editor_offers_its_units(recipe: Path) -> None:
    choices = RecipeDocument(recipe).choices(0)
    assert [choice.counts for choice in choices] == ["Si:O4", "Si:O3/O", "Na2O"]


@pytest.mark.parametrize(("nucleus", "zero"), [("29Si", "TMS"), ("31P", "85% H3PO4")])
def test_a_draft_names_the_compound_at_0_ppm_of_the_nucleus(tmp_path: Path, nucleus: str, zero: str) -> None:
    ppm = " ".join(f"{value:.1f}" for value in 100 * np.exp(-(np.linspace(-3, 3, 200) ** 2)))
    (tmp_path / "glass.jdx").write_text(
        f"##TITLE=a\n##JCAMP-DX=5.01\n##DATA TYPE=NMR SPECTRUM\n##.OBSERVE NUCLEUS=^{nucleus}\n"
        "##.OBSERVE FREQUENCY=100\n##XUNITS=PPM\n##YUNITS=ARBITRARY UNITS\n##FIRSTX=0\n##LASTX=199\n##NPOINTS=200\n"
        f"##XFACTOR=1\n##YFACTOR=1\n##DELTAX=1\n##FIRSTY=0.0\n##XYDATA=(X++(Y..Y))\n0 {ppm}\n##END=\n",
        encoding="utf-8",
    )
    assert f'# reference = "{zero}"' in init(tmp_path).recipe.read_text(encoding="utf-8")


def test_a_unit_without_a_position_is_no_slip_for_one_of_another_former() -> None:
    """Raman of a silicate: P:O2/O2 was meant by nobody who writes Si:O2/O2."""
    x = np.linspace(800.0, 1300.0, 501)
    spectrum = spectra.from_arrays(x, np.exp(-(((x - 1090) / 30) ** 2)), axis="raman_shift", technique="Raman")
    with pytest.raises(BadInput, match=r"Si:O2/O2: has no position and no window in the peak library; give"):
        spectra.raman.model(spectrum, ["Si:O2/O2"])
