"""A series of glasses solved together: responses shared by all, fractions smooth or monotone along the series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput, Estimates, Infeasible
from shortrange_core.errors import Offenders
from shortrange_core.least_squares import Equalities, QuadraticModel
from shortrange_core.showing import Shown
from structure.balances import (
    Areas,
    Problem,
    build_problem,
)
from structure.solving._agreement import Agreement, Verdict
from structure.solving._curvature import Curvature, agreement, curvature
from structure.solving._minimum import Minimum, minimise_problem
from structure.solving._solution import Solution
from structure.solving._solve import solution_of, solve
from structure.solving._stacking import COUPLINGS, Couplings, Glass, Trend, of_all_elements

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Series(Shown):
    """Solutions of a series.

    Parameters
    ----------
    names, x
        Names of the glasses and their places.
    joint
        Joint covariance of all fractions; None where the glasses were solved one by one, and are independent.
    parameters
        Logarithms of scales and of shared responses; None where there are none.
    solutions
        One per glass; their chi2 is their own share.
    chi2, dof
        Of the whole series.
    added
        What smoothness, trends and shared responses add to chi2, each with the others in force, and in how many degrees
        of freedom. The whole may agree where one of them does not: evidence that fits well has room for it.
    """

    names: tuple[str, ...]
    x: Vector
    joint: Matrix | None
    parameters: Estimates | None
    solutions: tuple[Solution, ...]
    chi2: float
    dof: int
    added: Mapping[str, tuple[float, int]] = field(default_factory=dict)

    @property
    def couplings(self) -> tuple[Agreement, ...]:
        """What the couplings add, each to be judged by itself."""
        return _by_coupling(self.added)

    @property
    def agreement(self) -> Agreement:
        """By which the series is judged: the least probable of the whole and of what its couplings add."""
        return _least_probable(Agreement(self.chi2, self.dof), self.couplings)

    @property
    def text(self) -> str:
        """In words what chi2 says of the whole, and of the coupling that disagrees most."""
        judged = self.agreement
        whole = f"{Agreement(self.chi2, self.dof).text()} in all glasses"
        return f"{whole}, of which {judged.text()}" if judged.cause else whole

    @property
    def fractions(self) -> Estimates:
        """All fractions of all glasses with their covariance; facets sample, x, species, kind, status, intervals."""
        return _joined_fractions(self)

    @property
    def species(self) -> tuple[str, ...]:
        """Labels of the species."""
        return self.solutions[0].species


def solve_series(
    glasses: Sequence[Glass],
    species: Sequence[str],
    *,
    share: Sequence[str] = (),
    smooth: float | None = None,
    trends: Mapping[str, Trend] | None = None,
    check: bool = True,
) -> Series:
    """Solve all glasses of a series together.

    Parameters
    ----------
    glasses
        In order of their x.
    species
        Labels, the same for all; those whose elements a glass lacks are 0 there.
    share
        Names of evidence whose responses are the same for all glasses (``"Raman"``).
    smooth
        Sd of the second derivative of every fraction against x; None asks for no smoothness.
    trends
        Species that only rise or only fall along the series.
    check
        Raise where a result is not to be trusted (the evidence of one glass, or of all, does not agree with the
        species); False returns it.

    Raises
    ------
    BadInput
        If names repeat, x does not ascend, or a trend names no species; all offenders together.
    Infeasible
        If the exact statements of a glass, or the trends, cannot hold; if chi2 has a probability below 1e-6.

    Examples
    --------
    >>> from structure import composition, statement
    >>> glasses = [Glass(f"x{x}", x, composition("Na3PS4-xOx", x=x), (statement("P:S3/O", value=x, sd=0.02),))
    ...            for x in (0.1, 0.2)]
    >>> found = solve_series(glasses, ("P:S4", "P:S3O", "P:S3/O", "Na2S"))
    >>> found.fractions.where(species="P:S3/O").value.values.round(3).tolist()
    [0.1, 0.2]
    """
    _check(glasses, species, share, trends or {})
    if smooth is not None and not (np.isfinite(smooth) and smooth > 0):
        raise BadInput(f"smooth = {smooth}: must be the sd of a second derivative, above 0, or None")
    glasses = of_all_elements(glasses)
    if not share and smooth is None and not trends:
        return _joined([solve(g.composition, species, g.evidence, check=check) for g in glasses], glasses)
    problems = [build_problem(g.composition, species, g.evidence) for g in glasses]
    asked = Couplings(tuple(share), smooth, dict(trends or {}))
    whole = asked.joined(problems, glasses)
    minimum = minimise_problem(whole)
    if not minimum.feasible:
        for glass in glasses:
            solve(glass.composition, species, glass.evidence)
        raise Infeasible("the trends and shared responses contradict one another; drop a trend")
    series = _separated(whole, minimum, problems, glasses, asked)
    agreed = series.agreement
    if check and agreed.verdict is Verdict.REJECTED:
        raise Infeasible(
            f"the series does not agree with its species, shared responses and trends: {agreed.text()}; "
            "allow other species, share less, or see conflicts() of each glass",
            series,
        )
    return series


def _check(glasses: Sequence[Glass], species: Sequence[str], share: Sequence[str], trends: Mapping[str, Trend]) -> None:
    offenders = Offenders()
    names = [g.name for g in glasses]
    if not glasses or len(set(names)) < len(names):
        offenders.add(f"the series has glasses {', '.join(names) or 'none'}; give each its own name")
    if any(b.x <= a.x for a, b in pairwise(glasses)):
        offenders.add(f"x = {', '.join(f'{g.x:g}' for g in glasses)} does not ascend; sort the series")
    named = {e.name for g in glasses for e in g.evidence if isinstance(e, Areas)}
    for name in share:
        if name not in named:
            offenders.add(f"share {name!r}: no areas have this name; there are {', '.join(sorted(named)) or 'none'}")
    for label, trend in trends.items():
        if label not in species or trend not in ("rising", "falling"):
            offenders.add(f"trend {label!r}: {trend!r}; name a species, and 'rising' or 'falling'")
    offenders.raise_if_any()


def _added(
    asked: Couplings, whole: Problem, agreed: Agreement, problems: Sequence[Problem], glasses: Sequence[Glass]
) -> dict[str, tuple[float, int]]:
    """What every coupling adds to chi2 and degrees of freedom; nothing of one without which there is no minimum."""
    added = {}
    for name, others in asked.without_one().items():
        looser = others.joined(problems, glasses)
        minimum = minimise_problem(looser)
        if minimum.feasible and minimum.converged:
            rest = agreement(looser, minimum, curvature(looser, minimum))
            # of amounts that balances tie to one another smoothness is asked over and over: one way to disagree
            kept = {term.name for term in looser.terms}
            rows = [term.evaluate(minimum.x)[1] for term in whole.terms if term.name not in kept]
            ways = [int(np.linalg.matrix_rank(np.vstack(rows) @ minimum.model.equal.basis))] if rows else []
            freed = max(min([agreed.dof - rest.dof, *ways]), 1)
            added[COUPLINGS[name]] = (max(agreed.chi2 - rest.chi2, 0.0), freed)
    return added


def _by_coupling(added: Mapping[str, tuple[float, int]]) -> tuple[Agreement, ...]:
    return tuple(Agreement(chi2, dof, f"added by {name}") for name, (chi2, dof) in added.items())


def _least_probable(whole: Agreement, added: Sequence[Agreement]) -> Agreement:
    """The whole, unless a coupling disagrees that is less probable."""
    doubtful = [own for own in added if own.verdict is not Verdict.AGREES]
    return min((whole, *doubtful), key=lambda own: own.p_value if own.dof > 0 else 1.0)


def _separated(
    whole: Problem, minimum: Minimum, problems: Sequence[Problem], glasses: Sequence[Glass], asked: Couplings
) -> Series:
    """Solutions of the single glasses, and the joint covariance."""
    bend = curvature(whole, minimum)
    total = agreement(whole, minimum, bend)
    added = _added(asked, whole, total, problems, glasses)
    agreed = _least_probable(total, _by_coupling(added))
    starts = np.concatenate([[0], np.cumsum([p.size for p in problems])[:-1]]).astype(int)
    solutions = []
    for problem, start in zip(problems, starts, strict=True):
        part = np.arange(start, start + problem.size)
        solutions.append(_own_solution(problem, minimum, bend, part, agreed))
    amounts = [start + i for start, p in zip(starts, problems, strict=True) for i in range(len(p.units))]
    covariance = bend.covariance * agreed.widening**2
    joined = _joined(solutions, glasses, covariance[np.ix_(amounts, amounts)])
    logs = whole.logs
    parameters = None
    if logs.size:
        names = [whole.names[i] for i in logs]
        parameters = Estimates.build(names, minimum.x[logs], covariance[np.ix_(logs, logs)])
    return replace(joined, parameters=parameters, chi2=minimum.chi2, dof=total.dof, added=added)


def _own_solution(
    problem: Problem, minimum: Minimum, bend: Curvature, part: npt.NDArray[np.intp], agreed: Agreement
) -> Solution:
    """Solution of one glass at its part of the joint minimum."""
    x = minimum.x[part]
    parts = [t.evaluate(x) for t in problem.terms]
    residual = np.concatenate([np.zeros(0), *(r for r, _ in parts)])
    jacobian = np.vstack([np.zeros((0, problem.size)), *(j for _, j in parts)])
    own = replace(
        minimum,
        x=x,
        chi2=float(residual @ residual),
        residual=residual,
        jacobian=jacobian,
        walls=problem.walls,
        active=np.zeros(0, dtype=np.intp),
        multiplier=np.zeros(0),
        model=QuadraticModel.of(jacobian, jacobian @ x - residual, Equalities.build(*problem.equal), problem.start),
    )
    covariance = bend.covariance[np.ix_(part, part)]
    signs = {_held_alone(minimum, row) for row in bend.held.tolist()}
    single = np.array([i for i in range(len(problem.units)) if int(part[i]) in signs], dtype=np.intp)
    held = replace(
        bend, covariance=covariance, determined=bend.determined[part], held=single, let_go=bend.let_go.among(part)
    )
    return solution_of(problem, own, held, series=agreed)


def _held_alone(minimum: Minimum, row: int) -> int | None:
    """The variable that a wall holds at 0 by itself; None where the wall is of several."""
    wall = minimum.walls[0][row]
    (places,) = np.nonzero(wall)
    return int(places[0]) if places.size == 1 and wall[places[0]] == 1.0 else None


def _joined(solutions: Sequence[Solution], glasses: Sequence[Glass], covariance: Matrix | None = None) -> Series:
    chi2 = float(sum(s.chi2 for s in solutions))
    places = np.array([float(g.x) for g in glasses])
    names = tuple(g.name for g in glasses)
    return Series(names, places, covariance, None, tuple(solutions), chi2, sum(s.dof for s in solutions))


def _joined_fractions(series: Series) -> Estimates:
    solutions, count = series.solutions, len(series.species)
    covariance = series.joint
    if covariance is None:
        covariance = np.zeros((count * len(solutions),) * 2)
        for k, solution in enumerate(solutions):
            part = slice(k * count, (k + 1) * count)
            covariance[part, part] = solution.fractions.covariance.values
        blind = ~np.isfinite(np.diagonal(covariance))
        covariance[blind, :] = np.nan
        covariance[:, blind] = np.nan
    facets = {
        name: [label for s in solutions for label in s.fractions.facets[name]]
        for name in ("species", "kind", "status", "interval_lower", "interval_upper")
    }
    return Estimates.build(
        [f"{name}: {label}" for name, s in zip(series.names, solutions, strict=True) for label in s.species],
        np.concatenate([s.fractions.value.values for s in solutions]),
        covariance,
        sample=[name for name in series.names for _ in range(count)],
        x=[float(x) for x in series.x for _ in range(count)],
        **facets,
    )
