"""Figures of cells: voltage profiles, critical current, capacity, rate, differential capacity, specific energy.

Every function draws into the axes given, or makes its own figure, and gives the axes back.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

from electrochemistry.cells import (
    CURRENT,
    HALF_CYCLE,
    MILLI,
    SECONDS_PER_HOUR,
    TIME,
    VOLTAGE,
    CriticalCurrent,
    HalfCycles,
    check_cycling,
)
from electrochemistry.plots._spectra import own_axes
from shortrange_core import BadInput
from shortrange_core.colours import BLUE, GREEN, GREY, VERMILION
from shortrange_core.plots import Size, Style, styled

MARKERS = "osD^vP*X"
TITLE_WIDTH = 90  # characters
SIZE = (5.5, 3.6)  # inches


def plot_voltage(
    cycling: xr.Dataset, *, area: float, ax: Axes | None = None, size: Size = SIZE, style: Style | None = None
) -> Axes:
    """Voltage and current density (mA cm-2) of a cell against time; area in cm2.

    Raises
    ------
    BadInput
        If the area is not positive.
    """
    with styled(style):
        if not area > 0:
            raise BadInput(f"area = {area} cm2; give the positive area of the electrode")
        check_cycling(cycling)
        ax = own_axes(ax, size)
        hours = cycling[TIME].values / SECONDS_PER_HOUR
        ax.plot(hours, cycling[VOLTAGE].values, color=BLUE, lw=0.8)
        ax.set_xlabel("time / h")
        ax.set_ylabel("voltage / V", color=BLUE)
        other = ax.twinx()
        other.plot(hours, cycling[CURRENT].values / MILLI / area, color=VERMILION, lw=0.6, alpha=0.4)
        other.set_ylabel("current density / mA cm$^{-2}$", color=VERMILION)
        other.margins(y=0.25)  # an ohmic cell draws one curve upon the other
        ax.set_zorder(other.get_zorder() + 1)  # hundreds of half cycles of current would hide the voltage
        ax.patch.set_visible(False)
        return ax


def plot_critical_current(
    half_cycles: HalfCycles,
    critical: CriticalCurrent,
    *,
    ax: Axes | None = None,
    size: Size = SIZE,
    style: Style | None = None,
) -> Axes:
    """|V| of every half cycle against |j|, the baseline, the bracket and the events."""
    with styled(style):
        ax = own_axes(ax, size)
        table = half_cycles.table
        density = table.current_density.values
        current, voltage = np.abs(density), table.voltage_volt.values * np.sign(density)
        for sign, marker, name in ((1, "o", "positive"), (-1, "s", "negative")):
            mine = np.sign(density) == sign
            if mine.any():
                ax.plot(
                    current[mine],
                    voltage[mine],
                    marker,
                    ms=4,
                    mfc="none",
                    color=BLUE if sign > 0 else GREEN,
                    label=name,
                )
        if np.isfinite(critical.baseline_resistance):
            line = np.array([0.0, float(current.max())])
            label = f"{critical.baseline_resistance:.4g} Ω cm$^2$"
            ax.plot(line, critical.baseline_resistance * line * MILLI, "-", lw=1, color=GREY, label=label)
        for number, event in enumerate(critical.events):
            row = int(np.flatnonzero(table[HALF_CYCLE].values == event.half_cycle)[0])
            shown = f"{event.kind} (first of {len(critical.events)} events)" if number == 0 else None
            ax.plot(current[row], voltage[row], "x", ms=7, color=VERMILION, label=shown)
        if np.isfinite(critical.upper):
            ax.axvspan(critical.lower, critical.upper, color=VERMILION, alpha=0.25, lw=0)
        ax.set_xlabel("|j| / mA cm$^{-2}$")
        ax.set_ylabel("|V| / V")
        ax.set_title("\n".join(textwrap.wrap(critical.text, TITLE_WIDTH)), fontsize=7)
        ax.legend(fontsize=8)
        return ax


def plot_cell_comparison(
    cells: Mapping[str, HalfCycles], *, ax: Axes | None = None, size: Size = SIZE, style: Style | None = None
) -> Axes:
    """Current density against time of cycling, one mark a cell, its area the areal capacity of a half cycle.

    Parameters
    ----------
    cells
        Name -> half cycles. The mark of a cell stands at its largest current density and at the time over which it was
        cycled; its number is the areal capacity of that half cycle in mAh cm-2.
    ax
        To draw into.

    Raises
    ------
    BadInput
        If there is no cell.
    """
    with styled(style):
        if not cells:
            raise BadInput("there is no cell to compare; give at least one name with its half cycles")
        ax = own_axes(ax, size)
        for number, (name, half) in enumerate(cells.items()):
            table = half.table
            current = np.abs(table.current_density.values)
            at = int(np.argmax(current))
            hours = float(table.start_second[-1] + table.duration_second[-1] - table.start_second[0]) / SECONDS_PER_HOUR
            capacity = float(table.areal_capacity[at])
            marker = MARKERS[number % len(MARKERS)]
            ax.scatter([hours], [current[at]], s=60 + 240 * capacity, marker=marker, alpha=0.6, label=name)
            ax.annotate(f"{capacity:.3g}", (hours, current[at]), ha="center", va="center", fontsize=7)
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
