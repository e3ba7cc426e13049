"""To lmfit's parameters and results, and back: its confidence intervals, emcee and reports work on our models."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import BadInput, Offenders
from shortrange_core.notes import Status
from shortrange_core.records import provenance
from spectra.fits._compiled import Compiled
from spectra.fits._expressions import expressions, is_affine
from spectra.fits._residuals import Residuals
from spectra.fits._result import Fit
from spectra.fits._verdict import NOT_AFFINE
from spectra.models import Model, Parameter, with_parameters

if TYPE_CHECKING:
    import lmfit

Array = npt.NDArray[np.float64]
STEP = 1e-6


def edited(model: Model, parameters: lmfit.Parameters) -> Model:
    """Model with the values, bounds, ``vary`` and affine expressions of edited lmfit parameters.

    Parameters
    ----------
    model
        The model that ``parameters`` came from, by :meth:`Model.parameters`.
    parameters
        lmfit's, edited; parameters that are left out stay as they are. Expressions that are not affine are left to
        :func:`fit_expressions`.

    Raises
    ------
    BadInput
        If a name is not in the model.
    """
    import lmfit

    if not isinstance(parameters, lmfit.Parameters):
        raise BadInput(f"parameters is a {type(parameters).__name__}; give an edited model.parameters()")
    problems = Offenders()
    own = {parameter.name: parameter for parameter in model.all_parameters}
    given = model.parameters()
    changed: dict[str, Parameter] = {}
    links: list[str] = [text for text in model.links if text.split("=")[0].strip() not in parameters]
    for name, theirs in parameters.items():
        if name not in own:
            problems.add(f"parameters: {name!r} is not in the model; edit model.parameters()")
            continue
        if theirs.expr:
            if is_affine(theirs.expr, own):
                links.append(f"{name} = {theirs.expr}")
            continue
        ours = own[name]
        same = math.isnan(ours.value) and theirs.value == given[name].value and theirs.vary
        value = math.nan if same else float(theirs.value)
        changed[name] = Parameter(name, value, float(theirs.min), float(theirs.max), ours.prior, bool(theirs.vary))
    problems.raise_if_any()
    changed.pop("offset", None)
    return with_parameters(model, changed, links=tuple(links))


def to_lmfit(
    fit: Fit, *, parameters: lmfit.Parameters | None = None
) -> tuple[lmfit.Minimizer, lmfit.minimizer.MinimizerResult]:
    """Minimiser and result of lmfit, as if lmfit had done the fit.

    ``lmfit.conf_interval(*spectra.to_lmfit(fit))``, ``minimiser.emcee(...)`` (extra ``mcmc``) and
    ``lmfit.fit_report(result)`` work on them. Prior terms are residuals; noise is absolute, and correlated noise is
    that of points that count as one.

    Parameters
    ----------
    fit
        A fit that converged.
    parameters
        Those that the fit was given, where it held expressions that are not affine: a record does not keep them.

    Raises
    ------
    BadInput
        If the model holds constraints, which lmfit has no form for; they are named. If the fit held expressions that
        are not affine, and ``parameters`` are not given.
    """
    if fit.model.constraints:
        raise BadInput(f"lmfit cannot express the constraints {'; '.join(fit.model.constraints)}; leave them out first")
    held = [note for note in fit.notes if note.code in NOT_AFFINE]
    if held and parameters is None:
        raise BadInput(f"the fit used {held[0].text}; pass its parameters= to to_lmfit as well")
    compiled = fit.compiled()
    own = expressions(fit.model, parameters)
    parameters = fit.model.parameters()
    for name, text in own.items():
        parameters[name].set(expr=text)
    sd = np.sqrt(np.diagonal(fit.covariance))
    for name, value in zip(compiled.names, np.asarray(fit.values), strict=True):
        if not parameters[name].expr:
            parameters[name].set(value=float(value))
    import lmfit

    minimiser = lmfit.Minimizer(_residual_function(fit, compiled), parameters, scale_covar=False)
    result = minimiser.prepare_fit()
    names = list(result.var_names)
    rows = [compiled.position[name] for name in names]
    covariance = np.asarray(fit.covariance)[np.ix_(rows, rows)]
    for name, error in zip(compiled.names, sd, strict=True):
        result.params[name].stderr = float(error) if np.isfinite(error) else None
    for i, name in enumerate(names):
        others = {o: covariance[i, j] / math.sqrt(covariance[i, i] * covariance[j, j]) for j, o in enumerate(names)}
        result.params[name].correl = {o: float(c) for o, c in others.items() if o != name and np.isfinite(c)}
    result.covar, result.errorbars = covariance, bool(np.isfinite(covariance).all())
    result.residual = _residual_function(fit, compiled)(result.params)
    result.method, result.success, result.message = "shortrange", fit.status.trusted, str(fit.status)
    result.nfev, result.nvarys, result.ndata = fit.evaluations, len(names), result.residual.size
    result._calculate_statistics()
    minimiser.result = result
    return minimiser, result


def _residual_function(fit: Fit, compiled: Compiled) -> Any:
    residuals = Residuals(compiled, np.asarray(fit.spectrum["intensity"].values, float), np.asarray(fit.noise))

    def function(parameters: lmfit.Parameters) -> Array:
        theta = np.array([parameters[name].value for name in compiled.names])
        return residuals.of_all(theta)

    return function


def from_lmfit(fit: Fit, result: lmfit.minimizer.MinimizerResult) -> Fit:
    """A :class:`Fit` with the values and the covariance that lmfit gave for the same model and spectrum.

    Parameters
    ----------
    fit
        The fit that :func:`to_lmfit` was given.
    result
        lmfit's result, of any of its methods.

    Raises
    ------
    BadInput
        If a parameter of the model is missing in the result.
    """
    compiled = fit.compiled()
    missing = [name for name in compiled.names if name not in result.params]
    if missing:
        raise BadInput(
            f"the result has no {', '.join(missing)}; give the result of the minimiser from spectra.to_lmfit"
        )
    values, covariance = _spread(compiled, result)
    chi2 = float(np.sum(_residual_function(fit, compiled)(result.params) ** 2))
    pulls = compiled.prior_residuals(values)
    return replace(
        fit,
        values=values,
        covariance=covariance,
        chi2=chi2,
        chi2_priors=float(pulls @ pulls),
        status=Status.OK if np.isfinite(covariance).all() else Status.NO_COVARIANCE,
        evaluations=int(getattr(result, "nfev", 0) or 0),
        provenance=provenance(f"lmfit {result.method}", inputs=fit.provenance.inputs),
    )


def _spread(compiled: Compiled, result: lmfit.minimizer.MinimizerResult) -> tuple[Array, Array]:
    """All values, and their covariance by first-order propagation through lmfit's expressions."""
    values = np.array([result.params[name].value for name in compiled.names])
    covar = getattr(result, "covar", None)
    if covar is None:
        return values, np.full((values.size, values.size), np.nan)
    slopes = np.zeros((values.size, len(result.var_names)))
    for column, name in enumerate(result.var_names):
        moved = result.params.copy()
        step = STEP * max(abs(moved[name].value), 1e-3)
        moved[name].set(value=moved[name].value + step, min=-np.inf, max=np.inf)
        moved.update_constraints()
        slopes[:, column] = (np.array([moved[n].value for n in compiled.names]) - values) / step
    covariance = slopes @ np.asarray(covar) @ slopes.T
    return values, (covariance + covariance.T) / 2
