"""Independent work that is handed in before it is asked for, so that others may do it meanwhile.

A step that needs nothing of what is made in between is handed in with :func:`later`; :meth:`Task.result` asks for it.
Where nobody helps, nothing begins before it is asked for, and then here. Inside :func:`helped` a team begins with what
was handed in first, and who has to wait for one task does another meanwhile, the last first: nobody is idle while there
is work, and nothing is done twice. Whatever goes wrong elsewhere is done again here, so that an error comes from where
it would without help.

No process and no thread is needed for it: a team has those (:mod:`shortrange.processes`), a page has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

R = TypeVar("R")


class Elsewhere(Protocol):
    """Work that a team has, as a future has it."""

    def cancel(self) -> bool:
        """Take it back where nobody has begun with it, and tell whether that was so."""

    def done(self) -> bool:
        """Whether it has ended, well or not."""

    def result(self) -> Any:
        """What it gave, or the error that it ended with."""


class Team(Protocol):
    """Who helps."""

    def begin(self, work: Callable[[], Any]) -> Elsewhere | None:
        """Take the work; None where it cannot be given away."""

    def wait(self, asked: Elsewhere) -> None:
        """Return when it is done."""


class _Helped:
    """A team, and what was handed in to it."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.waiting: list[Task[Any]] = []


_HELPED: ContextVar[_Helped | None] = ContextVar("helped", default=None)


@contextmanager
def helped(team: Team) -> Iterator[None]:
    """What is handed in inside may be done by a team."""
    token = _HELPED.set(_Helped(team))
    try:
        yield
    finally:
        _HELPED.reset(token)


class Task(Generic[R]):
    """Work that was handed in; made by :func:`later`."""

    def __init__(self, work: Callable[[], R], helpers: _Helped | None) -> None:
        self._work = work
        self._helpers = helpers
        self._elsewhere = None if helpers is None else helpers.team.begin(work)
        self._done: list[R] = []

    def result(self) -> R:
        """What the work gives; it is done here where nobody else has begun with it."""
        while not self._done:
            if self._helpers is None or self._elsewhere is None or self._elsewhere.cancel():
                self._done.append(self._work())
            elif not self._elsewhere.done():
                self._meanwhile(self._helpers, self._elsewhere)
            else:
                try:
                    self._done.append(self._elsewhere.result())
                except Exception:  # of the work, or of who did it: here it has its place and its words
                    self._elsewhere = None
        return self._done[0]

    @staticmethod
    def _meanwhile(helpers: _Helped, asked: Elsewhere) -> None:
        """Something else that is to be done, or nothing until what is asked for is done."""
        while helpers.waiting:
            if helpers.waiting.pop().if_not_begun():
                return
        helpers.team.wait(asked)

    def if_not_begun(self) -> bool:
        """Do the work here if nobody has begun with it, and tell whether that was so."""
        if self._done or self._elsewhere is None or not self._elsewhere.cancel():
            return False
        with suppress(Exception):  # who asks for the result meets it
            self.result()
        return True


def later(function: Callable[..., R], *arguments: Any, **options: Any) -> Task[R]:
    """Hand in a call that needs nothing of what is made meanwhile.

    Parameters
    ----------
    function
        Of a module, so that another process finds it by its name.
    arguments, options
        Nothing of them is changed by anybody.

    Examples
    --------
    >>> later(divmod, 17, 5).result()
    (3, 2)
    """
    helpers = _HELPED.get()
    task = Task(partial(function, *arguments, **options), helpers)
    if helpers is not None:
        helpers.waiting.append(task)
    return task
