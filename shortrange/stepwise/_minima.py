"""Spectra that several minima describe: the balances choose among them, and ranges hold all that they do not exclude.

A fit tells the minima that are nearly as low as its best and have other areas (``Fit.others``). Of every glass each
choice of one minimum a spectrum is solved; chi2 of a choice is that of its fits above the best, and that of its
balances. The lowest is the analysis. A range at a level holds those of every other choice that has more than the rest
of the probability (:func:`spare`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtr, chdtri

import spectra
import structure
from shortrange.recipe import Tables
from shortrange.results import Fitted
from shortrange.stepwise._evidence import usable
from shortrange_core.notes import Note, Severity
from spectra import Fit

MOST_CHOICES = 8
"""Choices that are solved, those of the lowest chi2 of their fits first: each costs what a glass does."""
Solve = Callable[[Sequence[Fitted]], structure.Solution | None]


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """One minimum a spectrum of a glass: the fits, and their chi2 above those that the analysis has."""

    rise: float
    fits: tuple[Fitted, ...]


def choices(tables: Tables, fits: Sequence[Fitted], sample: str) -> list[Choice]:
    """Every choice of minima for the spectra of one glass that enter its balances, the analysis' own first."""
    own = [item for item in fits if item.sample == sample]
    options = [list(_minima(tables, item)) for item in own]
    minima = [
        Choice(sum(rise for rise, _ in picked), tuple(item for _, item in picked))
        for picked in itertools.product(*options)
    ]
    first, *rest = minima or [Choice(0.0, ())]
    return [first, *sorted(rest, key=lambda choice: choice.rise)[: MOST_CHOICES - 1]]


def _minima(tables: Tables, item: Fitted) -> Iterator[tuple[float, Fitted]]:
    yield 0.0, item
    entry = tables.entry_of(item.sample, item.technique, item.file, item.block)
    if tables.options_of(entry).evidence != "none":
        for number, other in enumerate(item.fit.others):
            if usable(other):
                yield other.rise, replace(item, fit=item.fit.at_other(number))


def settled(tables: Tables, fits: Sequence[Fitted], solve: Callable[[str], Solve]) -> tuple[Fitted, ...]:
    """The fits, each at the minimum with which the balances of its glass agree best.

    Parameters
    ----------
    tables
        Those of the recipe.
    fits
        Fits of all glasses.
    solve
        By the name of a glass: its solution from its fits, None where there is none.
    """
    chosen = list(fits)
    for sample in dict.fromkeys(item.sample for item in fits):
        offered = choices(tables, fits, sample)
        if len(offered) == 1:
            continue
        solutions = [solve(sample)(choice.fits) for choice in offered]
        totals = [
            np.inf if solution is None else choice.rise + solution.chi2
            for choice, solution in zip(offered, solutions, strict=True)
        ]
        best = offered[int(np.argmin(totals))]
        places = [i for i, item in enumerate(fits) if item.sample == sample]
        for place, before, item in zip(places, offered[0].fits, best.fits, strict=True):
            chosen[place] = item if item is before else replace(item, fit=_told(before.fit, item.fit))
    return tuple(chosen)


def _told(lowest: Fit, chosen: Fit) -> Fit:
    """The chosen fit, which says that it is not at the lowest minimum of its spectrum, and what both were let free."""
    above = chosen.chi2 - lowest.chi2
    text = f"the balances agree best with a minimum of this spectrum that is {above:.2g} above the lowest in chi2"
    note = Note(
        "minimum-by-balances", Severity.INFO, text, "the ranges of the fractions include both, unless one is ruled out"
    )
    freed = (note for note in lowest.notes if note.code in (spectra.xps.SCALE_ASKED, spectra.nmr.PHASE_ASKED))
    return replace(chosen, notes=(*freed, note, *chosen.notes))


def profiled(
    problem: tuple[structure.Composition, Sequence[str], Sequence[str]],
    offered: Sequence[tuple[float, Sequence[structure.Evidence]]],
    solution: structure.Solution,
    level: float,
) -> structure.Ranges:
    """Ranges of a glass over all choices of minima.

    Parameters
    ----------
    problem
        Composition, species, and the quantities that are asked for.
    offered
        chi2 above the first, and the evidence, of every choice; that of the analysis first.
    solution
        That of the first.
    level
        Of the ranges.
    """
    glass, species, quantities = problem
    profiles = []
    for number, (rise, evidence) in enumerate(offered):
        at = level
        if number:
            other = structure.solve(glass, species, evidence, check=False, intervals=False)
            at = spare(level, max(rise + other.chi2 - solution.chi2, 0.0)) if other.status.trusted else 0.0
        if at > 0:
            profiles.append(structure.ranges(glass, species, evidence, quantities=quantities, level=at))
    return united(profiles)


def spare(level: float, above: float) -> float:
    """Level of a range around a choice whose chi2 lies ``above`` the lowest; 0 where nothing of it is left.

    A choice has at least the probability 1 - level beside the lowest, at like volumes, where chi2 is higher by less
    than 2 ln(level/(1 - level)): 5.9 for 95 %. Its range is no wider than that of the level.

    Examples
    --------
    >>> round(spare(0.95, 0.0), 3), round(spare(0.95, 4.0), 3), spare(0.95, 6.0)
    (0.95, 0.831, 0.0)
    """
    left = min(float(chdtri(1, 1 - level)), 2 * math.log(level / (1 - level)) - above)
    return float(chdtr(1, left)) if left > 0 else 0.0


def united(ranges: Sequence[structure.Ranges]) -> structure.Ranges:
    """The least range that holds all of several, of the first the rest."""
    first, *rest = ranges
    if not rest:
        return first
    return replace(
        first,
        lower=np.min([one.lower for one in ranges], axis=0),
        upper=np.max([one.upper for one in ranges], axis=0),
        undetermined=np.any([one.undetermined for one in ranges], axis=0),
    )
