"""Shares of sidebands from tables: the same numbers as :func:`spectra.shapes.manifold`, without its powder average.

The shares are entire functions of modulation depth and asymmetry: 1 in the centreband and 0 elsewhere, plus the square
of the depth times another one, which is what is tabled, so that nothing moves at a depth of 0. Over depths up to 2,
where nearly all phosphorus of glasses lies at usual rates and fields, Chebyshev series in both reproduce shares to
1e-14 and their derivatives to 1e-12; a series is made when the first line asks for it, in some 30 ms, and costs a sixth
of an average afterwards.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from spectra.shapes._sidebands import Manifold, averaged, manifold

Array = npt.NDArray[np.float64]
TABLES = ((-0.5, 0.5, 14, 11), (0.5, 1.0, 11, 12), (1.0, 2.0, 15, 16))
"""Least and greatest depth of every table, and the terms of its series in depth and asymmetry."""
EXTRA = 4
"""Points of the angular rule beyond those of :func:`manifold`, whose own error is 1e-11 at a depth of 2."""


def shares(depth: float, eta: float) -> Manifold:
    """Relative intensities of sidebands and their derivatives, as :func:`spectra.shapes.manifold` gives them.

    Parameters
    ----------
    depth
        zeta (ppm) x Larmor frequency (MHz) / spinning rate (Hz), of either sign.
    eta
        Asymmetry. Outside 0 to 1, or where the depth is above 2, the powder average itself is taken.
    """
    size = abs(depth)
    if not (size <= TABLES[-1][1] and 0.0 <= eta <= 1.0):
        return manifold(depth, eta)
    number = next(n for n, (_, greatest, _, _) in enumerate(TABLES) if size <= greatest)
    least, greatest, depths, asymmetries = TABLES[number]
    order, table, with_slope = _table(number)
    in_depth = with_slope[0] @ _terms(2 * (size - least) / (greatest - least) - 1, depths)
    in_eta = (with_slope[1] @ _terms(2 * eta - 1, asymmetries)).reshape(2, -1)
    # Both rows at once: the value and its slope in depth, then either in eta.
    rows = (in_depth.reshape(2, -1) @ table).reshape(2, asymmetries, -1)
    excess, excess_by_eta = in_eta @ rows[0]
    slope = in_eta[0] @ rows[1]
    intensity, by_depth = size**2 * excess, size * (2 * excess + size * slope)
    intensity[order.size // 2] += 1.0
    by_eta = size**2 * excess_by_eta
    if depth < 0:
        return Manifold(order, intensity[::-1], -by_depth[::-1], by_eta[::-1])
    return Manifold(order, intensity, by_depth, by_eta)


def _terms(place: float, count: int) -> Array:
    """Chebyshev polynomials of the first kind at a place between -1 and 1."""
    return np.asarray(np.cos(_counted(count) * math.acos(min(max(place, -1.0), 1.0))))


@lru_cache(maxsize=2 * len(TABLES))
def _counted(count: int) -> Array:
    return np.arange(count, dtype=float)


@lru_cache(maxsize=len(TABLES))
def _table(number: int) -> tuple[Array, Array, tuple[Array, Array]]:
    """Orders, coefficients (depth, eta x orders), and what makes of the terms in depth, and in eta, them and their
    derivatives one below the other.
    """
    least, greatest, depths, asymmetries = TABLES[number]
    nodes_depth, to_depth = _nodes(depths)
    nodes_eta, to_eta = _nodes(asymmetries)
    places = least + (greatest - least) * (1 + nodes_depth) / 2
    averages = [[averaged(depth, eta, extra=EXTRA) for eta in (1 + nodes_eta) / 2] for depth in places]
    reach = max(one.order.size // 2 for row in averages for one in row)
    values = np.zeros((depths, asymmetries, 2 * reach + 1))
    for i, row in enumerate(averages):
        for j, one in enumerate(row):
            missing = reach - one.order.size // 2
            values[i, j, missing : 2 * reach + 1 - missing] = one.intensity
    values[:, :, reach] -= 1.0
    values /= places[:, None, None] ** 2
    table = np.einsum("ai,bj,ijn->abn", to_depth, to_eta, values)
    order = np.arange(-reach, reach + 1).astype(float)
    with_slope = _with_slope(depths, greatest - least), _with_slope(asymmetries, 1.0)
    return order, np.ascontiguousarray(table.reshape(depths, -1)), with_slope


def _nodes(count: int) -> tuple[Array, Array]:
    """Chebyshev nodes, and the matrix from values at them to coefficients."""
    turn = (2 * np.arange(count) + 1) * np.pi / (2 * count)
    order = np.arange(count)
    return np.cos(turn), np.cos(order[:, None] * turn) * (np.where(order == 0, 1.0, 2.0) / count)[:, None]


def _with_slope(count: int, width: float) -> Array:
    """What makes polynomials and their derivatives of them, over a range of that width (2 count, count).

    T_n' = 2 n times the sum of T_k, k = n - 1, n - 3, ..., T_0 by half.
    """
    matrix = np.zeros((count, count))
    for n in range(1, count):
        matrix[n, n - 1 :: -2] = 2.0 * n
        if n % 2:
            matrix[n, 0] = float(n)
    return np.concatenate([np.eye(count), matrix * (2 / width)])
