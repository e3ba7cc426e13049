"""Which claims answer a request, on which line and scale, and the prior or window that follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reference_peaks.entries import POOLED_STATUSES, Claim, Settings, Source, normal_label
from reference_peaks.pooling._pool import Pooled, pool_group, technique_spread
from reference_peaks.pooling._prior import Prior, Window

MAIN_LINES = ("", "2p3/2", "stretch", "2p", "P-O-P stretch", "bend")
OWN_SURROUNDINGS = "no bridge to "
"""Start of the name of a line whose site has neighbours of its own kind only, as in a glass of one former."""
WINDOW_SPREADS = 3.0


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

    def matching(self, label: str) -> list[Claim]:
        """Claims about a species in the material asked for."""
        cation = None if self.cation is None else frozenset(self.cation.split("/"))
        return [
            claim
            for claim in self.about(label)
            if (cation is None or frozenset(claim.cation.split("/")) == cation)
            and (self.phase is None or claim.phase in self.phase.split("/"))
        ]

    def target_scale(self) -> str:
        """The scale asked for, else the one that most species have a position on."""
        if self.scale is not None:
            return self.scale
        counts: Counter[str] = Counter()
        for label in self.species:
            counts.update({claim.scale for claim in self.matching(label) if claim.quantity.kind == "position"})
        return min(counts, key=lambda scale: (-counts[scale], scale)) if counts else ""


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
    found = [c for c in request.matching(label) if c.quantity.kind == "position" and moved(request, c, target)]
    if not found:
        return (), target
    line = main_line(found) if request.line is None else request.line
    return tuple(claim for claim in found if claim.line == line), target


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
    """Window for one species: as printed for the material, else as printed, else around positions elsewhere."""
    target = request.target_scale()
    spread = request.settings.spread(request.technique)
    usable = [claim for claim in request.about(label) if moved(request, claim, target) is not None]
    printed = [claim for claim in usable if claim.quantity.kind in ("window", "range")]
    here = [claim for claim in printed if claim in request.matching(label)]
    positions = [claim for claim in usable if claim.quantity.kind == "position"]
    for group, reason in (
        (here, "as printed for this material"),
        (printed, "as printed for another material"),
    ):
        if group:
            ends = [(claim.quantity.lower or 0.0, claim.quantity.upper or 0.0) for claim in group]
            return _window(request, group, (min(e[0] for e in ends), max(e[1] for e in ends)), reason)
    if not positions:
        return None
    line = main_line(positions)
    group = [claim for claim in positions if line in (None, claim.line)]
    centres = [(moved(request, claim, target) or (np.nan, 0.0))[0] for claim in group]
    margin = WINDOW_SPREADS * spread.spread
    reason = f"positions in other materials, widened by {WINDOW_SPREADS:g} times the default spread {spread.spread:g}"
    return _window(request, group, (min(centres) - margin, max(centres) + margin), reason)


def _window(request: Request, group: Sequence[Claim], ends: tuple[float, float], reason: str) -> Window:
    keys = sorted({claim.source for claim in group})
    return Window(
        lower=round(ends[0], 6),
        upper=round(ends[1], 6),
        unit=group[0].quantity.unit,
        source="; ".join(request.sources[key].citation if key in request.sources else key for key in keys),
        species=group[0].species,
        technique=request.technique,
        claims=tuple(claim.key for claim in group),
        reason=reason,
    )
