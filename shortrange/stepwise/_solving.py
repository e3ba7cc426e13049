"""The structure of one glass from the fits of its spectra, under one reading of its lines."""

from __future__ import annotations

from collections.abc import Sequence

import structure
from shortrange.recipe import (
    Alternative,
    Recipe,
    Sample,
    can_hold,
)
from shortrange.results import BASE, Fitted, Structure
from shortrange.stepwise._evidence import evidence_of, labels_of, misfits_of
from shortrange.stepwise._minima import choices, profiled
from shortrange_core.errors import Infeasible
from shortrange_core.notes import Status

LEVEL = 0.95
OXYGEN_QUANTITIES = ("BO", "NBO", "BO/(BO + NBO)")


def solved_structure(
    recipe: Recipe,
    sample: Sample,
    fits: Sequence[Fitted],
    alternative: Alternative | None = None,
    *,
    ranges: bool = True,
    intervals: bool = True,
    widen: float = 1.0,
    glass: structure.Composition | None = None,
) -> Structure:
    """Solve one glass under one reading; ranges and intervals on demand, because either costs more than the rest.

    ``widen`` is a factor on the sds of what is assumed of responses; ``glass`` another composition than the recipe's.
    """
    reading = BASE if alternative is None else alternative.name
    glass = sample.glass if glass is None else glass
    readings = () if alternative is None else (alternative,)
    species = tuple(label for label in labels_of(recipe.tables, readings) if can_hold(label, glass.elements))
    quantities = (*species, *(OXYGEN_QUANTITIES if "O" in glass.elements else ()))
    common = (sample.name, reading, sample.x, sample.composition)

    def evidence_at(chosen: Sequence[Fitted]) -> list[structure.Evidence]:
        return evidence_of(recipe, sample, chosen, species, readings, widen=widen)

    evidence = evidence_at(fits)
    try:
        solution = structure.solve(glass, species, evidence, check=False, intervals=intervals)
        possible = structure.ranges(glass, species, quantities=quantities) if ranges else None
        offered = choices(recipe.tables, fits, sample.name) if ranges else []
        kept = [(item.rise, evidence_at(item.fits) if number else evidence) for number, item in enumerate(offered)]
        supported = profiled((glass, species, quantities), kept, solution, LEVEL) if ranges else None
    except Infeasible as error:
        return Structure(*common, None, None, None, str(error))
    rejected = solution.status is Status.REJECTED
    ways = structure.remedies(glass, species, evidence) if rejected and ranges else ()
    problem = "" if solution.status.trusted else structure.why_rejected(solution, ways)
    misfits = misfits_of(recipe, sample, fits, species, readings)
    return Structure(*common, solution, possible, supported, problem, misfits=misfits)
