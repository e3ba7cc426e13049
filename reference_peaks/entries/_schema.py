"""From the tree of a YAML file to a claim or a source and back; every fault of a file is found at once."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any

from reference_peaks.entries import _claims as c
from reference_peaks.entries._claims import Claim, Quantity, Source
from shortrange_core.errors import BadInput

SCHEMA = 1
TEXT_LIMIT = 2000
_TEXTS = (
    *("technique", "species", "species_kind", "line", "cation", "phase", "sample", "scale", "shape", "source"),
    *("via", "where", "evidence", "source_kind", "curator", "reviewer", "status", "notes"),
)
_NUMBERS = ("fwhm", "fwhm_sd")
_WHOLE = ("schema", "number", "raw_row")
_MAPS = ("conditions", "provenance")
_REQUIRED = ("schema", "technique", "species", "species_kind", "source", "evidence", "source_kind", "curator", "status")
_CHOICES = {
    "species_kind": c.SPECIES_KINDS,
    "phase": c.PHASES,
    "evidence": c.EVIDENCE,
    "source_kind": c.SOURCE_KINDS,
    "status": c.STATUSES,
}
_QUANTITY_TEXTS = ("unit", "convention", "printed")
_QUANTITY_NUMBERS = ("value", "sd", "lower", "upper")
_PLAUSIBLE = {
    "ppm": (-3000.0, 3000.0),
    "cm-1": (0.0, 10000.0),
    "eV": (-10.0, 10000.0),
    "nm": (10.0, 1e5),
    "dimensionless": (0.0, 1e6),
}
_SOURCE_TEXTS = ("kind", "authors", "title", "journal", "volume", "pages", "doi", "url", "note")
_DOI = re.compile(r"10\.\d{4,9}(\.\d+)*/\S+")
_ORDERED = (
    *("schema", "technique", "species", "species_kind", "line", "cation", "phase", "sample", "QUANTITY", "fwhm"),
    *("fwhm_sd", "shape", "scale", "conditions", "source", "via", "where", "evidence", "source_kind", "curator"),
    *("reviewer", "status", "notes", "number", "raw_row", "provenance"),
)


class _Reader:
    """Takes values out of a tree and keeps what is wrong with them."""

    def __init__(self, name: str, tree: Mapping[str, Any]) -> None:
        self.name, self.tree = name, tree
        self.problems: list[str] = []

    def fault(self, problem: str) -> None:
        self.problems.append(f"{self.name}: {problem}")

    def unknown(self, allowed: tuple[str, ...]) -> None:
        for key in self.tree:
            if key not in allowed:
                self.fault(f"the key {key[:60]!r} is not known; known are {', '.join(allowed)}")

    def text(self, key: str) -> str:
        value = self.tree.get(key)
        if value is None:
            if key in self.tree:
                self.fault(f"{key} is null; leave an unknown value out")
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > TEXT_LIMIT or not value.isprintable():
            self.fault(f"{key} = {str(value)[:60]!r} is not a printable text of 1 to {TEXT_LIMIT} characters; quote it")
            return ""
        return value

    def real(self, key: str, *, positive: bool = False) -> float | None:
        value = self.tree.get(key)
        if value is None:
            if key in self.tree:
                self.fault(f"{key} is null; leave an unknown value out")
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            self.fault(f"{key} = {str(value)[:60]!r} is not a number; give a finite number without unit")
            return None
        if positive and value <= 0:
            self.fault(f"{key} = {value} is not above 0; give a positive number or leave it out")
            return None
        return float(value)

    def whole(self, key: str) -> int | None:
        value = self.real(key)
        if value is not None and (value != int(value) or not 1 <= value < 1e9):
            self.fault(f"{key} = {value} is not a whole number from 1 on")
            return None
        return None if value is None else int(value)

    def mapping(self, key: str) -> dict[str, str | float]:
        value = self.tree.get(key, {})
        if not isinstance(value, Mapping):
            self.fault(f"{key} is not a mapping; write one 'name: value' a line below it")
            return {}
        scalars: dict[str, str | float] = {}
        inner = _Reader(f"{self.name}, {key}", value)
        for name, item in value.items():
            entry = inner.text(name) if isinstance(item, str) or item is None else inner.real(name)
            if entry is not None:
                scalars[str(name)] = entry
        self.problems.extend(inner.problems)
        return scalars


def _checked_tree(tree: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(tree, Mapping):
        raise BadInput(f"{name}: is not a mapping of names to values; write 'technique: ...' and so on")
    return tree


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
    reader = _Reader(name, _checked_tree(tree, name))
    reader.unknown((*_TEXTS, *_NUMBERS, *_WHOLE, *_MAPS, *c.QUANTITY_KINDS))
    for required in _REQUIRED:
        if required not in reader.tree:
            reader.fault(f"{required} is missing; add it")
    texts: dict[str, Any] = {field: reader.text(field) for field in _TEXTS}
    numbers: dict[str, Any] = {field: reader.real(field, positive=True) for field in _NUMBERS}
    whole = {field: reader.whole(field) for field in _WHOLE}
    maps: dict[str, Any] = {field: reader.mapping(field) for field in _MAPS}
    _check_vocabulary(reader, texts, whole["schema"])
    quantity = _quantity(reader, texts["technique"])
    if reader.problems or quantity is None:
        raise BadInput(*reader.problems)
    claim = Claim(
        key=key, quantity=quantity, number=whole["number"] or 1, raw_row=whole["raw_row"], **texts, **numbers, **maps
    )
    return claim if key else with_key(claim)


def with_key(claim: Claim) -> Claim:
    """The claim under the key that its content asks for."""
    return dataclasses.replace(claim, key=c.key_of(claim))


def _check_vocabulary(reader: _Reader, texts: Mapping[str, str], schema: int | None) -> None:
    if schema is not None and schema != SCHEMA:
        reader.fault(f"schema = {schema}; this version reads schema {SCHEMA}")
    if texts["technique"] and c.TECHNIQUE.fullmatch(texts["technique"]) is None:
        reader.fault(
            f"technique = {texts['technique']!r} is not known; give 31P NMR, Raman, O 1s XPS, emission lamp or the like"
        )
    for field, choices in _CHOICES.items():
        if texts[field] and texts[field] not in choices:
            reader.fault(f"{field} = {texts[field]!r} is not one of {', '.join(choices)}")
    if texts["status"] == "reviewed" and not texts["reviewer"]:
        reader.fault("status is reviewed, but reviewer is missing; name the person, or set status: proposed")


def _quantity(reader: _Reader, technique: str) -> Quantity | None:
    kinds = [kind for kind in c.QUANTITY_KINDS if kind in reader.tree]
    if len(kinds) != 1:
        reader.fault(f"has {len(kinds)} of {', '.join(c.QUANTITY_KINDS)}; a claim has exactly one of them")
        return None
    kind = kinds[0]
    if not isinstance(reader.tree[kind], Mapping):
        reader.fault(f"{kind} is not a mapping; write value, sd and unit below it")
        return None
    inner = _Reader(f"{reader.name}, {kind}", reader.tree[kind])
    inner.unknown((*_QUANTITY_TEXTS, *_QUANTITY_NUMBERS))
    texts: dict[str, Any] = {field: inner.text(field) for field in _QUANTITY_TEXTS}
    numbers: dict[str, Any] = {field: inner.real(field, positive=field == "sd") for field in _QUANTITY_NUMBERS}
    quantity = Quantity(kind, **texts, **numbers)
    _check_quantity(inner, quantity, technique)
    reader.problems.extend(inner.problems)
    return quantity


def _check_quantity(reader: _Reader, quantity: Quantity, technique: str) -> None:
    if quantity.unit not in _PLAUSIBLE:
        reader.fault(f"unit = {quantity.unit!r} is not one of {', '.join(_PLAUSIBLE)}")
    elif technique and c.TECHNIQUE.fullmatch(technique) and quantity.unit != (unit := _unit(quantity.kind, technique)):
        reader.fault(f"unit = {quantity.unit!r}, but a {quantity.kind} of {technique} is given in {unit}")
    else:
        low, high = _PLAUSIBLE[quantity.unit]
        for value in (quantity.value, quantity.lower, quantity.upper):
            if value is not None and not low <= value <= high:
                reader.fault(f"{value} {quantity.unit} lies outside {low} to {high}; check the number")
    ends = quantity.lower is not None and quantity.upper is not None
    if quantity.kind in ("range", "window") and not ends:
        reader.fault(f"a {quantity.kind} needs lower and upper; add them")
    if (quantity.lower is None) != (quantity.upper is None):
        reader.fault("lower and upper come together; add the other or leave both out")
    if quantity.lower is not None and quantity.upper is not None and quantity.lower >= quantity.upper:
        reader.fault(f"lower = {quantity.lower} is not below upper = {quantity.upper}; swap them")
    if quantity.kind in ("position", "splitting", "difference", "energy", "response") and quantity.value is None:
        reader.fault(f"a {quantity.kind} needs a value; add it")
    if quantity.kind in ("anisotropy", "tensor", "response") and not (quantity.convention or quantity.printed):
        reader.fault(f"a {quantity.kind} needs its convention, or the numbers as printed; add one")


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
    reader = _Reader(f"{name}, {key}", _checked_tree(tree, f"{name}, {key}"))
    reader.unknown((*_SOURCE_TEXTS, "year"))
    texts = {field: reader.text(field) for field in _SOURCE_TEXTS}
    year = reader.whole("year")
    if texts["kind"] not in ("article", "preprint", "database", "web", "standard", "data", "book"):
        reader.fault(f"kind = {texts['kind']!r} is not article, preprint, database, web, standard, data or book")
    if texts["doi"] and _DOI.fullmatch(texts["doi"]) is None:
        reader.fault(f"doi = {texts['doi']!r} is not 10.NUMBER/NAME; give the bare DOI, without https://doi.org/")
    if not (texts["doi"] or texts["url"] or texts["journal"] or texts["title"]):
        reader.fault("cannot be found: give a doi, a url, a journal or a title")
    if reader.problems:
        raise BadInput(*reader.problems)
    return Source(key=key, year=year, **texts)


def tree_from_source(source: Source) -> dict[str, Any]:
    """Tree of a bibliography entry, without what is absent; inverse of :func:`source_from_tree`."""
    names = ("kind", "authors", "title", "journal", "volume", "pages", "year", "doi", "url", "note")
    return {name: value for name in names if (value := getattr(source, name)) not in ("", None)}
