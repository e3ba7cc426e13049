"""Columns of numbers as text: CSV, tab, semicolon or blanks; point or comma decimals; with headers or without."""

from __future__ import annotations

import json
import re

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.grouped_digits import GROUPED, ungrouped
from shortrange_core.notes import Note, Severity
from spectra.readers.formats.delimited_rows import FEWEST_ROWS, runs_of, shown
from spectra.readers.formats.delimited_titles import remark_of, titles_of
from spectra.readers.formats.perkin_elmer import units_of_text
from spectra.readers.raw import (
    AGAIN,
    Array,
    Dialect,
    Raw,
    Reader,
    Source,
    Table,
    blocks,
    counts_rows,
    dialect_of,
    settings,
)
from spectra.spectrum import UNIT_OF, unit

SAME_SHIFT = 1e-4  # of the width: digits of ppm against those of Hz
_MINUS = re.compile(r"[\u2212\ufe63\uff0d](?=[\d.,])|(?<![\w.,])\u2013(?=[\d.,])")
"""Minus signs of typesetting before a number."""
_LIGHT, _ABSORBANCE = ("cm-1", "nm", "um"), "A"
"""Perkin-Elmer titles columns by their units: beside a bare one of light, A is absorbance and no name of a sample."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


def sniff(source: Source) -> float:
    """A table where the head has at least three rows of two numbers."""
    text = _MINUS.sub("-", source.head_text)
    if not text or _is_json(text):
        return 0.0
    lines, _ = ungrouped(text.split("\n"))
    _, rows = dialect_of(lines[:-1] if len(lines) > FEWEST_ROWS else lines)
    return 0.2 if rows >= FEWEST_ROWS else 0.0


def _is_json(text: str) -> bool:
    """Whether a text, whose end may be cut, is JSON and not a remark in brackets above a table.

    Its numbers stand in lines of their own too, of many quantities below one another.
    """
    bare = text.lstrip("\ufeff \t\n")
    if not bare.startswith(("{", "[")):
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(bare)
    except json.JSONDecodeError as error:
        return error.lineno > 1
    except RecursionError:  # of brackets without end
        return True
    return bare[end:].lstrip()[:1] in ("", "{", "[")


def parse(source: Source) -> tuple[Raw, ...]:
    """Blocks of a delimited text: one for every intensity column of every table in it."""
    tables = read_tables(source)
    raws: list[Raw] = []
    for table in tables:
        raws += blocks(table, source_name=source.name)
    return tuple(raws)


def read_tables(source: Source) -> list[Table]:
    """Tables of a text: runs of rows of numbers, each with the text before it."""
    lines, grouped = ungrouped(_MINUS.sub("-", source.text).split("\n"))
    if strange := _CONTROL.search(source.text.rstrip("\x00\x1a\n ")):  # some programs end a file with one
        line = source.text.count("\n", 0, strange.start()) + 1
        text = f"line {line} contains the control character {strange[0]!r}, which no program writes"
        source.odd(Note("control-character", Severity.WARNING, text, AGAIN))
    if grouped:
        source.odd(GROUPED)
    dialect, count = dialect_of(lines[:20000])
    if count < FEWEST_ROWS:
        raise BadInput(
            f"{source.name}: has fewer than {FEWEST_ROWS} rows of two numbers; give axis and intensity columns"
        )
    runs = runs_of(source, lines, dialect)
    tables: list[Table] = []
    before = 0
    for start, stop, rows in runs:
        name = _section(lines[before:start]) if len(runs) > 1 else ""
        tables.append(_table(source, dialect, lines[before:start], rows, name))
        before = stop
    return tables


def _columns(rows: list[list[float]]) -> list[Array]:
    width = max(len(row) for row in rows)
    table = np.full((len(rows), width), np.nan)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return [table[:, column] for column in range(width)]


def _table(source: Source, dialect: Dialect, header: list[str], rows: list[list[float]], name: str) -> Table:
    columns = _columns(rows)
    width = len(columns)
    while (remark := remark_of(header, dialect, columns)) is not None:
        text = (
            f"the line {shown(header[remark])} may name the columns of a table whose first column counts the rows: it "
            "was treated as a comment, and that column was left out"
        )
        source.odd(Note("line-left-out", Severity.WARNING, text, "remove the # if the line names the columns"))
        header = [*header[:remark], ""]
    titles, units = titles_of(header, dialect, width, counted=counts_rows(columns[0]))
    about = "\n".join(header)
    meta = settings(header)
    if not any(titles) and _of_topspin(columns):
        return Table([columns[3], columns[1]], ["ppm", "intensity"], ["", ""], about, name, meta)
    if _unit_setting(meta) and titles[0].lower() in meta:
        titles = [""] * width  # the last of its settings
    if not any(titles):
        stated = units_of_text(header) or (meta.get("xunits", ""), meta.get("yunits", ""))
        units = [*stated, *[""] * width][:width]
    if titles[1:] == [_ABSORBANCE] and UNIT_OF.get(titles[0].lower()) in _LIGHT:
        units = [units[0], "absorbance"]
    if source.text and not unit(titles[0]) and not units[0]:
        units[0] = _unit_setting(meta)
    return Table(columns, titles, units, about, name, meta)


def _of_topspin(columns: list[Array]) -> bool:
    """True for index, intensity, Hz, ppm, as TopSpin writes a spectrum as text, without titles."""
    if len(columns) != 4 or not all(np.all(np.isfinite(column)) for column in columns):
        return False
    index, _, hertz, ppm = columns
    larmor = np.ptp(hertz) / np.ptp(ppm) if np.ptp(ppm) else 0.0
    same = np.abs(hertz - larmor * ppm) <= SAME_SHIFT * np.ptp(hertz)
    return bool(np.array_equal(index, index[0] + np.arange(index.size)) and np.ptp(hertz) > 0 and np.all(same))


def _unit_setting(meta: dict[str, str]) -> str:
    for key in ("xunits", "x units", "xaxisunit", "x-axis unit", "xunit", "x unit", "axisunit[1]", "xdatakind"):
        if unit(meta.get(key, "")):
            return meta[key]
    return ""


def _section(header: list[str]) -> str:
    lines = [line.strip().strip("#%;,\t ") for line in header if line.strip()]
    return lines[0][:60] if lines else ""


READERS = (
    Reader(
        "delimited",
        "delimited text",
        (".txt", ".csv", ".tsv", ".dat", ".asc", ".xy"),
        sniff,
        parse,
        gives=(
            "every intensity column of every table, side by side or below one another; WITec and WiRE text; "
            "columns titled as a series are a stack; KEY,VALUE headers; typographic minus signs; decimal commas, "
            "also in quotes; a column that counts rows is left out; maps below one another with their positions; "
            "ASCII PEDS with its units"
        ),
        held_to="measured files; the study of innocent files",
    ),
)
