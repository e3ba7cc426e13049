"""Symbols of the elements, and their weights."""

from __future__ import annotations

import re
from types import MappingProxyType

SYMBOLS = frozenset(
    re.findall(
        r"[A-Z][a-z]?",
        "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb "
        "Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu "
        "Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db "
        "Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og ",
    )
)

ATOMIC_WEIGHTS = MappingProxyType(
    {
        **{"H": 1.008, "Li": 6.94, "B": 10.81, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "Na": 22.990},
        **{"Mg": 24.305, "Al": 26.982, "Si": 28.085, "P": 30.974, "S": 32.06, "Cl": 35.45, "K": 39.098, "Ca": 40.078},
        **{"Sc": 44.956, "Ti": 47.867, "V": 50.942, "Cr": 51.996, "Mn": 54.938, "Fe": 55.845, "Co": 58.933},
        **{"Ni": 58.693, "Cu": 63.546, "Zn": 65.38, "Ga": 69.723, "Ge": 72.630, "As": 74.922, "Se": 78.971},
        **{"Br": 79.904, "Rb": 85.468, "Sr": 87.62, "Y": 88.906, "Zr": 91.224, "Nb": 92.906, "Mo": 95.95},
        **{"Ag": 107.87, "Cd": 112.41, "In": 114.82, "Sn": 118.71, "Sb": 121.76, "Te": 127.60, "I": 126.90},
        **{"Cs": 132.91, "Ba": 137.33, "La": 138.91, "Ce": 140.12, "Nd": 144.24, "Sm": 150.36, "Eu": 151.96},
        **{"Gd": 157.25, "Er": 167.26, "Yb": 173.05, "Ta": 180.95, "W": 183.84, "Tl": 204.38, "Pb": 207.2},
        **{"Bi": 208.98},
    }
)
"""Abridged standard atomic weights, g/mol (IUPAC technical report, doi:10.1515/pac-2015-0305)."""
