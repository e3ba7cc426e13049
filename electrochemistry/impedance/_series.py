"""A series of spectra: arcs keep their identity by time constant, and parameters may be shared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from electrochemistry.impedance._arc_order import in_order, replaced
from electrochemistry.impedance._descent import (
    FINE_EVALUATIONS,
    FINE_TOLERANCE,
    BestMinimum,
    fit_from,
    interchangeable,
    solution,
)
from electrochemistry.impedance._elements import Real
from electrochemistry.impedance._models import Matrix, ResidualModel
from shortrange_core import Status
from shortrange_core.least_squares import minimise

NEIGHBOUR_GAIN = 1e-6


def align(models: Sequence[ResidualModel], solutions: Sequence[BestMinimum], *, permute: bool) -> list[BestMinimum]:
    """Solutions that neighbours confirm: each spectrum is also started from its neighbours' ends, forth and back.

    A neighbour's end replaces the own one only if it fits better; then arcs built alike are put in order.
    """
    improved = list(solutions)
    forth = [(n, n - 1) for n in range(1, len(improved))]
    back = [(n, n + 1) for n in range(len(improved) - 2, -1, -1)]
    for here, there in forth + back:
        end = fit_from(models[here], improved[there].x)
        if end.status.trusted and end.chi2 < improved[here].chi2 * (1 - NEIGHBOUR_GAIN):
            other = (improved[here].chi2, improved[here].x)
            better = solution(models[here], [end], met=1, tried=improved[here].tried)
            improved[here] = replaced(better, better.x, better.covariance, (other, *improved[here].others))
    if permute and interchangeable(models[0]):
        scales = [own_variance(model, own, absolute=False) for model, own in zip(models, improved, strict=True)]
        return in_order(models, improved, scales)
    return improved


def variance(chi2: float, count: int, ties: int, *, parameters: int, absolute: bool) -> float:
    """Variance of a weighted residual: 1 where noise was given, else chi2 over degrees of freedom."""
    if absolute:
        return 1.0
    dof = count - parameters + ties
    return chi2 / dof if dof > 0 else float("nan")


def own_variance(model: ResidualModel, own: BestMinimum, *, absolute: bool) -> float:
    """Residual variance of one spectrum."""
    free = int(model.place.free.sum())
    return variance(own.chi2, own.residual_count, own.ties, parameters=free, absolute=absolute)


def joint(
    models: Sequence[ResidualModel], solutions: Sequence[BestMinimum], shared: Sequence[int], *, absolute: bool
) -> BestMinimum:
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
    return BestMinimum(end.x, end.covariance * scale, end.chi2, end.residual.size, end.status, end.message, ties=ties)


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


def _beside(models: Sequence[ResidualModel], solutions: Sequence[BestMinimum], absolute: bool) -> BestMinimum:
    sizes = [own.x.size for own in solutions]
    matrix = np.zeros((sum(sizes), sum(sizes)))
    at = 0
    for model, own, size in zip(models, solutions, sizes, strict=True):
        matrix[at : at + size, at : at + size] = own.covariance * own_variance(model, own, absolute=absolute)
        at += size
    worst = next((own for own in solutions if not own.status.trusted), solutions[0])
    status = worst.status if not worst.status.trusted else Status.OK
    return BestMinimum(
        np.concatenate([own.x for own in solutions]),
        matrix,
        float(sum(own.chi2 for own in solutions)),
        sum(own.residual_count for own in solutions),
        status,
        worst.message,
        ties=sum(own.ties for own in solutions),
    )
