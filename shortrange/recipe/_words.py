"""Words of a recipe as everything else spells them: techniques, labels, aliases, P^n, phase, cation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import reference_peaks
import spectra
import structure
from shortrange.recipe._raw import texts_in
from shortrange.recipe._tables import OXYGEN_LINES
from shortrange_core import affine
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.options import check_word, nearest

FAMILY = re.compile(r"([A-Z][a-z]?)\^?\(?(\d)\)?")
"""``P1``, ``P^1``, ``Q^1``, ``Q(1)``: every allowed unit of that many bridges."""
FAMILY_OF_ANY_FORMER = "Q"
ANIONS = ("O", "S", "Se", "Te", "F", "Cl", "Br", "I", "N", "H")
Raw = dict[str, Any]


def spelled(raw: Mapping[str, Any], name: str, offenders: Offenders) -> Raw:
    """A recipe with its words as everything else spells them; what is no word is left as it is, for the checks.

    Parameters
    ----------
    raw
        TOML of the recipe.
    name
        Its file, for messages.
    offenders
        Collects words that are not known.
    """
    content = dict(raw)
    for key in ("units", "free"):
        if isinstance(raw.get(key), list):
            content[key] = [_label(text) if isinstance(text, str) else text for text in raw[key]]
    units = texts_in(content, "units")
    techniques = raw.get("techniques")
    if isinstance(techniques, dict):
        content["techniques"] = {
            _technique(key, f"{name}: techniques", offenders): _lines_spelled(table, units)
            for key, table in techniques.items()
        }
    samples = raw.get("samples")
    if isinstance(samples, list):
        content["samples"] = [_sample(sample, units, name, offenders) for sample in samples]
    others = raw.get("alternatives")
    if isinstance(others, list):
        content["alternatives"] = [_alternative(item, units, name, offenders) for item in others]
    if isinstance(raw.get("series"), dict):
        content["series"] = _series(raw["series"], units, f"{name}: series.share", offenders)
    if isinstance(raw.get("phase"), str):
        content["phase"] = _phase(raw["phase"], name, offenders)
    cation = _cation(raw, name, offenders)
    return {**content, "cation": cation} if cation else content


def _technique(text: Any, place: str, offenders: Offenders) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return spectra.technique_name(text)
    except BadInput as error:
        offenders.add(*(f"{place}: {problem}" for problem in error.problems))
        return text


def _label(text: str) -> str:
    try:
        return structure.check_label(text)
    except BadInput:
        return text  # reported where units are checked


def line_spelled(text: str, units: Sequence[str]) -> str:
    """A line's text with aliases and P^n written out; texts that hold labels alone stay as they are.

    Examples
    --------
    >>> line_spelled("PS4 + PS3O", []), line_spelled("P^1", ["P:S4", "P:S3/S", "P:S3/O"])
    ('P:S4 + P:S3O', 'P:S3/S + P:S3/O')
    """
    try:
        expression = affine.parse(text)
    except BadInput:
        return text
    written: dict[str, float] = {}
    for name, factor in expression.coefficients.items():
        for label in _written_out(name, units):
            written[label] = written.get(label, 0.0) + factor
    return text if set(written) == set(expression.coefficients) else str(affine.Affine(written, expression.constant))


def _written_out(name: str, units: Sequence[str]) -> tuple[str, ...]:
    if ":" in name or name in OXYGEN_LINES:
        return (name,)
    members = families(name, units)
    if members:
        return members
    try:
        return (structure.check_label(name),)
    except BadInput:
        return (name,)


def families(name: str, units: Sequence[str]) -> tuple[str, ...]:
    """Units of a family such as ``P^1``, ``Q^1``, ``Q(1)``; none where the name is no family.

    Examples
    --------
    >>> families("Q^1", ["P:S4", "P:S3/S", "P:O3/O"])
    ('P:S3/S', 'P:O3/O')
    """
    family = FAMILY.fullmatch(name)
    if not family:
        return ()
    former, number = family.groups()
    return tuple(unit for unit in units if _is_of(unit, former, int(number)))


def _is_of(label: str, former: str, number: int) -> bool:
    try:
        unit = structure.parse_label(label)
    except BadInput:
        return False
    return unit.n == number and former in (FAMILY_OF_ANY_FORMER, unit.centre)


def _lines_spelled(table: Any, units: Sequence[str]) -> Any:
    if not isinstance(table, dict):
        return table
    content = dict(table)
    for key in ("lines", "crystalline"):
        if isinstance(table.get(key), list):
            content[key] = [line_spelled(line, units) if isinstance(line, str) else line for line in table[key]]
    for key in ("windows", "t1"):
        if isinstance(table.get(key), dict):
            content[key] = {line_spelled(line, units): value for line, value in table[key].items()}
    if isinstance(table.get("response"), dict):
        content["response"] = _by_unit(table["response"], units)
    return content


def _by_unit(table: Raw, units: Sequence[str]) -> Raw:
    """Values by label; what is said of a family is said of every unit of it."""
    return {label: value for text, value in table.items() for label in families(text, units) or (_label(text),)}


def _texts_spelled(table: Any, units: Sequence[str]) -> Any:
    """What peaks count, by their name."""
    if not isinstance(table, dict):
        return table
    return {name: line_spelled(text, units) if isinstance(text, str) else text for name, text in table.items()}


def _sample(sample: Any, units: Sequence[str], name: str, offenders: Offenders) -> Any:
    if not isinstance(sample, dict):
        return sample
    content = dict(sample)
    for key in ("spectra", "peak_tables"):
        if isinstance(sample.get(key), list):
            place = f"{name}: sample {sample.get('name', '?')!r}"
            content[key] = [_entry(entry, units, place, offenders) for entry in sample[key]]
    return content


def _entry(entry: Any, units: Sequence[str], place: str, offenders: Offenders) -> Any:
    if not isinstance(entry, dict):
        return entry
    content = dict(entry)
    if "technique" in entry:
        content["technique"] = _technique(entry["technique"], place, offenders)
    if "options" in entry:
        content["options"] = _lines_spelled(entry["options"], units)
    if "assignments" in entry:
        content["assignments"] = _texts_spelled(entry["assignments"], units)
    edit = entry.get("edit")
    if isinstance(edit, dict) and "counts" in edit:
        content["edit"] = {**edit, "counts": _texts_spelled(edit["counts"], units)}
    return content


def _alternative(item: Any, units: Sequence[str], name: str, offenders: Offenders) -> Any:
    if not isinstance(item, dict):
        return item
    content = dict(item)
    if "technique" in item:
        place = f"{name}: alternative {item.get('name', '?')!r}"
        content["technique"] = _technique(item["technique"], place, offenders)
    for key in ("line", "read_as"):
        if isinstance(item.get(key), str):
            content[key] = line_spelled(item[key], units)
    return content


def _series(table: Raw, units: Sequence[str], place: str, offenders: Offenders) -> Raw:
    content = dict(table)
    if isinstance(table.get("share"), list):
        content["share"] = [_technique(text, place, offenders) for text in table["share"]]
    if isinstance(table.get("trends"), dict):
        content["trends"] = _by_unit(table["trends"], units)
    return content


def _phase(text: str, name: str, offenders: Offenders) -> str:
    try:
        phases = sorted({claim.phase for claim in reference_peaks.load().claims} - {""})
        return "/".join(check_word(part, phases, "phase") for part in text.split("/"))
    except BadInput as error:
        offenders.add(*(f"{name}: {problem}" for problem in error.problems))
        return text


def _cation(raw: Mapping[str, Any], name: str, offenders: Offenders) -> str:
    """The stated cation, or the one modifier that all glasses share; empty where neither is there."""
    modifiers = _modifiers(raw)
    stated = raw.get("cation")
    if isinstance(stated, str) and stated.strip():
        for part in stated.split("/"):
            if not _is_element(part.strip()):
                hint = nearest(part, modifiers) or f"; the glasses contain {', '.join(modifiers) or 'none'}"
                offenders.add(f"{name}: cation = {stated!r}: {part!r} is not the symbol of an element{hint}")
        return stated
    if stated is not None:
        return ""
    if len(modifiers) == 1:
        return modifiers[0]
    if modifiers:
        offenders.add(
            f"{name}: cation: the glasses contain {', '.join(modifiers)}; state for which to use published positions, "
            f"such as cation = {modifiers[0]!r}"
        )
    return ""


def _is_element(text: str) -> bool:
    try:
        return structure.unit_of(text).atoms.keys() == {text}
    except BadInput:
        return False


def _modifiers(raw: Mapping[str, Any]) -> tuple[str, ...]:
    metals: dict[str, None] = {}
    for sample in raw.get("samples", []) if isinstance(raw.get("samples"), list) else []:
        try:
            glass = structure.composition(sample["composition"])
        except (BadInput, KeyError, TypeError):
            continue
        others = (e for e in glass.elements if e not in glass.formers and e not in ANIONS)
        metals |= dict.fromkeys(others)
    return tuple(metals)
