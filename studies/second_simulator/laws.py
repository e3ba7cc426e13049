"""Laws that parameters are drawn from, written as short lists in ``numbers.toml``."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import truncnorm

Law = list


def draw(law: Law, rng: np.random.Generator) -> float:
    """One draw from a law.

    Examples
    --------
    >>> 1.5 <= draw(["normal", 8.0, 3.0, 1.5, 25.0], np.random.default_rng(1)) <= 25.0
    True
    """
    return float(_KINDS[law[0]](rng, *law[1:]))


def spread(law: Law) -> float:
    """Standard deviation that a linearised oracle takes for a law (relative for factors)."""
    kind, *numbers = law
    if kind in ("normal", "lognormal", "signed_normal"):
        return float(numbers[1])
    if kind == "factor":
        return float(numbers[0])
    return float(abs(numbers[1] - numbers[0]) / math.sqrt(12.0))


def _normal(rng: np.random.Generator, mean: float, sd: float, lower: float, upper: float) -> float:
    return truncnorm.ppf(rng.random(), (lower - mean) / sd, (upper - mean) / sd, loc=mean, scale=sd)


def _lognormal(rng: np.random.Generator, mean: float, sd: float) -> float:
    variance = math.log(1 + (sd / mean) ** 2)
    return rng.lognormal(math.log(mean) - variance / 2, math.sqrt(variance))


def _sign(rng: np.random.Generator) -> float:
    return 1.0 if rng.random() < 0.5 else -1.0


_KINDS = {
    "normal": _normal,
    "lognormal": _lognormal,
    "uniform": lambda rng, lower, upper: rng.uniform(lower, upper),
    "loguniform": lambda rng, lower, upper: math.exp(rng.uniform(math.log(lower), math.log(upper))),
    "factor": lambda rng, sd: math.exp(rng.normal(0.0, sd)),
    "signed": lambda rng, lower, upper: _sign(rng) * rng.uniform(lower, upper),
    "signed_normal": lambda rng, mean, sd: _sign(rng) * rng.normal(mean, sd),
}
