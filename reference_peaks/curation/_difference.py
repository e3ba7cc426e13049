"""What changed between two libraries, and what that does to the priors and windows of fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reference_peaks.entries import Claim, normal_label, tree_from_claim
from reference_peaks.library import Library
from reference_peaks.pooling import PLACING, Prior, Window
from shortrange_core.showing import Shown


@dataclass(frozen=True, eq=False, slots=True)
class ClaimChange(Shown):
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
class WindowChange(Shown):
    """One window that differs; None on the side that has none; an empty cation and phase stand for any material."""

    technique: str
    species: str
    cation: str
    phase: str
    before: Window | None
    after: Window | None


@dataclass(frozen=True, eq=False, slots=True)
class Difference(Shown):
    """Keys that came and went, claims that changed, and the priors and windows that follow."""

    before: str
    after: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[ClaimChange, ...]
    priors: tuple[PriorChange, ...]
    windows: tuple[WindowChange, ...] = ()


def difference(before: Library, after: Library) -> Difference:
    """Difference of two libraries, ``after`` against ``before``."""
    old = {claim.key: claim for claim in before.claims}
    new = {claim.key: claim for claim in after.claims}
    changed = [
        ClaimChange(key, fields) for key in sorted(old.keys() & new.keys()) if (fields := _fields(old[key], new[key]))
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
    windows = _window_changes(before, after, touched)
    return Difference(before.version, after.version, added, removed, tuple(changed), tuple(priors), windows)


def _window_changes(before: Library, after: Library, touched: Iterable[Claim]) -> tuple[WindowChange, ...]:
    """Windows of species that changed claims place, own or alike, and windows that are stated otherwise."""
    asked = set()
    for claim in touched:
        if claim.quantity.kind in PLACING:
            labels = {claim.species, *(label for library in (before, after) for label in _alike(library, claim))}
            asked |= {(claim.technique, label, claim.cation, claim.phase) for label in labels}
    for technique in before.settings.placements.keys() | after.settings.placements.keys():
        old, new = (library.settings.placements.get(technique, {}) for library in (before, after))
        asked |= {(technique, label, "", "") for label in old.keys() | new.keys() if old.get(label) != new.get(label)}
    changes = (_window_change(before, after, group) for group in sorted(asked))
    return tuple(change for change in changes if change is not None)


def _alike(library: Library, claim: Claim) -> list[str]:
    stated = library.settings.placements.get(claim.technique, {})
    return [label for label, entry in stated.items() if normal_label(claim.species) in map(normal_label, entry.like)]


def _window_change(before: Library, after: Library, group: tuple[str, str, str, str]) -> WindowChange | None:
    technique, species, cation, phase = group
    old, new = (
        library.windows(technique, [species], cation=cation or None, phase=phase or None).get(species)
        if technique in library.techniques
        else None
        for library in (before, after)
    )
    ends = [None if window is None else (window.lower, window.upper) for window in (old, new)]
    return None if ends[0] == ends[1] else WindowChange(*group, old, new)


def _fields(old: Claim, new: Claim) -> dict[str, tuple[Any, Any]]:
    a, b = tree_from_claim(old), tree_from_claim(new)
    return {name: (a.get(name), b.get(name)) for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)}


def _prior_change(before: Library, after: Library, group: tuple[str, str, str, str]) -> PriorChange | None:
    technique, species, cation, phase = group
    both = []
    for library in (before, after):
        claimed = any(claim.technique == technique for claim in library.claims)
        priors = library.priors(technique, [species], cation=cation, phase=phase) if claimed else {}
        both.append(priors.get(species))
    old, new = both
    if old is None and new is None:
        return None
    if old is not None and new is not None and abs(old.mean - new.mean) + abs(old.sd - new.sd) < 1e-9:
        return None
    return PriorChange(technique, species, cation, phase, old, new)
