"""Calibration of the fit engine: coverage, pulls and their spread by the rules of CONVENTIONS.md.

    OMP_NUM_THREADS=1 python studies/fit_calibration.py [--sets 2000] [--cases white priors ...]

Cases, each of N independent data sets with the seeds 0..N-1, none left out, a failed fit counts as a miss:

white           four pseudo-Voigts on a line, white noise given, priors off
priors          the same with priors on all positions and a referencing offset, truths drawn from them
poisson         two Gaussians on a constant, counts, weights from the model
zero-filled     a decay zero-filled to four times its length, its processing known
from residuals  the same, its correlation from the residuals of the fit; the level is not judged: it cannot be known
decay           a decay, zero-filled to four times its length, transformed and its noise measured by the package
apodised        the same broadened by 100 Hz, about half of the width of its lines: 31 points count as one
map of counts   the same engine through fit_map: one Gaussian on 3 counts a point, weights from the model
map, estimated  through fit_map: a prior on the position, and a noise that is stated as a third of what it is, estimated
bound           an area whose truth is 0: the profile-likelihood interval, fixed beforehand, must cover at least 93 %
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Callable

import numpy as np
import xarray as xr

import spectra
from reference_peaks import Prior
from shortrange_core import Status
from spectra import backgrounds, shapes
from spectra.models import Model, peak
from spectra.nmr import transform

CENTERS = (3.0, 32.0, 63.0, 82.0)
X = np.linspace(-30.0, 115.0, 384)
LEVEL_Z = 1.959963984540054
NAMES = tuple(f"p{n}_{q}" for n in range(4) for q in ("area", "center", "fwhm", "fraction"))
DWELL, LARMOR = 1e-4, 200.0  # s, MHz
DECAY_LINES = {"a": (60.0, -12.0, 1.2), "b": (90.0, 3.0, 1.5), "c": (40.0, 6.0, 1.5)}  # height, ppm, ppm
NOT_JUDGED = {"from residuals": ("background_c0",)}
Draw = Callable[[int], tuple[dict[str, float], spectra.Fit | None]]


def lines(priors: bool) -> Model:
    peaks = []
    for n, c in enumerate(CENTERS):
        center = Prior(c, 0.4, "study") if priors else (c, c - 6, c + 6)
        start = {"center": center, "fwhm": (9.0, 3.0, 25.0), "fraction": (0.5, 0.0, 1.0)}
        peaks.append(peak(f"p{n}", start))
    return Model("", "chemical_shift", tuple(peaks), (backgrounds.linear(),), offset_sd=0.8 if priors else 0.0)


def truths(rng: np.random.Generator, priors: bool) -> dict[str, float]:
    values = {"background_c0": 1.0, "background_c1": 0.2}
    offset = rng.normal(0, 0.8) if priors else 0.0
    for n, c in enumerate(CENTERS):
        own = c + rng.normal(0, 0.4) if priors else c
        values |= {f"p{n}_area": rng.uniform(40, 100), f"p{n}_center": own + offset, f"p{n}_fwhm": rng.uniform(8, 11)}
        values[f"p{n}_fraction"] = rng.uniform(0.4, 0.6)
    return values | ({"offset": offset} if priors else {})


def white(seed: int, priors: bool = False) -> tuple[dict[str, float], spectra.Fit | None]:
    rng = np.random.default_rng(seed)
    model, truth = lines(priors), truths(rng, priors)
    given = truth | {f"p{n}_area": truth[f"p{n}_area"] for n in range(4)}
    spectrum = spectra.simulate(model, X, given, noise=0.06, rng=rng)
    return truth, spectra.fit(spectrum, model, check=False)


def poisson(seed: int) -> tuple[dict[str, float], spectra.Fit | None]:
    rng = np.random.default_rng(seed)
    x = np.linspace(525.0, 540.0, 151)
    two = tuple(
        peak(name, {"center": (c, c - 1, c + 1), "fwhm": (1.6, 0.6, 4.0)}, shape="gaussian")
        for name, c in (("nbo", 530.8), ("bo", 532.9))
    )
    model = Model("", "binding_energy", two, (backgrounds.constant(),))
    truth = {"nbo_area": 300.0, "nbo_center": 530.8, "nbo_fwhm": 1.5, "bo_area": 200.0, "bo_center": 532.9,
             "bo_fwhm": 1.6, "background_c0": 20.0}  # fmt: skip
    return truth, spectra.fit(spectra.simulate(model, x, truth, counts=True, rng=rng), model, check=False)


def zero_filled(seed: int, known: bool = True) -> tuple[dict[str, float], spectra.Fit | None]:
    rng = np.random.default_rng(seed)
    x = np.linspace(-60.0, 170.0, 512)
    two = tuple(
        peak(name, {"center": (c, c - 4, c + 4), "fwhm": (9.0, 3.0, 25.0)}, shape="gaussian")
        for name, c in (("a", 32.0), ("b", 82.0))
    )
    model = Model("", "chemical_shift", two, (backgrounds.constant(),))
    truth = {"a_area": 60.0, "a_center": 32.0, "a_fwhm": 9.0, "b_area": 90.0, "b_center": 82.0, "b_fwhm": 10.0,
             "background_c0": 0.5}  # fmt: skip
    clean = 0.5 + shapes.gaussian(x, 60, 32, 9) + shapes.gaussian(x, 90, 82, 10)
    # filling to twice the length leaves the real part white, because the imaginary part's information goes into it
    decay = rng.normal(size=128) + 1j * rng.normal(size=128)
    noise = 0.1 / math.sqrt(128) * np.fft.fft(decay, 512).real
    said = {"noise_processing": "points 128, filled 512, weight 1"} if known else {}
    together = 2.0 if known else math.nan
    spectrum = spectra.from_arrays(
        x, clean + noise, axis="chemical_shift", noise=0.1, noise_correlation=together, **said
    )  # fmt: skip
    return truth, spectra.fit(spectrum, model, check=False)


def decay(seed: int, broadening: float = 0.0) -> tuple[dict[str, float], spectra.Fit | None]:
    rng = np.random.default_rng(seed)
    times = np.arange(512) * DWELL
    noise = 4.0 * (rng.normal(size=512) + 1j * rng.normal(size=512))
    signal = sum(
        height * np.exp(2j * np.pi * c * LARMOR * times - (np.pi * w * LARMOR * times) ** 2 / (4 * math.log(2)))
        for height, c, w in DECAY_LINES.values()
    )
    fid = spectra.from_arrays(times, signal + noise, axis="time", noise=4.0, larmor_frequency=LARMOR)
    spectrum = transform(fid, gaussian=broadening, zero_fill=4, phase0=0.0)
    truth, three = {}, []
    for name, (height, c, w) in DECAY_LINES.items():
        start = {"center": (c, c - 1, c + 1), "fwhm": (1.3 * w, 0.3, 8.0)}
        three.append(peak(name, start, shape="gaussian"))
        truth |= {f"{name}_area": height / (2 * DWELL * LARMOR), f"{name}_center": c}
        truth[f"{name}_fwhm"] = math.hypot(w, broadening / LARMOR)
    model = Model("", "chemical_shift", tuple(three), (backgrounds.constant(),))
    return truth | {"background_c0": 0.0}, spectra.fit(spectrum, model, check=False)


def mapped(case: str, count: int) -> tuple[list[str], np.ndarray, int]:
    """Pulls as those of :func:`judged`, of all data sets in one map."""
    x, counts = np.linspace(-20.0, 20.0, 161), case == "map of counts"
    center = (0.0, -3.0, 3.0) if counts else Prior(0.0, 0.1, "study")
    line = peak("a", {"center": center, "fwhm": (4.0, 1.0, 12.0)}, shape="gaussian")
    model = Model("", "raman_shift", (line,), (backgrounds.constant(),))
    each, truths = [], []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        truth = [150.0, 0.3, 5.0, 3.0] if counts else [5.0, rng.normal(0, 0.1), 5.0, 5.0]
        mean = truth[3] + shapes.gaussian(x, *truth[:3])
        if counts:
            drawn = rng.poisson(mean).astype(float)
            spectrum = spectra.from_arrays(x, drawn, axis="raman_shift", counts=drawn)
        else:
            data = mean + rng.normal(0, 0.1, x.size)
            spectrum = spectra.from_arrays(x, data, axis="raman_shift", noise=0.03)
            spectrum = spectrum.assign_coords(noise_source="estimated")
        each.append(spectrum)
        truths.append(truth)
    with tempfile.TemporaryDirectory() as store:
        found = spectra.fit_map(xr.concat(each, "pixel"), model, store=store).compute()
    names = found["status"].attrs["names"].split()
    bad = np.array([not Status(names[code]).trusted for code in found["status"].values])
    pulls = (found["value"].values - np.array(truths)) / found["sd"].values
    return [str(name) for name in found["entry"].values], np.where(bad[:, None], np.nan, pulls), int(bad.sum())


def judged(draw: Draw, count: int) -> tuple[list[str], np.ndarray, int]:
    """Pulls of every parameter in every data set (NaN for a miss) and the number of failed fits."""
    names: list[str] = []
    rows = []
    failed = 0
    for seed in range(count):
        truth, fit = draw(seed)
        names = names or [name for name in truth if name != "offset"]
        if fit is None or not fit.status.trusted:
            failed += 1
            rows.append([math.nan] * len(names))
            continue
        position = {p.name: i for i, p in enumerate(fit.model.all_parameters)}
        sd = np.sqrt(np.diagonal(fit.covariance))
        rows.append([(fit.values[position[n]] - truth[n]) / sd[position[n]] for n in names])
    return names, np.array(rows), failed


def report(case: str, count: int) -> bool:
    names, pulls, failed = judged(CASES[case], count) if case in CASES else mapped(case, count)
    covered = np.abs(pulls) <= LEVEL_Z  # NaN is a miss
    coverage, mean, spread = covered.mean(axis=0), np.nanmean(pulls, axis=0), np.nanstd(pulls, axis=0, ddof=1)
    wide = 4 / math.sqrt(count)
    limits = 4 * math.sqrt(0.95 * 0.05 / count)
    open_ = np.array([name in NOT_JUDGED.get(case, ()) for name in names])
    inside = open_ | (np.abs(coverage - 0.95) <= limits) & (np.abs(mean) <= wide) & (
        np.abs(spread - 1) <= wide / math.sqrt(2)
    )
    print(f"\n### {case}: {count} data sets, {failed} failed fits\n")
    pooled = covered[:, ~open_].mean()
    print(f"pooled coverage {100 * pooled:.2f} % (94 to 96); limits of a parameter: coverage "
          f"{100 * (0.95 - limits):.1f} to {100 * (0.95 + limits):.1f} %, mean +-{wide:.3f}, "
          f"sd 1 +-{wide / math.sqrt(2):.3f}\n")  # fmt: skip
    print("| parameter | coverage % | mean pull | sd of pulls | inside |\n|---|---|---|---|---|")
    said = np.where(open_, "not judged", np.where(inside, "yes", "NO"))
    for row in zip(names, coverage, mean, spread, said, strict=True):
        print(f"| {row[0]} | {100 * row[1]:.2f} | {row[2]:+.3f} | {row[3]:.3f} | {row[4]} |", flush=True)
    return bool(inside.all() and 0.94 <= pooled <= 0.96)


def bound(count: int) -> float:
    """Coverage of the profile interval of an area whose truth is 0."""
    x = np.linspace(-20.0, 20.0, 161)
    two = (
        peak("a", {"center": (-3.0, -5.0, -1.0), "fwhm": (4.0, 2.0, 8.0)}, shape="gaussian"),
        peak("b", {"center": (3.0, 3.0, 3.0), "fwhm": (4.0, 4.0, 4.0)}, shape="gaussian"),
    )
    model = Model("", "raman_shift", two, (backgrounds.constant(),))
    covered = 0
    for seed in range(count):
        rng = np.random.default_rng(seed)
        data = 1 + shapes.gaussian(x, 5.0, -3.0, 4.0) + rng.normal(0, 0.1, x.size)
        fit = spectra.fit(spectra.from_arrays(x, data, axis="raman_shift", noise=0.1), model, check=False)
        if fit.status.trusted:
            interval = spectra.profile(fit, ["b_area"]).intervals
            covered += bool(interval["lower"].item() <= 0 <= interval["upper"].item())
    print(
        f"\n### bound: truth at 0, {count} data sets\n\nprofile interval covers {100 * covered / count:.2f} % (>= 93)"
    )
    return covered / count


CASES: dict[str, Draw] = {
    "white": white,
    "priors": lambda seed: white(seed, True),
    "poisson": poisson,
    "zero-filled": zero_filled,
    "from residuals": lambda seed: zero_filled(seed, False),
    "decay": decay,
    "apodised": lambda seed: decay(seed, 100.0),
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", type=int, default=2000)
    every = [*CASES, "map of counts", "map, estimated", "bound"]
    parser.add_argument("--cases", nargs="*", default=every, choices=every)
    asked = parser.parse_args()
    good = [report(name, asked.sets) for name in every[:-1] if name in asked.cases]
    if "bound" in asked.cases:
        good.append(bound(asked.sets) >= 0.93)
    print(f"\nall inside: {all(good)}")
