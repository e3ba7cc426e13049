"""Temperature dependence of conductivity: Arrhenius in both forms, VFT, several segments.

Two forms are in use, ``ln sigma`` = ln A - Ea/(R T) and ``ln sigma T`` = ln A - Ea/(R T); over a window around
T their activation energies differ by R T (2.8 kJ/mol at 330 K). The form stands beside every number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri

from electrochemistry.conduction._conductivity import Conductivity
from electrochemistry.impedance import Matrix, Real
from electrochemistry.temperatures import check_kelvin
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.chemistry import GAS_CONSTANT, KJ_PER_MOL_PER_EV
from shortrange_core.least_squares import minimise
from shortrange_core.records import record

Form = Literal["ln sigma", "ln sigma T"]
FORMS: tuple[Form, ...] = ("ln sigma T", "ln sigma")
ROOM, SIXTY = 298.15, 333.15
FEWEST_PER_SEGMENT = 3
SCATTER_LIMIT = 1.0


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Arrhenius:
    """An Arrhenius line.

    Parameters
    ----------
    form
        ``"ln sigma"`` or ``"ln sigma T"``: the quantity that is linear in 1/T.
    quantity
        Name of the conductivity.
    parameters
        ``activation_energy`` (kJ/mol), ``activation_energy_ev`` (eV), ``ln_prefactor`` (of S/cm, or S K/cm), with their
        covariance.
    conductivities
        S/cm at the temperatures asked for (facet temperature, K), with covariance.
    other_form
        The other form, and its activation energy in kJ/mol and eV.
    chi2, dof
        Of the weighted residuals, geometry left out: it is common to all points.
    scale
        Factor on variances: chi2/dof where that is above 1 (or the fit is unweighted), else 1.
    weighted
        Whether the variances of the conductivities were used.
    segments
        Name, lowest and highest temperature, activation energy (kJ/mol), its sd.
    comparison
        Name of each model, parameters, AICc; the lowest is favoured.
    notes
        What a user must know.
    """

    form: str
    quantity: str
    parameters: Estimates
    conductivities: Estimates
    other_form: tuple[str, float, float]
    chi2: float
    dof: int
    scale: float
    weighted: bool
    segments: tuple[tuple[str, float, float, float, float], ...]
    comparison: tuple[tuple[str, int, float], ...]
    notes: tuple[Note, ...]

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Conductivities with log-normal intervals, one row a temperature."""
        if not 0 < level < 1:
            raise BadInput(f"level = {level}: must lie between 0 and 1, such as 0.95")
        sigma, sd = self.conductivities.value.values, self.conductivities.sd.values
        half = float(ndtri(0.5 + level / 2)) * sd / sigma
        columns = {
            "temperature": list(self.conductivities.facets["temperature"]),
            "sigma": sigma,
            "sd": sd,
            "lower": sigma * np.exp(-half),
            "upper": sigma * np.exp(half),
        }
        return pd.DataFrame(columns).set_index("temperature")


@dataclass(frozen=True, eq=False, slots=True)
class _Points:
    temperature: Real
    log_sigma: Real
    covariance: Matrix  # of ln sigma, geometry left out

    def target(self, form: Form) -> Real:
        return self.log_sigma + (np.log(self.temperature) if form == "ln sigma T" else 0.0)


def arrhenius(
    conductivity: Conductivity,
    *,
    form: Form,
    quantity: str | None = None,
    at: Sequence[float] = (ROOM, SIXTY),
    weighted: bool = True,
    breaks: Sequence[float] = (),
) -> Arrhenius:
    """Activation energy and prefactor of a conductivity.

    Parameters
    ----------
    conductivity
        At several temperatures.
    form
        ``"ln sigma"`` or ``"ln sigma T"``; there is no default, because the two give different energies.
    quantity
        Which conductivity; may be left out where there is one.
    at
        Temperatures (K) at which conductivities are wanted, outside of the measured window too.
    weighted
        Weight by the covariance of the conductivities; else all points count alike.
    breaks
        Temperatures (K) that divide segments, each with its own line beside the common one.

    Returns
    -------
    Arrhenius
        With VFT and the best division into two segments compared by AICc where the points allow it.

    Raises
    ------
    BadInput
        For an unknown form or quantity, fewer than three temperatures, or a segment of fewer than three points.

    Examples
    --------
    >>> from electrochemistry.conduction import Geometry
    >>> t = np.array([300.0, 320.0, 340.0, 360.0])
    >>> sigma = Estimates.build("abcd", np.exp(5 - 40 / (8.314462618e-3 * t)), np.zeros(4), quantity=["total"] * 4,
    ...                         temperature=t.tolist(), label=list("abcd"))
    >>> line = arrhenius(Conductivity(sigma, sigma, Geometry(0.1, 1.0), ()), form="ln sigma", weighted=False)
    >>> line.parameters.value.values.round(4).tolist()
    [40.0, 0.4146, 5.0]
    """
    if form not in FORMS:
        raise BadInput(f"form = {form!r}: is unknown; give 'ln sigma' or 'ln sigma T'")
    name, points = _points(conductivity, quantity, weighted)
    beta, covariance, chi2 = _line(points, form)
    dof = points.temperature.size - 2
    reduced = chi2 / dof
    scale = reduced if not weighted else max(1.0, reduced)
    common = conductivity.geometry.log_variance
    matrix = covariance * scale
    matrix[0, 0] += common
    other: Form = "ln sigma" if form == "ln sigma T" else "ln sigma T"
    energy = float(_line(points, other)[0][1])
    notes = _notes(conductivity, name, reduced, weighted)
    return Arrhenius(
        form, name, _parameters(beta, matrix, form), _predicted(beta, matrix, form, at),
        (other, energy, energy / KJ_PER_MOL_PER_EV), float(chi2), dof, float(scale), weighted,
        _segments(points, form, breaks, scale), _comparison(points, form), notes,
    )  # fmt: skip


def _points(conductivity: Conductivity, quantity: str | None, weighted: bool) -> tuple[str, _Points]:
    names = list(dict.fromkeys(conductivity.sigma.facets["quantity"]))
    if quantity is None and len(names) > 1:
        raise BadInput(f"there are conductivities {', '.join(names)}; name one with quantity=")
    name = names[0] if quantity is None else quantity
    if name not in names:
        raise BadInput(f"quantity = {name!r}: is unknown; there are {', '.join(names)}")
    sigma = conductivity.sigma.where(quantity=name)
    temperature = np.array(sigma.facets["temperature"], dtype=float)
    if not np.all(np.isfinite(temperature)) or np.unique(temperature).size < FEWEST_PER_SEGMENT:
        raise BadInput(f"{name}: has {np.unique(temperature).size} temperatures; give three or more, in kelvin")
    value = sigma.value.values
    covariance = sigma.covariance.values / np.outer(value, value) - conductivity.geometry.log_variance
    if weighted and (not np.all(np.isfinite(covariance)) or np.any(np.diagonal(covariance) <= 0)):
        raise BadInput(f"{name}: a conductivity has no standard deviation of its own; fit it again or weighted=False")
    order = np.argsort(temperature, kind="stable")
    matrix = covariance[np.ix_(order, order)] if weighted else np.eye(temperature.size)
    return name, _Points(temperature[order], np.log(value)[order], matrix)


def _line(points: _Points, form: Form) -> tuple[Real, Matrix, float]:
    """Generalised least squares of ln A - Ea/(R T): values, covariance, chi2."""
    design = np.column_stack([np.ones_like(points.temperature), -1 / (GAS_CONSTANT * points.temperature)])
    factor = np.linalg.cholesky(points.covariance)
    white, target = np.linalg.solve(factor, design), np.linalg.solve(factor, points.target(form))
    beta = np.linalg.lstsq(white, target, rcond=None)[0]
    residual = white @ beta - target
    return np.asarray(beta), np.linalg.inv(white.T @ white), float(residual @ residual)


def _parameters(beta: Real, covariance: Matrix, form: Form) -> Estimates:
    rows = [[0.0, 1.0], [0.0, 1 / KJ_PER_MOL_PER_EV], [1.0, 0.0]]
    units = ["kJ/mol", "eV", "ln(S/cm)" if form == "ln sigma" else "ln(S K/cm)"]
    base = Estimates.build(["ln_prefactor", "activation_energy"], beta, covariance)
    names = ["activation_energy", "activation_energy_ev", "ln_prefactor"]
    return base.linear(rows, names, unit=units, form=[form] * 3)


def _predicted(beta: Real, covariance: Matrix, form: Form, at: Sequence[float]) -> Estimates:
    kelvin = np.array(at, dtype=float).reshape(-1)
    check_kelvin("at", kelvin.tolist())
    rows = np.column_stack([np.ones_like(kelvin), -1 / (GAS_CONSTANT * kelvin)])
    log_sigma = rows @ beta - (np.log(kelvin) if form == "ln sigma T" else 0.0)
    sigma = np.exp(log_sigma)
    matrix = rows @ covariance @ rows.T * np.outer(sigma, sigma)
    entries = [f"sigma[{value:g} K]" for value in kelvin]
    return Estimates.build(
        entries, sigma, (matrix + matrix.T) / 2, temperature=kelvin.tolist(), unit=["S/cm"] * kelvin.size
    )


def _segments(
    points: _Points, form: Form, breaks: Sequence[float], scale: float
) -> tuple[tuple[str, float, float, float, float], ...]:
    edges = [-np.inf, *sorted(float(value) for value in breaks), np.inf]
    if len(edges) == 2:
        return ()
    found = []
    for number, (low, high) in enumerate(pairwise(edges), start=1):
        part = _part(points, np.flatnonzero((points.temperature >= low) & (points.temperature < high)))
        if part.temperature.size < FEWEST_PER_SEGMENT:
            raise BadInput(f"breaks: segment {number} has {part.temperature.size} points; three are needed at least")
        beta, covariance, _ = _line(part, form)
        sd = float(np.sqrt(covariance[1, 1] * scale))
        found.append((f"segment {number}", float(part.temperature[0]), float(part.temperature[-1]), float(beta[1]), sd))
    return tuple(found)


def _part(points: _Points, index: np.ndarray[tuple[int], np.dtype[np.intp]]) -> _Points:
    return _Points(points.temperature[index], points.log_sigma[index], points.covariance[np.ix_(index, index)])


def _comparison(points: _Points, form: Form) -> tuple[tuple[str, int, float], ...]:
    """AICc with the residual scale as one more parameter: Arrhenius, VFT, two segments."""
    size = points.temperature.size
    chi2 = {"Arrhenius": (2, _line(points, form)[2])}
    if size > 4:
        chi2["VFT"] = (3, _vft(points, form))
    splits = range(FEWEST_PER_SEGMENT, size - FEWEST_PER_SEGMENT + 1)
    if len(splits) > 0:
        both = [
            _line(_part(points, np.arange(k)), form)[2] + _line(_part(points, np.arange(k, size)), form)[2]
            for k in splits
        ]
        chi2["two segments"] = (5, min(both))
    return tuple((name, count, _aicc(value, size, count + 1)) for name, (count, value) in chi2.items())


def _aicc(chi2: float, size: int, count: int) -> float:
    if size - count - 1 <= 0 or chi2 <= 0:
        return float("inf") if size - count - 1 <= 0 else -float("inf")
    return size * float(np.log(chi2 / size)) + 2 * count + 2 * count * (count + 1) / (size - count - 1)


def _vft(points: _Points, form: Form) -> float:
    """Least chi2 of ln A - B/(T - T0), T0 between 0 and 0.95 of the lowest temperature."""
    factor = np.linalg.cholesky(points.covariance)
    target = points.target(form)

    def model(x: Real) -> tuple[Real, Matrix]:
        apart = points.temperature - x[2]
        residual = x[0] - x[1] / apart - target
        slope = np.column_stack([np.ones_like(apart), -1 / apart, -x[1] / apart**2])
        return np.linalg.solve(factor, residual), np.linalg.solve(factor, slope)

    lowest = float(points.temperature[0])
    beta = _line(points, form)[0]
    start = [float(beta[0]), float(beta[1]) / GAS_CONSTANT, 0.0]
    ends = [
        minimise(model, [start[0], start[1], t0], lower=[-np.inf, -np.inf, 0.0], upper=[np.inf, np.inf, 0.95 * lowest])
        for t0 in (0.0, 0.5 * lowest)
    ]
    return min(end.chi2 for end in ends)


def _notes(conductivity: Conductivity, name: str, reduced: float, weighted: bool) -> tuple[Note, ...]:
    notes = list(conductivity.notes)
    if weighted and reduced > SCATTER_LIMIT:
        notes.append(
            Note(
                "arrhenius-scatter",
                Severity.INFO,
                f"{name}: points scatter more than their standard deviations (chi2/dof {reduced:.2g}); variances are "
                "scaled by it",
                "look for a curved plot (VFT, segments), a temperature that was not reached, or arcs exchanged",
            )
        )
    return tuple(notes)
