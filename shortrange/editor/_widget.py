"""The page in a notebook: the same file, joined to its session by the notebook's own channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget

import spectra
from shortrange.editor._session import Session
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
        self.on_msg(self._told)

    def _told(self, _widget: Any, message: Any, _buffers: Any) -> None:
        for answer in self.session.handle(message):
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
