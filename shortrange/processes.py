"""Further processes that help, where somebody waits for a command: the same results to the bit, sooner.

They are started anew (a fork of a process with threads may hang), import what they need while this one reads its files,
and take what is handed in (:mod:`shortrange_core.tasks`). They end with the process that started them, however it ends.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from shortrange_core.spelling import Place, place, spoken_in
from shortrange_core.tasks import helped

LONGEST_CALM, LONGEST_END = 0.2, 5.0
"""s: for so long processes that are idle may end by themselves; longer nobody waits for a pool that does not end."""

QUICK = 5e-4
"""s: after so long a thread that hands work on has its turn, a tenth of what is usual: another process waits for it."""


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
    before = sys.getswitchinterval()
    sys.setswitchinterval(QUICK)
    try:
        with helped(made):
            yield
    finally:
        sys.setswitchinterval(before)
        made.end()


def usual_jobs() -> int:
    """Two processes where two cores are free for this one, one where one is: a third would find little to do."""
    free = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(2, free)


class _Processes:
    """A :class:`shortrange_core.tasks.Team` of processes."""

    def __init__(self, processes: ProcessPoolExecutor, held: Connection) -> None:
        self._processes, self._held = processes, held
        self._free, self._changing = 0, threading.RLock()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    @classmethod
    def of(cls, count: int, modules: tuple[str, ...]) -> _Processes | None:
        """So many processes; None where this system starts none, as without semaphores or room for them."""
        context = multiprocessing.get_context("spawn")
        try:
            watched, held = context.Pipe(duplex=False)
            processes = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(watched,))
            with _uninterrupted():
                importing = [processes.submit(import_to_stay, modules) for _ in range(count)]
        except (OSError, NotImplementedError, ImportError, RuntimeError):
            return None
        made = cls(processes, held)
        for one in importing:
            one.add_done_callback(partial(made._ended, Future()))
        return made

    def begin(self, work: Callable[[], Any]) -> Future[Any]:
        """The work as another process will do it, once one is free; it can be taken back until then."""
        handed: Future[Any] = Future()
        self._waiting.append((handed, partial(_done, place(), work)))
        self._give()
        return handed

    def _give(self) -> None:
        """Give what waits to processes that are free: a pool takes two more, with which nobody else could begin."""
        with self._changing:
            while self._free and self._waiting:
                handed, work = self._waiting.popleft()
                if handed.set_running_or_notify_cancel():
                    self._free -= 1
                    try:
                        self._processes.submit(work).add_done_callback(partial(self._ended, handed))
                    except RuntimeError as error:  # nobody is there any more
                        handed.set_exception(error)

    def _ended(self, handed: Future[Any], given: Future[Any]) -> None:
        """What a process gave to who asks for it; the process is free, if it is still there."""
        error = CancelledError() if given.cancelled() else given.exception()
        if error is None:
            handed.set_result(given.result())
        else:
            handed.set_exception(error)
        if not isinstance(error, BrokenExecutor):
            with self._changing:
                self._free += 1
            self._give()

    @staticmethod
    def wait(asked: Any) -> None:
        """Return when it is done."""
        wait([asked])

    def end(self) -> None:
        """Let the processes end, whatever they are doing, and wait until they have.

        A program that ends while its pool does may write to a pipe that the pool has closed, and say so. A process that
        ends before the pool has taken back what waits for it is a fault to the pool, which says that too.
        """
        self._waiting.clear()
        ending = threading.Thread(target=self._processes.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        ending.start()
        ending.join(LONGEST_CALM)
        self._held.close()  # what still runs ends here
        ending.join(LONGEST_END)


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
    atexit.register(os._exit, 0)  # without taking apart what was imported, for which who started it would wait


def _end_with(watched: Connection) -> None:
    with suppress(EOFError, OSError):
        watched.recv()
    os._exit(0)


def import_to_stay(modules: Iterable[str]) -> None:
    """Import what stays as long as its process: no search for cycles of references meanwhile, nor in it afterwards."""
    searched = gc.isenabled()
    gc.disable()
    try:
        for name in modules:
            importlib.import_module(name)
    finally:
        gc.freeze()
        if searched:
            gc.enable()


def _done(spelled_for: Place, work: Callable[[], Any]) -> Any:
    with spoken_in(spelled_for):
        return work()


def _as_sent(array: np.ndarray[Any, Any]) -> Any:
    """How an array travels: a read-only one stays so, which it would not by itself."""
    return array.__reduce__() if array.flags.writeable else (_read_only, (array.copy(order="K"),))


def _read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    array.setflags(write=False)
    return array


reduction.register(np.ndarray, _as_sent)
