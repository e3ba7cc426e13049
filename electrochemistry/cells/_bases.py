"""One discharge by every basis of mass, and beside published cells of the same active material."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._capacities import mass_per_active
from electrochemistry.cells._cycles import CYCLE, Cycles
from shortrange_core import BadInput, Estimates
from shortrange_core.hand_tables import hand_table
from shortrange_core.spelling import option

Vector = npt.NDArray[np.float64]
OWN = "this work"
PAPER = "10.21203/rs.3.rs-934971/v1"


@dataclass(frozen=True, slots=True)
class PublishedCell:
    """A discharge as it is published; NaN for what the source does not print.

    Parameters
    ----------
    name, active
        What the cell is, and the active material that its capacity is per gram of.
    temperature
        K.
    current_density
        mA cm-2.
    discharge_capacity
        mAh/g of the active material.
    discharge_voltage
        Mean voltage, V.
    source
        DOI.
    """

    name: str
    active: str
    temperature: float
    current_density: float
    discharge_capacity: float
    discharge_voltage: float
    source: str

    def __post_init__(self) -> None:
        if not (self.name.strip() and self.active.strip() and self.source.strip()):
            raise BadInput(
                f"cell {self.name!r}: name, active and source must not be empty; every number needs its source"
            )
        if not 0 < self.discharge_capacity < np.inf:
            raise BadInput(f"cell {self.name!r}: discharge_capacity = {self.discharge_capacity}; give mAh/g above 0")


_TRI_LAYER = "Na | tri-layer Na3PS3.85O0.15 | S"
_NAN = float("nan")
PUBLISHED = (
    PublishedCell(f"{_TRI_LAYER}, first discharge", "S", 333.15, 0.10, 1280.0, 1.42, PAPER),
    PublishedCell(f"{_TRI_LAYER}, rate test", "S", 333.15, 0.10, 1116.0, _NAN, PAPER),
    PublishedCell(f"{_TRI_LAYER}, rate test", "S", 333.15, 0.20, 908.0, _NAN, PAPER),
    PublishedCell(f"{_TRI_LAYER}, rate test", "S", 333.15, 0.35, 574.0, _NAN, PAPER),
)
"""The cells whose numbers stand here with their source; :func:`read_published` adds those of a table."""
_TEXTS, _NUMBERS = (
    ("name", "active", "source"),
    ("temperature", "current_density", "discharge_capacity", "discharge_voltage"),
)


def read_published(path: str | os.PathLike[str]) -> tuple[PublishedCell, ...]:
    """Published cells from a csv table whose columns are the fields of :class:`PublishedCell`; empty cells are unknown.

    Raises
    ------
    BadInput
        If the file is missing, a column is, or a row has no number or no source where one is needed.
    """
    file = Path(path)
    rows = hand_table(file)
    missing = [name for name in (*_TEXTS, *_NUMBERS) if not rows or name not in rows[0][1]]
    if missing:
        raise BadInput(f"{file.name}: missing columns {', '.join(missing)}; write one row per cell under these names")
    cells = []
    for line, row in rows:
        try:
            at, density, capacity, voltage = (float(row[n]) if row[n] else _NAN for n in _NUMBERS)
            texts = [row[name] for name in _TEXTS]
            cells.append(PublishedCell(texts[0], texts[1], at, density, capacity, voltage, texts[2]))
        except (ValueError, BadInput) as error:
            raise BadInput(f"{file.name}, line {line}: {error}; give numbers and a source") from error
    return tuple(cells)


def comparison(
    cells: Mapping[str, Cycles],
    *,
    cycle: int,
    area: float,
    temperature: float,
    published: tuple[PublishedCell, ...] = PUBLISHED,
) -> xr.Dataset:
    """One discharge of each of your cells, compared with those published for the same active material.

    Parameters
    ----------
    cells
        Name -> cycles, whose basis is the active material.
    cycle
        Which discharge.
    area, temperature
        cm2 and K of the own cells.
    published
        Others to compare with, each with its source.

    Returns
    -------
    xarray.Dataset
        Over ``cell``: ``temperature`` (K), ``current_density`` (mA cm-2), ``discharge_capacity`` (mAh/g) and
        ``discharge_capacity_sd``, ``discharge_voltage`` (V), ``specific_energy`` (Wh/kg of the active material),
        ``source`` ("this work" for own cells). NaN: not printed.

    Raises
    ------
    BadInput
        If there is no cell, a cycle has no discharge, bases differ, or no published cell has this active material.
    """
    bases = {summary.basis for summary in cells.values()}
    if len(bases) != 1 or not 0 < area < np.inf:
        raise BadInput(
            f"{len(cells)} cells with the bases {', '.join(sorted(bases)) or 'none'} and area = {area} cm2; give one "
            "or more cells of one basis, and a positive area"
        )
    same = [each for each in published if each.active in bases]
    if not same:
        actives = ", ".join(sorted({each.active for each in published}))
        raise BadInput(
            f"no published cell has the active material {bases.pop()!r}; there are {actives}. Name the active material "
            f"as the basis with {option('basis')}, or give a table of published cells"
        )
    own = [_discharge(summary, cycle) for summary in cells.values()]
    capacity = np.array([float(row.discharge_capacity) for row in own] + [each.discharge_capacity for each in same])
    voltage = np.array([float(row.discharge_voltage) for row in own] + [each.discharge_voltage for each in same])
    columns: dict[str, tuple[Vector, str]] = {
        "temperature": (np.array([temperature] * len(own) + [each.temperature for each in same]), "K"),
        "current_density": (
            np.array([float(row.discharge_current) / area for row in own] + [each.current_density for each in same]),
            "mA cm-2",
        ),
        "discharge_capacity": (capacity, "mAh/g"),
        "discharge_capacity_sd": (
            np.array([float(row.discharge_capacity_sd) for row in own] + [_NAN] * len(same)),
            "mAh/g",
        ),
        "discharge_voltage": (voltage, "V"),
        "specific_energy": (capacity * voltage, "Wh/kg"),
    }
    table = xr.Dataset({name: ("cell", values, {"units": unit}) for name, (values, unit) in columns.items()})
    names, sources = [*cells, *(each.name for each in same)], [OWN] * len(own) + [each.source for each in same]
    return table.assign_coords(cell=names).assign(source=("cell", np.array(sources)))


def _discharge(summary: Cycles, cycle: int) -> xr.Dataset:
    table = summary.table
    there = table[CYCLE].values[np.isfinite(table.discharge_capacity.values)]
    if cycle not in there:
        cycles_with = ", ".join(map(str, there[:20])) or "none"
        raise BadInput(f"{option('reference')} {cycle}: that cycle has no discharge; there are {cycles_with}")
    return table.sel({CYCLE: cycle})


def mass_bases(
    summary: Cycles,
    *,
    cycle: int,
    active_fraction: float,
    metal: str,
    metal_charge: int = 1,
    active_fraction_sd: float = 0.0,
    separator_mass: float | None = None,
    separator_mass_sd: float = 0.0,
) -> Estimates:
    r"""Capacity and specific energy of one discharge for every mass basis, with their errors.

    Parameters
    ----------
    summary
        From :func:`cycles`, whose mass is that of the active material.
    cycle
        Which discharge.
    active_fraction, active_fraction_sd
        Mass fraction of the active material in the composite electrode.
    metal, metal_charge
        Element of the counter electrode, of which only what the discharge consumes is counted, and its ion's charge.
    separator_mass, separator_mass_sd
        g; with it, the last basis counts the separator too.

    Returns
    -------
    Estimates
        With the facets ``quantity`` (``capacity`` in mAh/g, ``specific_energy`` in Wh/kg) and ``basis``.

    Raises
    ------
    BadInput
        If the cycle has no discharge, or a number is out of range.

    Notes
    -----
    :math:`q_b = Q/m_b` and :math:`e_b = Q\bar V/m_b` with :math:`m_b` of: the active material :math:`m`;
    :math:`m + m_\mathrm{metal}(Q)`; :math:`m/f`; :math:`m/f + m_\mathrm{metal}`; :math:`m/f + m_\mathrm{metal} +
    m_\mathrm{separator}`. Charge, voltage and masses have independent errors, which all bases share.
    """
    row = _discharge(summary, cycle)
    capacity, voltage = float(row.discharge_capacity), float(row.discharge_voltage)
    relative = float(row.discharge_capacity_sd) / capacity
    of_mass = summary.mass_sd / summary.mass
    values = [capacity * summary.mass, voltage, summary.mass, active_fraction, separator_mass or 0.0]
    sds = [
        float(np.sqrt(max(relative**2 - of_mass**2, 0.0))) * values[0],
        float(row.discharge_voltage_sd),
        summary.mass_sd,
        active_fraction_sd,
        separator_mass_sd,
    ]
    if not all(0 <= sd < np.inf for sd in sds):
        raise BadInput(f"standard deviations {sds}; give 0 or more")

    def masses(x: Vector) -> dict[str, float]:
        ratio = None if separator_mass is None else x[4] / x[2]
        return mass_per_active(
            x[0] / x[2],
            active=summary.basis,
            active_fraction=x[3],
            metal=metal,
            metal_charge=metal_charge,
            separator_per_active=ratio,
        )

    def per_mass(x: Vector) -> Vector:
        per_gram = x[0] / x[2] / np.array(list(masses(x).values()))
        return np.concatenate([per_gram, per_gram * x[1]])

    bases = list(masses(np.array(values)))
    quantity = ["capacity"] * len(bases) + ["specific_energy"] * len(bases)
    inputs = Estimates.build(["charge", "voltage", "mass", "fraction", "separator"], values, np.square(sds))
    return inputs.propagate(
        per_mass,
        [f"{name} per {basis}" for name, basis in zip(quantity, [*bases, *bases], strict=True)],
        quantity=quantity,
        basis=[*bases, *bases],
        unit=["mAh/g"] * len(bases) + ["Wh/kg"] * len(bases),
    )
