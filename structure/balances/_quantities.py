"""Linear quantities of a structure: what a name means in atoms, bridges or units, as one row over the species.

Names: a species label, ``BO``, ``NBO``, ``oxide``, ``sulfide``, ``bridging(S)``, ``terminal(S)``, ``free(S)``,
``total(O)`` or ``O``, ``P0``-``P4`` or ``P^1`` (units by contacts, without homopolar bonds; ``Q^1``: of any former),
``P-P`` (formers in homopolar
bonds), ``contacts`` (shared contacts), ``P-O-P`` (shared contacts through O), ``P2S7(4-) per anion``, and
``Na2S(cr)``, the crystalline part of a free compound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput
from shortrange_core.affine import Affine, parse
from shortrange_core.chemistry import SYMBOLS
from structure.balances._variables import CRYSTALLINE
from structure.units import ANION_VALENCE, Unit, anion_formers, unit_of

Vector = npt.NDArray[np.float64]
_PER = re.compile(r"(\S+)\s+per\s+(anion|[A-Z][a-z]?)\b")
_RATIO = re.compile(
    r"(?P<top>[^/]+?)\s*/\s*(?:\((?P<sum>[^()]*\s*\+[^()]*)\)|(?P<plain>(?:BO|NBO|total\([A-Z][a-z]?\)|O)))"
)
_ATOM_NAME = re.compile(r"(bridging|terminal|free|total)\(([A-Z][a-z]?)\)")
_GROUP = re.compile(r"([A-Z][a-z]?)\^?([0-4])")
_ANY_FORMER = "Q"
_BRIDGE = re.compile(r"([A-Z][a-z]?)-([A-Z][a-z]?)-([A-Z][a-z]?)")
_HOMOPOLAR = re.compile(r"([A-Z][a-z]?)-\1")


def bridging_atoms(unit: Unit, element: str) -> float:
    """Atoms of ``element`` that bridge, by their share."""
    return 0.0 if unit.free else float(unit.bridging(element))


def terminal_atoms(unit: Unit, element: str) -> float:
    """Atoms of ``element`` on one centre alone."""
    return 0.0 if unit.free else float(unit.terminal(element))


def free_atoms(unit: Unit, element: str) -> float:
    """Atoms of ``element`` in free compounds without network formers."""
    return float(unit.atoms.get(element, 0)) if unit.free else 0.0


def sulfide_atoms(unit: Unit) -> float:
    """S atoms of free compounds that hold no S-S bond."""
    return float(unit.atoms.get("S", 0)) if unit.free and unit.chalcogen_bonds == 0 else 0.0


_NAMED: Mapping[str, Callable[[Unit], float]] = MappingProxyType(
    {
        "BO": lambda unit: bridging_atoms(unit, "O"),
        "NBO": lambda unit: terminal_atoms(unit, "O"),
        "oxide": lambda unit: free_atoms(unit, "O"),
        "sulfide": sulfide_atoms,
        "contacts": lambda unit: float(unit.n),
    }
)
_ATOMS: Mapping[str, Callable[[Unit, str], float]] = MappingProxyType(
    {
        "bridging": bridging_atoms,
        "terminal": terminal_atoms,
        "free": free_atoms,
        "total": lambda unit, element: float(unit.atoms.get(element, 0)),
    }
)


def split_ratio(text: str) -> tuple[str, str | None]:
    """``BO/(BO + NBO)`` and ``BO/O`` as numerator and denominator; anything else is no ratio."""
    match = _RATIO.fullmatch(text.strip())
    if match is None or ":" in match["top"]:
        return text, None
    return match["top"], match["sum"] or match["plain"]


@lru_cache(maxsize=4096)
def read_expression(text: str) -> Affine:
    """Affine expression of quantities; ``P2S6(4-) per anion`` is one name in it."""
    return parse(_PER.sub(r"\1|\2", text))


class NameParts(NamedTuple):
    """A name in an expression, in its parts."""

    of: str
    per: str
    crystalline: bool


@lru_cache(maxsize=4096)
def read_name(name: str) -> NameParts:
    """Parts of a name of an expression: of what, per what, and whether of its crystalline part alone."""
    of, _, per = name.partition("|")
    return NameParts(of.removesuffix(CRYSTALLINE), per, of.endswith(CRYSTALLINE))


def parts_named(text: str) -> tuple[str, ...]:
    """Compounds whose crystalline part an expression names."""
    names = [read_name(name) for name in read_expression(text).names] if text else []
    return tuple(name.of for name in names if name.crystalline)


def quantity_row(text: str, units: Sequence[Unit], crystalline: Sequence[str] = ()) -> tuple[Vector, float]:
    """Coefficients of a quantity over the units and then the crystalline parts, and its constant.

    Raises
    ------
    BadInput
        If a name is no quantity, or a species that is not in the set.

    Examples
    --------
    >>> from structure.units import unit_of
    >>> row, constant = quantity_row("BO + NBO", [unit_of("P:S3/O"), unit_of("P:O4"), unit_of("Na2O")])
    >>> row.tolist(), constant
    ([0.5, 4.0, 0.0], 0.0)
    """
    row, constant = row_over(text, tuple(unit.label for unit in units), tuple(crystalline))
    return row.copy(), constant


@lru_cache(maxsize=4096)
def row_over(text: str, labels: tuple[str, ...], crystalline: tuple[str, ...]) -> tuple[Vector, float]:
    """Same over canonical labels, remembered: the row is read-only."""
    expression = read_expression(text)
    row = np.zeros(len(labels) + len(crystalline))
    for name, coefficient in expression.coefficients.items():
        row += coefficient * _name_row(name, tuple(unit_of(label) for label in labels), crystalline, text)
    row.setflags(write=False)
    return row, expression.constant


def _name_row(name: str, units: Sequence[Unit], crystalline: Sequence[str], whole: str) -> Vector:
    row = np.zeros(len(units) + len(crystalline))
    parts = read_name(name)
    if parts.crystalline:
        if parts.of not in crystalline:
            raise BadInput(f"{whole!r}: {parts.of} is not a free species here; add it to the species")
        row[len(units) + list(crystalline).index(parts.of)] = 1.0
        return row
    rule = _rule(name, units)
    if rule is not None:
        row[: len(units)] = [rule(unit) for unit in units]
        return row
    row[: len(units)] = _species_row(parts, units, whole)
    return row


def _rule(name: str, units: Sequence[Unit]) -> Callable[[Unit], float] | None:
    if any(unit.label == name for unit in units):
        return None
    if name in _NAMED:
        return _NAMED[name]
    if match := _ATOM_NAME.fullmatch(name):
        count, element = _ATOMS[match[1]], match[2]
        return lambda unit: count(unit, element)
    if match := _GROUP.fullmatch(name):
        centre, n = match[1], int(match[2])
        if centre == _ANY_FORMER:
            return lambda unit: float(not unit.free and unit.n == n and unit.homopolar == 0)
        if centre not in ANION_VALENCE and any(unit.centre == centre for unit in units):
            return lambda unit: float(unit.centre == centre and unit.n == n and unit.homopolar == 0)
    if match := _BRIDGE.fullmatch(name):
        one, element, other = match[1], match[2], match[3]
        return lambda unit: _contacts_through(unit, element) if unit.centre in (one, other) else 0.0
    if match := _HOMOPOLAR.fullmatch(name):
        centre = match[1]
        return lambda unit: float(unit.centre == centre and unit.homopolar > 0)
    if name in SYMBOLS and any(name in unit.atoms for unit in units):
        return lambda unit: float(unit.atoms.get(name, 0))
    return None


def _contacts_through(unit: Unit, element: str) -> float:
    return float(sum(count for shell in unit.shells[1:] for ligand, count in shell if ligand == element))


def _species_row(name: NameParts, units: Sequence[Unit], whole: str) -> Vector:
    label, per, _ = name
    unit = unit_of(label)
    labels = [other.label for other in units]
    if unit.label not in labels:
        raise BadInput(f"{whole!r}: {unit.label} is not among the species ({', '.join(labels)}); add it, or drop this")
    size = anion_formers(label)
    if size > 1 and not per:
        raise BadInput(
            f"{whole!r}: {label} has {size} {unit.centre}; write '{label} per anion' or '{label} per {unit.centre}', "
            f"or name the unit {unit.label}"
        )
    row = np.zeros(len(units))
    row[labels.index(unit.label)] = 1.0 / size if per == "anion" else 1.0
    return row
