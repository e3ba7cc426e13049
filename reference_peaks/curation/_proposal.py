"""New claims from good fits, for review: the position that the data alone give, with where it comes from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from reference_peaks.curation._comparison import FittedLine
from reference_peaks.entries import Claim, Quantity, key_of, numbered, unit_of_technique
from reference_peaks.library import Library
from shortrange_core.errors import BadInput
from shortrange_core.showing import Shown

SIGNIFICANT = 6
SD_DIGITS = 3


@dataclass(frozen=True, eq=False, slots=True)
class Proposal(Shown):
    """Claims that fits give, and the lines that give none: sample, technique and peak to the reason."""

    claims: tuple[Claim, ...]
    refused: dict[str, str]


def propose(
    lines: Iterable[FittedLine],
    library: Library,
    *,
    source: str,
    cation: str,
    phase: str,
    curator: str = "shortrange maintainers",
) -> Proposal:
    """Claims from the lines of a fit; status proposed, to be reviewed by a person.

    A line is refused when it is not assigned to one species alone, when the fit is not to be trusted, or when the data
    alone do not determine its position, or only worse than papers agree: a position that a prior made never goes back
    into the library.

    Parameters
    ----------
    lines
        Lines with their likelihood-only positions.
    library
        What is known already: keys are numbered on from it, and ``source`` must be in its bibliography.
    source
        Key of the bibliography under which the measurement is published or kept.
    cation, phase
        Of the sample.
    curator
        Who enters it.

    Raises
    ------
    BadInput
        If the source is not in the bibliography.
    """
    if source not in library.sources:
        raise BadInput(f"source {source!r}: is not in the bibliography; add it to bibliography/*.yaml first")
    taken = {claim.key for claim in library.claims}
    made: list[Claim] = []
    refused: dict[str, str] = {}
    for line in lines:
        reason = _refusal(line, library)
        if reason:
            refused[f"{line.sample} {line.technique} {line.peak}".strip()] = reason
            continue
        claim = numbered(_claim(line, source=source, cation=cation, phase=phase, curator=curator), taken)
        taken.add(claim.key)
        made.append(claim)
    return Proposal(tuple(made), refused)


def _refusal(line: FittedLine, library: Library) -> str:
    if len(line.species) != 1:
        return f"counts {line.assignment or 'nothing'}; a claim is about one species"
    if line.fit not in ("ok", "at_bound", ""):
        return f"the fit ended {line.fit}; correct it first"
    if not (math.isfinite(line.likelihood_position) and math.isfinite(line.likelihood_sd) and line.likelihood_sd > 0):
        return "the data alone do not determine its position"
    spread = library.spread(line.technique)
    if line.likelihood_sd > spread.spread:
        return (
            f"the data alone give its position to {line.likelihood_sd:.2g} {spread.unit} only, "
            f"worse than the agreement between papers ({spread.spread:.2g})"
        )
    return ""


def _claim(line: FittedLine, *, source: str, cation: str, phase: str, curator: str) -> Claim:
    label = line.species[0]
    kind = "unit" if ":" in label else ("site" if label in ("BO", "NBO") else "compound")
    sd = math.hypot(line.likelihood_sd, line.referencing_sd)
    provenance: dict[str, str | float] = {
        "file": line.file,
        "sha256": line.sha256,
        "peak": line.peak,
        "fit_status": line.fit or "ok",
        "prior_used_in_fit": "yes" if line.prior_used else "no",
        "fitted_position": _rounded(line.position),
        "likelihood_sd": _rounded(line.likelihood_sd),
        "referencing_sd": _rounded(line.referencing_sd),
    }
    unit = unit_of_technique(line.technique)
    claim = Claim(
        key="",
        technique=line.technique,
        species=label,
        species_kind=kind,
        quantity=Quantity("position", unit, *_as_written(line.likelihood_position, sd)),
        source=source,
        cation=cation,
        phase=phase,
        sample=line.sample,
        scale=line.scale,
        fwhm=_rounded(line.fwhm) if line.fwhm else None,
        fwhm_sd=_rounded(line.fwhm_sd) if line.fwhm_sd and math.isfinite(line.fwhm_sd) else None,
        shape=line.shape,
        curator=curator,
        notes="position from the likelihood alone; sd joins that of the fit and of the referencing",
        provenance={key: value for key, value in provenance.items() if value not in ("", 0.0)},
    )
    return replace(claim, key=key_of(claim))


def _rounded(value: float) -> float:
    return float(f"{value:.{SIGNIFICANT}g}")


def _as_written(value: float, sd: float) -> tuple[float, float]:
    """Sd with three significant digits and the value to the same place.

    Examples
    --------
    >>> _as_written(83.398765, 0.00409203)
    (83.39876, 0.00409)
    """
    place = SD_DIGITS - 1 - math.floor(math.log10(sd))
    return round(value, place), round(sd, place)
