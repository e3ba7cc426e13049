"""Records show themselves: one line, a summary, a figure, a small piece of a notebook."""

import dataclasses
import importlib
import inspect

import matplotlib.pyplot as plt
import numpy as np
import pytest

import shortrange
import spectra
import structure
from shortrange.balance import balance, example_text
from shortrange.following import bar_of
from shortrange_core import BadInput, Estimates
from shortrange_core.showing import LINE, PLOTS, TABLES, WORDS, Shown, table_of
from shortrange_core.stored_names import HOMES
from shortrange_core.written_labels import titled
from spectra import backgrounds
from spectra.models import Model, peak

GLASS = structure.composition("50Na2O-50P2O5")
UNITS = ("P:O/O3", "P:O2/O2", "P:O3/O")


@pytest.fixture(scope="module")
def fit():
    x = np.linspace(300.0, 500.0, 2000)
    lines = Model(
        "Raman", "raman_shift",
        (peak("a", {"center": (420.0, 400.0, 440.0), "fwhm": (10.0, 2.0, 30.0)}, assignment="P:S4"),),
        (backgrounds.linear(),),
    )  # fmt: skip
    values = {"a_area": 50.0, "a_center": 421.0, "a_fwhm": 9.0, "a_fraction": 0.2}
    values |= dict.fromkeys(("background_c0", "background_c1"), 0.1)
    known = {parameter.name: values.get(parameter.name, 0.1) for parameter in lines.all_parameters}
    return spectra.fit(spectra.simulate(lines, x, known, noise=0.05, rng=np.random.default_rng(3)), lines)


def classes():
    for name, home in HOMES.items():
        module, _, qualname = home.partition(":")
        found = getattr(importlib.import_module(module), qualname)
        if dataclasses.is_dataclass(found):
            yield name, found


def test_every_record_shows_itself_by_the_one_mechanism():
    found = dict(classes())
    assert len(found) > 90
    silent = {name for name, one in found.items() if not issubclass(one, Shown)}
    assert silent == WORDS | {"reference_peaks.Library"}  # a library says its own line
    longhand = [name for name, one in found.items() if name not in silent and one.__repr__ is not Shown.__repr__]
    assert not longhand


def test_tables_and_figures_that_are_named_exist():
    for name, where in {**TABLES, **PLOTS}.items():
        assert name in HOMES
        if where.startswith("."):
            assert hasattr(dict(classes())[name], where[1:]), name
            continue
        module, _, function = where.partition(":")
        called = getattr(importlib.import_module(module), function)
        needed = [p for p in inspect.signature(called).parameters.values() if p.default is p.empty]
        assert len(needed) == 1, f"{where} asks for more than the record"


def test_a_fit_is_short_in_a_notebook(fit):
    assert "evaluations" not in repr(fit)  # another machine rounds another way, and takes another number of steps
    assert len(repr(fit)) <= LINE
    assert "status=ok" in repr(fit)
    html = fit._repr_html_()
    assert len(html) < 120_000
    assert "P:S4" in html
    assert html.count("<img") == 1
    assert not plt.get_fignums()  # the figure of the page is closed
    assert "420.9" in fit.summary()
    assert fit.plot().axes
    model = repr(fit.model)
    assert len(model) <= LINE
    with pytest.raises(BadInput, match="Model: has no figure"):
        fit.model.plot()


def test_records_of_structures_have_tables_and_figures():
    evidence = [structure.statement("P:O2/O2", value=0.9, sd=0.02)]
    solution = structure.solve(GLASS, UNITS, evidence)
    assert list(table_of(solution).index) == list(UNITS)
    assert len(solution.plot().get_yticklabels()) == 3
    wide = structure.ranges(GLASS, UNITS)
    assert "P:O2/O2" in wide.summary()
    assert "<img" in wide._repr_html_()
    none = structure.conflicts(GLASS, UNITS, evidence)
    assert "<img" not in none._repr_html_()  # nothing contradicts: no figure, and no error in a notebook
    clash = structure.conflicts(GLASS, UNITS, [*evidence, structure.statement("P2", value=0.2, sd=0.02)])
    assert "<img" in clash._repr_html_()


def test_a_record_without_a_table_of_its_own_shows_its_fields(fit):
    said = structure.statement("P:O2/O2", value=0.9, sd=0.02)
    assert table_of(said) is None
    rows = [line.split()[0] for line in said.summary().splitlines()[3:]]
    assert rows == ["name", "quantity", "relation", "bound", "sd"]  # what is empty says nothing
    assert "<td>0.02</td>" in said._repr_html_()
    assert table_of(fit.model.peaks[0]) is None
    assert all(name in fit.model.peaks[0].summary() for name in ("'a'", "'P:S4'", "shape", "parameters"))
    several = structure.composition("50Na2O-50P2O5")
    assert "array 3x3" in several.summary()


def test_a_model_shows_its_parameters(fit):
    table = table_of(fit.model)
    assert list(table.index) == [parameter.name for parameter in fit.model.all_parameters]
    assert tuple(table.loc["a_center", ["start", "lower", "upper"]]) == (420.0, 400.0, 440.0)
    assert not table["held"].any()


def test_what_a_fit_leads_to_has_its_numbers_and_not_its_fields(fit):
    told = spectra.identifiability(fit)
    assert list(table_of(told).index) == ["a"]
    compared = spectra.compare(fit.spectrum, {"one": fit.model}, criterion="bic")
    assert list(table_of(compared).index) == ["one"]
    limits = spectra.profile(fit, ["a_area"])
    assert list(table_of(limits).index) == ["a_area"]


def test_a_balance_draws_what_contradicts_and_else_what_is_left(tmp_path):
    path = tmp_path / "paper.toml"
    path.write_text(example_text(), encoding="utf-8")
    clash = balance(path)
    assert clash.conflicts
    assert "<img" in clash._repr_html_()
    assert list(table_of(clash)["contradictions"]) == [1] * len(clash.statements)
    one = "\n".join(
        [
            "schema = 1",
            'title = "t"',
            'composition = "50Na2O-50P2O5"',
            "[species]",
            'units = ["P:O/O3", "P:O2/O2", "P:O3/O"]',
        ]
    )
    path.write_text(one, encoding="utf-8")
    open_ = balance(path)
    assert not open_.conflicts
    assert len(open_.plot().get_yticklabels()) == len(open_.ranges.quantities)
    assert list(table_of(open_).index) == list(open_.ranges.quantities)


def test_an_analysis_is_followed_by_a_bar_where_it_is_asked_for(tmp_path, capsys):
    recipe = shortrange.read_recipe(shortrange.write_example(tmp_path / "series"))
    with bar_of(recipe) as tell:
        tell("fit x = 0.30, Raman")
    seen = capsys.readouterr().err
    assert recipe.tables.title in seen
    assert "fit x = 0.30, Raman" in seen
    for path in (tmp_path / "series").glob("*.jdx"):
        path.unlink()
    for progress, told in ((True, True), (False, False)):
        with pytest.raises(BadInput, match="x000_31P"):
            shortrange.analyse(recipe, progress=progress)
        assert (recipe.tables.title in capsys.readouterr().err) is told


def test_labels_are_written_names_in_a_notebook_and_other_text_is_escaped():
    evidence = [structure.statement("P:O2/O2", value=0.9, sd=0.02)]
    page = structure.solve(GLASS, UNITS, evidence)._repr_html_()
    assert titled("P:O2/O2") in page
    said = structure.statement("P:O2/O2", value=0.9, sd=0.02, name="<b> x: 1", source="doi:10.1/<i>")
    page = said._repr_html_()
    assert "<b>" not in page
    assert "<i>" not in page


def test_a_summary_says_what_is_wrong_and_counts_what_it_leaves_out():
    many = Estimates.build([f"e{n}" for n in range(40)], np.arange(40.0), np.ones(40))
    assert "16 more rows" in many.summary()
    assert len(repr(many)) <= LINE
    solution = structure.solve(
        GLASS, UNITS, [structure.statement("P2", value=v, sd=0.02, name=f"{v}") for v in (0.2, 0.9)], check=False
    )
    loud = [str(note) for note in solution.notes if note.severity in ("warning", "error")]
    assert loud
    assert all(text in solution.summary() for text in loud)
