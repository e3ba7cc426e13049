"""Ratios of the structure solver to scipy and to cvxpy, in one run: python benchmarks/bench_structure.py

One composition with 20 species, areas of all of them, exact balances, amounts >= 0. cvxpy is in the extra ``bench``.
"""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
from scipy.optimize import linprog, lsq_linear

import structure
from shortrange_core import Estimates
from structure.assembly import build_problem
from structure.extremes import Extremes
from structure.minimum import curvature, evaluate_terms, minimise_problem

REPEATS = 30


def best(call, repeats=REPEATS, clock=time.process_time):
    """Shortest of several runs, in seconds of this process (other work on the machine does not count)."""
    times = []
    for _ in range(repeats):
        start = clock()
        call()
        times.append(clock() - start)
    return min(times)


def first_of(make, repeats=REPEATS):
    """Shortest first solve of a glass that is made anew each time: nothing of it is remembered."""
    times = []
    for _ in range(repeats):
        glass, species, evidence = make()
        start = time.process_time()
        structure.solve(glass, species, evidence, check=False)
        times.append(time.process_time() - start)
    return min(times)


def row(name, ours, peer, wanted):
    print(f"| {name} | {1e3 * ours:.2f} ms | {1e3 * peer:.2f} ms | {ours / peer:.2f} | {peer / ours:.1f} | {wanted} |")


def problem_of_20():
    glass = structure.composition("Na3PS3.4O0.6")
    species = (*structure.species(glass, max_bridges=2)[:18], "Na2S", "Na2O")
    rng = np.random.default_rng(0)
    truth = dict(zip(species, [*rng.dirichlet(np.ones(18)), 0.1, 0.02], strict=True))
    areas = np.abs(np.array(list(truth.values())) + 0.02 * rng.normal(size=20))
    found = Estimates.build(list(species), areas, np.full(20, 0.02**2), assignment=list(species))
    glass = structure.glass_of(truth)
    return glass, species, [structure.from_areas(found, scale=1.0, name="areas")]


def solves():
    glass, species, evidence = problem_of_20()
    problem = build_problem(glass, species, evidence)
    residual, jacobian = evaluate_terms(problem, problem.start)
    right = jacobian @ problem.start - residual
    E, e = problem.equal
    heavy = 1e5
    A, b = np.vstack([jacobian, heavy * E]), np.concatenate([right, heavy * e])
    whole = best(lambda: structure.solve(glass, species, evidence, check=False))
    new = first_of(problem_of_20)
    read = best(lambda: structure.solve(glass, species, evidence, check=False).fractions)

    def core():
        curvature(problem, minimise_problem(problem))

    numbers = best(core)
    trf = best(lambda: lsq_linear(A, b, bounds=(0, np.inf)))
    bvls = best(lambda: lsq_linear(A, b, bounds=(0, np.inf), method="bvls"))
    row("solve, labels to record, against lsq_linear (trf)", whole, trf, "<= 10 x")
    row("solve, numbers alone with covariance, against lsq_linear (trf)", numbers, trf, "")
    row("solve, numbers alone with covariance, against lsq_linear (bvls)", numbers, bvls, "")
    try:
        import cvxpy  # noqa: PLC0415  an extra
    except ImportError:
        print("| cvxpy is not installed (extra bench) | | | | | |")
        return

    def peer():
        x = cvxpy.Variable(20)
        cost = cvxpy.sum_squares(jacobian @ x - right)
        cvxpy.Problem(cvxpy.Minimize(cost), [x >= 0, E @ x == e]).solve(solver=cvxpy.CLARABEL)
        return x.value

    found = minimise_problem(problem).x
    assert np.abs(peer() - found).max() < 1e-5
    theirs = best(peer)
    row("first solve of a glass, labels to record, against cvxpy (Clarabel, no covariance)", new, theirs, "")
    row("solve and its table of fractions, against cvxpy (Clarabel, no covariance)", read, theirs, "")
    row("solve, labels to record, against cvxpy (Clarabel, no covariance)", whole, theirs, ">= 20 times faster")
    row("solve, numbers alone with covariance, against cvxpy (Clarabel, no covariance)", numbers, theirs, "")


def all_ranges():
    glass, species, _ = problem_of_20()
    problem = build_problem(glass, species, [])
    extremes = Extremes.of(problem)
    bounds = [(0, None)] * 20
    E, e = problem.equal

    def peer():
        for index in range(20):
            cost = np.zeros(20)
            for cost[index] in (1.0, -1.0):
                linprog(cost, A_eq=E, b_eq=e, bounds=bounds)

    assert extremes.least(np.eye(20)[0]) is not None
    ours = best(lambda: structure.ranges(glass, species, quantities=species), 5)
    row("ranges of 20 species against 40 linprog calls", ours, best(peer, 5), "<= 1.2 x")


def posterior():
    glass, species, evidence = problem_of_20()
    rng = np.random.default_rng(0)
    start = time.process_time()
    found = structure.sample(glass, species, evidence, draws=20_000, rng=rng)
    spent = time.process_time() - start
    print(f"\n20 000 posterior samples of 20 species: {spent:.1f} s, greatest R-hat {found.r_hat.values.max():.3f}, "
          f"least effective size {found.effective.values.min():.0f}")  # fmt: skip


def series():
    species = ("P:S4", "P:S3O", "P:S3/O", "Na2S")
    print("\n| glasses in a series | seconds | ms a glass |\n|---|---|---|")
    for count in (250, 500, 1000):
        places = np.linspace(0.05, 0.6, count)
        glasses = [
            structure.Glass(
                f"g{i}", float(x), structure.composition("Na3PS4-xOx", x=float(x)),
                (structure.statement("P:S3/O", value=float(x) / 2, sd=0.02),),
            )
            for i, x in enumerate(places)
        ]  # fmt: skip
        start = time.process_time()
        structure.solve_series(glasses, species)
        spent = time.process_time() - start
        print(f"| {count} | {spent:.2f} | {1e3 * spent / count:.2f} |")


def imports():
    def cost(statement):
        return best(lambda: subprocess.run([sys.executable, "-c", statement], check=True), 7, time.perf_counter)

    row("import structure against import scipy.optimize, xarray",
        cost("import structure"), cost("import scipy.optimize, xarray"), "<= 1.3 x")  # fmt: skip


def main():
    print("| what | ours | peer | ours / peer | peer / ours | wanted |\n|---|---|---|---|---|---|")
    solves()
    all_ranges()
    imports()
    posterior()
    series()


if __name__ == "__main__":
    main()
