"""Terms of a problem: whitened residuals of evidence with their derivatives, and the rows that areas count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from structure.aliases import unit_of
from structure.evidence import Areas, Statement, response_key
from structure.quantities import quantity_row, read_expression

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
SINGULAR = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Term:
    """Whitened residuals of one piece of evidence: ``evaluate(x)`` gives residuals and derivatives.

    ``observed`` and ``sd`` are in the units of the evidence; ``predict`` gives what the structure implies there.
    """

    name: str
    evaluate: Callable[[Vector], tuple[Vector, Matrix]]
    linear: bool
    entries: tuple[str, ...] = ()
    observed: Vector = field(default_factory=lambda: np.zeros(0))
    sd: Vector = field(default_factory=lambda: np.zeros(0))
    predict: Callable[[Vector], Vector] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Hinge:
    """One-sided statement with an sd: ``sign * (value - bound) + x[slack] >= 0``."""

    statement: Statement
    value: Callable[[Vector], tuple[float, Vector]]
    sign: float
    slack: int
    linear: bool


def linear_term(name: str, matrix: Matrix, right: Vector) -> Term:
    """Term with residuals ``matrix @ x - right``, already whitened."""
    return Term(name, lambda x: (matrix @ x - right, matrix), True)


def whitener(covariance: Matrix) -> Matrix:
    """Rows that turn residuals of a covariance into independent ones of unit variance.

    A direction without variance is known exactly (areas normalised to their sum): its sd is set to a thousandth of the
    greatest, which holds it without spoiling the digits of the others.
    """
    sd = np.sqrt(np.diagonal(covariance))
    if np.count_nonzero(covariance) == sd.size:
        return np.diag(1.0 / sd)
    variance, directions = np.linalg.eigh(covariance / np.outer(sd, sd))
    return np.asarray((directions / np.sqrt(np.maximum(variance, SINGULAR * variance[-1]))).T / sd)


def plain_areas(areas: Areas, seen: Matrix, white: Matrix) -> Term:
    """Term of areas whose scale and responses are known: linear."""
    matrix, right = white @ seen, white @ areas.value
    return Term(
        areas.name,
        lambda x: (matrix @ x - right, matrix),
        True,
        areas.lines,
        areas.value,
        np.sqrt(np.diagonal(areas.covariance)),
        lambda x: seen @ x,
    )


@lru_cache(maxsize=256)
def counted_rows(
    assignments: tuple[str, ...], labels: tuple[str, ...], crystalline: tuple[str, ...]
) -> tuple[Matrix, npt.NDArray[np.intp], tuple[str, ...]]:
    """Row of every name that a line counts, the line, and the key of its response; remembered for repeated areas."""
    units = tuple(unit_of(label) for label in labels)
    rows, owner, keys = [], [], []
    for line, text in enumerate(assignments):
        for name, coefficient in read_expression(text).coefficients.items():
            keys.append(response_key(name))
            rows.append(coefficient * quantity_row(name, units, crystalline)[0])
            owner.append(line)
    return np.array(rows), np.array(owner, dtype=np.intp), tuple(keys)
