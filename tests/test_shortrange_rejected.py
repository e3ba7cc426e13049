"""Rejected is rejected: no number of a glass that no mixture of its species explains is shown as a result, anywhere."""

import json
import re
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from one_glass import analysed_glass, command, recipe_of_one_glass

import shortrange
from shortrange import exports, reports, routes, stepwise
from shortrange.remaking import stored_analysis
from shortrange.reports import plot_fractions, plot_oxygen
from shortrange.results import BASE
from shortrange_core.colours import PALE

SAMPLE = "x = 0.60"
WITH_SD = re.compile(r"\d\.\d+\(\d+\)")


@pytest.fixture(scope="module")
def without_sulfur(tmp_path_factory):
    """Output of the command for a recipe that leaves free sulfur out, though P-P bonds set it free."""
    folder = tmp_path_factory.mktemp("rejected")
    recipe = recipe_of_one_glass(folder / "series", ('free = ["Na2S", "S"]', 'free = ["Na2S"]'))
    as_json = command("analyse", str(recipe), "--out", str(folder / "out"), "--quiet", "--json")
    with pytest.MonkeyPatch.context() as patch:  # the same result, told again: only the telling differs
        stored = stored_analysis(folder / "out" / "results.nc")
        patch.setattr(routes, "analyse", lambda *_args, **_options: stored)
        patch.setattr(reports, "report", lambda *_args, **_options: folder / "out" / "report.html")
        as_text = command("analyse", str(recipe), "--out", str(folder / "text"), "--quiet")
    return folder, as_json, as_text


def test_the_terminal_says_rejected_why_and_what_would_mend_it(without_sulfur) -> None:
    _, _, (code, output) = without_sulfur
    assert code == 1
    assert f"{SAMPLE}: REJECTED" in output
    assert "This would resolve it: allow S (chi2" in output
    assert "p_s3_p" in output.split("largest deviations, observed minus predicted:")[1][:40]
    assert not WITH_SD.search(output.split("REJECTED")[1].split("This would resolve")[0])
    assert "determined" not in output
    assert "error, " in output  # the other reading is rejected too
    assert "\nerror" not in output.split("REJECTED")[0]


def test_json_and_tables_hold_no_numbers_of_a_rejected_glass(without_sulfur) -> None:
    folder, (_, output), _ = without_sulfur
    payload = json.loads(output)
    rows = [row for row in payload["fractions"] if row["reading"] == BASE]
    assert len(rows) > 8
    for row in rows:
        assert row["verdict"] == "rejected"
        assert row["agreement"].startswith("rejected: chi2 = ")
        assert [row[key] for key in ("value", "sd", "lower", "upper")] == [None] * 4
        assert row["least"] is not None
    assert all(row.get("BO") is None for row in payload["alternatives"])
    stored = stored_analysis(folder / "out" / "results.nc")
    assert not stored.trusted
    assert np.all(np.isfinite(stored.structures[0].solution.values))  # for whoever looks for the reason
    assert exports.sensitivity_table(stored).empty


def test_report_and_figures_show_none(without_sulfur) -> None:
    folder, _, _ = without_sulfur
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "These results cannot be trusted: rejected or without solution: x = 0.60" in page
    assert "Rejected: no fractions are given." in page
    assert page.index("These results cannot be trusted") < page.index("<h2")
    base = [s for s in stored_analysis(folder / "out" / "results.nc").structures if s.reading == BASE]
    for figure in (plot_fractions(base), plot_oxygen(base)):
        bars: Any = figure.axes[0].patches
        heights = [patch.get_height() for patch in bars if to_hex(patch.get_facecolor()) != PALE]
        assert not [height for height in heights if height > 0]
        assert "rejected" in [text.get_text() for text in figure.axes[0].texts]
        plt.close(figure)


def test_the_same_glass_with_sulfur_is_believed(tmp_path_factory: pytest.TempPathFactory) -> None:
    _, output = analysed_glass(tmp_path_factory)  # which asks that the exit code is 0
    assert "REJECTED" not in output
    assert "error" not in output
    assert WITH_SD.search(output)
    warnings = [line for line in output.splitlines() if line.startswith("warning [")]
    assert len(warnings) <= 3
    assert "remarks: shown with --verbose; 'shortrange explain CODE' explains a code" in output


def test_a_glass_without_sodium_gets_no_sodium_line(tmp_path: Path) -> None:
    def peaks(recipe):
        measured = [item for item in stepwise.read_measured(recipe, print) if item.technique == "O 1s XPS"]
        fits = stepwise.fit_spectra(recipe, measured, {}, print)
        return {peak.name for peak in fits[0].fit.model.peaks}

    sodium = peaks(shortrange.read_recipe(recipe_of_one_glass(tmp_path / "na")))
    changes = [('composition = "Na3PS3.4O0.6"', 'composition = "Li3PS3.4O0.6"'), ('cation = "Na"', 'cation = "Li"')]
    lithium = peaks(shortrange.read_recipe(recipe_of_one_glass(tmp_path / "li", *changes, ('"Na2S"', '"Li2S"'))))
    assert sodium - lithium == {"auger"} or {name for name in sodium - lithium if "auger" in name or "na_" in name}
    assert lithium == {"bo", "nbo"}
