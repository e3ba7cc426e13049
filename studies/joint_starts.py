"""How often random starts of the joint route end in the minimum of the result.

OMP_NUM_THREADS=1 python -m studies.joint_starts whole STORE [--first 9300] [--number 12] [--starts 20] [--arm clean]
OMP_NUM_THREADS=1 python -m studies.joint_starts small STORE [--first 0] [--number 12] [--starts 20]
python -m studies.joint_starts summary STORE [STORE ...]

`whole`: series of the second simulator, four glasses and three techniques, analysed from files by a recipe with the key
`joint_starts`. `small`: three glasses, three techniques, two lines (studies/joint_tension/_two_lines.py). One JSON line
a series: of every end how many starts came to it, its chi2 above the best, whether it is a minimum and the result, and
by how much its amounts differ from the best at most. Where the route's own end is none of them, the best stands for it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import shortrange
from shortrange.joint import far_ends, optima
from shortrange.results import Optimum
from studies.joint_tension._two_lines import NOISE, Truth, X, fitted
from studies.second_simulator import settings, simulate, write
from studies.series_calibration import _fractions_alone, recipe_of

ALIKE = 1.0
"""chi2 above the best up to which no data tell two minima apart."""


def whole(arm: str, seed: int, starts: int) -> Sequence[Optimum]:
    """Ends of a series of the second simulator."""
    series = simulate(settings(arm), seed)
    with tempfile.TemporaryDirectory() as folder, _fractions_alone():
        write(series, Path(folder))
        path = Path(folder) / "recipe.toml"
        path.write_text(f"joint_starts = {starts}\n{recipe_of(series)}", encoding="utf-8")
        analysis = shortrange.analyse(shortrange.read_recipe(path), routes=("stepwise", "joint"))
    return () if analysis.joint is None else analysis.joint.optima


def small(_arm: str, seed: int, starts: int) -> Sequence[Optimum]:
    """Ends of a small series."""
    rng = np.random.default_rng(seed)
    found = fitted({key: y + rng.normal(0.0, NOISE, X.size) for key, y in Truth(rng).expected().items()})
    return optima(found.likelihood, found.minimum, far_ends(found.likelihood, starts, rng))


def record(seed: int, ends: Sequence[Optimum]) -> dict[str, object]:
    """A series as a record; the start of the route itself is not counted."""
    best = next((end.amounts for end in ends), {})
    return {
        "seed": seed,
        "ends": [
            {
                "starts": end.starts - end.result,
                "above": round(end.above, 4),
                "minimum": end.minimum,
                "result": end.result,
                "apart": round(max(abs(value - best[name]) for name, value in end.amounts.items()), 4),
            }
            for end in ends
        ],
    }


def summary(records: Sequence[dict]) -> str:
    """A row a series, and sums."""
    text = [
        "| seed | starts | in the result | within chi2 + 1 of it | lower than it | in others | not converged | others |"
    ]
    text.append("|---" * 8 + "|")
    total = np.zeros(6, dtype=int)
    for row in records:
        level = next((end["above"] for end in row["ends"] if end["result"]), 0.0)
        count = np.zeros(6, dtype=int)
        for end in row["ends"]:
            count[_column(end, level)] += end["starts"]
            count[0] += end["starts"]
        total += count
        others = [end for end in row["ends"] if end["minimum"] and end["above"] > level + ALIKE and end["starts"]]
        listed = ", ".join(f"{end['above']:.4g} ({end['apart']:.3f})" for end in others[:4])
        text.append(f"| {row['seed']} | {' | '.join(map(str, count))} | {listed} |")
    text.append(f"| all | {' | '.join(map(str, total))} | |")
    return "\n".join(text)


def _column(end: dict, level: float) -> int:
    if not end["minimum"]:
        return 5
    if end["result"]:
        return 1
    if abs(end["above"] - level) <= ALIKE:
        return 2
    return 3 if end["above"] < level else 4


def main() -> None:
    """Run or summarise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("whole", "small", "summary"))
    parser.add_argument("stores", nargs="+", type=Path)
    parser.add_argument("--arm", default="clean")
    parser.add_argument("--first", type=int, default=9300)
    parser.add_argument("--number", type=int, default=12)
    parser.add_argument("--starts", type=int, default=20)
    given = parser.parse_args()
    if given.what == "summary":
        print(summary([json.loads(line) for store in given.stores for line in store.read_text().splitlines()]))
        return
    warnings.simplefilter("ignore")
    made = whole if given.what == "whole" else small
    for seed in range(given.first, given.first + given.number):
        began = time.process_time()
        row = record(seed, made(given.arm, seed, given.starts))
        with given.stores[0].open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")
        print(f"seed {seed}: {time.process_time() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
