r"""All bands of a manifold in one pass: sums over bands of Faddeeva functions of one width, and of their derivatives.

Every band is w(z), z = (x - center - N spacing + i lorentz / 2) / root: bands differ by where they stand alone. Far
from a band w is smooth, and the sum over far bands is formed on a few Chebyshev nodes a block of points, then carried
to the points by one matrix product. Near a band, on an even axis, its points are those of one table, moved by less
than half a point: a Taylor series that all bands share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import wofz

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
Spans = list[tuple[int, int, int]]
ROOT_PI = math.sqrt(math.pi)
FAR = 12.0
"""|z| above which the asymptotic series stands for w: its ninth term is below 1e-14 there."""
SERIES = tuple(math.prod(range(1, 2 * n, 2)) / 2**n for n in range(9))
"""w = i / (z sqrt pi) sum of (2 n - 1)!! / (2 z^2)^n (DLMF 7.12.1)."""
BLOCK, NODES = 12.0, 16
"""Largest width of a block, in root, and its Chebyshev nodes: the poles of far bands lie at three half widths of a
block, so that 5.8^-16 of them is left, which are below 0.05 themselves."""
TERMS, FINEST = 13, 0.25
"""Terms of the Taylor series, and the spacing of points, in root, to which they serve: half of it to the power 13 over
Gamma(15/2) is 1e-15. A line of fewer points has few to compute."""
FEW = 3
"""Bands to which neither nodes nor a table pay."""
EVEN = 1e-9
"""Departure from an even axis, in spacings, that is rounding."""


@dataclass(frozen=True, eq=False, slots=True)
class _Bands:
    """Where bands stand on an axis (x, centers), what they weigh, their width (root) and height above the real line."""

    x: Array
    centers: Array
    weights: Array
    height: float
    root: float

    def z(self, band: int, at: slice) -> Complex:
        return np.asarray((self.x[at] - self.centers[band]) / self.root + 1j * self.height)


def band_sums(x: Array, centers: Array, weights: Array, lorentz: float, root: float) -> tuple[Complex, Complex]:
    """Sums of w and of dw/dz over bands.

    Parameters
    ----------
    x
        m values of an ascending axis.
    centers
        Of n bands.
    weights
        (4, n): shares, their derivatives in depth and eta, order times share.
    lorentz, root
        Lorentzian fwhm, and sqrt(2) sd of the Gaussian part, in the unit of the axis.

    Returns
    -------
    tuple
        w by the first three weights (3, m), and dw/dz by the first and the last (2, m).
    """
    bands = _Bands(x, centers, weights, 0.5 * lorentz / root, root)
    spacing = float(x[-1] - x[0]) / max(x.size - 1, 1)
    block = _block_of(x.size, spacing / root)
    blocks = -(-x.size // block)
    starts = np.arange(blocks) * block
    ends = np.minimum(starts + block, x.size) - 1
    far = (x[ends] < centers[:, None] - FAR * root) | (x[starts] > centers[:, None] + FAR * root)
    total = np.zeros((5, x.size), dtype=np.complex128)
    # A block of fewer points than twice the nodes is as cheap point by point.
    one_by_one = centers.size <= FEW or block < 2 * NODES
    if not one_by_one:
        total = _from_nodes(bands, block, far)
        near = [(band, np.flatnonzero(~far[band])) for band in np.flatnonzero(~far.all(axis=1)).tolist()]
        spans = [(band, int(starts[at[0]]), int(ends[at[-1]]) + 1) for band, at in near]
    else:
        spans = [(band, 0, x.size) for band in range(centers.size)]
    even = not one_by_one and spacing / root <= FINEST and _is_even(x, spacing)
    found = _moved(bands, spans, spacing) if even else _direct(bands, spans)
    sloped = weights[[0, 3]]
    for (band, a, b), (w, slope) in zip(spans, found, strict=True):
        total[:3, a:b] += weights[:3, band, None] * w
        total[3:, a:b] += sloped[:, band, None] * slope
    return total[:3], total[3:]


def _block_of(size: int, spacing: float) -> int:
    """Points of a block: a power of two, so that few matrices are made while a width changes."""
    points = BLOCK / spacing if spacing > 0 else 1.0
    return 1 << int(math.log2(min(max(points, 1.0), 2.0 * size)))


def _is_even(x: Array, spacing: float) -> bool:
    return bool(np.ptp(x[1:] - x[:-1]) <= EVEN * spacing)


def _series(z: Complex) -> Complex:
    """The Faddeeva function far from its line."""
    inverse: Complex = 1 / z
    square = inverse * inverse
    total: Complex = SERIES[-1] * square
    for factor in SERIES[-2:0:-1]:
        total += factor
        total *= square
    total += 1.0
    total *= inverse
    total *= 1j / ROOT_PI
    return np.asarray(total)


def _slope(z: Complex, w: Complex) -> Complex:
    """Derivative of w, which is known with w."""
    made: Complex = z * w
    made *= -2
    made += 2j / ROOT_PI
    return made


def _from_nodes(bands: _Bands, block: int, far: npt.NDArray[np.bool_]) -> Complex:
    """The far bands of every block: five sums at every point."""
    nodes, matrix = _interpolation(bands.x.tobytes(), block)
    band, at = np.nonzero(far)
    z = np.empty((band.size, NODES), dtype=np.complex128)
    z.real = (nodes[at] - bands.centers[band, None]) / bands.root
    z.imag = bands.height
    # Near bands stay 0 here and are added point by point: one product for all blocks, without a loop over bands.
    both = np.zeros((2, *far.shape, NODES), dtype=np.complex128)
    w = _series(z)
    both[0, band, at], both[1, band, at] = w, _slope(z, w)
    # Weights are real: real and imaginary parts go through the product side by side, at half the cost of a complex one.
    parts = both.view(float).reshape(2, len(far), -1)
    rows = np.concatenate([bands.weights[:3] @ parts[0], bands.weights[[0, 3]] @ parts[1]])
    rows = rows.reshape(5, len(nodes), NODES, 2).transpose(1, 0, 3, 2).reshape(len(nodes), 10, NODES)
    points = (rows @ matrix).reshape(len(nodes), 5, 2, block)
    total = np.empty((5, len(nodes), block), dtype=np.complex128)
    total.real, total.imag = points[:, :, 0].swapaxes(0, 1), points[:, :, 1].swapaxes(0, 1)
    return total.reshape(5, -1)[:, : bands.x.size]


@lru_cache(maxsize=32)
def _interpolation(axis: bytes, block: int) -> tuple[Array, Array]:
    """Chebyshev nodes of every block (blocks, nodes), and what carries them to its points (blocks, nodes, points)."""
    x = np.frombuffer(axis)
    blocks = -(-x.size // block)
    padded = np.concatenate([x, np.full(blocks * block - x.size, x[-1])]).reshape(blocks, block)
    turn = (2 * np.arange(NODES) + 1) * np.pi / (2 * NODES)
    middle, half = (padded[:, 0] + padded[:, -1]) / 2, (padded[:, -1] - padded[:, 0]) / 2
    place = np.clip((padded - middle[:, None]) / np.where(half > 0, half, 1.0)[:, None], -1, 1)
    order = np.arange(NODES)
    at_nodes = np.cos(order[:, None] * turn) * (np.where(order == 0, 1.0, 2.0) / NODES)[:, None]
    at_points = np.cos(order[None, :, None] * np.arccos(place)[:, None, :])
    matrix = np.einsum("kn,bkp->bnp", at_nodes, at_points)
    return middle[:, None] + half[:, None] * np.cos(turn), np.ascontiguousarray(matrix)


def _direct(bands: _Bands, spans: Spans) -> list[tuple[Complex, Complex]]:
    """Values and derivatives of every band at its points, one by one."""
    made = []
    for band, a, b in spans:
        z = bands.z(band, slice(a, b))
        close = np.abs(z.real) < FAR
        w = np.empty_like(z)
        w[close], w[~close] = wofz(z[close]), _series(z[~close])
        made.append((w, _slope(z, w)))
    return made


def _moved(bands: _Bands, spans: Spans, spacing: float) -> list[tuple[Complex, Complex]]:
    """The same on an even axis: points of one table, moved by less than half a point."""
    if not spans:
        return []
    place = (bands.centers[[band for band, _, _ in spans]] - bands.x[0]) / spacing
    nearest = np.rint(place)
    shift = -(place - nearest) * spacing / bands.root
    first = [a - int(k) for (_, a, _), k in zip(spans, nearest, strict=True)]
    last = [b - int(k) for (_, _, b), k in zip(spans, nearest, strict=True)]
    reach = max(*last, -min(first))
    table = _table(reach, spacing / bands.root, bands.height)
    power = np.vander(shift, TERMS, increasing=True)
    values = (power @ table.view(float)).view(np.complex128)
    by_shift = (power[:, :-1] * np.arange(1, TERMS)) @ table[1:].view(float)
    slopes = by_shift.view(np.complex128)
    cuts = [slice(a + reach, b + reach) for a, b in zip(first, last, strict=True)]
    return [(values[row, cut], slopes[row, cut]) for row, cut in enumerate(cuts)]


def _table(reach: int, step: float, height: float) -> Complex:
    """Taylor coefficients of w about k step + i height for k from -reach to reach: (terms, points).

    (n + 1) a[n + 1] = -2 z a[n] - 2 a[n - 1], because w' = -2 z w + 2 i / sqrt pi; w(-z*) = w(z)*.
    """
    z: Complex = np.asarray(np.arange(reach + 1) * step + 1j * height, dtype=np.complex128)
    half = np.empty((TERMS, z.size), dtype=np.complex128)
    close = min(int(FAR / step) + 1, z.size)
    half[0, :close], half[0, close:] = wofz(z[:close]), _series(z[close:])
    half[1] = _slope(z, half[0])
    for n in range(1, TERMS - 1):
        np.multiply(z, half[n], out=half[n + 1])
        half[n + 1] += half[n - 1]
        half[n + 1] *= -2 / (n + 1)
    table = np.empty((TERMS, 2 * reach + 1), dtype=np.complex128)
    # w is known on one side: on the other it is the conjugate, and odd derivatives change sign.
    table[:, reach:] = half
    np.conj(half[:, :0:-1], out=table[:, :reach])
    table[1::2, :reach] *= -1
    return table
