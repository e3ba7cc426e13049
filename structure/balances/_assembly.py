"""Checks of evidence against a glass and its species, and the problem that they make up together."""

from __future__ import annotations

from collections.abc import Sequence

from shortrange_core import BadInput
from shortrange_core.labels import named_twice
from shortrange_core.spelling import option
from structure.balances._builder import Builder
from structure.balances._evidence import Areas, Evidence, Statement
from structure.balances._problem import Problem
from structure.balances._quantities import quantity_row, split_ratio
from structure.units import Composition, parse_species


def check_names(evidence: Sequence[Evidence]) -> None:
    """Raise an error if two pieces of evidence have the same name.

    Raises
    ------
    BadInput
        Naming each repeated name.
    """
    names = [piece.name for piece in evidence]
    if len(set(names)) < len(names):
        repeated = named_twice(names)
        raise BadInput(
            *(
                f"{n}: {names.count(n)} pieces of evidence have this name; give each its own with {option('name')}"
                for n in repeated
            )
        )


def check_evidence(composition: Composition, species: Sequence[str], evidence: Sequence[Evidence]) -> None:
    """Raise an error if evidence is about something that is not among the species.

    Raises
    ------
    BadInput
        With every mistake of every piece.
    """
    build_problem(composition, species, evidence)


def check_quantity(composition: Composition, species: Sequence[str], quantity: str) -> None:
    """Raise an error if a name is not a linear quantity or ratio of the species.

    Raises
    ------
    BadInput
        If it is none.
    """
    units = parse_species(species, composition)
    for part in split_ratio(quantity):
        if part:
            quantity_row(part, units)


def _check_kinds(composition: object, species: object, evidence: object) -> None:
    """Refuse one thing in the place of several, and areas that nobody said what they count."""
    problems = []
    if not isinstance(composition, Composition):
        problems.append(f"{composition!r} is not a composition; give structure.composition(...)")
    if isinstance(species, str):
        problems.append(f"{species!r} is a single text; give the species as a tuple of labels")
    if not isinstance(evidence, (list, tuple)):
        problems.append(f"evidence is {type(evidence).__name__}; give a list of statements and areas")
        evidence = ()
    problems += [
        f"evidence contains {type(piece).__name__}; give structure.statement(...) or from_areas(areas)"
        for piece in evidence
        if not isinstance(piece, (Areas, Statement))
    ]
    if problems:
        raise BadInput(*problems)


def build_problem(
    composition: Composition, species: Sequence[str], evidence: Sequence[Evidence], *, balanced: bool = True
) -> Problem:
    """Problem of a composition, its species and evidence.

    Raises
    ------
    BadInput
        If a label is bad, evidence names a species that is not in the set, or two pieces have one name; all together.
    """
    _check_kinds(composition, species, evidence)
    check_names(evidence)
    units = parse_species(species, composition)
    return Builder(composition, units, evidence).build(balanced=balanced)
