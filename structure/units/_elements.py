"""What the bookkeeping knows of the elements: valences of ligands, oxidation states, coordination, masses."""

from __future__ import annotations

import re
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

SYMBOLS = frozenset(
    re.findall(
        r"[A-Z][a-z]?",
        "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb "
        "Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu "
        "Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db "
        "Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og ",
    )
)

LIGAND_ORDER = ("S", "O", "Se")
"""Ligands are written in this order, all others after them by name."""


def oxidation_of(element: str) -> int:
    """Oxidation state of a network former where none is named.

    Raises
    ------
    BadInput
        If the element is no network former that has a usual oxidation state.
    """
    found = OXIDATION.get(element, OTHER_OXIDATION.get(element))
    if found is None:
        known = ", ".join([*OXIDATION, *OTHER_OXIDATION])
        raise BadInput(f"{element}: has no usual oxidation state as a network former ({known}); write {element}(n):")
    return found


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


ATOMIC_WEIGHT = MappingProxyType(
    {
        **{"H": 1.008, "Li": 6.94, "B": 10.81, "N": 14.007, "O": 15.999, "F": 18.998, "Na": 22.990, "Mg": 24.305},
        **{"Al": 26.982, "Si": 28.085, "P": 30.974, "S": 32.06, "Cl": 35.45, "K": 39.098, "Ca": 40.078},
        **{"Zn": 65.38, "Ga": 69.723, "Ge": 72.630, "As": 74.922, "Se": 78.971, "Br": 79.904, "Rb": 85.468},
        **{"Sr": 87.62, "Ag": 107.87, "Sb": 121.76, "Te": 127.60, "I": 126.90, "Cs": 132.91, "Ba": 137.33},
        **{"Pb": 207.2, "La": 138.91, "Y": 88.906, "Cu": 63.546, "Tl": 204.38},
    }
)
"""Abridged standard atomic weights, g/mol (IUPAC technical report, doi:10.1515/pac-2015-0305)."""
