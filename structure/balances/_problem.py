"""Balances and evidence as one least-squares problem over the amounts of all species and what the evidence leaves open.

Variables: the amounts, the crystalline parts of free compounds that statements name, one slack for every one-sided
statement with an sd, the logarithm of every unknown scale and response. All terms give whitened residuals with
derivatives; all but areas of unknown scale and soft ratios are linear.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from structure.balances._lines import Balances
from structure.balances._quantities import quantity_row
from structure.balances._terms import Hinge, Term
from structure.balances._variables import LOGARITHMS, Variable, names_of
from structure.units import Composition, Unit

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Rows = tuple[Matrix, Vector]


@dataclass(frozen=True, eq=False, slots=True)
class Problem:
    """Everything that a solve needs.

    Parameters
    ----------
    composition, units
        The glass and its species.
    variables
        All variables: species first.
    equal, walls
        ``(E, e)`` and ``(G, h)``: E x = e, G x >= h (fractions, crystalline parts and slacks are not negative).
    terms, hinges
        The evidence.
    start
        First values; the point to which nothing but the tie of undetermined amounts pulls.
    balances
        The lines of the composition.
    crystalline
        Free compounds whose crystalline part is a variable.
    scales
        Places of the logarithms of scales that nothing states.
    readings
        Hashes of the records of the files that the evidence goes back to.
    """

    composition: Composition
    units: tuple[Unit, ...]
    variables: tuple[Variable, ...]
    equal: Rows
    walls: Rows
    terms: tuple[Term, ...]
    hinges: tuple[Hinge, ...]
    start: Vector
    balances: Balances
    crystalline: tuple[str, ...]
    scales: tuple[int, ...] = ()
    readings: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of variables."""
        return len(self.variables)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all variables."""
        return names_of(self.variables)

    @property
    def logs(self) -> npt.NDArray[np.intp]:
        """Places of the logarithms of unknown scales and responses."""
        return _log_places(self.variables)

    def row(self, quantity: str) -> tuple[Vector, float]:
        """Row over all variables and constant of a linear quantity."""
        return padded(quantity_row(quantity, self.units, self.crystalline), self.size)


@lru_cache(maxsize=256)
def _log_places(variables: tuple[Variable, ...]) -> npt.NDArray[np.intp]:
    places = np.array([i for i, variable in enumerate(variables) if variable.kind in LOGARITHMS], dtype=np.intp)
    places.setflags(write=False)
    return places


def padded(pair: tuple[Vector, float], size: int) -> tuple[Vector, float]:
    """Row extended by zeros to ``size`` variables."""
    row = np.zeros(size)
    row[: pair[0].size] = pair[0]
    return row, pair[1]
