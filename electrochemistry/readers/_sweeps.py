"""From columns to impedance spectra: names, units, signs, rows without impedance, several spectra in one table."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.readers._lone_values import gap, lone_values
from electrochemistry.readers._row_checks import check_order, check_repeats, check_rows
from electrochemistry.readers._signs import turned_sign
from electrochemistry.readers.raw import (
    BESIDE,
    FREQUENCY,
    IMPEDANCE,
    Column,
    Table,
    cells_odd,
    columns_passed_over,
    in_bulk,
    not_averaged,
    of_file,
    quantities_of,
    rows_left_out,
    rows_odd,
    unit_factor,
)
from shortrange_core import BadInput, Note
from shortrange_core.readings import NOTHING, Reading, carried, joined
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import option

_ZPLOT_NAMES = ("a", "b")  # of Z'(a) and Z''(b): names, not units
CLEAR = 0.9
"""Share of a column of phases that must agree with a sign."""
SAME_FREQUENCY = 0.25  # of a step: instruments set the first frequency of a sweep again to a few 1e-4


@dataclass(frozen=True, eq=False, slots=True)
class Sweep:
    """One spectrum as it was measured: rows in the order of time.

    Parameters
    ----------
    label
        Name that ``block=`` takes.
    frequency, impedance
        Hz, ohm (imaginary part negative where the sample is capacitive).
    beside
        Further columns under BDF names.
    signs
        What the file holds and what stands here: parts, their signs, modulus and phase.
    notes
        What was changed or left out.
    """

    label: str
    frequency: Column
    impedance: npt.NDArray[np.complex128]
    beside: dict[str, Column]
    signs: str = ""
    notes: tuple[Note, ...] = ()


def sweeps(table: Table, file: str) -> list[Sweep]:
    """Spectra of a table, split where the cycle number changes or the frequency starts again.

    Raises
    ------
    BadInput
        If the frequency or a part of the impedance (or modulus and phase) has no column, a unit is not known, or most
        rows contradict what their columns are called.
    """
    quantities = quantities_of(table.columns)
    if "frequency" not in quantities:
        raise _missing(table, quantities, file)
    frequency = table.columns[quantities["frequency"][0]] * _scale(quantities["frequency"], FREQUENCY, file)
    real, reactance, signs = _parts(table, quantities, file)
    broken, odd = check_rows(table, frequency, real, reactance, file)
    impedance = np.where(np.isfinite(real) & np.isfinite(reactance), real, np.nan).astype(np.complex128)
    impedance.imag = reactance
    beside, left_out = _beside(table, quantities)
    notes = [*left_out, *_averages(beside, quantities), *odd]
    usable = ~broken & np.isfinite(frequency) & (frequency > 0) & np.isfinite(impedance) & (np.abs(impedance) > 0)
    dropped = int(usable.size - usable.sum() - broken.sum())
    if dropped:
        text = f"left out {counted(dropped, 'row')} without an impedance (frequency 0, or no number)"
        lost = int(np.sum(~usable & ~broken & (frequency > 0)))  # rows at the frequency 0 are those of a direct current
        notes.append(rows_odd(text) if in_bulk(lost, usable.size) else rows_left_out(text))
    cycle = table.columns[quantities["cycle"][0]] if "cycle" in quantities else None
    usable, strays = _in_order(usable, frequency, cycle, beside.get("test_time_second"))
    time = beside["test_time_second"][usable] if "test_time_second" in beside else None
    notes += [*strays, *check_repeats(frequency[usable], impedance[usable], time)]
    groups, stopped = _groups(frequency[usable], None if cycle is None else cycle[usable])
    notes += turned_sign([(frequency[usable][index], impedance[usable][index]) for _, index in groups])
    return [
        _with_lone_values(
            Sweep(
                label,
                frequency[usable][index],
                impedance[usable][index],
                {name: column[usable][index] for name, column in beside.items()},
                signs,
                (*notes, *stopped, *table.remarks),
            )
        )
        for label, index in groups
    ]


def _with_lone_values(sweep: Sweep) -> Sweep:
    """The spectrum with what is odd in it alone, not in its table."""
    lone = lone_values(sweep.frequency, sweep.impedance, sweep.beside)
    lost = gap(sweep.frequency) if any(note.code == "rows-announced" for note in sweep.notes) else []
    return replace(sweep, notes=(*sweep.notes, *lone, *lost))


def _in_order(
    usable: npt.NDArray[np.bool_], frequency: Column, cycle: Column | None, time: Column | None
) -> tuple[npt.NDArray[np.bool_], list[Note]]:
    """Rows without those that step out of their sweep, and what is to be said of these."""
    own = [None if column is None else column[usable] for column in (cycle, time)]
    outside, notes = check_order(frequency[usable], *own)
    places = np.flatnonzero(usable)
    kept = usable.copy()
    kept[places[outside]] = False
    return kept, notes


def _missing(table: Table, quantities: dict[str, tuple[str, str]], file: str) -> BadInput:
    imaginary = "negative" if "negative" in quantities else "imaginary"
    missing = ", ".join(name for name in ("frequency", "real", imaginary) if name not in quantities)
    named = ", ".join(map(repr, table.columns)) or "none"
    return BadInput(
        f"{file}: no column of {missing} among {named}; declare the columns with {option('columns')} or export "
        "frequency, Re(Z) and Im(Z)"
    )


def _parts(table: Table, quantities: dict[str, tuple[str, str]], file: str) -> tuple[Column, Column, str]:
    """Real and imaginary part (ohm), and what the file holds: the parts, or modulus and phase."""

    def column(quantity: str) -> Column:
        return table.columns[quantities[quantity][0]] * _scale(quantities[quantity], IMPEDANCE, file)

    imaginary = "negative" if "negative" in quantities else "imaginary"
    phase = "negative phase" if "negative phase" in quantities else "phase"
    if "real" in quantities and imaginary in quantities:
        signs = "-Im(Z) in the file, Im(Z) here" if imaginary == "negative" else "Im(Z) in the file and here"
        negative = imaginary == "negative"
        if not negative and _negated(table, quantities):
            title, witness = quantities["imaginary"][0], quantities["negative phase"][0]
            negative, signs = True, f"-Im(Z) in the file, whose {title} has the sign of its {witness}; Im(Z) here"
        return column("real"), (-1.0 if negative else 1.0) * column(imaginary), signs
    if "modulus" in quantities and phase in quantities and not {"real", imaginary} & set(quantities):
        turn = (-1.0 if phase == "negative phase" else 1.0) * _radians(quantities[phase], file)
        modulus, angle = column("modulus"), turn * table.columns[quantities[phase][0]]
        return modulus * np.cos(angle), modulus * np.sin(angle), "modulus and phase in the file, Re(Z) and Im(Z) here"
    raise _missing(table, quantities, file)


def _negated(table: Table, quantities: dict[str, tuple[str, str]]) -> bool:
    """True where a column called imaginary part has the sign of the negative phase beside it, as PSTrace writes it."""
    if "negative phase" not in quantities:
        return False
    reactance, turn = (table.columns[quantities[name][0]] for name in ("imaginary", "negative phase"))
    return bool(np.nansum(np.sign(reactance) * turn) > CLEAR * np.nansum(np.abs(turn)))


def _radians(column: tuple[str, str], file: str) -> float:
    """Radians in the unit of a phase; degrees where it states none."""
    name, unit = column
    factors = {"": 1.0, "deg": 1.0, "degree": 1.0, "degrees": 1.0, "°": 1.0, "rad": 180 / np.pi, "mrad": 0.18 / np.pi}
    if unit.lower() not in factors:
        raise BadInput(f"{file}: the column {name!r} has the unit {unit!r}; give a phase in deg, rad or mrad")
    return float(np.radians(factors[unit.lower()]))


def _scale(column: tuple[str, str], quantity: str, file: str = "") -> float:
    name, unit = column
    if not unit or (quantity == IMPEDANCE and unit in _ZPLOT_NAMES):
        return 1.0
    try:
        return unit_factor(quantity, unit)
    except BadInput as error:
        where = f"{file}: " if file else ""
        raise BadInput(f"{where}the column {name!r} has the unit {unit!r}; {error}") from error


def _beside(table: Table, quantities: dict[str, tuple[str, str]]) -> tuple[dict[str, Column], list[Note]]:
    """Time, voltage and current where the file has them in a unit that is known, and what was left out."""
    kept, notes = {}, []
    for quantity in BESIDE:
        if quantity in quantities:
            try:
                kept[quantity] = table.columns[quantities[quantity][0]] * _scale(quantities[quantity], quantity)
            except BadInput as error:
                notes.append(columns_passed_over(f"left out: {error}"))
    return kept, notes


def _averages(beside: dict[str, Column], quantities: dict[str, tuple[str, str]]) -> list[Note]:
    """Make voltages of 0 that an instrument writes where it averaged none (``<Ewe>/V``) NaN, and say so."""
    volts = beside.get("voltage_volt")
    if volts is None or not quantities["voltage_volt"][0].startswith("<") or not np.any(volts == 0):
        return []
    beside["voltage_volt"] = np.where(volts == 0, np.nan, volts)
    empty = counted(int(np.sum(volts == 0)), "value")
    text = f"NaN for {empty} of {quantities['voltage_volt'][0]} that are 0 in the file (not averaged)"
    return [not_averaged(text)]


def _groups(frequency: Column, cycle: Column | None) -> tuple[list[tuple[str, npt.NDArray[np.intp]]], tuple[Note, ...]]:
    """Row indices of every spectrum, by cycle number and where a monotonic sweep turns back, and what was left out."""
    if frequency.size == 0:
        return [], ()
    step = np.sign(np.diff(np.log(frequency)))
    breaks = {0}
    direction = 0.0
    for row, change in enumerate(step, start=1):
        new_cycle = cycle is not None and cycle[row] != cycle[row - 1]
        if new_cycle or change in (0, -direction):
            breaks.add(row)
            direction = 0.0
        else:
            direction = float(change)
    starts = [*sorted(breaks), frequency.size]
    parts = [np.arange(a, b) for a, b in itertools.pairwise(starts)]
    parts, stopped = _without_stray_points(parts, frequency)
    single = sum(part.size == 1 for part in parts)
    if len(parts) > 1 and single:
        stopped = (*stopped, cells_odd(f"only a single point in {single} of {len(parts)} spectra"))
    return [(_label(number, part, cycle, parts), part) for number, part in enumerate(parts, start=1)], stopped


def _without_stray_points(
    parts: list[npt.NDArray[np.intp]], frequency: Column
) -> tuple[list[npt.NDArray[np.intp]], tuple[Note, ...]]:
    """A lone point after a turn, of a new frequency, belongs to the spectrum before it.

    Where that spectrum began at the same frequency, the point is the first of a sweep that was stopped: it is left out.
    """
    merged: list[npt.NDArray[np.intp]] = []
    stopped = []
    for part in parts:
        if not merged or part.size > 1 or merged[-1].size == 1:
            merged.append(part)
        elif _begins_again(frequency[part[0]], frequency[merged[-1]]):
            text = f"the row at {frequency[part[0]]:g} Hz begins a sweep that was stopped after it, and is left out"
            stopped.append(rows_left_out(text))
        elif frequency[part[0]] not in frequency[merged[-1]]:
            merged[-1] = np.append(merged[-1], part)
        else:
            merged.append(part)
    return merged, tuple(stopped)


def _begins_again(frequency: float, before: Column) -> bool:
    """Whether a sweep began at this frequency: nearer to its first row than the second is."""
    step = abs(float(np.log(before[1] / before[0])))
    return abs(float(np.log(frequency / before[0]))) < SAME_FREQUENCY * step


def _label(order: int, part: npt.NDArray[np.intp], cycle: Column | None, parts: list[npt.NDArray[np.intp]]) -> str:
    if cycle is not None:
        own = [cycle[other[0]] for other in parts]
        if own.count(cycle[part[0]]) == 1:
            return f"cycle {cycle[part[0]]:g}"
    return f"sweep {order}"


def dataset(sweep: Sweep, file: str, reader: str, source: Reading = NOTHING, **scalars: str | float) -> xr.Dataset:
    """Spectrum over ascending frequency, with its file and the notes on it; equal frequencies keep the order of time.

    Raises
    ------
    BadInput
        If a frequency occurs twice.
    """
    order = np.argsort(sweep.frequency, kind="stable")
    frequency = sweep.frequency[order]
    if np.any(np.diff(frequency) == 0):
        raise BadInput(
            f"{file}: {sweep.label} has the frequency {frequency[:-1][np.diff(frequency) == 0][0]:g} Hz twice"
        )
    history = [f"read {sweep.label} of {file} ({reader})", sweep.signs, *(note.text for note in sweep.notes)]
    record = carried(joined([source, Reading((), of_file(file, sweep.notes))]))
    variables = {"impedance": ("frequency", sweep.impedance[order], {"units": "ohm"})}
    beside = {name: ("frequency", column[order]) for name, column in sweep.beside.items()}
    coords: dict[str, object] = {"frequency": ("frequency", frequency, {"units": "Hz"}), "technique": "impedance"}
    return xr.Dataset(
        {**variables, **beside}, coords={**coords, **record, **scalars}, attrs={"history": "\n".join(history)}
    )
