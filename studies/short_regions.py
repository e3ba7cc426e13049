"""False alarms and detections of the rule of misfit in short regions; ``python studies/short_regions.py N [FIRST]``.

``python studies/short_regions.py floors N`` counts how often noise alone, less a line and its slopes, exceeds its own
floor: of every filter N regions of each of six lengths, beside lines half as wide again as the filter.

Simulated O 1s regions of 81 to 201 points over 7 to 14 eV, two lines of 1.2 to 2 eV (pseudo-Voigt) 0.6 to 1.2 widths
apart and a straight background, signal-to-noise ratios of 20 to 500, of which the fit has one line: a second line of
0 (perfect), 0.3 or 1 of the first. Noise is white, Poisson, or white noise smoothed with its spectrum by
Savitzky-Golay filters of 5, 9 and 15 points, by the mean of 3, 5 and 9 points, or Gaussian noise of 3 points. Where a
filter has more points than the line is wide it is no draw, as it makes another line of it. Detections are counted by
what the fit of the spectrum without noise leaves, its squares over those of the noise: fits that say it / that are
misfits or rejected of all.
"""

import sys
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d
from scipy.signal import savgol_filter

import spectra
from shortrange_core import Status
from spectra import backgrounds, shapes
from spectra.fits._floors import noise_below
from spectra.fits._judgement import breadth_of
from spectra.models import Model, peak

KINDS = {
    "white": 1,
    "poisson": 1,
    "savgol 5": 5,
    "savgol 9": 9,
    "savgol 15": 15,
    "mean 3": 3,
    "mean 5": 5,
    "mean 9": 9,
    "gaussian": 7,
}
POINTS = (81, 101, 141, 201)
BANDS = (0.0, 1.0, 3.0, 10.0, 30.0, np.inf)


def filtered(kind: str, values: np.ndarray) -> np.ndarray:
    """Values after the filter of a kind."""
    if kind.startswith("savgol"):
        return savgol_filter(values, KINDS[kind], 2)
    return uniform_filter1d(values, KINDS[kind], mode="nearest") if kind.startswith("mean") else values


def drawn(kind: str, seed: int, points: int, second: float):
    """Spectrum, the same without noise, model of one line, and sd of the noise over the height; None of no draw."""
    rng = np.random.default_rng(seed)
    span = rng.uniform(7, 14)
    x = np.linspace(526, 526 + span, points)
    middle, width = 526 + span * rng.uniform(0.4, 0.6), rng.uniform(1.2, 2.0)
    apart = rng.uniform(0.3, 0.6) * width
    y = shapes.pseudo_voigt(x, 1.0, middle - apart, width, 0.3)
    y += second * shapes.pseudo_voigt(x, 1.0, middle + apart, width * rng.uniform(0.8, 1.2), 0.3)
    y = y / y.max() + rng.uniform(0.1, 1) * (1 + rng.uniform(-0.3, 0.3) * (x - middle) / span)
    sd = 10 ** -rng.uniform(1.3, 2.7)
    if KINDS[kind] > width / (x[1] - x[0]):
        return None
    if kind == "poisson":
        rate = sd**-2 / (1 + y.min())
        measured = rng.poisson(rate * y) / rate
    elif kind == "gaussian":
        noise = gaussian_filter1d(rng.normal(size=points + 40), 3)[20:-20]
        measured = y + sd * noise / noise.std()
    else:
        measured = y + rng.normal(0, sd, points)
    lines = (peak("a", {"center": (middle, middle - 2, middle + 2), "fwhm": (width, 0.4, 4.0)}),)
    model = Model("", "binding_energy", lines, (backgrounds.polynomial(1),))
    pair = [spectra.from_arrays(x, 1000 * filtered(kind, row), axis="binding_energy") for row in (measured, y)]
    return *pair, model, sd


def told(spectrum, model):
    """Whether a fit says misfit, has it as its status or is rejected, and its residuals."""
    fit = spectra.fit(spectrum, model, check=False)
    curve = fit.compiled().evaluate(np.asarray(fit.values))
    failed = fit.status in (Status.MISFIT, Status.REJECTED)
    said = failed or any(note.code == "misfit" for note in fit.notes)
    return said, failed, spectrum["intensity"].values - curve


def row(kind: str, points: int, count: int, first: int) -> str:
    """False alarms and failures of perfect regions; detections and failures of the others by what is missed."""
    perfect, bands = [0, 0, 0], np.zeros((len(BANDS) - 1, 3), dtype=int)
    for seed in range(first, first + count):
        for second in (0.0, 0.3, 1.0):
            draw = drawn(kind, seed, points, second)
            if draw is None:
                continue
            spectrum, clean, model, sd = draw
            said, failed, residual = told(spectrum, model)
            if not second:
                perfect = [a + b for a, b in zip(perfect, (said, failed, 1), strict=True)]
                continue
            missed = told(clean, model)[2]
            noise = filtered(kind, np.random.default_rng(seed).normal(0, 1000 * sd, 4000)).var()
            if kind == "poisson":
                noise = float(np.var(residual - missed))
            size = float(missed @ missed) / points / noise
            bands[np.searchsorted(BANDS, size, side="right") - 1] += (said, failed, 1)
    cells = [f"{said} / {failed} of {total}" if total else "" for said, failed, total in (perfect, *bands)]
    return " | ".join([kind, str(points), *cells])


TWICE = {"mean 5 twice": 7, "savgol 5 twice": 7, "savgol 9 twice": 12, "savgol 11": 11, "mean 7": 7, "gaussian 4": 9}
"""Further filters, and the points that their lines are wider than, by half."""


def smoothed(kind: str, noise: np.ndarray) -> np.ndarray:
    """Noise after a filter, once or twice."""
    name, width, *twice = kind.split()
    filters = {
        "mean": lambda y: uniform_filter1d(y, int(width)),
        "savgol": lambda y: savgol_filter(y, int(width), 2),
        "gaussian": lambda y: gaussian_filter1d(y, int(width)),
    }
    once = filters[name](noise)
    return filters[name](once) if twice else once


def floors(kind: str, least: float, count: int) -> str:
    """How often noise alone exceeds its floor."""
    rng, above = np.random.default_rng(1), 0
    lengths = (64, 81, 101, 141, 201, 250)
    for points in lengths:
        x = np.arange(points)
        for _ in range(count):
            width, middle = max(rng.uniform(6, 25), 1.5 * least), points * rng.uniform(0.35, 0.65)
            line = shapes.pseudo_voigt(x, 1.0, middle, width, 0.3)
            moved = shapes.pseudo_voigt(x, 1.0, middle + 0.1, width, 0.3)
            wider = shapes.pseudo_voigt(x, 1.0, middle, width + 0.1, 0.3)
            columns = np.stack([np.ones(points), x - x.mean(), line, moved - line, wider - line], axis=1)
            basis = np.linalg.qr(columns / np.linalg.norm(columns, axis=0))[0]
            noise = np.round(smoothed(kind, rng.normal(size=points + 200))[100:-100], 5)
            residual = noise - basis @ (basis.T @ noise)
            above += noise_below(residual, breadth_of(line), 30.0) is not None
    return f"{kind} | {above} of {len(lengths) * count}"


if __name__ == "__main__" and sys.argv[1] == "floors":
    once = {kind: least for kind, least in KINDS.items() if kind.split()[0] in ("mean", "savgol")}
    for kind, least in (once | TWICE).items():
        print("|", floors(kind, least if "savgol" not in kind else least / 2, int(sys.argv[2])), "|", flush=True)
elif __name__ == "__main__":
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    print(
        "| noise | points | perfect |",
        " | ".join(f"{a:g} to {b:g}" for a, b in pairwise(BANDS)),
        "|",
    )
    print("|" + "---|" * 8)
    for kind in KINDS:
        for points in POINTS:
            print("|", row(kind, points, count, first), "|", flush=True)
