"""Whether the spectra of a glass ask for another composition: oxygen in place of sulfur, or the reverse.

A batch that took up oxygen, or lost sulfur to it, keeps its charge, so that no balance is impossible: what the error
leaves is a little in every residual and pull, none of which is far by itself, and chi2 over all of them dilutes it.
Released along that one exchange, chi2 falls by as much as the error is worth, for one degree of freedom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import structure
from shortrange.recipe import Recipe, Sample
from shortrange.results import BASE, Fitted, Structure
from shortrange.stepwise._solving import solved_structure
from shortrange_core.notes import Note, Severity
from shortrange_core.spelling import option

ASKED = 6.635
"""Fall of chi2 from which another composition is named: by chance in one glass of a hundred at most."""
ANYTHING = 1.0
"""Oxygen per network former: sd of an exchange of which nothing is known."""
OXYGEN, SULFUR = "O", "S"


def compositions_asked(
    recipe: Recipe, fits: Sequence[Fitted], structures: Sequence[Structure]
) -> list[tuple[str, Note]]:
    """By glass: the oxygen with which its spectra agree, where they do not agree with what is stated."""
    notes = []
    for base in (item for item in structures if item.reading == BASE):
        sample = next(sample for sample in recipe.tables.samples if sample.name == base.sample)
        note = None if base.solution is None else _asked(recipe, sample, fits, base.solution)
        if note is not None:
            notes.append((f"{sample.name}, {BASE}", note))
    return notes


def _asked(recipe: Recipe, sample: Sample, fits: Sequence[Fitted], stated: structure.Solution) -> Note | None:
    glass = sample.glass
    if min(glass.amount(OXYGEN), glass.amount(SULFUR)) <= 0:
        return None
    free = solved_structure(
        recipe, sample, fits, None, lambda _step: None, ranges=False, glass=_exchangeable(glass)
    ).solution
    if free is None or not free.status.trusted or free.widening > 1:
        return None
    if stated.feasible and stated.chi2 - free.chi2 < ASKED:
        return None
    # no sd: it is that of a face of amounts, and where the truth lies on another one it is too small
    asked = structure.value_of(free, OXYGEN).value.item()
    before = f"chi2 = {stated.chi2:.3g}" if stated.feasible else "nothing"
    text = (
        f"the spectra ask for about {asked:.2g} O per network former, in place of S, where the composition has "
        f"{glass.amount(OXYGEN):.4g}: {free.agreement.text()}, before {before}"
    )
    remedy = f"analyse the composition, and correct it or give {option('composition_sd')}"
    severity = Severity.WARNING if stated.status.trusted else Severity.ERROR  # a cause stands where what it does stands
    return Note("composition-asked", severity, text, remedy)


def _exchangeable(glass: structure.Composition) -> structure.Composition:
    """The composition with any amount of oxygen in place of sulfur."""
    way = np.array([{OXYGEN: 1.0, SULFUR: -1.0}.get(element, 0.0) for element in glass.elements])
    return replace(glass, covariance=glass.covariance + ANYTHING**2 * np.outer(way, way))
