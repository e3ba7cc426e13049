"""The bottom of the house: estimates, errors, notes, records, least squares; no chemistry and no spectra.

Names are imported when they are first used: a help page does not pay for arrays.
"""

import importlib
from typing import Any

_HOMES = {
    "errors": ("AmbiguousFile", "BadInput", "FitFailed", "Infeasible"),
    "estimates": ("Estimates", "concatenate"),
    "notes": ("Note", "Severity", "Status"),
    "records": ("Provenance", "load", "provenance", "save"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(importlib.import_module(f"shortrange_core.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module 'shortrange_core' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
