"""How an option is spelled where the user stands: an argument in Python, a flag on the command line, a recipe key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Place = Literal["python", "command line", "recipe"]
_PLACE: ContextVar[Place] = ContextVar("place", default="python")


@contextmanager
def spoken_in(place: Place) -> Iterator[None]:
    """Errors that are raised inside spell options as they are in ``place``."""
    token = _PLACE.set(place)
    try:
        yield
    finally:
        _PLACE.reset(token)


def place() -> Place:
    """Where the user stands, as :func:`spoken_in` says."""
    return _PLACE.get()


def option(name: str, value: str | float | bool | None = None) -> str:
    """An option as it is written, with a value where one is given; on the command line ``True`` is the flag alone.

    Examples
    --------
    >>> option("photon_energy"), option("energy", "kinetic")
    ('photon_energy=', "energy='kinetic'")
    >>> with spoken_in("command line"):
    ...     option("photon_energy"), option("energy", "kinetic"), option("technique", "O 1s XPS")
    ('--photon-energy', '--energy kinetic', "--technique 'O 1s XPS'")
    >>> with spoken_in("recipe"):
    ...     option("photon_energy", 1486.6)
    'photon_energy = 1486.6'
    >>> ways = []
    >>> for place in ("python", "command line", "recipe"):
    ...     with spoken_in(place):
    ...         ways.append(option("sodium", True))
    >>> ways
    ['sodium=True', '--sodium', 'sodium = true']
    """
    here = _PLACE.get()
    if isinstance(value, bool) and here != "python":
        return _switched(name, on=value, flag=here == "command line")
    if here == "command line":
        flag = f"--{name.replace('_', '-')}"
        if value is None:
            return flag
        return f"{flag} {value!r}" if isinstance(value, str) and " " in value else f"{flag} {value}"
    if value is None:
        return f"{name}=" if here == "python" else name
    return f"{name}={value!r}" if here == "python" else f"{name} = {value!r}"


def _switched(name: str, *, on: bool, flag: bool) -> str:
    if flag:
        return f"--{'' if on else 'no-'}{name.replace('_', '-')}"
    return f"{name} = {str(on).lower()}"


def spelled(python: str, *, command_line: str, recipe: str) -> str:
    """A way out that differs between the places: its text in the place where the user stands.

    Examples
    --------
    >>> ways = {"command_line": "see 'shortrange balance'", "recipe": "correct the statement"}
    >>> spelled("see conflicts()", **ways)
    'see conflicts()'
    >>> with spoken_in("recipe"):
    ...     spelled("see conflicts()", **ways)
    'correct the statement'
    """
    return {"python": python, "command line": command_line, "recipe": recipe}[_PLACE.get()]
