"""The fit of one spectrum: areas with their whole covariance, pulls, curves, and what is to be known about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput, FitFailed, Infeasible
from shortrange_core.least_squares import FeasibleSet
from shortrange_core.notes import Note, Severity, Status
from shortrange_core.randomness import generator
from shortrange_core.readings import reading_of
from shortrange_core.records import provenance
from spectra.fits._backgrounds import judges_background, notes_of_background
from spectra.fits._compiled import Compiled
from spectra.fits._detectors import notes_of_detector, notes_of_spikes
from spectra.fits._expressions import ROUNDS, SAME, UNDAMPED, expressions, tangents, through, values_with
from spectra.fits._judgement import judged
from spectra.fits._lmfit import edited
from spectra.fits._noise import covariance_in_noise, degrees_of_freedom, noise_of
from spectra.fits._phase_widening import notes_of_phase
from spectra.fits._profiles import widened
from spectra.fits._residuals import Residuals
from spectra.fits._result import Fit, spread_covariance
from spectra.fits._verdict import (
    EXPRESSION,
    Noise,
    notes_of_data,
    notes_of_minimum,
    notes_of_pulls,
    notes_of_residuals,
    notes_of_restarts,
    notes_of_unknown,
    status_of,
)
from spectra.fits._weighted_search import WeightedSearch, seen, weighted_search
from spectra.fits._windows import check_size, contradiction, part_of
from spectra.models import Model
from spectra.spectrum import estimate_noise

if TYPE_CHECKING:
    import lmfit

__all__ = ["Fit", "fit"]
Array = npt.NDArray[np.float64]


def fit(
    spectrum: xr.Dataset,
    model: Model,
    *,
    parameters: lmfit.Parameters | None = None,
    restarts: int = 0,
    rng: np.random.Generator | None = None,
    check: bool = True,
    exchanges: bool = True,
) -> Fit:
    """Fit a model to a labelled spectrum.

    The covariance is the inverse of J'J of all free parameters, those at a bound too; it is absolute where the noise is
    given or follows from counts (Poisson weights from the model, iterated), and scaled where it is estimated. With the
    scalar coordinate ``noise_correlation`` (points that count as one; NaN: from the residuals) it allows for
    correlated noise, and with ``noise_processing`` it knows its autocorrelation (:mod:`spectra.noise`).

    Parameters
    ----------
    spectrum
        A labelled spectrum; the model's window is applied.
    model
        Peaks, background, links, constraints, offset.
    parameters
        Edited ``model.parameters()``; an expression that is not affine is followed by its tangents, and noted.
    restarts
        Further starts, drawn as a Latin hypercube within the windows. Where 0, they follow only where the end misses
        the data, in chi2 or in sums of neighbouring residuals, and end with 600 evaluations of the model.
    rng
        Random numbers of the restarts; ``default_rng(0)`` where absent.
    check
        True raises where the result is not to be trusted; False returns it with its status.
    exchanges
        Whether it is tried how far lines that lie together may exchange their areas, and how far areas that are known
        to no better than a twentieth may go, which curvature may not tell; a lower minimum on the way is taken.
        False where another measurement tells such lines apart; the covariance is then the curvature alone.

    Raises
    ------
    BadInput
        If the spectrum does not hold to the contract or does not belong to the model.
    FitFailed
        If the status is ``no_covariance``, ``not_converged``, ``rejected`` or ``misfit`` (residuals above twice what
        noise makes, see :mod:`spectra.fits`); it carries the record.

    Examples
    --------
    >>> from spectra import backgrounds
    >>> from spectra.spectrum import from_arrays
    >>> from spectra.models import peak
    >>> x = np.linspace(0.0, 100.0, 400)
    >>> y = 1.0 + 50.0 * np.exp(-(((x - 40.0) / 6.0) ** 2))
    >>> spectrum = from_arrays(x, y, axis="chemical_shift", noise=0.1)
    >>> model = Model("", "chemical_shift", (peak("a", {"center": (45, 30, 50), "fwhm": 8.0}, shape="gaussian"),),
    ...     (backgrounds.constant(),))
    >>> found = fit(spectrum, model)
    >>> str(found.status), round(float(found.areas.value.item()), 3)
    ('ok', 531.736)
    """
    if not isinstance(restarts, int) or restarts < 0:
        raise BadInput(f"restarts = {restarts!r}: give the number of additional starts, 0 or more")
    part = part_of(spectrum, model)
    used = edited(model, parameters) if parameters is not None else model
    draws = np.random.default_rng(0) if rng is None else generator(rng)
    texts = expressions(model, parameters)
    if texts:
        best = _followed(spectrum, part, used, texts, restarts=restarts, rng=draws, exchanges=exchanges)
        return _accepted(spectrum, best, check)
    compiled = Compiled(used, np.asarray(part.variables[used.axis].values, dtype=float))
    check_size(compiled)
    search = weighted_search(spectrum, part, compiled, restarts, draws, exchanges=exchanges)
    best = _assembled(spectrum, part, compiled, search)
    fits = not search.miss.misfit
    others = tuple(
        replace(judged(spectrum, _assembled(spectrum, part, compiled, other), fits=fits), rise=rise)
        for rise, other in search.others
    )
    return _accepted(spectrum, replace(best, others=others), check, fits=fits)


def check_start(spectrum: xr.Dataset, model: Model) -> None:
    """Refuse what :func:`fit` refuses before it descends, in the time of one evaluation.

    Raises
    ------
    BadInput
        If the spectrum does not hold to the contract, is constant or does not belong to the model, or if no parameters
        obey bounds and constraints together.
    """
    part = part_of(spectrum, model)
    compiled = Compiled(model, np.asarray(part.variables[model.axis].values, dtype=float))
    check_size(compiled)
    data = np.asarray(part.variables["intensity"].values, dtype=float)
    estimate_noise(data)  # a constant has none, however its noise is given
    residuals = Residuals(compiled, data, noise_of(part).sd)
    try:
        FeasibleSet(compiled.lower, compiled.upper, compiled.equalities, compiled.inequalities).start(residuals.start())
    except Infeasible as error:
        raise contradiction(model) from error


def _followed(
    spectrum: xr.Dataset,
    part: xr.Dataset,
    model: Model,
    texts: Mapping[str, str],
    *,
    restarts: int,
    rng: np.random.Generator,
    exchanges: bool,
) -> Fit:
    """Fit with the tangents of expressions as links, taken anew where each fit ends."""
    axis = np.asarray(part[model.axis].values, dtype=float)
    data, noise = np.asarray(part.variables["intensity"].values, dtype=float), noise_of(part)
    compiled = Compiled(model, axis)
    check_size(compiled)
    start = compiled.theta(Residuals(compiled, data, noise.sd).start())
    values = dict(zip(compiled.names, start.tolist(), strict=True))
    for number in range(ROUNDS):
        compiled = Compiled(through(model, tangents(model, texts, values), values), axis)
        # Further starts in the first round alone: later tangents differ little, and so does where they lead.
        search = weighted_search(spectrum, part, compiled, restarts if number == 0 else 0, rng, exchanges=exchanges)
        ends = dict(zip(compiled.names, compiled.theta(search.minimum.x).tolist(), strict=True))
        wanted = values_with(model, texts, ends)
        # The value of the expression where the fit ended is that of its tangent there: the tangent was taken at the
        # end.
        if all(abs(wanted[name] - ends[name]) <= SAME * max(abs(ends[name]), SAME) for name in texts):
            break
        values = {n: ends[n] if number < UNDAMPED else (ends[n] + values[n]) / 2 for n in ends}
    else:
        search = replace(search, minimum=replace(search.minimum, status=Status.NOT_CONVERGED))
    told = "; ".join(f"{name} = {text}" for name, text in texts.items())
    note = Note(EXPRESSION, Severity.INFO, f"{told}: not affine, so it was linearised {number + 1} times")
    result = _assembled(spectrum, part, compiled, search)
    return replace(result, model=model, notes=(*result.notes, note))


def _accepted(spectrum: xr.Dataset, result: Fit, check: bool, *, fits: bool = False) -> Fit:
    result = judged(spectrum, result, fits=fits)
    if check and not result.status.trusted:
        text = "; ".join(str(note) for note in result.notes) or f"the fit is {result.status}"
        raise FitFailed(f"{text}; check=False returns the numbers with this status", result)
    return result


def _notes_of_background(part: xr.Dataset, compiled: Compiled, theta: Array, noise: Noise) -> list[Note]:
    if not judges_background(part):
        return []
    lines, background = compiled.components(theta)
    return notes_of_background(part, lines.sum(axis=0), background, noise)


def _assembled(spectrum: xr.Dataset, part: xr.Dataset, compiled: Compiled, search: WeightedSearch) -> Fit:
    minimum, noise = seen(search.minimum, compiled), search.noise
    theta = compiled.theta(minimum.x)
    free = widened(search.ways, minimum, covariance_in_noise(minimum, noise))
    covariance = spread_covariance(compiled.spread, free)
    areas = [compiled.position[line.parameters[0].name] for line in compiled.model.peaks]
    status = status_of(minimum, np.isfinite(np.diagonal(covariance)[areas]))
    pulls = compiled.prior_residuals(theta)
    priors = float(pulls @ pulls)
    scale = noise.factor if noise.kind == "estimated" else 1.0
    dof = degrees_of_freedom(minimum, noise) + pulls.size
    weighted = minimum.residual[: compiled.x.size]
    notes = [
        *compiled.model.notes,
        *notes_of_minimum(compiled, minimum, status),
        *notes_of_data(spectrum, noise, backgrounds=len(compiled.model.background)),
        *notes_of_detector(part),
        *(_notes_of_background(part, compiled, theta, noise) if status is not Status.REJECTED else ()),
        *(notes_of_residuals(weighted, noise) if status is not Status.REJECTED else ()),
        *(notes_of_spikes(compiled.x, -weighted, compiled.model.axis) if status is not Status.REJECTED else ()),
        *notes_of_pulls(compiled.priors[2], pulls),
        *notes_of_unknown([line.name for line in compiled.model.peaks], theta[areas], covariance[np.ix_(areas, areas)]),
        *notes_of_phase(compiled.model, theta, covariance),
        *(note for way in search.ways for note in way.notes(compiled.free)),
        *notes_of_restarts(search.minima, len(search.others)),
    ]
    for array in (theta, covariance, noise.sd):
        array.setflags(write=False)
    return Fit(
        compiled.model,
        part,
        theta,
        covariance,
        noise.sd,
        (minimum.chi2 - priors) * scale**2 + priors,
        dof,
        status,
        tuple(notes),
        provenance("spectra.fit(spectrum, model)", inputs=reading_of(spectrum).files),
        noise_scale=noise.factor,
        covariance_kind="scaled" if noise.kind == "estimated" else "absolute",
        points_per_independent=noise.points_per_independent,
        chi2_priors=priors,
        evaluations=search.evaluations,
        minima=tuple(end.chi2 for end in search.minima.minima) if search.minima else (),
    )
