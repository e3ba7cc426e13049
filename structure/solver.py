"""From balances and evidence to fractions of every species with their covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import chdtrc, chdtri

from shortrange_core import BadInput, Estimates, Infeasible, Note, Provenance, Severity, Status, provenance
from structure.aliases import unit_of
from structure.assembly import build_problem
from structure.compositions import Composition
from structure.contradictions import Conflicts, conflicts
from structure.evidence import Areas, Evidence
from structure.extremes import Extremes, profile_range
from structure.labels import Unit
from structure.minimum import Curvature, Minimum, curvature, minimise_problem
from structure.problems import Problem
from structure.quantities import quantity_row, split_ratio

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
LEVEL = 0.95
SURPRISING = 0.0027
"""Probability of chi2 (3 sd) below which evidence is said to disagree."""
ROUNDING = 1e-10
HIDDEN_PAIR_CORRELATION = -0.9
VIBRATIONAL = ("Raman", "FTIR")
_SITES = ("BO", "NBO", "oxide")


@dataclass(frozen=True, eq=False, slots=True)
class Solution:
    """Short-range order of one composition.

    Parameters
    ----------
    fractions
        Amount of every species per network former, with facets species, kind (unit or free), status (ok, at_bound,
        undetermined), interval_lower and interval_upper (95 % interval that knows that amounts are not negative).
    sites
        BO, NBO, oxide per network former and BO/(BO + NBO), BO/O; only where the glass holds oxygen.
    parameters
        Logarithms of the scales and responses that were not known.
    pulls
        Over entry: evidence, observed, predicted, sd and pull = (predicted - observed)/sd.
    chi2, dof, p_value
        Goodness of fit; p_value is NaN where dof is 0.
    residuals
        How far the fractions are from every balance line (0 to rounding where the composition is exact).
    status, notes
        How the solve ended and what a user must know.
    composition
        What was solved.
    provenance
        Versions.
    """

    fractions: Estimates
    sites: Estimates | None
    parameters: Estimates | None
    pulls: xr.Dataset
    chi2: float
    dof: int
    p_value: float
    residuals: xr.DataArray
    status: Status
    notes: tuple[Note, ...]
    composition: Composition
    provenance: Provenance

    @property
    def species(self) -> tuple[str, ...]:
        """Labels of the species, in order."""
        return self.fractions.entries


@lru_cache(maxsize=1)
def _provenance() -> Provenance:
    return provenance("structure.solve")


def solve(
    composition: Composition, species: Sequence[str], evidence: Sequence[Evidence] = (), *, check: bool = True
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

    Raises
    ------
    BadInput
        If a label, a name or a number is bad; all offenders together.
    Infeasible
        If the composition, the species and the exact statements cannot hold together; ``record`` is the
        :class:`structure.Conflicts`.

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
    if not minimum.feasible:
        found = conflicts(composition, species, evidence)
        if check:
            raise Infeasible(found.text(), found)
        return _solution(problem, minimum, (_contradiction(found),))
    solution = _solution(problem, minimum, _response_notes(evidence))
    if check and not solution.status.trusted:
        raise Infeasible(f"{composition}: the solve ended {solution.status}; see its notes", solution)
    return solution


def _response_notes(evidence: Sequence[Evidence]) -> tuple[Note, ...]:
    """Raman and infrared areas are no mole fractions: responses are unknown and unpublished for most pairs of units."""
    return tuple(
        Note(
            "areas-taken-as-fractions",
            Severity.WARNING,
            f"{piece.name}: areas of {piece.technique} count as fractions, every unit with the same response",
            "give response={'*': (1.0, 1.0)} where it is not known, and a reference unit",
        )
        for piece in evidence
        if isinstance(piece, Areas) and piece.technique in VIBRATIONAL and not piece.responses
    )


def _contradiction(found: Conflicts) -> Note:
    return Note(
        "statements-contradict",
        Severity.ERROR,
        found.text(),
        "drop or mend one member of every set",
    )


def _solution(problem: Problem, minimum: Minimum, notes: tuple[Note, ...]) -> Solution:
    return solution_of(problem, minimum, curvature(problem, minimum), notes)


def solution_of(problem: Problem, minimum: Minimum, bend: Curvature, notes: tuple[Note, ...] = ()) -> Solution:
    """Solution from a minimum and its curvature."""
    fractions = _fractions(problem, minimum, bend)
    dof, p_value = _goodness(problem, minimum, bend)
    status, found = _judged(problem, minimum, fractions, p_value)
    solution = Solution(
        fractions,
        None,
        _parameters(problem, minimum, bend),
        _pulls(problem, minimum),
        minimum.chi2,
        dof,
        p_value,
        xr.DataArray(
            problem.balances.residual(minimum.x[: len(problem.units)]),
            dims=("line",),
            coords={"line": np.array(problem.balances.names, dtype=object)},
        ),
        status,
        notes + found,
        problem.composition,
        _provenance(),
    )
    return replace(solution, sites=_sites(solution))


def _fractions(problem: Problem, minimum: Minimum, bend: Curvature) -> Estimates:
    count = len(problem.units)
    value = minimum.x[:count].copy()
    value[np.abs(value) < ROUNDING] = 0.0
    covariance = bend.covariance[:count, :count]
    status, lower, upper = _intervals(problem, minimum, bend)
    return Estimates.build(
        problem.names[:count],
        value,
        covariance,
        species=problem.names[:count],
        kind=[unit.kind for unit in problem.units],
        status=[str(s) for s in status],
        interval_lower=lower,
        interval_upper=upper,
    )


def _intervals(problem: Problem, minimum: Minimum, bend: Curvature) -> tuple[list[Status], list[float], list[float]]:
    """Interval of every species: normal and cut at 0, one-sided at a bound, the profile where undetermined."""
    count = len(problem.units)
    value = minimum.x[:count]
    reach = float(np.sqrt(chdtri(1, 1 - LEVEL)))
    sd = np.sqrt(np.maximum(np.diagonal(bend.covariance)[:count], 0.0))
    status = [Status.OK] * count
    lower, upper = np.maximum(value - reach * sd, 0.0), value + reach * sd
    for row, slope, release in zip(bend.held, bend.slope, bend.release, strict=True):
        if row < count and minimum.feasible:
            status[row] = Status.AT_BOUND
            lower[row] = 0.0
            upper[row] = release**2 * (np.sqrt(slope**2 + (reach / release) ** 2) - slope)
    blind = [i for i in range(count) if not bend.determined[i]]
    if minimum.feasible and (blind or np.any(bend.release > 1.0)):
        extremes = Extremes.of(problem)
        for index in range(count):
            if index in blind:
                status[index] = Status.UNDETERMINED
            if index in blind or (status[index] is Status.AT_BOUND and upper[index] > 1.0):
                lower[index], upper[index] = _profile(problem, minimum, extremes, index)
    return status, np.maximum(lower, 0.0).tolist(), np.maximum(upper, 0.0).tolist()


def _profile(problem: Problem, minimum: Minimum, extremes: Extremes, index: int) -> tuple[float, float]:
    row = np.zeros(problem.size)
    row[index] = 1.0
    low, high = extremes.least(row), extremes.least(-row)
    outer = (low[0] if low else 0.0, -high[0] if high else np.inf)
    return profile_range(problem, minimum, ((row, 0.0), None), outer, LEVEL)


def _goodness(problem: Problem, minimum: Minimum, bend: Curvature) -> tuple[int, float]:
    idle = sum(minimum.x[h.slack] <= 1e-9 for h in problem.hinges)
    dof = max(int(minimum.residual.size - idle - bend.rank), 0)
    return dof, float(chdtrc(dof, minimum.chi2)) if dof else float("nan")


def _judged(
    problem: Problem, minimum: Minimum, fractions: Estimates, p_value: float
) -> tuple[Status, tuple[Note, ...]]:
    notes: list[Note] = []
    by_status = {
        s: [n for n, f in zip(fractions.entries, fractions.facets["status"], strict=True) if f == s] for s in Status
    }
    status = Status.OK
    if by_status[Status.AT_BOUND]:
        status = Status.AT_BOUND
        text = f"{', '.join(by_status[Status.AT_BOUND])} at 0; the intervals are one-sided"
        notes.append(Note("fraction-at-bound", Severity.INFO, text, "read interval_lower and interval_upper, not sd"))
    if by_status[Status.UNDETERMINED]:
        status = Status.UNDETERMINED
        text = f"the evidence does not determine {', '.join(by_status[Status.UNDETERMINED])}; ranges are given"
        notes.append(Note("fraction-undetermined", Severity.WARNING, text, "add evidence, or fewer species"))
    if p_value < SURPRISING:
        text = f"chi2 = {minimum.chi2:.1f} has probability {p_value:.1e}: the evidence disagrees"
        notes.append(
            Note("evidence-disagrees", Severity.WARNING, text, "see conflicts() for the pieces that contradict")
        )
    notes += _chemistry_notes(problem, fractions)
    if not minimum.feasible:
        status = Status.REJECTED
    elif not minimum.converged:
        status = Status.NOT_CONVERGED
        notes.append(
            Note("solve-not-converged", Severity.ERROR, "the scales and responses did not settle", "add a scale")
        )
    return status, tuple(notes)


def _chemistry_notes(problem: Problem, fractions: Estimates) -> list[Note]:
    """Pairs that the evidence tells apart only by amplifying its errors (PS3O under PS4), and odd compositions."""
    notes = []
    correlation = fractions.correlation.values
    units = problem.units
    pairs = [
        f"{units[i].label} and {units[j].label}"
        for i in range(len(units))
        for j in range(i)
        if correlation[i, j] < HIDDEN_PAIR_CORRELATION
    ]
    if pairs:
        text = f"nearly only the sum is known of {'; '.join(pairs)}"
        notes.append(Note("fractions-anticorrelated", Severity.INFO, text, "quote the sum, or add evidence on one"))
    if abs(problem.composition.imbalance) > 1e-6 and not problem.composition.open:
        text = f"{problem.composition} is off neutrality by {problem.composition.imbalance:+.4f} per former"
        notes.append(
            Note("composition-not-neutral", Severity.WARNING, text, "only P-P or S-S bonds or free S can balance this")
        )
    return notes


def _parameters(problem: Problem, minimum: Minimum, bend: Curvature) -> Estimates | None:
    index = [i for i, name in enumerate(problem.names) if name.startswith("ln ")]
    if not index:
        return None
    names = [problem.names[i] for i in index]
    return Estimates.build(names, minimum.x[index], bend.covariance[np.ix_(index, index)])


def _pulls(problem: Problem, minimum: Minimum) -> xr.Dataset:
    entry, evidence, observed, predicted, sd = [], [], [], [], []
    for term in problem.terms:
        if term.predict is not None:
            entry += [name if name == term.name else f"{term.name}: {name}" for name in term.entries]
            evidence += [term.name] * len(term.entries)
            observed += term.observed.tolist()
            predicted += term.predict(minimum.x).tolist()
            sd += term.sd.tolist()
    pull = (np.array(predicted) - np.array(observed)) / np.array(sd) if sd else np.zeros(0)
    for hinge in problem.hinges:
        if minimum.x[hinge.slack] <= 1e-9:
            pull[entry.index(hinge.statement.name)] = 0.0
    columns = {"observed": observed, "predicted": predicted, "sd": sd, "pull": pull}
    return xr.Dataset(
        {name: ("entry", np.asarray(values, dtype=float)) for name, values in columns.items()},
        coords={"entry": np.array(entry, dtype=object), "evidence": ("entry", np.array(evidence, dtype=object))},
    )


def _sites(solution: Solution) -> Estimates | None:
    if solution.composition.amount("O") <= 0:
        return None
    units = tuple(unit_of(label) for label in solution.species)
    held = quantity_row("BO + NBO", units)[0] @ solution.fractions.value.values
    ratios = ("BO/(BO + NBO)", "BO/O") if held > 1e-9 else ("BO/O",)
    return value_of(solution, *_SITES, *ratios)


def value_of(solution: Solution, *quantities: str) -> Estimates:
    """Any linear quantity or ratio of a solution, with its covariance.

    Parameters
    ----------
    solution
        From :func:`solve`.
    *quantities
        Such as ``"BO"``, ``"P1"``, ``"P:S3/O + P:S3/S"``, ``"BO/(BO + NBO)"``, ``"sulfide"``.

    Raises
    ------
    BadInput
        If a name is no quantity, or the denominator of a ratio is 0.

    Examples
    --------
    >>> from structure import composition, statement
    >>> found = solve(composition("50Na2O-50P2O5"), ("P:O2/O2",))
    >>> value_of(found, "BO/(BO + NBO)").value.values.round(4).tolist()
    [0.3333]
    """
    units = tuple(unit_of(label) for label in solution.species)
    value = np.asarray(solution.fractions.value.values, dtype=float)
    rows, offsets = [], []
    for text in quantities:
        row, offset = _gradient(text, units, value)
        rows.append(row)
        offsets.append(offset)
    covariance = solution.fractions.covariance.values
    slope = np.array(rows).reshape(len(quantities), value.size)
    known = np.isfinite(np.diagonal(covariance))
    variance, directions = np.linalg.eigh(covariance[np.ix_(known, known)])
    factor = slope[:, known] @ (directions * np.sqrt(np.maximum(variance, 0.0)))
    matrix = factor @ factor.T
    blind = np.any(np.abs(slope[:, ~known]) > 0, axis=1)
    matrix[blind, :] = np.nan
    matrix[:, blind] = np.nan
    return Estimates.build(quantities, offsets, matrix, quantity=quantities)


def _gradient(text: str, units: Sequence[Unit], value: Vector) -> tuple[Vector, float]:
    top, bottom = split_ratio(text)
    row, constant = quantity_row(top, units)
    total = float(row @ value) + constant
    if bottom is None:
        return row, total
    below, base = quantity_row(bottom, units)
    share = float(below @ value) + base
    if share <= 0:
        raise BadInput(f"{text}: {bottom} is {share:g}; the ratio does not exist here (0/0), leave it out")
    return (row - total / share * below) / share, total / share
