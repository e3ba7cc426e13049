"""What an analysis holds: spectra as they were read, their fits, the structure of every glass, notes, provenance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import xarray as xr

import spectra
import structure
from reference_peaks import Prior, Window
from shortrange.recipe import Recipe
from shortrange_core.estimates import Estimates
from shortrange_core.notes import Note, Status
from shortrange_core.records import Provenance, record
from shortrange_core.showing import Shown

NO_JOINT = "no-joint-result"
BASE = "as in the recipe"
CARRIED = 2.0
"""Factor on a standard deviation from which a quantity is said to hang on the data that were taken away."""
Priors = Mapping[str, Mapping[str, Prior | Window]]
Places = Mapping[str, Mapping[str, tuple[float, float]]]
"""Where the peak library puts units, by technique and label: ends on the axis."""


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Measured(Shown):
    """One spectrum as it was read: sample, technique, file name, SHA-256 of the file, labelled spectrum, block."""

    sample: str
    technique: str
    file: str
    sha256: str
    spectrum: xr.Dataset
    block: str = ""


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Fitted(Shown):
    """Fit of one spectrum; ``lines`` are the texts that were fitted, ``unpublished`` those without a prior.

    ``block`` is that of a file which holds several.
    """

    sample: str
    technique: str
    file: str
    lines: tuple[str, ...]
    unpublished: tuple[str, ...]
    fit: spectra.Fit
    block: str = ""


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Structure(Shown):
    """Short-range order of one glass under one reading of its lines.

    Parameters
    ----------
    sample, reading
        Names of the glass and of the reading (:data:`BASE`, or an alternative of the recipe).
    x, composition
        Place in the series and formula.
    solution
        Fractions with covariance; absent where the evidence contradicts the balances exactly.
    possible
        Ranges by balances alone.
    supported
        Ranges by balances and evidence at 95 %; absent with the solution.
    problem
        Why there is no solution, or why it is rejected and what would resolve it.
    with_unlisted
        Ranges as ``supported`` where units that the recipe leaves out may lie under the lines too; absent where none
        may, or where the solution is not believed (:mod:`shortrange.stepwise`).
    """

    sample: str
    reading: str
    x: float | None
    composition: str
    solution: structure.Solution | None
    possible: structure.Ranges | None
    supported: structure.Ranges | None
    problem: str = ""
    with_unlisted: structure.Ranges | None = None

    @property
    def believed(self) -> bool:
        """Whether its numbers are results: there is a solution, and no evidence speaks against it beyond chance."""
        return self.solution is not None and self.solution.status.trusted

    @property
    def fractions(self) -> dict[str, float]:
        """Fraction of every species by label; none where its numbers are no results."""
        if self.solution is None or not self.believed:
            return {}
        found = self.solution.fractions
        return dict(zip(found.entries, found.value.values.tolist(), strict=True))

    @property
    def widening(self) -> float:
        """Factor on all sds where the evidence disagrees; 1 where it agrees."""
        return 1.0 if self.solution is None else self.solution.widening


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Influence(Shown):
    """Fraction of a species in one glass with the priors of one kind half and twice as wide; NaN without solution.

    Where the kind is a compound of the batch: with 1 mol% less and more of it.
    """

    sample: str
    species: str
    kind: str
    narrower: float
    wider: float


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Unlisted(Shown):
    """A unit that the recipe leaves out, tried under one line of one glass.

    Parameters
    ----------
    sample, technique, line
        Where it was tried: what the line counts in the recipe.
    unit, reason
        Label, and why it may lie there.
    chi2
        By how much chi2 falls when the line may count it too; NaN where the balances have no solution then.
    amount
        Value and 95 % interval of the unit, per network former.
    implied
        Value and sd of every species of the recipe and of BO, NBO and BO/(BO + NBO) then; sds NaN where undetermined.
    """

    sample: str
    technique: str
    line: str
    unit: str
    reason: str
    chi2: float = math.nan
    amount: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    implied: Mapping[str, tuple[float, float]] = field(default_factory=dict)


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
    """

    group: str
    kind: str
    q: float
    dof: int
    expected: float
    p: float
    rejected: bool


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
    """One minimum of the joint likelihood.

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
    """

    starts: int
    above: float
    amounts: Mapping[str, float]
    result: bool


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
        Among the sets that are compared, each as likely as any other before the spectra.
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
class JointFit(Shown):
    """What the joint route found: all spectra of the series in one likelihood (:mod:`shortrange.joint`).

    Parameters
    ----------
    structures
        One a glass, with the reading of the first route.
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
        Distinct minima from random starts, best first, where the recipe asks for starts.
    seen
        Responses that are not known before.
    sets, averaged
        Sets of units that each glass may hold, and fractions averaged over them.
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


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Analysis(Shown):
    """All that one run found, with everything that is needed to repeat it.

    Parameters
    ----------
    recipe
        The recipe, its text included.
    measured
        Spectra as they were read.
    priors
        By technique and species what the library knows of its place: a prior, or a window where there is no position.
    library
        Version and digest of the peak library.
    fits
        One a spectrum.
    structures
        One a glass and reading.
    wider, narrower
        Structures of the first reading with every prior twice and half as wide.
    notes
        What a user must know, each with the place it belongs to.
    provenance
        Command, hashes, versions, seed.
    influences
        What the fractions of the first reading owe to the priors of each kind.
    joint
        The joint route, where it was asked for.
    places
        Where the library puts the units that the recipe leaves out.
    unlisted
        Those units, each tried under the lines that may hide it.
    """

    recipe: Recipe
    measured: tuple[Measured, ...]
    priors: Priors
    library: str
    fits: tuple[Fitted, ...]
    structures: tuple[Structure, ...]
    wider: tuple[Structure, ...]
    narrower: tuple[Structure, ...]
    notes: tuple[tuple[str, Note], ...]
    provenance: Provenance
    influences: tuple[Influence, ...] = ()
    joint: JointFit | None = None
    places: Places = field(default_factory=dict)
    unlisted: tuple[Unlisted, ...] = ()

    @property
    def routes(self) -> tuple[str, ...]:
        """The routes that were asked for, also where the joint one gave nothing."""
        asked = self.joint is not None or any(note.code == NO_JOINT for _, note in self.notes)
        return ("stepwise", "joint") if asked else ("stepwise",)

    @property
    def trusted(self) -> bool:
        """Whether every fit and every solution of the first reading may be used."""
        solved = [s.solution for s in self.structures if s.reading == BASE]
        routes = self.joint is None or all(item.believed for item in self.joint.structures)
        routes = routes and all(note.code != NO_JOINT for _, note in self.notes)
        fitted = all(f.fit.status.trusted for f in self.fits)
        return fitted and routes and all(s is not None and s.status.trusted for s in solved)
