"""From the raw tables of published lines to the claims of the library.

``raw/reference_peaks.csv`` and ``raw/reference_peaks_2.csv`` are kept as they were gathered. Every row becomes a claim,
except those that a rule of :data:`EXCLUSIONS` leaves out. What a table calls a mode or a unit is turned into the
library's words by ``raw/words.yaml``; nothing else is added to a row.

``python -m reference_peaks.raw_table FOLDER`` writes the files again; a test compares them line by line.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reference_peaks.entries import (
    Claim,
    Source,
    dump_yaml,
    key_of,
    read_yaml,
    tree_from_claim,
    tree_from_source,
)
from reference_peaks.raw_fields import (
    DIRECT,
    RESPONSE,
    SUBTRACTED,
    TWO_SITES,
    WEB,
    component_of,
    conditions_of,
    note_of,
    quantity_of,
    standing_of,
    status_of,
)
from reference_peaks.raw_rows import (
    FIRST_TABLE,
    NIST,
    RAW_FOLDER,
    Row,
    cation_of,
    components,
    papers_of,
    phase_of,
    repeats,
    rows,
)
from shortrange_core.errors import BadInput

HERE = Path(__file__).parent
EXCLUSIONS = {
    "untraceable": "secondary, and the row names no publication, database or web page that a reader could look up",
    "no address": "the row says itself that its source has no address: nobody could compare the number with it",
    "repeated": "the row has every number of an earlier one of the same paper, level and compound",
}


@dataclass(frozen=True, eq=False, slots=True)
class Conversion:
    """What the raw table gives.

    Parameters
    ----------
    claims
        In the order of the rows.
    sources
        Entries of the bibliography for papers known through the NIST database.
    excluded
        Number of the row to the name of the rule that leaves it out.
    """

    claims: tuple[Claim, ...]
    sources: tuple[Source, ...]
    excluded: Mapping[int, str]


def exclusion(row: Row) -> str | None:
    """Name of the rule that leaves a row out, if one does."""
    if "without address" in row["note"]:
        return "no address"
    if row["source_kind"] == "primary" or row["doi"]:
        return None
    named = row["note"].startswith("NIST SRD 20") or any(site in row["note"] for site in (*WEB, SUBTRACTED))
    return None if named else "untraceable"


def convert(table: list[Row] | None = None) -> Conversion:
    """Claims of the raw table.

    Raises
    ------
    BadInput
        If a row uses a word that ``words.yaml`` does not know; every such row is named.
    """
    table = rows() if table is None else table
    vocabulary = read_yaml(RAW_FOLDER / "words.yaml")
    excluded = dict.fromkeys(sorted(repeats(table)), "repeated")
    excluded |= {i: rule for i, row in enumerate(table, start=1) if (rule := exclusion(row)) is not None}
    lines = components(table, FIRST_TABLE + 1)
    papers = papers_of(table)
    problems: list[str] = []
    made: list[Claim] = []
    counts: Counter[str] = Counter()
    for number, row in enumerate(table, start=1):
        if number in excluded:
            continue
        try:
            claim = _claim(number, row, vocabulary, papers, lines.get(number, ""))
        except KeyError as error:
            problems.append(f"row {number}: {error.args[0]!r} is not in words.yaml; add it")
            continue
        counts[key_of(claim)] += 1
        claim = replace(claim, number=counts[key_of(claim)])
        made.append(replace(claim, key=key_of(claim)))
    if problems:
        raise BadInput(*problems)
    sources = sorted({source.key: source for source in papers.values()}.values(), key=lambda source: source.key)
    return Conversion(tuple(made), tuple(sources), excluded)


def _claim(number: int, row: Row, words: Mapping[str, Any], papers: Mapping[str, Source], component: str) -> Claim:
    word = _words_for(row, words)
    nist = NIST.fullmatch(row["note"])
    technique, line = _technique(row, word, component)
    phase_word = words["phases"][phase_of(row)]
    moved = words["rereferenced"].get(nist["original"]) if nist is not None else None
    scale_word = moved or words["scales"][row["reference_scale"] or "none"]
    sample = word.get("sample", "") or phase_word.get("sample", "")
    notes = "; ".join(part for part in (word.get("note", ""), scale_word.get("note", ""), note_of(row, nist)) if part)
    evidence, source, via = standing_of(row, words, papers, nist)
    return Claim(
        key="",
        technique=technique,
        species=word["species"],
        species_kind=word["kind"],
        quantity=quantity_of(row),
        source=source,
        via=via,
        line=line,
        cation=word.get("cation", cation_of(row)),
        phase=phase_word.get("phase", ""),
        sample=sample,
        scale=scale_word.get("scale", ""),
        fwhm=float(row["fwhm"]) if row["fwhm"] else None,
        shape="gaussian" if "Gaussian" in row["note"] else "",
        conditions=conditions_of(row, nist),
        where=words["where"].get(row["doi"], ""),
        evidence=evidence,
        source_kind=row["source_kind"],
        status=word.get("status", status_of(row)),
        notes=notes,
        raw_row=number,
    )


def _words_for(row: Row, words: Mapping[str, Any]) -> Mapping[str, Any]:
    if row["note"].startswith("NIST SRD 20"):
        if row["unit_label"] in ("BO", "NBO"):
            return {"species": row["unit_label"], "kind": "site", "sample": row["unit_formula"]}
        word = dict(words["compounds"].get(row["unit_formula"], {"species": row["unit_formula"], "kind": "compound"}))
        special = words["rows"].get(f"{row['unit_formula']} | {row['mode_or_bond']}", {})
        return {**word, "sample": row["unit_formula"], **special}
    name = " | ".join((row["technique"], row["unit_formula"], row["unit_label"], row["mode_or_bond"])).strip()
    unit = words["units"].get(re.sub(r" +", " ", name))
    if unit is None:
        raise KeyError(name)
    return dict(unit)


def _technique(row: Row, word: Mapping[str, Any], component: str) -> tuple[str, str]:
    if "technique" in word:
        return str(word["technique"]), str(word.get("line", ""))
    if row["technique"] in ("Raman", "FTIR"):
        return row["technique"], _band(row, str(word.get("line", "")))
    if "NMR" in row["technique"]:
        return row["technique"].split()[0] + " NMR", str(word.get("line", ""))
    match = re.match(r"([A-Z][a-z]?) (\d[spdf])((?:1/2|3/2|5/2|7/2)?)(.*)", row["mode_or_bond"])
    if match is None:
        raise KeyError(row["mode_or_bond"])
    line = match[2] + match[3] if not match[2].endswith("s") else ""
    parts = (match[4].strip(), component or component_of(row), str(word.get("line", "")))
    extra = " ".join(part for part in parts if part)
    return f"{match[1]} {match[2]} XPS", " ".join(part for part in (line, extra) if part)


_UPPER_P2S6_BAND = 500.0


def _band(row: Row, line: str) -> str:
    """Which band of a unit, where the table says it in the note or by the position alone."""
    if "bending" in row["note"]:
        return "bend"
    return "upper band" if row["unit_formula"] == "P2S6^4-" and float(row["position"]) > _UPPER_P2S6_BAND else line


TWO_SITES |= {"Na2SiO3.5H2O": 531.5}


DIRECT |= {"splitting": "splitting", "kinetic energy": "energy", "shift vs S8": "difference"}
DIRECT |= {"tensor principal value": "tensor", "absorption band (region)": "position"}
DIRECT |= {RESPONSE: "response"}


def texts(conversion: Conversion) -> Iterator[tuple[str, str]]:
    """Path below the package, and text, of every file that the raw table makes."""
    for claim in conversion.claims:
        yield f"claims/{claim.key}.yaml", dump_yaml(tree_from_claim(claim))
    entries = {source.key: tree_from_source(source) for source in conversion.sources}
    yield "bibliography/nist.yaml", dump_yaml(entries)


def main(folder: Path = HERE) -> int:
    """Write every file of the raw table below ``folder``; give their number."""
    count = 0
    for name, text in texts(convert()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        count += 1
    return count


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)} files written\n")
