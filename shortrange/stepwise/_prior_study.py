r"""The priors of an analysis, and what its fractions owe to their widths.

The whole study descends from every fit with all priors half and twice as wide. Its covariances, and which kind of prior
a fraction hangs on, are told to first order: where the terms :math:`t = Rx + c` of one kind are scaled by :math:`1/f`,
the minimum of a fit with covariance :math:`C` moves by

.. math:: \delta = -k\,C R^T (1 + k\,R C R^T)^{-1} t, \qquad k = 1/f^2 - 1,

and its covariance by :math:`-k\,C R^T (1 + k\,R C R^T)^{-1} R C`: one step of Newton, exact where the model is linear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

import spectra
from reference_peaks import Prior
from shortrange.recipe import Options
from shortrange.results import Fitted
from shortrange.stepwise._responses import (
    RESPONSE_LOG_SD,
    UNKNOWN_RESPONSE_REASON,
    UNKNOWN_T1,
    UNKNOWN_T1_REASON,
    saturates,
)

FACTORS = (0.5, 2.0)
REFERENCING, RESPONSE, OTHER, PHASE = "referencing", "response", "other", "phase"
KINDS: Mapping[str, str] = {
    "center": "position",
    "fwhm": "width",
    "gauss_fwhm": "width",
    "lorentz_fwhm": "Lorentzian part",
    "fraction": "Lorentzian part",
    "zeta": "tensor",
    "eta": "tensor",
    "phase": PHASE,
    "phase_slope": PHASE,
    "offset": REFERENCING,
}
"""Kind of a prior by the quantity that it is about."""


def kinds_of(fit: spectra.Fit) -> tuple[str, ...]:
    """Kind of every prior term of a fit, in the order of its pulls."""
    quantities = dict(zip(fit.parameters.entries, fit.parameters.facets["quantity"], strict=True))
    return tuple(KINDS.get(str(quantities[name]), OTHER) for name in fit.pulls.entries)


def all_kinds(fits: Sequence[Fitted]) -> tuple[str, ...]:
    """Every kind that some fit has, in the order of :data:`KINDS`, and that of unknown responses."""
    met = {kind for item in fits for kind in kinds_of(item.fit)}
    return tuple(kind for kind in dict.fromkeys([*KINDS.values(), OTHER, RESPONSE]) if kind in met or kind == RESPONSE)


def scaled(model: spectra.Model, factor: float) -> spectra.Model:
    """The model with every prior, that of the referencing too, ``factor`` times as wide."""
    peaks = tuple(
        replace(line, parameters=tuple(replace(p, prior=_wider(p.prior, factor)) for p in line.parameters))
        for line in model.peaks
    )
    return replace(model, peaks=peaks, offset_sd=factor * model.offset_sd)


def _wider(prior: Any, factor: float) -> Any:
    if prior is None:
        return None
    return prior.scaled(factor) if isinstance(prior, Prior) else replace(prior, sd=factor * prior.sd)


def varied(item: Fitted, factor: float) -> Fitted:
    """The fit with all priors ``factor`` times as wide: values of a new descent, the covariance to first order."""
    answered = moved(item, None, factor)
    model = scaled(item.fit.model, factor)
    values = spectra.fits.values_with(item.fit, model)
    return replace(answered, fit=replace(answered.fit, model=model, values=values, others=()))


def moved(item: Fitted, kind: str | None, factor: float) -> Fitted:
    """The fit as it would be, to first order, with the priors of one kind, or of all, ``factor`` times as wide."""
    fit = item.fit
    compiled = fit.compiled()
    chosen = np.flatnonzero([kind in {None, one} for one in kinds_of(fit)])
    if chosen.size == 0:
        return item
    rows, pulls = compiled.priors[0][chosen], fit.pulls.value.values[chosen]
    determined = np.isfinite(np.diagonal(fit.covariance))
    alone = np.where(determined[:, None] & determined[None, :], fit.covariance, 0.0) / fit.widening**2
    gain = (_answer(rows @ alone @ rows.T, factor) @ rows @ alone).T
    free = alone - gain @ rows @ alone
    covariance = np.where(determined[:, None] & determined[None, :], free * fit.widening**2, np.nan)
    bounds = np.array([(p.lower, p.upper) for p in fit.model.all_parameters]).T
    values = np.where(np.diagonal(alone) > 0, np.clip(fit.values - gain @ pulls, *bounds), fit.values)
    return replace(item, fit=replace(fit, values=values, covariance=(covariance + covariance.T) / 2))


def _answer(spread: npt.NDArray[np.float64], factor: float) -> npt.NDArray[np.float64]:
    """The answer k (1 + k S)^-1 to k, S being the covariance of prior terms.

    A covariance that holds more than curvature may have variances of prior terms above 1, which no prior of that width
    leaves: they grow with the square of the factor, as at 1, and not beyond all bounds.
    """
    k = 1 / factor**2 - 1
    sizes, basis = np.linalg.eigh((spread + spread.T) / 2)
    size = np.maximum(sizes, 0.0)
    answers = k / (1 + k * (size if k > 0 else np.minimum(size, 1.0))) / (1.0 if k > 0 else np.maximum(size, 1.0))
    return np.asarray((basis * answers) @ basis.T)


def certain(item: Fitted, kind: str) -> Fitted:
    """The fit with what the priors of one kind are about known to be what was found: its covariance without that."""
    fit = item.fit
    chosen = np.flatnonzero([one == kind for one in kinds_of(fit)])
    if chosen.size == 0:
        return item
    rows = fit.compiled().priors[0][chosen]
    determined = np.isfinite(np.diagonal(fit.covariance))
    alone = np.where(determined[:, None] & determined[None, :], fit.covariance, 0.0)
    gain = alone @ rows.T @ np.linalg.pinv(rows @ alone @ rows.T)
    covariance = np.where(determined[:, None] & determined[None, :], alone - gain @ rows @ alone, np.nan)
    return replace(item, fit=replace(fit, covariance=(covariance + covariance.T) / 2))


def prior_rows(item: Fitted, options: Options) -> list[dict[str, Any]]:
    """One row a prior that acted on a fit; what is assumed of responses, as its median and the sd of its logarithm.

    ``in common`` is the share of its variance that the prior has in common with those of the other lines of a spectrum.
    """
    fit, pulls = item.fit, item.fit.pulls
    head = {"sample": item.sample, "technique": item.technique}
    values = dict(zip(fit.parameters.entries, fit.parameters.value.values.tolist(), strict=True))
    owners = dict(zip(fit.parameters.entries, fit.parameters.facets["peak"], strict=True))
    counts = {line.name: line.assignment for line in fit.model.peaks}
    shares = {p.name: getattr(p.prior, "common", 0.0) for p in fit.model.all_parameters}
    rows: list[dict[str, Any]] = []
    for at, (name, kind) in enumerate(zip(pulls.entries, kinds_of(fit), strict=True)):
        line = counts.get(str(owners[name]), "") or str(owners[name])
        stated = {key: float(pulls.facets[f"prior_{key}"][at]) for key in ("mean", "sd")}
        rows.append(
            {**head, "kind": kind, "line": line, "parameter": name, **stated, "in common": shares.get(name, 0.0),
             "fitted": values[name], "pull": float(pulls.value.values[at]), "source": str(pulls.facets["source"][at])}
        )  # fmt: skip
    assumed = (
        [("T1", *UNKNOWN_T1, UNKNOWN_T1_REASON)] if saturates(item, options) and options.evidence != "none" else []
    )
    if options.evidence == "responses":
        assumed.append(("response", 1.0, RESPONSE_LOG_SD, UNKNOWN_RESPONSE_REASON))
    for parameter, mean, sd, source in assumed:
        unknown = {"kind": RESPONSE, "line": "units without a stated one", "parameter": parameter, "mean": mean}
        rows.append({**head, **unknown, "sd": sd, "in common": 0.0, "fitted": np.nan, "pull": np.nan, "source": source})
    return rows
