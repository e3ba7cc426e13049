"""Pictures of a whole series: stacked fractions and bridging oxygen against x."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shortrange.results import Structure

FIGURE_SIZE = (7.0, 4.2)
HATCHES = ("", "//", "..", "xx", "\\\\", "--")


def plot_fractions(structures: Sequence[Structure]) -> Figure:
    """Stacked fractions of the structural units against x, as in a mole-fraction diagram; free species are left out.

    Parameters
    ----------
    structures
        One a glass; those without a solution leave a gap that is named.
    """
    figure, ax = plt.subplots(figsize=FIGURE_SIZE, layout="constrained")
    solved = [item for item in structures if item.believed]
    units = dict.fromkeys(
        entry
        for item in solved
        if item.solution is not None
        for entry, kind in zip(item.solution.species, item.solution.fractions.facets["kind"], strict=True)
        if kind == "unit"
    )
    places, width = _places(ax, structures)
    floor = np.zeros(len(structures))
    for number, unit in enumerate(units):
        value, sd = np.array([_value(item, unit) for item in structures]).T
        ax.bar(
            places, value, width, bottom=floor, yerr=np.where(sd > 0, sd, np.nan), label=unit, color=f"C{number % 10}",
            hatch=HATCHES[number % len(HATCHES)], edgecolor="white", error_kw={"lw": 0.9, "capsize": 2},
        )  # fmt: skip
        floor += np.nan_to_num(value)
    for place, item in zip(places, structures, strict=True):
        if not item.believed:
            ax.annotate("no solution" if item.solution is None else "rejected", (place, 0.02), rotation=90, ha="center")
        elif item.widening > 1.0:
            ax.annotate("evidence disagrees", (place, 0.02), rotation=90, ha="center", fontsize=8)
    ax.set_ylabel("fraction per network former")
    ax.set_ylim(0, 1.02 * max(1.0, float(floor.max(initial=0))))
    if units:
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=9, reverse=True)
    return figure


def plot_oxygen(structures: Sequence[Structure]) -> Figure:
    """BO/(BO + NBO) against x with its 95 % interval and what balances alone allow; glasses without oxygen are absent.

    Parameters
    ----------
    structures
        One a glass.
    """
    figure, ax = plt.subplots(figsize=FIGURE_SIZE, layout="constrained")
    quantity = "BO/(BO + NBO)"
    places, width = _places(ax, structures)
    for place, item in zip(places, structures, strict=True):
        if item.possible is None or item.supported is None or quantity not in item.supported.quantities:
            ax.annotate("no oxygen", (place, 0.02), ha="center", fontsize=8, color="0.4")
            continue
        least, greatest = item.possible.of(quantity)
        lower, upper = item.supported.of(quantity)
        ax.bar(place, greatest - least, width, bottom=least, color="0.9", label="balances alone")
        if not item.believed:
            ax.annotate("rejected", (place, 0.02), rotation=90, ha="center")
            continue
        ax.bar(place, upper - lower, 0.6 * width, bottom=lower, color="C0", alpha=0.6, label="with evidence, 95 %")
    handles = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    if handles:
        ax.legend(handles.values(), handles.keys(), frameon=False, fontsize=9)
    ax.set_ylabel(quantity)
    ax.set_ylim(0, 1.02)
    return figure


def _places(ax: Axes, structures: Sequence[Structure]) -> tuple[np.ndarray, float]:
    """Places along x, and the width of a bar; glasses without x stand side by side under their names."""
    known = [item.x for item in structures if item.x is not None]
    if len(set(known)) == len(structures) > 1:
        places = np.array(known, dtype=float)
        width = 0.7 * float(np.min(np.diff(np.sort(places))))
        ax.set_xlabel("x")
        ax.set_xlim(float(places.min()) - width, float(places.max()) + width)
        return places, width
    places = np.arange(len(structures), dtype=float)
    ax.set_xticks(places, [item.sample for item in structures])
    return places, 0.6


def _value(item: Structure, unit: str) -> tuple[float, float]:
    if item.solution is None or not item.believed or unit not in item.solution.species:
        return 0.0, np.nan
    index = item.solution.species.index(unit)
    fractions = item.solution.fractions
    return float(fractions.value.values[index]), float(fractions.sd.values[index])
