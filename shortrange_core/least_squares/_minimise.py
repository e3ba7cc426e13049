"""Bounded, constrained non-linear least squares with analytic derivatives.

Levenberg-Marquardt with Moré's scaling [1]_; every step is the exact minimiser of the damped quadratic model inside the
bounds and the affine constraints, so a parameter enters and leaves its bound as the data ask. The covariance comes from
the full Jacobian: a parameter that ends at a bound keeps its row.

References
----------
.. [1] J. J. Moré, The Levenberg-Marquardt algorithm: implementation and theory, Lecture Notes in Mathematics 630 (1978)
   105, doi:10.1007/BFb0067700.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import Offenders
from shortrange_core.least_squares._descent import Point, ResidualModel, Search
from shortrange_core.least_squares._feasible import FeasibleSet
from shortrange_core.least_squares._quadratic import null_space
from shortrange_core.notes import Status
from shortrange_core.showing import Shown

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
LinearConstraints = tuple[npt.ArrayLike, npt.ArrayLike]
RANK_TOLERANCE = 1e-10
MOST_CONDITION = 1e5


@dataclass(frozen=True, eq=False, slots=True)
class Minimum(Shown):
    """Where a least-squares fit ended.

    Parameters
    ----------
    x
        The n parameters.
    chi2
        Sum of squared residuals.
    residual, jacobian
        The m residuals and their m x n derivatives there.
    covariance
        n x n inverse of J'J for residuals of unit variance, inside the equalities; bounds and inequalities that hold
        are not used. Rows that the data do not determine are NaN; rows of parameters with equal bounds are 0.
    active
        -1, 0 or +1: parameter at its lower bound, inside, at its upper bound.
    active_inequalities
        True for every inequality that holds as an equality.
    status
        ``ok``, ``at_bound``, ``undetermined`` (some rows are NaN), ``no_covariance`` (all are), ``not_converged``
        or ``rejected`` (the model is not finite at the start).
    evaluations
        Number of times that the model was evaluated.
    message
        Why the fit ended.
    """

    x: Vector
    chi2: float
    residual: Vector
    jacobian: Matrix
    covariance: Matrix
    active: npt.NDArray[np.int8]
    active_inequalities: npt.NDArray[np.bool_]
    status: Status
    evaluations: int
    message: str


def minimise(
    model: ResidualModel,
    start: npt.ArrayLike,
    *,
    lower: npt.ArrayLike | None = None,
    upper: npt.ArrayLike | None = None,
    equalities: LinearConstraints | None = None,
    inequalities: LinearConstraints | None = None,
    tolerance: float = 1e-10,
    max_evaluations: int = 400,
    far: float = math.inf,
    covariance: bool = True,
) -> Minimum:
    """Least sum of squares inside bounds and affine constraints.

    Parameters
    ----------
    model
        Takes n parameters, gives the m weighted residuals and their m x n derivatives; it may reuse its arrays.
        Complex residuals come as real parts followed by imaginary parts.
    start
        The n first parameters; moved to the nearest point that obeys bounds and constraints.
    lower, upper
        n bounds; equal bounds fix a parameter.
    equalities, inequalities
        ``(A, b)`` with A x = b, and with A x <= b; A is k x n.
    tolerance
        The fit ends when a step would lower chi2 by less than this fraction (and that last step is taken);
        below 1e-13 undamped steps follow until rounding ends them.
    max_evaluations
        Evaluations of the model after which the fit is given up.
    far
        chi2 above which the fit misses the data whatever its last digits: there a descent that crawls is ended.
    covariance
        False leaves the covariance out (all NaN, and it does not enter the status).

    Returns
    -------
    Minimum
        Also where the fit failed: see its status and message.

    Raises
    ------
    BadInput
        If shapes differ or a lower bound is above its upper bound; all offenders together.
    Infeasible
        If no parameters obey bounds and constraints together.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.linspace(0.0, 4.0, 9)
    >>> y = 3.0 * np.exp(-0.7 * t)
    >>> def model(x):
    ...     decay = np.exp(-x[1] * t)
    ...     return x[0] * decay - y, np.stack([decay, -x[0] * t * decay], axis=1)
    >>> found = minimise(model, [1.0, 0.1], lower=[0.0, 0.0])
    >>> found.x.round(6).tolist(), str(found.status)
    ([3.0, 0.7], 'ok')
    """
    x, low, high, equal, unequal = _checked(start, lower, upper, equalities, inequalities)
    problem = FeasibleSet(low, high, equal, unequal)
    search = Search(model, problem, tolerance, max_evaluations, far)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # such a step is taken back
        outcome = search.run(problem.start(x))
        if search.reduced is not None:
            search.residual, search.jacobian = model(outcome.x)
    return _minimum(search, outcome, equal[0] if equal else None, covariance)


def _minimum(search: Search, point: Point, equal: Matrix | None, with_covariance: bool) -> Minimum:
    problem, size = search.problem, point.x.size
    active, active_rows = problem.active(point.x)
    matrix = np.full((size, size), np.nan)
    status = search.status
    if with_covariance and status is not Status.REJECTED:
        matrix = covariance_of(search.jacobian, equal, fixed=problem.lower == problem.upper)
        finite = np.isfinite(np.diagonal(matrix))
        if status is Status.OK and not finite.all():
            status = Status.UNDETERMINED if np.any(finite & (problem.lower < problem.upper)) else Status.NO_COVARIANCE
    if status is Status.OK and (active.any() or active_rows.any()):
        status = Status.AT_BOUND
    residual, jacobian = np.array(search.residual), np.array(search.jacobian)
    for array in (residual, jacobian, matrix, point.x):
        array.setflags(write=False)
    return Minimum(
        point.x, point.chi2, residual, jacobian, matrix, active, active_rows, status, search.evaluations, search.message
    )


def covariance_of(
    jacobian: Matrix, equal: Matrix | None = None, *, fixed: npt.NDArray[np.bool_] | None = None
) -> Matrix:
    """Inverse of J'J inside the equalities, NaN in the rows that the data do not determine.

    Parameters
    ----------
    jacobian
        m x n derivatives of residuals of unit variance.
    equal
        k x n rows of the equalities A x = b.
    fixed
        n flags of parameters that do not vary; their rows are 0.

    Examples
    --------
    >>> import numpy as np
    >>> covariance_of(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])).round(3).tolist()[0]
    [1.0, nan, nan]
    """
    size = jacobian.shape[1]
    vary = np.ones(size, dtype=bool) if fixed is None else ~fixed
    columns = jacobian if vary.all() else jacobian[:, vary]
    hessian = columns.T @ columns
    norm = np.sqrt(np.diagonal(hessian))
    unit = np.where(norm > 0, norm, 1.0)
    matrix = np.zeros((size, size))
    if equal is None or not equal.shape[0]:
        inverse = well_conditioned_inverse(hessian / np.outer(unit, unit))
        if inverse is not None:
            matrix[np.ix_(vary, vary)] = inverse / np.outer(unit, unit)
            return matrix
    basis = None
    if equal is not None and equal.shape[0]:
        basis = null_space(equal[:, vary] / unit, columns.shape[1])
    triangle = np.linalg.qr(columns, mode="r") / unit
    _, singular, right = np.linalg.svd(triangle if basis is None else triangle @ basis, full_matrices=True)
    directions = right.T if basis is None else basis @ right.T
    padded = np.zeros(directions.shape[1])
    padded[: singular.size] = singular
    # Columns are of length one: where equalities leave only what nothing sees, all that is left is rounding of 1.
    seen = padded > RANK_TOLERANCE * padded.max(initial=1.0)
    spread = directions[:, seen] / padded[seen]
    block = (spread @ spread.T) / np.outer(unit, unit)
    blind = np.sqrt(np.sum(directions[:, ~seen] ** 2, axis=1)) > 1e-6
    block[blind, :] = np.nan
    block[:, blind] = np.nan
    matrix[np.ix_(vary, vary)] = block
    return matrix


def well_conditioned_inverse(hessian: Matrix) -> Matrix | None:
    """Inverse of a scaled J'J where its condition leaves ten digits; None sends the caller to the QR factors of J."""
    if hessian.size == 0 or not math.isfinite(float(hessian.trace())):
        return None
    values, vectors = np.linalg.eigh(hessian)
    if not values[0] > values[-1] / MOST_CONDITION:
        return None
    return np.asarray((vectors / values) @ vectors.T, dtype=float)


def _checked(
    start: npt.ArrayLike,
    lower: npt.ArrayLike | None,
    upper: npt.ArrayLike | None,
    equalities: LinearConstraints | None,
    inequalities: LinearConstraints | None,
) -> tuple[Vector, Vector, Vector, tuple[Matrix, Vector] | None, tuple[Matrix, Vector] | None]:
    x = np.array(start, dtype=float).reshape(-1)
    low = np.full(x.size, -np.inf) if lower is None else np.array(lower, dtype=float).reshape(-1)
    high = np.full(x.size, np.inf) if upper is None else np.array(upper, dtype=float).reshape(-1)
    offenders = Offenders()
    if not np.all(np.isfinite(x)):
        offenders.add(f"start: {x.tolist()} is not finite; give {x.size} finite numbers")
    for name, bound in (("lower", low), ("upper", high)):
        if bound.size != x.size:
            offenders.add(f"{name}: {bound.size} bounds for {x.size} parameters; give one each, infinite for none")
        elif np.isnan(bound).any():
            offenders.add(f"{name}: is NaN at {np.flatnonzero(np.isnan(bound)).tolist()}; give -inf or inf for none")
    if low.size == high.size and np.any(low > high):
        where = np.flatnonzero(low > high).tolist()
        offenders.add(f"bounds: lower is above upper at {where}; exchange them")
    pairs = [
        _rows(name, rows, x.size, offenders)
        for name, rows in (("equalities", equalities), ("inequalities", inequalities))
    ]
    offenders.raise_if_any()
    return x, low, high, pairs[0], pairs[1]


def _rows(name: str, pair: LinearConstraints | None, size: int, offenders: Offenders) -> tuple[Matrix, Vector] | None:
    if pair is None:
        return None
    rows, right = np.atleast_2d(np.array(pair[0], dtype=float)), np.array(pair[1], dtype=float).reshape(-1)
    if rows.shape != (right.size, size):
        offenders.add(f"{name}: A is {rows.shape}, b has {right.size}; give A of k x {size} and k numbers")
        return None
    return (rows, right) if right.size else None
