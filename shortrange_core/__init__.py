"""The bottom of the house: estimates, errors, notes, records, least squares; no chemistry and no spectra.

Names are imported when they are first used: a help page does not pay for arrays.
"""

from shortrange_core.lazy import attach

_HOMES = {
    "errors": ("AmbiguousFile", "BadInput", "FitFailed", "Infeasible"),
    "estimates": ("Estimates", "concatenate"),
    "notes": ("Note", "Severity", "Status"),
    "records": ("Provenance", "load", "provenance", "save"),
}

__all__, __getattr__, __dir__ = attach(__name__, _HOMES)
