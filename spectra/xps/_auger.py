"""The sodium Auger line under O 1s: its area tied to a line that stands free."""

from __future__ import annotations

import math

from shortrange_core import BadInput, Estimates
from spectra.models import Default, Model, values_of, with_parameters

PEAK = "na_kl1l23"


def measured_ratio(under_oxygen: Estimates, free_line: Estimates) -> Estimates:
    """Area of KL1L23 over that of KL23L23, measured on the oxygen-free glass, where nothing hides it.

    Parameters
    ----------
    under_oxygen, free_line
        One entry each: areas of the two Auger lines of one sample, in one unit.

    Examples
    --------
    >>> one = Estimates.build(["a"], [20.0], [0.04])
    >>> other = Estimates.build(["b"], [100.0], [1.0])
    >>> ratio = measured_ratio(one, other)
    >>> round(float(ratio.value[0]), 3), round(float(ratio.sd[0]), 4)
    (0.2, 0.0028)
    """
    upper, lower = _single("under_oxygen", under_oxygen), _single("free_line", free_line)
    ratio = upper[0] / lower[0]
    variance = ratio**2 * ((upper[1] / upper[0]) ** 2 + (lower[1] / lower[0]) ** 2)
    return Estimates.build(["KL1L23/KL23L23"], [ratio], [variance])


def tied_to_partner(model: Model, free_line: Estimates, ratio: Estimates, *, source: str) -> Model:
    """O 1s model whose Auger area has the prior ratio x area of the free line of the same sample.

    Parameters
    ----------
    model
        Made by :func:`spectra.xps.model` with the Auger line.
    free_line
        Area of KL23L23 of this sample (one entry), same unit and transmission.
    ratio
        As :func:`measured_ratio` gives it. From Na 1s, give a ratio with the large sd that library factors have.
    source
        Where the ratio comes from; it stands with the pull.

    Raises
    ------
    BadInput
        If the model has no Auger line, or a number is not positive.
    """
    name = f"{PEAK}_area"
    known = {parameter.name: parameter for parameter in model.all_parameters}
    if name not in values_of(model.all_parameters):
        raise BadInput(f"the model has no {PEAK}; make it with xps.model(..., sodium=True) over the range of the line")
    (area, area_sd), (value, value_sd) = _single("free_line", free_line), _single("ratio", ratio)
    mean = area * value
    sd = mean * math.hypot(area_sd / area, value_sd / value)
    before = known[name]
    tied = type(before)(name, before.value, before.lower, before.upper, Default(mean, sd, source), before.vary)
    return with_parameters(model, {name: tied})


def _single(name: str, estimates: Estimates) -> tuple[float, float]:
    if len(estimates) != 1:
        raise BadInput(f"{name}: has {len(estimates)} entries; select one")
    value, sd = float(estimates.value.item()), float(estimates.sd.item())
    if not (value > 0 and math.isfinite(sd)):
        raise BadInput(f"{name}: is {value:g} +- {sd:g}; it must be positive with a known sd")
    return value, sd
