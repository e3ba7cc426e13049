"""The house as a whole: where packages come from, what names they use, what documents must say."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from studies.house import LONG_FILE, public_functions, sources

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("shortrange_core", "spectra", "structure", "reference_peaks", "electrochemistry", "shortrange")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_all_packages_come_from_one_place() -> None:
    places = {Path(str(importlib.import_module(name).__file__)).resolve().parents[1] for name in PACKAGES}
    assert len(places) == 1, (
        f"packages come from {sorted(map(str, places))}: an unrelated distribution (PyPI has one called spectra) hides "
        "one of ours; uninstall it, or install shortrange into an environment of its own"
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_never_share_a_name_with_a_public_function(package: str) -> None:
    public = set(importlib.import_module(package).__all__)
    modules = {path.stem for path in (ROOT / package).glob("*.py")} | {
        path.parent.name for path in (ROOT / package).glob("*/__init__.py")
    }
    loaded = importlib.import_module(package)
    shared = {name for name in public & modules if not isinstance(getattr(loaded, name), type(loaded))}
    assert not shared


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_there_and_is_typed(package: str) -> None:
    loaded = importlib.import_module(package)
    stub = ROOT / package / "__init__.pyi"
    for name in loaded.__all__:
        assert getattr(loaded, name) is not None
        if stub.exists():
            assert re.search(rf"\b{name}\b", stub.read_text()), f"{name} is not in {stub.name} of {package}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_function_is_documented(package: str) -> None:
    modules = sources(ROOT, package)
    public = [(name, node) for name, tree in modules.items() for node in public_functions(tree.body)]
    assert len(public) > 50
    assert [f"{name}.{node.name}" for name, node in public if not ast.get_docstring(node)] == []


def private_imports(package: str) -> list[str]:
    """Imports of a ``_module`` from outside the folder that it lies in."""
    found = []
    for path in sorted((ROOT / package).rglob("*.py")):
        room = path.relative_to(ROOT).parent.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                named = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in named:
                parts = name.split(".")
                private = [place for place, part in enumerate(parts) if re.match(r"_[a-z]", part)]
                if parts[0] in PACKAGES and private and tuple(parts[: private[0]]) != room:
                    found.append(f"{path.relative_to(ROOT).as_posix()}: {name}")
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_a_room_imports_the_page_of_another_and_never_its_private_modules(package: str) -> None:
    offenders = private_imports(package)
    assert not offenders, f"take these from the __init__ of their room: {offenders}"


def note_codes() -> dict[str, str]:
    codes = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == "Note" and isinstance(node.args[0].value, str):
                codes[node.args[0].value] = str(path.relative_to(ROOT))
    return codes


def test_a_folder_above_twenty_modules_has_its_reason() -> None:
    page = (ROOT / "docs" / "decisions" / "0016-the-cut-into-rooms.md").read_text(encoding="utf-8")
    table = page.partition("## Folders above 20 modules")[2]
    reasons = set(re.findall(r"^\| `([\w/]+)` \| .{12,} \|$", table, re.MULTILINE))
    folders = Counter(path.parent.relative_to(ROOT).as_posix() for path in SOURCES)
    assert {folder for folder, modules in folders.items() if modules > 20} == reasons


def test_a_file_above_three_hundred_lines_has_its_reason() -> None:
    page = (ROOT / "docs" / "decisions" / "0016-the-cut-into-rooms.md").read_text(encoding="utf-8")
    table = page.partition("## Files above 300 lines")[2]
    reasons = set(re.findall(r"^\| `([\w/.]+)` \| .{12,} \|$", table, re.MULTILINE))
    counted = [*SOURCES, *(ROOT / "studies").rglob("*.py")]
    lengths = {p.relative_to(ROOT).as_posix(): len(p.read_text(encoding="utf-8").splitlines()) for p in counted}
    assert len(lengths) > 500
    long = {path: number for path, number in lengths.items() if number > LONG_FILE}
    assert long.keys() == reasons, (
        f"cut these where they have a seam: {long}; reasons without need: {reasons - set(long)}"
    )


def test_every_note_code_stands_in_the_conventions_once_with_a_test_that_exists() -> None:
    text = (ROOT / "CONVENTIONS.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z0-9-]+)` \|.*\| `test_\w+::test_\w+`[^|]* \|$", text, flags=re.MULTILINE)
    assert [code for code, number in Counter(listed).items() if number > 1] == []
    missing = {code: path for code, path in note_codes().items() if code not in listed}
    assert not missing, f"codes without a row and its test in CONVENTIONS.md: {missing}"
    for file, function in re.findall(r"`(test_\w+)::(test_\w+)`", text):
        tests = (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8")
        assert f"def {function}(" in tests, f"{file}::{function} does not exist"


def test_no_eval_pickle_or_unsafe_yaml() -> None:
    offenders = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}:
                offenders.append(f"{path}: {node.func.id}")
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                offenders += [f"{path}: {name}" for name in names if name.split(".")[0] in {"pickle", "dill", "shelve"}]
    assert not offenders


def test_matplotlib_only_where_pictures_are_made() -> None:
    allowed = re.compile(r"(plots?|figures|report)\w*\.py$")
    offenders = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(r"^\s*(import|from) matplotlib", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        and not (allowed.search(path.name) or path.parent.name == "plots")
    ]
    assert not offenders


def test_the_library_of_a_wheel_needs_neither_numpy_nor_the_packages_of_a_run() -> None:
    """A wheel is built where only what pyproject.toml asks is; a build without isolation would not show it."""
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {re.split(r"[>=<]", text)[0] for text in stated["build-system"]["requires"]}
    assert asked == {"hatchling", "pyyaml", "pydantic"}
    absent = ("numpy", "scipy", "pandas", "xarray", "lazy_loader")
    code = f"import sys; sys.modules.update(dict.fromkeys({absent!r})); import hatch_build; hatch_build.library_json()"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


def test_wheel_holds_what_runs(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    missing = [str(p.relative_to(ROOT)) for p in SOURCES if p.relative_to(ROOT).as_posix() not in names]
    assert not missing
    for wanted in (
        "shortrange/reports/templates/report.html.j2",
        "shortrange/data/example/recipe.toml",
        "shortrange/data/CONVENTIONS.md",
        "shortrange/editor/page.html",
        "shortrange/editor/page.js",
        "shortrange/data/example/x060_31P.jdx",
        "spectra/py.typed",
        "spectra/xps/auger_lines.csv",
        "spectra/xps/cross_sections.csv",
        "spectra/xps/levels.csv",
    ):
        assert wanted in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "notebooks/"))]
