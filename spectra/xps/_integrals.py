r"""Area above a static background between two ends, without lines: how surveys and single elements are quantified.

.. math:: A = \int_{E_1}^{E_2} (I - B)\,dE

B is one of the static backgrounds (:func:`spectra.xps.subtract_background`), which hangs on the same counts: the noise
of every point enters through I and through B, to first order, so that ends pinned to few points widen the area.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import Estimates
from spectra.models import static_background, subtract_background
from spectra.spectrum import axis_of, scalar
from spectra.xps._prepared import StaticKind, level_of

Array = npt.NDArray[np.float64]
STEP = 0.1
"""Noise of a point by which it is moved for a derivative: small against the curvature of the iterated step."""


def integrated(
    spectrum: xr.Dataset,
    background: StaticKind = "Shirley",
    *,
    ends: tuple[float, float] | None = None,
    averaged: int = 5,
    losses: tuple[float, float, float] | None = None,
) -> Estimates:
    """Area of everything above a static background between two ends, with the noise of all its points.

    Value and sd are an area that :func:`spectra.xps.atomic_amounts` takes; whatever lies between the ends counts, an
    Auger line or a satellite too. Which background is right the sd does not hold.

    Parameters
    ----------
    spectrum
        A region, or a survey of which ``ends`` cut one out, over binding or kinetic energy.
    background, ends, averaged, losses
        As of :func:`spectra.xps.subtract_background`; ends in eV.

    Returns
    -------
    Estimates
        One entry, the level of the region (``"area"`` where it has none), in the intensity's unit times eV.

    Raises
    ------
    BadInput
        As :func:`spectra.xps.subtract_background` does.

    Examples
    --------
    >>> from spectra import from_arrays
    >>> x = np.arange(520.0, 540.0, 0.1)
    >>> counts = np.round(200 + 900 * np.exp(-(((x - 530) / 0.8) ** 2)))
    >>> region = from_arrays(x, counts, axis="binding_energy", counts=counts, technique="O 1s XPS")
    >>> found = integrated(region, "Linear")
    >>> found.entries, round(float(found.value[0])), round(float(found.sd[0]))
    (('O 1s',), 1276, 88)
    """
    flat = subtract_background(spectrum, background, ends=ends, averaged=averaged, losses=losses)
    axis = axis_of(spectrum)
    x, above, under, noise = (
        np.asarray(flat[name].values, dtype=float) for name in (axis, "intensity", "baseline", "noise")
    )

    def area(y: Array) -> float:
        below = static_background(x, y, background, axis=axis, averaged=averaged, losses=losses)
        return float(np.trapezoid(y - below, x))

    measured = above + under
    slopes = np.array([area(measured + move) - area(measured - move) for move in np.diag(STEP * noise)]) / (2 * STEP)
    together = max(scalar(spectrum, "noise_correlation", None) or 1.0, 1.0)
    return Estimates.build([level_of(spectrum) or "area"], [area(measured)], [float(slopes @ slopes) * together])
