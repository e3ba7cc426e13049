"""Figures of cells: voltage profiles, critical current, capacity, rate, differential capacity, specific energy.

Every function draws into the axes given, or makes its own figure, and gives the axes back.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from electrochemistry.cells import (
    CURRENT,
    CYCLE,
    HALF_CYCLE,
    MILLI,
    NET_CAPACITY,
    SECONDS_PER_HOUR,
    TIME,
    VOLTAGE,
    CriticalCurrent,
    Cycles,
    DifferentialCapacity,
    HalfCycles,
    check_cycling,
    cumulative_charge,
    rate_capability,
)
from shortrange_core import BadInput
from shortrange_core.colours import BLUE, GREEN, GREY, VERMILION
from shortrange_core.files import written_atomically

_MARKERS = "osD^vP*X"
TITLE_WIDTH, NAME_WIDTH = 90, 24  # characters


def _axes(axes: Axes | None, size: tuple[float, float] = (5.5, 3.6)) -> Axes:
    if axes is not None:
        return axes
    _, made = plt.subplots(figsize=size, layout="constrained")
    return made


def saved(axes: Axes, path: Path) -> None:
    """Write the figure of ``axes`` as an image and close it."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    with written_atomically(path) as partial:
        figure.savefig(partial, dpi=150)
    plt.close(figure)


def plot_voltage(cycling: xr.Dataset, *, area: float, axes: Axes | None = None) -> Axes:
    """Voltage and current density (mA cm-2) of a cell against time; area in cm2.

    Raises
    ------
    BadInput
        If the area is not positive.
    """
    if not area > 0:
        raise BadInput(f"area = {area} cm2; give the positive area of the electrode")
    check_cycling(cycling)
    ax = _axes(axes)
    hours = cycling[TIME].values / SECONDS_PER_HOUR
    ax.plot(hours, cycling[VOLTAGE].values, color=BLUE, lw=0.8)
    ax.set_xlabel("time / h")
    ax.set_ylabel("voltage / V", color=BLUE)
    other = ax.twinx()
    other.plot(hours, cycling[CURRENT].values / MILLI / area, color=VERMILION, lw=0.6, alpha=0.7)
    other.set_ylabel("current density / mA cm$^{-2}$", color=VERMILION)
    return ax


def plot_critical_current(half_cycles: HalfCycles, found: CriticalCurrent, *, axes: Axes | None = None) -> Axes:
    """|V| of every half cycle against |j|, the baseline, the bracket and the events."""
    ax = _axes(axes)
    table = half_cycles.table
    density = table.current_density.values
    size, voltage = np.abs(density), table.voltage_volt.values * np.sign(density)
    for sign, marker, name in ((1, "o", "positive"), (-1, "s", "negative")):
        mine = np.sign(density) == sign
        if mine.any():
            ax.plot(size[mine], voltage[mine], marker, ms=4, mfc="none", color=BLUE if sign > 0 else GREEN, label=name)
    if np.isfinite(found.baseline_resistance):
        line = np.array([0.0, float(size.max())])
        label = f"{found.baseline_resistance:.4g} Ω cm$^2$"
        ax.plot(line, found.baseline_resistance * line * MILLI, "-", lw=1, color=GREY, label=label)
    for number, event in enumerate(found.events):
        row = int(np.flatnonzero(table[HALF_CYCLE].values == event.half_cycle)[0])
        shown = f"{event.kind} (first of {len(found.events)} events)" if number == 0 else None
        ax.plot(size[row], voltage[row], "x", ms=7, color=VERMILION, label=shown)
    if np.isfinite(found.upper):
        ax.axvspan(found.lower, found.upper, color=VERMILION, alpha=0.25, lw=0)
    ax.set_xlabel("|j| / mA cm$^{-2}$")
    ax.set_ylabel("|V| / V")
    ax.set_title("\n".join(textwrap.wrap(found.text, TITLE_WIDTH)), fontsize=7)
    ax.legend(fontsize=8)
    return ax


def plot_cell_comparison(cells: Mapping[str, HalfCycles], *, axes: Axes | None = None) -> Axes:
    """Current density against time of cycling, one mark a cell, its area the areal capacity of a half cycle.

    Parameters
    ----------
    cells
        Name -> half cycles. The mark of a cell stands at its largest current density and at the time over which it was
        cycled; its number is the areal capacity of that half cycle in mAh cm-2.
    axes
        To draw into.

    Raises
    ------
    BadInput
        If there is no cell.
    """
    if not cells:
        raise BadInput("there is no cell to compare; give at least one name with its half cycles")
    ax = _axes(axes)
    for number, (name, half) in enumerate(cells.items()):
        table = half.table
        size = np.abs(table.current_density.values)
        at = int(np.argmax(size))
        hours = float(table.start_second[-1] + table.duration_second[-1] - table.start_second[0]) / SECONDS_PER_HOUR
        capacity = float(table.areal_capacity[at])
        marker = _MARKERS[number % len(_MARKERS)]
        ax.scatter([hours], [size[at]], s=60 + 240 * capacity, marker=marker, alpha=0.6, label=name)
        ax.annotate(f"{capacity:.3g}", (hours, size[at]), ha="center", va="center", fontsize=7)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.margins(0.25)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("time of cycling / h")
    ax.set_ylabel("largest current density / mA cm$^{-2}$")
    ax.set_title("in the marks: areal capacity / mAh cm$^{-2}$", fontsize=8)
    ax.legend(fontsize=8, markerscale=0.5)
    return ax


def plot_profiles(summary: Cycles, cycles: Sequence[int], *, axes: Axes | None = None) -> Axes:
    """Voltage against specific capacity of the cycles named, discharge and charge.

    Raises
    ------
    BadInput
        If a cycle is not there.
    """
    known = summary.table[CYCLE].values.tolist()
    unknown = [cycle for cycle in cycles if cycle not in known]
    if unknown or not cycles:
        there = f"{min(known)} to {max(known)}" if known else "none"
        raise BadInput(f"no cycle {', '.join(map(str, unknown)) or 'named'}; there are {there}")
    ax = _axes(axes)
    cycling = summary.cycling
    counter = NET_CAPACITY in cycling.variables
    charge = cycling[NET_CAPACITY].values if counter else cumulative_charge(cycling)
    colours = plt.get_cmap("viridis")(np.linspace(0.0, 0.85, len(cycles)))
    for colour, cycle in zip(colours, cycles, strict=True):
        row = summary.table.sel({CYCLE: cycle})
        label: str | None = f"cycle {cycle}"
        for name in ("discharge", "charge"):
            start, stop = int(row[f"{name}_start"]), int(row[f"{name}_stop"])
            if start >= 0:
                passed = np.abs(charge[start:stop] - charge[start]) / MILLI / summary.mass
                ax.plot(passed, cycling[VOLTAGE].values[start:stop], color=colour, lw=1.2, label=label)
                label = None
    ax.set_xlabel(f"capacity / mAh per g of {summary.basis}")
    ax.set_ylabel("voltage / V")
    ax.legend(fontsize=8)
    return ax


def plot_capacities(summary: Cycles, *, axes: Axes | None = None) -> Axes:
    """Discharge and charge capacity, and Coulombic efficiency, against cycle number."""
    ax = _axes(axes)
    table = summary.table
    ax.plot(table[CYCLE], table.discharge_capacity, "o", ms=4, color=BLUE, label="discharge")
    ax.margins(y=0.1)
    ax.plot(table[CYCLE], table.charge_capacity, "o", ms=4, mfc="none", color=BLUE, label="charge")
    ax.set_ylim(bottom=0)
    ax.set_xlabel("cycle")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel(f"capacity / mAh per g of {summary.basis}", color=BLUE)
    other = ax.twinx()
    other.plot(table[CYCLE], 100 * table.coulombic_efficiency, "^", ms=4, color=VERMILION)
    quotient = "charge/discharge" if summary.order == "discharge-first" else "discharge/charge"
    other.set_ylabel(f"Coulombic efficiency ({quotient}) / %", color=VERMILION)
    shown = 100 * table.coulombic_efficiency.values
    if np.isfinite(shown).any():
        other.set_ylim(min(80.0, float(np.nanmin(shown)) - 5), max(105.0, float(np.nanmax(shown)) + 5))
    ax.legend(fontsize=8, loc="lower left")
    return ax


def plot_rate(summary: Cycles, *, axes: Axes | None = None) -> Axes:
    """Discharge capacity against cycle, the blocks of one current named with it."""
    ax = _axes(axes)
    table, blocks = summary.table, rate_capability(summary)
    whole = table[CYCLE].values > 0
    ax.plot(table[CYCLE].values[whole], table.discharge_capacity.values[whole], "o", ms=4, color=BLUE)
    top = float(np.nanmax(table.discharge_capacity.values[whole]))
    for block in range(blocks.sizes["block"]):
        row = blocks.isel(block=block)
        first, last = float(row.first_cycle), float(row.last_cycle)
        if block:
            ax.axvline(first - 0.5, color=GREY, lw=0.6, ls=":")
        ax.annotate(f"{float(row.current):.3g} mA", ((first + last) / 2, 1.06 * top), ha="center", fontsize=8)
    ax.set_ylim(0, 1.15 * top)
    ax.set_xlabel("cycle")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel(f"discharge capacity / mAh per g of {summary.basis}")
    return ax


def plot_differential_capacity(found: DifferentialCapacity, *, axes: Axes | None = None) -> Axes:
    """Differential capacity against voltage, with its plateaus."""
    ax = _axes(axes)
    ax.plot(found.curve.voltage, found.curve.differential_capacity, color=BLUE, lw=1)
    for row in range(found.plateaus.sizes["plateau"]):
        plateau = found.plateaus.isel(plateau=row)
        volts, share = float(plateau.voltage), float(plateau.share)
        ax.axvline(volts, color=GREY, lw=0.6, ls=":")
        at = float(found.curve.differential_capacity.interp(voltage=volts))
        text = f" {volts:.2f} V, {share:.0%}"
        ax.annotate(text, (volts, at), ha="center", va="bottom", rotation=90, fontsize=7)
    ax.set_ylim(top=1.35 * float(found.curve.differential_capacity.max()))
    ax.set_xlabel("voltage / V")
    ax.set_ylabel("|dQ/dV| / mAh g$^{-1}$ V$^{-1}$")
    return ax


def plot_specific_energies(energies: xr.DataArray, *, axes: Axes | None = None) -> Axes:
    """Specific energy of every mass basis, on a logarithmic scale because they differ by orders of magnitude."""
    ax = _axes(axes)
    names = ["\n".join(textwrap.wrap(str(name), NAME_WIDTH)) for name in energies["basis"].values]
    bars = ax.barh(names[::-1], energies.values[::-1], color=BLUE)
    ax.bar_label(bars, [f"{value:.4g}" for value in energies.values[::-1]], padding=3, fontsize=8)
    ax.set_xscale("log")
    ax.set_xlim(float(energies.min()) / 3, float(energies.max()) * 4)
    ax.set_xlabel("specific energy / Wh kg$^{-1}$")
    ax.set_ylabel("mass basis")
    return ax
