"""Electronic conductivities of steady currents: one line between blocking electrodes, a slope at each voltage else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from electrochemistry.conduction._conductivity import Geometry
from electrochemistry.conduction._steady_currents import (
    SIGNIFICANT_SD,
    SteadyState,
)
from shortrange_core import BadInput, Estimates
from shortrange_core.spelling import option


def _at_most(end: SteadyState, floor: float) -> float:
    """Largest electronic current (A) that a step which is not trusted allows."""
    most = max(abs(end.current) + SIGNIFICANT_SD * end.current_sd, floor)
    if most == 0:
        raise BadInput(
            f"the current at {end.voltage:g} V is exactly 0: the instrument's resolution bounds it; "
            f"give {option('current_floor')}"
        )
    return most


def between_blocking(ends: Sequence[SteadyState], shape: Geometry, floor: float) -> Estimates:
    """Slope of a line through 0 over the trusted steps; the smallest upper bound where there is none."""
    good = [end for end in ends if end.steady and end.significant]
    if not good:
        value = shape.factor * min(_at_most(end, floor) / abs(end.voltage) for end in ends)
        return Estimates.build(["sigma_electronic"], [value], [[np.nan]], voltage=[np.nan], bound=["at most"])
    v = np.array([end.voltage for end in good])
    i = np.array([end.current for end in good])
    sd = np.array([max(end.current_sd, 1e-6 * abs(end.current)) for end in good])
    slope = float((v * i / sd**2).sum() / (v**2 / sd**2).sum())
    variance = 1 / float((v**2 / sd**2).sum())
    if len(good) > 1:
        variance *= max(1.0, float((((i - slope * v) / sd) ** 2).sum()) / (len(good) - 1))
    sigma = shape.factor * slope
    total = sigma**2 * (variance / slope**2 + shape.log_variance)
    return Estimates.build(["sigma_electronic"], [sigma], [[total]], voltage=[np.nan], bound=["value"])


def _range(end: SteadyState, floor: float) -> tuple[float, float]:
    """Electronic currents (A) that a step allows."""
    if end.steady and end.significant:
        return end.current - SIGNIFICANT_SD * end.current_sd, end.current + SIGNIFICANT_SD * end.current_sd
    most = _at_most(end, floor)
    return (0.0, most) if end.voltage > 0 else (-most, 0.0)


def hebb_wagner(ends: Sequence[SteadyState], shape: Geometry, floor: float) -> Estimates:
    """Central (one-sided at the ends) slopes dI/dV between neighbouring voltages; bounds beside steps not trusted."""
    ordered = sorted(ends, key=lambda end: end.voltage)
    v = np.array([end.voltage for end in ordered])
    if v.size < 3 or np.any(np.diff(v) <= 0):
        raise BadInput(f"one reversible electrode: {v.size} voltages; give three or more different ones for dI/dV")
    i, sd = np.array([end.current for end in ordered]), np.array([end.current_sd for end in ordered])
    rows = np.zeros((v.size, v.size))
    for n in range(v.size):
        low, high = max(n - 1, 0), min(n + 1, v.size - 1)
        rows[n, high], rows[n, low] = 1 / (v[high] - v[low]), -1 / (v[high] - v[low])
    slope = shape.factor * rows @ i
    covariance = shape.factor**2 * (rows * sd**2) @ rows.T + np.outer(slope, slope) * shape.log_variance
    trusted = np.ones(v.size, dtype=bool)
    for n in range(v.size):
        low, high = max(n - 1, 0), min(n + 1, v.size - 1)
        trusted[n] = all(ordered[m].steady and ordered[m].significant for m in (low, n, high))
        if not trusted[n]:
            most = _range(ordered[high], floor)[1] - _range(ordered[low], floor)[0]
            slope[n] = shape.factor * most / (v[high] - v[low])
            covariance[n, :] = covariance[:, n] = np.nan
    return Estimates.build(
        [f"sigma_electronic[{value:g} V]" for value in v],
        slope,
        (covariance + covariance.T) / 2,
        voltage=v.tolist(),
        bound=["value" if good else "at most" for good in trusted],
    )


def transference_of(sigma: Estimates, ionic: Estimates) -> Estimates:
    """sigma_e/(sigma_e + sigma_ion) with the covariance of both."""
    if not isinstance(ionic, Estimates) or len(ionic) != 1 or not float(ionic.value.item()) > 0:
        raise BadInput(
            "ionic_conductivity: give Estimates of one entry above 0, in S/cm, at the temperature of the polarisation"
        )
    total, variance = float(ionic.value.item()), float(ionic.covariance.values[0, 0])
    e = sigma.value.values
    share = e / (e + total)
    slope_e, slope_ion = total / (e + total) ** 2, -e / (e + total) ** 2
    covariance = np.outer(slope_e, slope_e) * sigma.covariance.values + np.outer(slope_ion, slope_ion) * variance
    facets = sigma.facets
    return Estimates.build(
        [entry.replace("sigma_electronic", "transference_electronic") for entry in sigma.entries],
        share,
        covariance,
        voltage=facets["voltage"],
        bound=facets["bound"],
    )
