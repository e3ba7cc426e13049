"""Which arc of a spectrum of a series is which: arcs built alike have names only by the whole series.

First from spectrum to spectrum, by time constants and capacitances, beginning where the arcs are told apart best. Then
by the whole series: an arc has one capacitance, so that a spectrum whose arcs fit the capacitances of all others better
in another order is put in that order, the one that gains most first. Where several exchange names, no single one may
gain: the search begins at the capacitances of single spectra too, and the order of least cost stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np

from electrochemistry.impedance._circuit_nodes import Node
from electrochemistry.impedance._descent import BestMinimum, groups, log_time_constant, resistance
from electrochemistry.impedance._elements import Real
from electrochemistry.impedance._models import Matrix, ResidualModel

MOST_ARCS = 6
SHIFT_COST = 0.2
SHOWN = 0.1  # of what all arcs show: an arc below it has any time constant
LOWEST_LOG = -700.0  # exp of less is 0
SCATTER = float(0.25 * np.log(10))  # of the capacitance of one arc over a series
STRANGER = 9.0  # most that an arc of another capacitance costs: it may be absent, and the fit used it elsewhere
DECISIVE = 2.0  # less cost, as of chi2: a name is not taken away for less
UNKNOWN = 1e6  # variance of the logarithm of a capacitance that a spectrum leaves open
ROUNDS = 10
MOST_STARTS = 8  # spectra whose capacitances are best known
STEP = 1e-5
Places = np.ndarray[tuple[int], np.dtype[np.intp]]
Arcs = list[tuple[Node, Places]]
Order = tuple[int, ...]
Chosen = np.ndarray[tuple[int], np.dtype[np.intp]]


def in_order(
    models: Sequence[ResidualModel], solutions: Sequence[BestMinimum], scales: Sequence[float]
) -> list[BestMinimum]:
    """Solutions whose interchangeable arcs are in one order throughout.

    Parameters
    ----------
    models, solutions
        Of the spectra of a series.
    scales
        Residual variance of each, by which its covariance is to be multiplied.
    """
    ordered = list(solutions)
    anchor = int(np.argmax([_smallest_share(model, own.x) for model, own in zip(models, ordered, strict=True)]))
    for steps in (range(anchor + 1, len(ordered)), range(anchor - 1, -1, -1)):
        last = ordered[anchor].x
        for here in steps:
            ordered[here] = _nearest(models[here], ordered[here], last)
            last = _remembered(models[here], ordered[here].x, last)
    for group in range(len(_arcs(models[0]))):
        logs, variances = _capacitances(models, ordered, scales, group)
        if np.isfinite(logs).all():
            for here, order in enumerate(orders(logs, variances)):
                places = _arcs(models[here])[group]
                ordered[here] = _permuted(
                    ordered[here], [(where, places[k][1]) for (_, where), k in zip(places, order, strict=True)]
                )
    return ordered


def _capacitances(
    models: Sequence[ResidualModel], solutions: Sequence[BestMinimum], scales: Sequence[float], group: int
) -> tuple[Matrix, Matrix]:
    """Logarithms of capacitance over spectra and arcs, and their variances (with the scatter of a series)."""
    logs, variances = [], []
    for model, own, scale in zip(models, solutions, scales, strict=True):
        places = _arcs(model)[group]
        logs.append(_logarithms(model, own.x, places)[1])
        slopes = np.zeros((len(places), own.x.size))
        for _, where in places:
            for k in where:
                move = np.zeros(own.x.size)
                move[k] = STEP
                ends = [_logarithms(model, own.x + sign * move, places)[1] for sign in (1, -1)]
                slopes[:, k] = (ends[0] - ends[1]) / (2 * STEP)
        with np.errstate(invalid="ignore", over="ignore"):
            variance = np.einsum("ij,jk,ik->i", slopes, own.covariance, slopes) * scale
        variances.append(np.where(variance >= 0, np.minimum(variance, UNKNOWN), UNKNOWN) + SCATTER**2)
    return np.array(logs), np.array(variances)


def orders(logs: Matrix, variances: Matrix) -> list[Order]:
    """Order of the arcs in every spectrum by the capacitances of the series.

    Examples
    --------
    >>> logs = np.log(10) * np.array([[-10.5, -9.0], [-10.4, -9.1], [-4.0, -10.5], [-10.6, -8.9]])
    >>> orders(logs, np.full(logs.shape, 0.3))
    [(0, 1), (0, 1), (1, 0), (0, 1)]
    """
    ways = list(permutations(range(logs.shape[1])))
    best, least = _settled(logs, variances, ways, np.zeros(len(logs), dtype=int))
    surest = np.argsort(variances.sum(axis=1), kind="stable")[:MOST_STARTS]
    for reference in surest:  # two or more spectra may have to change places at once
        chosen = np.argmin(_costs(logs, variances, ways, logs[reference]), axis=1)
        settled, cost = _settled(logs, variances, ways, chosen)
        if cost < least - DECISIVE:
            best, least = _renamed(settled, ways), cost
    return [ways[int(way)] for way in best]


def _settled(logs: Matrix, variances: Matrix, ways: Sequence[Order], start: Chosen) -> tuple[Chosen, float]:
    """The choice of a way for every spectrum from a start on, the one that gains most first, and what it costs."""
    number, width = logs.shape
    chosen = start.copy()
    for _ in range(number * width):
        order = np.array([ways[int(way)] for way in chosen])
        middle = _middle(np.take_along_axis(logs, order, 1), np.take_along_axis(variances, order, 1))
        cost = _costs(logs, variances, ways, middle)
        gain = cost[np.arange(number), chosen] - cost.min(axis=1)
        here = int(np.argmax(gain))
        if not gain[here] > DECISIVE:
            break
        chosen[here] = int(np.argmin(cost[here]))
    return chosen, float(cost[np.arange(number), chosen].sum())


def _costs(logs: Matrix, variances: Matrix, ways: Sequence[Order], middle: Real) -> Matrix:
    """What every way costs in every spectrum, beside one capacitance of each arc."""
    each = np.minimum((logs[:, :, None] - middle) ** 2 / variances[:, :, None], STRANGER)
    return np.stack([each[:, way, np.arange(len(way))].sum(axis=1) for way in ways], axis=1)


def _renamed(chosen: Chosen, ways: Sequence[Order]) -> Chosen:
    """The same choice under names that most spectra have already: which arc is called the first is free."""
    common = ways[int(np.argmax(np.bincount(chosen, minlength=len(ways))))]
    back = np.argsort(common)
    return np.array([ways.index(tuple(int(ways[int(way)][k]) for k in back)) for way in chosen])


def _middle(logs: Matrix, variances: Matrix) -> Real:
    """Capacitance of every arc over a series; a spectrum far from it counts little."""
    weight = 1 / variances
    middle = (weight * logs).sum(axis=0) / weight.sum(axis=0)
    for _ in range(ROUNDS):
        weight = 1 / (variances + (logs - middle) ** 2 / 2)
        middle = (weight * logs).sum(axis=0) / weight.sum(axis=0)
    return np.asarray(middle)


def _remembered(model: ResidualModel, x: Real, last: Real) -> Real:
    """Coordinates with which the next spectrum is compared: an arc that shows next to nothing stays as it was last."""
    kept = x.copy()
    for places in _arcs(model):
        shares = _shares(model, x, places)
        for (_, where), share in zip(places, shares, strict=True):
            if share < SHOWN:
                kept[where] = last[where]
    return kept


def _arcs(model: ResidualModel) -> list[Arcs]:
    """Parts built alike that may change places."""
    return [places for places in groups(model.circuit) if 1 < len(places) <= MOST_ARCS]


def _shares(model: ResidualModel, x: Real, places: Arcs) -> Real:
    """Part of each arc in what all of them show within the window; equal parts where they have no resistance.

    An arc of resistance R and time constant tau shows at most R w tau where it is faster than the window (w the highest
    angular frequency), and R/(w tau) where it is slower (w the lowest): one that lies outside has any resistance.
    """
    natural, angular = model.place.natural(x), model.frequencies.omega
    shown = []
    for part, where in places:
        ohm, log_tau = resistance(part, natural[where]), log_time_constant(part, natural[where])
        if ohm is None or log_tau is None:
            shown.append(1.0)
            continue
        outside = min(0.0, log_tau + np.log(angular.max()), -log_tau - np.log(angular.min()))
        shown.append(ohm * float(np.exp(max(outside, LOWEST_LOG))))
    total = float(np.sum(shown))
    return np.asarray(shown) / total if 0 < total < np.inf else np.full(len(shown), 1 / len(shown))


def _smallest_share(model: ResidualModel, x: Real) -> float:
    return min((float(_shares(model, x, places).min()) for places in _arcs(model)), default=1.0)


def replaced(old: BestMinimum, x: Real, covariance: Matrix, others: tuple[tuple[float, Real], ...]) -> BestMinimum:
    """A solution with other parameters of the same fit."""
    return BestMinimum(
        x, covariance, old.chi2, old.residual_count, old.status, old.message, others, old.met, old.tried, old.ties
    )


def _nearest(model: ResidualModel, own: BestMinimum, before: Real) -> BestMinimum:
    """Arcs in the order whose time constants and capacitances moved least since the neighbouring spectrum.

    A common shift of time constants (temperature) is no change of order and costs little; a capacitance stays, so that
    it tells arcs apart where they leave the window. Arcs that show little count little, because one that is absent, or
    outside the window, has any time constant.
    """
    moves = []
    for places in _arcs(model):
        cost = _cost(
            (*_logarithms(model, own.x, places), _shares(model, own.x, places)),
            (*_logarithms(model, before, places), _shares(model, before, places)),
        )
        best = min(permutations(range(len(places))), key=cost)
        moves += [(target, places[source][1]) for (_, target), source in zip(places, best, strict=True)]
    return _permuted(own, moves)


def _permuted(own: BestMinimum, moves: Sequence[tuple[Places, Places]]) -> BestMinimum:
    """A solution with parameters taken from other places: (to, from) of each arc."""
    permutation = np.arange(own.x.size)
    for target, source in moves:
        permutation[target] = source
    if np.array_equal(permutation, np.arange(own.x.size)):
        return own
    matrix = own.covariance[np.ix_(permutation, permutation)]
    return replaced(own, own.x[permutation], matrix, own.others)


def _cost(here: tuple[Real, Real, Real], before: tuple[Real, Real, Real]) -> Callable[[tuple[int, ...]], float]:
    """What an order of arcs costs, from logarithms of time constants and capacitances, and shares, here and before.

    A capacitance counts as far as its arc shows in both spectra.
    """

    def cost(order: tuple[int, ...]) -> float:
        taus, capacitances, shares = (values[list(order)] for values in here)
        moved, stayed = taus - before[0], capacitances - before[1]
        weight = np.maximum(shares, before[2])
        shift = float(weight @ moved / weight.sum())
        both = np.minimum(shares, before[2])
        return float(weight @ (moved - shift) ** 2 + both @ stayed**2 + SHIFT_COST * weight.sum() * shift**2)

    return cost


def _logarithms(model: ResidualModel, x: Real, places: Arcs) -> tuple[Real, Real]:
    """Logarithms of time constant and capacitance of each arc; the capacitance is 0 where an arc has none."""
    natural = model.place.natural(x)
    taus, capacitances = [], []
    for part, where in places:
        log_tau, ohm = log_time_constant(part, natural[where]), resistance(part, natural[where])
        taus.append(np.nan if log_tau is None else log_tau)
        capacitances.append(0.0 if log_tau is None or ohm is None or ohm <= 0 else log_tau - np.log(ohm))
    return np.array(taus, dtype=float), np.array(capacitances, dtype=float)
