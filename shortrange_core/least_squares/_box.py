"""Quadratic programs with bounds alone: the step of a fit whose parameters have windows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
_BLOCK_TRIALS = 3


class Singular(ArithmeticError):
    """The matrix of a step is not positive definite."""


def solve_definite(matrix: Matrix, right: Vector) -> Vector:
    """Solve ``matrix x = right`` for a symmetric positive definite matrix.

    Raises
    ------
    Singular
        If the matrix is not positive definite to rounding.
    """
    if right.size == 0:
        return right
    _, solution, info = lapack.dposv(matrix, right)
    if info != 0:
        raise Singular("the matrix of the step is not positive definite")
    return np.asarray(solution, dtype=float)


def factor_definite(matrix: Matrix) -> Matrix:
    """Lower triangle L of a symmetric positive definite matrix L L^T.

    Raises
    ------
    Singular
        If the matrix is not positive definite to rounding.
    """
    if not matrix.size:
        return matrix
    factor, info = lapack.dpotrf(matrix, lower=1)
    if info != 0:
        raise Singular("the matrix of the step is not positive definite")
    return np.asarray(factor, dtype=float)


def solve_factored(factor: Matrix, right: Vector) -> Vector:
    """Solve ``L L^T x = right``."""
    return np.asarray(lapack.dpotrs(factor, right, lower=1)[0], dtype=float) if right.size else right


def solve_lower(factor: Matrix, right: Matrix) -> Matrix:
    """Solve ``L x = right``."""
    return np.asarray(lapack.dtrtrs(factor, right, lower=1)[0], dtype=float) if right.size else right


def box_minimum(
    matrix: Matrix, gradient: Vector, lower: Vector, upper: Vector, side: npt.NDArray[np.int8] | None = None
) -> tuple[Vector, npt.NDArray[np.int8]]:
    """Minimise ``p.M.p / 2 + g.p`` with ``lower <= p <= upper``.

    Block principal pivoting: the set of bounds that hold is changed as a whole while that helps. Where it does not, as
    with many lines of one shape, a descent from face to face, which always ends.

    Parameters
    ----------
    matrix, gradient
        n x n symmetric positive definite, and n.
    lower, upper
        n bounds; infinite where there is none.
    side
        First guess of the bounds that hold: -1 lower, 0 none, +1 upper.

    Returns
    -------
    tuple
        The minimiser, and which bound holds every component.

    Raises
    ------
    Singular
        If the matrix is not positive definite.

    Examples
    --------
    >>> import numpy as np
    >>> M = np.array([[2.0, 1.0], [1.0, 2.0]])
    >>> p, side = box_minimum(M, np.array([-3.0, 0.0]), np.array([-9.0, 0.0]), np.array([9.0, 9.0]))
    >>> p.round(6).tolist(), side.tolist()
    ([1.5, 0.0], [0, -1])
    """
    size = gradient.size
    state = np.zeros(size, dtype=np.int8) if side is None else side.copy()
    fewest, trials = size + 1, _BLOCK_TRIALS
    while True:
        step, slope = _held(matrix, gradient, lower, upper, state)
        wanted = _wanted(step, slope, lower, upper, state)
        changed = int(np.count_nonzero(wanted != state))
        if changed == 0:
            return step, state
        if changed < fewest:
            fewest, trials = changed, _BLOCK_TRIALS
        elif trials > 0:
            trials -= 1
        else:
            return _descended(matrix, gradient, lower, upper, step)
        state = wanted


def _descended(
    matrix: Matrix, gradient: Vector, lower: Vector, upper: Vector, start: Vector
) -> tuple[Vector, npt.NDArray[np.int8]]:
    """Minimiser from the nearest point inside: to the minimum of a face, then the bound that pulls most is let go.

    Exchanging one bound at a time without a look at the objective (Murty's rule) ends as well, but may take 2**n turns,
    and takes hundreds where lines overlap. Here each face is lower than the one before; the last is where none is.
    """
    at = np.clip(start, lower, upper)
    state = (at == upper).astype(np.int8) - (at == lower)
    size = np.sqrt(np.diagonal(matrix))
    least, value = (at, state), np.inf
    while True:
        at, state = _face_minimum(matrix, gradient, (lower, upper), at, state)
        slope = gradient + matrix @ at
        now = float(at @ (slope + gradient)) / 2
        if not now < value:
            return least
        least, value = (at, state), now
        pull = np.where(upper > lower, state * slope, 0.0) / size
        if not pull.max() > 0:
            return least
        state = state.copy()
        state[np.argmax(pull)] = 0


def _face_minimum(
    matrix: Matrix, gradient: Vector, bounds: tuple[Vector, Vector], at: Vector, state: npt.NDArray[np.int8]
) -> tuple[Vector, npt.NDArray[np.int8]]:
    """Minimum over the components that no bound holds, holding those that meet one on the way."""
    lower, upper = bounds
    while True:
        held = np.where(state < 0, lower, np.where(state > 0, upper, at))
        aim, _ = _held(matrix, gradient, lower, upper, state)
        way = aim - held
        wall = np.where(way < 0, lower, upper)
        beyond = (state == 0) & np.where(way < 0, aim < wall, aim > wall)
        if not beyond.any():
            return aim, state
        share = np.where(beyond, (wall - held) / np.where(beyond, way, 1.0), 1.0)
        first = int(np.argmin(share))
        at, state = held + share[first] * way, state.copy()
        state[first] = 1 if way[first] > 0 else -1


def _held(
    matrix: Matrix, gradient: Vector, lower: Vector, upper: Vector, state: npt.NDArray[np.int8]
) -> tuple[Vector, Vector | None]:
    """Minimiser with some components held at their bounds, and the slope of the objective there."""
    if not state.any():
        return solve_definite(matrix, -gradient), None
    free = np.flatnonzero(state == 0)
    step = np.where(state < 0, lower, upper)
    step[free] = 0.0
    slope = gradient + matrix @ step
    if free.size:
        step[free] = solve_definite(matrix[free[:, None], free], -slope[free])
        slope = gradient + matrix @ step
    return step, slope


def _wanted(
    step: Vector, slope: Vector | None, lower: Vector, upper: Vector, state: npt.NDArray[np.int8]
) -> npt.NDArray[np.int8]:
    """State that every component asks for: into its bounds where it is outside, free where it is pulled inside."""
    if slope is None:
        return (step > upper).astype(np.int8) - (step < lower).astype(np.int8)
    wanted = state.copy()
    free = state == 0
    wanted[free & (step < lower)] = -1
    wanted[free & (step > upper)] = 1
    wanted[((state < 0) & (slope < 0) & (upper > lower)) | ((state > 0) & (slope > 0) & (upper > lower))] = 0
    return wanted
