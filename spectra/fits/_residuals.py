"""Whitened residuals of a compiled model, with priors and their derivatives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import BadInput
from shortrange_core.least_squares import box_minimum
from spectra.fits._compiled import LIFT, RIDGE, Array, Compiled


class Residuals:
    """Weighted residuals of one spectrum, prior terms last, for :func:`shortrange_core.least_squares.minimise`.

    Parameters
    ----------
    compiled
        Model on the axis of the data.
    data, noise
        m intensities and their standard deviations.
    prior_draw
        Shifts of the prior terms in their standard deviations, for a bootstrap; none where absent.
    """

    def __init__(self, compiled: Compiled, data: Array, noise: Array, prior_draw: Array | None = None) -> None:
        self.compiled, self.data, self.prior_draw = compiled, data, prior_draw
        self._residual = np.zeros(data.size + len(compiled.priors[1]))
        self._weigh(noise)
        self.reduced = self.normal_equations if compiled.basis is not None else None

    def _weigh(self, noise: Array) -> None:
        self.weight = np.ascontiguousarray(1 / noise)
        self._scale: Array | float = float(self.weight[0]) if np.ptp(noise) == 0 else self.weight

    def __call__(self, phi: Array) -> tuple[Array, Array]:
        """Residuals (m + priors) and derivatives (m + priors) x free, in arrays that are used again."""
        compiled, points = self.compiled, self.data.size
        theta = compiled.theta(phi)
        common = self._scale if isinstance(self._scale, float) and not compiled.active else None
        total = compiled.evaluate(theta, common or 1.0)
        np.subtract(total, self.data, out=total)
        np.multiply(total, self._scale, out=self._residual[:points])
        if compiled.priors[1].size:
            self._residual[points:] = compiled.prior_residuals(theta)
            if self.prior_draw is not None:
                self._residual[points:] += self.prior_draw
        if common is None:
            compiled.theta_jacobian[:, :points] *= self._scale
        return self._residual, compiled.free_jacobian().T

    def normal_equations(self, phi: Array) -> tuple[float, Array, Array]:
        """chi2, J'J and J'r in the free parameters; the weighted residuals stay in the array that a call gives."""
        compiled, points = self.compiled, self.data.size
        if compiled.basis is None:
            residual, jacobian = self(phi)
            across = jacobian.T
            return float(residual @ residual), across @ jacobian, across @ residual
        theta = phi if compiled.whole else compiled.theta(phi)
        weighted = self._residual[:points]
        np.subtract(compiled.basis.evaluate(theta), self.data, out=weighted)
        weighted *= self._scale
        hessian, gradient = compiled.basis.normal_equations(weighted, self._scale)
        return self._with_priors(theta, float(weighted @ weighted), hessian, gradient)

    def _with_priors(self, theta: Array, chi2: float, hessian: Array, gradient: Array) -> tuple[float, Array, Array]:
        """Sums over the points with those of the prior terms, in the free parameters."""
        compiled = self.compiled
        if compiled.priors[1].size:
            pulls = compiled.prior_residuals(theta)
            if self.prior_draw is not None:
                pulls = pulls + self.prior_draw
            chi2 += float(pulls @ pulls)
            hessian = hessian + compiled.prior_hessian
            gradient = gradient + compiled.priors[0].T @ pulls
        if compiled.whole:
            return chi2, hessian, gradient
        if compiled.plain:
            return chi2, hessian[np.ix_(compiled.free_rows, compiled.free_rows)], gradient[compiled.free_rows]
        return chi2, compiled.spread.T @ hessian @ compiled.spread, compiled.spread.T @ gradient

    def of_all(self, theta: Array) -> Array:
        """Residuals at values of all parameters, in an array of its own."""
        compiled = self.compiled
        data = (compiled.evaluate(theta) - self.data) * self._scale
        return np.concatenate([data, compiled.prior_residuals(theta)])

    def start(self, given: Mapping[int, float] | None = None, solved: npt.NDArray[np.intp] | None = None) -> Array:
        """Start of the free parameters; areas and coefficients without one from a bounded linear fit.

        Parameters
        ----------
        given
            Values that replace the starts of some free parameters, by their number.
        solved
            Numbers of the free parameters to be found linearly; those without a start where absent.

        Raises
        ------
        BadInput
            If a parameter that does not enter linearly has no start.
        """
        compiled = self.compiled
        values = np.array([compiled.parameters[row].value for row in compiled.free_rows])
        for index, value in (given or {}).items():
            values[index] = value
        problems = [
            compiled.free[i] for i in np.flatnonzero(np.isnan(values)) if compiled.free[i] not in compiled.linear
        ]
        if problems:
            raise BadInput(f"parameters {', '.join(problems)}: have no start; give one, or bounds with a start")
        missing = np.flatnonzero(np.isnan(values)) if solved is None else solved
        return self._with_linear(values, missing) if missing.size else values

    def _with_linear(self, values: Array, missing: npt.NDArray[np.intp]) -> Array:
        compiled = self.compiled
        values[missing] = 0.0
        residual, jacobian = self(values)
        rows = jacobian[:, missing]
        hessian = rows.T @ rows
        scale = np.sqrt(np.where(np.diagonal(hessian) > 0, np.diagonal(hessian), 1.0))
        matrix = hessian / np.outer(scale, scale) + RIDGE * np.eye(missing.size)
        lower, upper = compiled.lower[missing] * scale, compiled.upper[missing] * scale
        linear, _ = box_minimum(matrix, rows.T @ residual / scale, lower, upper)
        values[missing] = linear / scale
        areas = [i for i in missing if compiled.quantity[i] == "area"]
        least = LIFT * max((values[i] for i in areas), default=0.0)
        for i in areas:
            values[i] = min(max(values[i], least, compiled.lower[i]), compiled.upper[i])
        return values
