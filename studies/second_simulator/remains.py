"""What of a changed spectrum no amounts inside the balances and no parameters within their laws take up.

The squared residual at the least of |target - model|^2 + sum((parameter - truth)^2 / variance of its law), amounts at 0
or above, by Gauss and Newton from the truth. The oracle's projection is its first step, and holds for small changes
only: a line of a twentieth bends its neighbours further than their slopes say, and amounts come to their bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import lsq_linear

from studies.second_simulator import oracle, truths
from studies.second_simulator.series import Glass, Series

Vector = npt.NDArray[np.float64]
Seen = Callable[[Glass], Vector]
EXACT = 1e6
"""Weight of the balances, over units of the noise."""
TRUST = 1.0
"""Of the sd of its law: a parameter's longest step."""
ITERATIONS, HALVINGS = 25, 5
ENOUGH = 1e-3
"""Fall of chi2, relative and absolute, that ends the descent."""
BY_FACTORS = ("response", "auger_per_sodium")
"""Their laws are of the logarithm: a parameter p is p0 exp(m / p0) after a move m."""
ENDS = {"eta": (0.0, 1.0), "fraction": (0.0, 1.0), "auger_fraction": (0.0, 1.0)}
ABOVE_NOTHING = ("gauss", "fwhm", "auger_fwhm", "lorentz", "shirley")


def remains(series: Series, glass: Glass, targets: Iterable[Vector], seen: Seen) -> Iterator[float]:
    """Least squared norms, in units of the noise, of spectra that change more and more.

    Parameters
    ----------
    series, glass
        What the model is true of; its parameters are the centres of their laws.
    targets
        Changed spectra without noise, one after another, in units of the noise; each descent begins where the last one
        ended.
    seen
        The same of a glass that the model can make, in units of the noise of ``glass``.
    """
    here = None
    for target in targets:
        fixed = _Fixed(series, glass, target, seen)
        here = _Point(fixed, glass, None) if here is None else _Point(fixed, here.glass, here.moves)
        here = _descended(here)
        yield here.chi2


def _descended(here: _Point) -> _Point:
    for _ in range(ITERATIONS):
        step = here.step()
        for halving in range(HALVINGS):
            there = here.moved(*(0.5**halving * part for part in step))
            if there.chi2 < here.chi2:
                break
        else:
            return here
        fall, here = here.chi2 - there.chi2, there
        if fall < ENOUGH * (1 + here.chi2):
            break
    return here


@dataclass(frozen=True)
class _Fixed:
    series: Series
    truth: Glass
    target: Vector
    seen: Seen


class _Point:
    """A glass with parameters away from the truth, its derivatives and what is left there."""

    def __init__(self, fixed: _Fixed, glass: Glass, moves: Vector | None) -> None:
        self.fixed, self.glass = fixed, glass
        self.labels, _, self.parts = oracle.blocks(fixed.series, glass, fixed.truth)
        self.names = [(part.technique, names) for part in self.parts for names in part.names]
        self.sds = np.concatenate([part.sds for part in self.parts])
        self.moves = np.zeros(self.sds.size) if moves is None else moves
        self.first = np.cumsum([0, *(part.sds.size for part in self.parts)])
        self._derivatives()
        alone = np.array([not names for _, names in self.names])
        self.left = fixed.target - fixed.seen(glass) - self.nuisance[:, alone] @ self.moves[alone]
        self.chi2 = float(self.left @ self.left + np.sum((self.moves / self.sds) ** 2))

    def _derivatives(self) -> None:
        """Of all spectra, at the scales that they have come to."""
        amounts, nuisance, row = [], np.zeros((self.fixed.target.size, self.sds.size)), 0
        for part, first in zip(self.parts, self.first[:-1].tolist(), strict=True):
            scale = 1 + self.moves[first + part.scale]
            own = np.array([scale if names else 1.0 for names in part.names])
            nuisance[row : row + len(part.amounts), first : first + part.sds.size] = part.nuisance * own
            amounts.append(scale * part.amounts)
            row += len(part.amounts)
        self.amounts_block, self.nuisance = np.concatenate(amounts), nuisance * self._factors()

    def step(self) -> tuple[Vector, Vector]:
        """Changes of the amounts and of the rest that the tangent asks for, inside bounds and balances."""
        labels, matrix, _ = truths.balances(self.fixed.series.settings, self.fixed.truth.x)
        balances = EXACT * matrix[:, [labels.index(label) for label in self.labels]]
        amounts = np.array([self.glass.amounts.get(label, 0.0) for label in self.labels])
        ways, size = amounts.size, self.sds.size
        rows = np.block([
            [self.amounts_block, self.nuisance],
            [balances, np.zeros((len(balances), size))],
            [np.zeros((size, ways)), np.diag(1 / self.sds)],
        ])  # fmt: skip
        right = np.concatenate([self.left, np.zeros(len(balances)), -self.moves / self.sds])
        lower, upper = np.concatenate([-amounts, self._ends(0)]), np.concatenate([np.full(ways, np.inf), self._ends(1)])
        unit = 1 / np.maximum(np.linalg.norm(rows, axis=0), 1e-12)
        q, r = np.linalg.qr(rows * unit)
        bounds = np.minimum(lower / unit, -1e-12), np.maximum(upper / unit, 1e-12)
        change = lsq_linear(r, q.T @ right, bounds, method="bvls").x * unit
        return change[:ways], change[ways:]

    def moved(self, amounts: Vector, moves: Vector) -> _Point:
        """The point after a step."""
        parameters = {technique: dict(own) for technique, own in self.glass.parameters.items()}
        for (technique, names), move in zip(self.names, moves.tolist(), strict=True):
            for name in names:
                was = self.fixed.truth.parameters[technique][name]
                by_factor = _kind(name) in BY_FACTORS
                parameters[technique][name] *= math.exp(move / was) if by_factor else 1.0
                parameters[technique][name] += 0.0 if by_factor else move
        changed = {
            label: max(self.glass.amounts.get(label, 0.0) + change, 0.0)
            for label, change in zip(self.labels, amounts.tolist(), strict=True)
        }
        glass = replace(self.glass, amounts=changed, parameters=parameters)
        return _Point(self.fixed, glass, self.moves + moves)

    def _factors(self) -> Vector:
        """Derivatives of parameters in their moves."""
        found = np.ones(len(self.names))
        for i, (technique, names) in enumerate(self.names):
            if names and _kind(names[0]) in BY_FACTORS:
                found[i] = self.glass.parameters[technique][names[0]] / self.fixed.truth.parameters[technique][names[0]]
        return found

    def _ends(self, end: int) -> Vector:
        sign = 2 * end - 1
        found = []
        scales = {first + part.scale for part, first in zip(self.parts, self.first[:-1].tolist(), strict=True)}
        for i, ((technique, names), sd) in enumerate(zip(self.names, self.sds.tolist(), strict=True)):
            reach = sign * TRUST * sd
            if names:
                kind, value = _kind(names[0]), self.glass.parameters[technique][names[0]]
                if kind in ENDS:
                    reach = sign * min(abs(reach), abs(ENDS[kind][end] - value))
                elif kind in ABOVE_NOTHING and not end:
                    reach = max(reach, -0.5 * value)
            elif i in scales and not end:
                reach = -0.5 * (1 + self.moves[i])
            found.append(reach)
        return np.array(found)


def _kind(name: str) -> str:
    return name.rsplit(" ", maxsplit=1)[-1]
