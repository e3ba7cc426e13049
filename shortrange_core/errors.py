"""The errors a user meets: the value, the rule, the way out.

A :class:`BadInput` carries every offender of one check at once, so that a library or a recipe with
five mistakes is corrected in one go.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


class ShortrangeError(Exception):
    """Base of every error that the packages raise on purpose."""


class BadInput(ShortrangeError, ValueError):
    """Input that cannot be used as it is; one line per offender, all offenders together.

    Examples
    --------
    >>> raise BadInput("glass.toml: x = 5 is above 4; give 0 <= x <= 4")
    Traceback (most recent call last):
    shortrange_core.errors.BadInput: glass.toml: x = 5 is above 4; give 0 <= x <= 4
    """

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class AmbiguousFile(BadInput):
    """A file holds several blocks and none was named; ``choices`` are the names that ``block=`` takes."""

    def __init__(self, problem: str, choices: tuple[str, ...] = ()) -> None:
        self.choices = choices
        super().__init__(problem)


class UnknownFormat(BadInput):
    """No reader recognises a file: another room may."""


class Unstated(BadInput):
    """A file is recognised, but does not state what only its user can, such as a unit."""


class RejectedResult(ShortrangeError, RuntimeError):
    """A computation ran, but its result is not to be trusted; ``record`` is what it found."""

    def __init__(self, message: str, record: Any = None) -> None:
        self.record = record
        super().__init__(message)


class FitFailed(RejectedResult):
    """A fit ended without a result to be trusted; ``record`` is the fit with its status and notes."""


class Infeasible(RejectedResult):
    """Statements cannot hold together; ``record`` names the minimal contradicting sets."""


class Offenders:
    """Collects the problems of one check and raises them together.

    Examples
    --------
    >>> offenders = Offenders()
    >>> offenders.add("a: is negative")
    >>> offenders.add("b: is missing")
    >>> offenders.raise_if_any()
    Traceback (most recent call last):
    shortrange_core.errors.BadInput: a: is negative
    b: is missing
    """

    def __init__(self) -> None:
        self.problems: list[str] = []

    def add(self, *problems: str) -> None:
        """Keep one or more problems, each one a full sentence with value, rule and way out."""
        self.problems.extend(problems)

    def positive(self, unit: str, **values: float) -> None:
        """Keep a problem for every value that is not finite and above 0.

        Examples
        --------
        >>> offenders = Offenders()
        >>> offenders.positive("cm", thickness=-0.1, diameter=1.0)
        >>> offenders.problems
        ['thickness = -0.1 cm: must be finite and above 0']
        """
        self._outside(values, unit, "above 0", lambda value: 0 < value < math.inf)

    def not_negative(self, unit: str, **values: float) -> None:
        """Keep a problem for every value that is not finite and 0 or more (a standard deviation)."""
        self._outside(values, unit, "0 or more", lambda value: 0 <= value < math.inf)

    def _outside(self, values: dict[str, float], unit: str, rule: str, inside: Callable[[float], bool]) -> None:
        for name, value in values.items():
            if not inside(value):
                self.add(f"{name} = {value}{' ' if unit else ''}{unit}: must be finite and {rule}")

    @contextmanager
    def of(self, place: str = "") -> Iterator[None]:
        """Keep the problems of an error that is raised inside, each behind its place; go on after it."""
        try:
            yield
        except BadInput as error:
            self.add(*_placed(place, error.problems))

    def raise_if_any(self, place: str = "") -> None:
        """Raise :class:`BadInput` with every problem kept so far, each behind its place, if there is one."""
        if self.problems:
            raise BadInput(*_placed(place, self.problems))


def _placed(place: str, problems: Sequence[str]) -> list[str]:
    return [f"{place}: {problem}" if place else problem for problem in problems]


def check_level(level: float) -> None:
    """Refuse what is no probability content of an interval.

    Raises
    ------
    BadInput
        If ``level`` is not between 0 and 1.

    Examples
    --------
    >>> check_level(0.95)
    >>> check_level(95)
    Traceback (most recent call last):
    shortrange_core.errors.BadInput: level = 95: must lie between 0 and 1, such as 0.95
    """
    if not 0 < level < 1:
        raise BadInput(f"level = {level}: must lie between 0 and 1, such as 0.95")
