"""Terms of a problem: whitened residuals of evidence with their derivatives, and the rows that areas count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from structure.balances._evidence import Areas, Statement, response_key
from structure.balances._quantities import read_expression, row_over
from structure.balances._variables import Variable

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
SINGULAR = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Term:
    """Whitened residuals of one piece of evidence: ``evaluate(x)`` gives residuals and derivatives.

    ``observed`` and ``sd`` are in the units of the evidence; ``predict`` gives what the structure implies there;
    ``prior_of`` is the variable that the term is a prior on.
    """

    name: str
    evaluate: Callable[[Vector], tuple[Vector, Matrix]]
    linear: bool
    entries: tuple[str, ...] = ()
    observed: Vector = field(default_factory=lambda: np.zeros(0))
    sd: Vector = field(default_factory=lambda: np.zeros(0))
    predict: Callable[[Vector], Vector] | None = None
    prior_of: Variable | None = None


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


def whitener(covariance: Matrix) -> Callable[[Matrix], Matrix]:
    """Turns residuals of a covariance, and rows over them, into independent ones of unit variance.

    A direction without variance is known exactly (areas normalised to their sum): its sd is set to a thousandth of the
    greatest, which holds it without spoiling the digits of the others.
    """
    sd = np.sqrt(covariance.diagonal())
    if np.count_nonzero(covariance) == sd.size:
        return lambda rows: (rows.T / sd).T
    correlation = covariance / np.outer(sd, sd)
    factor, indefinite = lapack.dpotrf(correlation, lower=True)
    white, _ = lapack.dtrtri(factor, lower=True)
    if indefinite or SINGULAR * sd.size * np.vdot(white, white) > 1:  # a variance may be that small
        variance, directions = np.linalg.eigh(correlation)
        white = (directions / np.sqrt(np.maximum(variance, SINGULAR * variance[-1]))).T
    return lambda rows: white @ (rows.T / sd).T


def plain_areas(areas: Areas, seen: Matrix) -> Term:
    """Term of areas whose scale and responses are known: linear."""
    white = whitener(areas.covariance)
    matrix, right = white(seen), white(areas.value)
    return Term(
        areas.name,
        lambda x: (matrix @ x - right, matrix),
        True,
        areas.lines,
        areas.value,
        np.sqrt(areas.covariance.diagonal()),
        lambda x: seen @ x,
    )


Counted = tuple[Matrix, npt.NDArray[np.intp], tuple[str, ...], Matrix]


@lru_cache(maxsize=256)
def counted_rows(assignments: tuple[str, ...], labels: tuple[str, ...], crystalline: tuple[str, ...]) -> Counted:
    """For every name that a line counts its row, its line and the key of its response; the sums over each line."""
    read = [read_expression(text).coefficients for text in assignments]
    parts = [(line, *part) for line, coefficients in enumerate(read) for part in coefficients.items()]
    places = {label: place for place, label in enumerate(labels)}
    rows, collect = np.zeros((len(parts), len(labels) + len(crystalline))), np.zeros((len(assignments), len(parts)))
    for index, (line, name, coefficient) in enumerate(parts):
        collect[line, index] = 1.0
        if name in places:  # spares a look at every unit
            rows[index, places[name]] = coefficient
        else:
            rows[index] = coefficient * row_over(name, labels, crystalline)[0]
    owner = np.array([line for line, _, _ in parts], dtype=np.intp)
    for shared in (rows, owner, collect):
        shared.setflags(write=False)
    return rows, owner, tuple(name if name in places else response_key(name) for _, name, _ in parts), collect
