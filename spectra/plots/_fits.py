"""A fit and a series of fits as a paper prints them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from shortrange_core.colours import GREY, PALE, WARNING
from shortrange_core.errors import BadInput
from shortrange_core.plots import Size, Style, inches, styled
from spectra.fits import Fit, ending_of, quality_of
from spectra.plots._axes import REVERSED, set_axis
from spectra.plots._views import Array, Trace, factor_of, shares, trace_of

POINT: dict[str, Any] = {"ls": "none", "marker": "o", "ms": 1.6, "mew": 0, "color": "0.45"}
STEP = 1.15  # distance of two spectra of a stack, in heights of the highest line
UNITLESS = ("arbitrary", "", "1")
NARROW = 5.0  # inches: below, the legend stands under the figure
TITLE_LINE = (45, 70)  # most letters of a line of a title, in a narrow figure and beside the legend of a wide one


def plot_fit(
    fit: Fit,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    size: Size = "two columns",
    style: Style | None = None,
) -> Figure:
    """Plot data as points, filled lines over the background, the model, and the residual in units of the noise.

    The window is where the lines are; a strip above shows the whole spectrum where that leaves something out, with its
    sidebands marked by asterisks. Lines below 8 % of the highest stand once more in a magnified panel. Behind every
    name: its share of the assigned area with the sd of the last two digits. Where the fit has the note ``misfit`` the
    run of residuals that stands out most is marked.

    Parameters
    ----------
    fit
        A fit of one spectrum.
    ax
        Axes to draw data, lines and model into, without the other panels; a new figure where absent.
    title
        Title; technique, sample and quality of the fit where absent.
    size
        ``"one column"``, ``"two columns"`` or inches (width, height).
    style
        Parameters of matplotlib that differ from ours.

    Raises
    ------
    BadInput
        If ``size`` names no column.
    """
    with styled(style):
        trace, wide = trace_of(fit), inches(size, 1.0)[0] >= NARROW
        heading = title if title is not None else _title(fit, TITLE_LINE[wide])
        if ax is not None:
            _lines(ax, trace, 1.0)
            _finish(ax, fit, trace, heading)
            ax.legend(handles=_handles([trace], fit.model.axis, shares(fit)), loc="best")
            figure = ax.get_figure(root=True)
            assert figure is not None
            return figure
        factor = factor_of([trace])
        heights = {"strip": 0.55 * trace.hides, "main": 3.0, "minor": 1.3 * (factor > 1), "residual": 0.75}
        rows = {name: height for name, height in heights.items() if height}
        figure = plt.figure(figsize=inches(size, 0.9 + 0.72 * sum(rows.values())), layout="constrained")
        panels = figure.subplot_mosaic([[name] for name in rows], height_ratios=list(rows.values()))
        _strip(panels, fit, trace)
        _lines(panels["main"], trace, 1.0)
        if factor == 1:
            _asterisks(panels["main"], trace, trace.model)
        _finish(panels["main"], fit, trace, heading if not trace.hides else "")
        if trace.hides:
            panels["strip"].set_title(heading)
        _minor(panels, trace, factor)
        _residual(panels, fit, trace)
        place = {"loc": "outside right upper"} if wide else {"loc": "outside lower center", "ncols": 2}
        figure.legend(handles=_handles([trace], fit.model.axis, shares(fit)), **place)
        return figure


def _lines(ax: Axes, trace: Trace, scale: float, *, floor: float = 0.0, flat: bool = False) -> None:
    """Points, filled lines and model inside the window; ``flat`` takes the background off, ``floor`` lifts all."""
    inside = trace.inside
    x, base = trace.x[inside], trace.background[inside]
    zero = base if flat else np.zeros_like(base)
    bottom = floor + scale * (base - zero)
    ax.plot(x, floor + scale * (trace.data[inside] - zero), **POINT, zorder=2)
    for name, component in trace.components.items():
        top, colour = bottom + scale * component[inside], trace.colours[name]
        ax.fill_between(x, bottom, top, color=colour, alpha=0.55, lw=0, zorder=1)
        ax.plot(x, top, color=colour, lw=0.6, zorder=1.5)
    if not flat:
        ax.plot(x, bottom, color=GREY, lw=0.6, ls=(0, (4, 2)), zorder=2)
    ax.plot(x, floor + scale * (trace.model[inside] - zero), color="black", lw=0.8, zorder=3)


def _finish(ax: Axes, fit: Fit, trace: Trace, title: str) -> None:
    unit = fit.spectrum["intensity"].attrs.get("units", "arbitrary")
    ax.set_ylabel(f"intensity ({'arb. units' if unit in UNITLESS else unit})")
    ax.set_title(title)
    set_axis(ax, fit.model.axis, *trace.window)
    if unit in UNITLESS:
        ax.set_yticks([])
    _mark(ax, fit, trace, "missed")


def _strip(panels: dict[str, Axes], fit: Fit, trace: Trace) -> None:
    """The whole spectrum: what the window shows shaded, sidebands under asterisks."""
    if not trace.hides:
        return
    ax = panels["strip"]
    ax.plot(trace.x, trace.data, color=GREY, lw=0.5)
    ax.axvspan(*trace.window, color=PALE, lw=0, zorder=0)
    _asterisks(ax, trace, trace.model)
    top = float(trace.data.max() - trace.data.min())
    ax.set_ylim(float(trace.data.min()) - 0.05 * top, float(trace.data.max()) + 0.1 * top)
    ax.set_yticks([])
    set_axis(ax, fit.model.axis, float(trace.x[0]), float(trace.x[-1]))
    ax.set_xlabel("")


def _asterisks(ax: Axes, trace: Trace, curve: Array) -> None:
    """Sidebands of the lines, marked above the curve that is drawn."""
    for place in trace.sidebands:
        at = (place, float(np.interp(place, trace.x, curve)))
        ax.annotate("*", at, xytext=(0, 2), textcoords="offset points", ha="center", annotation_clip=True)


def _minor(panels: dict[str, Axes], trace: Trace, factor: int) -> None:
    if factor == 1:
        return
    ax = panels["minor"]
    _lines(ax, trace, 1.0, flat=True)
    _asterisks(ax, trace, trace.model - trace.background)
    noise = float(np.median(trace.noise[trace.inside]))
    ax.set_ylim(-max(4 * noise, 0.04 * trace.height / factor), 1.05 * trace.height / factor)
    ax.text(0.01, 0.93, f"$\\times\\,{factor}$", transform=ax.transAxes, va="top", fontweight="bold")
    ax.set_yticks([])
    ax.sharex(panels["main"])
    ax.tick_params(labelbottom=False)


def _residual(panels: dict[str, Axes], fit: Fit, trace: Trace) -> None:
    ax, inside = panels["residual"], trace.inside
    sds = ((trace.data - trace.model) / trace.noise)[inside]
    ax.axhspan(-2, 2, color=PALE, lw=0, zorder=0)
    ax.axhline(0, color="black", lw=0.5)
    ax.plot(trace.x[inside], sds, **POINT)
    reach = max(4.0, 1.1 * float(np.max(np.abs(sds), initial=0.0)))
    ax.set_ylim(-reach, reach)
    ax.set_ylabel("residual\n(sd)")
    set_axis(ax, fit.model.axis, *trace.window)
    panels["main"].set_xlabel("")
    panels["main"].sharex(ax)
    panels["main"].tick_params(labelbottom=False)
    _mark(ax, fit, trace, "")


def _mark(ax: Axes, fit: Fit, trace: Trace, text: str) -> None:
    """Where the model misses the data most."""
    if not fit.missed:
        return
    half = float(trace.x[-1] - trace.x[0]) / (2 * (trace.x.size - 1))
    low, high = fit.missed[0] - half, fit.missed[1] + half
    ax.axvspan(low, high, color=WARNING, alpha=0.2, lw=0, zorder=0)
    ax.annotate(
        text, ((low + high) / 2, 0.98), xycoords=("data", "axes fraction"), ha="center", va="top", color=WARNING
    )


def _handles(traces: Sequence[Trace], axis: str, share: dict[str, str]) -> list[Patch]:
    """One patch a kind of line, from left to right."""
    patches: dict[str, Patch] = {}
    for trace in traces:
        tops = {name: trace.x[int(np.argmax(part))] for name, part in trace.components.items()}
        for name in sorted(tops, key=lambda name: tops[name], reverse=axis in REVERSED):
            if not trace.names[name]:
                continue
            label = "  ".join(part for part in (trace.names[name], share.get(name, "")) if part)
            patches.setdefault(label, Patch(facecolor=trace.colours[name], alpha=0.7, lw=0, label=label))
    return list(patches.values())


def _title(fit: Fit, most: int) -> str:
    coords = fit.spectrum.coords
    named = [str(coords[name].item()) for name in ("sample", "technique") if name in coords]
    return textwrap.fill(", ".join((*filter(None, named), quality_of(fit, "$\\chi^2$"), ending_of(fit))), most)


def plot_stack(
    fits: Sequence[Fit],
    names: Sequence[str],
    *,
    ax: Axes | None = None,
    size: Size = "two columns",
    style: Style | None = None,
) -> Figure:
    """Plot a series of one technique: spectra stacked, without background, each scaled to its highest line.

    Where minor lines need it, a second panel shows all of them magnified and cut at the next spectrum. Sidebands inside
    the window are under asterisks.

    Parameters
    ----------
    fits
        Fits over the same axis, drawn from the bottom.
    names
        One a fit.
    ax
        To draw on, without the magnified panel and without a legend; a new figure where absent.
    size, style
        As in :func:`plot_fit`; the size is that of a new figure.

    Raises
    ------
    BadInput
        If there is no fit, or the axes differ.
    """
    axes = {fit.model.axis for fit in fits}
    if len(axes) != 1 or len(names) != len(fits):
        raise BadInput(
            f"a stack of {len(fits)} fits, {len(names)} names, over {', '.join(sorted(axes)) or 'no axis'}; give fits "
            "of one technique, and a name for each"
        )
    with styled(style):
        traces = [trace_of(fit) for fit in fits]
        factor = factor_of(traces) if ax is None else 1
        low, high = min(t.window[0] for t in traces), max(t.window[1] for t in traces)
        traces = [trace.over(low, high) for trace in traces]
        right = _right_is_emptier(traces, fits[0].model.axis)
        figure, panels = _panels(ax, inches(size, 1.1 + 0.85 * len(fits)), 2 if factor > 1 else 1)
        for panel, scale in zip(panels, (1, factor), strict=False):
            for level, (trace, name) in enumerate(zip(traces, names, strict=True)):
                _level(panel, trace, scale, level * STEP)
                if scale == factor:
                    _asterisks(panel, trace, _raised(trace, scale, level * STEP))
                if scale == 1:
                    _say(panel, name, level, right)
            panel.set_yticks([])
            panel.set_ylim(-0.12, STEP * len(fits) + 0.05)
            set_axis(panel, fits[0].model.axis, low, high)
            if factor > 1:
                panel.set_title(f"$\\times\\,{scale}$" if scale > 1 else "")
        panels[0].set_ylabel("intensity above the background")
        if ax is None:
            columns = 2 if figure.get_figwidth() < NARROW else 5
            figure.legend(handles=_handles(traces, fits[0].model.axis, {}), loc="outside lower center", ncols=columns)
        return figure


def _panels(ax: Axes | None, size: tuple[float, float], count: int) -> tuple[Figure, list[Axes]]:
    """The axes that are given, or new ones side by side, with their figure."""
    if ax is None:
        figure = plt.figure(figsize=size, layout="constrained")
        return figure, list(figure.subplots(1, count, squeeze=False, sharey=True)[0])
    whole = ax.get_figure(root=True)
    if whole is None:
        raise BadInput("ax belongs to no figure; give axes of a figure")
    return whole, [ax]


def _say(ax: Axes, name: str, level: int, right: bool) -> None:
    place, side = (0.985, "right") if right else (0.015, "left")
    ax.annotate(name, (place, level * STEP + 0.08), xycoords=ax.get_yaxis_transform(), ha=side)


def _right_is_emptier(traces: Sequence[Trace], axis: str) -> bool:
    """On which side of a stack its names stand in nobody's way."""
    ends = []
    for trace in traces:
        lines = (trace.model - trace.background)[trace.inside] / (trace.height or 1.0)
        edge = max(1, lines.size // 6)
        ends.append((float(lines[:edge].max()), float(lines[-edge:].max())))
    low, high = (max(side) for side in zip(*ends, strict=True))
    return bool(low <= high if axis in REVERSED else high <= low)


def _raised(trace: Trace, scale: float, floor: float) -> Array:
    """The model of one spectrum of a stack, as :func:`_level` draws it: cut below the next."""
    return np.minimum(floor + scale * (trace.model - trace.background) / (trace.height or 1.0), floor + STEP - 0.2)


def _level(ax: Axes, trace: Trace, scale: float, floor: float) -> None:
    """One spectrum of a stack; what a magnified one has above the next floor is cut."""
    before = [*ax.lines, *ax.collections]
    _lines(ax, trace, scale / (trace.height or 1.0), floor=floor, flat=True)
    box = Rectangle((0, floor - 0.12), 1, STEP, transform=ax.get_yaxis_transform())
    for artist in [*ax.lines, *ax.collections]:
        if artist not in before and scale > 1:
            artist.set_clip_path(box.get_path(), box.get_transform())
