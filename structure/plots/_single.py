"""Figures of one glass: ranges, pulls, contradictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from shortrange_core import BadInput
from shortrange_core.colours import BLUE, PALE, SERIES, WARNING, colour_of
from shortrange_core.plots import Size, Style, axes_of, styled
from shortrange_core.shown_numbers import counted
from shortrange_core.written_labels import short_name
from structure.questions import Ranges
from structure.solving import Conflicts, Solution


def plot_ranges(
    balances: Ranges,
    evidence: Ranges | None = None,
    *,
    ax: Axes | None = None,
    size: Size = "two columns",
    style: Style | None = None,
) -> Axes:
    """Ranges as bars: pale for the balances alone, dark for what is left with evidence.

    Parameters
    ----------
    balances, evidence
        From :func:`structure.ranges`, of the same quantities.
    ax
        Where to draw; new axes where absent.
    size
        ``"one column"``, ``"two columns"`` or inches (width, height).
    style
        Parameters of matplotlib that differ from ours.

    Raises
    ------
    BadInput
        If the two are not about the same quantities.
    """
    if evidence is not None and evidence.quantities != balances.quantities:
        raise BadInput("the two ranges are for different quantities; give ranges of the same quantities")
    count = len(balances.quantities)
    with styled(style):
        ax = axes_of(ax, size, 0.9 + 0.22 * count)
        y = np.arange(count)[::-1]
        ax.barh(y, balances.upper - balances.lower, left=balances.lower, height=0.7, color=PALE, label="balances alone")
        if evidence is not None:
            _evidence_bars(ax, y, evidence)
        ax.set_yticks(y, [short_name(quantity, "figure") for quantity in balances.quantities])
        ax.set(xlabel="per network former", ylim=(-0.6, count - 0.4))
        ax.legend(loc="lower left", ncols=2, bbox_to_anchor=(0.0, 1.0))
    return ax


def _evidence_bars(ax: Axes, y: np.ndarray, evidence: Ranges) -> None:
    width = np.maximum(evidence.upper - evidence.lower, 0.002)
    text = f"with evidence, {100 * evidence.level:g} %" if evidence.level else "with exact statements"
    ax.barh(y, width, left=evidence.lower, height=0.4, color=BLUE, label=text)
    for row, blind in zip(y, evidence.undetermined, strict=True):
        if blind and evidence.level:
            ax.annotate("undetermined", (1.01, row), xycoords=ax.get_yaxis_transform(), va="center")


def ranges_frame(spans: Ranges) -> pd.DataFrame:
    """One row per quantity: least and greatest value, and whether the evidence leaves it open."""
    columns = {"lower": spans.lower, "upper": spans.upper, "undetermined": spans.undetermined}
    return pd.DataFrame(columns, index=pd.Index(spans.quantities, name="quantity"))


def plot_amounts(
    solution: Solution, *, ax: Axes | None = None, size: Size = "one column", style: Style | None = None
) -> Axes:
    """Amount of every species with its 95 % interval; arguments as in :func:`plot_ranges`.

    A triangle is an upper limit: the interval ends at nothing.
    """
    count = len(solution.species)
    with styled(style):
        ax = axes_of(ax, size, 0.7 + 0.2 * count)
        rows = zip(solution.species, solution.values, solution.lower, solution.upper, strict=True)
        for row, (label, value, low, high) in enumerate(rows):
            limit = low <= 0.0 < high
            ax.plot([low, high], [row, row], lw=1.4, color=colour_of(label))
            face = "white" if limit else colour_of(label)
            ax.plot(high if limit else value, row, "<" if limit else "o", ms=4, mfc=face, mec=colour_of(label))
        ax.set_yticks(range(count), [short_name(label, "figure") for label in solution.species])
        ax.invert_yaxis()
        ax.set_xlabel("per network former")
    return ax


def plot_pulls(
    solution: Solution, *, ax: Axes | None = None, size: Size = "two columns", style: Style | None = None
) -> Axes:
    """Pull of every datum, (predicted - observed)/sd, with lines at 2; arguments as in :func:`plot_ranges`."""
    pulls = solution.pulls
    values, evidence = pulls["pull"].values, [str(name) for name in pulls["evidence"].values]
    kinds = list(dict.fromkeys(evidence))
    count = values.size
    with styled(style):
        ax = axes_of(ax, size, 0.7 + 0.2 * count)
        y = np.arange(count)[::-1]
        ax.barh(y, values, color=[SERIES[kinds.index(name) % len(SERIES)] for name in evidence], height=0.7)
        for edge in (-2, 2):
            ax.axvline(edge, color="0.6", lw=0.8, ls="--")
        ax.axvline(0, color="black", lw=0.8)
        reach = max(3.0, 1.1 * float(np.max(np.abs(values), initial=0.0)))
        ax.set_yticks(y, [str(name) for name in pulls["entry"].values])
        ax.set(xlabel="pull, (predicted − observed)/sd", xlim=(-reach, reach))
        ax.set_title(f"χ² = {solution.chi2:.1f}, {counted(solution.dof, 'degree of freedom', 'degrees of freedom')}")
    return ax


def plot_conflicts(
    conflicts: Conflicts, *, ax: Axes | None = None, size: Size = "two columns", style: Style | None = None
) -> Axes:
    """Contradiction map: one column a minimal set, filled where a statement is a member; droppable ones marked.

    Arguments as in :func:`plot_ranges`.

    Raises
    ------
    BadInput
        If there is no contradiction to draw.
    """
    if not conflicts:
        raise BadInput("all statements are compatible; there is no contradiction to draw")
    members = list(dict.fromkeys(name for clash in conflicts.sets for name in clash.members))
    grid = np.array([[name in clash.members for clash in conflicts.sets] for name in members], dtype=float)
    with styled(style):
        ax = axes_of(ax, size, 0.9 + 0.3 * len(members))
        ax.pcolormesh(grid[::-1], cmap=ListedColormap(["white", WARNING]), vmin=0, vmax=1, edgecolors="0.7", lw=0.8)
        marked = [f"{name}  ●" if name in conflicts.droppable else name for name in members]
        ax.set_yticks(np.arange(len(members)) + 0.5, marked[::-1])
        ax.set_xticks(np.arange(len(conflicts.sets)) + 0.5, [f"set {i + 1}" for i in range(len(conflicts.sets))])
        ax.set_title("minimal contradicting sets (●: dropping this one resolves all)")
        ax.set_aspect("equal" if len(conflicts.sets) > 3 else "auto")
    return ax
