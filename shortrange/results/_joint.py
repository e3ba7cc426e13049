"""What the joint route found: tensions, what carries what, minima, sets of units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange.results._glasses import Structure
from shortrange_core.estimates import Estimates
from shortrange_core.notes import Status
from shortrange_core.records import record
from shortrange_core.showing import Shown

Array = npt.NDArray[np.float64]
MOST_K, MOST_R_HAT = 0.7, 1.1
"""Shape of the tail of weights above which draws cannot stand for the exact posterior (arXiv:1507.02646)."""
CARRIED = 2.0
"""Factor on a standard deviation from which a quantity is said to hang on the data that were taken away."""


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Tension(Shown):
    """One group of spectra against the rest.

    Parameters
    ----------
    group
        Technique or glass.
    kind
        ``technique`` or ``glass``.
    q, dof
        By how much chi2 falls when the group stands alone; in how many directions both could disagree.
    expected
        Mean of q where nothing is wrong, by the bootstrap.
    p
        How often chance alone gives as much.
    rejected
        Whether it is beyond chance, all groups taken together.
    draws
        Of the bootstrap: few where chance soon gave as much, more where it did not. 399 of every group where a result
        was stored before they were counted.
    """

    group: str
    kind: str
    q: float
    dof: int
    expected: float
    p: float
    rejected: bool
    draws: int = 399


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Carried(Shown):
    """What one quantity of one glass owes to which data.

    Parameters
    ----------
    sample, quantity
        Glass, and unit or share.
    sd
        By all spectra, walls at zero left out of account.
    without
        The same without one technique, or without what is published of shapes and responses; infinite where the rest
        says nothing.
    """

    sample: str
    quantity: str
    sd: float
    without: Mapping[str, float]

    @property
    def by(self) -> tuple[str, ...]:
        """Without what the sd at least doubles, most important first."""
        grown = {name: sd for name, sd in self.without.items() if sd >= CARRIED * self.sd}
        return tuple(sorted(grown, key=lambda name: -grown[name]))


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Optimum(Shown):
    """One minimum of the joint likelihood, or an end of a descent that is none.

    Parameters
    ----------
    starts
        Starts that ended in it, that of the route itself among them.
    above
        Its chi2 less that of the best.
    amounts
        Of every species, by glass and label.
    result
        Whether it is the one that the result is of.
    minimum
        False where the descent had not come to a minimum when it was ended.
    """

    starts: int
    above: float
    amounts: Mapping[str, float]
    result: bool
    minimum: bool = True


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Seen(Shown):
    """How strongly one technique sees one unit or site, by all spectra of the series together.

    Parameters
    ----------
    spectrum, name
        Spectrum, and what its lines count.
    factor, log_sd
        The response, and the sd of its logarithm.
    """

    spectrum: str
    name: str
    factor: float
    log_sd: float


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class UnitSet(Shown):
    """One set of units that a glass may hold.

    Parameters
    ----------
    sample, without
        Glass, and the units of the recipe that are not in the set.
    probability
        Among the sets that are compared, by how likely an absent unit was before the spectra (`joint_absent`).
    tighter, looser
        Factor on its odds against all units with the coupling along the series halved and doubled.
    """

    sample: str
    without: tuple[str, ...]
    probability: float
    tighter: float
    looser: float


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Averaged(Shown):
    """One fraction averaged over the sets of units that its glass may hold.

    Parameters
    ----------
    sample, species
        Glass and species.
    lower, median, upper
        Quantiles of the mixture, 95 % between the outer ones.
    zero
        Probability that there is none.
    r_hat, effective
        Of the draws with all units: split R-hat, effective number.
    united
        Whether the interval is the union with those of halved and doubled couplings, because odds hang on it.
    """

    sample: str
    species: str
    lower: float
    median: float
    upper: float
    zero: float
    r_hat: float
    effective: float
    united: bool


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class JointPosterior(Shown):
    """Samples of a series.

    Parameters
    ----------
    entries
        Names of the amounts, ``"glass: species"``, and of the shared parameters.
    samples
        (chains, draws, entries).
    r_hat, effective
        Split R-hat and effective number of draws of every entry.
    log_weight
        (chains, draws): logarithm of the weight of every draw; weights have the sum 1. All the same, but for files of
        before docs/decisions/0054, whose draws are those of the quadratic form.
    pareto_k
        Shape of the tail of the weights that draws of the quadratic form have in the posterior; above 0.7 these cannot
        stand for it.
    """

    entries: tuple[str, ...]
    samples: Array
    r_hat: Array
    effective: Array
    log_weight: Array
    pareto_k: float

    @property
    def settled(self) -> bool:
        """Whether the draws may stand for the posterior: chains that agree, of draws whose weights may be trusted."""
        even = np.ptp(self.log_weight) == 0
        return bool(self.r_hat.max() <= MOST_R_HAT and (even or self.pareto_k <= MOST_K))

    def moments(self) -> tuple[Array, Array]:
        """Mean and sd of every entry."""
        flat = self.samples.reshape(-1, len(self.entries))
        weight = np.exp(self.log_weight.ravel())
        mean = weight @ flat
        return mean, np.sqrt(weight @ (flat - mean) ** 2)

    def quantiles(self, *levels: float) -> Array:
        """Quantiles of every entry: (levels, entries)."""
        flat, weight = self.samples.reshape(-1, len(self.entries)), np.exp(self.log_weight.ravel())
        return np.asarray(np.quantile(flat, levels, axis=0, weights=weight, method="inverted_cdf"))


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class JointFit(Shown):
    """What the joint route found: all spectra of the series in one likelihood (:mod:`shortrange.joint`).

    Parameters
    ----------
    structures
        One per glass, with the reading of the first route.
    looser, tighter
        The same with the sds of the coupling along the series doubled and halved.
    spectra
        By spectrum: chi2 of its points fitted alone, and in the joint minimum; points that count.
    parameters
        Everything that the likelihood estimates, by name.
    chi2
        Of the joint minimum, priors included.
    status
        How the minimum ended.
    tensions, verdict
        Every technique and glass against the rest, and what that says in a sentence.
    carried
        Which data determine which quantity.
    optima
        Distinct minima from random starts, best first, where the recipe asks for starts or the tension has an alarm.
    fallen
        By how much chi2 of the result, where a random start led to it, lies below that of the search.
    seen
        Responses that are not known before.
    sets, averaged
        Sets of units that each glass may hold, and fractions averaged over them.
    posterior
        Samples of amounts and shared parameters, where the recipe asks for them.
    """

    structures: tuple[Structure, ...]
    looser: tuple[Structure, ...]
    tighter: tuple[Structure, ...]
    spectra: Mapping[str, tuple[float, float, float]]
    parameters: Estimates
    chi2: float
    status: Status
    tensions: tuple[Tension, ...] = ()
    verdict: str = ""
    carried: tuple[Carried, ...] = ()
    optima: tuple[Optimum, ...] = ()
    seen: tuple[Seen, ...] = ()
    sets: tuple[UnitSet, ...] = ()
    averaged: tuple[Averaged, ...] = ()
    posterior: JointPosterior | None = None
    fallen: float = 0.0
