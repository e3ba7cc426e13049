"""Checks of evidence against a glass and its species, and the problem that they make up together."""

from __future__ import annotations

from collections.abc import Sequence

from shortrange_core.errors import Offenders
from structure.compositions import Composition
from structure.enumeration import parse_species
from structure.evidence import Areas, Evidence, Statement
from structure.problems import Builder, Problem
from structure.quantities import quantity_row, split_ratio


def check_names(evidence: Sequence[Evidence]) -> None:
    """Refuse two pieces of evidence of one name.

    Raises
    ------
    BadInput
        Naming each repeated name.
    """
    offenders = Offenders()
    names = [piece.name for piece in evidence]
    for name in sorted({n for n in names if names.count(n) > 1}):
        offenders.add(f"{name}: is the name of {names.count(name)} pieces of evidence; give each its own with name=")
    offenders.raise_if_any()


def check_evidence(composition: Composition, species: Sequence[str], evidence: Sequence[Evidence]) -> None:
    """Refuse evidence about what is not among the species.

    Raises
    ------
    BadInput
        With every mistake of every piece.
    """
    build_problem(composition, species, evidence)


def check_quantity(composition: Composition, species: Sequence[str], quantity: str) -> None:
    """Refuse a name that is no linear quantity or ratio over the species.

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
    offenders = Offenders()
    if not isinstance(composition, Composition):
        offenders.add(f"{composition!r}: is no composition; give structure.composition(...)")
    if isinstance(species, str):
        offenders.add(f"{species!r}: is one text; give the species as a tuple of labels")
    if isinstance(evidence, Sequence):
        strange = [piece for piece in evidence if not isinstance(piece, Statement | Areas)]
        for piece in strange:
            offenders.add(f"evidence holds {type(piece).__name__}; give structure.statement(...) or from_areas(areas)")
    else:
        offenders.add(f"evidence is {type(evidence).__name__}; give a list of statements and areas")
    offenders.raise_if_any()


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
