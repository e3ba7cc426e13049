"""ULVAC-PHI files: binary multiplex .spe (counts a second) and MultiPak text .txt (counts), which never mix.

A Poisson weight needs counts. The text holds them; the binary holds a rate, from which the dwell time of its header
makes counts. Both readers therefore give ``counts``, and an intensity in the unit of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.notes import Note, Severity
from shortrange_core.shown_numbers import counted
from spectra import spectrum
from spectra.readers.formats.whole_counts import WHOLE_COUNT_TOLERANCE, look_at_counts
from spectra.readers.raw import (
    AGAIN,
    Array,
    Dialect,
    Raw,
    Reader,
    Source,
    dialect_of,
    intact,
    look_at_decimals,
    look_at_rest,
    need,
)
from spectra.spectrum import Coordinate

HEADER_END = b"EOFH"
BINARY_HEADER_BYTES, REGION_BYTES = 16, 96
SIZE_AT, OFFSET_AT, POINTS_AT = 76, 80, 20  # bytes inside the descriptor of a region
MOST_POINTS = 10_000_000
LINE_END_BYTES = 2
HALF_DIGIT = 5e-5  # of a step, which headers write with four decimals
STEP_TOLERANCE = 0.6  # rounding of a step that is written with one digit
_REGION = re.compile(r"^\s*Element\s*([^;]*);\s*Region\s+(\d+)\s+of\s+(\d+)\s*;(.*)$", re.IGNORECASE)
_TIME = re.compile(r"Time Per Step\s+([0-9.]+)\s*;\s*Sweeps\s+(\d+)", re.IGNORECASE)
MILLISECONDS, SPAN_TOLERANCE = 1e3, 1e-4
_PHOTON = re.compile(r"Photon Energy\s+([0-9.]+)", re.IGNORECASE)
_ANODE = re.compile(r"Anode\s+([A-Za-z]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PhiRegion:
    """One line ``SpectralRegDef`` of the header."""

    name: str
    points: int
    step: float
    first: float
    last: float
    dwell: float
    pass_energy: float


def sniff_binary(source: Source) -> float:
    """The first word of a PHI header."""
    return 1.0 if source.head.startswith(b"SOFH") else 0.0


def parse_binary(source: Source) -> tuple[Raw, ...]:
    """All regions of a .spe file, intensity in counts a second.

    Raises
    ------
    BadInput
        If it is a map or profile, or sizes do not fit the file.
    """
    content = source.content
    end = content.find(HEADER_END)
    intact(end > 0, source, "has no end of its header (EOFH)")
    text = content[:end].decode("latin-1")
    settings = dict(line.split(":", 1) for line in text.replace("\r", "").split("\n") if ":" in line)
    regions = [
        _region(source, line) for line in text.replace("\r", "").split("\n") if line.startswith("SpectralRegDef:")
    ]
    intact(bool(regions), source, "defines no region")
    need(settings.get("FileType", "").strip() == "SPECTRUM", source, "is not a set of spectra; export single spectra")
    start = end + len(HEADER_END) + (2 if content[end + 4 : end + 6] == b"\r\n" else 1)
    coords = _source_coordinates(settings)
    raws = [_binary(source, (content, start), (index, region), coords) for index, region in enumerate(regions)]
    descriptors = [start + BINARY_HEADER_BYTES + REGION_BYTES * index for index in range(len(regions))]
    stop = start + max(_integer(content, at + SIZE_AT) + _integer(content, at + OFFSET_AT) for at in descriptors)
    rest = len(content) - stop
    intact(rest >= 0, source, f"its last region ends {-rest} bytes beyond the end of the file")
    look_at_rest(source, rest if rest > LINE_END_BYTES else 0, "after its last region")
    return tuple(raws)


def _integer(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 4], "little")


def _region(source: Source, line: str) -> PhiRegion:
    cells = line.split(":", 1)[1].split()
    try:
        points, step, first, last = int(cells[4]), float(cells[5]), float(cells[6]), float(cells[7])
        dwell, energy = float(cells[10]), float(cells[11])
    except (IndexError, ValueError) as error:
        raise BadInput(
            f"{source.name}: the region {line.strip()[:60]!r} is not readable ({error}); it is damaged: "
            "copy or export it again"
        ) from error
    span = abs(first - last)
    good = 1 < points <= MOST_POINTS and step != 0 and abs(span - abs(step) * (points - 1)) <= abs(step)
    intact(good, source, f"the region {cells[2]} says {points} steps of {step:g} from {first:g} to {last:g} eV")
    name = "survey" if cells[2].lower().startswith("su") else spectrum.level(cells[2])
    return PhiRegion(name, points, step, first, last, dwell, energy)


def _source_coordinates(settings: dict[str, str]) -> dict[str, Coordinate]:
    coords: dict[str, Coordinate] = {}
    source = settings.get("XraySource", "").split()
    if source:
        coords["source"] = source[0]
    if len(source) > 1 and re.fullmatch(r"[0-9.]+", source[1]):
        coords["photon_energy"] = float(source[1])
    work = re.search(r"[0-9.]+", settings.get("AnalyserWorkFcn", ""))
    if work:
        coords["work_function"] = float(work[0])
    return coords


def _energies(region: PhiRegion) -> Array:
    """Energies of a region: from the first in whole steps, which end up to one step beside the last of the range.

    Where both ends agree with the step within its written digits, the ends are the finer statement.
    """
    intervals = region.points - 1
    span = region.last - region.first
    if abs(abs(span) - abs(region.step) * intervals) <= HALF_DIGIT * intervals:
        return np.linspace(region.first, region.last, region.points)
    return np.asarray(region.first + np.copysign(region.step, span) * np.arange(region.points))


def _binary(
    source: Source, where: tuple[bytes, int], which: tuple[int, PhiRegion], coords: dict[str, Coordinate]
) -> Raw:
    (content, start), (index, region) = where, which
    at = start + BINARY_HEADER_BYTES + REGION_BYTES * index
    intact(at + REGION_BYTES <= len(content), source, "ends inside its list of regions")
    points, size, offset = (_integer(content, at + field) for field in (POINTS_AT, SIZE_AT, OFFSET_AT))
    fits = points == region.points and size in (4 * points, 8 * points) and start + offset + size <= len(content)
    intact(fits, source, f"{region.name}: {size} bytes at {offset} for {region.points} points do not fit")
    dtype = "<f8" if size == 8 * points else "<f4"
    y = np.frombuffer(content, dtype, points, start + offset).astype(np.float64)
    x = _energies(region)
    look_at_counts(source, region.name, y * region.dwell)
    counts = _counts(y, region.dwell)
    own: dict[str, Coordinate] = {"dwell_time": region.dwell, "pass_energy": region.pass_energy}
    return _raw(region.name, x, y, unit="counts/s", counts=counts, coords={**coords, **own})


def _counts(rate: Array, dwell: float) -> Array | None:
    """Counts behind a rate, where they are whole numbers: a dead-time or transmission correction leaves none."""
    counts = rate * dwell
    if not dwell > 0 or np.any(counts < 0) or not np.all(np.isfinite(counts)):
        return None
    whole = np.abs(counts - np.round(counts)) <= WHOLE_COUNT_TOLERANCE * np.maximum(counts, 1.0) ** 0.5
    return np.asarray(np.round(counts)) if np.all(whole) else None


def _raw(name: str, x: Array, y: Array, *, unit: str, counts: Array | None, coords: dict[str, Coordinate]) -> Raw:
    return Raw(
        name,
        x,
        y,
        unit="eV",
        axis="binding_energy",
        technique=spectrum.level_technique(name),
        intensity_unit=unit,
        counts=counts,
        coords=coords,
    )


def sniff_text(source: Source) -> float:
    """A line that names element and region, as MultiPak writes it."""
    return 0.95 if any(_REGION.match(line) for line in source.head_text.split("\n", 6)[:6]) else 0.0


def parse_text(source: Source) -> tuple[Raw, ...]:
    """All regions of a MultiPak text, intensity in counts.

    Raises
    ------
    BadInput
        If a line is no pair of numbers, or fewer regions are there than the text says.
    """
    intact(source.text.endswith("\n"), source, "ends inside a line, which MultiPak never writes")
    lines = source.text.split("\n")
    heads = [(index, match) for index, line in enumerate(lines) if (match := _REGION.match(line))]
    _check_regions(source, [match for _, match in heads])
    dialect, _ = dialect_of(lines[heads[0][0] + 1 : heads[0][0] + 20])
    stops = [index for index, _ in heads[1:]] + [len(lines)]
    raws = tuple(
        _text_region(source, lines[index + 1 : stop], match, dialect)
        for (index, match), stop in zip(heads, stops, strict=True)
    )
    _check_spans(source, lines[: heads[0][0]], [match for _, match in heads], raws)
    return raws


def _check_regions(source: Source, heads: list[re.Match[str]]) -> None:
    """Every region counts itself and all of them; a depth profile repeats them, with a cycle each."""
    stated, numbers = max(int(match[3]) for match in heads), [int(match[2]) for match in heads]
    intact(len(heads) >= stated, source, f"says {stated} regions, but has {len(heads)}")
    times = numbers.count(numbers[0])
    whole = set(numbers) == set(range(1, stated + 1)) and all(numbers.count(number) == times for number in numbers)
    need(whole, source, f"has the regions {numbers} of {stated}; parts are missing or duplicated: export it again")
    titles = {match[0].strip() for match in heads}
    intact(len(titles) == len(heads), source, "contains a region twice")


def _check_spans(source: Source, top: list[str], heads: list[re.Match[str]], raws: tuple[Raw, ...]) -> None:
    """The third line gives the span of every region in counts a second, where the others agree with it."""
    texts = top[2].split("\t") if len(top) > 2 else []
    stated = [float(text) for text in texts if re.fullmatch(r"\d+\.?\d*", text.strip())]
    times = [_TIME.search(match[4]) for match in heads]
    if len(stated) != len(raws) or not all(times):
        return
    dwell = [float(time[1]) * float(time[2]) / MILLISECONDS for time in times if time is not None]
    spans = [float(np.ptp(raw.y)) / t if t > 0 else np.nan for raw, t in zip(raws, dwell, strict=True)]
    wrong = [
        k for k, (a, b) in enumerate(zip(stated, spans, strict=True)) if not abs(a - b) <= SPAN_TOLERANCE * max(a, 1)
    ]
    need(
        not wrong or len(wrong) > len(raws) / 2,
        source,
        f"{', '.join(f'{raws[k].name} spans {spans[k]:g} counts/s, its header says {stated[k]:g}' for k in wrong)}; "
        "rows are missing or damaged: export it again",
    )


def _text_region(source: Source, lines: list[str], head: re.Match[str], dialect: Dialect) -> Raw:
    look_at_decimals(
        source, [*zip(*(dialect.cells(line) for line in lines if line.strip()), strict=False)], mark=dialect.decimal
    )
    rows: list[list[float]] = []
    for line in lines:
        if not line.strip():
            continue
        values = dialect.numbers(line)
        if values is None or len(values) != 2:
            raise BadInput(
                f"{source.name}: {line.strip()[:40]!r} is not an energy with counts; it is truncated or damaged: "
                "copy or export it again"
            )
        rows.append(values)
    intact(len(rows) > 2, source, f"the region {head[1].strip()!r} has {counted(len(rows), 'row')}")
    x, y = np.array(rows).T
    _check_even(source, x)
    name = spectrum.level(head[1]) if head[1].strip() else "survey"
    coords: dict[str, Coordinate] = {}
    photon, anode = _PHOTON.search(head[4]), _ANODE.search(head[4])
    if photon:
        coords["photon_energy"] = float(photon[1])
    if anode:
        coords["source"] = anode[1]
    whole = bool(np.all(y >= 0) and np.all(y == np.round(y)))
    return _raw(name, x, y, unit="counts", counts=y if whole else None, coords=coords)


def _check_even(source: Source, x: Array) -> None:
    """PHI steps its energy evenly: another step may be a lost, doubled or damaged row."""
    steps = np.diff(x)
    usual = float(np.median(steps))
    wrong = np.flatnonzero(np.abs(steps - usual) > STEP_TOLERANCE * abs(usual))
    if wrong.size:
        index = int(wrong[0])
        text = f"{x[index]:g} and {x[index + 1]:g} eV follow one another in steps of {usual:g} eV"
        source.odd(Note("step-uneven", Severity.WARNING, text, AGAIN))


READERS = (
    Reader(
        "phi_spe",
        "PHI .spe",
        (".spe",),
        sniff_binary,
        parse_binary,
        gives="regions in counts/s, with `counts`",
        held_to="eight measured pairs",
    ),
    Reader(
        "phi_text",
        "PHI MultiPak text",
        (".txt",),
        sniff_text,
        parse_text,
        gives="regions in counts, with `counts`",
        held_to="eight measured pairs",
    ),
)
