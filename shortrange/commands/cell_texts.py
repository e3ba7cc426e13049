"""What ``shortrange cell`` prints: cells of a table, rates, numbers by mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shortrange_core.shown_numbers import shown, with_sd

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    import electrochemistry as ec
    from shortrange_core import Estimates

_COLUMNS = {
    "discharge_capacity": ("discharge / mAh/g", 1.0),
    "charge_capacity": ("charge / mAh/g", 1.0),
    "coulombic_efficiency": ("CE / %", 100.0),
    "energy_efficiency": ("energy eff. / %", 100.0),
    "discharge_voltage": ("discharge / V", 1.0),
    "discharge_energy": ("discharge / mWh/g", 1.0),
}
ROUNDING = 1e-9
_RATES = {
    "current": "current / mA",
    "current_density": "current / mA cm-2",
    "discharge_capacity": "discharge / mAh/g",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known of a cell beside its cycles; None for what was not asked or does not exist."""

    retention: xr.DataArray | None
    rate: xr.Dataset | None
    mean: Estimates | None
    bases: Estimates | None
    comparison: xr.Dataset | None


def texts_of(summary: ec.Cycles, answered: Answered, instrument: ec.Instrument, at: int | None) -> list[str]:
    """What is said, block by block; sds stand in brackets, in units of the last digits."""
    whose = "from the specification and statistics" if not instrument.unknown else "statistical only"
    lines = [f"in brackets: standard deviations in units of the last digits, {whose}"]
    if summary.table.sizes["cycle"]:
        lines.append(_shown(summary, answered.retention))
    if answered.mean is not None:
        values, sds = answered.mean.value.values * 100, answered.mean.sd.values * 100
        left_out = "without formation cycles" if summary.table.formation.values.any() else "from cycle 1 on"
        lines.append(
            f"mean {left_out}: CE {with_sd(values[0], sds[0])} %, energy efficiency {with_sd(values[1], sds[1])} %"
        )
    if answered.rate is not None and answered.rate.sizes["block"] > 1:
        lines.append(_rates(answered.rate))
    if answered.bases is not None:
        lines += [f"cycle {at} by mass:", _by_mass(answered.bases)]
    if answered.comparison is not None:
        frame = answered.comparison.to_dataframe().drop(columns="discharge_capacity_sd").round(3)
        lines += [
            "compared with published cells (K, mA cm-2, mAh/g, V, Wh/kg of the active material):",
            frame.to_string(),
        ]
    return lines


def _cells(table: xr.Dataset, name: str, scale: float) -> list[str]:
    values, sds = table[name].values * scale, table[f"{name}_sd"].values * scale
    rounding = ROUNDING * abs(values)  # sums of rows leave as much
    return [with_sd(float(v), float(sd)) for v, sd in zip(values, (sds > rounding) * sds, strict=True)]


def _shown(summary: ec.Cycles, kept: xr.DataArray | None) -> str:
    """Table for people; retention names its reference cycle, formation cycles are marked."""
    import pandas as pd

    table = summary.table
    frame = pd.DataFrame({title: _cells(table, name, scale) for name, (title, scale) in _COLUMNS.items()})
    formed = table.formation.values.astype(bool)
    frame.index = pd.Index([f"{n}{' formation' if f else ''}" for n, f in zip(table.cycle.values, formed, strict=True)])
    if kept is not None:
        title = f"retention (cycle {kept.attrs['reference_cycle']})"
        frame[title] = [shown(float(value), 4) for value in kept.values]
    return _printed(frame, "cycle")


def _rates(rate: xr.Dataset) -> str:
    import pandas as pd

    frame = pd.DataFrame({title: _cells(rate, name, 1.0) for name, title in _RATES.items() if name in rate})
    frame["cycles"] = [f"{a}-{b}" for a, b in zip(rate.first_cycle.values, rate.last_cycle.values, strict=True)]
    return _printed(frame, "block")


def _by_mass(bases: Estimates) -> str:
    import pandas as pd

    columns = {}
    for quantity, title in (("capacity", "mAh/g"), ("specific_energy", "Wh/kg")):
        part = bases.where(quantity=quantity)
        columns[title] = [with_sd(float(v), float(s)) for v, s in zip(part.value.values, part.sd.values, strict=True)]
    return _printed(pd.DataFrame(columns, index=pd.Index(part.facets["basis"])), "mass of")


def _printed(frame: pd.DataFrame, name: str) -> str:
    frame.index.name = name
    return str(frame.reset_index().to_string(index=False))
