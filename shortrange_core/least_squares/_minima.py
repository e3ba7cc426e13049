"""Descents from many starts, and the distinct minima in which they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import BadInput
from shortrange_core.least_squares._minimise import Minimum
from shortrange_core.notes import Status
from shortrange_core.showing import Shown

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Minima(Shown):
    """Distinct minima of a restarted fit, best first, with the number of starts that ended in each.

    ``distance[i]`` is the root mean square, over the parameters, of the way from the best minimum to minimum i in
    standard deviations of the best; NaN where no sd is known.
    """

    best: Minimum
    minima: tuple[Minimum, ...]
    starts: tuple[int, ...]
    distance: tuple[float, ...]


def latin_hypercube(lower: npt.ArrayLike, upper: npt.ArrayLike, count: int, rng: np.random.Generator) -> Matrix:
    """``count`` starts inside a box, each parameter's range visited evenly: ``(count, n)``.

    Raises
    ------
    BadInput
        If a bound is infinite.
    """
    low, high = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    if not (np.all(np.isfinite(low)) and np.all(np.isfinite(high))):
        raise BadInput("starts can only be drawn between finite bounds; give every parameter a window")
    cells = np.stack([rng.permutation(count) for _ in range(low.size)], axis=1)
    return np.asarray(low + (high - low) * (cells + rng.uniform(size=cells.shape)) / count, dtype=float)


def distinct(ends: Sequence[Minimum], *, same: float = 1e-6) -> Minima:
    """The distinct minima among the ends of several descents: ends whose chi2 differ by less than ``same`` are one."""
    kept, counts = grouped(ends, same=same)
    sd = np.sqrt(np.diagonal(kept[0].covariance))
    return Minima(kept[0], tuple(kept), tuple(counts), tuple(_apart(end, kept[0], sd) for end in kept))


class End(Protocol):
    """Where a descent ended, as far as ends are compared."""

    @property
    def chi2(self) -> float:
        """Sum of squares, prior terms included."""

    @property
    def status(self) -> Status:
        """How it ended."""


Ended = TypeVar("Ended", bound=End)


def grouped(ends: Sequence[Ended], *, same: float) -> tuple[list[Ended], list[int]]:
    """One end of every minimum, best first, and how many ended there; ``same`` as of :func:`distinct`."""
    kept: list[Ended] = []
    counts: list[int] = []
    for end in sorted(ends, key=lambda end: (not end.status.trusted, end.chi2)):
        # By size: an end that is no minimum comes after all that are, and may lie below the last of these.
        if kept and abs(end.chi2 - kept[-1].chi2) <= same * max(abs(kept[-1].chi2), 1e-300):
            counts[-1] += 1
        else:
            kept.append(end)
            counts.append(1)
    return kept, counts


def _apart(end: Minimum, best: Minimum, sd: Vector) -> float:
    determined = np.isfinite(sd) & (sd > 0)
    if not determined.any():
        return float("nan")
    return float(np.sqrt(np.mean(((end.x - best.x)[determined] / sd[determined]) ** 2)))
