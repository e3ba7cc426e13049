r"""How strongly each unit is seen: stated responses, saturation of NMR by T1, and what nobody knows of either.

After a recycle delay t and pulses of flip angle a a site with relaxation time T1 keeps a share S/S0 of its signal
(:func:`spectra.nmr.remaining`). Where T1 is known to a standard deviation, the share is a response with that of its
logarithm; where it is not, every unit may have any published T1 (:data:`UNKNOWN_T1`), each its own, and the fractions
bear it: mean and standard deviation of ln S/S0 over that range, which slopes at its middle tell at no delay. A delay
that is not stated may be any: the shorter it is the nearer S/S0 comes to t/T1, whose logarithm spreads as that of T1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import xarray as xr

import spectra
from shortrange.recipe import Options
from shortrange.results import Fitted
from shortrange_core import affine

Response = float | tuple[float, float]
RESPONSE_LOG_SD = 1.0  # an unknown response: a factor of e either way
UNKNOWN_RESPONSE_REASON = "a factor of e either way: none is published for PS4 : P2S7 : P2S6; P:S4 is 1"
FASTEST_T1, SLOWEST_T1 = spectra.nmr.PUBLISHED_T1
UNKNOWN_T1 = (math.sqrt(FASTEST_T1 * SLOWEST_T1), math.log(SLOWEST_T1 / FASTEST_T1) / math.sqrt(12.0))
"""s, and sd of its logarithm: log-uniform over what is published (docs/decisions/0034)."""
UNKNOWN_T1_REASON = "T1 of 20 s to 3000 s, as of 31P in chalcogenophosphates (doi:10.1021/ic025946j)"
POSSIBLE_T1 = np.geomspace(FASTEST_T1, SLOWEST_T1, 403)[1::2]
"""s: middles of equal parts of the logarithm."""
SHORTEST_USUAL_DELAY = 300.0
"""s: for stated T1 where nobody states the recycle delay; quantitative work on phosphate glasses uses 300-1400 s."""
UNKNOWN_ANGLE = 90.0
"""Degrees: the flip angle that saturates most, where nobody states one."""
NEGLIGIBLE = 1e-3
"""Relative: saturation that biases and blurs a response by less is left out."""


class Modelled(Protocol):
    """A spectrum with its lines, whether they were fitted or not."""

    @property
    def technique(self) -> str:
        """Such as ``31P NMR``."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What each of its lines counts."""

    @property
    def spectrum(self) -> xr.Dataset:
        """As it is fitted."""


def responses(
    item: Fitted, options: Options, labels: Sequence[str], *, widen: float = 1.0
) -> dict[str, Response] | None:
    """Response of every unit in one spectrum; None where all are 1.

    Parameters
    ----------
    item
        Fit of the spectrum.
    options
        What the recipe says of its technique.
    labels
        Units that its areas count.
    widen
        Factor on the standard deviations of what is assumed.
    """
    saturated = _saturation(item, options, labels, widen) if _relaxes(item) else {}
    stated = stated_responses(options, widen)
    own = {label: stated[label] for label in options.response}
    return {**stated, **saturated, **own} or None


def stated_responses(options: Options, widen: float = 1.0) -> dict[str, Response]:
    """Responses by what a recipe says: unknown ones where areas are ratios alone, and those that it states."""
    by_label: dict[str, Response] = {}
    if options.evidence == "responses":
        by_label = {"P:S4": 1.0, "*": (1.0, widen * RESPONSE_LOG_SD)}
    for label, value in options.response.items():
        median, sd = value if isinstance(value, list) else (value, 0.0)
        by_label[label] = (median, sd) if sd > 0 else median
    return by_label


def _saturation(item: Modelled, options: Options, labels: Sequence[str], widen: float) -> dict[str, Response]:
    """Shares S/S0 of the units; none where the delay is long enough for all of them."""
    delay, angle = timing(item)
    times = {name: (t1, sd / t1) for text, (t1, sd) in options.t1.items() for name in affine.parse(text).names}
    by_label: dict[str, Response] = {}
    for label in labels:
        if label in times:
            t1, log_sd = times[label]
            share, blur = float(spectra.nmr.remaining(delay, angle, t1)), abs(_slope(delay, angle, t1)) * log_sd
        else:
            share, spread = _unknown_share(delay, angle)
            spread = spread if "recycle_delay" in item.spectrum.coords else UNKNOWN_T1[1]  # of any delay
            blur = widen * spread
        by_label[label] = (share, max(blur, NEGLIGIBLE / 10))
    wrong = [abs(share - 1) + sd for share, sd in (value for value in by_label.values() if isinstance(value, tuple))]
    return by_label if max(wrong, default=0.0) > NEGLIGIBLE else {}


def _unknown_share(delay: float, angle: float) -> tuple[float, float]:
    """Median of S/S0 and sd of its logarithm where T1 may be any that is published."""
    logs = np.log(spectra.nmr.remaining(delay, angle, POSSIBLE_T1))
    return math.exp(float(logs.mean())), float(logs.std())


def _slope(delay: float, angle: float, t1: float, step: float = 1e-4) -> float:
    """D ln(S/S0) / d ln(T1)."""
    up, down = (float(spectra.nmr.remaining(delay, angle, t1 * factor)) for factor in (1 + step, 1 - step))
    return math.log(up / down) / (2 * step)


def timing(item: Modelled) -> tuple[float, float]:
    """Recycle delay (s) and flip angle (degrees) of a spectrum, as it states them or as they are assumed."""
    coords = item.spectrum.coords
    delay = float(coords["recycle_delay"].item()) if "recycle_delay" in coords else SHORTEST_USUAL_DELAY
    angle = float(coords["flip_angle"].item()) if "flip_angle" in coords else UNKNOWN_ANGLE
    return delay, angle


def saturates(item: Modelled, options: Options) -> bool:
    """Whether relaxation times that are assumed, not stated, blur the responses of a spectrum."""
    names = [name for line in item.lines for name in affine.parse(line).names]
    stated = {name for text in options.t1 for name in affine.parse(text).names} | set(options.response)
    return _relaxes(item) and bool(_saturation(item, options, sorted(set(names) - stated), 1.0))


def _relaxes(item: Modelled) -> bool:
    """Whether the nuclei of a technique relax between scans."""
    return spectra.technique_of(item.technique) is spectra.technique_of("NMR")
