"""Bio-Logic EC-Lab text export (.mpt), every technique: all columns under the names that EC-Lab gives them.

The number of header lines stands in the header and is never assumed; files are Windows-1252, with LF or CRLF line
ends, with decimal points or commas.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import numpy as np

from electrochemistry.readers.raw import (
    EC_LAB_TIME,
    Table,
    columns_passed_over,
    date_of_ec_lab,
    decimal_mark,
    numeric_rows,
    time_from_dates,
)
from shortrange_core import BadInput, Note

MAGIC = ("EC-Lab ASCII FILE", "BT-Lab ASCII FILE")
_HEADER_LINES = re.compile(r"Nb header lines\s*:\s*(\d+)\s*$", re.MULTILINE)
_SETTING = re.compile(r"^(?P<name>[^:\t]{2,40}?)\s*(?: : |:\s|\s{2,})(?P<value>.*\S)\s*$")
_TITLE_LINE = 3
_FEWEST_HEADER_LINES = 3


def sniff(text: str) -> bool:
    """True where the text is an export of EC-Lab or BT-Lab."""
    return text.lstrip("\ufeff").startswith(MAGIC)


def sniff_columns(text: str) -> bool:
    r"""True where the first line names EC-Lab's columns: the export as text without a header.

    Examples
    --------
    >>> sniff_columns("time/s\tEwe/V\t"), sniff_columns("time\tEwe")
    (True, False)
    """
    names = text.lstrip("\ufeff").split("\n", 1)[0].rstrip("\t \r").split("\t")
    volts = any(re.fullmatch(r"<?(?:Ewe|Ece|Ecell|Ewe-Ece)>?/m?V", name.strip()) for name in names)
    return EC_LAB_TIME in names and volts


def parse_columns(text: str, file: str, *, needed: Callable[[str], bool] | None = None) -> Table:
    """Read an export as text without a header: its first line names the columns.

    Raises
    ------
    BadInput
        As :func:`parse`.
    """
    lines = text.lstrip("\ufeff").split("\n")
    return _table(lines[:1], lines[1:], file, title="", needed=needed)


def parse(text: str, file: str, *, needed: Callable[[str], bool] | None = None) -> Table:
    r"""Read every column of an .mpt file of EC-Lab or BT-Lab.

    Parameters
    ----------
    text
        Decoded contents.
    file
        Name for messages.
    needed
        Columns that must be undamaged; all where None.

    Returns
    -------
    Table
        Columns under EC-Lab's own names and units (``freq/Hz``, ``-Im(Z)/Ohm``, ``Ewe/V``, ``I/mA``), technique,
        settings of the header; text cells are NaN. A table without rows is an empty table, not an error.

    Raises
    ------
    BadInput
        If the header length is missing or beyond the end, a name is repeated with other values, or a row is damaged.

    Examples
    --------
    >>> lines = ["EC-Lab ASCII FILE", "Nb header lines : 5", "", "Chronopotentiometry", "time/s\tEwe/V", "0,5\t1,25"]
    >>> parse("\n".join(lines), "a.mpt").columns["Ewe/V"].tolist()
    [1.25]
    """
    lines = text.split("\n")
    declared = _HEADER_LINES.search("\n".join(lines[:4]))
    if not sniff(text) or declared is None:
        raise BadInput(
            f"{file}: is not a complete EC-Lab export (it must start with {MAGIC[0]!r} and its header length)"
        )
    count = int(declared[1])
    if not _FEWEST_HEADER_LINES <= count <= len(lines):
        raise BadInput(f"{file}: names {count} header lines but has {len(lines)} lines; export it again")
    title = lines[_TITLE_LINE].strip() if count > _TITLE_LINE + 1 else ""
    return _table(lines[:count], lines[count:], file, title=title, needed=needed)


def _table(
    header: list[str], body: list[str], file: str, *, title: str, needed: Callable[[str], bool] | None = None
) -> Table:
    """The table below a header whose last line names the columns."""
    names = [name.strip() for name in header[-1].rstrip("\t \r").split("\t")]
    if len(names) == 1 and not names[0]:
        raise BadInput(f"{file}: header line {len(header)} names no columns; export it again")
    bare = [name for name in names if name]
    passed: tuple[Note, ...] = ()
    if "" in names:
        width = _usual_width(header[-1], body)
        if width == len(bare):
            names, body = bare, [_filled(line, width) for line in body[:1]] + body[1:]
        elif width == names.index(""):
            behind = ", ".join(filter(None, names[width:]))
            names, passed = names[:width], (columns_passed_over(f"its titles continue ({behind}) where its rows end"),)
    names = _unique(names)
    body, dated = _with_seconds(body, names)
    mark, own = decimal_mark(body, "\t"), {} if needed is None else {"needed": needed}
    columns, remarks = numeric_rows(body, names, separator="\t", decimal=mark, file=file, first=len(header) + 1, **own)
    return Table(columns, title, _settings(header[:-1]), (*passed, *dated, *remarks))


def _usual_width(titles: str, body: list[str]) -> int:
    """Cells of most rows, without the empty one behind a last tab where the titles end with one too."""
    tail = titles.rstrip(" \r").endswith("\t")
    widths = Counter(line.rstrip(" \r").count("\t") + (not (tail and line.endswith("\t"))) for line in body if line)
    return widths.most_common(1)[0][0] if widths else 0


def _filled(line: str, width: int) -> str:
    """A first row with an empty last cell where it has none: EC-Lab 11.71 knows no Ewe-Ece then."""
    return line.rstrip("\t \r") + "\t" if line.rstrip("\t \r").count("\t") == width - 2 else line


def _with_seconds(body: list[str], names: list[str]) -> tuple[list[str], tuple[Note, ...]]:
    """Rows whose dates, which EC-Lab writes in place of ``time/s`` where it is told to, are seconds after the first."""
    at = names.index(EC_LAB_TIME) if EC_LAB_TIME in names else len(names)
    rows = [line.split("\t") for line in body]
    dates = [date_of_ec_lab(cells[at]) if len(cells) > at else None for cells in rows]
    first = next((date for date in dates if date is not None), None)
    if first is None:
        return body, ()
    mark = decimal_mark(["\t".join(cells[:at] + cells[at + 1 :]) for cells in rows], "\t")
    for cells, date in zip(rows, dates, strict=True):
        if date is not None:
            cells[at] = f"{(date - first).total_seconds():.6f}".replace(".", mark)
    return ["\t".join(cells) for cells in rows], (time_from_dates(),)


def _unique(names: list[str]) -> list[str]:
    """EC-Lab repeats a name in a few techniques: later ones get a number; one without a name gets its place."""
    seen: dict[str, int] = {}
    unique = []
    for name in (name or f"column {place}" for place, name in enumerate(names, start=1)):
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique


def _settings(header: list[str]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for line in header[2:]:
        match = _SETTING.match(line)
        if match:
            pairs.append((match["name"].strip(), match["value"]))
    return tuple(pairs)


def setting(table: Table, name: str) -> str | None:
    """Text of a header setting, or None.

    Examples
    --------
    >>> setting(Table({}, settings=(("I Range", "Auto"),)), "I Range")
    'Auto'
    """
    return next((value for key, value in table.settings if key == name), None)


def cycles(table: Table) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
    """Cycle number of every row, or None where the file has none."""
    column = table.columns.get("cycle number")
    if column is None or not np.all(np.isfinite(column)):
        return None
    return np.rint(column).astype(np.int64)
