"""Every structural unit that a composition allows, within stated limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations_with_replacement

from shortrange_core import BadInput
from shortrange_core.errors import Offenders
from shortrange_core.spelling import option, spelled
from structure.units._aliases import compound, unit_of
from structure.units._compositions import Composition
from structure.units._elements import ANION_VALENCE, coordination_of, ligand_rank, oxidation_of
from structure.units._label_grammar import make_unit
from structure.units._labels import Counts, Unit, atom_counts

USUAL_BRIDGES = 3
"""Most bridges of a unit where no limit is named: enough for P, and for Si, Ge and B raised to their coordination."""


def species(
    composition: Composition,
    *,
    former: str | Sequence[str] | None = None,
    max_bridges: int | Mapping[str, int] | None = None,
    homopolar: bool = False,
    disulfide: bool = False,
    ligands: Sequence[str] | None = None,
    max_ligands: int = 2,
    free: Sequence[str] = (),
) -> tuple[str, ...]:
    """Labels of all units that a composition allows, and of the free compounds named.

    Parameters
    ----------
    composition
        The glass.
    former
        Network formers; needed where the composition has several.
    max_bridges
        Most shared contacts of a unit, for all formers or for each; by default 3 for P, As, Sb, 4 for Si, Ge, B.
    homopolar
        Whether units with one homopolar bond (P-P) are among them.
    disulfide
        Whether bridges through two chalcogens (P-S-S-P) are among them.
    ligands
        Ligands that bind to formers; by default the chalcogens of the composition.
    max_ligands
        Most different ligands on one unit (limits anion mixing).
    free
        Free compounds by formula, such as ``("Na2S", "S")``.

    Returns
    -------
    tuple of str
        Canonical labels, few bridges first. Units of negative charge (P with four bridging O) are not enumerated; name
        them yourself where they are wanted.

    Raises
    ------
    BadInput
        If there are several formers and no rule for them, or a name is unknown; all offenders together.

    Examples
    --------
    >>> from structure import composition
    >>> species(composition("Na3PS3.4O0.6"), max_bridges=0, free=("Na2S",))
    ('P:S4', 'P:S3O', 'P:S2O2', 'P:SO3', 'P:O4', 'Na2S')
    """
    formers = _formers(composition, former)
    allowed = tuple(ligands) if ligands is not None else _chalcogens(composition)
    offenders = Offenders()
    if max_ligands < 1:
        offenders.add(f"max_ligands = {max_ligands}: a unit has at least one kind of ligand; give 1 or more")
    if not allowed:
        way = spelled("name it in ligands=", command_line="correct the composition", recipe="correct the composition")
        offenders.add(f"{composition}: has no ligand (O, S, Se); {way}")
    for name in free:
        strange = [e for e in compound(name).atoms if e not in composition.elements]
        if strange:
            offenders.add(f"{name}: {', '.join(strange)} is not in {composition}; remove it from {option('free')}")
    offenders.raise_if_any()
    units: list[Unit] = []
    for element in formers:
        limit = _limit(element, max_bridges)
        if limit < 0:
            raise BadInput(f"max_bridges = {limit} for {element}: give 0 or more")
        for bonds in (0, 1) if homopolar else (0,):
            units += _units(element, allowed, limit, bonds, disulfide=disulfide, max_ligands=max_ligands)
    units.sort(key=lambda unit: (formers.index(unit.centre), unit.homopolar, unit.n))
    return tuple(dict.fromkeys([*(unit.label for unit in units), *(compound(name).label for name in free)]))


def parse_species(labels: Iterable[str], composition: Composition) -> tuple[Unit, ...]:
    """Units of the labels named, checked against the composition.

    Raises
    ------
    BadInput
        If a label is bad or named twice, holds an element that the composition lacks, or a former has no unit.
    """
    named = tuple(labels)
    units = _fitting(named, composition.elements, composition.formers)
    if units is None:
        raise BadInput(*_checked(named, composition.elements, composition.formers, str(composition))[1])
    return units


@lru_cache(maxsize=256)
def _fitting(labels: tuple[str, ...], elements: tuple[str, ...], formers: tuple[str, ...]) -> tuple[Unit, ...] | None:
    """Units of labels without a mistake, remembered: glasses of the same elements are solved again and again."""
    units, problems = _checked(labels, elements, formers, "")
    return None if problems else units


def _checked(
    labels: tuple[str, ...], elements: tuple[str, ...], formers: tuple[str, ...], glass: str
) -> tuple[tuple[Unit, ...], list[str]]:
    """Units of the labels, and every mistake in them."""
    problems: list[str] = []
    units: dict[str, Unit] = {}
    allowed, held = set(elements), set[str]()
    for text in labels:
        try:
            unit = unit_of(text)
        except BadInput as error:
            problems += error.problems
            continue
        atoms = atom_counts(unit)
        if not atoms.keys() <= allowed:
            strange = ", ".join(e for e in atoms if e not in allowed)
            problems.append(f"{text} contains {strange}, which {glass} does not; remove it")
        elif unit.label in units:
            problems.append(f"{text}: is given twice (as {unit.label}); give it once")
        units[unit.label] = unit
        held.update(atoms)
    problems += [
        f"{element}: is a former of {glass}, but no species contains it; add its units"
        for element in formers
        if element not in held
    ]
    return tuple(units.values()), problems


def _formers(composition: Composition, former: str | Sequence[str] | None) -> tuple[str, ...]:
    if former is None:
        if len(composition.formers) > 1:
            names = ", ".join(composition.formers)
            written = f"former = {list(composition.formers)!r}"
            every = spelled(f"former={composition.formers!r}", command_line=written, recipe=written)
            raise BadInput(
                f"{composition}: mixes the formers {names}, and which of them form units is not known; give "
                f"{every} and max_bridges for each"
            )
        return composition.formers
    named = (former,) if isinstance(former, str) else tuple(former)
    strange = [name for name in named if name not in composition.formers]
    if strange:
        raise BadInput(f"{', '.join(strange)}: not a former of {composition} ({', '.join(composition.formers)})")
    return named


def _chalcogens(composition: Composition) -> tuple[str, ...]:
    present = [e for e in composition.elements if ANION_VALENCE.get(e) == 2]
    return tuple(sorted(present, key=ligand_rank))


def _limit(element: str, max_bridges: int | Mapping[str, int] | None) -> int:
    if isinstance(max_bridges, Mapping):
        if element not in max_bridges:
            raise BadInput(f"{element}: has no entry in max_bridges ({', '.join(max_bridges)}); give its limit")
        return max_bridges[element]
    if max_bridges is not None:
        return max_bridges
    return USUAL_BRIDGES if oxidation_of(element) > 4 else max(coordination_of(element, oxidation_of(element)))


def _units(
    element: str, ligands: Sequence[str], limit: int, bonds: int, *, disulfide: bool, max_ligands: int
) -> list[Unit]:
    oxidation = oxidation_of(element)
    bridges = [*ligands, *(f"[{lig}2]" for lig in ligands if disulfide and lig != "O")]
    units: list[Unit] = []
    for coordination in coordination_of(element, oxidation):
        contacts = coordination - bonds
        least = contacts if element == "B" and coordination == 4 else 0
        for n in range(least, min(limit, contacts) + 1):
            for shared in combinations_with_replacement(bridges, n):
                for bound in combinations_with_replacement(ligands, contacts - n):
                    if len({lig.strip("[2]") for lig in (*shared, *bound)}) > max_ligands:
                        continue
                    partners = ((element, bonds),) if bonds else ()
                    unit = make_unit(element, oxidation, (_counted(bound), _counted(shared), ()), partners)
                    if unit.charge >= 0:
                        units.append(unit)
    return units


def _counted(ligands: Sequence[str]) -> Counts:
    return tuple(sorted(((lig, ligands.count(lig)) for lig in set(ligands)), key=lambda item: ligand_rank(item[0])))
