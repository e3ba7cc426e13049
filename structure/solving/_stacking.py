"""The glasses of a series, and their problems as one: shared responses, and the shape of fractions along the series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput
from shortrange_core.showing import Shown
from structure.balances import (
    Evidence,
    Hinge,
    Kind,
    Problem,
    Term,
    Variable,
    in_glass,
    linear_term,
)
from structure.units import Composition

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Trend = Literal["rising", "falling"]
COUPLINGS = {"smooth": "smoothness", "trends": "trends", "share": "shared responses"}


@dataclass(frozen=True, eq=False, slots=True)
class Glass(Shown):
    """One glass of a series: its name, its place ``x``, its composition and evidence.

    Raises
    ------
    BadInput
        If ``x`` is not finite.
    """

    name: str
    x: float
    composition: Composition
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if not np.isfinite(self.x):
            raise BadInput(f"glass {self.name!r}: x = {self.x} is not a position in a series; give a finite number")


def of_all_elements(glasses: Sequence[Glass]) -> list[Glass]:
    """The glasses with the elements of all: balances hold units of those that a glass lacks at 0.

    Parameters
    ----------
    glasses
        Of one series.
    """
    every = dict.fromkeys(element for glass in glasses for element in glass.composition.elements)
    widened = []
    for glass in glasses:
        made = glass.composition
        absent = [element for element in every if element not in made.elements]
        size = len(made.elements)
        covariance = np.zeros((size + len(absent),) * 2)
        covariance[:size, :size] = made.covariance
        amounts = np.concatenate([made.amounts, np.zeros(len(absent))])
        wide = replace(made, elements=(*made.elements, *absent), amounts=amounts, covariance=covariance)
        widened.append(replace(glass, composition=wide) if absent else glass)
    return widened


def stacked(problems: Sequence[Problem], glasses: Sequence[Glass], share: Sequence[str]) -> Problem:
    """Block problem of all glasses, with equal logarithms of shared responses."""
    size = sum(p.size for p in problems)
    starts = np.concatenate([[0], np.cumsum([p.size for p in problems])[:-1]]).astype(int)
    variables: list[Variable] = []
    terms: list[Term] = []
    hinges: list[Hinge] = []
    equal: list[tuple[Matrix, Vector]] = []
    walls: list[tuple[Matrix, Vector]] = []
    scales: list[int] = []
    first: dict[Variable, int] = {}
    for problem, glass, start in zip(problems, glasses, starts, strict=True):
        variables += [variable._replace(glass=glass.name) for variable in problem.variables]
        doubled = set()
        for index, variable in enumerate(problem.variables):
            if variable.kind is Kind.RESPONSE and variable.evidence in share:
                if variable in first:
                    row = np.zeros((1, size))
                    row[0, first[variable]], row[0, start + index] = 1.0, -1.0
                    equal.append((row, np.zeros(1)))
                    doubled.add(variable)
                else:
                    first[variable] = start + index
        terms += [_moved(t, start, problem.size, size, glass.name) for t in problem.terms if t.prior_of not in doubled]
        hinges += [_moved_hinge(h, start, problem.size, size) for h in problem.hinges]
        equal.append((_wide(problem.equal[0], start, size), problem.equal[1]))
        walls.append((_wide(problem.walls[0], start, size), problem.walls[1]))
        scales += [int(start) + i for i in problem.scales]
    one = problems[0]
    return Problem(
        one.composition,
        one.units,
        tuple(variables),
        (np.vstack([m for m, _ in equal]), np.concatenate([r for _, r in equal])),
        (np.vstack([m for m, _ in walls]), np.concatenate([r for _, r in walls])),
        tuple(terms),
        tuple(hinges),
        np.concatenate([p.start for p in problems]),
        one.balances,
        one.crystalline,
        tuple(scales),
    )


def _wide(matrix: Matrix, start: int, size: int) -> Matrix:
    wide = np.zeros((matrix.shape[0], size))
    wide[:, start : start + matrix.shape[1]] = matrix
    return wide


def _moved(term: Term, start: int, width: int, size: int, glass: str) -> Term:
    part = slice(start, start + width)

    def evaluate(x: Vector) -> tuple[Vector, Matrix]:
        residual, jacobian = term.evaluate(x[part])
        return residual, _wide(jacobian, start, size)

    predict = term.predict
    moved = None if predict is None else (lambda x: predict(x[part]))
    return replace(term, name=in_glass(term.name, glass), evaluate=evaluate, predict=moved)


def _moved_hinge(hinge: Hinge, start: int, width: int, size: int) -> Hinge:
    def value(x: Vector) -> tuple[float, Vector]:
        height, slope = hinge.value(x[start : start + width])
        return height, _wide(slope[None, :], start, size)[0]

    return replace(hinge, value=value, slack=hinge.slack + start)


def with_shape(
    whole: Problem,
    problems: Sequence[Problem],
    glasses: Sequence[Glass],
    smooth: float | None,
    trends: Mapping[str, Trend],
) -> Problem:
    """Problem with the wanted smoothness as residuals and the trends as walls."""
    starts = np.concatenate([[0], np.cumsum([p.size for p in problems])[:-1]]).astype(int)
    x = [g.x for g in glasses]
    terms, rows = list(whole.terms), []
    for index, unit in enumerate(whole.units):
        if smooth is not None and len(glasses) > 2:
            matrix = np.zeros((len(glasses) - 2, whole.size))
            for k in range(len(glasses) - 2):
                left, right = x[k + 1] - x[k], x[k + 2] - x[k + 1]
                weights = (2 / (left * (left + right)), -2 / (left * right), 2 / (right * (left + right)))
                for offset, weight in enumerate(weights):
                    matrix[k, starts[k + offset] + index] = weight / smooth
            terms.append(linear_term(f"smooth {unit.label}", matrix, np.zeros(len(matrix))))
        if unit.label in trends:
            sign = 1.0 if trends[unit.label] == "rising" else -1.0
            for a, b in pairwise(starts):
                row = np.zeros(whole.size)
                row[b + index], row[a + index] = sign, -sign
                rows.append(row)
    walls = whole.walls
    if rows:
        walls = (np.vstack([walls[0], np.array(rows)]), np.concatenate([walls[1], np.zeros(len(rows))]))
    return replace(whole, terms=tuple(terms), walls=walls)


@dataclass(frozen=True, slots=True)
class Couplings:
    """What the glasses of a series have in common, as :func:`solve_series` takes it."""

    share: tuple[str, ...]
    smooth: float | None
    trends: Mapping[str, Trend]

    def joined(self, problems: Sequence[Problem], glasses: Sequence[Glass]) -> Problem:
        """One problem of all glasses."""
        return with_shape(stacked(problems, glasses, self.share), problems, glasses, self.smooth, self.trends)

    def without_one(self) -> dict[str, Couplings]:
        """By name of a coupling that is asked for, the others."""
        nothing: dict[str, Any] = {"smooth": None, "trends": {}, "share": ()}
        return {name: replace(self, **{name: none}) for name, none in nothing.items() if getattr(self, name)}
