"""Solves are exact minima, and what is remembered between them never shows: certificates, and warm against cold."""

import sys

import numpy as np
import pytest
from scipy.linalg import null_space
from scipy.optimize import lsq_linear

import structure
from shortrange_core import Estimates
from structure.balances import Builder, build_problem
from structure.solving import curvature, minimise_problem

ARRAYS = ("values", "covariance", "lower", "upper", "log_values", "log_covariance", "observed", "predicted", "sd",
          "pull", "off")  # fmt: skip
TEXTS = ("species", "statuses", "logs", "entries", "evidence", "lines", "dof", "status", "notes", "provenance")


def forget():
    """Empty everything that the package remembers."""
    for name, module in list(sys.modules.items()):
        if name.startswith("structure."):
            for found in vars(module).values():
                if hasattr(found, "cache_clear"):
                    found.cache_clear()


def random_glass(seed, *, uncertain=False):
    """Species, a composition that they make up, areas with a full covariance, and one-sided statements."""
    rng = np.random.default_rng(seed)
    base = structure.composition(("Na3PS3.4O0.6", "50Na2O-50P2O5", "0.6Na2S-0.4SiS2")[seed % 3])
    pool = structure.species(base, max_bridges=3, homopolar=bool(seed % 2))
    chosen = [pool[i] for i in rng.permutation(len(pool))[: rng.integers(3, min(len(pool), 18) + 1)]]
    truth = dict(zip(chosen, rng.dirichlet(np.full(len(chosen), 0.7)), strict=True))
    free = "Na2S" if "S" in base.elements else "Na2O"
    truth[free] = 0.1 * rng.random()
    glass = structure.glass_of(truth)
    if uncertain:
        glass = glass.uncertain(Na=0.01, **{e: 0.01 for e in ("S", "O") if e in glass.elements})
    count = len(truth)
    factor = 0.04 * rng.normal(size=(count, count)) / np.sqrt(count)
    covariance = factor @ factor.T + 9e-4 * np.eye(count)
    areas = np.array(list(truth.values())) + np.linalg.cholesky(covariance) @ rng.normal(size=count)
    found = Estimates.build(list(truth), areas, covariance, assignment=list(truth))
    evidence = [structure.from_areas(found, scale=1.0, name="areas")]
    if seed % 2:
        evidence.append(structure.statement(chosen[0], at_most=0.5 * truth[chosen[0]], sd=0.02, name="little of it"))
    return glass, tuple(truth), evidence


@pytest.mark.parametrize("uncertain", [False, True])
def test_minimum_carries_its_certificate(uncertain):
    """Feasible, and the slope of chi2 is held by the equalities and by walls that push: then nothing is lower."""
    bounded = 0
    for seed in range(60):
        glass, species, evidence = random_glass(seed, uncertain=uncertain)
        problem = build_problem(glass, species, evidence)
        found = minimise_problem(problem)
        G, h = found.walls
        E, e = problem.equal
        assert np.abs(E @ found.x - e).max(initial=0.0) < 1e-12
        assert (G @ found.x - h).min() > -1e-10
        slope = found.jacobian.T @ found.residual
        near = G[G @ found.x - h < 1e-9]
        push = lsq_linear(
            np.vstack([E, near]).T, slope,
            bounds=(np.r_[np.full(len(E), -np.inf), np.zeros(len(near))], np.inf), tol=1e-14, method="bvls",
        )  # fmt: skip
        assert np.linalg.norm(push.fun) < 1e-7 * (1 + np.linalg.norm(slope))
        bounded += len(found.active)
    assert bounded > 60


@pytest.mark.parametrize("uncertain", [False, True])
def test_covariance_is_that_of_the_face(uncertain):
    """N (N'J'J N)^-1 N' with N all directions that balances and active walls leave, by other routines."""
    for seed in range(60):
        problem = build_problem(*random_glass(seed, uncertain=uncertain))
        found = minimise_problem(problem)
        bend = curvature(problem, found)
        idle = [hinge.slack for hinge in problem.hinges if found.x[hinge.slack] <= 1e-9]
        held = np.vstack([problem.equal[0], found.walls[0][bend.held], np.eye(problem.size)[idle]])
        ways = null_space(held, rcond=1e-11)
        seen = found.jacobian @ ways
        expected = ways @ np.linalg.inv(seen.T @ seen) @ ways.T
        assert bend.covariance == pytest.approx(expected, abs=1e-10 * np.abs(expected).max(initial=1e-4))
        assert bend.rank == ways.shape[1]
        for place, wall in enumerate(found.walls[0][bend.held]):
            other = np.vstack([problem.equal[0], np.delete(found.walls[0][bend.held], place, axis=0)])
            ways = null_space(other, rcond=1e-11)
            seen = found.jacobian @ ways
            alone = (wall @ ways) @ np.linalg.inv(seen.T @ seen) @ (wall @ ways)
            assert bend.let_go.stiffness[place, place] == pytest.approx(1 / alone, rel=2e-6)


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in ARRAYS) and all(
        getattr(one, name) == getattr(other, name) for name in TEXTS
    )


def test_exchange_of_walls_and_least_distances_agree(monkeypatch):
    quick = [structure.solve(*random_glass(seed), check=False) for seed in range(40)]
    monkeypatch.setattr("shortrange_core.least_squares._polyhedron._EXCHANGES", 0)
    slow = [structure.solve(*random_glass(seed), check=False) for seed in range(40)]
    assert sum("at_bound" in found.statuses for found in quick) > 12
    for one, other in zip(quick, slow, strict=True):
        assert one.statuses == other.statuses
        for name in ("values", "covariance", "lower", "upper", "pull"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-10, abs=1e-10, nan_ok=True)


def test_what_is_remembered_changes_no_digit():
    """Warm and interleaved, or each with an empty memory: the same to the last bit, notes and all."""
    cases = [random_glass(seed, uncertain=seed % 5 == 0) for seed in range(24)] * 2
    warm = [structure.solve(*case, check=False) for case in cases]
    for case, found in zip(cases, warm, strict=True):
        forget()
        assert same(structure.solve(*case, check=False), found)


def test_inputs_that_look_alike_do_not_share():
    """One set of labels: other amounts, an open element, an absent one, errors, numbers or order are other problems."""
    species = ("P:S4", "P:S3O", "P:S2O2", "P:S3/O", "Na2S")
    glass = structure.composition("Na3PS4-xOx", x=0.3)
    nmr = [structure.statement(name, value=v, sd=0.02) for name, v in (("P:S2O2", 0.05), ("P:S3/O", 0.1))]
    first = structure.solve(glass, species, nmr)
    for other in (
        (structure.composition("Na3PS4-xOx", x=0.31), species, nmr),
        (glass.opened("O"), species, nmr),
        (glass.uncertain(O=0.02), species, nmr),
        (glass, species[::-1], nmr),
        (glass, species[:-1], nmr),
        (glass, species, nmr[:1]),
        (glass, species, [nmr[0], structure.statement("P:S3/O", value=0.1, sd=0.03)]),
    ):
        warm = structure.solve(*other, check=False)
        forget()
        assert same(structure.solve(*other, check=False), warm)
        assert not same(first, warm)
    assert same(structure.solve(glass, species, nmr), first)
    assert structure.solve(structure.composition("Na3PS4-xOx", x=0), species, [], check=False).values[1] == 0.0


def test_a_solution_is_nobody_elses():
    """Its numbers cannot be written to, belong to no other solution, and do not follow the evidence."""
    glass, species, evidence = random_glass(4)
    one, other = (structure.solve(glass, species, evidence, check=False) for _ in range(2))
    for name in ARRAYS:
        mine, theirs = getattr(one, name), getattr(other, name)
        assert not np.shares_memory(mine, theirs)
        with pytest.raises(ValueError, match="read-only"):
            mine[...] = 7.0
    assert one.provenance.versions is not other.provenance.versions
    before = one.observed.copy()
    evidence[0].value[:] += 1.0
    assert np.array_equal(one.observed, before)
    assert structure.solve(glass, species, evidence, check=False).observed == pytest.approx(before + 1.0)


def test_rows_that_are_remembered_cannot_be_written_to():
    glass, species, evidence = random_glass(6)
    problem = Builder(glass, structure.parse_species(species, glass), evidence).build()
    for array in (
        *problem.equal[:1],
        *problem.walls,
        problem.balances.matrix,
        minimise_problem(problem).model.equal.basis,
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 7.0
