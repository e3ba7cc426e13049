"""Samples of the posterior: exp(-chi2/2) on the polytope of the balances, flat where there is no evidence.

Hit-and-run: along a random direction the Gaussian part of the posterior, cut by the walls, is drawn exactly; what is
not Gaussian (unknown scales, ratios, one-sided statements) is corrected by a Metropolis step. Many chains go side by
side.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import ndtr, ndtri

from shortrange_core import BadInput, Infeasible, Note, Provenance, Severity, provenance
from shortrange_core.errors import check_level
from shortrange_core.least_squares import Equalities, flattened
from shortrange_core.readings import recalled
from shortrange_core.showing import Shown
from structure.balances import Evidence, Problem, build_problem, quantity_row, split_ratio
from structure.solving._conflicts import conflicts
from structure.solving._extremes import Extremes
from structure.solving._minimum import Minimum, evaluate_terms, minimise_problem
from structure.units import Composition, unit_of

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
CHAINS = 64
WARM_UP = 0.5
WIDTH = 0.3
"""Width of the first guess in directions that the evidence leaves free, per network former."""
CONVERGED_R_HAT = 1.02
LEAST_EFFECTIVE = 400
_CORNERS = 24


@dataclass(frozen=True, eq=False, slots=True)
class Posterior(Shown):
    """Samples of the structure of one glass.

    Parameters
    ----------
    samples
        Amount of every species over ``(chain, draw, entry)``.
    r_hat, effective
        Split R-hat and effective number of samples of every species.
    acceptance
        Fraction of accepted steps.
    notes
        What a user must know.
    provenance
        Versions of what computed it.
    """

    samples: xr.DataArray
    r_hat: xr.DataArray
    effective: xr.DataArray
    acceptance: float
    notes: tuple[Note, ...]
    provenance: Provenance

    @property
    def species(self) -> tuple[str, ...]:
        """Labels of the species."""
        return tuple(str(name) for name in self.samples["entry"].values)

    def values(self, quantity: str) -> Vector:
        """All samples of a linear quantity or a ratio, chain after chain."""
        units = tuple(unit_of(label) for label in self.species)
        flat = self.samples.values.reshape(-1, len(units))
        top, bottom = split_ratio(quantity)
        row, constant = quantity_row(top, units)
        value = flat @ row + constant
        if bottom is not None:
            below, base = quantity_row(bottom, units)
            value = value / (flat @ below + base)
        return np.asarray(value)

    def interval(self, quantity: str, level: float = 0.95) -> tuple[float, float]:
        """Central interval of a quantity.

        Raises
        ------
        BadInput
            If ``level`` is not between 0 and 1.
        """
        check_level(level)
        low, high = np.quantile(self.values(quantity), [0.5 - level / 2, 0.5 + level / 2])
        return float(low), float(high)


def sample(
    composition: Composition,
    species: Sequence[str],
    evidence: Sequence[Evidence] = (),
    *,
    draws: int = 20_000,
    rng: np.random.Generator,
    thin: int | None = None,
    engine: str = "plain",
) -> Posterior:
    """Samples of the posterior of all fractions.

    Parameters
    ----------
    composition, species, evidence
        As for :func:`structure.solve`.
    draws
        Samples kept, over all chains.
    rng
        Source of randomness.
    thin
        Steps between kept samples; by default four times the number of free directions.
    engine
        ``plain``, or ``hopsy`` (extra of that name; linear evidence without one-sided statements only).

    Raises
    ------
    BadInput
        If the input is bad, or hopsy is asked for and is missing or cannot do it.
    Infeasible
        If nothing obeys the exact statements.

    Examples
    --------
    >>> import numpy as np
    >>> from structure import composition
    >>> glass = composition("50Na2O-50P2O5")
    >>> found = sample(glass, ("P:O/O3", "P:O2/O2", "P:O3/O"), draws=4000, rng=np.random.default_rng(0))
    >>> bool(abs(found.values("P:O2/O2").mean() - 0.5) < 0.03)  # flat between 0 and 1
    True
    """
    if draws < 2 * CHAINS:
        raise BadInput(f"draws = {draws}: give at least {2 * CHAINS}, two for each of {CHAINS} chains")
    if thin is not None and thin < 1:
        raise BadInput(f"thin = {thin}: is a number of steps; give 1 or more, or None")
    problem = build_problem(composition, species, evidence)
    minimum = minimise_problem(problem)
    if not minimum.feasible:
        contradictions = conflicts(composition, species, evidence)
        raise Infeasible(contradictions.text(), contradictions)
    polytope = _Polytope.of(problem, minimum)
    if engine == "hopsy":
        kept, accepted = _hopsy(problem, polytope, draws, rng), 1.0
    elif engine == "plain":
        steps = max(thin if thin is not None else 4 * max(polytope.basis.shape[1], 1), 1)
        kept, accepted = _walk(problem, polytope, draws, steps, rng)
    else:
        raise BadInput(f"engine = {engine!r}: there are 'plain' and 'hopsy'")
    return _posterior(problem, kept, accepted)


@dataclass(frozen=True, eq=False, slots=True)
class _Polytope:
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
    def of(cls, problem: Problem, minimum: Minimum) -> _Polytope:
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


def _walk(
    problem: Problem, polytope: _Polytope, draws: int, thin: int, rng: np.random.Generator
) -> tuple[Matrix, float]:
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


def _starts(polytope: _Polytope, rng: np.random.Generator) -> Matrix:
    corners = polytope.starts if len(polytope.starts) else np.zeros((1, polytope.basis.shape[1]))
    mix = rng.dirichlet(np.ones(len(corners)), size=CHAINS) @ corners
    return np.asarray(mix * rng.uniform(0.02, 0.9, size=(CHAINS, 1)))


def _along(polytope: _Polytope, z: Matrix, rng: np.random.Generator) -> Matrix:
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


def _excess(problem: Problem, polytope: _Polytope, z: Matrix) -> Vector:
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


def _hopsy(problem: Problem, polytope: _Polytope, draws: int, rng: np.random.Generator) -> Matrix:
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


def _posterior(problem: Problem, kept: Matrix, accepted: float) -> Posterior:
    names = np.array([unit.label for unit in problem.units], dtype=object)
    r_hat, effective = convergence(kept)
    coords = {"entry": names}
    notes: tuple[Note, ...] = ()
    poor = [
        str(n) for n, r, e in zip(names, r_hat, effective, strict=True) if r > CONVERGED_R_HAT or e < LEAST_EFFECTIVE
    ]
    if poor:
        text = f"R-hat above {CONVERGED_R_HAT} or fewer than {LEAST_EFFECTIVE} effective samples: {', '.join(poor)}"
        notes = (Note("posterior-not-converged", Severity.WARNING, text, "take more draws, or a larger thin"),)
    return Posterior(
        xr.DataArray(kept, dims=("chain", "draw", "entry"), coords=coords),
        xr.DataArray(r_hat, dims=("entry",), coords=coords),
        xr.DataArray(effective, dims=("entry",), coords=coords),
        float(accepted),
        notes,
        provenance("structure.sample", inputs=recalled(problem.readings).files),
    )


def convergence(kept: Matrix) -> tuple[Vector, Vector]:
    """Split R-hat and effective sample size (batch means over half chains) of samples ``(chain, draw, entry)``.

    Reference: Gelman and Rubin, doi:10.1214/ss/1177011136. An entry that does not vary has R-hat 1.
    """
    chains, draws, _ = kept.shape
    half = draws // 2
    parts = np.concatenate([kept[:, :half], kept[:, half : 2 * half]])
    within = parts.var(axis=1, ddof=1).mean(axis=0) if half > 1 else np.zeros(kept.shape[2])
    between = half * parts.mean(axis=1).var(axis=0, ddof=1)
    varies = within > 1e-20
    total = (half - 1) / half * within + between / half
    r_hat = np.where(varies, np.sqrt(total / np.where(varies, within, 1.0)), 1.0)
    overall = kept.reshape(-1, kept.shape[2]).var(axis=0)
    blocks = parts.mean(axis=1)
    spread = blocks.var(axis=0, ddof=1)
    effective = np.where(varies, 2 * chains * overall / np.where(spread > 0, spread, 1.0), chains * draws)
    return np.asarray(r_hat), np.asarray(np.minimum(effective, chains * draws))
