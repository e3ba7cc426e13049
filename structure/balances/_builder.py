"""Balances and evidence become the terms, walls and equalities of a problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput
from shortrange_core.errors import Offenders
from structure.balances._evidence import ANY, Areas, Evidence, Statement, response_key
from structure.balances._lines import Balances, lines_over
from structure.balances._problem import Problem, padded
from structure.balances._quantities import parts_named, read_expression, row_over
from structure.balances._terms import Hinge, Term, counted_rows, linear_term, plain_areas, whitener
from structure.balances._variables import CRYSTALLINE, Kind, Variable, amounts_of
from structure.units import Composition, Unit, atom_counts

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Rows = tuple[Matrix, Vector]
COMPOSITION = "composition"


class Builder:
    """Collects variables, rows and terms of one composition."""

    def __init__(self, composition: Composition, units: Sequence[Unit], evidence: Sequence[Evidence]) -> None:
        self.composition = composition
        self.units = tuple(units)
        self.labels = tuple([unit.label for unit in self.units])
        self.evidence = tuple(evidence)
        self.statements = [e for e in self.evidence if isinstance(e, Statement)]
        self.areas = [e for e in self.evidence if isinstance(e, Areas)]
        self.crystalline = self._crystalline() if self.statements else ()
        self.variables = [*amounts_of(self.labels), *(Variable(Kind.CRYSTALLINE, c) for c in self.crystalline)]
        self.variables += [Variable(Kind.SLACK, s.name) for s in self.statements if s.sd > 0 and s.relation != "="]
        self.fractions = len(self.variables)
        self.responses: dict[tuple[str, str], int] = {}
        self.scales: dict[str, int] = {}
        for areas in self.areas:
            self._declare(areas)
        self.size = len(self.variables)
        self.equal: list[Rows] = []
        self.walls: list[Rows] = [_signs(self.fractions, self.size)]
        self.terms: list[Term] = []
        self.hinges: list[Hinge] = []

    def _crystalline(self) -> tuple[str, ...]:
        named = {compound for s in self.statements for text in (s.quantity, s.of) for compound in parts_named(text)}
        return tuple(u.label for u in self.units if u.free and u.label in named)

    def _declare(self, areas: Areas) -> None:
        if areas.scale[1] > 0:
            self.scales[areas.name] = len(self.variables)
            self.variables.append(Variable(Kind.SCALE, evidence=areas.name))
        for key, _, spread in used_responses(areas):
            if spread > 0:
                self.responses[areas.name, key] = len(self.variables)
                self.variables.append(Variable(Kind.RESPONSE, key, areas.name))

    def row(self, quantity: str) -> tuple[Vector, float]:
        """Row over all variables."""
        return padded(row_over(quantity, self.labels, self.crystalline), self.size)

    def unit(self, index: int, value: float = 1.0) -> Vector:
        """Row that holds ``value`` at ``index``."""
        row = np.zeros(self.size)
        row[index] = value
        return row

    def build(self, *, balanced: bool = True) -> Problem:
        """Problem of the evidence; without the composition only closure is kept."""
        lines = lines_over(self.composition, self.labels)
        if balanced:
            self._add_balances(lines)
        else:
            self.equal.append(_wide((lines.matrix[: lines.closures], lines.right[: lines.closures]), self.size))
        for label in self.crystalline:
            self.walls.append(((self.row(label)[0] - self.row(label + CRYSTALLINE)[0])[None, :], np.zeros(1)))
        offenders = Offenders()
        slack = len(self.units) + len(self.crystalline)
        for piece in self.evidence:
            try:
                if isinstance(piece, Areas):
                    add_areas(self, piece)
                else:
                    add_statement(self, piece, slack)
                    slack += int(piece.sd > 0 and piece.relation != "=")
            except BadInput as error:
                offenders.add(*(f"{piece.name}: {problem}" for problem in error.problems))
        offenders.raise_if_any()
        return self._problem(lines)

    def _add_balances(self, lines: Balances) -> None:
        if 0.0 in self.composition.amounts.tolist():
            self._add_absent()
        exact, soft = lines.split()
        self.equal.append(_wide(exact, self.size))
        for _, row, most in lines.limits:
            self.walls.append(_wide((-row[None, :], np.array([-most])), self.size))
        if soft[1].size:
            self.terms.append(linear_term(COMPOSITION, *_wide(soft, self.size)))

    def _add_absent(self) -> None:
        """Species that hold an element of which there is none (the first glass of a series) are 0."""
        exact = np.diagonal(self.composition.covariance) == 0
        amounts = zip(self.composition.elements, self.composition.amounts, exact, strict=True)
        absent = {e for e, amount, fixed in amounts if amount == 0 and fixed} - set(self.composition.open)
        for index, unit in enumerate(self.units):
            if absent & atom_counts(unit).keys():
                self.equal.append((self.unit(index)[None, :], np.zeros(1)))

    def _problem(self, lines: Balances) -> Problem:
        start = np.zeros(self.size)
        start[: len(self.units)] = 1.0 / len(self.units)
        for piece in self.areas:
            for key, median, _ in used_responses(piece):
                if (piece.name, key) in self.responses:
                    start[self.responses[piece.name, key]] = np.log(median)
            if piece.name in self.scales:
                start[self.scales[piece.name]] = np.log(piece.scale[0])
        return Problem(
            self.composition,
            self.units,
            tuple(self.variables),
            _joined(self.equal),
            _joined(self.walls),
            tuple(self.terms),
            tuple(self.hinges),
            start,
            lines,
            self.crystalline,
            tuple(self.scales[piece.name] for piece in self.areas if np.isinf(piece.scale[1])),
            tuple(dict.fromkeys(key for piece in self.areas for key in piece.readings)),
        )


@lru_cache(maxsize=256)
def _signs(count: int, size: int) -> Rows:
    """Walls of the first ``count`` variables: none is negative."""
    rows, right = np.eye(count, size), np.zeros(count)
    rows.setflags(write=False)
    right.setflags(write=False)
    return rows, right


def _wide(block: Rows, size: int) -> Rows:
    """Rows over the species extended by zeros to all variables."""
    rows, right = block
    if rows.shape[1] == size:
        return block
    return np.hstack([rows, np.zeros((rows.shape[0], size - rows.shape[1]))]), right


def _joined(blocks: Sequence[Rows]) -> Rows:
    if len(blocks) == 1:
        return blocks[0]
    return np.vstack([rows for rows, _ in blocks]), np.concatenate([right for _, right in blocks])


def used_responses(areas: Areas) -> list[tuple[str, float, float]]:
    """Responses that the lines of areas ask for: key, median, sd of the logarithm."""
    if not areas.responses:
        return []
    given = {key: (median, spread) for key, median, spread in areas.responses}
    counted = dict.fromkeys(response_key(name) for text in areas.assignments for name in read_expression(text).names)
    return [(key, *(given.get(key) or given.get(ANY, (1.0, 0.0)))) for key in counted if key in given or ANY in given]


def quantity_value(builder: Builder, statement: Statement) -> tuple[Callable[[Vector], tuple[float, Vector]], bool]:
    """Value and gradient of what a statement is about, and whether it is linear."""
    top, offset = builder.row(statement.quantity)
    if not statement.of:
        return lambda x: (float(top @ x) + offset, top), True
    bottom, base = builder.row(statement.of)

    def ratio(x: Vector) -> tuple[float, Vector]:
        below = max(float(bottom @ x) + base, 1e-9)
        value = (float(top @ x) + offset) / below
        return value, (top - value * bottom) / below

    return ratio, False


def add_statement(builder: Builder, statement: Statement, slack: int) -> None:
    """Add a statement: an exact one as a row, one with an sd as a residual."""
    sign = -1.0 if statement.relation == "<=" else 1.0
    if statement.sd == 0:
        row, constant = builder.row(statement.quantity)
        bound = statement.bound
        if statement.of:
            bottom, base = builder.row(statement.of)
            row, constant, bound = row - bound * bottom, constant - bound * base, 0.0
        rows = builder.equal if statement.relation == "=" else builder.walls
        rows.append((sign * row[None, :], np.array([sign * (bound - constant)])))
        return
    value, linear = quantity_value(builder, statement)
    if statement.relation != "=":
        builder.hinges.append(Hinge(statement, value, sign, slack, linear))
        builder.terms.append(_slack_term(builder, statement, value, slack))
        return

    def evaluate(x: Vector) -> tuple[Vector, Matrix]:
        height, slope = value(x)
        return np.array([(height - statement.bound) / statement.sd]), slope[None, :] / statement.sd

    builder.terms.append(_statement_term(statement, evaluate, value, linear=linear))


def _slack_term(
    builder: Builder, statement: Statement, value: Callable[[Vector], tuple[float, Vector]], slack: int
) -> Term:
    row = builder.unit(slack, 1.0 / statement.sd)[None, :]
    return _statement_term(statement, lambda x: (row @ x, row), value, linear=True)


def _statement_term(
    statement: Statement,
    evaluate: Callable[[Vector], tuple[Vector, Matrix]],
    value: Callable[[Vector], tuple[float, Vector]],
    *,
    linear: bool,
) -> Term:
    return Term(
        statement.name,
        evaluate,
        linear,
        (statement.name,),
        np.array([statement.bound]),
        np.array([statement.sd]),
        lambda x: np.array([value(x)[0]]),
    )


def add_areas(builder: Builder, areas: Areas) -> None:
    """Add areas: scale x sum of response x counted amount, with priors on what is not known."""
    rows, owner, keys, collect = counted_rows(areas.assignments, builder.labels, builder.crystalline)
    used = used_responses(areas)
    fixed = {key: median for key, median, spread in used if spread == 0}
    if fixed:
        collect = collect * [fixed.get(key, 1.0) for key in keys]
    if areas.scale[1] == 0 and len(fixed) == len(used):
        seen = areas.scale[0] * (collect @ rows)
        builder.terms.append(plain_areas(areas, _wide((seen, areas.value), builder.size)[0]))
        return
    wide = _wide((rows, areas.value), builder.size)[0]
    response = np.array([builder.responses.get((areas.name, key), -1) for key in keys], dtype=np.intp)
    builder.terms.append(_open_areas(builder, areas, (wide, owner, collect), response))
    _add_priors(builder, areas, used)


def _open_areas(
    builder: Builder, areas: Areas, counted: tuple[Matrix, npt.NDArray[np.intp], Matrix], response: npt.NDArray[np.intp]
) -> Term:
    """Term of areas whose scale or responses are not known: their logarithms are variables."""
    rows, owner, collect = counted
    scale = builder.scales.get(areas.name)
    white = whitener(areas.covariance)
    fixed = 1.0 if scale is not None else areas.scale[0]
    open_response = response >= 0

    def predicted(x: Vector) -> tuple[Vector, Vector, Vector]:
        seen = fixed * np.exp(np.where(open_response, x[response], 0.0))
        if scale is not None:
            seen = seen * np.exp(x[scale])
        parts = seen * (rows @ x)
        return collect @ parts, seen, parts

    def evaluate(x: Vector) -> tuple[Vector, Matrix]:
        total, seen, parts = predicted(x)
        slope = collect @ (seen[:, None] * rows)
        if scale is not None:
            slope[:, scale] += total
        for index in np.flatnonzero(open_response):
            slope[owner[index], response[index]] += parts[index]
        return white(total - areas.value), white(slope)

    sd = np.sqrt(np.diagonal(areas.covariance))
    return Term(areas.name, evaluate, False, areas.lines, areas.value, sd, lambda x: predicted(x)[0])


def _add_priors(builder: Builder, areas: Areas, used: Sequence[tuple[str, float, float]]) -> None:
    value, sd = areas.scale
    if 0 < sd < np.inf:
        builder.terms.append(_prior_term(builder, builder.scales[areas.name], np.log(value), sd / value))
    for key, median, spread in used:
        if spread > 0:
            builder.terms.append(_prior_term(builder, builder.responses[areas.name, key], np.log(median), spread))


def _prior_term(builder: Builder, index: int, value: float, sd: float) -> Term:
    """Prior on the logarithm of a scale or a response."""
    variable = builder.variables[index]
    row = builder.unit(index, 1.0 / sd)[None, :]
    return replace(linear_term(f"prior of {variable.name}", row, np.array([value / sd])), prior_of=variable)
