"""From the tree of a YAML file to a claim or a source and back; every fault of a file is found at once.

What may stand under a key is pydantic's to judge, by the forms of ``_forms.py``; what keys ask of one another is here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from reference_peaks.entries import _claims as c
from reference_peaks.entries._claims import Claim, Quantity, Source
from shortrange_core.errors import BadInput

SCHEMA = 1
_PLAUSIBLE = {
    "ppm": (-3000.0, 3000.0),
    "cm-1": (0.0, 10000.0),
    "eV": (-10.0, 10000.0),
    "nm": (10.0, 1e5),
    "dimensionless": (0.0, 1e6),
}
_ORDERED = (
    *("schema", "technique", "species", "species_kind", "line", "cation", "phase", "sample", "QUANTITY", "fwhm"),
    *("fwhm_sd", "shape", "scale", "conditions", "source", "via", "where", "evidence", "source_kind", "curator"),
    *("reviewer", "status", "notes", "number", "raw_row", "provenance"),
)


def _checked_tree(tree: Any, name: str) -> dict[str, Any]:
    if not isinstance(tree, Mapping):
        raise BadInput(f"{name}: is not a mapping of names to values; write 'technique: ...' and so on")
    return dict(tree)


def claim_from_tree(tree: Any, name: str, *, key: str = "") -> Claim:
    """Claim from the tree of its YAML file.

    Parameters
    ----------
    tree
        What :func:`parse_yaml` gave.
    name
        File name for the error messages.
    key
        Key that the file's place stands for; the claim's own where absent.

    Raises
    ------
    BadInput
        With every fault of the file: unknown or missing keys, wrong types, values outside the vocabulary.
    """
    from reference_peaks.entries._forms import QUANTITY_KINDS, ClaimForm, checked

    stated = _checked_tree(tree, name)
    sound, problems = checked(ClaimForm, stated, name)
    problems += [f"{name}: {fault}" for fault in _faults_of_claim(sound)]
    kinds = [kind for kind in QUANTITY_KINDS if kind in stated]
    if len(kinds) != 1:
        problems.append(f"{name}: has {len(kinds)} of {', '.join(QUANTITY_KINDS)}; a claim has exactly one of them")
    for kind in kinds:
        if kind in sound:
            faults = _faults_of_quantity(kind, sound[kind], stated[kind].keys(), sound.get("technique", ""))
            problems += [f"{name}, {kind}: {fault}" for fault in faults]
    if problems:
        raise BadInput(*problems)
    (kind,) = kinds
    quantity = Quantity(kind, **sound.pop(kind))
    claim = Claim(key=key, quantity=quantity, **{field: value for field, value in sound.items() if field != "schema"})
    return claim if key else with_key(claim)


def with_key(claim: Claim) -> Claim:
    """The claim under the key that its content asks for."""
    return dataclasses.replace(claim, key=c.key_of(claim))


def _faults_of_claim(sound: Mapping[str, Any]) -> Iterator[str]:
    """What keys of a claim ask of one another, of those whose own values are right."""
    if sound.get("schema", SCHEMA) != SCHEMA:
        yield f"schema = {sound['schema']}; this version reads schema {SCHEMA}: update it, or write schema: {SCHEMA}"
    if sound.get("status") == "reviewed" and not sound.get("reviewer"):
        yield "status is reviewed, but reviewer is missing; name the person, or set status: proposed"


def _faults_of_quantity(kind: str, sound: Mapping[str, Any], stands: Collection[str], technique: str) -> Iterator[str]:
    """The same of a quantity; ``stands`` are all of its keys, ``technique`` is empty where it is wrong itself."""
    one = f"{'an' if kind[0] in 'ae' else 'a'} {kind}"
    unit = sound.get("unit")
    asked = _unit(kind, technique) if technique else unit
    if unit is not None and unit != asked:
        yield f"unit = {unit!r}, but {one} of {technique} is given in {asked}"
    elif unit is not None:
        low, high = _PLAUSIBLE[unit]
        for value in (sound[end] for end in ("value", "lower", "upper") if end in sound):
            if not low <= value <= high:
                yield f"{value} {unit} lies outside {low} to {high}; check the number"
    ends = {"lower", "upper"}.intersection(stands)
    if kind in ("range", "window") and len(ends) < 2:
        yield f"{one} needs lower and upper; add them"
    if len(ends) == 1:
        yield "lower and upper come together; add the other or leave both out"
    if {"lower", "upper"} <= sound.keys() and sound["lower"] >= sound["upper"]:
        yield f"lower = {sound['lower']} is not below upper = {sound['upper']}; swap them"
    if kind in ("position", "splitting", "difference", "energy", "response") and "value" not in stands:
        yield f"{one} needs a value; add it"
    if kind in ("anisotropy", "tensor", "response") and not {"convention", "printed"}.intersection(stands):
        yield f"{one} needs its convention, or the numbers as printed; add one"


def _unit(kind: str, technique: str) -> str:
    return "dimensionless" if kind == "response" else c.unit_of_technique(technique)


def tree_from_claim(claim: Claim) -> dict[str, Any]:
    """Tree of a claim's YAML file, without what is absent; inverse of :func:`claim_from_tree`."""
    quantity = {
        field: value
        for field in ("value", "sd", "lower", "upper", "unit", "convention", "printed")
        if (value := getattr(claim.quantity, field)) not in (None, "")
    }
    tree: dict[str, Any] = {}
    for field in _ORDERED:
        if field == "schema":
            tree[field] = SCHEMA
        elif field == "QUANTITY":
            tree[claim.quantity.kind] = quantity
        elif (value := getattr(claim, field)) not in (None, "") and value != {}:
            tree[field] = dict(value) if isinstance(value, Mapping) else value
    return tree


def source_from_tree(key: str, tree: Any, name: str) -> Source:
    """Bibliography entry from its tree.

    Raises
    ------
    BadInput
        With every fault of the entry.
    """
    from reference_peaks.entries._forms import SourceForm, checked

    place = f"{name}, {key}"
    sound, problems = checked(SourceForm, _checked_tree(tree, place), place)
    if not {"doi", "url", "journal", "title"}.intersection(tree):
        problems.append(f"{place}: cannot be found: give a doi, a url, a journal or a title")
    if problems:
        raise BadInput(*problems)
    return Source(key=key, **sound)


def tree_from_source(source: Source) -> dict[str, Any]:
    """Tree of a bibliography entry, without what is absent; inverse of :func:`source_from_tree`."""
    names = ("kind", "authors", "title", "journal", "volume", "pages", "year", "doi", "url", "note")
    return {name: value for name in names if (value := getattr(source, name)) not in ("", None)}
