"""The session: messages in, messages out, and the whole history of edits; no browser, no server, no notebook.

Every state is a recipe. A message that would make an edit which cannot be fitted changes nothing and is answered with
the reason; all others make a new state, which is fitted before it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import spectra
from shortrange.editor._changes import Change
from shortrange.editor._documents import Document, Edits
from shortrange.editor._messages import Open, Save, Select, Step, Text, parsed
from shortrange.editor._views import (
    axis_view,
    choices_view,
    curves_view,
    peaks_view,
    structure_view,
    verdict_view,
    whole_view,
)
from shortrange.edits import Edit
from shortrange_core.errors import BadInput, RejectedResult
from shortrange_core.stopping import Stopped

FIT_STOPPED = "The fit was stopped: {}. Nothing was changed. Lock what need not be fitted, or use a narrower range."
BALANCES_STOPPED = "The balances were stopped: {}. The fit is kept; the next edit solves them again."


@dataclass(frozen=True, slots=True)
class _State:
    """One point of the history: the edits of all spectra, and the spectrum that was in view."""

    edits: Edits
    selected: int


class Session:
    """A state machine over the edits of a document.

    Parameters
    ----------
    document
        What is edited.

    Examples
    --------
    >>> import numpy as np
    >>> import spectra
    >>> from shortrange.editor import FitDocument
    >>> x = np.linspace(0.0, 100.0, 300)
    >>> spectrum = spectra.from_arrays(x, np.exp(-(((x - 40) / 6) ** 2)), axis="chemical_shift", noise=0.01)
    >>> line = spectra.peak("a", {"center": (42.0, 30.0, 50.0), "fwhm": 8.0}, shape="gaussian")
    >>> session = Session(FitDocument(spectra.fit(spectrum, spectra.Model("", "chemical_shift", (line,)))))
    >>> answers = list(session.handle({"type": "lock", "parameter": "a_center", "on": True}))
    >>> [answer["type"] for answer in answers], session.edit.fixed
    (['state', 'structure'], {'a_center': 40.0})
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._history = [_State(document.edits, 0)]
        self._at = 0
        self._saved: Edits = document.edits

    @property
    def state(self) -> _State:
        """Where the history stands."""
        return self._history[self._at]

    @property
    def edits(self) -> Edits:
        """Edits of all spectra."""
        return self.state.edits

    @property
    def edit(self) -> Edit:
        """Edit of the spectrum in view."""
        return self.edits[self.state.selected]

    @property
    def fit(self) -> spectra.Fit:
        """Fit of the spectrum in view."""
        return self.document.fit(self.state.selected, self.edit)

    @property
    def text(self) -> str:
        """The state as TOML."""
        return self.document.text(self.edits)

    def handle(self, message: Any) -> Iterator[dict[str, Any]]:
        """Answers to one message, the fit first and what it does to the glass after it.

        Parameters
        ----------
        message
            A mapping with a ``type``, see :mod:`shortrange.editor`.

        Yields
        ------
        dict
            ``state``, ``structure``, ``saved``, ``text``, or ``error`` where nothing was changed. A fit that is stopped
            (:mod:`shortrange_core.stopping`) changes nothing; where it was the balances, the state before them is kept.
        """
        told = False
        try:
            for answer in self._answered(message):
                yield answer
                told = told or answer["type"] == "state"
        except Stopped as why:
            yield {"type": "error", "problems": [BALANCES_STOPPED.format(why) if told else FIT_STOPPED.format(why)]}
        except BadInput as error:
            yield {"type": "error", "problems": list(error.problems)}
        except RejectedResult as error:
            yield {"type": "error", "problems": [str(error)]}

    def _answered(self, message: Any) -> Iterator[dict[str, Any]]:
        asked = parsed(message)
        if isinstance(asked, Save):
            name = self.document.save(self.edits)
            self._saved = self.edits
            yield {"type": "saved", "file": name}
        elif isinstance(asked, Text):
            yield {"type": "text", "text": self.text}
            return
        elif isinstance(asked, Change):
            self._do(asked)
        elif isinstance(asked, Select):
            self._select(asked.spectrum)
        elif isinstance(asked, Step):
            self._at = min(max(self._at + (1 if asked.type == "redo" else -1), 0), len(self._history) - 1)
        yield from self._told(whole=isinstance(asked, (Open, Select, Step)) or asked.type == "phase")

    def _do(self, change: Change) -> None:
        """Keep the changed edit if it can be fitted; what was undone before is forgotten then."""
        edit = change.change(self.edit, self.fit)
        if edit == self.edit:
            return
        selected = self.state.selected
        self.document.fit(selected, edit)
        edits = (*self.edits[:selected], edit, *self.edits[selected + 1 :])
        self._history[self._at + 1 :] = [_State(edits, selected)]
        self._at += 1

    def _select(self, number: int) -> None:
        """Another spectrum in view; no step of the history of its own."""
        if number >= len(self.document.names):
            raise BadInput(f"spectrum = {number}: there are {len(self.document.names)}, counted from 0")
        self.document.fit(number, self.edits[number])
        self._history[self._at] = _State(self.edits, number)

    def _told(self, *, whole: bool) -> Iterator[dict[str, Any]]:
        yield self._view(whole=whole)
        number = self.state.selected
        now = self.document.structure(number, self.edits)
        yield structure_view(now, self.document.structure(number, self.document.edits))

    def _view(self, *, whole: bool) -> dict[str, Any]:
        number, edit, document = self.state.selected, self.edit, self.document
        fit, choices = self.fit, document.choices(number)
        opened = document.edits
        parts = len(fit.model.background[0].parameters) if fit.model.background else 0
        view: dict[str, Any] = {
            "type": "state",
            "title": document.title,
            "spectra": [
                {"name": name, "edited": edits != first}
                for name, edits, first in zip(document.names, self.edits, opened, strict=True)
            ],
            "selected": number,
            "axis": axis_view(fit.model),
            "curves": curves_view(fit),
            "peaks": peaks_view(fit, document.fit(number, opened[number]), edit, choices),
            "choices": choices_view(choices),
            "fit": verdict_view(fit),
            "background_degree": parts - 1,
            "window": edit.window,
            "exclude": edit.exclude,
            "phase": (edit.phase or [0.0, 0.0]) if document.has_phase(number) else None,
            "can": {"undo": self._at > 0, "redo": self._at < len(self._history) - 1},
            "unsaved": self.edits != self._saved,
        }
        return view | ({"whole": whole_view(document.whole(number, edit), fit.model)} if whole else {})
