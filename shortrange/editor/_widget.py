"""The page in a notebook: the same file, joined to its session by the notebook's own channel."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import anywidget

import spectra
from shortrange.editor._session import Session
from shortrange.editor._turns import Turns
from shortrange.edits import Edit


class Editor(anywidget.AnyWidget):
    """A session on screen.

    Parameters
    ----------
    session
        What is edited.
    """

    _esm = Path(__file__).with_name("page.js")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._turns = Turns(session)
        self._work: set[asyncio.Task[None]] = set()
        self.on_msg(self._told)

    def _told(self, _widget: Any, message: Any, _buffers: Any) -> None:
        """Answer in the loop of the notebook, which goes on hearing; in place where there is none."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(self._answer(message))
            return
        task = loop.create_task(self._answer(message))
        self._work.add(task)  # a loop keeps only weak references to its tasks
        task.add_done_callback(self._work.discard)

    async def _answer(self, message: Any) -> None:
        async for answer in self._turns.answers(message):
            self.send(answer)

    @property
    def fit(self) -> spectra.Fit:
        """Fit on screen."""
        return self.session.fit

    @property
    def edit(self) -> Edit:
        """Edit of the spectrum on screen; ``fit_file(edit=)`` takes it."""
        return self.session.edit

    @property
    def text(self) -> str:
        """The state as TOML."""
        return self.session.text
