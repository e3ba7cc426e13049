"""Whether claims make sense beside those that a library has: what is refused, and what a person is asked about."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from reference_peaks.entries import Claim, normal_label, tree_from_claim
from reference_peaks.library import Library
from shortrange_core.chemistry import SYMBOLS
from shortrange_core.errors import Offenders

FAR_SPREADS = 15.0
"""Distance from every other claim of a line, in default spreads of the technique, at which a number is asked about:
a slip of the decimal point or of a digit is further, materials of one unit are nearer."""
COMPLEX_CATIONS = frozenset({"NH4"})
NOT_CONTENT = ("status", "reviewer", "curator", "number", "raw_row", "provenance")
JUDGED = frozenset({"reviewed", "disputed", "retired"})
"""A person has compared these with their source."""
NUMBERS = frozenset({"position", "range", "window"})


def refusals(claim: Claim, library: Library | None, *, label_rule: Callable[[str], Any]) -> list[str]:
    """What is wrong with a claim whatever its source says; empty where nothing is.

    Parameters
    ----------
    claim
        To be added to, or already in, ``library``.
    library
        The claims that it must not repeat; None looks at the claim alone.
    label_rule
        Gives the label of a unit, or of a formula or alias; raises ValueError for others.
    """
    problems = [
        f"cation {part!r} is not an element symbol; write Li, Na/K or NH4, and put other words into sample"
        for part in filter(None, claim.cation.split("/"))
        if part not in SYMBOLS and part not in COMPLEX_CATIONS
    ]
    meant = _unit_meant(claim, label_rule)
    if meant:
        problems.append(
            f"species {claim.species!r} is not a {claim.species_kind} but the unit {meant}; write that label"
        )
    problems += [
        f"repeats {other.key} in every field; if two samples or spectra gave the same number, state which "
        "(sample, where or a condition)"
        for other in (() if library is None else _alike(claim, library))
    ]
    return problems


def _unit_meant(claim: Claim, label_rule: Callable[[str], Any]) -> str:
    """Label of the unit that another name stands for; a compound by its formula stands for itself."""
    if claim.species_kind == "unit":
        return ""
    try:
        label = str(label_rule(claim.species))
    except ValueError:
        return ""
    return label if ":" in label else ""


def _content(claim: Claim) -> dict[str, Any]:
    tree = tree_from_claim(claim)
    content = {name: value for name, value in tree.items() if name not in NOT_CONTENT}
    return {**content, "species": normal_label(claim.species)}


def _alike(claim: Claim, library: Library) -> Iterator[Claim]:
    """Claims of the library with the same content; those from one raw table are rows of their own there."""
    content = _content(claim)
    for other in library.select(technique=claim.technique, species=claim.species, source=claim.source):
        rows = claim.raw_row is not None and other.raw_row is not None
        if other.key != claim.key and not rows and _content(other) == content:
            yield other


def doubts(claim: Claim, library: Library) -> list[str]:
    """What a person should look at again: a number far from all that the library has of its line or technique.

    Nothing where a person compared the claim with its source already (status reviewed, disputed or retired), and
    nothing where the library has too little to judge by.

    Parameters
    ----------
    claim
        To be added to, or already in, ``library``.
    library
        The cited numbers that it is judged by.
    """
    if claim.status in JUDGED or claim.quantity.kind not in NUMBERS or not math.isfinite(claim.quantity.centre):
        return []
    others = [
        other
        for other in library.select(technique=claim.technique)
        if other.key != claim.key and other.quantity.kind in NUMBERS and math.isfinite(other.quantity.centre)
    ]
    reach = FAR_SPREADS * library.settings.spread(claim.technique).spread
    same = [c for c in others if normal_label(c.species) == normal_label(claim.species) and c.line == claim.line]
    return _far(claim, same, reach, f"other claims on {claim.species} {claim.line}".strip()) or _far(
        claim, others, max(reach, _span(others)), f"every claim of {claim.technique}"
    )


def _span(claims: list[Claim]) -> float:
    centres = [claim.quantity.centre for claim in claims]
    return max(centres) - min(centres) if centres else 0.0


def _far(claim: Claim, others: list[Claim], reach: float, what: str) -> list[str]:
    if not others:
        return []
    low, high = (end(other.quantity.centre for other in others) for end in (min, max))
    centre, unit = claim.quantity.centre, claim.quantity.unit
    if low - reach <= centre <= high + reach:
        return []
    return [f"{centre:g} {unit} is far from {what} ({low:g} to {high:g} {unit}); is the number right?"]


def check_sense(claims: Iterable[Claim], library: Library, *, label_rule: Callable[[str], Any]) -> dict[str, list[str]]:
    """Doubts about claims by key, for a person to answer; arguments as in :func:`refusals`.

    Raises
    ------
    BadInput
        With every refusal of every claim.
    """
    given = tuple(claims)
    offenders = Offenders()
    for claim in given:
        refused = refusals(claim, library, label_rule=label_rule)
        offenders.add(*(f"{claim.key}: {problem}" for problem in refused))
    offenders.raise_if_any()
    return {claim.key: asked for claim in given if (asked := doubts(claim, library))}
