"""Rows that hold a minimiser on their walls: where it lies then, and which of them leaves for another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
_DEPENDENT = 1e-12
_LEFT = 1e-10
"""Of a row, what rounding leaves where it is a sum of others."""


def on_walls(lean: Matrix, need: Vector) -> tuple[Vector, Vector, bool]:
    """Shortest y with lean y = need, the multiplier of every row, and whether the rows are independent."""
    count = need.size
    if count == 0:
        return np.zeros(lean.shape[1]), need, True
    factor, scale, _, _ = lapack.dgeqrf(lean.T)
    size = np.abs(factor.diagonal()).tolist()
    if count > len(size) or min(size) <= _DEPENDENT * max(size):
        multiplier: Vector = np.linalg.lstsq(lean @ lean.T, need, rcond=1e-13)[0].astype(float)
        return lean.T @ multiplier, multiplier, False
    half = lapack.dtrtrs(factor[:count], need, trans=1)[0]
    return lapack.dorgqr(factor, scale)[0] @ half, lapack.dtrtrs(factor[:count], half)[0], True


def leaving_for(held: Matrix, entering: Vector, multiplier: Vector) -> int | None:
    """Place of the row that leaves for one which is a sum of those held; None where it is none, or none can leave.

    Held together they could not all be on their walls. As the entering row takes over, the multipliers of those in
    the sum fall, and the first to reach 0 leaves (Goldfarb and Idnani, doi:10.1007/BF02591962).
    """
    if not multiplier.size:
        return None
    share = np.linalg.lstsq(held.T, entering, rcond=_DEPENDENT)[0]
    if np.linalg.norm(held.T @ share - entering) > _LEFT * np.linalg.norm(entering) or share.max() <= 0:
        return None
    falls = share > _LEFT * np.abs(share).max()
    left = np.where(falls, multiplier / np.where(falls, share, 1.0), np.inf)
    return int(np.argmin(left))
