"""Whose turn it is: messages of pages one at a time and off the event loop, and the word that stops the one in work.

A fit of a model that cannot describe its data may take long. It runs in the executor of the loop, which goes on hearing
``stop``; where an interpreter has no threads (Pyodide) the executor of its loop runs it in place, nothing is heard
meanwhile, and the bound on its time alone ends it.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import copy_context
from typing import Any

from shortrange.editor._session import Session
from shortrange_core.stopping import stoppable

PATIENCE = 60.0
"""Seconds after which an edit is given up. Fits that succeed take less than ten; ``analyse`` knows no such bound."""
AT_YOUR_WORD = "you stopped it"
QUESTION = "question"
"""Key under which a page numbers its questions; answers carry it back, so that a page knows its own."""


class Turns:
    """The messages of all pages of a session, in the order in which they came.

    Parameters
    ----------
    session
        What is edited.
    patience
        Seconds that one message may take.
    """

    def __init__(self, session: Session, *, patience: float = PATIENCE) -> None:
        self.session, self.patience = session, patience
        self._turn = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._last = self._stopped = 0

    def stop(self) -> None:
        """Stop the message in work, and those that came before this word."""
        self._stopped = self._last

    async def answers(self, message: Any) -> AsyncIterator[dict[str, Any]]:
        """Answers to a message when its turn has come, each as soon as it is there.

        Parameters
        ----------
        message
            As :meth:`~shortrange.editor.Session.handle` takes it, with the number of the question where the page counts
            them; ``{"type": "stop"}`` is no question and has no answer.
        """
        asked = dict(message) if isinstance(message, dict) else message
        own = {QUESTION: asked.pop(QUESTION)} if isinstance(asked, dict) and QUESTION in asked else {}
        if asked == {"type": "stop"}:
            self.stop()
            return
        self._last = number = next(self._numbers)
        async with self._turn:
            steps = self.session.handle(asked)
            watch = self._watch(number, asked)
            loop = asyncio.get_running_loop()
            while True:
                answer = await loop.run_in_executor(None, copy_context().run, _next, steps, watch)
                if answer is None:
                    return
                yield answer | own

    def _watch(self, number: int, message: Any) -> Callable[[], str]:
        """Why to stop, if there is a reason; a page that opens must show something, however long it takes."""
        begin = time.monotonic()
        first = isinstance(message, dict) and message.get("type") == "open"

        def watch() -> str:
            if first:
                return ""
            if number <= self._stopped:
                return AT_YOUR_WORD
            return f"it took more than {self.patience:g} s" if time.monotonic() - begin > self.patience else ""

        return watch


def _next(steps: Iterator[dict[str, Any]], watch: Callable[[], str]) -> dict[str, Any] | None:
    with stoppable(watch):
        return next(steps, None)
