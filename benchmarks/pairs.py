"""Is this tree faster or slower than another: interleaved pairs, processor time, ratio with 95 % limits.

    git worktree add ../before main
    OMP_NUM_THREADS=1 python benchmarks/pairs.py ../before [--pairs 15]

Each tree has a process of its own, which is asked in turns, first one then the other, and takes the same data: single
fits and a map of bench_fit.py, a map of bench_map.py, and starts so far off that lines stray. A ratio above 1 says that
this tree is slower; the mean of the logarithms of the pairs is printed with 95 % limits from their spread. Needs the
extras bench and fast.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.stats import t

HERE = Path(__file__).resolve().parent
FITS, PIXELS = 20, 50
KINDS = ("fit, near starts", "fit, far starts", "map of bench_fit", "map of bench_map")


def works() -> dict[str, Callable[[int], object]]:
    """What is timed, each from the seed of its data."""
    import bench_fit  # noqa: PLC0415 - in the process of a tree
    import bench_map  # noqa: PLC0415

    import spectra  # noqa: PLC0415

    near, far, three = bench_fit.ours(bench_fit.EASY), bench_fit.ours(bench_fit.HARD), bench_map.model()
    axis = np.linspace(0.0, 100.0, 512)

    def alone(model: spectra.Model, seed: int) -> None:
        for one in range(seed * FITS, (seed + 1) * FITS):
            spectra.fit(bench_fit.spectrum_of(bench_fit.data(one)), model, check=False)

    def stacked(model: spectra.Model, axis: str, x: np.ndarray, rows: np.ndarray) -> None:
        cube = spectra.from_arrays(x, rows[0], axis=axis, noise=0.05).assign(intensity=(("pixel", axis), rows))
        with tempfile.TemporaryDirectory() as store:
            spectra.fit_map(cube, model, store=store, chunk=PIXELS).load()

    def six(seed: int) -> None:
        rows = np.array([bench_fit.data(one) for one in range(seed * PIXELS, (seed + 1) * PIXELS)])
        stacked(near, "chemical_shift", bench_fit.X, rows)

    return dict(
        zip(
            KINDS,
            (
                lambda seed: alone(near, seed),
                lambda seed: alone(far, seed),
                six,
                lambda seed: stacked(three, "raman_shift", axis, bench_map.block(axis, seed, PIXELS)),
            ),
            strict=True,
        )
    )


def answer() -> None:
    """Time what is asked for on standard input, line by line."""
    asked = works()
    for line in sys.stdin:
        kind, seed = line.rstrip().rsplit(" ", 1)
        begin = time.process_time()
        asked[kind](int(seed))
        print(time.process_time() - begin, flush=True)


class Tree:
    """A process that imports the packages of one tree."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--answer", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(folder)},
        )
        assert self.process.stdin
        assert self.process.stdout
        self.asked, self.told = self.process.stdin, self.process.stdout

    def seconds(self, kind: str, seed: int) -> float:
        """Processor time of one piece of work."""
        self.asked.write(f"{kind} {seed}\n")
        self.asked.flush()
        return float(self.told.readline())

    def end(self) -> None:
        """Let the process go."""
        self.process.communicate()


def main() -> None:
    """Print the ratio of every kind of work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    parser.add_argument("--answer", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.answer:
        answer()
        return
    this, other = Tree(HERE.parent), Tree(given.other.resolve())
    print("| work | this / other | 95 % limits | ms here |\n|---|---|---|---|")
    for kind in given.kinds:
        this.seconds(kind, given.pairs), other.seconds(kind, given.pairs)
        logs, here = [], []
        for seed in range(given.pairs):
            order = (this, other) if seed % 2 else (other, this)
            took = {tree: tree.seconds(kind, seed) for tree in order}
            logs.append(np.log(took[this] / took[other]))
            here.append(took[this])
        mean, half = np.mean(logs), t.ppf(0.975, len(logs) - 1) * np.std(logs, ddof=1) / np.sqrt(len(logs))
        low, high = np.exp([mean - half, mean + half])
        each = 1e3 * np.median(here) / (FITS if kind.startswith("fit") else PIXELS)
        print(f"| {kind} | {np.exp(mean):.3f} | {low:.3f} to {high:.3f} | {each:.2f} |", flush=True)
    for tree in (this, other):
        tree.end()


if __name__ == "__main__":
    main()
