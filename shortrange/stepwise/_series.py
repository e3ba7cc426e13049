"""All glasses of a recipe solved together, where it says what they share or how amounts run along the series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import structure
from shortrange.recipe import Recipe, Sample, SeriesTable, can_hold
from shortrange.results import BASE, NO_SERIES, Fitted, Structure
from shortrange.stepwise._evidence import evidence_of, labels_of
from shortrange.stepwise._remarks import ALL_GLASSES
from shortrange_core.errors import BadInput, Infeasible
from shortrange_core.notes import Note, Severity
from structure.solving import DISAGREEMENT


def solved_series(recipe: Recipe, fits: Sequence[Fitted]) -> tuple[tuple[Structure, ...], tuple[tuple[str, Note], ...]]:
    """Structures of all glasses from one solution, with the note that they disagree or why there is none.

    Parameters
    ----------
    recipe
        Its table ``series`` says what the glasses have in common; nothing is solved without it.
    fits
        Of all spectra.
    """
    stated = recipe.tables.series
    if stated is None:
        return (), ()
    try:
        return _solved(recipe, stated, fits)
    except (BadInput, Infeasible) as error:  # every glass alone stays
        remedy = "correct what is named, or remove the table series; results of single glasses are unaffected"
        return (), (
            (ALL_GLASSES, Note(NO_SERIES, Severity.ERROR, f"no common solution of all glasses: {error}", remedy)),
        )


def _solved(
    recipe: Recipe, stated: SeriesTable, fits: Sequence[Fitted]
) -> tuple[tuple[Structure, ...], tuple[tuple[str, Note], ...]]:
    species = labels_of(recipe.tables, ())
    glasses = [_glass(recipe, sample, fits, species) for sample in sorted(recipe.tables.samples, key=_place)]
    named = {piece.name for glass in glasses for piece in glass.evidence if isinstance(piece, structure.Areas)}
    share = [
        name
        for technique in stated.share
        for name in ([name for name in sorted(named) if name.partition(" #")[0] == technique] or [technique])
    ]
    together = structure.solve_series(
        glasses, species, share=share, smooth=stated.smooth, trends=stated.trends, check=False
    )
    formulas = {sample.name: sample.composition for sample in recipe.tables.samples}
    farthest = max(together.solutions, key=lambda own: np.abs(own.pull).max(initial=0.0))
    note = _disagreement(farthest)
    structures = tuple(
        Structure(
            glass.name,
            BASE,
            glass.x,
            formulas[glass.name],
            solution,
            None,
            None,
            _problem(solution),
            agreement=together.text,
        )
        for glass, solution in zip(glasses, together.solutions, strict=True)
    )
    return structures, () if note is None else ((ALL_GLASSES, note),)


def _disagreement(solution: structure.Solution) -> Note | None:
    return next((note for note in solution.notes if note.code == DISAGREEMENT), None)


def _problem(solution: structure.Solution) -> str:
    """Why its numbers are no results: what all glasses disagree about, of which its own chi2 says nothing."""
    note = _disagreement(solution)
    if solution.status.trusted:
        return ""
    return structure.why_rejected(solution, ()) if note is None else f"{note.text}; {note.remedy}"


def _place(sample: Sample) -> float:
    assert sample.x is not None  # the check of the recipe
    return sample.x


def _glass(recipe: Recipe, sample: Sample, fits: Sequence[Fitted], species: Sequence[str]) -> structure.Glass:
    glass = sample.glass
    held = [label for label in species if can_hold(label, glass.elements)]
    return structure.Glass(sample.name, _place(sample), glass, tuple(evidence_of(recipe, sample, fits, held)))
