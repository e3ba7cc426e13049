"""Density of pellets, and relative density against pressing pressure, with intervals."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from shortrange_core import BadInput, Note, Severity
from shortrange_core.errors import Offenders
from shortrange_core.hand_tables import hand_table
from shortrange_core.records import record
from shortrange_core.showing import Shown

ROUNDING = 0.01  # of the true density, by which a bulk density may exceed it
COLUMNS = ("pressure_mpa", "mass_g", "thickness_cm", "diameter_cm")
DENSE = 0.95


@dataclass(frozen=True, slots=True)
class Pellet:
    """A pressed pellet: pressure (MPa), mass (g), thickness and diameter (cm), with standard deviations.

    Raises
    ------
    BadInput
        If a size is not above 0, or the pressure or a standard deviation is below 0; all offenders together.
    """

    pressure: float
    mass: float
    thickness: float
    diameter: float
    mass_sd: float = 0.0
    thickness_sd: float = 0.0
    diameter_sd: float = 0.0

    def __post_init__(self) -> None:
        offenders = Offenders()
        offenders.positive("g", mass=self.mass)
        offenders.positive("cm", thickness=self.thickness, diameter=self.diameter)
        offenders.not_negative("MPa", pressure=self.pressure)
        offenders.not_negative("g", mass_sd=self.mass_sd)
        offenders.not_negative("cm", thickness_sd=self.thickness_sd, diameter_sd=self.diameter_sd)
        offenders.raise_if_any()

    @classmethod
    def of_density(cls, pressure: float, bulk_density: float, *, sd: float = 0.0) -> Pellet:
        """A pellet whose bulk density (g cm-3) is known, by whatever means, and not its size: one cm3 of it.

        Examples
        --------
        >>> found = densities([Pellet.of_density(150.0, 2.22)], true_density=2.28)
        >>> found.table.relative_density.values.round(3).tolist()
        [0.974]
        """
        return cls(pressure, bulk_density, thickness=1.0, diameter=2 / np.sqrt(np.pi), mass_sd=sd)


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Densities(Shown):
    """Bulk and relative density over ``pellet``, in order of pressure, with standard deviations.

    Parameters
    ----------
    table
        ``pressure`` (MPa), ``bulk_density`` (g cm-3), ``relative_density``, each density with ``_sd``;
        ``relative_density_own_sd`` leaves the error of the true density out, which all pellets share.
    true_density, true_density_sd
        g cm-3.
    notes
        What a user must know.
    """

    table: xr.Dataset
    true_density: float
    true_density_sd: float
    notes: tuple[Note, ...]

    @property
    def dense_from(self) -> float:
        """Lowest pressure (MPa) from which on every pellet is 95 % dense; NaN where none is."""
        dense = self.table.relative_density.values >= DENSE
        last_open = np.flatnonzero(~dense)
        first = int(last_open[-1]) + 1 if last_open.size else 0
        return float(self.table.pressure.values[first]) if first < dense.size else float("nan")


def read_pellets(path: str | os.PathLike[str]) -> tuple[Pellet, ...]:
    """Pellets from a csv table with the columns pressure_mpa, mass_g, thickness_cm, diameter_cm, and _sd of each.

    Separators and decimal commas of any spreadsheet (:func:`shortrange_core.hand_tables.hand_table`).

    Raises
    ------
    BadInput
        If the file or a column is missing, or a cell is not a number or out of range; all rows together.
    """
    file = Path(path)
    rows = hand_table(file)
    missing = [name for name in COLUMNS if not rows or name not in rows[0][1]]
    if missing:
        raise BadInput(
            f"{file.name}: missing {', '.join(missing)}; write one row per pellet under {', '.join(COLUMNS)}"
        )
    pellets, offenders = [], Offenders()
    for line, row in rows:
        with offenders.of(f"{file.name}, line {line}"):
            pellets.append(_pellet(row))
    offenders.raise_if_any()
    return tuple(pellets)


def _pellet(row: Mapping[str, str]) -> Pellet:
    try:
        values = [float(row[name]) for name in COLUMNS]
        sds = [float(row.get(f"{name}_sd") or 0.0) for name in COLUMNS[1:]]
    except ValueError as error:
        raise BadInput(f"{error}; write numbers") from error
    return Pellet(*values, *sds)


def densities(pellets: Sequence[Pellet], *, true_density: float, true_density_sd: float = 0.0) -> Densities:
    r"""Bulk and relative density of pellets, by pressure.

    Parameters
    ----------
    pellets
        In any order; several may share a pressure.
    true_density, true_density_sd
        g cm-3, of the same material.

    Raises
    ------
    BadInput
        If there is no pellet, the true density is not positive, or a bulk density exceeds the true one by more than
        1 % and 3 standard deviations; all offenders together.

    Notes
    -----
    :math:`\rho = 4m/(\pi d^2 l)`, with :math:`(\mathrm{sd}/\rho)^2 = (\mathrm{sd}_m/m)^2 + (\mathrm{sd}_l/l)^2 +
    4(\mathrm{sd}_d/d)^2`.

    Examples
    --------
    >>> found = densities([Pellet(150.0, 0.15, 0.0509, 1.3)], true_density=2.28)
    >>> found.table.relative_density.values.round(3).tolist()
    [0.974]
    """
    offenders = Offenders()
    if not pellets:
        offenders.add("there is no pellet; give at least one")
    if not (0 < true_density < np.inf and 0 <= true_density_sd < np.inf):
        offenders.add(f"true_density = {true_density} +- {true_density_sd} g/cm3; give a positive one, sd 0 or more")
    offenders.raise_if_any()
    ordered = sorted(pellets, key=lambda pellet: pellet.pressure)
    bulk, sd = _bulk(ordered)
    relative, own = bulk / true_density, sd / true_density
    whole = np.hypot(own, relative * true_density_sd / true_density)
    over = np.flatnonzero((relative > 1 + ROUNDING) & (relative - 1 > 3 * whole))
    if over.size:
        shown = ", ".join(f"{bulk[i]:.4g}({ordered[i].pressure:g} MPa)" for i in over)
        raise BadInput(f"bulk densities {shown} exceed the true density {true_density:g} g/cm3; check mass and size")
    columns = {
        "pressure": (np.array([pellet.pressure for pellet in ordered]), "MPa"),
        "bulk_density": (bulk, "g cm-3"),
        "bulk_density_sd": (sd, "g cm-3"),
        "relative_density": (relative, "1"),
        "relative_density_sd": (whole, "1"),
        "relative_density_own_sd": (own, "1"),
    }
    table = xr.Dataset({name: ("pellet", values, {"units": unit}) for name, (values, unit) in columns.items()})
    notes: tuple[Note, ...] = ()
    if not np.any(whole > 0):
        text = "no standard deviation of mass, thickness or diameter is given, so relative densities have none"
        notes = (Note("density-without-error", Severity.INFO, text, "add columns such as thickness_cm_sd"),)
    return Densities(table, float(true_density), float(true_density_sd), notes)


def _bulk(pellets: Sequence[Pellet]) -> tuple[np.ndarray, np.ndarray]:
    mass, thickness, diameter = (
        np.array([getattr(pellet, name) for pellet in pellets]) for name in ("mass", "thickness", "diameter")
    )
    relative = [np.array([getattr(pellet, f"{name}_sd") for pellet in pellets]) for name in ("mass", "thickness")]
    wide = 2 * np.array([pellet.diameter_sd for pellet in pellets]) / diameter
    bulk = 4 * mass / (np.pi * diameter**2 * thickness)
    return bulk, bulk * np.sqrt((relative[0] / mass) ** 2 + (relative[1] / thickness) ** 2 + wide**2)
