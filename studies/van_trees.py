"""The Bayesian Cramer-Rao bound of van Trees for linear quantities of a vector of unknowns.

For unknowns x with prior p and data y, the mean square error of any estimate of q = row @ x is at least
row (E[J(x)] + P)^-1 row', where J(x) is the Fisher information of the data at x, E is over the prior, and P is the
information of the prior (inverse variances of Gaussian laws; 0 for a flat one, whose ends are far away).
Balances stand outside: x are the coordinates that they leave open.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def sds(information: Array, rows: Array) -> Array:
    """Standard deviations of linear quantities under an information: (k,) for rows (k, n).

    Columns of an information differ by many powers of ten, so that it is inverted in units that make its diagonal 1.

    Examples
    --------
    >>> sds(np.diag([4.0, 1e-8]), np.array([[1.0, 0.0], [2.0, 0.0]])).tolist()
    [0.5, 1.0]
    """
    unit = 1 / np.sqrt(np.diag(information))
    covariance = np.linalg.inv(information * np.outer(unit, unit))
    scaled = rows * unit
    return np.sqrt(np.sum((scaled @ covariance) * scaled, axis=1))


def bound(curvatures: Sequence[Array], prior: Array, rows: Array) -> Array:
    """Least root mean square error by van Trees: information of the data at draws of the prior, averaged first.

    Parameters
    ----------
    curvatures
        Fisher information of the data at every draw: (n, n) each.
    prior
        Information of the prior: (n, n).
    rows
        The quantities in the unknowns: (k, n).
    """
    return sds(sum(curvatures) / len(curvatures) + prior, rows)


def expected(curvatures: Sequence[Array], prior: Array, rows: Array) -> Array:
    """Root mean square over the draws of the sd at each, which an efficient estimate reaches: never below the bound."""
    return np.sqrt(np.mean([sds(one + prior, rows) ** 2 for one in curvatures], axis=0))
