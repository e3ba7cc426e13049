"""The words of code and documents: the field's own, none of those that CONTRIBUTING.md leaves out."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PACKAGES = ("shortrange_core", "spectra", "structure", "reference_peaks", "electrochemistry", "shortrange")
PARTS = (*PACKAGES, "tests", "docs", "notebooks", "benchmarks", "studies")
NOT_PROSE = ("tests/data", "reference_peaks/claims", "reference_peaks/raw", "reference_peaks/bibliography")
WORDS = re.findall(r"^\| ([a-z ]+) \| (?!but)", GUIDE.partition("## Words")[2], re.MULTILINE)
NAMES = set(re.findall(r"`(\w+)`", GUIDE.partition("No function, class or field is called")[2].partition(":")[0]))


def files(*endings: str) -> Iterator[Path]:
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*")):
            place = path.relative_to(ROOT).as_posix()
            if path.suffix in endings and not place.startswith(NOT_PROSE) and path != Path(__file__):
                yield path
    yield from (path for path in sorted(ROOT.glob("*.md")) if path.suffix in endings and path.name != "CONTRIBUTING.md")


def forbidden(text: str, word: str) -> list[str]:
    """Where a word stands, in any case and form of its end."""
    return re.findall(rf"(?i)\b{word}(?:s|ed|ing)?\b", text.replace("\n", " "))


def named(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Names of functions, classes and fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        if isinstance(node, ast.ClassDef):
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    yield field.lineno, field.target.id


def bound(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Names of arguments and of what a function, a loop or a comprehension binds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id


def test_prose_and_code_use_the_words_of_the_field() -> None:
    assert len(WORDS) >= 4
    texts = {path: path.read_text(encoding="utf-8") for path in files(".py", ".md", ".ipynb", ".j2", ".html", ".toml")}
    assert len(texts) > 500
    used = [f"{path.relative_to(ROOT)}: {w}" for path, text in texts.items() for w in WORDS if forbidden(text, w)]
    assert used == []


def test_functions_classes_and_fields_say_what_they_are() -> None:
    assert {"said", "found", "known", "more"} == NAMES
    used = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in files(".py")
        for line, name in named(ast.parse(path.read_text(encoding="utf-8")))
        if name in NAMES
    ]
    assert used == []


def test_arguments_and_locals_say_what_they_are() -> None:
    trees = {
        path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
        for path in files(".py")
        if path.relative_to(ROOT).parts[0] in PACKAGES
    }
    assert len(trees) > 500
    assert [
        f"{place}:{line} {name}" for place, tree in trees.items() for line, name in bound(tree) if name in NAMES
    ] == []


def test_a_word_is_seen_in_every_form_and_across_lines() -> None:
    assert forbidden("a Door, doors; held\nagainst", "door") == ["Door", "doors"]
    assert forbidden("is held\nagainst", "held against") == ["held against"]
    assert forbidden("outdoors, a mendicant, amended", "mend") == []
    assert [name for _, name in named(ast.parse("class A:\n    found: int\n    def said(self): ..."))] == [
        "A", "found", "said"]  # fmt: skip
    code = "def f(said, *, known=0, **more):\n    return [found for found in said if (late := found)]"
    assert sorted(name for _, name in bound(ast.parse(code))) == ["found", "known", "late", "more", "said"]


def test_the_picture_of_the_house_is_what_the_contracts_say() -> None:
    picture = GUIDE.partition("```mermaid")[2].partition("```")[0]
    arrows = set(re.findall(r"^  (\w+) --(?: .* --)?> (\w+)$", picture, re.MULTILINE))
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(c["layers"] for c in contracts if "containers" not in c and c["type"] == "layers")
    floor = {name.strip(): level for level, names in enumerate(layers) for name in names.split(":")}
    assert {name for arrow in arrows for name in arrow} == set(floor)
    assert all(floor[above] < floor[below] for above, below in arrows)
    imported = {
        (package, module.split(".")[0])
        for package in floor
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for module in imports(node)
        if module.split(".")[0] in floor and module.split(".")[0] != package
    }
    assert imported - {("shortrange", "shortrange_core")} == arrows  # one arrow that would only cross the others


def imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""] if node.level == 0 else []
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


NAMED_TWICE = {
    "Alternative": "another solution of an impedance fit, and another reading of a line: the recipe's own word",
    "Minimum": "where chi2 of a fit is least, and that of the balances: one thing in two solvers of their own fields",
    "Profile": "limits of one parameter by its chi2, of a spectrum and of an impedance: one thing, other fields",
    "Quantity": "a published number, and a parameter of a circuit's element: both are called so by those who use them",
    "Sample": "what was measured: by photoelectrons, in a cell of known size, in a series of glasses",
    "Series": "glasses solved together, and elements of a circuit in series: the words of two fields",
    "Source": "a file to be read, and an entry of the bibliography: neither meets the other",
    "Table": "columns of a text as they stand in a file: spectra and electrochemistry read with no package in common",
}
"""Classes of one name in several modules, each with the reason for which it keeps its name."""


def test_one_class_has_a_name_unless_a_reason_is_given():
    defined: dict[str, list[str]] = {}
    for path in (path for part in PACKAGES for path in sorted((ROOT / part).rglob("*.py"))):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                defined.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())
    doubled = {name: places for name, places in defined.items() if len(places) > 1}
    assert sorted(doubled) == sorted(NAMED_TWICE), {name: doubled[name] for name in doubled.keys() ^ NAMED_TWICE.keys()}
