"""The routes of an analysis: step by step, and besides it all spectra of the series in one likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import reference_peaks
import spectra
import structure
from shortrange import joint, stepwise
from shortrange.recipe import Options, Recipe, Sample, can_hold
from shortrange.results import BASE, Analysis, JointFit, Measured, Places, Priors, Structure, Unlisted
from shortrange_core.errors import BadInput, Infeasible
from shortrange_core.estimates import Estimates
from shortrange_core.notes import Note
from shortrange_core.spelling import spoken_in

ROUTES = ("stepwise", "joint")
COUPLINGS = (1.0, 0.5, 2.0)


@spoken_in("recipe")
def analyse(
    recipe: Recipe, *, routes: Sequence[str] | None = None, progress: stepwise.Progress | None = None
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
        Called with the name of every step.

    Raises
    ------
    BadInput
        If files cannot be read or do not fit their technique, all of them together; if a route is not known.
    """
    chosen = tuple(recipe.tables.routes if routes is None else routes)
    if not set(chosen) <= set(ROUTES) or "stepwise" not in chosen:
        raise BadInput(f"routes = {chosen}: give ('stepwise',) or {ROUTES}; the joint route starts from the other")
    tell = progress or (lambda _step: None)
    library = reference_peaks.load(*recipe.libraries, over=reference_peaks.load())
    measured = stepwise.read_measured(recipe, tell)
    version = f"{library.version} ({library.digest()})"
    priors, places = stepwise.priors_of(recipe, library), stepwise.places_of(recipe, library)
    return analyse_measured(recipe, measured, priors, version, progress=tell, routes=chosen, places=places)


@spoken_in("recipe")
def analyse_measured(
    recipe: Recipe,
    measured: tuple[Measured, ...],
    priors: Priors,
    library: str,
    *,
    progress: stepwise.Progress,
    routes: Sequence[str],
    places: Places,
) -> Analysis:
    """Analyse spectra that were read already, with given priors: what a stored analysis is repeated by."""
    found = stepwise.analyse_measured(recipe, measured, priors, library, progress=progress)
    found = _with_unlisted(found, places, progress)
    return replace(found, joint=joint_fit(found, progress)) if "joint" in routes else found


def _with_unlisted(analysis: Analysis, places: Places, progress: stepwise.Progress) -> Analysis:
    """The analysis with what the units that its recipe leaves out would change."""
    samples = {sample.name: sample for sample in analysis.recipe.tables.samples}
    structures: list[Structure] = []
    units: list[Unlisted] = []
    notes: list[tuple[str, Note]] = []
    for item in analysis.structures:
        tried = item
        if item.reading == BASE:
            progress(f"units left out, {item.sample}")
            tried, found = stepwise.with_unlisted(analysis.recipe, samples[item.sample], analysis.fits, places, item)
            units += found
            notes += [(item.sample, note) for note in stepwise.notes_of_unlisted(tried, found)]
        structures.append(tried)
    return replace(
        analysis,
        structures=tuple(structures),
        places=places,
        unlisted=tuple(units),
        notes=(*analysis.notes, *notes),
    )


def joint_fit(analysis: Analysis, progress: stepwise.Progress) -> JointFit:
    """The joint route, started from the stepwise one; the coupling along the series as it is, halved and doubled."""
    tables = analysis.recipe.tables
    glasses = {sample.name: sample.glass for sample in tables.samples}
    labels = dict.fromkeys(structure.check_label(text) for text in (*tables.units, *tables.free))
    species = {name: tuple(label for label in labels if can_hold(label, glass)) for name, glass in glasses.items()}
    stated = [(s.name, glasses[s.name], species[s.name], s.x) for s in tables.samples]
    starts = {item.sample: item.solution for item in analysis.structures if item.reading == BASE}
    series = _series(analysis, glasses)
    found = {}
    for factor in COUPLINGS:
        progress(f"all spectra together, coupling x {factor:g}")
        found[factor] = joint.fit_series(stated, series, starts, factor=factor)
    solved = {
        factor: tuple(_solved(s, glasses[s.name], species[s.name], one) for s in tables.samples)
        for factor, one in found.items()
    }
    best = found[1.0]
    parameters = Estimates.build(best.likelihood.names, best.minimum.x, best.minimum.covariance)
    chi2, status = float(best.minimum.chi2), best.minimum.status
    return JointFit(solved[1.0], solved[2.0], solved[0.5], best.chi2, parameters, chi2, status)


def _series(analysis: Analysis, glasses: dict[str, structure.Composition]) -> list[joint.Spectrum]:
    """Fitted spectra that count, each with how the model of other lines on it is made."""
    tables = analysis.recipe.tables
    entries = [entry for sample in tables.samples for entry in sample.spectra]
    changed = [entry.file for entry in entries if entry.edit.table()]
    if changed:
        raise BadInput(
            f"routes: {', '.join(changed)} changed by hand, which the joint route does not know; leave it out"
        )
    measured = {(m.sample, m.technique, m.file, m.block): m for m in analysis.measured}
    found = []
    for fitted in analysis.fits:
        item = measured[fitted.sample, fitted.technique, fitted.file, fitted.block]
        chosen = tables.options_of(tables.entry_of(item.sample, item.technique, item.file, item.block))
        if chosen.evidence == "none":
            continue

        def model(lines: Sequence[str], item: Measured = item, chosen: Options = chosen) -> spectra.Model:
            known, sodium = analysis.priors.get(item.technique, {}), "Na" in glasses[item.sample].elements
            return stepwise.prepared_model(item.spectrum, item.technique, lines, chosen, known, sodium=sodium)[1]

        responses = chosen.evidence == "responses"
        found.append(joint.Spectrum(fitted.sample, fitted.technique, fitted.lines, fitted.fit, model, responses))
    return found


def _solved(sample: Sample, glass: structure.Composition, species: tuple[str, ...], found: joint.Joint) -> Structure:
    """One glass by what all spectra say of it, and what is stated of it besides."""
    evidence = [*found.statements[sample.name], *(structure.statement(**e.model_dump()) for e in sample.statements)]
    head = (sample.name, BASE, sample.x, sample.composition)
    try:
        solution = structure.solve(glass, species, evidence, check=False)
    except Infeasible as error:
        return Structure(*head, None, None, None, str(error))
    problem = "" if solution.status.trusted else structure.why_rejected(solution, ())
    return Structure(*head, solution, None, None, problem)
