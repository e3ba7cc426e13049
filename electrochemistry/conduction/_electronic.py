"""Electronic conductivities of steady currents: one line between blocking electrodes, a slope at each voltage else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import chi2, norm
from scipy.stats import t as student

from electrochemistry.conduction._conductivity import Geometry
from electrochemistry.conduction._steady_currents import (
    SIGNIFICANT_SD,
    SteadyState,
)
from electrochemistry.impedance import Real
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.spelling import option

LEVEL, DISAGREEING = 0.95, 0.01
SMALLEST_SD = 1e-6  # of a current: what is simulated has no noise


def _at_most(end: SteadyState, floor: float) -> float:
    """Largest electronic current (A) that a step which is not trusted allows."""
    most = max(abs(end.current) + SIGNIFICANT_SD * end.current_sd, floor)
    if most == 0:
        raise BadInput(
            f"the current at {end.voltage:g} V is exactly 0: only the instrument's resolution limits it; "
            f"give {option('current_floor')}"
        )
    return most


def _conductances(ends: Sequence[SteadyState]) -> tuple[Real, Real]:
    """Current over voltage (S) of the trusted steps, and its sd."""
    good = [end for end in ends if end.steady and end.significant]
    v, i = np.array([end.voltage for end in good]), np.array([end.current for end in good])
    sd = np.array([end.current_sd for end in good])
    return i / v, np.maximum(sd, SMALLEST_SD * np.abs(i)) / np.abs(v)


def _weighted(g: Real, variance: Real) -> tuple[float, float, float]:
    """Weighted mean, its variance, and chi2 around it."""
    weight = 1 / variance
    mean = float(weight @ g / weight.sum())
    return mean, float(1 / weight.sum()), float(weight @ (g - mean) ** 2)


def between_blocking(ends: Sequence[SteadyState], shape: Geometry, floor: float) -> Estimates:
    """Conductance of the trusted steps; the smallest upper bound where there is none.

    A factor that belongs to a whole step may be as large as the steps scatter, all of it: what errors of a few steps
    may explain of that is not subtracted, because a precise step would then count as one without such a factor. The sd
    is that of the scatter where it is more than that of the errors, and so wide that its normal 95 % interval is that
    of Student's t with the degrees of freedom of the scatter.
    """
    g, sd = _conductances(ends)
    if not g.size:
        value = shape.factor * min(_at_most(end, floor) / abs(end.voltage) for end in ends)
        return Estimates.build(["sigma_electronic"], [value], [[np.nan]], voltage=[np.nan], bound=["at most"])
    freedom = g.size - 1
    mean, variance, apart = _weighted(g, sd**2 + (float(g.var(ddof=1)) if freedom else 0.0))
    if freedom:
        wider = float(student.isf((1 - LEVEL) / 2, freedom) / norm.isf((1 - LEVEL) / 2))
        variance *= max(1.0, apart / freedom * wider**2)
    total = shape.factor**2 * (variance + mean**2 * shape.log_variance)
    return Estimates.build(["sigma_electronic"], [shape.factor * mean], [[total]], voltage=[np.nan], bound=["value"])


def scatter_notes(ends: Sequence[SteadyState]) -> list[Note]:
    """Whether currents between blocking electrodes are proportional to the voltage, as far as steps tell."""
    g, sd = _conductances(ends)
    if g.size == 1:
        text = "only one step can be trusted: whether its current is proportional to the voltage is not known"
        return [Note("polarisation-one-step", Severity.INFO, text, "measure at two more voltages")]
    if not g.size or chi2.sf(_weighted(g, sd**2)[2], g.size - 1) > DISAGREEING:
        return []
    scatter, errors = (100 * size / abs(float(g.mean())) for size in (float(g.std(ddof=1)), _rms(sd)))
    text = (
        f"I/V of {g.size} steps scatters by {scatter:.2g} %, of which errors explain {errors:.2g} %: the current is "
        "not proportional to the voltage, or the cell changed between steps; the sd includes the scatter"
    )
    remedy = "repeat a voltage: if it differs too, temperature or contacts change; if not, use lower voltages"
    return [Note("polarisation-steps-disagree", Severity.WARNING, text, remedy)]


def _rms(values: Real) -> float:
    return float(np.sqrt(np.mean(values**2)))


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
