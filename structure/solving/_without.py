"""How well evidence agrees, and how well the rest does without each piece: what a disagreement comes from."""

from __future__ import annotations

from collections.abc import Sequence

from shortrange_core import BadInput
from structure.balances import Evidence, build_problem
from structure.solving._agreement import Agreement, Verdict
from structure.solving._curvature import agreement, curvature
from structure.solving._minimum import minimise_problem
from structure.units import Composition

MOST_NAMED = 2


def agreed(composition: Composition, species: Sequence[str], evidence: Sequence[Evidence]) -> Agreement | None:
    """How well evidence agrees; None where the problem cannot be put, cannot hold, or does not end."""
    try:
        problem = build_problem(composition, species, evidence)
    except BadInput:
        return None
    minimum = minimise_problem(problem)
    if not minimum.feasible or not minimum.converged:
        return None
    return agreement(problem, minimum, curvature(problem, minimum))


def without_each(
    composition: Composition, species: Sequence[str], evidence: Sequence[Evidence]
) -> list[tuple[Evidence, Agreement]]:
    """Every piece of evidence with how well the rest agrees; nothing where there is no rest or it cannot hold."""
    if len(evidence) < 2:
        return []
    rests = [(piece, [other for other in evidence if other is not piece]) for piece in evidence]
    tried = [(piece, agreed(composition, species, rest)) for piece, rest in rests]
    return [(piece, agreement_of_rest) for piece, agreement_of_rest in tried if agreement_of_rest is not None]


def resolving(composition: Composition, species: Sequence[str], evidence: Sequence[Evidence]) -> str:
    """The pieces of evidence without which the rest agrees, the likeliest first, in words; empty where there is none.

    A rest that nothing tests agrees with anything: it names a piece only where no tested one does.
    """
    acceptable = [
        (piece, rest)
        for piece, rest in without_each(composition, species, evidence)
        if rest.verdict is Verdict.AGREES and (rest.dof > 0 or rest.untested)
    ]
    tested = sorted((one for one in acceptable if one[1].dof > 0), key=lambda one: -one[1].p_value)
    named = [f"without {piece.name} the rest agrees, {rest.text()}" for piece, rest in tested[:MOST_NAMED]]
    if not named and acceptable:
        pieces = " or ".join(piece.name for piece, _ in acceptable)
        named = [f"without {pieces} the rest is compatible, but nothing tests it"]
    return "; ".join(named)
