"""ZPlot and ZView files (.z), in both generations, and the Z60W files that Autolab writes in the same layout."""

from __future__ import annotations

import re

from electrochemistry.readers.raw import (
    Format,
    Table,
    check_count,
    decimal_mark,
    head,
    makes_spectra,
    numeric_rows,
)
from shortrange_core import BadInput

_COLUMNS = re.compile(r"^\W*Freq\s*\(Hz\)\W*Ampl\b", re.IGNORECASE)
_NAMES = ("Freq(Hz)", "Ampl", "Bias", "Time(Sec)", "Z'(a)", "Z''(b)", "GD", "Err", "Range")


def _sniff(text: str) -> bool:
    first = head(text, 1)[0]
    return first.startswith("ZPLOT2 ASCII") or "ZPlotW Data File" in first


def _sniff_z60(text: str) -> bool:
    return "Z60W Data File" in head(text, 1)[0]


def _tables(text: str, file: str) -> list[Table]:
    lines = text.split("\n")
    start = next((n for n, line in enumerate(lines) if _COLUMNS.match(line)), None)
    if start is None:
        raise BadInput(f"{file}: has no line of column names (Freq(Hz) Ampl ...); export it again")
    comments_end = next((n for n, line in enumerate(lines[start:], start) if line.strip() == "End Comments"), start)
    body = lines[comments_end + 1 :]
    first = next((line for line in body if line.strip()), "")
    separator = "\t" if "\t" in first else "," if "," in first else None
    columns, remarks = numeric_rows(
        body,
        _NAMES,
        separator=separator,
        decimal=decimal_mark(body, separator),
        file=file,
        first=comments_end + 2,
        needed=makes_spectra,
    )
    remarks += check_count(lines[:start], next(iter(columns.values())).size, file)
    return [Table(columns, "ZPlot", (), remarks)]


FORMAT = Format("zview", (".z",), _sniff, _tables)
AUTOLAB = Format("autolab", (".txt",), _sniff_z60, _tables)
