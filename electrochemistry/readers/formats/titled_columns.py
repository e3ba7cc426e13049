"""Tables whose titles say what every column is, in any order: frequency with both parts, or with modulus and phase."""

from __future__ import annotations

from electrochemistry.readers.raw import (
    Format,
    Table,
    decimal_mark,
    head,
    makes_spectra,
    number,
    numeric_rows,
    quantities_of,
    sheet_texts,
    split,
    titled_with,
)
from shortrange_core import BadInput, UnknownFormat

_SEPARATORS = "\t;,"
_FIRST_LINES = 60
_PAIRS = (("real", ("imaginary", "negative")), ("modulus", ("phase", "negative phase")))


def _titles(text: str) -> tuple[int, str | None, list[str]] | None:
    """Line, separator and titles of the first line that names all that a spectrum needs."""
    for at, line in enumerate(head(text, _FIRST_LINES)):
        separator = next((mark for mark in _SEPARATORS if mark in line), None)
        bare = line.strip("\n ").lstrip("#%").strip("\n ")  # a tab in front is an empty title
        names = split(bare, separator)
        while names[-2:] == ["", ""]:
            names.pop()
        if len(set(names)) == len(names) and _complete(names):
            return at, separator, names
    return None


def _complete(names: list[str]) -> bool:
    quantities = quantities_of(names)
    whole = any(first in quantities and any(other in quantities for other in others) for first, others in _PAIRS)
    return "frequency" in quantities and whole


def _tables(text: str, file: str) -> list[Table]:
    first = _titles(text)
    if first is None:
        raise BadInput(f"{file}: no line names a frequency with both parts, or modulus and phase; declare the columns")
    at, separator, names = first
    body = [line for line in text.split("\n")[at + 1 :] if not line.lstrip().startswith("#")]
    below = next((n for n, line in enumerate(body) if line.strip()), None)
    if separator is None and below is not None:  # numpy.savetxt puts any header above its rows
        marks = (mark for mark in _SEPARATORS if len(split(body[below].strip("\r"), mark)) == len(names))
        separator = next(marks, None)
    titled = None if below is None else titled_with(names, split(body[below].strip("\r"), separator))
    if below is not None and titled is not None:
        names, body[below] = titled, ""
    elif below is not None and not _has_number(body[below], separator):
        body[below] = ""  # RelaxIS names the file and the electrodes below the titles
    mark = decimal_mark(body, separator)
    columns, remarks = numeric_rows(
        body, names, separator=separator, decimal=mark, file=file, first=at + 2, needed=makes_spectra
    )
    return [Table(columns, "", (), remarks)]


def _has_number(line: str, separator: str | None) -> bool:
    mark = decimal_mark([line], separator)
    return any(number(cell, decimal=mark) is not None for cell in split(line.strip("\r"), separator))


def of_workbook(content: bytes, file: str) -> list[Table]:
    """Tables of all sheets whose titles name a spectrum.

    Raises
    ------
    BadInput
        If the workbook is damaged.
    UnknownFormat
        If no sheet has such titles.
    """
    sheets = [
        table
        for text in sheet_texts(content, file).values()
        if _titles(text) is not None
        for table in _tables(text, file)
    ]
    if not sheets:
        raise UnknownFormat(
            f"{file}: no sheet has titles of a frequency with both parts, or modulus and phase; export it as csv"
        )
    return sheets


FORMAT = Format("titled columns", (), lambda text: _titles(text) is not None, _tables)
