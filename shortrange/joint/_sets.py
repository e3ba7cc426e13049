"""Which units are there at all: odds of the sets of units that one glass may hold, and fractions averaged over them.

The odds against a unit are a Savage-Dickey ratio: how dense the posterior is where its amount is zero, over how dense
the prior is there, which is flat on the polytope of balances and walls (10.1214/aoms/1177693507). No BIC: where an
amount is zero the position of its line means nothing, and a parameter less cannot be counted. Both densities are means
over draws of the density along a line through each, exact for a Gaussian between walls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from shortrange.joint._marginals import Marginals
from shortrange.joint.likelihood import Face, point_without
from shortrange.results import Averaged, UnitSet
from structure.solving import convergence

Array = npt.NDArray[np.float64]
MOST_DOUBTFUL = 3
DOUBT = 0.01
"""Odds for the absence of a unit below which it is there."""
DRAWS, THIN = 2048, 8
FLAT = 1e-4
"""Precision of the prior, per former squared: flat, with a proper step."""
STILL = 1e-9
MOST_CHANGE = 3.0
"""Factor by which half or twice the coupling may change odds before the union of the intervals is printed."""
LEVELS = (0.025, 0.5, 0.975)
Without = tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Sets:
    """Sets of units of one glass: their odds against all units, and draws of the amounts with each."""

    odds: Mapping[Without, float]
    draws: Mapping[Without, Array]

    def quantiles(self, at: int) -> tuple[Array, float]:
        """Of the amount of a species in the mixture of all sets, and the mass of it at zero."""
        total = sum(self.odds.values())
        values = np.concatenate([self.draws[name][..., at].ravel() for name in self.odds])
        weights = np.concatenate(
            [np.full(self.draws[name][..., at].size, odds / self.draws[name][..., at].size / total)
             for name, odds in self.odds.items()]
        )  # fmt: skip
        order = np.argsort(values)
        reached = np.searchsorted(np.cumsum(weights[order]), LEVELS)
        return values[order][np.minimum(reached, values.size - 1)], float(weights[values <= STILL].sum())


def sets_of(marginals: Marginals, glass: str, rng: np.random.Generator, *, absent: float = 0.5) -> Sets:
    """Sets of units that one glass may hold, by spectra, balances and how likely an absent unit was before them.

    Parameters
    ----------
    marginals
        Of the series about its minimum.
    glass
        Name of the glass.
    rng
        Source of randomness.
    absent
        Probability, before the spectra, that a unit is not in the glass; one half: each set as likely as any other.
    """
    before_spectra = absent / (1 - absent)
    likelihood = marginals.likelihood
    species = likelihood.glasses[glass].species
    made = _Sampler(*likelihood.balances[glass], *marginals.amounts(glass), rng)
    whole = made.draws(())
    odds: dict[Without, float] = {(): 1.0}
    draws: dict[Without, Array] = {(): whole}
    single = {at: before_spectra * made.odds((), at) for at, label in enumerate(species) if ":" in label}
    doubtful = sorted((at for at, value in single.items() if value > DOUBT), key=lambda at: -single[at])
    for count in range(1, min(len(doubtful), MOST_DOUBTFUL) + 1):
        for places in combinations(doubtful[:MOST_DOUBTFUL], count):
            name, before = _named(species, places), _named(species, places[:-1])
            value = odds.get(before, 0.0) * before_spectra * made.odds(places[:-1], places[-1])
            if value > 0:
                odds[name], draws[name] = value, made.draws(places)
    return Sets(odds, draws)


def averaged(glass: str, species: Sequence[str], by_coupling: Sequence[Sets]) -> tuple[list[UnitSet], list[Averaged]]:
    """Sets of units of one glass, and its fractions averaged over them; couplings as they are, halved, doubled."""
    best = by_coupling[0]
    total = sum(best.odds.values())
    sets = [
        UnitSet(glass, name, odds / total, *(other.odds.get(name, 0.0) / odds for other in by_coupling[1:]))
        for name, odds in best.odds.items()
    ]
    moved = any(not 1 / MOST_CHANGE < change < MOST_CHANGE for item in sets for change in (item.tighter, item.looser))
    r_hat, effective = convergence(best.draws[()])
    rows = []
    for at, label in enumerate(species):
        (lower, median, upper), zero = best.quantiles(at)
        if moved:
            others = [other.quantiles(at)[0] for other in by_coupling[1:]]
            lower, upper = min(lower, *(q[0] for q in others)), max(upper, *(q[2] for q in others))
        quantiles = (float(lower), float(median), float(upper), zero)
        rows.append(Averaged(glass, label, *quantiles, float(r_hat[at]), float(effective[at]), moved))
    return sets, rows


def _named(species: Sequence[str], places: Sequence[int]) -> Without:
    return tuple(sorted(species[at] for at in places))


class _Sampler:
    """Draws of the amounts of one glass on faces of its polytope, with its spectra and without them."""

    def __init__(self, equal: Array, right: Array, precision: Array, centre: Array, rng: np.random.Generator) -> None:
        self.equal, self.right, self.precision, self.centre, self.rng = equal, right, precision, centre, rng
        self._faces: dict[tuple[int, ...], Face | None] = {}
        self._kept: dict[tuple[tuple[int, ...], bool], Array] = {}

    def draws(self, without: Sequence[int], *, prior: bool = False) -> Array:
        """Amounts: (chains, draws, amounts); a single point where nothing is free."""
        key = (tuple(sorted(without)), prior)
        if key not in self._kept:
            self._kept[key] = self._drawn(key[0], prior=prior)
        return self._kept[key]

    def _drawn(self, without: tuple[int, ...], *, prior: bool) -> Array:
        if without not in self._faces:
            self._faces[without] = Face.of(self.equal, self.right, without)
        face = self._faces[without]
        if face is None:
            return np.zeros((0, 0, self.centre.size))
        if face.basis.shape[1] == 0:
            return np.tile(face.start, (2, 4, 1))
        inner = FLAT * np.eye(face.basis.shape[1])
        centre = face.start
        if not prior:
            inner = inner + face.basis.T @ self.precision @ face.basis
            gap = face.basis.T @ self.precision @ (face.start - self.centre)
            centre = face.start - face.basis @ np.linalg.solve(inner, gap)
        return face.walk(inner, centre, DRAWS, self.rng, thin=THIN)

    def odds(self, without: Sequence[int], at: int) -> float:
        """Odds for the absence of one more species; 0 where the balances need it or nothing is known of it."""
        if point_without(self.equal, self.right, (*without, at)) is None:
            return 0.0
        with_spectra = self._density(self.draws(without), at, self.precision)
        alone = self._density(self.draws(without, prior=True), at, np.zeros_like(self.precision))
        return with_spectra / alone if alone > 0 else 0.0

    def _density(self, chains: Array, at: int, precision: Array) -> float:
        """Density of an amount at zero: mean over draws of that along the line that moves it most easily."""
        draws = chains.reshape(-1, chains.shape[-1])
        covariance = np.cov(draws.T)
        if covariance[at, at] < STILL**2:
            return 0.0
        way = covariance[:, at] / covariance[at, at]
        way[np.abs(way) < STILL] = 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = -draws / way
        low = np.max(np.where(way > 0, reach, -np.inf), axis=1)
        high = np.min(np.where(way < 0, reach, np.inf), axis=1)
        target = -draws[:, at]
        curvature = float(way @ precision @ way)
        if curvature < FLAT:
            density = 1 / (high - low)
        else:
            sd, middle = curvature**-0.5, -((draws - self.centre) @ precision @ way) / curvature
            from scipy.stats import truncnorm

            density = truncnorm.pdf(np.maximum(target, low), (low - middle) / sd, (high - middle) / sd, middle, sd)
        return float(np.mean(np.where(target >= low - STILL, density, 0.0)))
