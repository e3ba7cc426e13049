"""Figures of separators: load-depth curves with pop-ins, moduli of indents, density against pressure."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from electrochemistry.plots._cells import SIZE
from electrochemistry.plots._spectra import own_axes
from electrochemistry.separators import INDENT, Densities, Indent, Indents, pop_ins
from shortrange_core import BadInput
from shortrange_core.colours import BLUE, GREY, VERMILION
from shortrange_core.plots import Size, Style, styled
from shortrange_core.shown_numbers import with_sd

FEW = 12  # curves that are told apart by colour; more are grey


def plot_indents(
    curves: Sequence[Indent],
    *,
    evaluated: Indents | None = None,
    ax: Axes | None = None,
    size: Size = SIZE,
    style: Style | None = None,
) -> Axes:
    """Load against depth of every indent, pop-ins marked; with its result, hardness and modulus in the title.

    Raises
    ------
    BadInput
        If there is no curve.
    """
    with styled(style):
        if not curves:
            raise BadInput("there is no indent to draw; give at least one curve")
        ax = own_axes(ax, size)
        rate = 0.01 if evaluated is None else evaluated.false_alarm
        out = (
            set()
            if evaluated is None
            else set(evaluated.table[INDENT].values[evaluated.table.left_out.values == 1].tolist())
        )
        colours = plt.get_cmap("viridis")(np.linspace(0.0, 0.85, len(curves)))
        marked = False
        for colour, curve in zip(colours, curves, strict=True):
            few = len(curves) <= FEW
            left = curve.name in out
            ax.plot(
                curve.depth,
                curve.load,
                ls=":" if left else "-",
                lw=0.9,
                color=colour if few else GREY,
                label=f"{curve.name}{' (left out)' if left else ''}" if few else None,
            )
            steps = pop_ins(curve.depth, curve.load, false_alarm=rate)
            if steps.sizes["pop_in"]:
                label = None if marked else f"pop-in (false alarms: {rate:.0%} of curves)"
                ax.plot(steps.depth_before, steps.load_before, "v", ms=6, color=VERMILION, label=label)
                marked = True
        ax.set_xlabel("depth / nm")
        ax.set_ylabel("load / mN")
        if evaluated is not None:
            rows = zip(evaluated.estimates.value.values, evaluated.estimates.sd.values, strict=True)
            shown = dict(
                zip(evaluated.estimates.entries, (with_sd(float(v), float(sd)) for v, sd in rows), strict=True)
            )
            ax.set_title(
                f"H = {shown['hardness']} GPa, E = {shown['youngs_modulus']} GPa (nu = {evaluated.poisson_ratio:g})",
                fontsize=9,
            )
        if ax.get_legend_handles_labels()[0]:
            ax.legend(fontsize=7)
        return ax


def plot_densities(
    densities: Densities, *, ax: Axes | None = None, size: Size = SIZE, style: Style | None = None
) -> Axes:
    """Relative density against pressing pressure, with the bulk density on the right."""
    with styled(style):
        ax = own_axes(ax, size)
        table = densities.table
        percent = 100 * table.relative_density.values
        ax.errorbar(
            table.pressure.values,
            percent,
            yerr=100 * table.relative_density_own_sd.values,
            fmt="o-",
            ms=5,
            lw=0.9,
            color=BLUE,
            capsize=2,
        )
        ax.axhline(100, color=GREY, lw=0.7, ls=":")
        ax.set_xlabel("pressing pressure / MPa")
        ax.set_ylabel("relative density / %")
        share = 100 * densities.true_density_sd / densities.true_density
        if share > 0:
            ax.axhspan(100 - share, 100 + share, color=GREY, alpha=0.2, lw=0, label="true density, 1 sd")
            ax.legend(fontsize=8, loc="lower right")
        to_bulk = densities.true_density / 100
        ways = (lambda y: np.asarray(y) * to_bulk, lambda y: np.asarray(y) / to_bulk)
        other = ax.secondary_yaxis("right", functions=ways)
        other.set_ylabel("bulk density / g cm$^{-3}$")
        return ax
