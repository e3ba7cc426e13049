"""Figures of structures: stacked fractions, oxygen sites, ranges, pulls, contradictions."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from shortrange_core import BadInput
from structure.questions import Ranges
from structure.solving import Conflicts, Series, Solution, value_of
from structure.units import pretty

Vector = npt.NDArray[np.float64]
_WIDTH = 7.0
_COLOURS = plt.get_cmap("tab20").colors  # type: ignore[attr-defined]


def _axes(axes: Axes | None, height: float = 4.5) -> Axes:
    return axes if axes is not None else plt.subplots(figsize=(_WIDTH, height), layout="constrained")[1]


def _name(label: str) -> str:
    return f"${pretty(label, 'latex')}$"


def plot_fractions(series: Series, *, axes: Axes | None = None, level: float = 0.95) -> Axes:
    """Stacked fractions of all units against x, with the interval of every boundary between two of them.

    Parameters
    ----------
    series
        From :func:`structure.solve_series`.
    axes
        Where to draw.
    level
        Of the intervals.

    Raises
    ------
    BadInput
        If the series has a single glass.
    """
    if len(series.solutions) < 2:
        raise BadInput("a stack against x needs at least two glasses; plot the ranges of a single one")
    axes = _axes(axes)
    units = [
        s
        for s, kind in zip(series.species, series.solutions[0].fractions.facets["kind"], strict=True)
        if kind == "unit"
    ]
    x = series.x
    bottom = np.zeros(x.size)
    for index, label in enumerate(units):
        sums = [value_of(s, " + ".join(units[: index + 1])) for s in series.solutions]
        top = np.array([s.value.item() for s in sums])
        axes.fill_between(x, bottom, top, color=_COLOURS[index % 20], label=_name(label), lw=0)
        if index < len(units) - 1:
            ends = np.array([s.interval(level).values[0] for s in sums])
            reach = np.nan_to_num(np.clip(np.stack([top - ends[:, 0], ends[:, 1] - top]), 0, None))
            axes.errorbar(x, top, yerr=reach, fmt="none", ecolor="black", elinewidth=0.8, capsize=2, clip_on=False)
        bottom = top
    axes.set(xlabel="x", ylabel="fraction of network formers", xlim=(x[0], x[-1]), ylim=(0, 1))
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize="small", reverse=True, frameon=False)
    return axes


def plot_sites(series: Series, *, axes: Axes | None = None, level: float = 0.95) -> Axes:
    """BO, NBO and free oxide per former against x, and BO/(BO + NBO) on a second axis."""
    axes = _axes(axes)
    x = series.x
    for name, colour in (("BO", "tab:red"), ("NBO", "tab:blue"), ("oxide", "tab:gray")):
        found = [value_of(s, name) for s in series.solutions]
        _line(axes, x, [f.value.item() for f in found], [f.interval(level).values[0] for f in found], (name, colour))
    share = [(xi, s.sites) for xi, s in zip(x, series.solutions, strict=True) if s.sites is not None]
    share = [(xi, s) for xi, s in share if "BO/(BO + NBO)" in s.entries]
    axes.set(xlabel="x", ylabel="oxygen per network former")
    handles, labels = axes.get_legend_handles_labels()
    if share:
        right = axes.twinx()
        picked = [s.select(["BO/(BO + NBO)"]) for _, s in share]
        ends = [p.interval(level).values[0] for p in picked]
        values = [p.value.item() for p in picked]
        _line(right, np.array([xi for xi, _ in share]), values, ends, ("BO/(BO + NBO)", "tab:green"))
        right.set(ylabel="BO/(BO + NBO)", ylim=(0, 1))
        more, names = right.get_legend_handles_labels()
        handles, labels = handles + more, labels + names
    axes.set_ylim(bottom=0)
    axes.legend(handles, labels, frameon=False, fontsize="small")
    return axes


def _line(axes: Axes, x: Vector, values: Sequence[float], ends: Sequence[Vector], style: tuple[str, str]) -> None:
    label, colour = style
    middle, bounds = np.array(values), np.array(ends)
    reach = np.nan_to_num(np.clip(np.stack([middle - bounds[:, 0], bounds[:, 1] - middle]), 0, None))
    axes.errorbar(x, middle, yerr=reach, marker="o", ms=4, capsize=3, lw=1.2, color=colour, label=label)


def plot_ranges(balances: Ranges, evidence: Ranges | None = None, *, axes: Axes | None = None) -> Axes:
    """Ranges as bars: pale for the balances alone, dark for what is left with evidence.

    Raises
    ------
    BadInput
        If the two are not about the same quantities.
    """
    if evidence is not None and evidence.quantities != balances.quantities:
        raise BadInput("the two ranges are about different quantities; ask both for the same")
    count = len(balances.quantities)
    axes = _axes(axes, 0.9 + 0.32 * count)
    y = np.arange(count)[::-1]
    axes.barh(y, balances.upper - balances.lower, left=balances.lower, height=0.7, color="0.85", label="balances alone")
    if evidence is not None:
        width = np.maximum(evidence.upper - evidence.lower, 0.002)
        text = f"with evidence, {100 * evidence.level:g} %" if evidence.level else "with exact statements"
        axes.barh(y, width, left=evidence.lower, height=0.4, color="tab:blue", label=text)
        for row, blind in zip(y, evidence.undetermined, strict=True):
            if blind and evidence.level:
                axes.text(
                    1.01, row, "undetermined", va="center", fontsize="small", transform=axes.get_yaxis_transform()
                )
    axes.set_yticks(y, [_name(q) if ":" in q and " " not in q else q for q in balances.quantities])
    axes.set(xlabel="per network former", ylim=(-0.6, count - 0.4))
    axes.legend(loc="lower left", ncols=2, fontsize="small", bbox_to_anchor=(0.0, 1.0), frameon=False)
    return axes


def plot_pulls(solution: Solution, *, axes: Axes | None = None) -> Axes:
    """Pull of every datum, (predicted - observed)/sd, with lines at 2."""
    pulls = solution.pulls
    count = pulls.sizes["entry"]
    axes = _axes(axes, 0.9 + 0.28 * count)
    y = np.arange(count)[::-1]
    names = [str(n) for n in pulls["entry"].values]
    kinds = list(dict.fromkeys(str(e) for e in pulls["evidence"].values))
    colours = [_COLOURS[2 * kinds.index(str(e)) % 20] for e in pulls["evidence"].values]
    axes.barh(y, pulls["pull"].values, color=colours, height=0.7)
    for edge in (-2, 2):
        axes.axvline(edge, color="0.6", lw=0.8, ls="--")
    axes.axvline(0, color="black", lw=0.8)
    reach = max(3.0, 1.1 * float(np.max(np.abs(pulls["pull"].values), initial=0.0)))
    axes.set_yticks(y, names)
    axes.set(xlabel="pull, (predicted − observed)/sd", xlim=(-reach, reach))
    axes.set_title(f"χ² = {solution.chi2:.1f}, {solution.dof} degrees of freedom", fontsize="medium")
    return axes


def plot_conflicts(conflicts: Conflicts, *, axes: Axes | None = None) -> Axes:
    """Contradiction map: one column a minimal set, filled where a statement is a member; droppable ones marked.

    Raises
    ------
    BadInput
        If there is no contradiction to draw.
    """
    if not conflicts:
        raise BadInput("all statements can hold together; there is no contradiction to draw")
    members = list(dict.fromkeys(name for found in conflicts.sets for name in found.members))
    grid = np.array([[name in found.members for found in conflicts.sets] for name in members], dtype=float)
    axes = _axes(axes, 1.2 + 0.4 * len(members))
    axes.pcolormesh(grid[::-1], cmap=ListedColormap(["white", "tab:red"]), vmin=0, vmax=1, edgecolors="0.7", lw=0.8)
    marked = [f"{name}  ●" if name in conflicts.droppable else name for name in members]
    axes.set_yticks(np.arange(len(members)) + 0.5, marked[::-1])
    axes.set_xticks(np.arange(len(conflicts.sets)) + 0.5, [f"set {i + 1}" for i in range(len(conflicts.sets))])
    axes.set_title("minimal contradicting sets (●: dropping this one settles all)", fontsize="medium")
    axes.set_aspect("equal" if len(conflicts.sets) > 3 else "auto")
    return axes
