"""Circuit fit and Kramers-Kronig test against impedance.py 1.7.1, on its own example, in one run.

impedance.py does not install cleanly: it needs pandas, which it does not declare, and under numpy 2 its lin-KK evaluates
the text ``np.float64(...)``. Here it runs with numpy.set_printoptions(legacy="1.25"), which restores the numbers'
text, and is otherwise as published.

    SHORTRANGE_DATA=... python benchmarks/bench_impedance.py
"""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path

import numpy as np

import electrochemistry as ec

TEXT = "R0-p(R1,CPE1)-p(R2,CPE2)"
GUESS = [0.01, 0.005, 10.0, 0.9, 0.005, 100.0, 0.9]
REPEATS = 5


def best(call, repeats=REPEATS):
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - begun)
    return min(times), result


def main() -> None:
    np.set_printoptions(legacy="1.25")
    warnings.simplefilter("ignore")
    from impedance import validation
    from impedance.models.circuits import CustomCircuit

    folder = Path(os.environ["SHORTRANGE_DATA"]) / "eis/impedancepy"
    rows = np.loadtxt(folder / "exampleData.csv", delimiter=",")
    rows = rows[rows[:, 2] < 0]
    f, z = rows[:, 0], rows[:, 1] + 1j * rows[:, 2]
    spectrum = ec.spectrum_from_arrays(f, z)
    names = ec.circuit(TEXT).names
    start = dict(zip(names, GUESS, strict=True))
    print("| what | impedance.py s | ours s | ratio | chi2 theirs | chi2 ours |\n|---|---|---|---|---|---|")
    for weighting in ("unit", "modulus"):
        theirs, cell = best(
            lambda w=weighting: CustomCircuit(TEXT, initial_guess=list(GUESS)).fit(
                f, z, weight_by_modulus=w == "modulus"
            ),
            3,
        )
        weight = 1 / np.abs(z) if weighting == "modulus" else np.ones(z.size)
        order = np.argsort(f)
        values = dict(zip(names, cell.parameters_, strict=True))
        own = ec.circuit(TEXT).impedance(f[order], values)
        chi2 = float(np.sum(np.abs((own - z[order]) * weight[order]) ** 2))
        for label, starts in (("one start", 0), ("one start and 32 automatic ones", 32)):
            call = lambda w=weighting, n=starts: ec.fit_circuit(
                spectrum, TEXT, start=start, starts=n, weighting=w, check=False
            )
            call()
            ours, fit = best(call)
            print(
                f"| {label}, {weighting} | {theirs:.3f} | {ours:.4f} | {theirs / ours:.0f} | {chi2:.9g} | {fit.chi2:.9g} |"
            )
            if abs(fit.chi2 / chi2 - 1) < 1e-5:
                swap = dict(
                    zip(
                        ("R1", "CPE1_Q", "CPE1_n", "R2", "CPE2_Q", "CPE2_n"),
                        ("R2", "CPE2_Q", "CPE2_n", "R1", "CPE1_Q", "CPE1_n"),
                        strict=True,
                    )
                )
                straight = max(abs(fit.value(n) / values[n] - 1) for n in names)
                crossed = max(abs(fit.value(n) / values[swap.get(n, n)] - 1) for n in names)
                print(f"|   largest relative difference of a parameter | | | {min(straight, crossed):.1e} | | |")
    kk = ec.read_impedance(folder / "Circuit3_EIS_1.z")
    fk, zk = kk.frequency.values, kk.impedance.values
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()):
        theirs, result = best(lambda: validation.linKK(fk, zk, c=0.69, max_M=50, fit_type="real"), 3)
    ours, own = best(lambda: ec.validate(kk, cutoff=0.69, extend=False, series_capacitance=False))
    print(
        f"| lin-KK, M = {own.elements} and {result[0]} | {theirs:.4f} | {ours:.5f} | {theirs / ours:.0f} | mu {result[1]:.12f} | mu {own.mu:.12f} |"
    )
    floor, _ = best(lambda: [ec.circuit(TEXT).impedance(f, start) for _ in range(100)])
    print(f"floor: one evaluation of the circuit by name {1e4 * floor:.1f} us")


if __name__ == "__main__":
    main()
