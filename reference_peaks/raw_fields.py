"""Fields of one row of the raw tables as a claim has them: quantity, conditions, standing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reference_peaks.entries import (
    Quantity,
    Source,
)
from reference_peaks.raw_rows import (
    Row,
)

SUBTRACTED = "rows of one paper in NIST SRD 20 (our subtraction)"
WEB = ("Thermo knowledge base", "xpsfitting.com", "harwellxps.guru", "KherveFitting library")
TWO_SITES = {"Na2S2O3": 165.0, "Na2SSO3": 165.0, "Na2S4O6": 165.0, "Na2Si3O7": 531.5, "Na2Si8O17": 531.5}
_DUCEL_BRIDGES = 532.5


def component_of(row: Row) -> str:
    """Which of two lines of one compound: sources do not name them, so the energy does."""
    formula, position = row["unit_formula"], float(row["position"])
    core = row["mode_or_bond"][:4]
    if formula in TWO_SITES and (core == "S 2p") == (TWO_SITES[formula] < 200) and core in ("S 2p", "O 1s"):
        return "lower component" if position < TWO_SITES[formula] else "upper component"
    if "Na2B4O7" in formula and row["unit_label"] == "BO":
        return "lower component" if position < _DUCEL_BRIDGES else "upper component"
    return ""


DIRECT = {"isotropic shift": "position", "raman shift": "position", "binding energy": "position"}
RESPONSE = "relative Raman scattering coefficient (S, Q0=1)"
_CONVENTIONS = {
    "shift vs S8": "against the S 2p3/2 line of S8",
    "tensor principal value": "principal value of the shift, delta11 >= delta22 >= delta33, with its sign",
    RESPONSE: "scattering coefficient against that of Q0",
}
_PRINTED = {"absorption band (region)": "in the region of 880"}


def quantity_of(row: Row) -> Quantity:
    """The number of a row with its kind and unit."""
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
    if kind in DIRECT:
        printed = _PRINTED.get(kind, "" if number else row["position_uncertainty"])
        return Quantity(DIRECT[kind], unit, value, half, convention=_CONVENTIONS.get(kind, ""), printed=printed)
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


def conditions_of(row: Row, nist: re.Match[str] | None) -> dict[str, str | float]:
    """How a row was measured; ``nist`` is what its note says in the form of that database."""
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


def note_of(row: Row, nist: re.Match[str] | None) -> str:
    """What is left of the note of a row once its fields are taken out."""
    text = row["note"] if nist is None else (nist["rest"] or "")
    text = re.sub(r"read by a third party;? ?", "", text)
    text = re.sub(r"\s+", " ", text).strip("; ").replace("; ;", ";")
    return text.strip()


def standing_of(
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
    for site in WEB:
        if site in note:
            return "database", str(words["sources"][site]), ""
    cited = next((key for text, key in words["cited"].items() if text in note), None)
    if cited is None:
        raise KeyError(note)
    return "measured", str(cited), ""


def status_of(row: Row) -> str:
    """Standing of the claim that a row makes: proposed unless its note says otherwise."""
    note = row["note"]
    if "label inferred" in note and row["unit_label"] in ("BO", "NBO"):
        return "inferred"
    if "OUTLIER" in note or "other way round" in note:
        return "disputed"
    if row["value_kind"] == "tensor principal values":  # signs lost: three rows of the second table have them
        return "retired"
    return "proposed"
