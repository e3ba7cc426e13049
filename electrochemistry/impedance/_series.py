"""A series of spectra: arcs keep their identity by time constant, and parameters may be shared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np

from electrochemistry.impedance._circuits import Node
from electrochemistry.impedance._descent import (
    FINE_EVALUATIONS,
    FINE_TOLERANCE,
    Solution,
    fit_from,
    groups,
    interchangeable,
    log_time_constant,
    resistance,
    solution,
)
from electrochemistry.impedance._elements import Real
from electrochemistry.impedance._models import Matrix, ResidualModel
from shortrange_core import Status
from shortrange_core.least_squares import minimise

MOST_ARCS = 6
NEIGHBOUR_GAIN = 1e-6
SHIFT_COST = 0.2
SHOWN = 0.1  # of what all arcs show: an arc below it has any time constant
LOWEST_LOG = -700.0  # exp of less is 0
Arcs = list[tuple[Node, np.ndarray[tuple[int], np.dtype[np.intp]]]]


def align(models: Sequence[ResidualModel], solutions: Sequence[Solution], *, permute: bool) -> list[Solution]:
    """Solutions that neighbours confirm: each spectrum is also started from its neighbours' ends, forth and back.

    A neighbour's end replaces the own one only if it fits better; then arcs built alike are put in the order that
    moves their time constants and capacitances least from one spectrum to the next, starting where the smallest arc is
    largest: there they are told apart best.
    """
    found = list(solutions)
    forth = [(n, n - 1) for n in range(1, len(found))]
    back = [(n, n + 1) for n in range(len(found) - 2, -1, -1)]
    for here, there in forth + back:
        end = fit_from(models[here], found[there].x)
        if end.status.trusted and end.chi2 < found[here].chi2 * (1 - NEIGHBOUR_GAIN):
            other = (found[here].chi2, found[here].x)
            better = solution(models[here], [end], met=1, tried=found[here].tried)
            found[here] = _replaced(better, better.x, better.covariance, (other, *found[here].others))
    if permute and interchangeable(models[0]):
        anchor = int(np.argmax([_smallest_share(model, own.x) for model, own in zip(models, found, strict=True)]))
        for steps in (range(anchor + 1, len(found)), range(anchor - 1, -1, -1)):
            last = found[anchor].x
            for here in steps:
                found[here] = _nearest(models[here], found[here], last)
                last = _remembered(models[here], found[here].x, last)
    return found


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


def _replaced(old: Solution, x: Real, covariance: Matrix, others: tuple[tuple[float, Real], ...]) -> Solution:
    return Solution(
        x, covariance, old.chi2, old.residual_count, old.status, old.message, others, old.met, old.tried, old.ties
    )


def _nearest(model: ResidualModel, own: Solution, before: Real) -> Solution:
    """Arcs in the order whose time constants and capacitances moved least since the neighbouring spectrum.

    A common shift of time constants (temperature) is no change of order and costs little; a capacitance stays, so that
    it tells arcs apart where they leave the window. Arcs that show little count little, because one that is absent, or
    outside the window, has any time constant.
    """
    permutation = np.arange(own.x.size)
    for places in _arcs(model):
        cost = _cost(
            (*_logarithms(model, own.x, places), _shares(model, own.x, places)),
            (*_logarithms(model, before, places), _shares(model, before, places)),
        )
        best = min(permutations(range(len(places))), key=cost)
        for (_, target), source in zip(places, best, strict=True):
            permutation[target] = places[source][1]
    if np.array_equal(permutation, np.arange(own.x.size)):
        return own
    matrix = own.covariance[np.ix_(permutation, permutation)]
    return _replaced(own, own.x[permutation], matrix, own.others)


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


def variance(chi2: float, count: int, ties: int, *, parameters: int, absolute: bool) -> float:
    """Variance of a weighted residual: 1 where noise was given, else chi2 over degrees of freedom."""
    if absolute:
        return 1.0
    dof = count - parameters + ties
    return chi2 / dof if dof > 0 else float("nan")


def own_variance(model: ResidualModel, own: Solution, *, absolute: bool) -> float:
    """Residual variance of one spectrum."""
    free = int(model.place.free.sum())
    return variance(own.chi2, own.residual_count, own.ties, parameters=free, absolute=absolute)


def joint(
    models: Sequence[ResidualModel], solutions: Sequence[Solution], shared: Sequence[int], *, absolute: bool
) -> Solution:
    """All spectra in one vector of parameters: side by side, or fitted together where some are shared.

    The order is that of the spectra; shared parameters stand once, among those of the first. The covariance is absolute
    or scaled by the residual variance: of each spectrum where nothing is shared, else of all.
    """
    if not shared:
        return _beside(models, solutions, absolute)
    width = solutions[0].x.size
    columns, size = _columns(len(models), width, set(shared))
    start = np.zeros(size)
    lower, upper = np.zeros(size), np.zeros(size)
    for own, where, model in zip(solutions, columns, models, strict=True):
        start[where] = own.x
        lower[where], upper[where] = model.place.lower, model.place.upper
    start[columns[0][list(shared)]] = np.median([own.x[list(shared)] for own in solutions], axis=0)

    def together(x: Real) -> tuple[Real, Matrix]:
        residuals, rows = [], []
        for model, where in zip(models, columns, strict=True):
            residual, slope = model(x[where])
            wide = np.zeros((residual.size, size))
            wide[:, where] = slope
            residuals.append(residual)
            rows.append(wide)
        return np.concatenate(residuals), np.concatenate(rows)

    end = minimise(
        together,
        start,
        lower=lower,
        upper=upper,
        equalities=_joint_ties(models, columns, size),
        tolerance=FINE_TOLERANCE,
        max_evaluations=FINE_EVALUATIONS,
    )
    ties = solutions[0].ties * len(models)
    free = int(np.sum(lower < upper))
    scale = variance(end.chi2, end.residual.size, ties, parameters=free, absolute=absolute)
    return Solution(end.x, end.covariance * scale, end.chi2, end.residual.size, end.status, end.message, ties=ties)


def _columns(count: int, width: int, shared: set[int]) -> tuple[list[np.ndarray[tuple[int], np.dtype[np.intp]]], int]:
    columns = [np.arange(width)]
    at = width
    for _ in range(1, count):
        where = np.zeros(width, dtype=np.intp)
        for number in range(width):
            if number in shared:
                where[number] = number
            else:
                where[number] = at
                at += 1
        columns.append(where)
    return columns, at


def _joint_ties(
    models: Sequence[ResidualModel], columns: Sequence[np.ndarray[tuple[int], np.dtype[np.intp]]], size: int
) -> tuple[Matrix, Real] | None:
    if models[0].place.ties is None:
        return None
    rows, rights = [], []
    for model, where in zip(models, columns, strict=True):
        assert model.place.ties is not None
        matrix, right = model.place.ties
        wide = np.zeros((matrix.shape[0], size))
        wide[:, where] = matrix
        rows.append(wide)
        rights.append(right)
    stacked = np.unique(np.column_stack([np.concatenate(rows), np.concatenate(rights)]), axis=0)
    return stacked[:, :-1], stacked[:, -1]


def _beside(models: Sequence[ResidualModel], solutions: Sequence[Solution], absolute: bool) -> Solution:
    sizes = [own.x.size for own in solutions]
    matrix = np.zeros((sum(sizes), sum(sizes)))
    at = 0
    for model, own, size in zip(models, solutions, sizes, strict=True):
        matrix[at : at + size, at : at + size] = own.covariance * own_variance(model, own, absolute=absolute)
        at += size
    worst = next((own for own in solutions if not own.status.trusted), solutions[0])
    status = worst.status if not worst.status.trusted else Status.OK
    return Solution(
        np.concatenate([own.x for own in solutions]),
        matrix,
        float(sum(own.chi2 for own in solutions)),
        sum(own.residual_count for own in solutions),
        status,
        worst.message,
        ties=sum(own.ties for own in solutions),
    )
