"""How many small faults in the code do its own tests see: balances, bounds, shapes and pooling.

OMP_NUM_THREADS=1 python -m studies.mutation GROUP [--number 40] [--seed 0] [--first 0]

A mutant is the code with one operator, comparison, sign or number changed. Those of a group are listed in the order of
the source, drawn without replacement by the seed, and each is run against the tests of its group in a copy of the tree;
``--first`` goes on in the same draw. A mutant that a test fails on, or that does not end in time, is seen. What
survives is printed with its place: it lacks a test, or changes nothing that a result shows.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
SECONDS = 300.0
"""A mutant that takes longer runs without end: the tests of a group take a tenth of it on a free core."""
WAIT = 0.05
LIBRARIES = (
    "h5netcdf", "lmfit", "matplotlib.pyplot", "pandas", "pybaselines", "scipy.linalg", "scipy.optimize",
    "scipy.special", "scipy.stats", "typer", "xarray",
)  # fmt: skip
"""Loaded once for all mutants."""
OWN = ("shortrange_core", "spectra", "structure", "reference_peaks", "electrochemistry", "shortrange", "studies")
"""Packages that every mutant loads from its own tree."""
LEFT = shutil.ignore_patterns(".git", ".venv", "*_cache", "__pycache__", "*.ipynb")
"""Files that no test of a group needs."""
GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "balances": (
        ("structure/balances",),
        ("test_structure_solve.py", "test_structure_evidence.py", "test_structure_mistakes.py",
         "test_structure_conflicts.py", "test_structure_exactness.py", "test_structure_balances.py"),
    ),
    "bounds": (
        ("shortrange_core/least_squares",),
        ("test_core_least_squares.py", "test_core_least_squares_groups.py", "test_core_corners.py",
         "test_core_arrow.py", "test_core_descent.py", "test_structure_exactness.py", "test_spectra_search.py"),
    ),
    "shapes": (("spectra/shapes",), ("test_spectra_shapes.py", "test_spectra_sidebands.py", "test_spectra_phase.py")),
    "pooling": (
        ("reference_peaks/pooling",),
        ("test_peaks_pooling.py", "test_peaks_library.py", "test_peaks_files.py", "test_library_windows.py"),
    ),
}  # fmt: skip
"""Folders of each group, and the tests that are its own."""
KEPT = (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom)
"""Texts of errors, and imports, are no subject."""
SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
EXTREMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any"}


class _QuickFirst:
    """Runs the tests in the order of the time that each took on the code as it is, which the first run writes down."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds: dict[str, float] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.first = not self.seconds

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self.seconds.get(item.nodeid, 0.0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        if self.first:
            self.path.write_text(json.dumps(self.seconds), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: the file, the line, what stood there and what stands there now, and the whole source."""

    path: Path
    line: int
    before: str
    after: str
    source: str


def changed(node: ast.AST) -> ast.AST | None:
    """The node with its one change, or None where there is none to make."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SWAPPED:
        return ast.Compare(node.left, [SWAPPED[type(node.ops[0])]()], node.comparators)  # type: ignore[list-item]
    if isinstance(node, ast.BinOp) and type(node.op) in SWAPPED:
        return ast.BinOp(node.left, SWAPPED[type(node.op)](), node.right)  # type: ignore[arg-type]
    if isinstance(node, ast.BoolOp):
        return ast.BoolOp(SWAPPED[type(node.op)](), node.values)  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        return node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return ast.Constant(node.value + 1)
    if isinstance(node, ast.Name) and node.id in EXTREMES and isinstance(node.ctx, ast.Load):
        return ast.Name(EXTREMES[node.id], node.ctx)
    if isinstance(node, ast.Attribute) and node.attr in EXTREMES:
        return ast.Attribute(node.value, EXTREMES[node.attr], node.ctx)
    return None


def places(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Parent, field and index of every node that may change; texts of errors, types and defaults of options stay."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list") or isinstance(value, KEPT):
            continue
        for index, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(item, ast.AST) and not isinstance(item, KEPT):
                if changed(item) is not None:
                    yield tree, name, index
                yield from places(item)


def mutants(paths: tuple[str, ...]) -> list[Mutant]:
    """Every mutant of the folders."""
    made = []
    for path in sorted(file for folder in paths for file in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for parent, name, index in list(places(tree)):
            holder = getattr(parent, name)
            node = holder if index is None else holder[index]
            new = ast.copy_location(changed(node) or node, node)
            _put(parent, name, index, new)
            own = path.relative_to(ROOT)
            made.append(Mutant(own, node.lineno, ast.unparse(node), ast.unparse(new), ast.unparse(tree)))
            _put(parent, name, index, node)
    return made


def _put(parent: ast.AST, name: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node


def seen(mutant: Mutant | None, tests: tuple[str, ...], copy: Path) -> bool:
    """Whether a test of the group fails on the mutant; on None, whether one fails on the code as it is."""
    kept = None if mutant is None else (copy / mutant.path).read_text(encoding="utf-8")
    if mutant is not None:
        (copy / mutant.path).write_text(mutant.source, encoding="utf-8")
    try:
        return _ended(tests, copy) != 0
    finally:
        if mutant is not None and kept is not None:
            (copy / mutant.path).write_text(kept, encoding="utf-8")


def _ended(tests: tuple[str, ...], copy: Path) -> int | None:
    """Exit code of the tests in a process of their own, None where they did not end in time.

    The process is a fork of this one, which has the libraries of others loaded: to load them takes longer than most
    mutants live.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = _tested(tests, copy)
        finally:
            os._exit(code)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(WAIT)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _tested(tests: tuple[str, ...], copy: Path) -> int:
    """Run the tests on the copy of the tree, in this process, without a word."""
    os.setsid()
    os.chdir(copy)
    os.environ |= {"PYTHONPATH": str(copy), "CI": ""}
    sys.dont_write_bytecode = True
    sys.path[:] = [str(copy), *(path for path in sys.path if path and Path(path).resolve() != ROOT)]
    for name in [name for name in sys.modules if name.split(".")[0] in OWN]:
        del sys.modules[name]
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    options = ["-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", *(f"tests/{name}" for name in tests)]
    return int(pytest.main(options, plugins=[_QuickFirst(copy / "seconds.json")]))


def main() -> None:
    """Draw, run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("group", choices=sorted(GROUPS))
    parser.add_argument("--number", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    folders, tests = GROUPS[given.group]
    every = mutants(folders)
    drawn = np.random.default_rng(given.seed).permutation(len(every))[given.first : given.first + given.number]
    for name in LIBRARIES:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=LEFT)
        if seen(None, tests, copy):
            raise SystemExit(f"{', '.join(tests)}: a test fails on the code as it is")
        survived = 0
        for count, number in enumerate(drawn.tolist(), start=1):
            mutant = every[number]
            killed = seen(mutant, tests, copy)
            survived += not killed
            what = "seen" if killed else "SURVIVED"
            print(f"{what} {mutant.path}:{mutant.line}: {mutant.before} -> {mutant.after}", flush=True)
            print(f"{given.group}: {count - survived} of {count} seen, of {len(every)}", file=sys.stderr, flush=True)
    print(f"{given.group}: {drawn.size - survived} of {drawn.size} drawn from {len(every)} are seen")


if __name__ == "__main__":
    main()
