"""Normal equations of a spectrum in one compiled pass, for many spectra; needs the optional extra ``fast`` (numba).

The same numbers as :class:`spectra.fits.Basis` gives in numpy, to 1e-12 of their scale: no array of derivatives over
all points is ever made.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt

from spectra.fits._compiled import Compiled
from spectra.shapes import GAUSS_HEIGHT, LN2, LORENTZ_HEIGHT

try:
    from numba import njit
except ImportError:  # the extra is not installed
    njit = None  # type: ignore[assignment]

Array = npt.NDArray[np.float64]
F = TypeVar("F", bound=Callable[..., object])
KINDS = {"gaussian": 0, "lorentzian": 1, "pseudo_voigt": 2}
BLOCK = 256
NOTHING = 45.0  # exp(-45) is 3e-20: below rounding beside anything it is added to


def usable(compiled: Compiled) -> bool:
    """True where numba is there and every shape and background of the model has a compiled form."""
    return njit is not None and not compiled.active and all(line.shape in KINDS for line in compiled.model.peaks)


def layout(compiled: Compiled) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Kind of every peak and its first row among all parameters (area, center, fwhm and fraction follow)."""
    kinds = np.array([KINDS[line.shape] for line in compiled.model.peaks], dtype=np.int64)
    first = np.array([compiled.position[line.parameters[0].name] for line in compiled.model.peaks], dtype=np.int64)
    return kinds, first


def compiled(function: F) -> F:
    """The function as machine code where numba is there.

    Sums may be taken in another order, or no loop becomes vector code; not "nnan" and "ninf": a model that is not
    finite must stay so, since the descent refuses it by that.
    """
    fast = {"reassoc", "contract", "nsz", "arcp"}
    return function if njit is None else cast(F, njit(cache=True, nogil=True, fastmath=fast)(function))


@compiled
def _add_peak(  # noqa: PLR0917 - as numba takes them
    kind: int, at: int, x: Array, weight: Array, theta: Array, rows: Array, curve: Array
) -> None:
    """Weighted derivatives of one peak over a block of points, and the peak itself added to the curve."""
    area, center, w = theta[at], theta[at + 1], theta[at + 2]
    eta = 0.0 if kind == 0 else 1.0
    if kind == 2:
        eta = theta[at + 3]
    inverse_width = 1.0 / w
    for p in range(x.size):
        u = (x[p] - center) * inverse_width
        u2 = u * u
        gauss, lorentz, inverse = 0.0, 0.0, 0.0
        if kind != 1 and 4 * LN2 * u2 < NOTHING:
            gauss = GAUSS_HEIGHT * inverse_width * math.exp(-4 * LN2 * u2)
        if kind != 0:
            inverse = 1.0 / (1.0 + 4.0 * u2)
            lorentz = LORENTZ_HEIGHT * inverse_width * inverse
        wide, narrow = eta * inverse_width * lorentz, (1.0 - eta) * inverse_width * gauss
        profile = w * (wide + narrow)
        v = weight[p]
        rows[at, p] = profile * v
        rows[at + 1, p] = area * v * 8.0 * u * (wide * inverse + LN2 * narrow)
        rows[at + 2, p] = area * v * (wide * (1.0 - 2.0 * inverse) + narrow * (8.0 * LN2 * u2 - 1.0))
        if kind == 2:
            rows[at + 3, p] = area * v * (lorentz - gauss)
        curve[p] += area * profile


@compiled
def _add_products(rows: Array, length: int, sums: Array) -> None:
    """Products of all rows with one another over a block of points, added to what other blocks gave.

    Two rows by two columns: each number that is read serves twice, which is what the time depends on.
    """
    for i in range(0, sums.shape[0], 2):
        for j in range(0, i + 1, 2):
            upper_left, upper_right, lower_left, lower_right = 0.0, 0.0, 0.0, 0.0
            for p in range(length):
                one, two, left, right = rows[i, p], rows[i + 1, p], rows[j, p], rows[j + 1, p]
                upper_left += one * left
                upper_right += one * right
                lower_left += two * left
                lower_right += two * right
            sums[i, j] += upper_left
            sums[i, j + 1] += upper_right
            sums[i + 1, j] += lower_left
            sums[i + 1, j + 1] += lower_right


@compiled
def normal_equations(  # noqa: PLR0917 - as numba takes them
    x: Array,
    data: Array,
    weight: Array,
    theta: Array,
    kinds: npt.NDArray[np.int64],
    first: npt.NDArray[np.int64],
    columns: Array,
    column_rows: npt.NDArray[np.int64],
    residual: Array,
) -> tuple[float, Array, Array]:
    """chi2 with half its second and first derivatives in all parameters; the weighted residuals are written too."""
    size = theta.size
    even = size + 1 + (size + 1) % 2  # the residual is one more row; rows are taken two by two
    sums = np.zeros((even, even))
    # A block of points stays in the first cache while its products are taken; all derivatives of all points would not.
    rows = np.zeros((even, BLOCK))
    for begin in range(0, x.size, BLOCK):
        length = min(BLOCK, x.size - begin)
        end = begin + length
        for p in range(length):
            rows[size, p] = -data[begin + p]
        for k in range(kinds.size):
            _add_peak(kinds[k], first[k], x[begin:end], weight[begin:end], theta, rows, rows[size])
        for c in range(column_rows.size):
            factor = theta[column_rows[c]]
            for p in range(length):
                rows[size, p] += factor * columns[c, begin + p]
                rows[column_rows[c], p] = columns[c, begin + p] * weight[begin + p]
        for p in range(length):
            rows[size, p] *= weight[begin + p]
            residual[begin + p] = rows[size, p]
        _add_products(rows, length, sums)
    hessian = np.empty((size, size))
    for i in range(size):
        for j in range(i + 1):
            hessian[i, j] = sums[i, j]
            hessian[j, i] = sums[i, j]
    return sums[size, size], hessian, sums[size, :size].copy()
