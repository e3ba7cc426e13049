"""What a user says of an NMR measurement, over what its file says: in the unit that is meant, and written down."""

from __future__ import annotations

import math
from collections.abc import Mapping

import xarray as xr

from shortrange_core.errors import Offenders
from shortrange_core.shown_numbers import shown
from spectra.spectrum import MEASURED_BY, recorded, scalar

SLOWEST_STATED = 200.0
"""Hz: nobody overrides a file by a slower turn, but 20 for 20 kHz is written easily."""
SMALLEST_ANGLE = 2.0
"""Degrees: a smaller flip angle is one in radians."""


def stated(spectrum: xr.Dataset, given: Mapping[str, float | None]) -> xr.Dataset:
    """The spectrum with scalar coordinates of its measurement; those of the file that change are in the history.

    Parameters
    ----------
    spectrum
        NMR spectrum.
    given
        Values by coordinate; None leaves what the file says.

    Raises
    ------
    BadInput
        If a value is none, or its size says that it is in another unit; all together.
    """
    problems = Offenders()
    for name, value in given.items():
        if value is not None:
            problems.add(*_problems(name, float(value)))
    problems.raise_if_any()
    result = spectrum
    for name, value in given.items():
        if value is None:
            continue
        before = scalar(result, name, None)
        if before is not None and before != value:
            result = recorded(result, f"{name} {before:g} of the file overridden by {shown(value, 6)}")
        result = result.assign_coords({name: float(value)})
        if name == "noise_correlation":
            result = result.drop_vars(MEASURED_BY, errors="ignore")
    return result


def _problems(name: str, value: float) -> list[str]:
    if math.isnan(value) and name != "noise_correlation":
        return [f"{name}: is not a number; leave it out if it is not known"]
    if value <= 0:
        return [f"{name} = {value:g}: must be above 0"]
    if name == "spinning_rate" and value < SLOWEST_STATED:
        return [f"spinning_rate = {value:g}: is in Hz; 20 kHz is 20e3"]
    if name == "flip_angle" and not SMALLEST_ANGLE <= value <= 180:
        return [f"flip_angle = {value:g}: is in degrees, up to 180; a right angle is 90"]
    return []
