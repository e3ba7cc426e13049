"""What would make the spectra of a glass agree with each other: another composition, or another energy scale.

A batch that took up oxygen, or lost sulfur to it, keeps its charge, so that no balance is impossible: what the error
leaves is a little in every residual and pull, none of which is far by itself, and chi2 over all of them dilutes it.
Released along that one exchange, chi2 falls by as much as the error is worth, for one degree of freedom.

A charge reference that is wrong by the distance of two lines puts one at the place of the other. Where nothing is far
off its published place then, the spectrum itself says nothing (:mod:`spectra.xps`); but its areas count the wrong
things, and the balances contradict them. So a glass whose evidence disagrees is solved once more with every other place
of the scale at which the lines describe the data as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

import spectra
import structure
from shortrange.recipe import Recipe, Sample
from shortrange.results import BASE, Fitted, Structure
from shortrange.stepwise._solving import solved_structure
from shortrange_core.notes import Note, Severity
from shortrange_core.spelling import option
from spectra.models import OFFSET
from structure import Solution

COMPOSITION_ASKED = 6.635
"""Fall of chi2 from which another composition is named: by chance in one glass of a hundred at most."""
SCALE_ASKED = 9.0
"""Fall of chi2 from which another scale is named: 3 sd, as evidence disagrees."""
ANYTHING = 1.0
"""Oxygen per network former: sd of an exchange of which nothing is known."""
OXYGEN, SULFUR = "O", "S"


@dataclass(frozen=True, eq=False, slots=True)
class _There:
    """A spectrum on another scale, how much chi2 of fit and balances falls, and what the balances say there."""

    technique: str
    fit: spectra.Fit
    fall: float
    solution: Solution


def causes_asked(recipe: Recipe, fits: Sequence[Fitted], structures: Sequence[Structure]) -> list[tuple[str, Note]]:
    """By glass: the energy scale, and the oxygen, with which its spectra agree, where they do not as stated."""
    notes = []
    for base in (item for item in structures if item.reading == BASE):
        sample = next(sample for sample in recipe.tables.samples if sample.name == base.sample)
        if base.solution is not None:
            asked = (ask(recipe, sample, fits, base.solution) for ask in (_scale, _composition))
            notes += [(f"{sample.name}, {where}", note) for where, note in filter(None, asked)]
    return notes


def _composition(recipe: Recipe, sample: Sample, fits: Sequence[Fitted], stated: Solution) -> tuple[str, Note] | None:
    glass = sample.glass
    if min(glass.amount(OXYGEN), glass.amount(SULFUR)) <= 0:
        return None
    free = _solved(recipe, sample, fits, _exchangeable(glass))
    if free is None or (stated.feasible and stated.chi2 - free.chi2 < COMPOSITION_ASKED):
        return None
    # no sd: it is that of a face of amounts, and where the truth lies on another one it is too small
    asked = structure.value_of(free, OXYGEN).value.item()
    text = (
        f"the spectra indicate about {asked:.2g} O per network former, in place of S, while the composition has "
        f"{glass.amount(OXYGEN):.4g}: {free.agreement.text()}, before {_before(stated)}"
    )
    remedy = f"have the composition analysed, and correct it or give {option('composition_sd')}"
    return BASE, Note("composition-asked", _severity(stated), text, remedy)


def _exchangeable(glass: structure.Composition) -> structure.Composition:
    """The composition with any amount of oxygen in place of sulfur."""
    way = np.array([{OXYGEN: 1.0, SULFUR: -1.0}.get(element, 0.0) for element in glass.elements])
    return replace(glass, covariance=glass.covariance + ANYTHING**2 * np.outer(way, way))


def _scale(recipe: Recipe, sample: Sample, fits: Sequence[Fitted], stated: Solution) -> tuple[str, Note] | None:
    if stated.status.trusted and stated.widening <= 1:
        return None
    there = max(_elsewhere(recipe, sample, fits, stated), key=lambda one: one.fall, default=None)
    if there is None or there.fall <= SCALE_ASKED:
        return None
    at = there.fit.parameters.entries.index(OFFSET)
    moved, sd = (float(part.values[at]) for part in (there.fit.parameters.value, there.fit.parameters.sd))
    note = spectra.xps.scale_note(
        (moved, sd),
        _severity(stated),
        before="the balances agree with the areas if ",
        after=f": {there.solution.agreement.text()}, as referenced {_before(stated)}",
    )
    return there.technique, note


def _elsewhere(recipe: Recipe, sample: Sample, fits: Sequence[Fitted], stated: Solution) -> Iterator[_There]:
    """Every place of a scale at which the balances agree."""
    for number, item in enumerate(fits):
        told = any(note.code == spectra.xps.SCALE_ASKED for note in item.fit.notes)
        if item.sample != sample.name or told or spectra.technique_of(item.technique) is not spectra.xps.XPS:
            continue
        for rise, model in spectra.xps.scales_within(item.fit):
            there = spectra.fit(item.fit.spectrum, model, check=False)
            others = (*fits[:number], replace(item, fit=there), *fits[number + 1 :])
            solution = _solved(recipe, sample, others)
            if solution is not None:
                fall = stated.chi2 - solution.chi2 - rise if stated.feasible else float("inf")
                yield _There(item.technique, there, fall, solution)


def _solved(
    recipe: Recipe, sample: Sample, fits: Sequence[Fitted], glass: structure.Composition | None = None
) -> Solution | None:
    """The solution of a glass, where all evidence agrees in it."""
    there = solved_structure(recipe, sample, fits, ranges=False, intervals=False, glass=glass).solution
    return there if there is not None and there.status.trusted and there.widening <= 1 else None


def _before(stated: Solution) -> str:
    return f"chi2 = {stated.chi2:.3g}" if stated.feasible else "nothing"


def _severity(stated: Solution) -> Severity:
    """A cause stands where what it does stands."""
    return Severity.WARNING if stated.status.trusted else Severity.ERROR
