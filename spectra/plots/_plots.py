"""Figures of spectra and fits; axes run as the field draws them: shift, wavenumber and binding energy to the left."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shortrange_core.estimates import Estimates
from spectra.fits import Fit
from spectra.spectrum import axis_of

REVERSED = ("chemical_shift", "binding_energy", "wavenumber")
"""Axes that fall from left to right in the figures of their field."""
AXIS_TITLES = {
    "chemical_shift": "chemical shift (ppm)",
    "raman_shift": "Raman shift (cm$^{-1}$)",
    "wavenumber": "wavenumber (cm$^{-1}$)",
    "binding_energy": "binding energy (eV)",
    "kinetic_energy": "kinetic energy (eV)",
    "wavelength": "wavelength (nm)",
    "time": "time (s)",
}


def plot_spectrum(spectrum: xr.Dataset, *, ax: Axes | None = None, label: str | None = None) -> Axes:
    """Intensity against the axis, as its field draws it.

    Parameters
    ----------
    spectrum
        A labelled spectrum.
    ax
        Axes to draw into; new ones where absent.
    label
        Text for the legend.
    """
    axis = axis_of(spectrum)
    target = ax if ax is not None else plt.subplots(figsize=(6.4, 3.6), layout="constrained")[1]
    target.plot(spectrum[axis].values, spectrum["intensity"].values, lw=0.9, label=label)
    _axis(target, axis, float(spectrum[axis].values[0]), float(spectrum[axis].values[-1]))
    target.set_ylabel(f"intensity ({spectrum['intensity'].attrs.get('units', 'arbitrary')})")
    return target


def plot_fit(fit: Fit, *, title: str | None = None) -> Figure:
    """Data, model, components over the background, and below them the residual in units of the noise.

    Where the fit has the note ``misfit`` the run of residuals that stands out most is marked.

    Parameters
    ----------
    fit
        A fit of one spectrum.
    title
        Title; technique and sample where absent.
    """
    curves, axis = fit.curves, fit.model.axis
    figure, (top, bottom) = plt.subplots(
        2, 1, figsize=(7.0, 4.8), sharex=True, height_ratios=(4, 1), layout="constrained"
    )
    x = curves[axis].values
    background = curves["background"].values
    top.plot(x, curves["data"].values, color="0.35", lw=0.8, label="data")
    for number, name in enumerate(curves["peak"].values):
        component = curves["component"].sel(peak=name).values
        label = _component_label(str(name), str(curves["assignment"].sel(peak=name).item()), fit.areas)
        top.fill_between(x, background, background + component, alpha=0.45, color=f"C{number % 10}", lw=0, label=label)
    top.plot(x, background, color="0.6", lw=0.8, ls="--", label="background")
    top.plot(x, curves["model"].values, color="black", lw=1.1, label="model")
    top.legend(fontsize=7, frameon=False, ncols=1, loc="center left", bbox_to_anchor=(1.0, 0.5))
    top.set_ylabel(f"intensity ({curves.attrs.get('units', 'arbitrary')})")
    top.set_title(title if title is not None else _title(fit), fontsize=9)
    bottom.plot(x, curves["residual"].values / curves["noise"].values, color="0.35", lw=0.6)
    bottom.axhspan(-2, 2, color="0.9", lw=0, zorder=0)
    bottom.axhline(0, color="black", lw=0.6)
    bottom.set_ylabel("residual\n(sd)", fontsize=8)
    if fit.missed:
        _mark(top, bottom, float(x[-1] - x[0]) / (2 * (x.size - 1)), *fit.missed)
    _axis(bottom, axis, float(x[0]), float(x[-1]))
    return figure


def _mark(top: Axes, bottom: Axes, half: float, lower: float, upper: float) -> None:
    """Where the model misses the data most, in both parts of the figure."""
    for ax in (top, bottom):
        ax.axvspan(lower - half, upper + half, color="tab:red", alpha=0.2, lw=0, zorder=0)
    top.annotate(
        "missed",
        ((lower + upper) / 2, 0.98),
        xycoords=("data", "axes fraction"),
        ha="center",
        va="top",
        color="tab:red",
        fontsize=8,
    )


def _component_label(name: str, assignment: str, areas: Estimates) -> str:
    at = areas.entries.index(name)
    value, sd = float(areas.value.values[at]), float(areas.sd.values[at])
    return f"{assignment or name}: {value:.4g} $\\pm$ {sd:.2g}"


def _title(fit: Fit) -> str:
    said = [str(fit.curves.coords[name].item()) for name in ("sample", "technique") if name in fit.curves.coords]
    quality = f"$\\chi^2$/dof = {fit.chi2 / fit.dof:.3g}" if fit.dof > 0 else ""
    return ", ".join([*said, quality, str(fit.status)])


def _axis(ax: Axes, axis: str, low: float, high: float) -> None:
    ax.set_xlabel(AXIS_TITLES[axis])
    ax.set_xlim((high, low) if axis in REVERSED else (low, high))


def plot_pulls(fit: Fit) -> Figure:
    """Pull of every parameter with a prior, with the standard deviation that is left after the fit."""
    names, values = fit.pulls.entries, fit.pulls.value.values
    figure, ax = plt.subplots(figsize=(5.0, 0.9 + 0.28 * max(len(names), 1)), layout="constrained")
    places = np.arange(len(names))
    ax.axvspan(-1, 1, color="0.9", lw=0)
    ax.errorbar(values, places, xerr=np.nan_to_num(fit.pulls.sd.values), fmt="o", ms=4, lw=1, color="C0")
    ax.axvline(0, color="black", lw=0.6)
    ax.set_yticks(places, names, fontsize=8)
    ax.set_xlabel("(fitted $-$ prior) / prior sd")
    ax.invert_yaxis()
    return figure
