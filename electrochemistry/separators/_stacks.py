"""Layered separators: the thickness of each pressed layer from its mass, the stack's resistance, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from electrochemistry.temperatures import COLDEST, HOTTEST
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.chemistry import GAS_CONSTANT
from shortrange_core.errors import Offenders
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.spelling import option, spelled

MILLI = 1e-3
Form = Literal["ln sigma", "ln sigma T"]
Vector = npt.NDArray[np.float64]


@record(1)
@dataclass(frozen=True, slots=True)
class Material(Shown):
    """An electrolyte: true density and conductivity, with standard deviations and the temperature it was stated for.

    Parameters
    ----------
    name
        Label of the material.
    density, density_sd
        True density, g cm-3.
    conductivity, conductivity_sd
        S cm-1.
    stated_temperature
        K for which the conductivity is stated; None where the source does not say.
    activation_energy
        kJ/mol, needed to go to another temperature; None where not known.
    form
        ``"ln sigma"`` or ``"ln sigma T"``: what the activation energy is the slope of.

    Raises
    ------
    BadInput
        If a number is out of range; all offenders together.
    """

    name: str
    density: float
    conductivity: float
    stated_temperature: float | None
    activation_energy: float | None = None
    form: Form = "ln sigma"
    density_sd: float = 0.0
    conductivity_sd: float = 0.0

    def __post_init__(self) -> None:
        offenders = Offenders()
        offenders.positive("g cm-3", density=self.density)
        offenders.positive("S cm-1", conductivity=self.conductivity)
        offenders.not_negative("", density_sd=self.density_sd, conductivity_sd=self.conductivity_sd)
        if self.activation_energy is not None:
            offenders.not_negative("kJ/mol", activation_energy=self.activation_energy)
        if self.form not in ("ln sigma", "ln sigma T"):
            offenders.add(f"form = {self.form!r}; give 'ln sigma' or 'ln sigma T'")
        stated = self.stated_temperature
        if stated is not None and not COLDEST <= stated < HOTTEST:
            offenders.add(f"stated_temperature = {stated} K; give {COLDEST:g} to {HOTTEST:g} K")
        offenders.raise_if_any(self.name)


@record(1)
@dataclass(frozen=True, slots=True)
class Layer(Shown):
    """A layer: mass in g, and bulk over true density (1 is fully dense), with standard deviations.

    Raises
    ------
    BadInput
        If the mass is not above 0, the relative density not in (0, 1], or a standard deviation below 0.
    """

    material: Material
    mass: float
    relative_density: float
    mass_sd: float = 0.0
    relative_density_sd: float = 0.0

    def __post_init__(self) -> None:
        offenders = Offenders()
        offenders.positive("g", mass=self.mass)
        if not 0 < self.relative_density <= 1:
            offenders.add(f"relative_density = {self.relative_density}; give a part of 1, above 0")
        offenders.not_negative("", mass_sd=self.mass_sd, relative_density_sd=self.relative_density_sd)
        offenders.raise_if_any(f"layer of {self.material.name}")


@record(1)
@dataclass(frozen=True, slots=True)
class Interface(Shown):
    """Contacts of one kind: area resistance of one (ohm cm2) with its sd, and how many of them lie in series.

    Raises
    ------
    BadInput
        If a number is negative, or the count below 1.
    """

    name: str
    area_resistance: float
    area_resistance_sd: float = 0.0
    count: int = 1

    def __post_init__(self) -> None:
        offenders = Offenders()
        sizes = {"area_resistance": self.area_resistance, "area_resistance_sd": self.area_resistance_sd}
        offenders.not_negative("ohm cm2", **sizes)
        if self.count < 1:
            offenders.add(f"count = {self.count}; give 1 or more")
        offenders.raise_if_any(f"interface {self.name!r}")


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Separator(Shown):
    """A stack of layers at one temperature.

    Parameters
    ----------
    estimates
        Joint estimates with the facets ``quantity`` (thickness in cm, layer_resistance, interface_resistance and
        area_resistance in ohm cm2, conductivity in S cm-1) and ``layer``.
    layers
        As given.
    area
        cm2.
    temperature
        K.
    notes
        What a user must know.
    interfaces
        As given.
    """

    estimates: Estimates
    layers: tuple[Layer, ...]
    area: float
    temperature: float
    notes: tuple[Note, ...]
    interfaces: tuple[Interface, ...] = ()

    @property
    def thickness(self) -> Estimates:
        """Thickness of each layer, and their sum, cm."""
        return self.estimates.where(quantity="thickness")

    @property
    def area_resistance(self) -> Estimates:
        """Thickness over conductivity, summed over the layers, and the interfaces: ohm cm2, one entry."""
        return self.estimates.where(quantity="area_resistance")

    @property
    def conductivity(self) -> Estimates:
        """Effective conductivity of the stack: whole thickness over area resistance, S cm-1, one entry."""
        return self.estimates.where(quantity="conductivity")


def temperature_factor(temperature: float, reference: float, activation_energy: float, form: Form) -> float:
    """Ratio of the conductivity at ``temperature`` to that at ``reference``, both in K.

    Examples
    --------
    >>> round(temperature_factor(333.15, 298.15, 41.5, "ln sigma"), 3)
    5.805
    """
    exponent = -activation_energy / GAS_CONSTANT * (1 / temperature - 1 / reference)
    return float(np.exp(exponent)) * (reference / temperature if form == "ln sigma T" else 1.0)


def separator(
    layers: Sequence[Layer],
    *,
    area: float,
    temperature: float,
    area_sd: float = 0.0,
    interfaces: Sequence[Interface] = (),
) -> Separator:
    r"""Thicknesses and series resistance of a pressed stack.

    Parameters
    ----------
    layers
        In order. Layers of one material share the errors of its density and conductivity.
    area, area_sd
        cm2.
    temperature
        K at which the stack is used.
    interfaces
        Contacts between the layers and to the electrodes, in series with the layers; none where they add nothing.

    Raises
    ------
    BadInput
        If there is no layer, area or temperature are out of range, or a conductivity is stated for another temperature
        (or for none) and cannot be carried over; all offenders together.

    Notes
    -----
    :math:`l = m/(\rho_\mathrm{true}\,\rho_\mathrm{rel}\,A)`; :math:`R A = \sum l/\sigma + \sum n_i r_i` with the
    interfaces :math:`r_i`; :math:`\sigma_\mathrm{eff} = \sum l/(R A)`.

    Examples
    --------
    >>> glass = Material("glass", density=2.0, conductivity=1e-4, stated_temperature=333.15)
    >>> stack = separator([Layer(glass, mass=0.1, relative_density=1.0)], area=1.0, temperature=333.15)
    >>> round(float(stack.area_resistance.value.item()), 6)
    500.0
    """
    _check(list(layers), area, area_sd, temperature, interfaces)
    materials = list({layer.material.name: layer.material for layer in layers}.values())
    count, kinds = len(layers), len(materials)
    values = [layer.mass for layer in layers] + [layer.relative_density for layer in layers]
    values += [m.density for m in materials] + [m.conductivity for m in materials] + [area]
    values += [contact.area_resistance for contact in interfaces]
    sds = [layer.mass_sd for layer in layers] + [layer.relative_density_sd for layer in layers]
    sds += [m.density_sd for m in materials] + [m.conductivity_sd for m in materials] + [area_sd]
    sds += [contact.area_resistance_sd for contact in interfaces]
    times = np.array([contact.count for contact in interfaces], dtype=float)
    names = [f"input {index}" for index in range(len(values))]
    inputs = Estimates.build(names, values, np.square(sds))
    kind = np.array([[m.name for m in materials].index(layer.material.name) for layer in layers])
    factor = np.array([_factor(m, temperature) for m in materials])

    def stack(x: Vector) -> Vector:
        mass, relative, rest = x[:count], x[count : 2 * count], x[2 * count :]
        thickness = mass / (rest[:kinds][kind] * relative * rest[2 * kinds])
        resistance = thickness / (rest[kinds : 2 * kinds] * factor)[kind]
        contacts = times * rest[2 * kinds + 1 :]
        total, whole = float(np.sum(thickness)), float(np.sum(resistance) + np.sum(contacts))
        return np.concatenate([thickness, [total], resistance, contacts, [whole, total / whole]])

    labels = [f"{index}: {layer.material.name}" for index, layer in enumerate(layers, start=1)]
    contact_names = [contact.name for contact in interfaces]
    quantity = ["thickness"] * (count + 1) + ["layer_resistance"] * count
    quantity += ["interface_resistance"] * len(contact_names) + ["area_resistance", "conductivity"]
    where = [*labels, "all", *labels, *contact_names, "all", "all"]
    entries = [f"{q} of {label}" for q, label in zip(quantity, where, strict=True)]
    estimates = inputs.propagate(stack, entries, quantity=quantity, layer=where)
    return Separator(estimates, tuple(layers), float(area), float(temperature), (), tuple(interfaces))


def separator_cases(
    layers: Sequence[Layer],
    *,
    area: float,
    temperature: float,
    candidates: Sequence[float] = (298.15, 333.15),
    area_sd: float = 0.0,
    interfaces: Sequence[Interface] = (),
) -> tuple[Separator, ...]:
    """One separator for each temperature that a conductivity without one may have been stated for; one where all are.

    Parameters
    ----------
    layers, area, temperature, area_sd, interfaces
        As for :func:`separator`.
    candidates
        K, in order.

    Raises
    ------
    BadInput
        As :func:`separator`, and if there is no candidate.
    """
    if not len(candidates):
        raise BadInput("candidates is empty; give the temperatures (K) that the conductivity may be stated for")
    open_ = sorted({layer.material.name for layer in layers if layer.material.stated_temperature is None})
    if not open_:
        return (separator(layers, area=area, temperature=temperature, area_sd=area_sd, interfaces=interfaces),)
    cases = []
    for candidate in candidates:
        stated = [
            replace(layer, material=replace(layer.material, stated_temperature=candidate))
            if layer.material.stated_temperature is None
            else layer
            for layer in layers
        ]
        case = separator(stated, area=area, temperature=temperature, area_sd=area_sd, interfaces=interfaces)
        text = f"the conductivity of {', '.join(open_)} is taken as stated for {candidate:g} K; its source names none"
        note = Note("temperature-assumed", Severity.WARNING, text, "report every case, or ask the authors")
        cases.append(replace(case, notes=(note,)))
    return tuple(cases)


def ohmic_voltage(stack: Separator, current_density: float) -> Estimates:
    """Ohmic voltage across a stack at a current density in mA cm-2, V.

    Raises
    ------
    BadInput
        If the current density is not finite.
    """
    if not np.isfinite(current_density):
        raise BadInput(f"current_density = {current_density} mA/cm2; give a finite number")
    return stack.area_resistance.linear([[current_density * MILLI]], ["ohmic voltage"], unit=["V"])


def _factor(material: Material, temperature: float) -> float:
    stated = material.stated_temperature
    if stated is None or stated == temperature or material.activation_energy is None:
        return 1.0
    return temperature_factor(temperature, stated, material.activation_energy, material.form)


def _check(
    layers: Sequence[Layer], area: float, area_sd: float, temperature: float, interfaces: Sequence[Interface]
) -> None:
    offenders = Offenders()
    names = [contact.name for contact in interfaces]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        offenders.add(f"interfaces named {', '.join(repeated)} occur twice; give each kind a name of its own")
    if not layers:
        offenders.add("the separator has no layer; give at least one")
    if not (0 < area < np.inf and 0 <= area_sd < np.inf and COLDEST <= temperature < HOTTEST):
        offenders.add(
            f"area = {area} cm2, area_sd = {area_sd} cm2, temperature = {temperature} K; give positive numbers, "
            f"kelvin from {COLDEST:g} to {HOTTEST:g}"
        )
    materials = {layer.material.name: layer.material for layer in layers}
    if any(layer.material != materials[layer.material.name] for layer in layers):
        offenders.add("two materials share a name; give each its own")
    for material in materials.values():
        _check_material(material, temperature, offenders)
    offenders.raise_if_any()


def _check_material(material: Material, temperature: float, offenders: Offenders) -> None:
    stated = material.stated_temperature
    if stated is None:
        offenders.add(
            f"{material.name}: no temperature is stated for its conductivity; give {option('stated_temperature')}"
            + spelled(", or take separator_cases, which returns every case", command_line="", recipe="")
        )
    elif stated != temperature and material.activation_energy is None:
        offenders.add(
            f"{material.name}: its conductivity is stated for {stated} K and used at {temperature} K; give "
            f"{option('activation_energy')}"
        )
