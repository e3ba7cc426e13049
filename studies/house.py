"""The house in numbers: folders, floors, arrows, circles, lines, lengths of functions, documented functions.

``python -m studies.house [TREE] [--json]`` reads the sources of a checkout; nothing is imported, so that an older
checkout can be counted beside the present one. A node is a room, that is a folder, or a module that lies beside the
rooms of its package; an arrow is an import from one node to another of the same package; the floor of a node is the
longest chain of arrows below it. A package without rooms counts its modules.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

PACKAGES = ("shortrange_core", "spectra", "structure", "reference_peaks", "electrochemistry", "shortrange")
LONG_FUNCTION = 40
LONG_FILE = 300
Graph = Mapping[str, set[str]]


def sources(tree: Path, package: str) -> dict[str, ast.Module]:
    """Modules of a package by dotted name."""
    found = {}
    for path in sorted((tree / package).rglob("*.py")):
        parts = path.relative_to(tree).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def node_of(module: str, modules: Mapping[str, ast.Module]) -> str:
    """Room of a module: its first folder below the package, or the module itself."""
    room = ".".join(module.split(".")[:2])
    return room if room in modules else module


def imported(tree: ast.Module, modules: Mapping[str, ast.Module]) -> Iterator[str]:
    """Modules of the same package that a module imports, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield from (name for name in (whole, node.module) if name in modules)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)


def arrows(modules: Mapping[str, ast.Module], package: str) -> Graph:
    """Nodes that every node imports; the page of the package itself is the roof and counts for nothing."""
    graph: dict[str, set[str]] = {node_of(module, modules): set() for module in modules if module != package}
    for module, tree in modules.items():
        if module == package:
            continue
        here = node_of(module, modules)
        graph[here] |= {node_of(other, modules) for other in imported(tree, modules)} - {here, package}
    return graph


def circles(graph: Graph) -> list[str]:
    """Nodes that can be reached from themselves."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [*graph[start]]
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                todo += graph[node]
        return seen

    return sorted(node for node in graph if node in reached(node))


def floors(graph: Graph) -> int:
    """Length of the longest chain of arrows, in nodes; 0 where a circle leaves none."""
    if circles(graph):
        return 0
    height: dict[str, int] = {}

    def of(node: str) -> int:
        if node not in height:
            height[node] = 1 + max((of(other) for other in graph[node]), default=0)
        return height[node]

    return max((of(node) for node in graph), default=0)


def body_length(node: ast.FunctionDef) -> int:
    """Lines of a function without its docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    has_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return lines - ((first.end_lineno or 0) - first.lineno + 1 if has_text else 0)


def public_functions(body: Iterable[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """Functions that others can call: those of a module and of its public classes, not what a function holds inside."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if isinstance(node, ast.FunctionDef):
                yield node
            else:
                yield from public_functions(node.body)


def of_package(tree: Path, package: str) -> dict[str, int]:
    """The numbers of one package."""
    modules = sources(tree, package)
    graph = arrows(modules, package)
    functions = [n for t in modules.values() for n in ast.walk(t) if isinstance(n, ast.FunctionDef)]
    public = [n for t in modules.values() for n in public_functions(t.body)]
    lengths = [body_length(n) for n in functions] or [0]
    sizes = {name: (max((n.end_lineno or 0 for n in t.body), default=0)) for name, t in modules.items()}
    return {
        "modules": len(modules),
        "nodes": len(graph),
        "floors": floors(graph),
        "arrows": sum(len(others) for others in graph.values()),
        "circles": len(circles(graph)),
        "lines": sum(sizes.values()),
        f"files > {LONG_FILE}": sum(size > LONG_FILE for size in sizes.values()),
        "functions": len(functions),
        "median length": round(statistics.median(lengths)),
        "longest": max(lengths),
        f"> {LONG_FUNCTION}": sum(length > LONG_FUNCTION for length in lengths),
        "public": len(public),
        "documented": sum(ast.get_docstring(n) is not None for n in public),
    }


def tabled(rows: list[list[str]]) -> str:
    """Rows of text as columns, the first to the left and the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))] for row in rows)
    return "\n".join("  ".join(line) for line in lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", nargs="?", type=Path, default=Path(__file__).resolve().parents[1], help="a checkout")
    parser.add_argument("--json", action="store_true", help="one object by package")
    asked = parser.parse_args()
    found = {package: of_package(asked.tree, package) for package in PACKAGES if (asked.tree / package).is_dir()}
    if asked.json:
        print(json.dumps(found, indent=1))
    else:
        rows = [{"package": name, **numbers} for name, numbers in found.items()]
        print(tabled([[*rows[0]], *([str(cell) for cell in row.values()] for row in rows)]))


if __name__ == "__main__":
    main()
