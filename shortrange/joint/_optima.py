"""Whether the minimum of a series is the only one: descents from random starts within the windows of all parameters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shortrange.joint._likelihood import Likelihood
from shortrange.joint._polytope import CHAINS, Face
from shortrange.results import Optimum
from shortrange_core.least_squares import ArrowMinimum, grouped

Array = npt.NDArray[np.float64]
FLAT = 1e-4
"""Precision, per former squared, with which starts are drawn from the whole polytope."""
SAME = 1e-6
"""Fraction of chi2 by which two ends of one minimum may differ."""


def optima(likelihood: Likelihood, found: ArrowMinimum, starts: int, rng: np.random.Generator) -> tuple[Optimum, ...]:
    """Distinct minima from random starts and the start of the route itself, best first.

    Parameters
    ----------
    likelihood, found
        Of the series, and the minimum from its own start.
    starts
        Random starts besides.
    rng
        Source of randomness.
    """
    ends = [found, *(likelihood.minimum(random_start(likelihood, rng)) for _ in range(starts))]
    kept, counts = grouped(ends, same=SAME)
    return tuple(
        Optimum(
            count,
            float(end.chi2 - kept[0].chi2),
            {f"{name}: {label}": float(value) for name, glass in likelihood.glasses.items()
             for label, value in zip(glass.species, end.x[likelihood.amounts[name]], strict=True)},
            end is found or bool(abs(end.chi2 - found.chi2) <= SAME * found.chi2),
        )
        for end, count in zip(kept, counts, strict=True)
    )  # fmt: skip


def random_start(likelihood: Likelihood, rng: np.random.Generator) -> Array:
    """Amounts anywhere on the balances, shapes and shares anywhere in their windows, responses from their prior."""
    x = np.array(likelihood.first)
    lower, upper = np.array(likelihood.lower), np.array(likelihood.upper)
    for name, at in likelihood.amounts.items():
        face = Face.of(*likelihood.balances[name], ())
        if face is not None and face.basis.shape[1]:
            flat = FLAT * np.eye(face.basis.shape[1])
            x[at] = face.walk(flat, face.start, CHAINS, rng)[0, -1]
    for place in likelihood.responses.values():
        x[place] = np.clip(rng.normal(), lower[place], upper[place])
    for key, block in likelihood.blocks.items():
        own = likelihood.local[key][block.own_at]
        own = own[np.isfinite(upper[own] - lower[own])]
        x[own] = rng.uniform(lower[own], upper[own])
        amounts = x[likelihood.amounts[block.data.sample]]
        x[likelihood.local[key][block.sight.scale_at]] = likelihood.first_scale(block, amounts)
    for level, own in likelihood.members.items():
        x[level] = float(np.mean(x[own]))
    return x
