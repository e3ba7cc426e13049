"""All regions of a sample in one figure."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shortrange_core.colours import GREY, PALE
from shortrange_core.plots import Size, Style, inches, styled
from spectra.plots._axes import set_axis
from spectra.plots._fits import POINT, plot_fit
from spectra.xps import Sample

COLUMNS = 3
HEIGHT = 2.3
"""Inches of a row of panels."""
ROOM, ROOM_A_LINE, LETTERS = 0.05, 0.11, 5.5
"""Room over the lines as a share of their height, that of a row of the legend, and the size of its letters."""


def plot_regions(sample: Sample, *, size: Size = "two columns", style: Style | None = None) -> Figure:
    """Plot every region with its lines over the background, by decreasing binding energy, three per row.

    Of a level without lines: what lies over its background.

    Parameters
    ----------
    sample
        As :func:`spectra.xps.sample` gives it.
    size
        ``"one column"``, ``"two columns"`` or inches (width, height).
    style
        Parameters of matplotlib that differ from ours.

    Raises
    ------
    BadInput
        If ``size`` names no column.
    """
    axis = "binding_energy"
    spectra = {level: one.spectrum for level, one in sample.fits.items()} | dict(sample.integrated)
    ordered = sorted(spectra, key=lambda level: -float(spectra[level][axis].max()))
    columns = min(COLUMNS, len(ordered))
    rows = math.ceil(len(ordered) / columns)
    with styled(style):
        figure = plt.figure(figsize=inches(size, HEIGHT * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, level in zip(panels, ordered, strict=False):
            if level in sample.fits:
                plot_fit(sample.fits[level], ax=panel, title=level)
                _legend_above(panel)
            else:
                _over_background(panel, spectra[level], axis, level)
        for panel in panels[len(ordered) :]:
            panel.set_axis_off()
        shift, sd = float(sample.shift.value.item()), float(sample.shift.sd.item())
        source = sample.reference or "stated"
        figure.suptitle(
            f"{sample.name or 'sample'}: shifted by {shift:+.2f} ± {sd:.2f} eV ({source})", fontsize="medium"
        )
        return figure


def _over_background(panel: Axes, flat: xr.Dataset, axis: str, level: str) -> None:
    """The measured curve, and what of it lies over the background that was taken away."""
    x, under = flat[axis].values, flat["baseline"].values
    measured = under + flat["intensity"].values
    panel.plot(x, measured, **POINT)
    panel.plot(x, under, color=GREY, lw=0.8)
    panel.fill_between(x, under, measured, color=PALE, lw=0)
    set_axis(panel, axis, float(x.min()), float(x.max()))
    panel.set_title(level)


def _legend_above(panel: Axes) -> None:
    """The legend in room made for it over the lines: in a small panel no place is free of them."""
    legend = panel.get_legend()
    if legend is None:
        return
    handles = [handle for handle in legend.legend_handles if handle is not None]
    texts = [text.get_text() for text in legend.get_texts()]
    (low, high), room = panel.get_ylim(), ROOM + ROOM_A_LINE * len(texts)
    panel.set_ylim(low, high + room * (high - low))
    for mark in panel.texts:  # what a fit misses is written at the top, where the legend is now
        mark.set(y=1 / (1 + room), fontsize=LETTERS)
    panel.legend(handles, texts, loc="upper left", fontsize=LETTERS, frameon=False, handlelength=1.2)
