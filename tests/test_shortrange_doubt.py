"""A glass that rests on a fit that misses its data says so wherever its numbers stand."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from one_glass import command, recipe_of_one_glass

import spectra
from shortrange import exports, reports, routes, stepwise
from shortrange.remaking import stored_analysis
from shortrange.reports import answer_frame, plot_amounts, plot_fractions, plot_oxygen
from shortrange.results import BASE
from shortrange_core.notes import Status

SAMPLE = "x = 0.60"
DOUBT = "depends on 31P NMR, whose fit does not describe the data"


@pytest.fixture(scope="module")
def with_a_stranger(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Folder, JSON and text of a glass whose 31P spectrum has a tall line that no unit of the recipe has."""
    folder = tmp_path_factory.mktemp("doubt")
    recipe = recipe_of_one_glass(folder / "series", ('"x060_31P.jdx"', '"stranger.csv"'))
    spectrum = spectra.read(folder / "series" / "x060_31P.jdx", technique="31P NMR")
    shift, intensity = spectrum.chemical_shift.values, spectrum.intensity.values
    stranger = 0.2 * intensity.max() * np.exp(-(((shift - 150.0) / 3.0) ** 2))
    table = np.column_stack([shift, intensity + stranger])
    head = "chemical shift (ppm),intensity"
    np.savetxt(folder / "series" / "stranger.csv", table, delimiter=",", header=head, comments="", fmt="%.10g")
    code, as_json = command("analyse", str(recipe), "--out", str(folder / "out"), "--quiet", "--json")
    assert code == 1
    with pytest.MonkeyPatch.context() as patch:  # the same result, told again
        stored = stored_analysis(folder / "out" / "results.nc")
        patch.setattr(routes, "analyse", lambda *_args, **_options: stored)
        patch.setattr(reports, "report", lambda *_args, **_options: folder / "out" / "report.html")
        code, as_text = command("analyse", str(recipe), "--out", str(folder / "text"), "--quiet")
    assert code == 1
    return folder, as_json, as_text


def test_the_terminal_doubts_before_it_counts(with_a_stranger: tuple[Path, str, str]) -> None:
    _, _, text = with_a_stranger
    head, numbers = text.split(f"{SAMPLE}: IN DOUBT\n")
    assert numbers.startswith(f"  the result {DOUBT}; the numbers below follow from that fit\n")
    assert "P:S4" not in head
    assert "P:S4" in numbers


def test_an_error_on_the_terminal_has_its_way_out(with_a_stranger: tuple[Path, str, str]) -> None:
    _, _, text = with_a_stranger
    first, second = text[text.index("\nerror, ") + 1 :].split("\n")[:2]
    assert first.endswith("[misfit]")
    assert second.startswith("  -> look there; add a peak")


def test_tables_name_the_misfit_in_every_row(with_a_stranger: tuple[Path, str, str]) -> None:
    folder, payload, _ = with_a_stranger
    stored = stored_analysis(folder / "out" / "results.nc")
    missed = {item.technique for item in stored.fits if item.fit.status is Status.MISFIT}
    assert missed == {"31P NMR"}
    rows = [row for row in json.loads(payload)["fractions"] if row["reading"] == BASE]
    assert {row["misfits"] for row in rows} == {"31P NMR"}
    assert all(row["agreement"].startswith(f"{DOUBT}; ") for row in rows)
    assert all(text.endswith(" (in doubt)") for text in answer_frame(stored)[SAMPLE])
    written = exports.export(stored, folder / "paper", to=["tex"])
    head, table = next(path for path in written if path.name == "fractions.tex").read_text("utf-8").split(r"\begin", 1)
    assert f"% {SAMPLE}: in doubt, the fit of 31P NMR does not describe the data" in head
    assert f"{SAMPLE} (in doubt)" in table


def test_report_and_figures_carry_it(with_a_stranger: tuple[Path, str, str]) -> None:
    folder, _, _ = with_a_stranger
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert f"<strong>in doubt</strong>, because the result {DOUBT}" in page
    assert f"In doubt: the result {DOUBT}." in page
    base = [one for one in stored_analysis(folder / "out" / "results.nc").structures if one.reading == BASE]
    for figure in (plot_fractions(base), plot_oxygen(base)):
        assert "a misfit, in doubt" in [text.get_text() for text in figure.axes[0].texts]
        plt.close(figure)
    figure = plot_amounts(base)
    panels: Any = [ax for ax in figure.axes if ax.get_title()]
    assert all("?" in [text.get_text() for text in ax.texts] for ax in panels)
    plt.close(figure)


def test_a_misfit_that_counts_nothing_casts_no_doubt(with_a_stranger: tuple[Path, str, str]) -> None:
    folder, _, _ = with_a_stranger
    stored = stored_analysis(folder / "out" / "results.nc")
    recipe, sample = stored.recipe, stored.recipe.tables.samples[0]
    fits = [replace(one, fit=replace(one.fit, status=Status.MISFIT)) for one in stored.fits]
    species = tuple(recipe.tables.units)
    assert "31P NMR" in stepwise.misfits_of(recipe, sample, fits, species)
    assert "FTIR" not in stepwise.misfits_of(recipe, sample, fits, species)
    assert "FTIR" in {one.technique for one in fits}
