"""Global fit: several spectra in one chi2, with parameters that they share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput, FitFailed, Infeasible, Offenders
from shortrange_core.estimates import Estimates
from shortrange_core.least_squares import Minimum, minimise
from shortrange_core.notes import Note, Severity, Status
from shortrange_core.readings import joined, reading_of
from shortrange_core.records import Provenance, provenance, record
from shortrange_core.showing import Shown
from spectra.fits._fit import fit
from spectra.fits._judgement import miss_of_fit, widened_by
from spectra.fits._misses import status_with
from spectra.fits._result import Fit, spread_covariance
from spectra.fits._shared_problem import SharedProblem
from spectra.fits._windows import contradiction
from spectra.models import Model
from spectra.noise import with_excess

Array = npt.NDArray[np.float64]
COMMAND = "spectra.fit_together(spectra, models, shared=...)"


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class TogetherFit(Shown):
    """Result of a global fit.

    Parameters
    ----------
    parameters
        The parameters of the global fit: ``name`` of a shared one (a shared position is relative to the offset of every
        spectrum), ``key:name`` of an own one; facet ``spectrum``, empty for a shared one.
    areas
        Every area with the covariances between the spectra; entries ``key:peak``, facets as those of a fit and
        ``spectrum``.
    fits
        One fit per spectrum by its key, with its own view of the shared parameters.
    chi2
        Sum over the spectra of weight times chi2, prior terms of shared parameters counted once.
    dof
        Independent points + prior terms - free parameters.
    weights
        Weight of every spectrum, on its chi2.
    status, notes, provenance
        As those of a fit.
    """

    parameters: Estimates
    areas: Estimates
    fits: Mapping[str, Fit]
    chi2: float
    dof: float
    weights: Mapping[str, float]
    status: Status
    notes: tuple[Note, ...]
    provenance: Provenance


def fit_together(
    spectra: Mapping[str, xr.Dataset],
    models: Mapping[str, Model] | Model,
    *,
    shared: Sequence[str],
    weights: Mapping[str, float] | None = None,
    check: bool = True,
) -> TogetherFit:
    """Fit several spectra with shared parameters.

    Every spectrum is first fitted alone, for its noise and for the start. A shared position means the same position
    relative to the referencing offset of every spectrum: center = shared + offset. A prior that several models state of
    one shared parameter, in the same numbers and from the same source, is one statement and counts once; priors that
    differ all count (:mod:`spectra.models`).

    Parameters
    ----------
    spectra
        Spectra by key.
    models
        One model for all, or one per key.
    shared
        Names of parameters with one value in all spectra whose model has them; ``*`` stands for anything:
        ``["*_fwhm", "ps4_center"]``.
    weights
        Factor on the chi2 of a spectrum; 1 where absent.
    check
        As for :func:`spectra.fit`.

    Raises
    ------
    BadInput
        If keys do not match, a pattern names no parameter, a weight is not positive, or a shared parameter is linked.
    FitFailed
        If the result is not to be trusted; it carries the record.
    """
    if not isinstance(spectra, Mapping):
        raise BadInput(f"spectra is a {type(spectra).__name__}; give a mapping of spectra by key")
    if isinstance(shared, str):
        raise BadInput(f"shared is a single text, {shared!r}; give a list of names or patterns")
    chosen = dict(models) if isinstance(models, Mapping) else dict.fromkeys(spectra, models)
    weight = {key: 1.0 if weights is None else float(weights.get(key, 1.0)) for key in spectra}
    _check_keys(spectra, chosen, shared, weights, weight)
    alone = {key: fit(spectra[key], chosen[key], check=False) for key in spectra}
    joint = SharedProblem(alone, shared, weight)
    try:
        minimum = minimise(
            joint, joint.start, lower=joint.lower, upper=joint.upper, equalities=joint.equalities,
            inequalities=joint.inequalities,
        )  # fmt: skip
    except Infeasible as error:
        raise contradiction(*chosen.values()) from error
    beyond_white = joint.excess(minimum.x)
    result = _result(joint, replace(minimum, covariance=with_excess(minimum.covariance, beyond_white)))
    result = replace(result, dof=result.dof - float(np.sum(np.nan_to_num(minimum.covariance) * beyond_white)))
    result = _judged(spectra, result)
    if check and not result.status.trusted:
        raise FitFailed("; ".join(str(note) for note in result.notes) or f"the fit is {result.status}", result)
    return result


def _judged(spectra: Mapping[str, xr.Dataset], result: TogetherFit) -> TogetherFit:
    """The result with the misfit of each spectrum in its own parameters, and the largest in those that are shared."""
    if not result.status.trusted:
        return result
    misses = {key: miss_of_fit(spectra[key], one) for key, one in result.fits.items()}
    fits = {key: widened_by(one, misses[key]) for key, one in result.fits.items()}
    factors = {key: one.widening for key, one in fits.items()}
    shared = max(factors.values())
    owners = result.parameters.facets["spectrum"]
    names = [name for name, key in zip(result.parameters.entries, owners, strict=True) if key not in fits]
    fits = {key: _with_shared(one, names, shared / one.widening) for key, one in fits.items()}
    status = result.status
    for miss in misses.values():
        status = status_with(status, miss)
    told = tuple(
        replace(note, text=f"{key}: {note.text}")
        for key, miss in misses.items()
        if miss.misfit
        for note in fits[key].notes[:1]
    )
    return replace(
        result,
        parameters=_scaled(result.parameters, [factors.get(key, shared) for key in owners]),
        areas=_scaled(result.areas, [factors[key] for key in result.areas.facets["spectrum"]]),
        fits=fits,
        status=status,
        notes=(*told, *result.notes),
    )


def _with_shared(fit: Fit, names: Sequence[str], factor: float) -> Fit:
    """The view of one spectrum, its standard deviations of what depends on shared parameters times a factor."""
    compiled = fit.compiled()
    columns = [column for column, name in enumerate(compiled.free) if name in names]
    factors = np.where(np.any(compiled.spread[:, columns] != 0, axis=1), factor, 1.0)
    covariance = np.asarray(fit.covariance) * np.outer(factors, factors)
    covariance.setflags(write=False)
    return replace(fit, covariance=covariance)


def _scaled(estimates: Estimates, factors: Sequence[float]) -> Estimates:
    """Estimates with every standard deviation times its factor, correlations as they are."""
    covariance = estimates.covariance.values * np.outer(factors, factors)
    return Estimates.build(estimates.entries, estimates.value.values, covariance, **estimates.facets)


def _check_keys(
    spectra: Mapping[str, xr.Dataset],
    models: Mapping[str, Model],
    shared: Sequence[str],
    weights: Mapping[str, float] | None,
    weight: Mapping[str, float],
) -> None:
    problems = Offenders()
    if not spectra:
        problems.add("spectra is empty; give at least one, by key")
    for key in set(spectra) ^ set(models):
        problems.add(f"{key!r}: has no model or no spectrum; give both under one key")
    for key in set(weights or {}) - set(spectra):
        problems.add(f"weights: {key!r} is none of the spectra")
    problems.add(
        *(f"weights: {key!r} = {w:g} must be positive and finite" for key, w in weight.items() if not 0 < w < math.inf)
    )
    names = [{p.name for p in model.all_parameters} for model in models.values()]
    linked = {name for model in models.values() for name in model.linked()}
    for pattern in shared:
        hits = [name for name in set().union(*names) if fnmatchcase(name, pattern)]
        if not hits:
            problems.add(f"shared: {pattern!r} matches no parameter")
        problems.add(*(f"shared: {name!r} is linked; share the parameter it is linked to" for name in hits
                       if name in linked and pattern == name))  # fmt: skip
    problems.raise_if_any()


def _result(joint: SharedProblem, minimum: Minimum) -> TogetherFit:
    names = joint.names
    parameters = Estimates.build(names, minimum.x, minimum.covariance, spectrum=joint.owners)
    fits = {key: _one(joint, key, minimum) for key in joint.alone}
    areas = _areas(joint, minimum, fits)
    terms = sum(int(kept.sum()) for kept in joint.counted.values())
    points = sum(fit.noise.size / fit.points_per_independent for fit in joint.alone.values())
    determined = np.isfinite(areas.sd.values)
    status = minimum.status
    if status.trusted or status is Status.NO_COVARIANCE:
        bounded = minimum.active.any() or minimum.active_inequalities.any()
        whole = Status.AT_BOUND if bounded else Status.OK
        status = whole if determined.all() else Status.UNDETERMINED if determined.any() else Status.NO_COVARIANCE
    notes = [
        note
        for fit in joint.alone.values()
        for note in fit.notes
        if note.severity is not Severity.ERROR and note.code != "misfit"
    ]
    if not status.trusted:
        text = f"the global fit ended {status}: {minimum.message}"
        remedy = "share fewer parameters, or give better starts"
        notes.append(Note("together-failed", Severity.ERROR, text, remedy))
    return TogetherFit(
        parameters,
        areas,
        fits,
        minimum.chi2,
        points + terms - len(names),
        dict(joint.weight),
        status,
        tuple(dict.fromkeys(notes)),
        provenance(COMMAND, inputs=joined(reading_of(fit.spectrum) for fit in joint.alone.values()).files),
    )


def _one(joint: SharedProblem, key: str, minimum: Minimum) -> Fit:
    """The view of one spectrum: its parameters with the covariance of the global fit."""
    compiled, base = joint.compiled[key], joint.alone[key]
    rows = compiled.spread @ joint.select[key]
    values = rows @ minimum.x + compiled.base
    with np.errstate(over="ignore", invalid="ignore"):  # the status says so
        residual, _ = joint.blocks[key](joint.select[key] @ minimum.x)
        chi2 = float(residual @ residual)
    pulls = compiled.prior_residuals(values)
    return replace(
        base,
        values=values,
        covariance=spread_covariance(rows, minimum.covariance),
        chi2=chi2,
        chi2_priors=float(pulls @ pulls),
        status=minimum.status,
        evaluations=minimum.evaluations,
        minima=(),
        widening=1.0,
        missed=(),
        covariance_kind="absolute" if base.covariance_kind == "widened" else base.covariance_kind,
        notes=tuple(note for note in base.notes if note.code != "misfit"),
        provenance=provenance(COMMAND, inputs=base.provenance.inputs),
    )


def _areas(joint: SharedProblem, minimum: Minimum, fits: Mapping[str, Fit]) -> Estimates:
    rows, names = [], []
    facets: dict[str, list[str]] = {
        "peak": [],
        "assignment": [],
        "technique": [],
        "sample": [],
        "spectrum": [],
        "reading": [],
    }
    for key, one in fits.items():
        compiled, own = joint.compiled[key], one.areas
        spread = compiled.spread @ joint.select[key]
        rows += [spread[compiled.position[line.parameters[0].name]] for line in one.model.peaks]
        names += [f"{key}:{name}" for name in own.entries]
        for facet, labels in facets.items():
            labels.extend([key] * len(own) if facet == "spectrum" else own.facets.get(facet, ("",) * len(own)))
    values = np.concatenate([one.areas.value.values for one in fits.values()])
    if not any(facets["reading"]):
        del facets["reading"]
    return Estimates.build(names, values, spread_covariance(np.array(rows), minimum.covariance), **facets)
