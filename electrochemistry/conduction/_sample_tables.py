"""A csv table that pairs impedance files with temperature, thickness, diameter and pressure.

Columns carry their unit in the name, so that a number is never guessed: ``file``, ``block``, ``sample``, ``state``,
``temperature_kelvin`` or ``temperature_celsius``, ``temperature_sd_kelvin``, ``thickness_cm|mm|um``,
``thickness_sd_*``, ``diameter_cm|mm``, ``diameter_sd_*``, ``pressure_megapascal``, ``time_hour``; titles such
as ``T (°C)`` or ``Thickness / mm`` are taken for these. File names are relative to the table. A cell of a temperature
may carry its unit (``60 °C``, ``333 K``); in a column ``temperature`` it must.
"""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from electrochemistry.conduction._conductivity import Geometry, geometry
from electrochemistry.readers import read_impedance
from electrochemistry.readers.formats.declared_impedance import Columns
from electrochemistry.temperatures import COLDEST, HOTTEST, kelvin_of
from shortrange_core import BadInput
from shortrange_core.chemistry import ZERO_CELSIUS
from shortrange_core.errors import Offenders
from shortrange_core.files import existing, read_text
from shortrange_core.labels import named_twice

DOUBTFUL_CELSIUS = (273.0, 373.2)  # a column of nothing else is that of a cell measured in kelvin
WHOLE_CELSIUS = 1e-6  # a Celsius column of x.15 alone is one of kelvin that were whole degrees Celsius
DOUBTFUL_KELVIN = 223.0  # colder than any but a cryostat: a column of nothing else was meant in degrees Celsius
_LENGTHS = {"cm": 1.0, "mm": 0.1, "um": 1e-4}
_NUMBERS: dict[str, tuple[str, float, float]] = {
    "temperature_kelvin": ("temperature", 1.0, 0.0),
    "temperature_celsius": ("temperature", 1.0, ZERO_CELSIUS),
    "temperature": ("temperature", 1.0, 0.0),
    "temperature_sd_kelvin": ("temperature_sd", 1.0, 0.0),
    "pressure_megapascal": ("pressure", 1.0, 0.0),
    "time_hour": ("time", 1.0, 0.0),
    **{
        f"{name}_{unit}": (name, factor, 0.0)
        for name in ("thickness", "thickness_sd", "diameter", "diameter_sd")
        for unit, factor in _LENGTHS.items()
    },
}
_TEXTS = ("file", "block", "sample", "state")
_TITLE = re.compile(
    r"(?P<name>[a-z][a-z_ ]*?)(?:[\s_]*[\s_/(\[]\s*(?P<unit>[a-z°℃µμ]+(?: [cC])?)\s*[)\]]?)", re.IGNORECASE
)
_UNITS = {
    "k": "kelvin",
    **dict.fromkeys(("c", "°c", "℃", "degc", "deg c"), "celsius"),
    **dict.fromkeys(("µm", "μm"), "um"),
    "mpa": "megapascal",
    **dict.fromkeys(("h", "hours"), "hour"),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One row: a file and its sample. Unknown numbers are None, lengths in cm, temperatures in K."""

    file: Path
    block: str | None
    sample: str
    temperature: float | None
    pressure: float | None
    time: float | None
    shape: Geometry | None
    temperature_sd: float | None = None
    state: str = ""


def read_samples(path: str | os.PathLike[str]) -> tuple[Sample, ...]:
    r"""Rows of a sample table.

    Raises
    ------
    BadInput
        For unknown or doubled columns, missing files and numbers that are none; all offenders together.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.z").write_text("x")
    >>> _ = (folder / "table.csv").write_text("file,temperature_celsius,thickness_mm,diameter_mm\na.z,25,1.0,13\n")
    >>> row = read_samples(folder / "table.csv")[0]
    >>> row.temperature, row.shape.thickness
    (298.15, 0.1)
    """
    file = existing(path)
    text = read_text(file)
    dialect = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=dialect) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise BadInput(f"{file.name}: is not a table of samples ({error}); list one file per row") from error
    if len(rows) < 2:
        raise BadInput(f"{file.name}: has no row below its column names; list one file per row")
    names = [column_name(name) for name in rows[0]]
    offenders = Offenders()
    _check_names(names, file.name, offenders)
    offenders.raise_if_any()
    _check_scale(names, rows[1:], file.name)
    samples = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            offenders.add(f"{file.name}: row {number} has {len(row)} cells for {len(names)} columns")
            continue
        sample = _sample(dict(zip(names, (cell.strip() for cell in row), strict=True)), number, file, offenders)
        if sample is not None:
            samples.append(sample)
    offenders.raise_if_any()
    return tuple(samples)


def column_name(title: str) -> str:
    """A title as this module names its columns; as it is where it is none of them.

    Examples
    --------
    >>> column_name("T / °C"), column_name("Thickness (µm)"), column_name("temperature_K"), column_name("colour")
    ('temperature_celsius', 'thickness_um', 'temperature_kelvin', 'colour')
    """
    plain = title.strip()
    match = _TITLE.fullmatch(plain)
    if match is None:
        return plain
    name = "_".join(match["name"].lower().split())
    unit = match["unit"].lower()
    full = f"{'temperature' if name == 't' else name}_{_UNITS.get(unit, unit)}"
    return full if full in _NUMBERS else plain


def _check_names(names: list[str], file: str, offenders: Offenders) -> None:
    columns = (*_TEXTS, *_NUMBERS)
    unknown = [name for name in names if name not in columns]
    if unknown:
        offenders.add(f"{file}: unknown columns {', '.join(unknown)}; known are {', '.join(columns)}")
    targets = [_NUMBERS[name][0] if name in _NUMBERS else name for name in names]
    doubled = named_twice(targets)
    if doubled:
        offenders.add(f"{file}: has {', '.join(doubled)} in two columns; keep one")
    if "file" not in names:
        offenders.add(f"{file}: has no column file")


def _sample(cells: dict[str, str], number: int, table: Path, offenders: Offenders) -> Sample | None:
    before = len(offenders.problems)
    values: dict[str, float] = {}
    for name, cell in cells.items():
        if name not in _NUMBERS or not cell:
            continue
        target, factor, offset = _NUMBERS[name]
        written = kelvin_of(cell) if target == "temperature" else None
        value = _number(cell) if written is None else written
        if not np.isfinite(value):
            offenders.add(f"{table.name}: row {number}, {name} = {cell!r}: not a finite number")
            continue
        if name == "temperature" and written is None:
            offenders.add(f"{table.name}: row {number}, temperature = {cell}: write its unit, {cell} °C or {cell} K")
            continue
        values[target] = round(value * factor + offset, 12) if written is None else written
        if target == "temperature" and not COLDEST <= values[target] < HOTTEST:
            offenders.add(
                f"{table.name}: row {number}, {name} = {cell}: is {values[target]:g} K; give {COLDEST:g} to {HOTTEST:g}"
            )
    path = table.parent / cells["file"]
    if not cells["file"] or not path.is_file():
        offenders.add(f"{table.name}: row {number}: there is no file {cells['file']!r} beside the table")
    shape = None
    if len(offenders.problems) == before and ("thickness" in values or "diameter" in values):
        shape = _shape(values, number, table.name, offenders)
    if len(offenders.problems) > before:
        return None
    return Sample(
        path,
        cells.get("block") or None,
        cells.get("sample", ""),
        values.get("temperature"),
        values.get("pressure"),
        values.get("time"),
        shape,
        values.get("temperature_sd"),
        cells.get("state", ""),
    )


def _check_scale(names: list[str], rows: list[list[str]], file: str) -> None:
    """Refuse a column of temperatures that can hardly be on the scale that its name says, unless cells say so too.

    Raises
    ------
    BadInput
        With both ways out.
    """
    for name, other in (("temperature_celsius", "temperature_kelvin"), ("temperature_kelvin", "temperature_celsius")):
        if name not in names:
            continue
        cells = [row[names.index(name)].strip() for row in rows if len(row) == len(names)]
        plain = [_number(cell) for cell in cells if cell and kelvin_of(cell) is None]
        low, high = DOUBTFUL_CELSIUS if name == "temperature_celsius" else (COLDEST, DOUBTFUL_KELVIN)
        doubtful = all(low <= value < high for value in plain) or (
            name == "temperature_celsius" and all(_were_whole_celsius(value) for value in plain)
        )
        if plain and doubtful:
            odd = plain[0] + (ZERO_CELSIUS if name == "temperature_celsius" else -ZERO_CELSIUS)
            unit, meant = ("°C", f"{odd:g} K") if name == "temperature_celsius" else ("K", f"{odd:g} °C")
            raise BadInput(
                f"{file}: {name} = {plain[0]:g} would be {meant}; name the column {other}, or write "
                f"'{plain[0]:g} {unit}' in the cells if that is right"
            )


def _were_whole_celsius(kelvin: float) -> bool:
    celsius = kelvin - ZERO_CELSIUS
    return celsius >= 0 and abs(celsius - round(celsius)) < WHOLE_CELSIUS


def _number(cell: str) -> float:
    """Number of a cell, with a decimal point or a decimal comma; NaN where it is none."""
    try:
        return float(cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell)
    except ValueError:
        return float("nan")


def _shape(values: dict[str, float], number: int, file: str, offenders: Offenders) -> Geometry | None:
    if "thickness" not in values or "diameter" not in values:
        offenders.add(f"{file}: row {number}: give thickness and diameter, or neither")
        return None
    sd = {name: values.get(name, 0.0) for name in ("thickness_sd", "diameter_sd")}
    try:
        return geometry(thickness=values["thickness"], diameter=values["diameter"], **sd)
    except BadInput as error:
        offenders.add(*(f"{file}: row {number}: {problem}" for problem in error.problems))
        return None


def read_sample_spectra(samples: tuple[Sample, ...], *, columns: Columns | None = None) -> tuple[xr.Dataset, ...]:
    """Spectrum of every row, with temperature, pressure, time and sample as scalar coordinates.

    Raises
    ------
    BadInput
        If files cannot be read; all offenders together.
    """
    spectra, offenders = [], Offenders()
    for row in samples:
        try:
            spectrum = read_impedance(row.file, block=row.block, columns=columns)
        except BadInput as error:
            offenders.add(*error.problems)
            continue
        scalars: dict[str, float | str] = {}
        for name in ("temperature", "temperature_sd", "pressure", "time"):
            value = getattr(row, name)
            if value is not None:
                scalars[name] = value
        scalars |= {name: getattr(row, name) for name in ("sample", "state") if getattr(row, name)}
        spectra.append(spectrum.assign_coords(scalars))
    offenders.raise_if_any()
    return tuple(spectra)
