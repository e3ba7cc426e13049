"""Evidence of one glass: the areas of its spectra and peak tables under a reading of their lines, and statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

import spectra
import structure
from shortrange.recipe import OXYGEN_LINES, Alternative, Options, PeakEntry, Recipe, Sample, Tables
from shortrange.results import Fitted
from shortrange.stepwise._responses import responses, stated_responses
from shortrange_core import affine
from shortrange_core.estimates import Estimates
from shortrange_core.notes import Status


def labels_of(tables: Tables, readings: Sequence[Alternative]) -> tuple[str, ...]:
    """Allowed units and free species; a reading brings in what it counts and drops what no line then counts."""
    labels = tuple(dict.fromkeys(structure.check_label(text) for text in (*tables.units, *tables.free)))
    for reading in readings:
        others = [line for line in tables.techniques[reading.technique].lines if line != reading.line]
        still = {name for line in others for name in affine.parse(line).names}
        dropped = set(affine.parse(reading.line).names) - still
        added = [structure.check_label(name) for name in affine.parse(reading.read_as).names]
        labels = tuple(name for name in dict.fromkeys((*labels, *added)) if name in added or name not in dropped)
    return labels


def evidence_of(
    recipe: Recipe,
    sample: Sample,
    fits: Sequence[Fitted],
    species: Sequence[str],
    readings: Sequence[Alternative] = (),
    *,
    widen: float = 1.0,
) -> list[structure.Evidence]:
    """Areas of the fits and of finished peak tables of one glass, and what is stated of it."""
    pieces: list[structure.Evidence] = []
    named: list[str] = []
    for item, options, texts in _counted(recipe, sample, fits, species, readings):
        areas = _assigned(_areas_of(item.fit), (sample.name, item.technique), texts)
        labels = [part for text in areas.facets["assignment"] for part in _names(str(text))]
        response = responses(item, options, labels, widen=widen)
        pieces.append(structure.from_areas(areas, response=response, name=_numbered(item.technique, named)))
    pieces += table_evidence(recipe, sample, species, readings, named, widen=widen)
    return [*pieces, *(structure.statement(**entry.model_dump()) for entry in sample.statements)]


def misfits_of(
    recipe: Recipe, sample: Sample, fits: Sequence[Fitted], species: Sequence[str], readings: Sequence[Alternative] = ()
) -> tuple[str, ...]:
    """Techniques of a glass whose areas are evidence although their fits miss their data."""
    counted = _counted(recipe, sample, fits, species, readings)  # without the areas, which nobody asks for here
    return tuple(dict.fromkeys(item.technique for item, _, _ in counted if item.fit.status is Status.MISFIT))


def _counted(
    recipe: Recipe, sample: Sample, fits: Sequence[Fitted], species: Sequence[str], readings: Sequence[Alternative]
) -> Iterator[tuple[Fitted, Options, list[str]]]:
    """Fits of a glass that are evidence, with their options and what the areas of their lines count."""
    tables = recipe.tables
    for item in (item for item in fits if item.sample == sample.name and usable(item.fit)):
        options = tables.options_of(tables.entry_of(sample.name, item.technique, item.file, item.block))
        if options.evidence != "none":
            texts = _texts_of(_areas_of(item.fit), item.technique, species, readings)
            if any(texts):
                yield item, options, texts


def _areas_of(fit: spectra.Fit) -> Estimates:
    """Of a photoelectron region those that hold a shape which its data prefer."""
    return spectra.xps.areas_over_shapes(fit) if fit.model.technique.endswith("XPS") else fit.areas


def table_evidence(
    recipe: Recipe,
    sample: Sample,
    species: Sequence[str],
    readings: Sequence[Alternative] = (),
    named: Sequence[str] = (),
    *,
    widen: float = 1.0,
) -> list[structure.Areas]:
    """Areas of the finished peak tables of one glass; ``named`` are techniques of its other evidence."""
    pieces = []
    before = list(named)
    for entry in sample.peak_tables:
        options = recipe.tables.techniques[entry.technique]
        if options.evidence == "none":
            continue
        estimates = finished_areas(recipe, sample, entry)
        areas = reassigned(estimates, (sample.name, entry.technique), species, readings)
        if areas is not None:
            response = stated_responses(options, widen) or None
            pieces.append(structure.from_areas(areas, response=response, name=_numbered(entry.technique, before)))
    return pieces


def _numbered(technique: str, named: list[str]) -> str:
    """Name of evidence, with a number where the glass has several of a technique."""
    named.append(technique)
    before = named.count(technique)
    return f"{technique} #{before}" if before > 1 else technique


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
    areas: Estimates, named: tuple[str, str], species: Sequence[str], readings: Sequence[Alternative] = ()
) -> Estimates | None:
    """Areas of the lines that count something among the species, under readings; ``named`` sample and technique."""
    texts = _texts_of(areas, named[1], species, readings)
    return _assigned(areas, named, texts) if any(texts) else None


def _texts_of(areas: Estimates, technique: str, species: Sequence[str], readings: Sequence[Alternative]) -> list[str]:
    """What every area counts among the species, under readings; empty where that is nothing."""
    assignments = [_read_as(str(text), technique, readings) for text in areas.value["assignment"].values.tolist()]
    counted = [all(name in species or name in OXYGEN_LINES for name in _names(text)) for text in assignments]
    # NaN, not determined, stays: the balances know what to do with it
    measured = ~(np.diagonal(areas.covariance.values) <= 0)
    return [text if text and use else "" for text, use in zip(assignments, measured & counted, strict=True)]


def _assigned(areas: Estimates, named: tuple[str, str], texts: Sequence[str]) -> Estimates:
    sample, technique = named
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


def _read_as(text: str, technique: str, readings: Sequence[Alternative]) -> str:
    texts = [reading.read_as for reading in readings if reading.technique == technique and reading.line == text]
    return texts[-1] if texts else text
