"""Which units a series may hold, and which lines its spectra have, by its elements and the peak library."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import reference_peaks
import spectra
import structure
from shortrange.recipe import OXYGEN_LINES
from shortrange_core.errors import BadInput, Infeasible

MOST_BRIDGES = 4
ROUNDING = 1e-6  # Na3PS3.85O0.15 has three bridges too few by rounding alone
ALKALI = ("Li", "Na", "K", "Rb", "Cs")


@dataclass(frozen=True, eq=False, slots=True)
class Allowed:
    """Units and free species of a series; ``others`` could be there too, but no line of theirs is published."""

    units: tuple[str, ...]
    free: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class DraftLines:
    """Lines of a technique, windows of those without a position, units with neither, and those not reached."""

    lines: tuple[str, ...] = ()
    windows: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


def allowed_in(glasses: Sequence[structure.Composition]) -> Allowed:
    """Units with a published line and plain ones that the glasses can hold; all that they make, where these do not do.

    A plain unit without a published line is allowed too: without P:S3/O no oxygen of a sulfide glass could bridge.

    Parameters
    ----------
    glasses
        Compositions of one system.
    """
    library = reference_peaks.load()
    published = {claim.species for claim in library.claims if claim.species_kind == "unit"}
    possible = tuple(dict.fromkeys(unit for glass in glasses for unit in _enumerated(glass)))
    published_units = tuple(unit for unit in possible if unit in published or _is_plain(unit))
    free = tuple(dict.fromkeys(name for glass in glasses for name in _free(glass)))
    units = (
        published_units
        if published_units and all(_holds(glass, (*published_units, *free)) for glass in glasses)
        else possible
    )
    return Allowed(units, free, tuple(unit for unit in possible if unit not in units))


def _is_plain(label: str) -> bool:
    """Whether a unit has terminal ligands of one element and no homopolar bond; what bridges may be another."""
    unit = structure.parse_label(label)
    return not unit.homopolar and (not unit.shells or len(unit.shells[0]) <= 1)


def _enumerated(glass: structure.Composition) -> tuple[str, ...]:
    """Units of a glass with as many bridges as its modifier leaves on average, and one more."""
    isolated = structure.species(glass, former=glass.formers, max_bridges=0)
    most = max(float(structure.unit_of(unit).charge) for unit in isolated)
    bridges = min(max(math.ceil(most - glass.modifier_charge - ROUNDING), 0) + 1, MOST_BRIDGES)
    return structure.species(glass, former=glass.formers, max_bridges=bridges, homopolar="S" in glass.anions)


def _free(glass: structure.Composition) -> Iterable[str]:
    if "S" in glass.anions:
        yield from (f"{metal}2S" for metal in glass.modifiers if metal in ALKALI)
        yield "S"


def _holds(glass: structure.Composition, labels: Iterable[str]) -> bool:
    species = [label for label in labels if set(structure.unit_of(label).atoms) <= set(glass.elements)]
    try:
        structure.ranges(glass, species, quantities=species[:1])
    except (Infeasible, BadInput):
        return False
    return True


def lines_in(
    technique: str, units: Sequence[str], *, cation: str | None, phase: str, reach: tuple[float, float]
) -> DraftLines:
    """Lines of a technique for some units: units at one position share a line, bands are those that it knows.

    Parameters
    ----------
    technique
        Such as ``"31P NMR"``.
    units
        Allowed units.
    cation, phase
        Of the series.
    reach
        Ends of the measured axis; lines outside are left out.
    """
    if technique == "O 1s XPS":
        return DraftLines(OXYGEN_LINES[:2])
    if not units:
        return DraftLines()
    elements = {element for unit in units for element in structure.unit_of(unit).atoms}
    known_bands = sorted(name for name in spectra.technique_of(technique).bands(technique) if "-" in name)
    wanted = [*units, *(name for name in known_bands if set(name.split("-")) <= elements)]
    try:
        library = reference_peaks.load()
        priors = library.priors(technique, wanted, cation=cation, phase=phase)
        ranges = library.windows(technique, wanted, cation=cation, phase=phase)
    except BadInput:
        return DraftLines(without=tuple(units))
    centres = {label: (prior.mean, prior.mean) for label, prior in priors.items()}
    ends = {label: (ranges[label].lower, ranges[label].upper) for label in wanted if label in ranges} | centres
    inside = [
        label for label in wanted if label in ends and reach[0] < min(ends[label]) and max(ends[label]) < reach[1]
    ]
    places: dict[object, list[str]] = {}
    for label in inside:
        key: object = centres.get(label, label)  # a line that is only a window is never shared
        places.setdefault(key, []).append(label)
    return DraftLines(
        tuple(" + ".join(labels) for labels in places.values()),
        {label: ends[label] for label in inside if label not in priors},
        tuple(unit for unit in units if unit not in ends),
        tuple(label for label in wanted if label in ends and label not in inside),
    )
