"""JCAMP-DX files: single, compound (LINK) and NTUPLES blocks, every number form, axes in cm-1, ppm, Hz, nm or s."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shortrange_core.errors import BadInput
from spectra import techniques
from spectra.contract import Coordinate
from spectra.readers import asdf
from spectra.readers.ordinates import ordinate_unit
from spectra.readers.records import Array, Raw, Reader, Source, unreadable

_RECORD = re.compile(r"^\s*##([^=\n]*)=", re.MULTILINE)
_LINK = re.compile(r"^\s*##\s*DATA\s*TYPE\s*=\s*LINK", re.MULTILINE | re.IGNORECASE)
_COMMENT = re.compile(r"\$\$.*")
_PLUS_PLUS = re.compile(r"\(\s*(\w)\s*\+\+\s*\(\s*(\w)\s*\.\.\s*\w\s*\)\s*\)", re.IGNORECASE)
_XY = re.compile(r"\(\s*XYW?\s*\.\.\s*XYW?\s*\)", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?")
CHECK_TOLERANCE = 0.02  # of the range of y: header values are rounded and sometimes of the unprocessed data
ABSCISSA_TOLERANCE_POINTS = 1.5
FEWEST_LINES, MOST_LINES = 16, 0.8
USUAL_POINTS, STRICT_POINTS = 0.3, 0.7
"""Where most lines are as long as their abscissae say within 0.3 points, one 0.7 points off lost or gained one."""
EXTREME_TOLERANCE = 1e-3
MOST_BROKEN = 8
EXTRA_POINTS = 1000


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """One block of a file: its records by label (letters and digits in capitals), and its tables."""

    records: Mapping[str, str]
    tables: Sequence[tuple[str, str]]
    number: int

    def text(self, *labels: str) -> str:
        """First record that is there, or empty."""
        return next((self.records[label] for label in labels if self.records.get(label)), "")

    def value(self, *labels: str) -> float | None:
        """Number of a record, or None where it is absent or no number."""
        match = _NUMBER.search(self.text(*labels))
        return float(match[0]) if match else None

    def items(self, label: str) -> list[str]:
        """Comma-separated items of a record."""
        return [item.strip() for item in self.text(label).split(",")]


def sniff(source: Source) -> float:
    """``##TITLE=`` and ``##JCAMP-DX=`` near the start."""
    text = source.head_text[:4000].upper()
    if re.search(r"^\s*##\s*JCAMP[- ]?(DX|CS)\s*=", text, re.MULTILINE):
        return 0.95
    return 0.6 if "##TITLE" in text and "##XYDATA" in text else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Blocks of all spectra, and of peak tables as blocks that are listed only.

    Raises
    ------
    BadInput
        If a table is damaged, or its number of points, abscissae or ordinates contradict the header.
    """
    found: list[Raw] = []
    _check_compound(source.text, source.name)
    for part in parts(source.text):
        try:
            found += _blocks(part)
        except BadInput as error:
            title = part.text("TITLE") or f"block {part.number}"
            raise BadInput(*(f"{source.name}: {title}: {problem}" for problem in error.problems)) from error
    return tuple(found)


def _check_compound(text: str, name: str) -> None:
    """A compound file (LINK) ends with the ##END= of a block or of itself; one that was cut between does not."""
    labels = [mark[1].strip().upper() for mark in _RECORD.finditer(text)]
    if labels and labels[-1] != "END" and _LINK.search(text):
        raise BadInput(f"{name}: is a compound file that does not end with ##END=; it is cut: export it again")


def parts(text: str) -> Iterator[Part]:
    """Blocks of a file in order; a block begins with ``##TITLE=``."""
    marks = list(_RECORD.finditer(text))
    records: dict[str, str] = {}
    tables: list[tuple[str, str]] = []
    number = 0
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        label = re.sub(r"[\s\-_/]", "", mark[1]).upper()
        raw = text[mark.end() : following.start() if following else len(text)]
        body = _COMMENT.sub("", raw).strip()
        if label == "TITLE" and (records or tables):
            yield Part(records, tables, number)
            records, tables = {}, []
        if label == "TITLE":
            number += 1
        if label in ("XYDATA", "XYPOINTS", "PEAKTABLE", "PEAKASSIGNMENTS", "DATATABLE", "RADATA") or label == "PAGE":
            tables.append((label, body))
        elif label not in ("END", "") or body:
            records.setdefault(label, body)
        if label == "END":
            records.setdefault("END", "yes")
    if records or tables:
        yield Part(records, tables, number)


def _blocks(part: Part) -> list[Raw]:
    name = part.text("TITLE").split("\n")[0].strip() or f"block {part.number}"
    tables = [table for table in part.tables if table[0] != "PAGE"]
    if not tables:
        return []
    if "END" not in part.records and "LINK" not in part.text("DATATYPE").upper() and _counted(part) is None:
        raise BadInput("has neither NPOINTS nor ##END=; the file is cut: export it again")
    if "NTUPLES" in part.records:
        return [_ntuples(part, name)]
    return [_single(part, name, label, body) for label, body in tables]


def _single(part: Part, name: str, label: str, body: str) -> Raw:
    if label in ("PEAKTABLE", "PEAKASSIGNMENTS"):
        return unreadable(f"{name} peaks", "it is a table of peaks; read it with spectra.peak_tables")
    if label == "RADATA":
        return unreadable(name, "it is an interferogram; transform it first")
    form, _, rest = body.partition("\n")
    x_factor, y_factor = part.value("XFACTOR") or 1.0, part.value("YFACTOR") or 1.0
    if pairs := _XY.search(form):
        columns = asdf.pairs(form[pairs.end() :] + "\n" + rest)
        x, y = columns[:, 0] * x_factor, columns[:, 1] * y_factor
        _check_points(part, y.size)
    elif _PLUS_PLUS.search(form):
        first, last, points = part.value("FIRSTX"), part.value("LASTX"), _counted(part)
        x, y = _evenly(rest, first, last, points, x_factor)
        y = y * y_factor
    else:
        return unreadable(name, f"its form {form.strip()[:40]!r} is not known; export as (X++(Y..Y)) or (XY..XY)")
    _check_ordinates(part, y)
    _check_range(part, x)
    return _raw(part, name, x, y, units=(part.text("XUNITS"), part.text("YUNITS")))


def _counted(part: Part) -> int | None:
    points = part.value("NPOINTS")
    return None if points is None else int(points)


def _check_points(part: Part, found: int) -> None:
    points = _counted(part)
    if points is not None and points != found:
        raise BadInput(f"has {found} points, but its header says NPOINTS = {points}; the file is cut or damaged")


def _evenly(
    body: str, first: float | None, last: float | None, points: int | None, x_factor: float
) -> tuple[Array, Array]:
    """Abscissae and ordinates of an (X++(Y..Y)) table, the abscissae of its lines checked."""
    limit = points + EXTRA_POINTS if points is not None else 10 * len(body) + EXTRA_POINTS
    table = asdf.decode(body, limit=limit)
    found = table.values.size
    if points is not None and found != points:
        raise BadInput(f"has {found} points, but its header says NPOINTS = {points}; the file is cut or damaged")
    if found < 2:
        raise BadInput(f"has {found} points; a spectrum needs more")
    if first is None:
        first = float(table.abscissae[0]) * x_factor
    if last is None:
        raise BadInput("has no LASTX, so its axis is not known; export it again")
    x = np.linspace(first, last, found)
    _check_abscissae(table, x, x_factor)
    return x, table.values


def _check_abscissae(table: asdf.Ordinates, x: Array, x_factor: float) -> None:
    """The abscissa that begins each line stands for its first ordinate."""
    step = abs(float(x[1] - x[0]))
    inside = table.starts < x.size
    expected = x[table.starts[inside]]
    rounding = abs(x_factor) * 10.0 ** -np.minimum(table.decimals[inside], 12)
    written = table.abscissae[inside] * x_factor
    wrong = np.abs(written - expected) > ABSCISSA_TOLERANCE_POINTS * step + rounding
    _check_lengths(table, inside, step / abs(x_factor), rounding / abs(x_factor))
    if np.any(wrong) and not (np.all(wrong) and _counted_otherwise(table, inside, step, x_factor)):
        index = int(np.argmax(wrong))
        raise BadInput(
            f"{int(wrong.sum())} of {wrong.size} lines begin with an abscissa that FIRSTX and LASTX contradict "
            f"(line {index + 1}: {written[index]:g}, expected {expected[index]:g}); the file is damaged"
        )


def _check_lengths(table: asdf.Ordinates, inside: Array, step: float, rounding: Array) -> None:
    """A line holds as many ordinates as fit between its abscissa and the next: else it lost or gained some."""
    abscissae, starts = table.abscissae[inside], table.starts[inside]
    if abscissae.size < FEWEST_LINES or step == 0:
        return
    off = np.abs(np.abs(np.diff(abscissae)) / step - np.diff(starts))
    exact = np.mean(off <= EXTREME_TOLERANCE) >= MOST_LINES  # nothing was rounded away
    slack = np.zeros(off.size) if exact else 2 * rounding[1:] / step
    if np.mean(off <= USUAL_POINTS + slack) < MOST_LINES:
        return
    wrong = np.flatnonzero(off > STRICT_POINTS + slack)
    if wrong.size:
        index = int(wrong[0])
        raise BadInput(
            f"line {index + 1} begins at {abscissae[index]:g} and the next at {abscissae[index + 1]:g}, but it holds "
            f"{starts[index + 1] - starts[index]} ordinates; the file is damaged"
        )


def _counted_otherwise(table: asdf.Ordinates, inside: Array, step: float, x_factor: float) -> bool:
    """True where abscissae run evenly in points, or in the steps of the axis from another zero, as some programs do."""
    index, written = table.starts[inside], table.abscissae[inside]
    if index.size < 2 or index[-1] == index[0]:
        return False
    slope = float(written[-1] - written[0]) / float(index[-1] - index[0])
    straight = np.abs(written - written[0] - slope * (index - index[0])) <= ABSCISSA_TOLERANCE_POINTS * abs(slope)
    known = np.isclose(abs(slope), 1.0, rtol=1e-3) or np.isclose(abs(slope * x_factor), step, rtol=1e-3)
    known = known or np.isclose(abs(slope), step, rtol=1e-3)
    return bool(np.all(straight) and known)


def _check_ordinates(part: Part, y: Array) -> None:
    """FIRSTY, MAXY, MINY of the header: refused where two of them or the only two contradict the table."""
    finite = y[np.isfinite(y)]
    if finite.size == 0:
        raise BadInput("has no ordinate that is a number")
    said = {"FIRSTY": float(y[0]), "MAXY": float(finite.max()), "MINY": float(finite.min())}
    scale = max(float(np.ptp(finite)), 1e-300)
    wrong = [
        f"{label} = {header:g} but {value:g}"
        for label, value in said.items()
        if (header := part.value(label)) is not None and not abs(header - value) <= CHECK_TOLERANCE * scale
    ]
    if len(wrong) >= 2:
        raise BadInput(f"the header says {', '.join(wrong)} in the table; the file is damaged")
    _check_extremes(part, finite)


def _check_extremes(part: Part, y: Array) -> None:
    """MAXY and MINY that hold but for a few ordinates beyond them: those are damaged."""
    for label, sign in (("MAXY", 1.0), ("MINY", -1.0)):
        header = part.value(label)
        ordered = np.sort(sign * y)
        if header is None or y.size < FEWEST_LINES:
            continue
        inside = ordered[
            ordered <= sign * header + EXTREME_TOLERANCE * abs(float(ordered[-MOST_BROKEN - 1] - ordered[0]))
        ]
        broken = y.size - inside.size
        scale = float(ordered[-MOST_BROKEN - 1] - ordered[0])
        near = inside.size > 0 and abs(float(inside[-1]) - sign * header) <= EXTREME_TOLERANCE * scale
        if 0 < broken <= MOST_BROKEN and near and ordered[-1] - sign * header > CHECK_TOLERANCE * scale:
            raise BadInput(
                f"{broken} ordinates lie beyond {label} = {header:g} of the header (first {sign * ordered[-1]:g}), "
                "which another one reaches; the file is damaged"
            )


def _check_range(part: Part, x: Array) -> None:
    """MINX and MAXX of the header, where they are there, span the axis."""
    said = {"MINX": float(np.min(x)), "MAXX": float(np.max(x))}
    tolerance = CHECK_TOLERANCE * float(np.ptp(x))
    wrong = [
        f"{label} = {header:g} but {value:g}"
        for label, value in said.items()
        if (header := part.value(label)) is not None and abs(header - value) > tolerance
    ]
    if wrong:
        raise BadInput(f"the header says {', '.join(wrong)} of the axis; the file is damaged")


def _ntuples(part: Part, name: str) -> Raw:
    symbols = part.items("SYMBOL")
    units = dict(zip(symbols, part.items("UNITS"), strict=False))
    numbers = {
        label: dict(zip(symbols, (_float(item) for item in part.items(label)), strict=False))
        for label in ("FIRST", "LAST", "FACTOR", "VARDIM")
    }
    columns: dict[str, Array] = {}
    x: Array | None = None
    for label, body in part.tables:
        if label == "PAGE":
            continue
        form, _, rest = body.partition("\n")
        match = _PLUS_PLUS.search(form)
        if match is None:
            return unreadable(name, f"its form {form.strip()[:40]!r} is not known; export as (X++(R..R))")
        horizontal, vertical = match[1].upper(), match[2].upper()
        if vertical in columns:
            return unreadable(name, "it holds several pages of spectra (2D); export them one by one")
        points = numbers["VARDIM"].get(vertical)
        x, y = _evenly(
            rest,
            numbers["FIRST"].get(horizontal),
            numbers["LAST"].get(horizontal),
            None if points is None else int(points),
            numbers["FACTOR"].get(horizontal) or 1.0,
        )
        columns[vertical] = y * (numbers["FACTOR"].get(vertical) or 1.0)
    if x is None or not columns:
        return unreadable(name, "it holds no table of numbers")
    real, imaginary = next(iter(columns.values())), columns.get("I")
    if imaginary is real:
        imaginary = None
    if imaginary is not None and imaginary.size != real.size:
        raise BadInput(f"has {real.size} real and {imaginary.size} imaginary points; the file is damaged")
    return _raw(part, name, x, real, units=(units.get("X", ""), ""), imaginary=imaginary)


def _float(text: str) -> float | None:
    match = _NUMBER.search(text)
    return float(match[0]) if match else None


def _raw(part: Part, name: str, x: Array, y: Array, *, units: tuple[str, str], imaginary: Array | None = None) -> Raw:
    x_unit, y_unit = units
    unit = techniques.unit(x_unit)
    kind = part.text("DATATYPE").upper()
    technique = _technique(part, kind)
    coords = _coordinates(part)
    history: list[str] = []
    if unit == "Hz":
        x, unit = _to_ppm(part, x), "ppm"
        history.append("axis converted from Hz to ppm")
    axis = {"Raman": "raman_shift", "FTIR": "wavenumber"}.get(technique, "") if unit == "cm-1" else ""
    axis = {"ppm": "chemical_shift", "s": "time"}.get(unit, axis)
    if unit == "s" and imaginary is not None:
        y, imaginary = y + 1j * imaginary, None
    return Raw(
        name,
        x,
        y,
        unit=unit,
        axis=axis,
        technique=technique,
        intensity_unit=ordinate_unit(y_unit, y),
        imaginary=imaginary,
        coords=coords,
        history=tuple(history),
        preferred=axis != "time",
    )


def _technique(part: Part, kind: str) -> str:
    if "NMR" in kind:
        nucleus = techniques.nucleus(part.text(".OBSERVENUCLEUS", "$NUC1", "$NUCLEUS"))
        return f"{nucleus} NMR".strip()
    if "INFRARED" in kind:
        return "FTIR"
    return "Raman" if "RAMAN" in kind else ""


def _to_ppm(part: Part, x: Array) -> Array:
    """Chemical shift of an axis in Hz, by Bruker's OFFSET of the first point or by the observe frequency."""
    frequency = part.value("$SF") or part.value(".OBSERVEFREQUENCY")
    if frequency is None or not frequency > 0:
        raise BadInput("has its axis in Hz and no ##.OBSERVE FREQUENCY=; export it in ppm")
    offset = part.value("$OFFSET")
    if offset is not None and part.value("$SF"):
        return np.asarray(offset - (x[0] - x) / frequency)
    return np.asarray(x / frequency)


def _coordinates(part: Part) -> dict[str, Coordinate]:
    found: dict[str, Coordinate] = {}
    title = part.text("TITLE").split("\n")[0].strip()
    if title:
        found["sample"] = title
    frequency = part.value(".OBSERVEFREQUENCY")
    if frequency is not None:
        found["larmor_frequency"] = frequency
    spinning = part.value("$MASR", ".SPINNINGRATE")
    if spinning:
        found["spinning_rate"] = spinning
    return found


READERS = (Reader("jcamp", "JCAMP-DX", (".jdx", ".dx", ".jcm", ".jcamp"), sniff, parse),)
