"""What the shape of a line does to its area: coverage and width. ``python studies/xps_shapes.py SETS FIRST``.

Stated before the run. A region is one line of 10^4 to 10^6.5 counts eV over a Shirley step of 0.005 to 0.1 per eV and a
level of 1 to 20 % of the area per eV, 20 eV and 0.1 eV a point. The line is in turn a Voigt line (Gaussian 0.5 to 1.2,
Lorentzian 0.05 to 0.7 eV wide), the sum and the product of a Gaussian and a Lorentzian (1.3 eV wide, mixing 0.1 to
0.8): the three symmetric shapes of the trade. It is fitted as each of the three with all its quantities free, over an
active Shirley on a straight line, which is the background that is there. Counted are, of fits that end as results, the
95 % interval of the area; and the range over those of the three shapes whose chi2 lies within 6 of the least, with its
width over that interval. Seeds are FIRST to FIRST + SETS - 1, the same for every row.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[1]))

import spectra
from spectra import backgrounds, shapes
from studies.xps_backgrounds import NORMAL_95, under

STARTS: dict[str, dict[str, float | tuple[float, float, float]]] = {
    "voigt": {"lorentz_fwhm": (0.4, 0.0, 4.0), "gauss_fwhm": (1.0, 0.05, 4.0)},
    "gl_sum": {"fwhm": (1.3, 0.2, 4.0), "mix": 0.4},
    "gl_product": {"fwhm": (1.3, 0.2, 4.0), "mix": 0.4},
}
CLOSE = 6.0


def region(shape: str, seed: int) -> tuple[xr.Dataset, float]:
    """A measured region, and the area of its line."""
    rng = np.random.default_rng(seed)
    x = np.arange(522.0, 542.0, 0.1)
    total = 10 ** rng.uniform(4, 6.5)
    gauss, lorentz, mix = rng.uniform(0.5, 1.2), rng.uniform(0.05, 0.7), rng.uniform(0.1, 0.8)
    line = (
        shapes.voigt(x, total, 531.5, gauss, lorentz)
        if shape == "voigt"
        else shapes.shape_named(shape)(x, total, 531.5, 1.3, mix)
    )
    level = total * 10 ** rng.uniform(-2, -0.7) / 10
    counts = rng.poisson(line + under("shirley", x, line, level, rng)).astype(float)
    made = spectra.from_arrays(
        x, counts, axis="binding_energy", counts=counts, technique="O 1s XPS", intensity_unit="counts"
    )
    return made, total


def fitted(spectrum: xr.Dataset, shape: str) -> spectra.Fit:
    """One line of a shape over the background that is there."""
    line = spectra.peak("line", {"center": (531.5, 530.5, 532.5), **STARTS[shape]}, shape=shape)
    background = (backgrounds.polynomial(1), backgrounds.shirley())
    return spectra.fit(spectrum, spectra.Model("", "binding_energy", (line,), background=background), check=False)


def counted(truth: str, seeds: range) -> dict[str, list[tuple[bool, bool, float]]]:
    """By fitted shape, of trusted fits: held by the interval, held by the range, width of it over the interval."""
    rows: dict[str, list[tuple[bool, bool, float]]] = {shape: [] for shape in STARTS}
    for seed in seeds:
        spectrum, area = region(truth, seed)
        fits = {shape: fitted(spectrum, shape) for shape in STARTS}
        least = min(one.chi2 for one in fits.values())
        ends = {}
        for shape, one in fits.items():
            value, half = (float(number.values[0]) for number in (one.areas.value, NORMAL_95 * one.areas.sd))
            ends[shape] = (value - half, value + half)
        near = [ends[shape] for shape, one in fits.items() if one.status.trusted and one.chi2 < least + CLOSE]
        for shape, one in fits.items():
            if one.status.trusted:
                low, high = (
                    pick(each) for pick, each in zip((min, max), zip(ends[shape], *near, strict=True), strict=True)
                )
                own = ends[shape]
                rows[shape].append((own[0] <= area <= own[1], low <= area <= high, (high - low) / (own[1] - own[0])))
    return rows


def main(sets: int, first: int) -> None:
    """A row a true and a fitted shape."""
    print("| line | fitted as | trusted | interval holds | range over shapes holds | wider: median, mean |")
    print("|---|---|---|---|---|---|")
    for truth in STARTS:
        for shape, rows in counted(truth, range(first, first + sets)).items():
            if not rows:
                print(f"| {truth} | {shape} | 0 of {sets} | - | - | - |", flush=True)
                continue
            table = np.array(rows, dtype=float)
            held, ranged = 100 * table[:, :2].mean(axis=0)
            wider = f"{np.median(table[:, 2]):.2f}, {table[:, 2].mean():.2f}"
            print(
                f"| {truth} | {shape} | {len(rows)} of {sets} | {held:.0f} % | {ranged:.0f} % | {wider} |", flush=True
            )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
