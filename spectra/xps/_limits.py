r"""Share of one line of a region, and how far up the data let it go.

The limit is that of the profile: the area at which chi2, minimised over everything else within its bounds, has risen by
2.71, over the area of all first lines,

.. math:: s_{95} = A_{95} / \textstyle\sum_i A_i .

The curvature at the minimum knows no bounds: a line of 3 % leaves its Lorentzian part open by more than it can be, and
its area with it, so that limits from the covariance lay three times as far above the truth as they need to.

What lies under the lines takes a part of their area, not of every line the same, and the tails of their shape take the
place of a weak line beside them. So the limit is the largest over all backgrounds and shapes that the two regions do
not reject: chi2 of the region, and the least of the other region with that shape, within 6 of the least of all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from shortrange_core import Estimates
from spectra.fits import Fit, profile
from spectra.models import Model
from spectra.xps._other_backgrounds import ends_by_shape
from spectra.xps._surface import NEEDED

ONE_SIDED_95 = 1.6448536269514722
"""Standard deviations of a one-sided normal limit at 95 %."""
GROWN = 2.5
"""Standard deviations by which a share must have grown. Lines of another shape than the fit's leave a share on both
sides of contact, which BIC takes for a product; then this alone tells that nothing grew, once in 160 draws wrongly."""
TWO_SIDED = 0.90
"""Level of the interval whose upper end is a one-sided limit at 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """Share of a line, the sds towards 0 and away from it, and its one-sided 95 % limit."""

    value: float
    below: float
    above: float

    @property
    def sd(self) -> float:
        """Half the 90 % interval over 1.64."""
        return (self.below + self.above) / 2

    @property
    def limit(self) -> float:
        """One-sided 95 % limit."""
        return min(max(self.value, 0.0) + ONE_SIDED_95 * self.above, 1.0)


@dataclass(frozen=True, slots=True)
class ProductShare:
    """Share of a line in the fit as it is and in the shape and background that describe best, and its limit."""

    share: Share
    best: Share
    limit: float


def shares_with(fits: tuple[Fit, Fit], name: str, others: Sequence[tuple[Model, Model]]) -> list[ProductShare]:
    """Share of one peak of the area of all assigned lines, and its limit, of each of two regions before and after.

    Partners of doublets and satellites go with their lines.

    Parameters
    ----------
    fits
        Of the two regions.
    name
        Of the peak.
    others
        Models of the two in every other shape that their lines may have.
    """
    own = [_share(fit, name) for fit in fits]
    if not all(fit.status.trusted for fit in fits):
        return [ProductShare(share, share, share.limit) for share in own]
    regions = [ends_by_shape(fit, [both[number] for both in others]) for number, fit in enumerate(fits)]
    best = [[min((one.chi2 for one in ends), default=math.inf) for ends in shapes] for shapes in regions]
    sums = [sum(pair) for pair in zip(*best, strict=True)]
    least, shape = min(sums), sums.index(min(sums))
    answers = []
    for share, region, elsewhere in zip(own, regions, reversed(best), strict=True):
        as_it_is, best_of_all = region[0][0], min(region[shape], key=lambda one: one.chi2)
        near = [
            one
            for ends, beside in zip(region, elsewhere, strict=True)
            for one in ends
            if one is not as_it_is and one.chi2 + beside < least + NEEDED
        ]
        made = [(one, _share(fit, name)) for one in near if (fit := one.whole()).status.trusted]
        best_share = next((made_share for one, made_share in made if one is best_of_all), share)
        answers.append(ProductShare(share, best_share, max(one.limit for one in (share, *(part for _, part in made)))))
    return answers


def _share(fit: Fit, name: str) -> Share:
    """Over the background of a fit: its sds are the distances to the ends of the 90 % interval over 1.64.

    That of the covariance, on both sides, where the fit is no result.
    """
    areas = fit.areas
    counted = [entry for entry, text in zip(areas.entries, areas.facets["assignment"], strict=True) if text]
    part, place = areas.select(counted), counted.index(name)
    share = part.propagate(lambda v: v[place] / v.sum(), ["share"])
    value, sd = float(share.value.item()), float(share.sd.item())
    whole = float(part.value.values.sum())
    if not fit.status.trusted or not whole > 0:
        return Share(value, sd, sd)
    ends = profile(fit, [f"{name}_area"], level=TWO_SIDED).intervals
    low, high = (float(ends[end].item()) / whole for end in ("lower", "upper"))
    sides = ((value - low) / ONE_SIDED_95, (high - value) / ONE_SIDED_95)
    return Share(value, *(side if math.isfinite(side) else sd for side in sides))


def grew(before: Share, after: Share) -> bool:
    """Whether a share grew by more than :data:`GROWN` standard deviations, each on the side of the other."""
    return after.value - before.value > GROWN * math.hypot(after.below, before.above)


def shares_of(before: Share, after: Share, species: str) -> Estimates:
    """Shares before and after, and their difference: entries ``pristine``, ``after``, ``change``."""
    first, second = before.sd**2, after.sd**2
    covariance = [[first, 0.0, -first], [0.0, second, second], [-first, second, first + second]]
    values = [before.value, after.value, after.value - before.value]
    return Estimates.build(["pristine", "after", "change"], values, covariance, species=[species] * 3)


def limit_of(shares: Estimates, entry: str, *, determined: bool) -> float:
    """One-sided 95 % limit of a share by its covariance; 1 where the regions cannot answer."""
    if not determined:
        return 1.0
    one = shares.select([entry])
    return min(max(float(one.value.item()), 0.0) + ONE_SIDED_95 * float(one.sd.item()), 1.0)
