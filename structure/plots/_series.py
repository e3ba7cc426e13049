"""Figures of a series: fractions in a stack with the intervals of its boundaries, oxygen sites."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from shortrange_core import BadInput
from shortrange_core.colours import GREEN, colour_of
from shortrange_core.plots import Size, Style, axes_of, styled
from shortrange_core.written_labels import short_name
from structure.solving import Series, Solution, value_of

Vector = npt.NDArray[np.float64]
AT_ZERO = 1e-9


def plot_fractions(
    series: Series,
    *,
    ax: Axes | None = None,
    level: float = 0.95,
    size: Size = "two columns",
    style: Style | None = None,
) -> Axes:
    """Fractions of all units against x in a stack, with the interval of every boundary; see :func:`plot_stack`.

    Parameters
    ----------
    series
        From :func:`structure.solve_series`.
    ax
        Where to draw; new axes where absent.
    level
        Of the intervals.
    size
        ``"one column"``, ``"two columns"`` or inches (width, height).
    style
        Parameters of matplotlib that differ from ours.

    Raises
    ------
    BadInput
        If the series has a single glass.
    """
    if len(series.solutions) < 2:
        raise BadInput("a stack against x needs at least two glasses; plot the ranges of a single one")
    return plot_stack(series.solutions, series.names, x=series.x, ax=ax, level=level, size=size, style=style)


def plot_stack(
    solutions: Sequence[Solution | None],
    names: Sequence[str],
    *,
    x: npt.ArrayLike | None = None,
    ax: Axes | None = None,
    level: float = 0.95,
    size: Size = "two columns",
    style: Style | None = None,
) -> Axes:
    """Fractions of the structural units of every glass in a stack; free species are left out.

    The error bar at a boundary is the interval of the sum of all units below it, made from their covariance: the sd of
    one unit says nothing about where its end lies on top of others. Hatched bands are units whose interval ends at 0:
    the data allow at most that much and no less than nothing.

    Parameters
    ----------
    solutions
        One per glass; None leaves a gap.
    names
        Of the glasses.
    x
        Places of the glasses; side by side under their names where absent.
    ax, level, size, style
        As in :func:`plot_fractions`.
    """
    with styled(style):
        ax = axes_of(ax, size, 3.0)
        places, width = place_glasses(ax, names, x)
        units = _units(solutions)
        for place, solution in zip(places, solutions, strict=True):
            if solution is not None:
                _bar(ax, (place, width), solution, [unit for unit in units if unit in solution.species], level)
        ax.set(ylabel="fraction of network formers", ylim=(0, 1))
        handles = [Patch(facecolor=colour_of(unit), label=short_name(unit, "figure"), lw=0) for unit in units[::-1]]
        if any(_at_most(s, unit) for s in solutions if s is not None for unit in units if unit in s.species):
            handles.append(Patch(facecolor="white", edgecolor="0.3", hatch="/////", label="at most", lw=0.4))
        ax.legend(handles=handles, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def place_glasses(ax: Axes, names: Sequence[str], x: npt.ArrayLike | None) -> tuple[Vector, float]:
    """Places of glasses along an axis, and the width of a bar; the axis gets its title or their names."""
    places = np.asarray(x if x is not None else range(len(names)), dtype=float)
    if x is None or len(set(places.tolist())) < len(names):
        places = np.arange(len(names), dtype=float)
        ax.set_xticks(places, names)
        return places, 0.6
    gap = float(np.min(np.diff(np.sort(places)))) if len(names) > 1 else 1.0
    ax.set_xlabel("x")
    ax.set_xticks(places, [f"{place:g}" for place in places])
    ax.set_xlim(float(places.min()) - 0.55 * gap, float(places.max()) + 0.55 * gap)
    return places, 0.75 * gap


def _units(solutions: Sequence[Solution | None]) -> list[str]:
    """Units of all glasses in the order of the glass that has most of them."""
    units: dict[str, None] = {}
    for solution in sorted((s for s in solutions if s is not None), key=lambda s: -len(s.species)):
        kinds = solution.fractions.facets["kind"]
        units |= {s: None for s, kind in zip(solution.species, kinds, strict=True) if kind == "unit"}
    return list(units)


def _at_most(solution: Solution, unit: str) -> bool:
    at = solution.species.index(unit)
    return bool(solution.lower[at] <= AT_ZERO and solution.upper[at] > AT_ZERO)


def _bar(ax: Axes, at: tuple[float, float], solution: Solution, units: Sequence[str], level: float) -> None:
    """One glass: bands from the bottom, boundaries side by side so that none hides another."""
    (place, width), floor = at, 0.0
    for number, unit in enumerate(units):
        summed = value_of(solution, " + ".join(units[: number + 1]))
        top = float(summed.value.item())
        hatch = "/////" if _at_most(solution, unit) else None
        ax.bar(place, top - floor, width, bottom=floor, color=colour_of(unit), edgecolor="white", lw=0.5, hatch=hatch)
        if number < len(units) - 1:
            ends = np.clip(summed.interval(level).values[0], 0.0, 1.0)
            ends = np.where(np.isfinite(ends), ends, (0.0, 1.0))  # one of many that agree as well
            across = place + width * ((number + 1) / len(units) - 0.5)
            reach = np.clip([[top - ends[0]], [ends[1] - top]], 0, None)
            for colour, thick in (("white", 2.0), ("black", 0.8)):  # seen on dark and on pale bands
                ax.errorbar(across, top, yerr=reach, fmt="none", ecolor=colour, elinewidth=thick, capsize=1.5)
        floor = top


def plot_sites(
    series: Series,
    *,
    ax: Axes | None = None,
    level: float = 0.95,
    size: Size = "two columns",
    style: Style | None = None,
) -> Axes:
    """BO, NBO and free oxide per former against x, and BO/(BO + NBO) on a second axis.

    Arguments as in :func:`plot_fractions`.
    """
    with styled(style):
        ax = axes_of(ax, size, 3.0)
        x = series.x
        for name in ("BO", "NBO", "oxide"):
            amounts = [value_of(s, name) for s in series.solutions]
            ends = [f.interval(level).values[0] for f in amounts]
            _line(ax, x, [f.value.item() for f in amounts], ends, (name, colour_of(name)))
        ax.set(xlabel="x", ylabel="oxygen per network former")
        handles, labels = ax.get_legend_handles_labels()
        share = [(xi, s.sites) for xi, s in zip(x, series.solutions, strict=True) if s.sites is not None]
        share = [(xi, s) for xi, s in share if "BO/(BO + NBO)" in s.entries]
        if share:
            right = ax.twinx()
            picked = [s.select(["BO/(BO + NBO)"]) for _, s in share]
            ends = [p.interval(level).values[0] for p in picked]
            values = [p.value.item() for p in picked]
            _line(right, np.array([xi for xi, _ in share]), values, ends, ("BO/(BO + NBO)", GREEN))
            right.set(ylabel="BO/(BO + NBO)", ylim=(0, 1))
            right_handles, names = right.get_legend_handles_labels()
            handles, labels = handles + right_handles, labels + names
        ax.set_ylim(bottom=0)
        ax.legend(handles, labels)
    return ax


def _line(ax: Axes, x: Vector, values: Sequence[float], ends: Sequence[Vector], style: tuple[str, str]) -> None:
    label, colour = style
    middle, bounds = np.array(values), np.array(ends)
    middle = np.where(np.isfinite(bounds).all(axis=1), middle, np.nan)  # one of many that agree as well is no point
    reach = np.nan_to_num(np.clip(np.stack([middle - bounds[:, 0], bounds[:, 1] - middle]), 0, None))
    ax.errorbar(x, middle, yerr=reach, marker="o", ms=4, capsize=3, lw=1.2, color=colour, label=label)
