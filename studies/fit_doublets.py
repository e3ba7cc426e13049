"""C 1s-like doublets over separation, ratio and counts: bias, random error, share called singlets, cell by cell.

    OMP_NUM_THREADS=1 python studies/fit_doublets.py [--sets 60]

Stated before the run. Two pseudo-Voigts of fwhm 1.2 eV (Lorentzian part 0.3) on a constant of a tenth of the larger
height, step 0.1 eV, 280 to 292 eV, Poisson counts. Factors: separation 0.5, 0.8, 1.1, 1.5 eV; ratio of the second line
1, 0.5, 0.2; counts at the larger maximum 1e3, 1e4, 1e5. Every data set is fitted with one line and with two lines of
one width and one shape; BIC chooses. Errors of positions and area fractions are those of the first line where the
doublet was called one; a cell where all are called singlets has none and counts as worse. Seeds 0..N-1 in every cell.
"""

from __future__ import annotations

import argparse
import itertools
import math

import numpy as np

import spectra
from spectra import backgrounds
from spectra.fits import criteria
from spectra.models import Model, peak

X = np.linspace(280.0, 292.0, 121)
CENTER, FWHM, FRACTION = 285.0, 1.2, 0.3
SEPARATIONS, RATIOS, COUNTS = (0.5, 0.8, 1.1, 1.5), (1.0, 0.5, 0.2), (1e3, 1e4, 1e5)
HEIGHT = FRACTION * 2 / math.pi / FWHM + (1 - FRACTION) * 2 * math.sqrt(math.log(2) / math.pi) / FWHM
ROUND_ROBIN = {
    "position": (-0.055, 0.34),
    "fraction": (-0.33, 0.17),
    "singlets": (0.0, 0.5),
}
"""20 analysts on simulated polymer C 1s data (NIST XPS-STD round robin, Conny and Powell)."""


def models() -> tuple[Model, Model]:
    def line(center: float) -> dict:
        return {"center": (center, 282.0, 290.0), "fwhm": (1.4, 0.6, 3.0), "fraction": (0.4, 0.0, 1.0)}

    base = (backgrounds.constant(),)
    one = Model("", "binding_energy", (peak("a", line(285.4)),), base)
    two = Model("", "binding_energy", (peak("a", line(284.7)), peak("b", line(286.2))), base,
                links=("b_fwhm = a_fwhm", "b_fraction = a_fraction"),
                constraints=("b_center - a_center >= 0.2",))  # fmt: skip
    return one, two


def cell(separation: float, ratio: float, counts: float, sets: int) -> dict[str, float]:
    one, two = models()
    area = counts / HEIGHT
    truth = {"a_area": area, "a_center": CENTER, "a_fwhm": FWHM, "a_fraction": FRACTION, "b_area": ratio * area,
             "b_center": CENTER + separation, "background_c0": counts / 10}  # fmt: skip
    share = 1 / (1 + ratio)
    positions, fractions, singlets = [], [], 0
    for seed in range(sets):
        spectrum = spectra.simulate(two, X, truth, counts=True, rng=np.random.default_rng(seed))
        single, double = spectra.fit(spectrum, one, check=False), spectra.fit(spectrum, two, check=False)
        if not double.status.trusted or criteria(single)["bic"] <= criteria(double)["bic"]:
            singlets += 1
            continue
        areas = double.areas.value.values
        positions.append(double.values[1] - CENTER)
        fractions.append(areas[0] / areas.sum() - share)
    found = {"singlets": singlets / sets}
    for name, values in (("position", positions), ("fraction", fractions)):
        found[name] = float(np.mean(values)) if values else math.inf
        found[f"{name} sd"] = float(np.std(values)) if len(values) > 1 else math.nan
    return found


def main(sets: int) -> None:
    print(f"{sets} data sets a cell, own spectra\n")
    print("| separation eV | ratio | counts | position bias eV | sd | fraction bias | sd | called singlets |")
    print("|---|---|---|---|---|---|---|---|")
    cells = []
    for separation, ratio, counts in itertools.product(SEPARATIONS, RATIOS, COUNTS):
        c = cell(separation, ratio, counts, sets)
        cells.append(((separation, ratio, counts), c))
        print(f"| {separation} | {ratio} | {counts:.0e} | {c['position']:+.4f} | {c['position sd']:.4f} | "
              f"{c['fraction']:+.4f} | {c['fraction sd']:.4f} | {c['singlets']:.2f} |", flush=True)  # fmt: skip
    print("\n| quantity | round robin, their spectra | middle of its range | median cell, own spectra | worst cell |")
    print("|---|---|---|---|---|")
    for name, (low, high) in ROUND_ROBIN.items():
        middle = abs(low + high) / 2
        values = np.array([abs(c[name]) for _, c in cells])
        print(f"| {name} | {low:+.3f} to {high:+.3f} | {middle:.3f} | {np.median(values):.4f} | {values.max():.4f} |")
        worse = [str(key) for key, c in cells if abs(c[name]) > middle]
        print(f"\nworse than the middle in {name}: {', '.join(worse) or 'none'}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", type=int, default=60)
    main(parser.parse_args().sets)
