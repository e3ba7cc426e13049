"""Print each measure with its count, and the seeds that fail."""

import argparse
import sys
from collections import Counter

import numpy as np

from studies.symmetric_cells import full_cell, judge, judge_full, symmetric_cell


def judged(seed: int, full: bool, relative: float | None) -> tuple[dict[str, bool], dict[str, str]]:
    """Verdicts of one seed, and what was drawn for the groups that full cells are counted by."""
    rng = np.random.default_rng(seed)
    if not full:
        return judge(symmetric_cell(rng, relative)), {}
    cell = full_cell(rng)
    return judge_full(cell, rng), dict(cell.drawn)


def main() -> None:
    """Judge ``--count`` cells from seed ``--first`` on; full cells by group too."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--relative", type=float, default=None)
    parser.add_argument("--full", action="store_true", help="full cells")
    asked = parser.parse_args()
    right, total, wrong = Counter[str](), Counter[str](), dict[str, list[int]]()
    for seed in range(asked.first, asked.first + asked.count):
        verdict, drawn = judged(seed, asked.full, asked.relative)
        for name, good in verdict.items():
            for place in (name, *(f"{name}, {what}: {group}" for what, group in drawn.items())):
                total[place] += 1
                right[place] += good
            if not good:
                wrong.setdefault(name, []).append(seed)
    for name in sorted(total, key=lambda place: ("," in place, place)):
        share, seeds = right[name] / total[name], wrong.get(name)
        said = f"{name:24s} {right[name]:5d} of {total[name]:5d} = {share:.4f}"
        sys.stdout.write(said + (f"  wrong: {seeds[:12]}\n" if seeds else "\n"))


if __name__ == "__main__":
    main()
