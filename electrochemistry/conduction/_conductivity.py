"""From resistances to conductivities: geometry with uncertainty, and the covariance between resistances.

sigma = l/(A R), so var(ln sigma) = var(ln R) + var(ln l) + 4 var(ln d). The geometry is common to all temperatures: it
moves the prefactor of an Arrhenius line, never the activation energy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from electrochemistry.conduction._sums import added_up, parsed_sums
from electrochemistry.impedance import ImpedanceFit
from electrochemistry.temperatures import check_kelvin
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.chemistry import GAS_CONSTANT
from shortrange_core.errors import Offenders
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import option, spelled

EXAMPLE_ENERGY = 40.0  # kJ/mol, about that of sodium thiophosphate glasses


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Geometry(Shown):
    """A disc: thickness and diameter with standard deviations, cm.

    Raises
    ------
    BadInput
        If a size is not above 0 or a standard deviation is negative; all offenders together.
    """

    thickness: float
    diameter: float
    thickness_sd: float = 0.0
    diameter_sd: float = 0.0

    def __post_init__(self) -> None:
        offenders = Offenders()
        offenders.positive("cm", thickness=self.thickness, diameter=self.diameter)
        offenders.not_negative("cm", thickness_sd=self.thickness_sd, diameter_sd=self.diameter_sd)
        offenders.raise_if_any()

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
    return Geometry(float(thickness), float(diameter), float(thickness_sd), float(diameter_sd))


@record(2)
@dataclass(frozen=True, eq=False, slots=True)
class Conductivity(Shown):
    """Conductivities of one sample.

    Parameters
    ----------
    sigma
        S/cm, with the whole covariance, geometry included; facets quantity, temperature (K), temperature_sd (K), label,
        and status: ``determined``, or ``undetermined``, ``at_bound``, ``misfit``, where the number is none to quote.
    resistance
        ohm, with covariance; same entries.
    geometry
        Of the disc.
    notes
        What a user must know.
    activation_energy
        kJ/mol by which standard deviations of temperatures entered those of sigma; 0 where they did not.
    """

    sigma: Estimates
    resistance: Estimates
    geometry: Geometry
    notes: tuple[Note, ...]
    activation_energy: float = 0.0


def conductivity(
    fit: ImpedanceFit,
    shape: Geometry,
    *,
    resistances: Mapping[str, str],
    temperatures: Sequence[float] | None = None,
    temperature_sd: float | Sequence[float] | None = None,
    activation_energy: float | None = None,
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
        Kelvin, one per spectrum; from the spectra where None, NaN where they have none.
    temperature_sd
        Standard deviation of the temperatures, K, one or one per spectrum; from the spectra where None, 0 where they
        have none. :func:`arrhenius` takes it from here.
    activation_energy
        kJ/mol (ln sigma): with it the sd of sigma holds that of its own temperature, (Ea/(R T^2) sd)^2 in ln sigma.

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
    sums = parsed_sums(fit, resistances)
    kelvin = _temperatures(fit, temperatures)
    kelvin_sd = _temperature_sds(fit, temperature_sd)
    resistance, reasons = added_up(fit, sums, temperature=kelvin, temperature_sd=kelvin_sd)
    value = resistance.value.values
    if np.any(value <= 0):
        sums_option = spelled("resistances=", command_line="--resistance", recipe="resistances")
        raise BadInput(f"a sum of resistances is not above 0; check {sums_option}")
    log_covariance = resistance.covariance.values / np.outer(value, value) + shape.log_variance
    notes = list(_notes(reasons, missed="misfit" in resistance.facets["status"]))
    if activation_energy is not None:
        steep = activation_energy / (GAS_CONSTANT * np.array(resistance.facets["temperature"], dtype=float) ** 2)
        log_covariance += np.diag((steep * np.array(resistance.facets["temperature_sd"], dtype=float)) ** 2)
    elif any(kelvin_sd):
        notes.append(_temperature_note(kelvin, kelvin_sd))
    sigma = shape.factor / value
    covariance = log_covariance * np.outer(sigma, sigma)
    estimates = Estimates.build(resistance.entries, sigma, covariance, **resistance.facets)
    return Conductivity(estimates, resistance, shape, tuple(notes), activation_energy or 0.0)


def _temperatures(fit: ImpedanceFit, given: Sequence[float] | None) -> list[float]:
    if given is None:
        kelvin = [float(dict(c.scalars).get("temperature", "nan")) for c in fit.fits]
        check_kelvin("temperatures", [value for value in kelvin if not np.isnan(value)])
        return kelvin
    kelvin = [float(value) for value in given]
    if len(kelvin) != len(fit.fits):
        raise BadInput(
            f"temperatures: {len(kelvin)} for {counted(len(fit.fits), 'spectrum', 'spectra')}; give one each, in kelvin"
        )
    check_kelvin("temperatures", kelvin)
    return kelvin


def _temperature_sds(fit: ImpedanceFit, given: float | Sequence[float] | None) -> list[float]:
    if given is None:
        return [float(dict(c.scalars).get("temperature_sd", 0.0)) for c in fit.fits]
    sds = np.asarray(given, dtype=float).reshape(-1)
    if sds.size not in (1, len(fit.fits)) or not np.all(np.isfinite(sds)) or np.any(sds < 0):
        raise BadInput(
            f"{option('temperature_sd')} {given}: give kelvin, 0 or more: one, or one for each of the "
            f"{counted(len(fit.fits), 'spectrum', 'spectra')}"
        )
    return [float(value) for value in np.broadcast_to(sds, len(fit.fits))]


def _temperature_note(kelvin: Sequence[float], sds: Sequence[float]) -> Note:
    at, sd = max(zip(kelvin, sds, strict=True), key=lambda pair: pair[1])
    share = 100 * EXAMPLE_ENERGY / (GAS_CONSTANT * at**2) * sd
    return Note(
        "temperature-sd-not-in-sigma",
        Severity.INFO,
        f"the sd of sigma excludes that of the temperature ({sd:g} K at {at:g} K): with an activation energy of "
        f"{EXAMPLE_ENERGY:g} kJ/mol it adds {share:.1f} %",
        f"give {option('activation_energy')} (kJ/mol), or read sigma at a temperature from an Arrhenius line",
    )


def _notes(reasons: Mapping[str, str], *, missed: bool) -> tuple[Note, ...]:
    if not reasons:
        return ()
    simpler = "report the total, which the spectrum may still determine, or use a simpler circuit"
    return (
        Note(
            "conductivity-undetermined",
            Severity.WARNING,
            f"no conductivity: {'; '.join(f'{entry}: {why}' for entry, why in reasons.items())}",
            "use a circuit that describes the spectrum; if there is none, measure it again" if missed else simpler,
        ),
    )
