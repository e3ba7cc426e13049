"""Ranges of areas over backgrounds: coverage and width. ``python studies/xps_backgrounds.py SETS FIRST [shares]``.

Stated before the run. A region is one line or two (1.6 eV apart, areas 1:1 to 1:5, pseudo-Voigt, 1.2 to 1.8 eV wide) of
10^3 to 10^6 counts eV in all, 20 eV and 0.1 eV a point, on a level of 1 to 20 % of the area per eV. What lies under it
is, in turn: a Shirley step of 0.005 to 0.1 per eV; Tougaard losses (C = 1643 eV^2) of a tenth to twice the universal B;
a line of a slope of up to 2 % of the level an eV. All of it is fitted as a user does who takes the default: an active
Shirley on a straight line. Counted are the area of the first line, its 95 % interval from the fit alone, and the range
of ``spectra.xps.area_ranges`` over backgrounds that the data do not reject; how often they hold the truth, and how much
wider ranges are, of all fits that are to be trusted, whose number stands beside. Seeds are FIRST to FIRST + SETS - 1,
the same for every row.

``shares`` is about the share of the first of two lines, BO/(BO + NBO), which enters balances: how often its interval
holds the truth; how often, and how much wider, with the largest move over a background that the data do not reject
added to its variance; and how often once the advice of ``background-decides`` is followed, where there is one.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[1]))

import spectra
from spectra import shapes, xps
from spectra.fits import Fit

Array = npt.NDArray[np.float64]
Kind = Literal["shirley", "tougaard", "linear"]
NORMAL_95 = 1.959964
"""Half of a 95 % interval, in standard deviations."""
ADVICE: dict[str, Kind] = {"take a Tougaard": "tougaard", "take a straight line": "linear"}
"""What the remedy of ``background-decides`` says, and how it is followed."""
UNIVERSAL_B = 2866.0
"""eV^2 of the loss function of S. Tougaard, 10.1016/0038-1098(87)90166-9."""
TRUTHS = ("shirley", "tougaard", "line")
WINDOWS = {"BO": (531.6, 533.6), "NBO": (529.9, 531.7)}


def under(kind: str, x: Array, lines: Array, level: float, rng: np.random.Generator) -> Array:
    """What lies under the lines, of a kind."""
    if kind == "shirley":
        k = rng.uniform(0.005, 0.1)
        return level + k * np.concatenate([[0.0], np.cumsum((lines[1:] + lines[:-1]) / 2 * np.diff(x))])
    if kind == "tougaard":
        b = UNIVERSAL_B * 10 ** rng.uniform(-1, 0.3)
        loss = np.tril(x[:, None] - x)
        kernel = 0.1 * b * loss / (1643 + loss**2) ** 2
        return level + np.linalg.solve(np.eye(x.size) - kernel, lines) - lines
    return level * (1 + rng.uniform(-0.02, 0.02) * (x - x[0]))


def region(kind: str, lines: int, seed: int) -> tuple[xr.Dataset, float, float]:
    """A measured region, the area of its first line, and that of all."""
    rng = np.random.default_rng(seed)
    x = np.arange(522.0, 542.0, 0.1)
    total, share = 10 ** rng.uniform(3, 6), rng.uniform(1 / 6, 5 / 6) if lines == 2 else 1.0
    width, fraction = rng.uniform(1.2, 1.8), rng.uniform(0.05, 0.4)
    y = shapes.pseudo_voigt(x, total * share, 532.6, width, fraction)
    if lines == 2:
        y = y + shapes.pseudo_voigt(x, total * (1 - share), 531.0, width, fraction)
    level = total * 10 ** rng.uniform(-2, -0.7) / 10
    counts = rng.poisson(np.maximum(y + under(kind, x, y, level, rng), 0.0)).astype(float)
    made = spectra.from_arrays(
        x, counts, axis="binding_energy", counts=counts, technique="O 1s XPS", intensity_unit="counts"
    )
    return xps.prepare(made, photon_energy=1486.6, charge_shift=0.0, monochromatic=True), total * share, total


def fitted(spectrum: xr.Dataset, lines: int, background: Kind = "shirley") -> Fit:
    """Fit of the lines over a background inside it."""
    names = ["BO", "NBO"][:lines]
    windows = {name: WINDOWS[name] for name in names}
    model = xps.model(spectrum, names, windows=windows, sodium=False, offset_sd=0.2, background=background)
    return spectra.fit(spectrum, model, check=False)


def area_of(kind: str, lines: int, seed: int) -> tuple[bool, bool, float] | None:
    """Held by the interval; by the range; width of the range over that of the interval. None of a fit not trusted."""
    spectrum, area, _ = region(kind, lines, seed)
    found = fitted(spectrum, lines)
    if not found.status.trusted:
        return None
    value, half = (float(number.values[0]) for number in (found.areas.value, NORMAL_95 * found.areas.sd))
    low, high = xps.area_ranges(found)["bo"]
    return abs(value - area) <= half, low <= area <= high, (high - low) / (2 * half) if half > 0 else 1.0


def share_of(kind: str, seed: int) -> tuple[bool, bool, float, bool, bool] | None:
    """Held by the interval; by the wider one; how much wider; whether advised; held by the advised or else this fit."""
    spectrum, area, total = region(kind, 2, seed)
    found = fitted(spectrum, 2)
    if not found.status.trusted:
        return None
    (value, sd), truth = share(found), area / total
    over = [over_other[0] - value for over_other in _accepted(found)]
    wider = math.hypot(sd, max(map(abs, over), default=0.0))
    advised = next((word for word in ADVICE if any(word in n.remedy for n in xps.XPS.remarks(found))), None)
    other = found if advised is None else fitted(spectrum, 2, ADVICE[advised])
    best, best_sd = share(other if other.status.trusted else found)
    return (
        abs(value - truth) <= NORMAL_95 * sd,
        abs(value - truth) <= NORMAL_95 * wider,
        wider / sd,
        advised is not None,
        abs(best - truth) <= NORMAL_95 * best_sd,
    )


def share(found: Fit) -> tuple[float, float]:
    """BO/(BO + NBO) and its sd."""
    bridging = found.areas.select(["bo", "nbo"]).propagate(lambda v: v[:1] / v.sum(), ["share"])
    return float(bridging.value.item()), float(bridging.sd.item())


def _accepted(found: Fit) -> list[tuple[float, float]]:
    """Shares over the other backgrounds that the data do not reject, as fits of their own give them."""
    others = [fitted(found.spectrum, 2, background) for background in ("tougaard", "linear")]
    least = min(one.chi2 for one in (found, *others))
    return [share(one) for one in others if one.status.trusted and one.chi2 < least + 6]


def shares(sets: int, first: int) -> None:
    """A row a truth."""
    columns = "interval holds | move added: holds, wider (median, mean) | advised | advice followed: holds"
    print(f"| under the lines | trusted | {columns} |")
    print("|---|---|---|---|---|---|")
    for kind in TRUTHS:
        rows = [row for seed in range(first, first + sets) if (row := share_of(kind, seed)) is not None]
        table = np.array(rows, dtype=float)
        held, added, _, advised, best = 100 * table.mean(axis=0)
        wider = f"{np.median(table[:, 2]):.3f}, {table[:, 2].mean():.2f}"
        cells = f"{held:.1f} % | {added:.1f} %, {wider} | {advised:.0f} % | {best:.1f} %"
        print(f"| {kind} | {len(rows)} of {sets} | {cells} |", flush=True)


def main(sets: int, first: int) -> None:
    """A row a truth and number of lines."""
    print("| under the lines | lines | trusted | interval holds | range holds | wider: median, 90th of 100, mean |")
    print("|---|---|---|---|---|---|")
    for kind in TRUTHS:
        for lines in (1, 2):
            rows = [row for seed in range(first, first + sets) if (row := area_of(kind, lines, seed)) is not None]
            table = np.array(rows, dtype=float)
            held, ranged = 100 * table[:, :2].mean(axis=0)
            wider = f"{np.median(table[:, 2]):.3f}, {np.quantile(table[:, 2], 0.9):.2f}, {table[:, 2].mean():.2f}"
            cells = f"{len(rows)} of {sets} | {held:.1f} % | {ranged:.1f} % | {wider}"
            print(f"| {kind} | {lines} | {cells} |", flush=True)


if __name__ == "__main__":
    (shares if sys.argv[3:] == ["shares"] else main)(int(sys.argv[1]), int(sys.argv[2]))
