"""Which evidence determines what, and what one more measurement would buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import BadInput
from shortrange_core.least_squares import QuadraticModel
from shortrange_core.showing import Shown
from structure.balances import Areas, Evidence, Problem, Statement, build_problem, quantity_row
from structure.solving import curvature, minimise_problem, solve
from structure.units import Composition

Vector = npt.NDArray[np.float64]
BALANCES = "balances alone"
ALL = "all evidence"


@dataclass(frozen=True, eq=False, slots=True)
class Determination(Shown):
    """How well each quantity is known, and from what.

    Parameters
    ----------
    sd
        Over ``(case, quantity)``: sd with all evidence, without each piece, with each piece alone, with no evidence.
        Infinite where a quantity is not determined; 0 where the balances fix it. Bounds are left out: these are the
        sds of the linear problem, so that cases can be compared.
    rank
        Over case: number of directions of the species that are determined, of ``free`` ones.
    free
        Directions that the balances leave.
    """

    sd: xr.DataArray
    rank: xr.DataArray
    free: int


def what_determines(
    composition: Composition, species: Sequence[str], evidence: Sequence[Evidence], *, quantities: Sequence[str] = ()
) -> Determination:
    """Sd of every species (or of ``quantities``) with all evidence, without each piece and with each alone.

    Examples
    --------
    >>> from structure import composition, statement
    >>> glass = composition("Na3PS3.7O0.3")
    >>> nmr = statement("P:S2O2", value=0.1, sd=0.02, name="NMR")
    >>> found = what_determines(glass, ("P:S4", "P:S3O", "P:S2O2"), [nmr])
    >>> round(float(found.sd.sel(case="all evidence", quantity="P:S3O")), 3)
    0.04
    >>> float(found.sd.sel(case="balances alone", quantity="P:S3O"))
    inf
    """
    asked = tuple(quantities) or tuple(species)
    cases: dict[str, list[Evidence]] = {ALL: list(evidence), BALANCES: []}
    for piece in evidence:
        cases[f"without {piece.name}"] = [e for e in evidence if e is not piece]
        cases[f"{piece.name} alone"] = [piece]
    values = _values(build_problem(composition, species, evidence))
    rows, ranks, free = [], [], 0
    for pieces in cases.values():
        sd, rank, free = _linear_sds(build_problem(composition, species, pieces), values, asked)
        rows.append(sd)
        ranks.append(rank)
    names = np.array(list(cases), dtype=object)
    return Determination(
        xr.DataArray(
            np.array(rows), dims=("case", "quantity"), coords={"case": names, "quantity": np.array(asked, dtype=object)}
        ),
        xr.DataArray(np.array(ranks), dims=("case",), coords={"case": names}),
        free,
    )


def _linear_sds(problem: Problem, values: dict[str, float], asked: Sequence[str]) -> tuple[Vector, int, int]:
    """Sds of the linear problem around known values of its variables, without any wall."""
    x = np.array([values[name] for name in problem.names])
    sd, rank = _spread(problem, x, asked)
    free = problem.size - int(np.linalg.matrix_rank(problem.equal[0])) if problem.equal[0].size else problem.size
    return sd, rank, max(free - (problem.size - len(problem.units)), 0)


def _values(problem: Problem) -> dict[str, float]:
    """Values of all variables at the minimum."""
    return dict(zip(problem.names, minimise_problem(problem).x.tolist(), strict=True))


def _spread(problem: Problem, x: Vector, asked: Sequence[str]) -> tuple[Vector, int]:
    start = minimise_problem(problem)
    jacobian = np.vstack([np.zeros((0, problem.size)), *(t.evaluate(x)[1] for t in problem.terms)])
    model = QuadraticModel.of(jacobian, jacobian @ x, start.model.equal, x)
    none = np.zeros(0, dtype=np.intp)
    open_walls = replace(start, x=x, jacobian=jacobian, active=none, multiplier=np.zeros(0), model=model)
    bend = curvature(replace(problem, hinges=()), open_walls)
    sds = []
    for text in asked:
        row = np.zeros(problem.size)
        short = quantity_row(text, problem.units, problem.crystalline)[0]
        row[: short.size] = short
        sds.append(_sd_of(row, bend.covariance, problem.equal[0], jacobian))
    return np.array(sds), bend.rank


def _sd_of(row: Vector, covariance: Vector, equal: Vector, jacobian: Vector) -> float:
    """Sd of a row; infinite where the row leaves the space that balances and evidence span."""
    seen = np.vstack([equal, jacobian])
    if seen.shape[0] == 0:
        return np.inf
    scaled = seen / np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-300)
    left = row - scaled.T @ np.linalg.lstsq(scaled.T, row, rcond=1e-10)[0]
    if np.linalg.norm(left) > 1e-7 * max(float(np.linalg.norm(row)), 1e-300):
        return np.inf
    return float(np.sqrt(max(_quadratic(row, covariance, equal, jacobian), 0.0)))


def _quadratic(row: Vector, covariance: Vector, equal: Vector, jacobian: Vector) -> float:
    used = row != 0
    if np.all(np.isfinite(covariance[np.ix_(used, used)])):
        return float(row[used] @ covariance[np.ix_(used, used)] @ row[used])
    # the row is determined although some of its members are not: least squares for a weight on equal and jacobian
    seen = np.vstack([equal, jacobian])
    weight = np.linalg.lstsq(seen.T, row, rcond=1e-10)[0][equal.shape[0] :]
    return float(weight @ weight)


@dataclass(frozen=True, eq=False, slots=True)
class Design(Shown):
    """What each candidate measurement would improve.

    Parameters
    ----------
    sd
        Over ``(candidate, quantity)``: expected sd; the first candidate is the evidence at hand.
    gain
        Factor by which each sd falls (infinite where a candidate determines what was undetermined).
    best
        For each quantity, the candidate that helps most.
    """

    sd: xr.DataArray
    gain: xr.DataArray
    best: tuple[str, ...]


def what_to_measure(
    composition: Composition,
    species: Sequence[str],
    evidence: Sequence[Evidence],
    candidates: Sequence[Evidence],
    *,
    quantities: Sequence[str] = (),
) -> Design:
    """Expected sds after each candidate measurement, at the value that the present solution predicts.

    Parameters
    ----------
    composition, species, evidence
        What is known; see :func:`structure.solve`.
    candidates
        Measurements with the sd that they would have; their values are replaced by what is predicted.
    quantities
        What is wanted; every species where not given.

    Raises
    ------
    BadInput
        If there is no candidate.

    Examples
    --------
    >>> from structure import composition, statement
    >>> glass = composition("Na3PS3.7O0.3")
    >>> species = ("P:S4", "P:S3O", "P:S2O2", "P:S3/O", "Na2S")
    >>> nmr = statement("P:S2O2", value=0.05, sd=0.02, name="NMR")
    >>> oxygen = statement("BO", value=0.1, sd=0.02, name="O 1s")
    >>> found = what_to_measure(glass, species, [nmr], [oxygen], quantities=("P:S3/O",))
    >>> found.best, found.sd.values.round(3).tolist()
    (('O 1s',), [[inf], [0.04]])
    """
    exact = ", ".join(piece.name for piece in candidates if isinstance(piece, Statement) and not piece.sd)
    if exact or not candidates:
        raise BadInput(
            f"{exact}: give the sd expected for it" if exact else "there is no candidate measurement; give one"
        )
    asked = tuple(quantities) or tuple(species)
    base = solve(composition, species, evidence, check=False, intervals=False)
    amounts = base.fractions.value.values
    expected = [_predicted(candidate, composition, species, amounts) for candidate in candidates]
    cases: list[list[Evidence]] = [list(evidence), *([*evidence, piece] for piece in expected)]
    sds = []
    for pieces in cases:
        problem = build_problem(composition, species, pieces)
        sds.append(_linear_sds(problem, _values(problem), asked)[0])
    table = np.array(sds)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = table[:1] / table[1:]
    gain = np.where(np.isinf(table[:1]) & np.isinf(table[1:]), 1.0, np.nan_to_num(gain, nan=1.0, posinf=np.inf))
    names = [piece.name for piece in candidates]
    best = tuple(names[int(np.argmin(table[1:, q]))] for q in range(len(asked)))
    quantity = np.array(asked, dtype=object)
    return Design(
        xr.DataArray(
            table,
            dims=("candidate", "quantity"),
            coords={"candidate": np.array(["evidence at hand", *names], dtype=object), "quantity": quantity},
        ),
        xr.DataArray(
            gain,
            dims=("candidate", "quantity"),
            coords={"candidate": np.array(names, dtype=object), "quantity": quantity},
        ),
        best,
    )


def _predicted(piece: Evidence, composition: Composition, species: Sequence[str], amounts: Vector) -> Evidence:
    """Candidate with the value that the present solution gives; its sd stays (relative for areas)."""
    problem = build_problem(composition, species, [piece])
    term = next(t for t in problem.terms if t.name == piece.name)
    x = np.array(problem.start)
    x[: amounts.size] = amounts
    if term.predict is None:
        return piece
    value = term.predict(x)
    if isinstance(piece, Statement):
        return replace(piece, bound=float(value[0]), relation="=")
    assert isinstance(piece, Areas)
    factor = float(np.sum(piece.value)) / max(float(np.sum(value)), 1e-300) if np.isinf(piece.scale[1]) else 1.0
    return replace(piece, value=value * factor)
