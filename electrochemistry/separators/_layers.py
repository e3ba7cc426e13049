"""Materials, layers and interfaces of a separator, and what a temperature does to a conductivity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from electrochemistry.temperatures import COLDEST, HOTTEST
from shortrange_core.chemistry import GAS_CONSTANT
from shortrange_core.errors import Offenders
from shortrange_core.labels import named_twice
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.spelling import option, spelled

Form = Literal["ln sigma", "ln sigma T"]


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
            offenders.add(f"relative_density = {self.relative_density}; give a fraction above 0")
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


def temperature_factor(temperature: float, reference: float, activation_energy: float, form: Form) -> float:
    """Ratio of the conductivity at ``temperature`` to that at ``reference``, both in K.

    Examples
    --------
    >>> round(temperature_factor(333.15, 298.15, 41.5, "ln sigma"), 3)
    5.805
    """
    exponent = -activation_energy / GAS_CONSTANT * (1 / temperature - 1 / reference)
    return float(np.exp(exponent)) * (reference / temperature if form == "ln sigma T" else 1.0)


def factor_at(material: Material, temperature: float) -> float:
    """What the conductivity of a material is multiplied by at ``temperature`` (K); 1 where nothing is stated."""
    stated = material.stated_temperature
    if stated is None or stated == temperature or material.activation_energy is None:
        return 1.0
    return temperature_factor(temperature, stated, material.activation_energy, material.form)


def check_layers(
    layers: Sequence[Layer], area: float, area_sd: float, temperature: float, interfaces: Sequence[Interface]
) -> None:
    """Refuse a stack that cannot be computed, all offenders together.

    Raises
    ------
    BadInput
        If there is no layer, a name stands for two things, a number is out of range or a temperature is missing.
    """
    offenders = Offenders()
    names = [contact.name for contact in interfaces]
    repeated = named_twice(names)
    if repeated:
        offenders.add(f"interfaces named {', '.join(repeated)} occur twice; give each kind its own name")
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
