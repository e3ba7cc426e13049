"""Which free parameters of a model are solved linearly and which are drawn, and where its lines lie among them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from spectra.fits._compiled import Compiled

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
FEWEST_LINES = 3
WIDE = 2.0
"""A line so many times as wide as the middle one may have been displaced between others."""
NO_LINE = 1e-3
"""Of the largest area: below it a line has no influence that would lead it to its place."""
ROUNDING = 1e-9
"""Of the largest area: what a solver leaves of an area of 0."""


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
        self.shapes = {row["area"]: {q: i for q, i in row.items() if q not in PLACED} for row in owned if "area" in row}
        self.anisotropies = [shape["zeta"] for shape in self.shapes.values() if "zeta" in shape]
        finite = np.isfinite(compiled.lower) & np.isfinite(compiled.upper)
        finite[self.solved] = False
        self.drawn = np.flatnonzero(finite)
        priors = [compiled.parameters[row].prior for row in compiled.free_rows]
        self.told = np.array([priors[center] is not None for _, center, _ in self.lines], dtype=bool)
        placed = np.unique(self.lines[:, 1:])
        self.placed = placed[finite[placed]]
        self.laws = [(prior.mean, prior.sd) if (prior := priors[i]) is not None else None for i in self.placed.tolist()]

    def displaced(self, x: Array, first: Array) -> Rows:
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

    def mistakable(self, x: Array) -> Iterator[list[int]]:
        """Pairs of rows of ``lines`` within a width, each in the window of the other, that only priors tell apart."""
        centers = self.lines[:, 1]
        low, high = self.compiled.lower[centers], self.compiled.upper[centers]
        inside = (x[centers] > low[:, None]) & (x[centers] < high[:, None])
        told = self.told[:, None] | self.told
        yield from np.argwhere(np.triu(self._near(x) & inside & inside.T & told, 1)).tolist()

    def empty(self, x: Array, area: int) -> bool:
        """Whether a line has no area but what rounding leaves: beside constraints a bound is met to rounding alone."""
        largest = float(np.abs(x[list(self.shapes)]).max())
        return bool(self.compiled.lower[area] == 0.0 and x[area] <= ROUNDING * largest)

    def own(self, place: int) -> bool:
        """Whether a free parameter is of one line alone: no other parameter is linked to it."""
        return int(np.count_nonzero(self.compiled.spread[:, place])) == 1

    def crowded(self, x: Array) -> bool:
        """Whether only priors tell two lines apart: one with a stated position is within a width of its neighbour."""
        return len(self.lines) >= FEWEST_LINES and bool((self._near(x) & self.told).any())

    def hidden(self, x: Array) -> Iterator[list[int]]:
        """Rows of ``lines``: one that lies within a width of a larger one, and that larger one."""
        areas = x[self.lines[:, 0]]
        yield from np.argwhere(self._near(x) & (areas[:, None] < areas)).tolist()

    def _near(self, x: Array) -> npt.NDArray[np.bool_]:
        centers, widths = x[self.lines[:, 1]], x[self.lines[:, 2]]
        near = np.abs(centers[:, None] - centers) < (widths[:, None] + widths) / 2
        np.fill_diagonal(near, val=False)
        return near


WIDTHS = ("fwhm", "gauss_fwhm")
"""Quantities that say how wide a line is, as the technique bounds it."""
PLACED = ("area", "center")
