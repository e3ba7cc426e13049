"""The lowest minimum of a series: what a spectrum alone made of its lines need not be what the series makes of them.

Two lines under one another fit a spectrum as well with their names exchanged, or nearly; only the other glasses and the
balances tell. A descent does not get from one naming to the other. So where lines of one spectrum overlap, and each
lies in the window of the other, the series is descended from as well with the two exchanged in that spectrum. Nor does
it get from the anisotropy that a spectrum gave to two units under one line to that of each: so the series is descended
from with all shapes where the models start them, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt

from shortrange.joint._blocks import LocalResiduals, quantities_of
from shortrange.joint._likelihood import Likelihood
from shortrange.joint._set_right import lower
from shortrange_core.least_squares import ArrowMinimum

Array = npt.NDArray[np.float64]
MOST = 600
"""Evaluations of the lowest descent where those of every start were not enough for it."""
LOWER = 1e-6
"""Fraction of chi2 by which another minimum must lie lower."""
WIDTHS = ("gauss_fwhm", "fwhm")


def lowest(likelihood: Likelihood, near: Array | None = None) -> ArrowMinimum:
    """The most probable series, from its own start, from stated shapes, and with overlapping lines exchanged.

    Then from what the rest of the series points to about the lowest of them (:mod:`shortrange.joint._set_right`).
    Where a minimum ``near`` is given, of the same series with other sds of the coupling, all that was looked for there:
    then from it and the own start alone.
    """
    minimum = likelihood.minimum()
    for start in _other_starts(likelihood) if near is None else (near,):
        other = likelihood.minimum(start)
        # a start that is no start has no chi2
        if np.isfinite(other.chi2) and not minimum.chi2 * (1 - LOWER) <= other.chi2:
            minimum = other
    if near is None:
        minimum = lower(likelihood, minimum, _as_stated(likelihood, np.array(likelihood.first)))
    return minimum if minimum.status.trusted else likelihood.minimum(np.array(minimum.x), most=MOST)


def _other_starts(likelihood: Likelihood) -> Iterator[Array]:
    first = np.array(likelihood.first)
    exchanged = [
        (key, _exchanged(likelihood, first, one, other))
        for key, block in likelihood.fitted.items()
        for one, other in combinations(_shapes(likelihood, key, block), 2)
        if _mistakable(likelihood, first, one, other)
    ]
    yield _as_stated(likelihood, first)
    yield from (start for key, start in exchanged if _obeys(likelihood, key, start))


def _obeys(likelihood: Likelihood, key: str, x: Array) -> bool:
    """Whether shapes of a spectrum obey the constraints of the recipe, which may say which line is which."""
    rows, limits = likelihood.limits[key]
    return bool(np.all(rows @ x[likelihood.local[key]] <= limits))


def _shapes(likelihood: Likelihood, key: str, block: LocalResiduals) -> list[dict[str, int]]:
    """Of every line that counts a unit, places of its free shapes by quantity."""
    at = dict(zip(block.own, likelihood.local[key][block.own_at].tolist(), strict=True))
    counted = [peak for peak in block.data.model.peaks if peak.parameters[0].name in block.areas]
    return [{quantity: at[name] for name, quantity in quantities_of(peak).items() if name in at} for peak in counted]


def _mistakable(likelihood: Likelihood, x: Array, one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Whether two lines are nearer than they are wide, not in the same place, and each in the window of the other."""
    width = next((quantity for quantity in WIDTHS if quantity in one and quantity in other), "")
    if not width or "center" not in one or "center" not in other:
        return False
    first, second = one["center"], other["center"]
    apart = abs(x[first] - x[second])
    inside = all(
        likelihood.lower[place] <= x[value] <= likelihood.upper[place]
        for place, value in ((first, second), (second, first))
    )
    same = apart == 0 and x[one[width]] == x[other[width]]
    return bool(inside and not same and apart < (x[one[width]] + x[other[width]]) / 2)


def _exchanged(likelihood: Likelihood, x: Array, one: Mapping[str, int], other: Mapping[str, int]) -> Array:
    exchanged = x.copy()
    for quantity in one.keys() & other.keys():
        exchanged[[one[quantity], other[quantity]]] = x[[other[quantity], one[quantity]]]
    return np.clip(exchanged, likelihood.lower, likelihood.upper)


def _as_stated(likelihood: Likelihood, x: Array) -> Array:
    """Every shape of a counted line where its model starts it, levels along the series at their means."""
    changed = x.copy()
    for key, block in likelihood.fitted.items():
        start = {p.name: p.value for p in block.compiled.parameters}
        shapes = {place for line in _shapes(likelihood, key, block) for place in line.values()}
        for name, place in zip(block.own, likelihood.local[key][block.own_at].tolist(), strict=True):
            if place in shapes and np.isfinite(start[name]):
                changed[place] = start[name]
    for level, members in likelihood.members.items():
        changed[level] = changed[members].mean()
    return changed
