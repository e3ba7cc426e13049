r"""The Shirley background of the trade: computed once from the data between two ends, taken away before the fit.

.. math:: B(E) = I_1 + (I_2 - I_1)\,\frac{\int_{E_1}^{E} [I - B]\,dE'}{\int_{E_1}^{E_2} [I - B]\,dE'}

E runs from the end of low binding energy; the integral equation is iterated from a straight line. Reference: D. A.
Shirley, Phys. Rev. B 5, 4709 (1972); iterated as by A. Proctor and P. M. A. Sherwood, Anal. Chem. 54, 13 (1982).

It repeats published fits. What it takes away has no error of its own, its ends are pinned to noisy points, and its step
takes from the lines what their wings hold: :func:`spectra.backgrounds.shirley`, inside the fit, has none of this.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput
from spectra.models.backgrounds import taken_away
from spectra.spectrum import axis_of, check, measured_range

Array = npt.NDArray[np.float64]
ROUNDS = 200
CLOSE = 1e-7
"""Change of the background in a round, relative to its step, at which the iteration ends."""
LEAST_POINTS = 5
ENERGIES = ("binding_energy", "kinetic_energy")


def subtract_shirley(spectrum: xr.Dataset, *, ends: tuple[float, float] | None = None, averaged: int = 1) -> xr.Dataset:
    """Spectrum between two ends less its static Shirley background.

    Parameters
    ----------
    spectrum
        A region over binding or kinetic energy.
    ends
        eV; the first and last point of the region where absent. Points outside are left out.
    averaged
        Number of points at each end whose mean pins it: 1 pins it to the data, more to their average.

    Returns
    -------
    xr.Dataset
        New spectrum with the further variable ``baseline``, and the method in its history: a fit says so in a note.

    Raises
    ------
    BadInput
        If it is no photoelectron region, the ends hold too few points, or no line lies above the background.

    Examples
    --------
    >>> from spectra.spectrum import from_arrays
    >>> x = np.linspace(520.0, 540.0, 401)
    >>> line = 100 * np.exp(-(((x - 530) / 0.8) ** 2))
    >>> step = np.cumsum(line) / line.sum()
    >>> region = from_arrays(x, 50 + 30 * step + line, axis="binding_energy", noise=1.0)
    >>> flat = subtract_shirley(region)
    >>> bool(abs(flat.baseline - 50 - 30 * step).max() < 1)
    True
    """
    check(spectrum)
    axis = axis_of(spectrum)
    if axis not in ENERGIES:
        raise BadInput(f"axis {axis!r}: a Shirley background belongs to photoelectron spectra over energy")
    low, high = measured_range(spectrum, ends)
    part = spectrum.sel({axis: slice(low, high)})
    y = np.asarray(part["intensity"].values, dtype=float)
    if averaged < 1 or y.size < max(LEAST_POINTS, 3 * averaged):
        raise BadInput(
            f"averaged = {averaged}, {y.size} points from {low:g} to {high:g} eV: take at least {LEAST_POINTS} points "
            "and three times as many as are averaged at an end"
        )
    rising = slice(None, None, -1) if axis == "kinetic_energy" else slice(None)
    steps = np.abs(np.diff(part[axis].values[rising]))
    baseline = _iterated(y[rising], steps, averaged)[rising]
    return taken_away(part, baseline, f"static Shirley, ends {low:g} to {high:g} eV, {averaged} points averaged")


def _iterated(y: Array, steps: Array, averaged: int) -> Array:
    """Background from the end of low binding energy."""
    first, last = float(y[:averaged].mean()), float(y[-averaged:].mean())
    background = np.linspace(first, last, y.size)
    for _ in range(ROUNDS):
        above = y - background
        area = np.concatenate([[0.0], np.cumsum((above[1:] + above[:-1]) / 2 * steps)])
        if not area[-1] > 0:
            raise BadInput(
                "no area lies above the Shirley background; ends= must enclose a line, on a level at both sides"
            )
        new = first + (last - first) * area / area[-1]
        moved = float(np.abs(new - background).max())
        background = new
        if moved <= CLOSE * max(abs(last - first), 1e-12):
            break
    return background
