"""One source for options: what signatures say is what recipes, the command line and the reference page know."""

import inspect
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from typed_commands import run

import shortrange
import spectra
from shortrange import stepwise
from shortrange.commands.technique_options import GivenOptions, flag, has_own_option
from shortrange.recipe import Options, check_recipe, options_class, page, schema, stated_options
from shortrange.stepwise import stated_responses
from shortrange_core import BadInput
from shortrange_core.options import options_of

ROOT = Path(__file__).parents[1]
PYTHON_ONLY = {
    ("NMR", "priors"): "come from the peak library, which a recipe names by cation and phase",
    ("NMR", "t1"): "estimates with their covariance, from nmr.relaxation",
    ("Raman", "priors"): "as for NMR",
    ("Raman", "calibration"): "a record that raman.calibrate makes from measured standards",
    ("FTIR", "priors"): "as for NMR",
    ("XPS", "priors"): "as for NMR",
    ("XPS", "satellites"): "records with their source; none is built in",
}
"""Arguments that exist in Python alone, each with its reason."""
RECIPE = """
schema = 1
title = "one glass"
units = ["PS4", "PS3O", "P2S7(4-)", "P:S3/O"]
free = ["Na2S", "S"]
[techniques."p31 nmr"]
lines = ["PS4 + PS3O", "P^1"]
reference = "NaH2PO4"
[techniques."p31 nmr".windows]
"P^1" = [69.5, 96.0]
[[samples]]
name = "a"
composition = "Na3PS3.7O0.3"
"""
SPECTRUM = """
[[samples.spectra]]
file = "x030_31P.jdx"
technique = "31p NMR"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return shortrange.write_example(tmp_path_factory.mktemp("recipe") / "e").parent


def check(text, folder):
    return check_recipe(text, folder=folder, name="r.toml").tables


def keywords(function):
    return {p.name for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY}


def test_arguments_that_exist_in_python_alone_have_a_reason():
    found = {
        (technique.kind, name)
        for technique in spectra.TECHNIQUES
        for step in (technique.prepare, technique.model)
        for name in keywords(step) - {stated.name for stated in options_of(step)}
    }
    assert found == set(PYTHON_ONLY)


@pytest.mark.parametrize("technique", spectra.TECHNIQUES, ids=lambda technique: technique.kind)
def test_a_recipe_knows_every_option_of_the_signatures_and_no_other(technique):
    own = set(options_class(technique.kind).model_fields) - set(Options.model_fields)
    assert own == {stated.name for stated in technique.options}


def test_the_command_line_knows_every_option_of_the_signatures():
    text = subprocess.run(
        [sys.executable, "-m", "shortrange", "fit", "--help"], capture_output=True, text=True, check=True
    ).stdout
    stated = [s for t in spectra.TECHNIQUES for s in t.options if has_own_option(s)]
    assert not [s.name for s in stated if flag(s.name) not in text]


def test_the_reference_page_is_what_the_code_says():
    assert (ROOT / "docs" / "recipe.md").read_text(encoding="utf-8") == page().rstrip("\n") + "\n", (
        "run: shortrange recipe > docs/recipe.md"
    )


def test_the_schema_takes_the_example_and_refuses_a_wrong_key():
    raw = tomllib.loads((ROOT / "shortrange/data/example/recipe.toml").read_text(encoding="utf-8"))
    jsonschema.validate(raw, schema())
    raw["techniques"]["Raman"]["spinning_rate"] = 2e4
    with pytest.raises(jsonschema.ValidationError, match="spinning_rate"):
        jsonschema.validate(raw, schema())
    json.dumps(schema())


def test_words_are_spelled_as_everywhere(folder):
    tables = check(RECIPE + SPECTRUM, folder)
    assert tables.units == ("P:S4", "P:S3O", "P:S3/S", "P:S3/O")
    assert tables.cation == "Na"
    options = tables.techniques["31P NMR"]
    assert options.lines == ("P:S4 + P:S3O", "P:S3/S + P:S3/O")
    assert list(options.windows) == ["P:S3/S + P:S3/O"]
    assert tables.samples[0].spectra[0].technique == "31P NMR"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (("Na3PS3.7O0.3", "Na2LiPS3.7O0.3"), "the glasses contain Na, Li; state for which to use published positions"),
        (("p31 nmr", "p31 nmt"), "did you mean 'NMR'"),
        (("reference", "referense"), "there is no such key; did you mean 'reference'"),
        (('"PS3O"', '"PS3Oo"'), "PS3Oo"),
        ((SPECTRUM, ""), "has no spectrum, peak table or statement"),
    ],
)
def test_unknown_words_are_named_with_the_nearest(folder, change, match):
    with pytest.raises(BadInput, match=match):
        check((RECIPE + SPECTRUM).replace(*change), folder)


def test_keys_of_the_file_below_a_table_are_told_where_they_belong(folder):
    """TOML takes what follows [series] for its own: no suggestion of another key helps whoever wrote it there."""
    with pytest.raises(BadInput) as raised:
        check("[series]\nsmoth = 1\n" + RECIPE + SPECTRUM, folder)
    told = "\n".join(raised.value.problems)
    for key in ("schema", "title"):
        assert f"series.{key}: {key} is a key of the file, but keys below [series] belong to that table" in told
    assert "series.smoth: there is no such key; did you mean 'smooth'?; remove it or correct its name" in told
    assert "is not among the units; none is stated" in told
    assert "schema_number" not in told
    assert told.count("did you mean") == 1


def test_every_nucleus_and_core_level_has_a_table(folder):
    text = RECIPE + SPECTRUM + '[[samples.spectra]]\nfile = "x030_O1s.vms"\ntechnique = "S2p XPS"\n'
    text = text.replace("[[samples]]", '[techniques."S 2p xps"]\nbackground = "tougaard"\n[[samples]]', 1)
    assert check(text, folder).techniques["S 2p XPS"].given == {"background": "tougaard"}
    assert stated_options({"spinning_rate": 1e4}, "29Si NMR", "t").given == {"spinning_rate": 1e4}


def test_options_of_one_spectrum_stand_over_those_of_its_technique(folder):
    text = RECIPE + SPECTRUM + "options = {spinning_rate = 12.5e3}\n"
    tables = check(text.replace('[techniques."p31 nmr".w', 'spinning_rate = 2e4\n[techniques."p31 nmr".w'), folder)
    entry = tables.samples[0].spectra[0]
    assert tables.techniques["31P NMR"].get("spinning_rate") == 2e4
    own = tables.options_of(entry)
    assert own.get("spinning_rate") == 12.5e3
    assert own.lines == tables.techniques["31P NMR"].lines
    with pytest.raises(BadInput, match=r"x030_31P.jdx: options: spining_rate: there is no such key; did you mean"):
        check(text.replace("spinning", "spining"), folder)


def test_excluded_parts_of_the_axis_are_not_fitted(folder):
    spectrum = spectra.read(folder / "x030_31P.jdx", technique="31P NMR")
    options = stated_options({"excluded": [[-10.0, 20.0], [150.0, 200.0]]}, "31P NMR", "t")
    ready, _ = stepwise.prepared_model(spectrum, "31P NMR", ["P:S4"], options, {})
    x = ready.chemical_shift.values
    assert ready.sizes["chemical_shift"] < spectrum.sizes["chemical_shift"]
    assert not (((x >= -10) & (x <= 20)) | ((x >= 150) & (x <= 200))).any()


def test_statements_and_finished_peak_tables_are_evidence(tmp_path):
    """One P:S3/S of two P: a table with 0.7 and 0.3, and a statement that repeats it, leave nothing open."""
    table = tmp_path / "peaks.csv"
    table.write_text("name,position,area\na,83,70\nb,92,30\n", encoding="utf-8")
    text = """
schema = 1
title = "tables alone"
units = ["P:S4", "P:S3/S"]
free = ["Na2S", "S"]
[techniques."31P NMR"]
[[samples]]
name = "a"
composition = "Na3PS4"
[[samples.peak_tables]]
file = "peaks.csv"
technique = "31P NMR"
assignments = {a = "P:S4", b = "P:S3/S"}
relative_sd = 0.01
[[samples.statements]]
quantity = "Na2S"
value = 0.15
sd = 0.001
source = "balance by hand"
"""
    analysis = shortrange.analyse(check_recipe(text, folder=tmp_path, name="r.toml"))
    (found,) = analysis.structures
    assert found.solution is not None
    fractions = found.solution.fractions
    assert fractions.value.sel(entry="P:S3/S").item() == pytest.approx(0.30, abs=0.01)
    assert set(map(str, found.solution.pulls["evidence"].values)) == {"31P NMR", "Na2S"}


def test_a_wrong_statement_is_named_when_the_recipe_is_read(folder):
    stated = '[[samples.statements]]\nquantity = "{}"\n{}\n'
    with pytest.raises(BadInput, match=r"statement on 'P:S3O': .*value"):
        check(RECIPE + SPECTRUM + stated.format("P:S3O", ""), folder)
    with pytest.raises(BadInput, match=r"statement on 'P:O9': "):
        check(RECIPE + SPECTRUM + stated.format("P:O9", "value = 0.1"), folder)


def test_evidence_of_one_spectrum_can_be_left_out(folder):
    """The options of one spectrum reach the balances: its areas are fitted, shown, and count nothing."""
    text = RECIPE + SPECTRUM + SPECTRUM.replace("x030", "x060") + 'options = {evidence = "none"}\n'
    recipe = check_recipe(text, folder=folder, name="r.toml")
    measured = stepwise.read_measured(recipe, lambda _step: None)
    fits = stepwise.fit_spectra(recipe, measured, {}, lambda _step: None)
    sample = recipe.tables.samples[0]
    found = stepwise.evidence_of(recipe, sample, fits, recipe.tables.units)
    assert len(fits) == 2
    assert [piece.name for piece in found] == ["31P NMR"]


def test_known_responses_enter():
    options = stated_options({"evidence": "responses", "response": {"P:S3/S": [2.0, 0.1], "S": 3.0}}, "Raman", "t")
    assert stated_responses(options) == {"P:S4": 1.0, "*": (1.0, 1.0), "P:S3/S": (2.0, 0.1), "S": 3.0}
    assert stated_responses(stated_options({}, "31P NMR", "t")) == {}


def test_a_sodium_line_is_asked_for_where_sodium_is():
    energy = np.linspace(520.0, 545.0, 251)
    data = spectra.from_arrays(energy, np.ones(251), axis="binding_energy", noise=0.1, technique="O 1s XPS")
    options = stated_options({"photon_energy": 1486.6}, "O 1s XPS", "t")
    for sodium in (True, False):
        _, model = stepwise.prepared_model(data, "O 1s XPS", ["BO", "NBO"], options, {}, sodium=sodium)
        assert any("KL" in peak.name.upper() or "auger" in peak.name for peak in model.peaks) is sodium


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["--peaks", "5", "--crystalline", "P:S4"], "--crystalline: applies only to species"),
        (
            ["--technique", "31P NMR", "--species", "P:S4", "--quantity", "absorbance"],
            "--quantity: belongs to FTIR, not to 31P NMR; leave it out",
        ),
        (["--technique", "31P NMR", "--species", "P:S4", "--window", "5"], "--window '5': give two numbers"),
        (["--technique", "31P NMR", "--species", "P:S4", "--set", "widen = "], "--set 'widen = ': is not key = value"),
        (["--technique", "31P NMR", "--species", "P:S4", "--spinning-rate", "-3"], "must be greater than 0"),
    ],
)
def test_options_of_the_command_line_are_refused_in_its_language(folder, arguments, match, capsys):
    code, _, refused = run(capsys, "fit", folder / "x030_31P.jdx", *arguments)
    assert code == 2
    assert match in refused


def test_set_takes_whatever_a_recipe_takes():
    given = GivenOptions({"window": "10,20"}, ("crystalline = ['P:S4']", "widen = 2.0"))
    assert given.table() == {"window": [10.0, 20.0], "crystalline": ["P:S4"], "widen": 2.0}
