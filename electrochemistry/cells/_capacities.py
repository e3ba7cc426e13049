"""Capacity that a reaction can give, mass that it consumes, and specific energy for each basis of mass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from shortrange_core import BadInput
from shortrange_core.chemistry import ATOMIC_WEIGHTS, FARADAY, formula_atoms, molar_mass, read_terms
from shortrange_core.showing import Shown

COULOMB_PER_MAH = 3.6
BALANCE_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class CellReaction(Shown):
    """A balanced cell reaction: coefficient of every formula, negative for what is consumed."""

    coefficients: Mapping[str, float]
    text: str


def reaction(text: str) -> CellReaction:
    """Read a reaction such as ``"S + 2 Na -> Na2S"``.

    Raises
    ------
    BadInput
        If it has not two sides, a term is no formula, or an element is not balanced.

    Examples
    --------
    >>> dict(reaction("S + 2 Na -> Na2S").coefficients)
    {'S': -1.0, 'Na': -2.0, 'Na2S': 1.0}
    """
    coefficients = {name: float(n) for name, n in read_terms(text, like="S + 2 Na -> Na2S").items()}
    balance: dict[str, float] = {}
    for formula, coefficient in coefficients.items():
        for element, count in formula_atoms(formula).items():
            balance[element] = balance.get(element, 0.0) + coefficient * count
    wrong = [f"{element} by {excess:+g}" for element, excess in balance.items() if abs(excess) > BALANCE_TOLERANCE]
    if wrong:
        raise BadInput(f"{text!r}: is not balanced in {', '.join(wrong)}; correct its coefficients")
    return CellReaction(coefficients, text)


def theoretical_capacity(cell_reaction: str, *, carrier: str, per: str, carrier_charge: int = 1) -> float:
    r"""Capacity of a reaction per mass of the named substances.

    Parameters
    ----------
    cell_reaction
        Such as ``"S + 2 Na -> Na2S"``.
    carrier
        Formula of the metal whose ions carry the charge; its coefficient is the number of electrons.
    per
        Mass basis: formulas of the reaction joined by ``" + "``, each with its own coefficient: ``"S"``, ``"S + Na"``,
        ``"Na2S"``.
    carrier_charge
        Charge of the ion.

    Returns
    -------
    float
        mAh/g.

    Raises
    ------
    BadInput
        If the reaction is not balanced, a formula is not in it, or the charge of the ion is not 1 or more.

    Notes
    -----
    :math:`Q = z n F / (3.6 \sum \nu M)` with :math:`n` the coefficient of the carrier.

    Examples
    --------
    >>> round(theoretical_capacity("S + 2 Na -> Na2S", carrier="Na", per="S"))
    1672
    """
    _check_charge(carrier_charge)
    coefficients = reaction(cell_reaction).coefficients
    basis = [name.strip() for name in re.split(r"\s+\+\s+", per)]
    unknown = [name for name in (carrier, *basis) if name not in coefficients]
    if unknown:
        raise BadInput(f"{cell_reaction!r} has no {', '.join(unknown)}; there are {', '.join(coefficients)}")
    mass = sum(abs(coefficients[name]) * molar_mass(name) for name in basis)
    if not mass > 0:
        raise BadInput(f"{cell_reaction!r}: neither consumes nor produces {per}; name a reactant or product")
    return abs(coefficients[carrier]) * carrier_charge * FARADAY / COULOMB_PER_MAH / mass


def consumed_metal(capacity: float, *, metal: str, charge: int = 1) -> float:
    """Mass of metal that a capacity consumes: g per mAh times ``capacity``.

    Parameters
    ----------
    capacity
        mAh, or mAh/g for grams of metal per gram.
    metal, charge
        Element, and the charge of its ion.

    Raises
    ------
    BadInput
        If the capacity is negative or not finite, the metal is no element, or the charge is not 1 or more.

    Examples
    --------
    >>> round(consumed_metal(1280, metal="Na"), 3)
    1.098
    """
    _check_charge(charge)
    if metal not in ATOMIC_WEIGHTS:
        raise BadInput(
            f"metal = {metal!r}: is not an element with an atomic weight here; there are {', '.join(ATOMIC_WEIGHTS)}"
        )
    if not 0 <= capacity < np.inf:
        raise BadInput(f"capacity = {capacity}; give a finite one of 0 or more")
    return capacity * COULOMB_PER_MAH / (FARADAY * charge) * molar_mass(metal)


def _check_charge(charge: int) -> None:
    if charge < 1 or int(charge) != charge:
        raise BadInput(f"charge = {charge}; give the charge of the ion, 1 or more")


def metal_thickness(areal_capacity: float, *, metal: str, density: float, charge: int = 1) -> float:
    """Thickness in micrometres of the metal that an areal capacity (mAh cm-2) plates; density in g cm-3.

    Raises
    ------
    BadInput
        If the density is not positive, or as :func:`consumed_metal`.

    Examples
    --------
    >>> round(metal_thickness(1.0, metal="Na", density=0.968), 2)
    8.86
    """
    if not 0 < density < np.inf:
        raise BadInput(f"density = {density} g/cm3; give the positive density of the metal")
    return consumed_metal(areal_capacity, metal=metal, charge=charge) / density * 1e4


def specific_energies(
    capacity: float,
    voltage: float,
    *,
    active: str,
    active_fraction: float,
    metal: str,
    metal_charge: int = 1,
    composite_mass: float | None = None,
    separator_mass: float | None = None,
) -> xr.DataArray:
    """Specific energy of one discharge for every basis of mass, none of which is the default.

    Parameters
    ----------
    capacity, voltage
        mAh per g of active material, and mean discharge voltage (V).
    active, active_fraction
        Name of the active material, and its mass fraction in the composite electrode.
    metal, metal_charge
        Element of the counter electrode, of which only what the discharge consumes is counted, and its ion's charge.
    composite_mass, separator_mass
        g; with both, the last basis counts the separator too.

    Returns
    -------
    xarray.DataArray
        Wh/kg over ``basis``.

    Raises
    ------
    BadInput
        If a number is not positive, or only one of the masses is given.

    Examples
    --------
    >>> energies = specific_energies(1280, 1.42, active="S", active_fraction=0.2, metal="Na")
    >>> energies.values.round().tolist()
    [1818.0, 866.0, 364.0, 298.0]
    """
    if not (0 < capacity < np.inf and 0 < voltage < np.inf and 0 < active_fraction <= 1):
        raise BadInput(
            f"capacity = {capacity} mAh/g, voltage = {voltage} V, active_fraction = {active_fraction}; give positive "
            "numbers and a fraction up to 1"
        )
    masses = [mass for mass in (composite_mass, separator_mass) if mass is not None]
    if len(masses) == 1 or not all(0 < mass < np.inf for mass in masses):
        raise BadInput("give both composite_mass and separator_mass in g, positive, or neither")
    ratio = None
    if composite_mass is not None and separator_mass is not None:
        ratio = separator_mass / (composite_mass * active_fraction)
    per_active = mass_per_active(
        capacity,
        active=active,
        active_fraction=active_fraction,
        metal=metal,
        metal_charge=metal_charge,
        separator_per_active=ratio,
    )
    values = capacity * voltage / np.array(list(per_active.values()))
    return xr.DataArray(values, dims=("basis",), coords={"basis": list(per_active)}, attrs={"units": "Wh/kg"})


def mass_per_active(
    capacity: float,
    *,
    active: str,
    active_fraction: float,
    metal: str,
    metal_charge: int = 1,
    separator_per_active: float | None = None,
) -> dict[str, float]:
    """Mass of every basis per mass of active material, by the name of the basis.

    Parameters
    ----------
    capacity
        mAh per g of active material, which decides how much metal the discharge consumes.
    active, active_fraction, metal, metal_charge
        As for :func:`specific_energies`.
    separator_per_active
        Mass of the separator over that of the active material; with it, the last basis counts the separator too.

    Raises
    ------
    BadInput
        If the fraction is not in (0, 1], or as :func:`consumed_metal`.

    Examples
    --------
    >>> masses = mass_per_active(1280, active="S", active_fraction=0.2, metal="Na")
    >>> round(masses["composite + consumed Na"], 3)
    6.098
    """
    if not 0 < active_fraction <= 1:
        raise BadInput(f"active_fraction = {active_fraction}; give a fraction above 0 and up to 1")
    consumed = consumed_metal(capacity, metal=metal, charge=metal_charge)
    masses = {
        active: 1.0,
        f"{active} + consumed {metal}": 1.0 + consumed,
        "composite": 1.0 / active_fraction,
        f"composite + consumed {metal}": 1.0 / active_fraction + consumed,
    }
    if separator_per_active is not None:
        masses[f"composite + consumed {metal} + separator"] = 1.0 / active_fraction + consumed + separator_per_active
    return masses
