"""Picture of plans: the expected standard deviation of every quantity under each."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from shortrange.joint import Plan
from shortrange_core.colours import SERIES
from shortrange_core.plots import Size, Style, inches, styled
from shortrange_core.written_labels import short_name


def plot_plans(plans: Sequence[Plan], *, size: Size = "two columns", style: Style | None = None) -> Figure:
    """Expected standard deviations: a panel per quantity, a row per plan, a colour per glass; bars: sd over unknowns.

    Parameters
    ----------
    plans
        As :func:`shortrange.plan` gives them.
    size, style
        As for every figure of the series.
    """
    names = list(dict.fromkeys(item.plan for item in plans))
    samples = list(dict.fromkeys(item.sample for item in plans))
    asked = list(dict.fromkeys(item.quantity for item in plans))
    colours = {sample: SERIES[number % len(SERIES)] for number, sample in enumerate(samples)}
    with styled(style):
        figure = plt.figure(figsize=inches(size, 0.8 + 0.25 * len(names)), layout="constrained")
        axes = figure.subplots(1, len(asked), squeeze=False, sharey=True)[0]
        for ax, quantity in zip(axes, asked, strict=True):
            for sample in samples:
                rows = [item for item in plans if item.quantity == quantity and item.sample == sample]
                at = [names.index(item.plan) for item in rows]
                ax.errorbar(
                    [item.sd for item in rows], at, xerr=[item.spread for item in rows], fmt="o", ms=3.5, lw=1,
                    color=colours[sample], label=sample,
                )  # fmt: skip
            ax.set(xlabel=f"expected sd of {short_name(quantity, 'figure')}", xlim=(0, None))
        axes[0].set_yticks(np.arange(len(names)), names)
        axes[0].set_ylim(len(names) - 0.5, -0.5)
        handles = dict(zip(*reversed(axes[0].get_legend_handles_labels()), strict=True))
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)
    return figure
