"""Looks at what was read that only a user can settle: separators of decimals, sizes, the rest of a file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shortrange_core.notes import Note, Severity
from shortrange_core.written_numbers import odd_cells
from spectra.readers.raw._records import Array, Source

MOST_SHOWN = 5
FEWEST_POINTS = 16
GREATEST_RATIO = 1e18
AGAIN = "compare the file with its original, or export it again"
"""What a user can do about what looks like damage and may be none."""


def look_at_decimals(source: Source, columns: Sequence[Sequence[str]], *, mark: str = ".", first: int = 1) -> None:
    """Note cells that have not the decimals that their column was written with: edited by hand, or damaged.

    Parameters
    ----------
    source
        The file.
    columns
        Cells of numbers as text, one sequence a column.
    mark
        Decimal mark.
    first
        Line of the first row in the file.
    """
    odd = odd_cells(columns, mark=mark)
    if odd:
        shown = ", ".join(f"{columns[column][row]!r} in line {first + row}" for row, column in odd[:MOST_SHOWN])
        text = f"{len(odd)} numbers do not have the decimals of their column ({shown})"
        source.odd(Note("decimals-differ", Severity.WARNING, text, AGAIN))


def look_at_size(source: Source, name: str, values: Array) -> None:
    """Note a value that is 10^18 times the next largest.

    No detector spans that: it is a flipped bit of an exponent, or the digits of two numbers run together.
    """
    size = np.abs(values[np.isfinite(values)])
    if size.size < FEWEST_POINTS:
        return
    second, first = np.partition(size, -2)[-2:]
    if first / GREATEST_RATIO > second > 0:
        text = f"the intensity {first:g} of {name!r} is more than {GREATEST_RATIO:g} times the next largest"
        source.odd(Note("value-far-off", Severity.WARNING, text, AGAIN))


def look_at_rest(source: Source, size: int, where: str) -> None:
    """Note bytes that no length in the file accounts for: programs append what their older versions do not know."""
    if size > 0:
        text = f"has {size} bytes {where} that its lengths do not account for"
        source.odd(Note("trailing-bytes", Severity.WARNING, text, AGAIN))
