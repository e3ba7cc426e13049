"""The one search for the least chi2 of a model: of one spectrum, of a pixel, of a fit that lmfit makes.

1. The start with the lowest chi2 is descended from.
2. Lines that strayed are put back and the descent is repeated: a line that is very wide or ended at the end of its
   window; a line whose area ended at zero, with those whose windows overlap with its own; lines with overlapping
   windows that changed places. The last two are how a minimum is wrong that fits: a neighbour covers two lines, and
   nothing pulls the empty one out of its zero, because neither its position nor its width has a slope there; or each
   describes what the other is for, which only their priors mind.
3. Where the end misses the data, in chi2 or in sums of neighbouring residuals, further starts follow: narrower lines,
   the starts that were not taken, and points drawn in the windows, until one does not miss them.

Every end is compared by the whole chi2, prior terms included; the lowest is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import latin_hypercube
from shortrange_core.notes import Status
from spectra.fits._compiled import Compiled
from spectra.fits._residuals import Residuals

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
RESTARTS_ON_MISFIT = 6
MISFIT_SD = 5.0
STRUCTURE_SD = 3.5
BLOCKS = 48
FEWEST_LINES = 3
NARROWER = 0.5
WIDE = 2.0
"""A line so many times as wide as the middle one may have strayed between others."""
NO_LINE = 1e-3
"""Of the largest area: below it a line has no influence that would lead it to its place."""
FAR = 4.0
"""chi2 per degree of freedom above which a fit has residuals of twice the noise: it is a misfit wherever it ends."""
ENOUGH = 600
"""Evaluations after which no further start is made that nobody asked for; searches that succeed take fewer."""
ROUNDS = 2
"""Repairs of repairs: a line that was put back may show the next one that strayed."""


class At(Protocol):
    """A place and its chi2."""

    @property
    def x(self) -> Array:
        """Free parameters."""

    @property
    def chi2(self) -> float:
        """Sum of squares, prior terms included."""


class End(At, Protocol):
    """Where a descent ended."""

    @property
    def status(self) -> Status:
        """How it ended."""

    @property
    def evaluations(self) -> int:
        """Evaluations of the model that it took."""


E = TypeVar("E", bound=End)


@dataclass(frozen=True, eq=False, slots=True)
class Found(Generic[E]):
    """The best end, every end of a start that was drawn or given (the first among them), and all evaluations."""

    best: E
    ends: tuple[E, ...]
    evaluations: int


def ended(end: End) -> bool:
    """True where a descent came to an end of its own."""
    return end.status not in (Status.NOT_CONVERGED, Status.REJECTED)


class Places:
    """Which free parameters of a model are found linearly, which are drawn, and where its lines lie among them.

    Parameters
    ----------
    compiled
        The model on its axis.
    """

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        place = {name: i for i, name in enumerate(compiled.free)}
        self.solved = np.array([place[name] for name in compiled.free if name in compiled.linear], dtype=np.intp)
        owned = [
            {quantity: place[p.name] for quantity, p in line.quantities.items() if p.name in place}
            for line in compiled.model.peaks
        ]
        self.widths = np.array([i for row in owned for q, i in row.items() if q in WIDTHS], dtype=np.intp)
        self.lines = np.array(
            [
                (row["area"], row["center"], row[q])
                for row in owned
                for q in WIDTHS
                if {"area", "center", q} <= set(row)
            ],
            dtype=np.intp,
        ).reshape(-1, 3)
        self.lines = self.lines[np.unique(self.lines[:, 0], return_index=True)[1]]
        finite = np.isfinite(compiled.lower) & np.isfinite(compiled.upper)
        finite[self.solved] = False
        self.drawn = np.flatnonzero(finite)

    def strayed(self, x: Array, first: Array) -> Rows:
        """Rows of ``lines`` that are to be put back where they were ``first``."""
        lower, upper = self.compiled.lower, self.compiled.upper
        areas, placed = x[self.lines[:, 0]], self.lines[:, 1:]
        at_end = ((x[placed] <= lower[placed]) | (x[placed] >= upper[placed])).any(axis=1)
        wide = x[placed[:, 1]] > WIDE * float(np.median(x[placed[:, 1]]))
        absent = np.abs(areas) <= NO_LINE * float(np.abs(areas).max())
        low, high = lower[placed[:, 0]], upper[placed[:, 0]]
        overlap = (low[:, None] < high) & (high[:, None] > low)
        beside = (overlap & absent).any(axis=1)
        now, before = x[placed[:, 0]], first[placed[:, 0]]
        changed = (overlap & ((now[:, None] - now) * (before[:, None] - before) < 0)).any(axis=1)
        return np.flatnonzero(at_end | wide | beside | changed)


WIDTHS = ("fwhm", "gauss_fwhm")
"""Quantities that say how wide a line is, as the technique bounds it."""


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """What a search goes over.

    Parameters
    ----------
    places
        Of the model.
    residuals
        Data and noise; gives starts with areas from a linear fit.
    weighted
        Weighted residuals of the data at an end.
    dof
        Degrees of freedom.
    estimated
        True where the noise is, so that chi2 alone says nothing.
    """

    places: Places
    residuals: Residuals
    weighted: Callable[[Any], Array]
    dof: float
    estimated: bool

    @property
    def far(self) -> float:
        """chi2 above which a descent that crawls is not waited for."""
        return FAR * max(self.dof, 1.0)

    def misses(self, chi2: float) -> bool:
        """True where chi2 is more than 5 sd above its degrees of freedom."""
        return not self.estimated and chi2 > self.dof + MISFIT_SD * np.sqrt(2 * max(self.dof, 1.0))

    def missing(self, end: At) -> bool:
        """True where chi2 or sums of neighbouring residuals are larger than noise lets them be."""
        return self.misses(end.chi2) or self._structured(end)

    def _structured(self, end: At) -> bool:
        """Sums of neighbouring residuals, which a wrong minimum makes large where chi2 itself hardly shows it."""
        weighted = self.weighted(end)
        length = max(weighted.size // BLOCKS, 2)
        blocks = weighted[: weighted.size // length * length].reshape(-1, length).sum(axis=1) / np.sqrt(length)
        scale = end.chi2 / max(self.dof, 1.0) if self.estimated else 1.0
        return bool(float(blocks @ blocks) / scale > blocks.size + STRUCTURE_SD * np.sqrt(2 * blocks.size))

    def repaired(self, end: End, first: Array) -> Array | None:
        """The end of a descent with its strayed lines put back, or None where none strayed."""
        lines = self.places.lines
        if len(lines) < FEWEST_LINES or not np.all(np.isfinite(end.x)):
            return None
        strayed = lines[self.places.strayed(end.x, first)]
        if not strayed.size:
            return None
        middle = float(np.median(end.x[lines[:, 2]]))
        back = {int(center): float(first[center]) for _, center, _ in strayed}
        return self.linear(end.x, back | {int(width): middle for _, _, width in strayed})

    def emptied(self, end: End) -> Iterator[Array]:
        """Starts with an empty line at either end of its window: where it stands, its distance may hold others."""
        compiled = self.places.compiled
        for area, center, _ in self.places.lines:
            if end.x[area] <= compiled.lower[area]:
                for edge in (compiled.lower[center], compiled.upper[center]):
                    if np.isfinite(edge):
                        yield self.linear(end.x, {int(center): float(edge)})

    def others(self, first: Array, starts: Sequence[Array]) -> Iterator[Array]:
        """Further starts: narrower lines, the starts not taken, the areas anew."""
        yield self.linear(first, {int(i): NARROWER * float(first[i]) for i in self.places.widths})
        yield from (start for start in starts if start is not first)
        yield self.linear(first, {})

    def drawn(self, first: Array, count: int, rng: np.random.Generator) -> Iterator[Array]:
        """Starts drawn within the finite windows of all that is not an area or a coefficient."""
        drawn, compiled = self.places.drawn, self.places.compiled
        if drawn.size and count:
            for row in latin_hypercube(compiled.lower[drawn], compiled.upper[drawn], count, rng):
                yield self.linear(first, {int(i): float(v) for i, v in zip(drawn, row, strict=True)})

    def linear(self, base: Array, changes: dict[int, float]) -> Array:
        """A start with some parameters changed and the areas found anew."""
        compiled = self.places.compiled
        given = {i: float(v) for i, v in enumerate(base)} | changes
        clipped = {i: float(np.clip(v, compiled.lower[i], compiled.upper[i])) for i, v in given.items()}
        return self.residuals.start(clipped, self.places.solved)


def searched(
    ground: Ground,
    starts: Sequence[Array],
    descend: Callable[[Array], E],
    *,
    restarts: int = 0,
    rng: np.random.Generator | None = None,
) -> Found[E]:
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
    """
    first = starts[0]
    if len(starts) > 1:
        first = min(starts, key=lambda start: ground.residuals.normal_equations(start)[0])
    best = descend(first)
    if best.status is Status.REJECTED:  # a start that is no start: nothing is to be said of the data
        return Found(best, (best,), best.evaluations)
    best, used = _repaired(ground, best, first, descend)
    ends, further = [best], restarts
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
        best, more = _repaired(ground, best, first, descend)
        used += more - best.evaluations
        ends.append(best)
    return Found(best, tuple(ends), used)


def _enough(ground: Ground, best: End, used: int, number: int) -> bool:
    """True where further starts that nobody asked for may end: one has met the data, or all have cost too much."""
    return used >= ENOUGH or (number > 0 and ended(best) and not ground.missing(best))


def _better(one: End, other: End) -> bool:
    return ended(one) and (not ended(other) or one.chi2 < other.chi2)


def _repaired(ground: Ground, best: E, first: Array, descend: Callable[[Array], E]) -> tuple[E, int]:
    """The end, or a lower one that is reached with its strayed lines put back; evaluations of all descents."""
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
