"""The balances that every structure of a composition obeys: closure, charge, atoms, and the redox line that follows.

Per network former in total: one closure a former, sum f = its content; charge, sum f q + charge held by free compounds
= modifier charge; one line for O, S and every other ligand element. Redox follows from these for a neutral glass:
(formers in homopolar bonds)/2 = free S + sum (n-1) of polysulfides + S-S bridges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from shortrange_core.showing import Shown
from structure.units import (
    MODIFIER_CHARGE,
    Composition,
    Unit,
    anions_among,
    atom_counts,
    charge_of,
    modifiers_among,
    unit_of,
)

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
EXACT = 1e-14
"""Variance of a balance, per network former squared, below which it holds exactly."""


@dataclass(frozen=True, eq=False, slots=True)
class Balances(Shown):
    """Lines ``matrix @ amounts = right`` over the species, with the covariance of the right-hand sides.

    ``closures`` is the number of closure lines, which come first. ``limits`` are rows with ``rows @ amounts <= most``:
    no cation of a mixed-modifier glass is held by free compounds beyond its content.
    """

    names: tuple[str, ...]
    matrix: Matrix
    right: Vector
    covariance: Matrix
    closures: int
    limits: tuple[tuple[str, Vector, float], ...] = ()

    def split(self) -> tuple[tuple[Matrix, Vector], tuple[Matrix, Vector]]:
        """Combinations of the lines that hold exactly, and whitened ones known within the errors of the composition."""
        if not np.count_nonzero(self.covariance):
            return (self.matrix, self.right), (self.matrix[:0], self.right[:0])
        variance, directions = np.linalg.eigh(self.covariance)
        loose = variance > EXACT
        fixed, scaled = directions[:, ~loose], directions[:, loose] / np.sqrt(variance[loose])
        if not loose.any():
            fixed = np.eye(len(self.names))
        return (fixed.T @ self.matrix, fixed.T @ self.right), (scaled.T @ self.matrix, scaled.T @ self.right)

    def residual(self, amounts: Vector) -> Vector:
        """How far amounts are from each line."""
        return self.matrix @ amounts - self.right


def balance_lines(composition: Composition, units: Sequence[Unit]) -> Balances:
    """Balances of a composition over its species.

    Examples
    --------
    >>> from structure import composition
    >>> from structure.units import unit_of
    >>> lines = balance_lines(composition("Na3PS4"), [unit_of("P:S4"), unit_of("P:S3/S"), unit_of("Na2S")])
    >>> lines.names, lines.matrix.tolist()
    (('closure P', 'charge', 'S'), [[1.0, 1.0, 0.0], [3.0, 2.0, 2.0], [4.0, 3.5, 1.0]])
    """
    return lines_over(composition, tuple(unit.label for unit in units))


def lines_over(composition: Composition, labels: tuple[str, ...]) -> Balances:
    """Same over canonical labels."""
    spread = composition.covariance
    names, matrix, weight, limits = _lines(composition.elements, composition.formers, composition.open, labels)
    return Balances(
        names,
        matrix,
        weight @ composition.amounts,
        weight @ spread @ weight.T if np.count_nonzero(spread) else np.zeros((len(names), len(names))),
        len(composition.formers),
        tuple((cation, row, composition.amount(cation)) for cation, row in limits),
    )


Lines = tuple[tuple[str, ...], Matrix, Matrix, tuple[tuple[str, Vector], ...]]


@lru_cache(maxsize=256)
def _lines(
    elements: tuple[str, ...], formers: tuple[str, ...], opened: tuple[str, ...], labels: tuple[str, ...]
) -> Lines:
    """Names and rows of the lines, their weights over the elements, and the rows of cations with a limit.

    Remembered, because the species and elements of a series stay: only its amounts change.
    """
    units = [unit_of(label) for label in labels]
    counts = [atom_counts(unit) for unit in units]
    atoms = np.array([[count.get(element, 0.0) for count in counts] for element in elements])
    atoms.setflags(write=False)
    own = {element: (row, one) for element, row, one in zip(elements, atoms, np.eye(len(elements)), strict=True)}
    modifiers = modifiers_among(elements, formers)
    lines = [(f"closure {former}", *own[former]) for former in formers]
    if not set(modifiers) & set(opened):
        charges = np.array([charge_of(unit) for unit in units])
        lines.append(("charge", charges, np.array([MODIFIER_CHARGE.get(e, 0.0) * (e in modifiers) for e in elements])))
    lines += [(anion, *own[anion]) for anion in anions_among(elements) if anion not in opened]
    names, rows, weights = zip(*lines, strict=True)
    matrix, weight = np.array(rows), np.array(weights)
    matrix.setflags(write=False)
    held = [(e, own[e][0]) for e in modifiers if len(modifiers) > 1 and e not in opened]
    return names, matrix, weight, tuple((cation, row) for cation, row in held if row.any())
