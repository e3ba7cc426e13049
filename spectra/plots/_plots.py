"""Figures of single spectra and of the pulls of a fit."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shortrange_core.colours import BLUE, PALE
from shortrange_core.plots import Size, Style, axes_of, inches, styled
from spectra.fits import Fit
from spectra.plots._axes import set_axis
from spectra.spectrum import axis_of


def plot_spectrum(
    spectrum: xr.Dataset,
    *,
    ax: Axes | None = None,
    label: str | None = None,
    size: Size = "two columns",
    style: Style | None = None,
) -> Axes:
    """Plot intensity against the axis, in the direction that is usual in the field.

    Parameters
    ----------
    spectrum
        A labelled spectrum.
    ax
        Axes to draw into; new ones where absent.
    label
        Text for the legend.
    size, style
        As in :func:`plot_fit`.
    """
    axis = axis_of(spectrum)
    with styled(style):
        target = axes_of(ax, size, 3.0)
        target.plot(spectrum[axis].values, spectrum["intensity"].values, lw=0.9, label=label)
        set_axis(target, axis, float(spectrum[axis].values[0]), float(spectrum[axis].values[-1]))
        target.set_ylabel(f"intensity ({spectrum['intensity'].attrs.get('units', 'arb. units')})")
    return target


def plot_pulls(fit: Fit, *, size: Size = "one column", style: Style | None = None) -> Figure:
    """Plot the pull of every parameter with a prior, with the standard deviation after the fit."""
    names, values = fit.pulls.entries, fit.pulls.value.values
    with styled(style):
        figure, ax = plt.subplots(figsize=inches(size, 0.7 + 0.2 * max(len(names), 1)), layout="constrained")
        places = np.arange(len(names))
        ax.axvspan(-1, 1, color=PALE, lw=0)
        ax.errorbar(values, places, xerr=np.nan_to_num(fit.pulls.sd.values), fmt="o", ms=3, lw=1, color=BLUE)
        ax.axvline(0, color="black", lw=0.6)
        ax.set_yticks(places, names)
        ax.set_xlabel("(fitted $-$ prior) / prior sd")
        ax.invert_yaxis()
    return figure
