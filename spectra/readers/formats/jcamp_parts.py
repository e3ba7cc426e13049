"""Blocks of a JCAMP-DX file: their records by label, and their tables as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shortrange_core.notes import Note

RECORD = re.compile(r"^\s*##([^=\n]*?)(?:=|(?<=END)[ \t\r]*$)", re.MULTILINE | re.IGNORECASE)
"""A label; that of the last line often has lost its sign (spectrochempy writes ``##END``)."""
_COMMENT = re.compile(r"\$\$.*")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?")
_WITH_COMMA = re.compile(r"[+-]?\d+,\d+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d),(?=\d)")
_OF_AXES = ("FIRSTX", "LASTX", "DELTAX", "MINX", "MAXX", "FIRSTY", "MINY", "MAXY", "XFACTOR", "YFACTOR")
_TABLES = ("XYDATA", "XYPOINTS", "PEAKTABLE", "PEAKASSIGNMENTS", "DATATABLE", "RADATA", "PAGE")


@dataclass(frozen=True, eq=False, slots=True)
class JcampBlock:
    """One block of a file: its records by label (letters and digits in capitals), its tables, and what is odd in it."""

    records: Mapping[str, str]
    tables: Sequence[tuple[str, str]]
    number: int
    notes: list[Note] = field(default_factory=list)

    def text(self, *labels: str) -> str:
        """First record that is there, or empty."""
        return next((self.records[label] for label in labels if self.records.get(label)), "")

    def value(self, *labels: str) -> float | None:
        """Number of a record, or None where it is absent or no number."""
        match = NUMBER.search(self.text(*labels))
        return float(match[0]) if match else None

    def items(self, label: str) -> list[str]:
        """Comma-separated items of a record."""
        return [item.strip() for item in self.text(label).split(",")]

    @property
    def counted(self) -> int | None:
        """Number of points that the header states."""
        points = self.value("NPOINTS")
        return None if points is None else int(points)


def parts(text: str) -> Iterator[JcampBlock]:
    """Blocks of a file in order; a block begins with ``##TITLE=``."""
    marks = list(RECORD.finditer(text))
    records: dict[str, str] = {}
    tables: list[tuple[str, str]] = []
    number = 0
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        label = re.sub(r"[\s\-_/]", "", mark[1]).upper()
        raw = text[mark.end() : following.start() if following else len(text)]
        body = _COMMENT.sub("", raw).strip()
        if label == "TITLE" and (records or tables):
            yield _block(records, tables, number)
            records, tables = {}, []
        if label == "TITLE":
            number += 1
        if label in _TABLES:
            tables.append((label, body))
        elif label not in ("END", "") or body:
            records.setdefault(label, body)
        if label == "END":
            records.setdefault("END", "yes")
    if records or tables:
        yield _block(records, tables, number)


def _block(records: dict[str, str], tables: list[tuple[str, str]], number: int) -> JcampBlock:
    """A block; where both ends of its axis have decimal commas (against the standard), all its numbers have."""
    if all(_WITH_COMMA.fullmatch(records.get(end, "")) for end in ("FIRSTX", "LASTX")):
        records = {key: _BETWEEN_DIGITS.sub(".", text) if key in _OF_AXES else text for key, text in records.items()}
        tables = [(label, _BETWEEN_DIGITS.sub(".", body)) for label, body in tables]
    return JcampBlock(records, tables, number)
