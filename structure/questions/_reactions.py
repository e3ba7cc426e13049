"""Reactions among species: which are possible, how far each has gone along a series, and their quotients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import gcd, lcm

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput, Estimates
from shortrange_core.chemistry import read_terms
from shortrange_core.showing import Shown
from structure.solving import Solution
from structure.units import Unit, unit_of

Vector = npt.NDArray[np.float64]
MOST_COEFFICIENT = 12
ABSENT = 1e-9


@dataclass(frozen=True, slots=True)
class Reaction(Shown):
    """A balanced reaction: integer coefficients of species, negative for reactants."""

    coefficients: tuple[tuple[str, int], ...]

    @property
    def text(self) -> str:
        """``2 P:S4 -> 2 P:S3/S + Na2S``."""
        left = " + ".join(f"{-n if n < -1 else ''} {s}".strip() for s, n in self.coefficients if n < 0)
        right = " + ".join(f"{n if n > 1 else ''} {s}".strip() for s, n in self.coefficients if n > 0)
        return f"{left} -> {right}"

    def vector(self, species: Sequence[str]) -> Vector:
        """Coefficients over ``species``."""
        numbers = dict(self.coefficients)
        return np.array([float(numbers.get(name, 0)) for name in species])


def reaction(text: str) -> Reaction:
    """Read a reaction and check that it balances.

    Parameters
    ----------
    text
        ``2 P:S4 -> 2 P:S3/S + Na2S``; whole coefficients.

    Raises
    ------
    BadInput
        If the text cannot be read or atoms or charge do not balance; what is off is named.

    Examples
    --------
    >>> reaction("2 P:S4 -> 2 P:S3/S + Na2S").text
    '2 P:S4 -> 2 P:S3/S + Na2S'
    >>> reaction("P:S4 -> P:S3/S + Na2S")
    Traceback (most recent call last):
    shortrange_core.errors.BadInput: 'P:S4 -> P:S3/S + Na2S': is not balanced (S: +1/2, charge: +1); fix a coefficient
    """
    total: dict[str, int] = {}
    for name, number in read_terms(text, like="2 P:S4 -> 2 P:S3/S + Na2S").items():
        if number.denominator > 1:
            raise BadInput(f"{text!r}: the coefficient {float(abs(number)):g} of {name} is not a whole number")
        label = unit_of(name).label
        total[label] = total.get(label, 0) + int(number)
    units = [unit_of(label) for label in total]
    off = _imbalance(units, list(total.values()))
    if off:
        parts = ", ".join(f"{name}: {'+' if v > 0 else ''}{v}" for name, v in off.items())
        raise BadInput(f"{text!r}: is not balanced ({parts}); fix a coefficient")
    return Reaction(tuple(total.items()))


def _lines(units: Sequence[Unit]) -> dict[str, list[Fraction]]:
    """Atoms but the modifiers, and modifier charge: what a reaction conserves."""
    elements = dict.fromkeys(e for u in units for e in u.atoms)
    cations = (
        {e for u in units if u.free for e in u.atoms} - {e for u in units if not u.free for e in u.atoms} - {"S", "O"}
    )
    lines = {e: [u.atoms.get(e, Fraction(0)) for u in units] for e in elements if e not in cations}
    return lines | {"charge": [u.charge for u in units]}


def _imbalance(units: Sequence[Unit], numbers: Sequence[int]) -> dict[str, Fraction]:
    sums = {n: sum((a * b for a, b in zip(row, numbers, strict=True)), Fraction(0)) for n, row in _lines(units).items()}
    return {name: value for name, value in sums.items() if value}


def possible_reactions(species: Sequence[str], *, most_species: int = 4) -> tuple[Reaction, ...]:
    """All elementary reactions among species: none of them contains another with fewer species.

    Parameters
    ----------
    species
        Labels of units and free compounds.
    most_species
        Most species in one reaction.

    Raises
    ------
    BadInput
        If a label is bad.

    Examples
    --------
    >>> [r.text for r in possible_reactions(("P:S4", "P:S3/S", "P:S2/S2", "Na2S"))]  # doctest: +NORMALIZE_WHITESPACE
    ['P:S4 + P:S2/S2 -> 2 P:S3/S', '2 P:S4 -> 2 P:S3/S + Na2S', 'P:S4 -> P:S2/S2 + Na2S',
     '2 P:S3/S -> 2 P:S2/S2 + Na2S']
    """
    units = [unit_of(label) for label in species]
    rows = list(_lines(units).values())
    reactions: list[Reaction] = []
    supports: list[set[int]] = []
    for size in range(2, most_species + 1):
        for chosen in combinations(range(len(units)), size):
            if any(support <= set(chosen) for support in supports):
                continue
            numbers = _circuit([[row[i] for i in chosen] for row in rows])
            if numbers is not None and max(abs(n) for n in numbers) <= MOST_COEFFICIENT:
                supports.append(set(chosen))
                reactions.append(_directed([(units[i].label, n) for i, n in zip(chosen, numbers, strict=True)]))
    return tuple(reactions)


def _circuit(rows: Sequence[Sequence[Fraction]]) -> list[int] | None:
    """Whole numbers, none of them 0, that every row takes to 0; None where there are none or several ways."""
    size = len(rows[0])
    matrix = [list(row) for row in rows]
    pivots: list[int] = []
    for column in range(size):
        top = len(pivots)
        pivot = next((r for r in range(top, len(matrix)) if matrix[r][column]), None)
        if pivot is None:
            continue
        matrix[top], matrix[pivot] = matrix[pivot], matrix[top]
        lead = matrix[top][column]
        matrix[top] = [v / lead for v in matrix[top]]
        for r, row in enumerate(matrix):
            if r != top and row[column]:
                factor = row[column]
                matrix[r] = [a - factor * b for a, b in zip(row, matrix[top], strict=True)]
        pivots.append(column)
    if len(pivots) != size - 1:
        return None
    free = next(c for c in range(size) if c not in pivots)
    vector = [Fraction(0)] * size
    vector[free] = Fraction(1)
    for r, column in enumerate(pivots):
        vector[column] = -matrix[r][free]
    if not all(vector):
        return None
    scale = lcm(*(v.denominator for v in vector))
    whole = [int(v * scale) for v in vector]
    common = gcd(*whole)
    return [n // common for n in whole]


def _directed(pairs: list[tuple[str, int]]) -> Reaction:
    """Direction in which bridges or free compounds form; the first named species is used up where that does not say."""

    def weight(sign: int) -> tuple[Fraction, int]:
        freed = sum((Fraction(sign * n) for s, n in pairs if unit_of(s).free), Fraction(0))
        return freed, sign * -pairs[0][1]

    sign = max((1, -1), key=weight)
    return Reaction(tuple((s, sign * n) for s, n in pairs))


def extents(solution: Solution, reactions: Sequence[Reaction], *, start: Mapping[str, float]) -> Estimates:
    """How far each reaction has gone from a starting structure, per network former.

    Parameters
    ----------
    solution
        Fractions now.
    reactions
        Independent reactions that lead from the start to the species of the solution.
    start
        Amounts before: ``{"P:S4": 0.4, "P:S3O": 0.6}``.

    Raises
    ------
    BadInput
        If the reactions depend on one another, or cannot lead from the start to the solution.

    Examples
    --------
    >>> from structure import composition, solve, statement
    >>> found = solve(composition("Na3PS4"), ("P:S4", "P:S3/S", "Na2S"), [statement("P:S3/S", value=0.2, sd=0.02)])
    >>> gone = extents(found, [reaction("2 P:S4 -> 2 P:S3/S + Na2S")], start={"P:S4": 1.0})
    >>> gone.value.values.round(4).tolist(), gone.sd.values.round(4).tolist()
    ([0.1], [0.01])
    """
    first = {unit_of(label).label: amount for label, amount in start.items()}
    names = list(dict.fromkeys([*solution.species, *first, *(s for r in reactions for s, _ in r.coefficients)]))
    steps = np.array([r.vector(names) for r in reactions]).T
    if np.linalg.matrix_rank(steps) < len(reactions):
        raise BadInput("the reactions depend on one another; leave one out")
    values = dict(zip(solution.species, solution.fractions.value.values, strict=True))
    change = np.array([values.get(n, 0.0) - first.get(n, 0.0) for n in names])
    inverse = np.linalg.pinv(steps)
    gone = inverse @ change
    left = float(np.max(np.abs(steps @ gone - change)))
    if left > 1e-6:
        worst = names[int(np.argmax(np.abs(steps @ gone - change)))]
        raise BadInput(f"the reactions cannot reach the solution ({worst} is off by {left:.3g}); add one")
    now = inverse[:, [names.index(s) for s in solution.species]]
    covariance = np.nan_to_num(solution.fractions.covariance.values)
    spread = now @ covariance @ now.T
    spread = (spread + spread.T) / 2
    np.fill_diagonal(spread, np.maximum(np.diagonal(spread), 0.0))
    return Estimates.build([r.text for r in reactions], gone, spread)


def quotients(solution: Solution, reactions: Sequence[Reaction]) -> Estimates:
    """Natural logarithm of the mass-action quotient of each reaction, in fractions per network former.

    Raises
    ------
    BadInput
        If a species of a reaction is absent from the solution or is 0 in it.
    """
    values = dict(zip(solution.species, solution.fractions.value.values, strict=True))
    empty = sorted({s for r in reactions for s, _ in r.coefficients if values.get(s, 0.0) <= ABSENT})
    if empty:
        raise BadInput(f"{', '.join(empty)}: absent, so the quotient is 0 or infinite; leave the reaction out")
    steps = np.array([r.vector(solution.species) for r in reactions])
    amounts = np.maximum(solution.fractions.value.values, 1e-300)
    logs = np.where(steps != 0, np.log(amounts), 0.0)
    gradient = np.where(steps != 0, steps / amounts, 0.0)
    used = np.any(gradient != 0, axis=0)
    covariance = solution.fractions.covariance.values[np.ix_(used, used)]
    spread = gradient[:, used] @ covariance @ gradient[:, used].T
    return Estimates.build([r.text for r in reactions], np.sum(steps * logs, axis=1), (spread + spread.T) / 2)
