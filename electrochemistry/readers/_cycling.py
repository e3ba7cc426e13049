"""Cycling files of every kind that is known, recognised by what they hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from electrochemistry.readers.formats import (
    arbin,
    arbin_databases,
    battery_data,
    biologic_binary,
    biologic_text,
    cycling_titles,
    declared_cycling,
    gamry,
    nested_cycling,
    neware,
    novonix,
    parquet,
    side_by_side,
    titled_cycling,
    versastudio,
)
from electrochemistry.readers.formats.biologic_cycling import cycling_from_biologic, makes_records
from electrochemistry.readers.formats.declared_cycling import Sign
from electrochemistry.readers.raw import cells_odd, check_only_voltage, of_file, plain_numbers, sheet_texts
from shortrange_core import AmbiguousFile, BadInput, Note, UnknownFormat
from shortrange_core.files import decode, read_bytes
from shortrange_core.readings import Reading, carried, joined, read_from, reading_of, refuse_warnings
from shortrange_core.sheets import is_workbook
from shortrange_core.spelling import option, spelled

MOST = {"test_time_second": 1e10, "voltage_volt": 1e12, "current_ampere": 1e12, "net_capacity_ah": 1e12}
"""Three hundred years, and what no cell has in any unit that could be mistaken for V, A or Ah."""
MOST_VOLTS = 1000.0
"""No battery has more, and a cell in millivolts nearly always does."""
SHOWN = 4
FORMATS = (
    "Bio-Logic .mpt and .mpr (EC-Lab, BT-Lab)",
    "Neware .nda and .ndax, also in a .zip",
    "Arbin .xlsx and .res",
    "Gamry .DTA and VersaStudio .par of currents over time",
    "battery data format csv and parquet",
    "tables and workbooks whose titles name time, voltage and current (Maccor, Arbin, Neware, LAND, PEC, Novonix, "
    "BaSyTec, EB Tester; also titles in Chinese)",
    "nested reports of Neware",
    "csv with declared columns",
)


class _Asked(NamedTuple):
    """What the user tells the reader: which voltage to take, what a positive current does, which part to read."""

    voltage: str | None
    sign: Sign | None
    block: str | None


def read_cycling(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    current_sign: Sign | None = None,
    voltage: str | None = None,
    block: str | None = None,
    strict: bool = False,
) -> xr.Dataset:
    r"""Read a cycling file into time, voltage and current.

    Parameters
    ----------
    path
        File of one of the kinds in :data:`FORMATS`. Bio-Logic .mpr, Neware files, Arbin .res and Parquet need
        the extras ``biologic``, ``neware``, ``arbin`` and ``parquet``.
    columns
        For a text table that is not in the battery data format: quantity -> ``"column name [unit]"``, such as
        ``{"test_time_second": "Time [h]", "voltage_volt": "Ecell [V]", "current_ampere": "I [mA]"}``.
        Times that are written as 01:30:00 have the unit ``[h:m:s]``. Charge counters are ``net_capacity_ah``, or
        ``charging_capacity_ah`` and ``discharging_capacity_ah``, or ``step_capacity_ah`` (which begins again at every
        step). Currents without a sign need ``direction``: a column of words, ``"State"``, or
        ``"Mode [1=charge, 2=discharge]"`` where the words are not those that instruments write.
    current_sign
        ``"+ = charging"`` or ``"- = charging"``, with ``columns``, and for a table of titles that does not say it;
        never guessed. Not needed beside a direction.
    voltage
        What to take as the voltage of a cell with three electrodes: ``"Ewe"``, ``"Ece"`` or ``"Ewe-Ece"``; in Bio-Logic
        files also a column such as ``"<Ewe>/V"``. Where absent, ``Ewe-Ece`` of such a cell, else the voltage that is
        there. Declared ``columns`` say it themselves: ``"Ewe [V] - Ece [V]"``.
    block
        Arbin workbooks with several channels: the channel; Arbin databases with several tests: the test. Other
        workbooks: the sheet. Tables side by side: ``"table 2"``, in a workbook ``"Sheet: table 2"``. Archives with
        several Neware files: the file. Gamry files whose clock starts anew in a table: the table.
    strict
        Refuse a file that is odd: every note of severity warning is an error.

    Returns
    -------
    xarray.Dataset
        ``test_time_second``, ``voltage_volt``, ``current_ampere`` (+ = charging) and, where known, ``net_capacity_ah``,
        ``cycle_count`` and ``step_count`` over ``row``. A run without rows gives a table without rows.
        ``attrs["history"]`` says what was taken from where; the file with its SHA-256, and what was left out of it as
        notes, travel in the coordinate ``reading``.

    Raises
    ------
    BadInput
        If the file is missing, of no known kind, damaged, or its package is not installed.
    AmbiguousFile
        If a workbook holds several channels, or an archive several files, and none is named.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "cell.csv"
    ...     _ = path.write_text("t,E,I\n0,1.5,2.0\n1,1.4,2.0\n")
    ...     names = {"test_time_second": "t [h]", "voltage_volt": "E [V]", "current_ampere": "I [mA]"}
    ...     cycling = read_cycling(path, columns=names, current_sign="- = charging")
    >>> cycling.test_time_second.values.tolist(), cycling.current_ampere.values.tolist()
    ([0.0, 3600.0], [-0.002, -0.002])
    """
    file = Path(path)
    content = read_bytes(file)
    asked = _Asked(voltage, current_sign, block)
    try:
        if columns is not None:
            cycling = _declared(content, file.name, columns, block, asked)
        else:
            cycling = _recognised(content, file.name, block, asked)
    except AmbiguousFile:
        raise
    except BadInput as error:
        named = (text if text.startswith(file.name) else f"{file.name}: {text}" for text in error.problems)
        raise type(error)(*named) from error
    _check_plausible(cycling, file.name)
    source = read_from(file, of_file(file.name, (*reading_of(cycling).notes, *_in_millivolts(cycling))))
    if strict:
        refuse_warnings(source.notes)
    return cycling.assign_coords(carried(source))


def _check_plausible(cycling: xr.Dataset, file: str) -> None:
    """Numbers that no instrument writes are flipped bits or two numbers run together."""
    for name, most in MOST.items():
        values = np.abs(np.asarray(cycling[name].values, dtype=float)) if name in cycling else np.zeros(0)
        if values.size and float(values.max()) > most:
            raise BadInput(
                f"{file}: {name} is {values.max():g} in row {int(values.argmax()) + 1}, above {most:g}; the file is "
                "damaged, or has another unit: export it again"
            )


def _in_millivolts(cycling: xr.Dataset) -> tuple[Note, ...]:
    """A note on voltages that no battery has: some programs write mV below titles of V."""
    volts = np.abs(np.asarray(cycling["voltage_volt"].values, dtype=float))
    highest = float(np.nanmax(volts)) if np.any(np.isfinite(volts)) else 0.0
    if highest <= MOST_VOLTS:
        return ()
    text = f"voltage_volt reaches {highest:.6g} V, more than any battery; declare its column in mV if that is its unit"
    return (cells_odd(text),)


def _declared(content: bytes, file: str, columns: Mapping[str, str], block: str | None, asked: _Asked) -> xr.Dataset:
    check_only_voltage(asked.voltage, file, "a declared table")
    if content.startswith(parquet.MAGIC):
        text = parquet.text_of(content, file)
    else:
        text = _sheet(content, file, block)[0] if is_workbook(content) else decode(content)
    text, remarks = plain_numbers(text)
    return _with_notes(declared_cycling.read_declared(text, file, columns, asked.sign), remarks)


def _with_notes(record: xr.Dataset, notes: tuple[Note, ...]) -> xr.Dataset:
    """The record with what is to be told of the text that it is from."""
    return record.assign_coords(carried(joined([Reading((), notes), reading_of(record)])))


def _recognised(content: bytes, file: str, block: str | None, asked: _Asked) -> xr.Dataset:
    binary = _binary(content, file, block, asked)
    if binary is not None:
        return binary
    recognised = None
    if is_workbook(content):
        recognised = _of_sheet(content, file, block, asked)
    elif b"\0" not in content[:4096] or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        recognised = _of_text(decode(content), file, asked)
    if recognised is not None:
        return recognised
    raise UnknownFormat(
        f"{file}: no cycling reader recognises it; supported are {'; '.join(FORMATS)}. A text table is read with "
        + spelled("columns= and current_sign=", command_line="--column and --current-sign", recipe="a table of columns")
    )


def _of_text(text: str, file: str, asked: _Asked) -> xr.Dataset | None:
    """The record of a text of a known kind; None of others."""
    text, remarks = plain_numbers(text)
    record = _of_plain_text(text, file, asked)
    return None if record is None else _with_notes(record, remarks)


def _of_plain_text(text: str, file: str, asked: _Asked) -> xr.Dataset | None:
    if biologic_text.sniff(text) or biologic_text.sniff_columns(text):
        parse = biologic_text.parse if biologic_text.sniff(text) else biologic_text.parse_columns
        table = parse(text, file, needed=makes_records)
        return cycling_from_biologic(table.columns, file, voltage=asked.voltage, notes=table.remarks)
    if battery_data.sniff_bdf(text):
        check_only_voltage(asked.voltage, file, "the battery data format")
        return battery_data.read_bdf_text(text, file)
    if gamry.sniff_record(text):
        check_only_voltage(asked.voltage, file, "a Gamry file")
        return gamry.read_record(text, file, asked.block, asked.sign)
    if novonix.sniff(text):
        return novonix.read_record(text, file, asked.sign, voltage=asked.voltage)
    text = nested_cycling.flattened(text) or versastudio.flattened(text, file) or text
    if tables := side_by_side.parted(text):
        text = tables[_one_of(list(tables), file, asked.block, "table")]
    if (header := cycling_titles.header_of(text)) is not None:
        return titled_cycling.read_titled(text, file, header, asked.sign, voltage=asked.voltage)
    return None


def _of_parquet(content: bytes, file: str, asked: _Asked) -> xr.Dataset:
    """The record of a table in the battery data format, or of one of titles that a text may have too."""
    if not battery_data.sniff_bdf("\t".join(parquet.names_of(content, file))):
        record = _of_text(parquet.text_of(content, file), file, asked)
        if record is not None:
            return record
    check_only_voltage(asked.voltage, file, "the battery data format")
    return battery_data.read_bdf_parquet(content, file)


def _of_sheet(content: bytes, file: str, block: str | None, asked: _Asked) -> xr.Dataset | None:
    """The record of the one sheet that holds one, or of the sheet named."""

    def holds(text: str) -> bool:
        return battery_data.sniff_bdf(text) or cycling_titles.header_of(text) is not None

    text, name = _sheet(content, file, block, holds)
    record = _of_text(text, file, asked) if text else None
    if record is not None:
        record.attrs["history"] += f"\nsheet {name!r}"
    return record


def _sheet(content: bytes, file: str, block: str | None, holds: Callable[[str], bool] = bool) -> tuple[str, str]:
    """Text and name of the sheet named, or of the only one that holds what is looked for; nothing where none does."""
    sheets: dict[str, str] = {}
    for name, text in sheet_texts(content, file).items():
        tables = side_by_side.parted(text)
        sheets |= {f"{name}: {own}": table for own, table in tables.items()} or {name: text}
    names = [name for name, text in sheets.items() if holds(text)] if block is None else list(sheets)
    if not names:
        return "", ""
    chosen = _one_of(names, file, block, "sheet")
    return sheets[chosen], chosen


def _one_of(names: list[str], file: str, block: str | None, kind: str) -> str:
    """The sheet or table named, or the only one."""
    listed = ", ".join(names[:SHOWN]) + (f" to {names[-1]} ({len(names)} of them)" if len(names) > SHOWN else "")
    if block is not None and block not in names:
        raise BadInput(f"{file}: has no {kind} {block!r}; there are {listed}")
    if block is None and len(names) > 1:
        apart = "export the runs of one cell to separate files and give them together"
        way = spelled("join runs of one cell with join_runs", command_line=apart, recipe=apart)
        raise AmbiguousFile(
            f"{file}: contains records in {kind}s {listed}; choose one with {option('block')}, or {way}", tuple(names)
        )
    return block or names[0]


def _binary(content: bytes, file: str, block: str | None, asked: _Asked) -> xr.Dataset | None:
    if biologic_binary.sniff(content):
        columns, notes = biologic_binary.parse(content, file)
        return cycling_from_biologic(columns, file, voltage=asked.voltage, notes=notes)
    if content.startswith(parquet.MAGIC):
        return _of_parquet(content, file, asked)
    if neware.sniff(content, file) is not None:
        check_only_voltage(asked.voltage, file, "a Neware file")
        return neware.read(content, file)
    if arbin.sniff(content, file):
        check_only_voltage(asked.voltage, file, "an Arbin workbook")
        return arbin.read(content, file, block=block)
    unpacked = neware.zipped(content, file, block=block)
    if unpacked is not None:
        check_only_voltage(asked.voltage, file, "a Neware file")
        return neware.read(unpacked, file)
    if arbin_databases.sniff(content):
        check_only_voltage(asked.voltage, file, "an Arbin database")
        return arbin_databases.read(content, file, block=block)
    return None
