"""Whether a spectrum asks for a phase further off than a phase correction leaves.

The prior of a phase is that of a spectrum which somebody has phased. A phase far outside it is pulled back, and areas
follow; further off still, the descent from a phase of zero ends in a wrong minimum. Such a spectrum is fitted with its
phase free; one that misses its data, only where a phase explains most of what is missed.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from shortrange_core import Note, Severity, Status
from spectra.fits import Fit, Tangent, minimum_near, minimum_with
from spectra.models import Default, Model, Parameter, PriorLike, with_parameters
from spectra.nmr import _defaults as nmr_defaults
from spectra.nmr._rate_evidence import SUSPECT, to_explain

Array = npt.NDArray[np.float64]
PHASE_ASKED = "phase-asked"
FAR = 3.3
"""sds of its prior beyond which a phase is not what a correction leaves: by chance in one of a thousand spectra."""
STARTS = (-20.0, -10.0, 10.0, 20.0)
"""Degrees from which the same lines are tried where a fit misses its data."""
STEP = 1.0
"""ppm between two places where one more line is tried instead."""
ZERO, FIRST = "phase", "phase_slope"


def on_free_phase(fit: Fit) -> tuple[Note, Model] | None:
    """The note that a phase is far from what is stated, and the model with this phase free; None where it is not."""
    stated = _stated(fit.model)
    if ZERO not in stated or fit.status is Status.REJECTED or not np.all(np.isfinite(fit.values)):
        return None
    names = {p.name for p in _turned(fit.model)}
    pulls = zip(fit.pulls.entries, fit.pulls.value.values.tolist(), strict=True)
    if fit.missed or fit.chi2 > SUSPECT * fit.dof:
        phase = _elsewhere(fit)
    elif any(abs(pull) > FAR for name, pull in pulls if name in names):
        phase = _phase_of(minimum_near(fit, _freed(fit.model, 0.0))[1], fit.model)
    else:
        return None
    if not math.isfinite(phase):
        return None
    text = (
        f"the lines indicate a phase error near {phase:+.3g} degrees; {stated[ZERO].mean:g} +- {stated[ZERO].sd:g} is "
        "stated; areas are those with a free phase"
    )
    return Note(PHASE_ASKED, Severity.WARNING, text, "phase the spectrum again"), _freed(fit.model, phase)


def phased_as(model: Model, fitted: Model) -> Model:
    """The model with its phase as free as that of another one of the same spectrum."""
    own, there = _stated(model), _stated(fitted)
    if not (ZERO in own and ZERO in there and there[ZERO].sd > own[ZERO].sd):
        return model
    return _freed(model, next(p.value for p in _turned(fitted) if p.quantity == ZERO))


def _elsewhere(fit: Fit) -> float:
    """The phase with which the same lines explain most of what a fit misses; NaN where none does."""
    scaled = fit.covariance_kind == "scaled"  # noise that was scaled to what is missed would hide it
    plain = replace(fit, noise=np.asarray(fit.noise) / fit.noise_scale) if scaled else fit
    own = min(minimum_near(plain, fit.model)[0], fit.chi2)  # infinite where the descent does not end
    least, values = min((minimum_with(plain, _freed(fit.model, start)) for start in STARTS), key=lambda end: end[0])
    enough = max(to_explain(replace(plain, chi2=own)), Tangent(plain).by_a_line(STEP))
    return _phase_of(values, fit.model) if own - least > enough else math.nan


def _phase_of(values: Array, model: Model) -> float:
    return float(values[[p.quantity for p in model.all_parameters].index(ZERO)])


def _turned(model: Model) -> list[Parameter]:
    """The phases of all lines; what is stated of them stands at every line, and counts once."""
    return [p for p in model.all_parameters if p.quantity in (ZERO, FIRST) and p.vary and p.prior is not None]


def _stated(model: Model) -> dict[str, PriorLike]:
    """What is stated of the phases of zero and first order."""
    return {p.quantity: p.prior for p in _turned(model) if p.prior is not None}


def _freed(model: Model, start: float) -> Model:
    """The model with phases that are as good as free, from another start of zero order."""
    zero = nmr_defaults.PHASE_SD_COMPLEX
    least = {ZERO: zero, FIRST: zero * nmr_defaults.PHASE_SLOPE_PER_PHASE}
    free = {
        quantity: Default(0.0, max(least[quantity], prior.sd), nmr_defaults.PHASE_FREE_REASON)
        for quantity, prior in _stated(model).items()
    }
    moved = {
        p.name: replace(p, value=start if p.quantity == ZERO else p.value, prior=free[p.quantity])
        for p in _turned(model)
    }
    return with_parameters(model, moved)
