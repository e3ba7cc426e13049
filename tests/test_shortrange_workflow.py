"""The main job on the simulated example: truth inside the intervals, whole output or none, a result that repeats."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import reference_peaks
import shortrange
import structure
from shortrange import example, exports, stepwise
from shortrange.recipe import Tables, check_recipe
from shortrange.results import BASE
from shortrange.stepwise import fit_file, weighed
from shortrange_core import BadInput, Status, affine, load


def test_truth_of_the_example_obeys_the_balances(tmp_path: Path) -> None:
    recipe = shortrange.read_recipe(shortrange.write_example(tmp_path / "series"))
    for sample in recipe.tables.samples:
        truth = example.read_truth(tmp_path / "series")[sample.name]
        amounts = {"Na": 3.0, "S": 4 - sample.x, "O": sample.x}
        units = [text for text in recipe.tables.units if truth[text] > 0]
        assert sum(truth[unit] for unit in units) == pytest.approx(1)
        held = [*units, "Na2S", "S"]
        for element in ("Na", "S", "O"):
            atoms = sum(truth[label] * structure.unit_of(label).atoms.get(element, 0) for label in held)
            charge = sum(truth[unit] * abs(structure.unit_of(unit).charge) for unit in units) if element == "Na" else 0
            assert atoms + charge == pytest.approx(amounts.get(element, 0)), element
        assert truth["BO"] + truth["NBO"] == pytest.approx(sample.x)


def counted(patch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what is read while the patch holds: every term of an affine text by itself and its text, and recipes."""
    reads: Counter[str] = Counter()
    term, validate = affine._term, Tables.model_validate

    def counted_term(text: str, whole: str) -> tuple[str | None, float]:
        reads[f"{text} in {whole}"] += 1
        return term(text, whole)

    def counted_validate(content: object) -> Tables:
        reads["recipe"] += 1
        return validate(content)

    affine._read.cache_clear()
    affine.parse_relation.cache_clear()
    patch.setattr(affine, "_term", counted_term)
    patch.setattr(Tables, "model_validate", counted_validate)
    return reads


@pytest.fixture(scope="module")
def example_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, shortrange.Analysis, Counter[str]]:
    folder = tmp_path_factory.mktemp("example") / "series"
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        reads = counted(patch)
        recipe = shortrange.read_recipe(shortrange.write_example(folder))
        analysis = shortrange.analyse(recipe, progress=steps.append)
    assert 0.8 * stepwise.measured_count(recipe) < len(steps) <= stepwise.measured_count(recipe)
    page = shortrange.report(analysis, folder / "results")
    return page, analysis, reads


@pytest.fixture(scope="module")
def analysed(example_run: tuple[Path, shortrange.Analysis, Counter[str]]) -> tuple[Path, shortrange.Analysis]:
    return example_run[:2]


def test_fractions_of_the_example_lie_where_their_intervals_say(analysed: tuple[Path, shortrange.Analysis]) -> None:
    page, analysis = analysed
    truth = example.read_truth(page.parents[1])
    inside, pulls = [], []
    for item in [item for item in analysis.structures if item.reading == BASE]:
        assert item.solution is not None, item.problem
        assert item.supported is not None
        values = zip(item.solution.species, item.solution.fractions.value.values, strict=True)
        sds = item.solution.fractions.sd.values
        for (species, value), sd in zip(values, sds, strict=True):
            lower, upper = item.supported.of(species)
            inside.append(lower - 1e-9 <= truth[item.sample][species] <= upper + 1e-9)
            if sd > 0:
                pulls.append(abs(value - truth[item.sample][species]) / sd)
            least, greatest = item.possible.of(species)
            assert least - 1e-9 <= truth[item.sample][species] <= greatest + 1e-9
    assert len(inside) > 30
    assert max(pulls) < 4
    assert np.mean(inside) >= 0.85  # coverage itself is measured on drawn series: studies/series_calibration.py


def test_a_run_reads_its_recipe_and_every_affine_text_once(
    example_run: tuple[Path, shortrange.Analysis, Counter[str]],
) -> None:
    reads = example_run[2]
    assert reads["recipe"] == 1
    assert len(reads) > 20
    assert {text: count for text, count in reads.items() if count > 1} == {}


def test_report_is_self_contained_and_whole(analysed: tuple[Path, shortrange.Analysis]) -> None:
    page, analysis = analysed
    text = page.read_text(encoding="utf-8")
    assert "Simulated data" in text
    assert not re.search(r"""(?:src|href)=["']http://|src=["']https?:|url\(""", text)  # an address in BibTeX is text
    for sha in analysis.provenance.inputs.values():
        assert sha in text
    for code in ("no-published-position", "ps3o-under-ps4"):
        assert code in text
    told = text.split("No published position in the library: ")[1].split(". Fitted")[0]
    assert re.findall('title="([^"]*)"', told) == ["P:S3/S"]
    assert "PS<sub>3</sub>S<sub>1/2</sub> (P<sup>1</sup>)" in told
    results = page.parent
    figures = {p.name for p in (results / "figures").iterdir()}
    techniques = {item.technique for item in analysis.fits}
    for kind in ("png", "svg"):
        assert len([name for name in figures if name.endswith(kind)]) == 3 + len(techniques) + len(analysis.fits)
    assert {"fractions.pdf", "series_31P-NMR.pdf", "x-0.60_O-1s-XPS.svg"} <= figures  # names that a person can type
    assert {p.stem for p in (results / "tables").iterdir()} == set(exports.all_tables(analysis))


def test_a_perfect_run_warns_of_little_in_the_language_of_its_recipe(
    analysed: tuple[Path, shortrange.Analysis],
) -> None:
    notes = exports.notes_table(analysed[1])
    assert len(set(notes[notes["severity"] == "warning"]["code"])) <= 3
    spelled = notes["remedy"].str.contains(r"\w=|\(\)|\bspectra\.|--", regex=True)
    assert not spelled.any(), notes[spelled]["remedy"].tolist()
    text = analysed[0].read_text(encoding="utf-8")
    text = re.sub(r"data:image/png;base64,[^\"]*", "", text)
    assert "<summary>Remark: no-published-position" in text
    assert not re.search(r">-?nan<|-0\.0+\b|e-\d{3}|>-?inf<", text)


def test_what_a_recipe_answers_is_a_remark(analysed: tuple[Path, shortrange.Analysis]) -> None:
    """The example keeps both readings at 3 ppm and counts no infrared area: without that, both are warnings."""
    analysis = analysed[1]
    loud = {code for item in analysis.fits for n in item.fit.notes if n.severity == "warning" for code in [n.code]}
    assert {"three-ppm-line", "interchangeable-lines"} <= loud
    bare = analysis.recipe.tables.model_copy(update={"alternatives": ()})
    for tables_, quiet in ((analysis.recipe.tables, True), (bare, False)):
        told = [n for item in analysis.fits for n in weighed(item, tables_) if n.code == "three-ppm-line"]
        assert {n.severity == "info" for n in told} == {quiet}
    fit = next(item for item in analysis.fits if item.technique == "31P NMR" and "P:O4" in item.lines)
    each = replace(fit, lines=(*fit.lines, "P:O3/O"))  # a phosphate, whose recipe has a line for either reading
    assert {n.severity for n in weighed(each, bare) if n.code == "three-ppm-line"} == {"info"}
    counted = {t: o.model_copy(update={"evidence": "fractions"}) for t, o in bare.techniques.items()}
    told = [n for i in analysis.fits for n in weighed(i, bare.model_copy(update={"techniques": counted}))]
    assert {n.severity for n in told if n.code == "interchangeable-lines"} == {"warning"}


def test_alternatives_stand_side_by_side(analysed: tuple[Path, shortrange.Analysis]) -> None:
    table = exports.alternatives_table(analysed[1])
    at = table[table["sample"] == "x = 0.60"].set_index("reading")
    assert list(at.index) == [BASE, "3 ppm is P2O7"]
    assert at["BO"].iloc[1] > at["BO"].iloc[0]
    assert at["Na2S"].iloc[1] > at["Na2S"].iloc[0]
    assert np.isfinite(at["chi2"]).all()
    assert "3 ppm is P2O7" not in set(table[table["sample"] == "x = 0.00"]["reading"])  # no such line there


def test_no_oxygen_is_absent_not_zero(analysed: tuple[Path, shortrange.Analysis]) -> None:
    table = exports.fractions_table(analysed[1].structures)
    quantities = set(table[table["sample"] == "x = 0.00"]["quantity"])
    assert not quantities & {"BO", "NBO", "BO/(BO + NBO)"}


def test_sensitivity_repeats_every_fraction(analysed: tuple[Path, shortrange.Analysis]) -> None:
    table = exports.sensitivity_table(analysed[1])
    assert (table["sd x 0.5"] != table["sd x 2"]).any()
    assert table[["sd x 0.5", "sd x 1", "sd x 2"]].notna().all().all()


def test_stored_result_repeats_to_the_last_bit(analysed: tuple[Path, shortrange.Analysis]) -> None:
    comparison = shortrange.remake(analysed[0].parent / "results.nc")
    assert comparison.identical
    assert comparison.numbers > 500
    back = load(analysed[0].parent / "results.nc")
    assert back.recipe.text == analysed[1].recipe.text
    assert back.priors["31P NMR"]["P:S4"].mean == 82.0


def test_a_repeated_result_says_which_tables_differ_and_bears_infinities(monkeypatch, analysed) -> None:
    stored = load(analysed[0].parent / "results.nc")
    numbers = pd.DataFrame({"name": ["a", "b", "c"], "limit": [np.inf, 2.0, np.nan]})
    changes = {
        "identical": (numbers, numbers),
        "largest relative difference 0.5": (numbers, numbers.assign(limit=[np.inf, 3.0, np.nan])),
        "largest relative difference inf": (numbers, numbers.assign(limit=[1.0, 2.0, np.nan])),
        "largest relative difference 0; rows or texts of own differ": (numbers, numbers[:2]),
    }
    monkeypatch.setattr(shortrange.remaking, "analyse_measured", lambda *_, **__: stored)
    for told, tables in changes.items():
        made = iter(tables)
        monkeypatch.setattr(shortrange.remaking, "all_tables", lambda _analysis, made=made: {"own": next(made)})
        comparison = shortrange.remake(analysed[0].parent / "results.nc")
        assert comparison.text.partition(": ")[2] == told
        assert comparison.identical == comparison.same == (told == "identical")


def test_output_folder_is_never_overwritten(analysed: tuple[Path, shortrange.Analysis]) -> None:
    with pytest.raises(BadInput, match="is not an empty folder"):
        shortrange.report(analysed[1], analysed[0].parent)


RECIPE = """
schema = 1
title = "five mistakes"
cation = "Na"
units = ["P:S4", "P:Xx9"]
free = ["Na2S"]
[techniques."31P NMR"]
lines = ["P:S4", "P:O4"]
[[samples]]
name = "a"
composition = "Na3PS4Qq"
[[samples.spectra]]
file = "nowhere.txt"
technique = "31P NMR"
[[samples]]
name = "a"
composition = "Na3PS4"
[[samples.spectra]]
file = "nowhere2.txt"
technique = "31P NMR"
"""


def test_five_mistakes_of_a_recipe_come_together(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        check_recipe(RECIPE, folder=tmp_path, name="r.toml")
    text = "\n".join(caught.value.problems)
    for mistake in ("P:Xx9", "'P:O4' is not among the units", "Qq", "nowhere.txt", "nowhere2.txt", "two samples"):
        assert mistake in text
    assert len(caught.value.problems) == 6


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (("schema = 1", "schema = 2"), "schema"),
        (("title", "titel"), "titel: there is no such key"),
        (("[techniques", "[[["), "is not valid TOML"),
        (('cation = "Na"', 'cation = "sodium"'), "'sodium' is not the symbol of an element"),
        (("[techniques", 'phase = "glas"\n[techniques'), "did you mean 'glass'"),
        (("lines = ", "line = "), "did you mean 'lines'"),
        (("lines = ", "spinning_rate = -1.0\nlines = "), "spinning_rate = -1.0: must be greater than 0"),
        (("lines = ", "window = [3.0, 1.0]\nlines = "), "the lower one first"),
        (("lines = ", "photon_energy = 3.0\nlines = "), "photon_energy: belongs to XPS, not to 31P NMR; leave it out"),
        (('technique = "31P NMR"\n[[samples]]', 'technique = "Mossbauer"\n[[samples]]'), "Mossbauer"),
    ],
)
def test_wrong_recipes(tmp_path: Path, change: tuple[str, str], match: str) -> None:
    with pytest.raises(BadInput, match=match):
        check_recipe(RECIPE.replace(*change), folder=tmp_path, name="r.toml")


def test_truth_file_says_that_it_is_simulated(tmp_path: Path) -> None:
    shortrange.write_example(tmp_path / "e")
    stored = json.loads((tmp_path / "e" / "truth.json").read_text())
    assert "simulated" in stored["what"]
    for file in (tmp_path / "e").glob("x*"):
        assert "simulated" in file.read_text(), file.name
    with pytest.raises(BadInput, match="not an empty folder"):
        shortrange.write_example(tmp_path / "e")


def test_misfit_widens_the_areas_once(analysed: tuple[Path, shortrange.Analysis]) -> None:
    """The fit itself bears a misfit in its sds; the workflow takes its areas as they are."""
    item = analysed[1].fits[0]
    labels = tuple(str(text) for text in item.fit.areas.facets["assignment"])
    names = tuple(name for text in labels for name in affine.parse(text).names)
    areas = stepwise.reassigned(item.fit.areas, (item.sample, item.technique), names)
    assert areas is not None
    np.testing.assert_array_equal(areas.covariance, item.fit.areas.covariance)
    missed = replace(item.fit, status=Status.MISFIT)
    assert stepwise.usable(missed)
    assert not stepwise.usable(replace(item.fit, status=Status.REJECTED))


ONE_GLASS = """
schema = 1
title = "one glass"
cation = "Na"
units = ["P:S3~P"]
[techniques."31P NMR"]
lines = ["P:S3~P"]
reference = "NaH2PO4"
[[samples]]
name = "x = 0.00"
composition = "Na3PS4"
[[samples.spectra]]
file = "x000_31P.jdx"
technique = "31P NMR"
"""
SECOND = """
[[samples.spectra]]
file = "x015_31P.jdx"
technique = "31P NMR"
"""


def test_a_glass_without_solution_is_named_not_dropped(tmp_path: Path) -> None:
    folder = shortrange.write_example(tmp_path / "e").parent
    text = ONE_GLASS.replace('units = ["P:S3~P"]', 'units = ["P:S3~P"]\nfree = ["Na2S", "S"]')
    recipe = check_recipe(text, folder=folder, name="recipe.toml")
    recipe = shortrange.Recipe(recipe.text.replace("Na3PS4", "Na3PS3"), recipe.folder)  # past the check
    analysis = shortrange.analyse(recipe)
    assert not analysis.trusted
    assert [item.solution for item in analysis.structures] == [None]
    assert "no-structure" in {note.code for _, note in analysis.notes}
    page = shortrange.report(analysis, tmp_path / "out")
    assert analysis.structures[0].problem.split(";")[0][:40] in page.read_text(encoding="utf-8")


def test_a_composition_that_nothing_allowed_can_make_is_refused(tmp_path: Path) -> None:
    folder = shortrange.write_example(tmp_path / "e").parent
    with pytest.raises(BadInput, match=r"'x = 0.00': no mixture of the allowed units .* gives Na3PS4"):
        check_recipe(ONE_GLASS, folder=folder, name="recipe.toml")


def test_two_spectra_of_one_technique_count_apart_but_no_file_twice(tmp_path: Path) -> None:
    folder = shortrange.write_example(tmp_path / "e").parent
    text = ONE_GLASS.replace('["P:S3~P"]', '["P:S4", "P:S3~P"]').replace(
        "[techniques", 'free = ["Na2S", "S"]\n[techniques'
    )
    analysis = shortrange.analyse(check_recipe(text + SECOND, folder=folder, name="recipe.toml"))
    solution = analysis.structures[0].solution
    assert solution is not None
    assert set(solution.pulls["evidence"].values) == {"31P NMR", "31P NMR #2"}
    with pytest.raises(BadInput, match=r"'x015_31P.jdx' is given twice"):
        check_recipe(text + SECOND + SECOND, folder=folder, name="recipe.toml")


def test_ten_lines_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[1] / "docs" / "start.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    folder = shortrange.write_example(tmp_path / "e").parent
    (folder / "x060_31P.jdx").rename(folder / "glass_31P.jdx")
    monkeypatch.chdir(folder)
    names: dict = {}
    exec(compile(code, "docs/start.md", "exec"), names)
    fractions = names["solution"].fractions.table()
    assert abs(fractions.loc["P:S3/O", "value"] - 0.22) < 4 * fractions.loc["P:S3/O", "sd"]
    assert names["priors"]["P:S4"].mean == 82.0


def private_library(folder: Path) -> Path:
    """A library with one simulated claim that the public one does not have: where PS4 lies in this laboratory."""
    (folder / "bibliography").mkdir(parents=True)
    (folder / "bibliography" / "sources.yaml").write_text("ours2026:\n  kind: data\n  title: Simulated notebook\n")
    quantity = reference_peaks.Quantity("position", "ppm", 82.6, 0.1)
    claim = reference_peaks.Claim(
        "", "31P NMR", "P:S4", "unit", quantity, "ours2026", cation="Na", phase="glass", scale="NaH2PO4"
    )
    reference_peaks.write(claim, folder)
    return folder


def test_a_private_library_reaches_recipe_analyse_and_fit(tmp_path: Path) -> None:
    folder = shortrange.write_example(tmp_path / "e").parent
    private_library(folder / "lab")
    text = ONE_GLASS.replace('["P:S3~P"]', '["P:S4", "P:S3~P"]').replace(
        "[techniques", 'free = ["Na2S", "S"]\nlibrary = ["lab"]\n[techniques'
    )
    analysis = shortrange.analyse(check_recipe(text, folder=folder, name="recipe.toml"))
    prior = analysis.priors["31P NMR"]["P:S4"]
    assert "Simulated notebook" in prior.source
    assert 82.0 < prior.mean < 82.6
    public = reference_peaks.load()
    assert analysis.library != f"{public.version} ({public.digest()})"
    options = {"reference": "NaH2PO4"}
    means = []
    for libraries in ((), (str(folder / "lab"),)):
        fit = fit_file(
            folder / "x000_31P.jdx",
            technique="31P NMR",
            species=("P:S4",),
            cation="Na",
            phase="glass",
            libraries=libraries,
            options=options,
        )
        means += [p.prior.mean for peak in fit.model.peaks for p in peak.parameters if p.prior and "center" in p.name]
    assert means == [82.0, pytest.approx(prior.mean)]
    missing = check_recipe(text.replace('"lab"', '"gone"'), folder=folder, name="recipe.toml")
    with pytest.raises(BadInput, match=r"gone': is not a library; create a folder 'claims'"):
        shortrange.analyse(missing)
