"""How impedance files are read: which format, which spectrum in it, as one labelled Dataset."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import xarray as xr

from electrochemistry.readers._sweeps import Sweep, dataset, sweeps
from electrochemistry.readers.formats import (
    biologic_text,
    counted_lists,
    declared_impedance,
    gamry,
    named_columns,
    palmsens,
    parquet,
    titled_columns,
    versastudio,
    zahner,
    zview,
)
from electrochemistry.readers.formats.declared_impedance import Columns
from electrochemistry.readers.raw import ENTRY_POINTS, Format, Table, makes_spectra, plain_numbers, quantities_of
from electrochemistry.temperatures import check_kelvin
from shortrange_core import AmbiguousFile, BadInput, UnknownFormat
from shortrange_core.files import decode, existing, read_bytes
from shortrange_core.readings import read_from, reading_of, refuse_warnings
from shortrange_core.sheets import is_workbook
from shortrange_core.spelling import option, spelled

_BIOLOGIC_BINARY_MAGIC = b"BIO-LOGIC MODULAR FILE"
SECONDS_PER_HOUR = 3600.0
TEXT_LIMIT_BYTES = 256 * 1024**2


def _biologic(text: str, file: str) -> list[Table]:
    table = biologic_text.parse(text, file, needed=makes_spectra)
    if "freq/Hz" not in table.columns and "Re(Z)/Ohm" not in table.columns:
        way = spelled("read it with read_cycling", command_line="give it to shortrange cell", recipe="leave it out")
        raise BadInput(f"{file}: contains {table.kind or 'a technique'} without impedance; {way}")
    return [table]


_BUILT_IN = (
    Format("biologic", (".mpt",), biologic_text.sniff, _biologic),
    zview.FORMAT,
    zview.AUTOLAB,
    gamry.FORMAT,
    versastudio.FORMAT,
    *named_columns.FORMATS,
    *counted_lists.FORMATS,
    palmsens.FORMAT,
    titled_columns.FORMAT,
)


def impedance_formats() -> tuple[Format, ...]:
    """Every known format: ours, then those of other packages (entry points ``shortrange.impedance_readers``)."""
    foreign = [point.load() for point in metadata.entry_points(group=ENTRY_POINTS)]
    return (*_BUILT_IN, *(item for item in foreign if isinstance(item, Format)))


def _parquet(content: bytes, file: str, columns: Columns | None) -> tuple[str, Table]:
    """Name of the format and table of a Parquet file: its columns as they are declared, or by their titles."""
    if columns is not None:
        return "declared columns", declared_impedance.table(parquet.text_of(content, file), file, columns)
    numeric, notes = parquet.numeric_columns(content, file, lambda name: bool(quantities_of([name])))
    if not numeric:
        names = ", ".join(map(repr, parquet.names_of(content, file))) or "no column"
        raise BadInput(
            f"{file}: has {names}, none of which is an impedance by its title; "
            f"declare the columns with {option('columns')}"
        )
    return "bdf parquet", Table(numeric, "BDF", (), notes)


def _format_of(text: str, path: Path, name: str | None) -> Format:
    listed = impedance_formats()
    if name is not None:
        chosen = [item for item in listed if item.name == name]
        if not chosen:
            raise BadInput(f"format = {name!r}: is unknown; there are {', '.join(item.name for item in listed)}")
        return chosen[0]
    ordered = sorted(listed, key=lambda item: path.suffix.lower() not in item.suffixes)
    fitting = next((item for item in ordered if item.sniff(text)), None)
    if fitting is None:
        declare = "declare the columns of a plain table with"
        way_out = spelled(
            f"name one with format=, or {declare} columns=Columns(frequency, real, imaginary, ...)",
            command_line=f"{declare} --columns, such as 0,1,-2 or frequency=0,modulus=1,phase=2",
            recipe=f"{declare} columns",
        )
        raise UnknownFormat(
            f"{path.name}: no reader recognises it; formats: {', '.join(item.name for item in listed)}; {way_out}"
        )
    return fitting


def _read(path: str | os.PathLike[str], columns: Columns | None, name: str | None) -> tuple[str, list[Sweep], str]:
    location = existing(path)
    content = read_bytes(location, limit=TEXT_LIMIT_BYTES)
    if content.startswith(_BIOLOGIC_BINARY_MAGIC):
        from electrochemistry.readers.formats import biologic_binary  # noqa: PLC0415  an extra: imported only when asked for

        return "biologic .mpr", sweeps(biologic_binary.table(location), location.name), location.name
    if content.startswith(parquet.MAGIC):
        kind, table = _parquet(content, location.name, columns)
        return kind, sweeps(table, location.name), location.name
    if columns is None and zahner.sniff(content, location.suffix.lower()):
        return "zahner", sweeps(zahner.parse(content, location.name), location.name), location.name
    if columns is None and is_workbook(content):
        return "workbook", _parts(titled_columns.of_workbook(content, location.name), location.name), location.name
    text, remarks = plain_numbers(decode(content))
    if columns is not None:
        kind, tables = "declared columns", [declared_impedance.table(text, location.name, columns)]
    else:
        chosen = _format_of(text, location, name)
        kind, tables = chosen.name, chosen.tables(text, location.name)
    tables = [replace(table, remarks=(*remarks, *table.remarks)) for table in tables]
    return kind, _parts(tables, location.name), location.name


def _parts(tables: list[Table], file: str) -> list[Sweep]:
    """Spectra of all tables, counted on where there are several tables."""
    parts = [sweep for table in tables for sweep in sweeps(table, file)]
    if len(tables) == 1:
        return parts
    return [replace(part, label=f"sweep {order}") for order, part in enumerate(parts, start=1)]


def sweeps_of(path: str | os.PathLike[str], *, columns: Columns | None = None) -> tuple[str, list[Sweep]]:
    """Name of the format, and every spectrum of a file in the order of time, before it is sorted by frequency.

    Raises
    ------
    BadInput
        As :func:`read_impedance`.
    """
    kind, parts, _ = _read(path, columns, None)
    return kind, parts


def impedance_contents(path: str | os.PathLike[str], *, columns: Columns | None = None) -> tuple[str, ...]:
    """Names of the spectra in a file, as ``block=`` takes them; none for a run that was aborted before the first."""
    return tuple(part.label for part in _read(path, columns, None)[1])


def read_impedance(
    path: str | os.PathLike[str],
    *,
    block: str | None = None,
    columns: Columns | None = None,
    format: str | None = None,  # noqa: A002
    temperature: float | None = None,
    sample: str | None = None,
    strict: bool = False,
) -> xr.Dataset:
    """Read one impedance spectrum.

    Parameters
    ----------
    path
        File of Bio-Logic (.mpt, .mpr), ZView, Gamry, Autolab, Parstat, VersaStudio, CH Instruments, PowerSuite,
        Novocontrol, Ivium, Zahner (.ism), PalmSens (.pssession), csv, a workbook, or Parquet with the columns of the
        battery data format (extra ``parquet``); recognised by its content.
    block
        Name of the spectrum in a file that holds several; see :func:`impedance_contents`.
    columns
        Declares the columns of a table that does not name them.
    format
        Name of the format where the content does not tell it.
    temperature, sample
        Kelvin, label; kept as scalar coordinates.
    strict
        Refuse a file that is odd: every note of severity warning is an error.

    Returns
    -------
    xarray.Dataset
        ``impedance`` (complex, ohm) over ascending ``frequency`` (Hz); Im(Z) is negative where the sample is
        capacitive. Time, voltage and current where the file has them, under BDF names. ``attrs["history"]`` says
        what was changed: signs, rows left out. What was left out travels as notes, with the SHA-256 of the file, in
        the coordinate ``reading``.

    Raises
    ------
    AmbiguousFile
        If the file holds several spectra and none is named.
    BadInput
        If the file denies what it holds, holds no impedance or no format fits.
    """
    kind, parts, file = _read(path, columns, format)
    part = _choose(parts, block, file)
    scalars: dict[str, str | float] = {}
    if temperature is not None:
        check_kelvin("temperature", [temperature])
        scalars["temperature"] = float(temperature)
    if sample is not None:
        scalars["sample"] = sample
    spectrum = dataset(part, file, kind, read_from(path), **scalars)
    if strict:
        refuse_warnings(reading_of(spectrum).notes)
    return spectrum


def read_impedance_series(
    path: str | os.PathLike[str],
    *,
    columns: Columns | None = None,
    format: str | None = None,  # noqa: A002
) -> tuple[xr.Dataset, ...]:
    """Every spectrum of a file, in the order of the file; the scalar coordinate ``block`` names each.

    Where the file has a clock, ``time`` (h) says when a spectrum began after the first.
    """
    kind, parts, file = _read(path, columns, format)
    source = read_from(path)
    clocks = [part.beside.get("test_time_second") for part in parts]
    began = [float("nan") if clock is None else float(clock[0]) for clock in clocks]
    timed = len(parts) > 1 and bool(np.all(np.isfinite(began))) and min(began) == began[0]
    hours = [{"time": (own - began[0]) / SECONDS_PER_HOUR} if timed else {} for own in began]
    return tuple(
        dataset(part, file, kind, source, block=part.label, **own) for part, own in zip(parts, hours, strict=True)
    )


def _choose(parts: list[Sweep], block: str | None, file: str) -> Sweep:
    labels = tuple(part.label for part in parts)
    if not parts:
        raise BadInput(f"{file}: has no row with an impedance (an aborted run or an empty table); give another file")
    if block is None:
        if len(parts) > 1:
            raise AmbiguousFile(
                f"{file}: contains {len(parts)} spectra: {', '.join(labels)}; choose one with {option('block')}", labels
            )
        return parts[0]
    if block not in labels:
        raise BadInput(f"{file}: contains no spectrum {block!r}; there are {', '.join(labels)}")
    return parts[labels.index(block)]
