"""What a fit takes from the library: a prior for a position, or a window where there is no position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shortrange_core.errors import BadInput
from shortrange_core.showing import Shown


@dataclass(frozen=True, eq=False, slots=True)
class Prior(Shown):
    """Gaussian prior for the position of one line of one species.

    Parameters
    ----------
    mean, sd
        In ``unit``, relative to the spectrum's referencing offset: ``sd**2 = spread**2 + standard_error**2``.
    source
        Whom to cite, for a person.
    species, technique, line, scale, unit
        What it is the position of, and on which reference scale.
    claims, sources
        Keys of the claims behind it, and how many independent sources they come from.
    spread, standard_error
        Between-source sd for a new sample, and standard error of the mean.
    default
        True where the spread is the technique's, not the group's own.
    reason
        Why the sd is what it is.
    fwhm
        Mean published width, where there is one.
    """

    mean: float
    sd: float
    source: str
    species: str = ""
    technique: str = ""
    line: str = ""
    scale: str = ""
    unit: str = ""
    claims: tuple[str, ...] = ()
    sources: int = 1
    spread: float = float("nan")
    standard_error: float = float("nan")
    default: bool = False
    reason: str = ""
    fwhm: float | None = None

    def __post_init__(self) -> None:
        if not self.sd > 0:
            raise BadInput(f"a prior has sd = {self.sd}; give a positive sd")

    def scaled(self, factor: float) -> Prior:
        """The same prior with its sd times ``factor``, to show what the sd does to a result.

        Raises
        ------
        BadInput
            If ``factor`` is not positive.

        Examples
        --------
        >>> Prior(82.0, 2.0, "a").scaled(0.5).sd
        1.0
        """
        if not factor > 0:
            raise BadInput(f"factor = {factor}: an sd is scaled by a positive number, such as 2 or 0.5")
        return replace(self, sd=self.sd * factor, reason=f"{self.reason}; sd times {factor:g}".lstrip("; "))


@dataclass(frozen=True, eq=False, slots=True)
class Window(Shown):
    """Range in which a line without a position in the library is fitted.

    Parameters
    ----------
    lower, upper
        Ends, in ``unit``.
    source, claims, reason
        Whom to cite, the claims behind it, and how the window follows from them.
    assumed
        Whether an end of it is supported by no claim; the reason says why it lies there.
    """

    lower: float
    upper: float
    unit: str
    source: str
    species: str = ""
    technique: str = ""
    claims: tuple[str, ...] = ()
    reason: str = ""
    assumed: bool = False


def scaled(priors: Mapping[str, Prior], factor: float) -> dict[str, Prior]:
    """All priors with their sds times ``factor``.

    Examples
    --------
    >>> {name: prior.sd for name, prior in scaled({"P:S4": Prior(82.0, 2.0, "a")}, 2).items()}
    {'P:S4': 4.0}
    """
    return {name: prior.scaled(factor) for name, prior in priors.items()}
