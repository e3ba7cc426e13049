"""Counts of a detector are whole numbers: which single ones are not, between others that are."""

from __future__ import annotations

import numpy as np

from shortrange_core.notes import Note, Severity
from spectra.readers.raw import AGAIN, Array, Source

WHOLE_COUNT_TOLERANCE = 2e-3
CLEARLY_NOT_WHOLE = 6e-3
FEWEST_COUNTS, MOST_BROKEN = 50, 0.02


def look_at_counts(source: Source, name: str, counts: Array) -> None:
    """Note a region of which all counts are whole numbers but a few between others.

    A dead-time or transmission correction leaves no whole counts in a run of points, never in one between whole ones.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.abs(counts - np.round(counts)) / np.maximum(np.abs(counts), 1.0) ** 0.5
    odd = ~(off <= WHOLE_COUNT_TOLERANCE) | (counts < 0)
    clear = ~(off <= CLEARLY_NOT_WHOLE) | (counts < 0)
    alone = ~(np.concatenate([[False], odd[:-1]]) | np.concatenate([odd[1:], [False]]))
    if odd.size >= FEWEST_COUNTS and 0 < odd.sum() <= MOST_BROKEN * odd.size and np.all((clear & alone)[odd]):
        index = int(np.argmax(odd))
        text = f"point {index + 1} of {name} holds {counts[index]:g} counts, all others whole numbers"
        source.odd(Note("count-not-whole", Severity.WARNING, text, AGAIN))
