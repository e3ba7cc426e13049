"""What a user must know about a result: a status and notes with codes, instead of Python warnings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a fit or a solve ended; everything but ``ok`` has a note that says why and what to do."""

    OK = "ok"
    AT_BOUND = "at_bound"
    UNDETERMINED = "undetermined"
    NO_COVARIANCE = "no_covariance"
    NOT_CONVERGED = "not_converged"
    REJECTED = "rejected"
    MISFIT = "misfit"

    @property
    def words(self) -> str:
        """As it is read in print and in figures: ``at bound``."""
        return self.value.replace("_", " ")

    @property
    def trusted(self) -> bool:
        """True where the point estimate may be used (its intervals may still be one-sided)."""
        return self in (Status.OK, Status.AT_BOUND, Status.UNDETERMINED)


class Severity(StrEnum):
    """How much a note matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a user must know about a result.

    Parameters
    ----------
    code
        Kebab-case name listed in CONVENTIONS.md, such as ``"area-at-bound"``.
    severity
        How much it matters.
    text
        What was seen, with the value.
    remedy
        What the user can do about it.
    """

    code: str
    severity: Severity
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f" -> {self.remedy}" if self.remedy else ""
        return f"{self.severity}: {self.text} [{self.code}]{remedy}"
