"""Walls that are let go: how far a quantity reaches where what is held at 0 may lie above it.

About a minimum that walls hold, chi2 rises by ``z^2 + a'H a + 2 m'a``: z sds on the face, and slacks a >= 0 of the
walls. A quantity lies ``s z + g'a`` from its value, so that it reaches to where that is largest for a stated rise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, nnls

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
DEPENDENT = 1e-14
"""Eigenvalue, over the largest, below which walls depend on one another."""
ROUNDING = 1e-10
"""Move of a variable, over that of a slack, below which it is none."""
SETS, DOUBLINGS = 8, 60
"""Sets of walls that are tried for one end, and doublings of what bounds it."""


@dataclass(frozen=True, eq=False)
class LetGo:
    """The k walls that hold a minimum, as they are let go.

    Parameters
    ----------
    slope
        Of chi2/2 against the slack of each: k.
    stiffness
        H, k x k: the inverse of the covariance that the slacks would have.
    following
        How each variable follows the slacks, all else at its best: n x k.
    """

    slope: Vector
    stiffness: Matrix
    following: Matrix

    @classmethod
    def of(cls, covariance: Matrix, walls: Matrix, slope: Vector) -> LetGo:
        """From the n x n covariance where no wall holds, the walls (k x n), and the slope against each."""
        across = covariance @ walls.T
        size, directions = np.linalg.eigh(walls @ across)
        seen = np.abs(size) > DEPENDENT * np.abs(size).max(initial=0.0)
        stiffness = (directions[:, seen] / size[seen]) @ directions[:, seen].T
        following = across @ stiffness
        following[np.abs(following) < ROUNDING] = 0.0
        return cls(slope, stiffness, following)

    def among(self, places: npt.NDArray[np.intp]) -> LetGo:
        """The same walls, for some of the variables."""
        return replace(self, following=self.following[places])

    def ends(self, sds: Vector, reach: float) -> Matrix:
        """How far below and above its value each variable lies where chi2 rises by ``reach**2`` at most: n x 2.

        ``sds`` are those of the n variables on the face. Where that rise moves no wall, the face is all.
        """
        ends = np.column_stack([reach * sds, reach * sds])
        if self.slope.size:
            for column, sign in enumerate((-1.0, 1.0)):
                gain = sign * self.following
                moving = np.any(reach * gain > sds[:, None] * self.slope, axis=1)
                for place in np.flatnonzero(moving).tolist():
                    ends[place, column] = self._farthest(gain[place], float(sds[place]), reach)
        return ends

    @cached_property
    def _root(self) -> tuple[Matrix, Matrix]:
        """R and its inverse, with R'R the stiffness."""
        size, directions = np.linalg.eigh(self.stiffness)
        root = np.sqrt(np.maximum(size, DEPENDENT * size.max()))
        return (directions * root).T, (directions / root).T

    def _farthest(self, gain: Vector, sd: float, reach: float) -> float:
        """Largest ``sd z + gain.a``: z and a are best for the gain weighed by a factor that the rise fixes.

        Each set of slacks above 0 gives the factor at which it would reach that rise; the right one is the set that
        its factor moves. Where none is found so, the factor is.
        """
        moved = reach * gain > sd * self.slope
        for _ in range(SETS):
            if not moved.any():
                break
            part, both = self.stiffness[np.ix_(moved, moved)], np.column_stack([gain, self.slope])[moved]
            up, back = np.linalg.lstsq(part, both)[0].T if both.shape[0] > 1 else (both / part)[0][:, None]
            steep = sd**2 + float(gain[moved] @ up)
            if steep <= 0:
                break
            factor = math.sqrt(max(reach**2 + float(self.slope[moved] @ back), 0.0) / steep)
            push = factor * gain
            before, moved = moved, self._slacks(push) > 0 if gain.size > 1 else push > self.slope
            if np.array_equal(before, moved):
                return factor * steep - float(gain[moved] @ back)
        return self._searched(gain, sd, reach)

    def _searched(self, gain: Vector, sd: float, reach: float) -> float:
        """The same by the factor, from that on at which the first wall moves."""

        def over(factor: float) -> float:
            slack = self._slacks(factor * gain)
            return factor**2 * sd**2 + float(slack @ (self.stiffness @ slack + 2 * self.slope)) - reach**2

        low = float(np.min(self.slope[gain > 0] / gain[gain > 0]))
        for _ in range(DOUBLINGS):
            if over(2 * low) >= 0:
                factor = brentq(over, low, 2 * low, rtol=1e-9)
                return factor * sd**2 + float(gain @ self._slacks(factor * gain))
            low *= 2
        return math.inf

    def _slacks(self, push: Vector) -> Vector:
        """Slacks of the walls, none below 0, where they are pushed so."""
        root, inverse = self._root
        slack, _ = nnls(root, inverse @ (push - self.slope))
        return np.asarray(slack)
