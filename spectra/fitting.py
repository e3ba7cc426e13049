"""The fit of one spectrum: areas with their whole covariance, pulls, curves, and what is to be known about them."""

from __future__ import annotations

from dataclasses import dataclass

import lmfit
import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput, FitFailed
from shortrange_core.estimates import Estimates
from shortrange_core.least_squares import Minima, Minimum, latin_hypercube, minimise, multistart
from shortrange_core.notes import Note, Status
from shortrange_core.records import Provenance, provenance, record
from spectra.compiled import Compiled, Residuals
from spectra.contract import axis_of, check
from spectra.lmfit_bridge import edited
from spectra.model import Model
from spectra.noise import noise_of, refined
from spectra.verdict import (
    Noise,
    notes_of_data,
    notes_of_minimum,
    notes_of_pulls,
    notes_of_residuals,
    notes_of_restarts,
    status_of,
)

Array = npt.NDArray[np.float64]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """Result of a fit.

    Parameters
    ----------
    parameters
        Every parameter of the model, linked and fixed ones too; facets ``peak`` (or the part of the background) and
        ``quantity``.
    areas
        Area of every peak (intensity x unit of the axis) by the name of the peak; facets ``peak``, ``assignment``,
        ``technique``, ``sample``.
    pulls
        (parameter - offset - prior mean) / prior sd of every parameter with a prior, and of the offset; facets
        ``prior_mean``, ``prior_sd``, ``source``.
    curves
        ``data``, ``noise`` (as used), ``model``, ``background``, ``residual`` (data - model) over the axis and
        ``component`` over (peak, axis), in the unit of the intensity.
    chi2
        Sum of squared residuals over the noise as used, prior terms included; for an estimated noise over the noise
        of the spectrum, so that models can be compared.
    dof
        Independent points + prior terms - free parameters.
    status
        How the fit ended.
    notes
        What a user must know.
    model
        The model that was fitted.
    provenance
        What is needed to repeat it.
    noise_scale
        Factor by which the noise of the spectrum was multiplied: 1 where it was given.
    covariance_kind
        ``absolute``, or ``scaled`` where the noise was estimated from the residuals.
    chi2_priors
        Part of chi2 that comes from the prior terms.
    evaluations
        Number of evaluations of the model.
    minima
        chi2 of the distinct minima that restarts found, best first; empty without restarts.
    """

    parameters: Estimates
    areas: Estimates
    pulls: Estimates
    curves: xr.Dataset
    chi2: float
    dof: float
    status: Status
    notes: tuple[Note, ...]
    model: Model
    provenance: Provenance
    noise_scale: float = 1.0
    covariance_kind: str = "absolute"
    chi2_priors: float = 0.0
    evaluations: int = 0
    minima: tuple[float, ...] = ()


def fit(
    spectrum: xr.Dataset,
    model: Model,
    *,
    parameters: lmfit.Parameters | None = None,
    restarts: int = 0,
    rng: np.random.Generator | None = None,
    check: bool = True,
) -> Fit:
    """Fit a model to a labelled spectrum.

    The covariance is the inverse of J'J of all free parameters, those at a bound too; it is absolute where the noise is
    given or follows from counts (Poisson weights from the model, iterated), and scaled where it is estimated. With the
    scalar coordinate ``noise_correlation`` (points that count as one; NaN: from the residuals) it allows for
    correlated noise.

    Parameters
    ----------
    spectrum
        A labelled spectrum; the model's window is applied.
    model
        Peaks, background, links, constraints, offset.
    parameters
        Edited ``model.parameters()``.
    restarts
        Further starts, drawn as a Latin hypercube within the windows.
    rng
        Random numbers of the restarts; ``default_rng(0)`` where absent.
    check
        True raises where the result is not to be trusted; False returns it with its status.

    Raises
    ------
    BadInput
        If the spectrum does not hold to the contract or does not belong to the model.
    FitFailed
        If the status is ``no_covariance``, ``not_converged`` or ``rejected``; it carries the record.

    Examples
    --------
    >>> from spectra import backgrounds
    >>> from spectra.contract import from_arrays
    >>> from spectra.model import peak
    >>> x = np.linspace(0.0, 100.0, 400)
    >>> y = 1.0 + 50.0 * np.exp(-(((x - 40.0) / 6.0) ** 2))
    >>> spectrum = from_arrays(x, y, axis="chemical_shift", noise=0.1)
    >>> model = Model("", "chemical_shift", (peak("a", {"center": (45, 30, 50), "fwhm": 8.0}, shape="gaussian"),),
    ...     (backgrounds.constant(),))
    >>> found = fit(spectrum, model)
    >>> str(found.status), round(float(found.areas.value.item()), 3)
    ('ok', 531.736)
    """
    used = edited(model, parameters) if parameters is not None else model
    part = _windowed(spectrum, used)
    compiled = Compiled(used, np.asarray(part[used.axis].values, dtype=float))
    _check_size(compiled)
    search = _searched(part, compiled, restarts, rng if rng is not None else np.random.default_rng(0))
    result = _assembled(spectrum, part, compiled, search)
    if check and not result.status.trusted:
        raise FitFailed("; ".join(str(note) for note in result.notes) or f"the fit is {result.status}", result)
    return result


@dataclass(frozen=True, eq=False, slots=True)
class _Searched:
    minimum: Minimum
    minima: Minima | None
    noise: Noise
    evaluations: int


def _windowed(spectrum: xr.Dataset, model: Model) -> xr.Dataset:
    """The spectrum through the door, cut to the model's window."""
    check(spectrum, technique=model.technique or None)
    axis = axis_of(spectrum)
    if axis != model.axis:
        raise BadInput(f"the spectrum lies over {axis}, the model over {model.axis}; convert the spectrum first")
    if model.window is None:
        return spectrum
    return spectrum.sel({axis: slice(*model.window)})


def _check_size(compiled: Compiled) -> None:
    points, terms = compiled.x.size, len(compiled.priors[1])
    if points + terms < len(compiled.free) or points < 3:
        raise BadInput(
            f"the fitted window holds {points} points and {terms} priors for {len(compiled.free)} free parameters; "
            "widen the window, or fix or link parameters"
        )


def _searched(part: xr.Dataset, compiled: Compiled, restarts: int, rng: np.random.Generator) -> _Searched:
    data = np.asarray(part["intensity"].values, dtype=float)
    noise = noise_of(part)
    residuals = Residuals(compiled, data, noise.sd)
    start = residuals.start()
    minima = None
    if restarts > 0:
        starts = [start, *_restarts(residuals, restarts, rng)]
        minima = multistart(
            residuals,
            starts,
            lower=compiled.lower,
            upper=compiled.upper,
            equalities=compiled.equalities,
            inequalities=compiled.inequalities,
        )
        minimum = minima.best
    else:
        minimum = _minimised(residuals, start)
    evaluations = minimum.evaluations if minima is None else sum(end.evaluations for end in minima.minima)

    def again(sd: Array, x: Array) -> Minimum:
        return _minimised(Residuals(compiled, data, sd), x)

    minimum, noise = refined(part, compiled, minimum, noise, again)
    return _Searched(minimum, minima, noise, evaluations)


def _minimised(residuals: Residuals, start: Array) -> Minimum:
    compiled = residuals.compiled
    return minimise(
        residuals,
        start,
        lower=compiled.lower,
        upper=compiled.upper,
        equalities=compiled.equalities,
        inequalities=compiled.inequalities,
    )


def _restarts(residuals: Residuals, count: int, rng: np.random.Generator) -> list[Array]:
    """Starts drawn within the finite windows of all that is not an area or a coefficient; these follow linearly."""
    compiled = residuals.compiled
    linear = {line.parameters[0].name for line in compiled.model.peaks}
    linear |= {compiled.names[row] for row in compiled.column_rows}
    windows = np.isfinite(compiled.lower) & np.isfinite(compiled.upper)
    drawn = np.array([i for i, name in enumerate(compiled.free) if name not in linear and windows[i]], dtype=np.intp)
    if drawn.size == 0:
        return []
    cells = latin_hypercube(compiled.lower[drawn], compiled.upper[drawn], count, rng)
    solved = np.array([i for i, name in enumerate(compiled.free) if name in linear], dtype=np.intp)
    return [residuals.start({int(i): float(v) for i, v in zip(drawn, row, strict=True)}, solved) for row in cells]


def _assembled(spectrum: xr.Dataset, part: xr.Dataset, compiled: Compiled, search: _Searched) -> Fit:
    minimum, noise = search.minimum, search.noise
    theta = compiled.theta(minimum.x)
    covariance = spread_covariance(compiled.spread, minimum.covariance)
    areas = [compiled.position[line.parameters[0].name] for line in compiled.model.peaks]
    status = status_of(minimum, np.isfinite(np.diagonal(covariance)[areas]))
    curves = _curves(part, compiled, theta, noise)
    pull_values = compiled.prior_residuals(theta)
    priors = float(pull_values @ pull_values)
    scale = noise.factor if noise.kind == "estimated" else 1.0
    chi2 = (minimum.chi2 - priors) * scale**2 + priors
    dof = compiled.x.size / noise.points_per_independent + pull_values.size - len(compiled.free)
    weighted = curves["residual"].values / noise.sd
    notes = [
        *compiled.model.notes,
        *notes_of_minimum(compiled, minimum, status),
        *notes_of_data(spectrum, noise, backgrounds=len(compiled.model.background)),
        *(notes_of_residuals(weighted, minimum.chi2, dof, noise) if status is not Status.REJECTED else ()),
        *notes_of_pulls(compiled.priors[2], pull_values),
        *notes_of_restarts(search.minima),
    ]
    return Fit(
        _parameters(compiled, theta, covariance),
        _areas(spectrum, compiled, theta, covariance),
        _pulls(compiled, pull_values, minimum.covariance),
        curves,
        chi2,
        dof,
        status,
        tuple(notes),
        compiled.model,
        provenance("spectra.fit(spectrum, model)"),
        noise_scale=noise.factor,
        covariance_kind="scaled" if noise.kind == "estimated" else "absolute",
        chi2_priors=priors,
        evaluations=search.evaluations,
        minima=tuple(end.chi2 for end in search.minima.minima) if search.minima else (),
    )


def spread_covariance(rows: Array, covariance: Array) -> Array:
    """``rows @ covariance @ rows.T``, NaN only where a row sees an entry whose covariance is NaN."""
    unknown = ~np.isfinite(np.diagonal(covariance))
    clean = np.where(unknown[:, None] | unknown[None, :], 0.0, covariance)
    result = rows @ clean @ rows.T
    blind = np.any(rows[:, unknown] != 0, axis=1)
    result[blind, :] = np.nan
    result[:, blind] = np.nan
    return np.asarray((result + result.T) / 2)


def _curves(part: xr.Dataset, compiled: Compiled, theta: Array, noise: Noise) -> xr.Dataset:
    axis = compiled.model.axis
    peaks, background = compiled.components(theta)
    total = peaks.sum(axis=0) + background
    data = np.asarray(part["intensity"].values, dtype=float)
    scalars = {name: value for name, value in part.coords.items() if value.ndim == 0}
    names = np.array([line.name for line in compiled.model.peaks], dtype=object)
    assignments = np.array([line.assignment for line in compiled.model.peaks], dtype=object)
    return xr.Dataset(
        {
            "data": (axis, data),
            "noise": (axis, noise.sd),
            "model": (axis, total),
            "background": (axis, background),
            "residual": (axis, data - total),
            "component": (("peak", axis), peaks),
        },
        coords={axis: part[axis], "peak": names, "assignment": ("peak", assignments), **scalars},
        attrs={"units": str(part["intensity"].attrs.get("units", "arbitrary"))},
    )


def _parameters(compiled: Compiled, theta: Array, covariance: Array) -> Estimates:
    owners = [line.name for line in compiled.model.peaks for _ in line.parameters]
    owners += [name.rpartition("_")[0] or name for name in compiled.names[len(owners) :]]
    quantities = [name[len(owner) + 1 :] or name for name, owner in zip(compiled.names, owners, strict=True)]
    return Estimates.build(compiled.names, theta, covariance, peak=owners, quantity=quantities)


def _areas(spectrum: xr.Dataset, compiled: Compiled, theta: Array, covariance: Array) -> Estimates:
    lines = compiled.model.peaks
    rows = np.array([compiled.position[line.parameters[0].name] for line in lines])
    sample = str(spectrum.coords["sample"].item()) if "sample" in spectrum.coords else ""
    said = str(spectrum.coords["technique"].item()) if "technique" in spectrum.coords else ""
    return Estimates.build(
        [line.name for line in lines],
        theta[rows],
        covariance[np.ix_(rows, rows)],
        peak=[line.name for line in lines],
        assignment=[line.assignment for line in lines],
        technique=[compiled.model.technique or said] * len(lines),
        sample=[sample] * len(lines),
    )


def _pulls(compiled: Compiled, values: Array, covariance: Array) -> Estimates:
    names = compiled.priors[2]
    priors = {p.name: p.prior for p in compiled.parameters if p.prior is not None}
    rows = spread_covariance(compiled.priors[0] @ compiled.spread, covariance)
    return Estimates.build(
        names,
        values,
        rows,
        prior_mean=[priors[name].mean if name in priors else 0.0 for name in names],
        prior_sd=[priors[name].sd if name in priors else compiled.model.offset_sd for name in names],
        source=[str(priors[name].source) if name in priors else "sd of the referencing offset" for name in names],
    )
