"""Layouts that instruments and people write, and what hands do to a text before it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from studies.innocent_files._measurements import Measurement, Writer, Written

SEPARATORS = ("\t", ",", ";", "  ")
ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252")


def _saved(place: Path, name: str, lines: list[str], rng: np.random.Generator) -> Path:
    path = place / name
    end = str(rng.choice(["\n", "\r\n", "\n", "\r"]))
    encoding = str(rng.choice(ENCODINGS))
    try:
        path.write_bytes((end.join(lines) + end).encode(encoding))
    except UnicodeEncodeError:
        path.write_bytes((end.join(lines) + end).encode("utf-8"))
    return path


def _decimal(rng: np.random.Generator, separator: str) -> str:
    return "," if separator != "," and rng.random() < 0.4 else "."


def _rows(m: Measurement, separator: str, decimal: str) -> list[str]:
    return [separator.join(row) for row in m.cells(decimal)]


def bare(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Numbers alone, as OPUS (.dpt), OMNIC (.csv) and many others export."""
    separator = str(rng.choice(SEPARATORS))
    name = "a." + str(rng.choice(["txt", "dpt", "csv", "asc", "prn"]))
    return Written(_saved(place, name, _rows(m, separator, _decimal(rng, separator)), rng), m)


def titled(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """One line of titles."""
    separator = str(rng.choice(SEPARATORS[:3]))
    first = m.title if rng.random() < 0.8 else ""
    head = separator.join([first, *m.names])
    rows = _rows(m, separator, _decimal(rng, separator))
    return Written(_saved(place, "a.csv", [head, *rows], rng), m, named=True)


def origin(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Origin's export: long names, units, comments."""
    many = len(m.y)
    comments = [f"sample {k}" for k in range(many + 1)]
    head = ["\t".join(["x", *m.names]), "\t".join([m.unit, *(["a.u."] * many)])]
    if rng.random() < 0.3:
        head.append("\t".join(comments))
        many = 0
    return Written(_saved(place, "a.txt", [*head, *_rows(m, "\t", _decimal(rng, "\t"))], rng), m, named=bool(many))


def preamble(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Lines of settings above the titles."""
    sign = str(rng.choice(["", "# ", "% ", "// "]))
    equals = str(rng.choice([": ", " = ", "\t", "; "]))
    settings = [
        ("Sample", "Na3PS3.4O0.6"),
        ("Operator", "-"),
        ("Date", "2021-03-12 14:05:33"),
        ("Exposure (s)", "10"),
        ("Accumulations", "3"),
        ("Grating", "1800 gr/mm"),
        ("Slit", "50"),
        ("Filter", "25 %"),
    ]
    chosen = [f"{sign}{key}{equals}{value}" for key, value in settings if rng.random() < 0.7]
    gap = [""] if rng.random() < 0.5 else []
    separator = str(rng.choice(SEPARATORS[:3]))
    head = sign + separator.join([m.title, *m.names])
    rows = _rows(m, separator, _decimal(rng, separator))
    return Written(_saved(place, "a.txt", [*chosen, *gap, head, *rows], rng), m, named=True)


def key_value(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """JASCO's export: KEY,VALUE lines, XYDATA, rows, a footer of further settings."""
    one = replace_columns(m)
    separator = str(rng.choice([",", "\t"]))
    units = {"cm-1": "1/CM", "ppm": "PPM", "eV": "EV"}
    head = [f"TITLE{separator}glass", f"DATA TYPE{separator}", f"ORIGIN{separator}JASCO"]
    head += [f"XUNITS{separator}{units[m.unit]}", f"YUNITS{separator}INTENSITY", f"NPOINTS{separator}{m.x.size}"]
    head += [f"FIRSTX{separator}{m.x[0]!r}", f"LASTX{separator}{m.x[-1]!r}", "XYDATA"]
    foot = ["", "##### Extended Information", "[Comments]", f"Sample name{separator}glass"]
    return Written(_saved(place, "a.csv", [*head, *_rows(one, separator, "."), *foot], rng), one)


def replace_columns(m: Measurement) -> Measurement:
    """The first spectrum alone."""
    return replace(m, y=m.y[:1], names=m.names[:1])


def shimadzu(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """A name in quotes, units in quotes, rows."""
    one = replace_columns(m)
    head = ['"glass - RawData"', f'"{m.unit}","Intensity"']
    return Written(_saved(place, "a.txt", [*head, *_rows(one, ",", ".")], rng), one)


def renishaw(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """WiRE's text: titles behind #, two tabs."""
    one = replace_columns(m)
    rows = ["\t".join(row) for row in one.cells()]
    return Written(_saved(place, "a.txt", ["#Wave\t\t#Intensity", *rows], rng), one)


def marked_section(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Spectrometer software that marks where the data begin and end."""
    one = replace_columns(m)
    head = [
        "Data from a.txt Node",
        "",
        "Integration Time (sec): 1.000000E0",
        f"Number of Pixels in Spectrum: {m.x.size}",
    ]
    rows = ["\t".join(row) for row in one.cells()]
    foot = [">>>>>End Spectral Data<<<<<"] if rng.random() < 0.5 else []
    return Written(_saved(place, "a.txt", [*head, ">>>>>Begin Spectral Data<<<<<", *rows, *foot], rng), one)


def german_excel(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """CSV of a German Excel: semicolons, decimal commas, cells of general format without trailing zeros."""
    rows = [";".join(f"{v!r}".replace(".", ",").removesuffix(",0") for v in row) for row in _values(m)]
    return Written(_saved(place, "a.csv", [";".join([m.title, *m.names]), *rows], rng), m, named=True)


def _values(m: Measurement) -> list[list[float]]:
    return [[float(v) for v in row] for row in np.column_stack([m.x, *m.y])]


def general_cells(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Cells of general format with a point: whole numbers lose theirs."""
    separator = str(rng.choice(SEPARATORS[:3]))
    rows = [separator.join(f"{v!r}".removesuffix(".0") for v in row) for row in _values(m)]
    return Written(_saved(place, "a.csv", [separator.join([m.title, *m.names]), *rows], rng), m, named=True)


def pairs(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Every spectrum beside its own copy of the axis."""
    separator = str(rng.choice(SEPARATORS[:3]))
    title = m.title if m.title != "x" else "cm-1" if m.unit == "cm-1" else m.unit
    head = separator.join(part for name in m.names for part in (title, name))
    cells = m.cells(_decimal(rng, separator))
    rows = [separator.join(part for y in row[1:] for part in (row[0], y)) for row in cells]
    return Written(_saved(place, "a.txt", [head, *rows], rng), m, named=True)


def exponents(place: Path, m: Measurement, rng: np.random.Generator) -> Written:
    """Numbers as C and Fortran print them with exponents."""
    letter = str(rng.choice(["E", "e", "D"]))
    rows = [[f"{v:.12e}".replace("e", letter) for v in row] for row in _values(m)]
    separator = str(rng.choice([" ", "\t", "   "]))
    kept = replace(m, x=np.array([float(f"{v:.12e}") for v in m.x]))
    kept = replace(kept, y=np.array([[float(f"{v:.12e}") for v in y] for y in m.y]))
    return Written(_saved(place, "a.dat", ["  " + separator.join(row) for row in rows], rng), kept)


LAYOUTS: dict[str, Writer] = {
    "numbers alone": bare,
    "one line of titles": titled,
    "Origin": origin,
    "preamble of settings": preamble,
    "JASCO": key_value,
    "Shimadzu": shimadzu,
    "WiRE": renishaw,
    "marked section": marked_section,
    "German Excel": german_excel,
    "general cells": general_cells,
    "pairs of columns": pairs,
    "exponents": exponents,
}

Edit = Callable[[list[str], np.random.Generator], list[str]]


def _rows_begin(lines: list[str]) -> int:
    """Line behind which only rows stand."""
    numeric = [bool(line.strip()) and line.strip(" \t\"'-+")[:1].isdigit() for line in lines]
    run = 0
    for number, row in enumerate(numeric):
        run = run + 1 if row else 0
        if run == 3:
            return number + 1
    return len(lines)


EDITS: dict[str, Edit] = {
    "remark on top": lambda lines, _: ["# measured again, the first pellet broke", *lines],
    "two remarks on top": lambda lines, _: ["# Na3PS3.4O0.6, batch 3", "# baseline not corrected", *lines],
    "blank lines at the end": lambda lines, _: [*lines, "", "", ""],
    "blank line on top": lambda lines, _: ["", *lines],
    "blanks at line ends": lambda lines, _: [line + "  " if line else line for line in lines],
    "blank line between rows": lambda lines, rng: _inserted(lines, rng, ""),
    "remark between rows": lambda lines, rng: _inserted(lines, rng, "# lamp exchanged"),
    "remark below": lambda lines, _: [*lines, "# end of the measurement"],
}


def _inserted(lines: list[str], rng: np.random.Generator, line: str) -> list[str]:
    first = _rows_begin(lines)
    place = int(rng.integers(min(first, len(lines)), len(lines) + 1))
    return [*lines[:place], line, *lines[place:]]


def edited(written: Written, rng: np.random.Generator) -> tuple[Written, tuple[str, ...]]:
    """The same file after one or two harmless edits by hand; binary and structured files are left as they are."""
    if written.path.is_dir() or written.path.suffix not in (".txt", ".csv", ".dat", ".asc", ".prn", ".dpt"):
        return written, ()
    raw = written.path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"
        text = raw.decode(encoding)
    end = "\r\n" if "\r\n" in text else "\r" if "\r" in text else "\n"
    lines = text.removesuffix(end).split(end)
    names = tuple(str(n) for n in rng.choice(list(EDITS), int(rng.integers(1, 3)), replace=False))
    for name in names:
        lines = EDITS[name](lines, rng)
    whole = end.join(lines) + ("" if rng.random() < 0.3 else end)
    written.path.write_bytes(whole.encode(encoding))
    return written, names
