"""Start-up: what an import and a help page cost, as ratios to the libraries that they cannot do without.

python benchmarks/bench_startup.py
"""

import subprocess
import sys
import time

REPEATS = 7
PAIRS = (
    ("structure.solve", "import structure; structure.solve", "import scipy.optimize, xarray", 1.3),
    ("shortrange --help", "from shortrange.cli import main; main(['--help'])", "import numpy, typer", 2.0),
)


def best(code: str) -> float:
    """Best wall time of a fresh interpreter that runs ``code``, in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    empty = best("pass")
    print(f"an empty interpreter: {empty:.3f} s")
    print(f"{'what':24} {'ours / s':>9} {'floor / s':>10} {'ratio':>6} {'aim':>5}")
    for name, ours, floor, aim in PAIRS:
        mine, theirs = best(ours), best(floor)
        print(f"{name:24} {mine:9.3f} {theirs:10.3f} {mine / theirs:6.2f} {aim:5.1f}")
