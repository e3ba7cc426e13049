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

from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.errors import Offenders
from shortrange_core.showing import Shown
from shortrange_core.spelling import spelled
from spectra.fits import Fit
from spectra.spectrum import scalar
from spectra.xps._exposures import exposure
from spectra.xps._whole_areas import whole_area

Area = Fit | Estimates | tuple[float, float]

SURFACE_SDS = 3.0
"""O/P above the composition by three standard deviations is not the glass's own oxygen."""


@dataclass(frozen=True, slots=True)
class Sensitivity(Shown):
    """Relative sensitivity factor of a level, its relative sd, and who published it.

    Raises
    ------
    BadInput
        If the factor is not above 0, its sd below 0, or no source is given; all offenders together.
    """

    value: float
    relative_sd: float
    source: str

    def __post_init__(self) -> None:
        offenders = Offenders()
        offenders.positive("", value=self.value)
        offenders.not_negative("", relative_sd=self.relative_sd)
        if not self.source.strip():
            offenders.add("source is empty: state who published the factor")
        offenders.raise_if_any("sensitivity")


def atomic_amounts(
    areas: Mapping[str, Area],
    sensitivity: Mapping[str, Sensitivity],
    *,
    transmission: Mapping[str, float] | None = None,
    exposures: Mapping[str, float] | float | None = None,
) -> Estimates:
    """Relative amounts of elements from the whole areas of their levels.

    Parameters
    ----------
    areas
        By level, such as ``"O 1s"``: the fit of its region, whose lines count together (Auger lines do not) and whose
        spectrum says what its counts are worth; an area without lines as of :func:`integrated`; or area and sd as
        numbers, of doublets both lines together.
    sensitivity
        Factor by level, each with its source.
    transmission
        Relative transmission of the analyser by level, over that of the spectra. All levels have one or none has.
    exposures
        Seconds behind a point by level, as :func:`exposure` gives them, or one number for all; 1 where the areas are
        counts/s. Needed for areas that are numbers: regions that were scanned more often count more for one amount.

    Returns
    -------
    Estimates
        Entries by level with the facet ``element``; only ratios mean something.

    Raises
    ------
    BadInput
        If a factor is missing, not positive or without a source, if areas cannot be brought to one rate, or regions
        of different transmission or pass energy would be mixed; all together.

    Examples
    --------
    >>> factors = {"O 1s": Sensitivity(2.0, 0.1, "handbook A"), "P 2p": Sensitivity(1.0, 0.1, "handbook A")}
    >>> amounts = atomic_amounts({"O 1s": (120.0, 1.0), "P 2p": (100.0, 1.0)}, factors, exposures=1.0)
    >>> amounts.value.values.tolist(), amounts.facets["element"]
    ([60.0, 100.0], ('O', 'P'))
    """
    offenders = Offenders()
    values, variances = [], []
    for level, area in areas.items():
        try:
            factor = _factor(level, sensitivity)
            value, sd = _area_per_second(level, area, exposures)
        except BadInput as error:
            offenders.add(*error.problems)
            continue
        amount = value / factor.value
        values.append(amount)
        variances.append((sd / factor.value) ** 2 + (amount * factor.relative_sd) ** 2)
    offenders.add(*_not_comparable(areas, transmission or {}))
    offenders.raise_if_any()
    passed = np.array([_transmission(level, area, transmission or {}) or 1.0 for level, area in areas.items()])
    levels = list(areas)
    return Estimates.build(
        levels, values / passed, variances / passed**2, element=[level.split()[0] for level in levels]
    )


def _factor(level: str, sensitivity: Mapping[str, Sensitivity]) -> Sensitivity:
    factor = sensitivity.get(level)
    if factor is None:
        raise BadInput(f"{level}: has no sensitivity factor; give Sensitivity(value, relative_sd, source)")
    return factor


def _area_per_second(level: str, area: Area, exposures: Mapping[str, float] | float | None) -> tuple[float, float]:
    """Whole area of a level and its sd, in counts/s x eV."""
    given = exposures.get(level) if isinstance(exposures, Mapping) else exposures
    if given is not None and not given > 0:
        raise BadInput(f"{level}: the exposure {given:g} is dwell time times scans in s, above 0")
    if isinstance(area, tuple):
        value, sd = area
    else:
        whole = area if isinstance(area, Estimates) else whole_area(area)
        value, sd = float(whole.value.item()), float(whole.sd.item())
    seconds = given if given is not None else _exposure_of(level, area)
    if seconds is None:
        raise BadInput(f"{level}: the counting time of {value:g} is not known; {_timed()}")
    return value / seconds, sd / seconds


def _exposure_of(level: str, area: Area) -> float | None:
    if not isinstance(area, Fit):
        return _stated(area, "exposure")
    try:
        return exposure(area.spectrum)
    except BadInput as error:
        raise BadInput(*(f"{level}: {problem}" for problem in error.problems)) from error


def _timed() -> str:
    """How an area without lines comes to say its time."""
    keys = "state intensity_unit, dwell_time (s) and scans of its file"
    return spelled("give the fit, or exposures= in s (1 where the areas are counts/s)", command_line=keys, recipe=keys)


def _stated(area: Area, name: str) -> float | None:
    """What the spectrum of an area says of itself."""
    if isinstance(area, Fit):
        return scalar(area.spectrum, name, None)
    facets = area.facets if isinstance(area, Estimates) else {}
    return float(facets[name][0]) if name in facets else None


def _transmission(level: str, area: Area, given: Mapping[str, float]) -> float | None:
    return given[level] if level in given else _stated(area, "transmission")


def _not_comparable(areas: Mapping[str, Area], given: Mapping[str, float]) -> list[str]:
    """What keeps the regions apart: a transmission of some only, none of different pass energies."""
    transmissions = {level: _transmission(level, area, given) for level, area in areas.items()}
    without = [level for level, value in transmissions.items() if value is None]
    stated = [(level, value) for level, value in transmissions.items() if value is not None]
    wrong = [f"{level}: the transmission {value:g} must be above 0" for level, value in stated if not value > 0]
    if without and len(without) < len(transmissions):
        return [
            *wrong,
            f"{', '.join(without)}: the transmission is not known, but that of others is; {_way('for all')}",
        ]
    passed = {_stated(area, "pass_energy") for area in areas.values()} - {None}
    if without and len(passed) > 1:
        told = ", ".join(f"{value:g}" for value in sorted(value for value in passed if value is not None))
        return [*wrong, f"the regions have pass energies of {told} eV; {_way('by level')}"]
    return wrong


def _way(of: str) -> str:
    """How the regions become comparable: by numbers in Python, by their files elsewhere."""
    exported = "export the regions with their transmission"
    return spelled(f"give transmission= {of}", command_line=exported, recipe=exported)


def oxygen_over_phosphorus(amounts: Estimates) -> Estimates:
    """Ratio O/P of amounts.

    Raises
    ------
    BadInput
        If O or P is missing.
    """
    parts = [amounts.where(element=element) for element in ("O", "P")]
    if any(len(part) == 0 for part in parts):
        raise BadInput("amounts: O and P are both needed for O/P; give areas of O 1s and P 2p")
    oxygen, phosphorus = (float(part.value.values.sum()) for part in parts)
    variances = [float(part.covariance.values.sum()) for part in parts]
    ratio = oxygen / phosphorus
    sd = ratio * math.sqrt(variances[0] / oxygen**2 + variances[1] / phosphorus**2) if oxygen > 0 else 0.0
    return Estimates.build(["O/P"], [ratio], np.array([sd**2]))


def surface_check(
    amounts: Estimates, oxygen_per_phosphorus: float, *, override: bool = False
) -> tuple[bool, Estimates, tuple[Note, ...]]:
    """Whether O 1s counts as evidence for the glass: not if O/P exceeds the composition by 3 sd.

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
    stoichiometry = oxygen_over_phosphorus(amounts)
    ratio, sd = float(stoichiometry.value.item()), float(stoichiometry.sd.item())
    if ratio - oxygen_per_phosphorus <= SURFACE_SDS * sd:
        return True, stoichiometry, ()
    text = (
        f"O/P of the surface is {ratio:.2f} +- {sd:.2f}, the composition has {oxygen_per_phosphorus:g}: O 1s shows "
        f"the surface{'; used as the user requires' if override else '; not used'}"
    )
    return (
        override,
        stoichiometry,
        (Note("surface-not-used", Severity.WARNING, text, "clean or fracture the surface in vacuum"),),
    )
