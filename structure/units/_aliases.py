"""Names that are no labels: free compounds by their formula, and anions such as P2O7(4-) or PS4.

An anion is read only where one kind of unit can make it up; otherwise the candidates are named and the user chooses.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from itertools import product

from shortrange_core import BadInput
from shortrange_core.chemistry import SYMBOLS
from structure.units._elements import (
    ANION_VALENCE,
    MODIFIER_CHARGE,
    OXIDATION,
    PROTON,
    coordination_of,
    ligand_rank,
)
from structure.units._label_grammar import make_unit, parse_label
from structure.units._labels import Counts, Unit

_ANION = re.compile(r"(?P<formula>[A-Za-z0-9.\[\]]+?)(?:\((?P<charge>[0-9]*)-\)|\^(?P<power>[0-9]*)-)?")
_ATOM = re.compile(r"([A-Z][a-z]?)([0-9]+(?:\.[0-9]+)?|\.[0-9]+)?")


def formula_atoms(text: str) -> dict[str, Fraction]:
    """Atoms of a plain formula such as Na3PS3.4O0.6.

    Raises
    ------
    BadInput
        If the text is no formula, or names an unknown element.
    """
    atoms: dict[str, Fraction] = {}
    position = 0
    for match in _ATOM.finditer(text):
        if match.start() != position:
            break
        if match[1] not in SYMBOLS:
            raise BadInput(f"{text!r}: {match[1]} is not an element; check the formula")
        atoms[match[1]] = atoms.get(match[1], Fraction(0)) + Fraction(match[2] or 1)
        position = match.end()
    if position != len(text) or not atoms:
        raise BadInput(f"{text!r}: cannot be read as a formula at {text[position:]!r}; write it like Na3PS3.4O0.6")
    return atoms


@lru_cache(maxsize=1024)
def compound(text: str) -> Unit:
    """Free compound by its formula: Na2S, Na2O, S, Na2S2, Na3PS4.

    Raises
    ------
    BadInput
        If the text is no formula, or an element has no place in the bookkeeping.
    """
    atoms = formula_atoms(text.strip())
    strange = [e for e in atoms if not _known(e)]
    if strange:
        raise BadInput(f"{text!r}: {', '.join(strange)} has no charge in the balances; use other compounds")
    return Unit(text.strip(), formula=tuple(atoms.items()))


def _known(element: str) -> bool:
    return any(element in table for table in (ANION_VALENCE, MODIFIER_CHARGE, OXIDATION)) or element == PROTON


@lru_cache(maxsize=4096)
def unit_of(text: str) -> Unit:
    """Unit or free compound that a text names: a label, a compound, or an anion that only one kind of unit makes up.

    Raises
    ------
    BadInput
        If the text is no label, compound or anion, or is ambiguous; the candidates are named.

    Examples
    --------
    >>> [unit_of(t).label for t in ("P:OS3", "Na2S", "PS4", "P2S7(4-)", "P2S6(4-)", "P2S6(2-)", "PO3(-)")]
    ['P:S3O', 'Na2S', 'P:S4', 'P:S3/S', 'P:S3~P', 'P:S2/S2', 'P:O2/O2']
    """
    stripped = text.strip()
    if ":" in stripped:
        return parse_label(stripped)
    match = _ANION.fullmatch(stripped)
    if match is None:
        raise BadInput(f"{text!r} is not a species label, compound or anion; write P:S4, Na2S or P2S7(4-)")
    power = match["charge"] if match["charge"] is not None else match["power"]
    charge = None if power is None else int(power or 1)
    atoms = formula_atoms(match["formula"])
    formers = [element for element in atoms if element in OXIDATION]
    modified = any(element in MODIFIER_CHARGE for element in atoms)
    if charge is None and (modified or not formers):
        return compound(stripped)
    if modified or len(formers) != 1:
        raise BadInput(f"{text!r}: an anion has one kind of network former and no cation; name its units one by one")
    return _anion(stripped, atoms, formers[0], charge)


def check_label(text: str) -> str:
    """Canonical label of what ``text`` names.

    Parameters
    ----------
    text
        Label (ligands in any order), formula of a free compound, or an anion that is not ambiguous.

    Raises
    ------
    BadInput
        If the text is none of these or ambiguous.

    Examples
    --------
    >>> check_label("P:OS3"), check_label("P2O7(4-)")
    ('P:S3O', 'P:O3/O')
    >>> check_label("P2S6(4-)"), check_label("P2S6(2-)")  # P2S6 alone is ambiguous
    ('P:S3~P', 'P:S2/S2')
    """
    return unit_of(text).label


def anion_formers(text: str) -> int:
    """Network formers in one anion of an alias (2 for P2S7(4-)); 1 for a label and a free compound."""
    stripped = text.strip()
    match = _ANION.fullmatch(stripped)
    if ":" in stripped or match is None or unit_of(stripped).free:
        return 1
    atoms = formula_atoms(match["formula"])
    return int(sum(n for e, n in atoms.items() if e in OXIDATION))


def _anion(text: str, atoms: dict[str, Fraction], former: str, charge: int | None) -> Unit:
    number = atoms.pop(former)
    if any(n.denominator != 1 for n in (number, *atoms.values())) or any(e not in ANION_VALENCE for e in atoms):
        raise BadInput(
            f"{text!r} is not an anion of {former} with whole numbers of ligands; write a label such as P:S3O"
        )
    units = [u for u in _homogeneous(former, number, atoms) if charge is None or u.charge * number == charge]
    mixed = len(atoms) > 1 and any(u.n for u in units)
    if len(units) == 1 and not mixed and (charge is not None or units[0].charge > 0):
        return units[0]
    formula = re.split(r"[(^]", text)[0]
    if units:
        choices = ", ".join(f"{formula}({int(u.charge * number)}-) is {u.label}" for u in units)
        raise BadInput(f"{text!r}: is ambiguous: {choices}; give its charge or one of these labels")
    raise BadInput(f"{text!r}: this anion is not made of one kind of {former} unit; name its units, as P:O3/O, P:O2/O2")


def _homogeneous(former: str, number: Fraction, atoms: dict[str, Fraction]) -> list[Unit]:
    """Units of the usual oxidation state that alone make up an anion."""
    per = {element: n / number for element, n in atoms.items()}
    oxidation = OXIDATION[former]
    ligands = sorted(per, key=ligand_rank)
    units: list[Unit] = []
    for homopolar, coordination in product((0, 1), coordination_of(former, oxidation)):
        if homopolar and number == 1:
            continue
        for shared in product(range(coordination + 1), repeat=len(ligands)):
            bound = [per[lig] - Fraction(s, 2) for lig, s in zip(ligands, shared, strict=True)]
            whole = all(b >= 0 and b.denominator == 1 for b in bound)
            if whole and sum(bound) + sum(shared) + homopolar == coordination:
                shells: tuple[Counts, Counts, Counts] = (
                    tuple((lig, int(b)) for lig, b in zip(ligands, bound, strict=True) if b),
                    tuple((lig, s) for lig, s in zip(ligands, shared, strict=True) if s),
                    (),
                )
                units.append(make_unit(former, oxidation, shells, ((former, 1),) if homopolar else ()))
    return units
