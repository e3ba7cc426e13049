"""Ctrl-C while a command runs: it stops, whatever it was doing, and is not taken for a fault of what it met."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

STOPPED = "stopped by the user; incomplete output was removed"

_asked, _answered = threading.Event(), threading.Event()


class Interrupted(KeyboardInterrupt):
    """The user asked to stop; raised again where it is dropped before anybody has answered it.

    Compiled modules drop what is raised while they are imported, and so does Python in what it calls when an object
    goes. It is a class of its own, because where ``KeyboardInterrupt`` itself leaves a text that is executed, as the
    methods of a dataclass are, Python 3.11 ends the process by the signal, even if it was caught and answered.
    """

    @property
    def __del__(self) -> Callable[[], object]:
        """What runs when it goes: no code of Python, in which it would be raised at once, and dropped again."""
        return int if _answered.is_set() else _thread.interrupt_main


def stop_taken() -> bool:
    """Whether the user has asked to stop, which counts as answered from now on.

    What goes wrong after it was asked for, as in a class half made, comes of that.
    """
    if _asked.is_set():
        _answered.set()
    return _asked.is_set()


@contextmanager
def hearing_stops() -> Iterator[None]:
    """Ctrl-C inside raises :class:`Interrupted`, unless who started the program has it ignored or hears it already."""
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    _asked.clear()
    _answered.clear()
    hook = sys.unraisablehook
    sys.unraisablehook = partial(_told_again, hook)
    signal.signal(signal.SIGINT, _stop)
    try:
        yield
    finally:
        _answered.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = hook


def _stop(*_: object) -> None:
    _asked.set()
    raise Interrupted


def _told_again(hook: Callable[[Any], object], dropped: Any) -> None:
    """What Python says of an error that it drops; a stop is raised again, so that nothing is said of it."""
    if not isinstance(dropped.exc_value, Interrupted):
        hook(dropped)
