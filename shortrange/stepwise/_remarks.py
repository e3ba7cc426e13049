"""Which notes of an analysis are warnings: those that may make one of its numbers wrong, with something to do about it.

A recipe answers some of them by itself: an alternative keeps both readings of a line, and areas that enter no balance
can bias none. What it answers is still said, as a remark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structure
from shortrange.recipe import ANIONS, Options, Tables
from shortrange.results import Measured
from shortrange.stepwise._responses import Modelled, saturates
from shortrange_core import affine
from shortrange_core.notes import Note, Severity

READ_TWICE = "three-ppm-line"
SEVERAL_MINIMA = "several-minima"
ASKED = "-asked"
"""End of the codes that ask a stated number to be another one."""
OXIDE_READINGS = frozenset({"P:O4", "P:O3/O"})
OF_ASSIGNMENT = frozenset({"interchangeable-lines", "parameter-at-bound", "pull-large"})
"""What makes an area count for the wrong unit: without weight where the areas do not enter the balances."""

ALL_GLASSES = "all glasses"
"""Where a note stands that is about no glass alone."""


def doubts(tables: Tables, measured: Sequence[Measured]) -> tuple[tuple[str, Note], ...]:
    """What a recipe says that can be and is hardly meant, by place: metals that no glass holds, a spectrum twice."""
    return (*_strange_elements(tables), *_given_twice(measured))


def _strange_elements(tables: Tables) -> Iterable[tuple[str, Note]]:
    held = {element for sample in tables.samples for element in sample.glass.elements}
    named = {f"cation = {tables.cation!r}": (tables.cation or "").split("/")}
    for label in (*tables.units, *tables.free):
        atoms = structure.unit_of(label).atoms
        named[label] = [element for element in atoms if element not in ANIONS]  # a series may begin without oxygen
    strange = {text: sorted({e.strip() for e in elements} - {"", *held}) for text, elements in named.items()}
    told = [f"{text} ({', '.join(missing)})" for text, missing in strange.items() if missing]
    if told:
        metals = dict.fromkeys(e for sample in tables.samples for e in sample.glass.modifiers)
        text = (
            f"no glass of the recipe contains the element of {', '.join(told)}; its modifiers are {', '.join(metals)}"
        )
        remedy = "give the modifier of the glasses in cation and free, or correct their compositions"
        yield ALL_GLASSES, Note("element-in-no-glass", Severity.WARNING, text, remedy)


def _given_twice(measured: Sequence[Measured]) -> Iterable[tuple[str, Note]]:
    first: dict[tuple[str, str, str], Measured] = {}
    for item in measured:
        before = first.setdefault((item.sha256, item.block, item.technique), item)
        if before.sample != item.sample:
            name = f"{item.file} is" if item.file == before.file else f"{item.file} and {before.file} contain"
            text = f"{name} the same spectrum, for this glass and for {before.sample}"
            remedy = "give the file of each glass; leave it out for a glass without one"
            yield f"{item.sample}, {item.technique}", Note("spectrum-given-twice", Severity.WARNING, text, remedy)


class Noted(Modelled, Protocol):
    """A spectrum of a recipe with what is to be said of it, before its fit or after."""

    @property
    def sample(self) -> str:
        """Its glass."""

    @property
    def file(self) -> str:
        """As in the recipe."""

    @property
    def block(self) -> str:
        """In a file that holds several."""

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is to be said of it."""


def _options(tables: Tables, item: Noted) -> Options:
    return tables.options_of(tables.entry_of(item.sample, item.technique, item.file, item.block))


def weighed(item: Noted, tables: Tables) -> Iterable[Note]:
    """Notes of one spectrum, each a warning only where the recipe has not answered it."""
    answered = _answered(item, tables)
    for note in item.notes:
        settled = note.severity is Severity.WARNING and note.code in answered
        yield replace(note, severity=Severity.INFO) if settled else note


def _answered(item: Noted, tables: Tables) -> frozenset[str]:
    codes = OF_ASSIGNMENT if _options(tables, item).evidence == "none" else frozenset()
    codes |= {SEVERAL_MINIMA}  # the ranges hold every one that the balances do not exclude
    both = set(item.lines) >= OXIDE_READINGS or any(
        reading.technique == item.technique
        and reading.line in item.lines
        and OXIDE_READINGS & {*affine.parse(reading.line).names, *affine.parse(reading.read_as).names}
        for reading in tables.alternatives
    )
    if not saturates(item, _options(tables, item)):
        codes |= {"saturation"}
    return codes | {READ_TWICE} if both else codes


def by_code(notes: Sequence[Mapping[Any, Any]]) -> dict[str, list[Mapping[Any, Any]]]:
    """Rows of a table of notes by their code, in their order; first those that ask a stated number to be another.

    Such a number, as of a spinning rate, explains much of what else is odd.

    Examples
    --------
    >>> list(by_code([{"code": "unit-wanted"}, {"code": "spinning-rate-asked"}, {"code": "unit-wanted"}]))
    ['spinning-rate-asked', 'unit-wanted']
    """
    by: dict[str, list[Mapping[Any, Any]]] = {}
    for note in notes:
        by.setdefault(note["code"], []).append(note)
    return dict(sorted(by.items(), key=lambda rows: not rows[0].endswith(ASKED)))
