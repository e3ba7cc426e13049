"""Which claims answer a request, on which line and scale, and the prior or window that follows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reference_peaks.entries import (
    POOLED_STATUSES,
    Claim,
    Placement,
    Settings,
    Source,
    normal_label,
    unit_of_technique,
)
from reference_peaks.pooling._pool import Pooled, pool_group
from reference_peaks.pooling._prior import Prior, Window
from reference_peaks.pooling._spreads import technique_spread

MAIN_LINES = ("", "2p3/2", "stretch", "2p", "P-O-P stretch", "bend")
OWN_SURROUNDINGS = "no bridge to "
"""Start of the name of a line whose site has neighbours of its own kind only, as in a glass of one former."""
WINDOW_SPREADS = 3.0
"""Spreads by which a window reaches beyond one source; beyond the hull of n sources by this over the root of n: the
position of one more source lies in it in 96 to 98 of 100 cases, for n from 1 to 20."""
PRINTED, PRINTED_ALIKE = "as printed for this material", "as printed for similar bonds in this material"
ELSEWHERE, ANYWHERE = "published for other materials", "published for any material"
PLACING = ("position", "range", "window")


@dataclass(frozen=True, eq=False, slots=True)
class Request:
    """What is asked of the library: see :meth:`Library.priors`; ``claims`` are those of the technique."""

    technique: str
    species: tuple[str, ...]
    cation: str | None
    phase: str | None
    scale: str | None
    line: str | None
    claims: tuple[Claim, ...]
    sources: Mapping[str, Source]
    settings: Settings

    def about(self, label: str) -> list[Claim]:
        """Claims about a species in any material that may be pooled by their status."""
        wanted = normal_label(label)
        return [c for c in self.claims if normal_label(c.species) == wanted and c.status in POOLED_STATUSES]

    @property
    def cations(self) -> frozenset[str] | None:
        """Cations of the material asked for; None where any will do."""
        return None if self.cation is None else frozenset(self.cation.split("/"))

    def answers(self, claim: Claim) -> bool:
        """Whether a claim is about the material asked for."""
        ours = self.cations is None or frozenset(claim.cation.split("/")) == self.cations
        return ours and (self.phase is None or claim.phase in self.phase.split("/"))

    def matching(self, label: str) -> list[Claim]:
        """Claims about a species in the material asked for."""
        return [claim for claim in self.about(label) if self.answers(claim)]

    def target_scale(self) -> str:
        """The scale asked for, else the one that most species have a position on.

        Where the technique has a table of scales, one that is not in it has to be asked for: nobody else is on it.
        """
        if self.scale is not None:
            return self.scale
        main = self.settings.main_scale(self.technique)
        counts: Counter[str] = Counter()
        for label in self.species:
            scales = {claim.scale for claim in self.matching(label) if claim.quantity.kind == "position"}
            counts.update(s for s in scales if main is None or self.settings.move(self.technique, s, main) is not None)
        return min(counts, key=lambda scale: (-counts[scale], scale)) if counts else main or ""

    def window_scale(self) -> str:
        """The scale of windows: one that nobody else is on is taken for the technique's own, as windows are wide."""
        target, main = self.target_scale(), self.settings.main_scale(self.technique)
        return target if main is None or self.settings.move(self.technique, target, main) is not None else main


def main_line(claims: Sequence[Claim]) -> str | None:
    """The line to take where none was named; None where several stand side by side and none comes first.

    The only line there is; else the first of :data:`MAIN_LINES`; else the site without a foreign neighbour.
    """
    lines = sorted({claim.line for claim in claims})
    own = [line for line in lines if line.startswith(OWN_SURROUNDINGS)]
    first = [line for line in MAIN_LINES if line in lines] or own or lines
    return first[0] if len(lines) == 1 or first is not lines else None


def moved(request: Request, claim: Claim, target: str) -> tuple[float, float] | None:
    """Position of a claim on a scale, and the sd of the move; None where the scales are not connected."""
    move = request.settings.move(request.technique, claim.scale, target)
    return None if move is None else (claim.quantity.centre + move[0], move[1])


def group_for(request: Request, label: str) -> tuple[tuple[Claim, ...], str]:
    """Claims with a position that answer the request for one species, of one line, and the scale to have them on."""
    target = request.target_scale()
    placing = [c for c in request.matching(label) if c.quantity.kind == "position" and moved(request, c, target)]
    if not placing:
        return (), target
    line = main_line(placing) if request.line is None else request.line
    return tuple(claim for claim in placing if claim.line == line), target


def pooled_for(request: Request, label: str) -> Pooled | None:
    """Pooled position of one species; None where no position answers the request."""
    group, target = group_for(request, label)
    if not group:
        return None
    spread = technique_spread(request.claims, request.technique, request.settings)
    return pool_group(group, spread, request.settings, target=target)


def prior_for(request: Request, label: str) -> Prior | None:
    """Prior for one species; None where no position answers the request."""
    pooled = pooled_for(request, label)
    if pooled is None:
        return None
    group, _ = group_for(request, label)
    widths = [claim.fwhm for claim in group if claim.fwhm is not None]
    keys = [source.source for source in pooled.sources]
    return Prior(
        mean=pooled.mean,
        sd=pooled.sd,
        source="; ".join(request.sources[key].citation if key in request.sources else key for key in keys),
        species=label,
        technique=request.technique,
        line=pooled.line,
        scale=pooled.scale,
        unit=pooled.unit,
        claims=tuple(claim.key for claim in group),
        sources=len(keys),
        spread=pooled.spread,
        standard_error=pooled.standard_error,
        default=pooled.default,
        reason=pooled.reason,
        fwhm=float(np.mean(widths)) if widths else None,
    )


def window_for(request: Request, label: str) -> Window | None:
    """Window for one species: as printed for the material, else around what is published, else what is stated.

    Claims about the species, and about those that :attr:`Settings.placements` calls it like, are looked through from
    the material asked for to any. Ends that are stated there only widen what is published for this material or cation;
    they come before what would be drawn from other materials.
    """
    stated = request.settings.placement(request.technique, label)
    assumed = None if stated is None or stated.lower is None or stated.upper is None else (stated.lower, stated.upper)
    group, where = _nearest(request, label, stated)
    if not group and assumed is None:
        return None
    if where == PRINTED:
        assumed = None  # a curator's claim is exact
    if assumed is not None and (where in (ELSEWHERE, ANYWHERE) or not group):
        group, ends, reason = [], assumed, "assumed"
    else:
        ends, reason = _published_ends(request, group, where)
    widened = assumed is not None and (not group or assumed[0] < ends[0] or assumed[1] > ends[1])
    if assumed is not None and group and widened:
        ends = (min(ends[0], assumed[0]), max(ends[1], assumed[1]))
        reason = f"{reason}, and assumed from {assumed[0]:g} to {assumed[1]:g}"
    keys = sorted({claim.source for claim in group})
    return Window(
        lower=round(ends[0], 6),
        upper=round(ends[1], 6),
        unit=unit_of_technique(request.technique),
        source="; ".join(request.sources[key].citation if key in request.sources else key for key in keys),
        species=label,
        technique=request.technique,
        claims=tuple(claim.key for claim in group),
        reason=reason if stated is None else f"{reason}: {stated.reason}",
        assumed=widened,
    )


def _nearest(request: Request, label: str, stated: Placement | None) -> tuple[list[Claim], str]:
    """Claims that place a line, of the nearest material that has any, and which material that is."""
    like, line = (stated.like, stated.line) if stated is not None else ((), "")
    own = _placing(request, label, "")
    about = own + [c for other in like for c in _placing(request, other, line)]
    here = [claim for claim in about if request.answers(claim)]
    printed = [claim for claim in here if claim.quantity.kind == "window"]
    of_it = [claim for claim in printed if claim in own]
    if printed:
        return (of_it, PRINTED) if of_it else (printed, PRINTED_ALIKE)
    if request.cations is None and request.phase is None:
        return about, ANYWHERE
    if here:
        return here, "published for this material"
    of_cation = [claim for claim in about if frozenset(claim.cation.split("/")) == request.cations]
    return (of_cation, "published with this cation") if of_cation else (about, ELSEWHERE)


def _placing(request: Request, label: str, line: str) -> list[Claim]:
    """Positions, ranges and windows of one line of a species, in any material, that can be had on the scale."""
    target = request.window_scale()
    matching = [
        claim
        for claim in request.about(label)
        if claim.quantity.kind in PLACING and moved(request, claim, target) is not None
    ]
    if line:
        return [claim for claim in matching if claim.line == line]
    main = main_line(matching)
    return [claim for claim in matching if main in (None, claim.line)]


def _published_ends(request: Request, group: Sequence[Claim], where: str) -> tuple[tuple[float, float], str]:
    """Hull of what is published, widened so that another source's line lies in it whatever their number is."""
    if where in (PRINTED, PRINTED_ALIKE):
        return _ends_of(request, group, 0.0), where
    spread = request.settings.spread(request.technique)
    widening = WINDOW_SPREADS / math.sqrt(len({claim.source for claim in group}))
    ends = _ends_of(request, group, widening)
    reason = f"{where}, widened by {widening:.3g} times the default spread {spread.spread:g} {spread.unit}"
    return ends, reason


def _ends_of(request: Request, group: Sequence[Claim], widening: float) -> tuple[float, float]:
    spread, target = request.settings.spread(request.technique).spread, request.window_scale()
    lows, highs = [], []
    for claim in group:
        quantity = claim.quantity
        shift = (moved(request, claim, target) or (0.0, 0.0))[0] - quantity.centre
        low, high = (quantity.centre if end is None else end for end in (quantity.lower, quantity.upper))
        margin = widening * math.hypot(spread, quantity.sd or 0.0)
        lows.append(low + shift - margin)
        highs.append(high + shift + margin)
    return min(lows), max(highs)
