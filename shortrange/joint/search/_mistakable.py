"""Lines of one spectrum that lie under one another, and starts in which two of them have changed places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from shortrange.joint.likelihood import Likelihood, LocalResiduals, quantities_of

Array = npt.NDArray[np.float64]
WIDTHS = ("gauss_fwhm", "fwhm")


def exchanges(likelihood: Likelihood, x: Array, *, kept: Sequence[str] = ()) -> Iterator[Array]:
    """Starts with two lines exchanged in one spectrum, each such pair; quantities that are ``kept`` stay with names."""
    for key, block in likelihood.fitted.items():
        for pair in combinations(counted_shapes(likelihood, key, block), 2):
            if _mistakable(likelihood, x, *pair):
                start = _exchanged(likelihood, x, pair, kept)
                if _obeys(likelihood, key, start):
                    yield start


def _obeys(likelihood: Likelihood, key: str, x: Array) -> bool:
    """Whether shapes of a spectrum obey the constraints of the recipe, which may say which line is which."""
    rows, limits = likelihood.limits[key]
    return bool(np.all(rows @ x[likelihood.local[key]] <= limits))


def counted_shapes(likelihood: Likelihood, key: str, block: LocalResiduals) -> list[dict[str, int]]:
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


def _exchanged(
    likelihood: Likelihood, x: Array, pair: tuple[Mapping[str, int], Mapping[str, int]], kept: Sequence[str]
) -> Array:
    one, other = pair
    exchanged = x.copy()
    for quantity in (one.keys() & other.keys()) - set(kept):
        exchanged[[one[quantity], other[quantity]]] = x[[other[quantity], one[quantity]]]
    return np.clip(exchanged, likelihood.lower, likelihood.upper)
