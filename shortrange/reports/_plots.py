"""Pictures of a whole series: fractions in a stack, every amount with its interval, bridging oxygen against x."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from shortrange import exports
from shortrange.results import BASE, Analysis, Structure
from shortrange_core.colours import BLUE, GREY, PALE, colour_of
from shortrange_core.plots import Size, Style, axes_of, inches, styled
from shortrange_core.written_labels import short_name
from structure.plots import place_glasses, plot_stack

COLUMNS = 4
ROOM = 1.12  # of the highest interval: what a panel shows above it
HALF_PANEL = 0.02
SHARE = "BO/(BO + NBO)"
PLAIN: Mapping[str, Any] = {"color": GREY, "ls": "none", "ms": 4}
PAPER: Mapping[str, Any] = {"boxstyle": "square,pad=0.15", "facecolor": "white", "linewidth": 0}
"""Under words that would stand on a dark bar."""


def plot_fractions(
    structures: Sequence[Structure], *, ax: Axes | None = None, size: Size = "two columns", style: Style | None = None
) -> Figure:
    """Stacked fractions of the structural units against x, as in a mole-fraction diagram; free species are left out.

    Parameters
    ----------
    structures
        One per glass; those without a solution leave a gap that is named.
    ax
        Where to draw; new axes where absent.
    size
        ``"one column"``, ``"two columns"`` or inches (width, height).
    style
        Parameters of matplotlib that differ from ours.
    """
    names = [item.sample for item in structures]
    solutions = [item.solution if item.believed else None for item in structures]
    with styled(style):
        ax = plot_stack(solutions, names, x=_known_x(structures), ax=ax, size=size, style=style)
        places, _ = place_glasses(ax, names, _known_x(structures))
        for place, item in zip(places, structures, strict=True):
            standing = _standing(item)
            if standing:
                ax.annotate(standing, (place, 0.02), rotation=90, ha="center", color="black", bbox=PAPER)
    return _figure(ax)


def plot_analysis(analysis: Analysis) -> Figure:
    """The fractions of an analysis as its recipe reads the lines; see :func:`plot_fractions`."""
    return plot_fractions([item for item in analysis.structures if item.reading == BASE])


def _standing(item: Structure) -> str:
    if not item.believed:
        return "no solution" if item.solution is None else "rejected"
    marks = ("a misfit, in doubt" if item.doubt else "", "evidence disagrees" if item.widening > 1.0 else "")
    return "; ".join(mark for mark in marks if mark)


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def _known_x(structures: Sequence[Structure]) -> list[float] | None:
    """Places of the glasses where every one has its own."""
    places = [item.x for item in structures if item.x is not None]
    return places if len(set(places)) == len(structures) > 1 else None


def plot_amounts(structures: Sequence[Structure], *, size: Size = "two columns", style: Style | None = None) -> Figure:
    """Every amount against x in a panel of its own, with its 95 % interval; "at most" and "at least" as arrows.

    Pale: what the balances alone allow. A triangle stands at a limit, its line reaches to where the balances end; a
    dashed bar is a range that the data leave open; a cross is a value that the balances fix.

    Parameters
    ----------
    structures
        One per glass.
    size, style
        As in :func:`plot_fractions`.
    """
    frame = exports.fractions_table([item for item in structures if item.believed])
    rows = frame.to_dict("records") if "lower" in frame else []
    asked = asked_quantities(rows)
    with styled(style):
        lines = max(1, math.ceil(len(asked) / COLUMNS))
        figure = plt.figure(figsize=inches(size, 0.5 + 1.45 * lines), layout="constrained")
        axes = figure.subplots(lines, min(COLUMNS, max(1, len(asked))), squeeze=False, sharex=True)
        panels = axes.flatten()
        for number, (panel, quantity) in enumerate(zip(panels, asked, strict=False)):
            _panel(panel, structures, [row for row in rows if row["quantity"] == quantity])
            panel.set_title(short_name(quantity, "figure"))
            if number + COLUMNS < len(asked):
                panel.set_xlabel("")
            panel.tick_params(labelbottom=number + COLUMNS >= len(asked))
        for panel in panels[len(asked) :]:
            panel.set_axis_off()
        for row_of_panels, quantity in zip(axes, asked[::COLUMNS], strict=False):
            row_of_panels[0].set_ylabel("share" if quantity == SHARE else "per former")
        doubts = [Line2D([], [], marker="$?$", label="on a misfit", **PLAIN)] if any(r["misfits"] for r in rows) else []
        figure.legend(handles=[*_marks(), *doubts], loc="outside lower center", ncols=5 + len(doubts))
    return figure


def asked_quantities(rows: Sequence[Mapping[Any, Any]]) -> list[str]:
    """Quantities of a table of fractions in the order of the glass that has most; BO and NBO by their share alone."""
    return [name for name in exports.quantities_of(rows) if name not in ("BO", "NBO", "oxide")]


def _panel(ax: Axes, structures: Sequence[Structure], rows: Sequence[Mapping[Any, Any]]) -> None:
    names = [item.sample for item in structures]
    places, width = place_glasses(ax, names, _known_x(structures))
    at = dict(zip(names, places.tolist(), strict=True))
    quantity = str(rows[0]["quantity"])
    colour = colour_of("BO" if quantity == SHARE else quantity)
    for row in rows:
        place = at[row["sample"]]
        ax.bar(place, row["greatest"] - row["least"], 0.6 * width, bottom=row["least"], color=PALE, lw=0, zorder=0)
        _amount(ax, place, row, colour)
        if row["misfits"]:
            ax.annotate("?", (place, row["upper"]), (0, 2), textcoords="offset points", ha="center", va="bottom")
    top = max((row["upper"] for row in rows if row["upper"] == row["upper"]), default=1.0)
    ax.set_ylim(-HALF_PANEL * top, ROOM * top if top > 0 else 1.0)


def _amount(ax: Axes, place: float, row: Mapping[Any, Any], colour: str) -> None:
    low, high, verdict = row["lower"], row["upper"], row["verdict"]
    if verdict == exports.FIXED:
        ax.plot(place, row["least"], "x", color="black", ms=4)
    elif verdict == exports.DETERMINED:
        ends = [[max(row["value"] - low, 0.0)], [max(high - row["value"], 0.0)]]
        ax.errorbar(place, row["value"], yerr=ends, fmt="o", ms=3.5, lw=1.2, capsize=2, color=colour)
    elif verdict == exports.UNDETERMINED:
        ax.plot([place, place], [low, high], ls=(0, (2, 1.5)), lw=1.2, color=colour)
    else:
        marker = "v" if verdict == exports.AT_MOST else "^"
        limit = high if verdict == exports.AT_MOST else low
        ax.plot([place, place], [low, high], lw=0.8, color=colour)
        ax.plot(place, limit, marker, ms=5, mfc="white", mec=colour, mew=1.0)


def _marks() -> list[Line2D | Patch]:
    return [
        Line2D([], [], marker="o", label="determined, 95 %", **PLAIN),
        Line2D([], [], marker="v", mfc="white", label="at most", **PLAIN),
        Line2D([], [], color=GREY, ls=(0, (2, 1.5)), label="undetermined"),
        Line2D([], [], marker="x", label="fixed by the balances", **PLAIN),
        Patch(facecolor=PALE, label="balances alone", lw=0),
    ]


def holds_oxygen(item: Structure) -> bool:
    """Whether the balances of a glass have oxygen that bridges or not."""
    return item.possible is not None and SHARE in item.possible.quantities


def plot_oxygen(
    structures: Sequence[Structure], *, ax: Axes | None = None, size: Size = "one column", style: Style | None = None
) -> Figure:
    """BO/(BO + NBO) against x with its 95 % interval and what balances alone allow; glasses without oxygen are absent.

    Parameters
    ----------
    structures
        One per glass.
    ax, size, style
        As in :func:`plot_fractions`.
    """
    with styled(style):
        ax = axes_of(ax, size, 2.6)
        places, width = place_glasses(ax, [item.sample for item in structures], _known_x(structures))
        for place, item in zip(places, structures, strict=True):
            if item.possible is not None and not holds_oxygen(item):
                ax.annotate("no oxygen", (place, 0.02), ha="center", color=GREY, fontsize=6)
                continue
            if item.possible is not None:
                least, greatest = item.possible.of(SHARE)
                ax.bar(place, greatest - least, width, bottom=least, color=PALE, label="balances alone")
            if not item.believed or item.supported is None:
                ax.annotate(_standing(item), (place, 0.02), rotation=90, ha="center")
                continue
            lower, upper = item.supported.of(SHARE)
            ax.bar(place, upper - lower, 0.6 * width, bottom=lower, color=BLUE, label="with evidence, 95 %")
            if item.doubt:
                ax.annotate("a misfit, in doubt", (place, 0.02), rotation=90, ha="center", bbox=PAPER)
        handles = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
        if handles:
            ax.legend(handles.values(), handles.keys(), loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
        ax.set(ylabel=SHARE, ylim=(0, 1.02))
    return _figure(ax)
