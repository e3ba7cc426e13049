"""Variables of a problem: each has a kind and a name, so that no rule has to read a text to know what it is."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import NamedTuple


class Kind(Enum):
    """What a variable of a problem stands for."""

    AMOUNT = "amount"
    CRYSTALLINE = "crystalline part"
    SLACK = "slack"
    SCALE = "ln scale"
    RESPONSE = "ln response"


LOGARITHMS = frozenset({Kind.SCALE, Kind.RESPONSE})
CRYSTALLINE = "(cr)"


class Variable(NamedTuple):
    """One variable.

    Parameters
    ----------
    kind
        What it stands for.
    of
        The species or compound; the statement of a slack; the line or species that has a response.
    evidence
        The areas whose scale or response this is.
    glass
        The glass of a series.
    """

    kind: Kind
    of: str = ""
    evidence: str = ""
    glass: str = ""

    @property
    def name(self) -> str:
        """Text of the variable, as tables and stored solutions hold it."""
        return in_glass(_TEXTS[self.kind].format(of=self.of, evidence=self.evidence), self.glass)


_TEXTS = {
    Kind.AMOUNT: "{of}",
    Kind.CRYSTALLINE: "{of}" + CRYSTALLINE,
    Kind.SLACK: "slack of {of}",
    Kind.SCALE: "ln scale of {evidence}",
    Kind.RESPONSE: "ln response of {of} in {evidence}",
}


def in_glass(name: str, glass: str) -> str:
    """Name of something that every glass of a series has."""
    return f"{name} [{glass}]" if glass else name


@lru_cache(maxsize=256)
def names_of(variables: tuple[Variable, ...]) -> tuple[str, ...]:
    """Texts of the variables."""
    return tuple(variable.name for variable in variables)


@lru_cache(maxsize=256)
def amounts_of(labels: tuple[str, ...]) -> tuple[Variable, ...]:
    """Amounts of the species."""
    return tuple(Variable(Kind.AMOUNT, label) for label in labels)
