"""The one rule for evidence that disagrees: its thresholds, its words, and what it does to errors.

Everything that judges a chi2 of evidence (:func:`structure.solve`, :func:`structure.ranges`,
:func:`structure.conflicts`, ``shortrange balance`` and ``analyse``) asks here.

- p at or above :data:`SURPRISING`: the evidence agrees; errors are as stated.
- p below it: it disagrees. The result is marked, and every sd and interval is widened by the Birge ratio
  sqrt(chi2/dof) (doi:10.1103/PhysRev.40.207), as if all sds were stated too small by one factor.
- p below :data:`HOPELESS`: no widening helps. A species or a statement is wrong, and the result is rejected.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import chdtrc, chdtri

from shortrange_core.shown_numbers import counted, probability

SURPRISING = 0.0027
"""Probability of chi2 (3 sd) below which evidence is said to disagree: the rate of false marks on consistent data."""
HOPELESS = 1e-6
"""Probability of chi2 below which the species or the evidence are wrong, and the solution is rejected."""

ROUNDING = 1e-9
"""A chi2 below it is 0 to whoever reads it."""


class Verdict(StrEnum):
    """What the probability of chi2 says of the evidence."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A chi2, its degrees of freedom, and what follows from them.

    Examples
    --------
    >>> found = Agreement(31.0, 4)
    >>> str(found.verdict), round(found.widening, 2), found.text()
    ('disagrees', 2.78, 'chi2 = 31 for 4 degrees of freedom (p = 3.1e-06)')
    """

    chi2: float
    dof: int
    cause: str = ""
    """What added them, where they are a part of the whole: ``"added by smoothness"``."""

    @property
    def p_value(self) -> float:
        """Probability of a chi2 at least as high; NaN without a degree of freedom."""
        return float(chdtrc(self.dof, self.chi2)) if self.dof > 0 else float("nan")

    @property
    def verdict(self) -> Verdict:
        """Agrees also where there is no degree of freedom to tell."""
        p_value = self.p_value
        if p_value < HOPELESS:
            return Verdict.REJECTED
        return Verdict.DISAGREES if p_value < SURPRISING else Verdict.AGREES

    @property
    def widening(self) -> float:
        """Factor on all sds: the Birge ratio where the evidence disagrees or worse, else 1."""
        return 1.0 if self.verdict is Verdict.AGREES else math.sqrt(self.chi2 / self.dof)

    @property
    def untested(self) -> bool:
        """Whether everything is fulfilled with no degree of freedom: agreement that no evidence could have refused."""
        return self.dof <= 0 and self.chi2 <= ROUNDING

    def text(self) -> str:
        """The three numbers in words."""
        chi2 = self.chi2 if self.chi2 > ROUNDING else 0.0
        if self.dof <= 0:
            told = "no more evidence than unknowns, so nothing tests it"
            return told if self.untested else f"chi2 = {chi2:.3g}, {told}"
        told = f"chi2 = {chi2:.3g} for {counted(self.dof, 'degree')} of freedom ({probability(self.p_value)})"
        return f"{told}, {self.cause}" if self.cause else told


def threshold(dof: int, probability: float = SURPRISING) -> float:
    """The chi2 above which evidence with ``dof`` degrees of freedom disagrees."""
    return float(chdtri(dof, probability))
