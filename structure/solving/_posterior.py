"""Samples of the posterior: exp(-chi2/2) on the polytope of the balances, flat where there is no evidence.

Hit-and-run: along a random direction the Gaussian part of the posterior, cut by the walls, is drawn exactly; what is
not Gaussian (unknown scales, ratios, one-sided statements) is corrected by a Metropolis step. Many chains go side by
side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import BadInput, Infeasible, Note, Provenance, Severity, provenance
from shortrange_core.errors import check_level
from shortrange_core.readings import recalled
from shortrange_core.showing import Shown
from structure.balances import Evidence, Problem, build_problem, quantity_row, split_ratio
from structure.solving._conflicts import conflicts
from structure.solving._minimum import minimise_problem
from structure.solving._walk import CHAINS, Polytope, walk, walk_of_hopsy
from structure.units import Composition, unit_of

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
CONVERGED_R_HAT = 1.02
LEAST_EFFECTIVE = 400


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
        raise BadInput(f"thin = {thin}: must be a number of steps, 1 or more, or None")
    problem = build_problem(composition, species, evidence)
    minimum = minimise_problem(problem)
    if not minimum.feasible:
        contradictions = conflicts(composition, species, evidence)
        raise Infeasible(contradictions.text(), contradictions)
    polytope = Polytope.of(problem, minimum)
    if engine == "hopsy":
        kept, accepted = walk_of_hopsy(problem, polytope, draws, rng), 1.0
    elif engine == "plain":
        steps = max(thin if thin is not None else 4 * max(polytope.basis.shape[1], 1), 1)
        kept, accepted = walk(problem, polytope, draws, steps, rng)
    else:
        raise BadInput(f"engine = {engine!r}: there are 'plain' and 'hopsy'")
    return _posterior(problem, kept, accepted)


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
