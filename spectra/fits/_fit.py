"""The fit of one spectrum: areas with their whole covariance, pulls, curves, and what is to be known about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import lmfit
import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput, FitFailed, Infeasible
from shortrange_core.least_squares import Minima, Minimum, covariance_of, distinct
from shortrange_core.notes import Note, Severity, Status
from shortrange_core.randomness import generator
from shortrange_core.readings import reading_of
from shortrange_core.records import provenance
from spectra.fits._backgrounds import judges_background, notes_of_background
from spectra.fits._compiled import Compiled
from spectra.fits._descents import TOLERANCE, beyond_curvature, minimised
from spectra.fits._detectors import notes_of_detector, notes_of_spikes
from spectra.fits._expressions import ROUNDS, SAME, UNDAMPED, expressions, tangents, through, values_with
from spectra.fits._judgement import judged, missed
from spectra.fits._lmfit import edited
from spectra.fits._misses import NOTHING, Miss
from spectra.fits._noise import covariance_in_noise, degrees_of_freedom, noise_of, refined
from spectra.fits._others import other_minima
from spectra.fits._phase_widening import notes_of_phase
from spectra.fits._profiles import Way, widened
from spectra.fits._residuals import Residuals
from spectra.fits._result import Fit, spread_covariance
from spectra.fits._search import Ground, Places, ended, searched
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
from spectra.fits._windows import check_size, contradiction, part_of
from spectra.models import Model

__all__ = ["Fit", "fit"]
Array = npt.NDArray[np.float64]
UNSEEN = 1e3
"""A standard deviation of so many windows says that nothing is known."""
POLISHED = 1e-14
"""Relative fall of chi2 at which the repetition of a fit with the noise scaled ends: to rounding."""

TRIALS = 4
"""Descents from starts drawn from the priors, where lines crowd: on simulated 31P spectra whose first end was a wrong
minimum, one of two to four found the right one."""


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
        raise BadInput(f"restarts = {restarts!r}: give the number of further starts, 0 or more")
    part = part_of(spectrum, model)
    used = edited(model, parameters) if parameters is not None else model
    draws = np.random.default_rng(0) if rng is None else generator(rng)
    texts = expressions(model, parameters)
    if texts:
        found = _followed(spectrum, part, used, texts, restarts=restarts, rng=draws, exchanges=exchanges)
        return _accepted(spectrum, found, check)
    compiled = Compiled(used, np.asarray(part.variables[used.axis].values, dtype=float))
    check_size(compiled)
    search = _searched(spectrum, part, compiled, restarts, draws, exchanges=exchanges)
    found = _assembled(spectrum, part, compiled, search)
    fits = not search.miss.misfit
    others = tuple(
        replace(judged(spectrum, _assembled(spectrum, part, compiled, other), fits=fits), rise=rise)
        for rise, other in search.others
    )
    return _accepted(spectrum, replace(found, others=others), check, fits=fits)


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
        search = _searched(spectrum, part, compiled, restarts if number == 0 else 0, rng, exchanges=exchanges)
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
    note = Note(EXPRESSION, Severity.INFO, f"{told}: not affine, so its tangents were followed, {number + 1} of them")
    result = _assembled(spectrum, part, compiled, search)
    return replace(result, model=model, notes=(*result.notes, note))


def _accepted(spectrum: xr.Dataset, result: Fit, check: bool, *, fits: bool = False) -> Fit:
    result = judged(spectrum, result, fits=fits)
    if check and not result.status.trusted:
        text = "; ".join(str(note) for note in result.notes) or f"the fit is {result.status}"
        raise FitFailed(f"{text}; check=False gives the numbers as they are, marked", result)
    return result


@dataclass(frozen=True, eq=False, slots=True)
class _Searched:
    minimum: Minimum
    minima: Minima | None
    noise: Noise
    evaluations: int
    miss: Miss
    others: tuple[tuple[float, _Searched], ...] = ()
    ways: tuple[Way, ...] = ()


def _searched(
    spectrum: xr.Dataset,
    part: xr.Dataset,
    compiled: Compiled,
    restarts: int,
    rng: np.random.Generator,
    *,
    exchanges: bool = True,
) -> _Searched:
    data = np.asarray(part.variables["intensity"].values, dtype=float)
    noise = noise_of(part)
    residuals = Residuals(compiled, data, noise.sd)
    terms = len(compiled.priors[1])
    dof = compiled.x.size / noise.points_per_independent + terms - len(compiled.free)

    def weighted(end: Minimum) -> Array:
        return end.residual[: compiled.x.size]

    def beyond(end: Minimum) -> bool:
        return _miss(spectrum, part, compiled, end, noise).misfit

    ground = Ground(Places(compiled), residuals, weighted, dof, noise.kind == "estimated", TRIALS, beyond)
    try:
        start = residuals.start()
        found = searched(
            ground,
            [start, *ground.turned(start)],
            lambda x: minimised(residuals, x, far=ground.far),
            restarts=restarts,
            rng=rng,
        )
    except Infeasible as error:
        raise contradiction(compiled.model) from error
    minimum, evaluations = found.best, found.evaluations
    ways: tuple[Way, ...] = ()
    if exchanges and ended(minimum):
        minimum, ways = beyond_curvature(ground, residuals, minimum)
    ends = found.ends if minimum is found.best else (minimum, *found.ends)
    minima = distinct(ends) if len(ends) > 1 else None

    hopeless = minimum.chi2 > ground.far and not ended(minimum)  # it crawled: no digit of its end is used

    def again(sd: Array, x: Array) -> Minimum:
        polished = noise.kind == "estimated" and not hopeless
        used = POLISHED if polished else TOLERANCE
        return minimised(Residuals(compiled, data, sd), x, used, far=0.0 if hopeless else np.inf)

    end, used = refined(part, compiled, minimum, noise, again)
    if exchanges and ended(end) and used.points_per_independent != noise.points_per_independent:
        # The rises of chi2 were those of noise that was taken for white.
        correlated = Residuals(compiled, data, used.sd)
        lower, ways = beyond_curvature(replace(ground, residuals=correlated, estimated=False), correlated, end)
        if lower is not end:
            end, used = refined(part, compiled, minimised(residuals, lower.x), noise, again)
    others = []
    wide = replace(minimum, covariance=widened(ways, minimum, minimum.covariance))
    for other in other_minima(compiled, wide, ends) if ended(minimum) else ():
        at, its = refined(part, compiled, other, noise, again)
        others.append((other.chi2 - minimum.chi2, _Searched(at, None, its, other.evaluations, NOTHING)))
    miss = _miss(spectrum, part, compiled, end, used)
    return _Searched(end, minima, used, evaluations, miss, tuple(others), ways)


def _miss(spectrum: xr.Dataset, part: xr.Dataset, compiled: Compiled, minimum: Minimum, noise: Noise) -> Miss:
    """How far a minimum misses the data, the size of its lines left out of account."""
    together = noise.points_per_independent
    dof = compiled.x.size / together + len(compiled.priors[1]) - minimum.x.size
    if minimum.status is Status.REJECTED or dof <= 0:
        return NOTHING
    curve = np.asarray(part.variables["intensity"].values, dtype=float) + minimum.residual[: compiled.x.size] * noise.sd
    used = noise.sd / noise.factor if noise.kind == "estimated" else noise.sd
    return missed(spectrum, part, curve, used=used, together=together, dof=dof, height=np.inf)


def _seen(minimum: Minimum, compiled: Compiled) -> Minimum:
    """The minimum without sds of what the data do not see: the place of a line without area is not known to 1e15 eV."""
    with np.errstate(invalid="ignore"):
        windows = compiled.upper - compiled.lower
        blind = np.sqrt(np.abs(np.diagonal(minimum.covariance))) > UNSEEN * windows
    if minimum.status is Status.REJECTED or not blind.any():
        return minimum
    # Held, not left out: what is correlated with them would keep a share of theirs, and in correlated noise variances
    # below 0.
    equal = compiled.equalities[0] if compiled.equalities else None
    covariance = covariance_of(minimum.jacobian, equal, fixed=blind | (compiled.lower == compiled.upper))
    unknown = blind | np.isnan(np.diagonal(minimum.covariance))
    covariance[unknown, :] = covariance[:, unknown] = np.nan
    return replace(minimum, covariance=covariance)


def _notes_of_background(part: xr.Dataset, compiled: Compiled, theta: Array, noise: Noise) -> list[Note]:
    if not judges_background(part):
        return []
    lines, background = compiled.components(theta)
    return notes_of_background(part, lines.sum(axis=0), background, noise)


def _assembled(spectrum: xr.Dataset, part: xr.Dataset, compiled: Compiled, search: _Searched) -> Fit:
    minimum, noise = _seen(search.minimum, compiled), search.noise
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
