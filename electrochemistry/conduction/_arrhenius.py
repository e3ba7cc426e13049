"""Temperature dependence of conductivity: Arrhenius in both forms, VFT, several segments.

Two forms are in use, ``ln sigma`` = ln A - Ea/(R T) and ``ln sigma T`` = ln A - Ea/(R T); over a window around
T their activation energies differ by R T (2.8 kJ/mol at 330 K). The form stands beside every number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import chi2 as chi_squared

from electrochemistry.conduction._conductivity import Conductivity
from electrochemistry.conduction._lines import (
    FEWEST_PER_SEGMENT,
    Form,
    Points,
    comparison,
    line,
    moved_by_one_kelvin,
    segments,
    with_temperatures,
)
from electrochemistry.conduction._sums import DETERMINED
from electrochemistry.impedance import Matrix, Real
from electrochemistry.temperatures import check_kelvin
from shortrange_core import BadInput, Estimates, Note, Severity, Status
from shortrange_core.chemistry import GAS_CONSTANT, KJ_PER_MOL_PER_EV
from shortrange_core.errors import check_level
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted, shown
from shortrange_core.spelling import option, spelled

FORMS: tuple[Form, ...] = ("ln sigma T", "ln sigma")
ROOM, SIXTY = 298.15, 333.15
SCATTER_LIMIT = 1.0
MISFIT_SCATTER, MISFIT_CHANCE = 4.0, 1e-4  # twice the standard deviations, and no accident of few points
THERMOMETER = 0.1
"""K: errors of temperatures that every furnace has; a line that they explain is one."""


@record(2)
@dataclass(frozen=True, eq=False, slots=True)
class Arrhenius(Shown):
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
    status
        ``misfit`` where points scatter more than twice their standard deviations around the line.
    left_out
        Entries of conductivities that are not determined and do not count.
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
    status: Status = Status.OK
    left_out: tuple[str, ...] = ()

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Conductivities with log-normal intervals, one row a temperature."""
        check_level(level)
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


def arrhenius(
    conductivity: Conductivity,
    *,
    form: Form,
    quantity: str | None = None,
    at: Sequence[float] = (ROOM, SIXTY),
    weighted: bool = True,
    breaks: Sequence[float] = (),
    temperature_offset_sd: float = 0.0,
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
    temperature_offset_sd
        Standard deviation (K) of an error that all temperatures share, as of one thermocouple. Errors of each
        temperature on its own are those of the conductivities (``temperature_sd`` of :func:`conductivity`).

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
    if not (np.isfinite(temperature_offset_sd) and temperature_offset_sd >= 0):
        raise BadInput(f"{option('temperature_offset_sd')} {temperature_offset_sd}: give kelvin, 0 or more")
    name, points, left_out = _points(conductivity, quantity, form, weighted)
    beta, covariance, chi2 = line(points, form)
    dof = points.temperature.size - 2
    reduced = chi2 / dof
    scale = reduced if not weighted else max(1.0, reduced)
    matrix = covariance * scale
    matrix[0, 0] += conductivity.geometry.log_variance
    moved = moved_by_one_kelvin(points, form, float(beta[1])) * temperature_offset_sd
    matrix += np.outer(moved, moved)
    other: Form = "ln sigma" if form == "ln sigma T" else "ln sigma T"
    energy = float(line(points, other)[0][1])
    spread, kelvin = _scatter(points, beta, form)
    beyond = reduced > MISFIT_SCATTER and chi_squared.sf(chi2, dof) < MISFIT_CHANCE
    missed = weighted and beyond and kelvin > THERMOMETER
    notes = (*conductivity.notes, *_notes(name, reduced, spread, kelvin, missed=missed))
    return Arrhenius(
        form, name, _parameters(beta, matrix, form), _predicted(beta, matrix, form, at),
        (other, energy, energy / KJ_PER_MOL_PER_EV), float(chi2), dof, float(scale), weighted,
        segments(points, form, breaks, scale), comparison(points, form), notes if weighted else conductivity.notes,
        Status.MISFIT if missed else Status.OK, left_out,
    )  # fmt: skip


def _points(
    conductivity: Conductivity, quantity: str | None, form: Form, weighted: bool
) -> tuple[str, Points, tuple[str, ...]]:
    """Name, points, and the entries that are not determined."""
    names = list(dict.fromkeys(conductivity.sigma.facets["quantity"]))
    if quantity is None and len(names) > 1:
        raise BadInput(f"there are conductivities {', '.join(names)}; select one with quantity=")
    name = names[0] if quantity is None else quantity
    if name not in names:
        raise BadInput(f"quantity = {name!r}: is unknown; there are {', '.join(names)}")
    every = conductivity.sigma.where(quantity=name)
    sigma = every
    left_out: tuple[str, ...] = ()
    if "status" in every.facets:
        sigma = every.where(status=DETERMINED)
        left_out = tuple(entry for entry in every.entries if entry not in sigma.entries)
    temperature = np.array(sigma.facets["temperature"], dtype=float)
    if not np.all(np.isfinite(temperature)) or np.unique(temperature).size < FEWEST_PER_SEGMENT:
        beside = f" ({', '.join(left_out)} not determined)" if left_out else ""
        count = np.unique(temperature).size
        raise BadInput(f"{name}: has {counted(count, 'temperature')}{beside}; give three or more, in kelvin")
    value = sigma.value.values
    covariance = sigma.covariance.values / np.outer(value, value) - conductivity.geometry.log_variance
    sd = np.array(sigma.facets.get("temperature_sd", np.zeros(value.size)), dtype=float)
    steep = conductivity.activation_energy / (GAS_CONSTANT * temperature**2)
    covariance = covariance - np.diag((steep * sd) ** 2)  # the line has a slope of its own
    order = np.argsort(temperature, kind="stable")
    own = Points(temperature[order], np.log(value)[order], covariance[np.ix_(order, order)], sd[order])
    if not weighted:
        size = temperature.size
        return name, Points(own.temperature, own.log_sigma, np.eye(size), np.zeros(size)), left_out
    if np.all(np.isfinite(covariance)):
        own = with_temperatures(own, form)
    if not np.all(np.isfinite(covariance)) or np.any(np.diagonal(own.covariance) <= 0):
        unweighted = spelled("weighted=False", command_line="--unweighted", recipe="weighted = false")
        raise BadInput(f"{name}: a conductivity has no standard deviation; fit it again or {unweighted}")
    return name, own, left_out


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


def _scatter(points: Points, beta: Real, form: Form) -> tuple[float, float]:
    """Relative distance of the points from the line, and the error of the temperatures that makes it, K."""
    residual = points.target(form) - beta[0] + beta[1] / (GAS_CONSTANT * points.temperature)
    spread = float(np.sqrt(np.sum(residual**2) / (residual.size - 2)))
    return spread, spread / float(np.mean(np.abs(points.steepness(float(beta[1]), form))))


def _notes(name: str, reduced: float, spread: float, kelvin: float, *, missed: bool) -> tuple[Note, ...]:
    if reduced <= SCATTER_LIMIT:
        return ()
    causes = "look for a curved plot (VFT, segments), a temperature not reached, or exchanged arcs"
    if not missed:
        text = (
            f"{name}: points scatter more than their standard deviations (chi2/dof {reduced:.2g}); variances are scaled"
        )
        return (Note("arrhenius-scatter", Severity.INFO, text, causes),)
    return (
        Note(
            "arrhenius-misfit",
            Severity.ERROR,
            f"{name}: not an Arrhenius line within the errors: points lie {100 * spread:.2g} % from it, "
            f"{np.sqrt(reduced):.2g} times their standard deviations (chi2/dof {shown(reduced, 3)})",
            f"temperature errors of {kelvin:.2g} K would explain it: state their sd ({option('temperature_sd')}); "
            f"or {causes}",
        ),
    )
