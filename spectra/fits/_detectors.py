"""What a detector did to a spectrum: clipped tops, saturated absorbance, spikes that only one point has."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.notes import Note, Severity
from spectra.spectrum import AXES, estimate_noise

Array = npt.NDArray[np.float64]
CLIPPED = 5
"""Points in a row at the very maximum: noise of a step of the digitiser or more never makes so many."""
LARGEST_MEASURED = 3.0
"""Absorbance: a thousandth of the light; stray light and the detector's own dark level flatten bands above it."""
SPIKE, NEIGHBOUR = 10.0, 4.0
"""Robust sds of a residual that is a spike, and of its second neighbours that are none: lines are wider."""
MAD_PER_SD = 0.6745
SHOWN = 5


def notes_of_detector(spectrum: xr.Dataset) -> list[Note]:
    """Clipped tops and saturated absorbance of a spectrum, by what its intensities are."""
    intensity = spectrum.variables["intensity"]  # not as DataArrays, whose making takes longer than what is asked here
    values = np.asarray(intensity.values, dtype=float)
    if values.ndim != 1 or values.size <= CLIPPED:
        return []
    axis = str(intensity.dims[0])
    x, told = np.asarray(spectrum.variables[axis].values, dtype=float), []
    first, last = _plateau(values)
    if last - first + 1 >= CLIPPED and estimate_noise(values) > _step(values) / 2:
        text = (
            f"{last - first + 1} points from {x[first]:.5g} to {x[last]:.5g} {AXES.get(axis, '')} all have the highest "
            f"value, {values[first]:.5g}, without noise: the detector is saturated there"
        )
        notes = "exclude that range, or measure with less light or gain; areas of lines in it are too small"
        told.append(Note("detector-clipped", Severity.WARNING, text, notes))
    unit = str(intensity.attrs.get("units", ""))
    if (unit == "absorbance" or axis == "wavenumber") and values.max() > LARGEST_MEASURED:
        text = f"absorbance reaches {values.max():.2g}; above {LARGEST_MEASURED:g}, stray light flattens bands"
        told.append(Note("absorbance-saturated", Severity.WARNING, text, "measure a thinner sample, or leave it out"))
    return told


def _plateau(values: Array) -> tuple[int, int]:
    """First and last point of the longest run at the maximum."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (values == values.max()).astype(int), [0]])))
    starts, ends = edges[::2], edges[1::2] - 1
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])


def _step(values: Array) -> float:
    """Smallest step between values: that of the digitiser."""
    steps = np.diff(np.unique(values))
    return float(steps.min()) if steps.size else 0.0


def notes_of_spikes(x: Array, residual: Array, axis: str) -> list[Note]:
    """Single points that stand out of the model while their second neighbours do not: cosmic rays."""
    off = residual - np.median(residual)
    spread = float(np.median(np.abs(off))) / MAD_PER_SD
    if residual.size <= 2 * CLIPPED or not off.max() > SPIKE * spread > 0:
        return []
    size = off / spread
    padded = np.pad(np.abs(size), 2, constant_values=0.0)
    lonely = (size > SPIKE) & (padded[:-4] < NEIGHBOUR) & (padded[4:] < NEIGHBOUR)
    if not lonely.any():
        return []
    places = np.flatnonzero(lonely)
    named = ", ".join(f"{x[i]:.5g} ({size[i]:.0f} sd)" for i in places[:SHOWN])
    rest = f" and {places.size - SHOWN} more" if places.size > SHOWN else ""
    text = f"spikes of one or two points at {named}{rest} {AXES.get(axis, '')}: cosmic rays, not lines"
    remedy = "remove them before the fit, or exclude their range; areas near them are too large"
    return [Note("spikes", Severity.WARNING, text, remedy)]
