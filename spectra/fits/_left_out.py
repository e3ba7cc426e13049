r"""What a model leaves out: by how much chi2 would fall for a curve more in it, and what the areas would then be.

A score test: at the minimum, with weighted residuals r and derivatives J (prior terms included), a curve d over the
noise changes chi2, minimised over everything else to first order, by

.. math:: -2 t U + t^2 I, \quad U = -d^T (1 - J C J^T) r, \quad I = d^T (1 - J C J^T) d

for an amount t of it, with the covariance C of what is free and at no bound. The amount is U/I with the variance 1/I,
chi2 falls by U^2/I, a chi2 of one degree of freedom where the curve is not there (C. R. Rao,
10.1017/S0305004100023987), and the parameters move by -C J'd for each unit of it. No fit is repeated, so that many
curves can be tried: a line at every place, a parameter that was held.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from shortrange_core.least_squares import covariance_of
from spectra.fits._residuals import Residuals
from spectra.fits._result import Fit
from spectra.models import peak

Array = npt.NDArray[np.float64]
LEAST = 1e-6
"""Of the square of a curve: what rounding leaves where the model makes the whole of it already."""
AT_END = 1e-9
"""Of its window: a parameter so near to an end is at it."""


@dataclass(frozen=True, eq=False, slots=True)
class LeftOut:
    """A curve that a model leaves out, to first order.

    Parameters
    ----------
    amount, sd
        Of the curve, in the unit of its coefficient.
    gain
        Fall of chi2.
    moves
        (n,) change of every parameter of the model for one unit of the curve.
    """

    amount: float
    sd: float
    gain: float
    moves: Array


class Tangent:
    """A fit and the straight lines through its minimum.

    Parameters
    ----------
    fit
        A fit that ended.
    """

    def __init__(self, fit: Fit) -> None:
        compiled = self.compiled = fit.compiled()
        self.fit = fit
        data = np.asarray(fit.spectrum["intensity"].values, dtype=float)
        residuals = Residuals(compiled, data, np.asarray(fit.noise))
        phi = np.asarray(fit.values)[compiled.free_rows]
        residual, jacobian = residuals(phi)
        self.by_all = compiled.theta_jacobian[:, : data.size].copy()
        self.residual, self.jacobian = residual.copy(), np.array(jacobian)
        self._of_data, self._slope = self.jacobian[: data.size], self.jacobian.T @ self.residual
        near = AT_END * np.where(np.isfinite(compiled.upper - compiled.lower), compiled.upper - compiled.lower, 1.0)
        ended = (phi <= compiled.lower + near) | (phi >= compiled.upper - near)
        equal = compiled.equalities[0] if compiled.equalities else None
        self.covariance = np.nan_to_num(covariance_of(self.jacobian, equal, fixed=ended))

    def curve_of(self, peak: int, center: float) -> Array:
        """A line of unit area in the shape of one of the model, elsewhere: (m,) in the unit of the data."""
        theta = np.asarray(self.fit.values).copy()
        area, place = (p.name for p in self.compiled.model.peaks[peak].parameters[:2])
        theta[self.compiled.position[area]], theta[self.compiled.position[place]] = 1.0, center
        return np.asarray(self.compiled.components(theta)[0][peak])

    def by_a_line(self, step: float) -> float:
        """Fall of chi2 by a line more in the shape of the largest, wherever it does most; places lie ``step`` apart."""
        largest = int(np.argmax(np.abs(self.fit.areas.value.values)))
        first, last = self.compiled.x[[0, -1]].tolist()
        places = np.arange(first, last, step)
        return max(self.along(self.curve_of(largest, float(place))).gain for place in places)

    def with_line(self, like: int, center: float, *, name: str, assignment: str) -> Fit:
        """The fit with one more line of free area, in the shape of one of its own, to first order.

        Parameters
        ----------
        like
            Number of the line whose shape it has.
        center
            Where it is held.
        name, assignment
            Of the new line: identifier, and what its area counts.
        """
        fit, compiled = self.fit, self.compiled
        old = compiled.model.peaks[like]
        values = {p.quantity: float(fit.values[compiled.position[p.name]]) for p in old.parameters} | {"center": center}
        held = {quantity: (v, v, v) for quantity, v in values.items() if quantity != "area"}
        line = peak(name, held, assignment=assignment, shape=old.shape)
        model = replace(compiled.model, peaks=(*compiled.model.peaks, line))
        along = self.along(self.curve_of(like, center))
        area = line.parameters[0].name
        old_values = np.asarray(fit.values) + along.moves * along.amount
        now = dict(zip(compiled.names, old_values.tolist(), strict=True))
        names = [p.name for p in model.all_parameters]
        rows, moves = [names.index(n) for n in compiled.names], np.zeros(len(names))
        moves[rows], moves[names.index(area)] = along.moves, 1.0
        covariance = np.outer(moves, moves) * along.sd**2
        covariance[np.ix_(rows, rows)] += fit.covariance
        now |= {p.name: p.value for p in line.parameters} | {area: along.amount}
        return replace(fit, model=model, values=np.array([now[n] for n in names]), covariance=covariance)

    def slope_of(self, names: list[str]) -> Array:
        """What the model changes by for a unit of some parameters together: (m,) in the unit of the data."""
        rows = [self.compiled.position[name] for name in names]
        return np.asarray(self.by_all[rows].sum(axis=0) * np.asarray(self.fit.noise))

    def along(self, curve: Array) -> LeftOut:
        """What a curve more (m values, in the unit of the data) would be, to first order."""
        weighted = curve / np.asarray(self.fit.noise)
        moved = self.covariance @ (self._of_data.T @ weighted)
        square = float(weighted @ weighted)
        information = square - float(weighted @ self._of_data @ moved)
        moves = -np.asarray(self.compiled.spread @ moved)
        if not information > LEAST * square:
            return LeftOut(0.0, np.inf, 0.0, moves)
        score = float(moved @ self._slope) - float(weighted @ self.residual[: curve.size])
        return LeftOut(score / information, information**-0.5, score**2 / information, moves)

    def together(self, curves: Array) -> float:
        """Fall of chi2 with amounts, none below 0, of some curves more (k x m values, in the unit of the data)."""
        weighted = curves / np.asarray(self.fit.noise)
        across = weighted @ self._of_data
        information = weighted @ weighted.T - across @ self.covariance @ across.T
        score = across @ self.covariance @ self._slope - weighted @ self.residual[: curves.shape[1]]
        unit = np.sqrt(np.maximum(np.diagonal(information), LEAST * np.sum(weighted**2, axis=1)))
        values, vectors = np.linalg.eigh(information / np.outer(unit, unit))
        root = np.sqrt(np.maximum(values, LEAST))
        target = (vectors.T @ (score / unit)) / root
        _, left = nnls(root[:, None] * vectors.T, target)
        return float(target @ target) - left**2
