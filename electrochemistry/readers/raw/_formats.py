"""What a reader of impedance files is: a name, a look at the first lines, and tables of columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from electrochemistry.readers.raw._tables import Table

ENTRY_POINTS = "shortrange.impedance_readers"


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of text file.

    Parameters
    ----------
    name
        As ``format=`` takes it.
    suffixes
        Usual suffixes, tried first.
    sniff
        True where the decoded text is of this kind.
    tables
        Tables of a text; takes the text and the file name, raises BadInput.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[str], bool]
    tables: Callable[[str, str], list[Table]]


def head(text: str, lines: int = 40) -> list[str]:
    """First lines of a text."""
    return text.split("\n", lines)[:lines]
