"""Differential capacity of one half cycle, and the plateaus that its peaks are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from electrochemistry.cells._contract import NET_CAPACITY, VOLTAGE
from electrochemistry.cells._cycles import CYCLE, HALVES, Cycles
from electrochemistry.cells._half_cycles import MILLI, cumulative_charge
from shortrange_core import BadInput
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted

BINS_PER_RESOLUTION = 4
LEAST_SHARE = 0.03  # of the charge: less is no plateau
PROMINENCE = 0.05  # of the highest peak
FINEST = 1e5  # resolutions in a range of voltage
Vector = npt.NDArray[np.float64]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class DifferentialCapacity(Shown):
    """Differential capacity of one half cycle.

    Parameters
    ----------
    curve
        ``differential_capacity`` (|dQ/dV|, mAh g-1 V-1) over ``voltage`` (V, ascending).
    plateaus
        Over ``plateau``, highest voltage first: ``voltage`` (V), ``share`` (of the charge of the half cycle,
        between the minima beside it).
    resolution
        Standard deviation of the smoothing, V.
    """

    curve: xr.Dataset
    plateaus: xr.Dataset
    resolution: float


def differential_capacity(
    summary: Cycles, *, cycle: int, half_cycle: Literal["discharge", "charge"], resolution: float = 0.01
) -> DifferentialCapacity:
    r"""Charge per voltage interval of one half cycle, and its plateaus.

    Parameters
    ----------
    summary
        From :func:`electrochemistry.cycles`.
    cycle, half_cycle
        Which half cycle.
    resolution
        V: standard deviation of the Gaussian that smooths the charge per voltage bin (bins are a quarter of it).

    Raises
    ------
    BadInput
        If there is no such half cycle, or the resolution is not positive, wider than a tenth of the voltage range or
        finer than a hundred-thousandth of it.

    Notes
    -----
    Charge increments are sorted into voltage bins, so that a voltage that is not monotonic divides by no zero;
    their sum is the capacity. Peaks count as plateaus from 5 % prominence and 3 % of the charge.

    Examples
    --------
    >>> from electrochemistry.cells import simulate_full_cell
    >>> from electrochemistry.cells import cycles
    >>> cell = simulate_full_cell(
    ...     [1.0], charge_capacities=[1.0], current=0.1, order="discharge-first", plateaus=[(1.9, 0.25), (1.25, 0.75)]
    ... )
    >>> summary = cycles(cell, mass=0.001, basis="S", order="discharge-first")
    >>> found = differential_capacity(summary, cycle=1, half_cycle="discharge", resolution=0.015)
    >>> found.plateaus.voltage.values.round(1).tolist()
    [1.9, 1.2]
    """
    voltage, charge = _increments(summary, cycle, half_cycle)
    if voltage.size < 2:
        raise BadInput(
            f"the {half_cycle} of cycle {cycle} has {counted(voltage.size + 1, 'row')}; give one of three or more"
        )
    span = float(np.ptp(voltage))
    if not max(span / FINEST, 0.0) < resolution <= span / 10:
        raise BadInput(
            f"resolution = {resolution} V over a range of {span:.3g} V; give above 0 and up to a tenth of it, with at "
            f"most {FINEST:g} steps in it"
        )
    width = resolution / BINS_PER_RESOLUTION
    low, high = float(voltage.min()) - 4 * resolution, float(voltage.max()) + 4 * resolution
    edges = low + width * np.arange(int(np.ceil((high - low) / width)) + 1)
    binned = np.histogram(voltage, bins=edges, weights=charge)[0]
    smooth = gaussian_filter1d(binned, BINS_PER_RESOLUTION, mode="constant") / width
    centers = 0.5 * (edges[1:] + edges[:-1])
    curve = xr.Dataset(
        {"differential_capacity": ("voltage", smooth, {"units": "mAh g-1 V-1"})},
        coords={"voltage": ("voltage", centers, {"units": "V"})},
    )
    return DifferentialCapacity(curve, _plateaus(centers, smooth), resolution)


def _increments(summary: Cycles, cycle: int, half_cycle: str) -> tuple[Vector, Vector]:
    """Mean voltage and charge (mAh/g) of each interval between rows of a half cycle."""
    if half_cycle not in HALVES:
        raise BadInput(f"half_cycle = {half_cycle!r}; give 'discharge' or 'charge'")
    table = summary.table
    labels = table[CYCLE].values
    cycles_of = labels[table[f"{half_cycle}_start"].values >= 0]
    if cycle not in cycles_of:
        shown = ", ".join(str(label) for label in cycles_of[:20]) or "none"
        raise BadInput(f"cycle {cycle} has no {half_cycle}; there are {shown}")
    row = table.sel({CYCLE: cycle})
    rows = slice(int(row[f"{half_cycle}_start"]), int(row[f"{half_cycle}_stop"]))
    cycling = summary.cycling
    counter = NET_CAPACITY in cycling.variables
    charge = cycling[NET_CAPACITY].values if counter else cumulative_charge(cycling)
    voltage = cycling[VOLTAGE].values[rows]
    steps = np.abs(np.diff(charge[rows])) / MILLI / summary.mass
    return 0.5 * (voltage[1:] + voltage[:-1]), steps


def _plateaus(centers: Vector, smooth: Vector) -> xr.Dataset:
    peaks, _ = find_peaks(smooth, prominence=PROMINENCE * float(np.max(smooth, initial=0.0)))
    edges = [0, *(int(a + np.argmin(smooth[a:b])) for a, b in pairwise(peaks)), smooth.size]
    whole = float(np.sum(smooth))
    shares = np.array([np.sum(smooth[a:b]) / whole for a, b in pairwise(edges)][: peaks.size])
    kept = np.flatnonzero(shares >= LEAST_SHARE)[::-1] if peaks.size else np.zeros(0, dtype=np.intp)
    return xr.Dataset(
        {
            "voltage": ("plateau", centers[peaks][kept], {"units": "V"}),
            "share": ("plateau", shares[kept] if peaks.size else np.zeros(0), {"units": "1"}),
        },
        coords={"plateau": np.arange(1, kept.size + 1)},
    )
