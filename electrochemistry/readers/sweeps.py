"""From columns to impedance spectra: names, units, signs, rows without impedance, several spectra in one table."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.readers.row_checks import check_order, check_repeats, check_rows
from electrochemistry.readers.tables import Column, Table
from shortrange_core import BadInput

FREQUENCY_UNITS = {"": 1.0, "hz": 1.0, "hertz": 1.0, "khz": 1e3, "mhz": 1e6}
OHM_UNITS = {"": 1.0, "ohm": 1.0, "ohms": 1.0, "Ω": 1.0, "kohm": 1e3, "kΩ": 1e3, "MOhm": 1e6, "mOhm": 1e-3}
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
_UNIT = re.compile(r"^(?P<name>.+?)\s*(?:/\s*(?P<slash>[^/()\[\]]+)|\[(?P<square>[^]]*)\]|\((?P<round>[^()]*)\))?$")
_SCALES = {
    "test_time_second": {"s": 1.0, "sec": 1.0, "second": 1.0, "": 1.0, "h": 3600.0, "min": 60.0},
    "voltage_volt": {"V": 1.0, "volt": 1.0, "": 1.0, "mV": 1e-3},
    "current_ampere": {"A": 1.0, "ampere": 1.0, "": 1.0, "mA": 1e-3, "µA": 1e-6, "uA": 1e-6},
}


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


def unit_of(name: str) -> tuple[str, str]:
    """Quantity and unit of a column name, by ``/unit``, ``[unit]`` or ``(unit)``.

    Examples
    --------
    >>> unit_of("-Im(Z)/Ohm"), unit_of("Freq. [Hz]"), unit_of("Z Real")
    (('-Im(Z)', 'Ohm'), ('Freq.', 'Hz'), ('Z Real', ''))
    """
    if re.fullmatch(r"-?\s*(?:Re|Im)\(Z\)", name.strip(), re.IGNORECASE):
        return name.strip(), ""
    match = _UNIT.match(name.strip())
    if match is None:
        return name.strip(), ""
    unit = match["slash"] or match["square"] or match["round"] or ""
    return match["name"].strip(), unit.strip()


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
    frequency = table.columns[found["frequency"][0]] * _scale(found["frequency"], FREQUENCY_UNITS, file)
    real = table.columns[found["real"][0]] * _scale(found["real"], OHM_UNITS, file)
    sign = -1.0 if imaginary == "negative" else 1.0
    reactance = sign * table.columns[found[imaginary][0]] * _scale(found[imaginary], OHM_UNITS, file)
    check_rows(table, frequency, real, reactance, file)
    impedance = np.where(np.isfinite(real) & np.isfinite(reactance), real, np.nan).astype(np.complex128)
    impedance.imag = reactance
    beside = _beside(table, found)
    said = ["-Im(Z) in the file, Im(Z) here" if sign < 0 else "Im(Z) in the file and here", *_averages(beside, found)]
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


def _scale(column: tuple[str, str], units: dict[str, float], file: str) -> float:
    name, unit = column
    plain = unit if unit in units else unit.lower()
    if plain in ("a", "b"):  # ZPlot writes Z'(a) and Z''(b): names, not units
        return 1.0
    if plain not in units:
        raise BadInput(f"{file}: the column {name!r} has the unit {unit!r}; known are {', '.join(filter(None, units))}")
    return units[plain]


def _beside(table: Table, found: dict[str, tuple[str, str]]) -> dict[str, Column]:
    kept = {}
    for quantity, units in _SCALES.items():
        if quantity in found:
            column, unit = found[quantity]
            scale = units.get(unit, units.get(unit.lower()))
            if scale is not None:
                kept[quantity] = table.columns[column] * scale
    return kept


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
