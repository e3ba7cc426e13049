"""Noise of a fit: given, from counts by way of the model, estimated from the residuals, correlated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.least_squares import Minimum
from shortrange_core.notes import Status
from spectra.fits._compiled import Compiled
from spectra.fits._verdict import Noise, is_correlated
from spectra.noise import QUIET_PARTS, decay_of, excess, points_per_independent, points_under_window, with_excess
from spectra.spectrum import MEASURED_BY, NOISE_SOURCES, text_of

Array = npt.NDArray[np.float64]
LEAST_COUNTS = 0.1
ROUNDS = 12
SETTLED = 1e-4
SHARE_OF_A_LINE = 0.25
"""Noise that is alike over more of the narrowest line is not told from a line that is missing."""
WIDTHS = ("fwhm", "gauss_fwhm", "lorentz_fwhm")
Again = Callable[[Array, Array], Minimum]


def source_of(part: xr.Dataset) -> str:
    """Where the noise comes from: ``given`` where the spectrum does not say.

    Raises
    ------
    BadInput
        If it is none of the known sources, differs between spectra, or is counts that are not there.
    """
    if "noise_source" not in part.coords:
        return "given"
    stated = part.coords["noise_source"]
    kind = str(stated.item()) if stated.size == 1 else " ".join(map(str, np.unique(stated.values)))
    if kind not in NOISE_SOURCES:
        raise BadInput(
            f"noise_source is {kind!r}; it must be one of {', '.join(NOISE_SOURCES)}, the same for a whole map"
        )
    if kind == "counts" and "counts" not in part:
        raise BadInput("noise_source is 'counts', but the spectrum has none; give counts, or noise=")
    return kind


def noise_of(part: xr.Dataset) -> Noise:
    """Noise as the spectrum states it: ``noise_source`` (given where absent), how it is correlated.

    Raises
    ------
    BadInput
        If ``noise_correlation`` is below 1, or the source of the noise is not known or not there.
    """
    kind = source_of(part)
    decay = decay_of(part)
    together = float(part.coords["noise_correlation"].item()) if "noise_correlation" in part.coords else 1.0
    if decay is not None and not _said(part):
        together = decay.together()
    if together < 1:
        raise BadInput(
            f"noise_correlation = {together:g}: is the number of points that count as one independent point, 1 or more"
        )
    length = together if np.isfinite(together) else 1.0
    sd = np.asarray(part["noise"].values, dtype=float) * np.sqrt(length)
    return Noise(sd, kind, 1.0, length, 0, None if decay is None else decay.autocorrelation())


def _said(part: xr.Dataset) -> bool:
    """True where the spectrum states how many points count as one; NaN leaves it open."""
    return "noise_correlation" in part.coords and bool(np.isfinite(float(part.coords["noise_correlation"].item())))


def covariance_in_noise(minimum: Minimum, noise: Noise) -> Array:
    """Covariance of the free parameters under the noise as it is correlated, where that is known."""
    excess_of = _excess(minimum, noise)
    return minimum.covariance if excess_of is None else with_excess(minimum.covariance, excess_of)


def degrees_of_freedom(minimum: Minimum, noise: Noise) -> float:
    """Independent points less what the fit took from the noise: one each parameter where its spectrum is flat."""
    excess_of, free = _excess(minimum, noise), minimum.x.size
    taken = free if excess_of is None else free + float(np.sum(np.nan_to_num(minimum.covariance) * excess_of))
    return float(noise.sd.size / noise.points_per_independent - taken)


def _excess(minimum: Minimum, noise: Noise) -> Array | None:
    if noise.autocorrelation is None or minimum.status is Status.REJECTED:
        return None
    return excess(minimum.jacobian[: noise.sd.size], noise.autocorrelation, noise.points_per_independent)


def refined(
    part: xr.Dataset, compiled: Compiled, minimum: Minimum, noise: Noise, again: Again
) -> tuple[Minimum, Noise]:
    """Fit and noise brought into line with one another.

    Counts: the variance is what the model expects at every point, and the fit is repeated until the weights settle,
    which is the maximum of the Poisson likelihood. Estimated noise: scaled until the data part of chi2 equals its
    degrees of freedom; the priors keep their weight.
    """
    if minimum.status is Status.REJECTED:
        return minimum, noise
    minimum, noise = _decorrelated(part, compiled, minimum, noise, again)
    if noise.kind == "counts":
        return _poisson(part, compiled, minimum, noise, again)
    if noise.kind == "estimated":
        return _scaled(compiled, minimum, noise, again)
    return minimum, noise


def _poisson(
    part: xr.Dataset, compiled: Compiled, minimum: Minimum, noise: Noise, again: Again
) -> tuple[Minimum, Noise]:
    expected_sd = poisson_sd(part, noise)
    sd = noise.sd
    rounds = 0
    while rounds < ROUNDS:
        rounds += 1
        before, sd = sd, expected_sd(compiled.evaluate(compiled.theta(minimum.x)))
        minimum = again(sd, minimum.x)
        if float(np.max(np.abs(sd / before - 1))) < SETTLED:
            break
    return minimum, replace(noise, sd=sd, rounds=rounds)


def poisson_sd(part: xr.Dataset, noise: Noise) -> Callable[[Array], Array]:
    """Standard deviation that the model's intensities expect: never that of the counts themselves."""
    counts, data, own = (np.asarray(part[name].values, dtype=float) for name in ("counts", "intensity", "noise"))
    return sd_of_counts(counts, data, own, noise.points_per_independent)


def sd_of_counts(counts: Array, data: Array, own: Array, together: float) -> Callable[[Array], Array]:
    """The same from m counts, intensities and their noise as the spectrum states them."""
    per_count = float(np.median(own / np.sqrt(np.maximum(counts, 1.0))))
    taken_away = per_count * counts - data

    def expected_sd(model: Array) -> Array:
        expected = np.maximum(model + taken_away, LEAST_COUNTS * per_count)
        return np.asarray(np.sqrt(per_count * expected * together))

    return expected_sd


def _scaled(compiled: Compiled, minimum: Minimum, noise: Noise, again: Again) -> tuple[Minimum, Noise]:
    degrees = max(degrees_of_freedom(minimum, noise), 1.0)
    first, factor = noise.sd, 1.0
    for _ in range(ROUNDS):
        data_chi2 = float(np.sum(minimum.residual[: compiled.x.size] ** 2))
        step = np.sqrt(data_chi2 / degrees)
        if not step > 0 or abs(step - 1) < SETTLED:
            break
        factor *= step
        minimum = again(first * factor, minimum.x)
    return minimum, replace(noise, sd=first * factor, factor=factor)


def _narrowest(compiled: Compiled, minimum: Minimum) -> float:
    """Width of the narrowest line of a fit, in points; 0 where no line has one."""
    values = dict(zip(compiled.names, compiled.theta(minimum.x), strict=True))
    widths = [sum(values[p.name] for p in line.parameters if p.quantity in WIDTHS) for line in compiled.model.peaks]
    step = float(np.median(np.diff(compiled.x))) if compiled.x.size > 1 else np.inf
    return min(widths, default=0.0) / step


def _decorrelated(
    part: xr.Dataset, compiled: Compiled, minimum: Minimum, noise: Noise, again: Again
) -> tuple[Minimum, Noise]:
    """Points that count as one, from the residuals: where the spectrum asks for it by NaN, or where they show it.

    Where quiet parts of a spectrum told it, residuals tell it better, if they look like noise under a window. Where
    nothing is said of an estimated noise, neighbouring residuals that are correlated beyond chance are smoothing or
    zero filling, unless it reaches as far as lines do: then the model misses something.
    """
    if noise.kind == "estimated" and text_of(part, MEASURED_BY) == QUIET_PARTS and noise.autocorrelation is None:
        points = compiled.x.size
        under_window = points_under_window(minimum.residual[:points], minimum.jacobian[:points])
        if under_window is not None:
            return _counting(minimum, noise, under_window, again)
    if _said(part) or noise.autocorrelation is not None:
        return minimum, noise
    asked, points = "noise_correlation" in part.coords, compiled.x.size
    if not asked and (noise.kind != "estimated" or not is_correlated(minimum.residual[:points])):
        return minimum, noise
    together, told = points_per_independent(minimum.residual[:points], minimum.jacobian[:points])
    if not asked and not (told and together < SHARE_OF_A_LINE * _narrowest(compiled, minimum)):
        return minimum, noise
    return _counting(minimum, noise, together, again)


def _counting(minimum: Minimum, noise: Noise, together: float, again: Again) -> tuple[Minimum, Noise]:
    """The fit with so many points that count as one."""
    sd = noise.sd * np.sqrt(together / noise.points_per_independent)
    return again(sd, minimum.x), replace(noise, sd=sd, points_per_independent=together)
