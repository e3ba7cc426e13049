"""Normal equations of Gaussians, Lorentzians and pseudo-Voigts without the derivatives of every parameter.

Profile and derivatives of such a line are sums of a few functions of x. With v = 2 (x - center) / fwhm,
G = exp(-ln2 v^2) and Q = 1 / (1 + v^2), those of a pseudo-Voigt are sums of Q, G, v (e Q^2 + g G) and g v^2 G - e Q^2,
where e and g hang on the parameters alone. So J = B C, with the functions B (points x k) and small coefficients C
(k x parameters), and J'J = C'(B'B)C: fewer passes over the points than it takes to write J down. The numbers are those
of :mod:`spectra.shapes` to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spectra.models import Model
from spectra.shapes import GAUSS_HEIGHT, LN2, LORENTZ_HEIGHT

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Fill = Callable[[Array, tuple[Array, ...], Array, tuple[Array, ...]], tuple[Array, ...]]
"""``fill(x, quantities, area, rows)`` writes the functions into its rows and gives the coefficients of its pattern."""


def _scaled(x: Array, center: Array, fwhm: Array, v: Array, square: Array) -> None:
    np.subtract(x, center[:, None], out=v)
    v *= (2 / fwhm)[:, None]
    np.multiply(v, v, out=square)


def _gaussian(x: Array, quantities: tuple[Array, ...], area: Array, rows: tuple[Array, ...]) -> tuple[Array, ...]:
    center, fwhm = quantities
    gauss, by_center, by_fwhm = rows
    _scaled(x, center, fwhm, by_center, by_fwhm)
    np.multiply(by_fwhm, -LN2, out=gauss)
    np.exp(gauss, out=gauss)
    by_center *= gauss
    by_fwhm *= gauss
    height = GAUSS_HEIGHT / fwhm
    slope = area * height / fwhm
    return height, 4 * LN2 * slope, -slope, 2 * LN2 * slope


def _lorentzian(x: Array, quantities: tuple[Array, ...], area: Array, rows: tuple[Array, ...]) -> tuple[Array, ...]:
    center, fwhm = quantities
    lorentz, by_center, by_fwhm = rows
    _scaled(x, center, fwhm, by_center, by_fwhm)
    by_fwhm += 1
    np.divide(1, by_fwhm, out=lorentz)
    np.multiply(lorentz, lorentz, out=by_fwhm)
    by_center *= by_fwhm
    height = LORENTZ_HEIGHT / fwhm
    slope = area * height / fwhm
    return height, 4 * slope, slope, -2 * slope


def _pseudo_voigt(x: Array, quantities: tuple[Array, ...], area: Array, rows: tuple[Array, ...]) -> tuple[Array, ...]:
    center, fwhm, fraction = quantities
    lorentz, gauss, by_center, by_fwhm = rows
    _scaled(x, center, fwhm, by_center, by_fwhm)
    np.multiply(by_fwhm, -LN2, out=gauss)
    np.exp(gauss, out=gauss)
    np.add(by_fwhm, 1, out=lorentz)
    np.divide(1, lorentz, out=lorentz)
    wide, narrow = fraction * LORENTZ_HEIGHT / fwhm, (1 - fraction) * GAUSS_HEIGHT / fwhm
    square = lorentz * lorentz
    square *= wide[:, None]
    weighted = gauss * (LN2 * narrow)[:, None]
    by_fwhm *= weighted
    by_fwhm -= square
    weighted += square
    by_center *= weighted
    slope = area / fwhm
    return (
        wide, narrow, 4 * slope, slope * wide, -slope * narrow, 2 * slope,
        area * LORENTZ_HEIGHT / fwhm, -area * GAUSS_HEIGHT / fwhm,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Form:
    """Functions of a shape, and which (parameter, function) pairs its coefficients belong to, in their order."""

    fill: Fill
    functions: int
    pattern: tuple[tuple[int, int], ...]


FORMS = {
    "gaussian": _Form(_gaussian, 3, ((0, 0), (1, 1), (2, 0), (2, 2))),
    "lorentzian": _Form(_lorentzian, 3, ((0, 0), (1, 1), (2, 0), (2, 2))),
    "pseudo_voigt": _Form(_pseudo_voigt, 4, ((0, 0), (0, 1), (1, 2), (2, 0), (2, 1), (2, 3), (3, 0), (3, 1))),
}


@dataclass(frozen=True, eq=False, slots=True)
class _Block:
    """Peaks of one shape: where their parameters, functions and coefficients lie."""

    fill: Fill
    parameters: tuple[Rows, ...]
    functions: tuple[Array, ...]
    coefficients: Rows


class Basis:
    """Functions B and coefficients C of a model whose shapes all have a form.

    Parameters
    ----------
    model
        Peaks of the shapes in :data:`FORMS`.
    x
        m axis values.
    position
        Row of every parameter.
    columns, column_rows
        Fixed functions (n x m) and the rows of their factors.
    """

    def __init__(self, model: Model, x: Array, position: dict[str, int], columns: Array, column_rows: Rows) -> None:
        members: dict[str, list[Rows]] = {}
        for line in model.peaks:
            members.setdefault(line.shape, []).append(np.array([position[p.name] for p in line.parameters]))
        count = sum(FORMS[shape].functions * len(rows) for shape, rows in members.items()) + len(columns)
        self.x, self.size = x, len(position)
        self.functions = np.empty((count, x.size))
        self.coefficients = np.zeros((len(position), count))
        self.linear = np.zeros(len(position))
        self.blocks = []
        at = 0
        for shape, rows in members.items():
            self.blocks.append(self._block(FORMS[shape], np.array(rows).T, at))
            at += FORMS[shape].functions * len(rows)
        self.functions[at:] = columns
        self.coefficients[column_rows, np.arange(at, count)] = 1.0
        self.linear[column_rows] = 1.0

    @staticmethod
    def serves(model: Model) -> bool:
        """True where every shape of the model has a form."""
        return all(line.shape in FORMS for line in model.peaks)

    def _block(self, form: _Form, rows: Rows, at: int) -> _Block:
        peaks, count = rows.shape[1], self.functions.shape[0]
        functions = tuple(self.functions[at + peaks * k : at + peaks * (k + 1)] for k in range(form.functions))
        places = [rows[p] * count + at + peaks * k + np.arange(peaks) for p, k in form.pattern]
        self.linear[rows[0]] = 1.0
        return _Block(form.fill, tuple(rows), functions, np.concatenate(places))

    def evaluate(self, theta: Array) -> Array:
        """Model at ``x`` (m values); functions and coefficients there are left in their arrays."""
        flat = self.coefficients.reshape(-1)
        for block in self.blocks:
            area, *quantities = (theta[rows] for rows in block.parameters)
            flat[block.coefficients] = np.concatenate(block.fill(self.x, tuple(quantities), area, block.functions))
        return np.asarray(((theta * self.linear) @ self.coefficients) @ self.functions)

    def normal_equations(self, residual: Array, weight: Array | float) -> tuple[Array, Array]:
        """J'J and J'r of all parameters, for residuals (m) and derivatives that are both to be weighted once."""
        if isinstance(weight, float):
            gram, short = weight**2 * (self.functions @ self.functions.T), weight * (self.functions @ residual)
        else:
            weighted = self.functions * weight
            gram, short = weighted @ weighted.T, weighted @ residual
        return self.coefficients @ gram @ self.coefficients.T, self.coefficients @ short
