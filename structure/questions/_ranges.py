"""Ranges: what the balances alone allow, and what is left of that with evidence at a stated level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri

from shortrange_core import BadInput, Infeasible
from shortrange_core.showing import Shown
from structure.balances import Evidence, Problem, Statement, build_problem
from structure.solving import (
    FIXED,
    Extremes,
    LowerMinimum,
    Minimum,
    Rows,
    agreement,
    conflicts,
    curvature,
    linear_range,
    minimise_problem,
    profile_range,
    ratio_rows,
)
from structure.units import Composition

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
MOST_MINIMA = 20


@dataclass(frozen=True, eq=False, slots=True)
class Ranges(Shown):
    """Least and greatest values of quantities.

    Parameters
    ----------
    quantities
        What was asked for.
    lower, upper
        Least and greatest value of each, per network former (a share of 1 for a ratio).
    level
        Level of the evidence; 0 where balances and exact statements alone were used.
    undetermined
        Whether the evidence leaves the range of the balances as it is, though that has a width.
    widening
        Factor by which disagreeing evidence widens the ranges; 1 where it agrees (:mod:`structure.solving`).
    """

    quantities: tuple[str, ...]
    lower: Vector
    upper: Vector
    level: float
    undetermined: npt.NDArray[np.bool_]
    widening: float = 1.0

    def of(self, quantity: str) -> tuple[float, float]:
        """Least and greatest value of one quantity.

        Raises
        ------
        BadInput
            If it was not asked for.
        """
        if quantity not in self.quantities:
            raise BadInput(f"{quantity}: has no range here; there are {', '.join(self.quantities)}")
        index = self.quantities.index(quantity)
        return float(self.lower[index]), float(self.upper[index])


def ranges(
    composition: Composition,
    species: Sequence[str],
    evidence: Sequence[Evidence] = (),
    *,
    quantities: Sequence[str] | None = None,
    level: float | None = None,
) -> Ranges:
    """Least and greatest value of every fraction and of BO, NBO, contacts and the free compounds, or of ``quantities``.

    Parameters
    ----------
    composition, species, evidence
        As for :func:`structure.solve`. Statements without an sd always count; areas and statements with an sd count
        where a level is given.
    quantities
        Linear quantities or ratios such as ``BO/(BO + NBO)``.
    level
        None: balances and exact statements alone (linear programming, HiGHS), an uncertain composition at its stated
        values. Such as 0.95: all values for which chi2 is no more than the quantile of chi2 with one degree of freedom
        above its least (a profile). Where the evidence
        disagrees, that quantile counts chi2/dof times, as the sds of :func:`structure.solve` do. Further evidence,
        also of unknown response, narrows a range or moves it; it widens one only where it disagrees.

    Raises
    ------
    BadInput
        If the input is bad or the level is not between 0 and 1.
    Infeasible
        If nothing obeys the balances and the exact statements; ``record`` is the :class:`structure.Conflicts`.

    Examples
    --------
    >>> from structure import composition, species
    >>> glass = composition("Na3PS3.4O0.6")
    >>> found = ranges(glass, species(glass, max_bridges=1, free=("Na2S",)), quantities=("BO", "Na2S"))
    >>> [round(v, 6) + 0.0 for v in found.of("BO")], [round(v, 6) + 0.0 for v in found.of("Na2S")]
    ([0.0, 0.5], [0.0, 0.5])
    """
    if level is not None and not 0 < level < 1:
        raise BadInput(f"level = {level}: must lie between 0 and 1, such as 0.95; None ignores the evidence")
    used = [e for e in evidence if level is not None or (isinstance(e, Statement) and e.sd == 0)]
    exact_glass = replace(composition, covariance=np.zeros_like(composition.covariance))
    problem = build_problem(exact_glass if level is None else composition, species, used)
    asked = tuple(quantities) if quantities is not None else usual_quantities(problem)
    pairs = [ratio_rows(problem, text) for text in asked]
    extremes = Extremes.of(problem)
    exact = [linear_range(extremes, top, bottom) for top, bottom in pairs]
    if any(pair is None for pair in exact):
        contradictions = conflicts(composition, species, used)
        raise Infeasible(contradictions.text(), contradictions)
    outer = np.array([pair for pair in exact if pair is not None], dtype=float).reshape(-1, 2)
    width = outer[:, 1] - outer[:, 0]
    if level is None:
        return Ranges(asked, outer[:, 0], outer[:, 1], 0.0, width > FIXED)
    inner, widening = _profiled(problem, pairs, outer, level)
    fixed = width <= FIXED  # by the balances: the evidence has no say, and its rounding none either
    inner[fixed] = outer[fixed]
    blind = (inner[:, 1] - inner[:, 0] > (1 - 1e-6) * width) & ~fixed
    return Ranges(asked, inner[:, 0], inner[:, 1], level, blind, widening)


def _profiled(
    problem: Problem, pairs: list[tuple[Rows, Rows | None]], outer: Matrix, level: float
) -> tuple[Matrix, float]:
    """Ranges of all quantities from one minimum: the lowest that any of their profiles meets."""
    minimum = minimise_problem(problem)
    for _ in range(MOST_MINIMA):
        try:
            return _around(problem, minimum, pairs, outer, level)
        except LowerMinimum as met:
            minimum = minimise_problem(problem, start=met.where)
    return outer.copy(), 1.0


def _around(
    problem: Problem, minimum: Minimum, pairs: list[tuple[Rows, Rows | None]], outer: Matrix, level: float
) -> tuple[Matrix, float]:
    widening = agreement(problem, minimum, curvature(problem, minimum)).widening
    rise = float(chdtri(1, 1 - level)) * widening**2
    ends = [profile_range(problem, minimum, pair, (lo, hi), rise) for pair, (lo, hi) in zip(pairs, outer, strict=True)]
    return np.array(ends).reshape(-1, 2), widening


def usual_quantities(problem: Problem) -> tuple[str, ...]:
    """Every species, then BO, NBO, BO/(BO + NBO), oxide and contacts where they can be there."""
    names = [unit.label for unit in problem.units]
    if problem.composition.amount("O") > 0:
        names += ["BO", "NBO", "oxide"]
        if any(not u.free and (u.bridging("O") or u.terminal("O")) for u in problem.units):
            names.append("BO/(BO + NBO)")
    return (*names, "contacts")
