"""What the bookkeeping knows of the elements: valences of ligands, oxidation states, coordination."""

from __future__ import annotations

from types import MappingProxyType

from shortrange_core import BadInput

ANION_VALENCE = MappingProxyType(
    {"O": 2, "S": 2, "Se": 2, "Te": 2, "F": 1, "Cl": 1, "Br": 1, "I": 1, "N": 3},
)
"""Charge that a ligand brings when it is bonded to one centre alone."""

OXIDATION = MappingProxyType({"P": 5, "Si": 4, "Ge": 4, "B": 3, "As": 3, "Sb": 3})
"""Oxidation state of a network former where a label names none (facts: P 5, Si and Ge 4, B 3, As and Sb 3)."""

OTHER_OXIDATION = MappingProxyType(
    {"Al": 3, "Ga": 3, "In": 3, "Sn": 4, "Ti": 4, "Zr": 4, "V": 5, "Nb": 5, "Ta": 5, "Mo": 6, "W": 6, "Te": 4}
)
"""Elements that form networks only where the user says so."""

COORDINATION = MappingProxyType({"P": (4,), "Si": (4,), "Ge": (4,), "B": (3, 4), "As": (3,), "Sb": (3,)})
"""Contacts of a network former at its usual oxidation state."""

REDUCED_COORDINATION = MappingProxyType({("P", 3): (3,), ("As", 5): (4,), ("Sb", 5): (4,)})

MODIFIER_CHARGE = MappingProxyType(
    {
        **dict.fromkeys(("Li", "Na", "K", "Rb", "Cs", "Ag", "Cu", "Tl"), 1),
        **dict.fromkeys(("Mg", "Ca", "Sr", "Ba", "Zn", "Cd", "Pb", "Fe", "Co", "Ni", "Mn", "Eu"), 2),
        **dict.fromkeys(("Y", "La", "Ce", "Nd", "Sm", "Gd", "Er", "Yb", "Bi", "Sc", "Al", "Ga", "In"), 3),
    }
)
"""Charge of an element that modifies the network."""

PROTON = "H"

LIGAND_ORDER = ("S", "O", "Se")
"""Ligands are written in this order, all others after them by name."""


def oxidation_of(element: str) -> int:
    """Oxidation state of a network former where none is named.

    Raises
    ------
    BadInput
        If the element is no network former that has a usual oxidation state.
    """
    oxidation = OXIDATION.get(element, OTHER_OXIDATION.get(element))
    if oxidation is None:
        usual = ", ".join([*OXIDATION, *OTHER_OXIDATION])
        raise BadInput(f"{element}: has no usual oxidation state as a network former ({usual}); write {element}(n):")
    return oxidation


def coordination_of(element: str, oxidation: int) -> tuple[int, ...]:
    """Numbers of contacts (ligands and homopolar bonds) that a former takes at an oxidation state."""
    if (element, oxidation) in REDUCED_COORDINATION:
        return REDUCED_COORDINATION[element, oxidation]
    return COORDINATION.get(element, (4,))


def ligand_rank(ligand: str) -> tuple[int, str]:
    """Key that sorts ligands S, O, Se, then all others by name."""
    if ligand in LIGAND_ORDER:
        return LIGAND_ORDER.index(ligand), ligand
    return len(LIGAND_ORDER), ligand
