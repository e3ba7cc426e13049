"""Whether the highest line of a region is one that the model looks for: a charge may move it out of all windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.ndimage import gaussian_filter1d

from shortrange_core import Note, Severity
from shortrange_core.spelling import option, spelled
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


def outside(
    spectrum: xr.Dataset, axis: str, ends: tuple[float, float], peaks: Sequence[Peak]
) -> tuple[float, float] | None:
    """Where the highest point over the straight line between the ends lies, and how far beyond all windows.

    Parameters
    ----------
    spectrum, axis, ends
        The region, its axis and the part that is fitted, eV.
    peaks
        Lines with a window of their own; second lines of doublets are the business of the first ones.

    Returns
    -------
    tuple or None
        Both in eV, the distance below 0 where the point lies below the nearest window; None where it lies in one, or
        does not stand out of the noise.
    """
    part = spectrum.sel({axis: slice(*ends)})
    x, y = (np.asarray(values, dtype=float) for values in (part[axis].values, part["intensity"].values))
    if x.size < 3:
        return None
    rise = y - np.interp(x, x[[0, -1]], [y[:3].mean(), y[-3:].mean()])
    at = highest(x, rise)
    bounds = [
        end
        for line in peaks
        for parameter in line.parameters
        if parameter.name == f"{line.name}_center"
        for end in (parameter.lower, parameter.upper)
    ]
    windows = zip(bounds[::2], bounds[1::2], strict=True)
    inside = any(low - OUTSIDE <= x[at] <= high + OUTSIDE for low, high in windows)
    if inside or not bounds or not rise[at] > SEEN_SDS * float(part["noise"].values[at]):
        return None
    return float(x[at]), float(min((x[at] - end for end in bounds), key=abs))


def unplaced(spectrum: xr.Dataset, axis: str, ends: tuple[float, float], peaks: Sequence[Peak]) -> tuple[Note, ...]:
    """A note where the highest point of a region lies outside the windows of all lines (:func:`outside`)."""
    offenders = outside(spectrum, axis, ends, peaks)
    if offenders is None:
        return ()
    place, away = offenders
    text = (
        f"the highest point of the region, at {place:.1f} eV, lies {abs(away):.1f} eV outside every window of its lines"
    )
    moved = spelled("charge_shift=", command_line="--reference or --charge-shift", recipe="reference")
    remedy = f"reference the axis ({moved}), add the missing line, or give {option('windows')}"
    return (Note("highest-line-unplaced", Severity.WARNING, text, remedy),)
