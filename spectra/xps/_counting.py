"""How long a region was counted for, where its file does not say it: stated, and Poisson weights from it."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from shortrange_core import BadInput
from shortrange_core.errors import Offenders
from shortrange_core.spelling import option
from spectra.spectrum import check, recorded, scalar

UNSTATED = "arbitrary"
SAME = 1e-6
"""Relative difference up to which a stated number is that of the file."""


def with_exposure(
    spectrum: xr.Dataset,
    *,
    intensity_unit: Literal["counts", "counts/s"] | None = None,
    dwell_time: float | None = None,
    scans: float | None = None,
) -> xr.Dataset:
    """A region with stated unit and counting time, and the noise of its counts.

    Parameters
    ----------
    spectrum
        A region as read.
    intensity_unit
        ``"counts"`` or ``"counts/s"``, where the file does not say it.
    dwell_time
        Seconds of a point in one scan.
    scans
        Number of scans.

    Returns
    -------
    xr.Dataset
        The region with the coordinates ``dwell_time`` and ``scans``. Counts, or rates of a known time, have the
        variable ``counts`` and its Poisson noise; rates of an unknown time keep the noise that they had.

    Raises
    ------
    BadInput
        If a number is not above 0, the file says otherwise, nothing says the unit, or counts would be negative; all
        together.

    Examples
    --------
    >>> from spectra.spectrum import from_arrays
    >>> region = from_arrays([530.0, 531, 532], [9, 16, 9], axis="binding_energy", noise=1.0, technique="O 1s XPS")
    >>> stated = with_exposure(region, intensity_unit="counts", dwell_time=0.1, scans=20)
    >>> stated.noise.values.tolist(), float(stated.dwell_time * stated.scans)
    ([3.0, 4.0, 3.0], 2.0)
    """
    spectrum = check(spectrum)
    times = {name: v for name, v in (("dwell_time", dwell_time), ("scans", scans)) if v is not None}
    if intensity_unit is None and not times:
        return spectrum
    of_file = str(spectrum["intensity"].attrs.get("units", "")) or UNSTATED
    unit = intensity_unit if of_file == UNSTATED and intensity_unit is not None else of_file
    _problems(spectrum, of_file, unit, intensity_unit, times).raise_if_any()
    result = spectrum.assign_coords({name: float(value) for name, value in times.items()})
    for name in ("intensity", "noise"):
        result[name] = result[name].assign_attrs(units=unit)
    told = ", ".join(f"{name} {value:g}" for name, value in times.items())
    return check(recorded(_counted(result, unit), f"stated: {', '.join(filter(None, (unit, told)))}"))


def _problems(spectrum: xr.Dataset, of_file: str, unit: str, stated: str | None, times: dict[str, float]) -> Offenders:
    """What the file denies, or what is missing."""
    offenders = Offenders()
    offenders.positive("", **times)
    for name, value in times.items():
        recorded = scalar(spectrum, name, None)
        if recorded is not None and abs(value - recorded) > SAME * abs(recorded):
            offenders.add(f"{option(name, value)}: the file has {recorded:g}; leave it out")
    if stated is not None and stated != unit:
        offenders.add(f"{option('intensity_unit', stated)}: the file has {of_file}; leave it out")
    if unit == UNSTATED:
        names = " and ".join(option(name) for name in times)
        offenders.add(f"{names}: whether intensities are counts or counts/s is not known; give intensity_unit")
    return offenders


def _counted(spectrum: xr.Dataset, unit: str) -> xr.Dataset:
    """The region with its counts and their noise, where it has none and the unit and the times tell them."""
    dwell, scans = scalar(spectrum, "dwell_time", None), scalar(spectrum, "scans", None)
    seconds = 1.0 if unit == "counts" else dwell * scans if dwell and scans else None
    if "counts" in spectrum or seconds is None:
        return spectrum
    counts = spectrum["intensity"] * seconds
    below = int((counts < 0).sum())
    if below:
        raise BadInput(
            f"intensity_unit: {below} intensities are negative, unlike counts; state no unit and no times for a "
            "region from which something was subtracted"
        )
    noise = spectrum["noise"].copy(data=np.sqrt(np.maximum(counts.values, 1.0)) / seconds)
    made = spectrum.assign(counts=counts.assign_attrs(units="counts"), noise=noise)
    return made.assign_coords(noise_source="counts")
