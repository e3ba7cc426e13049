"""Where a fit would end with another model of the same parameters, in the noise that it found: descents, no search."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import Infeasible
from spectra.fits._compiled import Compiled
from spectra.fits._descents import TOLERANCE, minimised
from spectra.fits._residuals import Residuals
from spectra.fits._result import Fit
from spectra.fits._search import ended
from spectra.models import Model

Array = npt.NDArray[np.float64]


def values_with(fit: Fit, model: Model) -> Array:
    """Values of all parameters at the minimum of a model that differs from the fit's in priors or bounds.

    Parameters
    ----------
    fit
        The fit; its spectrum is fitted again in the noise that it found.
    model
        Of the same parameters; expressions that are not affine are not followed.

    Returns
    -------
    Array
        (n,) in the order of ``model.all_parameters``; those of the fit where nothing finite is left of it, or where no
        descent ends.
    """
    chi2, values = minimum_near(fit, model)
    return values if np.isfinite(chi2) else fit.values


def minimum_near(fit: Fit, model: Model) -> tuple[float, Array]:
    """chi2, in the noise of a fit, and values where one descent of another model ends that begins at those of the fit.

    chi2 is infinite where nothing finite is left of the fit, or where the descent does not end; parameters as in
    :func:`values_with`.
    """
    residuals = _residuals(fit, model)
    compiled = residuals.compiled
    start = np.clip(fit.values[compiled.free_rows], compiled.lower, compiled.upper)
    nowhere = np.inf, np.full(len(compiled.names), np.nan)
    if not np.all(np.isfinite(start)):
        return nowhere
    try:
        end = minimised(residuals, start)
    except Infeasible:
        return nowhere
    return (end.chi2, compiled.theta(end.x)) if ended(end) else nowhere


def minimum_with(
    fit: Fit, model: Model, data: Array | None = None, *, tolerance: float = TOLERANCE
) -> tuple[float, Array]:
    """chi2, in the noise of a fit, and values of all parameters where one descent of another model ends.

    Parameters
    ----------
    fit
        The fit.
    model
        Of the same spectrum; the descent begins at its starts. chi2 is infinite where it does not end.
    data
        In place of the intensities of the fit, such as these less a background; over the same axis, with its noise.
    tolerance
        Fall of chi2 that the next step promises, over chi2, at which the descent ends.
    """
    residuals = _residuals(fit, model, data)
    try:
        end = minimised(residuals, residuals.start(), tolerance)
    except Infeasible:
        return np.inf, np.full(len(residuals.compiled.names), np.nan)
    return (end.chi2 if ended(end) else np.inf), residuals.compiled.theta(end.x)


def _residuals(fit: Fit, model: Model, data: Array | None = None) -> Residuals:
    compiled = Compiled(model, np.asarray(fit.spectrum[model.axis].values, dtype=float))
    intensities = np.asarray(fit.spectrum["intensity"].values, dtype=float) if data is None else data
    return Residuals(compiled, intensities, np.asarray(fit.noise))
