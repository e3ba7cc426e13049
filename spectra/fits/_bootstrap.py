"""Uncertainty from repeated fits: draws of the noise about the model, or of its residuals in blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.estimates import ENTRY, Estimates
from shortrange_core.randomness import generator
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.fits._residuals import Residuals
from spectra.fits._result import Fit
from spectra.fits._uncertainty import Array, again, converged, refit
from spectra.noise import Draws, autocorrelation_of

BLOCKS_PER_CORRELATION = 3.0


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Bootstrap(Shown):
    """Fits of repeated data sets.

    Parameters
    ----------
    samples
        Every parameter over ``(sample, entry)``.
    parameters
        The fitted values with the covariance of the samples.
    kind
        ``parametric`` or ``residual``.
    failed
        Data sets whose fit did not converge; their samples are NaN and are left out of the covariance.
    """

    samples: xr.DataArray
    parameters: Estimates
    kind: str
    failed: int

    def interval(self, level: float = 0.95) -> xr.DataArray:
        """Percentile interval over ``(entry, bound)``."""
        tails = [(1 - level) / 2, (1 + level) / 2]
        limits = np.nanquantile(self.samples.values, tails, axis=0).T
        return xr.DataArray(
            limits, dims=(ENTRY, "bound"), coords={ENTRY: self.samples[ENTRY], "bound": ["lower", "upper"]}
        )


def bootstrap(
    fit: Fit,
    *,
    count: int = 200,
    kind: Literal["parametric", "residual"] = "parametric",
    rng: np.random.Generator,
) -> Bootstrap:
    """Repeat the fit on data sets drawn from the fitted model.

    Parametric: the model plus noise as used (Poisson counts where the noise comes from counts; with the autocorrelation
    of the noise where that is known), times the widening of a fit that misses its data. Residual: the model plus
    standardised residuals drawn anew, in blocks where the noise is correlated. Prior terms are drawn too, as
    measurements that could have come out otherwise. Every fit starts at the fitted values, so other minima are not
    seen: use restarts for these.

    Parameters
    ----------
    fit
        A fit that converged.
    count
        Number of data sets, 2 or more.
    kind
        ``"parametric"`` or ``"residual"``.
    rng
        Random numbers.

    Raises
    ------
    BadInput
        If the fit did not converge, ``count`` is below 2, ``kind`` is not known, or ``rng`` is no generator.
    """
    if not isinstance(count, int) or count < 2 or kind not in ("parametric", "residual"):
        raise BadInput(f"count = {count}, kind = {kind!r}: give count >= 2 and 'parametric' or 'residual'")
    generator(rng)
    converged(fit)
    compiled, _, best = again(fit)
    mean = compiled.evaluate(compiled.theta(best.x)).copy()
    draw = _Draws(fit, mean, best.residual[: mean.size], kind, rng)
    samples = np.full((count, len(compiled.names)), np.nan)
    for number in range(count):
        shifts = rng.normal(size=len(compiled.priors[1]))
        refitted = refit(Residuals(compiled, draw(), np.asarray(fit.noise), shifts), best.x, False)
        if refitted.status.trusted:
            samples[number] = compiled.theta(refitted.x)
    kept = samples[np.isfinite(samples[:, 0])]
    names = np.array(compiled.names, dtype=object)
    covariance = np.atleast_2d(np.cov(kept, rowvar=False)) if len(kept) > 1 else np.full((names.size,) * 2, np.nan)
    return Bootstrap(
        xr.DataArray(samples, dims=("sample", ENTRY), coords={ENTRY: names}),
        Estimates.build(compiled.names, compiled.theta(best.x), covariance),
        kind,
        count - len(kept),
    )


class _Draws:
    """Draws one data set after another around the fitted model."""

    def __init__(self, fit: Fit, mean: Array, weighted: Array, kind: str, rng: np.random.Generator) -> None:
        self.mean, self.noise, self.rng = mean, np.asarray(fit.noise), rng
        self.widening = fit.widening
        self.sd = self.noise * fit.widening
        self.together, stated = fit.points_per_independent, autocorrelation_of(fit.spectrum)
        self.correlated = None if stated is None else Draws(mean.size, stated)
        self.poisson = kind == "parametric" and _from_counts(fit)
        self.pool = None
        if kind == "residual":
            spread = np.sqrt(mean.size / max(mean.size - len(fit.compiled().free), 1))
            self.pool = (weighted - weighted.mean()) * spread
        if self.poisson:
            self.per_count = float(np.median(self.noise**2 / np.maximum(mean, 1e-12))) / self.together

    def __call__(self) -> Array:
        if self.pool is not None:
            return self.mean + self.noise * self._blocks(self.pool)
        if self.poisson:
            expected = np.maximum(self.mean, 0.0)
            drawn = self.per_count * self.rng.poisson(expected / self.per_count)
            return np.asarray(expected + self.widening * (drawn - expected), dtype=float)
        if self.correlated is not None:
            return np.asarray(self.mean + self.sd / np.sqrt(self.together) * self.correlated(self.rng))
        return self.mean + self.rng.normal(size=self.mean.size) * self.sd

    def _blocks(self, pool: Array) -> Array:
        length = 1 if self.together <= 1 else int(np.ceil(BLOCKS_PER_CORRELATION * self.together))
        firsts = self.rng.integers(0, pool.size - length + 1, size=-(-pool.size // length))
        return np.asarray(pool[(firsts[:, None] + np.arange(length)).ravel()[: pool.size]])


def _from_counts(fit: Fit) -> bool:
    source = fit.spectrum.coords.get("noise_source")
    return source is not None and str(source.item()) == "counts"
