"""What linear equations leave free: a point that obeys them and a basis of the steps that keep them, remembered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
EQUALITY_TOLERANCE = 1e-9
INDEPENDENT = 1e-6
_REMEMBERED = 1 << 12
"""Numbers in the equalities of one glass; those of a whole series are not worth their memory."""


@dataclass(frozen=True, eq=False, slots=True)
class Equalities:
    """Solution set of E x = e: a particular point and an orthonormal basis of the directions left."""

    rows: Matrix
    point: Vector
    basis: Matrix
    consistent: bool

    @classmethod
    def build(cls, rows: Matrix, right: Vector) -> Equalities:
        """Solve the equalities; rows that depend on one another are fine where they agree."""
        # An array cannot be hashed, its bytes can; large ones would fill the memory that is kept.
        solved = _solved if rows.size <= _REMEMBERED else _solved.__wrapped__
        inverse, basis, independent = solved(rows.shape, rows.tobytes())
        point = inverse @ right
        off = 0.0 if independent else np.abs(rows @ point - right).max()
        return cls(rows, point, basis, independent or bool(off <= EQUALITY_TOLERANCE * (1 + np.abs(right).max())))


@lru_cache(maxsize=64)
def _solved(shape: tuple[int, int], rows: bytes) -> tuple[Matrix, Matrix, bool]:
    """Pseudo-inverse, null space, and whether the rows are independent, so that there is a solution.

    Remembered, because glasses of the same species differ in the right-hand side alone.
    """
    left, singular, directions = np.linalg.svd(np.frombuffer(rows).reshape(shape))
    rank = int(np.sum(singular > 1e-11 * singular.max(initial=0.0)))
    inverse, basis = (directions[:rank].T / singular[:rank]) @ left[:, :rank].T, directions[rank:].T
    inverse.setflags(write=False)
    basis.setflags(write=False)
    return inverse, basis, bool(np.all(singular > INDEPENDENT * singular.max(initial=0.0)) and rank == shape[0])
