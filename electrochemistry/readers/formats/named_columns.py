"""Texts whose table begins with a line of column names: Parstat, PowerSuite, CH Instruments, Novocontrol, BDF csv."""

from __future__ import annotations

import re
from collections.abc import Callable

from electrochemistry.readers.raw import (
    Format,
    Table,
    check_count,
    decimal_mark,
    head,
    makes_spectra,
    numeric_rows,
    split,
)
from shortrange_core import BadInput

_CH = re.compile(r"^Freq/Hz,\s*Z'/ohm,\s*Z\"/ohm", re.IGNORECASE)
_PARSTAT = re.compile(r"^Potential \(V\)\tCurrent \(A\)\tElapsed Time \(s\)\tFrequency \(Hz\)\tZre \(ohms\)")
_POWERSUITE = re.compile(r"^Frequency\t\s*Zre\t\s*Zimg")
_NOVOCONTROL = re.compile(r"^#?\s*Freq\.\s*\[Hz\]\s+Zs'\s*\[ohms?\]\s+Zs''\s*\[ohms?\]", re.IGNORECASE)
_BDF = re.compile(r"^\W*(?=.*\bfrequency[_ ])(?=.*\breal[_ ]impedance)(?=.*\bimaginary[_ ]impedance).*$", re.IGNORECASE)


def _reader(pattern: re.Pattern[str], kind: str, separators: str) -> Callable[[str, str], list[Table]]:
    def tables(text: str, file: str) -> list[Table]:
        lines = text.split("\n")
        start = next((n for n, line in enumerate(lines) if pattern.match(line)), None)
        if start is None:
            raise BadInput(f"{file}: has no line of column names of a {kind} file; export it again")
        separator = next((mark for mark in separators if mark in lines[start]), None)
        names = [name for name in split(lines[start].lstrip("#"), separator) if name]
        if separator is None or len(set(names)) != len(names):
            raise BadInput(
                f"{file}: the column names in line {start + 1} are repeated or have no separator; export it again"
            )
        body = lines[start + 1 :]
        mark = decimal_mark(body, separator)
        columns, remarks = numeric_rows(
            body, names, separator=separator, decimal=mark, file=file, first=start + 2, needed=makes_spectra
        )
        remarks += check_count(lines[:start], next(iter(columns.values())).size, file)
        return [Table(columns, kind, (), remarks)]

    return tables


def _sniffer(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: any(pattern.match(line) for line in head(text))


FORMATS = (
    Format("parstat", (".txt",), _sniffer(_PARSTAT), _reader(_PARSTAT, "Parstat", "\t")),
    Format("powersuite", (".txt",), _sniffer(_POWERSUITE), _reader(_POWERSUITE, "PowerSuite", "\t")),
    Format("ch instruments", (".txt",), _sniffer(_CH), _reader(_CH, "CH Instruments", ",")),
    Format("novocontrol", (".txt",), _sniffer(_NOVOCONTROL), _reader(_NOVOCONTROL, "Novocontrol", "\t")),
    Format("bdf csv", (".csv", ".bdf"), _sniffer(_BDF), _reader(_BDF, "BDF", ",;\t")),
)
