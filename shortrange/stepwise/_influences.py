"""What fractions hang on: priors of one kind at a time, the composition of the batch, a phase that is left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import structure
from shortrange.recipe import Recipe, Sample
from shortrange.results import BASE, Fitted, Influence, Structure
from shortrange.stepwise._prior_study import FACTORS, PHASE, RESPONSE, all_kinds, certain, kinds_of, moved, varied
from shortrange.stepwise._solving import solved_structure
from shortrange_core.notes import Note, Severity
from shortrange_core.tasks import Task, later

TOLD, MOST = 0.01, 4
"""Relative growth of a standard deviation that is worth a word, and how many are named."""


def influences(recipe: Recipe, fits: Sequence[Fitted]) -> list[Task[list[Influence]]]:
    """Fractions of the first reading with the priors of one kind at a time half and twice as wide, handed in."""
    return [
        *(later(_of_kind, recipe, fits, kind) for kind in all_kinds(fits)),
        *(later(_batch_influences, recipe, sample, fits) for sample in recipe.tables.samples),
    ]


def with_priors(recipe: Recipe, sample: Sample, fits: Sequence[Fitted], factor: float) -> Structure:
    """One glass with all priors ``factor`` times as wide, those of its fits and those of its responses."""
    again = [varied(item, factor) for item in fits if item.sample == sample.name]
    return solved_structure(recipe, sample, again, ranges=False, widen=factor)


def _of_kind(recipe: Recipe, fits: Sequence[Fitted], kind: str) -> list[Influence]:
    """Fractions of every glass with the priors of one kind half and twice as wide."""
    by_factor = []
    for factor in FACTORS:
        again = fits if kind == RESPONSE else [moved(item, kind, factor) for item in fits]
        widen = factor if kind == RESPONSE else 1.0
        solved = [
            solved_structure(recipe, one, again, ranges=False, intervals=False, widen=widen)
            for one in recipe.tables.samples
        ]
        by_factor.append({item.sample: item.fractions for item in solved})
    return [
        Influence(sample, species, kind, *(rows.get(sample, {}).get(species, np.nan) for rows in by_factor))
        for sample, fractions in by_factor[0].items()
        for species in fractions
    ]


def _batch_influences(recipe: Recipe, sample: Sample, fits: Sequence[Fitted]) -> list[Influence]:
    """Fractions of one glass with 1 mol% less and more of a compound of its batch."""
    rows = []
    for name, ends in structure.batch_errors(sample.glass).items():
        low, high = (
            solved_structure(recipe, sample, fits, ranges=False, intervals=False, glass=glass).fractions
            for glass in ends
        )
        for species in dict.fromkeys((*low, *high)):
            pair = (low.get(species, np.nan), high.get(species, np.nan))
            rows.append(Influence(sample.name, species, f"{name} +-1 mol%", *pair))
    return rows


def widened_by_phases(
    recipe: Recipe, fits: Sequence[Fitted], structures: Sequence[Structure]
) -> list[tuple[str, Note]]:
    """By glass: how much wider its fractions are because the phase of its spectra is not known."""
    notes = []
    for sample in recipe.tables.samples:
        own = [item for item in fits if item.sample == sample.name]
        base = next(s for s in structures if s.sample == sample.name and s.reading == BASE)
        if base.solution is None or not base.solution.status.trusted or not any(PHASE in kinds_of(i.fit) for i in own):
            continue
        phases_known = [certain(item, PHASE) for item in own]
        solution = solved_structure(recipe, sample, phases_known, ranges=False, intervals=False).solution
        if solution is None:
            continue
        before, after = solution.fractions, base.solution.fractions
        with np.errstate(invalid="ignore", divide="ignore"):
            wider = after.sd.values / before.select(after.entries).sd.values - 1
        told = [(round(100 * w), n) for n, w in zip(after.entries, wider, strict=True) if np.isfinite(w) and w >= TOLD]
        if told:
            widest = sorted(told, key=lambda row: -row[0])[:MOST]  # amounts that go together stay in their order
            names = ", ".join(f"{name} by {percent} %" for percent, name in widest)
            text = f"the remaining phase error in the spectra widens {names}"
            remedy = "phase the spectra again, or state a smaller phase_sd if the phase is known better"
            notes.append((f"{sample.name}, {BASE}", Note("phase-widens", Severity.INFO, text, remedy)))
    return notes
