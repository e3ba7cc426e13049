"""The built-in example, as a user runs it: wall time, processor time and largest memory of a fresh process.

    python benchmarks/bench_example.py [--options="--routes stepwise,joint"]
    OMP_NUM_THREADS=1 python benchmarks/bench_example.py --other ../before --pairs 5 \\
        --options="--routes stepwise,joint" --other-options=""

With another tree both take turns, one run at a time, the other one first in every second pair; the ratios have 95 %
limits from the spread of the pairs. Processor time is that of all processes of a run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pairs

HERE = Path(__file__).resolve().parents[1]


def taken(tree: Path, options: str) -> tuple[float, float, float]:
    """Seconds of wall and processor, and MiB of the largest process, of the example of one tree."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "shortrange", "example", str(Path(folder) / "series"), "--quiet"]
        environment = os.environ | {"PYTHONPATH": str(tree)}
        start = time.perf_counter()
        process = subprocess.Popen([*command, *options.split()], stdout=subprocess.DEVNULL, cwd=tree, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        if os.waitstatus_to_exitcode(status):
            raise SystemExit(f"the example of {tree.name} failed")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def told(name: str, took: tuple[float, float, float]) -> str:
    return f"{name} {took[0]:.1f} s wall, {took[1]:.1f} s processor, {took[2]:.0f} MiB"


def beside(other: Path, options: tuple[str, str], count: int) -> None:
    """Print what both trees take, and the ratios of wall and processor time."""
    logs = []
    for number in range(count):
        runs = [("this", HERE, options[0]), ("other", other.resolve(), options[1])]
        took = {name: taken(tree, given) for name, tree, given in (runs if number % 2 else runs[::-1])}
        load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
        print("; ".join([told(name, took[name]) for name, *_ in runs] + [load]), flush=True)
        logs.append(np.log(np.array(took["this"][:2]) / np.array(took["other"][:2])))
    for what, of_pairs in zip(("wall", "processor"), np.transpose(logs).tolist(), strict=True):
        ratio, low, high = pairs.ratio_of(of_pairs)
        print(f"{what}: this / other {ratio:.3f} ({low:.3f} to {high:.3f})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--other", type=Path)
    parser.add_argument("--options", default="")
    parser.add_argument("--other-options", default="")
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    if given.other is None:
        print(told("shortrange example:", taken(HERE, given.options)))
    else:
        beside(given.other, (given.options, given.other_options), given.pairs)
