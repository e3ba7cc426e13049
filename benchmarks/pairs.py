"""Is this tree faster or slower than another: interleaved pairs, processor time, ratio with 95 % limits.

    git worktree add ../before main
    OMP_NUM_THREADS=1 python benchmarks/pairs.py ../before [--pairs 15] [--csv FILE]

Each tree has a process of its own, which is asked in turns, first one then the other, and takes the same data: single
fits and a map of bench_fit.py, from starts so far off that lines leave their windows too, a map of bench_map.py (both
maps also without following exchanged areas, which older trees do not do), the seven lines with sidebands of
bench_sidebands.py, solutions of one glass, fits of a circuit, a text of many rows. Only public names are used, so
that older trees answer.
A ratio above 1 says that this tree is slower; the mean of the logarithms of the pairs is printed with 95 % limits from
their spread. Needs the extras bench and fast.
"""

from __future__ import annotations

import argparse
import inspect
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import figures
import numpy as np
from scipy.stats import t

HERE = Path(__file__).resolve().parent
FITS, PIXELS, MANIFOLDS, SOLVES, ROWS = 20, 50, 60, 40, 20_000
SLOWER = 1.05
Work = Callable[[int], object]


def spectral() -> dict[str, Work]:
    """Fits of bench_fit.py from two starts, and maps of both scripts."""
    import bench_fit  # noqa: PLC0415 - in the process of a tree
    import bench_map  # noqa: PLC0415

    import spectra  # noqa: PLC0415

    near, far, three = bench_fit.ours(bench_fit.EASY), bench_fit.ours(bench_fit.HARD), bench_map.model()
    axis = np.linspace(0.0, 100.0, 512)

    def alone(model: spectra.Model, seed: int) -> None:
        for one in range(seed * FITS, (seed + 1) * FITS):
            spectra.fit(bench_fit.spectrum_of(bench_fit.data(one)), model, check=False)

    plain = {"exchanges": False} if "exchanges" in inspect.signature(spectra.fit_map).parameters else {}

    def stacked(model: spectra.Model, axis: str, x: np.ndarray, rows: np.ndarray, **options: bool) -> None:
        cube = spectra.from_arrays(x, rows[0], axis=axis, noise=0.05).assign(intensity=(("pixel", axis), rows))
        with tempfile.TemporaryDirectory() as store:
            spectra.fit_map(cube, model, store=store, chunk=PIXELS, **options).load()

    def six(seed: int, **options: bool) -> None:
        rows = np.array([bench_fit.data(one) for one in range(seed * PIXELS, (seed + 1) * PIXELS)])
        stacked(near, "chemical_shift", bench_fit.X, rows, **options)

    def few(seed: int, **options: bool) -> None:
        stacked(three, "raman_shift", axis, bench_map.block(axis, seed, PIXELS), **options)

    return {
        "fit, near starts": lambda seed: alone(near, seed),
        "fit, far starts": lambda seed: alone(far, seed),
        "map of bench_fit": six,
        "map of bench_map": few,
        "map of bench_fit, no exchanges": lambda seed: six(seed, **plain),
        "map of bench_map, no exchanges": lambda seed: few(seed, **plain),
    }


def manifolds(seed: int, *phase: float) -> None:
    """Seven lines with all their sidebands and derivatives, a little elsewhere at every call."""
    import bench_sidebands  # noqa: PLC0415

    import spectra.shapes  # noqa: PLC0415

    shape = spectra.shapes.shape_named("phased_mas" if phase else "mas")
    x = np.linspace(-250.0, 350.0, 1037)
    center, gauss, zeta, eta = np.array(bench_sidebands.GLASS).T[:, :, None]
    lorentz = np.ones_like(center)
    for call in range(MANIFOLDS):
        shape.kernel(x, center + 1e-6 * seed + 1e-9 * call, gauss, lorentz, zeta, eta, 20e3, 202.4, *phase)


def solved(seed: int) -> None:
    """Fractions of 12 units of one glass from areas that are new each time."""
    import structure  # noqa: PLC0415
    from shortrange_core import Estimates  # noqa: PLC0415

    rng = np.random.default_rng(seed)
    labels = (*structure.species(structure.composition("Na3PS3.4O0.6"), max_bridges=2)[:10], "Na2S", "Na2O")
    truth = dict(zip(labels, [*rng.dirichlet(np.ones(10)), 0.1, 0.02], strict=True))
    glass = structure.glass_of(truth)
    for _ in range(SOLVES):
        values = np.abs(np.array(list(truth.values())) + 0.02 * rng.normal(size=len(labels)))
        areas = Estimates.build(list(labels), values, np.full(len(labels), 4e-4), assignment=list(labels))
        structure.solve(glass, labels, [structure.from_areas(areas, scale=1.0, name="areas")], check=False)


def circuits(seed: int) -> None:
    """One simulated spectrum of two arcs, fitted from its own start and from eight drawn ones."""
    import electrochemistry as ec  # noqa: PLC0415

    rng = np.random.default_rng(seed)
    f = np.geomspace(1.0, 1e6, 61)
    text, start = "R0-p(R1,CPE1)-p(R2,CPE2)", {}
    start = dict(zip(ec.circuit(text).names, (20.0, 300.0, 1e-8, 0.9, 800.0, 1e-6, 0.85), strict=True))
    truth = {name: value * rng.uniform(0.9, 1.1) for name, value in start.items()}
    z = ec.circuit(text).impedance(f, truth)
    z = z * (1 + 0.003 * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size)))
    spectrum = ec.spectrum_from_arrays(f, z)
    ec.fit_circuit(spectrum, text, start=start, starts=8, rng=np.random.default_rng(seed), check=False)


def written(seed: int) -> None:
    """A text of two columns and 20 000 rows, read with its noise."""
    import spectra  # noqa: PLC0415

    rng = np.random.default_rng(seed)
    x = np.linspace(200, 1800, ROWS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.txt"
        np.savetxt(path, np.stack([x, rng.normal(500, 5, x.size)], axis=1), fmt="%.5f", delimiter="\t")
        begin = time.process_time()
        spectra.read(path, technique="Raman")
    written.took = time.process_time() - begin


KINDS = {"fit, near starts": FITS, "fit, far starts": FITS, "map of bench_fit": PIXELS, "map of bench_map": PIXELS,
         "map of bench_fit, no exchanges": PIXELS, "map of bench_map, no exchanges": PIXELS,
         "lines with sidebands": MANIFOLDS, "lines in a phase": MANIFOLDS,
         "solve": SOLVES, "circuit": 1, "text of two columns": 1}  # fmt: skip
"""What is timed, and how many of it one asking does."""


def works() -> dict[str, Work]:
    """What is timed, each from the seed of its data."""
    lines = {"lines with sidebands": manifolds, "lines in a phase": lambda seed: manifolds(seed, 3.0, 0.01, 50.0)}
    return {**spectral(), **lines, "solve": solved, "circuit": circuits, "text of two columns": written}


def answer() -> None:
    """Time what is asked for on standard input, line by line."""
    asked = works()
    for line in sys.stdin:
        kind, seed = line.rstrip().rsplit(" ", 1)
        begin = time.process_time()
        asked[kind](int(seed))
        took = time.process_time() - begin
        print(getattr(asked[kind], "took", took), flush=True)  # a work that makes its file first times itself


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


def ratio_of(logs: Sequence[float]) -> tuple[float, float, float]:
    """Ratio of pairs from its logarithms, and its 95 % limits from their spread."""
    mean, half = np.mean(logs), t.ppf(0.975, len(logs) - 1) * np.std(logs, ddof=1) / np.sqrt(len(logs))
    return float(np.exp(mean)), float(np.exp(mean - half)), float(np.exp(mean + half))


def main() -> None:
    """Print the ratio of every kind of work."""
    parser = figures.parser(__doc__)
    parser.add_argument("other", type=Path)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--answer", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.answer:
        answer()
        return
    this, other = Tree(HERE.parent), Tree(given.other.resolve())
    table = figures.Table(
        f"pairs, against {figures.commit(given.other)}", "work",
        this_by_other=".3f", lower_95=".3f", upper_95=".3f", ms_here=".2f", verdict="",
    )  # fmt: skip
    for kind in given.kinds:
        this.seconds(kind, given.pairs), other.seconds(kind, given.pairs)
        logs, here = [], []
        for seed in range(given.pairs):
            order = (this, other) if seed % 2 else (other, this)
            took = {tree: tree.seconds(kind, seed) for tree in order}
            logs.append(np.log(took[this] / took[other]))
            here.append(took[this])
        ratio, low, high = ratio_of(logs)
        each = 1e3 * np.median(here) / KINDS[kind]
        table.row(kind, ratio, low, high, each, "slower" if low > SLOWER else "")
    table.keep(given.csv)
    for tree in (this, other):
        tree.end()


if __name__ == "__main__":
    main()
