"""Assignment hypotheses side by side: the 3 ppm line as PO4 or as P2O7, and what each implies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from shortrange_core import BadInput, Note, Severity
from shortrange_core.showing import Shown
from shortrange_core.spelling import spelled
from structure.balances import Areas, Evidence
from structure.questions._ranges import ranges
from structure.solving import Solution, solve, value_of
from structure.units import Composition

IMPLIED = ("BO", "NBO", "sulfide", "oxide", "contacts")
CLOSE = 2.0
"""Difference of BIC below which two hypotheses are not told apart."""


@dataclass(frozen=True, eq=False, slots=True)
class Hypothesis(Shown):
    """One reading of the evidence: its name, the species that it allows and the evidence read that way.

    Raises
    ------
    BadInput
        If it allows no species.
    """

    name: str
    species: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    def __post_init__(self) -> None:
        if not self.species:
            raise BadInput(f"hypothesis {self.name!r}: allows no species; name one or more")


@dataclass(frozen=True, eq=False, slots=True)
class HypothesisComparison(Shown):
    """Hypotheses side by side.

    Parameters
    ----------
    table
        Over ``hypothesis``: chi2, dof, p_value, parameters, bic; BO, NBO, sulfide, oxide, contacts per former with
        their sd, and the least and greatest value of each that its balances allow. NaN where a hypothesis is
        infeasible.
    solutions
        One a hypothesis.
    notes
        Which hypotheses the evidence tells apart.
    """

    table: xr.Dataset
    solutions: tuple[Solution, ...]
    notes: tuple[Note, ...]


def compare_hypotheses(composition: Composition, hypotheses: Sequence[Hypothesis]) -> HypothesisComparison:
    """Solve each hypothesis and tabulate what it implies.

    BIC = chi2 + k ln(m), with k free directions and m data (doi:10.1214/aos/1176344136); lower is better.

    Raises
    ------
    BadInput
        If there are fewer than two hypotheses, two share a name, or their evidence differs in number of data (their
        BIC could not be compared).

    Examples
    --------
    >>> from structure import composition, statement
    >>> glass = composition("Na3PS3.7O0.3")
    >>> read = lambda unit: (statement(unit, value=0.05, sd=0.01, name="3 ppm"),)
    >>> one = Hypothesis("PO4", ("P:S4", "P:S3O", "P:O4"), read("P:O4"))
    >>> other = Hypothesis("P2O7", ("P:S4", "P:S3O", "P:O3/O", "Na2S"), read("P:O3/O"))
    >>> found = compare_hypotheses(glass, [one, other])
    >>> found.table["BO"].values.round(4).tolist()
    [0.0, 0.025]
    """
    names = [h.name for h in hypotheses]
    if len(set(names)) < len(names) or len(names) < 2:
        raise BadInput(f"hypotheses {', '.join(names) or 'none'}: give at least two, each with its own name")
    data = [sum(len(e.lines) if isinstance(e, Areas) else 1 for e in h.evidence) for h in hypotheses]
    if len(set(data)) > 1:
        pairs = ", ".join(f"{n}: {m}" for n, m in zip(names, data, strict=True))
        raise BadInput(f"the hypotheses use different numbers of data ({pairs}); their BIC cannot be compared")
    solutions = tuple(solve(composition, h.species, h.evidence, check=False) for h in hypotheses)
    columns: dict[str, list[float]] = {}
    for hypothesis, solution in zip(hypotheses, solutions, strict=True):
        row = _row(composition, hypothesis, solution, data[0])
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    table = xr.Dataset(
        {name: ("hypothesis", np.array(values)) for name, values in columns.items()},
        coords={"hypothesis": np.array(names, dtype=object)},
    )
    return HypothesisComparison(table, solutions, _notes(table))


def _row(composition: Composition, hypothesis: Hypothesis, solution: Solution, data: int) -> dict[str, float]:
    trusted = solution.feasible  # one that disagrees is what a comparison is for
    free = max(data - solution.dof, 0)
    bic = solution.chi2 + free * np.log(max(data, 1)) if trusted else np.nan
    row = {
        "chi2": solution.chi2 if trusted else np.nan,
        "dof": float(solution.dof),
        "p_value": solution.p_value if trusted else np.nan,
        "parameters": float(free),
        "bic": float(bic),
    }
    implied = value_of(solution, *IMPLIED)
    span = ranges(composition, hypothesis.species, quantities=IMPLIED) if trusted else None
    for index, name in enumerate(IMPLIED):
        row[name] = float(implied.value.values[index]) if trusted else np.nan
        row[f"{name} sd"] = float(implied.sd.values[index]) if trusted else np.nan
        row[f"{name} least"] = float(span.lower[index]) if span else np.nan
        row[f"{name} greatest"] = float(span.upper[index]) if span else np.nan
    return row


def _notes(table: xr.Dataset) -> tuple[Note, ...]:
    bic = table["bic"].values
    names = [str(n) for n in table["hypothesis"].values]
    if not np.any(np.isfinite(bic)):
        text = "no hypothesis satisfies the balances"
        return (
            Note(
                "hypotheses-all-infeasible",
                Severity.ERROR,
                text,
                spelled(
                    "see conflicts() for each", command_line="correct their evidence", recipe="correct their evidence"
                ),
            ),
        )
    best = int(np.nanargmin(bic))
    close = [n for n, b in zip(names, bic, strict=True) if b - bic[best] < CLOSE and n != names[best]]
    if not close:
        return ()
    text = f"{', '.join(close)} within {CLOSE:g} of the BIC of {names[best]}: the evidence does not decide between them"
    return (Note("hypotheses-not-told-apart", Severity.WARNING, text, "report the results of each"),)
