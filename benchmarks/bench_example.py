"""The built-in example, as a user runs it: wall time and largest memory of one fresh process.

    python benchmarks/bench_example.py
    OMP_NUM_THREADS=1 python benchmarks/bench_example.py --other ../before [--routes stepwise,joint] [--pairs 3]

With another tree the example is analysed by both, side by side in a process each, and the ratio of their processor
time has 95 % limits from the spread of the pairs.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pairs

HERE = Path(__file__).resolve().parents[1]


def alone() -> None:
    """Print what the example takes."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        command = [sys.executable, "-m", "shortrange", "example", str(Path(folder) / "series"), "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = usage.ru_utime + usage.ru_stime
    print(f"shortrange example: {seconds:.1f} s wall, {cpu:.1f} s processor, {usage.ru_maxrss / 1024:.0f} MiB at most")


def beside(other: Path, routes: str, count: int) -> None:
    """Print the processor time of the analysis of the example in both trees, and their ratio."""
    trees, logs = (HERE, other.resolve()), []
    with tempfile.TemporaryDirectory() as folder:
        write = "import sys, shortrange.example as made; print(made.write_example(sys.argv[1]))"
        command = [sys.executable, "-c", write, str(Path(folder) / "series")]
        wrote = subprocess.run(command, check=True, capture_output=True, text=True)
        recipe = wrote.stdout.splitlines()[-1]
        for number in range(count):
            running = []
            for tree in trees if number % 2 else trees[::-1]:
                out = str(Path(folder) / f"{number}_{trees.index(tree)}")
                command = [sys.executable, "-m", "shortrange", "analyse", recipe, "--out", out, "--routes", routes]
                environment = os.environ | {"PYTHONPATH": str(tree)}
                process = subprocess.Popen([*command, "--quiet"], stdout=subprocess.DEVNULL, cwd=tree, env=environment)
                running.append((tree, process))
            took = {}
            for tree, process in running:
                _, status, usage = os.wait4(process.pid, 0)
                if os.waitstatus_to_exitcode(status):
                    raise SystemExit(f"the analysis of {tree.name} failed")
                took[tree] = usage.ru_utime + usage.ru_stime
            print(f"this {took[HERE]:.1f} s, other {took[trees[1]]:.1f} s", flush=True)
            logs.append(float(np.log(took[HERE] / took[trees[1]])))
    ratio, low, high = pairs.ratio_of(logs)
    print(f"this / other: {ratio:.3f} ({low:.3f} to {high:.3f})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--other", type=Path)
    parser.add_argument("--routes", default="stepwise,joint")
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    if given.other is None:
        alone()
    else:
        beside(given.other, given.routes, given.pairs)
