"""What all spectra together say of the amounts in one glass: a Gaussian about the most probable series.

Everything else (shapes, responses, scales, the other glasses inside their balances) is eliminated from the quadratic
form of chi2 at the minimum; the directions of the amounts that the spectra see become independent statements, which
the balances of :mod:`structure` then take like any other evidence, amounts at zero included.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import null_space

import structure
from shortrange.joint._likelihood import Likelihood
from shortrange_core.least_squares import Minimum

Array = npt.NDArray[np.float64]
LEAST_PRECISION = 1.0
"""Precision of a direction, per former squared, below which the spectra do not see it: an sd of 1 says nothing."""
RIDGE = 1e-12


def statements_of(likelihood: Likelihood, found: Minimum, glass: str) -> tuple[structure.Statement, ...]:
    """Independent statements on the amounts of one glass, by all spectra of the series.

    Parameters
    ----------
    likelihood, found
        Of the series, and its minimum.
    glass
        Name of the glass.
    """
    mine = likelihood.amounts[glass]
    precision, mean = _eliminated(likelihood, found, glass)
    values, directions = np.linalg.eigh(precision)
    species = likelihood.glasses[glass].species
    statements: list[structure.Statement] = []
    for value, direction in sorted(zip(values, directions.T, strict=True), key=lambda pair: -pair[0]):
        if value < LEAST_PRECISION:
            continue
        text = " + ".join(f"{c:.17g}*{s}" for c, s in zip(direction, species, strict=True)).replace("+ -", "- ")
        name = f"joint {len(statements) + 1}"
        at = float(direction @ (found.x[mine] + mean))
        statements.append(structure.statement(text, value=at, sd=float(value**-0.5), name=name, source="all spectra"))
    return tuple(statements)


def amounts_of(likelihood: Likelihood, found: Minimum, glass: str) -> tuple[Array, Array]:
    """Precision of the amounts of one glass by all spectra, and where it is centred: (n, n), (n,)."""
    precision, step = _eliminated(likelihood, found, glass)
    return precision, np.asarray(found.x[likelihood.amounts[glass]] + step)


def _eliminated(likelihood: Likelihood, found: Minimum, glass: str) -> tuple[Array, Array]:
    """Precision of the amounts of a glass, all else eliminated, and the step to where no balance holds them."""
    hessian = found.jacobian.T @ found.jacobian
    gradient = found.jacobian.T @ found.residual
    mine = likelihood.amounts[glass]
    basis = _others(likelihood, found, glass)
    across = hessian[mine] @ basis
    inner = basis.T @ hessian @ basis
    scale = np.sqrt(np.maximum(np.diagonal(inner), 1e-300))
    inner = inner / np.outer(scale, scale) + RIDGE * np.eye(len(scale))
    solved = np.linalg.solve(inner, np.column_stack([across.T / scale[:, None], (basis.T @ gradient) / scale]))
    precision = hessian[np.ix_(mine, mine)] - (across / scale) @ solved[:, :-1]
    slope = gradient[mine] - (across / scale) @ solved[:, -1]
    precision = (precision + precision.T) / 2
    values, directions = np.linalg.eigh(precision)
    inverse = np.where(values > LEAST_PRECISION, 1 / np.maximum(values, 1e-300), 0.0)
    return precision, -(directions * inverse) @ (directions.T @ slope)


def _others(likelihood: Likelihood, found: Minimum, glass: str) -> Array:
    """Directions in which all but one glass may move: inside the balances of the others, away from held bounds."""
    size = found.x.size
    held = (found.active != 0) | (np.array(likelihood.lower) == np.array(likelihood.upper))
    columns = []
    taken = np.zeros(size, dtype=bool)
    equal, _ = likelihood.equalities
    for name, at in likelihood.amounts.items():
        taken[at] = True
        if name == glass:
            continue
        free = at[~held[at]]
        if not free.size:
            continue
        rows = equal[:, free]
        inside = null_space(rows[np.any(rows != 0, axis=1)]) if np.any(rows) else np.eye(free.size)
        block = np.zeros((size, inside.shape[1]))
        block[free] = inside
        columns.append(block)
    rest = np.flatnonzero(~taken & ~held)
    columns.append(np.eye(size)[:, rest])
    return np.hstack(columns)
