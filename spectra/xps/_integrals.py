r"""Area above a static background between two ends, without lines: how surveys and single elements are quantified.

.. math:: A = \int_{E_1}^{E_2} (I - B)\,dE

B is one of the static backgrounds (:func:`spectra.xps.subtract_background`), which hangs on the same counts: the noise
of every point enters through I and through B, to first order, so that ends pinned to few points widen the area.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import BadInput, Estimates
from shortrange_core.showing import Shown
from spectra.models import static_background, subtract_background
from spectra.spectrum import axis_of, scalar
from spectra.xps._exposures import exposure
from spectra.xps._prepared import StaticKind, in_order, level_of

Array = npt.NDArray[np.float64]
STEP = 0.1
"""Noise of a point by which it is moved for a derivative: small against the curvature of the iterated step."""


@dataclass(frozen=True, slots=True)
class Integration(Shown):
    """How a level is integrated without lines; as of :func:`integrated`.

    Parameters
    ----------
    ends
        eV on the axis of the charge reference; those of the region of that level where absent.
    background, averaged
        As of :func:`integrated`.
    losses
        ``{"c": ..., "c_prime": ..., "d": ...}`` of U 3 and U 4 Tougaard.
    """

    ends: tuple[float, float] | None = None
    background: StaticKind = "Shirley"
    averaged: int = 5
    losses: Mapping[str, float] | None = None


def integrated(
    spectrum: xr.Dataset,
    background: StaticKind = "Shirley",
    *,
    ends: tuple[float, float] | None = None,
    averaged: int = 5,
    losses: tuple[float, float, float] | None = None,
) -> Estimates:
    """Area above a static background between two ends, with its sd from the noise of all points.

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
        One entry, the level of the region (``"area"`` where it has none), in the intensity's unit times eV; the facets
        ``exposure`` (s), ``transmission`` and ``pass_energy`` (eV) are those that the spectrum states.

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
    facets = {name: [value] for name, value in _stated(spectrum).items()}
    return Estimates.build(
        [level_of(spectrum) or "area"], [area(measured)], [float(slopes @ slopes) * together], **facets
    )


def _stated(spectrum: xr.Dataset) -> dict[str, float]:
    """What makes areas comparable, where a spectrum says it."""
    numbers = {name: scalar(spectrum, name, None) for name in ("transmission", "pass_energy")}
    try:
        numbers["exposure"] = exposure(spectrum)
    except BadInput:  # its area stands alone
        numbers["exposure"] = None
    return {name: value for name, value in numbers.items() if value is not None}


def integrated_region(spectrum: xr.Dataset, one: Integration) -> tuple[xr.Dataset, Estimates]:
    """What is left of a region over the background that is stated, and its area."""
    losses = in_order(one.losses)
    flat = subtract_background(spectrum, one.background, ends=one.ends, averaged=one.averaged, losses=losses)
    return flat, integrated(spectrum, one.background, ends=one.ends, averaged=one.averaged, losses=losses)
