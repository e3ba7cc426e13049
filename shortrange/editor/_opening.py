"""Ways into the editor: a recipe or a fit in a notebook, a recipe at a local address."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import spectra
from shortrange.editor._documents import RecipeDocument
from shortrange.editor._fit_document import FitDocument
from shortrange.editor._session import Session
from shortrange_core.errors import BadInput

if TYPE_CHECKING:
    from shortrange.editor._widget import Editor


def edit(target: str | Path | spectra.Fit, *, save: str | Path | None = None) -> Editor:
    """The editor in a notebook.

    Parameters
    ----------
    target
        A recipe (its path) or a fit.
    save
        For a fit: TOML file that its edit is written to; ``fit_file(edit=)`` takes it. A recipe is written to itself.

    Returns
    -------
    Editor
        A widget with ``fit``, ``edit`` and ``text`` of the state on screen.

    Raises
    ------
    BadInput
        If anywidget is not installed, or the recipe cannot be read.
    """
    if isinstance(target, spectra.Fit):
        return widget(Session(FitDocument(target, save)))
    if save is not None:
        raise BadInput(f"save = {str(save)!r}: a recipe is written to its own file; leave save out")
    return widget(Session(RecipeDocument(target)))


def edit_fit(fit: spectra.Fit, **options: Any) -> Editor:
    """What ``fit.edit()`` calls; see :func:`edit`."""
    return edit(fit, **options)


def widget(session: Session) -> Editor:
    """A session as a widget.

    Raises
    ------
    BadInput
        If anywidget is not installed.
    """
    try:
        from shortrange.editor._widget import Editor  # noqa: PLC0415  # an optional extra
    except ImportError as error:
        raise BadInput("the editor in a notebook needs anywidget; pip install 'shortrange[edit]'") from error
    return Editor(session)
