"""A computation that can be asked to stop: every evaluation of a model asks whether to go on.

No thread and no process is needed for it: who watches says why to stop, and may be a clock where nothing else can speak
while a computation runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shortrange_core.errors import ShortrangeError

Watch = Callable[[], str]
"""Empty text to go on; why to stop otherwise."""
_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


class Stopped(ShortrangeError):
    """A computation was asked to stop; nothing of it is kept. Its text says why."""


@contextmanager
def stoppable(watch: Watch) -> Iterator[None]:
    """Computations inside ask ``watch`` at every evaluation of their model.

    Examples
    --------
    >>> with stoppable(lambda: "at your word"):
    ...     go_on()
    Traceback (most recent call last):
    shortrange_core.stopping.Stopped: at your word
    """
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


def go_on() -> None:
    """Return, unless who watches this computation says why it must stop.

    Raises
    ------
    Stopped
        With that reason.
    """
    watch = _WATCH.get()
    if watch is not None and (reason := watch()):
        raise Stopped(reason)
