"""Levenberg-Marquardt on many starts at once: the coarse part of a circuit fit.

All starts of one spectrum go through the same array operations; a start leaves the batch when it has come to rest. In
logarithmic parameters the damping is the same for every one of them. Bounds hold by clipping and by freezing what
pushes outward; the exact treatment of bounds is left to the fine fit, which starts from these ends.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dposv

from electrochemistry.impedance._elements import Real
from electrochemistry.impedance._models import Matrix, ResidualModel, Space

FIRST_DAMPING = 1e-2
MOST_DAMPING = 1e20
GROWTH = 2.0


class Batch:
    """Starts on their way down: parameters, chi2, normal equations, damping."""

    def __init__(self, model: ResidualModel, starts: Real) -> None:
        self.model = model
        self.x = np.clip(starts, model.place.lower, model.place.upper)
        self.chi2, self.gram, self.gradient = self._at(self.x)
        self.damping = FIRST_DAMPING * np.max(np.diagonal(self.gram, axis1=1, axis2=2), axis=1)
        self.growth = np.full(self.chi2.size, GROWTH)
        self.ends = self.x.copy()
        self.end_chi2 = self.chi2.copy()
        self.index = np.flatnonzero(np.isfinite(self.chi2))
        self._keep(np.isfinite(self.chi2), first=True)

    def _at(self, x: Real) -> tuple[Real, npt.NDArray[np.float64], Real]:
        with np.errstate(all="ignore"):
            residual, slope = self.model.batch(x)
            chi2 = np.einsum("sk,sk->s", residual, residual)
            gram = slope @ slope.transpose(0, 2, 1)
            gradient = (slope @ residual[:, :, None])[:, :, 0]
        bad = ~(np.isfinite(chi2) & np.isfinite(gram).all(axis=(1, 2)))
        chi2[bad] = np.inf
        return chi2, gram, gradient

    def _keep(self, mask: npt.NDArray[np.bool_], *, first: bool = False) -> None:
        for name in ("x", "chi2", "gram", "gradient", "damping", "growth"):
            setattr(self, name, getattr(self, name)[mask])
        if not first:
            self.index = self.index[mask]

    def _step(self) -> tuple[Real, Real]:
        """Damped step of every start, and the fall of chi2 that it promises."""
        place, size = self.model.place, self.x.shape[1]
        outward = ((self.x <= place.lower) & (self.gradient > 0)) | ((self.x >= place.upper) & (self.gradient < 0))
        frozen = outward | ~place.free
        gram, gradient = self.gram.copy(), np.where(frozen, 0.0, self.gradient)
        if frozen.any():
            gram *= ~(frozen[:, :, None] | frozen[:, None, :])
        diagonal = np.arange(size)
        gram[:, diagonal, diagonal] += np.where(frozen, 1.0, self.damping[:, None])
        step = -np.linalg.solve(gram, gradient[:, :, None])[:, :, 0]
        step = np.clip(self.x + step, place.lower, place.upper) - self.x
        curved = (self.gram @ step[:, :, None])[:, :, 0]
        promised = -np.sum(step * (2 * gradient + curved), axis=1)
        return np.asarray(step, dtype=float), np.asarray(promised, dtype=float)

    def run(self, tolerance: float, most: int) -> tuple[Real, Real]:
        """Ends and their chi2, in the order of the starts."""
        for _ in range(most):
            if self.index.size == 0:
                break
            try:
                step, promised = self._step()
            except np.linalg.LinAlgError:
                self.damping *= 10
                continue
            chi2, gram, gradient = self._at(self.x + step)
            better = chi2 < self.chi2
            with np.errstate(all="ignore"):
                gain = np.where(promised > 0, (self.chi2 - chi2) / promised, 0.0)
                resting = better & (self.chi2 - chi2 < tolerance * chi2)
            self.x[better] += step[better]
            self.chi2[better], self.gram[better], self.gradient[better] = chi2[better], gram[better], gradient[better]
            factor = np.clip(1 - (2 * np.clip(gain, 0, 1) - 1) ** 3, 0.1, 1.0)
            self.damping = np.where(better, self.damping * factor, self.damping * self.growth)
            self.growth = np.where(better, GROWTH, 2 * self.growth)
            self.ends[self.index], self.end_chi2[self.index] = self.x, self.chi2
            done = resting | (self.damping > MOST_DAMPING)
            if done.any():
                self._keep(~done)
        return self.ends, self.end_chi2


def descend_alone(model: ResidualModel, start: Real, tolerance: float, most: int) -> tuple[Real, float]:
    """End and chi2 of one start by the rules of :class:`Batch`, without the cost of arrays of one row."""
    place, fixed = model.place, ~model.place.free
    x = np.minimum(np.maximum(start, place.lower), place.upper)
    with np.errstate(all="ignore"):
        chi2, gram, gradient = _normal_equations(model, x)
        if not math.isfinite(chi2):
            return x, math.inf
        damping, growth = FIRST_DAMPING * float(gram.diagonal().max()), GROWTH
        for _ in range(most):
            try:
                step = _lone_step(place, fixed, x, gram=gram, gradient=gradient, damping=damping)
            except np.linalg.LinAlgError:
                damping *= 10
                continue
            promised = -float(step @ (2 * gradient + gram @ step))
            trial = _normal_equations(model, x + step)
            fall = chi2 - trial[0]
            if not fall > 0:
                damping, growth = damping * growth, 2 * growth
                if damping > MOST_DAMPING:
                    break
                continue
            gain = min(fall / promised, 1.0) if promised > 0 else 0.0
            damping, growth = damping * min(max(1 - (2 * gain - 1) ** 3, 0.1), 1.0), GROWTH
            x, (chi2, gram, gradient) = x + step, trial
            if fall < tolerance * chi2:
                break
    return x, chi2


def _normal_equations(model: ResidualModel, x: Real) -> tuple[float, Matrix, Real]:
    """Chi2, J'J and J'r; chi2 is infinite where they are not finite."""
    residual, slope = model(x)
    gram = slope.T @ slope
    chi2 = float(residual @ residual)
    return chi2 if math.isfinite(chi2 + float(gram.sum())) else math.inf, gram, slope.T @ residual


def _lone_step(
    place: Space, fixed: npt.NDArray[np.bool_], x: Real, *, gram: Matrix, gradient: Real, damping: float
) -> Real:
    frozen = ((x <= place.lower) & (gradient > 0)) | ((x >= place.upper) & (gradient < 0)) | fixed
    matrix = gram.copy()
    added: float | Real = damping
    if frozen.any():
        matrix *= ~(frozen[:, None] | frozen)
        added = np.where(frozen, 1.0, damping)
        gradient = np.where(frozen, 0.0, gradient)
    matrix.ravel()[:: x.size + 1] += added
    _, step, failed = dposv(matrix, gradient, overwrite_a=True)
    if failed:
        raise np.linalg.LinAlgError
    return np.asarray(np.minimum(np.maximum(x - step, place.lower), place.upper) - x, dtype=float)
