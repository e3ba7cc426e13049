"""Figures of impedance: Kramers-Kronig residuals, Arrhenius, relaxation times, resistance against time.

Every function draws into the axes given, or makes its own figure, and gives the axes back.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from electrochemistry.conduction import Arrhenius, Conductivity, Polarisation
from electrochemistry.impedance import ImpedanceFit, KramersKronig, RelaxationTimes
from electrochemistry.plots._spectra import WIDE, own_axes
from shortrange_core import BadInput, Estimates
from shortrange_core.chemistry import GAS_CONSTANT, ZERO_CELSIUS
from shortrange_core.colours import SERIES
from shortrange_core.plots import FORMATS, Size, Style, save_figure, styled


def plot_residuals(
    result: KramersKronig | ImpedanceFit, *, ax: Axes | None = None, size: Size = (5.0, 3.2), style: Style | None = None
) -> Axes:
    """Relative residuals (%) of a Kramers-Kronig test or of a fit, real and imaginary, against frequency."""
    with styled(style):
        ax = own_axes(ax, size)
        curves = (result.curves,) if isinstance(result, KramersKronig) else result.curves
        for number, curve in enumerate(curves):
            f, residual = curve["frequency"].values, 100 * curve["residual"].values
            first = number == 0
            ax.semilogx(f, residual.real, "o-", ms=3, lw=0.8, color=SERIES[0], label="real" if first else None)
            ax.semilogx(f, residual.imag, "s-", ms=3, lw=0.8, color=SERIES[1], label="imaginary" if first else None)
        ax.axhline(0.0, color="0.5", lw=0.8)
        ax.set_xlabel("frequency / Hz")
        ax.set_ylabel("(data − model)/|Z| / %")
        if isinstance(result, KramersKronig):
            ax.set_title(f"lin-KK, M = {result.elements}, µ = {result.mu:.2f}", fontsize="medium")
        ax.legend(fontsize="small", frameon=False)
        return ax


def plot_arrhenius(
    conductivity: Conductivity,
    line: Arrhenius,
    *,
    ax: Axes | None = None,
    size: Size = WIDE,
    style: Style | None = None,
) -> Axes:
    """Conductivity against 1000/T with the line and its 95 % band; temperatures in °C on top."""
    with styled(style):
        ax = own_axes(ax, size)
        sigma = conductivity.sigma.where(quantity=line.quantity)
        t = np.array(sigma.facets["temperature"], dtype=float)
        factor = t if line.form == "ln sigma T" else np.ones_like(t)
        value, sd = sigma.value.values * factor, sigma.sd.values * factor
        grid = np.linspace(1 / t.max(), 1 / t.min(), 100)
        names = ["ln_prefactor", "activation_energy"]
        own = line.parameters.select(names)
        rows = np.column_stack([np.ones_like(grid), -grid / GAS_CONSTANT])
        centre = rows @ own.value.values
        half = 1.96 * np.sqrt(np.einsum("ij,jk,ik->i", rows, own.covariance.values, rows))
        ax.errorbar(1000 / t, value, yerr=sd, fmt="o", ms=4, mfc="none", capsize=2, color=SERIES[0])
        ax.plot(1000 * grid, np.exp(centre), color=SERIES[1], lw=1.2)
        ax.fill_between(1000 * grid, np.exp(centre - half), np.exp(centre + half), color=SERIES[1], alpha=0.2, lw=0)
        ax.set_yscale("log")
        ax.set_xlabel("1000 K / T")
        ax.set_ylabel("σT / S K cm⁻¹" if line.form == "ln sigma T" else "σ / S cm⁻¹")
        energy, volt = (line.parameters.select([name]) for name in ("activation_energy", "activation_energy_ev"))
        energies = (
            f"{line.quantity} by {line.form}\nEa = {energy.value.item():.2f} ± {energy.sd.item():.2f} kJ/mol\n"
            f"= {volt.value.item():.4f} ± {volt.sd.item():.4f} eV"
        )
        ax.text(0.97, 0.96, energies, transform=ax.transAxes, ha="right", va="top", fontsize="small")
        top = ax.secondary_xaxis("top", functions=(lambda x: x, lambda x: x))
        top.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{1000 / x - ZERO_CELSIUS:.0f}" if x > 0 else ""))
        top.set_xlabel("°C")
        return ax


def plot_relaxation_times(
    result: RelaxationTimes, *, ax: Axes | None = None, size: Size = (5.0, 3.2), style: Style | None = None
) -> Axes:
    """Distribution of relaxation times, marked exploratory, with its regularisation."""
    with styled(style):
        ax = own_axes(ax, size)
        g = result.distribution
        ax.semilogx(g["tau"].values, g.values, color=SERIES[0])
        ax.fill_between(g["tau"].values, g.values, color=SERIES[0], alpha=0.15, lw=0)
        for tau, r in zip(result.peaks["time_constant"].values, result.peaks["resistance"].values, strict=True):
            height = float(np.interp(np.log(tau), np.log(g["tau"].values), g.values))
            ax.annotate(
                f"{r:.3g} Ω", (tau, height), xytext=(0, 3), textcoords="offset points", ha="center", fontsize="small"
            )
        ax.margins(y=0.12)
        ax.set_xlabel("τ / s")
        ax.set_ylabel("g(ln τ) / Ω")
        ax.set_title(
            f"exploratory; λ = {result.regularisation:.2g} ({result.regularisation_chosen_by})", fontsize="small"
        )
        return ax


def plot_resistance_in_time(
    resistance: Estimates, *, ax: Axes | None = None, size: Size = (5.0, 3.2), style: Style | None = None
) -> Axes:
    """Area-specific resistances against time, one colour per quantity."""
    with styled(style):
        ax = own_axes(ax, size)
        facets = resistance.facets
        if "time" not in facets or "quantity" not in facets:
            raise BadInput("resistances have no facets time and quantity; make them with area_specific_resistance")
        for number, quantity in enumerate(dict.fromkeys(facets["quantity"])):
            own = resistance.where(quantity=quantity)
            t = np.array(own.facets["time"], dtype=float)
            colour = SERIES[number % len(SERIES)]
            ax.errorbar(
                t,
                own.value.values,
                yerr=own.sd.values,
                fmt="o-",
                ms=4,
                mfc="none",
                capsize=2,
                color=colour,
                label=quantity,
            )
        basis = str(facets["basis"][0]) if "basis" in facets else ""
        ax.set_xlabel("time / h")
        ax.set_ylabel(f"ASR {basis} / Ω cm²")
        ax.set_ylim(bottom=0)
        ax.legend(fontsize="small", frameon=False)
        return ax


def write_figure(axes: Axes, path: str | os.PathLike[str]) -> None:
    """Write the figure of these axes as PNG (300 dpi), SVG and PDF (text kept as text), each whole; close it.

    Parameters
    ----------
    axes
        Any axes of the figure.
    path
        Its name; the ending of a format is replaced by each format's own.

    Raises
    ------
    BadInput
        If the folder does not exist, or the axes belong to no figure.
    """
    figure = axes.get_figure(root=True)
    if figure is None:
        raise BadInput("the axes belong to no figure; draw into axes of a figure")
    name = Path(path)
    save_figure(figure, name.with_suffix("") if name.suffix[1:] in FORMATS else name)


def plot_polarisation(
    steps: Sequence[xr.Dataset],
    result: Polarisation,
    *,
    ax: Axes | None = None,
    size: Size = WIDE,
    style: Style | None = None,
) -> Axes:
    """Current after each voltage step against time, logarithmic, with the current at its end.

    Parameters
    ----------
    steps
        As given to :func:`polarisation`: ``current_ampere`` over ``test_time_second``.
    result
        What it gave.
    ax
        To draw into.

    Raises
    ------
    BadInput
        If there is not one step for each of ``result``.
    """
    with styled(style):
        if len(steps) != len(result.steps):
            raise BadInput(
                f"{len(steps)} steps and a result of {len(result.steps)}; give the steps that it was made from"
            )
        ax = own_axes(ax, size)
        for number, (step, end) in enumerate(zip(steps, result.steps, strict=True)):
            time, current = step["test_time_second"].values, np.abs(step["current_ampere"].values)
            shown = (time > 0) & (current > 0)
            colour = SERIES[number % len(SERIES)]
            state = "steady" if end.steady else "not steady"
            label = f"{end.voltage:g} V: {abs(end.current):.3g} A, {state if end.significant else 'not significant'}"
            ax.plot(time[shown], current[shown], ".", markersize=3, color=colour, label=label)
            if end.current != 0:
                ax.hlines(abs(end.current), time[-1] / 10 ** (1 / 3), time[-1], color=colour, linewidth=2)
        ax.set(xscale="log", yscale="log", xlabel="time since the step / s", ylabel="|I| / A")
        ax.set_title(f"electrodes: {result.electrodes}", fontsize="medium")
        ax.legend(fontsize="small", frameon=False)
        return ax
