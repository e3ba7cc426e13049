"""JCAMP-DX files: single, compound (LINK) and NTUPLES blocks, every number form, axes in cm-1, ppm, Hz, nm or s."""

from __future__ import annotations

import re

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.notes import Note, Severity
from spectra import spectrum
from spectra.readers.formats import asdf
from spectra.readers.formats.group_delays import group_delay, in_sense, without_group_delay
from spectra.readers.formats.jcamp_checks import check_abscissae, look_at_count, look_at_ordinates, look_at_range
from spectra.readers.formats.jcamp_parts import NUMBER, RECORD, JcampBlock, parts
from spectra.readers.raw import Array, Raw, Reader, Source, ordinate_unit, unreadable
from spectra.spectrum import Coordinate

_LINK = re.compile(r"^\s*##\s*DATA\s*TYPE\s*=\s*LINK", re.MULTILINE | re.IGNORECASE)
_PLUS_PLUS = re.compile(r"\(\s*(\w)\s*\+\+\s*\(\s*(\w)\s*\.\.\s*\w\s*\)\s*\)", re.IGNORECASE)
_XY = re.compile(r"\(\s*XYW?\s*\.\.\s*XYW?\s*\)", re.IGNORECASE)
_TWO_DIMENSIONS = re.compile(r"\(\s*F[12]\s*\+\+|\bPROFILE\b|\bCONTOUR\b", re.IGNORECASE)
EXTRA_POINTS = 1000
PPM = 1e6
FEWEST_OF_CURVE, EVEN, MOST_EVEN = 100, 0.05, 0.9  # a damaged row leaves a curve one, to be refused as that
_OTHER_UNITS = re.compile(
    r"m/z|minute|\bmin\b|theta|degree|kelvin|celsius|\bvolt|amp(?:ere)?s?\b|[km]hz", re.IGNORECASE
)
"""Of axes that no technique has: kept, so that a technique that is given does not name them."""
_OTHER_MEASUREMENTS = re.compile(
    r"MASS SPEC|DIFFRACTION|CHROMATO|VOLTAMM|GRAVIMETR|CALORIMETR|MOBILITY|DICHROISM|NEUTRON|(?<!AB)SORPTION|ISOTHERM"
    r"|LIGHT SCATTERING|PARAMAGNETIC|ELECTRON SPIN|\bE[PS]R\b|SHAPE DATA|PARAMETER VALUES"
)
"""Data types that are none of ours, whatever unit their axis has: a technique that is given does not make them one."""


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
    raws: list[Raw] = []
    _check_compound(source.text, source.name)
    for part in parts(source.text):
        try:
            raws += _blocks(part)
        except BadInput as error:
            title = part.text("TITLE") or f"block {part.number}"
            raise BadInput(*(f"{source.name}: {title}: {problem}" for problem in error.problems)) from error
    return tuple(raws)


def _check_compound(text: str, name: str) -> None:
    """A compound file (LINK) ends with the ##END= of a block or of itself; one that was cut between does not."""
    labels = [mark[1].strip().upper() for mark in RECORD.finditer(text)]
    if labels and labels[-1] != "END" and _LINK.search(text):
        raise BadInput(f"{name}: is a compound file that does not end with ##END=; it is truncated: export it again")


def _blocks(part: JcampBlock) -> list[Raw]:
    name = part.text("TITLE").split("\n")[0].strip() or f"block {part.number}"
    tables = [table for table in part.tables if table[0] != "PAGE"]
    if not tables:
        return []
    if "END" not in part.records and "LINK" not in part.text("DATATYPE").upper() and part.counted is None:
        raise BadInput("has neither NPOINTS nor ##END=; the file is truncated: export it again")
    if _OTHER_MEASUREMENTS.search(part.text("DATATYPE").upper()):
        return [unreadable(name, f"its data type is {part.text('DATATYPE')}, which is not read; give another file")]
    if "NTUPLES" in part.records:
        return [_ntuples(part, name)]
    return [_single(part, name, label, body) for label, body in tables]


def _single(part: JcampBlock, name: str, label: str, body: str) -> Raw:
    if label == "PEAKASSIGNMENTS" or (label == "PEAKTABLE" and not _is_curve(part, body)):
        return unreadable(f"{name} peaks", "it is a table of peaks, not a curve; export the spectrum")
    if label == "RADATA":
        return unreadable(name, "it is an interferogram; transform it first")
    form, _, rest = body.partition("\n")
    x_factor, y_factor = part.value("XFACTOR") or 1.0, part.value("YFACTOR") or 1.0
    if pairs := _XY.search(form):
        columns = asdf.pairs(form[pairs.end() :] + "\n" + rest)
        x, y = columns[:, 0] * x_factor, columns[:, 1] * y_factor
        look_at_count(part, y.size, part.counted, even=False)
    elif _PLUS_PLUS.search(form):
        first, last, points = part.value("FIRSTX"), part.value("LASTX"), part.counted
        x, y = _evenly(part, rest, (first, last), points, x_factor)
        y = y * y_factor
    else:
        return unreadable(name, f"its form {form.strip()[:40]!r} is not known; export as (X++(Y..Y)) or (XY..XY)")
    look_at_ordinates(part, y)
    look_at_range(part, x)
    return _raw(part, name, x, y, units=(part.text("XUNITS"), part.text("YUNITS")))


def _is_curve(part: JcampBlock, body: str) -> bool:
    """Many even steps under a data type of spectra: cheminfo writes whole spectra as tables of peaks, which none is."""
    form, _, rest = body.partition("\n")
    pairs = _XY.search(form)
    if pairs is None or (part.counted or 0) < FEWEST_OF_CURVE or not part.text("DATATYPE").upper().endswith("SPECTRUM"):
        return False
    steps = np.diff(asdf.pairs(form[pairs.end() :] + "\n" + rest)[:, 0])
    return bool(np.mean(np.abs(steps - np.median(steps)) <= EVEN * np.abs(np.median(steps))) >= MOST_EVEN)


def _evenly(
    part: JcampBlock, body: str, ends: tuple[float | None, float | None], points: int | None, x_factor: float
) -> tuple[Array, Array]:
    """Abscissae and ordinates of an (X++(Y..Y)) table, the abscissae of its lines checked."""
    first, last = ends
    limit = points + EXTRA_POINTS if points is not None else 10 * len(body) + EXTRA_POINTS
    table = asdf.decode(body, limit=limit)
    counted = table.values.size
    look_at_count(part, counted, points, even=True)
    if counted < 2:
        raise BadInput(f"has {counted} points; a spectrum needs more")
    if first is None:
        first = float(table.abscissae[0]) * x_factor
    if last is None:
        raise BadInput("has no LASTX, so its axis is not known; export it again")
    x = np.linspace(first, last, counted)
    check_abscissae(part, table, x, x_factor)
    return x, table.values


def _ntuples(part: JcampBlock, name: str) -> Raw:
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
        if match is None and _TWO_DIMENSIONS.search(form):
            return unreadable(name, "it is two-dimensional; export its rows one by one")
        if match is None:
            return unreadable(name, f"its form {form.strip()[:40]!r} is not known; export as (X++(R..R))")
        horizontal, vertical = match[1].upper(), match[2].upper()
        if vertical in columns:
            return unreadable(name, "it contains several pages of spectra (2D); export them one by one")
        points = numbers["VARDIM"].get(vertical)
        x, y = _evenly(
            part,
            rest,
            (numbers["FIRST"].get(horizontal), numbers["LAST"].get(horizontal)),
            None if points is None else int(points),
            numbers["FACTOR"].get(horizontal) or 1.0,
        )
        columns[vertical] = y * (numbers["FACTOR"].get(vertical) or 1.0)
    if x is None or not columns:
        return unreadable(name, "it contains no table of numbers")
    real, imaginary = next(iter(columns.values())), columns.get("I")
    if imaginary is real:
        imaginary = None
    if imaginary is not None and imaginary.size != real.size:
        raise BadInput(
            f"has {real.size} real and {imaginary.size} imaginary points; the file is damaged: copy or export it again"
        )
    return _raw(part, name, x, real, units=(units.get("X", ""), ""), imaginary=imaginary)


def _float(text: str) -> float | None:
    match = NUMBER.search(text)
    return float(match[0]) if match else None


def _raw(
    part: JcampBlock, name: str, x: Array, y: Array, *, units: tuple[str, str], imaginary: Array | None = None
) -> Raw:
    x_unit, y_unit = units
    unit = spectrum.unit(x_unit) or (x_unit.strip().lower() if _OTHER_UNITS.search(x_unit) else "")
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
        signal, history_of_delay = without_group_delay(y + 1j * imaginary, _delay(part))
        y, history_of_sense = in_sense(signal, part.text("$REVERSE"))
        x, imaginary = x[: y.size], None
        history += [*history_of_delay, *history_of_sense]
        coords |= _carrier(part)
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
        notes=tuple(part.notes),
    )


def _delay(part: JcampBlock) -> float:
    """Points of group delay by the settings of the spectrometer, where the file repeats them; a note where unknown."""
    names = ("GRPDLY", "DSPFVS", "DECIM", "DIGMOD")
    delay = group_delay({name: part.value(f"${name}") for name in names})
    if delay is None:
        text = "the group delay of the decay is not known (DSPFVS and DECIM); it is not removed"
        remedy = "transform the decay in the program that wrote it"
        part.notes.append(Note("group-delay-unknown", Severity.WARNING, text, remedy))
    return delay or 0.0


def _carrier(part: JcampBlock) -> dict[str, Coordinate]:
    """Chemical shift of zero frequency in ppm and frequency of 0 ppm in MHz, where the settings say them."""
    reference = part.value("$SF") or part.value("$BF1")
    carrier = part.value("$SFO1") or part.value(".OBSERVEFREQUENCY")
    if not reference or not carrier:
        return {}
    return {"larmor_frequency": reference, "carrier": (carrier - reference) / reference * PPM}


def _technique(part: JcampBlock, kind: str) -> str:
    if "NMR" in kind:
        nucleus = spectrum.nucleus(part.text(".OBSERVENUCLEUS", "$NUC1", "$NUCLEUS"))
        return f"{nucleus} NMR".strip()
    if "INFRARED" in kind or kind.startswith("IR "):
        return "FTIR"
    return "Raman" if "RAMAN" in kind else ""


def _to_ppm(part: JcampBlock, x: Array) -> Array:
    """Chemical shift of an axis in Hz, by Bruker's OFFSET of the first point or by the observe frequency."""
    frequency = part.value("$SF") or part.value(".OBSERVEFREQUENCY")
    if frequency is None or not frequency > 0:
        raise BadInput("has its axis in Hz and no ##.OBSERVE FREQUENCY=; export it in ppm")
    offset = part.value("$OFFSET")
    if offset is not None and part.value("$SF"):
        return np.asarray(offset - (x[0] - x) / frequency)
    return np.asarray(x / frequency)


def _coordinates(part: JcampBlock) -> dict[str, Coordinate]:
    coords: dict[str, Coordinate] = {}
    title = part.text("TITLE").split("\n")[0].strip()
    if title:
        coords["sample"] = title
    frequency = part.value("$SF") or part.value(".OBSERVEFREQUENCY")
    if frequency:
        coords["larmor_frequency"] = frequency
    spinning = part.value("$MASR", ".SPINNINGRATE")
    if spinning:
        coords["spinning_rate"] = spinning
    return coords


READERS = (
    Reader(
        "jcamp",
        "JCAMP-DX",
        (".jdx", ".dx", ".jcm", ".jcamp"),
        sniff,
        parse,
        gives=(
            "AFFN, PAC, SQZ, DIF, DUP, LINK, NTUPLES; Hz, ppm, cm-1, nm, s; decays with the carrier, group delay "
            "and sense (REVERSE) of their settings"
        ),
        held_to="20 measured files, jcamp; files of jcamp and spectrochempy",
    ),
)
