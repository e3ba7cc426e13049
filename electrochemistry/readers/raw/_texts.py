"""Texts of tables before anything is looked for in them."""

from __future__ import annotations

from shortrange_core import Note
from shortrange_core.grouped_digits import GROUPED, ungrouped

_MARKS = ",'\u2019\u00a0\u202f"
"""Without one of these no number has its thousands apart."""


def plain_numbers(text: str) -> tuple[str, tuple[Note, ...]]:
    """The text with numbers that have no thousands separators and, in quotes, no decimal commas; what is to be said."""
    if not any(mark in text for mark in _MARKS):
        return text, ()
    lines, grouped = ungrouped(text.split("\n"))
    return "\n".join(lines), (GROUPED,) if grouped else ()
