"""A fitter of spectra over one axis: what they share is prepared once, each is searched for its own minimum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import (
    FeasibleSet,
    Minimum,
    Point,
    Search,
    covariance_of,
    well_conditioned_inverse,
)
from shortrange_core.notes import Status
from spectra.fits._compiled import Compiled
from spectra.fits._descents import beyond_curvature, minimised
from spectra.fits._noise import sd_of_counts
from spectra.fits._pixel_residuals import Pixel, usable
from spectra.fits._profiles import Way, widened
from spectra.fits._residuals import Residuals
from spectra.fits._result import spread_covariance
from spectra.fits._search import Ground, Places, beside, ended, searched
from spectra.fits._tensors import lowest_of_signs
from spectra.fits._windows import check_size
from spectra.models import Model
from spectra.noise import excess, with_excess

Array = npt.NDArray[np.float64]
TOLERANCE = 1e-10
MOST_EVALUATIONS = 250
POISSON_ROUNDS = 8
SCALING_ROUNDS = 12
SETTLED = 1e-3


@dataclass(frozen=True, eq=False, slots=True)
class PixelDescent:
    """A descent of a pixel, as the search compares it."""

    point: Point
    search: Search

    @property
    def x(self) -> Array:
        """Free parameters."""
        return self.point.x

    @property
    def chi2(self) -> float:
        """Sum of squares, prior terms included."""
        return self.point.chi2

    @property
    def status(self) -> Status:
        """How it ended."""
        return self.search.status

    @property
    def evaluations(self) -> int:
        """Evaluations of the model."""
        return self.search.evaluations


class PixelFitter:
    """Fits spectra over one axis, one at a time.

    Parameters
    ----------
    model
        The model.
    x
        m axis values.
    kind
        Where the noise comes from: ``given``, ``counts`` (weights from the model, iterated) or ``estimated``.
    together
        Points that count as one.
    use_fast
        Use the compiled pass where it is available.
    autocorrelation
        Of the noise over lags in points, where it is known.
    exchanges
        Follow areas that curvature may not tell to lower minima and into the covariance, as a fit of one spectrum does.
    """

    def __init__(
        self,
        model: Model,
        x: Array,
        *,
        kind: str = "given",
        together: float = 1.0,
        use_fast: bool = True,
        autocorrelation: Array | None = None,
        exchanges: bool = False,
    ) -> None:
        self.exchanges = exchanges
        self.beyond: tuple[Minimum, tuple[Way, ...]] | None = None
        self.compiled = Compiled(model, x)
        check_size(self.compiled)
        self.pixel = Pixel(self.compiled, use_fast and usable(self.compiled))
        self.kind, self.together, self.autocorrelation, self.scale = kind, together, autocorrelation, 1.0
        self.problem = FeasibleSet(
            self.compiled.lower, self.compiled.upper, self.compiled.equalities, self.compiled.inequalities
        )
        terms = len(self.compiled.priors[1])
        self.dof = x.size / together + terms - len(self.compiled.free)
        self.areas = np.array([self.compiled.position[line.parameters[0].name] for line in model.peaks], dtype=np.intp)
        self.places = Places(self.compiled)
        self.ground = Ground(
            self.places, self.pixel, lambda end: self.pixel.misfit(end.x), self.dof, kind == "estimated"
        )

    def descend(self, start: Array) -> tuple[Point, Search]:
        """One descent from one start."""
        self.problem.side = None
        search = Search(self.pixel, self.problem, TOLERANCE, MOST_EVALUATIONS, self.ground.far)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return search.run(self.problem.start(start)), search

    def fit(
        self, data: Array, noise: Array, near: Sequence[Array] = (), counts: Array | None = None
    ) -> tuple[Point, Search, int]:
        """Best descent for one spectrum, from its own start and, where that is not enough, from fits ``near`` it."""
        level = noise * np.sqrt(self.together)
        start = self.start(data, level)

        def descend(at: Array) -> PixelDescent:
            return PixelDescent(*self.descend(at))

        outcome = searched(self.ground, [start, *self.ground.turned(start)], descend)
        own, signs = lowest_of_signs(self.ground, outcome.best, descend)
        own, exchanged = self._exchanged(own, data, level)
        best, tried = beside(self.ground, own, start, near, descend)
        used = outcome.evaluations + signs + exchanged + tried
        if best is not own:
            best, exchanged = self._exchanged(best, data, level)
            used += exchanged
        point, search = best.point, best.search
        if self.kind == "counts" and counts is not None and search.status is not Status.REJECTED:
            point, search, extra = self._poisson(point, search, sd_of_counts(counts, data, noise, self.together))
            used += extra
        self.scale = 1.0
        if self.kind == "estimated" and self.compiled.priors[1].size and search.status is Status.OK:
            point, search, extra = self._scaled(point, search, level)
            used += extra
        return point, search, used

    def _exchanged(self, best: PixelDescent, data: Array, level: Array) -> tuple[PixelDescent, int]:
        """The lowest end that exchanges of areas lead to, kept with where chi2 hardly rises; evaluations of it."""
        self.beyond = None
        if not self.exchanges or not ended(best):
            return best, 0
        residuals = Residuals(self.compiled, data, level)
        ground = replace(self.ground, residuals=residuals, weighted=lambda end: end.residual[: data.size])
        end = minimised(residuals, best.x, far=ground.far)
        if not ended(end):
            return best, end.evaluations
        lower, ways = beyond_curvature(ground, residuals, end)
        self.beyond = lower, ways
        if lower is end:
            return best, end.evaluations
        other = PixelDescent(*self.descend(lower.x))
        return (other if other.chi2 < best.chi2 else best), end.evaluations + lower.evaluations

    def data_chi2(self, point: Point) -> float:
        """Chi2 without the prior terms."""
        pulls = self.compiled.prior_residuals(self.compiled.theta(point.x))
        return point.chi2 - float(pulls @ pulls)

    def _scaled(self, point: Point, search: Search, level: Array) -> tuple[Point, Search, int]:
        """Fit again with the noise scaled until it is what the residuals show, so that the priors keep their weight."""
        data, evaluations = self.pixel.data, 0
        degrees = max(data.size / self.together - len(self.compiled.free), 1.0)
        for _ in range(SCALING_ROUNDS):
            step = float(np.sqrt(self.data_chi2(point) / degrees))
            if not step > 0 or abs(step - 1) < SETTLED:
                break
            self.scale *= step
            self.pixel.load(data, level * self.scale)
            point, search = self.descend(point.x)
            evaluations += search.evaluations
        return point, search, evaluations

    def start(self, data: Array, noise: Array) -> Array:
        """Start of the model for one spectrum."""
        self.pixel.load(data, noise)
        return self.pixel.start()

    def _poisson(
        self, point: Point, search: Search, expected_sd: Callable[[Array], Array]
    ) -> tuple[Point, Search, int]:
        data = self.pixel.data
        before, evaluations = 1 / self.pixel.weight, 0
        for _ in range(POISSON_ROUNDS):
            sd = expected_sd(self.compiled.evaluate(self.compiled.theta(point.x)))
            self.pixel.load(data, sd)
            point, search = self.descend(point.x)
            evaluations += search.evaluations
            if float(np.max(np.abs(sd / before - 1))) < SETTLED:
                break
            before = sd
        return point, search, evaluations

    def covariance(self, point: Point) -> Array:
        """Covariance of all parameters, scaled where the noise is estimated."""
        hessian = point.hessian
        unit = np.sqrt(np.diagonal(hessian))
        inverse = None
        if self.compiled.equalities is None and np.all(unit > 0):
            inverse = well_conditioned_inverse(hessian / np.outer(unit, unit))
        if inverse is not None:
            free = inverse / np.outer(unit, unit)
        else:
            equal = None if self.compiled.equalities is None else self.compiled.equalities[0]
            free = covariance_of(np.array(self.pixel(point.x)[1]), equal)
        dof = self.dof
        if self.autocorrelation is not None:
            derivatives = np.array(self.pixel(point.x)[1][: self.pixel.data.size])
            beyond_white = excess(derivatives, self.autocorrelation, self.together)
            dof -= float(np.sum(np.nan_to_num(free) * beyond_white))
            free = with_excess(free, beyond_white)
        if self.beyond is not None:
            lower, ways = self.beyond
            free = widened(ways, lower, free)
        scaled = self.kind == "estimated" and not self.compiled.priors[1].size
        factor = point.chi2 / max(dof, 1.0) if scaled else 1.0
        if self.compiled.whole:
            return np.asarray(free * factor)
        return spread_covariance(self.compiled.spread, free) * factor

    def status(self, point: Point, search: Search, covariance: Array) -> Status:
        """How the fit of a pixel ended, as ``status_of`` says it of one spectrum."""
        if search.status is not Status.OK:
            return search.status
        determined = np.isfinite(covariance[self.areas, self.areas])
        if not determined.all():
            return Status.UNDETERMINED if determined.any() else Status.NO_COVARIANCE
        active, rows_held = self.problem.active(point.x)
        return Status.AT_BOUND if active.any() or rows_held.any() else Status.OK
