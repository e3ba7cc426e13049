"""Maps of many spectra: time against the number of spectra and points, peak memory, dask.distributed.

    OMP_NUM_THREADS=1 python benchmarks/bench_map.py [--most 10000] [--cluster] [--csv FILE]

The data are made lazily, chunk by chunk, so that only the chunks in work are ever in memory; every size runs in a
process of its own, whose largest resident memory is printed. Three pseudo-Voigts on a line.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import dask
import dask.array
import figures
import numpy as np

import spectra
from spectra import Model, backgrounds, peak, shapes

CENTERS = (20.0, 50.0, 80.0)
NOISE = 0.05


def model() -> Model:
    lines = tuple(
        peak(f"p{k}", {"area": (30.0, 0.0, 1e3), "center": (c + 1, c - 6, c + 6), "fwhm": (9.0, 2.0, 30.0)})
        for k, c in enumerate(CENTERS)
    )
    return Model("", "raman_shift", lines, (backgrounds.linear(),))


def block(x: np.ndarray, first: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(first)
    out = np.empty((count, x.size))
    for row in range(count):
        out[row] = 1 + 0.01 * x + rng.normal(0, NOISE, x.size)
        for c in CENTERS:
            out[row] += shapes.pseudo_voigt(x, rng.uniform(20, 60), c + rng.normal(0, 0.5), rng.uniform(7, 10), 0.4)
    return out


def cube(count: int, points: int, chunk: int):
    x = np.linspace(0.0, 100.0, points)
    make = dask.delayed(block)
    parts = [
        dask.array.from_delayed(make(x, low, min(chunk, count - low)), (min(chunk, count - low), points), float)
        for low in range(0, count, chunk)
    ]
    like = spectra.from_arrays(x, block(x, 0, 1)[0], axis="raman_shift", noise=NOISE)
    return like.assign(intensity=(("pixel", "raman_shift"), dask.array.concatenate(parts)))


def one(count: int, points: int, chunk: int) -> None:
    lazy = cube(count, points, chunk)
    with tempfile.TemporaryDirectory() as folder, dask.config.set(scheduler="synchronous"):
        spectra.fit_map(cube(2, points, 2), model(), store=f"{folder}/warm")
        begin = time.process_time()
        found = spectra.fit_map(lazy, model(), store=f"{folder}/run", chunk=chunk)
        each = (time.process_time() - begin) / count
        trusted = int((found["status"] <= 2).sum().compute())
    peak_memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([1e3 * each, peak_memory, trusted]))


def on_cluster(workers: int, count: int) -> None:
    from distributed import Client, LocalCluster  # noqa: PLC0415 - the extra cluster

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
        tempfile.TemporaryDirectory() as folder,
    ):
        spectra.fit_map(cube(2 * workers, 256, 1), model(), store=f"{folder}/warm", chunk=1)
        begin = time.perf_counter()
        spectra.fit_map(cube(count, 256, 50), model(), store=f"{folder}/run", chunk=50)
        print(f"| {workers} | {count} | {time.perf_counter() - begin:.1f} |", flush=True)


if __name__ == "__main__":
    parser = figures.parser(__doc__)
    parser.add_argument("--most", type=int, default=10_000)
    parser.add_argument("--cluster", action="store_true")
    parser.add_argument("--one", type=int, nargs=3)
    chosen = parser.parse_args()
    if chosen.one:
        one(*chosen.one)
        sys.exit()
    table = figures.Table("bench_map", "spectra x points", ms_a_spectrum=".2f", peak_memory_MB=".0f", trusted="d")
    sizes = [(10**k, 256, 100) for k in range(2, 6) if 10**k <= chosen.most]
    sizes += [(300, points, 100) for points in (512, 1024, 2048)]
    for size in sizes:
        command = [sys.executable, __file__, "--one", *map(str, size)]
        alone = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        table.row(f"{size[0]} x {size[1]}", *json.loads(alone.stdout))
    table.keep(chosen.csv)
    if chosen.cluster:
        print("\n| workers | spectra | wall s |\n|---|---|---|", flush=True)
        for number in (1, 2):
            on_cluster(number, 2000)
