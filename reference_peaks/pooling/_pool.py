"""From the claims about one line to one position: spread of a technique, spread of a line, prediction, outliers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reference_peaks.entries import NOT_STATED, Claim, Settings
from reference_peaks.pooling._heterogeneity import TwoWay, prediction_interval, random_effects, two_way
from shortrange_core.errors import BadInput
from shortrange_core.notes import Note, Severity
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted

READING_SHARE = 0.1
"""Within-source sd of a number without one, as a share of the technique's default spread: the printed digits."""
SHRINKAGE_SOURCES = 4.0
"""Weight of the technique's spread against a line's own, counted in sources."""
LEAST_SHARED = 5
"""Lines with two or more papers that a technique needs before its spread is estimated from the library."""
OUTLYING = 3.0
NORMAL_95 = 1.959963984540054


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


@dataclass(frozen=True, eq=False, slots=True)
class SourceMean(Shown):
    """What one source says of a line: mean of its claims on the common scale, its sd, and its pull on the others."""

    source: str
    value: float
    sd: float
    claims: tuple[str, ...]
    pull: float


@dataclass(frozen=True, eq=False, slots=True)
class Pooled(Shown):
    """Pooled position of one line.

    Parameters
    ----------
    mean, standard_error
        Of the pooled position, in ``unit`` on ``scale``.
    spread
        Between-source sd for a new sample, the line's own shrunk towards the technique's.
    own_spread
        The line's own (Paule-Mandel); NaN with one source.
    lower, upper, method
        95 % prediction interval for a new source, and how it was made.
    sources
        What went in, a source each.
    outliers
        Sources more than 3 sd from the others.
    default
        True where the spread is the technique's alone.
    reason
        Why the spread is what it is.
    notes
        What a user must know.
    """

    species: str
    technique: str
    line: str
    scale: str
    unit: str
    mean: float
    standard_error: float
    spread: float
    own_spread: float
    lower: float
    upper: float
    method: str
    sources: tuple[SourceMean, ...]
    outliers: tuple[str, ...]
    default: bool
    reason: str
    notes: tuple[Note, ...]

    @property
    def sd(self) -> float:
        """Sd of the prior of a fit: sqrt(spread^2 + standard_error^2)."""
        return float(np.hypot(self.spread, self.standard_error))


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


def source_means(
    group: Sequence[Claim], settings: Settings, target: str
) -> list[tuple[str, float, float, tuple[str, ...]]]:
    """Source, mean, variance and claims of each source: several numbers of one paper are no independent papers."""
    papers = []
    for source in sorted({claim.source for claim in group}):
        mine = [claim for claim in group if claim.source == source]
        moves = [settings.move(claim.technique, claim.scale, target) or (np.nan, np.nan) for claim in mine]
        values = [claim.quantity.centre + move[0] for claim, move in zip(mine, moves, strict=True)]
        floor = READING_SHARE * settings.spread(mine[0].technique).spread
        reading = float(np.mean([(claim.quantity.sd or floor) ** 2 for claim in mine])) / len(mine)
        variance = reading + max(move[1] for move in moves) ** 2
        papers.append((source, float(np.mean(values)), variance, tuple(claim.key for claim in mine)))
    return papers


def pool_group(
    group: Sequence[Claim],
    spread: TechniqueSpread,
    settings: Settings,
    *,
    target: str,
    rng: np.random.Generator | None = None,
) -> Pooled:
    """Pool the claims about one line of one species in one kind of material.

    Parameters
    ----------
    group
        At least one claim; all of one technique, species and line, on scales that can be moved to ``target``.
    spread
        Of the technique.
    settings
        Scales and defaults.
    target
        Scale of the answer.
    rng
        For the prediction interval of three or more sources; a generator of seed 0 where absent, so that a
        library gives one answer.

    Raises
    ------
    BadInput
        If there is no claim.
    """
    if not group:
        raise BadInput("there is no claim to pool; ask for a line that the library has")
    means = source_means(group, settings, target)
    y, v = np.array([mean[1] for mean in means]), np.array([mean[2] for mean in means])
    own = random_effects(y, v).spread if y.size > 1 else float("nan")
    tau = _shrunk(own, y.size, spread.spread)
    w = 1 / (v + tau**2)
    mean = float(w @ y / w.sum())
    # The spread of one source is in the prior's spread already; what is left is what the source itself doubts.
    error = float(np.sqrt(v[0])) if y.size == 1 else float(1 / np.sqrt(w.sum()))
    lower, upper, method = _interval(y, v, mean, float(np.hypot(tau, error)), rng)
    pulls = _pulls(y, v, spread.spread)
    sources = tuple(
        SourceMean(source, value, float(np.sqrt(variance)), keys, pull)
        for (source, value, variance, keys), pull in zip(means, pulls, strict=True)
    )
    outliers = tuple(source.source for source in sources if abs(source.pull) > OUTLYING)
    reason = spread.reason if y.size == 1 else f"{y.size} sources spread by {own:.2g}, shrunk towards: {spread.reason}"
    first = group[0]
    return Pooled(
        species=first.species,
        technique=first.technique,
        line=first.line,
        scale=target,
        unit=first.quantity.unit,
        mean=mean,
        standard_error=error,
        spread=tau,
        own_spread=own,
        lower=lower,
        upper=upper,
        method=method,
        sources=sources,
        outliers=outliers,
        default=y.size == 1,
        reason=reason,
        notes=_notes(group, outliers, y.size, target),
    )


def _shrunk(own: float, sources: int, technique: float) -> float:
    """Spread of a line: its own variance and the technique's, weighed by their numbers of sources."""
    if sources < 2:
        return technique
    weight = sources - 1
    return float(np.sqrt((SHRINKAGE_SOURCES * technique**2 + weight * own**2) / (SHRINKAGE_SOURCES + weight)))


def _interval(
    y: npt.NDArray[np.float64],
    v: npt.NDArray[np.float64],
    mean: float,
    sd: float,
    rng: np.random.Generator | None,
) -> tuple[float, float, str]:
    if y.size < 3:
        return mean - NORMAL_95 * sd, mean + NORMAL_95 * sd, "normal, with the shrunk spread"
    generator = np.random.default_rng(0) if rng is None else rng
    low, high = prediction_interval(y, v, rng=generator)
    return low, high, "bootstrap of Nagashima, Noma and Furukawa"


def _pulls(y: npt.NDArray[np.float64], v: npt.NDArray[np.float64], technique: float) -> list[float]:
    """Distance of each source from the mean of the others, in sds that the others alone give; NaN with one source."""
    pulls: list[float] = []
    for index in range(y.size):
        rest = np.arange(y.size) != index
        if not rest.any():
            return [float("nan")]
        own = random_effects(y[rest], v[rest]).spread if rest.sum() > 1 else float("nan")
        tau = _shrunk(own, int(rest.sum()), technique)
        w = 1 / (v[rest] + tau**2)
        others = float(w @ y[rest] / w.sum())
        pulls.append(float((y[index] - others) / np.sqrt(v[index] + tau**2 + 1 / w.sum())))
    return pulls


def _notes(group: Sequence[Claim], outliers: tuple[str, ...], sources: int, target: str) -> tuple[Note, ...]:
    notes = []
    if sources == 1:
        text = f"one source only ({group[0].source}): the spread is the technique's"
        notes.append(Note("technique-spread", Severity.INFO, text, "repeat the result with the sd doubled and halved"))
    if outliers:
        text = f"{', '.join(outliers)} lie more than {OUTLYING:g} sd from the other sources"
        notes.append(Note("outlying-source", Severity.WARNING, text, "read the source; set the claim to disputed"))
    moved = sorted({claim.scale or NOT_STATED for claim in group if claim.scale != target})
    if moved:
        text = f"claims on {', '.join(moved)} were moved to {target or NOT_STATED}; the doubt is in the sd"
        notes.append(Note("scale-moved", Severity.INFO, text, "reference the spectrum to the scale of the claims"))
    return tuple(notes)


def spread_table(claims: tuple[Claim, ...], settings: Settings) -> list[dict[str, Any]]:
    """One row a technique: spread, its parts, the lines behind it, and whether it is a default."""
    rows = []
    for technique in sorted({claim.technique for claim in claims}):
        fitted = technique_spread(claims, technique, settings)
        parts = {"paper_sd": fitted.paper_sd, "error_sd": fitted.error_sd, "shared": fitted.shared}
        rows.append(
            {"technique": technique, "spread": fitted.spread, "unit": fitted.unit, **parts, "default": fitted.default}
        )
    return rows
