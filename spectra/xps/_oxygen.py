r"""How far BO/(BO + NBO) may move with oxygen that is not the glass's.

Carbonate and hydroxide lie between BO and NBO, and two lines describe three as well: O 1s does not show them. Where a
share f of O 1s belongs to a surface, a fit has counted it as BO, as NBO or in part as both, so that the share s that it
gives holds the glass's within

.. math:: \frac{s - f}{1 - f} \le s_\mathrm{glass} \le \frac{s}{1 - f} .

Other regions say how large f may be: O/P against the composition limits everything; C 1s near 289.5 eV, with three
oxygens a carbon, limits carbonate, and nothing else. Without O/P, or a limit that the user states, the share is not
determined: a line of a surface may be any part of O 1s, and with it in the model chi2 hardly changes from one end of
the range to the other.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import xarray as xr

from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import with_sd
from shortrange_core.spelling import option, spelled
from spectra.fits import Fit, fit, profile
from spectra.models import identifier
from spectra.spectrum import measured_range
from spectra.xps import _defaults as xps_defaults
from spectra.xps import _engine as xps
from spectra.xps._background_choice import areas_over_shapes
from spectra.xps._charge import separation
from spectra.xps._exposures import per_rate, rates
from spectra.xps._limits import ONE_SIDED_95, TWO_SIDED, Share
from spectra.xps._model_notes import formers_among
from spectra.xps._quantification import Sensitivity, oxygen_over_phosphorus
from spectra.xps._surface import NORMAL_95

CARBON, OXYGEN = "C 1s", "O 1s"
BRIDGING, TERMINAL = identifier("BO"), identifier("NBO")
SURFACE_CARBON = {"carbon": (284.2, 285.4), "ether": (285.8, 287.4), "carbonate": (288.3, 290.8)}
"""eV: C-C, C-O, and carbonate with carboxylate, which lies 0.5 to 1 eV below it and is not told from a little of it."""
BEYOND = 1.0
"""eV that C 1s must reach beyond the places of carbonate to say anything of it."""
OXYGENS = 3.0
SEEN = 3.0
"""Standard deviations above 0 at which carbonate is there."""
PART = 0.1
"""Share of O 1s by which a note shows what a surface does, where nothing says how much of it there is."""
STATED = "the share stated"


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class BridgingRange(Shown):
    """BO/(BO + NBO) of a glass, and its 95 % range if some oxygen may belong to the surface.

    Parameters
    ----------
    share
        Entry ``BO/(BO + NBO)``, with the sd of the fit: all of O 1s is the glass's but for what has lines of its own.
    lower, upper
        95 % interval with as much of the surface as ``surface_limit``; 0 and 1, undetermined, where nothing limits it.
    surface_limit
        Share of O 1s that may be of the surface (95 %); 1 where nothing limits it.
    limited_by
        ``"O/P"``, ``"the share stated"``, ``"lines of the model"`` or nothing.
    notes
        What a user must know.
    carbonate_alone
        95 % interval if carbonate is all that the surface has, of which C 1s tells; empty where C 1s does not.
    """

    share: Estimates
    lower: float
    upper: float
    surface_limit: float
    limited_by: str
    notes: tuple[Note, ...]
    carbonate_alone: tuple[float, ...] = ()

    def answer(self) -> str:
        """The range with a surface first, then what it is on conditions, in words."""
        value, sd = float(self.share.value.item()), float(self.share.sd.item())
        plain = f"{with_sd(value, sd)} if all of O 1s is from the glass"
        ends = f"{self.lower:.2f} to {self.upper:.2f}"
        if self.limited_by:
            return f"{ends} (95 %), limited by {self.limited_by}; {plain}"
        first = f"undetermined ({ends}): nothing limits the surface oxygen under it"
        if self.carbonate_alone:
            low, high = self.carbonate_alone
            return f"{first}; {low:.2f} to {high:.2f} (95 %) by C 1s if it is all carbonate; {plain}"
        return f"{first}; {plain}"


@dataclass(frozen=True, eq=False, slots=True)
class _Carbonate:
    """Carbonate of a C 1s region: its area, its place in eV, and the fit."""

    area: Share
    place: float
    of: Fit

    @property
    def there(self) -> bool:
        """Whether its area is above 0 by three standard deviations."""
        return self.area.value > SEEN * max(self.area.below, self.area.above)


def counts_bridging(fit: Fit) -> bool:
    """Whether a fit has bridging and non-bridging oxygen, and is a result."""
    return {f"{BRIDGING}_center", f"{TERMINAL}_center"} <= set(fit.parameters.entries) and fit.status.trusted


def remarks_of_oxygen(fit: Fit) -> tuple[Note, ...]:
    """What a user must know of a fit of O 1s alone."""
    if not counts_bridging(fit):
        return ()
    return (*separation(fit)[1], *bridging_range(fit).notes)


def bridging_range(
    oxygen: Fit,
    *,
    carbon: xr.Dataset | None = None,
    sensitivity: Mapping[str, Sensitivity] | None = None,
    amounts: Estimates | None = None,
    oxygen_per_phosphorus: float | None = None,
    surface_oxygen: float | None = None,
) -> BridgingRange:
    """BO/(BO + NBO) of a fit of O 1s, allowing for surface oxygen as far as other regions allow it.

    Parameters
    ----------
    oxygen
        Fit of O 1s with the lines ``BO`` and ``NBO``.
    carbon
        Region of C 1s of the same sample on the same reference, up to 292 eV and more.
    sensitivity
        Factors of C 1s and O 1s: with them C 1s limits the carbonate under O 1s.
    amounts, oxygen_per_phosphorus
        As for :func:`spectra.xps.surface_check`: with them O/P limits all oxygen of the surface.
    surface_oxygen
        Largest share of O 1s, from 0 to below 1, that you hold to be of the surface (fractured in vacuum, a depth
        profile).

    Raises
    ------
    BadInput
        If ``surface_oxygen`` is no such share.
    """
    if surface_oxygen is not None and not 0 <= surface_oxygen < 1:
        raise BadInput(
            f"{option('surface_oxygen', surface_oxygen)}: is the largest share of O 1s from the surface, "
            "0 to below 1; leave it out if you do not know it"
        )
    areas = areas_over_shapes(oxygen).select([BRIDGING, TERMINAL])
    share = areas.propagate(lambda v: v[:1] / v.sum(), ["BO/(BO + NBO)"])
    value, sd = float(share.value.item()), float(share.sd.item())
    ends = value - NORMAL_95 * sd, value + NORMAL_95 * sd
    seen = None if carbon is None else _carbonate(carbon)
    if _has_surface_lines(oxygen):
        return BridgingRange(share, max(ends[0], 0.0), min(ends[1], 1.0), 0.0, "lines of the model", ())
    part = None if seen is None else _of_oxygen(seen, oxygen, sensitivity or {})
    limit, by = _limit(part, amounts, oxygen_per_phosphorus, surface_oxygen)
    lower, upper = _moved(ends, limit)
    alone = () if by or part is None else _moved(ends, part.limit)
    result = BridgingRange(share, lower, upper, limit, by, (), alone)
    unscaled = seen is not None and part is None
    note = _range_note(result, ends, oxygen.model.elements, unscaled=unscaled)
    return replace(result, notes=(*_seen(seen, part), note))


def _has_surface_lines(oxygen: Fit) -> bool:
    return any(not line.assignment and line.name in xps_defaults.SURFACE for line in oxygen.model.peaks)


def _moved(ends: tuple[float, float], part: float) -> tuple[float, float]:
    """Ends of a share where a part of both lines may be of the surface."""
    if part >= 1:
        return 0.0, 1.0
    return max((ends[0] - part) / (1 - part), 0.0), min(ends[1] / (1 - part), 1.0)


def _carbonate(carbon: xr.Dataset) -> _Carbonate | None:
    """Carbonate in C 1s; None where the region cannot say."""
    if measured_range(carbon, None)[1] < SURFACE_CARBON["carbonate"][1] + BEYOND:
        return None
    carbon_fit = fit(carbon, xps.model(carbon, list(SURFACE_CARBON), windows=SURFACE_CARBON, sodium=False), check=False)
    if not carbon_fit.status.trusted:
        return None
    line = profile(carbon_fit, ["carbonate_area"], level=TWO_SIDED).intervals
    value, low, high = (float(line[name].item()) for name in ("value", "lower", "upper"))
    if not math.isfinite(high):
        return None
    place = float(carbon_fit.positions.select(["carbonate"]).value.item())
    area = Share(value, (value - low) / ONE_SIDED_95, (high - value) / ONE_SIDED_95)
    return _Carbonate(area, place, carbon_fit)


def _of_oxygen(seen: _Carbonate, oxygen: Fit, sensitivity: Mapping[str, Sensitivity]) -> Share | None:
    """Share of O 1s that is the oxygen of carbonate; None where factors or times are unknown."""
    if not {CARBON, OXYGEN} <= set(sensitivity):
        return None
    try:
        all_oxygen, per_second = rates(oxygen), per_rate(seen.of)
    except BadInput:
        return None
    lines = all_oxygen.select([name for name in all_oxygen.entries if name != xps_defaults.AUGER_PEAK])
    factor = sensitivity[OXYGEN].value / sensitivity[CARBON].value
    scale = OXYGENS * factor * per_second / float(lines.value.values.sum())
    doubt = math.hypot(sensitivity[OXYGEN].relative_sd, sensitivity[CARBON].relative_sd) * seen.area.value
    sides = (scale * math.hypot(side, doubt) for side in (seen.area.below, seen.area.above))
    return Share(scale * seen.area.value, *sides)


def _limit(
    part: Share | None, amounts: Estimates | None, composition: float | None, stated: float | None
) -> tuple[float, str]:
    """Share of O 1s that may be of the surface, and what says so: never less than the carbonate that is there."""
    limits = [(1.0, "")] if stated is None else [(stated, STATED)]
    if amounts is not None and composition is not None:
        ratio = oxygen_over_phosphorus(amounts)
        most = float(ratio.value.item()) + ONE_SIDED_95 * float(ratio.sd.item())
        limits.append((1 - composition / most, "O/P"))
    limit, by = min(limits)
    return min(max(limit, 0.0 if part is None else part.value), 1.0), by


def _seen(seen: _Carbonate | None, part: Share | None) -> list[Note]:
    """That C 1s has carbonate."""
    if seen is None or not seen.there:
        return []
    much = "" if part is None else f": {100 * part.value:.0f} +- {100 * part.sd:.0f} % of O 1s is from it"
    text = f"C 1s has carbonate or carboxylate at {seen.place:.1f} eV{much}, and O 1s counts it as BO or NBO"
    remedy = 'give O 1s surface = ["carbonate"], or clean or fracture the surface in vacuum'
    return [Note("surface-carbonate", Severity.WARNING, text, remedy)]


def _range_note(result: BridgingRange, ends: tuple[float, float], elements: Collection[str], *, unscaled: bool) -> Note:
    """The answer; where nothing limits the surface, what would, and what a tenth of O 1s from it does."""
    text, remedy = f"BO/(BO + NBO) is {result.answer()}", ""
    if result.limited_by in ("O/P", STATED):
        text += f"; at most {100 * result.surface_limit:.1f} % of O 1s is from the surface"
    elif not result.limited_by:
        low, high = _moved(ends, PART)
        text += f", {low:.2f} to {high:.2f} if {100 * PART:.0f} % of it is from the surface, unseen in O 1s"
        keys = "oxygen_per_phosphorus of the composition with P 2p and factors, or surface_oxygen"
        if "P" not in (formers_among(elements) or ("P",)):
            keys = "surface_oxygen"
        file = f"in a file of 'shortrange photoelectrons', give {keys}"
        remedy = spelled(f"give xps.sample {keys}", command_line=file, recipe=file)
        if unscaled:
            remedy += "; give factors of C 1s and O 1s, and dwell times and scans of regions in counts, for carbonate"
    return Note("bridging-range", Severity.INFO, text, remedy)
