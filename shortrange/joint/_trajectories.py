"""Draws of the posterior of a series by trajectories (Hamiltonian Monte Carlo, doi:10.1016/0370-2693(87)91197-X).

A trajectory follows the slope of chi2 in coordinates where its quadratic form is round; every wall reflects it: amounts
at zero, ends of windows, limits of a recipe. Between trajectories the anisotropies of one line may all change sign,
which no slope leads to where sidebands tell sizes alone. Coordinates are arrow-shaped like the likelihood: a step costs
as much as one evaluation, linear in glasses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, solve_triangular

from shortrange.joint._walls import walls_of
from shortrange.joint.likelihood import Face, Likelihood
from shortrange_core.least_squares import Arrow

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
ACCEPTED, LENGTH, MOST_STEPS = 0.8, 1.5, 40
"""Trajectories to accept, their length in sds (a quarter of a turn is 1.57), and steps of one at most."""
WARM_UP, LOOKED_AT = 60, 3
"""Trajectories that find the pace, once about the minimum and once about where they lead, of which every third is
looked at for the curvature there."""
FIRST_PACE, SLOWER, PACES = 0.2, 0.6, (0.25, 1.25)
MOST_BOUNCES = 200
RIDGE = 1e-10


@dataclass(frozen=True, eq=False, slots=True)
class Round:
    """Coordinates in which a quadratic form of arrow shape is round.

    Parameters
    ----------
    places, edge
        Where groups and shared parameters stand in the whole vector.
    ways
        Of every group the directions that balances leave (own, free).
    factors, ties, border
        Lower Cholesky factors of the groups; what ties each to the shared ones, divided by its factor; that of the
        shared ones once the groups are eliminated.
    """

    places: Sequence[Places]
    edge: Places
    ways: Sequence[Array]
    factors: Sequence[Array]
    ties: Sequence[Array]
    border: Array

    @classmethod
    def of(cls, arrow: Arrow, ways: Sequence[Array]) -> Round:
        """Of a form, inside what the balances of its groups leave."""
        factors = [_factor(way.T @ block @ way) for way, block in zip(ways, arrow.blocks, strict=True)]
        ties = [
            solve_triangular(factor, way.T @ across, lower=True)
            for factor, way, across in zip(factors, ways, arrow.across, strict=True)
        ]
        border = _factor(arrow.border - sum((tie.T @ tie for tie in ties), start=np.zeros_like(arrow.border)))
        return cls(arrow.places, arrow.edge, ways, factors, ties, border)

    @property
    def size(self) -> int:
        """Coordinates: those of the groups one after another, those of the shared parameters last."""
        return sum(len(factor) for factor in self.factors) + len(self.border)

    def out(self, z: Array, size: int) -> Array:
        """The step in parameters that a step in coordinates is."""
        x = np.zeros(size)
        *groups, common = np.split(z, np.cumsum([len(factor) for factor in self.factors]))
        shared = solve_triangular(self.border, common, lower=True, trans="T")
        x[self.edge] = shared
        for at, way, factor, tie, own in zip(self.places, self.ways, self.factors, self.ties, groups, strict=True):
            x[at] = way @ solve_triangular(factor, own - tie @ shared, lower=True, trans="T")
        return x

    def back(self, slope: Array) -> Array:
        """The slope in coordinates of a slope in parameters."""
        groups, common = [], slope[self.edge]
        for at, way, factor, tie in zip(self.places, self.ways, self.factors, self.ties, strict=True):
            groups.append(solve_triangular(factor, way.T @ slope[at], lower=True))
            common = common - tie.T @ groups[-1]
        return np.concatenate([*groups, solve_triangular(self.border, common, lower=True)])


def _factor(matrix: Array) -> Array:
    unit = np.sqrt(np.maximum(np.diagonal(matrix), 1e-300))
    solid = matrix / np.outer(unit, unit) + RIDGE * np.eye(unit.size)
    return np.asarray(np.tril(cho_factor(solid, lower=True)[0]) * unit[:, None])


class Trajectories:
    """A chain of draws of the posterior of a series.

    Parameters
    ----------
    likelihood, start
        Of the series, and the vector that it starts from, such as its minimum.
    mirrors
        Places of parameters that may change sign together.
    rng
        Source of randomness.
    """

    def __init__(
        self, likelihood: Likelihood, start: Array, mirrors: Sequence[Places], rng: np.random.Generator
    ) -> None:
        self.likelihood, self.mirrors, self.rng = likelihood, mirrors, rng
        self.walls, self.levels = walls_of(likelihood)
        self.ways = _ways(likelihood)
        self.round = Round.of(self._form(start), self.ways)
        self.x = np.array(start)
        self.x = self._moved(self.x, 0.5 * rng.normal(size=self.round.size), 1.0)[0]
        self.energy, self.slope = self._energy(self.x)
        self.pace = FIRST_PACE

    def draws(self, count: int, kept: Places) -> Array:
        """So many draws of some of the parameters: (count, kept)."""
        forms = self._warmed_up()
        self.round = Round.of(_mean_of(forms[len(forms) // 2 :]), self.ways)
        self._warmed_up()
        drawn = np.empty((count, kept.size))
        for row in drawn:
            self._step()
            row[:] = self.x[kept]
        return drawn

    def _warmed_up(self) -> list[Arrow]:
        """Forms of chi2 on the way along which the pace was found."""
        forms = []
        for number in range(WARM_UP):
            self.pace *= float(np.exp((self._step() - ACCEPTED) / (number + 1) ** SLOWER))
            if number % LOOKED_AT == 0:
                forms.append(self._form(self.x))
        return forms

    def _form(self, x: Array) -> Arrow:
        """J'J there, and what windows say where nothing else does."""
        arrow = Arrow.of(self.likelihood.parts(x), self.likelihood.groups.places, self.likelihood.groups.edge)
        width = np.subtract(self.likelihood.upper, self.likelihood.lower)
        flat = np.where(np.isfinite(width) & (width > 0), 12 / np.maximum(width, 1e-300) ** 2, 0.0)
        blocks = [block + np.diag(flat[at]) for block, at in zip(arrow.blocks, arrow.places, strict=True)]
        return Arrow(arrow.places, arrow.edge, blocks, arrow.across, arrow.border + np.diag(flat[arrow.edge]))

    def _energy(self, x: Array) -> tuple[float, Array]:
        """Half of chi2, and its slope in the coordinates."""
        slope, half, groups = np.zeros(x.size), 0.0, self.likelihood.groups
        parts = self.likelihood.parts(x)
        for part, at in zip(parts, groups.places, strict=False):
            slope[at] = part.own.T @ part.residual
        for part in parts:
            slope[groups.edge] += part.shared.T @ part.residual
            half += float(part.residual @ part.residual) / 2
        return half, slope

    def _step(self) -> float:
        """One trajectory and one mirror image, taken or not; the chance that the trajectory had."""
        momentum = self.rng.normal(size=self.round.size)
        before = self.energy + float(momentum @ momentum) / 2
        pace = self.pace * self.rng.uniform(*PACES)
        steps = min(max(int(LENGTH / pace), 1), MOST_STEPS)
        x, energy, slope = self.x, self.energy, self.slope
        for _ in range(steps):
            momentum = momentum - pace / 2 * self.round.back(slope)
            x, momentum = self._moved(x, momentum, pace)
            energy, slope = self._energy(x)
            momentum = momentum - pace / 2 * self.round.back(slope)
            if not energy < before + 100:  # lost: no way back from there
                break
        change = before - energy - float(momentum @ momentum) / 2
        chance = float(np.exp(min(0.0, change))) if np.isfinite(change) else 0.0
        if self.rng.random() < chance:
            self.x, self.energy, self.slope = x, energy, slope
        if self.mirrors:
            self._mirrored(self.mirrors[int(self.rng.integers(len(self.mirrors)))])
        return chance

    def _mirrored(self, places: Places) -> None:
        x = self.x.copy()
        x[places] *= -1
        if np.all(self.walls @ x + self.levels >= 0):
            energy, slope = self._energy(x)
            if np.log(self.rng.random()) < self.energy - energy:
                self.x, self.energy, self.slope = x, energy, slope

    def _moved(self, x: Array, momentum: Array, time: float) -> tuple[Array, Array]:
        """Where a straight way leads in a time, reflected by the walls; no time is left after too many of them."""
        way = self.round.out(momentum, x.size)
        for _ in range(MOST_BOUNCES):
            pace = self.walls @ way
            with np.errstate(divide="ignore", invalid="ignore"):
                reached = np.where(pace < 0, np.maximum(self.walls @ x + self.levels, 0.0) / -pace, np.inf)
            wall = int(np.argmin(reached)) if reached.size else -1
            if wall < 0 or reached[wall] >= time:
                return x + time * way, momentum
            x, time = x + reached[wall] * way, time - float(reached[wall])
            normal = self.round.back(self.walls[[wall]].toarray()[0])
            momentum = momentum - 2 * float(normal @ momentum) / float(normal @ normal) * normal
            way = self.round.out(momentum, x.size)
        return x, momentum


def _ways(likelihood: Likelihood) -> list[Array]:
    """Directions of every glass: of its amounts those that its balances leave, and all else that is not fixed."""
    groups, fixed = likelihood.groups, np.array(likelihood.lower) == np.array(likelihood.upper)
    ways = []
    for (name, amounts), at in zip(likelihood.amounts.items(), groups.places, strict=True):
        face = Face.of(*likelihood.balances[name], ())
        assert face is not None  # the minimum obeys them
        rest = groups.inner[np.setdiff1d(at[~fixed[at]], amounts)]
        way = np.zeros((at.size, face.basis.shape[1] + rest.size))
        way[groups.inner[amounts], : face.basis.shape[1]] = face.basis
        way[rest, face.basis.shape[1] + np.arange(rest.size)] = 1.0
        ways.append(way)
    return ways


def _mean_of(forms: Sequence[Arrow]) -> Arrow:
    first = forms[0]
    blocks = [np.mean([form.blocks[at] for form in forms], axis=0) for at in range(len(first.blocks))]
    across = [np.mean([form.across[at] for form in forms], axis=0) for at in range(len(first.across))]
    return Arrow(first.places, first.edge, blocks, across, np.mean([form.border for form in forms], axis=0))
