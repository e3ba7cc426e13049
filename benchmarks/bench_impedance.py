"""Circuit fit and Kramers-Kronig test against impedance.py 1.7.1, on its own example data, in one run.

impedance.py does not install cleanly: it needs pandas, which it does not declare, and under numpy 2 its lin-KK
evaluates the text ``np.float64(...)``. Here it runs with numpy.set_printoptions(legacy="1.25"), which restores the
numbers' text, and is otherwise as published. Both programs get the same spectrum, first guess and weighting; times
are the best of the repeats, taken in turn.

    SHORTRANGE_DATA=... python benchmarks/bench_impedance.py
"""

from __future__ import annotations

import contextlib
import io
import os
import time
import warnings
from pathlib import Path

import figures
import numpy as np
from impedance import validation
from impedance.models.circuits import CustomCircuit

import electrochemistry as ec

TEXT = "R0-p(R1,CPE1)-p(R2,CPE2)"
GUESSES = ([0.01, 0.01, 100.0, 0.9, 0.05, 100.0, 0.9], [0.01, 0.005, 10.0, 0.9, 0.005, 10.0, 0.9])
REPEATS = 7
SWAP = {"R1": "R2", "CPE1_Q": "CPE2_Q", "CPE1_n": "CPE2_n", "R2": "R1", "CPE2_Q": "CPE1_Q", "CPE2_n": "CPE1_n"}


def in_turn(*calls):
    """Best time and result of each call, measured in turn so that a busy machine is busy for all."""
    best, results = [np.inf] * len(calls), [None] * len(calls)
    for _ in range(REPEATS):
        for n, call in enumerate(calls):
            begun = time.perf_counter()
            results[n] = call()
            best[n] = min(best[n], time.perf_counter() - begun)
    return list(zip(best, results, strict=True))


def apart(fit, values):
    """Largest relative difference of a parameter, arcs in either order."""
    straight = max(abs(fit.value(name) / values[name] - 1) for name in values)
    return min(straight, max(abs(fit.value(name) / values[SWAP.get(name, name)] - 1) for name in values))


def fits(table, spectrum, f, z, weighting, guess):
    names = ec.circuit(TEXT).names
    start = dict(zip(names, guess, strict=True))

    def theirs():
        return CustomCircuit(TEXT, initial_guess=list(guess)).fit(f, z, weight_by_modulus=weighting == "modulus")

    def ours(starts):
        return ec.fit_circuit(spectrum, TEXT, start=start, starts=starts, weighting=weighting, check=False)

    ours(2)
    (t, cell), (t_one, one), (t_many, many) = in_turn(theirs, lambda: ours(0), lambda: ours(32))
    values = dict(zip(names, cell.parameters_, strict=True))
    weight = 1 / np.abs(z) if weighting == "modulus" else np.ones(z.size)
    chi2 = float(np.sum(np.abs((ec.circuit(TEXT).impedance(f, values) - z) * weight) ** 2))
    what = f"{weighting}, guess {GUESSES.index(guess) + 1}"
    less = one.chi2 / chi2 - 1, many.chi2 / chi2 - 1
    table.row(what, t, t_one, t / t_one, t_many, t / t_many, *less, apart(one, values))


def main() -> None:
    np.set_printoptions(legacy="1.25")
    warnings.simplefilter("ignore")
    folder = Path(os.environ["SHORTRANGE_DATA"]) / "eis/impedancepy"
    rows = np.loadtxt(folder / "exampleData.csv", delimiter=",")
    rows = rows[rows[:, 2] < 0]
    f, z = rows[:, 0], rows[:, 1] + 1j * rows[:, 2]
    spectrum = ec.spectrum_from_arrays(f, z)
    given = figures.parser(__doc__).parse_args()
    table = figures.Table(
        "bench_impedance", "weighting", theirs_s=".3f", one_start_s=".4f", ratio_of_one_start=".0f", starts_33_s=".3f",
        ratio_of_33_starts=".1f", chi2_less_1_one_start="+.1e", chi2_less_1_33_starts="+.1e", apart=".0e",
    )  # fmt: skip
    for weighting in ("modulus", "unit"):
        for guess in GUESSES:
            fits(table, spectrum, f, z, weighting, guess)
    kk = ec.read_impedance(folder / "Circuit3_EIS_1.z")
    fk, zk = kk.frequency.values, kk.impedance.values
    with contextlib.redirect_stdout(io.StringIO()):
        (t, result), (t_own, own) = in_turn(
            lambda: validation.linKK(fk, zk, c=0.69, max_M=50, fit_type="real"),
            lambda: ec.validate(kk, cutoff=0.69, extend=False, series_capacitance=False),
        )
    print()
    linear = figures.Table("bench_impedance, lin-KK", "program", s=".5f", elements="d", mu=".13f")
    linear.row("impedance.py", t, result[0], result[1])
    linear.row("ours", t_own, own.elements, own.mu)
    for one in (table, linear):
        one.keep(given.csv)


if __name__ == "__main__":
    main()
