"""Summaries of cycling records against the reader alone: rows of 38 000 and more, one run, median of 15.

SHORTRANGE_DATA=... python benchmarks/bench_cycling.py
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import electrochemistry as ec

REPEATS = 15


def median_ms(call: Callable[[], object]) -> float:
    call()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return 1e3 * float(np.median(seconds))


def rows() -> list[tuple[str, Path]]:
    found = []
    if folder := os.environ.get("SHORTRANGE_DATA"):
        found.append(("Bio-Logic .mpr, rate test (real)", Path(folder) / "cycling/cheminfo_biologic/jdb11-4.mpr"))
        found.append(("Neware .ndax (real)", Path(folder) / "cycling/neware_fastnda/nw4-120-1-6-53.ndax"))
    plateaus = [(1.9, 0.3), (1.25, 0.7)]
    charges = [0.2] * 30
    cell = ec.simulate_full_cell(
        charges,
        charge_capacities=charges,
        current=0.1,
        order="discharge-first",
        plateaus=plateaus,
        interval_second=11.4,
    )
    path = Path(tempfile.mkdtemp()) / "cell.csv"
    cell.to_dataframe().to_csv(path, index=False)
    return [*found, ("BDF csv (simulated)", path)]


def main() -> None:
    print("| file | rows | read / ms | cycles / ms | half cycles / ms | cycles : read | half cycles : read |")
    print("|---|---|---|---|---|---|---|")
    for name, path in rows():
        cycling = ec.read_cycling(path)
        read = median_ms(lambda path=path: ec.read_cycling(path))
        whole = median_ms(
            lambda cycling=cycling: ec.cycles(cycling, mass=1e-3, basis="electrode", order="discharge-first")
        )
        half = median_ms(lambda cycling=cycling: ec.half_cycles(cycling, area=1.0))
        print(
            f"| {name} | {cycling.sizes['row']} | {read:.1f} | {whole:.1f} | {half:.1f} | {whole / read:.2f} | "
            f"{half / read:.2f} |"
        )


if __name__ == "__main__":
    main()
