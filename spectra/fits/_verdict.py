"""What a fit has to say about itself: its status and its notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import ndtr

from shortrange_core.least_squares import Minima, Minimum
from shortrange_core.notes import Note, Severity, Status
from shortrange_core.readings import reading_of, source_note
from shortrange_core.spelling import option, spelled
from spectra.fits._compiled import Compiled
from spectra.fits._misses import HIDDEN_MISFIT
from spectra.fits._shares import TOLD_SHARE
from spectra.models import UNKNOWN
from spectra.models.backgrounds import was_subtracted
from spectra.noise import points_per_independent

Array = npt.NDArray[np.float64]
EXPRESSION = "expression-not-affine"
NOT_AFFINE = (EXPRESSION, "expression-by-lmfit")
"""The code of today, and that of stored fits that lmfit made."""
CORRELATED_Z = 5.0
FEWEST_RESIDUALS = 20
LARGE_PULL = 3.0
BY_CHANCE = 0.003
"""Probability that one of all priors of a fit lies as far off by chance, above which that is a remark, no warning: a
series of four glasses has a dozen fits, and one in twenty of those without a fault may be warned of."""
DETECTION = 3.0
PUSHED = 3.0
"""Standard deviations that a parameter would lie beyond its bound without it, below which chance explains the bound."""
NAMES_SHOWN = 8
MIXING = "fraction"
"""Lorentzian share of a pseudo-Voigt: 0 and 1 are its pure shapes, no windows."""


@dataclass(frozen=True, eq=False, slots=True)
class Noise:
    """How the noise of a fit was taken: its sd, what was done to it, and the points that count."""

    sd: Array
    kind: str
    factor: float
    points_per_independent: float
    rounds: int
    autocorrelation: Array | None = None


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + rest


def status_of(minimum: Minimum, areas_known: npt.NDArray[np.bool_]) -> Status:
    """Status of the fit: that of the minimum, seen from the areas, which are what the fit is for."""
    if minimum.status in (Status.NOT_CONVERGED, Status.REJECTED):
        return minimum.status
    if not areas_known.any():
        return Status.NO_COVARIANCE
    if not areas_known.all():
        return Status.UNDETERMINED
    bounded = minimum.active != 0
    if bounded.any() or minimum.active_inequalities.any():
        return Status.AT_BOUND
    return Status.OK


def notes_of_minimum(compiled: Compiled, minimum: Minimum, status: Status) -> list[Note]:
    """Why the fit failed, what lies at a bound, what is not determined."""
    notes = []
    if status is Status.REJECTED:
        notes.append(
            Note("fit-rejected", Severity.ERROR, f"the fit did not start: {minimum.message}", "correct starts or data")
        )
    if status is Status.NOT_CONVERGED:
        remedy = "narrow the windows, or give starts, priors or restarts"
        notes.append(Note("fit-not-converged", Severity.ERROR, f"the fit did not converge: {minimum.message}", remedy))
    free = np.array(compiled.free)
    blind = ~np.isfinite(np.diagonal(minimum.covariance)) if status is not Status.REJECTED else np.zeros(0, bool)
    notes += _undetermined({str(free[i]): compiled.quantity[i] for i in np.flatnonzero(blind)}, status)
    at_bound = [str(n) for n in free[minimum.active != 0]]
    areas = [n for n, q in zip(compiled.free, compiled.quantity, strict=True) if q == "area" and n in at_bound]
    shapes, others = _told_apart([name for name in at_bound if name not in areas], compiled, minimum)
    if areas:
        text = f"{_listed(areas)} ended at a bound; the interval is one-sided"
        notes.append(Note("area-at-bound", Severity.INFO, text, "take the profile interval as an upper limit"))
    if others:
        text = f"{_listed(others)} ended at an edge of the window"
        notes.append(Note("parameter-at-bound", Severity.WARNING, text, "widen the window, or give a prior"))
    if shapes:
        text = (
            f"{_listed(shapes)} ended at a bound: a pure line shape, a line not found, or a value within chance of it"
        )
        remedy = "no window is too narrow; areas hold for the line shapes used"
        notes.append(Note("shape-at-bound", Severity.INFO, text, remedy))
    if minimum.active_inequalities.any():
        text = f"{int(minimum.active_inequalities.sum())} constraint or linked bound holds as an equality"
        notes.append(Note("constraint-holds", Severity.INFO, text, "the interval is one-sided along it"))
    return notes


def _told_apart(names: list[str], compiled: Compiled, minimum: Minimum) -> tuple[list[str], list[str]]:
    """Parameters at a bound that nobody must look at, and the others.

    A pure Gaussian or Lorentzian is a shape like any other, a line whose area is within its detection limit may lie
    anywhere in its window, and a bound that chance alone pushes against is no narrow window: none of them says that a
    window is too narrow.
    """
    if not names:
        return [], []
    place = {name: i for i, name in enumerate(compiled.free)}
    sd = np.sqrt(np.diagonal(minimum.covariance))
    slope = minimum.jacobian.T @ minimum.residual
    plain = {name for name in names if abs(slope[place[name]]) * sd[place[name]] < PUSHED}
    for peak in compiled.model.peaks:
        at = place.get(peak.quantities["area"].name)
        absent = at is not None and not minimum.x[at] > DETECTION * sd[at]
        plain |= {p.name for p in peak.parameters if absent or p.quantity == MIXING}
    return [name for name in names if name in plain], [name for name in names if name not in plain]


def _undetermined(quantities: dict[str, str], status: Status) -> list[Note]:
    names = list(quantities)
    if not names:
        return []
    if status is Status.NO_COVARIANCE:
        text = f"no area has a standard deviation; not determined: {_listed(names)}"
        return [Note("no-covariance", Severity.ERROR, text, "remove peaks, link them, or give priors")]
    areas = [name for name, quantity in quantities.items() if quantity == "area"]
    if areas:
        text = f"the data do not determine {_listed(areas)}"
        return [Note("area-undetermined", Severity.WARNING, text, "link or remove overlapping peaks")]
    text = f"the data do not determine {_listed(names)}"
    return [Note("parameter-undetermined", Severity.INFO, text, "the areas do not depend on them")]


def notes_of_data(spectrum: xr.Dataset, noise: Noise, *, backgrounds: int) -> list[Note]:
    """What was odd in the file, how the noise was taken, and what was done to the spectrum before."""
    reading = reading_of(spectrum)
    way = spelled(
        "read it with spectra.read, or state its file: spectra.with_source(spectrum, path)",
        command_line="give the file that was measured",
        recipe="name the file that was measured",
    )
    notes = [*reading.notes, *source_note(reading, "the spectrum", way)]
    if noise.kind == "estimated":
        text = f"the noise is estimated; it was scaled by {noise.factor:.3g} so that chi2 equals the degrees of freedom"
        notes.append(Note("noise-estimated", Severity.INFO, text, "give the noise if it is known"))
    if noise.kind == "counts":
        text = f"Poisson weights from the model, {noise.rounds} rounds"
        notes.append(Note("noise-from-model", Severity.INFO, text))
    if noise.points_per_independent > 1:
        text = f"the noise is correlated: {noise.points_per_independent:.3g} points count as one independent point"
        remedy = ""
        if noise.autocorrelation is None and backgrounds:
            text += (
                "; residuals do not show noise common to all points, so the error of a background level is not known"
            )
            remedy = f"transform the decay here, or give {option('noise_processing')}; lines are not affected"
        notes.append(Note("noise-correlated", Severity.INFO, text, remedy))
    before = was_subtracted(spectrum)
    if before:
        text = "a background was subtracted before the fit; its error is not included in the areas"
        notes.append(Note("background-subtracted-before", Severity.INFO, text, "put the background inside the fit"))
    if before and (before > 1 or backgrounds):
        text = f"a background is subtracted {before + bool(backgrounds)} times"
        notes.append(
            Note("background-twice", Severity.WARNING, text, "fit the spectrum as read, or without a background")
        )
    return notes


def is_correlated(residual: Array) -> bool:
    """Whether neighbouring residuals are correlated beyond chance."""
    return bool(_first_lag(residual) * np.sqrt(residual.size) > CORRELATED_Z)


def _first_lag(residual: Array) -> float:
    if residual.size <= FEWEST_RESIDUALS or not np.ptp(residual) > 0:
        return 0.0
    centred = residual - residual.mean()
    return float(centred[1:] @ centred[:-1] / (centred @ centred))


def notes_of_residuals(residual: Array, noise: Noise) -> list[Note]:
    """Are the residuals white."""
    notes = []
    if noise.points_per_independent == 1 and is_correlated(residual):
        together = max(points_per_independent(residual)[0], 1.0)
        text = (
            f"neighbouring residuals are correlated ({_first_lag(residual):.2f}): if that is noise, the standard "
            f"deviations are too small by a factor of {np.sqrt(together):.2g}"
        )
        remedy = (
            f"add a peak or change the shape; or give {option('noise_correlation')} (points per independent point, "
            f"here {together:.2g})"
        )
        notes.append(Note("residuals-correlated", Severity.WARNING, text, remedy))
    return notes


def no_line(areas: Array, covariance: Array, miss: float) -> Note | None:
    """Whether a fit found any line; an error where it found none and the numbers mean nothing.

    No line is found where neither an area nor the sum of all exceeds three standard deviations. This is an error where
    the residuals are more than twice (``miss``) what the noise of the spectrum allows: the model misses what is there,
    and scaled standard deviations come from the misfit. Else the areas are upper limits.
    """
    sd, total_sd = np.sqrt(np.diagonal(covariance)), np.sqrt(max(float(covariance.sum()), 0.0))
    if areas.size == 0 or not np.all(np.isfinite(covariance)):
        return None
    if np.any(np.abs(areas) > DETECTION * sd) or abs(float(areas.sum())) > DETECTION * total_sd:
        return None
    if miss <= HIDDEN_MISFIT:
        text = f"no line is found: no area, nor their sum, exceeds {DETECTION:g} standard deviations"
        return Note("no-line-found", Severity.WARNING, text, "take the areas as upper limits; do not form ratios")
    text = (
        "no line is found: all areas are zero or below detection, and the residuals are "
        f"{miss:.2g} times the noise of the spectrum"
    )
    remedy = "check the sign of the intensities, the axis, the windows of the lines and the background"
    return Note("no-line-found", Severity.ERROR, text, remedy)


def notes_of_unknown(names: Sequence[str], areas: Array, covariance: Array) -> list[Note]:
    """That a line of unknown origin holds a share of the areas that moves fractions.

    Parameters
    ----------
    names, areas, covariance
        Of all n lines.
    """
    total = float(areas.sum())
    if UNKNOWN not in names or not total > 0:
        return []
    share = areas[names.index(UNKNOWN)] / total
    slope = (np.array([name == UNKNOWN for name in names]) - share) / total
    variance = float(slope @ covariance @ slope)
    if share < TOLD_SHARE or not variance >= 0:
        return []
    text = f"a broad line of unknown origin takes {100 * share:.2g} +- {100 * np.sqrt(variance):.2g} % of the areas"
    remedy = "look for the unit or the background behind it: fractions count only the other lines"
    return [Note("unknown-component", Severity.WARNING, text, remedy)]


def notes_of_pulls(names: tuple[str, ...], pulls: Array) -> list[Note]:
    """Parameters that ended far from their prior."""
    far = [f"{n} ({p:+.1f} sd)" for n, p in zip(names, pulls, strict=True) if abs(p) > LARGE_PULL]
    if not far:
        return []
    chance = 2 * len(pulls) * float(ndtr(-np.abs(pulls).max()))
    text, severity = f"far from the prior: {_listed(far)}", Severity.WARNING
    if chance > BY_CHANCE:
        text += f"; with {len(pulls)} priors, one lies so far off by chance in {100 * chance:.2g} of 100 fits"
        severity = Severity.INFO
    remedy = "check the referencing and the assignment; the published position may not apply here"
    return [Note("pull-large", severity, text, remedy)]


def notes_of_restarts(minima: Minima | None, others: int) -> list[Note]:
    """How many minima the search found, how far apart; ``others`` of them describe the data with other areas."""
    if minima is None:
        return []
    total, best = sum(minima.starts), minima.starts[0]
    if len(minima.minima) == 1:
        return [Note("one-minimum", Severity.INFO, f"{total} starts ended in one minimum")]
    gap = minima.minima[1].chi2 - minima.best.chi2
    text = (
        f"{total} starts found {len(minima.minima)} minima; {best} ended in the best; the next is {gap:.3g} higher in "
        f"chi2 and {minima.distance[1]:.2g} sd away"
    )
    if not others:
        return [Note("several-minima", Severity.INFO, text)]
    text += f"; {others} describe{'s' * (others == 1)} the data nearly as well with other areas"
    remedy = "report them too (others of the fit), or add a prior that decides between them"
    return [Note("several-minima", Severity.WARNING, text, remedy)]
