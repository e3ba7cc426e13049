"""A page without Python is prepared: what the core and the editor import is pure, or compiled for Pyodide."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKED = tomllib.loads((Path(__file__).parent / "data" / "pyodide_packages.toml").read_text())
PREPARED = ("shortrange_core", "spectra", "structure", "reference_peaks", "shortrange/edits", "shortrange/editor")
NOT_OF_A_PAGE = {
    "shortrange/editor/_server.py": "the local server of the command line; a notebook's widget needs none",
    "reference_peaks/curation/_checking.py": "asks git which claims a branch changed; nobody curates in a page",
}
UNKNOWN_TO_BROWSERS = ("threading", "multiprocessing", "subprocess", "concurrent", "socket", "fcntl")
WORK = """
import sys
import warnings

class Refuse:
    names = set(%r)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"Pyodide has no {name}", name=name)

sys.meta_path.insert(0, Refuse())
import numpy as np
import reference_peaks, spectra, structure
from shortrange.editor import FitDocument, RecipeDocument, Session

x = np.linspace(350.0, 500.0, 300)
y = 1000 * np.exp(-(((x - 420) / 8) ** 2)) + np.random.default_rng(0).normal(0, 3, x.size)
spectrum = spectra.from_arrays(x, y, axis="raman_shift", noise=3.0)
fit = spectra.fit(spectrum, spectra.Model("", "raman_shift", (spectra.peak("a", {"center": 421.0, "fwhm": 15.0}),)))
assert abs(fit.parameters.select(["a_center"]).value.item() - 420) < 0.1
glass = structure.composition("Na3PS4")
assert structure.ranges(glass, ("P:S4",)).quantities
assert reference_peaks.load().claims
"""


def compiled_and_missing() -> set[str]:
    """Import names of installed distributions that hold compiled code and are not in the lock file."""
    locked = {re.sub(r"[-_.]+", "-", name).lower() for name in LOCKED["packages"]}
    found = set()
    for module, distributions in importlib.metadata.packages_distributions().items():
        for name in distributions:
            files = importlib.metadata.files(name) or ()
            compiled = any(path.suffix in (".so", ".pyd") for path in files)
            if compiled and re.sub(r"[-_.]+", "-", name).lower() not in locked:
                found.add(module)
    return found


def test_core_and_editor_run_without_compiled_packages_that_pyodide_lacks():
    missing = compiled_and_missing()
    assert not {"numpy", "scipy", "pandas", "h5py", "yaml", "pydantic_core"} & missing
    ended = subprocess.run(
        [sys.executable, "-c", WORK % sorted(missing)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_a_package_that_pyodide_lacks_would_be_seen():
    ended = subprocess.run(
        [sys.executable, "-c", WORK % ["yaml"]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode != 0
    assert "Pyodide has no yaml" in ended.stderr


def test_core_and_editor_ask_for_no_threads_and_no_processes():
    offenders = []
    for folder in PREPARED:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name in NOT_OF_A_PAGE:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                else:
                    continue
                offenders += [f"{name}: {one}" for one in names if one.partition(".")[0] in UNKNOWN_TO_BROWSERS]
    assert not offenders
