"""Covariance matrices: what they must be, and how they are carried through a linear map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import BadInput

SYMMETRY_TOLERANCE = 1e-8
DEFINITENESS_TOLERANCE = 1e-8
ROUNDING = 1e-14
Matrix = npt.NDArray[np.float64]


def carried(covariance: Matrix, operator: Matrix) -> Matrix:
    """``operator @ covariance @ operator.T``, 0 where nothing but rounding is left: a sum that is held exactly.

    What an entry of unknown covariance takes part in has an unknown covariance too; the others do not.

    Parameters
    ----------
    covariance
        n x n; rows of an entry whose covariance is not known are NaN.
    operator
        m x n.

    Examples
    --------
    >>> import numpy as np
    >>> carried(np.diag([0.04, 0.09]), np.array([[1.0, 1.0]])).round(2).tolist()
    [[0.13]]
    """
    variance = np.diagonal(covariance)
    unknown = ~np.isfinite(variance)
    result = operator @ np.nan_to_num(covariance) @ operator.T
    result = (result + result.T) / 2
    sd = np.nan_to_num(np.sqrt(np.where(variance < 0, 0.0, variance)))
    most = (np.abs(operator) @ sd) ** 2
    exact = np.abs(np.diagonal(result)) <= ROUNDING * most
    result[exact, :] = 0.0
    result[:, exact] = 0.0
    touched = np.any(operator[:, unknown] != 0, axis=1)
    result[touched, :] = result[:, touched] = np.nan
    return np.asarray(result, dtype=float)


def check_covariance(matrix: Matrix, names: Sequence[str]) -> None:
    """Refuse a matrix that is no covariance of the entries named.

    Parameters
    ----------
    matrix
        n x n; rows of an entry whose covariance is not known are NaN.
    names
        Of the n entries, for the message.

    Raises
    ------
    BadInput
        If it is NaN between known variances, not symmetric, or not positive semi-definite.
    """
    variance = np.diagonal(matrix)
    finite = np.isfinite(variance)
    block = matrix[np.ix_(finite, finite)]
    if block.size == 0:
        return
    if not np.all(np.isfinite(block)):
        raise BadInput("a covariance is NaN between two entries whose variances are known; give 0 or its value")
    spread = np.sqrt(np.abs(np.diagonal(block)))
    scale = np.outer(spread, spread)
    floor = np.max(scale, initial=0.0) * np.finfo(float).eps
    if np.any(np.abs(block - block.T) > SYMMETRY_TOLERANCE * scale + floor):
        raise BadInput("the covariance is not symmetric; cov[i, j] must equal cov[j, i]")
    unit = np.where(spread > 0, spread, 1.0)
    lowest = float(np.linalg.eigvalsh(block / np.outer(unit, unit)).min())
    if lowest < -DEFINITENESS_TOLERANCE * block.shape[0]:
        worst = [n for n, v, k in zip(names, variance, finite, strict=True) if k and v < 0]
        raise BadInput(
            f"the covariance is not positive semi-definite (smallest eigenvalue of its correlation {lowest:.3g}"
            f"{'; negative variance of ' + ', '.join(worst) if worst else ''}); correct it or give variances only"
        )
