"""Text of a reaction, whatever its terms are names of."""

from __future__ import annotations

import re
from fractions import Fraction

from shortrange_core.errors import BadInput

_TERM = re.compile(r"(?P<count>[0-9]+(?:\.[0-9]+)?)?\s*(?P<name>[A-Z]\S*)")
_PLUS = re.compile(r"\s+\+\s+")


def read_terms(text: str, *, like: str) -> dict[str, Fraction]:
    """Coefficient of every name in ``2 A + B -> C``, negative for what is used up.

    Parameters
    ----------
    text
        One ``->``; terms joined by `` + ``; a number may stand before a name.
    like
        A good reaction, for the error.

    Raises
    ------
    BadInput
        If it has not two sides, or a term is no name with or without a number.

    Examples
    --------
    >>> {name: int(n) for name, n in read_terms("S + 2 Na -> Na2S", like="S + 2 Na -> Na2S").items()}
    {'S': -1, 'Na': -2, 'Na2S': 1}
    """
    sides = text.split("->")
    if len(sides) != 2:
        raise BadInput(f"{text!r}: give one -> between what is consumed and what is produced, as in {like!r}")
    counts: dict[str, Fraction] = {}
    for sign, side in zip((-1, 1), sides, strict=True):
        for term in _PLUS.split(side.strip()):
            match = _TERM.fullmatch(term)
            if match is None:
                raise BadInput(
                    f"{text!r}: {term!r} is not a term; write number and name, joined by ' + ', as in {like!r}"
                )
            counts[match["name"]] = counts.get(match["name"], Fraction(0)) + sign * Fraction(match["count"] or 1)
    return counts
