r"""From photoelectron areas to atomic ratios, and whether O 1s tells of the glass or of its surface.

.. math:: n_i \propto \frac{A_i}{S_i\, T(E_i)\, t_i}

with areas A in counts and the time t of a point (dwell time times scans; 1 where areas are in counts/s), sensitivity
factors S that somebody published and a transmission T that somebody measured: none is built in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.errors import Offenders
from spectra.spectrum import scalar

SURFACE_SDS = 3.0
"""O/P above the composition by three standard deviations is not the glass's own oxygen."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Relative sensitivity factor of a level, its relative sd, and who published it."""

    value: float
    relative_sd: float
    source: str


def atomic_amounts(
    areas: Mapping[str, tuple[float, float]],
    sensitivity: Mapping[str, Sensitivity],
    *,
    transmission: Mapping[str, float] | None = None,
    exposures: Mapping[str, float] | None = None,
) -> Estimates:
    """Relative amounts of elements from the whole areas of their levels.

    Parameters
    ----------
    areas
        Area and sd by level, such as ``{"O 1s": (1200.0, 15.0)}``; of doublets both lines together, in one unit.
    sensitivity
        Factor by level, each with its source.
    transmission
        Relative transmission of the analyser by level; 1 where absent.
    exposures
        Seconds behind a point by level, as :func:`exposure` gives them, for areas in counts: regions that were scanned
        more often count more for the same amount. 1 where absent: areas in counts/s.

    Returns
    -------
    Estimates
        Entries by level with the facet ``element``; only ratios mean something.

    Raises
    ------
    BadInput
        If a factor is missing, not positive or without a source; all together.

    Examples
    --------
    >>> factors = {"O 1s": Sensitivity(2.0, 0.1, "handbook A"), "P 2p": Sensitivity(1.0, 0.1, "handbook A")}
    >>> amounts = atomic_amounts({"O 1s": (120.0, 1.0), "P 2p": (100.0, 1.0)}, factors)
    >>> amounts.value.values.tolist(), amounts.facets["element"]
    ([60.0, 100.0], ('O', 'P'))
    """
    offenders = Offenders()
    values, variances = [], []
    for level, (area, sd) in areas.items():
        factor = sensitivity.get(level)
        if factor is None:
            offenders.add(f"{level}: has no sensitivity factor; give Sensitivity(value, relative_sd, source)")
            continue
        if not (factor.value > 0 and factor.relative_sd >= 0 and factor.source.strip()):
            offenders.add(f"{level}: the sensitivity {factor} needs a positive value, an sd and a source")
            continue
        seconds = (exposures or {}).get(level, 1.0)
        if not seconds > 0:
            offenders.add(f"{level}: the exposure {seconds:g} is dwell time times scans in s, above 0")
            continue
        amount = area / (factor.value * (transmission or {}).get(level, 1.0) * seconds)
        values.append(amount)
        variances.append(amount**2 * ((sd / area) ** 2 if area else 0.0) + (amount * factor.relative_sd) ** 2)
    offenders.raise_if_any()
    return Estimates.build(list(areas), values, variances, element=[level.split()[0] for level in areas])


def exposure(spectrum: xr.Dataset) -> float:
    """Seconds behind a point of a region: 1 where the intensity is a rate, dwell time times scans where it is counts.

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
            f"the intensity is in {unit or 'no unit'}, dwell_time and scans are {dwell} and {scans}: regions are "
            "comparable as rates; assign dwell_time (s) and scans as coordinates of a region in counts"
        )
    return dwell * scans


def surface_check(
    amounts: Estimates, oxygen_per_phosphorus: float, *, override: bool = False
) -> tuple[bool, Estimates, tuple[Note, ...]]:
    """Whether O 1s counts as evidence for the glass: not where O/P exceeds the composition by 3 sd.

    Parameters
    ----------
    amounts
        As :func:`atomic_amounts` gives them, with O and P.
    oxygen_per_phosphorus
        Of the composition.
    override
        Use O 1s all the same; the note stays.

    Returns
    -------
    tuple
        Use it or not, the ratio O/P, notes.

    Examples
    --------
    >>> amounts = Estimates.build(["O 1s", "P 2p"], [60.0, 100.0], [9.0, 25.0], element=["O", "P"])
    >>> surface_check(amounts, 0.6)[0], surface_check(amounts, 0.3)[0], surface_check(amounts, 0.3, override=True)[0]
    (True, False, True)
    """
    parts = [amounts.where(element=element) for element in ("O", "P")]
    if any(len(part) == 0 for part in parts):
        raise BadInput("amounts: O and P are both needed for O/P; give areas of O 1s and P 2p")
    oxygen, phosphorus = (float(part.value.values.sum()) for part in parts)
    variances = [float(part.covariance.values.sum()) for part in parts]
    ratio = oxygen / phosphorus
    sd = ratio * math.sqrt(variances[0] / oxygen**2 + variances[1] / phosphorus**2) if oxygen > 0 else 0.0
    found = Estimates.build(["O/P"], [ratio], np.array([sd**2]))
    if ratio - oxygen_per_phosphorus <= SURFACE_SDS * sd:
        return True, found, ()
    text = (
        f"O/P of the surface is {ratio:.2f} +- {sd:.2f}, the composition has {oxygen_per_phosphorus:g}: O 1s tells of "
        f"the surface{', used because the user says so' if override else ', not used'}"
    )
    return (
        override,
        found,
        (Note("surface-not-used", Severity.WARNING, text, "clean or fracture the surface in vacuum"),),
    )
