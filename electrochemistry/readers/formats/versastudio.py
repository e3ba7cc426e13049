"""VersaStudio files (.par): every <Segment> that holds a table with impedances."""

from __future__ import annotations

import re

from electrochemistry.readers.raw import Format, Table, head, makes_spectra, numeric_rows
from shortrange_core import BadInput

_OPEN = re.compile(r"^<Segment\d+>$")
_NAMES = {
    "Frequency(Hz)": "Frequency(Hz)",
    "Z Real": "Z Real",
    "Z Imag": "Z Imag",
    "Elapsed Time(s)": "Elapsed Time(s)",
    "E(V)": "E(V)",
    "I(A)": "I(A)",
}


def _sniff(text: str) -> bool:
    lines = head(text)
    return lines[0].strip() == "<Application>" and any(line.strip() == "Name=VersaStudio" for line in lines)


def _definition(lines: list[str], start: int, file: str) -> tuple[int, int, list[str]]:
    """Line that defines the columns of a segment, line that closes it, and the names of its columns."""
    end = next((n for n, line in enumerate(lines[start:], start) if line.startswith("</Segment")), None)
    if end is None or lines[end].strip() != f"</{lines[start].strip()[1:]}":
        raise BadInput(
            f"{file}: {lines[start].strip()} at line {start + 1} is not closed; "
            "the file is truncated or damaged: copy or export it again"
        )
    definition = next((n for n in range(start, end) if lines[n].startswith("Definition=")), None)
    if definition is None:
        raise BadInput(f"{file}: the segment at line {start + 1} does not define its columns; export it again")
    names = [name.strip() for name in lines[definition].removeprefix("Definition=").split(",")]
    if names[-1].isdigit():
        names.pop()  # the definition ends with a number that is no column
    return definition, end, [f"{name} ({n})" if names.index(name) != n else name for n, name in enumerate(names)]


def _segment(lines: list[str], start: int, file: str) -> Table | None:
    definition, end, names = _definition(lines, start, file)
    if "Z Real" not in names:
        return None
    columns, remarks = numeric_rows(
        lines[definition + 1 : end], names, separator=",", file=file, first=definition + 2, needed=makes_spectra
    )
    return Table({_NAMES[name]: column for name, column in columns.items() if name in _NAMES}, "Segment", (), remarks)


def flattened(text: str, file: str) -> str | None:
    """The records of all segments as one table below their titles; None of another program's file.

    Raises
    ------
    BadInput
        If a segment is not whole, or two have other columns.
    """
    if not _sniff(text):
        return None
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if _OPEN.match(line.strip())]
    segments = [_definition(lines, start, file) for start in starts]
    titles = {tuple(names) for _, _, names in segments}
    if len(titles) > 1:
        raise BadInput(f"{file}: its {len(segments)} segments have different columns; export them one by one")
    rows = [line.rstrip("\r, ") for definition, end, _ in segments for line in lines[definition + 1 : end]]
    return "\n".join([*(",".join(names) for names in titles), *rows]) + "\n"


def _tables(text: str, file: str) -> list[Table]:
    lines = text.split("\n")
    names = [line.strip() for line in lines if _OPEN.match(line.strip())]
    if len(set(names)) != len(names):
        raise BadInput(f"{file}: contains a segment twice ({', '.join(names)}); the file is damaged: export it again")
    segments = [_segment(lines, n, file) for n, line in enumerate(lines) if _OPEN.match(line.strip())]
    tables = [table for table in segments if table is not None]
    if not tables:
        raise BadInput(f"{file}: no segment contains an impedance; give a file of an impedance experiment")
    return tables


FORMAT = Format("versastudio", (".par",), _sniff, _tables)
