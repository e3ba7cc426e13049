"""Views of a frozen record are worked out once: tables, figures and questions ask for the same ones again and again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

R = TypeVar("R")
T = TypeVar("T")


def kept(view: Callable[[R], T]) -> Callable[[R], T]:
    """A view of one record that is worked out when it is first asked for, and goes when its record goes.

    Parameters
    ----------
    view
        Function of one record that nothing changes (frozen, compared by identity, with a slot for weak references);
        what it gives is not changed by those who ask.

    Examples
    --------
    >>> class Counted:
    ...     asked = 0
    >>> @kept
    ... def view(record: Counted) -> int:
    ...     Counted.asked += 1
    ...     return 42
    >>> one = Counted()
    >>> view(one), view(one), Counted.asked
    (42, 42, 1)
    """
    views: WeakKeyDictionary[R, T] = WeakKeyDictionary()

    @wraps(view)
    def once(record: R) -> T:
        if record not in views:
            views[record] = view(record)
        return views[record]

    return once
