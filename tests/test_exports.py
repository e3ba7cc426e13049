"""Every way out of a result, read back by somebody else's reader."""

import fnmatch
import importlib
import json
import re
import tomllib
import warnings
from dataclasses import replace
from pathlib import Path

import h5py
import jcamp
import numpy as np
import openpyxl
import pandas as pd
import pytest
import xarray as xr
from typed_commands import run

import shortrange
import spectra
import structure
from shortrange.example import SHIPPED
from shortrange.exports import EXITS, content_of, export, network_table
from shortrange.exports._latex import printed
from shortrange.exports._nexus import unit_of_quantity
from shortrange.recipe import check_recipe
from shortrange.results import BASE
from shortrange_core import BadInput, save
from spectra.shapes import SHAPES

SAMPLE = "x = 0.15"
DEFINITIONS = tomllib.loads((Path(__file__).parent / "data" / "nexus_definitions.toml").read_text())


def one_glass() -> str:
    """The example's recipe with one glass and without restarts: short, and with every kind of spectrum."""
    text = (SHIPPED / "recipe.toml").read_text().replace("restarts = 4\n", "")
    head, *samples = text.split("[[samples]]")
    (mine,) = (part for part in samples if f'name = "{SAMPLE}"' in part)
    return head + "[[samples]]" + mine


@pytest.fixture(scope="module")
def analysis():
    return shortrange.analyse(check_recipe(one_glass(), folder=SHIPPED, name="recipe.toml"))


@pytest.fixture(scope="module")
def folder(analysis, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("out") / "exports"
    written = export(analysis, target, to=tuple(EXITS))
    assert {path for path in target.rglob("*") if path.is_file()} == set(written)
    return target


@pytest.fixture(scope="module")
def nmr(analysis) -> spectra.Fit:
    return next(item.fit for item in analysis.fits if item.technique == "31P NMR")


def test_csv_holds_axis_data_model_background_every_component_and_residual(folder, nmr):
    frame = pd.read_csv(folder / "spectra" / "x-0.15_31P-NMR.csv")
    assert list(frame.columns[:5]) == ["chemical_shift (ppm)", "data", "noise", "model", "background"]
    components = [name for name in frame.columns if name.startswith("component ")]
    assert len(components) == len(nmr.model.peaks)
    assert "component P:S4 + P:S3O" in components
    np.testing.assert_allclose(frame[components].sum(axis=1) + frame["background"], frame["model"], rtol=1e-9)
    np.testing.assert_allclose(frame["data"] - frame["model"], frame["residual"], atol=1e-6)
    tables = {path.stem for path in (folder / "tables").iterdir()}
    assert {"fractions", "peaks", "notes"} <= tables


def test_the_workbook_opens_with_a_sheet_a_table_and_a_spectrum(folder, analysis):
    book = openpyxl.load_workbook(folder / "results.xlsx", read_only=True)
    assert {"about", "fractions", "peaks", "x-0.15_31P-NMR", "x-0.15_O-1s-XPS"} <= set(book.sheetnames)
    rows = list(book["fractions"].iter_rows(values_only=True))
    frame = content_of(analysis).tables["fractions"]
    assert len(rows) == len(frame) + 1
    assert rows[0] == tuple(frame.columns)
    book.close()


def test_latex_says_values_limits_and_ranges_as_what_they_are(folder):
    text = (folder / "fractions.tex").read_text()
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 1
    assert r"$\mathrm{PS_{4}^{3-}}\;(\mathrm{P^{0}})$ & \num{0." in text
    assert r"\num{<= 0.0" in text
    assert "{siunitx}" in text
    stated = pd.read_csv(folder / "tables" / "fractions.csv")
    limits = stated[(stated["verdict"] == "at most") & (stated["reading"] == "as in the recipe")]["upper"]
    printed = [float(limit) for limit in re.findall(r"<= ([0-9.e+-]+)", text)]
    assert len(printed) == len(limits)
    # two digits, outward
    assert all(limit <= shown <= 1.1 * limit for shown, limit in zip(printed, limits, strict=True))
    assert "$S$" not in text  # a slanted S is a variable, not sulfur
    for line in text.splitlines():
        assert line.count("{") == line.count("}")


@pytest.mark.parametrize(
    ("verdict", "lower", "upper", "text"),
    [
        ("at most", 0.0, 0.345, r"\num{<= 0.35}"),
        ("at least", 0.987, 1.0, r"\num{>= 0.98}"),
        ("at most", 0.0, np.inf, "--"),
        ("undetermined", 0.0, np.inf, "--"),
        ("undetermined", 0.2, np.nan, "--"),
    ],
)
def test_latex_rounds_limits_outward_and_prints_no_end_that_is_none(verdict, lower, upper, text):
    assert printed({"verdict": verdict, "lower": lower, "upper": upper}) == text


def test_the_latex_table_of_lines_may_go_over_pages_and_says_its_units(folder):
    text = (folder / "peaks.tex").read_text()
    assert text.count(r"\begin{longtable}") == text.count(r"\end{longtable}") == 1
    assert "{longtable}: it may span pages" in text.splitlines()[0]
    assert "{lllllll}" in text
    rows = [line for line in text.splitlines() if " & " in line]
    assert {line.count(" & ") for line in rows} == {6}
    units = {line.split(" & ")[1]: line.split(" & ")[5] for line in rows[1:]}
    assert units == {"31P NMR": "ppm", "Raman": "cm$^{-1}$", "O 1s XPS": "eV"} | (
        {"FTIR": "cm$^{-1}$"} if "FTIR" in units else {}
    )


def test_a_network_that_nothing_determines_has_no_numbers(analysis):
    item = next(one for one in analysis.structures if one.reading == BASE)
    glass = structure.composition(item.composition)
    open_ = structure.solve(glass, item.solution.species, [structure.statement("P:S3/O", value=0.05, sd=0.01)])
    rows = network_table([replace(item, solution=open_)]).set_index("quantity")
    assert rows.loc["P-O-P", "value"] == pytest.approx(0.05, abs=0.02)
    assert rows.loc["contacts", ["value", "sd"]].isna().all()
    assert network_table([replace(item, reading="another")]).empty


def test_json_is_strict_and_has_covariances(folder, analysis):
    def refuse(constant):
        raise AssertionError(constant)

    body = json.loads((folder / "results.json").read_text(), parse_constant=refuse)
    (found, *_) = body["fractions"]
    solution = next(item.solution for item in analysis.structures if item.sample == found["sample"])
    np.testing.assert_allclose(found["covariance"], solution.fractions.covariance.values, rtol=1e-9, atol=1e-14)
    assert body["tables"]["fractions"][0]["sample"] == SAMPLE


def defined(group: h5py.Group, kind: str) -> list[str]:
    """What of a group the definitions do not know."""
    known, offenders = DEFINITIONS[kind], []
    for name, item in group.items():
        if isinstance(item, h5py.Group):
            wanted = [c for pattern, c in known.get("groups", {}).items() if fnmatch.fnmatchcase(name, pattern)]
            found = item.attrs.get("NX_class")
            offenders += [] if found in wanted else [f"{item.name}: {found} is none of {wanted}"]
            offenders += defined(item, found) if found in DEFINITIONS else []
            continue
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in known.get("fields", ())):
            offenders.append(f"{item.name}: no field of {kind}")
        free = [a for p, names in known.get("attributes", {}).items() if fnmatch.fnmatchcase(name, p) for a in names]
        offenders += [f"{item.name}@{a}" for a in item.attrs if a not in (*free, "units")]
    return offenders


def test_nexus_holds_to_the_definitions_and_has_fit_peaks_and_covariance(folder, nmr):
    with h5py.File(folder / "results.nxs") as file:
        assert file.attrs["NX_class"] == "NXroot"
        assert defined(file, "NXroot") == []
        entry = file["x_0_15_31P_NMR"]
        data = entry["fit/data"]
        assert data.attrs["signal"] in data
        assert list(data.attrs["axes"]) == ["input_independent"]
        assert data["input_independent"].attrs["units"] == "ppm"
        np.testing.assert_allclose(data["fit_sum"][()] + data["residual"][()], data["input_dependent"][()], atol=1e-12)
        peaks = [name for name, group in entry["fit"].items() if group.attrs.get("NX_class") == "NXpeak"]
        assert len(peaks) == len(nmr.model.peaks) + 1
        parameters = entry["fit/global_fit_function/fit_parameters"]
        names = [text.decode() for text in parameters["covariance_of"][()]]
        assert names == list(nmr.parameters.entries)
        np.testing.assert_array_equal(parameters["covariance"][()], nmr.covariance)
        place = names.index(next(name for name in names if name.endswith("_center")))
        stated = parameters[names[place]]
        assert stated.attrs["error"] == pytest.approx(nmr.covariance[place, place] ** 0.5)


def test_every_width_of_a_shape_has_the_unit_of_the_axis_in_nexus():
    quantities = {quantity for shape in SHAPES.values() for quantity in shape.quantities}
    with_unit = {quantity for quantity in quantities if unit_of_quantity(quantity, "ppm", "counts") == "ppm"}
    assert with_unit == {"center", "fwhm", "fwhm_left", "fwhm_right", "gauss_fwhm", "lorentz_fwhm", "tail"}
    assert unit_of_quantity("area", "ppm", "counts") == "counts ppm"
    assert unit_of_quantity("fraction", "ppm", "counts") == ""


def test_csdm_is_read_by_its_own_package_and_by_ours(folder, nmr):
    path = folder / "csdm" / "x-0.15_31P-NMR.csdf"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of csdmpy 0.7 and astropy about numpy
        csdmpy = importlib.import_module("csdmpy")
        found = csdmpy.load(str(path))
    curves = nmr.curves
    np.testing.assert_allclose(found.x[0].coordinates.value, curves["chemical_shift"].values, rtol=1e-9)
    by_name = {variable.name: variable.components[0] for variable in found.y}
    np.testing.assert_array_equal(by_name["model"], curves["model"].values)
    assert "component P:S4 + P:S3O" in by_name
    ours = spectra.read(path, technique="31P NMR", block="data")
    np.testing.assert_allclose(ours["intensity"].values, curves["data"].values, rtol=1e-12)


@pytest.mark.parametrize(("name", "technique"), [("x-0.15_31P-NMR", "31P NMR"), ("x-0.15_Raman", "Raman")])
def test_jcamp_is_read_by_another_package_and_by_ours(folder, analysis, name, technique):
    path = folder / "jcamp" / f"{name}.jdx"
    fit = next(item.fit for item in analysis.fits if item.technique == technique)
    blocks = jcamp.readfile(str(path))["children"]
    assert [block["title"].partition(":")[0] for block in blocks[:4]] == ["data", "model", "background", "residual"]
    assert len(blocks) == 4 + len(fit.model.peaks)
    axis = fit.model.axis
    np.testing.assert_allclose(blocks[0]["x"], fit.curves[axis].values, rtol=1e-9)
    np.testing.assert_allclose(blocks[1]["y"], fit.curves["model"].values, rtol=1e-9)
    seen = spectra.contents(path)
    ours = spectra.read(path, technique=technique, block=seen[0].name)
    np.testing.assert_allclose(ours["intensity"].values, fit.curves["data"].values, rtol=1e-9)


def test_the_tree_is_opened_by_xarray_and_goes_by_sample_and_technique(folder, analysis, nmr):
    with xr.open_datatree(folder / "tree.nc", engine="h5netcdf") as tree:
        assert set(tree.children) == {SAMPLE}
        assert set(tree[SAMPLE].children) == {item.technique for item in analysis.fits}
        glass = tree[SAMPLE].to_dataset()
        stated = content_of(analysis).tables["fractions"]
        row = stated[(stated["quantity"] == "P:S4") & (stated["reading"] == "as in the recipe")].iloc[0]
        assert float(glass["value"].sel(quantity="P:S4")) == row["value"]
        assert glass.attrs["composition"] == "Na3PS3.85O0.15"
        spectrum = tree[f"{SAMPLE}/31P NMR"].to_dataset()
        np.testing.assert_array_equal(spectrum["area"].values, nmr.areas.value.values)
        assert spectrum["chemical_shift"].attrs["units"] == "ppm"
        assert "P:S4 + P:S3O" in spectrum["line"].values.tolist()


def test_a_fit_alone_leaves_too_and_the_command_finds_the_record_in_its_folder(nmr, tmp_path, capsys):
    (tmp_path / "run").mkdir()
    save(nmr, tmp_path / "run" / "results.nc")
    code, out, _ = run(capsys, "export", str(tmp_path / "run"), "--to", "csv, nexus", "--to", "tex", "--json")
    assert code == 0
    names = {Path(path).relative_to(tmp_path / "run" / "exports").as_posix() for path in json.loads(out)["files"]}
    assert {"results.nxs", "peaks.tex", "tables/peaks.csv"} <= names
    code, out, _ = run(capsys, "export", str(tmp_path / "run"), "--json")
    assert code == 2
    assert "nothing is overwritten" in json.loads(out)["error"]["problems"][0]


def test_unknown_formats_are_named_together_and_nothing_is_written(nmr, tmp_path):
    with pytest.raises(BadInput, match="did you mean 'xlsx'") as caught:
        export(nmr, tmp_path / "e", to=("xlxs", "docx", "csv"))
    assert len(caught.value.problems) == 2
    assert not (tmp_path / "e").exists()
    with pytest.raises(BadInput, match="contains a int"):
        export(3, tmp_path / "e")
