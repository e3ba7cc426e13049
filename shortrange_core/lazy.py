"""Packages whose names are imported when they are first used (PEP 562), typed by the stub beside them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Attached = tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]


def attach(package: str, homes: Mapping[str, Sequence[str]], modules: Sequence[str] = ()) -> Attached:
    """``__all__, __getattr__, __dir__`` of a package.

    Parameters
    ----------
    package
        Its ``__name__``.
    homes
        Names by the module that they live in.
    modules
        Modules that are public themselves.
    """
    home_of = {name: home for home, names in homes.items() for name in names}

    def lookup(name: str) -> Any:
        if name in home_of:
            return getattr(importlib.import_module(f"{package}.{home_of[name]}"), name)
        if name in modules:
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    public = sorted((*home_of, *modules))
    return public, lookup, lambda: list(public)
