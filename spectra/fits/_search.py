"""The one search for the least chi2 of a model: of one spectrum, of a pixel, of a fit that lmfit makes.

1. The start with the lowest chi2 is descended from. Where that is not the first, and the end lies above what noise
   makes on the mean, the first is descended from too: the lowest start need not end lowest.
2. Displaced lines are put back and the descent is repeated: a line that is very wide or ended at the end of its
   window; a line whose area ended at zero, with those whose windows overlap with its own; lines with overlapping
   windows that changed places. The last two are how a minimum is wrong that fits: a neighbour covers two lines, and
   nothing pulls the empty one out of its zero, because neither its position nor its width has a slope there; or each
   describes what the other is for, which only their priors mind.
3. Where the end misses the data, in chi2 or in sums of neighbouring residuals, further starts follow: the first one
   calmed, narrower lines, the starts that were not taken, points drawn in the windows, until one does not miss them.
4. Where lines lie within a width of each other that only their priors tell apart, they are exchanged, with all that
   makes their shapes, and starts drawn from the priors follow in any case, because a wrong minimum need not miss the
   data, and two descents may end in it.
5. Where the end lies above what noise makes on the mean, the fit of a neighbour in a map is a start too, with displaced
   lines put back where the spectrum's own start has them. It comes last: in place of the spectrum's own start it leads
   past lines, and an end that fits, from which nothing further would be asked, need not be the lowest.

Every end is compared by the whole chi2, prior terms included; the lowest is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from shortrange_core.notes import Status
from spectra.fits._ground import Ground, GroundEnd
from spectra.fits._places import Places

__all__ = ["Ground", "Places", "SearchResult", "beside", "ended", "searched"]
Array = npt.NDArray[np.float64]
RESTARTS_ON_MISFIT = 6
ENOUGH = 600
"""Evaluations after which no further start is made that nobody asked for; searches that succeed take fewer."""
ROUNDS = 2
"""Repairs of repairs: a line that was put back may show the next displaced one."""


E = TypeVar("E", bound=GroundEnd)


@dataclass(frozen=True, eq=False, slots=True)
class SearchResult(Generic[E]):
    """The best end, every end of a start that was drawn or given (the first among them), and all evaluations."""

    best: E
    ends: tuple[E, ...]
    evaluations: int


def ended(end: GroundEnd) -> bool:
    """True where a descent came to an end of its own."""
    return end.status not in (Status.NOT_CONVERGED, Status.REJECTED)


def searched(
    ground: Ground,
    starts: Sequence[Array],
    descend: Callable[[Array], E],
    *,
    restarts: int = 0,
    rng: np.random.Generator | None = None,
    calmed: Callable[[Array], E] | None = None,
) -> SearchResult[E]:
    """The lowest end of the search that stands at the head of this module.

    Parameters
    ----------
    ground
        Model, data, and when they are missed.
    starts
        One start or more.
    descend
        A descent from a start.
    restarts
        Starts that are drawn in any case.
    rng
        Random numbers of the starts that are drawn; ``default_rng(0)`` where absent.
    calmed
        A descent in larger noise, where priors hold the lines to what they are for, and from there.
    """
    best, first, spent = _first_end(ground, starts, descend)
    if best.status is Status.REJECTED:  # a start that is no start: nothing is to be said of the data
        return SearchResult(best, (best,), spent)
    spent -= best.evaluations
    best, used = _repaired(ground, best, first, descend)
    used += spent
    ends, further = [best], restarts
    missed = not ended(best) or ground.missing(best)
    if missed and calmed is not None:
        ends.append(calmed(starts[0]))  # the turned one is of least chi2 in the noise that led astray
        best, used = _lowest(best, ends[1:]), used + ends[-1].evaluations
        missed = not ended(best) or ground.missing(best)
    if missed:
        further = max(restarts, RESTARTS_ON_MISFIT)
    random = np.random.default_rng(0) if rng is None else rng
    called_for = [*ground.emptied(best), *ground.others(first, starts)] if missed else []
    again = [*called_for, *ground.drawn(first, further, random)]
    for number, start in enumerate(again):
        if missed and not restarts and _enough(ground, best, used, number):
            break
        other = descend(start)
        used += other.evaluations
        ends.append(other)
        if _better(other, best):
            best = other
    if len(ends) > 1 and best is not ends[0]:
        best, tried = _repaired(ground, best, first, descend)
        used += tried - best.evaluations
        ends.append(best)
    exchanged, tried = _exchanged(ground, best, descend)
    best, used = _lowest(best, exchanged), used + tried
    others, tried = _tried(ground, best, first, random, descend)
    return SearchResult(_lowest(best, others), (*ends, *exchanged, *others), used + tried)


def _lowest(best: E, others: Sequence[E]) -> E:
    return min([best, *(end for end in others if ended(end))], key=lambda end: (not ended(end), end.chi2))


def _first_end(ground: Ground, starts: Sequence[Array], descend: Callable[[Array], E]) -> tuple[E, Array, int]:
    """The end of the most promising start, where it began, and the evaluations of all descents."""
    own = first = starts[0]
    if len(starts) > 1:
        first = min(starts, key=lambda start: ground.residuals.normal_equations(start)[0])
    best = descend(first)
    if first is own or best.chi2 <= ground.dof:
        return best, first, best.evaluations
    # the lowest start need not end lowest, and a line that was missed need not make a misfit
    other = descend(own)
    used = best.evaluations + other.evaluations
    return (other, own, used) if _better(other, best) else (best, first, used)


def beside(
    ground: Ground, best: E, first: Array, near: Sequence[Array], descend: Callable[[Array], E]
) -> tuple[E, int]:
    """The end, or a lower one from fits that are near; evaluations of the descents from them."""
    if not near or not best.chi2 > ground.dof:
        return best, 0
    lowest = min(near, key=lambda start: ground.residuals.normal_equations(start)[0])
    other, used = _repaired(ground, descend(lowest), first, descend)
    return (other if _better(other, best) else best), used


def _exchanged(ground: Ground, best: E, descend: Callable[[Array], E]) -> tuple[list[E], int]:
    """Ends of descents from the end with lines exchanged that may each be the other."""
    if not ground.trials or not ended(best):
        return [], 0
    ends = [descend(start) for start in ground.exchanged(best)]
    return ends, sum(end.evaluations for end in ends)


def _tried(
    ground: Ground, best: E, first: Array, rng: np.random.Generator, descend: Callable[[Array], E]
) -> tuple[list[E], int]:
    """Ends of descents from starts drawn from the priors, all of them: others may describe the data as well."""
    if not ground.trials or not ended(best) or best.chi2 > ground.far or not ground.places.crowded(best.x):
        return [], 0
    ends = [descend(start) for start in ground.likely(first, rng)]
    return ends, sum(end.evaluations for end in ends)


def _enough(ground: Ground, best: GroundEnd, used: int, number: int) -> bool:
    """True where further starts that nobody asked for may end: one has met the data, or all have cost too much."""
    return used >= ENOUGH or (number > 0 and ended(best) and not ground.missing(best))


def _better(one: GroundEnd, other: GroundEnd) -> bool:
    return ended(one) and (not ended(other) or one.chi2 < other.chi2)


def _repaired(ground: Ground, best: E, first: Array, descend: Callable[[Array], E]) -> tuple[E, int]:
    """The end, or a lower one that is reached with its displaced lines put back; evaluations of all descents."""
    used = best.evaluations
    for _ in range(ROUNDS):
        start = ground.repaired(best, first)
        if start is None:
            break
        other = descend(start)
        used += other.evaluations
        if not _better(other, best):
            break
        best = other
    return best, used
