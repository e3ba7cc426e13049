"""Structure alone, from a TOML file of typed-in evidence: what can hold, what cannot, and what follows."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import resources
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import structure
from shortrange_core import BadInput, Estimates, Infeasible, Status
from shortrange_core.errors import Offenders
from shortrange_core.files import existing, read_text
from shortrange_core.showing import Shown, table_of
from shortrange_core.spelling import spoken_in

Evidence = structure.Statement | structure.Areas
T = TypeVar("T")
EXAMPLE, LEVEL = "paper_statements.toml", 0.95


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SpeciesTable(_Strict):
    """Units by name, or by limits; and the free compounds."""

    units: tuple[str, ...] = ()
    former: tuple[str, ...] | None = None
    max_bridges: int | Mapping[str, int] | None = None
    homopolar: bool = False
    disulfide: bool = False
    max_ligands: int = Field(default=2, ge=1)
    free: tuple[str, ...] = ()


class StatementTable(_Strict):
    """One statement."""

    quantity: str = Field(min_length=1)
    name: str | None = None
    of: str | None = None
    value: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    sd: float = 0.0
    source: str = ""


class LineTable(_Strict):
    """One line of a spectrum: what it counts, its area and the sd of that."""

    counts: str = Field(min_length=1)
    area: float
    sd: float = Field(gt=0)


class AreasTable(_Strict):
    """Areas of the lines of one spectrum."""

    name: str = Field(min_length=1)
    lines: Mapping[str, LineTable] = Field(min_length=1)
    scale: float | tuple[float, float] | None = None
    response: Mapping[str, float | tuple[float, float]] | None = None


class _Tables(_Strict):
    schema_: Literal[1] = Field(alias="schema")
    title: str = ""
    composition: str = Field(min_length=1)
    amounts: Mapping[str, float | tuple[float, float]] = {}
    formers: tuple[str, ...] | None = None
    open: tuple[str, ...] = ()
    sd: Mapping[str, float] = {}
    species: SpeciesTable
    statement: tuple[StatementTable, ...] = ()
    areas: tuple[AreasTable, ...] = ()
    quantities: tuple[str, ...] | None = None
    level: float = Field(default=0.95, gt=0, lt=1)


@dataclass(frozen=True, eq=False, slots=True)
class Implication(Shown):
    """What the ranges are once some statements are dropped."""

    dropped: tuple[str, ...]
    ranges: structure.Ranges


@dataclass(frozen=True, eq=False, slots=True)
class Balance(Shown):
    """Answer of :func:`balance`.

    Parameters
    ----------
    title, composition, species
        What was asked.
    statements
        Every piece of evidence by name and in words.
    conflicts
        Contradictions; empty where all can hold.
    ranges
        Ranges under all exact statements, and with all evidence at the level; None where the pieces cannot hold
        together, or the solution is rejected.
    solution
        Fractions with covariance, beside a conflict that is only improbable too; None where the pieces cannot hold
        together.
    remedies
        Where the solution is rejected: single changes that would resolve it.
    implications
        Where there is a conflict: the ranges after every smallest way to settle it among the pieces of evidence.
    """

    title: str
    composition: structure.Composition
    species: tuple[str, ...]
    statements: tuple[tuple[str, str], ...]
    conflicts: structure.Conflicts
    ranges: structure.Ranges | None
    solution: structure.Solution | None
    implications: tuple[Implication, ...]
    remedies: tuple[structure.Remedy, ...] = ()


def balance_frame(balance: Balance) -> pd.DataFrame:
    """Every statement, and in how many contradictions it stands; where all can hold, the ranges that they leave."""
    left = table_of(balance.ranges)
    if left is not None and not balance.conflicts:
        return left
    names = [name for name, _ in balance.statements]
    sets = balance.conflicts.sets
    rows = [(text, sum(name in one.members for one in sets)) for name, text in balance.statements]
    return pd.DataFrame(rows, columns=["says", "contradictions"], index=pd.Index(names, name="statement"))


def plot_balance(balance: Balance) -> Any:
    """The map of contradictions where there are any; else the ranges; else the amounts of a rejected solution."""
    parts = (balance.conflicts or None, balance.ranges, balance.solution, balance.conflicts)
    return next(part for part in parts if part is not None).plot()


def example_text() -> str:
    """Text of the example: the statements of the Na3PS4-xOx paper at x = 0.6."""
    return resources.files("shortrange").joinpath("data", EXAMPLE).read_text(encoding="utf-8")


def balance(path: str | os.PathLike[str]) -> Balance:
    """Read a TOML file of statements and areas and work out what they imply together.

    Raises
    ------
    BadInput
        If the file is missing or no TOML, or with every mistake in it.
    """
    return balance_text(read_text(path), existing(path).name)


def balance_text(text: str, name: str = "text") -> Balance:
    """Same as :func:`balance` from the text of the file; ``name`` stands in its errors.

    Examples
    --------
    >>> found = balance_text(example_text())
    >>> len(found.conflicts.sets), found.conflicts.sets[0].members[-1]
    (1, 'composition')
    """
    tables = _parsed(text, name)
    glass, species, evidence = _inputs(tables, name)
    with spoken_in("recipe"):  # names of statements are keys of the file
        conflicts = structure.conflicts(glass, species, evidence)
    common = (tables.title, glass, species, tuple((piece.name, str(piece)) for piece in evidence), conflicts)
    implied = _implications(glass, species, evidence, conflicts, tables) if conflicts else ()
    try:
        solution = structure.solve(glass, species, evidence, check=False)
    except Infeasible:
        return Balance(*common, None, None, implied)
    if solution.status is Status.REJECTED:
        return Balance(*common, None, solution, implied, structure.remedies(glass, species, evidence))
    soft = any(isinstance(e, structure.Areas) or e.sd > 0 for e in evidence)
    level = tables.level if soft else None
    span = structure.ranges(glass, species, evidence, quantities=tables.quantities, level=level)
    told = {name: span.of(name) for name in span.quantities if span.level == LEVEL}  # no quantity has two intervals
    own = zip(solution.species, solution.lower, solution.upper, strict=True)
    lower, upper = np.array([told.get(name, ends) for name, *ends in own]).T
    return Balance(*common, span, replace(solution, lower=lower, upper=upper), implied)


def _parsed(text: str, name: str) -> _Tables:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name}: is not valid TOML ({error}); correct that line") from error
    try:
        return _Tables.model_validate(raw)
    except ValidationError as error:
        raise BadInput(*(f"{name}: {_said(problem)}" for problem in error.errors())) from error


def _said(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    given = f" = {problem['input']!r}" if problem["type"] not in ("missing", "extra_forbidden") else ""
    return f"{where}{given}: {problem['msg']}; see `shortrange balance --example`"


@spoken_in("recipe")
def _inputs(tables: _Tables, name: str) -> tuple[structure.Composition, tuple[str, ...], list[Evidence]]:
    """Composition, species and evidence; the mistakes of all of them together."""
    offenders = Offenders()

    def tried(make: Callable[[], T]) -> T | None:
        try:
            return make()
        except BadInput as error:
            offenders.add(*(f"{name}: {problem}" for problem in error.problems))
            return None

    glass = tried(lambda: _glass(tables))
    evidence: list[Evidence | None] = [tried(partial(_statement, table)) for table in tables.statement]
    evidence += [tried(partial(_areas, table)) for table in tables.areas]
    species = tried(lambda: _species(glass, tables.species)) if glass is not None else None
    whole = [piece for piece in evidence if piece is not None]
    if glass is not None and species is not None:
        for piece in whole:
            tried(partial(structure.check_evidence, glass, species, [piece]))
        for text in tables.quantities or ():
            tried(partial(structure.check_quantity, glass, species, text))
        tried(partial(structure.check_names, whole))
    offenders.raise_if_any()
    assert glass is not None
    assert species is not None
    return glass, species, whole


def _glass(tables: _Tables) -> structure.Composition:
    glass = structure.composition(tables.composition, formers=tables.formers, **tables.amounts)
    if tables.sd:
        glass = glass.uncertain(**tables.sd)
    return glass.opened(*tables.open) if tables.open else glass


def _species(glass: structure.Composition, table: SpeciesTable) -> tuple[str, ...]:
    if table.units:
        labels = (*table.units, *table.free)
        return tuple(unit.label for unit in structure.parse_species(labels, glass))
    return structure.species(
        glass,
        former=table.former,
        max_bridges=table.max_bridges,
        homopolar=table.homopolar,
        disulfide=table.disulfide,
        max_ligands=table.max_ligands,
        free=table.free,
    )


def _statement(table: StatementTable) -> structure.Statement:
    return structure.statement(**table.model_dump())


def _areas(table: AreasTable) -> structure.Areas:
    lines = table.lines
    areas = Estimates.build(
        list(lines),
        [line.area for line in lines.values()],
        [line.sd**2 for line in lines.values()],
        assignment=[line.counts for line in lines.values()],
    )
    return structure.from_areas(areas, response=table.response, scale=table.scale, name=table.name)


def _implications(
    glass: structure.Composition,
    species: tuple[str, ...],
    evidence: list[Evidence],
    conflicts: structure.Conflicts,
    tables: _Tables,
) -> tuple[Implication, ...]:
    pieces = {piece.name for piece in evidence}
    ways = [c for c in conflicts.corrections if set(c) <= pieces]
    implied = []
    for dropped in ways:
        if len(dropped) == len(ways[0]):
            rest = [piece for piece in evidence if piece.name not in dropped]
            soft = [e for e in rest if isinstance(e, structure.Areas) or e.sd > 0]
            span = structure.ranges(
                glass, species, rest, quantities=tables.quantities, level=tables.level if soft else None
            )
            implied.append(Implication(dropped, span))
    return tuple(implied)
