"""The main job: from a recipe's instrument files to short-range order, step by step and repeatable.

Every spectrum is read, prepared and fitted with priors of the peak library; its areas become evidence; the balances
turn the evidence of each glass into fractions, ranges and contradictions, once for every reading of an ambiguous line;
and the fractions of the recipe's reading are found once more with the priors half and twice as wide.
"""

from __future__ import annotations

from collections.abc import Sequence

from shortrange.recipe import (
    Alternative,
    Recipe,
    Sample,
    Tables,
)
from shortrange.results import Analysis, Fitted, Measured, Priors, Structure
from shortrange.stepwise._asked import causes_asked
from shortrange.stepwise._fitting import Progress, fit_spectra
from shortrange.stepwise._influences import influences, widened_by_phases, with_priors
from shortrange.stepwise._minima import Solve, settled
from shortrange.stepwise._prior_study import FACTORS
from shortrange.stepwise._remarks import doubts, weighed
from shortrange.stepwise._series import solved_series
from shortrange.stepwise._solving import solved_structure
from shortrange_core import provenance
from shortrange_core.files import sha256
from shortrange_core.notes import Note, Severity
from shortrange_core.spelling import spoken_in
from shortrange_core.tasks import Task, later


@spoken_in("recipe")
def analyse_measured(
    recipe: Recipe, measured: tuple[Measured, ...], priors: Priors, library: str, *, progress: Progress
) -> Analysis:
    """Analyse spectra that were read already, with given priors: what a stored analysis is repeated by."""
    tables = recipe.tables
    fits = _fitted(recipe, measured, priors, progress)
    tasks = [
        (sample, later(solved_structure, recipe, sample, fits, alternative))
        for alternative in (None, *tables.alternatives)
        for sample in tables.samples
        if alternative is None or _has_line(sample, fits, alternative)
    ]
    tasks_by_factor = {
        factor: [(sample, later(with_priors, recipe, sample, fits, factor)) for sample in tables.samples]
        for factor in FACTORS
    }
    influenced = influences(recipe, fits)
    structures = _solved(tasks, progress)
    by_factor = {factor: _solved(asked, progress) for factor, asked in tasks_by_factor.items()}
    if tables.series is not None:
        progress("all glasses together")
    together, missing = solved_series(recipe, fits)
    return Analysis(
        recipe,
        measured,
        priors,
        library,
        fits,
        structures,
        by_factor[2.0],
        by_factor[0.5],
        (
            *doubts(tables, measured),
            *causes_asked(recipe, fits, structures),  # causes before what they do
            *_collected_notes(tables, fits, structures),
            *widened_by_phases(recipe, fits, structures),
            *missing,
        ),
        provenance("shortrange analyse", inputs=_inputs(recipe, measured), seed=tables.seed),
        tuple(row for task in influenced for row in task.result()),
        series=together,
    )


def _solved(tasks: Sequence[tuple[Sample, Task[Structure]]], progress: Progress) -> tuple[Structure, ...]:
    structures = []
    for sample, task in tasks:
        progress(f"solve {sample.name}")
        structures.append(task.result())
    return tuple(structures)


def _fitted(recipe: Recipe, measured: Sequence[Measured], priors: Priors, progress: Progress) -> tuple[Fitted, ...]:
    """Fit of every spectrum, at the minimum with which the balances of its glass agree best."""
    samples = {sample.name: sample for sample in recipe.tables.samples}

    def solve(sample: str) -> Solve:
        return lambda fits: solved_structure(recipe, samples[sample], fits, ranges=False, intervals=False).solution

    return settled(recipe.tables, fit_spectra(recipe, measured, priors, progress), solve)


def _inputs(recipe: Recipe, measured: Sequence[Measured]) -> dict[str, str]:
    """Files with their SHA-256: spectra, and finished peak tables."""
    tables = [entry for sample in recipe.tables.samples for entry in sample.peak_tables]
    return {m.file: m.sha256 for m in measured} | {entry.file: sha256(recipe.path(entry)) for entry in tables}


def _has_line(sample: Sample, fits: Sequence[Fitted], alternative: Alternative) -> bool:
    """Whether a glass was fitted with the line that an alternative reads otherwise."""
    return any(
        item.sample == sample.name and item.technique == alternative.technique and alternative.line in item.lines
        for item in fits
    )


def measured_count(recipe: Recipe) -> int:
    """Most steps that :func:`analyse` reports: readings, fits, solutions, units that were left out."""
    tables = recipe.tables
    files = sum(len(sample.spectra) for sample in tables.samples)
    return 2 * files + len(tables.samples) * (len(tables.alternatives) + len(FACTORS) + 2) + (tables.series is not None)


def _collected_notes(
    tables: Tables, fits: Sequence[Fitted], structures: Sequence[Structure]
) -> tuple[tuple[str, Note], ...]:
    notes = [(f"{item.sample}, {item.technique}", note) for item in fits for note in weighed(item, tables)]
    for item in structures:
        where = f"{item.sample}, {item.reading}"
        if item.solution is None:
            note = Note("no-structure", Severity.ERROR, item.problem, "drop or correct one of the statements named")
            notes.append((where, note))
        else:
            notes += [(where, note) for note in item.solution.notes]
    return tuple(notes)
