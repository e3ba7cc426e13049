"""Hit-and-run on the polytope of the balances, with a Metropolis step for what is not Gaussian."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from shortrange_core import BadInput
from shortrange_core.least_squares import Equalities, flattened
from structure.balances import Problem
from structure.solving._extremes import Extremes
from structure.solving._minimum import Minimum, evaluate_terms

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
CHAINS = 64
WARM_UP = 0.5
WIDTH = 0.3
"""Width of the first guess in directions that the evidence leaves free, per network former."""
_CORNERS = 24


@dataclass(frozen=True, eq=False, slots=True)
class Polytope:
    """x = point + basis @ z inside ``walls @ z >= room``; the Gaussian part of the posterior has ``mean`` in z.

    ``factor`` turns isotropic directions into those of the Gaussian; ``curvature`` is the second derivative of chi2/2.
    """

    point: Vector
    basis: Matrix
    walls: Matrix
    room: Vector
    mean: Vector
    curvature: Matrix
    slope: Vector
    factor: Matrix
    starts: Matrix

    @classmethod
    def of(cls, problem: Problem, minimum: Minimum) -> Polytope:
        """Reduced coordinates without slacks, around the minimum."""
        keep = np.ones(problem.size, dtype=bool)
        keep[[h.slack for h in problem.hinges]] = False
        G, h = problem.walls
        active = np.any(G[:, keep] != 0, axis=1) & ~np.any(G[:, ~keep] != 0, axis=1)
        slack_rows = np.eye(problem.size)[~keep]
        rows = np.vstack([problem.equal[0], slack_rows])
        right = np.concatenate([problem.equal[1], minimum.x[~keep]])
        equal = flattened(Equalities.build(rows, right), G[active], h[active])
        basis = (minimum.model.equal if equal is None else equal).basis
        jacobian = minimum.jacobian @ basis
        bend = jacobian.T @ jacobian
        soft = bend + np.eye(bend.shape[0]) / WIDTH**2
        factor = np.linalg.inv(np.linalg.cholesky(soft)).T if bend.size else bend
        walls, room = G[active] @ basis, h[active] - G[active] @ minimum.x
        inside = _inside(problem, minimum.x, basis)
        slope = jacobian.T @ minimum.residual
        return cls(minimum.x, basis, walls, room, np.zeros(bend.shape[0]), bend, slope, factor, inside)


def _inside(problem: Problem, mode: Vector, basis: Matrix) -> Matrix:
    """Corners of the polytope in z, to start from mixtures of them and the mode."""
    extremes = Extremes.of(problem)
    rng = np.random.default_rng(0)
    corners = []
    amounts = len(problem.units)
    for _ in range(_CORNERS):
        objective = np.zeros(problem.size)
        objective[:amounts] = rng.normal(size=amounts)
        extreme = extremes.least(objective)
        if extreme is not None and np.all(np.isfinite(extreme[1])):
            moved = np.where(np.arange(problem.size) < amounts + len(problem.crystalline), extreme[1], mode)
            corners.append(basis.T @ (moved - mode))
    return np.array(corners).reshape(len(corners), basis.shape[1])


def _truncated(mean: Vector, sd: Vector, low: Vector, high: Vector, rng: np.random.Generator) -> Vector:
    """Normal draws between limits, from whichever tail keeps the digits."""
    a, b = (low - mean) / sd, (high - mean) / sd
    flip = a + b > 0
    left, right = np.where(flip, -b, a), np.where(flip, -a, b)
    share = rng.random(mean.size)
    lower, upper = ndtr(left), ndtr(right)
    drawn = ndtri(lower + share * (upper - lower))
    flat = ~np.isfinite(drawn) | (upper - lower < 1e-300)
    drawn = np.where(flat, right - np.abs(rng.exponential(size=mean.size) / np.maximum(np.abs(right), 1e-6)), drawn)
    drawn = np.clip(drawn, left, right)
    return np.asarray(mean + sd * np.where(flip, -drawn, drawn))


def walk(problem: Problem, polytope: Polytope, draws: int, thin: int, rng: np.random.Generator) -> tuple[Matrix, float]:
    """Kept samples ``(chain, draw, species)`` and the share of accepted steps."""
    size = polytope.basis.shape[1]
    count = -(-draws // CHAINS)
    amounts = len(problem.units)
    if size == 0:
        return np.broadcast_to(polytope.point[:amounts], (CHAINS, count, amounts)).copy(), 1.0
    z = _starts(polytope, rng)
    gaussian = all(t.linear for t in problem.terms) and not problem.hinges
    extra = np.zeros(CHAINS) if gaussian else _excess(problem, polytope, z)
    kept = np.empty((CHAINS, count, amounts))
    warm = int(WARM_UP * count * thin) + 10 * size
    accepted = 0
    for step in range(warm + count * thin):
        trial = _along(polytope, z, rng)
        if gaussian:
            z, accepted = trial, accepted + CHAINS
        else:
            after = _excess(problem, polytope, trial)
            take = np.log(rng.random(CHAINS)) < (extra - after) / 2
            z[take], extra[take] = trial[take], after[take]
            accepted += int(take.sum())
        done = step - warm + 1
        if done > 0 and done % thin == 0:
            kept[:, done // thin - 1] = (polytope.point + z @ polytope.basis.T)[:, :amounts]
    return kept, accepted / (CHAINS * (warm + count * thin))


def _starts(polytope: Polytope, rng: np.random.Generator) -> Matrix:
    corners = polytope.starts if len(polytope.starts) else np.zeros((1, polytope.basis.shape[1]))
    mix = rng.dirichlet(np.ones(len(corners)), size=CHAINS) @ corners
    return np.asarray(mix * rng.uniform(0.02, 0.9, size=(CHAINS, 1)))


def _along(polytope: Polytope, z: Matrix, rng: np.random.Generator) -> Matrix:
    """One step of every chain: a random direction, and an exact draw of the Gaussian along it."""
    way = rng.normal(size=z.shape) @ polytope.factor.T
    rise = way @ polytope.walls.T
    gap = polytope.room - z @ polytope.walls.T  # walls @ (z + t way) >= room
    with np.errstate(divide="ignore", invalid="ignore"):
        t = gap / rise
    low = np.max(np.where(rise > 1e-14, t, -np.inf), axis=1, initial=-np.inf)
    high = np.min(np.where(rise < -1e-14, t, np.inf), axis=1, initial=np.inf)
    low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)
    bend = np.einsum("ci,ij,cj->c", way, polytope.curvature, way)
    tilt = np.einsum("ci,ci->c", way, z @ polytope.curvature + polytope.slope)
    flat = bend < 1e-12
    safe = np.where(flat, 1.0, bend)
    drawn = _truncated(-tilt / safe, 1 / np.sqrt(safe), low, high, rng)
    bounded = np.isfinite(low) & np.isfinite(high)
    level = np.where(bounded, low, 0.0) + rng.random(low.size) * np.where(bounded, high - low, 0.0)
    return np.asarray(z + np.where(flat, level, drawn)[:, None] * way)


def _excess(problem: Problem, polytope: Polytope, z: Matrix) -> Vector:
    """Chi2 less its Gaussian part, for every chain."""
    gauss = np.einsum("ci,ij,cj->c", z, polytope.curvature, z) + 2 * z @ polytope.slope
    x = polytope.point + z @ polytope.basis.T
    chi2 = np.empty(len(z))
    for chain, point in enumerate(x):
        for hinge in problem.hinges:
            value = hinge.value(point)[0]
            point[hinge.slack] = max(0.0, -hinge.sign * (value - hinge.statement.bound))
        residual, _ = evaluate_terms(problem, point)
        chi2[chain] = residual @ residual
    return np.asarray(chi2 - gauss)


def walk_of_hopsy(problem: Problem, polytope: Polytope, draws: int, rng: np.random.Generator) -> Matrix:
    """The same by hopsy, an extra: amounts over (chain, draw, species) of a posterior that is Gaussian."""
    try:
        with warnings.catch_warnings():  # arviz, which it imports, announces its own future
            warnings.simplefilter("ignore", FutureWarning)
            import hopsy  # noqa: PLC0415  an optional extra
    except ImportError as error:
        raise BadInput("engine = 'hopsy': the package is missing; pip install shortrange[posterior]") from error
    if problem.hinges or not all(term.linear for term in problem.terms):
        raise BadInput("engine = 'hopsy': the evidence is not linear; use the plain engine")
    size = polytope.basis.shape[1]
    soft = polytope.curvature + np.eye(size) * 1e-6
    mean = -np.linalg.solve(soft, polytope.slope)
    model = hopsy.Gaussian(mean=mean, covariance=np.linalg.inv(soft))
    target = hopsy.Problem(-polytope.walls, -polytope.room, model)
    rounded = hopsy.round(target)
    chains = 4
    seeds = [hopsy.RandomNumberGenerator(int(s)) for s in rng.integers(2**31, size=chains)]
    start = hopsy.compute_chebyshev_center(rounded)
    walkers = [hopsy.MarkovChain(rounded, hopsy.GaussianHitAndRunProposal, starting_point=start) for _ in range(chains)]
    count = -(-draws // chains)
    _, states = hopsy.sample(walkers, seeds, n_samples=count, thinning=max(4 * size, 10))
    moved = polytope.point + np.asarray(states) @ polytope.basis.T
    return np.asarray(moved[:, :, : len(problem.units)])
