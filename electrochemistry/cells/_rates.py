"""What the cycles of a full cell say together: retention, rate capability, and means without formation cycles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._cycles import CYCLE, FORMATION, HALVES, Cycles
from shortrange_core import BadInput, Estimates

SAME_CURRENT = 0.02


def retention(
    summary: Cycles, *, reference: int, half_cycle: Literal["discharge", "charge"] = "discharge"
) -> xr.DataArray:
    """Capacity of every cycle over that of the reference cycle.

    Parameters
    ----------
    summary
        From :func:`cycles`.
    reference
        Number of the cycle that counts as 1; papers differ between the first and the second, so it is stated.
    half_cycle
        Which capacity.

    Raises
    ------
    BadInput
        If the reference cycle is not there or has no such half cycle.
    """
    if half_cycle not in HALVES:
        raise BadInput(f"half_cycle = {half_cycle!r}; give 'discharge' or 'charge'")
    capacity = summary.table[f"{half_cycle}_capacity"]
    if reference not in capacity[CYCLE].values or not capacity.sel({CYCLE: reference}).item() > 0:
        those = ", ".join(str(label) for label in capacity[CYCLE].values[capacity.values > 0][:20])
        raise BadInput(f"reference = {reference}: that cycle has no {half_cycle}; there are {those or 'none'}")
    values = capacity.values / capacity.sel({CYCLE: reference}).item()
    attrs = {"units": "1", "reference_cycle": reference, "half_cycle": half_cycle}
    return xr.DataArray(values, dims=(CYCLE,), coords={CYCLE: capacity[CYCLE].values}, attrs=attrs)


def _counted(summary: Cycles) -> xr.Dataset:
    """The cycles from 1 on that are no formation cycles."""
    table = summary.table
    formed = table[FORMATION].values if FORMATION in table else 0  # absent from records of the first version
    return table.isel({CYCLE: np.flatnonzero((table[CYCLE].values > 0) & (formed == 0))})


def mean_efficiency(summary: Cycles) -> Estimates:
    """Mean Coulombic and energy efficiency of the cycles from 1 on without formation cycles, entries of the same names.

    Parameters
    ----------
    summary
        From :func:`cycles`.

    Returns
    -------
    Estimates
        Weights are equal. The standard deviation is the larger of what the cycles scatter by, and of what their own
        standard deviations give as if an offset of the instrument were common to all: it does not average out.

    Raises
    ------
    BadInput
        If no such cycle has an efficiency.
    """
    table = _counted(summary)
    names = ["coulombic_efficiency", "energy_efficiency"]
    columns = [(table[name].values, table[f"{name}_sd"].values) for name in names]
    there = [np.isfinite(values) & np.isfinite(sds) for values, sds in columns]
    if not all(mask.any() for mask in there):
        raise BadInput("no cycle from 1 on, except formation cycles, has an efficiency; there is no mean")
    means, sds = [], []
    for (values, own), mask in zip(columns, there, strict=True):
        scatter = float(np.std(values[mask], ddof=1) / np.sqrt(mask.sum())) if mask.sum() > 1 else 0.0
        means.append(float(np.mean(values[mask])))
        sds.append(max(scatter, float(np.mean(own[mask]))))
    return Estimates.build(names, means, np.square(sds), unit=["1", "1"])


def rate_capability(summary: Cycles, *, area: float | None = None, area_sd: float = 0.0) -> xr.Dataset:
    """Median discharge capacity of every block of cycles at one discharge current, without cycle 0 and formation.

    Parameters
    ----------
    summary
        From :func:`cycles`.
    area, area_sd
        cm2; with it the current density in mA cm-2 is given too.

    Returns
    -------
    xarray.Dataset
        Over ``block``, in order of time: ``current`` (mA), ``discharge_capacity`` (median, mAh/g), both with ``_sd``
        (that of one cycle: what the instrument and the mass add does not average out), ``first_discharge``,
        ``last_discharge`` (mAh/g), ``first_cycle``, ``last_cycle``, ``count``; with an area ``current_density`` and
        ``current_density_sd`` (mA cm-2) and ``areal_capacity`` (mAh cm-2).

    Raises
    ------
    BadInput
        If the area is not positive, or no cycle has a discharge.
    """
    if area is not None and not (0 < area < np.inf and 0 <= area_sd < np.inf):
        raise BadInput(
            f"area = {area} cm2 with sd {area_sd} cm2; give the positive area of the electrode, or leave it out"
        )
    table = _counted(summary)
    table = table.isel({CYCLE: np.flatnonzero(np.isfinite(table.discharge_capacity.values))})
    if table.sizes[CYCLE] == 0:
        raise BadInput("no cycle has a discharge: there is no rate capability in this record")
    current, capacity = table.discharge_current.values, table.discharge_capacity.values
    new = np.concatenate([[True], np.abs(np.diff(current)) > SAME_CURRENT * current[:-1]])
    first = np.flatnonzero(new)
    last = np.concatenate([first[1:], [current.size]]) - 1
    blocks = [slice(a, b + 1) for a, b in zip(first, last, strict=True)]

    def medians(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.array([np.median(values[block]) for block in blocks])

    columns = {
        "current": (medians(current), "mA"),
        "current_sd": (medians(_sd(table, "discharge_current")), "mA"),
        "discharge_capacity": (medians(capacity), "mAh/g"),
        "discharge_capacity_sd": (medians(_sd(table, "discharge_capacity")), "mAh/g"),
        "first_discharge": (capacity[first], "mAh/g"),
        "last_discharge": (capacity[last], "mAh/g"),
        "first_cycle": (table[CYCLE].values[first], "1"),
        "last_cycle": (table[CYCLE].values[last], "1"),
        "count": (last - first + 1, "1"),
    }
    if area is not None:
        columns |= _per_area(columns, summary.mass, area, area_sd)
    return xr.Dataset(
        {name: ("block", values, {"units": unit}) for name, (values, unit) in columns.items()},
        coords={"block": np.arange(1, first.size + 1)},
    )


def _sd(table: xr.Dataset, name: str) -> npt.NDArray[np.float64]:
    """Standard deviations of a column; NaN in records of the first version, which had none."""
    column = table.get(f"{name}_sd")
    return np.full(table.sizes[CYCLE], np.nan) if column is None else np.asarray(column.values, dtype=float)


def _per_area(
    columns: Mapping[str, tuple[npt.NDArray[np.float64], str]], mass: float, area: float, area_sd: float
) -> dict[str, tuple[npt.NDArray[np.float64], str]]:
    density = columns["current"][0] / area
    sd = np.hypot(columns["current_sd"][0] / area, density * area_sd / area)
    return {
        "current_density": (density, "mA cm-2"),
        "current_density_sd": (sd, "mA cm-2"),
        "areal_capacity": (columns["discharge_capacity"][0] * mass / area, "mAh cm-2"),
    }
