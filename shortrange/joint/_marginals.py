"""What all spectra together say of the amounts in one glass: a Gaussian about the most probable series.

Everything else (shapes, responses, scales, the other glasses inside their balances) is eliminated from the quadratic
form of chi2 at the minimum; the directions of the amounts that the spectra see become independent statements, which
the balances of :mod:`structure` then take like any other evidence, amounts at zero included.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.linalg import null_space

import structure
from shortrange.joint._walls import within_walls
from shortrange.joint.likelihood import Likelihood, joined
from shortrange_core.least_squares import ArrowMinimum, Part

Array = npt.NDArray[np.float64]
LEAST_PRECISION = 1.0
"""Precision of a direction, per former squared, below which the spectra do not see it: an sd of 1 says nothing."""
RIDGE = 1e-12
LEADING = 0.5
"""Part of the largest coefficient from which a species is named where a direction is put in words."""


class Marginals:
    """Precision of the amounts of every glass, all else eliminated: glass by glass, at a cost linear in glasses.

    Other glasses move inside their balances, and all moves as walls leave it (:mod:`shortrange.joint._walls`); those of
    the amounts of a glass itself are left to :mod:`structure`.

    Parameters
    ----------
    likelihood, minimum
        Of the series, and its minimum.
    walls
        What walls say on amounts and on the rest, where that is known.
    """

    def __init__(self, likelihood: Likelihood, minimum: ArrowMinimum, walls: Sequence[Sequence[Part]] = ()) -> None:
        self.likelihood, self.minimum = likelihood, minimum
        self.walls = walls or within_walls(likelihood, minimum)
        self._on_amounts, on_others = self.walls
        self._parts = [joined(both) for both in zip(minimum.parts, on_others, strict=True)]
        self._held = np.array(likelihood.lower) == np.array(likelihood.upper)
        self._kept = ~self._held[likelihood.groups.edge]
        border = [part.shared[:, self._kept] for part in self._parts]
        self._eliminated = {name: self._softening(name) for name in likelihood.glasses}
        whole = sum(
            (rows.T @ np.column_stack([rows, part.residual]) for rows, part in zip(border, self._parts, strict=True)),
            start=np.zeros((border[-1].shape[1], border[-1].shape[1] + 1)),
        )
        self._border = whole - sum(self._eliminated.values())

    def amounts(self, glass: str) -> tuple[Array, Array]:
        """Precision of the amounts of a glass by all spectra, and where it is centred: (n, n), (n,)."""
        precision, slope = self._of(glass)
        values, directions = np.linalg.eigh(precision)
        inverse = np.where(values > LEAST_PRECISION, 1 / np.maximum(values, 1e-300), 0.0)
        step = -(directions * inverse) @ (directions.T @ slope)
        return precision, np.asarray(self.minimum.x[self.likelihood.amounts[glass]] + step)

    def statements(self, glass: str) -> tuple[structure.Statement, ...]:
        """Independent statements on the amounts of a glass, by all spectra of the series."""
        precision, centre = self.amounts(glass)
        values, directions = np.linalg.eigh(precision)
        species = self.likelihood.glasses[glass].species
        statements: list[structure.Statement] = []
        for value, direction in sorted(zip(values, directions.T, strict=True), key=lambda pair: -pair[0]):
            if value < LEAST_PRECISION:
                continue
            text = " + ".join(f"{c:.17g}*{s}" for c, s in zip(direction, species, strict=True)).replace("+ -", "- ")
            name = f"all spectra on {_leading(direction, species)} ({len(statements) + 1})"
            at, sd = float(direction @ centre), float(value**-0.5)
            statements.append(structure.statement(text, value=at, sd=sd, name=name, source="all spectra"))
        return tuple(statements)

    def _of(self, glass: str) -> tuple[Array, Array]:
        """Precision and slope in the amounts of a glass, everything else eliminated."""
        own, shared, residual = self._table(self._parts[self._number(glass)])
        mine, rest = self._split(glass)
        # The others stand in the border; this glass is put back, to be eliminated with its own balances left open.
        others = self._border + self._eliminated[glass] - shared.T @ np.column_stack([shared, residual])
        rows = np.column_stack([own[:, rest], shared])
        inner, slope = rows.T @ rows, rows.T @ residual
        inner[rest.size :, rest.size :] += others[:, :-1]
        slope[rest.size :] += others[:, -1]
        amounts = own[:, mine]
        lost = _eliminate(inner, rows.T @ amounts, slope)
        precision = amounts.T @ amounts - lost[:, :-1]
        return (precision + precision.T) / 2, amounts.T @ residual - lost[:, -1]

    def _softening(self, glass: str) -> Array:
        """What a glass takes of the precision of the shared parameters, and of the slope in them: (s, s + 1)."""
        number = self._number(glass)
        own, shared, residual = self._table(joined([self._parts[number], self._on_amounts[number]]))
        mine, rest = self._split(glass)
        free = mine[~self._held[self.likelihood.groups.places[self._number(glass)][mine]]]
        balances, _ = self.likelihood.balances[glass]
        rows = balances[:, ~self._held[self.likelihood.amounts[glass]]]
        rows = rows[np.any(rows != 0, axis=1)]
        inside = null_space(rows) if rows.size else np.eye(free.size)
        inner = np.column_stack([own[:, free] @ inside, own[:, rest]])
        return _eliminate(inner.T @ inner, inner.T @ shared, inner.T @ residual)

    def _number(self, glass: str) -> int:
        return list(self.likelihood.glasses).index(glass)

    def _table(self, part: Part) -> tuple[Array, Array, Array]:
        return part.own, part.shared[:, self._kept], part.residual

    def _split(self, glass: str) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Places of the amounts in the group of a glass, and of what else of it is not held."""
        groups = self.likelihood.groups
        at = groups.places[self._number(glass)]
        mine = groups.inner[self.likelihood.amounts[glass]]
        return mine, np.setdiff1d(np.flatnonzero(~self._held[at]), mine)


def _leading(direction: Array, species: Sequence[str]) -> str:
    """A direction in words: what it is mostly made of.

    Examples
    --------
    >>> _leading(np.array([0.8, -0.6, 0.1]), ("P:S4", "P:S3/S", "Na2S"))
    'P:S4 - P:S3/S'
    """
    size = np.abs(direction)
    order = [at for at in np.argsort(-size, kind="stable").tolist() if size[at] >= LEADING * size.max()]
    text = "".join(f" {'-' if direction[at] < 0 else '+'} {species[at]}" for at in order)
    return text.removeprefix(" + ").strip()


def _eliminate(inner: Array, across: Array, slope: Array) -> Array:
    """What elimination takes from precision and slope: across' inner^-1 (across, slope)."""
    scale = np.sqrt(np.maximum(np.diagonal(inner), 1e-300))
    solid = inner / np.outer(scale, scale) + RIDGE * np.eye(scale.size)
    over = across / scale[:, None]
    return np.asarray(over.T @ np.linalg.solve(solid, np.column_stack([over, slope / scale])))
