"""Samples of the posterior of a series: amounts of all glasses and what its spectra share, own parameters marginalised.

Draws are those of trajectories in the posterior itself (:mod:`shortrange.joint._trajectories`), in chains that start
apart. How far the quadratic form of chi2 about the minimum is from it, which intervals are made of, is told by the
weights that draws of the form have there, and by their tail: a Pareto shape k above 0.7 says that such draws cannot
stand for the posterior (arXiv:1507.02646).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from shortrange.joint._pieces import Pieces
from shortrange.joint._trajectories import Trajectories
from shortrange.joint.likelihood import Face, Likelihood
from shortrange.results import JointPosterior
from shortrange_core.least_squares import ArrowMinimum
from shortrange_core.tasks import later
from structure.solving import convergence

Array = npt.NDArray[np.float64]
DRAWS, CHAINS = 512, 4
RIDGE = 1e-12
LEAST_TAIL = 5
PRIOR_DRAWS, PRIOR_SHAPE = 10, 0.5
"""Weak prior on k, as ten draws of 0.5 (arXiv:1507.02646, appendix C)."""


def posterior(
    likelihood: Likelihood,
    minimum: ArrowMinimum,
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    tell: Callable[[str], object] = str,
) -> JointPosterior:
    """Samples of the posterior of a series.

    Parameters
    ----------
    likelihood, minimum
        Of the series, and its minimum, about which the chains start.
    rng
        Source of randomness.
    draws
        At least so many, in four chains.
    tell
        Called with the name of every chain.
    """
    tasks = [later(_chain, likelihood, minimum.x, -(-draws // CHAINS), source) for source in rng.spawn(CHAINS)]
    log_weight = _log_weights(likelihood, minimum, rng)
    kept = []
    for number, task in enumerate(tasks):
        tell(f"samples, chain {number + 1} of {CHAINS}")
        kept.append(task.result())
    samples = np.stack(kept)
    r_hat, effective = convergence(samples)
    names = tuple(likelihood.names[at] for at in _kept(likelihood))
    even = np.full(samples.shape[:2], -np.log(samples.shape[0] * samples.shape[1]))
    return JointPosterior(names, samples, r_hat, effective, even, pareto_k(log_weight))


def _chain(likelihood: Likelihood, start: Array, count: int, rng: np.random.Generator) -> Array:
    return Trajectories(likelihood, start, _anisotropies(likelihood), rng).draws(count, _kept(likelihood))


def _kept(likelihood: Likelihood) -> npt.NDArray[np.intp]:
    """Places of amounts and shared parameters."""
    return np.concatenate([*likelihood.amounts.values(), likelihood.groups.edge])


def _anisotropies(likelihood: Likelihood) -> list[npt.NDArray[np.intp]]:
    """Places of the anisotropies of every line along the series, with their level and change."""
    lines: dict[tuple[str, str], list[int]] = {}
    for key, block in likelihood.fitted.items():
        for name, at in zip(block.own, likelihood.local[key][block.own_at].tolist(), strict=True):
            if name.endswith("_zeta"):
                lines.setdefault((block.data.technique, name), []).append(at)
    return [
        np.array([*places, *likelihood.common.get((technique, name), ())], dtype=np.intp)
        for (technique, name), places in lines.items()
    ]


def _log_weights(likelihood: Likelihood, minimum: ArrowMinimum, rng: np.random.Generator) -> Array:
    """Logarithms of the weights in the posterior that draws of the quadratic form have."""
    pieces = Pieces(likelihood, minimum.x)
    whole = pieces.together(pieces.without(()))
    residual = np.concatenate([pieces.piece(name).residual for name in whole.names])
    mode = pieces.start - pieces.basis @ np.linalg.solve(whole.precision, whole.gradient(residual))
    chains = Face(pieces.start, pieces.basis).walk(whole.precision, mode, DRAWS, rng)
    rest = _Rest(likelihood, minimum)
    log_weight = np.empty(chains.shape[:2])
    for place in np.ndindex(*chains.shape[:2]):
        x, log_density = rest.drawn(pieces.amounts, chains[place], rng)
        away = pieces.basis.T @ (chains[place] - mode)
        log_density -= float(away @ whole.precision @ away) / 2
        log_weight[place] = _log_posterior(likelihood, x) - log_density
    return np.asarray((log_weight - logsumexp(log_weight)).ravel())


def _log_posterior(likelihood: Likelihood, x: Array) -> float:
    """Of the exact posterior, up to a constant."""
    if np.any(x < likelihood.lower) or np.any(x > likelihood.upper):
        return -np.inf
    for key, (rows, limits) in likelihood.limits.items():
        if np.any(rows @ x[likelihood.local[key]] > limits):
            return -np.inf
    return -sum(float(part.residual @ part.residual) for part in likelihood.parts(x)) / 2


class _Rest:
    """Shared and own parameters given the amounts, in the quadratic form about the minimum; what is held stays."""

    def __init__(self, likelihood: Likelihood, minimum: ArrowMinimum) -> None:
        groups, held = likelihood.groups, minimum.active != 0
        self.x, self.edge = minimum.x, groups.edge[~held[groups.edge]]
        shared = [part.shared[:, ~held[groups.edge]] for part in minimum.parts]
        self.residuals = [part.residual for part in minimum.parts]
        self.own: list[npt.NDArray[np.intp]] = []
        self.amounts: list[npt.NDArray[np.intp]] = list(likelihood.amounts.values())
        self.by_amount, self.factors, self.rows = [], [], []
        for at, mine, part, across in zip(groups.places, self.amounts, minimum.parts, shared, strict=False):
            own = np.setdiff1d(at[~held[at]], mine)
            table = part.own[:, groups.inner[own]]
            self.own.append(own)
            self.by_amount.append(part.own[:, groups.inner[mine]])
            self.factors.append(_Gaussian(table))
            self.rows.append(across - table @ self.factors[-1].solve(across))
        self.across = shared
        self.common = _Gaussian(np.vstack([*self.rows, *shared[len(self.own) :]]))

    def drawn(self, amounts: npt.NDArray[np.intp], values: Array, rng: np.random.Generator) -> tuple[Array, float]:
        """All parameters with these amounts, and the logarithm of the density of the others there."""
        x = np.array(self.x)
        x[amounts] = values
        away = [by @ (x[at] - self.x[at]) for by, at in zip(self.by_amount, self.amounts, strict=True)]
        residuals = [r + d for r, d in zip(self.residuals, away, strict=False)] + self.residuals[len(away) :]
        left = [r - g.table @ g.solve(r) for r, g in zip(residuals, self.factors, strict=False)]
        shared, total = self.common.drawn(np.concatenate([*left, *residuals[len(left) :]]), rng)
        x[self.edge] += shared
        for own, factor, residual, across in zip(self.own, self.factors, residuals, self.across, strict=False):
            step, log_density = factor.drawn(residual + across @ shared, rng)
            x[own] += step
            total += log_density
        return x, total


class _Gaussian:
    """exp(-|residual + table step|^2 / 2) as a law of the step."""

    def __init__(self, table: Array) -> None:
        self.table = table
        hessian = table.T @ table
        unit = np.sqrt(np.maximum(np.diagonal(hessian), 1e-300))
        self.unit = unit
        self.factor = np.linalg.cholesky(hessian / np.outer(unit, unit) + RIDGE * np.eye(unit.size))

    def solve(self, right: Array) -> Array:
        """Step of least squares towards ``right``."""
        inner = self.table.T @ right
        scaled = (inner.T / self.unit).T
        return np.asarray((np.linalg.solve(self.factor.T, np.linalg.solve(self.factor, scaled)).T / self.unit).T)

    def drawn(self, residual: Array, rng: np.random.Generator) -> tuple[Array, float]:
        """A step, and the logarithm of its density up to a constant."""
        z = rng.normal(size=self.unit.size)
        return -self.solve(residual) + np.linalg.solve(self.factor.T, z) / self.unit, -float(z @ z) / 2


def pareto_k(log_weight: Array) -> float:
    """Shape of the generalised Pareto law of the largest weights.

    The estimator of Zhang and Stephens (doi:10.1198/tech.2009.08017) with the weak prior of arXiv:1507.02646. Infinite
    where fewer than five draws have any weight beyond the rest; minus infinity where all weights are the same.

    Examples
    --------
    >>> import numpy as np
    >>> pareto = np.random.default_rng(0).pareto(2.0, 100_000)  # of shape 1/2
    >>> round(pareto_k(np.log1p(pareto)), 1)
    0.5
    """
    count = log_weight.size
    size = min(count // 5, int(3 * np.sqrt(count)))
    ordered = np.sort(log_weight)
    if ordered[-1] - ordered[0] == 0:
        return -np.inf
    top = np.exp(ordered[count - size - 1 :] - ordered[-1])
    tail = top[1:] - top[0]
    tail = tail[tail > 0]
    if tail.size < LEAST_TAIL:
        return np.inf
    grid = 30 + int(np.sqrt(tail.size))
    quarter = tail[int(tail.size / 4 + 0.5) - 1]
    theta = 1 / tail[-1] + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / 3 / quarter
    shape = np.mean(np.log1p(-theta[:, None] * tail), axis=1)
    log_likelihood = tail.size * (np.log(-theta / shape) - shape - 1)
    weight = np.exp(log_likelihood - logsumexp(log_likelihood))
    best = float(np.mean(np.log1p(-(weight @ theta) * tail)))
    return float((best * tail.size + PRIOR_SHAPE * PRIOR_DRAWS) / (tail.size + PRIOR_DRAWS))
