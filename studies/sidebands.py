"""Calibration of areas, shifts and tensors of sideband manifolds: N simulated spectra, truths from the fit's priors.

Two sites at 20 kHz and 202.4 MHz: PS4 (82 ppm, nearly symmetric) and PSO3 (32 ppm, large anisotropy); 700 points, noise
1/150 of the taller line. Positions, widths, anisotropies and the referencing offset are drawn from the priors that the
fit uses; eta is drawn until it lies within 0..1. Run: ``python studies/sidebands.py 2000``.
"""

import sys
from dataclasses import replace

import numpy as np

import spectra
from spectra import nmr
from spectra.models import Default

PRIORS = {"P:S4": Default(82.0, 0.5, "study"), "P:SO3": Default(32.0, 0.5, "study")}
AREAS = {"p_s4": 700.0, "p_so3": 300.0}
NOISE = 0.6
JUDGED = ("area", "center", "zeta", "gauss_fwhm")


def model() -> spectra.Model:
    x = np.linspace(-200.0, 300.0, 700)
    empty = spectra.from_arrays(
        x, np.ones(700) + 1e-3 * x, axis="chemical_shift", noise=NOISE, technique="31P NMR", spinning_rate=20e3,
        larmor_frequency=202.4, reference="study", recycle_delay=5e3, flip_angle=30.0,
    )  # fmt: skip
    return nmr.model(empty, ["P:S4", "P:SO3"], priors=PRIORS, background_degree=1)


def truth(found: spectra.Model, rng: np.random.Generator) -> dict[str, float]:
    offset = rng.normal(0.0, found.offset_sd)
    linked = found.linked()
    values = {"offset": offset, "background_c0": 2.0, "background_c1": 0.5}
    for parameter in found.all_parameters:
        name = parameter.name
        if name.endswith("_area"):
            values[name] = AREAS[name.removesuffix("_area")]
        if parameter.prior is None or name in linked:
            continue
        upper = 1.0 if name.endswith("_eta") else parameter.upper
        while True:
            drawn = rng.normal(parameter.prior.mean, parameter.prior.sd)
            drawn += offset if name.endswith("_center") else 0.0
            if parameter.lower < drawn < upper:
                break
        values[name] = drawn
    return values


def one(found: spectra.Model, seed: int, restarts: int) -> dict[str, tuple[float, float, float]] | None:
    rng = np.random.default_rng(seed)
    values = truth(found, rng)
    x = np.linspace(-200.0, 300.0, 700)
    spectrum = spectra.simulate(found, x, values, noise=NOISE, rng=rng)
    fit = spectra.fit(spectrum, replace(found, notes=()), check=False, restarts=restarts, rng=rng)
    if not fit.status.trusted:
        return None
    names = [f"{peak}_{q}" for peak in AREAS for q in JUDGED]
    part = fit.parameters.select(names)
    return {n: (v, s, values[n]) for n, v, s in zip(names, part.value.values, part.sd.values, strict=True)}


def run(number: int, restarts: int = 0) -> dict[str, tuple[float, float, float]]:
    """Coverage of the 95 % interval, mean and sd of the pulls by parameter; failed fits count as misses."""
    found = model()
    results = [one(found, seed, restarts) for seed in range(number)]
    table = {}
    for name in [f"{peak}_{q}" for peak in AREAS for q in JUDGED]:
        pulls = np.array([(r[name][0] - r[name][2]) / r[name][1] if r else np.inf for r in results])
        good = np.isfinite(pulls)
        table[name] = (float(np.mean(np.abs(pulls) < 1.959964)), float(pulls[good].mean()), float(pulls[good].std()))
    return table


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    restarts = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(f"N = {number}, restarts = {restarts}")
    for name, (coverage, mean, sd) in run(number, restarts).items():
        print(f"{name:18s} coverage {100 * coverage:5.1f} %   mean pull {mean:+.3f}   sd of pulls {sd:.3f}")
