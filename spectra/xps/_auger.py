"""The sodium Auger line under O 1s: its area tied to a line that stands free."""

from __future__ import annotations

import math

import xarray as xr

from shortrange_core import BadInput, Estimates
from shortrange_core.spelling import spelled
from spectra.models import Default, Model, values_of, with_parameters
from spectra.spectrum import scalar
from spectra.xps._defaults import AUGER_PEAK as PEAK
from spectra.xps._exposures import RATE, exposure


def measured_ratio(under_oxygen: Estimates, free_line: Estimates) -> Estimates:
    """Area of KL1L23 over that of KL23L23, measured on the oxygen-free glass, where nothing hides it.

    Parameters
    ----------
    under_oxygen, free_line
        One entry each, selected from :func:`spectra.xps.rates` of the two regions of one sample.

    Raises
    ------
    BadInput
        If an area does not say how long it was counted for, or one alone is divided by a transmission.

    Examples
    --------
    >>> rate = {"unit": ["counts/s eV"], "transmission": ["unknown"]}
    >>> one = Estimates.build(["a"], [20.0], [0.04], **rate)
    >>> other = Estimates.build(["b"], [100.0], [1.0], **rate)
    >>> ratio = measured_ratio(one, other)
    >>> round(float(ratio.value[0]), 3), round(float(ratio.sd[0]), 4)
    (0.2, 0.0028)
    """
    upper, lower = _single("under_oxygen", under_oxygen), _single("free_line", free_line)
    kinds = _divided("under_oxygen", under_oxygen), _divided("free_line", free_line)
    if kinds[0] != kinds[1]:
        raise BadInput(
            f"under_oxygen, free_line: the transmission of one is {'divided' if kinds[0] else 'unknown'}, of the "
            f"other {'divided' if kinds[1] else 'unknown'}; assign transmission= to both regions, or to none"
        )
    ratio = upper[0] / lower[0]
    variance = ratio**2 * ((upper[1] / upper[0]) ** 2 + (lower[1] / lower[0]) ** 2)
    return Estimates.build(["KL1L23/KL23L23"], [ratio], [variance])


def tied_to_partner(
    model: Model, free_line: Estimates, ratio: Estimates, *, spectrum: xr.Dataset, source: str
) -> Model:
    """O 1s model whose Auger area has the prior ratio x area of the free line of the same sample.

    Parameters
    ----------
    model
        Made by :func:`spectra.xps.model` with the Auger line.
    free_line
        Area of KL23L23 of this sample (one entry), selected from :func:`spectra.xps.rates` of its region.
    ratio
        As :func:`measured_ratio` gives it. From Na 1s, give a ratio with the large sd that library factors have.
    spectrum
        The O 1s region that the model is for: its dwell time, scans and transmission turn the rate into its areas.
    source
        Where the ratio comes from; it stands with the pull.

    Raises
    ------
    BadInput
        If the model has no Auger line, a number is not positive, or areas cannot be brought to one rate.
    """
    name = f"{PEAK}_area"
    parameters = {parameter.name: parameter for parameter in model.all_parameters}
    if name not in values_of(model.all_parameters):
        way = "measure O 1s up to that line, or leave auger_ratio out"
        made = spelled(
            "make it with xps.model(..., sodium=True) over the range of the line", command_line=way, recipe=way
        )
        raise BadInput(f"the model has no {PEAK}; {made}")
    (area, area_sd), (value, value_sd) = _single("free_line", free_line), _single("ratio", ratio)
    passed = scalar(spectrum, "transmission", None)
    if _divided("free_line", free_line) != bool(passed):
        raise BadInput(
            f"free_line: its transmission is {'unknown' if passed else 'divided'}, that of the O 1s region is "
            f"{passed or 'unknown'}; assign transmission to both regions, or to none"
        )
    mean = area * value * exposure(spectrum) * (passed or 1.0)
    sd = mean * math.hypot(area_sd / area, value_sd / value)
    before = parameters[name]
    tied = type(before)(name, before.value, before.lower, before.upper, Default(mean, sd, source), before.vary)
    return with_parameters(model, {name: tied})


def _divided(name: str, estimates: Estimates) -> bool:
    """Whether a rate was divided by a transmission; an area that is no rate is refused."""
    if estimates.facets.get("unit") != (RATE,):
        raise BadInput(
            f"{name}: its counting time is not known, and regions differ in it; take it from "
            f"xps.rates(fit), or state unit={[RATE]} when you build it"
        )
    return estimates.facets.get("transmission") == ("divided",)


def _single(name: str, estimates: Estimates) -> tuple[float, float]:
    if len(estimates) != 1:
        raise BadInput(f"{name}: has {len(estimates)} entries; select one")
    value, sd = float(estimates.value.item()), float(estimates.sd.item())
    if not (value > 0 and math.isfinite(sd)):
        raise BadInput(f"{name}: is {value:g} +- {sd:g}; it must be positive with a known sd")
    return value, sd
