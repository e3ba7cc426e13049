r"""All bands of all lines in one pass: sums over bands of Faddeeva functions of one width, and of their derivatives.

Every band is w(z), z = (x - center - N spacing + i lorentz / 2) / root: bands of a line differ by where they stand. Far
from a band w is smooth, and the sum over far bands is formed on a few Chebyshev nodes a block of points, then carried
to the points by one matrix product. Near a band, on an even axis, its points are those of one table, moved by less
than half a point: a Taylor series that all bands share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import wofz

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
ROOT_PI = math.sqrt(math.pi)
FAR = 12.0
"""|z| above which the asymptotic series stands for w: its ninth term is below 1e-14 there."""
FARTHER, FEW_TERMS = 40.0, 5
"""|z| above which so many terms of it do: the next is below 1e-14."""
SERIES = tuple(math.prod(range(1, 2 * n, 2)) / 2**n for n in range(9))
"""w = i / (z sqrt pi) sum of (2 n - 1)!! / (2 z^2)^n (DLMF 7.12.1)."""
BLOCK, NODES = 12.0, 16
"""Largest width of a block, in root, and its Chebyshev nodes: the poles of far bands lie at three half widths of a
block, so that 5.8^-16 of them is left, which are below 0.05 themselves."""
TERMS, FINEST = 13, 0.25
"""Most terms of the Taylor series, and the spacing of points, in root, to which they serve: half of it to the power 13
over Gamma(15/2) is 1e-15. A line of fewer points has few to compute."""
FEW = 3
"""Bands to which neither nodes nor a table pay."""
EVEN = 1e-9
"""Departure from an even axis, in spacings, that is rounding."""


@dataclass(frozen=True, eq=False, slots=True)
class Bands:
    """Bands of one line: their centers (n,), what they weigh (4, n), Lorentzian fwhm, and sqrt(2) sd of the Gaussian.

    The rows of ``weights`` are shares, their derivatives in depth and eta, and order times share.
    """

    centers: Array
    weights: Array
    lorentz: float
    root: float

    @property
    def height(self) -> float:
        """Imaginary part of z."""
        return 0.5 * self.lorentz / self.root


@dataclass(frozen=True, eq=False, slots=True)
class _Near:
    """Points from ``start`` to ``end`` to which a band of a line is added one by one."""

    line: int
    band: int
    start: int
    end: int


def band_sums(x: Array, lines: Sequence[Bands]) -> Array:
    """Sums of w and of dw/dz over the bands of every line.

    Parameters
    ----------
    x
        m values of an ascending axis.
    lines
        s lines; widths and centers in the unit of the axis.

    Returns
    -------
    numpy.ndarray
        (2, s, 5, m), real and imaginary parts apart: w by the first three weights, dw/dz by the first and the last.
    """
    spacing = float(x[-1] - x[0]) / max(x.size - 1, 1)
    total = np.zeros((2, len(lines), 5, x.size))
    alike: dict[int, list[int]] = {}
    near: list[_Near] = []
    for number, line in enumerate(lines):
        block = _block_of(x.size, spacing / line.root)
        # A block of fewer points than twice the nodes is as cheap point by point.
        if line.centers.size <= FEW or block < 2 * NODES:
            near += [_Near(number, band, 0, x.size) for band in range(line.centers.size)]
        else:
            alike.setdefault(block, []).append(number)
    close: list[_Near] = []
    for block, members in alike.items():
        total[:, members], sums = _from_nodes(x, lines, members, block)
        close += sums
    even = bool(close) and _is_even(x, spacing)
    moved = [one for one in close if even and spacing / lines[one.line].root <= FINEST]
    _add_moved(total, x, lines, moved)
    _add_direct(total, x, lines, near + [one for one in close if not even or spacing / lines[one.line].root > FINEST])
    return total


def _block_of(size: int, spacing: float) -> int:
    """Points of a block: a power of two, so that few matrices are made while a width changes."""
    points = BLOCK / spacing if spacing > 0 else 1.0
    return 1 << int(math.log2(min(max(points, 1.0), 2.0 * size)))


def _is_even(x: Array, spacing: float) -> bool:
    return bool(np.ptp(x[1:] - x[:-1]) <= EVEN * spacing)


def _series(z: Complex, terms: int = len(SERIES)) -> Complex:
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


def _slope(z: Complex, w: Complex) -> Complex:
    """Derivative of w, which is known with w."""
    made: Complex = z * w
    made *= -2
    made += 2j / ROOT_PI
    return made


def _from_nodes(x: Array, every: Sequence[Bands], members: Sequence[int], block: int) -> tuple[Array, list[_Near]]:
    """The far bands of every block, as five sums at every point of the members, and the bands that are near."""
    lines = [every[number] for number in members]
    nodes, matrix = _interpolation(x.tobytes(), block)
    starts = np.arange(len(nodes)) * block
    ends = np.minimum(starts + block, x.size) - 1
    sizes = [line.centers.size for line in lines]
    centers = np.concatenate([line.centers for line in lines])
    root, height = (np.repeat([getattr(one, name) for one in lines], sizes) for name in ("root", "height"))
    reach = FAR * root
    far = (x[ends] < (centers - reach)[:, None]) | (x[starts] > (centers + reach)[:, None])
    band, at = np.nonzero(far)
    z = np.empty((band.size, NODES), dtype=np.complex128)
    z.real = (nodes[at] - centers[band, None]) / root[band, None]
    z.imag = height[band, None]
    # Near bands stay 0 here and are added point by point: one product for all blocks, without a loop over bands.
    both = np.zeros((2, *far.shape, NODES), dtype=np.complex128)
    w = _far_values(z)
    both[0, band, at], both[1, band, at] = w, _slope(z, w)
    # Weights are real: real and imaginary parts go through the product side by side, at half the cost of a complex one.
    parts = both.view(float).reshape(2, len(far), -1)
    rows = np.empty((len(lines), 5, parts.shape[-1]))
    near = []
    first = 0
    for number, line in enumerate(lines):
        own = slice(first, first + sizes[number])
        np.matmul(line.weights[:3], parts[0, own], out=rows[number, :3])
        np.matmul(line.weights[[0, 3]], parts[1, own], out=rows[number, 3:])
        for place in np.flatnonzero(~far[own].all(axis=1)).tolist():
            blocks = np.flatnonzero(~far[first + place])
            near.append(_Near(members[number], place, int(starts[blocks[0]]), int(ends[blocks[-1]]) + 1))
        first += sizes[number]
    rows = rows.reshape(-1, len(nodes), NODES, 2).transpose(1, 0, 3, 2).reshape(len(nodes), -1, NODES)
    points = (rows @ matrix).reshape(len(nodes), len(lines), 5, 2, block)
    return points.transpose(3, 1, 2, 0, 4).reshape(2, len(lines), 5, -1)[..., : x.size], near


def _far_values(z: Complex) -> Complex:
    """W at places of far bands, most of which lie so far that few terms do."""
    farther = np.abs(z.real).min(axis=1) > FARTHER
    w = np.empty_like(z)
    w[farther], w[~farther] = _series(z[farther], FEW_TERMS), _series(z[~farther])
    return w


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


def _add_direct(total: Array, x: Array, lines: Sequence[Bands], near: Sequence[_Near]) -> None:
    """Add every band at its points, one by one."""
    for one in near:
        line, at = lines[one.line], slice(one.start, one.end)
        z: Complex = np.asarray((x[at] - line.centers[one.band]) / line.root + 1j * line.height)
        close = np.abs(z.real) < FAR
        w = np.empty_like(z)
        w[close], w[~close] = wofz(z[close]), _series(z[~close])
        slope = _slope(z, w)
        for plane, first, second in ((0, w.real, slope.real), (1, w.imag, slope.imag)):
            total[plane, one.line, :3, at] += line.weights[:3, one.band, None] * first
            total[plane, one.line, 3:, at] += line.weights[[0, 3], one.band, None] * second


def _add_moved(total: Array, x: Array, lines: Sequence[Bands], near: Sequence[_Near]) -> None:
    """Add every band on an even axis: points of one table a line, moved by less than half a point."""
    if not near:
        return
    spacing = float(x[-1] - x[0]) / (x.size - 1)
    place = (np.array([lines[one.line].centers[one.band] for one in near]) - x[0]) / spacing
    nearest = np.rint(place).astype(int)
    first = np.array([one.start for one in near]) - nearest
    last = np.array([one.end for one in near]) - nearest
    reach = int(max(last.max(), -first.min()))
    used = sorted({one.line for one in near})
    root = np.array([lines[number].root for number in used])
    terms = _terms(spacing / float(root.min()))
    tables = _tables(terms, reach, spacing / root, np.array([lines[number].height for number in used]))
    row = {number: n for n, number in enumerate(used)}
    shift = (nearest - place) * spacing / np.array([lines[one.line].root for one in near])
    power = np.vander(shift, terms, increasing=True)
    # The derivative of the series: n a[n] shift^(n - 1).
    sloped = np.zeros_like(power)
    sloped[:, 1:] = power[:, :-1] * np.arange(1, terms)
    weights = np.array([lines[one.line].weights[:, one.band] for one in near])[:, :, None]
    mixed = np.concatenate([weights[:, :3] * power[:, None], weights[:, [0, 3]] * sloped[:, None]], axis=1)
    for number, one in enumerate(near):
        cut = slice(int(first[number] + reach), int(last[number] + reach))
        total[:, one.line, :, one.start : one.end] += mixed[number] @ tables[:, row[one.line], :, cut]


def _terms(step: float) -> int:
    """Terms of the Taylor series that serve points so far apart, in root, to 1e-15."""
    return next(n for n in range(4, TERMS + 1) if n == TERMS or (step / 2) ** n < 1e-15 * math.gamma(n / 2 + 1))


def _tables(terms: int, reach: int, step: Array, height: Array) -> Array:
    """Taylor coefficients of w about k step + i height for k from -reach to reach: (2, lines, terms, points).

    (n + 1) a[n + 1] = -2 z a[n] - 2 a[n - 1], because w' = -2 z w + 2 i / sqrt pi; w(-z*) = w(z)*.
    """
    z: Complex = np.asarray(step[:, None] * np.arange(reach + 1) + 1j * height[:, None], dtype=np.complex128)
    half = np.empty((terms, *z.shape), dtype=np.complex128)
    close = min(int(FAR / step.min()) + 1, reach + 1)
    half[0, :, :close], half[0, :, close:] = wofz(z[:, :close]), _series(z[:, close:])
    half[1] = _slope(z, half[0])
    for n in range(1, terms - 1):
        np.multiply(z, half[n], out=half[n + 1])
        half[n + 1] += half[n - 1]
        half[n + 1] *= -2 / (n + 1)
    tables = np.empty((2, len(step), terms, 2 * reach + 1))
    # w is known on one side: on the other it is the conjugate, and odd derivatives change sign.
    for plane, part in enumerate((half.real, half.imag)):
        tables[plane, :, :, reach:] = part.swapaxes(0, 1)
        np.copyto(tables[plane, :, :, :reach], tables[plane, :, :, :reach:-1])
    tables[1, :, ::2, :reach] *= -1
    tables[0, :, 1::2, :reach] *= -1
    return tables
