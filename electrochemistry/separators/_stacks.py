"""Layered separators: the thickness of each pressed layer from its mass, the stack's resistance, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from electrochemistry.separators._layers import Interface, Layer, check_layers, factor_at
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown

MILLI = 1e-3
Vector = npt.NDArray[np.float64]


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
    >>> from electrochemistry.separators import Layer, Material
    >>> glass = Material("glass", density=2.0, conductivity=1e-4, stated_temperature=333.15)
    >>> stack = separator([Layer(glass, mass=0.1, relative_density=1.0)], area=1.0, temperature=333.15)
    >>> round(float(stack.area_resistance.value.item()), 6)
    500.0
    """
    check_layers(list(layers), area, area_sd, temperature, interfaces)
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
    factor = np.array([factor_at(m, temperature) for m in materials])

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
        raise BadInput("candidates is empty; give the possible temperatures (K) of the conductivity")
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
        text = f"the conductivity of {', '.join(open_)} is taken for {candidate:g} K; its source gives no temperature"
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
