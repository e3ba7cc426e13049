"""The rows of a peak table, however a program writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.files import read_text
from spectra.readers.formats.casaxps import sections
from spectra.readers.formats.kherve import LEVELS, core_levels
from spectra.readers.raw import NUMBERS

NAN = float("nan")
GAUSS_AREA = np.sqrt(np.pi / np.log(2)) / 2  # area of a Gaussian of height 1 and FWHM 1
LORENTZ_AREA = np.pi / 2  # area of a Lorentzian of height 1 and FWHM 1
FEWEST_TITLES = 2
MOST_PEAKS = 1000  # more rows are a record or a map: their areas are no evidence of one fit
Kind = Literal["area", "amplitude"]

_SD = r"(?:sd|std|stdev|sigma|err(?:or)?|uncertainty|standard error)"
_TITLES: tuple[tuple[str, str], ...] = (
    ("area_sd", rf"(?:area|integral).*\b{_SD}\b|\b{_SD}\b.*(?:area|integral)"),
    ("position_sd", rf"(?:position|cent(?:er|re)|shift).*\b{_SD}\b|\b{_SD}\b.*(?:position|cent(?:er|re)|shift)"),
    ("fwhm_sd", rf"(?:fwhm|width).*\b{_SD}\b|\b{_SD}\b.*(?:fwhm|width)"),
    ("assignment", r"assign|species|counts as"),
    ("sample", r"^sample|^specimen"),
    ("area", r"^(?:raw\s*)?area(?!.*%)|integral|^area fit$"),
    ("position", r"position|cent(?:er|re)|^xc$|^pos\.?$|shift|ppm|binding|^b\.?e\.?|wavenumber"),
    ("fwhm", r"fwhm|width|^wid"),
    ("name", r"^(?:peak|name|label|line|component|peak index|peak name|band|#|no\.?|id)$"),
)
_UNIT_APART = re.compile(r"\s+(\([^()\s]*\))")  # the unit of a title, behind a blank
_FOOTER = "Peak Area Results"  # the second table of a CasaXPS report, which repeats the first
_REPEAT = re.compile(r" #\d+$")
_SAMPLE = re.compile(r"^sample name:\s*", re.IGNORECASE)
_DMFIT_LINE = re.compile(r"<line>(.*?)</line>", re.DOTALL)
_DMFIT_MODELS = ("gaus/lor", "gaus / lor", "gauslor", "gauss/lor")
_QUANTITIES = ("area", "area_sd", "position", "position_sd", "fwhm", "fwhm_sd")
_KINDS = ("compound", "solvent", "impurity", "reference", "artifact", "unknown", "13c satellite")
KIND_AT = 4
_TECHNICAL_ROWS = ("name", "position", "fwhm", "area", "lineshape")


@dataclass(frozen=True, slots=True)
class PeakRow:
    """One peak: its name, what it counts, its sample, and numbers with their sds (NaN where the table is silent)."""

    name: str
    area: float
    area_sd: float = NAN
    position: float = NAN
    position_sd: float = NAN
    fwhm: float = NAN
    fwhm_sd: float = NAN
    assignment: str = ""
    sample: str = ""

    def assigned(self, assignment: str) -> PeakRow:
        """Same line that counts something else."""
        return replace(self, assignment=assignment)


@dataclass(frozen=True, slots=True)
class PeakRows:
    """All peaks of a table, and whether they are areas or amplitudes."""

    rows: tuple[PeakRow, ...]
    kind: Kind = "area"


def read_lines(path: Path) -> PeakRows:
    """Peaks of a file of any program.

    Raises
    ------
    BadInput
        If no peak is found or names repeat.
    """
    text = read_text(path)
    if "<NMRFit" in text[:4000]:
        lines = _dmfit(path.name, text)
    elif text.lstrip().startswith("{") and f'"{LEVELS}"' in text[:2000]:
        lines = PeakRows(_kherve(path.name, text))
    elif re.search(r"^\"?Name[\t,]", text, re.MULTILINE) and re.search(r"^\"?Lineshape[\t,]", text, re.MULTILINE):
        lines = PeakRows(_casaxps(path.name, text))
    elif mestrenova := _mestrenova(text):
        lines = PeakRows(mestrenova)
    else:
        lines = PeakRows(_table(path.name, text))
    if not lines.rows:
        raise BadInput(f"{path.name}: contains no peak; give a table with a column area or integral")
    return named_apart(lines.rows, lines.kind)


def named_apart(rows: tuple[PeakRow, ...], kind: Kind) -> PeakRows:
    """Rows with different names: the partner of a doublet of one name gets #2."""
    seen: dict[str, int] = {}
    named = []
    for row in rows:
        bare = _REPEAT.sub("", row.name)
        seen[bare] = seen.get(bare, 0) + 1
        named.append(replace(row, name=bare if seen[bare] == 1 else f"{bare} #{seen[bare]}"))
    return PeakRows(tuple(named), kind)


def _number(name: str, text: str) -> float:
    bare = text.strip().strip('"').replace(",", ".")
    if not bare or bare in ("-", "--"):
        return NAN
    if NUMBERS["."].fullmatch(bare) is None:
        raise BadInput(f"{name}: {text.strip()[:30]!r} is not a number in a column of numbers; correct it")
    return float(bare)


def _separator(lines: list[str]) -> str:
    counts = {sign: min(line.count(sign) for line in lines) for sign in ("\t", ";", ",")}
    best = max(counts, key=lambda sign: (counts[sign], sign == "\t"))
    if counts[best] == 0:
        return ""
    return best


def _split(line: str, separator: str) -> list[str]:
    if not separator:
        return [cell.strip('"') for cell in _UNIT_APART.sub(r"\1", line.strip()).split()]
    return [cell.strip().strip('"') for cell in line.split(separator)]


def meaning(title: str) -> str:
    """What a column title stands for; empty where it is none of ours.

    Examples
    --------
    >>> meaning("Area Fit"), meaning("Std. error of area"), meaning("Center / ppm"), meaning("%GL")
    ('area', 'area_sd', 'position', '')
    """
    bare = title.strip().lower().replace("std.", "std").replace("_", " ")
    return next((name for name, pattern in _TITLES if re.search(pattern, bare)), "")


def _table(name: str, text: str) -> tuple[PeakRow, ...]:
    """A delimited table with a line of titles, of which one must mean an area."""
    text = re.split(rf"^{_FOOTER}", text, maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("%")]
    for start, line in enumerate(lines[:-1]):
        separator = _separator(lines[start : start + 2])
        titles = [meaning(cell.lstrip("#")) for cell in _split(line, separator)]
        if "area" not in titles or len(set(filter(None, titles))) < FEWEST_TITLES:
            continue
        if not NUMBERS["."].fullmatch(_split(line, separator)[titles.index("area")]):
            rows = [_split(row, separator) for row in lines[start + 1 :]]
            if len(rows) > MOST_PEAKS:
                raise BadInput(
                    f"{name}: has {len(rows)} rows of peaks; one fit has at most {MOST_PEAKS}: shorten the table"
                )
            return _filled([_row(name, titles, cells, index) for index, cells in enumerate(rows)])
    raise BadInput(
        f"{name}: has no column title for an area; name the columns peak, position, fwhm, area, area sd, assignment"
    )


def _filled(rows: list[PeakRow]) -> tuple[PeakRow, ...]:
    """Rows with their sample, which a report writes in the first row of each only."""
    sample = ""
    filled = []
    for row in rows:
        sample = row.sample or sample
        filled.append(replace(row, sample=sample))
    return tuple(filled)


def _row(name: str, titles: list[str], cells: list[str], index: int) -> PeakRow:
    filled = len(cells) - next((k for k, cell in enumerate(reversed(cells)) if cell), len(cells))
    if len(cells) < titles.index("area") + 1 or filled > len(titles):
        raise BadInput(
            f"{name}: the row {' '.join(cells)[:40]!r} has {filled} cells, but there are {len(titles)} titles; "
            "it is truncated, or a name contains the column separator"
        )
    values: dict[str, str] = {}
    for title, cell in zip(titles, cells, strict=False):
        if title:
            values.setdefault(title, cell)
    numbers = {key: _number(name, values.get(key, "")) for key in _QUANTITIES}
    label = values.get("name", "").strip() or f"peak {index + 1}"
    if label.isdigit():
        label = f"peak {label}"
    sample = _SAMPLE.sub("", values.get("sample", ""))
    area, position, fwhm = ((numbers[key], numbers[f"{key}_sd"]) for key in ("area", "position", "fwhm"))
    return PeakRow(label, *area, *position, *fwhm, assignment=values.get("assignment", "").strip(), sample=sample)


def _mestrenova(text: str) -> tuple[PeakRow, ...]:
    """A MestReNova peak list: rows of ppm, height, width in Hz, area and words, below a title or none; else empty."""
    rows = [line.split("\t") for line in text.split("\n") if line.strip()]
    if rows and not _of_peak(rows[0]):
        rows = rows[1:]
    if not rows or not all(_of_peak(row) for row in rows):
        return ()
    peaks = []
    for row in rows:
        position, _, width, area = (_number("peak list", cell) for cell in row[:4])
        peaks.append(PeakRow(f"{position:.4g} ppm", area, position=position, fwhm=width))
    return tuple(peaks)


def _of_peak(row: list[str]) -> bool:
    """True for a row of MestReNova: its fifth cell says what kind of line it is."""
    return len(row) > KIND_AT and row[KIND_AT].strip().lower() in _KINDS


def _casaxps(name: str, text: str) -> tuple[PeakRow, ...]:
    """Components of all regions of a CasaXPS export: rows Name, Position, FWHM, Area above the data."""
    peaks: list[PeakRow] = []
    for region in sections(text):
        rows = {cells[0].lower(): cells for cells in region if cells[0].lower() in _TECHNICAL_ROWS}
        missing = [key for key in ("name", "area") if key not in rows]
        if missing:
            raise BadInput(f"{name}: a region has no row {' and no row '.join(missing)}; export it with its components")
        titled = [index for index, label in enumerate(rows["name"]) if label.lower() == "name"]
        for index, label in enumerate(rows["name"]):
            if not label or index in titled:  # of regions side by side each begins with the words of the rows
                continue
            values = {key: _cell(name, rows.get(key, []), index) for key in ("area", "position", "fwhm")}
            peaks.append(PeakRow(label, values["area"], position=values["position"], fwhm=values["fwhm"]))
    return tuple(peaks)


def _kherve(name: str, text: str) -> tuple[PeakRow, ...]:
    """Peaks of all core levels of a KherveFitting project; the sheet of a level stands for its sample."""
    lines_of = []
    for level, content in core_levels(text, name).items():
        peaks = (content.get("Fitting") or {}).get("Peaks") or {}
        for label, peak in peaks.items():
            area, position, fwhm = (_number(name, str(peak.get(key, ""))) for key in ("Area", "Position", "FWHM"))
            lines_of.append(PeakRow(label, area, position=position, fwhm=fwhm, sample=level))
    return tuple(lines_of)


def _cell(name: str, cells: list[str], index: int) -> float:
    return _number(name, cells[index]) if index < len(cells) else NAN


def _dmfit(name: str, text: str) -> PeakRows:
    """Lines of a DMFIT project: areas of Gaussian and Lorentzian lines, amplitudes of other models; errors in Hz."""
    frequency = re.search(r"<frequency>\s*([0-9.]+)", text)
    per_ppm = float(frequency[1]) if frequency else NAN
    rows: list[PeakRow] = []
    kind: Kind = "area"
    for index, match in enumerate(_DMFIT_LINE.finditer(text)):
        body = match[1]
        model = _element(body, "ModelName")[0].strip().lower()
        (amplitude, amplitude_sd), (position, position_sd), (width, width_sd) = (
            _numbers(name, body, tag) for tag in ("amp", "pos", "wid")
        )
        share = _numbers(name, body, "gl")[0]
        if model.replace(" ", "") in _DMFIT_MODELS:
            share = 0.0 if np.isnan(share) else share
            factor = width * (share * GAUSS_AREA + (1 - share) * LORENTZ_AREA)
            relative = np.hypot(amplitude_sd / amplitude, width_sd / per_ppm / width) if amplitude and width else NAN
            area, area_sd = amplitude * factor, float(amplitude * factor * relative)
        else:
            area, area_sd, kind = amplitude, amplitude_sd, "amplitude"
        label = _element(body, "Name")[0].strip() or f"line {index + 1}"
        rows.append(PeakRow(label, area, area_sd, position, position_sd / per_ppm, width, width_sd / per_ppm))
    return PeakRows(tuple(rows), kind)


def _element(body: str, tag: str) -> tuple[str, str]:
    """Text and attributes of an element."""
    match = re.search(rf"<{tag}\b([^>]*)>([^<]*)</{tag}>", body)
    return (match[2], match[1]) if match else ("", "")


def _numbers(name: str, body: str, tag: str) -> tuple[float, float]:
    text, attributes = _element(body, tag)
    error = re.search(r"Error=[\"']([^\"']*)[\"']", attributes)
    return _number(name, text), _number(name, error[1]) if error else NAN
