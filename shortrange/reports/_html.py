"""Tables and texts as a page shows them: species by their written name, numbers short, DOIs as links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup, escape

import structure
from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted, shown
from shortrange_core.written_labels import titled

SPECIES_COLUMNS = ("quantity", "species", "assignment", "line", "unit", "of", "units left out")
TEXT_COLUMNS = (
    "sample", "reading", "quantity", "verdict", "agreement", "technique", "file", "peak", "assignment", "published",
    "species", "status", "unit", "scale", "default sd", "reason", "source", "claims", "name", "sha256", "version",
    "software", "kind", "line", "table", "entry", "glass", "what", "step by step", "all together", "depends on",
    "spectrum", "of", "group", "interval", "units left out",
)  # fmt: skip
_LABEL = re.compile(r"(?<![\w:])[A-Z][a-z]?(?:\([0-7]\))?:(?=[^\s,;:]*[0-9])[A-Za-z0-9/~@]*[A-Za-z0-9]")
_DOI = re.compile(r"(?:doi:)?\b(10\.[0-9]{4,9}/[^\s,;]*[^\s,;.)])")


@dataclass(frozen=True, slots=True)
class Cells:
    """A table for a page: column names and rows of markup."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Markup, ...], ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A figure for the page: base64 PNG and what it shows."""

    data: str
    alt: str


def cells(frame: pd.DataFrame) -> Cells:
    """A data frame for a page: numbers with four significant digits, nothing where a value is unknown."""
    columns = tuple(str(name) for name in frame.columns)
    rows = tuple(
        tuple(_cell(column, value) for column, value in zip(columns, row, strict=True))
        for row in frame.itertuples(index=False, name=None)
    )
    return Cells(columns, rows)


def _cell(column: str, value: Any) -> Markup:
    if isinstance(value, float):
        return escape(shown(value, unknown=""))
    if isinstance(value, Markup):
        return value
    return species(str(value)) if column in SPECIES_COLUMNS else linked(str(value))


def species(text: str) -> Markup:
    """The written name of what a line counts; what can be typed shows when it is pointed at.

    Examples
    --------
    >>> species("P:S4"), species("BO")
    (Markup('<span title="P:S4">PS<sub>4</sub> (P<sup>0</sup>)</span>'), Markup('BO'))
    """
    return Markup(titled(text))  # noqa: S704  escaped there


def linked(text: str) -> Markup:
    """Text whose DOIs are links and whose labels are written names.

    Examples
    --------
    >>> linked("A & B, doi:10.1021/x.1.")
    Markup('A &amp; B, <a href="https://doi.org/10.1021/x.1">doi:10.1021/x.1</a>.')
    >>> linked("P:S ratio of P:S4")
    Markup('P:S ratio of <span title="P:S4">PS<sub>4</sub> (P<sup>0</sup>)</span>')
    """
    parts: list[Markup] = []
    at = 0
    for hit in _DOI.finditer(text):
        parts += [
            _labelled(text[at : hit.start()]),
            Markup('<a href="https://doi.org/{}">doi:{}</a>').format(hit[1], hit[1]),
        ]
        at = hit.end()
    return Markup("").join([*parts, _labelled(text[at:])])


def _labelled(text: str) -> Markup:
    """Text whose labels of units are written names; ``P:S``, a ratio, and ``C:Users`` are none."""
    parts: list[Markup] = []
    at = 0
    for hit in _LABEL.finditer(text):
        parts += [escape(text[at : hit.start()]), _unit(hit[0])]
        at = hit.end()
    return Markup("").join([*parts, escape(text[at:])])


def _unit(text: str) -> Markup:
    try:
        structure.pretty(text)
    except BadInput:
        return escape(text)
    return species(text)


def rendered(template: str, **context: Any) -> str:
    """A page from a template of this room."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("shortrange.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"species": species, "linked": linked}
    return environment.get_template(template).render(text_columns=TEXT_COLUMNS, counted=counted, **context)
