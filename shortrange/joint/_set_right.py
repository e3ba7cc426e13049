"""Lower minima that the rest of a series points to, looked for about one that was found.

Where one glass has shapes far from the line that the others draw, one of the two took another band for its own, or the
tensor of a unit for that of its neighbour. A descent does not get back from there: widths and tensors of neighbours
have grown over it. So the series is descended from as well with the shapes of such a spectrum on the line of the
others; with stated shapes and the tensor that a unit has where it stands alone; and with the sign of each anisotropy
turned along the whole series. A few evaluations tell which starts about a minimum are worth a descent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange.joint._coupling import Coupling
from shortrange.joint._likelihood import Likelihood
from shortrange_core.least_squares import ArrowMinimum
from spectra.models import OFFSET

Array = npt.NDArray[np.float64]
LOWER = 1e-6
"""Fraction of chi2 by which another minimum must lie lower."""
FAR = 3.0
"""sds from the line of the other glasses: of chance, one shape in some hundred."""
TRIAL, ROUNDS, MOST = 8, 3, 4
"""Evaluations that tell starts apart; times that starts are made about a minimum; spectra that are set right."""
USUAL_ZETA = 80.0
"""ppm, where the tensor of a unit starts that lies under another one."""


@dataclass(frozen=True, eq=False, slots=True)
class CoupledShape:
    """One coupled shape along the series: where it stands in the whole vector, level and change first.

    Parameters
    ----------
    technique, line, quantity
        Such as ``31P NMR``, ``p_s4``, ``zeta``.
    level, change
        Places of both.
    keys, members
        Spectra that have it, and its place for each.
    coupling
        Its sds along the series.
    """

    technique: str
    line: str
    quantity: str
    level: int
    change: int
    keys: tuple[str, ...]
    members: npt.NDArray[np.intp]
    coupling: Coupling


def lower(likelihood: Likelihood, minimum: ArrowMinimum, stated: Array) -> ArrowMinimum:
    """The minimum, or a lower one from a start that the rest of the series points to.

    Parameters
    ----------
    likelihood, found
        Of the series, and the minimum from its own starts.
    stated
        The start with all shapes as stated.
    """
    for start in _tensors_apart(likelihood, np.array(minimum.x), stated):
        minimum = _lowest_of(minimum, likelihood.minimum(start))
    for _ in range(ROUNDS):
        trials = [likelihood.minimum(start, most=TRIAL) for start in starts_about(likelihood, np.array(minimum.x))]
        hopeful = [one for one in trials if one.chi2 < minimum.chi2 * (1 - LOWER)]
        if not hopeful:
            break
        minimum = _lowest_of(minimum, likelihood.minimum(np.array(min(hopeful, key=lambda one: one.chi2).x)))
    return minimum


def _lowest_of(minimum: ArrowMinimum, other: ArrowMinimum) -> ArrowMinimum:
    return other if other.chi2 < minimum.chi2 * (1 - LOWER) else minimum


def starts_about(likelihood: Likelihood, x: Array) -> Iterator[Array]:
    """Starts about a minimum: spectra on the line of the others, then every anisotropy turned."""
    shapes = shapes_of(likelihood)
    away = {number: _away(likelihood, shape, x) for number, shape in enumerate(shapes)}
    yield from _spectra_set_right(likelihood, shapes, away, x)
    for shape in shapes:
        if shape.quantity == "zeta":
            yield _turned(shape, x)


def _tensors_apart(likelihood: Likelihood, x: Array, stated: Array) -> Iterator[Array]:
    """Stated shapes, with the anisotropy of a unit as it is where nothing lies under its line, and others beside it.

    Of units whose anisotropy is in some glass far from that in the others: it holds what lies under its line there.
    """
    shapes = shapes_of(likelihood)
    for shape in (one for one in shapes if one.quantity == "zeta"):
        under = [other for other in shapes if other.quantity == "zeta" and _overlap(shapes, shape, other, x)]
        hidden = {key for other in under for key in other.keys}
        alone = [at for at, key in enumerate(shape.keys) if key not in hidden]
        if under and alone and np.abs(_away(likelihood, shape, x)[1]).max() > FAR:
            start = _at(shape, float(np.mean(x[shape.members[alone]])), stated)
            for sign in (1.0, -1.0):
                turned = start
                for other in under:
                    turned = _at(other, sign * USUAL_ZETA, turned)
                yield turned


def shapes_of(likelihood: Likelihood) -> list[CoupledShape]:
    """Every coupled shape that more than one spectrum has."""
    starts = []
    line_of = {p.name: p.peak for block in likelihood.fitted.values() for p in block.data.model.all_parameters}
    for (technique, name), (level, change) in likelihood.common.items():
        coupling, quantity = likelihood.couplings[name, technique]
        members = likelihood.members[level]
        keys = tuple(key for key, block in likelihood.fitted.items()
                     if block.data.technique == technique and name in block.own)  # fmt: skip
        if members.size > 1:
            starts.append(CoupledShape(technique, line_of[name], quantity, level, change, keys, members, coupling))
    return starts


def _away(likelihood: Likelihood, shape: CoupledShape, x: Array) -> tuple[Array, Array]:
    """What the other glasses make of a shape in each, and how many sds it is away from there."""
    z = np.array([likelihood.glasses[likelihood.fitted[key].data.sample].place for key in shape.keys])
    offsets = np.zeros(z.size)
    if shape.quantity == "center":
        offsets = np.array([_offset(likelihood, key, x) for key in shape.keys])
    values = x[shape.members] - offsets
    change, scatter = (sd * likelihood.factor for sd in (shape.coupling.change, shape.coupling.scatter))
    expected, sds = np.empty(z.size), np.empty(z.size)
    for at in range(z.size):
        rest = np.arange(z.size) != at
        rows = np.column_stack([np.ones(rest.sum()), z[rest]]) / scatter
        precision = rows.T @ rows + np.diag([0.0, change**-2])
        here = np.array([1.0, z[at]])
        expected[at] = here @ np.linalg.solve(precision, rows.T @ values[rest] / scatter)
        sds[at] = np.sqrt(scatter**2 + here @ np.linalg.solve(precision, here))
    return expected + offsets, (values - expected) / sds


def _offset(likelihood: Likelihood, key: str, x: Array) -> float:
    block = likelihood.fitted[key]
    return float(x[likelihood.local[key][block.own_at.start + block.own.index(OFFSET)]]) if block.has_offset else 0.0


def _spectra_set_right(
    likelihood: Likelihood, shapes: list[CoupledShape], away: Mapping[int, tuple[Array, Array]], x: Array
) -> Iterator[Array]:
    """Of the spectra that lie farthest from the others, all shapes where these have them."""
    farthest: dict[str, float] = {}
    for number, shape in enumerate(shapes):
        for key, sds in zip(shape.keys, np.abs(away[number][1]), strict=True):
            farthest[key] = max(farthest.get(key, 0.0), float(sds))
    far = sorted((key for key, sds in farthest.items() if sds > FAR), key=lambda key: -farthest[key])
    for key in far[:MOST]:
        start = x.copy()
        for number, shape in enumerate(shapes):
            if key in shape.keys:
                at = shape.keys.index(key)
                start[shape.members[at]] = away[number][0][at]
        yield np.clip(start, likelihood.lower, likelihood.upper)


def _at(shape: CoupledShape, value: float, x: Array) -> Array:
    start = x.copy()
    start[shape.members], start[shape.level], start[shape.change] = value, value, 0.0
    return start


def _overlap(shapes: list[CoupledShape], one: CoupledShape, other: CoupledShape, x: Array) -> bool:
    """Whether the levels of two lines of one technique are nearer than their mean width."""
    if one is other or one.technique != other.technique:
        return False
    level = {(s.line, s.quantity): x[s.level] for s in shapes if s.technique == one.technique}
    centers = [level.get((line, "center"), np.nan) for line in (one.line, other.line)]
    widths = [level.get((line, "gauss_fwhm"), np.nan) for line in (one.line, other.line)]
    return bool(abs(centers[0] - centers[1]) < sum(widths) / 2)


def _turned(shape: CoupledShape, x: Array) -> Array:
    start = x.copy()
    every = [*shape.members.tolist(), shape.level, shape.change]
    start[every] = -x[every]
    return start
