"""Are residuals of the Kramers-Kronig test noise, or do they form runs?

What the linear model of :mod:`electrochemistry.impedance._stability` leaves of a spectrum is projected noise where the
spectrum is Kramers-Kronig compliant and its noise white. Neighbours in such residuals go together no more than the
projection makes them: the share of the products of neighbours in the sum of squares has a mean and an sd that follow
from the projection alone, whatever the size of the noise, as in the test of Durbin and Watson [1]_.

References
----------
.. [1] J. Durbin and G. S. Watson, Testing for Serial Correlation in Least Squares Regression: I, Biometrika 37 (1950)
   409, doi:10.1093/biomet/37.3-4.409.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtr

from electrochemistry.impedance._elements import Complex, Real
from electrochemistry.impedance._models import Matrix
from electrochemistry.impedance._stability import FEWEST_DOF, PER_DECADE, compliant_space, stacked
from shortrange_core import Note, Severity

FALSE_ALARMS = 0.01
"""Of each of the two questions: runs, and single points far off."""
LARGEST = 5.0
"""Standard deviations of the noise that residuals of a test may reach: beyond, its elements miss the spectrum."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """Noise of a spectrum (part of the impedance), and whether its residuals are no noise.

    Parameters
    ----------
    sd
        Of the real and of the imaginary part, relative to the modulus.
    runs
        Whether neighbours go together, at 1 % false alarms.
    outlying
        Whether a single residual is further off than the largest of such noise, at 1 % false alarms.
    """

    sd: float
    runs: bool
    outlying: bool

    def bears(self, largest: float) -> bool:
        """Whether residuals are what white noise leaves, and the largest of a test no more than noise makes."""
        return not self.runs and not self.outlying and largest <= LARGEST * self.sd

    @property
    def note(self) -> Note:
        """That residuals are noise, and how much of it there is."""
        return Note(
            "kk-scatter",
            Severity.INFO,
            f"residuals are white noise (sd {100 * self.sd:.2g} % of the impedance in each part) without runs or "
            f"single points far off ({100 * FALSE_ALARMS:g} % false alarms each)",
            "average for longer to see smaller violations",
        )


def scatter(frequency: Real, data: Complex, *, capacitance: bool) -> Scatter | None:
    """What residuals of a spectrum are; None where fewer than ten residual degrees of freedom are left to judge it."""
    scale: Real = 1 / np.abs(data)
    space = compliant_space(2 * np.pi * frequency, scale, capacitance=capacitance)
    dof = 2 * frequency.size - space.shape[1]
    if dof < FEWEST_DOF:
        return None
    target = stacked(np.asarray(data * scale, dtype=np.complex128))
    left = target - space @ (space.T @ target)
    total = float(left @ left)
    near = _neighbours(frequency)
    projected = near - space @ (space.T @ near)
    projected -= (projected @ space) @ space.T
    trace, square = float(np.trace(projected)), float(np.sum(projected**2))
    spread = np.sqrt(2 * (dof * square - trace**2) / (dof**2 * (dof + 2)))
    runs = float(left @ near @ left) / total > trace / dof + float(ndtri(1 - FALSE_ALARMS)) * spread
    return Scatter(float(np.sqrt(total / dof)), bool(runs), _outlying(left, space, total, dof))


def _neighbours(frequency: Real) -> Matrix:
    """Weights of products of residuals in one part: from 1 for neighbours to 0 at the distance of two elements."""
    per_decade = (frequency.size - 1) / float(np.log10(frequency[-1] / frequency[0]))
    reach = max(per_decade / PER_DECADE, 1.0)
    apart = np.abs(np.subtract.outer(np.arange(frequency.size), np.arange(frequency.size)))
    weights = np.where(apart > 0, np.clip(1 - (apart - 1) / reach, 0.0, None), 0.0)
    return np.asarray(np.kron(np.eye(2), weights), dtype=float)


def _outlying(left: Real, space: Matrix, total: float, dof: int) -> bool:
    """Whether the largest residual is beyond what it may be among so many, by Student's t without it (Bonferroni)."""
    free = np.clip(1 - np.sum(space**2, axis=1), 1e-9, None)
    part = np.clip(left**2 / free / total, 0.0, 1 - 1e-12)
    largest = float(np.max(part[free > 0.05], initial=0.0))
    t = np.sqrt(largest * (dof - 1) / (1 - largest))
    return bool(2 * stdtr(dof - 1, -t) * left.size < FALSE_ALARMS)
