"""Options of a function: what its signature says of each, so that recipes, command lines and pages are made from it.

A keyword argument is an option where it is annotated with an :class:`Option`:
``spinning_rate: Annotated[float | None, Option("Rate of the rotor.", unit="Hz", above=0)] = None``.
Arguments without one exist in Python only.
"""

from __future__ import annotations

import difflib
import inspect
import math
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from shortrange_core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Option:
    """What a signature says of one argument.

    Parameters
    ----------
    text
        One sentence.
    unit
        Unit of the number, or of both numbers of a pair.
    at_least, above, at_most
        Limits of a number.
    words
        Allowed words; empty where any text may stand.
    """

    text: str
    unit: str = ""
    at_least: float = -math.inf
    above: float = -math.inf
    at_most: float = math.inf
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stated:
    """One option of a function: its name, its type without the annotation, its default, and what is said of it."""

    name: str
    type: Any
    default: Any
    option: Option

    @property
    def rule(self) -> str:
        """Limits and words in one phrase; empty where there are none.

        Examples
        --------
        >>> Stated("rate", float, 1.0, Option("Rate.", unit="Hz", above=0)).rule
        'above 0 Hz'
        """
        o, unit = self.option, f" {self.option.unit}" if self.option.unit else ""
        limits = [
            f"{word} {limit:g}{unit}"
            for word, limit in (("at least", o.at_least), ("above", o.above), ("at most", o.at_most))
            if math.isfinite(limit)
        ]
        return " and ".join(limits) or (f"one of {', '.join(o.words)}" if o.words else "")


@cache
def options_of(function: Callable[..., Any]) -> tuple[Stated, ...]:
    """Options of a function in the order of its signature.

    Examples
    --------
    >>> def cut(*, depth: typing.Annotated[float, Option("How deep.", unit="mm")] = 2.0, tool: str = ""): ...
    >>> [(o.name, o.default, o.option.unit) for o in options_of(cut)]
    [('depth', 2.0, 'mm')]
    """
    hints = typing.get_type_hints(function, include_extras=True)
    stated = []
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints.get(name)
        options = [item for item in getattr(hint, "__metadata__", ()) if isinstance(item, Option)]
        if options:
            stated.append(Stated(name, typing.get_args(hint)[0], parameter.default, options[0]))
    return tuple(stated)


def alternatives(hint: Any) -> tuple[Any, ...]:
    """Types of a union, None left out; the type itself where it is none."""
    parts = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    return tuple(part for part in parts if part is not type(None))


def closest(word: str, words: Iterable[str]) -> str:
    """The known word that is close to a wrong one; empty where none is."""
    by_small = {k.lower(): k for k in words}
    close = difflib.get_close_matches(word.lower(), by_small, n=1, cutoff=0.6)
    return by_small[close[0]] if close else ""


def nearest(word: str, words: Iterable[str]) -> str:
    """``; did you mean 'glass'?`` where a known word is close; else nothing.

    Examples
    --------
    >>> nearest("glas", ("glass", "crystal")), nearest("xyz", ("glass", "crystal"))
    ("; did you mean 'glass'?", '')
    """
    close = closest(word, words)
    return f"; did you mean {close!r}?" if close else ""


def check_word(word: str, allowed: Iterable[str], place: str) -> str:
    """The word as it is spelled among the known ones.

    Raises
    ------
    BadInput
        If it is none of them: the nearest and all of them are named.

    Examples
    --------
    >>> check_word("Glass", ("glass", "crystal"), "phase")
    'glass'
    """
    words = tuple(allowed)
    for candidate in words:
        if candidate.lower() == word.strip().lower():
            return candidate
    raise BadInput(f"{place} = {word!r}: is not known{nearest(word, words) or ';'} give one of {', '.join(words)}")
