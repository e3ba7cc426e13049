"""Species labels: the grammar in which structural units and free compounds are written, and what follows from a label.

``centre[(oxidation)]:[ligands on 1]/[shared by 2]/[shared by 3]~[homopolar partners][@tag]``

``P:S4`` is an isolated tetrahedron, ``P:S3/S`` half of P2S7(4-), ``P:S3~P`` half of P2S6(4-), ``P:S3/[S2]`` ends at a
disulfide bridge. Atoms, charge, bridges, BO and NBO are derived from the label and never typed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from shortrange_core import BadInput
from shortrange_core.showing import Shown
from structure.units._elements import (
    ANION_VALENCE,
    MODIFIER_CHARGE,
    OXIDATION,
    PROTON,
)

ATOM = re.compile(r"([A-Z][a-z]?)([0-9]*(?:\.[0-9]+)?)")
Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unit(Shown):
    """A structural unit, one network former with its ligands, or a free compound.

    Parameters
    ----------
    label
        Canonical label: ligands sorted S, O, Se, others; the usual oxidation state not written.
    centre
        Network former; empty for a free compound.
    oxidation
        Oxidation state of the centre.
    shells
        Ligands on one centre, shared by two, shared by three: pairs of ligand and count.
    partners
        Homopolar partners: pairs of element and count.
    tag
        ``e``, ``c``, ``r`` or empty; changes no atom.
    formula
        Atoms of a free compound; empty for a unit.
    """

    label: str
    centre: str = ""
    oxidation: int = 0
    shells: tuple[Counts, Counts, Counts] = ((), (), ())
    partners: Counts = ()
    tag: str = ""
    formula: tuple[tuple[str, Fraction], ...] = ()

    def __hash__(self) -> int:
        return hash(self.label)

    @property
    def free(self) -> bool:
        """Whether this is a free compound."""
        return not self.centre

    @property
    def kind(self) -> str:
        """``unit`` or ``free``."""
        return "free" if self.free else "unit"

    @property
    def atoms(self) -> Mapping[str, Fraction]:
        """Atoms of each element; a ligand shared by k centres counts 1/k."""
        if self.free:
            return dict(self.formula)
        total: dict[str, Fraction] = {self.centre: Fraction(1)}
        for sharing, shell in enumerate(self.shells, start=1):
            for ligand, count in shell:
                for element, number in ligand_atoms(ligand).items():
                    total[element] = total.get(element, Fraction(0)) + Fraction(number * count, sharing)
        return total

    @property
    def charge(self) -> Fraction:
        """Modifier charge that the unit needs: sum of valence x share - oxidation + homopolar bonds; may be negative.

        For a free compound, the modifier charge that it holds.
        """
        if self.free:
            return sum((number * MODIFIER_CHARGE.get(element, 0) for element, number in self.formula), Fraction(0))
        total = Fraction(self.homopolar - self.oxidation)
        for sharing, shell in enumerate(self.shells, start=1):
            total += sum((Fraction(ligand_valence(lig) * count, sharing) for lig, count in shell), Fraction(0))
        return total

    @property
    def n(self) -> int:
        """Contacts shared with other centres through a ligand; homopolar bonds are counted apart."""
        return sum(count for shell in self.shells[1:] for _, count in shell)

    @property
    def homopolar(self) -> int:
        """Bonds to another former without a ligand between."""
        return sum(count for _, count in self.partners)

    @property
    def contacts(self) -> int:
        """Coordination number of the centre."""
        return self.homopolar + sum(count for shell in self.shells for _, count in shell)

    def terminal(self, element: str) -> Fraction:
        """Atoms of ``element`` on this centre alone."""
        return Fraction(sum(ligand_atoms(lig).get(element, 0) * count for lig, count in self.shells[0]))

    def bridging(self, element: str) -> Fraction:
        """Atoms of ``element`` shared with other centres, each counted by its share."""
        return sum(
            (
                Fraction(ligand_atoms(ligand).get(element, 0) * count, sharing)
                for sharing, shell in enumerate(self.shells[1:], start=2)
                for ligand, count in shell
            ),
            Fraction(0),
        )

    @property
    def chalcogen_bonds(self) -> Fraction:
        """Bonds between chalcogens: in ``[S2]`` ligands by their share, in free sulfur and polysulfides.

        Free sulfur counts one an atom, Na2Sn counts n - 1 (what either takes up of the redox balance).
        """
        if self.free:
            anions = sum(
                (number * ANION_VALENCE[element] for element, number in self.formula if element in ANION_VALENCE),
                Fraction(0),
            )
            return (anions - _cation_charge(self.formula)) / 2
        return sum(
            (
                Fraction((sum(ligand_atoms(lig).values()) - 1) * count, sharing)
                for sharing, shell in enumerate(self.shells, start=1)
                for lig, count in shell
                if lig.startswith("[") and PROTON not in ligand_atoms(lig)
            ),
            Fraction(0),
        )


def _cation_charge(formula: tuple[tuple[str, Fraction], ...]) -> Fraction:
    total = Fraction(0)
    for element, number in formula:
        if element not in ANION_VALENCE:
            charge = 1 if element == PROTON else MODIFIER_CHARGE.get(element, OXIDATION.get(element, 0))
            total += number * charge
    return total


@lru_cache(maxsize=1 << 14)
def atom_counts(unit: Unit) -> Mapping[str, float]:
    """Atoms of each element in a unit; remembered, because every balance asks."""
    return MappingProxyType({element: float(number) for element, number in unit.atoms.items()})


@lru_cache(maxsize=1 << 14)
def charge_of(unit: Unit) -> float:
    """Charge of a unit; remembered, because every balance asks."""
    return float(unit.charge)


@lru_cache(maxsize=256)
def ligand_atoms(ligand: str) -> Mapping[str, int]:
    """Atoms of one ligand: an element, or a bracketed group such as ``[S2]`` or ``[OH]``."""
    total: dict[str, int] = {}
    for element, number in ATOM.findall(ligand.strip("[]")):
        total[element] = total.get(element, 0) + int(number or 1)
    return MappingProxyType(total)


@lru_cache(maxsize=256)
def ligand_valence(ligand: str) -> int:
    """Charge of a ligand on one centre: O, S, Se and their chains 2; F, Cl, Br, I, OH 1; N 3.

    Raises
    ------
    BadInput
        If the ligand has no valence here.
    """
    atoms = ligand_atoms(ligand)
    anions = [element for element in atoms if element in ANION_VALENCE]
    others = [element for element in atoms if element not in ANION_VALENCE and element != PROTON]
    if len(anions) == 1 and not others:
        anion = anions[0]
        chain = 2 if atoms[anion] > 1 and ANION_VALENCE[anion] == 2 else ANION_VALENCE[anion] * atoms[anion]
        valence = chain - atoms.get(PROTON, 0)
        if valence > 0 and (atoms[anion] == 1 or ANION_VALENCE[anion] == 2):
            return valence
    raise BadInput(
        f"the ligand {ligand} has no valence; use {', '.join(ANION_VALENCE)} or a [group] such as [S2], [OH]"
    )
