"""Figures of full cells: profiles, capacities, rates, differential capacity, energies by mass, published cells."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from electrochemistry.cells import (
    CYCLE,
    FORMATION,
    MILLI,
    NET_CAPACITY,
    OWN,
    VOLTAGE,
    Cycles,
    DifferentialCapacity,
    cumulative_charge,
    rate_capability,
)
from electrochemistry.plots._cells import MARKERS, SIZE
from electrochemistry.plots._spectra import own_axes
from shortrange_core import BadInput, Estimates
from shortrange_core.colours import BLUE, GREY, VERMILION
from shortrange_core.plots import Size, Style, styled

NAME_WIDTH, LEGEND_WIDTH = 24, 44  # characters
HEADROOM = 1.1  # of the largest value
NARROW = 0.08  # of the cycles: names of blocks that are narrower stand upright


def plot_profiles(
    summary: Cycles, cycles: Sequence[int], *, ax: Axes | None = None, size: Size = SIZE, style: Style | None = None
) -> Axes:
    """Voltage against specific capacity of the cycles named, discharge and charge.

    Raises
    ------
    BadInput
        If a cycle is not there.
    """
    with styled(style):
        counted = summary.table[CYCLE].values.tolist()
        unknown = [cycle for cycle in cycles if cycle not in counted]
        if unknown or not cycles:
            there = f"{min(counted)} to {max(counted)}" if counted else "none"
            raise BadInput(f"no cycle {', '.join(map(str, unknown)) or 'named'}; there are {there}")
        ax = own_axes(ax, size)
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


def plot_capacities(summary: Cycles, *, ax: Axes | None = None, size: Size = SIZE, style: Style | None = None) -> Axes:
    """Discharge and charge capacity, and Coulombic efficiency, against cycle number."""
    with styled(style):
        ax = own_axes(ax, size)
        table = summary.table
        ax.plot(table[CYCLE], table.discharge_capacity, "o", ms=4, color=BLUE, label="discharge")
        ax.plot(table[CYCLE], table.charge_capacity, "o", ms=4, mfc="none", color=BLUE, label="charge")
        _from_zero(ax, table.discharge_capacity.values, table.charge_capacity.values)
        ax.set_xlabel("cycle")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.set_ylabel(f"capacity / mAh per g of {summary.basis}", color=BLUE)
        ax.legend(fontsize=8, frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0.0, 1.0))
        if not np.isfinite(table.coulombic_efficiency.values).any():
            return ax  # a record of one direction has no efficiency, and no axis of it
        other = ax.twinx()
        sds = 100 * table.coulombic_efficiency_sd.values if "coulombic_efficiency_sd" in table else None
        shown = 100 * table.coulombic_efficiency.values
        other.errorbar(table[CYCLE], shown, yerr=sds, fmt="^", ms=4, lw=0.8, color=VERMILION)
        quotient = "charge/discharge" if summary.order == "discharge-first" else "discharge/charge"
        other.set_ylabel(f"Coulombic efficiency ({quotient}) / %", color=VERMILION)
        other.set_ylim(min(80.0, float(np.nanmin(shown)) - 5), max(105.0, float(np.nanmax(shown)) + 5))
        return ax


def _from_zero(ax: Axes, *values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """The axis from 0 to a little above the largest value, so that no marker is cut."""
    largest = float(np.nanmax(np.concatenate([[0.0], *values])))
    if largest > 0:
        ax.set_ylim(0, HEADROOM * largest)


def plot_rate(
    summary: Cycles, *, area: float | None = None, ax: Axes | None = None, size: Size = SIZE, style: Style | None = None
) -> Axes:
    """Discharge capacity against cycle, the blocks of one current named with it: in mA cm-2 with an area (cm2).

    Raises
    ------
    BadInput
        As :func:`electrochemistry.rate_capability`.
    """
    with styled(style):
        ax = own_axes(ax, size)
        table, blocks = summary.table, rate_capability(summary, area=area)
        whole = table[CYCLE].values >= float(blocks.first_cycle.min())
        formed = table.get(FORMATION)
        if formed is not None:
            whole &= formed.values == 0
        number, capacity, sds = table[CYCLE].values, table.discharge_capacity.values, table.discharge_capacity_sd.values
        ax.errorbar(number[whole], capacity[whole], yerr=sds[whole], fmt="o", ms=4, color=BLUE, lw=0.8)
        top = float(np.nanmax(table.discharge_capacity.values[whole]))
        first, last = blocks.first_cycle.values, blocks.last_cycle.values
        upright = float(np.min(last - first + 1)) < NARROW * float(last.max() - first.min() + 1)
        for block, value in enumerate((blocks.current if area is None else blocks.current_density).values):
            if block:
                ax.axvline(first[block] - 0.5, color=GREY, lw=0.6, ls=":")
            at = ((first[block] + last[block]) / 2, 1.04 * top)
            ax.annotate(f"{value:.3g}", at, ha="center", va="bottom", fontsize=8, rotation=90 if upright else 0)
        ax.set_ylim(0, (1.3 if upright else 1.15) * top)
        ax.set_title(
            f"above each block: {'current / mA' if area is None else 'current density / mA cm$^{-2}$'}", fontsize=9
        )
        ax.set_xlabel("cycle")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_ylabel(f"discharge capacity / mAh per g of {summary.basis}")
        return ax


def plot_differential_capacity(
    capacity: DifferentialCapacity, *, ax: Axes | None = None, size: Size = SIZE, style: Style | None = None
) -> Axes:
    """Differential capacity against voltage, with its plateaus."""
    with styled(style):
        ax = own_axes(ax, size)
        ax.plot(capacity.curve.voltage, capacity.curve.differential_capacity, color=BLUE, lw=1)
        for row in range(capacity.plateaus.sizes["plateau"]):
            plateau = capacity.plateaus.isel(plateau=row)
            volts, share = float(plateau.voltage), float(plateau.share)
            ax.axvline(volts, color=GREY, lw=0.6, ls=":")
            at = float(capacity.curve.differential_capacity.interp(voltage=volts))
            text = f" {volts:.2f} V, {share:.0%}"
            ax.annotate(text, (volts, at), ha="center", va="bottom", rotation=90, fontsize=7)
        ax.set_ylim(top=1.35 * float(capacity.curve.differential_capacity.max()))
        ax.set_xlabel("voltage / V")
        ax.set_ylabel("|dQ/dV| / mAh g$^{-1}$ V$^{-1}$")
        return ax


def plot_specific_energies(
    energies: xr.DataArray | Estimates, *, ax: Axes | None = None, size: Size = SIZE, style: Style | None = None
) -> Axes:
    """Specific energy of every mass basis, on a logarithmic scale because they differ by orders of magnitude.

    Parameters
    ----------
    energies
        From :func:`electrochemistry.specific_energies`, or from :func:`electrochemistry.mass_bases`, whose standard
        deviations are drawn.
    ax
        To draw into.
    """
    with styled(style):
        if isinstance(energies, Estimates):
            part = energies.where(quantity="specific_energy")
            bases, values, sds = list(part.facets["basis"]), part.value.values, part.sd.values
        else:
            bases, values, sds = list(energies["basis"].values), energies.values, None
        ax = own_axes(ax, size)
        names = ["\n".join(textwrap.wrap(str(name), NAME_WIDTH)) for name in bases]
        bars = ax.barh(names[::-1], values[::-1], xerr=None if sds is None else sds[::-1], color=BLUE)
        ax.bar_label(bars, [f"{value:.4g}" for value in values[::-1]], padding=3, fontsize=8)
        ax.set_xscale("log")
        ax.set_xlim(float(values.min()) / 3, float(values.max()) * 4)
        ax.set_xlabel("specific energy / Wh kg$^{-1}$")
        ax.set_ylabel("mass basis")
        return ax


def plot_comparison(
    table: xr.Dataset, *, ax: Axes | None = None, size: Size = SIZE, style: Style | None = None
) -> Axes:
    """Discharge capacity against current density of own and published cells, each with its source.

    Parameters
    ----------
    table
        From :func:`electrochemistry.comparison`.
    ax
        To draw into.
    """
    with styled(style):
        ax = own_axes(ax, size)
        markers: dict[str, str] = {}
        for number in range(table.sizes["cell"]):
            row = table.isel(cell=number)
            own = row.source.item() == OWN
            name = str(row["cell"].item()) + ("" if own else f" [{row.source.item()}]")
            label = None if name in markers else "\n".join(textwrap.wrap(name, LEGEND_WIDTH))
            sd = float(row.discharge_capacity_sd)
            ax.errorbar(
                float(row.current_density),
                float(row.discharge_capacity),
                yerr=sd if sd > 0 else None,
                fmt=markers.setdefault(name, MARKERS[len(markers) % len(MARKERS)]),
                ms=8,
                mfc=VERMILION if own else "none",
                color=VERMILION if own else GREY,
                label=label,
            )
        _from_zero(ax, table.discharge_capacity.values)
        ax.set_xlim(0, HEADROOM * float(table.current_density.max()))
        ax.set_xlabel("current density / mA cm$^{-2}$")
        ax.set_ylabel("discharge capacity / mAh g$^{-1}$")
        ax.legend(fontsize=6, loc="lower left")
        return ax
