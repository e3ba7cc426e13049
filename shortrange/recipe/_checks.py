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
from shortrange.recipe._raw import table_in, texts_in
from shortrange.recipe._table_checks import (
    check_alternatives,
    check_files,
    check_series,
    check_units,
)
from shortrange.recipe._tables import OXYGEN_LINES, Sample, SpectrumEntry, Tables, problem_of_routes
from shortrange_core import affine
from shortrange_core.errors import BadInput, Infeasible, Offenders
from shortrange_core.options import nearest
from shortrange_core.spelling import spoken_in
from spectra.models import identifier, named_lines, owner_of

EXTRA_PEAKS = {"O 1s XPS": ("na_kl1l23",)}  # what a technique puts beside the lines of its species


def check_content(raw: Mapping[str, Any], tables: Tables | None, folder: Path, name: str, offenders: Offenders) -> None:
    """Content that types cannot hold; works on what is there, so that other mistakes do not hide these."""
    techniques = table_in(raw, "techniques")
    units = [*texts_in(raw, "units"), *texts_in(raw, "free")]
    labels = check_units(units, _named_in(techniques) - set(units), name, offenders)
    samples = [s for s in raw["samples"] if isinstance(s, dict)] if isinstance(raw.get("samples"), list) else []
    names = [s.get("name") for s in samples]
    for repeated in sorted({str(n) for n in names if names.count(n) > 1}):
        offenders.add(f"{name}: two samples are called {repeated!r}; give each its own name")
    for sample in samples:
        _check_sample(sample, folder, name, offenders)
    own = _own_library(raw, folder)
    listed = all(isinstance(raw.get(key, []), list) for key in ("units", "free"))
    for technique, options in techniques.items():
        if listed and isinstance(options, dict):  # what lines count cannot be judged before the units are right
            bands = {label for label in own.lines(technique) if ":" not in label} if own is not None else set()
            _check_options(technique, options, labels | bands, f"{name}: techniques.{technique}", offenders)
    if tables is not None:
        offenders.add(*(f"{name}: {problem}" for problem in filter(None, [problem_of_routes(tables.routes)])))
        check_files(tables, name, offenders)
        check_alternatives(tables, techniques, name, offenders)
        check_series(tables, techniques, f"{name}: series", offenders)
        if not offenders.problems:
            _check_edits(tables, labels, name, offenders)
            _check_statements(tables, name, offenders)
        if not offenders.problems:
            _check_balances(tables, name, offenders)


def _named_in(techniques: Mapping[str, Any]) -> set[str]:
    """Units that lines name, which a unit that is misspelt may be meant to be."""
    lines = [line for table in techniques.values() if isinstance(table, dict) for line in texts_in(table, "lines")]
    names: set[str] = set()
    for line in lines:
        try:
            names |= {name for name in affine.parse(line).names if structure.check_label(name) == name}
        except BadInput:  # is said where the line is checked
            continue
    return names


def _own_library(raw: Mapping[str, Any], folder: Path) -> reference_peaks.Library | None:
    """Private libraries of a recipe, whose bands are lines too; None where there are none, or they cannot be read."""
    names = texts_in(raw, "library")
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
                f"{name}: sample {sample.name!r}: no mixture of the allowed units and free species gives "
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
    if not isinstance(options.get("lines", []), list):  # what names lines cannot be judged before these are right
        return
    lines = texts_in(options, "lines")
    for line in lines:
        _check_line(line, technique, labels, f"{place}.lines", offenders)
    surface = texts_in(options, "surface")
    for line in table_in(options, "windows"):
        if line not in (*lines, *surface):
            offenders.add(f"{place}.windows has {line!r}, which is not a line; add it to lines or remove it")
    _check_crystalline(options, lines, place, offenders)
    _check_surface(surface, options, named_lines(technique) | labels, place, offenders)
    _check_responses(options, lines, labels, place, offenders)
    peaks = sorted({*(identifier(line) for line in (*lines, *surface)), *EXTRA_PEAKS.get(technique, ())})
    for text in texts_in(options, "constraints"):
        try:
            strangers = sorted(n for n in affine.parse_relation(text).left.names if not owner_of(n, peaks))
        except BadInput as error:
            offenders.add(*(f"{place}.constraints: {problem}" for problem in error.problems))
            continue
        if strangers:
            offenders.add(f"{place}.constraints: {text!r} names {', '.join(strangers)}; lines are {', '.join(peaks)}")


def _check_crystalline(options: Mapping[str, Any], lines: Sequence[str], place: str, offenders: Offenders) -> None:
    for line in texts_in(options, "crystalline"):
        if line not in lines:
            told = f"{nearest(line, lines)}; name one of {', '.join(lines) or 'none'}"
            offenders.add(f"{place}.crystalline has {line!r}, which is not a line{told}")


def _check_surface(
    surface: Sequence[str], options: Mapping[str, Any], placed: Collection[str], place: str, offenders: Offenders
) -> None:
    """Lines of a surface have a place: published, or a window that is stated."""
    for line in surface:
        if line not in placed and line not in table_in(options, "windows"):
            named = sorted(name for name in placed if name.islower())  # compounds, such as Li2CO3, are many
            told = f"{nearest(line, named)}; name one of {', '.join(named) or 'none'}, or give its windows"
            offenders.add(f"{place}.surface has {line!r}, for which the peak library has no position{told}")


def _check_responses(
    options: Mapping[str, Any], lines: Sequence[str], labels: set[str], place: str, offenders: Offenders
) -> None:
    for line in table_in(options, "t1"):
        if line not in lines:
            offenders.add(f"{place}.t1 has {line!r}, which is not a line; name one of {', '.join(lines) or 'none'}")
    for label in table_in(options, "response"):
        if label not in labels and label not in OXYGEN_LINES:
            offenders.add(
                f"{place}.response has {label!r}, which is not a unit; name one of {', '.join(sorted(labels))}"
            )


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
        offenders.add(f"{name}: sample {label!r}: the file {key!r} is given twice and would count twice; remove one")
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
            offenders.add(f"{place}: {part!r} is not a line of O 1s; give BO, NBO or oxide")
        elif part in labels or (":" not in part and part in bands_of(technique)):
            continue
        else:
            bands = {band for band in bands_of(technique) if ":" not in band}  # units among them are not allowed yet
            near = nearest(part, labels | bands) if labels else ""
            among = f"there are {', '.join(sorted(labels))}" if labels else "none is stated"
            offenders.add(f"{place}: {part!r} is not among the units{near}; {among}; add it or remove the line")


def bands_of(technique: str) -> frozenset[str]:
    """Lines that a technique knows by name, such as the S-S band of Raman; none of a technique that is not known."""
    try:
        return spectra.technique_of(technique).bands(technique)
    except BadInput:
        return frozenset()
