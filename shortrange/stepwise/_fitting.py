"""Spectra of a recipe as read, and the fit of each: what hangs on nothing but its own spectrum."""

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
    Options,
    Recipe,
    Sample,
    SpectrumEntry,
    Tables,
    lines_of,
)
from shortrange.results import Fitted, Measured, Priors
from shortrange.stepwise._charge import charged, others_of
from shortrange.stepwise._places import published_places
from shortrange_core import affine
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.files import sha256
from shortrange_core.notes import Note, Severity
from shortrange_core.tasks import later
from spectra.models import identifier, owner_of

Progress = Callable[[str], None]


def read_measured(recipe: Recipe, progress: Progress, *, strict: bool = False) -> tuple[Measured, ...]:
    """Every spectrum of a recipe, as read; all files that cannot be, or with ``strict`` are odd, are named together."""
    offenders = Offenders()
    measured = []
    entries = [(sample, entry) for sample in recipe.tables.samples for entry in sample.spectra]
    tasks = [later(read_entry, recipe, sample, entry, strict=strict) for sample, entry in entries]
    for (_, entry), task in zip(entries, tasks, strict=True):
        progress(f"read {entry.file}")
        with offenders.of():
            measured.append(task.result())
    offenders.raise_if_any()
    return tuple(measured)


def read_entry(recipe: Recipe, sample: Sample, entry: SpectrumEntry, *, strict: bool = False) -> Measured:
    """One spectrum of a recipe, as read.

    Raises
    ------
    BadInput
        If it cannot be read; if its reader warns of it, and ``strict`` or the recipe asks for this.
    """
    path = recipe.path(entry)
    spectrum = spectra.read(
        path, technique=entry.technique, block=entry.block, energy=entry.energy, laser=entry.laser
    ).assign_coords(sample=sample.name)
    options = recipe.tables.options_of(entry)
    spectrum = charged(
        spectrum,
        path,
        entry.technique,
        options,
        energy=entry.energy,
        others=others_of(recipe, sample),
        strict=strict or recipe.tables.strict,
    )
    return Measured(sample.name, entry.technique, entry.file, sha256(path), spectrum, entry.block or "")


def priors_of(recipe: Recipe, library: reference_peaks.Library) -> dict[str, dict[str, Prior | Window]]:
    """Published positions of the lines of a recipe, and windows where there are none, by technique and species."""
    tables = recipe.tables
    by_technique: dict[str, dict[str, Prior | Window]] = {}
    for technique, options in tables.techniques.items():
        if options.lines:
            asked = {"cation": tables.cation, "phase": tables.phase, "scale": options.get("reference")}
            by_technique[technique] = published_places(library, technique, options.lines, **asked)
    return by_technique


def fit_spectra(recipe: Recipe, measured: Sequence[Measured], priors: Priors, progress: Progress) -> tuple[Fitted, ...]:
    """Fit of every spectrum, in the order of the recipe whatever is done first."""
    fits: dict[int, Fitted | None] = {}
    problems: dict[int, tuple[str, ...]] = {}
    longest = sorted(range(len(measured)), key=lambda number: -_work(recipe.tables, measured[number]))
    tasks = [(number, later(_fit_of, recipe, measured[number], priors)) for number in longest]
    for number, task in tasks:
        item = measured[number]
        progress(f"fit {item.sample} {item.technique}")
        try:
            fits[number] = task.result()
        except BadInput as error:
            problems[number] = tuple(f"{item.file}: {problem}" for problem in error.problems)
    offenders = Offenders()
    offenders.add(*(problem for number in sorted(problems) for problem in problems[number]))
    offenders.raise_if_any()
    return tuple(fitted for _, fitted in sorted(fits.items()) if fitted is not None)


def _work(tables: Tables, item: Measured) -> float:
    """About how long a fit takes beside others: lines with sidebands have most parameters, and most bands a line.

    The longest go first, so that none is begun last.
    """
    sample = next(sample for sample in tables.samples if sample.name == item.sample)
    options = tables.options_of(tables.entry_of(item.sample, item.technique, item.file, item.block))
    return float(len(lines_of(options, sample.glass)) ** 2 * item.spectrum["intensity"].size)


def _fit_of(recipe: Recipe, item: Measured, priors: Priors) -> Fitted | None:
    return fit_measured(recipe.tables, item, priors)


def fit_measured(tables: Tables, item: Measured, priors: Priors) -> Fitted | None:
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
    itself = (item.file, item.technique, item.block)
    own = zlib.crc32("\0".join((item.sample, *itself)).encode())
    options = tables.options_of(tables.entry_of(item.sample, item.technique, item.file, item.block))
    rng = np.random.default_rng((tables.seed, own))
    fit = fitted_with_remarks(spectrum, model, item.technique, restarts=options.restarts, rng=rng)
    fit = replace(fit, notes=(*fit.notes, *_notes_of_held_areas(fit)))
    return Fitted(item.sample, item.technique, item.file, lines, unpublished(lines, item, priors), fit, item.block)


def fitted_with_remarks(
    spectrum: xr.Dataset,
    model: spectra.Model,
    technique: str,
    *,
    restarts: int,
    rng: np.random.Generator | None = None,
) -> spectra.Fit:
    """A fit with the remarks of its technique first, a cause before what it does.

    Where the lines contradict what is stated of scale or phase the result is the fit with that free, if it describes
    the data: areas of lines at wrong places, or in a wrong phase, are no amounts of what these count.
    """
    engine = spectra.technique_of(technique)
    fit = spectra.fit(spectrum, model, restarts=restarts, rng=rng, check=False)
    remarks, contradicted = engine.remarks(fit), engine.freed(fit)
    if contradicted is not None:
        cause, freed = contradicted
        there = spectra.fit(spectrum, freed, restarts=restarts, rng=rng, check=False)
        if there.status.trusted:
            fit, remarks = there, (cause, *engine.remarks(there))
    return replace(fit, notes=(*remarks, *fit.notes))


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
    published = priors.get(item.technique, {})
    ready, model = prepared_model(
        item.spectrum,
        item.technique,
        lines,
        options,
        published,
        sodium="Na" in glass.elements,
        elements=glass.elements,
        edit=entry.edit,
    )
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
    text = f"the area of {texts} is held by hand: it is not a measurement and is not used in the balances"
    return [Note("area-held", Severity.WARNING, text, "release it, or hold only position and width")]


def prepared_model(
    spectrum: xr.Dataset,
    technique: str,
    lines: Sequence[str],
    options: Options,
    priors: spectra.models.Places,
    *,
    sodium: bool = True,
    elements: Sequence[str] = (),
    edit: Edit = NO_EDIT,
) -> tuple[xr.Dataset, spectra.Model]:
    """Spectrum as its technique prepares it, and the model of the lines under the options of a recipe.

    Without ``sodium`` a photoelectron model has no sodium Auger line unless the options ask for it; ``elements`` are
    those of the glass, where the options name none. Window and degree
    of an ``edit`` stand over those of the technique; the rest of it changes the model that the technique makes.
    """
    over = {key: getattr(edit, key) for key in ("window", "background_degree") if getattr(edit, key) is not None}
    absent = {identifier(line) for line in lines} & set(edit.off)
    lines = [line for line in lines if identifier(line) not in absent]
    engine = spectra.technique_of(technique)
    stated = {**options.given, **{key: tuple(v) if isinstance(v, list) else v for key, v in over.items()}}
    named = (*lines, *stated.get("surface", ()))
    windows = {line: ends for line, ends in stated.pop("windows", {}).items() if line in named}
    if "crystalline" in stated:  # of the lines of a technique this glass may lack some; another name is a mistake
        others = set(options.lines) - set(lines)
        stated["crystalline"] = tuple(line for line in stated["crystalline"] if line not in others)
    if engine is spectra.technique_of("XPS"):
        stated.setdefault("elements", tuple(elements))
        if not sodium:
            stated.setdefault("sodium", False)
    ready, model = engine.made(phased(spectrum, edit), lines, {**stated, "windows": windows}, priors=priors)
    for low, high in options.excluded:
        x = ready[engine.axis]
        ready = ready.isel({engine.axis: ((x < low) | (x > high)).values})
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
