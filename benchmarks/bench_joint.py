"""The joint likelihood: cost and memory by number of glasses, and against lmfit's minimizer: python benchmarks/bench_joint.py

Simulated glasses of Na3PS4 with two lines of 31P. Every row of the first table is a process of its own, so that its
memory is its own. The second table fits 16 spectra of 1000 points by the same residuals, bounds and balances: lmfit's
Minimizer takes them with numeric derivatives, its amounts on the balances through one free fraction a glass.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

import figures
import lmfit
import numpy as np

import spectra
import structure
from shortrange import joint
from shortrange_core.least_squares import Problem, Search
from spectra.models import Model, peak

SPECIES = ("P:S4", "P:S3/S", "Na2S", "S")
GLASS = "Na3PS4"
COUNTS = (4, 16, 64, 256)
SD = 0.002
ROUNDS = 5
OTHERS = 20


def model() -> Model:
    lines = [
        peak(
            name,
            {"area": 1.0, "center": (c, c - 10, c + 10), "fwhm": (8.0, 3.0, 20.0)},
            assignment=text,
            shape="gaussian",
        )
        for name, text, c in (("p_s4", "P:S4", 30.0), ("p_s3_s", "P:S3/S", 70.0))
    ]
    return Model("31P NMR", "chemical_shift", tuple(lines))


def series(count: int, points: int) -> list[joint.Spectrum]:
    """Simulated spectra, each fitted alone."""
    rng, x = np.random.default_rng(0), np.linspace(0.0, 100.0, points)
    found = []
    for number, share in enumerate(rng.uniform(0.2, 0.8, count)):
        lines = share * spectra.shapes.gaussian(x, 1.0, 30.0, 8.0)
        lines = lines + (1 - share) * spectra.shapes.gaussian(x, 1.0, 70.0, 8.0)
        y = lines + rng.normal(0, SD, points)
        data = spectra.from_arrays(x, y, axis="chemical_shift", noise=SD, technique="31P NMR")
        fit = spectra.fit(data, model())
        found.append(joint.Spectrum(f"g{number}", "31P NMR", ("P:S4", "P:S3/S"), fit, lambda _lines: model()))
    return found


def likelihood(count: int, points: int) -> joint.Likelihood:
    glass = structure.composition(GLASS)
    return joint.likelihood_of([(f"g{n}", glass, SPECIES, None) for n in range(count)], series(count, points), {})


def shortest(call, rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def sized(count: int) -> None:
    """One row of the first table, on standard output."""
    made = likelihood(count, 401)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = made.minimum()
    marginals = joint.Marginals(made, found)
    for name in made.glasses:
        marginals.statements(name)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fit = shortest(made.minimum)
    statements = shortest(lambda: [joint.Marginals(made, found).statements(n) for n in list(made.glasses)[:1]])
    every = shortest(lambda m=joint.Marginals(made, found): [m.statements(n) for n in made.glasses])
    print(len(made.names), found.evaluations, 1e3 * fit, 1e3 * (statements + every), (after - before) / 1024)


def lmfit_seconds(made: joint.Likelihood, best: float) -> tuple[float, float, int]:
    """Time of lmfit's minimizer with numeric derivatives and covariance; chi2 above ours, relative; evaluations."""
    dense, basis, start = free_coordinates(made)
    low, high = np.array(made.lower), np.array(made.upper)
    parameters = lmfit.Parameters()
    amounts = len(basis.T)
    for number, value in enumerate(start):
        parameters.add(f"p{number}", value=value)
    rest = np.setdiff1d(np.arange(low.size), np.concatenate(list(made.amounts.values())))
    for number, at in enumerate(rest):
        parameters[f"p{amounts + number}"].set(min=low[at], max=high[at])
    run = lmfit.Minimizer(lambda p: dense(np.array(list(p.valuesdict().values()))), parameters, scale_covar=False)
    begin = time.process_time()
    found = run.minimize(method="leastsq", ftol=1e-12, xtol=1e-12, max_nfev=200_000)
    return time.process_time() - begin, found.chisqr / best - 1, found.nfev


if __name__ == "__main__":
    parser = figures.parser(__doc__)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.size:
        sized(given.size)
        sys.exit()
    table = figures.Table(
        "joint, size", "glasses", parameters=".0f", evaluations=".0f", ms=".0f", ms_a_glass=".2f", statements_ms=".0f",
        MiB=".1f",
    )  # fmt: skip
    for count in COUNTS:
        asked = subprocess.run(
            [sys.executable, __file__, "--size", str(count)], capture_output=True, text=True, check=True
        )
        parameters, evaluations, fit, statements, memory = map(float, asked.stdout.split())
        table.row(str(count), parameters, evaluations, fit, fit / count, statements, memory)
    table.keep(given.csv)
