"""Simulated glasses and areas, for tests and for planning: truths that obey the balances by construction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shortrange_core import BadInput, Estimates
from structure.balances import quantity_row, read_expression
from structure.units import MODIFIER_CHARGE, Composition, composition, unit_of


def glass_of(amounts: Mapping[str, float], *, modifier: str = "Na") -> Composition:
    """Composition formed by stated amounts of species, with the charge of the network balanced by one modifier.

    Raises
    ------
    BadInput
        If a label is bad, an amount negative, or the modifier unknown.

    Examples
    --------
    >>> glass_of({"P:S4": 0.8, "P:S3/S": 0.2, "Na2S": 0.1}).amounts.round(6).tolist()
    [3.0, 1.0, 4.0]
    """
    if modifier not in MODIFIER_CHARGE:
        raise BadInput(f"modifier = {modifier!r}: is not one of {', '.join(MODIFIER_CHARGE)}")
    atoms: dict[str, float] = {modifier: 0.0}
    for label, amount in amounts.items():
        if not amount >= 0:
            raise BadInput(f"{label}: the amount {amount} is negative; give 0 or more")
        unit = unit_of(label)
        for element, number in unit.atoms.items():
            atoms[element] = atoms.get(element, 0.0) + amount * float(number)
        if not unit.free:
            atoms[modifier] += amount * float(unit.charge) / MODIFIER_CHARGE[modifier]
    return composition("".join(f"{element}{number:.15f}" for element, number in atoms.items()))


def simulate(
    amounts: Mapping[str, float],
    lines: Mapping[str, str],
    *,
    sd: float,
    rng: np.random.Generator | None = None,
    scale: float = 1.0,
    response: Mapping[str, float] | None = None,
    technique: str = "",
    sample: str = "",
) -> Estimates:
    """Simulated areas of lines, ready for :func:`structure.from_areas`.

    Parameters
    ----------
    amounts
        Amount of every species per network former.
    lines
        Name of a line and what it counts.
    sd
        Standard deviation of every area before scaling, per network former.
    rng
        Source of noise; none where absent.
    scale
        Area per unit.
    response
        Factor by which a label or name is seen; 1 where absent.
    technique, sample
        Facets.

    Examples
    --------
    >>> areas = simulate({"P:S4": 0.8, "P:S3/S": 0.2}, {"a": "P:S4", "b": "P:S3/S"}, sd=0.01, scale=100.0)
    >>> areas.value.values.tolist()
    [80.0, 20.0]
    """
    units = tuple(unit_of(label) for label in amounts)
    values = np.array(list(amounts.values()), dtype=float)
    factors = response or {}
    areas = []
    for text in lines.values():
        total = 0.0
        for name, coefficient in read_expression(text).coefficients.items():
            row, _ = quantity_row(name, units)
            total += coefficient * factors.get(name, 1.0) * float(row @ values)
        areas.append(total)
    noise = rng.normal(size=len(areas)) * sd if rng is not None else np.zeros(len(areas))
    count = len(lines)
    return Estimates.build(
        list(lines),
        (np.array(areas) + noise) * scale,
        np.full(count, (sd * scale) ** 2),
        assignment=list(lines.values()),
        technique=[technique] * count,
        sample=[sample] * count,
    )
