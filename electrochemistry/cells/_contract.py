"""The contract of a cycling record: what a labelled table of time, voltage and current is, and its check.

Names follow the battery data format (BDF): ``test_time_second``, ``voltage_volt``, ``current_ampere`` (+ = charging),
``cycle_count``, ``step_count``. One dimension, ``row``, in the order of time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import BadInput, Note, Severity
from shortrange_core.errors import Offenders
from shortrange_core.readings import Reading, carried, joined, reading_of
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import option, spelled

ROW = "row"
MOST_COUNTED = 2.0**53  # whole numbers above it are no longer told apart
TIME, VOLTAGE, CURRENT = "test_time_second", "voltage_volt", "current_ampere"
NET_CAPACITY = "net_capacity_ah"
CYCLE_COUNT, STEP_COUNT = "cycle_count", "step_count"
ELECTRODES = "electrodes"
"""Attribute of the voltage of a cell with three electrodes: Ewe, Ece, or Ewe-Ece (that of the cell)."""
REQUIRED = (TIME, VOLTAGE, CURRENT)
OPTIONAL = (NET_CAPACITY, CYCLE_COUNT, STEP_COUNT)
UNITS: Mapping[str, str] = {
    TIME: "s",
    VOLTAGE: "V",
    CURRENT: "A",
    NET_CAPACITY: "Ah",
    CYCLE_COUNT: "1",
    STEP_COUNT: "1",
}


def cycling_table(
    test_time_second: npt.ArrayLike,
    voltage_volt: npt.ArrayLike,
    current_ampere: npt.ArrayLike,
    *,
    net_capacity_ah: npt.ArrayLike | None = None,
    cycle_count: npt.ArrayLike | None = None,
    step_count: npt.ArrayLike | None = None,
    history: Sequence[str | Note] = (),
) -> xr.Dataset:
    """Make a cycling record from arrays.

    Parameters
    ----------
    test_time_second, voltage_volt, current_ampere
        n values each, in s, V and A; a positive current charges.
    net_capacity_ah
        Signed charge passed since the start, in Ah, where the instrument counted it; it is preferred to an
        integral over rows.
    cycle_count, step_count
        The instrument's own numbers, n integers each.
    history
        What was changed on the way from a file to these arrays, one line each; a note travels with the record too, in
        the coordinate ``reading``.

    Returns
    -------
    xarray.Dataset
        The arrays over ``row``; attrs hold units and history.

    Raises
    ------
    BadInput
        See :func:`check_cycling`.

    Examples
    --------
    >>> cycling = cycling_table([0, 60, 120], [0.0, 0.01, 0.01], [0.0, 1e-4, 1e-4])
    >>> cycling.sizes["row"], cycling.current_ampere.attrs["units"]
    (3, 'A')
    """
    given = {
        TIME: test_time_second,
        VOLTAGE: voltage_volt,
        CURRENT: current_ampere,
        NET_CAPACITY: net_capacity_ah,
        CYCLE_COUNT: cycle_count,
        STEP_COUNT: step_count,
    }
    try:
        arrays = {name: np.array(values, float).reshape(-1) for name, values in given.items() if values is not None}
    except (TypeError, ValueError) as error:
        raise BadInput(f"the columns must contain numbers ({error}); leave out rows of text") from error
    sizes = {name: array.size for name, array in arrays.items()}
    if len(set(sizes.values())) > 1:
        raise BadInput(f"the columns have {sizes}; give arrays of equal length")
    variables = {}
    for name, array in arrays.items():
        kept = _counts(name, array) if name in (CYCLE_COUNT, STEP_COUNT) and np.isfinite(array).all() else array
        variables[name] = (ROW, kept, {"units": UNITS[name]})
    notes = tuple(line for line in history if isinstance(line, Note))
    told = "\n".join(line.text if isinstance(line, Note) else line for line in history)
    return check_cycling(xr.Dataset(variables, coords=carried(Reading((), notes)), attrs={"history": told}))


def _counts(name: str, array: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    if array.size and np.abs(array).max() > MOST_COUNTED:
        raise BadInput(f"{name} is {array[np.argmax(np.abs(array))]:g}, above {MOST_COUNTED:g}: correct it in the file")
    return np.rint(array).astype(np.int64)


def check_cycling(cycling: xr.Dataset) -> xr.Dataset:
    """Return the record if it fulfils the contract.

    Raises
    ------
    BadInput
        If it is no Dataset, lacks a column, has other dimensions, NaN or infinite values, or time that goes back;
        all offenders together.
    """
    if not isinstance(cycling, xr.Dataset):
        raise BadInput(
            f"a {type(cycling).__name__} is not a cycling record; make one with cycling_table or read_cycling"
        )
    offenders = Offenders()
    missing = [name for name in REQUIRED if name not in cycling.variables]
    if missing:
        offenders.add(f"missing {', '.join(missing)}; a cycling record needs {', '.join(REQUIRED)}")
    for name in (name for name in (*REQUIRED, *OPTIONAL) if name in cycling.variables):
        if cycling[name].dims != (ROW,):
            offenders.add(f"{name} has the dimensions {cycling[name].dims}; a cycling record has one, ({ROW!r},)")
            continue
        wrong = np.flatnonzero(~np.isfinite(np.asarray(cycling[name].values, dtype=float)))
        if wrong.size:
            offenders.add(f"{name} is not finite in {counted(wrong.size, 'row')} (first {wrong[0]}); leave them out")
    offenders.raise_if_any()
    back = np.flatnonzero(np.diff(cycling[TIME].values) < 0)
    if back.size:
        raise BadInput(
            f"test_time_second goes back after row {back[0]} (and {back.size - 1} more times); these are several runs: "
            + spelled(
                "read each one and join them with join_runs",
                command_line="give them as separate files, in their order",
                recipe="give them as separate files",
            )
        )
    return cycling


def record_notes(cycling: xr.Dataset) -> tuple[Note, ...]:
    """What was odd where the record was read, and which voltage was taken where a cell has three electrodes."""
    notes = reading_of(cycling).notes
    name = str(cycling[VOLTAGE].attrs.get(ELECTRODES, ""))
    if not name:
        return notes
    whose = "that of the cell" if name == "Ewe-Ece" else "that of one electrode, not of the cell"
    text = f"the cell has three electrodes: the voltage is {name}, {whose}"
    return (
        *notes,
        Note("three-electrodes", Severity.INFO, text, f"give {option('voltage')} Ewe, Ece or Ewe-Ece"),
    )


def join_runs(runs: Sequence[xr.Dataset], *, pause: float = 0.0) -> xr.Dataset:
    """One record from the runs of one cell, in the order given; each run starts where the last one ended.

    Parameters
    ----------
    runs
        Cycling records. Columns that not every run has are left out.
    pause
        Seconds between one run's end and the next one's start.

    Raises
    ------
    BadInput
        If there is no run, the pause is negative, or the runs have voltages of different electrodes.

    Examples
    --------
    >>> one = cycling_table([0, 10], [0.1, 0.1], [1e-3, 1e-3])
    >>> join_runs([one, one], pause=5).test_time_second.values.tolist()
    [0.0, 10.0, 15.0, 25.0]
    """
    if not runs or not 0 <= pause < np.inf:
        raise BadInput(f"{len(runs)} runs and a pause of {pause} s; give at least one run and a pause of 0 s or more")
    names = [name for name in (*REQUIRED, *OPTIONAL) if all(name in check_cycling(run).variables for run in runs)]
    electrodes = _common_electrodes(runs)
    parts: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in names}
    ends = dict.fromkeys(names, 0.0)
    for index, run in enumerate(run for run in runs if run.sizes[ROW]):
        for name in names:
            values = np.asarray(run[name].values, dtype=float)
            if name in (TIME, NET_CAPACITY):
                offset = ends[name] + (pause if name == TIME and index else 0.0)
                values = values - (values[0] if name == TIME and index else 0.0) + offset
                ends[name] = float(values[-1])
            parts[name].append(values)
    history = [line for run in runs for line in str(run.attrs.get("history", "")).split("\n") if line]
    columns = {name: np.concatenate(values) if values else np.empty(0) for name, values in parts.items()}
    record = cycling_table(
        *(columns[name] for name in REQUIRED),
        net_capacity_ah=columns.get(NET_CAPACITY),
        cycle_count=columns.get(CYCLE_COUNT),
        step_count=columns.get(STEP_COUNT),
        history=[*history, f"joined {len(runs)} runs"],
    )
    if electrodes:
        record[VOLTAGE].attrs[ELECTRODES] = electrodes
    return record.assign_coords(carried(joined(map(reading_of, runs))))


def _common_electrodes(runs: Sequence[xr.Dataset]) -> str:
    """The electrodes whose voltage all runs hold; empty where they do not say."""
    names = list(dict.fromkeys(str(run[VOLTAGE].attrs.get(ELECTRODES, "")) for run in runs if run.sizes[ROW]))
    if len(names) > 1:
        shown = ", ".join(name or "not stated" for name in names)
        raise BadInput(f"the voltages of the runs are {shown}; read all runs with {option('voltage')} of one electrode")
    return names[0] if names else ""
