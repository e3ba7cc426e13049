"""Spectra of a map below one another: columns of places, then the axis, then the intensity, a row a point."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.raw._records import Array
from spectra.readers.raw._table_titles import Table

_PLACE = re.compile(
    r"(x|y|z|time|temperature|focus|distance)(?:\s*(?:[(\[/]|(?<=[a-z])_)\s*([^\s()\[\]]+)\s*[)\]]?)?", re.IGNORECASE
)
_OF_WIRE, FEWEST_POINTS = "wave", 3


@dataclass(frozen=True, eq=False, slots=True)
class LongTable:
    """The table of the first spectrum, intensities of all (spectra x points), and where they were measured."""

    first: Table
    y: Array
    labels: dict[str, Array]
    units: dict[str, str]


def long_table(table: Table, *, source_name: str) -> LongTable | None:
    """Spectra below one another, told by titles and by places that stay through every axis; None for other tables.

    Raises
    ------
    BadInput
        If the spectra have not one axis.
    """
    width = len(table.columns)
    places = [_PLACE.fullmatch(title.strip()) for title in table.titles[: width - 2]]
    if width < 2 or not all(places) or not _names_axis(table, width - 2, alone=not places):
        return None
    wave, y = table.columns[-2:]
    starts = _starts(table)
    sizes = np.diff([*starts, wave.size])
    points = int(sizes[0])
    if np.median(sizes) < FEWEST_POINTS or not (places or _repeats(wave, sizes)):
        return None
    if np.any(sizes != points):
        odd = int(np.argmax(sizes != points))
        raise BadInput(
            f"{source_name}: spectrum {odd + 1} of {starts.size} has {sizes[odd]} points, the first {points}; rows are "
            "lost: export the map again"
        )
    axes = wave.reshape(-1, points)
    if not np.array_equal(axes, np.broadcast_to(axes[0], axes.shape), equal_nan=True):
        raise BadInput(f"{source_name}: its {starts.size} spectra do not have the same axis; export them one by one")
    # a value that is missing in one spectrum must not shorten the axis of all
    one = replace(
        table,
        columns=[axes[0], np.nan_to_num(y[:points])],
        titles=list(table.titles[-2:]),
        units=list(table.units[-2:]),
    )
    names = [match[1].lower() for match in places if match is not None]
    labels = {name: column[starts] for name, column in zip(names, table.columns, strict=False)}
    units = {match[1].lower(): match[2] for match in places if match is not None and match[2]}
    return LongTable(one, y.reshape(-1, points), labels, units)


def _repeats(wave: Array, sizes: Array) -> bool:
    """True where an axis without places starts anew with the same values: a displaced point is no second spectrum."""
    points = int(sizes[0])
    again = sizes.size > 1 and np.array_equal(wave[:points], wave[points : 2 * points])
    return bool(again and np.all(sizes[:-1] == points))


def _names_axis(table: Table, index: int, *, alone: bool) -> bool:
    """True for the title of an axis; for that of WiRE alone where no places stand before it."""
    title = table.titles[index].strip()
    if title.lower() == _OF_WIRE:
        return bool(table.titles[index + 1])
    return not alone and bool(spectrum.axis(title) or spectrum.unit(title) or spectrum.unit(table.units[index]))


def _starts(table: Table) -> Array:
    """Rows in which a place changes, or the axis turns back to its beginning."""
    *places, wave, _ = table.columns
    steps = np.diff(wave)
    new = steps * np.sign(steps[0]) < 0
    for column in places:
        new |= np.diff(column) != 0
    return np.concatenate([[0], np.flatnonzero(new) + 1])
