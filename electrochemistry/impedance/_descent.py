"""From many starts to the best minimum of one spectrum, with the other minima that fit about as well."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from electrochemistry.impedance._batch import Batch, descend_alone
from electrochemistry.impedance._circuit_nodes import Leaf, Node, Parallel, Series
from electrochemistry.impedance._circuits import Circuit
from electrochemistry.impedance._elements import Real
from electrochemistry.impedance._models import Matrix, ResidualModel
from electrochemistry.impedance._starts import starts as draw
from shortrange_core import Status
from shortrange_core.least_squares import Minimum, minimise

COARSE_TOLERANCE = 1e-4
LONE_TOLERANCE = 1e-8  # the last steps of a lone start cost less here than in the fine descent
COARSE_EVALUATIONS = 150
POLISHED = 4
NO_RESIDUAL = 1e-8  # chi2 a point below which data are exact
MET = 0.02  # a coarse end this close to the best chi2 counts as having met it
FINE_TOLERANCE = 1e-12
FINE_EVALUATIONS = 600
SAME_CHI2 = 1e-7
MORE_ROUNDS, MORE_STARTS, FEWEST_FOR_MORE, CORRELATED = 2, 32, 8, 0.4
EQUAL_QUALITY = 3.84  # 95 % of chi2 with one degree of freedom


@dataclass(frozen=True, eq=False, slots=True)
class BestMinimum:
    """Best minimum, the others, and how many starts met the best.

    ``x`` and ``covariance`` are in fitted coordinates, for residuals of unit variance.
    """

    x: Real
    covariance: Matrix
    chi2: float
    residual_count: int
    status: Status
    message: str
    others: tuple[tuple[float, Real], ...] = ()
    met: int = 1
    tried: int = 1
    ties: int = 0

    def equals(self, scale: float) -> list[tuple[float, Real]]:
        """Other minima within :data:`EQUAL_QUALITY` of the best, in units of the residual variance."""
        if not np.isfinite(scale):
            return []
        return [(chi2, x) for chi2, x in self.others if chi2 - self.chi2 < EQUAL_QUALITY * scale]


def fit_from(model: ResidualModel, start: Real, *, fine: bool = True) -> Minimum:
    """One descent of one spectrum."""
    return minimise(
        model,
        start,
        lower=model.place.lower,
        upper=model.place.upper,
        equalities=model.place.ties,
        tolerance=FINE_TOLERANCE if fine else COARSE_TOLERANCE,
        max_evaluations=FINE_EVALUATIONS if fine else COARSE_EVALUATIONS,
        covariance=fine,
    )


def descend(
    model: ResidualModel, spectrum: xr.Dataset, first: Real | None, count: int, rng: np.random.Generator
) -> BestMinimum:
    """Coarse descents from all starts, fine ones from the best ends.

    Where only one start met the best end, or its residuals follow one another, as many starts (32 at least) are drawn
    again, twice at most: that is how a false minimum looks.

    Parameters
    ----------
    model
        Residuals of one spectrum.
    spectrum
        For the automatic starts.
    first
        A start of the user, in fitted coordinates.
    count
        Number of automatic starts.
    rng
        Random numbers.
    """
    rows: list[Real] = [] if first is None else [first]
    if count > 0:
        rows += list(draw(model.circuit, model.place, spectrum, count, rng))
    coarse = _coarse(model, rows)
    tried = len(rows)
    for _ in range(MORE_ROUNDS if count >= FEWEST_FOR_MORE else 0):
        if _met(model, coarse, coarse[0][0]) > 1 and serial_correlation(model, coarse[0][1]) < CORRELATED:
            break
        extra = max(count, MORE_STARTS)
        drawn = list(draw(model.circuit, model.place, spectrum, extra, rng))
        coarse = sorted([*coarse, *_coarse(model, drawn)], key=lambda end: end[0])
        tried += extra
    distinct = _distinct(model, coarse)[:POLISHED]
    ends = [fit_from(model, x) for x in distinct]
    best = min(end.chi2 for end in ends)
    return solution(model, ends, met=_met(model, coarse, best), tried=tried)


def _met(model: ResidualModel, coarse: Sequence[tuple[float, Real]], best: float) -> int:
    enough = max(best * (1 + MET), NO_RESIDUAL * model.size)
    return sum(chi2 <= enough for chi2, _ in coarse)


def serial_correlation(model: ResidualModel, x: Real) -> float:
    """Correlation of neighbouring complex residuals along frequency."""
    residual = (model.data - model.impedance(x)) * model.weight
    power = float(np.sum(np.abs(residual) ** 2))
    if power <= (1e-10 * model.size) ** 2:  # residuals of rounding alone
        return 0.0
    return float(np.real(np.sum(residual[1:] * np.conj(residual[:-1]))) / power)


def _coarse(model: ResidualModel, rows: Sequence[Real]) -> list[tuple[float, Real]]:
    """Ends of coarse descents, best first: all at once, or one by one where ties hold."""
    if model.place.ties is None and len(rows) == 1:
        end, lone = descend_alone(model, rows[0], LONE_TOLERANCE, COARSE_EVALUATIONS)
        return [(lone, end)]
    if model.place.ties is None:
        x, chi2 = Batch(model, np.array(rows)).run(COARSE_TOLERANCE, COARSE_EVALUATIONS)
        ends = list(zip(chi2.tolist(), x, strict=True))
    else:
        descents = [fit_from(model, row, fine=False) for row in rows]
        ends = [(end.chi2, end.x) for end in descents]
    return sorted([end for end in ends if np.isfinite(end[0])] or ends[:1], key=lambda end: end[0])


def _distinct(model: ResidualModel, ends: Sequence[tuple[float, Real]]) -> list[Real]:
    """Ends that differ: in chi2, or in where they lie when equal parts are put in order."""
    kept: list[tuple[float, Real]] = []
    for own, end in ends:
        x = ordered(model, end)
        if not any(abs(own - chi2) <= 0.02 * chi2 and np.max(np.abs(x - other)) < 0.5 for chi2, other in kept):
            kept.append((own, x))
    return [x for _, x in kept]


def solution(model: ResidualModel, ends: Sequence[Minimum], *, met: int, tried: int) -> BestMinimum:
    """Best of fine ends; the others beside it."""
    ranked = sorted(ends, key=lambda end: (not end.status.trusted, end.chi2))
    best = ranked[0]
    permutation = order(model, best.x)
    others = []
    for end in ranked[1:]:
        x = ordered(model, end.x)
        if end.chi2 - best.chi2 > SAME_CHI2 * best.chi2 or np.max(np.abs(x - best.x[permutation])) > 1e-2:
            others.append((end.chi2, x))
    matrix = best.covariance[np.ix_(permutation, permutation)]
    tied = 0 if model.place.ties is None else int(np.linalg.matrix_rank(model.place.ties[0][:, model.place.free]))
    return BestMinimum(
        best.x[permutation], matrix, best.chi2, best.residual.size, best.status, best.message, tuple(others),
        met, tried, tied,
    )  # fmt: skip


def ordered(model: ResidualModel, x: Real) -> Real:
    """Parameters with interchangeable parts in the order of their time constants."""
    return np.asarray(x[order(model, x)])


def order(model: ResidualModel, x: Real) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Permutation of parameters that puts interchangeable parts in the order of ascending time constants."""
    permutation = np.arange(x.size)
    if not interchangeable(model):
        return permutation
    for places in groups(model.circuit):
        taus = [log_time_constant(part, model.place.natural(x)[where]) for part, where in places]
        for (_, target), source in zip(places, np.argsort(np.array(taus, dtype=float), kind="stable"), strict=True):
            permutation[target] = places[int(source)][1]
    return permutation


def interchangeable(model: ResidualModel) -> bool:
    """False where fixed values, own bounds or ties tell equal parts apart."""
    place = model.place
    free = bool(np.all(place.free)) or all(
        len({bool(place.free[i]) for _, where in g for i in where}) == 1 for g in groups(model.circuit)
    )
    alike = all(
        np.array_equal(place.lower[g[0][1]], place.lower[where])
        and np.array_equal(place.upper[g[0][1]], place.upper[where])
        for g in groups(model.circuit)
        for _, where in g
    )
    return free and alike and place.ties is None


@functools.lru_cache(maxsize=128)
def groups(circuit: Circuit) -> list[list[tuple[Node, np.ndarray[tuple[int], np.dtype[np.intp]]]]]:
    """Parts of a series circuit that are built alike (arcs), with the positions of their parameters."""
    parts = circuit.root.parts if isinstance(circuit.root, Series) else (circuit.root,)
    alike: dict[str, list[tuple[Node, np.ndarray[tuple[int], np.dtype[np.intp]]]]] = {}
    at = 0
    for part in parts:
        size = len(Circuit(part).names)
        if log_time_constant(part, np.ones(size)) is not None:
            alike.setdefault(_kind(part), []).append((part, np.arange(at, at + size)))
        at += size
    return list(alike.values())


def _kind(part: Node) -> str:
    if isinstance(part, Leaf):
        return part.element.name
    return f"{type(part).__name__}({','.join(_kind(inner) for inner in part.parts)})"


def log_time_constant(part: Node, values: Real) -> float | None:
    """Ln of the time constant of an arc (R beside C or CPE, ZARC, Gerischer, finite Warburg), None for other parts."""
    if isinstance(part, Leaf):
        symbols = [quantity.symbol for quantity in part.element.quantities]
        return float(np.log(values[symbols.index("tau")])) if "tau" in symbols else None
    if not isinstance(part, Parallel) or len(part.parts) != 2:
        return None
    kinds = [inner.element.name if isinstance(inner, Leaf) else "" for inner in part.parts]
    if sorted(kinds) == ["C", "R"]:
        return float(np.log(values[0] * values[1]))
    if kinds == ["R", "CPE"]:
        return float(np.log(values[0] * values[1]) / max(values[2], 1e-3))
    if kinds == ["CPE", "R"]:
        return float(np.log(values[0] * values[2]) / max(values[1], 1e-3))
    return None


def resistance(part: Node, values: Real) -> float | None:
    """Resistance (ohm) of an arc, None for other parts."""
    if isinstance(part, Leaf):
        symbols = [quantity.symbol for quantity in part.element.quantities]
        return float(values[symbols.index("R")]) if "R" in symbols else None
    at = 0
    for inner in part.parts if isinstance(part, Parallel) else ():
        if isinstance(inner, Leaf) and inner.element.name == "R":
            return float(values[at])
        at += len(Circuit(inner).names)
    return None
