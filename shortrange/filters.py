"""What claims of the peak library are asked for: words that no claim has are refused with what there is."""

from __future__ import annotations

import typing
from collections.abc import Iterable

import spectra
from reference_peaks import Claim, Library
from reference_peaks.entries import Phase, Status, normal_label
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.options import nearest
from shortrange_core.spelling import option

MOST_NAMED = 30
"""Words that are named beside one that is wrong; of more, the nearest alone."""


def selected(
    library: Library,
    *,
    technique: str | None = None,
    species: str | None = None,
    cation: str | None = None,
    phase: str | None = None,
    status: str | None = None,
    source: str | None = None,
) -> tuple[Claim, ...]:
    """Claims that agree with everything given, techniques and labels in any spelling; a phase may name several.

    Raises
    ------
    BadInput
        If a word is one that no claim has; all together.
    """
    technique = None if technique is None else _technique(technique)
    check_material(
        library, technique=technique, species=species, cation=cation, phase=phase, status=status, source=source
    )
    claims = library.select(technique=technique, species=species, cation=cation, status=status, source=source)
    return tuple(claim for claim in claims if phase is None or claim.phase in phase.split("/"))


def _technique(text: str) -> str:
    """Its standard name; what is no technique of a spectrum as it is written, as claims on lamps."""
    try:
        return spectra.technique_name(text)
    except BadInput:
        return text


def check_material(library: Library, **asked: str | None) -> None:
    """Refuse words that no claim has; keys are fields of a claim.

    Raises
    ------
    BadInput
        With every such word, the nearest that there is, and what there is where that is a short list.
    """
    offenders = Offenders()
    for field, word in asked.items():
        if word is None:
            continue
        there = _there(library, field)
        plain = {normal_label(one) for one in there} if field == "species" else there
        parts = word.split("/") if field == "phase" else [normal_label(word) if field == "species" else word]
        if not plain.issuperset(parts):
            offenders.add(_missing(field, word, there))
    offenders.raise_if_any()


def _there(library: Library, field: str) -> set[str]:
    """Words that a field may have: those of claims, and of a field of fixed words all of them."""
    if field == "source":
        return {*library.sources, *(claim.via for claim in library.claims if claim.via)}
    fixed = {"phase": typing.get_args(Phase), "status": typing.get_args(Status)}.get(field, ())
    return {*fixed, *(getattr(claim, field) for claim in library.claims)}


def _missing(field: str, word: str, there: Iterable[str]) -> str:
    names = sorted(name for name in there if name)
    close = nearest(word, names)
    listed = f"give one of {', '.join(names)}" if len(names) <= MOST_NAMED else "'shortrange peaks list' shows all"
    return f"{option(field)} {word!r}: no claim of the library has it{close or ';'} {listed}"
