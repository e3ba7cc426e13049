"""NIST-like doublets of C 1s: the design of XPS-STD as far as it is public. ``python studies/xps_doublets.py SETS``.

Stated before the run. XPS-STD (J. M. Conny, C. J. Powell, L. A. Currie, Surf. Interface Anal. 26, 939 (1998) and later
parts) are sums of two spline models of measured polymer spectra, over peak separation, relative intensity and
fractional Poisson noise, with singlets as the null case; errors of intensities are those of larger over total, on a
scale from -1 to 1. Their data, levels and splines cannot be had here, so this is NIST-like and no more: the singlet is
a smoothing spline through a simulated measurement (1e5 counts) of the reference line that one of the twenty analysts
published (two Gaussian-Lorentzian lines of 0.85 eV, 90:10 and 40:60, the smaller 0.68 eV above with 0.11 of the
height), and the levels are those of ``fit_doublets.py``. A constant of a tenth of the larger height lies below.

Every spectrum is fitted with one and with two polymers, three times: ``symmetric``, each a pseudo-Voigt; ``tail``, two
pseudo-Voigt lines against one asymmetric Voigt line, which they must beat by 6 in BIC, as the note ``tail-or-line``
asks; ``reference``, each the two linked lines of the reference, with one width for all. BIC chooses, a
fit that is not to be trusted counts as the other. Seeds are 0 to SETS - 1.
"""

from __future__ import annotations

import itertools
import math
import sys
from pathlib import Path

import numpy as np
from scipy.interpolate import UnivariateSpline

sys.path.insert(0, str(Path(__file__).parents[1]))

import spectra
from spectra import backgrounds
from spectra.fits import Fit, criteria
from spectra.models import Model, peak
from spectra.shapes import pseudo_voigt
from studies.fit_doublets import CENTER, COUNTS, RATIOS, SEPARATIONS, X

WIDTH, AWAY, HEIGHT, FRACTIONS = 0.85, 0.68, 0.11, (0.10, 0.60)
WAYS = ("symmetric", "tail", "reference")
TAIL = {"lorentz_fwhm": (0.2, 0.0, 2.0), "gauss_fwhm": (0.8, 0.2, 2.0), "tail": (0.5, 0.05, 10.0)}
NEEDED = 6.0


def _top(fraction: float) -> float:
    """Height of a pseudo-Voigt of unit area."""
    return fraction * 2 / math.pi / WIDTH + (1 - fraction) * 2 * math.sqrt(math.log(2) / math.pi) / WIDTH


SMALLER = HEIGHT * _top(FRACTIONS[0]) / _top(FRACTIONS[1])
"""Area of the smaller line of the reference over that of the larger."""


def _reference() -> UnivariateSpline:
    """Spline of the reference line around 0 eV, of unit area."""
    x = np.arange(-6.0, 6.5, 0.05)
    y = pseudo_voigt(x, 1.0, 0.0, WIDTH, FRACTIONS[0]) + pseudo_voigt(x, SMALLER, AWAY, WIDTH, FRACTIONS[1])
    scale = 1e5 / y.max()
    counts = np.random.default_rng(20).poisson(scale * y)
    spline = UnivariateSpline(x, counts, w=1 / np.sqrt(np.maximum(counts, 1)), s=len(x), ext="const")
    area = spline.integral(x[0], x[-1])
    return UnivariateSpline(x, spline(x) / area, s=0, ext="const")


def model(way: str, polymers: int) -> Model:
    """One or two polymers, each a line or the linked lines of the reference."""
    if way == "tail" and polymers == 1:
        line = peak("a", {"center": (285.0, 282.0, 290.0), **TAIL}, shape="asymmetric_voigt")
        return Model("", "binding_energy", (line,), (backgrounds.constant(),))
    ends = {"width": (0.9, 0.5, 2.0), "fraction": (0.3, 0.0, 1.0)}
    starts = (285.2,) if polymers == 1 else (284.8, 286.0)
    peaks, links = [], []
    for name, start in zip("ab", starts, strict=False):
        fraction = FRACTIONS[0] if way == "reference" else ends["fraction"]
        peaks.append(peak(name, {"center": (start, 282.0, 290.0), "fwhm": ends["width"], "fraction": fraction}))
        links += [f"{name}_fwhm = a_fwhm"] if name != "a" else []
        if way != "reference":
            links += [f"{name}_fraction = a_fraction"] if name != "a" else []
            continue
        more = f"{name}_more"
        peaks.append(peak(more, {"center": start + AWAY, "fwhm": 0.9, "fraction": FRACTIONS[1]}))
        links += [
            f"{more}_area = {SMALLER:.6g}*{name}_area",
            f"{more}_center = {name}_center + {AWAY:g}",
            f"{more}_fwhm = a_fwhm",
        ]
    order = ("b_center - a_center >= 0.2",) if polymers == 2 else ()
    return Model("", "binding_energy", tuple(peaks), (backgrounds.constant(),), links=tuple(links), constraints=order)


def called_two(way: str, one: Fit, two: Fit) -> bool:
    """Whether two polymers are claimed."""
    needed = NEEDED if way == "tail" else 0.0
    return two.status.trusted and criteria(one)["bic"] - criteria(two)["bic"] > needed


def cell(shape: UnivariateSpline, separation: float, ratio: float, counts: float, sets: int) -> dict[str, list]:
    """By way: errors of the first position and of the share of the larger, and how many were called two."""
    curve = shape(X - CENTER) + (ratio * shape(X - CENTER - separation) if separation else 0.0)
    curve = counts * (np.maximum(curve, 0) / shape(0.0) + 0.1)
    found: dict[str, list] = {way: [] for way in WAYS}
    for seed in range(sets):
        drawn = np.random.default_rng(seed).poisson(curve).astype(float)
        spectrum = spectra.from_arrays(X, drawn, axis="binding_energy", counts=drawn)
        for way in WAYS:
            one, two = (spectra.fit(spectrum, model(way, n), check=False) for n in (1, 2))
            if not called_two(way, one, two):
                found[way].append((math.nan, math.nan))
                continue
            areas = two.areas.value.sel(entry=["a", "b"]).values
            place = float(two.parameters.value.sel(entry="a_center"))
            found[way].append((place - CENTER, areas[0] / areas.sum() - 1 / (1 + ratio)))
    return found


def main(sets: int) -> None:
    """Singlets, then doublets, a row a cell."""
    shape = _reference()
    columns = " | ".join(f"{way}: called two | position bias eV, sd | intensity bias, sd" for way in WAYS)
    print(f"{sets} sets a cell\n\n| separation eV | ratio | counts | {columns} |")
    print("|---" * (3 + 3 * len(WAYS)) + "|")
    cells = [(0.0, 0.0, counts) for counts in COUNTS]
    for separation, ratio, counts in (*cells, *itertools.product(SEPARATIONS, RATIOS, COUNTS)):
        told = []
        for errors in cell(shape, separation, ratio, counts, sets).values():
            kept = np.array([pair for pair in errors if not math.isnan(pair[0])]).reshape(-1, 2)
            told.append(f"{len(kept)}/{len(errors)}")
            means = (
                [f"{m:+.3f}, {s:.3f}" for m, s in zip(kept.mean(axis=0), kept.std(axis=0), strict=True)]
                if len(kept)
                else []
            )
            told += means if separation and means else ["-", "-"]
        print(f"| {separation} | {ratio} | {counts:.0e} | {' | '.join(told)} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
