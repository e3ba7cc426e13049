"""Notes and errors speak the language of the place where the user stands, in numbers that a person can read."""

import ast
import importlib
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import spectra
from reference_peaks import Prior
from shortrange import cli
from shortrange.explanations import explain, explanations
from shortrange_core import BadInput
from shortrange_core.spelling import option, spelled, spoken_in
from structure import Agreement

ROOT = Path(__file__).parents[1]
PACKAGES = ("shortrange_core", "spectra", "structure", "shortrange")
PYTHON = re.compile(r"\b[a-z_0-9]+=(?![=\d])|\b[a-z_]{3,}\(|\b(?:spectra|structure|xps|nmr)\.[a-z]")


def python_in_notes() -> list[str]:
    """Every text of a note or a remedy that is spelled as Python without saying how it is spelled elsewhere."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(function, ast.FunctionDef) and any(_is_call(n, "Note") for n in ast.walk(function)):
                    found += [f"{path.relative_to(ROOT)}: {text}" for text in _texts(function) if PYTHON.search(text)]
    return found


def _is_call(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == name


def _texts(function: ast.FunctionDef) -> list[str]:
    """Literals of notes and of what is assigned to text, remedy and way; what `spelled` says in Python is left out."""
    roots = [node for node in ast.walk(function) if _is_call(node, "Note")]
    for node in ast.walk(function):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, (ast.Assign, ast.AugAssign)) and {getattr(t, "id", "") for t in targets} & {
            "text",
            "remedy",
        }:
            roots.append(node.value)
    left_out = {
        id(inner)
        for root in roots
        for node in ast.walk(root)
        if isinstance(node, ast.Call) and (_is_call(node, "spelled") or _is_call(node, "option"))
        for inner in ast.walk(node.args[0])
    }
    return [
        node.value
        for root in roots
        for node in ast.walk(root)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out
    ]


def test_no_note_is_spelled_as_python_everywhere() -> None:
    assert PYTHON.search("give windows= that separate them")
    assert PYTHON.search("see conflicts() of each")
    assert not PYTHON.search("chi2 = 3.1 (p = 0.2)")
    assert not python_in_notes()


DOTTED = re.compile(r"\b(?:spectra|structure|electrochemistry|reference_peaks|shortrange)(?:\.[a-z_]\w*)+")


def test_every_function_that_a_text_names_exists() -> None:
    """Three errors of a technique named modules that had moved, and the way out of one was no function."""
    names = set()
    for package in (*PACKAGES, "electrochemistry", "reference_peaks"):
        for path in sorted((ROOT / package).rglob("*.py")):
            nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
            texts = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in docstrings]
            names |= {name for text in texts if " " in str(text.value) for name in DOTTED.findall(str(text.value))}
    assert len(names) > 15
    assert sorted(name for name in names if not _exists(name)) == []


def _exists(name: str) -> bool:
    package, *rest = name.split(".")
    thing: object = importlib.import_module(package)
    for part in rest:
        if not hasattr(thing, part):
            return False
        thing = getattr(thing, part)
    return True


def spectrum() -> xr.Dataset:
    """A decay-free 31P spectrum that says nothing of its reference, its delay, its spinning."""
    x = np.linspace(-50, 150, 401)
    y = np.exp(-(((x - 82) / 4) ** 2)) + 0.01 * np.random.default_rng(3).normal(size=x.size)
    return spectra.from_arrays(x, y, axis="chemical_shift", technique="31P NMR")


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("python", "give spinning_rate= (Hz) and larmor_frequency= (MHz)"),
        ("command line", "give --spinning-rate (Hz) and --larmor-frequency (MHz)"),
        ("recipe", "give spinning_rate (Hz) and larmor_frequency (MHz)"),
    ],
)
def test_a_remedy_is_spelled_as_the_place_spells_it(place, wanted) -> None:
    with spoken_in(place):
        model = spectra.nmr.model(spectra.nmr.prepare(spectrum()), ["P:S4"], priors={"P:S4": Prior(82, 1, source="s")})
    assert {note.code: note.remedy for note in model.notes}["no-sidebands"] == wanted


def test_a_way_out_that_differs_is_told_for_every_place() -> None:
    told = []
    for place in ("python", "command line", "recipe"):
        with spoken_in(place):
            told.append((option("noise"), spelled("p", command_line="c", recipe="r")))
    assert told == [("noise=", "p"), ("--noise", "c"), ("noise", "r")]


def test_hopeless_probabilities_are_no_powers_of_ten() -> None:
    assert Agreement(3000.0, 4).text() == "chi2 = 3e+03 for 4 degrees of freedom (p below 1e-12)"
    assert Agreement(9.0, 4).text() == "chi2 = 9 for 4 degrees of freedom (p = 0.061)"


def test_a_code_is_explained_and_a_wrong_one_has_its_neighbours(capsys) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["explain", "saturation"])
    out = capsys.readouterr().out
    assert out.startswith("saturation (spectra): recycle delay and flip angle may bias")
    assert "pitfall 1 T1 and saturation" in out
    with pytest.raises(BadInput, match="did you mean saturation"):
        explain("saturatoin")
    assert set(explanations()) >= {"no-structure", "evidence-disagrees", "charge-counter-disagrees"}


def test_mixing_at_its_end_is_a_remark_and_a_window_at_its_end_is_a_warning() -> None:
    x = np.linspace(0, 100, 401)
    y = 10 * np.exp(-4 * np.log(2) * ((x - 50) / 12) ** 2) + 0.05 * np.random.default_rng(0).normal(size=x.size)
    data = spectra.from_arrays(x, y, axis="raman_shift", noise=0.05, technique="Raman")
    wide, narrow = (
        spectra.Model("Raman", "raman_shift", (spectra.peak("a", {"center": ends, "fwhm": (10.0, 2.0, 40.0)}),))
        for ends in ((48.0, 40.0, 60.0), (48.0, 46.0, 49.0))
    )
    notes = {n.code: n for n in spectra.fit(data, wide, check=False).notes}
    assert notes["shape-at-bound"].severity == "info"
    assert "a_fraction" in notes["shape-at-bound"].text
    assert "parameter-at-bound" not in notes
    notes = {n.code: n for n in spectra.fit(data, narrow, check=False).notes}
    assert notes["parameter-at-bound"].severity == "warning"
    assert "a_center" in notes["parameter-at-bound"].text
