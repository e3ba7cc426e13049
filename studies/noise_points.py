"""How many points of an NMR spectrum count as one: what is counted, over what is true.

OMP_NUM_THREADS=1 python studies/noise_points.py windows
OMP_NUM_THREADS=1 python -m studies.noise_points glasses [--first 4372] [--number 80]

`windows` draws decays of white noise under windows that no estimate is told, transforms them with zero filling, and
fits a polynomial of degree 8 to 1000 points. `glasses` fits the 31P spectra of the second simulator as `analyse` does.
The truth is the power of the noise that lines feel, at the beginning of the decay, over its mean.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spectra.noise import points_per_independent, points_under_window, quiet_noise
from studies.planted_faults import SECOND, design
from studies.series_calibration import analysed

Vector = npt.NDArray[np.float64]
DECAY, SHOWN, DEGREE, DRAWS = 1024, 1000, 8, 50
WINDOWS = {
    "none": np.ones_like,
    "exponential, e^-1 at its end": lambda t: np.exp(-t),
    "exponential, e^-3": lambda t: np.exp(-3 * t),
    "Gaussian, e^-3": lambda t: np.exp(-3 * t**2),
    "rising Lorentzian, Gaussian": lambda t: np.exp(t - 3 * t**2),
    "cosine": lambda t: np.cos(np.pi / 2 * t),
    "squared cosine": lambda t: np.cos(np.pi / 2 * t) ** 2,
    "sine, a tenth in": lambda t: np.sin(np.pi * (0.1 + 0.9 * t)),
}
FILLED = (1.0, 1.5, 2.0, 4.0)


def truth(window: Vector, filled: float) -> float:
    """Points that count as one: both ends of a decay that was not filled meet at time 0."""
    ends = window[0] ** 2 + (window[-1] ** 2 if filled == 1 else 0.0)
    return float(max(filled * window.size * ends / 2 / np.sum(window**2), 1.0))


def windows() -> str:
    """Table of medians and spreads over the truth, by window and zero filling."""
    rng = np.random.default_rng(5)
    fitted = np.polynomial.legendre.legvander(np.linspace(-1, 1, SHOWN), DEGREE)
    text = ["| window | filled | true | under a window | no answer | by lags |", "|---|---|---|---|---|---|"]
    for name, shape in WINDOWS.items():
        window = shape(np.arange(DECAY) / DECAY)
        for filled in FILLED:
            of_window, by_lags = [], []
            for _ in range(DRAWS):
                decay = window * (rng.normal(size=DECAY) + 1j * rng.normal(size=DECAY))
                noise = np.fft.fft(decay, int(filled * DECAY)).real[:SHOWN]
                of_window.append(points_under_window(noise, fitted))
                by_lags.append(points_per_independent(noise, fitted)[0])
            true, told = truth(window, filled), [c for c in of_window if c is not None]
            cells = (f"{true:.2f}", _spread(told, true), f"{DRAWS - len(told)} of {DRAWS}", _spread(by_lags, true))
            text.append(f"| {name} | {filled:g} | {' | '.join(cells)} |")
    return "\n".join(text)


def _spread(counted: list[float], true: float) -> str:
    return f"{np.median(counted) / true:.2f} +- {np.std(counted) / true:.2f}" if counted else ""


def glasses(seeds: range) -> str:
    """Quantiles, over glasses, of what quiet parts, lags of residuals and windows count, over the truth."""
    rows = [_glass(seed) for seed in seeds]
    logs = {name: np.log([row[name] for row in rows if row[name] is not None]) for name in rows[0]}
    text = ["| counted | glasses | median | sd of the logarithm | 2.5 to 97.5 % |", "|---|---|---|---|---|"]
    for name, log in logs.items():
        low, middle, high = np.exp(np.percentile(log, [2.5, 50, 97.5]))
        text.append(f"| {name} | {log.size} | {middle:.3f} | {np.std(log):.3f} | {low:.2f} to {high:.2f} |")
    return "\n".join(text)


def _glass(seed: int) -> dict[str, float | None]:
    series = design("clean", seed)
    glass = series.glasses[SECOND]
    alone = replace(glass, spectra={"31P NMR": glass.spectra["31P NMR"]})
    fit = analysed(replace(series, glasses=(alone,))).fits[0].fit
    drawn = glass.parameters["31P NMR"]
    window = np.exp(-math.pi * drawn["apodisation"] * series.spectrometer.times())
    true = truth(window, drawn["zero_filling"])
    compiled = fit.compiled()
    data = np.asarray(fit.spectrum["intensity"].values, dtype=float)
    residual = data - compiled.evaluate(np.asarray(fit.values))
    slopes = compiled.free_jacobian()[:, : data.size].T
    quiet = quiet_noise(data)[1]
    counted = {
        "quiet parts of the spectrum": quiet if np.isfinite(quiet) else None,
        "residuals, by lags": points_per_independent(residual, slopes)[0],
        "residuals, under a window": points_under_window(residual, slopes),
        "what the fit used": fit.points_per_independent,
    }
    return {name: None if value is None else value / true for name, value in counted.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("windows", "glasses"))
    parser.add_argument("--first", type=int, default=4372)
    parser.add_argument("--number", type=int, default=80)
    given = parser.parse_args()
    print(windows() if given.what == "windows" else glasses(range(given.first, given.first + given.number)))
