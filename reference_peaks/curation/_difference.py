"""What changed between two libraries, and what that does to the priors of fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reference_peaks.entries import Claim, tree_from_claim
from reference_peaks.library import Library
from reference_peaks.pooling import Prior
from shortrange_core.showing import Shown


@dataclass(frozen=True, eq=False, slots=True)
class Change(Shown):
    """One claim that both libraries have: field to (before, after)."""

    key: str
    fields: dict[str, tuple[Any, Any]]


@dataclass(frozen=True, eq=False, slots=True)
class PriorChange(Shown):
    """One prior that differs; None on the side that has none."""

    technique: str
    species: str
    cation: str
    phase: str
    before: Prior | None
    after: Prior | None


@dataclass(frozen=True, eq=False, slots=True)
class Difference(Shown):
    """Keys that came and went, claims that changed, and the priors that follow."""

    before: str
    after: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]
    priors: tuple[PriorChange, ...]


def difference(before: Library, after: Library) -> Difference:
    """Difference of two libraries, ``after`` against ``before``."""
    old = {claim.key: claim for claim in before.claims}
    new = {claim.key: claim for claim in after.claims}
    changed = [
        Change(key, fields) for key in sorted(old.keys() & new.keys()) if (fields := _fields(old[key], new[key]))
    ]
    added, removed = tuple(sorted(new.keys() - old.keys())), tuple(sorted(old.keys() - new.keys()))
    touched = [new[key] for key in added] + [old[key] for key in removed]
    touched += [claim for change in changed for claim in (old[change.key], new[change.key])]
    spreads = {claim.technique for claim in touched}
    groups = {
        (claim.technique, claim.species, claim.cation, claim.phase)
        for claim in (*before.claims, *after.claims)
        if claim.technique in spreads and claim.quantity.kind == "position"
    }
    priors = [change for group in sorted(groups) if (change := _prior_change(before, after, group)) is not None]
    return Difference(before.version, after.version, added, removed, tuple(changed), tuple(priors))


def _fields(old: Claim, new: Claim) -> dict[str, tuple[Any, Any]]:
    a, b = tree_from_claim(old), tree_from_claim(new)
    return {name: (a.get(name), b.get(name)) for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)}


def _prior_change(before: Library, after: Library, group: tuple[str, str, str, str]) -> PriorChange | None:
    technique, species, cation, phase = group
    found = []
    for library in (before, after):
        known = any(claim.technique == technique for claim in library.claims)
        priors = library.priors(technique, [species], cation=cation, phase=phase) if known else {}
        found.append(priors.get(species))
    old, new = found
    if old is None and new is None:
        return None
    if old is not None and new is not None and abs(old.mean - new.mean) + abs(old.sd - new.sd) < 1e-9:
        return None
    return PriorChange(technique, species, cation, phase, old, new)
