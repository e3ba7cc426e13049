"""Independent work on further processes, where somebody waits for it: the same results to the bit, sooner.

A step that needs nothing of what is made meanwhile is handed in with :func:`later`; :meth:`Task.result` asks for it.
Outside of :func:`team` nothing begins before it is asked for, and then in this process. Inside, other processes begin
with what was handed in first, and who has to wait for one task does another meanwhile, the last first: nobody is idle
while there is work, and nothing is done twice. Whatever goes wrong elsewhere is done again here, so that an error comes
from where it would without them.
"""

from __future__ import annotations

import importlib
import io
import multiprocessing
import os
import pickle  # nothing but what these processes send one another
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

import numpy as np

from shortrange_core.spelling import place, spoken_in

R = TypeVar("R")


class Task(Generic[R]):
    """Work that was handed in; made by :func:`later`."""

    def __init__(self, work: Callable[[], R], team: _Team | None) -> None:
        self._work = work
        self._team = team
        self._elsewhere = None if team is None else team.begun(work)
        self._done: list[R] = []

    def result(self) -> R:
        """What the work gives; it is done here where no other process has begun with it."""
        while not self._done:
            if self._elsewhere is None or self._team is None or self._elsewhere.cancel():
                self._done.append(self._work())
            elif not self._elsewhere.done():
                self._team.meanwhile(self._elsewhere)
            else:
                try:
                    self._done.append(pickle.loads(self._elsewhere.result()))  # noqa: S301
                except Exception:  # of the work, or because its process has ended: here it has its place and its words
                    self._elsewhere = None
        return self._done[0]

    def if_not_begun(self) -> bool:
        """Do the work here if no process has begun with it, and tell whether that was so."""
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
        Of a module, which another process imports by its name.
    arguments, options
        Nothing of them is changed by anybody.

    Examples
    --------
    >>> later(divmod, 17, 5).result()
    (3, 2)
    """
    team = _TEAM.get()
    task = Task(partial(function, *arguments, **options), team)
    if team is not None:
        team.waiting.append(task)
    return task


@contextmanager
def team(jobs: int, *modules: str) -> Iterator[None]:
    """So many processes in all do what is handed in inside; they end with it, however it ends.

    Parameters
    ----------
    jobs
        Processes, this one among them: with 1, and where no other can be started, all is done here.
    modules
        What the others import at once, while this one does so too.
    """
    made = _Team.of(jobs - 1, modules) if jobs > 1 else None
    token = _TEAM.set(made)
    try:
        yield
    finally:
        _TEAM.reset(token)
        if made is not None:
            made.end()


def usual_jobs() -> int:
    """Two processes where two cores are free for this one, one where one is: a third would find little to do."""
    free = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(2, free)


class _Team:
    """Further processes, and what was handed in."""

    def __init__(self, processes: ProcessPoolExecutor, held: Connection) -> None:
        self._processes, self._held = processes, held
        self.waiting: list[Task[Any]] = []

    @classmethod
    def of(cls, count: int, modules: tuple[str, ...]) -> _Team | None:
        """So many processes; None where this system starts none, as without semaphores or room for them."""
        context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
        try:
            watched, held = context.Pipe(duplex=False)
            processes = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(watched,))
            with _uninterrupted():
                for _ in range(count):
                    processes.submit(_import, modules)
        except (OSError, NotImplementedError, ImportError, RuntimeError):
            return None
        return cls(processes, held)

    def begun(self, work: Callable[[], Any]) -> Future[bytes] | None:
        """The work as another process will do it; None where it cannot be sent there."""
        try:
            return self._processes.submit(_done, place(), _packed(work))
        except (pickle.PicklingError, AttributeError, TypeError, RuntimeError):  # not to be sent; nobody there any more
            return None

    def meanwhile(self, asked: Future[bytes]) -> None:
        """Something else that is to be done, or nothing until what is asked for is done."""
        while self.waiting:
            if self.waiting.pop().if_not_begun():
                return
        wait([asked])

    def end(self) -> None:
        """Let the processes end at once, whatever they are doing."""
        self._processes.shutdown(wait=False, cancel_futures=True)
        self._held.close()


_TEAM: ContextVar[_Team | None] = ContextVar("team", default=None)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that are started inside do not hear Ctrl-C, not even before they run: who started them ends them."""
    with ExitStack() as after:
        if hasattr(signal, "pthread_sigmask"):
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            after.callback(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        yield


def _begin(watched: Connection) -> None:
    """First in another process: it ends with the one that started it, also where that one was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where no mask is inherited
    threading.Thread(target=_end_with, args=(watched,), daemon=True).start()


def _end_with(watched: Connection) -> None:
    with suppress(EOFError, OSError):
        watched.recv()
    os._exit(0)


def _import(modules: tuple[str, ...]) -> None:
    for name in modules:
        importlib.import_module(name)


def _done(spelled_for: Any, packed: bytes) -> bytes:
    with spoken_in(spelled_for):
        return _packed(pickle.loads(packed)())  # noqa: S301


class _Packer(pickle.Pickler):
    """Keeps arrays read-only, which pickle forgets."""

    def reducer_override(self, value: Any) -> Any:
        """Read-only arrays as what makes them so again; all else as it is."""
        if type(value) is np.ndarray and not value.flags.writeable:
            return _read_only, (value.copy(order="K"),)
        return NotImplemented


def _read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    array.setflags(write=False)
    return array


def _packed(value: Any) -> bytes:
    whole = io.BytesIO()
    _Packer(whole, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return whole.getvalue()
