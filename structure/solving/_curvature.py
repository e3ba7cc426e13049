"""What the curvature of chi2 at a minimum says: covariance on its face, and what holds it there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from structure.balances import Problem
from structure.solving._agreement import Agreement
from structure.solving._minimum import IDLE_SLACK, ROUNDING, Matrix, Minimum, Vector

LEAST_CURVATURE = 1e-3
"""Singular value of the whitened derivatives (an sd of 1000 per network former) below which nothing is determined."""
BLIND = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Curvature:
    """Covariance on the face that holds the minimum.

    Parameters
    ----------
    covariance
        n x n over all variables; NaN in the rows of those that the data do not determine.
    determined
        n flags.
    held
        Rows of the walls that truly hold the minimum, and the slope of chi2/2 against each.
    slope, release
        For each held row: slope, and the sd that its slack would have if it were let go alone.
    rank
        Number of determined directions.
    """

    covariance: Matrix
    determined: npt.NDArray[np.bool_]
    held: npt.NDArray[np.intp]
    slope: Vector
    release: Vector
    rank: int


def curvature(problem: Problem, minimum: Minimum) -> Curvature:
    """Curvature of chi2 at its minimum, on the face of the walls that hold it."""
    model, sure = minimum.model, minimum.multiplier > 20 * minimum.model.tie**2
    held, slope = minimum.active[sure], minimum.multiplier[sure]
    fixed = minimum.walls[0][held]
    idle = [h.slack for h in problem.hinges if minimum.x[h.slack] <= IDLE_SLACK]
    if idle:
        fixed = np.vstack([fixed, np.eye(problem.size)[idle]])
    face = model.face(fixed, 0.5 / LEAST_CURVATURE**2) if model.clear else None
    if face is not None:
        covariance, factor = face
        determined, rank = np.ones(problem.size, dtype=bool), model.reach.shape[1] - fixed.shape[0]
        inverse = lapack.dpotri(factor[: held.size, : held.size])[0] if held.size else np.zeros((0, 0))
        return Curvature(covariance, determined, held, slope, 1.0 / np.sqrt(inverse.diagonal()), rank)
    basis = model.equal.basis
    covariance, determined, rank = _face_covariance(minimum.jacobian, basis @ _null(fixed @ basis))
    release = _released(minimum.jacobian @ basis, model.tie, fixed[: held.size] @ basis)
    return Curvature(covariance, determined, held, slope, release, rank)


def agreement(problem: Problem, minimum: Minimum, bend: Curvature) -> Agreement:
    """How well the evidence agrees: a one-sided statement that is kept counts as no observation."""
    idle = sum(bool(minimum.x[h.slack] <= IDLE_SLACK) for h in problem.hinges)
    return Agreement(minimum.chi2, max(int(minimum.residual.size - idle - bend.rank), 0))


def _null(rows: Matrix) -> Matrix:
    if rows.shape[0] == 0:
        return np.eye(rows.shape[1])
    _, singular, right = np.linalg.svd(rows, full_matrices=True)
    rank = int(np.sum(singular > 1e-11 * max(singular.max(initial=0.0), 1e-300)))
    return np.asarray(right[rank:].T)


def _face_covariance(jacobian: Matrix, face: Matrix) -> tuple[Matrix, npt.NDArray[np.bool_], int]:
    size = face.shape[0]
    if face.shape[1] == 0:
        return np.zeros((size, size)), np.ones(size, dtype=bool), 0
    _, singular, right = np.linalg.svd(jacobian @ face, full_matrices=True)
    padded = np.zeros(face.shape[1])
    padded[: singular.size] = singular
    seen = padded > max(ROUNDING * padded.max(initial=0.0), LEAST_CURVATURE)
    directions = face @ right.T
    spread = directions[:, seen] / padded[seen]
    covariance = spread @ spread.T
    determined = np.sqrt(np.sum(directions[:, ~seen] ** 2, axis=1)) <= BLIND
    covariance[~determined, :] = np.nan
    covariance[:, ~determined] = np.nan
    return covariance, determined, int(np.sum(seen))


def _released(reduced: Matrix, tie: float, held: Matrix) -> Vector:
    """Sd of the slack of each held row if that row alone were let go: (S^-1)_ii^-1/2 with S = W H^-1 W'."""
    if held.shape[0] == 0:
        return np.zeros(0)
    normal = reduced.T @ reduced + tie**2 * np.eye(reduced.shape[1])
    across = held @ np.linalg.solve(normal, held.T)
    size, directions = np.linalg.eigh(across)
    seen = np.abs(size) > 1e-14 * np.abs(size).max()
    inverse = directions[:, seen] ** 2 @ (1.0 / size[seen])
    return np.asarray(1.0 / np.sqrt(np.maximum(inverse, 1e-300)))
