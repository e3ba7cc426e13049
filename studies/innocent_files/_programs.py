"""Writers of other programs: tables of pandas, polars, numpy, astropy, pyarrow and more."""

from __future__ import annotations

import csv
import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from studies.innocent_files._measurements import Measurement, Writer, Written
from studies.innocent_files._spectral_programs import SPECTRAL

ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16")


def _frame(m: Measurement) -> Any:
    return pd.DataFrame(dict(zip((m.title, *m.names), (m.x, *m.y), strict=True)))


def _float_format(m: Measurement) -> str | None:
    """One format for all columns, where both have the same decimals: pandas has no other."""
    return f"%.{m.decimals[0]}f" if None not in m.decimals and m.decimals[0] == m.decimals[1] else None


def pandas_csv(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """With and without an index, headers, quotes; separators and decimals of several countries."""
    path = place / f"a.{rng.choice(['csv', 'txt', 'dat'])}"
    separator, decimal = [(",", "."), ("\t", "."), (";", "."), (";", ","), ("\t", ","), (" ", "."), (",", ",")][
        rng.integers(0, 7)
    ]
    frame, header, index = _frame(m), bool(rng.random() < 0.85), bool(rng.random() < 0.3)
    if not index and rng.random() < 0.3:
        frame, index = frame.set_index(m.title), True
    frame.to_csv(
        path,
        sep=separator,
        decimal=decimal,
        header=header,
        index=index,
        float_format=_float_format(m),
        lineterminator=str(rng.choice(["\n", "\r\n"])),
        quoting=int(rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])),
        encoding=str(rng.choice(ENCODINGS)),
    )
    return Written(path, m, named=header)


def pandas_text(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Columns as they are printed: right-aligned, apart by blanks."""
    path = place / "a.txt"
    frame = _frame(m)
    frame.columns = ["x", *(f"y{k}" for k in range(len(m.y)))]
    header = bool(rng.random() < 0.7)
    path.write_text(
        frame.to_string(index=bool(rng.random() < 0.3), header=header, float_format=lambda value: repr(float(value))),
        "utf-8",
    )
    return Written(path, m)


def _excel(engine: str) -> Writer:
    def write(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
        path = place / ("a.ods" if engine == "odf" else "a.xlsx")
        row, column, index = int(rng.integers(0, 4)), int(rng.integers(0, 3)), bool(rng.random() < 0.3)
        options = {"startrow": row, "startcol": column, "index": index, "header": bool(rng.random() < 0.85)}
        _frame(m).to_excel(path, engine=engine, sheet_name=str(rng.choice(["Sheet1", "data", "glass 3"])), **options)
        return Written(path, m, named=options["header"])

    return write


def polars_csv(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Separators, a byte order mark, quotes, decimal commas."""
    polars = importlib.import_module("polars")
    path = place / "a.csv"
    header = bool(rng.random() < 0.85)
    separator = str(rng.choice([",", ";", "\t"]))
    polars.from_pandas(_frame(m)).write_csv(
        path,
        separator=separator,
        include_header=header,
        include_bom=bool(rng.random() < 0.2),
        line_terminator=str(rng.choice(["\n", "\r\n"])),
        quote_style=str(rng.choice(["necessary", "always", "non_numeric"])),
        decimal_comma=separator != "," and bool(rng.random() < 0.4),
    )
    return Written(path, m, named=header)


def numpy_savetxt(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Exponents of eighteen digits, or fixed decimals; a header behind a sign of comment; a footer."""
    path = place / f"a.{rng.choice(['txt', 'dat'])}"
    fixed = None not in m.decimals and rng.random() < 0.6
    formats = [f"%.{m.decimals[0]}f", *([f"%.{m.decimals[1]}f"] * len(m.y))] if fixed else "%.18e"
    delimiter = str(rng.choice([" ", ",", "\t", ";"]))
    options: dict[str, Any] = {"newline": str(rng.choice(["\n", "\r\n"]))}
    header = bool(rng.random() < 0.6)
    if header:
        options["header"] = (delimiter if delimiter != " " else "\t").join((m.title, *m.names))
        options["comments"] = str(rng.choice(["# ", "#", "", "% "]))
    if rng.random() < 0.2:
        options |= {"footer": "end of the measurement", "comments": "# "}
    np.savetxt(path, np.column_stack([m.x, *m.y]), fmt=formats, delimiter=delimiter, encoding="utf-8", **options)
    return Written(path, m, named=header)


ASTROPY = ("basic", "commented_header", "tab", "csv", "ecsv", "no_header", "fixed_width_two_line", "ipac")


def astropy_table(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Tables of the formats of astropy; its names of columns hold no blanks here, as its users write them."""
    table = importlib.import_module("astropy.table")
    kind = str(rng.choice(ASTROPY))
    path = place / f"a.{'ecsv' if kind == 'ecsv' else 'csv' if kind == 'csv' else 'txt'}"
    names = ("shift", *(f"glass_{k}" for k in range(len(m.y))))
    table.Table([m.x.copy(), *m.y], names=names).write(path, format=f"ascii.{kind}")
    return Written(path, Measurement(m.technique, m.unit, m.x, m.y, "shift", names[1:], m.decimals))


def csv_module(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """The three dialects of Python's csv module."""
    path = place / "a.csv"
    dialect = str(rng.choice(["excel", "excel-tab", "unix"]))
    header = bool(rng.random() < 0.8)
    with path.open("w", encoding=str(rng.choice(ENCODINGS)), newline="") as stream:
        writer = csv.writer(stream, dialect)
        if header:
            writer.writerow([m.title, *m.names])
        writer.writerows(m.cells())
    return Written(path, m, named=header)


def pyarrow_csv(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Titles in quotes, numbers bare."""
    arrow, arrow_csv = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.csv")
    path = place / "a.csv"
    header = bool(rng.random() < 0.85)
    options = arrow_csv.WriteOptions(include_header=header, delimiter=str(rng.choice([",", ";", "\t"])))
    arrow_csv.write_csv(arrow.Table.from_pandas(_frame(m)), path, options)
    return Written(path, m, named=header)


def tabulate_text(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Plain and simple tables, and those with tabs."""
    tabulate = importlib.import_module("tabulate").tabulate
    path = place / "a.txt"
    kind = str(rng.choice(["plain", "simple", "tsv"]))
    names = ["x", *(f"y{k}" for k in range(len(m.y)))]
    text = tabulate(m.cells(), names, tablefmt=kind, disable_numparse=True)
    path.write_text(text + "\n", encoding="utf-8")
    return Written(path, m)


def openpyxl_book(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """A sheet as a person fills it: a title above, units below the titles, an empty column, a second sheet of words."""
    openpyxl = importlib.import_module("openpyxl")
    path = place / "a.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    for line in (["Na3PS4-xOx series"], []) if rng.random() < 0.4 else ():
        sheet.append(line)
    sheet.append([m.title, *m.names])
    if rng.random() < 0.4:
        sheet.append([m.unit, *(["a.u."] * len(m.y))])
    as_text = rng.random() < 0.15
    for row in zip(m.x.tolist(), *m.y.tolist(), strict=True):
        sheet.append([str(v) for v in row] if as_text else list(row))
    if rng.random() < 0.3:
        book.create_sheet("notes").append(["measured on a pellet", 3])
    book.save(path)
    return Written(path, m, named=True)


def xlwt_book(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """A sheet of the Excel of before 2007: titles, at times a line above them and units below."""
    xlwt = importlib.import_module("xlwt")
    path = place / "a.xls"
    book = xlwt.Workbook()
    sheet = book.add_sheet(str(rng.choice(["Tabelle1", "data", "glass 3"])))
    lines: list[list[Any]] = [["Na3PS4-xOx series"], []] if rng.random() < 0.4 else []
    lines.append([m.title, *m.names])
    if rng.random() < 0.4:
        lines.append([m.unit, *(["a.u."] * len(m.y))])
    for number, row in enumerate([*lines, *zip(m.x.tolist(), *m.y.tolist(), strict=True)]):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    book.save(str(path))
    return Written(path, m, named=True)


_NEEDS: dict[str, tuple[Callable[..., Written], tuple[str, ...]]] = {
    "pandas to_csv": (pandas_csv, ("pandas",)),
    "pandas to_string": (pandas_text, ("pandas",)),
    "pandas to_excel openpyxl": (_excel("openpyxl"), ("pandas", "openpyxl")),
    "pandas to_excel xlsxwriter": (_excel("xlsxwriter"), ("pandas", "xlsxwriter")),
    "pandas to_excel odf": (_excel("odf"), ("pandas", "odf")),
    "xlwt": (xlwt_book, ("xlwt",)),
    "polars write_csv": (polars_csv, ("polars", "pyarrow")),
    "numpy savetxt": (numpy_savetxt, ("numpy",)),
    "astropy ascii": (astropy_table, ("astropy",)),
    "csv module": (csv_module, ("csv",)),
    "pyarrow write_csv": (pyarrow_csv, ("pyarrow",)),
    "tabulate": (tabulate_text, ("tabulate",)),
    "openpyxl by hand": (openpyxl_book, ("openpyxl",)),
    **SPECTRAL,
}


def absent() -> list[str]:
    """Writers whose program is not installed."""
    return [name for name, (_, needs) in _NEEDS.items() if not all(map(importlib.util.find_spec, needs))]


PROGRAMS: dict[str, Writer] = {name: writer for name, (writer, _) in _NEEDS.items() if name not in absent()}
