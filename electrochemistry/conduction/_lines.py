"""Lines through conductivities: generalised least squares in 1/T, segments, VFT, and which of them is favoured."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from electrochemistry.impedance import Matrix, Real
from shortrange_core import BadInput
from shortrange_core.chemistry import GAS_CONSTANT
from shortrange_core.least_squares import minimise
from shortrange_core.shown_numbers import counted

Form = Literal["ln sigma", "ln sigma T"]
FEWEST_PER_SEGMENT = 3
ROUNDS = 3  # the slope moves the weights, and they the slope, by ever less


@dataclass(frozen=True, eq=False, slots=True)
class Points:
    """Conductivities of one quantity by ascending temperature.

    Parameters
    ----------
    temperature, log_sigma
        n temperatures (K), and ln of the conductivities (S/cm).
    covariance
        n x n, of ln sigma; what is common to all temperatures is left out.
    temperature_sd
        n standard deviations of the temperatures, each on its own, K.
    """

    temperature: Real
    log_sigma: Real
    covariance: Matrix
    temperature_sd: Real

    def target(self, form: Form) -> Real:
        """What is linear in 1/T."""
        return self.log_sigma + (np.log(self.temperature) if form == "ln sigma T" else 0.0)

    def steepness(self, energy: float, form: Form) -> Real:
        """Slope d ln sigma/dT at every temperature for an activation energy (kJ/mol), 1/K."""
        steep = energy / (GAS_CONSTANT * self.temperature**2)
        return np.asarray(steep - (1 / self.temperature if form == "ln sigma T" else 0.0))


def with_temperatures(points: Points, form: Form) -> Points:
    """The same points, whose variances hold what the standard deviations of the temperatures do to ln sigma.

    The slope that turns kelvin into ln sigma is that of the line itself, so that it is found in a few rounds.
    """
    if not np.any(points.temperature_sd > 0):
        return points
    whole = dataclasses.replace(points, covariance=np.eye(points.temperature.size))
    for _ in range(ROUNDS):
        shift = points.steepness(float(line(whole, form)[0][1]), form) * points.temperature_sd
        whole = dataclasses.replace(points, covariance=points.covariance + np.diag(shift**2))
    return whole


def moved_by_one_kelvin(points: Points, form: Form, energy: float) -> Real:
    """How ln A and Ea (kJ/mol) of the line change where all temperatures are 1 K higher than they were read."""
    design = np.column_stack([np.ones_like(points.temperature), -1 / (GAS_CONSTANT * points.temperature)])
    factor = np.linalg.cholesky(points.covariance)
    white, target = np.linalg.solve(factor, design), np.linalg.solve(factor, -points.steepness(energy, form))
    return np.asarray(np.linalg.lstsq(white, target, rcond=None)[0], dtype=float)


def line(points: Points, form: Form) -> tuple[Real, Matrix, float]:
    """Generalised least squares of ln A - Ea/(R T): values, covariance, chi2."""
    design = np.column_stack([np.ones_like(points.temperature), -1 / (GAS_CONSTANT * points.temperature)])
    factor = np.linalg.cholesky(points.covariance)
    white, target = np.linalg.solve(factor, design), np.linalg.solve(factor, points.target(form))
    beta = np.linalg.lstsq(white, target, rcond=None)[0]
    residual = white @ beta - target
    return np.asarray(beta), np.linalg.inv(white.T @ white), float(residual @ residual)


def segments(
    points: Points, form: Form, breaks: Sequence[float], scale: float
) -> tuple[tuple[str, float, float, float, float], ...]:
    """Name, lowest and highest temperature, activation energy and its sd of every segment."""
    edges = [-np.inf, *sorted(float(value) for value in breaks), np.inf]
    if len(edges) == 2:
        return ()
    pieces = []
    for number, (low, high) in enumerate(pairwise(edges), start=1):
        own = part(points, np.flatnonzero((points.temperature >= low) & (points.temperature < high)))
        if own.temperature.size < FEWEST_PER_SEGMENT:
            raise BadInput(
                f"breaks: segment {number} has {counted(own.temperature.size, 'point')}; at least three are needed"
            )
        beta, covariance, _ = line(own, form)
        sd = float(np.sqrt(covariance[1, 1] * scale))
        pieces.append((f"segment {number}", float(own.temperature[0]), float(own.temperature[-1]), float(beta[1]), sd))
    return tuple(pieces)


def part(points: Points, index: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Points:
    """The points of these numbers."""
    own = points.covariance[np.ix_(index, index)]
    return Points(points.temperature[index], points.log_sigma[index], own, points.temperature_sd[index])


def comparison(points: Points, form: Form) -> tuple[tuple[str, int, float], ...]:
    """AICc with the residual scale as one more parameter: Arrhenius, VFT, two segments."""
    size = points.temperature.size
    chi2 = {"Arrhenius": (2, line(points, form)[2])}
    if size > 4:
        chi2["VFT"] = (3, _vft(points, form))
    splits = range(FEWEST_PER_SEGMENT, size - FEWEST_PER_SEGMENT + 1)
    if len(splits) > 0:
        both = [
            line(part(points, np.arange(k)), form)[2] + line(part(points, np.arange(k, size)), form)[2] for k in splits
        ]
        chi2["two segments"] = (5, min(both))
    return tuple((name, count, _aicc(value, size, count + 1)) for name, (count, value) in chi2.items())


def _aicc(chi2: float, size: int, count: int) -> float:
    if size - count - 1 <= 0 or chi2 <= 0:
        return float("inf") if size - count - 1 <= 0 else -float("inf")
    return size * float(np.log(chi2 / size)) + 2 * count + 2 * count * (count + 1) / (size - count - 1)


def _vft(points: Points, form: Form) -> float:
    """Least chi2 of ln A - B/(T - T0), T0 between 0 and 0.95 of the lowest temperature."""
    factor = np.linalg.cholesky(points.covariance)
    target = points.target(form)

    def model(x: Real) -> tuple[Real, Matrix]:
        apart = points.temperature - x[2]
        residual = x[0] - x[1] / apart - target
        slope = np.column_stack([np.ones_like(apart), -1 / apart, -x[1] / apart**2])
        return np.linalg.solve(factor, residual), np.linalg.solve(factor, slope)

    lowest = float(points.temperature[0])
    beta = line(points, form)[0]
    start = [float(beta[0]), float(beta[1]) / GAS_CONSTANT, 0.0]
    ends = [
        minimise(model, [start[0], start[1], t0], lower=[-np.inf, -np.inf, 0.0], upper=[np.inf, np.inf, 0.95 * lowest])
        for t0 in (0.0, 0.5 * lowest)
    ]
    return min(end.chi2 for end in ends)
