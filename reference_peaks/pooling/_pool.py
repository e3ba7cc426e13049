"""From the claims about one line to one position: spread of a technique, spread of a line, prediction, outliers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reference_peaks.entries import NOT_STATED, Claim, Settings
from reference_peaks.pooling._heterogeneity import prediction_interval, random_effects
from reference_peaks.pooling._spreads import READING_SHARE, TechniqueSpread
from shortrange_core.errors import BadInput
from shortrange_core.notes import Note, Severity
from shortrange_core.showing import Shown

SHRINKAGE_SOURCES = 4.0
"""Weight of the technique's spread against a line's own, counted in sources."""
OUTLYING = 3.0
NORMAL_95 = 1.959963984540054


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

    Raises
    ------
    BadInput
        If there is no claim.
    """
    if not group:
        raise BadInput("there is no claim to pool; give a line that the library has")
    means = source_means(group, settings, target)
    y, v = np.array([mean[1] for mean in means]), np.array([mean[2] for mean in means])
    own = random_effects(y, v).spread if y.size > 1 else float("nan")
    tau = _shrunk(own, y.size, spread.spread)
    w = 1 / (v + tau**2)
    mean = float(w @ y / w.sum())
    # The spread of one source is in the prior's spread already; what is left is what the source itself doubts.
    error = float(np.sqrt(v[0])) if y.size == 1 else float(1 / np.sqrt(w.sum()))
    lower, upper, method = _interval(y, v, mean, float(np.hypot(tau, error)))
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
    y: npt.NDArray[np.float64], v: npt.NDArray[np.float64], mean: float, sd: float
) -> tuple[float, float, str]:
    if y.size < 3:
        return mean - NORMAL_95 * sd, mean + NORMAL_95 * sd, "normal, with the shrunk spread"
    low, high = prediction_interval(y, v, rng=np.random.default_rng(0))  # one seed: a library gives one answer
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
        text = f"one source only ({group[0].source}): its spread is the default of the technique"
        notes.append(Note("technique-spread", Severity.INFO, text, "repeat the result with the sd doubled and halved"))
    if outliers:
        text = f"{', '.join(outliers)} lie more than {OUTLYING:g} sd from the other sources"
        notes.append(Note("outlying-source", Severity.WARNING, text, "read the source; set the claim to disputed"))
    moved = sorted({claim.scale or NOT_STATED for claim in group if claim.scale != target})
    if moved:
        text = f"claims on {', '.join(moved)} were converted to {target or NOT_STATED}; the sd includes the error"
        notes.append(Note("scale-moved", Severity.INFO, text, "reference the spectrum to the scale of the claims"))
    return tuple(notes)
