"""The library in the formats of others: CSV, JSON, BibTeX, and a table for papers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence

from reference_peaks.entries import Claim, Source, tree_from_claim
from reference_peaks.library import Library

CSV_COLUMNS = (
    *(
        "key",
        "technique",
        "species",
        "line",
        "cation",
        "phase",
        "sample",
        "kind",
        "value",
        "sd",
        "lower",
        "upper",
        "unit",
    ),
    *("fwhm", "scale", "source", "via", "doi", "evidence", "source_kind", "status", "notes"),
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(library: Library, claims: Sequence[Claim]) -> str:
    """Comma-separated table, one row per claim; texts that a spreadsheet would run as a formula get a leading quote."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for claim in claims:
        quantity = claim.quantity
        numbers = {"value": quantity.value, "sd": quantity.sd, "lower": quantity.lower, "upper": quantity.upper}
        source = library.sources.get(claim.source)
        extra = {"kind": quantity.kind, "unit": quantity.unit, "doi": source.doi if source else "", **numbers}
        row = [extra[name] if name in extra else getattr(claim, name) for name in CSV_COLUMNS]
        writer.writerow(["" if cell is None else _harmless(cell) for cell in row])
    return out.getvalue()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def as_json(library: Library, claims: Sequence[Claim]) -> str:
    """One JSON object: version, claims by key in the form of their YAML files, and the sources they use."""
    keys = sorted({key for claim in claims for key in (claim.source, claim.via) if key})
    body = {
        "schema": "shortrange.peaks",
        "schema_number": 1,
        "version": library.version,
        "claims": {claim.key: tree_from_claim(claim) for claim in claims},
        "sources": {key: library.sources[key].citation for key in keys if key in library.sources},
    }
    return json.dumps(body, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


_BIBTEX_KINDS = {"article": "article", "book": "book"}


def as_bibtex(library: Library, claims: Sequence[Claim]) -> str:
    """BibTeX entries of every source that the claims use."""
    keys = sorted({key for claim in claims for key in (claim.source, claim.via) if key in library.sources})
    return "\n".join(_entry(library.sources[key]) for key in keys)


def _entry(source: Source) -> str:
    fields = {
        "author": source.authors.replace("; ", " and ") if ";" in source.authors else _authors(source.authors),
        "title": f"{{{source.title}}}" if source.title else "",
        "journal": source.journal,
        "volume": source.volume,
        "pages": source.pages.replace("-", "--"),
        "year": str(source.year) if source.year is not None else "",
        "doi": source.doi,
        "url": source.url,
        "note": source.note,
    }
    lines = [f"  {name} = {{{_tex(value, raw=name in ('doi', 'url'))}}}," for name, value in fields.items() if value]
    return f"@{_BIBTEX_KINDS.get(source.kind, 'misc')}{{{source.key},\n" + "\n".join(lines) + "\n}\n"


def _authors(text: str) -> str:
    return text.replace(" et al.", " and others").replace(", ", " and ")


def _tex(text: str, *, raw: bool = False) -> str:
    return text if raw else re.sub(r"([&%$#_])", r"\\\1", text)


def as_table(library: Library, claims: Sequence[Claim]) -> str:
    """LaTeX table for a paper: species, line, material, position, width and citation."""
    lines = [
        r"\begin{tabular}{llllll}",
        r"\hline",
        r"Species & Line & Material & Position & FWHM & Source \\",
        r"\hline",
    ]
    for claim in claims:
        material = " ".join(part for part in (claim.cation, claim.phase) if part)
        line = " ".join(part for part in (claim.technique, claim.line) if part)
        width = f"{claim.fwhm:g}" if claim.fwhm is not None else "--"
        cells = (_tex(claim.species), _tex(line), _tex(material), _number(claim), width, _cited(library, claim))
        lines.append(" & ".join(cells).replace("~", r"\textasciitilde{}") + r" \\")
    return "\n".join([*lines, r"\hline", r"\end{tabular}"]) + "\n"


def _cited(library: Library, claim: Claim) -> str:
    return rf"\cite{{{claim.source}}}" if claim.source in library.sources else _tex(claim.source)


def _number(claim: Claim) -> str:
    quantity = claim.quantity
    if quantity.value is None and quantity.lower is not None:
        return f"{quantity.lower:g} to {quantity.upper:g} {_tex(quantity.unit)}"
    sd = rf" $\pm$ {quantity.sd:g}" if quantity.sd is not None else ""
    return f"{quantity.centre:.9g}{sd} {_tex(quantity.unit)}"


FORMATS: dict[str, Callable[[Library, Sequence[Claim]], str]] = {
    "csv": as_csv,
    "json": as_json,
    "bibtex": as_bibtex,
    "latex": as_table,
}
