"""The lowest minimum of a series: what a spectrum alone made of its lines need not be what the series makes of them.

Two lines under one another fit a spectrum as well with their names exchanged, or nearly; only the other glasses and the
balances tell. A descent does not get from one naming to the other. So where lines of one spectrum overlap, and each
lies in the window of the other, the series is descended from as well with the two exchanged in that spectrum. Nor does
it get from the anisotropy that a spectrum gave to two units under one line to that of each: so the series is descended
from with all shapes where the models start them, too.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from shortrange.joint.likelihood import Likelihood
from shortrange.joint.search._mistakable import counted_shapes, exchanges
from shortrange.joint.search._set_right import lower
from shortrange_core.least_squares import ArrowMinimum

Array = npt.NDArray[np.float64]
MOST = 600
"""Evaluations of the lowest descent where those of every start were not enough for it."""
LOWER = 1e-6
"""Fraction of chi2 by which another minimum must lie lower."""


def lowest(likelihood: Likelihood, near: Array | None = None) -> ArrowMinimum:
    """The most probable series, from its own start, from stated shapes, and with overlapping lines exchanged.

    Then from what the rest of the series points to about the lowest of them
    (:mod:`shortrange.joint.search._set_right`). Where a minimum ``near`` is given, of the same series with other sds of
    the coupling, all that was looked for there: then from it alone.
    """
    minimum = likelihood.minimum(near)
    if near is None:
        for start in _other_starts(likelihood):
            other = likelihood.minimum(start, far=minimum.chi2)  # what crawls above it is not waited for
            # a start that is no start has no chi2
            if np.isfinite(other.chi2) and not minimum.chi2 * (1 - LOWER) <= other.chi2:
                minimum = other
        minimum = lower(likelihood, minimum, _as_stated(likelihood, np.array(likelihood.first)))
    return minimum if minimum.status.trusted else likelihood.minimum(np.array(minimum.x), most=MOST)


def _other_starts(likelihood: Likelihood) -> Iterator[Array]:
    first = np.array(likelihood.first)
    yield _as_stated(likelihood, first)
    yield from exchanges(likelihood, first)


def _as_stated(likelihood: Likelihood, x: Array) -> Array:
    """Every shape of a counted line where its model starts it, levels along the series at their means."""
    changed = x.copy()
    for key, block in likelihood.fitted.items():
        start = {p.name: p.value for p in block.compiled.parameters}
        shapes = {place for line in counted_shapes(likelihood, key, block) for place in line.values()}
        for name, place in zip(block.own, likelihood.local[key][block.own_at].tolist(), strict=True):
            if place in shapes and np.isfinite(start[name]):
                changed[place] = start[name]
    for level, members in likelihood.members.items():
        changed[level] = changed[members].mean()
    return changed
