"""Uncertainty beyond the covariance: profiles of the likelihood, and what a fit is refitted from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import gammaincinv

from shortrange_core.errors import BadInput, check_level
from shortrange_core.estimates import ENTRY
from shortrange_core.least_squares import Minimum, minimise
from shortrange_core.notes import Note, Severity, Status
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.fits._compiled import Compiled
from spectra.fits._residuals import Residuals
from spectra.fits._result import Fit
from spectra.fits._verdict import NOT_AFFINE
from spectra.noise import autocorrelation_of

Array = npt.NDArray[np.float64]
ROOT_TOLERANCE = 1e-3
MOST_STEPS = 40


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Profile(Shown):
    """Profile-likelihood intervals.

    Parameters
    ----------
    intervals
        ``value``, ``lower``, ``upper`` over ``entry``, and ``lower_is_bound``, ``upper_is_bound``: the interval ends at
        the bound of the parameter, not where chi2 has risen: it is one-sided.
    level
        Probability content.
    notes
        A better minimum that was met on the way, if any.
    """

    intervals: xr.Dataset
    level: float
    notes: tuple[Note, ...] = ()


class _Scan:
    """chi2 minimised over all free parameters but one, which is held."""

    def __init__(self, compiled: Compiled, residuals: Residuals, best: Minimum, name: str) -> None:
        self.compiled, self.residuals, self.best = compiled, residuals, best
        row = compiled.position[name]
        self.coefficients = compiled.spread[row]
        self.centre = float(self.coefficients @ best.x + compiled.base[row])
        clean = np.nan_to_num(best.covariance)
        self.direction = clean @ self.coefficients
        self.variance = float(self.coefficients @ self.direction)
        self.lower, self.upper = compiled.parameters[row].lower, compiled.parameters[row].upper
        self.offset = float(compiled.base[row])
        self.lowest = best.chi2

    def rise(self, value: float) -> float:
        """Square root of the rise of chi2 with the parameter held at ``value``."""
        compiled = self.compiled
        along = self.direction / self.variance if self.variance > 0 else np.zeros_like(self.direction)
        start = np.clip(self.best.x + along * (value - self.centre), compiled.lower, compiled.upper)
        lower, upper, equal = compiled.lower, compiled.upper, compiled.equalities
        at = np.flatnonzero(self.coefficients)
        if at.size == 1:
            held = (value - self.offset) / self.coefficients[at[0]]
            lower, upper = lower.copy(), upper.copy()
            lower[at[0]] = upper[at[0]] = start[at[0]] = held
        else:
            rows, right = (np.zeros((0, start.size)), np.zeros(0)) if equal is None else equal
            equal = np.vstack([rows, self.coefficients]), np.append(right, value - self.offset)
        end = minimise(
            self.residuals, start, lower=lower, upper=upper, equalities=equal, inequalities=compiled.inequalities,
            tolerance=1e-8, covariance=False,
        )  # fmt: skip
        self.lowest = min(self.lowest, end.chi2)
        return float(np.sqrt(max(end.chi2 - self.best.chi2, 0.0)))

    def end(self, side: int, target: float) -> tuple[float, bool]:
        """Where the root of the rise reaches ``target`` on one side, and whether a bound came first."""
        bound = self.upper if side > 0 else self.lower
        step = target * np.sqrt(self.variance) if self.variance > 0 else 0.1 * abs(self.centre) + 1e-3
        inner, low = self.centre, 0.0
        outer = self.centre + side * step
        for _ in range(MOST_STEPS):
            outer = min(outer, bound) if side > 0 else max(outer, bound)
            high = self.rise(outer)
            if high >= target:
                return self._between(inner, low, outer, high, target), False
            if outer == bound:
                return bound, True
            inner, low = outer, high
            factor = min(max(target / high, 1.1), 3.0) if high > 0 else 3.0
            outer = self.centre + (outer - self.centre) * factor
        return side * np.inf, False

    def _between(self, inner: float, low: float, outer: float, high: float, target: float) -> float:
        for _ in range(MOST_STEPS):
            if abs(high - target) < ROOT_TOLERANCE * target:
                return outer
            guess = inner + (outer - inner) * min(max((target - low) / (high - low), 0.05), 0.95)
            rise = self.rise(guess)
            if abs(rise - target) < ROOT_TOLERANCE * target:
                return guess
            if rise < target:
                inner, low = guess, rise
            else:
                outer, high = guess, rise
        return outer


def profile(fit: Fit, names: Sequence[str] | None = None, *, level: float = 0.95) -> Profile:
    """Profile-likelihood intervals: where chi2, minimised over everything else, has risen by the quantile of the level.

    Unlike value +- sd it follows a bent or one-sided likelihood, and it ends at a bound. For an area at 0 it is the
    upper limit. Where the autocorrelation of the noise is known, the rise is compared with a quantile that is as much
    wider as the sd is.

    Parameters
    ----------
    fit
        A fit that converged.
    names
        Parameters, such as ``["ps4_area"]``; every area where absent.
    level
        Probability content, between 0 and 1.

    Raises
    ------
    BadInput
        If the fit did not converge, a name is not in the model, or the level is not between 0 and 1.
    """
    check_level(level)
    converged(fit)
    compiled, residuals, best = again(fit)
    wanted = (
        [names]
        if isinstance(names, str)
        else list(names)
        if names is not None
        else [line.parameters[0].name for line in fit.model.peaks]
    )
    unknown = [name for name in wanted if name not in compiled.position]
    if unknown:
        raise BadInput(f"parameters {', '.join(unknown)}: are not in the model; it has {', '.join(compiled.names)}")
    target = float(np.sqrt(2 * gammaincinv(0.5, level)))
    scans = [_Scan(compiled, residuals, best, name) for name in wanted]
    targets = [target * fit.widening * _widening(fit, scan, name) for scan, name in zip(scans, wanted, strict=True)]
    ends = [(scan.end(-1, aim), scan.end(1, aim)) for scan, aim in zip(scans, targets, strict=True)]
    intervals = xr.Dataset(
        {
            "value": (ENTRY, [scan.centre for scan in scans]),
            "lower": (ENTRY, [low[0] for low, _ in ends]),
            "upper": (ENTRY, [high[0] for _, high in ends]),
            "lower_is_bound": (ENTRY, [low[1] for low, _ in ends]),
            "upper_is_bound": (ENTRY, [high[1] for _, high in ends]),
        },
        coords={ENTRY: np.array(wanted, dtype=object)},
    )
    gain = best.chi2 - min((scan.lowest for scan in scans), default=best.chi2)
    notes: tuple[Note, ...] = ()
    if gain > 0.01:
        text = f"the profile found a minimum lower by {gain:.3g} in chi2: the fit had missed the best one"
        notes = (Note("better-minimum", Severity.WARNING, text, "repeat the fit with restarts"),)
    return Profile(intervals, level, notes)


def _widening(fit: Fit, scan: _Scan, name: str) -> float:
    """Ratio of the sd under the noise as it is correlated to the one of points that count as one, where it is known.

    A rise of chi2 that is too steep for the noise is compared with a quantile that is wider by as much.
    """
    if autocorrelation_of(fit.spectrum) is None or not scan.variance > 0:
        return 1.0
    row = scan.compiled.position[name]
    ratio = float(fit.covariance[row, row]) / scan.variance
    return float(np.sqrt(ratio)) if np.isfinite(ratio) and ratio > 0 else 1.0


def converged(fit: Fit) -> None:
    """A fit that found no line is at a minimum all the same; one that did not end or start is at none."""
    if {note.code for note in fit.notes} & set(NOT_AFFINE):
        raise BadInput(
            "the fit has expressions that are not affine, which only lmfit supports; use its conf_interval or emcee on "
            "spectra.to_lmfit(fit, parameters=...)"
        )
    if fit.status is Status.NOT_CONVERGED or "fit-rejected" in {note.code for note in fit.notes}:
        raise BadInput(f"the fit is {fit.status}: it has no minimum to explore; correct the fit first")


def again(fit: Fit) -> tuple[Compiled, Residuals, Minimum]:
    """Model, residuals and minimum of a fit, from its record."""
    compiled = fit.compiled()
    data = np.asarray(fit.spectrum["intensity"].values, dtype=float)
    residuals = Residuals(compiled, data, np.asarray(fit.noise))
    return compiled, residuals, refit(residuals, np.asarray(fit.values)[compiled.free_rows], True)


def refit(residuals: Residuals, start: Array, covariance: bool) -> Minimum:
    """The minimum of these residuals from a start, inside the bounds and constraints of their model."""
    compiled = residuals.compiled
    return minimise(
        residuals, start, lower=compiled.lower, upper=compiled.upper, equalities=compiled.equalities,
        inequalities=compiled.inequalities, covariance=covariance,
    )  # fmt: skip
