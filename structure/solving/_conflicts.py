"""Statements that cannot hold together: every minimal set, how far each member would have to move, what to drop.

Every piece of evidence, the composition and the list of allowed species are statements that can be dropped. Without the
composition only closure is left; without the species every unit and simple free compound of its elements is allowed.
A set contradicts where no structure obeys its exact members, or where the least chi2 of those with an sd is above the
quantile of ``level``. All minimal sets come from the duality of contradicting and correcting sets
(doi:10.1016/0004-3702(87)90062-2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from shortrange_core import BadInput
from shortrange_core.errors import check_level
from shortrange_core.showing import Shown
from structure.balances import COMPOSITION, Areas, Evidence, Statement, build_problem
from structure.solving._agreement import SURPRISING
from structure.solving._court import SPECIES, Court
from structure.solving._extremes import Extremes, linear_range, ratio_rows
from structure.solving._minimum import minimise_problem
from structure.units import Composition

LEVEL = 1 - SURPRISING


@dataclass(frozen=True, slots=True)
class Move(Shown):
    """How far one statement of a contradictory set would have to move if the others stay.

    ``text`` says it in words; ``reach`` is the nearest value that the others allow (NaN where it is no single number).
    """

    name: str
    text: str
    reach: float


@dataclass(frozen=True, slots=True)
class Contradiction(Shown):
    """A minimal set of statements that contradict one another: without any one of them the others are compatible.

    ``excess`` is the least chi2 of its members with an sd; infinite where exact members alone contradict.
    """

    members: tuple[str, ...]
    excess: float
    moves: tuple[Move, ...]

    @property
    def alone(self) -> str | None:
        """The one piece of evidence in it, where composition and species are all that it contradicts."""
        pieces = [name for name in self.members if name not in (COMPOSITION, SPECIES)]
        return pieces[0] if len(pieces) == 1 else None

    def text(self) -> str:
        """The set in words."""
        if not set(self.members) - {COMPOSITION, SPECIES}:
            head = "the composition cannot be made from these species"
        elif self.alone:
            rest = [m for m in self.members if m != self.alone]
            head = f"{self.alone} cannot be satisfied even alone" + (
                f" (with the {' and the '.join(rest)})" if rest else ""
            )
        else:
            head = f"these contradict one another: {'; '.join(self.members)}"
        return "\n".join([head, *(f"  {move.name}: {move.text}" for move in self.moves)])


@dataclass(frozen=True, slots=True)
class Conflicts(Shown):
    """All contradictions among the statements about one glass.

    Parameters
    ----------
    sets
        Every minimal contradicting set; empty where all can hold together.
    corrections
        Minimal sets whose dropping settles every contradiction, smallest first.
    level
        Level of the test of evidence with errors.
    chi2, threshold
        Least chi2 of all evidence (infinite where exact statements contradict) and the value that it is compared with.
    """

    sets: tuple[Contradiction, ...]
    corrections: tuple[tuple[str, ...], ...]
    level: float
    chi2: float
    threshold: float

    def __bool__(self) -> bool:
        return bool(self.sets)

    @property
    def droppable(self) -> tuple[str, ...]:
        """Members of which dropping a single one settles everything."""
        return tuple(c[0] for c in self.corrections if len(c) == 1)

    def text(self) -> str:
        """All sets in words, and which single statement to drop."""
        if not self.sets:
            return "all statements are compatible"
        lines = [contradiction.text() for contradiction in self.sets]
        if self.droppable:
            lines.append(f"dropping any one of these resolves it: {'; '.join(self.droppable)}")
        elif self.corrections:
            lines.append(f"no single statement resolves it; drop all of: {'; '.join(self.corrections[0])}")
        return "\n".join(lines)


def conflicts(
    composition: Composition, species: Sequence[str], evidence: Sequence[Evidence] = (), *, level: float = LEVEL
) -> Conflicts:
    """Every minimal set of statements that contradict one another.

    Parameters
    ----------
    composition, species, evidence
        As for :func:`structure.solve`; each is a statement that can be dropped, as ``composition``, ``species`` or by
        the name of the piece of evidence.
    level
        Evidence with errors contradicts where its least chi2 is above this quantile (false alarms: 1 - level);
        by default the rule of :mod:`structure.solving`, as for :func:`structure.solve`.

    Raises
    ------
    BadInput
        If the input is bad, or there are more than 22 pieces of evidence.

    Examples
    --------
    >>> from structure import composition, statement
    >>> glass = composition("Na3PS3.4O0.6")
    >>> found = conflicts(glass, ("P:S4", "P:S3O", "P:S3/O", "Na2S"), [statement("BO", at_least=0.54, name="XPS")])
    >>> found.sets[0].alone, found.droppable
    ('XPS', ('XPS', 'species'))
    """
    check_level(level)
    court = Court(composition, species, evidence, level)
    whole = frozenset(court.members)
    if court.chi2 <= court.threshold:
        return Conflicts((), (), level, court.chi2, court.threshold)
    sets = [court.shrunk(whole)]
    while True:
        corrections = _hitting(sets)
        missed = next((c for c in corrections if court.contradicts(whole - c)), None)
        if missed is None:
            break
        sets.append(court.shrunk(whole - missed))
    order = {name: i for i, name in enumerate(court.members)}
    ordered = [tuple(sorted(s, key=order.__getitem__)) for s in sets]
    settled = [tuple(sorted(c, key=order.__getitem__)) for c in corrections]
    return Conflicts(
        tuple(Contradiction(m, court.chi2_of(frozenset(m)), _moves(court, m)) for m in sorted(ordered, key=len)),
        tuple(sorted(settled, key=lambda c: (len(c), [order[n] for n in c]))),
        level,
        court.chi2,
        court.threshold,
    )


def _hitting(sets: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Minimal sets that share a member with every set."""
    hitting: list[frozenset[str]] = [frozenset()]
    for members in sets:
        grown = {h if h & members else h | {m} for h in hitting for m in members}
        hitting = [h for h in grown if not any(other < h for other in grown)]
    return sorted(hitting, key=lambda h: (len(h), sorted(h)))


def _moves(court: Court, members: tuple[str, ...]) -> tuple[Move, ...]:
    pieces = {piece.name: piece for piece in court.evidence}
    moves = []
    for name in members:
        others = frozenset(members) - {name}
        if name not in (COMPOSITION, SPECIES) and not court.contradicts(others | {COMPOSITION, SPECIES}):
            others |= {COMPOSITION, SPECIES}  # what a user asks: as far as it would have to move with my own species
        piece = pieces.get(name)
        if isinstance(piece, Statement):
            moves.append(_statement_move(court, piece, others))
        elif isinstance(piece, Areas):
            moves.append(Move(name, "without it the rest agrees", np.nan))
        elif name == SPECIES:
            moves.append(_species_move(court, others))
        else:
            moves.append(Move(name, f"{court.composition}: without its balances the rest is compatible", np.nan))
    return tuple(moves)


def _statement_move(court: Court, statement: Statement, others: frozenset[str]) -> Move:
    """Value nearest to what is stated that the other members of the set allow."""
    problem = court.problem(others)
    try:
        text = f"{statement.quantity}/({statement.of} + 0)" if statement.of else statement.quantity
        pair = ratio_rows(problem, text)
    except BadInput:
        return Move(statement.name, f"requires {statement}", np.nan)
    soft = bool(problem.terms)
    if soft:
        best = minimise_problem(problem)
        reach = float(pair[0][0] @ best.x) + pair[0][1]
        if pair[1] is not None:
            reach /= float(pair[1][0] @ best.x) + pair[1][1]
        return Move(statement.name, f"requires {statement}; the others fit best at {reach:.4g}", reach)
    span = linear_range(Extremes.of(problem), *pair)
    if span is None or not np.all(np.isfinite(span)):
        return Move(statement.name, f"requires {statement}", np.nan)
    low, high = span
    reach = min(max(statement.bound, low), high)
    side = "at most" if reach == high else "at least"
    return Move(statement.name, f"requires {statement}; the others allow {side} {reach:.4g}", reach)


def _species_move(court: Court, others: frozenset[str]) -> Move:
    """Fewest other species that would settle it."""
    extra = [label for label in court.wide if label not in court.given]
    for size in (1, 2):
        for added in combinations(extra, size):
            if size == 2 and len(extra) > 40:
                break
            chosen = [piece for piece in court.evidence if piece.name in others]
            balanced = COMPOSITION in others
            trial = minimise_problem(
                build_problem(court.composition, (*court.given, *added), chosen, balanced=balanced)
            )
            if trial.feasible and trial.chi2 <= court.threshold:
                return Move(SPECIES, f"it would be compatible with {' and '.join(added)} also allowed", np.nan)
    return Move(SPECIES, "it would be compatible with more species allowed", np.nan)
