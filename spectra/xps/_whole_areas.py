r"""Area of all lines of a region together, with parameters that have an end.

Curvature at the minimum lets a Lorentzian part of 0.3 +- 0.5 move the area as far as 0.5 does, yet it must be between 0
and 0.6. A parameter that lies anywhere between its ends a and b is off the fitted x by

.. math:: r = \frac{(x - a)^3 + (b - x)^3}{3\,(b - a)}

in the mean square, and the covariance C holds that as one more observation of each of them (rows H, R = diag r):

.. math:: C' = C - C H^T (H C H^T + R)^{-1} H C .

A parameter that the data know well has a variance far below its r, and nothing changes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shortrange_core import Estimates
from spectra.fits import Fit
from spectra.xps._defaults import AUGER_PEAK as AUGER

Array = npt.NDArray[np.float64]


def whole_area(fit: Fit) -> Estimates:
    """Area of all lines of a region (entry ``whole``, intensity x eV), the sodium Auger line left out."""
    parameters = fit.parameters
    lines = {line.parameters[0].name for line in fit.model.peaks if line.name != AUGER}
    row = np.array([[float(name in lines) for name in parameters.entries]])
    bounded = Estimates.build(parameters.entries, parameters.value.values, _between_ends(fit))
    return bounded.linear(row, ["whole"])


def _between_ends(fit: Fit) -> Array:
    """Covariance of all parameters, those with two ends no further off than these."""
    covariance = fit.parameters.covariance.values
    compiled = fit.compiled()
    bounded = np.isfinite(compiled.lower) & np.isfinite(compiled.upper)
    low, high = compiled.lower[bounded], compiled.upper[bounded]
    rows = compiled.free_rows[bounded]
    determined = np.isfinite(np.diagonal(covariance)[rows])
    rows, low, high = rows[determined], low[determined], high[determined]
    at = np.clip(np.asarray(fit.values)[rows], low, high)
    square = ((at - low) ** 3 + (high - at) ** 3) / (3 * (high - low))
    column = np.where(np.isfinite(covariance[:, rows]), covariance[:, rows], 0.0)
    taken = column @ np.linalg.solve(column[rows] + np.diag(square), column.T)
    return np.asarray(covariance - taken)
