"""Names under which people look a structural unit up: formula, Q^n and P^n, the names of its salts."""

from __future__ import annotations

import re

_SALTS = {
    "P:O4": "orthophosphate",
    "P:O3/O": "pyrophosphate diphosphate P2O7",
    "P:O2/O2": "metaphosphate PO3",
    "P:O/O3": "ultraphosphate P2O5",
    "P:S4": "orthothiophosphate tetrathiophosphate",
    "P:S3/S": "pyrothiophosphate P2S7",
    "P:S2/S2": "metathiophosphate PS3",
    "P:S/S3": "phosphorus pentasulfide P2S5 P4S10",
    "P:S3~P": "hypothiophosphate hexathiohypodiphosphate P2S6",
    "P:O3~P": "hypophosphate P2O6",
    "P:SO3": "monothiophosphate",
    "P:S2O2": "dithiophosphate",
    "P:S3O": "trithiophosphate",
    "BO": "bridging oxygen",
    "NBO": "non-bridging oxygen terminal oxygen",
}
_UNIT = re.compile(
    r"(?P<centre>[A-Z][a-z]?):(?P<free>[A-Za-z0-9]*)(?:/(?P<shared>[A-Za-z0-9]*))?(?P<rest>~[A-Za-z0-9]+)?"
)
_LIGAND = re.compile(r"([A-Z][a-z]?)(\d*)")


def names_of(species: str) -> tuple[str, ...]:
    """Words that a search should know a species by, beside its label.

    Parameters
    ----------
    species
        Label of a unit, or any other name; only units and sites have further names.

    Examples
    --------
    >>> names_of("P:O3/O")
    ('P1', 'Q1', 'pyrophosphate', 'diphosphate', 'P2O7')
    >>> names_of("P:S4"), names_of("Na2S")
    (('PS4', 'P0', 'orthothiophosphate', 'tetrathiophosphate'), ())
    """
    salts = tuple(_SALTS.get(species, "").split())
    match = _UNIT.fullmatch(species)
    if match is None:
        return salts
    shared = _counts(match["shared"] or "")
    bound = _counts(match["free"])
    for element, count in shared.items():
        bound[element] = bound.get(element, 0) + count
    formula = match["centre"] + "".join(f"{element}{count if count > 1 else ''}" for element, count in bound.items())
    n = sum(shared.values())
    if match["rest"]:
        return salts
    degrees = [f"{match['centre']}{n}"] if match["centre"] == "P" else []
    degrees += [f"Q{n}"] if set(bound) == {"O"} else []
    alone = [formula] if not shared else []
    return (*alone, *degrees, *salts)


def _counts(text: str) -> dict[str, int]:
    return {element: int(count or 1) for element, count in _LIGAND.findall(text)}
