"""Further processes that help, where somebody waits for a command: the same results to the bit, sooner.

They are started anew (a fork of a process with threads may hang), import what they need while this one reads its files,
and take what is handed in (:mod:`shortrange_core.tasks`). They end with the process that started them, however it ends.
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
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from shortrange_core.spelling import place, spoken_in
from shortrange_core.tasks import helped


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
    made = _Processes.of(jobs - 1, modules) if jobs > 1 else None
    if made is None:
        yield
        return
    try:
        with helped(made):
            yield
    finally:
        made.end()


def usual_jobs() -> int:
    """Two processes where two cores are free for this one, one where one is: a third would find little to do."""
    free = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(2, free)


class _Sent:
    """Work that another process has."""

    def __init__(self, future: Future[bytes]) -> None:
        self.future = future
        self.cancel, self.done = future.cancel, future.done

    def result(self) -> Any:
        """What came back."""
        return pickle.loads(self.future.result())  # noqa: S301


class _Processes:
    """A :class:`shortrange_core.tasks.Team` of processes."""

    def __init__(self, processes: ProcessPoolExecutor, held: Connection) -> None:
        self._processes, self._held = processes, held

    @classmethod
    def of(cls, count: int, modules: tuple[str, ...]) -> _Processes | None:
        """So many processes; None where this system starts none, as without semaphores or room for them."""
        context = multiprocessing.get_context("spawn")
        try:
            watched, held = context.Pipe(duplex=False)
            processes = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(watched,))
            with _uninterrupted():
                for _ in range(count):
                    processes.submit(_import, modules)
        except (OSError, NotImplementedError, ImportError, RuntimeError):
            return None
        return cls(processes, held)

    def begin(self, work: Callable[[], Any]) -> _Sent | None:
        """The work as another process will do it; None where it cannot be sent there."""
        try:
            return _Sent(self._processes.submit(_done, place(), _packed(work)))
        except (pickle.PicklingError, AttributeError, TypeError, RuntimeError):  # not to be sent; nobody there any more
            return None

    @staticmethod
    def wait(asked: Any) -> None:
        """Return when it is done."""
        wait([asked.future])

    def end(self) -> None:
        """Let the processes end at once, whatever they are doing."""
        self._processes.shutdown(wait=False, cancel_futures=True)
        self._held.close()


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
