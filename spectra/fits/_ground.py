"""The ground that a search goes over: where the lines of a model lie, when an end misses the data, further starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from shortrange_core.least_squares import latin_hypercube
from shortrange_core.notes import Status
from spectra.fits._places import FEWEST_LINES, Places
from spectra.fits._residuals import Residuals

Array = npt.NDArray[np.float64]
MISFIT_SD = 5.0
STRUCTURE_SD = 3.5
BLOCKS = 48
NARROWER = 0.5
FAR = 4.0
"""chi2 per degree of freedom above which a fit has residuals of twice the noise: it is a misfit wherever it ends."""
SIZES = (-3.0, -2.0, -1.0, -0.5, 0.5, 2.0, 3.0)
"""Anisotropies that a start is made with, over that of the model: one is too coarse a guess where the sample spins
slowly."""
DRAWN_FOR_ONE = 4
"""Starts that are drawn in the windows for each that is descended from."""
DRAWN_FOR_TRIALS = 12
"""Starts that are drawn from the priors; those of the lowest chi2 are tried first."""


class At(Protocol):
    """A place and its chi2."""

    @property
    def x(self) -> Array:
        """Free parameters."""

    @property
    def chi2(self) -> float:
        """Sum of squares, prior terms included."""


class GroundEnd(At, Protocol):
    """Where a descent ended."""

    @property
    def status(self) -> Status:
        """How it ended."""

    @property
    def evaluations(self) -> int:
        """Evaluations of the model that it took."""


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
    trials
        Most descents that are tried from starts drawn from the priors, where lines crowd; 0 for none: a pixel of a map
        has the ends of its neighbours instead.
    beyond
        Whether an end misses the data by what quiet parts of the spectrum show to be noise, where noise is estimated.
    """

    places: Places
    residuals: Residuals
    weighted: Callable[[Any], Array]
    dof: float
    estimated: bool
    trials: int = 0
    beyond: Callable[[Any], bool] = lambda _: False

    @property
    def far(self) -> float:
        """chi2 above which a descent that crawls is not waited for."""
        return FAR * max(self.dof, 1.0)

    def scale(self, end: At) -> float:
        """chi2 per degree of freedom where the noise is estimated: what a rise of chi2 is counted in."""
        return end.chi2 / max(self.dof, 1.0) if self.estimated else 1.0

    def misses(self, chi2: float) -> bool:
        """True where chi2 is more than 5 sd above its degrees of freedom."""
        return not self.estimated and chi2 > self.dof + MISFIT_SD * np.sqrt(2 * max(self.dof, 1.0))

    def missing(self, end: At) -> bool:
        """True where chi2 or sums of neighbouring residuals are larger than noise lets them be."""
        return self.misses(end.chi2) or self._structured(end) or (self.estimated and self.beyond(end))

    def _structured(self, end: At) -> bool:
        """Sums of neighbouring residuals, which a wrong minimum makes large where chi2 itself hardly shows it."""
        weighted = self.weighted(end)
        length = max(weighted.size // BLOCKS, 2)
        blocks = weighted[: weighted.size // length * length].reshape(-1, length).sum(axis=1) / np.sqrt(length)
        return bool(float(blocks @ blocks) / self.scale(end) > blocks.size + STRUCTURE_SD * np.sqrt(2 * blocks.size))

    def repaired(self, end: GroundEnd, first: Array) -> Array | None:
        """The end of a descent with its displaced lines put back, or None where none was displaced."""
        lines = self.places.lines
        if len(lines) < FEWEST_LINES or not np.all(np.isfinite(end.x)):
            return None
        displaced = lines[self.places.displaced(end.x, first)]
        if not displaced.size:
            return None
        middle = float(np.median(end.x[lines[:, 2]]))
        back = {int(center): float(first[center]) for _, center, _ in displaced}
        return self.linear(end.x, back | {int(width): middle for _, _, width in displaced})

    def exchanged(self, end: GroundEnd) -> Iterator[Array]:
        """The end with two lines exchanged of which either may be the other: each with the other's place and shape."""
        places = self.places
        if not np.all(np.isfinite(end.x)):
            return
        lower, upper = places.compiled.lower, places.compiled.upper
        for one, other in places.mistakable(end.x):
            (area, center, _), (area2, center2, _) = places.lines[one].tolist(), places.lines[other].tolist()
            mine, theirs = places.shapes[area], places.shapes[area2]
            pairs = [(center, center2), *((mine[q], theirs[q]) for q in mine.keys() & theirs.keys())]
            pairs = [(a, b) for a, b in pairs if places.own(a) and places.own(b)]
            values = {a: end.x[b] for a, b in pairs} | {b: end.x[a] for a, b in pairs}
            yield self.linear(end.x, {i: float(np.clip(v, lower[i], upper[i])) for i, v in values.items()})

    def emptied(self, end: GroundEnd) -> Iterator[Array]:
        """Starts with an empty line at either end of its window: where it stands, its distance may hold others."""
        compiled = self.places.compiled
        for area, center, _ in self.places.lines:
            if self.places.empty(end.x, int(area)):
                for edge in (compiled.lower[center], compiled.upper[center]):
                    if np.isfinite(edge):
                        yield self.linear(end.x, {int(center): float(edge)})

    def others(self, first: Array, starts: Sequence[Array]) -> Iterator[Array]:
        """Further starts: narrower lines, the starts not taken, the areas anew."""
        yield self.linear(first, {int(i): NARROWER * float(first[i]) for i in self.places.widths})
        yield from (start for start in starts if start is not first)
        yield self.linear(first, {})

    def turned(self, first: Array) -> Iterator[Array]:
        """A start with each anisotropy in turn of the size and sign of least chi2; none where all are as they were."""
        if not self.places.anisotropies:
            return
        best = start = self.linear(first, {})
        least = self.residuals.normal_equations(start)[0]
        for place in self.places.anisotropies:
            if start[place] == 0:
                continue
            for factor in SIZES:
                other = self.linear(best, {place: factor * float(start[place])})
                chi2 = self.residuals.normal_equations(other)[0]
                if chi2 < least:
                    least, best = chi2, other
        if best is not start:
            yield best

    def drawn(self, first: Array, count: int, rng: np.random.Generator) -> Iterator[Array]:
        """The best of some starts drawn within the finite windows of all that is not an area or a coefficient."""
        drawn, compiled = self.places.drawn, self.places.compiled
        if drawn.size and count:
            rows = latin_hypercube(compiled.lower[drawn], compiled.upper[drawn], DRAWN_FOR_ONE * count, rng)
            yield from self._lowest(
                first, [dict(zip(drawn.tolist(), row, strict=True)) for row in rows.tolist()], count
            )

    def likely(self, first: Array, rng: np.random.Generator) -> list[Array]:
        """The best of some starts whose positions and widths are drawn from their priors, or else their windows."""
        places, compiled = self.places, self.places.compiled
        shares = latin_hypercube(np.zeros(places.placed.size), np.ones(places.placed.size), DRAWN_FOR_TRIALS, rng)
        changes = []
        for row in shares.tolist():
            changed = {}
            for i, law, share in zip(places.placed.tolist(), places.laws, row, strict=True):
                low, high = compiled.lower[i], compiled.upper[i]
                changed[i] = low + share * (high - low) if law is None else law[0] + law[1] * float(ndtri(share))
            changes.append(changed)
        return self._lowest(first, changes, self.trials)

    def _lowest(self, first: Array, changes: Sequence[dict[int, float]], count: int) -> list[Array]:
        """The starts of least chi2 of those with some parameters changed, best first."""
        starts = [self.linear(first, changed) for changed in changes]
        return sorted(starts, key=lambda start: self.residuals.normal_equations(start)[0])[:count]

    def exchanges(self, end: At) -> list[tuple[int, int]]:
        """Areas, among the free parameters, of each line that lies within a width of a larger one, and of that one."""
        areas = self.places.lines[:, 0].tolist()
        return [(areas[small], areas[large]) for small, large in self.places.hidden(end.x)]

    def alike(self, x: Array, pair: tuple[int, int]) -> Array:
        """A place with the first of two lines, by their areas, in the shape of the second."""
        small, large = (self.places.shapes[area] for area in pair)
        changed = x.copy()
        for quantity in small.keys() & large.keys():
            i = small[quantity]
            changed[i] = np.clip(x[large[quantity]], self.places.compiled.lower[i], self.places.compiled.upper[i])
        return changed

    def within(self, place: int, value: float) -> float:
        """The value, or the bound of a free parameter that it lies beyond."""
        return float(np.clip(value, self.places.compiled.lower[place], self.places.compiled.upper[place]))

    def inside(self, x: Array) -> Array:
        """A place with all parameters within their bounds."""
        return np.clip(x, self.places.compiled.lower, self.places.compiled.upper)

    def linear(self, base: Array, changes: dict[int, float]) -> Array:
        """A start with some parameters changed and the areas found anew."""
        compiled = self.places.compiled
        given = {i: float(v) for i, v in enumerate(base)} | changes
        clipped = {i: float(np.clip(v, compiled.lower[i], compiled.upper[i])) for i, v in given.items()}
        return self.residuals.start(clipped, self.places.solved)
