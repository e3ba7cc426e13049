"""Rows of the raw tables, and what follows from a whole table: which of several lines a row is, which rows repeat.

The first table says everything in its own columns. The second lumps compounds, so that cation and phase follow from a
row's formula, and has several rows of one line of one paper, which only their energies part.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from reference_peaks.entries import Source
from shortrange_core.errors import BadInput

RAW_FOLDER = Path(__file__).parent / "raw"
TABLES = ("reference_peaks.csv", "reference_peaks_2.csv")
NIST = re.compile(
    r"NIST SRD 20(?: row in [^;]*)?; original: (?P<original>.*?); source (?P<xray>nan|Al|Mg)(?:; (?P<rest>.*))?"
)
FIRST_TABLE = 393
"""Rows of the first table."""
_CITED = re.compile(r"[^,]+, (?P<place>.*) \((?P<year>\d{4})\)")
SEE_FORMULA = ("glass or crystal (see formula)", "crystal/powder/glass")
COMPONENTS = {2: ("lower component", "upper component"), 3: ("lower component", "middle component", "upper component")}
_MIXTURE = re.compile(r"\)(\d*\.\d|\d\d)")
_FORMERS = frozenset({"B"})
Row = Mapping[str, str]


def rows(folder: Path = RAW_FOLDER) -> list[Row]:
    """Rows of both tables in order; row 1 is the first below the header of the first, the second goes on from there."""
    rows: list[Row] = []
    for name in TABLES:
        with (folder / name).open(encoding="utf-8", newline="") as stream:
            rows += list(csv.DictReader(stream))
    return rows


def is_database(row: Row) -> bool:
    """Whether a row comes from the NIST database."""
    return NIST.fullmatch(row["note"]) is not None


def cation_of(row: Row) -> str:
    """Cations of a row; of a database row that lumps compounds those that are in its own formula, a metal has none."""
    if row["cation"] == "various":
        return ""
    if not is_database(row):
        return row["cation"]
    elements = set(re.findall(r"[A-Z][a-z]?", row["unit_formula"])) - _FORMERS - {row["unit_formula"]}
    return "/".join(symbol for symbol in row["cation"].split("/") if symbol in elements)


def phase_of(row: Row) -> str:
    """Phase as a table has it; where it says "see formula", mixtures are glasses and all else is not stated."""
    stated = row["phase(glass/crystal)"] or "none"
    if stated not in SEE_FORMULA:
        return stated
    return "glass" if _MIXTURE.search(row["unit_formula"]) else "none"


def components(table: list[Row], first: int) -> dict[int, str]:
    """Which line a row is, by energy, where one paper has several of one level of one compound and names none.

    Parameters
    ----------
    table
        All rows.
    first
        Number of the row from which on this holds: the first table has stated rules of its own.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, row in enumerate(table, start=1):
        nist = NIST.fullmatch(row["note"])
        if number >= first and nist is not None and row["unit_label"] not in ("BO", "NBO"):
            groups.setdefault((row["unit_formula"], row["mode_or_bond"], nist["original"]), []).append(number)
    labels: dict[int, str] = {}
    for numbers in groups.values():
        energies = sorted({float(table[number - 1]["position"]) for number in numbers})
        if len(energies) > 1:
            names = dict(zip(energies, COMPONENTS[len(energies)], strict=True))
            labels |= {number: names[float(table[number - 1]["position"])] for number in numbers}
    return labels


def repeats(table: list[Row]) -> set[int]:
    """Numbers of rows that have every number of an earlier row of the same paper, level and compound."""
    seen, repeated = set(), set()
    for number, row in enumerate(table, start=1):
        nist = NIST.fullmatch(row["note"])
        if nist is None:
            continue
        key = (*(row[name] for name in ("unit_formula", "mode_or_bond", "position", "fwhm")), nist["original"])
        if key in seen:
            repeated.add(number)
        seen.add(key)
    return repeated


def papers_of(table: list[Row]) -> dict[str, Source]:
    """Papers that NIST quotes, by their text in the note; several of one author and year get a, b, c."""
    parts = table[:FIRST_TABLE], table[FIRST_TABLE:]
    first, second = ({m["original"] for row in part if (m := NIST.fullmatch(row["note"]))} for part in parts)
    total, seen = Counter(map(_stem, first)), Counter[str]()
    papers = {}
    for text in (*sorted(first), *sorted(second - first)):  # keys of the first table stay what they are
        stem = _stem(text)
        seen[stem] += 1
        alone = seen[stem] == 1 and total[stem] <= 1
        key = stem if alone else f"{stem}{'abcdefgh'[seen[stem] - 1]}"
        match = _CITED.fullmatch(text)
        if match is None:
            raise BadInput(f"{text!r} is not a citation 'author, place (year)'; correct the raw table")
        note = "as quoted by NIST SRD 20; not seen in the original"
        papers[text] = Source(
            key,
            "article",
            authors=text.split(",")[0],
            journal=match["place"].strip(),
            year=int(match["year"]),
            note=note,
        )
    return papers


def _stem(text: str) -> str:
    match = _CITED.fullmatch(text)
    if match is None:
        raise BadInput(f"{text!r} is not a citation 'author, place (year)'; correct the raw table")
    name = re.sub(r" [A-Z]\.[A-Z.\- ]*$", "", text.split(",", maxsplit=1)[0])
    return re.sub(r"[^a-z]", "", name.lower()) + match["year"]
