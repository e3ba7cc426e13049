"""Are the intervals of circuit fits right? Simulated spectra of known circuits, fitted without a first guess.

Every data set counts: a fit that is not to be trusted, or that found another minimum, is a miss. Intervals are normal
in the fitted coordinates (logarithms of all but exponents), 95 %; truths lie further than 3 sd from every bound.

    python studies/impedance_calibration.py --number 2000
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

import electrochemistry as ec
from shortrange_core import FitFailed

F = np.logspace(-2, 6, 81)
STARTS = 12
CASES = {
    "one arc": ("R0-p(R1,CPE1)", {"R0": 20.0, "R1": 300.0, "CPE1_Q": 1e-6, "CPE1_n": 0.85}, 0.002),
    "blocking cell, two arcs": (
        "p(R1,CPE1)-p(R2,CPE2)-CPE3",
        {
            "R1": 1e3, "CPE1_Q": 1e-10, "CPE1_n": 0.95, "R2": 4e3, "CPE2_Q": 1e-8, "CPE2_n": 0.85,
            "CPE3_Q": 1e-6, "CPE3_n": 0.8,
        },
        0.002,
    ),
    "three overlapping arcs": (
        "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)",
        {
            "R0": 20.0, "R1": 200.0, "CPE1_Q": 1.5e-7, "CPE1_n": 0.85, "R2": 300.0, "CPE2_Q": 6e-6, "CPE2_n": 0.85,
            "R3": 250.0, "CPE3_Q": 4e-4, "CPE3_n": 0.85,
        },
        0.001,
    ),
}  # fmt: skip


def one(text: str, values: dict[str, float], noise: float, seed: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Pulls and hits of one data set, None where the fit is not to be trusted."""
    rng = np.random.default_rng(seed)
    z = ec.circuit(text).impedance(F, values)
    measured = z + noise * np.abs(z) * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
    try:
        fit = ec.fit_circuit(ec.spectrum_from_arrays(F, measured), text, starts=STARTS, rng=rng)
    except FitFailed:
        return None
    fitted = fit.fitted
    log = np.array([c == "log" for c in fitted.facets["coordinate"]])
    truth = np.array([values[name] for name in fitted.facets["parameter"]])
    truth = np.where(log, np.log(truth), truth)
    pulls = (fitted.value.values - truth) / fitted.sd.values
    bounds = fitted.interval(0.95).values
    return pulls, (bounds[:, 0] <= truth) & (truth <= bounds[:, 1])


def calibrate(case: str, number: int, workers: int) -> dict[str, object]:
    """Coverage, mean and sd of pulls of every parameter, and how many fits failed."""
    text, values, noise = CASES[case]
    names = ec.circuit(text).names
    pulls, hits, failed = [], [], 0
    with ProcessPoolExecutor(workers) as pool:
        results = list(pool.map(partial(one, text, values, noise), range(number), chunksize=20))
    for found in results:
        if found is None:
            failed += 1
            hits.append(np.zeros(len(names), dtype=bool))
        else:
            pulls.append(found[0])
            hits.append(found[1])
    stacked = np.array(pulls)
    return {
        "names": names,
        "coverage": np.mean(hits, axis=0),
        "mean": stacked.mean(axis=0),
        "sd": stacked.std(axis=0, ddof=1),
        "failed": failed,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--number", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--case", choices=list(CASES), help="only this one")
    options = parser.parse_args()
    number = options.number
    for case, (text, _, noise) in CASES.items():
        if options.case not in (None, case):
            continue
        begun = time.perf_counter()
        result = calibrate(case, number, options.workers)
        pooled = float(np.mean(result["coverage"]))
        print(f"\n{case}: {text}, noise {100 * noise:g} %, N = {number}")
        print(f"failed {result['failed']}, pooled coverage {100 * pooled:.2f} %")
        print("| parameter | coverage % | mean pull | sd of pulls |\n|---|---|---|---|")
        rows = zip(result["names"], result["coverage"], result["mean"], result["sd"], strict=True)
        for name, coverage, mean, sd in rows:
            print(f"| {name} | {100 * coverage:.2f} | {mean:+.3f} | {sd:.3f} |")
        print(f"({(time.perf_counter() - begun) / number * 1000:.0f} ms a data set)", flush=True)


if __name__ == "__main__":
    main()
