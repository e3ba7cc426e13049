"""Fitted lines against the library: pulls, nearest claims, candidates for lines without an assignment."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reference_peaks.entries import POOLED_STATUSES, Claim
from reference_peaks.library import Library
from reference_peaks.pooling import Prior
from shortrange_core.errors import BadInput
from shortrange_core.showing import Shown

NEAREST = 5
CANDIDATE_SDS = 3.0
_NAMES = re.compile(r"[^\s+*]*[A-Za-z][^\s+*]*")


@dataclass(frozen=True, eq=False, slots=True)
class FittedLine(Shown):
    """One fitted line, as a fit gives it.

    Parameters
    ----------
    peak, assignment, technique
        Name in the model, what it counts (may be empty), and the technique.
    position, sd
        As fitted, in the unit of the technique; sd NaN where not determined.
    likelihood_position, likelihood_sd
        As the data alone give it, without the library's priors; NaN where not determined.
    referencing_sd
        Sd of the spectrum's referencing offset.
    prior_used
        Whether the fit had a prior on this position.
    fwhm, fwhm_sd, shape
        Width, where the shape has one.
    sample, scale, file, sha256, fit
        Sample, reference scale, the measured file with its hash, and how the fit ended.
    """

    peak: str
    assignment: str
    technique: str
    position: float
    sd: float
    likelihood_position: float = math.nan
    likelihood_sd: float = math.nan
    referencing_sd: float = 0.0
    prior_used: bool = False
    fwhm: float | None = None
    fwhm_sd: float | None = None
    shape: str = ""
    sample: str = ""
    scale: str = ""
    file: str = ""
    sha256: str = ""
    fit: str = ""

    @property
    def species(self) -> tuple[str, ...]:
        """Labels in the assignment.

        Examples
        --------
        >>> FittedLine("a", "P:S4 + 0.5*P:S3O", "31P NMR", 82.0, 0.1).species
        ('P:S4', 'P:S3O')
        """
        labels = (_strip_number(part) for part in _NAMES.findall(self.assignment))
        return tuple(dict.fromkeys(label for label in labels if label))


def _strip_number(text: str) -> str:
    return "" if re.fullmatch(r"[0-9.]+([eE][-+]?[0-9]+)?", text) else text


@dataclass(frozen=True, eq=False, slots=True)
class Standing(Shown):
    """Where one line stands.

    Parameters
    ----------
    line
        The line.
    priors
        Of its assigned species.
    pulls
        (position - mean) / sqrt(prior sd^2 + sd^2 + referencing sd^2), by species.
    nearest
        Claims of the technique by distance, with the distance (line - claim).
    candidates
        Species whose prior is within 3 sd, nearest first, with their pulls; for lines without an assignment.
    """

    line: FittedLine
    priors: dict[str, Prior] = field(default_factory=dict)
    pulls: dict[str, float] = field(default_factory=dict)
    nearest: tuple[tuple[Claim, float], ...] = ()
    candidates: tuple[tuple[str, float], ...] = ()


def compare(
    lines: Iterable[FittedLine], library: Library, *, cation: str | None, phase: str | None, scale: str | None = None
) -> tuple[Standing, ...]:
    """Where fitted lines stand against a library.

    Parameters
    ----------
    lines
        Of any number of spectra.
    library
        Usually ``reference_peaks.load()``.
    cation, phase
        Of the sample; None takes any.
    scale
        Reference scale; None takes that of each line, else the library's main one.

    Raises
    ------
    BadInput
        If there is no line.
    """
    given = tuple(lines)
    if not given:
        raise BadInput("there is no line to compare; give a fit that has peaks with positions")
    return tuple(_standing(line, library, cation, phase, scale or line.scale or None) for line in given)


def _standing(line: FittedLine, library: Library, cation: str | None, phase: str | None, scale: str | None) -> Standing:
    claims = [claim for claim in library.select(technique=line.technique) if claim.quantity.kind == "position"]
    if not claims:
        return Standing(line)
    everyone = sorted({claim.species for claim in claims if claim.status in POOLED_STATUSES})
    usual = library.priors(line.technique, everyone, cation=cation, phase=phase, scale=scale)
    mine = library.priors(line.technique, line.species, cation=cation, phase=phase, scale=scale)
    pulls = {label: pull(line, prior) for label, prior in mine.items()}
    candidates = sorted(((label, pull(line, prior)) for label, prior in usual.items()), key=lambda item: abs(item[1]))
    within = tuple(item for item in candidates if abs(item[1]) <= CANDIDATE_SDS)
    return Standing(line, mine, pulls, _nearest(line, claims), within if not line.assignment else ())


def pull(line: FittedLine, prior: Prior) -> float:
    """Distance of a line from a prior in standard deviations of both and of the referencing."""
    variance = prior.sd**2 + line.referencing_sd**2 + (line.sd**2 if math.isfinite(line.sd) else 0.0)
    return (line.position - prior.mean) / math.sqrt(variance)


def _nearest(line: FittedLine, claims: Sequence[Claim]) -> tuple[tuple[Claim, float], ...]:
    ranked = sorted(claims, key=lambda claim: abs(claim.quantity.centre - line.position))
    return tuple((claim, line.position - claim.quantity.centre) for claim in ranked[:NEAREST])
