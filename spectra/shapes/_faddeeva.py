"""The Faddeeva function far from its line, bands of one width, and what carries smooth sums from nodes to points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
ROOT_PI = math.sqrt(math.pi)
FAR = 12.0
"""|z| above which the asymptotic series stands for w: its ninth term is below 1e-14 there."""
FARTHER, FEW_TERMS = 40.0, 5
"""|z| above which so many terms of it do: the next is below 1e-14."""
SERIES = tuple(math.prod(range(1, 2 * n, 2)) / 2**n for n in range(9))
"""w = i / (z sqrt pi) sum of (2 n - 1)!! / (2 z^2)^n (DLMF 7.12.1)."""


@dataclass(frozen=True, eq=False, slots=True)
class Bands:
    """Bands of one line: where its centreband stands, their spacing, their orders (n,), what they weigh (4, n),
    Lorentzian fwhm, and sqrt(2) sd of the Gaussian.

    The rows of ``weights`` are shares, their derivatives in depth and eta, and order times share.
    """

    center: float
    spacing: float
    order: Array
    weights: Array
    lorentz: float
    root: float

    @property
    def centers(self) -> Array:
        """Where the bands stand (n,)."""
        return self.center + self.order * self.spacing

    @property
    def height(self) -> float:
        """Imaginary part of z."""
        return 0.5 * self.lorentz / self.root


def series(z: Complex, terms: int = len(SERIES)) -> Complex:
    """The Faddeeva function far from its line."""
    inverse: Complex = 1 / z
    square = inverse * inverse
    total: Complex = SERIES[terms - 1] * square
    for factor in SERIES[terms - 2 : 0 : -1]:
        total += factor
        total *= square
    total += 1.0
    total *= inverse
    total *= 1j / ROOT_PI
    return np.asarray(total)


def slope_of(z: Complex, w: Complex) -> Complex:
    """Derivative of w, which is known with w."""
    made: Complex = z * w
    made *= -2
    made += 2j / ROOT_PI
    return made


def far_values(z: Complex) -> Complex:
    """W at places of far bands, most of which lie so far that few terms do."""
    farther = np.abs(z.real).min(axis=1) > FARTHER
    w = np.empty_like(z)
    w[farther], w[~farther] = series(z[farther], FEW_TERMS), series(z[~farther])
    return w


def chebyshev_nodes(count: int) -> Array:
    """Chebyshev nodes between -1 and 1."""
    return np.asarray(np.cos((2 * np.arange(count) + 1) * np.pi / (2 * count)))


def chebyshev_matrix(place: Array, count: int) -> Array:
    """What carries values at so many nodes to places between -1 and 1 (..., points): (..., nodes, points)."""
    order = np.arange(count)
    turn = np.arccos(chebyshev_nodes(count))
    at_nodes = np.cos(order[:, None] * turn) * (np.where(order == 0, 1.0, 2.0) / count)[:, None]
    at_points = np.cos(order[:, None] * np.arccos(place)[..., None, :])
    return np.ascontiguousarray(np.einsum("kn,...kp->...np", at_nodes, at_points))
