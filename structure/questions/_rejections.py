"""What would resolve evidence that no mixture of the allowed species explains: a species more, or a statement less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shortrange_core import BadInput, Status
from structure.balances import Areas, Evidence
from structure.solving import Agreement, Solution, Verdict, agreed, without_each, worst_pulls
from structure.units import MODIFIER_CHARGE, Composition, compound, parse_species
from structure.units import species as all_species

MOST_SHOWN = 3
ACIDS = ("S", "O")
"""Anions whose compound with the modifier (Na2S, Na2O) may stand free in the glass."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One change after which the evidence agrees better.

    Parameters
    ----------
    kind
        ``"allow"`` one species more, or ``"drop"`` one piece of evidence.
    name
        The species, or the piece of evidence.
    agreement
        chi2, degrees of freedom and probability after it.
    """

    kind: Literal["allow", "drop"]
    name: str
    agreement: Agreement

    def __str__(self) -> str:
        if self.agreement.untested:
            return f"{self.kind} {self.name} (the rest is then compatible, but nothing tests it)"
        return f"{self.kind} {self.name} ({self.agreement.text()})"


def remedies(
    composition: Composition, species: Sequence[str], evidence: Sequence[Evidence], *, candidates: Sequence[str] = ()
) -> tuple[Remedy, ...]:
    """Single changes that make rejected evidence acceptable, the most probable first; empty if none does.

    A change that leaves no degree of freedom comes last: after it nothing is left to judge by.
    Every species that the elements allow and ``species`` leaves out is added in turn (units with one homopolar bond,
    free sulfide, oxide and sulfur among them), and every piece of evidence is left out in turn. A species is a guess of
    chemistry, not a finding: it fits the numbers, and whether it is there is another question.

    Parameters
    ----------
    composition, species, evidence
        As for :func:`structure.solve`.
    candidates
        Species to try; where absent all units of at most two different ligands, and free compounds of the elements.

    Raises
    ------
    BadInput
        As :func:`structure.solve` does.

    Examples
    --------
    >>> from structure import composition, statement
    >>> units = {"P:S4": 0.70, "P:S3~P": 0.09, "P:S3/S": 0.18}
    >>> seen = [statement(label, value=value, sd=0.03) for label, value in units.items()]
    >>> [str(found)[:10] for found in remedies(composition("Na3PS4"), tuple(units), seen, candidates=("Na2S", "S"))]
    ['allow Na2S']
    """
    tried = tuple(candidates) or _candidates(composition)
    present = {unit.label for unit in parse_species(species, composition)}
    added = {name: agreed(composition, (*species, name), evidence) for name in tried if name not in present}
    trials = [Remedy("allow", name, rest) for name, rest in added.items() if rest is not None]
    trials += [Remedy("drop", _named(piece), rest) for piece, rest in without_each(composition, species, evidence)]
    kept = [item for item in trials if item.agreement.verdict is not Verdict.REJECTED]
    return tuple(sorted(kept, key=lambda item: -item.agreement.p_value if item.agreement.dof else 0.0))


def _candidates(composition: Composition) -> tuple[str, ...]:
    free = [element for element in composition.elements if element == "S"]
    modifiers = [element for element in composition.elements if element in MODIFIER_CHARGE]
    for modifier in modifiers:
        count = "2" if MODIFIER_CHARGE[modifier] == 1 else ""
        free += [f"{modifier}{count}{anion}" for anion in ACIDS if anion in composition.elements]
    compounds = [name for name in free if _is_compound(name)]
    return all_species(composition, former=composition.formers, homopolar=True, free=compounds)


def _is_compound(name: str) -> bool:
    try:
        compound(name)
    except BadInput:
        return False
    return True


def _named(piece: Evidence) -> str:
    return f"the areas of {piece.name}" if isinstance(piece, Areas) else piece.name


def _shown(ways_out: Sequence[Remedy]) -> list[Remedy]:
    """The most probable, and among them the best piece of evidence: many species more hide one wrong spectrum."""
    first = list(ways_out[:MOST_SHOWN])
    dropped = [way for way in ways_out if way.kind == "drop" and way.agreement.dof > 0]
    if dropped and all(way.kind != "drop" for way in first):
        first[-1] = dropped[0]
    return first


def why_rejected(solution: Solution, ways_out: Sequence[Remedy]) -> str:
    """Why a solution is not to be trusted, and what would resolve it, in two sentences.

    Parameters
    ----------
    solution
        As :func:`structure.solve` gives it with ``check=False``.
    ways_out
        As :func:`remedies` gives them for the same problem.
    """
    if solution.status is not Status.REJECTED:
        return f"The status of the solution is {solution.status}: its numbers are not a result."
    worst = worst_pulls(solution.entries, solution.pull)
    ways = "; ".join(str(remedy) for remedy in _shown(ways_out)) or "no single species and no single spectrum"
    rest = f"; and {len(ways_out) - MOST_SHOWN} more" if len(ways_out) > MOST_SHOWN else ""
    missed = f"; largest deviations, observed minus predicted: {worst}" if worst else ""
    why = f"The evidence and the allowed species do not agree: {solution.agreement.text()}{missed}"
    if not solution.feasible:
        why = "No mixture of the allowed species satisfies the composition and all exact statements"
    return f"{why}. This would resolve it: {ways}{rest}."
