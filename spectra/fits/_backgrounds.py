"""Whether the background of a photoelectron region is one: not above the data, not below them, not below zero.

A background that was taken away before the fit and one that is fitted are held to the same rule: together they must not
lie off the data by more than the noise of a point, on the mean of half an eV, and by more than chance makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.notes import Note, Severity
from shortrange_core.spelling import option
from spectra.fits._verdict import Noise

Array = npt.NDArray[np.float64]
ENERGIES = ("binding_energy", "kinetic_energy")
RUN_EV, RUN_POINTS = 0.5, 5
"""Width of a mean: a third of a core line, and points enough that their mean is near a normal one."""
CHANCE_SDS = 5.0
NO_LINE = 0.5
"""Where all lines together are below half of the noise, the data are the background."""


def judges_background(part: xr.Dataset) -> bool:
    """Whether a part is a photoelectron region with points enough: of others nothing need be worked out."""
    axis = part.variables["intensity"].dims[0]
    return axis in ENERGIES and part.sizes[axis] > 2 * RUN_POINTS


def notes_of_background(part: xr.Dataset, lines: Array, background: Array, noise: Noise) -> list[Note]:
    """What a background does that no background can do.

    Parameters
    ----------
    part
        The fitted region of m points.
    lines, background
        Sum of the lines and of the fitted backgrounds at its m points.
    noise
        As the fit used it.
    """
    if not judges_background(part):
        return []
    x = np.asarray(part.variables[part.variables["intensity"].dims[0]].values, dtype=float)
    above_background = np.asarray(part["intensity"].values, dtype=float) - background
    taken = np.asarray(part["baseline"].values, dtype=float) if "baseline" in part else np.zeros_like(x)
    counted = str(part["intensity"].attrs.get("units", "")).startswith("counts")
    below = (-(taken + background) if counted else np.zeros_like(x)) / noise.sd  # of other units zero may be anywhere
    quiet = lines < NO_LINE * noise.sd
    rise = above_background / noise.sd
    return list(_said(x, (-rise, np.where(quiet, rise, 0.0), below), noise.points_per_independent))


def _said(x: Array, values: tuple[Array, Array, Array], together: float) -> Iterator[Note]:
    """Notes on values in units of the noise: above the data, below the data, below zero."""
    ends = f"move {option('ends')} of a static one, fit an active one, or take another degree"
    for code, value, text in (
        ("background-above-data", values[0], "the background lies above the data"),
        ("background-below-data", values[1], "where there is no line, the background lies below the data"),
        ("background-below-zero", values[2], "the background lies below zero"),
    ):
        at, by = _worst(x, value, together)
        if by > 0:
            told = f"{text} by {by:.1f} times the noise near {x[at]:.1f} eV"
            yield Note(code, Severity.WARNING, told, ends)


def _worst(x: Array, value: Array, together: float) -> tuple[int, float]:
    """Place and size, in noise of a point, of the largest mean of a run that is above chance; size 0 for none."""
    count = int(min(max(RUN_POINTS, round(RUN_EV / float(np.median(np.diff(x))))), x.size))
    kernel = np.full(count, 1 / count)
    means = np.convolve(value, kernel, mode="valid")
    at = int(np.argmax(means))
    least = max(1.0, CHANCE_SDS * np.sqrt(max(together, 1.0) / count))
    return at + count // 2, float(means[at]) if means[at] > least else 0.0
