"""What a page may ask for: each message is checked when it comes and says what it makes of an edit.

A message changes an :class:`~shortrange.edits.Edit`, which cannot be changed itself, into the next one; the fit that is
on screen tells it the numbers that it needs, such as the value at which a parameter is locked.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from shortrange.editor._changes import (
    Add,
    BackgroundDegree,
    Exclude,
    Lock,
    Name,
    Off,
    Phase,
    Range,
    Remove,
    Reset,
    SetValues,
    Tie,
    Untie,
)
from shortrange.edits import Strict
from shortrange_core.errors import BadInput


class Open(Strict):
    """A page has come: tell it everything."""

    type: Literal["open"]


class Select(Strict):
    """Show another spectrum."""

    type: Literal["select"]
    spectrum: int = Field(ge=0)


class Step(Strict):
    """Go back or forward in what was done."""

    type: Literal["undo", "redo"]


class Save(Strict):
    """Write the state to its file."""

    type: Literal["save"]


class Text(Strict):
    """Show the state as TOML."""

    type: Literal["text"]


Changes = (
    SetValues | Lock | Tie | Untie | Add | Remove | Off | Name | BackgroundDegree | Range | Exclude | Phase | Reset
)
Message = Open | Select | Step | Save | Text | Changes
_ADAPTER: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def parsed(message: Any) -> Message:
    """A message as the page sent it.

    Raises
    ------
    BadInput
        If it is none that a session knows.
    """
    try:
        return _ADAPTER.validate_python(message)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "message"
        raise BadInput(f"{place}: {first['msg'][0].lower()}{first['msg'][1:]}; reload the page") from error
