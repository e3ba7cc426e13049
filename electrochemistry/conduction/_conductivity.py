"""From resistances to conductivities: geometry with uncertainty, and the covariance between resistances.

sigma = l/(A R), so var(ln sigma) = var(ln R) + var(ln l) + 4 var(ln d). The geometry is common to all temperatures: it
moves the prefactor of an Arrhenius line, never the activation energy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from electrochemistry.impedance import ImpedanceFit
from electrochemistry.temperatures import check_kelvin
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.affine import Affine, parse
from shortrange_core.errors import Offenders
from shortrange_core.records import record
from shortrange_core.showing import Shown

UNUSABLE = ("at_bound", "undetermined")


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Geometry(Shown):
    """A disc: thickness and diameter with standard deviations, cm."""

    thickness: float
    diameter: float
    thickness_sd: float = 0.0
    diameter_sd: float = 0.0

    @property
    def area(self) -> float:
        """Area of one face, cm2."""
        return float(np.pi * self.diameter**2 / 4)

    @property
    def factor(self) -> float:
        """Thickness over area, cm-1."""
        return self.thickness / self.area

    @property
    def log_variance(self) -> float:
        """Variance of ln(l/A): (sd_l/l)^2 + 4 (sd_d/d)^2."""
        return (self.thickness_sd / self.thickness) ** 2 + 4 * (self.diameter_sd / self.diameter) ** 2


def geometry(*, thickness: float, diameter: float, thickness_sd: float = 0.0, diameter_sd: float = 0.0) -> Geometry:
    """Geometry of a disc between two electrodes of its own diameter.

    Parameters
    ----------
    thickness, diameter
        cm.
    thickness_sd, diameter_sd
        Standard deviations, cm.

    Raises
    ------
    BadInput
        If a size is not above 0 or a standard deviation is negative; all offenders together.

    Examples
    --------
    >>> pellet = geometry(thickness=0.1, diameter=1.3, thickness_sd=0.001)
    >>> round(pellet.area, 3), round(pellet.factor, 5), round(pellet.log_variance, 6)
    (1.327, 0.07534, 0.0001)
    """
    offenders = Offenders()
    for name, value in (("thickness", thickness), ("diameter", diameter)):
        if not (np.isfinite(value) and value > 0):
            offenders.add(f"{name} = {value} cm: must be finite and above 0")
    for name, value in (("thickness_sd", thickness_sd), ("diameter_sd", diameter_sd)):
        if not (np.isfinite(value) and value >= 0):
            offenders.add(f"{name} = {value} cm: must be finite and not negative; 0 says that it is known exactly")
    offenders.raise_if_any()
    return Geometry(float(thickness), float(diameter), float(thickness_sd), float(diameter_sd))


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Conductivity(Shown):
    """Conductivities of one sample.

    Parameters
    ----------
    sigma
        S/cm, with the whole covariance, geometry included; facets quantity, temperature (K), label.
    resistance
        ohm, with covariance; same entries.
    geometry
        Of the disc.
    notes
        What a user must know.
    """

    sigma: Estimates
    resistance: Estimates
    geometry: Geometry
    notes: tuple[Note, ...]


def conductivity(
    fit: ImpedanceFit,
    shape: Geometry,
    *,
    resistances: Mapping[str, str],
    temperatures: Sequence[float] | None = None,
) -> Conductivity:
    """Conductivities from the resistances of a circuit fit.

    Parameters
    ----------
    fit
        Of one spectrum or of a series.
    shape
        Geometry of the disc.
    resistances
        Name of a conductivity -> which resistances it is made of, such as ``{"total": "R1 + R2", "bulk": "R1"}``.
    temperatures
        Kelvin, one a spectrum; from the spectra where None, NaN where they have none.

    Raises
    ------
    BadInput
        For an unknown parameter, one that is no resistance, or temperatures that do not fit the spectra.

    Examples
    --------
    >>> from electrochemistry.impedance import circuit
    >>> from electrochemistry.impedance import fit_circuit
    >>> from electrochemistry.impedance import spectrum_from_arrays
    >>> f = np.logspace(0, 7, 40)
    >>> z = circuit("p(R1,C1)").impedance(f, {"R1": 100.0, "C1": 1e-9})
    >>> fit = fit_circuit(spectrum_from_arrays(f, z, temperature=298.15), "p(R1,C1)", starts=4)
    >>> found = conductivity(fit, geometry(thickness=0.1, diameter=1.0), resistances={"total": "R1"})
    >>> found.sigma.value.values.round(7).tolist()
    [0.0012732]
    """
    if not isinstance(resistances, Mapping):
        raise BadInput(f'resistances = {resistances!r}: give names and sums, such as {{"total": "R1 + R2"}}')
    kelvin = _temperatures(fit, temperatures)
    sums = {name: _sum(fit, text) for name, text in resistances.items()}
    if not sums:
        raise BadInput('resistances: is empty; say what to add up, such as {"total": "R1 + R2"}')
    rows, entries, facets = [], [], {"quantity": [], "temperature": [], "label": []}  # type: ignore[var-annotated]
    position = {name: n for n, name in enumerate(fit.entries)}
    for name, expression in sums.items():
        for label, temperature in zip(fit.labels, kelvin, strict=True):
            row = np.zeros(len(position))
            for parameter, coefficient in expression.coefficients.items():
                row[position[_entry(parameter, label, position)]] = coefficient
            rows.append(row)
            entries.append(f"{name}[{label}]" if label else name)
            for facet, own in (("quantity", name), ("temperature", temperature), ("label", label)):
                facets[facet].append(own)
    resistance = fit.parameters.linear(np.array(rows), entries, **facets)
    value = resistance.value.values
    if np.any(value <= 0):
        raise BadInput("a sum of resistances is not above 0; check resistances=")
    log_covariance = resistance.covariance.values / np.outer(value, value) + shape.log_variance
    sigma = shape.factor / value
    estimates = Estimates.build(entries, sigma, log_covariance * np.outer(sigma, sigma), **facets)
    return Conductivity(estimates, resistance, shape, _notes(fit, sums))


def _entry(parameter: str, label: str, position: Mapping[str, int]) -> str:
    name = f"{parameter}[{label}]"
    return name if name in position else parameter


def _temperatures(fit: ImpedanceFit, given: Sequence[float] | None) -> list[float]:
    if given is None:
        kelvin = [float(dict(c.scalars).get("temperature", "nan")) for c in fit.fits]
        check_kelvin("temperatures", [value for value in kelvin if not np.isnan(value)])
        return kelvin
    kelvin = [float(value) for value in given]
    if len(kelvin) != len(fit.fits):
        raise BadInput(f"temperatures: {len(kelvin)} for {len(fit.fits)} spectra; give one each, in kelvin")
    check_kelvin("temperatures", kelvin)
    return kelvin


def _sum(fit: ImpedanceFit, text: str) -> Affine:
    expression = parse(re.sub(r"(?<=\w)\s*([+-])\s*(?=[A-Za-z])", r" \1 ", text).strip())
    facets = fit.facets
    units = dict(zip(facets["parameter"], facets["unit"], strict=True))
    wrong = [name for name in expression.names if units.get(name) != "ohm"]
    if wrong or expression.constant:
        ohm = ", ".join(name for name, unit in units.items() if unit == "ohm")
        raise BadInput(
            f"resistances {text!r}: {', '.join(wrong) or 'a constant'} is no resistance of the fit; add up {ohm}"
        )
    return expression


def _notes(fit: ImpedanceFit, sums: Mapping[str, Affine]) -> tuple[Note, ...]:
    used = {name for expression in sums.values() for name in expression.names}
    facets = fit.facets
    weak = [
        entry
        for entry, name, status in zip(fit.entries, facets["parameter"], facets["status"], strict=True)
        if name in used and status in UNUSABLE
    ]
    if not weak:
        return ()
    return (
        Note(
            "conductivity-undetermined",
            Severity.WARNING,
            f"{', '.join(weak)} is not determined by the spectrum: conductivities made of it alone are no numbers",
            "report the total, which the spectrum may still determine, or take a simpler circuit",
        ),
    )
