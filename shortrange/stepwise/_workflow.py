"""The main job: from a recipe's instrument files to short-range order, step by step and repeatable.

Every spectrum is read, prepared and fitted with priors of the peak library; its areas become evidence; the balances
turn the evidence of each glass into fractions, ranges and contradictions, once for every reading of an ambiguous line;
and all of it is repeated with the priors half and twice as wide.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

import reference_peaks
import spectra
import structure
from reference_peaks import Prior, Window
from shortrange.edits import NO_EDIT, Edit, cleared, edited, phased
from shortrange.recipe import (
    OXYGEN_LINES,
    Alternative,
    Options,
    PeakEntry,
    Recipe,
    Sample,
    SpectrumEntry,
    Tables,
    can_hold,
    lines_of,
)
from shortrange.results import BASE, Analysis, Fitted, Influence, Measured, Priors, Structure
from shortrange.stepwise._prior_study import FACTORS, RESPONSE, all_kinds, moved, scaled
from shortrange.stepwise._remarks import weighed
from shortrange.stepwise._responses import responses, stated_responses
from shortrange_core import affine, provenance
from shortrange_core.errors import BadInput, Infeasible, Offenders
from shortrange_core.estimates import Estimates
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
    fits = fit_spectra(recipe, measured, priors, progress)
    structures = tuple(
        solved_structure(recipe, sample, fits, alternative, progress)
        for alternative in (None, *tables.alternatives)
        for sample in tables.samples
        if alternative is None or _has_line(sample, fits, alternative)
    )
    varied = {}
    for factor in FACTORS:
        again = fit_spectra(recipe, measured, priors, progress, widen=factor)
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
    return tuple(found)


def _has_line(sample: Sample, fits: Sequence[Fitted], alternative: Alternative) -> bool:
    """Whether a glass was fitted with the line that an alternative reads otherwise."""
    return any(
        item.sample == sample.name and item.technique == alternative.technique and alternative.line in item.lines
        for item in fits
    )


def measured_count(recipe: Recipe) -> int:
    """Most steps that :func:`analyse` reports: readings, fits and solutions."""
    tables = recipe.tables
    files = sum(len(sample.spectra) for sample in tables.samples)
    repeats = 1 + len(FACTORS)
    return files * (1 + repeats) + len(tables.samples) * (len(tables.alternatives) + repeats)


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
    fit = replace(fit, notes=(*fit.notes, *_notes_of_held_areas(fit)))
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
) -> Structure:
    """Solve one glass under one reading; ranges on demand, because they cost more than the solution.

    ``widen`` is a factor on the sds of what is assumed of responses.
    """
    tables = recipe.tables
    reading = BASE if alternative is None else alternative.name
    progress(f"solve {sample.name} {reading}")
    glass = structure.composition(sample.composition)
    species = tuple(label for label in _labels(tables, alternative) if can_hold(label, glass))
    evidence = evidence_of(recipe, sample, fits, species, alternative, widen=widen)
    quantities = (*species, *(OXYGEN_QUANTITIES if "O" in glass.elements else ()))
    common = (sample.name, reading, sample.x, sample.composition)
    try:
        solution = structure.solve(glass, species, evidence, check=False)
        possible = structure.ranges(glass, species, quantities=quantities) if ranges else None
        supported = structure.ranges(glass, species, evidence, quantities=quantities, level=LEVEL) if ranges else None
    except Infeasible as error:
        return Structure(*common, None, None, None, str(error))
    problem = ""
    if solution.status is Status.REJECTED:
        found = structure.remedies(glass, species, evidence) if ranges else ()
        problem = structure.why_rejected(solution, found)
    elif not solution.status.trusted:
        problem = f"the solution ended {solution.status}: its numbers are no result"
    return Structure(*common, solution, possible, supported, problem)


def _labels(tables: Tables, alternative: Alternative | None) -> tuple[str, ...]:
    """Allowed units and free species; a reading brings in what it counts and drops what no line then counts."""
    allowed = dict.fromkeys(structure.check_label(text) for text in (*tables.units, *tables.free))
    if alternative is None:
        return tuple(allowed)
    others = [line for line in tables.techniques[alternative.technique].lines if line != alternative.line]
    still = {name for line in others for name in affine.parse(line).names}
    dropped = set(affine.parse(alternative.line).names) - still
    added = [structure.check_label(name) for name in affine.parse(alternative.read_as).names]
    return tuple(label for label in dict.fromkeys((*allowed, *added)) if label in added or label not in dropped)


def evidence_of(
    recipe: Recipe,
    sample: Sample,
    fits: Sequence[Fitted],
    species: Sequence[str],
    alternative: Alternative | None,
    *,
    widen: float,
) -> list[structure.Evidence]:
    """Areas of the fits and of finished peak tables of one glass, and what is stated of it."""
    tables = recipe.tables
    measured: list[tuple[str, Estimates, Fitted | None]] = [
        (f.technique, f.fit.areas, f) for f in fits if f.sample == sample.name and usable(f.fit)
    ]
    measured += [(entry.technique, finished_areas(recipe, sample, entry), None) for entry in sample.peak_tables]
    found: list[structure.Evidence] = []
    named: list[str] = []
    for technique, estimates, item in measured:
        options = tables.techniques[technique]
        if item is not None:
            options = tables.options_of(tables.entry_of(sample.name, technique, item.file, item.block))
        if options.evidence == "none":
            continue
        areas = reassigned(estimates, (sample.name, technique), species, alternative)
        if areas is None:
            continue
        named.append(technique)
        before = named.count(technique)
        name = f"{technique} #{before}" if before > 1 else technique
        labels = [part for text in areas.facets["assignment"] for part in _names(str(text))]
        response = responses(item, options, labels, widen=widen) if item else stated_responses(options, widen) or None
        found.append(structure.from_areas(areas, response=response, name=name))
    return [*found, *(structure.statement(**entry.model_dump()) for entry in sample.statements)]


def finished_areas(recipe: Recipe, sample: Sample, entry: PeakEntry) -> Estimates:
    """Areas of a finished fit of another program."""
    return spectra.read_peak_table(
        recipe.path(entry),
        assignments=entry.assignments,
        relative_sd=entry.relative_sd,
        technique=entry.technique,
        sample=sample.name,
    ).areas


def reassigned(
    areas: Estimates, named: tuple[str, str], species: Sequence[str], alternative: Alternative | None
) -> Estimates | None:
    """Areas of the lines that count something among the species, under one reading; ``named`` sample and technique."""
    sample, technique = named
    assignments = [_read_as(str(text), technique, alternative) for text in areas.facets["assignment"]]
    counted = [all(name in species or name in OXYGEN_LINES for name in _names(text)) for text in assignments]
    measured = areas.sd.values != 0  # NaN, not determined, stays: the balances know what to do with it
    texts = [text if text and use else "" for text, use in zip(assignments, measured & counted, strict=True)]
    if not any(texts):
        return None
    return Estimates.build(
        areas.entries,
        areas.value.values,
        areas.covariance.values,
        assignment=texts,
        technique=[technique] * len(areas),
        sample=[sample] * len(areas),
        reading=areas.facets.get("reading", ("",) * len(areas)),
    )


def usable(fit: spectra.Fit) -> bool:
    """Whether areas may be evidence: those of a misfit are, with their wider sds, and make the analysis untrusted."""
    return fit.status.trusted or fit.status is Status.MISFIT


def _names(text: str) -> tuple[str, ...]:
    return affine.parse(text).names if text else ()


def _read_as(text: str, technique: str, alternative: Alternative | None) -> str:
    if alternative is None or alternative.technique != technique or text != alternative.line:
        return text
    return alternative.read_as


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
