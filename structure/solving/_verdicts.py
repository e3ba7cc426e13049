"""What a solution is worth: its status, the evidence that disagrees, pairs that hide one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shortrange_core import Note, Severity, Status
from shortrange_core.spelling import spelled
from structure.balances import Problem
from structure.solving._agreement import Agreement, Verdict
from structure.solving._minimum import Minimum

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Compared = tuple[tuple[str, ...], tuple[str, ...], Vector, Vector, Vector, Vector]
WORST = 3
USUAL_PULL = 1.0
"""Pull up to which an observation is no reason to look at it."""
HIDDEN_PAIR_CORRELATION = -0.9
NEUTRAL = 1e-6
"""Charge per former up to which a composition is neutral: amounts are written with a few decimals."""
DISAGREEMENT = "evidence-disagrees"
UNSETTLED_REMEDY = "give the response of one technique, or leave out the least informative areas"
"""Where nothing says how large responses are, every scale may follow every other."""
_OF_STATUS = (
    (
        Status.AT_BOUND,
        "fraction-at-bound",
        Severity.INFO,
        "{} at 0; the intervals are one-sided",
        "use interval_lower and interval_upper, not sd",
    ),
    (
        Status.UNDETERMINED,
        "fraction-undetermined",
        Severity.WARNING,
        "the evidence does not determine {}; ranges are given",
        "add evidence, or fewer species",
    ),
)


def judged_status(
    problem: Problem, minimum: Minimum, statuses: Sequence[Status], misfit: Note | None, agreed: Agreement
) -> tuple[Status, tuple[Note, ...]]:
    """How a solve ended, and what its user must know of that: bounds, what is undetermined, what disagrees."""
    notes: list[Note] = []
    status = Status.OK
    for wanted, code, severity, text, remedy in _OF_STATUS:
        if wanted in statuses:
            status = wanted
            named = ", ".join(name for name, s in zip(problem.names, statuses, strict=False) if s is wanted)
            notes.append(Note(code, severity, text.format(named), remedy))
    if misfit is not None:
        notes.append(misfit)
    if not minimum.feasible or agreed.verdict is Verdict.REJECTED:
        status = Status.REJECTED
    elif not minimum.converged:
        status = Status.NOT_CONVERGED
        notes.append(
            Note("solve-not-converged", Severity.ERROR, "the scales and responses did not converge", UNSETTLED_REMEDY)
        )
    return status, tuple(notes)


def misfit(minimum: Minimum, agreed: Agreement, compared: Compared) -> Note | None:
    """Note where chi2 is improbable; an error where no chance explains it: then a species or a statement is wrong."""
    if agreed.verdict is Verdict.AGREES or not minimum.feasible:
        return None
    worst = worst_pulls(compared[0], compared[-1])
    named = f"; largest deviations, observed minus predicted: {worst}" if worst else ""
    if agreed.verdict is Verdict.DISAGREES:
        text = f"the evidence disagrees: {agreed.text()}; all sds and intervals are {agreed.widening:.2g} times wider"
        return Note(DISAGREEMENT, Severity.WARNING, text + named, _way_out(agreed))
    text = f"the evidence and the allowed species do not agree: {agreed.text()}{named}"
    return Note(DISAGREEMENT, Severity.ERROR, text, f"allow other species, or {_way_out(agreed)}")


def _way_out(agreed: Agreement) -> str:
    """What to change: the coupling of a series that disagrees, or the evidence."""
    if not agreed.cause:
        return _contradicting()
    return f"relax or remove what the glasses are said to share ({agreed.cause})"


def _contradicting() -> str:
    """Where the pieces of evidence that contradict are named."""
    return spelled(
        "see conflicts() for the contradicting pieces",
        command_line="see the conflicts listed by 'shortrange balance'",
        recipe="correct the evidence that deviates most",
    )


def worst_pulls(entries: Sequence[str], pull: Vector) -> str:
    """The observations that are missed most, with how many sds each lies off what is predicted."""
    worst = np.argsort(-np.abs(pull), kind="stable")[:WORST]
    return ", ".join(f"{entries[i]} ({-pull[i]:+.1f} sd)" for i in worst if abs(pull[i]) > USUAL_PULL)


def chemistry_notes(problem: Problem, minimum: Minimum, covariance: Matrix) -> list[Note]:
    """Pairs that the evidence tells apart only by amplifying its errors (PS3O under PS4), and odd compositions."""
    notes = []
    sd = np.sqrt(covariance.diagonal())
    hidden = covariance < HIDDEN_PAIR_CORRELATION * sd[:, None] * sd
    if minimum.feasible and np.count_nonzero(hidden):
        names = problem.names
        pairs = "; ".join(f"{names[i]} and {names[j]}" for i, j in np.argwhere(np.tril(hidden, -1)))
        text = f"little more than the sum is known of {pairs}"
        notes.append(Note("fractions-anticorrelated", Severity.INFO, text, "report the sum, or add evidence on one"))
    imbalance = 0.0 if problem.composition.open else problem.composition.imbalance
    if abs(imbalance) > NEUTRAL:
        text = f"{problem.composition} is off neutrality by {imbalance:+.4f} per former"
        notes.append(
            Note("composition-not-neutral", Severity.WARNING, text, "only P-P or S-S bonds or free S can balance this")
        )
    return notes
