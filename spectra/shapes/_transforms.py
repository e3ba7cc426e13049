r"""Bands on an even axis by Fourier transforms: all bands of a line are one decay, as they are in a measured one.

w(z) = 1 / sqrt pi times the integral of exp(i z t - t^2 / 4) over t > 0 (DLMF 7.7.2): the sum over bands is that of one
decay, cut at its end by its Gaussian. On even times, at half weight at the first, a transform gives the sum with
images one period apart: with the true integral but for pi cot(pi v) - 1 / v, v the distance in periods. This is odd
and smooth over all distances within the axis and its margins, a sum of few sines: the decay at few times more, of
either sign. What these give, and bands beyond the margins, is smooth over the axis: formed on Chebyshev nodes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from spectra.shapes._faddeeva import Bands, chebyshev_matrix, chebyshev_nodes, far_values, slope_of

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
END = 11.4
"""Time, over root, at which a decay ends: what is left of its integral, and of that of its slope, is below 2e-14."""
COARSEST = 0.5
"""Largest spacing of points, in root, for which transforms serve: times to END / root fill half of a period then."""
PERIOD = 1.6
"""Shortest period, in lengths of the axis: with a margin of 0.3 of it at either end."""
MARGIN = 12.0
"""Least margin, in root: what lies beyond is as good as its asymptotic series."""
WIDEST, TALLEST = 4.0, 0.02
"""Longest period, in lengths of the axis, and largest imaginary part, in periods, to which this pays and is exact."""
REACH, TIMES, LAST = 0.83, 49, 147.06
"""Distances, in periods, over which sines stand for pi cot(pi v) - 1 / v to 3e-13, their number, and the last of their
frequencies; 147 is 25 over what is left to the next image at 1."""
NODES = 24
"""Chebyshev nodes of the axis for what is smooth: poles lie a margin away, so that 2.8^-24 is left
of what is below 0.05 itself."""
STRIDE = 32
"""Times that are made as products of two exponentials each: steps of one, and of so many."""


def period_of(size: int, spacing: float, line: Bands) -> int:
    """Points of a period that serves a line on an even axis, of small factors; 0 where none does."""
    step = spacing / line.root
    if size < 2 * NODES or not 0 < step <= COARSEST:
        return 0
    least = max(PERIOD * size, size + 2 * MARGIN / step)
    if least > WIDEST * size:
        return 0
    unit = 1 << (int(math.log2(least)) - 2)
    points = -(-math.ceil(least) // unit) * unit
    return points if line.lorentz / 2 <= TALLEST * points * spacing else 0


def transformed(x: Array, lines: Sequence[Bands], points: int) -> Iterator[Array]:
    """The sums of :func:`spectra.shapes._bands.band_sums` on an even axis, with a period of so many points."""
    spacing = float(x[-1] - x[0]) / (x.size - 1)
    step = 2 * np.pi / (points * spacing)
    # Rounded up, so that few tables are made while a width changes.
    strides = math.ceil(END / (step * min(line.root for line in lines) * STRIDE))
    count, most = min(strides * STRIDE, points), max(int(np.abs(line.order).max()) for line in lines)
    decays = _decays(x[0], lines, step, count)
    place, to_nodes, to_points = _smooth(x.size, points)
    weights = np.zeros((len(lines), 4, 2 * most + 1))
    for row, line in zip(weights, lines, strict=True):
        row[:, line.order.astype(int) + most] = line.weights
    smooth = _beyond(x, place, lines, weights, points * spacing / 2)
    padded = np.empty((5, points), dtype=np.complex128)
    few = np.empty((5, 2 * TIMES), dtype=np.complex128)
    # Line by line: what fits the processor's cache is faster than fewer calls, and large arrays cost their pages.
    for line, own, (whole, slope), nodes in zip(lines, weights, decays, smooth, strict=True):
        last = min(math.ceil(END / (step * line.root)), count)
        turns = (own @ _orders(step * line.spacing, most, count)[:, : 2 * (2 * TIMES + last)]).view(np.complex128)
        for part, at in ((few, slice(2 * TIMES)), (padded[:, :last], slice(2 * TIMES, 2 * TIMES + last))):
            np.multiply(whole[at], turns[:3, at], out=part[:3])
            np.multiply(slope[at], turns[::3, at], out=part[3:])
        padded[:, last:] = 0.0
        near = few @ to_nodes + nodes
        sums = np.concatenate([near.real, near.imag]) @ to_points
        np.fft.ifft(padded, norm="forward", out=padded)
        sums[:5] += padded.real[:, : x.size]
        sums[5:] += padded.imag[:, : x.size]
        yield sums.reshape(2, 5, -1)


def _decays(start: float, lines: Sequence[Bands], step: float, count: int) -> Iterator[tuple[Complex, Complex]]:
    """The decay of the centreband of every line at all times, times what it weighs there, and that of its slope."""
    center, root, height = np.array([(line.center - start, line.root, line.height) for line in lines]).T[:, :, None]
    factors, times = _times(count)
    turned = root * (step * times)
    whole = np.exp(-turned * (turned / 4 + height)) * (factors * root * (step / math.sqrt(math.pi)))
    whole = whole * _carriers(center, step, count)
    return zip(whole, whole * (1j * turned), strict=True)


def _beyond(x: Array, place: Array, lines: Sequence[Bands], weights: Array, reach: float) -> Complex:
    """Bands that lie beyond the margins, on the nodes (lines, 5, nodes); their weights (lines, 4, orders) become 0."""
    middle, order = (x[0] + x[-1]) / 2, np.arange(weights.shape[2]) - weights.shape[2] // 2
    center, spacing, root, height = np.array([(li.center - middle, li.spacing, li.root, li.height) for li in lines]).T
    away = center[:, None] + spacing[:, None] * order
    line, band = np.nonzero((np.abs(away) > reach) & weights.any(axis=1))
    z = np.empty((line.size, place.size), dtype=np.complex128)
    z.real = ((x[-1] - x[0]) / 2 * place - away[line, band, None]) / root[line, None]
    z.imag = height[line, None]
    w = far_values(z)
    own = weights[line, :, band][:, :, None]
    sums = np.zeros((len(lines), 5, place.size), dtype=np.complex128)
    np.add.at(sums, line, np.concatenate([own[:, :3] * w[:, None], own[:, ::3] * slope_of(z, w)[:, None]], axis=1))
    weights[line, :, band] = 0.0
    return sums


def _carriers(center: Array, step: float, count: int) -> Complex:
    """exp(-i center t) at all times; those of a period as products, since exponentials take longest."""
    turn = -1j * step * center
    short, long = np.exp(turn * np.arange(STRIDE)), np.exp(turn * np.arange(0, count, STRIDE))
    few = np.exp(turn * _times(count)[1][:TIMES])
    even = (long[:, :, None] * short[:, None, :]).reshape(len(center), -1)[:, :count]
    return np.concatenate([few, few.conj(), even], axis=1)


@lru_cache(maxsize=16)
def _orders(angle: float, most: int, count: int) -> Array:
    """exp(-i order angle t) of all orders at all times, real and imaginary parts side by side."""
    one = np.exp(-1j * angle * _times(count)[1])
    powers = np.cumprod(np.broadcast_to(one, (most, one.size)), axis=0)
    return np.concatenate([powers[::-1].conj(), np.ones((1, one.size)), powers]).view(float)


@lru_cache(maxsize=1)
def _sines() -> tuple[Array, Array]:
    """Frequencies, and factors of the sines that stand for pi cot(pi v) - 1 / v."""
    frequencies = np.asarray(np.arange(1, TIMES + 1) * (LAST / TIMES), dtype=float)
    places = REACH * np.cos(np.linspace(0, np.pi / 2, 400, endpoint=False))
    missing = np.pi / np.tan(np.pi * places) - 1 / places
    factors = np.linalg.lstsq(np.sin(np.outer(places, frequencies)), missing, rcond=1e-15)[0]
    return frequencies, np.asarray(factors, dtype=float)


@lru_cache(maxsize=16)
def _times(count: int) -> tuple[Array, Array]:
    """Weights, and times in steps of the transform: the few beside its own, their negatives, its own."""
    frequencies, factors = _sines()
    few, sines = frequencies / (2 * np.pi), factors / (4 * np.pi)
    weights = np.concatenate([-sines, sines, np.ones(count)])
    weights[2 * TIMES] = 0.5  # the end of an integral
    return weights, np.concatenate([few, -few, np.arange(count)])


@lru_cache(maxsize=16)
def _smooth(size: int, points: int) -> tuple[Array, Complex, Array]:
    """Chebyshev nodes of the axis, what carries the few times to them, and what carries them to all points."""
    nodes = chebyshev_nodes(NODES)
    phase = np.outer(_sines()[0], (1 + nodes) * ((size - 1) / points / 2))
    to_nodes = np.concatenate([np.exp(1j * phase), np.exp(-1j * phase)])
    return nodes, to_nodes, chebyshev_matrix(np.linspace(-1.0, 1.0, size), NODES)
