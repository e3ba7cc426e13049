"""The descent behind :func:`shortrange_core.least_squares.minimise`: steps inside bounds, damping, reasons to end."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares._box import Singular
from shortrange_core.least_squares._feasible import FeasibleSet, Steps
from shortrange_core.notes import Status
from shortrange_core.stopping import go_on

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
ResidualModel = Callable[[Vector], tuple[Vector, Matrix]]
Reduced = Callable[[Vector], tuple[float, Matrix, Vector]]
"""chi2, J'J and J'r at x, for models that never need residuals and derivatives as arrays."""
# Of the curvature: starts are often near enough for the first step to be nearly that of Gauss and Newton.
FIRST_DAMPING = 1e-3
LEAST_DAMPING = 1e-14
MOST_DAMPING = 1e12
# Share of the expected fall from which the quadratic model is trusted ten times more.
GOOD_GAIN = 0.75
# Below it a step is as good as undamped. A damped step is short whether or not the minimum is near, so only a step
# this free may say that the descent has ended.
SMALL_DAMPING = 1e-5
# Relative length of a step that rounding cannot tell from none.
STEP_TOLERANCE = 1e-13
# Where no step lowers chi2 although a free one would still be longer than this and should lower it by this part,
# derivatives and residuals disagree.
STUCK_TOLERANCE, STUCK_GAIN = 1e-7, 1e-10
MOST_FREED = 5
"""Free steps that lower chi2 where no damped one does."""
CREEP_EVALUATIONS = 100
CREEP_TOLERANCE = 1e-6
"""A kink, such as an anisotropy whose sign is open, can make a descent creep for ever within far less than a sd."""
CRAWL_EVALUATIONS = 25
CRAWL_TOLERANCE = 1e-4
"""Far above the noise, where no digit of the end will be used, a descent that crawls is not waited for."""
# Tolerances below it ask for more digits than chi2 has; see _polished.
POLISH_BELOW = 1e-13
POLISHING_STEPS = 30
_ROUNDING = 8 * np.finfo(float).eps


@dataclass(slots=True)
class Point:
    """Quadratic model of chi2 around x: chi2 + 2 gradient.p + p.hessian.p.

    ``hessian`` is an array, or blocks that have ``diagonal``, ``trace`` and ``@`` as an array does.
    """

    x: Vector
    chi2: float
    hessian: Any
    gradient: Vector

    def finite(self) -> bool:
        """True where residuals and derivatives are finite: a column that is not shows on the diagonal."""
        return math.isfinite(self.chi2) and math.isfinite(float(self.hessian.trace()))

    def gain(self, step: Vector) -> float:
        """Fall of chi2 that the quadratic model expects from a step."""
        return -float((2 * self.gradient + self.hessian @ step) @ step)


class Descent(ABC):
    """One descent: damping, acceptance, and the reasons for which it ends."""

    def __init__(self, steps: Steps, tolerance: float, most: int, far: float = math.inf) -> None:
        self.steps, self.tolerance, self.most, self.far = steps, tolerance, most, far
        self.damping, self.growth = FIRST_DAMPING, 2.0
        self.evaluations = 0
        self.status, self.message = Status.OK, "converged"
        self.unseen: Vector | float = 0.0
        self.way: Vector | float = 0.0

    def evaluate(self, x: Vector) -> Point:
        """Quadratic model of chi2 at ``x``; the place where a search can be stopped."""
        go_on()
        self.evaluations += 1
        return self.quadratic(x)

    @abstractmethod
    def quadratic(self, x: Vector) -> Point:
        """Quadratic model of chi2 at ``x``."""

    def run(self, x: Vector) -> Point:
        """Descend from ``x``, which obeys bounds and constraints."""
        point = last = self.evaluate(x)
        best: list[float] = []
        if not point.finite():
            self.status, self.message = Status.REJECTED, "the model is not finite at the start"
            return point
        scale, freed = _scale(point.hessian.diagonal()), 0
        while self.evaluations < self.most:
            step = self._step(point, scale)
            gain = point.gain(step) - float((self.unseen * step) @ step)
            if self._small(point, step, gain, scale):
                return self._last_step(point, last, step, gain)
            last = self.evaluate(self.steps.inside(point.x + step))
            best.append(point.chi2)
            if _crept(best, point, CRAWL_EVALUATIONS, CRAWL_TOLERANCE):
                self.unseen = self._curvature(point, last)
            if self._accept(point, last, gain):
                point = last
                # The scale only grows (More): where a curvature falls towards 0, damping in proportion to it would let
                # the step fly off.
                scale = np.maximum(scale, point.hessian.diagonal())
            elif self.damping > MOST_DAMPING or gain <= _ROUNDING * point.chi2:
                last = self.evaluate(self.steps.inside(point.x + self._nearly_undamped(point, scale)))
                if freed < MOST_FREED and last.finite() and last.chi2 < point.chi2:
                    # Curvatures on the way damp what is flat here: a free step goes on where damped ones do not.
                    point, freed = last, freed + 1
                    self.damping, self.growth = SMALL_DAMPING, 2.0
                    continue
                end = self._stuck(point, last, scale)
                return self._polished(end, end) if self.tolerance < POLISH_BELOW else end
            # Only far above the noise: a valley near the minimum is crept along slowly too, and its end counts.
            if point.chi2 > self.far and self._creeps(best, point, CRAWL_EVALUATIONS, CRAWL_TOLERANCE):
                return self._refreshed(point, last)
        if self._creeps(best, point, CREEP_EVALUATIONS, CREEP_TOLERANCE):
            return self._refreshed(point, last)
        self.status = Status.NOT_CONVERGED
        self.message = f"not converged after {self.evaluations} evaluations"
        return self._refreshed(point, last)

    def _creeps(self, before: list[float], point: Point, evaluations: int, tolerance: float) -> bool:
        """True where so many evaluations lowered chi2 by no more than this fraction, which the message then says."""
        if not _crept(before, point, evaluations, tolerance):
            return False
        self.message = f"chi2 fell by less than {tolerance:g} of itself in {evaluations} evaluations"
        return True

    def _curvature(self, point: Point, trial: Point) -> Vector:
        """Curvature that J'J does not have, of parameters that are carried to and fro across their minimum.

        By how the slope changed on the way to a trial. Of an anisotropy near 0 sidebands hardly change, so that J'J
        promises more of a long step than there is.
        """
        way = trial.x - point.x
        before, self.way = self.way, way
        if not trial.finite():
            return self.unseen + np.zeros(way.size)
        beyond: Vector = trial.gradient - point.gradient - point.hessian @ way
        hidden = np.divide(beyond, way, out=np.zeros(way.size), where=way * before < 0)
        return np.asarray(np.maximum(self.unseen / 2, hidden))

    def _small(self, point: Point, step: Vector, gain: float, scale: Vector) -> bool:
        """True where neither this step nor the nearly undamped one would change anything."""
        if self.damping > SMALL_DAMPING or np.any(self.unseen):
            if gain > self.tolerance * point.chi2:
                return False
            step = self._nearly_undamped(point, scale)
            gain = point.gain(step)
        return gain <= self.tolerance * point.chi2 or _ratio(step, point.x, scale) <= STEP_TOLERANCE

    def _nearly_undamped(self, point: Point, scale: Vector) -> Vector:
        kept, (self.damping, self.unseen) = (self.damping, self.unseen), (SMALL_DAMPING, 0.0)
        step = self._step(point, scale)
        self.damping, self.unseen = kept
        return step

    def _step(self, point: Point, scale: Vector) -> Vector:
        while True:
            try:
                return self.steps.step(point.x, point.hessian, point.gradient, self.damping * scale + self.unseen)
            except Singular:
                # Parameters that the data do not see make the curvature singular; damping alone makes it definite.
                self.damping = max(10 * self.damping, 1e-12)
                self.steps.side = None
                if self.damping > MOST_DAMPING**2:
                    self.status, self.message = (
                        Status.NOT_CONVERGED,
                        "no step can be computed",
                    )
                    return np.zeros_like(point.x)

    def _accept(self, point: Point, trial: Point, gain: float) -> bool:
        usable = gain > 0 and trial.finite()
        ratio = (point.chi2 - trial.chi2) / gain if usable else -1.0
        # Growth doubles with each refusal in a row and starts anew after a success (Nielsen): one bad step costs
        # little, and a kink is reached within few.
        if ratio <= 1e-4:
            self.damping *= self.growth
            self.growth *= 2
            return False
        # Between refusal and trust the damping follows a cubic in the ratio (Nielsen), so that it does not jump to and
        # fro.
        factor = 0.1 if ratio > GOOD_GAIN else max(0.1, 1 - (2 * ratio - 1) ** 3)
        self.damping = max(self.damping * factor, LEAST_DAMPING)
        self.growth = 2.0
        return True

    def _last_step(self, point: Point, last: Point, step: Vector, gain: float) -> Point:
        if self.tolerance < POLISH_BELOW:
            return self._polished(point, last)
        if gain <= _ROUNDING * point.chi2:
            return self._refreshed(point, last)
        trial = self.evaluate(self.steps.inside(point.x + step))
        return trial if trial.chi2 <= point.chi2 else self._refreshed(point, trial)

    def _polished(self, point: Point, last: Point) -> Point:
        """Undamped steps while the expected fall of chi2 shrinks: chi2 itself no longer shows a difference."""
        self.damping = LEAST_DAMPING
        scale = _scale(point.hessian.diagonal())
        step = self._step(point, scale)
        for _ in range(POLISHING_STEPS):
            last = self.evaluate(self.steps.inside(point.x + step))
            following = self._step(last, scale)
            # Ended by rounding, which no longer shrinks from one step to the next.
            if not last.finite() or abs(last.gain(following)) >= abs(point.gain(step)):
                break
            point, step = last, following
        return self._refreshed(point, last)

    def _stuck(self, point: Point, last: Point, scale: Vector) -> Point:
        step = self._nearly_undamped(point, scale)
        if _ratio(step, point.x, scale) > STUCK_TOLERANCE and point.gain(step) > STUCK_GAIN * point.chi2:
            self.status = Status.NOT_CONVERGED
            self.message = "no step lowers chi2; the derivatives may not match the residuals"
        return self._refreshed(point, last)

    def _refreshed(self, point: Point, last: Point) -> Point:
        """Evaluate again where the arrays in hand belong to a step that was not taken."""
        return point if last is point else self.evaluate(point.x)


class Search(Descent):
    """The descent of residuals and derivatives that are arrays."""

    def __init__(
        self, model: ResidualModel, problem: FeasibleSet, tolerance: float, most: int, far: float = math.inf
    ) -> None:
        super().__init__(problem, tolerance, most, far)
        self.model, self.problem = model, problem
        self.reduced: Reduced | None = getattr(model, "reduced", None)

    def quadratic(self, x: Vector) -> Point:
        """Quadratic model of chi2 at ``x``; arrays are kept where the model gives them."""
        if self.reduced is not None:
            chi2, hessian, gradient = self.reduced(x)
            return Point(x, chi2, hessian, gradient)
        self.residual, jacobian = self.model(x)
        self.jacobian = jacobian
        across = jacobian.T
        return Point(x, float(self.residual @ self.residual), across @ jacobian, across @ self.residual)

    def _refreshed(self, point: Point, last: Point) -> Point:
        return point if self.reduced is not None else super()._refreshed(point, last)


def _crept(before: list[float], point: Point, evaluations: int, tolerance: float) -> bool:
    return len(before) > evaluations and before[-evaluations] - point.chi2 <= tolerance * point.chi2


def _scale(diagonal: Vector) -> Vector:
    """Moré's scaling; a parameter without influence at the start gets the median of the others."""
    seen = diagonal[diagonal > 0]
    return np.where(diagonal > 0, diagonal, np.median(seen) * 1e-6 if seen.size else 1.0)


def _ratio(step: Vector, x: Vector, scale: Vector) -> float:
    """Length of a step over the length of x, both in the scaled norm."""
    return float(np.sqrt(np.sum(scale * step**2) / max(float(np.sum(scale * x**2)), 1e-300)))
