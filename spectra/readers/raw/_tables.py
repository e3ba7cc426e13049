"""From a table of columns with titles to blocks: which column is an axis, which an intensity, which a noise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.notes import Note, Severity
from shortrange_core.shown_numbers import counted
from spectra import spectrum
from spectra.readers.raw._axis_checks import scans
from spectra.readers.raw._long_tables import LongTable, long_table
from spectra.readers.raw._records import Array, Raw, StackAxis
from spectra.readers.raw._row_numbers import (
    axis_problem,
    column_numbers,
    even_steps,
    measured_columns,
    times_within,
)
from spectra.readers.raw._table_titles import (
    COUNTS,
    KINETIC,
    PER_SECOND,
    Table,
    binding_upwards,
    coordinates,
    of_photons,
    stated_axis,
    stated_counts,
    stated_technique,
    stated_unit,
)

_NOISE = re.compile(r"noise|sigma|\bsd\b|std|uncertainty|\berr(or)?\b|stderr", re.IGNORECASE)
_NUMBERED = re.compile(r"(.*?)\((\d+)\)")
_RAW = re.compile(r"^(?:cps|counts|raw)(?![a-z])", re.IGNORECASE)
_FITTED = re.compile(
    r"background|baseline|envelope|peak sum|residual|\bfit\b|component|^peak\s*\d+|cumulative", re.IGNORECASE
)
_ABS = re.compile(r"\s*abs\.?\s*(?:[(\[].*)?", re.IGNORECASE)
_NOT_OF_LIGHT = ("time", "chemical_shift", "s", "ms", "us", "ns", "min", "h", "ppm", "Hz")
"""Axes and units over which abs may be short for the absolute value of a signal."""
_ENDS = re.compile(r"\b(?:high|low|upper|lower|from|to|start|stop|begin|end|left|right|min|max)\b", re.IGNORECASE)
FEWEST_IN_SERIES = 3
MOST_MISSING = 0.05
"""Share of an axis that a filter or the edge of a detector leaves without values at its ends."""


def blocks(table: Table, *, source_name: str) -> list[Raw]:
    """One block for every intensity column of ``table``.

    Raises
    ------
    BadInput
        If there is no intensity column beside the axis, or spectra below one another have not one axis.
    """
    below = long_table(table, source_name=source_name)
    if below is not None:
        return [_map(below, raw) for raw in blocks(below.first, source_name=source_name)]
    numbers = column_numbers(table)
    if numbers:
        table = replace(table, columns=[column[1:] for column in table.columns], titles=numbers)
    table = measured_columns(table)
    if ranges := _of_ranges(table):
        raise BadInput(
            f"{source_name}: {ranges[0]!r} and {ranges[1]!r} are the limits of ranges, as in a table of integrals, not "
            "an axis; give the spectrum"
        )
    axes = _axes(table)
    raws: list[Raw] = []
    for position, group in enumerate(axes):
        stop = axes[position + 1][0] if position + 1 < len(axes) else len(table.columns)
        raws += _group(table, group, range(group[-1] + 1, stop), only=len(axes) == 1)
    if not raws and len(axes) == 1 and axes[0][0] > 0:
        raws = _axis_last(table, axes[0])
    if not raws:
        raise BadInput(f"{source_name}: {_why_none(table, axes)}; give axis and intensity side by side")
    if numbers:
        told = "the first row only numbers the columns: it was taken as their titles"
        raws = [replace(raw, history=(*raw.history, told)) for raw in raws]
    series = _series(raws)
    return [series] if series is not None else [part for raw in raws for part in _scans(raw)]


def _of_ranges(table: Table) -> tuple[str, str] | None:
    """Titles of two columns side by side that are the lower and the upper end of ranges of one axis."""
    for one, other in pairwise(table.titles):
        of_axis = bool(spectrum.axis(one) or spectrum.unit(one))
        if of_axis and one != other and _ENDS.search(one) and _ENDS.sub("", one) == _ENDS.sub("", other):
            return one, other
    return None


def _map(table: LongTable, first: Raw) -> Raw:
    """The map of a table, from the block of its first spectrum; that block where it is the only one."""
    count = table.y.shape[0]
    if count == 1:
        return replace(first, y=table.y[0])
    axis = StackAxis("pixel", np.arange(count))
    named = replace(first, name="map", counts=None, labels=table.labels, label_units=table.units)
    return replace(named, y=table.y, stack=(axis,))


def _series(raws: Sequence[Raw]) -> Raw | None:
    """A stack of the columns that one program wrote as a series: equal titles with a running number in brackets."""
    marks = [_NUMBERED.fullmatch(raw.name) for raw in raws]
    whole = [mark for mark in marks if mark is not None]
    if len(raws) < FEWEST_IN_SERIES or len(whole) < len(raws) or len({mark[1] for mark in whole}) > 1:
        return None
    numbers = np.array([int(mark[2]) for mark in whole])
    first = raws[0]
    if np.any(np.diff(numbers) != 1) or any(raw.y.shape != first.y.shape or raw.noise is not None for raw in raws):
        return None
    y = np.stack([raw.y for raw in raws])
    return replace(first, name=whole[0][1].strip(), y=y, counts=None, stack=(StackAxis("pixel", numbers),))


def _scans(raw: Raw) -> list[Raw]:
    """A block whose axis starts anew, as one block a scan: repeats or regions below one another are no one spectrum."""
    parts = scans(raw.x)
    if len(parts) == 1:
        return [raw]
    text = f"the axis of {raw.name!r} restarts {counted(len(parts) - 1, 'time')}; each part is a separate block"
    note = Note("axis-starts-anew", Severity.WARNING, text, "average the repeats, or choose the part you need")
    return [
        replace(
            raw,
            name=f"{raw.name} (part {number})",
            x=raw.x[part],
            y=raw.y[part],
            noise=None if raw.noise is None else raw.noise[part],
            counts=None if raw.counts is None else raw.counts[part],
            notes=(*raw.notes, note),
        )
        for number, part in enumerate(parts, start=1)
    ]


def _axis_last(table: Table, axis: list[int]) -> list[Raw]:
    """Blocks of a table whose titles name a later column as the axis, with the intensities before it."""
    others = [j for j in range(len(table.columns)) if j not in axis and not _same_axis(table, j)]
    told = f"the axis is column {axis[-1] + 1}, as its title {table.titles[axis[-1]]!r} says"
    return [replace(raw, history=(*raw.history, told)) for raw in _group(table, axis, others, only=True)]


def _same_axis(table: Table, index: int) -> bool:
    """True for the axis in another unit, such as Hz beside ppm: titled with one, and running one way."""
    steps = np.diff(table.columns[index])
    return bool(spectrum.unit(table.titles[index])) and bool(np.all(steps > 0) or np.all(steps < 0))


def _why_none(table: Table, axes: list[list[int]]) -> str:
    """Why a table has no intensities: no second column, or nothing finite in any."""
    others = [j for j in range(len(table.columns)) if not any(j in group for group in axes)]
    for j in others:
        if not _NOISE.search(table.titles[j]):
            title = f" ({table.titles[j]!r})" if table.titles[j] else ""
            large = int(np.sum(np.isinf(table.columns[j])))
            reason = (
                f"{counted(large, 'value is', 'values are')} too large for a number, above 1.8e308"
                if large
                else "no value is a number"
            )
            return f"column {j + 1}{title} contains no intensity: {reason}"
    if len(table.columns) == 1:
        return "has one column of numbers only"
    return f"has {len(table.columns)} columns of numbers, none of which is an intensity by its title"


def _axes(table: Table) -> list[list[int]]:
    """Positions of the axis columns, adjacent ones (raw and corrected) together."""
    copies = [_repeats_first(table, index) for index in range(len(table.columns))]
    named = [_is_named_axis(table, index) or copies[index] for index in range(len(table.columns))]
    named[0] = named[0] or any(copies)
    if not any(named):
        named = _evens(table) if _paired(table) else named
        named[0] = True
    groups: list[list[int]] = []
    for index, is_axis in enumerate(named):
        if not is_axis:
            continue
        if groups and groups[-1][-1] == index - 1:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _is_named_axis(table: Table, index: int) -> bool:
    title = table.titles[index]
    if index == 0:
        return bool(spectrum.axis(title) or spectrum.unit(title) or spectrum.unit(table.units[index]))
    exact = title.strip().lower() in spectrum.UNIT_OF and bool(spectrum.unit(title))  # "S" is sulfur or a sample
    name = spectrum.axis(title)
    if name == "time":  # "Time Series 1" is a spectrum
        united = spectrum.unit(title) or spectrum.unit(table.units[index])
        return not times_within(table, index) and (bool(united) or title.strip().lower() == "time")
    return exact or (bool(name) and not COUNTS.search(title))


def _repeats_first(table: Table, index: int) -> bool:
    """True for a copy of the first column with its title: the axis again, beside another spectrum."""
    first, title = table.columns[0], table.titles[0]
    return index > 0 and bool(title) and table.titles[index] == title and np.array_equal(table.columns[index], first)


def _paired(table: Table) -> bool:
    """True where columns come as (axis, intensity) or (axis, corrected axis, intensity) for several samples."""
    even = _evens(table)
    return len(even) > 2 and even[0] and sum(even) >= 2 and not all(even)


def _evens(table: Table) -> list[bool]:
    return [even_steps(column) and not times_within(table, index) for index, column in enumerate(table.columns)]


def _group(table: Table, axes: list[int], intensities: Sequence[int], *, only: bool) -> list[Raw]:
    noise = [j for j in intensities if _NOISE.search(table.titles[j])]
    signal = [j for j in intensities if j not in noise and np.any(np.isfinite(table.columns[j]))]
    measured = [j for j in signal if not _FITTED.search(table.titles[j])]
    measured = measured if len(measured) < len(signal) else []
    if measured:  # components have names of their own beside a background or an envelope
        measured = [j for j in measured if _RAW.search(table.titles[j].strip())] or measured
    raws: list[Raw] = []
    for j in signal:
        follows = j + 1 if j + 1 in noise else noise[0] if len(noise) == len(signal) == 1 else None
        title = table.titles[j].strip() or next((table.titles[a].strip() for a in axes if not only), "")
        name = " / ".join(part for part in (table.name, title) if part) or f"column {j + 1}"
        for a in axes:
            last = a == axes[-1]
            raws.append(
                _raw(
                    table,
                    a,
                    j,
                    follows,
                    name if last else f"{name} [axis column {a + 1}]",
                    preferred=last and (not measured or j in measured),
                )
            )
    return raws


def _left_out(name: str, rows: int) -> Note:
    text = f"{counted(rows, 'row')} before the first or after the last value of {name!r} were left out"
    return Note("line-left-out", Severity.WARNING, text, "check whether measured values are missing")


def _missing_at_ends(y: Array) -> Array:
    """True before the first and behind the last value of a column."""
    there = np.flatnonzero(~np.isnan(y))
    at = np.arange(y.size)
    return np.asarray((at < there[0]) | (at > there[-1]))


def _raw(table: Table, a: int, j: int, noise: int | None, name: str, *, preferred: bool) -> Raw:
    x, y = table.columns[a], table.columns[j]
    sd = None if noise is None else table.columns[noise]
    keep = ~(np.isnan(x) & (np.isnan(y) | (a > 0)))  # blank cells are no values: a table beside this one is longer
    ends = keep & _missing_at_ends(y)
    few = 0 < ends.sum() <= MOST_MISSING * keep.sum()
    keep &= ~ends if few else True
    notes = (_left_out(name, int(ends.sum())),) if few else ()
    label = f"{table.titles[j]} {table.units[j]}"
    technique = stated_technique(table, a, j)
    unit = spectrum.unit(table.units[a]) or spectrum.unit(table.titles[a])
    axis = spectrum.axis(table.titles[a])
    if not axis and unit in ("", "eV") and of_photons(table.titles[a]):
        axis, technique = "photon_energy", ""  # a core level in a name is that of an absorption edge
    axis, unit = (axis, unit) if axis or unit else stated_axis(table.about)
    unit = unit or ("eV" if axis in ("binding_energy", "kinetic_energy", "photon_energy") else "")
    if unit == "eV" and not axis and KINETIC.search(table.about):
        axis = "kinetic_energy"
    x, signs = binding_upwards(x, axis, table.titles[a])
    per_second = bool(PER_SECOND.search(label))
    short = bool(_ABS.fullmatch(label)) and (axis in _NOT_OF_LIGHT or unit in _NOT_OF_LIGHT)
    coords = coordinates(table.about)
    return Raw(
        name,
        x[keep],
        y[keep],
        unit=unit,
        axis=axis,
        technique=technique,
        intensity_unit="arbitrary" if short else stated_unit(label, y[keep]),
        noise=None if sd is None else sd[keep],
        counts=stated_counts(y[keep], label, coords, per_second=per_second),
        coords=coords,
        history=signs,
        preferred=preferred,
        problem=axis_problem(table, a, j),
        notes=notes,
    )
