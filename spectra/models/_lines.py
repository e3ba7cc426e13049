"""Lines of a plan and what is assumed of them: where they may lie, and the statements that peaks are tied to."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shortrange_core.affine import parse
from shortrange_core.errors import Offenders
from shortrange_core.notes import Note
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.models._model import PriorLike
from spectra.models._peaks import Peak


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Default(Shown):
    """A Gaussian statement that a technique makes where no claim of the library does; ``source`` is its reason.

    ``common`` is the share of its variance that all lines of a spectrum have in common: lines of one glass are wide
    together, beside what each is by itself. Statements that are alike but for their parameter are then one, correlated
    by that share.

    Raises
    ------
    BadInput
        If the mean is not finite, the sd not above 0, no source is given, or ``common`` is not in 0 to below 1.
    """

    mean: float
    sd: float
    source: str
    common: float = 0.0

    def __post_init__(self) -> None:
        offenders = Offenders()
        if not math.isfinite(self.mean):
            offenders.add(f"mean = {self.mean}: must be finite")
        if not self.sd > 0:
            offenders.add(f"sd = {self.sd}: must be above 0; fix the parameter instead if it is known exactly")
        if not self.source.strip():
            offenders.add("source is empty: give the source, or the reason for this value")
        if not 0 <= self.common < 1:
            text = "is a share of the variance, 0 to below 1; for 1, use links"
            offenders.add(f"common = {self.common}: {text}")
        offenders.raise_if_any("statement")


@dataclass(frozen=True, eq=False, slots=True)
class Line(Shown):
    """One line of a plan: what it counts, its identifier, where it may lie, what is published."""

    text: str
    name: str
    lower: float
    upper: float
    prior: PriorLike | None

    @property
    def start(self) -> float:
        """First position of the fit."""
        middle = (self.lower + self.upper) / 2 if self.prior is None else self.prior.mean
        return min(max(middle, self.lower), self.upper)

    @property
    def members(self) -> tuple[str, ...]:
        """Labels that the line counts."""
        return members(self.text)


@dataclass(frozen=True, slots=True)
class LinePlan(Shown):
    """Lines to fit and what the user must know about them."""

    lines: tuple[Line, ...]
    notes: tuple[Note, ...]


def members(text: str) -> tuple[str, ...]:
    """Labels in an assignment text.

    Examples
    --------
    >>> members("P:S4 + P:S3O")
    ('P:S4', 'P:S3O')
    """
    return parse(text).names if text.strip() else ()


def identifier(text: str) -> str:
    """Name of a peak for a label or an assignment text; units whose ligands all bridge say so.

    Examples
    --------
    >>> identifier("P:S4 + P:S3O"), identifier("P:S3/O"), identifier("S 2p")
    ('p_s4_p_s3o', 'p_s3_o', 's_2p')
    >>> identifier("Si:S4"), identifier("Si:/S4")
    ('si_s4', 'si_bridged_s4')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower().replace(":/", " bridged ")).strip("_")
    return plain if plain[:1].isalpha() else f"line_{plain}".rstrip("_")


def pooled(priors: Sequence[PriorLike]) -> PriorLike:
    """One prior for labels that share a line: mean of the means, sd from their sds and their spread.

    Examples
    --------
    >>> both = pooled([Default(82.0, 0.3, "a"), Default(82.8, 0.3, "b")])
    >>> round(both.mean, 2), round(both.sd, 2), both.source
    (82.4, 0.5, 'a; b')
    """
    if len(priors) == 1:
        return priors[0]
    mean = sum(prior.mean for prior in priors) / len(priors)
    variance = sum(prior.sd**2 + (prior.mean - mean) ** 2 for prior in priors) / len(priors)
    return Default(mean, math.sqrt(variance), "; ".join(dict.fromkeys(str(prior.source) for prior in priors)))


def positioned(line: Line, peak: Peak) -> Peak:
    """The peak with its position bounded as planned and tied to what is published."""
    return replace(
        peak,
        parameters=tuple(
            replace(p, value=line.start, lower=line.lower, upper=line.upper, prior=line.prior)
            if p.quantity == "center"
            else p
            for p in peak.parameters
        ),
    )


def tied(peak: Peak, quantity: str, prior: Default, bounds: tuple[float, float], *, start: float | None = None) -> Peak:
    """The peak with a quantity bounded and tied to what is assumed of it; it starts there, or at ``start``."""
    start = min(max(prior.mean if start is None else start, bounds[0]), bounds[1])
    return replace(
        peak,
        parameters=tuple(
            replace(p, value=start, lower=bounds[0], upper=bounds[1], prior=prior) if p.quantity == quantity else p
            for p in peak.parameters
        ),
    )


def widened(default: Default, factor: float) -> Default:
    """The default with its sd times ``factor``."""
    return replace(default, sd=default.sd * factor)
