r"""All bands of all lines in one pass: sums over bands of Faddeeva functions of one width, and of their derivatives.

Every band is w(z), z = (x - center - N spacing + i lorentz / 2) / root: bands of a line differ by where they stand. On
an even axis they are transforms of decays (:mod:`spectra.shapes._transforms`). Elsewhere, far from a band w is smooth,
and the sum over far bands is formed on a few Chebyshev nodes a block of points, then carried to the points by one
matrix product; near a band it is computed at every point.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import wofz

from spectra.shapes._faddeeva import (
    FAR,
    Array,
    Bands,
    Complex,
    chebyshev_matrix,
    chebyshev_nodes,
    far_values,
    series,
    slope_of,
)
from spectra.shapes._transforms import period_of, transformed

BLOCK, NODES = 12.0, 16
"""Largest width of a block, in root, and its Chebyshev nodes: the poles of far bands lie at three half widths of a
block, so that 5.8^-16 of them is left, which are below 0.05 themselves."""
FEW = 3
"""Bands to which nodes do not pay."""
EVEN = 1e-9
"""Departure from an even axis, in spacings, that is rounding."""


@dataclass(frozen=True, eq=False, slots=True)
class _Near:
    """Points from ``start`` to ``end`` to which a band of a line is added one by one."""

    line: int
    band: int
    start: int
    end: int


def band_sums(x: Array, lines: Sequence[Bands]) -> Iterator[tuple[int, Array]]:
    """Sums of w and of dw/dz over the bands of every line.

    Parameters
    ----------
    x
        m values of an ascending axis.
    lines
        s lines; widths and centers in the unit of the axis.

    Returns
    -------
    iterator
        Of the place of a line and its sums (2, 5, m), real and imaginary parts apart: w by the first three weights,
        dw/dz by the first and the last. Lines come in any order.
    """
    spacing = float(x[-1] - x[0]) / max(x.size - 1, 1)
    even = x.size > 1 and _is_even(x, spacing)
    periods: dict[int, list[int]] = {}
    others = []
    for number, line in enumerate(lines):
        period = period_of(x.size, spacing, line) if even else 0
        if period:
            periods.setdefault(period, []).append(number)
        else:
            others.append(number)
    for period, members in periods.items():
        yield from zip(members, transformed(x, [lines[number] for number in members], period), strict=True)
    yield from zip(others, _summed(x, spacing, [lines[number] for number in others]), strict=True)


def _summed(x: Array, spacing: float, lines: Sequence[Bands]) -> Iterator[Array]:
    """Lines to which no transform serves, by nodes and point by point."""
    total = np.zeros((2, len(lines), 5, x.size))
    alike: dict[int, list[int]] = {}
    near: list[_Near] = []
    for number, line in enumerate(lines):
        block = _block_of(x.size, spacing / line.root)
        # A block of fewer points than twice the nodes is as cheap point by point.
        if line.order.size <= FEW or block < 2 * NODES:
            near += [_Near(number, band, 0, x.size) for band in range(line.order.size)]
        else:
            alike.setdefault(block, []).append(number)
    for block, members in alike.items():
        total[:, members], close = _from_nodes(x, lines, members, block)
        near += close
    _add_direct(total, x, lines, near)
    return iter(total.swapaxes(0, 1))


def _block_of(size: int, spacing: float) -> int:
    """Points of a block: a power of two, so that few matrices are made while a width changes."""
    points = BLOCK / spacing if spacing > 0 else 1.0
    return 1 << int(math.log2(min(max(points, 1.0), 2.0 * size)))


def _is_even(x: Array, spacing: float) -> bool:
    return bool(np.ptp(x[1:] - x[:-1]) <= EVEN * spacing)


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
    w = far_values(z)
    both[0, band, at], both[1, band, at] = w, slope_of(z, w)
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


@lru_cache(maxsize=32)
def _interpolation(axis: bytes, block: int) -> tuple[Array, Array]:
    """Chebyshev nodes of every block (blocks, nodes), and what carries them to its points (blocks, nodes, points)."""
    x = np.frombuffer(axis)
    blocks = -(-x.size // block)
    padded = np.concatenate([x, np.full(blocks * block - x.size, x[-1])]).reshape(blocks, block)
    middle, half = (padded[:, 0] + padded[:, -1]) / 2, (padded[:, -1] - padded[:, 0]) / 2
    place = np.clip((padded - middle[:, None]) / np.where(half > 0, half, 1.0)[:, None], -1, 1)
    return middle[:, None] + half[:, None] * chebyshev_nodes(NODES), chebyshev_matrix(place, NODES)


def _add_direct(total: Array, x: Array, lines: Sequence[Bands], near: Sequence[_Near]) -> None:
    """Add every band at its points, one by one."""
    for one in near:
        line, at = lines[one.line], slice(one.start, one.end)
        z: Complex = np.asarray((x[at] - line.centers[one.band]) / line.root + 1j * line.height)
        close = np.abs(z.real) < FAR
        w = np.empty_like(z)
        w[close], w[~close] = wofz(z[close]), series(z[~close])
        slope = slope_of(z, w)
        for plane, first, second in ((0, w.real, slope.real), (1, w.imag, slope.imag)):
            total[plane, one.line, :3, at] += line.weights[:3, one.band, None] * first
            total[plane, one.line, 3:, at] += line.weights[[0, 3], one.band, None] * second
