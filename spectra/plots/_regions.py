"""All regions of a sample in one figure."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from shortrange_core.plots import Size, Style, inches, styled
from spectra.plots._fits import plot_fit
from spectra.xps import Sample

COLUMNS = 3
HEIGHT = 2.3
"""Inches of a row of panels."""


def plot_regions(sample: Sample, *, size: Size = "two columns", style: Style | None = None) -> Figure:
    """Every region with its lines over the background, in order of falling binding energy, three a row.

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
    ordered = sorted(sample.fits, key=lambda level: -float(sample.fits[level].spectrum[axis].max()))
    columns = min(COLUMNS, len(ordered))
    rows = math.ceil(len(ordered) / columns)
    with styled(style):
        figure = plt.figure(figsize=inches(size, HEIGHT * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, level in zip(panels, ordered, strict=False):
            plot_fit(sample.fits[level], ax=panel, title=level)
        for panel in panels[len(ordered) :]:
            panel.set_axis_off()
        shift, sd = float(sample.shift.value.item()), float(sample.shift.sd.item())
        source = sample.reference or "stated"
        figure.suptitle(
            f"{sample.name or 'sample'}: shifted by {shift:+.2f} ± {sd:.2f} eV ({source})", fontsize="medium"
        )
        return figure
