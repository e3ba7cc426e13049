"""The rule of :mod:`spectra.fits` applied to the fit of one spectrum: what measures its noise, what it then is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.notes import Severity, Status
from spectra.fits._misses import COUNTERLESS, Miss, against_quiet, miss_of, note_of, run_in_noise, status_with
from spectra.fits._noise import source_of
from spectra.fits._result import Fit
from spectra.fits._verdict import no_line

Array = npt.NDArray[np.float64]
SCALED_TO = 0.01
"""How near to the residuals of its fit scaled noise is, where the fit and the scale settle slowly."""


def missed(
    spectrum: xr.Dataset,
    part: xr.Dataset,
    curve: Array,
    *,
    used: Array,
    together: float,
    dof: float,
    height: float,
    breadth: Callable[[], float],
) -> Miss:
    """How far the data of a part of a spectrum lie from a curve, in the noise that is known or measured.

    Parameters
    ----------
    spectrum, part
        The whole spectrum, in whose quiet parts an estimated noise is measured, and the fitted part of m points.
    curve, used
        m values of the model, and the noise that the fit used.
    together
        Number of points that count as one in that noise.
    dof
        Degrees of freedom.
    height, breadth
        Those of the sum of all lines, the breadth in points; what is missed is compared with them.
    """
    intensity = part.variables["intensity"]
    axis = str(intensity.dims[0])
    x = np.asarray(part.variables[axis].values, dtype=float)
    residual = np.asarray(intensity.values, dtype=float) - curve
    if source_of(part) != "estimated":
        weighted = residual / used
        run = run_in_noise(weighted, together, np.asarray(part["counts"].values) if "counts" in part else None)
        chi2 = float(weighted @ weighted)
        return miss_of(x, weighted, residual / height, chi2=chi2, dof=dof, together=together, run=run)
    stated = float(part.coords["noise_correlation"].item()) if "noise_correlation" in part.coords else np.nan
    return against_quiet(
        x,
        residual,
        curve,
        values=np.asarray(spectrum["intensity"].values, dtype=float).ravel(),
        stated=np.asarray(part["noise"].values, dtype=float),
        together=stated,
        free=max(x.size / together - dof, 0.0),
        height=height,
        breadth=breadth,
        counts=axis not in COUNTERLESS,
    )


def miss_of_fit(spectrum: xr.Dataset, fit: Fit) -> Miss:
    """How far a fit misses its spectrum."""
    used = np.asarray(fit.noise) / fit.noise_scale if fit.covariance_kind == "scaled" else np.asarray(fit.noise)
    peaks, background = fit.compiled().components(np.asarray(fit.values))
    lines = peaks.sum(axis=0)
    return missed(
        spectrum,
        fit.spectrum,
        lines + background,
        used=used,
        together=fit.points_per_independent,
        dof=fit.dof,
        height=height_of(lines),
        breadth=lambda: breadth_of(lines),
    )


def height_of(lines: Array) -> float:
    """Height of the sum of all lines; never 0, nor so small that what is divided by it has no sum."""
    return max(float(np.abs(lines).max(initial=0.0)), float(np.sqrt(np.finfo(float).tiny)))


def breadth_of(lines: Array) -> float:
    """Breadth of the sum of all lines: the points where it is above half of its height, tails left out."""
    return float(np.count_nonzero(np.abs(lines) > height_of(lines) / 2))


def judged(spectrum: xr.Dataset, fit: Fit, *, fits: bool = False) -> Fit:
    """The fit with what must be said of it: rejected where it found no line, marked and widened where it misses.

    ``fits`` says that it is known not to miss the data, which spares the look.
    """
    if not fit.status.trusted:
        return fit
    names = {parameter.name: row for row, parameter in enumerate(fit.model.all_parameters)}
    rows = [names[line.parameters[0].name] for line in fit.model.peaks]
    size = np.sqrt(max(fit.chi2 - fit.chi2_priors, 0.0) / max(fit.dof, 1.0))
    widened = 1.0 if fit.covariance_kind == "scaled" else max(size, 1.0) ** 2
    note = no_line(fit.values[rows], fit.covariance[np.ix_(rows, rows)] * widened, float(size))
    if note is not None:
        status = Status.REJECTED if note.severity is Severity.ERROR else fit.status
        fit = replace(fit, status=status, notes=(note, *fit.notes))
    if fits or fit.status is Status.REJECTED:
        return fit
    return widened_by(fit, miss_of_fit(spectrum, fit))


def widened_by(fit: Fit, miss: Miss) -> Fit:
    """The fit with a misfit in its status, notes and standard deviations; as it is where there is none.

    Noise that was scaled to the residuals of a fit bears its misfit; it does not bear what a global fit, with the same
    noise, misses more than that.
    """
    if not miss.misfit:
        return fit
    scaled = fit.covariance_kind == "scaled"
    factor = _beyond_scaled(fit) if scaled else miss.widening
    covariance = np.asarray(fit.covariance) * factor**2
    covariance.setflags(write=False)
    return replace(
        fit,
        covariance=covariance,
        covariance_kind="scaled" if scaled else "widened",
        status=status_with(fit.status, miss),
        notes=(note_of(miss, fit.model.axis, scaled=scaled), *fit.notes),
        widening=factor,
        missed=(miss.lower, miss.upper),
    )


def _beyond_scaled(fit: Fit) -> float:
    """Root of chi2 per degree of freedom in the noise that was used, 1 where the noise was scaled to this very fit."""
    data = np.asarray(fit.spectrum["intensity"].values, dtype=float)
    weighted = (data - fit.compiled().evaluate(np.asarray(fit.values))) / np.asarray(fit.noise)
    size = float(np.sqrt(weighted @ weighted / max(fit.dof, 1.0)))
    return size if size > 1 + SCALED_TO else 1.0
