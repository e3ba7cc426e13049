"""Lower minima that the rest of a series points to, looked for about one that was found.

Where one glass has shapes far from the line that the others draw, one of the two took another band for its own, or the
tensor of a unit for that of its neighbour. A descent does not get back from there: widths and tensors of neighbours
have grown over it. So the series is descended from as well with the shapes of such a spectrum, or of such a line in it,
on the line of the others; with stated shapes and the tensor that a unit has where it stands alone; with each anisotropy
of one sign along the whole series, and of the other; with a line as it is known where the whole series has it far from
that; and with broad lines at half their width. A few evaluations tell whether a start about a minimum leads lower, and
the next start is made from there: signs of several units may be wrong at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import combinations

import numpy as np
import numpy.typing as npt

from shortrange.joint.likelihood import Likelihood
from shortrange.joint.search._coupled_shapes import CoupledShape, known_before, placed, sds_from, shapes_of
from shortrange.joint.search._mistakable import exchanges
from shortrange.joint.search._published import as_published
from shortrange.joint.search._tensors import USUAL_ZETA, of_sign, renamed
from shortrange_core.least_squares import ArrowMinimum
from spectra.models import OFFSET

Array = npt.NDArray[np.float64]
LOWER = 1e-6
"""Fraction of chi2 by which another minimum must lie lower."""
FAR = 3.0
"""sds from the line of the other glasses: of chance, one shape in some hundred."""
ODD = 2.0
"""sds of an anisotropy from what is known of its size, or of the place of one line from the others': of chance, one in
twenty."""
TRIAL, SHORT, SLOW, ROUNDS, MOST = 8, 5, 20, 6, 4
"""Evaluations that tell starts apart, where another tensor or two lines exchanged are all that is new, and where a
width is, after which all others move; times that starts are made about a minimum; spectra that are set right."""
WORTH = 4.0
"""Fall of chi2 after which all starts are made once more: less is another end of what the data do not tell apart."""
MISSED = 4.0
"""chi2 a point of a spectrum that its lines miss: residuals of twice the noise, as of a misfit."""
TENSOR = ("zeta", "eta")
"""What stays with a unit where two lines of one spectrum exchange places and widths: the series shares it."""
WIDTHS, BROAD = ("gauss_fwhm", "fwhm"), 1.4
"""Widths, and from how many times the usual one of its spectrum a line is broad."""
LONGEST = 200
"""Evaluations of one descent."""
Move = Callable[[Array], Iterator[Array]]
"""Starts that a point of the whole vector points to."""


def lower(likelihood: Likelihood, minimum: ArrowMinimum, stated: Array) -> ArrowMinimum:
    """The minimum, or a lower one from a start that the rest of the series points to.

    Parameters
    ----------
    likelihood, minimum
        Of the series, and the minimum from its own starts.
    stated
        The start with all shapes as stated.
    """
    for start in _tensors_apart(likelihood, np.array(minimum.x), stated):
        minimum = _lowest_of(minimum, likelihood.minimum(start, far=minimum.chi2))
    minimum = settled(likelihood, minimum)
    for start in as_published(likelihood, np.array(minimum.x)):
        other = _lowest_of(minimum, likelihood.minimum(start))
        if other is not minimum:
            minimum = settled(likelihood, other)
    return minimum


def settled(likelihood: Likelihood, minimum: ArrowMinimum, *, most: int = LONGEST, trial: int = SHORT) -> ArrowMinimum:
    """The minimum, or a lower one that starts about it lead to.

    ``most`` evaluations a descent, ``trial`` to tell a start with another tensor or two lines exchanged.
    """
    for _ in range(ROUNDS):
        before = minimum.chi2
        x, chi2 = _led_by_moves(likelihood, minimum, trial)
        if chi2 < before * (1 - LOWER):
            minimum = _lowest_of(minimum, likelihood.minimum(x, most=most))
        if not minimum.chi2 < before - WORTH:
            break
    return minimum


def _lowest_of(minimum: ArrowMinimum, other: ArrowMinimum) -> ArrowMinimum:
    return other if other.chi2 < minimum.chi2 * (1 - LOWER) else minimum


def _led_by_moves(likelihood: Likelihood, minimum: ArrowMinimum, trial: int) -> tuple[Array, float]:
    """Where moves lead, each from where those before it led, and the chi2 there."""
    x, chi2 = np.array(minimum.x), float(minimum.chi2)
    for move, evaluations in moves_of(likelihood, trial):
        for start in move(x):
            aim = chi2 * (1 - LOWER)
            # a line at half its width falls late, when all others have moved
            end, there = likelihood.tried(start, evaluations, np.inf if evaluations == SLOW else aim)
            if there < aim:
                x, chi2 = end, there
    return x, chi2


def moves_of(likelihood: Likelihood, trial: int) -> Iterator[tuple[Move, int]]:
    """Each tensor by its usual name and of either sign; spectra as alone, or on the line of the others; exchanges."""
    shapes = shapes_of(likelihood)
    etas = {(shape.technique, shape.line): shape for shape in shapes if shape.quantity == "eta"}
    for shape in shapes:
        if shape.quantity == "zeta":
            eta = etas.get((shape.technique, shape.line))
            if eta is not None:
                yield partial(renamed, shape, eta), trial
            yield partial(_of_sign, likelihood, shapes, shape, 1.0), trial
            yield partial(_of_sign, likelihood, shapes, shape, -1.0), trial
    yield partial(_tensors_exchanged, shapes), TRIAL
    yield partial(_as_alone, likelihood), TRIAL
    yield partial(_set_right, likelihood, shapes), TRIAL
    yield partial(_lines_set_right, likelihood, shapes), TRIAL
    yield partial(_narrowed, likelihood, shapes), SLOW
    yield partial(exchanges, likelihood, kept=TENSOR), trial


def _as_alone(likelihood: Likelihood, x: Array) -> Iterator[Array]:
    """Of a spectrum that is missed, all it has for itself as the fit of it alone had it.

    A background may have taken over a line that counts nothing: without an area no slope leads it back to its place.
    """
    for key, block in likelihood.fitted.items():
        if block.chi2(x[likelihood.local[key]]) > MISSED * block.data.weight * block.points:
            start, own = x.copy(), likelihood.own_places(key)
            start[own] = np.array(likelihood.first)[own]
            yield start


def _set_right(likelihood: Likelihood, shapes: list[CoupledShape], x: Array) -> Iterator[Array]:
    away = {number: _away(likelihood, shape, x) for number, shape in enumerate(shapes)}
    yield from _spectra_set_right(likelihood, shapes, away, x)


def _of_sign(
    likelihood: Likelihood, shapes: list[CoupledShape], zeta: CoupledShape, sign: float, x: Array
) -> Iterator[Array]:
    """Other anisotropies of one sign; of other sizes too where the line lies under another one, or its own is odd."""
    tensors = (other for other in shapes if other.quantity == "zeta")
    odd = sds_from(known_before(likelihood), zeta, x) > ODD
    yield from of_sign(zeta, sign, x, elsewhere=odd or any(_overlap(shapes, zeta, other, x) for other in tensors))


def _tensors_exchanged(shapes: list[CoupledShape], x: Array) -> Iterator[Array]:
    """Two lines under one another with their tensors exchanged along the series, then with places and widths too."""
    of = {(shape.technique, shape.line, shape.quantity): shape for shape in shapes}
    tensors = [shape for shape in shapes if shape.quantity == "zeta"]
    for one, other in combinations(tensors, 2):
        if not _overlap(shapes, one, other, x):
            continue
        start = x
        for quantities in (TENSOR, ("center", "gauss_fwhm")):
            for quantity in quantities:
                mine, theirs = (of.get((line.technique, line.line, quantity)) for line in (one, other))
                if mine is not None and theirs is not None:
                    first, second = (float(x[shape.members].mean()) for shape in (mine, theirs))
                    start = placed(theirs, first, placed(mine, second, start))
            yield start


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
            start = placed(shape, float(np.mean(x[shape.members[alone]])), stated)
            for sign in (1.0, -1.0):
                turned = start
                for other in under:
                    turned = placed(other, sign * USUAL_ZETA, turned)
                yield turned


def _lines_set_right(likelihood: Likelihood, shapes: list[CoupledShape], x: Array) -> Iterator[Array]:
    """Each line that is in one spectrum at an odd place, with all its shapes there where the others have them."""
    for center in (shape for shape in shapes if shape.quantity == "center"):
        away = np.abs(_away(likelihood, center, x)[1])
        for at in np.flatnonzero(away > ODD):
            start, key = x.copy(), center.keys[at]
            for shape in shapes:
                if (shape.technique, shape.line) == (center.technique, center.line) and key in shape.keys:
                    there = shape.keys.index(key)
                    start[shape.members[there]] = _away(likelihood, shape, x)[0][there]
            yield np.clip(start, likelihood.lower, likelihood.upper)


def _narrowed(likelihood: Likelihood, shapes: list[CoupledShape], x: Array) -> Iterator[Array]:
    """Each line that is broad beside most of its spectrum, at half its width: it may have taken tails of others."""
    widths = [shape for shape in shapes if shape.quantity in WIDTHS]
    for key in likelihood.fitted:
        places = [int(shape.members[shape.keys.index(key)]) for shape in widths if key in shape.keys]
        usual = float(np.median(x[places])) if places else np.inf
        for place in places:
            if x[place] > BROAD * usual:
                start = x.copy()
                start[place] /= 2
                yield np.clip(start, likelihood.lower, likelihood.upper)


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


def _overlap(shapes: list[CoupledShape], one: CoupledShape, other: CoupledShape, x: Array) -> bool:
    """Whether the levels of two lines of one technique are nearer than their mean width."""
    if one is other or one.technique != other.technique:
        return False
    level = {(s.line, s.quantity): x[s.level] for s in shapes if s.technique == one.technique}
    centers = [level.get((line, "center"), np.nan) for line in (one.line, other.line)]
    widths = [level.get((line, "gauss_fwhm"), np.nan) for line in (one.line, other.line)]
    return bool(abs(centers[0] - centers[1]) < sum(widths) / 2)
