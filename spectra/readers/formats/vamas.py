"""VAMAS files (ISO 14976): every experiment and scan mode, kinetic or binding energy, rising or falling."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from shortrange_core.notes import Note, Severity
from spectra import spectrum
from spectra.readers.formats.vamas_lines import Lines
from spectra.readers.formats.whole_counts import look_at_counts
from spectra.readers.raw import Array, Raw, Reader, Source, intact, need, of_photons, unreadable
from spectra.spectrum import Coordinate

MAGIC = "VAMAS Surface Chemical Analysis Standard Data Transfer Format"
_WITH_REGIONS = ("MAP", "MAPDP", "NORM", "SDP")
_MAPS = ("MAP", "MAPDP")
_WITH_FIELD = ("MAP", "MAPDP", "MAPSV", "MAPSVDP", "SEM")
_WITH_LINESCAN = ("MAPSV", "MAPSVDP", "SEM")
_SPUTTERED = ("MAPDP", "MAPSVDP", "SDP", "SDPSV")
_ION_TECHNIQUES = ("FABMS", "FABMS energy spec", "ISS", "SIMS", "SIMS energy spec", "SNMS", "SNMS energy spec")
_ELECTRON_TECHNIQUES = ("AES diff", "AES dir", "EDX", "ELS", "UPS", "XPS", "XRF")
_MODES = ("MAP", "MAPDP", "MAPSV", "MAPSVDP", "NORM", "SDP", "SDPSV", "SEM", "NOEXP")
UNSPECIFIED = 1e36  # 1E+37 stands for "not specified"
WHOLE_COUNT_TOLERANCE = 2e-3
RATES = ("c/s", "cps", "counts/s")
PLACEHOLDERS = (0.0, 1.0)
"""Least and greatest ordinate as CasaXPS writes them, whatever the data."""


@dataclass(slots=True)
class Header:
    """What the experiment's header settles for all blocks."""

    mode: str
    scan: str
    variables: list[tuple[str, str]] = field(default_factory=list)
    future: int = 0
    blocks: int = 0


def sniff(source: Source) -> float:
    """The format's first line, after any blank lines."""
    return 1.0 if source.head[:500].lstrip().lower().startswith(MAGIC.lower().encode()) else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """All regions of a file.

    Raises
    ------
    BadInput
        If the file is cut, a number is missing, or it leaves parameters out by an inclusion list.
    """
    text = source.text.split("\n")
    start = next(index for index, line in enumerate(text) if line.strip())
    lines = Lines(source, text, start)
    header = _header(lines)
    blocks = [_block(lines, header) for _ in range(header.blocks)]
    repeated = {name for name, number in Counter(raw.name for _, raw in blocks).items() if number > 1}
    named = []
    for index, (identifier, raw) in enumerate(blocks, start=1):
        if raw.name and raw.name not in repeated:
            named.append(raw)
            continue
        label = _settings(header, raw, blocks) or identifier or f"region {index}"
        named.append(replace(raw, name=f"{raw.name} ({label})" if raw.name else label))
    return tuple(_with_numbers(header, raw) for raw in named)


def _slug(name: str) -> str:
    """Coordinate of an experimental variable."""
    return "variable_" + re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _settings(header: Header, raw: Raw, blocks: list[tuple[str, Raw]]) -> str:
    """Experimental variables in which regions of one name differ, such as the angle, with their values."""
    same = [other for _, other in blocks if other.name == raw.name]
    differ = [
        (name, unit) for name, unit in header.variables if len({other.coords.get(_slug(name)) for other in same}) > 1
    ]
    units = {"d": "", "n": ""}  # dimensionless, and what some programs write instead
    texts = [f"{name} {raw.coords.get(_slug(name), '')} {units.get(unit, unit)}".strip() for name, unit in differ]
    return ", ".join(texts)


def _with_numbers(header: Header, raw: Raw) -> Raw:
    """Experimental variables as numbers; what is none stays out."""
    coords = dict(raw.coords)
    for name, _ in header.variables:
        try:
            value = float(str(coords.pop(_slug(name), "")))
        except ValueError:
            continue
        if _specified(value) is not None:
            coords[_slug(name)] = value
    return replace(raw, coords=coords)


def _header(lines: Lines) -> Header:
    lines.skip(5)
    lines.skip(lines.count())
    mode, scan = lines.text().upper(), lines.text().upper()
    intact(mode in _MODES, lines.source, f"has the experiment mode {mode[:20]!r}, which VAMAS does not define")
    intact(scan in ("REGULAR", "IRREGULAR", "MAPPING"), lines.source, f"has the scan mode {scan[:20]!r}")
    header = Header(mode, scan)
    if mode in _WITH_REGIONS:
        lines.number()
    if mode in _MAPS:
        lines.skip(3)
    header.variables += [(lines.text(), lines.text()) for _ in range(lines.count())]
    need(lines.number() == 0, lines.source, "leaves parameters out of its blocks (inclusion list); export full blocks")
    lines.skip(lines.count())
    experiment_entries, header.future = lines.count(), lines.count()
    lines.skip(experiment_entries)
    header.blocks = lines.count()
    return header


def _block(lines: Lines, header: Header) -> tuple[str, Raw]:
    identifier, sample = lines.text(), lines.text()
    lines.skip(7)
    lines.skip(lines.count())
    technique = lines.text()
    lines.skip(2 if header.mode in _MAPS else 0)
    coords: dict[str, Coordinate] = {"sample": sample or None}
    coords |= {_slug(name): lines.text() for name, _ in header.variables}
    coords["source"] = lines.text() or None
    if header.mode in _SPUTTERED or technique in _ION_TECHNIQUES:
        lines.skip(3)
    coords["photon_energy"] = _specified(lines.number()) or None  # 0 stands in electron-excited spectra
    lines.skip(3 + (2 if header.mode in _WITH_FIELD else 0) + (6 if header.mode in _WITH_LINESCAN else 0) + 2)
    lines.text()
    coords["pass_energy"] = _specified(lines.number())
    lines.skip((1 if technique == "AES diff" else 0) + 1)
    coords["work_function"] = _specified(lines.number())
    lines.skip(5)
    species, transition = lines.text(), lines.text()
    lines.skip(1)
    label, unit, start, step = "", "", 0.0, 0.0
    if header.scan == "REGULAR":
        label, unit, start, step = lines.text(), lines.text(), lines.number(), lines.number()
    columns = [(lines.text(), lines.text()) for _ in range(lines.count())]
    intact(bool(columns), lines.source, f"block {identifier!r} has no variables")
    signal = lines.text()
    dwell, scans = lines.number(), lines.number()
    coords |= {"dwell_time": _specified(dwell), "scans": _specified(scans)}
    lines.skip(1 + (7 if technique in _ELECTRON_TECHNIQUES and header.mode in _SPUTTERED else 0) + 3)
    lines.skip(3 * lines.count())
    lines.skip(header.future)
    table, notes = _ordinates(lines, len(columns))
    name = _region(species, transition, identifier)
    if header.scan == "IRREGULAR":
        (label, unit), x = columns[0], table[:, 0]
        columns, table = columns[1:], table[:, 1:]
        intact(bool(columns), lines.source, f"block {identifier!r} has an abscissa and no ordinate")
    else:
        x = start + step * np.arange(table.shape[0])
    if "pulse" in signal.lower() and scans * dwell > 0:
        rate = columns[0][1].lower() in RATES
        look_at_counts(lines.source, name, table[:, 0] * (dwell * scans if rate else 1.0))
    if of_photons(label):
        reason = f"it was scanned over the photon energy (its axis is {label!r}): it is not a photoelectron spectrum"
        return identifier, unreadable(name, reason)
    raw = _raw(name, technique, abscissa=(label, unit), x=x, columns=columns, table=table, coords=coords, signal=signal)
    return identifier, replace(raw, notes=notes)


def _specified(value: float) -> float | None:
    return value if np.isfinite(value) and abs(value) < UNSPECIFIED else None


def _region(species: str, transition: str, identifier: str) -> str:
    level = spectrum.level(f"{species} {transition}")
    if re.fullmatch(r"[A-Z][a-z]? [1-7][spdf]", level):
        return level
    return " ".join(part for part in (species, transition) if part) or identifier


def _ordinates(lines: Lines, columns: int) -> tuple[Array, tuple[Note, ...]]:
    """Ordinates of a block, and a note where its own limits do not hold them: programs keep those of older data."""
    number = lines.count()
    intact(number % columns == 0 and number > 0, lines.source, f"has {number} ordinates for {columns} variables")
    limits = lines.values(2 * columns).reshape(columns, 2)
    table = lines.values(number).reshape(-1, columns)
    notes = [note for column, ends in zip(table.T, limits, strict=True) for note in _beyond(column, *ends)]
    return table, tuple(notes)


def _beyond(column: Array, low: float, high: float) -> tuple[Note, ...]:
    """A note on values of a variable, such as the transmission, that its limits do not hold."""
    scale = max(abs(low), abs(high), 1e-300) * 1e-4
    outside = int(np.sum((column < low - scale) | (column > high + scale)))
    if not outside or low >= high or (low, high) == PLACEHOLDERS:
        return ()
    text = f"{outside} of {column.size} ordinates lie outside the limits {low:g} to {high:g} that the block states"
    remedy = "compare the file with its original: either the limits belong to older data, or numbers are damaged"
    return (Note("limits-contradicted", Severity.WARNING, text, remedy),)


def _raw(
    name: str,
    technique: str,
    *,
    abscissa: tuple[str, str],
    x: Array,
    columns: list[tuple[str, str]],
    table: Array,
    coords: dict[str, Coordinate],
    signal: str,
) -> Raw:
    y = table[:, 0]
    unit = spectrum.unit(abscissa[1])
    axis = spectrum.axis(abscissa[0]) or ("kinetic_energy" if unit == "eV" else "")
    for index, (label, _) in enumerate(columns[1:], start=1):
        if "transmission" in label.lower():
            coords["transmission"] = float(np.mean(table[:, index]))
    counts = _counts(y, columns[0][1], coords, signal)
    rate = columns[0][1].lower() in RATES
    return Raw(
        name,
        x,
        y,
        unit=unit,
        axis=axis,
        technique=_technique(technique, name),
        intensity_unit="counts/s" if rate else "counts" if counts is not None else "arbitrary",
        counts=counts,
        coords={key: value for key, value in coords.items() if value is not None},
        from_fermi_level=technique.upper() in ("XPS", "UPS"),
    )


def _technique(technique: str, name: str) -> str:
    return spectrum.level_technique(name) if technique.upper() == "XPS" else ""


def _counts(y: Array, unit: str, coords: dict[str, Coordinate], signal: str) -> Array | None:
    """Counts behind the intensities, where they are whole numbers of pulses."""
    if "pulse" not in signal.lower() or not np.all(np.isfinite(y)) or np.any(y < 0):
        return None
    factor = 1.0
    if unit.lower() in RATES:
        dwell, scans = coords.get("dwell_time"), coords.get("scans")
        if not isinstance(dwell, float) or not isinstance(scans, float) or not dwell * scans > 0:
            return None
        factor = dwell * scans
    counts = y * factor
    whole = np.abs(counts - np.round(counts)) <= WHOLE_COUNT_TOLERANCE * np.maximum(np.abs(counts), 1.0) ** 0.5
    return np.asarray(np.round(counts)) if np.all(whole) else None


READERS = (
    Reader(
        "vamas",
        "VAMAS",
        (".vms", ".npl", ".vamas"),
        sniff,
        parse,
        gives=(
            "regions, those of the same name distinguished by angle or another experimental variable; kinetic energy "
            "becomes binding energy with the file's photon energy"
        ),
        held_to="four measured files, vamas",
    ),
)
