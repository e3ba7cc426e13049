"""From columns to impedance spectra: names, units, signs, rows without impedance, several spectra in one table."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.readers._row_checks import check_order, check_repeats, check_rows
from electrochemistry.readers.raw import FREQUENCY, IMPEDANCE, Column, Table, unit_factor, unit_of
from shortrange_core import BadInput

_NAMES = {
    "frequency": r"freq(?:uency)?\.?|frequency_hertz",
    "real": r"re\(z\)|z'|zs'|zre|zreal|z real|real impedance|real_impedance_ohm",
    "imaginary": r"im\(z\)|z''|z\"|zs''|zim|zimg|zimag|z imag|imaginary impedance|imaginary_impedance_ohm",
    "negative": r"-\s*(?:im\(z\)|z''|z\"|zim|zimg|zimag)",
    "test_time_second": r"time|elapsed time|test time|test_time_second",
    "voltage_volt": r"<ewe>|ewe|vdc|bias|e|potential|voltage|voltage_volt",
    "current_ampere": r"<i>|idc|i|current|current_ampere",
    "cycle": r"cycle number|cycle_count|cycle count",
}
_BESIDE = ("test_time_second", "voltage_volt", "current_ampere")
_ZPLOT_NAMES = ("a", "b")  # of Z'(a) and Z''(b): names, not units


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
    remarks
        What was changed or left out.
    """

    label: str
    frequency: Column
    impedance: npt.NDArray[np.complex128]
    beside: dict[str, Column]
    remarks: tuple[str, ...] = ()


def quantities_of(columns: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Which column is which: quantity -> (column name, unit); the first column that fits."""
    found: dict[str, tuple[str, str]] = {}
    for column in columns:
        name, unit = unit_of(column)
        for quantity, pattern in _NAMES.items():
            if quantity not in found and re.fullmatch(pattern, name, re.IGNORECASE):
                found[quantity] = (column, unit)
    return found


def sweeps(table: Table, file: str) -> list[Sweep]:
    """Spectra of a table, split where the cycle number changes or the frequency starts again.

    Raises
    ------
    BadInput
        If the frequency or a part of the impedance has no column, a unit is not known, or a row contradicts itself or
        its neighbours.
    """
    found = quantities_of(table.columns)
    imaginary = "negative" if "negative" in found else "imaginary"
    missing = [name for name in ("frequency", "real", imaginary) if name not in found]
    if missing:
        raise BadInput(
            f"{file}: no column of {', '.join(missing)} among {', '.join(map(repr, table.columns)) or 'none'}; "
            "declare the columns with columns= or export frequency, Re(Z) and Im(Z)"
        )
    frequency = table.columns[found["frequency"][0]] * _scale(found["frequency"], FREQUENCY, file)
    real = table.columns[found["real"][0]] * _scale(found["real"], IMPEDANCE, file)
    sign = -1.0 if imaginary == "negative" else 1.0
    reactance = sign * table.columns[found[imaginary][0]] * _scale(found[imaginary], IMPEDANCE, file)
    check_rows(table, frequency, real, reactance, file)
    impedance = np.where(np.isfinite(real) & np.isfinite(reactance), real, np.nan).astype(np.complex128)
    impedance.imag = reactance
    beside, left_out = _beside(table, found, file)
    signs = "-Im(Z) in the file, Im(Z) here" if sign < 0 else "Im(Z) in the file and here"
    said = [signs, *left_out, *_averages(beside, found)]
    usable = np.isfinite(frequency) & (frequency > 0) & np.isfinite(impedance) & (np.abs(impedance) > 0)
    dropped = int(usable.size - usable.sum())
    if dropped:
        said.append(f"{dropped} rows without an impedance (frequency 0, or no number) are left out")
    cycle = table.columns[found["cycle"][0]][usable] if "cycle" in found else None
    time = beside["test_time_second"][usable] if "test_time_second" in beside else None
    check_order(frequency[usable], cycle, time, file)
    check_repeats(frequency[usable], impedance[usable], time, file)
    groups = _groups(frequency[usable], cycle)
    return [
        Sweep(
            label,
            frequency[usable][index],
            impedance[usable][index],
            {name: column[usable][index] for name, column in beside.items()},
            (*said, *table.remarks),
        )
        for label, index in groups
    ]


def _scale(column: tuple[str, str], quantity: str, file: str) -> float:
    name, unit = column
    if not unit or (quantity == IMPEDANCE and unit in _ZPLOT_NAMES):
        return 1.0
    try:
        return unit_factor(quantity, unit)
    except BadInput as error:
        raise BadInput(f"{file}: the column {name!r} has the unit {unit!r}; {error}") from error


def _beside(table: Table, found: dict[str, tuple[str, str]], file: str) -> tuple[dict[str, Column], list[str]]:
    """Time, voltage and current where the file has them in a unit that is known, and what was left out."""
    kept, said = {}, []
    for quantity in _BESIDE:
        if quantity in found:
            try:
                kept[quantity] = table.columns[found[quantity][0]] * _scale(found[quantity], quantity, file)
            except BadInput as error:
                said.append(f"left out: {error}")
    return kept, said


def _averages(beside: dict[str, Column], found: dict[str, tuple[str, str]]) -> list[str]:
    """Make voltages of 0 that an instrument writes where it averaged none (``<Ewe>/V``) NaN, and say so."""
    volts = beside.get("voltage_volt")
    if volts is None or not found["voltage_volt"][0].startswith("<") or not np.any(volts == 0):
        return []
    beside["voltage_volt"] = np.where(volts == 0, np.nan, volts)
    return [f"{int(np.sum(volts == 0))} values of {found['voltage_volt'][0]} are 0 (not averaged) and NaN here"]


def _groups(frequency: Column, cycle: Column | None) -> list[tuple[str, npt.NDArray[np.intp]]]:
    """Row indices of every spectrum: by cycle number, and where a monotonic sweep turns back."""
    if frequency.size == 0:
        return []
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
    parts = _without_stray_points(parts, frequency)
    return [(_label(number, part, cycle, parts), part) for number, part in enumerate(parts, start=1)]


def _without_stray_points(parts: list[npt.NDArray[np.intp]], frequency: Column) -> list[npt.NDArray[np.intp]]:
    """A lone point after a turn, of a new frequency, belongs to the spectrum before it."""
    merged: list[npt.NDArray[np.intp]] = []
    for part in parts:
        if merged and part.size == 1 and merged[-1].size > 1 and frequency[part[0]] not in frequency[merged[-1]]:
            merged[-1] = np.append(merged[-1], part)
        else:
            merged.append(part)
    return merged


def _label(order: int, part: npt.NDArray[np.intp], cycle: Column | None, parts: list[npt.NDArray[np.intp]]) -> str:
    if cycle is not None:
        own = [cycle[other[0]] for other in parts]
        if own.count(cycle[part[0]]) == 1:
            return f"cycle {cycle[part[0]]:g}"
    return f"sweep {order}"


def dataset(sweep: Sweep, file: str, reader: str, **scalars: str | float) -> xr.Dataset:
    """Spectrum over ascending frequency; equal frequencies keep the order of time.

    Raises
    ------
    BadInput
        If a frequency occurs twice.
    """
    order = np.argsort(sweep.frequency, kind="stable")
    frequency = sweep.frequency[order]
    if np.any(np.diff(frequency) == 0):
        raise BadInput(
            f"{file}: {sweep.label} holds the frequency {frequency[:-1][np.diff(frequency) == 0][0]:g} Hz twice"
        )
    history = [f"read {sweep.label} of {file} ({reader})", *sweep.remarks]
    variables = {"impedance": ("frequency", sweep.impedance[order], {"units": "ohm"})}
    beside = {name: ("frequency", column[order]) for name, column in sweep.beside.items()}
    coords: dict[str, object] = {"frequency": ("frequency", frequency, {"units": "Hz"}), "technique": "impedance"}
    return xr.Dataset({**variables, **beside}, coords={**coords, **scalars}, attrs={"history": "\n".join(history)})
