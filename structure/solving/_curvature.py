"""What the curvature of chi2 at a minimum says: covariance on its face, and what holds it there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import QuadraticModel
from structure.balances import Problem
from structure.solving._agreement import Agreement
from structure.solving._let_go import LetGo
from structure.solving._minimum import IDLE_SLACK, ROUNDING, Matrix, Minimum

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
        Rows of the walls that truly hold the minimum.
    let_go
        What comes of it where these walls are let go.
    rank
        Number of determined directions.
    """

    covariance: Matrix
    determined: npt.NDArray[np.bool_]
    held: npt.NDArray[np.intp]
    let_go: LetGo
    rank: int


def curvature(problem: Problem, minimum: Minimum) -> Curvature:
    """Curvature of chi2 at its minimum, on the face of the walls that hold it."""
    model, sure = minimum.model, minimum.multiplier > 20 * minimum.model.tie**2
    held, slope = minimum.active[sure], minimum.multiplier[sure]
    fixed = minimum.walls[0][held]
    idle = [h.slack for h in problem.hinges if minimum.x[h.slack] <= IDLE_SLACK]
    if idle:
        fixed = np.vstack([fixed, np.eye(problem.size)[idle]])
    let_go = LetGo.of(_without_walls(model, fixed[held.size :]), fixed[: held.size], slope)
    face = model.face(fixed, 0.5 / LEAST_CURVATURE**2) if model.clear else None
    if face is not None:
        determined, rank = np.ones(problem.size, dtype=bool), model.reach.shape[1] - fixed.shape[0]
        return Curvature(face, determined, held, let_go, rank)
    basis = model.equal.basis
    covariance, determined, rank = _face_covariance(minimum.jacobian, basis @ _null(fixed @ basis))
    return Curvature(covariance, determined, held, let_go, rank)


def _without_walls(model: QuadraticModel, kept: Matrix) -> Matrix:
    """Covariance where only the rows that are ``kept`` hold."""
    covariance = np.asarray(model.reach @ model.reach.T)
    if kept.shape[0]:
        across = covariance @ kept.T
        covariance -= across @ np.linalg.lstsq(kept @ across, across.T)[0]
    return covariance


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
