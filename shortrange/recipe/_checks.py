"""Content of a recipe that types cannot hold: labels, lines, files, and whether anything allowed makes a glass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import reference_peaks
import spectra
import structure
from shortrange.edits import check_edit
from shortrange.recipe._options import Options
from shortrange.recipe._tables import OXYGEN_LINES, Sample, SpectrumEntry, Tables
from shortrange_core import affine
from shortrange_core.errors import BadInput, Infeasible, Offenders
from shortrange_core.options import nearest
from shortrange_core.spelling import spoken_in
from spectra.models import identifier, named_lines, owner_of

EXTRA_PEAKS = {"O 1s XPS": ("na_kl1l23",)}  # what a technique puts beside the lines of its species


def check_content(raw: Mapping[str, Any], tables: Tables | None, folder: Path, name: str, offenders: Offenders) -> None:
    """Content that types cannot hold; works on what is there, so that other mistakes do not hide these."""
    units = [u for u in raw.get("units", []) if isinstance(u, str)]
    free = [u for u in raw.get("free", []) if isinstance(u, str)]
    labels = _known_units([*units, *free], name, offenders)
    samples = [s for s in raw.get("samples", []) if isinstance(s, dict)]
    names = [s.get("name") for s in samples]
    for repeated in sorted({str(n) for n in names if names.count(n) > 1}):
        offenders.add(f"{name}: two samples are called {repeated!r}; give each its own name")
    for sample in samples:
        _check_sample(sample, folder, name, offenders)
    techniques = raw.get("techniques", {})
    own = _own_library(raw.get("library"), folder)
    for technique, options in techniques.items() if isinstance(techniques, dict) else ():
        if isinstance(options, dict):
            bands = {label for label in own.lines(technique) if ":" not in label} if own is not None else set()
            _check_options(technique, options, labels | bands, f"{name}: techniques.{technique}", offenders)
    if tables is not None:
        _check_files(tables, name, offenders)
        _check_alternatives(tables, name, offenders)
        _check_series(tables, f"{name}: series", offenders)
        if not offenders.problems:
            _check_edits(tables, labels, name, offenders)
            _check_statements(tables, name, offenders)
        if not offenders.problems:
            _check_balances(tables, name, offenders)


def _own_library(stated: Any, folder: Path) -> reference_peaks.Library | None:
    """Private libraries of a recipe, whose bands are lines too; None where there are none, or they cannot be read."""
    names = [text for text in stated if isinstance(text, str)] if isinstance(stated, list) else []
    try:
        return reference_peaks.load(*(folder / text for text in names)) if names else None
    except BadInput:  # is said where the library is loaded
        return None


def _check_statements(tables: Tables, name: str, offenders: Offenders) -> None:
    """What is stated of a glass is a statement, on a quantity that its species have."""
    for sample in tables.samples:
        glass = structure.composition(sample.composition)
        species = [
            structure.check_label(text) for text in (*tables.units, *tables.free) if can_hold(text, glass.elements)
        ]
        for entry in sample.statements:
            try:
                with spoken_in("recipe"):
                    structure.statement(**entry.model_dump())
                    structure.check_quantity(glass, species, entry.quantity)
            except BadInput as error:
                place = f"{name}: sample {sample.name!r}: statement on {entry.quantity!r}"
                offenders.add(*(f"{place}: {problem}" for problem in error.problems))


def _check_edits(tables: Tables, labels: set[str], name: str, offenders: Offenders) -> None:
    """What was changed by hand names peaks that the recipe gives the spectrum, and labels that it allows."""
    for sample in tables.samples:
        for entry in sample.spectra:
            place = f"{name}: sample {sample.name!r}: {entry.file}: edit"
            offenders.add(*problems_of_edit(tables, sample, entry, labels, place))


def problems_of_edit(
    tables: Tables, sample: Sample, entry: SpectrumEntry, labels: set[str], place: str
) -> tuple[str, ...]:
    """What is wrong with the edit of one spectrum; ``labels`` are the labels that may be counted."""
    options, offenders = tables.options_of(entry), Offenders()
    lines = [identifier(line) for line in lines_of(options, structure.composition(sample.composition))]
    extra = EXTRA_PEAKS.get(entry.technique, ())
    offenders.add(*check_edit(entry.edit, entry.technique, (*lines, *extra), place))
    for text in filter(None, entry.edit.counts.values()):
        _check_line(text, entry.technique, labels, f"{place}.counts", offenders)
    return tuple(offenders.problems)


def lines_of(options: Options, glass: structure.Composition) -> tuple[str, ...]:
    """Lines of a technique with what this glass cannot hold taken out."""
    kept = []
    for line in options.lines:
        expression = affine.parse(line)
        possible = {name: c for name, c in expression.coefficients.items() if can_hold(name, glass.elements)}
        if possible:
            kept.append(str(affine.Affine(possible)))
    return tuple(kept)


def _check_balances(tables: Tables, name: str, offenders: Offenders) -> None:
    """Every glass can be made of what is allowed in it: else no evidence could ever fit."""
    for sample in tables.samples:
        glass = structure.composition(sample.composition)
        species = [
            structure.check_label(text) for text in (*tables.units, *tables.free) if can_hold(text, glass.elements)
        ]
        try:
            structure.ranges(glass, species, quantities=species[:1])
        except Infeasible:
            offenders.add(
                f"{name}: sample {sample.name!r}: nothing of the allowed units and free species makes "
                f"{sample.composition} (charge {glass.imbalance:+.3g} per former at usual oxidation states); "
                "correct the composition, or allow what is missing"
            )
        except BadInput as error:
            offenders.add(*(f"{name}: sample {sample.name!r}: {problem}" for problem in error.problems))


def can_hold(label: str, elements: Collection[str]) -> bool:
    """Whether a glass of some elements can hold what a label names; names of bands, such as S-S, always."""
    if label in OXYGEN_LINES:
        return "O" in elements
    try:
        atoms = structure.unit_of(label).atoms
    except BadInput:
        return True
    return set(atoms) <= set(elements)


def _check_options(
    technique: str, options: Mapping[str, Any], labels: set[str], place: str, offenders: Offenders
) -> None:
    """Lines, windows and constraints of one technique, as far as they are texts."""
    lines = [line for line in options.get("lines", []) if isinstance(line, str)]
    for line in lines:
        _check_line(line, technique, labels, f"{place}.lines", offenders)
    surface = [line for line in options.get("surface", []) if isinstance(line, str)]
    for line in options.get("windows", {}):
        if line not in (*lines, *surface):
            offenders.add(f"{place}.windows has {line!r}, which is no line; add it to lines or remove it")
    _check_crystalline(options, lines, place, offenders)
    _check_surface(surface, options, named_lines(technique) | labels, place, offenders)
    _check_responses(options, lines, labels, place, offenders)
    peaks = sorted({*(identifier(line) for line in (*lines, *surface)), *EXTRA_PEAKS.get(technique, ())})
    for text in options.get("constraints", []):
        try:
            strangers = sorted(n for n in affine.parse_relation(text).left.names if not owner_of(n, peaks))
        except BadInput as error:
            offenders.add(*(f"{place}.constraints: {problem}" for problem in error.problems))
            continue
        if strangers:
            offenders.add(f"{place}.constraints: {text!r} names {', '.join(strangers)}; lines are {', '.join(peaks)}")


def _check_crystalline(options: Mapping[str, Any], lines: Sequence[str], place: str, offenders: Offenders) -> None:
    for line in options.get("crystalline", []):
        if isinstance(line, str) and line not in lines:
            told = f"{nearest(line, lines)}; name one of {', '.join(lines) or 'none'}"
            offenders.add(f"{place}.crystalline has {line!r}, which is no line{told}")


def _check_surface(
    surface: Sequence[str], options: Mapping[str, Any], placed: Collection[str], place: str, offenders: Offenders
) -> None:
    """Lines of a surface have a place: published, or a window that is stated."""
    for line in surface:
        if line not in placed and line not in options.get("windows", {}):
            named = sorted(name for name in placed if name.islower())  # compounds, such as Li2CO3, are many
            told = f"{nearest(line, named)}; name one of {', '.join(named) or 'none'}, or give windows of it"
            offenders.add(f"{place}.surface has {line!r}, of which the peak library has no place{told}")


def _check_responses(
    options: Mapping[str, Any], lines: Sequence[str], labels: set[str], place: str, offenders: Offenders
) -> None:
    for line in options.get("t1", {}):
        if line not in lines:
            offenders.add(f"{place}.t1 has {line!r}, which is no line; name one of {', '.join(lines) or 'none'}")
    for label in options.get("response", {}):
        if label not in labels and label not in OXYGEN_LINES:
            offenders.add(f"{place}.response has {label!r}, which is no unit; name one of {', '.join(sorted(labels))}")


def _check_files(tables: Tables, name: str, offenders: Offenders) -> None:
    used = {entry.technique for sample in tables.samples for entry in sample.spectra}
    used |= {entry.technique for sample in tables.samples for entry in sample.peak_tables}
    for sample in tables.samples:
        if not (sample.spectra or sample.peak_tables or sample.statements):
            offenders.add(f"{name}: sample {sample.name!r}: has no spectrum, peak table or statement; add one")
    for technique in sorted(used - set(tables.techniques)):
        offenders.add(f"{name}: files of {technique} are given, but no table techniques.{technique!r}; add it")


def _check_alternatives(tables: Tables, name: str, offenders: Offenders) -> None:
    for alternative in tables.alternatives:
        options = tables.techniques.get(alternative.technique)
        lines = options.lines if options else ()
        place = f"{name}: alternative {alternative.name!r}"
        if alternative.line not in lines:
            offenders.add(
                f"{place}: {alternative.line!r} is no line of {alternative.technique}; "
                f"name one of {', '.join(lines) or 'none'}"
            )
        try:
            _known_units(affine.parse(alternative.read_as).names, name, offenders)
        except BadInput as error:
            offenders.add(*(f"{place}: {problem}" for problem in error.problems))


def _check_series(tables: Tables, place: str, offenders: Offenders) -> None:
    """What glasses share can be shared: places, techniques with unknown responses, species."""
    series = tables.series
    if series is None:
        return
    if not (series.share or series.smooth or series.trends):
        offenders.add(f"{place}: states nothing; give share, smooth or trends, or leave it out")
    places = [sample.x for sample in tables.samples]
    lacking = [sample.name for sample in tables.samples if sample.x is None]
    if lacking:
        offenders.add(f"{place}: sample {', '.join(map(repr, lacking))}: has no x; give its place in the series")
    elif len(set(places)) < max(len(places), 2):
        offenders.add(f"{place}: x = {', '.join(f'{x:g}' for x in places)}: give two glasses or more, each its own x")
    for technique in series.share:
        if technique not in tables.techniques or tables.techniques[technique].evidence != "responses":
            able = ", ".join(name for name, options in tables.techniques.items() if options.evidence == "responses")
            offenders.add(
                f"{place}.share: {technique!r} has no unknown responses; name one of {able or 'none'}, or state "
                f'evidence = "responses" for it'
            )
    for label in sorted(series.trends.keys() - {*tables.units, *tables.free}):
        offenders.add(f"{place}.trends: {label!r} is not among units and free; name one of them")


def _known_units(units: Any, name: str, offenders: Offenders) -> set[str]:
    labels = set()
    for unit in units:
        try:
            labels.add(structure.check_label(unit))
        except BadInput as error:
            offenders.add(*(f"{name}: units: {problem}" for problem in error.problems))
    return labels


def _check_sample(sample: Mapping[str, Any], folder: Path, name: str, offenders: Offenders) -> None:
    label = sample.get("name", "?")
    if isinstance(sample.get("composition"), str):
        try:
            glass = structure.composition(sample["composition"])
            stated = sample.get("composition_sd", {})
            glass.uncertain(**{e: sd for e, sd in stated.items() if isinstance(sd, (int, float))})
        except BadInput as error:
            offenders.add(*(f"{name}: sample {label!r}: {problem}" for problem in error.problems))
    entries = [e for key in ("spectra", "peak_tables") for e in sample.get(key, []) if isinstance(e, dict)]
    keys = [(entry.get("file"), entry.get("block"), entry.get("technique")) for entry in entries]
    for key in sorted({str(key[0]) for key in keys if keys.count(key) > 1}):
        offenders.add(f"{name}: sample {label!r}: the file {key!r} is given twice; it would count twice, remove one")
    for entry in entries:
        file = entry.get("file")
        if isinstance(file, str) and file and not (folder / file).exists():
            offenders.add(f"{name}: sample {label!r}: there is no file {file!r} beside the recipe; correct its name")


def _check_line(line: str, technique: str, labels: set[str], place: str, offenders: Offenders) -> None:
    if technique == "O 1s XPS" and line in OXYGEN_LINES:
        return
    try:
        parts = affine.parse(line).names
    except BadInput as error:
        offenders.add(*(f"{place}: {problem}" for problem in error.problems))
        return
    for part in parts:
        if technique == "O 1s XPS":
            offenders.add(f"{place}: {part!r} is no line of O 1s; give BO, NBO or oxide")
        elif part in labels or (":" not in part and part in bands_of(technique)):
            continue
        else:
            near = nearest(part, labels | bands_of(technique)) if labels else ""
            among = f"there are {', '.join(sorted(labels))}" if labels else "none is stated"
            offenders.add(f"{place}: {part!r} is not among the units{near}; {among}; add it or take the line out")


def bands_of(technique: str) -> frozenset[str]:
    """Lines that a technique knows by name, such as the S-S band of Raman; none of a technique that is not known."""
    try:
        return spectra.technique_of(technique).bands(technique)
    except BadInput:
        return frozenset()
