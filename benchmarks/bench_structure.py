"""Ratios of the structure solver to scipy and to cvxpy, in one run: python benchmarks/bench_structure.py

One composition with 20 species, areas of all of them, exact balances, amounts >= 0. cvxpy is in the extra ``bench``.
"""

from __future__ import annotations

import subprocess
import sys
import time

import cvxpy
import figures
import numpy as np
from scipy.optimize import linprog, lsq_linear

import structure
from shortrange_core import Estimates
from structure.balances import build_problem
from structure.solving import Extremes, curvature, minimise_problem

REPEATS = 30
CASES = 100
ROUNDS = 20
PEERS = {"cvxpy": "cvxpy (Clarabel, no covariance)", "trf": "lsq_linear (trf)", "bvls": "lsq_linear (bvls)"}
POOL = {"max_bridges": 3, "homopolar": True}


def best(call, repeats=REPEATS, clock=time.process_time):
    """Shortest of several runs, in seconds of this process (other work on the machine does not count)."""
    times = []
    for _ in range(repeats):
        start = clock()
        call()
        times.append(clock() - start)
    return min(times)


def contest(**entries):
    """Median over cases of the shortest of many runs of each; contenders take turns, so that all meet the same load.

    An entry is a call, its cases and what is done before each.
    """
    shortest = {name: np.full(len(cases), np.inf) for name, (_, cases, _) in entries.items()}
    for _ in range(ROUNDS):
        for name, (call, cases, before) in entries.items():
            for place, case in enumerate(cases):
                before()
                start = time.process_time()
                call(*case)
                shortest[name][place] = min(shortest[name][place], time.process_time() - start)
    return {name: float(np.median(times)) for name, times in shortest.items()}


def row(table, name, ours, peer, wanted):
    table.row(name, 1e3 * ours, 1e3 * peer, ours / peer, peer / ours, wanted)


def usual_species():
    return (*structure.species(structure.composition("Na3PS3.4O0.6"), max_bridges=2)[:18], "Na2S", "Na2O")


def amounts_of(species, rng):
    return dict(zip(species, [*rng.dirichlet(np.ones(18)), 0.1, 0.02], strict=True))


def areas_of(truth, rng):
    """Areas of all 20 species with sds of their own: noise, areas and covariance are new at every call."""
    sd = 0.02 * rng.uniform(0.7, 1.4, 20)
    areas = np.abs(np.array(list(truth.values())) + sd * rng.normal(size=20))
    found = Estimates.build(list(truth), areas, sd**2, assignment=list(truth))
    return [structure.from_areas(found, scale=1.0, name="areas")]


def problem_of_20(seed=0):
    rng = np.random.default_rng(seed)
    truth = amounts_of(usual_species(), rng)
    return structure.glass_of(truth), tuple(truth), areas_of(truth, rng)


def same_glass():
    """One glass; areas and their covariance new in every case."""
    rng = np.random.default_rng(1)
    truth = amounts_of(usual_species(), rng)
    glass = structure.glass_of(truth)
    return [(glass, tuple(truth), areas_of(truth, rng)) for _ in range(CASES)]


def new_glasses():
    """Composition, areas and covariance new in every case; the species stay."""
    return [problem_of_20(seed) for seed in range(CASES)]


def new_species():
    """Composition, areas and covariance new in every case, and 18 of all units drawn in an order of their own."""
    pool = structure.species(structure.composition("Na3PS3.4O0.6"), **POOL)
    cases = []
    for seed in range(CASES):
        rng = np.random.default_rng(seed)
        truth = amounts_of((*(pool[i] for i in rng.permutation(len(pool))[:18]), "Na2S", "Na2O"), rng)
        cases.append((structure.glass_of(truth), tuple(truth), areas_of(truth, rng)))
    return cases


def memories():
    """Everything that the package remembers."""
    modules = [module for name, module in sys.modules.items() if name.startswith("structure.")]
    return {id(f): f for module in modules for f in vars(module).values() if hasattr(f, "cache_clear")}.values()


def forget_glasses():
    """Forget every glass and every set of species; labels that were read once stay read."""
    for memory in memories():
        if memory.__name__ not in ("unit_of", "parse_label", "compound", "atom_counts", "charge_of", "read_expression"):
            memory.cache_clear()


def forget_all():
    for memory in memories():
        memory.cache_clear()


def cvxpy_solver():
    """The same problem as its user writes it: variables, cost and constraints built anew for the data of each call."""

    def peer(counted, equal, right, areas, sd):
        x = cvxpy.Variable(20)
        cost = cvxpy.sum_squares((counted / sd[:, None]) @ x - areas / sd)
        cvxpy.Problem(cvxpy.Minimize(cost), [x >= 0, equal @ x == right]).solve(solver=cvxpy.CLARABEL)
        return x.value

    return peer


def as_matrices(glass, species, evidence):
    problem = build_problem(glass, species, evidence)
    return np.eye(20), *problem.equal, evidence[0].value, np.sqrt(evidence[0].covariance.diagonal())


def stacked(matrices):
    """Balances as rows of a great weight, for a solver without equalities."""
    counted, equal, right, areas, sd = matrices
    return np.vstack([counted / sd[:, None], 1e5 * equal]), np.concatenate([areas / sd, 1e5 * right])


def solve(glass, species, evidence):
    return structure.solve(glass, species, evidence, check=False)


def nothing():
    pass


def solves(table):
    fresh = [as_matrices(*case) for case in same_glass()]
    problems = [(build_problem(*case),) for case in same_glass()]
    heavy = [stacked(matrices) for matrices in fresh]
    peer = cvxpy_solver()
    for case, matrices in zip(same_glass(), fresh, strict=True):
        assert np.abs(peer(*matrices) - solve(*case).values).max() < 1e-5
    found = contest(
        cvxpy=(peer, fresh, nothing),
        trf=(lambda A, b: lsq_linear(A, b, bounds=(0, np.inf)), heavy, nothing),
        bvls=(lambda A, b: lsq_linear(A, b, bounds=(0, np.inf), method="bvls"), heavy, nothing),
        whole=(solve, same_glass(), nothing),
        glass=(solve, new_glasses(), nothing),
        species=(solve, new_species(), forget_glasses),
        all=(solve, new_glasses(), forget_all),
        numbers=(lambda problem: curvature(problem, minimise_problem(problem)), problems, nothing),
        table=(lambda *case: solve(*case).fractions, same_glass(), nothing),
    )
    for name, peers, what, wanted in (
        ("whole", ("trf", "bvls"), "same glass and species, new areas and covariance", "<= 10 x"),
        ("numbers", ("trf", "bvls"), "numbers alone with covariance", ""),
        ("whole", ("cvxpy",), "same glass and species, new areas and covariance", ">= 20 times faster"),
        ("glass", ("cvxpy",), "new glass of the same species, all numbers new", ""),
        ("species", ("cvxpy",), "new glass of species never solved together", ""),
        ("all", ("cvxpy",), "nothing remembered, not even a label", ""),
        ("numbers", ("cvxpy",), "numbers alone with covariance", ""),
        ("table", ("cvxpy",), "same glass, and its table of fractions", ""),
    ):
        for other in peers:
            row(table, f"{what}, against {PEERS[other]}", found[name], found[other], wanted)


def all_ranges(table):
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
    ours = (lambda: structure.ranges(glass, species, quantities=species), [()], nothing)
    found = contest(ours=ours, peer=(peer, [()], nothing))
    row(table, "ranges of 20 species against 40 linprog calls", found["ours"], found["peer"], "<= 1.2 x")


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
    print()
    table = figures.Table("bench_structure, series", "glasses in a series", seconds=".2f", ms_a_glass=".2f")
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
        table.row(str(count), spent, 1e3 * spent / count)
    return table


def imports(table):
    def cost(statement):
        return best(lambda: subprocess.run([sys.executable, "-c", statement], check=True), 7, time.perf_counter)

    row(table, "structure.solve imported against import scipy.optimize, xarray",
        cost("import structure; structure.solve"), cost("import scipy.optimize, xarray"), "<= 1.3 x")  # fmt: skip


def main():
    given = figures.parser(__doc__).parse_args()
    table = figures.Table(
        "bench_structure", "what", ours_ms=".2f", peer_ms=".2f", ours_by_peer=".2f", peer_by_ours=".1f", wanted=""
    )
    solves(table)
    all_ranges(table)
    imports(table)
    posterior()
    for one in (table, series()):
        one.keep(given.csv)


if __name__ == "__main__":
    main()
