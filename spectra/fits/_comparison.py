r"""Which model, and what hangs on it: information criteria, model-averaged areas, error budget.

With the noise given, AIC is chi2 + 2k; with it estimated, n ln(chi2 / n) + 2(k + 1). For k parameters and n
independent points

.. math:: \mathrm{AICc} = \mathrm{AIC} + \frac{2k(k+1)}{n-k-1}, \qquad \mathrm{BIC} = \mathrm{AIC} - 2k + k\ln n

Averages over models m with weights w_m proportional to exp(-criterion/2) carry the spread between the models:

.. math:: \bar a = \sum_m w_m a_m, \quad C = \sum_m w_m\,[C_m + (a_m-\bar a)(a_m-\bar a)^T]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.estimates import ENTRY, Estimates
from shortrange_core.notes import Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.fits._fit import fit
from spectra.fits._result import Fit
from spectra.models import OFFSET, Model, Parameter, Peak, peak, with_peaks
from spectra.models.backgrounds import Background, polynomial
from spectra.shapes import WIDTHS, shape_named

Array = npt.NDArray[np.float64]
Criterion = Literal["aicc", "bic"]
START_WIDTHS = {"fwhm": 1.0, "gauss_fwhm": 0.6, "lorentz_fwhm": 0.6, "fwhm_left": 1.0, "fwhm_right": 1.0, "tail": 0.3}
"""Where the widths of another shape start, in full widths at half maximum of the line."""
WIDTH_REACH, WIDTH_POINTS = 4.0, 1601
DEFAULT_SHAPES = ("gaussian", "lorentzian", "pseudo_voigt")


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class ModelComparison(Shown):
    """Candidate models side by side.

    Parameters
    ----------
    table
        ``chi2``, ``dof``, ``parameters``, ``aicc``, ``bic``, ``weight`` and ``status`` over ``model``.
    areas
        Model-averaged areas by peak; an absent peak counts as 0.
    fits
        The fits, in the order of the table.
    criterion
        ``aicc`` or ``bic``: where the weights come from.
    notes
        Models that failed and carry no weight.
    """

    table: xr.Dataset
    areas: Estimates
    fits: tuple[Fit, ...]
    criterion: str
    notes: tuple[Note, ...]


def compare(spectrum: xr.Dataset, models: Mapping[str, Model], *, criterion: Criterion = "aicc") -> ModelComparison:
    """Fit candidate models to one spectrum and rank them by an information criterion.

    Parameters
    ----------
    spectrum
        A labelled spectrum.
    models
        Candidate sets of units by a name each, with equal windows.
    criterion
        ``"aicc"`` or ``"bic"``; both are in the table. They use the number of independent points.

    Raises
    ------
    BadInput
        If there is no model, the windows differ, or the criterion is not known.
    """
    if not isinstance(models, Mapping):
        raise BadInput(f"models is a {type(models).__name__}; give a mapping of models by name")
    if not models or criterion not in ("aicc", "bic"):
        raise BadInput(f"{len(models)} models, criterion {criterion!r}: give at least one model, and 'aicc' or 'bic'")
    if len({model.window for model in models.values()}) > 1:
        raise BadInput("the models have different windows: chi2 over different data cannot be compared; use one window")
    fits = tuple(fit(spectrum, model, check=False) for model in models.values())
    scores = [criteria(one) for one in fits]
    chosen = np.array([score[criterion] for score in scores])
    trusted = np.array([one.status.trusted for one in fits])
    usable = trusted & np.isfinite(chosen)
    relative = np.where(usable, np.exp(-0.5 * (chosen - np.min(chosen[usable], initial=np.inf))), 0.0)
    weight = relative / relative.sum() if usable.any() else np.full(len(fits), np.nan)
    table = xr.Dataset(
        {
            "chi2": ("model", [one.chi2 for one in fits]),
            "dof": ("model", [one.dof for one in fits]),
            "parameters": ("model", [len(one.compiled().free) for one in fits]),
            "aicc": ("model", [score["aicc"] for score in scores]),
            "bic": ("model", [score["bic"] for score in scores]),
            "weight": ("model", weight),
            "status": ("model", np.array([str(one.status) for one in fits], dtype=object)),
        },
        coords={"model": np.array(list(models), dtype=object)},
    )
    failed = [f"{name} ({one.status})" for name, one in zip(models, fits, strict=True) if not one.status.trusted]
    notes: tuple[Note, ...] = ()
    if failed:
        text = f"models without weight: {', '.join(failed)}"
        notes = (Note("model-without-weight", Severity.WARNING, text, "correct the model or leave it out"),)
    return ModelComparison(table, _averaged(fits, np.nan_to_num(weight)), fits, criterion, notes)


def criteria(fit: Fit) -> dict[str, float]:
    """AICc and BIC of a fit, on the number of independent points."""
    k = len(fit.compiled().free)
    points = fit.noise.size / fit.points_per_independent
    base = fit.chi2
    if fit.covariance_kind == "scaled":
        base = points * np.log((fit.chi2 - fit.chi2_priors) / points) + fit.chi2_priors
        k += 1
    correction = 2 * k * (k + 1) / (points - k - 1) if points > k + 1 else np.inf
    return {"aicc": float(base + 2 * k + correction), "bic": float(base + k * np.log(points))}


def _averaged(fits: Sequence[Fit], weight: Array) -> Estimates:
    names = list(dict.fromkeys(line.name for one in fits for line in one.model.peaks))
    assignments = {line.name: line.assignment for one in fits for line in one.model.peaks}
    values, covariances = [], []
    for one in fits:
        rows = [names.index(line.name) for line in one.model.peaks]
        value, covariance = np.zeros(len(names)), np.zeros((len(names), len(names)))
        areas = one.areas
        value[rows] = areas.value.values
        covariance[np.ix_(rows, rows)] = areas.covariance.values
        values.append(value)
        covariances.append(covariance)
    mean = np.sum([w * v for w, v in zip(weight, values, strict=True) if w > 0], axis=0)
    total = np.sum(
        [w * (c + np.outer(v - mean, v - mean)) for w, v, c in zip(weight, values, covariances, strict=True) if w > 0],
        axis=0,
    )
    if not np.any(weight > 0):
        mean, total = np.full(len(names), np.nan), np.full((len(names),) * 2, np.nan)
    return Estimates.build(names, mean, total, peak=names, assignment=[assignments[name] for name in names])


def with_shape(model: Model, shape: str) -> Model:
    """Model with every peak of another shape; quantities of the same name keep their starts, bounds and priors.

    Widths of other names start where the line has the same full width at half maximum. Links and constraints on
    quantities that the new shape does not have are left out.

    Raises
    ------
    BadInput
        If a quantity of the new shape has no start.
    """
    return with_peaks(model, [_reshaped(line, shape) for line in model.peaks])


def _reshaped(line: Peak, shape: str) -> Peak:
    own = {parameter.quantity: parameter for parameter in line.parameters}
    wanted = shape_named(shape).quantities
    starts = {q: own[q].value for q in wanted if q in own}
    for quantity, share in START_WIDTHS.items():
        if quantity in wanted and quantity not in own:
            starts[quantity] = share * _width(line)
    fresh = peak(line.name, starts, assignment=line.assignment, shape=shape)
    kept: list[Parameter] = [own.get(p.quantity, p) for p in fresh.parameters]
    return replace(fresh, parameters=tuple(kept))


def _width(line: Peak) -> float:
    """Full width at half maximum of a line as it starts, from its profile."""
    start = {parameter.quantity: parameter.value for parameter in line.parameters[1:]}
    scale = sum(value for name, value in start.items() if name in WIDTHS)
    x = start["center"] + scale * np.linspace(-WIDTH_REACH, WIDTH_REACH, WIDTH_POINTS)
    profile = shape_named(line.shape)(x, 1.0, *start.values())
    above = x[profile > profile.max() / 2]
    return float(above[-1] - above[0] + x[1] - x[0])


def error_budget(
    spectrum: xr.Dataset,
    model: Model,
    *,
    backgrounds: Mapping[str, tuple[Background, ...]] | None = None,
    shapes: Sequence[str] = DEFAULT_SHAPES,
) -> xr.Dataset:
    """Where the error of every area comes from: noise, background choice, line-shape choice, referencing.

    Noise is the sd with the offset held; referencing what the offset adds; the choices are the root mean square of the
    changes of the area when another background or shape is taken, fits that failed left out.

    Parameters
    ----------
    spectrum, model
        As for :func:`spectra.fit`.
    backgrounds
        Alternatives by a name each; polynomials of degree 0 to 3 where absent.
    shapes
        Alternative shapes.

    Returns
    -------
    xr.Dataset
        ``noise``, ``background``, ``shape``, ``referencing``, ``total`` over ``entry`` (peaks), the value beside them.
    """
    base = fit(spectrum, model)
    value = base.areas.value.values
    options = backgrounds if backgrounds is not None else {f"degree {d}": (polynomial(d),) for d in range(4)}
    by_background = [replace(model, background=parts) for parts in options.values()]
    by_shape = [with_shape(model, shape) for shape in shapes if any(line.shape != shape for line in model.peaks)]
    held = replace(model, offset_sd=0.0) if model.offset_sd > 0 else model
    noise = fit(spectrum, _shifted(held, base)).areas.sd.values if held is not model else base.areas.sd.values
    parts = {
        "noise": noise,
        "background": _spread(spectrum, by_background, value),
        "shape": _spread(spectrum, by_shape, value),
        "referencing": np.sqrt(np.maximum(base.areas.sd.values**2 - noise**2, 0.0)),
    }
    parts["total"] = np.sqrt(np.sum([part**2 for part in parts.values()], axis=0))
    return xr.Dataset(
        {"value": (ENTRY, value.copy()), **{name: (ENTRY, part) for name, part in parts.items()}},
        coords={ENTRY: np.array(base.areas.entries, dtype=object)},
    )


def _shifted(model: Model, base: Fit) -> Model:
    """Model without offset whose position priors are moved by the fitted one."""
    offset = float(base.parameters.value.sel({ENTRY: OFFSET}).item())
    peaks = []
    for line in model.peaks:
        moved = [
            replace(p, prior=_Moved(p.prior.mean + offset, p.prior.sd, str(p.prior.source)))
            if p.prior is not None and p.quantity == "center"
            else p
            for p in line.parameters
        ]
        peaks.append(replace(line, parameters=tuple(moved)))
    return replace(model, peaks=tuple(peaks))


@record(1)
@dataclass(frozen=True, slots=True)
class _Moved(Shown):
    """A prior moved by a referencing offset."""

    mean: float
    sd: float
    source: str


def _spread(spectrum: xr.Dataset, models: Sequence[Model], value: Array) -> Array:
    refits = [fit(spectrum, model, check=False) for model in models]
    changes = [other.areas.value.values - value for other in refits if other.status.trusted]
    return np.sqrt(np.mean(np.square(changes), axis=0)) if changes else np.zeros_like(value)
