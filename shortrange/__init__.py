"""The workflow: recipe, analysis of a glass series, report, command line.

Names are imported when they are first used, so that a help page costs nothing.
"""

import importlib
from typing import Any

_HOMES = {
    "example": ("write_example",),
    "recipe": ("Recipe", "check_recipe", "read_recipe"),
    "remaking": ("Comparison", "remake"),
    "reporting": ("report",),
    "single": ("fit_file", "model_at"),
    "workflow": ("Analysis", "analyse"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(importlib.import_module(f"shortrange.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module 'shortrange' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
