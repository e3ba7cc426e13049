"""Times of photoelectron spectra: of a dwell and its scans, and intensities as counts per second."""

from __future__ import annotations

import numpy as np
import xarray as xr

from shortrange_core import BadInput, Estimates
from shortrange_core.spelling import spelled
from spectra.fits import Fit
from spectra.spectrum import scalar

RATE = "counts/s eV"
"""Unit of an area that says how long it was counted for."""


def rates(fit: Fit) -> Estimates:
    """Areas of a fit in counts/s x eV over the transmission of the region, comparable with those of other regions.

    Parameters
    ----------
    fit
        Fit of one region.

    Returns
    -------
    Estimates
        As :attr:`spectra.Fit.areas`, with the facets ``unit`` (``"counts/s eV"``) and ``transmission`` (``"divided"``
        or ``"unknown"``).

    Raises
    ------
    BadInput
        If the region is in counts and states no dwell time or scans.
    """
    areas, passed = fit.areas, scalar(fit.spectrum, "transmission", None)
    scale = np.eye(len(areas)) * per_rate(fit)
    kept = {name: list(labels) for name, labels in areas.facets.items()}
    kept["unit"] = [RATE] * len(areas)
    kept["transmission"] = ["divided" if passed else "unknown"] * len(areas)
    return areas.linear(scale, list(areas.entries), **kept)


def per_rate(fit: Fit) -> float:
    """What an area of a fit is multiplied with to be one of :func:`rates`.

    Raises
    ------
    BadInput
        As :func:`rates`.
    """
    return 1 / (exposure(fit.spectrum) * (scalar(fit.spectrum, "transmission", None) or 1.0))


def exposure(spectrum: xr.Dataset) -> float:
    """Counting time in seconds of a point of a region: 1 if the intensity is a rate, dwell time times scans for counts.

    Raises
    ------
    BadInput
        If the intensity is in counts and the region states no dwell time or scans.

    Examples
    --------
    >>> from spectra import from_arrays
    >>> region = from_arrays([1, 2, 3], [9, 16, 9], axis="binding_energy", counts=[9, 16, 9], intensity_unit="counts",
    ...     dwell_time=0.1, scans=20.0)
    >>> exposure(region)
    2.0
    """
    unit = str(spectrum["intensity"].attrs.get("units", ""))
    if unit == "counts/s":
        return 1.0
    dwell, scans = scalar(spectrum, "dwell_time", None), scalar(spectrum, "scans", None)
    if unit != "counts" or not dwell or not scans:
        raise BadInput(
            f"the intensity is in {unit or 'no unit'}, dwell_time and scans are {dwell} and {scans}: regions must be "
            "compared as rates; " + _time_stated()
        )
    return dwell * scans


def _time_stated() -> str:
    keys = "state intensity_unit, dwell_time (s) and scans of its file under [[samples.spectra]]"
    return spelled("xps.with_exposure(region, ...) states them", command_line=keys, recipe=keys)
