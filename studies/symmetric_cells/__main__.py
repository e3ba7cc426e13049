"""Print each measure with its count, and the seeds that fail."""

import argparse
import sys
from collections import Counter

import numpy as np

from studies.symmetric_cells import judge, judge_full, symmetric_cell


def main() -> None:
    """Judge ``--count`` cells from seed ``--first`` on."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--relative", type=float, default=None)
    parser.add_argument("--full", action="store_true", help="full cells")
    asked = parser.parse_args()
    right, total, wrong = Counter[str](), Counter[str](), dict[str, list[int]]()
    for seed in range(asked.first, asked.first + asked.count):
        rng = np.random.default_rng(seed)
        verdict = judge_full(rng) if asked.full else judge(symmetric_cell(rng, asked.relative))
        for name, good in verdict.items():
            total[name] += 1
            right[name] += good
            if not good:
                wrong.setdefault(name, []).append(seed)
    for name, count in total.items():
        share = right[name] / count
        sys.stdout.write(
            f"{name:24s} {right[name]:5d} of {count:5d} = {share:.4f}  wrong: {wrong.get(name, [])[:12]}\n"
        )


if __name__ == "__main__":
    main()
