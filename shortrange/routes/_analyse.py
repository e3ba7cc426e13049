"""From a recipe to an analysis: read, fit, balance, and where it is asked for, all spectra together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import reference_peaks
from shortrange import stepwise
from shortrange.following import bar_of
from shortrange.recipe import Recipe, can_hold, problem_of_routes
from shortrange.results import (
    BASE,
    NO_JOINT,
    Analysis,
    JointFit,
    Measured,
    Places,
    Priors,
    Structure,
    Unlisted,
)
from shortrange.routes._joint import TOGETHER, joint_fit, notes_of_joint
from shortrange_core.errors import BadInput, Infeasible
from shortrange_core.notes import Note, Severity
from shortrange_core.spelling import spoken_in
from shortrange_core.tasks import Task, later


@spoken_in("recipe")
def analyse(
    recipe: Recipe,
    *,
    routes: Sequence[str] | None = None,
    progress: stepwise.Progress | bool = False,
    strict: bool = False,
    meanwhile: Callable[[Analysis], object] | None = None,
) -> Analysis:
    """Analyse a glass series.

    Parameters
    ----------
    recipe
        As :func:`shortrange.read_recipe` gives it.
    routes
        ``"stepwise"``: deconvolve, then balance; ``"joint"`` besides it: all spectra of the series in one likelihood
        with the balances inside (:mod:`shortrange.joint`). Those of the recipe where absent.
    progress
        True: a bar, which a notebook shows as a widget. A function is called with the name of every step.
    strict
        Refuse files about which their reader warns, all together, as the key ``strict`` of a recipe does.
    meanwhile
        Called with fits and structures as soon as they stand, before units left out are tried and the joint route runs:
        what it hands in (:mod:`shortrange_core.tasks`) may be made beside these.

    Raises
    ------
    BadInput
        If files cannot be read or do not fit their technique, all of them together; if a route is not known.
    """
    chosen = _routes_asked(recipe, routes)
    if isinstance(progress, bool):
        with bar_of(recipe, hidden=not progress) as tell:
            return analyse(recipe, routes=chosen, progress=tell, strict=strict, meanwhile=meanwhile)
    library = reference_peaks.load(*recipe.libraries, over=reference_peaks.load())
    measured = stepwise.read_measured(recipe, progress, strict=strict)
    version = f"{library.version} ({library.digest()})"
    places = later(stepwise.places_of, recipe, library)
    priors = stepwise.priors_of(recipe, library)
    return analyse_measured(
        recipe, measured, priors, version, progress=progress, routes=chosen, places=places.result, meanwhile=meanwhile
    )


@spoken_in("recipe")
def _routes_asked(recipe: Recipe, routes: Sequence[str] | None) -> tuple[str, ...]:
    """The routes that are named, or those of the recipe where none is.

    Raises
    ------
    BadInput
        If one of them is not known, or the joint one is to go alone.
    """
    chosen = tuple(recipe.tables.routes if routes is None else routes)
    problem = problem_of_routes(chosen)
    if problem:
        raise BadInput(problem)
    return chosen


@spoken_in("recipe")
def analyse_measured(
    recipe: Recipe,
    measured: tuple[Measured, ...],
    priors: Priors,
    library: str,
    *,
    progress: stepwise.Progress,
    routes: Sequence[str],
    places: Callable[[], Places],
    meanwhile: Callable[[Analysis], object] | None = None,
) -> Analysis:
    """Analyse spectra that were read already, with given priors: what a stored analysis is repeated by.

    ``places`` is asked once all spectra are fitted; ``meanwhile`` as of :func:`analyse`.
    """
    analysis = stepwise.analyse_measured(recipe, measured, priors, library, progress=progress)
    analysis = _with_causes(replace(analysis, places=places()))
    unlisted = _unlisted(analysis)  # first, so that they do not wait behind what is handed in meanwhile
    if meanwhile is not None:
        meanwhile(analysis)
    together, notes = _together(analysis, progress) if "joint" in routes else (None, ())
    analysis = _with_unlisted(analysis, unlisted, progress)
    return replace(analysis, joint=together, notes=(*analysis.notes, *notes))


def _together(analysis: Analysis, progress: stepwise.Progress) -> tuple[JointFit | None, tuple[tuple[str, Note], ...]]:
    """The joint route besides an analysis that went step by step, and what a user must know of it."""
    try:
        together = joint_fit(analysis, progress)
    except (BadInput, Infeasible) as error:  # what the first route found stays
        remedy = "correct what is named; the stepwise results are unaffected"
        return None, ((TOGETHER, Note(NO_JOINT, Severity.ERROR, f"no joint result: {error}", remedy)),)
    return together, notes_of_joint(together)


def _with_causes(analysis: Analysis) -> Analysis:
    """The analysis with what the library has where a fit misses its data, before the notes on what that does."""
    elements = {sample.name: sample.glass.elements for sample in analysis.recipe.tables.samples}
    causes = []
    for item in analysis.fits:
        places_there = analysis.places.get(item.technique, {}).items()
        held = {label: place for label, place in places_there if can_hold(label, elements[item.sample])}
        where = f"{item.sample}, {item.technique}"
        causes += [(where, note) for note in stepwise.published_there(item.fit, held, item.lines)]
    return replace(analysis, notes=(*causes, *analysis.notes))


def _unlisted(analysis: Analysis) -> dict[str, Task[tuple[Structure, tuple[Unlisted, ...]]]]:
    """What the units that a recipe leaves out would change, by glass, handed in."""
    recipe, fits, places = analysis.recipe, analysis.fits, analysis.places
    samples = {sample.name: sample for sample in recipe.tables.samples}
    return {
        item.sample: later(stepwise.with_unlisted, recipe, samples[item.sample], fits, places, item)
        for item in analysis.structures
        if item.reading == BASE
    }


def _with_unlisted(
    analysis: Analysis,
    tasks: Mapping[str, Task[tuple[Structure, tuple[Unlisted, ...]]]],
    progress: stepwise.Progress,
) -> Analysis:
    """The analysis with what the units that its recipe leaves out would change."""
    structures: list[Structure] = []
    units: list[Unlisted] = []
    notes: list[tuple[str, Note]] = []
    for item in analysis.structures:
        tried = item
        if item.reading == BASE:
            progress(f"units left out, {item.sample}")
            tried, listed = tasks[item.sample].result()
            units += listed
            notes += [(item.sample, note) for note in stepwise.notes_of_unlisted(tried, listed)]
        structures.append(tried)
    return replace(
        analysis,
        structures=tuple(structures),
        unlisted=tuple(units),
        notes=(*analysis.notes, *notes),
    )
