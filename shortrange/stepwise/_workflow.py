"""The main job: from a recipe's instrument files to short-range order, step by step and repeatable.

Every spectrum is read, prepared and fitted with priors of the peak library; its areas become evidence; the balances
turn the evidence of each glass into fractions, ranges and contradictions, once for every reading of an ambiguous line;
and all of it is repeated with the priors half and twice as wide.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

import reference_peaks
import spectra
import structure
from reference_peaks import Prior, Window
from shortrange.edits import NO_EDIT, Edit, cleared, edited, phased
from shortrange.recipe import (
    Alternative,
    Options,
    Recipe,
    Sample,
    SpectrumEntry,
    Tables,
    can_hold,
    lines_of,
)
from shortrange.results import BASE, Analysis, Fitted, Influence, Measured, Priors, Structure
from shortrange.stepwise._charge import charged, others_of
from shortrange.stepwise._evidence import evidence_of, labels_of
from shortrange.stepwise._minima import Solve, choices, profiled, settled
from shortrange.stepwise._prior_study import FACTORS, RESPONSE, all_kinds, moved, scaled
from shortrange.stepwise._remarks import weighed
from shortrange_core import affine, provenance
from shortrange_core.errors import BadInput, Infeasible, Offenders
from shortrange_core.files import sha256
from shortrange_core.notes import Note, Severity, Status
from shortrange_core.spelling import spoken_in
from spectra.models import identifier, owner_of

LEVEL = 0.95
OXYGEN_QUANTITIES = ("BO", "NBO", "BO/(BO + NBO)")
Progress = Callable[[str], None]


@spoken_in("recipe")
def analyse_measured(
    recipe: Recipe, measured: tuple[Measured, ...], priors: Priors, library: str, *, progress: Progress
) -> Analysis:
    """Analyse spectra that were read already, with given priors: what a stored analysis is repeated by."""
    tables = recipe.tables
    fits = _fitted(recipe, measured, priors, progress)
    structures = tuple(
        solved_structure(recipe, sample, fits, alternative, progress)
        for alternative in (None, *tables.alternatives)
        for sample in tables.samples
        if alternative is None or _has_line(sample, fits, alternative)
    )
    varied = {}
    for factor in FACTORS:
        again = _fitted(recipe, measured, priors, progress, widen=factor)
        varied[factor] = tuple(
            solved_structure(recipe, s, again, None, progress, ranges=False, widen=factor) for s in tables.samples
        )
    return Analysis(
        recipe,
        measured,
        priors,
        library,
        fits,
        structures,
        varied[2.0],
        varied[0.5],
        _collected_notes(tables, fits, structures),
        provenance("shortrange analyse", inputs=_inputs(recipe, measured), seed=tables.seed),
        _influences(recipe, fits),
    )


def _fitted(
    recipe: Recipe, measured: Sequence[Measured], priors: Priors, progress: Progress, *, widen: float = 1.0
) -> tuple[Fitted, ...]:
    """Fit of every spectrum, at the minimum with which the balances of its glass agree best."""
    samples = {sample.name: sample for sample in recipe.tables.samples}

    def solve(sample: str) -> Solve:
        return lambda fits: (
            solved_structure(
                recipe, samples[sample], fits, None, lambda _step: None, ranges=False, widen=widen
            ).solution
        )

    return settled(recipe.tables, fit_spectra(recipe, measured, priors, progress, widen=widen), solve)


def _inputs(recipe: Recipe, measured: Sequence[Measured]) -> dict[str, str]:
    """Files with their SHA-256: spectra, and finished peak tables."""
    tables = [entry for sample in recipe.tables.samples for entry in sample.peak_tables]
    return {m.file: m.sha256 for m in measured} | {entry.file: sha256(recipe.path(entry)) for entry in tables}


def _influences(recipe: Recipe, fits: Sequence[Fitted]) -> tuple[Influence, ...]:
    """Fractions of the first reading with the priors of one kind at a time half and twice as wide."""
    found = []
    for kind in all_kinds(fits):
        by_factor = []
        for factor in FACTORS:
            again = fits if kind == RESPONSE else [moved(item, kind, factor) for item in fits]
            widen = factor if kind == RESPONSE else 1.0
            solved = [
                solved_structure(recipe, sample, again, None, lambda _step: None, ranges=False, widen=widen)
                for sample in recipe.tables.samples
            ]
            by_factor.append({item.sample: item.fractions for item in solved})
        found += [
            Influence(sample, species, kind, *(found.get(sample, {}).get(species, np.nan) for found in by_factor))
            for sample, fractions in by_factor[0].items()
            for species in fractions
        ]
    return (*found, *(item for sample in recipe.tables.samples for item in _batch_influences(recipe, sample, fits)))


def _batch_influences(recipe: Recipe, sample: Sample, fits: Sequence[Fitted]) -> Iterator[Influence]:
    """Fractions of one glass with 1 mol% less and more of a compound of its batch."""
    for name, ends in structure.batch_errors(sample.glass).items():
        low, high = (
            solved_structure(recipe, sample, fits, None, lambda _step: None, ranges=False, glass=glass).fractions
            for glass in ends
        )
        for species in dict.fromkeys((*low, *high)):
            pair = (low.get(species, np.nan), high.get(species, np.nan))
            yield Influence(sample.name, species, f"{name} +-1 mol%", *pair)


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
    repeats = 1 + len(FACTORS)
    return files * (1 + repeats) + len(tables.samples) * (len(tables.alternatives) + repeats + 1)


def read_measured(recipe: Recipe, progress: Progress) -> tuple[Measured, ...]:
    """Every spectrum of a recipe, as read; all files that cannot be read are named together."""
    offenders = Offenders()
    found = []
    for sample in recipe.tables.samples:
        for entry in sample.spectra:
            progress(f"read {entry.file}")
            try:
                found.append(read_entry(recipe, sample, entry))
            except BadInput as error:
                offenders.add(*error.problems)
    offenders.raise_if_any()
    return tuple(found)


def read_entry(recipe: Recipe, sample: Sample, entry: SpectrumEntry) -> Measured:
    """One spectrum of a recipe, as read.

    Raises
    ------
    BadInput
        If it cannot be read.
    """
    path = recipe.path(entry)
    spectrum = spectra.read(
        path, technique=entry.technique, block=entry.block, energy=entry.energy, laser=entry.laser
    ).assign_coords(sample=sample.name)
    options = recipe.tables.options_of(entry)
    spectrum = charged(spectrum, path, entry.technique, options, energy=entry.energy, others=others_of(recipe, sample))
    return Measured(sample.name, entry.technique, entry.file, sha256(path), spectrum, entry.block or "")


def priors_of(recipe: Recipe, library: reference_peaks.Library) -> dict[str, dict[str, Prior | Window]]:
    """Published positions of the lines of a recipe, and windows where there are none, by technique and species."""
    tables = recipe.tables
    found: dict[str, dict[str, Prior | Window]] = {}
    for technique, options in tables.techniques.items():
        if options.lines:
            found[technique] = library.places(
                technique, options.lines, cation=tables.cation, phase=tables.phase, scale=options.get("reference")
            )
    return found


def fit_spectra(
    recipe: Recipe, measured: Sequence[Measured], priors: Priors, progress: Progress, *, widen: float = 1.0
) -> tuple[Fitted, ...]:
    """Fit of every spectrum; ``widen`` is a factor on the sds of all priors."""
    found = []
    offenders = Offenders()
    for item in measured:
        progress(f"fit {item.sample} {item.technique}")
        try:
            fitted = fit_measured(recipe.tables, item, priors, widen=widen)
        except BadInput as error:
            offenders.add(*(f"{item.file}: {problem}" for problem in error.problems))
            continue
        found += [] if fitted is None else [fitted]
    offenders.raise_if_any()
    return tuple(found)


def fit_measured(tables: Tables, item: Measured, priors: Priors, *, widen: float = 1.0) -> Fitted | None:
    """Fit of one spectrum of a recipe, edit included; None where the glass can hold none of the technique's lines.

    It hangs on nothing but its own spectrum: the restarts of each draw from a seed of their own, so that a spectrum
    that is added, or fitted alone, changes no other.

    Raises
    ------
    BadInput
        If spectrum, options and edit do not make a model.
    """
    made = model_of(tables, item, priors)
    if made is None:
        return None
    spectrum, model, lines = made
    model = scaled(model, widen) if widen != 1.0 else model
    itself = (item.file, item.technique, item.block)
    own = zlib.crc32("\0".join((item.sample, *itself)).encode())
    options = tables.options_of(tables.entry_of(item.sample, item.technique, item.file, item.block))
    fit = spectra.fit(
        spectrum, model, restarts=options.restarts, rng=np.random.default_rng((tables.seed, own)), check=False
    )
    remarks = spectra.technique_of(item.technique).remarks(fit)
    fit = replace(fit, notes=(*fit.notes, *_notes_of_held_areas(fit), *remarks))
    return Fitted(item.sample, item.technique, item.file, lines, unpublished(lines, item, priors), fit, item.block)


def model_of(
    tables: Tables, item: Measured, priors: Priors
) -> tuple[xr.Dataset, spectra.Model, tuple[str, ...]] | None:
    """Spectrum made ready, its model and its lines; None where the glass can hold none of the technique's lines.

    Raises
    ------
    BadInput
        As :func:`fit_measured`.
    """
    sample = next(sample for sample in tables.samples if sample.name == item.sample)
    glass = structure.composition(sample.composition)
    entry = tables.entry_of(item.sample, item.technique, item.file, item.block)
    options = tables.options_of(entry)
    lines = lines_of(options, glass)
    if not lines:
        return None
    known, sodium = priors.get(item.technique, {}), "Na" in glass.elements
    ready, model = prepared_model(item.spectrum, item.technique, lines, options, known, sodium=sodium, edit=entry.edit)
    return ready, model, lines


def unpublished(lines: Sequence[str], item: Measured, priors: Priors) -> tuple[str, ...]:
    """Lines of a spectrum without a published position."""
    places = priors.get(item.technique, {})
    published = {name for name, place in places.items() if spectra.models.is_prior(place)}
    return tuple(line for line in lines if published.isdisjoint(affine.parse(line).names))


def _notes_of_held_areas(fit: spectra.Fit) -> list[Note]:
    """That an area which is held, and so is no measurement, does not count in the balances."""
    held = [peak for peak in fit.model.peaks if peak.assignment and not peak.parameters[0].vary]
    if not held:
        return []
    texts = ", ".join(f"{peak.name} ({peak.assignment})" for peak in held)
    text = f"the area of {texts} is held by hand: it is no measurement and does not count in the balances"
    return [Note("area-held", Severity.WARNING, text, "let it go, or hold position and width alone")]


def prepared_model(
    spectrum: xr.Dataset,
    technique: str,
    lines: Sequence[str],
    options: Options,
    priors: spectra.models.Places,
    *,
    sodium: bool = True,
    edit: Edit = NO_EDIT,
) -> tuple[xr.Dataset, spectra.Model]:
    """Spectrum as its technique prepares it, and the model of the lines under the options of a recipe.

    Without ``sodium`` a photoelectron model has no sodium Auger line. Window and degree of an ``edit`` stand over those
    of the technique; the rest of it changes the model that the technique makes.
    """
    over = {key: getattr(edit, key) for key in ("window", "background_degree") if getattr(edit, key) is not None}
    absent = {identifier(line) for line in lines} & set(edit.off)
    lines = [line for line in lines if identifier(line) not in absent]
    known = spectra.technique_of(technique)
    stated = {**options.given, **{key: tuple(v) if isinstance(v, list) else v for key, v in over.items()}}
    windows = {line: ends for line, ends in stated.pop("windows", {}).items() if line in lines}
    if known is spectra.technique_of("XPS") and not sodium:
        stated["sodium"] = False
    ready, model = known.made(phased(spectrum, edit), lines, {**stated, "windows": windows}, priors=priors)
    for low, high in options.excluded:
        x = ready[known.axis]
        ready = ready.isel({known.axis: ((x < low) | (x > high)).values})
    model = replace(model, constraints=(*model.constraints, *_applicable(options, model)))
    return cleared(ready, edit), edited(model, edit, absent)


def prepared(spectrum: xr.Dataset, technique: str, options: Options, edit: Edit = NO_EDIT) -> xr.Dataset:
    """The whole spectrum as its technique prepares it, in the phase of an edit."""
    return spectra.technique_of(technique).ready(phased(spectrum, edit), options.given)


def _applicable(options: Options, model: spectra.Model) -> list[str]:
    """Constraints whose lines this model has: a glass without a unit has no line to constrain."""
    peaks = {peak.name for peak in model.peaks}
    lines = peaks | {identifier(line) for line in options.lines}
    return [
        text
        for text in options.constraints
        if {owner_of(name, lines) for name in affine.parse_relation(text).left.names} <= peaks
    ]


def solved_structure(
    recipe: Recipe,
    sample: Sample,
    fits: Sequence[Fitted],
    alternative: Alternative | None,
    progress: Progress,
    *,
    ranges: bool = True,
    widen: float = 1.0,
    glass: structure.Composition | None = None,
) -> Structure:
    """Solve one glass under one reading; ranges on demand, because they cost more than the solution.

    ``widen`` is a factor on the sds of what is assumed of responses; ``glass`` another composition than the recipe's.
    """
    reading = BASE if alternative is None else alternative.name
    progress(f"solve {sample.name} {reading}")
    glass = sample.glass if glass is None else glass
    readings = () if alternative is None else (alternative,)
    species = tuple(label for label in labels_of(recipe.tables, readings) if can_hold(label, glass))
    quantities = (*species, *(OXYGEN_QUANTITIES if "O" in glass.elements else ()))
    common = (sample.name, reading, sample.x, sample.composition)

    def evidence_at(chosen: Sequence[Fitted]) -> list[structure.Evidence]:
        return evidence_of(recipe, sample, chosen, species, readings, widen=widen)

    evidence = evidence_at(fits)
    try:
        solution = structure.solve(glass, species, evidence, check=False)
        possible = structure.ranges(glass, species, quantities=quantities) if ranges else None
        offered = choices(recipe.tables, fits, sample.name) if ranges else []
        kept = [(choice.rise, evidence_at(choice.fits)) for choice in offered]
        supported = profiled((glass, species, quantities), kept, solution, LEVEL) if ranges else None
    except Infeasible as error:
        return Structure(*common, None, None, None, str(error))
    rejected = solution.status is Status.REJECTED
    found = structure.remedies(glass, species, evidence) if rejected and ranges else ()
    problem = "" if solution.status.trusted else structure.why_rejected(solution, found)
    return Structure(*common, solution, possible, supported, problem)


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
