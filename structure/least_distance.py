"""Least squares on a polyhedron: the exact minimiser, the rows that hold it, and whether there is one at all.

The problem min |A x - b| with E x = e, G x >= h is reduced to the null space of E, turned into the shortest vector that
obeys the inequalities, and that into non-negative least squares (least distance programming, chapter 23 of Lawson and
Hanson, doi:10.1137/1.9781611971217). The active rows found are then solved for exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack
from scipy.optimize import linprog, nnls

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
TIE = 1e-7
"""Weight, relative to the data, that picks the point nearest the centre where the data do not choose."""
EQUALITY_TOLERANCE = 1e-9
FEASIBLE = 1e-9
_ACTIVE = 1e-10
_BLIND = 1e-11
_PULLING = 1e-13
_REPAIRS = 40


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
        return _solved(rows.shape, rows.tobytes(), right.tobytes())

    @classmethod
    def solved(cls, rows: Matrix, right: Vector) -> Equalities:
        """Same, not remembered."""
        size = rows.shape[1]
        if rows.shape[0] == 0:
            return cls(rows, np.zeros(size), np.eye(size), True)
        left, singular, directions = np.linalg.svd(rows, full_matrices=True)
        rank = int(np.sum(singular > 1e-11 * singular[0]))
        point = directions[:rank].T @ ((left[:, :rank].T @ right) / singular[:rank])
        off = float(np.max(np.abs(rows @ point - right), initial=0.0))
        return cls(rows, point, directions[rank:].T, off <= EQUALITY_TOLERANCE * (1 + float(np.max(np.abs(right)))))


@lru_cache(maxsize=64)
def _solved(shape: tuple[int, int], rows: bytes, right: bytes) -> Equalities:
    """Remembered: the balances of a glass are the same whatever the evidence."""
    return Equalities.solved(np.frombuffer(rows).reshape(shape), np.frombuffer(right))


@dataclass(frozen=True, eq=False, slots=True)
class Shortest:
    """Minimiser ``x`` with the rows of G that hold it (positive multipliers); ``feasible`` False where none exists."""

    x: Vector
    active: npt.NDArray[np.intp]
    multiplier: Vector
    feasible: bool


def shortest(A: Matrix, b: Vector, equal: Equalities, walls: tuple[Matrix, Vector], centre: Vector) -> Shortest:
    """Least |A x - b| on E x = e, G x >= h; nearest to ``centre`` where the data leave a choice.

    Parameters
    ----------
    A, b
        m x n and m, whitened.
    equal
        The equalities.
    walls
        G of k x n and h of k.
    centre
        n values.
    """
    G, h = walls
    if not equal.consistent:
        return Shortest(equal.point, np.zeros(0, dtype=np.intp), np.zeros(0), False)
    found = _reduced(A, b, equal, walls, centre)
    if found.feasible:
        return found
    narrower = flattened(equal, G, h)
    return found if narrower is None else _reduced(A, b, narrower, walls, centre)


def flattened(equal: Equalities, G: Matrix, h: Vector) -> Equalities | None:
    """Equalities with the rows of G that can only hold as equalities added; None where nothing obeys all rows.

    A polyhedron without volume (a single composition of units) is out of reach of least distance programming.
    """
    size = equal.rows.shape[1]
    right = equal.rows @ equal.point
    fixed = (equal.rows, right) if equal.rows.shape[0] else (None, None)
    bounds = [(None, None)] * size
    flat: list[int] = []
    for index, row in enumerate(G):
        highest = linprog(-row, A_ub=-G, b_ub=-h, A_eq=fixed[0], b_eq=fixed[1], bounds=bounds)
        if highest.status not in (0, 3):
            return None
        if highest.status == 0 and float(row @ highest.x) - h[index] < FEASIBLE:
            flat.append(index)
    return Equalities.build(np.vstack([equal.rows, G[flat]]), np.concatenate([right, h[flat]]))


def _reduced(A: Matrix, b: Vector, equal: Equalities, walls: tuple[Matrix, Vector], centre: Vector) -> Shortest:
    G, h = walls
    basis, point = equal.basis, equal.point
    if basis.shape[1] == 0:
        none = np.zeros(0, dtype=np.intp)
        return Shortest(point, none, np.zeros(0), bool(np.all(G @ point >= h - FEASIBLE * (1 + np.abs(h)))))
    reduced = A @ basis
    weight = TIE * max(float(np.max(np.abs(reduced), initial=0.0)), 1.0)
    stacked = np.vstack([reduced, weight * basis])
    right = np.concatenate([b - A @ point, weight * (centre - point)])
    orthogonal, triangle = np.linalg.qr(stacked)
    target = orthogonal.T @ right
    reduced_walls = G @ basis
    room = h - G @ point
    return _least(np.asarray(triangle, dtype=float), target, reduced_walls, room, equal)


def _least(triangle: Matrix, target: Vector, walls: Matrix, room: Vector, equal: Equalities) -> Shortest:
    """Least |T z - t| with walls z >= room, by least distance programming, then the active rows exactly."""
    free, _ = lapack.dtrtrs(triangle, target)
    none = np.zeros(0, dtype=np.intp)
    if np.all(walls @ free >= room - _ACTIVE):
        return Shortest(equal.point + equal.basis @ free, none, np.zeros(0), True)
    across, _ = lapack.dtrtrs(triangle, np.asarray(walls.T, order="F"), trans=1)  # T'^-1 walls'
    size = np.sqrt(np.einsum("ij,ij->j", across, across))
    seen = np.einsum("ij,ij->i", walls, walls) > _BLIND**2
    usable = np.flatnonzero(seen)
    if np.any(room[~seen] > FEASIBLE):
        return Shortest(equal.point + equal.basis @ free, none, np.zeros(0), False)
    unit = across[:, usable] / size[usable]
    need = (room - walls @ free)[usable] / size[usable]
    scale = float(np.max(np.abs(need)))
    dual = np.vstack([unit, need / scale])
    goal = np.zeros(dual.shape[0])
    goal[-1] = 1.0
    strength, _ = nnls(dual, goal, maxiter=max(300, 30 * dual.shape[1]))
    rest = goal - dual @ strength
    held = list(usable[strength > 0])
    if rest[-1] <= 0:
        return Shortest(equal.point + equal.basis @ free, none, np.zeros(0), False)
    return _settled((triangle, free), walls, room, equal, held)


def _settled(
    model: tuple[Matrix, Vector], walls: Matrix, room: Vector, equal: Equalities, held: list[np.intp]
) -> Shortest:
    """Exact minimiser from a guess of the active rows: violated rows enter, rows that pull leave.

    The guess misses rows that only the tie towards the centre makes active; its multipliers are below the rounding of
    those of the data.
    """
    triangle, free = model
    z, multiplier, rows = free, np.zeros(0), np.zeros(0, dtype=np.intp)
    for _ in range(_REPAIRS):
        rows = np.array(held, dtype=np.intp)
        z, multiplier = _exact(triangle, free, walls[rows], room[rows])
        slack = (walls @ z - room) / (1 + np.abs(room))
        slack[rows] = 0.0
        if multiplier.size and multiplier.min() < -_PULLING * np.abs(multiplier).max():
            del held[int(np.argmin(multiplier))]
        elif slack.min() < -_ACTIVE:
            held.append(np.intp(np.argmin(slack)))
        else:
            return Shortest(equal.point + equal.basis @ z, rows, multiplier, True)
    feasible = bool(np.all(walls @ z >= room - FEASIBLE * (1 + np.abs(room))))
    return Shortest(equal.point + equal.basis @ z, rows, multiplier, feasible)


def _exact(triangle: Matrix, free: Vector, walls: Matrix, room: Vector) -> tuple[Vector, Vector]:
    """Minimiser with the rows of the active set held as equalities, and their multipliers."""
    if walls.shape[0] == 0:
        return free, np.zeros(0)
    across, _ = lapack.dtrtrs(triangle, np.asarray(walls.T, order="F"), trans=1)
    need = room - walls @ free
    left, upper = np.linalg.qr(across)
    diagonal = np.abs(np.diagonal(upper))
    if across.shape[1] > across.shape[0] or diagonal.min() < 1e-12 * diagonal.max():
        multiplier = np.asarray(np.linalg.lstsq(across.T @ across, need, rcond=1e-13)[0])
        move = across @ multiplier
    else:
        half, _ = lapack.dtrtrs(upper, need, trans=1)
        move = left @ half
        multiplier, _ = lapack.dtrtrs(upper, half)
    step, _ = lapack.dtrtrs(triangle, move)
    return free + step, np.asarray(multiplier)
