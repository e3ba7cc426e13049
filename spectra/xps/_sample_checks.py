r"""What regions of one sample say against one another: of the charge, and of the amount of one element.

Every region with published positions measures the referencing offset of the sample on its own. Its prior, which all
regions share, is taken out of each:

.. math:: \frac{1}{s^2} = \frac{1}{s_\mathrm{fit}^2} - \frac{1}{s_\mathrm{prior}^2}, \qquad
   m = s^2\,\frac{m_\mathrm{fit}}{s_\mathrm{fit}^2}

and what is left of two regions must agree: one charge moves all of them alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

import xarray as xr

from shortrange_core import BadInput, Estimates, Note, Severity
from spectra.fits import Fit
from spectra.models import OFFSET
from spectra.spectrum import measured_range
from spectra.xps._charge import separation
from spectra.xps._oxygen import OXYGEN, BridgingRange, bridging_range, counts_bridging
from spectra.xps._placement import outside
from spectra.xps._quantification import Sensitivity, surface_check

DISAGREEMENT = 3.0
"""Standard deviations at which two regions contradict each other."""
FARTHEST = 6.0
"""eV beyond its windows up to which a wrong reference line may have moved a line; farther away it is another one."""
UNSEEN = 0.9
"""A region whose offset is known no better than this share of its prior says nothing of the charge."""


def of_level(level: str, note: Note) -> Note:
    """A note about the fit of one region, in the list of a sample."""
    return replace(note, text=f"{level}: {note.text}")


def of_regions(fits: Mapping[str, Fit]) -> Iterator[Note]:
    """One error a region whose fit is no result."""
    for level, one in fits.items():
        if not one.status.trusted:
            first = next((str(note.text) for note in one.notes if note.severity is Severity.ERROR), str(one.status))
            text = f"{level}: the fit is not usable ({one.status}): {first}"
            yield Note("region-misfit", Severity.ERROR, text, "correct its lines, its window or its background")


def offset_of(fit: Fit) -> tuple[float, float] | None:
    """What a region alone says of the offset of its axis (eV) and its sd; None where it says nothing."""
    prior = fit.model.offset_sd
    if not prior or OFFSET not in fit.parameters.entries or not fit.status.trusted:
        return None
    fitted = fit.parameters.select([OFFSET])
    value, sd = float(fitted.value.item()), float(fitted.sd.item())
    if not 0 < sd < UNSEEN * prior:
        return None
    own = 1 / (1 / sd**2 - 1 / prior**2)
    return own * value / sd**2, math.sqrt(own)


def between_regions(fits: Mapping[str, Fit], reference: str) -> Iterator[Note]:
    """Regions that contradict the charge of another, or the reference line of the sample (its level; "" if stated)."""
    yield from _against_reference(fits, reference)
    yield from _between_offsets(fits)


def _against_reference(fits: Mapping[str, Fit], reference: str) -> Iterator[Note]:
    """That the highest lines of two regions or more lie beyond their windows on the same side: the axis is off."""
    places = {level: beyond[1] for level, one in fits.items() if (beyond := _away(one)) is not None}
    away = {level: by for level, by in places.items() if abs(by) <= FARTHEST}
    for side, word in ((1, "above"), (-1, "below")):
        levels = {level: by for level, by in away.items() if by * side > 0}
        if len(levels) > 1:
            far = ", ".join(f"{level} {abs(by):.1f} eV" for level, by in levels.items())
            moved = f"the highest line of {reference}" if reference else "the stated shift"
            text = f"the highest points of {len(levels)} regions lie {word} all windows of their lines: {far}"
            remedy = f"check {moved}, which shifted all regions alike, before windows and assignments"
            yield Note("regions-disagree", Severity.WARNING, text, remedy)


def _away(fit: Fit) -> tuple[float, float] | None:
    model, lines = fit.model, [line for line in fit.model.peaks if line.assignment]
    ends = measured_range(fit.spectrum, model.window)
    return outside(fit.spectrum, model.axis, ends, lines) if lines else None


def _between_offsets(fits: Mapping[str, Fit]) -> Iterator[Note]:
    """Pairs of regions whose lines lie off their published positions by different amounts."""
    offsets = {level: offset for level, one in fits.items() if (offset := offset_of(one)) is not None}
    for (first, (value, sd)), (second, (other, other_sd)) in combinations(offsets.items(), 2):
        both = math.hypot(sd, other_sd)
        if abs(value - other) > DISAGREEMENT * both:
            text = (
                f"{first} lies {value:+.2f} +- {sd:.2f} eV from its published positions, {second} {other:+.2f} +- "
                f"{other_sd:.2f} eV: charging shifts both alike"
            )
            remedy = "check the assignments, the reference line, and whether the sample charges evenly"
            yield Note("regions-disagree", Severity.WARNING, text, remedy)


def between_levels(amounts: Estimates) -> Iterator[Note]:
    """Levels of one element whose amounts differ: a wrong factor, another depth, or a line under one of them."""
    elements = amounts.facets["element"]
    rows = list(zip(amounts.entries, elements, amounts.value.values, amounts.sd.values, strict=True))
    for (first, element, value, sd), (second, same, other, other_sd) in combinations(rows, 2):
        if element == same and abs(value - other) > DISAGREEMENT * math.hypot(sd, other_sd):
            text = f"{first} gives {value / other:.2f} times as much {element} as {second}"
            remedy = "check the sensitivity factors, for a line under one of them, and the depth that each probes"
            yield Note("levels-disagree", Severity.WARNING, text, remedy)


def of_oxygen(
    fits: Mapping[str, Fit],
    carbon: xr.Dataset | None,
    factors: Mapping[str, Sensitivity],
    amounts: Estimates | None,
    *,
    oxygen_per_phosphorus: float | None,
    surface_oxygen: float | None,
) -> tuple[BridgingRange | None, tuple[Note, ...]]:
    """BO/(BO + NBO) with what the regions leave to the surface, and what is to be said of O 1s.

    Raises
    ------
    BadInput
        If the composition is stated and the amounts do not have O and P, or ``surface_oxygen`` is no share.
    """
    notes: tuple[Note, ...] = ()
    if oxygen_per_phosphorus is not None:
        if amounts is None or not {"O", "P"} <= set(amounts.facets["element"]):
            raise BadInput("oxygen_per_phosphorus needs sensitivity factors of O and P, and both regions")
        notes = surface_check(amounts, oxygen_per_phosphorus)[2]
    if OXYGEN not in fits or not counts_bridging(fits[OXYGEN]):
        return None, notes
    result = bridging_range(
        fits[OXYGEN],
        carbon=carbon,
        sensitivity=factors,
        amounts=amounts,
        oxygen_per_phosphorus=oxygen_per_phosphorus,
        surface_oxygen=surface_oxygen,
    )
    return result, (*separation(fits[OXYGEN])[1], *result.notes, *notes)
