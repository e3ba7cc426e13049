"""What every spectrum says of amounts and shared parameters, its own ones eliminated: rows of a linear problem.

About the joint minimum chi2 is quadratic. Of every spectrum its own scale, shapes and offset are eliminated with the
scatter that ties them to the series; what is left are few rows in the amounts of its glass and in what the series
shares (levels, drifts, responses). Priors of the shared are rows of their own, so that every prior counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import block_diag, null_space

from shortrange.joint.likelihood import Face, Likelihood, forced
from shortrange_core.least_squares import Part, Singular, polyhedron_minimum

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
RIDGE = 1e-6
"""Weight, in units of its own column, of a parameter that nothing sees."""
STIFF = 1e6
"""A constraint that holds at the minimum, in its own units."""
TOUCHING = 1e-6
"""Distance, in the unit of the axis, from which a constraint between shapes holds."""
UNSEEN = 1.0
"""sds by which a shared parameter must move the data on its way through its window. Slopes of a tensor are 0 where its
anisotropy is, and next to nothing beside it: no step of the window's length there is one that slopes tell of."""
WEAKEST = 1e-4
"""Precision, per former squared, that is added to every direction of the amounts: an sd of 100 says nothing."""


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """Rows (k, n) and residuals (k,) of one spectrum, or of the priors, in the coordinates of :class:`Pieces`."""

    rows: Array
    residual: Array


class Pieces:
    """A series about its minimum, as pieces that may be put together.

    Parameters
    ----------
    likelihood, x
        Of the series, and its minimum; or any other point, where the residuals do not matter.
    walls
        What walls say on shapes there (:func:`~shortrange.joint._walls.within_walls`); without them what they hold at
        ``x`` stays.
    """

    def __init__(self, likelihood: Likelihood, x: Array, walls: Sequence[Part] = ()) -> None:
        self.likelihood, self.x = likelihood, x
        self.amounts = np.concatenate(list(likelihood.amounts.values()))
        lower, upper = np.array(likelihood.lower), np.array(likelihood.upper)
        held = lower == upper if walls else (x <= lower) | (x >= upper)
        own = {key: likelihood.own_places(key) for key in likelihood.blocks}
        taken = np.concatenate([self.amounts, *own.values()])
        shared = np.setdiff1d(np.arange(len(likelihood.names)), taken)
        self.shared = shared[~held[shared]]
        self.windows = _windows(likelihood)[self.shared]
        self.coordinates = np.concatenate([self.amounts, self.shared])
        stiff, pulls = _of_walls(likelihood, walls) if walls else _stiff(likelihood, x)
        rows = np.vstack([likelihood.matrix.toarray(), stiff])
        residual = np.concatenate([likelihood.matrix @ self.x + likelihood.levels, pulls])
        belongs = {key: np.any(rows[:, at] != 0, axis=1) for key, at in own.items()}
        self.pieces: dict[str, Piece] = {}
        self.priors: dict[str, Piece] = {}
        for key, at in own.items():
            local, jacobian = likelihood.blocks[key](self.x[likelihood.local[key]])
            whole = np.zeros((local.size, self.x.size))
            whole[:, likelihood.local[key]] = jacobian
            mine = np.vstack([whole, rows[belongs[key]]])
            self.pieces[key] = self._without(at[~held[at]], mine, np.concatenate([local, residual[belongs[key]]]))
        rest = np.flatnonzero(~np.any(list(belongs.values()), axis=0))
        owners = _owners(likelihood)
        for number in rest:
            owner = owners[int(np.flatnonzero(rows[number])[0])]
            piece = self.priors.setdefault(owner, Piece(np.zeros((0, len(self.coordinates))), np.zeros(0)))
            joined = np.vstack([piece.rows, rows[number, self.coordinates]])
            self.priors[owner] = Piece(joined, np.append(piece.residual, residual[number]))
        ends = np.cumsum([at.size for at in likelihood.amounts.values()])
        self.places = {
            name: np.arange(end - at.size, end)
            for (name, at), end in zip(likelihood.amounts.items(), ends, strict=True)
        }
        self.start = np.maximum(self.x[self.amounts], 0.0)
        self.basis = self._inside()

    def _without(self, own: Places, rows: Array, residual: Array) -> Piece:
        """Rows of a spectrum once its own parameters are eliminated."""
        across, _ = _complement(rows[:, own])
        table = across.T @ np.column_stack([rows[:, self.coordinates], residual])
        if len(table) > table.shape[1]:
            table = np.asarray(np.linalg.qr(table, mode="r"))
        return Piece(table[:, :-1], table[:, -1])

    def _inside(self) -> Array:
        """Directions of all amounts that keep the exact balances of every glass: (amounts, free).

        An amount that the balances hold at zero, such as free sulfur in Na3PS4 with P2S7, moves in none of them.
        """
        rows = block_diag(*(rows for rows, _ in self.likelihood.balances.values()))
        still = forced(self.start, null_space(rows) if len(rows) else np.eye(self.amounts.size))
        self.start[still] = 0.0
        basis = null_space(np.vstack([rows, np.eye(self.amounts.size)[still]])) if len(rows) else np.eye(len(still))
        basis[still] = 0.0
        return np.asarray(basis)

    def keys(self, *, technique: str | None = None, sample: str | None = None) -> tuple[str, ...]:
        """Spectra of one technique or glass; all of them where neither is given."""
        return tuple(
            key
            for key, block in self.likelihood.blocks.items()
            if technique in {None, block.data.technique} and sample in {None, block.data.sample}
        )

    def with_priors(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Spectra with the priors that concern no other: those of their technique, and the errors of their glass."""
        rest = [block.data for key, block in self.likelihood.blocks.items() if key not in keys]
        others = {data.technique for data in rest} | {data.sample for data in rest}
        return (*keys, *(name for name in self.priors if name not in others))

    def without(self, names: Sequence[str]) -> tuple[str, ...]:
        """Every other spectrum and prior."""
        return tuple(name for name in (*self.pieces, *self.priors) if name not in names)

    def together(self, names: Iterable[str]) -> Together:
        """Some pieces as one problem in the amounts, the shared parameters eliminated."""
        return Together(self, tuple(names))

    def piece(self, name: str) -> Piece:
        """A spectrum by its key, or priors by technique or glass."""
        return self.pieces[name] if name in self.pieces else self.priors[name]


class Together:
    """Least squares of some pieces in the directions of the amounts, amounts not below zero.

    Parameters
    ----------
    pieces
        Of the series.
    names
        Which of them.
    """

    def __init__(self, pieces: Pieces, names: Sequence[str]) -> None:
        self.names, self._pieces = tuple(names), pieces
        rows = np.vstack([pieces.piece(name).rows for name in self.names])
        size = pieces.amounts.size
        slope = np.sqrt(np.sum(rows[:, size:] ** 2, axis=0))
        _, self._shared = _complement(rows[:, size:][:, slope > UNSEEN / pieces.windows])
        inner = rows[:, :size] @ pieces.basis
        self._slopes = inner - self._shared @ (self._shared.T @ inner)
        self.precision = self._slopes.T @ self._slopes + WEAKEST * np.eye(inner.shape[1])
        whole = np.column_stack([inner, rows[:, size:]])
        length = np.sqrt(np.sum(whole**2, axis=0))
        self.determined = int(np.linalg.matrix_rank(whole / np.where(length > 0, length, 1.0), tol=RIDGE))

    def gradient(self, residual: Array) -> Array:
        """Half the slope of chi2 at the start, shared parameters at their best."""
        return np.asarray(self._slopes.T @ residual)

    def chi2(self, residual: Array) -> float:
        """Least chi2 with these residuals at the start."""
        at_shared = self._shared.T @ residual
        gradient = self.gradient(residual)
        step = self.step(gradient)
        return float(residual @ residual - at_shared @ at_shared + step @ (self.precision @ step + 2 * gradient))

    def step(self, gradient: Array) -> Array:
        """Way to the minimum, in free directions, that no amount stands against."""
        step = np.asarray(-np.linalg.solve(self.precision, gradient), dtype=float)
        start, basis = self._pieces.start, self._pieces.basis
        if np.all(start + basis @ step >= 0):
            return step
        try:
            shift, _ = polyhedron_minimum(self.precision, gradient, -basis, start)
        except Singular:
            return np.zeros_like(step)
        return shift

    @property
    def covariance(self) -> Array:
        """Of all amounts, walls at zero left out of account: (amounts, amounts)."""
        basis = self._pieces.basis
        return np.asarray(basis @ np.linalg.inv(self.precision) @ basis.T)

    def samples(self, centre: Array, count: int, rng: np.random.Generator) -> Array:
        """Amounts drawn from the Gaussian of these pieces about ``centre``, none below zero: (count, amounts)."""
        chains = Face(self._pieces.start, self._pieces.basis).walk(self.precision, centre, count, rng)
        return np.concatenate(list(np.moveaxis(chains, 1, 0)))[:count]


def _windows(likelihood: Likelihood) -> Array:
    """How far every parameter may go; what a series shares, as far as the spectra that have it."""
    windows = np.array(likelihood.upper) - np.array(likelihood.lower)
    for level, change in likelihood.common.values():
        windows[[level, change]] = windows[likelihood.members[level]].max(initial=0.0) or np.inf
    return np.asarray(windows, dtype=float)


def _owners(likelihood: Likelihood) -> dict[int, str]:
    """Technique or glass whose priors hold a shared parameter or an amount."""
    owners = {at: technique for (technique, _), places in likelihood.common.items() for at in places}
    owners |= {at: technique for (technique, _), at in likelihood.responses.items()}
    return owners | {int(at): glass for glass, places in likelihood.amounts.items() for at in places}


def _of_walls(likelihood: Likelihood, walls: Sequence[Part]) -> tuple[Array, Array]:
    """What walls say, as rows in the whole vector, and its residuals."""
    groups, blocks = likelihood.groups, []
    for at, part in zip((*groups.places, np.zeros(0, dtype=np.intp)), walls, strict=True):
        whole = np.zeros((part.residual.size, len(likelihood.names)))
        whole[:, at], whole[:, groups.edge] = part.own, part.shared
        blocks.append(whole)
    return np.vstack(blocks), np.concatenate([part.residual for part in walls])


def _stiff(likelihood: Likelihood, x: Array) -> tuple[Array, Array]:
    """Constraints between shapes that hold at a point, as rows without residuals."""
    blocks = [np.zeros((0, x.size))]
    for key, (rows, limits) in likelihood.limits.items():
        at = likelihood.local[key]
        holds = rows @ x[at] >= limits - TOUCHING
        stiff = np.zeros((int(holds.sum()), x.size))
        stiff[:, at] = STIFF * rows[holds]
        blocks.append(stiff)
    rows = np.vstack(blocks)
    return rows, np.zeros(len(rows))


def _complement(columns: Array) -> tuple[Array, Array]:
    """Orthonormal bases of what the columns do not span, and of what they span."""
    length = np.sqrt(np.sum(columns**2, axis=0))
    usable = columns[:, length > 0] / length[length > 0]
    left, singular, _ = np.linalg.svd(usable, full_matrices=True)
    rank = int(np.sum(singular > RIDGE))
    return left[:, rank:], left[:, :rank]
