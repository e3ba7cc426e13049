"""What the shape of a line does to its area: ``python studies/xps_shapes.py SETS FIRST [WHAT [NAME ...]]``.

WHAT is ``ranges``, see below, of the shapes that are named, or all. ``xps_shape_shares.py`` is about BO/(BO + NBO).

Stated before the run. A region is one line of 10^4 to 10^6.5 counts eV over a Shirley step of 0.005 to 0.1 per eV and a
level of 1 to 20 % of the area per eV, 20 eV and 0.1 eV a point. The line is in turn a Voigt line (Gaussian 0.5 to 1.2,
Lorentzian 0.05 to 0.7 eV wide), the sum and the product of a Gaussian and a Lorentzian (1.3 eV wide, mixing 0.1 to
0.8): the three symmetric shapes of the trade. It is fitted as each of the three with all its quantities free, over an
active Shirley on a straight line, which is the background that is there. Counted are, of fits that end as results, the
95 % interval of the area; and the range over those of the three shapes whose chi2 lies within 6 of the least, with its
width over that interval. Seeds are FIRST to FIRST + SETS - 1, the same for every row.

``ranges`` is of what a user gets who states neither shape nor background: a Gaussian-Lorentzian sum over an active
Shirley on a straight line, and ``spectra.xps.area_ranges``. A region is one line of O 1s; two, 1.6 eV apart, 1:5 to
5:1; or an S 2p pair, of 10^4 to 10^6 counts eV in all on a level of 1 to 20 % of the area per eV. Its lines are in turn
that sum (Lorentzian part 0.05 to 0.5, 1.2 to 1.8 eV wide), Voigt lines (Gaussian 0.8 to 1.4, Lorentzian 0.1 to 0.6 eV)
and products (1.2 to 1.8 eV, mixing 0.1 to 0.6), alike in a region. Under them lies a Shirley step, Tougaard losses or a
straight line, as ``xps_backgrounds.py`` draws them. Counted are the area of the first line, how often its 95 % interval
holds it, the range over backgrounds alone (the shape is stated), and that over shapes too; and how much wider these
are than the interval.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[1]))

import spectra
from spectra import backgrounds, shapes, xps
from spectra.fits import Fit
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


KINDS = ("pseudo_voigt", "voigt", "gl_product")
UNDER = ("shirley", "tougaard", "line")
REGIONS = ("one", "two", "S 2p")
S_2P = 1.18
"""eV between the lines of the pair, as the table of levels has it."""


def quantities(shape: str, rng: np.random.Generator) -> tuple[float, float]:
    """Width and Lorentzian part of the lines of a region."""
    if shape == "voigt":
        return rng.uniform(0.8, 1.4), rng.uniform(0.1, 0.6)
    return rng.uniform(1.2, 1.8), rng.uniform(0.05, 0.5) if shape == "pseudo_voigt" else rng.uniform(0.1, 0.6)


def user_region(kind: str, shape: str, below: str, seed: int) -> tuple[xr.Dataset, float, float]:
    """A measured region, the area of its first line, and that of all."""
    rng = np.random.default_rng(seed)
    sulfur = kind == "S 2p"
    x = np.arange(152.0, 172.0, 0.1) if sulfur else np.arange(522.0, 542.0, 0.1)
    total, share = 10 ** rng.uniform(4, 6), rng.uniform(1 / 6, 5 / 6)
    own = quantities(shape, rng)
    parts = {"one": [(1.0, 531.5)], "two": [(share, 532.6), (1 - share, 531.0)]}
    lines = parts.get(kind, [(2 / 3, 161.5), (1 / 3, 161.5 + S_2P)])
    curve = sum(shapes.shape_named(shape)(x, total * part, place, *own) for part, place in lines)
    level = total * 10 ** rng.uniform(-2, -0.7) / 10
    counts = rng.poisson(np.maximum(curve + under(below, x, curve, level, rng), 0.0)).astype(float)
    made = spectra.from_arrays(
        x,
        counts,
        axis="binding_energy",
        counts=counts,
        technique="S 2p XPS" if sulfur else "O 1s XPS",
        intensity_unit="counts",
    )
    ready = xps.prepare(made, photon_energy=1486.6, charge_shift=0.0, monochromatic=True)
    return ready, total * lines[0][0], total


def user_fit(spectrum: xr.Dataset, kind: str, shape: str | None = None) -> Fit:
    """What a user gets who states no background."""
    windows = {"one": {"BO": (530.5, 532.5)}, "two": {"BO": (531.6, 533.6), "NBO": (529.9, 531.7)}}
    own = windows.get(kind, {"P:S4": (160.5, 162.5)})
    model = xps.model(spectrum, list(own), windows=own, sodium=False, offset_sd=0.2, shape=shape)
    return spectra.fit(spectrum, model, check=False)


def believed(fit: Fit) -> Fit:
    """The fit as if its shape were stated."""
    peaks = tuple(replace(line, shape_assumed=False) for line in fit.model.peaks)
    return replace(fit, model=replace(fit.model, peaks=peaks))


def ranges(sets: int, first: int, truths: list[str]) -> None:
    """A row a region, a shape and a background that are there."""
    columns = "interval holds | over backgrounds: holds, wider (median, mean) | over shapes too: holds, wider"
    print(f"| region | line | under it | trusted | {columns} |")
    print("|---|---|---|---|---|---|---|")
    for kind in REGIONS:
        for shape in truths or KINDS:
            for below in UNDER:
                rows = list(_ranged(kind, shape, below, range(first, first + sets)))
                table = np.array(rows, dtype=float).reshape(-1, 5)
                held = [f"{100 * table[:, column].mean():.0f} %" for column in (0, 1, 3)]
                wider = [f"{np.median(table[:, column]):.2f}, {table[:, column].mean():.2f}" for column in (2, 4)]
                cells = f"{held[0]} | {held[1]}, {wider[0]} | {held[2]}, {wider[1]}"
                print(f"| {kind} | {shape} | {below} | {len(rows)} of {sets} | {cells} |", flush=True)


def _ranged(kind: str, shape: str, below: str, seeds: range) -> Iterator[tuple[bool, bool, float, bool, float]]:
    """Of trusted fits: held by the interval; by the range over backgrounds and its width; by that over shapes too."""
    for seed in seeds:
        spectrum, area, _ = user_region(kind, shape, below, seed)
        own = user_fit(spectrum, kind)
        if not own.status.trusted:
            continue
        line = own.model.peaks[0].name
        value, half = (float(number.values[0]) for number in (own.areas.value, NORMAL_95 * own.areas.sd))
        ends = [xps.area_ranges(one)[line] for one in (believed(own), own)]
        (held, wide), (held_too, wide_too) = (
            (low <= area <= high, (high - low) / (2 * half) if half > 0 else 1.0) for low, high in ends
        )
        yield abs(value - area) <= half, held, wide, held_too, wide_too


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
    if sys.argv[3:4] == ["ranges"]:
        ranges(int(sys.argv[1]), int(sys.argv[2]), sys.argv[4:])
    else:
        main(int(sys.argv[1]), int(sys.argv[2]))
