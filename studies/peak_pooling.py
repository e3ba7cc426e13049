"""Coverage of prediction intervals of pooled positions.

    python studies/peak_pooling.py [data sets] [draws]

1 to 15 sources, between-source spread 0.3, 1 and 3 times the within-source sd. Every data set draws its sources and one
new source from the same random-effects model; seeds 0..N-1, none left out. One and two sources use the technique's
spread, here the true one; from three on the bootstrap of Nagashima, Noma and Furukawa.
"""

import sys

import numpy as np

from reference_peaks.pooling import NORMAL_95, prediction_interval


def covered(sources: int, ratio: float, seed: int, draws: int) -> bool:
    rng = np.random.default_rng(seed)
    y = ratio * rng.standard_normal(sources) + rng.standard_normal(sources)
    new = ratio * rng.standard_normal()
    if sources < 3:
        half = NORMAL_95 * np.sqrt(ratio**2 + (1 + ratio**2) / sources)
        return bool(abs(new - y.mean()) <= half)
    low, high = prediction_interval(y, np.ones(sources), rng=rng, draws=draws)
    return bool(low <= new <= high)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    draws = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    print(f"coverage in percent of 95 % prediction intervals, {count} data sets each, {draws} draws")
    print("| sources | spread/sd 0.3 | spread/sd 1 | spread/sd 3 |\n|---|---|---|---|")
    for sources in range(1, 16):
        cells = [100 * np.mean([covered(sources, r, seed, draws) for seed in range(count)]) for r in (0.3, 1.0, 3.0)]
        print(f"| {sources} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
