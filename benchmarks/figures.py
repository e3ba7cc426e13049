"""Figures of benchmarks as data: every table that is printed can be kept with its commit, and two commits compared.

    python benchmarks/bench_map.py --csv benchmarks/figures.csv
    python benchmarks/figures.py COMMIT OTHER [--kept benchmarks/figures.csv]

A row of the file is one number: commit, benchmark, what was timed, quantity, value. A commit with changes that are not
committed ends in "+". Seconds of two runs depend on the machine and its load; benchmarks/pairs.py asks both in turns.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEPT = HERE / "figures.csv"
FIELDS = ("commit", "benchmark", "what", "quantity", "value")
Row = tuple[str, str, str, str, str]


def commit(tree: Path = HERE) -> str:
    """Short hash of the commit of a tree, with "+" where tracked files were changed; "?" outside of a checkout."""

    def git(*words: str) -> str:
        asked = subprocess.run(["git", *words], cwd=tree, capture_output=True, text=True, check=False)
        return asked.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!*.csv")
    return (git("rev-parse", "--short", "HEAD") or "?") + "+" * bool(changed)


class Table:
    """A table that is printed row by row, and whose numbers can be kept.

    Parameters
    ----------
    benchmark
        Name of the script.
    what
        Title of the first column.
    **columns
        Format of each further column by its title, with "_" for a blank; "" for one of words.
    """

    def __init__(self, benchmark: str, what: str, **columns: str) -> None:
        self.benchmark, self.rows = benchmark, list[tuple[str, str, float]]()
        self.columns = {name.replace("_", " "): form for name, form in columns.items()}
        print(f"| {' | '.join((what, *self.columns))} |\n|{'---|' * (len(columns) + 1)}", flush=True)

    def row(self, what: str, *values: float | str | None) -> None:
        """Print one row; None is an empty cell."""
        cells = []
        for (name, form), value in zip(self.columns.items(), values, strict=True):
            cells.append("" if value is None else format(value, form))
            if value is not None and not isinstance(value, str):
                self.rows.append((what, name, float(value)))
        print(f"| {' | '.join((what, *cells))} |", flush=True)

    def keep(self, path: Path | None) -> None:
        """Add the numbers to a file, with the commit of this tree."""
        if path is None:
            return
        fresh, here = not path.exists(), commit()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            if fresh:
                writer.writerow(FIELDS)
            writer.writerows((here, self.benchmark, what, name, f"{value:.6g}") for what, name, value in self.rows)


def parser(text: str | None) -> argparse.ArgumentParser:
    """Options that every benchmark has: ``--csv FILE`` keeps its figures."""
    made = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--csv", type=Path, help="File that the figures are added to.")
    return made


def figures_of(rows: Sequence[dict[str, str]], name: str) -> dict[tuple[str, str, str], float]:
    """The last figures of a commit, by benchmark, what and quantity."""
    found = {(r["benchmark"], r["what"], r["quantity"]): float(r["value"]) for r in rows if r["commit"] == name}
    if not found:
        names = ", ".join(dict.fromkeys(r["commit"] for r in rows))
        raise SystemExit(f"no figures of {name!r}; there are those of {names or 'none'}")
    return found


def main() -> None:
    """Print the figures of two commits side by side, with their ratio."""
    own = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    own.add_argument("commit")
    own.add_argument("other")
    own.add_argument("--kept", type=Path, default=KEPT)
    given = own.parse_args()
    with given.kept.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    this, other = figures_of(rows, given.commit), figures_of(rows, given.other)
    print(f"| benchmark | what | quantity | {given.commit} | {given.other} | ratio |\n|---|---|---|---|---|---|")
    for key in (key for key in this if key in other):
        ratio = f"{this[key] / other[key]:.3f}" if other[key] else ""
        print(f"| {' | '.join(key)} | {this[key]:.6g} | {other[key]:.6g} | {ratio} |")


if __name__ == "__main__":
    main()
