"""Spectra as they were read, their fits, and the structure of every glass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import xarray as xr

import spectra
import structure
from shortrange_core.notes import Note
from shortrange_core.records import record
from shortrange_core.showing import Shown

BASE = "as in the recipe"


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

    @property
    def spectrum(self) -> xr.Dataset:
        """What was fitted."""
        return self.fit.spectrum

    @property
    def notes(self) -> tuple[Note, ...]:
        """Of the fit."""
        return self.fit.notes


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
    misfits
        Techniques whose areas are evidence here although their fits miss their data: the numbers are in doubt.
    agreement
        What chi2 says of all glasses, where they are solved together; else empty, and the solution says it of its own.
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
    misfits: tuple[str, ...] = ()
    agreement: str = ""

    @property
    def believed(self) -> bool:
        """Whether its numbers are results: there is a solution, and no evidence speaks against it beyond chance."""
        return self.solution is not None and self.solution.status.trusted

    @property
    def doubt(self) -> str:
        """Why numbers that the balances believe are in doubt, in words; empty where every fit describes its data."""
        fits = (
            "whose fit does not describe the data" if len(self.misfits) == 1 else "whose fits do not describe the data"
        )
        return f"depends on {' and '.join(self.misfits)}, {fits}" if self.misfits else ""

    @property
    def fractions(self) -> dict[str, float]:
        """Fraction of every species by label; none where its numbers are no results."""
        if self.solution is None or not self.believed:
            return {}
        estimates = self.solution.fractions
        return dict(zip(estimates.entries, estimates.value.values.tolist(), strict=True))

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
