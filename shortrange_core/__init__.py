"""The bottom of the house: estimates, errors, notes, records, least squares; no chemistry and no spectra."""

from shortrange_core.errors import AmbiguousFile, BadInput, FitFailed, Infeasible
from shortrange_core.estimates import Estimates, concatenate
from shortrange_core.notes import Note, Severity, Status
from shortrange_core.records import Provenance, load, provenance, save

__all__ = [
    "AmbiguousFile",
    "BadInput",
    "Estimates",
    "FitFailed",
    "Infeasible",
    "Note",
    "Provenance",
    "Severity",
    "Status",
    "concatenate",
    "load",
    "provenance",
    "save",
]
