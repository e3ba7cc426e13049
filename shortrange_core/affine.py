"""The one parser of affine expressions: links of parameters, constraints on areas, assignments of peaks.

A term is ``name``, ``2 name``, ``0.5*name``, ``name/2`` or a number; terms are joined by ``+`` and ``-`` with a
blank on both sides, because species labels such as ``P2O7(4-)`` hold signs of their own. Nothing is
ever evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from shortrange_core.errors import BadInput

Relation = Literal["=", "<=", ">="]
_NUMBER = r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?"
_TERM = re.compile(rf"(?:(?P<factor>{_NUMBER})(?:\s*\*\s*|\s+))?(?P<name>\S+?)(?:\s*\*\s*(?P<after>{_NUMBER}))?")
_SIGN = re.compile(r"\s+([+-])\s+")
REMEMBERED = 4096
"""Texts whose meaning is kept: a text that many samples, priors and fits hold is read once."""
_RELATION = re.compile(r"\s*(<=|>=|==|=)\s*")


@dataclass(frozen=True, slots=True)
class Affine:
    """A sum of coefficient times name, plus a constant.

    Examples
    --------
    >>> dict(parse("P:S4 + 0.5*P:S3/S - 1").coefficients)
    {'P:S4': 1.0, 'P:S3/S': 0.5}
    """

    coefficients: Mapping[str, float] = field(default_factory=dict)
    constant: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order of their first appearance."""
        return tuple(self.coefficients)

    def value(self, values: Mapping[str, float]) -> float:
        """Value of the expression where every name has the value given."""
        return self.constant + sum(c * values[name] for name, c in self.coefficients.items())

    def renamed(self, rename: Callable[[str], str]) -> Affine:
        """Same expression with every name passed through ``rename``; names that meet are added up."""
        merged: dict[str, float] = {}
        for name, coefficient in self.coefficients.items():
            merged[rename(name)] = merged.get(rename(name), 0.0) + coefficient
        return Affine(merged, self.constant)

    def __sub__(self, other: Affine) -> Affine:
        merged = dict(self.coefficients)
        for name, coefficient in other.coefficients.items():
            merged[name] = merged.get(name, 0.0) - coefficient
        return Affine(merged, self.constant - other.constant)

    def __str__(self) -> str:
        parts: list[str] = []
        for name, coefficient in self.coefficients.items():
            sign = "-" if coefficient < 0 else "+"
            size = abs(coefficient)
            parts += [sign, name if size == 1 else f"{size:.15g}*{name}"]
        if self.constant or not parts:
            parts += ["-" if self.constant < 0 else "+", f"{abs(self.constant):.15g}"]
        return " ".join(parts[1:]) if parts[0] == "+" else "-" + " ".join(parts[1:])


@dataclass(frozen=True, slots=True)
class Relationship:
    """``left relation 0``: an affine equality or inequality.

    Examples
    --------
    >>> str(parse_relation("a + b <= 2 c"))
    'a + b - 2*c <= 0'
    """

    left: Affine
    relation: Relation

    def __str__(self) -> str:
        return f"{self.left} {self.relation} 0"


def _term(text: str, whole: str) -> tuple[str | None, float]:
    if re.fullmatch(_NUMBER, text):
        return None, float(text)
    quotient = re.fullmatch(rf"(?P<rest>.+\S)\s*/\s*(?P<by>{_NUMBER})", text)
    by = 1.0
    if quotient and not re.search(r":[^~@]*$", quotient["rest"]):
        text, by = quotient["rest"], float(quotient["by"])
    match = _TERM.fullmatch(text)
    if match is None or (match["factor"] and match["after"]) or by == 0:
        raise BadInput(f"{whole!r}: the term {text!r} is not affine; write number*name, joined by ' + ' and ' - '")
    name = match["name"]
    if re.match(r"[0-9.*/+^-]", name) or "*" in name:
        raise BadInput(f"{whole!r}: the term {text!r} is not affine; write number*name, joined by ' + ' and ' - '")
    return name, float(match["factor"] or match["after"] or 1.0) / by


def parse(text: str) -> Affine:
    """Read an affine expression.

    Parameters
    ----------
    text
        Such as ``"P:S4 + P:S3O"`` or ``"2*p1_area - 0.5"``; blanks around ``+`` and ``-``.

    Raises
    ------
    BadInput
        If a term is not number, name, number*name or name/number.

    Examples
    --------
    >>> str(parse("0.5*a - b + 3"))
    '0.5*a - b + 3'
    """
    read = _read(text)
    if isinstance(read, BadInput):
        raise BadInput(*read.problems)
    return read


@lru_cache(maxsize=REMEMBERED)
def _read(text: str) -> Affine | BadInput:
    """What a text means, or why it means nothing: texts that are not affine are asked for as often as others."""
    try:
        return _parsed(text)
    except BadInput as error:
        return error


def _parsed(text: str) -> Affine:
    stripped = text.strip()
    if not stripped:
        raise BadInput("an expression is empty; write number*name, joined by ' + ' and ' - '")
    sign, first = (-1.0, stripped[1:].lstrip()) if stripped.startswith("-") else (1.0, stripped.lstrip("+"))
    pieces = _SIGN.split(first)
    signs = [sign] + [-1.0 if s == "-" else 1.0 for s in pieces[1::2]]
    coefficients: dict[str, float] = {}
    constant = 0.0
    for term_sign, piece in zip(signs, pieces[0::2], strict=True):
        name, factor = _term(piece.strip(), text)
        if name is None:
            constant += term_sign * factor
        else:
            coefficients[name] = coefficients.get(name, 0.0) + term_sign * factor
    return Affine(MappingProxyType(coefficients), constant)


@lru_cache(maxsize=REMEMBERED)
def parse_relation(text: str) -> Relationship:
    """Read ``left = right``, ``left <= right`` or ``left >= right`` as a relation to zero.

    Raises
    ------
    BadInput
        If there is not exactly one relation sign, or a side is not affine.
    """
    pieces = _RELATION.split(text)
    if len(pieces) != 3:
        raise BadInput(f"{text!r}: give exactly one of =, <=, >= between two affine expressions")
    relation: Relation = "<=" if pieces[1] == "<=" else ">=" if pieces[1] == ">=" else "="
    return Relationship(parse(pieces[0]) - parse(pieces[2]), relation)
