"""The spread of a technique between papers: from the lines of one material that several papers have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from reference_peaks.entries import Claim, Settings
from reference_peaks.pooling._two_way import TwoWay, two_way
from shortrange_core.errors import BadInput
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted

READING_SHARE = 0.1
"""Within-source sd of a number without one, as a share of the technique's default spread: the printed digits."""
LEAST_SHARED = 5
"""Lines with two or more papers that a technique needs before its spread is estimated from the library."""


@dataclass(frozen=True, eq=False, slots=True)
class TechniqueSpread(Shown):
    """Between-source sd of one line by one technique.

    Parameters
    ----------
    spread
        Paper offset and error together, in ``unit``.
    paper_sd, error_sd
        Its parts; NaN where the default stands.
    shared
        Lines with two or more papers that it was estimated from.
    default
        True where the library cannot tell and the stated default stands.
    reason
        In words.
    offsets
        Predicted offset of each paper.
    """

    spread: float
    unit: str
    paper_sd: float
    error_sd: float
    shared: int
    default: bool
    reason: str
    offsets: dict[str, float]


def _item(claim: Claim) -> str:
    material = claim.sample or f"{claim.cation} {claim.phase}"
    return f"{claim.species} | {claim.line} | {material}"


def paper_table(
    claims: Sequence[Claim], settings: Settings, *, as_printed: bool = False
) -> dict[tuple[str, str], float]:
    """Mean position by (line of one material, paper) of all claims that are pooled.

    On the technique's main scale, without claims whose scale is not connected to it; or all as printed.
    """
    positions: dict[tuple[str, str], list[float]] = defaultdict(list)
    for claim in claims:
        main = settings.main_scale(claim.technique)
        target = claim.scale if main is None or as_printed else main
        move = settings.move(claim.technique, claim.scale, target)
        if claim.pooled and move is not None:
            positions[_item(claim), claim.source].append(claim.quantity.centre + move[0])
    return {key: float(np.mean(values)) for key, values in positions.items()}


def paper_difference(
    claims: Sequence[Claim], settings: Settings, first: str, second: str, *, as_printed: bool = False
) -> npt.NDArray[np.float64]:
    """Differences first - second of two papers over the lines and materials that both have.

    Parameters
    ----------
    claims, settings
        Of a library.
    first, second
        Keys of the bibliography.
    as_printed
        Compare the numbers as they stand, whatever their reference scales; else those that can be moved to one scale.

    Raises
    ------
    BadInput
        If they share none.
    """
    table = paper_table(claims, settings, as_printed=as_printed)
    items = sorted({item for item, paper in table if paper == first} & {i for i, paper in table if paper == second})
    if not items:
        raise BadInput(f"{first} and {second} share no line of one material and scale; compare papers that do")
    return np.array([table[item, first] - table[item, second] for item in items])


@lru_cache(maxsize=64)
def technique_spread(claims: tuple[Claim, ...], technique: str, settings: Settings) -> TechniqueSpread:
    """Between-source spread of a technique from the whole library, by items, paper offsets and error.

    Parameters
    ----------
    claims
        All claims; those of the technique that are pooled count, one mean a paper and line.
    technique, settings
        Where too few lines have two papers, the default of ``settings`` stands.
    """
    default = settings.spread(technique)
    fitted = _two_way(claims, technique, settings)
    if fitted is None:
        nan = float("nan")
        return TechniqueSpread(default.spread, default.unit, nan, nan, 0, True, default.reason, {})
    reason = (
        f"spread of {technique} over {counted(fitted.shared, 'line')} of this library that several papers have: "
        f"paper offset {fitted.paper_sd:.2g} and error {fitted.error_sd:.2g} {default.unit}"
    )
    parts = (fitted.paper_sd, fitted.error_sd, fitted.shared)
    return TechniqueSpread(fitted.spread, default.unit, *parts, False, reason, fitted.offsets)


def _two_way(claims: tuple[Claim, ...], technique: str, settings: Settings) -> TwoWay | None:
    table = paper_table([claim for claim in claims if claim.technique == technique], settings)
    papers_of: dict[str, set[str]] = defaultdict(set)
    for item, paper in table:
        papers_of[item].add(paper)
    rows = [(item, paper, value) for (item, paper), value in sorted(table.items()) if len(papers_of[item]) > 1]
    if len({item for item, _, _ in rows}) < LEAST_SHARED:
        return None
    scale = settings.spread(technique).spread
    items, papers, values = zip(*rows, strict=True)
    return two_way(list(items), list(papers), values, np.full(len(rows), (READING_SHARE * scale) ** 2), scale=scale)
