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
    Quantity,
    Source,
    dump_yaml,
    key_of,
    read_yaml,
    tree_from_claim,
    tree_from_source,
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
SUBTRACTED = "rows of one paper in NIST SRD 20 (our subtraction)"
_WEB = ("Thermo knowledge base", "xpsfitting.com", "harwellxps.guru", "KherveFitting library")


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
    named = row["note"].startswith("NIST SRD 20") or any(site in row["note"] for site in (*_WEB, SUBTRACTED))
    return None if named else "untraceable"


def convert(table: list[Row] | None = None, words: Mapping[str, Any] | None = None) -> Conversion:
    """Claims of the raw table.

    Raises
    ------
    BadInput
        If a row uses a word that ``words.yaml`` does not know; every such row is named.
    """
    table = rows() if table is None else table
    vocabulary = read_yaml(RAW_FOLDER / "words.yaml") if words is None else words
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
    notes = "; ".join(part for part in (word.get("note", ""), scale_word.get("note", ""), _note(row, nist)) if part)
    evidence, source, via = _standing(row, words, papers, nist)
    return Claim(
        key="",
        technique=technique,
        species=word["species"],
        species_kind=word["kind"],
        quantity=_quantity(row),
        source=source,
        via=via,
        line=line,
        cation=word.get("cation", cation_of(row)),
        phase=phase_word.get("phase", ""),
        sample=sample,
        scale=scale_word.get("scale", ""),
        fwhm=float(row["fwhm"]) if row["fwhm"] else None,
        shape="gaussian" if "Gaussian" in row["note"] else "",
        conditions=_conditions(row, nist),
        where=words["where"].get(row["doi"], ""),
        evidence=evidence,
        source_kind=row["source_kind"],
        status=word.get("status", _status(row)),
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
    parts = (match[4].strip(), component or _component(row), str(word.get("line", "")))
    extra = " ".join(part for part in parts if part)
    return f"{match[1]} {match[2]} XPS", " ".join(part for part in (line, extra) if part)


_UPPER_P2S6_BAND = 500.0


def _band(row: Row, line: str) -> str:
    """Which band of a unit, where the table says it in the note or by the position alone."""
    if "bending" in row["note"]:
        return "bend"
    return "upper band" if row["unit_formula"] == "P2S6^4-" and float(row["position"]) > _UPPER_P2S6_BAND else line


_TWO_SITES = {"Na2S2O3": 165.0, "Na2SSO3": 165.0, "Na2S4O6": 165.0, "Na2Si3O7": 531.5, "Na2Si8O17": 531.5}
_TWO_SITES |= {"Na2SiO3.5H2O": 531.5}
_DUCEL_BRIDGES = 532.5


def _component(row: Row) -> str:
    """Which of two lines of one compound: sources do not name them, so the energy does."""
    formula, position = row["unit_formula"], float(row["position"])
    core = row["mode_or_bond"][:4]
    if formula in _TWO_SITES and (core == "S 2p") == (_TWO_SITES[formula] < 200) and core in ("S 2p", "O 1s"):
        return "lower component" if position < _TWO_SITES[formula] else "upper component"
    if "Na2B4O7" in formula and row["unit_label"] == "BO":
        return "lower component" if position < _DUCEL_BRIDGES else "upper component"
    return ""


_DIRECT = {"isotropic shift": "position", "raman shift": "position", "binding energy": "position"}
_DIRECT |= {"splitting": "splitting", "kinetic energy": "energy", "shift vs S8": "difference"}
_DIRECT |= {"tensor principal value": "tensor", "absorption band (region)": "position"}
_RESPONSE = "relative Raman scattering coefficient (S, Q0=1)"
_DIRECT |= {_RESPONSE: "response"}
_CONVENTIONS = {
    "shift vs S8": "against the S 2p3/2 line of S8",
    "tensor principal value": "principal value of the shift, delta11 >= delta22 >= delta33, with its sign",
    _RESPONSE: "scattering coefficient against that of Q0",
}
_PRINTED = {"absorption band (region)": "in the region of 880"}


def _quantity(row: Row) -> Quantity:
    kind, unit = row["value_kind"], row["position_unit"]
    if kind == "tensor principal values":
        printed = row["note"].split(" as printed")[0]
        return Quantity("tensor", unit, convention="principal values as printed, signs lost", printed=printed)
    value = float(row["position"])
    if kind == "shielding anisotropy Delta-sigma":
        convention = "Delta-sigma as printed (shielding); the shift anisotropy zeta is -2/3 of it"
        return Quantity("anisotropy", unit, value, convention=convention)
    number = re.fullmatch(r"[0-9.]+", row["position_uncertainty"])
    half = float(row["position_uncertainty"]) if number else None
    if kind in _DIRECT:
        printed = _PRINTED.get(kind, "" if number else row["position_uncertainty"])
        return Quantity(_DIRECT[kind], unit, value, half, convention=_CONVENTIONS.get(kind, ""), printed=printed)
    if "range" in kind or "window" in kind:
        if half is None:  # a single number printed where its siblings have a range
            return Quantity("position", unit, value)
        name = "window" if "window" in kind else "range"
        low, high = round(value - half, 6), round(value + half, 6)
        explicit = re.search(r"(\d+\.?\d*)-(\d+\.?\d*)", kind)
        if explicit:
            low, high = float(explicit[1]), float(explicit[2])
        keep = value if name == "range" and explicit else None
        return Quantity(name, unit, keep, lower=low, upper=high)
    raise KeyError(kind)


def _conditions(row: Row, nist: re.Match[str] | None) -> dict[str, str | float]:
    spectrometer: dict[str, str | float] = {}
    if nist is not None and nist["xray"] != "nan":
        spectrometer["source"] = f"{nist['xray']} Ka"
    note = row["note"]
    patterns = {
        "spinning_rate_hz": (r"(\d+) kHz spinning|; (\d+) kHz;", 1000.0),
        "recycle_delay_s": (r"(\d+) s recycle|recycle (\d+) s", 1.0),
        "flip_angle_degree": (r"(\d+) deg pulse", 1.0),
        "laser_nm": (r"(\d+) nm,", 1.0),
        "relative_area": (r"relative area ([0-9.]+)", 1.0),
    }
    for name, (pattern, factor) in patterns.items():
        match = re.search(pattern, note)
        if match:
            spectrometer[name] = float(next(group for group in match.groups() if group)) * factor
    if "Al Ka" in note and "derived" not in note:
        spectrometer["source"] = "Al Ka"
    if "monochromatic Mg Ka" in note:
        spectrometer["source"] = "Mg Ka (instrument said monochromatic)"
    return spectrometer


def _note(row: Row, nist: re.Match[str] | None) -> str:
    text = row["note"] if nist is None else (nist["rest"] or "")
    text = re.sub(r"read by a third party;? ?", "", text)
    text = re.sub(r"\s+", " ", text).strip("; ").replace("; ;", ";")
    return text.strip()


def _standing(
    row: Row, words: Mapping[str, Any], papers: Mapping[str, Source], nist: re.Match[str] | None
) -> tuple[str, str, str]:
    """Evidence, source and via."""
    if nist is not None:
        return "database", papers[nist["original"]].key, "nist-srd20"
    note = row["note"]
    if SUBTRACTED in note:
        return "calculated", "nist-srd20", ""
    if row["doi"]:
        key = str(words["sources"][row["doi"]])
        if "CALCULATED" in note:
            return "calculated", key, ""
        if row["source_kind"] == "primary":
            return ("defined" if row["reference_scale"] == "definition" else "measured"), key, ""
        return ("read from a figure" if "figure" in note else "quoted"), key, ""
    for site in _WEB:
        if site in note:
            return "database", str(words["sources"][site]), ""
    cited = next((key for text, key in words["cited"].items() if text in note), None)
    if cited is None:
        raise KeyError(note)
    return "measured", str(cited), ""


def _status(row: Row) -> str:
    note = row["note"]
    if "label inferred" in note and row["unit_label"] in ("BO", "NBO"):
        return "inferred"
    if "OUTLIER" in note or "other way round" in note:
        return "disputed"
    if row["value_kind"] == "tensor principal values":  # signs lost: three rows of the second table have them
        return "retired"
    return "proposed"


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
