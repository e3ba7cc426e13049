"""The joint likelihood: cost and memory by number of glasses, and against lmfit's minimizer.

    python benchmarks/bench_joint.py

Simulated glasses of Na3PS3.4O0.6, one 31P spectrum each. Every row of the first table is a process of its own, so that
its memory is its own. The second table fits 16 spectra of 1000 points by the same likelihood: lmfit's Minimizer takes
its residuals in plain numpy with numeric derivatives, the amounts as free directions of the balances.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import tracemalloc

import figures
import lmfit
import numpy as np
from scipy.linalg import block_diag, null_space

import spectra
import structure
from shortrange import joint
from spectra.models import Model, identifier, peak

CENTRES = {"P:S4": 85.0, "P:S3O": 65.0, "P:S2O2": 45.0, "P:S3/S": 25.0}
SPECIES = (*CENTRES, "Na2S")
GLASS = "Na3PS3.4O0.6"
TRUTH = np.array([0.3, 0.4, 0.1, 0.2])
COUNTS = (4, 16, 64, 256)
SD = 0.002
ROUNDS = 5
HEIGHT = 2 * np.sqrt(np.log(2) / np.pi)
"""Of a Gaussian of unit area and unit fwhm."""


def model() -> Model:
    lines = [
        peak(
            identifier(text),
            {"area": 1.0, "center": (c, c - 8, c + 8), "fwhm": (8.0, 3.0, 20.0), "fraction": (0.4, 0.0, 1.0)},
            assignment=text,
            shape="pseudo_voigt",
        )
        for text, c in CENTRES.items()
    ]
    return Model("31P NMR", "chemical_shift", tuple(lines))


def series(count: int, points: int) -> list[joint.Spectrum]:
    """Simulated spectra, each fitted alone."""
    rng, x = np.random.default_rng(0), np.linspace(0.0, 110.0, points)
    found = []
    for number in range(count):
        drift = rng.normal(0, 0.3, TRUTH.size)
        y = sum(
            u * spectra.shapes.pseudo_voigt(x, 1.0, c + d, 9.0, 0.3)
            for u, c, d in zip(TRUTH, CENTRES.values(), drift, strict=True)
        )
        y = y + rng.normal(0, SD, points)
        data = spectra.from_arrays(x, y, axis="chemical_shift", noise=SD, technique="31P NMR")
        fit = spectra.fit(data, model())
        found.append(joint.Spectrum(f"g{number}", "31P NMR", tuple(CENTRES), fit, lambda _lines: model()))
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

    def statements() -> list[object]:
        marginals = joint.Marginals(made, found)
        return [marginals.statements(name) for name in made.glasses]

    found = made.minimum()
    fit, said = shortest(made.minimum), shortest(statements)
    tracemalloc.start()
    found = made.minimum()
    statements()
    _, peak_memory = tracemalloc.get_traced_memory()
    print(len(made.names), found.evaluations, 1e3 * fit, 1e3 * said, peak_memory / 2**20)


class Plain:
    """The same residuals in plain numpy, for a peer: free directions of the balances, then what is not an amount."""

    def __init__(self, made: joint.Likelihood) -> None:
        self.made = made
        self.lower, self.upper = np.array(made.lower), np.array(made.upper)
        self.amounts = np.concatenate(list(made.amounts.values()))
        self.rest = np.setdiff1d(np.arange(self.lower.size), self.amounts)
        self.matrix = made.matrix
        self.ways = block_diag(*(null_space(rows) for rows, _ in made.balances.values()))
        self.first = np.tile([*TRUTH, TRUTH[-1] / 2], len(made.amounts))  # charge takes half a Na2S for a bridging S

    def whole(self, values: np.ndarray) -> np.ndarray:
        """The vector of the likelihood."""
        x = np.zeros(self.lower.size)
        free = self.ways.shape[1]
        x[self.amounts] = self.first + self.ways @ values[:free]
        x[self.rest] = values[free:]
        return x

    def __call__(self, parameters: lmfit.Parameters) -> np.ndarray:
        x = self.whole(np.array(list(parameters.valuesdict().values())))
        found = [self.matrix @ x + self.made.levels]
        for key, block in self.made.blocks.items():
            local, curve = x[self.made.local[key]].tolist(), 0.0
            amounts, log_scale, shapes = local[: len(TRUTH)], local[len(SPECIES)], local[len(SPECIES) + 1 :]
            for line, area in enumerate(amounts):
                centre, fwhm, fraction = shapes[3 * line : 3 * line + 3]
                z2 = ((block.data.x - centre) / fwhm) ** 2
                lorentzian = fraction * (2 / np.pi / fwhm) / (1 + 4 * z2)
                curve = curve + area * (lorentzian + (1 - fraction) * (HEIGHT / fwhm) * np.exp(-4 * np.log(2) * z2))
            found.append((np.exp(log_scale) * curve - block.data.intensity) / block.data.noise * block.data.weight**0.5)
        return np.concatenate(found)

    def parameters(self) -> lmfit.Parameters:
        """Starts and bounds of the likelihood."""
        made, start = lmfit.Parameters(), np.array(self.made.first)
        middle = self.ways.T @ (start[self.amounts] - self.first)
        for number, value in enumerate(middle):
            made.add(f"way{number}", value=float(value))
        for at in self.rest.tolist():
            made.add(f"p{at}", value=start[at], min=self.lower[at], max=self.upper[at])
        return made


def contest(count: int, points: int) -> tuple[float, float, float, float, int, float]:
    """Ours and lmfit's time, their ratio; chi2 of lmfit above ours, relative; evaluations; largest distance in sds."""
    made = likelihood(count, points)
    plain, found = Plain(made), made.minimum()
    run = lmfit.Minimizer(plain, plain.parameters(), scale_covar=False)
    before = shortest(made.minimum)
    start = time.process_time()
    theirs = run.minimize(method="leastsq", ftol=1e-12, xtol=1e-12, max_nfev=1_000_000)
    peer = time.process_time() - start
    ours = min(before, shortest(made.minimum))
    if not theirs.errorbars:
        raise SystemExit("lmfit found no covariance: nothing is compared")
    end = plain.whole(np.array(list(theirs.params.valuesdict().values())))
    apart = float(np.max(np.abs(end - found.x) / np.maximum(found.sd, 1e-4)))
    return 1e3 * ours, 1e3 * peer, peer / ours, theirs.chisqr / found.chi2 - 1, theirs.nfev, apart


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
    table = figures.Table(
        "joint, lmfit", "spectra x points", ours_ms=".0f", lmfit_ms=".0f", ratio=".0f", chi2_above=".1e",
        their_evaluations=".0f", apart_in_sd=".1e",
    )  # fmt: skip
    for count, points in ((4, 1000), (16, 1000)):
        table.row(f"{count} x {points}", *contest(count, points))
    table.keep(given.csv)
