"""Which statements can hold together: chi2 of any part of the evidence, and of other species."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shortrange_core import BadInput
from shortrange_core.spelling import option
from structure.balances import COMPOSITION, Areas, Evidence, Problem, build_problem
from structure.solving._agreement import threshold
from structure.solving._curvature import agreement, curvature
from structure.solving._minimum import Minimum, minimise_problem
from structure.units import MODIFIER_CHARGE, Composition, parse_species
from structure.units import species as all_species

SPECIES = "species"
MOST_MEMBERS = 24


class Court:
    """Tries subsets of the members; remembers every verdict."""

    def __init__(
        self, composition: Composition, species: Sequence[str], evidence: Sequence[Evidence], level: float
    ) -> None:
        self.composition = composition
        self.given = tuple(unit.label for unit in parse_species(species, composition))
        self.wide = tuple(dict.fromkeys([*self.given, *universe(composition)]))
        self.evidence = tuple(evidence)
        self.members = (*(piece.name for piece in evidence), COMPOSITION, SPECIES)
        reserved = [name for name in self.members[:-2] if name in (COMPOSITION, SPECIES)]
        if reserved:
            raise BadInput(f"{reserved[0]}: is a reserved name; give that evidence another with {option('name')}")
        if len(self.members) > MOST_MEMBERS:
            raise BadInput(f"{len(self.members)} statements; at most {MOST_MEMBERS} can be tested, so combine some")
        self.verdicts: dict[frozenset[str], float] = {}
        whole = self.solve(frozenset(self.members))
        self.chi2 = whole.chi2 if whole.feasible else np.inf
        self.threshold = threshold(self._freedom(whole), 1 - level)

    def _freedom(self, whole: Minimum) -> int:
        problem = self.problem(frozenset(self.members))
        if not whole.feasible:
            rows = sum(len(e.lines) if isinstance(e, Areas) else int(e.sd > 0) for e in self.evidence)
            return max(int(rows) - int(whole.model.equal.basis.shape[1]), 1)
        return max(agreement(problem, whole, curvature(problem, whole)).dof, 1)

    def problem(self, members: frozenset[str]) -> Problem:
        """Problem of a subset of the members."""
        species = self.given if SPECIES in members else self.wide
        chosen = [piece for piece in self.evidence if piece.name in members]
        return build_problem(self.composition, species, chosen, balanced=COMPOSITION in members)

    def solve(self, members: frozenset[str]) -> Minimum:
        """Least chi2 of a subset."""
        return minimise_problem(self.problem(members))

    def chi2_of(self, members: frozenset[str]) -> float:
        """Least chi2 of a subset; infinite where its exact members contradict."""
        if members not in self.verdicts:
            minimum = self.solve(members)
            self.verdicts[members] = minimum.chi2 if minimum.feasible else np.inf
        return self.verdicts[members]

    def contradicts(self, members: frozenset[str]) -> bool:
        """Whether a subset cannot hold together."""
        return self.chi2_of(members) > self.threshold

    def shrunk(self, members: frozenset[str]) -> frozenset[str]:
        """A minimal contradicting set inside a contradicting one."""
        for name in self.members:
            if name in members and self.contradicts(members - {name}):
                members = members - {name}
        return members


def universe(composition: Composition) -> tuple[str, ...]:
    """Every unit, and sulfide, oxide and sulfur, that the elements of a composition can make up."""
    present = [e for e in composition.elements if composition.amount(e) > 0]
    anions = [e for e in ("O", "S") if e in present]
    one = [e for e in composition.modifiers if MODIFIER_CHARGE[e] == 1]
    two = [e for e in composition.modifiers if MODIFIER_CHARGE[e] == 2]
    free = [f"{cation}2{anion}" for cation in one for anion in anions]
    free += [f"{cation}{anion}" for cation in two for anion in anions]
    free += ["S"] if "S" in anions else []
    return all_species(
        composition,
        former=composition.formers,
        homopolar=True,
        free=free,
        ligands=[e for e in ("O", "S", "Se") if e in present] or None,
    )
