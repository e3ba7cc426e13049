"""Whether the highest line of a region is one that the model looks for: a charge may move it out of all windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.ndimage import gaussian_filter1d

from shortrange_core import Note, Severity
from shortrange_core.spelling import option
from spectra.models import Peak

SMOOTHING_EV = 0.3
"""eV: a fifth of the width of a core line, enough to find its maximum in noise."""
OUTSIDE = 0.6
"""eV beyond a window before it is said: half of the narrowest core line, so that a shoulder's maximum is none."""
SEEN_SDS = 5.0
Array = npt.NDArray[np.float64]


def highest(x: Array, y: Array) -> int:
    """Index of the maximum of a smoothed region."""
    step = float(np.median(np.diff(x)))
    return int(np.argmax(gaussian_filter1d(y, max(SMOOTHING_EV / step, 1.0))))


def unplaced(spectrum: xr.Dataset, axis: str, ends: tuple[float, float], peaks: Sequence[Peak]) -> tuple[Note, ...]:
    """A note where the highest point over the straight line between the ends lies outside the windows of all lines.

    Parameters
    ----------
    spectrum, axis, ends
        The region, its axis and the part that is fitted, eV.
    peaks
        Lines with a window of their own; second lines of doublets are the business of the first ones.
    """
    part = spectrum.sel({axis: slice(*ends)})
    x, y = (np.asarray(values, dtype=float) for values in (part[axis].values, part["intensity"].values))
    if x.size < 3:
        return ()
    rise = y - np.interp(x, x[[0, -1]], [y[:3].mean(), y[-3:].mean()])
    at = highest(x, rise)
    windows = [
        (parameter.lower, parameter.upper)
        for line in peaks
        for parameter in line.parameters
        if parameter.name == f"{line.name}_center"
    ]
    inside = any(low - OUTSIDE <= x[at] <= high + OUTSIDE for low, high in windows)
    if inside or not rise[at] > SEEN_SDS * float(part["noise"].values[at]):
        return ()
    away = min(abs(x[at] - end) for window in windows for end in window)
    text = f"the highest point of the region, at {x[at]:.1f} eV, lies {away:.1f} eV outside every window of its lines"
    places = f"({option('charge_shift')}), name the missing line, or give {option('windows')}"
    remedy = f"bring the axis to its reference {places}"
    return (Note("highest-line-unplaced", Severity.WARNING, text, remedy),)
