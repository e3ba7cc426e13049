"""From balances and evidence to fractions of every species with their covariance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri

from shortrange_core import Infeasible, Note, Severity, Status, provenance
from shortrange_core.readings import recalled
from shortrange_core.spelling import option, spelled
from structure.balances import Areas, Evidence, Problem, build_problem
from structure.solving._agreement import Agreement, Verdict
from structure.solving._conflicts import conflicts
from structure.solving._curvature import Curvature, agreement, curvature
from structure.solving._extremes import FIXED, Extremes, always_zero, settled_range
from structure.solving._minimum import IDLE_SLACK, Minimum, minimise_problem
from structure.solving._solution import Solution
from structure.solving._verdicts import DISAGREEMENT, Compared, chemistry_notes, judged_status, misfit
from structure.solving._without import resolving
from structure.units import Composition

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
LEVEL = 0.95
REACH = math.sqrt(chdtri(1, 1 - LEVEL))
"""Half-width, in sds, of a normal interval of that level."""
ROUNDING = 1e-10
DUST = 1e-14
"""Sd per network former below which nothing but rounding is left of it."""
VIBRATIONAL = ("Raman", "FTIR")
Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


def solve(
    composition: Composition,
    species: Sequence[str],
    evidence: Sequence[Evidence] = (),
    *,
    check: bool = True,
    intervals: bool = True,
) -> Solution:
    """Fractions of all species: least squares on the polytope of the balances.

    Minimises the chi2 of all evidence subject to the balances of the composition (exactly, or within its errors) and to
    amounts >= 0. The covariance is that of the face which holds the minimum, so it sums to zero over the units of
    a former by closure; an amount at 0 has no sd but a one-sided interval.

    Parameters
    ----------
    composition
        The glass.
    species
        Labels of its units and free compounds.
    evidence
        Of :func:`structure.statement` and :func:`structure.from_areas`.
    check
        Raise where the result is not to be trusted; False returns it with status ``rejected`` or ``not_converged``.
    intervals
        Find ``lower`` and ``upper``, which can take ten times as long as the rest; False leaves them ``nan``.

    Raises
    ------
    BadInput
        If a label, a name or a number is bad; all offenders together.
    Infeasible
        If the composition, the species and the exact statements cannot hold together; ``record`` is the
        :class:`structure.Conflicts`. If chi2 has a probability below 1e-6 or the descent did not converge; ``record``
        is the :class:`structure.Solution`.

    Examples
    --------
    >>> from structure import composition, statement
    >>> glass = composition("50Na2O-50P2O5")
    >>> found = solve(glass, ("P:O/O3", "P:O2/O2", "P:O3/O"), [statement("P:O2/O2", value=0.97, sd=0.02)])
    >>> found.fractions.value.values.round(3).tolist()
    [0.015, 0.97, 0.015]
    """
    problem = build_problem(composition, species, evidence)
    minimum = minimise_problem(problem)
    notes = _response_notes(evidence)
    if not minimum.feasible:
        contradictions = conflicts(composition, species, evidence)
        if check:
            raise Infeasible(contradictions.text(), contradictions)
        remedy = "drop or correct one member of every set"
        notes = (Note("statements-contradict", Severity.ERROR, contradictions.text(), remedy),)
    solution = solution_of(problem, minimum, curvature(problem, minimum), notes, intervals=intervals)
    if solution.agreement.verdict is Verdict.DISAGREES:
        solution = replace(solution, notes=_with_suspects(solution.notes, resolving(composition, species, evidence)))
    if check and not solution.status.trusted:
        errors = "; ".join(f"{n.text}: {n.remedy}" for n in solution.notes if n.severity is Severity.ERROR)
        raise Infeasible(f"{composition}: the solve ended {solution.status}: {errors}", solution)
    return solution


def _with_suspects(notes: Sequence[Note], suspects: str) -> tuple[Note, ...]:
    """Notes, of which that on evidence that disagrees names the pieces without which the rest agrees."""
    return tuple(replace(n, text=f"{n.text}; {suspects}") if suspects and n.code == DISAGREEMENT else n for n in notes)


def _response_notes(evidence: Sequence[Evidence]) -> tuple[Note, ...]:
    """Raman and infrared areas are no mole fractions: responses are unknown and unpublished for most pairs of units."""
    return tuple(
        Note(
            "areas-taken-as-fractions",
            Severity.WARNING,
            f"{piece.name}: areas of {piece.technique} are used as fractions, with the same response for every unit",
            spelled(
                "give response={'*': (1.0, 1.0)} if it is not known, and a reference unit",
                command_line="give a response with its log sd if it is not known, and a reference unit",
                recipe=f"give {option('evidence', 'responses')} if responses are not known",
            ),
        )
        for piece in evidence
        if isinstance(piece, Areas) and piece.technique in VIBRATIONAL and not piece.responses
    )


def solution_of(
    problem: Problem,
    minimum: Minimum,
    bend: Curvature,
    notes: tuple[Note, ...] = (),
    *,
    series: Agreement | None = None,
    intervals: bool = True,
) -> Solution:
    """Solution from a minimum and its curvature; within a joint series it is judged, and widened, as the series is."""
    count, logs = len(problem.units), problem.logs
    sd = np.sqrt(np.maximum(bend.covariance.diagonal()[:count], 0.0))
    fixed = _fixed(problem, minimum, bend, sd)
    blind = (~bend.determined[:count] & ~fixed).nonzero()[0]
    agreed = agreement(problem, minimum, bend)
    judged = agreed if series is None else series
    widening = judged.widening if minimum.feasible else 1.0
    values, covariance = _amounts(minimum, bend, sd, (blind, fixed))
    statuses = _statuses(minimum, bend, (blind, fixed))
    lower, upper = np.full((2, count), np.nan)
    if intervals:
        lower, upper = _intervals((problem, minimum, bend), sd, (blind, fixed), widening)
    compared = _compared(problem, minimum)
    status, judgement = judged_status(problem, minimum, statuses, misfit(minimum, judged, compared), judged)
    judgement += _fixed_note(problem, fixed)
    return Solution(
        problem.composition,
        problem.names[:count],
        values,
        covariance * widening**2,
        statuses,
        lower,
        upper,
        tuple(problem.names[i] for i in logs),
        minimum.x[logs],
        bend.covariance[logs[:, None], logs] * widening**2,
        *compared,
        problem.balances.names,
        problem.balances.residual(minimum.x[:count]),
        minimum.chi2,
        agreed.dof,
        agreed.p_value,
        status,
        (*notes, *judgement, *chemistry_notes(problem, minimum, covariance)),
        provenance("structure.solve", inputs=recalled(problem.readings).files),
        widening,
    )


def _fixed(problem: Problem, minimum: Minimum, bend: Curvature, sd: Vector) -> Flags:
    """Which species the balances and exact statements fix, with no evidence at all: their range has no width.

    Curvature tells it where no wall is at work; where walls leave one point of a face, only the linear programs do.
    """
    count = sd.size
    still = (sd <= DUST) | ~bend.determined[:count]
    if not minimum.feasible or not np.any(still):
        return np.zeros(count, dtype=bool)
    equal = minimum.model.equal.basis[:count]
    fixed: Flags = still & (np.sum(equal**2, axis=1) <= FIXED**2)
    held = [row for row in bend.held.tolist() if row < count and not fixed[row]]
    open_places = [i for i in np.flatnonzero(still & ~fixed).tolist() if i not in held]
    extremes = Extremes.of(problem) if held or open_places else None
    if extremes is not None:
        fixed[list(always_zero(extremes, tuple(held)))] = True
        for place in open_places:
            low, high = _outer(problem, extremes, place)
            fixed[place] = high - low <= FIXED
    return fixed


def _fixed_note(problem: Problem, fixed: Flags) -> tuple[Note, ...]:
    if not np.any(fixed):
        return ()
    named = ", ".join(name for name, there in zip(problem.names, fixed.tolist(), strict=False) if there)
    text = f"the balances alone determine {named}; evidence cannot change it"
    return (
        Note("fixed-by-balances", Severity.INFO, text, "allow more species if evidence should be able to change it"),
    )


def _amounts(minimum: Minimum, bend: Curvature, sd: Vector, kinds: tuple[Places, Flags]) -> tuple[Vector, Matrix]:
    """Amounts and their covariance, both exactly 0 in what a wall holds: there rounding is no knowledge."""
    count, (blind, fixed) = sd.size, kinds
    value = minimum.x[:count].copy()
    covariance = bend.covariance[:count, :count].copy()
    exact = (sd <= DUST) | fixed
    if minimum.feasible:
        held = bend.held[bend.held < count]
        value[held] = 0.0
        exact[held] = True
    value[np.abs(value) < ROUNDING] = 0.0
    for filling, places in ((0.0, exact.nonzero()[0]), (np.nan, blind[~exact[blind]])):
        if places.size:
            covariance[places] = filling
            covariance[:, places] = filling
    return value, covariance


def _statuses(minimum: Minimum, bend: Curvature, kinds: tuple[Places, Flags]) -> tuple[Status, ...]:
    """Status of every species by itself: held by a wall, not determined, or neither."""
    blind, fixed = kinds
    status = [Status.OK] * fixed.size
    if minimum.feasible:
        for row in bend.held.tolist():
            if row < fixed.size and not fixed[row]:
                status[row] = Status.AT_BOUND
        for row in blind.tolist():
            status[row] = Status.UNDETERMINED
    return tuple(status)


def _intervals(
    solved: tuple[Problem, Minimum, Curvature], sd: Vector, kinds: tuple[Places, Flags], widening: float
) -> tuple[Vector, Vector]:
    """Interval of every species: normal, and wider where walls let go move it; the profile where that is not known."""
    (problem, minimum, bend), (blind, fixed) = solved, kinds
    count, reach = sd.size, REACH * widening
    value = np.where(fixed & (np.abs(minimum.x[:count]) < ROUNDING), 0.0, minimum.x[:count])
    ends = np.where(fixed[:, None], 0.0, bend.let_go.among(np.arange(count)).ends(sd, reach))
    lower, upper = np.maximum(value - ends[:, 0], 0.0), np.maximum(value + ends[:, 1], 0.0)
    if not minimum.feasible:
        return lower, upper
    lower[[row for row in bend.held.tolist() if row < count and not fixed[row]]] = 0.0
    upper[blind] = np.inf
    far = [i for i in range(count) if not fixed[i] and upper[i] - value[i] > 1.0]
    if far:
        extremes = Extremes.of(problem)
        for row in far:
            low, high = _profile(problem, minimum, extremes, row, reach**2)
            lower[row], upper[row] = max(low, 0.0), max(high, 0.0)
    return lower, upper


def _outer(problem: Problem, extremes: Extremes, index: int) -> tuple[float, float]:
    """Least and greatest amount that the exact rows allow."""
    row = np.zeros(problem.size)
    row[index] = 1.0
    low, high = extremes.least(row), extremes.least(-row)
    return (low[0] if low else 0.0, -high[0] if high else np.inf)


def _profile(problem: Problem, minimum: Minimum, extremes: Extremes, index: int, rise: float) -> tuple[float, float]:
    row = np.zeros(problem.size)
    row[index] = 1.0
    return settled_range(problem, minimum, ((row, 0.0), None), _outer(problem, extremes, index), rise)


def _compared(problem: Problem, minimum: Minimum) -> Compared:
    """Entry, evidence, observed, predicted, sd and pull of every observation."""
    seen = [(term, term.predict(minimum.x)) for term in problem.terms if term.predict is not None]
    entry = [name for term, _ in seen for name in _entry_names(term.name, term.entries)]
    evidence = [term.name for term, _ in seen for _ in term.entries]
    none = np.zeros(0)
    observed = np.concatenate([none, *(term.observed for term, _ in seen)])
    predicted = np.concatenate([none, *(there for _, there in seen)])
    sd = np.concatenate([none, *(term.sd for term, _ in seen)])
    pull = (predicted - observed) / sd
    for hinge in problem.hinges:
        if minimum.x[hinge.slack] <= IDLE_SLACK:
            pull[entry.index(hinge.statement.name)] = 0.0
    return tuple(entry), tuple(evidence), observed, predicted, sd, pull


@lru_cache(maxsize=256)
def _entry_names(evidence: str, entries: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name if name == evidence else f"{evidence}: {name}" for name in entries)
