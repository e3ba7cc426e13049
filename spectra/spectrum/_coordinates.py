"""What a spectrum says of itself: its scalar coordinates, and the sentences of its history."""

from __future__ import annotations

import math

import xarray as xr

from shortrange_core.errors import BadInput
from spectra.spectrum._contract import axis_of, check

MEASURED_BY = "noise_correlation_source"
"""Coordinate that says where ``noise_correlation`` was measured; absent where it was stated."""


def recorded(spectrum: xr.Dataset, step: str) -> xr.Dataset:
    """The spectrum with one more sentence in its history."""
    before = str(spectrum.attrs.get("history", ""))
    return spectrum.assign_attrs(history=f"{before}; {step}" if before else step)


def on_axis(spectrum: object, axis: str, what: str) -> xr.Dataset:
    """The spectrum, if it holds to the contract and lies over the axis of its technique.

    Raises
    ------
    BadInput
        If it is no spectrum, or lies over another axis.
    """
    checked = check(spectrum)
    if axis_of(checked) != axis:
        raise BadInput(f"the axis is {axis_of(checked)}, not {axis}; give {what}")
    return checked


def scalar(spectrum: xr.Dataset, name: str, given: float | None, *, unlimited: bool = False) -> float | None:
    """A number that the user gives, or else the spectrum's coordinate of that name, or None.

    An infinite coordinate says that there is none (no sidebands), unless it may be ``unlimited`` (a delay).
    """
    if given is not None:
        return given
    if name in spectrum.coords and spectrum.coords[name].ndim == 0:
        value = spectrum.coords[name].item()
        if isinstance(value, (int, float)) and (math.isfinite(value) or (unlimited and value > 0)):
            return float(value)
    return None


def with_correlation(spectrum: xr.Dataset, points: float | None) -> xr.Dataset:
    """The spectrum with the number of its points that count as one, over its own; as it is where none is given.

    Raises
    ------
    BadInput
        If fewer than one point would count as one; NaN asks the residuals of the fit.
    """
    if points is None:
        return spectrum
    if points < 1:
        raise BadInput(
            f"noise_correlation = {points:g}: is the number of points that count as one independent point, 1 or more"
        )
    before = scalar(spectrum, "noise_correlation", None)
    if before is not None and before != points:
        spectrum = recorded(spectrum, f"noise_correlation {before:g} overridden by {points:g}")
    return spectrum.assign_coords(noise_correlation=float(points)).drop_vars(MEASURED_BY, errors="ignore")


def text_of(spectrum: xr.Dataset, name: str) -> str:
    """A scalar coordinate as text; empty where there is none."""
    return str(spectrum.coords[name].item()) if name in spectrum.coords and spectrum.coords[name].ndim == 0 else ""


def measured_range(
    spectrum: xr.Dataset, window: tuple[float, float] | None, name: str = "window"
) -> tuple[float, float]:
    """Lower and upper end of the part of the axis that is fitted; ``name`` is what asks for it."""
    values = spectrum[axis_of(spectrum)].values
    low, high = float(values[0]), float(values[-1])
    if window is None:
        return low, high
    if window[1] <= low or window[0] >= high or not window[0] < window[1]:
        raise BadInput(f"{name} {window}: does not overlap the measured range {low:g} to {high:g}; give (lower, upper)")
    return max(low, window[0]), min(high, window[1])


def within(spectrum: xr.Dataset, window: tuple[float, float] | None) -> xr.Dataset:
    """The part of a spectrum inside a window; all of it where there is none."""
    if window is None:
        return spectrum
    return spectrum.sel({axis_of(spectrum): slice(*measured_range(spectrum, window))})
